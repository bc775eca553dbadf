"""Expressions as rational functions of generators, and what is seen of their signs.

The generators are scalars, powers ``w**i`` of a base with an index, and whatever else an expression contains,
each an indeterminate of its own; what was divided by is kept, for someone to see that it is not zero.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import sympy
from sympy import Add, Dummy, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Symbol
from sympy.core.function import AppliedUndef
from sympy.polys.rings import ring

from derivations.contexts import NOTHING, Context, differences_of
from derivations.extremes import Greatest, Least
from derivations.search import Polynomial, Search, value_at

__all__ = [
    "Atoms",
    "divided_by",
    "known_sign",
    "seen_integer",
    "seen_nonnegative",
    "seen_nonzero",
    "seen_real",
    "seen_whole",
    "sign_of",
]

_REAL = Least | Greatest | sympy.Max | sympy.Min | sympy.floor | sympy.ceiling | sympy.exp | KroneckerDelta


def seen_real(e: Expr, known: Context) -> bool:
    """Whether the expression is real where it exists, as is every name that commutes."""
    if isinstance(e, Symbol | Indexed | AppliedUndef | sympy.Abs):
        return bool(e.is_commutative)
    if isinstance(e, sympy.Sum):
        return seen_real(e.function, known)
    if isinstance(e, Pow) and seen_integer(sympy.expand(e.exp)):
        return seen_real(e.base, known)
    if isinstance(e, Pow):
        return seen_real(e.exp, known) and seen_nonnegative(e.base, _without_powers(known, lambda _: True))
    if isinstance(e, Add | Mul | _REAL):
        return all(seen_real(part, known) for part in e.args)
    return bool(e.is_real)


@dataclass
class Atoms:
    """The generators met so far with their signs, and what was divided by.

    A sign is 2 (positive), 1 (not negative), 0 (real) or -1 (a root or a logarithm, perhaps not real).
    If they are ``closed``, a power that may divide is a generator of its own: the same is, whatever it is.
    """

    known: Context
    of: dict[Any, Dummy] = field(default_factory=dict)
    signs: dict[Dummy, int] = field(default_factory=dict)
    alternating: set[Dummy] = field(default_factory=set)
    divisors: list[tuple[Expr, set[str]]] = field(default_factory=list)
    closed: bool = False

    def generator(self, key: Any, sign: int = 0) -> Dummy:
        """The generator that stands for this, of this sign if it is new."""
        if key not in self.of:
            self.of[key] = Dummy(f"g{len(self.of)}")
            self.signs[self.of[key]] = sign
        return self.of[key]

    def rational(self, e: Expr) -> Expr:
        """The expression with a generator for all but numbers, sums, products and whole powers."""
        if e.is_Rational:
            return e
        if e == NOTHING:
            return Integer(0)
        if e.is_Add or e.is_Mul:
            return e.func(*map(self.rational, e.args))
        if e.is_Pow:
            return self.power(e.base, sympy.expand(e.exp))
        if isinstance(e, sympy.KroneckerDelta):
            return self.delta(sympy.expand(e.args[0] - e.args[1]))
        self.divisors += [(power.base, set()) for power in divided_by(e, self.known)]
        return self.generator(e, known_sign(e) or seen_real(e, self.known) - 1)

    def delta(self, difference: Expr) -> Expr:
        """The Kronecker delta of two expressions, by their difference or a whole part of it."""
        difference = difference.as_content_primitive()[1]
        if difference == 0:
            return Integer(1)
        if seen_nonzero(difference, self.known):
            return Integer(0)
        return self.generator(sympy.KroneckerDelta(max(difference, -difference, key=str), 0), 1)

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """A power by those of its base with each index."""
        constant, rest = exponent.as_coeff_Add()
        if base == 0 or not (constant.is_Integer and seen_whole(rest)):
            if not (exponent.is_nonnegative or (self.closed and rest != 0)):
                self.divisors.append((base, set()))
            real = seen_real(exponent, self.known)
            return self.generator(("power", base, exponent), (known_sign(base) if real else 0) or -1)
        if base.is_Mul:
            return Mul(*(self.power(factor, exponent) for factor in base.args))
        base = sympy.expand(base)
        if self.closed and rest != 0 and not exponent.is_nonnegative:
            return self.generator(("power", base, exponent))
        names = {symbol.name for symbol in rest.free_symbols}
        inner = self.rational(base)
        if constant < 0:
            self.divisors.append((base, names))
        product = inner ** int(constant)
        for monomial, factor in rest.as_coefficients_dict().items() if rest != 0 else ():
            if base == -1:
                alternating = self.generator(("power", base, monomial))
                self.alternating.add(alternating)
                product *= alternating ** (int(factor) % 2)
                continue
            if factor < 0:
                self.divisors.append((base, names))
            sign_of_base = sign_of(base, _without_powers(self.known, lambda e: not e.is_number))
            sign = sign_of_base or seen_real(base, self.known) - 1
            product *= self.generator(("power", base, monomial), sign) ** int(factor)
        return product

    def quotients(self, *expressions: Expr) -> list[tuple[Polynomial, Polynomial]]:
        """Numerators and denominators over the generators."""
        rooted, roots = _with_roots(expressions)
        rationals = [*map(self.rational, rooted)]
        self.divisors = [(divisor.xreplace(roots), names) for divisor, names in self.divisors]
        names = [*self.of.values(), Dummy("one more")]  # a ring has one generator at least
        over, *generators = ring(names, sympy.QQ)
        values = dict(zip(names, generators, strict=True))
        return [_quotient(rational, values, over.one) for rational in rationals]

    def without_squares(self, polynomial: Polynomial) -> Polynomial:
        """The polynomial with 1 for the square of every power of -1."""
        names = [*self.of.values()]
        places = {names.index(symbol) for symbol in self.alternating}
        if not places:
            return polynomial
        reduced = polynomial.ring.zero
        for exponents, factor in polynomial.terms():
            odd = tuple(e % 2 if at in places else e for at, e in enumerate(exponents))
            reduced += polynomial.ring.term_new(odd, factor)
        return reduced


def _without_powers(known: Context, exponents: Callable[[Expr], bool]) -> Context:
    """Only the conditions that have no such powers: those may hang on what they are asked for."""
    others = (c for c in known.conditions if not any(exponents(power.exp) for power in c.atoms(Pow)))
    return replace(known, conditions=tuple(others))


def _with_roots(expressions: Iterable[Expr]) -> tuple[list[Expr], dict[Symbol, Expr]]:
    """The expressions with r**q for each positive symbol of which they have a q-th root r, and these."""
    together = [*expressions]
    degrees: dict[Symbol, int] = {}
    for power in set().union(*(expression.atoms(Pow) for expression in together)):
        if power.base.is_Symbol and power.base.is_positive:
            coefficients = sympy.expand(power.exp).as_coefficients_dict().values()
            broken = [c.q for c in coefficients if c.is_Rational]
            degrees[power.base] = int(sympy.ilcm(degrees.get(power.base, 1), *broken, 1))
    degrees = {base: degree for base, degree in degrees.items() if degree > 1}
    roots = {
        base: Dummy(f"{base.name}^(1/{degree})", dummy_index=2000 + at, positive=True)
        for at, (base, degree) in enumerate(sorted(degrees.items(), key=str))
    }
    powers = {base: roots[base] ** degree for base, degree in degrees.items()}
    rooted = [expression.subs(powers, simultaneous=True) if powers else expression for expression in together]
    return rooted, {root: base ** sympy.Rational(1, degrees[base]) for base, root in roots.items()}


def _quotient(e: Expr, values: Mapping[Dummy, Polynomial], one: Polynomial) -> tuple[Polynomial, Polynomial]:
    if e.is_Rational:
        return one * e.p, one * e.q
    if e.is_Symbol:
        return values[e], one
    if e.is_Mul:
        numerator = denominator = one
        for factor in e.args:
            above, below = _quotient(factor, values, one)
            numerator, denominator = numerator * above, denominator * below
        return numerator, denominator
    if e.is_Add:
        by_denominator: dict[Polynomial, Polynomial] = {}
        for term in e.args:
            above, below = _quotient(term, values, one)
            by_denominator[below] = by_denominator.get(below, one * 0) + above
        numerator, denominator = one * 0, one
        for below, above in by_denominator.items():
            numerator, denominator = numerator * below + above * denominator, denominator * below
        return numerator, denominator
    above, below = _quotient(e.base, values, one)
    power = int(e.exp)
    return (above**power, below**power) if power > 0 else (below**-power, above**-power)


def known_sign(e: Expr) -> int:
    """The sign that SymPy knows, as :func:`sign_of`."""
    return 2 if e.is_positive else 1 if e.is_nonnegative or isinstance(e, sympy.Abs) else 0


def seen_integer(e: Expr) -> bool:
    """Whether it is a combination of integers with whole coefficients."""
    return all(
        factor.is_Integer and (monomial == 1 or bool(monomial.is_integer))
        for monomial, factor in e.as_coefficients_dict().items()
    )


def seen_whole(e: Expr) -> bool:
    """Whether it is a combination of natural numbers with whole coefficients."""
    return all(
        factor.is_Integer and (monomial == 1 or (monomial.is_integer and monomial.is_nonnegative))
        for monomial, factor in e.as_coefficients_dict().items()
    )


def divided_by(e: Expr, known: Context) -> Iterator[Pow]:
    """The powers within an expression whose exponent may be negative."""
    if isinstance(e, sympy.Sum):
        for index, first, last in reversed(e.limits):
            known = known.given(
                index >= first, *([index <= last] if last != sympy.oo else []), indices=[index]
            )
        yield from divided_by(e.function, known)
        return
    if isinstance(e, sympy.log):
        yield Pow(e.args[0], -1, evaluate=False)
    if isinstance(e, Pow) and not (
        e.exp.is_nonnegative or seen_nonnegative(e.exp, _without_powers(known, lambda _: True))
    ):
        yield e
    for part in e.args:
        yield from divided_by(part, known)


@lru_cache(maxsize=10_000)
def sign_of(e: Expr, known: Context, least: int = 2) -> int:
    """As :func:`sign`; it may be more than what is returned if that is ``least``."""
    best = known_sign(e)
    if best >= least or (best and not e.is_Add and not e.has(sympy.Abs, AppliedUndef)):
        return best
    atoms = Atoms(known)
    facts = [difference for condition in known.conditions for difference in differences_of(condition)]
    differences = [difference for difference, _ in facts]
    (above, below), *bounds = atoms.quotients(e, *differences)
    polynomial = _without_powers(known, lambda exponent: not exponent.is_nonnegative)
    if not all(seen_nonzero(divisor, polynomial) for divisor, _ in atoms.divisors):
        return best
    search = Search([*atoms.signs.values(), 0], [])
    for (top, bottom), (_, strict) in zip(bounds, facts, strict=True):
        search.facts.append((top if search.sign(bottom) == 2 else top * bottom, strict))
        search.learn(*search.facts[-1])
    for fact, strict in [*search.facts]:
        constant, factors = fact.factor_list()
        rest = [factor**exponent for factor, exponent in factors if search.sign(factor) != 2]
        if len(rest) == 1 and len(factors) > 1:  # what is left has the sign
            search.facts.append((rest[0] if constant > 0 else -rest[0], strict))
    whole = above * below
    values = [value_at(whole, point) for point in search.points()]
    if any(value < 0 for value in values):
        return best  # the facts do not exclude it
    if 0 in values:
        least = min(least, 1)
    ways = (search.sign, search.sign_by_factors, lambda whole: search.with_products().sign_by_factors(whole))
    for way in ways:
        best = max(best, way(whole))
        if best >= least:
            break
    return best


@lru_cache(maxsize=10_000)
def seen_nonzero(e: Expr, known: Context) -> bool:
    """Whether it is seen not to be zero: factor by factor, by a sign or by a condition ``Ne``."""
    if e.is_zero is False:
        return True
    apart = [c.lhs - c.rhs for c in known.conditions if isinstance(c, sympy.Ne)]
    above = sympy.numer(sympy.together(e))
    try:
        constant, factors = sympy.factor_list(above)
    except (sympy.PolynomialError, TypeError):  # a number, or nothing that SymPy can factor
        constant, factors = Integer(1), [(above, 1)]
    return constant != 0 and all(
        factor.is_zero is False
        or any((factor / other).cancel().is_Rational for other in apart)
        or _strict_sign(factor, known)
        for factor, _ in factors
    )


def _strict_sign(e: Expr, known: Context) -> bool:
    return sign_of(e, known) == 2 or sign_of(-e, known) == 2


def seen_nonnegative(e: Expr, known: Context) -> bool:
    """Whether it is seen not to be negative."""
    return bool(e.is_nonnegative) or sign_of(sympy.expand(e), known, least=1) > 0
