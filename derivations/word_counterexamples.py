"""Small matrices at which a sum of words without indices does not vanish.

Matrices of zeros and ones are tried first, with few ones, then random ones with small integers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Any, TypeAlias

import sympy
from flint import fmpq, fmpq_mat

from derivations.word_terms import Factor, Term
from derivations.word_writer import Spaces, Writer

__all__ = ["Point", "smallest_point"]

Entries: TypeAlias = dict[str, list[list[int]]]

_MOST_SPARSE = 4000
_MOST_RANDOM = 200
_GREATEST_SIZE = 4


@dataclass(frozen=True)
class Point:
    """Matrices, the dimensions, and values of parameters."""

    matrices: Mapping[str, tuple[tuple[Any, ...], ...]]
    sizes: dict[str, int]
    parameters: dict[str, int]


@dataclass(frozen=True)
class _Sum:
    """Words without indices, their weights, and the values of dimensions."""

    weighted: Sequence[tuple[Term, fmpq | None]]
    sizes: Mapping[str, int]


def smallest_point(terms: Sequence[Term], writer: Writer) -> Point | None:
    """Where the terms' sum is not zero; None if no point is found.

    Smallest are the matrices' sizes first; then the number of ones among zeros; then, where more is needed,
    the entries, as far as moving one at a time to 0 or 1 goes.
    """
    letters = sorted(
        {letter.removesuffix("'") for t in terms for word in t.words for w, _ in word for letter in w}
    )
    names = sorted({name for letter in letters for name in writer.space(letter) if not name.isdecimal()})
    symbols = sorted({symbol.name for term in terms for symbol in term.coefficient.free_symbols})
    dimensions = sorted({*names, *(s for s in symbols if s in _dimensions(writer.spaces))})
    parameters = [name for name in symbols if name not in dimensions]
    for sizes in _sizes(dimensions):
        for numbers in _numbers(parameters):
            values = {sympy.Symbol(name): value for name, value in (sizes | numbers).items()}
            weighted = [(term, _rational(term.coefficient.subs(values))) for term in terms]
            if any(weight is None for _, weight in weighted):
                continue  # a square root, or a division by zero
            shapes = {letter: _shape(writer.space(letter), sizes) for letter in letters}
            found = _entries(_Sum(weighted, sizes), shapes)
            if found is not None:
                return Point({name: tuple(map(tuple, rows)) for name, rows in found.items()}, sizes, numbers)
    return None


def _dimensions(spaces: Spaces) -> set[str]:
    return {name for shape in spaces.values() for name in shape}


def _sizes(names: Sequence[str]) -> Iterator[dict[str, int]]:
    for greatest in range(1, _GREATEST_SIZE + 1):
        found = [
            s for s in product(range(1, greatest + 1), repeat=len(names)) if max(s, default=1) == greatest
        ]
        for sizes in sorted(found, key=sum):
            yield dict(zip(names, sizes, strict=True))
        if not names:
            return


def _numbers(parameters: Sequence[str]) -> Iterator[dict[str, int]]:
    yield dict.fromkeys(parameters, 1)
    if parameters:
        yield {name: int(sympy.prime(at + 1)) for at, name in enumerate(parameters)}
        yield {name: int(sympy.prime(at + 1)) ** 2 for at, name in enumerate(parameters)}


def _rational(value: sympy.Expr) -> fmpq | None:
    value = sympy.nsimplify(value) if value.is_Float else value
    return fmpq(int(value.p), int(value.q)) if value.is_Rational else None


def _shape(space: tuple[str, str], sizes: Mapping[str, int]) -> tuple[int, int]:
    rows, columns = (int(name) if name.isdecimal() else sizes[name] for name in space)
    return rows, columns


def _entries(total: _Sum, shapes: Mapping[str, tuple[int, int]]) -> Entries | None:
    """Entries at which the weighted words do not cancel."""
    places = [
        (name, p, q) for name, (rows, columns) in shapes.items() for p in range(rows) for q in range(columns)
    ]
    zero = {name: [[0] * columns for _ in range(rows)] for name, (rows, columns) in shapes.items()}
    for candidate in _candidates(places, zero):
        if not _vanishes(total, candidate):
            return _shrunk(total, candidate, places)
    return None


def _candidates(places: Sequence[tuple[str, int, int]], zero: Entries) -> Iterator[Entries]:
    tried = 0
    for ones in range(len(places) + 1):
        for chosen in combinations(places, ones):
            tried += 1
            if tried > _MOST_SPARSE:
                break
            yield _filled(zero, dict.fromkeys(chosen, 1))
    chance = Random(0)
    for greatest in (2, 4):
        for _ in range(_MOST_RANDOM // 2):
            yield _filled(zero, {place: chance.randint(-1, greatest) for place in places})


def _filled(zero: Entries, values: Mapping[tuple[str, int, int], int]) -> Entries:
    filled = {name: [row.copy() for row in rows] for name, rows in zero.items()}
    for (name, p, q), value in values.items():
        filled[name][p][q] = value
    return filled


def _shrunk(total: _Sum, entries: Entries, places: Iterable[tuple[str, int, int]]) -> Entries:
    for name, p, q in places:
        for value in (0, 1):
            if entries[name][p][q] in (0, value):
                continue
            tried = _filled(entries, {(name, p, q): value})
            if not _vanishes(total, tried):
                entries = tried
                break
    return entries


def _vanishes(of: _Sum, entries: Entries) -> bool:
    matrices = {}
    for name, rows in entries.items():
        matrices[name] = fmpq_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row])
        matrices[f"{name}'"] = matrices[name].transpose()
    total: fmpq_mat | None = None
    for term, weight in of.weighted:
        value = _value(term, weight, matrices, of.sizes)
        if value is not None:
            total = value if total is None else _plus(total, value)
    return total is None or not any(total.entries())


def _plus(a: fmpq_mat, b: fmpq_mat) -> fmpq_mat:
    """The sum; a 1 x 1 matrix stands for a multiple of the identity where the other is larger."""
    if a.nrows() < b.nrows():
        a, b = b, a
    if a.nrows() > b.nrows():
        b = _identity(a.nrows()) * b[0, 0]
    return a + b


def _identity(size: int) -> fmpq_mat:
    return fmpq_mat(size, size, [int(row == column) for row in range(size) for column in range(size)])


def _value(
    term: Term, weight: fmpq | None, matrices: Mapping[str, fmpq_mat], sizes: Mapping[str, int]
) -> fmpq_mat | None:
    number, value = weight or fmpq(0), fmpq_mat(1, 1, [1])
    for dimension, factors in term.traces:
        word = _word(factors, matrices, _size(dimension, sizes))
        number *= sum((word[k, k] for k in range(word.nrows())), fmpq(0))
    if not number:
        return None
    for leg in term.legs:
        value = _kronecker(value, _word(leg.factors, matrices, _size(leg.rows, sizes)))
    return value * number


def _size(dimension: str | None, sizes: Mapping[str, int]) -> int:
    """The dimension's value; 1 for the multiple of an identity whose size its place gives."""
    if dimension is None:
        return 1
    return int(dimension) if dimension.isdecimal() else sizes.get(dimension, 1)


def _word(factors: Iterable[Factor], matrices: Mapping[str, fmpq_mat], size: int) -> fmpq_mat:
    value = None
    for word, exponent in factors:
        for letter in word * exponent.constant:
            value = matrices[letter] if value is None else value * matrices[letter]
    return _identity(size) if value is None else value


def _kronecker(a: fmpq_mat, b: fmpq_mat) -> fmpq_mat:
    rows, columns = a.nrows() * b.nrows(), a.ncols() * b.ncols()
    return fmpq_mat(
        rows,
        columns,
        [
            a[p // b.nrows(), q // b.ncols()] * b[p % b.nrows(), q % b.ncols()]
            for p in range(rows)
            for q in range(columns)
        ],
    )
