"""What users hand over, made exact: rational numbers and counts."""

import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeAlias

from mpmath import isfinite, mpf
from mpmath.libmp import to_rational

__all__ = ["Count", "Number", "at_least", "exact_rational"]

if TYPE_CHECKING:
    Number: TypeAlias = SupportsFloat | SupportsIndex | str
    Count: TypeAlias = SupportsIndex
else:  # run-time type checkers leave the verdict, and the error's wording, to the functions below
    Number = Count = Any


def exact_rational(name: str, value: Number) -> Fraction:
    """The number ``value`` stands for, without rounding; ``name`` is what errors call it.

    Binary floating point numbers, of any precision, are dyadic rationals and kept as they are; strings
    and ``Decimal`` mean what they say in decimal.

    Raises
    ------
    ValueError
        If the value is no number (a ``bool`` is none), or is not finite.

    Examples
    --------
    >>> exact_rational("x", "0.3"), exact_rational("x", 0.25)
    (Fraction(3, 10), Fraction(1, 4))
    """
    try:
        if isinstance(value, str | Fraction):
            return Fraction(value)
        if isinstance(value, mpf):
            return _from_mpf(value)
        if isinstance(value, SupportsIndex) and not isinstance(value, bool):
            return Fraction(operator.index(value))
        if hasattr(value, "as_integer_ratio") and not isinstance(value, bool):  # floats, NumPy's too; Decimal
            return Fraction(*map(int, value.as_integer_ratio()))
        raise TypeError
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        raise ValueError(f"{name} must be a finite number, got {value!r}") from None


def _from_mpf(value: mpf) -> Fraction:
    if not isfinite(value):
        raise ValueError
    return Fraction(*map(int, to_rational(value._mpf_)))


def at_least(least: int, name: str, value: Count) -> int:
    """The integer ``value`` as an ``int``; ValueError, which calls it ``name``, unless ``>= least``.

    >>> at_least(1, "lags", 3)
    3
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    return number
