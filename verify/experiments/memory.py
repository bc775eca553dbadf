r"""Which delays a network learns, by the variance of its transition matrix.

Wanted is the input of ``tau`` steps ago, ``y_t = <u, x_{t-tau}>`` with noise, for inputs that are white
noise and for the last output of each sequence alone: so all T lags are seen equally often, and nothing but
the model prefers one to another.  There are fewer sequences than unknowns, and what a model prefers decides
what it makes of them.  The scaled convolution prefers lags of large weight: a step moves ``L_j`` in
proportion to

    rho_j = (nu_C + nu_F) nu_W^j + j nu_C nu_F nu_W^{j-1},

which for nu_W < 1 falls geometrically behind its peak, and for nu_W >= 1 grows: recent inputs are remembered,
or the most distant ones.  After k steps of size eta both

    |L_j^k - L_j^0| <= rho_j k eta |X_j| |r^0|    and    |L_j^k - L_j^0| <= sqrt(rho_j) |theta* - theta^0|

(:mod:`numeric.implicit_bias`), and a model whose ``|L_tau - L_tau^0|`` is at most ``b |L*|`` has a test error
of ``(1 - b)^2`` or more: a delay is not learned unless its weight is large enough.

Each model learns the delay *on top of what it computes at its start*: wanted is ``f^0(x)_t + y_t``, as if a
frozen copy of the start were subtracted.  Otherwise it would have to unlearn a random response of power
``n_x sum_j nu_W^j`` first, hundreds of times the target's for nu_W = 1.2, and that, not the memory, would
decide which nu_W is best.  For the convolutions the start makes no difference then.  As the inputs are white,
the test error over all fresh sequences is a sum of squares, ``|L - L^0 - L*|^2 / |L*|^2``; no test set is
drawn.

How far may a network of width n be from the scaled convolution?  As far as two networks are from each
other, by a factor of sqrt 2: both follow from the fluctuation of the lag kernel at the start, of order
n^{-1/2}.  Two networks, linearised, are a pair of exact samples (:func:`numeric.sample_lag_kernel`), which
know nothing of rho.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import inf
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from numeric import (
    Task,
    Variances,
    convolution_descent,
    convolve,
    lag_weights,
    linearised_descent,
    sample_lag_kernel,
    step_bound,
    train_network,
    uniform_bound,
)
from verify import networks
from verify.console import text_width
from verify.experiments.reporting import COLOURS, LEVEL, Report, table, tell
from verify.experiments.students import initial_response, student
from verify.statistics import Verdict, exact_verdict, margin_verdict
from verify.tables import memory_measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FULL", "QUICK", "Result", "Settings", "draw", "labels", "report", "run"]

FINE = 5
"""Parts of each interval between the nu_W, for the theory's curve."""
LEARNED = 0.5
"""A delay counts as learned below this test error."""
FORGOTTEN = 20
"""One part in so many of the weights' total is left beyond the memory length."""
DISTANCE_MARGIN = 0.25
"""What the next order, 1/n, may do to the logarithm of the networks' distance to the scaled convolution."""
LEAST_CORRELATION, LARGEST_DEVIATION = 0.7, 2.0
"""Of the best nu_W with the delay; from the predicted one, in steps of the grid, mean over the delays.

Valleys are flat and the repetitions few, hence the room: of experiments simulated with exact samples at the
quick size the correlation is 0.989 with a standard deviation of 0.01, the deviation 0.51 with one of 0.17.
"""
MARKERS = "osD^v"
"""Of as many nu_W in the figure on the left."""


@dataclass(frozen=True)
class Settings:
    """The sizes of the experiment.

    A network is trained for each of the ``transitions``, ``delays`` and ``repetitions``; a repetition has
    its own inputs, target and noise.  The convolutions' test errors are means over so many ``datasets``, the
    repetitions' and more; ``pairs`` is the number of pairs of exact samples for each network.
    """

    width: int = 400
    T: int = 20
    n_x: int = 2
    sequences: int = 25
    decibel: float = 20.0
    epochs: int = 100
    transitions: tuple[float, ...] = tuple(k / 10 for k in range(1, 16))
    delays: tuple[int, ...] = (0, 2, 4, 6, 8, 10, 13, 16, 19)
    repetitions: int = 3
    pairs: int = 6
    datasets: int = 40


