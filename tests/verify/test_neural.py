"""The neural experiment at small size: no leak between blocks, and what the data show there."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from numeric import Task, Variances, convolution_descent, convolve, impulse_response, lag_weights
from verify import recordings
from verify.cli import app
from verify.console import BadInput, dump_json
from verify.experiments import neural, students
from verify.experiments.neural import data, judging, measuring
from verify.experiments.neural.training import FIRST_STEPS, PATIENCE, grid, train
from verify.networks import stream

pytestmark = pytest.mark.skipif(recordings.find_spec("nitime") is None, reason="extra real-data")

SMALL = neural.Settings(
    recordings=(2,), bins=(200, 7000), transitions=("0.3", "0.5"), width=400, steps=50, predictions=16
)


@cache
def small():
    return neural.run(SMALL, 1)


@pytest.mark.parametrize("bins", neural.FULL.bins)
@pytest.mark.parametrize("repeat", range(neural.FULL.repeats))
def test_no_spike_counts_in_two_blocks_and_every_output_has_its_past(bins, repeat):
    training, validation, test = data.blocks(bins, repeat)
    assert training.stop - training.start == bins
    assert training.start >= data.LAGS - 1
    assert training.stop + 2 * data.REACH <= validation.start
    assert validation.stop + 2 * data.REACH == test.start
    assert test.stop + data.REACH == recordings.DURATION_MS
    assert test.stop - test.start > 1900


def test_windows_of_training_are_disjoint_while_they_last():
    windows = [data.blocks(2000, repeat)[0] for repeat in range(4)]
    assert [window.start for window in windows] == [5039, 3039, 1039, 5039]


def test_what_is_held_out_changes_nothing_in_training(monkeypatch):
    sound, rate = data.signals(1)
    before = data.tasks(1, 500, 0)
    stop = data.blocks(500, 0)[0].stop
    later = np.arange(sound.size) >= stop
    monkeypatch.setattr(
        data, "signals", lambda _: (np.where(later, sound + 7, sound), np.where(later, 3 * rate, rate))
    )
    after = data.tasks(1, 500, 0)
    np.testing.assert_array_equal(before[0].inputs, after[0].inputs)
    np.testing.assert_array_equal(before[0].outputs, after[0].outputs)
    assert np.abs(before[1].outputs - after[1].outputs).max() > 0.1


def test_training_is_standardised_and_outputs_follow_the_sound_before_them():
    training, _, test = data.tasks(2, 1000, 0)
    assert training.outputs[:, training.first :].mean() == pytest.approx(0, abs=1e-12)
    assert training.outputs[:, training.first :].std() == pytest.approx(1)
    assert training.inputs.mean() == pytest.approx(0, abs=1e-12)
    sound, rate = data.signals(2)
    block = data.blocks(1000, 0)[2]
    assert np.corrcoef(test.inputs.ravel(), sound[block.start - 39 : block.stop])[0, 1] == pytest.approx(1)
    wanted = test.outputs[0, test.first :, 0]
    assert np.corrcoef(wanted, rate[block])[0, 1] == pytest.approx(1)


def test_the_steps_are_a_grid():
    assert grid(0) == [0]
    assert grid(120) == [0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100]


def test_network_and_scaled_convolution_agree_where_the_unscaled_differs():
    for cell in small().cells:
        assert abs(cell.r_squared("network") - cell.r_squared("capped")) < 0.03
    few = small().select(bins=200)
    assert all(cell.r_squared("scaled") > cell.r_squared("unscaled") + 0.02 for cell in few)
    assert np.mean([cell.r_squared("scaled") - cell.r_squared("unscaled, 0") for cell in few]) > 0.02


def test_with_many_data_the_models_end_together():
    for cell in small().select(bins=7000):
        assert cell.r_squared("scaled") == pytest.approx(cell.r_squared("unscaled"), abs=0.01)
        assert cell.r_squared("scaled") > 0.18


def test_a_short_memory_does_not_reach_the_latency_in_few_steps():
    report = neural.report(small())
    assert all(cell.peak in (6, 7) for cell in small().select(bins=7000))
    slow, fast = (
        np.mean([cell.r_squared("network") for cell in small().select(bins=7000, transition=transition)])
        for transition in ("0.3", "0.5")
    )
    assert slow < fast - 0.03
    shown = " ".join("\n".join(report.text).split())
    assert "it answers after 6 ms" in shown
    assert "scaling changes R^2 by -0." in shown.partition("after the best number of steps, and")[2]


def test_the_gap_is_as_predicted_and_another_is_rejected():
    (verdict,) = neural.report(small()).verdicts
    assert verdict.holds
    assert abs(verdict.statistic) < 1
    wrong = replace(small(), cells=[replace(cell, gap=30 * cell.gap) for cell in small().cells])
    (verdict,) = neural.report(wrong).verdicts
    assert verdict.holds is False


def test_the_gap_is_the_distance_of_predictions():
    _, _, test = data.tasks(2, 200, 0)
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 3, data.LAGS, 1, 1))
    distances = [
        np.std(convolve(a, test.inputs) - convolve(b, test.inputs), where=True)
        for a, b in zip(one, other, strict=True)
    ]
    wanted = max(
        np.sqrt(np.mean((convolve(a - b, test.inputs)[0, test.first :, 0]) ** 2))
        for a, b in zip(one, other, strict=True)
    )
    assert measuring.gap(test, one, other) == pytest.approx(wanted)
    assert max(distances) == pytest.approx(wanted, rel=0.2)


def test_r_squared_is_that_of_the_chosen_response():
    training, validation, test = data.tasks(2, 1000, 0)
    responses = convolution_descent(training, np.ones(data.LAGS)).steps([0, 3, 1000])
    outcome = measuring.outcome([0, 3, 1000], responses, validation, test)
    chosen = responses[[0, 3, 1000].index(outcome.steps)]
    assert outcome.errors.sum() == pytest.approx(2 * test.loss(chosen))
    assert outcome.validation == pytest.approx(1 - validation.loss(chosen) / validation.loss(0 * chosen))
    assert outcome.validation >= 0


def test_a_network_gives_up_when_validation_has_long_been_better():
    training, validation, _ = data.tasks(2, 200, 0)
    flipped = Task(validation.inputs, -validation.outputs, validation.lags, validation.first)
    variances = Variances("0.5")
    network = students.student(stream(0, "test"), 100, variances)
    step = students.common_step(network, training, variances)
    found = train(network, training, flipped, step, grid(1000))
    assert max(found) < 1000
    best = min(found, key=lambda k: flipped.loss(found[k]))
    assert max(found) >= max(FIRST_STEPS, PATIENCE * best)
    limited = train(network, training, validation, step, grid(20))
    assert list(limited) == grid(20)


def test_columns_are_defined_above_the_tables():
    definitions, table, *_ = neural.report(small()).text
    words = " ".join(definitions.split())
    for word in (
        '"scaled, 0" and "unscaled, 0" start from 0',
        "Capped: the scaled convolution after at most as many steps as the network took, 50 or fewer",
        "k: the number of steps after which validation is best",
    ):
        assert word in words
    assert table.startswith("Recording 2")


def test_the_convolutions_from_zero_are_compared_where_validation_says():
    report = " ".join("\n".join(neural.report(small()).text).split())
    for bins in SMALL.bins:
        chosen = judging.chosen_transition(small(), 2, bins, "scaled, 0")
        here = {"recording": 2, "bins": bins, "transition": chosen}
        apart = judging.difference(small(), "scaled, 0", "unscaled, 0", **here)
        assert apart.low < apart.high
        words = f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
        assert f"Both from 0, validation takes nu_W = {chosen} and scaled less unscaled is {words}." in report
    assert "The neuron lacks the network's bias to the present" in report
    assert "after at most as many steps as the network took." in report


def test_intervals_hold_the_difference():
    apart = judging.difference(small(), "scaled", "unscaled", recording=2, bins=200)
    assert apart.low < apart.mean < apart.high


def test_numbers_are_json_and_the_same_for_the_same_seed():
    settings = replace(SMALL, bins=(200,), transitions=("0.5",), repeats=1, width=50, predictions=4)
    first, second, other = (
        dump_json(neural.report(neural.run(settings, seed)).numbers) for seed in (1, 1, 2)
    )
    assert first == second != other
    (cell,) = json.loads(first)["cells"]
    assert set(cell["models"]) == set(measuring.MODELS)
    assert neural.report(neural.run(settings, 1)).verdicts == []


def test_draws_a_panel_for_each_recording_and_transition():
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    neural.draw(small(), figure)
    assert len(figure.axes) == 2
    (legend,) = figure.legends
    assert "bands: range over students and windows" in [text.get_text() for text in legend.get_texts()]
    figure.canvas.draw()


def test_stages_are_announced_in_order(monkeypatch):
    cell = small().cells[0]
    monkeypatch.setattr(measuring, "_cell", lambda *_: cell)
    begun = []
    neural.run(neural.FULL, 0, begun.append)
    assert begun == neural.labels(neural.FULL)


def test_without_the_recordings_the_error_says_what_to_install(monkeypatch):
    data.signals.cache_clear()
    monkeypatch.setattr(recordings, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(BadInput, match="pip install nitime"):
        neural.run(SMALL, 0)


def test_the_command_line_runs_it(monkeypatch, tmp_path):
    quick = replace(SMALL, bins=(200,), transitions=("0.5",), width=50, predictions=4)
    monkeypatch.setattr(neural, "QUICK", quick)
    path = tmp_path / "neural.json"
    result = CliRunner().invoke(app, ["experiment", "neural", "--json", str(path)])
    assert result.exit_code in (0, 1)
    assert "Recording 2" in result.stdout
    assert json.loads(path.read_text())["experiment"] == "neural"


def test_the_student_starts_where_its_convolutions_do():
    network = students.student(stream(3, "test"), 200, Variances("0.5"))
    assert all(matrix.dtype == np.float32 for matrix in network)
    exact = impulse_response(*(matrix.astype(float) for matrix in network), 10)
    np.testing.assert_allclose(students.initial_response(network, 10), exact, atol=1e-5)


def test_the_common_step_is_stable_for_both():
    training, _, _ = data.tasks(1, 200, 0)
    variances = Variances("0.9")
    network = students.student(stream(3, "test"), 50, variances)
    step = students.common_step(network, training, variances)
    scaled = convolution_descent(training, lag_weights(variances, data.LAGS))
    assert 0 < step <= scaled.largest_step / 2
    assert step <= students.largest_stable_step(*network, training) / 2
