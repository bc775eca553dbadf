r"""Exact samples of the finite-width lag kernel, at any width n >= 1, without ever forming W.

The lag Grams and the impulse response see W only through two Krylov spaces, that of the right chain
``U_a = n^{-a/2} W^a F`` and that of the left chain ``V_a' = n^{-a/2} W'^a C'``.  So draw what W does
there, and nothing else.  Take unit variances for now.

*Right.*  Orthonormalise the columns of ``[F, W e_1, W e_2, ...]`` one after the other, where the e_k
are the orthonormal vectors that this very process yields.  Each column is a fresh N(0, I_n) vector
given those before: e_k is a function of them, and it is orthogonal to e_1 .. e_{k-1}, where alone W is
known.  Hence its coordinates along the d directions met so far are independent N(0, 1), the remainder
has a chi-distributed length with n - d degrees of freedom, and the remainder's direction becomes
e_{d+1}.  After n directions no remainder is left.  So in the basis E

    [F, W E] = R,    R_ij = N(0, 1) for i < j,  chi_{n-i+1} for i = j,  0 for i > j,  independent:

R has the law of the R factor of a Gaussian matrix with n rows (Bartlett's decomposition; for n_x = 1 it
is the Hessenberg form of a Gaussian matrix), and the right chain in coordinates is exactly

    U_0 = R[:, :n_x],    U_{a+1} = n^{-1/2} R[:, n_x:] U_a.

The lags below T use W on ``m = min(n, n_x (T-1))`` of these vectors; the columns have ``D = min(n, n_x+m)``
coordinates.  R is drawn at once.

*Left.*  The same process on ``[C', W'p_1, W'p_2, ...]`` yields its own orthonormal p_k.  Now a part of
W is known: ``e_j . W'p_k = (W e_j) . p_k`` for j <= m, a product of columns already drawn.  On the
complement of e_1 .. e_m, of dimension n - m, nothing of W has been seen, and the p_k are orthonormal, so
there the columns are fresh Gaussian vectors again: independent N(0, 1) along e_{m+1} .. e_D, and beyond
them, in n - D dimensions, Bartlett's triangle once more.  C' is independent of all of this, thus fresh in
every coordinate.  What is random is drawn at once; what remains is a Gram-Schmidt process, done twice, so
that the p_k are orthonormal to rounding error however near to dependence the columns come.  Its triangular
factor J, ``[C', W'P] = P J``, runs the left chain as R runs the right one.

The Grams are products of coordinates, ``Q_ab = U_a'U_b / n`` and ``P_ab = V_a V_b' / n``, and
``L_j = n^{-1/2} C U_j`` needs C along E only.  No step approximates: P, Q and L have jointly the law they
have at width n, also where n is smaller than the number of columns and the basis is exhausted, which
happens at the same column in every sample.  The variances enter as factors sqrt(nu_F) of F, sqrt(nu_C) of
C and sqrt(nu_W) of W before the chains are run, so these overflow only where the network itself does.

*Reproducible blocks.*  Samples come in blocks of 64 (``BLOCK``).  Block k draws from the k-th child of
the seed sequence, whatever was drawn before, so any block can be computed alone, in any order and on any
machine; a block cut short is the beginning of the whole one.  (The last bits of the results may depend on
the machine's linear algebra.)

Sources: M. S. Bartlett, "On the theory of statistical regression" (1933), for R; J. W. Silverstein, "The
smallest eigenvalue of a large dimensional Wishart matrix" (1985), for revealing a Gaussian matrix column
by column.
"""

import math
import operator
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple, NewType, SupportsIndex, TypeAlias, overload

import numpy as np
from jaxtyping import Float

from numeric.arguments import MOST_LAGS, Count, at_least, refuse_too_large, shown
from numeric.finite_width import convolve_grams, refuse_vast_kernel
from numeric.variances import GivenVariances, Variances, w_f_c  # noqa: F401 (Variances in the examples)

__all__ = ["BLOCK", "Grams", "Seed", "gram_chunks", "lag_kernel_chunks", "sample_lag_kernel"]

BLOCK = 64
"""Samples in a block: few enough for the cache, enough to hide the interpreter's overhead at each step.
A part of the stream's definition: another number would give other samples."""

MOST_OPERATIONS = 2**42
"""``lags^3 (n_x + n_y)^3`` for a sample, at most: an hour."""

if TYPE_CHECKING:
    Seed: TypeAlias = SupportsIndex | np.random.SeedSequence | np.random.Generator
else:  # as in numeric.arguments
    Seed = NewType("Seed", object)
"""Where randomness comes from.  An int or a SeedSequence fixes every block for good; a Generator hands
out a new seed sequence at each call."""


