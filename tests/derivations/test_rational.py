"""What follows from a rational generating function, against power series, sums and SymPy's ``apart``."""

from itertools import accumulate

import pytest
import sympy
from flint import fmpq, fmpq_mat
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Abs, Ne, Or, Rational, symbols

from derivations import closed_forms
from derivations.layered import stack_generating_function, stack_weights
from derivations.rational import (
    ClosedForm,
    asymptotics,
    closed_form,
    convergence,
    mean_lag,
    partial_sum,
    recurrence,
    series,
    tail_mass,
    total,
)
from derivations.symbols import nu_C, nu_F, nu_W

u, i, m = symbols("u i m")
LAGS = 16

rates = st.sampled_from([0, Rational(1, 2), Rational(1, 3), Rational(4, 5), 1, Rational(5, 4)])
variances = st.sampled_from([0, 1, Rational(2, 3), 3])
layers = st.lists(st.tuples(rates, variances, variances, variances), min_size=1, max_size=4)
readouts = st.tuples(variances, variances)
decaying = layers.map(lambda stack: [(w if w < 1 else Rational(1, 2), *rest) for w, *rest in stack])
coefficients = st.integers(-4, 4).map(sympy.Integer)


@st.composite
def functions(draw, lags=3):
    """Rational functions with a power series, rates of both signs and sometimes a polynomial part."""
    top = draw(st.lists(coefficients, min_size=1, max_size=8))
    poles = draw(st.lists(st.sampled_from([0, 1, -1, 2, Rational(-1, 3), Rational(3, 4)]), max_size=lags + 1))
    return sympy.Poly(top, u).as_expr() / sympy.prod(1 - r * u for r in poles)


def power_series(G: sympy.Expr, lags: int) -> list[sympy.Expr]:
    """The coefficients by long division, a second time and without a recurrence of the package."""
    top, bottom = (sympy.Poly(p, u).all_coeffs()[::-1] for p in sympy.fraction(sympy.together(G)))
    rest = [*top, *[sympy.S.Zero] * (lags + len(bottom))]
    quotient = []
    for k in range(lags):
        quotient.append(rest[k] / bottom[0])
        for j, b in enumerate(bottom):
            rest[k + j] -= b * quotient[-1]
    return quotient


def elements(form: ClosedForm, lags: int) -> list[sympy.Expr]:
    return [form.at(k) for k in range(lags)]


@given(layers, readouts)
def test_closed_form_series_and_weights_of_a_stack_agree(stack, readout):
    G = stack_generating_function(stack, *readout, u)
    weights = stack_weights(stack, *readout, LAGS)
    assert series(G, u, LAGS) == weights
    assert elements(closed_form(G, u, i), LAGS) == weights


@given(functions())
def test_closed_form_and_series_of_a_rational_function(G):
    expected = power_series(G, LAGS)
    assert series(G, u, LAGS) == expected
    form = closed_form(G, u, i)
    assert elements(form, LAGS) == expected
    assert [form.everywhere.subs(i, k) for k in range(LAGS)] == expected


@given(functions())
def test_the_closed_form_is_that_of_partial_fractions(G):
    """SymPy's partial fractions, each geometric series differentiated term by term."""
    expected = [sympy.S.Zero] * LAGS
    for part in sympy.Add.make_args(sympy.apart(G, u)):
        for k, c in enumerate(power_series(part, LAGS)):
            expected[k] += c
    assert elements(closed_form(G, u, i), LAGS) == expected


@given(functions())
def test_the_expression_begins_where_it_holds_and_not_later(G):
    form = closed_form(G, u, i)
    if form.first:
        last = len(form.first) - 1
        assert form.expression.subs(i, last) != form.first[last]


@given(functions())
def test_the_recurrence_holds_is_shortest_and_begins_as_early_as_it_can(G):
    found = recurrence(G, u)
    order, start = len(found.coefficients), len(found.initial)
    expected = power_series(G, start + 2 * order + 6)
    assert list(found.initial) == expected[:start]

    def holds(k):
        terms = zip(found.coefficients, range(k - 1, k - 1 - order, -1), strict=True)
        return expected[k] == sum(a * expected[j] for a, j in terms)

    assert all(holds(k) for k in range(start, len(expected)))
    assert start == order or not holds(start - 1)
    # A sequence obeys a recurrence of order d, and of none less, where its Hankel matrix has the rank d.
    size = order + 2
    tail = [fmpq(int(x.p), int(x.q)) for x in expected[start - order :]]
    hankel = fmpq_mat([[tail[j + k] for k in range(size)] for j in range(size)])
    assert hankel.rank() == order


@given(layers, readouts)
def test_sums_of_the_first_weights(stack, readout):
    sums = partial_sum(stack_generating_function(stack, *readout, u), u, m)
    assert elements(sums, LAGS) == [0, *accumulate(stack_weights(stack, *readout, LAGS - 1))]


