"""Numbers and counts, made exact or refused.

Numbers are told by what they can do and not by their class, so that no library is imported: ``__index__``
(the integers of NumPy, SymPy, FLINT, GMP), ``as_integer_ratio`` (floats, NumPy's too, MPFR's, Fractions),
``numerator`` and ``denominator`` (the rationals of SymPy, FLINT, GMP), ``_mpf_`` (an mpf of any mpmath
context, SymPy's Float); arrays without axes for what they hold.  A ball or an interval is a number if its
radius is 0.  What has no exact value, such as ``sympy.sqrt(2)`` or ``mpmath.pi``, is refused, and so is a
``bool``, which as a number is a slip.
"""

import math
import operator
from decimal import Context, Decimal, Inexact, InvalidOperation, Subnormal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NewType, SupportsFloat, SupportsIndex, TypeAlias

import numpy as np
from mpmath.libmp import to_rational

from derivations.arguments import integer, shown
from numeric.arguments.hidden import PLAIN, attribute, hidden_in

__all__ = [
    "MOST_COUNTS",
    "MOST_LAGS",
    "REACH",
    "Count",
    "Number",
    "at_least",
    "exact_rational",
    "finite_number",
    "floating",
    "typed",
]

if TYPE_CHECKING:
    Count: TypeAlias = SupportsIndex
    Number: TypeAlias = SupportsFloat | SupportsIndex | str
else:  # short in help(), and anything to run-time type checkers: functions judge, and word the error
    Count, Number = (NewType(name, object) for name in ("Count", "Number"))

MOST_LAGS = 10**8
"""Lags in an array."""

MOST_COUNTS = 10**5
"""Numbers of steps, or times, asked for at once."""

REACH = 4000
"""Decimal digits in a number; with more, exact arithmetic on its powers is out of hand."""

_BITS = math.floor(REACH * math.log2(10)) + 1
_DECIMALS = Context(prec=REACH, Emin=-REACH, Emax=REACH, traps=[InvalidOperation, Inexact, Subnormal])
"""Raises Inexact for more digits or a greater number (an Overflow is one), Subnormal for a smaller one."""


def exact_rational(name: str, value: Number, *, kind: str = "a finite number") -> Fraction:
    """The number ``value`` stands for, without rounding; ``name`` and ``kind`` are what errors say.

    Binary floating-point numbers, of any precision, are dyadic rationals and kept as they are; strings
    and ``Decimal`` mean what they say in decimal.  The module says which other types are taken.

    Raises
    ------
    ValueError
        If the value is no number (a ``bool`` is none), is not real, has no exact value, is not finite, or has
        more than 4000 decimal digits or places, where exact arithmetic would take longer than anyone waits.

    Examples
    --------
    >>> exact_rational("x", "0.3"), exact_rational("x", np.array(0.25))
    (Fraction(3, 10), Fraction(1, 4))
    >>> exact_rational("x", [1])
    Traceback (most recent call last):
    ValueError: x must be a finite number, got [1], of type list
    """
    try:
        number = _fraction(_scalar(value))
        if max(number.numerator.bit_length(), number.denominator.bit_length()) > _BITS:
            raise Inexact
    except (Inexact, Subnormal):
        raise ValueError(
            f"{name} must be 0 or between 1e-{REACH} and 1e{REACH} in modulus, and have at most {REACH}"
            " digits"
        ) from None
    except _NotFiniteError:
        raise ValueError(f"{name} must be {kind}, got {shown(value)}") from None
    except _UnfitError as unfit:
        raise ValueError(f"{name} must {unfit}") from None
    return number


class _UnfitError(Exception):
    """What a value must be, and what it is instead."""


class _NotFiniteError(Exception):
    """An infinite number, or NaN."""


def _no_number(value: Any) -> _UnfitError:
    return _UnfitError(f"be a finite number, got {typed(value)}")


def _scalar(value: Any) -> Any:
    """The number itself, out of an array without axes; :class:`_UnfitError` for other arrays and units."""
    if type(value) in PLAIN and not isinstance(value, np.generic):
        return value
    if (hidden := hidden_in(value)) is not None:
        raise _UnfitError(hidden)
    shape = attribute(value, "shape")
    if shape == () and hasattr(value, "item"):
        if attribute(attribute(value, "dtype"), "kind") in ("m", "M"):  # of time, which has a unit
            raise _no_number(value)
        held = value.item()
        return held if type(held) is type(value) else _scalar(held)  # a longdouble gives itself
    if isinstance(shape, tuple) and shape:
        raise _UnfitError(f"be a single number, got an array of shape {tuple(shape)}")
    return value


