"""Scalars and matrices as terms of Coq.

An index among scalars is ``whole i`` (``INR i`` among reals).  Over a ring a quotient is a product with a
given inverse: for every ``inv1`` with ``(1 - w) * inv1 = 1``.  Over the reals it is Coq's quotient, and that
the divisor is not 0 is to be claimed.  Matrices do not commute, and their sizes must fit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr, Indexed, Integer, KroneckerDelta, Mul, Sum, Symbol
from sympy.core.function import AppliedUndef

from derivations.contexts import INEQUALITY, Context, is_strict
from derivations.coq_naturals import GREATEST, LEAST, Naturals, is_index, sides
from derivations.coq_reading import Matrix, Reading, Vector
from derivations.coq_text import (
    APPLICATION,
    ATOM,
    OPEN,
    POWER,
    PRODUCT,
    SUM,
    Text,
    Unprintable,
    as_argument,
    bracketed,
    level,
    require_identifier,
    times,
)
from derivations.reduction import sign

__all__ = ["Divisors", "Terms", "conditions_of"]


@dataclass
class Divisors:
    """What is divided by: over a ring each has an inverse, over the reals each is claimed not to be 0."""

    inverses: dict[Expr, tuple[str, str]] = field(default_factory=dict)
    nonzero: list[str] = field(default_factory=list)

    def inverse(self, divisor: Expr, written: str) -> str:
        """The name of the inverse of a divisor, which is written so."""
        if divisor not in self.inverses:
            number = sum(not other.is_Integer for other in self.inverses) + 1
            name = f"inverse_of_{divisor}" if divisor.is_Integer else f"inv{number}"
            self.inverses[divisor] = (name, written)
        return self.inverses[divisor][0]

    def claim(self, divisor: str) -> None:
        """Note that a divisor is not 0."""
        if divisor not in self.nonzero:
            self.nonzero.append(divisor)


@dataclass(frozen=True)
class Terms:
    """The printer of terms, where its context holds and ``factor`` multiplies them."""

    reading: Reading
    context: Context
    divisors: Divisors
    factor: Expr = sympy.S.One
    bound: frozenset[Symbol] = frozenset()

    @property
    def reals(self) -> bool:
        """Whether the scalars are the real numbers."""
        return self.reading.over == "reals"

    @property
    def naturals(self) -> Naturals:
        """The printer of natural numbers at the same place."""
        return Naturals(self.context, self.factor)

    def scalar(self, e: Expr) -> Text:
        """A number."""
        if isinstance(e, Mul) and not e.is_commutative:
            scalars, letters = e.args_cnc()
            entry = self.entry(Mul(*letters))
            return times([self.scalar(Mul(*scalars)), entry]) if scalars else entry
        if e.is_Rational and e.q == 1 and e >= 0:
            literal = self.reals or e.p < 2
            return (str(e.p), ATOM) if literal else (f"whole {e.p}", APPLICATION)
        if e.is_Rational or e.is_Mul or e.is_Pow:
            return self.product(e)
        if e.is_Add:
            return self.added(e)
        if is_index(e, self.context):
            return f"{'INR' if self.reals else 'whole'} {self.naturals.argument(e)}", APPLICATION
        if isinstance(e, Symbol | Indexed | AppliedUndef):
            return self.named(e)
        if isinstance(e, KroneckerDelta):
            left, right = sides(sympy.expand(e.args[0] - e.args[1]))
            return f"delta {self.naturals.argument(left)} {self.naturals.argument(right)}", APPLICATION
        if isinstance(e, Sum):
            return self.sum(e), APPLICATION
        if isinstance(e, sympy.Piecewise):
            return f"({self.cases(e)})", ATOM
        if self.reals:
            return self.real_function(e)
        raise Unprintable(f"no term for {e}")

    def argument(self, e: Expr) -> str:
        """A scalar as the argument of a function."""
        return bracketed(self.alone.scalar(e), ATOM)

    @property
    def alone(self) -> "Terms":
        """The printer of what no factor multiplies."""
        return replace(self, factor=Integer(1))

    def named(self, e: Any) -> Text:
        """A name, with natural indices, or with scalars as arguments."""
        if isinstance(e, Symbol):
            if e.name in self.reading.scalars:
                return e.name, ATOM
            return _filled(self.reading, e.name, [], str)
        if isinstance(e, Indexed):
            return _filled(
                self.reading, str(e.base), [self.naturals.index(index) for index in e.indices], str
            )
        return _filled(self.reading, e.func.__name__, [self.argument(argument) for argument in e.args], str)

    def added(self, e: Expr) -> Text:
        """A sum; terms without a minus sign first, in alphabetical order."""
        parts = []
        for term in e.args:
            negative = bool(term.as_coeff_Mul()[0] < 0)
            parts.append((negative, self.scalar(-term if negative else term)))
        (negative, first), *others = sorted(parts, key=lambda part: (part[0], part[1][0]))
        text = self.minus(first)[0] if negative else bracketed(first, SUM)
        for negative, term in others:
            text += f" {'-' if negative else '+'} {bracketed(term, PRODUCT)}"
        return text, SUM

    def minus(self, term: Text) -> Text:
        """The term with a minus sign, which before a 1 Coq would take for a part of the number."""
        if term[0] == "1" and not self.reals:
            return "opp 1", APPLICATION
        return f"- {bracketed(term, ATOM)}", SUM

    def product(self, e: Expr) -> Text:
        """A product, power or quotient; numbers first, then indices, then the others by the alphabet."""
        number, rest = e.as_coeff_Mul()
        if number < 0:
            return self.minus(self.scalar(-e))
        factors = [factor for factor in Mul.make_args(rest) if factor != 1]
        vectors = [factor for factor in factors if self.is_vector(factor)]
        above = [(0, self.scalar(Integer(number.p)))] if number.p != 1 or not factors else []
        if vectors:
            factors = [factor for factor in factors if factor not in vectors]
            above.append((2, self.inner_product(vectors)))
        below = [(0, self.divisor(Integer(number.q)))] if number.q != 1 else []
        for factor in factors:
            base, exponent = factor.as_base_exp()
            others = Mul(self.factor, number, *(other for other in factors if other is not factor))
            within = replace(self, factor=others)
            if isinstance(base, Symbol) and base.name in self.reading.roots:
                root = self.reading.roots[base.name]
                above.append((2, within.raised((root, level(root)), -2 * exponent)))
            elif exponent.is_Integer and exponent < 0:
                below.append((1, self.raised(self.alone.divisor(base), -exponent)))
            else:
                rank = 1 if is_index(factor, self.context) else 2
                above.append((rank, within.power(base, exponent)))
        numerator = [term for _, term in sorted(above, key=lambda part: (part[0], part[1][0]))]
        divisors = [term for _, term in sorted(below, key=lambda part: (part[0], part[1][0]))]
        if not self.reals:
            return times([term for term in numerator + divisors if term != ("1", ATOM)] or [("1", ATOM)])
        text = times(numerator or [("1", ATOM)])
        return (
            (f"{bracketed(text, PRODUCT)} / {bracketed(times(divisors), POWER)}", PRODUCT)
            if divisors
            else text
        )

    def is_vector(self, e: Expr) -> bool:
        """Whether the reading has a vector for the name."""
        return isinstance(e, Symbol | Indexed) and isinstance(self.reading.names.get(_name(e)), Vector)

    def inner_product(self, vectors: list[Expr]) -> Text:
        """The product of two vectors."""
        meant = [self.reading.names[_name(vector)] for vector in vectors]
        sizes = {vector.size for vector in meant if isinstance(vector, Vector)}
        if len(vectors) != 2 or len(sizes) != 1:
            raise Unprintable(f"no inner product of {vectors}")
        terms = []
        for vector in sorted(vectors, key=str):
            indices = [self.naturals.index(index) for index in getattr(vector, "indices", ())]
            terms.append(bracketed(_filled(self.reading, _name(vector), indices, Vector), ATOM))
        return f"Matrices.inner {as_argument(sizes.pop())} {' '.join(terms)}", APPLICATION

    def divisor(self, e: Expr) -> Text:
        """What stands for a divisor: over a ring its inverse."""
        term = self.scalar(e)
        if e.free_symbols & self.bound:
            raise Unprintable(f"the divisor {e} varies within a sum")
        if not self.reals:
            return self.divisors.inverse(e, bracketed(term, PRODUCT)), ATOM
        if not e.is_Rational:
            self.divisors.claim(bracketed(term, SUM))
        return term

    def power(self, base: Expr, exponent: Expr) -> Text:
        """A power; over the reals also a root, and one of a positive number."""
        if exponent == 1:
            return self.scalar(base)
        if self.reals and exponent == sympy.Rational(1, 2):
            return f"sqrt {self.argument(base)}", APPLICATION
        if is_index(exponent, self.context):
            return self.raised(self.alone.scalar(base), exponent)
        if self.reals and sign(base, self.context) == 2:
            return f"Rpower {self.argument(base)} {self.argument(exponent)}", APPLICATION
        raise Unprintable(f"no term for the power {base}**({exponent})")

    def raised(self, base: Text, exponent: Expr) -> Text:
        """The term to a natural power."""
        if exponent == 1:
            return base
        return f"{bracketed(base, APPLICATION)} ^ {self.naturals.argument(exponent)}", POWER

    def sum(self, e: Sum) -> str:
        """A finite sum."""
        *inner, (index, first, last) = e.limits
        if last == sympy.oo:
            raise Unprintable(f"the infinite sum {e} stands within another term")
        count = sympy.expand(last - first + 1)
        return self.partial_sum(Sum(e.function, *inner) if inner else e.function, index, first, count)

    def partial_sum(self, summand: Expr, index: Symbol, first: Expr, count: Expr | str) -> str:
        """So many of the terms from the first on; a count that is a string is a natural number of Coq."""
        self.require_fresh(index.name)
        written = count if isinstance(count, str) else self.naturals.argument(count)
        limits = [] if isinstance(count, str) else _at_most(index, sympy.expand(count - 1))
        known = self.without(index).given(index >= 0, *limits, indices=[index])
        if first != 0:
            summand = summand.subs(index, first + index)
        inside = replace(self, context=known, factor=Integer(1), bound=self.bound | {index})
        return f"sum {written} (fun {index} : nat => {inside.scalar(summand)[0]})"

    def without(self, index: Symbol) -> Context:
        """The context of a term in which the index is another."""
        kept = (c for c in self.context.conditions if index not in c.free_symbols)
        return replace(self.context, conditions=tuple(kept))

    def require_fresh(self, name: str) -> None:
        """A bound name must not catch one that a term of the reading speaks of."""
        require_identifier(name)
        terms = [term if isinstance(term, str) else term.term for term in self.reading.names.values()]
        spoken = " ".join([*terms, *self.reading.roots.values(), self.reading.identity])
        if name in re.findall(r"[\w']+", spoken):
            raise Unprintable(f"the bound name {name} is one that the reading's terms speak of")

    def cases(self, e: Any) -> str:
        """Alternatives, of which the first counts that holds."""
        (value, condition), *others = e.args
        if condition == sympy.true:
            return self.scalar(value)[0]
        if not others:
            raise Unprintable(f"{e} has no value where none of its conditions holds")
        inside = replace(self, context=self.context.given(*conditions_of(condition)))
        rest = sympy.Piecewise(*others, evaluate=False) if others[0].cond != sympy.true else others[0].expr
        otherwise = self.cases(rest) if isinstance(rest, sympy.Piecewise) else self.scalar(rest)[0]
        return f"if {self.decided(condition)} then {inside.scalar(value)[0]} else {otherwise}"

    def decided(self, condition: Any) -> str:
        """A condition as what Coq's ``if`` decides."""
        if self.reals and isinstance(condition, INEQUALITY):
            decision = "Rlt_dec" if is_strict(condition) else "Rle_dec"
            return f"{decision} {self.argument(condition.lts)} {self.argument(condition.gts)}"
        return self.boolean(condition)

    def boolean(self, condition: Any) -> str:
        """A condition on natural numbers as a truth value."""
        if isinstance(condition, sympy.And | sympy.Or):
            function = "andb" if isinstance(condition, sympy.And) else "orb"
            parts = sorted(f"({self.boolean(part)})" for part in condition.args)
            first, *others = parts
            for other in others[:-1]:
                first = f"({function} {first} {other})"
            return f"{function} {first} {others[-1]}"
        if isinstance(condition, sympy.Not):
            return f"negb ({self.boolean(condition.args[0])})"
        tests = {sympy.Eq: "Nat.eqb", sympy.Ne: "Nat.eqb", sympy.Le: "Nat.leb", sympy.Lt: "Nat.ltb"}
        if type(condition) not in tests or not self.naturals.relates(condition):
            raise Unprintable(f"no decision for {condition}")
        left, right = (self.naturals.argument(side) for side in condition.args)
        test = f"{tests[type(condition)]} {left} {right}"
        return f"negb ({test})" if isinstance(condition, sympy.Ne) else test

    def real_function(self, e: Any) -> Text:
        """A function of real numbers."""
        functions = {sympy.Abs: "Rabs", sympy.log: "ln", sympy.exp: "exp"}
        if type(e) in functions:
            return f"{functions[type(e)]} {self.argument(e.args[0])}", APPLICATION
        if isinstance(e, LEAST + GREATEST):
            first, *others = sorted(self.argument(part) for part in e.args)
            for other in others:
                first = f"({'Rmin' if isinstance(e, LEAST) else 'Rmax'} {first} {other})"
            return first, ATOM
        if isinstance(e, sympy.floor):
            return f"IZR (Int_part {self.argument(e.args[0])})", APPLICATION
        if isinstance(e, sympy.ceiling):
            return f"- IZR (Int_part {self.argument(-e.args[0])})", SUM
        raise Unprintable(f"no term for {e}")

    def is_matrix(self, e: Any) -> bool:
        """Whether the expression has no value but entries."""
        if isinstance(e, Symbol | Indexed):
            return isinstance(self.reading.names.get(_name(e)), Matrix)
        return not e.is_commutative

    def entry(self, e: Expr) -> Text:
        """The number that a product of a row and a column is."""
        term, *size = self.matrix(e)
        if size != ["1", "1"]:
            raise Unprintable(f"the matrix {e} stands for a number")
        return f"{bracketed(term, ATOM)} 0%nat 0%nat", APPLICATION

    def matrix(self, e: Any) -> tuple[Text, str, str]:
        """The term of a matrix, its number of rows and that of columns."""
        if isinstance(e, Symbol | Indexed):
            name = _name(e)
            known = self.reading.names.get(name)
            if not isinstance(known, Matrix):
                raise Unprintable(f"the reading does not say which matrix {name} is")
            indices = [self.naturals.index(index) for index in getattr(e, "indices", ())]
            return _filled(self.reading, name, indices, Matrix), known.rows, known.columns
        if e.is_Add:
            return self.added_matrices(e)
        if e.is_Mul:
            return self.multiplied_matrices(e)
        if e.is_Pow:
            term, rows, columns = self.matrix(e.base)
            if rows != columns:
                raise Unprintable(f"{e.base} is not square")
            exponent = self.naturals.argument(e.exp)
            power = f"Matrices.matrix_power {as_argument(rows)} {bracketed(term, ATOM)} {exponent}"
            return (power, APPLICATION), rows, columns
        if isinstance(e, Sum) and len(e.limits) == 1:
            return self.summed_matrices(e)
        raise Unprintable(f"no matrix for {e}")

    def added_matrices(self, e: Expr) -> tuple[Text, str, str]:
        """A sum of matrices; a scalar in it is so many times the identity."""
        known = [self.matrix(part) for part in e.args if not part.is_commutative]
        _, rows, columns = known[0]
        if any(size != [rows, columns] for _, *size in known):
            raise Unprintable(f"the terms of {e} are of different size")
        scalars = [part for part in e.args if part.is_commutative]
        if scalars and rows != columns:
            raise Unprintable(f"{e} adds scalars to matrices that are not square")
        terms = [term for term, *_ in known]
        terms += [self.times_matrix(part, ("Matrices.identity", ATOM)) for part in scalars]
        first, *others = sorted(terms)
        for other in others:
            first = f"Matrices.matrix_add {bracketed(first, ATOM)} {bracketed(other, ATOM)}", APPLICATION
        return first, rows, columns

    def multiplied_matrices(self, e: Expr) -> tuple[Text, str, str]:
        """A product of matrices, and perhaps of scalars."""
        scalars, letters = e.args_cnc()
        (term, rows, columns), *others = [self.matrix(letter) for letter in letters]
        for other, inner, outer in others:
            if inner != columns:
                raise Unprintable(f"the factors of {e} do not fit: {columns} columns and {inner} rows")
            term = (
                f"Matrices.product {as_argument(columns)} {bracketed(term, ATOM)} {bracketed(other, ATOM)}",
                APPLICATION,
            )
            columns = outer
        return self.times_matrix(Mul(*scalars), term), rows, columns

    def times_matrix(self, scalar: Expr, term: Text) -> Text:
        """The matrix times a scalar."""
        if scalar == 1:
            return term
        factor = bracketed(self.scalar(scalar), ATOM)
        scope = "%R" if self.reals and factor.startswith("(") else ""
        return f"Matrices.scaled {factor}{scope} {bracketed(term, ATOM)}", APPLICATION

    def summed_matrices(self, e: Sum) -> tuple[Text, str, str]:
        """A sum of matrices over an index, entry by entry."""
        index, first, last = e.limits[0]
        for name in ("p", "q", index.name):
            self.require_fresh(name)
        if first != 0:
            raise Unprintable(f"no matrix for {e}")
        count = sympy.expand(last + 1)
        inside = replace(
            self, context=self.without(index).given(index >= 0, *_at_most(index, last), indices=[index])
        )
        term, rows, columns = replace(inside, bound=self.bound | {index}).matrix(e.function)
        entry = f"sum {self.naturals.argument(count)} (fun {index} : nat => {bracketed(term, ATOM)} p q)"
        return (f"fun p q : nat => {entry}", OPEN), rows, columns


