"""What would not fit in memory is refused before work begins.

That is what surely does not: where the result and the workspace known in advance take more than the machine,
or this process's control group, has in all.  What is free at the moment is not asked: it changes while one
asks, and systems can swap.
"""

import os
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path

__all__ = ["MOST_MEMORY", "bytes_of_number", "memory", "refuse_too_large"]

MOST_MEMORY = 2**36
"""Bytes that an array may take where the system does not tell how many it has."""


def refuse_too_large(name: str, size: int, advice: str) -> None:
    """ValueError if ``size`` bytes are more than :func:`memory`; ``name`` is what takes them.

    >>> refuse_too_large("kernel", 2**60, "take fewer")
    Traceback (most recent call last):
    ValueError: kernel would take 1.07e+9 GiB of memory, more than the ... GiB of this machine; take fewer
    """
    if size > memory():
        told, most = (f"{Decimal(x) / 2**30:.3g}" for x in (size, memory()))
        raise ValueError(
            f"{name} would take {told} GiB of memory, more than the {most} GiB of this machine; {advice}"
        )


def bytes_of_number(digits: int | None) -> int:
    """Bytes that a float64 takes in an array, or an mpf of so many decimal digits, as measured.

    >>> bytes_of_number(None), bytes_of_number(1000)
    (8, 780)
    """
    return 8 if digits is None else 280 + digits // 2


@cache
def memory() -> int:
    """Bytes of memory that this machine has, or the control group of this process; 64 GiB if none says.

    >>> memory() > 2**20
    True
    """
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return MOST_MEMORY
    with suppress(OSError, ValueError):  # no control groups, or "max"
        most = min(most, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return most if most > 0 else MOST_MEMORY
