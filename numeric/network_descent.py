r"""The finite-width network trained by gradient descent, through its impulse response.

The loss sees the network only through ``L_j = n^{-1/2} V_j F``, where ``V_a = n^{-a/2} C W^a``.  So with
``G_j = dJ/dL_j`` the chain rule needs one more chain, the adjoint's,

    B_a = F G_a' + n^{-1/2} W B_{a+1},    B_T = 0    (n x n_y),

and the gradients are sums of thin products,

    dJ/dC = n^{-1/2} B_0',    dJ/dF = n^{-1/2} sum_j V_j' G_j,    dJ/dW = n^{-1} sum_a V_a' B_{a+1}',

the last of rank (T - 1) n_y at most (statement ``low-rank-gradients``).  A step is 2 (T - 1) products of W
with n_y vectors and an update of low rank, ``O(T n^2 n_y)`` whatever the number of sequences N, where
unrolled back-propagation takes ``O(N T n^2)``.

With a decay the chains have ``M = decay I + n^{-1/2} W`` in the place of n^{-1/2} W, and the gradients stay
as they are, as dM is n^{-1/2} dW.  Rates multiply the steps of W, F and C.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from numeric.arguments import Number, refuse_too_large, shown
from numeric.descent import Counts, counts, step_size
from numeric.finite_width import lag_kernel
from numeric.linear_models import linearised_descent
from numeric.network import Network, or_matrices
from numeric.task import GivenTask, Task, given_task, reduced_gradient

__all__ = [
    "Gradients",
    "NetworkInTraining",
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


@dataclass(frozen=True, eq=False, init=False)
class NetworkInTraining(Network):
    """A network and its impulse response; the next step changes its arrays: copy what is to be kept."""

    response: Float[np.ndarray, "lags n_y n_x"]

    def __init__(self, network: Network, response: Float[np.ndarray, "lags n_y n_x"]) -> None:
        self.__dict__.update(network.__dict__, response=response)

    def __iter__(self) -> Iterator[np.ndarray]:
        """To be unpacked: W, F, C, response."""
        return iter((self.W, self.F, self.C, self.response))


@dataclass(frozen=True, eq=False, init=False)
class TrainedNetwork(Network):
    """The network after the last of the steps asked for, and the impulse responses after each of them."""

    responses: Float[np.ndarray, "*counts lags n_y n_x"]

    def __init__(self, network: Network, responses: Float[np.ndarray, "*counts lags n_y n_x"]) -> None:
        self.__dict__.update(network.__dict__, responses=responses)


class Gradients(NamedTuple):
    """dJ/dW, dJ/dF and dJ/dC."""

    W: Float[np.ndarray, "n n"]
    F: Float[np.ndarray, "n n_x"]
    C: Float[np.ndarray, "n_y n"]


@or_matrices
def network_gradients(network: Network, task: GivenTask) -> Gradients:
    """The gradients of the task's loss with respect to the raw N(0, nu) matrices of a network.

    Parameters
    ----------
    W, F, C : (n, n), (n, n_x), (n_y, n), or a Network
        The network; float32 if all three are, float64 otherwise.  Of a framework's weights pass
        ``from_weights(W_std, F_std, C_std)``; the gradients with respect to W_std and C_std are ``n**0.5``
        times those with respect to W and C, that to F_std is the same.
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
    network = _fitting(network, task)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        left, right, d_F, d_C, _ = _step(network, task)
        gradients = Gradients(left.T @ right / network.width, d_F, d_C)
    if not all(np.isfinite(gradient).all() for gradient in gradients):
        raise OverflowError(f"the gradients exceed the range of {network.W.dtype}; scale W, F, C or the task")
    return gradients


