"""What a claim is once it is read: a relation between two expressions, and the conditions it is made under.

Expressions are trees of the nodes below, whatever they were written in.  Products keep the order of their
factors, as matrices among them need not commute.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

__all__ = [
    "Call",
    "Claim",
    "Condition",
    "Differential",
    "Limit",
    "Name",
    "Node",
    "Number",
    "Over",
    "Plus",
    "Power",
    "Sum",
    "Times",
    "Transposed",
    "is_of_indices",
    "nodes",
]


@dataclass(frozen=True)
class Number:
    """A number, exactly."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """A variance, an index, a quantity without arguments or a matrix."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Plus:
    """A sum of terms."""

    terms: tuple["Node", ...]


@dataclass(frozen=True)
class Times:
    """A product of factors, in their order."""

    factors: tuple["Node", ...]


@dataclass(frozen=True)
class Over:
    """A quotient."""

    above: "Node"
    below: "Node"


@dataclass(frozen=True)
class Power:
    """A power."""

    base: "Node"
    exponent: "Node"


@dataclass(frozen=True)
class Call:
    """A quantity of the theory, or a function, at its arguments; ``order`` counts the primes of ``G'(z)``."""

    name: str
    arguments: tuple["Node", ...]
    order: int = 0
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Sum:
    """A sum over an index, both ends included; the last may be oo."""

    body: "Node"
    index: str
    first: "Node"
    last: "Node"


@dataclass(frozen=True)
class Limit:
    """A limit as a variable grows without bound, or tends to a point."""

    body: "Node"
    variable: str
    point: "Node"


@dataclass(frozen=True)
class Transposed:
    """A matrix transposed."""

    body: "Node"


@dataclass(frozen=True)
class Differential:
    """``d`` before a matrix or a quantity."""

    body: "Node"


Node: TypeAlias = Number | Name | Plus | Times | Over | Power | Call | Sum | Limit | Transposed | Differential


@dataclass(frozen=True)
class Condition:
    """A relation that is assumed; ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""

    left: Node
    relation: str
    right: Node


@dataclass(frozen=True)
class Claim:
    """What is claimed, and for what; ``text`` is how it was written.

    The relation is one of a condition, or ``->``: that the left side tends to the right as n grows.
    """

    left: Node
    relation: str
    right: Node
    conditions: tuple[Condition, ...] = ()
    text: str = field(default="", compare=False)


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, the node first.

    >>> [type(one).__name__ for one in nodes(Plus((Number(Fraction(1)), Name("n"))))]
    ['Plus', 'Number', 'Name']
    """
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(children(one)))


def is_of_indices(node: Node, indices: Collection[str]) -> bool:
    """Whether an expression is made of numbers and indices alone: 0 or not, whatever the symbols are.

    >>> is_of_indices(Plus((Name("i"), Number(Fraction(-1)))), "ij"), is_of_indices(Name("nu_W"), "ij")
    (True, False)
    """
    alone = {"delta", "binom", "min", "max"}
    return all(
        one.name in indices if isinstance(one, Name) else not isinstance(one, Call) or one.name in alone
        for one in nodes(node)
    )


def children(node: Node) -> tuple[Node, ...]:
    """The nodes that a node is made of."""
    match node:
        case Plus(parts) | Times(parts) | Call(_, parts):
            return parts
        case Over(one, other) | Power(one, other):
            return one, other
        case Sum(body, _, first, last):
            return body, first, last
        case Limit(body, _, point):
            return body, point
        case Transposed(body) | Differential(body):
            return (body,)
    return ()
