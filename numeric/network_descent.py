r"""The finite-width network trained by gradient descent, through its impulse response.

The loss sees the network only through ``L_j = n^{-1/2} V_j F``, where ``V_a = n^{-a/2} C W^a``.  So with
``G_j = dJ/dL_j`` the chain rule needs one more chain, the adjoint's,

    B_a = F G_a' + n^{-1/2} W B_{a+1},    B_T = 0    (n x n_y),

and the gradients are sums of thin products,

    dJ/dC = n^{-1/2} B_0',    dJ/dF = n^{-1/2} sum_j V_j' G_j,    dJ/dW = n^{-1} sum_a V_a' B_{a+1}',

the last of rank (T - 1) n_y at most (statement ``low-rank-gradients``).  A step is 2 (T - 1) products of W
with n_y vectors and an update of low rank, ``O(T n^2 n_y)`` whatever the number of sequences N, where
unrolled back-propagation takes ``O(N T n^2)``.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from numeric.arguments import Array, Number, refuse_too_large, shown
from numeric.descent import Counts, counts, linearised_descent, step_size
from numeric.finite_width import lag_kernel, network_matrices
from numeric.task import GivenTask, Task, given_task, reduced_gradient

__all__ = [
    "Gradients",
    "Network",
    "TrainedNetwork",
    "largest_stable_step",
    "network_descent",
    "network_gradients",
    "train_network",
]

_MOST_STEPS = 10**9
_MOST_LAG_KERNEL = 2**40
"""Multiplications that the lag kernel may take, for the largest stable step."""
_ROWS = 24
"""Rows of W that are updated at once, in the processor's cache."""


class Network(NamedTuple):
    """A network in training.  Its arrays are changed by the next step: copy what is to be kept."""

    W: Float[np.ndarray, "n n"]
    F: Float[np.ndarray, "n n_x"]
    C: Float[np.ndarray, "n_y n"]
    response: Float[np.ndarray, "lags n_y n_x"]


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """The network after the last of the steps asked for, and the impulse responses after each of them."""

    W: Float[np.ndarray, "n n"]
    F: Float[np.ndarray, "n n_x"]
    C: Float[np.ndarray, "n_y n"]
    responses: Float[np.ndarray, "*counts lags n_y n_x"]


class Gradients(NamedTuple):
    """dJ/dW, dJ/dF and dJ/dC."""

    W: Float[np.ndarray, "n n"]
    F: Float[np.ndarray, "n n_x"]
    C: Float[np.ndarray, "n_y n"]


def network_gradients(W: Array, F: Array, C: Array, task: GivenTask) -> Gradients:
    """The gradients of the task's loss with respect to the raw N(0, nu) matrices of a network.

    Parameters
    ----------
    W, F, C : (n, n), (n, n_x), (n_y, n)
        The network; float32 if all three are, float64 otherwise.  A framework's weights are to be passed as
        ``n**0.5 * W_std``, ``F_std`` and ``n**0.5 * C_std``; the gradients with respect to W_std and C_std
        are ``n**0.5`` times those with respect to W and C, that to F_std is the same.
    task : Task
        The data.

    Raises
    ------
    ValueError
        On a wrong shape or a number that is not finite.
    OverflowError
        When a gradient leaves the range of floating-point numbers.

    Examples
    --------
    A network of one unit whose output ``C F x_0`` should be 0, after x_0 = 1: J = (C F)^2 / 2.

    >>> task = Task(inputs=[[[1]]], outputs=[[[0]]])
    >>> gradients = network_gradients([[5.0]], [[2.0]], [[3.0]], task)
    >>> [float(gradient.squeeze()) for gradient in gradients]
    [0.0, 18.0, 12.0]
    """
    task = given_task(task)
    W, F, C = _matrices(W, F, C, task)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        left, right, d_F, d_C, _ = _step(W, F, C, task)
        gradients = Gradients(left.T @ right / len(W), d_F, d_C)
    if not all(np.isfinite(gradient).all() for gradient in gradients):
        raise OverflowError(f"the gradients exceed the range of {W.dtype}; scale W, F, C or the task")
    return gradients


