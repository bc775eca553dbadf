r"""Networks of any kind, really drawn, and their kernel of one sequence by back-propagation.

Nothing here knows of two-point functions.  A layer is what it is, ``h_t = M h_{t-1} + scale F g_t + b`` with
g_t the hidden states below and ``h_{-1}`` its initial state; an output is ``Re n^{-1/2} C h_t + b``.  The
derivative of the output at time tau by a parameter is a sum over times of an adjoint,

    a_tau = n^{-1/2} C,      a_{t-1} += M' a_t,      below: scale F' a_t,

times what the parameter multiplies: ``n^{-1/2} a_t h_{t-1}'`` for a dense W, ``a_t h_{t-1}`` entry by entry
for eigenvalues, ``scale a_t g_t'`` for F, a_t for a bias, a_{-1} for the initial state.  Of complex
parameters the real and the imaginary part together contribute ``Re g conj(g)``.  The kernel is the sum of
such products times the rates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from numeric.model import Model
from numeric.networks import Biased, Diagonal, Leaky, Orthogonal, Preset, Ring, Stack, Variances

__all__ = ["Drawn", "DrawnLayer", "Matrix", "draw_network", "drawn_kernels"]

Matrix = Shaped[np.ndarray, "..."]


@dataclass(frozen=True)
class DrawnLayer:
    """A layer: M as a matrix or, of a diagonal transition, as a vector."""

    M: Matrix
    F: Matrix
    scale: float
    bias: Matrix
    initial: Matrix
    rates: tuple[float, float, float, float]
    """Of the transition, the input matrix, the bias and the initial state."""


@dataclass(frozen=True)
class Drawn:
    """A network of one output."""

    layers: tuple[DrawnLayer, ...]
    C: Matrix
    bias: float
    rates: tuple[float, float]
    """Of the readout and its bias."""


def draw_network(model: Model, rng: np.random.Generator, width: int, n_x: int) -> Drawn:
    """Draw the matrices of a network."""
    layers = _draw(model, rng, width, n_x)
    C = _normal(rng, (width,), model.readout.variance, complex_=model.complex)
    bias = rng.normal() * float(model.readout_bias.variance) ** 0.5
    return Drawn(tuple(layers), C, bias, (float(model.readout.rate), float(model.readout_bias.rate)))


def drawn_kernels(
    model: Model, rng: np.random.Generator, width: int, inputs: Float[np.ndarray, "T n_x"]
) -> tuple[Float[np.ndarray, "T T"], Float[np.ndarray, " T"]]:
    """The kernel ``K_ts`` of a drawn network of one output on a sequence, and its outputs."""
    network = draw_network(model, rng, width, inputs.shape[1])
    layers, C = network.layers, network.C
    states = _forward(layers, inputs)
    T, top = len(inputs), states[-1][1:]
    outputs = (top @ C).real / width**0.5 + network.bias
    gram = (top @ top.conj().T).real / width
    kernel = gram * network.rates[0] + network.rates[1]
    adjoint = np.zeros(
        (T, T + 1, width), dtype=C.dtype
    )  # by the output's time, and by the hidden state's from -1
    adjoint[np.arange(T), np.arange(T) + 1] = C / width**0.5
    layered = zip(reversed(layers), reversed(states[1:]), reversed(states[:-1]), strict=True)
    for layer, here, below in layered:
        for t in range(T, 0, -1):
            back = adjoint[:, t] * layer.M if layer.M.ndim == 1 else adjoint[:, t] @ layer.M
            adjoint[:, t - 1] += back
        kernel = kernel + _shares(layer, adjoint, here, below, width)
        adjoint[:, 0] = 0  # an initial state hands nothing down
        adjoint = layer.scale * adjoint @ layer.F
    return kernel, outputs


def _shares(layer: DrawnLayer, a: Matrix, h: Matrix, g: Matrix, width: int) -> Float[np.ndarray, "T T"]:
    """What a layer's parameters contribute; ``a``, ``h`` and ``g`` are by time from -1 on."""
    of_W, of_F, of_bias, of_initial = layer.rates
    now = a[:, 1:]
    if layer.M.ndim == 1:
        moved = np.einsum("otn,tn->on", now, h[:-1])
        share = of_W * (moved @ moved.conj().T)
    else:
        share = of_W * _outer_products(now, h[:-1]) / width
    share = share + of_F * layer.scale**2 * _outer_products(now, g[1:])
    summed = now.sum(axis=1)
    share = share + of_bias * (summed @ summed.conj().T)
    share = share + of_initial * (a[:, 0] @ a[:, 0].conj().T)
    real: np.ndarray = share.real
    return real


