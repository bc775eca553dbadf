r"""What a linear recurrent network is, as a value, and the one calculus that gives its limit.

A network is a chain of layers, ``h^l_t = M^l h^l_{t-1} + F^l h^{l-1}_t + b^l`` with ``h^0_t = x_t``, F^1 of n
x n_x and the others scaled by n^{-1/2}, and a readout ``y_t = n^{-1/2} C h^D_t + b``.  At infinite width only
the layers' two-point functions matter,

    T(z, w) = lim (1/n) tr R(z) R(w)' = sum t_ab z^a w^b,    R(z) = (1 - z M)^{-1}.

Let a formal series stand for a function of two times, so that ``z w`` delays both by one step.  With g the
Gram of the inputs, ``<x_t, x'_s>``, and nu, eta the variance and rate of each part, the covariance s_l of a
hidden unit and the inner product k_l of its derivatives by all parameters below it are

    s_l = T_l (nu_F s_{l-1} + nu_b)                            s_0 = g,  nu_b times the Gram of the constant
    input 1 k_l = T_l (nu_F k_{l-1} + eta_F s_{l-1} + eta_b) + eta_W D_l,    k_0 = 0

with ``D_l = z w T_l s_l`` for a dense transition, which is trained at every step, and another D_l for another
parametrisation.  A trained initial state is an impulse one step before the first input, which the layer above
does not read.  At the readout

    NNGP = nu_C s_D + nu_b,      K = nu_C k_D + eta_C s_D + eta_b.

A network with a complex part is complex throughout, ``E|F|^2 = nu_F``, and its outputs are real parts.  Then
the real and the imaginary part of a parameter together give ``2 Re`` of what a real one gives, and taking the
real part of the output halves it: K stays as it is, and the NNGP, to which no parameter contributes twice, is
halved.

For g = 1, an impulse, K is the generating function of ``lim Theta_ij``.  Statements ``two-point-...`` and
``stacked-layers`` say why.  Everything below works on arrays of any kind of number: floats, fractions, balls.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, NewType, TypeAlias

import numpy as np
from jaxtyping import Shaped

from derivations.lazily import imported
from derivations.notebook import Part as Paragraph
from derivations.notebook import Shown, kernel_parts
from numeric.arguments import Number, exact_rational, floating, shown
from numeric.cached import cached_property

__all__ = [
    "DiagonalTwoPoint",
    "GivenRates",
    "Layer",
    "Limit",
    "Model",
    "OneLayer",
    "Part",
    "Rates",
    "TwoPoint",
    "Values",
    "delayed",
    "generating_function",
    "given_rates",
    "non_negative",
    "propagated",
]

Values: TypeAlias = Shaped[np.ndarray, "..."]
"""Of any kind of number: one axis of lags where the limit is diagonal, or two of times; then any others."""

ToNumber: TypeAlias = Callable[[Fraction], Any]
"""Makes a number of the kind computed with from a fraction."""


class TwoPoint(ABC):
    """The two-point function of a transition matrix, as what it does to a function of two times."""

    diagonal: ClassVar[bool]
    """Whether ``t_ab = 0`` for a != b: then functions of the lag alone stay such."""
    complex: ClassVar[bool] = False
    """Whether the matrix is; then all of the network's are, and an output is the real part."""

    @abstractmethod
    def filtered(self, source: Values, axes: int, number: ToNumber) -> Values:
        """``T source``, over two times, or along the diagonal if ``axes`` is 1 and T diagonal."""

    @abstractmethod
    def trained(self, before: Values, after: Values, axes: int, number: ToNumber) -> Values:
        """D, the share of training the transition at rate 1, of ``s = T before``, which is ``after``."""

    @abstractmethod
    def at(self, z: Any, w: Any, number: ToNumber) -> Any:
        """``T(z, w)`` of numbers or symbols; ValueError where it is no rational function."""

    @abstractmethod
    def trained_at(self, before: Any, z: Any, w: Any, number: ToNumber) -> Any:
        """D of a function of two times that is given at z and w; ValueError as in :meth:`at`."""


class DiagonalTwoPoint(TwoPoint):
    """One that is a function of ``u = z w`` alone, with coefficients that are not negative, as D then is."""

    diagonal = True

    @property
    @abstractmethod
    def growth(self) -> Fraction:
        """T and D are finite for ``0 <= u < 1 / growth``, for any u if it is 0, and infinite at that."""

    @property
    def rational(self) -> bool:
        """Whether T is a rational function of u."""
        return True


@dataclass(frozen=True)
class Part:
    """The variance of a part's entries at initialisation, and the multiple of the learning rate for it."""

    variance: Fraction
    rate: Fraction


