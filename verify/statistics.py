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
at the threshold (x about 7.5) by less than 1000 if ``|g| <= sqrt(R) / 20``.  With R = 2^14 samples that is
6.4, and lag kernels of width n have |g| of 4 or less at the lags that are tried (1.8 at n = 64 up to lag 7,
23 at n = 16 there, hence fewer lags); squares of Gaussians, of which variances are means, have 2.8, squashed
entries less than 3 where R = 2^12 allows 3.2, and kernels of sequences 0.5 with R = 512.  The more entries,
the farther out the threshold, but the faster too does Student's tail outweigh the Gaussian one, by about
``exp(x^4 / (4 R))``.  The tests measure the skewness, and the rate of false alarms at levels that can be
reached by simulation.

The distribution tests need no such reserve: the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's
constant, ``P(sup |F_R - F| > e) <= 2 exp(-2 R e^2)``, holds for every R.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from derivations.notebook import Code, Part, Shown

__all__ = [
    "FAMILY_BOUND",
    "LEVEL",
    "MAX_VERDICTS",
    "Skipped",
    "Summary",
    "Verdict",
    "difference",
    "distribution_verdict",
    "exact_slope_verdict",
    "exact_verdict",
    "margin_verdict",
    "mean_verdict",
    "pool",
    "same_law_verdict",
    "slope_verdict",
    "summarise",
    "summarise_blocks",
]

Numbers: TypeAlias = ArrayLike | float
"""An array or a single number (which ArrayLike spells ``complex``)."""

FAMILY_BOUND = 1e-6
MAX_VERDICTS = 100
RESERVE = 1000
LEVEL = FAMILY_BOUND / (MAX_VERDICTS * RESERVE)


class Skipped(Exception):  # noqa: N818 - nothing is wrong
    """A check cannot be made here, which decides nothing; the message says why."""


@dataclass(frozen=True)
class Verdict(Shown):
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

    def _shown(self) -> tuple[str, Sequence[Part]]:
        from verify.console import LABELS, measured

        return f"{self.check}: {LABELS[self.holds]}", [Code(f"{self.name}: {measured(self)}")]


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
    """Mean and standard error of independent draws, in memory for two of them.

    Raises ValueError for fewer than two draws.

    >>> s = summarise([1.0, 2.0, 3.0])
    >>> print(s.count, s.mean, s.standard_error.round(4))
    3 2.0 0.5774
    """
    return summarise_blocks(np.asarray(draw, dtype=float)[None] for draw in draws)


def summarise_blocks(blocks: Iterable[Float[np.ndarray, "_ ..."]]) -> Summary:
    """:func:`summarise` for draws that come in blocks, along the first axis.

    The blocks' means and sums of squares are merged (Chan, Golub & LeVeque, 1979), so memory is that of a
    block.

    >>> summarise_blocks([np.array([1.0, 2.0]), np.array([3.0])]) == summarise([1.0, 2.0, 3.0])
    True
    """
    count, mean, squares, scale = 0, np.zeros(()), np.zeros(()), np.zeros(())
    for block in blocks:
        size, block_mean = len(block), block.mean(axis=0)
        change = block_mean - mean
        within = ((block - block_mean) ** 2).sum(axis=0)
        squares = squares + within + change**2 * (count * size / (count + size))
        count += size
        mean = mean + change * (size / count)
        scale = np.maximum(scale, abs(block).max(axis=0))
    if count < 2:
        raise ValueError(f"draws: a standard error needs at least 2, got {count}")
    error = np.sqrt(squares / (count - 1) / count)
    return Summary(count, np.asarray(mean), np.asarray(error), np.asarray(scale))


def difference(first: Summary, second: Summary) -> Summary:
    """The difference of two independent samples' means, to be tested against 0.

    Its count is the lesser one, which is conservative (Welch's degrees of freedom are no fewer).
    """
    return Summary(
        min(first.count, second.count),
        first.mean - second.mean,
        np.hypot(first.standard_error, second.standard_error),
        np.maximum(first.scale, second.scale),
    )


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


