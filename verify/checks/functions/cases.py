r"""What is compared: a call of a public function, and what its definition gives, exactly.

A definition is evaluated in rational numbers along a way of its own, never through the formula of the
function under test.  Then either the answer must be equal; or it must be the nearest float64 (ties to
even), or, asked for decimal digits, the nearest decimal (ties away from 0), by other libraries' rounding;
or float64 may miss it by a stated amount.  A value beyond float64's range must be refused as such.
"""

import decimal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import numpy as np
from flint import fmpq

from verify.networks import stream
from verify.statistics import Verdict, exact_verdict

__all__ = [
    "EPS",
    "TINY",
    "Case",
    "Cases",
    "Comparison",
    "close",
    "close_to_sums",
    "equal",
    "fractions",
    "nearest",
    "outcome",
    "rationals",
    "refused",
    "verdict",
]

EPS = Fraction(1, 2**53)
"""The relative error of one rounding to float64."""
TINY = Fraction(1, 2**1074)
"""The least positive float64."""
_UNBOUNDED = decimal.Context(Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, rounding=decimal.ROUND_HALF_UP)


@dataclass(frozen=True)
class Case:
    """A call, and whether what comes of it is right; an exception is an answer too."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    judge: Callable[[Any], bool]
    about: str = ""

    def named(self, about: str) -> "Case":
        """The same case, told in other words than those of its call."""
        return replace(self, about=about)

    def holds(self) -> bool:
        """Call the function and judge the answer."""
        return self.judge(outcome(self.function, *self.arguments, **self.options))

    def __str__(self) -> str:
        if self.about:
            return self.about
        given = [_shortened(argument) for argument in self.arguments]
        given += [f"{name}={_shortened(value)}" for name, value in self.options.items()]
        return f"{self.function.__qualname__}({', '.join(given)})"


Cases: TypeAlias = Iterator[Case]


@dataclass(frozen=True)
class Comparison:
    """A public function, by name; what its definition is, in a phrase; and the cases that are tried."""

    name: str
    definition: str
    cases: Callable[[np.random.Generator], Cases]


def verdict(check: str, comparison: Comparison, seed: int) -> Verdict:
    """Whether the function is right in every case; the detail tells the first where it is not."""
    count, wrong, detail = 0, 0, ""
    try:
        for case in comparison.cases(stream(seed, check, comparison.name)):
            count += 1
            if not case.holds():
                wrong += 1
                detail = detail or f"wrong: {case}"
    except Exception as error:  # a definition may need other public functions, which fail here
        wrong += 1
        detail = detail or f"after {count} cases: {error!r}"
    detail = detail or f"{comparison.definition}, {count} cases"
    return exact_verdict(check, comparison.name, wrong, 0, detail=detail)


def outcome(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the function returns, or the exception that it raises."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return error


def equal(right: Any, function: Callable[..., Any], *arguments: Any, **options: Any) -> Case:
    """The answer is exactly this number, or array of numbers.

    >>> equal(Fraction(1, 4), lambda: 0.25).holds(), equal([1, 2], lambda: [1, 2.5]).holds()
    (True, False)
    """
    return close(right, 0, function, *arguments, **options)


def close(right: Any, allowed: Any, function: Callable[..., Any], *arguments: Any, **options: Any) -> Case:
    """The answer differs from this array of numbers, entry by entry, by no more than is allowed.

    >>> close([1], EPS, lambda: [1 + 2.0**-52]).holds(), close([1], 2 * EPS, lambda: [1 + 2.0**-52]).holds()
    (False, True)
    """
    values, slack = rationals(right), np.broadcast_to(rationals(allowed), np.shape(right))
    representable = all(_nearest_float(x) is not None for x in values.flat)

    def judge(answer: Any) -> bool:
        if not representable:
            return isinstance(answer, OverflowError)
        if isinstance(answer, Exception) or np.shape(answer) != values.shape:
            return False
        got = rationals(answer)
        return all(
            x is not None and abs(x - y) <= z
            for x, y, z in zip(got.flat, values.flat, slack.flat, strict=True)
        )

    return Case(function, arguments, options, judge)


def close_to_sums(
    right: Any, terms: Any, roundings: int, function: Callable[..., Any], *arguments: Any, **options: Any
) -> Case:
    """The answer differs from sums by the roundings of so many steps, relative to the sums of |terms|."""
    allowed = rationals(terms) * (roundings * EPS) + roundings * TINY
    return close(right, allowed, function, *arguments, **options)


def nearest(right: Any, function: Callable[..., Any], *arguments: Any, **options: Any) -> Case:
    """The answer is the nearest float64, or the nearest decimal if ``digits`` is among the options.

    >>> nearest(Fraction(1, 3), lambda: 1 / 3).holds()
    True
    >>> nearest(Fraction(1, 8), lambda digits: mpmath.mpf("0.13"), digits=2).holds()
    True
    """
    values, digits = rationals(right), options.get("digits")

    def judge(answer: Any) -> bool:
        if digits is not None:
            if isinstance(answer, Exception) or np.shape(answer) != values.shape:
                return False
            got = np.asarray(answer, dtype=object)
            return all(
                _printed(x, digits) == _nearest_decimal(y, digits)
                for x, y in zip(got.flat, values.flat, strict=True)
            )
        floats = [_nearest_float(x) for x in values.flat]
        if None in floats:
            return isinstance(answer, OverflowError)
        if isinstance(answer, Exception) or np.shape(answer) != values.shape:
            return False
        return list(np.asarray(answer).flat) == floats

    return Case(function, arguments, options, judge)


def refused(
    function: Callable[..., Any], *arguments: Any, error: type[Exception] = ValueError, **options: Any
) -> Case:
    """There is no answer, and the function says so."""
    return Case(function, arguments, options, lambda answer: isinstance(answer, error))


def rationals(values: Any) -> Any:
    """The numbers, exactly, as an array of fractions; None stands for one that is not finite.

    >>> rationals([0.5, float("nan")])
    array([Fraction(1, 2), None], dtype=object)
    """
    array = np.asarray(values, dtype=object)
    exact = [_rational(x) for x in array.flat]
    return np.array(exact, dtype=object).reshape(array.shape)


def fractions(matrix: Any) -> Any:
    """A FLINT matrix as an array of fractions."""
    return rationals(np.array(matrix.tolist(), dtype=object))


def _rational(x: Any) -> Fraction | None:
    if isinstance(x, fmpq):
        return Fraction(int(x.p), int(x.q))
    if isinstance(x, float | np.floating):
        return Fraction(float(x)) if np.isfinite(x) else None
    return x if x is None else Fraction(x) if isinstance(x, Fraction) else Fraction(int(x))


def _nearest_float(x: Fraction) -> float | None:
    try:
        return float(x)
    except OverflowError:
        return None


def _nearest_decimal(x: Fraction, digits: int) -> decimal.Decimal:
    context = _UNBOUNDED.copy()
    context.prec = digits
    return context.divide(decimal.Decimal(x.numerator), decimal.Decimal(x.denominator))


def _printed(x: Any, digits: int) -> decimal.Decimal | None:
    """The decimal that an mpf shows, to so many digits."""
    return decimal.Decimal(mpmath.nstr(x, digits)) if isinstance(x, mpmath.mpf) else None


def _shortened(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 100 else f"{text[:97]}..."
