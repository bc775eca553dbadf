"""Under what conditions the weights behave how, and how well conditioned the kernel of white inputs is.

Neighbouring weights of a dense layer have a ratio that falls with the lag (:mod:`verify.tables.delay`), so
that they never rise exactly if ``rho_1 <= rho_0``, and over the first T lags the least is rho_0 or rho_(T-1).
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.tables.rounding import numbers
from verify.tables.spec import Cell, Column, Spec
from verify.tables.symbols import combined, conditioned, fields, parts
from verify.tables.weights import has_total

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["CONDITIONING", "CONDITIONS"]

SUMMABLE = "the weights have a finite sum"
FALLING = "the weights never rise"
GROWING = "the weights grow without bound"
MOST_LAGS = 1000
"""Of exact fractions."""


def _conditions(variances: "Model") -> Iterable[Sequence[Cell]]:
    """What a property needs, and whether it is so; of several layers without their growth.

    ValueError if all weights are 0.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(CONDITIONS(Variances("0.6")), "csv"))
    condition,needs,holds
    the weights have a finite sum,nu_W < 1,yes
    the weights never rise,nu_W <= 1/2,no
    the weights grow without bound,nu_W >= 1,no
    """
    import sympy

    from numeric import peak_lag
    from numeric.layered import growths, is_one_dense, vanishes, weighted

    model = weighted(variances)
    if vanishes(model):
        raise ValueError("every weight is 0; input and output must not both be 0, or frozen by rates")
    if not is_one_dense(model):
        finite = has_total(model)
        falls = finite and peak_lag(model) == 0
        return [SUMMABLE, FALLING], [f"{max(growths(model))} < 1", "peak lag 0"], _told(finite, falls)
    w, s, p = fields(model, frozenset())
    needs = _needs(s, p)
    holds = (one.subs(sympy.Symbol("nu_W"), w) == sympy.true for one in needs.values())
    return [*needs], [*needs.values()], _told(*holds)


def _conditions_in_symbols(variances: "Model", *, symbols: frozenset[str]) -> dict[str, list[Cell]]:
    """What a property needs of nu_W, by nu_F and nu_C."""
    given = parts(variances, symbols)
    _, s, p = combined(given)
    needs = _needs(s, p)
    positive = [x > 0 for x in given[1:3] if x.free_symbols]
    columns: dict[str, list[Cell]] = {"condition": [*needs], "needs": [*needs.values()]}
    return conditioned(columns, {"needs": [positive] * len(needs)})


def _needs(s: Any, p: Any) -> dict[str, Any]:
    """The conditions on nu_W; s and p are not both 0."""
    import sympy

    w = sympy.Symbol("nu_W")
    return {
        SUMMABLE: w < 1,
        FALLING: w <= 1 - p / s if s else sympy.false,
        GROWING: w >= 1 if p else w > 1,
    }


def _told(*holds: bool) -> list[str]:
    return ["yes" if one else "no" for one in holds]


def _conditioning(
    variances: "Model", lags: int = 20, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """Of the first 1, 2, ... lags; infinite where a weight is 0.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(CONDITIONING(Variances("0.5"), 4, digits=4), "text"))
    lags greatest least condition largest-step
       1    2.000 2.000     1.000        1.000
       2    2.000 2.000     1.000        1.000
       3    2.000 1.500     1.333        1.000
       4    2.000 1.000     2.000        1.000
    """
    from numeric.arguments import at_least
    from numeric.layered import weighted
    from numeric.limit import diagonal_limit

    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    weights = [Fraction(x) for x in diagonal_limit(weighted(variances), lags, Fraction)]
    greatest = [max(weights[:T]) for T in range(1, lags + 1)]
    least = [min(weights[:T]) for T in range(1, lags + 1)]

    def over(above: Iterable[Fraction], below: Iterable[Fraction]) -> list[Cell]:
        return [numbers([x / y], digits)[0] if y else math.inf for x, y in zip(above, below, strict=True)]

    return (
        range(1, lags + 1),
        numbers(greatest, digits),
        numbers(least, digits),
        over(greatest, least),
        over([Fraction(2)] * lags, greatest),
    )


CONDITIONS = Spec(
    "conditions",
    "what the weights' sum, their fall from lag 0 on and their growth need, and whether it is so",
    {
        "condition": Column(
            "condition", "the property; with a finite sum there are a mean lag and a memory length"
        ),
        "needs": Column("exactly if", "what it needs"),
        "holds": Column("holds", "whether it is so"),
    },
    _conditions,
    "--transition 0.6",
    networks=True,
    symbols=("nu_W", "nu_F", "nu_C"),
    formulas=_conditions_in_symbols,
)
CONDITIONING = Spec(
    "conditioning",
    "the kernel of T lags of white inputs, whose eigenvalues are the weights: the greatest and the least, the"
    " condition number, and the step below which gradient descent on the scaled convolution is stable",
    {
        "lags": Column("$T$", "how many lags, from 0 on"),
        "greatest": Column(r"$\max\rho_i$", "the greatest weight"),
        "least": Column(r"$\min\rho_i$", "the least weight"),
        "condition": Column(r"$\max\rho_i/\min\rho_i$", "the condition number"),
        "largest-step": Column(r"$2/\max\rho_i$", "the step below which gradient descent is stable"),
    },
    _conditioning,
    "--transition 0.6 --lags 10 --precision 4",
    networks=True,
)
