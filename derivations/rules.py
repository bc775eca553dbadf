"""The rules of inference: each makes a step that claims a formula, and checks that it follows.

All of them look only at the formula and at what it is said to follow from, in the context of the claim; see
the table in :mod:`derivations.proof`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy import And, Eq, Expr, Limit, Sum, Symbol
from sympy.logic.inference import satisfiable

from derivations.contexts import INEQUALITY, Context, Split, is_strict, parts, substituted, written
from derivations.proof import Obligation, Rule, Step
from derivations.reduction import is_defined, is_zero, leaves, tends_to_zero
from derivations.reduction import sign as sign_of
from derivations.rewriting import Sequent, Unproved, conjuncts, evaluated, holds, is_natural, written_out

__all__ = [
    "argument",
    "conjecture",
    "definition",
    "evidence",
    "identity",
    "induction",
    "interchange",
    "lemma",
    "limit",
    "logic",
    "sign",
    "telescoping",
]


def definition(name: str, text: str, formula: Any) -> Step:
    """The step that says what a new name, the head of the formula's left side, means.

    A name with an index may be defined by recursion, as a conjunction: its value at 0, and that at ``t + 1``.
    """
    return Step(name, text, "definition", formula, (), (), _defines)


def _defines(claim: Sequent, premises: Sequence[Sequent]) -> None:
    del premises
    for equation in claim.equations():
        if equation.rhs.is_commutative and not is_defined(equation.rhs, claim.context):
            raise Unproved(f"{equation}: the right side is not seen to be a real number")


def lemma(name: str, text: str, formula: Any, using: Sequence[str] = (), given: Sequence[Any] = ()) -> Step:
    """A textbook result; the text names its source."""
    return Step(name, text, "lemma", formula, tuple(using), tuple(given), _anything)


def argument(
    name: str, text: str, formula: Any, using: Sequence[str] = (), given: Sequence[Any] = ()
) -> Step:
    """What the text argues and no machine has seen."""
    return Step(name, text, "argument", formula, tuple(using), tuple(given), _anything)


def _anything(claim: Sequent, premises: Sequence[Sequent]) -> None:
    del claim, premises


def identity(
    name: str,
    text: str,
    formula: Any,
    using: Sequence[str] = (),
    given: Sequence[Any] = (),
    splits: Sequence[Split] = (),
) -> Step:
    """The step that equations hold: written out by those named, both sides, or the left alone, are the same.

    Parameters
    ----------
    splits
        Indices whose cases are looked at one by one; see :data:`derivations.contexts.Split`.

    >>> x, i = sympy.symbols("x i")
    >>> identity("square", "", Eq((x + 1) ** 2, x**2 + 2 * x + 1)).formula
    Eq((x + 1)**2, x**2 + 2*x + 1)
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        for equation in conjuncts(claim.formula):
            _require_equation(equation)
            for case, substitutions in leaves(claim.context, splits):
                left, right = (written(side, substitutions) for side in equation.args)
                difference = _difference(left, right, premises, case)
                if not is_zero(difference, case):
                    alone = evaluated(written_out(left, premises, case), case) - evaluated(right, case)
                    if alone == difference or not is_zero(alone, case):
                        raise Unproved(f"{equation}: left - right, {difference}, is not seen to be 0")

    return Step(name, text, "identity", formula, tuple(using), tuple(given), rule)


def _require_equation(formula: Any) -> None:
    if not isinstance(formula, Eq) or not all(isinstance(side, Expr) for side in formula.args):
        raise Unproved(f"{formula} is not an equation of two expressions")


def _difference(left: Expr, right: Expr, premises: Sequence[Sequent], context: Context) -> Expr:
    left, right = (evaluated(written_out(side, premises, context), context) for side in (left, right))
    return left - right


def _require_zero(difference: Expr, context: Context, claim: Any) -> None:
    if not is_zero(difference, context):
        raise Unproved(f"{claim}: left - right, {difference}, is not seen to be 0")


