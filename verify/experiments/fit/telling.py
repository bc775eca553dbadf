"""What was measured, as tables and as a figure."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from verify.experiments.errors import wanted_outputs
from verify.experiments.fit.data import Split
from verify.experiments.fit.judging import beats_the_mean, chosen, still_falling, stopped
from verify.experiments.fit.measuring import Result, Run, tried
from verify.experiments.reporting import COLOURS, STYLES, Report, filled, plot, table, tell
from verify.experiments.students import LEARNERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw", "report"]


def report(result: Result) -> Report:
    """The errors by nu_W and over the epochs, what validation chooses, and how far two models part."""
    settings, task = result.settings, result.split.training
    followed = chosen(result, "network").run
    several = len(result.runs) > 1
    variances = f"nu_F = {settings.input_variance}, nu_C = {settings.output_variance}"
    header = (
        f"{result.split.words}{_gaps(result.split)}  {task.lags} lags, nu_W = {', '.join(tried(settings))},"
        f" {variances}, width {settings.width}.  Inputs and outputs are centred, coordinate by coordinate,"
        " and divided by one standard deviation each, those of"
        f" the training data.  Step of gradient descent{f' for nu_W = {followed.transition}' * several}:"
        f" {followed.step['network']:.3g} for network and scaled convolution,"
        f" {followed.step['unscaled']:.3g} for the unscaled one."
    )
    title = "Squared error relative to predicting the training mean"
    text = [filled(header)]
    if several:
        least = f"{title}: the least on the validation data, and after how many epochs (*: least of all):"
        text.append(table(_by_transition(result), filled(least)))
        title += f", nu_W = {followed.transition}"
    text += [table(_by_epoch(followed, settings.epochs), f"{title}:"), filled("  ".join(_sentences(result)))]
    return Report(text, [], _numbers(result))


def _missing(split: Split) -> dict[str, int]:
    """How many outputs were not observed, by part."""
    return {part: int(np.isnan(wanted_outputs(task)).sum()) for part, task in split.tasks.items()}


def _gaps(split: Split) -> str:
    """The same in words; none where all were."""
    missing = _missing(split)
    if not any(missing.values()):
        return ""
    places = {"training": "to train on", "validation": "to validate on", "held_out": "held out"}
    counted = (
        f"{missing[part]} of {wanted_outputs(split.tasks[part]).size} {place}"
        for part, place in places.items()
    )
    return f"  Not observed, and left out: {', '.join(counted)}."


def _by_epoch(run: Run, epochs: int) -> pd.DataFrame:
    """The errors of one nu_W after some of the epochs."""
    shown = _shown(epochs)
    errors = pd.DataFrame({"epoch": shown})
    for model in LEARNERS:
        errors[f"{model}, train"] = run.train[model][shown]
        errors[f"{model}, validation"] = run.validation[model][shown]
    # beside the model's own column its name need not be repeated
    errors.columns = pd.Index([re.sub(".*(?=validation)", "", name) for name in errors.columns])
    return errors


def _by_transition(result: Result) -> pd.DataFrame:
    """The least errors on the validation data; the least of these is marked."""
    columns = {"nu_W": [run.transition for run in result.runs]}
    for model in LEARNERS:
        best = chosen(result, model).run
        columns[model] = [
            f"{'*' if one.run is best else ''}{one.error:.4g} ({one.epoch})"
            for one in (stopped(run, model) for run in result.runs)
        ]
    return pd.DataFrame(columns)


def _sentences(result: Result) -> list[str]:
    several, followed = len(result.runs) > 1, chosen(result, "network").run
    choices = sorted((chosen(result, model) for model in LEARNERS), key=lambda choice: choice.expected)
    told = [
        f"{one.model} {one.expected:.4g} ({f'nu_W = {one.run.transition}, ' * several}{one.epoch} epochs)"
        for one in choices
    ]
    sentences = [
        f"Validation chose {'nu_W and ' * several}the epochs, for each model its own.  Error on the data held"
        f" out, which chose nothing: {', '.join(told)}."
    ]
    if not beats_the_mean(result):
        sentences.append("No model beats predicting the mean.")
    if late := still_falling(result):
        sentences.append(
            f"Still falling at the last epoch: {', '.join(late)}; more --epochs may lower the error."
        )
    differ = float(np.abs(followed.held_out["network"] - followed.held_out["scaled"]).max())
    farthest = int(followed.apart.argmax())
    at = f" with nu_W = {followed.transition}" * several
    sentences.append(
        f"Network and scaled convolution{at}: their relative errors on the data held out never differ by more"
        f" than {differ:.2g}, and the root mean square distance of their predictions there is at most"
        f" {followed.apart[farthest]:.2g} (epoch {farthest}), in units of the outputs' deviation."
    )
    return sentences


def _numbers(result: Result) -> dict[str, Any]:
    settings, task = result.settings, result.split.training
    N, T, n_x = settings.inputs.shape
    choices = {model: chosen(result, model) for model in LEARNERS}
    return {
        "settings": {
            "inputs": settings.names[0],
            "outputs": settings.names[1],
            "transitions": tried(settings),
            "input_variance": settings.input_variance,
            "output_variance": settings.output_variance,
            "width": settings.width,
            "epochs": settings.epochs,
            "validation": settings.validation,
            "held_out": settings.held_out,
            "lags": task.lags,
            "N": N,
            "T": T,
            "n_x": n_x,
            "n_y": task.n_y,
        },
        "split": result.split.words,
        "missing": _missing(result.split),
        "split_indices": {
            "units": result.split.units,
            **{part: list(indices) for part, indices in result.split.parts.items()},
        },
        "standardisation": {
            role: {"mean": scale.mean.tolist(), "deviation": scale.deviation}
            for role, scale in result.split.scales.items()
        },
        "runs": [
            {
                "transition": run.transition,
                "step": run.step,
                "train_error": _listed(run.train),
                "validation_error": _listed(run.validation),
                "held_out_error": _listed(run.held_out),
                "prediction_distance": run.apart.tolist(),
            }
            for run in result.runs
        ],
        "best": {
            model: {
                "transition": one.run.transition,
                "epoch": one.epoch,
                "validation_error": one.error,
                "held_out_error": one.expected,
            }
            for model, one in choices.items()
        },
        "learned": {model: one.learned.tolist() for model, one in choices.items()},
    }


def _listed(curves: dict[str, Float[np.ndarray, " epochs"]]) -> dict[str, list[float]]:
    return {model: curve.tolist() for model, curve in curves.items()}


def draw(result: Result, figure: "Figure") -> None:
    """The errors over the epochs, and the learned response by lag: its size, where it is not one number."""
    settings, task = result.settings, result.split.training
    signed = task.n_x == task.n_y == 1
    figure.set_size_inches(9.5, 4.3)
    left, right = figure.subplots(1, 2)
    for model, colour in COLOURS.items():
        one = chosen(result, model)
        at = f", nu_W = {one.run.transition}" if len(result.runs) > 1 else ""
        errors, label = one.run.validation[model], f"{model}, validation{at}"
        plot(left, range(settings.epochs + 1), errors, model, label=label)
        left.plot(one.run.train[model], color=colour, linestyle=":", linewidth=1)
        left.plot(one.epoch, one.error, STYLES[model]["marker"], color=colour, zorder=4)
        by_lag = one.learned[:, 0, 0] if signed else np.linalg.norm(one.learned, axis=(1, 2))
        label = f"{model}, epoch {one.epoch}: error {one.expected:.3g} held out"
        plot(right, range(task.lags), by_lag, model, label=label)
    left.plot([], [], ":", color="0.3", linewidth=1, label="training")
    left.plot([], [], "D", color="0.3", markersize=5, label="least on the validation data")
    left.axhline(1, color="0.6", linewidth=0.7, zorder=0, label="predicting the training mean")
    left.set(xlabel="epoch", ylabel="relative squared error", yscale="log")
    left.set_xlim(0, settings.epochs)
    size = "response L_j" if signed else "size of the response, |L_j|,"
    right.set(xlabel="lag j", ylabel=f"{size} that validation chooses")
    if signed:
        right.axhline(0, color="0.7", linewidth=0.7, zorder=0)
    else:
        right.set_ylim(0, None)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
    tell(
        figure,
        f"experiment fit, seed {result.seed}: {settings.names[1]} from {settings.names[0]};"
        f" nu_W = {', '.join(tried(settings))}, nu_F = {settings.input_variance},"
        f" nu_C = {settings.output_variance}, width {settings.width}, {task.lags} lags",
    )


def _shown(epochs: int) -> list[int]:
    """0, 1, 2, 5, 10, 20, ... and the last."""
    decades = range(len(str(epochs)))
    return sorted({0, epochs} | {k * 10**d for d in decades for k in (1, 2, 5) if k * 10**d < epochs})
