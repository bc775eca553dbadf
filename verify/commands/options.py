"""Options that several commands have in common."""

from pathlib import Path

import typer

__all__ = ["listed", "named_file"]


def listed(values: str) -> list[str]:
    """What is separated by commas.

    >>> listed("0.5, 0.9")
    ['0.5', '0.9']
    """
    return [value.strip() for value in values.split(",")]


def named_file(name: str) -> Path:
    """The path that an option gives; an empty one would be the directory."""
    if not name:
        raise typer.BadParameter("the name of the file is empty")
    return Path(name)
