"""The lag weights and what follows from them, against the definition in exact arithmetic."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from problems import rates

from numeric import (
    Rates,
    Variances,
    lag_weights,
    limit_kernel,
    mean_lag,
    memory_length,
    partial_sum,
    peak_lag,
    prior_variance,
    sensitivity,
    tail_mass,
    total,
    weight_sums,
)

numbers = st.fractions(0, 3, max_denominator=50) | st.floats(0, 3)
any_variances = st.builds(Variances, numbers, numbers, numbers, rates=rates)
decaying = st.builds(
    Variances, st.fractions(0, Fraction(9, 10), max_denominator=60), numbers, numbers, rates=rates
)
small = st.fractions(0, 4, max_denominator=8)
huge = st.builds(
    lambda x, k: x * Fraction(10) ** k, st.fractions(0, 9, max_denominator=9), st.integers(-320, 320)
)


def weight(v, i):
    """The definition: the shares of readout, input and each of the i places of W, times their rates."""
    w, f, c = v.transition, v.input, v.output
    powers = [Fraction(1)]
    for _ in range(i):
        powers.append(powers[-1] * w)
    positions = sum((c * powers[a] * f * powers[i - 1 - a] for a in range(i)), Fraction(0))
    return v.rates.output * f * powers[i] + v.rates.input * c * powers[i] + v.rates.transition * positions


def weight_formula(v, i):
    w, s, p = v.transition, *shares(v)
    return s * w**i + (i * p * w ** (i - 1) if i else 0)


def shares(v):
    """s and p: what the readout and the input share at lag 0, and the transition at lag 1."""
    return v.rates.output * v.input + v.rates.input * v.output, v.rates.transition * v.input * v.output


def printed(x, digits):
    return Decimal(mpmath.nstr(x, digits, strip_zeros=False))


def rounded(x, digits):
    quotient = Context(prec=digits + 1000).divide(Decimal(x.numerator), Decimal(x.denominator))
    return Context(prec=digits, rounding=ROUND_HALF_UP).plus(quotient)


def ulps(values, exact):
    return max(
        abs(Fraction(a) - b) / Fraction(np.spacing(float(b))) for a, b in zip(values, exact, strict=True)
    )


def decimal_reference(v, lags, formula):
    """The formula at the given lags in 60-digit arithmetic, as fractions."""
    with mpmath.workdps(60):
        w, f, c = (mpmath.mpf(x.numerator) / x.denominator for x in (v.transition, v.input, v.output))
        return [formula(int(i), w, f, c) for i in lags]


class TestLagWeights:
    @given(any_variances, st.integers(1, 12))
    def test_floats_are_the_definition_to_a_few_units_in_the_last_place(self, v, lags):
        exact = [weight(v, i) for i in range(lags)]
        assert ulps(lag_weights(v, lags), exact) < 6

    @given(any_variances, st.integers(1, 8), st.integers(1, 40))
    def test_digits_are_the_definition_rounded(self, v, lags, digits):
        values = lag_weights(v, lags, digits=digits)
        expected = [rounded(weight(v, i), digits) for i in range(lags)]
        assert [printed(x, digits) for x in values] == expected

    @given(st.builds(Variances, huge, huge, huge), st.integers(1, 6))
    @example(Variances(Fraction(1, 10**200), 10**300, 10**300), 4)
    @example(Variances(10**200, Fraction(1, 10**300), Fraction(1, 10**300)), 4)
    @example(Variances(Fraction(1, 10**400), 10**200, 10**200), 3)
    def test_extreme_variances_too(self, v, lags):
        exact = [weight(v, i) for i in range(lags)]
        if max(exact) >= 2**1024 - 2**970:
            with pytest.raises(OverflowError, match="digits="):
                lag_weights(v, lags)
        elif max(exact) < 2**1023:
            assert ulps(lag_weights(v, lags), exact) < 6

    @pytest.mark.parametrize(
        "transition", ["0.3", "0.99", 0.999, "0.99999", 1, "1.001", "1/3", 0.1, "0.9999999"]
    )
    def test_every_lag_of_a_long_series(self, transition):
        v = Variances(transition, "0.7", "1.9")
        values = lag_weights(v, 100_000)
        lags = [0, 1, 2, 3, 10, 101, 999, 5_000, 12_345, 54_321, 99_999]
        truth = decimal_reference(
            v, lags, lambda i, w, f, c: (c + f) * w**i + (c * f * i * w ** (i - 1) if i else 0)
        )
        assert all(
            abs(mpmath.mpf(values[i]) - x) <= 6 * mpmath.mpf(np.spacing(float(x)))
            for i, x in zip(lags, truth, strict=True)
        )

    @pytest.mark.parametrize(
        "v",
        [
            Variances("1e-90"),
            Variances("1e-90", "1e200", "1e-300"),
            Variances("0.999", "1e-300", "1e300"),
            Variances("0.99", "1e300", "1e-700"),
            Variances("1.01", "1e-400", "1e-350"),
            Variances("1.41421356", "1e-3000", "1e-300"),
            Variances("1e-3000", "1e300", "1e-2000"),
            Variances("1e80", "1e-400", "1e-90"),
        ],
    )
    @pytest.mark.parametrize("function", [lag_weights, sensitivity, prior_variance])
    def test_every_lag_of_extreme_variances(self, function, v):
        """Up to 2,000 lags apart, in and out of float64's range, and next to its ends."""
        digits = function(v, 2_000, digits=25)
        overflows = next((i for i, x in enumerate(digits) if x >= mpmath.mpf(2) ** 1024), 2_000)
        if overflows < 2_000:
            with pytest.raises(OverflowError, match="digits="):
                function(v, overflows + 1)
        values = function(v, overflows)
        for value, x in zip(values, digits, strict=False):
            assert abs(value - x) <= 8 * mpmath.mpf(np.spacing(float(x)))  # 6 but with NumPy 1.26's exp

    def test_a_million_extreme_lags_are_as_fast_as_others(self):
        """Not lag by lag, which takes a minute."""
        v = Variances("0.99999", "1e300", "1e-300")
        values = lag_weights(v, 10**6)
        lags = [0, 1, 77, 10**5, 999_999]
        truth = decimal_reference(
            v, lags, lambda i, w, f, c: (c + f) * w**i + (c * f * i * w ** (i - 1) if i else 0)
        )
        for i, x in zip(lags, truth, strict=True):
            assert values[i] == pytest.approx(float(x), rel=2e-15)

    def test_digits_do_not_stop_at_the_range_of_floats(self):
        (*_, last) = lag_weights(Variances("0.3"), 2_000, digits=30)
        assert printed(last, 30) == rounded(weight(Variances("0.3"), 1_999), 30)
        (*_, last) = lag_weights(Variances(3), 2_000, digits=30)
        assert printed(last, 30) == rounded(weight(Variances(3), 1_999), 30)

    def test_three_tenths_is_not_its_float(self):
        as_string, as_float = (lag_weights(Variances(x), 50, digits=40)[-1] for x in ("0.3", 0.3))
        assert as_string != as_float
        assert float(as_string) == pytest.approx(float(as_float), rel=1e-13)

    def test_transition_0_leaves_two_lags(self):
        assert lag_weights(Variances(0, 2, 3), 5).tolist() == [5, 6, 0, 0, 0]
        assert lag_weights(Variances(0, 2, 3), 4, digits=5) == [5, 6, 0, 0]

    def test_transition_1_grows_linearly(self):
        assert np.array_equal(lag_weights(Variances(1), 100_000), 2.0 + np.arange(100_000))

    def test_without_input_and_output_variance_all_is_0(self):
        assert not lag_weights(Variances(3, 0, 0), 10_000).any()

    def test_underflow_is_quiet(self):
        assert lag_weights(Variances("1e-10"), 100)[-1] == 0

    @pytest.mark.parametrize("v", [Variances(2), Variances(1, 10**200, 10**200), Variances(10**400)])
    def test_overflow_names_the_way_out(self, v):
        with pytest.raises(OverflowError, match="digits="):
            lag_weights(v, 2_000)
        assert len(lag_weights(v, 2_000, digits=3)) == 2_000

    @pytest.mark.parametrize("function", [lag_weights, sensitivity, prior_variance])
    @pytest.mark.parametrize("many", [10**8 + 1, 10**9, 10**30])
    def test_arrays_have_a_limit(self, function, many):
        with pytest.raises(ValueError, match=f"lags must be <= 100000000, got {many}"):
            function(Variances("0.5"), many)

    @pytest.mark.parametrize("function", [lag_weights, sensitivity, prior_variance])
    @pytest.mark.parametrize("bad", [0, -1, 1.5, "3", None, True])
    def test_bad_lags(self, function, bad):
        with pytest.raises(ValueError, match="lags must be an integer >= 1"):
            function(Variances(1), bad)

    @pytest.mark.parametrize("bad", [0, -1, 1.5, "3", True])
    def test_bad_digits(self, bad):
        with pytest.raises(ValueError, match="digits must be an integer >= 1"):
            lag_weights(Variances(1), 3, digits=bad)


