r"""The sampler against networks really drawn: the same law, also where its basis is exhausted.

``sample_lag_kernel`` never forms W, and other checks rest on it; here W, F and C are drawn, and the lag
kernel and the impulse response computed from them.  Of both samples the same entries are compared:

* their distributions, by the two-sample test of :func:`verify.statistics.same_law_verdict`, valid at every
  size and for every law;
* the means of the entries, squashed to ``x / (|x| + s)`` with s about their size, of products of two, and of
  products of two moduli less 1/2.  Networks of one unit have lag kernels with tails so heavy that means of
  the entries themselves would tell nothing; squashed, they are bounded and little skewed, and Student's law
  is good.  Means and products together are means and covariances; the moduli couple Theta with L, whose
  sign is free.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from jaxtyping import Float, Int

from numeric import impulse_response, lag_kernel, lag_weights, prior_variance, sample_lag_kernel
from verify.checks.formulas import VARIANCES
from verify.counting import Watch, counted, unwatched
from verify.networks import sample, seed_sequence, stream
from verify.statistics import LEVEL, Verdict, difference, mean_verdict, same_law_verdict, summarise_blocks

__all__ = ["SIZES", "check"]

LAGS = 5
SIZES = ((1, 1, 1), (2, 2, 3), (3, 3, 1), (8, 1, 2), (50, 2, 2))  # n, n_x, n_y
ENTRIES, PAIRS = 40, 60
"""How many entries of Theta and L together are compared, and how many products of two."""

Sampler = Callable[..., tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]]


def check(
    seed: int = 0,
    sampler: Sampler = sample_lag_kernel,
    *,
    sizes: tuple[tuple[int, int, int], ...] = SIZES,
    networks: int = 2**12,
    samples: int = 2**14,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Compare ``networks`` dense networks with ``samples`` samples at each size."""
    advance = watch(len(sizes) * (networks + samples), "networks")
    for width, n_x, n_y in sizes:
        key = ("sampler", width, n_x, n_y)
        entries, pairs = _chosen(stream(seed, *key, "entries"), n_x, n_y)
        measured = partial(_of_network, entries)
        drawn = sample(measured, (seed, "sampler"), networks, width, VARIANCES, n_x, n_y)
        dense = np.array(list(counted(drawn, advance)))
        theta, L = sampler(
            width,
            VARIANCES,
            LAGS,
            samples,
            n_x=n_x,
            n_y=n_y,
            rng=seed_sequence(seed, *key),
            impulse_response=True,
        )
        advance(samples)
        exact = np.array([_numbers(*one)[entries] for one in zip(theta, L, strict=True)])
        name = f"n={width} n_x={n_x} n_y={n_y}"
        detail = f"{networks} networks, {samples} samples, {len(entries)} entries"
        yield same_law_verdict("sampler", f"law at {name}", dense, exact, detail=detail, level=level)
        scale = _sizes(width, n_x, n_y)[entries]
        summaries = [summarise_blocks([_moments(x / (abs(x) + scale), pairs)]) for x in (dense, exact)]
        yield mean_verdict(
            "sampler",
            f"moments at {name}",
            difference(*summaries),
            0.0,
            detail="means and products of squashed entries",
            level=level,
        )


def _of_network(
    entries: Int[np.ndarray, " entries"],
    W: Float[np.ndarray, "n n"],
    F: Float[np.ndarray, "n n_x"],
    C: Float[np.ndarray, "n_y n"],
) -> Float[np.ndarray, " entries"]:
    numbers = _numbers(lag_kernel(W, F, C, LAGS), impulse_response(W, F, C, LAGS))
    compared: np.ndarray = numbers[entries]
    return compared


def _numbers(theta: Float[np.ndarray, "..."], L: Float[np.ndarray, "..."]) -> Float[np.ndarray, " numbers"]:
    return np.concatenate((theta.ravel(), L.ravel()))


def _moments(
    x: Float[np.ndarray, "count entries"], pairs: Int[np.ndarray, "pairs 2"]
) -> Float[np.ndarray, "count moments"]:
    products = (np.prod(y[:, pairs], axis=2) for y in (x, abs(x) - 0.5))
    return np.concatenate([x, *products], axis=1)


def _sizes(width: int, n_x: int, n_y: int) -> Float[np.ndarray, " numbers"]:
    """About what size entries of Theta and L have: that of the limit, beside the diagonal 1/n of it."""
    root = np.repeat(np.sqrt(lag_weights(VARIANCES, LAGS)), n_y * n_x)
    theta = np.outer(root, root) / np.where(np.eye(root.size, dtype=bool), 1, width)
    return _numbers(theta, np.repeat(np.sqrt(prior_variance(VARIANCES, LAGS)), n_y * n_x))


def _chosen(
    rng: np.random.Generator, n_x: int, n_y: int
) -> tuple[Int[np.ndarray, " entries"], Int[np.ndarray, "pairs 2"]]:
    """Which entries are compared, half of them on Theta's diagonal or in L, and which of these as pairs."""
    size = LAGS * n_y * n_x
    special = np.concatenate((np.arange(size) * (size + 1), size**2 + np.arange(size)))
    rest = np.ravel_multi_index(np.triu_indices(size, 1), (size, size))
    half = ENTRIES // 2
    entries = np.concatenate(
        [rng.choice(part, min(half, part.size), replace=False) for part in (special, rest)]
    )
    return entries, rng.integers(len(entries), size=(PAIRS, 2))
