"""How far back the weights reach, of dense layers by nu_W and of any networks."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.tables.rounding import shown
from verify.tables.spec import Cell, Column, Spec
from verify.tables.symbols import combined, conditioned, parts, rational
from verify.tables.weights import has_total
from verify.tables.widths import width_or_none

if TYPE_CHECKING:
    from numeric import Variances
    from numeric.arguments import Number

__all__ = ["FORGOTTEN", "MEMORY", "NETWORKS_MEMORY", "memory_measures", "share_of"]

FORGOTTEN = "0.05"
"""The share of the weights' total that is left beyond the memory length."""
NEEDED = "0.1"
"""The relative error of Theta_ii, as its standard deviation, for which a width is told."""
TRANSITIONS = (*(f"0.{tenths}" for tenths in range(1, 10)), "0.95", "0.98", "0.99", "1")


def _memory(
    transitions: "Sequence[Number]" = TRANSITIONS,
    *,
    input: "Number" = 1,  # noqa: A002 - named as the option is
    output: "Number" = 1,
    epsilon: "Number" = FORGOTTEN,
    digits: int | None = None,
) -> Iterable[Sequence[Cell]]:
    """How far back the weights reach, by nu_W, each once; infinitely far where they never fall.

    ValueError if there is no nu_W.

    >>> from verify.tables import render
    >>> print(render(MEMORY(["0.5", "0.95", 1], digits=3), "text"))
     transition peak-lag mean-lag memory-length
            0.5        1     2.00             7
           0.95       18     37.2            92
              1 infinite infinite      infinite
    """
    from numeric import Variances

    rows: dict[Variances, str] = {}
    for nu in transitions:
        rows.setdefault(Variances(nu, input, output), str(nu))
    if not rows:
        raise ValueError("transitions must hold at least one nu_W, got none")
    measures = [memory_measures(variances, epsilon, digits=digits) for variances in rows]
    return list(rows.values()), *map(list, zip(*measures, strict=True))


def _memory_in_symbols(
    *,
    input: "Number" = 1,  # noqa: A002 - named as the option is
    output: "Number" = 1,
    epsilon: "Number" = FORGOTTEN,
    symbols: frozenset[str],
) -> dict[str, list[Cell]]:
    """All three as functions of nu_W, below 1; the memory length by Lambert's W, where nu_C nu_F is not 0."""
    import sympy

    from derivations import closed_forms
    from numeric import Variances

    if "nu_W" not in symbols:
        raise ValueError("symbolic: nu_W must be one of the symbols, in which memory has formulas")
    given = parts(Variances(1, input, output), symbols)
    w, s, p = combined(given)
    if not p:
        raise ValueError("input and output must be > 0 for formulas of the memory, got 0")
    share = sympy.Symbol("epsilon") if "epsilon" in symbols else rational(share_of(epsilon))
    rises = closed_forms.decay_margin(w, s, p) <= 0
    peak = sympy.floor(closed_forms.peak_position(w, s, p)) + 1
    k, log = closed_forms.memory_length_offset(w, s, p), sympy.log(w)
    y = closed_forms.memory_length_argument(share * closed_forms.total(w, s, p), w**k, log, w, p)
    length = sympy.Max(0, sympy.ceiling(sympy.LambertW(y, -1) / log - k))
    columns: dict[str, list[Cell]] = {
        "transition": [w],
        "peak-lag": [sympy.Piecewise((peak, rises), (0, True))],
        "mean-lag": [closed_forms.mean_lag(w, s, p)],
        "memory-length": [length],
    }
    positive = [x > 0 for x in given[:3] if x.free_symbols]
    positive += [share > 0, share < 1] if share.free_symbols else []
    return conditioned(columns, {name: [[*positive, w < 1]] for name in columns if name != "transition"})


