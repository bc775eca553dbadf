r"""Gradient descent, gradient flow and their limit in closed form: any number of steps at once.

A model whose impulse response is linear in its parameters, ``L = L^0 + R (theta - theta^0)``, has a loss
that is quadratic in them.  With X the lagged inputs (:mod:`numeric.task`), ``A = X R = U diag(s) V'`` and the
residual ``r^0 = X L^0 - Y``, the Hessian is ``H = A'A``, and gradient descent from theta^0 is

    theta^k - theta^0 = (I - (I - eta H)^k)(theta* - theta^0) = -V diag((1 - (1 - eta s^2)^k) / s) U' r^0:

each direction learns its own share (:mod:`numeric.learned`), fast where s is large.  Two models are of this
kind:

* the convolution with lag weights w, ``L_j = sqrt(w_j) theta_j``: the scaled convolution, equivalent to the
  wide network, for ``w = rho``, the ordinary one for ``w = 1``;
* a network linearised at its start, where ``R R' = Theta`` is its lag kernel.  It follows the network of
  width n to O(1/n), the scaled convolution to O(n^{-1/2}) only: the kernel fluctuates by O(n^{-1/2}) from
  one start to another, but moves by far less in training (by O(1/n), as measured).

The singular value decomposition of A is that of H without squaring the condition number.  Directions with
``s <= 10 eps s_max max(A.shape)`` are beyond float64's reach, and are left as they start.  Where X is applied
by FFT (:class:`numeric.Task` says when), the decomposition is that of Golub and Kahan (1965) from r^0,
orthogonalised in full: exact after k of its steps for k of gradient descent's, as a rule long before.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float, Int

from derivations import training_forms
from numeric.arguments import Array, Count, Number, at_least, finite_array, finite_number, refuse_mask
from numeric.lagged import LaggedInputs, flat
from numeric.learned import by_descent, by_flow
from numeric.task import GivenTask, Task, given_task

__all__ = [
    "Counts",
    "Descent",
    "convolution_descent",
    "counts",
    "lag_weighting",
    "linearised_descent",
    "step_size",
]

_GREATEST = 1e150
"""Of s_max, whose square must be a float64."""
_MOST_STEPS = 10**300
_KRYLOV = 200
"""Directions kept where X is applied by FFT."""
_RESOLVED = 1e-9
"""The share of its last direction in what is learned below which the Krylov space suffices."""

Counts: TypeAlias = Count | Sequence[Count]


class Modes(NamedTuple):
    """A singular value decomposition as training sees it; a row for each output that is learned alone."""

    values: Float[np.ndarray, "rows modes"]
    """The singular values s of A."""
    amounts: Float[np.ndarray, "rows modes"]
    """``-U' r^0``."""
    vectors: Float[np.ndarray, "rows columns modes"]
    """V, once if all rows have the same."""
    ends: Float[np.ndarray, "rows modes"]
    """The share of the last Krylov vector in each of V; 0 for a complete decomposition."""


