"""The three models on the user's data: network, scaled and ordinary convolution, epoch by epoch.

For each nu_W all start from the impulse response of the same random network and see the last ``lags`` inputs.
Network and scaled convolution share their step, the ordinary convolution has its own; each is half of the
largest stable one.  The networks of all nu_W are one draw, scaled.

The sequences are parted in three, in their order: training, validation, and what is held out.  Validation
chooses nu_W and the epoch, for each model its own; what is held out chooses nothing, so that the errors there
are those to expect on new data.  Of fewer than three sequences the steps are parted, and an output sees the
true inputs before its part.  Inputs and outputs are centred, coordinate by coordinate, and divided by one
standard deviation, all taken from the training data alone, as the models have no constant term and their
start has the size 1.

An output that is NaN was not observed: it has no part in training, centring or any error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from numeric import Task, Variances, convolution_descent, lag_weights, network_descent
from numeric.arguments import memory
from verify import networks
from verify.arrays import not_finite
from verify.console import text_width
from verify.experiments.reporting import COLOURS, STYLES, Report, plot, relative_errors, table, tell
from verify.experiments.students import Matrices, common_step, initial_response, student

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Result", "Run", "Settings", "Split", "draw", "labels", "report", "run", "split"]

LAGS = 40
PARTS = 3
NAMED = {"validation": "what is for validation", "held_out": "what is held out"}
STAGES = 20
GREATEST = 1e75
MOST_COLUMNS, MOST_WORK = 2000, 2**36
"""Limits of some seconds to a minute: lags n_x n_y, and the outputs for training times (lags n_x)^2."""


@dataclass(frozen=True, eq=False)
class Settings:
    """The data and what is to be done with them.

    ``inputs`` and ``outputs``, (N, T, n_x) and (N, T, n_y), may be mapped files: they are not read before
    their shapes are accepted.  Outputs that were not observed are NaN.  ``names`` is what errors call them;
    ``transitions`` the nu_W that are tried; ``validation`` and ``held_out`` are shares; ``lags`` at most 40
    by default.
    """

    inputs: Shaped[np.ndarray, "..."]
    outputs: Shaped[np.ndarray, "..."]
    names: tuple[str, str] = ("inputs", "outputs")
    transitions: tuple[str, ...] = ("0.3",)
    input_variance: str = "1"
    output_variance: str = "1"
    width: int = 1000
    epochs: int = 200
    validation: float = 0.2
    held_out: float = 0.2
    lags: int | None = None


@dataclass(frozen=True, eq=False)
class Scale:
    """What was taken from the data, a mean for each coordinate, and what they were then divided by."""

    mean: Float[np.ndarray, " n"]
    deviation: float


@dataclass(frozen=True, eq=False)
class Split:
    """The standardised data in three parts, and in words which they are.

    ``parts`` are the first and last index of each, counting ``units``, sequences or steps; ``scales`` belong
    to inputs and outputs.
    """

    training: Task
    validation: Task
    held_out: Task
    words: str
    units: str
    parts: dict[str, tuple[int, int]]
    scales: dict[str, Scale]

    @property
    def tasks(self) -> dict[str, Task]:
        """The three parts by name."""
        return {part: getattr(self, part) for part in self.parts}


@dataclass(frozen=True, eq=False)
class Run:
    """The three models with one nu_W: errors over the epochs by model, relative to the training mean's.

    ``learned`` are the impulse responses at the epoch that validation chooses.  ``apart`` is the root mean
    square distance, over the epochs, of what network and scaled convolution predict on the data held out.
    """

    transition: str
    train: dict[str, Float[np.ndarray, " epochs"]]
    validation: dict[str, Float[np.ndarray, " epochs"]]
    held_out: dict[str, Float[np.ndarray, " epochs"]]
    learned: dict[str, Float[np.ndarray, "lags n_y n_x"]]
    step: dict[str, float]
    apart: Float[np.ndarray, " epochs"]

    def best(self, model: str) -> int:
        """The epoch with the least error on the validation data."""
        return int(self.validation[model].argmin())

    def least(self, model: str) -> float:
        """That error."""
        return float(self.validation[model].min())


@dataclass(frozen=True, eq=False)
class Result:
    """What was measured, a run for each nu_W."""

    settings: Settings
    seed: int
    split: Split
    runs: list[Run]

    def chosen(self, model: str) -> Run:
        """The run with the nu_W that validation chooses for a model."""
        return min(self.runs, key=lambda run: run.least(model))

    def learned(self, model: str) -> Float[np.ndarray, "lags n_y n_x"]:
        """The impulse response of a model at the nu_W and the epoch that validation chooses."""
        return self.chosen(model).learned[model]

    def expected(self, model: str) -> float:
        """Its error on the data held out."""
        run = self.chosen(model)
        return float(run.held_out[model][run.best(model)])


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    stages = [f"epoch {epoch} of {settings.epochs}" for epoch in _marks(settings.epochs)] + ["convolutions"]
    return [f"nu_W = {transition}, {stage}" for transition in _tried(settings) for stage in stages]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage.

    Raises ValueError for data or settings that cannot be used.
    """
    stages = iter(labels(settings))
    variances = {
        transition: Variances(transition, settings.input_variance, settings.output_variance)
        for transition in _tried(settings)
    }
    if not any(given.input or given.output for given in variances.values()):
        raise ValueError(
            "every weight is 0, with which nothing can be learned; --input-variance and --output-variance"
            " must not both be 0"
        )
    data = split(settings)
    weights = {
        transition: _weights(transition, given, data.training.lags) for transition, given in variances.items()
    }
    runs = [
        _run(settings, seed, data, transition, variances[transition], rho, lambda: start(next(stages)))
        for transition, rho in weights.items()
    ]
    return Result(settings, seed, data, runs)


