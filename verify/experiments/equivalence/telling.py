"""What was measured, as tables and as a figure."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from verify.experiments.equivalence.judging import Fit, fitted, verdicts
from verify.experiments.equivalence.measuring import VARIANCES, Result
from verify.experiments.reporting import COLOURS, Report, plot, table, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw", "report"]

SHOWN = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300)
"""Epochs in the printed table."""


def report(result: Result) -> Report:
    """The errors over the epochs, the gaps by width, and whether exponent and size are as predicted."""
    shown = [epoch for epoch in SHOWN if epoch <= result.settings.epochs]
    errors = pd.DataFrame({"epoch": shown})
    for name in result.train:
        errors[f"{name}, train"] = result.train[name][shown]
        errors[f"{name}, test"] = result.test[name][shown]
    widths = pd.DataFrame(
        {
            "width": list(result.gaps),
            "networks": [len(gaps) for gaps in result.gaps.values()],
            "gap": [gaps.mean() for gaps in result.gaps.values()],
            "predicted": [gaps.mean() for gaps in result.predicted.values()],
            "gap * sqrt(n)": [gaps.mean() * width**0.5 for width, gaps in result.gaps.items()],
        }
    )
    fit = fitted(result)
    low, high = fit.interval
    return Report(
        [
            table(
                errors,
                f"Squared error relative to predicting 0, student of width {result.settings.width}, nu_W ="
                f" {float(VARIANCES.transition):g}, T = {result.settings.T}; network and\nscaled"
                " convolution share their step, the unscaled one has its own:",
            ),
            table(
                widths,
                "Gap: the greatest |L_j - L_j'| (Frobenius) over lags and steps, between network and scaled"
                " convolution;\nmean over the networks:",
            ),
            f"The gap goes like n^{fit.exponent:.3f}, 95 % confidence [{low:.3f}, {high:.3f}]; it is"
            f" {np.exp(fit.log_ratio):.3f} times what exact samples of the lag kernel predict.",
        ],
        verdicts(fit),
        _numbers(result, fit),
    )


def draw(result: Result, figure: "Figure") -> None:
    """Errors over the epochs, and the gap against the width."""
    settings = result.settings
    figure.set_size_inches(10, 4.5)
    left, right = figure.subplots(1, 2)
    _draw_errors(result, left)
    _draw_gaps(result, right)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
        axes.grid(visible=True, color="0.93")
    tell(
        figure,
        f"experiment equivalence, seed {result.seed}: {settings.sequences} sequences, T = {settings.T},"
        f" n_x = {settings.n_x}, teacher of {settings.hidden} hidden units,"
        f" nu_W = {float(VARIANCES.transition):g}, nu_F = nu_C = 1, {settings.epochs} epochs",
    )


def _numbers(result: Result, fit: Fit) -> dict[str, Any]:
    return {
        "settings": asdict(result.settings),
        "variances": {role: str(value) for role, value in vars(VARIANCES).items() if role != "exact"},
        "epochs": list(range(result.settings.epochs + 1)),
        "train_error": {name: errors.tolist() for name, errors in result.train.items()},
        "test_error": {name: errors.tolist() for name, errors in result.test.items()},
        "gaps": [
            {"width": width, "gaps": gaps.tolist(), "predicted": result.predicted[width].tolist()}
            for width, gaps in result.gaps.items()
        ],
        "slope": {"exponent": fit.exponent, "confidence_95": list(fit.interval)},
    }


def _draw_errors(result: Result, axes: "Axes") -> None:
    for name, colour in COLOURS.items():
        plot(axes, range(result.settings.epochs + 1), result.test[name], name, label=f"{name}, test")
        axes.plot(result.train[name], color=colour, linestyle=":", linewidth=1)
    axes.plot([], [], ":", color="0.3", linewidth=1, label="training")
    axes.set(xlabel="epoch", ylabel="squared error, relative", yscale="log", xlim=(0, None))
    axes.set_title(f"Student of width {result.settings.width}", fontsize=10)


def _draw_gaps(result: Result, axes: "Axes") -> None:
    widths = np.array(list(result.gaps))
    means, predicted = (
        np.array([gaps.mean() for gaps in each.values()]) for each in (result.gaps, result.predicted)
    )
    for width, gaps in result.gaps.items():
        axes.plot(np.full(len(gaps), width), gaps, ".", color="0.75", zorder=1)
    open_one: dict[str, Any] = {"markersize": 9, "markerfacecolor": "none", "label": "networks, mean"}
    axes.plot(widths, means, "o", color="C0", **open_one)
    axes.plot(widths, predicted, "x", color="C1", markersize=8, label="predicted by exact samples, mean")
    middle = np.exp(np.mean(np.log(predicted * widths**0.5)))
    axes.plot(widths, middle * widths**-0.5, "--", color="0.4", linewidth=0.8, label="n^(-1/2)")
    axes.set(xlabel="width n", ylabel="gap: greatest |L_j - L_j'|", xscale="log", yscale="log")
    axes.set_title("Network and scaled convolution, over all lags j and steps", fontsize=10)
