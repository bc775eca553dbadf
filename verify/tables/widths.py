"""How wide is wide enough."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from verify.tables.spec import LAG, Cell, Column, Spec
from verify.tables.symbols import conditioned, parts, rational, relative_bias, relative_law, weighted_lags

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["REQUIRED_WIDTH", "width_or_none"]


def _required_width(variances: "Model", lags: int = 20, *, relative_error: str) -> Iterable[Sequence[Cell]]:
    """The least widths for a relative error of the fluctuation and of the mean; None without a law.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(REQUIRED_WIDTH(Variances(1), 3, relative_error="0.01"), "text"))
     lag fluctuation mean
       0       10000    1
       1       22223    1
       2       35000   13
    """
    from numeric import Variances, width_for_fluctuation, width_for_mean

    if isinstance(variances, Variances):
        return (
            range(lags),
            [width_for_fluctuation(variances, i, relative_error) for i in range(lags)],
            [width_for_mean(variances, i, relative_error) for i in range(lags)],
        )
    fluctuation = [width_or_none(width_for_fluctuation, variances, i, relative_error) for i in range(lags)]
    mean = [width_or_none(width_for_mean, variances, i, relative_error) for i in range(lags)]
    if all(width is None for width in fluctuation):
        width_for_fluctuation(variances, 0, relative_error)  # says what is missing
    return range(lags), fluctuation, mean


def _required_width_in_symbols(
    variances: "Model", lags: int | None = None, *, relative_error: str | None = None, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """By the laws of first order: for the mean that of n^-2, which is right for a small error."""
    import sympy

    from numeric.arguments import exact_rational

    given = parts(variances, symbols)
    index, conditions = weighted_lags(symbols, lags, given)
    if "epsilon" in symbols:
        error = sympy.Symbol("epsilon")
    elif relative_error is None:
        raise ValueError("relative_error must be given, unless epsilon is a symbol")
    else:
        error = rational(exact_rational("relative_error", relative_error))

    def least(width: Any) -> Any:
        return sympy.Max(1, sympy.ceiling(width))

    columns = {
        "lag": index,
        "fluctuation": [least(relative_law(k, given) / error**2) for k in index],
        "mean-at-leading-order": [least(sympy.sqrt(relative_bias(k, given) / error)) for k in index],
    }
    conditions += [error > 0] if error.free_symbols else []
    return conditioned(columns, {name: [conditions] * len(index) for name in columns if name != "lag"})


def width_or_none(width: Callable[..., int], *arguments: Any) -> int | None:
    """A width, or None where the network has no law for it."""
    try:
        return width(*arguments)
    except ValueError:
        return None


REQUIRED_WIDTH = Spec(
    "required-width",
    "the least widths at which the fluctuation and the bias of the mean are at most E times rho_i",
    {
        "lag": LAG,
        "fluctuation": Column(
            "$n$ for the fluctuation", "the width for the standard deviation of $Theta_ii$"
        ),
        "mean": Column("$n$ for the mean", "the width from which on the mean of $Theta_ii$ is as near"),
    },
    _required_width,
    "--transition 0.9 --relative-error 0.01",
    networks=True,
    symbols=("i", "epsilon", "nu_W", "nu_F", "nu_C"),
    formulas=_required_width_in_symbols,
    more_columns={
        "mean-at-leading-order": Column(
            "$n$ for the mean",
            "the width at which the first term of the bias is as small, right for small errors",
        )
    },
)
