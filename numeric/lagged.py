r"""The lagged inputs of sequences: the matrix X with ``X[(n, t), (j, x)] = x_n[t - j]``, formed or applied.

A row stands for each output, a column for each lag and coordinate, so that ``X L`` are the outputs of an
impulse response L.  X is formed where it is small; else it is applied by FFT, in memory linear in the length
of the sequences.  Either way each entry of a product is off by at most 1e-12 of the sum of its own absolute
terms (:mod:`numeric.causal_sums` says how, and for which sizes that is proved).
"""

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from derivations.lazily import imported
from numeric.arguments import Array, finite_array, refuse_too_large
from numeric.causal_sums import causal_sums, sequences, transposed

__all__ = [
    "MOST_FORMED",
    "LaggedInputs",
    "convolve",
    "flat",
    "lagged_matrix",
    "lagged_operator",
    "product",
    "unflat",
]

LaggedInputs: TypeAlias = Any
"""X, shape (outputs, lags * n_x): an ndarray, or a ``scipy.sparse.linalg.LinearOperator``.  X @ and X.T @."""

MOST_FORMED = 2**24
"""Entries of the largest X that is formed: 128 MiB in memory."""
_WORKSPACE = 140
"""Bytes for each number of the inputs and the zeros that an FFT puts behind them, as measured."""
_COLUMNS = 2**12
"""Of X, multiplied at once: so many products and as many blocks are added with an error below 1e-12."""


def convolve(response: Array, inputs: Array) -> Float[np.ndarray, "N T n_y"]:
    """The outputs ``y_t = sum_j L_j x_{t-j}`` of an impulse response, by FFT where that is faster.

    Each is off by at most 1e-12 of the sum of its own absolute terms, ``sum_j |L_j| |x_{t-j}|``, however much
    the sequences and the response grow, fall or jump; it is 0 where all its terms are.

    Parameters
    ----------
    response : (lags, n_y, n_x)
        Any number of lags; those beyond T see nothing.
    inputs : (N, T, n_x)
        The sequences, 0 before their start.

    Raises
    ------
    ValueError
        On a wrong shape or a number that is not finite.
    OverflowError
        When an output leaves the range of float64.

    Notes
    -----
    ``O(N T n_x n_y log T)`` operations where the sums of absolute terms are within a factor of some 10^5 at
    most times, or of an exponential; elsewhere up to as many as there are terms, ``N T lags n_x n_y``.  The
    bound is proved for up to 2^20 steps and 1000 coordinates; a product below 2^-1022 may be off by 2^-1074.

    Examples
    --------
    >>> convolve([[[1.0]], [[0.5]]], [[[1], [0], [4]]]).ravel()
    array([1. , 0.5, 4. ])
    """
    L, x = finite_array("response", response, 3), finite_array("inputs", inputs, 3)
    if 0 in L.shape or 0 in x.shape:
        raise ValueError(f"response and inputs must not be empty, got shapes {L.shape} and {x.shape}")
    if L.shape[2] != x.shape[2]:
        raise ValueError(f"inputs must have n_x = {L.shape[2]} coordinates as response, got shape {x.shape}")
    L = L[: x.shape[1]]
    entries = x.shape[0] * x.shape[1] * L.shape[0] * L.shape[2]
    size = 8 * x.shape[0] * x.shape[1] * L.shape[1]
    if entries > MOST_FORMED:
        size += _WORKSPACE * x.size * (x.shape[1] + len(L)) // x.shape[1]
    refuse_too_large("convolve: the outputs", size, "pass some sequences or outputs at a time")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lagged = lagged_matrix if entries <= MOST_FORMED else lagged_operator
        outputs = product(lagged(x, len(L), 0), flat(L))
    if not np.isfinite(outputs).all():
        raise OverflowError("convolve: the outputs exceed the range of float64")
    return outputs.reshape(*x.shape[:2], L.shape[1])


def product(X: LaggedInputs, v: Float[np.ndarray, "columns n"]) -> Float[np.ndarray, "rows n"]:
    """``X @ v``, by blocks of columns: a sum of n terms may be off by n rounding errors."""
    if not isinstance(X, np.ndarray):
        return np.asarray(X @ v)
    parts = (slice(start, start + _COLUMNS) for start in range(0, len(v), _COLUMNS))
    total: np.ndarray = sum(X[:, part] @ v[part] for part in parts)
    return total


def flat(response: Float[np.ndarray, "lags n_y n_x"]) -> Float[np.ndarray, "columns n_y"]:
    """The impulse response as the matrix that X multiplies."""
    return response.transpose(0, 2, 1).reshape(-1, response.shape[1])


def unflat(matrix: Float[np.ndarray, "columns n_y"], n_x: int) -> Float[np.ndarray, "lags n_y n_x"]:
    """The inverse of :func:`flat`."""
    return matrix.reshape(-1, n_x, matrix.shape[1]).transpose(0, 2, 1)


def lagged_matrix(
    inputs: Float[np.ndarray, "N T n_x"], lags: int, first: int
) -> Float[np.ndarray, "outputs columns"]:
    """X itself.

    >>> lagged_matrix(np.array([[[1.0], [2.0], [3.0]]]), 2, 0)
    array([[1., 0.],
           [2., 1.],
           [3., 2.]])
    """
    N, T, n_x = inputs.shape
    padded = np.concatenate((np.zeros((N, lags - 1, n_x)), inputs), axis=1)[:, first:]
    windows = np.lib.stride_tricks.sliding_window_view(padded, lags, axis=1)[..., ::-1]  # n t x j
    return windows.transpose(0, 1, 3, 2).reshape(N * (T - first), lags * n_x)


def lagged_operator(inputs: Float[np.ndarray, "N T n_x"], lags: int, first: int) -> LaggedInputs:
    """X, applied by FFT: ``O(N T n_x log T)`` a product of ordinary data."""
    linalg = imported("scipy.sparse.linalg")
    N, T, n_x = inputs.shape
    prepared = sequences(inputs.transpose(0, 2, 1), lags)
    backwards = transposed(prepared)

    def outputs(v: np.ndarray) -> np.ndarray:
        return causal_sums(prepared, v.reshape(lags, n_x).T, first).ravel()

    def correlations(r: np.ndarray) -> np.ndarray:
        """``sum_t r_t x_{t-j}``: the output at ``T - 1 - j`` of r as the response, backwards in time."""
        response = np.zeros((N, T))
        response[:, : T - first] = r.reshape(N, T - first)[:, ::-1]
        return causal_sums(backwards, response, T - lags)[:, ::-1].T.ravel()

    shape = (N * (T - first), lags * n_x)
    return linalg.LinearOperator(shape, matvec=outputs, rmatvec=correlations, dtype=np.float64)