def _outer_products(a: Matrix, h: Matrix) -> Matrix:
    """``< sum_t a_t h_t', sum_s b_s h_s' >`` for all pairs of outputs, by the two Grams."""
    T = a.shape[0]
    flat = a.reshape(T * T, -1)
    left = (flat @ flat.conj().T).reshape(T, T, T, T)
    right = h @ h.conj().T
    product: np.ndarray = np.einsum("otps,ts->op", left, right)
    return product


def _forward(layers: tuple[DrawnLayer, ...], inputs: Float[np.ndarray, "T n_x"]) -> list[Matrix]:
    """The inputs and the states of every layer, from time -1 on."""
    states: list[Matrix] = [np.concatenate((np.zeros_like(inputs[:1]), inputs))]
    for layer in layers:
        driven = layer.scale * states[-1][1:] @ layer.F.T + layer.bias
        h = [layer.initial]
        for arriving in driven:
            h.append((layer.M * h[-1] if layer.M.ndim == 1 else layer.M @ h[-1]) + arriving)
        states.append(np.array(h))
    return states


def _draw(model: Model, rng: np.random.Generator, n: int, n_x: int) -> list[DrawnLayer]:
    drawn: list[DrawnLayer] = []
    for layer, transition in zip(model.layers, _transitions(model), strict=True):
        columns = n if drawn else n_x
        rates = (layer.rate, layer.input.rate, layer.bias.rate, layer.initial.rate)
        drawn.append(
            DrawnLayer(
                transition(rng, n, model.complex),
                _normal(rng, (n, columns), layer.input.variance, complex_=model.complex),
                n**-0.5 if drawn else 1.0,
                _normal(rng, (n,), layer.bias.variance, complex_=model.complex),
                _normal(rng, (n,), layer.initial.variance, complex_=model.complex),
                tuple(map(float, rates)),  # type: ignore[arg-type]
            )
        )
    return drawn


def _normal(rng: np.random.Generator, shape: tuple[int, ...], variance: Any, *, complex_: bool) -> Matrix:
    """Independent entries; complex ones have ``E|entry|^2 = variance``."""
    entries: np.ndarray = rng.standard_normal(shape)
    if complex_:
        entries = (entries + 1j * rng.standard_normal(shape)) / 2**0.5
    scaled: np.ndarray = entries * float(variance) ** 0.5
    return scaled


_Draw = Callable[[np.random.Generator, int, bool], Matrix]


def _transitions(model: Model) -> list[_Draw]:
    """How each layer's transition is drawn; by its network, as different ones share a two-point function."""
    if isinstance(model, Stack):
        return [one for network in model.networks for one in _transitions(network)]
    if isinstance(model, Biased | Preset):
        return _transitions(model.network)
    return [partial(TRANSITIONS[type(model)], model)]


def _gaussian(model: Variances | Leaky, rng: np.random.Generator, n: int, complex_: bool) -> Matrix:
    return _normal(rng, (n, n), model.transition / n, complex_=complex_)


def _leaky(model: Leaky, rng: np.random.Generator, n: int, complex_: bool) -> Matrix:
    M: np.ndarray = float(model.decay) * np.eye(n) + _gaussian(model, rng, n, complex_)
    return M


def _haar(model: Orthogonal, rng: np.random.Generator, n: int, complex_: bool) -> Matrix:
    """Orthogonal, or unitary; Q R is unique, hence Q Haar, once the diagonal of R is positive."""
    q, r = np.linalg.qr(_normal(rng, (n, n), 1, complex_=complex_))
    diagonal = np.diag(r)
    turned: np.ndarray = float(model.radius) * q * (diagonal / abs(diagonal))
    return turned


def _eigenvalues(model: Diagonal, rng: np.random.Generator, n: int, _: bool) -> Matrix:
    law = model.eigenvalues
    if isinstance(law, Ring):
        squares = rng.uniform(float(law.inner**2), float(law.outer**2), n)
        ring: np.ndarray = np.sqrt(squares) * np.exp(2j * np.pi * rng.random(n))
        return ring
    known = np.array([complex(x, y) for x, y in law])
    given: np.ndarray = known[rng.integers(len(known), size=n)]
    return given


TRANSITIONS: dict[type[Model], Callable[..., Matrix]] = {
    Variances: _gaussian,
    Leaky: _leaky,
    Orthogonal: _haar,
    Diagonal: _eigenvalues,
}
"""How a transition matrix is drawn; a new network with one of its own has a row here."""
