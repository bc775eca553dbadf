"""Training, and the steps at which it may stop."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from numeric import Task, convolution_descent, network_descent
from verify.experiments.students import Matrices, Response

__all__ = ["FIRST_STEPS", "PATIENCE", "Responses", "grid", "halfway", "train"]

Responses: TypeAlias = Float[np.ndarray, "counts lags n_y n_x"]

FIRST_STEPS, PATIENCE = 50, 4
"""Steps that every network takes, over which its gap is measured; it stops at so many times its best step."""


def grid(most: int) -> list[int]:
    """The steps at which training may stop.

    >>> grid(30)
    [0, 1, 2, 3, 5, 7, 10, 20, 30]
    """
    decades = range(len(str(most)))
    return [0, *(k * 10**decade for decade in decades for k in (1, 2, 3, 5, 7) if k * 10**decade <= most)]


def halfway(
    task: Task, weights: Float[np.ndarray, " lags"], initial: Response | None, counts: list[int]
) -> Responses:
    """A convolution after so many steps, half as large as is stable."""
    descent = convolution_descent(task, weights, initial)
    return descent.steps(counts, descent.largest_step / 2)


def train(
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