def memory_measures(
    variances: "Variances", epsilon: "Number" = FORGOTTEN, *, digits: int | None = None
) -> tuple[Cell, Cell, Cell]:
    """Peak lag, mean lag and memory length: the least m whose tail is at most ``epsilon`` of the total.

    All three are infinite for ``nu_W >= 1``, where the weights never fall.  ValueError unless ``epsilon`` is
    between 0 and 1, or if all weights are 0.

    >>> from numeric import Variances
    >>> memory_measures(Variances("0.5"))
    (1, 2.0, 7)
    """
    from derivations import closed_forms
    from numeric import mean_lag, memory_length, peak_lag
    from numeric.variances import w_s_p

    share = share_of(epsilon)
    w, s, p = w_s_p(variances)
    if s == p == 0:
        raise ValueError("every weight is 0; input and output must not both be 0, or frozen by rates")
    if w >= 1:
        return math.inf, math.inf, math.inf
    length = memory_length(variances, share * closed_forms.total(w, s, p))
    return peak_lag(variances), shown(mean_lag(variances, digits=digits), digits), length


def share_of(epsilon: "Number") -> Fraction:
    """The share of a total, exactly; ValueError unless it is between 0 and 1."""
    from numeric.arguments import exact_rational

    share = exact_rational("epsilon", epsilon)
    if not 0 < share < 1:
        raise ValueError(f"epsilon must be between 0 and 1, both excluded, got {epsilon!r}")
    return share


def _networks_memory(
    networks: Sequence[str], *, epsilon: "Number" = FORGOTTEN, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """What each initialisation remembers; infinitely far where its weights have no sum.

    The width is the least one at which the weight of the last lag within the memory fluctuates by a tenth of
    itself; of a framework's default, as if the entries of F and C were Gaussian.

    >>> from verify.tables import render
    >>> print(render(NETWORKS_MEMORY(["torch", "keras"], digits=4), "text"))
    network weight-0    total peak-lag mean-lag memory-length width
      torch   0.6667    1.250        0   0.8000             4   480
      keras    4.000 infinite infinite infinite      infinite  none
    """
    from numeric import lag_weights, mean_lag, memory_length, peak_lag, total, width_for_fluctuation
    from numeric.arguments import exact_rational
    from verify.specifications import read_network

    share, rows = share_of(epsilon), []
    for specification in networks:
        model = read_network(specification)
        first = shown(lag_weights(model, 1, digits=digits)[0], digits)
        if not has_total(model):
            rows.append((specification, first, *[math.inf] * 4, None))
            continue
        whole = total(model, digits=digits)
        # a tail nearer to a share of the total than 50 digits tell would be a tie
        length = memory_length(model, share * exact_rational("total", total(model, digits=50)))
        within = max(0, length - 1)
        width = width_or_none(width_for_fluctuation, model, within, NEEDED)
        mean = shown(mean_lag(model, digits=digits), digits)
        rows.append((specification, first, shown(whole, digits), peak_lag(model), mean, length, width))
    return [list(column) for column in zip(*rows, strict=True)]


MEMORY = Spec(
    "memory",
    "for each nu_W the lag of greatest weight, the mean lag, and the memory length, beyond which at"
    " most a share E of the weights' total is left",
    {
        "transition": Column(r"$\nu_W$", "the variance of the transition matrix"),
        "peak-lag": Column("peak lag", "the last lag of greatest weight"),
        "mean-lag": Column("mean lag", "the mean of the lag under the weights"),
        "memory-length": Column("memory length", "the least lag from which on at most the share is left"),
    },
    _memory,
    "--transition 0.5,0.9,0.95",
    symbols=("nu_W", "nu_F", "nu_C", "epsilon"),
    formulas=_memory_in_symbols,
)
NETWORKS_MEMORY = Spec(
    "memory",
    "what an initialisation remembers: the weight of lag 0, the total, the lag of greatest weight,"
    " the mean lag, the memory length, and the width at which the last weight within it fluctuates by"
    f" {NEEDED} of itself",
    {
        "network": Column("network", "the specification"),
        "weight-0": Column(r"$\rho_0$", "the weight of lag 0"),
        "total": Column(r"$\sum\rho_i$", "the sum of all weights"),
        "peak-lag": Column("peak lag", "the last lag of greatest weight"),
        "mean-lag": Column("mean lag", "the mean of the lag under the weights"),
        "memory-length": Column("memory length", "the least lag from which on at most the share is left"),
        "width": Column("$n$", "the width at which the last weight within the memory fluctuates by a tenth"),
    },
    _networks_memory,
    '--network torch --network "orthogonal(0.9)"',
    networks=True,
)
