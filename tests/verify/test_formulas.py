"""Formulas: one notation, broken where they are too wide, and still the same formula."""

import re

import pytest
import sympy
from sympy import Eq, Function, Indexed, Symbol, symbols

from derivations import statements
from derivations.notation import Nothing
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
    held = {}

    def hold(expression):
        held[name := f"part_{len(held)}"] = expression
        return f"({name})"

    written = ""
    for row in rows:
        written += f" {hold(row.left)}" if row.left is not None else ""
        written += f" {'==' if row.sign == '=' else row.sign}"
        if isinstance(row.factor, sympy.Sum) and isinstance(row.factor.function, Nothing):
            limits = row.factor.limits
            written += f" {hold(lambda terms, limits=limits: sympy.Sum(terms, *limits))}"
        elif row.factor is not None:
            written += f" {hold(row.factor)} *"
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
        (Indexed("Q", i, j, k), "Q_{i, j, k}", "Q_{i, j, k}"),
        (Indexed("T", i, 0), "T_{i, 0}", "T_{i, 0}"),
        (Indexed("T", 0, i), "T_0i", "T_{0i}"),
        (Function("binom")(i, k), "binom(i, k)", r"\binom{i}{k}"),
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


def test_a_binomial_coefficient_has_a_power_as_any_other_number():
    assert latex(Function("binom")(i, k) ** 2, {}) == r"\binom{i}{k}^{2}"


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


def test_a_long_conjunction_has_one_relation_a_line():
    parts = [sympy.Le(sympy.Symbol(f"nu_{k}"), sympy.Symbol("sigma") ** k) for k in range(2, 9)]
    rows = broken(sympy.And(*parts), {}, 30)
    assert {row.expression for row in rows} == {*parts}
    assert len(broken(sympy.And(*parts[:2]), {}, 60)) == 1


def test_a_long_implication_has_its_arrow_before_the_conclusion():
    condition, conclusion = (
        sympy.Symbol("x") <= sympy.Symbol("sigma"),
        sympy.Symbol("tau") <= sympy.Symbol("z"),
    )
    rows = broken(sympy.Implies(condition, conclusion), {}, 12)
    assert [(row.sign, row.expression) for row in rows] == [("", condition), ("=>", conclusion)]


def test_a_long_sum_has_its_terms_in_brackets():
    i, x = sympy.symbols("i x")
    terms = [sympy.Indexed(f"first_{k}", i) for k in range(1, 6)]
    long = Eq(x, 2 * sympy.Sum(sympy.Add(*terms), (i, 0, 9)), evaluate=False)
    shown = picture(long, 40, unicode=True, names={})
    assert max(map(len, shown.splitlines())) <= 40
    _, head, *rest = broken(long, {}, 40)
    assert [part for row in rest for part in sympy.Add.make_args(row.expression)] == terms[-3:]
    assert (head.opens, rest[-1].closes) == (True, 1)
    written = latex(long, {}, width=40)
    assert written.count(r"\sum_{i=0}^{9}") == written.count(r"\bigl(") == written.count(r"\bigr)") == 1


def test_relations_below_each_other_begin_at_the_left_if_one_does():
    x, *parts = sympy.symbols("x first_1:9")
    long = sympy.Add(*parts)
    below = sympy.And(Eq(x, long, evaluate=False), sympy.Ge(long, x, evaluate=False))
    assert all(row.left is None for row in broken(below, {}, 50))
    below = sympy.And(Eq(x, long, evaluate=False), Eq(x**2, long, evaluate=False))
    assert sum(row.left is not None for row in broken(below, {}, 50)) == 2


def test_a_long_meaning_is_broken_too():
    x, h, *parts = sympy.symbols("x h first_1:9")
    long = sympy.Add(*parts)
    shown = picture(Eq(x, sympy.sqrt(long), evaluate=False), 40, unicode=True, names={h: long})
    assert max(map(len, shown.splitlines())) <= 40
    assert "where h\n" in shown


def test_the_limit_in_the_width_takes_one_line():
    n, k = sympy.symbols("n k")
    mean = sympy.Function("E")(sympy.Indexed("P", k, k))
    assert picture(sympy.Limit(mean, n, sympy.oo), 60, unicode=False, names={}) == "lim E(P_kk)"
    assert "k->oo" in picture(sympy.Limit(mean, k, sympy.oo), 60, unicode=False, names={})


def test_a_power_of_a_fraction_has_its_brackets():
    i, y = sympy.symbols("i y")
    assert picture(Eq(y, sympy.Rational(3, 10) ** i), 80, unicode=True, names={}).endswith("(3/10)")
