"""What is known where an expression stands, and the cases into which its indices part.

Putting values in keeps to what is bound: an index of a sum, the variable of a limit, is another than the
symbol of the same name outside.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import count
from typing import Any, TypeAlias

import sympy
from sympy import Dummy, Expr, Integer, Pow, Symbol
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

__all__ = [
    "INEQUALITY",
    "NATURAL",
    "NOTHING",
    "Context",
    "Split",
    "cases_of",
    "differences_of",
    "extreme",
    "is_strict",
    "number_of",
    "parts",
    "replaced",
    "substituted",
    "with_fresh_bounds",
    "written",
]

Split: TypeAlias = Symbol | tuple[Symbol, Symbol] | tuple[Symbol, int]
"""An index that is 0 or a successor; two indices, equal or one the less; an index by its remainder."""

INEQUALITY = sympy.Ge | sympy.Gt | sympy.Le | sympy.Lt
"""The relations of order."""


_NUMBERS = count()


NOTHING = Dummy("nothing")
"""A factor that is 0: of what it multiplies it is only asked whether it exists."""


NATURAL = {"integer": True, "nonnegative": True}


@dataclass(frozen=True)
class Context:
    """What is known where an expression stands.

    Attributes
    ----------
    indices
        The symbols that are natural numbers, 0 among them.
    conditions
        Relations that hold, such as ``nu_W > 0``, ``a <= b``, ``Ne(nu_W, 1)``.
    names
        The symbols that stand for something, and may vary with what a limit or a derivative is taken in.
    """

    indices: frozenset[Symbol] = frozenset()
    conditions: tuple[Any, ...] = ()
    names: frozenset[Symbol] = frozenset()

    def given(self, *conditions: Any, indices: Iterable[Symbol] = ()) -> "Context":
        """The context in which more is known."""
        known = tuple(condition for condition in conditions if condition != sympy.true)
        return replace(self, indices=self.indices | {*indices}, conditions=(*self.conditions, *known))

    def without(self, *symbols: Symbol) -> "Context":
        """The context within something that binds the symbols: what was known of them is of others."""
        kept = tuple(c for c in self.conditions if not c.free_symbols & {*symbols})
        return replace(self, indices=self.indices - {*symbols}, conditions=kept)

    def written(self, values: Mapping[Symbol, Expr], fresh: Iterable[Symbol] = ()) -> "Context":
        """The context with values for some of its symbols; ``fresh`` are the indices these are made of."""
        bare = replace(self, indices=(self.indices - {*values}) | {*fresh}, conditions=())
        return bare.given(*(substituted(condition, values) for condition in self.conditions))

    def assumed(self) -> dict[Symbol, Symbol]:
        """Each symbol as SymPy is to know it: natural, positive, not negative, or real."""
        symbols: dict[Symbol, Symbol] = {}
        for condition in self.conditions:
            labels = {base.label for base in condition.atoms(sympy.IndexedBase)}  # names, not numbers
            for symbol in condition.free_symbols - labels:
                if type(symbol) is Symbol and symbol.is_commutative:
                    symbols.setdefault(symbol, _like(symbol, real=True))
            for difference, strict in differences_of(condition):
                _learn(symbols, difference, strict)
        return symbols | {at: _like(at, integer=True, nonnegative=True) for at in self.indices}


def _like(symbol: Symbol, **assumptions: bool) -> Symbol:
    """A symbol that goes by the same name."""
    if isinstance(symbol, Dummy):
        return Dummy(symbol.name, dummy_index=symbol.dummy_index, **assumptions)
    return Symbol(symbol.name, **assumptions)


def _learn(symbols: dict[Symbol, Symbol], difference: Expr, strict: bool) -> None:
    """Take in that ``x - c`` is positive, or not negative, where ``c >= 0``."""
    constant, rest = difference.as_coeff_Add()
    factor, symbol = rest.as_coeff_Mul()
    if symbol in symbols and factor > 0 and constant <= 0:
        if strict or constant < 0:
            symbols[symbol] = _like(symbol, positive=True)
        elif not symbols[symbol].is_positive:
            symbols[symbol] = _like(symbol, nonnegative=True)


def is_strict(inequality: Any) -> bool:
    """Whether the sides of an inequality must differ."""
    return isinstance(inequality, sympy.Gt | sympy.Lt)


def differences_of(condition: Any) -> Iterator[tuple[Expr, bool]]:
    """What is positive (True) or not negative (False) by an inequality; whole numbers differ by 1."""
    if isinstance(condition, INEQUALITY):
        difference = condition.gts - condition.lts
        if is_strict(condition) and difference.is_integer:
            yield difference - 1, False
        yield difference, is_strict(condition)


def parts(split: Split) -> set[Symbol]:
    """The indices that a split speaks of."""
    return {at for at in (split if isinstance(split, tuple) else (split,)) if isinstance(at, Symbol)}


def cases_of(split: Split) -> Iterator[tuple[dict[Symbol, Expr], tuple[Symbol, ...]]]:
    """The cases of one split; an index keeps its name for what is left of it."""
    if isinstance(split, Symbol):
        yield {split: Integer(0)}, ()
        yield {split: split + 1}, (split,)
    elif isinstance(split[1], Symbol):
        x, y = split
        yield {x: y}, (y,)
        yield {x: x + y + 1}, (x, y)
        yield {y: x + y + 1}, (x, y)
    else:
        at, modulus = split
        if modulus < 1:
            raise ValueError(f"there is no remainder by {modulus}")
        for remainder in range(modulus):
            yield {at: modulus * at + remainder}, (at,)


def written(expression: Any, substitutions: Iterable[Mapping[Symbol, Expr]]) -> Any:
    """The expression in a case of the splits.

    >>> k, m, x = sympy.symbols("k m x")
    >>> written(sympy.Sum(x * k, (k, 0, m)), [{x: k + 1}]).doit().expand()
    k*m**2/2 + k*m/2 + m**2/2 + m/2
    """
    values: dict[Symbol, Expr] = {}
    for split in substitutions:
        values = {at: value.xreplace(split) for at, value in values.items()} | {
            at: value for at, value in split.items() if at not in values
        }
    return substituted(expression, values)


def substituted(e: Any, values: Mapping[Symbol, Expr]) -> Any:
    """The expression with values for symbols; not a number where it divides by what they make 0."""
    if not values:
        return e
    if isinstance(e, Relational) and e.has(sympy.Sum):  # SymPy's sum from 0 to -3 is not 0
        return e.func(*(substituted(side, values) for side in e.args), evaluate=False)
    if isinstance(e, BooleanFunction):
        return e.func(*(substituted(part, values) for part in e.args))
    divisions = [power for power in e.atoms(Pow) if power.exp.is_negative]
    if any(power.xreplace(values).has(sympy.zoo, sympy.nan) for power in divisions):
        return sympy.nan
    e = with_fresh_bounds(e)
    if e.has(sympy.Derivative, sympy.Limit, sympy.Subs):
        return e.subs(values, simultaneous=True)
    return replaced(e, values)


def replaced(e: Any, values: Mapping[Any, Any]) -> Any:
    """What ``xreplace`` gives, but SymPy looks for the least or greatest only where all is known."""
    if e in values:
        return values[e]
    if not e.args:
        return e
    args = [replaced(arg, values) if isinstance(arg, sympy.Basic) else arg for arg in e.args]
    if all(new is old for new, old in zip(args, e.args, strict=True)):
        return e
    return extreme(e.func, *args) if isinstance(e, sympy.Min | sympy.Max) else e.func(*args)


@lru_cache(maxsize=10_000)
def extreme(least_or_greatest: Any, *args: Expr) -> Expr:
    """The least or the greatest; symbols of which nothing is known are not compared, which costs much."""
    symbols = set().union(*(arg.free_symbols for arg in args))
    plain = not any(arg.is_number or arg.has(sympy.Min, sympy.Max) for arg in args)
    known = all(symbol.is_nonnegative for symbol in symbols)
    return least_or_greatest(*args, evaluate=known or not plain)


def with_fresh_bounds(e: Any) -> Any:
    """The expression with bound symbols of its own: nothing put in is caught, nothing known is of them."""

    def renamed(total: Any) -> Any:
        fresh: dict[Symbol, Dummy] = {}
        limits = []
        for index, *ends in reversed(total.limits):  # the ends see what is bound further out
            limits.append((Dummy(index.name), *(end.xreplace(fresh) for end in ends)))
            fresh[index] = limits[-1][0]
        return total.func(replaced(total.function, fresh), *reversed(limits))

    def binds(part: Any) -> bool:
        return isinstance(part, ExprWithLimits) and all(len(limit) == 3 for limit in part.limits)

    if not e.has(ExprWithLimits):
        return e
    if isinstance(e, Relational):  # SymPy would decide it if it could, with other sums over no index
        return e.func(*map(with_fresh_bounds, e.args), evaluate=False)
    return e.replace(binds, renamed)


@cache
def number_of(part: Any) -> int:
    """A number for all that is the same."""
    del part
    return next(_NUMBERS)
