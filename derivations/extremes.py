"""The least and the greatest of numbers, for symbols that are natural: SymPy's own, but quick.

``Min`` and ``Max`` of SymPy ask so much about their arguments that a proof with many does little else.
These look at the differences of their arguments, term by term.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Function

__all__ = ["Greatest", "Least", "quick"]


class _Extreme(Function):  # type: ignore[misc]  # SymPy has no types
    """What the least and the greatest have in common; ``sign`` is 1 where a greater argument is left out."""

    sign = 1

    @classmethod
    def eval(cls, *arguments: Expr) -> Expr | None:
        """The only argument left, or the function of those left, in order; None if nothing is to be done."""
        left = sorted(cls._needed({*cls._flattened(arguments)}), key=sympy.default_sort_key)
        if len(left) == 1:
            return left[0]
        return None if tuple(left) == arguments else cls(*left)

    @classmethod
    def _flattened(cls, arguments: Iterable[Expr]) -> Iterator[Expr]:
        for argument in arguments:
            if isinstance(argument, cls):
                yield from argument.args
            else:
                yield sympy.expand(argument)

    @classmethod
    def _needed(cls, arguments: set[Expr]) -> Iterator[Expr]:
        for one in arguments:
            if not any(_is_positive_or_zero(cls.sign * (one - other)) for other in arguments - {one}):
                yield one

    def _eval_is_integer(self) -> bool | None:
        return True if all(argument.is_integer for argument in self.args) else None

    def _eval_is_nonnegative(self) -> bool | None:
        return True if all(argument.is_nonnegative for argument in self.args) else None


class Least(_Extreme):
    """The least of its arguments.

    >>> i, j = sympy.symbols("i j", integer=True, nonnegative=True)
    >>> Least(i, i + j + 1, j), Least(i + j, j)
    (Least(i, j), j)
    """


class Greatest(_Extreme):
    """The greatest of its arguments.

    >>> i, j = sympy.symbols("i j", integer=True, nonnegative=True)
    >>> Greatest(i, i + j + 1), Greatest(2 * i, j, 3)
    (i + j + 1, Greatest(3, 2*i, j))
    """

    sign = -1


def _is_positive_or_zero(difference: Expr) -> bool:
    terms = sympy.expand(difference).as_coefficients_dict()
    return all(factor >= 0 and (term == 1 or bool(term.is_nonnegative)) for term, factor in terms.items())


@lru_cache(maxsize=10_000)
def quick(formula: Any) -> Any:
    """The formula with these for SymPy's.

    >>> quick(sympy.Min(*sympy.symbols("a b")) + 1)
    Least(a, b) + 1
    """
    if not formula.has(sympy.Min, sympy.Max):
        return formula
    return formula.replace(sympy.Min, Least).replace(sympy.Max, Greatest)
