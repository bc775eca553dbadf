"""PyTorch's own layers, as PyTorch initialises them, against their networks' limits, where it is installed.

``nn.RNN`` and ``nn.Linear`` are drawn by their own initialisers and differentiated by autograd, all
parameters by plain gradient descent's inner product.  Without biases and for an impulse of size 1e-6, where
tanh is linear to 1e-12, the cell is what the theory speaks of; kernels are quadratic in the inputs.  Biases
and inputs of size 1 make states of size n^{-1/2}, for which tanh is linear to 1/n.  ``2 K_2n - K_n`` of
networks of widths n and 2n has the limit for its mean but for O(n^-2), and that of tanh in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float

from numeric import Orthogonal, Stack, limit_kernel, ntk, preset
from numeric.model import Model
from verify.counting import Watch, counted, unwatched
from verify.networks import one_thread, stream
from verify.statistics import LEVEL, Skipped, Verdict, mean_verdict, summarise

__all__ = ["LAYERS", "Layers", "check", "claimed_kernel"]

LAGS, SMALL = 6, 1e-6
N_X = 2
"""Of the sequence that layers with biases read."""


@dataclass(frozen=True)
class Layers:
    """Layers of PyTorch, and the network that has their limit."""

    network: Model
    bias: bool = False
    """Then their kernel of a sequence is looked at, without biases the lag kernel: an impulse's."""
    layers: int = 1
    orthogonal: bool = False
    """Whether ``nn.init.orthogonal_`` has drawn the transition anew, as many do."""


_ORTHOGONAL = Orthogonal(1, Fraction(1, 3), Fraction(1, 3))
LAYERS = {
    "nn.RNN and nn.Linear, lag kernel": Layers(preset("torch")),
    "with biases, kernel": Layers(preset("torch"), bias=True),
    "two layers with biases, kernel": Layers(Stack([preset("torch")] * 2), bias=True, layers=2),
    "nn.init.orthogonal_, lag kernel": Layers(_ORTHOGONAL, orthogonal=True),
}

Kernel = Float[np.ndarray, "T T"]
Inputs = Float[np.ndarray, "T n_x"]


def claimed_kernel(layers: Layers, inputs: Inputs) -> Kernel:
    """The limit of the kernel of the inputs; without biases that of the lag kernel."""
    if layers.bias:
        kernel: np.ndarray = ntk(inputs[None], variances=layers.network)[0, 0]
        return kernel
    return limit_kernel(layers.network, LAGS)


def check(
    seed: int = 0,
    claimed: Callable[[Layers, Inputs], Kernel] = claimed_kernel,
    *,
    width: int = 100,
    networks: int = 100,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test the kernel of each kind of layers, in whole or that of an impulse."""
    try:
        import torch  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise Skipped(
            "PyTorch is not installed, so its own layers are not drawn; pip install torch, or the extra torch"
        ) from None
    advance = watch(networks * len(LAYERS), "pairs of networks")
    sequence = stream(seed, "torch inputs").standard_normal((LAGS, N_X))
    impulse = SMALL * np.eye(LAGS, 1)
    for place, (name, layers) in enumerate(LAYERS.items()):
        inputs, scale = (sequence, 1.0) if layers.bias else (impulse, SMALL)
        seeds = stream(seed, "torch", *[place][:place]).integers(2**62, size=networks)

        def pair(
            torch_seed: int, layers: Layers = layers, inputs: Inputs = inputs, scale: float = scale
        ) -> Kernel:
            torch.manual_seed(torch_seed)
            narrow, wide = (_kernel(torch, layers, n, inputs, scale) for n in (width, 2 * width))
            extrapolated: np.ndarray = 2 * wide - narrow
            return extrapolated

        with one_thread():
            summary = summarise(counted(map(pair, seeds.tolist()), advance))
        yield mean_verdict(
            "torch",
            name,
            summary,
            claimed(layers, inputs),
            detail=f"{networks} pairs of widths {width} and {2 * width}, lags 0 to {LAGS - 1}",
            level=level,
        )


def _kernel(torch: Any, layers: Layers, width: int, inputs: Inputs, scale: float) -> Kernel:
    """The inner products of the gradients of the outputs at all times, which are in units of ``scale``."""
    n_x, bias = inputs.shape[1], layers.bias
    rnn = torch.nn.RNN(n_x, width, layers.layers, bias=bias, batch_first=True).double()
    readout = torch.nn.Linear(width, 1, bias=bias).double()
    if layers.orthogonal:
        torch.nn.init.orthogonal_(rnn.weight_hh_l0)
    hidden, _ = rnn(torch.as_tensor(inputs)[None])
    outputs = readout(hidden)[0, :, 0] / scale
    parameters = [*rnn.parameters(), *readout.parameters()]
    rows = []
    for output in outputs:
        gradient = torch.autograd.grad(output, parameters, retain_graph=True)
        rows.append(torch.cat([part.reshape(-1) for part in gradient]))
    jacobian = torch.stack(rows)
    kernel: np.ndarray = np.asarray(jacobian @ jacobian.T)
    return kernel
