"""A sign of life on the terminal, for exact computations that take longer than a reader's patience.

It goes to stderr and vanishes at the end.  Where stderr is no terminal nothing is shown: output that is kept
is the same every time.  Nor where someone has put something else in the place of stderr: a program that shows
its own progress there has the terminal to itself.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from derivations.lazily import imported

__all__ = ["counted"]


@contextmanager
def counted(what: str, total: int | None, *, least: int) -> Iterator[Callable[[], None]]:
    """Yield ``advance()``, to be called for each of about ``total`` things done; shown from ``least`` on.

    If nobody knows how many there will be, it is shown as soon as ``least`` are done.

    >>> with counted("words", 2, least=100) as advance:
    ...     advance()
    """
    short, replaced = total is not None and total < least, sys.stderr is not sys.__stderr__
    if short or sys.stderr is None or replaced or not sys.stderr.isatty():
        yield lambda: None
        return
    done, bar = 0, None if total is None else _started(what, total)

    def advance() -> None:
        nonlocal done, bar
        done += 1
        if bar is None and done >= least:
            bar = _started(what, None)
        if bar is not None:
            bar.update(0, completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()


def _started(what: str, total: int | None) -> Any:
    rich, console = imported("rich.progress"), imported("rich.console").Console(stderr=True)
    known = [rich.BarColumn(bar_width=8), rich.TimeElapsedColumn(), rich.TimeRemainingColumn(compact=True)]
    columns = (  # within 80 columns
        [
            rich.TextColumn("{task.completed:,.0f} of about {task.total:,.0f} {task.description}"),
            *known,
            rich.TextColumn("left"),
        ]
        if total is not None
        else [rich.TextColumn("{task.completed:,.0f} {task.description}"), rich.TimeElapsedColumn()]
    )
    bar = rich.Progress(*columns, console=console, transient=True)
    bar.add_task(what, total=total)
    bar.start()
    return bar
