r"""The leading terms of moments as dimensions grow, without the others: by cumulants and their genus.

A pairing of the random letters of r traces glues r polygons along k pairs to a closed surface, orientable
or not.  Its vertices are the classes of identified indices; each is the trace of the constant matrices that
meet there, the dimension if there are none.  A connected surface of Euler genus g (two for each handle, one
for each crosscap) has V = k - r + 2 - g vertices.  Some dimensions grow, the others stay; the trace of
constant matrices grows like a dimension if all of theirs do, as for matrices of bounded norm, and else stays.
Hence, with the *defect* delta = g + (vertices that stay), a connected pairing is of degree k - r + 2 - delta
in what grows.

The joint cumulant of r traces is the sum over the connected pairings (Leonov and Shiryaev 1959).  Its part
kappa_delta obeys Stein's recursion (:mod:`derivations.stein`): for S the other traces and X the first letter

    partner X  in the same trace     kappa_delta(X A X B, S)          ->  kappa_{delta-1}(A B', S)
    partner X' in the same trace     kappa_delta(X A X' B, S)         ->  kappa_{delta-2}(A, B, S)
                                        + sum over S = S1 + S2, a + b = delta of kappa_a(A, S1) kappa_b(B, S2)
    partner in another trace         kappa_delta(X A, X B or X' B, S) ->  kappa_delta(A B' or A B, S)

Each keeps k - r + 2 - delta: there is one pair less, and as many traces, one more, one more in two parts
with 2 each, or one less.  kappa of the empty word alone is its dimension, of defect 0 or 1, and beside others
nothing.  A moment is the sum over partitions of its traces into blocks of the products of the blocks'
cumulants; a block of r traces adds 2 (r - 1) to the defect, so that the first terms need only small blocks of
small defect.

A word is opened at its first letter as it came about, not as it is remembered.  So without constants the
words of planar pairings (defect 0, one trace) are intervals of the given word: at most L^2/2 for L letters,
where products of traces are exponentially many.  Each further order multiplies their number by a power of L.

Source: 't Hooft 1974 for the expansion; for real matrices, with surfaces that need not be orientable, Goulden
and Jackson 1997, Mingo and Popa 2013.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import comb, prod
from operator import mul

from derivations.alphabets import Alphabet
from derivations.recursions import Sum, Term, Traces, worked_out
from derivations.stein import is_odd, separated
from derivations.words import canonical, transposed

__all__ = ["leading_terms"]

_State = tuple[Traces, int, bool]
"""Traces with random letters, a defect, and whether only connected pairings count."""

_ONE: _State = ((), 0, False)


def leading_terms(
    words: Traces,
    terms: int,
    large: Collection[str],
    alphabet: Alphabet,
    advance: Callable[[], None] = lambda: None,
) -> Sum:
    """The first terms of E of the product of the traces, by descending powers of the large dimensions.

    Parameters
    ----------
    words
        Words as :func:`derivations.words.parse_trace` returns them.
    terms
        How many; fewer if there are no more.  A term is all that is of one degree.
    large
        The dimensions that grow, all alike.
    advance
        Called for each step; it may raise.

    >>> from derivations.alphabets import NETWORK
    >>> leading_terms(("WWWwww",), 2, {"n"}, NETWORK)
    {(): n^4 + 10*n^2}
    """
    random, constants = separated(tuple(sorted(map(canonical, words))), alphabet)
    if is_odd(random, alphabet):
        return {}
    expansion = _Expansion(alphabet, large, advance, {canonical(word): word for word in words})
    memory: dict[_State, Sum] = {_ONE: {(): alphabet.ring.constant(1)}}
    total: Sum = {}
    for defect in range(expansion.pairs(random) + len(random) + 1):
        value = worked_out((random, defect, False), expansion.terms, memory, advance)
        for traces, polynomial in value.items():
            total[traces] = total[traces] + polynomial if traces in total else polynomial
        terms -= bool(value)
        if terms == 0:
            break
    return {tuple(sorted(traces + constants)): polynomial for traces, polynomial in total.items()}


@dataclass(frozen=True)
class _Expansion:
    alphabet: Alphabet
    large: Collection[str]
    advance: Callable[[], None]
    spelled: dict[str, str] = field(default_factory=dict)
    """Of canonical words, how they came about."""

    def terms(self, state: _State) -> Iterator[Term[_State]]:
        traces, defect, connected = state
        return self.partners(traces, defect) if connected else self.blocks(traces, defect)

    def blocks(self, traces: Traces, defect: int) -> Iterator[Term[_State]]:
        """The blocks that may hold the first trace."""
        if not traces:
            return
        for block, rest, times in self.halves(traces[1:], defect // 2):
            for inner in range(defect - 2 * len(block) + 1):
                for state in self.connected((traces[0], *block), inner):
                    yield times, (), (state, (rest, defect - 2 * len(block) - inner, False))

    def partners(self, traces: Traces, defect: int) -> Iterator[Term[_State]]:
        """Stein's recursion for the cumulant of the traces."""
        k = min(range(len(traces)), key=lambda index: len(traces[index]))
        word, others = self.spelled[traces[k]], traces[:k] + traces[k + 1 :]
        at = next(place for place, letter in enumerate(word) if letter.upper() in self.alphabet.random)
        letter, body = word[at], word[at + 1 :] + word[:at]
        reverse, start, end = letter.swapcase(), self.alphabet.rows[letter], self.alphabet.columns[letter]
        for m, partner in enumerate(body):
            before, after = body[:m], body[m + 1 :]
            if partner == letter:
                yield from self.cumulant(before + transposed(after), end, others, defect - 1)
            elif partner == reverse:
                if self.is_random(before) and self.is_random(after):
                    for state in self.connected((before, after, *others), defect - 2):
                        yield 1, (), (state,)
                for (first, second, times), share in product(self.halves(others), range(defect + 1)):
                    for x, before_it, left in self.cumulant(before, end, first, share):
                        for y, after_it, right in self.cumulant(after, start, second, defect - share):
                            yield times * x * y, before_it + after_it, left + right
        for other, times in Counter(others).items():
            index, joined = others.index(other), self.spelled[other]
            rest = others[:index] + others[index + 1 :]
            for m, partner in enumerate(joined):
                if partner in (letter, reverse):
                    opened = joined[m + 1 :] + joined[:m]
                    merged = body + (opened if partner == reverse else transposed(opened))
                    for coefficient, constants, states in self.cumulant(merged, end, rest, defect):
                        yield times * coefficient, constants, states

    def cumulant(self, word: str, space: str, others: Traces, defect: int) -> Iterator[Term[_State]]:
        """That of the word, whose ends are of a space, and of others; no term or one."""
        if self.is_random(word):
            for state in self.connected((word, *others), defect):
                yield 1, (), (state,)
        elif not others:
            spaces = {space, *(self.alphabet.rows[letter] for letter in word)}
            if defect == (0 if spaces.issubset(self.large) else 1):
                constants = separated((word,), self.alphabet)[1] if word else ()
                yield 1 if word else self.alphabet.dimensions[space], constants, (_ONE,)

    def connected(self, words: Traces, defect: int) -> Iterator[_State]:
        """The state of the cumulant of words with random letters, unless it is known to vanish."""
        if not 0 <= defect <= self.pairs(words) - len(words) + 2:  # the degree is not negative
            return
        surplus = [self.surplus(word) for word in words]
        if any(sum(column) % 2 for column in zip(*surplus, strict=True)):
            return
        if defect == 0 and not any(
            all(sum(map(mul, signs, column)) == 0 for column in zip(*surplus, strict=True))
            for signs in product((1, -1), repeat=len(words))
        ):
            return  # on a sphere with its polygons turned to one side every X meets an X'
        for word in words:
            self.spelled.setdefault(canonical(word), word)
        yield tuple(sorted(map(canonical, words))), defect, True

    def surplus(self, word: str) -> list[int]:
        """How much more often each random letter occurs than its transpose."""
        return [word.count(letter) - word.count(letter.lower()) for letter in self.alphabet.random]

    def halves(self, traces: Traces, most: int | None = None) -> Iterator[tuple[Traces, Traces, int]]:
        """The ways to take some of the traces, at most so many, and what is left; equal ones count alike."""
        counts = Counter(traces)
        for taken in product(*(range(count + 1) for count in counts.values())):
            self.advance()
            if most is None or sum(taken) <= most:
                pairs = list(zip(counts.items(), taken, strict=True))
                first = [word for (word, _), number in pairs for _ in range(number)]
                rest = [word for (word, count), number in pairs for _ in range(count - number)]
                yield tuple(first), tuple(rest), prod(comb(count, number) for (_, count), number in pairs)

    def is_random(self, word: str) -> bool:
        return any(letter.upper() in self.alphabet.random for letter in word)

    def pairs(self, words: Traces) -> int:
        return sum(letter.upper() in self.alphabet.random for word in words for letter in word) // 2
