"""Real arrays, by one door: what NumPy makes of a value that hides nothing from it.

Arrays of ``bool`` are data, 0 and 1.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NewType, TypeAlias

import numpy as np
from jaxtyping import Float, Shaped

from numeric.arguments.hidden import MOST_AXES, PLAIN, has_axes, is_nested, refuse_hidden
from numeric.arguments.numbers import exact_rational, finite_number, typed

__all__ = ["Array", "checked_array", "finite_array", "real_array"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Array: TypeAlias = ArrayLike
else:  # as in numeric.arguments.numbers
    Array = NewType("Array", object)

_PYTHONS = (bool, int, float, np.bool_, np.integer, np.floating)
_TWO_FOR_ONE = "; make a complex coordinate two real ones, its real and its imaginary part"
_CONVERT = "; np.array(..., dtype=float) rounds numbers of other types"


def finite_array(name: str, value: Array, dimensions: int | None) -> Float[np.ndarray, "..."]:
    """The array as float64; ValueError, which calls it ``name``, unless it is of finite real numbers.

    ``dimensions`` is None for an array of any shape; then a single number may be of any type.

    >>> finite_array("x", [[2, True]], 2)
    array([[2., 1.]])
    """
    array = _array(name, value)
    if dimensions is None and array.ndim == 0 and array.dtype.kind not in "iuf":
        return np.asarray(finite_number(name, array.item()))
    return _finite(name, _real(name, array, dimensions))


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
        return _finite(name, _real(name, array, None, hint="; digits= takes Fractions, mpf and strings"))
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
    floats = array
    if array.dtype != np.float64:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # of floats of other sizes
            floats = array.astype(np.float64)
    finite = np.isfinite(floats)
    if not finite.all():
        raise ValueError(f"{name} must be finite, got {array[~finite][0]}")
    return floats


def real_array(
    name: str, value: Array, dimensions: int | None, kinds: str = "biuf"
) -> Shaped[np.ndarray, "..."]:
    """The array as it stands; ValueError unless it is of real numbers and has the ``dimensions``.

    ``kinds`` are those of NumPy that it may be of.

    Objects that all are bools, integers or floats of Python or NumPy make an array of float64.
    """
    return _real(name, _array(name, value), dimensions, kinds=kinds)


def _real(
    name: str,
    array: Shaped[np.ndarray, "..."],
    dimensions: int | None,
    *,
    kinds: str = "biuf",
    hint: str = _CONVERT,
) -> Shaped[np.ndarray, "..."]:
    """The same of an array; ``hint`` is what the error says of other objects, and of strings."""
    if array.dtype.kind == "O" and all(isinstance(x, _PYTHONS) for x in array.flat):
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
        array = np.asarray(value, dtype=object if entries and is_nested(value) else None)
    except Exception as error:  # NumPy's, or that of whoever turns the value into an array
        if is_nested(value) and isinstance(error, ValueError):
            raise ValueError(f"{name} must be an array, {_ragged(value)}") from None
        kind = type(value).__name__
        raise ValueError(f"{name} must be an array, but NumPy cannot read this {kind}: {error}") from None
    if array.ndim > MOST_AXES:
        raise ValueError(f"{name} must have at most {MOST_AXES} axes, got {array.ndim}")
    if array.dtype.kind == "O":
        if array.ndim == 0 and not hasattr(array.item(), "__float__"):
            raise ValueError(f"{name} must be an array of real numbers, got {typed(value)}")
        if any(has_axes(x) for x in array.flat if type(x) not in PLAIN):
            raise ValueError(f"{name} must be an array, {_ragged(value if is_nested(value) else array)}")
    if array.dtype.kind == "V" and np.can_cast(array.dtype, np.float64):  # bfloat16 and its like
        array = array.astype(np.float64)
    return array


def _ragged(value: Any) -> str:
    """What is wrong with nested sequences that make no array, and what to do."""
    lengths = [len(entry) for entry in value if has_axes(entry)]
    if len(set(lengths)) == 1 or len(lengths) < len(value):
        return "got rows of unequal length"
    told = ", ".join(map(str, lengths[:4])) + (", ..." if len(lengths) > 4 else "")
    return (
        f"got rows of unequal length: {told}; pad shorter sequences with zeros on the left, which is exact: "
        "for last_only=True nothing changes, else step t becomes step t + padding"
    )