def _run(
    settings: Settings,
    seed: int,
    data: Split,
    transition: str,
    variances: Variances,
    rho: Float[np.ndarray, " lags"],
    begin: Callable[[], None],
) -> Run:
    task = data.training
    network = student(
        networks.stream(seed, "fit", settings.width), settings.width, variances, task.n_x, task.n_y
    )
    common = common_step(network, task, variances)
    trained = _train(network, task, common, settings.epochs, begin)

    begin()
    initial, epochs = initial_response(network, task.lags), range(settings.epochs + 1)
    unscaled = convolution_descent(task, np.ones(task.lags), initial)
    step = {"network": common, "scaled": common, "unscaled": unscaled.largest_step / 2}
    responses = {
        "network": trained,
        "scaled": convolution_descent(task, rho, initial).steps(epochs, common),
        "unscaled": unscaled.steps(epochs, step["unscaled"]),
    }
    train, validation, held_out = (
        {model: relative_errors(part, response) for model, response in responses.items()}
        for part in (task, data.validation, data.held_out)
    )
    learned = {model: response[validation[model].argmin()] for model, response in responses.items()}
    apart = _apart(data.held_out, responses["network"], responses["scaled"])
    return Run(transition, train, validation, held_out, learned, step, apart)


def _weights(transition: str, variances: Variances, lags: int) -> Float[np.ndarray, " lags"]:
    """The weights; ValueError, in terms of the command, if one is beyond float64."""
    try:
        return lag_weights(variances, lags)
    except OverflowError as error:
        raise ValueError(
            f"the weights exceed float64's range at nu_W = {transition}; take smaller variances or fewer"
            " --lags"
        ) from error


def _tried(settings: Settings) -> list[str]:
    """The nu_W, each once, as it is first written."""
    written: dict[Variances, str] = {}
    for transition in settings.transitions:
        written.setdefault(Variances(transition), transition)
    return list(written.values())


def report(result: Result) -> Report:
    """The errors by nu_W and over the epochs, what validation chooses, and how far two models part."""
    settings, task = result.settings, result.split.training
    followed = result.chosen("network")
    several = len(result.runs) > 1
    shown = _shown(settings.epochs)
    errors = pd.DataFrame({"epoch": shown})
    for model in COLOURS:
        errors[f"{model}, train"] = followed.train[model][shown]
        errors[f"{model}, validation"] = followed.validation[model][shown]
    # beside the model's own column its name need not be repeated
    errors.columns = pd.Index([re.sub(".*(?=validation)", "", name) for name in errors.columns])
    variances = f"nu_F = {settings.input_variance}, nu_C = {settings.output_variance}"
    header = (
        f"{result.split.words}{_gaps(result.split)}  {task.lags} lags, nu_W = {', '.join(_tried(settings))},"
        f" {variances}, width {settings.width}.  Inputs and outputs are centred, coordinate by coordinate,"
        " and divided by one standard deviation each, those of"
        f" the training data.  Step of gradient descent{f' for nu_W = {followed.transition}' * several}:"
        f" {followed.step['network']:.3g} for network and scaled convolution,"
        f" {followed.step['unscaled']:.3g} for the unscaled one."
    )
    title = "Squared error relative to predicting the training mean"
    text = [fill(header, text_width())]
    if several:
        least = f"{title}: the least on the validation data, and after how many epochs (*: least of all):"
        text.append(table(_by_transition(result), fill(least, text_width())))
        title += f", nu_W = {followed.transition}"
    text += [table(errors, f"{title}:"), fill("  ".join(_sentences(result)), text_width())]
    return Report(text, [], _numbers(result))