MOST_SHOWN = 8
"""Layers of a network whose formulas a notebook shows, in about a second."""
NOTHING = Part(Fraction(0), Fraction(0))


@dataclass(frozen=True)
class Layer:
    """A layer of the calculus."""

    transition: TwoPoint
    rate: Fraction
    """eta_W."""
    input: Part
    bias: Part = NOTHING
    initial: Part = NOTHING


def non_negative(name: str, value: Number) -> Fraction:
    """The number exactly; ValueError unless it is finite and at least 0."""
    exact = exact_rational(name, value, kind=">= 0 and finite")
    if exact < 0:
        raise ValueError(f"{name} must be >= 0 and finite, got {shown(value)}")
    return exact


@dataclass(frozen=True, init=False)
class Rates:
    """Multiples of the learning rate at which the parts of a network are trained; 0 freezes one.

    Parameters
    ----------
    transition, input, output : int, float, Fraction, Decimal, mpf or str
        eta_W, eta_F and eta_C, each ``>= 0`` and finite, kept exactly as the numbers of ``Variances`` are.

    Raises
    ------
    ValueError
        If one of them is negative, not finite or no number.

    Examples
    --------
    >>> Rates(transition=0, input=0)  # a reservoir: only the readout is trained
    Rates(transition=Fraction(0, 1), input=Fraction(0, 1), output=Fraction(1, 1))
    """

    transition: Fraction
    input: Fraction
    output: Fraction

    exact: bool = field(compare=False, repr=False)

    def __init__(self, transition: Number = 1, input: Number = 1, output: Number = 1) -> None:  # noqa: A002 - as in Variances
        given = {"transition": transition, "input": input, "output": output}
        for name, value in given.items():
            object.__setattr__(self, name, non_negative(f"rates: {name}", value))
        object.__setattr__(self, "exact", not any(map(floating, given.values())))


_ALIKE = Rates()

if TYPE_CHECKING:
    GivenRates: TypeAlias = Rates
else:  # so called in help(), and anything to run-time type checkers: given_rates judges
    GivenRates = NewType("Rates", object)


def given_rates(rates: GivenRates | None) -> Rates:
    """The rates, all 1 if None; or a ValueError if they are none.

    >>> given_rates((1, 0, 0))
    Traceback (most recent call last):
    ValueError: rates must be a Rates, got (1, 0, 0); write Rates(1, 0, 0)
    """
    given: Any = _ALIKE if rates is None else rates
    if not isinstance(given, Rates):
        values = ", ".join(map(shown, given)) if isinstance(given, tuple | list) else shown(given)
        raise ValueError(f"rates must be a Rates, got {shown(given)}; write Rates({values})")
    return given


class Model(Shown, ABC):
    """A linear recurrent network at initialisation.

    Each kind of network is a frozen dataclass that says of which layers it is made and how it is read out;
    its limit follows (:func:`propagated`).  What else it can do stands in tables of the functions that do it.
    """

    name: ClassVar[str]
    """In specifications on the command line."""
    exact: bool
    """Whether all numbers were given exactly, not as floating-point numbers."""

    @property
    @abstractmethod
    def layers(self) -> tuple[Layer, ...]:
        """Bottom first."""

    @property
    @abstractmethod
    def readout(self) -> Part:
        """nu_C and eta_C."""

    @property
    def readout_bias(self) -> Part:
        """Those of the constant that is added to every output."""
        return NOTHING

    @cached_property
    def biased(self) -> bool:
        """Whether there is a bias or a trained initial state."""
        added = (self.readout_bias, *(part for layer in self.layers for part in (layer.bias, layer.initial)))
        return any(part != NOTHING for part in added)

    @cached_property
    def complex(self) -> bool:
        """Whether the network's matrices are complex; its outputs are real parts."""
        return any(layer.transition.complex for layer in self.layers)

    @cached_property
    def diagonal(self) -> bool:
        """Whether the limit of Theta_ij is 0 for i != j, so that the lag weights are all of it."""
        return all(layer.transition.diagonal for layer in self.layers)

    def _shown(self) -> tuple[str, Sequence[Paragraph]]:
        """Its numbers, and the limit in closed form where that is rational."""
        if len(self.layers) > MOST_SHOWN:
            return _in_words(self), [f"Of more than {MOST_SHOWN} layers no formulas are shown."]
        sympy = imported("sympy")

        def number(x: Fraction) -> Any:
            return sympy.Rational(x.numerator, x.denominator)

        z, w = sympy.symbols("z w")
        try:
            G = generating_function(self, z, number(Fraction(1)) if self.diagonal else w, number)
        except ValueError as error:
            return _in_words(self), [f"Here {error}."]
        return _in_words(self), kernel_parts(G, z, w)


