"""Values whose every digit is proven.

A value is computed in balls (python-flint's ``arb``), which enclose the truth, at growing precision
until every point of the ball gives the same answer: the same rounded decimal, the same nearest float,
the same sign.  Two cases no ball decides: a zero hidden by cancellation and a tie halfway between two
answers.  All values here are rational functions of rational numbers, so these are settled exactly, in
``fmpq``, as soon as the balls' precision has grown to the size of the exact value, found by evaluating
the same formula once more, in sizes.

The precision of balls is one for the whole process: threads take turns (:func:`precision`).  A process forked
in the middle of another thread's turn has no such thread, and starts afresh.

The decimal of ``d`` significant digits nearest to ``x``, ties away from 0, is ``N / 10^k`` with
``N = floor(|x| 10^k + 1/2)`` and k such that ``10^(d-1) <= |x| 10^k < 10^d``.  Scaling happens in balls:
no integer ever has many more than d digits, however small or large ``x`` is.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from threading import RLock, get_ident
from typing import Any, TypeAlias, TypeVar

from flint import arb, ctx, fmpq
from mpmath import mp, mpf
from mpmath.libmp import from_man_exp

from numeric.arguments import Count, at_least

__all__ = [
    "MOST_DIGITS",
    "PrecisionWarning",
    "certified",
    "certified_floats",
    "certified_value",
    "exact_ball",
    "float64_overflow",
    "not_positive",
    "precision",
]

MOST_DIGITS = 10**6
"""Decimal digits that can be asked for."""

Element: TypeAlias = Any
"""A ball or an exact rational: ``arb`` or ``fmpq`` (or the :class:`_Size` of the latter)."""

Evaluate: TypeAlias = Callable[[Callable[[Fraction], Element]], Iterable[Element]]
"""Computes values in the field whose numbers its argument makes from fractions."""

Answer = TypeVar("Answer")

_FLOAT_BITS = 53
_FEW_BITS = 8
_MOST_BITS = 2**22
"""Precision of balls, and size of exact values, beyond which a value is given up, after some seconds."""


class _Turns:
    """Whose turn it is to choose the precision of balls, and what it was before."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.lock = RLock()
        self.taken_by: int | None = None
        self.before = 0

    def forget_others(self) -> None:
        """In a forked process: it has none of the other threads, and nobody to end the turn of one."""
        if self.taken_by != get_ident():
            if self.taken_by is not None:
                ctx.prec = self.before
            self.start()  # all anew, the lock above all


_turns = _Turns()
if hasattr(os, "register_at_fork"):  # not so on Windows
    os.register_at_fork(after_in_child=_turns.forget_others)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls are computed to so many bits, by one thread at a time.

    >>> with precision(10):
    ...     print(arb(2).sqrt().rad() < 0.01)
    True
    """
    with _turns.lock:
        first = _turns.taken_by is None
        if first:  # in this order: a fork may come between any two lines
            _turns.before = ctx.prec
            _turns.taken_by = get_ident()
        try:
            with ctx.workprec(bits):
                yield
        finally:
            if first:
                _turns.taken_by = None


def certified(evaluate: Evaluate, digits: Count) -> list[mpf]:
    """The values of ``evaluate``, each rounded to ``digits`` significant decimal digits.

    ``mpmath.nstr(x, digits)`` prints exactly those digits, whatever mpmath's own precision is.

    Raises
    ------
    ValueError
        Unless ``digits`` is an integer from 1 to a million.
    OverflowError
        If a digit stays undecided at four million bits, for a tie, or nearly so, of enormous numbers.

    Examples
    --------
    >>> import mpmath
    >>> third, zero = certified(lambda number: [number(Fraction(1, 3)), number(Fraction(0))], 30)
    >>> print(mpmath.nstr(third, 30), zero)
    0.333333333333333333333333333333 0.0
    """
    places = at_least(1, "digits", digits, most=MOST_DIGITS)
    bits = math.ceil(places * math.log2(10)) + 64
    answers = _decided(evaluate, lambda x: _decimal(x, places), bits)
    return [_mpf(numerator, scale, bits) for numerator, scale in answers]


def certified_floats(evaluate: Evaluate) -> list[float]:
    """The float64 nearest to each value, underflow going quietly to 0.

    Raises
    ------
    OverflowError
        If a value is too large; it names ``digits=`` as the way out.

    Examples
    --------
    >>> certified_floats(lambda number: [1 / number(Fraction(3)), number(Fraction(10)) ** -400])
    [0.3333333333333333, 0.0]
    """
    floats = _decided(evaluate, _nearest_float, 2 * _FLOAT_BITS + 22)
    if not all(map(math.isfinite, floats)):
        raise float64_overflow()
    return floats


def certified_value(evaluate: Evaluate, digits: Count | None) -> float | mpf:
    """The one value of ``evaluate``: to so many digits, or the nearest float64 if that is None.

    >>> certified_value(lambda number: [number(Fraction(1, 3))], None)
    0.3333333333333333
    """
    (value,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return value


def float64_overflow() -> OverflowError:
    """The error for a result beyond float64's range.

    >>> print(float64_overflow())
    the result exceeds float64's range (about 1.8e308); pass digits= for arbitrary precision
    """
    return OverflowError(
        "the result exceeds float64's range (about 1.8e308); pass digits= for arbitrary precision"
    )


class PrecisionWarning(UserWarning):
    """A result in float64 may have fewer correct digits than stated where it is computed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


