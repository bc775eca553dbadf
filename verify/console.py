"""What reaches the user: exit statuses, errors of one line, verdicts, files written whole or not at all."""

import errno
import io
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from enum import IntEnum
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from verify.statistics import Verdict

__all__ = [
    "DEFAULT_SEED",
    "BadInput",
    "Force",
    "Status",
    "bad_input",
    "dump_json",
    "error_line",
    "measured",
    "on_terminal",
    "one_of",
    "result_files",
    "say",
    "status",
    "tabulated",
    "text_width",
    "together",
    "unknown",
    "verdict_line",
    "write_json",
]


DEFAULT_SEED = 20210120
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
LABELS = {True: "holds", False: "FAILS", None: "undecided"}
LOUD = re.compile(r"(?P<red>\bFAILS\b|\b\d+ fail\b)|(?P<yellow>(\b\d+ )?\bundecided\b)")
"""What is to stand out, and in which colour."""


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


def one_of(names: Collection[str]) -> Callable[[str], list[str]]:
    """What completes one of these names in a shell.

    >>> one_of(["lag-weights", "lag-kernel", "bias"])("lag")
    ['lag-weights', 'lag-kernel']
    """

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


def unknown(kind: str, name: str, known: Collection[str], lists: str = "") -> BadInput:
    """The error for a name that is not known: the nearest ones, or all; or what command lists them.

    >>> print(unknown("table", "lag-wieghts", ["lag-weights", "finite-width"]))
    unknown table 'lag-wieghts'; did you mean lag-weights?
    >>> print(unknown("statement", "???", ["lag-weights", "bias"], "linear-rnn-ntk derive"))
    unknown statement '???'; linear-rnn-ntk derive lists them
    """
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3) or get_close_matches(name, known, n=1, cutoff=0.4)
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    hints += [f"{lists} lists them"] if lists else []
    return BadInput(f"unknown {kind} {name!r}; {' '.join(hints) or 'choose from ' + ', '.join(known)}")


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def text_width() -> int:
    """Columns for prose: those of COLUMNS or the terminal, 20 to 100; else 96, for output to be stable."""
    return min(max(shutil.get_terminal_size().columns, 20), 100) if _has_width() else 96


def _has_width() -> bool:
    return on_terminal() or "COLUMNS" in os.environ


