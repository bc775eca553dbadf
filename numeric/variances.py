"""The three variances of the network at initialisation, kept exactly."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any, NewType, TypeAlias

from numeric.arguments import Number, exact_rational, floating, shown

__all__ = ["GivenVariances", "Variances", "w_f_c"]

_SYMBOLS = {"transition": "nu_W", "input": "nu_F", "output": "nu_C"}


@dataclass(frozen=True, init=False)
class Variances:
    """nu_W, nu_F and nu_C: the variances of the entries of W, F and C.

    The values are kept as exact fractions: ``"0.3"`` is three tenths at any precision, the float
    ``0.3`` is the dyadic number nearest to it.

    ``exact`` tells whether all three were given exactly (integers, rationals, Decimal or str), not as
    floating-point numbers.

    Parameters
    ----------
    transition, input, output : int, float, Fraction, Decimal, mpf or str
        nu_W, nu_F and nu_C, each finite and ``>= 0``.  Numbers of NumPy (arrays without axes too), SymPy,
        FLINT and GMP are taken as well if they have an exact value, as ``sympy.sqrt(2)`` has not.

    Raises
    ------
    ValueError
        If one of them is negative, not finite or no number (a bool is none), has no exact value, or has more
        than 4000 decimal digits or places.

    Examples
    --------
    >>> Variances("0.3").transition
    Fraction(3, 10)
    >>> Variances(transition=-1)
    Traceback (most recent call last):
    ValueError: variances: transition must be >= 0 and finite, got -1
    """

    transition: Fraction
    input: Fraction
    output: Fraction
    exact: bool = field(init=False, compare=False, repr=False)

    def __new__(cls, *_: Any, **named: Any) -> "Variances":
        """A new one, to be filled; TypeError, which knows the paper's names, for other arguments."""
        for name in named.keys() - _SYMBOLS.keys():
            meant = {symbol: role for role, symbol in _SYMBOLS.items()} | {role: role for role in _SYMBOLS}
            near = get_close_matches(name, meant, n=1)
            hint = f"did you mean {meant[near[0]]}?  It takes" if near else "it takes"
            known = ", ".join(f"{role} ({symbol})" for role, symbol in _SYMBOLS.items())
            raise TypeError(f"Variances takes no argument {name!r}; {hint} {known}")
        return super().__new__(cls)

    def __init__(self, transition: Number, input: Number = 1, output: Number = 1) -> None:  # noqa: A002 - a fixed public name
        given = {"transition": transition, "input": input, "output": output}
        for name, value in given.items():
            object.__setattr__(self, name, _variance(name, value))
        object.__setattr__(self, "exact", not any(map(floating, given.values())))

    __signature__ = Signature([*signature(__init__).parameters.values()][1:])  # that of __new__ says nothing


if TYPE_CHECKING:
    GivenVariances: TypeAlias = Variances
else:  # so called in help(), and anything to run-time type checkers: w_f_c judges, and words the error
    GivenVariances = NewType("Variances", object)


def w_f_c(variances: GivenVariances) -> tuple[Fraction, Fraction, Fraction]:
    """nu_W, nu_F and nu_C, in the order in which the closed forms take them.

    Raises
    ------
    ValueError
        If ``variances`` are no :class:`Variances`.

    Examples
    --------
    >>> w_f_c(0.5)
    Traceback (most recent call last):
    ValueError: variances must be a Variances, got 0.5; write Variances(0.5)
    """
    given: Any = variances
    if not isinstance(given, Variances):
        values = ", ".join(map(shown, given)) if isinstance(given, tuple | list) else shown(given)
        raise ValueError(f"variances must be a Variances, got {shown(given)}; write Variances({values})")
    return given.transition, given.input, given.output


def _variance(name: str, value: Number) -> Fraction:
    variance = exact_rational(f"variances: {name}", value, kind=">= 0 and finite")
    if variance < 0:
        raise ValueError(f"variances: {name} must be >= 0 and finite, got {value!r}")
    return variance
