"""Drawn networks of every kind in training, against the library's own and against their kernels."""

import numpy as np
import pytest

from numeric import (
    Biased,
    Diagonal,
    Leaky,
    Network,
    Orthogonal,
    Rates,
    Ring,
    Stack,
    Task,
    Variances,
    train_network,
)
from verify.drawn import draw_network, drawn_kernels
from verify.training import drawn_response, in_single_precision, train_drawn

WIDTH, LAGS = 30, 6
RATES = Rates(2, "0.5", 3)


@pytest.fixture
def task():
    x = np.random.default_rng(0).standard_normal((3, 20, 1))
    return Task(x, np.roll(x, 2, axis=1), lags=LAGS, first=LAGS - 1)


def drawn(model):
    return draw_network(model, np.random.default_rng(1), WIDTH, 1)


@pytest.mark.parametrize(
    "model", [Variances("0.5", 2, "0.7", rates=RATES), Leaky("0.5", "0.25", rates=RATES), Orthogonal("0.9")]
)
def test_one_dense_layer_is_trained_as_by_the_library(task, model):
    network, decay = drawn(model), float(getattr(model, "decay", 0))
    (layer,) = network.layers
    W = (layer.M - decay * np.eye(WIDTH)) * WIDTH**0.5
    of_library = Network(W, layer.F, network.C[None], decay=decay, rates=model.rates)
    expected = train_network(of_library, task, steps=range(5), step=1e-4).responses
    np.testing.assert_allclose(train_drawn(network, task, 4, 1e-4), expected, rtol=1e-9)
    assert abs(expected[-1] - expected[0]).max() > 0.01


@pytest.mark.parametrize(
    "model",
    [
        Diagonal(Ring("0.4", "0.99"), 2, rates=RATES),
        Diagonal([0.5 + 0.5j, 0.9, -0.5j]),
        Stack([Variances("0.5", 2), Leaky("0.5", "0.25", rates=RATES)]),
        Stack([Variances("0.5", 2), Diagonal(Ring("0.4", "0.99"), rates=RATES)]),
    ],
    ids=lambda model: model.name,
)
def test_the_first_step_goes_along_the_kernel(task, model):
    """``L^1 - L^0 = -eta Theta G`` but for eta^2, with the kernel by its own back-propagation."""
    eta = 1e-8
    start, moved = train_drawn(drawn(model), task, 1, eta)[..., 0, 0]
    theta, response = drawn_kernels(model, np.random.default_rng(1), WIDTH, np.eye(LAGS, 1))
    np.testing.assert_allclose(start, response, rtol=1e-12)
    G = task.gradient(start[:, None, None])[:, 0, 0]
    expected = -theta @ G
    np.testing.assert_allclose((moved - start) / eta, expected, atol=1e-4 * abs(expected).max())


def test_many_input_coordinates_are_impulses_of_their_own():
    x = np.random.default_rng(0).standard_normal((3, 20, 2))
    both = Task(x, x[..., :1], lags=LAGS)
    network = draw_network(Variances("0.5"), np.random.default_rng(1), WIDTH, 2)
    (layer,) = network.layers
    expected = train_network(
        layer.M * WIDTH**0.5, layer.F, network.C[None], both, steps=range(4), step=1e-3
    ).responses
    np.testing.assert_allclose(train_drawn(network, both, 3, 1e-3), expected, rtol=1e-9)


@pytest.mark.parametrize("model", [Variances("0.5"), Diagonal(Ring("0.4", "0.99"))], ids=lambda m: m.name)
def test_training_leaves_the_network_and_single_precision_is_near(task, model):
    network = drawn(model)
    before = drawn_response(network, LAGS)
    trained = train_drawn(network, task, 3, 1e-3)
    np.testing.assert_array_equal(drawn_response(network, LAGS), before)
    single = in_single_precision(network)
    assert {matrix.dtype.itemsize for matrix in (single.C, single.layers[0].M)} <= {4, 8}
    np.testing.assert_allclose(train_drawn(single, task, 3, 1e-3), trained, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("parts", [{"hidden": 0}, {"hidden": (1, 0)}, {"readout": (1, 0)}, {"initial": 0}])
def test_biases_and_initial_states_are_refused(task, parts):
    with pytest.raises(ValueError, match="it has biases or an initial state"):
        train_drawn(drawn(Biased(Variances("0.5"), **parts)), task, 1, 1e-3)


def test_a_step_past_stability_is_told(task):
    with pytest.raises(OverflowError, match=r"diverged with step 1; take a smaller"):
        train_drawn(drawn(Variances("0.5")), task, 9, 1.0)
