r"""Networks as torch modules, written from what they are, and their kernel by torch.autograd.

The torch side of autodiff.py.  Of a network it reads what its user gave, variances, rates, a decay, a radius,
eigenvalues, and of a framework's default nothing but the name: nothing here knows of layers' two-point
functions, of limits, or how the package draws networks itself.  A layer computes ``h_t = M h_{t-1} + F g_t +
b`` from what it reads, g, and its initial state; an output is ``Re C h_t + b``, with the powers of n that the
parametrisation has.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from numeric import Biased, Diagonal, Leaky, Orthogonal, Ring, Stack, Variances
from numeric.model import Model
from numeric.networks import Preset

__all__ = ["draw", "draw_own_layers", "kernel"]

DOUBLE = torch.float64


class Dense(nn.Module):
    """``M = decay + scale W``, W trained."""

    def __init__(self, W: nn.Parameter, scale: float, decay: float = 0.0) -> None:
        super().__init__()
        self.W, self.scale, self.decay = W, scale, decay

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """``M h``."""
        return self.decay * h + self.scale * (self.W @ h)


class Eigenvalues(nn.Module):
    """M diagonal, its eigenvalues trained."""

    def __init__(self, eigenvalues: nn.Parameter) -> None:
        super().__init__()
        self.eigenvalues = eigenvalues

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """``M h``."""
        return self.eigenvalues * h


class Layer(nn.Module):
    """The states of a layer, from those below."""

    def __init__(
        self,
        transition: nn.Module,
        F: nn.Parameter,
        scale: float,
        biases: Sequence[nn.Parameter] = (),
        initial: nn.Parameter | None = None,
    ) -> None:
        super().__init__()
        self.transition, self.F, self.scale = transition, F, scale
        self.biases, self.initial = nn.ParameterList(biases), initial

    def forward(self, below: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """h_0, h_1, ..."""
        h = torch.zeros(len(self.F), dtype=self.F.dtype) if self.initial is None else self.initial
        states = []
        for g in below:
            h = self.transition(h) + self.scale * (self.F @ g.to(self.F.dtype))
            for bias in self.biases:
                h = h + bias
            states.append(h)
        return states


class Network(nn.Module):
    """Layers, bottom first, and a readout of one output."""

    def __init__(
        self, layers: Sequence[Layer], C: nn.Parameter, scale: float, bias: nn.Parameter | None = None
    ) -> None:
        super().__init__()
        self.layers, self.C, self.scale, self.bias = nn.ModuleList(layers), C, scale, bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs (T,) of one sequence (T, n_x)."""
        states: Sequence[torch.Tensor] = x.unbind()
        for layer in self.layers:
            states = layer(states)
        y = self.scale * torch.stack([self.C @ h for h in states])
        y = y.real if y.is_complex() else y
        return y if self.bias is None else y + self.bias


class OwnLayers(nn.Module):
    """PyTorch's own ``nn.RNN``, tanh and all, and ``nn.Linear``, as PyTorch initialises them."""

    def __init__(self, n: int, n_x: int) -> None:
        super().__init__()
        self.rnn = nn.RNN(n_x, n, batch_first=True, dtype=DOUBLE)
        self.readout = nn.Linear(n, 1, dtype=DOUBLE)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs (T,) of one sequence (T, n_x)."""
        hidden, _ = self.rnn(x[None])
        y: torch.Tensor = self.readout(hidden)[0, :, 0]
        return y


def draw(network: Model, n: int, n_x: int, seed: int) -> nn.Module:
    """A network of width n, drawn."""
    torch.manual_seed(seed)
    if isinstance(network, Preset):
        return FRAMEWORKS[network.framework](n, n_x)
    networks = _flat(network)
    kind = torch.complex128 if any(isinstance(one, Diagonal) for one in networks) else DOUBLE
    layers = [
        _layer(one, n, n if below else n_x, kind, stacked=bool(below)) for below, one in enumerate(networks)
    ]
    last = networks[-1]
    bare = last.network if isinstance(last, Biased) else last
    C = _normal((n,), bare.output, bare.rates.output, kind)
    bias = _normal((), last.output.variance, last.output.rate, DOUBLE) if isinstance(last, Biased) else None
    return Network(layers, C, n**-0.5, bias)


def _layer(network: Model, n: int, columns: int, kind: torch.dtype, *, stacked: bool) -> Layer:
    """A layer of a chain: all but the first read states, scaled by n^{-1/2}."""
    bare, biases, initial = network, [], None
    if isinstance(network, Biased):
        bare = network.network
        biases = [_normal((n,), network.hidden.variance, network.hidden.rate, kind)]
        initial = _normal((n,), network.initial.variance, network.initial.rate, kind)
    F = _normal((n, columns), bare.input, bare.rates.input, kind)
    return Layer(_transition(bare, n, kind), F, n**-0.5 if stacked else 1.0, biases, initial)


def draw_own_layers(_: Model, n: int, n_x: int, seed: int) -> nn.Module:
    """PyTorch's own layers, drawn by PyTorch."""
    torch.manual_seed(seed)
    return OwnLayers(n, n_x)


def kernel(module: nn.Module, x: np.ndarray) -> np.ndarray:
    """K_ts of the outputs at all times: the inner products of their gradients, each parameter's at its rate.

    Complex parameters count as their real and imaginary parts.  Takes T times the memory of all parameters.
    """
    outputs = module(torch.as_tensor(x, dtype=DOUBLE))
    trained = [parameter for parameter in module.parameters() if getattr(parameter, "rate", 1.0)]
    jacobians = [torch.empty(len(x), _real(one.detach()).numel(), dtype=DOUBLE) for one in trained]
    for t, output in enumerate(outputs):
        gradients = torch.autograd.grad(output, trained, retain_graph=True, materialize_grads=True)
        for jacobian, gradient in zip(jacobians, gradients, strict=True):
            jacobian[t] = _real(gradient)
    grams = [getattr(one, "rate", 1.0) * (J @ J.T) for one, J in zip(trained, jacobians, strict=True)]
    return sum(grams, torch.zeros(len(x), len(x), dtype=DOUBLE)).numpy()


