"""What was measured, as tables and as a figure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from verify.experiments.initialisations.judging import (
    LEARNED,
    distances,
    final_losses,
    learned_delays,
    verdicts,
)
from verify.experiments.initialisations.measuring import Result
from verify.experiments.reporting import Report, filled, table, tell
from verify.specifications import read_network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw", "report"]

FLOOR = 1e-3
"""The least weight that the figure shows."""
MARKERS = "osD^vP*X"


def report(result: Result) -> Report:
    """The loss of each delay by network, the weights, and the distance to the theory."""
    settings = result.settings
    return Report(
        [
            filled(
                "Wanted is f^0(x) + y: the input delayed by tau on top of what the network computes at its"
                " start, as it would first have to unlearn a random response otherwise.  A loss of 1 is that"
                " of learning nothing."
            ),
            table(
                _losses(result),
                filled(
                    f"Loss over all white noise after {settings.steps} steps, each half the largest that is"
                    f" stable for all narrower networks: mean of {settings.repetitions} networks of width"
                    f" {settings.width}, and in brackets that of their theory, of infinite width:"
                ),
            ),
            table(_weights(result), "Lag weights at these delays, the diagonal of lim Theta_ij:"),
            filled(_about_the_networks(result)),
            table(
                _distances(result),
                filled(
                    "Distance: root mean square of L - L' over delays, steps and lags, between network and"
                    " theory, relative to what is learned; predicted by pairs of networks of width"
                    f" {settings.narrow}; geometric means:"
                ),
            ),
        ],
        verdicts(result),
        _numbers(result),
    )


def draw(result: Result, figure: "Figure") -> None:
    """The lag weights of each network, and the loss it reaches against the delay."""
    settings = result.settings
    figure.set_size_inches(10.5, 4.7)
    left, right = figure.subplots(1, 2)
    every, delays = np.arange(settings.lags), np.array(settings.delays)
    for index, (name, specification) in enumerate(settings.networks):
        one = result.learned[name]
        colour, marker = f"C{index}", MARKERS[index % len(MARKERS)]
        left.plot(every, one.weights, color=colour, linewidth=1.8, label=f"{name}: {_words(specification)}")
        right.plot(every, one.losses, "--", color=colour, linewidth=1.2)
        found = final_losses(settings, one).mean(axis=0)
        right.plot(delays, found, marker, color=colour, markersize=6, markerfacecolor="white", label=name)
    right.plot([], [], "--", color="0.3", linewidth=1.2, label="theory, infinite width")
    left.set(xlabel="lag i", ylabel="lag weight rho_i", yscale="log", ylim=(FLOOR, None))
    left.set_title("What each initialisation weighs", fontsize=10)
    right.set(xlabel="delay tau", ylabel="loss, relative", ylim=(0, None))
    right.set_title(f"What it learns: width {settings.width}, {settings.steps} steps", fontsize=10)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(visible=True, color="0.93")
        axes.legend(frameon=False, fontsize=8)
    tell(
        figure,
        f"experiment initialisations, seed {result.seed}: {settings.sequences} sequences of white noise,"
        f" T = {settings.T}, {settings.lags} lags, nu_F = nu_C = 1, {settings.repetitions} networks each",
    )


def _losses(result: Result) -> pd.DataFrame:
    settings = result.settings
    delays = list(settings.delays)
    cells = [
        [f"{found:.3f} ({theory:.3f})" for found, theory in zip(row, one.losses[delays], strict=True)]
        for one in result.learned.values()
        for row in [final_losses(settings, one).mean(axis=0)]
    ]
    return _by_network(result, [f"tau = {delay}" for delay in delays], cells)


def _weights(result: Result) -> pd.DataFrame:
    delays = list(result.settings.delays)
    cells = [one.weights[delays] for one in result.learned.values()]
    return _by_network(result, [f"rho_{delay}" for delay in delays], cells)


def _distances(result: Result) -> pd.DataFrame:
    cells = [
        [found, _typical(one.predicted), found * result.settings.width**0.5]
        for one in result.learned.values()
        for found in [_typical(distances(one))]
    ]
    return _by_network(result, ["distance", "predicted", "distance * sqrt(n)"], cells)


def _by_network(result: Result, columns: Sequence[str], rows: Sequence[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "network", [specification for _, specification in result.settings.networks])
    return frame


def _about_the_networks(result: Result) -> str:
    known = [f"{name}: {_listed(learned_delays(result, name))}" for name in result.learned]
    return f"Learned, with a loss below {LEARNED:g}: {'; '.join(known)}." + "".join(
        f"  Of the {name} network the kernel is not diagonal: what it learns is smoothed over neighbouring"
        " lags."
        for name, specification in result.settings.networks
        if not read_network(specification).diagonal
    )


def _numbers(result: Result) -> dict[str, Any]:
    specifications = dict(result.settings.networks)
    return {
        "settings": asdict(result.settings),
        "networks": [
            {
                "name": name,
                "network": specifications[name],
                "lag_weights": one.weights.tolist(),
                "theory_loss": one.losses.tolist(),
                "loss": final_losses(result.settings, one).tolist(),
                "distance": distances(one).tolist(),
                "predicted_distance": one.predicted.tolist(),
            }
            for name, one in result.learned.items()
        ],
    }


def _words(specification: str) -> str:
    """A bare number is a transition variance."""
    return f"nu_W = {specification}" if "(" not in specification else specification


def _typical(values: Float[np.ndarray, " some"]) -> float:
    """Geometric mean, as the verdict compares logarithms."""
    return float(np.exp(np.log(values).mean()))


def _listed(delays: Int[np.ndarray, " some"]) -> str:
    return ", ".join(map(str, delays)) or "none"
