"""Formulas of SymPy as propositions of Coq, or not at all.

The scalars of a proposition are the elements of any commutative ring ``K``, or the real numbers; its indices
are natural numbers.  What SymPy leaves to the reader is written out:

* an index among scalars is ``whole i`` (``INR i`` among reals);
* a power has a natural exponent.  Where ``i - 1`` would be negative, as in ``i*w**(i - 1)`` at ``i = 0``, the
  factor before the power must be 0: Coq's subtraction stops at 0;
* over a ring a quotient is a product with a given inverse: for every ``inv1`` with ``(1 - w) * inv1 = 1``.
  Over the reals it is Coq's quotient, and that the divisor is not 0 is part of the claim;
* infinite sums are limits of finite ones, which exist; a derivative is the slope of dual numbers;
* matrices do not commute; an equation of two is one of their entries, within their sizes.

What a name of the formula means says its :class:`derivations.readings.Reading`.  What has no meaning by these
rules is an error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Indexed, Integer, KroneckerDelta, Mul, Sum, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from derivations.contexts import Context
from derivations.extremes import Greatest, Least, quick
from derivations.readings import Matrix, Reading, Vector
from derivations.reduction import sign

__all__ = ["Unprintable", "proposition"]

ATOM, APPLICATION, POWER, PRODUCT, SUM, OPEN = range(6, 0, -1)
Text: TypeAlias = tuple[str, int]
"""A term of Coq, and how strongly it binds."""


class Unprintable(ValueError):  # noqa: N818 - what it says of a formula
    """A formula that the printer has no proposition for; the message says which part."""


def proposition(formula: Any, context: Context, reading: Reading) -> str:
    """The proposition that the formula holds for all indices and scalars under the context's conditions.

    Over a ring there is no order: conditions that speak of it are left out, and more is claimed.

    >>> i, w = sympy.symbols("i w")
    >>> a = sympy.IndexedBase("a")
    >>> reading = Reading(("w",), {"a": "a w {}"})
    >>> print(proposition(sympy.Eq(a[i + 1], i * w ** (i - 1) / (1 - w)), Context(frozenset([i])), reading))
    forall (K : Ring) (w : K) (i : nat) (inv1 : K), ((1 - w) * inv1 = 1 ->
      a w (i + 1)%nat = whole i * w ^ (i - 1)%nat * inv1)%scalar
    """
    free = set().union(*(part.free_symbols for part in (formula, *context.conditions)))
    formula, context = _as_read(formula, context, reading)
    if reading.over == "ring":
        formula = quick(formula)
        context = replace(context, conditions=tuple(quick(condition) for condition in context.conditions))
    divisors = _Divisors()
    own = {Symbol(reading.defined[0])} if reading.defined else set()
    terms = _Terms(reading, replace(context, indices=context.indices | own), divisors)
    over_reals = reading.over == "reals"
    conditions = (c for c in context.conditions if over_reals or not _ordered(c, context))
    hypotheses = [terms.hypothesis(condition) for condition in conditions]
    claim = terms.claim(formula)
    if reading.defined:
        name, meant = reading.defined
        claim = f"(exists {name} : nat, {meant}) /\\ (forall {name} : nat, {meant} -> {claim})"
    inverses = sorted(divisors.inverses.values())
    free |= set().union(*(part.free_symbols for part in (formula, *context.conditions)))
    indices = sorted(at.name for at in (context.indices - own) & free)
    groups = [
        (reading.scalars, "R" if over_reals else "K"),
        (indices, "nat"),
    ]
    binders = [f"({' '.join(names)} : {sort})" for names, sort in groups if names]
    binders += reading.binders
    binders += [f"({' '.join(name for name, _ in inverses)} : K)"] if inverses else []
    for name in (*reading.scalars, *indices, *(name for name, _ in inverses)):
        _require_identifier(name)
    hypotheses += [*reading.given, *(f"{divisor} * {name} = 1" for name, divisor in inverses)]
    body = "".join(f"{hypothesis} -> " for hypothesis in hypotheses) + claim
    if re.search(r"\bK\b", " ".join([*binders, body])):
        binders = ["(K : Ring)", *binders]
    scope = "R" if over_reals else "scalar"
    return f"forall {' '.join(binders)}, ({body})%{scope}" if binders else f"({body})%{scope}"


def _as_read(formula: Any, context: Context, reading: Reading) -> tuple[Any, Context]:
    """Both with a symbol for each part that is read as a whole; the context with all indices."""
    whole = {text: text for text in reading.names if not re.fullmatch(r"[\w'/]+", text)} | dict(
        reading.indices
    )

    def as_read(formula: Any) -> Any:
        parts = [part for part in sympy.preorder_traversal(formula) if isinstance(part, _READ_WHOLE)]
        return formula.xreplace(
            {
                part: Symbol(whole[str(part)], commutative=part.is_commutative is not False)
                for part in parts
                if str(part) in whole
            }
        )

    indices = context.indices | {Symbol(name) for name in reading.indices.values()}
    if whole:
        conditions = tuple(map(as_read, context.conditions))
        return as_read(formula), replace(context, indices=indices, conditions=conditions)
    return formula, replace(context, indices=indices)


_READ_WHOLE = (Symbol, Indexed, sympy.Function, Relational)
"""What a reading may take as a whole."""


def _ordered(condition: Any, context: Context) -> bool:
    """Whether it is a condition on scalars that only an ordered field, or an inverse, gives a meaning."""
    ordered = isinstance(condition, sympy.Ge | sympy.Gt | sympy.Le | sympy.Lt | sympy.Ne)
    return ordered and not all(_is_index(side, context) for side in condition.args)


def _is_index(e: Any, context: Context) -> bool:
    """Whether an expression is made of natural numbers only."""
    if e.is_Rational or e in context.indices:
        return True
    return isinstance(e, _NATURAL_FUNCTIONS) and all(_is_index(part, context) for part in e.args)


_LEAST, _GREATEST = (sympy.Min, Least), (sympy.Max, Greatest)
_NATURAL_FUNCTIONS = (
    sympy.Add,
    Mul,
    sympy.Pow,
    Least,
    Greatest,
    sympy.Min,
    sympy.Max,
    sympy.floor,
    sympy.Mod,
)


def _require_identifier(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*", name) or _RESERVED.fullmatch(name):
        raise Unprintable(f"{name!r} is no name for a variable of Coq")


_RESERVED = re.compile(
    "K|R|S|O|as|at|by|else|end|exists|fun|forall|if|in|let|match|mod|return|sum|then|upto|using|where"
)


@dataclass
class _Divisors:
    """What is divided by: over a ring each has an inverse, over the reals each is claimed not to be 0."""

    inverses: dict[Expr, tuple[str, str]] = field(default_factory=dict)
    nonzero: list[str] = field(default_factory=list)

    def inverse(self, divisor: Expr, written: str) -> str:
        if divisor not in self.inverses:
            number = sum(not other.is_Integer for other in self.inverses) + 1
            name = f"inverse_of_{divisor}" if divisor.is_Integer else f"inv{number}"
            self.inverses[divisor] = (name, written)
        return self.inverses[divisor][0]

    def claim(self, divisor: str) -> None:
        if divisor not in self.nonzero:
            self.nonzero.append(divisor)


@dataclass(frozen=True)
class _Terms:
    """The printer of terms, where its context holds and ``factor`` multiplies them."""

    reading: Reading
    context: Context
    divisors: _Divisors
    factor: Expr = sympy.S.One
    bound: frozenset[Symbol] = frozenset()

    @property
    def reals(self) -> bool:
        return self.reading.over == "reals"

    # --- propositions ---------------------------------------------------------------------------------------

    def claim(self, formula: Any) -> str:
        """The formula, and over the reals that nothing is divided by 0."""
        text = self.formula(formula)
        nonzero = [f"{divisor} <> 0" for divisor in self.divisors.nonzero]
        return " /\\ ".join([*nonzero, f"({text})"]) if nonzero else text

    def hypothesis(self, condition: Any) -> str:
        """A condition, in brackets where it is made of others."""
        text = self.formula(condition)
        return f"({text})" if re.search(r"forall|exists|->|/\\|\\/", text) else text

    def formula(self, formula: Any) -> str:
        """A formula as a proposition."""
        if isinstance(formula, sympy.Eq):
            return self.equation(formula.lhs, formula.rhs)
        if isinstance(formula, sympy.Ne) and self.all_indices(formula):
            return self.of_naturals("<>", *formula.args)
        if isinstance(formula, sympy.Le | sympy.Lt | sympy.Ge | sympy.Gt):
            relation = {sympy.Le: "<=", sympy.Lt: "<", sympy.Ge: ">=", sympy.Gt: ">"}[type(formula)]
            if self.all_indices(formula):
                return self.of_naturals(relation, *formula.args)
            if self.reals:
                return f"{self.scalar(formula.lhs)[0]} {relation} {self.scalar(formula.rhs)[0]}"
        if isinstance(formula, sympy.Ne) and self.reals:
            return f"{self.scalar(formula.lhs)[0]} <> {self.scalar(formula.rhs)[0]}"
        for junction, sign_ in ((sympy.And, " /\\ "), (sympy.Or, " \\/ "), (sympy.Equivalent, " <-> ")):
            if isinstance(formula, junction):
                return sign_.join(sorted(f"({self.formula(part)})" for part in formula.args))
        if isinstance(formula, Symbol) and isinstance(meant := self.reading.names.get(formula.name), str):
            return meant
        if isinstance(formula, sympy.Implies):
            premise, conclusion = formula.args
            given = replace(self, context=self.context.given(*_parts(premise)))
            return f"({self.formula(premise)}) -> ({given.formula(conclusion)})"
        raise Unprintable(f"no proposition for {formula}")

    def all_indices(self, relation: Any) -> bool:
        return all(_is_index(side, self.context) for side in relation.args)

    def of_naturals(self, relation: str, left: Expr, right: Expr) -> str:
        difference = sympy.expand(left - right)
        difference = sympy.expand(_denominator(difference) * difference)
        left, right = _sides(difference) if difference.is_Add else (left, right)
        return f"({self.natural(left)} {relation} {self.natural(right)})%nat"

    def equation(self, left: Any, right: Any) -> str:
        if isinstance(left, sympy.Tuple) and isinstance(right, sympy.Tuple) and len(left) == len(right):
            return " /\\ ".join(f"({self.equation(*sides)})" for sides in zip(left, right, strict=True))
        if not isinstance(left, Expr) or not isinstance(right, Expr):
            raise Unprintable(f"no equation of {left} and {right}")
        if isinstance(left, sympy.Limit):
            return self.limit(left, right)
        if self.is_matrix(left) and self.is_matrix(right):
            return self.equal_entries(left, right)
        if isinstance(left, sympy.Derivative):
            return self.derivative(left, right)
        if isinstance(left, Sum) and _endless(left) and not any(map(_endless, right.atoms(Sum))):
            return self.series(left, self.scalar(right)[0])
        endless = {total for side in (left, right) for total in side.atoms(Sum) if _endless(total)}
        if endless:
            return self.with_series(sorted(endless, key=str), left, right)
        if self.all_indices(sympy.Eq(left, right, evaluate=False)):
            return self.of_naturals("=", left, right)
        value, level = self.scalar(right)
        if self.reading.identity:
            value = f"{self.reading.identity} * {_at((value, level), POWER)}"
        ring = "" if self.reals or self.reading.scalars else " :> K"
        return f"{self.scalar(left)[0]} = {value}{ring}"

    def derivative(self, left: Any, right: Expr) -> str:
        """f(w + e) = f(w) + e f'(w) for every e with e * e = 0."""
        (variable, order), *others = left.variable_count
        if self.reals or others or order != 1 or variable.name not in self.reading.scalars:
            raise Unprintable(f"no proposition for {left}")
        self.require_fresh("e")
        function = f"(fun {variable} : K => {self.scalar(left.expr)[0]})"
        return (
            f"forall e : K, e * e = 0 -> "
            f"{function} ({variable} + e) = {function} {variable} + e * {_at(self.scalar(right), POWER)}"
        )

    def limit(self, left: Any, right: Expr) -> str:
        """What it is the limit of need not be defined but from some index on."""
        inside, variable, point, _ = left.args
        if not self.reals or variable not in self.context.indices or point != sympy.oo or right.has(variable):
            raise Unprintable(f"no proposition for {left}")
        inner = replace(self, divisors=_Divisors())
        term = inner.scalar(inside)[0]
        if inner.divisors.nonzero:
            self.require_fresh("first")
        defined = [
            f"(exists first : nat, forall {variable} : nat, (first <= {variable})%nat -> {divisor} <> 0)"
            for divisor in inner.divisors.nonzero
        ]
        return " /\\ ".join([*defined, f"Un_cv (fun {variable} : nat => {term}) {self.argument(right)}"])

    def series(self, total: Sum, value: str) -> str:
        """The partial sums tend to the value."""
        (index, first, _), *others = total.limits
        if not self.reals or others:
            raise Unprintable(f"no proposition for {total}")
        partial = self.partial_sum(total.function, index, first, "upto")
        return f"Un_cv (fun upto : nat => {partial}) {_argument(value)}"

    def with_series(self, totals: list[Sum], left: Expr, right: Expr) -> str:
        """There are limits for which the equation holds."""
        values = {total: Symbol(f"total{number}") for number, total in enumerate(totals, 1)}
        names = tuple(value.name for value in values.values())
        for name in names:
            self.require_fresh(name)
        reading = replace(self.reading, scalars=(*self.reading.scalars, *names))
        inner = replace(self, reading=reading, divisors=_Divisors())
        equation = inner.equation(left.xreplace(values), right.xreplace(values))
        limits = [f"({self.series(total, value.name)})" for total, value in values.items()]
        nonzero = [f"{divisor} <> 0" for divisor in inner.divisors.nonzero]
        return f"exists {' '.join(names)} : R, " + " /\\ ".join([*limits, *nonzero, equation])

    # --- scalars --------------------------------------------------------------------------------------------

    def scalar(self, e: Expr) -> Text:
        if isinstance(e, Mul) and not e.is_commutative:
            scalars, letters = e.args_cnc()
            entry = self.entry(Mul(*letters))
            return _times([self.scalar(Mul(*scalars)), entry]) if scalars else entry
        if e.is_Rational and e.q == 1 and e >= 0:
            literal = self.reals or e.p < 2
            return (str(e.p), ATOM) if literal else (f"whole {e.p}", APPLICATION)
        if e.is_Rational or e.is_Mul or e.is_Pow:
            return self.product(e)
        if e.is_Add:
            return self.added(e)
        if _is_index(e, self.context):
            return f"{'INR' if self.reals else 'whole'} {self.natural_argument(e)}", APPLICATION
        if isinstance(e, Symbol | Indexed | AppliedUndef):
            return self.named(e)
        if isinstance(e, KroneckerDelta):
            left, right = _sides(sympy.expand(e.args[0] - e.args[1]))
            return f"delta {self.natural_argument(left)} {self.natural_argument(right)}", APPLICATION
        if isinstance(e, Sum):
            return self.sum(e), APPLICATION
        if isinstance(e, sympy.Piecewise):
            return f"({self.cases(e)})", ATOM
        if self.reals:
            return self.real_function(e)
        raise Unprintable(f"no term for {e}")

    def argument(self, e: Expr) -> str:
        """A scalar as the argument of a function."""
        return _at(self.alone.scalar(e), ATOM)

    @property
    def alone(self) -> "_Terms":
        """The printer of what no factor multiplies."""
        return replace(self, factor=Integer(1))

    def named(self, e: Any) -> Text:
        """A name, with natural indices, or with scalars as arguments."""
        if isinstance(e, Symbol):
            if e.name in self.reading.scalars:
                return e.name, ATOM
            return _filled(self.reading, e.name, [], str)
        if isinstance(e, Indexed):
            return _filled(self.reading, str(e.base), [self.index(index) for index in e.indices], str)
        return _filled(self.reading, e.func.__name__, [self.argument(argument) for argument in e.args], str)

    def added(self, e: Expr) -> Text:
        """A sum; terms without a minus sign first, in alphabetical order."""
        parts = []
        for term in e.args:
            negative = bool(term.as_coeff_Mul()[0] < 0)
            parts.append((negative, self.scalar(-term if negative else term)))
        (negative, first), *others = sorted(parts, key=lambda part: (part[0], part[1][0]))
        text = self.minus(first)[0] if negative else _at(first, SUM)
        for negative, term in others:
            text += f" {'-' if negative else '+'} {_at(term, PRODUCT)}"
        return text, SUM

    def minus(self, term: Text) -> Text:
        """The term with a minus sign, which before a 1 Coq would take for a part of the number."""
        if term[0] == "1" and not self.reals:
            return "opp 1", APPLICATION
        return f"- {_at(term, ATOM)}", SUM

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
                above.append((2, within.raised((root, _level(root)), -2 * exponent)))
            elif exponent.is_Integer and exponent < 0:
                below.append((1, self.raised(self.alone.divisor(base), -exponent)))
            else:
                rank = 1 if _is_index(factor, self.context) else 2
                above.append((rank, within.power(base, exponent)))
        numerator = [term for _, term in sorted(above, key=lambda part: (part[0], part[1][0]))]
        divisors = [term for _, term in sorted(below, key=lambda part: (part[0], part[1][0]))]
        if not self.reals:
            return _times([term for term in numerator + divisors if term != ("1", ATOM)] or [("1", ATOM)])
        text = _times(numerator or [("1", ATOM)])
        return (f"{_at(text, PRODUCT)} / {_at(_times(divisors), POWER)}", PRODUCT) if divisors else text

    def is_vector(self, e: Expr) -> bool:
        return isinstance(e, Symbol | Indexed) and isinstance(self.reading.names.get(_name(e)), Vector)

    def inner_product(self, vectors: list[Expr]) -> Text:
        meant = [self.reading.names[_name(vector)] for vector in vectors]
        sizes = {vector.size for vector in meant if isinstance(vector, Vector)}
        if len(vectors) != 2 or len(sizes) != 1:
            raise Unprintable(f"no inner product of {vectors}")
        terms = []
        for vector in sorted(vectors, key=str):
            indices = [self.index(index) for index in getattr(vector, "indices", ())]
            terms.append(_at(_filled(self.reading, _name(vector), indices, Vector), ATOM))
        return f"Matrices.inner {_argument(sizes.pop())} {' '.join(terms)}", APPLICATION

    def divisor(self, e: Expr) -> Text:
        """What stands for a divisor: over a ring its inverse."""
        term = self.scalar(e)
        if e.free_symbols & self.bound:
            raise Unprintable(f"the divisor {e} varies within a sum")
        if not self.reals:
            return self.divisors.inverse(e, _at(term, PRODUCT)), ATOM
        if not e.is_Rational:
            self.divisors.claim(_at(term, SUM))
        return term

    def power(self, base: Expr, exponent: Expr) -> Text:
        if exponent == 1:
            return self.scalar(base)
        if self.reals and exponent == sympy.Rational(1, 2):
            return f"sqrt {self.argument(base)}", APPLICATION
        if _is_index(exponent, self.context):
            return self.raised(self.alone.scalar(base), exponent)
        if self.reals and sign(base, self.context) == 2:
            return f"Rpower {self.argument(base)} {self.argument(exponent)}", APPLICATION
        raise Unprintable(f"no term for the power {base}**({exponent})")

    def raised(self, base: Text, exponent: Expr) -> Text:
        if exponent == 1:
            return base
        return f"{_at(base, APPLICATION)} ^ {self.natural_argument(exponent)}", POWER

    def sum(self, e: Sum) -> str:
        *inner, (index, first, last) = e.limits
        if last == sympy.oo:
            raise Unprintable(f"the infinite sum {e} stands within another term")
        count = sympy.expand(last - first + 1)
        return self.partial_sum(Sum(e.function, *inner) if inner else e.function, index, first, count)

    def partial_sum(self, summand: Expr, index: Symbol, first: Expr, count: Expr | str) -> str:
        """So many of the terms from the first on; a count that is a string is a natural number of Coq."""
        self.require_fresh(index.name)
        written = count if isinstance(count, str) else self.natural_argument(count)
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
        _require_identifier(name)
        terms = [term if isinstance(term, str) else term.term for term in self.reading.names.values()]
        spoken = " ".join([*terms, *self.reading.roots.values(), self.reading.identity])
        if name in re.findall(r"[\w']+", spoken):
            raise Unprintable(f"the bound name {name} is one that the reading's terms speak of")

    def cases(self, e: Any) -> str:
        (value, condition), *others = e.args
        if condition == sympy.true:
            return self.scalar(value)[0]
        if not others:
            raise Unprintable(f"{e} has no value where none of its conditions holds")
        inside = replace(self, context=self.context.given(*_parts(condition)))
        rest = sympy.Piecewise(*others, evaluate=False) if others[0].cond != sympy.true else others[0].expr
        otherwise = self.cases(rest) if isinstance(rest, sympy.Piecewise) else self.scalar(rest)[0]
        return f"if {self.decided(condition)} then {inside.scalar(value)[0]} else {otherwise}"

    def decided(self, condition: Any) -> str:
        """A condition as what Coq's ``if`` decides."""
        if self.reals and isinstance(condition, sympy.Le | sympy.Lt | sympy.Ge | sympy.Gt):
            decision = "Rlt_dec" if isinstance(condition, sympy.Lt | sympy.Gt) else "Rle_dec"
            return f"{decision} {self.argument(condition.lts)} {self.argument(condition.gts)}"
        return self.boolean(condition)

    def boolean(self, condition: Any) -> str:
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
        if type(condition) not in tests or not self.all_indices(condition):
            raise Unprintable(f"no decision for {condition}")
        left, right = (self.natural_argument(side) for side in condition.args)
        test = f"{tests[type(condition)]} {left} {right}"
        return f"negb ({test})" if isinstance(condition, sympy.Ne) else test

    def real_function(self, e: Any) -> Text:
        functions = {sympy.Abs: "Rabs", sympy.log: "ln", sympy.exp: "exp"}
        if type(e) in functions:
            return f"{functions[type(e)]} {self.argument(e.args[0])}", APPLICATION
        if isinstance(e, _LEAST + _GREATEST):
            first, *others = sorted(self.argument(part) for part in e.args)
            for other in others:
                first = f"({'Rmin' if isinstance(e, _LEAST) else 'Rmax'} {first} {other})"
            return first, ATOM
        if isinstance(e, sympy.floor):
            return f"IZR (Int_part {self.argument(e.args[0])})", APPLICATION
        if isinstance(e, sympy.ceiling):
            return f"- IZR (Int_part {self.argument(-e.args[0])})", SUM
        raise Unprintable(f"no term for {e}")

    # --- natural numbers ------------------------------------------------------------------------------------

    def natural_argument(self, e: Expr) -> str:
        """A natural number as the argument of a function or the exponent of a power."""
        text = self.natural(e)
        return text if re.fullmatch(r"[\w']+", text) else f"({text})%nat"

    def index(self, e: Expr) -> str:
        """A natural number as the index of a name, which may be a variable of Coq."""
        text = self.natural_argument(e)
        return f"{text}%nat" if text.isdigit() else text

    def natural(self, e: Expr) -> str:
        """A natural number; Coq's subtraction and division must be those of whole numbers."""
        e = sympy.expand(e)
        if not _is_index(e, self.context):
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
        slopes = [coefficients[at] for at in symbols]
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
        zeros = {at: Integer(0) for condition in conditions for at in _zeros(condition)}
        values = {**case, **zeros}
        parts = (part for part in Mul.make_args(self.factor) if part.free_symbols & {*values})
        return any(self.is_zero(part.subs(values)) for part in sorted(parts, key=lambda part: len(part.args)))

    def is_zero(self, e: Expr) -> bool:
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
            return f"{_at(self.written(sympy.expand(denominator * e)), POWER)} / {denominator}", PRODUCT
        if e.is_Integer or e.is_Symbol:
            return str(e), ATOM
        if isinstance(e, _LEAST + _GREATEST):
            name = "Nat.min" if isinstance(e, _LEAST) else "Nat.max"
            first, *others = sorted(_at(self.inner(part), ATOM) for part in e.args)
            for other in others[:-1]:
                first = f"({name} {first} {other})"
            return f"{name} {first} {others[-1]}", APPLICATION
        if isinstance(e, sympy.floor):
            inside = sympy.expand(e.args[0])
            below = _denominator(inside)
            return f"{_at(self.inner(below * inside), POWER)} / {below}", PRODUCT
        if isinstance(e, sympy.Mod) and e.args[1].is_Integer and e.args[1] > 0:
            inside, modulus = sympy.expand(e.args[0]), e.args[1]
            parts = inside.as_coefficients_dict().items()
            positive = sympy.Add(*((c % modulus) * part for part, c in parts))
            return f"{_at(self.inner(positive), POWER)} mod {modulus}", PRODUCT
        if e.is_Add:
            more, less = _sides(e)
            if less == 0:
                terms = sorted(
                    (self.written(part) for part in e.args), key=lambda term: (term[0].isdigit(), term)
                )
                return " + ".join(_at(term, PRODUCT) for term in terms), SUM
            return f"{_at(self.written(more), SUM)} - {_at(self.written(less), PRODUCT)}", SUM
        if e.is_Mul:
            return _times(
                sorted((self.written(part) for part in e.args), key=lambda term: (term[1] < ATOM, term))
            )
        if e.is_Pow and e.exp.is_Integer and e.exp > 0:
            return f"{_at(self.written(e.base), APPLICATION)} ^ {e.exp}", POWER
        raise Unprintable(f"no natural number for {e}")

    def inner(self, e: Expr) -> Text:
        """A part of a natural number that must be one itself."""
        if not self.alone.is_natural(sympy.expand(e)):
            raise Unprintable(f"{e} is not seen to be a natural number")
        return self.written(sympy.expand(e))

    # --- matrices -------------------------------------------------------------------------------------------

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
        return f"{_at(term, ATOM)} 0%nat 0%nat", APPLICATION

    def equal_entries(self, left: Expr, right: Expr) -> str:
        """Two matrices have the same entries."""
        (first, *size), (second, *other) = self.matrix(left), self.matrix(right)
        if size != other:
            raise Unprintable(f"{left} and {right} are of different size: {size} and {other}")
        for name in ("p", "q"):
            self.require_fresh(name)
        rows, columns = size
        entries = f"{_at(first, ATOM)} p q = {_at(second, ATOM)} p q"
        return f"forall p q : nat, (p < {rows})%nat -> (q < {columns})%nat -> {entries}"

    def matrix(self, e: Any) -> tuple[Text, str, str]:
        """The term of a matrix, its number of rows and that of columns."""
        if isinstance(e, Symbol | Indexed):
            name = _name(e)
            known = self.reading.names.get(name)
            if not isinstance(known, Matrix):
                raise Unprintable(f"the reading does not say which matrix {name} is")
            indices = [self.index(index) for index in getattr(e, "indices", ())]
            return _filled(self.reading, name, indices, Matrix), known.rows, known.columns
        if e.is_Add:
            return self.added_matrices(e)
        if e.is_Mul:
            return self.multiplied_matrices(e)
        if e.is_Pow:
            term, rows, columns = self.matrix(e.base)
            if rows != columns:
                raise Unprintable(f"{e.base} is not square")
            power = (
                f"Matrices.matrix_power {_argument(rows)} {_at(term, ATOM)} {self.natural_argument(e.exp)}"
            )
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
            first = f"Matrices.matrix_add {_at(first, ATOM)} {_at(other, ATOM)}", APPLICATION
        return first, rows, columns

    def multiplied_matrices(self, e: Expr) -> tuple[Text, str, str]:
        scalars, letters = e.args_cnc()
        (term, rows, columns), *others = [self.matrix(letter) for letter in letters]
        for other, inner, outer in others:
            if inner != columns:
                raise Unprintable(f"the factors of {e} do not fit: {columns} columns and {inner} rows")
            term = f"Matrices.product {_argument(columns)} {_at(term, ATOM)} {_at(other, ATOM)}", APPLICATION
            columns = outer
        return self.times_matrix(Mul(*scalars), term), rows, columns

    def times_matrix(self, scalar: Expr, term: Text) -> Text:
        if scalar == 1:
            return term
        factor = _at(self.scalar(scalar), ATOM)
        scope = "%R" if self.reals and factor.startswith("(") else ""
        return f"Matrices.scaled {factor}{scope} {_at(term, ATOM)}", APPLICATION

    def summed_matrices(self, e: Sum) -> tuple[Text, str, str]:
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
        entry = f"sum {self.natural_argument(count)} (fun {index} : nat => {_at(term, ATOM)} p q)"
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
    return text, _level(text)


