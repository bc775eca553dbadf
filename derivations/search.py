"""Signs of polynomials, from those of their generators and from polynomials that are not negative.

A polynomial is not negative if multiples of such *facts* can be subtracted until only terms that are not
negative are left (a proof in the manner of Handelman 1988).  A point that has the signs, obeys the facts and
makes it negative tells at once that no such proof exists.
"""

from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from random import Random
from typing import Any, TypeAlias

import sympy
from sympy.polys.rings import PolyElement

__all__ = ["DEEPEST", "LONGEST", "Polynomial", "Search", "value_at"]

DEEPEST = 6
"""The most conditions that one proof of a sign takes: a bound on the search, not on what is true."""


LONGEST = 200
"""The most polynomials that one search for a sign looks at."""


Polynomial: TypeAlias = PolyElement


_SAMPLES = {
    2: [sympy.QQ(1), sympy.QQ(2), sympy.QQ(1, 3)],
    1: [sympy.QQ(0), sympy.QQ(1), sympy.QQ(2), sympy.QQ(1, 3)],
    0: [sympy.QQ(-2), sympy.QQ(-1, 2), sympy.QQ(0), sympy.QQ(1), sympy.QQ(2)],
}
"""Values for a generator of each sign, small and about 1, where conditions usually are."""


def value_at(polynomial: Polynomial, point: tuple[Any, ...]) -> Any:
    """The polynomial's value where its generators have these."""
    total = sympy.QQ(0)
    for exponents, factor in polynomial.terms():
        for value, exponent in zip(point, exponents, strict=True):
            if exponent:
                factor *= value**exponent
        total += factor
    return total


@dataclass
class Search:
    """Signs of polynomials in generators of known signs, from polynomials that are not negative."""

    signs: list[int]
    facts: list[tuple[Polynomial, bool]]
    tried: set[tuple[int, Polynomial]] = field(default_factory=set)
    left: int = 0

    def learn(self, fact: Polynomial, strict: bool) -> None:
        """Take in the sign of a generator that is a fact."""
        if fact.is_generator:
            place = fact.ring.gens.index(fact)
            self.signs[place] = max(self.signs[place], 2 if strict else 1)

    def sign(self, polynomial: Polynomial) -> int:
        """2, 1 or 0 as :func:`sign` says; proofs with few conditions are tried first."""
        for depth in range(DEEPEST + 1):
            self.tried.clear()
            self.left = LONGEST
            if found := self.within(polynomial, depth):
                stricter = found == 1 and any(
                    strict and self.within(polynomial - fact, 0) for fact, strict in self.facts
                )
                return 2 if stricter else found
        return 0

    def within(self, polynomial: Polynomial, depth: int) -> int:
        """As :meth:`sign`, by subtracting so many facts at most."""
        if polynomial.is_zero:
            return 1
        wrong = [(e, c) for e, c in polynomial.terms() if c < 0 or not self.monomial(e)]
        if not wrong:
            return max(self.monomial(exponents) for exponents, _ in polynomial.terms())
        self.left -= 1
        if not depth or self.left < 0 or (depth, polynomial) in self.tried:
            return 0
        self.tried.add((depth, polynomial))
        exponents, factor = wrong[0]
        for fact, strict in self.facts:  # subtract one of them so that this term goes
            for theirs, their_factor in fact.terms():
                if their_factor * factor > 0 and all(x >= y for x, y in zip(exponents, theirs, strict=True)):
                    multiple = tuple(x - y for x, y in zip(exponents, theirs, strict=True))
                    if sign := self.monomial(multiple):
                        term = polynomial.ring.term_new(multiple, factor / their_factor)
                        if seen := self.within(polynomial - term * fact, depth - 1):
                            return max(seen, sign if strict else 1)
        return 0

    def points(self) -> list[tuple[Any, ...]]:
        """Some values of the generators that have the signs and obey the facts; perhaps none."""
        chance = Random(0)
        tried = (tuple(chance.choice(_SAMPLES[max(sign, 0)]) for sign in self.signs) for _ in range(60))
        return [
            point
            for point in tried
            if all(
                value > 0 if strict else value >= 0
                for value, strict in ((value_at(fact, point), strict) for fact, strict in self.facts)
            )
        ]

    def sign_by_factors(self, polynomial: Polynomial) -> int:
        """As :meth:`sign`, from the signs of the polynomial's factors."""
        constant, factors = polynomial.factor_list()
        found, negative = (1 if constant == 0 else 2), constant < 0
        for factor, exponent in factors:
            if exponent % 2 == 0:
                found = min(found, max(self.sign(factor), self.sign(-factor), self.is_real(factor)))
            elif seen := self.sign(factor):
                found = min(found, seen)
            elif seen := self.sign(-factor):
                found, negative = min(found, seen), not negative
            else:
                return 0
        return 0 if negative else found

    def is_real(self, polynomial: Polynomial) -> bool:
        """Whether no root or logarithm that may not be real is in it."""
        doubtful = [place for place, sign in enumerate(self.signs) if sign < 0]
        return not any(exponents[place] for exponents, _ in polynomial.terms() for place in doubtful)

    def with_products(self) -> "Search":
        """The search that may also use the products of two facts."""
        pairs = combinations_with_replacement(self.facts, 2)
        products = [(first * second, strict and other) for (first, strict), (second, other) in pairs]
        return Search(self.signs, [*self.facts, *products])

    def monomial(self, exponents: tuple[int, ...]) -> int:
        """2 if the product of powers is positive, 1 if not negative, 0 if neither is known."""
        signs = (
            max(sign, 1) if exponent % 2 == 0 and sign >= 0 else max(sign, 0)
            for sign, exponent in zip(self.signs, exponents, strict=True)
            if exponent
        )
        return min(signs, default=2)
