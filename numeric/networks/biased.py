r"""Biases and a trained initial state, for any network.

A hidden bias is an input that is constantly 1, with a variance and a rate of its own; a trained initial state
is an impulse one step before the first input; a bias of the readout adds to the output itself (statements
``hidden-bias``, ``initial-state`` and ``readout-bias``). The kernel of an impulse of the inputs, hence
Theta_ij and the lag weights, does not change.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from numeric.arguments import Number, floating, shown
from numeric.model import Layer, Model, Part, non_negative
from numeric.variances import GivenNetwork

__all__ = ["Biased"]


@dataclass(frozen=True, init=False)
class Biased(Model):
    """A network with biases, and an initial state that is trained.

    Parameters
    ----------
    network
        Any network; of a stack the biases are those of its last layer.
    hidden, readout, initial : number or (number, number)
        The variance at initialisation of the hidden bias, the bias of the readout and the initial state, or
        the variance and the multiple of the learning rate, 1 by default.  None: there is no such part.

    Raises
    ------
    ValueError
        If ``network`` is none, or a number is negative or not finite.

    Examples
    --------
    >>> from numeric import Variances
    >>> Biased(Variances("0.5"), hidden=0, readout=("0.1", 1)).readout_bias
    Part(variance=Fraction(1, 10), rate=Fraction(1, 1))
    """

    name: ClassVar[str] = "biased"
    network: Model
    hidden: Part
    initial: Part
    output: Part
    exact: bool = field(compare=False, repr=False)

    def __init__(
        self,
        network: GivenNetwork,
        hidden: Number | tuple[Number, Number] | None = None,
        readout: Number | tuple[Number, Number] | None = None,
        initial: Number | tuple[Number, Number] | None = None,
    ) -> None:
        bare: Any = network
        if not isinstance(bare, Model):
            raise ValueError(f"biased: network must be a network such as Variances, got {shown(bare)}")
        given = {"hidden": hidden, "output": readout, "initial": initial}
        exact = bare.exact
        for name, part in given.items():
            pair = (0, 0) if part is None else part if isinstance(part, tuple) else (part, 1)
            if len(pair) != 2:
                raise ValueError(
                    f"biased: {name} must be a variance, or a variance and a rate, got {shown(part)}"
                )
            variance, rate = (non_negative(f"biased: {name}", x) for x in pair)
            exact = exact and not any(map(floating, pair))
            object.__setattr__(self, name, Part(Fraction(variance), Fraction(rate)))
        object.__setattr__(self, "network", network)
        object.__setattr__(self, "exact", exact)

    @property
    def readout_bias(self) -> Part:
        """nu_b and eta_b of the readout."""
        return self.output

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of the network; the last has the bias and the initial state."""
        *below, last = self.network.layers
        return (*below, replace(last, bias=self.hidden, initial=self.initial))

    @property
    def readout(self) -> Part:
        """Of the network."""
        return self.network.readout
