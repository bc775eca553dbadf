r"""Kernel regression in balls, and in fractions where these leave a digit undecided.

Zeros and ties between two roundings, which balls leave undecided, are recognised exactly.  In the limit, and
after few steps, all is rational, and fractions decide.  Else let u be the row that takes ``phi(M) v`` (M is
that of :mod:`numeric.kernel_factors`, phi of :mod:`numeric.kernel_training`) to a prediction,
which is

    y = c - u' M^-1 R v,    R = exp(-t M) or A^k,  A = 1 - eta M,

and c, the one in the limit, is rational.  M is similar to a symmetric matrix, so that ``u' M^-1 R v`` is a
sum over its distinct eigenvalues, ``sum_i d_i exp(-t lam_i)``, with algebraic d_i and ``lam_i > 0``.  For
rational ``t > 0``, by the theorem of Lindemann and Weierstrass, these exponentials and 1 are linearly
independent over the algebraic numbers.  So y is transcendental, neither 0 nor a tie, unless all d_i are 0,
which is so if and only if ``u' M^j v = 0`` for all j below the rank (Vandermonde).  Then ``y = f_0``.

After k steps the sum is ``sum_i d_i q_i^k`` with ``q_i = 1 - eta lam_i``.  Two more steps change y by
``eta u' A^k (1 + A) v``.  If that is 0 as many times as the rank, two steps apart and after one step or more,
when directions with ``q = 0`` are done, it is 0 ever after (Vandermonde in the q_i^2), and y is what it was
at the first of these.  A sum that is not constant is 0 for few k only; where these are too large for
fractions, such a zero or tie stays undecided.

Where c itself is 0 or a tie, ``u' M^-1 R v`` tells which way to round however small it is, as it is computed
apart from c.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat, nmod_mat
from jaxtyping import Shaped

from numeric.arguments import Count, at_least, checked_array
from numeric.cached import cached_property
from numeric.certified import Element, Evaluate
from numeric.exact_matrices import PRIMES, Matrix, matrices_over, matrix, rational
from numeric.kernel_factors import KernelFactors, convolved, kernel_factors, lagged
from numeric.kernel_training import Limit, Training, refuse_unstable
from numeric.model import Model
from numeric.task import Task

__all__ = ["exact_predictions", "of_size"]

_CERTAIN_BITS = 2**13
"""Precision at which predictions that have no exact form of sensible size are given up."""
_MOST_EXACT_BITS = 2**28
"""Of all entries of a power of M, as fractions."""


def exact_predictions(
    task: Task,
    new: Shaped[np.ndarray, "M S n_x"],
    model: Model,
    start: Shaped[np.ndarray, "lags n_y n_x"],
    training: Training,
    digits: Count,
) -> Evaluate:
    """The predictions as balls or exact rationals."""
    places = at_least(1, "digits", digits)
    begun = convolved("new_inputs", new, start, 0)
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    wanted = task.outputs[:, task.first :].reshape(-1, task.n_y)
    parts: list[tuple[Any, _Predictions]] = []
    for outputs, rows in task.patterns:
        factors = kernel_factors(task, model, rows)
        if factors is not None:
            target = checked_array("task.outputs", wanted[rows][:, outputs], "(rows, n_y)", exact=True)
            residual = matrix(target) - convolved("task", inputs, start[:, outputs], task.first, rows)
            lags = factors.lag_kernel.read(new.shape[1])
            seen = lagged("new_inputs", new, lags, 0)
            own = convolved("new_inputs", new, start[:, outputs], 0)
            projected = factors.left.transpose() * residual
            parts.append((outputs, _Predictions(own, seen, lags, factors, projected, training)))
    if not parts:
        return lambda number: matrices_over(number)(begun).entries()
    blocks = [part.factors for _, part in parts]
    refuse_unstable(training, min(factors.largest_step for factors in blocks))
    most = max(_CERTAIN_BITS, 32 * places)
    exactly = min(most, max(map(Limit().size, blocks)))

    def evaluate(number: Any) -> list[Element]:
        kind = matrices_over(number)
        if kind is None:
            return of_size(number, max(map(training.size, blocks)))
        if kind is not arb_mat or isinstance(training, Limit) or ctx.prec < exactly:
            found = [part.values(training, number) for _, part in parts]
        elif ctx.prec <= most:
            found = [part.told_apart(number, places) for _, part in parts]
        elif all(training.size(factors) * factors.rank**2 <= _MOST_EXACT_BITS for factors in blocks):
            found = [part.values(training, rational) for _, part in parts]
        else:
            raise OverflowError(
                f"a prediction is so close to 0, or to a tie between two roundings, that {most} bits do not "
                "tell; ask for other digits, for fewer steps or less time, or for the limit"
            )
        predictions = np.array(kind(begun).tolist(), dtype=object)
        for (outputs, _), values in zip(parts, found, strict=True):
            predictions[:, outputs] = np.array(values, dtype=object).reshape(-1, len(outputs))
        entries: list[Element] = predictions.ravel().tolist()
        return entries

    return evaluate


@dataclass(frozen=True)
class _Predictions:
    """``begun + seen Theta C' phi(M) projected``: all of them but the field of numbers."""

    begun: fmpq_mat
    seen: fmpq_mat
    lags: range
    """Those of its columns."""
    factors: KernelFactors
    projected: fmpq_mat
    training: Training

    def values(self, training: Training, number: Any) -> list[Element]:
        kind = matrices_over(number)
        learned = training.learned(self.factors, kind(self.projected), number)
        values = kind(self.begun) + self.seen_by(learned, number)
        entries: list[Element] = values.entries()
        return entries

    def seen_by(self, dual: Matrix, number: Any) -> Matrix:
        """``u' dual`` for every row u' of predictions."""
        return matrices_over(number)(self.seen) * (self.factors.reading(self.lags, number).transpose() * dual)

    def told_apart(self, number: Any, places: int) -> list[Element]:
        """The predictions, each from its value in the limit; exact where nothing moves, or hardly."""
        training = self.training
        assert not isinstance(training, Limit)
        kind = matrices_over(number)
        rest = training.remaining(self.factors, kind(self.projected), number)
        moves = self.seen_by(self.factors.solved(rest, number), number).entries()
        return [
            settled if still else _next_to(limit, -move, places)
            for settled, still, limit, move in zip(self.settled, self.still, self.limit, moves, strict=True)
        ]

    @cached_property
    def limit(self) -> list[fmpq]:
        return self.values(Limit(), rational)

    @cached_property
    def settled(self) -> list[fmpq]:
        """What the predictions are where they are :attr:`still`."""
        assert not isinstance(self.training, Limit)
        return self.values(self.training.settled, rational)

    @cached_property
    def still(self) -> list[bool]:
        """Which predictions nothing moves any more."""
        assert not isinstance(self.training, Limit)
        power, z = (x.numer_denom()[0] for x in self.training.movement(self.factors, self.projected))
        u, _ = (self.seen * self.factors.reading(self.lags, rational).transpose()).numer_denom()
        modular = _vanishing(*(nmod_mat(x, PRIMES[0]) for x in (u, power, z)))
        # as a rule none; and only what is 0 modulo a prime can be 0
        return _vanishing(u, power, z) if any(modular) else modular


