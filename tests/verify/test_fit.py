"""The comparison on the user's data: what is learned, what validation chooses, and what is told."""

import numpy as np
import pytest
from delayed import data, settings

from numeric import Variances, convolution_descent, convolve
from verify.experiments import fit
from verify.experiments.errors import prediction_distances, relative_errors
from verify.experiments.fit import measuring
from verify.experiments.fit.judging import chosen
from verify.experiments.students import LEARNERS, common_step, initial_response, student
from verify.networks import stream


class TestRun:
    def test_all_models_learn_and_the_network_follows_the_scaled_convolution(self):
        (run,) = fit.run(settings(*data(N=40), width=400), 0).runs
        for model in LEARNERS:
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
        for model in LEARNERS:
            errors = {
                (run.transition, epoch): error
                for run in result.runs
                for epoch, error in enumerate(run.validation[model])
            }
            choice = chosen(result, model)
            assert choice.epoch != choice.run.held_out[model].argmin()
            assert (choice.run.transition, choice.epoch) == min(errors, key=errors.__getitem__)
            assert choice.error == min(errors.values())
            learned = choice.learned
            assert choice.expected == pytest.approx(
                float(relative_errors(result.split.held_out, learned[None])[0]), rel=1e-5
            )
            assert float(relative_errors(result.split.validation, learned[None])[0]) == pytest.approx(
                min(errors.values()), rel=1e-5
            )

    def test_each_transition_is_trained_as_if_alone(self):
        x, y = data()
        both = fit.run(settings(x, y, transitions=("0.2", "0.9"), epochs=4), 3)
        for index, transition in enumerate(("0.2", "0.9")):
            (alone,) = fit.run(settings(x, y, transitions=(transition,), epochs=4), 3).runs
            for model in LEARNERS:
                np.testing.assert_array_equal(both.runs[index].train[model], alone.train[model])
        report = fit.report(both)
        shown = " ".join("\n".join(report.text).split())
        assert "the least on the validation data, and after how many epochs" in shown
        assert "Validation chose nu_W and the epochs, for each model its own." in shown
        assert len(report.numbers["runs"]) == 2

    def test_the_variances_of_input_and_output_are_those_of_the_network(self):
        result = fit.run(settings(*data(), input_variance="4", output_variance="1/4", epochs=1), 0)
        variances, task = Variances("0.3", 4, "1/4"), result.split.training
        network = student(stream(0, "fit", 100), 100, variances, 1, 2)
        assert result.runs[0].step["network"] == common_step(network, task, variances)

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
        assert len(begun) <= 2 * (measuring.STAGES + 1)

    def test_a_diverging_network_is_told_in_the_users_words(self, monkeypatch):
        def diverge(*_, **__):
            raise OverflowError("no")
            yield

        monkeypatch.setattr(measuring, "network_descent", diverge)
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
        start = initial_response(student(stream(0, "fit", 100), 100, Variances("0.3"), 1, 2), 12)
        wanted = start - run.step["unscaled"] * task.gradient(start)
        assert chosen(result, "unscaled").learned == pytest.approx(wanted)
        assert run.step["unscaled"] == convolution_descent(task, ones, start).largest_step / 2

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
        assert set(numbers["runs"][0]["step"]) == set(numbers["learned"]) == set(LEARNERS)
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
        assert prediction_distances(task, one, other) == pytest.approx(wanted)

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
