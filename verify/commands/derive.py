"""``derive``: the statements, or one derivation step by step, each step checked again."""

from enum import StrEnum
from typing import Annotated

import typer

from verify.console import BadInput, Status

__all__ = ["command"]


class DerivationFormat(StrEnum):
    """The formats of a derivation."""

    TEXT = "text"
    LATEX = "latex"
    MARKDOWN = "markdown"
    JSON = "json"


def command(
    name: Annotated[
        str | None, typer.Argument(help="A statement.  [default: list them]", show_default=False)
    ] = None,
    format_: Annotated[
        DerivationFormat, typer.Option("--format", help="How it is written.")
    ] = DerivationFormat.TEXT,
) -> int:
    """List the statements, or derive one step by step, checking each step again."""
    from derivations import statements
    from verify import derivation

    known = statements()
    if name is None:
        typer.echo(derivation.listing(known, format_.value))
        return Status.HOLDS
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"
        raise BadInput(f"unknown statement {name!r}; {hint}")
    derived = derivation.derive(known[name])
    typer.echo(derivation.render(derived, format_.value))
    return Status.HOLDS if derived["holds"] else Status.FAILS
