"""Tables of any network, by its specification: ``table lag-weights --network "stack(0.5, 0.5)"``.

The numbers are those of the public functions of :mod:`numeric`, which round once.  What a network does not
have, such as a law of its fluctuations, is none; what never falls is infinite.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.tables import FORGOTTEN, Cell, Spec, shown

if TYPE_CHECKING:
    from numeric.arguments import Number

__all__ = ["NETWORK_TABLES"]

NEEDED = "0.1"
"""The relative error of Theta_ii, as its standard deviation, for which a width is told."""


def _lag_weights(network: str, lags: int = 20, *, digits: int | None = None) -> Iterable[Sequence[Cell]]:
    """The weights rho_0 ... rho_{lags-1} of a diagonal limit."""
    from numeric import lag_weights
    from verify.specifications import read_network

    return range(lags), [shown(x, digits) for x in lag_weights(read_network(network), lags, digits=digits)]


def _limit_kernel(network: str, lags: int = 5, *, digits: int | None = None) -> Iterable[Sequence[Cell]]:
    """The limit of Theta_ij for j <= i."""
    from numeric import limit_kernel
    from verify.specifications import read_network

    theta = limit_kernel(read_network(network), lags, digits=digits)
    pairs = [(i, j) for i in range(lags) for j in range(i + 1)]
    return [i for i, _ in pairs], [j for _, j in pairs], [shown(theta[pair], digits) for pair in pairs]


def _sums(network: str, lags: int = 20, *, digits: int | None = None) -> Iterable[Sequence[Cell]]:
    """The sums of the weights before each lag, and from it on."""
    from numeric import partial_sum, tail_mass
    from verify.specifications import read_network

    model = read_network(network)
    before = [shown(partial_sum(model, i, digits=digits), digits) for i in range(lags)]
    if not _has_total(model):
        return range(lags), before, [math.inf] * lags
    return range(lags), before, [shown(tail_mass(model, i, digits=digits), digits) for i in range(lags)]


def _required_width(network: str, lags: int = 20, *, relative_error: str) -> Iterable[Sequence[Cell]]:
    """The least widths for a relative error of the fluctuation and of the mean; None without a law."""
    from numeric import width_for_fluctuation, width_for_mean
    from verify.specifications import read_network

    model = read_network(network)
    fluctuation = [_or_none(width_for_fluctuation, model, i, relative_error) for i in range(lags)]
    mean = [_or_none(width_for_mean, model, i, relative_error) for i in range(lags)]
    if all(width is None for width in fluctuation):
        width_for_fluctuation(model, 0, relative_error)  # says what is missing
    return range(lags), fluctuation, mean


def _memory(
    networks: Sequence[str], *, epsilon: "Number" = FORGOTTEN, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """What each initialisation remembers; infinitely far where its weights have no sum.

    The width is the least one at which the weight of the last lag within the memory fluctuates by a tenth of
    itself; of a framework's default, as if the entries of F and C were Gaussian.

    >>> from verify.tables import render
    >>> print(render(NETWORK_TABLES["memory"](["torch", "keras"], digits=4), "text"))
    network weight-0    total peak-lag mean-lag memory-length width
      torch   0.6667    1.250        0   0.8000             4   480
      keras    4.000 infinite infinite infinite      infinite  none
    """
    from numeric import lag_weights, mean_lag, memory_length, peak_lag, total, width_for_fluctuation
    from numeric.arguments import exact_rational
    from verify.specifications import read_network
    from verify.tables import share_of

    share, rows = share_of(epsilon), []
    for specification in networks:
        model = read_network(specification)
        first = shown(lag_weights(model, 1, digits=digits)[0], digits)
        if not _has_total(model):
            rows.append((specification, first, *[math.inf] * 4, None))
            continue
        whole = total(model, digits=digits)
        # a tail nearer to a share of the total than 50 digits tell would be a tie
        length = memory_length(model, share * exact_rational("total", total(model, digits=50)))
        within = max(0, length - 1)
        width = _or_none(width_for_fluctuation, model, within, NEEDED)
        mean = shown(mean_lag(model, digits=digits), digits)
        rows.append((specification, first, shown(whole, digits), peak_lag(model), mean, length, width))
    return [list(column) for column in zip(*rows, strict=True)]


def _has_total(model: Any) -> bool:
    from numeric import total

    try:
        total(model)
    except OverflowError:
        return True
    except ValueError as error:
        if "infinite" in str(error):
            return False
        raise
    return True


def _or_none(width: Callable[..., int], *arguments: Any) -> int | None:
    """A width, or None where the network has no law for it."""
    try:
        return width(*arguments)
    except ValueError:
        return None


NETWORK_TABLES: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            "lag-weights",
            "the weights rho_i of the limit",
            {"lag": "$i$", "weight": r"$\rho_i$"},
            _lag_weights,
            '--network "stack(0.5, 0.5)"',
        ),
        Spec(
            "limit-kernel",
            "the limit of Theta_ij, where it is not diagonal",
            {"lag": "$i$", "other": "$j$", "kernel": r"$\lim\Theta_{ij}$"},
            _limit_kernel,
            '--network "leaky(0.9, 0.05)" --lags 4',
        ),
        Spec(
            "sums",
            "the sums of the weights before lag i, and from it on",
            {"lag": "$i$", "before": r"$\sum_{j<i}\rho_j$", "tail": r"$\sum_{j\ge i}\rho_j$"},
            _sums,
            '--network "orthogonal(0.9)"',
        ),
        Spec(
            "required-width",
            "the least widths at which the fluctuation and the bias of the mean are at most E times rho_i",
            {"lag": "$i$", "fluctuation": "$n$ for the fluctuation", "mean": "$n$ for the mean"},
            _required_width,
            '--network "orthogonal(0.9)" --relative-error 0.01',
        ),
        Spec(
            "memory",
            "what an initialisation remembers: the weight of lag 0, the total, the lag of greatest weight,"
            " the mean lag, the memory length, and the width at which the last weight within it fluctuates by"
            f" {NEEDED} of itself",
            {
                "network": "network",
                "weight-0": r"$\rho_0$",
                "total": r"$\sum\rho_i$",
                "peak-lag": "peak lag",
                "mean-lag": "mean lag",
                "memory-length": "memory length",
                "width": "$n$",
            },
            _memory,
            '--network torch --network "orthogonal(0.9)"',
        ),
    )
}
