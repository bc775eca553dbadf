"""Claims that are drawn are what they say: true ones hold wherever they are tried, false ones break."""

import operator
import re
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import find, given, settings

from derivations.closed_forms import lag_weight
from verify.strategies import claims

RELATIONS = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}
SUM = re.compile(r"sum\((.*), k, 0, ([^)]*)\)")


def value(text, at):
    """By Python's own grammar; its text is ours."""

    def summed(found):
        term, end = found.groups()
        terms = (value(term, {**at, "k": k}) for k in range(value(end, at) + 1))
        return f"Fraction('{sum(terms, Fraction(0))}')"

    def rho(i):
        return lag_weight(i, at["nu_W"], at["nu_C"] + at["nu_F"], at["nu_C"] * at["nu_F"])

    return eval(SUM.sub(summed, text).replace("^", "**"), {"Fraction": Fraction, "rho": rho, **at})


def holds(claim, at):
    left, relation, right = re.fullmatch(r"(.*) (=|<=|>=) (.*)", claim.text).groups()
    return RELATIONS[relation](value(left, at), value(right, at))


def points():
    for i, w, f, c in product((0, 1, 2, 4, 5), (Fraction(1, 2), Fraction(2)), (1, Fraction(1, 3)), (1, 3)):
        yield {"i": i, "nu_W": w, "nu_F": Fraction(f), "nu_C": Fraction(c)}


@given(claims(true=True))
def test_a_true_claim_holds_at_every_point(claim):
    assert claim.true
    assert all(holds(claim, at) for at in points())


@given(claims(true=False))
def test_a_false_claim_breaks_at_some_point(claim):
    assert not claim.true
    assert not all(holds(claim, at) for at in points())


def test_the_simplest_is_that_of_the_theory():
    true = find(claims(true=True), lambda _: True)
    assert true.text == "rho(i) = (nu_C + nu_F)*nu_W^i + nu_C*nu_F*i*nu_W^(i-1)"
    assert true.latex == (
        r"\rho_{i} = \left(\nu_C + \nu_F\right) \cdot \nu_W^{i} + \nu_C \cdot \nu_F \cdot i \cdot \nu_W^{i-1}"
    )


@settings(max_examples=20)
@given(claims())
def test_the_verdict_on_a_claim_is_never_wrong(claim):
    check_claim = pytest.importorskip("verify.claims", reason="claims are checked elsewhere").check_claim
    wrong = "refuted" if claim.true else "proved"
    assert check_claim(claim.text).status != wrong
    assert check_claim(claim.latex).status != wrong