def not_positive(evaluate: Evaluate) -> list[bool]:
    """Whether each value is ``<= 0``.

    >>> not_positive(lambda number: [number(Fraction(1, 3)) * 3 - 1, number(Fraction(1))])
    [True, False]
    """
    return _decided(evaluate, lambda x: True if x <= 0 else False if x > 0 else None, 128)


def _decided(evaluate: Evaluate, answer: Callable[[Element], Answer | None], bits: int) -> list[Answer]:
    """The answer for every value; ``answer`` gives None for a ball too wide to tell."""
    most = max(_MOST_BITS, 4 * bits)
    while bits <= most:
        with precision(bits):
            answers = [answer(x) for x in evaluate(exact_ball)]
        decided = [a for a in answers if a is not None]
        if len(decided) == len(answers):
            return decided
        undecided = [i for i, a in enumerate(answers) if a is None]
        last = undecided[-1] + 1
        if max(size.bits for size in islice(evaluate(_Size.of), last)) > bits:
            bits *= 2
            continue
        exact = list(islice(evaluate(_fmpq), last))  # exact values always decide
        for i in undecided:
            answers[i] = answer(exact[i])
        return [a for a in answers if a is not None]
    raise OverflowError(
        f"the result is so close to a tie between two roundings, or to 0, that {most} bits do not tell; "
        "ask for other digits, or for smaller lags"
    )


@dataclass(frozen=True)
class _Size:
    """About how many bits an exact value takes: an element of a field, as far as formulas can see."""

    bits: int

    @classmethod
    def of(cls, x: "_Size | Fraction | int") -> "_Size":
        if isinstance(x, _Size):
            return x
        return cls(x.numerator.bit_length() + x.denominator.bit_length())

    def __add__(self, other: "_Size | int") -> "_Size":  # of values with a common denominator
        return _Size(max(self.bits, _Size.of(other).bits) + 1)

    def __mul__(self, other: "_Size | int") -> "_Size":
        return _Size(self.bits + _Size.of(other).bits)

    def __pow__(self, exponent: int) -> "_Size":
        return _Size(self.bits * abs(exponent))

    def __neg__(self) -> "_Size":
        return self

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __truediv__ = __rtruediv__ = __mul__


def exact_ball(number: Fraction) -> arb:
    """The smallest ball around the number that the :func:`precision` allows."""
    return arb(_fmpq(number))


def _fmpq(number: Fraction) -> fmpq:
    return fmpq(number.numerator, number.denominator)


def _decimal(x: Element, digits: int) -> tuple[int, int] | None:
    """(N, k) with ``N / 10^k`` the decimal nearest to x."""
    if x == 0:
        return 0, 0
    if isinstance(x, arb) and x.contains(0):
        return None
    ten = type(x)(10)
    least, beyond = 10 ** (digits - 1), 10**digits
    k = digits - 1 - _log10(x)
    if isinstance(x, arb) and (x * ten**k).rel_accuracy_bits() < _FEW_BITS:
        return None  # for want of precision of the power, if k is enormous
    while _middle(abs(x) * ten**k) < least:
        k += 1
    while _middle(y := abs(x) * ten**k) >= beyond:  # last: rounding may take 10^d on to below 10^(d-1)
        k -= 1
    # The ball may reach over a power of ten, where the digits' place moves.  Above 10^d nothing changes
    # (rounding there gives the same 10^d); below 10^(d-1), which has a finer place, down to 1/20.
    numerator = _floor(y + fmpq(1, 2)) if y >= least - fmpq(1, 20) else None
    return None if numerator is None else (numerator if x > 0 else -numerator, k)


def _nearest_float(x: Element) -> float | None:
    """The float nearest to x, infinity where there is none."""
    if isinstance(x, fmpq):
        return _float(Fraction(int(x.p), int(x.q)))
    if not x.is_finite():
        return None
    below, above = (_dyadic_float(*map(int, end.man_exp())) for end in (x.lower(), x.upper()))
    return below if below == above else None


def _dyadic_float(mantissa: int, exponent: int) -> float:
    size = mantissa.bit_length() + exponent
    if size < -1074:
        return 0.0
    if size > 1025:
        return math.inf if mantissa > 0 else -math.inf
    try:  # dividing integers rounds once
        return mantissa / (1 << -exponent) if exponent < 0 else float(mantissa << exponent)
    except OverflowError:
        return math.inf if mantissa > 0 else -math.inf


def _float(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def _log10(x: Element) -> int:
    """About log10 |x|: off by one perhaps, but not by more for exponents of any size."""
    if isinstance(x, fmpq):
        exponent = int(x.p).bit_length() - int(x.q).bit_length()
    else:
        mantissa, exponent = map(int, x.mid().man_exp())
        exponent += mantissa.bit_length()
    with precision(64 + exponent.bit_length()):
        floor = _floor((exponent * arb(2).log() / arb(10).log()).mid())
    assert floor is not None  # a midpoint is exact
    return floor


def _middle(x: Element) -> Element:
    return x.mid() if isinstance(x, arb) else x


def _floor(x: Element) -> int | None:
    """The largest integer ``<= x``; None if the ball does not say which."""
    floor = x.floor()
    if isinstance(floor, arb):
        floor = floor.unique_fmpz()
    return None if floor is None else int(floor)


def _mpf(numerator: int, scale: int, bits: int) -> "mpf":
    """``numerator / 10^scale``, to ``bits`` bits."""
    with precision(bits + scale.bit_length()):
        ten = arb(10)
        value = numerator / ten**scale if scale >= 0 else numerator * ten**-scale  # exact where it can be
        mantissa, exponent = value.mid().man_exp()
    return mp.make_mpf(from_man_exp(int(mantissa), int(exponent)))
