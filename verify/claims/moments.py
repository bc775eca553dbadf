"""Expectations of products of traces, exactly: E[tr(W^2 W'^2)], by :func:`derivations.moment`.

At a width of 1 all matrices are numbers, and the moment is a product of ``(2 k - 1)!!`` and powers of
variances: that confirms what is proved at every width.  Small ones are also summed over all pairings.
"""

from fractions import Fraction
from math import prod
from typing import Any

from derivations.exponentials import NoClosedFormError
from verify.claims.syntax import Call, Name, Node, Number, Plus, Power, Times, Transposed

__all__ = ["MOST_LETTERS", "expected_products", "words_of"]

MOST_LETTERS = 24
"""Of a product of traces: a second or two."""
MOST_PRODUCTS = 60

Word = tuple[str, ...]


def words_of(node: Node) -> list[tuple[list[Node], tuple[Word, ...]]]:
    """A sum of products of traces: of each its scalars and the words.

    >>> from verify.claims.reading import read_claim
    >>> words_of(read_claim("tr(W^2 W') tr(W) = 0").left)
    [([], (('W', 'W', "W'"), ('W',)))]
    """
    match node:
        case Call("tr", (body,)):
            return [([*scalars], (word,)) for scalars, word in _words(body)]
        case Plus(terms):
            return _bounded([product for term in terms for product in words_of(term)])
        case Times(factors):
            products: list[tuple[list[Node], tuple[Word, ...]]] = [([], ())]
            for factor in factors:
                own = words_of(factor)
                products = _bounded([(a + b, v + w) for a, v in products for b, w in own])
            return products
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 0 < exponent <= 8:
            if _has_trace(base):
                return words_of(Times((base,) * int(exponent)))
    if _has_trace(node):
        raise NoClosedFormError("an expectation of what is no product of traces")
    return [([node], ())]


def _has_trace(node: Node) -> bool:
    from verify.claims.syntax import nodes

    return any(isinstance(one, Call) and one.name == "tr" for one in nodes(node))


def _words(node: Node) -> list[tuple[list[Node], Word]]:
    """A matrix as a sum of words with their scalars."""
    match node:
        case Name("W" | "F" | "C" as name):
            return [([], (name,))]
        case Transposed(body):
            return [(scalars, _transposed(word)) for scalars, word in _words(body)]
        case Plus(terms):
            return _bounded([one for term in terms for one in _words(term)])
        case Times(factors):
            products: list[tuple[list[Node], Word]] = [([], ())]
            for factor in factors:
                own = _words(factor)
                products = _bounded([(a + b, v + w) for a, v in products for b, w in own])
            return products
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 0 <= exponent <= MOST_LETTERS:
            found = _words(base)
            if any(word for _, word in found):
                return _words(Times((base,) * int(exponent))) if exponent else [([], ())]
        case Number() | Name():
            return [([node], ())]
    raise NoClosedFormError("a trace of what is no product of W, F, C, their transposes and their powers")


def _bounded(products: list[Any]) -> list[Any]:
    if len(products) > MOST_PRODUCTS:
        raise NoClosedFormError(f"an expectation of more than {MOST_PRODUCTS} products of traces")
    return products


def _transposed(word: Word) -> Word:
    return tuple(letter[:-1] if letter.endswith("'") else f"{letter}'" for letter in reversed(word))


def expected_products(words: tuple[Word, ...]) -> Any:
    """E of the product of the traces, as SymPy's polynomial."""
    from derivations.moments import moment

    if sum(map(len, words)) > MOST_LETTERS:
        raise NoClosedFormError(f"an expectation of more than {MOST_LETTERS} letters")
    if not all(words):
        raise NoClosedFormError("the trace of a number")
    return moment(*(" ".join(word) for word in words))


def at_width_one(words: tuple[Word, ...], variances: dict[str, Fraction]) -> Fraction:
    """E of the product where all matrices are numbers, from the moments of a Gaussian number.

    >>> print(at_width_one((("W", "W", "W'", "W'"),), {"W": Fraction(2)}))
    12
    """
    letters = [letter[0] for word in words for letter in word]
    total = Fraction(1)
    for name in sorted(set(letters)):
        k, odd = divmod(letters.count(name), 2)
        total *= 0 if odd else prod(range(1, 2 * k, 2)) * variances[name] ** k
    return total
