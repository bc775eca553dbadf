"""SymPy's formulas in the notation of the prose: in one line, and in LaTeX.

Names go through :mod:`derivations.prose`, so that rho_i is the same in words and in formulas.
"""

import re
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from derivations.prose import latex_formula

__all__ = ["Brackets", "Latex", "Nothing", "Ordered", "Plain", "halved", "indexed", "latex", "notation"]

FUNCTIONS = {"Cov", "R", "S", "U", "g", "phi", "t1", "tau"}
"""Sequences that the prose writes as functions of their indices."""
STEPPED = {"L": 2, "r": 1, "theta": 1}
"""Sequences over the steps of gradient descent, whose number, the last of so many indices, stands above."""


def notation(name: str) -> str:
    """The notation of the prose for what SymPy writes with indices.

    >>> notation("Theta[i, j]"), notation("P[i - 1 - a, b]"), notation("L[j, k]"), notation("tau[a]")
    ('Theta_{ij}', 'P_{i - 1 - a, b}', 'L_{j}^{k}', 'tau(a)')
    >>> notation("D[i, u, v]")  # in the prose three letters would be a word
    'D_{i, u, v}'
    """
    return re.sub(r"([A-Za-z]\w*'?)\[([^\[\]]*)\]", lambda m: indexed(m[1], m[2].split(", ")), name)


def indexed(base: str, indices: list[str]) -> str:
    """The notation of the prose for an element of a sequence.

    >>> indexed("L", ["j", "k"])
    'L_{j}^{k}'
    """
    if base in FUNCTIONS:
        return f"{base}({', '.join(indices)})"
    stepped = STEPPED.get(base) == len(indices)
    above = f"^{{{indices[-1]}}}" if stepped else ""
    below = indices[:-1] if stepped else indices
    if not below:
        return f"{base}{above}"
    letters = len(below) < 3 and all(len(index) == 1 for index in below)
    together = "" if letters and not below[-1].isdigit() else ", "  # a0 is one letter with an index
    return f"{base}_{{{together.join(below)}}}{above}"


class Brackets(sympy.UnevaluatedExpr):  # type: ignore[misc]  # SymPy has no types
    """A sum in brackets within a sum."""


class Nothing(sympy.Symbol):  # type: ignore[misc]
    """What the sign of a sum stands before while its terms, in brackets, are in rows of their own."""

    def __new__(cls) -> "Nothing":
        """Nothing, of which there is one."""
        return super().__new__(cls, "nothing")  # type: ignore[no-any-return]


def halved(exponent: Any) -> str | None:
    """An exponent with halves in one line, such as (i + j)/2 - 1; None for others."""
    if not any(number.q > 1 for number in exponent.atoms(sympy.Rational)) or exponent.is_Number:
        return None
    if not exponent.is_polynomial():
        return None
    whole, rest = exponent.as_coeff_Add()
    if not whole.is_Integer:
        whole, rest = sympy.Integer(0), exponent
    negative = rest.could_extract_minus_sign()
    over = Plain().doprint(sympy.together(-rest if negative else rest))
    constant = f" {'-' if whole < 0 else '+'} {abs(whole)}" if whole else ""
    return f"{'-' if negative else ''}{over}{constant}"


def _is_sum_kept(expression: Any) -> bool:
    return type(expression) is sympy.UnevaluatedExpr and expression.args[0].is_Add


class Ordered:
    """Sums do not begin with a minus sign, if they can help it, and keep the brackets they were given."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms: list[Any] = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        terms = [Brackets(*term.args) if _is_sum_kept(term) else term for term in terms]
        first = next((term for term in terms if not term.could_extract_minus_sign()), terms[0])
        position = next(k for k, term in enumerate(terms) if term is first)
        return [first, *terms[:position], *terms[position + 1 :]]


class Plain(Ordered, StrPrinter):  # type: ignore[misc]  # SymPy has no types
    """Indices, in one line."""


class Latex(Ordered, LatexPrinter):  # type: ignore[misc]
    """Formulas for LaTeX, GitHub and Jupyter."""

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:  # noqa: ARG002
        return latex_formula(expr.name)

    def _print_Nothing(self, _: Any) -> str:
        return ""

    def _print_Indexed(self, expr: Any) -> str:
        return latex_formula(indexed(str(expr.base), [*map(Plain().doprint, expr.indices)]))

    def _print_Brackets(self, expr: Any) -> str:
        return rf"\left({self._print(expr.args[0])}\right)"

    def _print_Pow(self, expr: Any) -> str:
        if (exponent := halved(expr.exp)) is None:
            return str(super()._print_Pow(expr))
        return f"{self.parenthesize(expr.base, PRECEDENCE['Pow'])}^{{{latex_formula(exponent)}}}"

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        return _is_sum_kept(expr) or bool(super()._needs_mul_brackets(expr, first, last))

    def _needs_add_brackets(self, expr: Any) -> bool:
        return _is_sum_kept(expr) or bool(super()._needs_add_brackets(expr))

    def _print_KroneckerDelta(self, expr: Any, exp: str | None = None) -> str:
        written = self._print_Indexed(sympy.Indexed("delta", *expr.args))
        return written if exp is None else f"{written}^{{{exp}}}"

    def _hprint_Function(self, func: str) -> str:
        return latex_formula(func)

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        if expr.func.__name__ != "binom":
            return str(super()._print_Function(expr, exp))
        written = r"\binom" + "".join(f"{{{self._print(part)}}}" for part in expr.args)
        return written if exp is None else rf"{written}^{{{exp}}}"


def latex(formula: Any) -> str:
    r"""A formula in LaTeX, in one line, without dollar signs.

    >>> print(latex(sympy.Eq(*sympy.symbols("nu_W rho_ij"))))
    \nu_{W} = \rho_{ij}
    """
    return str(Latex().doprint(formula))
