"""The kernel of whole sequences, in the limit of infinite width.

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
from numeric.arguments import Array, Count, at_least, bytes_of_number, checked_array, refuse_too_large
from numeric.certified import MOST_DIGITS, Evaluate, certified, certified_floats
from numeric.variances import GivenVariances, Variances, w_f_c  # noqa: F401 (Variances in the examples)
from numeric.weights import lag_weights

__all__ = ["ntk"]

_BLOCK = 2**16
"""Entries of the kernel computed together at one time step: the fastest of 2^13 to 2^17 where measured."""

_QUIET: Any = {"over": "ignore", "under": "ignore", "invalid": "ignore"}
"""Overflow is found in the result."""

_COMFORT, _HARMLESS = 1000, 45
"""Exponents of 2: of sizes that float64 holds with room to spare, and of the growth after which what was
lost to underflow, below 2^-1074, still is far from 2^-1022, the smallest number of full precision."""


def ntk(
    x1: Array,
    x2: Array | None = None,
    *,
    variances: GivenVariances,
    last_only: bool = False,
    digits: Count | None = None,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    """The neural tangent kernel between sequences in the limit of infinite width, without its factor I_(n_y).

    Parameters
    ----------
    x1 : array_like, shape (N, T, n_x)
        N sequences of T steps, real and finite; bools are 0 and 1.  Pad shorter ones with zeros on the left,
        which is exact: what was at steps t and s then is at the steps of the padded ones, and the last
        outputs' kernel stays as it is.
    x2 : array_like, shape (M, S, n_x), optional
        The other sequences; ``x1`` by default.
    variances : Variances
        nu_W, nu_F and nu_C.
    last_only : bool
        Only the kernel of the last outputs: a single product of matrices.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.  The inputs then are
        taken exactly: floats are dyadic numbers, arrays of Fractions, mpf or decimal strings what they say.

    Returns
    -------
    ndarray, shape (N, M, T, S), or (N, M) with ``last_only``
        Of float64, or of mpf with ``digits``; not necessarily contiguous in memory.

    Raises
    ------
    ValueError
        If an input is not a non-empty array of three axes of finite real numbers, or is masked or has a unit,
        if n_x differs, the kernel does not fit in memory, ``digits`` is out of range, or ``variances`` are no
        Variances.
    OverflowError
        If a float64 result overflows; ``digits=`` has no such limit.

    Notes
    -----
    O(N M T S n_x) operations; a small multiple of the time of ``x1``'s and ``x2``'s product.  Memory for the
    result, 8 N M T S bytes (8 N M with ``last_only``); with ``digits`` some 300 bytes and half a byte a digit
    for each entry.  Only pairs of
    sequences where numbers near the ends of float64's range meet take much longer, some microseconds an
    operation; their entries then are the nearest floats.

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

    With ``transition < 1`` the smallest eigenvalues fall exponentially with T, soon beyond float64's reach.
    Here every entry has 50 certified digits, and the eigenvalue is as good as mpmath's working precision,
    15 digits unless told otherwise.  (NumPy's linear algebra takes no mpf.)

    >>> import mpmath
    >>> gram = ntk(np.ones((1, 10, 1)), variances=Variances("0.01"), digits=50)[0, 0]
    >>> with mpmath.workdps(50):
    ...     print(mpmath.nstr(min(mpmath.eigsy(mpmath.matrix(gram.tolist()), eigvals_only=True)), 20))
    4.4972477275654437944e-16
    """
    exact = digits is not None
    first = checked_array("x1", x1, "(N, T, n_x)", exact=exact)
    second = first if x2 is None else checked_array("x2", x2, "(M, S, n_x)", exact=exact)
    if first.shape[2] != second.shape[2]:
        raise ValueError(
            f"x1 and x2 must have the same n_x, their last axis, got {first.shape} and {second.shape}"
        )
    shape = _shape(first, second, last_only)
    places = None if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
    refuse_too_large(
        f"ntk: a kernel of shape {shape}",
        math.prod(shape) * bytes_of_number(places),
        "pass some sequences of x1 and x2 at a time" + ("" if last_only else ", or last_only=True"),
    )
    if digits is not None:
        values = certified(_evaluation(first, second, variances, last_only), digits)
        return np.array(values, dtype=object).reshape(shape)
    floor, surely_finite = _outlook(first, second, variances, last_only)
    if floor == math.inf:
        kernel = np.zeros(shape)
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
        values = certified_floats(_evaluation(*pair, variances, last_only))
        kernel[n, m] = np.reshape(values, kernel.shape[2:])
    return kernel


def _shape(
    x1: Shaped[np.ndarray, "N T n_x"], x2: Shaped[np.ndarray, "M S n_x"], last_only: bool
) -> tuple[int, ...]:
    (N, T, _), (M, S, _) = x1.shape, x2.shape
    return (N, M) if last_only else (N, M, T, S)


def _outlook(
    x1: Float64[np.ndarray, "N T n_x"],
    x2: Float64[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> tuple[float, bool]:
    """The size below which float64's kernel may lack digits, and whether it surely is finite.

    ``|K| <= terms max|x| max|x'| s growth`` if the weights are at most ``s growth``.  What underflow takes
    away on the way is less than 2^-1074 times what it is multiplied by later.  All in exponents of 2.
    """
    w, f, c = w_f_c(variances)
    if c + f == 0:
        return 0.0, True
    steps, ratio = min(x1.shape[1], x2.shape[1]) - 1, c * f / (c + f)
    s, terms = _exponent(c + f), math.log2((steps + 1) * x1.shape[2])
    rates = [_exponent(x) for x in (w, ratio) if x and steps]
    rise, fall = (steps * bound([0, *rates[:1]]) for bound in (max, min))
    growth = rise + _exponent(1 + ratio * (steps + 1))
    (low1, high1), (low2, high2) = _exponents(x1), _exponents(x2)
    if last_only:  # the inputs times the roots of the weights
        low, high = (s + fall) / 2, (s + growth) / 2
        least = min(2 * low, low1 + low, low2 + low, low1 + low2 + 2 * low)
        greatest = max(2 * high, high1 + high, high2 + high)
        later = max(0, high1 + high2, high1 + high, high2 + high)
    else:  # s x1, times x2, times p / s; then the recursion
        least = min(low1 + s, low1 + low2 + s + min([0, *rates]))
        greatest = max(high1 + s, *map(abs, [s, *rates]))
        later = growth + max(0, high2)
    if greatest > _COMFORT:
        return math.inf, False
    lossless = least >= -_COMFORT or terms + later <= _HARMLESS
    floor = 0.0 if lossless else 2.0 ** min(terms + later - 1022, _COMFORT)
    return floor, terms + high1 + high2 + s + growth <= _COMFORT


def _exponent(x: Fraction) -> float:
    return math.log2(x.numerator) - math.log2(x.denominator)


def _exponents(x: Float64[np.ndarray, "..."]) -> tuple[float, float]:
    """Those of the least and the greatest ``|x|`` other than 0."""
    sizes = abs(x[x != 0])
    return (math.log2(sizes.min()), math.log2(sizes.max())) if sizes.size else (0.0, 0.0)


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
    it.  As s is taken into the inputs, P gets ``p / s``, which exceeds neither nu_C nor nu_F.
    """
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    nu_W, f, c = w_f_c(variances)
    if c + f == 0:
        return np.zeros((N, M, T, S))
    w, s, ratio = map(float, (nu_W if min(T, S) > 1 else 0, c + f, c * f / (c + f)))
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


def _evaluation(
    x1: Shaped[np.ndarray, "N T n_x"],
    x2: Shaped[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> Evaluate:
    """The same two formulas on arrays of balls or exact rationals."""
    T, S = x1.shape[1], x2.shape[1]
    exact1, exact2 = (np.frompyfunc(Fraction, 1, 1)(x.astype(object)) for x in (x1, x2))

    def evaluate(number: Any) -> Any:
        w, f, c = map(number, w_f_c(variances))
        left, right = (np.frompyfunc(number, 1, 1)(x) for x in (exact1, exact2))
        if last_only:  # arrays stand left of numbers, for any kind of number
            return sum(
                (left[:, T - 1 - k] @ right[:, S - 1 - k].T) * closed_forms.lag_weight(k, w, f, c)
                for k in range(min(T, S))
            ).flat
        products = np.tensordot(left, right, (2, 2)).transpose(0, 2, 1, 3)
        kernel, carried = products * (c + f), products * (c * f)
        for t in range(1, T):
            kernel[:, :, t, 1:] += kernel[:, :, t - 1, :-1] * w + carried[:, :, t - 1, :-1]
            carried[:, :, t, 1:] += carried[:, :, t - 1, :-1] * w
        return kernel.flat

    return evaluate
