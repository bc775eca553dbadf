r"""The Gram matrix of a task's kernel, taken apart exactly into what is not singular.

With X the lagged inputs and D the lag weights, ``K = X D X'``.  Let ``X = B C`` with B of full column rank
and C of full row rank (the one may be X and the other I; else B holds the pivot columns of X and C is its
reduced row echelon form, or the same of X').  By ``phi(P Q) P = P phi(Q P)`` for every power series phi, and
the lags x of a new input,

    K(x, X) phi(K) r = x D C' phi(M) B' r,     M = B'B C D C'.

M is never singular, its eigenvalues are those of K other than 0, and it is as small as can be: repeated
sequences, inputs that are 0 and more outputs than lags, where K is singular, need no decision by a tolerance.
B and C are exact fractions; M is formed over any field of numbers.

The rank is found modulo a prime, where it cannot be greater than in truth.  If it is full there, it is full.
If not, B and C are made of the pivots found there, and proven right by multiplying them.

``M^-1 = (C D C')^-1 (B'B)^-1``, where a square or tall X of full rank has C = I: then the weights, which make
the condition what it is, are in a diagonal matrix, and cost no precision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat, nmod_mat
from jaxtyping import Shaped

from derivations import closed_forms, training_forms
from numeric.arguments import Array, exact_rational, finite_array, real_array
from numeric.cached import cached_property
from numeric.certified import Element, exact_ball, precision
from numeric.task import Task
from numeric.variances import GivenVariances, Variances, w_f_c

__all__ = [
    "PRIMES",
    "KernelFactors",
    "Matrix",
    "bits_of",
    "checked_array",
    "convolved",
    "identity",
    "kernel_factors",
    "lagged",
    "lagged_rank",
    "matrices_over",
    "matrix",
    "rational",
    "solved",
    "trace",
    "weighted_lags",
]

_MOST_EXACT, _MOST_RANK = 2**20, 2**11
"""Entries of a matrix of exact lagged inputs, and the size of M."""
_RAYLEIGH_BITS = 1024
PRIMES = (2**63 - 25, 2**63 - 165, 2**63 - 259)
"""The three greatest below 2^63; one that divides the minors of X by chance leaves two."""

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

    def scaled(self, number: Any) -> Matrix:
        """``C D``."""
        weights = [rho for rho in self._weights(number) for _ in range(self.n_x)]
        rows = self.right.tolist()
        return matrices_over(number)([[x * rho for x, rho in zip(row, weights, strict=True)] for row in rows])

    def matrices(self, number: Any) -> tuple[Matrix, Matrix]:
        """``B'B`` and ``C D C'``, whose product M is."""
        kind = matrices_over(number)
        return kind(self.gram), self.scaled(number) * kind(self.right.transpose())

    def solved(self, v: Matrix, number: Any) -> Matrix:
        """``M^-1 v``."""
        gram, weighted = self.matrices(number)
        return solved(weighted, solved(gram, v))

    def _weights(self, number: Any) -> list[Element]:
        fields = tuple(map(number, w_f_c(self.variances)))
        return [closed_forms.lag_weight(k, *fields) for k in range(self.right.ncols() // self.n_x)]

    @cached_property
    def bits(self) -> int:
        """About those of the largest entry of M."""
        most = [max(map(bits_of, matrix.entries())) for matrix in (self.gram, self.right)]
        return most[0] + 2 * most[1] + max(map(bits_of, self._weights(rational))) + self.rank.bit_length()

    @cached_property
    def largest_step(self) -> Fraction:
        """``2 / lam_max`` or a little more, from the Rayleigh quotient of M's first eigenvector v.

        With ``H = C D C'``, M is self-adjoint in the product ``v' H v``: no quotient exceeds lam_max, and
        this one misses it by the square of the error of v only.
        """
        with precision(_RAYLEIGH_BITS):
            gram, weighted = self.matrices(exact_ball)
            M = gram * weighted
            size = max(abs(x.mid()) for x in M.entries())
            floats = np.array([float((x / size).mid()) for x in M.entries()]).reshape(self.rank, self.rank)
            values, vectors = np.linalg.eig(floats)
            v = arb_mat([[float(x)] for x in vectors[:, values.real.argmax()].real])
            Hv = weighted * v
            quotient = (Hv.transpose() * (gram * Hv))[0, 0] / (v.transpose() * Hv)[0, 0]
            step = training_forms.largest_step(quotient)
            mantissa, exponent = map(int, step.upper().man_exp())
        return mantissa * Fraction(2) ** exponent


def kernel_factors(task: Task, variances: GivenVariances) -> KernelFactors | None:
    """Those of the task's lagged inputs at lags of positive weight; None if there are none or X is 0."""
    lags = weighted_lags(variances, task.lags)
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    if lags == 0:
        return None
    X = lagged("task", inputs, lags, task.first)
    rank = _rank(X, PRIMES[0])
    if rank > _MOST_RANK:
        raise ValueError(f"task: its lagged inputs have rank {rank}; digits= takes at most {_MOST_RANK}")
    if not any(X.entries()):
        return None
    left, right = _factors(X, rank)
    return KernelFactors(left, right, variances, task.n_x)


