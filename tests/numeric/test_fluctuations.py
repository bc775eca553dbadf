"""Fluctuations of the lag kernel, and the width that keeps them small."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import rates

from derivations import closed_forms, finite_width_forms
from numeric.expected import expected_lag_kernel
from numeric.fluctuations import (
    lag_kernel_covariance,
    lag_kernel_variance,
    width_for_fluctuation,
    width_for_mean,
)
from numeric.model import Rates
from numeric.sampler import sample_lag_kernel
from numeric.variances import Variances, rates_of, w_f_c, w_s_p

rational = st.fractions(Fraction(1, 9), 3, max_denominator=9)
variances_ = st.builds(Variances, rational, rational, rational, rates=rates)
errors = st.fractions(Fraction(1, 1000), 2, max_denominator=1000).filter(bool)
UNIT = Variances(1)


def test_the_variance_at_unit_variances():
    np.testing.assert_array_equal(np.diag(lag_kernel_variance(1, UNIT, 4)), [4, 20, 56, 120])


@given(variances_, st.integers(1, 5), st.integers(1, 10**6))
def test_the_covariance_is_symmetric_positive_and_has_the_variance_on_its_diagonal(variances, lags, width):
    covariance = lag_kernel_covariance(width, variances, lags).reshape(lags**2, lags**2)
    variance = lag_kernel_variance(width, variances, lags)
    np.testing.assert_array_equal(covariance, covariance.T)
    np.testing.assert_array_equal(np.diag(covariance), variance.ravel())
    scale = np.sqrt(np.diag(covariance))
    scale[scale == 0] = 1  # of a lag that is not trained
    assert np.linalg.eigvalsh(covariance / np.outer(scale, scale)).min() > -1e-12


@given(variances_, st.integers(1, 5), st.integers(1, 1000))
def test_it_falls_like_one_over_the_width(variances, lags, width):
    np.testing.assert_allclose(
        lag_kernel_variance(width, variances, lags) * width,
        lag_kernel_variance(1, variances, lags),
        rtol=1e-15,
    )


@pytest.mark.parametrize(
    "trained", [Rates(), Rates("0.3", 2, "0.7"), Rates(1, 0, 1), Rates(0, 0, 1)], ids=str
)
def test_samples_of_wide_networks_obey_the_law(trained):
    variances, lags, width, samples = Variances("0.7", "0.5", 2, rates=trained), 4, 10**6, 20_000
    theta = sample_lag_kernel(width, variances, lags, samples, rng=3).reshape(samples, -1)
    predicted = lag_kernel_covariance(width, variances, lags).reshape(lags**2, lags**2)
    scale = np.sqrt(np.diag(predicted))
    relative = (np.cov(theta, rowvar=False) - predicted) / np.outer(scale, scale)
    assert np.abs(relative).max() < 0.06  # six standard errors


def test_at_transition_variance_zero_nothing_is_left_beyond_lag_one():
    np.testing.assert_array_equal(lag_kernel_variance(1, Variances(0), 4), np.diag([4.0, 4, 0, 0]))


def test_exponents_far_apart_underflow_to_zero_and_overflow_loudly():
    assert lag_kernel_variance(1, Variances("1e-200"), 4)[3, 3] == 0
    with pytest.raises(OverflowError, match="fewer lags"):
        lag_kernel_variance(1, Variances("1e200"), 4)
    with pytest.raises(OverflowError, match="fewer lags"):
        lag_kernel_covariance(1, Variances("1e200"), 4)


def relative_variance(variances, lag):
    law = finite_width_forms.variance(lag, lag, *w_f_c(variances), *rates_of(variances))
    return Fraction(law) / closed_forms.lag_weight(lag, *w_s_p(variances)) ** 2


@given(variances_, st.integers(0, 60), errors)
def test_the_width_for_a_fluctuation_is_the_least(variances, lag, error):
    assume(closed_forms.lag_weight(lag, *w_s_p(variances)))
    width = width_for_fluctuation(variances, lag, error)
    assert relative_variance(variances, lag) <= width * error**2
    assert width == 1 or relative_variance(variances, lag) > (width - 1) * error**2


@given(variances_, st.integers(0, 6), errors)
def test_the_width_for_the_mean_is_the_least_by_the_exact_mean(variances, lag, error):
    def bias(width):
        exact = expected_lag_kernel(width, variances, lag + 1)[lag, lag]
        return exact / closed_forms.lag_weight(lag, *w_s_p(variances)) - 1

    assume(closed_forms.lag_weight(lag, *w_s_p(variances)))
    width = width_for_mean(variances, lag, error)
    assert bias(width) <= error
    assert width == 1 or bias(width - 1) > error


@given(variances_, st.integers(13, 60), errors)
def test_beyond_the_exact_lags_it_is_the_least_by_the_second_order(variances, lag, error):
    fields = w_s_p(variances)
    assume(any(fields[1:]))
    bias = finite_width_forms.second_order_mean(lag, *fields) / closed_forms.lag_weight(lag, *fields)
    width = width_for_mean(variances, lag, error)
    assert bias <= error * width**2
    assert width == 1 or bias > error * (width - 1) ** 2


@pytest.mark.parametrize("lag", [6, 12])
def test_the_second_order_predicts_the_exact_width_for_small_errors(lag):
    law = Fraction(finite_width_forms.second_order_mean(lag, 1, 2, 1), 2 + lag)
    for error in (Fraction(1, 10**4), Fraction(1, 10**8)):
        predicted = float(law / error) ** 0.5
        assert predicted <= width_for_mean(UNIT, lag, error) <= 1.05 * predicted + 1


def test_lags_zero_and_one_have_no_bias():
    assert width_for_mean(UNIT, 0, "1e-30") == width_for_mean(UNIT, 1, "1e-30") == 1


def test_widths_of_any_size_are_exact():
    assert width_for_fluctuation(UNIT, 0, "1e-20") == 10**40
    assert width_for_mean(UNIT, 2, "1.5e-40") == 10**20


@given(variances_, st.integers(0, 20), errors)
def test_a_smaller_error_needs_no_smaller_width(variances, lag, error):
    assume(closed_forms.lag_weight(lag, *w_s_p(variances)))
    for least in (width_for_fluctuation, width_for_mean):
        if lag <= 8 or lag > 12:
            assert least(variances, lag, error / 2) >= least(variances, lag, error)


@pytest.mark.parametrize("least", [width_for_fluctuation, width_for_mean])
def test_bad_input_is_refused(least):
    with pytest.raises(ValueError, match=r"lag must be an integer >= 0, got -1"):
        least(UNIT, -1, "0.1")
    with pytest.raises(ValueError, match=r"lag must be an integer >= 0, got True"):
        least(UNIT, True, "0.1")
    for error in (0, -1):
        with pytest.raises(ValueError, match=f"relative_error must be > 0, got {error}"):
            least(UNIT, 1, error)
    for error in (float("nan"), float("inf"), "much", None):
        with pytest.raises(ValueError, match="relative_error must be a finite number"):
            least(UNIT, 1, error)
    for variances, lag in ((Variances(0), 2), (Variances(1, 0, 0), 0)):
        with pytest.raises(ValueError, match=f"the weight of lag {lag} is 0"):
            least(variances, lag, "0.1")


@pytest.mark.parametrize("law", [lag_kernel_variance, lag_kernel_covariance])
def test_bad_widths_and_lags_are_refused(law):
    with pytest.raises(ValueError, match="width must be an integer >= 1, got 0"):
        law(0, UNIT, 3)
    with pytest.raises(ValueError, match="lags must be an integer >= 1, got 0"):
        law(10, UNIT, 0)


def test_no_symbolic_algebra_is_imported():
    script = "import sys, numeric.fluctuations; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
