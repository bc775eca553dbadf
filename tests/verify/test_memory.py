"""The memory experiment at small size: the truth holds for every seed, a wrong theory is found out."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure

from numeric import Task, convolution_descent, lag_weights, step_bound
from verify import networks
from verify.console import dump_json
from verify.experiments import memory
from verify.experiments.errors import relative_errors
from verify.experiments.memory import QUICK, Settings, judging, measuring

SMALL = Settings(
    width=150,
    T=10,
    n_x=2,
    sequences=14,
    epochs=40,
    transitions=(0.1, 0.3, 0.6, 0.9, 1.2, 1.5),
    delays=(0, 2, 4, 6, 9),
    repetitions=1,
    pairs=4,
    datasets=4,
)
DISTANCE = "distance to the scaled convolution"
FORGETTING = "forgetting"
RISES = "best nu_W rises with the delay"
PREDICTED = "best nu_W as predicted"


@cache
def result(seed=0):
    return memory.run(SMALL, seed)


def failures(measured):
    return {verdict.name for verdict in memory.report(measured).verdicts if not verdict.holds}


@pytest.mark.parametrize("seed", range(10))
def test_the_truth_holds_for_every_seed(seed):
    assert not failures(result(seed))


WRONG = {
    "the factor i dropped": lambda i, w: 2 * w**i + np.where(i > 0, w ** np.maximum(i - 1, 0), 0),
    "w^i alone": lambda i, w: w**i,
    "no preference": lambda i, w: np.ones_like(w**i),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_lag_weights_are_found_out(monkeypatch, wrong):
    monkeypatch.setattr(
        measuring, "lag_weights", lambda variances, lags: wrong(np.arange(lags), float(variances.transition))
    )
    assert DISTANCE in failures(memory.run(replace(SMALL, width=400), 0))


def test_networks_that_all_have_one_variance_are_found_out(monkeypatch):
    honest = networks.draw
    monkeypatch.setattr(
        networks,
        "draw",
        lambda rng, width, _, *sizes: honest(rng, width, measuring.with_transition(0.1), *sizes),
    )
    assert DISTANCE in failures(memory.run(SMALL, 0))


def test_best_transitions_against_the_order_of_the_delays_are_found_out():
    measured = result()
    turned = replace(measured, network=measured.network[:, ::-1])
    assert {RISES, PREDICTED} <= failures(turned)


def test_the_same_best_transition_for_all_delays_is_found_out():
    measured = result()
    network = measured.network.copy()
    network[:, 2] = 1e-9
    assert RISES in failures(replace(measured, network=network))


def test_bounds_without_the_number_of_steps_are_found_out(monkeypatch):
    monkeypatch.setattr(
        measuring, "step_bound", lambda task, rho, steps: step_bound(task, rho, steps) / steps
    )
    assert failures(memory.run(SMALL, 0)) >= {FORGETTING}


def test_small_variances_learn_short_delays_only_and_large_ones_long_delays():
    measured = result()
    errors, unscaled = measured.network.mean(axis=0), measured.unscaled[list(SMALL.delays)]
    assert errors[0, 0] < unscaled[0] < errors[-1, 0]
    assert errors[0, -1] > unscaled[-1] > errors[-1, -1]
    assert errors[0, 0] < 0.02
    assert errors[0, -1] > 1


def test_what_the_bounds_forbid_the_scaled_convolution_does_not_learn():
    measured = result()
    at = judging.at_delay
    delays = np.array(SMALL.delays)
    learned, limit = at(measured.response, delays), at(measured.limit, delays)
    assert np.all(learned <= limit)
    assert np.square(np.maximum(0, 1 - limit[:, 0, -1])).min() > 0.9  # delay 9 with nu_W = 0.1
    assert np.square(np.maximum(0, 1 - limit[:, 0, 0])).max() == 0


def test_the_data_are_the_delayed_input_with_noise_so_far_below():
    data = measuring.delayed(replace(SMALL, sequences=20_000), 0, 0)
    direction = data.target[0]
    np.testing.assert_array_equal(data.target, np.tile(direction, (SMALL.T, 1)))
    assert np.linalg.norm(direction) == pytest.approx(1)
    for delay in SMALL.delays:
        noise = data.last[:, delay] - data.inputs[:, SMALL.T - 1 - delay] @ direction
        assert noise.std() == pytest.approx(0.1, rel=0.05)
        assert abs(np.corrcoef(noise, data.last[:, delay] - noise)[0, 1]) < 0.05


def test_the_test_error_is_that_of_many_fresh_sequences():
    rng = np.random.default_rng(0)
    data = measuring.delayed(SMALL, 0, 0)
    delays = [2, 5]
    responses = rng.normal(size=(3, SMALL.T, 2, SMALL.n_x))
    inputs = rng.standard_normal((20_000, SMALL.T, SMALL.n_x))
    for output, delay in enumerate(delays):
        outputs = np.zeros((20_000, SMALL.T, 1))
        outputs[:, -1, 0] = inputs[:, SMALL.T - 1 - delay] @ data.target[delay]
        task = Task(inputs, outputs, first=SMALL.T - 1)
        measured = relative_errors(task, responses[:, :, [output]])
        np.testing.assert_allclose(data.errors(responses, delays)[:, output], measured, rtol=0.05)


def test_all_delays_at_once_are_learned_as_each_alone():
    data = measuring.delayed(SMALL, 0, 0)
    rho = lag_weights(measuring.with_transition(0.7), SMALL.T)
    together = measuring.convolution_errors(SMALL, data, [rho])[0, 3]
    alone = convolution_descent(data.task([3]), rho).steps(SMALL.epochs)
    np.testing.assert_allclose(together, data.errors(alone, [3])[0], rtol=1e-9)


def test_the_grid_of_the_theory_contains_that_of_the_networks():
    assert measuring.finer(QUICK)[:: measuring.FINE].tolist() == list(QUICK.transitions)
    assert measuring.finer(QUICK)[1] == 0.12


def test_each_stage_is_announced_once():
    announced = []
    settings = replace(SMALL, width=20, epochs=2, transitions=(0.1, 1.0), repetitions=1, pairs=1, datasets=1)
    memory.run(settings, 0, announced.append)
    assert announced == memory.labels(settings)


def test_the_same_seed_gives_the_same_numbers():
    settings = replace(SMALL, width=20, epochs=2, transitions=(0.1, 1.0), repetitions=1, datasets=1)
    first, second, other = (memory.report(memory.run(settings, seed)).numbers for seed in (0, 0, 1))
    assert first == second
    assert first["network_error"] != other["network_error"]


def test_the_numbers_are_json_and_the_tables_name_what_is_none():
    shown = memory.report(result())
    numbers = json.loads(dump_json(shown.numbers))
    assert numbers["settings"]["delays"] == list(SMALL.delays)
    assert np.shape(numbers["network_error"]) == (1, 6, 5)
    assert np.shape(numbers["scaled_error"]["errors"]) == (26, SMALL.T)
    assert [row["peak_lag"] for row in numbers["theory"]] == [0, 0, 1, 8, None, None]
    assert "none" in shown.text[1]


def printed(report):
    return " ".join("\n".join(report.text).split())


def test_the_text_defines_its_words():
    words = printed(memory.report(result()))
    for word in (
        "Wanted is f^0(x) + y: the delayed input y on top of what the student computes at its start",
        "tried were 0, 2, 4, 6, 9, and a range means those of them that lie in it",
        "Memory: the lag beyond which 1/20",
        "Learned: a test error below 0.5",
        "Bounds permit: the two bounds on what the scaled convolution learns at a lag in 40 steps",
        "chosen on the test error; the unscaled convolution has nothing to choose",
        "Predicted: the best of them for the scaled convolution",
        "over 1 data sets, the convolutions' over 4",
    ):
        assert word in words


def test_network_and_scaled_convolution_are_compared_on_the_same_data():
    measured = result()
    report = memory.report(measured)
    assert np.shape(report.numbers["scaled_error_beside_network"]) == (1, 6, 5)
    data, nu = measuring.delayed(SMALL, 0, 0), SMALL.transitions[2]
    rho = lag_weights(measuring.with_transition(nu), SMALL.T)
    errors = measuring.convolution_errors(SMALL, data, [rho])[0, list(SMALL.delays)]
    np.testing.assert_allclose(measured.beside[0, 2], errors, rtol=1e-9)

    one = measured.network[:, :1].copy()
    one[...] = 0.25  # at every delay the best nu_W is the first
    network = np.concatenate([one, np.ones_like(measured.network[:, 1:])], axis=1)
    beside = np.full_like(measured.beside, 7.0)
    beside[:, 0] = [0.25, 0.5, 0.125, 0.75, 0.25]
    known = memory.report(replace(measured, network=network, beside=beside))
    assert known.numbers["error_factor"] == pytest.approx({"greatest": 3, "median": 2})
    assert "differ by a factor of 2 in the median over the delays and of 3 at most" in printed(known)


def test_it_is_drawn():
    figure = Figure(layout="constrained")
    memory.draw(result(), figure)
    left, right = figure.axes
    labels = [str(line.get_label()) for line in left.lines]
    assert [label for label in labels if "nu_W =" in label] == [
        f"networks, nu_W = {nu:g}" for nu in (0.1, 0.3, 0.6, 1.2, 1.5)
    ]
    assert right.get_xlabel()
    explained = [text.get_text() for text in right.get_legend().get_texts()]
    assert {
        "peak lag of nu_W",
        "memory length of nu_W",
        "between peak lag and memory length",
    } <= set(explained)
