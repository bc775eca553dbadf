"""The networks' limits are what the statements of ``derivations`` say of them, entry by entry."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from derivations import statements
from derivations.symbols import nu_C, nu_F, nu_W
from derivations.theorems import diagonal, equal_layers, leaky
from derivations.theorems.pieces import at, spelled_out
from derivations.theorems.two_point import eta_C, eta_F, eta_W
from numeric import Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances, limit_kernel

CATALOGUE = statements()
RATES = Rates(transition=5, input=7, output=11)
VALUES = {eta_W: 5, eta_F: 7, eta_C: 11, nu_W: sympy.Rational(1, 4), nu_F: 2, nu_C: 3}
LAYER = Variances("0.25", 2, 3, rates=RATES)
LAGS = 4


def claimed(name, **values):
    """The right side of a statement as a function of two lags."""

    def entry(p, q):
        e = spelled_out(at(CATALOGUE[name].formula.rhs, i=p, j=q, I_y=1, I_x=1, **values))
        e = e.replace(leaky.binom, sympy.binomial).replace(_is_number_of_paths, _paths)
        moments = {m: moment(*map(int, m.indices)) for m in e.atoms(sympy.Indexed)}
        return e.xreplace(moments).subs(VALUES).subs("lambda", sympy.Rational(1, 3))

    return entry


def _is_number_of_paths(e):
    return isinstance(e, sympy.Indexed) and e.base == equal_layers.h


def _paths(e):
    layer, lag = e.indices
    return sympy.binomial(layer + lag, lag)


def moment(p, q):
    """Of a ring of radii 1/2 and 1."""
    value = next(
        part for part in CATALOGUE["two-point-ring"].formula.args if part.rhs.has(sympy.KroneckerDelta)
    )
    return at(value.rhs, a=p, b=q).subs({diagonal.r0: sympy.Rational(1, 2), diagonal.r1: 1})


@pytest.mark.parametrize(
    ("network", "name", "values"),
    [
        (LAYER, "two-point-weights", {}),
        (Orthogonal("0.5", 2, 3, rates=RATES), "two-point-weights", {}),
        (Leaky(Fraction(1, 3), "0.25", 2, 3, rates=RATES), "leaky-kernel", {}),
        (Diagonal(Ring("0.5", 1), 2, 3, rates=RATES), "two-point-diagonal", {}),
        (Stack([LAYER]), "equal-layers", {"D": 1}),
        (Stack([LAYER] * 3), "equal-layers", {"D": 3}),
    ],
)
def test_the_limit_is_what_the_statement_says(network, name, values):
    entry = claimed(name, **values)
    exact = [[float(entry(p, q)) for q in range(LAGS)] for p in range(LAGS)]
    np.testing.assert_array_equal(limit_kernel(network, LAGS), exact)
