"""Whole numbers that users hand over: lags, powers and how many of them."""

import operator
from typing import Any

__all__ = ["integer"]


def integer(name: str, value: Any, least: int, *, most: int | None = None, why: str = "") -> int:
    """The integer ``value`` as an ``int``.

    Raises
    ------
    ValueError
        Unless it is an integer (a ``bool`` and ``2.0`` are none) from ``least`` to ``most``.  The message
        calls it ``name``, and says ``why`` there is a greatest.

    >>> integer("lag", 3, 0)
    3
    >>> integer("lag", 1.5, 0)
    Traceback (most recent call last):
    ValueError: lag must be an integer >= 0, got 1.5
    >>> integer("lag", 9, 0, most=7, why="each lag takes five times longer")
    Traceback (most recent call last):
    ValueError: lag must be <= 7, got 9: each lag takes five times longer
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be <= {most}, got {number}{why and f': {why}'}")
    return number