class Grams(NamedTuple):
    """The lag Grams of the two chains and the impulse response of some networks, jointly drawn."""

    P: Float[np.ndarray, "samples lags n_y lags n_y"]
    """``P[s, a, :, b, :] = V_a V_b' / n``, from the readout's chain."""
    Q: Float[np.ndarray, "samples lags n_x lags n_x"]
    """``Q[s, a, :, b, :] = U_a' U_b / n``, from the input matrix's chain."""
    L: Float[np.ndarray, "samples lags n_y n_x"]
    """``L[s, j] = n^{-(j+1)/2} C W^j F``."""


@overload
def sample_lag_kernel(
    width: Count,
    variances: GivenVariances,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: Literal[False] = False,
) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]: ...
@overload
def sample_lag_kernel(
    width: Count,
    variances: GivenVariances,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: Literal[True],
) -> tuple[
    Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"], Float[np.ndarray, "samples lags n_y n_x"]
]: ...
def sample_lag_kernel(
    width: Count,
    variances: GivenVariances,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: bool = False,
) -> (
    Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]
    | tuple[Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"], Float[np.ndarray, "samples lags n_y n_x"]]
):
    """Independent draws of the lag kernel of networks of the given width, exactly in law.

    Parameters
    ----------
    width : int
        n >= 1, as large as float64 reaches (``10**12`` costs what ``10**3`` costs).
    variances : Variances
        nu_W, nu_F and nu_C.
    lags, samples : int
        How many lags and how many networks, each at least 1.
    n_x, n_y : int
        Numbers of inputs and outputs, at least 1; they may exceed the width.
    rng : int, SeedSequence or Generator
        See :data:`Seed`.  Fewer samples from the same seed are the first of more.
    impulse_response : bool
        Return ``(theta, L)``, the impulse responses of the same networks beside their kernels.

    Raises
    ------
    ValueError
        On a count below 1 or not an integer, more lags than :func:`lag_kernel` takes, what does not fit in
        memory, ``variances`` that are none, or an unfit ``rng``.
    OverflowError
        Where a kernel, a variance or the width exceeds the range of float64.

    Notes
    -----
    A sample takes O(lags^3 (n_x + n_y)^3) operations, and ``lags^4 n_x^2 n_y^2 / 2`` for the convolution of
    its Grams, at any width.  The result takes ``8 samples (lags n_x n_y)^2`` bytes; beside it, memory for a
    block of 64 samples (``BLOCK``).

    Examples
    --------
    A trillion hidden units are close to the limit, ``rho = 2, 3, 4`` on the diagonal for unit variances:

    >>> theta = sample_lag_kernel(10**12, Variances(1), 3, 100, rng=0)
    >>> theta.shape
    (100, 3, 1, 1, 3, 1, 1)
    >>> print(theta[0, :, 0, 0, :, 0, 0].round(4) + 0.0)
    [[2. 0. 0.]
     [0. 3. 0.]
     [0. 0. 4.]]

    A single one is far from it:

    >>> theta, L = sample_lag_kernel(1, Variances(1), 2, 5, rng=0, impulse_response=True)
    >>> c_squared_plus_f_squared = theta[:, 0, 0, 0, 0, 0, 0]
    >>> bool(np.all(c_squared_plus_f_squared >= 2 * abs(L[:, 0, 0, 0])))
    True
    """
    chunks = gram_chunks(width, variances, lags, samples, n_x=n_x, n_y=n_y, rng=rng)
    samples, lags, n_x, n_y = map(operator.index, (samples, lags, n_x, n_y))
    refuse_vast_kernel(lags, n_x, n_y, copies=2 * min(BLOCK, samples))
    refuse_too_large(
        "samples: an array of so many lag kernels",
        8 * samples * (lags * n_x * n_y) ** 2,
        "take them from lag_kernel_chunks, some at a time",
    )
    theta = np.empty((samples, *(lags, n_y, n_x) * 2))
    L = np.empty((samples, lags, n_y, n_x) if impulse_response else 0)
    for start, grams in zip(range(0, samples, BLOCK), chunks, strict=True):
        theta[start : start + BLOCK] = _lag_kernel(grams)
        if impulse_response:
            L[start : start + BLOCK] = grams.L
    return (theta, L) if impulse_response else theta


