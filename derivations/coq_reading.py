"""What the names of one statement's formula mean to Coq, as a value.

The values are in :mod:`derivations.readings`; :mod:`derivations.coq_printer` writes propositions by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Matrix", "Reading", "Vector"]


@dataclass(frozen=True)
class Matrix:
    """A name that is a matrix: its term of Coq, and its size."""

    term: str
    rows: str
    columns: str


@dataclass(frozen=True)
class Vector:
    """A name of which two stand in a product, their inner product: its term of Coq, and its length."""

    term: str
    size: str


@dataclass(frozen=True)
class Reading:
    """What the names of a formula mean to Coq.

    Attributes
    ----------
    scalars
        The symbols that are any elements of the ring, or any reals.
    names
        For every other name of the formula its term of Coq, with ``{}`` where its indices or arguments go:
        ``{"rho": "Weights.rho nu_W nu_F nu_C {}"}``; a :class:`Matrix` or :class:`Vector` where it is one.
        What is not read part by part stands here as a whole: ``{"Abs(X[j])": "spectral_norm X j"}``.
    over
        ``ring``: every commutative ring ``K``; ``reals``: Coq's ``R``.
    indices
        What is a natural number beside the statement's indices, by its name in Coq: ``{"n_x": "n_x"}``.
    binders
        Whatever else the terms speak of: ``("(N : Network.Network K)", "(y q : nat)")``.
    given
        What is assumed of it: ``("(q < Network.inputs N)%nat",)``.
    roots
        Symbols of which only powers of the inverse root occur, with the term of that root: ``{"n": "root"}``.
    identity
        The entry of the identity matrix that is a factor of the right side, where the formula leaves it out.
    defined
        A natural number that the formula gives, and the property by which it is meant.
    """

    scalars: tuple[str, ...] = ()
    names: Mapping[str, str | Matrix | Vector] = field(default_factory=dict)
    over: Literal["ring", "reals"] = "ring"
    indices: Mapping[str, str] = field(default_factory=dict)
    binders: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    roots: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""
    defined: tuple[str, str] | None = None
