"""Real sequences: the sound envelopes that the nitime package ships.

Each of the two files holds the envelope of the sound played to a grasshopper's auditory receptor, 10 s
at 20 kHz, in two columns (microseconds, amplitude).  They are read as data: nitime is located, not
imported, so none of its dependencies is needed.
"""

from importlib.resources import files
from importlib.util import find_spec, module_from_spec

import numpy as np
from jaxtyping import Float

__all__ = ["RECORDINGS", "envelope", "sequences"]

RECORDINGS = (1, 2)
SAMPLES_PER_MS = 20


def envelope(recording: int = 1, *, bin_ms: int = 1) -> Float[np.ndarray, " bins"]:
    """The envelope of a recording (1 or 2), averaged over bins of ``bin_ms`` milliseconds.

    Raises
    ------
    ValueError
        For an unknown recording or a bin that is not between 1 ms and the recording's 10 s.
    ModuleNotFoundError
        If nitime is not installed; the message names the extra that installs it.
    """
    if recording not in RECORDINGS:
        raise ValueError(f"recording: must be one of {RECORDINGS}, got {recording!r}")
    spec = find_spec("nitime")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(
            "the recordings come with the package nitime: pip install 'linear-rnn-ntk[real-data]'"
        )
    path = files(module_from_spec(spec)) / "data" / f"grasshopper_stimulus{recording}.txt"
    with path.open(encoding="ascii") as lines:
        amplitude = np.loadtxt(lines, usecols=1)
    size = bin_ms * SAMPLES_PER_MS
    if not 1 <= size <= amplitude.size:
        raise ValueError(f"bin_ms: must be between 1 and {amplitude.size // SAMPLES_PER_MS}, got {bin_ms}")
    bins = amplitude.size // size
    binned: np.ndarray = amplitude[: bins * size].reshape(bins, size).mean(axis=1)
    return binned


def sequences(
    length: int, *, recording: int = 1, bin_ms: int = 1, count: int | None = None
) -> Float[np.ndarray, "N T 1"]:
    """Cut a recording into consecutive sequences of ``length`` bins.

    The whole envelope is standardised first (mean 0, variance 1), so that the sequences keep their own
    loudness; a rest shorter than ``length`` is dropped.  ``count`` keeps the first few.

    Raises ValueError for a length or a count that the recording cannot give.
    """
    signal = envelope(recording, bin_ms=bin_ms)
    available = signal.size // length if length >= 1 else 0
    if available == 0:
        raise ValueError(f"length: must be between 1 and {signal.size}, got {length}")
    if count is None:
        count = available
    if not 1 <= count <= available:
        raise ValueError(f"count: must be between 1 and {available}, got {count}")
    standardised: np.ndarray = (signal - signal.mean()) / signal.std()
    return standardised[: count * length].reshape(count, length, 1)
