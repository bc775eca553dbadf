"""Relations between an element and 0, and which names are never negative."""

from dataclasses import dataclass
from fractions import Fraction

from derivations.exponentials import Element

__all__ = ["NOT_NEGATIVE", "Relation"]

NOT_NEGATIVE = ("nu_W", "nu_F", "nu_C", "eta_W", "eta_F", "eta_C", "decay", "radius")


@dataclass(frozen=True)
class Relation:
    """``value relation 0``; the relation is one of ``<  <=  !=  =``."""

    value: Element
    relation: str

    def holds(self, number: Fraction) -> bool:
        """Whether a number stands in the relation."""
        match self.relation:
            case "<":
                return number < 0
            case "<=":
                return number <= 0
            case "=":
                return number == 0
        return number != 0
