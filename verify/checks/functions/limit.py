r"""The limit: weights and their sums against the sums that define them, also at the ends of float64.

The Jacobian of ``C W^i F`` has a term for C, one for F and one for each place of W
(:mod:`verify.checks.definition`):

    rho_i = nu_F nu_W^i + nu_C nu_W^i + sum_{a+b=i-1} nu_C nu_W^a nu_F nu_W^b.

Everything else follows by counting: the derivative by the product rule, in numbers ``w + e`` with ``e^2 =
0``; a sum of the first weights by adding them; the infinite sums by multiplying geometric series, ``g = sum
w^a`` and ``g_1 = sum a w^a`` (a sum over i and a + b = i - 1 is one over all a and b); a tail as what the
first weights leave; a peak or a length by looking at one lag after the other.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
from flint import fmpq, fmpq_series

import numeric
from verify.checks.functions.cases import (
    EPS,
    TINY,
    Cases,
    Comparison,
    close,
    equal,
    nearest,
    refused,
)

__all__ = ["AT_RATES", "COMPARISONS", "random_variances", "weights", "with_rates"]

Triple = tuple[Fraction, ...]
"""nu_W, nu_F and nu_C; perhaps eta_W, eta_F and eta_C too."""

EDGES: tuple[tuple[str, str, str], ...] = (
    ("0", "0", "0"),
    ("0", "2", "3"),
    ("0", "1/2", "0"),
    ("1/2", "0", "0"),
    ("1/2", "3", "0"),
    ("1/2", "0", "3"),
    ("1/2", "1", "1"),
    ("1", "2/3", "5"),
    ("3/2", "1/7", "2"),
    ("1", "0", "0"),
    ("2", "0", "0"),
)
"""nu_W, nu_F and nu_C where a term vanishes, the weights tie, or their sum is infinite."""

EXTREMES: tuple[tuple[str, str, str], ...] = (
    ("1e-300", "1", "1"),
    ("1e300", "1", "1"),
    ("1e-150", "1e150", "1e300"),
    ("0.5", "1e300", "1e-300"),
    ("0.5", "1e-300", "1e-300"),
    ("1e-300", "1e300", "1e300"),
    ("1e300", "1e-300", "1e-300"),
    ("1e-20", "1e-310", "0"),
    ("1", "1e-320", "1e308"),
)
LONG: tuple[tuple[str, str, str, int], ...] = (
    ("0.3", "1", "1", 640),  # down to 1e-324
    ("2999/3000", "7/5", "3/10", 300),
    ("10/9", "1", "1/3", 300),
    ("19/3", "0.7", "1.1", 380),  # up to 1e305
)
"""Variances, and lags so many that the rounding of nu_W would show in its powers."""

TIES: tuple[tuple[str, int], ...] = (
    ("1.25", 2),
    ("1.35", 2),
    ("9.95", 2),
    ("9.94999999999999999999", 2),
    ("99999.5", 5),
    ("0.99995", 4),
    ("9.5", 1),
    ("0.095", 1),
    ("4.5e-301", 1),
    ("9.9995e299", 4),
    ("1e22", 1),
    ("0.1", 3),
    ("1/3", 30),
    ("2/3", 30),
)
"""Numbers half way between two decimals, or next to that, and how many digits are wanted."""


def weights(w: Any, f: Any, c: Any, eta_W: Any = 1, eta_F: Any = 1, eta_C: Any = 1) -> Iterator[Any]:
    """rho_0, rho_1, ... in any ring; the sum over places by Horner's rule.

    >>> [str(rho) for rho in islice(weights(fmpq(1, 2), fmpq(1), fmpq(1)), 4)]
    ['2', '2', '3/2', '1']
    """
    power, places = w**0, 0 * w
    while True:
        yield eta_C * f * power + eta_F * c * power + eta_W * places
        power, places = w * power, w * places + (c * power) * f


def with_rates(w: Any, f: Any, c: Any, *rates: Any) -> Any:
    """The Variances, with rates of W, F and C or without."""
    return numeric.Variances(w, f, c, rates=numeric.Rates(*rates) if rates else None)


AT_RATES: list[tuple[Fraction, ...]] = [
    (*triple, *map(Fraction, rates))
    for triple in (
        (Fraction(1, 2), Fraction(3), Fraction(1, 5)),
        (Fraction(19, 20), Fraction(2, 3), Fraction(5)),
        (Fraction(0), Fraction(2), Fraction(3)),
    )
    for rates in (("0", "0", "1"), ("1", "0", "0"), ("0", "2", "0"), ("1/3", "5", "7/2"))
]
"""Networks of which some parts are frozen, or all trained at different rates."""


def random_variances(
    rng: np.random.Generator, count: int, *, least: str = "0", most: str = "2"
) -> list[Triple]:
    """Small rationals, nu_W between two bounds."""
    low, high = Fraction(least), Fraction(most)
    triples: list[Triple] = []
    for _ in range(count):
        share, f, c = (Fraction(int(k), 16) for k in rng.integers(1, [16, 64, 64]))
        triples.append((low + (high - low) * share, f, c))
    return triples


def _exact(*parts: Fraction, lags: int) -> list[fmpq]:
    return list(islice(weights(*map(_fmpq, parts)), lags))


def _derivatives(w: Fraction, *parts: Fraction, lags: int) -> list[fmpq]:
    dual = fmpq_series([_fmpq(w), 1], prec=2)
    return [rho[1] for rho in islice(weights(dual, *map(_fmpq, parts)), lags)]


def _priors(w: Fraction, f: Fraction, c: Fraction, *rates: Fraction, lags: int) -> list[fmpq]:  # noqa: ARG001 - do not matter
    """E L_i^2: each of the n^(i+1) paths through the network carries nu_C nu_W^i nu_F / n^(i+1)."""
    return [_fmpq(c) * _fmpq(w) ** i * _fmpq(f) for i in range(lags)]


Rate = Fraction | int


def _total(
    w: Fraction, f: Fraction, c: Fraction, eta_W: Rate = 1, eta_F: Rate = 1, eta_C: Rate = 1
) -> Fraction:
    g = 1 / (1 - w)
    return eta_C * f * g + eta_F * c * g + eta_W * (c * g) * (f * g)


def _lag_total(
    w: Fraction, f: Fraction, c: Fraction, eta_W: Rate = 1, eta_F: Rate = 1, eta_C: Rate = 1
) -> Fraction:
    """``sum i rho_i``; in the transition's share i is a + b + 1."""
    g, g1 = 1 / (1 - w), w / (1 - w) ** 2
    return eta_C * f * g1 + eta_F * c * g1 + eta_W * c * f * (g1 * g + g * g1 + g * g)


