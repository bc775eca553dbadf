"""Modules that are imported when they are first needed, in such a way that a fork does not break them.

A process forked while another thread imports a module inherits that module's lock, held by a thread that it
does not have, and would wait for ever at the same import.  Hence a fork waits until no other thread is in
the middle of an import by :func:`imported`, nor in a module of this package, of ``numeric`` or of the
libraries that they build on: a second or two at most.  It does not wait for computations.

What this cannot do: a fork comes unawares in the first instants of another thread's own ``import``, before
this module is there, and of an import that a library makes on its own, before the first module of it runs.
Import what you need before you start threads, and all of that is past.
"""

import concurrent.futures.thread  # noqa: F401 - as logging
import logging  # noqa: F401 - its hook must be there before a fork waits, and run after the one below
import os
import sys
from functools import cache
from importlib import import_module
from threading import RLock
from typing import Any

__all__ = ["imported"]

_LIBRARIES = {"derivations", "numeric", "flint", "jaxtyping", "mpmath", "numpy", "rich", "scipy", "sympy"}

_importing = RLock()
"""Held through an import, and through a fork.  No module may need it while it is itself being imported."""


@cache
def imported(name: str) -> Any:
    """The module, imported if need be; for use in functions only.

    >>> imported("math").floor(1.5)
    1
    """
    with _importing:
        return import_module(name)


def _finish_imports() -> None:
    _importing.acquire()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _LIBRARIES:
            spec = getattr(module, "__spec__", None)
            if getattr(spec, "_initializing", False):  # as Python's own import asks
                __import__(name)  # waits for another thread's import, but not for one that this thread is in


if hasattr(os, "register_at_fork"):  # not so on Windows
    os.register_at_fork(
        before=_finish_imports, after_in_parent=_importing.release, after_in_child=_importing.release
    )
