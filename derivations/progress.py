"""A sign of life on the terminal, for exact computations that take longer than a reader's patience.

It goes to stderr and vanishes at the end.  Where stderr is no terminal nothing is shown: output that is kept
is the same every time.  Nor where someone has put something else in the place of stderr: a program that shows
its own progress there has the terminal to itself.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["counted"]


@contextmanager
def counted(what: str, total: int, *, least: int) -> Iterator[Callable[[], None]]:
    """Yield ``advance()``, to be called for each of about ``total`` things done; shown from ``least`` on.

    >>> with counted("words", 2, least=100) as advance:
    ...     advance()
    """
    replaced = sys.stderr is not sys.__stderr__
    if total < least or sys.stderr is None or replaced or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.completed:,.0f} of about {task.total:,.0f} {task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("to go; Ctrl-C stops"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
