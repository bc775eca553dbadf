"""Names, sums and words that several finite-width proofs share."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sympy
from flint import fmpz_mpoly
from sympy import IndexedBase, Symbol

from derivations.contexts import replaced
from derivations.finite_width_forms import crosscap
from derivations.proof import Step
from derivations.rules import argument, identity
from derivations.stein import expectation
from derivations.theorems.model import equation

__all__ = [
    "LOOP_EQUATIONS",
    "M_",
    "TAU",
    "UNIT",
    "Cov",
    "M",
    "arms_sum",
    "at",
    "choose",
    "coefficient",
    "crosscap_at_offsets",
    "even",
    "joined",
    "leading_traces",
    "order",
    "pairings_of",
    "phi",
    "power_word",
    "put",
    "sigma",
    "spelled_out",
    "tau",
    "total",
]

M, M_ = Symbol("M", commutative=False), Symbol("M'", commutative=False)
tau, sigma, phi, Cov = (IndexedBase(name) for name in ("tau", "sigma", "phi", "Cov"))
a, b, D = sympy.symbols("a b D")

LOOP_EQUATIONS = "derived here, from the loop equations of the real Ginibre ensemble"
UNIT = "$nu_W = 1$: a word's letters fix its power of $nu_W$"
TAU = "coefficient of $n^{-r}$ in $E tr(M^a M'^b)/n$, $M = W/sqrt(n)$"


def total(summand: sympy.Expr, *places: tuple[Symbol, Any]) -> sympy.Sum:
    """The sum over indices, each with the number of its values from 0 on; the first is the innermost."""
    return sympy.Sum(summand, *((index, 0, count - 1) for index, count in places))


def leading_traces() -> Step:
    """What power-traces says of unit variance."""
    return argument(
        "order zero",
        "At $nu_W = 1$ power-traces says that $tau_0(a,b) = delta_ab$.",
        equation(tau[0, a, b], sympy.KroneckerDelta(a, b)),
        ["power-traces"],
    )


def even(offset: Any) -> sympy.Expr:
    """1 if it is even and not 0, else 0."""
    return (1 + (-1) ** offset) / 2 - sympy.KroneckerDelta(offset, 0)


def crosscap_at_offsets() -> Step:
    """What crosscap-traces says, without cases."""
    value = crosscap(b) * even(D)
    return identity(
        "order one at offset $D$",
        "crosscap-traces at $(b + D, b)$ and $(b, b + D)$: $b + 1$ if $D$ is even and not 0.",
        equation(sympy.Tuple(tau[1, b + D, b], tau[1, b, b + D]), sympy.Tuple(value, value)),
        ["crosscap-traces"],
        splits=[(D, 2), D],
    )


def arms_sum(q: sympy.Expr, x: sympy.Expr) -> sympy.Expr:
    """The sum of (q - m)(m + 1) over m < x."""
    return x * (x + 1) * (3 * q - 2 * x + 2) / 6


def choose(x: sympy.Expr, count: int) -> sympy.Expr:
    """The binomial coefficient as a polynomial."""
    return sympy.prod(x - below for below in range(count)) / sympy.factorial(count)


def at(formula: Any, **values: int) -> Any:
    """The formula, or a side of it, with numbers for symbols.

    >>> at(a + b, a=1, b=2)
    3
    """
    return formula.xreplace({Symbol(name): sympy.Integer(value) for name, value in values.items()})


def put(relation: Any, values: Mapping[Symbol, sympy.Expr]) -> Any:
    """The equation with values for its indices; SymPy, which would decide it if it could, takes long to try.

    >>> put(equation(total(a, (b, D)), a * D), {D: a + 1})
    Eq(Sum(a, (b, 0, a)), a*(a + 1))
    """
    return equation(*(replaced(side, values) for side in relation.args))


def spelled_out(formula: Any) -> Any:
    """The formula with its sums, between numbers, written as additions.

    >>> k = sympy.Symbol("k")
    >>> spelled_out(total(a**k, (k, 3)))
    a**2 + a + 1
    """
    if isinstance(formula, sympy.Sum):
        *inner, (index, first, last) = formula.limits
        summand = sympy.Sum(formula.function, *inner) if inner else formula.function
        values = map(sympy.Integer, range(int(first), int(last) + 1))
        return sympy.Add(*(spelled_out(summand.xreplace({index: value})) for value in values))
    return formula.func(*map(spelled_out, formula.args)) if formula.has(sympy.Sum) else formula


def power_word(p: int, q: int) -> str:
    """The word W^p W'^q.

    >>> power_word(2, 1)
    'WWw'
    """
    return "W" * p + "w" * q


def order(words: list[str], power: int) -> int:
    """The coefficient of n^-power in the mean of the product of normalised traces, for unit variances."""
    return coefficient(expectation(words), len("".join(words)) // 2 + len(words) - power)


def coefficient(polynomial: fmpz_mpoly, power: int) -> int:
    """The coefficient of n^power, for a polynomial in n alone."""
    return int(polynomial.to_dict().get((power, 0, 0), 0))


def pairings_of(places: list[int]) -> Iterator[list[tuple[int, int]]]:
    """All ways of pairing an even number of places.

    >>> [*pairings_of([0, 1, 2, 3])]
    [[(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)]]
    """
    if not places:
        yield []
    for at in range(1, len(places)):
        rest = places[1:at] + places[at + 1 :]
        yield from ([(places[0], places[at]), *pairs] for pairs in pairings_of(rest))


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The parts into which pairs join 0, ..., count - 1.

    >>> joined(4, [(0, 2), (2, 3)])
    [{0, 2, 3}, {1}]
    """
    parts = [{place} for place in range(count)]
    for pair in pairs:
        first, second = (next(part for part in parts if place in part) for place in pair)
        if first is not second:
            parts.remove(second)
            first |= second
    return parts
