r"""The firing rate of a real neuron, predicted from the sound that it hears.

The data are two recordings of a grasshopper's auditory receptor (:mod:`verify.recordings`): the envelope of
the sound and the smoothed firing rate, in bins of 1 ms, predicted from the last 40 bins of the sound.  (Emami
et al. 2021 decode a monkey's cortex; those recordings cannot be redistributed.)  Three models learn from the
impulse response of the same random network: the network, the scaled convolution and the ordinary one.  As a
random start is itself a burden where data are few, both convolutions are also trained from 0.

Time is cut into blocks: training, validation, test.  Training ends where validation begins, whatever its
length; a repetition takes another student and, as long as there is one, an earlier window of training.  An
output sees the true inputs before its block, and as a spike is smeared over a few bins, so many are left out
between blocks.  Sound and rate are standardised by the training window's mean and variance, and R^2 compares
with the constant prediction of that mean.  Training stops at the best of the steps 1, 2, 3, 5, 7, 10, 20, ...
on the validation block.  The convolutions are known after any number of steps, and up to 10^12 are tried; the
network takes a limited number, and gives up earlier once it has gone four times as far as its best.  The
*capped* scaled convolution stops where the network stopped at the latest: it tells what the limit costs.

What the theory says sharply: the distance of network and scaled convolution, of order n^{-1/2}, has a known
law.  The *gap* is the greatest root mean square distance of their predictions on the test block during the
first steps, in units of the rate's standard deviation; exact samples of the lag kernel at the network's width
(:func:`numeric.sample_lag_kernel`), each trained in its linearisation, predict it.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from jaxtyping import Float

from numeric import (
    Task,
    Variances,
    convolution_descent,
    convolve,
    lag_weights,
    linearised_descent,
    network_descent,
    sample_lag_kernel,
)
from verify import networks, recordings
from verify.console import BadInput, text_width
from verify.experiments.reporting import COLOURS, LEVEL, Report, plot, table, tell
from verify.experiments.students import Matrices, Response, common_step, initial_response, student
from verify.statistics import Verdict, margin_verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FULL", "QUICK", "Cell", "Outcome", "Result", "Settings", "draw", "labels", "report", "run"]

Responses: TypeAlias = Float[np.ndarray, "counts lags n_y n_x"]

LAGS = 40
SMOOTHING_MS = 2.0
REACH = int(recordings.SMOOTHING_REACH * SMOOTHING_MS)
LONGEST, VALIDATION = 7000, 1000
"""Bins of the longest training window and of the validation block."""
MODELS = ("network", "capped", "scaled", "unscaled", "scaled, 0", "unscaled, 0")
FIRST_STEPS, PATIENCE = 50, 4
"""Steps that every network takes, over which its gap is measured; it stops at so many times its best step."""
PIECE = 100
"""Bins of the test block that are resampled together; the rate's correlations are gone after some ten."""
RESAMPLES = 2000
SIZE_MARGIN = 0.1
"""What the next order may do to the logarithm of the gap."""


@dataclass(frozen=True)
class Settings:
    """The sizes of the experiment.

    ``bins`` are amounts of training data, ``transitions`` values of nu_W; ``steps`` limits the network's
    training, ``most_steps`` that of the convolutions; ``predictions`` counts the exact samples a network.
    """

    recordings: tuple[int, ...] = recordings.RECORDINGS
    bins: tuple[int, ...] = (200, 1000, 7000)
    transitions: tuple[str, ...] = ("0.1", "0.3", "0.5", "0.9")
    repeats: int = 2
    width: int = 1000
    steps: int = 200
    most_steps: int = 10**12
    predictions: int = 32


