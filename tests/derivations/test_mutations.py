"""Consistent lies: a formula and the steps that claim it, changed alike, are not proved.

A lie is *caught* if the proof fails, or if what is left claims no more than that somebody argues for it.
Every statement is lied about here by rule; by hand in the tests of the theorems.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sympy
from sympy import And, Eq, Implies, KroneckerDelta, Symbol, Tuple

from derivations import Statement, statements
from derivations.rewriting import conjuncts
from tests.derivations.lies import assert_caught, told

CATALOGUE = statements()
NAMES = tuple(CATALOGUE)
TAKEN = {"argument", "lemma", "definition", "evidence", "conjecture"}
"""The kinds of steps that no rule derives."""
JUNK = Symbol("junk")


def relations(formula: sympy.Basic) -> list[sympy.Basic]:
    """The relations in a formula that could be changed: its equations and inequalities."""
    if isinstance(formula, sympy.core.relational.Relational):
        return [formula]
    if isinstance(formula, Implies):
        return relations(formula.args[1])
    return [part for arg in formula.args for part in relations(arg)] if isinstance(formula, And) else []


def changed(
    formula: sympy.Basic, change: Callable[[sympy.Basic], sympy.Basic | None]
) -> Iterator[sympy.Basic]:
    """The formula with one relation changed, for each."""
    for part in relations(formula):
        wrong = change(part)
        if wrong is not None:
            yield substituted(formula, part, wrong)


def substituted(formula: sympy.Basic, part: sympy.Basic, wrong: sympy.Basic) -> sympy.Basic:
    if formula == part:
        return wrong
    if isinstance(formula, And | Implies):
        return formula.func(*(substituted(arg, part, wrong) for arg in formula.args), evaluate=False)
    return formula


def components(side: sympy.Basic) -> tuple[sympy.Basic, ...]:
    return tuple(side) if isinstance(side, Tuple) else (side,)


def with_right(part: sympy.Basic, change: Callable[[sympy.Basic], sympy.Basic]) -> sympy.Basic:
    first, *others = components(part.rhs)
    right = Tuple(change(first), *others) if isinstance(part.rhs, Tuple) else change(first)
    return part.func(part.lhs, right, evaluate=False)


def left_replaced(part: sympy.Basic) -> sympy.Basic:
    left = Tuple(JUNK, *components(part.lhs)[1:]) if isinstance(part.lhs, Tuple) else JUNK
    return part.func(left, part.rhs, evaluate=False)


def flipped(part: sympy.Basic) -> sympy.Basic | None:
    """Another relation: no equation, the opposite inequality."""
    if isinstance(part, Eq):
        numbers = all(side.is_commutative for side in (*components(part.lhs), *components(part.rhs)))
        tuples = isinstance(part.lhs, Tuple)
        return sympy.Lt(part.lhs, part.rhs, evaluate=False) if numbers and not tuples else None
    return {sympy.Le: sympy.Gt, sympy.Lt: sympy.Ge, sympy.Ge: sympy.Lt, sympy.Gt: sympy.Le}[part.func](
        *part.args, evaluate=False
    )


def edge_added(statement: Statement) -> Callable[[sympy.Basic], sympy.Basic | None]:
    """A term that is 1 where an index of the formula is 0."""

    def change(part: sympy.Basic) -> sympy.Basic | None:
        at = sorted((s for s in part.free_symbols if s in statement.indices), key=str)
        if not at or not all(side.is_commutative for side in components(part.rhs)):
            return None
        sign = -1 if isinstance(part, sympy.Le | sympy.Lt) else 1
        return with_right(part, lambda right: right + sign * KroneckerDelta(at[0], 0))

    return change


def right_doubled(part: sympy.Basic) -> sympy.Basic:
    """An inequality says more with 1 less on its greater side."""
    if isinstance(part, Eq):
        return with_right(part, lambda right: 2 * right if right != 0 else right + 1)
    less = part.gts - 1
    return part.func(*(less if side == part.gts else side for side in part.args), evaluate=False)


def made_strict(part: sympy.Basic) -> sympy.Basic | None:
    strict = {sympy.Le: sympy.Lt, sympy.Ge: sympy.Gt}.get(part.func)
    return strict and strict(*part.args, evaluate=False)


LIES = {
    "left side replaced": lambda _: left_replaced,
    "relation flipped": lambda _: flipped,
    "a term [i = 0] added": edge_added,
    "right side doubled": lambda _: right_doubled,
    "an inequality made strict": lambda _: made_strict,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("name", NAMES)
def test_a_formula_that_lies_is_not_proved(name, lie):
    statement = CATALOGUE[name]
    for wrong in changed(statement.formula, LIES[lie](statement)):
        assert_caught(told(statement, wrong), statement)


def labels(statement: Statement) -> Iterator[str]:
    yield from (step.name for step in statement.proof if step.kind not in {"evidence"})
    yield from (used.name for used in statement.uses)


@pytest.mark.parametrize("name", NAMES)
def test_a_proof_without_one_of_its_steps_or_uses_is_none(name):
    """A step that names what is not there fails; without the name it does too (the next test)."""
    statement = CATALOGUE[name]
    for label in labels(statement):
        steps = tuple(step for step in statement.proof if step.name != label)
        torn = replace(statement, proof=steps, uses=tuple(u for u in statement.uses if u.name != label))
        named = (torn.failure(step) for step in steps if label in step.using)
        assert next(filter(None, (*torn.faults(), *named)), None), f"{name} does not need {label}"


@pytest.mark.parametrize("name", NAMES)
def test_a_step_needs_all_that_it_names(name):
    statement = CATALOGUE[name]
    for step in statement.proof:
        for label in () if step.kind in TAKEN else dict.fromkeys(step.using):
            alone = replace(step, using=tuple(other for other in step.using if other != label))
            torn = replace(statement, proof=tuple(alone if s is step else s for s in statement.proof))
            assert torn.failure(alone), f"{name}: {step.name} does not need {label}"


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_lies_is_found(name):
    """Every claim that a rule checks, changed in its step alone."""
    statement = CATALOGUE[name]
    for step in statement.proof:
        if step.kind in TAKEN:
            continue
        for part in conjuncts(step.formula):
            if isinstance(part, Eq) and part.rhs.is_commutative:
                wrong = part.func(part.lhs, part.rhs + JUNK, evaluate=False)
                formula = substituted(step.formula, part, wrong)
                if formula != step.formula:
                    lie = replace(step, formula=formula)
                    lying = replace(statement, proof=tuple(lie if s is step else s for s in statement.proof))
                    assert lying.failure(lie), f"{name}: {step.name} claims {formula}"


@pytest.mark.parametrize("name", NAMES)
def test_evidence_is_of_the_formula(name):
    """Cases are computed from the statement's formula: with another one they fail."""
    statement = CATALOGUE[name]
    for step in statement.proof:
        if step.kind in {"evidence", "conjecture"}:
            assert statement.failure(step) is None
            wrongs = [*changed(statement.formula, right_doubled)]
            assert wrongs
            assert any(
                (lie := told(statement, wrong)).failure(lie.proof[statement.proof.index(step)])
                for wrong in wrongs
            ), f"{name}: {step.name} does not look at the formula"
