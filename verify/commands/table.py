"""``table``: formulas as tables, in float64 or to any number of certified digits."""

from collections.abc import Mapping
from enum import StrEnum
from inspect import Parameter
from typing import Annotated, Any

import typer

from verify.commands.options import listed
from verify.console import BadInput, Status, bad_input, one_of, unknown
from verify.progress import progress
from verify.tables import FORGOTTEN, NETWORK_TABLES, TABLES, Spec, render
from verify.tables.spec import SYMBOLS

__all__ = ["EPILOG", "command"]

PAPER = 6
"""Significant digits for which six columns have room on a page."""

MAX_LAGS = 10**6
EPILOG = "\n\n".join(
    [
        "Tables:",
        *(f"{spec.name}: {spec.about}." for spec in TABLES.values()),
        "Numbers are rounded once, from the exact value, to the nearest float64 and written with the fewest"
        " digits that determine it.  --digits N computes and prints exactly N certified digits instead."
        "  --precision P rounds to P such digits and drops zeros at the end, in every format but json, which"
        " is for programs.  --symbolic NAMES prints formulas in these symbols, and where they hold.",
        "\b\nExamples:\n"
        + "\n".join(f"  linear-rnn-ntk table {spec.name} {spec.example}" for spec in TABLES.values())
        + "\n  linear-rnn-ntk table sums --symbolic i,nu_W --format latex\n",
    ]
)


