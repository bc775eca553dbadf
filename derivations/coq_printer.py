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

What a name of the formula means says its :class:`derivations.coq_reading.Reading`.  What has no meaning by
these rules is an error.
"""

import re
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Indexed, Sum, Symbol
from sympy.core.relational import Relational

from derivations.contexts import INEQUALITY, Context
from derivations.coq_naturals import is_index
from derivations.coq_reading import Reading
from derivations.coq_terms import Divisors, Terms, conditions_of
from derivations.coq_text import ATOM, POWER, Unprintable, as_argument, bracketed, require_identifier
from derivations.extremes import quick

__all__ = ["Unprintable", "proposition"]


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
    divisors = Divisors()
    own = {Symbol(reading.defined[0])} if reading.defined else set()
    terms = Terms(reading, replace(context, indices=context.indices | own), divisors)
    over_reals = reading.over == "reals"
    conditions = (c for c in context.conditions if over_reals or not _ordered(c, context))
    hypotheses = [_hypothesis(terms, condition) for condition in conditions]
    claim = _claim(terms, formula)
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
        require_identifier(name)
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
    ordered = isinstance(condition, INEQUALITY | sympy.Ne)
    return ordered and not all(is_index(side, context) for side in condition.args)


def _claim(terms: Terms, formula: Any) -> str:
    """The formula, and over the reals that nothing is divided by 0."""
    text = _formula(terms, formula)
    nonzero = [f"{divisor} <> 0" for divisor in terms.divisors.nonzero]
    return " /\\ ".join([*nonzero, f"({text})"]) if nonzero else text


def _hypothesis(terms: Terms, condition: Any) -> str:
    """A condition, in brackets where it is made of others."""
    text = _formula(terms, condition)
    return f"({text})" if re.search(r"forall|exists|->|/\\|\\/", text) else text


def _formula(terms: Terms, formula: Any) -> str:
    """A formula as a proposition."""
    if isinstance(formula, sympy.Eq):
        return _equation(terms, formula.lhs, formula.rhs)
    if isinstance(formula, sympy.Ne) and terms.naturals.relates(formula):
        return terms.naturals.relation("<>", *formula.args)
    if isinstance(formula, INEQUALITY):
        if terms.naturals.relates(formula):
            return terms.naturals.relation(formula.rel_op, *formula.args)
        if terms.reals:
            return f"{terms.scalar(formula.lhs)[0]} {formula.rel_op} {terms.scalar(formula.rhs)[0]}"
    if isinstance(formula, sympy.Ne) and terms.reals:
        return f"{terms.scalar(formula.lhs)[0]} <> {terms.scalar(formula.rhs)[0]}"
    for junction, sign_ in ((sympy.And, " /\\ "), (sympy.Or, " \\/ "), (sympy.Equivalent, " <-> ")):
        if isinstance(formula, junction):
            return sign_.join(sorted(f"({_formula(terms, part)})" for part in formula.args))
    if isinstance(formula, Symbol) and isinstance(meant := terms.reading.names.get(formula.name), str):
        return meant
    if isinstance(formula, sympy.Implies):
        premise, conclusion = formula.args
        given = replace(terms, context=terms.context.given(*conditions_of(premise)))
        return f"({_formula(terms, premise)}) -> ({_formula(given, conclusion)})"
    raise Unprintable(f"no proposition for {formula}")


def _equation(terms: Terms, left: Any, right: Any) -> str:
    if isinstance(left, sympy.Tuple) and isinstance(right, sympy.Tuple) and len(left) == len(right):
        return " /\\ ".join(f"({_equation(terms, *sides)})" for sides in zip(left, right, strict=True))
    if not isinstance(left, Expr) or not isinstance(right, Expr):
        raise Unprintable(f"no equation of {left} and {right}")
    if isinstance(left, sympy.Limit):
        return _limit(terms, left, right)
    if terms.is_matrix(left) and terms.is_matrix(right):
        return _equal_entries(terms, left, right)
    if isinstance(left, sympy.Derivative):
        return _derivative(terms, left, right)
    if isinstance(left, Sum) and _endless(left) and not any(map(_endless, right.atoms(Sum))):
        return _series(terms, left, terms.scalar(right)[0])
    endless = {total for side in (left, right) for total in side.atoms(Sum) if _endless(total)}
    if endless:
        return _with_series(terms, sorted(endless, key=str), left, right)
    if terms.naturals.relates(sympy.Eq(left, right, evaluate=False)):
        return terms.naturals.relation("=", left, right)
    value, level = terms.scalar(right)
    if terms.reading.identity:
        value = f"{terms.reading.identity} * {bracketed((value, level), POWER)}"
    ring = "" if terms.reals or terms.reading.scalars else " :> K"
    return f"{terms.scalar(left)[0]} = {value}{ring}"


def _derivative(terms: Terms, left: Any, right: Expr) -> str:
    """f(w + e) = f(w) + e f'(w) for every e with e * e = 0."""
    (variable, order), *others = left.variable_count
    if terms.reals or others or order != 1 or variable.name not in terms.reading.scalars:
        raise Unprintable(f"no proposition for {left}")
    terms.require_fresh("e")
    function = f"(fun {variable} : K => {terms.scalar(left.expr)[0]})"
    return (
        f"forall e : K, e * e = 0 -> "
        f"{function} ({variable} + e) = {function} {variable} + e * {bracketed(terms.scalar(right), POWER)}"
    )


