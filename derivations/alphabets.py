"""Which matrices the letters of words stand for: their names, their shapes, and which of them are random.

Inside the package a word is a string of one character a letter, upper case for a matrix and lower case for
its transpose (:mod:`derivations.words`).  The network's letters are their own names:

| letter | shape    |
| ------ | -------- |
| ``W``  | n x n    |
| ``F``  | n x n_x  |
| ``C``  | n_y x n  |

Matrices of the user's own get letters in the order of their names, the random ones before the constant ones.
So the least of a word's rotations and of its transpose's begins with a random letter if it has one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from flint import Ordering, fmpz_mpoly, fmpz_mpoly_ctx

from derivations.arguments import integer, shown

__all__ = ["NETWORK", "Alphabet", "Shapes", "alphabet"]

Shapes = Mapping[str, Sequence[str | int]]
"""For each matrix by name its rows and columns: names of dimensions or positive integers."""

_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
"""Each with a lower case of its own, in ascending order."""


@dataclass(frozen=True)
class Alphabet:
    """Matrices with their letters; what is computed with equal alphabets is remembered together.

    >>> NETWORK.rows["f"], NETWORK.columns["f"]
    ('n_x', 'n')
    """

    letters: str
    """Upper-case characters, ascending among the matrices that are constant, and greater than all others."""
    names: tuple[str, ...]
    shapes: tuple[tuple[str, str], ...]
    """Names of dimensions; an integer is its own name."""
    constants: str = ""
    """The letters of the constant matrices."""

    rows: dict[str, str] = field(init=False, repr=False, compare=False)
    """For each letter, and its transpose, the dimension of its rows."""
    columns: dict[str, str] = field(init=False, repr=False, compare=False)
    """For each letter, and its transpose, the dimension of its columns."""
    named: dict[str, str] = field(init=False, repr=False, compare=False)
    """The letter of each name."""
    written: dict[str, str] = field(init=False, repr=False, compare=False)
    """The name of each letter."""
    random: str = field(init=False, repr=False, compare=False)
    """The letters of the random matrices."""
    symbols: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The dimensions that are no integers, in ascending order."""
    ring: fmpz_mpoly_ctx = field(init=False, repr=False, compare=False)
    """The polynomials in the dimensions over the integers."""
    dimensions: dict[str, fmpz_mpoly] = field(init=False, repr=False, compare=False)
    """Each dimension as an element of the ring."""

    def __post_init__(self) -> None:
        shaped = list(zip(self.letters, self.shapes, strict=True))
        rows = {letter: shape[0] for letter, shape in shaped}
        rows |= {letter.lower(): shape[1] for letter, shape in shaped}
        spaces = sorted(set(rows.values()))
        symbols = [name for name in spaces if not name.isdecimal()]
        # FLINT's names are of ASCII.
        ring = fmpz_mpoly_ctx.get(
            [name.encode("ascii", "backslashreplace").decode() for name in symbols], Ordering.lex
        )
        derived = {
            "rows": rows,
            "columns": {letter: rows[letter.swapcase()] for letter in rows},
            "named": dict(zip(self.names, self.letters, strict=True)),
            "written": dict(zip(self.letters, self.names, strict=True)),
            "random": "".join(letter for letter in self.letters if letter not in self.constants),
            "symbols": tuple(symbols),
            "ring": ring,
            "dimensions": dict(zip(symbols, ring.gens(), strict=True))
            | {name: ring.constant(int(name)) for name in spaces if name.isdecimal()},
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def is_bare(self, word: str) -> bool:
        """Whether no letter of the canonical word is random; the empty word is bare."""
        return not word or word[0].upper() in self.constants


NETWORK = Alphabet("WFC", tuple("WFC"), (("n", "n"), ("n", "n_x"), ("n_y", "n")))
"""The network's matrices."""


def alphabet(shapes: Shapes | None, constants: Shapes | None) -> Alphabet:
    """The user's matrices; without shapes the random ones are the network's.

    Raises
    ------
    ValueError
        Unless each argument maps names to pairs of dimensions, a name is a letter followed by letters, digits
        and underscores, a dimension such a name or a positive integer, and no name has two meanings, as those
        of matrices, dimensions and variances (``nu_A`` for ``A``); if there are more than 58 matrices.

    >>> alphabet({"B": ("m", "n"), "A": ("n", 3)}, {"S": ("n", "n")}).named
    {'A': 'A', 'B': 'B', 'S': 'C'}
    >>> alphabet({"A": ("n", 0)}, None)
    Traceback (most recent call last):
    ...
    ValueError: shapes: a dimension of A must be an integer >= 1, got 0
    """
    if shapes is None and constants is None:
        return NETWORK
    network = dict(zip(NETWORK.names, NETWORK.shapes, strict=True))
    random = network if shapes is None else _shapes("shapes", shapes)
    constant = {} if constants is None else _shapes("constants", constants)
    every = sorted(random.items()) + sorted(constant.items())
    meanings = [name for name, _ in every]
    meanings += sorted({dimension for _, shape in every for dimension in shape})
    meanings += [f"nu_{name}" for name in random]
    name, count = max(Counter(meanings).items(), key=itemgetter(1), default=("", 0))
    if count > 1:
        raise ValueError(
            f"{name!r} has two meanings among the random matrices, the constant ones, "
            f"the dimensions and the variances; give one of them another name"
        )
    if len(every) > len(_CHARACTERS):
        raise ValueError(f"there can be at most {len(_CHARACTERS)} matrices, got {len(every)}")
    letters = _CHARACTERS[: len(every)]
    return Alphabet(
        letters, tuple(name for name, _ in every), tuple(shape for _, shape in every), letters[len(random) :]
    )


def _shapes(argument: str, value: Any) -> dict[str, tuple[str, str]]:
    if not isinstance(value, Mapping):
        raise ValueError(
            f'{argument} must map names to shapes, such as {{"A": ("n", "m")}}, got {shown(value)}'
        )
    result = {}
    for name, shape in value.items():
        if not _is_name(name):
            raise ValueError(f"{argument}: the name of a matrix must be {_NAME}, got {shown(name)}")
        if isinstance(shape, str) or not isinstance(shape, Sequence) or len(shape) != 2:
            raise ValueError(
                f'{argument}: the shape of {name} must be a pair such as ("n", 3), got {shown(shape)}'
            )
        rows, columns = (_dimension(f"{argument}: a dimension of {name}", dimension) for dimension in shape)
        result[name] = rows, columns
    return result


_NAME = "a letter followed by letters, digits and underscores"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isidentifier() and not value.startswith("_")


def _dimension(what: str, value: Any) -> str:
    if isinstance(value, str):
        if not _is_name(value):
            raise ValueError(f"{what} must be {_NAME}, or a positive integer, got {shown(value)}")
        return value
    return str(integer(what, value, 1, most=_MOST_DIMENSION))


_MOST_DIMENSION = 10**18
"""More rows than any machine holds, and no burden to arithmetic."""
