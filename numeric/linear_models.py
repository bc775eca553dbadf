r"""The two models whose training has a closed form: the convolution, and the network linearised at its start.

The impulse response of either is linear in its parameters, ``L = L^0 + R (theta - theta^0)``
(:mod:`numeric.descent`):

* the convolution with lag weights w, ``L_j = sqrt(w_j) theta_j``: the scaled convolution, equivalent to the
  wide network, for ``w = rho``, the ordinary one for ``w = 1``;
* a network linearised at its start, where ``R R' = Theta`` is its lag kernel.  It follows the network of
  width n to O(1/n), the scaled convolution to O(n^{-1/2}) only: the kernel fluctuates by O(n^{-1/2}) from
  one start to another, but moves by far less in training (by O(1/n), as measured).

Directions that are dropped as beyond float64's reach may be none at all.  They are told
(:class:`numeric.PrecisionWarning`) if the directions kept are fewer than those that float64 sees when the
columns of X at lags of positive weight are scaled to length 1: then it is the weights that hide the rest.
What these columns do not show either, as the difference of 3x from its rounded value, counts as null.  Where
that decomposition would take long, and for a kernel, only what is hidden lag by lag is counted: a column of
A, or an entry on the diagonal of the kernel, that is not 0 but beyond float64's reach beside the greatest.

Where X is applied by FFT, the modes are those of 200 Krylov directions, and where these do not resolve what
is asked for, of

* the lags that matter alone: where the weights fall, the columns A_2 of all lags from some lag on have
  ``|A_2|^2 <= n_x sum_j w_j |X_j|^2 <= (eps s_max)^2``, and A without A_2 is A up to a rounding error of its
  norm.  What remains is formed, if that takes a minute or so, and decomposed in full: lags n_x up to 4096;
* otherwise more directions, as many as take a minute or so.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from numeric.arguments import Array, finite_array
from numeric.descent import Descent
from numeric.lagged import flat
from numeric.modes import (
    PATIENCE,
    Modes,
    complete_modes,
    joined_modes,
    krylov_modes,
    negligible,
    spectral_norm,
    that_matter,
)
from numeric.task import GivenTask, Task, energies_of, formed, given_task, worth_forming

__all__ = ["convolution_descent", "lag_weighting", "linearised_descent"]

_SOON = 2**33
"""Operations for a decomposition in full that is not put off: some seconds."""


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
    initial = _initial_response(task, initial)
    scale = np.repeat(np.sqrt(rho), task.n_x)
    residuals, parts, greatest = _residuals(task, initial), [], 0.0
    complete = []
    for equations, residual in zip(task.reduced, residuals, strict=True):
        X = equations.X
        A = X * scale if isinstance(X, np.ndarray) else None
        matter = 0 if A is None else that_matter(A)
        complete.append(A is not None and worth_forming(len(A), matter, _SOON))
        if A is not None and complete[-1]:
            modes, norm = complete_modes(A[:, :matter], residual, len(scale)), 0.0
        else:
            modes, norm = krylov_modes(X, scale, residual), spectral_norm(X, scale)
        parts.append(modes)
        greatest = max(greatest, norm, modes.values.max())

    def weak() -> np.ndarray:
        found = np.zeros(task.n_y, dtype=bool)
        for k, (outputs, _) in enumerate(task.patterns):
            kept = int(np.count_nonzero(parts[k].values[0])) if complete[k] else None
            found[outputs] = _weak(task, k, rho, kept)
        return found

    def finer() -> Modes:
        return joined_modes(
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

    joined, sizes = joined_modes(task, parts), _sizes(task, residuals)
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
    initial = _initial_response(task, initial)
    if not all(isinstance(equations.X, np.ndarray) for equations in task.reduced):
        raise ValueError("task: the sequences are too long for a linearised network; take fewer lags")
    matrix = kernel.reshape(initial.size, initial.size)
    powers, vectors = np.linalg.eigh(matrix)
    tolerance = negligible(np.abs(powers).max(), *matrix.shape)
    if np.abs(matrix - matrix.T).max() > tolerance or powers[0] < -tolerance:
        raise ValueError("theta must be symmetric and positive semidefinite, as lag kernels are")
    root = vectors * np.sqrt(np.where(powers > tolerance, powers, 0))
    directions = root.reshape(*shape, -1)
    A = [
        np.tensordot(X.reshape(len(X), task.lags, -1), directions[:, outputs], axes=((1, 2), (0, 2)))
        for outputs, X, _, _ in task.reduced
    ]
    residuals = _residuals(task, initial)
    modes = complete_modes(
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


def _initial_response(task: GivenTask, initial: Array | None) -> Float[np.ndarray, "lags n_y n_x"]:
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


def _residuals(
    task: Task, initial: Float[np.ndarray, "lags n_y n_x"]
) -> list[Float[np.ndarray, "rows some"]]:
    """r^0, for each of the task's patterns of missing outputs."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        residuals = [X @ flat(initial[:, outputs]) - Y for outputs, X, Y, _ in task.reduced]
    if not all(np.isfinite(residual).all() for residual in residuals):
        raise OverflowError("initial: the outputs at the start exceed the range of float64")
    return residuals


