"""``derive``: the statements, or one derivation step by step, each step checked again."""

from enum import StrEnum
from typing import Annotated

import typer

from verify.console import BadInput, Status, bad_input, one_of, say, unknown

__all__ = ["EPILOG", "command"]

EPILOG = """\b
Status of a statement:
  kernel-checked  Coq's kernel has accepted a theorem that is generated from
                  the formula; --coq shows it
  derived         every step follows by a rule, run again, from definitions,
                  textbook lemmas, named at the end, and the statements used
  argued          likewise, but for steps called argument, which no machine
                  has checked, named at the end, here or in what is used
  checked         a finite range of cases is all there is, here or in what is
                  used
  cited           a textbook lemma

A step called evidence adds a finite range of cases, which no proof needs.
"""
STATEMENTS = """
stein-lemma trace-degree trace-factorisation power-traces impulse-response lag-kernel gram-limits
kernel-mean lag-weights kernel-limit impulse-response-prior scaled-convolution wide-kernel
kernel-recursion bias recurrence formal-generating-function generating-function partial-sum
partial-sum-at-one total tail-mass mean-lag monotone peak-lag regimes sensitivity memory-length
trace-cumulants alternating-words crosscap-traces trace-covariance trace-second-order exact-mean
finite-width-mean finite-width-second-order finite-width-covariance finite-width-fluctuations
leaky-lag-kernel orthogonal-covariance orthogonal-width
low-rank-gradients network-update constant-kernel convolution-update equivalence gradient-norms
gradient-descent gradient-flow descent-along-eigenvectors stability minimum-norm step-bound uniform-bound
geometric-decay geometric-decay-in-law
two-point-universality two-point-invariant two-point-kernel two-point-weights two-point-leaky
leaky-kernel two-point-diagonal two-point-ring ring-memory stacked-layers stacked-weights
stacked-generating-function equal-layers hidden-bias readout-bias initial-state
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
    network: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="The formulas of a network instead: generating function, closed form, recurrence, sums,"
            ' asymptotics; such as "stack(0.5, 0.5)".',
        ),
    ] = None,
    coq: Annotated[
        bool, typer.Option("--coq", help="The statement's theorem in Coq, as its kernel has accepted it.")
    ] = False,
) -> int:
    """List the statements, or derive one, each step checked again."""
    if network is not None:
        if name is not None or coq:
            raise BadInput("--network stands alone: it takes no statement and no --coq")
        return _network(network, format_)
    if name is not None and name not in STATEMENTS.split():
        raise unknown("statement", name, STATEMENTS.split(), "linear-rnn-ntk derive")
    if coq:
        return _theorem(name, format_)
    from derivations import catalogue
    from verify import derivation

    if name is None:
        typer.echo(derivation.listing(catalogue.statements(), format_.value))
        return Status.HOLDS
    derived = derivation.derive(catalogue.statement(name))
    show = say if format_ is DerivationFormat.TEXT else typer.echo
    show(derivation.render(derived, format_.value))
    return Status.HOLDS if derived["holds"] else Status.FAILS


def _network(specification: str, format_: DerivationFormat) -> int:
    """Show the formulas of a network."""
    from verify.network_formulas import render, told
    from verify.specifications import read_network

    with bad_input():
        entries = told(read_network(specification))
    show = say if format_ is DerivationFormat.TEXT else typer.echo
    show(render(specification.strip(), entries, format_.value))
    return Status.HOLDS


def _theorem(name: str | None, format_: DerivationFormat) -> int:
    """Show the theorem of a statement."""
    from derivations import catalogue, kernel
    from verify import theorems

    if format_ not in (DerivationFormat.TEXT, DerivationFormat.JSON):
        raise BadInput(f"--coq goes with --format text or json, not {format_.value}")
    statement = catalogue.statement(name) if name is not None else None
    theorem = kernel.theorem(statement) if statement is not None else None
    if theorem is None:
        known = catalogue.statements()
        accepted = ", ".join(other for other, statement in known.items() if kernel.accepted(statement))
        asked = "--coq needs a statement" if name is None else f"Coq has accepted no theorem for {name!r}"
        raise BadInput(f"{asked}; it has for {accepted or 'none'}")
    typer.echo(theorems.rendered(statement, theorem, format_.value))
    return Status.HOLDS
