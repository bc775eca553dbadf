"""The laws of a finite width: what is argued, and lies about them that are told alike or mutated."""

import sys
from collections import Counter
from dataclasses import replace

import pytest
import sympy
from sympy import Eq, Implies, KroneckerDelta, Max, Min, Mod, Ne, Piecewise

from derivations import ProofError
from derivations import finite_width_forms as forms
from derivations.symbols import n, nu_C, nu_F, nu_W
from derivations.theorems import (
    kernel_bias,
    kernel_covariances,
    kernel_cumulants,
    kernel_means,
    planar_words,
    trace_covariances,
    trace_cumulants,
    trace_orders,
)
from tests.derivations.lies import assert_caught, refusals, told

STATEMENTS = {
    "trace-cumulants": trace_cumulants.trace_cumulants,
    "alternating-words": planar_words.alternating_words,
    "crosscap-traces": trace_orders.crosscap_traces,
    "trace-covariance": trace_covariances.trace_covariance,
    "trace-second-order": trace_orders.trace_second_order,
    "exact-mean": kernel_means.exact_mean,
    "finite-width-mean": kernel_means.finite_width_mean,
    "finite-width-second-order": kernel_bias.finite_width_second_order,
    "finite-width-covariance": kernel_covariances.finite_width_covariance,
    "finite-width-fluctuations": kernel_cumulants.finite_width_fluctuations,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_proof_tells_what_is_argued(name):
    statement = STATEMENTS[name]()
    assert statement.name == name
    assert statement.status in {"argued", "kernel-checked"}
    own = tuple(step.name for step in statement.proof if step.kind == "argument")
    assert statement.arguments().get(name, ()) == (own if statement.status == "argued" else ())
    kinds = Counter(step.kind for step in statement.proof)
    assert kinds["argument"] <= 5 < len(statement.proof)


# Consistent lies: the formula, in the statement and in every step that claims it.


def right_side(change):
    return lambda formula: formula.func(formula.lhs, change(formula.rhs), evaluate=False)


def parts(change):
    """Changes each part of a formula as the change says of its kind."""
    return lambda formula: formula.func(*(change(part) for part in formula.args), evaluate=False)


def of_kind(kind, change):
    return parts(lambda part: change(part) if isinstance(part, kind) else part)


def conclusion(change, value):
    """Changes the implication whose conclusion has the right side."""
    return of_kind(
        Implies,
        lambda part: (
            Implies(part.args[0], change(part.args[1])) if (part.args[1].rhs == 0) == value else part
        ),
    )


i, j, k, l, r, a, b, d, h, D, a1, a2, b1, b2 = sympy.symbols("i j k l r a b d h D a1 a2 b1 b2")  # noqa: E741
LIES = {
    "a power less in cumulants": ("trace-cumulants", right_side(lambda right: right - 1)),
    "a trace more, two powers less": ("trace-cumulants", right_side(lambda right: right - r)),
    "the least of three": (
        "alternating-words",
        right_side(lambda _: KroneckerDelta(a1 + a2, b1 + b2) * (1 + Min(a1, b1, a2))),
    ),
    "the least of four less one": (
        "alternating-words",
        right_side(lambda _: KroneckerDelta(a1 + a2, b1 + b2) * Min(a1, b1, a2, b2)),
    ),
    "unbalanced words too": ("alternating-words", right_side(lambda _: 1 + Min(a1, b1, a2, b2))),
    "an empty power counts for more": (
        "alternating-words",
        right_side(lambda right: right + KroneckerDelta(a1, 0) * KroneckerDelta(a2, b1 + b2)),
    ),
    "a crosscap on the diagonal": (
        "crosscap-traces",
        right_side(lambda _: Piecewise((Min(a, b) + 1, Eq(Mod(a - b, 2), 0)), (0, True))),
    ),
    "a crosscap at odd offsets": (
        "crosscap-traces",
        right_side(lambda _: Piecewise((Min(a, b) + 1, Ne(a, b)), (0, True))),
    ),
    "the greater power": ("crosscap-traces", right_side(lambda right: right.subs(Min(a, b), Max(a, b)))),
    "crosscaps wrong from power 4 on": (
        "crosscap-traces",
        right_side(lambda right: right.subs(Min(a, b), Min(a, b, 3))),
    ),
    "offset 0 not doubled": (
        "trace-covariance",
        of_kind(Eq, right_side(lambda right: right.subs(KroneckerDelta(0, D), 0))),
    ),
    "an edge of the covariance": (
        "trace-covariance",
        of_kind(Eq, right_side(lambda right: right + KroneckerDelta(b, 0) * D)),
    ),
    "covariances of opposite offsets vanish": (
        "trace-covariance",
        of_kind(Implies, lambda part: Implies(Ne(a + d, b + sympy.Symbol("c")), part.args[1])),
    ),
    "other offsets covary": (
        "trace-covariance",
        of_kind(
            Implies, lambda part: Implies(part.args[0], right_side(lambda _: sympy.Integer(1))(part.args[1]))
        ),
    ),
    "the second order wrong from power 4 on": (
        "trace-second-order",
        right_side(lambda right: right + a * (a - 1) * (a - 2) * (a - 3)),
    ),
    "the second order without its parity": (
        "trace-second-order",
        right_side(lambda right: right.subs((-1) ** a, 1)),
    ),
    "a power of nu_W too many": ("exact-mean", conclusion(right_side(lambda right: nu_W * right), False)),
    "an order too many": ("exact-mean", conclusion(right_side(lambda right: right / n), False)),
    "odd offsets": ("exact-mean", conclusion(right_side(lambda right: right + 1), True)),
    "even for odd": (
        "exact-mean",
        of_kind(Implies, lambda part: Implies(part.args[0].subs(h, h + 1), part.args[1])),
    ),
    "a mean beside the diagonal alone": (
        "finite-width-mean",
        right_side(lambda right: Piecewise((right.args[0].expr, Eq(Mod(i - j, 2), 0)), (0, True))),
    ),
    "the mean at lag 0": ("finite-width-mean", right_side(lambda right: right + KroneckerDelta(i + j, 0))),
    "the mean wrong from lag 4 on": (
        "finite-width-mean",
        right_side(lambda right: right.subs(Min(i, j), Min(i, j, 3))),
    ),
    "the bias wrong from lag 4 on": (
        "finite-width-second-order",
        right_side(lambda right: right + i * (i - 1) * (i - 2) * (i - 3) * nu_W**i),
    ),
    "the bias at lag 0": (
        "finite-width-second-order",
        right_side(lambda right: right + KroneckerDelta(i, 0)),
    ),
    "half the bias": ("finite-width-second-order", right_side(lambda right: right / 2)),
    "parallel offsets alone": (
        "finite-width-covariance",
        right_side(lambda right: right.subs(KroneckerDelta(i - j, l - k), 0)),
    ),
    "the covariance at lag 0": (
        "finite-width-covariance",
        right_side(lambda right: right + KroneckerDelta(i + j + k + l, 0) * nu_F),
    ),
    "the greatest lag": (
        "finite-width-covariance",
        right_side(lambda right: right.subs(Min(i, j, k, l), Min(Max(i, j), Max(k, l)))),
    ),
    "nu_F for nu_C": ("finite-width-covariance", right_side(lambda right: right.subs(nu_F, nu_C))),
    "an order less": (
        "finite-width-fluctuations",
        parts(lambda part: part if isinstance(part, Implies) else right_side(lambda right: right - 1)(part)),
    ),
    "fluctuations of order two vanish": (
        "finite-width-fluctuations",
        of_kind(Implies, lambda part: Implies(sympy.Ge(r, 2), part.args[1])),
    ),
    "a rate too good": (
        "finite-width-fluctuations",
        of_kind(
            Implies, lambda part: Implies(part.args[0], right_side(lambda _: -sympy.Integer(1))(part.args[1]))
        ),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_consistent_lie_is_caught(lie):
    name, change = LIES[lie]
    statement = STATEMENTS[name]()
    lie = told(statement, change(statement.formula))
    assert next(refusals(lie, statement), None)
    assert_caught(lie, statement)


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_evidence_looks_at_the_formula_alone(name):
    statement = STATEMENTS[name]()
    lies = [change(statement.formula) for of, change in LIES.values() if of == name]
    evidence = [step for step in statement.proof if step.kind == "evidence"]
    assert evidence
    assert any(replace(statement, formula=lie).failure(step) for step in evidence for lie in lies)
    assert not any(statement.failure(step) for step in evidence)


# Laws that are wrong wherever they stand: law, its wrong version, the statement that must fall.

MUTANTS = {
    "crosscap one less": ("crosscap", lambda a: a, "crosscap-traces"),
    "crosscap one more": ("crosscap", lambda a: a + 2, "finite-width-mean"),
    "tau without its sign": (
        "crosscap_pairs",
        lambda i: sympy.Rational(1, 48) * (2 * i**4 + 16 * i**3 - 8 * i**2 - 16 * i),
        "trace-second-order",
    ),
    "tau with another quadratic term": (
        "crosscap_pairs",
        lambda i, right=forms.crosscap_pairs: right(i) + i * (i - 1),
        "trace-second-order",
    ),
    "U with another quadratic term": (
        "transition_pairs",
        lambda i, right=forms.transition_pairs: right(i) + i * (i - 1),
        "finite-width-second-order",
    ),
    "U with another quintic term": (
        "transition_pairs",
        lambda i, right=forms.transition_pairs: right(i) + i**5,
        "finite-width-second-order",
    ),
    "overlap of walks with m and M exchanged": (
        "walk_overlap",
        lambda m, M, right=forms.walk_overlap: right(M, m),
        "finite-width-covariance",
    ),
    "no doubling at offset 0": (
        "trace_covariance",
        lambda b, d, offset: forms.walk_overlap(b, d) + offset * (b + 1) * (d + 1),
        "trace-covariance",
    ),
    "offset counted once more": (
        "trace_covariance",
        lambda b, d, offset, right=forms.trace_covariance: right(b, d, offset) + offset,
        "trace-covariance",
    ),
    "transition dropped from the mean": (
        "crosscap_mean",
        lambda a, half, w, s, _p: s * (a + 1) * w**half,
        "finite-width-mean",
    ),
    "a power of nu_W too many in the bias": (
        "second_order_mean",
        lambda i, w, s, p, right=forms.second_order_mean: w * right(i, w, s, p),
        "finite-width-second-order",
    ),
    "no step in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * w**half
        ),
        "finite-width-covariance",
    ),
    "one step in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * other * (M - m) * w ** (half - 1)
        ),
        "finite-width-covariance",
    ),
    "two steps in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * other**2 * m * (m - 1) * (m - 2) * w ** (half - 2)
        ),
        "finite-width-covariance",
    ),
    "only parallel offsets": (
        "covariance",
        lambda i, j, k, l, w, f, c, right=forms.covariance: (  # noqa: E741
            right(i, j, k, l, w, f, c) if i - j == k - l else 0 * w
        ),
        "finite-width-covariance",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutated_law_is_rejected(mutant, monkeypatch):
    law, wrong, name = MUTANTS[mutant]
    right = getattr(forms, law)
    for module in [module for of, module in sys.modules.items() if of.startswith("derivations.")]:
        if getattr(module, law, None) is right:
            monkeypatch.setattr(module, law, wrong)
    for build in STATEMENTS.values():
        build.cache_clear()
    try:
        with pytest.raises(ProofError, match="step"):
            STATEMENTS[name]().check_steps()
    finally:
        for build in STATEMENTS.values():
            build.cache_clear()
