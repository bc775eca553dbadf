"""What the calculus of two-point functions says of one network, in closed form.

Of a limit that is diagonal and rational in u = z w everything follows mechanically
(:mod:`derivations.rational`); of one that is not diagonal the generating function of both lags is told.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from verify import formulas
from verify.console import dump_json, text_width

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["Told", "render", "told"]


@dataclass(frozen=True)
class Told:
    """A formula, what it is, and where it holds or why it is missing."""

    name: str
    formula: Any
    text: str = ""


def told(model: "Model") -> list[Told]:
    """All formulas of a network.

    Raises
    ------
    ValueError
        If its two-point functions are not rational, as those of a ring.

    Examples
    --------
    >>> from numeric import preset
    >>> told(preset("torch"))[1].formula
    Eq(rho[i], (i + 2)/(3*3**i))
    """
    import sympy

    from derivations.partial_fractions import in_poles
    from numeric.model import generating_function

    def number(x: Fraction) -> Any:
        return sympy.Rational(x.numerator, x.denominator)

    z, w, u = sympy.symbols("z w u")
    if model.diagonal:
        return list(_of_one_lag(in_poles(generating_function(model, u, number(Fraction(1)), number), u), u))
    return [_of_two_lags(sympy.factor(generating_function(model, z, w, number)), z, w)]


def _of_one_lag(G: Any, u: Any) -> Iterator[Told]:
    import sympy

    from derivations import rational
    from derivations.peaks import peak
    from derivations.theorems.model import equation, rho

    i, m = sympy.symbols("i m", integer=True, nonnegative=True)
    closed, recurrence = rational.closed_form(G, u, i), rational.recurrence(G, u)
    yield Told("generating function", equation(sympy.Sum(rho[i] * u**i, (i, 0, sympy.oo)), G))
    yield Told("lag weights", equation(rho[i], closed.everywhere))
    steps = sum((a * rho[i - k] for k, a in enumerate(recurrence.coefficients, 1)), sympy.S.Zero)
    start = ", ".join(f"rho_{k} = {value}" for k, value in enumerate(recurrence.initial))
    yield Told("recurrence", equation(rho[i], steps), f"for i >= {len(recurrence.initial)}, with {start}")
    try:
        whole, tail = rational.total(G, u), rational.tail_mass(G, u, m)
    except ValueError:
        yield Told("total", equation(sympy.Sum(rho[i], (i, 0, sympy.oo)), sympy.oo))
        yield Told(
            "sum", equation(sympy.Sum(rho[i], (i, 0, m - 1)), rational.partial_sum(G, u, m).everywhere)
        )
    else:
        yield Told("total", equation(sympy.Sum(rho[i], (i, 0, sympy.oo)), whole))
        yield Told("tail", equation(sympy.Sum(rho[i], (i, m, sympy.oo)), tail.everywhere))
        if whole:
            first = sympy.Sum(i * rho[i], (i, 0, sympy.oo)) / sympy.Sum(rho[i], (i, 0, sympy.oo))
            yield Told("mean lag", equation(first, rational.mean_lag(G, u)))
            yield Told(
                "peak",
                equation(sympy.Symbol("peak"), sympy.Integer(peak(G, u))),
                "the last lag of greatest weight",
            )
    large = rational.asymptotics(G, u, i)
    if large.leading != 0:
        ratio = rho[i] / large.leading
        yield Told("asymptotics", equation(sympy.Limit(ratio, i, sympy.oo, "-"), sympy.S.One))


def _of_two_lags(G: Any, z: Any, w: Any) -> Told:
    import sympy

    from derivations.theorems.model import Theta, equation

    i, j = sympy.symbols("i j", integer=True, nonnegative=True)
    series = sympy.Sum(Theta[i, j] * z**i * w**j, (i, 0, sympy.oo), (j, 0, sympy.oo))
    return Told(
        "generating function", equation(series, G), "the limit of Theta_ij is not 0 beside the diagonal"
    )


def render(specification: str, entries: list[Told], how: str) -> str:
    """Lay the formulas out; without a newline at the end."""
    if how == "json":
        found = [
            {
                "name": one.name,
                "formula": formulas.spelled(one.formula),
                "latex": formulas.latex(one.formula, {}),
                "text": one.text,
            }
            for one in entries
        ]
        return dump_json({"network": specification, "formulas": found})
    if how == "markdown":
        parts = [f"## `{specification}`"]
        for one in entries:
            parts += ["", f"**{one.name}**{f' ({one.text})' if one.text else ''}", ""]
            parts += ["$$", formulas.latex(one.formula, {}), "$$"]
        return "\n".join(parts)
    if how == "latex":
        from derivations import prose

        parts = [
            r"% needs \usepackage{amsmath}",
            rf"\paragraph{{\texttt{{{prose.latex_words(specification)}}}}}",
        ]
        for one in entries:
            about = f" ({prose.latex_words(one.text)})" if one.text else ""
            parts += [f"{one.name}{about}:", r"\[", formulas.latex(one.formula, {}), r"\]"]
        return "\n".join(parts)
    width = text_width()
    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    parts = [specification]
    for one in entries:
        about = f"{one.name}{f', {one.text}' if one.text else ''}"
        shown = formulas.picture(one.formula, width - 4, unicode=unicode, names={})
        parts += ["", fill(about, width, subsequent_indent="  "), "", indent(shown, "    ")]
    return "\n".join(parts)
