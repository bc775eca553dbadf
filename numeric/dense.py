r"""Dense transitions: ``M = n^{-1/2} W``, W of independent entries or orthogonal.

Only the second moment nu_W of the spectrum of ``W W'/n`` matters: ``t_ab = nu_W^a delta_ab`` (statements
``two-point-universality`` and ``two-point-invariant``). Training W moves M by ``n^{-1/2} dW`` at every step,
so that its share is z w T s.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np

from numeric.model import DiagonalTwoPoint, ToNumber, TwoPoint, Values, delayed

__all__ = ["DenseTransition", "DenselyTrained"]


class DenselyTrained(TwoPoint):
    """Of a transition that a dense W moves, ``dM = n^{-1/2} dW``."""

    def trained(self, before: Values, after: Values, axes: int, number: ToNumber) -> Values:  # noqa: ARG002 - one interface
        """``z w T s``."""
        return self.filtered(delayed(after, axes), axes, number)

    def trained_at(self, before: Any, z: Any, w: Any, number: ToNumber) -> Any:
        """``z w T^2 before``."""
        return z * w * self.at(z, w, number) ** 2 * before


@dataclass(frozen=True)
class DenseTransition(DenselyTrained, DiagonalTwoPoint):
    """``T = 1 / (1 - nu_W z w)``."""

    variance: Fraction

    @property
    def growth(self) -> Fraction:
        """nu_W."""
        return self.variance

    def filtered(self, source: Values, axes: int, number: ToNumber) -> Values:
        """``a_t = source_t + nu_W a_{t-1}``, along both times."""
        w = number(self.variance)
        if source.ndim == 1:  # many lags of objects, which lists hand out faster
            return np.array(list(accumulate(source.tolist(), lambda a, x: x + a * w)), dtype=source.dtype)
        values = source.copy()
        for t in range(1, len(values)):
            if axes == 1:
                values[t] += values[t - 1] * w
            else:
                values[t, 1:] += values[t - 1, :-1] * w
        return values

    def at(self, z: Any, w: Any, number: ToNumber) -> Any:
        """The function itself."""
        return 1 / (1 - number(self.variance) * z * w)
