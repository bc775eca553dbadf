"""Each check accepts the truth for several seeds and rejects every wrong formula: the power of `verify`."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import sympy

from derivations import Step, statements
from derivations.closed_forms import power_derivative
from derivations.exact_kernel import exact_variance
from derivations.finite_width_forms import covariance
from derivations.rewriting import Unproved
from derivations.symbols import n, nu_C, nu_F, nu_W
from numeric import Variances, expected_lag_kernel, lag_kernel, lag_kernel_chunks, ntk, sample_lag_kernel
from verify.checks import (
    CHECKS,
    convergence,
    definition,
    finite_width,
    formulas,
    functions,
    jacobian,
    prior,
    proofs,
    sampler,
    sequences,
)
from verify.checks.formulas import finite_width_correction, textbook_variance, textbook_weight
from verify.statistics import MAX_VERDICTS

WRONG = {
    "the factor i dropped": lambda i, w, f, c: (c + f) * w**i + (c * f * w ** (i - 1) if i else 0),
    "i + 1 for i": lambda i, w, f, c: (c + f) * w**i + c * f * (i + 1) * w ** max(i - 1, 0),
    "i + 1 for i from lag 1": lambda i, w, f, c: (
        (c + f) * w**i + (c * f * (i + 1) * w ** (i - 1) if i else 0)
    ),
    "w^i for w^(i-1)": lambda i, w, f, c: (c + f) * w**i + c * f * i * w**i,
    "nu_C for nu_F in the readout's share": lambda i, w, f, c: 2 * c * w**i + c * f * power_derivative(w, i),
    "nu_F for nu_C in the input's share": lambda i, w, f, c: 2 * f * w**i + c * f * power_derivative(w, i),
    "nu_C for nu_F in the transition's share": lambda i, w, f, c: (
        (c + f) * w**i + c * c * power_derivative(w, i)
    ),
    "nu_F for nu_C in the transition's share": lambda i, w, f, c: (
        (c + f) * w**i + f * f * power_derivative(w, i)
    ),
    "times 1.05": lambda i, w, f, c: textbook_weight(i, w, f, c) * 21 / 20,
}


def failures(verdicts):
    return [verdict.name for verdict in verdicts if not verdict.holds]


def off_diagonal(matrix):
    return matrix - np.diag(np.diag(matrix))


def greatest_skewness(draws):
    """Of any column that varies."""
    centred = draws - draws.mean(axis=0)
    spread = draws.std(axis=0)
    varies = spread > 1e-12 * abs(draws).max(axis=0)
    return abs((centred[:, varies] ** 3).mean(axis=0) / spread[varies] ** 3).max()


def test_a_whole_run_stays_within_the_number_of_verdicts_that_the_bound_allows():
    random = [
        *sampler.check(networks=16, samples=16),
        *finite_width.check(samples=64),
        *convergence.check(samples=64),
        *prior.check(networks=8, large_networks=8, width=8, large_width=8),
        *sequences.check(width=8),
        *functions.check(comparisons=()),
    ]
    assert sum(verdict.p_value is not None for verdict in random) <= MAX_VERDICTS
    assert len({(verdict.check, verdict.name) for verdict in random}) == len(random)


def test_every_check_is_found_by_its_name():
    for name, check in CHECKS.items():
        assert check.load().__module__ == f"verify.checks.{check.module}"
        assert name == check.name


class TestProofs:
    def test_every_statement_has_a_verdict(self):
        verdicts = list(proofs.check())
        assert [verdict.name for verdict in verdicts] == list(statements())
        assert not failures(verdicts)

    def test_a_failing_step_is_named(self):
        sound = statements()["recurrence"]

        def untrue(*_):
            raise Unproved("not true")

        leap = Step("leap of faith", "", "identity", sound.formula, ("the statement",), (), untrue)
        broken = replace(sound, proof=(*sound.proof, leap))
        (verdict,) = proofs.check(statements=lambda: {"broken": broken})
        assert verdict.holds is False
        assert "leap of faith" in verdict.detail

    def test_what_a_statement_uses_is_a_statement_with_its_own_verdict(self):
        known = statements()
        assert {used.name for statement in known.values() for used in statement.uses} <= set(known)


class TestDefinition:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_closed_form_is_the_sum(self, seed):
        assert not failures(definition.check(seed))

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_a_wrong_formula_is_refuted_with_an_example(self, wrong):
        closed_form, float64 = definition.check(weight=wrong)
        assert closed_form.holds is False
        assert "first differs at lag" in closed_form.detail
        assert float64.holds


class TestJacobian:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_identity_is_the_contracted_jacobian(self, seed):
        assert not failures(jacobian.check(seed))

    def test_a_relative_change_of_1e_10_is_seen(self):
        verdicts = jacobian.check(kernel=lambda *network: lag_kernel(*network) * (1 + 1e-10))
        assert len(failures(verdicts)) == len(jacobian.SIZES)

    def test_the_complex_step_is_the_derivative(self):
        rng = np.random.default_rng(0)
        W, F, C = rng.normal(size=(3, 3)), rng.normal(size=(3, 2)), rng.normal(size=(1, 3))
        J = jacobian.complex_step_jacobian(W, F, C, 3)
        # Euler: L_j is homogeneous of degree j in W and 1 in each of F and C
        L = [C @ np.linalg.matrix_power(W, j) @ F / 3 ** ((j + 1) / 2) for j in range(3)]
        along_W = np.einsum("p,pjyx->jyx", W.ravel(), J[:9])
        along_all = np.einsum("p,pjyx->jyx", np.concatenate([W.ravel(), F.ravel(), C.ravel()]), J)
        for j in range(3):
            np.testing.assert_allclose(along_W[j], j * L[j], atol=1e-14)
            np.testing.assert_allclose(along_all[j], (j + 2) * L[j], atol=1e-14)


class TestSampler:
    @pytest.mark.parametrize("seed", range(2))
    def test_the_truth_holds_for_any_seed(self, seed):
        assert not failures(sampler.check(seed, networks=512, samples=2**12))

    @pytest.mark.parametrize(
        ("size", "width", "changes"),
        [
            # where the basis is exhausted, a network of one more unit is another law
            ((1, 1, 1), 2, {}),
            ((2, 1, 1), 3, {}),
            ((3, 3, 1), 4, {}),
            ((8, 1, 2), 16, {}),
            ((2, 2, 3), 2, {"transition": "0.75"}),
            ((50, 2, 2), 50, {"transition": "0.65"}),
            ((2, 2, 3), 2, {"input": "1.7", "output": "0.8"}),
            ((50, 2, 2), 50, {"input": "0.9"}),
        ],
    )
    def test_another_law_is_rejected(self, size, width, changes):
        def wrong(_, variances, *arguments, **options):
            roles = ("transition", "input", "output")
            changed = {role: getattr(variances, role) for role in roles} | changes
            return sample_lag_kernel(width, Variances(**changed), *arguments, **options)

        assert failures(sampler.check(0, wrong, sizes=(size,)))

    def test_kernels_and_responses_of_different_networks_are_rejected(self):
        def shuffled(*arguments, **options):
            theta, L = sample_lag_kernel(*arguments, **options)
            return theta, L[::-1]

        failed = failures(sampler.check(0, shuffled, sizes=((1, 1, 1),)))
        assert failed == ["moments at n=1 n_x=1 n_y=1"]

    def test_false_alarms_come_at_the_rate_of_a_loosened_level(self):
        sizes = ((1, 1, 1), (8, 1, 2))
        alarms = sum(
            len(failures(sampler.check(seed, sizes=sizes, networks=256, samples=512, level=0.01)))
            for seed in range(10)
        )
        # 4 verdicts a seed, each false with probability at most 0.01: 0.4 expected
        assert alarms <= 0.4 + 5 * 0.4**0.5

    @pytest.mark.parametrize("size", sampler.SIZES)
    def test_squashed_entries_are_as_symmetric_as_the_reserve_assumes(self, size):
        n, n_x, n_y = size
        theta, L = sample_lag_kernel(
            n, formulas.VARIANCES, sampler.LAGS, 2**13, n_x=n_x, n_y=n_y, rng=0, impulse_response=True
        )
        numbers = np.concatenate((theta.reshape(2**13, -1), L.reshape(2**13, -1)), axis=1)
        squashed = numbers / (abs(numbers) + sampler._sizes(*size))
        squashed = squashed[:, squashed.any(axis=0)]
        pairs = np.random.default_rng(0).integers(squashed.shape[1], size=(100, 2))
        assert greatest_skewness(sampler._moments(squashed, pairs)) < 2**6 / 20


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


class TestPrior:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_truth_holds_for_any_seed(self, seed):
        assert not failures(prior.check(seed, networks=1024, large_networks=512))

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda j, w, f, c: c * f * w ** (j + 1),
            lambda j, w, f, c: (c + f) * w**j,
            lambda j, w, f, c: f * f * w**j,  # noqa: ARG005
            lambda j, w, f, c: textbook_variance(j, w, f, c) * 21 / 20,
        ],
    )
    def test_a_wrong_variance_is_rejected(self, wrong):
        assert "variances" in failures(prior.check(0, wrong, large_networks=64))

    def test_dependent_lags_are_rejected(self, monkeypatch):
        monkeypatch.setattr(
            prior, "impulse_response", lambda W, F, C, lags: np.array([C @ F / len(W) ** 0.5] * lags)
        )
        truth = lambda j, w, f, c: c * f  # noqa: ARG005, E731
        failed = failures(prior.check(0, truth, networks=256, large_networks=256))
        assert "correlations" in failed


class TestSequences:
    def test_booleans_are_0_and_1(self):
        np.testing.assert_array_equal(sequences.validated([[[True], [False]]]), [[[1.0], [0.0]]])

    def test_the_truth_holds(self):
        assert not failures(sequences.check(1))

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda x, variances: ntk(x, variances=variances) * 1.05,
            lambda x, variances: ntk(x[:, ::-1], variances=variances),
            lambda x, variances: ntk(
                x, variances=Variances(variances.transition, variances.output, variances.output)
            ),
        ],
    )
    def test_a_wrong_kernel_is_rejected_for_every_size(self, wrong):
        failed = failures(sequences.check(0, kernel=wrong))
        assert {name.removesuffix(", mean") for name in failed} == {
            f"N=3 T=6 n_x={n_x} n_y={n_y}" for n_x, n_y in sequences.SHAPES
        }

    @pytest.mark.parametrize("transition", ["0", "0.5", "1", "1.5"])
    def test_an_impulse_shows_late_lags_without_a_false_alarm(self, transition):
        impulse = np.zeros((1, 60, 1))
        impulse[0, 0] = 1
        verdicts = list(sequences.check(0, impulse, variances=Variances(transition)))
        assert all(verdict.p_value > 1e-4 for verdict in verdicts)

    def test_a_kernel_wrong_by_a_millionth_is_rejected_for_given_inputs(self):
        x = np.random.default_rng(0).normal(size=(3, 5, 2))
        failed = failures(
            sequences.check(0, x, lambda x, variances: ntk(x, variances=variances) * (1 + 1e-6))
        )
        assert failed == ["N=3 T=5 n_x=2 n_y=1", "N=3 T=5 n_x=2 n_y=1, mean"]

    def test_silent_and_constant_inputs_are_no_trouble(self):
        x = np.zeros((2, 4, 1))
        x[1] = 3e50
        assert not failures(sequences.check(0, x))

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (np.ones((2, 3)), r"shape \(N, T, n_x\)"),
            (np.ones((0, 3, 1)), "every size at least 1"),
            (np.full((1, 2, 1), np.inf), "finite, got 2"),
            (np.zeros((1, 2, 1)), "between 1e-100 and 1e100"),
            (np.ones((1, 2, 1), complex), "complex128"),
            (np.array([[["a"]]]), "real numbers"),
            (np.ones((1, 1000, 1)), "T must be at most 94"),
            (np.ones((1, 1, 513)), "n_x must be at most 512"),
            (np.ones((10_000, 50, 1)), "N must be at most"),
        ],
    )
    def test_unusable_inputs_are_refused(self, x, message):
        with pytest.raises(ValueError, match=message):
            sequences.validated(x)
