"""The three models on the user's data: network, scaled and ordinary convolution, epoch by epoch.

All start from the impulse response of the same random network and see the last ``lags`` inputs.  Network and
scaled convolution share their step, the ordinary convolution has its own; each is half of the largest stable
one.  The last sequences are held out; of a single sequence its end, whose outputs see the true inputs before
them.  Inputs and outputs are centred, coordinate by coordinate, and divided by one standard deviation, all
taken from the training data alone, as the models have no constant term and their start has the size 1.

An output that is NaN was not observed: it has no part in training, centring or any error.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from numeric import Task, Variances, convolution_descent, lag_weights, network_descent
from verify import networks
from verify.console import text_width
from verify.experiments.reporting import COLOURS, Report, relative_errors, table
from verify.experiments.students import Matrices, common_step, initial_response, student

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Result", "Settings", "Split", "draw", "labels", "report", "run", "split"]

LAGS = 40
STAGES = 20
GREATEST = 1e75
MOST_COLUMNS, MOST_WORK = 2000, 2**36
"""Limits of some seconds to a minute: lags n_x n_y, and the outputs for training times (lags n_x)^2."""


@dataclass(frozen=True, eq=False)
class Settings:
    """The data and what is to be done with them.

    ``inputs`` and ``outputs``, (N, T, n_x) and (N, T, n_y), may be mapped files: they are not read before
    their shapes are accepted.  Outputs that were not observed are NaN.  ``names`` is what errors call them;
    ``held_out`` a share; ``lags`` at most 40 by default.
    """

    inputs: Shaped[np.ndarray, "..."]
    outputs: Shaped[np.ndarray, "..."]
    names: tuple[str, str] = ("inputs", "outputs")
    transition: str = "0.3"
    width: int = 1000
    epochs: int = 200
    held_out: float = 0.2
    lags: int | None = None


@dataclass(frozen=True, eq=False)
class Scale:
    """What was taken from the data, a mean for each coordinate, and what they were then divided by."""

    mean: Float[np.ndarray, " n"]
    deviation: float


@dataclass(frozen=True, eq=False)
class Split:
    """The standardised data in two parts, and in words what is held out.

    ``parts`` are the first and last index of training and of what is held out, counting ``units``, sequences
    or steps; ``scales`` belong to inputs and outputs.
    """

    training: Task
    held_out: Task
    words: str
    units: str
    parts: dict[str, tuple[int, int]]
    scales: dict[str, Scale]


@dataclass(frozen=True, eq=False)
class Result:
    """The errors over the epochs by model, relative to predicting the training mean, and what was learned.

    ``learned`` are the impulse responses at the best epoch on the data held out.  ``apart`` is the root mean
    square distance there, over the epochs, of what network and scaled convolution predict.
    """

    settings: Settings
    split: Split
    train: dict[str, Float[np.ndarray, " epochs"]]
    held_out: dict[str, Float[np.ndarray, " epochs"]]
    learned: dict[str, Float[np.ndarray, "lags n_y n_x"]]
    step: dict[str, float]
    apart: Float[np.ndarray, " epochs"]

    def best(self, model: str) -> int:
        """The epoch with the least error on the data held out."""
        return int(self.held_out[model].argmin())


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return [f"epoch {epoch} of {settings.epochs}" for epoch in _marks(settings.epochs)] + ["convolutions"]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage.

    Raises ValueError for data or settings that cannot be used.
    """
    stages = iter(labels(settings))
    variances = Variances(settings.transition)
    data = split(settings)
    task = data.training
    rho = lag_weights(variances, task.lags)
    network = student(
        networks.stream(seed, "fit", settings.width), settings.width, variances, task.n_x, task.n_y
    )
    common = common_step(network, task, variances)
    trained = _train(network, task, common, settings.epochs, lambda: start(next(stages)))

    start(next(stages))
    initial, epochs = initial_response(network, task.lags), range(settings.epochs + 1)
    unscaled = convolution_descent(task, np.ones(task.lags), initial)
    step = {"network": common, "scaled": common, "unscaled": unscaled.largest_step / 2}
    responses = {
        "network": trained,
        "scaled": convolution_descent(task, rho, initial).steps(epochs, common),
        "unscaled": unscaled.steps(epochs, step["unscaled"]),
    }
    train, held_out = (
        {model: relative_errors(part, response) for model, response in responses.items()}
        for part in (task, data.held_out)
    )
    learned = {model: response[held_out[model].argmin()] for model, response in responses.items()}
    apart = _apart(data.held_out, responses["network"], responses["scaled"])
    return Result(settings, data, train, held_out, learned, step, apart)


