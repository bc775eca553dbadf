"""Tables of the formulas: a builder for each, one renderer for all.

A builder gives columns of numbers, as float64 or as strings of certified digits; how they are laid out
is pandas' affair.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np

from derivations.closed_forms import lag_weight
from derivations.finite_width_forms import variance
from numeric import Variances, expected_lag_kernel, lag_weights, width_for_fluctuation, width_for_mean
from numeric.certified import certified, certified_floats
from verify.console import dump_json

__all__ = [
    "TABLES",
    "Table",
    "finite_width_table",
    "lag_weight_table",
    "render",
    "required_width_table",
]


@dataclass(frozen=True)
class Table:
    """A table: its name, what it was computed from (in words), and its columns by name."""

    name: str
    parameters: Mapping[str, str | int | None]
    columns: Mapping[str, Sequence[int | float | str]]


def lag_weight_table(variances: Variances, lags: int = 20, *, digits: int | None = None) -> Table:
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
    return Table(
        "lag-weights", _parameters(variances, digits=digits), {"lag": range(lags), "weight": weights}
    )


def finite_width_table(
    variances: Variances, lags: int = 10, *, width: int, digits: int | None = None
) -> Table:
    """What Theta_ii of a network of finite width is: its exact mean, and by the first-order law its spread.

    Raises what :func:`numeric.expected_lag_kernel` raises, and ValueError if a weight is 0.

    >>> print(render(finite_width_table(Variances(1), 3, width=100, digits=3), "csv"))
    lag,weight,mean,relative-bias,standard-deviation,relative-fluctuation
    0,2.00,2.00,0.0,0.200,0.100
    1,3.00,3.00,0.0,0.447,0.149
    2,4.00,4.00,0.000150,0.748,0.187
    """
    w_f_c = variances.transition, variances.input, variances.output
    exact = Variances(*w_f_c)
    means = [Fraction(mean) for mean in np.diagonal(expected_lag_kernel(width, exact, lags))]
    weights = [Fraction(lag_weight(i, *w_f_c)) for i in range(lags)]
    if not all(weights):
        zero = next(lag for lag, weight in enumerate(weights) if not weight)
        raise ValueError(f"variances: the weight of lag {zero} is 0, to which nothing is relative")
    spreads = [Fraction(variance(i, i, *w_f_c)) / width for i in range(lags)]
    pairs = list(zip(weights, means, spreads, strict=True))
    columns = {
        "lag": range(lags),
        "weight": _numbers(weights, digits),
        "mean": _numbers(means, digits),
        "relative-bias": _numbers([mean / weight - 1 for weight, mean, _ in pairs], digits),
        "standard-deviation": _roots(spreads, digits),
        "relative-fluctuation": _roots([spread / weight**2 for weight, _, spread in pairs], digits),
    }
    return Table("finite-width", _parameters(variances, width=width, digits=digits), columns)


def required_width_table(variances: Variances, lags: int = 20, *, relative_error: str) -> Table:
    """How wide is wide enough: the least widths for a relative error of the fluctuation and of the mean.

    Raises what :func:`numeric.width_for_fluctuation` and :func:`numeric.width_for_mean` raise.

    >>> print(render(required_width_table(Variances(1), 3, relative_error="0.01"), "text"))
     lag fluctuation mean
       0       10000    1
       1       22223    1
       2       35000   13
    """
    columns = {
        "lag": range(lags),
        "fluctuation": [width_for_fluctuation(variances, i, relative_error) for i in range(lags)],
        "mean": [width_for_mean(variances, i, relative_error) for i in range(lags)],
    }
    return Table("required-width", _parameters(variances, relative_error=relative_error), columns)


TABLES: Mapping[str, Callable[..., Table]] = {
    "lag-weights": lag_weight_table,
    "finite-width": finite_width_table,
    "required-width": required_width_table,
}
"""Builders by name.  Keyword-only parameters are the options a table takes, needed if without default."""


HEADINGS = {
    "lag-weights": ("$i$", r"$\rho_i$"),
    "finite-width": (
        "$i$",
        r"$\rho_i$",
        r"$\mathrm{E}\,\Theta_{ii}$",
        r"$\mathrm{E}\,\Theta_{ii}/\rho_i - 1$",
        r"$\mathrm{sd}\,\Theta_{ii}$",
        r"$\mathrm{sd}\,\Theta_{ii}/\rho_i$",
    ),
    "required-width": ("$i$", "$n$ for the fluctuation", "$n$ for the mean"),
}
"""The columns in LaTeX."""


def _parameters(variances: Variances, **options: str | int | None) -> dict[str, str | int | None]:
    roles = ("transition", "input", "output")
    return {role: str(getattr(variances, role)) for role in roles} | options


def _numbers(values: Iterable[Fraction], digits: int | None) -> list[float | str]:
    return [_written(lambda number, x=x: number(x), digits) for x in values]


def _roots(squares: Iterable[Fraction], digits: int | None) -> list[float | str]:
    """Square roots: rational ones as what they are, since no ball decides a tie."""
    roots = []
    for square in squares:
        root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
        rational = root**2 == square
        roots += (
            _numbers([root], digits)
            if rational
            else [_written(lambda number, x=square: number(x).sqrt(), digits)]
        )
    return roots


def _written(value: Callable[..., Any], digits: int | None) -> float | str:
    """A value in the field whose numbers the argument of ``value`` makes, as a float or as digits."""
    if digits is None:
        return certified_floats(lambda number: [value(number)])[0]
    from mpmath import nstr

    return str(nstr(certified(lambda number: [value(number)], digits)[0], digits, strip_zeros=False))


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
        "latex": lambda: _latex(table, frame),
        "markdown": lambda: frame.to_markdown(
            index=False, disable_numparse=True, colalign=("right",) * len(columns)
        ),
        "html": lambda: frame.to_html(index=False, border=0),
    }
    return layouts[how]().rstrip("\n")


def _latex(table: Table, frame: Any) -> str:
    given = ", ".join(f"{name} = {value}" for name, value in table.parameters.items() if value is not None)
    styled = frame.set_axis(HEADINGS[table.name], axis=1).style.hide(axis="index")
    body: str = styled.to_latex(column_format="r" * len(frame.columns), hrules=True)
    return f"% {table.name}: {given}; needs \\usepackage{{booktabs}}\n{body}"
