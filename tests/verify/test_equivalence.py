"""The experiment `equivalence`, replayed at small sizes: its claims hold, and fail for a wrong theory."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from derivations.closed_forms import lag_weight
from verify.cli import app
from verify.experiments import equivalence, memory, neural
from verify.experiments.equivalence import judging, measuring
from verify.networks import one_thread

SMALL = replace(
    equivalence.QUICK,
    width=400,
    epochs=12,
    networks=((60, 24), (120, 24), (240, 16), (480, 8)),
    predictions=24,
)


@cache
def result(seed=0):
    with one_thread():
        return equivalence.run(SMALL, seed)


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_falls_with_the_square_root_of_the_width_as_predicted(seed):
    report = equivalence.report(result(seed))
    assert [verdict.holds for verdict in report.verdicts] == [True, True]
    low, high = report.numbers["slope"]["confidence_95"]
    assert low < high
    assert low - judging.SLOPE_MARGIN < -0.5 < high + judging.SLOPE_MARGIN


def test_the_confidence_interval_covers_the_true_exponent_as_often_as_it_says():
    """On gaps drawn from a law that scales exactly."""
    rng = np.random.default_rng(0)
    widths = dict(SMALL.networks)

    def covers() -> bool:
        gaps = {n: n**-0.5 * np.exp(rng.normal(0, 0.3, count)) for n, count in widths.items()}
        predicted = {n: n**-0.5 * np.exp(rng.normal(0, 0.3, SMALL.predictions)) for n in widths}
        fit = judging.fitted(equivalence.Result(SMALL, 0, {}, {}, gaps, predicted))
        return abs(fit.exponent + 0.5) < fit.reach

    assert 0.92 < np.mean([covers() for _ in range(1000)]) < 0.98


def test_the_network_learns_like_the_scaled_convolution_and_not_like_the_ordinary_one():
    error = result().test
    far = np.abs(np.log(error["unscaled"] / error["network"]))
    near = np.abs(np.log(error["scaled"] / error["network"]))
    assert near.max() < far.max() / 2
    assert all(curve[0] == error["network"][0] for curve in error.values())  # one start
    assert all(curve[-1] < curve[0] / 10 for curve in error.values())


def test_training_error_falls_at_every_epoch():
    for curve in result().train.values():
        assert (np.diff(curve) < 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda v, lags: np.array(
            [2 * float(v.transition) ** i for i in range(lags)]
        ),  # the transition's share
        lambda v, lags: 1.5 * np.array([float(lag_weight(i, v.transition, 2, 1)) for i in range(lags)]),
    ],
    ids=["without the transition's share", "half as much again"],
)
def test_wrong_lag_weights_are_rejected(monkeypatch, wrong):
    """The distance to the wrong convolution does not vanish with the width."""
    monkeypatch.setattr(measuring, "lag_weights", wrong)
    with one_thread():
        verdicts = equivalence.report(equivalence.run(SMALL, 0)).verdicts
    assert verdicts[0].holds is False


def test_the_command_prints_writes_and_draws(monkeypatch, tmp_path):
    tiny = replace(SMALL, networks=((50, 4), (100, 4)), epochs=5, predictions=4, width=50)
    monkeypatch.setattr(equivalence, "QUICK", tiny)
    numbers, figure = tmp_path / "x.json", tmp_path / "x.svg"
    arguments = ["experiment", "equivalence", "--json", numbers, "--figure", figure, "--seed", "3"]
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert outcome.exit_code == 0, outcome.output
    assert "95 % confidence" in outcome.output
    written = json.loads(numbers.read_text())
    assert {"command", "experiment", "seed", "holds", "verdicts", "settings", "gaps", "slope"} <= set(written)
    assert written["seed"] == 3
    assert [len(each["gaps"]) for each in written["gaps"]] == [4, 4]
    words = " ".join(outcome.output.split())
    for word in (
        "Gap: the greatest |L_j - L_j'| (Frobenius) over lags and steps",
        "student of width 50, nu_W = 0.3, T = 10;",
        "the unscaled one has its own",
    ):
        assert word in words
    for word in ("epoch", "gap: greatest", "over all lags", "scaled, test", "predicted by exact samples"):
        assert word in figure.read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("equivalence", ["300 epochs for 50", "more networks and samples"]),
        ("memory", ["Width 1000 for 400", "every delay", "more repetitions"]),
        ("initialisations", ["Every delay, wider pairs and more of them"]),
        ("neural", ["More amounts of data, nu_W, students and steps"]),
    ],
)
def test_what_full_adds_is_said_of_each_experiment(name, words):
    shown = " ".join(CliRunner().invoke(app, ["experiment", name, "--help"]).output.split())
    for word in words:
        assert word in shown
    assert "More widths" not in shown


def test_what_full_adds_is_so():
    quick, full = equivalence.QUICK, equivalence.FULL
    assert (quick.epochs, full.epochs) == (50, 300)
    assert dict(quick.networks).keys() == dict(full.networks).keys()
    assert all(dict(full.networks)[width] > count for width, count in quick.networks)
    assert (memory.QUICK.width, memory.FULL.width) == (400, 1000)
    assert memory.FULL.delays == tuple(range(memory.FULL.T))
    assert memory.FULL.repetitions > memory.QUICK.repetitions
    assert set(neural.QUICK.bins) < set(neural.FULL.bins)
    assert set(neural.QUICK.transitions) < set(neural.FULL.transitions)
    assert neural.FULL.repeats > neural.QUICK.repeats
    assert neural.FULL.steps > neural.QUICK.steps


def test_a_seed_gives_the_same_numbers_again():
    tiny = replace(SMALL, networks=((50, 2), (60, 2)), epochs=3, predictions=2, width=50)
    first, second = (equivalence.report(equivalence.run(tiny, 7)).numbers for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
