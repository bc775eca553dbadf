"""How far a computation has come, told without knowing to whom.

A computation that takes long has an argument ``watch``.  It calls it once, as soon as it knows how much there
is to do, ``advance = watch(45, "proofs")``, and ``advance(k)`` whenever k more of them are done.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

__all__ = ["Advance", "Watch", "counted", "unwatched"]

Item = TypeVar("Item")
Advance: TypeAlias = Callable[[int], None]
Watch: TypeAlias = Callable[[int, str], Advance]


def unwatched(total: int, unit: str) -> Advance:  # noqa: ARG001
    """Tell nobody: the default of every ``watch``."""
    return lambda done: None  # noqa: ARG005


def counted(
    items: Iterable[Item], advance: Advance, size: Callable[[Item], int] = lambda _: 1
) -> Iterator[Item]:
    """The same items; each counts, when it is there, for its ``size``.

    >>> done = []
    >>> list(counted(["ab", "c"], done.append, len)), done
    (['ab', 'c'], [2, 1])
    """
    for item in items:
        advance(size(item))
        yield item
