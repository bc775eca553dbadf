"""What reaches the user: exit statuses, errors of one line, progress, files written whole or not at all."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

__all__ = ["BadInput", "Status", "atomic_write", "bad_input", "dump_json", "error_line", "progress"]


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
    """Inside, ValueError and OverflowError are the user's to mend, not bugs."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise BadInput(str(error)) from error


def error_line(message: str) -> None:
    """Print one line on stderr, whatever the message."""
    print("linear-rnn-ntk: error:", " ".join(message.split()), file=sys.stderr)


def dump_json(value: Any) -> str:
    """JSON with stable order and no NaN, which JSON does not know."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


@contextmanager
def atomic_write(path: Path | None) -> Iterator[IO[str] | None]:
    """A file that appears at ``path`` when the block ends well, and not at all otherwise.

    It is opened at once, so that a path that cannot be written is known before the work; a pipe or a
    device is written directly.  None for no path.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    if path is None:
        yield None
        return
    special = path.exists() and not path.is_file()
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a directory")
        target = path.resolve()
        file: IO[str] = (
            path.open("w", encoding="utf-8")
            if special
            else NamedTemporaryFile(  # noqa: SIM115 - closed below, before it is moved
                "w", encoding="utf-8", dir=target.parent, prefix=f".{path.name}.", delete=False
            )
        )
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with file:
            yield file
        if not special:
            mask = os.umask(0)
            os.umask(mask)
            Path(file.name).chmod(0o666 & ~mask)  # temporary files are private, results are not
            Path(file.name).replace(target)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if not special:
            with suppress(OSError):
                Path(file.name).unlink()


@contextmanager
def progress(labels: list[str]) -> Iterator[Any]:
    """Yield ``start(label)``: on a terminal it shows on stderr what runs and for how long, else nothing."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    terminal = console.is_terminal
    # Rich prints above the bar what goes to stdout; but a pipe is to get it itself
    bar = Progress(
        *columns, console=console, transient=True, disable=not terminal, redirect_stdout=sys.stdout.isatty()
    )
    with bar:
        task = bar.add_task("", total=len(labels))
        begun = iter(range(len(labels)))

        def start(label: str) -> None:
            bar.update(task, description=label, completed=next(begun))

        yield start
