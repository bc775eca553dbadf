"""PyTorch's own layers, as PyTorch initialises them, against the preset's limit, where PyTorch is installed.

``nn.RNN`` and ``nn.Linear`` are drawn by their own initialisers and differentiated by autograd, all
parameters by plain gradient descent's inner product.  Without biases and for inputs of size 1e-6, where tanh
is linear to 1e-12, the cell is what the theory speaks of; kernels are quadratic in the inputs.  ``2 K_2n -
K_n`` of networks of widths n and 2n has the limit for its mean but for O(n^-2).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from numeric import limit_kernel, preset
from numeric.model import Model
from verify.counting import Watch, counted, unwatched
from verify.networks import stream
from verify.statistics import LEVEL, Skipped, Verdict, mean_verdict, summarise

__all__ = ["check"]

LAGS, SMALL = 6, 1e-6


def check(
    seed: int = 0,
    network: Callable[[], Model] = lambda: preset("torch"),
    *,
    width: int = 100,
    networks: int = 100,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test the lag kernel's limit, an impulse's kernel."""
    try:
        import torch  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise Skipped(
            "PyTorch is not installed, so its own layers are not drawn; pip install torch, or the extra torch"
        ) from None
    advance = watch(networks, "pairs of networks")
    torch_seeds = stream(seed, "torch").integers(2**62, size=networks)

    def pair(torch_seed: int) -> Float[np.ndarray, "lags lags"]:
        torch.manual_seed(torch_seed)
        narrow, wide = _impulse_kernel(torch, width), _impulse_kernel(torch, 2 * width)
        extrapolated: np.ndarray = 2 * wide - narrow
        return extrapolated

    summary = summarise(counted(map(pair, torch_seeds.tolist()), advance))
    yield mean_verdict(
        "torch",
        "nn.RNN and nn.Linear, lag kernel",
        summary,
        limit_kernel(network(), LAGS),
        detail=f"{networks} pairs of widths {width} and {2 * width}, lags 0 to {LAGS - 1}",
        level=level,
    )


def _impulse_kernel(torch: Any, width: int) -> Float[np.ndarray, "lags lags"]:
    """The inner products of the gradients of the outputs at all times, for an impulse at time 0."""
    rnn = torch.nn.RNN(1, width, bias=False, batch_first=True).double()
    readout = torch.nn.Linear(width, 1, bias=False).double()
    impulse = torch.zeros(1, LAGS, 1, dtype=torch.float64)
    impulse[0, 0, 0] = SMALL
    hidden, _ = rnn(impulse)
    outputs = readout(hidden)[0, :, 0] / SMALL
    parameters = [*rnn.parameters(), *readout.parameters()]
    rows = []
    for output in outputs:
        gradient = torch.autograd.grad(output, parameters, retain_graph=True)
        rows.append(torch.cat([part.reshape(-1) for part in gradient]))
    jacobian = torch.stack(rows)
    kernel: np.ndarray = np.asarray(jacobian @ jacobian.T)
    return kernel