def induction(
    name: str,
    text: str,
    formula: Any,
    index: Symbol,
    using: Sequence[str] = (),
    given: Sequence[Any] = (),
    step: int = 1,
    splits: Sequence[Split] = (),
) -> Step:
    """The step that an equation holds for every index, by induction on it.

    At the indices below ``step`` it is an identity.  At ``index + step`` it is one by the equations named and
    by the equation at ``index``, ..., ``index + step - 1``, whatever the other indices: these rewrite it
    where its left side is a name, as ``rho[i]``; else left - right at ``index + step`` and at ``index`` are
    the same.  Both in the cases of the ``splits``, in which ``index`` is what is left of it.

    An inequality is seen as by :func:`sign`, at ``index + step`` with those before it among the conditions.
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        if step < 1:
            raise Unproved(f"no steps of {step} lead to every {index}")
        for equation in conjuncts(claim.formula):
            if isinstance(equation, INEQUALITY):
                _require_inductive(equation, index, step, claim.context, premises)
                continue
            _require_equation(equation)
            if index not in claim.context.indices:
                raise Unproved(f"{index} is not an index")

            def at(value: Expr, equation: Any = equation) -> Any:
                return _instance(equation, {index: value})

            for base in range(step):
                start = at(sympy.Integer(base))
                first = claim.context.written({index: sympy.Integer(base)})
                for case, substitutions in leaves(
                    first, [split for split in splits if index not in parts(split)]
                ):
                    left, right = (written(side, substitutions) for side in start.args)
                    _require_zero(_difference(left, right, premises, case), case, start)
            known = claim.context.written({index: index + step}, [index])
            for case, substitutions in leaves(known, splits):
                now = written(index, substitutions)
                hypotheses = [
                    _hypothesis(equation, claim.context, index, now + below)
                    for below in reversed(range(step))
                ]
                after = at(index + step)
                left, right = (written(side, substitutions) for side in after.args)
                difference = _difference(left, right, [*premises, *hypotheses], case)
                if not is_zero(difference, case):
                    if not all(holds(written(c, substitutions), case) for c in claim.context.conditions):
                        raise Unproved(
                            f"{formula}: what is given for {index + step} is not given for {index}"
                        )
                    left, right = (written(side, substitutions) for side in equation.args)
                    _require_zero(difference - _difference(left, right, premises, case), case, after)

    return Step(name, text, "induction", formula, tuple(using), tuple(given), rule)


def _instance(formula: Any, values: Mapping[Symbol, Expr]) -> Any:
    """The formula with values for symbols, its relations left as they are."""
    if isinstance(formula, sympy.core.relational.Relational):
        return formula.func(*(written(side, [values]) for side in formula.args), evaluate=False)
    return formula.func(*(_instance(part, values) for part in formula.args)) if formula.args else formula


def _hypothesis(equation: Any, context: Context, index: Symbol, value: Expr) -> Sequent:
    """The equation at a value of the index and whatever others; those that the value has are not meant."""
    anew = {at: sympy.Dummy(at.name) for at in (context.indices & value.free_symbols) - {index}}
    others = frozenset(anew.get(at, at) for at in context.indices - {index})
    conditions = tuple(condition.xreplace(anew) for condition in context.conditions)
    where = replace(context, indices=others, conditions=conditions)
    return Sequent(_instance(_instance(equation, anew), {index: value}), where.written({index: value}))


def _require_inductive(
    inequality: Any, index: Symbol, step: int, context: Context, premises: Sequence[Sequent]
) -> None:
    """That an inequality holds for every index: at the first ones, and at one if at those before."""
    if index not in context.indices:
        raise Unproved(f"{index} is not an index")
    known = context.written({index: index + step}, [index])
    if not all(holds(condition, known) for condition in context.conditions):
        raise Unproved(f"{inequality}: what is given for {index + step} is not given for {index}")

    def at(value: Expr) -> Any:
        sides = (substituted(side, {index: value}) for side in inequality.args)
        return inequality.func(*sides, evaluate=False)

    for base in map(sympy.Integer, range(step)):
        _require_sign(at(base), premises, context.written({index: base}))
    hypotheses = [_hypothesis(inequality, context, index, index + below) for below in range(step)]
    _require_sign(at(index + step), [*premises, *hypotheses], known)


def interchange(name: str, text: str, formula: Any) -> Step:
    """The step that finite sums over ranges that do not depend on one another may change places.

    >>> a, b, f = sympy.symbols("a b f", cls=sympy.IndexedBase)
    >>> j, k, m, n = sympy.symbols("j k m n")
    >>> rows, columns = (j, 0, m), (k, 0, n)
    >>> step = interchange("by columns", "", Eq(Sum(f[j, k], columns, rows), Sum(f[j, k], rows, columns)))
    >>> step.rule(Sequent(step.formula, Context()), [])
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        del premises
        for equation in conjuncts(claim.formula):
            _require_equation(equation)
            left, right = equation.args
            if not (isinstance(left, Sum) and isinstance(right, Sum)):
                raise Unproved(f"{equation} is not an equation of two sums")
            bound = {index for index, *_ in left.limits}
            ranges = [end for _, *ends in left.limits for end in ends]
            if any(end.free_symbols & bound or end.is_finite is False for end in ranges):
                raise Unproved(f"{left}: a range depends on another or has no end")
            same = left.function == right.function and {*left.limits} == {*right.limits}
            if not same or not len(bound) == len(left.limits) == len(right.limits):
                raise Unproved(f"{equation} does not only change the places of sums")

    return Step(name, text, "identity", formula, (), (), rule)


