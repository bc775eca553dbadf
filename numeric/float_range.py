"""Where float64's range matters to sums of products: what underflow may cost, in exponents of 2.

A product that underflows loses less than 2^-1074, times what it is multiplied by later.  No product does
where all are above 2^-1000, and what is lost does no harm where it stays below that.  Else entries have to be
large enough to be trusted.
"""

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Float64

__all__ = ["COMFORT", "exponent", "exponents", "least_trusted"]

COMFORT = 1000
"""Exponent of sizes that float64 holds with room to spare."""
_HARMLESS = 72
"""That of the growth after which what was lost to underflow, below 2^-1074, still is below 2^-1000."""


def least_trusted(lossless: bool, growth: float) -> float:
    """The modulus from which on an entry has all its digits, though losses may have grown so much.

    >>> least_trusted(True, 500.0), least_trusted(False, 20.0), least_trusted(False, 100.0) == 2.0**-922
    (0.0, 0.0, True)
    """
    if lossless or growth <= _HARMLESS:
        return 0.0
    return 2.0 ** (growth - 1022) if growth < 2 * COMFORT else math.inf


def exponents(x: Float64[np.ndarray, "..."]) -> tuple[float, float]:
    """Those of the least and the greatest ``|x|`` other than 0.

    >>> exponents(np.array([0.0, -4.0, 0.5]))
    (-1.0, 2.0)
    """
    sizes = abs(x[x != 0])
    return (math.log2(sizes.min()), math.log2(sizes.max())) if sizes.size else (0.0, 0.0)


def exponent(x: Fraction) -> float:
    """``log2 |x|``.

    >>> exponent(Fraction(-1, 2**2000))
    -2000.0
    """
    return math.log2(abs(x.numerator)) - math.log2(x.denominator)
