"""The user's data: parted, standardised, with gaps."""

import numpy as np
import pytest
from delayed import data, settings

from numeric import Task, convolve
from verify.experiments import fit
from verify.experiments.fit.data import split
from verify.experiments.fit.judging import chosen


class TestSplit:
    def test_the_last_sequences_are_held_out(self):
        x, y = data()
        parts = split(settings(x, y, held_out=0.25, validation=0.1))
        assert parts.training.inputs.shape == (5, 12, 1)
        assert parts.validation.inputs.shape == (1, 12, 1)
        assert parts.held_out.inputs.shape == (2, 12, 1)
        words = "Trained on the first 5 of 8 sequences, validated on the next 1; held out: the last 2."
        assert parts.words == words
        assert parts.training.inputs.mean() == pytest.approx(0, abs=1e-12)
        assert parts.training.inputs.std() == pytest.approx(1)
        assert parts.training.outputs.std() == pytest.approx(1)
        for part, given in ((parts.validation, x[5:6]), (parts.held_out, x[6:])):
            assert np.corrcoef(part.inputs.ravel(), given.ravel())[0, 1] == pytest.approx(1)

    @pytest.mark.parametrize("N", [1, 2])
    def test_of_few_sequences_the_steps_are_parted_and_have_their_true_past(self, N):
        x, y = data(N=N, T=100)
        parts = split(settings(x, y, lags=5))
        words = "Trained on the first 60 of 100 steps, validated on the next 20; held out: the last 20."
        assert parts.words.endswith(words)
        assert parts.words.startswith(f"{N} sequence")
        assert parts.training.inputs.shape == (N, 60, 1)
        for part, start, end in ((parts.validation, 60, 80), (parts.held_out, 80, 100)):
            assert part.first == 4
            outputs = part.outputs[:, part.first :]
            assert outputs.shape == (N, 20, 2)
            assert np.corrcoef(outputs.ravel(), y[:, start:end].ravel())[0, 1] > 0.99
            given = x[:, start - 4 : end].ravel()
            assert np.corrcoef(part.inputs.ravel(), given)[0, 1] == pytest.approx(1)

    def test_what_is_held_out_changes_nothing_in_training(self):
        x, y = data()
        before = split(settings(x, y)).training
        x[-4:] *= 50
        y[-4:] -= 9
        after = split(settings(x, y)).training
        np.testing.assert_array_equal(before.inputs, after.inputs)
        np.testing.assert_array_equal(before.outputs, after.outputs)

    def test_coordinates_keep_their_proportions(self):
        x, y = data(n_x=2)
        x[..., 1] *= 100
        inputs = split(settings(x, y)).training.inputs
        assert inputs[..., 1].std() / inputs[..., 0].std() > 50

    @pytest.mark.parametrize("convert", [np.float16, np.float32, np.asfortranarray, np.longdouble])
    def test_any_real_array_will_do(self, convert):
        x, y = data()
        task = split(settings(convert(x), convert(y))).training
        np.testing.assert_allclose(task.inputs, split(settings(x, y)).training.inputs, atol=5e-3)

    @pytest.mark.parametrize("unit", [1e-200, 1e-30, 1e30, 1e70])
    def test_the_unit_of_the_data_does_not_matter(self, unit):
        x, y = data()
        task = split(settings(unit * x, y)).training
        np.testing.assert_allclose(task.inputs, split(settings(x, y)).training.inputs, rtol=1e-9)

    def test_integers_and_the_default_lags(self):
        x = np.random.default_rng(0).integers(-5, 5, size=(3, 50, 1))
        parts = split(settings(x, x))
        assert parts.training.lags == 40
        assert isinstance(parts.training, Task)
        assert split(settings(x[:, :9], x[:, :9])).training.lags == 9
        assert split(settings(x[:1, :20], x[:1, :20])).training.lags == 12


class TestMissing:
    """Outputs that were not observed are NaN."""

    def test_what_is_missing_is_centred_and_scaled_by_what_is_not(self):
        x, y = data(N=10)
        y[:4, 3:, 1] = np.nan
        parts = split(settings(x, y))
        outputs = parts.training.outputs
        assert np.array_equal(np.isnan(outputs), np.isnan(y[:6]))
        np.testing.assert_allclose(np.nanmean(outputs, axis=(0, 1)), 0, atol=1e-12)
        assert np.nanstd(outputs) == pytest.approx(1)

    @pytest.mark.parametrize("N", [10, 1])
    def test_steps_missing_at_the_end_are_as_good_as_not_there(self, N):
        """The training of whole sequences, and of one whose last training outputs are missing."""
        x, y = data(N=N, T=60)
        gaps, ours = (slice(3, 6),) if N > 1 else (slice(None), slice(30, 36)), y.copy()
        ours[gaps] = np.nan
        result = fit.run(settings(x, ours, width=60, epochs=5, lags=5), 0)
        counted = {"training": int(np.isnan(ours).sum()), "validation": 0, "held_out": 0}
        assert fit.report(result).numbers["missing"] == counted
        assert f"left out: {counted['training']} of" in " ".join(fit.report(result).text[0].split())
        if N > 1:  # inputs are standardised with the sequences that have no outputs
            task = split(settings(x, ours, lags=5)).training
            short = Task(task.inputs[:3], task.outputs[:3], 5)
            L = np.random.default_rng(0).standard_normal(task.response_shape)
            assert task.loss(L) == pytest.approx(short.loss(L), rel=1e-12)

    def test_the_errors_are_of_what_was_observed(self):
        x, y = data(N=10)
        y[8, ::2] = np.nan
        y[9, :, 0] = np.nan
        result = fit.run(settings(x, y, width=60, epochs=3), 0)
        task = result.split.held_out
        choice = chosen(result, "scaled")
        residual = convolve(choice.learned, task.inputs) - task.outputs
        expected = np.nansum(residual**2) / np.nansum(task.outputs**2)
        assert choice.expected == pytest.approx(expected, rel=1e-10)
        assert np.isfinite(result.runs[0].apart).all()

    def test_without_gaps_nothing_is_said_of_them(self):
        report = fit.report(fit.run(settings(*data(), width=30, epochs=1), 0))
        assert report.numbers["missing"] == dict.fromkeys(("training", "validation", "held_out"), 0)
        assert "observed" not in report.text[0]

    @pytest.mark.parametrize(
        ("gaps", "words"),
        [
            ((slice(6, None),), "outputs has no entry but NaN in what is held out; .* --held-out"),
            ((slice(4, 6),), "outputs has no entry but NaN in what is for validation; .* --validation"),
            (
                (slice(0, 6), slice(None), 1),
                "outputs has no entry but NaN in coordinate 1 of the training data",
            ),
        ],
    )
    def test_nothing_observed_is_told(self, gaps, words):
        x, y = data()
        y[gaps] = np.nan
        with pytest.raises(ValueError, match=words):
            split(settings(x, y, held_out=0.25))
