"""What was measured, as tables and as a figure."""

from dataclasses import asdict
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Bool

from verify.experiments.memory.judging import (
    LEARNED,
    best_transitions,
    better_than_unscaled,
    error_factors,
    factor,
    learned,
    permitted,
    verdicts,
)
from verify.experiments.memory.measuring import FINE, Result, finer, with_transition
from verify.experiments.reporting import COLOURS, Report, filled, table, tell
from verify.tables import memory_measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw", "report"]

FORGOTTEN = 20
"""One part in so many of the weights' total is left beyond the memory length."""
MARKERS = "osD^v"
"""Of as many nu_W in the figure on the left."""


def report(result: Result) -> Report:
    """What each nu_W learns, the best nu_W for each delay, and whether they are as predicted."""
    settings = result.settings
    tried = ", ".join(map(str, settings.delays))
    return Report(
        [
            filled(
                "Wanted is f^0(x) + y: the delayed input y on top of what the student computes at its start,"
                " as it would first have to unlearn a random response otherwise.  A test error of 1 is that"
                " of learning nothing."
            ),
            table(
                _by_transition(result),
                filled(
                    f"Delays by nu_W, width {settings.width}; tried were {tried}, and a"
                    f" range means those of them that lie in it.  Memory: the lag beyond which 1/{FORGOTTEN}"
                    f" of the weights' total is left.  Learned: a test error below {LEARNED:g}.  Bounds"
                    f" permit: the two bounds on what the scaled convolution learns at a lag in"
                    f" {settings.epochs} steps allow such an error:"
                ),
            ),
            filled(
                "For nu_W >= 1 the weights never fall: no peak, no finite memory, and the most distant inputs"
                f" of the {settings.T} in the window are remembered best."
            ),
            table(
                _by_delay(result),
                filled(
                    "The best nu_W of those tried for each delay, chosen on the test error; the unscaled"
                    " convolution has nothing to choose.  Predicted: the best of them for the scaled"
                    f" convolution.  Test errors are means, the network's over {settings.repetitions} data"
                    f" sets, the convolutions' over {settings.datasets}; the scaled one's is the least over"
                    f" nu_W on a grid {FINE} times as fine:"
                ),
            ),
            filled(_about_the_network(result)),
            filled(_about_the_bias(result)),
        ],
        verdicts(result),
        _numbers(result),
    )


def draw(result: Result, figure: "Figure") -> None:
    """Test error against delay by nu_W, and the best nu_W against the delay beside peak lag and memory."""
    settings = result.settings
    left, right = figure.subplots(1, 2)
    figure.set_size_inches(10.5, 4.7)
    _draw_errors(result, left)
    _draw_best(result, right)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8)
    tell(
        figure,
        f"experiment memory, seed {result.seed}: {settings.sequences} sequences, T = {settings.T},"
        f" n_x = {settings.n_x}, nu_W = {min(settings.transitions):g} to {max(settings.transitions):g},"
        f" nu_F = nu_C = 1, {settings.repetitions} data sets for the networks,"
        f" {settings.datasets} for the convolutions",
    )


def _by_transition(result: Result) -> pd.DataFrame:
    delays, theory = np.array(result.settings.delays), list(map(_theory, result.settings.transitions))
    return pd.DataFrame(
        {
            "nu_W": result.settings.transitions,
            "peak lag": [_or_none(memory["peak_lag"]) for memory in theory],
            "mean lag": [_or_none(memory["mean_lag"]) for memory in theory],
            "memory": [_or_none(memory["memory_length"]) for memory in theory],
            "bounds permit": [_span(delays, row) for row in permitted(result)],
            "learned": [_span(delays, row) for row in learned(result)],
            "better than unscaled": [_span(delays, row) for row in better_than_unscaled(result)],
        }
    )


def _by_delay(result: Result) -> pd.DataFrame:
    delays, best = np.array(result.settings.delays), best_transitions(result)
    theory = list(map(_theory, best.network))
    return pd.DataFrame(
        {
            "delay": delays,
            "best nu_W": best.network,
            "predicted": best.predicted,
            "peak lag": [_or_none(memory["peak_lag"]) for memory in theory],
            "memory": [_or_none(memory["memory_length"]) for memory in theory],
            "network": result.network.mean(axis=0).min(axis=0),
            "scaled": result.scaled[:, delays].min(axis=0),
            "unscaled": result.unscaled[delays],
        }
    )


def _about_the_network(result: Result) -> str:
    greatest, median = error_factors(result)
    network, scaled = result.network.mean(axis=0), result.scaled[:, list(result.settings.delays)]
    return (
        f"On the same data and with the network's best nu_W, the test errors of the network of width"
        f" {result.settings.width} and of the scaled convolution differ by a factor of {median:.3g} in the"
        f" median over the delays and of {greatest:.3g} at most; in the table, where the data sets"
        f" differ too, of {factor(network.min(axis=0), scaled.min(axis=0)).max():.3g} at most."
    )


def _about_the_bias(result: Result) -> str:
    delays, better = np.array(result.settings.delays), better_than_unscaled(result)
    at_best: np.ndarray = better.max(axis=0)
    return (
        "The network does better than the unscaled convolution at these delays, and worse at the"
        f" others: with the best nu_W for each: {_span(delays, at_best)}; "
        + "; ".join(
            f"with nu_W = {result.settings.transitions[end]:g}: {_span(delays, better[end])}"
            for end in (0, -1)
        )
        + ".  A bias helps where it is right and hurts elsewhere."
    )