def _real(values: torch.Tensor) -> torch.Tensor:
    return (torch.view_as_real(values) if values.is_complex() else values).reshape(-1)


def _flat(network: Model) -> list[Model]:
    """The networks of a stack, and of stacks within."""
    if isinstance(network, Stack):
        return [one for part in network.networks for one in _flat(part)]
    return [network]


def _transition(network: Model, n: int, kind: torch.dtype) -> nn.Module:
    rate = network.rates.transition
    match network:
        case Variances():
            return Dense(_normal((n, n), network.transition, rate, kind), n**-0.5)
        case Leaky():
            W = _normal((n, n), network.transition, rate, kind)
            return Dense(W, n**-0.5, float(network.decay))
        case Orthogonal():
            return Dense(_trained(n**0.5 * float(network.radius) * _haar(n, kind), rate), n**-0.5)
        case Diagonal():
            return Eigenvalues(_trained(_spectrum(network.eigenvalues, n), rate))
    raise NotImplementedError(type(network).__name__)


def _trained(values: torch.Tensor, rate: object = 1) -> nn.Parameter:
    parameter = nn.Parameter(values)
    parameter.rate = float(rate)  # type: ignore[attr-defined,arg-type]  # what ours reads of it
    return parameter


def _normal(shape: tuple[int, ...], variance: object, rate: object, kind: torch.dtype) -> nn.Parameter:
    """Gaussian entries; complex ones of ``E|entry|^2 = variance``, as torch draws them for 1."""
    return _trained(math.sqrt(variance) * torch.randn(shape, dtype=kind), rate)  # type: ignore[arg-type]  # any number


def _haar(n: int, kind: torch.dtype = DOUBLE) -> torch.Tensor:
    """Of the orthogonal or unitary group: the Q of a Gaussian matrix whose R has a positive diagonal."""
    q, r = torch.linalg.qr(torch.randn(n, n, dtype=kind))
    diagonal = r.diagonal()
    return q * (diagonal / diagonal.abs())


def _spectrum(law: Ring | tuple, n: int) -> torch.Tensor:
    if not isinstance(law, Ring):
        values = torch.tensor([complex(*one) for one in law], dtype=torch.complex128)
        return values[torch.randint(len(values), (n,))]
    inner, outer = float(law.inner), float(law.outer)
    if inner == outer:
        return outer * torch.exp(1j * math.tau * torch.rand(n, dtype=DOUBLE))
    kept = torch.empty(0, dtype=torch.complex128)  # uniform in area: those of a square that are in the ring
    while len(kept) < n:
        square = outer * torch.view_as_complex(2 * torch.rand(8 * n, 2, dtype=DOUBLE) - 1)
        kept = torch.cat((kept, square[(inner <= square.abs()) & (square.abs() <= outer)]))
    return kept[:n]


def _uniform(bound: float, *shape: int) -> nn.Parameter:
    return _trained(bound * (2 * torch.rand(shape, dtype=DOUBLE) - 1))


def _zeros(*shape: int) -> nn.Parameter:
    return _trained(torch.zeros(shape, dtype=DOUBLE))


def _torch(n: int, n_x: int) -> Network:
    """``nn.RNN`` without its tanh and ``nn.Linear``: all uniform in +-n^{-1/2}, the biases too."""
    bound = n**-0.5
    biases = [_uniform(bound, n), _uniform(bound, n)]
    layer = Layer(Dense(_uniform(bound, n, n), 1.0), _uniform(bound, n, n_x), 1.0, biases)
    return Network([layer], _uniform(bound, n), 1.0, _uniform(bound))


def _keras(n: int, n_x: int) -> Network:
    """``SimpleRNN`` without its tanh and ``Dense``: orthogonal, Glorot's uniform, biases of 0."""
    F, C = _uniform((6 / (n_x + n)) ** 0.5, n, n_x), _uniform((6 / (n + 1)) ** 0.5, n)
    layer = Layer(Dense(_trained(_haar(n)), 1.0), F, 1.0, [_zeros(n)])
    return Network([layer], C, 1.0, _zeros())


def _flax(n: int, n_x: int) -> Network:
    """``linen.SimpleCell`` without its tanh and ``Dense``: orthogonal, LeCun's normal, biases of 0."""
    F, C = _lecun(n_x, n, n_x), _lecun(n, n)
    layer = Layer(Dense(_trained(_haar(n)), 1.0), F, 1.0, [_zeros(n)])
    return Network([layer], C, 1.0, _zeros())


def _lecun(inputs: int, *shape: int) -> nn.Parameter:
    """Gaussian entries cut off at two standard deviations, which leaves the variance 1/inputs."""
    pdf, within = math.exp(-2) / math.sqrt(math.tau), math.erf(math.sqrt(2))  # of the standard normal law
    cut = 1 / math.sqrt(inputs * (1 - 4 * pdf / within))
    return _trained(nn.init.trunc_normal_(torch.empty(*shape, dtype=DOUBLE), 0, cut, -2 * cut, 2 * cut))


FRAMEWORKS: dict[str, Callable[[int, int], Network]] = {"torch": _torch, "keras": _keras, "flax": _flax}