def report(result: Result) -> Report:
    """The errors over the epochs, the best ones, and how far the network follows the scaled convolution."""
    settings, task = result.settings, result.split.training
    shown = _shown(settings.epochs)
    errors = pd.DataFrame({"epoch": shown})
    for model in COLOURS:
        errors[f"{model}, train"] = result.train[model][shown]
        errors[f"{model}, held out"] = result.held_out[model][shown]
    least = {model: float(result.held_out[model][result.best(model)]) for model in COLOURS}
    order = sorted(least, key=least.__getitem__)
    late = [model for model in COLOURS if result.best(model) == settings.epochs]
    differ = float(np.abs(result.held_out["network"] - result.held_out["scaled"]).max())
    farthest = int(result.apart.argmax())
    sentences = [
        "Least on the data held out: "
        + ", ".join(f"{model} {least[model]:.4g} after {result.best(model)} epochs" for model in order)
        + ".  They chose these epochs, so on new data expect a little more."
    ]
    if min(least.values()) >= 1:
        sentences.append("No model beats predicting the mean.")
    if late:
        sentences.append(
            f"Still falling at the last epoch: {', '.join(late)}; more --epochs may lower the error."
        )
    sentences.append(
        f"Network and scaled convolution: their relative errors on the data held out never differ by more"
        f" than {differ:.2g}, and the root mean square distance of their predictions there is at most"
        f" {result.apart[farthest]:.2g} (epoch {farthest}), in units of the outputs' deviation."
    )
    parts = {"training": task, "held_out": result.split.held_out}
    missing = {part: int(np.isnan(_wanted(data)).sum()) for part, data in parts.items()}
    gaps = (
        f"  Not observed, and left out: {missing['training']} of {_wanted(task).size} outputs to train on,"
        f" {missing['held_out']} of {_wanted(result.split.held_out).size} held out."
        if any(missing.values())
        else ""
    )
    header = (
        f"{result.split.words}{gaps}  {task.lags} lags, nu_W = {settings.transition}, width {settings.width}."
        f"  Inputs and outputs are centred, coordinate by coordinate, and divided by one standard deviation"
        f" each, those of the training data.  Step of gradient descent: {result.step['network']:.3g} for"
        f" network and scaled convolution, {result.step['unscaled']:.3g} for the unscaled one."
    )
    N, T, n_x = settings.inputs.shape
    return Report(
        [
            fill(header, text_width()),
            table(errors, "Squared error relative to predicting the training mean:"),
            fill("  ".join(sentences), text_width()),
        ],
        [],
        {
            "settings": {
                "inputs": settings.names[0],
                "outputs": settings.names[1],
                "transition": settings.transition,
                "width": settings.width,
                "epochs": settings.epochs,
                "held_out": settings.held_out,
                "lags": task.lags,
                "N": N,
                "T": T,
                "n_x": n_x,
                "n_y": task.n_y,
            },
            "split": result.split.words,
            "missing": missing,
            "split_indices": {
                "units": result.split.units,
                **{part: list(indices) for part, indices in result.split.parts.items()},
            },
            "standardisation": {
                role: {"mean": scale.mean.tolist(), "deviation": scale.deviation}
                for role, scale in result.split.scales.items()
            },
            "step": result.step,
            "train_error": {model: errors.tolist() for model, errors in result.train.items()},
            "held_out_error": {model: errors.tolist() for model, errors in result.held_out.items()},
            "best": {
                model: {"epoch": result.best(model), "held_out_error": least[model]} for model in COLOURS
            },
            "learned": {model: response.tolist() for model, response in result.learned.items()},
            "prediction_distance": result.apart.tolist(),
        },
    )


def draw(result: Result, figure: "Figure") -> None:
    """The errors over the epochs, and the learned response by lag: its size, where it is not one number."""
    task = result.split.training
    signed = task.n_x == task.n_y == 1
    figure.set_size_inches(9.5, 4)
    left, right = figure.subplots(1, 2)
    for model, colour in COLOURS.items():
        left.plot(result.held_out[model], color=colour, label=f"{model}, held out")
        left.plot(result.train[model], color=colour, linestyle=":", label=f"{model}, train")
        best = result.best(model)
        left.plot(best, result.held_out[model][best], "o", color=colour, markersize=5, clip_on=False)
        learned = result.learned[model]
        by_lag = learned[:, 0, 0] if signed else np.linalg.norm(learned, axis=(1, 2))
        right.plot(by_lag, color=colour, marker=".", label=f"{model}, epoch {best}")
    left.axhline(1, color="0.7", linewidth=0.7, zorder=0, label="predicting the training mean")
    left.set(xlabel="epoch", ylabel="relative squared error", yscale="log")
    left.set_xlim(0, result.settings.epochs)
    size = "L_j" if signed else "|L_j|"
    right.set(xlabel="lag j", ylabel=f"${size}$ where the error held out is least")
    if signed:
        right.axhline(0, color="0.7", linewidth=0.7, zorder=0)
    else:
        right.set_ylim(0, None)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)


