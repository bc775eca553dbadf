"""Tables of the formulas: a spec for each, one renderer for all.

The numbers are rounded once, from the exact value: to the nearest float64, or to certified digits, which are
strings.  What a network does not have, such as a law of its fluctuations, is none; what never falls is
infinite.

Every spec is known without its numbers, so that ``--help`` imports no library: what computes is imported by
what is computed.
"""

from collections.abc import Mapping
from typing import Any

from verify.tables.conditions import CONDITIONING, CONDITIONS
from verify.tables.delay import DELAY
from verify.tables.generating import GENERATING_FUNCTION
from verify.tables.kernel import FINITE_WIDTH, LIMIT_KERNEL
from verify.tables.memory import FORGOTTEN, MEMORY, NETWORKS_MEMORY, memory_measures, share_of
from verify.tables.moments import EXACT_MOMENTS, GRAM_MOMENTS
from verify.tables.rendering import frame, render
from verify.tables.rounding import shown
from verify.tables.spec import Cell, Column, Spec, Table
from verify.tables.weights import LAG_WEIGHTS, SENSITIVITY, SUMS
from verify.tables.widths import REQUIRED_WIDTH

__all__ = [
    "FORGOTTEN",
    "NETWORK_TABLES",
    "TABLES",
    "Cell",
    "Column",
    "Spec",
    "Table",
    "frame",
    "memory_measures",
    "render",
    "share_of",
    "shown",
    "table",
]

TABLES: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        LAG_WEIGHTS,
        SENSITIVITY,
        SUMS,
        GENERATING_FUNCTION,
        LIMIT_KERNEL,
        FINITE_WIDTH,
        EXACT_MOMENTS,
        GRAM_MOMENTS,
        REQUIRED_WIDTH,
        CONDITIONS,
        CONDITIONING,
        MEMORY,
        DELAY,
    )
}
"""By the variances of a dense layer, most of them by any network too."""

NETWORK_TABLES: Mapping[str, Spec] = {
    spec.name: spec for spec in (*TABLES.values(), NETWORKS_MEMORY) if spec.networks
}
"""By the specifications of networks."""


def table(name: str, *given: Any, **options: Any) -> Table:
    """A table by its name, as a value.

    Parameters
    ----------
    name
        One of :data:`TABLES`.
    given, options
        What it takes: first the network, a value such as ``Variances("0.5")`` or a specification such as
        ``"stack(0.5, 0.5)"``, then how many ``lags``; ``digits`` for certified ones; for ``memory``
        ``transitions`` or ``networks``.  ``symbolic`` names what stays a symbol, as "i,nu_W".

    Raises
    ------
    ValueError
        If there is no such table, or the functions of :mod:`numeric` refuse an option.
    TypeError
        For options that the table does not take.

    Examples
    --------
    >>> table("lag-weights", "torch", symbolic="i").columns["weight"]
    [(i + 2)/(3*3**i)]
    >>> print(table("memory", networks=["torch", "stack(0.5, 0.5)"], digits=3).frame().to_string(index=False))
            network weight-0 total  peak-lag mean-lag  memory-length  width
              torch    0.667  1.25         0    0.800              4    480
    stack(0.5, 0.5)     3.00  28.0         2     3.14              9   <NA>
    """
    known = NETWORK_TABLES if "networks" in options else TABLES
    if name not in known:
        raise ValueError(f"table: there is none called {name!r}; choose from {', '.join(known)}")
    return known[name](*given, **options)
