"""What is claimed under which conditions, and how one equation rewrites another.

An equation ``left = right`` rewrites every instance of its left side: ``rho[i] = ...`` also ``rho[i + 2]``,
and ``rho[k]`` in a sum over ``k``, if the index put in is natural there and the equation's conditions hold.
The left side is a name, ``K``, with indices, ``rho[i]``, or with arguments, ``E(x)``, or else any expression
that stands there as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import And, Dummy, Eq, Expr, Indexed, Limit, Sum, Symbol, Tuple
from sympy.core.function import AppliedUndef

from derivations.contexts import INEQUALITY, Context, is_strict, substituted, with_fresh_bounds
from derivations.reduction import is_defined, is_nonzero, is_zero, sign

__all__ = ["Sequent", "Unproved", "conjuncts", "evaluated", "holds", "is_natural", "written_out"]


class Unproved(Exception):  # noqa: N818 - what it says of a claim
    """A claim does not follow by the rule that it names; the message says what is missing."""


@dataclass(frozen=True)
class Sequent:
    """A formula, where it is claimed, and the name of the step or statement that claims it."""

    formula: Any
    context: Context
    name: str = ""

    def equations(self) -> Iterator[Any]:
        """The equations that it consists of, in order."""
        return (part for part in conjuncts(self.formula) if isinstance(part, Eq))


def conjuncts(formula: Any) -> Iterator[Any]:
    """What a formula says, one by one: the parts of a conjunction, the components of equal tuples."""
    if isinstance(formula, And):
        for part in formula.args:
            yield from conjuncts(part)
    elif isinstance(formula, Eq) and isinstance(formula.lhs, Tuple) and isinstance(formula.rhs, Tuple):
        if len(formula.lhs) != len(formula.rhs):
            raise Unproved(f"{formula.lhs} and {formula.rhs} are of different length")
        for left, right in zip(formula.lhs, formula.rhs, strict=True):
            yield Eq(left, right, evaluate=False)
    else:
        yield formula


def is_natural(value: Expr, context: Context) -> bool:
    """Whether it is seen to be a natural number: whole, as indices are, and not negative."""
    if all(
        factor.is_Integer and factor >= 0 and (term == 1 or term in context.indices)
        for term, factor in value.as_coefficients_dict().items()
    ):
        return True
    whole = {at: Dummy(integer=True, nonnegative=True) for at in context.indices}
    return bool(value.xreplace(whole).is_integer) and sign(value, context) > 0


def holds(condition: Any, context: Context) -> bool:
    """Whether a condition is seen to hold in the context."""
    if condition == sympy.true or condition in context.conditions:
        return True
    if isinstance(condition, And):
        return all(holds(part, context) for part in condition.args)
    if isinstance(condition, Eq) and isinstance(condition.lhs, Expr):
        return is_zero(condition.lhs - condition.rhs, context)
    if isinstance(condition, sympy.Ne):
        return is_nonzero(condition.lhs - condition.rhs, context)
    if isinstance(condition, INEQUALITY):
        return sign(condition.gts - condition.lts, context) >= (2 if is_strict(condition) else 1)
    return False


def written_out(expression: Any, premises: Iterable[Sequent], context: Context) -> Any:
    """The expression rewritten by the equations among the premises, one after the other."""
    for premise in premises:
        for equation in premise.equations():
            if _may_match(equation.lhs, expression):
                rewriting = _Rewriting(equation.lhs, with_fresh_bounds(equation.rhs), premise.context)
                expression = rewriting.of(expression, context)
    return expression


@dataclass(frozen=True)
class _Rewriting:
    left: Any
    right: Any
    where: Context

    def of(self, e: Any, context: Context) -> Any:
        """The expression with the right side for every instance of the left one."""
        values = self.match(e, context)
        if values is not None:
            return substituted(self.right, values)
        if isinstance(e, Sum):
            return self.of_sum(e, context) if _may_match(self.left, e) else e
        if isinstance(e, sympy.Derivative) and not self.holds_around(e.variables, context):
            return e
        if isinstance(e, Limit):
            context = context.without(e.args[1])
        elif getattr(e, "bound_symbols", None):
            return e
        if not e.args or isinstance(e, Indexed):
            return e
        parts = [self.of(part, context) if isinstance(part, sympy.Basic) else part for part in e.args]
        return e if all(new is old for new, old in zip(parts, e.args, strict=True)) else e.func(*parts)

    def holds_around(self, variables: Iterable[Symbol], context: Context) -> bool:
        """Whether the equation, if it holds at a point, does so around it, for a derivative to see."""
        names = context.names | self.where.names
        if {*variables} & (names | context.indices | self.where.indices):
            return False
        kept = (c for c in self.where.conditions if c.has(Indexed, sympy.Function, *variables, *names))
        return all(
            (is_strict(c) or isinstance(c, sympy.Ne)) and not c.has(Indexed, sympy.Function) for c in kept
        )

    def of_sum(self, e: Sum, context: Context) -> Any:
        limits = e.limits
        spoken_of = (self.left.free_symbols | self.right.free_symbols) - self.where.indices
        if any(index in spoken_of or index in (first - last).free_symbols for index, first, last in limits):
            return self.of_sum(with_fresh_bounds(e), context)
        for index, first, last in reversed(limits):  # the last is the outermost
            natural = [index] if is_natural(first, context) else []
            context = context.without(index).given(*_between(first, index, last), indices=natural)
        return Sum(self.of(e.function, context), *limits)

    def match(self, e: Any, context: Context) -> dict[Symbol, Expr] | None:
        """The indices with which the expression is an instance of the left side; None if it is none."""
        pairs = _paired(self.left, e)
        values = None if pairs is None else _solved(*pairs, self.where.indices)
        if values is None or not self.applies(values, context):
            return None
        bound = {limit.args[1] for limit in e.atoms(Limit)}
        others = {at: value for at, value in values.items() if at != value}
        caught = any(at in bound or value.free_symbols & bound for at, value in others.items())
        return None if caught else values

    def applies(self, values: Mapping[Symbol, Expr], context: Context) -> bool:
        """Whether all its indices are natural numbers and the equation's conditions hold for them."""
        others = (self.left.free_symbols | self.right.free_symbols) & self.where.indices - {*values}
        naturals = all(is_natural(value, context) for value in (*values.values(), *others))
        return naturals and all(holds(substituted(c, values), context) for c in self.where.conditions)


