"""The kernel of whole sequences, in the limit of infinite width.

With ``G_ts = <x_t, x'_s>`` the definition is a sum over the lags,

    K_ts = sum_k rho_k G_(t-k, s-k),      rho_k = s w^k + p k w^(k-1),

``w = nu_W``, ``s = nu_C + nu_F``, ``p = nu_C nu_F``.  Let P be the same sum with the weights ``p w^k``.
Since ``rho_(k+1) = w rho_k + p w^k``, taking out the term k = 0 of each sum leaves

    K_ts = w K_(t-1, s-1) + P_(t-1, s-1) + s G_ts
    P_ts = w P_(t-1, s-1) + p G_ts

with nothing before the first step: O(1) work an entry after one product of matrices, and only
non-negative coefficients, so that rounding errors never grow by cancellation of the method's own.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped
from numpy.typing import ArrayLike

from derivations import closed_forms
from numeric.arguments import Count, exact_rational
from numeric.certified import certified, float64_overflow
from numeric.variances import Variances
from numeric.weights import lag_weights

__all__ = ["ntk"]

_BLOCK = 2**15
"""Entries of the kernel computed together at one time step; three such blocks fit a core's cache."""

_QUIET: Any = {"over": "ignore", "under": "ignore", "invalid": "ignore"}
"""Overflow is found in the result and reported there."""


def ntk(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    variances: Variances,
    last_only: bool = False,
    digits: Count | None = None,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    """The neural tangent kernel between sequences, without its factor I_(n_y).

    Parameters
    ----------
    x1 : array_like, shape (N, T, n_x)
        N sequences of T steps, real and finite.
    x2 : array_like, shape (M, S, n_x), optional
        The other sequences; ``x1`` by default.
    variances : Variances
    last_only : bool
        Only the kernel of the last outputs: a single product of matrices.
    digits : int, optional
        Significant decimal digits, at least 1, all certified; None for float64.  The inputs then are
        taken exactly: floats are dyadic numbers, arrays of Fractions, mpf or decimal strings what they say.

    Returns
    -------
    ndarray, shape (N, M, T, S), or (N, M) with ``last_only``
        Of float64, or of mpf with ``digits``.  The order in memory is not C's.

    Raises
    ------
    ValueError
        If an input is not a non-empty array of three axes of finite real numbers, or n_x differs.
    OverflowError
        If a float64 result overflows; ``digits=`` has no such limit.

    Notes
    -----
    O(N M T S n_x) operations; a small multiple of the time of ``x1``'s and ``x2``'s product.

    Examples
    --------
    >>> x = [[[1], [0], [0]], [[0], [1], [2]]]
    >>> ntk(x, variances=Variances("0.5"))[0, 0]
    array([[2. , 0. , 0. ],
           [0. , 2. , 0. ],
           [0. , 0. , 1.5]])
    >>> ntk(x, variances=Variances("0.5"), last_only=True)
    array([[ 1.5,  0. ],
           [ 0. , 10. ]])
    """
    first = _sequences("x1", x1, exact=digits is not None)
    second = first if x2 is None else _sequences("x2", x2, exact=digits is not None)
    if first.shape[2] != second.shape[2]:
        raise ValueError(
            f"x1 and x2 must have the same n_x, their last axis, got {first.shape} and {second.shape}"
        )
    if digits is not None:
        return _certified_kernel(first, second, variances, last_only, digits)
    with np.errstate(**_QUIET):
        kernel = (_last_kernel if last_only else _kernel)(first, second, variances)
        if not (_surely_finite(first, second, variances) or np.isfinite(kernel).all()):
            raise float64_overflow()
    return kernel


def _last_kernel(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], variances: Variances
) -> Float64[np.ndarray, "N M"]:
    """``sum_k rho_k <x_(T-1-k), x'_(S-1-k)>``, half of each weight on either side."""
    lags = min(x1.shape[1], x2.shape[1])
    root = np.sqrt(lag_weights(variances, lags))[::-1, None]
    left, right = ((x[:, -lags:] * root).reshape(len(x), -1) for x in (x1, x2))
    kernel: np.ndarray = left @ right.T
    return kernel


