"""Verdicts on claims in words: for a terminal, and as what JSON holds."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from derivations.prose import plain
from verify.claims.verdict import Unread, Verdict
from verify.console import text_width

__all__ = ["as_json", "in_words", "listed"]


def in_words(verdict: Verdict) -> str:
    """A verdict with its steps.

    >>> from verify.claims import check_claim
    >>> print(in_words(check_claim("rho(1) = 3 for nu_W = 1, nu_C = 1, nu_F = 2")))
    refuted: rho(1) = 3 for nu_W = 1, nu_C = 1, nu_F = 2
      at nu_W = 1, nu_C = 1, nu_F = 2: left 5, right 3
      confirmed by a second route to both sides
    """
    width = text_width()
    lines = [f"{verdict.status}: {verdict.claim.text}"]
    if verdict.counterexample is not None:
        lines.append(str(verdict.counterexample))
    if verdict.provided:
        lines.append(f"provided: {_plain('; '.join(verdict.provided))}")
    lines += [f"{k}. {_plain(step.text)} [{step.status}]" for k, step in enumerate(verdict.steps, 1)]
    if verdict.held:
        lines.append(f"it held {verdict.held}, which proves nothing")
    if verdict.confirmed_by:
        lines.append(f"confirmed by {_plain(verdict.confirmed_by)}")
    return "\n".join(
        [lines[0], *(fill(line, width, initial_indent="  ", subsequent_indent="     ") for line in lines[1:])]
    )


def listed(found: Sequence[tuple[str, Verdict | Unread]]) -> list[tuple[str, str, str, str]]:
    """A row a claim: the verdict, where the claim stands, the claim, and what is to be said of it."""
    return [(_status(one), where, _text(one), _plain(_about(one))) for where, one in found]


def _about(one: Verdict | Unread) -> str:
    if isinstance(one, Unread):
        return one.error
    if one.status == "proved" and one.provided:
        return f"provided: {'; '.join(one.provided)}"
    if one.status == "undecided":
        return f"held {one.held}" if one.held else one.steps[-1].text if one.steps else ""
    return str(one.counterexample or f"confirmed by {one.confirmed_by}")


def as_json(one: Verdict | Unread, where: str = "") -> dict[str, Any]:
    """A verdict with stable keys; of what could not be read the status is ``unread``."""
    told: dict[str, Any] = {"claim": _text(one), "where": where, "status": _status(one)}
    empty: dict[str, Any] = {
        "steps": [],
        "provided": [],
        "counterexample": None,
        "confirmed_by": "",
        "held": "",
    }
    if isinstance(one, Unread):
        return {**told, **empty, "error": one.error}
    found = one.counterexample
    return {
        **told,
        "steps": [{"text": _plain(step.text), "status": step.status} for step in one.steps],
        "provided": [_plain(condition) for condition in one.provided],
        "counterexample": None
        if found is None
        else {"values": dict(found.values), "left": found.left, "right": found.right},
        "confirmed_by": _plain(one.confirmed_by),
        "held": one.held,
        "error": "",
    }


def _status(one: Verdict | Unread) -> str:
    return one.status if isinstance(one, Verdict) else "unread"


def _text(one: Verdict | Unread) -> str:
    return one.claim.text if isinstance(one, Verdict) else one.text


def _plain(prose: str) -> str:
    """Prose in letters of ASCII, as claims are typed."""
    return plain(prose, ascii_only=True)
