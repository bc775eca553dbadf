"""``derive``: the statements, or one derivation step by step, each step checked again."""

from enum import StrEnum
from typing import Annotated

import typer

from verify.console import Status, unknown

__all__ = ["EPILOG", "command"]

EPILOG = """\b
Status of a statement:
  proved   every step is an identity, an induction or a limit that is checked again
  cited    a textbook result, named
  checked  a finite range of cases, and all there is
"""


class DerivationFormat(StrEnum):
    """The formats of a derivation."""

    TEXT = "text"
    LATEX = "latex"
    MARKDOWN = "markdown"
    JSON = "json"


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="STATEMENT", help="A statement.  [default: list them]", show_default=False),
    ] = None,
    format_: Annotated[
        DerivationFormat, typer.Option("--format", help="How it is written.")
    ] = DerivationFormat.TEXT,
) -> int:
    """List the statements, or derive one, each step checked again."""
    from derivations import statements
    from verify import derivation

    known = statements()
    if name is None:
        typer.echo(derivation.listing(known, format_.value))
        return Status.HOLDS
    if name not in known:
        raise unknown("statement", name, known)
    derived = derivation.derive(known[name])
    typer.echo(derivation.render(derived, format_.value))
    return Status.HOLDS if derived["holds"] else Status.FAILS
