"""What NumPy would drop in silence: masks, units, missing values and times, however deep they lie.

Sparse arrays, which NumPy does not read as arrays, are told apart from dense ones.
"""

from array import array as buffer
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.ma  # at once: NumPy would import it amid a computation, where a fork does not wait for it
from mpmath import mpf

from derivations.arguments import shown

__all__ = ["MOST_AXES", "PLAIN", "attribute", "has_axes", "hidden_in", "is_nested", "refuse_hidden"]

_DEEPEST = 64
"""Axes that NumPy looks for in nested lists."""
MOST_AXES = 32
"""Axes that all of NumPy copes with."""
_TIMES = (np.timedelta64, np.datetime64)
PLAIN = frozenset(
    {bool, int, float, complex, str, bytes, Fraction, Decimal, mpf, *np.sctypeDict.values()} - {*_TIMES}
)
"""Types that hide nothing."""


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
    if type(value) in PLAIN or depth > _DEEPEST:
        return
    if (hidden := hidden_in(value)) is not None:
        raise ValueError(f"{name} must {hidden}")
    if isinstance(value, _TIMES):  # NumPy takes it for an integer
        told = "no missing values, got NaT" if np.isnat(value) else f"no unit, got {shown(value)}"
        raise ValueError(f"{name} must have {told}; pass plain numbers")
    inside: Iterable[Any] = ()
    if isinstance(value, np.ndarray):
        inside = value.flat if value.dtype.hasobject and value.ndim <= MOST_AXES else ()
    elif hasattr(value, "__array__"):
        held = attribute(value, "data")  # of arrays with labels; in others their memory
        inside = [held] if hasattr(held, "__array__") and type(held) is not type(value) else []
        with suppress(Exception):  # told where it is read
            inside = [*inside, np.asanyarray(value)]
    elif is_nested(value):
        inside = value
    for entry in [entry for entry in inside if type(entry) not in PLAIN]:
        _look_into(name, entry, depth + 1)


def has_axes(value: Any) -> bool:
    """Whether NumPy makes more than a single number of it.

    >>> has_axes([]), has_axes(np.array(1))
    (True, False)
    """
    return is_nested(value) or bool(attribute(value, "ndim"))


def is_nested(value: Any) -> bool:
    """Whether NumPy looks for entries in it that may be anything."""
    kind = type(value)
    entries = hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not hasattr(kind, "__array__")
    return entries and not isinstance(value, str | bytes | bytearray | memoryview | range | buffer | Mapping)


def hidden_in(value: Any) -> str | None:
    """What NumPy would drop of the value itself, worded."""
    if type(value) is np.ndarray:
        return None
    mask = attribute(value, "mask")  # of NumPy and of Astropy; in pandas a method
    if isinstance(value, np.ma.MaskedArray) or not (mask is None or callable(mask)):
        return "not be a masked array; fill it first"
    for unit in (attribute(value, "unit"), attribute(value, "units")):
        # a method, and a column of that name, are none
        if not (unit is None or callable(unit) or attribute(unit, "ndim")):
            return f"have no unit, got one in {shown(unit)}; pass its plain numbers"
    if isinstance(attribute(value, "nnz"), int | np.integer):
        return f"be dense, got a sparse {type(value).__name__}; pass its .toarray()"
    return None


def attribute(value: Any, name: str) -> Any:
    """The attribute, or None if there is none, or it does not apply."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None