class TestSensitivityAndPrior:
    @given(any_variances, st.integers(1, 12))
    def test_sensitivity_is_the_derivative(self, v, lags):
        """The weights are polynomials of degree i in nu_W; differentiate their coefficients."""
        w, s, p = v.transition, *shares(v)
        exact = [s * i * w ** max(i - 1, 0) + p * i * (i - 1) * w ** max(i - 2, 0) for i in range(lags)]
        assert ulps(sensitivity(v, lags), exact) < 6
        assert [printed(x, 12) for x in sensitivity(v, lags, digits=12)] == [rounded(x, 12) for x in exact]

    @given(any_variances, st.integers(1, 12))
    def test_sensitivity_is_a_difference_quotient(self, v, lags):
        step = Fraction(1, 10**40)
        up, here = (
            [weight(replace(v, transition=v.transition + h), i) for i in range(lags)] for h in (step, 0)
        )
        quotient = [float((a - b) / step) for a, b in zip(up, here, strict=True)]
        assert sensitivity(v, lags) == pytest.approx(quotient, rel=1e-13, abs=1e-30)

    @given(any_variances, st.integers(1, 12))
    def test_the_prior_variance_is_that_of_a_product(self, v, lags):
        exact = [v.output * v.input * v.transition**i for i in range(lags)]
        assert ulps(prior_variance(v, lags), exact) < 5
        assert [printed(x, 12) for x in prior_variance(v, lags, digits=12)] == [rounded(x, 12) for x in exact]

    def test_a_prior_variance_in_range_does_not_overflow_on_the_way(self):
        v = Variances(10**160, 1, Fraction(1, 10**300))
        assert prior_variance(v, 4) == pytest.approx([1e-300, 1e-140, 1e20, 1e180], rel=1e-15)


