"""SymPy's formulas in the notation of the prose, broken over lines where they are too wide.

Names go through :mod:`derivations.prose`, so that rho_i is the same in words and in formulas.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import sympy
from sympy.core.relational import Relational
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm

from derivations.notation import Brackets, Latex, Nothing, Ordered, Plain, halved, indexed, notation
from derivations.prose import plain

__all__ = ["Row", "broken", "latex", "notation", "picture", "spelled"]

PAPER = 74
"""The columns of :func:`picture` that fill a line of an article at 10 pt, by experience."""


def spelled(formula: Any) -> str:
    """A formula in SymPy's own spelling, in one line.

    >>> from sympy import Eq, symbols
    >>> spelled(Eq(*symbols("nu_W nu_F")))
    'nu_W = nu_F'
    """
    return f"{formula.lhs} = {formula.rhs}" if isinstance(formula, sympy.Eq) else str(formula)


def _is_sign(factor: Any) -> bool:
    """Whether it is the sign of a sum without its terms."""
    return isinstance(factor, sympy.Sum) and isinstance(factor.function, Nothing)


class _Picture(Ordered, PrettyPrinter):  # type: ignore[misc]
    """Formulas in two dimensions."""

    def _name(self, name: str) -> prettyForm:
        return prettyForm(plain(f"${name}$", ascii_only=not self._use_unicode))

    def _print_Symbol(self, expr: Any, bold_name: bool = False) -> prettyForm:  # noqa: ARG002
        return self._name(expr.name)

    def _print_Nothing(self, _: Any) -> prettyForm:
        return prettyForm("")

    def _print_Indexed(self, expr: Any) -> prettyForm:
        return self._name(indexed(str(expr.base), [*map(Plain().doprint, expr.indices)]))

    def _print_Brackets(self, expr: Any) -> prettyForm:
        return prettyForm(*self._print(expr.args[0]).parens())

    def _print_Pow(self, power: Any) -> prettyForm:
        if power.base.is_Rational and not power.base.is_Integer:  # SymPy leaves out the brackets of (3/10)^i
            return prettyForm(*self._print(power.base).parens()) ** self._print(power.exp)
        if (exponent := halved(power.exp)) is None:
            return super()._print_Pow(power)
        return self._print(power.base) ** self._name(exponent)

    def _print_Limit(self, limit: Any) -> prettyForm:
        inside, variable, point, _ = limit.args
        if str(variable) != "n" or point != sympy.oo:
            return super()._print_Limit(limit)
        form = self._print(inside)  # the width goes to infinity, if nothing else does
        form = prettyForm(*form.parens()) if inside.is_Add or inside.is_Mul else form
        return prettyForm(*form.left("lim "), binding=prettyForm.FUNC)

    def _print_KroneckerDelta(self, expr: Any) -> prettyForm:
        return self._print_Indexed(sympy.Indexed("delta", *expr.args))

    def _print_Min(self, expr: Any) -> prettyForm:
        return self._helper_print_function(None, expr.args, func_name=expr.func.__name__.lower())

    _print_Max = _print_Min  # noqa: N815


@dataclass(frozen=True)
class Row:
    """A line of a broken formula: what stands ``left`` of the alignment, a sign, a factor, an expression.

    The factor may be the sign of a sum, over :class:`Nothing`, for what is in the bracket.  The expression
    may open a bracket, or close some; it may be None before one that the next row opens too.
    """

    sign: str
    expression: Any
    depth: int = 0
    left: Any = None
    factor: Any = None
    opens: bool = False
    closes: int = 0


_SIGNS = {  # in Unicode, in ASCII, in LaTeX
    "=": ("=", "=", "="),
    "<=": ("≤", "<=", r"\le"),
    ">=": ("≥", ">=", r"\ge"),
    "<": ("<", "<", "<"),
    ">": (">", ">", ">"),
    "<=>": ("⇔", "<=>", r"\Leftrightarrow"),
    "=>": ("⇒", "=>", r"\Rightarrow"),
    "+": ("+", "+", "+"),
    "-": ("-", "-", "-"),
    "*": ("⋅", "*", r"\cdot"),
    "where": ("where", "where", r"\text{where}\quad"),
    "for": ("for", "for", r"\text{for}\quad"),
    "otherwise": ("otherwise", "otherwise", r"\text{otherwise}\quad"),
}
_INDENT = 2
_SHORT = 24  # columns of a left side beside which the right one is broken


def picture(formula: Any, width: int, *, unicode: bool, names: Mapping[Any, Any]) -> str:
    """A formula in two dimensions and broken to the width; of its parts those with ``names`` are given below.

    Sums, products and cases are broken, and what a summation sign stands before; nothing else is.
    """
    with _alphabet(unicode):
        rows = broken(formula, names, width, unicode=unicode)
        lefts = [_form(row.left, unicode=unicode) for row in rows if row.left is not None]
        margin = max((left.width() + 1 for left in lefts), default=0)
        blocks = []
        for row in rows:
            form = _form(row.expression, unicode=unicode) if row.expression is not None else prettyForm("")
            form = prettyForm(*form.parens("(" if row.opens else "", ")" if row.closes else ""))
            form = prettyForm(*form.right(")" * (row.closes - 1)))
            if row.factor is not None:
                between = "" if _is_sign(row.factor) else _SIGNS["*"][not unicode]
                form = prettyForm(*form.left(_form(row.factor, unicode=unicode), between))
            form = prettyForm(*form.left(f"{_SIGNS[row.sign][not unicode]} " if row.sign else ""))
            form = prettyForm(*form.left(" " * (_INDENT * row.depth)))
            left = _form(row.left, unicode=unicode) if row.left is not None else prettyForm("")
            form = prettyForm(*form.left(prettyForm(*left.right(" " * (margin - left.width())))))
            blocks.append([line.rstrip() for line in form.render(wrap_line=False).splitlines()])
        tall = any(len(block) > 1 for block in blocks)
        return ("\n\n" if tall else "\n").join("\n".join(block) for block in blocks)


@contextmanager
def _alphabet(unicode: bool) -> Iterator[None]:
    """Inside, SymPy draws brackets and the like so; it keeps that in a global."""
    before = pretty_use_unicode(unicode)
    try:
        yield
    finally:
        pretty_use_unicode(before)


def latex(formula: Any, names: Mapping[Any, Any], *, width: int = PAPER) -> str:
    r"""A formula as what stands in a display, broken to a line of paper; ``names`` as in :func:`picture`.

    >>> from sympy import Eq, symbols
    >>> print(latex(Eq(*symbols("nu_W rho_ij")), {}))
    \nu_{W} = \rho_{ij}
    """
    rows = broken(formula, names, width)
    if len(rows) == 1 and not rows[0].opens:
        return str(Latex().doprint(rows[0].expression))
    big = "Big" if any(r"\frac" in Latex().doprint(row.expression) for row in rows) else "big"
    lines = (_line(row, big) for row in rows)
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


def _line(row: Row, big: str) -> str:
    """A row in LaTeX, without its end; brackets as large as what stands in the formula's."""
    write = Latex().doprint
    parts = [
        write(row.left) if row.left is not None else "",
        "&" + r"\quad" * row.depth,
        _SIGNS[row.sign][2] if row.sign else "",
        write(row.factor) if row.factor is not None else "",
        rf"\{big}l(" if row.opens else "",
        write(row.expression) if row.expression is not None else "",
        rf"\{big}r)" * row.closes,
    ]
    return " ".join(part for part in parts if part)


