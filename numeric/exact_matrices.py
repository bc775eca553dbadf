"""Small helpers for matrices of exact rationals and of balls, as FLINT has them."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat
from jaxtyping import Shaped

from numeric.certified import Element

__all__ = [
    "PRIMES",
    "Matrix",
    "bits_of",
    "identity",
    "matrices_over",
    "matrix",
    "part",
    "pivots",
    "rational",
    "solved",
    "trace",
]

PRIMES = (2**63 - 25, 2**63 - 165, 2**63 - 259)
"""The three greatest below 2^63; one that divides the minors of X by chance leaves two."""

Matrix: TypeAlias = Any
"""Of balls or exact rationals: ``arb_mat`` or ``fmpq_mat``."""


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


def pivots(X: Matrix) -> list[int]:
    """The first columns that are independent."""
    echelon, rank = X.rref()
    return [next(j for j, x in enumerate(row) if x != 0) for row in echelon.tolist()[:rank]]


def part(X: Matrix, rows: Iterable[int], columns: Iterable[int]) -> Matrix:
    """Some rows and columns of it."""
    entries, chosen = X.tolist(), list(columns)
    return type(X)([[entries[i][j] for j in chosen] for i in rows])
