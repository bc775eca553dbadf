"""Words in Gaussian matrices and their transposes: reading them, and recognising those with equal traces.

A word such as ``C W W' C'`` is a product of matrices.  Inside the package it is a string of one
character a letter, ``W F C`` for the matrices and ``w f c`` for their transposes, so that slicing,
concatenation and hashing are the string's own.  Other matrices than the network's have letters too
(:mod:`derivations.alphabets`).

The trace of a word does not change when the word is rotated, nor when it is reversed with every
letter transposed.  :func:`canonical` picks one word of each such class; two traces are equal as
random variables (for generic matrices) exactly if their canonical words are.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from derivations.alphabets import NETWORK, Alphabet
from derivations.arguments import shown

__all__ = [
    "LETTERS",
    "canonical",
    "columns",
    "display",
    "listed",
    "parse",
    "parse_trace",
    "rows",
    "transposed",
]

LETTERS = NETWORK.letters
_RUN = re.compile(r"[^\W\d_]\w*")
_SPACES = re.compile(r"\s*")
_AFTER = re.compile(r"(?P<transpose>['’′]?)(?:\^(?P<power>[0-9]+))?\s*")
_MAX_LETTERS = 1000
_MAX_DEPTH = 100


def rows(letter: str) -> str:
    """The name of the dimension of the network's letter's rows: ``"n"``, ``"n_x"`` or ``"n_y"``."""
    return NETWORK.rows[letter]


def columns(letter: str) -> str:
    """The name of the dimension of the network's letter's columns."""
    return NETWORK.columns[letter]


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
    least, length, doubled = word, len(word), word + word
    other = transposed(doubled)
    for k in range(length):  # a list of them, or a generator, takes half as long again
        if doubled[k : k + length] < least:
            least = doubled[k : k + length]
        if other[k : k + length] < least:
            least = other[k : k + length]
    return least


def display(word: str, alphabet: Alphabet = NETWORK) -> str:
    """The word as a user writes it.

    >>> display("CWWwc")
    "C W^2 W' C'"
    """
    runs = (match.group() for match in re.finditer(r"(.)\1*", word))
    return " ".join(
        alphabet.written[run[0].upper()] + "'" * run[0].islower() + (f"^{len(run)}" if len(run) > 1 else "")
        for run in runs
    )


def parse(text: str, alphabet: Alphabet = NETWORK) -> str:
    """Read a product of matrices, in which neighbours must fit.

    Letters stand apart by spaces or side by side; ``'`` transposes a letter, or what is in brackets, and
    ``^k`` repeats it.  A run of letters, digits and underscores that is a matrix's name is that matrix;
    otherwise it is several names side by side, if it can be read so in one way only.

    Raises
    ------
    ValueError
        If a letter is unknown or names side by side are ambiguous, a bracket has no partner or holds nothing,
        a letter's columns are not the next one's rows, there are more than 1000 letters, or brackets more
        than 100 deep.

    >>> parse("C W^2 W' C'"), parse("((W W')^2 W)'")
    ('CWWwc', 'wWwWw')
    >>> parse("F W")
    Traceback (most recent call last):
    ...
    ValueError: word 'F W': F is n x n_x, so W (n x n) cannot follow it
    >>> parse("W (W W'")
    Traceback (most recent call last):
    ...
    ValueError: word "W (W W'": the bracket at character 3 is never closed
    """
    if not isinstance(text, str):
        raise ValueError(f"a word is a string such as \"W W W' W'\", got {shown(text)}")
    word, at = "", _skipped(text, 0)
    outer: list[tuple[str, int]] = []  # for each open bracket what stands before it, and its place
    while at < len(text):
        start, character = at, text[at]
        if character == "(":
            if len(outer) == _MAX_DEPTH:
                raise ValueError(
                    f"word {text!r}: brackets are at most {_MAX_DEPTH} deep, got more at character {at + 1}"
                )
            outer.append((word, at))
            word, at = "", _skipped(text, at + 1)
            continue
        if character == ")":
            if not outer:
                raise ValueError(f"word {text!r}: the bracket at character {at + 1} closes none")
            if not word:
                raise ValueError(f"word {text!r}: the brackets that close at character {at + 1} hold nothing")
            factor = word
            (word, start), at = outer.pop(), at + 1
        else:
            names, at = _names(text, at, alphabet)
            *before, factor = [alphabet.named[name] for name in names]
            if before:
                _require_room(text, word, "".join(before))
                word += "".join(before)
            start = at - len(names[-1])
        after = _AFTER.match(text, at)
        assert after is not None  # it matches nothing at all
        at = after.end()
        if after["transpose"]:
            factor = transposed(factor)
        power = int((after["power"] or "1")[:9])
        if power == 0:
            raise ValueError(f"word {text!r}: a power must be at least 1, got {text[start:at].rstrip()}")
        _require_room(text, word, factor, power)
        word += factor * power
    if outer:
        raise ValueError(f"word {text!r}: the bracket at character {outer[-1][1] + 1} is never closed")
    for left, right in pairwise(word):
        _require_fit(text, left, right, alphabet)
    return word


def parse_trace(text: str, alphabet: Alphabet = NETWORK) -> str:
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
    word = parse(text, alphabet)
    if not word:
        raise ValueError("a trace needs a word of at least one letter, got an empty one")
    first, last = alphabet.rows[word[0]], alphabet.columns[word[-1]]
    if first != last:
        raise ValueError(f"word {text!r} has no trace: it is {first} x {last}")
    return word


def _skipped(text: str, at: int) -> int:
    """The place of the next character that is no space."""
    spaces = _SPACES.match(text, at)
    return spaces.end() if spaces else at


def _names(text: str, at: int, alphabet: Alphabet) -> tuple[list[str], int]:
    """The names that stand side by side at a place, as far as they can be read, and where they end."""
    found = _RUN.match(text, at)
    run = found.group() if found else ""
    if run in alphabet.named:
        return [run], at + len(run)
    # Up to two ways to read the first k characters: each its last name and the way to read what is before it.
    ways: list[list[Any]] = [[()]]
    for k in range(1, len(run) + 1):
        last = [name for name in alphabet.names if run.endswith(name, 0, k)]
        ways.append([(name, before) for name in last for before in ways[k - len(name)]][:2])
    end = max(k for k, readings in enumerate(ways) if readings)
    readings = [_unlinked(reading) for reading in ways[end]]
    if end == 0:
        where, what = ("", "letters") if alphabet is NETWORK else (f" at character {at + 1}", "matrices")
        raise ValueError(
            f"word {text!r}: cannot read {text[at:].split()[0]!r}{where}; the {what} are "
            f"{listed(alphabet.names)}, each with ' for its transpose and ^k to repeat it"
            if alphabet.names
            else f"word {text!r}: cannot read {text[at:].split()[0]!r}{where}; there are no matrices"
        )
    if len(readings) > 1 and end == len(run):
        first, second = map(" ".join, readings)
        raise ValueError(
            f"word {text!r}: {run!r} at character {at + 1} may be {first} or {second}; "
            f"set them apart by spaces"
        )
    return readings[0], at + end


def _unlinked(reading: Any) -> list[str]:
    names = []
    while reading:
        name, reading = reading
        names.append(name)
    return names[::-1]


def listed(names: Sequence[str]) -> str:
    """The names as a sentence has them.

    >>> listed(["W", "F", "C"])
    'W, F and C'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "none"


def _require_room(text: str, word: str, factor: str, power: int = 1) -> None:
    if len(word) + len(factor) * power > _MAX_LETTERS:
        raise ValueError(f"a word has at most {_MAX_LETTERS} letters, got more in {text!r}")


def _require_fit(text: str, left: str, right: str, alphabet: Alphabet) -> None:
    rows, columns = alphabet.rows, alphabet.columns
    if columns[left] != rows[right]:
        hint = "" if alphabet is NETWORK else "; if these dimensions are equal, give them one name"
        raise ValueError(
            f"word {text!r}: {display(left, alphabet)} is {rows[left]} x {columns[left]}, "
            f"so {display(right, alphabet)} ({rows[right]} x {columns[right]}) cannot follow it{hint}"
        )
