"""Which nu_W suits a delay, which delays are learned, and whether both are as the theory says."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from verify.experiments.margins import distance_verdict
from verify.experiments.memory.measuring import FINE, Result, finer
from verify.statistics import Verdict, exact_verdict

__all__ = [
    "LEARNED",
    "Best",
    "at_delay",
    "best_transitions",
    "better_than_unscaled",
    "error_factors",
    "factor",
    "learned",
    "permitted",
    "verdicts",
]

LEARNED = 0.5
"""A delay counts as learned below this test error."""
LEAST_CORRELATION, LARGEST_DEVIATION = 0.7, 2.0
"""Of the best nu_W with the delay; from the predicted one, in steps of the grid, mean over the delays.

Valleys are flat and the repetitions few, hence the room: of experiments simulated with exact samples at the
quick size the correlation is 0.989 with a standard deviation of 0.01, the deviation 0.51 with one of 0.17.
"""


@dataclass(frozen=True)
class Best:
    """The nu_W of least mean test error at each delay: of networks, and of scaled convolutions."""

    network: Float[np.ndarray, " delays"]
    predicted: Float[np.ndarray, " delays"]
    """By the scaled convolutions at the networks' nu_W."""
    curve: Float[np.ndarray, " T"]
    """By those at the finer ones, for all delays."""


def best_transitions(result: Result) -> Best:
    """The nu_W of least mean test error."""
    grid, delays = np.array(result.settings.transitions), list(result.settings.delays)
    return Best(
        grid[result.network.mean(axis=0).argmin(axis=0)],
        grid[result.scaled[::FINE, delays].argmin(axis=0)],
        finer(result.settings)[result.scaled.argmin(axis=0)],
    )


def permitted(result: Result) -> Bool[np.ndarray, "transitions delays"]:
    """Where the bounds on what is learned allow a test error below :data:`LEARNED`."""
    limit = at_delay(result.limit, np.array(result.settings.delays))
    allowed: np.ndarray = np.square(np.maximum(0, 1 - limit)).min(axis=0) < LEARNED
    return allowed


def learned(result: Result) -> Bool[np.ndarray, "transitions delays"]:
    """Where the networks' mean test error is below :data:`LEARNED`."""
    below: np.ndarray = result.network.mean(axis=0) < LEARNED
    return below


def better_than_unscaled(result: Result) -> Bool[np.ndarray, "transitions delays"]:
    """Where the networks' mean test error is below the unscaled convolution's."""
    below: np.ndarray = result.network.mean(axis=0) < result.unscaled[list(result.settings.delays)]
    return below


def error_factors(result: Result) -> tuple[float, float]:
    """Of the errors of network and scaled convolution at the network's best nu_W: greatest and median."""
    errors, beside = result.network.mean(axis=0), result.beside.mean(axis=0)
    best = errors.argmin(axis=0), np.arange(errors.shape[1])
    factors = factor(errors[best], beside[best])
    return float(factors.max()), float(np.median(factors))


def factor(
    one: Float[np.ndarray, " delays"], other: Float[np.ndarray, " delays"]
) -> Float[np.ndarray, " delays"]:
    """By what factor the greater exceeds the lesser."""
    factors: np.ndarray = np.exp(np.abs(np.log(one / other)))
    return factors


def at_delay(
    lags: Float[np.ndarray, "repetitions transitions delays T"], delays: np.ndarray
) -> Float[np.ndarray, "repetitions transitions delays"]:
    """Of each delay's lags its own."""
    return lags[:, :, np.arange(len(delays)), delays]


def verdicts(result: Result) -> list[Verdict]:
    """The distance is as predicted, the bounds hold, and the best nu_W rises with the delay as it should."""
    share = float((result.response / result.limit).max())
    best = best_transitions(result)
    correlation = _rank_correlation(np.array(result.settings.delays), best.network)
    spacing = float(np.diff(result.settings.transitions).mean())
    deviation = float(np.abs(best.network - best.predicted).mean() / spacing)

    def at_most(name: str, value: float, limit: float, detail: str) -> Verdict:
        return exact_verdict("memory", name, value, limit, detail=detail)

    return [
        _distance_verdict(result),
        at_most("forgetting", share, 1 + 1e-9, "largest share of the bounds on what each lag can learn"),
        at_most(
            "best nu_W rises with the delay",
            1 - correlation,
            1 - LEAST_CORRELATION,
            f"rank correlation {correlation:.3f}",
        ),
        at_most(
            "best nu_W as predicted", deviation, LARGEST_DEVIATION, "in steps of the grid, mean over delays"
        ),
    ]


def _distance_verdict(result: Result) -> Verdict:
    # the law of the logarithms, cell by cell, from the pairs alone
    logs = np.log(result.predicted) / 2
    off = float((np.log(result.distance) / 2 - logs.mean(axis=-1)).mean())
    spread = logs.var(axis=-1, ddof=1) * (1 + 1 / logs.shape[-1])
    error = float(spread.sum() ** 0.5 / spread.size)
    name, freedom = "distance to the scaled convolution", logs.size - spread.size
    return distance_verdict("memory", name, off, error, freedom, predicted_by="two networks")


def _rank_correlation(delays: np.ndarray, best: Float[np.ndarray, " delays"]) -> float:
    from scipy.stats import spearmanr

    rises = np.ptp(best) > 0  # else there is no correlation
    return float(spearmanr(delays, best).statistic) if rises else 0.0