QUICK = Settings()
FULL = Settings(
    bins=(100, 200, 500, 1000, 2000, 5000, 7000),
    transitions=("0.1", "0.3", "0.5", "0.7", "0.9", "1"),
    repeats=3,
    steps=1000,
    predictions=128,
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained model: the steps that validation chose, R^2 there, and the errors on the test block.

    ``errors`` are sums of squares over pieces of the test block, in units of the rate's training variance.
    """

    steps: int
    validation: float
    errors: Float[np.ndarray, " pieces"]


@dataclass(frozen=True, eq=False)
class Cell:
    """What one student and its convolutions learn from one window of training.

    Attributes
    ----------
    outcomes
        By model.
    baseline
        The errors of predicting the training mean.
    reached
        The steps that the network took.
    gap, predicted
        From the network to the scaled convolution; the same of exact samples.
    peak
        The lag at which the least-squares response is greatest in modulus.
    """

    recording: int
    bins: int
    transition: str
    repeat: int
    outcomes: dict[str, Outcome]
    baseline: Float[np.ndarray, " pieces"]
    reached: int
    gap: float
    predicted: Float[np.ndarray, " samples"]
    peak: int

    def r_squared(self, model: str) -> float:
        """On the test block."""
        return float(1 - self.outcomes[model].errors.sum() / self.baseline.sum())


@dataclass(frozen=True, eq=False)
class Result:
    """All cells, in the order of recordings, bins, transitions and repeats."""

    settings: Settings
    seed: int
    cells: list[Cell]

    def select(self, **fields: Any) -> list[Cell]:
        """The cells whose fields have these values."""
        return [
            cell for cell in self.cells if all(getattr(cell, name) == value for name, value in fields.items())
        ]


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return [
        f"recording {recording}, {bins} bins"
        for recording, bins in product(settings.recordings, settings.bins)
    ]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage.

    Raises BadInput if the recordings are not installed.
    """
    cells: list[Cell] = []
    stages = iter(labels(settings))
    for recording, bins in product(settings.recordings, settings.bins):
        start(next(stages))
        try:
            _signals(recording)
        except ModuleNotFoundError as error:
            raise BadInput(str(error)) from error
        keys = [
            (recording, bins, transition, repeat)
            for transition, repeat in product(settings.transitions, range(settings.repeats))
        ]
        cells.extend(networks.in_parallel(lambda key: _cell(settings, seed, *key), keys))
    return Result(settings, seed, cells)


def report(result: Result) -> Report:
    """R^2 by data and nu_W, what they say, and whether the gap has the size predicted."""
    ratio, verdicts = _gap_size(result)
    texts = [_definitions(result.settings)]
    texts.extend(_r_squared_table(result, recording) for recording in result.settings.recordings)
    texts.append(_about_the_network(result, ratio))
    texts.extend(_about_the_data(result, recording) for recording in result.settings.recordings)
    texts.append(
        "In brackets: 95 % of resamplings of the test block in pieces of 100 ms, averaged over students and"
        " training windows; they say nothing of another recording or another animal."
    )
    wrapped = [text if "\n" in text else fill(text, text_width()) for text in texts]
    return Report(wrapped, verdicts, _numbers(result))


def draw(result: Result, figure: "Figure") -> None:
    """R^2 against the training bins, a panel for each recording and nu_W; bands show the repetitions' range.

    What is worse than R^2 = -0.1 is cut off.
    """
    from matplotlib.patches import Patch
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    settings = result.settings
    size = len(settings.recordings), len(settings.transitions)
    figure.set_size_inches(1.3 + 2.3 * max(size[1], 2), 1.2 + 2.4 * size[0])
    panels = figure.subplots(*size, sharex=True, sharey="row", squeeze=False)
    # every marker is at the same few amounts: open ones, of several sizes, do not hide one another
    sizes = {"network": 8.0, "scaled": 5.0, "unscaled": 6.0}
    further: dict[str, dict[str, Any]] = {
        "capped": {"color": COLOURS["scaled"], "linestyle": ":", "marker": "x", "markersize": 6},
        "unscaled, 0": {"color": COLOURS["unscaled"], "linestyle": ":", "marker": "+", "markersize": 7},
    }
    names = {
        "network": f"network, width {settings.width}",
        "capped": "scaled, steps as the network",
        "scaled": "scaled convolution",
        "unscaled": "unscaled convolution",
        "unscaled, 0": "unscaled convolution from 0",
    }
    for row, recording in zip(panels, settings.recordings, strict=True):
        lowest = highest = 0.0
        for axes, transition in zip(row, settings.transitions, strict=True):
            for model in names:
                values = np.array(
                    [
                        [
                            cell.r_squared(model)
                            for cell in result.select(recording=recording, bins=bins, transition=transition)
                        ]
                        for bins in settings.bins
                    ]
                )
                means, low, high = values.mean(axis=1), values.min(axis=1), values.max(axis=1)
                lowest, highest = min(lowest, float(low.min())), max(highest, float(high.max()))
                if model in COLOURS:
                    open_one = {"markersize": sizes[model], "markerfacecolor": "none", "markevery": 1}
                    plot(axes, settings.bins, means, model, label=names[model], **open_one)
                    axes.fill_between(settings.bins, low, high, color=COLOURS[model], alpha=0.12, linewidth=0)
                else:
                    axes.plot(settings.bins, means, linewidth=1.2, label=names[model], **further[model])
            axes.axhline(0, color="0.7", linewidth=0.7, zorder=0)
            axes.set_xscale("log")
            axes.set_title(f"recording {recording}, nu_W = {transition}", fontsize=9)
            axes.xaxis.set_major_locator(FixedLocator(settings.bins))
            axes.xaxis.set_major_formatter(FixedFormatter([f"{bins:g}" for bins in settings.bins]))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.tick_params(labelsize=8)
            axes.tick_params(axis="x", rotation=60 if len(settings.bins) > 4 else 0)
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


# data


@cache
def _signals(
    recording: int,
) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " bins"]]:
    """The sound and the firing rate."""
    return (
        recordings.envelope(recording),
        recordings.firing_rate(recording, smoothing_ms=SMOOTHING_MS),
    )


