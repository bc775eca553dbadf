"""What runs, how far it has come and for how long: a line at the foot of the terminal that leaves no trace.

It is shown on stderr.  Whatever is written to stdout or stderr meanwhile goes above it: the line is erased
before and drawn again later.  The cursor waits at the line's beginning.  So erasing from there to the end of
the screen takes all of it, also where a window made narrower has broken it into several rows, of which the
usual progress bars, whose cursor waits at the end, leave all but the last behind.
"""

import io
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from verify.counting import Advance

__all__ = ["Progress", "bar", "progress"]

TICK = 0.1
ERASE = "\r\x1b[J"
UNWRAPPED = "\x1b[?7l{}\x1b[?7h\r"
"""A row that the terminal cuts at its edge, should it have become too narrow for it; then back."""


def bar(label: str, done: int, total: int | None, unit: str, seconds: float, columns: int) -> str:
    """The line: at most ``columns`` characters, cut at its end.

    >>> bar("proofs: run again", 9, 45, "proofs", 62.5, 60)
    '[##........]  9/45 proofs  1:02  proofs: run again'
    >>> bar("proofs: run again", 9, 45, "proofs", 62.5, 42)
    '[##........]  9/45 proofs  1:02  proofs...'
    >>> bar("starting", 0, None, "", 0.0, 60)
    '|  0:00  starting'
    """
    time_ = f"{int(seconds) // 60}:{int(seconds) % 60:02}"
    if total is None:
        head = "|/-\\"[int(seconds / TICK) % 4]
    else:
        filled = 10 * min(done, total) // max(total, 1)
        head = f"[{'#' * filled:.<10}]  {done}/{total} {unit}"
    line = f"{head}  {time_}  {label}"
    return line if len(line) <= columns else line[: max(columns - 3, 0)] + "..."[:columns]


class Progress:
    """The line; without a terminal to show it on, nothing.

    ``start`` names what runs next; ``watch`` is told how much of it there is to do
    (:mod:`verify.counting`).
    """

    def __init__(self, terminal: IO[str] | None) -> None:
        self._terminal = terminal
        self._lock = threading.RLock()
        self._begun = time.monotonic()
        self._label, self._done, self._unit = "", 0, ""
        self._total: int | None = None
        self._shown = ""
        self._free = 0.0  # when the foot of the terminal is; infinity while a row is unfinished

    def start(self, label: str) -> None:
        """What runs from now on; nothing of it is done."""
        self._set(label, 0, None, "")

    def watch(self, total: int, unit: str) -> Advance:
        """How much there is to do; the function returned is told how much more is done."""
        self._set(self._label, 0, total, unit)

        def advance(more: int) -> None:
            with self._lock:
                self._done += more

        return advance

    def stages(self, count: int) -> Callable[[str], None]:
        """For work in so many stages: the function returned is told the label of each when it begins."""
        begun = iter(range(count))
        return lambda label: self._set(label, next(begun), count, "stages")

    def draw(self) -> None:
        """Show how things stand, where the line is in nobody's way."""
        with self._lock:
            now = time.monotonic()
            if self._terminal is None or now < self._free or not _in_foreground(self._terminal):
                return
            columns = _columns(self._terminal) - 1
            line = bar(self._label, self._done, self._total, self._unit, now - self._begun, columns)
            if line != self._shown:
                self._send(ERASE + UNWRAPPED.format(line))
                self._shown = line

    def erase(self) -> None:
        """Leave no trace."""
        with self._lock:
            if self._shown:
                self._send(ERASE)
                self._shown = ""

    def write(self, stream: IO[str], text: str) -> int:
        """Write to a stream, above the line."""
        with self._lock:
            self.erase()
            written = stream.write(text)
            stream.flush()
            # what goes into a pipe may reach the same terminal a little later (``| tee``)
            unfinished = stream.isatty() and text and not text.endswith("\n")
            self._free = math.inf if unfinished else time.monotonic() + TICK
            return written

    def stop(self, number: int, frame: Any) -> None:  # noqa: ARG002
        """Leave no trace when the job is stopped (Ctrl-Z), nor of the key."""
        with self._lock:
            if self._free < math.inf:
                self._send(ERASE)
                self._shown = ""
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # returns when the job goes on
            signal.signal(number, self.stop)

    def _set(self, label: str, done: int, total: int | None, unit: str) -> None:
        with self._lock:
            self._label, self._done, self._total, self._unit = label, done, total, unit
            self.draw()

    def _send(self, text: str) -> None:
        if self._terminal is not None:
            with suppress(OSError, ValueError):  # the terminal is gone: the work goes on
                self._terminal.write(text)
                self._terminal.flush()


class _Above(io.TextIOBase):
    """A stream whose text goes above the line."""

    def __init__(self, stream: IO[str], line: Progress) -> None:
        self._stream, self._line = stream, line

    encoding = property(lambda self: self._stream.encoding)
    errors = property(lambda self: self._stream.errors)

    def write(self, text: str) -> int:
        return self._line.write(self._stream, text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def writable(self) -> bool:
        return True


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress inside, if stderr is a terminal that can; stdout and stderr are then written above it."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Progress(None)
        return
    line, ended = Progress(sys.stderr), threading.Event()

    def tick() -> None:
        while not ended.wait(TICK):
            line.draw()

    stdout, stderr = sys.stdout, sys.stderr
    ticker = threading.Thread(target=tick, name="progress", daemon=True)
    try:
        stopped = signal.signal(signal.SIGTSTP, line.stop)
    except (AttributeError, ValueError):  # no such thing on this system, or not in the main thread
        stopped = None
    try:
        sys.stdout, sys.stderr = (_Above(stream, line) if stream else stream for stream in (stdout, stderr))
        ticker.start()
        yield line
    finally:
        ended.set()
        sys.stdout, sys.stderr = stdout, stderr
        if stopped is not None:
            signal.signal(signal.SIGTSTP, stopped)
        ticker.join()
        line.erase()


def _in_foreground(terminal: IO[str]) -> bool:
    """Whether the terminal is ours: a job in the background is not to draw into what others show there."""
    try:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # no such thing on this system, or not our terminal
        return True


def _columns(terminal: IO[str]) -> int:
    """Of this terminal, whatever COLUMNS says; some do not know."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