def _sizes(task: Task, residuals: Sequence[np.ndarray]) -> Float[np.ndarray, " n_y"]:
    """The length of the outputs wanted and of those at the start, for each coordinate."""
    sizes = np.zeros(task.n_y)
    for (outputs, _, Y, _), residual in zip(task.reduced, residuals, strict=True):
        unit = max(np.abs(residual).max(), np.abs(Y).max()) or 1.0
        lengths = np.linalg.norm(Y / unit, axis=0) + np.linalg.norm((residual + Y) / unit, axis=0)
        sizes[outputs] = unit * lengths
    return sizes


def _weak(task: Task, k: int, rho: Float[np.ndarray, " lags"], kept: int | None) -> bool:
    """Whether there are directions beyond those kept, so weak that float64 does not tell them from none."""
    pattern, X = task.patterns[k], task.reduced[k].X
    if kept is not None and worth_forming(len(X), X.shape[1], _SOON):
        columns = X[:, np.repeat(rho > 0, task.n_x)]
        columns = columns / (np.abs(columns).max(axis=0, initial=0) + (columns == 0).all(axis=0))
        lengths = np.linalg.norm(columns, axis=0)
        values = np.linalg.svd(columns / np.where(lengths > 0, lengths, 1), compute_uv=False)
        least = negligible(values.max(initial=0.0), *X.shape)
        return int(np.count_nonzero(values > least)) > kept
    powers = rho * energies_of(task, pattern)
    return bool(((powers > 0) & (powers <= negligible(1.0, *X.shape) ** 2 * powers.max())).any())


def _finer(
    task: Task, k: int, rho: Float[np.ndarray, " lags"], residual: Float[np.ndarray, "outputs rows"]
) -> Modes:
    """A decomposition of the k-th of the task's equations that takes its time; see the top of the module."""
    pattern, X = task.patterns[k], task.reduced[k].X
    powers = rho * energies_of(task, pattern)  # s_max^2 is at least the greatest of them
    beyond: np.ndarray = task.n_x * np.cumsum(powers[::-1])[::-1]
    lags = max(1, int(np.count_nonzero(beyond > np.finfo(float).eps ** 2 * powers.max())))
    scale = np.repeat(np.sqrt(rho), task.n_x)
    if worth_forming(X.shape[0], lags * task.n_x, PATIENCE):
        unit = np.abs(residual).max() or 1.0
        wanted = np.full((*task.inputs.shape[:2], residual.shape[1]), np.nan)
        rows = wanted[:, task.first :].reshape(-1, residual.shape[1])
        rows[pattern.rows] = -residual / unit
        wanted[:, task.first :] = rows.reshape(len(wanted), -1, residual.shape[1])
        short = Task(task.inputs, wanted, lags, task.first)
        _, X, Y, constant = formed(short, short.patterns[0])
        modes = complete_modes(X * scale[: X.shape[1]], -Y, len(scale))
        # of the constant, some may be what the other lags would have learned
        dropped = np.hypot(modes.dropped, math.sqrt(constant)) if lags < task.lags else modes.dropped
        return modes._replace(amounts=unit * modes.amounts, dropped=unit * dropped)
    most = math.isqrt(PATIENCE // (16 * sum(X.shape)))  # a vector is read 8 times for each later one
    return krylov_modes(X, scale, residual, most)
