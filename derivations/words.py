"""Words in the network's Gaussian matrices and their transposes.

A word such as ``C W W' C'`` is a product of matrices.  Inside the package it is a string of one
character a letter, ``W F C`` for the matrices and ``w f c`` for their transposes, so that slicing,
concatenation and hashing are the string's own.

The trace of a word does not change when the word is rotated, nor when it is reversed with every
letter transposed.  :func:`canonical` picks one word of each such class; two traces are equal as
random variables (for generic matrices) exactly if their canonical words are.

| letter | shape    |
| ------ | -------- |
| ``W``  | n x n    |
| ``F``  | n x n_x  |
| ``C``  | n_y x n  |
"""

import re
from functools import lru_cache
from itertools import pairwise

from derivations.arguments import shown

__all__ = ["LETTERS", "canonical", "columns", "display", "parse", "parse_trace", "rows", "transposed"]

LETTERS = "WFC"
_ROWS = {"W": "n", "F": "n", "C": "n_y", "w": "n", "f": "n_x", "c": "n"}
_TOKEN = re.compile(r"(?P<letter>[WFC])(?P<transpose>['’′]?)(?:\^(?P<power>[0-9]+))?")
_MAX_LETTERS = 1000


def rows(letter: str) -> str:
    """The name of the dimension of the letter's rows: ``"n"``, ``"n_x"`` or ``"n_y"``."""
    return _ROWS[letter]


def columns(letter: str) -> str:
    """The name of the dimension of the letter's columns."""
    return _ROWS[letter.swapcase()]


def transposed(word: str) -> str:
    """The transpose of a product: reversed, every letter transposed.

    >>> transposed("CWw")
    'Wwc'
    """
    return word[::-1].swapcase()


@lru_cache(maxsize=1 << 18)
def canonical(word: str) -> str:
    """The least of the rotations of the word and of its transpose.

    >>> canonical("wWW") == canonical("WWw") == canonical("wwW")
    True
    """
    return min(
        doubled[k : k + len(word)]
        for doubled in (word + word, transposed(word + word))
        for k in range(len(word) or 1)
    )


def display(word: str) -> str:
    """The word as a user writes it.

    >>> display("CWWwc")
    "C W^2 W' C'"
    """
    runs = (match.group() for match in re.finditer(r"(.)\1*", word))
    return " ".join(
        run[0].upper() + "'" * run[0].islower() + (f"^{len(run)}" if len(run) > 1 else "") for run in runs
    )


def parse(text: str) -> str:
    """Read a product of matrices, in which neighbours must fit.

    Letters stand apart by spaces or side by side; ``'`` transposes a letter and ``^k`` repeats it.

    Raises
    ------
    ValueError
        If a letter is unknown, a letter's columns are not the next one's rows, or there are more than 1000.

    >>> parse("C W^2 W' C'")
    'CWWwc'
    >>> parse("F W")
    Traceback (most recent call last):
    ...
    ValueError: word 'F W': F is n x n_x, so W (n x n) cannot follow it
    """
    if not isinstance(text, str):
        raise ValueError(f"a word is a string such as \"W W W' W'\", got {shown(text)}")
    word, rest = "", text.strip()
    while rest:
        match = _TOKEN.match(rest)
        if match is None:
            raise ValueError(
                f"word {text!r}: cannot read {rest.split()[0]!r}; the letters are W, F and C, "
                f"each with ' for its transpose and ^k to repeat it"
            )
        letter = match["letter"].swapcase() if match["transpose"] else match["letter"]
        power = int((match["power"] or "1")[:9])
        if power == 0:
            raise ValueError(f"word {text!r}: a power must be at least 1, got {match.group()}")
        if len(word) + power > _MAX_LETTERS:
            raise ValueError(f"a word has at most {_MAX_LETTERS} letters, got more in {text!r}")
        word += letter * power
        rest = rest[match.end() :].lstrip()
    for left, right in pairwise(word):
        _require_fit(text, left, right)
    return word


def parse_trace(text: str) -> str:
    """Read the word of a trace: not empty, and square.

    Raises
    ------
    ValueError
        As :func:`parse`, or if the word is empty or not square.

    >>> parse_trace("C F")
    Traceback (most recent call last):
    ...
    ValueError: word 'C F' has no trace: it is n_y x n_x
    """
    word = parse(text)
    if not word:
        raise ValueError("a trace needs a word of at least one letter, got an empty one")
    if rows(word[0]) != columns(word[-1]):
        raise ValueError(f"word {text!r} has no trace: it is {rows(word[0])} x {columns(word[-1])}")
    return word


def _require_fit(text: str, left: str, right: str) -> None:
    if columns(left) != rows(right):
        raise ValueError(
            f"word {text!r}: {display(left)} is {rows(left)} x {columns(left)}, "
            f"so {display(right)} ({rows(right)} x {columns(right)}) cannot follow it"
        )
