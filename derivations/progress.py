"""A sign of life on the terminal, for exact computations that take longer than a reader's patience.

It goes to stderr and vanishes at the end.  Where stderr is no terminal nothing is shown: output that is kept
is the same every time.
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
    if total < least or sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (  # within 80 columns
        TextColumn("{task.completed:,.0f} of about {task.total:,.0f} {task.description}"),
        BarColumn(bar_width=8),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
