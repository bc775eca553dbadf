"""Sequences of floats as what they are, integers times one power of two; their convolutions by FLINT."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz_poly

__all__ = ["Dyadic", "convolved"]


@dataclass(frozen=True)
class Dyadic:
    """The numbers ``integers[t] * 2^exponent``."""

    integers: list[int]
    exponent: int

    @classmethod
    def of(cls, floats: Iterable[float]) -> "Dyadic":
        """The floats, exactly.

        >>> Dyadic.of([0.75, -2.0])
        Dyadic(integers=[3, -8], exponent=-2)
        """
        ratios = [float(x).as_integer_ratio() for x in floats]
        shift = max(denominator.bit_length() for _, denominator in ratios) - 1
        return cls([k << (shift - d.bit_length() + 1) for k, d in ratios], -shift)

    def __add__(self, other: "Dyadic") -> "Dyadic":
        least = min(self.exponent, other.exponent)
        pairs = zip(
            *([k << (one.exponent - least) for k in one.integers] for one in (self, other)), strict=True
        )
        return Dyadic([a + b for a, b in pairs], least)

    def __neg__(self) -> "Dyadic":
        return Dyadic([-k for k in self.integers], self.exponent)

    def __abs__(self) -> "Dyadic":
        return Dyadic([abs(k) for k in self.integers], self.exponent)

    def reversed(self) -> "Dyadic":
        """The last first."""
        return Dyadic(self.integers[::-1], self.exponent)

    def square(self) -> Fraction:
        """The sum of the squares."""
        return sum(k * k for k in self.integers) * Fraction(2) ** (2 * self.exponent)

    def at(self, places: Iterable[Any]) -> Any:
        """Some of the numbers as an array of fractions."""
        unit = Fraction(2) ** self.exponent
        return np.array([self.integers[t] * unit for t in places], dtype=object)


def convolved(response: Dyadic, inputs: Dyadic) -> Dyadic:
    """``sum_j L_j x_(t-j)`` at the times of the inputs.

    >>> convolved(Dyadic([1, 1], -1), Dyadic([1, 0, 4], 0))
    Dyadic(integers=[1, 1, 4], exponent=-1)
    """
    T = len(inputs.integers)
    product = fmpz_poly(response.integers) * fmpz_poly(inputs.integers)
    sums = [int(k) for k in product.coeffs()[:T]]
    return Dyadic(sums + [0] * (T - len(sums)), response.exponent + inputs.exponent)
