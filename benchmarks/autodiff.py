r"""Every network's limit against automatic differentiation of drawn networks, in an environment with torch.

    python benchmarks/autodiff.py [--widths 1000 4000] [--draws 32 8] [--only NAME ...] [--json FILE]

Networks of every kind are drawn at each width and differentiated by torch.autograd in float64
(torch_networks.py, which knows of no limit): the kernel K_ts of one output over T = 8 steps of a drawn
sequence.  Without biases ``K = X Theta X'`` at every width, X the Toeplitz matrix of the sequence, so that
the lag kernel is had from K without another derivative, exactly but for rounding.  Both are judged, K by
``ntk`` and Theta by ``limit_kernel``, entry by entry.

**The statistic.**  z is the mean deviation from the limit over R independent draws, in units of ``sigma/sqrt
R``; a verdict is the greatest of its entries (Bonferroni).  Where a law of finite width is known (Variances,
Leaky, Orthogonal: ``lag_kernel_covariance``) sigma is that law's and z is Gaussian to first order; then the
sizes of the single deviations are judged too: the sum of their squares is sigma^2 times a chi-squared
variable of R degrees of freedom.  Where none is known sigma is the draws' own at the first width, where z is
Student's, and falls like n^{-1/2} from there: at the other widths too z is Student's, with the first width's
degrees of freedom, if the spread falls so.

**The budget.**  Each verdict has the level 1e-11 of :mod:`verify.statistics`: one chance in 10^6 of any false
alarm for 100 verdicts, and a reserve of 1000 for what these laws neglect: skewness; the law's own error, a
relative one of some lag^2/(2 n), 2.5 % at lag 7 and n = 1000; and the mean's distance of order 1/n from the
limit, with the default numbers at most 0.54 standard errors where ``expected_lag_kernel`` knows it.

Then wrong formulas go through the same judge on the same draws, each of which has to be rejected at each
width.  Exit status 1 if a formula fails, or a wrong one passes.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from scipy.linalg import toeplitz
from scipy.stats import chi2

from derivations.leaky_forms import expansion
from numeric import (
    Biased,
    Diagonal,
    Leaky,
    Orthogonal,
    Rates,
    Ring,
    Stack,
    Variances,
    lag_kernel_covariance,
    limit_kernel,
    ntk,
    preset,
)
from numeric.limit import diagonal_limit
from numeric.model import Model
from numeric.networks import Preset
from verify.statistics import LEVEL, Summary, Verdict, mean_verdict

T = 8
F, C = 2, Fraction(7, 10)
"""nu_F and nu_C of the networks of one layer, so that their sum is not their product."""
RATES = Rates(2, "0.5", 3)
GAUSSIAN = 10**9
"""Draws after which Student's law is Gauss': of a standard deviation that is known."""

OneLayer = Callable[[Rates], Model]
ONE_LAYER: dict[str, OneLayer] = {
    "variances": lambda rates: Variances("0.5", F, C, rates=rates),
    "leaky": lambda rates: Leaky("0.5", "0.25", F, C, rates=rates),
    "orthogonal": lambda rates: Orthogonal("0.9", F, C, rates=rates),
    "ring": lambda rates: Diagonal(Ring("0.4", "0.99"), F, C, rates=rates),
    "eigenvalues": lambda rates: Diagonal([0.5 + 0.5j, 0.9, -0.5j], F, C, rates=rates),
}
NETWORKS: dict[str, Model] = {
    **{name: make(RATES) for name, make in ONE_LAYER.items()},
    "reservoir": Variances("0.5", rates=Rates(0, 0, 1)),
    "stack": Stack([Variances("0.5", 2), Leaky("0.5", "0.25", rates=RATES)]),
    "stack, complex": Stack(
        [Biased(Variances("0.5", 2), hidden=("0.3", 2), initial=1), Diagonal(Ring("0.4", "0.99"))]
    ),
    "biased": Biased(Variances("0.5"), hidden=("0.3", 2), readout=("0.5", 3), initial="0.7"),
    "torch": preset("torch"),
    "nn.RNN": preset("torch"),
    "keras": preset("keras"),
    "flax": preset("flax"),
}
THIRD = Fraction(1, 3)
ONE_BIAS = Biased(Variances(THIRD, THIRD, THIRD), hidden=(2 * THIRD, 1), readout=(THIRD, 1))
WRONG_NETWORKS: dict[str, dict[str, Model]] = {
    "leaky": {"decay squared": Leaky("0.25", "0.25", F, C, rates=RATES)},
    "reservoir": {"missing rates": Variances("0.5")},
    "stack": {
        "missing rates": Stack([Variances("0.5", 2), Leaky("0.5", "0.25")]),
        "decay squared": Stack([Variances("0.5", 2), Leaky("0.25", "0.25", rates=RATES)]),
    },
    "stack, complex": {
        "missing rates": Stack(
            [Biased(Variances("0.5", 2), hidden="0.3", initial=1), Diagonal(Ring("0.4", "0.99"))]
        )
    },
    "biased": {"missing rates": Biased(Variances("0.5"), hidden="0.3", readout="0.5", initial="0.7")},
    "torch": {"missing rates": ONE_BIAS},
    "nn.RNN": {"missing rates": ONE_BIAS},
    "keras": {"missing rates": Orthogonal(1, 2, 2)},
    "flax": {"missing rates": Orthogonal(1, 1, 1)},
}
"""Formulas of other networks, which a network's must not be taken for; :func:`lies` has more."""
OWN = "nn.RNN"
"""PyTorch's own layers, whose states are of size n^{-1/2}, where tanh is linear to 1/n."""


