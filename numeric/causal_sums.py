r"""Convolutions whose every output is right to a small share of its own absolute terms, by FFT where it can.

Wanted are ``y[o, t] = sum_{k, j} b[k, j] a[o, k, t - j]``, each off by at most ``1e-12 S[o, t]``, where S is
the same sum of absolute values.  An FFT alone errs relative to the greatest output.  With u = 2^-53, K terms
k, | | the Euclidean norm over k and time, and a length n without prime factors above 5, it is off by

    kappa |a[o]| |b|,    kappa = (24 log2(n) + K + 8) u,

at most: three transforms, each off by 8 log2(n) u (Higham, Accuracy and Stability of Numerical Algorithms,
theorem 24.2, has 6.7 for radix 2 and twiddle factors right to u; radix 3 and 5 need less than 8 for a factor
of 2), of which the last adds n products whose absolute values have a sum of at most ``n |a[o]| |b|``
(Parseval, Cauchy and Schwarz).  Hence three steps:

1. *Slices* (Ozaki, Ogita, Oishi and Rump, 2012).  Scaled by powers of two, ``a = A + a'`` and ``b = B + b'``
   with A and B the nearest integers, so small that ``kappa |A[o]| |B| <= 1/4``: the convolution of A and B by
   FFT, rounded, is exact.  That of the rest, ``a * b' + a' * B``, is off by at most
   ``E[o] = kappa ((|A[o]| + |a'[o]|) |b'| + |a'[o]| |B|)``, for ordinary data some 1e-18 of ``|a[o]| |b|``.
2. *Certificate*.  Any terms are a lower bound of S: a few great ones, or all of them by FFT less the error
   of that.  Where it reaches ``E / 9e-13``, y is kept.  What is left is tried once more with a and b tilted:
   ``2^(-s t) a`` and ``2^(-s j) b`` have the sums ``2^(-s t) y``, of like size where all grows exponentially.
3. *Direct sums* elsewhere: outputs in tiles, lags in blocks, the greatest first, until those that are left
   cannot reach 1e-13 of what the absolute terms have come to.

Ordinary data end with step 2, but for the first outputs, which have few terms: ``O(T log T)`` operations.
Where S varies by more than some 10^5, and not exponentially, step 3 takes up to as many as there are terms.

This proves the bound for T up to 2^20 and K up to 1000, but for underflow: a product below 2^-1022 is off by
up to 2^-1074.
"""

import math
from typing import NamedTuple, SupportsFloat

import numpy as np
from jaxtyping import Complex, Float, Int

from derivations.lazily import imported

__all__ = ["Sequences", "causal_sums", "sequences", "transposed"]

_U = 2.0**-53
_SHARE = 9e-13
"""Of S, left to the FFT."""
_NEGLIGIBLE = 1e-13
"""Of S, left to the blocks of lags that are not summed."""
_FEW = 16
"""Outputs that are summed one by one; the corner that has few terms is no more as a rule."""
_TINY = 2.0**-800
"""Of the scaled numbers, what may have been lost to underflow."""


class Sequences(NamedTuple):
    """What the convolutions of the same ``a`` share."""

    given: Float[np.ndarray, "o k T"]
    """``2**(outer[o] + inner[k]) (A + a')``."""
    outer: Int[np.ndarray, " o"]
    inner: Int[np.ndarray, " k"]
    peaks: Float[np.ndarray, "o k"]
    """The greatest ``|given|``."""
    sizes: Float[np.ndarray, "o k T"]
    """``|A + a'|``."""
    length: int
    """n."""
    coarse: Complex[np.ndarray, "o k f"]
    """The transform of A."""
    fine: Complex[np.ndarray, "o k f"]
    """The transform of a'."""
    whole: Complex[np.ndarray, "o k f"]
    """The transform of A + a'."""
    exact: bool
    """Whether a is A."""
    squares: Float[np.ndarray, "2 o k"]
    """``|A|^2`` and ``|a'|^2``."""