def _missing(split: Split) -> dict[str, int]:
    """How many outputs were not observed, by part."""
    return {part: int(np.isnan(_wanted(task)).sum()) for part, task in split.tasks.items()}


def _gaps(split: Split) -> str:
    """The same in words; none where all were."""
    missing = _missing(split)
    if not any(missing.values()):
        return ""
    places = {"training": "to train on", "validation": "to validate on", "held_out": "held out"}
    counted = (
        f"{missing[part]} of {_wanted(split.tasks[part]).size} {place}" for part, place in places.items()
    )
    return f"  Not observed, and left out: {', '.join(counted)}."


def _by_transition(result: Result) -> pd.DataFrame:
    """The least errors on the validation data; the least of these is marked."""
    columns = {"nu_W": [run.transition for run in result.runs]}
    for model in COLOURS:
        best = result.chosen(model)
        columns[model] = [
            f"{'*' if run is best else ''}{run.least(model):.4g} ({run.best(model)})" for run in result.runs
        ]
    return pd.DataFrame(columns)


def _sentences(result: Result) -> list[str]:
    several, followed = len(result.runs) > 1, result.chosen("network")
    order = sorted(COLOURS, key=result.expected)

    def told(model: str) -> str:
        run = result.chosen(model)
        at = f"nu_W = {run.transition}, " if several else ""
        return f"{model} {result.expected(model):.4g} ({at}{run.best(model)} epochs)"

    sentences = [
        f"Validation chose {'nu_W and ' * several}the epochs, for each model its own.  Error on the data held"
        f" out, which chose nothing: {', '.join(map(told, order))}."
    ]
    if min(map(result.expected, COLOURS)) >= 1:
        sentences.append("No model beats predicting the mean.")
    late = [model for model in COLOURS if result.chosen(model).best(model) == result.settings.epochs]
    if late:
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
    return {
        "settings": {
            "inputs": settings.names[0],
            "outputs": settings.names[1],
            "transitions": _tried(settings),
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
                "transition": run.transition,
                "epoch": run.best(model),
                "validation_error": run.least(model),
                "held_out_error": result.expected(model),
            }
            for model in COLOURS
            for run in [result.chosen(model)]
        },
        "learned": {model: result.learned(model).tolist() for model in COLOURS},
    }


def _listed(curves: dict[str, Float[np.ndarray, " epochs"]]) -> dict[str, list[float]]:
    return {model: curve.tolist() for model, curve in curves.items()}


def draw(result: Result, figure: "Figure") -> None:
    """The errors over the epochs, and the learned response by lag: its size, where it is not one number."""
    settings, task = result.settings, result.split.training
    signed = task.n_x == task.n_y == 1
    figure.set_size_inches(9.5, 4.3)
    left, right = figure.subplots(1, 2)
    for model in COLOURS:
        run = result.chosen(model)
        best, at = run.best(model), f", nu_W = {run.transition}" if len(result.runs) > 1 else ""
        plot(left, range(settings.epochs + 1), run.validation[model], model, label=f"{model}, validation{at}")
        left.plot(run.train[model], color=COLOURS[model], linestyle=":", linewidth=1)
        left.plot(best, run.validation[model][best], STYLES[model]["marker"], color=COLOURS[model], zorder=4)
        learned = run.learned[model]
        by_lag = learned[:, 0, 0] if signed else np.linalg.norm(learned, axis=(1, 2))
        label = f"{model}, epoch {best}: error {result.expected(model):.3g} held out"
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
        f" nu_W = {', '.join(_tried(settings))}, nu_F = {settings.input_variance},"
        f" nu_C = {settings.output_variance}, width {settings.width}, {task.lags} lags",
    )