def telescoping(
    name: str, text: str, summand: Expr, index: Symbol, closed: Expr, using: Sequence[str] = ()
) -> Step:
    """The step that ``closed`` is the sum of the first ``index`` summands: 0 at 0, it grows by them."""
    k = Symbol("k") if index.name != "k" else Symbol("l")
    total = Sum(summand.subs(index, k), (k, 0, index - 1))
    return induction(name, text, Eq(total, closed, evaluate=False), index, using)


def sign(
    name: str,
    text: str,
    formula: Any,
    using: Sequence[str] = (),
    given: Sequence[Any] = (),
    splits: Sequence[Split] = (),
) -> Step:
    """The step that inequalities hold: greater - less, written out, is seen not to be negative.

    Inequalities among what is named count as conditions, equations rewrite.
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        for relation in conjuncts(claim.formula):
            if not isinstance(relation, INEQUALITY):
                raise Unproved(f"{relation} is not an inequality")
            for case, substitutions in leaves(claim.context, splits):
                sides = (written(side, substitutions) for side in relation.args)
                _require_sign(relation.func(*sides, evaluate=False), premises, case)

    return Step(name, text, "sign", formula, tuple(using), tuple(given), rule)


def _require_sign(inequality: Any, premises: Sequence[Sequent], context: Context) -> None:
    facts = [_written_relation(fact, premises, context) for fact in _facts(premises, context)]
    difference = evaluated(written_out(inequality.gts - inequality.lts, premises, context), context)
    least = 2 if is_strict(inequality) else 1
    if sign_of(difference, replace(context, conditions=()).given(*facts)) < least:
        raise Unproved(f"{inequality}: the sign of {difference} is not seen")


def _facts(premises: Sequence[Sequent], context: Context) -> list[Any]:
    """The relations that hold by the context or are named and hold in it."""
    named = [
        part
        for premise in premises
        if all(holds(condition, context) for condition in premise.context.conditions)
        for part in conjuncts(premise.formula)
        if not isinstance(part, Eq) and part.free_symbols & premise.context.indices <= context.indices
    ]
    return [*context.conditions, *named]


def _written_relation(relation: Any, premises: Sequence[Sequent], context: Context) -> Any:
    if not isinstance(relation, INEQUALITY):
        return relation
    return relation.func(*(written_out(side, premises, context) for side in relation.args))


def limit(
    name: str,
    text: str,
    formula: Any,
    using: Sequence[str] = (),
    given: Sequence[Any] = (),
    terms: Symbol | None = None,
) -> Step:
    """The step that a quotient of polynomials and geometric terms has a limit at infinity.

    A series is the limit of its first ``terms`` terms, a sum to ``terms - 1``.
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        for equation in conjuncts(claim.formula):
            _require_equation(equation)
            inside, variable = _inside(equation.lhs, terms)
            if variable in claim.context.names:
                raise Unproved(f"{variable} has a meaning")
            natural = [variable] if variable in claim.context.indices else []
            context = claim.context.without(variable).given(variable > 0, indices=natural)  # in the end
            right = written_out(equation.rhs, premises, context)
            difference = written_out(inside, premises, context) - right
            fixed = not equation.rhs.has(variable) and not right.has(variable)
            if not fixed or not tends_to_zero(difference, variable, context):
                raise Unproved(f"{equation}: {difference} is not seen to tend to 0")

    return Step(name, text, "limit", formula, tuple(using), tuple(given), rule)


