"""Students and convolutions trained on what a teacher says, and the gaps between them by width."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
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
from verify.experiments.errors import relative_errors
from verify.experiments.students import Matrices

__all__ = ["FULL", "QUICK", "VARIANCES", "Result", "Settings", "labels", "run"]

VARIANCES = Variances("0.3")
Responses: TypeAlias = Float[np.ndarray, "epochs lags n_y n_x"]


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


def _task(settings: Settings, seed: int, part: str) -> Task:
    """Sequences of noise and what the teacher makes of them, with noise."""
    matrices = networks.stream(seed, "equivalence", "teacher")
    teacher = networks.draw(matrices, settings.hidden, VARIANCES, settings.n_x)
    rng = networks.stream(seed, "equivalence", part)
    inputs = rng.standard_normal((settings.sequences, settings.T, settings.n_x))
    clean = convolve(impulse_response(*teacher, settings.T), inputs)
    noise = rng.standard_normal(clean.shape)
    return Task(inputs, clean + float(clean.std()) * 10 ** (-settings.decibel / 20) * noise)


def _student(settings: Settings, seed: int, width: int, index: int) -> Matrices:
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
