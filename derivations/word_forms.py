"""One way to write a word whose exponents are symbols, so that equal words are seen to be equal.

Where the exponents of powers A^e are large, a word determines its *stretches*: the longest parts that are
periodic with the period of such an A.  Two stretches of different periods p and q overlap in less than p + q
letters (Fine and Wilf 1965), so a word with long stretches is the list of where they begin, what is between
them, and how long they are; and lengths and word determine each other.  Small exponents are written out, a
case each.  If all A are letters, every letter is in one stretch, a run, and only the exponent 0 is a case of
its own.

Numbers among the matrices commute.  A dimension of 1 cuts a product: where n_x = n_y = 1, ``W' C' C F F'`` is
the number C F times W' C' F'.  Traces and numbers are read from any of the letters on, in either direction,
and in any order: what is symbolic is averaged over all ways that give the least word.

The *key* of a word says all but the lengths.  Words of different keys are different, and for one key the
words are the vectors of lengths.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, permutations, product
from math import factorial, prod
from typing import Any, TypeAlias

import sympy

from derivations.index_regions import Linear, Piece, Weighted, pieces
from derivations.word_terms import BeyondWords, Factor, Term, transposed

__all__ = ["CUT", "Key", "Periods", "concrete_word", "periods_of", "weighted_words"]

CUT = "|"
"""Where a dimension is 1: at an end of a word, or where a number was taken out."""
_MOST_ARRANGEMENTS = 1000
_MOST_CASES = 1000
Item: TypeAlias = Factor
Key: TypeAlias = tuple[Any, ...]
Form: TypeAlias = tuple[Key, tuple[Linear, ...]]
"""What a word is but for lengths, and the lengths."""
Space: TypeAlias = Callable[[str], tuple[str, str]]
"""The rows and columns of a letter."""


@dataclass(frozen=True)
class Periods:
    """The words whose stretches are looked for, and how many letters a stretch has at least.

    None are looked for where all powers are of letters: the stretches are then the runs of equal letters.
    """

    words: frozenset[tuple[str, ...]]
    least: int

    def repeats(self, word: tuple[str, ...]) -> int:
        """From which exponent on a power of the word is a stretch."""
        return -(-self.least // len(word))


def periods_of(terms: Iterable[Term]) -> Periods:
    """The periods of the powers with symbolic exponents, each the least of its rotations.

    >>> from derivations.word_terms import Leg
    >>> power = (("W", "W'"), Linear.of("j"))
    >>> periods_of([Term(sympy.Integer(1), (Leg("n", (power,), "n"),))])
    Periods(words=frozenset({('W', "W'")}), least=4)
    """
    words = {
        _least_rotation(_root(word))
        for term in terms
        for factors in term.words
        for word, exponent in factors
        if exponent.slopes
    }
    longest = max(map(len, words), default=1)
    return Periods(frozenset(words), 2 * longest) if longest > 1 else Periods(frozenset(), 1)


def weighted_words(
    term: Term, domain: Piece, space: Space, periods: Periods
) -> Iterator[tuple[Key, Weighted]]:
    """The term's words by their keys, each with its weight, in a piece of the free indices' range.

    Raises
    ------
    BeyondWords
        If a power in a trace, or one that contains a number, has too many forms.
    """
    forms = dict(domain.indices)
    placed = term.put(forms)
    for constraints in _cases(placed, periods):
        for piece in pieces((*domain.parameters, *term.bound), (*placed.region, *constraints)):
            inner = dict(piece.indices)
            times = tuple((f"index {name}", form.put(inner)) for name, form in forms.items())
            here = placed.put(inner)
            coefficient, legs, numbers = _cut(here, space)
            arranged = [*_arranged(legs, numbers, periods)]
            for key, lengths in arranged:
                exponents = (*times, *((f"length {at}", form) for at, form in enumerate(lengths)))
                yield key, Weighted(coefficient / len(arranged), exponents, piece.parameters)


def concrete_word(term: Term, space: Space) -> tuple[Key, sympy.Expr]:
    """The one way to write a term without indices, and its coefficient."""
    coefficient, legs, numbers = _cut(term, space)
    outer = tuple(tuple((letter, length.constant) for letter, length in _runs(items)) for items in legs)
    least = (
        min((key, tuple(length.constant for length in lengths)) for key, lengths in _turned(kind, items))
        for kind, items in numbers
    )
    return (outer, tuple(sorted(least))), coefficient


def _cases(term: Term, periods: Periods) -> Iterator[tuple[Linear, ...]]:
    """Constraints that tell, for each symbolic exponent, which small value it has or that it is large."""
    choices: dict[tuple[Linear, int], list[tuple[Linear, ...]]] = {}
    for factors in term.words:
        for word, exponent in map(_primitive, factors):
            large = periods.repeats(word)
            if exponent.slopes:
                small = [(exponent - Linear(value), Linear(value) - exponent) for value in range(large)]
                choices[exponent, large] = [*small, (exponent - Linear(large),)]
    if prod(map(len, choices.values())) > _MOST_CASES:
        raise BeyondWords(f"{len(choices)} different exponents are too many")
    for chosen in product(*choices.values()):
        yield tuple(constraint for constraints in chosen for constraint in constraints)


def _cut(
    term: Term, space: Space
) -> tuple[sympy.Expr, list[tuple[Item, ...]], list[tuple[str, tuple[Item, ...]]]]:
    """The coefficient, the legs' words with cuts inside, and the numbers: traces and what cuts give."""
    coefficient, legs, numbers = term.coefficient, [], list[tuple[str, tuple[Item, ...]]]()
    for leg in term.legs:
        parts = [()] * (leg.rows == "1") + _segments(leg.factors, space)
        numbers += [(CUT, part) for part in parts[1:-1] if part]
        if len(parts) == 1:
            legs.append(parts[0])
        elif not leg.rows == leg.columns == "1":
            legs.append((*parts[0], ((CUT,), Linear(1)), *parts[-1]))
    for dimension, factors in term.traces:
        first, *others = _segments(factors, space)
        if dimension == "1":
            numbers += [(CUT, part) for part in (first, *others) if part]
        elif others:
            *between, last = others
            numbers += [(CUT, part) for part in (*between, last + first) if part]
        elif first:
            numbers.append(("", first))
        else:
            coefficient *= sympy.Integer(dimension) if dimension.isdecimal() else sympy.Symbol(dimension)
    return coefficient, legs, numbers


