"""How far off the predictions of impulse responses are, from the outputs and from each other."""

import numpy as np
from jaxtyping import Float

from numeric import Task

__all__ = ["prediction_distances", "relative_errors", "wanted_outputs"]


def relative_errors(
    task: Task, responses: Float[np.ndarray, "*batch lags n_y n_x"]
) -> Float[np.ndarray, "*batch"]:
    """The squared error of the outputs, relative to that of predicting 0."""
    silence = task.loss(np.zeros(task.response_shape))
    return np.asarray(task.loss(responses)) / silence


def wanted_outputs(task: Task) -> Float[np.ndarray, "N T n_y"]:
    """The outputs that count; NaN where one was not observed."""
    return task.outputs[:, task.first :]


def prediction_distances(
    task: Task,
    one: Float[np.ndarray, "counts lags n_y n_x"],
    other: Float[np.ndarray, "counts lags n_y n_x"],
) -> Float[np.ndarray, " counts"]:
    """The root mean square distance of the predictions of all outputs that count, one for each count."""
    between = Task(task.inputs, np.zeros_like(task.outputs), task.lags, task.first)
    distances: np.ndarray = np.sqrt(2 * np.asarray(between.loss(one - other)) / wanted_outputs(task).size)
    return distances