def same_law_verdict(
    check: str,
    name: str,
    first: Float[np.ndarray, "R numbers"],
    second: Float[np.ndarray, "S numbers"],
    *,
    detail: str = "",
    level: float = LEVEL,
) -> Verdict:
    """Whether two independent samples have the same law, number by number.  Bonferroni over the numbers.

    The statistic D is the greatest Kolmogorov distance.  If the laws agree, one of the samples is as far from
    its law as ``D sqrt(S) / (sqrt(R) + sqrt(S))`` and ``D sqrt(R) / (sqrt(R) + sqrt(S))`` respectively, so
    two Dvoretzky-Kiefer-Wolfowitz bounds give ``4 exp(-2 D^2 / (R^(-1/2) + S^(-1/2))^2)``, for laws with
    atoms too and for any R and S.

    >>> x, y = np.random.default_rng(0).normal(size=(2, 4000, 1))
    >>> same_law_verdict("demo", "", x, y).holds, same_law_verdict("demo", "", x, 3 * y).holds
    (True, False)
    """
    distance = 0.0
    for a, b in zip(np.sort(first.T), np.sort(second.T), strict=True):
        at = np.concatenate((a, b))
        gap = np.searchsorted(a, at, side="right") / a.size - np.searchsorted(b, at, side="right") / b.size
        distance = max(distance, float(abs(gap).max()))
    rate = 2 / (len(first) ** -0.5 + len(second) ** -0.5) ** 2
    p_value = float(min(1.0, 4 * first.shape[1] * np.exp(-rate * distance**2)))
    return Verdict(check, name, bool(p_value >= level), distance, p_value, level, detail)


def slope_verdict(
    check: str,
    name: str,
    widths: Sequence[int],
    means: Sequence[Summary],
    *,
    slope: float,
    margin: float,
    root: int = 1,
    level: float = LEVEL,
) -> Verdict:
    """Whether a positive mean goes like ``width**slope``, to within ``margin`` in the exponent.

    Weighted least squares of the log mean on the log width; a logarithm's standard error is the relative
    error of its mean.  ``root=2`` takes the square roots of the means, for a root mean square.  The margin is
    part of the claim: it leaves room for the next order in 1/width, which moves the fitted exponent, and for
    what skewness the logarithm leaves.

    A fit too rough to tell the claimed exponent from 0 decides nothing, and a mean that is not positive
    follows no power.
    """
    from scipy.stats import norm

    mean, error = (
        np.array([float(part) for part in parts])
        for parts in zip(*((s.mean, s.standard_error) for s in means), strict=True)
    )
    if not (mean > 0).all():
        return Verdict(check, name, False, 0.0, 0.0, level, "a mean is not positive")
    exponent, uncertainty = _fitted_exponent(widths, np.log(mean) / root, (root * mean / error) ** 2)
    excess = max(0.0, abs(exponent - slope) - margin)
    p_value, p_flat = (float(min(1.0, 2 * norm.sf(x / uncertainty))) for x in (excess, abs(slope)))
    holds = None if p_value >= level and p_flat >= level else bool(p_value >= level)
    detail = f"exponent {exponent:.4f} ± {uncertainty:.4f}, claimed {slope:g} ± {margin:g}"
    return Verdict(check, name, holds, exponent, p_value, level, detail)


def exact_slope_verdict(
    check: str, name: str, widths: Sequence[int], values: Sequence[float], *, slope: float, margin: float
) -> Verdict:
    """Whether numbers known exactly go like ``width**slope``, to within ``margin`` in the fitted exponent.

    >>> exact_slope_verdict("demo", "", [1, 10], [3.0, 0.03], slope=-2.0, margin=1e-9).detail
    'exponent -2.000000, claimed -2'
    """
    if min(values) <= 0:
        return Verdict(check, name, False, 1.0, None, margin, "a value is not positive")
    exponent, _ = _fitted_exponent(widths, np.log(values), np.ones(len(values)))
    detail = f"exponent {exponent:.6f}, claimed {slope:g}"
    return exact_verdict(check, name, abs(exponent - slope), margin, detail=detail)


def _fitted_exponent(
    widths: Sequence[int], logs: Float[np.ndarray, " widths"], weights: Float[np.ndarray, " widths"]
) -> tuple[float, float]:
    """Slope of the logs on log width by weighted least squares, and its standard error."""
    x = np.log(np.asarray(widths, dtype=float))
    x = x - np.average(x, weights=weights)
    information = float((weights * x**2).sum())
    return float((weights * x * logs).sum()) / information, information**-0.5


def margin_verdict(
    check: str,
    name: str,
    off: float,
    error: float,
    freedom: int,
    *,
    margin: float,
    detail: str,
    level: float = LEVEL,
) -> Verdict:
    """Whether a number is 0 to within ``margin``, measured as ``off`` with a standard error.

    Two-sided Student test; ``freedom`` are the error's degrees of freedom.

    >>> margin_verdict("demo", "", 0.2, 0.01, 50, margin=0.1, detail="").holds
    False
    """
    from scipy.stats import t as student

    p_value = float(min(1.0, 2 * student.sf(max(0.0, abs(off) - margin) / error, freedom)))
    return Verdict(check, name, p_value >= level, off, p_value, level, detail)


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
