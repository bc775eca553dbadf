"""``table``: formulas as tables, in float64 or to any number of certified digits."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from inspect import signature
from typing import Annotated

import typer

from verify.console import BadInput, Status, bad_input, one_of, unknown

__all__ = ["EPILOG", "command"]

MAX_LAGS = 10**6
EPILOG = """\b
Tables, a row a lag:
  lag-weights     the weights rho_i of the limit of infinite width
  finite-width    the exact mean of Theta_ii at width N, and its standard
                  deviation by the first-order law, also relative to rho_i
  required-width  the least widths at which the fluctuation and the bias of
                  the mean are at most E times rho_i

\b
Examples:
  linear-rnn-ntk table lag-weights --transition 0.3 --lags 10 --digits 30
  linear-rnn-ntk table finite-width --transition 0.9 --width 256
  linear-rnn-ntk table required-width --transition 0.9 --relative-error 0.01
"""


class TableFormat(StrEnum):
    """The formats of a table."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    LATEX = "latex"
    MARKDOWN = "markdown"
    HTML = "html"


def command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="lag-weights, finite-width or required-width.",
            autocompletion=one_of(re.findall(r"^  (\S+)  ", EPILOG, re.MULTILINE)),
        ),
    ],
    transition: Annotated[
        str | None, typer.Option(metavar="NU_W", help="Variance of the transition matrix.  [required]")
    ] = None,
    input_: Annotated[
        str, typer.Option("--input", metavar="NU_F", help="Variance of the input matrix.")
    ] = "1",
    output: Annotated[str, typer.Option(metavar="NU_C", help="Variance of the output matrix.")] = "1",
    lags: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_LAGS,
            metavar="N",
            help="How many lags, from 0 on.  [default: 20; finite-width: 10]",
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Width of the network (finite-width).")
    ] = None,
    relative_error: Annotated[
        str | None, typer.Option(metavar="E", help="Error allowed, relative to the weight (required-width).")
    ] = None,
    digits: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Certified significant digits.  [default: float64]"),
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="How it is written.")] = TableFormat.TEXT,
) -> int:
    """Print a table of formulas, in float64 or to any digit.

    Variances are decimal numbers or fractions, taken exactly: 0.3 is three tenths at any precision.
    """
    from verify.tables import TABLES, render

    if what not in TABLES:
        raise unknown("table", what, TABLES)
    if transition is None:
        raise BadInput(f"the table {what} needs --transition")
    given = {"lags": lags, "digits": digits, "width": width, "relative_error": relative_error}
    options = {name: value for name, value in given.items() if value is not None}
    _refuse_misfits(what, TABLES[what], options)
    with bad_input():
        from numeric import Variances

        variances = Variances(transition, input_, output)
        try:
            table = TABLES[what](variances, **options)
        except OverflowError as error:
            raise BadInput("the table exceeds the range of float64; --digits N has no such limit") from error
    typer.echo(render(table, format_.value))
    return Status.HOLDS


def _refuse_misfits(what: str, build: Callable[..., object], options: Mapping[str, object]) -> None:
    """Options that the table does not take, or lacks."""
    taken = signature(build).parameters
    for name in options:
        if name not in taken:
            raise BadInput(f"--{name.replace('_', '-')} does not go with the table {what}")
    for name, parameter in taken.items():
        needed = parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
        if needed and name not in options:
            raise BadInput(f"the table {what} needs --{name.replace('_', '-')}")