def _fmpq(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def _fraction(x: fmpq) -> Fraction:
    return Fraction(int(x.p), int(x.q))


def _triples(texts: tuple[tuple[str, str, str], ...]) -> list[Triple]:
    return [(Fraction(w), Fraction(f), Fraction(c)) for w, f, c in texts]


def _by_lag(function: str, exact: Any) -> Any:
    """The cases of a function of variances and a number of lags; ``exact`` is its definition."""

    def cases(rng: np.random.Generator) -> Cases:
        of = getattr(numeric, function)
        for triple in _triples(EDGES) + AT_RATES + random_variances(rng, 6):
            variances, values = with_rates(*triple), exact(*triple, lags=24)
            yield _few_ulps(values, of, variances, 24)
            yield _few_ulps(values[:1], of, variances, 1)
            for digits in (1, 17, 40):
                yield nearest(values[:6], of, variances, 6, digits=digits)
        for triple in _triples(EXTREMES):
            for lags in (1, 2, 3, 5):
                yield _few_ulps(exact(*triple, lags=lags), of, numeric.Variances(*triple), lags)
            yield nearest(exact(*triple, lags=4), of, numeric.Variances(*triple), 4, digits=20)
        for w, f, c, lags in LONG:
            triple = Fraction(w), Fraction(f), Fraction(c)
            yield _few_ulps(exact(*triple, lags=lags), of, numeric.Variances(*triple), lags)
        yield nearest(
            exact(Fraction("0.3"), Fraction(1), Fraction(1), lags=700),
            of,
            numeric.Variances("0.3"),
            700,
            digits=30,
        )
        yield refused(of, numeric.Variances("19/3"), 400, error=OverflowError)

    return cases


def _few_ulps(values: list[fmpq], function: Any, *arguments: Any) -> Any:
    """Eight roundings: those of the coefficients, of two powers and of the products."""
    allowed = [8 * EPS * _fraction(abs(x)) + TINY for x in values]
    return close(values, allowed, function, *arguments)


def _lag_weights(rng: np.random.Generator) -> Cases:
    yield from _by_lag("lag_weights", _exact)(rng)
    for text, digits in TIES:
        value = Fraction(text)
        for x in (value, value * (1 - Fraction(1, 10**60)), value * (1 + Fraction(1, 10**60))):
            yield nearest([x], numeric.lag_weights, numeric.Variances("1/3", x, 0), 1, digits=digits)
    for _ in range(20):
        digits = int(rng.integers(1, 30))
        half = int(rng.integers(10**8)) * 10 ** max(0, digits - 8) % 10**digits + Fraction(1, 2)
        x = half * Fraction(10) ** int(rng.integers(-40, 40))
        for moved in (x, x * (1 - Fraction(1, 10**50)), x * (1 + Fraction(1, 10**50))):
            yield nearest([moved], numeric.lag_weights, numeric.Variances(2, 0, moved), 1, digits=digits)


def _total_cases(rng: np.random.Generator) -> Cases:
    for triple in [t for t in _triples(EDGES) if t[0] < 1] + AT_RATES + random_variances(rng, 12, most="1"):
        value, variances = _total(*triple), with_rates(*triple)
        yield nearest(value, numeric.total, variances)
        for digits in (1, 17, 60):
            yield nearest(value, numeric.total, variances, digits=digits)
    for triple in random_variances(rng, 3, most="0.9"):  # the series itself, and what it leaves at most
        *first, last = _exact(*triple, lags=800)
        ratio = triple[0] * Fraction(800, 799)  # rho_(i+1) <= w (1 + 1/i) rho_i
        low = _fraction(sum(first, fmpq(0)))
        rest = _fraction(last) / (1 - ratio)
        yield close(low + rest / 2, rest / 2 + low * EPS, numeric.total, numeric.Variances(*triple))
    for x in _float_ties():
        yield nearest(x, numeric.total, numeric.Variances(0, x, 0))
    for triple in _triples(EXTREMES):
        if triple[0] < 1:
            yield nearest(_total(*triple), numeric.total, numeric.Variances(*triple))
    yield refused(numeric.total, numeric.Variances(1))
    yield refused(numeric.total, numeric.Variances("1.5", 1, 0))


def _float_ties() -> Iterator[Fraction]:
    """Half way between two neighbours, and next to that: at 1, among the smallest and beyond the greatest."""
    beyond = Fraction(2) ** 1024
    middles = (1 + EPS, 1 + 3 * EPS, TINY / 2, 3 * TINY / 2, beyond * (1 - EPS / 2), Fraction(1, 3))
    for middle in middles:
        for scale in (1, 1 - EPS**4, 1 + EPS**4):
            yield middle * scale


def _mean_lag(rng: np.random.Generator) -> Cases:
    known = [t for t in _triples(EDGES + EXTREMES) if t[0] < 1 and t[1] + t[2]]
    for triple in known + [t for t in AT_RATES if _total(*t)] + random_variances(rng, 16, most="1"):
        value = _lag_total(*triple) / _total(*triple)
        yield nearest(value, numeric.mean_lag, with_rates(*triple))
        yield nearest(value, numeric.mean_lag, with_rates(*triple), digits=35)
    yield refused(numeric.mean_lag, numeric.Variances("0.5", 0, 0))
    yield refused(numeric.mean_lag, numeric.Variances(1))


def _tail_mass(rng: np.random.Generator) -> Cases:
    known = [t for t in _triples(EDGES + EXTREMES) if t[0] < 1]
    for triple in known + AT_RATES + random_variances(rng, 8, most="1"):
        variances = with_rates(*triple)
        tail = _total(*triple)
        for lag, rho in enumerate(_exact(*triple, lags=9)):
            yield nearest(tail, numeric.tail_mass, variances, lag)
            yield nearest(tail, numeric.tail_mass, variances, lag, digits=25)
            tail -= _fraction(rho)
    half = Fraction(1, 2), Fraction(3), Fraction(1, 5)
    for lag in (100, 1060, 1080, 1100):  # through the smallest floats
        tail = _total(*half) - _fraction(sum(_exact(*half, lags=lag), fmpq(0)))
        yield nearest(tail, numeric.tail_mass, numeric.Variances(*half), lag)
    yield refused(numeric.tail_mass, numeric.Variances(1), 3)


def _partial_sum(rng: np.random.Generator) -> Cases:
    near = (("1" + "0" * 20 + "1", "1" + "0" * 21), ("9" * 20, "1" + "0" * 20))  # 1e-21 and 1e-20 from 1
    close_to_one = [(Fraction(int(a), int(b)), Fraction(2), Fraction(1, 3)) for a, b in near]
    for triple in _triples(EDGES + EXTREMES) + close_to_one + AT_RATES + random_variances(rng, 8):
        variances, value = with_rates(*triple), Fraction(0)
        for lags, rho in enumerate(_exact(*triple, lags=9)):
            yield nearest(value, numeric.partial_sum, variances, lags)
            yield nearest(value, numeric.partial_sum, variances, lags, digits=25)
            value += _fraction(rho)
    # the total, 12.5, is half way between two roundings, and the sum lies below it by 1e-360
    yield nearest(
        Fraction(25, 2) - Fraction(25, 2**1201),
        numeric.partial_sum,
        numeric.Variances("0.5", "6.25", 0),
        1200,
        digits=2,
    )
    for w in ("1/2", "1", "9/8"):
        triple = Fraction(w), Fraction(3), Fraction(1, 5)
        for lags in (300, 1200):  # the tail at nu_W = 1/2 is seen in no digit
            value = _fraction(sum(_exact(*triple, lags=lags), fmpq(0)))
            yield nearest(value, numeric.partial_sum, numeric.Variances(*triple), lags)
            yield nearest(value, numeric.partial_sum, numeric.Variances(*triple), lags, digits=50)


def _peak_lag(rng: np.random.Generator) -> Cases:
    triples = [t for t in _triples(EDGES + EXTREMES[:1] + EXTREMES[2:4]) if t[0] < 1 and t[1] + t[2]]
    triples += random_variances(rng, 12, most="1")
    triples += [(Fraction(199, 200), Fraction(3), Fraction(7)), (Fraction(0), Fraction(2), Fraction(2))]
    triples += [(Fraction(0), Fraction(2), Fraction(2) - EPS)]
    for w in (Fraction(1, 2), Fraction(9, 10), Fraction(1, 3), Fraction(39, 40)):
        for i in range(int(w / (1 - w)) + 1):  # rho_(i+1) = rho_i where 1/nu_C + 1/nu_F is this
            inverse = 1 / (1 - w) - i / w
            if inverse > 0:
                third = 3 / (2 * inverse), 3 / inverse
                triples += [(w, third[0] * scale, third[1]) for scale in (1, 1 - EPS, 1 + EPS)]
    for triple in triples + AT_RATES:
        yield equal(_last_greatest(*triple), numeric.peak_lag, with_rates(*triple))
    for never_falls in (("1", "1", "1"), ("2", "1", "0"), ("0.5", "0", "0")):
        yield refused(numeric.peak_lag, numeric.Variances(*never_falls))


def _last_greatest(w: Fraction, *parts: Fraction) -> int:
    """By search: ``rho_(i+1) <= w (1 + 1/i) rho_i``, so that the weights fall from lag w / (1 - w) on."""
    values = _exact(w, *parts, lags=int(w / (1 - w)) + 3)
    return max(range(len(values)), key=lambda i: (values[i], i))


def _memory_length(rng: np.random.Generator) -> Cases:
    def cases(triple: Triple, longest: int, *far: str) -> Cases:
        """A bound at, next to and between the tails: the least m with a tail mass that is no greater."""
        variances = with_rates(*triple)
        tails = [_total(*triple)]
        for rho in _exact(*triple, lags=longest):
            tails.append(tails[-1] - _fraction(rho))
        places = [0, 1, 2, *map(int, rng.integers(longest, size=6))]
        bounds = {tails[m] * scale for m in places for scale in scales}
        for bound in sorted(bounds.union(map(Fraction, far)) - {0}):
            if bound >= tails[-1]:
                least = next(m for m, tail in enumerate(tails) if tail <= bound)
                yield equal(least, numeric.memory_length, variances, bound)

    scales = (1, 1 - Fraction(1, 10**60), 1 + Fraction(1, 10**60), Fraction(99, 100))
    known = [t for t in _triples(EDGES + EXTREMES) if t[0] < 1]
    for triple in known + AT_RATES + random_variances(rng, 8, most="1"):
        yield from cases(triple, 12)
    yield from cases((Fraction(19, 20), Fraction(2), Fraction(1, 3)), 100)
    yield from cases((Fraction(1, 2), Fraction(2), Fraction(1, 3)), 1100, "1e-300", "1e-320", "1e300")
    yield equal(0, numeric.memory_length, numeric.Variances(3, 0, 0), 1)
    yield refused(numeric.memory_length, numeric.Variances(1), 1)
    yield refused(numeric.memory_length, numeric.Variances("0.5"), 0)


def _variances(rng: np.random.Generator) -> Cases:
    def exactly(*given: Any) -> list[Fraction]:
        variances = numeric.Variances(*given)
        return [variances.transition, variances.input, variances.output]

    third = Fraction(1, 3)
    yield equal([third, 1, 1], exactly, "1/3")
    yield equal([Fraction(3, 10), Fraction(1, 4), 2], exactly, "0.3", 0.25, 2)
    yield equal([Fraction(0.3), 0, third], exactly, 0.3, 0, third)
    yield equal([Fraction(1, 10**300), 10**300, 0], exactly, "1e-300", "1e300", "0.0")
    for x in rng.random(8):
        yield equal([Fraction(float(x))] * 3, exactly, float(x), x, str(Fraction(float(x))))
    for wrong in (-1, "-1e-300", float("nan"), float("inf")):
        yield refused(exactly, wrong)
        yield refused(exactly, 1, wrong)
        yield refused(exactly, 1, 1, wrong)


COMPARISONS = (
    Comparison("Variances", "the numbers given, exactly", _variances),
    Comparison("lag_weights", "the sum over the places of each matrix", _lag_weights),
    Comparison("sensitivity", "its derivative by the product rule", _by_lag("sensitivity", _derivatives)),
    Comparison("prior_variance", "the sum over paths", _by_lag("prior_variance", _priors)),
    Comparison("total", "products of geometric series, and the series", _total_cases),
    Comparison("mean_lag", "the quotient of two sums", _mean_lag),
    Comparison("tail_mass", "the total less the first weights, one by one", _tail_mass),
    Comparison("partial_sum", "the weights added one by one", _partial_sum),
    Comparison("peak_lag", "the last greatest weight, by search", _peak_lag),
    Comparison("memory_length", "the first tail within the bound, by search", _memory_length),
)
