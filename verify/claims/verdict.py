"""What is found of a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from derivations.notebook import Code, Part, Shown
from verify.claims.syntax import Claim

__all__ = ["Counterexample", "Step", "Unread", "Verdict"]


@dataclass(frozen=True)
class Step:
    """A step of a proof, or of what was tried, and by what it holds."""

    text: str
    status: str


@dataclass(frozen=True)
class Counterexample:
    """Values at which the claim fails, and both sides there, exactly."""

    values: Mapping[str, str]
    left: str
    right: str

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {x}" for name, x in self.values.items())
        return f"{f'at {where}: ' if where else ''}left {self.left}, right {self.right}"


@dataclass(frozen=True)
class Verdict(Shown):
    """What is found of a claim.

    Attributes
    ----------
    claim
        As it was read.
    status
        ``proved``, ``refuted`` or ``undecided``.
    steps
        Of the proof; of an undecided claim, what was tried.
    provided
        Conditions that the claim does not say, outside which a side of it has no value.
    counterexample
        Of a refuted claim, the smallest that was found: at the smallest lag.
    confirmed_by
        The second route by which a proof or a counterexample was confirmed.
    held
        Of an undecided claim, the range on which it holds.
    """

    claim: Claim
    status: Literal["proved", "refuted", "undecided"]
    steps: tuple[Step, ...] = ()
    provided: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    confirmed_by: str = ""
    held: str = ""

    def _shown(self) -> tuple[str, Sequence[Part]]:
        parts: list[Part] = [Code(self.claim.text)]
        parts += [Code(str(self.counterexample))] if self.counterexample is not None else []
        parts += [f"Provided: {'; '.join(self.provided)}."] if self.provided else []
        parts += [f"{k}. {step.text} [{step.status}]" for k, step in enumerate(self.steps, 1)]
        parts += [f"It held {self.held}, which proves nothing."] if self.held else []
        parts += [f"Confirmed by {self.confirmed_by}."] if self.confirmed_by else []
        return self.status, parts


@dataclass(frozen=True)
class Unread:
    """A text that makes no claim, or none about the network, and why."""

    text: str
    error: str
