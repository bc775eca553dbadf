r"""The lag weights of stacks and rings, and their sums, against sums over paths.

A path of i steps through D layers takes a_l of them in layer l.  Its share of rho_i has a term for each
trained part: the readout, the D input matrices, and each of the a_l places of every transition, where the
part's rate stands for its variance.  On a ring the a_l places are one number; its derivative, a_l times a
power, is squared, so that there are a_l^2 terms, and powers of the variance are means over the area.  A sum
over all lags is one over all a_l: it factors into series of one layer each.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

import numpy as np

import numeric
from verify.checks.functions.cases import EPS, Cases, Comparison, close, equal, nearest, refused

__all__ = ["COMPARISONS"]


class _Layer(NamedTuple):
    """Squared radii, equal ones of a dense transition; nu_F, eta_W and eta_F."""

    inner: Fraction
    outer: Fraction
    ring: bool
    f: Fraction
    rate: Fraction
    f_rate: Fraction

    def power(self, a: int) -> Fraction:
        """The mean of x^a."""
        if self.inner == self.outer:
            return self.outer**a
        x, y = self.inner, self.outer
        return sum((x**k * y ** (a - k) for k in range(a + 1)), Fraction(0)) / (a + 1)

    def trained(self, a: int) -> Fraction:
        return self.rate * a ** (1 + self.ring) * self.power(a - 1) if a else Fraction(0)


class _Network(NamedTuple):
    network: Any
    layers: list[_Layer]
    c: Fraction
    c_rate: Fraction


def _drawn(rng: np.random.Generator, *kinds: str) -> _Network:
    """Random layers of these kinds; small rationals."""

    def some() -> list[Fraction]:
        return [Fraction(int(k), 8) for k in rng.integers(0, 17, size=6)]

    networks: list[Any] = []
    layers = []
    for kind in kinds:
        low, high = sorted(Fraction(int(k), 12) for k in rng.integers(0, 10, size=2))
        f, c, *etas = some()[:5]
        rates = numeric.Rates(*etas)
        if kind == "ring":
            networks.append(numeric.Diagonal(numeric.Ring(low, high), f, c, rates=rates))
            layers.append(_Layer(low**2, high**2, True, f, etas[0], etas[1]))
        elif kind == "orthogonal":
            networks.append(numeric.Orthogonal(high, f, c, rates=rates))
            layers.append(_Layer(high**2, high**2, False, f, etas[0], etas[1]))
        else:
            networks.append(numeric.Variances(high, f, c, rates=rates))
            layers.append(_Layer(high, high, False, f, etas[0], etas[1]))
    return _Network(numeric.Stack(networks), layers, c, etas[2])


def _splits(steps: int, layers: int) -> Iterator[tuple[int, ...]]:
    if layers == 1:
        yield (steps,)
    else:
        for first in range(steps + 1):
            yield from ((first, *rest) for rest in _splits(steps - first, layers - 1))


def _weight(of: _Network, lag: int) -> Fraction:
    """rho_i by its paths."""
    weight, D = Fraction(0), range(len(of.layers))
    for path in _splits(lag, len(of.layers)):
        powers = [layer.power(a) for layer, a in zip(of.layers, path, strict=True)]
        inputs = prod((layer.f for layer in of.layers), start=Fraction(1))
        weight += of.c_rate * inputs * prod(powers)
        for k in D:
            others = prod((of.layers[j].f for j in D if j != k), start=Fraction(1))
            weight += of.c * of.layers[k].f_rate * others * prod(powers)
            rest = prod((powers[j] for j in D if j != k), start=Fraction(1))
            weight += of.c * inputs * of.layers[k].trained(path[k]) * rest
    return weight


def _total(of: _Network, *, moment: bool = False) -> Fraction:
    """``sum rho_i`` of dense layers, or ``sum i rho_i``: from sums of w^a, a w^(a-1) and a times these."""

    def product(factors: list[tuple[Fraction, Fraction]]) -> Fraction:
        if not moment:
            return prod((sum_ for sum_, _ in factors), start=Fraction(1))
        return sum(
            (
                prod(
                    (first if j == k else sum_ for j, (sum_, first) in enumerate(factors)), start=Fraction(1)
                )
                for k in range(len(factors))
            ),
            Fraction(0),
        )

    value = Fraction(0)
    plain = [(1 / (1 - x.outer), x.outer / (1 - x.outer) ** 2) for x in of.layers]
    inputs = prod((layer.f for layer in of.layers), start=Fraction(1))
    value += of.c_rate * inputs * product(plain)
    for k, layer in enumerate(of.layers):
        others = prod((x.f for j, x in enumerate(of.layers) if j != k), start=Fraction(1))
        w = layer.outer
        places = (1 / (1 - w) ** 2, (1 + w) / (1 - w) ** 3)
        value += of.c * layer.f_rate * others * product(plain)
        value += of.c * inputs * layer.rate * product([*plain[:k], places, *plain[k + 1 :]])
    return value


KINDS: tuple[tuple[str, ...], ...] = (
    ("ring",),
    ("dense", "dense"),
    ("dense", "orthogonal", "dense"),
    ("ring", "dense"),
    ("orthogonal", "ring"),
    ("ring", "ring"),
)
DENSE = (("dense", "dense"), ("orthogonal", "dense"), ("dense", "dense", "dense"))


RING = _Network(
    numeric.Diagonal(numeric.Ring("1/4", "1/2"), 2, "3/4", rates=numeric.Rates(3, "1/2", 1)),
    [_Layer(Fraction(1, 16), Fraction(1, 4), True, Fraction(2), Fraction(3), Fraction(1, 2))],
    Fraction(3, 4),
    Fraction(1),
)
AFTER = Fraction(10) * 100**2 / 4**98
"""Its weights from lag 100 on: i^2 b^(i-1) <= 100^2 (1 + j)^2 b^(99+j), and sums of those."""


def _weights(rng: np.random.Generator) -> Cases:
    for kinds in KINDS:
        of = _drawn(rng, *kinds)
        values = [_weight(of, i) for i in range(7)]
        yield nearest(values, numeric.lag_weights, of.network, 7)
        yield nearest(values, numeric.lag_weights, of.network, 7, digits=30)
    yield refused(numeric.lag_weights, numeric.Leaky("0.5", "0.25"), 3)
    yield refused(numeric.sensitivity, numeric.Stack([numeric.Variances(1)] * 2), 3)


def _priors(rng: np.random.Generator) -> Cases:
    for kinds in KINDS:
        of = _drawn(rng, *kinds)
        variance = prod((x.f for x in of.layers), start=of.c) / (
            2 if "ring" in kinds else 1
        )  # of a real part
        values = [
            variance
            * sum(
                prod((x.power(a) for x, a in zip(of.layers, path, strict=True)), start=Fraction(1))
                for path in _splits(lag, len(of.layers))
            )
            for lag in range(6)
        ]
        yield nearest(values, numeric.prior_variance, of.network, 6)


def _totals(rng: np.random.Generator) -> Cases:
    for kinds in DENSE:
        of = _drawn(rng, *kinds)
        yield nearest(_total(of), numeric.total, of.network)
        yield nearest(_total(of), numeric.total, of.network, digits=40)
    first = sum((_weight(RING, i) for i in range(100)), Fraction(0))
    yield close(first, AFTER + first * EPS, numeric.total, RING.network)
    yield refused(numeric.total, numeric.Diagonal(numeric.Ring(0, 1)))


def _means(rng: np.random.Generator) -> Cases:
    for kinds in DENSE:
        of = _drawn(rng, *kinds)
        if whole := _total(of):
            yield nearest(_total(of, moment=True) / whole, numeric.mean_lag, of.network)
            yield nearest(_total(of, moment=True) / whole, numeric.mean_lag, of.network, digits=40)
    weights = [_weight(RING, i) for i in range(100)]
    mean = sum((i * x for i, x in enumerate(weights)), Fraction(0)) / sum(weights)
    yield close(mean, 1000 * AFTER + mean * EPS, numeric.mean_lag, RING.network)


def _first_and_last(rng: np.random.Generator) -> Cases:
    for kinds in KINDS:
        of = _drawn(rng, *kinds)
        first = Fraction(0)
        for lag in range(6):
            yield nearest(first, numeric.partial_sum, of.network, lag)
            if "ring" not in kinds:
                yield nearest(_total(of) - first, numeric.tail_mass, of.network, lag)
                yield nearest(_total(of) - first, numeric.tail_mass, of.network, lag, digits=25)
            first += _weight(of, lag)


def _lengths(rng: np.random.Generator) -> Cases:
    for kinds in DENSE:
        of = _drawn(rng, *kinds)
        tail = _total(of)
        for lag in range(6):
            following = tail - _weight(of, lag)
            if 0 < following < tail:
                yield equal(lag + 1, numeric.memory_length, of.network, following)
                yield equal(lag + 1, numeric.memory_length, of.network, (tail + following) / 2)
            tail = following


def _peaks(rng: np.random.Generator) -> Cases:
    for kinds in KINDS:
        of = _drawn(rng, *kinds)
        weights = [_weight(of, i) for i in range(24)]
        peak = max(range(24), key=lambda i: (weights[i], i))
        if any(weights) and peak < 16:
            yield equal(peak, numeric.peak_lag, of.network)
    silent = numeric.Variances(0, rates=numeric.Rates(0, 0, 0))
    yield equal(1, numeric.peak_lag, numeric.Stack([silent, numeric.Variances("1/2")]))  # 2, 2, 3/2


COMPARISONS = (
    Comparison("lag_weights, of stacks and rings", "the sum over paths and trained parts", _weights),
    Comparison("prior_variance, of stacks and rings", "the sum over paths", _priors),
    Comparison("total, of stacks and rings", "products of series, and the series", _totals),
    Comparison("mean_lag, of stacks and rings", "products of series, and the series", _means),
    Comparison("partial_sum, of stacks and rings", "the weights added one by one", _first_and_last),
    Comparison("memory_length, of stacks", "the first tail within the bound", _lengths),
    Comparison("peak_lag, of stacks and rings", "the last greatest weight, by search", _peaks),
)
