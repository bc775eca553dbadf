"""Real sequences: a grasshopper's auditory receptor and what it heard, as the nitime package ships them.

There are two recordings, each of 10 s without a pause and in two files: the envelope of the sound at 20 kHz,
in two columns (microseconds, amplitude), and the times of the spikes, in microseconds on the same clock.
(The header of the spikes names stimuli of 1000 ms with pauses.  The data have none: the sound does not
repeat, and the spikes follow it by the same 6 or 7 ms in each of the ten seconds.)  They are read as data:
nitime is located, not imported, so none of its dependencies is needed.
"""

from importlib.resources import files
from importlib.util import find_spec, module_from_spec

import numpy as np
from jaxtyping import Float

__all__ = ["RECORDINGS", "SMOOTHING_REACH", "envelope", "firing_rate", "sequences", "spike_times"]

RECORDINGS = (1, 2)
SAMPLES_PER_MS = 20
DURATION_MS = 10_000
SMOOTHING_REACH = 3
"""Where the Gaussian that smooths the firing rate is cut off, in standard deviations."""


def envelope(recording: int = 1, *, bin_ms: int = 1) -> Float[np.ndarray, " bins"]:
    """The envelope of a recording (1 or 2), averaged over bins of ``bin_ms`` milliseconds.

    Raises
    ------
    ValueError
        For an unknown recording or a bin that is not between 1 ms and the recording's 10 s.
    ModuleNotFoundError
        If nitime is not installed; the message says how to install it.
    """
    amplitude = _column("stimulus", recording, 1)
    size = bin_ms * SAMPLES_PER_MS
    if not 1 <= size <= amplitude.size:
        raise ValueError(f"bin_ms: must be between 1 and {amplitude.size // SAMPLES_PER_MS}, got {bin_ms}")
    bins = amplitude.size // size
    binned: np.ndarray = amplitude[: bins * size].reshape(bins, size).mean(axis=1)
    return binned


def spike_times(recording: int = 1) -> Float[np.ndarray, " spikes"]:
    """When the receptor of a recording (1 or 2) fired, in milliseconds from its start, increasing.

    Raises
    ------
    ValueError, ModuleNotFoundError
        As :func:`envelope`.
    """
    return _column("spike_times", recording, 0) / 1000


def firing_rate(
    recording: int = 1, *, bin_ms: int = 1, smoothing_ms: int | float = 2.0
) -> Float[np.ndarray, " bins"]:
    """Spikes per second in the bins of :func:`envelope`, smoothed by a Gaussian.

    The Gaussian has the standard deviation ``smoothing_ms``, 0 for none, and is cut off beyond three of them:
    so far a spike reaches into earlier and later bins.  At the two ends of the recording the rate is too low,
    as no spike comes from beyond them.

    Raises
    ------
    ValueError
        For an unknown recording, a bin that is not between 1 ms and the recording's 10 s, or a smoothing
        that is negative or reaches over more than the recording.
    ModuleNotFoundError
        As :func:`envelope`.
    """
    if not 1 <= bin_ms <= DURATION_MS:
        raise ValueError(f"bin_ms: must be between 1 and {DURATION_MS}, got {bin_ms}")
    bins = DURATION_MS // bin_ms
    if smoothing_ms and not 0 < smoothing_ms <= (bins - 1) * bin_ms / (2 * SMOOTHING_REACH):
        raise ValueError(f"smoothing_ms: must be >= 0 and reach over less than 10 s, got {smoothing_ms}")
    spikes = (spike_times(recording) // bin_ms).astype(int)
    counts = np.bincount(spikes, minlength=bins)[:bins]
    reach = int(SMOOTHING_REACH * smoothing_ms / bin_ms)
    distances = np.arange(-reach, reach + 1) * (bin_ms / smoothing_ms if smoothing_ms else 0.0)
    kernel = np.exp(-(distances**2) / 2)
    return np.convolve(counts, kernel / kernel.sum(), mode="same") * (1000 / bin_ms)


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


def _column(kind: str, recording: int, column: int) -> Float[np.ndarray, " rows"]:
    if recording not in RECORDINGS:
        raise ValueError(f"recording: must be one of {RECORDINGS}, got {recording!r}")
    spec = find_spec("nitime")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(
            "the recordings come with the package nitime: pip install nitime, or in a checkout"
            " pip install '.[real-data]'"
        )
    path = files(module_from_spec(spec)) / "data" / f"grasshopper_{kind}{recording}.txt"
    try:
        with path.open(encoding="ascii") as lines:
            values: np.ndarray = np.loadtxt(lines, usecols=column)
    except (OSError, ValueError) as error:
        raise ModuleNotFoundError(f"the package nitime is installed without its recording {path}") from error
    return values
