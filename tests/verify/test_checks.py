"""Each check accepts the truth for several seeds and rejects every wrong formula: the power of `verify`."""

from dataclasses import replace

import numpy as np
import pytest

from derivations import ProofError, Step, statements
from derivations.closed_forms import lag_weight, power_derivative, prior_variance
from numeric import Variances, ntk
from numeric.finite_width import lag_kernel
from verify.checks import CHECKS, definition, finite_width, formulas, jacobian, prior, proofs, sequences
from verify.networks import sample
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
    "times 1.05": lambda i, w, f, c: lag_weight(i, w, f, c) * 21 / 20,
}
QUICK = {"effort": 2**14, "widths": (64, 256)}


def failures(verdicts):
    return [verdict.name for verdict in verdicts if not verdict.holds]


def test_a_whole_run_stays_within_the_number_of_verdicts_that_the_bound_allows():
    random = [
        *finite_width.check(widths=(8, 16), effort=64),
        *prior.check(networks=8, large_networks=8, width=8, large_width=8),
        *sequences.check(width=8),
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

        def untrue():
            raise ProofError("step 'leap of faith': not true")

        broken = replace(sound, proof=(*sound.proof, Step("leap of faith", "", "identity", None, untrue)))
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


class TestFiniteWidth:
    @pytest.mark.parametrize("seed", range(4))
    def test_the_truth_holds_for_any_seed(self, seed):
        assert not failures(finite_width.check(seed, **QUICK))

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_every_wrong_formula_is_rejected(self, wrong):
        assert "mean, all widths" in failures(finite_width.check(0, wrong, **QUICK))

    @pytest.mark.parametrize(
        "swapped",
        [
            # both give the right rho, as it is symmetric; the shares give them away
            lambda i, w, f, c: lag_weight(i, w, f, c) if c * f else (2 * f + c) * w**i,
            lambda i, w, f, c: lag_weight(i, w, f, c) if c * f else (f + 2 * c) * w**i,
        ],
    )
    def test_a_wrong_share_within_a_right_total_is_rejected(self, swapped):
        failed = failures(finite_width.check(0, swapped, **QUICK))
        assert len(failed) == 1
        assert "share" in failed[0]

    @pytest.mark.slow
    def test_the_full_run_rejects_one_percent(self):
        def wrong(i, w, f, c):
            return lag_weight(i, w, f, c) * 101 / 100

        assert "mean, all widths" in failures(finite_width.check(0, wrong))

    def test_false_alarms_come_at_the_rate_of_a_loosened_level(self):
        alarms = sum(
            len(failures(finite_width.check(seed, widths=(16, 32), effort=512, lags=3, level=0.01)))
            for seed in range(60)
        )
        # 7 verdicts a seed, each false with probability at most 0.01 (and skewness): 4.2 expected
        assert alarms <= 4.2 + 5 * 4.2**0.5

    def test_the_sample_means_are_as_symmetric_as_the_reserve_assumes(self):
        def diagonal(W, F, C):
            return np.diagonal(finite_width._blocks(lag_kernel(W, F, C, 8))[0])

        values = np.array(list(sample(diagonal, (0, "skewness"), 1000, 64, finite_width.VARIANCES, 4, 4)))
        centred = values - values.mean(0)
        skewness = (centred**3).mean(0) / values.std(0) ** 3
        assert abs(skewness).max() < 4096**0.5 / 20

    def test_the_correction_vanishes_like_the_theory_says(self):
        small, large = (formulas.finite_width_correction(n, Variances(1), 5) for n in (10**6, 10**7))
        diagonal, odd = np.eye(5, dtype=bool), np.indices((5, 5)).sum(0) % 2 == 1
        assert np.all(small[odd] == 0)
        even = ~odd & ~diagonal
        np.testing.assert_allclose(small[even] / large[even], 10, rtol=1e-4)
        assert np.all(abs(small[diagonal]) * 1e12 < 500)


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
            lambda j, w, f, c: prior_variance(j, w, f, c) * 21 / 20,
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
            (np.ones((10_000, 50, 1)), "N must be at most"),
        ],
    )
    def test_unusable_inputs_are_refused(self, x, message):
        with pytest.raises(ValueError, match=message):
            sequences.validated(x)
