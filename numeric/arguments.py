"""What users hand over, made exact or refused: rational numbers, counts and arrays."""

import operator
from decimal import Context, Decimal, Inexact, InvalidOperation, Subnormal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NewType, SupportsFloat, SupportsIndex, TypeAlias

import numpy as np
from jaxtyping import Float, Shaped
from mpmath import isfinite, mpf
from mpmath.libmp import to_rational

__all__ = [
    "MOST_LAGS",
    "Array",
    "Count",
    "Number",
    "at_least",
    "exact_rational",
    "finite_array",
    "finite_number",
    "real_array",
    "refuse_mask",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Array: TypeAlias = ArrayLike
    Count: TypeAlias = SupportsIndex
    Number: TypeAlias = SupportsFloat | SupportsIndex | str
else:  # short in help(), and anything to run-time type checkers: functions judge, and word the error
    Array, Count, Number = (NewType(name, object) for name in ("Array", "Count", "Number"))

MOST_LAGS = 10**8
"""Lags in an array."""

REACH = 4000
"""Decimal digits in a number; with more, exact arithmetic on its powers is out of hand."""

_BITS = 4 * REACH
_DECIMALS = Context(prec=REACH, Emin=-REACH, Emax=REACH, traps=[InvalidOperation, Inexact, Subnormal])
"""Raises Inexact for more digits or a greater number (an Overflow is one), Subnormal for a smaller one."""


def exact_rational(name: str, value: Number, *, kind: str = "a finite number") -> Fraction:
    """The number ``value`` stands for, without rounding; ``name`` and ``kind`` are what errors say.

    Binary floating-point numbers, of any precision, are dyadic rationals and kept as they are; strings
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
    try:
        number = _fraction(value)
        if max(number.numerator.bit_length(), number.denominator.bit_length()) > _BITS:
            raise Inexact
    except (Inexact, Subnormal):
        raise ValueError(
            f"{name} must be 0 or between 1e-{REACH} and 1e{REACH} in modulus, with no more digits"
        ) from None
    except (ValueError, TypeError, ArithmeticError):
        raise ValueError(f"{name} must be {kind}, got {value!r}") from None
    return number


def _fraction(value: Any) -> Fraction:
    """The number as it stands, but :class:`decimal.Inexact` for one too vast to write as a fraction."""
    if isinstance(value, bool | np.bool_):
        raise TypeError
    if isinstance(value, Decimal) or (isinstance(value, str) and "/" not in value):
        return Fraction(_DECIMALS.create_decimal(Decimal(value)))
    if isinstance(value, mpf):
        if not isfinite(value):
            raise ValueError
        if abs(value.exp) > _BITS:
            raise Inexact
        return Fraction(*map(int, to_rational(value._mpf_)))
    if isinstance(value, SupportsIndex):
        return Fraction(operator.index(value))
    if hasattr(value, "as_integer_ratio"):  # Fraction() itself refuses NumPy's floats
        return Fraction(*map(int, value.as_integer_ratio()))
    return Fraction(value)  # "1/3"


def refuse_mask(name: str, array: Any) -> None:
    """ValueError for a masked array, whose masked values would count."""
    if isinstance(array, np.ma.MaskedArray):
        raise ValueError(f"{name} must not be a masked array; fill it first")


def finite_number(name: str, value: Number) -> float:
    """The number as a float; ValueError, which calls it ``name``, unless it is finite.

    >>> finite_number("step", "0.5")
    0.5
    """
    try:
        return float(exact_rational(name, value))
    except OverflowError:
        raise ValueError(f"{name} must be in the range of float64, got {value!r}") from None


def finite_array(name: str, value: Array, dimensions: int | None) -> Float[np.ndarray, "..."]:
    """The array as float64; ValueError, which calls it ``name``, unless it is of finite real numbers.

    ``dimensions`` is None for an array of any shape.

    >>> finite_array("x", [[1, 2]], 2)
    array([[1., 2.]])
    """
    array = real_array(name, value, dimensions, "iuf")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    return array


def real_array(name: str, value: Array, dimensions: int | None, kinds: str) -> Shaped[np.ndarray, "..."]:
    """The array as it stands; ValueError unless it has the ``dimensions`` and one of NumPy's ``kinds``."""
    refuse_mask(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of unequal length") from None
    if array.dtype.kind not in kinds:
        raise ValueError(f"{name} must be an array of real numbers, got dtype {array.dtype}")
    if dimensions is not None and array.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimensions, got shape {array.shape}")
    return array


def at_least(least: int, name: str, value: Count, *, most: int | None = None) -> int:
    """The integer ``value`` as an ``int``; ValueError, which calls it ``name``, unless in range.

    >>> at_least(1, "lags", 3)
    3
    """
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be <= {most}, got {value!r}")
    return number
