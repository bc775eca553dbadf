r"""Ways of training by a kernel: what gradient descent, gradient flow and their limit make of an eigenvalue.

phi is that of :mod:`numeric.kernel_regression`.  Balls act on a smaller matrix M that is never singular
(:mod:`numeric.kernel_factors`).  The sum of k terms is computed by doubling,
``phi_2m = phi_m + (1 - eta M)^m phi_m``; that of the flow is a block of an exponential,
``exp [[-t M, t v], [0, 0]] = [[exp(-t M), phi(M) v], [0, 1]]``.
"""

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb_mat, fmpq_mat
from jaxtyping import Float

from numeric.arguments import Count, Number, at_least, exact_rational, shown
from numeric.exact_matrices import Matrix, bits_of, identity, rational
from numeric.kernel_factors import KernelFactors
from numeric.learned import by_descent, by_flow

__all__ = ["Flow", "Limit", "Steps", "Training", "given_training", "nearest_float", "refuse_unstable"]

_MOST_STEPS = 10**300
_DIXON = 16
"""Exact solutions are no slower than balls of this share of their bits (p-adic lifting)."""
_NEVER = 10**400


@dataclass(frozen=True)
class Limit:
    """phi(lam) = 1 / lam."""

    duration = math.inf

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:  # noqa: ARG002 - one interface
        """``lam phi(lam)``, for lam in units of ``unit``."""
        return np.ones_like(lam)

    def psi(
        self,
        lam: Float[np.ndarray, " rows"],
        error: float,
        unit: Fraction,  # noqa: ARG002 - one interface
    ) -> Float[np.ndarray, " rows"]:
        """Of :mod:`numeric.float_regression`, for lam up to an error."""
        return 1 / (lam - error / 2)

    def learned(self, factors: KernelFactors, v: Matrix, number: Any) -> Matrix:
        """``phi(M) v``."""
        return factors.solved(v, number)

    def size(self, factors: KernelFactors) -> int:
        """The precision of balls beyond which fractions are no slower."""
        return factors.bits * factors.rank // _DIXON


@dataclass(frozen=True)
class Steps:
    """phi(lam) = (1 - (1 - step lam)^steps) / lam."""

    step: Fraction
    steps: int

    @property
    def duration(self) -> Fraction:
        """``phi(0)``."""
        return self.step * self.steps

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:
        """``lam phi(lam)``, for lam in units of ``unit``."""
        return by_descent(lam, nearest_float(self.step * unit), self.steps)

    def psi(
        self, lam: Float[np.ndarray, " rows"], error: float, unit: Fraction
    ) -> Float[np.ndarray, " rows"]:
        """Of :mod:`numeric.float_regression`, for lam up to an error."""
        eta, k = nearest_float(self.step * unit), float(self.steps)
        factor = np.clip(eta * (lam + error) - 1, np.finfo(float).tiny, 1)
        lam = lam - error / 2
        with np.errstate(divide="ignore"):
            turning = np.exp(np.log(k * eta) + (k - 1) * np.log(factor))
        late: np.ndarray = np.sqrt((2 / lam + turning) / lam)
        return np.where(eta * lam <= 1, self.share(lam, unit) / lam, late)

    def learned(self, factors: KernelFactors, v: Matrix, number: Any) -> Matrix:
        """By doubling: ``total = sum_{i<m} A^i v`` and ``power = A^m``, along the binary digits of steps."""
        if self.steps == 0:
            return v * number(Fraction(0))
        eta, A = number(self.step), self._map(factors, number)
        total, power = v, A
        for digit in f"{self.steps:b}"[1:]:
            total, power = total + power * total, power * power
            if digit == "1":
                total, power = v + A * total, power * A
        return total * eta

    def _map(self, factors: KernelFactors, number: Any) -> Matrix:
        """``A = I - step M``."""
        gram, weighted = factors.matrices(number)
        return type(gram)(identity(factors.rank)) - gram * weighted * number(self.step)

    def remaining(self, factors: KernelFactors, v: Matrix, number: Any) -> Matrix:
        """``R v``."""
        power, rest = self._map(factors, number), v
        for digit in reversed(f"{self.steps:b}"):
            if digit == "1":
                rest = power * rest
            power = power * power
        return rest

    @property
    def settled(self) -> "Steps":
        """A training that ends in the same place where nothing moves."""
        return Steps(self.step, min(self.steps, 2 - self.steps % 2))

    def movement(self, factors: KernelFactors, v: fmpq_mat) -> tuple[fmpq_mat, fmpq_mat]:
        """Q and z such that all ``u' Q^j z`` are 0 where nothing moves."""
        A = self._map(factors, rational)
        return A * A, self.settled.remaining(factors, v + A * v, rational)

    def size(self, factors: KernelFactors) -> int:
        """The precision of balls beyond which fractions are no slower."""
        return self.steps * (factors.bits + bits_of(self.step))


