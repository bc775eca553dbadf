r"""Samplers of the lag kernel: the same joint law as exact samples have, or an error.

No sample is right or wrong, so this test is of another kind: of two samples, the user's and that of
:func:`numeric.sample_lag_kernel`, numbers are compared in law.  An entry x is squashed to ``y = x / (|x| +
s)``, s about its size, for small networks have tails so heavy that nothing else could be compared; and the
numbers are all y_ij, and ``y_ij + y_kl`` and ``y_ij - y_kl`` for any two entries, which tell how these depend
on one another.  They are rounded to multiples of 2^-12, so that entries that are equal for a reason stay
equal when computed in float32.

If the laws agree, the greatest distance of the two empirical distribution functions exceeds what is allowed
with a probability below ``FALSE_ALARM`` in all examples and numbers together, whatever the laws: by the
inequality of Dvoretzky, Kiefer and Wolfowitz, see :func:`verify.statistics.same_law_verdict`.  It is asked
for a tenth of ``FALSE_ALARM``; the rest is for roundings that push a number over the edge of a cell of 2^-12.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from numeric import limit_kernel, sample_lag_kernel
from numeric.arguments import Count, at_least, real_array
from numeric.model import Model
from verify.statistics import same_law_verdict
from verify.strategies.calling import (
    MismatchError,
    Networks,
    a_function,
    answer,
    called,
    examples,
    holds_for,
    network_strategy,
    told,
)

__all__ = ["FALSE_ALARM", "assert_sampler_matches"]

FALSE_ALARM = 1e-9
MOST_WIDTH, MOST_LAGS, MOST_EXAMPLES = 8, 3, 20
CELL = 2.0**-12

Squashed = Float[np.ndarray, "samples lags lags"]


def assert_sampler_matches(
    my_sampler: Callable[..., Any], *, network: Networks = None, samples: Count = 2**14
) -> None:
    """AssertionError unless a sampler draws lag kernels of networks of finite width, exactly in law.

    ``my_sampler(width, nu_W, nu_F, nu_C, lags, samples, seed)`` is called.

    Parameters
    ----------
    my_sampler : callable
        Takes an int, three floats and three ints, by position, and returns an array (samples, lags, lags) of
        any library: the lag kernels of independent networks with one input and one output.  Axes of length 1
        may stand between, as in what :func:`numeric.sample_lag_kernel` returns.  The same seed, an integer
        from 0 to 2^32 - 1, must give the same samples.
    network : network or strategy of networks, optional
        Which the kernels are of: then ``my_sampler(width, network, lags, samples, seed)`` is called.
    samples : int
        How many are drawn for each example.

    Raises
    ------
    AssertionError
        With the smallest width, network and lags found for which the result has another shape or entries
        that are not finite, or a law that is not right.  A right sampler fails with a probability below 1e-9.
    ValueError
        If ``samples`` is no positive integer, the result is no array of real numbers, or numeric has no
        sampler for the network.

    Notes
    -----
    At most 20 examples, of widths 1 to 8 and one to three lags: most faults show at any of them.

    Examples
    --------
    >>> def my_sampler(width, nu_W, nu_F, nu_C, lags, samples, seed):
    ...     normal = np.random.default_rng(seed).standard_normal
    ...     c, f = nu_C * normal((samples, width)) ** 2, nu_F * normal((samples, width)) ** 2
    ...     return (c + f).mean(axis=1).reshape(samples, 1, 1) * np.eye(lags)  # right at lag 0 alone
    >>> assert_sampler_matches(my_sampler, samples=2**12)
    Traceback (most recent call last):
    ...
    AssertionError: my_sampler draws from another law: ...
    """
    a_function("my_sampler", my_sampler)
    samples, plain = at_least(1, "samples", samples), network is None

    def check(lags: int, width: int, network: Model, seed: int) -> None:
        drawn = {"width": width, **told(network, plain=plain), "lags": lags, "samples": samples, "seed": seed}
        name = called(my_sampler)
        mine = real_array(f"what {name} returns", answer(my_sampler, drawn), None, "iuf")
        if [k for k in mine.shape if k > 1] != [k for k in (samples, lags, lags) if k > 1]:
            wrong = f"{name} returned the shape {mine.shape} where {(samples, lags, lags)} is right"
            raise MismatchError(wrong, drawn)
        if not np.isfinite(mine).all():
            raise MismatchError(f"{name} returned a number that is not finite", drawn)
        rng = np.random.SeedSequence(seed, spawn_key=(1,))
        right = sample_lag_kernel(width, network, lags, samples, rng=rng)
        size = np.sqrt(limit_kernel(network, lags).diagonal())
        squashed = [_squashed(x.reshape(samples, lags, lags), size) for x in (mine, right)]
        level = FALSE_ALARM / 10 / (min(examples(), MOST_EXAMPLES) * _count(lags))
        for number, first, second in _numbers(*squashed):
            verdict = same_law_verdict("", "", first[:, None], second[:, None], level=level)
            if not verdict.holds:
                at, *shares = _farthest(first, second)
                wrong = (
                    f"{name} draws from another law: of y <= {at:.3g}, y = {number},\n"
                    f"  it has    {shares[0]:.3f}\n"
                    f"  right is  {shares[1]:.3f}\n"
                    f"  of {samples} samples each, by chance with p < {verdict.p_value:.1g}\n"
                    "  (y[i, j] = theta[i, j] / (|theta[i, j]| + s), s^2 = rho_i rho_j, or 1 if that is 0)"
                )
                raise MismatchError(wrong, drawn)

    holds_for(
        my_sampler,
        check,
        most=MOST_EXAMPLES,
        lags=st.integers(1, MOST_LAGS),
        width=st.integers(1, MOST_WIDTH),
        network=network_strategy(network),
        seed=st.integers(0, 2**32 - 1),
    )


def _squashed(x: Float[np.ndarray, "samples lags lags"], size: Float[np.ndarray, " lags"]) -> Squashed:
    scale = np.outer(size, size)
    scale[scale == 0] = 1
    squashed: Squashed = x / (abs(x) + scale)
    return squashed


def _count(lags: int) -> int:
    """Of the numbers that are compared."""
    entries = lags * (lags + 1) // 2
    return lags**2 + entries * (entries - 1)


def _numbers(
    mine: Squashed, right: Squashed
) -> Iterator[tuple[str, Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]]:
    """What is compared, by name, of both samples."""

    def rounded(y: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " samples"]:
        return np.round(y / CELL) * CELL

    lags = mine.shape[1]
    for i, j in np.ndindex(lags, lags):
        yield f"y[{i}, {j}]", rounded(mine[:, i, j]), rounded(right[:, i, j])
    upper = [(i, j) for i in range(lags) for j in range(i, lags)]
    for (i, j), (k, m) in combinations(upper, 2):
        for sign, word in ((1, "+"), (-1, "-")):
            first, second = (rounded(y[:, i, j] + sign * y[:, k, m]) for y in (mine, right))
            yield f"y[{i}, {j}] {word} y[{k}, {m}]", first, second


def _farthest(
    mine: Float[np.ndarray, " samples"], right: Float[np.ndarray, " samples"]
) -> tuple[float, float, float]:
    """Where the shares of numbers up to there differ most, and these shares."""
    at = np.union1d(mine, right)
    shares = [np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (mine, right)]
    most = int(np.argmax(abs(shares[0] - shares[1])))
    return float(at[most]), float(shares[0][most]), float(shares[1][most])