class TestRates:
    @given(any_variances, st.integers(1, 12))
    def test_rates_are_those_of_other_variances(self, v, lags):
        """F and C scaled until the parts are trained alike, and the kernel scaled back."""
        eta_W, eta_F, eta_C = v.rates.transition, v.rates.input, v.rates.output
        assume(eta_W * eta_F * eta_C)
        alike = Variances(v.transition, v.input * eta_W / eta_F, v.output * eta_W / eta_C)
        exact = [eta_C * eta_F / eta_W * weight(alike, i) for i in range(lags)]
        assert [printed(x, 15) for x in lag_weights(v, lags, digits=15)] == [rounded(x, 15) for x in exact]

    @given(numbers, numbers, numbers, st.integers(1, 12))
    def test_a_reservoir_decays_by_its_transition_alone(self, w, f, c, lags):
        v = Variances(w, f, c, rates=Rates(transition=0, input=0))
        assert ulps(lag_weights(v, lags), [v.input * v.transition**i for i in range(lags)]) < 6

    @given(any_variances, st.integers(1, 12))
    def test_they_are_the_limit_of_the_calculus(self, v, lags):
        limit = np.diag(limit_kernel(v, lags, digits=20))
        assert [printed(x, 20) for x in lag_weights(v, lags, digits=20)] == [printed(x, 20) for x in limit]