def _form(expression: Any, *, unicode: bool = True) -> prettyForm:
    return _Picture({"use_unicode": unicode, "wrap_line": False})._print(expression)


@lru_cache(maxsize=4096)
def _columns(expression: Any, unicode: bool) -> int:
    with _alphabet(unicode):
        return int(_form(expression, unicode=unicode).width())


Free: TypeAlias = Callable[[Any], int]
"""The columns that an expression leaves free in a line; negative where it does not fit."""


def broken(formula: Any, names: Mapping[Any, Any], width: int, *, unicode: bool = True) -> list[Row]:
    """The rows of a formula, and those of the abbreviations in it."""

    def free(expression: Any) -> int:
        return width - _columns(expression, unicode)

    parts = {part: name for name, part in names.items()}
    used = [name for name, part in names.items() if _renamed(formula, {part: sympy.Dummy()}) != formula]
    meanings = [_equation(name, _over_one_denominator(names[name])) for name in used]
    where = [row for equation in meanings for row in _relation(equation, _less(free, 6), beside=False)]
    where[:1] = [replace(row, sign="where") for row in where[:1]]
    return [*_relation(_renamed(formula, parts), free), *where]


def _over_one_denominator(part: Any) -> Any:
    return sympy.together(part) if part.is_polynomial() else part


