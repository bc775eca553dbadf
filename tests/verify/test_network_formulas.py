"""``derive --network``: the formulas of a network, told in closed form."""

import json
from fractions import Fraction

import pytest
import sympy
from typer.testing import CliRunner

from numeric import Leaky, Orthogonal, Rates, Stack, Variances, limit_kernel, preset
from numeric.limit import diagonal_limit
from verify.cli import app
from verify.network_formulas import told

LAGS = 8
i = sympy.Symbol("i", integer=True, nonnegative=True)
NETWORKS = {
    "plain": Variances("0.3", 2, 5),
    "rates": Variances("0.3", 2, 5, rates=Rates("0.5", 0, 3)),
    "memoryless": Variances(0),
    "reservoir": Variances("0.9", rates=Rates(0, 0, 1)),
    "equal layers": Stack([Variances("0.5")] * 3),
    "unlike layers": Stack(
        [Variances("0.5", 2), Orthogonal("0.3"), Variances(0, 3), Variances("0.2", output=7)]
    ),
    "torch": preset("torch"),
    "keras": preset("keras"),
}


def formulas(network):
    return {one.name: one.formula for one in told(network)}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_closed_form_recurrence_and_series_are_the_weights(network):
    weights = [
        sympy.Rational(x.numerator, x.denominator)
        for x in map(Fraction, diagonal_limit(network, LAGS, Fraction))
    ]
    found = formulas(network)
    assert [found["lag weights"].rhs.subs(i, lag) for lag in range(LAGS)] == weights
    u = sympy.Symbol("u")
    series = sympy.series(found["generating function"].rhs, u, 0, LAGS).removeO()
    assert [series.coeff(u, lag) for lag in range(LAGS)] == weights


def test_the_sums_of_pytorch_s_default():
    found = formulas(preset("torch"))
    total = sum(Fraction(2 + lag, 3 ** (lag + 1)) for lag in range(60))
    assert float(found["total"].rhs) == pytest.approx(float(total))
    assert found["mean lag"].rhs == sympy.Rational(4, 5)
    assert found["peak"].rhs == 0


def test_weights_without_a_total_have_partial_sums():
    found = formulas(preset("keras"))
    assert found["total"].rhs == sympy.oo
    m = sympy.Symbol("m", integer=True, nonnegative=True)
    assert found["sum"].rhs.subs(m, 3) == 4 + 8 + 12


def test_a_limit_that_is_not_diagonal_has_a_generating_function_of_two_lags():
    network = Leaky("0.5", "0.25", 2, 3)
    (only,) = told(network)
    z, w, t = sympy.symbols("z w t")
    series = sympy.series(only.formula.rhs.subs({z: t * z, w: t * w}, simultaneous=True), t, 0, 5).removeO()
    expected = limit_kernel(network, 3)
    polynomial = sympy.Poly(sympy.expand(series.subs(t, 1)), z, w)
    for k in range(3):
        for lag in range(3):
            assert float(polynomial.coeff_monomial(z**k * w**lag)) == pytest.approx(expected[k, lag])


@pytest.mark.parametrize("how", ["text", "latex", "markdown", "json"])
def test_every_format_names_the_network(how):
    result = CliRunner().invoke(app, ["derive", "--network", "stack(0.5, 0.5)", "--format", how])
    assert result.exit_code == 0
    assert "stack(0.5, 0.5)" in result.stdout
    if how == "json":
        assert json.loads(result.stdout)["formulas"][1]["formula"] == "rho[i] = (i + 1)*(2*i + 3)/2**i"


@pytest.mark.parametrize(
    ("arguments", "told_of"),
    [
        (["--network", "leeky(1)"], "did you mean leaky"),
        (["--network", "diagonal(ring(0.1, 0.9))"], "not rational"),
        (["lag-weights", "--network", "0.5"], "--network stands alone"),
    ],
)
def test_what_cannot_be_told_is_one_line_and_status_2(arguments, told_of):
    result = CliRunner().invoke(app, ["derive", *arguments])
    assert result.exit_code == 2
    assert told_of in result.stderr
    assert result.stderr.count("\n") == 1
