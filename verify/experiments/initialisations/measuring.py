"""Networks trained on delays, what their theory says, and how far apart two networks are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numeric import Task, convolution_descent, convolve, limit_kernel, linearised_descent
from numeric.descent import Descent
from numeric.model import Model
from verify.drawn import draw_network, drawn_kernels
from verify.networks import in_parallel, stream
from verify.specifications import read_network
from verify.training import drawn_response, in_single_precision, train_drawn

__all__ = ["FULL", "QUICK", "Learned", "Result", "Settings", "kernel_descent", "labels", "run"]

Responses = Float[np.ndarray, "*batch delays counts lags"]


@dataclass(frozen=True)
class Settings:
    """The sizes of the experiment.

    ``networks`` has a name and a specification of each; ``repetitions`` networks of each are drawn at
    ``width`` and trained on every delay, and ``pairs`` at the width ``narrow`` predict their distance to the
    theory.
    """

    width: int = 1000
    lags: int = 25
    sequences: int = 16
    T: int = 100
    steps: int = 5
    delays: tuple[int, ...] = (1, 5, 10, 20)
    networks: tuple[tuple[str, str], ...] = (
        ("Gaussian", "0.5"),
        ("orthogonal", "orthogonal(0.95)"),
        ("leaky", "leaky(0.6, 0.1)"),
        ("ring", "diagonal(ring(0.4, 0.99))"),
        ("stacked", "stack(0.5, 0.5)"),
    )
    repetitions: int = 16
    narrow: int = 400
    pairs: int = 32


QUICK = Settings()
FULL = Settings(delays=tuple(range(25)), narrow=500, pairs=64)


@dataclass(frozen=True)
class Learned:
    """What was measured of one kind of network, relative to the length of the target, 1."""

    weights: Float[np.ndarray, " lags"]
    """The lag weights, on the diagonal of the limit."""
    theory: Float[np.ndarray, "delays counts lags"]
    """``L^k - L^0`` at infinite width, by delay and number of steps."""
    trained: Float[np.ndarray, "repetitions delays counts lags"]
    """The same of the networks, one after the other."""
    losses: Float[np.ndarray, " lags"]
    """Of the theory after the last step, for every delay."""
    predicted: Float[np.ndarray, " pairs"]
    """The distance of a network to the theory, by each pair."""


@dataclass(frozen=True)
class Result:
    """What was measured, by the name of the network."""

    settings: Settings
    seed: int
    learned: dict[str, Learned]


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return [name for name, _ in settings.networks]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage."""
    inputs = stream(seed, "initialisations", "inputs").standard_normal((settings.sequences, settings.T, 1))
    learned = {}
    for name, specification in settings.networks:
        start(name)
        learned[name] = _learned(settings, seed, inputs, read_network(specification), name)
    return Result(settings, seed, learned)


def kernel_descent(task: Task, theta: Float[np.ndarray, "lags lags"]) -> Descent:
    """Training in closed form from 0, by a kernel: of a drawn network, or the limit of infinite width."""
    if not np.count_nonzero(theta - np.diag(theta.diagonal())):
        return convolution_descent(task, theta.diagonal())
    return linearised_descent(task, theta[:, None, None, :, None, None])


def losses(responses: Responses, delays: Sequence[int]) -> Float[np.ndarray, "*batch delays counts"]:
    """``|L - L*|^2``: over all white inputs, relative to what it is at the start, where L is 0."""
    wanted = np.zeros((len(delays), 1, responses.shape[-1]))
    wanted[np.arange(len(delays)), 0, list(delays)] = 1
    squares: np.ndarray = np.square(responses - wanted).sum(axis=-1)
    return squares


def distance(
    difference: Responses, theory: Float[np.ndarray, "delays counts lags"]
) -> Float[np.ndarray, "*batch"]:
    """Root mean square over delays, steps and lags, relative to what the theory learns."""
    squares = np.square(difference).sum(axis=(-3, -2, -1))
    relative: np.ndarray = np.sqrt(squares / np.square(theory).sum())
    return relative


def _learned(
    settings: Settings, seed: int, inputs: Float[np.ndarray, "N T 1"], model: Model, name: str
) -> Learned:
    counts, delays = range(settings.steps + 1), settings.delays
    tasks = [_task(settings, inputs, delay) for delay in range(settings.lags)]

    def kernel(index: int) -> Float[np.ndarray, "lags lags"]:
        rng = stream(seed, "initialisations", "narrow", name, settings.narrow, index)
        return drawn_kernels(model, rng, settings.narrow, np.eye(settings.lags, 1))[0]

    narrow = list(in_parallel(kernel, range(2 * settings.pairs)))
    step = min(kernel_descent(tasks[0], theta).largest_step for theta in narrow) / 2
    limit = limit_kernel(model, settings.lags)

    def in_closed_form(theta: Float[np.ndarray, "lags lags"], delays: Iterable[int]) -> Responses:
        each = (kernel_descent(tasks[delay], theta) for delay in delays)
        return np.array([training.steps(counts, step)[..., 0, 0] for training in each])

    def trained(index: int) -> Responses:
        rng = stream(seed, "initialisations", name, settings.width, index)
        network = in_single_precision(draw_network(model, rng, settings.width, 1))
        initial = drawn_response(network, settings.lags)
        above = (_task(settings, inputs, delay, initial) for delay in delays)
        responses = [train_drawn(network, task, settings.steps, step) - initial for task in above]
        return np.array(responses)[..., 0, 0]

    theory = in_closed_form(limit, range(settings.lags))
    chosen = theory[list(delays)]
    both = np.array([in_closed_form(theta, delays) for theta in narrow])
    pairs = distance(both[::2] - both[1::2], chosen) * (settings.narrow / settings.width / 2) ** 0.5
    return Learned(
        limit.diagonal(),
        chosen,
        np.array(list(in_parallel(trained, range(settings.repetitions)))),
        losses(theory, range(settings.lags))[:, -1],
        pairs,
    )


def _task(
    settings: Settings,
    inputs: Float[np.ndarray, "N T 1"],
    delay: int,
    initial: Float[np.ndarray, "lags 1 1"] | None = None,
) -> Task:
    """The delayed inputs, on top of a response; the first outputs, which see no inputs, are left out."""
    wanted = np.eye(settings.lags)[delay][:, None, None]
    response = wanted if initial is None else initial + wanted
    return Task(inputs, convolve(response, inputs), lags=settings.lags, first=settings.lags - 1)
