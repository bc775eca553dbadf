"""What users hand over, made exact or refused: numbers, counts and arrays; and what would not fit in memory.

*Numbers* are taken without rounding, whatever library they come from, told by what they can do and not by
their class, so that none of these libraries is imported: ``__index__`` (the integers of NumPy, SymPy, FLINT,
GMP), ``as_integer_ratio`` (floats, NumPy's too, MPFR's, Fractions), ``numerator`` and ``denominator`` (the
rationals of SymPy, FLINT, GMP), ``_mpf_`` (an mpf of any mpmath context, SymPy's Float); arrays without axes
for what they hold.  A ball or an interval is a number if its radius is 0.  What has no exact value, such as
``sympy.sqrt(2)`` or ``mpmath.pi``, is refused, and so is a ``bool``, which as a number is a slip.

*Arrays* are real.  Arrays of ``bool`` are data, 0 and 1.  What NumPy would drop in silence is refused however
deep it lies: masks, units, missing values; sparse arrays are told apart from dense ones.

*Memory.*  :func:`refuse_too_large` refuses, before work begins, what surely does not fit: where the result
and the workspace known in advance take more than the machine, or this process's control group, has in all.
What is free at the moment is not asked: it changes while one asks, and systems can swap.
"""

import math
import operator
import os
from array import array as buffer
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Context, Decimal, Inexact, InvalidOperation, Subnormal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType, SupportsFloat, SupportsIndex, TypeAlias

import numpy as np
import numpy.ma  # at once: NumPy would import it amid a computation, where a fork does not wait for it
from jaxtyping import Float, Shaped
from mpmath import mpf
from mpmath.libmp import to_rational

from derivations.arguments import integer, shown