def _may_match(pattern: Any, e: Any) -> bool:
    """Whether something of the pattern's sort is in it: most equations have nothing to rewrite."""
    if isinstance(pattern, Indexed):
        return bool(e.has(pattern.base))
    return bool(e.has(pattern.func if isinstance(pattern, AppliedUndef) else type(pattern)))


def _paired(pattern: Any, e: Any) -> tuple[list[Any], list[Any]] | None:
    """The arguments of a name, or of names within names, with those of an instance; None if it is none.

    >>> rho, mean, i, n = sympy.IndexedBase("rho"), sympy.Function("E"), *sympy.symbols("i n")
    >>> _paired(Limit(mean(rho[i]), n, sympy.oo), Limit(mean(rho[i + 1]), n, sympy.oo))
    ([i], [i + 1])
    """
    if type(e) is not type(pattern) or e.func != pattern.func or len(e.args) != len(pattern.args):
        return None
    if isinstance(pattern, Limit):
        return _paired(pattern.args[0], e.args[0]) if pattern.args[1:] == e.args[1:] else None
    if isinstance(pattern, Indexed):
        return ([*pattern.indices], [*e.indices]) if pattern.base == e.base else None
    if not isinstance(pattern, AppliedUndef):
        symbols = [s for s in e.free_symbols if isinstance(s, Symbol)]  # an index in it is itself everywhere
        return (symbols, symbols) if _unnamed(e) == _unnamed(pattern) else None
    patterns, arguments = [], []
    for left, right in zip(pattern.args, e.args, strict=True):
        if _is_name(left) or left.has(Sum) or not isinstance(left, Expr):
            if (inner := _paired(left, right)) is None:
                return None
            patterns += inner[0]
            arguments += inner[1]
        else:
            patterns.append(left)
            arguments.append(right)
    return patterns, arguments


def _is_name(e: Any) -> bool:
    return isinstance(e, Indexed | AppliedUndef | Limit)


def _solved(
    patterns: Iterable[Expr], arguments: Iterable[Expr], indices: Iterable[Symbol]
) -> dict[Symbol, Expr] | None:
    """The values of the indices with which the patterns, linear in them, are the arguments, or None.

    >>> b, u = sympy.symbols("b u")
    >>> _solved([b + 2 * u + 2, b], [b + 4, b + 1], [b, u])
    {b: b + 1, u: 1/2}
    >>> _solved([b, b], [b, u], [b]) is None
    True
    """
    unknown = {at: Dummy(at.name) for at in indices}
    equations = []
    values: dict[Symbol, Expr] = {}
    for pattern, argument in zip(patterns, arguments, strict=True):
        if pattern in unknown and pattern not in values:
            values[pattern] = sympy.expand(argument)
        else:
            equations.append(pattern.xreplace(unknown) - argument)
    while equations:
        later = []
        for difference in equations:
            left = sympy.expand(difference.xreplace({unknown[at]: value for at, value in values.items()}))
            open_ = [at for at, name in unknown.items() if left.has(name)]
            if not open_ and left != 0:
                return None
            if len(open_) > 1:
                later.append(difference)
            elif open_:
                name = unknown[open_[0]]
                slope = left.coeff(name)
                values[open_[0]] = value = (
                    sympy.expand(name - left / slope) if slope.is_Integer and slope else name
                )
                if value.has(name):
                    return None
        if len(later) == len(equations):
            return None
        equations = later
    return values


def _unnamed(e: Any) -> Any:
    """The expression without names for what is bound in it."""
    return e.as_dummy() if e.has(Sum) else e


def _between(first: Expr, index: Symbol, last: Expr) -> list[Any]:
    return [index >= first] + ([index <= last] if last.is_finite is not False else [])


def evaluated(e: Any, context: Context) -> Any:
    """The expression with its derivatives carried out; that of ``w**i`` is ``i*w**(i - 1)``.

    A name may depend on everything: where one is left, so is the derivative.
    """

    def carried_out(part: Any) -> Any:
        named = part.expr.atoms(Indexed, AppliedUndef) | part.expr.free_symbols & context.names
        if named - {*part.variables} or not _is_smooth(part.expr):
            return part
        value = sympy.powsimp(sympy.expand(part.doit()))
        return value if is_defined(value, context) else part

    return e.replace(lambda part: isinstance(part, sympy.Derivative), carried_out)


def _is_smooth(e: Any) -> bool:
    """Whether SymPy's rules for derivatives hold wherever they give a number."""
    return isinstance(e, sympy.Atom | Indexed | AppliedUndef) or (
        isinstance(e, sympy.Add | sympy.Mul | sympy.Pow | sympy.exp | sympy.log)
        and all(_is_smooth(part) for part in e.args)
    )
