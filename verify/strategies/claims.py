"""Claims about the lag weights as people write them, true or false by construction.

A claim equates a weight, ``rho(i)``, ``rho(i+2)`` or ``rho(3)``, with a rewriting of its closed form, or
bounds it by one.  The rewriting is put together by steps each of which is an identity: sums and products in
another order or multiplied out, powers split, the places of dW counted one by one, the weight before, a term
added and taken away, a fraction expanded.  A false claim has one slip: a factor, a lag, a power, a variance,
or a term that is missing; and it is drawn only if both sides, evaluated in fractions, break it at small
numbers.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from verify.strategies.formulas import (
    Formula,
    added,
    lag,
    multiplied,
    number,
    over,
    raised,
    rho,
    summed,
    symbol,
)

__all__ = ["Claim", "claims"]

Draw = Callable[[st.SearchStrategy[Any]], Any]
At = Callable[[int], Formula]
"""The formula of a lag: ``i + k``, or k."""

_W, _F, _C = map(symbol, ("nu_W", "nu_F", "nu_C"))
_RELATIONS = {"=": ("=", operator.eq), "<=": (r"\le", operator.le), ">=": (r"\ge", operator.ge)}
_SLIPS = ("factor", "lag", "power", "variance", "missing term")
_MOST_OFFSET = 3
_POINTS = [
    {"nu_W": Fraction(w), "nu_F": Fraction(f), "nu_C": Fraction(c), "i": Fraction(i)}
    for i, w, f, c in product((0, 1, 2, 4), ("1/2", "2"), ("1", "1/3"), ("1", "3"))
]


@dataclass(frozen=True)
class Claim:
    """A claim about the network of ``Variances``, whose numbers may be any that are not negative.

    Attributes
    ----------
    text, latex
        ``rho(i) = ...``, and the same as in a paper.
    true
        Whether it holds for every natural i.
    """

    text: str
    latex: str
    true: bool


@st.composite
def claims(draw: Draw, *, true: bool | None = None) -> Claim:
    """Claims about the lag weights, both true and false ones, or as ``true`` says.

    >>> from hypothesis import find
    >>> find(claims(), lambda claim: claim.true).text
    'rho(i) = (nu_C + nu_F)*nu_W^i + nu_C*nu_F*i*nu_W^(i-1)'
    """
    holds = draw(st.sampled_from([True, False])) if true is None else true
    fixed, offset = draw(st.booleans()), draw(st.integers(0, _MOST_OFFSET))
    offset += fixed and not offset  # rho(0) has no second term to write
    slip = None if holds else draw(st.sampled_from(_SLIPS))
    left, right = rho(lag(offset, fixed=fixed)), _rewritten(draw, offset, fixed=fixed, slip=slip)
    relation = draw(st.sampled_from(list(_RELATIONS)))
    if relation == "<=":
        right = added(right, draw(_monomials()))
    if relation == ">=":
        left = added(left, draw(_monomials()))
    sign, compare = _RELATIONS[relation]
    if not holds:
        assume(not all(compare(left.value(at), right.value(at)) for at in _POINTS))
    return Claim(f"{left.text} {relation} {right.text}", f"{left.latex} {sign} {right.latex}", holds)


def _rewritten(draw: Draw, offset: int, *, fixed: bool, slip: str | None) -> Formula:
    """The weight of a lag written in some way, with a slip in one of its shares if there is one."""
    recursive = offset > 0 and draw(st.booleans())
    shares = (_weight_before, _place_more) if recursive else (_of_readout_and_input, _of_transition)
    slipping = draw(st.integers(0, 1)) if slip else None
    terms: list[Formula] = []
    for which, share in enumerate(shares):
        here = slip if which == slipping else None
        if here != "missing term":
            more = {"factor": [number(2)], "power": [_W]}.get(str(here), [])
            at = partial(lag, fixed=fixed)
            terms += share(draw, offset + (here == "lag"), at, _W if here == "variance" else _F, more)
    terms = list(draw(st.permutations(terms)))
    twice = draw(st.none() | _monomials())
    written = added(*terms) if twice is None else added(*terms, twice, less=twice)
    if draw(st.booleans()):
        return written
    same = added(number(1), draw(_monomials()))
    return over(multiplied(same, written), same)


def _of_readout_and_input(draw: Draw, k: int, at: At, F: Formula, more: list[Formula]) -> list[Formula]:
    power = _power(draw, k, at)
    if draw(st.booleans()):
        return [_product(draw, factor, power, *more) for factor in (_C, F)]
    return [_product(draw, added(*draw(st.permutations([_C, F]))), power, *more)]


def _of_transition(draw: Draw, k: int, at: At, F: Formula, more: list[Formula]) -> list[Formula]:
    if not draw(st.booleans()):
        return [_product(draw, _C, F, at(k), raised(_W, at(k - 1)), *more)]

    def place(before: Formula) -> Formula:
        end = at(k - 1)
        after = Formula(f"{end.text}-k", f"{end.latex}-k", lambda p: end.value(p) - p["k"], binding=0)
        return multiplied(_C, raised(_W, before), F, raised(_W, after), *more)

    return [summed(place, at(k - 1))]


def _weight_before(draw: Draw, k: int, at: At, F: Formula, more: list[Formula]) -> list[Formula]:
    return [_product(draw, _W if F is _F else _F, rho(at(k - 1)), *more)]


def _place_more(draw: Draw, k: int, at: At, F: Formula, more: list[Formula]) -> list[Formula]:
    return [_product(draw, _C, F, _power(draw, k - 1, at), *more)]


def _power(draw: Draw, k: int, at: At) -> Formula:
    """nu_W to the power of a lag, in one or two factors."""
    part = draw(st.integers(0, max(k, 0)))
    return multiplied(raised(_W, at(k - part)), raised(_W, number(part))) if part else raised(_W, at(k))


def _product(draw: Draw, *factors: Formula) -> Formula:
    """In any order."""
    return multiplied(*draw(st.permutations(factors)))


def _monomials() -> st.SearchStrategy[Formula]:
    """Products that are not negative."""
    factors = st.lists(st.sampled_from([_W, _F, _C, raised(_W, number(2))]), min_size=1, max_size=3)
    return factors.map(lambda some: multiplied(*some))
