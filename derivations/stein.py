r"""Exact expectations of products of traces of words, by Stein's lemma.

The entries of X, one of W, F and C, are independent N(0, nu_X).  Stein's lemma, E[g h(g)] = nu E[h'(g)]
for g ~ N(0, nu), applied to the entries of one letter X of one trace, sums over that letter's partners:

    partner X  in the same trace     tr(X A X B)          ->  tr(A B')
    partner X' in the same trace     tr(X A X' B)         ->  tr(A) tr(B)
    partner X  in another trace      tr(X A) tr(X B)      ->  tr(A B')
    partner X' in another trace      tr(X A) tr(X' B)     ->  tr(A B)

with weight nu_X each.  Every step removes two letters, and the trace of an empty word is the dimension
of its space, so the recursion ends in a polynomial in n, n_x, n_y.  There are (2k-1)!! pairings of 2k
letters (:mod:`derivations.pairings` enumerates them) but few distinct products of canonical words: for
tr(W^12 W'^12) some 3,000 instead of 23!! = 316 234 143 225.

Variances are 1 here: a word's letters fix the power of each variance (:func:`derivations.moment`).

Sources: Stein's lemma is Gaussian integration by parts (Isserlis 1918, Wick 1950); the recursion is the
loop (Schwinger-Dyson) equation of the real Ginibre ensemble.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from math import gcd, prod

from flint import Ordering, fmpz_mpoly, fmpz_mpoly_ctx

from derivations.words import LETTERS, canonical, columns, rows, transposed

__all__ = ["MOST_PRODUCTS", "RING", "Traces", "expectation", "expected_products", "stein"]

RING = fmpz_mpoly_ctx.get(("n", "n_x", "n_y"), Ordering.lex)
"""The ring Z[n, n_x, n_y]."""

_DIMENSION = dict(zip(RING.names(), RING.gens(), strict=True))

Traces = tuple[str, ...]
"""A product of traces: their canonical words, none empty, in sorted order."""


MOST_PRODUCTS = 2**20
"""Of traces, expected in one expectation: some minutes, and more than a GiB of memory."""

_LOOK = 2000
"""Products visited before their number is estimated."""

_COUNTED = 60
"""Letters of which there are far more products than can be visited (75 million of 28 letters)."""

_memory: dict[Traces, fmpz_mpoly] = {}
_MOST_REMEMBERED = 2**20


def expectation(
    words: Iterable[str], empty: Iterable[str] = (), advance: Callable[[], None] = lambda: None
) -> fmpz_mpoly:
    """E of the product of the traces of the words, for unit variances.

    Parameters
    ----------
    words
        Words as :func:`derivations.words.parse_trace` returns them.
    empty
        The dimensions of empty words, ``"n"``, ``"n_x"`` or ``"n_y"``, whose traces are factors too.
    advance
        Called for each new product of traces that is visited.

    Notes
    -----
    The cost is that of the distinct products of canonical words met (:func:`expected_products`), some 8,000
    a second, and depends on the words: 0.2 seconds for tr(W^12 W'^12), five for tr(W^16 W'^16), six times
    more for each two further powers; ten seconds for a mixed word of 28 letters.  Results are remembered
    between calls, and so is what was done before an interrupt.

    >>> print(expectation(["WWWwww"]))
    n^4 + 10*n^2 + 4*n
    >>> print(expectation(["cC"], empty=["n_x"]))
    n*n_x*n_y
    """
    words = tuple(words)
    if _is_odd(words):
        return RING.constant(0)
    result = _remembered(_sorted(words), advance)
    for dimension in empty:
        result *= _DIMENSION[dimension]
    return result


def _remembered(traces: Traces, advance: Callable[[], None]) -> fmpz_mpoly:
    """The expectation, from the memory; what is not there yet is worked out depth first, without recursion.

    Python's own recursion would end at words of some hundred letters.
    """
    global _memory
    if len(_memory) > _MOST_REMEMBERED:
        _memory = {}  # a new one: another thread may be at work on the old one
    memory = _memory
    pending, opened = [traces], dict[Traces, Counter[tuple[Traces, Traces]]]()
    while pending:
        current = pending[-1]
        if current in memory:
            pending.pop()
        elif not current:
            memory[current] = RING.constant(1)
        elif current not in opened:
            opened[current] = stein(current)
            pending += [rest for rest, _ in opened[current] if rest not in memory]
            advance()
        else:
            memory[current] = sum(
                (
                    multiplicity * memory[rest] * prod(_DIMENSION[space] for space in empty)
                    for (rest, empty), multiplicity in opened.pop(current).items()
                ),
                RING.constant(0),
            )
    return memory[traces]


def expected_products(words: Iterable[str]) -> int:
    """About how many products of traces an expectation visits: its cost, known before the work.

    Counted up to some thousand.  Beyond, the growth from one pair of letters less to the next is taken to
    slow half as fast as it did so far, to no more products than there are.  That is fitted, not derived, and
    comes out three times too large, which is divided out: then it was right to a factor of two for each of
    some thirty words tried, of up to 32 letters.

    >>> expected_products(["WWWwww"]), expected_products(["WWw" * 20]) > MOST_PRODUCTS
    (9, True)
    """
    words = tuple(words)
    if _is_odd(words):
        return 0
    letters = sum(map(len, words))
    level, sizes = {_sorted(words)}, [1]
    while letters > 2 and sum(sizes) < _LOOK:
        level = {rest for traces in level for rest, _ in stein(traces)}
        letters -= 2
        sizes.append(len(level))
    growths = [later / earlier for earlier, later in pairwise(sizes)]
    slowing = min(1.0, growths[-1] / growths[-2]) ** 0.5 if len(growths) > 1 else 1.0
    beyond, growth, size = 0.0, growths[-1] if growths else 1.0, float(sizes[-1])
    for left in range(letters - 2, 1, -2):
        growth *= slowing
        size = min(size * growth, all_products(min(left, _COUNTED)))
        beyond += size
    return sum(sizes) + round(beyond / 3)


@cache
def all_products(letters: int) -> int:
    """How many products of traces of words in W have so many letters; rotated and reversed words count once.

    Words of m letters have ``c_m = (sum over d | m of phi(d) 2^(m/d) + [m even] (m/2) 2^(m/2)) / (2m)``
    classes (Burnside: a rotation fixes what has its period; a reversal, which transposes each letter, fixes a
    word only if no letter is its own image, as in half of them for even m).  Products are multisets of
    classes, with the generating function ``prod_m (1 - x^m)^(-c_m) = exp(sum_m b_m x^m / m)``,
    ``b_m = sum over d | m of d c_d``.

    >>> [all_products(m) for m in range(1, 5)]  # tr W; W W, W W', (W)(W); ...
    [1, 3, 5, 12]
    """
    if letters == 0:
        return 1

    def classes(m: int) -> int:
        rotations = sum(1 << gcd(m, k) for k in range(m))  # by k places
        reversals = 0 if m % 2 else (m // 2) << (m // 2)
        return (rotations + reversals) // (2 * m)

    def moments(m: int) -> int:
        return sum(d * classes(d) for d in range(1, m + 1) if m % d == 0)

    products: int = sum(moments(m) * all_products(letters - m) for m in range(1, letters + 1)) // letters
    return products


def _is_odd(words: Traces) -> bool:
    letters = "".join(words).upper()
    return any(letters.count(letter) % 2 for letter in LETTERS)


def stein(traces: Traces) -> Counter[tuple[Traces, Traces]]:
    """The products of traces that the lemma leaves, and how many partners leave each.

    A product is given as its canonical words and the dimensions of its empty words.  The letter is the
    first of a shortest word: what is short vanishes soonest, which keeps the number of products small.

    >>> for (words, empty), partners in stein(("WWww",)).items():
    ...     print(partners, words, empty)
    1 ('WW',) ()
    1 ('W', 'W') ()
    1 ('Ww',) ('n',)
    """
    k = min(range(len(traces)), key=lambda index: len(traces[index]))
    letter, body = traces[k][0], traces[k][1:]
    others = traces[:k] + traces[k + 1 :]
    left: Counter[tuple[Traces, Traces]] = Counter()

    def leave(rest: Traces, *parts: tuple[str, str], times: int = 1) -> None:
        words = _sorted((*rest, *(word for word, _ in parts if word)))
        left[words, tuple(sorted(dimension for word, dimension in parts if not word))] += times

    for m, partner in enumerate(body):
        before, after = body[:m], body[m + 1 :]
        if partner == letter:
            leave(others, (before + transposed(after), columns(letter)))
        elif partner == letter.swapcase():
            leave(others, (before, columns(letter)), (after, rows(letter)))
    for other, times in Counter(others).items():
        index = others.index(other)
        rest = others[:index] + others[index + 1 :]
        for m, partner in enumerate(other):
            opened = other[m + 1 :] + other[:m]
            if partner == letter:
                leave(rest, (body + transposed(opened), columns(letter)), times=times)
            elif partner == letter.swapcase():
                leave(rest, (body + opened, columns(letter)), times=times)
    return left


def _sorted(words: Iterable[str]) -> Traces:
    return tuple(sorted(map(canonical, words)))
