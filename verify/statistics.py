r"""Verdicts, and why a true formula practically never fails one.

**The budget.**  All random verdicts of a run together raise a false alarm with probability below
``FAMILY_BOUND`` = 1e-6, for any seed.  A run makes at most ``MAX_VERDICTS`` of them, a verdict on many
numbers multiplies its least p-value by their count (Bonferroni, whatever their dependence), and so each
verdict could have the level 1e-8.  It has ``LEVEL`` = 1e-11: a reserve of 1000 is kept for the one
approximation made, Student's law for means of variables that are not Gaussian.

**Why the reserve suffices.**  Let t be the studentised mean of R independent copies of a variable of
skewness g.  Then (Jing, Shao & Wang, "Self-normalized Cramér-type large deviations for independent
random variables", Annals of Probability 31, 2003; Wang, 2005)

    P(t > x) / (1 - Phi(x)) = exp(-g x^3 / (3 sqrt R)) (1 + o(1)),      x = o(R^(1/6)) and moderately beyond,

so Student's p-value, itself larger than the Gaussian, is too small by at most ``exp(|g| x^3 / (3 sqrt R))``,
at the threshold (x about 7.5) by less than 1000 if ``|g| <= sqrt(R) / 20``.  Averaged over inputs and
outputs, lag kernels have |g| = 1.1, 0.4 and 0.3 at widths 64, 256 and 1024, where R is 4096, 1024 and 256;
kernels of sequences have |g| <= 0.5 with R = 512.  The more entries, the farther out the threshold, but
the faster too does Student's tail outweigh the Gaussian one, by about ``exp(x^4 / (4 R))``.  The tests
measure the skewness, and the rate of false alarms at levels that can be reached by simulation.

The distribution test needs no such reserve: the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's
constant, ``P(sup |F_R - F| > e) <= 2 exp(-2 R e^2)``, holds for every R.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

__all__ = [
    "FAMILY_BOUND",
    "LEVEL",
    "MAX_VERDICTS",
    "Summary",
    "Verdict",
    "distribution_verdict",
    "exact_verdict",
    "mean_verdict",
    "pool",
    "slope_verdict",
    "summarise",
]

Numbers: TypeAlias = ArrayLike | float
"""An array or a single number (which ArrayLike spells ``complex``)."""

FAMILY_BOUND = 1e-6
MAX_VERDICTS = 100
RESERVE = 1000
LEVEL = FAMILY_BOUND / (MAX_VERDICTS * RESERVE)


@dataclass(frozen=True)
class Verdict:
    """One line of the outcome.

    Attributes
    ----------
    check, name
        Which check, and what in it.
    holds
        True, False, or None where the data cannot decide.
    statistic
        The number that decides.
    p_value
        Its probability under the claim; None for an exact comparison.
    threshold
        The claim holds if ``p_value >= threshold``, or if ``statistic <= threshold`` without a p-value.
    detail
        One phrase for the reader.
    """

    check: str
    name: str
    holds: bool | None
    statistic: float
    p_value: float | None
    threshold: float
    detail: str = ""


@dataclass(frozen=True)
class Summary:
    """Mean and standard error, entry by entry, of ``count`` independent arrays of one shape.

    ``scale`` bounds the size of the entries seen: a difference below ``1e-12 * scale`` is rounding.
    """

    count: int
    mean: Float[np.ndarray, "..."]
    standard_error: Float[np.ndarray, "..."]
    scale: Float[np.ndarray, "..."]

    def __getitem__(self, entries: Any) -> "Summary":
        """The summary of some of the entries."""
        parts = (self.mean, self.standard_error, self.scale)
        return Summary(self.count, *(np.asarray(part[entries]) for part in parts))


def summarise(draws: Iterable[Numbers]) -> Summary:
    """Mean and standard error of independent draws, in memory for two of them (Welford's update).

    Raises ValueError for fewer than two draws.

    >>> s = summarise([1.0, 2.0, 3.0])
    >>> print(s.count, s.mean, s.standard_error.round(4))
    3 2.0 0.5774
    """
    count, mean, squares, scale = 0, np.zeros(()), np.zeros(()), np.zeros(())
    for draw in draws:
        values = np.asarray(draw, dtype=float)
        count += 1
        change = values - mean
        mean = mean + change / count
        squares = squares + change * (values - mean)
        scale = np.maximum(scale, abs(values))
    if count < 2:
        raise ValueError(f"draws: a standard error needs at least 2, got {count}")
    error = np.sqrt(squares / (count - 1) / count)
    return Summary(count, np.asarray(mean), np.asarray(error), np.asarray(scale))


def pool(summaries: Sequence[Summary], expected: Sequence[Numbers]) -> tuple[Summary, Numbers]:
    """Combine the deviations from ``expected`` of independent summaries, weighted by 1 / se^2.

    The result is a summary to be tested against 0; its count is the least one, which is conservative.
    """
    weights = np.array([1 / np.maximum(s.standard_error, 1e-150) ** 2 for s in summaries])
    deviations = np.array([s.mean - e for s, e in zip(summaries, expected, strict=True)])
    mean = (weights * deviations).sum(0) / weights.sum(0)
    scale = np.max([s.scale for s in summaries], axis=0)
    return Summary(min(s.count for s in summaries), mean, weights.sum(0) ** -0.5, scale), np.zeros_like(mean)


def mean_verdict(
    check: str, name: str, summary: Summary, expected: Numbers, *, detail: str = "", level: float = LEVEL
) -> Verdict:
    """Whether the mean is ``expected``, entry by entry.  Two-sided Student test, Bonferroni over the entries.

    Entries that do not vary beyond rounding must equal their expectation to rounding: they fail exactly or
    hold exactly.  The statistic is the t of greatest modulus.

    >>> summary = summarise(np.random.default_rng(0).normal(1, 1, 1000))
    >>> mean_verdict("demo", "mean", summary, 1.0).holds, mean_verdict("demo", "mean", summary, 2.0).holds
    (True, False)
    """
    from scipy.stats import t as student

    deviation = np.ravel(summary.mean - np.asarray(expected, dtype=float))
    error, scale = np.ravel(summary.standard_error), np.ravel(summary.scale)
    rounding = 1e-12 * np.maximum(scale, abs(np.ravel(summary.mean)))
    error = np.maximum(error, rounding / 8)
    ratio = np.divide(deviation, error, out=np.where(deviation == 0, 0.0, np.inf), where=error > 0)
    statistic = float(ratio[np.argmax(abs(ratio))])
    p_value = float(min(1.0, ratio.size * 2 * student.sf(abs(statistic), summary.count - 1)))
    return Verdict(
        check, name, bool(p_value >= level), float(np.clip(statistic, -1e300, 1e300)), p_value, level, detail
    )


def distribution_verdict(
    check: str,
    name: str,
    sample: ArrayLike,
    cdf: Callable[[Float[np.ndarray, " R"]], Float[np.ndarray, " R"]],
    *,
    allowance: float = 0.0,
    detail: str = "",
    level: float = LEVEL,
) -> Verdict:
    """Whether an independent sample has a distribution within ``allowance`` of the continuous ``cdf``.

    The statistic is the Kolmogorov distance, the p-value the DKW-Massart bound, valid for every size.
    """
    values = np.sort(np.ravel(np.asarray(sample, dtype=float)))
    claimed, size = cdf(values), values.size
    above, below = np.arange(1, size + 1) / size - claimed, claimed - np.arange(size) / size
    distance = float(max(above.max(), below.max()))
    p_value = float(min(1.0, 2 * np.exp(-2 * size * max(0.0, distance - allowance) ** 2)))
    return Verdict(check, name, bool(p_value >= level), distance, p_value, level, detail)


def slope_verdict(
    check: str,
    name: str,
    widths: Sequence[int],
    mean_squares: Sequence[Summary],
    *,
    slope: float,
    margin: float,
    level: float = LEVEL,
) -> Verdict:
    """Whether the root mean square goes like ``width**slope``, to within ``margin`` in the exponent.

    Weighted least squares of log rms on log width; the logarithm's standard error is half the relative
    error of the mean square.  The margin is part of the claim: it leaves room for the next order in
    1/width, which moves the fitted exponent by less than 0.01 from width 64 on, and for what skewness the
    logarithm leaves.
    """
    from scipy.stats import norm

    x = np.log(np.asarray(widths, dtype=float))
    y = np.array([0.5 * np.log(float(s.mean)) for s in mean_squares])
    weight = np.array([(2 * float(s.mean) / float(s.standard_error)) ** 2 for s in mean_squares])
    x = x - np.average(x, weights=weight)
    information = float((weight * x**2).sum())
    fitted, error = float((weight * x * y).sum()) / information, information**-0.5
    p_value = float(min(1.0, 2 * norm.sf(max(0.0, abs(fitted - slope) - margin) / error)))
    detail = f"exponent {fitted:.4f} ± {error:.4f}, claimed {slope:g} ± {margin:g}"
    return Verdict(check, name, bool(p_value >= level), fitted, p_value, level, detail)


def exact_verdict(
    check: str, name: str, statistic: int | float, threshold: int | float, *, detail: str = ""
) -> Verdict:
    """Whether the statistic is at most the threshold.  No chance is involved.

    >>> exact_verdict("demo", "residual", 0, 0).holds
    True
    """
    return Verdict(
        check, name, bool(statistic <= threshold), float(statistic), None, float(threshold), detail
    )
