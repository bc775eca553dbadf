"""How the gap falls with the width, and whether exponent and size are as predicted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from verify.experiments.equivalence.measuring import Result
from verify.experiments.margins import LEVEL, SIZE_MARGIN
from verify.statistics import Verdict, margin_verdict

__all__ = ["SLOPE_MARGIN", "Fit", "fitted", "verdicts"]

SLOPE_MARGIN = 0.03
"""What the gap's next order, 1/n, may do to its exponent."""


@dataclass(frozen=True)
class Fit:
    """Least squares of log gap on log n: slope, its standard error, half its 95 % confidence interval.

    ``log_ratio`` is how much larger the gaps are than predicted, ``freedom`` the degrees of freedom.
    """

    exponent: float
    error: float
    reach: float
    log_ratio: float
    ratio_error: float
    freedom: int

    @property
    def interval(self) -> tuple[float, float]:
        """The confidence interval of the exponent."""
        return self.exponent - self.reach, self.exponent + self.reach


def fitted(result: Result) -> Fit:
    """The line through the gaps of all networks, and their ratio to the predicted ones."""
    from scipy.stats import linregress, t

    log_n, log_gap = _logarithms(result.gaps)
    line = linregress(log_n, log_gap)
    freedom = len(log_n) - 2
    reach = float(t.ppf(0.975, freedom) * line.stderr)
    # without the factor n^{-1/2} all widths have one law
    sizes, predicted = (
        gaps + widths / 2 for widths, gaps in ((log_n, log_gap), _logarithms(result.predicted))
    )
    error = np.hypot(*(sample.std(ddof=1) / len(sample) ** 0.5 for sample in (sizes, predicted)))
    log_ratio = float(sizes.mean() - predicted.mean())
    return Fit(float(line.slope), float(line.stderr), reach, log_ratio, float(error), freedom)


def verdicts(fit: Fit) -> list[Verdict]:
    """The exponent is -1/2, and the size that of the predictions."""
    exponent = f"{fit.exponent:.3f} ± {fit.reach:.3f}, claimed -1/2 ± {SLOPE_MARGIN:g}"
    size = f"ratio {np.exp(fit.log_ratio):.3f}, claimed 1 ± {SIZE_MARGIN:g}"
    return [
        margin_verdict(
            "equivalence", name, off, error, fit.freedom, margin=margin, detail=detail, level=LEVEL
        )
        for name, off, error, margin, detail in (
            ("exponent of the gap", fit.exponent + 0.5, fit.error, SLOPE_MARGIN, exponent),
            ("size of the gap", fit.log_ratio, fit.ratio_error, SIZE_MARGIN, size),
        )
    ]


def _logarithms(
    gaps: Mapping[int, Float[np.ndarray, " runs"]],
) -> tuple[Float[np.ndarray, " all"], Float[np.ndarray, " all"]]:
    """Of the widths and the gaps of all networks."""
    widths = np.repeat(list(gaps), [len(each) for each in gaps.values()])
    return np.log(widths), np.log(np.concatenate(list(gaps.values())))