def tabulated(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns, a line each; where there is a width the last is wrapped at words, to fit it.

    >>> print(tabulated([("lag-weights", "derived", "the weights"), ("stein", "cited", "Stein's lemma")]))
    lag-weights  derived  the weights
    stein        cited    Stein's lemma
    """
    from verify.pages import definitions

    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    heads = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)) for row in rows]
    width = text_width() if _has_width() else sys.maxsize
    return definitions([(head, row[-1]) for head, row in zip(heads, rows, strict=True)], width)


def say(text: str) -> None:
    """Print text; on a terminal with colours FAILS and undecided stand out (https://no-color.org)."""
    coloured = on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    if coloured:
        text = LOUD.sub(lambda found: typer.style(found[0], fg=found.lastgroup, bold=True), text)
    typer.echo(text, color=coloured)


def error_line(message: str) -> None:
    """Print one line on stderr, whatever the message; where stderr is closed or full, nothing."""
    if sys.stderr is not None:  # as it is after 2>&-, when print would turn to stdout
        with suppress(OSError):
            print("linear-rnn-ntk: error:", " ".join(message.split()), file=sys.stderr, flush=True)


def dump_json(value: Any) -> str:
    """JSON with stable order and no NaN, which JSON does not know."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


@contextmanager
def result_files(
    files: Mapping[str, Path | None], *, given: Iterable[Path] = (), force: bool = False
) -> Iterator[dict[str, io.BytesIO]]:
    """Results in memory, by option, that become files together when the block ends well, else not at all.

    ``files`` names the file of each option, or None; ``given`` are files that are read.  What exists is
    replaced only with ``force``.  All this is looked at before the block, so that a file that cannot be
    written is known before the work, and again after it.  If one file cannot be put in its place, those that
    were are as before (unless the process is ended at this very moment).  Pipes and devices are written
    directly.

    Raises
    ------
    BadInput
        If a file exists, cannot be written, or is one of the others.
    """
    named = {option: path for option, path in files.items() if path is not None}
    _refuse_same(named, given)
    with ExitStack() as opened:
        places = {
            option: opened.enter_context(_opened(option, path, force)) for option, path in named.items()
        }
        results = {option: io.BytesIO() for option in named}
        yield results
        for option, (file, _) in places.items():
            with _blaming(named[option]):
                file.write(results[option].getvalue())
                file.close()
        with ExitStack() as undo:
            for option, (file, target) in places.items():
                if target is not None:
                    with _blaming(named[option]):
                        undo.callback(_put(Path(file.name), target, force, opened))
            undo.pop_all()  # all are in place


def _refuse_same(files: Mapping[str, Path], given: Iterable[Path]) -> None:
    """BadInput if one result would replace another, what was given, or what standard output goes to."""
    taken = {os.path.realpath(path): str(path) for path in given}
    for option, path in files.items():
        with _blaming(path):
            real = os.path.realpath(path)
        if real == os.devnull:
            continue
        with suppress(OSError, ValueError):  # one of the two is no file
            if path.is_file() and os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno())):
                raise BadInput(f"{option} {path}: the same file as standard output")
        if real in taken:
            raise BadInput(f"{option} {path}: the same file as {taken[real]}")
        taken[real] = f"{option} {path}"


@contextmanager
def _opened(option: str, path: Path, force: bool) -> Iterator[tuple[IO[bytes], Path | None]]:
    """A device or pipe, and None; or a temporary file beside the one it is to become, and that one's path."""
    with _blaming(path):
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a directory")
        if path.is_file() and not force:
            raise BadInput(f"{option} {path}: the file exists; --force overwrites it")
        target = None if path.exists() and not path.is_file() else path.resolve()
        file: IO[bytes] = (
            path.open("wb")
            if target is None
            else NamedTemporaryFile(dir=target.parent, prefix=".linear-rnn-ntk.", delete=False)  # noqa: SIM115
        )
    try:
        yield file, target
    finally:
        with suppress(OSError):  # of what did not go into it, which was told
            file.close()
        if target is not None:
            with suppress(OSError):
                Path(file.name).unlink()


def _put(new: Path, target: Path, force: bool, opened: ExitStack) -> Callable[[], None]:
    """Move a new file to its place; what is returned undoes it, until ``opened`` is closed."""
    mask = os.umask(0)
    os.umask(mask)
    exists = target.exists()
    new.chmod(stat.S_IMODE(target.stat().st_mode) if exists else 0o666 & ~mask)  # temporary files are private
    if not force:
        try:
            target.hardlink_to(new)  # unlike a move this fails if there is one by now
        except FileExistsError:
            raise
        except OSError:  # a file system without such links
            if exists:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            new.replace(target)
        return partial(target.unlink, missing_ok=True)
    if not exists:
        new.replace(target)
        return partial(target.unlink, missing_ok=True)
    old = new.with_name(f"{new.name}.old")
    opened.callback(old.unlink, missing_ok=True)
    try:
        old.hardlink_to(target)
    except OSError:
        shutil.copy2(target, old)
    new.replace(target)

    def undo() -> None:
        old.replace(target)

    return undo


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Inside, an OSError is this file's, as is the RuntimeError of links in a circle."""
    try:
        yield
    except FileExistsError as error:
        raise BadInput(f"{path}: a file of this name has appeared meanwhile; it is left as it is") from error
    except (OSError, RuntimeError) as error:
        raise BadInput(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error


def write_json(file: io.BytesIO | None, value: Any) -> None:
    """Write JSON, if there is a file for it; what is not Unicode, as in names of files, becomes an escape."""
    if file is not None:
        file.write(f"{dump_json(value)}\n".encode("utf-8", "backslashreplace"))


def verdict_line(verdict: "Verdict") -> str:
    """A verdict as one line."""
    return f"{LABELS[verdict.holds]:<9}  {verdict.check:<12}  {verdict.name}: {measured(verdict)}"


def measured(verdict: "Verdict") -> str:
    """What was measured and what was allowed."""
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