def _kernel(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], variances: Variances
) -> Float64[np.ndarray, "N M T S"]:
    """One product of matrices gives s G, which the recursion turns into K where it lies.

    With the second sequences as the fastest axis in memory and s before it, a step along the diagonal
    moves a whole block, small enough for a core's cache.  P stays where it is while a window slides over
    it.  As s is taken into the inputs, P gets ``p / s``, which exceeds neither nu_C nor nu_F.
    """
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    c, f = variances.output, variances.input
    if c + f == 0:
        return np.zeros((N, M, T, S))
    w, s, ratio = _floats(variances.transition, c + f, c * f / (c + f))
    kernel: np.ndarray = (s * x1.reshape(N * T, n_x)) @ x2.transpose(2, 1, 0).reshape(n_x, S * M)
    kernel = kernel.reshape(N, T, S, M)

    @np.errstate(**_QUIET)  # a thread does not inherit it
    def accumulate(start: int) -> None:
        block = kernel[start : start + size]
        carried = np.zeros((len(block), T + S, M))  # P, with entry (t, s) at T - t + s
        scratch = np.empty((len(block), S, M))
        for t in range(T):
            now, window = block[:, t], carried[:, T - t : T - t + S]
            fresh = np.multiply(now, ratio, out=scratch)
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


def _surely_finite(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], variances: Variances
) -> bool:
    """Whether ``|K| <= max|x| max|x'| n_x sum_k rho_k`` rules overflow out, cheaper than reading K."""
    try:
        weights = lag_weights(variances, min(x1.shape[1], x2.shape[1]) + 1)
    except OverflowError:
        return False
    return bool(abs(x1).max() * abs(x2).max() * x1.shape[2] * weights.sum() < 1e300)


def _floats(*numbers: Fraction) -> list[float]:
    try:
        return [float(x) for x in numbers]
    except OverflowError:
        raise float64_overflow() from None


def _certified_kernel(
    x1: Shaped[np.ndarray, "N T n_x"],
    x2: Shaped[np.ndarray, "M S n_x"],
    variances: Variances,
    last_only: bool,
    digits: Count,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    """The same two formulas on arrays of balls or exact rationals."""
    (N, T, _), (M, S, _) = x1.shape, x2.shape
    shape = (N, M) if last_only else (N, M, T, S)

    def evaluate(number: Any) -> Any:
        w, f, c = map(number, (variances.transition, variances.input, variances.output))
        left, right = (np.frompyfunc(number, 1, 1)(x) for x in (x1, x2))
        if last_only:
            lags = range(min(T, S))
            return sum(
                closed_forms.lag_weight(k, w, f, c) * (left[:, T - 1 - k] @ right[:, S - 1 - k].T)
                for k in lags
            ).flat
        products = np.tensordot(left, right, (2, 2)).transpose(0, 2, 1, 3)
        kernel, carried = (c + f) * products, c * f * products
        for t in range(1, T):
            kernel[:, :, t, 1:] += w * kernel[:, :, t - 1, :-1] + carried[:, :, t - 1, :-1]
            carried[:, :, t, 1:] += w * carried[:, :, t - 1, :-1]
        return kernel.flat

    return np.array(certified(evaluate, digits), dtype=object).reshape(shape)


def _sequences(name: str, x: ArrayLike, *, exact: bool) -> Shaped[np.ndarray, "N T n_x"]:
    """The checked input, of float64, or of Fractions if ``exact``."""
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} must have shape (sequences, steps, n_x), got a ragged list") from None
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"{name} must have shape (sequences, steps, n_x), none 0, got shape {array.shape}")
    if exact and array.dtype.kind in "iufOU":
        fractions = np.frompyfunc(lambda value: exact_rational(f"{name}'s entries", value), 1, 1)
        return np.asarray(fractions(array.astype(object)))
    if array.dtype.kind not in "iuf":
        hint = "" if exact else "; digits= takes Fractions, mpf and strings too"
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}{hint}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    return array.astype(np.float64)
