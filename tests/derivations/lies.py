"""Consistent lies: a formula and the steps that claim it, changed alike."""

from collections.abc import Iterator
from dataclasses import replace

import sympy

from derivations import Statement

CLAIMING = {"kernel-checked", "derived"}
"""What a lie must not be."""
CASES = {"evidence", "conjecture"}


def told(statement: Statement, formula: sympy.Basic) -> Statement:
    """The statement with another formula, in every step that claims it too."""
    assert formula != statement.formula
    steps = (replace(s, formula=formula) if s.formula == statement.formula else s for s in statement.proof)
    return replace(statement, formula=formula, proof=tuple(steps))


def refusals(lie: Statement, truth: Statement) -> Iterator[str]:
    """Why the lie's proof fails, as far as it is not the truth's, which holds.

    Looked at is what the lie touches: the steps it changes, those that name one, and cases of the formula.
    :meth:`Statement.check_steps` looks at all, and finds no less.
    """
    yield from lie.faults()
    changed = {step.name for step in lie.proof if step not in truth.proof}
    claims = [step for step in lie.proof if step.name in changed or changed & {*step.using}]
    cases = [step for step in lie.proof if step.kind in CASES and lie.formula != truth.formula]
    yield from filter(None, (lie.failure(step) for step in dict.fromkeys([*claims, *cases])))


def assert_caught(lie: Statement, truth: Statement) -> None:
    """The proof fails, or what is left claims no more than that somebody argues for it."""
    refused = next(refusals(lie, truth), None)
    if refused is None:
        assert lie.status not in CLAIMING, f"{lie.name} is {lie.status} with {lie.formula}"
    elif truth.status == "kernel-checked":
        assert lie.status != "kernel-checked", f"a theorem of Coq stands for {lie.formula}"