def network_descent(
    W: Array, F: Array, C: Array, task: GivenTask, *, step: Number | None = None
) -> Iterator[Network]:
    """The network after 0, 1, 2, ... steps of gradient descent, without end.

    Parameters
    ----------
    W, F, C : (n, n), (n, n_x), (n_y, n)
        The raw N(0, nu) matrices at the start, left unchanged.  All float32: computed in float32, else in
        float64.  A framework's weights are to be passed as ``n**0.5 * W_std``, ``F_std`` and
        ``n**0.5 * C_std``, and come back so.
    task : Task
        The data.
    step : number, optional
        The step; by default half of what is stable at the start.  It is the step ``step / n`` for a
        framework's W_std and C_std, and ``step`` for F_std.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite, or a step past stability at the start; the message
        names the largest stable one, 2 / lam_max of the network's own kernel.
    OverflowError
        If the training leaves the range of floating-point numbers all the same, because the kernel has grown.

    Examples
    --------
    >>> from itertools import islice
    >>> rng = np.random.default_rng(0)
    >>> network = rng.normal(size=(50, 50)), rng.normal(size=(50, 1)), rng.normal(size=(1, 50))
    >>> task = Task(inputs=[[[1], [0]]], outputs=[[[0], [1]]])
    >>> training = network_descent(*network, task)
    >>> [round(float(task.loss(now.response)), 3) for now in islice(training, 4)]
    [1.373, 0.001, 0.0, 0.0]
    """
    task = given_task(task)
    W, F, C = _matrices(W, F, C, task)
    largest = largest_stable_step(W, F, C, task)
    return _descend(W.copy(), F.copy(), C.copy(), task, step_size(step, largest), largest)


def _descend(
    W: np.ndarray, F: np.ndarray, C: np.ndarray, task: Task, eta: float, largest: float
) -> Iterator[Network]:
    with np.errstate(over="ignore", under="ignore"):
        eta_ = W.dtype.type(eta)  # Python's own float would do in NumPy 2, not before
        eta_n = W.dtype.type(eta / len(W))
    if not np.finfo(W.dtype).tiny <= min(eta_, eta_n) <= eta_ < np.inf:
        raise OverflowError(f"the step {eta:g} is beyond the range of {W.dtype}; scale the task or W, F, C")
    for k in count():
        try:
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                left, right, d_F, d_C, response = _step(W, F, C, task)
        except OverflowError:
            if k == 0:
                raise
            raise OverflowError(
                f"the training diverged with step {eta:g}: the kernel has grown since the start, when the "
                f"largest stable step was {largest:g}; take a smaller one"
            ) from None
        yield Network(W, F, C, response)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            left *= eta_n
            for start in range(0, len(W), _ROWS):  # SciPy's gemm needs none; its threads fight NumPy's
                rows = slice(start, start + _ROWS)
                W[rows] -= left[:, rows].T @ right
            F -= eta_ * d_F
            C -= eta_ * d_C


def train_network(
    W: Array, F: Array, C: Array, task: GivenTask, *, steps: Counts, step: Number | None = None
) -> TrainedNetwork:
    """Train the network by gradient descent; see :func:`network_descent`.

    Parameters
    ----------
    W, F, C, task, step
        As there, a framework's weights as ``n**0.5 * W_std``, ``F_std`` and ``n**0.5 * C_std``.
    steps : int or sequence of int
        After how many steps, in any order, the impulse response is wanted: at most 10^5 numbers, each at
        most 10^9.

    Returns
    -------
    TrainedNetwork
        The matrices after the last step, and ``responses``, shape (..., lags, n_y, n_x), as
        :meth:`Descent.steps` gives them for the equivalent convolution.

    Examples
    --------
    >>> from numeric import Variances, convolution_descent, lag_weights
    >>> n, rng = 1000, np.random.default_rng(0)
    >>> W, F, C = rng.normal(0, 0.3**0.5, (n, n)), rng.normal(size=(n, 1)), rng.normal(size=(1, n))
    >>> task = Task(inputs=[[[1], [2], [0]]], outputs=[[[0], [1], [1]]])
    >>> start, trained = train_network(W, F, C, task, steps=[0, 100], step=0.02).responses
    >>> (trained - start).ravel().round(2)
    array([0.3 , 0.73, 0.07])
    >>> convolution = convolution_descent(task, lag_weights(Variances("0.3"), 3), start)
    >>> (convolution.steps(100, step=0.02) - start).ravel().round(2)
    array([0.3 , 0.73, 0.08])
    """
    numbers = counts("steps", steps)
    if not numbers:
        raise ValueError("steps must name at least one number of steps")
    if max(numbers) > _MOST_STEPS:
        given = shown(max(numbers))
        raise ValueError(f"steps must be at most {_MOST_STEPS:g}, one after the other, got {given}")
    size = 16 * len(numbers) * math.prod(given_task(task).response_shape)
    refuse_too_large("steps: the impulse responses", size, "ask for fewer at a time")
    wanted, last, found = set(numbers), max(numbers), {}
    for k, network in enumerate(network_descent(W, F, C, task, step=step)):
        if k in wanted:
            found[k] = network.response
        if k == last:
            break
    shape = np.asarray(steps, dtype=object).shape
    responses = np.reshape([found[k] for k in numbers], (*shape, *network.response.shape))
    return TrainedNetwork(network.W, network.F, network.C, responses)


