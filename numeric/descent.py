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
``s <= 10 eps s_max max(A.shape)``, delta for short, are beyond float64's reach, and are left as they start.

That loses something if such a direction is not null and r^0 has a part along it.  Let d be the part of r^0
beyond the directions kept: training would have changed the outputs by up to ``share(delta) |d|`` more, as s
is at most delta and shares grow with s.  The decomposition is that of ``A + E`` with |E| of the size of
delta, so that ``delta (|y| / s_max + |theta - theta^0|)`` of d is rounding, where |y| is the size of the
outputs; and a part of 1e-6 in them is tolerated.  More than the lesser of both is told
(:class:`numeric.PrecisionWarning`), if the directions kept are fewer than those that float64 sees when the
columns of X at lags of positive weight are scaled to length 1: then it is the weights that hide the rest.
What these columns do not show either, as the difference of 3x from its rounded value, counts as null.  Where
that decomposition would take long, and for a kernel, only what is hidden lag by lag is counted: a column of
A, or an entry on the diagonal of the kernel, that is not 0 but beyond float64's reach beside the greatest.

Where X is applied by FFT (:class:`numeric.Task` says when), the decomposition is that of Golub and Kahan
(1965) from r^0, orthogonalised in full: exact after k of its steps for k of gradient descent's, as a rule
long before.  It takes 200 directions, and where these do not resolve what is asked for,

* the lags that matter alone: where the weights fall, the columns A_2 of all lags from some lag on have
  ``|A_2|^2 <= n_x sum_j w_j |X_j|^2 <= (eps s_max)^2``, and A without A_2 is A up to a rounding error of its
  norm.  What remains is formed, if that takes a minute or so, and decomposed in full: lags n_x up to 4096;
* otherwise more directions, as many as take a minute or so.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from derivations import training_forms
from derivations.lazily import imported
from numeric.arguments import (
    MOST_COUNTS,
    Array,
    Count,
    Number,
    at_least,
    finite_array,
    finite_number,
    refuse_hidden,
    refuse_too_large,
)
from numeric.cached import cached_property
from numeric.certified import PrecisionWarning
from numeric.lagged import LaggedInputs, flat
from numeric.learned import by_descent, by_flow
from numeric.task import GivenTask, Task, energies_of, formed, given_task, worth_forming

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
"""Directions found at first where X is applied by FFT."""
_SOON = 2**33
"""Operations for a decomposition in full that is not put off: some seconds."""
_PATIENCE, _SURE = 2**38, 1024
"""Operations for more than these resolve, a minute or so; columns of an X that is then formed in any case."""
_RESOLVED = 1e-9
"""The share of its last direction in what is learned below which the Krylov space suffices."""
_TOLERATED = 1e-6
"""The part of the outputs that may be lost without a warning."""

Counts: TypeAlias = Count | Sequence[Count]


_Share: TypeAlias = Callable[[Float[np.ndarray, "rows modes"]], Float[np.ndarray, "rows modes"]]
"""The share of the way that is gone along each direction, from the singular values."""


