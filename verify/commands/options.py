"""Options that several commands have in common."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import typer

__all__ = ["drawing", "listed", "named_file"]


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


def drawing(path: Path | None, files: Mapping[str, io.BytesIO]) -> Callable[..., None] | None:
    """What saves a figure as the result ``--figure``, given what draws on it; None for no path.

    Raises
    ------
    BadInput
        If the suffix names no format, or Matplotlib is missing.
    """
    if path is None:
        return None
    from verify.figures import figure_format, save_figure

    return partial(save_figure, file=files["--figure"], form=figure_format(path))