@given(decaying, readouts)
def test_total_tail_and_mean_lag(stack, readout):
    G = stack_generating_function(stack, *readout, u)
    weights = stack_weights(stack, *readout, LAGS)
    whole = total(G, u)
    assert elements(tail_mass(G, u, m), LAGS) == [whole - part for part in [0, *accumulate(weights[:-1])]]
    floats = [tuple(map(float, layer)) for layer in stack]
    many = stack_weights(floats, *map(float, readout), 300)
    assert float(whole) == pytest.approx(sum(many), rel=1e-9)
    assume(whole)
    first_moment = sum(k * weight for k, weight in enumerate(many))
    assert float(mean_lag(G, u)) == pytest.approx(first_moment / sum(many), rel=1e-9)


def same(one, other):
    """Equal as rational functions, nu^i and nu^m being others."""
    power = sympy.Symbol("power")
    difference = sympy.sympify(one - other)
    for index in (i, m):
        difference = difference.replace(
            lambda e, index=index: e.is_Pow and e.exp.has(index),
            lambda e, index=index: power * e.base ** (e.exp - index),
        )
    return sympy.cancel(difference) == 0


def test_one_layer_has_the_closed_forms_of_the_plain_network():
    w, s, p = nu_W, nu_C + nu_F, nu_C * nu_F
    G = closed_forms.generating_function(u, w, s, p)

    form = closed_form(G, u, i)
    assert form.first == ()
    assert same(form.expression, closed_forms.lag_weight(i, w, s, p))
    assert form.conditions == (Or(Ne(w, 0), i >= 1),)
    assert same(total(G, u), closed_forms.total(w, s, p))
    assert convergence(G, u) == (Abs(w) < 1,)
    assert same(mean_lag(G, u), closed_forms.mean_lag(w, s, p))
    tail = tail_mass(G, u, m)
    assert same(tail.expression, closed_forms.tail_mass(m, w, s, p))
    assert set(tail.conditions) == {Abs(w) < 1, Or(Ne(w, 0), m >= 1)}
    sums = partial_sum(G, u, m)
    assert same(sums.expression, closed_forms.partial_sum(m, w, s, p))
    assert set(sums.conditions) == {Ne(w, 1), Or(Ne(w, 0), m >= 1)}
    at_one = partial_sum(G.subs(w, 1), u, m)
    assert same(at_one.expression, closed_forms.partial_sum_at_one(m, s, p))
    found = recurrence(G, u)
    assert found.coefficients == (2 * w, -(w**2))
    assert [sympy.expand(x - closed_forms.lag_weight(k, w, s, p)) for k, x in enumerate(found.initial)] == [
        0,
        0,
    ]


def test_frameworks():
    """PyTorch's default and Keras': (2 + i) / 3^(i+1) and 4 + 4 i."""
    third = Rational(1, 3)
    torch = closed_form(stack_generating_function([(third, third, 1, 1)], third, 1, u), u, i)
    assert torch.expression == (i + 2) * third**i / 3
    assert str(torch.expression) == "(i + 2)/(3*3**i)"
    assert closed_form(closed_forms.generating_function(u, 1, 4, 4), u, i).expression == 4 * i + 4


nus = symbols("nu_1:6")
SYMBOLIC = {
    "five rates": [(nu, 1, 1, 1) for nu in nus],
    "two of one rate": [(nus[0], 1, 1, 1), (nus[1], 2, 1, 3), (nus[0], 1, 2, 0)],
    "a number among them": [(nus[0], nu_F, 1, 1), (Rational(1, 2), 1, 1, 1), (0, 1, 1, 1)],
    "everything": [tuple(symbols(f"w{k} f{k} a{k} b{k}")) for k in (1, 2)],
    "a multiple of a symbol": [(2 * nus[0], 1, 1, 1)],
    "a quotient of symbols": [(nus[0] / nus[1], 1, 1, 1), (nus[2], 1, nus[1], 1)],
    "a product of symbols": [(nus[0] * nus[1], 1, 1, 1)],
    "a layer without recurrence": [(0, nu_F, 1, 1), (nus[0], 1, 1, 1)],
}


def with_values(stack, values):
    return [[sympy.sympify(x).xreplace(values) for x in layer] for layer in stack]


@pytest.mark.parametrize("name", SYMBOLIC)
def test_symbolic_stacks_take_any_values_that_meet_the_conditions(name):
    stack = SYMBOLIC[name]
    G = stack_generating_function(stack, nu_C, 1, u)
    form, found = closed_form(G, u, i), recurrence(G, u)
    free = sorted(G.free_symbols - {u}, key=str)
    for shift in (1, 2):
        values = {symbol: Rational(3 * k + shift, 7) for k, symbol in enumerate(free)}
        assert all(condition.subs(values) == sympy.true for condition in form.conditions)
        weights = stack_weights(with_values(stack, values), values[nu_C], 1, 12)
        assert [x.xreplace(values) for x in elements(form, 12)] == weights
        assert [x.xreplace(values) for x in found.initial] == weights[: len(found.initial)]
        assert [x.xreplace(values) for x in series(G, u, 4)] == weights[:4]


