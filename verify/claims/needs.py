"""What must hold for the values of expressions to exist, noted while they are evaluated."""

from dataclasses import dataclass, field

from derivations.exponentials import Element, Linear

__all__ = ["Needs"]


@dataclass
class Needs:
    """What must hold for the values to exist."""

    nonzero: list[Element] = field(default_factory=list)
    """Divisors."""
    powers: list[tuple[Element, Linear]] = field(default_factory=list)
    """Bases that must not be 0 where the exponent is negative."""
    below_one: list[Element] = field(default_factory=list)
    """Less than 1 in absolute value, for a sum without an end."""
    apart: list[Element] = field(default_factory=list)
    """Must not be 0 anywhere: there a limit has another value."""
    work: int = 0
    """How many parts of expressions were evaluated."""
    used: set[str] = field(default_factory=set)
    """The quantities of the theory that were evaluated."""