QUICK = Settings()
FULL = Settings(width=1000, delays=tuple(range(20)), repetitions=4, pairs=16, datasets=512)


@dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes
    ----------
    network
        Test errors of the networks.
    distance
        ``|L - L'|^2 / |L*|^2`` between network and scaled convolution.
    predicted
        Half of the same between the two of each pair of exact samples.
    beside
        Test errors of the scaled convolutions on the networks' own data.
    scaled
        Mean test errors of the scaled convolution at the finer nu_W, for all delays.
    unscaled
        Mean test errors of the unscaled convolution.
    response, limit
        ``|L_j - L_j^0|`` of the scaled convolution, and the lesser of its two bounds.
    """

    settings: Settings
    seed: int
    network: Float[np.ndarray, "repetitions transitions delays"]
    distance: Float[np.ndarray, "repetitions transitions delays"]
    predicted: Float[np.ndarray, "repetitions transitions delays pairs"]
    beside: Float[np.ndarray, "repetitions transitions delays"]
    scaled: Float[np.ndarray, "fine T"]
    unscaled: Float[np.ndarray, " T"]
    response: Float[np.ndarray, "repetitions transitions delays T"]
    limit: Float[np.ndarray, "repetitions transitions delays T"]


@dataclass(frozen=True)
class Delayed:
    """The data of one repetition, and what there is to learn at each delay."""

    inputs: Float[np.ndarray, "sequences T n_x"]
    last: Float[np.ndarray, "sequences T"]
    """The last output wanted, by delay."""
    target: Float[np.ndarray, "T n_x"]
    """L*, of which only lag tau is not 0: the same u at every lag."""

    def task(self, delays: Iterable[int], start: Float[np.ndarray, "T 1 n_x"] | None = None) -> Task:
        """An output for each delay, on top of the response at the start."""
        wanted = self.last[:, list(delays)]
        outputs = np.zeros((*self.inputs.shape[:2], wanted.shape[1]))
        outputs[:, -1] = wanted
        if start is not None:
            outputs = outputs + convolve(start, self.inputs)
        return Task(self.inputs, outputs, first=self.inputs.shape[1] - 1)

    def errors(
        self, responses: Float[np.ndarray, "*batch T outputs n_x"], delays: Iterable[int]
    ) -> Float[np.ndarray, "*batch outputs"]:
        """The test error of each output, over all white inputs, relative to that of silence."""
        wanted = np.zeros(responses.shape[-3:])
        for output, delay in enumerate(delays):
            wanted[delay, output] = self.target[delay]
        errors: np.ndarray = np.square(responses - wanted).sum(axis=(-3, -1))
        return errors


def labels(settings: Settings) -> list[str]:
    """The stages of :func:`run`."""
    return ["convolutions"] + [f"networks, nu_W = {nu:g}" for nu in settings.transitions]


def run(settings: Settings, seed: int, start: Callable[[str], None] = lambda _: None) -> Result:
    """Train; ``start`` is called with the label of each stage."""
    stages = iter(labels(settings))
    start(next(stages))
    weights = [np.ones(settings.T)] + [lag_weights(_variances(nu), settings.T) for nu in _fine(settings)]
    datasets = [_delayed(settings, seed, index) for index in range(settings.datasets)]
    unscaled, *scaled = np.mean([_convolutions(settings, data, weights) for data in datasets], axis=0)
    trained = []
    for nu in settings.transitions:
        start(next(stages))
        trained.append(
            [
                [_train(settings, seed, data, index, nu, delay) for delay in settings.delays]
                for index, data in enumerate(datasets[: settings.repetitions])
            ]
        )
    network, distance, predicted, response, limit, beside = (
        np.array([[[cell[part] for cell in row] for row in rows] for rows in trained]).swapaxes(0, 1)
        for part in range(6)
    )
    return Result(
        settings, seed, network, distance, predicted, beside, np.array(scaled), unscaled, response, limit
    )


def report(result: Result) -> Report:
    """What each nu_W learns, the best nu_W for each delay, and whether they are as predicted."""
    settings = result.settings
    delays, fine = np.array(settings.delays), _fine(settings)
    network, scaled, unscaled = result.network.mean(axis=0), result.scaled, result.unscaled
    best, predicted, curve = _best(result)
    theory = [_theory(nu) for nu in settings.transitions]
    permitted = np.square(np.maximum(0, 1 - _at_delay(result.limit, delays))).min(axis=0) < LEARNED
    by_transition = pd.DataFrame(
        {
            "nu_W": settings.transitions,
            "peak lag": [_or_none(memory["peak_lag"]) for memory in theory],
            "mean lag": [_or_none(memory["mean_lag"]) for memory in theory],
            "memory": [_or_none(memory["memory_length"]) for memory in theory],
            "bounds permit": [_span(delays, row) for row in permitted],
            "learned": [_span(delays, row) for row in network < LEARNED],
            "better than unscaled": [_span(delays, row) for row in network < unscaled[delays]],
        }
    )
    by_delay = pd.DataFrame(
        {
            "delay": delays,
            "best nu_W": best,
            "predicted": predicted,
            "peak lag": [_or_none(_theory(nu)["peak_lag"]) for nu in best],
            "memory": [_or_none(_theory(nu)["memory_length"]) for nu in best],
            "network": network.min(axis=0),
            "scaled": scaled[:, delays].min(axis=0),
            "unscaled": unscaled[delays],
        }
    )
    verdicts = _verdicts(result)
    widest, typical = _factors(result)
    return Report(
        [
            _filled(
                "Wanted is f^0(x) + y: the delayed input y on top of what the student computes at its start,"
                " as it would first have to unlearn a random response otherwise.  A test error of 1 is that"
                " of learning nothing."
            ),
            table(
                by_transition,
                _filled(
                    f"Delays by nu_W, width {settings.width}; tried were {', '.join(map(str, delays))}, and a"
                    f" range means those of them that lie in it.  Memory: the lag beyond which 1/{FORGOTTEN}"
                    f" of the weights' total is left.  Learned: a test error below {LEARNED:g}.  Bounds"
                    f" permit: the two bounds on what the scaled convolution learns at a lag in"
                    f" {settings.epochs} steps allow such an error:"
                ),
            ),
            _filled(
                "For nu_W >= 1 the weights never fall: no peak, no finite memory, and the most distant inputs"
                f" of the {settings.T} in the window are remembered best."
            ),
            table(
                by_delay,
                _filled(
                    "The best nu_W of those tried for each delay, chosen on the test error; the unscaled"
                    " convolution has nothing to choose.  Predicted: the best of them for the scaled"
                    f" convolution.  Test errors are means, the network's over {settings.repetitions} data"
                    f" sets, the convolutions' over {settings.datasets}; the scaled one's is the least over"
                    f" nu_W on a grid {FINE} times as fine:"
                ),
            ),
            _filled(
                f"On the same data and with the network's best nu_W, the test errors of the network of width"
                f" {settings.width} and of the scaled convolution differ by a factor of {typical:.3g} in the"
                f" median over the delays and of {widest:.3g} at most; in the table, where the data sets"
                f" differ too, of {_factor(network.min(axis=0), scaled[:, delays].min(axis=0)).max():.3g} at"
                " most."
            ),
            _filled(
                "The network does better than the unscaled convolution at these delays, and worse at the"
                " others: with the best nu_W for each:"
                f" {_span(delays, network.min(axis=0) < unscaled[delays])}; "
                + "; ".join(
                    f"with nu_W = {settings.transitions[end]:g}:"
                    f" {_span(delays, network[end] < unscaled[delays])}"
                    for end in (0, -1)
                )
                + ".  A bias helps where it is right and hurts elsewhere."
            ),
        ],
        verdicts,
        {
            "settings": asdict(settings),
            "variances": {"input": "1", "output": "1"},
            "forgotten_share": 1 / FORGOTTEN,
            "theory": [
                {"transition": nu, **memory} for nu, memory in zip(settings.transitions, theory, strict=True)
            ],
            "network_error": result.network.tolist(),
            "scaled_error_beside_network": result.beside.tolist(),
            "error_factor": {"greatest": widest, "median": typical},
            "scaled_error": {"transitions": fine.tolist(), "errors": result.scaled.tolist()},
            "unscaled_error": result.unscaled.tolist(),
            "distance_squared": result.distance.tolist(),
            "predicted_distance_squared": result.predicted.tolist(),
            "share_of_bound": (result.response / result.limit).max(axis=-1).tolist(),
            "best_transition": {
                "delays": delays.tolist(),
                "network": best.tolist(),
                "predicted": predicted.tolist(),
                "predicted_fine": curve.tolist(),
            },
        },
    )


def draw(result: Result, figure: "Figure") -> None:
    """Test error against delay by nu_W, and the best nu_W against the delay beside peak lag and memory."""
    from matplotlib import colormaps

    settings = result.settings
    delays, every = np.array(settings.delays), np.arange(settings.T)
    left, right = figure.subplots(1, 2)
    figure.set_size_inches(10.5, 4.7)

    chosen = np.unique(np.linspace(0, len(settings.transitions) - 1, len(MARKERS)).round().astype(int))
    for place, marker, index in zip(np.linspace(0, 0.85, len(chosen)), MARKERS, chosen, strict=False):
        colour = colormaps["viridis"](place)
        left.plot(
            delays,
            result.network[:, index].mean(axis=0),
            "-",
            marker=marker,
            color=colour,
            linewidth=3,
            alpha=0.6,
            markersize=6,
            label=f"networks, nu_W = {settings.transitions[index]:g}",
        )
        left.plot(every, result.scaled[index * FINE], "--", color=colour, linewidth=1.2, zorder=3)
    left.plot([], [], "--", color="0.3", linewidth=1.2, label="scaled convolution, same nu_W")
    left.plot(every, result.unscaled, "-.", color="0.3", label="unscaled convolution")
    left.set(xlabel="delay tau", ylabel="relative test error", yscale="log")
    left.set_title(f"Networks of width {settings.width}, {settings.epochs} epochs", fontsize=10)

    best, _, curve = _best(result)
    fine = _fine(settings)
    decaying = np.arange(2, 400) / 400
    theory = [_theory(nu) for nu in decaying]
    peak, memory = (np.array([one[name] for one in theory]) for name in ("peak_lag", "memory_length"))
    grey: dict[str, Any] = {"color": "0.55", "linewidth": 1}
    right.axhline(1, color="0.55", linewidth=0.6, linestyle=":")
    right.plot(every, curve, "--", color=COLOURS["scaled"], label="scaled convolution")
    inside = (best > fine[0]) & (best < fine[-1])
    right.plot(delays[inside], best[inside], "o", color=COLOURS["network"], label="networks")
    right.plot(
        delays[~inside],
        best[~inside],
        "o",
        color=COLOURS["network"],
        markerfacecolor="white",
        label="networks, at the edge of the grid",
    )
    right.plot(peak, decaying, **grey, label="peak lag of nu_W")
    right.plot(memory, decaying, **grey, linestyle="--", label="memory length of nu_W")
    right.fill_betweenx(
        decaying,
        peak,
        memory,
        color="0.94",
        linewidth=0,
        zorder=0,
        label="between peak lag and memory length",
    )
    right.set(xlabel="delay tau, or lag", ylabel="best nu_W")
    right.set_xlim(-0.7, settings.T - 0.3)
    right.set_ylim(0, fine[-1] + 0.1)
    right.set_title("The nu_W that suits a delay", fontsize=10)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.legend(frameon=False, fontsize=8)
    right.legend(frameon=False, fontsize=8)
    tell(
        figure,
        f"experiment memory, seed {result.seed}: {settings.sequences} sequences, T = {settings.T},"
        f" n_x = {settings.n_x}, nu_W = {min(settings.transitions):g} to {max(settings.transitions):g},"
        f" nu_F = nu_C = 1, {settings.repetitions} data sets for the networks,"
        f" {settings.datasets} for the convolutions",
    )


def _delayed(settings: Settings, seed: int, index: int) -> Delayed:
    """White inputs, a direction u of length 1, and the inputs along it at each delay, with noise."""
    rng = networks.stream(seed, "memory", "data", index)
    inputs = rng.standard_normal((settings.sequences, settings.T, settings.n_x))
    direction = rng.standard_normal(settings.n_x)
    direction /= np.linalg.norm(direction)
    noise = rng.standard_normal((settings.sequences, settings.T)) * 10 ** (-settings.decibel / 20)
    return Delayed(inputs, inputs[:, ::-1] @ direction + noise, np.tile(direction, (settings.T, 1)))


def _convolutions(
    settings: Settings, data: Delayed, weights: list[Float[np.ndarray, " T"]]
) -> Float[np.ndarray, "convolutions T"]:
    """Test errors of the convolutions with these lag weights, for all delays."""
    delays = range(settings.T)
    task = data.task(delays)
    return data.errors(
        np.array([convolution_descent(task, rho).steps(settings.epochs) for rho in weights]), delays
    )


def _train(
    settings: Settings, seed: int, data: Delayed, index: int, nu: float, delay: int
) -> tuple[
    float, float, Float[np.ndarray, " pairs"], Float[np.ndarray, " T"], Float[np.ndarray, " T"], float
]:
    """For one network its error, distance, predictions; of the scaled convolution |L_j|, limit and error."""
    variances = _variances(nu)
    rho = lag_weights(variances, settings.T)
    key = (settings.width, round(nu * 10**6), index, delay)
    task = data.task([delay])

    stream = networks.stream(seed, "memory", "network", *key)
    matrices = student(stream, settings.width, variances, settings.n_x)
    initial = initial_response(matrices, settings.T)
    network = train_network(*matrices, data.task([delay], initial), steps=settings.epochs).responses - initial

    scaled = convolution_descent(task, rho).steps(settings.epochs)
    limit = np.minimum(step_bound(task, rho, settings.epochs), uniform_bound(task, rho))

    thetas = sample_lag_kernel(
        settings.width,
        variances,
        settings.T,
        2 * settings.pairs,
        n_x=settings.n_x,
        rng=networks.seed_sequence(seed, "memory", "samples", *key),
    )
    first, second = np.split(
        np.array([linearised_descent(task, theta).steps(settings.epochs) for theta in thetas]), 2
    )
    pairs = np.square(first - second).sum(axis=(1, 2, 3)) / 2
    (error,), (beside,) = (data.errors(response, [delay]) for response in (network, scaled))
    return (
        float(error),
        float(np.square(network - scaled).sum()),
        pairs,
        np.linalg.norm(scaled, axis=(1, 2)),
        limit,
        float(beside),
    )


def _variances(nu: float) -> Variances:
    """With nu_W as written in decimals: 0.3 is three tenths."""
    return Variances(str(float(nu)))


def _fine(settings: Settings) -> Float[np.ndarray, " fine"]:
    """Each interval of the grid in FINE parts."""
    count = len(settings.transitions)
    places = np.arange((count - 1) * FINE + 1) / FINE
    return np.interp(places, np.arange(count), settings.transitions).round(10)


def _theory(nu: float) -> dict[str, Any]:
    """Peak lag, mean lag and memory length; None where the weights never fall."""
    measures = memory_measures(_variances(nu), Fraction(1, FORGOTTEN))
    names = ("peak_lag", "mean_lag", "memory_length")
    return {name: None if x == inf else x for name, x in zip(names, measures, strict=True)}


def _best(
    result: Result,
) -> tuple[Float[np.ndarray, " delays"], Float[np.ndarray, " delays"], Float[np.ndarray, " T"]]:
    """The nu_W of least mean test error: of networks, of scaled convolutions, of those on the finer grid."""
    grid, fine = np.array(result.settings.transitions), _fine(result.settings)
    predicted = grid[result.scaled[::FINE, list(result.settings.delays)].argmin(axis=0)]
    return grid[result.network.mean(axis=0).argmin(axis=0)], predicted, fine[result.scaled.argmin(axis=0)]


def _factors(result: Result) -> tuple[float, float]:
    """Of the errors of network and scaled convolution at the network's best nu_W: greatest and median."""
    errors, beside = result.network.mean(axis=0), result.beside.mean(axis=0)
    best = errors.argmin(axis=0), np.arange(errors.shape[1])
    factors = _factor(errors[best], beside[best])
    return float(factors.max()), float(np.median(factors))


