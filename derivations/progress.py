"""A sign of life on the terminal, for exact computations that take longer than a reader's patience.

It goes to stderr and vanishes at the end.  Where stderr is no terminal nothing is shown: output that is kept
is the same every time.  Nor where someone has put something else in the place of stderr: a program that shows
its own progress there has the terminal to itself.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from derivations.lazily import imported

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
    rich, console = imported("rich.progress"), imported("rich.console").Console(stderr=True)
    columns = (  # within 80 columns
        rich.TextColumn("{task.completed:,.0f} of about {task.total:,.0f} {task.description}"),
        rich.BarColumn(bar_width=8),
        rich.TimeElapsedColumn(),
        rich.TimeRemainingColumn(compact=True),
        rich.TextColumn("left"),
    )
    with rich.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
