"""Networks of every kind, really drawn, against the one calculus for their limit.

The kernel of a sequence is computed by back-propagation through drawn networks (:mod:`verify.drawn`), which
knows no two-point function.  Its mean is the limit and a correction c/n and O(n^-2): so of networks of width
n and 2n drawn side by side ``2 K_2n - K_n`` has the limit for its mean but for O(n^-2), which at these widths
is far below what the samples resolve.  The covariance of the outputs has the limit's for its mean likewise.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from numeric import Biased, Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances, preset
from numeric.model import Limit, Model, propagated
from verify.counting import Watch, counted, unwatched
from verify.drawn import drawn_kernels
from verify.networks import in_parallel, stream
from verify.statistics import LEVEL, Verdict, mean_verdict, summarise

__all__ = ["NETWORKS", "check", "limit_of"]

STEPS, N_X = 5, 2
NETWORKS: dict[str, Model] = {
    "variances, at rates": Variances("0.5", 2, "0.7", rates=Rates(2, "0.5", 3)),
    "leaky": Leaky("0.5", "0.25"),
    "orthogonal": Orthogonal("0.9"),
    "ring": Diagonal(Ring("0.4", "0.99"), 2, rates=Rates(2, 1, 1)),
    "eigenvalues": Diagonal([0.5 + 0.5j, 0.9, -0.5j]),
    "stack": Stack([Variances("0.5", 2), Leaky("0.5", "0.25")]),
    "biased": Biased(Variances("0.5"), hidden=("0.3", 2), readout=("0.5", 3), initial="0.7"),
    "complex stack": Stack(
        [Biased(Variances("0.5", 2), hidden=("0.3", 2), initial=1), Diagonal(Ring("0.4", "0.99"))]
    ),
    "torch": preset("torch"),
    "keras": preset("keras"),
    "flax": preset("flax", n_x=2),
}

Predict = Callable[[Model, Float[np.ndarray, "T n_x"]], Limit]


def limit_of(model: Model, inputs: Float[np.ndarray, "T n_x"]) -> Limit:
    """The two limits for a sequence, by the calculus, from the first input on."""
    gram = np.zeros((len(inputs) + 1,) * 2)
    gram[1:, 1:] = inputs @ inputs.T
    limit = propagated(model, gram, 2, float, biases=True)
    return Limit(limit.nngp[1:, 1:], limit.ntk[1:, 1:])


def check(
    seed: int = 0,
    predict: Predict = limit_of,
    *,
    width: int = 100,
    networks: int = 400,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test kernel and covariance of each network, on one sequence."""
    advance = watch(networks * len(NETWORKS), "pairs of networks")
    inputs = stream(seed, "networks inputs").standard_normal((STEPS, N_X))
    upper = np.triu_indices(STEPS)
    for name, model in NETWORKS.items():

        def pair(index: int, name: str = name, model: Model = model) -> Any:
            rng = stream(seed, "networks", name, index)
            (narrow, first), (wide, second) = (
                drawn_kernels(model, rng, n, inputs) for n in (width, 2 * width)
            )
            covariance = 2 * np.outer(second, second) - np.outer(first, first)
            return np.concatenate(((2 * wide - narrow)[upper], covariance[upper]))

        summary = summarise(counted(in_parallel(pair, range(networks)), advance))
        expected, half = predict(model, inputs), len(upper[0])
        detail = f"{networks} pairs of widths {width} and {2 * width}"
        parts = (("kernel", expected.ntk, slice(half)), ("covariance", expected.nngp, slice(half, None)))
        for what, values, part in parts:
            yield mean_verdict(
                "networks", f"{what}, {name}", summary[part], values[upper], detail=detail, level=level
            )
