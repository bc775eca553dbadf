"""What reaches the user: exit statuses, errors of one line, progress, files written whole or not at all."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from verify.statistics import Verdict

__all__ = [
    "DEFAULT_SEED",
    "BadInput",
    "Status",
    "atomic_write",
    "bad_input",
    "drawing",
    "dump_json",
    "error_line",
    "on_terminal",
    "progress",
    "refuse_overwriting",
    "status",
    "text_width",
    "together",
    "unknown",
    "verdict_line",
]


DEFAULT_SEED = 20210120
LABELS = {True: "holds", False: "FAILS", None: "undecided"}


class Status(IntEnum):
    """The exit statuses of every command."""

    HOLDS = 0
    FAILS = 1
    BAD_INPUT = 2
    UNDECIDED = 3
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class BadInput(Exception):  # noqa: N818 - it names whose mistake it is
    """The user's input cannot be used; the message is the one line to show."""


@contextmanager
def bad_input() -> Iterator[None]:
    """Inside, ValueError, OverflowError and MemoryError are the user's to mend, not bugs."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise BadInput(str(error)) from error
    except MemoryError as error:
        raise BadInput("not enough memory for so much; ask for less") from error


def unknown(kind: str, name: str, known: Collection[str]) -> BadInput:
    """The error for a name that is not known: the nearest ones, or all.

    >>> print(unknown("table", "lag-wieghts", ["lag-weights", "finite-width"]))
    unknown table 'lag-wieghts'; did you mean lag-weights?
    """
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"
    return BadInput(f"unknown {kind} {name!r}; {hint}")


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def text_width() -> int:
    """Columns for prose: the terminal's, 100 at most; a fixed 96 elsewhere, where output is to be stable."""
    return min(100, shutil.get_terminal_size().columns) if on_terminal() else 96


def error_line(message: str) -> None:
    """Print one line on stderr, whatever the message; where stderr is closed or full, nothing."""
    if sys.stderr is not None:  # as it is after 2>&-, when print would turn to stdout
        with suppress(OSError):
            print("linear-rnn-ntk: error:", " ".join(message.split()), file=sys.stderr, flush=True)


def dump_json(value: Any) -> str:
    """JSON with stable order and no NaN, which JSON does not know."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


@contextmanager
def atomic_write(path: Path | None, mode: str = "w") -> Iterator[IO[Any] | None]:
    """A file that appears at ``path`` when the block ends well, and not at all otherwise.

    It is opened at once, so that a path that cannot be written is known before the work, and written from
    memory at the end, so that what goes wrong in the block is not blamed on it.  A pipe or a device is
    written directly.  None for no path; ``mode`` is "w" for text or "wb".

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    if path is None:
        yield None
        return
    with _blaming(path):
        special = path.exists() and not path.is_file()
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a directory")
        target = path.resolve()
        file: IO[bytes] = (
            path.open("wb", buffering=0)
            if special
            else NamedTemporaryFile(  # noqa: SIM115 - closed below, before it is moved
                buffering=0, dir=target.parent, prefix=f".{path.name}.", delete=False
            )
        )
    try:
        content = io.BytesIO()
        block = content if "b" in mode else _text(content)
        yield block
        block.flush()
        with _blaming(path):
            file.write(content.getvalue())
            file.close()
            if not special:
                mask = os.umask(0)
                os.umask(mask)
                Path(file.name).chmod(0o666 & ~mask)  # temporary files are private, results are not
                Path(file.name).replace(target)
    finally:
        file.close()
        if not special:
            with suppress(OSError):
                Path(file.name).unlink()


def _text(content: io.BytesIO) -> io.TextIOWrapper:
    """UTF-8; what is none, as in the names of some files, becomes an escape, which JSON knows too."""
    return io.TextIOWrapper(content, encoding="utf-8", errors="backslashreplace", newline="")


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Inside, an OSError is this file's, as is the RuntimeError of links in a circle."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise BadInput(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error


def refuse_overwriting(
    json: Path | None,
    figure: Path | None,
    *,
    given: tuple[Path, ...] = (),
    others: Mapping[str, Path | None] | None = None,
) -> None:
    """BadInput if one result would replace another, or what was given; ``others`` are further options."""
    taken = {os.path.realpath(path): str(path) for path in given}
    for option, path in {"json": json, "figure": figure, **(others or {})}.items():
        if path is None or os.path.realpath(path) == os.devnull:
            continue
        if (real := os.path.realpath(path)) in taken:
            raise BadInput(f"--{option} {path}: the same file as {taken[real]}")
        taken[real] = f"--{option} {path}"


@contextmanager
def drawing(path: Path | None) -> "Iterator[Callable[[Callable[[Figure], None]], None] | None]":
    """What saves a figure, given what draws on it; None for no path.

    The file appears when the block ends well.

    Raises
    ------
    BadInput
        If the file cannot be written, its suffix names no format, or Matplotlib is missing.
    """
    if path is None:
        yield None
        return
    from verify.figures import figure_format, save_figure

    form = figure_format(path)
    with atomic_write(path, "wb") as file:
        assert isinstance(file, io.BytesIO)
        yield lambda draw: save_figure(draw, file, form)


def verdict_line(verdict: "Verdict") -> str:
    """A verdict as one line."""
    return f"{LABELS[verdict.holds]:<9}  {verdict.check:<12}  {verdict.name}: {_measured(verdict)}"


def _measured(verdict: "Verdict") -> str:
    detail = f"  ({verdict.detail})" if verdict.detail else ""
    if verdict.p_value is not None:
        return f"{verdict.statistic:.3g}, p = {verdict.p_value:.2g}{detail}"
    if verdict.threshold == 0 and verdict.detail:
        return verdict.detail  # a count of failures: what failed, or what did not, tells more
    relation = ">" if verdict.holds is False else "<="
    return f"{verdict.statistic:.3g} {relation} {verdict.threshold:.3g}{detail}"


def together(verdicts: "Iterable[Verdict]") -> bool | None:
    """False if a verdict fails, else None (undecided) if one is undecided or there is none, else True."""
    holds = {verdict.holds for verdict in verdicts}
    return False if False in holds else True if holds == {True} else None


def status(holds: bool | None) -> Status:
    """The exit status of what holds, fails or is undecided."""
    return {True: Status.HOLDS, False: Status.FAILS, None: Status.UNDECIDED}[holds]


@contextmanager
def progress(labels: list[str]) -> Iterator[Any]:
    """Yield ``start(label)``: on a terminal it shows on stderr what runs and for how long, else nothing."""
    if sys.stderr is None or not sys.stderr.isatty():  # whatever FORCE_COLOR says
        yield lambda label: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Rich prints above the bar what goes to stdout; but a pipe is to get it itself
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=on_terminal()) as bar:
        task = bar.add_task("", total=len(labels))
        begun = iter(range(len(labels)))

        def start(label: str) -> None:
            bar.update(task, description=label, completed=next(begun))

        yield start
