r"""A leaky or residual network: ``h_t = decay h_{t-1} + n^{-1/2} W h_{t-1} + F x_t``.

With lambda the decay, ``R(z) = (1 - lambda z)^{-1} (1 - z/(1 - lambda z) M_0)^{-1}`` for ``M_0 = n^{-1/2}
W``, so that T is that of the dense network at ``z / (1 - lambda z)`` (statement ``two-point-leaky``),

    T(z, w) = 1 / ((1 - lambda z)(1 - lambda w) - nu_W z w)
    t_ab    = sum_k C(a,k) C(b,k) lambda^{a+b-2k} nu_W^k.

The limit is no longer diagonal.  As a filter, in terms that are not negative: with ``r = (1 - lambda z) a``,

    r_ts = source_ts + lambda r_{t,s-1} + nu_W a_{t-1,s-1},      a_ts = r_ts + lambda a_{t-1,s}.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numeric.arguments import Number, floating
from numeric.dense import DenselyTrained
from numeric.model import GivenRates, OneLayer, Rates, ToNumber, TwoPoint, Values, given_rates, non_negative

__all__ = ["Leaky", "LeakyTransition"]


@dataclass(frozen=True)
class LeakyTransition(DenselyTrained):
    """``T = 1 / ((1 - lambda z)(1 - lambda w) - nu_W z w)``."""

    decay: Fraction
    variance: Fraction
    diagonal = False

    def filtered(self, source: Values, axes: int, number: ToNumber) -> Values:  # noqa: ARG002 - two times
        """By the recursion of the module, over the antidiagonals, on which no entry needs another."""
        decay, w = number(self.decay), number(self.variance)
        T, S = source.shape[:2]
        before = [(1, 0), (1, 0), *[(0, 0)] * (source.ndim - 2)]
        rows, values = np.pad(source, before), np.pad(source * 0, before)
        for later in range(T + S - 1):
            t = np.arange(max(0, later - S + 1), min(T, later + 1)) + 1
            s = later + 2 - t
            rows[t, s] += rows[t, s - 1] * decay + values[t - 1, s - 1] * w
            values[t, s] = rows[t, s] + values[t - 1, s] * decay
        filtered: Values = values[1:, 1:]
        return filtered

    def at(self, z: Any, w: Any, number: ToNumber) -> Any:
        """The function itself."""
        decay = number(self.decay)
        return 1 / ((1 - decay * z) * (1 - decay * w) - number(self.variance) * z * w)


@dataclass(frozen=True, init=False)
class Leaky(OneLayer):
    """A network that keeps ``decay`` of its state at every step.

    Parameters
    ----------
    decay
        lambda, ``>= 0``: 1 for a residual network; a leak of alpha is ``decay = 1 - alpha``.
    transition, input, output
        nu_W, nu_F and nu_C, as in ``Variances``.
    rates : Rates
        Multiples of the learning rate; the decay itself is not trained.

    Raises
    ------
    ValueError
        If a number is negative, not finite or none.

    Examples
    --------
    >>> Leaky("0.9", "0.05").decay
    Fraction(9, 10)
    """

    name: ClassVar[str] = "leaky"
    decay: Fraction
    transition: Fraction
    input: Fraction
    output: Fraction
    rates: Rates
    exact: bool = field(compare=False, repr=False)

    def __init__(
        self,
        decay: Number,
        transition: Number,
        input: Number = 1,  # noqa: A002 - as in Variances
        output: Number = 1,
        *,
        rates: GivenRates | None = None,
    ) -> None:
        given = {"decay": decay, "transition": transition, "input": input, "output": output}
        for name, value in given.items():
            object.__setattr__(self, name, non_negative(f"leaky: {name}", value))
        object.__setattr__(self, "rates", given_rates(rates))
        object.__setattr__(self, "exact", self.rates.exact and not any(map(floating, given.values())))

    @property
    def two_point(self) -> TwoPoint:
        """Of the transition with its decay."""
        return LeakyTransition(self.decay, self.transition)