class Modes(NamedTuple):
    """A singular value decomposition as training sees it; a row for each output that is learned alone."""

    values: Float[np.ndarray, "rows modes"]
    """The singular values s of A."""
    amounts: Float[np.ndarray, "rows modes"]
    """``-U' r^0``."""
    vectors: Float[np.ndarray, "rows columns modes"]
    """V, once if all rows have the same; the columns of A that are left out are at its end."""
    ends: Float[np.ndarray, "rows modes"]
    """The share of the last Krylov vector in each of V; 0 for a complete decomposition."""
    dropped: Float[np.ndarray, " rows"]
    """The length of what r^0 has beyond the directions with ``s > 0``."""
    least: Float[np.ndarray, " rows"]
    """The s up to which directions are dropped, and count as 0."""


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
    sizes
        The length of the outputs wanted and of those at the start, for each row of the modes.
    weak
        Tells of each row whether some of the directions dropped are not null.
    finer
        Gives a decomposition that resolves more, if there is one.
    """

    initial: Float[np.ndarray, "lags n_y n_x"]
    greatest: float
    modes: Modes
    lift: Callable[[Float[np.ndarray, "rows columns"]], Float[np.ndarray, "lags n_y n_x"]]
    sizes: Float[np.ndarray, " rows"]
    weak: Callable[[], Bool[np.ndarray, " rows"]]
    finer: Callable[[], Modes] | None = None

    def __post_init__(self) -> None:
        if self.greatest and not 1 / _GREATEST <= self.greatest <= _GREATEST:
            raise OverflowError("weights times squared inputs leave the range of float64; scale either")

    @property
    def largest_step(self) -> float:
        """2 / lam_max, the largest stable step of gradient descent; infinite if there is nothing to learn."""
        return training_forms.largest_step(self.greatest**2) if self.greatest else np.inf

    @property
    def distance(self) -> float:
        """``|theta* - theta^0|`` for the nearest of the minimisers theta*.

        Warns as :meth:`limit` does.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            _, coordinates, lost = self._learned(np.ones_like)
            distance = math.hypot(*coordinates.ravel())
        if not math.isfinite(distance):
            raise OverflowError("the nearest minimiser is beyond the range of float64")
        _tell_loss(lost)
        return distance

    def steps(self, steps: Counts, step: Number | None = None) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        """The impulse responses after so many steps of gradient descent, of size ``1 / lam_max`` by default.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.

        Raises
        ------
        ValueError
            If a number of steps is not an integer from 0 to 10^300, if there are more than 10^5 of
            them, or the step is not positive or larger than ``largest_step``.
        """
        eta = step_size(step, self.largest_step)
        numbers = counts("steps", steps)
        shares = [lambda s, k=k: by_descent(s**2, eta, k) for k in numbers]
        return self._responses(shares, np.asarray(steps, dtype=object).shape)

    def flow(self, times: Array) -> Float[np.ndarray, "*times lags n_y n_x"]:
        """The impulse responses at times of the gradient flow ``d theta / dt = -dJ/d theta``.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.

        Raises
        ------
        ValueError
            If a time is negative or not finite, or there are more than 10^5 of them.
        """
        times = finite_array("times", times, None)
        if times.size and times.min() < 0:
            raise ValueError(f"times must be >= 0, got {times.min()}")
        if times.size > MOST_COUNTS:
            raise ValueError(f"times must be at most {MOST_COUNTS} numbers, got {times.size}")
        shares = [lambda s, time=time: by_flow(s**2, float(time)) for time in times.ravel()]
        return self._responses(shares, times.shape)

    def limit(self) -> Float[np.ndarray, "lags n_y n_x"]:
        """Where both end: of all minimisers of the loss the one nearest to the start in theta.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.
        """
        return self._responses([np.ones_like], ())

    def _learned(self, share: _Share) -> tuple[Modes, Float[np.ndarray, "rows modes"], float]:
        """What is learned along V, by the first decomposition that resolves it, and the part that is lost."""
        for modes in self._decompositions():
            values, amounts, _, ends, *_ = modes
            shares = share(values)
            coordinates: np.ndarray = amounts * np.divide(
                shares, values, out=np.zeros_like(shares), where=values > 0
            )
            last = np.abs(np.sum(ends * coordinates, axis=1)).max()
            unresolved = last > _RESOLVED * np.abs(coordinates).max()
            if not unresolved:  # nor is what overflows, which is judged by the response
                return modes, coordinates, self._lost(modes, share, coordinates)
        raise ValueError(
            f"{values.shape[1]} Krylov directions do not resolve so much training on so long inputs (the "
            f"last still holds {last:.1g}); take fewer steps, less time, fewer lags (lags n_x = {_SURE} "
            f"always do for {_PATIENCE // _SURE**2} outputs) or shorter sequences"
        )

    def _lost(self, modes: Modes, share: _Share, coordinates: Float[np.ndarray, "rows modes"]) -> float:
        """The greatest part of the outputs of a row that is lost, 0 if it may be rounding or is tolerated."""
        missed = share(modes.least) * modes.dropped
        moved = np.linalg.norm(coordinates, axis=1)
        rounding = modes.least * (self.sizes / (self.greatest or 1.0) + moved)
        told = missed > np.fmin(_TOLERATED * self.sizes, rounding)
        if not told.any() or not (told := told & self._weak).any():
            return 0.0
        return float((missed[told] / self.sizes[told]).max())

    @cached_property
    def _weak(self) -> Bool[np.ndarray, " rows"]:
        return self.weak()

    def _decompositions(self) -> Iterator[Modes]:
        yield self.modes
        if self.finer is not None:
            yield self._finer

    @cached_property
    def _finer(self) -> Modes:
        assert self.finer is not None
        return self.finer()

    def _responses(
        self, shares: Sequence[_Share], shape: tuple[int, ...]
    ) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        size = 16 * math.prod((*shape, *self.initial.shape))
        refuse_too_large("steps or times: the impulse responses", size, "ask for fewer at a time")
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            learned: list[np.ndarray] = []
            lost = 0.0
            for share in shares:
                modes, one, missed = self._learned(share)
                learned.append(self.lift(np.einsum("gcm,gm->gc", modes.vectors, one)))
                lost = max(lost, missed)
            responses: np.ndarray = self.initial + np.reshape(learned, (*shape, *self.initial.shape))
        if not np.isfinite(responses).all():
            raise OverflowError("the impulse response exceeds the range of float64; scale inputs or outputs")
        _tell_loss(lost)
        return responses


