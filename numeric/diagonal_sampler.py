r"""Exact samples of the lag kernel of diagonal networks, unit by unit.

The n eigenvalues are independent draws from the ring, or the given ones, each as often as the others; F and C
are complex Gaussian, with real and imaginary parts of half the variance.  With ``U_a = Lambda^a F`` and ``V_a
= C Lambda^a`` the impulse response is ``L_j = Re n^{-1/2} C Lambda^j F``, and its derivatives by the real and
the imaginary part of each parameter together give the real part of an inner product:

    Theta_ij = Re [ I (x) U_i* U_j / n + (V_i V_j* / n) (x) I + sum_k D_ik^* D_jk / n ],
    D_jk = j C_k lambda_k^{j-1} F_k,

the shares of the readout, the input matrix and the eigenvalues, times their rates.  The last couples C and F
of the same unit and is not made of the other two: there are no lag Grams to convolve.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from numeric.arguments import refuse_too_large
from numeric.lag_grams import Kernels, as_float, refuse_overflow
from numeric.model import Rates
from numeric.networks import Diagonal, Ring

__all__ = ["Units", "draw", "numbers_drawn"]


class Units(NamedTuple):
    """The hidden units of a network of some width, as floats."""

    width: int
    squared_radii: tuple[float, float]
    """Between which ``|lambda|^2`` is uniform."""
    eigenvalues: Complex[np.ndarray, "some"]
    """Those given; none for a ring."""
    roots: tuple[float, float]
    """Standard deviations of the parts of F and C."""

    @classmethod
    def of(cls, network: Diagonal, width: int) -> "Units":
        """ValueError if the eigenvalues cannot be shared out evenly, OverflowError beyond float64."""
        roots = tuple(as_float(name, getattr(network, name) / 2, root=True) for name in ("input", "output"))
        given = network.eigenvalues
        if isinstance(given, Ring):
            radii = as_float("inner", given.inner**2), as_float("outer", given.outer**2)
            return cls(width, radii, np.empty(0, complex), (roots[0], roots[1]))
        if width % len(given):
            raise ValueError(
                f"width must be a multiple of the {len(given)} eigenvalues given, which the hidden units"
                f" share out evenly, got {width}"
            )
        parts = ([as_float("eigenvalues", part) for part in value] for value in given)
        return cls(width, (0.0, 0.0), np.array([complex(*part) for part in parts]), (roots[0], roots[1]))


def numbers_drawn(width: int, lags: int, n_x: int, n_y: int) -> int:
    """How many numbers a sample holds, beside its kernel; ValueError if one network alone has too many."""
    chains = 4 * width * lags * (n_x + n_y + 2 * n_x * n_y)
    refuse_too_large("width: the units of a network", 8 * chains, "take a smaller width or fewer lags")
    return 2 * width * (1 + n_x + n_y)


def draw(
    units: Units,
    lags: int,
    samples: int,
    n_x: int,
    n_y: int,
    rates: Rates,
    seed: np.random.SeedSequence,
) -> Kernels:
    """One block: what is random from a stream each, then sample by sample."""
    n = units.width
    for_spectrum, for_input, for_output = map(np.random.default_rng, seed.spawn(3))
    if len(units.eigenvalues):
        spectra = np.broadcast_to(np.tile(units.eigenvalues, n // len(units.eigenvalues)), (samples, n))
    else:
        low, high = units.squared_radii
        uniform = for_spectrum.random((samples, n, 2))
        radii = np.sqrt(low + (high - low) * uniform[..., 0])
        spectra = radii * np.exp(2j * math.pi * uniform[..., 1])
    F = units.roots[0] * _complex(for_input.standard_normal((samples, n, n_x, 2)))
    C = units.roots[1] * _complex(for_output.standard_normal((samples, n, n_y, 2)))
    theta = np.empty((samples, *(lags, n_y, n_x) * 2))
    L = np.empty((samples, lags, n_y, n_x))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for k in range(samples):
            theta[k], L[k] = _network(spectra[k], F[k], C[k], lags, rates)
    refuse_overflow(theta, L)
    return Kernels(theta, L)


def _complex(parts: Float[np.ndarray, "*shape 2"]) -> Complex[np.ndarray, "*shape"]:
    return parts[..., 0] + 1j * parts[..., 1]


def _network(
    spectrum: Complex[np.ndarray, "n"],
    F: Complex[np.ndarray, "n n_x"],
    C: Complex[np.ndarray, "n n_y"],
    lags: int,
    rates: Rates,
) -> tuple[Float[np.ndarray, "lags n_y n_x lags n_y n_x"], Float[np.ndarray, "lags n_y n_x"]]:
    """The lag kernel and the impulse response of one network."""
    n, n_x, n_y = len(spectrum), F.shape[1], C.shape[1]
    powers = np.ones((n, lags), complex)
    powers[:, 1:] = spectrum[:, None]
    powers = np.cumprod(powers, axis=1)
    moved = np.zeros_like(powers)  # the derivatives of the powers
    moved[:, 1:] = powers[:, :-1] * np.arange(1.0, lags)
    both = C[:, :, None] * F[:, None]
    eta_W, eta_F, eta_C = (
        as_float(f"rate of the {role}", getattr(rates, role)) for role in ("transition", "input", "output")
    )
    theta = eta_W * _real_gram(moved[:, :, None, None] * both[:, None])
    theta = theta.reshape((lags, n_y, n_x) * 2)
    Q = (eta_C * _real_gram(powers[:, :, None] * F[:, None])).reshape((lags, n_x) * 2)
    P = (eta_F * _real_gram(powers[:, :, None] * C[:, None])).reshape((lags, n_y) * 2)
    for p in range(n_y):
        theta[:, p, :, :, p, :] += Q
    for x in range(n_x):
        theta[:, :, x, :, :, x] += P
    L: np.ndarray = (powers.T @ both.reshape(n, -1)).real / math.sqrt(n)
    return theta, L.reshape(lags, n_y, n_x)


def _real_gram(vectors: Complex[np.ndarray, "n *entries"]) -> Float[np.ndarray, "size size"]:
    """``Re sum_k conj(v_k) w_k / n`` of each two entries."""
    n = len(vectors)
    flat = vectors.reshape(n, -1)
    parts = np.concatenate((flat.real, flat.imag))
    products: np.ndarray = parts.T @ parts / n
    return products
