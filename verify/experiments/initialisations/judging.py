"""Which delays networks learn, and whether they follow their theory as closely as their width allows."""

import numpy as np
from jaxtyping import Float, Int

from verify.experiments.initialisations.measuring import Learned, Result, Settings, distance, losses
from verify.experiments.margins import distance_verdict
from verify.statistics import Verdict

__all__ = ["LEARNED", "distances", "final_losses", "learned_delays", "verdicts"]

LEARNED = 0.5
"""A delay counts as learned below this loss."""


def final_losses(settings: Settings, learned: Learned) -> Float[np.ndarray, "repetitions delays"]:
    """Of each network after the last step."""
    last: np.ndarray = losses(learned.trained, settings.delays)[..., -1]
    return last


def learned_delays(result: Result, name: str) -> Int[np.ndarray, " some"]:
    """Those whose mean loss is below :data:`LEARNED`."""
    below = final_losses(result.settings, result.learned[name]).mean(axis=0) < LEARNED
    delays: np.ndarray = np.array(result.settings.delays)[below]
    return delays


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
    title, freedom = f"{name}, distance to its theory", len(logs) - 1
    return distance_verdict("initialisations", title, off, error, freedom, predicted_by="pairs of networks")
