"""Whether networks follow their theory as closely as their width allows."""

import numpy as np
from jaxtyping import Float

from verify.experiments.initialisations.measuring import Learned, Result, distance
from verify.experiments.reporting import LEVEL
from verify.statistics import Verdict, margin_verdict

__all__ = ["DISTANCE_MARGIN", "distances", "verdicts"]

DISTANCE_MARGIN = 0.25
"""What the next order, 1/n, of either width may do to the logarithm of the distance."""


def distances(learned: Learned) -> Float[np.ndarray, " repetitions"]:
    """Of each network to its theory, relative to what that learns."""
    return distance(learned.trained - learned.theory, learned.theory)


def verdicts(result: Result) -> list[Verdict]:
    """One a network: its distance to the theory is as predicted."""
    return [_verdict(name, learned) for name, learned in result.learned.items()]


def _verdict(name: str, learned: Learned) -> Verdict:
    # the law of the logarithm from the pairs alone, with room for few networks
    logs, found = np.log(learned.predicted), np.log(distances(learned))
    off = float(found.mean() - logs.mean())
    error = float(logs.std(ddof=1) * (1 / len(found) + 1 / len(logs)) ** 0.5)
    return margin_verdict(
        "initialisations",
        f"{name}, distance to its theory",
        off,
        error,
        len(logs) - 1,
        margin=DISTANCE_MARGIN,
        detail=f"{np.exp(off):.3f} of what pairs of networks predict, claimed within a factor"
        f" {np.exp(DISTANCE_MARGIN):.2f}",
        level=LEVEL,
    )
