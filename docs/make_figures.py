"""Draw the README's picture: python docs/make_figures.py."""

from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from numeric import Variances, lag_weights, peak_lag
from verify.figures import save_figure

LAGS = 41
TRANSITIONS = ("0.3", "0.5", "0.7", "0.85", "0.95", "1", "1.05")
FLOOR = 1e-4
PICTURE = Path(__file__).with_name("lag-weights.svg")


def draw(path: Path) -> None:
    """Draw rho_i for several nu_W, with the peak lags marked."""
    file = BytesIO()
    save_figure(curves, file, "svg")
    path.write_bytes(file.getvalue())


def curves(figure: Figure) -> None:
    """The weights, logarithmically."""
    figure.set_size_inches(8, 4.2)
    axes = figure.add_subplot()
    colours = colormaps["viridis"](np.linspace(0, 0.8, len(TRANSITIONS)))
    for transition, colour in zip(TRANSITIONS, colours, strict=True):
        variances = Variances(transition)
        weights = lag_weights(variances, LAGS)
        axes.semilogy(np.arange(LAGS), weights, color=colour, linewidth=1.8)
        if variances.transition < 1:
            peak = peak_lag(variances)
            axes.plot(peak, weights[peak], "o", color=colour, markersize=6, markerfacecolor="white")
        axes.annotate(
            f"nu_W = {transition}",
            _end(weights),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    axes.set(
        xlabel="lag i",
        ylabel="lag weight rho_i",
        xlim=(-0.5, LAGS + 5),
        ylim=(FLOOR, None),
    )
    axes.set_title("Lag weights rho_i for nu_F = nu_C = 1; dots: peak lag", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def _end(weights: np.ndarray) -> tuple[float, float]:
    """Where a curve leaves the picture: at the last lag, or a little above the floor."""
    last = len(weights) - 1
    if weights[last] > 2 * FLOOR:
        return last, weights[last]
    lag = np.interp(
        -np.log(2 * FLOOR), -np.log(weights[weights.argmax() :]), np.arange(weights.argmax(), LAGS)
    )
    return float(lag), 2 * FLOOR


if __name__ == "__main__":
    draw(PICTURE)
