r"""The Gram matrix of a task's kernel, taken apart exactly into what is not singular.

With X the lagged inputs and D the lag weights, ``K = X D X'``.  Let ``X = B C`` with B of full column rank
and C of full row rank (the one may be X and the other I; else C is the reduced row echelon form of X and B
holds the pivot columns).  By ``phi(P Q) P = P phi(Q P)`` for every power series phi, and the lags x of a new
input,

    K(x, X) phi(K) r = x D C' phi(M) B' r,     M = B'B C D C'.

M is never singular, its eigenvalues are those of K other than 0, and it is as small as can be: repeated
sequences, inputs that are 0 and more outputs than lags, where K is singular, need no decision by a tolerance.
B and C are exact fractions; M is formed over any field of numbers.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat
from jaxtyping import Shaped

from derivations import closed_forms, training_forms
from numeric.arguments import Array, exact_rational, finite_array, real_array
from numeric.certified import Element, exact_ball, precision
from numeric.task import Rows, Task
from numeric.variances import GivenVariances, Variances, w_f_c

__all__ = [
    "KernelFactors",
    "Matrix",
    "bits_of",
    "checked_array",
    "convolved",
    "identity",
    "kernel_factors",
    "lagged",
    "matrices_over",
    "matrix",
    "solved",
    "trace",
    "weighted_lags",
]

_MOST_EXACT, _MOST_RANK = 2**20, 2**11
"""Entries of a matrix of exact lagged inputs, and the size of M."""
_RAYLEIGH_BITS = 1024

Matrix: TypeAlias = Any
"""Of balls or exact rationals: ``arb_mat`` or ``fmpq_mat``."""


def checked_array(name: str, value: Array, shape: str, *, exact: bool) -> Shaped[np.ndarray, "_ _ _"]:
    """The checked array of three axes, of float64, or of Fractions if ``exact``."""
    if not exact:
        array = finite_array(name, value, 3)
    else:
        given = real_array(name, value, 3, "iufOU")
        fractions = np.frompyfunc(lambda x: exact_rational(f"{name}'s entries", x), 1, 1)
        array = np.asarray(fractions(given.astype(object)))
    if array.size == 0:
        raise ValueError(f"{name} must have shape {shape}, none of them 0, got {array.shape}")
    return array


def weighted_lags(variances: GivenVariances, lags: int) -> int:
    """How many lag weights come before the first that is 0."""
    w, f, c = w_f_c(variances)
    return min(lags, 0 if f + c == 0 else lags if w else 2 if f * c else 1)


@dataclass(frozen=True)
class KernelFactors:
    """``X = B C`` and the variances: all of M but the number field."""

    left: fmpq_mat
    """B, of full column rank."""
    right: fmpq_mat
    """C, of full row rank."""
    variances: Variances
    n_x: int

    @property
    def rank(self) -> int:
        """Of X, the size of M."""
        return int(self.right.nrows())

    @cached_property
    def gram(self) -> fmpq_mat:
        """``B'B``."""
        return self.left.transpose() * self.left

    def matrices(self, number: Any) -> tuple[Matrix, Matrix]:
        """M and ``C D``."""
        fields = tuple(map(number, w_f_c(self.variances)))
        lags = self.right.ncols() // self.n_x
        weights = [rho for k in range(lags) for rho in [closed_forms.lag_weight(k, *fields)] * self.n_x]
        kind = matrices_over(number)
        scaled = kind([[x * rho for x, rho in zip(row, weights, strict=True)] for row in self.right.tolist()])
        return kind(self.gram) * (scaled * kind(self.right.transpose())), scaled

    @cached_property
    def bits(self) -> int:
        """Of the largest entry of M, with a few for sums of its products."""
        M, _ = self.matrices(rational)
        most = max(bits_of(x) for x in M.entries())
        return most + self.rank.bit_length()

    @cached_property
    def largest_step(self) -> Fraction:
        """``2 / lam_max`` or a little more, from the Rayleigh quotient of M's first eigenvector v.

        With ``H = C D C'``, M is self-adjoint in the product ``v' H v``: no quotient exceeds lam_max, and
        this one misses it by the square of the error of v only.
        """
        with precision(_RAYLEIGH_BITS):
            M, scaled = self.matrices(exact_ball)
            size = max(abs(x.mid()) for x in M.entries())
            floats = np.array([float((x / size).mid()) for x in M.entries()]).reshape(self.rank, self.rank)
            values, vectors = np.linalg.eig(floats)
            v = arb_mat([[float(x)] for x in vectors[:, values.real.argmax()].real])
            Hv = scaled * (arb_mat(self.right.transpose()) * v)
            quotient = (Hv.transpose() * (arb_mat(self.gram) * Hv))[0, 0] / (v.transpose() * Hv)[0, 0]
            step = training_forms.largest_step(quotient)
            mantissa, exponent = map(int, step.upper().man_exp())
        return mantissa * Fraction(2) ** exponent


