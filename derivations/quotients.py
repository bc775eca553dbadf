"""Rational functions over the rationals whose denominators stay in factors.

SymPy adds fractions by expanding denominators and looking for common divisors, which for products of many
``1 - nu u`` is slow and loses what the product says.  Here a denominator is a list of irreducible
polynomials with their powers, as python-flint factors them.  A sum takes the greatest power of each, and a
fraction is reduced by dividing by these factors while that leaves no remainder.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd, lcm

import sympy
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx
from sympy import Expr, Rational, Symbol

from derivations.arguments import shown

__all__ = ["Factors", "Field", "Quotient", "in_powers", "product"]

Factors = Sequence[tuple[fmpq_mpoly, int]]
"""Irreducible polynomials, as flint normalises them and each once, with their powers."""


@dataclass(frozen=True)
class Quotient:
    """A fraction in lowest terms: no factor of the denominator divides the numerator."""

    numerator: fmpq_mpoly
    denominator: Factors = ()

    def __add__(self, other: "Quotient") -> "Quotient":
        """The sum, over the least common denominator."""
        common = _merged(max, self.denominator, other.denominator)
        tops = (
            part.numerator * product(self.ring, _merged(lambda m, own: m - own, common, part.denominator))
            for part in (self, other)
        )
        return _reduced(sum(tops, self.ring.constant(0)), common)

    def __mul__(self, other: "Quotient") -> "Quotient":
        """The product."""
        factors = _merged(operator.add, self.denominator, other.denominator)
        return _reduced(self.numerator * other.numerator, factors)

    def __pow__(self, exponent: int) -> "Quotient":
        """A power; ZeroDivisionError for a negative one of 0."""
        if exponent < 0:
            return self.inverse() ** -exponent
        powers = ((factor, m * exponent) for factor, m in self.denominator if exponent)
        return Quotient(self.numerator**exponent, tuple(powers))

    @property
    def ring(self) -> fmpq_mpoly_ctx:
        """The polynomials that numerator and denominator are taken from."""
        return self.numerator.context()

    def inverse(self) -> "Quotient":
        """One over it; ZeroDivisionError for 0."""
        content, factors = self.numerator.factor()
        return Quotient(product(self.ring, self.denominator) / content, tuple(factors))

    def valuation(self, factor: fmpq_mpoly) -> int:
        """The power of an irreducible polynomial in it, negative for one in the denominator; not for 0."""
        for known, m in self.denominator:
            if known == factor:
                return -m
        left, m = self.numerator, 0
        while not (divided := divmod(left, factor))[1]:
            left, m = divided[0], m + 1
        return m


def product(ring: fmpq_mpoly_ctx, factors: Factors) -> fmpq_mpoly:
    """The product of the powers."""
    return reduce(operator.mul, (factor**m for factor, m in factors), ring.constant(1))


def _merged(joined: Callable[[int, int], int], one: Factors, other: Factors) -> Factors:
    """The factors of both, the powers of those in both joined (polynomials of flint cannot be hashed)."""
    merged = list(one)
    for factor, m in other:
        place = next((k for k, (known, _) in enumerate(merged) if known == factor), None)
        if place is None:
            merged.append((factor, m))
        else:
            merged[place] = (factor, joined(merged[place][1], m))
    return merged


def _reduced(numerator: fmpq_mpoly, denominator: Factors) -> Quotient:
    left = []
    for factor, m in denominator:
        while m:
            divided, rest = divmod(numerator, factor)
            if rest:
                left.append((factor, m))
                break
            numerator, m = divided, m - 1
    return Quotient(numerator, tuple(left))


@dataclass(frozen=True)
class Field:
    """The rational functions of some symbols with rational coefficients.

    Attributes
    ----------
    symbols
        All of them.
    parameters
        Those of them that only stand in coefficients: an expression is written as a sum over what they
        multiply, such as ``c*f*(2 - w) + (c + f)*(1 - w)**2`` for the parameters c and f.

    >>> x, y = sympy.symbols("x y")
    >>> field = Field((x, y))
    >>> field.expression(field.quotient(1 / (x - y) - 2 * y / (x**2 - y**2)))
    1/(x + y)
    """

    symbols: tuple[Symbol, ...]
    parameters: frozenset[Symbol] = frozenset()

    @property
    def ring(self) -> fmpq_mpoly_ctx:
        """The polynomials in the symbols."""
        return fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(self.symbols))], Ordering.lex)

    def constant(self, value: int | fmpq) -> Quotient:
        """A number as an element of the field."""
        return Quotient(self.ring.constant(value))

    def quotient(self, e: Expr) -> Quotient:
        """The expression as a fraction in lowest terms.

        Raises
        ------
        ValueError
            If it is no rational function of the symbols, a coefficient is not rational, or it divides by 0.
        """
        if e.is_Rational:
            return self.constant(fmpq(int(e.p), int(e.q)))
        if e in self.symbols:
            return Quotient(self.ring.gen(self.symbols.index(e)))
        if e.is_Add:
            return reduce(operator.add, map(self.quotient, e.args))
        if e.is_Mul:
            return reduce(operator.mul, map(self.quotient, e.args))
        if e.is_Pow and e.exp.is_Integer:
            try:
                return self.quotient(e.base) ** int(e.exp)
            except ZeroDivisionError:
                raise ValueError(f"{shown(e)} divides by 0") from None
        raise ValueError(
            "the generating function must be a rational function with rational coefficients "
            f"(Rational('0.5'), not the float 0.5), but it has {shown(e)}"
        )

    def expression(self, q: Quotient, times: Expr = sympy.S.One, collect: Symbol | None = None) -> Expr:
        """The fraction, times an expression, in factors; those with the symbol ``collect`` by its powers."""
        content, factors = q.numerator.factor()
        parts = [times]
        for sign, each in ((1, factors), (-1, q.denominator)):
            for factor, m in each:
                if self._is_negative(factor, collect):
                    factor, content = -factor, content * (-1) ** m
                parts.append(self._factor(factor, collect) ** (sign * m))
        return sympy.Mul(self._number(content), *parts)

    def _is_negative(self, p: fmpq_mpoly, collect: Symbol | None) -> bool:
        """Whether to write it negated, as ``1 - w`` for ``w - 1``, but ``i - 1`` where i is collected."""
        if collect is not None:
            p = in_powers(p, self.symbols.index(collect))[-1]
        others = [k for k, symbol in enumerate(self.symbols) if symbol not in self.parameters]
        _, lowest = min(p.terms(), key=lambda term: sum(term[0][k] for k in others))
        return bool(lowest < 0)

    def _factor(self, factor: fmpq_mpoly, collect: Symbol | None) -> Expr:
        groups = self._groups(factor, collect)
        if len(groups) > 1:
            products = (
                (self._sum(one), self.expression(Quotient(two), collect=collect)) for one, two in groups
            )
            return sympy.Add(*(sympy.Mul(*both) for both in products))
        if collect is None or len(factor) == 1:
            return self._sum(factor)
        powers = in_powers(factor, self.symbols.index(collect))
        if len(powers) == 1:
            return self._sum(factor)
        return sympy.Add(*(self.expression(Quotient(p), times=collect**k) for k, p in enumerate(powers)))

    def _groups(self, p: fmpq_mpoly, collect: Symbol | None) -> list[tuple[fmpq_mpoly, fmpq_mpoly]]:
        """Pairs whose products add up to p, of a polynomial in the parameters and one without them."""
        if not self.parameters:
            return [(self.ring.constant(1), p)]
        places = [k for k, symbol in enumerate(self.symbols) if symbol in self.parameters]
        multiplied: dict[tuple[int, ...], dict[tuple[int, ...], fmpq]] = {}
        for exponents, c in p.terms():
            others = list(exponents)
            for k in places:
                others[k] = 0
            multiplied.setdefault(tuple(exponents[k] for k in places), {})[tuple(others)] = c
        groups: dict[str, tuple[fmpq_mpoly, fmpq_mpoly]] = {}
        for own, terms in multiplied.items():
            polynomial = self.ring.from_dict(terms)
            content = _content(polynomial) * (-1) ** self._is_negative(polynomial, collect)
            polynomial /= content
            known, _ = groups.get(str(polynomial), (self.ring.constant(0), polynomial))
            exponents_of = dict(zip(places, own, strict=True))
            monomial = tuple(exponents_of.get(k, 0) for k in range(len(self.symbols)))
            groups[str(polynomial)] = known + self.ring.from_dict({monomial: content}), polynomial
        return list(groups.values())

    def _sum(self, p: fmpq_mpoly) -> Expr:
        powers = [[x**k for k in range(d + 1)] for x, d in zip(self.symbols, p.degrees(), strict=True)]
        terms = []
        for exponents, c in p.terms():
            factors = (known[k] for known, k in zip(powers, exponents, strict=True) if k)
            terms.append(sympy.Mul(self._number(c), *factors))
        return sympy.Add(*terms)

    @staticmethod
    def _number(value: fmpq) -> Rational:
        return Rational(int(value.p), int(value.q))


def _content(p: fmpq_mpoly) -> fmpq:
    """What to divide by for whole coefficients without a common divisor."""
    coefficients = p.coeffs()
    return fmpq(gcd(*(int(c.p) for c in coefficients)), lcm(*(int(c.q) for c in coefficients)))


def in_powers(p: fmpq_mpoly, place: int) -> list[fmpq_mpoly]:
    """The coefficients of the powers of a generator; one of them, 0, for the polynomial 0."""
    powers: list[dict[tuple[int, ...], fmpq]] = [{} for _ in range(max(p.degrees()[place], 0) + 1)]
    for exponents, c in p.to_dict().items():
        powers[exponents[place]][*exponents[:place], 0, *exponents[place + 1 :]] = c
    return [p.context().from_dict(terms) for terms in powers]
