r"""Singular value decompositions as training sees them: in full, or on a Krylov space.

``A = U diag(s) V'`` and the residual r^0 are all that training in closed form asks for
(:mod:`numeric.descent`).  The singular value decomposition of A is that of ``H = A'A`` without squaring the
condition number.  Directions with ``s <= 10 eps s_max max(A.shape)`` are beyond float64's reach, and are left
as they start.

Where X, and A with it, is applied by FFT (:class:`numeric.Task` says when), the decomposition is that of
Golub and Kahan (1965) from r^0, orthogonalised in full: exact after k of its steps for k of gradient
descent's, as a rule long before.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from derivations.lazily import imported
from numeric.lagged import LaggedInputs
from numeric.task import Task

__all__ = [
    "PATIENCE",
    "Modes",
    "complete_modes",
    "joined_modes",
    "krylov_modes",
    "negligible",
    "spectral_norm",
    "that_matter",
]

_KRYLOV = 200
"""Directions found at first where X is applied by FFT."""
PATIENCE = 2**38
"""Operations for more than these resolve, a minute or so."""


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


def complete_modes(
    A: Float[np.ndarray, "outputs columns"], residual: Float[np.ndarray, "outputs rows"], size: int = 0
) -> Modes:
    """The modes of A, or of one of ``size`` columns of which A is all that matters."""
    U, values, Vt = np.linalg.svd(A, full_matrices=False)
    least = negligible(values[0], size, *A.shape)
    values[values <= least] = 0
    kept = U[:, values > 0]
    with np.errstate(over="ignore", under="ignore"):
        amounts = -(U.T @ residual).T
        unit = np.abs(residual).max() or 1.0
        scaled = residual / unit
        dropped = unit * np.linalg.norm(scaled - kept @ (kept.T @ scaled), axis=0)
    rows = np.broadcast_to(values, amounts.shape)
    return Modes(rows, amounts, Vt.T[None], np.zeros_like(amounts), dropped, np.full_like(dropped, least))


def krylov_modes(
    X: LaggedInputs,
    scale: Float[np.ndarray, " columns"],
    residual: Float[np.ndarray, "outputs rows"],
    more: int = 0,
) -> Modes:
    """The modes of ``X diag(scale)`` on the Krylov space of each residual, of 200 directions, or ``more``."""
    most = max(_KRYLOV, more)
    return _stacked([_golub_kahan(X, scale, -column, most) for column in residual.T])


def joined_modes(task: Task, parts: Sequence[Modes]) -> Modes:
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


def negligible(greatest: float, *sizes: int) -> float:
    """What rounding may leave of the zeros in a decomposition, of matrices that a decomposition left."""
    return 10 * float(np.finfo(float).eps) * greatest * max(sizes)


def that_matter(A: Float[np.ndarray, "outputs columns"]) -> int:
    """How many columns come before those that together change A by a rounding error of its norm at most."""
    powers = np.square(A / (np.abs(A).max() or 1.0)).sum(axis=0)
    beyond: np.ndarray = np.cumsum(powers[::-1])[::-1]
    return max(1, int(np.count_nonzero(beyond > np.finfo(float).eps ** 2 * powers.max())))


def spectral_norm(X: LaggedInputs, scale: Float[np.ndarray, " columns"]) -> float:
    """s_max of ``X diag(scale)``, by products with it alone."""
    linalg = imported("scipy.sparse.linalg")
    H = linalg.LinearOperator((len(scale),) * 2, matvec=lambda v: scale * (X.T @ (X @ (scale * v.ravel()))))
    start = np.random.default_rng(0).standard_normal(len(scale))  # any, but the same every time
    if not (H @ start).any():
        return 0.0
    return float(max(0, linalg.eigsh(H, k=1, v0=start, return_eigenvectors=False)[0]) ** 0.5)


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
        new_right, new_left = bidiagonal[k : k + 2, k] > negligible(greatest, _KRYLOV)
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
    least = negligible(values[0], max(_KRYLOV, size))
    values[values <= least] = 0
    # what is beyond an incomplete space is not dropped, but told by its end
    beyond = np.append(values == 0, complete)
    dropped = unit * norm * np.linalg.norm(P[0, beyond])
    ends = np.zeros(size) if complete else Qt[:, -1]
    return values, unit * norm * P[0, :size], right[:size].T @ Qt.T, ends, np.array(dropped), np.array(least)


def _unit(
    vector: Float[np.ndarray, " dimension"], basis: Float[np.ndarray, "k dimension"]
) -> tuple[Float[np.ndarray, " dimension"], float]:
    """What is new in the vector, of length 1, and how much that was."""
    for _ in range(2):  # once is not enough (Kahan and Parlett)
        vector = vector - basis.T @ (basis @ vector)
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector), length