def lagged(x: np.ndarray) -> np.ndarray:
    """X, of which row t is x_t, x_{t-1}, ..., x_0, 0, ...

    >>> lagged(np.array([[1.0], [2.0]]))
    array([[1., 0.],
           [2., 1.]])
    """
    X: np.ndarray = np.tril(toeplitz(x[:, 0]))
    return X


def entries(kernels: np.ndarray, x: np.ndarray, model: Model) -> np.ndarray:
    """The numbers judged: the upper triangles of K (..., T, T) and, without biases, of the lag kernel."""
    upper = np.triu_indices(len(x))
    parts = [kernels[..., *upper]]
    if not biased(model):
        inverse = np.linalg.inv(lagged(x))
        parts.append((inverse @ kernels @ inverse.T)[..., *upper])
    return np.concatenate(parts, axis=-1)


def biased(model: Model) -> bool:
    """Whether the kernel has shares that no input has."""
    shares = [part for layer in model.layers for part in (layer.bias, layer.initial)]
    return any(part.rate or part.variance for part in (*shares, model.readout_bias))


def limit(model: Model, x: np.ndarray) -> np.ndarray:
    """What is claimed of :func:`entries`: K by ``ntk``, and the lag kernel by ``limit_kernel``."""
    found = entries(ntk(x[None], variances=model)[0, 0], x, model)
    if not biased(model):
        upper = np.triu_indices(len(x))
        found[len(found) // 2 :] = limit_kernel(model, len(x))[upper]
    return found


def of_order_one_over_n(model: Model, x: np.ndarray) -> np.ndarray | float:
    """What a default's limit leaves out, times n: Flax' shares but those of W and C, which grow like n.

    Where the sequence is small they are no smaller than what single networks stray.
    """
    if not (isinstance(model, Preset) and model.framework == "flax"):
        return 0.0
    others = Orthogonal(1, 1, 1, rates=Rates(0, 1, 0))
    kernel = ntk(x[None], variances=Biased(others, hidden=(0, 1), readout=(0, 1)))[0, 0]
    return entries(kernel, x, model)


def law(model: Model, x: np.ndarray, width: int) -> np.ndarray | None:
    """The standard deviations of :func:`entries` by the law of finite width, where one is known.

    That of a leaky network by the one without decay, of whose lag kernel its own is a combination.
    """
    if not isinstance(model, Variances | Orthogonal | Leaky):
        return None
    mixed = np.eye(len(x))
    if isinstance(model, Leaky):
        rows = [expansion(i, model.decay) for i in range(len(x))]
        mixed = np.array([[float(c) for c in row] + [0.0] * (len(x) - len(row)) for row in rows])
        model = Variances(model.transition, model.input, model.output, rates=model.rates)
    covariance = lag_kernel_covariance(width, model, len(x))
    upper = np.triu_indices(len(x))
    variances = [
        np.einsum("ti,sj,tk,sl,ijkl->ts", A, A, A, A, covariance, optimize=True)[upper]
        for A in (lagged(x) @ mixed, mixed)
    ]
    deviations: np.ndarray = np.sqrt(np.concatenate(variances))
    return deviations


@dataclass(frozen=True)
class Sample:
    """The entries of drawn networks of one width, (R, entries), and their standard deviation."""

    drawn: np.ndarray
    deviation: np.ndarray
    count: int
    """One more than its degrees of freedom."""

    @property
    def summary(self) -> Summary:
        """The mean, with the error that the standard deviation leaves it."""
        error = self.deviation / len(self.drawn) ** 0.5
        return Summary(self.count, self.drawn.mean(0), error, abs(self.drawn).max(0))

    def centre(self, name: str, expected: np.ndarray) -> Verdict:
        """Whether the mean is what is expected."""
        return mean_verdict("autodiff", name, self.summary, expected)

    def spread(self, expected: np.ndarray) -> float:
        """The root mean square of the single deviations from what is expected, over their law's."""
        return float(np.sqrt(np.mean(((self.drawn - expected) / self.deviation) ** 2)))

    def sizes(self, name: str, expected: np.ndarray) -> Verdict:
        """Whether the single deviations have the law's size, where it is known.  Two-sided."""
        squares = (((self.drawn - expected) / self.deviation) ** 2).sum(0)
        freedom = len(self.drawn)
        tails = np.minimum(chi2.sf(squares, freedom), chi2.cdf(squares, freedom))
        worst, p_value = int(np.argmin(tails)), float(min(1.0, 2 * tails.size * tails.min()))
        ratio = float(np.sqrt(squares[worst] / freedom))
        return Verdict("autodiff", name, p_value >= LEVEL, ratio, p_value, LEVEL)


def samples(model: Model, x: np.ndarray, drawn: dict[int, np.ndarray]) -> Iterator[tuple[int, Sample]]:
    """By width, from the kernels (R, T, T) of the drawn networks; the first width's draws tell the spread."""
    first = min(drawn)
    of_first = entries(drawn[first], x, model)
    for width, kernels in drawn.items():
        known = law(model, x, width)
        own = of_first.std(axis=0, ddof=1) * (first / width) ** 0.5
        count = len(of_first) if known is None else GAUSSIAN
        yield width, Sample(entries(kernels, x, model), own if known is None else known, count)


def lies(name: str, x: np.ndarray) -> dict[str, np.ndarray]:
    """Wrong formulas for the entries of a network, by what is wrong with them."""
    model, X = NETWORKS[name], lagged(x)

    def of(other: Model) -> np.ndarray:
        return entries(ntk(x[None], variances=other)[0, 0], x, model)

    wrong = {lie: of(other) for lie, other in WRONG_NETWORKS.get(name, {}).items()}
    if name not in ONE_LAYER:
        return wrong
    make, f, c, moving = ONE_LAYER[name], float(F), float(C), float(RATES.transition)
    still = limit_kernel(make(Rates(0, RATES.input, RATES.output)), len(x))
    share = limit_kernel(model, len(x)) - still  # of the transition

    def of_share(other: np.ndarray) -> np.ndarray:
        return entries(X @ (still + other) @ X.T, x, model)

    wrong["missing rates"] = of(make(Rates()))
    wrong["sum for product"] = of_share(share * (f + c) / (f * c))
    if isinstance(model, Diagonal):
        lag = np.maximum(np.arange(len(x)), 1)
        wrong["i for i j"] = of_share(share / np.maximum.outer(lag, lag))
    else:
        two_point = limit_kernel(make(Rates(0, 0, 1)), len(x)) / f
        later = np.pad(two_point, ((1, 0), (1, 0)))[:-1, :-1]
        wrong["T for T^2"] = of_share(moving * f * c * later)
    return wrong


def exact() -> Iterator[Verdict]:
    """The weights of two defaults in fractions: no chance is involved."""
    claimed: dict[str, Callable[[int], Fraction]] = {
        "torch": lambda i: Fraction(2 + i, 3 ** (i + 1)),
        "keras": lambda i: Fraction(4 + 4 * i),
    }
    for framework, weight in claimed.items():
        found = diagonal_limit(preset(framework), 50, lambda number: number)
        off = sum(rho != weight(i) for i, rho in enumerate(found))
        yield Verdict("autodiff", f"{framework}, exactly", off == 0, float(off), None, 0.0)


def drawn_kernels(
    name: str, x: np.ndarray, widths: dict[int, int], seed: int
) -> Iterator[tuple[int, np.ndarray]]:
    """By width: the kernels of independent networks, over the power of n that a default's has."""
    from torch_networks import draw, draw_own_layers, kernel

    model = NETWORKS[name]
    drawing = draw_own_layers if name == OWN else draw
    power = model.kernel_power if isinstance(model, Preset) else 0
    place = list(NETWORKS).index(name)
    for width, draws in widths.items():
        seeds = np.random.SeedSequence([seed, place, width]).generate_state(draws, np.uint64)
        kernels = [kernel(drawing(model, width, x.shape[1], int(one >> 1)), x) for one in seeds]
        yield width, np.array(kernels) / width**power


def verdicts(
    name: str, x: np.ndarray, drawn: dict[int, np.ndarray]
) -> Iterator[tuple[Verdict, bool, dict[str, Any]]]:
    """What the drawn kernels say of a network's formulas and of wrong ones, and whether it should hold."""
    model = NETWORKS[name]
    expected, omitted, wrong = limit(model, x), of_order_one_over_n(model, x), lies(name, x)
    for width, sample in samples(model, x, drawn):
        at, claimed, known = f"{name}, n = {width}", expected + omitted / width, sample.count == GAUSSIAN
        about = {"width": width, "draws": len(sample.drawn), "spread": sample.spread(claimed)}
        about["of"] = "the law's" if known else "the draws'"
        yield sample.centre(at, claimed), True, about
        if known:
            yield sample.sizes(f"{at}, size", claimed), True, about
        for lie, values in wrong.items():
            yield sample.centre(f"{at}, {lie}", values), False, about


def main() -> int:
    """Draw, differentiate, judge and tell."""
    parser = argparse.ArgumentParser(description="Limits of networks against automatic differentiation")
    parser.add_argument("--widths", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--draws", type=int, nargs="+", default=[32, 8], help="networks at each width")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if len(options.draws) != len(options.widths) or min(options.draws) < 2:
        parser.error("--draws takes one number, at least 2, for each of --widths")
    import torch

    torch.set_num_threads(1)
    widths = dict(sorted(zip(options.widths, options.draws, strict=True)))
    x = np.random.default_rng(options.seed).standard_normal((T, 1))
    console, told = Console(width=110, highlight=False), []

    def tell(verdict: Verdict, wanted: bool, about: dict[str, Any]) -> None:
        outcome = "holds" if verdict.holds else "rejected"
        shown = f"{verdict.name:40} {verdict.statistic:8.2f}  {outcome:9}"
        if "spread" in about and wanted:
            shown += f" spread {about['spread']:.2f} of {about['of']}"
        console.print(shown if verdict.holds is wanted else f"{shown} FAILED")
        told.append({**asdict(verdict), "wanted": wanted, **about})

    console.print(f"torch {torch.__version__}, T = {T}, float64, networks by width {widths}")
    console.print(f"{'network':40} {'z':>8}")
    for verdict in exact():
        tell(verdict, True, {})
    for name in options.only:
        start = time.perf_counter()
        drawn = dict(drawn_kernels(name, x, widths, options.seed))
        taken = time.perf_counter() - start
        for verdict, wanted, about in verdicts(name, x, drawn):
            tell(verdict, wanted, {**about, "seconds": taken})
    if options.json:
        options.json.write_text(json.dumps(told, indent=2))
    return int(any(row["holds"] is not row["wanted"] for row in told))


if __name__ == "__main__":
    sys.exit(main())