def split(settings: Settings) -> Split:
    """The data in three parts, checked and standardised.

    Raises ValueError, in one line that names the file at fault.
    """
    x_name, y_name = settings.names
    _check_headers(settings)
    for option, share in (("--held-out", settings.held_out), ("--validation", settings.validation)):
        if not 0 < share < 1:
            raise ValueError(f"{option} must be between 0 and 1, both excluded, got {share}")
    N, T, _ = settings.inputs.shape
    units, what = (N, "sequences") if N >= PARTS else (T, "steps")
    if units < PARTS:
        raise ValueError(
            f"{x_name} has {N} sequences of {T} steps; {PARTS} of either are needed: to train, to validate"
            " and to hold out"
        )
    held, validated = (max(1, round(units * share)) for share in (settings.held_out, settings.validation))
    kept = units - held - validated
    if kept < 1:
        raise ValueError(
            f"--held-out {settings.held_out} and --validation {settings.validation} leave none of {units}"
            f" {what} to train on; take less"
        )
    by_sequence = what == "sequences"
    most = T if by_sequence else kept
    lags = min(LAGS, most) if settings.lags is None else settings.lags
    if not 1 <= lags <= most:
        steps = "steps of a sequence" if by_sequence else "steps for training"
        raise ValueError(f"--lags must be between 1 and {most}, the {steps}, got {lags}")
    _check_size(settings, lags, kept * (T if by_sequence else N))

    x, y = _floats(x_name, settings.inputs), _floats(y_name, settings.outputs, gaps=True)
    ends = {"training": (0, kept), "validation": (kept, units - held), "held_out": (units - held, units)}

    def trained(array: Float[np.ndarray, "N T n"]) -> Float[np.ndarray, "..."]:
        return array[:kept] if by_sequence else array[:, :kept]

    observed = {part: y[slice(*ends[part])] if by_sequence else y[:, slice(*ends[part])] for part in ends}
    _check_observed(y_name, observed)
    x, x_scale = _standardised(x_name, x, trained)
    y, y_scale = _standardised(y_name, y, trained)

    def task(start: int, end: int) -> Task:
        if by_sequence:
            return Task(x[start:end], y[start:end], lags)
        past = slice(max(0, start - lags + 1), end)
        return Task(x[:, past], y[:, past], lags, start - past.start)

    tasks = {part: task(*indices) for part, indices in ends.items()}
    for part, words in NAMED.items():
        if not tasks[part].loss(np.zeros(tasks[part].response_shape)):
            raise ValueError(f"{y_name}: {words} is the training mean throughout: nothing to compare")
    few = "" if by_sequence else f"{N} sequence{'s' * (N > 1)}, so the steps are parted.  "
    words = (
        f"{few}Trained on the first {kept} of {units} {what}, validated on the next {validated}; held out:"
        f" the last {held}."
    )
    parts = {part: (start, end - 1) for part, (start, end) in ends.items()}
    scales = {"inputs": x_scale, "outputs": y_scale}
    return Split(**tasks, words=words, units=what, parts=parts, scales=scales)


def _check_headers(settings: Settings) -> None:
    for name, array, last in zip(
        settings.names, (settings.inputs, settings.outputs), ("n_x", "n_y"), strict=True
    ):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} has dtype {array.dtype}; real numbers are needed")
        if array.ndim != 3 or 0 in array.shape:
            raise ValueError(f"{name} has shape {array.shape}; (N, T, {last}) is needed, each at least 1")
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


def _floats(
    name: str, array: Shaped[np.ndarray, "N T n"], *, gaps: bool = False
) -> Float[np.ndarray, "N T n"]:
    """The array as float64; ValueError unless it is finite, or NaN where ``gaps`` are allowed."""
    with np.errstate(over="ignore", invalid="ignore"):  # of a long double, to infinity
        values = np.array(array, dtype=np.float64, order="C")
    known = np.where(np.isnan(values), 0, values) if gaps else values
    finite = np.isfinite(known)
    if not finite.all():
        raise ValueError(
            f"{name} has {not_finite(finite)}; {values.size} finite ones are needed"
            + (", or NaN where one was not observed" if gaps else "")
        )
    if np.abs(known).max() > GREATEST:
        raise ValueError(f"{name} has entries beyond {GREATEST:g} in modulus; scale them")
    return values


def _check_observed(name: str, parts: dict[str, Float[np.ndarray, "..."]]) -> None:
    """ValueError if there is nothing to learn a coordinate from, or nothing at all to test it on."""
    unseen = np.flatnonzero(np.isnan(parts["training"]).all(axis=(0, 1)))
    if len(unseen):
        raise ValueError(
            f"{name} has no entry but NaN in coordinate {unseen[0]} of the training data; leave it out"
        )
    for part, words in NAMED.items():
        if np.isnan(parts[part]).all():
            option = part.replace("_", "-")
            raise ValueError(f"{name} has no entry but NaN in {words}; take a larger --{option}")


def _standardised(
    name: str,
    array: Float[np.ndarray, "N T n"],
    trained: Callable[[Float[np.ndarray, "N T n"]], Float[np.ndarray, "..."]],
) -> tuple[Float[np.ndarray, "N T n"], Scale]:
    """Centred and scaled by what is not NaN of the training part."""
    mean = np.nanmean(trained(array), axis=(0, 1))
    centred = array - mean
    unit = np.nanmax(np.abs(trained(centred)))
    if unit <= 1e-12 * np.nanmax(np.abs(trained(array))):  # 0, or what rounding leaves
        raise ValueError(f"{name} is constant over the training data: there is nothing to learn from")
    centred /= unit  # whose squares might vanish
    deviation = float(np.nanstd(trained(centred)))
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
