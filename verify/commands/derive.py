"""``derive``: the statements, or one derivation step by step, each step checked again."""

from enum import StrEnum
from typing import Annotated

import typer

from verify.console import Status, one_of, say, unknown

__all__ = ["EPILOG", "command"]

EPILOG = """\b
Status of a statement:
  proved   every step is checked again (an identity, an induction, a sign or
           a limit), or is a textbook lemma, named at the end; a step called
           evidence adds a finite range of cases, which no proof needs
  cited    a textbook result, named
  checked  a finite range of cases, and all there is
"""
STATEMENTS = """
stein-lemma trace-factorisation power-traces impulse-response lag-kernel gram-limits lag-weights
impulse-response-prior scaled-convolution kernel-recursion bias recurrence generating-function
partial-sum total tail-mass mean-lag monotone peak-lag regimes sensitivity memory-length
trace-cumulants alternating-words crosscap-traces trace-covariance trace-second-order exact-mean
finite-width-mean finite-width-second-order finite-width-covariance finite-width-fluctuations
low-rank-gradients network-update constant-kernel convolution-update equivalence gradient-norms
gradient-descent gradient-flow stability minimum-norm step-bound uniform-bound geometric-decay
"""
"""The catalogue's names, for the shell to complete: building the catalogue takes too long for that."""


class DerivationFormat(StrEnum):
    """The formats of a derivation."""

    TEXT = "text"
    LATEX = "latex"
    MARKDOWN = "markdown"
    JSON = "json"


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="STATEMENT",
            help="A statement.  [default: list them]",
            show_default=False,
            autocompletion=one_of(STATEMENTS.split()),
        ),
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
    show = say if format_ is DerivationFormat.TEXT else typer.echo
    show(derivation.render(derived, format_.value))
    return Status.HOLDS if derived["holds"] else Status.FAILS