def _vanishing(u: Matrix, power: Matrix, z: Matrix) -> list[bool]:
    """Which entries of ``u power^j z`` are 0 for all j below the size of ``power``, and so for all others."""
    vanishing = [True] * (u.nrows() * z.ncols())
    for _ in range(power.nrows()):
        vanishing = [zero and x == 0 for zero, x in zip(vanishing, (u * z).entries(), strict=True)]
        if not any(vanishing):
            break
        z = power * z
    return vanishing


def _next_to(limit: fmpq, move: arb, places: int) -> Element:
    """``limit + move``; or another number that has the same rounding, and is exact.

    Ties other than ``limit = p/q`` itself are at least ``1 / (2 q^2 10^(places + 1))`` away: of k decimals,
    they are multiples of ``1 / (2 10^k)``, and ``10^k <= 10^(places + 1) / |limit|`` with ``|limit| >= 1/q``.
    """
    if limit == 0:
        return move
    nothing = fmpq(1, 2 ** (2 * int(limit.q).bit_length() + 4 * (places + 2)))
    if move.contains(0) or not abs(move) < nothing:
        return limit + move
    return limit + (nothing / 2 if move > 0 else -nothing / 2)


def of_size(number: Any, bits: int) -> list[Element]:
    """A value of about so many bits."""
    return [number(Fraction(1, 2)) ** (bits // 3)]
