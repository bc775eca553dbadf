"""The kernels of whole sequences, NTK and NNGP, in the limit of infinite width.

That of a single dense layer is a recursion of two terms (:mod:`numeric.dense_kernels`), and
:mod:`numeric.network_kernels` has all other networks.  :mod:`numeric.kernel_sources` brings in biases,
lengths and averages; the NNGP is the kernel of the same network with its readout alone trained, at the rate
nu_C.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from numeric.arguments import Array, Count, at_least, bytes_of_number, checked_array, refuse_too_large, shown
from numeric.certified import MOST_DIGITS, Evaluate, certified, certified_floats, float64_overflow
from numeric.dense_kernels import dense_evaluation, dense_kernel, kernel_shape
from numeric.float_range import COMFORT, exponents
from numeric.kernel_sources import InitialStates, Source, kernel_sources
from numeric.layered import is_one_dense
from numeric.model import Model
from numeric.network_kernels import exact_evaluation, float_kernel, reservoir
from numeric.sequence_lengths import given_lengths
from numeric.variances import GivenNetwork, Variances, given_network  # noqa: F401 (Variances in the examples)

__all__ = ["nngp", "ntk"]


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
    shape = kernel_shape(first, second, how != "whole")
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
    evaluation = dense_evaluation if is_one_dense(source.model) else exact_evaluation
    flat = evaluation(source.x1, source.x2, source.model, last_only)
    shape = kernel_shape(source.x1, source.x2, last_only)

    def values(number: Any) -> Shaped[np.ndarray, "..."]:
        entries = np.empty(math.prod(shape), dtype=object)
        entries[:] = list(flat(number))
        return source.spread(entries.reshape(shape))

    return values


def _float_part(source: Source | InitialStates, last_only: bool) -> Float64[np.ndarray, "..."]:
    if isinstance(source, InitialStates):
        return source.floats()
    kernel = dense_kernel if is_one_dense(source.model) else float_kernel
    return source.spread(kernel(source.x1, source.x2, source.model, last_only))
