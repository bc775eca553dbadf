"""What is computed of frozen data when it is first needed, and kept with it, without a lock.

Python 3.11's ``functools.cached_property`` holds a lock while it computes, one for the attribute of all
instances; later Pythons have none.  A process forked meanwhile inherits it locked, by a thread that it does
not have, and would wait for ever at the attribute of any instance.  What is computed here are pure functions
of frozen data, so that two threads that compute one at the same time agree.
"""

import functools
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

__all__ = ["cached_property", "kept"]

Value = TypeVar("Value")


class cached_property(functools.cached_property[Value]):  # noqa: N801 - as the one it replaces
    """As ``functools.cached_property`` since Python 3.12.

    >>> class Numbers:
    ...     @cached_property
    ...     def total(self):
    ...         print("computed")
    ...         return 1 + 2
    >>> numbers = Numbers()
    >>> numbers.total, numbers.total
    computed
    (3, 3)
    """

    def __init__(self, function: Callable[[Any], Value]) -> None:
        super().__init__(function)
        self.lock = nullcontext()


def kept(function: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Let a function of frozen data keep its value with them, as if it were an attribute of theirs.

    >>> class Numbers: ...
    >>> @kept
    ... def total(numbers):
    ...     print("computed")
    ...     return 1 + 2
    >>> numbers = Numbers()
    >>> total(numbers), total(numbers)
    computed
    (3, 3)
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def known(data: Any) -> Value:
        try:
            return data.__dict__[name]  # type: ignore[no-any-return]
        except (AttributeError, KeyError):
            value = function(data)
        data.__dict__[name] = value
        return value

    return known
