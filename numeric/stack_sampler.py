r"""Samples of the lag kernel of stacked networks, from dense matrices, one network after the other.

Let ``H^l_j`` be the response of layer l's hidden states, j steps later, to the input, and ``R^l_j`` that of
the output to what enters layer l, with ``s_1 = 1`` and else ``s_l = n^{-1/2}``:

    H^l_j     = M_l H^l_{j-1} + s_l F^l H^{l-1}_j,         H^0_j = delta_j0 I,
    R^{l-1}_j = R^{l-1}_{j-1} M_{l-1} + s_l R^l_j F^l,     R^D_j = n^{-1/2} C M_D^j.

Moving W^l or F^l moves ``L_j = n^{-1/2} C H^D_j`` by n^{-1/2} times the sum of ``R^l_a dW^l H^l_b`` over ``a
+ b = j - 1``, and by s_l times that of ``R^l_a dF^l H^{l-1}_b`` over ``a + b = j``.  So with ``P^l_ab = R^l_a
R^l_b'`` and ``Q^l_ab = H^l_a' H^l_b / n`` the lag kernel is

    Theta = eta_C I (x) Q^D + eta_F P^1 (x) I + sum_l eta_W z w P^l (x) Q^l + sum_{l>1} eta_F P^l (x) Q^{l-1}

of z and w, each product a 2-D convolution, as that of a single layer.
"""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from numeric.arguments import refuse_too_large
from numeric.finite_width import convolve_grams
from numeric.lag_grams import Kernels, as_float, refuse_overflow
from numeric.model import Model, Part, Rates
from numeric.networks import Biased, Leaky, Orthogonal, Stack, Variances
from numeric.variances import refuse

__all__ = ["DenseLayer", "StackGrams", "convolved", "dense_layers", "draw", "stack_grams"]

MOST_WIDTH = 2**12
"""Of dense matrices, drawn anew for every network: seconds each, where one is orthogonal."""

Draw: TypeAlias = Callable[[np.random.Generator, int], Float[np.ndarray, "n n"]]


class DenseLayer(NamedTuple):
    """How a layer is drawn and trained."""

    transition: Draw
    """Draws M."""
    root: float
    """The standard deviation of F's entries."""
    rates: Rates


def dense_layers(network: Stack, width: int, lags: int) -> tuple[DenseLayer, ...]:
    """The layers, bottom first; ValueError if one is complex, or there is too much of them."""
    if width > MOST_WIDTH:
        raise ValueError(f"width must be <= {MOST_WIDTH} for a stack, got {width}: its matrices are formed")
    layers = tuple(_dense(layer) for layer in _flat(network))
    numbers = len(layers) * (2 * width**2 + 2 * width * lags)
    refuse_too_large("width: the matrices of a stack", 8 * numbers, "take a smaller width")
    return layers


def draw(
    layers: tuple[DenseLayer, ...],
    readout: Part,
    width: int,
    lags: int,
    samples: int,
    n_x: int,
    n_y: int,
    seed: np.random.SeedSequence,
) -> Kernels:
    """One block, from one stream."""
    rng = np.random.default_rng(seed)
    root = as_float("output", readout.variance, root=True)

    def network() -> StackGrams:
        M = [layer.transition(rng, width) for layer in layers]
        sizes = [n_x, *[width] * (len(layers) - 1)]
        F = [
            layer.root * rng.standard_normal((width, size)) for layer, size in zip(layers, sizes, strict=True)
        ]
        return stack_grams(M, F, root * rng.standard_normal((n_y, width)), lags)

    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        P, Q, L = map(np.array, zip(*(network() for _ in range(samples)), strict=True))
        theta = convolved(P, Q, [layer.rates for layer in layers], readout.rate)
    refuse_overflow(theta, L)
    return Kernels(theta, L)


class StackGrams(NamedTuple):
    """Of a given stack."""

    P: Float[np.ndarray, "layers lags n_y lags n_y"]
    Q: Float[np.ndarray, "layers lags n_x lags n_x"]
    L: Float[np.ndarray, "lags n_y n_x"]


