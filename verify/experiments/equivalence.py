r"""A student network learns from a teacher network, and the scaled convolution follows it step by step.

The teacher is a linear network of 4 hidden units; the student a wide one with nu_W = 0.3.  Beside the student
learn two convolutions from the student's own initial impulse response: the scaled one, ``L_j = sqrt(rho_j)
theta_j``, with the student's step, and the ordinary one with a step of its own, in both cases a quarter of
the largest stable one.  This is the synthetic experiment of Emami et al. 2021.

How far apart are they?  Let the *gap* be the greatest ``|L_j - L_j'|`` (Frobenius) between student and scaled
convolution over all lags and all steps.  To first order it is due to the fluctuation of the student's lag
kernel at its start, so it falls like n^{-1/2} with a law that depends on the width by this factor alone: the
logarithm of the gap is a line in log n with the same scatter everywhere, and ordinary least squares give its
slope with an exact confidence interval.  The law itself is known without training any network, from exact
samples of kernel and start (:func:`numeric.sample_lag_kernel`), each trained in its linearisation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from jaxtyping import Float

from numeric import (
    Task,
    Variances,
    convolution_descent,
    convolve,
    impulse_response,
    lag_weights,
    linearised_descent,
    sample_lag_kernel,
    train_network,
)
from verify import networks
from verify.experiments.reporting import COLOURS, LEVEL, Report, noisy, plot, relative_errors, table, tell
from verify.statistics import Verdict, margin_verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FULL", "QUICK", "Result", "Settings", "draw", "labels", "report", "run"]

VARIANCES = Variances("0.3")
SLOPE_MARGIN, SIZE_MARGIN = 0.03, 0.1
"""What the gap's next order, 1/n, may do to its exponent and to the logarithm of its size."""
Responses: TypeAlias = Float[np.ndarray, "epochs lags n_y n_x"]
SHOWN = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300)
"""Epochs in the printed table."""


@dataclass(frozen=True)
class Settings:
    """The sizes of the experiment.

    ``networks`` pairs each width with how many networks are trained at it; ``predictions`` is the number of
    exact samples at each width.
    """

    width: int = 1000
    hidden: int = 4
    n_x: int = 15
    T: int = 10
    sequences: int = 50
    decibel: float = 20.0
    epochs: int = 50
    networks: tuple[tuple[int, int], ...] = (
        (100, 48),
        (200, 48),
        (400, 32),
        (1000, 10),
        (2000, 4),
        (4000, 2),
    )
    predictions: int = 64


QUICK = Settings()
FULL = Settings(
    epochs=300,
    networks=((100, 200), (200, 200), (400, 200), (1000, 50), (2000, 20), (4000, 10)),
    predictions=1024,
)


