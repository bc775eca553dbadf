"""``table``: formulas as tables, in float64 or to any number of certified digits."""

from enum import StrEnum
from typing import Annotated

import typer

from verify.console import BadInput, Status, bad_input

__all__ = ["command"]


class TableFormat(StrEnum):
    """The formats of a table."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    LATEX = "latex"
    MARKDOWN = "markdown"
    HTML = "html"


def command(
    what: Annotated[str, typer.Argument(help="The table: lag-weights.")],
    transition: Annotated[str, typer.Option(metavar="NU_W", help="Variance of the transition matrix.")],
    input_: Annotated[
        str, typer.Option("--input", metavar="NU_F", help="Variance of the input matrix.")
    ] = "1",
    output: Annotated[str, typer.Option(metavar="NU_C", help="Variance of the output matrix.")] = "1",
    lags: Annotated[int, typer.Option(min=1, help="How many lags, from 0 on.")] = 20,
    digits: Annotated[
        int | None, typer.Option(min=1, help="Certified significant digits.  [default: float64]")
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="How it is written.")] = TableFormat.TEXT,
) -> int:
    """Print a table of a formula, such as the weights of the lags.

    Variances are decimal numbers or fractions, taken exactly: 0.3 is three tenths at any precision.
    """
    from verify.tables import TABLES, render

    if what not in TABLES:
        raise BadInput(f"unknown table {what!r}; choose from {', '.join(TABLES)}")
    with bad_input():
        from numeric import Variances

        variances = Variances(transition, input_, output)
        try:
            table = TABLES[what](variances, lags, digits)
        except OverflowError as error:
            raise BadInput("the table exceeds the range of float64; --digits N has no such limit") from error
    typer.echo(render(table, format_.value))
    return Status.HOLDS