def _segments(factors: Iterable[Factor], space: Space) -> list[tuple[Item, ...]]:
    """The word without empty powers, cut where the dimension between neighbours is 1."""
    segments: list[tuple[Item, ...]] = [()]
    for word, exponent in _items(factors):
        inner = [space(letter)[1] == "1" for letter in word]
        if exponent != Linear(1) and (any(inner[:-1]) or (inner[-1] and exponent.slopes)):
            raise BeyondWords("a power of a product that contains a number")
        repeats = exponent.constant if inner[-1] else 1
        for _ in range(repeats):
            segments[-1] = (*segments[-1], (word, Linear(1) if inner[-1] else exponent))
            if inner[-1]:
                segments.append(())
    return segments


def _items(factors: Iterable[Factor]) -> Iterator[Item]:
    """Letters, runs of them, and symbolic powers of words."""
    for word, exponent in map(_primitive, factors):
        if len(word) == 1 or exponent.slopes:
            if exponent != Linear(0):
                yield word, exponent
        else:
            yield from (((letter,), Linear(1)) for letter in word * exponent.constant)


def _runs(items: Iterable[Item]) -> Iterator[tuple[str, Linear]]:
    """Runs of equal letters."""
    for letter, run in groupby(items, key=lambda item: item[0][0]):
        yield letter, sum((exponent for _, exponent in run), Linear())


def _form(items: tuple[Item, ...], periods: Periods) -> Form:
    if periods.words:
        return _stretches(items, periods)
    runs = [*_runs(items)]
    return tuple(letter for letter, _ in runs), tuple(length for _, length in runs)


