"""Networks of given matrices: decay, rates, and weights as frameworks keep them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import (
    Network,
    Rates,
    Task,
    from_weights,
    impulse_response,
    lag_kernel,
    largest_stable_step,
    network_descent,
    network_gradients,
    train_network,
)

RNG = np.random.default_rng(7)
N, N_X, N_Y, LAGS = 5, 2, 3, 4
W, F, C = RNG.normal(size=(N, N)), RNG.normal(size=(N, N_X)), RNG.normal(size=(N_Y, N))
RATES = Rates(transition="0.5", input=3, output=2)
TASK = Task(RNG.normal(size=(2, 5, N_X)), RNG.normal(size=(2, 5, N_Y)), lags=LAGS)


def response(W, F, C, decay):
    """L_j from its definition, for complex matrices too."""
    M = decay * np.eye(N) + W / N**0.5
    return np.array([C @ np.linalg.matrix_power(M, j) @ F / N**0.5 for j in range(LAGS)])


def jacobian(name, decay):
    """dL by the entries of one matrix, by complex steps: no difference is taken."""
    matrices = {"W": W, "F": F, "C": C}
    columns = []
    for index in np.ndindex(matrices[name].shape):
        moved = {key: matrix.astype(complex) for key, matrix in matrices.items()}
        moved[name][index] += 1e-30j
        columns.append(response(**moved, decay=decay).imag / 1e-30)
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("decay", [0.0, 0.9, -0.3])
@pytest.mark.parametrize("rates", [Rates(), RATES])
def test_the_lag_kernel_is_the_sum_of_products_of_derivatives_times_their_rates(decay, rates):
    network = Network(W, F, C, decay=decay, rates=rates)
    expected = 0
    for name, rate in (("W", rates.transition), ("F", rates.input), ("C", rates.output)):
        d = jacobian(name, decay)
        expected = expected + float(rate) * np.tensordot(d, d, axes=(3, 3))
    assert lag_kernel(network, LAGS) == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert impulse_response(network, LAGS) == pytest.approx(response(W, F, C, decay))


def test_either_route_of_the_lag_kernel_has_decay_and_rates():
    """Many lags of few units form derivatives, few lags of many units convolve Grams."""
    network = Network(W, F[:, :1], C[:1], decay=0.5, rates=RATES)
    many = lag_kernel(network, 20)
    assert many[:3, :, :, :3] == pytest.approx(lag_kernel(network, 3), rel=1e-12)


def test_three_matrices_are_a_network_without_decay_and_of_equal_rates():
    assert np.array_equal(lag_kernel(Network(W, F, C), LAGS), lag_kernel(W, F, C, LAGS))
    assert np.array_equal(lag_kernel(W=W, F=F, C=C, lags=LAGS), lag_kernel(W, F, C, LAGS))
    assert np.array_equal(impulse_response(Network(W, F, C), LAGS), impulse_response(W, F, C, LAGS))


def test_the_effective_transition():
    assert Network(W, F, C, decay="0.5").transition == pytest.approx(0.5 * np.eye(N) + W / N**0.5)


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_gradients_are_those_of_the_loss(decay):
    gradients = network_gradients(Network(W, F, C, decay=decay), TASK)
    slope = TASK.gradient(response(W, F, C, decay))
    for name in "WFC":
        expected = np.tensordot(slope, jacobian(name, decay), axes=3)
        assert getattr(gradients, name).ravel() == pytest.approx(expected, rel=1e-9)


def test_a_step_moves_each_matrix_at_its_rate():
    network = Network(W, F, C, decay=0.2, rates=RATES)
    step = largest_stable_step(network, TASK) / 4
    trained = train_network(network, TASK, steps=1, step=step)
    gradients = network_gradients(network, TASK)
    for name, rate in (("W", 0.5), ("F", 3), ("C", 2)):
        expected = getattr(network, name) - step * rate * getattr(gradients, name)
        assert getattr(trained, name) == pytest.approx(expected, rel=1e-12)
    assert (trained.decay, trained.rates) == (0.2, RATES)
    assert isinstance(trained, Network)


def test_a_frozen_network_stays_as_it_is():
    frozen = Network(W, F, C, rates=Rates(0, 0, 1))
    trained = train_network(frozen, TASK, steps=3, step=1e-3)
    assert np.array_equal(trained.W, W)
    assert np.array_equal(trained.F, F)
    assert not np.array_equal(trained.C, C)


def test_training_a_framework_s_weights_is_gradient_descent_on_them():
    """The same numbers as updating W_std, F_std and C_std by their own gradients."""
    W_std, F_std, C_std = W / N**0.5, F, C / N**0.5
    network = from_weights(W_std, F_std, C_std)
    step = largest_stable_step(network, TASK) / 4
    gradients = network_gradients(network, TASK)
    after = train_network(network, TASK, steps=1, step=step)
    assert pytest.approx(W_std - step * N**0.5 * gradients.W) == after.W / N**0.5
    assert pytest.approx(F_std - step * gradients.F) == after.F
    assert pytest.approx(C_std - step * N**0.5 * gradients.C) == after.C / N**0.5


def test_parametrisations_differ_by_the_rates_alone():
    standard = from_weights(W / N**0.5, F, C / N**0.5)
    ntk = from_weights(W, F, C, parametrisation="ntk")
    assert impulse_response(standard, LAGS) == pytest.approx(impulse_response(ntk, LAGS))
    assert (standard.rates, ntk.rates) == (Rates(N, 1, N), Rates())


def test_single_precision_stays_single():
    single = [matrix.astype(np.float32) for matrix in (W, F, C)]
    assert from_weights(*single).W.dtype == np.float32
    assert next(network_descent(Network(*single), TASK)).response.dtype == np.float32
    assert lag_kernel(Network(*single), 2).dtype == np.float64


class Tensor:
    """What a framework hands out: no ndarray, but it can become one."""

    def __init__(self, values, trouble=None):
        self.values, self.trouble = values, trouble

    def __array__(self, dtype=None, copy=None):
        if self.trouble:
            raise RuntimeError(self.trouble)
        return np.asarray(self.values, dtype)


def test_weights_are_whatever_has_an_array():
    network = from_weights(Tensor(W), Tensor(F), Tensor(C), parametrisation="ntk")
    assert np.array_equal(network.W, W)
    with pytest.raises(ValueError, match=r"^F must be readable as an array: call detach"):
        from_weights(W, Tensor(F, "call detach() first"), C)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"W": W[:3]}, r"W must be square, \(n, n\) with n >= 1, got \(3, 5\)"),
        ({"F": F[:3]}, r"F must have shape \(n, n_x\)"),
        ({"C": C.T}, r"C must have shape \(n_y, n\)"),
        ({"W": W * np.nan}, "W must"),
        ({"decay": np.inf}, "decay must be"),
        ({"rates": 0.5}, "rates must be a Rates"),
    ],
)
def test_what_is_no_network_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        Network(**({"W": W, "F": F, "C": C} | given))


def test_a_parametrisation_is_named():
    with pytest.raises(ValueError, match=r"parametrisation must be .standard. or .ntk., got .mup."):
        from_weights(W, F, C, parametrisation="mup")


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_weights_of_a_framework_are_converted_as_the_docstring_says(n, seed):
    rng = np.random.default_rng(seed)
    W_std, F_std, C_std = (rng.uniform(-(n**-0.5), n**-0.5, shape) for shape in ((n, n), (n, 2), (3, n)))
    network = n**0.5 * W_std, F_std, n**0.5 * C_std
    powers = [np.linalg.matrix_power(W_std, j) for j in range(4)]
    assert impulse_response(*network, 4) == pytest.approx(
        np.array([C_std @ power @ F_std for power in powers]), abs=1e-14
    )
    # the framework's kernel, n I (x) Q + P (x) I + n P * Q, from derivatives with respect to its weights
    outer = [
        sum(np.einsum("pi,jx->pxij", C_std @ powers[a], powers[j - 1 - a] @ F_std) for a in range(j))
        for j in range(4)
    ]
    shares = [np.zeros((4, 3, 2, 4, 3, 2)) for _ in range(3)]
    for i, j in itertools.product(range(4), repeat=2):
        by_C = np.einsum("nx,ny->xy", powers[i] @ F_std, powers[j] @ F_std)
        by_F = np.einsum("pn,qn->pq", C_std @ powers[i], C_std @ powers[j])
        shares[0][i, :, :, j] = np.einsum("pq,xy->pxqy", np.eye(3), by_C)
        shares[1][i, :, :, j] = np.einsum("pq,xy->pxqy", by_F, np.eye(2))
        if i and j:
            shares[2][i, :, :, j] = np.einsum("pxij,qyij->pxqy", outer[i], outer[j])
    assert lag_kernel(*network, 4) == pytest.approx(shares[0] / n + shares[1] + shares[2] / n, abs=1e-12)