class TestSums:
    @given(any_variances, st.integers(0, 12))
    def test_partial_sums_are_sums(self, v, lags):
        exact = sum((weight(v, i) for i in range(lags)), Fraction(0))
        assert partial_sum(v, lags) == float(exact)
        assert printed(partial_sum(v, lags, digits=20), 20) == rounded(exact, 20)

    @given(decaying, st.integers(0, 12))
    def test_the_total_is_a_partial_sum_and_a_tail(self, v, lag):
        parts = (partial_sum(v, lag, digits=40), tail_mass(v, lag, digits=40), total(v, digits=40))
        first, rest, everything = (Fraction(printed(x, 40)) for x in parts)
        assert abs(first + rest - everything) <= everything / 10**38

    @given(decaying)
    def test_the_tail_is_what_a_long_sum_leaves_out(self, v):
        weights = lag_weights(v, 600)
        assert tail_mass(v, 3) == pytest.approx(weights[3:].sum(), rel=1e-11)
        assert total(v) == pytest.approx(weights.sum(), rel=1e-11)

    @given(decaying)
    def test_the_mean_lag_is_a_weighted_mean(self, v):
        assume(sum(shares(v)) > Fraction(1, 10**100))
        weights = lag_weights(v, 600)
        assert mean_lag(v) == pytest.approx(weights @ np.arange(600) / weights.sum(), rel=1e-11)
        assert mean_lag(v) == pytest.approx(float(mean_lag(v, digits=30)), rel=1e-15)

    def test_cancellation_costs_no_digit(self):
        v = Variances(1 - Fraction(1, 10**40))
        exact = sum(weight(v, i) for i in range(3))
        assert printed(partial_sum(v, 3, digits=30), 30) == rounded(exact, 30)

    @pytest.mark.parametrize("digits", [None, 30])
    def test_balls_are_as_precise_as_cancellation_asks(self, digits):
        """600 digits cancel, and the exact value has a hundred million; but the weights are nearly linear."""
        value = partial_sum(Variances(1 - Fraction(1, 10**300)), 100_000, digits=digits)
        assert value == 2 * 100_000 + 100_000 * 99_999 // 2

    @pytest.mark.parametrize("lags", [200, 10**9, 10**40])
    def test_a_sum_just_below_a_tie_is_below_it(self, lags):
        v = Variances("0.2")  # all weights add up to 4.0625
        assert printed(partial_sum(v, lags, digits=4), 4) == Decimal("4.062")
        assert printed(total(v, digits=4), 4) == Decimal("4.063")
        assert partial_sum(v, lags) == 4.0625
        assert partial_sum(v, lags, digits=6) == 4.0625

    @given(decaying, st.integers(0, 400), st.integers(1, 8))
    def test_long_partial_sums_round_like_exact_ones(self, v, lags, digits):
        exact = sum((weight_formula(v, i) for i in range(lags)), Fraction(0))
        assert printed(partial_sum(v, lags, digits=digits), digits) == rounded(exact, digits)

    @pytest.mark.parametrize("transition", [1, "1.5"])
    def test_an_infinite_sum_is_an_error(self, transition):
        v = Variances(transition)
        for infinite in (total, mean_lag, lambda v: tail_mass(v, 3), lambda v: memory_length(v, 1)):
            with pytest.raises(ValueError, match="transition must be < 1, got"):
                infinite(v)

    def test_without_any_weight_sums_are_0_but_there_is_no_mean(self):
        v = Variances(2, 0, 0)
        assert (total(v), tail_mass(v, 2), partial_sum(v, 5), memory_length(v, 1)) == (0, 0, 0, 0)
        with pytest.raises(ValueError, match="every weight is 0"):
            mean_lag(v)

    def test_where_all_that_counts_is_frozen_there_is_no_weight_either(self):
        for v in (Variances("0.5", rates=Rates(0, 0, 0)), Variances("0.5", 0, 3, rates=Rates(1, 0, 1))):
            assert (total(v), tail_mass(v, 2), partial_sum(v, 5), memory_length(v, 1)) == (0, 0, 0, 0)
            assert not lag_weights(v, 5).any()
            with pytest.raises(ValueError, match="every weight is 0"):
                mean_lag(v)

    def test_overflow_of_a_sum_names_the_way_out(self):
        with pytest.raises(OverflowError, match="digits="):
            total(Variances("0.5", 10**200, 10**200))

    @pytest.mark.parametrize("bad", [-1, 0.5, None])
    def test_bad_lags(self, bad):
        with pytest.raises(ValueError, match="lag must be an integer >= 0"):
            tail_mass(Variances("0.5"), bad)
        with pytest.raises(ValueError, match="lags must be an integer >= 0"):
            partial_sum(Variances("0.5"), bad)


class TestPeakLag:
    @given(st.fractions(0, Fraction(95, 100), max_denominator=40), small, small, rates)
    @example(Fraction(0), Fraction(2), Fraction(2), Rates())  # a tie of lags 0 and 1
    @example(Fraction(1, 2), Fraction(1), Fraction(1), Rates())
    @example(Fraction(2, 3), Fraction(1), Fraction(1), Rates())
    @example(Fraction(0), Fraction(3), Fraction(3), Rates())
    @example(Fraction(0), Fraction(1), Fraction(1), Rates(1, 0, 0))  # lag 1 is all
    @example(Fraction(9, 10), Fraction(1), Fraction(1), Rates(1, 0, 0))  # i w^(i-1), a tie of lags 9 and 10
    @example(Fraction(9, 10), Fraction(1), Fraction(1), Rates(0, 0, 1))  # a reservoir
    def test_is_the_last_lag_of_greatest_weight(self, w, f, c, eta):
        v = Variances(w, f, c, rates=eta)
        assume(any(shares(v)))
        weights = [weight(v, i) for i in range(40)]
        assert peak_lag(v) == max(i for i, x in enumerate(weights) if x == max(weights))

    def test_no_float_reaches_this_far(self):
        assert peak_lag(Variances(1 - Fraction(1, 10**30))) == 10**30 - 2

    @pytest.mark.parametrize(
        "v",
        [
            *(Variances(1), Variances(2), Variances(1, 0, 1), Variances("0.5", 0, 0)),
            *(Variances("0.5", rates=Rates(0, 0, 0)), Variances("0.5", 0, 1, rates=Rates(1, 0, 1))),
        ],
    )
    def test_weights_that_never_fall_have_none(self, v):
        with pytest.raises(ValueError, match="never fall"):
            peak_lag(v)