@dataclass(frozen=True)
class Result:
    """What was measured: errors over the epochs by model, and the gaps and their predictions by width."""

    settings: Settings
    seed: int
    train: dict[str, Float[np.ndarray, " epochs"]]
    test: dict[str, Float[np.ndarray, " epochs"]]
    gaps: dict[int, Float[np.ndarray, " networks"]]
    predicted: dict[int, Float[np.ndarray, " samples"]]


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return [f"width {settings.width}"] + [f"gap at width {width}" for width, _ in settings.networks]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage."""
    stages = iter(labels(settings))
    start(next(stages))
    training, testing = (_task(settings, seed, part) for part in ("training", "testing"))
    responses = _three_models(settings, seed, training)
    train, test = (
        {name: relative_errors(task, response) for name, response in responses.items()}
        for task in (training, testing)
    )
    gaps, predicted = {}, {}
    for width, count in settings.networks:
        start(next(stages))
        gaps[width] = _gaps(training, _trained(settings, seed, training, width, count))
        predicted[width] = _gaps(training, _linearised(settings, seed, training, width))
    return Result(settings, seed, train, test, gaps, predicted)


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
    fit = _fit(result)
    low, high = fit.exponent - fit.reach, fit.exponent + fit.reach
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
        _verdicts(fit),
        {
            "settings": asdict(result.settings),
            "variances": {role: str(value) for role, value in vars(VARIANCES).items() if role != "exact"},
            "epochs": list(range(result.settings.epochs + 1)),
            "train_error": {name: errors.tolist() for name, errors in result.train.items()},
            "test_error": {name: errors.tolist() for name, errors in result.test.items()},
            "gaps": [
                {"width": width, "gaps": gaps.tolist(), "predicted": result.predicted[width].tolist()}
                for width, gaps in result.gaps.items()
            ],
            "slope": {"exponent": fit.exponent, "confidence_95": [low, high]},
        },
    )


def draw(result: Result, figure: "Figure") -> None:
    """Errors over the epochs, and the gap against the width."""
    settings = result.settings
    figure.set_size_inches(10, 4.5)
    left, right = figure.subplots(1, 2)
    for name, colour in COLOURS.items():
        plot(left, range(settings.epochs + 1), result.test[name], name, label=f"{name}, test")
        left.plot(result.train[name], color=colour, linestyle=":", linewidth=1)
    left.plot([], [], ":", color="0.3", linewidth=1, label="training")
    left.set(xlabel="epoch", ylabel="squared error, relative", yscale="log", xlim=(0, None))
    left.set_title(f"Student of width {settings.width}", fontsize=10)

    widths = np.array(list(result.gaps))
    predicted = np.array([gaps.mean() for gaps in result.predicted.values()])
    for width, gaps in result.gaps.items():
        right.plot(np.full(len(gaps), width), gaps, ".", color="0.75", zorder=1)
    right.plot(
        widths,
        [gaps.mean() for gaps in result.gaps.values()],
        "o",
        color="C0",
        markersize=9,
        markerfacecolor="none",
        label="networks, mean",
    )
    right.plot(widths, predicted, "x", color="C1", markersize=8, label="predicted by exact samples, mean")
    middle = np.exp(np.mean(np.log(predicted * widths**0.5)))
    right.plot(widths, middle * widths**-0.5, "--", color="0.4", linewidth=0.8, label="n^(-1/2)")
    right.set(xlabel="width n", ylabel="gap: greatest |L_j - L_j'|", xscale="log", yscale="log")
    right.set_title("Network and scaled convolution, over all lags j and steps", fontsize=10)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
        axes.grid(visible=True, color="0.93")
    tell(
        figure,
        f"experiment equivalence, seed {result.seed}: {settings.sequences} sequences, T = {settings.T},"
        f" n_x = {settings.n_x}, teacher of {settings.hidden} hidden units,"
        f" nu_W = {float(VARIANCES.transition):g}, nu_F = nu_C = 1, {settings.epochs} epochs",
    )


def _task(settings: Settings, seed: int, part: str) -> Task:
    """Sequences of noise and what the teacher makes of them, with noise."""
    matrices = networks.stream(seed, "equivalence", "teacher")
    teacher = networks.draw(matrices, settings.hidden, VARIANCES, settings.n_x)
    rng = networks.stream(seed, "equivalence", part)
    inputs = rng.standard_normal((settings.sequences, settings.T, settings.n_x))
    clean = convolve(impulse_response(*teacher, settings.T), inputs)
    return Task(inputs, noisy(clean, settings.decibel, rng))


def _student(settings: Settings, seed: int, width: int, index: int) -> tuple[Any, Any, Any]:
    rng = networks.stream(seed, "equivalence", "student", width, index)
    return networks.draw(rng, width, VARIANCES, settings.n_x)


def _step(task: Task) -> float:
    """A quarter of what is stable for the scaled convolution: narrow students allow less than half of it."""
    return convolution_descent(task, lag_weights(VARIANCES, task.lags)).largest_step / 4


def _three_models(settings: Settings, seed: int, task: Task) -> dict[str, Responses]:
    epochs = range(settings.epochs + 1)
    rho, step = lag_weights(VARIANCES, settings.T), _step(task)
    student = _student(settings, seed, settings.width, 0)
    network = train_network(*student, task, steps=epochs, step=step).responses
    unscaled = convolution_descent(task, np.ones(settings.T), network[0])
    return {
        "network": network,
        "scaled": convolution_descent(task, rho, network[0]).steps(epochs, step),
        "unscaled": unscaled.steps(epochs, unscaled.largest_step / 4),
    }


def _trained(settings: Settings, seed: int, task: Task, width: int, count: int) -> Iterator[Responses]:
    """The impulse responses of some networks over the epochs."""
    epochs, step = range(settings.epochs + 1), _step(task)

    def one(index: int) -> Responses:
        return train_network(*_student(settings, seed, width, index), task, steps=epochs, step=step).responses

    return networks.in_parallel(one, range(1, count + 1))


def _linearised(settings: Settings, seed: int, task: Task, width: int) -> Iterator[Responses]:
    """What exact samples of lag kernel and start predict of them."""
    epochs, step = range(settings.epochs + 1), _step(task)

    def one(sample: tuple[np.ndarray, np.ndarray]) -> Responses:
        return linearised_descent(task, *sample).steps(epochs, step)

    samples = sample_lag_kernel(
        width,
        VARIANCES,
        settings.T,
        settings.predictions,
        n_x=settings.n_x,
        rng=networks.seed_sequence(seed, "equivalence", "prediction", width),
        impulse_response=True,
    )
    return networks.in_parallel(one, zip(*samples, strict=True))


def _gaps(task: Task, runs: Iterable[Responses]) -> Float[np.ndarray, " runs"]:
    """The greatest distance of each to the scaled convolution from its start, over all lags and epochs."""
    rho, step = lag_weights(VARIANCES, task.lags), _step(task)

    def gap(responses: Responses) -> float:
        scaled = convolution_descent(task, rho, responses[0]).steps(range(len(responses)), step)
        return float(np.linalg.norm(responses - scaled, axis=(2, 3)).max())

    return np.array([gap(responses) for responses in runs])


@dataclass(frozen=True)
class _Fit:
    """Least squares of log gap on log n: slope, its standard error, half its 95 % confidence interval.

    ``log_ratio`` is how much larger the gaps are than predicted, ``freedom`` the degrees of freedom.
    """

    exponent: float
    error: float
    reach: float
    log_ratio: float
    ratio_error: float
    freedom: int


def _fit(result: Result) -> _Fit:
    from scipy.stats import linregress, t

    log_n, log_gap = _logarithms(result.gaps)
    line = linregress(log_n, log_gap)
    freedom = len(log_n) - 2
    reach = float(t.ppf(0.975, freedom) * line.stderr)
    # without the factor n^{-1/2} all widths have one law
    sizes, predicted = (
        gaps + widths / 2 for widths, gaps in ((log_n, log_gap), _logarithms(result.predicted))
    )
    error = np.hypot(*(sample.std(ddof=1) / len(sample) ** 0.5 for sample in (sizes, predicted)))
    log_ratio = float(sizes.mean() - predicted.mean())
    return _Fit(float(line.slope), float(line.stderr), reach, log_ratio, float(error), freedom)


def _logarithms(
    gaps: dict[int, Float[np.ndarray, " runs"]],
) -> tuple[Float[np.ndarray, " all"], Float[np.ndarray, " all"]]:
    widths = np.repeat(list(gaps), [len(each) for each in gaps.values()])
    return np.log(widths), np.log(np.concatenate(list(gaps.values())))


def _verdicts(fit: _Fit) -> list[Verdict]:
    exponent = f"{fit.exponent:.3f} ± {fit.reach:.3f}, claimed -1/2 ± {SLOPE_MARGIN:g}"
    size = f"ratio {np.exp(fit.log_ratio):.3f}, claimed 1 ± {SIZE_MARGIN:g}"
    return [
        margin_verdict(
            "equivalence", name, off, error, fit.freedom, margin=margin, detail=detail, level=LEVEL
        )
        for name, off, error, margin, detail in (
            ("exponent of the gap", fit.exponent + 0.5, fit.error, SLOPE_MARGIN, exponent),
            ("size of the gap", fit.log_ratio, fit.ratio_error, SIZE_MARGIN, size),
        )
    ]
