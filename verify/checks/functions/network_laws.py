r"""What a finite width does to orthogonal and leaky networks, against one or two hidden units, term by term.

With one unit all matrices are numbers: ``L_i = (decay + W)^i F C``, whose moments are those of Gaussians, or
``L_i = (+-r)^i F C``.  With two, an orthogonal matrix is a rotation, of trace 2 cos k theta, or a reflection,
of trace ``1 + (-1)^k``, each with probability 1/2.  The Grams of orthogonal networks are Toeplitz but for
their scale, so that

    n Cov(Q_ab, Q_cd) -> nu_F^2 r^(a+b+c+d) ([a-b = c-d] + [a-b = d-c]),

and the laws follow term by term; those of leaky networks are binomial sums.  Widths are found by bisection.
"""

from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

import numpy as np

import numeric
from numeric import Leaky, Orthogonal, Rates
from verify.checks.functions.cases import Cases, Comparison, equal, nearest, refused

__all__ = ["COMPARISONS"]


def _networks(rng: np.random.Generator, kind: Any, count: int) -> list[Any]:
    """With small positive numbers, half of them at rates."""

    def small(some: int) -> list[Fraction]:
        return [Fraction(int(k), int(m)) for k, m in rng.integers(1, 6, (some, 2))]

    transition = 1 if kind is Orthogonal else 2
    return [kind(*small(transition + 2), rates=Rates(*small(3)) if k % 2 else Rates()) for k in range(count)]


def _shares(network: Any) -> tuple[Fraction, Fraction]:
    """``eta_C nu_F + eta_F nu_C`` and ``eta_W nu_C nu_F``."""
    rates, f, c = network.rates, network.input, network.output
    return rates.output * f + rates.input * c, rates.transition * f * c