@pytest.mark.parametrize("zero", [0, 1])
def test_a_rate_may_be_zero_where_the_conditions_say_so(zero):
    """At nu = 0, ``i nu^(i-1)`` is right from lag 1 on, 0**0 being 1."""
    stack = [(nus[0], 1, 2, 3), (nus[1], 1, 1, 1)]
    G = stack_generating_function(stack[: zero + 1], nu_C, 1, u)
    form = closed_form(G, u, i)
    values = {nus[zero]: 0, nus[1 - zero]: Rational(1, 3), nu_C: 5}
    weights = stack_weights(with_values(stack[: zero + 1], values), 5, 1, 6)
    allowed = [k for k in range(6) if all(c.subs({**values, i: k}) == sympy.true for c in form.conditions)]
    assert set(allowed) >= {1, 2, 3, 4, 5}
    assert [form.at(k).xreplace(values) for k in allowed] == [weights[k] for k in allowed]


def test_equal_symbols_merge_and_different_ones_are_said_to_differ():
    one, other = nus[:2]
    apart = closed_form(stack_generating_function([(one, 1, 1, 1), (other, 1, 1, 1)], 1, 1, u), u, i)
    assert apart.conditions == (Ne(one, other),)
    merged = closed_form(stack_generating_function([(one, 1, 1, 1)] * 2, 1, 1, u), u, i)
    assert merged.expression == one ** (i - 1) * (i + 1) * (i + 3 * one)
    assert merged.conditions == (Or(Ne(one, 0), i >= 1),)


def test_asymptotics_of_numbers():
    """The relative error divided by its order neither grows nor vanishes."""
    half, third = Rational(1, 2), Rational(1, 3)
    for G in (
        stack_generating_function([(half, 1, 1, 1), (third, 1, 1, 1)], 1, 1, u),
        stack_generating_function([(half, 1, 1, 1)] * 3, 1, 1, u),
        1 / (1 - half * u) - 1 / (1 - third * u) ** 2 + 1 / (1 + third * u),
        u / (1 - half * u) ** 2 + 5 / (1 + third * u) ** 3,
    ):
        law = asymptotics(G, u, i)
        form = closed_form(G, u, i)
        assert law.conditions == ()
        scaled = [
            float((form.at(k) / law.leading.subs(i, k) - 1) / law.error.subs(i, k)) for k in (200, 400, 401)
        ]
        assert all(0.01 < abs(x) < 100 for x in scaled)
        assert scaled[0] == pytest.approx(scaled[1], rel=0.2)


def test_asymptotics_without_an_error():
    assert asymptotics(7 + 1 / (1 - u / 2), u, i) == asymptotics(3 * u + 1 / (1 - u / 2), u, i)
    assert asymptotics(1 / (1 - u / 2), u, i).error == 0
    assert asymptotics(1 + u, u, i).leading == 0


def test_asymptotics_of_symbols_name_the_greatest_rate():
    one, other = nus[:2]
    G = stack_generating_function([(one, 1, 1, 1), (other, 1, 1, 1)], nu_C, 1, u)
    with pytest.raises(ValueError, match="dominant="):
        asymptotics(G, u, i)
    law = asymptotics(G, u, i, dominant=other)
    assert sympy.simplify(law.leading - nu_C * i * other ** (i + 1) / (other - one) / other) == 0
    assert law.error == 1 / i
    assert set(law.conditions) == {Abs(one) < Abs(other), Ne(nu_C, 0), Ne(other, 0)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: series(1 / u, u, 3), "pole at u = 0"),
        (lambda: series(1 / (1 - 0.5 * u), u, 3), r"Rational\('0.5'\).*has -0.5"),
        (lambda: series(sympy.exp(u), u, 3), r"rational function.*exp\(u\)"),
        (lambda: series(sympy.sqrt(2) * u, u, 3), r"has sqrt\(2\)"),
        (lambda: series(u, u, -1), "lags must be an integer >= 0, got -1"),
        (lambda: closed_form(u, u, u), "the lag must be a symbol"),
        (lambda: closed_form(i * u, u, i), "the lag must be a symbol"),
        (lambda: closed_form(1 / (1 - u - u**2), u, i), "closed_form: .*does not split"),
        (lambda: total(1 / (1 - u - u**2), u), "total: .*does not split"),
        (lambda: total(1 / (1 - u), u), "total: the sum is infinite, as the rate 1 is not below 1"),
        (lambda: mean_lag(1 / (1 + 2 * u), u), "mean_lag: the sum is infinite, as the rate -2"),
        (lambda: tail_mass(1 / (1 - u), u, m), "tail_mass: the sum is infinite"),
        (lambda: mean_lag(1 - u, u), "mean_lag: the sum of all weights is 0"),
        (lambda: asymptotics(1 / (1 - u**2), u, i), "none is the greatest"),
        (lambda: asymptotics(1 / (1 - u) / (1 - 2 * u), u, i, dominant=1), "dominant must be"),
        (lambda: closed_form(u, u, i).at(-1), "lag must be an integer >= 0, got -1"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_rates_are_needed_for_series_and_recurrence():
    fibonacci = u / (1 - u - u**2)
    assert series(fibonacci, u, 10) == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
    assert recurrence(fibonacci, u).coefficients == (1, 1)