def _limit(terms: Terms, left: Any, right: Expr) -> str:
    """What it is the limit of need not be defined but from some index on."""
    inside, variable, point, _ = left.args
    if not terms.reals or variable not in terms.context.indices or point != sympy.oo or right.has(variable):
        raise Unprintable(f"no proposition for {left}")
    inner = replace(terms, divisors=Divisors())
    term = inner.scalar(inside)[0]
    if inner.divisors.nonzero:
        terms.require_fresh("first")
    defined = [
        f"(exists first : nat, forall {variable} : nat, (first <= {variable})%nat -> {divisor} <> 0)"
        for divisor in inner.divisors.nonzero
    ]
    return " /\\ ".join([*defined, f"Un_cv (fun {variable} : nat => {term}) {terms.argument(right)}"])


def _series(terms: Terms, total: Sum, value: str) -> str:
    """The partial sums tend to the value."""
    (index, first, _), *others = total.limits
    if not terms.reals or others:
        raise Unprintable(f"no proposition for {total}")
    partial = terms.partial_sum(total.function, index, first, "upto")
    return f"Un_cv (fun upto : nat => {partial}) {as_argument(value)}"


def _with_series(terms: Terms, totals: list[Sum], left: Expr, right: Expr) -> str:
    """There are limits for which the equation holds."""
    values = {total: Symbol(f"total{number}") for number, total in enumerate(totals, 1)}
    names = tuple(value.name for value in values.values())
    for name in names:
        terms.require_fresh(name)
    reading = replace(terms.reading, scalars=(*terms.reading.scalars, *names))
    inner = replace(terms, reading=reading, divisors=Divisors())
    equation = _equation(inner, left.xreplace(values), right.xreplace(values))
    limits = [f"({_series(terms, total, value.name)})" for total, value in values.items()]
    nonzero = [f"{divisor} <> 0" for divisor in inner.divisors.nonzero]
    return f"exists {' '.join(names)} : R, " + " /\\ ".join([*limits, *nonzero, equation])


def _equal_entries(terms: Terms, left: Expr, right: Expr) -> str:
    """Two matrices have the same entries."""
    (first, *size), (second, *other) = terms.matrix(left), terms.matrix(right)
    if size != other:
        raise Unprintable(f"{left} and {right} are of different size: {size} and {other}")
    for name in ("p", "q"):
        terms.require_fresh(name)
    rows, columns = size
    entries = f"{bracketed(first, ATOM)} p q = {bracketed(second, ATOM)} p q"
    return f"forall p q : nat, (p < {rows})%nat -> (q < {columns})%nat -> {entries}"


def _endless(total: Any) -> bool:
    return any(last == sympy.oo for _, _, last in total.limits)