def stack_grams(
    M: list[Float[np.ndarray, "n n"]],
    F: list[Float[np.ndarray, "n _"]],
    C: Float[np.ndarray, "n_y n"],
    lags: int,
) -> StackGrams:
    """The lag Grams and the impulse response of these matrices, F as of variance nu_F in every layer."""
    scale = math.sqrt(len(C.T))
    driven = [F[0], *(matrix / scale for matrix in F[1:])]
    H = [np.zeros((lags, F[0].shape[1], F[0].shape[1]))]
    H[0][0] = np.eye(F[0].shape[1])
    for transition, matrix in zip(M, driven, strict=True):
        H.append(_filtered(transition, matrix @ H[-1]))
    readout = np.zeros((lags, *C.T.shape))
    readout[0] = C.T / scale
    R = [_filtered(M[-1].T, readout)]
    for transition, matrix in zip(M[-2::-1], driven[:0:-1], strict=True):
        R.insert(0, _filtered(transition.T, matrix.T @ R[0]))
    P, Q = [_products(chain) for chain in R], [_products(chain / scale) for chain in H[1:]]
    return StackGrams(np.array(P), np.array(Q), C @ H[-1] / scale)


def convolved(
    P: Float[np.ndarray, "samples layers lags n_y lags n_y"],
    Q: Float[np.ndarray, "samples layers lags n_x lags n_x"],
    rates: list[Rates],
    readout_rate: Fraction,
) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]:
    """The lag kernels of such Grams."""
    theta = convolve_grams(P[:, 0], Q[:, -1], Rates(0, rates[0].input, readout_rate))
    for layer, eta in enumerate(rates):
        theta += convolve_grams(P[:, layer], Q[:, layer], Rates(eta.transition, 0, 0))
        if layer:
            theta += _undelayed(P[:, layer], Q[:, layer - 1], eta.input)
    return theta


def _filtered(
    M: Float[np.ndarray, "n n"], source: Float[np.ndarray, "lags n k"]
) -> Float[np.ndarray, "lags n k"]:
    """``a_j = M a_{j-1} + source_j``."""
    chain = source.copy()
    for j in range(1, len(chain)):
        chain[j] += M @ chain[j - 1]
    return chain


def _products(chain: Float[np.ndarray, "lags n k"]) -> Float[np.ndarray, "lags k lags k"]:
    lags, n, k = chain.shape
    columns = chain.transpose(1, 0, 2).reshape(n, lags * k)
    products: np.ndarray = columns.T @ columns
    return products.reshape(lags, k, lags, k)


def _undelayed(
    P: Float[np.ndarray, "samples lags n_y lags n_y"],
    Q: Float[np.ndarray, "samples lags n_x lags n_x"],
    rate: Fraction,
) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]:
    """``P (x) Q``: the share of a transition, one step earlier."""
    P, Q = (np.pad(grams, [(0, 0), (0, 1), (0, 0), (0, 1), (0, 0)]) for grams in (P, Q))
    later: np.ndarray = convolve_grams(P, Q, Rates(rate, 0, 0))
    return later[:, 1:, :, :, 1:]


def _flat(network: Model) -> Iterator[Model]:
    if isinstance(network, Stack):
        for layer in network.networks:
            yield from _flat(layer)
    elif isinstance(network, Biased):
        yield from _flat(network.network)
    else:
        yield network


def _dense(network: Model) -> DenseLayer:
    if not isinstance(network, Variances | Leaky | Orthogonal):
        refuse(network, "sampler as a layer", "limit_kernel has the limit of such a stack")
    root = as_float("input", network.input, root=True)
    return DenseLayer(_transition(network), root, network.rates)


def _transition(network: Variances | Leaky | Orthogonal) -> Draw:
    if isinstance(network, Orthogonal):
        radius = as_float("radius", network.radius)
        return lambda rng, n: radius * _haar(rng, n)
    root = as_float("transition", network.transition, root=True)
    decay = as_float("decay", network.decay) if isinstance(network, Leaky) else 0.0
    return lambda rng, n: root / math.sqrt(n) * rng.standard_normal((n, n)) + decay * np.eye(n)


def _haar(rng: np.random.Generator, n: int) -> Float[np.ndarray, "n n"]:
    """Q of the QR decomposition of a Gaussian matrix, with the signs of R's diagonal (Mezzadri 2007)."""
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    O: np.ndarray = Q * np.sign(np.diagonal(R))  # noqa: E741 - the matrix
    return O
