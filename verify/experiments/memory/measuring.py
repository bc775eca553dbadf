"""Networks and convolutions trained on delays, their test errors, and how far they are apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

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
    step_bound,
    train_network,
    uniform_bound,
)
from verify import networks
from verify.experiments.students import initial_response, student

__all__ = [
    "FINE",
    "FULL",
    "QUICK",
    "Delayed",
    "Result",
    "Settings",
    "convolution_errors",
    "delayed",
    "finer",
    "labels",
    "run",
    "with_transition",
]

FINE = 5
"""Parts of each interval between the nu_W, for the theory's curve."""


@dataclass(frozen=True)
class Settings:
    """The sizes of the experiment.

    A network is trained for each of the ``transitions``, ``delays`` and ``repetitions``; a repetition has
    its own inputs, target and noise.  The convolutions' test errors are means over so many ``datasets``, the
    repetitions' and more; ``pairs`` is the number of pairs of exact samples for each network.
    """

    width: int = 400
    T: int = 20
    n_x: int = 2
    sequences: int = 25
    decibel: float = 20.0
    epochs: int = 100
    transitions: tuple[float, ...] = tuple(k / 10 for k in range(1, 16))
    delays: tuple[int, ...] = (0, 2, 4, 6, 8, 10, 13, 16, 19)
    repetitions: int = 3
    pairs: int = 6
    datasets: int = 40


QUICK = Settings()
FULL = Settings(width=1000, delays=tuple(range(20)), repetitions=4, pairs=16, datasets=512)


@dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes
    ----------
    network
        Test errors of the networks.
    distance
        ``|L - L'|^2 / |L*|^2`` between network and scaled convolution.
    predicted
        Half of the same between the two of each pair of exact samples.
    beside
        Test errors of the scaled convolutions on the networks' own data.
    response, limit
        ``|L_j - L_j^0|`` of the scaled convolution, and the lesser of its two bounds.
    scaled
        Mean test errors of the scaled convolution at the finer nu_W, for all delays.
    unscaled
        Mean test errors of the unscaled convolution.
    """

    settings: Settings
    seed: int
    network: Float[np.ndarray, "repetitions transitions delays"]
    distance: Float[np.ndarray, "repetitions transitions delays"]
    predicted: Float[np.ndarray, "repetitions transitions delays pairs"]
    beside: Float[np.ndarray, "repetitions transitions delays"]
    response: Float[np.ndarray, "repetitions transitions delays T"]
    limit: Float[np.ndarray, "repetitions transitions delays T"]
    scaled: Float[np.ndarray, "fine T"]
    unscaled: Float[np.ndarray, " T"]


@dataclass(frozen=True)
class Trained:
    """What a :class:`Result` has of each network."""

    network: float
    distance: float
    predicted: Float[np.ndarray, " pairs"]
    beside: float
    response: Float[np.ndarray, " T"]
    limit: Float[np.ndarray, " T"]


@dataclass(frozen=True)
class Delayed:
    """The data of one repetition, and what there is to learn at each delay."""

    inputs: Float[np.ndarray, "sequences T n_x"]
    last: Float[np.ndarray, "sequences T"]
    """The last output wanted, by delay."""
    target: Float[np.ndarray, "T n_x"]
    """L*, of which only lag tau is not 0: the same u at every lag."""

    def task(self, delays: Iterable[int], start: Float[np.ndarray, "T 1 n_x"] | None = None) -> Task:
        """An output for each delay, on top of the response at the start."""
        wanted = self.last[:, list(delays)]
        outputs = np.zeros((*self.inputs.shape[:2], wanted.shape[1]))
        outputs[:, -1] = wanted
        if start is not None:
            outputs = outputs + convolve(start, self.inputs)
        return Task(self.inputs, outputs, first=self.inputs.shape[1] - 1)

    def errors(
        self, responses: Float[np.ndarray, "*batch T outputs n_x"], delays: Iterable[int]
    ) -> Float[np.ndarray, "*batch outputs"]:
        """The test error of each output, over all white inputs, relative to that of silence."""
        wanted = np.zeros(responses.shape[-3:])
        for output, delay in enumerate(delays):
            wanted[delay, output] = self.target[delay]
        errors: np.ndarray = np.square(responses - wanted).sum(axis=(-3, -1))
        return errors


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return ["convolutions"] + [f"networks, nu_W = {nu:g}" for nu in settings.transitions]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage."""
    stages = iter(labels(settings))
    start(next(stages))
    weights = [np.ones(settings.T)] + [lag_weights(with_transition(nu), settings.T) for nu in finer(settings)]
    datasets = [delayed(settings, seed, index) for index in range(settings.datasets)]
    unscaled, *scaled = np.mean([convolution_errors(settings, data, weights) for data in datasets], axis=0)
    trained = []
    for nu in settings.transitions:
        start(next(stages))
        trained.append(
            [
                [_train(settings, seed, data, index, nu, delay) for delay in settings.delays]
                for index, data in enumerate(datasets[: settings.repetitions])
            ]
        )
    by_repetition = {
        field.name: np.array(
            [[[getattr(one, field.name) for one in row] for row in rows] for rows in trained]
        ).swapaxes(0, 1)
        for field in fields(Trained)
    }
    return Result(settings, seed, **by_repetition, scaled=np.array(scaled), unscaled=unscaled)


