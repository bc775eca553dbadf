"""Formulas: one notation, broken where they are too wide, and still the same formula."""

import re

import pytest
import sympy
from sympy import Eq, Function, Indexed, Symbol, symbols

from derivations import statements
from verify.formulas import broken, latex, notation, picture

CATALOGUE = statements()
FORMULAS = {
    f"{name}, {step.name}": (step.formula, statement.abbreviations)
    for name, statement in CATALOGUE.items()
    for step in statement.proof
    if step.formula is not None
}


@pytest.mark.parametrize("width", [76, 92])
@pytest.mark.parametrize("unicode", [True, False])
def test_every_formula_fits_the_terminal(width, unicode):
    for name, (formula, names) in FORMULAS.items():
        shown = picture(formula, width, unicode=unicode, names=names)
        assert max(map(len, shown.splitlines())) <= width, name
        assert unicode or shown.isascii()
        assert not [line for line in shown.splitlines() if line != line.rstrip()]


def joined(rows):
    """The two sides of a broken equation, put together again as its rows say."""
    held: dict[str, sympy.Basic] = {}

    def hold(expression):
        held[name := f"part_{len(held)}"] = expression
        return f"({name})"

    written = ""
    for row in rows:
        written += f" {hold(row.left)}" if row.left is not None else ""
        written += f" {'==' if row.sign == '=' else row.sign}"
        written += f" {hold(row.factor)} *" if row.factor is not None else ""
        written += " (" if row.opens else ""
        sign = "+" if written.rstrip()[-1:] not in ("", "(", "=", "+", "-", "*") else ""
        written += f" {sign} {hold(row.expression)}" if row.expression is not None else ""
        written += ")" * row.closes
    return [eval(side, {}, held) for side in written.split("==")]


@pytest.mark.parametrize("width", [30, 45, 60])
def test_a_broken_equation_is_the_same_equation(width):
    cases = 0
    for name, (formula, _) in FORMULAS.items():
        rows = broken(formula, {}, width)
        plain = isinstance(formula, Eq) and not formula.has(sympy.Piecewise, sympy.Tuple)
        if plain and len(rows) > 1 and formula.lhs.is_commutative:
            left, right = joined(rows)
            cases += 1
            assert sympy.expand((left - formula.lhs).doit()) == 0, name
            assert sympy.expand((right - formula.rhs).doit()) == 0, name
    assert cases > 20


def test_factors_that_do_not_commute_keep_their_order():
    A, B = symbols("A B", commutative=False)
    a = symbols("a:9")
    product = (sum(a[:5]) * A + B) * B * (A - B * sum(a[5:])) * A
    (_, right) = joined(broken(Eq(Symbol("x"), product, evaluate=False), {}, 24))
    assert right.doit().expand() == product.expand()


def test_abbreviations_are_explained_where_they_are_used():
    h, i, j, w = symbols("h i j w")
    shown = picture(Eq(Symbol("x"), w ** ((i + j) / 2)), 60, unicode=True, names={h: (i + j) / 2})
    assert "".join(shown.splitlines()[0].split()) == "h"
    assert "where h = " in shown
    assert "where" not in picture(Eq(Symbol("x"), w), 60, unicode=True, names={h: (i + j) / 2})
    assert r"\text{where}\quad h = \frac{i + j}{2}" in latex(
        Eq(Symbol("x"), w ** (h + i / 2 + j / 2)), {h: (i + j) / 2}
    )


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_abbreviation_is_a_symbol_of_the_formula(name):
    statement = CATALOGUE[name]
    assert not set(statement.abbreviations) & statement.formula.free_symbols


def test_cases_are_broken_too():
    a, b = symbols("a b")
    long = sympy.Add(*symbols("first_1:9"))
    cases = Eq(Symbol("x"), sympy.Piecewise((long, a > b), (0, True)), evaluate=False)
    shown = picture(cases, 50, unicode=True, names={})
    assert max(map(len, shown.splitlines())) <= 50
    assert "for a > b" in shown
    assert "otherwise 0" in shown


i, j, k, n = symbols("i j k n")


@pytest.mark.parametrize(
    ("formula", "text", "tex"),
    [
        (Indexed("rho", i + 1), "ρ_{i + 1}", r"\rho_{i + 1}"),
        (Indexed("Theta", i, j), "Θ_ij", r"\Theta_{ij}"),
        (Indexed("Q", i - 1 - k, j), "Q_{i - k - 1, j}", r"Q_{i - k - 1, j}"),
        (Indexed("L", j, k), "L_j^k", r"L_{j}^{k}"),
        (Indexed("theta", 0), "θ^0", r"\theta^{0}"),
        (Indexed("tau", i), "τ(i)", r"\tau(i)"),
        (Symbol("n Cov(Theta_ij, g)"), "n Cov(Θ_ij, g)", r"n \mathop{\mathrm{Cov}}(\Theta_{ij}, g)"),
        (Symbol("dh_{t+j}/dh_t"), "dh_{t+j}/dh_t", r"dh_{t+j}/dh_{t}"),
        (Function("W_{-1}")(n), "W_{-1}(n)", r"W_{-1}{\left(n \right)}"),
        (sympy.KroneckerDelta(i, j), "δ_ij", r"\delta_{ij}"),
        (sympy.Min(i, j), "min(i, j)", r"\min\left(i, j\right)"),
        (1 - i, "1 - i", "1 - i"),
        (sympy.UnevaluatedExpr(i) - sympy.UnevaluatedExpr(j - k), "i - (j - k)", r"i - \left(j - k\right)"),
    ],
)  # fmt: skip
def test_notation_is_that_of_the_prose(formula, text, tex):
    assert picture(formula, 80, unicode=True, names={}) == text
    assert latex(formula, {}) == tex


def test_halves_in_exponents_stay_in_a_line():
    assert latex(n ** (-(j + 1) / 2), {}) == "n^{-(j + 1)/2}"
    assert latex(n ** ((i + j) / 2 - 1), {}) == "n^{(i + j)/2 - 1}"
    assert picture(n ** (-(j + 1) / 2), 80, unicode=True, names={}).splitlines() == [" -(j + 1)/2", "n"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_symbols_in_the_list_of_meanings_are_spelled_as_in_the_formula(name):
    """What is explained occurs in the formula as it is printed, or is made of what does."""
    statement = CATALOGUE[name]
    shown = latex(statement.formula, statement.abbreviations)
    for symbol in statement.variables:
        assert "[" not in notation(symbol)
    assert not re.search(r"\\operatorname|_[A-Za-z0-9]", shown)  # which GitHub forbids; which is SymPy's own
