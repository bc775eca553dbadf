"""What a sampler draws: the lag Grams of both chains and the impulse response of the same networks."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

__all__ = ["Grams", "Kernels", "as_float", "gram", "refuse_overflow"]


class Grams(NamedTuple):
    """The lag Grams of the two chains and the impulse response of some networks, jointly drawn."""

    P: Float[np.ndarray, "samples lags n_y lags n_y"]
    """``P[s, a, :, b, :] = V_a V_b' / n``, from the readout's chain."""
    Q: Float[np.ndarray, "samples lags n_x lags n_x"]
    """``Q[s, a, :, b, :] = U_a' U_b / n``, from the input matrix's chain."""
    L: Float[np.ndarray, "samples lags n_y n_x"]
    """``L[s, j] = n^{-(j+1)/2} C W^j F``."""


class Kernels(NamedTuple):
    """The lag kernels of some networks, and their impulse responses."""

    theta: Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]
    L: Float[np.ndarray, "samples lags n_y n_x"]


def gram(chain: Float[np.ndarray, "samples rank lags k"]) -> Float[np.ndarray, "samples lags k lags k"]:
    """The inner products of the members of a chain, which has its coordinates along the second axis."""
    samples, rank, lags, k = chain.shape
    flat = chain.reshape(samples, rank, lags * k)
    products: np.ndarray = flat.swapaxes(1, 2) @ flat
    return products.reshape(samples, lags, k, lags, k)


def refuse_overflow(*arrays: Float[np.ndarray, "..."]) -> None:
    """OverflowError unless all numbers are finite."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise OverflowError(
            "variances: powers of W up to the last lag exceed the range of float64 in a sampled network;"
            " take fewer lags or smaller variances"
        )


def as_float(name: str, number: Fraction, *, root: bool = False) -> float:
    """The number, or its square root, as a float; OverflowError, which names it, if it is too great."""
    try:
        return math.sqrt(number) if root else float(number)
    except OverflowError:
        raise OverflowError(f"variances: {name} exceeds the range of float64, about 1.8e308") from None
