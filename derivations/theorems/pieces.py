"""Steps, sums and words that several finite-width proofs share."""

from collections.abc import Iterable, Mapping
from typing import Any

import sympy
from flint import fmpz_mpoly
from sympy import Eq

from derivations.power_words import PowerWord, join
from derivations.proof import Obligation, Step, telescoping

__all__ = [
    "arms",
    "arms_sum",
    "by_cases",
    "choose",
    "coefficient",
    "equal_words",
    "imbalance",
    "induction_by_two",
    "power_word",
]


def equal_words(name: str, text: str, *pairs: tuple[tuple[PowerWord, ...], tuple[PowerWord, ...]]) -> Step:
    """The step that words with symbolic powers are letter by letter as claimed."""
    return Step(
        name,
        text,
        "identity",
        None,
        lambda _: [
            (f"{left} = {right}", tuple(map(join, left)) == tuple(map(join, right))) for left, right in pairs
        ],
    )


def by_cases(
    name: str, text: str, left: sympy.Expr, right: sympy.Expr, *cases: Mapping[sympy.Symbol, sympy.Expr | int]
) -> Step:
    """The step ``left = right`` in all cases, each an ordering of the symbols by slack variables >= 0."""

    def obligations(formula: Any) -> Iterable[Obligation]:
        for case in cases:
            difference = (formula.lhs - formula.rhs).subs(case, simultaneous=True)
            yield f"for {dict(case)}", bool(sympy.expand(difference) == 0)

    return Step(name, text, "identity", Eq(left, right, evaluate=False), obligations)


def induction_by_two(
    name: str, text: str, formula: sympy.Basic, base: sympy.Expr, next_base: sympy.Expr, step: sympy.Expr
) -> Step:
    """An induction in steps of two, from two bases; all three are differences that vanish if it holds."""
    obligations = [("base", base), ("next base", next_base), ("step", step)]
    return Step(name, text, "induction", formula, lambda _: obligations)


def arms() -> Step:
    """The sum of (q - m)(m + 1) over m < x in closed form, for symbolic q and x."""
    q, x = sympy.symbols("q x")
    return telescoping(
        "the arms",
        "The sum of $(q - m)(m + 1)$ over $m < x$.",
        (q - x) * (x + 1),
        x,
        arms_sum(q, x),
    )


def arms_sum(q: sympy.Expr, x: sympy.Expr) -> sympy.Expr:
    """The closed form of :func:`arms`."""
    return x * (x + 1) * (3 * q - 2 * x + 2) / 6


def choose(x: sympy.Expr, count: int) -> sympy.Expr:
    """The binomial coefficient as a polynomial."""
    return sympy.prod(x - below for below in range(count)) / sympy.factorial(count)


def imbalance(word: PowerWord) -> sympy.Expr:
    """The number of letters M less that of M'."""
    return sympy.Add(*(exponent if letter == "W" else -exponent for letter, exponent in word))


def power_word(p: int, q: int) -> str:
    """The word W^p W'^q.

    >>> power_word(2, 1)
    'WWw'
    """
    return "W" * p + "w" * q


def coefficient(polynomial: fmpz_mpoly, power: int) -> int:
    """The coefficient of n^power, for a polynomial in n alone."""
    return int(polynomial.to_dict().get((power, 0, 0), 0))