def _in_words(value: Any) -> str:
    """The kind of a value and its numbers.

    >>> _in_words(Part(Fraction(1, 2), Fraction(1)))
    'Part(variance = 1/2, rate = 1)'
    """
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_in_words, value))}]"
    if not is_dataclass(value):
        return str(value)
    told = {part.name: getattr(value, part.name) for part in fields(value) if part.name != "exact"}
    told = {name: part for name, part in told.items() if part not in (NOTHING, Rates())}
    numbers = ", ".join(f"{name} = {_in_words(part)}" for name, part in told.items())
    return f"{type(value).__name__}({numbers})"


class OneLayer(Model):
    """A network of one layer, with nu_F, nu_C and rates."""

    input: Fraction
    output: Fraction
    rates: Rates

    @property
    @abstractmethod
    def two_point(self) -> TwoPoint:
        """Of its transition."""

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The one."""
        return (Layer(self.two_point, self.rates.transition, Part(self.input, self.rates.input)),)

    @cached_property
    def readout(self) -> Part:
        """nu_C and eta_C."""
        return Part(self.output, self.rates.output)


@dataclass(frozen=True)
class Limit:
    """The two kernels of the infinitely wide network, of two times each."""

    nngp: Values
    """The covariance of an output at initialisation."""
    ntk: Values
    """The inner product of the derivatives of an output by all parameters, times their rates."""


def propagated(model: Model, gram: Values, axes: int, number: ToNumber, *, biases: bool = False) -> Limit:
    """The limit for inputs of the given Gram, by the recursion over the layers.

    ``gram`` has ``axes`` axes of time first: 1 for a function of the lag on the diagonal, as an impulse gives
    where the limit is diagonal, or 2.  With ``biases`` the time axes start one step before the first input,
    where trained initial states are, and constants come in beside the inputs.  At that step no layer reads
    what the one below holds.
    """
    constant, impulse = np.zeros((2, *gram.shape[:axes], *[1] * (gram.ndim - axes)), dtype=int)
    constant[(slice(1, None),) * axes] = 1
    impulse[(0,) * axes] = 1

    def source(of_bias: Fraction, of_initial: Fraction) -> Any:
        if not biases or of_bias == of_initial == 0:
            return 0
        return constant * number(of_bias) + impulse * number(of_initial)

    s, k = gram, gram * number(Fraction(0))
    for layer in model.layers:
        T, f, bias, initial = layer.transition, layer.input, layer.bias, layer.initial
        if biases:  # a layer's initial state is its own: it reads the layer below from the first input on
            s, k = (values * constant for values in (s, k))
        before = s * number(f.variance) + source(bias.variance, initial.variance)
        after = T.filtered(before, axes, number)
        arriving = k * number(f.variance) + s * number(f.rate) + source(bias.rate, initial.rate)
        k = T.filtered(arriving, axes, number)
        if layer.rate:
            k = k + T.trained(before, after, axes, number) * number(layer.rate)
        s = after
    c, of_bias = model.readout, model.readout_bias
    everywhere = constant if biases else 0
    half = Fraction(1, 2) if model.complex else Fraction(1)
    return Limit(
        s * number(half * c.variance) + everywhere * number(of_bias.variance),
        k * number(c.variance) + s * number(c.rate) + everywhere * number(of_bias.rate),
    )


def generating_function(model: Model, z: Any, w: Any, number: ToNumber) -> Any:
    """``Theta(z, w) = sum of lim Theta_ij z^i w^j`` as a rational function of numbers or symbols.

    For a diagonal limit ``z`` and 1 give the generating function of the lag weights.  ValueError where a
    two-point function is not rational, as that of a ring, but for balls and their power series.

    >>> from numeric import Variances
    >>> print(generating_function(Variances(1), Fraction(1, 2), 1, lambda number: number))
    6
    """
    s, k = number(Fraction(1)), number(Fraction(0))
    for layer in model.layers:
        f, T = layer.input, layer.transition.at(z, w, number)
        before = number(f.variance) * s
        k = T * (number(f.variance) * k + number(f.rate) * s)
        if layer.rate:
            k = k + number(layer.rate) * layer.transition.trained_at(before, z, w, number)
        s = T * before
    return number(model.readout.variance) * k + number(model.readout.rate) * s


def delayed(values: Values, axes: int) -> Values:
    """One step later in every time: ``z w`` times the values.

    >>> delayed(np.array([1, 2, 3]), 1)
    array([0, 1, 2])
    """
    later = values * 0
    later[(slice(1, None),) * axes] = values[(slice(None, -1),) * axes]
    return later
