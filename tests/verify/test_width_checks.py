"""The checks of finite width and of convergence in the width accept the truth, and reject all else."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import sympy
from wrong import WRONG, failures, greatest_skewness

from derivations.exact_kernel import exact_variance
from derivations.finite_width_forms import covariance
from derivations.symbols import n, nu_C, nu_F, nu_W
from numeric import Variances, expected_lag_kernel, lag_kernel_chunks, sample_lag_kernel
from verify.checks import convergence, finite_width, formulas
from verify.checks.formulas import finite_width_correction, textbook_weight


def off_diagonal(matrix):
    return matrix - np.diag(np.diag(matrix))


@cache
def drawn_once(width, variances, lags, samples, n_x, n_y, *seed):
    rng = np.random.SeedSequence(seed[0], spawn_key=seed[1:])
    return list(lag_kernel_chunks(width, variances, lags, samples, n_x=n_x, n_y=n_y, rng=rng))


class TestFiniteWidth:
    @pytest.fixture(autouse=True)
    def one_sample_for_all_claims(self, monkeypatch):
        def chunks(width, variances, lags, samples, *, n_x=1, n_y=1, rng):
            return iter(drawn_once(width, variances, lags, samples, n_x, n_y, rng.entropy, *rng.spawn_key))

        monkeypatch.setattr(finite_width, "lag_kernel_chunks", chunks)

    @pytest.mark.parametrize("seed", range(3))
    def test_the_truth_holds_for_any_seed(self, seed):
        assert not failures(finite_width.check(seed, samples=2**12))

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_every_wrong_formula_is_rejected(self, wrong):
        failed = failures(finite_width.check(0, wrong, samples=2**10))
        assert {"mean at n=10^6", "mean at n=10^9", "mean at n=10^12"} <= set(failed)

    @pytest.mark.parametrize("lag", [0, 3, 7])
    def test_a_single_weight_wrong_by_a_part_in_a_thousand_is_rejected(self, lag):
        def wrong(i, w, f, c):
            return textbook_weight(i, w, f, c) * (1 + Fraction(i == lag, 1000))

        failed = failures(finite_width.check(0, wrong))
        assert {"mean at n=10^6", "mean at n=10^9", "mean at n=10^12"} <= set(failed)

    def test_all_weights_wrong_by_a_part_in_a_million_are_rejected(self):
        def wrong(i, w, f, c):
            return textbook_weight(i, w, f, c) * (1 + Fraction(1, 10**6))

        assert "mean at n=10^12" in failures(finite_width.check(0, wrong))

    @pytest.mark.parametrize(
        ("wrong", "failing"),
        [
            (lambda n, *rest: 0 * finite_width_correction(n, *rest), {"8", "16", "64"}),
            (lambda n, *rest: finite_width_correction(2 * n, *rest), {"8", "16"}),
            (lambda n, *rest: 1.5 * finite_width_correction(n, *rest), {"8", "16", "64"}),
            (lambda n, *rest: off_diagonal(finite_width_correction(n, *rest)), {"16"}),
            (lambda n, *rest: np.diag(np.diag(finite_width_correction(n, *rest))), {"8", "16", "64"}),
        ],
        ids=["none", "that of width 2n", "times 1.5", "no bias", "no off-diagonal mean"],
    )
    def test_a_wrong_correction_is_rejected(self, wrong, failing):
        failed = failures(finite_width.check(0, correction=wrong))
        assert {f"mean at n={width}" for width in failing} <= set(failed)

    @pytest.mark.parametrize(
        "factor",
        [
            lambda i, j: Fraction(11, 10),  # noqa: ARG005
            lambda i, j: Fraction(9, 10),  # noqa: ARG005
            lambda i, j: 1 + Fraction(i == j, 10),
            lambda i, j: 1 + Fraction(i != j, 10),
            lambda i, j: 1 + Fraction((i, j) == (7, 7), 10),
            lambda i, j: 1 + Fraction((i, j) == (2, 5), 10),
            lambda i, j: 1 / Fraction(1 + (i == j)),
        ],
    )
    def test_a_variance_law_wrong_by_a_tenth_is_rejected(self, factor):
        def wrong(i, j, k, l, *variances):  # noqa: E741
            law = covariance(i, j, k, l, *variances)
            return law * factor(i, j) if (i, j) == (k, l) else law

        failed = failures(finite_width.check(0, covariance=wrong))
        assert "covariances from n=10^6 on" in failed
        assert not [name for name in failed if name.startswith("mean")]

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda i, j, k, l, *v: covariance(i, j, k, l, *v) * ((i, j) == (k, l)),  # noqa: E741
            lambda i, j, k, l, w, f, c: covariance(i, j, k, l, w, c, f) if i == j else 0,  # noqa: E741
            lambda i, j, k, l, w, f, c: covariance(i, j, k, l, w, f, c) * Fraction(11, 10),  # noqa: E741
        ],
    )
    def test_a_wrong_covariance_is_rejected(self, wrong):
        assert "covariances from n=10^6 on" in failures(finite_width.check(0, covariance=wrong))

    @pytest.mark.parametrize(
        "swapped",
        [
            # both give the right rho, as it is symmetric; the shares give them away
            lambda i, w, f, c: textbook_weight(i, w, f, c) if c * f else (2 * f + c) * w**i,
            lambda i, w, f, c: textbook_weight(i, w, f, c) if c * f else (f + 2 * c) * w**i,
        ],
    )
    def test_a_wrong_share_within_a_right_total_is_rejected(self, swapped):
        failed = failures(finite_width.check(0, swapped, samples=2**10))
        assert len(failed) == 1
        assert "share" in failed[0]

    def test_false_alarms_come_at_the_rate_of_a_loosened_level(self):
        alarms = sum(len(failures(finite_width.check(seed, samples=2**10, level=0.01))) for seed in range(6))
        # 15 verdicts a seed, each false with probability at most 0.01 (and skewness): 0.9 expected
        assert alarms <= 0.9 + 5 * 0.9**0.5

    @pytest.mark.parametrize(("width", "lags"), finite_width.LAGS.items())
    def test_entries_are_as_symmetric_as_the_reserve_assumes(self, width, lags):
        theta = sample_lag_kernel(width, formulas.VARIANCES, lags, 2**14, rng=1).reshape(2**14, -1)
        assert greatest_skewness(theta) < 2**7 / 20
        if width in finite_width.LAW_WIDTHS:
            assert greatest_skewness((theta - theta.mean(axis=0)) ** 2) < 2**7 / 20

    def test_the_next_order_of_the_variances_is_negligible_where_the_law_is_tested(self):
        w, f, c = formulas.VARIANCES.transition, formulas.VARIANCES.input, formulas.VARIANCES.output
        for i, j in [(0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (1, 3), (3, 3), (2, 4)]:
            exact = exact_variance(i, j).subs({nu_W: w, nu_F: f, nu_C: c, n: finite_width.LAW_WIDTHS[0]})
            law = covariance(i, j, i, j, w, f, c) / finite_width.LAW_WIDTHS[0]
            # relative to a standard error of (2 / 3 / 2^14)^(1/2) = 0.006
            assert 0 <= exact / law - 1 < (i + j + 1) ** 2 * 1e-6

    def test_the_correction_vanishes_like_the_theory_says(self):
        small, large = (finite_width_correction(n, Variances(1), 5) for n in (10**6, 10**7))
        diagonal, odd = np.eye(5, dtype=bool), np.indices((5, 5)).sum(0) % 2 == 1
        assert np.all(small[odd] == 0)
        even = ~odd & ~diagonal
        np.testing.assert_allclose(small[even] / large[even], 10, rtol=1e-4)
        assert np.all(abs(small[diagonal]) * 1e12 < 500)


class TestConvergence:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_truth_holds_for_any_seed(self, seed):
        assert not failures(convergence.check(seed, samples=2**13))

    def test_the_next_orders_shift_the_exponents_by_less_than_half_the_margins(self):
        _, j = convergence.LAGS
        w, f, c = formulas.VARIANCES.transition, formulas.VARIANCES.input, formulas.VARIANCES.output

        def exponent(widths, values, weights):
            return np.polyfit(np.log(widths), np.log(values), 1, w=np.sqrt(weights))[0]

        middle = np.array(convergence.MIDDLE, dtype=float)
        beside = [convergence.means(width)[1] for width in convergence.MIDDLE]
        # signal to noise is as (1/n) / n^(-1/2), up to the next order
        assert abs(exponent(middle, beside, 1 / middle) + 1) < convergence.BESIDE_MARGIN / 2
        variance = sympy.lambdify(n, exact_variance(j, j).subs({nu_W: w, nu_F: f, nu_C: c}))
        large = np.array(convergence.LARGE, dtype=float)
        fluctuation = exponent(large, variance(large), np.ones(large.size)) / 2
        assert abs(fluctuation + 0.5) < convergence.FLUCTUATION_MARGIN / 2

    @pytest.mark.parametrize("power", [-0.01, 0.01])
    def test_a_fluctuation_of_another_exponent_is_rejected(self, power):
        def wrong(width, variances, *rest, **options):
            mean = expected_lag_kernel(width, variances, 4).astype(float)[:, None, None, :, None, None]
            for theta in lag_kernel_chunks(width, variances, *rest, **options):
                yield mean + (theta - mean) * width**power

        failed = failures(convergence.check(0, chunks=wrong, samples=2**13))
        assert [name for name in failed if name.startswith("fluctuation of")]

    @pytest.mark.parametrize("scale", [0.5, 1.5])
    def test_a_mean_of_another_exponent_is_rejected(self, scale):
        def wrong(width, variances, *rest, **options):
            mean = expected_lag_kernel(width, variances, 4).astype(float)[:, None, None, :, None, None]
            for theta in lag_kernel_chunks(width, variances, *rest, **options):
                yield theta + mean * (width ** (1 - scale) - 1)

        failed = failures(convergence.check(0, chunks=wrong, samples=2**14))
        assert [name for name in failed if name.startswith("means of")]
        assert [name for name in failed if name.startswith("mean of")]

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda *a: expected_lag_kernel(*a) * Fraction(1001, 1000),
            lambda width, *a: expected_lag_kernel(2 * width, *a),
            lambda width, *a: expected_lag_kernel(width**2, *a),
        ],
    )
    def test_another_mean_is_rejected(self, wrong):
        assert len(failures(convergence.check(0, wrong, samples=2**14))) >= 1

    def test_an_exact_mean_of_another_exponent_is_rejected(self):
        failed = failures(convergence.check(0, lambda n, *a: expected_lag_kernel(n**2, *a), samples=2**10))
        assert sum(name.startswith("exact mean of") for name in failed) == 2

    def test_what_is_measured_is_shown(self):
        shown = []
        list(convergence.check(0, samples=2**10, show=shown.extend))
        assert tuple(point.width for point in shown) == convergence.WIDTHS
