r"""The whole way to the limit, from width 10 to 10^12: how fast a network forgets that it is finite.

Three quantities of the lag kernel, relative to its weights, fall like three powers of the width:

    fluctuation     sd Theta_ii / rho_i                      ~ n^{-1/2}
    off-diagonal    E Theta_ij / sqrt(rho_i rho_j)           ~ n^{-1}       i - j even, not 0
    bias            (E Theta_ii - rho_i) / rho_i             ~ n^{-2}

The samples are exact in law at every width.  What they can resolve is compared with the exact mean, entry by
entry, and two exponents are fitted to them: that of the fluctuation from width 1000 on, where the next order,
about 4/n of the variance, moves the exponent by 1e-4; that of the off-diagonal mean from 30, where the next
order moves it by 0.01, to 1000, where it still exceeds its noise.  Both shifts are within the margins.
Further on the means drown, the bias soon, in the fluctuation; but they are known as fractions at every width,
so that their exponents need no statistics.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float

from derivations import finite_width_forms
from numeric import Variances, expected_lag_kernel, lag_kernel_chunks
from verify.checks.formulas import VARIANCES, textbook_weight, written
from verify.counting import Watch, counted, unwatched
from verify.networks import seed_sequence
from verify.statistics import (
    LEVEL,
    Summary,
    Verdict,
    exact_slope_verdict,
    mean_verdict,
    slope_verdict,
    summarise_blocks,
)

__all__ = ["LAGS", "WIDTHS", "Point", "check", "fluctuation_law", "means", "measure"]

LAGS = (1, 3)
"""The off-diagonal entry, and its second lag the diagonal one."""

SMALL, LARGE = (10, 20, 30, 100, 300, 1000), tuple(10**k for k in range(3, 13))
MIDDLE = SMALL[2:]
WIDTHS = (*SMALL, *LARGE[1:])
SAMPLES = 2**16
FLUCTUATION_MARGIN, BESIDE_MARGIN, EXACT_MARGIN = 0.001, 0.02, 0.001

Chunks = Callable[..., Iterator[Float[np.ndarray, "..."]]]


@dataclass(frozen=True)
class Point:
    """What the samples at one width say.

    ``bias``, ``beside`` (the off-diagonal mean) and ``square`` (the squared fluctuation) are summaries of
    single numbers, relative to the weights.
    """

    width: int
    bias: Summary
    beside: Summary
    square: Summary


def means(width: int, expected: Callable[..., Any] = expected_lag_kernel) -> tuple[float, float]:
    """The exact bias and off-diagonal mean, relative to the weights.

    >>> bias, beside = means(10**12)
    >>> f"{bias:.3e} {beside:.3e}"
    '7.563e-24 1.432e-12'
    """
    i, j = LAGS
    mean, rho = expected(width, VARIANCES, j + 1), _weights(VARIANCES)
    return float(Fraction(mean[j, j]) / rho[j] - 1), float(mean[i, j]) / float(rho[i] * rho[j]) ** 0.5


def fluctuation_law(width: int) -> float:
    """The relative standard deviation of Theta_ii, to first order in 1/n."""
    w, f, c = VARIANCES.transition, VARIANCES.input, VARIANCES.output
    j = LAGS[1]
    law = Fraction(finite_width_forms.variance(j, j, w, f, c)) / width
    return math.sqrt(law / _weights(VARIANCES)[j] ** 2)


def measure(
    seed: int = 0,
    chunks: Chunks = lag_kernel_chunks,
    samples: int = SAMPLES,
    widths: tuple[int, ...] = WIDTHS,
    watch: Watch = unwatched,
) -> Iterator[Point]:
    """Sample every width; a quarter of the samples from 10^4 on, where only the fluctuation is measured."""
    i, j = LAGS
    rho = [float(weight) for weight in _weights(VARIANCES)]

    def numbers(
        theta: Float[np.ndarray, "chunk lags 1 1 lags 1 1"], bias: float
    ) -> Float[np.ndarray, "chunk 3"]:
        deviation = theta[:, j, 0, 0, j, 0, 0] / rho[j] - 1
        beside = theta[:, i, 0, 0, j, 0, 0] / (rho[i] * rho[j]) ** 0.5
        return np.stack((deviation, beside, (deviation - bias) ** 2), axis=1)

    counts = {width: samples if width in SMALL else samples // 4 for width in widths}
    advance = watch(sum(counts.values()), "networks")
    for width, count in counts.items():
        bias, _ = means(width)
        drawn = chunks(width, VARIANCES, j + 1, count, rng=seed_sequence(seed, "convergence", width))
        summary = summarise_blocks(numbers(theta, bias) for theta in counted(drawn, advance, len))
        yield Point(width, *(summary[k] for k in range(3)))


def check(
    seed: int = 0,
    expected: Callable[..., Any] = expected_lag_kernel,
    chunks: Chunks = lag_kernel_chunks,
    *,
    samples: int = SAMPLES,
    show: Callable[[list[Point]], None] | None = None,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test the sampled means, the two sampled exponents and the two exact ones; ``show`` gets the points."""
    i, j = LAGS
    points = list(measure(seed, chunks, samples, watch=watch))
    if show:
        show(points)
    small = [point for point in points if point.width in SMALL]
    exact = [means(point.width, expected) for point in small]
    detail = f"n={SMALL[0]} to {SMALL[-1]}, {samples} samples each"
    sampled = _stack([summary for point in small for summary in (point.bias, point.beside)])
    yield mean_verdict(
        "convergence",
        f"means of Theta_{j}{j}, Theta_{i}{j}",
        sampled,
        np.ravel(exact),
        detail=detail,
        level=level,
    )
    yield slope_verdict(
        "convergence",
        f"fluctuation of Theta_{j}{j}, n={LARGE[0]} to {written(LARGE[-1])}",
        LARGE,
        [point.square for point in points if point.width in LARGE],
        slope=-0.5,
        margin=FLUCTUATION_MARGIN,
        root=2,
        level=level,
    )
    yield slope_verdict(
        "convergence",
        f"mean of Theta_{i}{j}, n={MIDDLE[0]} to {MIDDLE[-1]}",
        MIDDLE,
        [point.beside for point in small if point.width in MIDDLE],
        slope=-1.0,
        margin=BESIDE_MARGIN,
        level=level,
    )
    biases, besides = zip(*(means(width, expected) for width in LARGE), strict=True)
    for name, values, slope in ((f"Theta_{i}{j}", besides, -1.0), (f"Theta_{j}{j} - rho_{j}", biases, -2.0)):
        yield exact_slope_verdict(
            "convergence", f"exact mean of {name}", LARGE, values, slope=slope, margin=EXACT_MARGIN
        )


def _weights(variances: Variances) -> list[Fraction]:
    w, f, c = variances.transition, variances.input, variances.output
    return [Fraction(textbook_weight(i, w, f, c)) for i in range(LAGS[1] + 1)]


def _stack(summaries: list[Summary]) -> Summary:
    """Single numbers of independent samples of one size as one summary."""
    parts = ("mean", "standard_error", "scale")
    return Summary(
        min(s.count for s in summaries),
        *(np.array([float(getattr(s, part)) for s in summaries]) for part in parts),
    )
