"""The lag weights' statements: lies about them that are told in formula and step alike are caught."""

import pytest
import sympy
from sympy import And, Function, Implies, Integer, KroneckerDelta, Le, Lt, Max, Piecewise, Sum, symbols

from derivations import statements
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems import weight_shape, weight_sums
from derivations.theorems.model import rho
from tests.derivations.lies import assert_caught, refusals, told

CATALOGUE = statements()
NAMES = {build.replace("_", "-") for build in (*weight_sums.__all__, *weight_shape.__all__)}
m, z, epsilon = symbols("m z epsilon")


def right(change):
    return lambda formula: formula.func(formula.lhs, change(formula.rhs), evaluate=False)


def left(change):
    return lambda formula: formula.func(change(formula.lhs), formula.rhs, evaluate=False)


def plus(term):
    return right(lambda side: side + term)


def put(old, new):
    return right(lambda side: side.subs(old, new))


def summed(first, last):
    """A lie about the range of the sum on the left."""
    return left(
        lambda side: side.replace(
            lambda part: isinstance(part, Sum), lambda part: Sum(part.function, (i, first, last))
        )
    )


def component(number, change):
    """A lie about one part of a conjunction."""

    def lie(formula):
        parts = [change(part) if at == number else part for at, part in enumerate(formula.args)]
        return And(*parts, evaluate=False)

    return lie


def first_of(kind, change):
    """A lie about the part of a conjunction that is of this kind."""
    return lambda formula: component(
        next(at for at, part in enumerate(formula.args) if isinstance(part, kind)), change
    )(formula)


def monotone_if(change):
    """A lie about what the bound implies."""

    def lie(formula):
        enough, needed = sorted(formula.args, key=lambda part: part.args[1].has(nu_F))
        return And(change(enough), needed, evaluate=False)

    return lie


def monotone_only_if(change):
    def lie(formula):
        enough, needed = sorted(formula.args, key=lambda part: part.args[1].has(nu_F))
        return And(enough, change(needed), evaluate=False)

    return lie


TWICE = right(lambda side: 2 * side)
LIES = {
    "recurrence": {
        "another coefficient": put(nu_W**2, 2 * nu_W**2),
        "a lag too late": right(lambda side: side.xreplace({rho[i]: rho[i + 1]})),
        "wrong from lag 4 on": plus(KroneckerDelta(i, 4)),
        "wrong where nu_W is 0": plus(Integer(0) ** nu_W),
        "one lag more": left(lambda _: rho[i + 3]),
    },
    "formal-generating-function": {
        "one term more": put(m, m + 1),
        "one term of none": plus(KroneckerDelta(m, 0)),
        "a lesser power of z": put(z**m, z ** (m - 1)),
        "wrong from lag 4 on": plus(m * (m - 1) * (m - 2) * (m - 3)),
        "up to m": summed(0, m),
    },
    "generating-function": {
        "the other sign": put(z, -z),
        "from lag 1 on": summed(1, sympy.oo),
        "a term too many": plus(nu_C * nu_F * z**4),
        "twice": TWICE,
    },
    "partial-sum": {
        "one lag more": put(m, m + 1),
        "a lag of no lags": plus(KroneckerDelta(m, 0)),
        "wrong from lag 4 on": plus(m * (m - 1) * (m - 2) * (m - 3)),
        "the next weights": left(lambda side: side.xreplace({rho[i]: rho[i + 1]})),
        "up to m": summed(0, m),
    },
    "partial-sum-at-one": {
        "one lag less": put(m, m - 1),
        "a lag of no lags": plus(KroneckerDelta(m, 0)),
        "m + 1 for m - 1": plus(m * nu_C * nu_F),
        "wrong from lag 4 on": plus(m * (m - 1) * (m - 2) * (m - 3)),
    },
    "total": {
        "from lag 1 on": summed(1, sympy.oo),
        "no product": right(lambda _: (nu_C + nu_F) / (1 - nu_W)),
        "another ratio": put(nu_W, -nu_W),
        "wrong in the fourth power": plus(nu_W**4),
    },
    "tail-mass": {
        "a lag too late": put(m, m + 1),
        "wrong at lag 0": plus(KroneckerDelta(m, 0)),
        "wrong from lag 4 on": plus(KroneckerDelta(m, 4)),
        "a finite tail": summed(m, 2 * m),
    },
    "mean-lag": {
        "counted from 1": plus(1),
        "one variance for both": put(nu_C, nu_F),
        "the first moment": left(lambda side: next(part for part in side.args if isinstance(part, Sum))),
        "twice": TWICE,
    },
    "monotone": {
        "strictly": monotone_if(lambda part: Implies(part.args[0], Lt(rho[i + 1], rho[i]))),
        "below one": monotone_if(lambda part: Implies(Le(nu_W, 1), part.args[1])),
        "by half": monotone_if(lambda part: Implies(part.args[0], Le(2 * rho[i + 1], rho[i]))),
        "a bound too sharp": monotone_only_if(lambda part: Implies(part.args[0], Le(nu_W, 1 - nu_C * nu_F))),
        "of the next lag": monotone_only_if(lambda part: Implies(Le(rho[2], rho[1]), part.args[1])),
    },
    "peak-lag": {
        "a lag late": plus(1),
        "no floor": right(lambda side: side.replace(sympy.floor, lambda at: at)),
        "rounded up": right(lambda side: side.replace(sympy.floor, sympy.ceiling)),
        "at the edge": right(
            lambda side: Piecewise(
                (side.args[0].expr, side.args[0].cond.gts > side.args[0].cond.lts), (0, True)
            )
        ),
    },
    "regimes": {
        "another ratio": first_of(sympy.Eq, TWICE),
        "the inverse": first_of(sympy.Eq, right(lambda side: 1 / side)),
        "growth by a sum": first_of(
            Implies, lambda part: Implies(part.args[0], put(nu_C, 1 + nu_C)(part.args[1]))
        ),
        "growth everywhere": first_of(Implies, lambda part: part.args[1]),
        "growth at 2": first_of(Implies, lambda part: Implies(sympy.Eq(nu_W, 2), part.args[1])),
    },
    "sensitivity": {
        "wrong at lag 0": plus(KroneckerDelta(i, 0)),
        "wrong from lag 4 on": plus(KroneckerDelta(i, 4)),
        "a lag late": put(i, i + 1),
        "of another variance": left(lambda _: sympy.Derivative(rho[i], nu_F)),
    },
    "memory-length": {
        "a lag late": plus(1),
        "twice the bound": put(epsilon, 2 * epsilon),
        "one lag at least": right(lambda side: Max(1, *side.args)),
        "the other branch": right(lambda side: side.replace(Function("W_{-1}"), Function("W_0"))),
    },
}
ARGUED = {"peak-lag", "memory-length"}
"""No rule reaches their formula: a lie leaves them argued."""


def test_every_statement_is_lied_about():
    assert {*LIES} == NAMES


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name, lies in LIES.items() for lie in lies])
def test_a_consistent_lie_is_caught(name, lie):
    statement = CATALOGUE[name]
    lying = told(statement, LIES[name][lie](statement.formula))
    assert (next(refusals(lying, statement), None) is None) == (name in ARGUED)
    assert_caught(lying, statement)
