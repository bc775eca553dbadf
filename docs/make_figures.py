"""Draw the README's pictures of lag weights: python docs/make_figures.py."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from numeric import Variances, lag_weights, limit_kernel, peak_lag
from verify.figures import save_figure
from verify.specifications import read_network

LAGS = 41
TRANSITIONS = ("0.3", "0.5", "0.7", "0.85", "0.95", "1", "1.05")
FLOOR = 1e-4
NETWORKS = {
    "Gaussian, nu_W = 0.5": "0.5",
    "the same, only C trained": "variances(0.5, rates=rates(0, 0, 1))",
    "orthogonal(0.95)": "orthogonal(0.95)",
    "leaky(0.6, 0.1)": "leaky(0.6, 0.1)",
    "diagonal(ring(0.4, 0.99))": "diagonal(ring(0.4, 0.99))",
    "stack(0.5, 0.5)": "stack(0.5, 0.5)",
    "PyTorch's default": "torch",
    "Keras' default": "keras",
    "Flax' default, divided by n": "flax",
}


def draw(path: Path, picture: Callable[[Figure], None]) -> None:
    """Draw a picture and write it."""
    file = BytesIO()
    save_figure(picture, file, "svg")
    path.write_bytes(file.getvalue())


def networks(figure: Figure) -> None:
    """The weights of each kind of network, logarithmically."""
    figure.set_size_inches(9, 4.4)
    axes = figure.add_subplot()
    for index, (label, specification) in enumerate(NETWORKS.items()):
        weights = limit_kernel(read_network(specification), LAGS).diagonal()
        axes.semilogy(np.arange(LAGS), weights, color=f"C{index}", linewidth=1.8, label=label)
    axes.set(xlabel="lag i", ylabel="lag weight rho_i", xlim=(-0.5, LAGS - 0.5), ylim=(FLOOR, None))
    axes.set_title("Lag weights rho_i, the diagonal of lim Theta_ij, by initialisation", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)


def curves(figure: Figure) -> None:
    """rho_i for several nu_W, logarithmically, with the peak lags marked."""
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


PICTURES = {"lag-weights.svg": curves, "networks.svg": networks}

if __name__ == "__main__":
    for name, picture in PICTURES.items():
        draw(Path(__file__).with_name(name), picture)
