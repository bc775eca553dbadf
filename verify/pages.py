r"""Help pages that fit the terminal: no word is cut, no line is wider, down to 40 columns.

A paragraph that begins with ``\b`` is a heading and rows, and is laid out again.  A row ``term  meaning``,
two spaces or more between, is part of a list of definitions; any other is a command, which is continued as a
shell continues it.
"""

import re
import shutil
from collections.abc import Sequence
from inspect import cleandoc
from itertools import groupby
from textwrap import fill, indent
from typing import Any

from typer.core import TyperCommand, TyperGroup

__all__ = ["Command", "Group", "definitions", "wrapped"]

NARROWEST, WIDEST = 40, 80
BESIDE = 24
"""A meaning stands beside its term where it has as many columns, else below."""

_Context: Any = TyperGroup.context_class  # Typer's own or Click's, by Typer's version
_Formatter: Any = _Context.formatter_class


def wrapped(text: str, width: int, margin: str = "", first: str | None = None) -> str:
    """A paragraph broken at spaces only; ``margin`` is before every line, but ``first`` before the first.

    >>> print(wrapped("the check finite-width", 16, "  ", ""))
    the check
      finite-width
    """
    first = margin if first is None else first
    options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    return fill(text, max(width, 1), initial_indent=first, subsequent_indent=margin, **options)


def definitions(rows: Sequence[tuple[str, str]], width: int) -> str:
    """Terms and their meanings, beside each other where there is room, else below each other.

    >>> print(definitions([("derived", "every step holds"), ("cited", "a textbook result, named")], 33))
    derived  every step holds
    cited    a textbook result, named
    >>> print(definitions([("derived", "every step holds")], 24))
    derived
        every step holds
    >>> print(definitions([("derived", ""), ("cited", "a textbook result, named")], 33))
    derived
    cited    a textbook result, named
    """
    column = max((len(term) + 2 for term, _ in rows if len(term) + 2 + BESIDE <= width), default=4)
    lines = []
    for term, meaning in rows:
        if len(term) + 2 <= column:
            lines.append(wrapped(meaning, width, " " * column, f"{term:<{column}}") or term.rstrip())
        else:
            # a list of choices may be broken after a bar
            lines.append(wrapped(term.replace("|", "| "), width, "  ", "").replace("| ", "|"))
            lines += [wrapped(meaning, width, " " * column)] if meaning else []
    return "\n".join(lines)


def _command_line(command: str, width: int) -> str:
    r"""A command, continued with a backslash where it is too wide; a file name may have no spaces.

    >>> print(_command_line("linear-rnn-ntk verify convergence --figure f.png", 40))
    linear-rnn-ntk verify convergence \
      --figure f.png
    """
    if len(command) <= width:
        return command
    words = re.sub(r" (-\S+) (?!-)", " \\1\u00a0", command)  # an option and its value stay together
    return wrapped(words, width - 2, "  ", "").replace("\n", " \\\n").replace("\u00a0", " ")


def _block(text: str, width: int) -> str:
    r"""A heading and its rows, of which each may go on in lines that are indented deeper."""
    heading, *lines = text.splitlines()
    rows: list[str] = []
    for line in cleandoc("\n".join(lines)).splitlines():
        if line.startswith(" ") and rows:
            rows[-1] += f" {line.strip()}"
        else:
            rows.append(line)
    parts = [heading]
    for defined, group in groupby(rows, lambda row: "  " in row):
        if defined:
            pairs = [(term, meaning.strip()) for term, _, meaning in (row.partition("  ") for row in group)]
            parts.append(indent(definitions(pairs, width - 2), "  "))
        else:
            parts.extend(indent(_command_line(row, width - 2), "  ") for row in group)
    return "\n".join(parts)


class _WholeWords(_Formatter):  # type: ignore[misc]
    """Lays out a page at the width of the terminal, at words."""

    def __init__(self, **_: Any) -> None:
        width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
        super().__init__(width=width)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.write(wrapped(f"{prefix or 'Usage: '}{prog} {args}", self.width, "  ", "") + "\n")

    def write_text(self, text: str) -> None:
        width = self.width - self.current_indent
        parts = [
            _block(part.removeprefix("\b\n"), width)
            if part.startswith("\b")
            else wrapped(" ".join(part.split("\n")), width)
            for part in re.split(r"\n{2,}", text.strip("\n"))
        ]
        self.write(indent("\n\n".join(parts), " " * self.current_indent) + "\n")

    def write_dl(self, rows: Any, *_: Any, **__: Any) -> None:
        listed = definitions(list(rows), self.width - self.current_indent)
        self.write(indent(listed, " " * self.current_indent) + "\n")


class _PageContext(_Context):  # type: ignore[misc]
    formatter_class = _WholeWords


class Command(TyperCommand):
    """A command whose help page fits."""

    context_class = _PageContext


class Group(TyperGroup):
    """A group of such commands; what each does is told whole."""

    context_class = _PageContext

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with the first sentence of its help."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(10**4)) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