class TestMemoryLength:
    def test_without_a_transition_two_lags_are_left(self):
        variances = Variances(0)
        assert [memory_length(variances, epsilon) for epsilon in (3, 1, "0.999", "1e-300")] == [0, 1, 2, 2]

    @given(
        st.fractions(0, Fraction(9, 10), max_denominator=20),
        small,
        small,
        rates,
        st.fractions(Fraction(1, 1000), 50, max_denominator=1000),
    )
    @example(Fraction(0), Fraction(2), Fraction(3), Rates(), Fraction(6))
    @example(Fraction(0), Fraction(2), Fraction(3), Rates(), Fraction(11))
    @example(Fraction(1, 3), Fraction(0), Fraction(2), Rates(), Fraction(1, 3))
    @example(Fraction(0), Fraction(2), Fraction(3), Rates(1, 0, 0), Fraction(5))
    @example(Fraction(9, 10), Fraction(2), Fraction(3), Rates(1, 0, 0), Fraction(1, 1000))
    @example(Fraction(9, 10), Fraction(2), Fraction(3), Rates(0, 0, 1), Fraction(1, 1000))
    def test_is_the_least_lag_from_which_the_tail_is_small(self, w, f, c, eta, epsilon):
        v = Variances(w, f, c, rates=eta)
        m = memory_length(v, epsilon)
        geometric, (s, p) = 1 / (1 - w), shares(v)
        whole = s * geometric + p * geometric**2
        tails = [whole]
        for i in range(m):
            tails.append(tails[-1] - weight(v, i))
        assert tails[m] <= epsilon
        assert m == 0 or tails[m - 1] > epsilon
        assert all(a >= b for a, b in pairwise(tails))

    @given(
        st.fractions(Fraction(1, 20), Fraction(9, 10), max_denominator=20),
        small,
        small,
        rates,
        st.integers(0, 25),
    )
    def test_a_tail_equal_to_epsilon_counts(self, w, f, c, eta, m):
        v = Variances(w, f, c, rates=eta)
        s, p = shares(v)
        assume(s > 0)
        tail = s * w**m / (1 - w) + (p * ((m * w ** (m - 1) if m else 0) / (1 - w) + w**m / (1 - w) ** 2))
        assert memory_length(v, tail) == m
        assert memory_length(v, tail - Fraction(1, 10**200)) == m + 1

    @pytest.mark.parametrize("error", [-3, -1, 0, 1, 3])
    def test_whatever_the_candidate(self, monkeypatch, error):
        """It is a rounded number, which may come out on either side of an integer."""
        truth = memory_length(Variances("0.9"), "1e-6")
        candidate = weight_sums._memory_length_candidate
        monkeypatch.setattr(weight_sums, "_memory_length_candidate", lambda *given: candidate(*given) + error)
        assert memory_length(Variances("0.9"), "1e-6") == truth

    def test_a_transition_next_to_1_beyond_any_fixed_precision(self):
        v = Variances(1 - Fraction(1, 10**3000))
        m = memory_length(v, 1)
        assert tail_mass(v, m, digits=5) <= 1
        assert len(str(m)) == 3005  # about 10^3000 log(10^6000), for the tail is near 10^6000 e^-x (1 + x)

    @pytest.mark.parametrize("epsilon", ["1e-300", "1e-6", 1, 10**19])
    def test_memories_too_long_to_count(self, epsilon):
        v = Variances(1 - Fraction(1, 10**10), 2, 3)
        m = memory_length(v, epsilon)
        bound = mpmath.mpf(Fraction(epsilon).numerator) / Fraction(epsilon).denominator
        assert tail_mass(v, m, digits=30) <= bound < tail_mass(v, m - 1, digits=30)

    @pytest.mark.parametrize("bad", [0, -1, "-1e-9"])
    def test_epsilon_is_positive(self, bad):
        with pytest.raises(ValueError, match="epsilon must be > 0, got"):
            memory_length(Variances("0.5"), bad)

    @pytest.mark.parametrize("bad", ["x", float("nan"), None, True])
    def test_epsilon_is_a_number(self, bad):
        with pytest.raises(ValueError, match="epsilon must be a finite number, got"):
            memory_length(Variances("0.5"), bad)
