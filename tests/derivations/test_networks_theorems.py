"""The statements about networks: lies about them that are told in formula and step alike are caught."""

import pytest
import sympy
from sympy import And, Integer, KroneckerDelta, Sum, Symbol, symbols

from derivations import ProofError, closed_forms, statements
from derivations.layered import stack_generating_function, stack_weights
from derivations.rewriting import conjuncts
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems import (
    diagonal,
    equal_layers,
    leaky,
    parts,
    stacked,
    two_point,
    universality,
)
from derivations.theorems.model import Theta
from derivations.theorems.pieces import at, spelled_out
from derivations.theorems.two_point import T, eta_C, eta_F, eta_W, plim
from derivations.theorems.universality import T0
from tests.derivations.lies import assert_caught, refusals, told

CATALOGUE = statements()
MODULES = (diagonal, equal_layers, leaky, parts, stacked, two_point, universality)
NAMES = {
    statement.name
    for module in MODULES
    for build in vars(module).values()
    if hasattr(build, "cache_clear") and getattr(build, "__module__", "") == module.__name__
    for statement in [build()]
}
a, b, d, j, k, l, m, s, t, u, D, r0, r1 = symbols("a b d j k l m s t u D r0 r1")  # noqa: E741
decay, nu, eta = symbols("lambda nu eta")


def right(change):
    return lambda formula: formula.func(formula.lhs, change(formula.rhs), evaluate=False)


def put(old, new):
    return right(lambda side: side.xreplace({old: new}))


def plus(term):
    return right(lambda side: side + term)


def about(name, change):
    """A lie about the part of a conjunction whose left side is that name or has that function."""

    def lie(formula):
        found = [*conjuncts(formula)]
        (subject,) = [part for part in found if part.lhs == name or name in part.lhs.atoms(sympy.Function)]
        return And(*(change(part) if part is subject else part for part in found), evaluate=False)

    return lie


def of_base(base, change):
    """A lie about every part of a conjunction that says what a sequence is from the second layer on."""

    def lie(formula):
        return And(
            *(
                change(part)
                if isinstance(part.lhs, sympy.Indexed) and part.lhs.base == base and part.lhs.indices[0] != 0
                else part
                for part in conjuncts(formula)
            ),
            evaluate=False,
        )

    return lie


def limit_of(change):
    """A lie about the limit of a kernel."""

    def lie(formula):
        return And(
            *(change(part) if part.lhs.has(plim) else part for part in conjuncts(formula)), evaluate=False
        )

    return lie


def dense(change):
    """A lie about what a dense transition makes of it."""
    return lambda formula: And(
        *(change(part) if part.lhs.has(T0) else part for part in conjuncts(formula)), evaluate=False
    )


def in_sums(old, new):
    """A lie about the summands on the right."""

    def lie(side):
        totals = {total: Sum(total.function.xreplace({old: new}), *total.limits) for total in side.atoms(Sum)}
        return side.xreplace(totals)

    return right(lie)


