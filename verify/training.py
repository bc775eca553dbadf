r"""Networks of any kind, really drawn, trained by back-propagation through their response to an impulse.

Without biases a loss sees a network only through ``L_j = Re n^{-1/2} C h_j``, where h are the hidden states
after an impulse at each coordinate of the inputs.  With ``G_j = dJ/dL_j`` the adjoints are

    a_j = n^{-1/2} C* G_j,    a_{j-1} += M* a_j,    below: scale F* a_j,

and the gradients, of complex parameters that by the real part plus i times that by the imaginary part,

    dJ/dC = n^{-1/2} sum_j G_j h_j*,    dJ/dF = scale sum_j a_j g_j*,    dJ/dM = sum_j a_j h_{j-1}*,

the last entry by entry for eigenvalues.  A dense M is ``decay I + n^{-1/2} W``, and training W by ``dJ/dW =
n^{-1/2} dJ/dM`` moves M by ``dJ/dM / n``.  A step costs ``O(lags n^2)`` a dense layer, whatever the number of
sequences.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from numeric import Task
from verify.drawn import Drawn, DrawnLayer, Matrix

__all__ = ["drawn_response", "in_single_precision", "train_drawn"]


def in_single_precision(network: Drawn) -> Drawn:
    """The network rounded to it: it trains in half the time."""

    def rounded(matrix: Matrix) -> Matrix:
        return matrix.astype(np.complex64 if np.iscomplexobj(matrix) else np.float32)

    layers = (replace(layer, M=rounded(layer.M), F=rounded(layer.F)) for layer in network.layers)
    return replace(network, layers=tuple(layers), C=rounded(network.C))


def drawn_response(network: Drawn, lags: int, n_x: int = 1) -> Float[np.ndarray, "lags 1 n_x"]:
    """The impulse response."""
    return _read(network, _states(network.layers, lags, n_x)[-1])


def train_drawn(
    network: Drawn, task: Task, steps: int, step: float
) -> Float[np.ndarray, "counts lags 1 n_x"]:
    """The impulse responses after 0, 1, ..., ``steps`` steps of gradient descent.

    The network is left as it is.  Raises ValueError if it has biases or an initial state, which no impulse
    response shows, OverflowError if the training diverges.
    """
    constants = [network.bias, *(part for layer in network.layers for part in (layer.bias, layer.initial))]
    rates = [network.rates[1], *(rate for layer in network.layers for rate in layer.rates[2:])]
    if any(np.asarray(part).any() for part in constants) or any(rates):
        raise ValueError("network: it has biases or an initial state, which no impulse response shows")
    layers = [replace(layer, M=layer.M.copy(), F=layer.F.copy()) for layer in network.layers]
    now = replace(network, layers=tuple(layers), C=network.C.copy())
    responses = []
    for k in range(steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            states = _states(now.layers, task.lags, task.n_x)
            responses.append(_read(now, states[-1]))
        if not np.isfinite(responses[-1]).all():
            raise OverflowError(f"the training diverged with step {step:g}; take a smaller one")
        if k < steps:
            _move(now, states, task.gradient(responses[-1])[:, 0], step)
    return np.array(responses)


def _states(layers: Sequence[DrawnLayer], lags: int, n_x: int) -> list[Matrix]:
    """The impulses and the states of every layer, (lags, n_x, n)."""
    impulses = np.zeros((lags, n_x, n_x), layers[0].F.real.dtype)
    impulses[0] = np.eye(n_x)
    states: list[Matrix] = [impulses]
    for layer in layers:
        h = layer.scale * _product(states[-1], layer.F.T)
        for t in range(1, lags):
            h[t] += _moved(h[t - 1], layer.M)
        states.append(h)
    return states


def _read(network: Drawn, top: Matrix) -> Float[np.ndarray, "lags 1 n_x"]:
    response: np.ndarray = (top @ network.C).real[:, None] / len(network.C) ** 0.5
    return response.astype(np.float64)


def _move(network: Drawn, states: list[Matrix], G: Float[np.ndarray, "lags n_x"], step: float) -> None:
    """One step, in place; all gradients are taken at its start."""
    width, C = len(network.C), network.C
    G = (G / width**0.5).astype(C.real.dtype)
    a = G[..., None] * C.conj()
    C -= step * network.rates[0] * np.einsum("jx,jxn->n", G, states[-1].conj())
    layered = zip(reversed(network.layers), reversed(states[1:]), reversed(states[:-1]), strict=True)
    for layer, h, g in layered:
        back = layer.M.conj() if layer.M.ndim == 1 else layer.M.conj().T
        for t in range(len(a) - 1, 0, -1):
            a[t - 1] += _moved(a[t], back)
        below = layer.scale * _product(a, layer.F.conj())
        of_W, of_F, *_ = layer.rates
        if layer.M.ndim == 1:
            layer.M[:] -= step * of_W * (a[1:] * h[:-1].conj()).sum(axis=(0, 1))
        else:
            layer.M[:] -= _outer_products(step * of_W / width * a[1:], h[:-1])
        layer.F[:] -= _outer_products(step * of_F * layer.scale * a, g)
        a = below


def _moved(h: Matrix, M: Matrix) -> Matrix:
    """``M h``, of rows."""
    moved: np.ndarray = h * M if M.ndim == 1 else h @ M.T
    return moved


def _product(states: Matrix, matrix: Matrix) -> Matrix:
    """All rows at once."""
    product: np.ndarray = states.reshape(-1, states.shape[-1]) @ matrix
    return product.reshape(*states.shape[:-1], -1)


def _outer_products(a: Matrix, h: Matrix) -> Matrix:
    """``sum_t a_t conj(h_t)'``."""
    total: np.ndarray = a.reshape(-1, a.shape[-1]).T @ h.reshape(-1, h.shape[-1]).conj()
    return total
