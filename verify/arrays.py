"""Sequences that the user hands over in files.

Wanted is an array (N, T, n): N sequences of T steps in n coordinates.  What has one clear meaning is taken:

* .npy and .npz with a single array: (N, T, n) as it is, (T,) as one sequence of numbers;
* .csv and .parquet: one sequence, a row a step, a column a coordinate; an empty cell is a missing number.

Anything else is refused in one line that says how to convert it: an array (a, b) may be one sequence or many.
"""

import csv
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from io import StringIO
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Shaped

from verify.console import BadInput

__all__ = ["not_finite", "read_sequences"]

MOST_BYTES = 2**32
"""Of an array in an archive, which cannot be read in part."""
MOST_TEXT = 2**28
"""Bytes of a .csv, which takes some ten times as much while it is read."""
MISSING = {"", "na", "nan"}
NO_NAMES = {"na", "nan", "nat", "none", "null"}
"""What stands for a missing number somewhere, without punctuation: in a first line it is no column's name."""


def read_sequences(path: Path) -> Shaped[np.ndarray, "N T n"]:
    """The sequences in a file; an array of a .npy file is mapped: only its header is read at once.

    Raises
    ------
    BadInput
        If the file cannot be read, is not whole, or is anything but sequences without pickles.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(EINVAL, "not a regular file")
        with path.open("rb") as file:
            archive = file.read(2) == b"PK"
        match path.suffix.lower():
            case ".npz":
                array = _npz(path)
            case ".csv":
                array = _csv(path)
            case ".parquet":
                array = _parquet(path)
            case _:
                array = _npy(path, archive=archive)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from error
    except MemoryError as error:
        raise BadInput(f"{path} does not fit into memory") from error
    return _as_sequences(path, array)


def not_finite(finite: Bool[np.ndarray, "..."]) -> str:
    """How many entries are not finite, and where the first of them is.

    >>> not_finite(np.array([[True, True], [False, True]]))
    '1 entry that is not finite, at [1, 0]'
    """
    places = np.argwhere(~finite)
    first = places[0].tolist()
    return (
        f"1 entry that is not finite, at {first}"
        if len(places) == 1
        else f"{len(places)} entries that are not finite, the first at {first}"
    )


def _as_sequences(path: Path, array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "N T n"]:
    if array.ndim == 3:
        return array
    if array.ndim == 1:
        return array[None, :, None]
    words = f"{path} has shape {array.shape}; (N, T, n) is needed: N sequences of T steps in n coordinates"
    if array.ndim == 2:
        one = f"np.load({str(path)!r})"
        if path.suffix.lower() == ".npz":
            one = f"next(iter({one}.values()))"
        new = path.stem + "3.npy"
        words += (
            f"; if it is one sequence of {array.shape[0]} steps: np.save({new!r}, {one}[None]); if it is"
            f" {array.shape[0]} sequences of single numbers: np.save({new!r}, {one}[..., None])"
        )
    raise BadInput(words)


def _npy(path: Path, *, archive: bool) -> Shaped[np.ndarray, "..."]:
    kind = "an archive, to be named .npz" if archive else "not a .npy file of numbers, or not whole"
    needed = "a .npy or .npz file with a single array, without pickles, or a .csv or .parquet file"
    with warnings.catch_warnings(action="ignore"), _blamed(f"{path} is {kind}; needed is {needed}"):
        array: np.ndarray = np.lib.format.open_memmap(path, mode="r")
    return array


def _npz(path: Path) -> Shaped[np.ndarray, "..."]:
    from zipfile import ZipFile

    blame = f"{path} is not a .npz archive of numbers, or not whole; arrays without pickles are needed"
    with _blamed(blame), ZipFile(path) as archive:
        entries = archive.infolist()
    sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in entries}
    if not any(entry.filename.endswith(".npy") for entry in entries):
        raise BadInput(f"{path} holds no array but {', '.join(sizes) or 'nothing'}; a single one is needed")
    if len(sizes) < len(entries):
        raise BadInput(f"{path} holds several arrays of the same name; a single one is needed")
    with _blamed(blame):
        if len(sizes) == 1 and max(sizes.values()) <= MOST_BYTES:
            with np.load(path, allow_pickle=False) as arrays:
                return np.asarray(*arrays.values())
    if len(sizes) != 1:
        raise BadInput(
            f"{path} holds {', '.join(sizes)}; a single array is needed, as from"
            f" np.save('x.npy', np.load({str(path)!r})[name])"
        )
    raise BadInput(
        f"{path} holds {max(sizes.values()) / 2**30:.3g} GiB; as a .npy file it could be read in part:"
        f" np.save('x.npy', np.load({str(path)!r})[{next(iter(sizes))!r}])"
    )


def _csv(path: Path) -> Float[np.ndarray, "1 T n"]:
    """A row a step; a first line of words is a header, unless one of them looks like data."""
    if path.stat().st_size > MOST_TEXT:
        raise BadInput(f"{path} has more than {MOST_TEXT >> 20} MiB of text; save it as a .npy file")
    with _blamed(f"{path} is not a .csv file in UTF-8; save its text in this encoding"):
        text = path.read_text(encoding="utf-8-sig")
    reader = csv.reader(StringIO(text, newline=""), strict=True, skipinitialspace=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise BadInput(f"{path} is not a .csv file; up to line {reader.line_num}: {error}") from error
    while rows and not rows[-1]:
        rows.pop()
    _refuse_misread(path, rows)
    header = not all(map(_is_number, rows[0])) and not any(map(_is_data, rows[0]))
    lines = rows[header:]
    if not lines:
        raise BadInput(f"{path} has no row of numbers")
    for line, row in enumerate(lines, header + 1):
        if len(row) != len(rows[0]):
            gap = "an empty cell between commas, or nan" if len(rows[0]) > 1 else "nan"
            raise BadInput(
                f"{path}, line {line}: {len(row)} cells where the first line has {len(rows[0])}; a missing"
                f" number is {gap}"
            )
        for column, cell in enumerate(row, 1):
            if not _is_number(cell):
                names = "; in a header every column is named by a word" if line == 1 else ""
                raise BadInput(f"{path}, line {line}, column {column}: {_no_number(path, cell)}{names}")
    return np.array([[[float(cell) if _is_given(cell) else np.nan for cell in row] for row in lines]])


def _refuse_misread(path: Path, rows: list[list[str]]) -> None:
    """What would be read without an error, but not as it was meant."""
    if not rows:
        raise BadInput(f"{path} is empty")
    if not rows[0]:
        raise BadInput(f"{path}: its first line is blank; a missing number is nan")
    first = rows[0]
    unnamed = len(first) > 1 and not first[0].strip()
    if unnamed and (not all(map(_is_number, first)) or first[1:] == _numbered(len(first) - 1)):
        raise BadInput(
            f"{path}: its first column has no name, as the index that pandas writes; write it with"
            " to_csv(..., index=False)"
        )
    if any(_is_several(cell) for row in rows[:2] for cell in row):
        raise BadInput(
            f"{path} is not separated by commas; convert it: pd.read_csv({str(path)!r}, sep=None,"
            " engine='python').to_csv('new.csv', index=False), with decimal=',' for decimal commas"
        )
    others = [row[0] for row in rows[1:] if row]
    if first == _numbered(len(first)) and others and (len(first) > 1 or not any(map(str.isdigit, others))):
        raise BadInput(
            f"{path}: its first line, {','.join(first)}, is a header, as pandas numbers columns, or a row;"
            " name the columns if it is a header, write 0.0 for 0 if it is a row"
        )


def _numbered(columns: int) -> list[str]:
    """The header of columns without names, as pandas writes it."""
    return [str(column) for column in range(columns)]


def _is_given(cell: str) -> bool:
    return cell.strip().lower() not in MISSING


def _is_number(cell: str) -> bool:
    """Whether it is one, or a missing one."""
    try:
        return not _is_given(cell) or ("_" not in cell and isinstance(float(cell), float))
    except ValueError:
        return False


def _is_data(cell: str) -> bool:
    """Whether it is to be a number, well written or not, rather than the name of a column.

    >>> [_is_data(cell) for cell in ("x1", "# time", "1.5 V", "$1.5", "-", "#N/A", "#DIV/0!", "")]
    [False, False, True, True, True, True, True, False]
    """
    if not cell.strip():
        return False
    word = re.sub(r"[\W_]", "", cell).lower()
    begins_with_a_digit = re.match(r"[\W_]*\d", cell)
    error_of_a_spreadsheet = re.fullmatch(r"#[\w/]+[!?]", cell.strip())
    return bool(
        _is_number(cell)
        or not any(map(str.isalpha, word))
        or begins_with_a_digit
        or word in NO_NAMES
        or error_of_a_spreadsheet
    )


def _is_several(cell: str) -> bool:
    """Numbers with something other than a comma between them."""
    return bool(re.search(r"\d\s*[;|\t]|\d\.\d* +[-+.\d]", cell))


def _no_number(path: Path, cell: str) -> str:
    """What is wrong with a cell, and what to do."""
    grouped = re.fullmatch(r"\s*[-+]?\d{1,3}([,' ])\d{3}(\1\d{3})*(\.\d*)?\s*", cell)
    advice = (
        f"convert it: pd.read_csv({str(path)!r}, thousands={grouped[1]!r}).to_csv('new.csv', index=False)"
        if grouped
        else "real numbers are written as 1234.5, missing ones as nan or not at all"
    )
    return f"{cell!r} is no number; {advice}"


def _parquet(path: Path) -> Float[np.ndarray, "1 T n"]:
    import pandas as pd

    try:
        with _blamed(f"{path} is not a .parquet file, or not whole"):
            frame = pd.read_parquet(path)
    except ImportError as error:
        raise BadInput(
            f"{path}: to read .parquet, pip install pyarrow; or convert it where that is installed:"
            f" pd.read_parquet({str(path)!r}).to_csv({path.stem + '.csv'!r}, index=False)"
        ) from error
    for name, kind in frame.dtypes.items():
        if getattr(kind, "kind", "O") not in "biuf":
            raise BadInput(f"{path}: the column {str(name)!r} is of {kind}, not of real numbers")
    array: np.ndarray = frame.to_numpy(dtype=float, na_value=np.nan)[None]
    return array


@contextmanager
def _blamed(words: str) -> Iterator[None]:
    """Inside, all but what the system cannot do is the file's fault: nonsense raises anything."""
    try:
        yield
    except (OSError, MemoryError, ImportError, BadInput):
        raise
    except Exception as error:
        raise BadInput(words) from error