T_AB = Sum(T[a, b] * T[i - 1 - a, j - 1 - b], (a, 0, i - 1), (b, 0, j - 1))
VALUE = symbols("m", cls=sympy.IndexedBase)
LIES = {
    "two-point-universality": {
        "a power more": put(nu_W**a, nu_W ** (a + 1)),
        "beside the diagonal": put(KroneckerDelta(a, b), KroneckerDelta(a + 1, b)),
        "not orthogonal from 4 on": plus(KroneckerDelta(a, 4) * KroneckerDelta(b, 2)),
    },
    "two-point-invariant": {
        "twice the power": put(nu_W**a, nu_W ** (2 * a)),
        "1 without powers": plus(KroneckerDelta(a, 0)),
        "not orthogonal from 4 on": plus(KroneckerDelta(a, 4) * KroneckerDelta(b, 2)),
    },
    "two-point-kernel": {
        "T for T^2": put(T_AB, T[i - 1, j - 1]),
        "no delay": in_sums(T[i - 1 - a, j - 1 - b], T[i - a, j - b]),
        "a sum for the product": in_sums(
            T[a, b] * T[i - 1 - a, j - 1 - b], T[a, b] + T[i - 1 - a, j - 1 - b]
        ),
        "a rate missing": put(eta_W, Integer(1)),
        "rates exchanged": right(lambda side: side.xreplace({eta_C: eta_F, eta_F: eta_C})),
    },
    "two-point-weights": {
        "no factor i": right(lambda side: side.subs(i * nu_W ** (i - 1), nu_W ** (i - 1))),
        "a rate missing": put(eta_C, Integer(1)),
        "wrong from lag 4 on": plus(KroneckerDelta(i, 4) * KroneckerDelta(j, 4)),
        "not diagonal": plus(KroneckerDelta(i, 1) * KroneckerDelta(j, 3)),
    },
    "two-point-leaky": {
        "the decay squared": about(T[a, 0], put(decay, decay**2)),
        "no decay squared": about(T[a + 1, b + 1], right(lambda side: side + decay**2 * T[a, b])),
        "a term less": about(
            T[a, b],
            right(lambda side: Sum(side.function, (k, 1, side.limits[0][2]))),
        ),
        "one coefficient": about(
            T[a, b],
            right(lambda side: side.xreplace({leaky.binom(b, k): Integer(1)})),
        ),
        "wrong from lag 4 on": about(T[a, b], plus(KroneckerDelta(a, 4) * KroneckerDelta(b, 4))),
    },
    "leaky-lag-kernel": {
        "the decay squared": put(decay, decay**2),
        "one coefficient": in_sums(sympy.binomial(j, l), Integer(1)),
        "a lag less": right(lambda side: Sum(side.function, (l, 0, j - 1), (k, 0, i))),
        "only equal lags": in_sums(Theta[k, l], KroneckerDelta(k, l) * Theta[k, l]),
    },
    "leaky-kernel": {
        "the decay squared": put(decay, decay**2),
        "one coefficient": in_sums(leaky.binom(j, k), Integer(1)),
        "no powers": in_sums(nu_W**k, Integer(1)),
        "a lag less": right(lambda side: side.replace(sympy.Min, lambda x, y: sympy.Min(x, y) - 1)),
        "wrong from lag 4 on": plus(KroneckerDelta(i, 4) * KroneckerDelta(j, 4)),
    },
    "two-point-diagonal": {
        "i for i j": put(j, Integer(1)),
        "a sum for the product": right(lambda side: side.subs(i * j, i + j)),
        "the next moment": put(VALUE[i - 1, j - 1], VALUE[i, j]),
        "a rate missing": put(eta_F, Integer(1)),
    },
    "two-point-ring": {
        "a power less": about(VALUE[a, b], put(r1 ** (2 * a + 2), r1 ** (2 * a))),
        "uniform in the radius": about(VALUE[a, b], put(a + 1, 2 * a + 1)),
        "not orthogonal": about(VALUE[a, b], plus(KroneckerDelta(a, 0) * KroneckerDelta(b, 2))),
        "wrong from lag 4 on": about(VALUE[a, b], plus(KroneckerDelta(a, 4) * KroneckerDelta(b, 4))),
    },
    "ring-memory": {
        "without the ring": lambda formula: And(
            *(part.func(part.lhs, Integer(1), evaluate=False) for part in formula.args)
        ),
        "the radius for its square": lambda formula: And(
            *(put(r0**2, r0)(part) for part in formula.args), evaluate=False
        ),
    },
    "stacked-layers": {
        "a variance missing": of_base(stacked.s, put(stacked.f[l + 1], Integer(1))),
        "a rate missing": of_base(stacked.k, put(stacked.alpha[l + 1], Integer(1))),
        "no delay": of_base(
            stacked.k,
            in_sums(stacked.s[l + 1, i - 1 - a, j - 1 - b], stacked.s[l + 1, i - a, j - b]),
        ),
        "T squared": of_base(stacked.s, in_sums(stacked.T[l + 1, a, b], stacked.T[l + 1, a, b] ** 2)),
    },
    "stacked-weights": {
        "a variance missing": of_base(stacked.c, put(stacked.w[l + 1], Integer(1))),
        "a rate missing": of_base(stacked.g, put(stacked.beta[l + 1], Integer(1))),
        "not diagonal": limit_of(plus(KroneckerDelta(i, 1) * KroneckerDelta(j, 3))),
        "the layer below": limit_of(put(stacked.g[D, i], stacked.g[D - 1, i])),
    },
    "stacked-generating-function": {
        "the other order": lambda formula: And(
            *(put(u ** (m + 1), u**m)(part) for part in conjuncts(formula)), evaluate=False
        ),
        "wrong from order 4 on": lambda formula: And(
            *(plus(KroneckerDelta(m, 4))(part) for part in conjuncts(formula)), evaluate=False
        ),
    },
    "equal-layers": {
        "D + 1 for D": right(lambda side: side.xreplace({equal_layers.h[D - 1, i]: equal_layers.h[D, i]})),
        "input trained once": right(lambda side: side.subs(D * eta_F, eta_F)),
        "a power of nu_F more": right(lambda side: side * nu_F),
        "wrong from lag 4 on": plus(KroneckerDelta(i, 4) * KroneckerDelta(j, 4)),
    },
    "hidden-bias": {
        "a rate missing": limit_of(put(eta, Integer(1))),
        "a lag less": about(
            Sum(parts.v[i, j], (i, 0, t), (j, 0, s)),
            right(lambda side: Sum(side.function, (i, 1, side.limits[0][2]))),
        ),
        "all lags": about(
            Sum(parts.v[i, j], (i, 0, t), (j, 0, s)), right(lambda side: Sum(side.function, (i, 0, t)))
        ),
    },
    "readout-bias": {
        "times the width": about(parts.K[t, s], right(lambda side: side * Symbol("n"))),
        "at equal times": about(parts.K[t, s], right(lambda side: side * KroneckerDelta(t, s))),
    },
    "initial-state": {
        "a step late": dense(put(nu_W ** (t + 1), nu_W**t)),
        "at all times": dense(put(KroneckerDelta(t, s), Integer(1))),
        "a rate missing": limit_of(put(eta, Integer(1))),
    },
}