def split(settings: Settings) -> Split:
    """The data in two parts, checked and standardised.

    Raises ValueError, in one line that names the file at fault.
    """
    x_name, y_name = settings.names
    _check_headers(settings)
    if not 0 < settings.held_out < 1:
        raise ValueError(f"--held-out must be between 0 and 1, both excluded, got {settings.held_out}")
    N, T, _ = settings.inputs.shape
    units, what = (N, "sequences") if N > 1 else (T, "steps")
    if units < 2:
        raise ValueError(f"{x_name} has one sequence of one step; two of either are needed, to hold one out")
    held = max(1, round(units * settings.held_out))
    if held == units:
        raise ValueError(
            f"--held-out {settings.held_out} leaves none of {units} {what} to train on; take less"
        )
    most = T if N > 1 else T - held
    lags = min(LAGS, most) if settings.lags is None else settings.lags
    if not 1 <= lags <= most:
        steps = "steps of a sequence" if N > 1 else "steps for training"
        raise ValueError(f"--lags must be between 1 and {most}, the {steps}, got {lags}")
    _check_size(settings, lags, (N * T) - held * (T if N > 1 else 1))

    x, y = _floats(x_name, settings.inputs), _floats(y_name, settings.outputs, gaps=True)
    kept = (slice(0, N - held), slice(None)) if N > 1 else (slice(None), slice(0, T - held))
    _check_observed(y_name, y[kept], y[N - held :] if N > 1 else y[:, T - held :])
    (x, x_scale), (y, y_scale) = (
        _standardised(name, array, kept) for name, array in ((x_name, x), (y_name, y))
    )
    training = Task(x[kept], y[kept], lags)
    if N > 1:
        held_out = Task(x[N - held :], y[N - held :], lags)
        words = f"Held out: the last {held} of {N} sequences."
    else:
        past = slice(T - held - lags + 1, None)
        held_out = Task(x[:, past], y[:, past], lags, lags - 1)
        words = f"One sequence, so its end is held out: the last {held} of {T} steps."
    if not held_out.loss(np.zeros(held_out.response_shape)):
        raise ValueError(f"{y_name}: what is held out is the training mean throughout: nothing to compare")
    parts = {"training": (0, units - held - 1), "held_out": (units - held, units - 1)}
    return Split(training, held_out, words, what, parts, {"inputs": x_scale, "outputs": y_scale})


def _check_headers(settings: Settings) -> None:
    for name, array, last in zip(
        settings.names, (settings.inputs, settings.outputs), ("n_x", "n_y"), strict=True
    ):
        if array.dtype.kind not in "iuf":
            raise ValueError(f"{name} has dtype {array.dtype}; real numbers are needed")
        if array.ndim != 3 or 0 in array.shape:
            hint = (
                "; add an axis: x[None] for one sequence, x[..., None] for one coordinate"
                if array.ndim == 2
                else ""
            )
            raise ValueError(
                f"{name} has shape {array.shape}; (N, T, {last}) is needed, each at least 1{hint}"
            )
    if settings.outputs.shape[:2] != settings.inputs.shape[:2]:
        N, T, _ = settings.inputs.shape
        raise ValueError(
            f"{settings.names[1]} has shape {settings.outputs.shape}; ({N}, {T}, n_y) is needed, as"
            f" {settings.names[0]} has shape {settings.inputs.shape}"
        )


def _check_size(settings: Settings, lags: int, training: int) -> None:
    """ValueError if there is too much to do, or not memory enough."""
    n_x, n_y = settings.inputs.shape[2], settings.outputs.shape[2]
    columns = lags * n_x * n_y
    if columns > MOST_COLUMNS:
        raise ValueError(
            f"lags n_x n_y = {lags} * {n_x} * {n_y} must be at most {MOST_COLUMNS}, got {columns}; take"
            f" fewer --lags or coordinates"
        )
    if training * (lags * n_x) ** 2 > MOST_WORK:
        raise ValueError(
            f"{training} outputs to train on are too many for {lags} lags of {n_x} inputs, at most"
            f" {MOST_WORK // (lags * n_x) ** 2}; take fewer --lags or sequences"
        )
    numbers = (
        6 * (settings.inputs.size + settings.outputs.size)
        + 6 * columns**2
        + 3 * settings.width**2
        + 4 * (settings.epochs + 1) * columns
    )
    need, there = 8 * numbers / 2**30, memory() / 2**30
    if need > 0.8 * there:
        raise ValueError(
            f"this takes some {need:.3g} GiB of memory, and the machine has {there:.3g}; take fewer"
            f" sequences, a smaller --width or fewer --epochs"
        )


