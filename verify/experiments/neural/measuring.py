"""Networks and convolutions trained on the sound, stopped by validation, and how far apart they are."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from numeric import (
    Task,
    Variances,
    convolution_descent,
    convolve,
    lag_weights,
    linearised_descent,
    sample_lag_kernel,
)
from verify import networks, recordings
from verify.console import BadInput
from verify.experiments.errors import prediction_distances
from verify.experiments.neural.data import LAGS, signals, tasks
from verify.experiments.neural.training import FIRST_STEPS, Responses, grid, halfway, train
from verify.experiments.students import Response, common_step, initial_response, student

__all__ = [
    "FULL",
    "MODELS",
    "QUICK",
    "Cell",
    "Outcome",
    "Result",
    "Settings",
    "gap",
    "labels",
    "outcome",
    "run",
]

MODELS = ("network", "capped", "scaled", "unscaled", "scaled, 0", "unscaled, 0")
PIECE = 100
"""Bins of the test block that are resampled together; the rate's correlations are gone after some ten."""


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
            signals(recording)
        except ModuleNotFoundError as error:
            raise BadInput(str(error)) from error
        keys = [
            (recording, bins, transition, repeat)
            for transition, repeat in product(settings.transitions, range(settings.repeats))
        ]
        cells.extend(networks.in_parallel(lambda key: _cell(settings, seed, *key), keys))
    return Result(settings, seed, cells)


def _cell(settings: Settings, seed: int, recording: int, bins: int, transition: str, repeat: int) -> Cell:
    training, validation, test = tasks(recording, bins, repeat)
    variances = Variances(transition)
    key = (recording, bins, transition, repeat)
    network = student(networks.stream(seed, "neural", *key), settings.width, variances)
    step = common_step(network, training, variances)
    trained = train(network, training, validation, step, grid(settings.steps))
    reached = max(trained)

    counts = grid(settings.most_steps)
    initial, rho = initial_response(network, LAGS), lag_weights(variances, LAGS)
    scaled = convolution_descent(training, rho, initial).steps(counts, step)
    ordinary = np.ones(LAGS)
    candidates: dict[str, tuple[list[int], Responses]] = {
        "network": (list(trained), np.array(list(trained.values()))),
        "capped": (grid(reached), scaled[: len(grid(reached))]),
        "scaled": (counts, scaled),
        "unscaled": (counts, halfway(training, ordinary, initial, counts)),
        "scaled, 0": (counts, convolution_descent(training, rho).steps(counts, step)),
        "unscaled, 0": (counts, halfway(training, ordinary, None, counts)),
    }
    first = grid(FIRST_STEPS)
    predicted = _predicted(settings, networks.seed_sequence(seed, "neural prediction", *key), key)
    return Cell(
        *key,
        outcomes={
            model: outcome(steps, responses, validation, test)
            for model, (steps, responses) in candidates.items()
        },
        baseline=_errors(test, np.zeros(test.response_shape)),
        reached=reached,
        gap=gap(test, np.array([trained[k] for k in first]), scaled[: len(first)]),
        predicted=predicted,
        peak=int(np.abs(convolution_descent(training, ordinary).limit()).argmax()),
    )


def outcome(steps: list[int], responses: Responses, validation: Task, test: Task) -> Outcome:
    """Of the responses after so many steps the one that validation chooses."""
    losses = np.asarray(validation.loss(responses))
    best = int(losses.argmin())
    silence = float(validation.loss(np.zeros(validation.response_shape)))
    return Outcome(steps[best], float(1 - losses[best] / silence), _errors(test, responses[best]))


def _errors(test: Task, response: Response) -> Float[np.ndarray, " pieces"]:
    """Sums of squares over the pieces of the test block."""
    residuals = (convolve(response, test.inputs) - test.outputs)[0, test.first :, 0]
    return np.add.reduceat(residuals**2, np.arange(0, len(residuals), PIECE))


def gap(test: Task, responses: Responses, others: Responses) -> float:
    """The greatest root mean square distance of their predictions, over the counts."""
    return float(prediction_distances(test, responses, others).max())


def _predicted(
    settings: Settings, rng: np.random.SeedSequence, key: tuple[int, int, str, int]
) -> Float[np.ndarray, " samples"]:
    """The gaps of exact samples, linearised at their start, on the same data."""
    recording, bins, transition, repeat = key
    training, _, test = tasks(recording, bins, repeat)
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
        gaps.append(gap(test, linear.steps(first, step), scaled.steps(first, step)))
    return np.array(gaps)
