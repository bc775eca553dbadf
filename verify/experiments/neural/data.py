"""Sound and firing rate, cut into blocks of time for training, validation and test."""

from functools import cache

import numpy as np
from jaxtyping import Float

from numeric import Task
from verify import recordings

__all__ = ["LAGS", "REACH", "SMOOTHING_MS", "blocks", "signals", "tasks"]

LAGS = 40
SMOOTHING_MS = 2.0
REACH = int(recordings.SMOOTHING_REACH * SMOOTHING_MS)
LONGEST, VALIDATION = 7000, 1000
"""Bins of the longest training window and of the validation block."""


@cache
def signals(recording: int) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " bins"]]:
    """The sound and the firing rate."""
    return (
        recordings.envelope(recording),
        recordings.firing_rate(recording, smoothing_ms=SMOOTHING_MS),
    )


def blocks(bins: int, repeat: int) -> tuple[slice, slice, slice]:
    """The bins whose rates are for training, validation and test.

    >>> blocks(1000, 0)
    (slice(6039, 7039, None), slice(7051, 8051, None), slice(8063, 9994, None))
    >>> blocks(1000, 1)[0], blocks(7000, 1)[0]
    (slice(5039, 6039, None), slice(39, 7039, None))
    """
    end = LAGS - 1 + LONGEST
    training = end - bins * (repeat % (LONGEST // bins))
    validation = end + 2 * REACH
    test = validation + VALIDATION + 2 * REACH
    return (
        slice(training - bins, training),
        slice(validation, validation + VALIDATION),
        slice(test, recordings.DURATION_MS - REACH),
    )


def tasks(recording: int, bins: int, repeat: int) -> tuple[Task, Task, Task]:
    """The three blocks as tasks, standardised by the first."""
    sound, rate = signals(recording)
    parts = blocks(bins, repeat)
    heard, wanted = sound[_with_past(parts[0])], rate[parts[0]]
    x, y = (sound - heard.mean()) / heard.std(), (rate - wanted.mean()) / wanted.std()
    training, validation, test = (
        Task(x[None, _with_past(part), None], y[None, _with_past(part), None], LAGS, LAGS - 1)
        for part in parts
    )
    return training, validation, test


def _with_past(block: slice) -> slice:
    return slice(block.start - LAGS + 1, block.stop)
