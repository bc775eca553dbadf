"""Claims made at random: what is proved fails nowhere on a grid with edges, what is refuted where it says."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify import check_claim

SYMBOLS = ("nu_W", "nu_F", "nu_C")
GRID = [*product(map(Fraction, ("0", "1/3", "1/2", "3/4", "1", "2", "5")), repeat=3)]
RELATIONS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


def rho(lag):
    """Of nu_W, nu_F and nu_C."""
    return lambda w, f, c: (c + f) * w**lag + (lag * c * f * w ** (lag - 1) if lag else 0)


def total(w, f, c):
    if w >= 1:
        raise ZeroDivisionError
    return (c + f) / (1 - w) + c * f / (1 - w) ** 2


def mean_lag(w, f, c):
    return ((c + f) * w / (1 - w) ** 2 + c * f * (1 + w) / (1 - w) ** 3) / total(w, f, c)


def plus(text, one, other, how):
    return f"({one[0]} {text} {other[0]})", lambda *at: how(one[1](*at), other[1](*at))


ATOMS = [
    *((name, lambda *at, place=place: at[place]) for place, name in enumerate(SYMBOLS)),
    *((f"rho({lag})", rho(lag)) for lag in range(3)),
    ("s", lambda *at: at[1] + at[2]),
    ("p", lambda *at: at[1] * at[2]),
    ("total", total),
    ("mean_lag", mean_lag),
    *((f"({number})", lambda *_, number=number: Fraction(number)) for number in ("0", "1", "1/2", "2")),
]
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


@st.composite
def expressions(draw, depth=2):
    """A text, and what it means of nu_W, nu_F and nu_C; ZeroDivisionError where it has no value."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(ATOMS))
    sign = draw(st.sampled_from([*OPERATIONS]))
    return plus(sign, draw(expressions(depth - 1)), draw(expressions(depth - 1)), OPERATIONS[sign])


@st.composite
def relations(draw):
    left, sign, right = draw(expressions()), draw(st.sampled_from([*RELATIONS])), draw(expressions())
    return f"{left[0]} {sign} {right[0]}", lambda *at: RELATIONS[sign](left[1](*at), right[1](*at))


def fails(claim, conditions, at):
    """Whether all conditions hold at a point and the claim does not; False where one has no value."""
    try:
        return all(condition[1](*at) for condition in conditions) and not claim[1](*at)
    except ZeroDivisionError:
        return False


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(relations(), st.lists(relations(), max_size=2))
def test_no_verdict_is_wrong(claim, conditions):
    text = claim[0] + (f" for {', '.join(condition[0] for condition in conditions)}" if conditions else "")
    try:
        verdict = check_claim(text)
    except ValueError:  # nothing satisfies the conditions, or one cannot be used
        return
    if verdict.status == "proved":
        assert not [at for at in GRID if fails(claim, conditions, at)]
    if verdict.status == "refuted":
        values = {name: Fraction(1) for name in SYMBOLS} | {
            name: Fraction(value) for name, value in verdict.counterexample.values.items()
        }
        assert fails(claim, conditions, [values[name] for name in SYMBOLS])
