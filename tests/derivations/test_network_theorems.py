"""The network's statements: lies about them that are told in formula and step alike are caught."""

from dataclasses import replace

import pytest
import sympy
from sympy import And, Eq, Integer, KroneckerDelta, Max, Min, Sum, symbols

from derivations import ProofError, closed_forms, statements
from derivations.rewriting import conjuncts
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems import wide_limit
from derivations.theorems.model import I_y, P, Q, Theta, deg, equation, rho
from derivations.theorems.wide_limit import p, q
from tests.derivations.lies import assert_caught, told

CATALOGUE = statements()
a, b, j, m, r, s, t, x = symbols("a b j m r s t x")
C, F, W = symbols("C F W", commutative=False)
ARGUED = {
    "trace-degree",
    "trace-factorisation",
    "power-traces",
    "gram-limits",
    "kernel-mean",
    "kernel-limit",
    "impulse-response-prior",
    "bias",
}


def right(change):
    """A lie about the right side of an equation or bound."""
    return lambda formula: formula.func(formula.lhs, change(formula.rhs), evaluate=False)


def put(old, new):
    """A lie that writes something else for an expression, wherever it stands on the right."""
    return right(lambda side: side.xreplace({old: new}))


def about(part, change):
    """A lie about one part of a conjunction: the one that speaks of an expression."""

    def lie(formula):
        parts = [*conjuncts(formula)]
        (subject,) = [other for other in parts if part(other)]
        return And(*(change(other) if other is subject else other for other in parts), evaluate=False)

    return lie


def is_equation_of(name):
    return lambda part: isinstance(part, Eq) and part.lhs.has(name)


def is_value_of(name):
    return lambda part: isinstance(part, Eq) and part.lhs == name[a, b]


def is_bound_of(name):
    return lambda part: not isinstance(part, Eq) and part.has(name)


def plus(term):
    return right(lambda side: side + term)


def summand(change, limits=None):
    """A lie about the sum on the right."""

    def lie(side):
        (total,) = side.atoms(Sum)
        return side.xreplace({total: Sum(change(total.function), *(limits or total.limits))})

    return right(lie)


OFF = KroneckerDelta(i, 4)  # right for the lags up to 3
LIES = {
    "impulse-response": {
        "a power of W more": summand(lambda term: term.xreplace({W**j: W ** (j + 1)})),
        "a root of n less": summand(lambda term: term * n ** sympy.Rational(1, 2)),
        "one lag less": summand(lambda term: term, [(j, 0, t - 1)]),
        "one lag more": summand(lambda term: term, [(j, 0, t + 1)]),
        "the other order": summand(lambda term: term.xreplace({C: F, F: C})),
        "wrong from lag 4 on": summand(lambda term: (1 + KroneckerDelta(j, 4)) * term),
    },
    "lag-kernel": {
        "one place too late": summand(
            lambda term: term.xreplace({Q[i - 1 - a, j - 1 - b]: Q[i - a, j - 1 - b]})
        ),
        "a lag transposed": summand(
            lambda term: term.xreplace({Q[i - 1 - a, j - 1 - b]: Q[j - 1 - b, i - 1 - a]})
        ),
        "one place more": summand(lambda term: term, [(a, 0, i), (b, 0, j - 1)]),
        "one place less": summand(lambda term: term, [(a, 0, i - 2), (b, 0, j - 1)]),
        "the other Gram": right(lambda side: side.xreplace({I_y * Q[i, j]: I_y * Q[j, i]})),
        "no identity": put(I_y, Integer(1)),
        "wrong from lag 4 on": plus(OFF * P[0, 0] * Q[0, 0]),
        "a power of n": right(lambda side: side / n),
    },
    "trace-degree": {
        "a power less": plus(-1),
        "one less for every trace": put(s, s - 1),
        "half of it": right(lambda side: side / 2),
    },
    "trace-factorisation": {
        "a power less": plus(-1),
        "one trace less": put(r, Integer(0)),
        "wrong without letters": plus(-KroneckerDelta(m, 0)),
    },
    "power-traces": {
        "a power more": put(nu_W**a, nu_W ** (a + 1)),
        "beside the diagonal": put(KroneckerDelta(a, b), KroneckerDelta(a + 1, b)),
        "1 at the edge": plus(KroneckerDelta(a, 0)),
        "not orthogonal from 4 on": plus(KroneckerDelta(a, 4) * KroneckerDelta(b, 2)),
    },
    "gram-limits": {
        "the other variance": about(is_value_of(p), put(nu_C, nu_F)),
        "a power more": about(is_value_of(q), put(nu_W**a, nu_W ** (a + 1))),
        "not diagonal": about(is_value_of(q), put(KroneckerDelta(a, b), Integer(1))),
        "no identity": about(is_equation_of(P), put(I_y, Integer(1))),
        "the other limit": about(is_equation_of(P), put(p[a, b], q[a, b])),
        "an order less": about(is_bound_of(P), lambda part: sympy.Le(part.lts, -2, evaluate=False)),
        "an order less for Q": about(is_bound_of(Q), lambda part: sympy.Le(part.lts, -2, evaluate=False)),
    },
    "kernel-mean": {
        "a share less": put(I_y, Integer(0)),
        "one place more": summand(lambda term: term, [(a, 0, i), (b, 0, j - 1)]),
    },
    "lag-weights": {
        "one place more": plus(nu_C * nu_F * nu_W ** (i - 1)),
        "wrong from lag 4 on": plus(nu_F * OFF),
        "wrong at lag 0": plus(KroneckerDelta(i, 0)),
        "wrong where nu_W is 0": plus(Integer(0) ** nu_W),
        "no output": put(nu_C + nu_F, nu_F),
    },
    "kernel-limit": {
        "not diagonal": about(is_equation_of(Theta), put(KroneckerDelta(i, j), Integer(1))),
        "beside the diagonal": about(
            is_equation_of(Theta), put(KroneckerDelta(i, j), KroneckerDelta(i, j + 1))
        ),
        "twice": about(is_equation_of(Theta), right(lambda side: 2 * side)),
        "wrong off the diagonal": about(is_equation_of(Theta), plus(KroneckerDelta(i, j + 4))),
        "an order less": about(is_bound_of(deg), lambda part: sympy.Le(part.lts, -2, evaluate=False)),
    },
    "impulse-response-prior": {
        "twice the variance": right(lambda side: side**2),
        "a power more": put(nu_W**j, nu_W ** (j + 1)),
        "one lag less": summand(lambda term: term, [(j, 0, m - 2)]),
        "another constant": right(lambda side: 2 * side),
    },
    "scaled-convolution": {
        "too many lags": put(Min(t, s), Max(t, s)),
        "one lag less": put(Min(t, s), Min(t, s) - 1),
        "the next weight": put(rho[j], rho[j + 1]),
        "a square": put(rho[j], rho[j] ** 2),
    },
    "wide-kernel": {
        "twice": right(lambda side: 2 * side),
        "no identity": put(I_y, Integer(1)),
        "at another time": put(t, t + 1),
    },
    "kernel-recursion": {
        "no input": put(nu_C + nu_F, nu_C),
        "no transition": right(lambda side: side.args[0]),
        "wrong at the edge": plus(KroneckerDelta(t, 0)),
        "wrong off the diagonal": plus(KroneckerDelta(t, s + 4)),
        "at other times": put(t, t + 1),
    },
    "bias": {
        "one lag less": put(m, m - 1),
        "the variance of the inputs": right(lambda side: side.subs(sympy.Symbol("nu_b"), nu_F)),
        "twice": right(lambda side: 2 * side),
    },
}


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name, lies in LIES.items() for lie in lies])
def test_a_lie_is_caught_by_the_step_that_tells_it(name, lie):
    statement = CATALOGUE[name]
    wrong = LIES[name][lie](statement.formula)
    off = told(statement, wrong)
    assert off.failure(off.proof[[s.name for s in off.proof].index("the statement")])
    assert_caught(off, statement)