@or_matrices
def network_descent(
    network: Network,
    task: GivenTask,
    *,
    step: Number | None = None,
) -> Iterator[NetworkInTraining]:
    """The network after 0, 1, 2, ... steps of gradient descent, without end.

    Parameters
    ----------
    W, F, C : (n, n), (n, n_x), (n_y, n), or a Network
        The raw N(0, nu) matrices at the start, left unchanged.  All float32: computed in float32, else in
        float64.  A :class:`Network` brings its decay, and the rates that multiply the step of each matrix.
    task : Task
        The data.
    step : number, optional
        The step; by default half of what is stable at the start.  For ``from_weights(W_std, F_std, C_std)``
        it is the step of the framework; for ``n**0.5 * W_std``, ``F_std``, ``n**0.5 * C_std`` at equal rates
        it is the step ``step / n`` for W_std and C_std, and ``step`` for F_std.

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
    network = _fitting(network, task)
    largest = largest_stable_step(network, task)
    start = (matrix.copy() for matrix in (network.W, network.F, network.C))
    copied = Network(*start, decay=network.decay, rates=network.rates)
    return _descend(copied, task, step_size(step, largest), largest)


def _descend(network: Network, task: Task, eta: float, largest: float) -> Iterator[NetworkInTraining]:
    W, F, C, rates = network.W, network.F, network.C, network.rates
    with np.errstate(over="ignore", under="ignore"):
        # Python's own float would do in NumPy 2, not before
        eta_W = W.dtype.type(eta * float(rates.transition) / len(W))
        eta_F, eta_C = (W.dtype.type(eta * float(rate)) for rate in (rates.input, rates.output))
    moving = [part for part in (eta_W, eta_F, eta_C) if part] or [W.dtype.type(eta)]
    if not np.finfo(W.dtype).tiny <= min(moving) <= max(moving) < np.inf:
        raise OverflowError(f"the step {eta:g} is beyond the range of {W.dtype}; scale the task or W, F, C")
    for k in count():
        try:
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                left, right, d_F, d_C, response = _step(network, task)
        except OverflowError:
            if k == 0:
                raise
            raise OverflowError(
                f"the training diverged with step {eta:g}: the kernel has grown since the start, when the "
                f"largest stable step was {largest:g}; take a smaller one"
            ) from None
        yield NetworkInTraining(network, response)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            left *= eta_W
            for start in range(0, len(W), _ROWS):  # SciPy's gemm needs none; its threads fight NumPy's
                rows = slice(start, start + _ROWS)
                W[rows] -= left[:, rows].T @ right
            F -= eta_F * d_F
            C -= eta_C * d_C


@or_matrices
def train_network(
    network: Network,
    task: GivenTask,
    *,
    steps: Counts,
    step: Number | None = None,
) -> TrainedNetwork:
    """Train the network by gradient descent; see :func:`network_descent`.

    Parameters
    ----------
    W, F, C, task, step
        As there.
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
    task, numbers = given_task(task), counts("steps", steps)
    if not numbers:
        raise ValueError("steps must name at least one number of steps")
    if max(numbers) > _MOST_STEPS:
        given = shown(max(numbers))
        raise ValueError(f"steps must be at most {_MOST_STEPS:g}, one after the other, got {given}")
    size = 16 * len(numbers) * math.prod(task.response_shape)
    refuse_too_large("steps: the impulse responses", size, "ask for fewer at a time")
    wanted, last, found = set(numbers), max(numbers), {}
    for k, now in enumerate(network_descent(network, task, step=step)):
        if k in wanted:
            found[k] = now.response
        if k == last:
            break
    shape = np.asarray(steps, dtype=object).shape
    responses = np.reshape([found[k] for k in numbers], (*shape, *now.response.shape))
    return TrainedNetwork(now, responses)


@or_matrices
def largest_stable_step(network: Network, task: GivenTask) -> float:
    """2 / lam_max of the network's own kernel on the task: the largest stable step at the start.

    W, F and C, or a Network, are those of :func:`network_descent`.  It takes the lag kernel, ``O(T n^2
    (n_x + n_y))``, and decompositions of ``lags n_x n_y`` columns.
    """
    task = given_task(task)
    network = _fitting(network, task)
    if task.lags**4 * (task.n_x * task.n_y) ** 2 > _MOST_LAG_KERNEL:
        most = int((_MOST_LAG_KERNEL**0.5 / (task.n_x * task.n_y)) ** 0.5)
        raise ValueError(
            f"task: lags must be at most {most} for the lag kernel of a network, got {task.lags}; "
            "pass Task(..., lags=)"
        )
    theta = lag_kernel(network, task.lags)
    return linearised_descent(task, theta).largest_step


def _step(network: Network, task: Task) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The thin factors of n dJ/dW = left' right, dJ/dF, dJ/dC, and the impulse response they belong to."""
    W, F, C = network.W, network.F, network.C
    scale, decay = W.dtype.type(len(W) ** -0.5), W.dtype.type(network.decay)
    lags, n_y, n_x = task.response_shape
    V = np.empty((lags, *C.shape), W.dtype)
    V[0] = C
    for a in range(1, lags):
        V[a] = scale * (V[a - 1] @ W)
        if decay:
            V[a] += decay * V[a - 1]
    response = scale * (V @ F)
    if not np.isfinite(response).all():
        raise OverflowError(f"the impulse response exceeds the range of {W.dtype}; scale W, F or C")
    G = reduced_gradient(task, np.asarray(response, float)).astype(W.dtype)
    if not np.isfinite(G).all():
        raise OverflowError(f"the loss's gradient exceeds the range of {W.dtype}; scale the task")
    B = G @ F.T  # B_a' in row a
    for a in range(lags - 2, -1, -1):
        B[a] += scale * (B[a + 1] @ W.T)
        if decay:
            B[a] += decay * B[a + 1]
    d_F = scale * (V.reshape(lags * n_y, -1).T @ G.reshape(lags * n_y, n_x))
    left, right = V[:-1].reshape(-1, len(W)), B[1:].reshape(-1, len(W))
    return left, right, d_F, scale * B[0], response


def _fitting(network: Network, task: Task) -> Network:
    """The network, if it fits the task."""
    n_x, n_y = network.F.shape[1], len(network.C)
    if (n_x, n_y) != (task.n_x, task.n_y):
        raise ValueError(
            f"F and C must have n_x = {task.n_x} columns and n_y = {task.n_y} rows as the task, "
            f"got shapes {network.F.shape} and {network.C.shape}"
        )
    size = 8 * task.lags * network.width * min(n_x, n_y)
    refuse_too_large("lags: the chain of W", size, "take fewer lags")
    return network
