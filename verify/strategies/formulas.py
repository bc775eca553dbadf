"""Formulas in the network's numbers that know how they are written and what they are at a point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from derivations.closed_forms import lag_weight

__all__ = [
    "Formula",
    "Point",
    "added",
    "lag",
    "multiplied",
    "number",
    "over",
    "raised",
    "rho",
    "summed",
    "symbol",
]

Point = Mapping[str, Fraction]
"""Values of nu_W, nu_F, nu_C and of i, a natural number."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)


@dataclass(frozen=True)
class Formula:
    """A formula in plain text and in LaTeX, its value, and how tightly its last operation binds."""

    text: str
    latex: str
    value: Callable[[Point], Fraction]
    binding: int = _ATOM

    def within(self, binding: int) -> tuple[str, str]:
        """As an operand of a tighter operation, in parentheses where it needs them."""
        if self.binding >= binding:
            return self.text, self.latex
        return f"({self.text})", rf"\left({self.latex}\right)"


def number(value: int) -> Formula:
    """A natural number."""
    return Formula(str(value), str(value), lambda _: Fraction(value))


def symbol(name: str) -> Formula:
    r"""nu_W, nu_F or nu_C.

    >>> print(symbol("nu_W").latex)
    \nu_W
    """
    return Formula(name, f"\\{name}", lambda at: at[name])


def lag(offset: int, *, fixed: bool = False) -> Formula:
    """``i + offset``, or the offset alone."""
    if fixed:
        return number(offset)
    text = "i" if offset == 0 else f"i{offset:+d}"
    return Formula(text, text, lambda at: at["i"] + offset, _SUM if offset else _ATOM)


def rho(of: Formula) -> Formula:
    r"""A lag weight.

    >>> print(rho(lag(1)).text, rho(lag(1)).latex)
    rho(i+1) \rho_{i+1}
    """

    def value(at: Point) -> Fraction:
        w, f, c = at["nu_W"], at["nu_F"], at["nu_C"]
        return Fraction(lag_weight(int(of.value(at)), w, c + f, c * f))

    return Formula(f"rho({of.text})", rf"\rho_{{{of.latex}}}", value)


def added(*terms: Formula, less: Formula | None = None) -> Formula:
    """The sum of the terms, less one."""
    if len(terms) == 1 and less is None:
        return terms[0]
    text, latex = (" + ".join(written) for written in zip(*(t.within(_SUM) for t in terms), strict=True))
    if less is not None:
        minus = less.within(_PRODUCT)
        text, latex = f"{text} - {minus[0]}", f"{latex} - {minus[1]}"
    taken = (lambda _: Fraction(0)) if less is None else less.value
    return Formula(text, latex, lambda at: sum((t.value(at) for t in terms), Fraction(0)) - taken(at), _SUM)


def multiplied(*factors: Formula) -> Formula:
    """The product of the factors."""
    if len(factors) == 1:
        return factors[0]
    texts, latexes = zip(*(factor.within(_PRODUCT) for factor in factors), strict=True)
    return Formula(
        "*".join(texts),
        r" \cdot ".join(latexes),
        lambda at: prod((factor.value(at) for factor in factors), start=Fraction(1)),
        _PRODUCT,
    )


def raised(base: Formula, exponent: Formula) -> Formula:
    """A power; 1 for the exponent 0.

    >>> raised(symbol("nu_W"), lag(1)).text
    'nu_W^(i+1)'
    """
    (text, latex), (to, _) = base.within(_ATOM), exponent.within(_ATOM)
    return Formula(
        f"{text}^{to}",
        f"{latex}^{{{exponent.latex}}}",
        lambda at: base.value(at) ** int(exponent.value(at)),
        _POWER,
    )


def over(above: Formula, below: Formula) -> Formula:
    """A quotient."""
    text = f"{above.within(_PRODUCT)[0]}/{below.within(_POWER)[0]}"
    latex = rf"\frac{{{above.latex}}}{{{below.latex}}}"
    return Formula(text, latex, lambda at: above.value(at) / below.value(at), _PRODUCT)


def summed(term: Callable[[Formula], Formula], end: Formula) -> Formula:
    """The sum of ``term(k)`` for k from 0 to ``end``, which may be -1.

    >>> summed(lambda k: raised(symbol("nu_W"), k), lag(-1)).text
    'sum(nu_W^k, k, 0, i-1)'
    """
    k = Formula("k", "k", lambda at: at["k"])
    inner = term(k)

    def value(at: Point) -> Fraction:
        steps = range(int(end.value(at)) + 1)
        return sum((inner.value({**at, "k": Fraction(step)}) for step in steps), Fraction(0))

    latex = rf"\sum_{{k=0}}^{{{end.latex}}} {inner.within(_PRODUCT)[1]}"
    return Formula(f"sum({inner.text}, k, 0, {end.text})", latex, value, _SUM)