def _reversed(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple((tuple(map(transposed, reversed(word))), exponent) for word, exponent in reversed(items))


def _turned(kind: str, items: tuple[Item, ...]) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """The runs of a number, read from every letter on and in both directions."""
    for way in (items, _reversed(items)):
        runs = [*_runs(way)]
        if kind == CUT:
            yield (CUT, *(letter for letter, _ in runs)), tuple(length for _, length in runs)
            continue
        if len(runs) > 1 and runs[0][0] == runs[-1][0]:
            (letter, first), *between, (_, last) = runs
            runs = [(letter, first + last), *between]
        for at in range(len(runs)):
            turned = runs[at:] + runs[:at]
            yield tuple(letter for letter, _ in turned), tuple(length for _, length in turned)


def _arranged(
    legs: list[tuple[Item, ...]], numbers: list[tuple[str, tuple[Item, ...]]], periods: Periods
) -> set[Form]:
    """All ways to write the same product whose key is the least."""
    outer = [_form(items, periods) for items in legs]
    ways: list[tuple[Key, list[tuple[Linear, ...]]]] = []
    for kind, items in numbers:
        if periods.words and kind == CUT:
            found = [_form(way, periods) for way in (items, _reversed(items))]
            found = [((CUT, *key), lengths) for key, lengths in found]
        elif periods.words:
            found = [_whole_power(way) for way in (items, _reversed(items))]
        else:
            found = [*_turned(kind, items)]
        least = min((key for key, _ in found), key=str)
        ways.append((least, [*dict.fromkeys(lengths for key, lengths in found if key == least)]))
    ways.sort(key=lambda way: str(way[0]))
    groups = [[*group] for _, group in groupby(ways, key=lambda way: way[0])]
    orders = prod(factorial(len(group)) for group in groups) * prod(len(lengths) for _, lengths in ways)
    if orders > _MOST_ARRANGEMENTS:
        raise BeyondWords("a product of too many traces with symbolic exponents")
    key = tuple(key for key, _ in outer), tuple(key for key, _ in ways)
    first = tuple(length for _, lengths in outer for length in lengths)
    result = set()
    for ordered in product(*(permutations([lengths for _, lengths in group]) for group in groups)):
        for chosen in product(*(lengths for group in ordered for lengths in group)):
            result.add((key, first + tuple(length for lengths in chosen for length in lengths)))
    return result


def _whole_power(items: tuple[Item, ...]) -> Form:
    """A trace that is all one power: its root is told but for rotations."""
    if len(items) == 1:
        word, exponent = items[0]
    elif any(power.slopes for _, power in items):
        raise BeyondWords("a trace of a power of a product and more")
    else:
        word, exponent = _primitive((tuple(x for w, power in items for x in w * power.constant), Linear(1)))
    return (_least_rotation(word),), (exponent,)


def _stretches(items: tuple[Item, ...], periods: Periods) -> Form:
    """The long stretches of a word with symbolic powers, what is between them, and how often they repeat.

    Where the stretches are is the same for all large exponents, and is looked up at the least of them.
    """
    letters: list[str] = []
    symbolic: list[tuple[int, int, Linear]] = []  # begin, end, repeats beyond these
    for word, exponent in items:
        repeats = exponent.constant
        if exponent.slopes:
            repeats = periods.repeats(word)
            symbolic.append((len(letters), len(letters) + repeats * len(word), exponent - Linear(repeats)))
        letters += word * repeats
    key: list[Any] = []
    lengths: list[Linear] = []
    at = 0
    for begin, end, period in _found(letters, periods):
        key += letters[at:begin]
        whole, rest = divmod(end - begin, period)
        key.append((tuple(letters[begin : begin + period]), rest, max(0, at - begin)))
        more = (form for left, right, form in symbolic if begin <= left and right <= end)
        lengths.append(sum(more, Linear(whole)))
        at = end
    key += letters[at:]
    return tuple(key), tuple(lengths)


def _found(letters: list[str], periods: Periods) -> list[tuple[int, int, int]]:
    """Begin, end and period of the stretches of a word, in order."""
    found = []
    for word in periods.words:
        period, begin = len(word), 0
        for at in range(len(letters) + 1):
            if at < len(letters) and (at - begin < period or letters[at] == letters[at - period]):
                continue
            if (
                at - begin >= periods.least
                and _least_rotation(tuple(letters[begin : begin + period])) == word
            ):
                found.append((begin, at, period))
            begin = at - period + 1
    return sorted(found)


def _primitive(factor: Factor) -> Factor:
    """The same power of a word that is no power."""
    word, exponent = factor
    root = _root(word)
    return root, exponent.times(len(word) // len(root))


def _root(word: tuple[str, ...]) -> tuple[str, ...]:
    """The shortest word of which it is a power.

    >>> _root(("W", "F", "W", "F"))
    ('W', 'F')
    """
    sizes = (size for size in range(1, len(word) + 1) if len(word) % size == 0)
    return next(word[:size] for size in sizes if word[:size] * (len(word) // size) == word)


def _least_rotation(word: tuple[str, ...]) -> tuple[str, ...]:
    return min(word[at:] + word[:at] for at in range(len(word)))
