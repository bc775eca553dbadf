"""What users hand over, made exact: rational numbers and counts."""

import operator
from decimal import Decimal
from fractions import Fraction
from math import log10
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeAlias

import numpy as np
from mpmath import isfinite, mpf
from mpmath.libmp import to_rational

__all__ = ["Count", "Number", "at_least", "exact_rational"]

if TYPE_CHECKING:
    Number: TypeAlias = SupportsFloat | SupportsIndex | str
    Count: TypeAlias = SupportsIndex
else:  # run-time type checkers leave the verdict, and the error's wording, to the functions below
    Number = Count = Any


REACH = 4000
"""Decimal digits in a number; with more, exact arithmetic on its powers is out of hand."""


def exact_rational(name: str, value: Number, *, kind: str = "a finite number") -> Fraction:
    """The number ``value`` stands for, without rounding; ``name`` and ``kind`` are what errors say.

    Binary floating point numbers, of any precision, are dyadic rationals and kept as they are; strings
    and ``Decimal`` mean what they say in decimal.

    Raises
    ------
    ValueError
        If the value is no number (a ``bool`` is none), is not finite, or has more than 4000 decimal
        digits or places, where exact arithmetic would take longer than anyone waits.

    Examples
    --------
    >>> exact_rational("x", "0.3"), exact_rational("x", 0.25)
    (Fraction(3, 10), Fraction(1, 4))
    """
    given = value
    try:
        if isinstance(value, str) and "/" not in value:
            value = Decimal(value)
        if isinstance(value, Decimal | mpf) and abs(_decimal_exponent(value)) > REACH:
            raise OverflowError
        number = _fraction(value)
        if max(number.numerator.bit_length(), number.denominator.bit_length()) > 4 * REACH:
            raise OverflowError
    except OverflowError:
        raise ValueError(
            f"{name} must be 0 or between 1e-{REACH} and 1e{REACH} in modulus, with no more digits"
        ) from None
    except (ValueError, TypeError, ArithmeticError):
        raise ValueError(f"{name} must be {kind}, got {given!r}") from None
    return number


def _fraction(value: Any) -> Fraction:
    """The number as it stands; ValueError, TypeError or ArithmeticError if it is none."""
    if isinstance(value, bool | np.bool_):
        raise TypeError
    if isinstance(value, mpf):
        if not isfinite(value):
            raise ValueError
        return Fraction(*map(int, to_rational(value._mpf_)))
    if isinstance(value, SupportsIndex):
        return Fraction(operator.index(value))
    if hasattr(value, "as_integer_ratio") and not isfinite(value):  # floats, NumPy's too; Decimal, Fraction
        raise ValueError
    if hasattr(value, "as_integer_ratio"):
        return Fraction(*map(int, value.as_integer_ratio()))
    return Fraction(value)  # "1/3"


def _decimal_exponent(value: Decimal | mpf) -> int:
    """About log10 of the modulus; 0 for 0 and for what is not finite."""
    if isinstance(value, Decimal):
        return value.adjusted() if value.is_finite() and value else 0
    _, mantissa, exponent, bits = value._mpf_
    return int((exponent + bits) * log10(2)) if mantissa else 0


def at_least(least: int, name: str, value: Count) -> int:
    """The integer ``value`` as an ``int``; ValueError, which calls it ``name``, unless ``>= least``.

    >>> at_least(1, "lags", 3)
    3
    """
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    return number
