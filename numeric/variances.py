"""The textbook network by the three variances of its entries at initialisation, kept exactly."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any, ClassVar, NewType, NoReturn, TypeAlias

from numeric.arguments import Number, floating, shown
from numeric.cached import kept
from numeric.dense import DenseTransition
from numeric.model import (
    GivenRates,
    Layer,
    Model,
    OneLayer,
    Part,
    Rates,
    TwoPoint,
    given_rates,
    non_negative,
)

__all__ = [
    "GivenNetwork",
    "GivenVariances",
    "Variances",
    "given_network",
    "initial_variances",
    "rates_of",
    "refuse",
    "w_f_c",
    "w_s_p",
]

_SYMBOLS = {"transition": "nu_W", "input": "nu_F", "output": "nu_C"}


@dataclass(frozen=True, init=False, repr=False)
class Variances(OneLayer):
    """nu_W, nu_F and nu_C: the variances of the entries of W, F and C.

    The limit needs no more of the entries than that they are independent, of mean 0 and these variances; the
    laws of finite width are those of Gaussian ones.

    The values are kept as exact fractions: ``"0.3"`` is three tenths at any precision, the float
    ``0.3`` is the dyadic number nearest to it.

    ``exact`` tells whether all three were given exactly (integers, rationals, Decimal or str), not as
    floating-point numbers.

    Parameters
    ----------
    transition, input, output : int, float, Fraction, Decimal, mpf or str
        nu_W, nu_F and nu_C, each finite and ``>= 0``.  Numbers of NumPy (arrays without axes too), SymPy,
        FLINT and GMP are taken as well if they have an exact value, as ``sympy.sqrt(2)`` has not.
    rates : Rates
        Multiples of the learning rate at which W, F and C are trained; all 1 by default, 0 freezes a matrix.

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

    name: ClassVar[str] = "variances"
    transition: Fraction
    input: Fraction
    output: Fraction
    rates: Rates
    exact: bool = field(init=False, compare=False)

    def __new__(cls, *_: Any, **named: Any) -> "Variances":
        """A new one, to be filled; TypeError, which knows the paper's names, for other arguments."""
        for name in named.keys() - _SYMBOLS.keys() - {"rates"}:
            meant = {symbol: role for role, symbol in _SYMBOLS.items()} | {role: role for role in _SYMBOLS}
            near = get_close_matches(name, meant, n=1)
            hint = f"did you mean {meant[near[0]]}?  It takes" if near else "it takes"
            known = ", ".join(f"{role} ({symbol})" for role, symbol in _SYMBOLS.items())
            raise TypeError(f"Variances takes no argument {name!r}; {hint} {known}")
        return super().__new__(cls)

    def __init__(
        self,
        transition: Number,
        input: Number = 1,  # noqa: A002 - a fixed public name
        output: Number = 1,
        *,
        rates: GivenRates | None = None,
    ) -> None:
        given = {"transition": transition, "input": input, "output": output}
        for name, value in given.items():
            object.__setattr__(self, name, non_negative(f"variances: {name}", value))
        object.__setattr__(self, "rates", given_rates(rates))
        object.__setattr__(self, "exact", self.rates.exact and not any(map(floating, given.values())))

    def __repr__(self) -> str:
        rates = "" if self.rates == Rates() else f", rates={self.rates!r}"
        return (
            f"Variances(transition={self.transition!r}, input={self.input!r}, output={self.output!r}{rates})"
        )

    @property
    def two_point(self) -> TwoPoint:
        """Of a dense transition."""
        return DenseTransition(self.transition)

    __signature__ = Signature([*signature(__init__).parameters.values()][1:])  # that of __new__ says nothing


if TYPE_CHECKING:
    GivenVariances: TypeAlias = Model
    GivenNetwork: TypeAlias = Model
else:  # so called in help(), and anything to run-time type checkers: given_network judges
    GivenVariances = NewType("Variances", object)
    GivenNetwork = NewType("Network", object)


