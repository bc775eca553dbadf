"""The network that learns, and the step that it shares with its equivalent convolution."""

import numpy as np
from jaxtyping import Float

from numeric import Task, Variances, convolution_descent, impulse_response, lag_weights, largest_stable_step
from verify import networks

__all__ = ["LEARNERS", "Matrices", "Response", "common_step", "initial_response", "student"]

LEARNERS = ("network", "scaled", "unscaled")
"""The models that learn from one start: the network, the scaled and the ordinary convolution."""
Matrices = tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n_x"], Float[np.ndarray, "n_y n"]]
Response = Float[np.ndarray, "lags n_y n_x"]


def student(
    rng: np.random.Generator, width: int, variances: Variances, n_x: int = 1, n_y: int = 1
) -> Matrices:
    """A network at its start, in single precision: it trains in half the time."""
    W, F, C = networks.draw(rng, width, variances, n_x, n_y)
    return W.astype(np.float32), F.astype(np.float32), C.astype(np.float32)


def initial_response(network: Matrices, lags: int) -> Response:
    """The impulse response that network and convolutions start from."""
    response: np.ndarray = impulse_response(*network, lags).astype(np.float64)
    return response


def common_step(network: Matrices, task: Task, variances: Variances) -> float:
    """Half of what is stable for the network at its start and for the scaled convolution."""
    rho = lag_weights(variances, task.lags)
    return min(convolution_descent(task, rho).largest_step, largest_stable_step(*network, task)) / 2
