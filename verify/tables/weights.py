"""The weights of the lags, how they change with nu_W, and their sums."""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from verify.tables.rounding import by_lag, in_blocks, numbers, shown
from verify.tables.spec import LAG, Cell, Column, Spec
from verify.tables.symbols import conditioned, fields, generating, one_for_all, sequences

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["LAG_WEIGHTS", "SENSITIVITY", "SUMS", "has_total"]


def _lag_weights(
    variances: "Model", lags: int = 20, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """The weights rho_0 ... rho_{lags-1} of a diagonal limit."""
    from derivations import closed_forms
    from numeric import lag_weights
    from numeric.layered import is_one_dense, weighted

    model = weighted(variances)
    if is_one_dense(model):
        return range(lags), by_lag(closed_forms.lag_weight, model, lags, digits)
    return range(lags), [shown(x, digits) for x in lag_weights(model, lags, digits=digits)]


def _sensitivity(
    variances: "Model", lags: int = 20, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """The derivatives d rho_i / d nu_W."""
    from derivations import closed_forms

    return range(lags), by_lag(closed_forms.sensitivity, variances, lags, digits)


def _sums(variances: "Model", lags: int = 20, *, digits: int | None = None) -> Iterable[Sequence[Cell]]:
    """The sums of the weights before each lag, and from it on."""
    from numeric import partial_sum, tail_mass
    from numeric.layered import is_one_dense, weighted

    model = weighted(variances)
    if is_one_dense(model):
        return range(lags), *_dense_sums(model, lags, digits)
    before = [shown(partial_sum(model, i, digits=digits), digits) for i in range(lags)]
    if not has_total(model):
        return range(lags), before, [math.inf] * lags
    return range(lags), before, [shown(tail_mass(model, i, digits=digits), digits) for i in range(lags)]


def _dense_sums(variances: "Model", lags: int, digits: int | None) -> tuple[Sequence[Cell], Sequence[Cell]]:
    from derivations import closed_forms
    from numeric.variances import w_s_p

    nu_W, *shares = w_s_p(variances)
    if not any(shares):
        nothing = numbers([Fraction(0)], digits) * lags
        return nothing, nothing

    def before(block: range, w: Any, s: Any, p: Any) -> Iterable[Any]:
        """The closed form once, then the weights: no difference of large numbers at every lag."""
        first = (
            closed_forms.partial_sum_at_one(block[0], s, p)
            if nu_W == 1
            else closed_forms.partial_sum(block[0], w, s, p)
            if block[0]
            else 0 * w
        )
        return accumulate((closed_forms.lag_weight(i, w, s, p) for i in block[:-1]), initial=first)

    sums = in_blocks(before, variances, lags, digits)
    if nu_W >= 1:
        return sums, [math.inf] * lags
    return sums, by_lag(closed_forms.tail_mass, variances, lags, digits)


def has_total(network: "Model") -> bool:
    """Whether the weights have a finite sum."""
    from numeric.layered import converges, weighted

    return converges(weighted(network))


def _weights_in_symbols(
    variances: "Model", lags: int | None = None, *, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """The weights as a formula in i, or each in the variances."""
    import sympy

    from derivations.symbols import i

    u = sympy.Symbol("u")
    return _elements({"weight": generating(variances, symbols, u)}, u, i, one_for_all(symbols, lags))


def _sensitivity_in_symbols(
    variances: "Model", lags: int | None = None, *, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """Of the generating function's derivative by nu_W."""
    import sympy

    from derivations import closed_forms
    from derivations.symbols import i

    u, x = sympy.Symbol("u"), sympy.Dummy("nu_W")
    w, s, p = fields(variances, symbols)
    derivative = sympy.diff(closed_forms.generating_function(u, x, s, p), x).subs(x, w)
    return _elements({"sensitivity": derivative}, u, i, one_for_all(symbols, lags))


def _elements(functions: Mapping[str, Any], u: Any, i: Any, lags: int | None) -> dict[str, list[Cell]]:
    """The coefficients of generating functions, one by one or as closed forms in i."""
    from derivations import rational

    if lags is None:
        return sequences({name: rational.closed_form(G, u, i) for name, G in functions.items()})
    columns = {name: rational.series(G, u, lags) for name, G in functions.items()}
    return {"lag": [*range(lags)], **columns}


def _sums_in_symbols(
    variances: "Model", lags: int | None = None, *, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """Partial sums are the coefficients of u G / (1 - u), and tails what they leave of the total."""
    import sympy

    from derivations import rational
    from derivations.symbols import i

    u = sympy.Symbol("u")
    G, lags = generating(variances, symbols, u), one_for_all(symbols, lags)
    before = _elements({"before": u * G / (1 - u)}, u, i, lags)
    try:
        finite = rational.convergence(G, u)
    except ValueError:
        return {**before, "tail": [sympy.oo] * len(before["lag"])}
    if lags is None:
        return sequences({"before": rational.partial_sum(G, u, i), "tail": rational.tail_mass(G, u, i)})
    tail = rational.tail_mass(G, u, i)
    tails = [tail.at(lag) if lag else rational.total(G, u) for lag in range(lags)]
    return conditioned({**before, "tail": tails}, {"before": [()] * lags, "tail": [finite] * lags})


_IN_SYMBOLS = ("i", "nu_W", "nu_F", "nu_C")
LAG_WEIGHTS = Spec(
    "lag-weights",
    "the weights rho_i of the limit of infinite width",
    {"lag": LAG, "weight": Column(r"$\rho_i$", "the weight $rho_i$ of the lag, the limit of $Theta_ii$")},
    _lag_weights,
    "--transition 0.3 --lags 10 --digits 30",
    networks=True,
    symbols=_IN_SYMBOLS,
    formulas=_weights_in_symbols,
)
SENSITIVITY = Spec(
    "sensitivity",
    "how the weights change with nu_W, d rho_i / d nu_W",
    {
        "lag": LAG,
        "sensitivity": Column(
            r"$\mathrm{d}\rho_i/\mathrm{d}\nu_W$", "the derivative of the weight by $nu_W$"
        ),
    },
    _sensitivity,
    "--transition 0.9 --precision 4",
    symbols=_IN_SYMBOLS,
    formulas=_sensitivity_in_symbols,
)
SUMS = Spec(
    "sums",
    "the sums of the weights before lag i, and from it on",
    {
        "lag": LAG,
        "before": Column(r"$\sum_{j<i}\rho_j$", "the sum of the weights before the lag"),
        "tail": Column(r"$\sum_{j\ge i}\rho_j$", "the sum of the weights from the lag on"),
    },
    _sums,
    "--transition 0.9 --precision 4",
    networks=True,
    symbols=_IN_SYMBOLS,
    formulas=_sums_in_symbols,
)
