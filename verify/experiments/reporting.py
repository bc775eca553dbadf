"""What every experiment reports: claims with verdicts, tables for the eye, numbers for programs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from verify.console import text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from verify.statistics import Verdict

__all__ = ["COLOURS", "STYLES", "Report", "filled", "plot", "table", "tell"]

COLOURS = {"network": "C0", "scaled": "C1", "unscaled": "C2"}
"""Of the three models, the same in all figures."""
STYLES: Mapping[str, Mapping[str, Any]] = {
    "network": {"marker": "o", "linestyle": "-", "linewidth": 3, "alpha": 0.6, "zorder": 2},
    "scaled": {"marker": "s", "linestyle": "--", "linewidth": 1.3, "zorder": 3},
    "unscaled": {"marker": "^", "linestyle": "-.", "linewidth": 1.3, "zorder": 4},
}
"""So that all are seen where they coincide: dashes lie on a broad line, and markers alternate."""
MARKERS = 10
"""On a curve, about."""


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


def plot(
    axes: "Axes", x: Sequence[int], values: Float[np.ndarray, " points"], model: str, **changes: Any
) -> None:
    """A model's curve, in its style, with markers where the other models have none."""
    each = max(len(STYLES), -(-len(values) // MARKERS))
    first = list(STYLES).index(model) * each // len(STYLES)
    style: dict[str, Any] = {"color": COLOURS[model], "markersize": 5, "markerfacecolor": "white"}
    axes.plot(x, values, **(style | {"markevery": (first, each)} | dict(STYLES[model]) | changes))


def tell(figure: "Figure", words: str) -> None:
    """What was run, above the figure, in lines of about one length."""
    lines = math.ceil(len(words) / (14 * figure.get_size_inches()[0]))
    together = words.replace(" = ", "\u00a0=\u00a0")  # no line ends in an equation
    wrapped = fill(together, math.ceil(1.05 * len(words) / lines))
    figure.suptitle(wrapped.replace("\u00a0", " "), fontsize=9)


def table(frame: "pd.DataFrame", title: str) -> str:
    """A table for the terminal, numbers to four significant digits."""
    return f"{title}\n{frame.to_string(index=False, float_format=lambda x: f'{x:.4g}')}"


def filled(words: str) -> str:
    """A paragraph in lines of the terminal's width."""
    return fill(words, text_width())
