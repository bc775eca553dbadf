r"""Layers on top of one another: each reads the hidden states of the one below, scaled by n^{-1/2}.

The recursion of :mod:`numeric.model` over the layers is the limit (statement ``stacked-layers``).  Where
every T_l is ``1/(1 - nu_l u)``, ``u = z w``, it is a rational function of u.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from numeric.arguments import shown
from numeric.model import Layer, Model, Part
from numeric.variances import GivenNetwork

__all__ = ["Stack"]

_MOST_LAYERS = 64


@dataclass(frozen=True, init=False)
class Stack(Model):
    """Networks stacked: the input matrix of each but the first reads the hidden states below.

    The readouts of all but the last are left out: a layer hands on its hidden states, not its outputs.

    Parameters
    ----------
    networks : network or sequence of networks
        Bottom first, 1 to 64 layers in all; stacks among them are laid flat.

    Raises
    ------
    ValueError
        If there are none, too many, or one is no network; or if more than one is diagonal with eigenvalues
        whose conjugates are not as many: products of their two-point functions are not real.

    Examples
    --------
    >>> from numeric import Leaky, Variances
    >>> len(Stack([Variances("0.5"), Leaky("0.9", "0.05")]).layers)
    2
    """

    name: ClassVar[str] = "stack"
    networks: tuple[Model, ...]

    def __init__(self, networks: GivenNetwork | Iterable[GivenNetwork]) -> None:
        given = tuple(networks) if isinstance(networks, Iterable) else (networks,)
        for network in given:
            if not isinstance(network, Model):
                raise ValueError(
                    f"stack: its layers must be networks such as Variances, got {shown(network)}"
                )
        object.__setattr__(self, "networks", given)
        if sum(getattr(layer.transition, "one_sided", False) for layer in self.layers) > 1:
            raise ValueError(
                "stack: the eigenvalues of all diagonal layers but one must come with their conjugates"
            )
        if not 1 <= len(self.layers) <= _MOST_LAYERS:
            raise ValueError(f"stack must have 1 to {_MOST_LAYERS} layers, got {len(self.layers)}")

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Whether those of all layers are."""
        return all(network.exact for network in self.networks)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of the networks, one after the other."""
        return tuple(chain.from_iterable(network.layers for network in self.networks))

    @property
    def readout(self) -> Part:
        """Of the last."""
        return self.networks[-1].readout

    @property
    def readout_bias(self) -> Part:
        """Of the last."""
        return self.networks[-1].readout_bias
