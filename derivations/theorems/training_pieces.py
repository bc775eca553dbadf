"""Names and words that several proofs about training share."""

from collections.abc import Mapping
from functools import reduce
from operator import mul
from typing import Any

import sympy
from sympy import Abs, Function, Gt, Indexed, IndexedBase, Limit, Mul, sqrt, symbols

from derivations.symbols import n
from derivations.theorems.model import equation

__all__ = ["DESCENT", "FIXED", "TIGHT", "G", "L", "Word", "of_matrices", "tight"]

x = symbols("x")
L, G = IndexedBase("L"), IndexedBase("G")
FIXED = "$eta$, $T$, $n_x$, $n_y$, the data and the number of steps are fixed, $n$ goes to infinity"
DESCENT = {
    "L[j, k]": "impulse response at lag $j$ after $k$ steps of gradient descent",
    "eta": "step of gradient descent",
}
TIGHT = {
    "Pr": "probability over the network's start",
    "sup_n": "the least upper bound over all widths $n >= 1$: that it vanishes for $x$ to infinity is what "
    "$O(n^{-1/2})$ in probability means",
}


class Word(Indexed):  # type: ignore[misc]  # SymPy has no types
    """A matrix with an index, which does not commute."""

    is_commutative = False


def of_matrices(e: sympy.Expr, matrices: Mapping[str, Any], shape: tuple[int, int]) -> Any:
    """A polynomial in words, with a matrix for each name, or one for each of its first indices."""
    total = sympy.zeros(*shape)
    for term in sympy.Add.make_args(sympy.expand(e)):
        scalars, letters = term.args_cnc()
        powers = [letter.as_base_exp() for letter in letters]
        words = [_matrix(base, matrices) for base, exponent in powers for _ in range(exponent)]
        if words:
            total += Mul(*scalars) * reduce(mul, words)
    return total


def _matrix(letter: sympy.Expr, matrices: Mapping[str, Any]) -> Any:
    if isinstance(letter, Indexed):
        return matrices[str(letter.base)][letter.indices[0]]
    return matrices[str(letter)]


def tight(difference: sympy.Expr) -> Any:
    """That sqrt(n) times a difference is bounded in probability, whatever the width."""
    large = Function("Pr")(Gt(sqrt(n) * Abs(difference), x))
    return equation(Limit(Function("sup_n")(large), x, sympy.oo), 0)