def memory() -> float:
    """The bytes of the machine, 8 GiB where it does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return 8 * 2.0**30


def _floats(
    name: str, array: Shaped[np.ndarray, "N T n"], *, gaps: bool = False
) -> Float[np.ndarray, "N T n"]:
    """The array as float64; ValueError unless it is finite, or NaN where ``gaps`` are allowed."""
    with np.errstate(over="ignore", invalid="ignore"):  # of a long double, to infinity
        values = np.array(array, dtype=np.float64, order="C")
    known = np.where(np.isnan(values), 0, values) if gaps else values
    bad = int((~np.isfinite(known)).sum())
    if bad:
        raise ValueError(
            f"{name} has {bad} entries that are not finite; {values.size} finite ones are needed"
            + (", or NaN where one was not observed" if gaps else "")
        )
    if np.abs(known).max() > GREATEST:
        raise ValueError(f"{name} has entries beyond {GREATEST:g} in modulus; scale them")
    return values


def _check_observed(
    name: str, training: Float[np.ndarray, "N T n"], held_out: Float[np.ndarray, "M S n"]
) -> None:
    """ValueError if there is nothing to learn a coordinate from, or nothing at all to test it on."""
    unseen = np.flatnonzero(np.isnan(training).all(axis=(0, 1)))
    if len(unseen):
        raise ValueError(
            f"{name} has no entry but NaN in coordinate {unseen[0]} of the training data; leave it out"
        )
    if np.isnan(held_out).all():
        raise ValueError(f"{name} has no entry but NaN in what is held out; take a larger --held-out")


def _standardised(
    name: str, array: Float[np.ndarray, "N T n"], kept: tuple[slice, slice]
) -> tuple[Float[np.ndarray, "N T n"], Scale]:
    """Centred and scaled by what is not NaN of the training part."""
    mean = np.nanmean(array[kept], axis=(0, 1))
    centred = array - mean
    unit = np.nanmax(np.abs(centred[kept]))
    if unit <= 1e-12 * np.nanmax(np.abs(array[kept])):  # 0, or what rounding leaves
        raise ValueError(f"{name} is constant over the training data: there is nothing to learn from")
    centred /= unit  # whose squares might vanish
    deviation = float(np.nanstd(centred[kept]))
    standardised = centred / deviation
    if np.nanmax(np.abs(standardised)) > GREATEST:
        raise ValueError(f"{name}: what is held out is beyond {GREATEST:g} times what is trained on")
    return standardised, Scale(mean, deviation * float(unit))


def _wanted(task: Task) -> Float[np.ndarray, "N T n_y"]:
    """The outputs that count."""
    return task.outputs[:, task.first :]


def _apart(
    task: Task,
    one: Float[np.ndarray, "counts lags n_y n_x"],
    other: Float[np.ndarray, "counts lags n_y n_x"],
) -> Float[np.ndarray, " counts"]:
    """The root mean square distance of their predictions, over the steps."""
    wanted = _wanted(task).size
    between = Task(task.inputs, np.zeros_like(task.outputs), task.lags, task.first)
    distances: np.ndarray = np.sqrt(2 * np.asarray(between.loss(one - other)) / wanted)
    return distances


def _train(
    network: Matrices, task: Task, step: float, epochs: int, begin: Callable[[], None]
) -> Float[np.ndarray, "counts lags n_y n_x"]:
    """The network's impulse responses; ``begin`` is called at the start of each stage."""
    responses = np.empty((epochs + 1, *task.response_shape))
    marks = set(_marks(epochs))
    try:
        for epoch, now in enumerate(network_descent(*network, task, step=step)):
            responses[epoch] = now.response
            if epoch == epochs:
                break
            if epoch in marks:
                begin()
    except OverflowError as error:
        raise ValueError(
            f"the training of the network diverged at nu_W = {_variance(network):.3g}, as its kernel grew;"
            f" take a smaller --transition, fewer --lags or a larger --width"
        ) from error
    return responses


def _variance(network: Matrices) -> float:
    return float(np.square(network[0], dtype=np.float64).mean())


def _marks(epochs: int) -> list[int]:
    """The epochs at which a stage begins."""
    return list(range(0, epochs, max(1, -(-epochs // STAGES))))


def _shown(epochs: int) -> list[int]:
    """0, 1, 2, 5, 10, 20, ... and the last."""
    decades = range(len(str(epochs)))
    return sorted({0, epochs} | {k * 10**d for d in decades for k in (1, 2, 5) if k * 10**d < epochs})
