"""What the theory's quantities are for networks of several layers, on rings and with leaks."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derivations import leaky_forms
from derivations.exponential_sums import summed
from derivations.exponentials import Cases, Element, Field, Linear, NoClosedFormError
from verify.claims.cases import difference, element, natural, sign
from verify.claims.quantities import MOST_LAGS, RATES, VARIANCES, Dense, Theory, of_sympy
from verify.claims.widths import Series

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["theory_of"]


@dataclass(frozen=True)
class Layered(Theory):
    """Layers whose limit is diagonal, with numbers for all that they have."""

    def limit(self, i: Linear, j: Linear) -> Element:
        """The weight, on the diagonal."""
        for lag in (i, j):
            natural(lag, "a lag")
        if sign(difference(i, j)):
            return self.field.constant(0)
        if not i.coefficients:
            return self._first(int(i.constant))
        first, closed = self._closed
        if i.constant < first:
            raise Cases(difference(i, Linear(Fraction(first - 1), {})))
        return of_sympy(closed, self.field, {"i": element(i, self.field)})

    def _first(self, lag: int) -> Element:
        from numeric.limit import diagonal_limit

        if lag > MOST_LAGS * 10:
            raise NoClosedFormError("a weight at so late a lag")
        assert self.model is not None
        return self.field.constant(diagonal_limit(self.model, lag + 1, _same)[lag])

    @cached_property
    def _closed(self) -> tuple[int, Any]:
        """How many weights are not of it, and the closed form of the others."""
        import sympy

        from derivations.rational import closed_form
        from numeric.model import generating_function

        assert self.model is not None
        u, i = sympy.symbols("u i")
        G = generating_function(
            self.model, u, sympy.Integer(1), lambda x: sympy.Rational(x.numerator, x.denominator)
        )
        found = closed_form(sympy.cancel(G), u, i)
        return len(found.first), found.expression

    def peak_lag(self) -> Element:
        """By the search of :mod:`numeric`."""
        from numeric import peak_lag

        assert self.model is not None
        return self.field.constant(peak_lag(self.model))

    def _generating_function(self, u: Element) -> tuple[Element, list[Element]]:
        from numeric.model import generating_function

        assert self.model is not None
        try:
            G = generating_function(self.model, u, self.field.constant(1), self.number)
        except ValueError as error:
            raise NoClosedFormError(str(error)) from None
        return G, [self.number(layer.transition.growth) for layer in self.model.layers]  # type: ignore[attr-defined]

    def of_two(self, z: Element, w: Element) -> Element:
        """It is a function of z w."""
        return self._generating_function(z * w)[0]

    def prior_variance(self, lag: Linear) -> Element:
        """The NNGP of an impulse, at a number."""
        from numeric.limit import impulse_limit

        natural(lag, "a lag")
        if lag.coefficients or lag.constant > MOST_LAGS:
            return super().prior_variance(lag)
        assert self.model is not None
        at = int(lag.constant)
        return self.field.constant(impulse_limit(self.model, at + 1, _same).nngp[at])


@dataclass(frozen=True)
class OnRing(Layered):
    """One diagonal layer with eigenvalues on a ring (statement ``two-point-ring``)."""

    def limit(self, i: Linear, j: Linear) -> Element:
        """``s m_ii + p i^2 m_(i-1)(i-1)``."""
        if not i.coefficients or sign(difference(i, j)):
            return super().limit(i, j)
        if i.constant < 1:
            raise Cases(i)
        lag = element(i, self.field)
        s, p = self.numbers["s"], self.numbers["p"]
        return s * self._moment(i) + p * lag * lag * self._moment(difference(i, Linear(Fraction(1), {})))

    def _moment(self, i: Linear) -> Element:
        """The mean of ``x^i`` for x uniform from inner^2 to outer^2, as a sum of powers."""
        low, high = self.numbers["inner^2"], self.numbers["outer^2"]
        self.field.indices.add("#")
        lag, k = element(i, self.field), self.field.index("#")
        if low == 0:
            return high**lag / (lag + 1)
        powers = high**k * low ** (lag - k)
        return summed(powers, "#", lag + 1).value / (lag + 1)


@dataclass(frozen=True)
class OfTwoLags(Theory):
    """A network whose limit is not diagonal, with numbers for all that it has."""

    def limit(self, i: Linear, j: Linear) -> Element:
        """By the calculus of two-point functions, at numbers."""
        from numeric.limit import two_time_limit

        for lag in (i, j):
            natural(lag, "a lag")
        if i.coefficients or j.coefficients:
            return super().limit(i, j)
        at = int(i.constant), int(j.constant)
        if max(at) > MOST_LAGS:
            raise NoClosedFormError("a limit at so late a lag")
        assert self.model is not None
        return self.field.constant(two_time_limit(self.model, max(at) + 1, _same).ntk[at])

    def rho(self, lag: Linear) -> Element:  # noqa: ARG002 - whatever the lag
        """There is none alone."""
        raise ValueError(
            "claim: such a network has no lag weights, as its limit is not diagonal; lim Theta(i, j) is"
        )

    def of_two(self, z: Element, w: Element) -> Element:
        """A rational function of both."""
        from numeric.model import generating_function

        assert self.model is not None
        try:
            return generating_function(self.model, z, w, self.number)  # type: ignore[no-any-return]
        except ValueError as error:
            raise NoClosedFormError(str(error)) from None

    def mean(self, i: Linear, j: Linear, n: Element) -> Element:
        """Of a leaky network, by the binomial theorem."""
        for lag in (i, j):
            natural(lag, "a lag")
        if i.coefficients or j.coefficients or "decay" not in self.numbers:
            return super().mean(i, j, n)
        rows, columns = (leaky_forms.expansion(int(lag.constant), self.numbers["decay"]) for lag in (i, j))
        total, undamped = self.field.constant(0), Dense(self.field, self.numbers)
        for k, a in enumerate(rows):
            for l, b in enumerate(columns):  # noqa: E741 - a lag
                here = undamped.mean(Linear(Fraction(k), {}), Linear(Fraction(l), {}), n)
                total = total + here * a * b
        return total

    def wide_covariance(self, i: Linear, j: Linear, k: Linear, l: Linear) -> Series:  # noqa: E741 - a lag
        """Of a leaky network, at numbers."""
        lags = (i, j, k, l)
        for lag in lags:
            natural(lag, "a lag")
        if "decay" not in self.numbers or any(lag.coefficients or lag.constant > 8 for lag in lags):
            return super().wide_covariance(i, j, k, l)
        parts = Dense(self.field, self.numbers).parts
        law = leaky_forms.covariance(*(int(lag.constant) for lag in lags), self.numbers["decay"], *parts)
        return Series({-1: law + self.field.constant(0)}, -1)


def _same(x: Fraction) -> Fraction:
    return x


def theory_of(network: "Model | str | None", symbolic_rates: Collection[str] = ()) -> Theory:
    """The theory of a network, by its specification; or of a dense one with symbols for its variances.

    Of that one the rates are 1, but for those that are named.

    >>> theory_of("leaky(0.9, 1/20)").numbers["decay"].number
    Fraction(9, 10)
    """
    if network is None:
        field = Field()
        numbers = {name: field.named(name) for name in (*VARIANCES, *symbolic_rates)}
        numbers |= {name: field.constant(1) for name in RATES if name not in symbolic_rates}
        return Dense(field, numbers)
    from numeric.networks import Biased, Preset
    from verify.specifications import read_network

    model: Any = read_network(network) if isinstance(network, str) else network
    framework = ""
    while isinstance(model, Preset | Biased):
        framework = model.framework if isinstance(model, Preset) else framework
        model = model.network  # of which it has the limit; biases leave the lag kernel as it is
    return replace(_of_model(model), framework=framework)


def _of_model(model: Any) -> Theory:
    from numeric import Diagonal, Leaky, Orthogonal, Ring, Variances
    from numeric.layered import without_biases

    field = Field()
    if isinstance(model, Variances | Leaky | Orthogonal):
        rates = model.rates
        values = (model.transition, model.input, model.output, rates.transition, rates.input, rates.output)
        numbers = {name: field.constant(x) for name, x in zip((*VARIANCES, *RATES), values, strict=True)}
        if isinstance(model, Leaky):
            return OfTwoLags(field, {**numbers, "decay": field.constant(model.decay)}, model)
        if isinstance(model, Orthogonal):
            numbers["radius"] = field.constant(model.radius)
        return Dense(field, numbers, model, orthogonal=isinstance(model, Orthogonal))
    if not model.diagonal:
        return OfTwoLags(field, {}, model)
    model = without_biases(model)
    if isinstance(model, Diagonal) and isinstance(model.eigenvalues, Ring):
        rates = model.rates
        s = rates.output * model.input + rates.input * model.output
        ring = {
            "s": s,
            "p": rates.transition * model.input * model.output,
            "inner^2": model.eigenvalues.inner**2,
            "outer^2": model.eigenvalues.outer**2,
        }
        return OnRing(field, {name: field.constant(x) for name, x in ring.items()}, model)
    return Layered(field, {}, model)