class TableFormat(StrEnum):
    """The formats of a table."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    LATEX = "latex"
    MARKDOWN = "markdown"
    HTML = "html"


def _taken_by(option: str) -> str:
    """The tables that take an option."""
    *others, last = (spec.name for spec in TABLES.values() if option in spec.options)
    return f"{', '.join(others)} and {last}" if others else last


def _default_lags() -> str:
    """The number of rows that most tables have, and that of the others."""
    lags = {spec.name: spec.options["lags"] for spec in TABLES.values() if "lags" in spec.options}
    usual = max(lags.values(), key=list(lags.values()).count)
    return "; ".join([str(usual), *(f"{name}: {n}" for name, n in lags.items() if n != usual)])


def _symbols() -> str:
    """What may stay a symbol, by table."""
    kept: dict[tuple[str, ...], list[str]] = {}
    for spec in TABLES.values():
        if spec.symbols:
            kept.setdefault(spec.symbols, []).append(spec.name)
    return "; ".join(f"{', '.join(names)}: {', '.join(symbols)}" for symbols, names in kept.items())


def command(
    what: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="One of the tables below.", autocompletion=one_of(TABLES)),
    ],
    transition: Annotated[
        str | None,
        typer.Option(
            metavar="NU_W",
            help=f"Variance of the transition matrix; for {_taken_by('transitions')} several, separated by"
            " commas.",
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help=f"A network in the place of the variances ({', '.join(NETWORK_TABLES)}), such as"
            ' "stack(0.5, leaky(0.9, 0.05))" or torch; for memory several, an option each.',
        ),
    ] = None,
    input_: Annotated[
        str, typer.Option("--input", metavar="NU_F", help="Variance of the input matrix.")
    ] = "1",
    output: Annotated[str, typer.Option(metavar="NU_C", help="Variance of the output matrix.")] = "1",
    lags: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_LAGS, metavar="N", help=f"How many lags, from 0 on.  [default: {_default_lags()}]"
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"Width of the network ({_taken_by('width')}).")
    ] = None,
    relative_error: Annotated[
        str | None,
        typer.Option(
            metavar="E", help=f"Error allowed, relative to the weight ({_taken_by('relative_error')})."
        ),
    ] = None,
    delay: Annotated[
        str | None,
        typer.Option(metavar="LAG", help=f"Delays, separated by commas ({_taken_by('delays')})."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="Z", help=f"Points, separated by commas ({_taken_by('points')})."),
    ] = None,
    epsilon: Annotated[
        str | None,
        typer.Option(
            metavar="E",
            help=f"Share of the weights' total beyond the memory ({_taken_by('epsilon')})."
            f"  [default: {FORGOTTEN}]",
        ),
    ] = None,
    symbolic: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Formulas instead of numbers: what stays a symbol, separated by commas, such as i,nu_W"
            f" ({_symbols()}).",
        ),
    ] = None,
    digits: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Certified significant digits.  [default: float64]"),
    ] = None,
    precision: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="P",
            help=f"Significant digits shown, to be read by people.  [default: all; {PAPER} in LaTeX]",
        ),
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="How it is written.")] = TableFormat.TEXT,
) -> int:
    """Print a table of formulas, in float64 or to any digit.

    Variances are decimal numbers or fractions, taken exactly: 0.3 is three tenths at any precision.
    """
    tables = TABLES if not network else NETWORK_TABLES
    if what not in tables:
        raise unknown("table of a network" if network else "table", what, tables)
    if precision is not None and digits is not None:
        raise BadInput("--precision and --digits exclude each other: --digits N prints N digits")
    if precision is not None and format_ is TableFormat.JSON:
        raise BadInput("--precision does not go with --format json, which keeps every digit")
    spec = tables[what]
    if network and (transition is not None or input_ != "1" or output != "1"):
        raise BadInput("--network has its own variances: it takes no --transition, --input or --output")
    given = {
        "network": network,
        "transition": transition,
        "lags": lags,
        "width": width,
        "relative_error": relative_error,
        "delay": delay,
        "at": at,
        "epsilon": epsilon,
        "symbolic": symbolic,
        "precision": precision,
        "digits": digits,
    }
    given = {name: value for name, value in given.items() if value is not None}
    with bad_input():
        names = spec.symbols_named(symbolic or "")
    given |= {name: value for name, value in (("input", input_), ("output", output)) if value != "1"}
    _refuse_misfits(spec, {name: value for name, value in given.items() if name != "symbolic"}, names)
    taken = spec.options_of_formulas if names else spec.options
    if format_ is TableFormat.LATEX and digits is None and precision is None and "digits" in taken:
        precision = PAPER
    options: dict[str, Any] = {
        **given,
        "digits": digits if precision is None else precision,
        "transitions": None if transition is None else listed(transition),
        "points": None if at is None else listed(at),
        "delays": None if delay is None else [_integer("--delay", one) for one in listed(delay)],
    }
    options = {name: value for name, value in options.items() if value is not None}
    options |= (
        {"networks": network, "variances": network[0]} if network else {"input": input_, "output": output}
    )
    with progress() as line, bad_input():
        line.start(f"table {what}")
        if "variances" in taken and not network:
            from numeric import Variances

            options["variances"] = Variances("1" if "nu_W" in names else str(transition), input_, output)
        options = {name: value for name, value in options.items() if name in taken}
        try:
            table = spec(**options, symbolic=names)
        except OverflowError as error:
            raise BadInput("the table exceeds the range of float64; --digits N has no such limit") from error
        text = render(table, format_.value, short=precision is not None)
    typer.echo(text)
    return Status.HOLDS


_PARAMETERS = {
    "network": ("variances", "networks"),
    "transition": ("variances", "transitions"),
    "delay": ("delays",),
    "at": ("points",),
    "precision": ("digits",),
}
"""What the tables call these options."""
_BESIDE = {"input": ("variances", "input"), "output": ("variances", "output")}
"""Likewise, of options that have a default: no table needs them."""


def _refuse_misfits(spec: Spec, given: Mapping[str, Any], symbols: frozenset[str]) -> None:
    """Options that the table does not take, or lacks."""
    options = spec.options_of_formulas if symbols else spec.options
    of_formulas = " of formulas" if symbols else ""
    for name, value in given.items():
        parameters = [p for p in (_PARAMETERS | _BESIDE).get(name, (name,)) if p in options]
        if not parameters:
            raise BadInput(f"--{_dashed(name)} does not go with the table {spec.name}{of_formulas}")
        if name == "network" and parameters == ["variances"] and len(value) > 1:
            raise BadInput(f"the table {spec.name} is of a single --network")
        if name == "transition" and parameters == ["variances"] and "," in value:
            raise BadInput(f"--transition {value}: the table {spec.name} is for a single variance")
        if SYMBOLS.get(name) in symbols:
            raise BadInput(f"--{_dashed(name)} {value}: it is a symbol, {SYMBOLS[name]}")
    for parameter, default in options.items():
        names = [name for name, known in _PARAMETERS.items() if parameter in known] or [parameter]
        symbol = any(SYMBOLS.get(name) in symbols for name in names)
        if default is Parameter.empty and not symbol and not any(name in given for name in names):
            raise BadInput(f"the table {spec.name} needs --{_dashed(names[-1])}")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _integer(option: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadInput(f"{option} must be an integer, got {value!r}") from None
