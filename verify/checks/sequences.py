"""Kernels of whole sequences, from finite networks, against the infinite-width kernel.

``K = sum_{i<=t, j<=s} (I (x) x_{t-i}') Theta_ij (I (x) x'_{s-j})`` of a random network has the mean
``ntk(x, x') I`` plus the same sum over the finite-width correction of ``E Theta``.  Tested are all entries of
K, every output with every other, and their mean over all times, which has the greater power.  Long lists of
sequences are cut into groups, and pairs within a group are compared.

The check's own sequences are short: networks of width 256 are drawn, and the correction is exact.  A user's
may be long and the variances any.  The correction then is a matter of large lags, of relative size
``i^4 / n^2`` on the diagonal, and no network that can be drawn makes it small.  So the kernels are sampled,
exactly in law (:mod:`numeric.sampler`), at n = 10^12: there even the off-diagonal mean, about i^2 / n times a
weight, is less than 1/1000 of a standard error, and kernels are as good as Gaussian.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from numeric import Variances, lag_kernel_chunks, ntk
from numeric.finite_width import lag_kernel, sequence_kernel
from verify.arrays import not_finite
from verify.checks.formulas import finite_width_correction, textbook_weight, written
from verify.counting import Watch, counted, unwatched
from verify.networks import sample, seed_sequence, stream
from verify.statistics import LEVEL, Verdict, mean_verdict, summarise

__all__ = ["VARIANCES", "check", "validated"]

VARIANCES = Variances("0.5", "0.8", "1.7")
SHAPES = ((1, 1), (3, 2), (2, 3))  # n_x, n_y
NEAR_THE_LIMIT = 10**12
NETWORKS, FEWEST = 512, 128
MAX_WORK = 5e9  # multiplications in the 2-D convolutions of all networks
MAX_COLUMNS = 512  # T n_x; a block of samples takes a few times 64 of its squares of memory
MAX_ENTRIES = 2**18
GROUP_LENGTH = 64


def validated(
    x: ArrayLike, variances: Variances = VARIANCES, name: str = "inputs"
) -> Float[np.ndarray, "N T n_x"]:
    """The user's sequences as float64: (N, T, n_x), real, finite, not all 0 and not too large.

    Raises ValueError otherwise, which calls them ``name``, or if a weight of the first T lags is out of
    range.

    >>> validated([[1.0, 2.0]])
    Traceback (most recent call last):
        ...
    ValueError: inputs: must have shape (N, T, n_x) with every size at least 1, got (1, 2)
    """
    array = np.asanyarray(x)  # a mapped file is not read before its header is accepted
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}: must hold real numbers, got dtype {array.dtype}")
    if array.ndim != 3 or 0 in array.shape:
        raise ValueError(f"{name}: must have shape (N, T, n_x) with every size at least 1, got {array.shape}")
    N, T, n_x = array.shape
    if n_x > MAX_COLUMNS:
        raise ValueError(f"{name}: n_x must be at most {MAX_COLUMNS}, got {n_x}")
    longest = min(MAX_COLUMNS // n_x, int((2 * MAX_WORK / FEWEST / n_x**2) ** 0.25))
    if longest < T:
        raise ValueError(f"{name}: T must be at most {longest} for n_x = {n_x}, got {T}; cut the sequences")
    most = 2 * MAX_ENTRIES // (T**2 * _group(T))
    if most < N:
        raise ValueError(f"{name}: N must be at most {most} for T = {T}, got {N}; take fewer sequences")
    with np.errstate(over="ignore"):  # of a long double, to infinity
        array = np.array(array, dtype=float)
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(f"{name}: must be finite, got {not_finite(finite)}")
    if not 1e-100 < abs(array).max() < 1e100:
        raise ValueError(f"{name}: the greatest modulus must be between 1e-100 and 1e100")
    for lag in range(T):
        weight = textbook_weight(lag, variances.transition, variances.input, variances.output)
        if (weight or lag == 0) and not 1e-100 < weight < 1e100:
            raise ValueError(
                f"variances: the weights up to lag T - 1 = {T - 1} must be between 1e-100 and 1e100, that of"
                f" lag {lag} is not"
            )
    return array


def _group(T: int) -> int:
    return max(1, GROUP_LENGTH // T)


def check(
    seed: int = 0,
    inputs: ArrayLike | None = None,
    kernel: Callable[..., Float[np.ndarray, "..."]] = ntk,
    *,
    variances: Variances = VARIANCES,
    width: int = 256,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test sequences of several n_x and n_y at the given width, or the given ones (N, T, n_x) near the limit.

    Given ones have one output, and ``variances`` are theirs.
    """
    if inputs is not None:
        yield from _given(seed, validated(inputs, variances), kernel, variances, level, watch)
        return
    rng = stream(seed, "sequences")
    advance = watch(len(SHAPES) * NETWORKS, "networks")
    for n_x, n_y in SHAPES:
        x = rng.standard_normal((3, 6, n_x))
        T = x.shape[1]
        drawn = sample(
            lambda W, F, C, T=T: lag_kernel(W, F, C, T),
            (seed, "sequences"),
            NETWORKS,
            width,
            VARIANCES,
            n_x,
            n_y,
        )
        correction = np.einsum(
            "ij,xy,pq->ipxjqy", finite_width_correction(width, VARIANCES, T), np.eye(n_x), np.eye(n_y)
        )
        about = f"{NETWORKS} networks of width {width}"
        yield from _verdicts(x, n_y, kernel, VARIANCES, counted(drawn, advance), correction, about, level)


