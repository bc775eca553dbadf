r"""Wick's theorem by enumeration: the definition that :mod:`derivations.stein` is tested against.

The expectation of a product of Gaussian entries is the sum, over all ways of pairing equal letters, of
the product of the pairs' covariances.  In a pairing every index of the traces is identified with others;
each class of identified indices is summed freely and gives one factor of its dimension.  So

    E prod tr(word) = sum over pairings of n^(classes of hidden indices) n_x^(...) n_y^(...).

An index of a constant matrix is not free: its class holds the index of one other place of a constant matrix,
which is the next factor, or the next one's transpose, of a product whose trace is a factor of the term.

There are (2k-1)!! pairings of 2k equal letters, which makes this an oracle and not a method: 8 letters
take milliseconds, 24 would take months.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import sympy

from derivations.alphabets import Alphabet, Shapes, alphabet
from derivations.moments import size, sum_to_sympy, variance_factor
from derivations.recursions import Traces
from derivations.stein import separated
from derivations.words import parse_trace

__all__ = ["moment_by_enumeration"]


def moment_by_enumeration(
    *words: str, shapes: Shapes | None = None, constants: Shapes | None = None
) -> sympy.Expr:
    """The same as :func:`derivations.moment`, by enumerating all pairings: O((2k-1)!! k) for 2k letters.

    Raises
    ------
    ValueError
        As :func:`derivations.moment`.

    >>> moment_by_enumeration("W W W' W'")
    n**3*nu_W**2 + 2*n*nu_W**2
    >>> moment_by_enumeration("W S W S", constants={"S": ("n", "n")})
    nu_W*Trace(S*S.T)
    """
    matrices = alphabet(shapes, constants)
    # Letter k has the index nodes 2k (left) and 2k+1 (right); inside a trace, neighbours share a node.
    letters: list[str] = []
    glued: list[tuple[int, int]] = []
    for text in words:
        first, word = len(letters), parse_trace(text, matrices)
        letters += word
        for k in range(first, len(letters)):
            following = k + 1 if k + 1 < len(letters) else first
            glued.append((2 * k + 1, 2 * following))
    random = [k for k, letter in enumerate(letters) if letter.upper() in matrices.random]
    counts: dict[Traces, Counter[tuple[tuple[str, int], ...]]] = defaultdict(Counter)
    for pairing in _pairings(random, letters):
        edges = glued.copy()
        for a, b in pairing:
            crossed = letters[a] != letters[b]  # X with X': the left index of one is the right of the other
            edges += [(2 * a, 2 * b + crossed), (2 * a + 1, 2 * b + 1 - crossed)]
        free, traces = _identified(letters, edges, matrices)
        counts[traces][free] += 1
    return sympy.expand(
        variance_factor(letters, matrices)
        * sum(
            multiplicity
            * sum_to_sympy({traces: matrices.ring.constant(1)}, matrices)
            * sympy.prod(size(name) ** power for name, power in classes)
            for traces, found in counts.items()
            for classes, multiplicity in found.items()
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


def _identified(
    letters: list[str], edges: list[tuple[int, int]], matrices: Alphabet
) -> tuple[tuple[tuple[str, int], ...], Traces]:
    """How many classes of free indices there are of each dimension, and the traces of constant matrices."""
    parent = list(range(2 * len(letters)))

    def root(node: int) -> int:
        while parent[node] != node:
            node = parent[node]
        return node

    for a, b in edges:
        parent[root(a)] = root(b)
    places: dict[int, list[int]] = defaultdict(list)  # of constant matrices, in each class
    for k, letter in enumerate(letters):
        if letter.upper() in matrices.constants:
            places[root(2 * k)].append(2 * k)
            places[root(2 * k + 1)].append(2 * k + 1)
    free = Counter(
        matrices.columns[letters[node // 2]] if node % 2 else matrices.rows[letters[node // 2]]
        for node in range(len(parent))
        if parent[node] == node and node not in places
    )
    facing = {one: other for pair in places.values() for one, other in (pair, pair[::-1])}
    return tuple(sorted(free.items())), separated(_cycles(letters, facing), matrices)[1]


def _cycles(letters: list[str], facing: dict[int, int]) -> Traces:
    """The words of constant matrices, entered at one index and left at the other, which faces the next."""
    traces, left = list[str](), dict(facing)
    while left:
        word, entered = "", next(iter(left))
        while entered in left:
            letter, leaving = letters[entered // 2], entered ^ 1
            word += letter.swapcase() if entered % 2 else letter
            del left[entered], left[leaving]
            entered = facing[leaving]
        traces.append(word)
    return tuple(traces)
