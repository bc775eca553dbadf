"""Which nu_W validation takes, by how much models differ, and whether the gap has the size predicted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from verify import networks
from verify.experiments.margins import LEVEL, SIZE_MARGIN
from verify.experiments.neural.measuring import Result
from verify.statistics import Verdict, margin_verdict

__all__ = [
    "Difference",
    "chosen_transition",
    "cost_of_the_limit",
    "costs",
    "difference",
    "gap_ratio",
    "mean_r_squared",
    "typical_distance",
    "verdicts",
]

RESAMPLES = 2000


@dataclass(frozen=True)
class Difference:
    """The mean difference of two models' R^2, and the middle 95 % of its resamplings."""

    mean: float
    low: float
    high: float


def mean_r_squared(result: Result, model: str, **fields: Any) -> float:
    """Over the cells whose fields have these values."""
    return float(np.mean([cell.r_squared(model) for cell in result.select(**fields)]))


def chosen_transition(result: Result, recording: int, bins: int, model: str = "scaled") -> str:
    """The nu_W that is best on the validation block, in the mean over the repetitions."""

    def validation(transition: str) -> float:
        cells = result.select(recording=recording, bins=bins, transition=transition)
        return float(np.mean([cell.outcomes[model].validation for cell in cells]))

    return max(result.settings.transitions, key=validation)


def difference(result: Result, one: str, other: str, **fields: Any) -> Difference:
    """Of two models' R^2, with the test block resampled in its pieces, all cells alike."""
    cells = result.select(**fields)
    rng = networks.stream(result.seed, "neural", "resampling")
    pieces = len(cells[0].baseline)
    drawn = rng.integers(pieces, size=(RESAMPLES, pieces))
    resampled = np.zeros(RESAMPLES)
    for cell in cells:
        less = cell.outcomes[other].errors - cell.outcomes[one].errors
        resampled += less[drawn].sum(axis=1) / cell.baseline[drawn].sum(axis=1) / len(cells)
    low, high = np.quantile(resampled, (0.025, 0.975))
    mean = np.mean([cell.r_squared(one) - cell.r_squared(other) for cell in cells])
    return Difference(float(mean), float(low), float(high))


def costs(result: Result, recording: int, bins: int, model: str) -> dict[str, Difference]:
    """What scaling takes from R^2, by nu_W, where the test block resolves it."""
    differences = {
        transition: difference(
            result, model, "unscaled", recording=recording, bins=bins, transition=transition
        )
        for transition in result.settings.transitions
    }
    return {transition: one for transition, one in differences.items() if one.high < 0}


def typical_distance(result: Result) -> dict[str, float]:
    """The median difference in R^2 of network and capped convolution, in modulus, by nu_W."""
    return {
        transition: float(np.median(np.abs(_less_capped(result, "network", transition))))
        for transition in result.settings.transitions
    }


def cost_of_the_limit(result: Result) -> dict[str, float]:
    """What the limit of the network's steps takes from the scaled convolution's R^2, mean, by nu_W."""
    return {
        transition: float(np.mean(_less_capped(result, "scaled", transition)))
        for transition in result.settings.transitions
    }


def gap_ratio(result: Result) -> float:
    """By what factor the gaps are larger than predicted."""
    return float(np.exp(_log_ratios(result).mean()))


def verdicts(result: Result) -> list[Verdict]:
    """Whether that factor is 1; no verdict on one network."""
    off = _log_ratios(result)
    if len(off) < 2:
        return []
    samples = [np.log(cell.predicted) for cell in result.cells]
    sampling = np.array([predicted.var(ddof=1) / len(predicted) for predicted in samples])
    error = float(np.sqrt(off.var(ddof=1) / len(off) + sampling.sum() / len(off) ** 2))
    return [
        margin_verdict(
            "neural",
            "size of the gap",
            float(off.mean()),
            error,
            len(off) - 1,
            margin=SIZE_MARGIN,
            detail=f"{gap_ratio(result):.3f} of what exact samples predict, claimed 1 ± {SIZE_MARGIN:g}",
            level=LEVEL,
        )
    ]


def _log_ratios(result: Result) -> Float[np.ndarray, " cells"]:
    """Of each network's gap to the predicted ones, in the mean of the logarithms."""
    return np.array([np.log(cell.gap) - np.log(cell.predicted).mean() for cell in result.cells])


def _less_capped(result: Result, model: str, transition: str) -> list[float]:
    """A model's R^2 less the capped convolution's, cell by cell."""
    return [cell.r_squared(model) - cell.r_squared("capped") for cell in result.select(transition=transition)]