@dataclass(frozen=True)
class Flow:
    """phi(lam) = (1 - exp(-time lam)) / lam."""

    time: Fraction

    @property
    def duration(self) -> Fraction:
        """``phi(0)``."""
        return self.time

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:
        """``lam phi(lam)``, for lam in units of ``unit``."""
        return by_flow(lam, nearest_float(self.time * unit))

    def psi(
        self, lam: Float[np.ndarray, " rows"], error: float, unit: Fraction
    ) -> Float[np.ndarray, " rows"]:
        """Of :mod:`numeric.float_regression`, for lam up to an error."""
        lam = lam - error / 2
        psi: np.ndarray = self.share(lam, unit) / lam
        return psi

    def learned(self, factors: KernelFactors, v: Matrix, number: Any) -> Matrix:
        """The block of the exponential."""
        if self.time == 0:
            return v * number(Fraction(0))
        gram, weighted = factors.matrices(number)
        M, t, rank, columns = gram * weighted, number(self.time), factors.rank, v.ncols()
        blocks = zip((M * -t).tolist(), (v * t).tolist(), strict=True)
        generator = [above + beside for above, beside in blocks] + [[0] * (rank + columns)] * columns
        return arb_mat([row[rank:] for row in arb_mat(generator).exp().tolist()[:rank]])

    def remaining(self, factors: KernelFactors, v: Matrix, number: Any) -> Matrix:
        """``R v``."""
        gram, weighted = factors.matrices(number)
        return (gram * weighted * -number(self.time)).exp() * v

    @property
    def settled(self) -> "Flow":
        """A training that ends in the same place where nothing moves."""
        return Flow(Fraction(0))

    def movement(self, factors: KernelFactors, v: fmpq_mat) -> tuple[fmpq_mat, fmpq_mat]:
        """Q and z such that all ``u' Q^j z`` are 0 where nothing moves."""
        gram, weighted = factors.matrices(rational)
        return gram * weighted, v

    def size(self, factors: KernelFactors) -> int:  # noqa: ARG002 - one interface
        """The precision of balls beyond which fractions are no slower."""
        return _NEVER if self.time else 0


Training: TypeAlias = Limit | Steps | Flow
"""A way of training; but for the limit with what is left of it, and what tells where nothing moves, as in
:mod:`numeric.exact_regression`."""


def given_training(step: Number | None, steps: Count | None, time: Number | None) -> Training:
    """The way of training asked for, or a ValueError.

    >>> given_training(None, None, "0.5")
    Flow(time=Fraction(1, 2))
    """
    if (step is None) != (steps is None):
        given = f"step={shown(step)} and steps={shown(steps)}"
        raise ValueError(f"step and steps go together, for gradient descent, got {given}")
    if step is not None and steps is not None:
        if time is not None:
            raise ValueError("give step and steps, or time, or neither for the limit; got all three")
        eta = exact_rational("step", step)
        if eta <= 0:
            raise ValueError(f"step must be > 0, got {step!r}")
        return Steps(eta, at_least(0, "steps", steps, most=_MOST_STEPS))
    if time is None:
        return Limit()
    duration = exact_rational("time", time)
    if duration < 0:
        raise ValueError(f"time must be >= 0, got {time!r}")
    return Flow(duration)


def refuse_unstable(training: Training, largest: Fraction) -> None:
    """ValueError for steps that are larger than that."""
    if isinstance(training, Steps) and training.step > largest:
        told = nearest_float(largest)
        told = told if told <= largest else math.nextafter(told, 0)  # which then is not refused
        raise ValueError(
            f"step must be at most {told!r}, the largest stable one, got {nearest_float(training.step)!r}"
        )


def nearest_float(x: Fraction | float) -> float:
    """The nearest float, at most the greatest."""
    return math.inf if x == math.inf else float(min(x, Fraction(sys.float_info.max)))
