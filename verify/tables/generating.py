"""The generating function of the weights."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.tables.rounding import shown
from verify.tables.spec import Cell, Column, Spec
from verify.tables.symbols import conditioned, fields, generating, rational

if TYPE_CHECKING:
    from numeric.arguments import Number
    from numeric.model import Model

__all__ = ["GENERATING_FUNCTION"]

POINTS = ("0", "1/4", "1/2", "3/4", "1")


def _generating_function(
    variances: "Model", points: "Sequence[Number]" = POINTS, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """G(z), infinite at and beyond its radius of convergence.

    ValueError for a negative point there, or if there is no point.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(GENERATING_FUNCTION(Variances("0.8"), ["1/2", 1, 2], digits=4), "text"))
    point    value
      1/2    4.722
        1    35.00
        2 infinite
    """
    from numeric.arguments import exact_rational
    from numeric.certified import certified_value
    from numeric.layered import generating_function, growths, vanishes, weighted

    model, exact = weighted(variances), [exact_rational("points", z) for z in points]
    if not exact:
        raise ValueError("points must hold at least one z, got none")
    rate = 0 if vanishes(model) else max(growths(model))

    def value(z: Fraction) -> Cell:
        if abs(z) * rate < 1:
            return shown(certified_value(generating_function(model, z), digits), digits)
        if z < 0:
            raise ValueError(f"points: the series has no sum at {z}, where it alternates; |z| < {1 / rate}")
        return math.inf

    return [str(z) for z in points], [value(z) for z in exact]


def _generating_function_in_symbols(variances: "Model", *, symbols: frozenset[str]) -> dict[str, list[Cell]]:
    """G(z) as a formula; of a limit that is not diagonal that of both lags, in z and w."""
    import sympy

    from derivations.partial_fractions import in_poles
    from numeric import model

    z, w = sympy.symbols("z w")
    if not variances.diagonal:
        both = sympy.factor(model.generating_function(variances, z, w, rational))
        return {"point": [sympy.Tuple(z, w)], "value": [both]}
    columns: dict[str, list[Cell]] = {"point": [z], "value": [in_poles(generating(variances, symbols, z), z)]}
    rate = fields(variances, symbols)[0] if symbols & {"nu_W"} else _growth(variances)
    small = rate * sympy.Abs(z) < 1 if rate.free_symbols else sympy.Abs(z) < (1 / rate if rate else sympy.oo)
    return conditioned(columns, {"value": [[small]]})


def _growth(variances: "Model") -> Cell:
    from numeric.layered import growths, vanishes, weighted

    model = weighted(variances)
    return rational(Fraction(0) if vanishes(model) else max(growths(model)))


GENERATING_FUNCTION = Spec(
    "generating-function",
    "the generating function G(z) of the weights, the sum of rho_i z^i",
    {
        "point": Column("$z$", "where it is evaluated"),
        "value": Column("$G(z)$", "the sum of $rho_i z^i$"),
    },
    _generating_function,
    "--transition 0.8 --at 0.5,1",
    networks=True,
    symbols=("z", "nu_W", "nu_F", "nu_C"),
    formulas=_generating_function_in_symbols,
)
