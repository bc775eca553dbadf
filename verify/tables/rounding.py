"""Numbers rounded once, from the exact value: to the nearest float64, or to certified digits as strings."""

import math
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["by_lag", "in_blocks", "numbers", "roots", "shown"]

BLOCK = 1000
"""Lags rounded together."""


def by_lag(
    formula: Callable[..., Any], variances: "Model", lags: int, digits: int | None
) -> list[float | str]:
    """A closed form of nu_W, s and p at every lag."""
    return in_blocks(lambda block, *fields: [formula(i, *fields) for i in block], variances, lags, digits)


def in_blocks(
    formulas: Callable[..., Iterable[Any]], variances: "Model", lags: int, digits: int | None
) -> list[float | str]:
    """What has a value at every lag, block by block, so that one that is hard to round delays few others."""
    from mpmath import nstr

    from numeric.certified import certified, certified_floats
    from numeric.variances import w_s_p

    values: list[float | str] = []
    for start in range(0, lags, BLOCK):

        def block(number: Callable[[Fraction], Any], start: int = start) -> Iterable[Any]:
            return formulas(range(start, min(lags, start + BLOCK)), *map(number, w_s_p(variances)))

        if digits is None:
            values += certified_floats(block)
        else:
            values += [_tidy(nstr(value, digits, strip_zeros=False)) for value in certified(block, digits)]
    return values


def numbers(values: Iterable[Fraction], digits: int | None) -> list[float | str]:
    """Fractions."""
    return [_written(lambda number, x=x: number(x), digits) for x in values]


def roots(squares: Iterable[Fraction], digits: int | None) -> list[float | str]:
    """Square roots: rational ones as what they are, since no ball decides a tie."""
    rounded = []
    for square in squares:
        root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
        rational = root**2 == square
        rounded += (
            numbers([root], digits)
            if rational
            else [_written(lambda number, x=square: number(x).sqrt(), digits)]
        )
    return rounded


def _written(value: Callable[..., Any], digits: int | None) -> float | str:
    """A value in the field whose numbers the argument of ``value`` makes, as a float or as digits."""
    from numeric.certified import certified, certified_floats

    evaluated = (certified_floats if digits is None else lambda f: certified(f, digits))(
        lambda number: [value(number)]
    )
    return shown(evaluated[0], digits)


def shown(value: Any, digits: int | None) -> float | str:
    """A float as it is; an mpf that is right to so many digits as these."""
    from mpmath import nstr

    return float(value) if digits is None else _tidy(nstr(value, digits, strip_zeros=False))


def _tidy(number: str) -> str:
    """Without a point that nothing follows.

    >>> _tidy("3."), _tidy("3.e-7"), _tidy("3.0")
    ('3', '3e-7', '3.0')
    """
    return re.sub(r"\.(?!\d)", "", number)
