"""The exact value of an array, and how far from it the result of a right implementation may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped
from mpmath.libmp import to_rational

from numeric.arguments import real_array
from verify.strategies.calling import MismatchError, answer, called
from verify.strategies.rounding import Precision, gamma

__all__ = ["DIGITS", "Expected", "compare", "exactly"]

DIGITS = 40
"""To which the theory is evaluated; what is rounded there is far below what a single rounding may be off."""


@dataclass(frozen=True)
class Expected:
    """What the theory says of an array, entry by entry."""

    values: Shaped[np.ndarray, "..."]
    """Fractions."""
    terms: Shaped[np.ndarray, "..."]
    """The sums of the absolute terms, Fractions."""
    roundings: Int[np.ndarray, "..."]
    """How many roundings a right implementation may make on the way of a term."""


def exactly(values: Any) -> Shaped[np.ndarray, "..."]:
    """Certified values, which are mpf, as fractions.

    >>> import mpmath
    >>> exactly([mpmath.mpf("0.5")])
    array([Fraction(1, 2)], dtype=object)
    """
    array = np.asarray(values, dtype=object)
    fractions = [Fraction(*map(int, to_rational(x._mpf_))) for x in array.flat]
    return np.array(fractions, dtype=object).reshape(array.shape)


def compare(
    function: Callable[..., Any], arguments: Mapping[str, Any], expected: Expected, precision: Precision
) -> None:
    """MismatchError if the result has another shape, a lower precision or an entry that is too far off.

    Of entries it tells the first, with both values.
    """
    name = called(function)
    result = real_array(f"what {name} returns", answer(function, arguments), None, "iuf")
    if result.shape != expected.values.shape:
        wrong = f"{name} returned the shape {result.shape} where {expected.values.shape} is right"
        raise MismatchError(wrong, arguments)
    if result.dtype.kind == "f" and result.dtype.itemsize < precision.itemsize:
        hint = f"pass dtype={str(result.dtype)!r} if that is what it computes in"
        wrong = f"{name} returned {result.dtype} where {precision} was to be right; {hint}"
        raise MismatchError(wrong, arguments)
    for place in np.ndindex(result.shape):
        got: Any = result[place]
        exact: Any = expected.values[place]
        roundings = int(expected.roundings[place])
        allowed = gamma(roundings, precision) * expected.terms[place]
        finite = bool(np.isfinite(got))
        off = abs(_fraction(got) - exact) if finite else None
        if off is None or off > allowed:
            lines = [
                f"{name} is wrong at [{', '.join(map(str, place))}]",
                f"  got     {got}",
                f"  exact   {precision.type(exact.numerator / exact.denominator)}",
                f"  off by  {'no number' if off is None else format(float(off), '.3g')}",
                f"  allowed {float(allowed):.3g}, {roundings} roundings of {precision}",
            ]
            raise MismatchError("\n".join(lines), arguments)


def _fraction(number: Any) -> Fraction:
    """A finite number of NumPy, whose integers have no ratio.

    >>> _fraction(np.float32(0.5)), _fraction(np.int64(3))
    (Fraction(1, 2), Fraction(3, 1))
    """
    return (
        Fraction(int(number)) if number.dtype.kind in "iu" else Fraction(*map(int, number.as_integer_ratio()))
    )
