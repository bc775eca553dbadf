"""The comparison on the user's data: what is learned, what is held out, and what is refused in one line."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from numeric import Task, convolve
from verify.cli import app
from verify.experiments import fit

RESPONSE = np.array([0.5, -1.0, 0.25]).reshape(3, 1, 1) * np.ones((3, 2, 1))


def data(N=8, T=12, n_x=1, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    x = 3 * rng.normal(size=(N, T, n_x)) + 1
    y = convolve(RESPONSE, x.mean(axis=2, keepdims=True)) + noise * rng.normal(size=(N, T, 2)) + 5
    return x, y


def settings(x, y, **changes):
    return fit.Settings(x, y, **({"width": 100, "epochs": 60} | changes))


def invoke(*arguments):
    return CliRunner().invoke(app, ["experiment", "fit", *map(str, arguments)], prog_name="linear-rnn-ntk")


def saved(tmp_path, x, y):
    np.save(tmp_path / "x.npy", x, allow_pickle=True)
    np.save(tmp_path / "y.npy", y, allow_pickle=True)
    return "--inputs", tmp_path / "x.npy", "--outputs", tmp_path / "y.npy", "--width", 20, "--epochs", 10


def assert_bad_input(result, *words):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("linear-rnn-ntk: error: ")
    for word in words:
        assert word in line


class TestSplit:
    def test_the_last_sequences_are_held_out(self):
        x, y = data()
        parts = fit.split(settings(x, y, held_out=0.25, validation=0.1))
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
        parts = fit.split(settings(x, y, lags=5))
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
        before = fit.split(settings(x, y)).training
        x[-4:] *= 50
        y[-4:] -= 9
        after = fit.split(settings(x, y)).training
        np.testing.assert_array_equal(before.inputs, after.inputs)
        np.testing.assert_array_equal(before.outputs, after.outputs)

    def test_coordinates_keep_their_proportions(self):
        x, y = data(n_x=2)
        x[..., 1] *= 100
        inputs = fit.split(settings(x, y)).training.inputs
        assert inputs[..., 1].std() / inputs[..., 0].std() > 50

    @pytest.mark.parametrize("convert", [np.float16, np.float32, np.asfortranarray, np.longdouble])
    def test_any_real_array_will_do(self, convert):
        x, y = data()
        task = fit.split(settings(convert(x), convert(y))).training
        np.testing.assert_allclose(task.inputs, fit.split(settings(x, y)).training.inputs, atol=5e-3)

    @pytest.mark.parametrize("unit", [1e-200, 1e-30, 1e30, 1e70])
    def test_the_unit_of_the_data_does_not_matter(self, unit):
        x, y = data()
        task = fit.split(settings(unit * x, y)).training
        np.testing.assert_allclose(task.inputs, fit.split(settings(x, y)).training.inputs, rtol=1e-9)

    def test_integers_and_the_default_lags(self):
        x = np.random.default_rng(0).integers(-5, 5, size=(3, 50, 1))
        parts = fit.split(settings(x, x))
        assert parts.training.lags == 40
        assert isinstance(parts.training, Task)
        assert fit.split(settings(x[:, :9], x[:, :9])).training.lags == 9
        assert fit.split(settings(x[:1, :20], x[:1, :20])).training.lags == 12


class TestMissing:
    """Outputs that were not observed are NaN."""

    def test_what_is_missing_is_centred_and_scaled_by_what_is_not(self):
        x, y = data(N=10)
        y[:4, 3:, 1] = np.nan
        parts = fit.split(settings(x, y))
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
            task = fit.split(settings(x, ours, lags=5)).training
            short = Task(task.inputs[:3], task.outputs[:3], 5)
            L = np.random.default_rng(0).standard_normal(task.response_shape)
            assert task.loss(L) == pytest.approx(short.loss(L), rel=1e-12)

    def test_the_errors_are_of_what_was_observed(self):
        x, y = data(N=10)
        y[8, ::2] = np.nan
        y[9, :, 0] = np.nan
        result = fit.run(settings(x, y, width=60, epochs=3), 0)
        task = result.split.held_out
        residual = convolve(result.learned("scaled"), task.inputs) - task.outputs
        expected = np.nansum(residual**2) / np.nansum(task.outputs**2)
        assert result.expected("scaled") == pytest.approx(expected, rel=1e-10)
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
            fit.split(settings(x, y, held_out=0.25))


class TestRun:
    def test_all_models_learn_and_the_network_follows_the_scaled_convolution(self):
        (run,) = fit.run(settings(*data(N=40), width=400), 0).runs
        for model in fit.COLOURS:
            assert run.held_out[model].min() < 0.2
            assert len(run.train[model]) == len(run.validation[model]) == 61
            assert np.all(np.diff(run.train[model][5:]) < 1e-6)
            assert run.learned[model].shape == (12, 2, 1)
        assert run.train["network"][0] == pytest.approx(run.train["unscaled"][0], rel=1e-4)
        apart = np.abs(run.held_out["network"] - run.held_out["scaled"])[5:].max()
        assert apart < 0.2 < np.abs(run.held_out["unscaled"] - run.held_out["scaled"])[1:].max()

    def test_validation_chooses_and_what_is_held_out_does_not(self):
        x, y = data(N=6, noise=4, seed=2)  # so that each part of the data would choose its own epoch
        result = fit.run(settings(x, y, transitions=("0.2", "0.9", "0.2"), epochs=60), 0)
        assert [run.transition for run in result.runs] == ["0.2", "0.9"]
        for model in fit.COLOURS:
            errors = {
                (run.transition, epoch): error
                for run in result.runs
                for epoch, error in enumerate(run.validation[model])
            }
            run = result.chosen(model)
            assert run.best(model) != run.held_out[model].argmin()
            assert (run.transition, run.best(model)) == min(errors, key=errors.__getitem__)
            learned = run.learned[model]
            assert result.expected(model) == pytest.approx(
                float(fit.relative_errors(result.split.held_out, learned[None])[0]), rel=1e-5
            )
            assert float(fit.relative_errors(result.split.validation, learned[None])[0]) == pytest.approx(
                min(errors.values()), rel=1e-5
            )

    def test_each_transition_is_trained_as_if_alone(self):
        x, y = data()
        both = fit.run(settings(x, y, transitions=("0.2", "0.9"), epochs=4), 3)
        for index, transition in enumerate(("0.2", "0.9")):
            (alone,) = fit.run(settings(x, y, transitions=(transition,), epochs=4), 3).runs
            for model in fit.COLOURS:
                np.testing.assert_array_equal(both.runs[index].train[model], alone.train[model])
        report = fit.report(both)
        shown = " ".join("\n".join(report.text).split())
        assert "the least on the validation data, and after how many epochs" in shown
        assert "Validation chose nu_W and the epochs, for each model its own." in shown
        assert len(report.numbers["runs"]) == 2

    def test_the_variances_of_input_and_output_are_those_of_the_network(self):
        result = fit.run(settings(*data(), input_variance="4", output_variance="1/4", epochs=1), 0)
        variances, task = fit.Variances("0.3", 4, "1/4"), result.split.training
        network = fit.student(fit.networks.stream(0, "fit", 100), 100, variances, 1, 2)
        assert result.runs[0].step["network"] == fit.common_step(network, task, variances)

    def test_the_report_tells_the_best_and_warns(self):
        result = fit.run(settings(*data(), epochs=5), 0)
        report = fit.report(result)
        shown = " ".join("\n".join(report.text).split())
        assert result.split.words in shown
        assert "more --epochs may lower the error" in shown
        assert report.verdicts == []
        for model, best in report.numbers["best"].items():
            (run,) = report.numbers["runs"]
            errors = run["validation_error"][model]
            epoch = int(np.argmin(errors))
            assert best == {
                "transition": "0.3",
                "epoch": epoch,
                "validation_error": min(errors),
                "held_out_error": run["held_out_error"][model][epoch],
            }

    def test_noise_is_not_predicted(self):
        x, y = data(N=30)
        noise = np.random.default_rng(5).normal(size=y.shape)
        report = fit.report(fit.run(settings(x, noise, epochs=30), 0))
        assert "No model beats predicting the mean." in " ".join("\n".join(report.text).split())

    @pytest.mark.parametrize("epochs", [1, 7, 20, 21, 199])
    def test_stages_are_announced_in_order(self, epochs):
        begun = []
        chosen = settings(*data(N=3, T=2), epochs=epochs, width=2, transitions=("0.3", "1"))
        fit.run(chosen, 0, begun.append)
        assert begun == fit.labels(chosen)
        assert len(begun) <= 2 * (fit.STAGES + 1)

    def test_a_diverging_network_is_told_in_the_users_words(self, monkeypatch):
        def diverge(*_, **__):
            raise OverflowError("no")
            yield

        monkeypatch.setattr(fit, "network_descent", diverge)
        with pytest.raises(ValueError, match="smaller --transition"):
            fit.run(settings(*data()), 0)

    def test_the_header_tells_of_standardisation_and_steps(self):
        result = fit.run(settings(*data()), 0)
        header = " ".join(fit.report(result).text[0].split())
        assert "Inputs and outputs are centred, coordinate by coordinate, and divided by" in header
        step = result.runs[0].step
        common, own = step["network"], step["unscaled"]
        assert common == step["scaled"] != own
        assert f"{common:.3g} for network and scaled convolution, {own:.3g} for the unscaled one" in header

    def test_the_steps_are_those_taken(self):
        result = fit.run(settings(*data(), epochs=1), 0)
        (run,) = result.runs
        task, ones = result.split.training, np.ones(12)
        start = fit.initial_response(
            fit.student(fit.networks.stream(0, "fit", 100), 100, fit.Variances("0.3"), 1, 2), 12
        )
        wanted = start - run.step["unscaled"] * task.gradient(start)
        assert result.learned("unscaled") == pytest.approx(wanted)
        assert run.step["unscaled"] == fit.convolution_descent(task, ones, start).largest_step / 2

    def test_the_numbers_say_what_was_done_to_the_data(self):
        x, y = data(n_x=2)
        y = 7 * y
        numbers = fit.report(fit.run(settings(x, y, epochs=3), 0)).numbers
        assert {key: numbers["settings"][key] for key in ("N", "T", "n_x", "n_y")} == {
            "N": 8,
            "T": 12,
            "n_x": 2,
            "n_y": 2,
        }
        assert numbers["split_indices"] == {
            "units": "sequences",
            "training": [0, 3],
            "validation": [4, 5],
            "held_out": [6, 7],
        }
        for role, array in (("inputs", x), ("outputs", y)):
            scale = numbers["standardisation"][role]
            centred = array[:4] - array[:4].mean(axis=(0, 1))
            assert scale["mean"] == pytest.approx(array[:4].mean(axis=(0, 1)))
            assert scale["deviation"] == pytest.approx(centred.std())
        assert set(numbers["runs"][0]["step"]) == set(numbers["learned"]) == set(fit.COLOURS)
        assert all(np.shape(response) == (12, 2, 2) for response in numbers["learned"].values())

    def test_the_indices_of_one_sequence_are_steps(self):
        numbers = fit.report(fit.run(settings(*data(N=1, T=50), epochs=1, lags=3), 0)).numbers
        assert numbers["split_indices"] == {
            "units": "steps",
            "training": [0, 29],
            "validation": [30, 39],
            "held_out": [40, 49],
        }

    @pytest.mark.parametrize("N", [1, 8])
    def test_the_distance_is_that_of_the_predictions(self, N):
        result = fit.run(settings(*data(N=N, T=40), epochs=9, lags=5), 0)
        task, last = result.split.held_out, 9
        rng = np.random.default_rng(0)
        one, other = rng.normal(size=(2, 3, 5, 2, 1))
        predictions = [convolve(a - b, task.inputs)[:, task.first :] for a, b in zip(one, other, strict=True)]
        wanted = [np.sqrt(np.mean(np.square(prediction))) for prediction in predictions]
        assert fit._apart(task, one, other) == pytest.approx(wanted)

        report = fit.report(result)
        (run,) = report.numbers["runs"]
        distances = run["prediction_distance"]
        assert len(distances) == last + 1
        assert distances[0] == pytest.approx(0, abs=1e-5)
        words = " ".join(" ".join(report.text).split())
        differ = np.abs(np.subtract(*(run["held_out_error"][model] for model in ("network", "scaled")))).max()
        assert f"relative errors on the data held out never differ by more than {differ:.2g}" in words
        assert f"at most {max(distances):.2g} (epoch {int(np.argmax(distances))})" in words

    @pytest.mark.parametrize("signed", [True, False])
    def test_draws_errors_and_responses(self, signed):
        pytest.importorskip("matplotlib")
        from matplotlib.figure import Figure

        x, y = data()
        figure = Figure()
        fit.draw(fit.run(settings(x, y[..., :1] if signed else y), 0), figure)
        left, right = figure.axes
        assert left.get_xscale() == "linear"
        told = [text.get_text() for text in left.get_legend().get_texts()]
        assert {"predicting the training mean", "training", "least on the validation data"} < set(told)
        assert "experiment fit, seed 0: outputs from inputs; nu_W = 0.3" in figure.get_suptitle()
        drawn = np.concatenate([np.asarray(line.get_ydata()) for line in right.lines])
        assert (drawn.min() < 0) == signed
        assert ("|L_j|" in right.get_ylabel()) != signed
        figure.canvas.draw()


class TestCommand:
    def test_compares_and_writes_numbers_and_figure(self, tmp_path):
        x, y = data()
        files = saved(tmp_path, x, y)
        path, figure = tmp_path / "fit.json", tmp_path / "fit.svg"
        result = invoke(*files, "--json", path, "--figure", figure, "--seed", 3)
        assert result.exit_code == 0
        assert "Squared error relative to predicting the training mean:" in result.stdout
        document = json.loads(path.read_text())
        assert (document["experiment"], document["seed"], document["verdicts"]) == ("fit", 3, [])
        assert document["settings"]["lags"] == 12
        assert len(document["runs"][0]["held_out_error"]["network"]) == 11
        assert figure.read_text().startswith("<?xml")
        assert invoke(*files, "--seed", 3).stdout == result.stdout
        assert invoke(*files, "--seed", 4).stdout != result.stdout

    def test_the_help_tells_of_standardisation(self):
        words = " ".join(invoke("--help").stdout.split())
        assert "Inputs and outputs are centred, coordinate by coordinate, and divided by" in words

    def test_booleans_are_0_and_1(self, tmp_path):
        x, y = data()
        shown = [invoke(*saved(tmp_path, kind(x > 0), y)) for kind in (np.asarray, lambda a: a.astype(float))]
        assert [result.exit_code for result in shown] == [0, 0]
        assert shown[0].stdout == shown[1].stdout

    @pytest.mark.parametrize(("N", "T"), [(1, 4), (2, 3), (4, 1)])
    def test_little_data_is_no_trouble(self, tmp_path, N, T):
        x, y = data(N=N, T=T)
        assert invoke(*saved(tmp_path, x, y)).exit_code == 0

    X, Y = data()

    @pytest.mark.parametrize(
        ("x", "y", "words"),
        [
            (X[0], Y, ["x.npy has shape (12, 1)", "(N, T, n)", "[None]"]),
            (X, Y[..., 0], ["y.npy has shape (8, 12)", "(N, T, n)", "[..., None]"]),
            (X, Y[:7], ["y.npy has shape (7, 12, 2)", "(8, 12, n_y)", "x.npy has shape (8, 12, 1)"]),
            (X, Y[:, 1:], ["y.npy has shape (8, 11, 2)"]),
            (X[:0], Y[:0], ["x.npy has shape (0, 12, 1)", "at least 1"]),
            (X[:2, :2], Y[:2, :2], ["2 sequences of 2 steps", "3 of either"]),
            (X[:1, :3], Y[:1, :3], ["x.npy is constant over the training data"]),
            (X, 0 * Y, ["y.npy is constant"]),
            (X, 0 * Y + 0.1, ["y.npy is constant"]),
            (0 * X + 7, Y, ["x.npy is constant"]),
            (np.where(X > 4, np.nan, X), Y, ["x.npy has", "not finite"]),
            (X, np.where(Y > 4, np.inf, Y), ["y.npy has", "not finite"]),
            (X.astype(complex), Y, ["x.npy has dtype complex128", "real"]),
            (X, np.full(Y.shape, "a"), ["y.npy has dtype <U1"]),
            (np.array([{}], dtype=object), Y, ["x.npy", "pickle"]),
            (1e80 * X, Y, ["x.npy has entries beyond 1e+75"]),
            (np.ones((3, 50, 60)), np.ones((3, 50, 1)), ["lags n_x n_y = 40 * 60 * 1", "--lags"]),
        ],
    )
    def test_unusable_arrays_are_bad_input(self, tmp_path, x, y, words):
        assert_bad_input(invoke(*saved(tmp_path, x, y)), *words)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--width", "0"], ["--width"]),
            (["--epochs", "0"], ["--epochs"]),
            (["--lags", "0"], ["--lags"]),
            (["--lags", "13"], ["--lags", "between 1 and 12"]),
            (["--held-out", "0"], ["--held-out", "between 0 and 1"]),
            (["--held-out", "nan"], ["--held-out"]),
            (["--held-out", "1"], ["--held-out"]),
            (["--held-out", "0.99"], ["--held-out 0.99", "8 sequences"]),
            (["--validation", "1"], ["--validation", "between 0 and 1"]),
            (["--validation", "0.8"], ["--validation 0.8", "8 sequences"]),
            (["--transition", "0.3,"], ["transition", "''"]),
            (["--transition", "0.3,-1"], ["transition", "'-1'"]),
            (["--input-variance", "-1"], ["input", "'-1'"]),
            (["--output-variance", "x"], ["output", "'x'"]),
            (["--input", "1"], ["No such option", "--input"]),
            (["--predictions", "p.txt"], ["--predictions", ".npz or .csv"]),
            (["--response", "p"], ["--response", ".npz or .csv"]),
            (["--transition", "-1"], ["transition", "-1"]),
            (["--transition", "x"], ["transition", "x"]),
            (["--transition", "1e99"], []),
            (["--width", "10000000"], ["GiB of memory", "--width"]),
            (["--epochs", "1000000000000"], ["GiB of memory", "--epochs"]),
        ],
    )
    def test_unusable_options_are_bad_input(self, tmp_path, options, words):
        assert_bad_input(invoke(*saved(tmp_path, self.X, self.Y), *options), *words)

    @pytest.mark.parametrize(("part", "words"), [(slice(6, 8), "held out"), (slice(4, 6), "validation")])
    def test_what_is_compared_must_vary(self, tmp_path, part, words):
        y = self.Y.copy()
        y[part] = y[:4].mean(axis=(0, 1))
        assert_bad_input(invoke(*saved(tmp_path, self.X, y)), "y.npy", words)

    def test_a_missing_file_and_a_missing_option_are_bad_input(self, tmp_path):
        files = saved(tmp_path, self.X, self.Y)
        (tmp_path / "y.npy").unlink()
        assert_bad_input(invoke(*files), "cannot read", "y.npy")
        assert_bad_input(invoke("--inputs", "x.npy"), "--outputs")

    def test_a_large_file_is_refused_unread(self, tmp_path):
        header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 1, 1)))
        for name in ("x", "y"):
            with (tmp_path / f"{name}.npy").open("wb") as file:
                np.lib.format.write_array_header_1_0(file, header | {"shape": (10**5, 10**7, 1)})
                file.truncate(10**12 * 8 + 1000)  # sparse
        files = "--inputs", tmp_path / "x.npy", "--outputs", tmp_path / "y.npy"
        assert_bad_input(invoke(*files), "outputs to train on", "--lags")
        assert_bad_input(invoke(*files, "--lags", 1), "too many")

    def test_too_little_memory_is_known_before_the_work(self, tmp_path, monkeypatch):
        monkeypatch.setattr(fit, "memory", lambda: 1000.0)
        assert_bad_input(invoke(*saved(tmp_path, self.X, self.Y)), "GiB of memory")

    def test_a_variance_written_twice_is_tried_once(self):
        assert {
            label.partition(",")[0]
            for label in fit.labels(settings(self.X, self.Y, transitions=("0.3", "0.30")))
        } == {"nu_W = 0.3"}

    def test_impossible_variances_are_told_in_terms_of_the_command(self, tmp_path):
        files = saved(tmp_path, self.X, self.Y)
        none = "--input-variance", 0, "--output-variance", 0
        assert_bad_input(invoke(*files, *none), "every weight is 0", "nothing can be learned")
        result = invoke(*files, "--transition", "0.3,1e300")
        assert_bad_input(result, "nu_W = 1e300", "--lags")
        assert "digits" not in result.stderr


class TestExports:
    """Recomputed from the arrays of the user, by the formula that the help gives."""

    @pytest.mark.parametrize(("N", "T"), [(1, 40), (8, 12)])
    def test_predictions_and_responses_are_in_the_units_of_the_data(self, tmp_path, N, T):
        x, y = data(N=N, T=T, n_x=2)
        files = saved(tmp_path, x, 1000 * y)
        predicted, learned, numbers = (tmp_path / name for name in ("p.npz", "r.npz", "n.json"))
        options = "--predictions", predicted, "--response", learned, "--json", numbers, "--lags", 4
        assert invoke(*files, *options, "--transition", "0.3,0.6").exit_code == 0
        best = json.loads(numbers.read_text())["best"]
        with np.load(predicted) as outputs, np.load(learned) as L:
            assert set(outputs) == {"part", *fit.COLOURS}
            kept = outputs["part"] == "training"
            for model in fit.COLOURS:
                wanted = np.zeros((N, T, 2)) + L["output_mean"]
                for lag in range(4):
                    past = (x - L["input_mean"])[:, : T - lag]
                    wanted[:, lag:] += past @ L[model][lag].T
                np.testing.assert_allclose(outputs[model], wanted, rtol=1e-9, atol=1e-6)
                held = outputs["part"] == "held_out"
                silence = 1000 * y[held] - 1000 * y[kept].mean(axis=0)
                error = np.square(outputs[model][held] - 1000 * y[held]).sum() / np.square(silence).sum()
                assert error == pytest.approx(best[model]["held_out_error"], rel=1e-5)

    def test_tables_hold_the_same(self, tmp_path):
        files = saved(tmp_path, *data())
        for suffix in (".npz", ".csv"):
            results = "--predictions", tmp_path / f"p{suffix}", "--response", tmp_path / f"r{suffix}"
            assert invoke(*files, *results).exit_code == 0
        rows = pd.read_csv(tmp_path / "p.csv")
        assert list(rows)[:3] == ["sequence", "step", "part"]
        assert set(rows["part"]) == {"training", "validation", "held_out"}
        with np.load(tmp_path / "p.npz") as arrays:
            np.testing.assert_array_equal(rows["network 1"], arrays["network"][..., 1].ravel())
            np.testing.assert_array_equal(rows["part"], arrays["part"].ravel())
        entries = pd.read_csv(tmp_path / "r.csv")
        assert list(entries)[:3] == ["lag", "output", "input"]
        with np.load(tmp_path / "r.npz") as arrays:
            np.testing.assert_array_equal(entries["scaled"], arrays["scaled"].ravel())
        np.testing.assert_array_equal(entries["output"][:4], [0, 1, 0, 1])

    def test_nothing_is_written_where_the_work_fails(self, tmp_path):
        files = saved(tmp_path, *data())
        before = set(tmp_path.iterdir())
        results = "--predictions", tmp_path / "p.npz", "--response", tmp_path / "r.npz"
        assert_bad_input(invoke(*files, *results, "--lags", 99), "--lags")
        assert set(tmp_path.iterdir()) == before

    def test_no_result_replaces_another(self, tmp_path):
        files, same = saved(tmp_path, *data()), tmp_path / "p.npz"
        assert_bad_input(invoke(*files, "--predictions", same, "--response", same), "--response", "same file")
        assert not same.exists()

    def test_takes_tables(self, tmp_path):
        x, y = data(N=1, T=60)
        pd.DataFrame(x[0], columns=["heard"]).to_csv(tmp_path / "x.csv", index=False)
        pd.DataFrame(y[0], columns=["left", "right"]).to_csv(tmp_path / "y.csv", index=False)
        options = "--width", 20, "--epochs", 10
        result = invoke("--inputs", tmp_path / "x.csv", "--outputs", tmp_path / "y.csv", *options)
        assert result.exit_code == 0
        assert "Trained on the first 36 of 60 steps" in " ".join(result.stdout.split())


class TestFiles:
    def test_a_result_replaces_neither_the_other_nor_what_was_given(self, tmp_path):
        given = saved(tmp_path, *data())
        same = tmp_path / "r.svg"
        assert_bad_input(invoke(*given, "--json", same, "--figure", same), "--figure", "same file")
        before = (tmp_path / "x.npy").read_bytes()
        assert_bad_input(invoke(*given, "--json", tmp_path / "x.npy"), "--json", "same file")
        assert (tmp_path / "x.npy").read_bytes() == before
        assert not same.exists()

    def test_links_in_a_circle_are_bad_input(self, tmp_path):
        loop = tmp_path / "loop.svg"
        loop.symlink_to(loop)
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--json", loop), "cannot write")
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--figure", loop), "cannot write")

    def test_a_name_that_is_too_long_is_bad_input(self, tmp_path):
        path = tmp_path / ("x" * 300 + ".json")
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--json", path), "cannot write")

    def test_a_pipe_is_refused_and_not_waited_for(self, tmp_path):
        _, _, *others = saved(tmp_path, *data())
        pipe = tmp_path / "pipe.npy"
        os.mkfifo(pipe)
        assert_bad_input(invoke("--inputs", pipe, *others), "not a regular file")

    def test_a_name_that_is_not_unicode_is_written_as_an_escape(self, tmp_path):
        given = saved(tmp_path, *data())
        odd = tmp_path / "x\udcff.npy"
        try:
            (tmp_path / "x.npy").rename(odd)
        except OSError:
            pytest.skip("the file system takes no such name")
        numbers = tmp_path / "numbers.json"
        assert invoke("--inputs", odd, *given[2:], "--json", numbers).exit_code == 0
        assert str(odd) in json.dumps(json.loads(numbers.read_text()), ensure_ascii=False)