def _renamed(formula: Any, parts: Mapping[Any, Any]) -> Any:
    """The formula with names for parts of its sides; a relation stays one."""
    if not parts:
        return formula
    if isinstance(formula, Relational):
        return formula.func(*(_renamed(side, parts) for side in formula.args), evaluate=False)
    return formula.subs(parts)


def _relations(formulas: Iterable[Any], free: Free, beside: bool) -> list[Row]:
    """The rows of relations below each other: beside their left sides only if all are so."""
    formulas = [*formulas]
    blocks = [_relation(formula, free, beside) for formula in formulas]
    lefts = [any(row.left is not None for row in block) for block in blocks]
    if any(lefts) and not all(lefts):
        blocks = [_relation(formula, free, beside=False) for formula in formulas]
    return [row for block in blocks for row in block]


def _relation(formula: Any, free: Free, beside: bool = True) -> list[Row]:
    """The rows of a relation, or of several: a conjunction that does not fit has one below the other.

    The right side begins ``beside`` the left one, if that is not long, or else below it.
    """
    if free(formula) < 0 and isinstance(formula, sympy.And):
        return _relations(formula.args, free, beside)
    if free(formula) < 0 and isinstance(formula, sympy.Implies):
        condition, conclusion = formula.args
        first, *rest = _relation(conclusion, _less(free, len("=> ")), beside)
        then = [replace(first, sign="=>")] if not first.sign else [Row("=>", None), first]
        return [*_relation(condition, free, beside), *then, *rest]
    if free(formula) >= 0 or not isinstance(formula, Relational | sympy.Equivalent):
        return _spread(formula, "", 0, free)
    left, right = formula.args
    if isinstance(left, sympy.Tuple):
        equations = (_equation(*sides) for sides in zip(left, right, strict=True))
        return _relations(equations, free, beside)
    sign = "<=>" if isinstance(formula, sympy.Equivalent) else formula.rel_op.replace("==", "=")
    width = free(sympy.Integer(0)) + 1 - free(left)
    if width > _SHORT or not beside:
        return [*_spread(left, "", 0, free), *_spread(right, sign, 1, free)]
    first, *rest = _spread(right, sign, 0, _less(free, width + 1))
    return [replace(first, left=left), *rest]


def _equation(left: Any, right: Any) -> Any:
    return sympy.Eq(left, right, evaluate=False)


def _less(free: Free, columns: int) -> Free:
    return lambda expression: free(expression) - columns


