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

So it is for a single dense layer.  :mod:`numeric.network_kernels` has all other networks, and
:mod:`numeric.kernel_sources` biases, lengths and averages; the NNGP is the kernel of the same network with
its readout alone trained, at the rate nu_C.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from derivations import closed_forms
from numeric.arguments import Array, Count, at_least, bytes_of_number, checked_array, refuse_too_large, shown
from numeric.certified import MOST_DIGITS, Evaluate, certified, certified_floats, float64_overflow
from numeric.dense import DenseTransition
from numeric.float_range import COMFORT, exponents
from numeric.kernel_sources import InitialStates, Source, kernel_sources
from numeric.model import Model, Rates
from numeric.network_kernels import exact_evaluation, float_kernel, reservoir
from numeric.sequence_lengths import given_lengths
from numeric.variances import GivenNetwork, GivenVariances, Variances, given_network, w_s_p
from numeric.weights import lag_weights

__all__ = ["nngp", "ntk"]

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
    variances: GivenNetwork,
    last_only: bool = False,
    digits: Count | None = None,
    lengths: Array | tuple[Array | None, Array | None] | None = None,
    pool: str | None = None,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    """The neural tangent kernel between sequences in the limit of infinite width, without its factor I_(n_y).

    Parameters
    ----------
    x1 : array_like, shape (N, T, n_x)
        N sequences of T steps, real and finite; bools are 0 and 1.  Pad shorter ones with zeros on the left,
        which is exact without biases: what was at steps t and s then is at the steps of the padded ones, and
        the last outputs' kernel stays as it is.  Or on the right, with ``lengths``.
    x2 : array_like, shape (M, S, n_x), optional
        The other sequences; ``x1`` by default.
    variances : Variances or another network
        nu_W, nu_F and nu_C; or Leaky, Orthogonal, Diagonal, Stack, Biased.
    last_only : bool
        Only the kernel of the last outputs: a single product of matrices.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.  The inputs then are
        taken exactly: floats are dyadic numbers, arrays of Fractions, mpf or decimal strings what they say.
    lengths : N integers, or with ``x2`` a pair of N and of M integers, optional
        How many steps of each sequence count, from 1 to T (and to S); of the pair either may be None, for
        all.  What stands behind them does not matter, if it is finite.  The last output of a sequence is that
        of its last step that counts, and entries of later steps are 0.
    pool : "mean", optional
        Only the kernel of the averages of the outputs over all steps that count, at the cost of
        ``last_only``.

    Returns
    -------
    ndarray, shape (N, M, T, S), or (N, M) with ``last_only`` or ``pool``
        Of float64, or of mpf with ``digits``; not necessarily contiguous in memory.

    Raises
    ------
    ValueError
        If an input is not a non-empty array of three axes of finite real numbers, or is masked or has a unit,
        if n_x differs, the kernel does not fit in memory, ``digits`` or a length is out of range, ``pool`` is
        neither "mean" nor None or comes with ``last_only``, or ``variances`` are no network.
    OverflowError
        If a float64 result overflows, or the share in it of the inputs or of a bias does; ``digits=`` has no
        such limit.

    Notes
    -----
    O(N M T S n_x) operations; a small multiple of the time of ``x1``'s and ``x2``'s product.  Memory for the
    result, 8 N M T S bytes (8 N M with ``last_only``); with ``digits`` some 300 bytes and half a byte a digit
    for each entry.  Only pairs of
    sequences where numbers near the ends of float64's range meet take much longer, some microseconds an
    operation; their entries then are the nearest floats.

    For D dense or leaky layers it is O(N M T S (n_x + D)), for given eigenvalues O(N M T S n_x rank) with the
    number of their real and imaginary parts, twice if they are trained, for the rank; for a Ring O(N M T S
    (n_x + min(T, S))), and for other stacks of these O(N M T S n_x min(T, S)), by products of matrices.
    ``last_only`` and ``pool`` take N M n_x min(T, S), and where the limit is not diagonal the limit kernel of
    T and S lags, O(T S) numbers.  Each entry is off by at most ``(n_x + 8 D) (T + S + 2) 2^-53`` of the sum
    of its absolute terms (:mod:`numeric.network_kernels` says which these are), and 2^-1000.

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

    The second sequence ends a step earlier, and the averages over two and three steps of either:

    >>> ntk(x, variances=Variances("0.5"), last_only=True, lengths=[3, 2])
    array([[1.5, 0. ],
           [0. , 2. ]])
    >>> ntk(x, variances=Variances("0.5"), pool="mean", lengths=[3, 2]).round(3)
    array([[0.611, 0.333],
           [0.333, 0.5  ]])

    A leaky network, whose limit is not diagonal, with a bias of its readout:

    >>> from numeric import Biased, Leaky
    >>> ntk(x, variances=Biased(Leaky("0.5", "0.25"), readout=0))[0, 0]
    array([[3.  , 2.  , 1.5 ],
           [2.  , 3.  , 2.75],
           [1.5 , 2.75, 3.25]])

    With ``transition < 1`` the smallest eigenvalues fall exponentially with T, soon beyond float64's reach.
    Here every entry has 50 certified digits, and the eigenvalue is as good as mpmath's working precision,
    15 digits unless told otherwise.  (NumPy's linear algebra takes no mpf.)

    >>> import mpmath
    >>> gram = ntk(np.ones((1, 10, 1)), variances=Variances("0.01"), digits=50)[0, 0]
    >>> with mpmath.workdps(50):
    ...     print(mpmath.nstr(min(mpmath.eigsy(mpmath.matrix(gram.tolist()), eigvals_only=True)), 20))
    4.4972477275654437944e-16
    """
    return _kernel_of("ntk", given_network(variances), x1, x2, last_only, digits, lengths, pool)


