"""What the tables of formulas have in common: numbers of SymPy, the generating function, sequences."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivations.rational import ClosedForm
    from numeric.model import Model
    from verify.tables.spec import Cell

__all__ = [
    "combined",
    "conditioned",
    "fields",
    "generating",
    "one_for_all",
    "parts",
    "rational",
    "relative_bias",
    "relative_law",
    "sequences",
    "weighted_lags",
]

MOST_FORMULAS = 1000
"""Rows of formulas, one a lag."""
VARIANCES = ("nu_W", "nu_F", "nu_C")


def rational(x: Fraction) -> Any:
    """The number as SymPy has it."""
    import sympy

    return sympy.Rational(x.numerator, x.denominator)


def parts(variances: "Model", symbols: frozenset[str]) -> tuple[Any, ...]:
    """nu_W, nu_F, nu_C, those named as symbols, and the rates eta_W, eta_F and eta_C.

    ValueError if variances are none.
    """
    import sympy

    from numeric.variances import rates_of, w_f_c

    named = (
        sympy.Symbol(name) if name in symbols else rational(value)
        for name, value in zip(VARIANCES, w_f_c(variances), strict=True)
    )
    return *named, *map(rational, rates_of(variances))


def fields(variances: "Model", symbols: frozenset[str]) -> tuple[Any, Any, Any]:
    """nu_W, s and p, as the closed forms take them; of a dense layer without symbols of any kind."""
    from numeric.variances import w_s_p

    if not symbols & {*VARIANCES}:
        w, s, p = map(rational, w_s_p(variances))
        return w, s, p
    return combined(parts(variances, symbols))


def generating(variances: "Model", symbols: frozenset[str], u: Any) -> Any:
    """G(u), the generating function of the lag weights.

    ValueError if the limit is not diagonal, or the function is not rational, as that of a ring.
    """
    from derivations.closed_forms import generating_function
    from numeric import model
    from numeric.layered import is_one_dense, weighted

    network = weighted(variances)
    if symbols & {*VARIANCES}:
        return generating_function(u, *fields(variances, symbols))
    if is_one_dense(network):
        return generating_function(u, *fields(network, symbols))
    return model.generating_function(network, u, rational(Fraction(1)), rational)


def one_for_all(symbols: frozenset[str], lags: int | None, usual: int = 5) -> int | None:
    """How many rows by lag there are; None where the lag is a symbol, and one row stands for all.

    ValueError if rows are asked for then, or there are fewer than one.
    """
    from numeric.arguments import at_least

    if "i" not in symbols:
        return at_least(1, "lags", usual if lags is None else lags, most=MOST_FORMULAS)
    if lags is not None:
        raise ValueError("lags: where i is a symbol one row stands for all lags")
    return None


def sequences(forms: "Mapping[str, ClosedForm]") -> "dict[str, list[Cell]]":
    """Closed forms as columns: a row for each of the first elements that they are not good for, one for all.

    Beside them stand the conditions under which they hold.
    """
    import sympy

    some = next(iter(forms.values()))
    first = max(len(form.first) for form in forms.values())
    columns = {"lag": [*map(sympy.Integer, range(first)), some.index]}
    for name, form in forms.items():
        columns[name] = [*map(form.at, range(first)), form.expression]
    beyond = [some.index >= first] if first else []
    return conditioned(
        columns, {name: [*[()] * first, (*beyond, *form.conditions)] for name, form in forms.items()}
    )


def conditioned(
    columns: "dict[str, list[Cell]]", conditions: Mapping[str, Sequence[Iterable[Any]]]
) -> "dict[str, list[Cell]]":
    """The columns, and one with the conditions if they are the same for all, or one for each that has any."""
    found = {name: [_all(row) for row in rows] for name, rows in conditions.items()}
    found = {name: rows for name, rows in found.items() if any(row is not None for row in rows)}
    if not found:
        return columns
    distinct = {tuple(rows) for rows in found.values()}
    if len(distinct) == 1 and len(found) == len(conditions):
        return {**columns, "where": list(next(iter(distinct)))}
    beside: dict[str, list[Cell]] = {}
    for name, cells in columns.items():
        beside[name] = cells
        if name in found:
            beside[f"{name}-where"] = found[name]
    return beside


def _all(conditions: Iterable[Any]) -> Any:
    """All of them at once, of variances, which are not negative; None if there is none."""
    import sympy

    replaced = [
        condition.subs({sympy.Abs(sympy.Symbol(name)): sympy.Symbol(name) for name in VARIANCES})
        for condition in conditions
    ]
    said = sympy.And(*replaced, evaluate=False) if len(replaced) > 1 else sympy.And(*replaced)
    return None if said == sympy.true else said


def _without(power: Any, total: Any) -> Any:
    import sympy

    return sympy.factor(sympy.simplify(sympy.expand(total / power)))


def relative_law(i: Any, given: tuple[Any, ...]) -> Any:
    """The limit of n Var Theta_ii / rho_i^2, of the parts of a dense layer with ``nu_W > 0``."""
    from derivations.closed_forms import lag_weight
    from derivations.finite_width_forms import diagonal_variance

    w, s, p = combined(given)
    above = _without(w ** (2 * i - 2), diagonal_variance(i, *given))
    return above / _without(w ** (i - 1), lag_weight(i, w, s, p)) ** 2


def relative_bias(i: Any, given: tuple[Any, ...]) -> Any:
    """The limit of ``n^2 (E Theta_ii / rho_i - 1)``, likewise."""
    from derivations.closed_forms import lag_weight
    from derivations.finite_width_forms import second_order_mean

    w, s, p = combined(given)
    below = _without(w ** (i - 1), lag_weight(i, w, s, p))
    return _without(w ** (i - 1), second_order_mean(i, w, s, p)) / below


def weighted_lags(
    symbols: frozenset[str], lags: int | None, given: tuple[Any, ...]
) -> tuple[list[Any], list[Any]]:
    """The lags of the rows, i alone or 0, 1, ..., and the conditions under which their weights are not 0.

    ValueError if one is 0 whatever the symbols, to which nothing is relative.
    """
    from derivations.closed_forms import lag_weight
    from derivations.symbols import i

    rows, (w, s, p) = one_for_all(symbols, lags), combined(given)
    index = [i] if rows is None else [*range(rows)]
    zero = next((lag for lag in (2, *index) if not lag_weight(lag, w, s, p)), None)
    if zero is not None:
        raise ValueError(f"variances: the weight of lag {zero} is 0, to which nothing is relative")
    beyond = [i >= 1] if not s and rows is None else []
    return index, [*beyond, *([w > 0] if w.free_symbols else [])]


def combined(given: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """nu_W, s and p of the parts."""
    w, f, c, eta_W, eta_F, eta_C = given
    return w, eta_C * f + eta_F * c, eta_W * f * c