def _given(
    seed: int,
    x: Float[np.ndarray, "N T n_x"],
    kernel: Callable[..., Float[np.ndarray, "..."]],
    variances: Variances,
    level: float,
    watch: Watch,
) -> Iterator[Verdict]:
    _, T, n_x = x.shape
    networks = int(min(NETWORKS, 2 * MAX_WORK / (T**4 * n_x**2)))
    advance = watch(networks, "networks")
    blocks = lag_kernel_chunks(
        NEAR_THE_LIMIT, variances, T, networks, n_x=n_x, rng=seed_sequence(seed, "sequences")
    )
    thetas = (theta for block in counted(blocks, advance, len) for theta in block)
    values = ", ".join(
        f"nu_{letter}={float(value):g}"
        for letter, value in zip(
            "WFC", (variances.transition, variances.input, variances.output), strict=True
        )
    )
    about = f"{values}, {networks} networks of width {written(NEAR_THE_LIMIT)}"
    none = np.zeros((T, 1, n_x) * 2)
    yield from _verdicts(x, 1, kernel, variances, thetas, none, about, level)


def _verdicts(
    x: Float[np.ndarray, "N T n_x"],
    n_y: int,
    kernel: Callable[..., Float[np.ndarray, "..."]],
    variances: Variances,
    thetas: Iterable[Float[np.ndarray, "T n_y n_x T n_y n_x"]],
    correction: Float[np.ndarray, "T n_y n_x T n_y n_x"],
    about: str,
    level: float,
) -> Iterator[Verdict]:
    N, T, n_x = x.shape
    x = x / abs(x).max()  # K is quadratic in x: the unit of x cancels
    groups = [x[start : start + _group(T)] for start in range(0, N, _group(T))]

    def matrices(kernels: list[Any]) -> list[Float[np.ndarray, "size size"]]:
        """A square matrix a group, by sequence, time and output."""
        return [K.transpose(0, 2, 3, 1, 4, 5).reshape((len(K) * T * n_y,) * 2) for K in kernels]

    def numbers(kernels: list[Any]) -> Float[np.ndarray, " numbers"]:
        """Entries as correlations are, so that small ones neither vanish nor hide, and their mean."""
        square = matrices(kernels)
        triangles = [(K / unit)[np.triu_indices(len(K))] for K, unit in zip(square, units, strict=True)]
        mean = np.mean([np.einsum("gg...->...", K).mean() / len(K) for K in kernels]) / size
        return np.append(np.concatenate(triangles), mean)

    limits = [
        np.einsum("nmts,pq->nmtpsq", kernel(group, variances=variances), np.eye(n_y)) for group in groups
    ]
    diagonals = [np.sqrt(np.diag(K)) for K in matrices(limits)]
    units = [np.outer(*(np.where(root > 0, root, 1.0),) * 2) for root in diagonals]
    size = max(float((root**2).max()) for root in diagonals)
    claimed = numbers(
        [limit + sequence_kernel(correction, group) for limit, group in zip(limits, groups, strict=True)]
    )
    summary = summarise(numbers([sequence_kernel(theta, group) for group in groups]) for theta in thetas)
    name = f"N={N} T={T} n_x={n_x} n_y={n_y}"
    detail = f"{about}, {claimed.size - 1} entries"
    yield mean_verdict("sequences", name, summary[:-1], claimed[:-1], detail=detail, level=level)
    yield mean_verdict("sequences", f"{name}, mean", summary[-1], claimed[-1], level=level)