def lag_kernel_chunks(
    width: Count,
    variances: GivenVariances,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    first_block: Count = 0,
) -> Iterator[Float[np.ndarray, "chunk lags n_y n_x lags n_y n_x"]]:
    """The samples of :func:`sample_lag_kernel` in chunks of 64 (``BLOCK``), the last perhaps shorter.

    Memory is that of one chunk, however many samples.  ``first_block=k`` starts with sample ``64 k`` of the
    stream of ``rng``, ``samples`` counting from there; the other arguments are those of
    :func:`sample_lag_kernel`.  ValueError for a bad argument comes at once, OverflowError with its chunk.

    >>> whole = sample_lag_kernel(50, Variances(1), 4, 8 * BLOCK, rng=7)
    >>> [seventh] = lag_kernel_chunks(50, Variances(1), 4, BLOCK, rng=7, first_block=7)
    >>> np.array_equal(seventh, whole[7 * BLOCK :])
    True
    """
    chunks = gram_chunks(width, variances, lags, samples, n_x=n_x, n_y=n_y, rng=rng, first_block=first_block)
    refuse_vast_kernel(*map(operator.index, (lags, n_x, n_y)), copies=2 * min(BLOCK, operator.index(samples)))
    return map(_lag_kernel, chunks)


def gram_chunks(
    width: Count,
    variances: GivenVariances,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    first_block: Count = 0,
) -> Iterator[Grams]:
    """The lag Grams P and Q and the impulse responses L of the same networks, as :class:`Grams`.

    They cost O(lags^3) a sample where the lag kernel takes O(lags^4).  Arguments and chunks are those of
    :func:`lag_kernel_chunks`; ValueError for a bad argument comes at once, OverflowError with its chunk.

    >>> [grams] = gram_chunks(10, Variances(1), 4, 20, n_x=3, n_y=2, rng=0)
    >>> grams.P.shape, grams.Q.shape, grams.L.shape
    ((20, 4, 2, 4, 2), (20, 4, 3, 4, 3), (20, 4, 2, 3))
    """
    width, samples = at_least(1, "width", width), at_least(1, "samples", samples)
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    n_x, n_y, first_block = (
        at_least(1, "n_x", n_x, most=MOST_LAGS),
        at_least(1, "n_y", n_y, most=MOST_LAGS),
        at_least(0, "first_block", first_block),
    )
    try:
        math.sqrt(width)
    except OverflowError:
        raise OverflowError("width: exceeds the range of float64, about 1.8e308") from None
    most = round(MOST_OPERATIONS ** (1 / 3)) // (n_x + n_y)
    if lags > most:
        raise ValueError(f"lags must be <= {most} for n_x + n_y = {n_x + n_y}, got {lags}")
    right, left = min(width, n_x * lags), min(width, n_y * lags)  # coordinates of the chains
    numbers = right**2 + 2 * left**2 + (n_x * lags) ** 2 + (n_y * lags) ** 2
    chunk = 2 * 8 * min(BLOCK, samples) * numbers  # as drawn, and as put together
    refuse_too_large("lags: a chunk", chunk, "take fewer lags, inputs or outputs")
    roots = _Roots(*map(_root, _Roots._fields, w_f_c(variances)))
    parent = _seed_sequence(rng)
    return (
        _draw(width, lags, min(BLOCK, samples - start), n_x, n_y, roots, _child(parent, block))
        for block, start in enumerate(range(0, samples, BLOCK), first_block)
    )


class _Roots(NamedTuple):
    """Square roots of the variances."""

    transition: float
    input: float
    output: float


def _draw(
    width: int, lags: int, samples: int, n_x: int, n_y: int, roots: _Roots, seed: np.random.SeedSequence
) -> Grams:
    """One block, all matrices divided by sqrt(n).

    Radii and Gaussians come from a stream each, sample by sample, so that a short block is a prefix.
    """
    known = min(width, n_x * (lags - 1))
    D = min(width, n_x + known)
    columns = n_y + min(width, n_y * (lags - 1))
    beyond = min(width - D, columns)
    for_right, for_left, for_readout, for_radii = map(np.random.default_rng, seed.spawn(4))
    freedom = np.array([float(width - k) for k in range(D + beyond)])
    radii = np.sqrt(for_radii.standard_gamma(freedom / 2, (samples, D + beyond)) / (width / 2))
    right = for_right.standard_normal((samples, D, n_x + known)) / math.sqrt(width)
    fresh = for_left.standard_normal((samples, D - known + beyond, columns)) / math.sqrt(width)
    readout = for_readout.standard_normal((samples, n_y, known)) / math.sqrt(width)

    right = _triangle(right, radii[:, :D])
    fresh[:, D - known :] = _triangle(fresh[:, D - known :], radii[:, D:])
    left = _left(right[:, :, n_x:], fresh, readout)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        C = roots.output * np.concatenate((readout, fresh[:, : D - known, :n_y].swapaxes(1, 2)), axis=2)
        U = _chain(right, n_x, lags, roots.input, roots.transition)
        V = _chain(left, n_y, lags, roots.output, roots.transition)
        L = math.sqrt(width) * (C @ U.reshape(samples, D, -1)).reshape(samples, n_y, lags, n_x)
        grams = Grams(P=_gram(V), Q=_gram(U), L=L.swapaxes(1, 2))
    _refuse_overflow(*grams)
    return grams


