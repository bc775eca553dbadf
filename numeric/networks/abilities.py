"""Which networks can do what: tables of functions by the kind of network.

A function of a finite width is written for some kinds of networks.  Biases and a trained initial state add
to the network's outputs; they leave the lag kernel as it is, hence its laws and samples.  A framework's
default has the limit of its network but not the law of a finite width, which knows more than two moments.
"""

from collections.abc import Mapping
from typing import TypeVar

from numeric.model import Model
from numeric.networks.biased import Biased
from numeric.networks.preset import Preset
from numeric.variances import GivenNetwork, given_network, refuse

__all__ = ["ability"]

Function = TypeVar("Function")


def ability(
    network: GivenNetwork, table: Mapping[type[Model], Function], what: str, instead: str
) -> tuple[Model, Function]:
    """The network without its biases, and what the table has for its kind.

    Raises
    ------
    ValueError
        If ``network`` is none, or of another kind: that it has no such thing, and what to do instead.

    Examples
    --------
    >>> from numeric import Stack, Variances
    >>> ability(Variances(1), {Variances: 7}, "number", "ask for none")
    (Variances(transition=Fraction(1, 1), input=Fraction(1, 1), output=Fraction(1, 1)), 7)
    >>> ability(Stack([Variances(1)]), {Variances: 7}, "number", "ask for none")
    Traceback (most recent call last):
    ValueError: Stack has no number; ask for none
    """
    given = given_network(network)
    while isinstance(given, Biased):
        given = given.network
    kind = next((kind for kind in type(given).__mro__ if kind in table), None)
    if kind is None and isinstance(given, Preset):
        refuse(given, what, "its entries are not Gaussian; those of its network are, which has its limit")
    if kind is None:
        refuse(given, what, instead)
    return given, table[kind]