def _shifted_moment(decay: Fraction, variance: Fraction, power: int) -> Fraction:
    """``E (decay + W)^power`` of a Gaussian number."""
    return sum(
        (
            comb(power, 2 * k) * decay ** (power - 2 * k) * variance**k * prod(range(2 * k - 1, 0, -2))
            for k in range(power // 2 + 1)
        ),
        Fraction(0),
    )


def _one_unit(network: Any, i: int, j: int) -> Fraction:
    s, p = _shares(network)

    def moment(power: int) -> Fraction:
        if isinstance(network, Leaky):
            return _shifted_moment(network.decay, network.transition, power)
        return Fraction(0) if power % 2 else network.radius**power

    return s * moment(i + j) + (i * j * p * moment(i + j - 2) if i and j else 0)


def _two_traces(k: int, l: int) -> Fraction:  # noqa: E741 - a power
    """``E tr O^k tr O^l`` in two dimensions."""
    rotation = (4 if k == 0 else 2) * (abs(k) == abs(l))  # the mean of 4 cos k theta cos l theta
    reflection = 4 * (k % 2 == l % 2 == 0)
    return Fraction(rotation + reflection, 2)


def _two_units(network: Orthogonal, i: int, j: int) -> Fraction:
    s, p = _shares(network)
    places = product(range(i), range(j))
    pairs = sum((_two_traces(a - b, (i - 1 - a) - (j - 1 - b)) for a, b in places), Fraction(0))
    mean = s * network.radius ** (i + j) * _two_traces(i - j, 0) / 4
    return mean + (p * network.radius ** (i + j - 2) * pairs / 4 if pairs else 0)


def _means(rng: np.random.Generator) -> Cases:
    for network in (*_networks(rng, Leaky, 4), Leaky(1, 2), Leaky(0, 3), Leaky("1/2", 0)):
        right = [[_one_unit(network, i, j) for j in range(8)] for i in range(8)]
        yield equal(right, numeric.expected_lag_kernel, 1, network, 8)
    for network in (*_networks(rng, Orthogonal, 4), Orthogonal(0), Orthogonal(1)):
        for width, mean in ((1, _one_unit), (2, _two_units)):
            right = [[mean(network, i, j) for j in range(8)] for i in range(8)]
            yield equal(right, numeric.expected_lag_kernel, width, network, 8)
    yield refused(numeric.expected_lag_kernel, 3, numeric.Stack([Leaky(1, 1)]), 2)


def _terms(network: Any, i: int, j: int) -> list[tuple[str, int, int, Fraction]]:
    """How Theta_ij of an orthogonal network moves with the entries of P and Q, at their means."""
    rates, w = network.rates, network.radius**2
    terms = [("Q", i, j, rates.output), ("P", i, j, rates.input)]
    for a, b in product(range(i), range(j)):
        left, right = i - 1 - a, j - 1 - b
        if left == right:
            terms.append(("P", a, b, rates.transition * network.input * w**left))
        if a == b:
            terms.append(("Q", left, right, rates.transition * network.output * w**a))
    return terms


def _law(network: Any, i: int, j: int, k: int, l: int) -> Fraction:  # noqa: E741 - a lag
    """The limit of n Cov(Theta_ij, Theta_kl) of an orthogonal network."""
    own = {"P": network.output, "Q": network.input}
    return sum(
        (
            x * y * own[gram] ** 2 * network.radius ** (a + b + c + d) * ((a - b == c - d) + (a - b == d - c))
            for gram, a, b, x in _terms(network, i, j)
            for other, c, d, y in _terms(network, k, l)
            if gram == other
        ),
        Fraction(0),
    )


def _leaky_law(network: Leaky, lags: int) -> Any:
    """All limits of n Cov(Theta_ij, Theta_kl), from those without a leak, whose floats are exact enough."""
    dense = numeric.Variances(network.transition, network.input, network.output, rates=network.rates)
    law = numeric.lag_kernel_covariance(1, dense, lags)
    binomial = np.zeros((lags, lags))
    for i, k in product(range(lags), repeat=2):
        binomial[i, k] = comb(i, k) * float(network.decay) ** max(i - k, 0)
    return np.einsum("ia,jb,kc,ld,abcd->ijkl", *[binomial] * 4, law)


def _covariances(rng: np.random.Generator) -> Cases:
    for network in (*_networks(rng, Orthogonal, 2), Orthogonal(0), Orthogonal(1)):
        right = np.reshape([_law(network, *at) / 9 for at in product(range(4), repeat=4)], (4,) * 4)
        yield nearest(right, numeric.lag_kernel_covariance, 9, network, 4)
    for network in (Leaky(1, 2), Leaky("1/2", "1/4", 2), Leaky(2, 0)):  # dyadic, so that floats are exact
        yield nearest(_leaky_law(network, 3), numeric.lag_kernel_covariance, 1, network, 3)
    yield refused(numeric.lag_kernel_covariance, 3, numeric.Diagonal([1]), 2)


def _variances(rng: np.random.Generator) -> Cases:
    for network in (*_networks(rng, Orthogonal, 4), Orthogonal(0), Orthogonal(1)):
        right = [[_law(network, i, j, i, j) / 7 for j in range(6)] for i in range(6)]
        yield nearest(right, numeric.lag_kernel_variance, 7, network, 6)
    for network in (Leaky(1, 2), Leaky("1/2", "1/4", 2), Leaky(2, 0)):
        right = np.einsum("ijij->ij", _leaky_law(network, 4))
        yield nearest(right, numeric.lag_kernel_variance, 1, network, 4)


def _least(enough: Any) -> int:
    below, above = 0, 1
    while not enough(above):
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if enough(middle) else (middle, above)
    return above


def _weight(network: Orthogonal, lag: int) -> Fraction:
    s, p = _shares(network)
    w = network.radius**2
    return s * w**lag + (p * lag * w ** (lag - 1) if lag else 0)


def _fluctuation_widths(rng: np.random.Generator) -> Cases:
    for network in _networks(rng, Orthogonal, 6):
        for lag, error in product((0, 1, 5), (Fraction(1, 10), Fraction(2))):
            law, allowed = _law(network, *[lag] * 4), (error * _weight(network, lag)) ** 2
            least = _least(lambda n, law=law, allowed=allowed: law <= n * allowed)
            yield equal(least, numeric.width_for_fluctuation, network, lag, error)
    tie = Orthogonal(1, 1, 1)  # 4 ((1 + i)/(2 + i))^2/eps^2
    yield equal(144, numeric.width_for_fluctuation, tie, 2, Fraction(1, 8))
    yield refused(numeric.width_for_fluctuation, numeric.Stack([Leaky(1, 1)]), 2, 1)


def _mean_widths(rng: np.random.Generator) -> Cases:
    for network in (*_networks(rng, Orthogonal, 3), *_networks(rng, Leaky, 3)):
        for lag, error in product((0, 1, 5), (Fraction(1, 100), Fraction(3, 10), Fraction(2))):
            limit = Fraction(numeric.expected_lag_kernel(10**60, network, lag + 1)[lag, lag])
            rho = _weight(network, lag) if isinstance(network, Orthogonal) else limit

            def enough(n: int, network: Any = network, lag: int = lag, allowed: Any = error * rho) -> bool:
                mean = numeric.expected_lag_kernel(n, network, lag + 1)[lag, lag]
                return bool(mean - allowed <= rho)  # noqa: B023 - at once

            yield equal(_least(enough), numeric.width_for_mean, network, lag, error)


COMPARISONS = (
    Comparison("expected_lag_kernel, networks", "one hidden unit, or two", _means),
    Comparison("lag_kernel_covariance, networks", "the Grams' covariances, term by term", _covariances),
    Comparison("lag_kernel_variance, networks", "the Grams' covariances, term by term", _variances),
    Comparison("width_for_fluctuation, networks", "the least width, by bisection", _fluctuation_widths),
    Comparison("width_for_mean, networks", "the exact mean, by bisection", _mean_widths),
)
