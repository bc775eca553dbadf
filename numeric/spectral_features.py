r"""The kernel of a diagonal transition with given eigenvalues as a sum of few squares.

``m_ab = mean Re lambda^a conj(lambda)^b`` is a sum of two squares for each eigenvalue, those of the real and
the imaginary part, and so is ``a b m_{a-1,b-1}``, by which the transition is trained.  The inputs filtered by

    1/(1 - lambda z)    and    z/(1 - lambda z)^2,

are features whose products are the kernel.  Conjugate eigenvalues have the same, and real ones no imaginary
part.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64

from numeric.float_range import COMFORT, exponent, exponents, least_trusted
from numeric.model import Model, Values
from numeric.networks.diagonal import SpectralTransition

__all__ = ["Features", "spectral_features"]


@dataclass(frozen=True)
class Features:
    """The filters of a diagonal transition: of each eigenvalue with its multiplicity, conjugates as one."""

    eigenvalues: tuple[tuple[Fraction, Fraction], ...]
    shares: tuple[Fraction, ...]
    signal: Fraction
    """``eta_C nu_F + eta_F nu_C``."""
    trained: Fraction
    """``eta_W nu_C nu_F``."""

    @property
    def rank(self) -> int:
        """How many filters there are, real and imaginary parts apart."""
        parts = sum(2 if imaginary else 1 for _, imaginary in self.eigenvalues)
        return parts * (bool(self.signal) + bool(self.trained))

    def of(self, x: Float64[np.ndarray, "N T n_x"]) -> Float64[np.ndarray, "N T n_x rank"]:
        """The inputs filtered by ``1/(1 - lambda z)`` and ``z/(1 - lambda z)^2``, times roots of weights."""
        N, T, n_x = x.shape
        at = np.array([complex(float(a), float(b)) for a, b in self.eigenvalues])
        two = np.flatnonzero(at.imag)
        weights = [
            np.sqrt([float(share * of) for share in self.shares]) for of in (self.signal, self.trained) if of
        ]
        h, g = np.zeros((2, N, n_x, len(at)), complex)
        features: np.ndarray = np.empty((N, T, n_x, self.rank))
        for t in range(T):
            if self.trained:
                g = g * at + h
            h = h * at + x[:, t, :, None]
            filters = [z for z, of in ((h, self.signal), (g, self.trained)) if of]
            parts = [
                part
                for z, weight in zip(filters, weights, strict=True)
                for part in (z.real * weight, z.imag[..., two] * weight[two])
            ]
            np.concatenate(parts, axis=-1, out=features[:, t])
        return features

    def floor(self, x1: Values, x2: Values) -> float:
        """As :func:`numeric.float_range.least_trusted`.

        A filter multiplies at most by the sum of its coefficients' moduli, twice on either side.
        """
        numbers = [*(part for pair in self.eigenvalues for part in pair), self.signal, self.trained]
        if max((abs(exponent(x)) for x in numbers if x), default=0.0) > COMFORT:
            return math.inf
        steps = max(x1.shape[1], x2.shape[1])
        radius = max(math.hypot(float(a), float(b)) for a, b in self.eigenvalues)
        total = math.log2(steps) + steps * max(0.0, math.log2(radius) if radius else 0.0)
        if radius < 1:
            total = min(total, -math.log2(1 - radius))
        highs = max(0, exponents(x1)[1], exponents(x2)[1])
        sizes = [exponent(x) for x in (self.signal, self.trained) if x]
        later = 4 * total + highs + max([0.0, *sizes])
        return least_trusted(False, math.log2(8 * x1.shape[2] * max(1, self.rank)) + later)


def spectral_features(model: Model) -> Features | None:
    """None if the network is not a single layer with given eigenvalues."""
    layer, *others = model.layers
    transition: Any = layer.transition
    if others or type(transition) is not SpectralTransition:
        return None
    given = [(a, abs(b)) for a, b in transition.eigenvalues]
    counts = {pair: given.count(pair) for pair in dict.fromkeys(given)}
    f, c, rate = layer.input.variance, model.readout.variance, model.readout.rate
    return Features(
        tuple(counts),
        tuple(Fraction(count, len(given)) for count in counts.values()),
        rate * f + layer.input.rate * c,
        layer.rate * c * f,
    )