def _level(text: str) -> int:
    """How strongly a term binds: a name, what stands in brackets, a function with arguments, or anything."""
    depth, outside = 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        outside += character if depth == 0 else ""
    if re.fullmatch(r"[\w'.]+|\)", outside):
        return ATOM
    return APPLICATION if re.fullmatch(r"[\w'.%) ]+", outside) else OPEN


def _at_most(index: Symbol, last: Expr) -> list[Any]:
    """What an index obeys that goes up to the last."""
    return [index <= bound for bound in (last.args if isinstance(last, _LEAST) else (last,))]


def _parts(condition: Any) -> Iterator[Any]:
    """The conditions that a conjunction consists of."""
    if isinstance(condition, sympy.And):
        for part in condition.args:
            yield from _parts(part)
    else:
        yield condition


def _sides(difference: Expr) -> tuple[Expr, Expr]:
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


def _endless(total: Any) -> bool:
    return any(last == sympy.oo for _, _, last in total.limits)


def _at(term: Text, least: int) -> str:
    """The term, in brackets if it binds less strongly than it must."""
    text, level = term
    return text if level >= least else f"({text})"


def _argument(term: str) -> str:
    return term if re.fullmatch(r"[\w'.]+", term) else f"({term})"


def _times(terms: list[Text]) -> Text:
    """The product of the terms."""
    (first, level), *others = terms
    if not others:
        return first, level
    return " * ".join([_at(terms[0], PRODUCT), *(_at(other, POWER) for other in others)]), PRODUCT