def given_network(network: GivenNetwork) -> Model:
    """The network, or a ValueError if it is none.

    Examples
    --------
    >>> given_network(0.5)
    Traceback (most recent call last):
    ValueError: variances must be a Variances, got 0.5; write Variances(0.5)
    >>> given_network("leaky(0.9, 0.05)")
    Traceback (most recent call last):
    ValueError: variances must be a network, a value such as Leaky('0.9', '0.05'), got 'leaky(0.9, 0.05)'
    """
    given: Any = network
    if isinstance(given, type) or (isinstance(given, str) and any(map(str.isalpha, given))):
        told = "variances must be a network, a value such as Leaky('0.9', '0.05')"
        raise ValueError(f"{told}, got {shown(given)}")
    if not isinstance(given, Model):
        values = ", ".join(map(shown, given)) if isinstance(given, tuple | list) else shown(given)
        raise ValueError(f"variances must be a Variances, got {shown(given)}; write Variances({values})")
    return given


def refuse(network: Model, what: str, instead: str) -> NoReturn:
    """ValueError: this network has no such thing, and what to do instead."""
    raise ValueError(f"{type(network).__name__} has no {what}; {instead}")


@kept
def w_s_p(network: GivenNetwork) -> tuple[Fraction, Fraction, Fraction]:
    """nu_W, s and p, in the order in which the closed forms of the lag weights take them.

    ``s = eta_C nu_F + eta_F nu_C`` and ``p = eta_W nu_C nu_F``: rates and frozen parts are no more than this.

    Raises
    ------
    ValueError
        If ``network`` is none, or more than one layer with a dense transition and no biases.

    Examples
    --------
    >>> w_s_p(Variances(1, 2, 3)) == (1, 5, 6)
    True
    """
    w, layer, readout = _dense(network)
    f, c = layer.input.variance, readout.variance
    return w, _times(readout.rate, f) + _times(layer.input.rate, c), _times(layer.rate, f * c)


def _times(rate: Fraction, share: Fraction) -> Fraction:
    """The product; of fractions it takes longer than telling that the rate is 1, as it mostly is."""
    return share if rate == 1 else rate * share


def initial_variances(network: GivenNetwork) -> tuple[Fraction, Fraction, Fraction]:
    """nu_W, nu_F and nu_C, for what training does not change: rates do not count.  Errors as of `w_s_p`.

    Examples
    --------
    >>> initial_variances(Variances(1, 2, 3, rates=Rates(0, 0, 0))) == (1, 2, 3)
    True
    """
    w, layer, readout = _dense(network)
    return w, layer.input.variance, readout.variance


def _dense(network: GivenNetwork) -> tuple[Fraction, Layer, Part]:
    """nu_W, the only layer and the readout."""
    given = given_network(network)
    layer, *others = given.layers
    if others or not isinstance(layer.transition, DenseTransition) or given.biased:
        refuse(given, "such function", "it takes one layer with a dense transition and no biases")
    return layer.transition.variance, layer, given.readout


def w_f_c(variances: GivenVariances) -> tuple[Fraction, Fraction, Fraction]:
    """nu_W, nu_F and nu_C, for what finite width makes of independent entries.

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
    given = given_network(variances)
    if not isinstance(given, Variances):
        refuse(given, "such function", "it takes Variances")
    return given.transition, given.input, given.output


def rates_of(variances: GivenVariances) -> tuple[Fraction, Fraction, Fraction]:
    """eta_W, eta_F and eta_C, in the order of :func:`w_f_c`.

    Examples
    --------
    >>> rates_of(Variances(1, rates=Rates(0, 2, 3))) == (0, 2, 3)
    True
    """
    given = given_network(variances)
    if not isinstance(given, Variances):
        refuse(given, "such function", "it takes Variances")
    return given.rates.transition, given.rates.input, given.rates.output