def lagged_rank(task: Task, variances: GivenVariances) -> int:
    """Of the task's lagged inputs at lags of positive weight; at most, where there are very many."""
    lags = weighted_lags(variances, task.lags)
    N, T, n_x = task.inputs.shape
    rows, columns = N * (T - task.first), lags * n_x
    if rows * columns > _MOST_EXACT:
        return int(min(rows, columns))
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    return _rank(lagged("task", inputs, lags, task.first), PRIMES[0]) if lags else 0


def _rank(X: fmpq_mat, prime: int) -> int:
    """Of X modulo the prime, at most that of X."""
    integers, _ = X.numer_denom()
    rank: int = nmod_mat(integers, prime).rank()
    return rank


def _factors(X: fmpq_mat, rank: int) -> tuple[fmpq_mat, fmpq_mat]:
    """B and C; ``rank`` is that modulo the first prime."""
    if rank == X.ncols():
        return X, identity(rank)
    if rank == X.nrows():
        return identity(rank), X
    if X.nrows() < X.ncols():  # fewer rows than columns are to be expressed by others
        left, right = _factors(X.transpose(), rank)
        return right.transpose(), left.transpose()
    integers, _ = X.numer_denom()
    for prime in PRIMES:
        modular = nmod_mat(integers, prime)
        columns = _pivots(modular)
        left = _part(X, range(X.nrows()), columns)
        rows = _pivots(nmod_mat(_part(integers, range(X.nrows()), columns), prime).transpose())
        right = _part(left, rows, range(len(columns))).solve(_part(X, rows, range(X.ncols())))
        if left * right == X:
            return left, right
    columns = _pivots(X)
    return _part(X, range(X.nrows()), columns), _part(X.rref()[0], range(len(columns)), range(X.ncols()))


def _pivots(X: Matrix) -> list[int]:
    """The first columns that are independent."""
    echelon, rank = X.rref()
    return [next(j for j, x in enumerate(row) if x != 0) for row in echelon.tolist()[:rank]]


def _part(X: Matrix, rows: Iterable[int], columns: Iterable[int]) -> Matrix:
    entries, chosen = X.tolist(), list(columns)
    return type(X)([[entries[i][j] for j in chosen] for i in rows])


def convolved(
    name: str, inputs: Shaped[np.ndarray, "N T n_x"], response: Shaped[np.ndarray, "lags n_y n_x"], first: int
) -> fmpq_mat:
    """The outputs of an impulse response, from ``first`` on; one row for each."""
    L = response[: inputs.shape[1]]
    return lagged(name, inputs, len(L), first) * matrix(L.transpose(0, 2, 1).reshape(-1, L.shape[1]))


def lagged(name: str, inputs: Shaped[np.ndarray, "N T n_x"], lags: int, first: int) -> fmpq_mat:
    """The matrix of lagged inputs, as :func:`numeric.lagged.lagged_matrix` in fractions."""
    N, T, n_x = inputs.shape
    rows, columns = N * (T - first), lags * n_x
    if rows * columns > _MOST_EXACT:
        raise ValueError(
            f"{name}: {rows} outputs of {columns} lagged inputs are too many for digits=, which takes "
            f"{_MOST_EXACT} entries at most"
        )
    exact = np.frompyfunc(rational, 1, 1)(inputs)
    padded = np.concatenate((np.full((N, max(0, lags - 1), n_x), fmpq(0)), exact), axis=1)
    at = max(0, lags - 1) + np.arange(first, T)[:, None] - np.arange(lags)
    return fmpq_mat(rows, columns, padded[:, at].ravel().tolist())


def matrix(fractions: Shaped[np.ndarray, "rows columns"]) -> fmpq_mat:
    """A matrix of Fractions as FLINT has it."""
    rows, columns = fractions.shape
    return fmpq_mat(rows, columns, [rational(x) for x in fractions.flat])


def identity(size: int) -> fmpq_mat:
    """I."""
    return fmpq_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])


def rational(x: Fraction) -> fmpq:
    """The fraction as FLINT has it."""
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