def nngp(
    x1: Array,
    x2: Array | None = None,
    *,
    variances: GivenNetwork,
    last_only: bool = False,
    digits: Count | None = None,
    lengths: Array | tuple[Array | None, Array | None] | None = None,
    pool: str | None = None,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    """The covariance of an output at initialisation, in the limit of infinite width a Gaussian process.

    Different outputs are independent.  ``sum_k nu_C nu_F nu_W^k <x_{t-k}, x'_{s-k}>`` for ``Variances``.

    Parameters
    ----------
    x1, x2, variances, last_only, digits, lengths, pool
        As in :func:`ntk`.  Rates do not matter.

    Returns
    -------
    ndarray, shape (N, M, T, S), or (N, M) with ``last_only`` or ``pool``
        As from :func:`ntk`.

    Raises
    ------
    ValueError, OverflowError
        As in :func:`ntk`.

    Notes
    -----
    At the cost of :func:`ntk` or less, and with the same accuracy.

    Examples
    --------
    >>> nngp([[[1], [0], [2]]], variances=Variances("0.5"))[0, 0]
    array([[1.  , 0.  , 2.  ],
           [0.  , 0.5 , 0.  ],
           [2.  , 0.  , 4.25]])
    """
    model = reservoir(given_network(variances))
    return _kernel_of("nngp", model, x1, x2, last_only, digits, lengths, pool)


def _kernel_of(
    name: str,
    model: Model,
    x1: Array,
    x2: Array | None,
    last_only: bool,
    digits: Count | None,
    lengths: Any,
    pool: str | None,
) -> Shaped[np.ndarray, "N M T S"] | Shaped[np.ndarray, "N M"]:
    exact = digits is not None
    first = checked_array("x1", x1, "(N, T, n_x)", exact=exact)
    second = first if x2 is None else checked_array("x2", x2, "(M, S, n_x)", exact=exact)
    if first.shape[2] != second.shape[2]:
        raise ValueError(
            f"x1 and x2 must have the same n_x, their last axis, got {first.shape} and {second.shape}"
        )
    if pool not in (None, "mean"):
        raise ValueError(f"pool must be 'mean' or None, got {shown(pool)}")
    if pool and last_only:
        raise ValueError("pool must be None with last_only=True: it is 'mean' of all outputs, or the last")
    ends = given_lengths(lengths, first, None if x2 is None else second)
    how = pool or ("last" if last_only else "whole")
    shape = _shape(first, second, how != "whole")
    places = None if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
    refuse_too_large(
        f"{name}: a kernel of shape {shape}",
        math.prod(shape) * bytes_of_number(places),
        "pass some sequences of x1 and x2 at a time" + ("" if how != "whole" else ", or last_only=True"),
    )
    if digits is None and pool and not all(map(_averages_in_floats, (first, second))):
        first, second = (np.frompyfunc(Fraction, 1, 1)(x).astype(object) for x in (first, second))
    sources = tuple(kernel_sources(model, first, second, ends, how))
    if first.dtype == object:
        evaluate = _sum_of_sources(sources, model, shape, ends)
        values = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
        return np.array(values, dtype=float if digits is None else object).reshape(shape)
    kernel, *others = (_float_part(source, how != "whole") for source in sources)
    try:
        constant = float(model.readout_bias.rate)
    except OverflowError:
        raise float64_overflow() from None
    for share in (*others, *([constant] if constant else [])):
        with np.errstate(over="ignore"):
            kernel += share
        if not np.isfinite(kernel).all():
            raise float64_overflow()
    return _ended(kernel, ends, 0.0)


def _averages_in_floats(x: Float64[np.ndarray, "N T n_x"]) -> bool:
    """Whether averages over time neither overflow nor lose digits to underflow."""
    low, high = exponents(x)
    return low >= -COMFORT and high <= COMFORT


def _sum_of_sources(
    sources: tuple[Source | InitialStates, ...],
    model: Model,
    shape: tuple[int, ...],
    ends: tuple[Any, Any],
) -> Evaluate:
    """The kernel in any kind of number."""
    parts = [_exact_part(source, len(shape) == 2) for source in sources]

    def evaluate(number: Any) -> Any:
        total: Any = number(model.readout_bias.rate)
        for part in parts:
            total = part(number) + total
        return _ended(np.broadcast_to(total, shape).copy(), ends, number(Fraction(0))).flat

    return evaluate


def _ended(kernel: Shaped[np.ndarray, "..."], ends: tuple[Any, Any], zero: Any) -> Shaped[np.ndarray, "..."]:
    """The kernel of all outputs with 0 where one of two sequences has ended; in place."""
    if kernel.ndim == 4:
        for n, end in enumerate(ends[0]):
            kernel[n, :, end:] = zero
        for m, end in enumerate(ends[1]):
            kernel[:, m, :, end:] = zero
    return kernel


def _exact_part(source: Source | InitialStates, last_only: bool) -> Callable[[Any], Any]:
    if isinstance(source, InitialStates):
        return source.values
    shape, variances = _shape(source.x1, source.x2, last_only), _single_dense(source.model)
    flat = (
        exact_evaluation(source.x1, source.x2, source.model, last_only)
        if variances is None
        else _evaluation(source.x1, source.x2, variances, last_only)
    )

    def values(number: Any) -> Shaped[np.ndarray, "..."]:
        entries = np.empty(math.prod(shape), dtype=object)
        entries[:] = list(flat(number))
        return source.spread(entries.reshape(shape))

    return values


def _float_part(source: Source | InitialStates, last_only: bool) -> Float64[np.ndarray, "..."]:
    if isinstance(source, InitialStates):
        return source.floats()
    variances = _single_dense(source.model)
    if variances is None:
        kernel = float_kernel(source.x1, source.x2, source.model, last_only)
    else:
        kernel = _dense_kernel(source.x1, source.x2, variances, last_only)
    return source.spread(kernel)


def _single_dense(model: Model) -> Variances | None:
    """The variances that have the same limit, if any have."""
    layer, *others = model.layers
    c, f = model.readout, layer.input
    transition: Any = layer.transition
    if others or type(transition) is not DenseTransition:
        return None
    rates = Rates(layer.rate, f.rate, c.rate)
    return Variances(transition.variance, f.variance, c.variance, rates=rates)


def _dense_kernel(
    first: Float64[np.ndarray, "N T n_x"],
    second: Float64[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    last_only: bool,
) -> Float64[np.ndarray, "N M T S"] | Float64[np.ndarray, "N M"]:
    """In float64; what that cannot hold on the way is computed exactly, pair by pair."""
    floor, surely_finite = _outlook(first, second, variances, last_only)
    if floor == math.inf:
        kernel = np.zeros(_shape(first, second, last_only))
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

    ``|K| <= terms max|x| max|x'| s growth`` if the weights are at most ``s growth``, with p for an s of 0.
    What underflow takes away on the way is less than 2^-1074 times what it is multiplied by later.  All in
    exponents of 2.
    """
    w, s, p = w_s_p(variances)
    if not (s or p):
        return 0.0, True
    unit = s or p
    steps, ratio = min(x1.shape[1], x2.shape[1]) - 1, p / unit
    size, terms = _exponent(unit), math.log2((steps + 1) * x1.shape[2])
    rates = [_exponent(x) for x in (w, ratio) if x and steps]
    rise, fall = (steps * bound([0, *rates[:1]]) for bound in (max, min))
    growth = rise + _exponent(1 + ratio * (steps + 1))
    (low1, high1), (low2, high2) = _exponents(x1), _exponents(x2)
    if last_only:  # the inputs times the roots of the weights
        low, high = (size + fall) / 2, (size + growth) / 2
        least = min(2 * low, low1 + low, low2 + low, low1 + low2 + 2 * low)
        greatest = max(2 * high, high1 + high, high2 + high)
        later = max(0, high1 + high2, high1 + high, high2 + high)
    else:  # s x1, times x2, times p / s; then the recursion
        least = min(low1 + size, low1 + low2 + size + min([0, *rates]))
        greatest = max(high1 + size, *map(abs, [size, *rates]))
        later = growth + max(0, high2)
    if greatest > _COMFORT:
        return math.inf, False
    lossless = least >= -_COMFORT or terms + later <= _HARMLESS
    floor = 0.0 if lossless else 2.0 ** min(terms + later - 1022, _COMFORT)
    return floor, terms + high1 + high2 + size + growth <= _COMFORT


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
