"""Kernels of whole sequences, from finite networks, against the infinite-width kernel.

``K = sum_{i<=t, j<=s} (I (x) x_{t-i}') Theta_ij (I (x) x'_{s-j})`` of a random network has the mean
``ntk(x, x') I`` plus the same sum over the exact finite-width correction of ``E Theta``.  Tested are all
entries of K, every output with every other, and their mean over all times, which has the greater power.
Long lists of sequences are cut into groups, and pairs within a group are compared.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from numeric import Variances, ntk
from numeric.finite_width import lag_kernel, sequence_kernel
from verify.checks.formulas import finite_width_correction
from verify.networks import sample, stream
from verify.statistics import LEVEL, Verdict, mean_verdict, summarise

__all__ = ["check", "validated"]

VARIANCES = Variances("0.5", "0.8", "1.7")
SHAPES = ((1, 1), (3, 2), (2, 3))  # n_x, n_y
CORRECTED_LAGS = 13
"""The exact mean costs a second to this lag and doubles with each.  Beyond, what finite width adds to K is at
most 6 / n for inputs within [-1, 1] (first-order law, nu_W = 1/2): a tenth of a standard error there."""
NETWORKS, FEWEST = 512, 128
MAX_WORK = 5e9  # multiplications in the 2-D convolutions of all networks
MAX_ENTRIES = 2**18
GROUP_LENGTH = 64


def validated(x: ArrayLike) -> Float[np.ndarray, "N T n_x"]:
    """The user's sequences as float64: (N, T, n_x), real, finite, not all 0 and not too large.

    Raises ValueError otherwise.

    >>> validated([[1.0, 2.0]])
    Traceback (most recent call last):
        ...
    ValueError: inputs: must have shape (N, T, n_x) with every size at least 1, got (1, 2)
    """
    array = np.asarray(x)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"inputs: must hold real numbers, got dtype {array.dtype}")
    if array.ndim != 3 or 0 in array.shape:
        raise ValueError(f"inputs: must have shape (N, T, n_x) with every size at least 1, got {array.shape}")
    array = array.astype(float)
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise ValueError(f"inputs: must be finite, got {bad} entries that are not")
    if not 1e-100 < abs(array).max(initial=0.0) < 1e100:
        raise ValueError("inputs: the greatest modulus must be between 1e-100 and 1e100")
    N, T, n_x = array.shape
    longest = int((2 * MAX_WORK / FEWEST / n_x**2) ** 0.25)
    if longest < T:
        raise ValueError(f"inputs: T must be at most {longest} for n_x = {n_x}, got {T}; cut the sequences")
    most = 2 * MAX_ENTRIES // (T**2 * _group(T))
    if most < N:
        raise ValueError(f"inputs: N must be at most {most} for T = {T}, got {N}; take fewer sequences")
    return array


def _group(T: int) -> int:
    return max(1, GROUP_LENGTH // T)


def check(
    seed: int = 0,
    inputs: ArrayLike | None = None,
    kernel: Callable[..., Float[np.ndarray, "..."]] = ntk,
    *,
    width: int | None = None,
    level: float = LEVEL,
) -> Iterator[Verdict]:
    """Test sequences of several n_x and n_y, or the given ones (N, T, n_x) with one output.

    The user's may be long and constant, which makes kernels skewed: hence a greater width for them.
    """
    width = width or (256 if inputs is None else 1024)
    if inputs is not None:
        cases = [(validated(inputs), 1)]
    else:
        rng = stream(seed, "sequences")
        cases = [(rng.standard_normal((3, 6, n_x)), n_y) for n_x, n_y in SHAPES]
    for x, n_y in cases:
        yield from _case(seed, x, n_y, kernel, width, level)


def _case(
    seed: int,
    x: Float[np.ndarray, "N T n_x"],
    n_y: int,
    kernel: Callable[..., Float[np.ndarray, "..."]],
    width: int,
    level: float,
) -> Iterator[Verdict]:
    N, T, n_x = x.shape
    networks = int(min(NETWORKS, 2 * MAX_WORK / (T**4 * n_x**2)))
    x = x / abs(x).max()  # K is quadratic in x: the unit of x cancels
    groups = [x[start : start + _group(T)] for start in range(0, N, _group(T))]

    def numbers(kernels: list[Float[np.ndarray, "_ _ _ _ _ _"]]) -> Float[np.ndarray, " numbers"]:
        triangles = []
        for K in kernels:
            size = len(K) * T * n_y
            triangles.append(K.transpose(0, 2, 3, 1, 4, 5).reshape(size, size)[np.triu_indices(size)])
        mean = np.mean([np.einsum("gg...->...", K).mean() / len(K) for K in kernels])
        return np.append(np.concatenate(triangles), mean)

    def measured(W: Any, F: Any, C: Any) -> Float[np.ndarray, " numbers"]:
        theta = lag_kernel(W, F, C, T)
        return numbers([sequence_kernel(theta, group) for group in groups])

    correction = np.zeros((T, T))
    lags = min(T, CORRECTED_LAGS)
    correction[:lags, :lags] = finite_width_correction(width, VARIANCES, lags)
    theta = np.einsum("ij,xy,pq->ipxjqy", correction, np.eye(n_x), np.eye(n_y))
    claimed = numbers(
        [
            np.einsum("nmts,pq->nmtpsq", kernel(group, variances=VARIANCES), np.eye(n_y))
            + sequence_kernel(theta, group)
            for group in groups
        ]
    )
    summary = summarise(sample(measured, (seed, "sequences"), networks, width, VARIANCES, n_x, n_y))
    name = f"N={N} T={T} n_x={n_x} n_y={n_y}"
    detail = f"{networks} networks of width {width}, {claimed.size - 1} entries"
    yield mean_verdict("sequences", name, summary[:-1], claimed[:-1], detail=detail, level=level)
    yield mean_verdict("sequences", f"{name}, mean", summary[-1], claimed[-1], level=level)
