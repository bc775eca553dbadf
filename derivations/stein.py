r"""Exact expectations of products of traces of words, by Stein's lemma.

The entries of X, one of W, F and C or of the user's matrices, are independent N(0, nu_X).  Stein's lemma,
E[g h(g)] = nu E[h'(g)] for g ~ N(0, nu), applied to the entries of one letter X of one trace, sums over that
letter's partners:

    partner X  in the same trace     tr(X A X B)          ->  tr(A B')
    partner X' in the same trace     tr(X A X' B)         ->  tr(A) tr(B)
    partner X  in another trace      tr(X A) tr(X B)      ->  tr(A B')
    partner X' in another trace      tr(X A) tr(X' B)     ->  tr(A B)

with weight nu_X each.  Every step removes two letters, and the trace of an empty word is the dimension
of its space, so the recursion ends in a polynomial in the dimensions, n, n_x and n_y for the network's
matrices.  Constant matrices stand by, and the traces in which nothing else is left are factors.

There are (2k-1)!! pairings of 2k letters (:mod:`derivations.pairings` enumerates them) but few distinct
products of canonical words: for tr(W^12 W'^12) some 3,000 instead of 23!! = 316 234 143 225.

Variances are 1 here: a word's letters fix the power of each variance (:func:`derivations.moment`).

Sources: Stein's lemma is Gaussian integration by parts (Isserlis 1918, Wick 1950); the recursion is the
loop (Schwinger-Dyson) equation of the real Ginibre ensemble.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import pairwise
from math import gcd, inf, prod

from flint import fmpz_mpoly

from derivations.alphabets import NETWORK, Alphabet
from derivations.recursions import Sum, Term, Traces, worked_out
from derivations.words import canonical, transposed

__all__ = [
    "MOST_PRODUCTS",
    "RING",
    "Traces",
    "expectation",
    "expected_products",
    "is_odd",
    "separated",
    "stein",
    "sum_of_traces",
]

RING = NETWORK.ring
"""The ring Z[n, n_x, n_y]."""

MOST_PRODUCTS = 2**20
"""Of traces, expected in one expectation: some minutes, and more than a GiB of memory."""

_LOOK = 2000
"""Products visited before their number is estimated."""

_COUNTED = 60
"""Letters of which there are far more products than can be visited (75 million of 28 letters)."""

_memory: dict[Alphabet, dict[Traces, Sum]] = {}
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
    result = sum_of_traces(tuple(words), NETWORK, advance).get((), RING.constant(0))
    for dimension in empty:
        result *= NETWORK.dimensions[dimension]
    return result


def sum_of_traces(words: Traces, alphabet: Alphabet, advance: Callable[[], None] = lambda: None) -> Sum:
    """E of the product of the traces of words in any matrices, for unit variances.

    >>> from derivations.alphabets import alphabet
    >>> matrices = alphabet({"X": ("n", "n")}, {"S": ("n", "n"), "T": ("n", "n")})
    >>> sum_of_traces(("ABaC",), matrices)  # tr X S X' T
    {('B', 'C'): 1}
    """
    global _memory
    if is_odd(words, alphabet):
        return {}
    if sum(1 + len(memory) for memory in _memory.values()) > _MOST_REMEMBERED:
        _memory = {}  # a new one: another thread may be at work on the old one
    memory = _memory.get(alphabet)
    if memory is None:
        memory = _memory[alphabet] = {(): {(): alphabet.ring.constant(1)}}
    traces, constants = separated(_sorted(words), alphabet)
    value = worked_out(traces, partial(_terms, alphabet=alphabet), memory, advance)
    if not constants:
        return dict(value)
    return {tuple(sorted(others + constants)): polynomial for others, polynomial in value.items()}


def _terms(traces: Traces, alphabet: Alphabet) -> Iterator[Term[Traces]]:
    dimensions = alphabet.dimensions
    for (rest, empty), partners in stein(traces, alphabet).items():
        random, constants = separated(rest, alphabet)
        yield prod([dimensions[space] for space in empty], start=partners), constants, (random,)


def separated(traces: Traces, alphabet: Alphabet) -> tuple[Traces, Traces]:
    """The traces with random matrices, and those without.

    The latter are cut where a dimension is 1: there a product is a number times what is left.

    >>> from derivations.alphabets import alphabet
    >>> vectors = alphabet({"X": ("n", "n")}, {"u": ("n", 1), "v": ("n", 1)})
    >>> separated(("AC", "BcCb"), vectors)  # tr(X v), tr(u v' v u')
    (('AC',), ('Bb', 'Cc'))
    """
    if not alphabet.constants:
        return traces, ()
    first = sum(not alphabet.is_bare(word) for word in traces)
    pieces = [piece for word in traces[first:] for piece in _cut(word, alphabet)]
    return traces[:first], _sorted(pieces)


def _cut(word: str, alphabet: Alphabet) -> list[str]:
    cuts = [k for k, letter in enumerate(word) if alphabet.rows[letter] == "1"]
    if not cuts:
        return [word]
    turned, ends = word[cuts[0] :] + word[: cuts[0]], [*(k - cuts[0] for k in cuts), len(word)]
    return [turned[a:b] for a, b in pairwise(ends)]


def expected_products(words: Iterable[str], alphabet: Alphabet = NETWORK) -> int:
    """About how many products of traces an expectation visits: its cost, known before the work.

    Counted up to some thousand.  Beyond, the growth from one pair of letters less to the next is taken to
    slow half as fast as it did so far, to no more products than there are.  That is fitted, not derived, and
    comes out three times too large, which is divided out: then it was right to a factor of two for each of
    some thirty words tried, of up to 32 letters.

    >>> expected_products(["WWWwww"]), expected_products(["WWw" * 20]) > MOST_PRODUCTS
    (9, True)
    """
    words = tuple(words)
    if is_odd(words, alphabet):
        return 0
    counts = [count for letter in alphabet.random if (count := "".join(words).upper().count(letter))]
    # The network's F and C hardly add: only few letters fit beside them.
    matrices = 1 if alphabet == NETWORK else len(counts)

    def most(letters: int) -> float:
        return inf if alphabet.constants else all_products(min(letters, _COUNTED), matrices)

    letters = sum(counts)
    level, sizes = {separated(_sorted(words), alphabet)[0]}, [1]
    while letters > 2 and sum(sizes) < _LOOK:
        level = {separated(rest, alphabet)[0] for traces in level for rest, _ in stein(traces, alphabet)}
        letters -= 2
        sizes.append(len(level))
    growths = [later / earlier for earlier, later in pairwise(sizes)]
    slowing = min(1.0, growths[-1] / growths[-2]) ** 0.5 if len(growths) > 1 else 1.0
    beyond, growth, size = 0.0, growths[-1] if growths else 1.0, float(sizes[-1])
    for left in range(letters - 2, 1, -2):
        growth *= slowing
        size = min(size * growth, most(left))
        beyond += size
    return sum(sizes) + round(beyond / 3)


@cache
def all_products(letters: int, matrices: int = 1) -> int:
    """How many products of traces of words in square matrices have so many letters.

    Rotated and reversed words count once.  Words of m letters in k matrices and their transposes have
    ``c_m = (sum over d | m of phi(d) (2k)^(m/d) + [m even] (m/2) (2k)^(m/2)) / (2m)`` classes (Burnside: a
    rotation fixes what has its period; a reversal, which transposes each letter, fixes a word only if no
    letter is its own image, as in half of them for even m).  Products are multisets of classes, with the
    generating function ``prod_m (1 - x^m)^(-c_m) = exp(sum_m b_m x^m / m)``, where ``b_m`` is the sum over
    d | m of ``d c_d``.

    >>> [all_products(m) for m in range(1, 5)]  # tr W; W W, W W', (W)(W); ...
    [1, 3, 5, 12]
    """
    if letters == 0:
        return 1

    def classes(m: int) -> int:
        rotations: int = sum((2 * matrices) ** gcd(m, k) for k in range(m))  # by k places
        reversals: int = 0 if m % 2 else m // 2 * (2 * matrices) ** (m // 2)
        return (rotations + reversals) // (2 * m)

    def moments(m: int) -> int:
        return sum(d * classes(d) for d in range(1, m + 1) if m % d == 0)

    products: int = sum(moments(m) * all_products(letters - m, matrices) for m in range(1, letters + 1))
    return products // letters


def is_odd(words: Traces, alphabet: Alphabet) -> bool:
    """Whether some random letter occurs an odd number of times, so that the expectation is 0."""
    letters = "".join(words).upper()
    return any(letters.count(letter) % 2 for letter in alphabet.random)


def stein(traces: Traces, alphabet: Alphabet = NETWORK) -> Counter[tuple[Traces, Traces]]:
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
    reverse, start, end = letter.swapcase(), alphabet.rows[letter], alphabet.columns[letter]
    others = traces[:k] + traces[k + 1 :]
    left: Counter[tuple[Traces, Traces]] = Counter()

    def leave(rest: Traces, *parts: tuple[str, str], times: int = 1) -> None:
        words = [*rest, *[canonical(word) for word, _ in parts if word]]
        left[tuple(sorted(words)), tuple(sorted([space for word, space in parts if not word]))] += times

    for m, partner in enumerate(body):
        if partner == letter:
            leave(others, (body[:m] + transposed(body[m + 1 :]), end))
        elif partner == reverse:
            leave(others, (body[:m], end), (body[m + 1 :], start))
    for other, times in Counter(others).items():
        index = others.index(other)
        rest = others[:index] + others[index + 1 :]
        for m, partner in enumerate(other):
            if partner == letter:
                leave(rest, (body + transposed(other[m + 1 :] + other[:m]), end), times=times)
            elif partner == reverse:
                leave(rest, (body + other[m + 1 :] + other[:m], end), times=times)
    return left


def _sorted(words: Iterable[str]) -> Traces:
    return tuple(sorted(map(canonical, words)))
