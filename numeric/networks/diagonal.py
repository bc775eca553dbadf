r"""Diagonal state-space layers: ``h_t = diag(lambda) h_{t-1} + F x_t``, ``y_t = Re n^{-1/2} C h_t``.

F and C are complex, ``E|F|^2 = nu_F``, with independent real and imaginary parts of the same law, and the
real and imaginary parts of lambda, F and C are the parameters (the linear recurrent unit of Orvieto et al.,
2023, and S4D of Gu et al., 2022, without their gates and nonlinearities).  With ``m_ab = E Re lambda^a
conj(lambda)^b`` over the law of the eigenvalues, ``T = sum m_ab z^a w^b``; moving lambda moves ``lambda^i``
by ``i lambda^{i-1}``, so that

    Theta_ij -> (eta_C nu_F + eta_F nu_C) m_ij + eta_W nu_C nu_F i j m_{i-1,j-1}

(statement ``two-point-diagonal``): the factor is i j where a dense transition has the sum of i terms.  For a
ring of radii r_0 to r_1, uniform in area, the phases leave the diagonal alone, and ``|lambda|^2`` is uniform:

    m_ii = (r_1^{2i+2} - r_0^{2i+2}) / ((i+1)(r_1^2 - r_0^2)) = sum_{k<=i} r_1^{2k} r_0^{2(i-k)} / (i+1).

With ``x = |lambda|^2`` uniform from ``a = r_0^2`` to ``b = r_1^2``, the generating functions are means over
x, of ``1/(1 - x u)`` and of ``sum i^2 x^{i-1} u^i = u (1 + x u)/(1 - x u)^3``, the derivative of ``u x/(1 - x
u)^2`` with respect to x:

    T(u) = log((1 - a u)/(1 - b u)) / ((b - a) u),      E(u) = u (1 - a b u^2) / ((1 - a u)(1 - b u))^2,

and ``T = 1/(1 - a u)`` for a = b.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, NewType, TypeAlias

import numpy as np
from flint import arb, arb_poly

from numeric.arguments import Number, exact_rational, floating, refuse_hidden, shown
from numeric.model import (
    DiagonalTwoPoint,
    GivenRates,
    OneLayer,
    Rates,
    ToNumber,
    TwoPoint,
    Values,
    given_rates,
    non_negative,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Diagonal", "Ring", "RingTransition", "SpectralTransition"]

_MOST_EIGENVALUES = 2**12

if TYPE_CHECKING:
    GivenEigenvalues: TypeAlias = "Ring | ArrayLike"
else:  # as in numeric.arguments
    GivenEigenvalues = NewType("Eigenvalues", object)

Eigenvalue: TypeAlias = tuple[Fraction, Fraction]
"""Real and imaginary part."""


@dataclass(frozen=True, init=False)
class Ring:
    """Eigenvalues uniform in area between two circles about 0.

    Parameters
    ----------
    inner, outer
        Their radii, ``0 <= inner <= outer``; equal ones are the circle.

    Raises
    ------
    ValueError
        If a radius is negative, not finite or none, or ``inner`` exceeds ``outer``.

    Examples
    --------
    >>> Ring("0.4", "0.99").outer
    Fraction(99, 100)
    """

    inner: Fraction
    outer: Fraction
    exact: bool = field(compare=False, repr=False)

    def __init__(self, inner: Number, outer: Number) -> None:
        object.__setattr__(self, "inner", non_negative("ring: inner", inner))
        object.__setattr__(self, "outer", non_negative("ring: outer", outer))
        object.__setattr__(self, "exact", not (floating(inner) or floating(outer)))
        if self.inner > self.outer:
            raise ValueError(f"ring: inner must be <= outer, got {shown(inner)} > {shown(outer)}")


@dataclass(frozen=True)
class RingTransition(DiagonalTwoPoint):
    """``T = sum m_ii (z w)^i``."""

    ring: Ring
    complex = True

    @property
    def growth(self) -> Fraction:
        """The greatest ``|lambda|^2``."""
        return self.ring.outer**2

    @property
    def rational(self) -> bool:
        """Whether it is a circle."""
        return self.ring.inner == self.ring.outer

    def moments(self, lags: int, number: ToNumber) -> list[Any]:
        """m_00, m_11, ...; each from sums of products, without cancellation."""
        low, high = number(self.ring.inner**2), number(self.ring.outer**2)
        sums: list[Any] = []
        power = number(Fraction(1))
        for i in range(lags):
            sums.append(sums[-1] * low + power if i else power)
            power = power * high
        return [total / number(Fraction(i + 1)) for i, total in enumerate(sums)]

    def filtered(self, source: Values, axes: int, number: ToNumber) -> Values:
        """The sum itself, term by term."""
        return _diagonal_sum(source, self.moments(len(source), number), axes)

    def trained(self, before: Values, after: Values, axes: int, number: ToNumber) -> Values:  # noqa: ARG002 - one interface
        """``sum i^2 m_{i-1,i-1} (z w)^i``."""
        moments = [number(Fraction(0)), *self.moments(len(before) - 1, number)]
        return _diagonal_sum(before, [m * number(Fraction(i * i)) for i, m in enumerate(moments)], axes)

    def at(self, z: Any, w: Any, number: ToNumber) -> Any:
        """T(z w), where numbers have logarithms, or it needs none."""
        a, b, u = number(self.ring.inner**2), number(self.ring.outer**2), z * w
        if self.rational:
            return 1 / (1 - a * u)
        if not hasattr(u, "log"):
            raise ValueError("the two-point function of a ring is not rational; lag_weights has its weights")
        return ((1 - a * u) / (1 - b * u)).log() / ((b - a) * u)

    def trained_at(self, before: Any, z: Any, w: Any, number: ToNumber) -> Any:
        """``E(z w) before``."""
        a, b, u = number(self.ring.inner**2), number(self.ring.outer**2), z * w
        return u * (1 - a * b * u * u) / ((1 - a * u) * (1 - b * u)) ** 2 * before


def _diagonal_sum(source: Values, coefficients: list[Any], axes: int) -> Values:
    if source.ndim == 1 and isinstance(source[0], arb):  # many lags: by fast multiplication
        product = (arb_poly(source.tolist()) * arb_poly(coefficients)).coeffs()[: len(source)]
        return np.array(product + [arb(0)] * (len(source) - len(product)), dtype=object)
    values: Values = source * coefficients[0]
    for i, coefficient in enumerate(coefficients[: min(source.shape[:axes])]):
        if i:
            values[(slice(i, None),) * axes] += source[(slice(None, -i),) * axes] * coefficient
    return values


@dataclass(frozen=True)
class SpectralTransition(TwoPoint):
    """``T = mean of Re 1 / ((1 - lambda z)(1 - conj(lambda) w))`` over given eigenvalues."""

    eigenvalues: tuple[Eigenvalue, ...]
    diagonal = False
    complex = True

    @property
    def one_sided(self) -> bool:
        """Whether T is not real: some eigenvalue is more frequent than its conjugate."""
        conjugates = [(real, -imaginary) for real, imaginary in self.eigenvalues]
        return sorted(conjugates) != sorted(self.eigenvalues)

    def filtered(self, source: Values, axes: int, number: ToNumber) -> Values:  # noqa: ARG002 - two times
        """A filter in each of the two times for each eigenvalue."""
        return self._mean(source, 1, number)

    def trained(self, before: Values, after: Values, axes: int, number: ToNumber) -> Values:  # noqa: ARG002 - one interface
        """``z / (1 - lambda z)^2``: the same filter twice, one step later."""
        total: Values = before * number(Fraction(0))
        total[1:, 1:] += self._mean(before, 2, number)[:-1, :-1]
        return total

    def at(self, z: Any, w: Any, number: ToNumber) -> Any:
        """The mean itself."""
        return self._rational(z, w, number, 1)

    def trained_at(self, before: Any, z: Any, w: Any, number: ToNumber) -> Any:
        """``z w`` times the mean of the squares."""
        return z * w * self._rational(z, w, number, 2) * before

    def _rational(self, z: Any, w: Any, number: ToNumber, power: int) -> Any:
        """The mean of ``Re((1 - lambda z)(1 - conj(lambda) w))^-power``, over a real denominator."""
        total = number(Fraction(0))
        for x, y in self.eigenvalues:
            squared = number(x**2 + y**2)
            # (1 - lambda z)(1 - conj(lambda) w) for real z and w: real, imaginary part, squared modulus
            real, imaginary = 1 - number(x) * (z + w) + squared * z * w, number(y) * (w - z)
            size = (1 - 2 * number(x) * z + squared * z**2) * (1 - 2 * number(x) * w + squared * w**2)
            total = total + (real / size if power == 1 else (real**2 - imaginary**2) / size**2)
        return total / number(Fraction(len(self.eigenvalues)))

    def _mean(self, source: Values, times: int, number: ToNumber) -> Values:
        total: Values = source * number(Fraction(0))
        for real, imaginary in self.eigenvalues:
            values = source, source * number(Fraction(0))
            for sign, axis in ((1, 0), (-1, 1)):
                for _ in range(times):
                    values = _one_pole(values, number(real), number(sign * imaginary), axis)
            total = total + values[0]
        mean: Values = total / number(Fraction(len(self.eigenvalues)))
        return mean


def _one_pole(values: tuple[Values, Values], real: Any, imaginary: Any, axis: int) -> tuple[Values, Values]:
    """``h_t = x_t + lambda h_{t-1}`` along an axis, real and imaginary parts."""
    x, y = (np.moveaxis(part.copy(), axis, 0) for part in values)
    for t in range(1, len(x)):
        x[t], y[t] = (
            x[t] + x[t - 1] * real - y[t - 1] * imaginary,
            y[t] + y[t - 1] * real + x[t - 1] * imaginary,
        )
    return np.moveaxis(x, 0, axis), np.moveaxis(y, 0, axis)


@dataclass(frozen=True, init=False)
class Diagonal(OneLayer):
    """A network with a complex diagonal transition, trained through its eigenvalues.

    Parameters
    ----------
    eigenvalues : Ring or array_like
        Their law: uniform in area on a ring, or the given ones, 1 to 4096 real or complex numbers, equally
        often.
    input, output
        nu_F and nu_C: the mean squared moduli of the entries of F and C.
    rates : Rates
        Multiples of the learning rate; ``rates.transition`` is that of the eigenvalues.

    Raises
    ------
    ValueError
        If a number is negative or not finite, or eigenvalues are none.

    Examples
    --------
    >>> Diagonal(Ring("0.4", "0.99")).diagonal, Diagonal([0.9 + 0.1j, 0.5]).diagonal
    (True, False)
    """

    name: ClassVar[str] = "diagonal"
    eigenvalues: Ring | tuple[Eigenvalue, ...]
    input: Fraction
    output: Fraction
    rates: Rates
    exact: bool = field(compare=False, repr=False)

    def __init__(
        self,
        eigenvalues: GivenEigenvalues,
        input: Number = 1,  # noqa: A002 - as in Variances
        output: Number = 1,
        *,
        rates: GivenRates | None = None,
    ) -> None:
        law, exact = (
            (eigenvalues, eigenvalues.exact) if isinstance(eigenvalues, Ring) else _spectrum(eigenvalues)
        )
        object.__setattr__(self, "eigenvalues", law)
        object.__setattr__(self, "input", non_negative("diagonal: input", input))
        object.__setattr__(self, "output", non_negative("diagonal: output", output))
        object.__setattr__(self, "rates", given_rates(rates))
        object.__setattr__(
            self, "exact", self.rates.exact and exact and not (floating(input) or floating(output))
        )

    @property
    def two_point(self) -> TwoPoint:
        """Of the law of the eigenvalues."""
        law = self.eigenvalues
        return RingTransition(law) if isinstance(law, Ring) else SpectralTransition(law)


def _spectrum(given: Any) -> tuple[tuple[Eigenvalue, ...], bool]:
    refuse_hidden("diagonal: eigenvalues", given)
    array = np.asarray(given, dtype=object)
    if array.ndim != 1 or not 1 <= array.size <= _MOST_EIGENVALUES:
        raise ValueError(
            f"diagonal: eigenvalues must be a Ring or 1 to {_MOST_EIGENVALUES} numbers, got {shown(given)}"
        )
    pairs, exact = [], True
    for k, value in enumerate(array.tolist()):
        parts = (value.real, value.imag) if isinstance(value, complex) else (value, 0)
        exact = exact and not any(map(floating, parts))
        real, imaginary = (exact_rational(f"diagonal: eigenvalues[{k}]", part) for part in parts)
        pairs.append((real, imaginary))
    return tuple(pairs), exact
