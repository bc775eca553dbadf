"""Terms of Coq as text that knows how strongly it binds."""

import re
from typing import TypeAlias

__all__ = [
    "APPLICATION",
    "ATOM",
    "OPEN",
    "POWER",
    "PRODUCT",
    "SUM",
    "Text",
    "Unprintable",
    "as_argument",
    "bracketed",
    "level",
    "require_identifier",
    "times",
]

ATOM, APPLICATION, POWER, PRODUCT, SUM, OPEN = range(6, 0, -1)
Text: TypeAlias = tuple[str, int]
"""A term of Coq, and how strongly it binds."""


class Unprintable(ValueError):  # noqa: N818 - what it says of a formula
    """A formula that the printer has no proposition for; the message says which part."""


def bracketed(term: Text, least: int) -> str:
    """The term, in brackets if it binds less strongly than it must.

    >>> bracketed(("a + b", SUM), SUM), bracketed(("a + b", SUM), PRODUCT)
    ('a + b', '(a + b)')
    """
    text, binds = term
    return text if binds >= least else f"({text})"


def as_argument(term: str) -> str:
    """The term as the argument of a function.

    >>> as_argument("n_x"), as_argument("Network.width N")
    ('n_x', '(Network.width N)')
    """
    return term if re.fullmatch(r"[\w'.]+", term) else f"({term})"


def times(terms: list[Text]) -> Text:
    """The product of the terms.

    >>> times([("a", ATOM), ("b + c", SUM)])
    ('a * (b + c)', 3)
    """
    (first, binds), *others = terms
    if not others:
        return first, binds
    return " * ".join([bracketed(terms[0], PRODUCT), *(bracketed(other, POWER) for other in others)]), PRODUCT


def level(text: str) -> int:
    """How strongly a term binds: a name, what stands in brackets, a function with arguments, or anything.

    >>> [level(text) for text in ("rho", "(a + b)", "f (a + b) c", "a + b")]
    [6, 6, 5, 1]
    """
    depth, outside = 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        outside += character if depth == 0 else ""
    if re.fullmatch(r"[\w'.]+|\)", outside):
        return ATOM
    return APPLICATION if re.fullmatch(r"[\w'.%) ]+", outside) else OPEN


def require_identifier(name: str) -> None:
    """Refuse what is no name for a variable.

    >>> require_identifier("forall")
    Traceback (most recent call last):
    derivations.coq_text.Unprintable: 'forall' is no name for a variable of Coq
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*", name) or _RESERVED.fullmatch(name):
        raise Unprintable(f"{name!r} is no name for a variable of Coq")


_RESERVED = re.compile(
    "K|R|S|O|as|at|by|else|end|exists|fun|forall|if|in|let|match|mod|return|sum|then|upto|using|where"
)