def test_every_statement_is_lied_about():
    assert {*LIES} == NAMES


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name, lies in LIES.items() for lie in lies])
def test_a_consistent_lie_is_caught(name, lie):
    """All proofs here rest on arguments, yet none of the lies gets through."""
    statement = CATALOGUE[name]
    lying = told(statement, LIES[name][lie](statement.formula))
    assert_caught(lying, statement)
    assert next(refusals(lying, statement), None), f"{name}: {lie} is argued as well as the truth"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_a_network_s_limit_rests_on_is_shown(name):
    assert CATALOGUE[name].status == "argued"
    assert CATALOGUE[name].arguments()


@pytest.mark.parametrize(
    "name", ["two-point-weights", "leaky-kernel", "hidden-bias", "initial-state", "equal-layers"]
)
def test_a_wrong_weight_fails_its_proof(monkeypatch, name):
    wrong = closed_forms.lag_weight
    monkeypatch.setattr(closed_forms, "lag_weight", lambda lag, w, s, p: wrong(lag, w, s, p) + p * lag)
    with pytest.raises(ProofError, match=r"step ['\"]"):
        statements()[name].check_steps()


def test_one_layer_is_the_network_of_the_paper():
    formula = CATALOGUE["equal-layers"].formula.rhs
    one = at(formula, D=1, i=2, j=2).xreplace({equal_layers.h[0, 2]: Integer(1)})
    weight = at(CATALOGUE["two-point-weights"].formula.rhs, i=2, j=2)
    assert sympy.expand(one - weight) == 0


def test_equal_layers_agree_with_the_generating_function():
    rates = {eta_W: 2, eta_F: 3, eta_C: 5, nu_W: sympy.Rational(1, 2), nu_F: 7, nu_C: 11}
    layer = tuple(rates[part] for part in (nu_W, nu_F, eta_W, eta_F))
    z = Symbol("z")
    function = stack_generating_function([layer] * 3, 11, 5, z)
    expanded = sympy.series(sympy.cancel(function), z, 0, 4).removeO()
    for lag in range(4):
        formula = at(CATALOGUE["equal-layers"].formula.rhs, D=3, i=lag, j=lag, I_y=1, I_x=1)
        claimed = formula.xreplace({equal_layers.h[2, lag]: sympy.binomial(lag + 2, lag)}).subs(rates)
        assert claimed == expanded.coeff(z, lag) == stack_weights([layer] * 3, 11, 5, 4)[lag]


def test_the_leaky_two_point_function_is_that_of_the_dense_one_without_decay():
    closed = next(part.rhs for part in conjuncts(CATALOGUE["two-point-leaky"].formula) if part.lhs == T[a, b])
    for p in range(4):
        for q in range(4):
            value = spelled_out(at(closed, a=p, b=q)).replace(leaky.binom, sympy.binomial)
            assert value.subs(decay, 0) == (nu_W**p if p == q else 0)
            assert value.subs(nu_W, 0) == decay ** (p + q)


def test_the_residual_network_s_two_point_function_is_that_of_a_random_matrix_s_expansion():
    """At lambda = 1, by the generating function's expansion in z and w."""
    closed = next(part.rhs for part in conjuncts(CATALOGUE["two-point-leaky"].formula) if part.lhs == T[a, b])
    z, w, half = *symbols("z w"), sympy.Rational(1, 2)
    function = 1 / ((1 - z) * (1 - w) - half * z * w)
    for p in range(3):
        for q in range(3):
            value = spelled_out(at(closed, a=p, b=q)).replace(leaky.binom, sympy.binomial)
            slope = sympy.diff(function, z, p, w, q).subs({z: 0, w: 0})
            exact = slope / (sympy.factorial(p) * sympy.factorial(q))
            assert value.subs({decay: 1, nu_W: half}) == exact