def blocks(bins: int, repeat: int) -> tuple[slice, slice, slice]:
    """The bins whose rates are for training, validation and test.

    >>> blocks(1000, 0)
    (slice(6039, 7039, None), slice(7051, 8051, None), slice(8063, 9994, None))
    >>> blocks(1000, 1)[0], blocks(7000, 1)[0]
    (slice(5039, 6039, None), slice(39, 7039, None))
    """
    end = LAGS - 1 + LONGEST
    training = end - bins * (repeat % (LONGEST // bins))
    validation = end + 2 * REACH
    test = validation + VALIDATION + 2 * REACH
    return (
        slice(training - bins, training),
        slice(validation, validation + VALIDATION),
        slice(test, recordings.DURATION_MS - REACH),
    )


def _tasks(recording: int, bins: int, repeat: int) -> tuple[Task, Task, Task]:
    """The three blocks as tasks, standardised by the first."""
    sound, rate = _signals(recording)
    parts = blocks(bins, repeat)
    heard, wanted = sound[_with_past(parts[0])], rate[parts[0]]
    x, y = (sound - heard.mean()) / heard.std(), (rate - wanted.mean()) / wanted.std()
    training, validation, test = (
        Task(x[None, _with_past(part), None], y[None, _with_past(part), None], LAGS, LAGS - 1)
        for part in parts
    )
    return training, validation, test


def _with_past(block: slice) -> slice:
    return slice(block.start - LAGS + 1, block.stop)


# training


def grid(most: int) -> list[int]:
    """The steps at which training may stop.

    >>> grid(30)
    [0, 1, 2, 3, 5, 7, 10, 20, 30]
    """
    decades = range(len(str(most)))
    return [0, *(k * 10**decade for decade in decades for k in (1, 2, 3, 5, 7) if k * 10**decade <= most)]


def _cell(settings: Settings, seed: int, recording: int, bins: int, transition: str, repeat: int) -> Cell:
    training, validation, test = _tasks(recording, bins, repeat)
    variances = Variances(transition)
    key = (recording, bins, transition, repeat)
    network = student(networks.stream(seed, "neural", *key), settings.width, variances)
    step = common_step(network, training, variances)
    trained = _train(network, training, validation, step, grid(settings.steps))
    reached = max(trained)

    counts = grid(settings.most_steps)
    initial, rho = initial_response(network, LAGS), lag_weights(variances, LAGS)
    scaled = convolution_descent(training, rho, initial).steps(counts, step)
    ordinary = np.ones(LAGS)
    candidates: dict[str, tuple[list[int], Responses]] = {
        "network": (list(trained), np.array(list(trained.values()))),
        "capped": (grid(reached), scaled[: len(grid(reached))]),
        "scaled": (counts, scaled),
        "unscaled": (counts, _halfway(training, ordinary, initial, counts)),
        "scaled, 0": (counts, convolution_descent(training, rho).steps(counts, step)),
        "unscaled, 0": (counts, _halfway(training, ordinary, None, counts)),
    }
    first = grid(FIRST_STEPS)
    predicted = _predicted(settings, networks.seed_sequence(seed, "neural prediction", *key), key)
    return Cell(
        *key,
        outcomes={
            model: _outcome(steps, responses, validation, test)
            for model, (steps, responses) in candidates.items()
        },
        baseline=_errors(test, np.zeros(test.response_shape)),
        reached=reached,
        gap=_gap(test, np.array([trained[k] for k in first]), scaled[: len(first)]),
        predicted=predicted,
        peak=int(np.abs(convolution_descent(training, ordinary).limit()).argmax()),
    )


def _halfway(
    task: Task, weights: Float[np.ndarray, " lags"], initial: Response | None, counts: list[int]
) -> Responses:
    """A convolution after so many steps, half as large as is stable."""
    descent = convolution_descent(task, weights, initial)
    return descent.steps(counts, descent.largest_step / 2)


def _train(
    network: Matrices, training: Task, validation: Task, step: float, counts: list[int]
) -> dict[int, Response]:
    """The network's impulse response after each of the counts, until it has long been better."""
    found: dict[int, Response] = {}
    losses: dict[int, float] = {}
    for k, now in enumerate(network_descent(*network, training, step=step)):
        if k not in counts:
            continue
        found[k] = now.response.astype(np.float64)
        losses[k] = float(validation.loss(found[k]))
        best = min(losses, key=losses.__getitem__)
        if k == counts[-1] or k >= max(FIRST_STEPS, PATIENCE * best):
            break
    return found


def _outcome(steps: list[int], responses: Responses, validation: Task, test: Task) -> Outcome:
    losses = np.asarray(validation.loss(responses))
    best = int(losses.argmin())
    silence = float(validation.loss(np.zeros(validation.response_shape)))
    return Outcome(steps[best], float(1 - losses[best] / silence), _errors(test, responses[best]))


def _errors(test: Task, response: Response) -> Float[np.ndarray, " pieces"]:
    residuals = (convolve(response, test.inputs) - test.outputs)[0, test.first :, 0]
    return np.add.reduceat(residuals**2, np.arange(0, len(residuals), PIECE))


def _gap(
    test: Task,
    responses: Responses,
    others: Responses,
) -> float:
    """The greatest root mean square distance of their predictions, over the counts."""
    between = Task(test.inputs, np.zeros_like(test.outputs), test.lags, test.first)
    outputs = test.outputs.shape[1] - test.first
    return float(np.sqrt(2 * np.max(between.loss(responses - others)) / outputs))


def _predicted(
    settings: Settings, rng: np.random.SeedSequence, key: tuple[int, int, str, int]
) -> Float[np.ndarray, " samples"]:
    """The gaps of exact samples, linearised at their start, on the same data."""
    recording, bins, transition, repeat = key
    training, _, test = _tasks(recording, bins, repeat)
    variances, first = Variances(transition), grid(FIRST_STEPS)
    rho = lag_weights(variances, LAGS)
    thetas, starts = sample_lag_kernel(
        settings.width, variances, LAGS, settings.predictions, rng=rng, impulse_response=True
    )
    gaps = []
    for theta, initial in zip(thetas, starts, strict=True):
        linear = linearised_descent(training, theta, initial)
        scaled = convolution_descent(training, rho, initial)
        step = min(linear.largest_step, scaled.largest_step) / 2
        gaps.append(_gap(test, linear.steps(first, step), scaled.steps(first, step)))
    return np.array(gaps)


# what it shows


def _mean(result: Result, model: str, **fields: Any) -> float:
    return float(np.mean([cell.r_squared(model) for cell in result.select(**fields)]))


def _definitions(settings: Settings) -> str:
    return (
        f'Scaled and unscaled convolution start from the network\'s impulse response; "scaled, 0" and'
        f' "unscaled, 0" start from 0.  Capped: the scaled convolution after at most as many steps as'
        f" the network took, {settings.steps} or fewer.  k: the number of steps after which validation is"
        f" best, the median over the students.  The unscaled convolution has a step of its own."
    )


def _r_squared_table(result: Result, recording: int) -> str:
    rows = []
    for bins, transition in product(result.settings.bins, result.settings.transitions):
        cells = result.select(recording=recording, bins=bins, transition=transition)
        rows.append(
            {"ms": bins, "nu_W": transition}
            | {model: np.mean([cell.r_squared(model) for cell in cells]) for model in MODELS}
            | {
                f"k {model}": f"{np.median([cell.outcomes[model].steps for cell in cells]):.3g}"
                for model in ("network", "scaled", "unscaled")
            }
        )
    title = (
        f"Recording {recording}: R^2 on the test block by ms of training data, mean over the students, and"
        f" steps k:"
    )
    frame = pd.DataFrame(rows)
    frame[list(MODELS)] = frame[list(MODELS)].map("{:.3f}".format)
    return table(frame, title)


def _about_the_network(result: Result, ratio: float) -> str:
    cells, settings = result.cells, result.settings
    apart, lost = (
        {
            transition: [
                cell.r_squared(one) - cell.r_squared("capped")
                for cell in result.select(transition=transition)
            ]
            for transition in settings.transitions
        }
        for one in ("network", "scaled")
    )
    bound = sum(cell.outcomes["network"].steps == grid(settings.steps)[-1] for cell in cells)
    gave_up = sum(cell.reached < grid(settings.steps)[-1] for cell in cells)
    typical = {transition: np.median(np.abs(values)) for transition, values in apart.items()}
    cost = {transition: np.mean(values) for transition, values in lost.items()}
    return (
        f"The network of width {settings.width} and the scaled convolution, given as"
        f" many steps (capped), differ in R^2 by {_by_transition(typical)} (median).  The distance of their"
        f" predictions in the first {FIRST_STEPS} steps is {ratio:.2f} times what exact samples of the lag"
        f" kernel predict.  Of {len(cells)} networks {bound} were best at the limit of {settings.steps}"
        f" steps, and {gave_up} gave up before it, as validation had long been better.  The limit takes from"
        f" the scaled convolution's R^2 {_by_transition(cost)} (mean)."
    )


def _about_the_data(result: Result, recording: int) -> str:
    settings = result.settings
    few, many = min(settings.bins), max(settings.bins)
    sentences = [f"Recording {recording}."]
    for bins in dict.fromkeys((few, many)):
        chosen = _chosen(result, recording, bins)
        here: dict[str, Any] = {"recording": recording, "bins": bins, "transition": chosen}
        sentences.append(
            f"With {bins} ms validation takes nu_W = {chosen} for the scaled convolution: R^2"
            f" {_mean(result, 'scaled', **here):.3f}, network {_mean(result, 'network', **here):.3f},"
            f" unscaled {_mean(result, 'unscaled', **here):.3f}, unscaled from 0"
            f" {_mean(result, 'unscaled, 0', **here):.3f}."
            f"  Scaled less unscaled is {_interval(result, 'scaled', 'unscaled', **here)[0]}, less unscaled"
            f" from 0 {_interval(result, 'scaled', 'unscaled, 0', **here)[0]}."
            f"  {_from_zero(result, recording, bins)}"
        )
    # where the theory's bias is not the neuron's
    peak = int(np.median([cell.peak for cell in result.select(recording=recording, bins=many)]))
    shares = {transition: _share(transition, peak) for transition in settings.transitions}
    sentences.append(
        f"The neuron lacks the network's bias to the present: it answers after {peak} ms (the peak of the"
        f" least-squares response to {many} ms), where the lag weight, relative to that of lag 0, is"
        f" {_by_transition(shares, '.1g')}: at so much of its speed that lag is learned.  With {many} ms"
        f" {_costs(result, recording, many, 'scaled')} after the best number of steps, and"
        f" {_costs(result, recording, many, 'capped')} after at most as many steps as the"
        f" network took."
    )
    by_bins = ", ".join(
        f"{_chosen(result, recording, bins, 'network')} with {bins} ms" for bins in settings.bins
    )
    sentences.append(f"For the network itself validation takes nu_W = {by_bins}.")
    return "  ".join(sentences)


def _from_zero(result: Result, recording: int, bins: int) -> str:
    """Scaled and unscaled convolution without a random start, at the nu_W that suits the scaled one."""
    chosen = _chosen(result, recording, bins, "scaled, 0")
    here: dict[str, Any] = {"recording": recording, "bins": bins, "transition": chosen}
    difference, _ = _interval(result, "scaled, 0", "unscaled, 0", **here)
    return f"Both from 0, validation takes nu_W = {chosen} and scaled less unscaled is {difference}."


def _costs(result: Result, recording: int, bins: int, model: str) -> str:
    """What scaling takes from R^2 where the test block resolves it."""
    fields: dict[str, Any] = {"recording": recording, "bins": bins}
    costs = [
        f"{words} for nu_W = {transition}"
        for transition in result.settings.transitions
        for words, (_, high) in [_interval(result, model, "unscaled", **fields, transition=transition)]
        if high < 0
    ]
    return (
        f"scaling changes R^2 by {', '.join(costs)}"
        if costs
        else "no nu_W costs anything that the test resolves"
    )


def _by_transition(values: Mapping[str, Any], form: str = ".3f") -> str:
    return ", ".join(f"{value:{form}} for nu_W = {transition}" for transition, value in values.items())


def _share(transition: str, lag: int) -> float:
    rho = lag_weights(Variances(transition), LAGS)
    return float(rho[lag] / rho[0])


def _chosen(result: Result, recording: int, bins: int, model: str = "scaled") -> str:
    """The nu_W that is best on the validation block, in the mean over the repetitions."""

    def validation(transition: str) -> float:
        cells = result.select(recording=recording, bins=bins, transition=transition)
        return float(np.mean([cell.outcomes[model].validation for cell in cells]))

    return max(result.settings.transitions, key=validation)


def _interval(result: Result, one: str, other: str, **fields: Any) -> tuple[str, tuple[float, float]]:
    """The difference of two models' R^2, in words, and the 95 % of its resamplings."""
    cells = result.select(**fields)
    rng = networks.stream(result.seed, "neural", "resampling")
    pieces = len(cells[0].baseline)
    drawn = rng.integers(pieces, size=(RESAMPLES, pieces))
    resampled = np.zeros(RESAMPLES)
    for cell in cells:
        less = cell.outcomes[other].errors - cell.outcomes[one].errors
        resampled += less[drawn].sum(axis=1) / cell.baseline[drawn].sum(axis=1) / len(cells)
    low, high = np.quantile(resampled, (0.025, 0.975))
    difference = np.mean([cell.r_squared(one) - cell.r_squared(other) for cell in cells])
    return f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]", (float(low), float(high))


def _gap_size(result: Result) -> tuple[float, list[Verdict]]:
    """By what factor the gaps are larger than predicted, and whether that is 1; no verdict on one network."""
    logs = [(np.log(cell.gap), np.log(cell.predicted)) for cell in result.cells]
    off = np.array([gap - predicted.mean() for gap, predicted in logs])
    ratio = float(np.exp(off.mean()))
    if len(off) < 2:
        return ratio, []
    sampling = np.array([predicted.var(ddof=1) / len(predicted) for _, predicted in logs])
    error = float(np.sqrt(off.var(ddof=1) / len(off) + sampling.sum() / len(off) ** 2))
    return ratio, [
        margin_verdict(
            "neural",
            "size of the gap",
            float(off.mean()),
            error,
            len(off) - 1,
            margin=SIZE_MARGIN,
            detail=f"{ratio:.3f} of what exact samples predict, claimed 1 ± {SIZE_MARGIN:g}",
            level=LEVEL,
        )
    ]


def _numbers(result: Result) -> dict[str, Any]:
    return {
        "settings": asdict(result.settings),
        "lags": LAGS,
        "smoothing_ms": SMOOTHING_MS,
        "variances": {"input": "1", "output": "1"},
        "cells": list(map(_cell_numbers, result.cells)),
    }


def _cell_numbers(cell: Cell) -> dict[str, Any]:
    return {
        "recording": cell.recording,
        "training_bins": cell.bins,
        "transition": cell.transition,
        "repeat": cell.repeat,
        "models": {
            model: {
                "steps": outcome.steps,
                "validation_r_squared": outcome.validation,
                "test_r_squared": cell.r_squared(model),
            }
            for model, outcome in cell.outcomes.items()
        },
        "network_steps": cell.reached,
        "gap": cell.gap,
        "gap_predicted": cell.predicted.tolist(),
        "peak_lag": cell.peak,
    }