def largest_stable_step(W: Array, F: Array, C: Array, task: GivenTask) -> float:
    """2 / lam_max of the network's own kernel on the task: the largest stable step at the start.

    W, F and C are those of :func:`network_descent`, a framework's weights as ``n**0.5 * W_std``, ``F_std``
    and ``n**0.5 * C_std``.  It takes the lag kernel, ``O(T n^2 (n_x + n_y))``, and decompositions of
    ``lags n_x n_y`` columns.
    """
    task = given_task(task)
    matrices = _matrices(W, F, C, task)
    if task.lags**4 * (task.n_x * task.n_y) ** 2 > _MOST_LAG_KERNEL:
        most = int((_MOST_LAG_KERNEL**0.5 / (task.n_x * task.n_y)) ** 0.5)
        raise ValueError(
            f"task: lags must be at most {most} for the lag kernel of a network, got {task.lags}; "
            "pass Task(..., lags=)"
        )
    theta = lag_kernel(*matrices, task.lags)
    return linearised_descent(task, theta).largest_step


def _step(
    W: np.ndarray, F: np.ndarray, C: np.ndarray, task: Task
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The thin factors of n dJ/dW = left' right, dJ/dF, dJ/dC, and the impulse response they belong to."""
    scale = W.dtype.type(len(W) ** -0.5)
    lags, n_y, n_x = task.response_shape
    V = np.empty((lags, *C.shape), W.dtype)
    V[0] = C
    for a in range(1, lags):
        V[a] = scale * (V[a - 1] @ W)
    response = scale * (V @ F)
    if not np.isfinite(response).all():
        raise OverflowError(f"the impulse response exceeds the range of {W.dtype}; scale W, F or C")
    G = reduced_gradient(task, np.asarray(response, float)).astype(W.dtype)
    if not np.isfinite(G).all():
        raise OverflowError(f"the loss's gradient exceeds the range of {W.dtype}; scale the task")
    B = G @ F.T  # B_a' in row a
    for a in range(lags - 2, -1, -1):
        B[a] += scale * (B[a + 1] @ W.T)
    d_F = scale * (V.reshape(lags * n_y, -1).T @ G.reshape(lags * n_y, n_x))
    left, right = V[:-1].reshape(-1, len(W)), B[1:].reshape(-1, len(W))
    return left, right, d_F, scale * B[0], response


def _matrices(W: Array, F: Array, C: Array, task: Task) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    single = all(getattr(matrix, "dtype", None) == np.float32 for matrix in (W, F, C))
    W, F, C, _ = network_matrices(W, F, C, task.lags)
    if (F.shape[1], C.shape[0]) != (task.n_x, task.n_y):
        raise ValueError(
            f"F and C must have n_x = {task.n_x} columns and n_y = {task.n_y} rows as the task, "
            f"got shapes {F.shape} and {C.shape}"
        )
    kind = np.float32 if single else np.float64
    return W.astype(kind, copy=False), F.astype(kind, copy=False), C.astype(kind, copy=False)