__all__ = [
    "MOST_COUNTS",
    "MOST_LAGS",
    "REACH",
    "Array",
    "Count",
    "Number",
    "at_least",
    "bytes_of_number",
    "checked_array",
    "exact_rational",
    "finite_array",
    "finite_number",
    "floating",
    "memory",
    "real_array",
    "refuse_hidden",
    "refuse_too_large",
    "shown",
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

MOST_COUNTS = 10**5
"""Numbers of steps, or times, asked for at once."""

REACH = 4000
"""Decimal digits in a number; with more, exact arithmetic on its powers is out of hand."""

MOST_MEMORY = 2**36
"""Bytes that an array may take where the system does not tell how many it has."""

_BITS = math.floor(REACH * math.log2(10)) + 1
_DECIMALS = Context(prec=REACH, Emin=-REACH, Emax=REACH, traps=[InvalidOperation, Inexact, Subnormal])
"""Raises Inexact for more digits or a greater number (an Overflow is one), Subnormal for a smaller one."""

_DEEPEST = 64
"""Axes that NumPy looks for in nested lists."""
_MOST_AXES = 32
"""Axes that all of NumPy copes with."""
_TIMES = (np.timedelta64, np.datetime64)
_PLAIN = frozenset(
    {bool, int, float, complex, str, bytes, Fraction, Decimal, mpf, *np.sctypeDict.values()} - {*_TIMES}
)
"""Types that hide nothing."""
_PYTHONS = (bool, int, float, np.bool_, np.integer, np.floating)
_TWO_FOR_ONE = "; make a complex coordinate two real ones, its real and its imaginary part"
_CONVERT = "; np.array(..., dtype=float) rounds numbers of other types"


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
    return _UnfitError(f"be a finite number, got {_typed(value)}")


def _scalar(value: Any) -> Any:
    """The number itself, out of an array without axes; :class:`_UnfitError` for other arrays and units."""
    if type(value) in _PLAIN and not isinstance(value, np.generic):
        return value
    if (hidden := _hidden(value)) is not None:
        raise _UnfitError(hidden)
    shape = _attribute(value, "shape")
    if shape == () and hasattr(value, "item"):
        if _attribute(_attribute(value, "dtype"), "kind") in ("m", "M"):  # of time, which has a unit
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
    if isinstance(value, SupportsIndex):
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
        raise _UnfitError(f"be real, got {_typed(value)}")
    if _attribute(value, "is_number") is True:  # of SymPy
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
        raise _UnfitError(f"be real, got {_typed(ball)}")
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
    return not (isinstance(number, str | Decimal | SupportsIndex) or hasattr(number, "denominator"))


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


def _typed(value: Any) -> str:
    return f"{shown(value)}, of type {type(value).__name__}"


def finite_array(name: str, value: Array, dimensions: int | None) -> Float[np.ndarray, "..."]:
    """The array as float64; ValueError, which calls it ``name``, unless it is of finite real numbers.

    ``dimensions`` is None for an array of any shape; then a single number may be of any type.

    >>> finite_array("x", [[2, True]], 2)
    array([[2., 1.]])
    """
    array = _array(name, value)
    if dimensions is None and array.ndim == 0 and array.dtype.kind not in "iuf":
        return np.asarray(finite_number(name, array.item()))
    return _finite(name, real_array(name, array, dimensions))


def checked_array(name: str, value: Array, shape: str, *, exact: bool) -> Shaped[np.ndarray, "..."]:
    """The array of as many axes as ``shape`` names, not empty: of float64, or of Fractions if ``exact``.

    For the functions with ``digits=``, which the error names where only they take the entries.

    >>> checked_array("x", [["1/3", True]], "(n, n_x)", exact=True)
    array([[Fraction(1, 3), Fraction(1, 1)]], dtype=object)
    """
    array = _array(name, value, entries=exact)
    if array.ndim != shape.count(",") + 1 or array.size == 0:
        raise ValueError(f"{name} must have shape {shape}, none of them 0, got {array.shape}")
    if not exact:
        return _finite(name, real_array(name, array, None, hint="; digits= takes Fractions, mpf and strings"))
    _refuse_kind(name, array, "biufOUT", "")
    entries = np.frompyfunc(lambda entry: _entry(name, entry), 1, 1)
    return np.asarray(entries(array.astype(object)))


def _entry(name: str, value: Any) -> Fraction:
    if isinstance(value, bool | np.bool_):  # in an array it is data
        return Fraction(int(value))
    if isinstance(value, complex | np.complexfloating):
        raise ValueError(f"{name}'s entries must be real, got {value}{_TWO_FOR_ONE}")
    return exact_rational(f"{name}'s entries", value)


def _finite(name: str, array: Shaped[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # of floats of other sizes
        floats = array.astype(np.float64, copy=False)
    finite = np.isfinite(floats)
    if not finite.all():
        raise ValueError(f"{name} must be finite, got {array[~finite][0]}")
    return floats


def real_array(
    name: str, value: Array, dimensions: int | None, kinds: str = "biuf", *, hint: str = _CONVERT
) -> Shaped[np.ndarray, "..."]:
    """The array as it stands; ValueError unless it has the ``dimensions`` and one of NumPy's ``kinds``.

    Objects that all are bools, integers or floats of Python or NumPy make an array of float64.  ``hint`` is
    what the error says of other objects, and of strings.
    """
    array = _array(name, value)
    if array.dtype.kind == "O" and "O" not in kinds and all(isinstance(x, _PYTHONS) for x in array.flat):
        try:
            array = array.astype(np.float64)
        except OverflowError:
            raise ValueError(f"{name} must be in the range of float64, about 1.8e308") from None
    _refuse_kind(name, array, kinds, hint)
    if dimensions is not None and array.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimensions, got shape {array.shape}")
    return array


def _refuse_kind(name: str, array: Shaped[np.ndarray, "..."], kinds: str, hint: str) -> None:
    kind = array.dtype.kind
    if kind == "O" and (missing := [x for x in array.flat if x is None or _is_missing(x)]):
        raise ValueError(f"{name} must have no missing values, got {missing[0]!r}")
    if kind in kinds:
        return
    if kind == "c" and not array.imag.any():
        hint = "; as its imaginary parts are all 0, pass its .real"
    elif kind == "c":
        hint = _TWO_FOR_ONE
    elif kind not in "OUT":
        hint = ""
    raise ValueError(f"{name} must be an array of real numbers, got dtype {array.dtype}{hint}")


def _is_missing(entry: Any) -> bool:
    return type(entry).__name__ in ("NAType", "NaTType")  # of pandas


def _array(name: str, value: Any, *, entries: bool = False) -> Shaped[np.ndarray, "..."]:
    """The one door for arrays: what NumPy makes of a value that hides nothing from it.

    Of sequences it makes one type, and so rounds integers beside floats and writes floats beside strings in
    decimal; with ``entries`` they all stay what they are.
    """
    refuse_hidden(name, value)
    try:
        array = np.asarray(value, dtype=object if entries and _is_nested(value) else None)
    except Exception as error:  # NumPy's, or that of whoever turns the value into an array
        if _is_nested(value) and isinstance(error, ValueError):
            raise ValueError(f"{name} must be an array, {_ragged(value)}") from None
        kind = type(value).__name__
        raise ValueError(f"{name} must be an array, but NumPy cannot read this {kind}: {error}") from None
    if array.ndim > _MOST_AXES:
        raise ValueError(f"{name} must have at most {_MOST_AXES} axes, got {array.ndim}")
    if array.dtype.kind == "O":
        if array.ndim == 0 and not hasattr(array.item(), "__float__"):
            raise ValueError(f"{name} must be an array of real numbers, got {_typed(value)}")
        if any(_has_axes(x) for x in array.flat if type(x) not in _PLAIN):
            raise ValueError(f"{name} must be an array, {_ragged(value if _is_nested(value) else array)}")
    if array.dtype.kind == "V" and np.can_cast(array.dtype, np.float64):  # bfloat16 and its like
        array = array.astype(np.float64)
    return array


def _ragged(value: Any) -> str:
    """What is wrong with nested sequences that make no array, and what to do."""
    lengths = [len(entry) for entry in value if _has_axes(entry)]
    if len(set(lengths)) == 1 or len(lengths) < len(value):
        return "got rows of unequal length"
    told = ", ".join(map(str, lengths[:4])) + (", ..." if len(lengths) > 4 else "")
    return (
        f"got rows of unequal length: {told}; pad shorter sequences with zeros on the left, which is exact: "
        "for last_only=True nothing changes, else step t becomes step t + padding"
    )


def refuse_hidden(name: str, value: Any) -> None:
    """ValueError where reading the value as an array would drop something in silence, however deep it lies.

    That is a mask, so that masked values would count, and the unit of a quantity; and a sparse array, which
    NumPy does not read as one.

    >>> refuse_hidden("x", [[1.0], np.ma.masked_array([2.0], [True])])
    Traceback (most recent call last):
    ValueError: x must not be a masked array; fill it first
    """
    _look_into(name, value, 0)


def _look_into(name: str, value: Any, depth: int) -> None:
    if type(value) in _PLAIN or depth > _DEEPEST:
        return
    if (hidden := _hidden(value)) is not None:
        raise ValueError(f"{name} must {hidden}")
    if isinstance(value, _TIMES):  # NumPy takes it for an integer
        told = "no missing values, got NaT" if np.isnat(value) else f"no unit, got {shown(value)}"
        raise ValueError(f"{name} must have {told}; pass plain numbers")
    inside: Iterable[Any] = ()
    if isinstance(value, np.ndarray):
        inside = value.flat if value.dtype.hasobject and value.ndim <= _MOST_AXES else ()
    elif hasattr(value, "__array__"):
        held = _attribute(value, "data")  # of arrays with labels; in others their memory
        inside = [held] if hasattr(held, "__array__") and type(held) is not type(value) else []
        with suppress(Exception):  # told where it is read
            inside = [*inside, np.asanyarray(value)]
    elif _is_nested(value):
        inside = value
    for entry in [entry for entry in inside if type(entry) not in _PLAIN]:
        _look_into(name, entry, depth + 1)


def _has_axes(value: Any) -> bool:
    return _is_nested(value) or bool(_attribute(value, "ndim"))


def _is_nested(value: Any) -> bool:
    """Whether NumPy looks for entries in it that may be anything."""
    kind = type(value)
    entries = hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not hasattr(kind, "__array__")
    return entries and not isinstance(value, str | bytes | bytearray | memoryview | range | buffer | Mapping)


def _hidden(value: Any) -> str | None:
    """What NumPy would drop of the value itself, worded."""
    if type(value) is np.ndarray:
        return None
    mask = _attribute(value, "mask")  # of NumPy and of Astropy; in pandas a method
    if isinstance(value, np.ma.MaskedArray) or not (mask is None or callable(mask)):
        return "not be a masked array; fill it first"
    for unit in (_attribute(value, "unit"), _attribute(value, "units")):
        # a method, and a column of that name, are none
        if not (unit is None or callable(unit) or _attribute(unit, "ndim")):
            return f"have no unit, got one in {shown(unit)}; pass its plain numbers"
    if isinstance(_attribute(value, "nnz"), int | np.integer):
        return f"be dense, got a sparse {type(value).__name__}; pass its .toarray()"
    return None


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # a property that does not apply
        return None


def refuse_too_large(name: str, size: int, advice: str) -> None:
    """ValueError if ``size`` bytes are more than :func:`memory`; ``name`` is what takes them.

    >>> refuse_too_large("kernel", 2**60, "take fewer")
    Traceback (most recent call last):
    ValueError: kernel would take 1.07e+9 GiB of memory, more than the ... GiB of this machine; take fewer
    """
    if size > memory():
        told, most = (f"{Decimal(x) / 2**30:.3g}" for x in (size, memory()))
        raise ValueError(
            f"{name} would take {told} GiB of memory, more than the {most} GiB of this machine; {advice}"
        )


def bytes_of_number(digits: int | None) -> int:
    """Bytes that a float64 takes in an array, or an mpf of so many decimal digits, as measured.

    >>> bytes_of_number(None), bytes_of_number(1000)
    (8, 780)
    """
    return 8 if digits is None else 280 + digits // 2


@cache
def memory() -> int:
    """Bytes of memory that this machine has, or the control group of this process; 64 GiB if none says.

    >>> memory() > 2**20
    True
    """
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return MOST_MEMORY
    with suppress(OSError, ValueError):  # no control groups, or "max"
        most = min(most, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return most if most > 0 else MOST_MEMORY
