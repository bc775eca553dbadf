"""Natural numbers among the terms of Coq.

Coq's subtraction stops at 0, and its division drops the remainder: a difference must be seen to be natural,
and a quotient to be whole.  Where ``i - 1`` would be negative, as in ``i*w**(i - 1)`` at ``i = 0``, the
factor before it must be 0, or a condition exclude the case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Mul, Sum, Symbol

from derivations.contexts import Context
from derivations.coq_text import APPLICATION, ATOM, POWER, PRODUCT, SUM, Text, Unprintable, bracketed, times
from derivations.extremes import Greatest, Least
from derivations.reduction import sign

__all__ = ["GREATEST", "LEAST", "Naturals", "is_index", "sides"]

LEAST, GREATEST = (sympy.Min, Least), (sympy.Max, Greatest)
_NATURAL_FUNCTIONS = (sympy.Add, Mul, sympy.Pow, *LEAST, *GREATEST, sympy.floor, sympy.Mod)


def is_index(e: Any, context: Context) -> bool:
    """Whether an expression is made of natural numbers only."""
    if e.is_Rational or e in context.indices:
        return True
    return isinstance(e, _NATURAL_FUNCTIONS) and all(is_index(part, context) for part in e.args)


@dataclass(frozen=True)
class Naturals:
    """The printer of natural numbers, where its context holds and ``factor`` multiplies them."""

    context: Context
    factor: Expr = sympy.S.One

    def argument(self, e: Expr) -> str:
        """A natural number as the argument of a function or the exponent of a power."""
        text = self.text(e)
        return text if re.fullmatch(r"[\w']+", text) else f"({text})%nat"

    def index(self, e: Expr) -> str:
        """A natural number as the index of a name, which may be a variable of Coq."""
        text = self.argument(e)
        return f"{text}%nat" if text.isdigit() else text

    def text(self, e: Expr) -> str:
        """A natural number; Coq's subtraction and division must be those of whole numbers."""
        e = sympy.expand(e)
        if not is_index(e, self.context):
            raise Unprintable(f"{e} is not made of natural numbers")
        denominator = _denominator(e)
        if denominator > 1 and not self.divides(denominator, denominator * e):
            raise Unprintable(f"{e} is not seen to be a whole number")
        if not self.is_natural(e):
            raise Unprintable(f"{e} is not seen to be a natural number, nor its factor {self.factor} to be 0")
        return self.written(e)[0]

    def is_natural(self, e: Expr) -> bool:
        """Whether the number is seen not to be negative, where the factor is not 0."""
        coefficients = e.as_coefficients_dict()
        negative = [part for part, coefficient in coefficients.items() if coefficient < 0]
        return not negative or self.is_excluded_below_0(coefficients, negative) or sign(e, self.context) > 0

    def is_excluded_below_0(self, coefficients: Mapping[Expr, Any], negative: list[Expr]) -> bool:
        """Whether there are finitely many cases in which the number is negative, and all are excluded."""
        symbols = sorted((part for part in coefficients if part != 1), key=str)
        if negative != [1] or not all(part.is_Symbol for part in symbols):
            return False
        slopes = [coefficients[symbol] for symbol in symbols]
        cases = product(*(range(int(-coefficients[1] / slope) + 1) for slope in slopes))
        return all(
            self.excluded(dict(zip(symbols, values, strict=True)))
            for values in cases
            if sum(a * x for a, x in zip(slopes, values, strict=True)) + coefficients[1] < 0
        )

    def excluded(self, case: Mapping[Symbol, int]) -> bool:
        """Whether such indices are against a condition, or the factor is 0 there."""
        conditions = [condition.subs(case) for condition in self.context.conditions]
        if any(condition == sympy.false for condition in conditions):
            return True
        zeros = {symbol: Integer(0) for condition in conditions for symbol in _zeros(condition)}
        values = {**case, **zeros}
        parts = (part for part in Mul.make_args(self.factor) if part.free_symbols & {*values})
        return any(self.is_zero(part.subs(values)) for part in sorted(parts, key=lambda part: len(part.args)))

    def is_zero(self, e: Expr) -> bool:
        """Whether it is 0, as a sum of no terms is."""
        return bool((e.replace(_is_empty, lambda _: Integer(0)) if e.has(Sum) else e) == 0)

    def divides(self, divisor: int, e: Expr) -> bool:
        """Whether the number is seen to be a multiple of the divisor, where the factor is not 0."""
        symbols = sorted(e.free_symbols | self.factor.free_symbols & self.context.indices, key=str)
        remainders = product(range(divisor), repeat=len(symbols))
        cases = (dict(zip(symbols, values, strict=True)) for values in remainders)
        return all(e.subs(case) % divisor == 0 or self.excluded_remainder(case, divisor) for case in cases)

    def excluded_remainder(self, case: Mapping[Symbol, int], divisor: int) -> bool:
        """Whether such remainders are against a condition, or a Kronecker delta in the factor."""
        for condition in self.context.conditions:
            if isinstance(condition, sympy.Eq) and isinstance(condition.lhs, sympy.Mod):
                inside, modulus = condition.lhs.args
                if modulus == divisor and (inside - condition.rhs).subs(case) % divisor != 0:
                    return True

        def possible(term: Expr) -> bool:
            deltas = (part for part in Mul.make_args(term) if isinstance(part, KroneckerDelta))
            return all((delta.args[0] - delta.args[1]).subs(case) % divisor == 0 for delta in deltas)

        parts = Mul.make_args(self.factor)
        return any(not any(map(possible, sympy.Add.make_args(part))) for part in parts)

    def written(self, e: Expr) -> Text:
        """The number as it is, its naturalness seen."""
        denominator = _denominator(e)
        if denominator > 1:
            return f"{bracketed(self.written(sympy.expand(denominator * e)), POWER)} / {denominator}", PRODUCT
        if e.is_Integer or e.is_Symbol:
            return str(e), ATOM
        if isinstance(e, LEAST + GREATEST):
            name = "Nat.min" if isinstance(e, LEAST) else "Nat.max"
            first, *others = sorted(bracketed(self.inner(part), ATOM) for part in e.args)
            for other in others[:-1]:
                first = f"({name} {first} {other})"
            return f"{name} {first} {others[-1]}", APPLICATION
        if isinstance(e, sympy.floor):
            inside = sympy.expand(e.args[0])
            below = _denominator(inside)
            return f"{bracketed(self.inner(below * inside), POWER)} / {below}", PRODUCT
        if isinstance(e, sympy.Mod) and e.args[1].is_Integer and e.args[1] > 0:
            inside, modulus = sympy.expand(e.args[0]), e.args[1]
            parts = inside.as_coefficients_dict().items()
            positive = sympy.Add(*((c % modulus) * part for part, c in parts))
            return f"{bracketed(self.inner(positive), POWER)} mod {modulus}", PRODUCT
        if e.is_Add:
            more, less = sides(e)
            if less == 0:
                terms = sorted(
                    (self.written(part) for part in e.args), key=lambda term: (term[0].isdigit(), term)
                )
                return " + ".join(bracketed(term, PRODUCT) for term in terms), SUM
            return f"{bracketed(self.written(more), SUM)} - {bracketed(self.written(less), PRODUCT)}", SUM
        if e.is_Mul:
            return times(
                sorted((self.written(part) for part in e.args), key=lambda term: (term[1] < ATOM, term))
            )
        if e.is_Pow and e.exp.is_Integer and e.exp > 0:
            return f"{bracketed(self.written(e.base), APPLICATION)} ^ {e.exp}", POWER
        raise Unprintable(f"no natural number for {e}")

    def inner(self, e: Expr) -> Text:
        """A part of a natural number that must be one itself."""
        if not Naturals(self.context).is_natural(sympy.expand(e)):
            raise Unprintable(f"{e} is not seen to be a natural number")
        return self.written(sympy.expand(e))

    def relates(self, relation: Any) -> bool:
        """Whether the sides of a relation are made of natural numbers only."""
        return all(is_index(side, self.context) for side in relation.args)

    def relation(self, written: str, left: Expr, right: Expr) -> str:
        """A relation, without fractions, and with what is subtracted on the other side."""
        difference = sympy.expand(left - right)
        difference = sympy.expand(_denominator(difference) * difference)
        left, right = sides(difference) if difference.is_Add else (left, right)
        return f"({self.text(left)} {written} {self.text(right)})%nat"


def sides(difference: Expr) -> tuple[Expr, Expr]:
    """What is added and what is subtracted."""
    parts = difference.as_coefficients_dict().items()
    more = sympy.Add(*(c * part for part, c in parts if c > 0))
    return more, sympy.Add(*(-c * part for part, c in parts if c < 0))


def _zeros(condition: Any) -> set[Symbol]:
    """The natural numbers that are 0 because their sum is."""
    if not isinstance(condition, sympy.Eq):
        return set()
    parts = sympy.expand(condition.lhs - condition.rhs).as_coefficients_dict()
    alike = all(c > 0 for c in parts.values()) or all(c < 0 for c in parts.values())
    return {*parts} if alike and all(part.is_Symbol for part in parts) else set()


def _is_empty(e: Any) -> bool:
    """Whether it is a sum of no terms."""
    return isinstance(e, Sum) and any(last - first == -1 for _, first, last in e.limits)


def _denominator(e: Expr) -> int:
    """The least number that makes all coefficients whole."""
    return int(sympy.ilcm(1, *(c.q for c in e.as_coefficients_dict().values())))