def _spread(expression: Any, sign: str, depth: int, free: Free) -> list[Row]:
    """The expression over as many rows as it needs; sums are broken first, then products."""
    if free(expression) >= _INDENT * depth + len(sign) + 1:
        return [Row(sign, expression, depth)]

    def fits(part: Any) -> bool:
        return free(part) >= _INDENT * (depth + 1) + 2

    if isinstance(expression, sympy.Add):
        first, *rest = _packed(Plain()._as_ordered_terms(expression), sympy.Add, fits)
        if not rest:
            return [Row(sign, expression, depth)]
        return [
            *_spread(first, sign, depth, free),
            *(row for term in rest for row in _term(term, depth + 1, free)),
        ]
    if isinstance(expression, sympy.Mul):
        factors = expression.as_ordered_factors()
        if expression.is_commutative:
            factors.sort(key=lambda factor: not fits(factor))  # what is too wide comes last
        factors = _packed(factors, sympy.Mul, fits)
        return _product(factors, sign, depth, free) if len(factors) > 1 else [Row(sign, expression, depth)]
    if isinstance(expression, sympy.Piecewise):
        return _branches(expression, sign, depth, free)
    if isinstance(expression, sympy.Sum) and not _is_sign(expression):
        return _bracketed(expression.function, sign, depth, free, sympy.Sum(Nothing(), *expression.limits))
    return [Row(sign, expression, depth)]


def _branches(cases: Any, sign: str, depth: int, free: Free) -> list[Row]:
    rows: list[Row] = []
    for value, condition in cases.args:
        if condition == sympy.true:
            rows += _spread(value, "otherwise", depth, free)
        else:
            rows += [*_spread(value, "" if rows else sign, depth, free), Row("for", condition, depth + 1)]
    return rows


def _term(term: Any, depth: int, free: Free) -> list[Row]:
    """A term, or several, of a sum, after others."""
    if isinstance(term, sympy.Add):
        begins = Plain()._as_ordered_terms(term)[0]
        return _spread(term, "" if begins.could_extract_minus_sign() else "+", depth, free)
    if term.could_extract_minus_sign():
        return _spread(-term, "-", depth, free)
    return _spread(term, "+", depth, free)


def _product(factors: list[Any], sign: str, depth: int, free: Free) -> list[Row]:
    rows: list[Row] = []
    while factors:
        first, *factors = factors
        before = "*" if rows else sign
        if factors and isinstance(factors[0], sympy.Add):
            inner, *factors = factors
            if free(inner) >= _INDENT * (depth + 1) + 4:  # it has room in a row of its own
                rows += [*_product([first], before, depth, free)]
                rows.append(Row("*", inner, depth + 1, opens=True, closes=1))
                continue
            factor = Brackets(first) if isinstance(first, sympy.Add) else first
            rows += _bracketed(inner, before, depth, free, factor)
        elif isinstance(first, sympy.Add):
            rows += _bracketed(first, before, depth, free)
        else:
            rows += _spread(first, before, depth, free)
    return rows


def _bracketed(inner: Any, sign: str, depth: int, free: Free, factor: Any = None) -> list[Row]:
    """The rows of a sum in brackets, behind a factor."""
    before = 2 if factor is None else free(sympy.Integer(0)) + 4 - free(factor)
    rows = _spread(inner, sign, depth, _less(free, before + _INDENT))
    rows[1:] = [replace(row, depth=row.depth + 1) for row in rows[1:]]  # within the brackets
    if before <= _SHORT and rows[0].factor is None and not rows[0].opens:
        rows[0] = replace(rows[0], factor=factor, opens=True)
    else:  # it is long, or what follows begins with a bracket itself
        head = Row(sign, None, depth, factor=factor, opens=True)
        rows = [head, *_spread(inner, "", depth + 1, _less(free, 2))]
    rows[-1] = replace(rows[-1], closes=rows[-1].closes + 1)
    return rows


def _packed(parts: Iterable[Any], join: Callable[..., Any], fits: Callable[[Any], bool]) -> list[Any]:
    """Neighbours together while they fit."""
    packs: list[list[Any]] = []
    for part in parts:
        if packs and fits(join(*packs[-1], part, evaluate=False)):
            packs[-1].append(part)
        else:
            packs.append([part])
    return [join(*pack, evaluate=False) if len(pack) > 1 else pack[0] for pack in packs]