def _numbers(result: Result) -> dict[str, Any]:
    settings, best = result.settings, best_transitions(result)
    greatest, median = error_factors(result)
    return {
        "settings": asdict(settings),
        "variances": {"input": "1", "output": "1"},
        "forgotten_share": 1 / FORGOTTEN,
        "theory": [{"transition": nu, **_theory(nu)} for nu in settings.transitions],
        "network_error": result.network.tolist(),
        "scaled_error_beside_network": result.beside.tolist(),
        "error_factor": {"greatest": greatest, "median": median},
        "scaled_error": {"transitions": finer(settings).tolist(), "errors": result.scaled.tolist()},
        "unscaled_error": result.unscaled.tolist(),
        "distance_squared": result.distance.tolist(),
        "predicted_distance_squared": result.predicted.tolist(),
        "share_of_bound": (result.response / result.limit).max(axis=-1).tolist(),
        "best_transition": {
            "delays": list(settings.delays),
            "network": best.network.tolist(),
            "predicted": best.predicted.tolist(),
            "predicted_fine": best.curve.tolist(),
        },
    }


def _draw_errors(result: Result, axes: "Axes") -> None:
    from matplotlib import colormaps

    settings = result.settings
    every = np.arange(settings.T)
    chosen = np.unique(np.linspace(0, len(settings.transitions) - 1, len(MARKERS)).round().astype(int))
    for place, marker, index in zip(np.linspace(0, 0.85, len(chosen)), MARKERS, chosen, strict=False):
        colour = colormaps["viridis"](place)
        broad: dict[str, Any] = {"linewidth": 3, "alpha": 0.6, "marker": marker, "markersize": 6}
        label = f"networks, nu_W = {settings.transitions[index]:g}"
        errors = result.network[:, index].mean(axis=0)
        axes.plot(settings.delays, errors, "-", color=colour, label=label, **broad)
        axes.plot(every, result.scaled[index * FINE], "--", color=colour, linewidth=1.2, zorder=3)
    axes.plot([], [], "--", color="0.3", linewidth=1.2, label="scaled convolution, same nu_W")
    axes.plot(every, result.unscaled, "-.", color="0.3", label="unscaled convolution")
    axes.set(xlabel="delay tau", ylabel="relative test error", yscale="log")
    axes.set_title(f"Networks of width {settings.width}, {settings.epochs} epochs", fontsize=10)


def _draw_best(result: Result, axes: "Axes") -> None:
    settings, best, fine = result.settings, best_transitions(result), finer(result.settings)
    delays, networks = np.array(settings.delays), best.network
    decaying = np.arange(2, 400) / 400
    theory = list(map(_theory, decaying))
    peak, memory = (np.array([one[name] for one in theory]) for name in ("peak_lag", "memory_length"))
    grey: dict[str, Any] = {"color": "0.55", "linewidth": 1}
    axes.axhline(1, color="0.55", linewidth=0.6, linestyle=":")
    axes.plot(np.arange(settings.T), best.curve, "--", color=COLOURS["scaled"], label="scaled convolution")
    inside = (networks > fine[0]) & (networks < fine[-1])
    of_network: dict[str, Any] = {"color": COLOURS["network"], "label": "networks"}
    at_edge = of_network | {"markerfacecolor": "white", "label": "networks, at the edge of the grid"}
    axes.plot(delays[inside], networks[inside], "o", **of_network)
    axes.plot(delays[~inside], networks[~inside], "o", **at_edge)
    axes.plot(peak, decaying, **grey, label="peak lag of nu_W")
    axes.plot(memory, decaying, **grey, linestyle="--", label="memory length of nu_W")
    between: dict[str, Any] = {"color": "0.94", "label": "between peak lag and memory length"}
    axes.fill_betweenx(decaying, peak, memory, linewidth=0, zorder=0, **between)
    axes.set(xlabel="delay tau, or lag", ylabel="best nu_W")
    axes.set_xlim(-0.7, settings.T - 0.3)
    axes.set_ylim(0, fine[-1] + 0.1)
    axes.set_title("The nu_W that suits a delay", fontsize=10)


def _theory(nu: float) -> dict[str, Any]:
    """Peak lag, mean lag and memory length; None where the weights never fall."""
    measures = memory_measures(with_transition(nu), Fraction(1, FORGOTTEN))
    names = ("peak_lag", "mean_lag", "memory_length")
    return {name: None if x == inf else x for name, x in zip(names, measures, strict=True)}


def _span(delays: np.ndarray, chosen: Bool[np.ndarray, " delays"]) -> str:
    """Runs of neighbours among the delays that were tried.

    >>> _span(np.array([0, 2, 4, 6, 8]), np.array([True, True, True, False, True]))
    '0-4, 8'
    """
    cuts = np.flatnonzero(np.diff(chosen)) + 1
    runs = [run for run, keep in zip(np.split(delays, cuts), np.split(chosen, cuts), strict=True) if keep[0]]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) or "none"


def _or_none(value: int | float | None) -> str:
    return "none" if value is None else f"{value:.3g}"
