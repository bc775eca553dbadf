r"""What frameworks draw by default, as networks: the limit of the kernel, and its scale in n.

A framework stores ``W_std = n^{-1/2} W`` and ``C_std = n^{-1/2} C`` and moves them by the rate at which it
moves F, so that W and C are trained at the rate n (:mod:`numeric.network`).  With its variances, and n_x <<
n,

    PyTorch  nn.RNN, nn.Linear: everything uniform in +-n^{-1/2}: nu_W = nu_C = 1/3, nu_F = 1/(3 n), both
    biases of a
             cell of variance 1/(3 n) and rate 1
    Keras    SimpleRNN, Dense: W_std orthogonal, Glorot variances 2/(n_x + n) and 2/(n + n_y): nu_C = 2, nu_F
    = 2/n;
             biases 0
    Flax     linen.SimpleCell, Dense: W_std orthogonal, LeCun variances 1/n_x and 1/n: nu_C = 1, nu_F = 1/n_x;
    biases 0

``s = n nu_F + nu_C`` and ``p = n nu_C nu_F``: divided by n^k, k the ``kernel_power``, they are those of the
network below in the limit; of a row of 0 or 1 the network of input n^{1/2} F is the same one at every n.  The
cells are taken linear, as tanh is for small inputs; no framework's default is.  The covariance of an output
at initialisation is n^k, k the ``prior_power``, times the network's.

Sources: the documentation of PyTorch 2, Keras 3 and Flax 0.10, and their initialisers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, NewType, TypeAlias

from numeric.arguments import REACH, Count, at_least, shown
from numeric.model import Layer, Model, Part, Rates
from numeric.networks.biased import Biased
from numeric.networks.orthogonal import Orthogonal
from numeric.variances import Variances

if TYPE_CHECKING:
    Named: TypeAlias = str
else:  # as in numeric.arguments
    Named = NewType("str", object)

__all__ = ["PRESETS", "Preset", "preset"]


@dataclass(frozen=True)
class Preset(Model):
    """A framework's default: ``network`` has its limit, but for powers of n.

    ``n**kernel_power`` times ``ntk`` is the kernel of gradient descent on the framework's own weights at a
    large width n, and ``n**prior_power`` times ``nngp`` the covariance of an output at initialisation.
    """

    name: ClassVar[str] = "preset"
    framework: str
    network: Model
    kernel_power: int
    prior_power: int

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """They are."""
        return self.network.exact

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of the network."""
        return self.network.layers

    @property
    def readout(self) -> Part:
        """Of the network."""
        return self.network.readout

    @property
    def readout_bias(self) -> Part:
        """Of the network."""
        return self.network.readout_bias


def preset(framework: Named, *, n_x: Count = 1) -> Preset:
    """The network that a framework draws by default, its cell taken linear.

    Parameters
    ----------
    framework : "torch", "keras" or "flax"
        ``nn.RNN`` with ``nn.Linear``, ``SimpleRNN`` with ``Dense``, ``linen.SimpleCell`` with ``Dense``.
    n_x : int
        The number of input coordinates, from 1 to 10^4000, on which Flax' input matrix depends.

    Raises
    ------
    ValueError
        For another framework, or an ``n_x`` below 1.

    Examples
    --------
    >>> from numeric import lag_weights
    >>> lag_weights(preset("torch"), 3) * 27  # (2 + i) / 3^(i+1)
    array([18.,  9.,  4.])
    >>> lag_weights(preset("keras"), 3), preset("keras").kernel_power
    (array([ 4.,  8., 12.]), 0)
    >>> preset("flax").kernel_power  # grows like n
    1
    """
    given: Any = framework
    if not isinstance(given, str) or given not in PRESETS:
        raise ValueError(f"framework must be one of {', '.join(PRESETS)}, got {shown(given)}")
    return PRESETS[given](at_least(1, "n_x", n_x, most=10**REACH))


def _torch(n_x: int) -> Preset:  # noqa: ARG001 - its variances do not depend on n_x
    third = Fraction(1, 3)
    two_biases = (
        2 * third,
        2,
    )  # of the input and of the hidden state, both trained: their sum moves twice as fast
    network = Biased(Variances(third, third, third), hidden=two_biases, readout=(third, 1))
    return Preset("torch", network, kernel_power=0, prior_power=-1)


def _keras(n_x: int) -> Preset:  # noqa: ARG001 - for n_x far below n
    network = Biased(Orthogonal(1, 2, 2), hidden=(0, 1), readout=(0, 1))
    return Preset("keras", network, kernel_power=0, prior_power=-1)


def _flax(n_x: int) -> Preset:
    # next to the shares of W and C, trained at the rate n, those of F and the biases are of order 1/n
    network = Orthogonal(1, Fraction(1, n_x), 1, rates=Rates(transition=1, input=0, output=1))
    return Preset("flax", network, kernel_power=1, prior_power=0)


PRESETS: dict[str, Callable[[int], Preset]] = {"torch": _torch, "keras": _keras, "flax": _flax}
