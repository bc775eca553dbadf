"""The peak against every weight up to a lag, and against the plain network's formula."""

import math
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import fmpq
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Rational, symbols

from derivations import closed_forms
from derivations.layered import stack_generating_function, stack_weights
from derivations.peaks import peak
from derivations.rational import closed_form, series

u, i, nu = symbols("u i nu")
LAGS = 250

rates = st.one_of(
    st.sampled_from([Rational(0), Rational(1, 2), Rational(4, 5)]),
    st.fractions(0, Fraction(7, 8), max_denominator=12).map(Rational),
)
variances = st.sampled_from([Rational(0), Rational(1, 50), Rational(1), Rational(7)])
layers = st.lists(st.tuples(rates, variances, variances, variances), min_size=1, max_size=5)


def last_greatest(weights):
    return max(range(len(weights)), key=lambda k: (weights[k], k))


@given(layers, variances, variances)
def test_the_peak_of_a_stack_is_the_last_greatest_of_many_weights(stack, c, rate):
    """A weight sums paths through six factors 1 / (1 - w u) at most: at w <= 7/8 all fall from lag 36 on."""
    exact = [[fmpq(int(x.p), int(x.q)) for x in layer] for layer in [*stack, (c, rate)]]
    weights = stack_weights(exact[:-1], *exact[-1], LAGS)
    assume(any(weights))
    assert peak(stack_generating_function(stack, c, rate, u), u) == last_greatest(weights)


@given(
    st.lists(st.tuples(rates.filter(bool), st.integers(1, 3), st.integers(-9, 9)), min_size=1, max_size=5),
    st.lists(st.integers(-9, 9), max_size=4),
)
def test_the_peak_of_sequences_that_rise_and_fall(parts, polynomial):
    """Of any signs, with a polynomial part: all the more changes of sign for the bisection to find."""
    G = sympy.Add(*(c / (1 - r * u) ** k for r, k, c in parts), *(x * u**k for k, x in enumerate(polynomial)))
    weights = series(G, u, LAGS)
    if max(weights[: LAGS // 2]) > 0:
        assert peak(G, u) == last_greatest(weights)
    elif max(weights) <= 0:
        with pytest.raises(ValueError, match="no weight is positive"):
            peak(G, u)


@given(st.lists(st.tuples(rates.filter(bool), st.integers(-3, 3)), min_size=2, max_size=7))
def test_the_peak_of_sequences_that_begin_in_any_way(parts):
    """As many first weights as there are rates are given: all changes of sign may come one after another."""
    bottom = sympy.Poly(sympy.prod(1 - r * u for r, _ in parts), u)
    given_weights = sympy.Poly([x for _, x in reversed(parts)], u)
    top = (bottom * given_weights).rem(sympy.Poly(u ** len(parts), u))
    G = top.as_expr() / bottom.as_expr()
    weights = series(G, u, LAGS)
    assert weights[: len(parts)] == [x for _, x in parts]
    if max(weights[: len(parts)]) > 0:
        assert peak(G, u) == last_greatest(weights)


def test_two_peaks_are_compared():
    """A sum of three rates that falls, rises to a second peak and falls again."""
    early = 1 / (1 - u / 10)
    late = (1 / (1 - Rational(99, 100) * u) - 1 / (1 - Rational(98, 100) * u)) * 3
    assert peak(early + late, u) == 0
    assert peak(early + 2 * late, u) == last_greatest(series(early + 2 * late, u, 400)) == 69


@given(
    st.integers(1, 10**6),
    st.sampled_from([1, 10, 10**9, 10**30]),
    st.fractions(Fraction(1, 9), 9, max_denominator=9),
)
def test_one_layer_has_the_formula_of_the_plain_network_however_late(gap, scale, f):
    w = 1 - Fraction(1, gap * scale + 1)
    x = closed_forms.peak_position(w, f, Fraction(2))
    expected = 0 if closed_forms.decay_margin(w, f, Fraction(2)) > 0 else math.floor(x) + 1
    G = closed_forms.generating_function(u, Rational(w), Rational(f), 2)
    assert peak(G, u) == expected


def test_equal_weights_have_the_later_lag():
    assert peak(closed_forms.generating_function(u, Rational(1, 2), 1, 1), u) == 1
    assert peak(1 + u + u**2 / 2, u) == 1
    tied = 1 / (1 - u / 2) + u / (2 * (1 - u / 3))  # 1, 1, 5/12
    assert series(tied, u, 3)[:2] == [1, 1]
    assert peak(tied, u) == 1


def test_a_late_peak_of_different_rates():
    """Rates near 1, where no scan would come to an end; the weights around it tell that it is one."""
    rates = [1 - Rational(1, 10**6), 1 - Rational(1, 2 * 10**6), 1 - Rational(1, 3 * 10**6)]
    G = stack_generating_function([(w, 1, 1, 1) for w in rates], 1, 1, u)
    found = peak(G, u)
    assert 10**6 < found < 10**8
    with mpmath.workdps(60):
        weight = sympy.lambdify(i, closed_form(G, u, i).expression, "mpmath")
        assert weight(found - 1) < weight(found) > weight(found + 1)


@pytest.mark.parametrize(
    ("G", "message"),
    [
        (1 / (1 - u), "every rate must be .* below 1, got 1"),
        (1 / (1 + u / 2), "every rate must be from 0 to 1.*got -1/2"),
        (1 / (1 - nu * u), r"have the symbols \[nu\]"),
        (sympy.S.Zero, "no weight is positive"),
        (-1 / (1 - u / 2), "no weight is positive"),
        (1 / (1 - u / 3 - u**2 / 3), "peak: .*does not split"),
    ],
)
def test_what_has_no_peak_is_refused(G, message):
    with pytest.raises(ValueError, match=message):
        peak(G, u)
