"""Verdicts: true claims pass at the stated rate, wrong ones fail, and every number stays finite."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from verify.checks.formulas import VARIANCES
from verify.networks import draw, sample, stream
from verify.statistics import (
    FAMILY_BOUND,
    LEVEL,
    MAX_VERDICTS,
    RESERVE,
    Summary,
    distribution_verdict,
    exact_verdict,
    mean_verdict,
    pool,
    slope_verdict,
    summarise,
)


def rate_of_alarms(alarms):
    """The rate and the greatest rate that 400 runs at level 5 % plausibly show (binomial, 5 sigma)."""
    return np.mean(alarms), 0.05 + 5 * np.sqrt(0.05 * 0.95 / len(alarms))


def test_the_levels_of_all_verdicts_and_the_reserve_add_up_to_the_bound():
    assert pytest.approx(FAMILY_BOUND) == LEVEL * MAX_VERDICTS * RESERVE


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_summarise_is_mean_and_standard_error(values):
    summary = summarise(values)
    assert summary.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)
    expected = np.std(values, ddof=1) / np.sqrt(len(values))
    assert summary.standard_error == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert summary.scale == max(map(abs, values))


def test_summarise_needs_two_draws():
    with pytest.raises(ValueError, match="at least 2, got 1"):
        summarise([1.0])


def test_students_p_values_are_uniform_under_a_true_claim():
    """A skewed variable (exponential) and few draws: the p-values still are uniform at attainable levels."""
    rng = np.random.default_rng(1)
    p_values = np.array(
        [mean_verdict("", "", summarise(rng.gamma(8, size=64)), 8.0).p_value for _ in range(2000)]
    )
    for level in (0.02, 0.1, 0.5, 0.9):
        assert abs(np.mean(p_values < level) - level) < 5 * np.sqrt(level * (1 - level) / 2000) + 0.01


def test_bonferroni_keeps_the_level_over_dependent_and_independent_entries():
    rng = np.random.default_rng(2)
    alarms = []
    for _ in range(400):
        common = rng.normal(size=(50, 1))
        draws = np.hstack([common + 0.1 * rng.normal(size=(50, 5)), rng.normal(size=(50, 5))])
        alarms.append(not mean_verdict("", "", summarise(draws), np.zeros(10), level=0.05).holds)
    rate, most = rate_of_alarms(alarms)
    assert rate < most


@pytest.mark.parametrize("law", ["normal", "uniform"])
def test_the_distribution_test_keeps_its_level_at_every_size(law):
    rng = np.random.default_rng(3)
    cdf = {"normal": ndtr, "uniform": lambda x: np.clip(x, 0, 1)}[law]
    alarms = [
        not distribution_verdict("", "", getattr(rng, law)(size=20), cdf, level=0.05).holds
        for _ in range(400)
    ]
    rate, most = rate_of_alarms(alarms)
    assert rate < most


def test_the_distribution_test_sees_a_wrong_scale_but_grants_the_allowance():
    values = np.random.default_rng(4).normal(size=4000)
    assert distribution_verdict("", "", values, ndtr).holds
    wrong = distribution_verdict("", "", 1.5 * values, ndtr)
    assert not wrong.holds
    assert distribution_verdict("", "", 1.5 * values, ndtr, allowance=wrong.statistic).p_value == 1


def test_slopes_are_recovered_at_the_stated_rate():
    rng, widths, alarms = np.random.default_rng(5), (10, 100, 1000), []
    for _ in range(400):
        squares = [summarise(rng.normal(size=(300, 5)).__pow__(2).mean(1) / n) for n in widths]
        alarms.append(
            not slope_verdict("", "", widths, squares, slope=-0.5, margin=0.0, root=2, level=0.05).holds
        )
    rate, most = rate_of_alarms(alarms)
    assert 0.01 < rate < most


@pytest.mark.parametrize("exponent", [-0.25, -0.75, -1.0, 0.0])
def test_another_slope_is_rejected(exponent):
    rng, widths = np.random.default_rng(6), (64, 256, 1024)
    squares = [summarise(rng.normal(size=256) ** 2 * n ** (2 * exponent)) for n in widths]
    assert not slope_verdict("", "", widths, squares, slope=-0.5, margin=0.05, root=2).holds


def test_pooling_weighs_by_precision_and_tests_against_zero():
    one = Summary(10, np.array([1.0]), np.array([0.1]), np.array([1.0]))
    two = Summary(20, np.array([4.0]), np.array([0.2]), np.array([4.0]))
    pooled, expected = pool([one, two], [0.0, 1.0])
    assert pooled.mean == pytest.approx((100 * 1 + 25 * 3) / 125)
    assert pooled.standard_error == pytest.approx(125**-0.5)
    assert (pooled.count, *expected) == (10, 0)


def test_entries_that_never_vary_hold_or_fail_without_chance():
    constant = summarise([[2.0, 0.0]] * 5)
    assert mean_verdict("", "", constant, [2.0, 0.0]).p_value == 1
    failed = mean_verdict("", "", constant, [2.0, 1e-3])
    assert not failed.holds
    assert np.isfinite(failed.statistic)


def test_exact_verdicts_carry_no_p_value():
    assert exact_verdict("", "", 1e-3, 1e-2).holds
    assert not exact_verdict("", "", 1e-1, 1e-2).holds
    assert not exact_verdict("", "", float("nan"), 1e-2).holds
    assert exact_verdict("", "", 0, 0).p_value is None


def test_streams_are_named_by_seed_and_key_alone():
    numbers = {stream(*key).random() for key in [(1, "a"), (2, "a"), (1, "b"), (1, "a", 0), (1, "a", 0, 0)]}
    assert len(numbers) == 5


def test_a_sample_is_the_same_whatever_the_number_drawn():
    def trace(W, F, C):  # noqa: ARG001
        return np.trace(W)

    few, many = (list(sample(trace, (1, "t"), count, 5, VARIANCES)) for count in (3, 9))
    assert few == many[:3]
    assert len(set(many)) == 9


def test_networks_have_the_stated_variances():
    W, F, C = draw(np.random.default_rng(0), 400, VARIANCES, 200, 300)
    for matrix, variance in ((W, 0.6), (F, 0.8), (C, 1.7)):
        assert mean_verdict("", "", summarise(matrix.ravel() ** 2), variance).holds
    assert (W.shape, F.shape, C.shape) == ((400, 400), (400, 200), (300, 400))
