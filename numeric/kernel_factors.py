r"""The Gram matrix of a task's kernel, taken apart exactly into what is not singular.

With X the lagged inputs and Theta the limit of the lag kernel, times I of n_x, ``K = X Theta X'``.  Let
``Theta = P Psi P'`` with a Psi that is not singular (:mod:`numeric.lag_factors`); where the limit is
diagonal, it holds the lag weights other than 0.  Let ``X P = B C`` with B of full column rank and C of full
row rank (the one may be X P and the other I; else B holds the pivot columns of X P and C is its reduced row
echelon form, or the same of its transpose).  By ``phi(P Q) P = P phi(Q P)`` for every power series phi, and
the lags x of a new input, of which there may be more,

    K(x, X) phi(K) r = x Theta_:S C' phi(M) B' r,     M = B'B C Psi C'.

M is never singular, its eigenvalues are those of K other than 0, and it is as small as can be: repeated
sequences, inputs that are 0 and more outputs than lags, where K is singular, need no decision by a tolerance.
B and C are exact fractions; M is formed over any field of numbers.

The rank is found modulo a prime, where it cannot be greater than in truth.  If it is full there, it is full.
If not, B and C are made of the pivots found there, and proven right by multiplying them.

``M^-1 = (C Psi C')^-1 (B'B)^-1``, where a square or tall X P of full rank has C = I: then the weights, which
make the condition what it is, are in a matrix apart, a diagonal one as a rule, and cost no precision.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb_mat, fmpq, fmpq_mat, nmod_mat
from jaxtyping import Shaped

from derivations import training_forms
from numeric.arguments import checked_array
from numeric.cached import cached_property
from numeric.certified import exact_ball, precision
from numeric.exact_matrices import (
    PRIMES,
    Matrix,
    bits_of,
    identity,
    matrices_over,
    matrix,
    part,
    pivots,
    rational,
    solved,
)
from numeric.lag_factors import LagFactors, lag_factors, modular_kernel, weighted_lags
from numeric.limit import MOST_LAGS
from numeric.model import Model
from numeric.task import Rows, Task

__all__ = ["KernelFactors", "convolved", "kernel_factors", "lagged", "lagged_rank"]

_MOST_EXACT, _MOST_RANK = 2**20, 2**11
"""Entries of a matrix of exact lagged inputs, and the size of M."""
_RAYLEIGH_BITS = 1024


@dataclass(frozen=True)
class KernelFactors:
    """``X P = B C`` and the lag kernel: all of M but the number field."""

    left: fmpq_mat
    """B, of full column rank."""
    right: fmpq_mat
    """C, of full row rank."""
    lag_kernel: LagFactors
    n_x: int

    @property
    def rank(self) -> int:
        """Of X P, the size of M."""
        return int(self.right.nrows())

    @cached_property
    def gram(self) -> fmpq_mat:
        """``B'B``."""
        return self.left.transpose() * self.left

    def reading(self, lags: range, number: Any) -> Matrix:
        """``C Theta``, to be read by new inputs at these lags."""
        return self.lag_kernel.applied(self.right, self.n_x, lags, number)

    def matrices(self, number: Any) -> tuple[Matrix, Matrix]:
        """``B'B`` and ``C Psi C'``, whose product M is."""
        kind = matrices_over(number)
        weighted = self.lag_kernel.weighted(self.right, self.n_x, number)
        return kind(self.gram), weighted * kind(self.right.transpose())

    def solved(self, v: Matrix, number: Any) -> Matrix:
        """``M^-1 v``."""
        gram, weighted = self.matrices(number)
        return solved(weighted, solved(gram, v))

    @cached_property
    def bits(self) -> int:
        """About those of the largest entry of M."""
        most = [max(map(bits_of, matrix.entries())) for matrix in (self.gram, self.right)]
        weights = [x for row in self.lag_kernel.psi(rational) for x in row]
        return most[0] + 2 * most[1] + max(map(bits_of, weights)) + self.rank.bit_length()

    @cached_property
    def largest_step(self) -> Fraction:
        """``2 / lam_max`` or a little more, from the Rayleigh quotient of M's first eigenvector v.

        With ``H = C Psi C'``, M is self-adjoint in the product ``v' H v``: no quotient exceeds lam_max, and
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


def kernel_factors(task: Task, model: Model, rows: Rows = slice(None)) -> KernelFactors | None:
    """Those of rows of X; None if the kernel is 0."""
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    lag_kernel = lag_factors(model, task.lags)
    if lag_kernel is None:
        return None
    X = lag_kernel.projected(lagged("task", inputs, lag_kernel.lags, task.first, rows), task.n_x)
    rank = _rank(X, PRIMES[0])
    if rank > _MOST_RANK:
        raise ValueError(f"task: its lagged inputs have rank {rank}; digits= takes at most {_MOST_RANK}")
    if not any(X.entries()):
        return None
    left, right = _factors(X, rank)
    return KernelFactors(left, right, lag_kernel, task.n_x)


def lagged_rank(task: Task, model: Model, rows: Rows = slice(None)) -> int:
    """Of the kernel of rows of X; at most, where there are very many."""
    lags = weighted_lags(model, task.lags)
    N, T, n_x = task.inputs.shape
    outputs, columns = len(np.arange(N * (T - task.first))[rows]), len(lags) * n_x
    if outputs * columns > _MOST_EXACT or (not model.diagonal and len(lags) > MOST_LAGS):
        return int(min(outputs, columns))
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    if not lags:
        return 0
    X = lagged("task", inputs, lags, task.first, rows)
    if model.diagonal:
        return _rank(X, PRIMES[0])
    integers, _ = X.numer_denom()
    rank: int = (nmod_mat(integers, PRIMES[0]) * modular_kernel(model, lags, n_x, PRIMES[0])).rank()
    return rank


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
        columns = pivots(modular)
        left = part(X, range(X.nrows()), columns)
        rows = pivots(nmod_mat(part(integers, range(X.nrows()), columns), prime).transpose())
        right = part(left, rows, range(len(columns))).solve(part(X, rows, range(X.ncols())))
        if left * right == X:
            return left, right
    columns = pivots(X)
    return part(X, range(X.nrows()), columns), part(X.rref()[0], range(len(columns)), range(X.ncols()))


def convolved(
    name: str,
    inputs: Shaped[np.ndarray, "N T n_x"],
    response: Shaped[np.ndarray, "lags n_y n_x"],
    first: int,
    rows: Rows = slice(None),
) -> fmpq_mat:
    """The outputs of an impulse response, from ``first`` on; one row for each."""
    L = response[: inputs.shape[1]]
    X = lagged(name, inputs, range(len(L)), first, rows)
    return X * matrix(L.transpose(0, 2, 1).reshape(-1, L.shape[1]))


def lagged(
    name: str, inputs: Shaped[np.ndarray, "N T n_x"], lags: range, first: int, rows: Rows = slice(None)
) -> fmpq_mat:
    """Rows of the matrix of lagged inputs, as :func:`numeric.lagged.lagged_matrix` in fractions."""
    N, T, n_x = inputs.shape
    wanted, columns = np.arange(N * (T - first))[rows], len(lags) * n_x
    if len(wanted) * columns > _MOST_EXACT:
        raise ValueError(
            f"{name}: {len(wanted)} outputs of {columns} lagged inputs are too many for digits=, which takes "
            f"{_MOST_EXACT} entries at most"
        )
    exact = np.frompyfunc(rational, 1, 1)(inputs)
    padded = np.concatenate((np.full((N, max(0, lags.stop - 1), n_x), fmpq(0)), exact), axis=1)
    n, t = np.divmod(wanted, T - first)
    at = max(0, lags.stop - 1) + first + t[:, None] - np.array(lags, int)
    return fmpq_mat(len(wanted), columns, padded[n[:, None], at].ravel().tolist())
