r"""The lag kernel of a network's limit, taken apart exactly into what is not singular.

Theta, of so many lags, is rational, symmetric and positive semidefinite.  Where it is diagonal, the lags of
positive weight S are what is not singular.  Else let S be lags whose columns are a basis of all columns.  By
symmetry their rows are a basis of all rows, so that ``Psi = Theta_SS`` has full rank, and

    Theta = P Psi P',    P = Theta_{:S} Psi^-1,

as both sides have the same rows at S.  Of given eigenvalues few lags make up all of Theta; that of a leaky
network has full rank, as a rule.

S is found modulo a prime, as in :mod:`numeric.kernel_factors`.  If it is all lags there, it is in truth.  If
not, ``Theta = P Theta_{S:}`` proves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
from flint import fmpq_mat, nmod, nmod_mat

from derivations import closed_forms
from numeric.exact_matrices import PRIMES, Matrix, matrices_over, part, pivots, rational
from numeric.layered import growths, is_one_dense
from numeric.limit import MOST_LAGS, diagonal_limit, two_time_limit
from numeric.model import Model
from numeric.variances import w_s_p

__all__ = ["LagFactors", "lag_factors", "modular_kernel", "weighted_lags"]


def weighted_lags(model: Model, lags: int) -> range:
    """Those of positive weight in a diagonal limit; there is no lag 0 if only transitions are trained.

    A two-point function is 1 or positive at all lags, and what training the transition adds is 0 at lag 0,
    and at lag 1 alone or from there on: so the first two weights tell, and whether anything grows or decays.
    In another limit, those at which the kernel is not 0, and perhaps some of the last.

    >>> from numeric import Rates, Variances
    >>> weighted_lags(Variances("0.5", rates=Rates(1, 0, 0)), 9)
    range(1, 9)
    """
    if is_one_dense(model):
        first, second = (closed_forms.lag_weight(i, *w_s_p(model)) for i in (0, 1))
        endless = any(growths(model))
    elif model.diagonal:
        first, second = diagonal_limit(model, 2, Fraction)
        endless = any(growths(model))
    else:
        first, second = two_time_limit(model, 2, Fraction).ntk.diagonal()
        endless = True
    most = (lags if endless else 2 if second else 1) if first or second else 0
    return range(0 if first else 1, min(lags, most))


@dataclass(frozen=True)
class LagFactors:
    """``Theta = P Psi P'``: all of it but the number field."""

    model: Model
    lags: range
    """Those that matter, the rows of P."""
    chosen: tuple[int, ...]
    """S."""
    spread: fmpq_mat | None
    """P; None if it is I."""

    def projected(self, X: fmpq_mat, n_x: int) -> fmpq_mat:
        """``X (P times I)``, I of n_x."""
        return X if self.spread is None else X * fmpq_mat(_times_identity(self.spread.tolist(), n_x))

    def read(self, lags: int) -> range:
        """At which of so many lags of new inputs something moves."""
        return self.lags if self.model.diagonal else range(lags)

    def psi(self, number: Any) -> list[list[Any]]:
        """Psi, or its diagonal as the only row if the limit is diagonal."""
        return self._rows(self.lags if self.model.diagonal else self.chosen, number)

    def weighted(self, C: fmpq_mat, n_x: int, number: Any) -> Matrix:
        """``C (Psi times I)``."""
        return self._product(C, self.psi(number), n_x, number)

    def applied(self, C: fmpq_mat, n_x: int, lags: range, number: Any) -> Matrix:
        """``C (Theta_S: times I)`` at these lags."""
        return self._product(C, self._rows(lags, number), n_x, number)

    def _rows(self, lags: Sequence[int], number: Any) -> list[list[Any]]:
        """``Theta_S: `` at these lags; of a diagonal limit the diagonal, and these are S."""
        if not self.model.diagonal:
            most = 1 + max(*lags, *self.chosen, 0)
            theta = two_time_limit(self.model, most, number).ntk
            entries: list[list[Any]] = theta[np.ix_(self.chosen, lags)].tolist()
            return entries
        if is_one_dense(self.model):
            fields = tuple(map(number, w_s_p(self.model)))
            return [[closed_forms.lag_weight(k, *fields) for k in self.lags]]
        return [list(diagonal_limit(self.model, self.lags.stop, number)[self.lags.start :])]

    def _product(self, C: fmpq_mat, rows: list[list[Any]], n_x: int, number: Any) -> Matrix:
        kind = matrices_over(number)
        if not self.model.diagonal:
            return kind(C) * kind(_times_identity(rows, n_x))
        weights = [rho for rho in rows[0] for _ in range(n_x)]
        return kind([[x * rho for x, rho in zip(row, weights, strict=True)] for row in C.tolist()])


def lag_factors(model: Model, lags: int) -> LagFactors | None:
    """Those of so many lags; None if the kernel is 0.

    Raises
    ------
    ValueError
        If the limit is not diagonal, and there are more than 1024.

    Examples
    --------
    Two eigenvalues, and what moving them does, are four directions:

    >>> from numeric import Diagonal
    >>> lag_factors(Diagonal([0.5, -0.25]), 9).chosen
    (0, 1, 2, 3)
    """
    weighted = weighted_lags(model, lags)
    if not weighted:
        return None
    if model.diagonal:
        return LagFactors(model, weighted, tuple(weighted), None)
    if lags > MOST_LAGS:
        raise ValueError(
            f"task: {type(model).__name__} has a limit that is not diagonal, of which digits= takes at most "
            f"{MOST_LAGS} lags, got {lags}"
        )
    theta = fmpq_mat(two_time_limit(model, lags, rational).ntk.tolist())
    chosen, spread = _basis(theta)
    return LagFactors(model, range(lags), chosen, spread)


def _basis(theta: fmpq_mat) -> tuple[tuple[int, ...], fmpq_mat | None]:
    """S and P."""
    lags = range(theta.nrows())
    integers, _ = theta.numer_denom()
    modular = (pivots(nmod_mat(integers, prime)) for prime in PRIMES)
    for chosen in chain(modular, (pivots(x) for x in [theta])):  # the last is right
        if len(chosen) == len(lags):
            return tuple(lags), None
        rows = part(theta, chosen, lags)
        spread = part(rows, range(len(chosen)), chosen).solve(rows).transpose()
        if spread * rows == theta:
            break
    return tuple(chosen), spread


def _times_identity(rows: Sequence[Sequence[Any]], n_x: int) -> list[list[Any]]:
    """Every entry times I of n_x."""
    return [[x if i == j else 0 for x in row for j in range(n_x)] for row in rows for i in range(n_x)]


def modular_kernel(model: Model, lags: range, n_x: int, prime: int) -> nmod_mat:
    """Theta times I of n_x, modulo the prime.

    >>> from numeric import Leaky
    >>> modular_kernel(Leaky("0.5", "0.25"), range(2), 1, 97)
    [2, 1]
    [1, 2]
    """

    def number(x: Fraction) -> nmod:
        return nmod(x.numerator, prime) / nmod(x.denominator, prime)

    theta = two_time_limit(model, lags.stop, number).ntk[lags.start :, lags.start :]
    rows = _times_identity([[int(x) for x in row] for row in theta], n_x)
    return nmod_mat(len(rows), len(rows), [x for row in rows for x in row], prime)
