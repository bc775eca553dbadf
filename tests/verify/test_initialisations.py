"""The experiment `initialisations` at small size: networks follow their theory, and no other's."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from numeric import Leaky, Variances, limit_kernel
from numeric.networks.diagonal import RingTransition
from verify.cli import app
from verify.console import dump_json
from verify.experiments import initialisations
from verify.experiments.initialisations import QUICK, Settings, measuring
from verify.experiments.initialisations.judging import distances
from verify.networks import one_thread
from verify.specifications import read_network

SMALL = Settings(
    width=200, lags=12, sequences=8, T=60, delays=(1, 4, 8), repetitions=12, narrow=100, pairs=24
)
TINY = replace(SMALL, width=20, lags=5, delays=(0, 3), repetitions=2, narrow=10, pairs=2)


def only(name, settings=SMALL):
    return replace(settings, networks=tuple(pair for pair in settings.networks if pair[0] == name))


@cache
def result(seed=0):
    with one_thread():
        return initialisations.run(SMALL, seed)


def failures(measured):
    return {
        verdict.name.split(",")[0]
        for verdict in initialisations.report(measured).verdicts
        if not verdict.holds
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_holds(seed):
    assert not failures(result(seed))


def of_another(_, lags):
    return limit_kernel(Variances("0.3"), lags)


def without_the_transition(_, lags):
    return np.diag(2 * 0.5 ** np.arange(lags))


def decay_squared(_, lags):
    return limit_kernel(Leaky(Fraction(9, 25), "0.1"), lags)


def diagonal_alone(model, lags):
    return np.diag(limit_kernel(model, lags).diagonal())


def once_the_lag(model, lags):
    m = RingTransition(model.eigenvalues).moments(lags, float)
    return np.diag([2 * m[i] + (i * m[i - 1] if i else 0) for i in range(lags)])


def one_layer_s_weights(_, lags):
    return limit_kernel(Variances("0.5"), lags)


WRONG = [
    ("Gaussian", of_another),
    ("Gaussian", without_the_transition),
    ("orthogonal", of_another),
    ("leaky", decay_squared),
    ("leaky", diagonal_alone),
    ("ring", of_another),
    ("ring", once_the_lag),
    ("stacked", one_layer_s_weights),
]


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_theory_is_found_out(monkeypatch, name, wrong):
    monkeypatch.setattr(measuring, "limit_kernel", wrong)
    with one_thread():
        assert failures(initialisations.run(only(name), 0)) == {name}


def test_the_stated_losses_are_the_theorys_by_its_definition():
    """Step by step, ``L_i -= eta sum_j Theta_ij dJ/dL_j``, for the leaky network."""
    settings = SMALL
    one = result().learned["leaky"]
    inputs = measuring.stream(0, "initialisations", "inputs").standard_normal(
        (settings.sequences, settings.T, 1)
    )
    theta = limit_kernel(read_network("leaky(0.6, 0.1)"), settings.lags)
    for delay, learned in zip(settings.delays, one.theory, strict=True):
        task = measuring._task(settings, inputs, delay)
        assert np.array_equal(task.outputs[:, delay:, 0], inputs[:, : settings.T - delay, 0])
        L, first = np.zeros(settings.lags), theta @ task.gradient(np.zeros((settings.lags, 1, 1)))[:, 0, 0]
        step = -(learned[1] @ first) / (first @ first)
        for now in learned:
            np.testing.assert_allclose(L, now, atol=1e-9)
            L = L - step * theta @ task.gradient(L[:, None, None])[:, 0, 0]
        wanted = np.eye(settings.lags)[delay]
        assert one.losses[delay] == pytest.approx(np.square(learned[-1] - wanted).sum())


def test_what_is_learned_follows_the_weights():
    """Gaussian ones forget, the ring learns the later the better, stacking reaches further than one layer."""
    losses = {
        name: measuring.losses(one.trained, SMALL.delays)[..., -1].mean(axis=0)
        for name, one in result().learned.items()
    }
    assert losses["Gaussian"][0] < 0.1 < 0.5 < losses["Gaussian"][-1]
    assert (np.diff(losses["ring"]) < 0).all()
    assert (losses["stacked"][1:] < losses["Gaussian"][1:]).all()


def test_the_distance_is_the_root_mean_square_of_the_difference():
    one = result().learned["stacked"]
    squares = [np.sum((network - one.theory) ** 2) / np.sum(one.theory**2) for network in one.trained]
    np.testing.assert_allclose(distances(one), np.sqrt(squares))


def test_each_stage_is_announced_once():
    announced = []
    initialisations.run(TINY, 0, announced.append)
    assert announced == initialisations.labels(TINY) == [name for name, _ in TINY.networks]


def test_the_same_seed_gives_the_same_numbers():
    first, second, other = (
        initialisations.report(initialisations.run(TINY, seed)).numbers for seed in (0, 0, 1)
    )
    assert first == second
    assert first["networks"][0]["loss"] != other["networks"][0]["loss"]


def test_the_numbers_are_json():
    numbers = json.loads(dump_json(initialisations.report(result()).numbers))
    assert numbers["settings"]["delays"] == list(SMALL.delays)
    assert [network["name"] for network in numbers["networks"]] == list(result().learned)
    for network in numbers["networks"]:
        assert np.shape(network["loss"]) == (SMALL.repetitions, len(SMALL.delays))
        assert np.shape(network["theory_loss"]) == np.shape(network["lag_weights"]) == (SMALL.lags,)
        expected = limit_kernel(read_network(network["network"]), SMALL.lags).diagonal()
        np.testing.assert_allclose(network["lag_weights"], expected)


def test_the_text_defines_its_words():
    words = " ".join("\n".join(initialisations.report(result()).text).split())
    for word in (
        "Wanted is f^0(x) + y: the input delayed by tau on top of what the network computes at its start",
        "A loss of 1 is that of learning nothing",
        "mean of 12 networks of width 200, and in brackets that of their theory, of infinite width",
        "Of the leaky network the kernel is not diagonal",
        "predicted by pairs of networks of width 100",
    ):
        assert word in words
    assert words.count("the kernel is not diagonal") == 1


def test_it_is_drawn():
    figure = Figure(layout="constrained")
    initialisations.draw(result(), figure)
    left, right = figure.axes
    explained = [text.get_text() for text in left.get_legend().get_texts()]
    assert explained[:2] == ["Gaussian: nu_W = 0.5", "orthogonal: orthogonal(0.95)"]
    assert "theory, infinite width" in [text.get_text() for text in right.get_legend().get_texts()]


def test_the_command_prints_writes_and_draws(monkeypatch, tmp_path):
    monkeypatch.setattr(initialisations, "QUICK", only("ring", TINY))
    numbers, figure = tmp_path / "x.json", tmp_path / "x.svg"
    arguments = ["experiment", "initialisations", "--json", numbers, "--figure", figure, "--seed", "3"]
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert outcome.exit_code in (0, 1), outcome.output
    written = json.loads(numbers.read_text())
    assert {"command", "experiment", "seed", "holds", "verdicts", "settings", "networks"} <= set(written)
    assert written["seed"] == 3
    assert written["holds"] is (outcome.exit_code == 0)
    assert "diagonal(ring(0.4, 0.99))" in outcome.output
    for word in ("lag weight rho_i", "delay tau", "theory, infinite width"):
        assert word in figure.read_text()


def test_what_full_adds_is_so():
    quick, full = QUICK, initialisations.FULL
    assert full.delays == tuple(range(full.lags))
    assert full.pairs > quick.pairs
    assert full.narrow > quick.narrow
    assert full.networks == quick.networks