def _fraction(value: Any) -> Fraction:
    """The number as it stands, but :class:`decimal.Inexact` for one too vast to write as a fraction."""
    if isinstance(value, bool | np.bool_ | type):
        raise _no_number(value)
    if isinstance(value, str | Decimal):
        return _written(value)
    if hasattr(value, "__index__"):  # asking for SupportsIndex takes longer than all the rest
        return Fraction(operator.index(value))
    if hasattr(value, "as_integer_ratio"):
        try:
            return Fraction(*map(int, value.as_integer_ratio()))
        except (ValueError, OverflowError):
            raise _NotFiniteError from None
    if hasattr(value, "is_exact"):  # a ball of FLINT; its _mpf_ would be the midpoint
        return _ball(value)
    if hasattr(value, "man_exp") and hasattr(value, "is_finite"):  # an arf of older FLINTs
        return _dyadic(value)
    if hasattr(value, "_mpi_"):  # an interval of mpmath
        low, high = value._mpi_
        if low != high:
            raise _UnfitError(f"have an exact value, got {shown(value)}, an interval")
        return _floating(low)
    if hasattr(value, "_mpf_"):
        if callable(value):
            raise _UnfitError(f"have an exact value, got {shown(value)}; +x rounds such a constant x")
        return _floating(value._mpf_)
    if hasattr(value, "numerator") and hasattr(value, "denominator"):
        return Fraction(int(value.numerator), int(value.denominator))
    if hasattr(value, "imag"):
        raise _UnfitError(f"be real, got {typed(value)}")
    if attribute(value, "is_number") is True:  # of SymPy
        if not value.is_finite:
            raise _NotFiniteError
        wanted = "be real" if value.is_real is False else "have an exact value"
        raise _UnfitError(f"{wanted}, got {shown(value)}")
    raise _no_number(value)


def _written(value: str | Decimal) -> Fraction:
    try:
        if isinstance(value, str) and "/" in value:
            return Fraction(value)
        decimal = Decimal(value)
    except (ValueError, ArithmeticError):
        raise _UnfitError(f"be a finite number, got {shown(value)}") from None
    if not decimal.is_finite():
        raise _NotFiniteError
    return Fraction(_DECIMALS.create_decimal(decimal))


def _ball(ball: Any) -> Fraction:
    if not hasattr(ball, "man_exp"):  # an acb
        raise _UnfitError(f"be real, got {typed(ball)}")
    if ball.is_finite() and not ball.is_exact():
        raise _UnfitError(f"have an exact value, got {shown(ball)}, a ball of positive radius")
    return _dyadic(ball)


def _dyadic(value: Any) -> Fraction:
    if not value.is_finite():
        raise _NotFiniteError
    mantissa, exponent = map(int, value.man_exp())
    if abs(exponent) > _BITS:
        raise Inexact
    return mantissa * Fraction(2) ** exponent


def _floating(raw: tuple[Any, ...]) -> Fraction:
    """The value of an mpf, from its sign, mantissa, exponent and bits."""
    _, mantissa, exponent, _ = raw
    if not mantissa and exponent:
        raise _NotFiniteError
    if abs(exponent) > _BITS:
        raise Inexact
    return Fraction(*map(int, to_rational(raw)))


def floating(value: Number) -> bool:
    """Whether a number is of a floating-point type, which may have rounded it, and not written exactly.

    >>> floating(0.5), floating("0.5"), floating(np.int64(2)), floating(np.array(2.0))
    (True, False, False, True)
    """
    number = _scalar(value)
    written = isinstance(number, str | Decimal)
    return not (written or hasattr(number, "__index__") or hasattr(number, "denominator"))


def finite_number(name: str, value: Number) -> float:
    """The number as a float; ValueError, which calls it ``name``, unless it is finite.

    >>> finite_number("step", "0.5")
    0.5
    """
    if type(value) is float and math.isfinite(value):
        return value
    try:
        return float(exact_rational(name, value))
    except OverflowError:
        raise ValueError(f"{name} must be in the range of float64, got {shown(value)}") from None


def at_least(least: int, name: str, value: Count, *, most: int | None = None) -> int:
    """The integer ``value`` as an ``int``; ValueError, which calls it ``name``, unless in range.

    Integers of any library are taken, and arrays without axes that hold one.  Floats are not, nor is 2.0:
    a float may have missed the integer that is meant.

    >>> at_least(1, "lags", np.array(3))
    3
    """
    try:
        number = _scalar(value)
    except (TypeError, _UnfitError):
        number = value
    return integer(name, number, least, most=most)


def typed(value: Any) -> str:
    """The value and its type, for an error.

    >>> typed([1])
    '[1], of type list'
    """
    return f"{shown(value)}, of type {type(value).__name__}"