def delayed(settings: Settings, seed: int, index: int) -> Delayed:
    """White inputs, a direction u of length 1, and the inputs along it at each delay, with noise."""
    rng = networks.stream(seed, "memory", "data", index)
    inputs = rng.standard_normal((settings.sequences, settings.T, settings.n_x))
    direction = rng.standard_normal(settings.n_x)
    direction /= np.linalg.norm(direction)
    noise = rng.standard_normal((settings.sequences, settings.T)) * 10 ** (-settings.decibel / 20)
    return Delayed(inputs, inputs[:, ::-1] @ direction + noise, np.tile(direction, (settings.T, 1)))


def convolution_errors(
    settings: Settings, data: Delayed, weights: list[Float[np.ndarray, " T"]]
) -> Float[np.ndarray, "convolutions T"]:
    """Test errors of the convolutions with these lag weights, for all delays."""
    delays = range(settings.T)
    task = data.task(delays)
    return data.errors(
        np.array([convolution_descent(task, rho).steps(settings.epochs) for rho in weights]), delays
    )


def finer(settings: Settings) -> Float[np.ndarray, " fine"]:
    """The nu_W of the theory's curve: each interval of the grid in FINE parts."""
    count = len(settings.transitions)
    places = np.arange((count - 1) * FINE + 1) / FINE
    return np.interp(places, np.arange(count), settings.transitions).round(10)


def with_transition(nu: float) -> Variances:
    """With nu_W as written in decimals: 0.3 is three tenths."""
    return Variances(str(float(nu)))


def _train(settings: Settings, seed: int, data: Delayed, index: int, nu: float, delay: int) -> Trained:
    variances = with_transition(nu)
    rho = lag_weights(variances, settings.T)
    key = (settings.width, round(nu * 10**6), index, delay)
    task = data.task([delay])

    stream = networks.stream(seed, "memory", "network", *key)
    matrices = student(stream, settings.width, variances, settings.n_x)
    initial = initial_response(matrices, settings.T)
    network = train_network(*matrices, data.task([delay], initial), steps=settings.epochs).responses - initial

    scaled = convolution_descent(task, rho).steps(settings.epochs)
    limit = np.minimum(step_bound(task, rho, settings.epochs), uniform_bound(task, rho))

    thetas = sample_lag_kernel(
        settings.width,
        variances,
        settings.T,
        2 * settings.pairs,
        n_x=settings.n_x,
        rng=networks.seed_sequence(seed, "memory", "samples", *key),
    )
    first, second = np.split(
        np.array([linearised_descent(task, theta).steps(settings.epochs) for theta in thetas]), 2
    )
    pairs = np.square(first - second).sum(axis=(1, 2, 3)) / 2
    (error,), (beside,) = (data.errors(response, [delay]) for response in (network, scaled))
    return Trained(
        network=float(error),
        distance=float(np.square(network - scaled).sum()),
        predicted=pairs,
        beside=float(beside),
        response=np.linalg.norm(scaled, axis=(1, 2)),
        limit=limit,
    )
