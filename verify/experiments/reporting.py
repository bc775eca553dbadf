"""What every experiment reports: claims with verdicts, tables for the eye, numbers for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from numeric import Task

if TYPE_CHECKING:
    import pandas as pd

    from verify.statistics import Verdict

__all__ = ["COLOURS", "LEVEL", "Report", "noisy", "relative_errors", "table"]

LEVEL = 1e-6
"""The probability of a false alarm, of each verdict of an experiment that chance has a part in."""
COLOURS = {"network": "C0", "scaled": "C1", "unscaled": "C2"}
"""Of the three models, the same in all figures."""


@dataclass(frozen=True)
class Report:
    """What an experiment has to say.

    Attributes
    ----------
    text
        Tables and sentences, a paragraph each.
    verdicts
        Its claims; none where the data are only described.
    numbers
        The same for programs: JSON with stable keys.
    """

    text: Sequence[str]
    verdicts: "Sequence[Verdict]"
    numbers: Mapping[str, Any]


def relative_errors(
    task: Task, responses: Float[np.ndarray, "*batch lags n_y n_x"]
) -> Float[np.ndarray, "*batch"]:
    """The squared error of the outputs, relative to that of predicting 0."""
    silence = task.loss(np.zeros(task.response_shape))
    return np.asarray(task.loss(responses)) / silence


def noisy(
    outputs: Float[np.ndarray, "..."], decibel: float, rng: np.random.Generator
) -> Float[np.ndarray, "..."]:
    """The outputs with white noise so many decibels below them in power."""
    noise = rng.standard_normal(outputs.shape)
    return outputs + float(outputs.std()) * 10 ** (-decibel / 20) * noise


def table(frame: "pd.DataFrame", title: str) -> str:
    """A table for the terminal, numbers to four significant digits."""
    return f"{title}\n{frame.to_string(index=False, float_format=lambda x: f'{x:.4g}')}"
