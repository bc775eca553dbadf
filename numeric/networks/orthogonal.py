r"""An orthogonal network: ``n^{-1/2} W = radius O``, O drawn from the Haar measure of the orthogonal group.

``t_ab = radius^{2a} delta_ab``, as for Gaussian entries of variance ``radius^2`` (statement
``two-point-invariant``): the limits agree, the laws of finite width do not.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from numeric.arguments import Number, floating
from numeric.dense import DenseTransition
from numeric.model import GivenRates, OneLayer, Rates, TwoPoint, given_rates, non_negative

__all__ = ["Orthogonal"]


@dataclass(frozen=True, init=False)
class Orthogonal(OneLayer):
    """A network whose transition is a multiple of a random orthogonal matrix.

    Parameters
    ----------
    radius
        Of the circle on which the eigenvalues lie, ``>= 0``.  In training all entries of W move.
    input, output
        nu_F and nu_C, as in ``Variances``.
    rates : Rates
        Multiples of the learning rate.

    Raises
    ------
    ValueError
        If a number is negative, not finite or none.

    Examples
    --------
    >>> Orthogonal("0.95").transition
    Fraction(361, 400)
    """

    name: ClassVar[str] = "orthogonal"
    radius: Fraction
    input: Fraction
    output: Fraction
    rates: Rates
    exact: bool = field(compare=False, repr=False)

    def __init__(
        self,
        radius: Number = 1,
        input: Number = 1,  # noqa: A002 - as in Variances
        output: Number = 1,
        *,
        rates: GivenRates | None = None,
    ) -> None:
        given = {"radius": radius, "input": input, "output": output}
        for name, value in given.items():
            object.__setattr__(self, name, non_negative(f"orthogonal: {name}", value))
        object.__setattr__(self, "rates", given_rates(rates))
        object.__setattr__(self, "exact", self.rates.exact and not any(map(floating, given.values())))

    @property
    def transition(self) -> Fraction:
        """nu_W, the second moment of the spectrum."""
        return self.radius**2

    @property
    def two_point(self) -> TwoPoint:
        """That of independent entries."""
        return DenseTransition(self.transition)
