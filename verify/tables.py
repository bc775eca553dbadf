"""Tables of the formulas: a builder for each, one renderer for all.

A builder gives columns of numbers, as float64 or as strings of certified digits; how they are laid out
is pandas' affair.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from numeric import Variances, lag_weights
from verify.console import dump_json

__all__ = ["TABLES", "Table", "lag_weight_table", "render"]


@dataclass(frozen=True)
class Table:
    """A table: its name, what it was computed from (in words), and its columns by name."""

    name: str
    parameters: Mapping[str, str | int | None]
    columns: Mapping[str, Sequence[int | float | str]]


def lag_weight_table(variances: Variances, lags: int, digits: int | None = None) -> Table:
    """The weights rho_0 ... rho_{lags-1}.

    Raises what :func:`numeric.lag_weights` raises.

    >>> print(render(lag_weight_table(Variances("0.5"), 3), "text"))
     lag  weight
       0     2.0
       1     2.0
       2     1.5
    """
    weights: list[float] | list[str]
    if digits is None:
        weights = lag_weights(variances, lags).tolist()
    else:
        from mpmath import nstr

        weights = [nstr(w, digits, strip_zeros=False) for w in lag_weights(variances, lags, digits=digits)]
    parameters = {
        "transition": str(variances.transition),
        "input": str(variances.input),
        "output": str(variances.output),
        "digits": digits,
    }
    return Table("lag-weights", parameters, {"lag": range(lags), "weight": weights})


TABLES: Mapping[str, Callable[[Variances, int, int | None], Table]] = {"lag-weights": lag_weight_table}


def render(table: Table, how: str) -> str:
    """Lay a table out as text, csv, json, latex, markdown or html, without a newline at the end.

    Floats are written with the fewest digits that determine them.

    >>> print(render(lag_weight_table(Variances(1), 2, digits=5), "csv"))
    lag,weight
    0,2.0000
    1,3.0000
    """
    if how == "json":
        rows = [
            dict(zip(table.columns, row, strict=True)) for row in zip(*table.columns.values(), strict=True)
        ]
        return dump_json({"table": table.name, "parameters": dict(table.parameters), "rows": rows})
    import pandas as pd

    # as text, so that pandas neither rounds nor guesses
    columns = {
        name: [repr(x) if isinstance(x, float) else str(x) for x in values]
        for name, values in table.columns.items()
    }
    frame = pd.DataFrame(columns, dtype=object)
    layouts: dict[str, Callable[[], str]] = {
        "text": lambda: frame.to_string(index=False),
        "csv": lambda: frame.to_csv(index=False),
        "latex": lambda: frame.style.hide(axis="index").to_latex(
            column_format="r" * len(columns), hrules=True
        ),
        "markdown": lambda: frame.to_markdown(
            index=False, disable_numparse=True, colalign=("right",) * len(columns)
        ),
        "html": lambda: frame.to_html(index=False, border=0),
    }
    return layouts[how]().rstrip("\n")
