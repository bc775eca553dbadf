"""Arrays that the user hands over in files."""

import warnings
from errno import EINVAL
from pathlib import Path

import numpy as np

from verify.console import BadInput

__all__ = ["read_npy"]


def read_npy(path: Path) -> np.ndarray:
    """The array of a .npy file, mapped: nothing but its header is read before it is used.

    Raises
    ------
    BadInput
        If the file cannot be read, is not whole, or is anything but a single array without pickles.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(EINVAL, "not a regular file")
        with path.open("rb") as file:
            kind = "an archive" if file.read(2) == b"PK" else "not a .npy file of numbers, or not whole"
        with warnings.catch_warnings(action="ignore"):
            array: np.ndarray = np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # the header is parsed as Python: nonsense raises anything
        raise BadInput(f"{path} is {kind}; a single array is needed, without pickles") from error
    return array
