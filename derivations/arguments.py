"""Whole numbers that users hand over, and how errors show what was given."""

import math
import operator
from typing import Any

__all__ = ["integer", "shown"]


def integer(name: str, value: Any, least: int, *, most: int | None = None) -> int:
    """The integer ``value`` as an ``int``.

    Raises
    ------
    ValueError
        Unless it is an integer (a ``bool`` and ``2.0`` are none) from ``least`` to ``most``.  The message
        calls it ``name``.

    >>> integer("lag", 3, 0)
    3
    >>> integer("lag", 1.5, 0)
    Traceback (most recent call last):
    ValueError: lag must be an integer >= 0, got 1.5
    >>> integer("lag", 9, 0, most=7)
    Traceback (most recent call last):
    ValueError: lag must be <= 7, got 9
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {shown(value)}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be <= {_limit(most)}, got {shown(value)}")
    return number


def _limit(most: int) -> str:
    """The integer, or the power of ten if it fills lines.

    >>> _limit(10**6), _limit(10**4000)
    ('1000000', '10^4000')
    """
    exponent = int(math.log10(most)) if most else 0
    return f"10^{exponent}" if exponent > 20 and most == 10**exponent else str(most)


def shown(value: Any) -> str:
    """The value for a message, shortened.

    >>> shown(10**5000), shown([0] * 100)
    ('an integer of 16610 bits', '[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,...')
    """
    if isinstance(value, int) and value.bit_length() > 10**4:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except Exception:  # someone else's
        return "a value"
    text = " ".join(text.split())
    return text if len(text) <= 150 else f"{text[:45]}..."
