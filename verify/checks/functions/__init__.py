"""Every public function against its definition: exactly, or, where it draws networks, in joint law.

A definition is a way of its own to the value: a sum term by term, a search, counting, steps one by one,
elimination.  Cases are random (small rationals and integers) and, by design, where formulas break: terms
that vanish, ties, numbers half way between two roundings, and both ends of float64's range.

The table :data:`COMPARISONS` has a line for each function of :mod:`numeric`, each method of its classes and
the functions of :mod:`derivations` that compute; the proofs have a check of their own.
"""

from collections.abc import Iterator

from verify.checks.functions import (
    drawn,
    finite,
    kernels,
    layers,
    limit,
    network_kernels,
    network_laws,
    network_training,
    networks,
    regression,
    samples,
    training,
)
from verify.checks.functions.cases import Comparison, verdict
from verify.counting import Watch, unwatched
from verify.statistics import LEVEL, Verdict

__all__ = ["COMPARISONS", "check"]

COMPARISONS: tuple[Comparison, ...] = (
    *limit.COMPARISONS,
    *layers.COMPARISONS,
    *finite.COMPARISONS,
    *kernels.COMPARISONS,
    *networks.COMPARISONS,
    *network_kernels.COMPARISONS,
    *network_laws.COMPARISONS,
    *training.COMPARISONS,
    *network_training.COMPARISONS,
    *regression.COMPARISONS,
    *samples.COMPARISONS,
)


def check(
    seed: int = 0,
    *,
    comparisons: tuple[Comparison, ...] = COMPARISONS,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """A verdict for every comparison, then those on the laws of what is drawn."""
    advance = watch(len(comparisons), "functions")
    for comparison in comparisons:
        found = verdict("functions", comparison, seed)
        advance(1)
        yield found
    yield from drawn.laws("functions", seed, level=level)
