r"""Exact samples of the lag Grams of networks with a Gaussian W, at any width n >= 1, without ever forming W.

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

*Leaky networks.*  ``M = decay + n^{-1/2} W`` has the same Krylov spaces: in coordinates ``U_{a+1} = decay U_a
+ n^{-1/2} R[:, n_x:] U_a``, and likewise on the left.

Sources: M. S. Bartlett, "On the theory of statistical regression" (1933), for R; J. W. Silverstein, "The
smallest eigenvalue of a large dimensional Wishart matrix" (1985), for revealing a Gaussian matrix column
by column.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from numeric.lag_grams import Grams, gram, refuse_overflow

__all__ = ["Roots", "draw", "numbers_drawn"]


class Roots(NamedTuple):
    """Square roots of the variances."""

    transition: float
    input: float
    output: float


def numbers_drawn(width: int, lags: int, n_x: int, n_y: int) -> int:
    """How many numbers a sample holds, beside its Grams."""
    right, left = min(width, n_x * lags), min(width, n_y * lags)  # coordinates of the chains
    return right**2 + 2 * left**2


def draw(
    width: int,
    lags: int,
    samples: int,
    n_x: int,
    n_y: int,
    roots: Roots,
    decay: float,
    seed: np.random.SeedSequence,
) -> Grams:
    """One block, all matrices divided by sqrt(n), for ``M = decay + n^{-1/2} W``.

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
        U = _chain(right, n_x, lags, roots.input, roots.transition, decay)
        V = _chain(left, n_y, lags, roots.output, roots.transition, decay)
        L = math.sqrt(width) * (C @ U.reshape(samples, D, -1)).reshape(samples, n_y, lags, n_x)
        grams = Grams(P=gram(V), Q=gram(U), L=L.swapaxes(1, 2))
    refuse_overflow(*grams)
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
    columns: Float[np.ndarray, "samples rank columns"],
    first: int,
    lags: int,
    start: float,
    step: float,
    decay: float,
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
        if decay:
            chain[:, :, a] += decay * chain[:, :, a - 1]
    return chain
