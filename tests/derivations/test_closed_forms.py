"""The closed forms against the sums that they stand for, in exact fractions."""

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations import closed_forms

variances = st.fractions(0, 3, max_denominator=12)
positive = st.fractions(Fraction(1, 12), 3, max_denominator=12)
below_one = st.fractions(0, Fraction(11, 12), max_denominator=12)
lags = st.integers(0, 30)


def definition(i: int, w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    """Readout and input once, the transition at each of its i places."""
    return c * w**i + f * w**i + sum(c * w**a * f * w ** (i - 1 - a) for a in range(i))


def prefix(m: int, w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    return sum(definition(i, w, f, c) for i in range(m))


@given(lags, variances, variances, variances)
def test_a_weight_is_the_sum_over_the_positions(i, w, f, c):
    assert closed_forms.lag_weight(i, w, c + f, c * f) == definition(i, w, f, c)


class Dual(NamedTuple):
    """value + derivative e with e^2 = 0: arithmetic that differentiates polynomials exactly."""

    value: Fraction
    derivative: Fraction

    def __pow__(self, k: int) -> "Dual":
        if k == 0:
            return Dual(Fraction(1), Fraction(0))
        rest = self ** (k - 1)
        return Dual(self.value * rest.value, self.value * rest.derivative + self.derivative * rest.value)


@given(lags, variances, variances, variances)
def test_sensitivity_is_the_derivative(i, w, f, c):
    dual = Dual(w, Fraction(1))
    places = (f * c * (dual ** (i - 1)).derivative for _ in range(i))
    assert closed_forms.sensitivity(i, w, c + f, c * f) == (f + c) * (dual**i).derivative + sum(places)


@given(lags, variances.filter(lambda w: w != 1), variances, variances)
def test_partial_sums(m, w, f, c):
    assert closed_forms.partial_sum(m, w, c + f, c * f) == prefix(m, w, f, c)


@given(lags, variances, variances)
def test_partial_sums_at_one(m, f, c):
    assert closed_forms.partial_sum_at_one(m, c + f, c * f) == prefix(m, Fraction(1), f, c)


@given(lags, below_one, variances, variances)
def test_total_and_tail(m, w, f, c):
    total, tail = closed_forms.total(w, c + f, c * f), closed_forms.tail_mass(m, w, c + f, c * f)
    assert total - tail == prefix(m, w, f, c)
    assert closed_forms.generating_function(1, w, c + f, c * f) == total
    assert float(total) == pytest.approx(float(prefix(300, float(w), float(f), float(c))), rel=1e-6)


@given(below_one, positive, variances)
def test_mean_lag(w, f, c):
    weights = [definition(i, float(w), float(f), float(c)) for i in range(300)]
    mean = sum(i * weight for i, weight in enumerate(weights)) / sum(weights)
    assert float(closed_forms.mean_lag(w, c + f, c * f)) == pytest.approx(mean, rel=1e-5)


@given(variances, positive, positive)
def test_the_weights_never_increase_exactly_if_the_margin_is_not_negative(w, f, c):
    weights = [definition(i, w, f, c) for i in range(60)]
    never_increase = all(b <= a for a, b in pairwise(weights))
    assert never_increase == (closed_forms.decay_margin(w, c + f, c * f) >= 0)


@given(below_one.filter(bool), positive, positive)
def test_the_peak_position_separates_rising_from_falling(w, f, c):
    x = closed_forms.peak_position(w, c + f, c * f)
    for i in range(40):
        rising = definition(i + 1, w, f, c) >= definition(i, w, f, c)
        assert rising == (i <= x)


@given(lags, below_one.filter(bool), positive, positive)
def test_the_tail_has_one_linear_factor(m, w, f, c):
    k = closed_forms.memory_length_offset(w, c + f, c * f)
    assert closed_forms.tail_mass(m, w, c + f, c * f) == c * f / (w * (1 - w)) * (m + k) * w**m


@pytest.mark.parametrize("form", [closed_forms.lag_weight, closed_forms.sensitivity])
def test_no_transition_leaves_two_weights(form):
    values = [form(i, Fraction(0), Fraction(5), Fraction(6)) for i in range(5)]
    assert values == ([5, 6, 0, 0, 0] if form is closed_forms.lag_weight else [0, 5, 12, 0, 0])
