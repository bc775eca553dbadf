"""The three models trained with each nu_W, and their errors over the epochs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numeric import Task, Variances, convolution_descent, lag_weights, network_descent
from verify import networks
from verify.experiments.errors import prediction_distances, relative_errors
from verify.experiments.fit.data import Settings, Split, split
from verify.experiments.students import Matrices, common_step, initial_response, student

__all__ = ["Result", "Run", "labels", "run", "tried"]

STAGES = 20
"""The training of a network is parted into so many, at most."""


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


@dataclass(frozen=True, eq=False)
class Result:
    """What was measured, a run for each nu_W."""

    settings: Settings
    seed: int
    split: Split
    runs: list[Run]


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    stages = [f"epoch {epoch} of {settings.epochs}" for epoch in _marks(settings.epochs)] + ["convolutions"]
    return [f"nu_W = {transition}, {stage}" for transition in tried(settings) for stage in stages]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage.

    Raises ValueError for data or settings that cannot be used.
    """
    stages = iter(labels(settings))
    variances = {
        transition: Variances(transition, settings.input_variance, settings.output_variance)
        for transition in tried(settings)
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


def tried(settings: Settings) -> list[str]:
    """The nu_W, each once, as it is first written."""
    written: dict[Variances, str] = {}
    for transition in settings.transitions:
        written.setdefault(Variances(transition), transition)
    return list(written.values())


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
    apart = prediction_distances(data.held_out, responses["network"], responses["scaled"])
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
