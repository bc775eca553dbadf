"""Proofs of a few steps for the tests of the rules, and the symbols that they speak of."""

import pytest
from sympy import Eq, symbols

from derivations.proof import ProofError, Statement

__all__ = ["INDICES", "fails", "holds", "statement"]

i, j, k, m, t = symbols("i j k m t")
x, y = symbols("x y")
INDICES = (i, j, k, m, t)


def statement(*steps, conditions=(), uses=(), indices=INDICES, name="s"):
    """A statement with these steps, of which the last that claims something claims its formula."""
    claims = [step.formula for step in steps if step.formula is not None]
    formula = claims[-1] if claims else Eq(x, y)
    return Statement(name, "t", formula, {}, (), "", steps, indices, conditions, uses)


def holds(*steps, **about):
    """Whether the proof of these steps holds."""
    try:
        statement(*steps, **about).check_steps()
    except ProofError:
        return False
    return True


def fails(*steps, match, **about):
    """Assert that it does not, and why."""
    with pytest.raises(ProofError, match=match):
        statement(*steps, **about).check_steps()
