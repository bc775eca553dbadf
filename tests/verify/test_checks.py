"""Each check accepts the truth for several seeds and rejects every wrong formula: the power of `verify`."""

from dataclasses import replace

import numpy as np
import pytest
from wrong import WRONG, failures, greatest_skewness

from derivations import Step, statements
from derivations.rewriting import Unproved
from numeric import Variances, lag_kernel, ntk, sample_lag_kernel
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
from verify.checks.formulas import textbook_variance
from verify.statistics import MAX_VERDICTS


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