@dataclass(frozen=True, eq=False)
class Descent:
    """A model's training in closed form; made by the functions of this module.

    Attributes
    ----------
    initial
        L^0, shape (lags, n_y, n_x).
    greatest
        s_max.
    modes
        The decomposition of A.
    lift
        R: from what the parameters have learned to what the impulse response has.
    """

    initial: Float[np.ndarray, "lags n_y n_x"]
    greatest: float
    modes: Modes
    lift: Callable[[Float[np.ndarray, "rows columns"]], Float[np.ndarray, "lags n_y n_x"]]

    def __post_init__(self) -> None:
        if self.greatest and not 1 / _GREATEST <= self.greatest <= _GREATEST:
            raise OverflowError("weights times squared inputs leave the range of float64; scale either")

    @property
    def largest_step(self) -> float:
        """2 / lam_max, the largest stable step of gradient descent; infinite if there is nothing to learn."""
        return training_forms.largest_step(self.greatest**2) if self.greatest else np.inf

    @property
    def distance(self) -> float:
        """``|theta* - theta^0|`` for the nearest of the minimisers theta*."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            distance = math.hypot(*self._coordinates(np.ones_like(self.modes.values)).ravel())
        if not math.isfinite(distance):
            raise OverflowError("the nearest minimiser is beyond the range of float64")
        return distance

    def steps(self, steps: Counts, step: Number | None = None) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        """The impulse responses after so many steps of gradient descent, of size ``1 / lam_max`` by default.

        Raises
        ------
        ValueError
            If a number of steps is not an integer >= 0, or the step is not positive or larger than
            ``largest_step``.
        """
        eta = step_size(step, self.largest_step)
        numbers = counts("steps", steps)
        shares = (by_descent(self.modes.values**2, eta, k) for k in numbers)
        return self._responses(shares, np.asarray(steps, dtype=object).shape)

    def flow(self, times: Array) -> Float[np.ndarray, "*times lags n_y n_x"]:
        """The impulse responses at times of the gradient flow ``d theta / dt = -dJ/d theta``.

        Raises
        ------
        ValueError
            If a time is negative or not finite.
        """
        times = finite_array("times", times, None)
        if times.size and times.min() < 0:
            raise ValueError(f"times must be >= 0, got {times.min()}")
        shares = (by_flow(self.modes.values**2, float(time)) for time in times.ravel())
        return self._responses(shares, times.shape)

    def limit(self) -> Float[np.ndarray, "lags n_y n_x"]:
        """Where both end: of all minimisers of the loss the one nearest to the start in theta."""
        return self._responses([np.ones_like(self.modes.values)], ())

    def _coordinates(self, share: Float[np.ndarray, "rows modes"]) -> Float[np.ndarray, "rows modes"]:
        """What is learned along V, from the share of the way that is gone."""
        values, amounts, _, ends = self.modes
        coordinates: np.ndarray = amounts * np.divide(
            share, values, out=np.zeros_like(share), where=values > 0
        )
        last = np.abs(np.sum(ends * coordinates, axis=1)).max()
        if last > _RESOLVED * np.abs(coordinates).max():
            raise ValueError(
                f"{share.shape[1]} Krylov directions do not resolve so much training on so long inputs (the "
                f"last still holds {last:.1g}); take fewer steps, less time, fewer lags or shorter sequences"
            )
        return coordinates

    def _responses(
        self, shares: Iterable[Float[np.ndarray, "rows modes"]], shape: tuple[int, ...]
    ) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            coordinates = map(self._coordinates, shares)
            learned = [self.lift(np.einsum("gcm,gm->gc", self.modes.vectors, one)) for one in coordinates]
            responses: np.ndarray = self.initial + np.reshape(learned, (*shape, *self.initial.shape))
        if not np.isfinite(responses).all():
            raise OverflowError("the impulse response exceeds the range of float64; scale inputs or outputs")
        return responses


def convolution_descent(task: GivenTask, weights: Array, initial: Array | None = None) -> Descent:
    """The training of the convolution ``L_j = sqrt(weights_j) theta_j``, in closed form.

    Parameters
    ----------
    task : Task
        The data.
    weights : (lags,)
        The scale of each lag, >= 0: :func:`numeric.lag_weights` for the equivalent of the wide network, ones
        for the ordinary convolution.  A lag of weight 0 never moves.
    initial : (lags, n_y, n_x), optional
        The impulse response at the start; 0 by default.

    Raises
    ------
    ValueError
        On a wrong shape, a negative weight or a number that is not finite.

    Notes
    -----
    The decomposition costs what the task's X costs, see :class:`Task`; then each number of steps
    ``(lags n_x)^2 n_y``.

    Examples
    --------
    The weights decide what is learned first: here two lags explain the data equally well.

    >>> from numeric import Task, Variances, lag_weights
    >>> task = Task(inputs=np.ones((1, 2, 1)), outputs=[[[0], [1]]], lags=2, first=1)
    >>> trained = convolution_descent(task, lag_weights(Variances("0.2"), 2))
    >>> trained.steps([0, 1, 10], step=0.1).squeeze().round(3)
    array([[0.   , 0.   ],
           [0.2  , 0.14 ],
           [0.579, 0.405]])
    >>> print(round(trained.largest_step, 4), trained.limit().ravel().round(3))
    0.5882 [0.588 0.412]
    >>> convolution_descent(task, np.ones(2)).limit().ravel()
    array([0.5, 0.5])
    """
    task, rho = given_task(task), lag_weighting(task, weights)
    initial = initial_response(task, initial)
    scale = np.repeat(np.sqrt(rho), task.n_x)
    parts, greatest = [], 0.0
    for (outputs, X, _, _), residual in zip(task.reduced, _residuals(task, initial), strict=True):
        if isinstance(X, np.ndarray):
            modes, norm = _complete(X * scale, residual), 0.0
        else:
            modes, norm = _krylov(X, scale, residual), _spectral_norm(X, scale)
        parts.append((outputs, modes))
        greatest = max(greatest, norm, modes.values.max())
    modes = parts[0][1] if len(parts[0][0]) == task.n_y else _joined(parts, task.n_y)

    def lift(learned: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = scale * learned
        return scaled.reshape(task.n_y, task.lags, task.n_x).transpose(1, 0, 2)

    return Descent(initial, float(greatest), modes, lift)


def linearised_descent(task: GivenTask, theta: Array, initial: Array | None = None) -> Descent:
    """The training of the network that is linearised at its start, from its lag kernel, in closed form.

    Parameters
    ----------
    task : Task
        The data.
    theta : (lags, n_y, n_x, lags, n_y, n_x)
        A lag kernel: :func:`numeric.lag_kernel` of a network, or a draw of :func:`numeric.sample_lag_kernel`.
    initial : (lags, n_y, n_x), optional
        The impulse response at the start, :func:`numeric.impulse_response` of the same network.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite, or a theta that is not symmetric and positive
        semidefinite; if the task is too long for X to be formed.

    Notes
    -----
    Decompositions of matrices of ``lags n_y n_x`` columns.

    Examples
    --------
    At infinite width it is the scaled convolution.

    >>> from numeric import Task, Variances, lag_weights
    >>> rho = lag_weights(Variances("0.2"), 2)
    >>> task = Task(inputs=np.ones((1, 2, 1)), outputs=[[[0], [1]]], lags=2, first=1)
    >>> linearised_descent(task, np.diag(rho).reshape(2, 1, 1, 2, 1, 1)).limit().ravel().round(3)
    array([0.588, 0.412])
    """
    task, theta = given_task(task), finite_array("theta", theta, 6)
    shape = task.response_shape
    if theta.shape != shape * 2:
        raise ValueError(f"theta must have shape {shape * 2} as the task's responses, got {theta.shape}")
    initial = initial_response(task, initial)
    if not all(isinstance(equations.X, np.ndarray) for equations in task.reduced):
        raise ValueError("task: the sequences are too long for a linearised network; take fewer lags")
    matrix = theta.reshape(initial.size, initial.size)
    powers, vectors = np.linalg.eigh(matrix)
    tolerance = _negligible(np.abs(powers).max(), *matrix.shape)
    if np.abs(matrix - matrix.T).max() > tolerance or powers[0] < -tolerance:
        raise ValueError("theta must be symmetric and positive semidefinite, as lag kernels are")
    root = vectors * np.sqrt(np.where(powers > tolerance, powers, 0))
    by_output = root.reshape(*shape, -1)
    A = [
        np.tensordot(X.reshape(len(X), task.lags, -1), by_output[:, outputs], axes=((1, 2), (0, 2)))
        for outputs, X, _, _ in task.reduced
    ]
    modes = _complete(
        *(
            np.concatenate([part.reshape(-1, n) for part in parts])
            for parts, n in ((A, len(root)), (_residuals(task, initial), 1))
        )
    )
    return Descent(
        initial, float(modes.values.max()), modes, lambda learned: (root @ learned[0]).reshape(shape)
    )


def step_size(step: Number | None, largest: float) -> float:
    """The step as a float, half the largest stable one by default.

    Raises
    ------
    ValueError
        If it is not positive, or past stability; the message names the largest stable step.

    >>> step_size(0.3, 0.25)
    Traceback (most recent call last):
    ValueError: step must be at most 0.25, the largest stable one, got 0.3
    """
    if step is None:
        return largest / 2 if np.isfinite(largest) else 1.0
    eta = finite_number("step", step)
    if eta <= 0:
        raise ValueError(f"step must be > 0, got {step!r}")
    if eta > largest:
        raise ValueError(f"step must be at most {largest!r}, the largest stable one, got {step!r}")
    return eta


def initial_response(task: GivenTask, initial: Array | None) -> Float[np.ndarray, "lags n_y n_x"]:
    """The start, 0 by default; ValueError for a shape that is not the task's."""
    shape = given_task(task).response_shape
    if initial is None:
        return np.zeros(shape)
    response = finite_array("initial", initial, 3)
    if response.shape != shape:
        raise ValueError(
            f"initial must have shape {shape}, (lags, n_y, n_x) of the task, got {response.shape}"
        )
    return response


