"""What was measured, as a figure."""

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.experiments.neural.data import LAGS
from verify.experiments.neural.measuring import Result
from verify.experiments.reporting import COLOURS, plot, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw"]

SIZES = {"network": 8.0, "scaled": 5.0, "unscaled": 6.0}
"""Of markers, open ones: all are at the same few amounts of data, and so do not hide one another."""
FURTHER: dict[str, dict[str, Any]] = {
    "capped": {"color": COLOURS["scaled"], "linestyle": ":", "marker": "x", "markersize": 6},
    "unscaled, 0": {"color": COLOURS["unscaled"], "linestyle": ":", "marker": "+", "markersize": 7},
}


def draw(result: Result, figure: "Figure") -> None:
    """R^2 against the training bins, a panel for each recording and nu_W; bands show the repetitions' range.

    What is worse than R^2 = -0.1 is cut off.
    """
    from matplotlib.patches import Patch

    settings = result.settings
    size = len(settings.recordings), len(settings.transitions)
    figure.set_size_inches(1.3 + 2.3 * max(size[1], 2), 1.2 + 2.4 * size[0])
    panels = figure.subplots(*size, sharex=True, sharey="row", squeeze=False)
    for row, recording in zip(panels, settings.recordings, strict=True):
        ranges = [
            _draw_panel(axes, result, recording, transition)
            for axes, transition in zip(row, settings.transitions, strict=True)
        ]
        lowest, highest = min(low for low, _ in ranges), max(high for _, high in ranges)
        row[0].set_ylim(max(lowest, -0.1) - 0.02, 1.1 * highest)
        row[0].set_ylabel("R² on the test block", fontsize=9)
    for axes in panels[-1]:
        axes.set_xlabel("training data (ms)", fontsize=9)
    handles: list[Any] = panels[0, 0].get_legend_handles_labels()[0]
    bands = Patch(color="0.88", linewidth=0, label="bands: range over students and windows")
    figure.legend(handles=[*handles, bands], loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    tell(
        figure,
        f"experiment neural, seed {result.seed}: recordings {', '.join(map(str, settings.recordings))} of a"
        f" grasshopper's auditory receptor, {LAGS} lags of 1 ms, nu_F = nu_C = 1,"
        f" {settings.repeats} students a point",
    )


def _draw_panel(axes: "Axes", result: Result, recording: int, transition: str) -> tuple[float, float]:
    """The least and the greatest R^2 that are drawn, 0 among them."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    bins = result.settings.bins
    names = {
        "network": f"network, width {result.settings.width}",
        "capped": "scaled, steps as the network",
        "scaled": "scaled convolution",
        "unscaled": "unscaled convolution",
        "unscaled, 0": "unscaled convolution from 0",
    }
    lowest = highest = 0.0
    for model, name in names.items():
        cells = [result.select(recording=recording, bins=each, transition=transition) for each in bins]
        values = np.array([[cell.r_squared(model) for cell in some] for some in cells])
        means, low, high = values.mean(axis=1), values.min(axis=1), values.max(axis=1)
        lowest, highest = min(lowest, float(low.min())), max(highest, float(high.max()))
        if model in COLOURS:
            open_one = {"markersize": SIZES[model], "markerfacecolor": "none", "markevery": 1}
            plot(axes, bins, means, model, label=name, **open_one)
            axes.fill_between(bins, low, high, color=COLOURS[model], alpha=0.12, linewidth=0)
        else:
            axes.plot(bins, means, linewidth=1.2, label=name, **FURTHER[model])
    axes.axhline(0, color="0.7", linewidth=0.7, zorder=0)
    axes.set_xscale("log")
    axes.set_title(f"recording {recording}, nu_W = {transition}", fontsize=9)
    axes.xaxis.set_major_locator(FixedLocator(bins))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{each:g}" for each in bins]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=8)
    axes.tick_params(axis="x", rotation=60 if len(bins) > 4 else 0)
    return lowest, highest