def _triangle(
    normals: Float[np.ndarray, "samples rows columns"], radii: Float[np.ndarray, "samples rows"]
) -> Float[np.ndarray, "samples rows columns"]:
    """Bartlett's factor: ``radii`` on the diagonal, ``normals`` above it, 0 below."""
    triangle = np.triu(normals, 1)
    diagonal = np.arange(radii.shape[1])
    triangle[:, diagonal, diagonal] = radii
    return triangle


def _left(
    action: Float[np.ndarray, "samples D known"],
    fresh: Float[np.ndarray, "samples unknown columns"],
    readout: Float[np.ndarray, "samples n_y known"],
) -> Float[np.ndarray, "samples rank columns"]:
    """J, from what is known, ``action = W e_j``, and the columns' components in all other directions.

    ``readout`` holds those of C in the known directions.
    """
    samples, D, known = action.shape
    _, unknown, columns = fresh.shape
    n_y = readout.shape[1]
    rank = min(known + unknown, columns)
    J = np.zeros((samples, rank, columns))
    basis = np.zeros((samples, rank, known + unknown))  # p_k as rows
    for k in range(columns):
        given = readout[:, k] if k < n_y else (basis[:, None, k - n_y, :D] @ action)[:, 0]
        column = np.concatenate((given, fresh[:, :, k]), axis=1)[..., None]
        if k >= rank:  # the basis is exhausted
            J[:, :, k] = (basis @ column)[..., 0]
            continue
        reach = D + k + 1  # column k is the first to reach coordinate D + k
        met, column = basis[:, :k, :reach], column[:, :reach]
        for _ in range(2):
            along = met @ column
            column = column - met.swapaxes(1, 2) @ along
            J[:, :k, k] += along[..., 0]
        J[:, k, k] = np.sqrt(np.einsum("sdk,sdk->s", column, column))
        basis[:, k, :reach] = column[..., 0] / J[:, k, k, None]
    return J


def _chain(
    columns: Float[np.ndarray, "samples rank columns"], first: int, lags: int, start: float, step: float
) -> Float[np.ndarray, "samples rank lags first"]:
    """The chain in coordinates, from [F, W E] or [C', W'P] with the roots of their variances.

    The columns form a (block) Hessenberg matrix, so the a-th member ends at coordinate ``first * (a + 1)``.
    """
    samples, rank, _ = columns.shape
    matrix = step * columns[:, :, first:]
    chain = np.zeros((samples, rank, lags, first))
    chain[:, :, 0] = start * columns[:, :, :first]
    for a in range(1, lags):
        before, after = min(matrix.shape[2], first * a), first * (a + 1)
        chain[:, :after, a] = matrix[:, :after, :before] @ chain[:, :before, a - 1]
    return chain


def _gram(chain: Float[np.ndarray, "samples rank lags k"]) -> Float[np.ndarray, "samples lags k lags k"]:
    samples, rank, lags, k = chain.shape
    flat = chain.reshape(samples, rank, lags * k)
    gram: np.ndarray = flat.swapaxes(1, 2) @ flat
    return gram.reshape(samples, lags, k, lags, k)


def _lag_kernel(grams: Grams) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        theta = convolve_grams(grams.P, grams.Q)
    _refuse_overflow(theta)
    return theta


def _refuse_overflow(*arrays: Float[np.ndarray, "..."]) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise OverflowError(
            "variances: powers of W up to the last lag exceed the range of float64 in a sampled network;"
            " take fewer lags or smaller variances"
        )


def _root(name: str, variance: Fraction) -> float:
    try:
        return math.sqrt(variance)
    except OverflowError:
        raise OverflowError(f"variances: {name} exceeds the range of float64, about 1.8e308") from None


def _seed_sequence(rng: Seed) -> np.random.SeedSequence:
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(rng.integers(2**32, size=4, dtype=np.uint32).tolist())
    try:
        return np.random.SeedSequence(at_least(0, "rng", rng))
    except ValueError:
        raise ValueError(
            f"rng must be an int >= 0, a SeedSequence or a Generator, got {shown(rng)}"
        ) from None


def _child(root: np.random.SeedSequence, k: int) -> np.random.SeedSequence:
    """What a fresh ``root.spawn`` gives as its k-th child; ``root`` stays as it is."""
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, k), pool_size=root.pool_size)
