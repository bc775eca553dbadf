"""Recursions over products of traces, worked out from the end: each value once, and remembered.

A value is a sum over products of traces of constant matrices, each multiplied by a polynomial in the
dimensions.  Without constant matrices only the empty product is there.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from flint import fmpz_mpoly

__all__ = ["MOST_TRACES", "Sum", "Term", "Traces", "worked_out"]

State = TypeVar("State", bound=Hashable)

Traces = tuple[str, ...]
"""A product of traces: their canonical words, none empty, in sorted order."""

Sum = dict[Traces, fmpz_mpoly]
"""For each product of traces of constant matrices, its coefficient."""

Term = tuple[int | fmpz_mpoly, Traces, tuple[State, ...]]
"""A coefficient and traces of constant matrices, times the values of one state or more."""


MOST_TRACES = 10_000
"""Products of traces of constants in one value, which SymPy takes some ten seconds to write down."""


def worked_out(
    state: State,
    terms: Callable[[State], Iterable[Term[State]]],
    memory: dict[State, Sum],
    advance: Callable[[], None],
) -> Sum:
    """The value of the state: the sum of its terms.  What is not in the memory is put there.

    Depth first, without recursion: Python's own would end at words of some hundred letters.  ``advance`` is
    called for each new state, and may raise; what was done stays in the memory.
    """
    pending = [state]
    opened: dict[State, list[Term[State]]] = {}
    while pending:
        current = pending[-1]
        if current in memory:
            pending.pop()
        elif current not in opened:
            opened[current] = found = list(terms(current))
            pending += [factor for _, _, factors in found for factor in factors if factor not in memory]
            advance()
        else:
            memory[current] = _added(opened.pop(current), memory)
    return memory[state]


def _added(terms: Iterable[Term[State]], memory: dict[State, Sum]) -> Sum:
    total: Sum = {}
    for coefficient, constants, factors in terms:
        value = memory[factors[0]]
        for factor in factors[1:]:
            value = _product(value, memory[factor])
        for traces, polynomial in value.items():
            key = tuple(sorted(constants + traces)) if constants else traces
            scaled = coefficient * polynomial
            total[key] = total[key] + scaled if key in total else scaled
    if len(total) > MOST_TRACES:
        raise ValueError(
            f"moment: more than {MOST_TRACES:,} different products of traces of constant matrices arise.  "
            f"Take shorter words or fewer constants"
        )
    return total


def _product(first: Sum, second: Sum) -> Sum:
    result: Sum = {}
    for left, x in first.items():
        for right, y in second.items():
            key = tuple(sorted(left + right))
            result[key] = result[key] + x * y if key in result else x * y
    return result