def _factor(
    one: Float[np.ndarray, " delays"], other: Float[np.ndarray, " delays"]
) -> Float[np.ndarray, " delays"]:
    """By what factor the greater exceeds the lesser."""
    factors: np.ndarray = np.exp(np.abs(np.log(one / other)))
    return factors


def _at_delay(
    lags: Float[np.ndarray, "repetitions transitions delays T"], delays: np.ndarray
) -> Float[np.ndarray, "repetitions transitions delays"]:
    """Of each delay's lags its own."""
    return lags[:, :, np.arange(len(delays)), delays]


def _verdicts(result: Result) -> list[Verdict]:
    from scipy.stats import spearmanr

    # the law of the logarithms, cell by cell, from the pairs alone
    logs = np.log(result.predicted) / 2
    off = float((np.log(result.distance) / 2 - logs.mean(axis=-1)).mean())
    spread = logs.var(axis=-1, ddof=1) * (1 + 1 / logs.shape[-1])
    error = float(spread.sum() ** 0.5 / spread.size)

    share = float((result.response / result.limit).max())
    best, predicted, _ = _best(result)
    rises = np.ptp(best) > 0  # else there is no correlation
    correlation = float(spearmanr(result.settings.delays, best).statistic) if rises else 0.0
    spacing = float(np.diff(result.settings.transitions).mean())
    deviation = float(np.abs(best - predicted).mean() / spacing)

    def at_most(name: str, value: float, limit: float, detail: str) -> Verdict:
        return exact_verdict("memory", name, value, limit, detail=detail)

    return [
        margin_verdict(
            "memory",
            "distance to the scaled convolution",
            off,
            error,
            logs.size - spread.size,
            margin=DISTANCE_MARGIN,
            detail=f"{np.exp(off):.3f} of what two networks predict, claimed within a factor "
            f"{np.exp(DISTANCE_MARGIN):.2f}",
            level=LEVEL,
        ),
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


def _filled(words: str) -> str:
    return fill(words, text_width())


def _span(delays: np.ndarray, chosen: Bool[np.ndarray, " delays"]) -> str:
    """Runs of neighbours among the delays that were tried.

    >>> _span(np.array([0, 2, 4, 6, 8]), np.array([True, True, True, False, True]))
    '0-4, 8'
    """
    cuts = np.flatnonzero(np.diff(chosen)) + 1
    runs = [run for run, keep in zip(np.split(delays, cuts), np.split(chosen, cuts), strict=True) if keep[0]]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) or "none"


def _or_none(value: int | float | None) -> str:
    return "none" if value is None else f"{value:.3g}"
