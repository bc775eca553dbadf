"""The networks, one a module; :data:`NETWORKS` is where specifications look them up."""

from numeric.model import Model
from numeric.networks.biased import Biased
from numeric.networks.diagonal import Diagonal, Ring
from numeric.networks.leaky import Leaky
from numeric.networks.orthogonal import Orthogonal
from numeric.networks.preset import PRESETS, Preset, preset
from numeric.networks.stack import Stack
from numeric.variances import Variances

__all__ = [
    "NETWORKS",
    "PRESETS",
    "Biased",
    "Diagonal",
    "Leaky",
    "Orthogonal",
    "Preset",
    "Ring",
    "Stack",
    "Variances",
    "preset",
]

NETWORKS: dict[str, type[Model]] = {
    kind.name: kind for kind in (Variances, Leaky, Orthogonal, Diagonal, Stack, Biased)
}
