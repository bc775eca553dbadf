"""What was measured, as tables and as a figure."""

from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from verify.console import text_width
from verify.experiments.initialisations.judging import distances, verdicts
from verify.experiments.initialisations.measuring import Result, losses
from verify.experiments.reporting import Report, table, tell
from verify.specifications import read_network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw", "report"]

LEARNED = 0.5
"""A delay counts as learned below this loss."""
FLOOR = 1e-3
"""The least weight that the figure shows."""
MARKERS = "osD^vP*X"


def report(result: Result) -> Report:
    """The loss of each delay by network, the weights, and the distance to the theory."""
    settings, learned = result.settings, result.learned
    delays = list(settings.delays)
    specifications = dict(settings.networks)
    smoothed = [name for name, network in specifications.items() if not read_network(network).diagonal]
    found = {name: losses(one.trained, delays)[..., -1] for name, one in learned.items()}
    theory = {name: one.losses[delays] for name, one in learned.items()}
    by_delay = pd.DataFrame({"network": specifications.values()})
    weights = by_delay.copy()
    for place, delay in enumerate(delays):
        by_delay[f"tau = {delay}"] = [
            f"{found[name].mean(axis=0)[place]:.3f} ({theory[name][place]:.3f})" for name in learned
        ]
        weights[f"rho_{delay}"] = [one.weights[delay] for one in learned.values()]
    away = pd.DataFrame(
        {
            "network": specifications.values(),
            "distance": [_typical(distances(one)) for one in learned.values()],
            "predicted": [_typical(one.predicted) for one in learned.values()],
            "distance * sqrt(n)": [
                _typical(distances(one)) * settings.width**0.5 for one in learned.values()
            ],
        }
    )
    return Report(
        [
            _filled(
                "Wanted is f^0(x) + y: the input delayed by tau on top of what the network computes at its"
                " start, as it would first have to unlearn a random response otherwise.  A loss of 1 is that"
                " of learning nothing."
            ),
            table(
                by_delay,
                _filled(
                    f"Loss over all white noise after {settings.steps} steps, each half the largest that is"
                    f" stable for all narrower networks: mean of {settings.repetitions} networks of width"
                    f" {settings.width}, and in brackets that of their theory, of infinite width:"
                ),
            ),
            table(weights, "Lag weights at these delays, the diagonal of lim Theta_ij:"),
            _filled(
                f"Learned, with a loss below {LEARNED:g}: "
                + "; ".join(
                    f"{name}: {_listed(np.array(delays)[row.mean(axis=0) < LEARNED])}"
                    for name, row in found.items()
                )
                + "."
                + "".join(
                    f"  Of the {name} network the kernel is not diagonal: what it learns is smoothed over"
                    " neighbouring lags."
                    for name in smoothed
                )
            ),
            table(
                away,
                _filled(
                    "Distance: root mean square of L - L' over delays, steps and lags, between network and"
                    " theory, relative to what is learned; predicted by pairs of networks of width"
                    f" {settings.narrow}; geometric means:"
                ),
            ),
        ],
        verdicts(result),
        {
            "settings": asdict(settings),
            "networks": [
                {
                    "name": name,
                    "network": specifications[name],
                    "lag_weights": one.weights.tolist(),
                    "theory_loss": one.losses.tolist(),
                    "loss": found[name].tolist(),
                    "distance": distances(one).tolist(),
                    "predicted_distance": one.predicted.tolist(),
                }
                for name, one in learned.items()
            ],
        },
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
        found = losses(one.trained, settings.delays)[..., -1].mean(axis=0)
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


def _words(specification: str) -> str:
    """A bare number is a transition variance."""
    return f"nu_W = {specification}" if "(" not in specification else specification


def _typical(values: Float[np.ndarray, " some"]) -> float:
    """Geometric mean, as the verdict compares logarithms."""
    return float(np.exp(np.log(values).mean()))


def _listed(delays: Int[np.ndarray, " some"]) -> str:
    return ", ".join(map(str, delays)) or "none"


def _filled(words: str) -> str:
    return fill(words, text_width())