@np.errstate(over="ignore", under="ignore")
def sequences(a: Float[np.ndarray, "o k T"], lags: int) -> Sequences:
    """Prepared for convolutions whose outputs need no more lags, or no more times, than so many."""
    fft = imported("scipy.fft")

    length = 64 * fft.next_fast_len(-(-(a.shape[2] + lags - 1) // 64), real=True)
    peaks = np.abs(a).max(axis=2)
    powers = np.where(peaks, np.frexp(peaks)[1], -(2**14))  # those of zeros are to be less than any
    inner = powers.max(axis=0)
    outer = (powers - inner).max(axis=1)
    inner, outer = (np.where(np.abs(part) < 2**13, part, 0) for part in (inner, outer))
    scaled = _times_power(a, -(outer[:, None] + inner)[..., None])
    norm = math.sqrt(np.square(scaled).sum(axis=2).max())
    if norm:
        shift = -_power_above(2 * math.sqrt(_kappa(length, 1)) * norm)
        scaled, outer = _times_power(scaled, np.array(shift)), outer - shift
    A = np.rint(scaled)
    rest = scaled - A
    coarse, fine = (fft.rfft(part, length) for part in (A, rest))
    exact = np.count_nonzero(A) == np.count_nonzero(a) and not rest.any()
    squares = np.array([np.square(part).sum(axis=2) for part in (A, rest)])
    whole, sizes = coarse + fine, np.abs(scaled)
    return Sequences(a, outer, inner, peaks, sizes, length, coarse, fine, whole, exact, squares)


def transposed(s: Sequences) -> Sequences:
    """The same with o and k exchanged."""
    swapped = ("given", "sizes", "coarse", "fine", "whole")
    return s._replace(
        **{name: getattr(s, name).swapaxes(0, 1) for name in swapped},
        peaks=s.peaks.T,
        outer=s.inner,
        inner=s.outer,
        squares=s.squares.swapaxes(1, 2),
    )


@np.errstate(over="ignore", under="ignore")
def causal_sums(s: Sequences, b: Float[np.ndarray, "k lags"], first: int) -> Float[np.ndarray, "o outputs"]:
    """``y[:, first:T]``, to 1e-12 of each output's own absolute terms.

    >>> wide = sequences(np.array([[[1e200, 1.0, 1e-200]]]), 2)
    >>> causal_sums(wide, np.array([[1.0, 2.0]]), 1)
    array([[2.e+200, 2.e+000]])
    """
    T = s.given.shape[2]
    if not (s.peaks.any() and b.any()):
        return np.zeros((len(s.given), T - first))
    outputs, powers, doubtful = _by_fft(s, b, first)
    outputs = _times_power(outputs, powers[:, None])
    if len(doubtful) > _FEW and (slope := max(_slope(s.given), _slope(b))) * T:
        a_tilted, a_power = _tilted(s.given, slope)
        b_tilted, b_power = _tilted(b, slope)
        tilted, powers, still = _by_fft(sequences(a_tilted, b.shape[1]), b_tilted, first, exact=False)
        whole, part = np.divmod(slope * np.arange(first, T), 1)
        tilted = _times_power(tilted * np.exp2(part), powers[:, None] + whole.astype(int) + a_power + b_power)
        outputs.ravel()[doubtful] = tilted.ravel()[doubtful]
        doubtful = np.intersect1d(doubtful, still, assume_unique=True)
    if doubtful.size:
        outputs.ravel()[doubtful] = _direct(s.given, b, first, doubtful)
    return outputs


def _slope(values: Float[np.ndarray, "*rows times"]) -> float:
    """By how many powers of two a step the numbers grow, by least squares over some 64 stretches of them.

    Rounded so that its multiples are exact.
    """
    times = values.shape[-1]
    starts = np.arange(0, times, -(-times // 64))
    peaks = np.maximum.reduceat(np.abs(values).reshape(-1, times).max(axis=0), starts)
    starts, peaks = starts[peaks > 0], np.log2(peaks[peaks > 0])
    centred = starts - starts.mean()
    return round(float(centred @ peaks / max(1, centred @ centred)) * 2**20) / 2**20


def _tilted(
    values: Float[np.ndarray, "*rows times"], slope: float
) -> tuple[Float[np.ndarray, "*rows times"], int]:
    """``2**(-power - slope t) values``, at most 1 in modulus, and the power."""
    whole, part = np.divmod(-slope * np.arange(values.shape[-1]), 1)
    mantissas, exponents = np.frexp(values)
    exponents = exponents + whole.astype(int)
    power = int(exponents[values != 0].max()) + 1
    return _times_power(mantissas * np.exp2(part), np.maximum(exponents - power, -(2**11))), power


def _by_fft(
    s: Sequences, b: Float[np.ndarray, "k lags"], first: int, exact: bool = True
) -> tuple[Float[np.ndarray, "o outputs"], Int[np.ndarray, " o"], Int[np.ndarray, " some"]]:
    """The outputs over powers of two; and where, in the flattened ones, S is not known to suffice.

    ``exact`` is whether neither a nor b has lost small numbers to underflow before.
    """
    fft = imported("scipy.fft")

    T = s.given.shape[2]
    sizes = np.abs(b)
    greatest = sizes.max(axis=1)
    top = int((np.frexp(greatest)[1] + s.inner)[greatest > 0].max())
    scaled = _times_power(b, (s.inner - top)[:, None])
    kappa = _kappa(s.length, len(b))
    A_norm, a_rest = np.sqrt(s.squares.sum(axis=2))
    b_norm = np.linalg.norm(scaled)
    shift = -_power_above(4.1 * kappa * A_norm.max() * b_norm)
    scaled *= 2.0**shift
    parts = np.empty((2, *b.shape))
    B = np.rint(scaled, out=parts[0])
    np.subtract(scaled, B, out=parts[1])
    b_rest = np.linalg.norm(parts[1])
    B_norm = 2.0**shift * b_norm + b_rest  # at most

    transforms = fft.rfft(parts, s.length)  # two at once take hardly longer than one
    # of one by one in place, as fresh memory may cost more than the products
    alone = len(s.given) == len(b) == 1
    spectra = transforms if alone else np.empty((2, len(s.given), transforms.shape[-1]), complex)
    _products(s.whole, transforms[1], spectra[1])
    spectra[1] += _products(s.fine, transforms[0])
    _products(s.coarse, transforms[0], spectra[0])
    main, small = fft.irfft(spectra, s.length)[..., first:T]
    outputs = np.rint(main, out=main)
    outputs += small
    powers = s.outer + top - shift
    if exact and s.exact and not b_rest and not parts[1].any() and np.count_nonzero(B) == np.count_nonzero(b):
        return outputs, powers, np.zeros(0, int)
    errors = kappa * ((A_norm + a_rest) * b_rest + a_rest * B_norm) + _TINY * (1 + A_norm) * B_norm
    if exact:
        errors[~s.peaks.any(axis=1)] = 0
    return outputs, powers, _doubtful(s, np.abs(scaled), errors / _SHARE, first)


def _doubtful(
    s: Sequences, b: Float[np.ndarray, "k lags"], wanted: Float[np.ndarray, " o"], first: int
) -> Int[np.ndarray, " some"]:
    """Where, in the flattened outputs, S is not known to come to what is wanted."""
    fft = imported("scipy.fft")

    a, lags = s.sizes, b.shape[1]
    T = a.shape[2]
    most = -(-lags // 8)  # lags that all but a few outputs see
    k, j = divmod(int(np.argmax(b[:, :most])), most)
    early = max(0, j - first)
    doubted = np.ones((len(a), T - first), bool)
    if b[k, j]:
        doubted[:, early:] = a[:, k, first + early - j : T - j] < (wanted / b[k, j])[:, None]
    doubtful = np.flatnonzero(doubted)
    o, t = np.divmod(doubtful, T - first)
    t += first
    found, start = np.zeros(len(doubtful)), 0
    while start < lags and len(doubtful) > _FEW:
        part = b[:, start : 2 * start + 1]
        k, j = divmod(int(np.argmax(part)), part.shape[1])
        found += np.where(t >= start + j, part[k, j] * a[o, k, t - start - j], 0)
        left = found < wanted[o]
        doubtful, o, t, found = doubtful[left], o[left], t[left], found[left]
        start = 2 * start + 1
    if len(doubtful) <= _FEW:
        return doubtful
    sums = fft.irfft(_products(fft.rfft(a, s.length), fft.rfft(b, s.length)), s.length)
    norms = np.sqrt(np.square(a).sum(axis=(1, 2)))
    least: np.ndarray = wanted + _kappa(s.length, len(b)) * np.linalg.norm(b) * norms
    return np.asarray(doubtful[sums[o, t] < least[o]])


def _direct(
    a: Float[np.ndarray, "o k T"],
    b: Float[np.ndarray, "k lags"],
    first: int,
    wanted: Int[np.ndarray, " some"],
) -> Float[np.ndarray, " some"]:
    """The outputs at the wanted places of the flattened ones, without an FFT."""
    o, t = np.divmod(wanted, a.shape[2] - first)
    t += first
    sums = _summed(a, b, o, t)
    left = np.flatnonzero(~np.isfinite(sums))
    if left.size:
        # The output may be a float64 though sums on its way are not.  So S >= 2^1023, and terms that count
        # have factors above 2^-100, of which nothing is lost here; what others lose is below 2^500.
        half = 513 + b.size.bit_length()
        halved = _summed(np.ldexp(a, -half), np.ldexp(b, -half), o[left], t[left])
        sums[left] = np.ldexp(halved, 2 * half)
    return sums


def _summed(
    a: Float[np.ndarray, "o k T"],
    b: Float[np.ndarray, "k lags"],
    o: Int[np.ndarray, " some"],
    t: Int[np.ndarray, " some"],
) -> Float[np.ndarray, " some"]:
    """The outputs o at times t; not finite where sums of terms, or of their absolute values, are not."""
    T, sums = a.shape[2], np.zeros(len(o))
    if len(o) <= _FEW:
        for i, (row, time) in enumerate(zip(o, t, strict=True)):
            lags = min(b.shape[1], time + 1)
            terms = b[:, :lags] * a[row, :, time + 1 - lags : time + 1][:, ::-1]
            sums[i] = terms.ravel().sum()  # pairwise
    elif np.count_nonzero(b) <= math.isqrt(T):
        for k, lag in zip(*np.nonzero(b), strict=True):
            sums += np.where(t >= lag, b[k, lag] * a[o, k, t - lag], 0)
    elif np.count_nonzero(a) <= math.isqrt(T):
        for row, k, time in zip(*np.nonzero(a), strict=True):
            seen = np.flatnonzero((o == row) & (t >= time) & (t < time + b.shape[1]))
            sums[seen] += a[row, k, time] * b[k, t[seen] - time]
    else:
        sums = _by_tiles(a, b, o, t)
    return sums


def _by_tiles(
    a: Float[np.ndarray, "o k T"],
    b: Float[np.ndarray, "k lags"],
    o: Int[np.ndarray, " some"],
    t: Int[np.ndarray, " some"],
) -> Float[np.ndarray, " some"]:
    """Many outputs: a product of matrices for each block of lags, over the tiles that need it."""
    outs, K, T = a.shape
    size = 2 ** max(5, math.isqrt(T).bit_length() - 1)
    count, blocks = -(-T // size), -(-b.shape[1] // size)
    padded = np.zeros((outs, K, (count + 1) * size))
    padded[..., size : size + T] = a
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * size, axis=2)[:, :, ::size]  # o k m 2size
    peaks = np.abs(padded).reshape(outs, K, count + 1, size).max(axis=3)
    peaks = np.maximum(peaks[..., :-1], peaks[..., 1:])  # o k m
    lagged = np.zeros((K, blocks * size))
    lagged[:, : b.shape[1]] = b
    lagged = lagged.reshape(K, blocks, size)
    heights = np.abs(lagged).max(axis=2)  # k I
    tiles, which = np.unique(o * count + t // size, return_inverse=True)
    outer, tile = np.divmod(tiles, count)
    unwanted = np.ones((len(tiles), size), bool)
    unwanted[which, t % size] = False
    # what the terms of a tile and a block come to at most, and all those from this block on in their order
    order = np.argsort(-heights.max(axis=0), kind="stable")
    order = order[order <= tile.max()]
    earlier = tile[:, None] - order
    most = sum(size * (peaks[outer[:, None], k, earlier] * heights[k, order]) for k in range(K))
    most[earlier < 0] = 0
    left = np.cumsum(most[:, ::-1], axis=1)[:, ::-1]
    sums, absolute = np.zeros((2, len(tiles), size))
    least = np.zeros(len(tiles))
    for i, block in enumerate(order):
        needed = left[:, i] > _NEGLIGIBLE * least
        if not needed.any():
            break
        used = np.flatnonzero(needed & (most[:, i] > 0))
        terms = windows[outer[used], :, tile[used] - block].swapaxes(0, 1)  # k used 2size
        shifted = np.zeros((K, 3 * size))
        shifted[:, size : 2 * size] = lagged[:, block]
        toeplitz = np.lib.stride_tricks.sliding_window_view(shifted, size, axis=1)[:, 2 * size : 0 : -1]
        toeplitz = np.ascontiguousarray(toeplitz)
        sums[used] += (terms @ toeplitz).sum(axis=0)
        absolute[used] += (np.abs(terms) @ np.abs(toeplitz)).sum(axis=0)
        least[used] = np.where(unwanted[used], np.inf, absolute[used]).min(axis=1)
    sums[np.isinf(absolute)] = np.nan  # of these some blocks may have been left out
    outputs: np.ndarray = sums[which, t % size]
    return outputs


def _products(
    a: Complex[np.ndarray, "o k f"],
    b: Complex[np.ndarray, "k f"],
    out: Complex[np.ndarray, "o f"] | None = None,
) -> Complex[np.ndarray, "o f"]:
    product: np.ndarray = (
        np.multiply(a[:, 0], b[0], out=out) if len(b) == 1 else np.einsum("okf,kf->of", a, b, out=out)
    )
    return product


def _kappa(length: int, terms: int) -> float:
    return _U * (24 * math.log2(length) + terms + 8)


def _power_above(value: SupportsFloat) -> int:
    """The least p with ``value < 2**p``."""
    return math.frexp(value)[1]


def _times_power(
    values: Float[np.ndarray, "..."], powers: Int[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """``2**powers values``; a power may be beyond float64, as ratios of float64s are."""
    if np.abs(powers).max() < 1000:
        product: np.ndarray = values * np.ldexp(1.0, powers)  # much faster
    else:
        product = np.ldexp(values, powers)
    return product
