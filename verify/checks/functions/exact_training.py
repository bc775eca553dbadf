r"""Training in exact rationals, step by step.

With l the impulse response as one vector, the loss is ``J = |A l - y|^2 / 2`` for the matrix A of lagged
inputs, and a model whose kernel is Theta (the diagonal of the lag weights, or a lag kernel) moves by

    l <- l - eta Theta A'(A l - y),        d l / d t = -Theta A'(A l - y).

Steps are taken one by one.  The flow is its power series, ``l(t) - l(0) = Theta A' sum_m (-t)^m t / (m+1)!
K^m r`` with ``K = A Theta A'`` and ``r = y - A l(0)``, cut off where the rest is below 1e-40.  The limit is
``Theta A' beta`` for any solution of ``K^2 beta = K r``, and ``beta' K beta`` the squared distance that the
parameters go.  An eigenvalue is the greatest if a little more makes ``lam I - K`` positive definite and a
little less does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isqrt
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

import numeric
from verify.checks.functions.cases import Case, close, fractions, rationals
from verify.checks.functions.kernels import ACCURACY, small_integers

__all__ = [
    "SHAPES",
    "WELL",
    "Problem",
    "design",
    "is_largest_step",
    "matrix",
    "near",
    "random_task",
    "root",
]

WELL = Fraction(1, 10**9)
"""What float64 may miss, relative to the greatest number, where small matrices are decomposed."""
SERIES = 80
SHAPES = ((1, 4, 1, 1, 2, 0), (2, 4, 2, 1, 3, 1), (3, 3, 1, 2, 3, 0), (1, 3, 2, 2, 2, 2), (4, 4, 1, 1, 2, 1))
"""N, T, n_x, n_y, lags and first; more unknowns than outputs, and fewer."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A task, a kernel Theta on its impulse responses, and a start."""

    task: Any
    theta: fmpq_mat
    start: Any
    """Integers, (lags, n_y, n_x)."""

    @cached_property
    def A(self) -> fmpq_mat:
        """The lagged inputs."""
        return design(self.task, self.task.inputs, self.task.lags, self.task.first)

    @cached_property
    def y(self) -> fmpq_mat:
        """The outputs, as a column."""
        return _column(self.task.outputs[:, self.task.first :])

    @cached_property
    def residual(self) -> fmpq_mat:
        """``y - A l(0)``."""
        return self.y - self.A * _column(self.start)

    @cached_property
    def K(self) -> fmpq_mat:
        """``A Theta A'``."""
        return self.A * self.theta * self.A.transpose()

    @cached_property
    def beta(self) -> fmpq_mat:
        """``Theta A' beta`` is the way to the limit."""
        return _solution(self.K * self.K, self.K * self.residual)

    @property
    def distance_squared(self) -> Fraction:
        """Of the parameters, from the start to the limit."""
        return Fraction(fractions(self.beta.transpose() * self.K * self.beta)[0, 0])

    @cached_property
    def trace(self) -> Fraction:
        """Of K, at least its greatest eigenvalue."""
        return sum((Fraction(x) for x in fractions(self.K).diagonal()), Fraction(0))

    def moved(self, dual: fmpq_mat) -> Any:
        """The response ``l(0) + Theta A' dual``, in fractions."""
        change = fractions(self.theta * self.A.transpose() * dual)
        return rationals(self.start) + change.reshape(self.start.shape)

    def limit(self) -> Any:
        """The response after infinitely many steps."""
        return self.moved(self.beta)

    def steps(self, eta: Fraction) -> Iterator[Any]:
        """The responses after 0, 1, 2, ... steps."""
        l = _column(self.start)  # noqa: E741 - the response
        while True:
            yield fractions(l).reshape(self.start.shape)
            l = l - self.theta * (self.A.transpose() * (self.A * l - self.y)) * _fmpq(eta)  # noqa: E741

    def flow(self, time: Fraction) -> Any:
        """The response after a time of gradient flow."""
        term = self.residual * _fmpq(time)
        total = term * 0
        for m in range(SERIES):
            total = total + term
            term = self.K * term * _fmpq(-time / (m + 2))
        return self.moved(total)


def _fmpq(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def matrix(values: Any) -> fmpq_mat:
    """The numbers, exactly, as a matrix of FLINT."""
    rows = rationals(values)
    return fmpq_mat([[_fmpq(x) for x in row] for row in rows])


def _column(values: Any) -> fmpq_mat:
    return matrix(np.reshape(values, (-1, 1)))


def design(task: Any, inputs: Any, lags: int, first: int) -> fmpq_mat:
    """A: rows (n, t, p), columns (j, q, x) with ``x_n[t - j]`` where p = q."""
    N, T, n_x = inputs.shape
    A = np.zeros((N, T - first, task.n_y, lags, task.n_y, n_x))
    for t in range(first, T):
        for j in range(min(lags, t + 1)):
            for p in range(task.n_y):
                A[:, t - first, p, j, p] = inputs[:, t - j]
    return matrix(A.reshape(N * (T - first) * task.n_y, lags * task.n_y * n_x))


def _solution(M: fmpq_mat, v: fmpq_mat) -> fmpq_mat:
    """A solution of ``M x = v``, which has one."""
    size = M.ncols()
    rows = [a + b for a, b in zip(M.tolist(), v.tolist(), strict=True)]
    echelon, rank = fmpq_mat(rows).rref()
    x = [fmpq(0)] * size
    for row in echelon.tolist()[:rank]:
        x[next(k for k, entry in enumerate(row) if entry != 0)] = row[size]
    return fmpq_mat(size, 1, x)


def _definite(M: Any) -> bool:
    """Whether a symmetric matrix of fractions is positive definite: all pivots are positive."""
    M = M.copy()
    for k in range(len(M)):
        if M[k, k] <= 0:
            return False
        M[k + 1 :, k:] -= np.multiply.outer(M[k + 1 :, k] / M[k, k], M[k, k:])
    return True


def is_largest_step(step: Any, K: Any, accuracy: Fraction = ACCURACY) -> bool:
    """Whether 2 / step is the greatest eigenvalue."""
    if isinstance(step, Exception) or not 0 < step < np.inf:
        return False
    lam, identity = 2 / Fraction(float(step)), np.eye(len(K), dtype=int)
    return _definite(lam * (1 + accuracy) * identity - K) and not _definite(
        lam * (1 - accuracy) * identity - K
    )


def root(x: Fraction) -> Fraction:
    """The square root of a number that is not tiny, to 40 digits."""
    scale = 10 ** max(40, 40 - 2 * len(str(x.numerator)) + 2 * len(str(x.denominator)))
    return Fraction(isqrt(x.numerator * scale**2 // x.denominator), scale)


def random_task(rng: np.random.Generator, N: int, T: int, n_x: int, n_y: int, lags: int, first: int) -> Any:
    """A task of small integers."""
    x, y = small_integers(rng, N, T, n_x), small_integers(rng, N, T, n_y)
    x[:, :, 0] += x[:, :, 0] == 0  # no silent task
    return numeric.Task(x, y, lags=lags, first=first)


def _within(right: Any) -> Any:
    """What float64 may miss of an array of numbers about as large as its greatest."""
    return WELL * (1 + max(abs(x) for x in np.ravel(right)))


def near(right: Any, function: Any, *arguments: Any, **options: Any) -> Case:
    """The answer is this, up to what float64 may miss where small matrices are decomposed."""
    return close(right, _within(right), function, *arguments, **options)
