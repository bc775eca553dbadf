"""The kernel of whole sequences for a single dense layer.

With ``G_ts = <x_t, x'_s>`` the definition is a sum over the lags,

    K_ts = sum_k rho_k G_(t-k, s-k),      rho_k = s w^k + p k w^(k-1),

``w = nu_W``, ``s = nu_C + nu_F``, ``p = nu_C nu_F``.  Let P be the same sum with the weights ``p w^k``.
Since ``rho_(k+1) = w rho_k + p w^k``, taking out the term k = 0 of each sum leaves

    K_ts = w K_(t-1, s-1) + P_(t-1, s-1) + s G_ts
    P_ts = w P_(t-1, s-1) + p G_ts

with nothing before the first step: O(1) work an entry after one product of matrices, and only
non-negative coefficients, so that rounding errors never grow by cancellation of the method's own.

Neither does it matter where numbers of extreme size meet.  What float64 cannot hold on the way, and what
comes out infinite, is computed in balls, a pair of sequences at a time, and rounded once.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from derivations import closed_forms
from numeric.certified import Evaluate, certified_floats
from numeric.float_range import COMFORT, exponent, exponents
from numeric.variances import GivenVariances, w_s_p
from numeric.weights import lag_weights

__all__ = ["dense_evaluation", "dense_kernel", "kernel_shape"]

_BLOCK = 2**16
"""Entries of the kernel computed together at one time step: the fastest of 2^13 to 2^17 where measured."""

_QUIET: Any = {"over": "ignore", "under": "ignore", "invalid": "ignore"}
"""Overflow is found in the result."""

_HARMLESS = 45
"""Exponent of 2 of the growth after which what was lost to underflow, below 2^-1074, still is far from
2^-1022, the smallest number of full precision."""


def dense_kernel(
    first: Float64[np.ndarray, "N T n_x"],
    second: Float64[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> Float64[np.ndarray, "N M T S"] | Float64[np.ndarray, "N M"]:
    """In float64; what that cannot hold on the way is computed exactly, pair by pair."""
    floor, surely_finite = _outlook(first, second, variances, last_only)
    if floor == math.inf:
        kernel = np.zeros(kernel_shape(first, second, last_only))
    else:
        with np.errstate(**_QUIET):
            kernel = (_last_kernel if last_only else _kernel)(first, second, variances)
    if floor == 0 and surely_finite:
        return kernel
    with np.errstate(**_QUIET):
        trusted: np.ndarray = np.isfinite(kernel) & (abs(kernel) >= floor)
    pairs = trusted.reshape(len(first), len(second), -1).all(axis=2)
    for n, m in np.argwhere(~pairs):
        pair = first[n : n + 1], second[m : m + 1]
        values = certified_floats(dense_evaluation(*pair, variances, last_only))
        kernel[n, m] = np.reshape(values, kernel.shape[2:])
    return kernel


def _outlook(
    x1: Float64[np.ndarray, "N T n_x"],
    x2: Float64[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> tuple[float, bool]:
    """The size below which float64's kernel may lack digits, and whether it surely is finite.

    ``|K| <= terms max|x| max|x'| s growth`` if the weights are at most ``s growth``, with p for an s of 0.
    What underflow takes away on the way is less than 2^-1074 times what it is multiplied by later.  All in
    exponents of 2.
    """
    w, s, p = w_s_p(variances)
    if not (s or p):
        return 0.0, True
    unit = s or p
    steps, ratio = min(x1.shape[1], x2.shape[1]) - 1, p / unit
    size, terms = exponent(unit), math.log2((steps + 1) * x1.shape[2])
    rates = [exponent(x) for x in (w, ratio) if x and steps]
    rise, fall = (steps * bound([0, *rates[:1]]) for bound in (max, min))
    growth = rise + exponent(1 + ratio * (steps + 1))
    (low1, high1), (low2, high2) = exponents(x1), exponents(x2)
    if last_only:  # the inputs times the roots of the weights
        low, high = (size + fall) / 2, (size + growth) / 2
        least = min(2 * low, low1 + low, low2 + low, low1 + low2 + 2 * low)
        greatest = max(2 * high, high1 + high, high2 + high)
        later = max(0, high1 + high2, high1 + high, high2 + high)
    else:  # s x1, times x2, times p / s; then the recursion
        least = min(low1 + size, low1 + low2 + size + min([0, *rates]))
        greatest = max(high1 + size, *map(abs, [size, *rates]))
        later = growth + max(0, high2)
    if greatest > COMFORT:
        return math.inf, False
    lossless = least >= -COMFORT or terms + later <= _HARMLESS
    floor = 0.0 if lossless else 2.0 ** min(terms + later - 1022, COMFORT)
    return floor, terms + high1 + high2 + size + growth <= COMFORT


def _last_kernel(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], variances: GivenVariances
) -> Float64[np.ndarray, "N M"]:
    """``sum_k rho_k <x_(T-1-k), x'_(S-1-k)>``, half of each weight on either side."""
    lags = min(x1.shape[1], x2.shape[1])
    root = np.sqrt(lag_weights(variances, lags))[::-1, None]
    left, right = ((x[:, -lags:] * root).reshape(len(x), -1) for x in (x1, x2))
    kernel: np.ndarray = left @ right.T
    return kernel