def _name(e: Any) -> str:
    """The name of a symbol, and that of one with indices."""
    return str(e.base) if isinstance(e, Indexed) else str(e.name)


def _filled(reading: Reading, name: str, arguments: list[str], sort: type) -> Text:
    """The term of a name of this sort with its arguments."""
    meant = reading.names.get(name)
    if not isinstance(meant, sort):
        raise Unprintable(f"the reading does not say what {name} is, as it stands in the formula")
    template = meant if isinstance(meant, str) else getattr(meant, "term", "")
    places = template.replace("{}", "{0}") if template.count("{}") == 1 else template
    numbered = {int(place) for place in re.findall(r"{(\d+)}", places)}
    count = len(numbered) or places.count("{}")
    if count != len(arguments):
        raise Unprintable(f"{name} has {len(arguments)} indices, its term {count} places: {template!r}")
    text = places.format(*arguments)
    return text, level(text)


def _at_most(index: Symbol, last: Expr) -> list[Any]:
    """What an index obeys that goes up to the last."""
    return [index <= bound for bound in (last.args if isinstance(last, LEAST) else (last,))]


def conditions_of(condition: Any) -> Iterator[Any]:
    """The conditions that a conjunction consists of."""
    if isinstance(condition, sympy.And):
        for part in condition.args:
            yield from conditions_of(part)
    else:
        yield condition