def lag_weighting(task: GivenTask, weights: Array) -> Float[np.ndarray, " lags"]:
    """The weights as an array; ValueError unless they are one >= 0 for each lag of the task."""
    task, array = given_task(task), finite_array("weights", weights, 1)
    if array.shape != (task.lags,):
        raise ValueError(f"weights must be {task.lags}, a number for each lag of the task, got {len(array)}")
    if array.min() < 0:
        raise ValueError(f"weights must be >= 0, got {array.min()}")
    return array


def counts(name: str, numbers: Counts) -> list[int]:
    """The integer or integers >= 0 as a list; ValueError, which calls them ``name``, otherwise."""
    refuse_mask(name, numbers)
    integers = [at_least(0, name, number) for number in np.ravel(np.asarray(numbers, dtype=object))]
    if integers and max(integers) > _MOST_STEPS:
        raise ValueError(f"{name} must be at most {float(_MOST_STEPS):g}")
    return integers


def _residuals(
    task: Task, initial: Float[np.ndarray, "lags n_y n_x"]
) -> list[Float[np.ndarray, "rows some"]]:
    """r^0, for each of the task's patterns of missing outputs."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        residuals = [X @ flat(initial[:, outputs]) - Y for outputs, X, Y, _ in task.reduced]
    if not all(np.isfinite(residual).all() for residual in residuals):
        raise OverflowError("initial: the outputs at the start exceed the range of float64")
    return residuals


def _negligible(greatest: float, *sizes: int) -> float:
    """What rounding may leave of the zeros in a decomposition, of matrices that a decomposition left."""
    return 10 * float(np.finfo(float).eps) * greatest * max(sizes)


def _complete(A: Float[np.ndarray, "outputs columns"], residual: Float[np.ndarray, "outputs rows"]) -> Modes:
    U, values, Vt = np.linalg.svd(A, full_matrices=False)
    values[values <= _negligible(values[0], *A.shape)] = 0
    with np.errstate(over="ignore", under="ignore"):
        amounts = -(U.T @ residual).T
    return Modes(np.broadcast_to(values, amounts.shape), amounts, Vt.T[None], np.zeros_like(amounts))


def _krylov(
    X: LaggedInputs, scale: Float[np.ndarray, " columns"], residual: Float[np.ndarray, "outputs rows"]
) -> Modes:
    return _stacked([_golub_kahan(X, scale, -column) for column in residual.T])


def _joined(parts: Sequence[tuple[Int[np.ndarray, "_"], Modes]], n_y: int) -> Modes:
    """The modes of all outputs, from those of some outputs each; outputs in none of them have none."""
    columns = parts[0][1].vectors.shape[1]
    each = [(np.zeros(1), np.zeros(1), np.zeros((columns, 1)), np.zeros(1))] * n_y
    for outputs, modes in parts:
        vectors = np.broadcast_to(modes.vectors, (len(outputs), *modes.vectors.shape[1:]))
        for row, output in enumerate(outputs):
            each[output] = (modes.values[row], modes.amounts[row], vectors[row], modes.ends[row])
    return _stacked(each)


def _stacked(each: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> Modes:
    """The modes of one output each as those of all, with zeros for what some have less."""
    most = max(values.size for values, *_ in each)

    def filled(parts: tuple[np.ndarray, ...]) -> np.ndarray:
        padded = [np.pad(part, (*[(0, 0)] * (part.ndim - 1), (0, most - part.shape[-1]))) for part in parts]
        return np.array(padded)

    return Modes(*map(filled, zip(*each, strict=True)))


def _golub_kahan(
    X: LaggedInputs, scale: Float[np.ndarray, " columns"], start: Float[np.ndarray, " outputs"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The parts of :class:`Modes` for one row, on the Krylov space of ``start``."""
    size = min(_KRYLOV, *X.shape)
    left, right = np.zeros((size + 1, len(start))), np.zeros((size, len(scale)))
    bidiagonal = np.zeros((size + 1, size))
    unit = np.abs(start).max() or 1.0
    left[0], norm = _unit(start / unit, left[:0])
    complete = size == X.shape[1]
    for k in range(size):
        right[k], bidiagonal[k, k] = _unit(scale * (X.T @ left[k]), right[:k])
        left[k + 1], bidiagonal[k + 1, k] = _unit(X @ (scale * right[k]), left[: k + 1])
        new_right, new_left = bidiagonal[k : k + 2, k] > _negligible(bidiagonal.max(), _KRYLOV)
        if not (new_right and new_left):  # where the last left vector vanishes its right one counts
            complete, size = True, k + int(new_right)
            break
    if size == 0:
        return np.zeros(1), np.zeros(1), np.zeros((len(scale), 1)), np.zeros(1)
    P, values, Qt = np.linalg.svd(bidiagonal[: size + 1, :size], full_matrices=False)
    values[values <= _negligible(values[0], _KRYLOV)] = 0
    return values, unit * norm * P[0], right[:size].T @ Qt.T, np.zeros(size) if complete else Qt[:, -1]


def _spectral_norm(X: LaggedInputs, scale: Float[np.ndarray, " columns"]) -> float:
    from scipy.sparse.linalg import LinearOperator, eigsh

    H = LinearOperator((len(scale),) * 2, matvec=lambda v: scale * (X.T @ (X @ (scale * v.ravel()))))
    start = np.random.default_rng(0).standard_normal(len(scale))  # any, but the same every time
    if not (H @ start).any():
        return 0.0
    return float(max(0, eigsh(H, k=1, v0=start, return_eigenvectors=False)[0]) ** 0.5)


def _unit(
    vector: Float[np.ndarray, " dimension"], basis: Float[np.ndarray, "k dimension"]
) -> tuple[Float[np.ndarray, " dimension"], float]:
    """What is new in the vector, of length 1, and how much that was."""
    for _ in range(2):  # once is not enough (Kahan and Parlett)
        vector = vector - basis.T @ (basis @ vector)
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector), length
