"""Inequalities by induction: what follows from a step and a start, and nothing else."""

import pytest
from sympy import And, Eq, Ge, IndexedBase, Le, Lt, symbols

from derivations import ProofError, Statement
from derivations.rules import induction, lemma

k, q, s, x = symbols("k q s x")
e = IndexedBase("e")
STEP = Le(e[k + 1], (1 + q) * e[k] + s)
GROWTH = lemma("one step", "", And(STEP, Eq(e[0], 0)))


def check(claim, *premises, conditions=()):
    steps = (*premises, induction("claim", "", claim, k, [premise.name for premise in premises]))
    Statement("s", "t", claim, {}, (), "", steps, (k,), conditions).check()


def test_a_recursion_of_inequalities_is_solved():
    check(Le(e[k], s * ((1 + q) ** k - 1) / q), GROWTH, conditions=(q > 0,))
    check(Ge(((1 - x) ** 2) ** k, 1), conditions=(x >= 2,))


@pytest.mark.parametrize(
    "wrong",
    [
        Le(e[k], s * ((1 + q) ** k - 1) / q - 1),
        Le(e[k], s * ((1 + q) ** k - 1) / (2 * q)),
        Le(e[k], s * ((1 + q / 2) ** k - 1) / q),
        Lt(e[k], s * ((1 + q) ** k - 1) / q),
        Ge(e[k], s * ((1 + q) ** k - 1) / q),
        Le(e[k], k * s),
    ],
)
def test_what_does_not_follow_is_refused(wrong):
    with pytest.raises(ProofError, match="claim"):
        check(wrong, GROWTH, conditions=(q > 0, s >= 0))


def test_the_start_and_the_sign_of_q_are_needed():
    no_start = lemma("one step", "", STEP)
    with pytest.raises(ProofError, match="claim"):
        check(Le(e[k], s * ((1 + q) ** k - 1) / q), no_start, conditions=(q > 0,))
    with pytest.raises(ProofError, match="claim"):
        check(Le(e[k], s * ((1 + q) ** k - 1) / q), GROWTH, conditions=(q < 0,))
    with pytest.raises(ProofError, match="claim"):
        check(Ge(((1 - x) ** 2) ** k, 1), conditions=(x >= 1,))