def _kernel(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], variances: GivenVariances
) -> Float64[np.ndarray, "N M T S"]:
    """One product of matrices gives s G, which the recursion turns into K where it lies.

    With the second sequences as the fastest axis in memory and s before it, a step along the diagonal
    moves a whole block, small enough for a core's cache.  P stays where it is while a window slides over
    it.  As s is taken into the inputs, P gets ``p / s``, which without rates exceeds neither nu_C nor nu_F.
    Where only the transition is trained, s is 0, and p taken instead.
    """
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    nu_W, s, p = w_s_p(variances)
    if not (s or p):
        return np.zeros((N, M, T, S))
    w, unit, ratio = map(float, (nu_W if min(T, S) > 1 else 0, s or p, p / (s or p)))
    kernel: np.ndarray = (unit * x1.reshape(N * T, n_x)) @ x2.transpose(2, 1, 0).reshape(n_x, S * M)
    kernel = kernel.reshape(N, T, S, M)

    @np.errstate(**_QUIET)  # a thread does not inherit it
    def accumulate(start: int) -> None:
        block = kernel[start : start + size]
        carried = np.zeros((len(block), T + S, M))  # P, with entry (t, s) at T - t + s
        scratch = np.empty((len(block), S, M))
        for t in range(T):
            now, window = block[:, t], carried[:, T - t : T - t + S]
            fresh = np.multiply(now, ratio, out=scratch)
            if not s:
                now[...] = 0
            if t:
                now[:, 1:] += window[:, 1:]
            window *= w
            window += fresh
            if t:
                now[:, 1:] += np.multiply(block[:, t - 1, :-1], w, out=scratch[:, 1:])

    size = max(1, _BLOCK // (S * M))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(accumulate, range(0, N, size)))
    return kernel.transpose(0, 3, 1, 2)


def dense_evaluation(
    x1: Shaped[np.ndarray, "N T n_x"],
    x2: Shaped[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> Evaluate:
    """The same two formulas on arrays of balls or exact rationals."""
    T, S = x1.shape[1], x2.shape[1]
    exact1, exact2 = (np.frompyfunc(Fraction, 1, 1)(x.astype(object)) for x in (x1, x2))

    def evaluate(number: Any) -> Any:
        w, s, p = map(number, w_s_p(variances))
        left, right = (np.frompyfunc(number, 1, 1)(x) for x in (exact1, exact2))
        if last_only:  # arrays stand left of numbers, for any kind of number
            return sum(
                (left[:, T - 1 - k] @ right[:, S - 1 - k].T) * closed_forms.lag_weight(k, w, s, p)
                for k in range(min(T, S))
            ).flat
        products = np.tensordot(left, right, (2, 2)).transpose(0, 2, 1, 3)
        kernel, carried = products * s, products * p
        for t in range(1, T):
            kernel[:, :, t, 1:] += kernel[:, :, t - 1, :-1] * w + carried[:, :, t - 1, :-1]
            carried[:, :, t, 1:] += carried[:, :, t - 1, :-1] * w
        return kernel.flat

    return evaluate


def kernel_shape(
    x1: Shaped[np.ndarray, "N T n_x"], x2: Shaped[np.ndarray, "M S n_x"], last_only: bool
) -> tuple[int, ...]:
    """Of the kernel of all outputs, or of the last ones."""
    (N, T, _), (M, S, _) = x1.shape, x2.shape
    return (N, M) if last_only else (N, M, T, S)
