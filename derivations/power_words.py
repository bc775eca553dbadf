r"""Words with symbolic exponents, for proofs that hold at every lag.

A word such as W^a W'^b is kept as its powers, ``(("W", a), ("w", b))`` with SymPy exponents.  Stein's lemma
on its first letter W has one partner for each further letter; for the partner at a symbolic place the word
is cut there, and what remains is again such a word:

    W  number k of W^a   tr(W A W B)  -> tr(A B')      A = W^{k-2}            B = W^{a-k} W'^b   2 <= k <= a
    W' number m of W'^b  tr(W A W' B) -> tr(A) tr(B)   A = W^{a-1} W'^{m-1}   B = W'^{b-m}       1 <= m <= b
"""

from itertools import groupby

import sympy

__all__ = ["PowerWord", "cut", "degree_bound", "encode", "join", "length", "transpose"]

PowerWord = tuple[tuple[str, sympy.Expr], ...]
"""A product of powers of letters; neighbours have different letters, no exponent is 0."""


def join(*words: PowerWord) -> PowerWord:
    """The product of words, with powers of equal neighbours collected.

    >>> k, a, b = sympy.symbols("k a b")
    >>> join((("W", k - 2),), (("W", b), ("w", a - k)))
    (('W', b + k - 2), ('w', a - k))
    """
    powers = [power for word in words for power in word if power[1] != 0]
    collected = [
        (letter, sympy.expand(sum(exponent for _, exponent in group)))
        for letter, group in groupby(powers, key=lambda power: power[0])
    ]
    if len(collected) == len(powers):
        return tuple(collected)
    return join(tuple(collected))


def transpose(word: PowerWord) -> PowerWord:
    """The transpose of a product.

    >>> transpose((("W", sympy.Symbol("a")), ("w", sympy.Symbol("b"))))
    (('W', b), ('w', a))
    """
    return tuple((letter.swapcase(), exponent) for letter, exponent in reversed(word))


def length(*words: PowerWord) -> sympy.Expr:
    """The number of letters of the words."""
    return sympy.Add(*(exponent for word in words for _, exponent in word))


def degree_bound(*words: PowerWord) -> sympy.Expr:
    """The bound of the trace-factorisation statement on the degree in n: half the letters plus the traces."""
    return length(*words) / 2 + len(words)


def cut(word: PowerWord, block: int, place: sympy.Expr) -> tuple[PowerWord, PowerWord]:
    """What stands between the word's first letter and its partner, and what comes after the partner.

    The partner is number ``place``, counted from 1, of the power number ``block``.

    >>> a, b, m = sympy.symbols("a b m")
    >>> cut((("W", a), ("w", b)), 1, m)
    ((('W', a - 1), ('w', m - 1)), (('w', b - m),))
    """
    letter, exponent = word[block]
    before = join(word[:block], ((letter, place - 1),))
    after = join(((letter, exponent - place),), word[block + 1 :])
    first, total = before[0]
    return join(((first, total - 1),), before[1:]), after


def encode(*words: PowerWord) -> sympy.Expr:
    """A product of words as an expression; the difference of two vanishes exactly if they are equal.

    >>> a = sympy.Symbol("a")
    >>> encode((("W", a),)) - encode((("W", a + 1),)) == 0
    False
    """
    return sympy.Add(
        *(
            sympy.Symbol(f"word{number}_place{place}") * sympy.Symbol(letter) ** exponent
            for number, word in enumerate(words)
            for place, (letter, exponent) in enumerate(word)
        )
    )