@pytest.mark.parametrize("name", LIES)
def test_what_is_prose_is_counted(name):
    own = [step.name for step in CATALOGUE[name].proof if step.kind == "argument"]
    assert bool(own) == (name in ARGUED)
    assert "the statement" not in own


@pytest.mark.parametrize("name", ["impulse-response", "lag-kernel", "scaled-convolution"])
def test_the_algebra_of_the_model_rests_on_no_argument(name):
    assert CATALOGUE[name].arguments() == {}
    assert CATALOGUE[name].status in {"derived", "kernel-checked"}


@pytest.mark.parametrize("name", ["kernel-mean", "kernel-limit", "wide-kernel", "bias"])
def test_the_limits_rest_on_the_lag_kernel(name):
    assert {"lag-kernel", "trace-factorisation"} <= set(CATALOGUE[name].foundations())


def test_every_mean_square_limit_says_its_rate():
    for name in ("gram-limits", "kernel-limit"):
        bounds = [part for part in conjuncts(CATALOGUE[name].formula) if not isinstance(part, Eq)]
        assert bounds
        assert all(part.lts.func == deg and part.gts == -1 for part in bounds)


def test_the_lag_weights_hold_at_the_edges():
    weight = CATALOGUE["lag-weights"].formula.rhs
    assert weight.subs(i, 0) == nu_C + nu_F
    assert sympy.expand(weight.subs(i, 1).subs(nu_W, 0) - nu_C * nu_F) == 0
    assert weight.subs(i, 2).subs(nu_W, 0) == 0


@pytest.mark.parametrize("name", ["p", "q"])
def test_a_wrong_limit_of_a_gram_fails_the_weights(name):
    statement, grams = CATALOGUE["lag-weights"], CATALOGUE["gram-limits"]
    wrong = about(is_value_of(sympy.IndexedBase(name)), put(KroneckerDelta(a, b), KroneckerDelta(a, b + 1)))
    off = replace(grams, formula=wrong(grams.formula))
    with pytest.raises(ProofError, match="lag-weights: step 'the statement'"):
        replace(statement, uses=(off,)).check_steps()


def test_another_lag_kernel_has_another_limit(monkeypatch):
    kernel = wide_limit.lag_kernel()
    off = replace(kernel, formula=equation(kernel.formula.lhs, kernel.formula.rhs + P[i, j]))
    monkeypatch.setattr(wide_limit, "lag_kernel", lambda: off)
    wide_limit.lag_weights.cache_clear()
    with pytest.raises(ProofError, match="lag-weights: step 'the statement'"):
        wide_limit.lag_weights().check_steps()
    wide_limit.lag_weights.cache_clear()


def test_a_prior_with_another_variance_fails_in_its_law(monkeypatch):
    prior = closed_forms.prior_variance
    monkeypatch.setattr(closed_forms, "prior_variance", lambda lag, *nus: prior(lag + 1, *nus))
    with pytest.raises(ProofError, match="impulse-response-prior: step 'variances'"):
        statements()["impulse-response-prior"].check_steps()