def kernel_factors(task: Task, variances: GivenVariances, rows: Rows) -> KernelFactors | None:
    """Those of rows of X, at lags of positive weight; None if there are no such lags or all of X is 0."""
    lags = weighted_lags(variances, task.lags)
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    if lags == 0:
        return None
    X = lagged("task", inputs, lags, task.first, rows)
    integers, _ = X.numer_denom()
    rank = integers.rank()
    if rank > _MOST_RANK:
        raise ValueError(f"task: its lagged inputs have rank {rank}; digits= takes at most {_MOST_RANK}")
    if rank == 0:
        return None
    if rank == X.nrows():
        return KernelFactors(identity(rank), X, variances, task.n_x)
    if rank == X.ncols():
        return KernelFactors(X, identity(rank), variances, task.n_x)
    echelon = X.rref()[0].tolist()[:rank]
    pivots = [next(j for j, x in enumerate(row) if x != 0) for row in echelon]
    left = fmpq_mat([[row[j] for j in pivots] for row in X.tolist()])
    return KernelFactors(left, fmpq_mat(echelon), variances, task.n_x)


def convolved(
    name: str,
    inputs: Shaped[np.ndarray, "N T n_x"],
    response: Shaped[np.ndarray, "lags n_y n_x"],
    first: int,
    rows: Rows = slice(None),
) -> fmpq_mat:
    """The outputs of an impulse response, from ``first`` on; one row for each."""
    L = response[: inputs.shape[1]]
    return lagged(name, inputs, len(L), first, rows) * matrix(L.transpose(0, 2, 1).reshape(-1, L.shape[1]))


def lagged(
    name: str, inputs: Shaped[np.ndarray, "N T n_x"], lags: int, first: int, rows: Rows = slice(None)
) -> fmpq_mat:
    """Rows of the matrix of lagged inputs, as :func:`numeric.lagged.lagged_matrix` in fractions."""
    N, T, n_x = inputs.shape
    wanted, columns = np.arange(N * (T - first))[rows], lags * n_x
    if len(wanted) * columns > _MOST_EXACT:
        raise ValueError(
            f"{name}: {len(wanted)} outputs of {columns} lagged inputs are too many for digits=, which takes "
            f"{_MOST_EXACT} entries at most"
        )
    exact = np.frompyfunc(rational, 1, 1)(inputs)
    padded = np.concatenate((np.full((N, max(0, lags - 1), n_x), fmpq(0)), exact), axis=1)
    n, t = np.divmod(wanted, T - first)
    at = max(0, lags - 1) + first + t[:, None] - np.arange(lags)
    return fmpq_mat(len(wanted), columns, padded[n[:, None], at].ravel().tolist())


def matrix(fractions: Shaped[np.ndarray, "rows columns"]) -> fmpq_mat:
    """A matrix of Fractions as FLINT has it."""
    rows, columns = fractions.shape
    return fmpq_mat(rows, columns, [rational(x) for x in fractions.flat])


def identity(size: int) -> fmpq_mat:
    """I."""
    return fmpq_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])


def rational(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def bits_of(x: Fraction | fmpq) -> int:
    """The bits of numerator and denominator."""
    return int(x.numerator).bit_length() + int(x.denominator).bit_length()


def matrices_over(number: Any) -> Any:
    """The matrices over a field of numbers; None for the field of sizes, see :mod:`numeric.certified`."""
    return {arb: arb_mat, fmpq: fmpq_mat}.get(type(number(Fraction(0))))


def solved(M: Matrix, v: Matrix) -> Matrix:
    """``M^-1 v``, for an M that is not singular: where its balls contain one that is, they are too wide."""
    try:
        return M.solve(v)
    except ZeroDivisionError:
        return type(v)(v.nrows(), v.ncols(), [arb("nan")] * (v.nrows() * v.ncols()))


def trace(M: Matrix) -> Element:
    """The sum of the diagonal."""
    return sum(M[i, i] for i in range(M.nrows()))