def _inside(side: Expr, terms: Symbol | None) -> tuple[Expr, Symbol]:
    """What has the limit, and what goes to infinity."""
    if isinstance(side, Limit) and side.args[2] == sympy.oo:
        return side.args[0], side.args[1]
    if isinstance(side, Sum) and len(side.limits) == 1 and side.limits[0][2] == sympy.oo and terms:
        index, first, _ = side.limits[0]
        if terms in side.free_symbols:
            raise Unproved(f"{terms} has a meaning in {side}")
        return Sum(side.function, (index, first, terms - 1)), terms
    raise Unproved(f"{side} is not a limit at infinity")


def logic(
    name: str,
    text: str,
    formula: Any,
    using: Sequence[str],
    given: Sequence[Any] = (),
    at: Mapping[str, Mapping[Symbol, Expr]] | None = None,
) -> Step:
    """The step that a formula follows from others by propositional logic, relations being its atoms.

    Parameters
    ----------
    at
        For what is named, values of its indices.
    """

    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        known = []
        for premise in premises:
            values = dict((at or {}).get(premise.name, {}))
            if not values.keys() <= premise.context.indices:
                raise Unproved(f"{premise.name!r} is claimed for no other {[*values]}")
            if not all(is_natural(value, claim.context) for value in values.values()):
                raise Unproved(f"{values} are not indices")
            others = premise.formula.free_symbols & premise.context.indices - {*values}
            if not others <= claim.context.indices:
                raise Unproved(f"{premise.name!r} is claimed for natural {[*others]}")
            conditions = [substituted(c, values) for c in premise.context.conditions]
            open_ = (c for c in conditions if not holds(c, claim.context))
            known.append(sympy.Implies(And(*open_), _instance(premise.formula, values)))
        atoms: dict[Any, Symbol] = {}
        refuted = And(*(_propositional(fact, atoms) for fact in (*known, *claim.context.conditions)))
        if satisfiable(And(refuted, sympy.Not(_propositional(claim.formula, atoms)))):
            raise Unproved(f"{claim.formula} does not follow by logic")

    return Step(name, text, "logic", formula, tuple(using), tuple(given), rule)


def _propositional(formula: Any, atoms: dict[Any, Symbol]) -> Any:
    """The formula with a symbol for every relation; ``-d > 0`` is the negation of ``d >= 0``."""
    if isinstance(formula, INEQUALITY):
        greater, less = (formula.lts, formula.gts) if is_strict(formula) else (formula.gts, formula.lts)
        atom = _atom(sympy.expand(greater - less), atoms)
        return sympy.Not(atom) if is_strict(formula) else atom
    if isinstance(formula, sympy.logic.boolalg.BooleanFunction):
        return formula.func(*(_propositional(part, atoms) for part in formula.args))
    return _atom(formula, atoms) if isinstance(formula, Eq | sympy.Ne) else formula


def _atom(key: Any, atoms: dict[Any, Symbol]) -> Symbol:
    return atoms.setdefault(key.as_dummy(), sympy.Dummy(f"p{len(atoms)}"))


def evidence(name: str, text: str, cases: Callable[[Any], Iterable[Obligation]]) -> Step:
    """Cases of the statement's formula, which ``cases`` is given, computed beside a proof."""
    return Step(name, text, "evidence", None, (), (), _computed(cases))


def conjecture(name: str, text: str, cases: Callable[[Any], Iterable[Obligation]]) -> Step:
    """Cases of the statement's formula, and all there is."""
    return Step(name, text, "conjecture", None, (), (), _computed(cases))


def _computed(cases: Callable[[Any], Iterable[Obligation]]) -> Rule:
    def rule(claim: Sequent, premises: Sequence[Sequent]) -> None:
        del premises
        seen = False
        for case, obligation in cases(claim.formula):
            seen = True
            if isinstance(obligation, Expr):
                if not is_zero(obligation, claim.context):
                    raise Unproved(f"{case}: {obligation} is not 0")
            elif not isinstance(obligation, bool | sympy.logic.boolalg.BooleanAtom):
                raise Unproved(f"{case}: {obligation!r} is neither an expression nor a truth value")
            elif not obligation:
                raise Unproved(f"{case}: not true")
        if not seen:
            raise Unproved("there is no case")

    return rule
