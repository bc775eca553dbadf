r"""Wick's theorem by enumeration: the definition that :mod:`derivations.stein` is tested against.

The expectation of a product of Gaussian entries is the sum, over all ways of pairing equal letters, of
the product of the pairs' covariances.  In a pairing every index of the traces is identified with others;
each class of identified indices is summed freely and gives one factor of its dimension.  So

    E prod tr(word) = sum over pairings of n^(classes of hidden indices) n_x^(...) n_y^(...).

There are (2k-1)!! pairings of 2k equal letters, which makes this an oracle and not a method: 8 letters
take milliseconds, 24 would take months.
"""

from collections import Counter
from collections.abc import Iterator

import sympy

from derivations.moments import variance_factor
from derivations.words import columns, parse_trace, rows

__all__ = ["moment_by_enumeration"]


def moment_by_enumeration(*words: str) -> sympy.Expr:
    """The same as :func:`derivations.moment`, by enumerating all pairings: O((2k-1)!! k) for 2k letters.

    Raises
    ------
    ValueError
        As :func:`derivations.moment`.

    >>> moment_by_enumeration("W W W' W'")
    n**3*nu_W**2 + 2*n*nu_W**2
    """
    # Letter k has the index nodes 2k (left) and 2k+1 (right); inside a trace, neighbours share a node.
    letters: list[str] = []
    glued: list[tuple[int, int]] = []
    for word in map(parse_trace, words):
        first = len(letters)
        letters += word
        for k in range(first, len(letters)):
            following = k + 1 if k + 1 < len(letters) else first
            glued.append((2 * k + 1, 2 * following))
    counts: Counter[tuple[tuple[str, int], ...]] = Counter()
    for pairing in _pairings(list(range(len(letters))), letters):
        edges = glued.copy()
        for a, b in pairing:
            crossed = letters[a] != letters[b]  # X with X': the left index of one is the right of the other
            edges += [(2 * a, 2 * b + crossed), (2 * a + 1, 2 * b + 1 - crossed)]
        counts[_free_indices(letters, edges)] += 1
    return sympy.expand(
        variance_factor(letters)
        * sum(
            multiplicity * sympy.prod(sympy.Symbol(name) ** power for name, power in classes)
            for classes, multiplicity in counts.items()
        )
    )


def _pairings(remaining: list[int], letters: list[str]) -> Iterator[list[tuple[int, int]]]:
    if not remaining:
        yield []
        return
    first, *rest = remaining
    for position, partner in enumerate(rest):
        if letters[first].upper() == letters[partner].upper():
            for pairing in _pairings(rest[:position] + rest[position + 1 :], letters):
                yield [(first, partner), *pairing]


def _free_indices(letters: list[str], edges: list[tuple[int, int]]) -> tuple[tuple[str, int], ...]:
    """How many classes of identified indices there are of each dimension."""
    parent = list(range(2 * len(letters)))

    def root(node: int) -> int:
        while parent[node] != node:
            node = parent[node]
        return node

    for a, b in edges:
        parent[root(a)] = root(b)
    classes = Counter(
        rows(letters[node // 2]) if node % 2 == 0 else columns(letters[node // 2])
        for node in range(len(parent))
        if parent[node] == node
    )
    return tuple(sorted(classes.items()))