def _tell_loss(lost: float) -> None:
    """A warning, where the caller of this module's caller is, if anything is lost."""
    if lost:
        warnings.warn(
            f"directions too weak for float64 hold up to {min(lost, 1):.0e} of the outputs, and are "
            "left as they start; kernel_regression(digits=) predicts with all of them",
            PrecisionWarning,
            stacklevel=4,
        )


def convolution_descent(task: GivenTask, weights: Array, initial: Array | None = None) -> Descent:
    """The training of the convolution ``L_j = sqrt(weights_j) theta_j``, in closed form.

    Parameters
    ----------
    task : Task
        The data.
    weights : (lags,)
        The scale of each lag, >= 0: :func:`numeric.lag_weights` for the equivalent of the wide network, ones
        for the ordinary convolution.  A lag of weight 0 never moves.  Where the limit is not diagonal there
        are none: :func:`linearised_descent` takes all of :func:`numeric.limit_kernel`.
    initial : (lags, n_y, n_x), optional
        The impulse response at the start; 0 by default.

    Raises
    ------
    ValueError
        On a wrong shape, a negative weight or a number that is not finite.

    Notes
    -----
    The decomposition is of the columns that matter alone, where the weights fall: some 5 s of one core for
    2048 of them, and ``outputs columns^2`` in proportion. What takes longer than 2048^3 is put off, as is X
    applied by FFT, until 200 Krylov directions do not resolve what is asked for. Each number of steps then
    costs ``(lags n_x)^2 n_y``. Training that 200 Krylov directions do not resolve on such long inputs takes a
    minute or so, once. Any is resolved where the weights fall so far that m lags matter, ``m n_x <= 4096``
    and ``outputs (m n_x)^2 <= 2^38``: m is 760 for rho of nu_W = 0.9. Otherwise up to 1448 directions are
    kept, fewer the longer the inputs (some 300 of 100,000 lags), for each coordinate of the outputs, and a
    ValueError says where they do not suffice.

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
    residuals, parts, greatest = _residuals(task, initial), [], 0.0
    complete = []
    for equations, residual in zip(task.reduced, residuals, strict=True):
        X = equations.X
        A = X * scale if isinstance(X, np.ndarray) else None
        matter = 0 if A is None else _that_matter(A)
        complete.append(A is not None and worth_forming(len(A), matter, _SOON))
        if A is not None and complete[-1]:
            modes, norm = _complete(A[:, :matter], residual, len(scale)), 0.0
        else:
            modes, norm = _krylov(X, scale, residual, _KRYLOV), _spectral_norm(X, scale)
        parts.append(modes)
        greatest = max(greatest, norm, modes.values.max())

    def weak() -> np.ndarray:
        found = np.zeros(task.n_y, dtype=bool)
        for k, (outputs, _) in enumerate(task.patterns):
            kept = int(np.count_nonzero(parts[k].values[0])) if complete[k] else None
            found[outputs] = _weak(task, k, rho, kept)
        return found

    def finer() -> Modes:
        return _joined(
            task,
            [
                parts[k] if complete[k] else _finer(task, k, rho, residuals[k])
                for k in range(len(task.patterns))
            ],
        )

    def lift(learned: np.ndarray) -> np.ndarray:
        scaled = np.zeros((task.n_y, len(scale)))
        scaled[:, : learned.shape[1]] = scale[: learned.shape[1]] * learned
        return scaled.reshape(task.n_y, task.lags, task.n_x).transpose(1, 0, 2)

    joined, sizes = _joined(task, parts), _sizes(task, residuals)
    return Descent(initial, float(greatest), joined, lift, sizes, weak, None if all(complete) else finer)


def linearised_descent(task: GivenTask, theta: Array, initial: Array | None = None) -> Descent:
    """The training of the network that is linearised at its start, from its lag kernel, in closed form.

    Parameters
    ----------
    task : Task
        The data.
    theta : (lags, n_y, n_x, lags, n_y, n_x) or (lags, lags)
        A lag kernel: :func:`numeric.lag_kernel` of a network, or a draw of :func:`numeric.sample_lag_kernel`.
        An array of two axes is the factor of the identity of n_y x n_x: :func:`numeric.limit_kernel` for the
        training of any network at infinite width.
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
    >>> linearised_descent(task, np.diag(rho)).limit().ravel().round(3)
    array([0.588, 0.412])

    Where the limit is not diagonal, lags move together:

    >>> from numeric import Leaky, limit_kernel
    >>> linearised_descent(task, limit_kernel(Leaky("0.5", "0.25"), 2)).limit().ravel().round(3)
    array([0.5, 0.5])
    """
    task = given_task(task)
    shape, of_lags = task.response_shape, getattr(theta, "shape", None) == (task.lags, task.lags)
    kernel = finite_array("theta", theta, 2 if of_lags else 6)
    if of_lags:
        kernel = np.einsum("ab,pq,ij->apibqj", kernel, np.eye(task.n_y), np.eye(task.n_x))
    if kernel.shape != shape * 2:
        raise ValueError(f"theta must have shape {shape * 2} as the task's responses, got {kernel.shape}")
    initial = initial_response(task, initial)
    if not all(isinstance(equations.X, np.ndarray) for equations in task.reduced):
        raise ValueError("task: the sequences are too long for a linearised network; take fewer lags")
    matrix = kernel.reshape(initial.size, initial.size)
    powers, vectors = np.linalg.eigh(matrix)
    tolerance = _negligible(np.abs(powers).max(), *matrix.shape)
    if np.abs(matrix - matrix.T).max() > tolerance or powers[0] < -tolerance:
        raise ValueError("theta must be symmetric and positive semidefinite, as lag kernels are")
    root = vectors * np.sqrt(np.where(powers > tolerance, powers, 0))
    directions = root.reshape(*shape, -1)
    A = [
        np.tensordot(X.reshape(len(X), task.lags, -1), directions[:, outputs], axes=((1, 2), (0, 2)))
        for outputs, X, _, _ in task.reduced
    ]
    residuals = _residuals(task, initial)
    modes = _complete(
        np.concatenate([part.reshape(-1, len(root)) for part in A]),
        np.concatenate([residual.reshape(-1, 1) for residual in residuals]),
    )
    own = matrix.diagonal()
    return Descent(
        initial,
        float(modes.values.max()),
        modes,
        lambda learned: (root @ learned[0]).reshape(shape),
        np.array([np.linalg.norm(_sizes(task, residuals))]),
        lambda: np.array([((own > 0) & (own <= tolerance)).any()]),
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
    refuse_hidden(name, numbers)
    many = len(numbers) if isinstance(numbers, Sequence) else np.asarray(numbers).size
    if many > MOST_COUNTS:
        raise ValueError(f"{name} must be at most {MOST_COUNTS} numbers, got {many}")
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


def _that_matter(A: Float[np.ndarray, "outputs columns"]) -> int:
    """How many columns come before those that together change A by a rounding error of its norm at most."""
    powers = np.square(A / (np.abs(A).max() or 1.0)).sum(axis=0)
    beyond: np.ndarray = np.cumsum(powers[::-1])[::-1]
    return max(1, int(np.count_nonzero(beyond > np.finfo(float).eps ** 2 * powers.max())))


def _complete(
    A: Float[np.ndarray, "outputs columns"], residual: Float[np.ndarray, "outputs rows"], size: int = 0
) -> Modes:
    """The modes of A, or of one of ``size`` columns of which A is all that matters."""
    U, values, Vt = np.linalg.svd(A, full_matrices=False)
    least = _negligible(values[0], size, *A.shape)
    values[values <= least] = 0
    kept = U[:, values > 0]
    with np.errstate(over="ignore", under="ignore"):
        amounts = -(U.T @ residual).T
        unit = np.abs(residual).max() or 1.0
        scaled = residual / unit
        dropped = unit * np.linalg.norm(scaled - kept @ (kept.T @ scaled), axis=0)
    rows = np.broadcast_to(values, amounts.shape)
    return Modes(rows, amounts, Vt.T[None], np.zeros_like(amounts), dropped, np.full_like(dropped, least))


def _weak(task: Task, k: int, rho: Float[np.ndarray, " lags"], kept: int | None) -> bool:
    """Whether there are directions beyond those kept, so weak that float64 does not tell them from none."""
    pattern, X = task.patterns[k], task.reduced[k].X
    if kept is not None and worth_forming(len(X), X.shape[1], _SOON):
        columns = X[:, np.repeat(rho > 0, task.n_x)]
        columns = columns / (np.abs(columns).max(axis=0, initial=0) + (columns == 0).all(axis=0))
        lengths = np.linalg.norm(columns, axis=0)
        values = np.linalg.svd(columns / np.where(lengths > 0, lengths, 1), compute_uv=False)
        least = _negligible(values.max(initial=0.0), *X.shape)
        return int(np.count_nonzero(values > least)) > kept
    powers = rho * energies_of(task, pattern)
    return bool(((powers > 0) & (powers <= _negligible(1.0, *X.shape) ** 2 * powers.max())).any())


def _sizes(task: Task, residuals: Sequence[np.ndarray]) -> Float[np.ndarray, " n_y"]:
    """The length of the outputs wanted and of those at the start, for each coordinate."""
    sizes = np.zeros(task.n_y)
    for (outputs, _, Y, _), residual in zip(task.reduced, residuals, strict=True):
        unit = max(np.abs(residual).max(), np.abs(Y).max()) or 1.0
        lengths = np.linalg.norm(Y / unit, axis=0) + np.linalg.norm((residual + Y) / unit, axis=0)
        sizes[outputs] = unit * lengths
    return sizes


def _finer(
    task: Task, k: int, rho: Float[np.ndarray, " lags"], residual: Float[np.ndarray, "outputs rows"]
) -> Modes:
    """A decomposition of the k-th of the task's equations that takes its time; see the top of the module."""
    pattern, X = task.patterns[k], task.reduced[k].X
    powers = rho * energies_of(task, pattern)  # s_max^2 is at least the greatest of them
    beyond: np.ndarray = task.n_x * np.cumsum(powers[::-1])[::-1]
    lags = max(1, int(np.count_nonzero(beyond > np.finfo(float).eps ** 2 * powers.max())))
    scale = np.repeat(np.sqrt(rho), task.n_x)
    if worth_forming(X.shape[0], lags * task.n_x, _PATIENCE):
        unit = np.abs(residual).max() or 1.0
        wanted = np.full((*task.inputs.shape[:2], residual.shape[1]), np.nan)
        rows = wanted[:, task.first :].reshape(-1, residual.shape[1])
        rows[pattern.rows] = -residual / unit
        wanted[:, task.first :] = rows.reshape(len(wanted), -1, residual.shape[1])
        short = Task(task.inputs, wanted, lags, task.first)
        _, X, Y, constant = formed(short, short.patterns[0])
        modes = _complete(X * scale[: X.shape[1]], -Y, len(scale))
        # of the constant, some may be what the other lags would have learned
        dropped = np.hypot(modes.dropped, math.sqrt(constant)) if lags < task.lags else modes.dropped
        return modes._replace(amounts=unit * modes.amounts, dropped=unit * dropped)
    most = math.isqrt(_PATIENCE // (16 * sum(X.shape)))  # a vector is read 8 times for each later one
    return _krylov(X, scale, residual, max(_KRYLOV, most))


def _krylov(
    X: LaggedInputs,
    scale: Float[np.ndarray, " columns"],
    residual: Float[np.ndarray, "outputs rows"],
    most: int,
) -> Modes:
    return _stacked([_golub_kahan(X, scale, -column, most) for column in residual.T])


def _joined(task: Task, parts: Sequence[Modes]) -> Modes:
    """The modes of all outputs, from those of each pattern; an output that is never observed has none."""
    if len(parts) == 1 and len(task.patterns[0].outputs) == task.n_y:
        return parts[0]
    most = max(modes.vectors.shape[1] for modes in parts)
    nothing = np.array(0.0)
    each: list[tuple[np.ndarray, ...]]
    each = [(np.zeros(1), np.zeros(1), np.zeros((most, 1)), np.zeros(1), nothing, nothing)] * task.n_y
    for (outputs, _), modes in zip(task.patterns, parts, strict=True):
        vectors = np.pad(modes.vectors, ((0, 0), (0, most - modes.vectors.shape[1]), (0, 0)))
        vectors = np.broadcast_to(vectors, (len(outputs), *vectors.shape[1:]))
        for row, output in enumerate(outputs):
            each[output] = tuple(np.asarray(x[row]) for x in modes._replace(vectors=vectors))
    return _stacked(each)


def _stacked(each: Sequence[tuple[np.ndarray, ...]]) -> Modes:
    """The modes of one output each as those of all, with zeros for what some have less."""
    most = max(values.size for values, *_ in each)

    def filled(parts: tuple[np.ndarray, ...]) -> np.ndarray:
        if not np.ndim(parts[0]):
            return np.array(parts)
        padded = [np.pad(part, (*[(0, 0)] * (part.ndim - 1), (0, most - part.shape[-1]))) for part in parts]
        return np.array(padded)

    return Modes(*map(filled, zip(*each, strict=True)))


def _golub_kahan(
    X: LaggedInputs, scale: Float[np.ndarray, " columns"], start: Float[np.ndarray, " outputs"], most: int
) -> tuple[np.ndarray, ...]:
    """The parts of :class:`Modes` for one row, on the Krylov space of ``start``."""
    size = min(most, *X.shape)
    left, right = np.zeros((size + 1, len(start))), np.zeros((size, len(scale)))
    bidiagonal = np.zeros((size + 1, size))
    unit = np.abs(start).max() or 1.0
    left[0], norm = _unit(start / unit, left[:0])
    complete, greatest = size == X.shape[1], 0.0
    for k in range(size):
        right[k], bidiagonal[k, k] = _unit(scale * (X.T @ left[k]), right[:k])
        left[k + 1], bidiagonal[k + 1, k] = _unit(X @ (scale * right[k]), left[: k + 1])
        greatest = max(greatest, bidiagonal[k, k], bidiagonal[k + 1, k])
        new_right, new_left = bidiagonal[k : k + 2, k] > _negligible(greatest, _KRYLOV)
        if not (new_right and new_left):  # where the last left vector vanishes its right one counts
            complete, size = True, k + int(new_right)
            break
    if size == 0:
        nothing = np.array(0.0)
        return (
            np.zeros(1),
            np.zeros(1),
            np.zeros((len(scale), 1)),
            np.zeros(1),
            np.array(unit * norm),
            nothing,
        )
    P, values, Qt = np.linalg.svd(bidiagonal[: size + 1, :size])
    least = _negligible(values[0], max(_KRYLOV, size))
    values[values <= least] = 0
    # what is beyond an incomplete space is not dropped, but told by its end
    beyond = np.append(values == 0, complete)
    dropped = unit * norm * np.linalg.norm(P[0, beyond])
    ends = np.zeros(size) if complete else Qt[:, -1]
    return values, unit * norm * P[0, :size], right[:size].T @ Qt.T, ends, np.array(dropped), np.array(least)


def _spectral_norm(X: LaggedInputs, scale: Float[np.ndarray, " columns"]) -> float:
    linalg = imported("scipy.sparse.linalg")
    H = linalg.LinearOperator((len(scale),) * 2, matvec=lambda v: scale * (X.T @ (X @ (scale * v.ravel()))))
    start = np.random.default_rng(0).standard_normal(len(scale))  # any, but the same every time
    if not (H @ start).any():
        return 0.0
    return float(max(0, linalg.eigsh(H, k=1, v0=start, return_eigenvectors=False)[0]) ** 0.5)


def _unit(
    vector: Float[np.ndarray, " dimension"], basis: Float[np.ndarray, "k dimension"]
) -> tuple[Float[np.ndarray, " dimension"], float]:
    """What is new in the vector, of length 1, and how much that was."""
    for _ in range(2):  # once is not enough (Kahan and Parlett)
        vector = vector - basis.T @ (basis @ vector)
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector), length
