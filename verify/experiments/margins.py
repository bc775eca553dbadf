"""What the experiments' verdicts allow: false alarms, and the next order in 1/n.

Most of them compare logarithms: of how far networks of width n are from their theory, and of how far exact
samples of their lag kernel, linearised, or pairs of narrower networks are from theirs or from each other.
Both go like n^{-1/2}, and differ by a factor that tends to 1.
"""

import numpy as np

from verify.statistics import Verdict, margin_verdict

__all__ = ["DISTANCE_MARGIN", "LEVEL", "SIZE_MARGIN", "distance_verdict"]

LEVEL = 1e-6
"""The probability of a false alarm, of each verdict of an experiment that chance has a part in."""
DISTANCE_MARGIN = 0.25
"""What the next order, 1/n, of either width may do to the logarithm of a distance that pairs predict."""
SIZE_MARGIN = 0.1
"""What it may do to that of a gap that exact samples of kernel and start predict."""


def distance_verdict(
    experiment: str, name: str, off: float, error: float, freedom: int, *, predicted_by: str
) -> Verdict:
    """Whether distances are what pairs predict; ``off`` is the mean difference of the logarithms."""
    return margin_verdict(
        experiment,
        name,
        off,
        error,
        freedom,
        margin=DISTANCE_MARGIN,
        detail=f"{np.exp(off):.3f} of what {predicted_by} predict, claimed within a factor"
        f" {np.exp(DISTANCE_MARGIN):.2f}",
        level=LEVEL,
    )
