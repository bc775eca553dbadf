"""Names and their definitions: what an equation may say to be one.

A definition gives a new name a meaning and says nothing else, so it can be false of nothing.  It is an
equation, or a conjunction of them, whose left side is the name, with indices that are different ones, their
successors or numbers.  The right side has no other index, and the name itself only with lesser arguments.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import sympy
from sympy import Eq, Indexed, Symbol
from sympy.core.function import AppliedUndef

from derivations.contexts import with_fresh_bounds
from derivations.rewriting import conjuncts

__all__ = ["faults", "head", "heads", "name"]


def head(left: Any) -> Any:
    """The name of which an equation with this left side speaks: ``rho`` of ``rho[i]``; None if it is none."""
    if isinstance(left, Indexed):
        return left.base
    if isinstance(left, AppliedUndef):
        return left.func
    return left if isinstance(left, Symbol) else None


def heads(formula: Any) -> set[Any]:
    """The names, with indices or arguments, that a formula speaks of."""
    return {head(part) for part in formula.atoms(Indexed, AppliedUndef)}


def name(part: Any) -> tuple[Any, int]:
    """The name, and with how many arguments it stands."""
    return head(part), len(_arguments(part))


def faults(formula: Any, taken: set[Any], indices: frozenset[Symbol]) -> Iterator[str]:
    """Why a formula, where these names are taken, might say more than what new ones mean.

    >>> K, t = sympy.Symbol("K"), sympy.Symbol("t")
    >>> a = sympy.IndexedBase("a")
    >>> [*faults(Eq(K, K + 1, evaluate=False), set(), frozenset())]
    ['defines K by itself']
    >>> [*faults(sympy.And(Eq(a[0], 1), Eq(a[t + 1], 2 * a[t])), set(), frozenset([t]))]
    []
    """
    parts = [*conjuncts(formula)]
    for part in parts:
        new = head(part.lhs) if isinstance(part, Eq) else None
        if new is None:
            yield f"defines no name: {part}"
        elif new in taken or new in indices:
            yield f"defines {new}, which has a meaning already"
        else:
            yield from _faults_of_equation(part, _mutual(parts, new), indices)
    for first, second in combinations(parts, 2):
        same = head(first.lhs) == head(second.lhs)
        if same and not _apart(_arguments(first.lhs), _arguments(second.lhs)):
            yield f"defines {first.lhs} and {second.lhs}, which may be the same"


def _arguments(name: Any) -> tuple[Any, ...]:
    if isinstance(name, Indexed):
        return tuple(name.indices)
    return tuple(name.args) if isinstance(name, AppliedUndef) else ()


def _mutual(equations: list[Any], new: Any) -> set[Any]:
    """The name and all that are defined by it among the equations, while it is defined by them."""
    defined = {head(equation.lhs) for equation in equations if isinstance(equation, Eq)}
    by: dict[Any, set[Any]] = {name: set() for name in defined}
    for equation in equations:
        if isinstance(equation, Eq):
            mentioned = {head(part) for part in equation.rhs.atoms(Indexed, AppliedUndef, Symbol)}
            by[head(equation.lhs)] |= mentioned & defined
    for _ in defined:  # and by what these are defined by
        by = {name: others.union(*(by[other] for other in others)) for name, others in by.items()}
    return {new} | {other for other in by[new] if new in by[other]}


def _faults_of_equation(equation: Any, mutual: set[Any], indices: frozenset[Symbol]) -> Iterator[str]:
    """Why an equation might not define a name for every value of its arguments, each by lesser ones."""
    arguments = _arguments(equation.lhs)
    own = [at for argument in arguments for at in argument.free_symbols]
    if len(own) != len({*own}) or any(
        argument not in (at, at + 1) for argument in arguments for at in argument.free_symbols
    ):
        yield f"defines {equation.lhs}, where every argument is to be an index, its successor or a number"
    if loose := (equation.rhs.free_symbols & indices) - {*own}:
        yield f"defines {equation.lhs} by {loose.pop()}, which it does not name"
    for part in with_fresh_bounds(equation.rhs).atoms(Indexed, AppliedUndef, Symbol):
        if head(part) in mutual and not _is_less(_arguments(part), arguments):
            yield f"defines {equation.lhs} by itself"


def _is_less(lesser: tuple[Any, ...], greater: tuple[Any, ...]) -> bool:
    """Whether the first argument that is not the same is a predecessor: the others may then be any."""
    if len(lesser) != len(greater):
        return False
    for left, right in zip(lesser, greater, strict=True):
        if step := sympy.expand(right - left):
            return bool(step == 1 and right.is_Add)
    return False


def _apart(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    """Whether two lists of arguments are never the same: one has a number where the other has more."""
    return any(
        (left.is_Integer and right.is_Add and left <= 0)
        or (right.is_Integer and left.is_Add and right <= 0)
        or (left.is_Integer and right.is_Integer and left != right)
        for left, right in zip(first, second, strict=True)
    )
