r"""How far a network of finite width strays from the limit, and how wide is wide enough.

Two laws, proved for every lag (statements ``finite-width-covariance`` and ``finite-width-second-order``):

    n Cov(Theta_ij, Theta_kl)     ->  polynomials in the lags, times powers of the variances
    n^2 (E Theta_ii - rho_i)      ->  likewise

so that relative to the weight rho_i the fluctuation falls like n^{-1/2} and the bias like n^{-2}, for unit
variances and a large lag i as sqrt(4 i/(3 n)) and i^4/(24 n^2).  Both are evaluated exactly, in fractions,
by :mod:`derivations.finite_width_forms`; only arrays are rounded, once.

An orthogonal transition has laws of its own (statements ``orthogonal-covariance`` and ``orthogonal-width``,
:mod:`derivations.orthogonal_forms`): the relative fluctuation is at most sqrt(4/n) at every lag, and the bias
is known exactly.  Those of a leaky network are sums of those of the dense one by the binomial theorem
(:mod:`derivations.leaky_forms`).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product, zip_longest
from typing import Any

import numpy as np
from flint import fmpq
from jaxtyping import Float64

from derivations import closed_forms, finite_width_forms, leaky_forms, orthogonal_forms
from derivations.lag_kernel import expected_share
from numeric.arguments import REACH, Count, Number, at_least, exact_rational
from numeric.certified import certified_floats
from numeric.model import Model
from numeric.networks import Leaky, Orthogonal, Preset
from numeric.networks.abilities import ability
from numeric.variances import GivenNetwork, Variances, given_network, w_s_p

__all__ = [
    "lag_kernel_covariance",
    "lag_kernel_variance",
    "weight_and_variance",
    "width_for_fluctuation",
    "width_for_mean",
]

MOST_VARIANCES, MOST_COVARIANCES = 1000, 64
"""Lags of the arrays, whose entries are computed one by one: about a minute for either."""
MOST_WIDTH = 10**REACH
_MOST_BITS = 2**22
"""Of exact powers of nu_W, some seconds' work."""

EXACT_LAGS = 12
"""The greatest lag at which :func:`width_for_mean` uses the exact mean, which takes about a second there."""


@dataclass(frozen=True)
class _Law:
    """What is known of a kind of network, in any field."""

    covariance: Callable[..., Any]
    """The limit of n Cov(Theta_ij, Theta_kl), of the lags and the network's numbers."""
    numbers: Callable[[Any], tuple[Fraction, ...]]
    weight: Callable[..., Any]
    """rho_i, of i and numbers for it."""
    of_weight: Callable[[Any], tuple[Fraction, ...]]
    least_width: Callable[[Any, int, fmpq], int]
    """From which on the bias at a lag is no more than that."""
    variances: int = MOST_VARIANCES
    covariances: int = MOST_COVARIANCES
    most_lag: int | None = None
    """Limits to the lags where the law is a long sum."""


def lag_kernel_variance(
    width: Count, variances: GivenNetwork, lags: Count
) -> Float64[np.ndarray, "{lags} {lags}"]:
    """Var Theta_ij of a network with n_x = n_y = 1, to first order in 1/n.

    Parameters
    ----------
    width
        n, from 1 to 10^4000.
    variances : Variances, Orthogonal or Leaky
        The network.
    lags
        How many lags, 1 to 1000 (``MOST_VARIANCES``): for all of them about a minute.  Of a leaky network 1
        to 16.

    Returns
    -------
    Float64[np.ndarray, "{lags} {lags}"]
        For i, j = 0 .. lags-1, each the nearest number, or 0 where that underflows.

    Raises
    ------
    ValueError
        If width or lags is out of range, or variances are none or a network whose law is not known.
    OverflowError
        If a variance exceeds float64's range.

    Notes
    -----
    The terms of order n^-2 and beyond are neglected.  At unit variances that of order n^-2 is about
    lag^2/(2 n) of the law (0.4 to 0.6 lag^2/n) at i = j = 2 .. 6, where the exact variance was computed.

    Examples
    --------
    >>> lag_kernel_variance(100, Variances(1), 3)
    array([[0.04, 0.02, 0.02],
           [0.02, 0.2 , 0.1 ],
           [0.02, 0.1 , 0.56]])
    >>> lag_kernel_variance(100, Orthogonal(1), 3)
    array([[0.04, 0.02, 0.02],
           [0.02, 0.16, 0.08],
           [0.02, 0.08, 0.36]])
    """
    width, (network, law) = at_least(1, "width", width, most=MOST_WIDTH), _known(variances)
    lags = at_least(1, "lags", lags, most=law.variances)
    variance = np.empty((lags, lags))
    for i in range(lags):
        row = _rounded(law, [(i, j, i, j) for j in range(i + 1)], width, network)
        variance[i, : i + 1] = variance[: i + 1, i] = row
    return variance


def lag_kernel_covariance(
    width: Count, variances: GivenNetwork, lags: Count
) -> Float64[np.ndarray, "{lags} {lags} {lags} {lags}"]:
    """Cov(Theta_ij, Theta_kl) of a network with n_x = n_y = 1, to first order in 1/n.

    Parameters are those of :func:`lag_kernel_variance`, and so are the errors: ValueError if width or lags is
    out of range, OverflowError beyond float64's range, but for the lags, 1 to 64 (``MOST_COVARIANCES``), of
    a leaky network to 6: the result takes 8 lags^4 bytes.  Without a leak its entries are 0 unless i - j = k
    - l or i - j = l - k.

    Examples
    --------
    >>> covariance = lag_kernel_covariance(100, Variances(1), 3)
    >>> print(covariance[0, 0, 1, 1], covariance[0, 1, 2, 1], covariance[0, 0, 0, 2])
    0.08 0.04 0.0
    """
    width, (network, law) = at_least(1, "width", width, most=MOST_WIDTH), _known(variances)
    lags = at_least(1, "lags", lags, most=law.covariances)
    covariance = np.zeros((lags,) * 4)
    for i, j in product(range(lags), repeat=2):
        coupled = _coupled(i, j, lags, isinstance(network, Leaky))
        entries = _rounded(law, coupled, width, network)
        for (_, _, k, l), entry in zip(coupled, entries, strict=True):  # noqa: E741 - a lag
            covariance[i, j, k, l] = covariance[k, l, i, j] = entry
    return covariance


def weight_and_variance(variances: GivenNetwork, lag: int) -> tuple[Fraction, Fraction]:
    """rho_i and the limit of n Var Theta_ii for n_x = n_y = 1, exactly; ValueError without a law.

    >>> weight_and_variance(Variances(1), 2) == (4, 56)
    True
    """
    network, law = _known(variances)
    lag = at_least(0, "lag", lag, most=law.variances)
    weight = law.weight(lag, *law.of_weight(network))
    return Fraction(weight), Fraction(law.covariance(lag, lag, lag, lag, *law.numbers(network)))


def width_for_fluctuation(variances: GivenNetwork, lag: Count, relative_error: Number) -> int:
    """The least width at which Theta_ii has a standard deviation of at most ``relative_error`` rho_i.

    A prediction from the first-order law, for each entry on the diagonal of Theta_ii whatever n_x and n_y;
    :func:`lag_kernel_variance` says how much that neglects.

    Parameters
    ----------
    variances : Variances, Orthogonal or Leaky, or a preset
        The network.  Of a preset the width that its network needs, which is enough: entries of fourth
        cumulant kappa change the variance of f' A f by ``kappa sum_k A_kk^2``, and kappa is negative for the
        uniform and truncated ones that frameworks draw.
    lag
        i >= 0; at most some 10^6 for a nu_W of few digits, for i times its bits must not exceed 2^22.  Of a
        leaky network at most 32.
    relative_error
        Positive: the allowed standard deviation divided by rho_i.

    Returns
    -------
    int
        At least 1, of any size; computed exactly from the law.

    Raises
    ------
    ValueError
        If lag or relative_error is out of range, rho_i is 0, or variances are none or a network whose law is
        not known.

    Examples
    --------
    >>> width_for_fluctuation(Variances(1), 32, "0.05")
    17342

    Orthogonal networks need no more than ``4/relative_error^2`` at any lag:

    >>> width_for_fluctuation(Orthogonal(1), 32, "0.05"), width_for_fluctuation(Orthogonal(1), 10**5, "0.05")
    (1508, 1600)
    """
    given = given_network(variances)
    network, law = _known(given.network if isinstance(given, Preset) else given)
    lag, weight, error = _relative_to(network, law, lag, relative_error)
    variance = law.covariance(lag, lag, lag, lag, *_exact(law.numbers(network)))
    return max(1, int((variance / (error * weight) ** 2).ceil()))


def width_for_mean(variances: GivenNetwork, lag: Count, relative_error: Number) -> int:
    """The least width from which on E Theta_ii is within ``relative_error`` rho_i of rho_i.

    Up to lag 12 (``EXACT_LAGS``) from the exact mean, a polynomial in 1/n.  Beyond, a prediction from its
    n^-2 term.  The terms of order n^-3, ... that it neglects count pairings, so none is negative: the width
    needed is no smaller than predicted, and hardly larger if relative_error is small.  For any n_x and n_y.
    For an orthogonal network exact at every lag; for a leaky one too, to lag 12.

    Parameters and result are those of :func:`width_for_fluctuation`, and so are the errors: ValueError if lag
    or relative_error is out of range, rho_i is 0, or the mean of the network is not known.

    Examples
    --------
    >>> width_for_mean(Variances(1), 2, "0.01"), width_for_mean(Variances(1), 32, "0.01")
    (13, 2288)
    """
    network, law = _known(variances)
    lag, weight, error = _relative_to(network, law, lag, relative_error)
    return law.least_width(network, lag, error * weight)


def _dense_width(network: Variances, lag: int, allowed: fmpq) -> int:
    if lag > EXACT_LAGS:
        law = finite_width_forms.second_order_mean(lag, *_exact(w_s_p(network)))
        return _least_root(law / allowed)
    return _falls_to(_mean_coefficients(network, lag, lag)[1:], allowed)


def _leaky_width(network: Leaky, lag: int, allowed: fmpq) -> int:
    """Of the binomial sum of the dense network's means, whose coefficients are not negative either."""
    if lag > EXACT_LAGS:
        raise ValueError(
            f"lag must be <= {EXACT_LAGS} for the mean of a leaky network, got {lag}; sample_lag_kernel"
            " estimates it"
        )
    [decay] = _exact([network.decay])
    binomial = leaky_forms.expansion(lag, decay)
    total = [fmpq(0)] * (2 * lag + 2)
    for (i, a), (j, b) in product(enumerate(binomial), repeat=2):
        for k, coefficient in enumerate(_mean_coefficients(_undamped(network), i, j)):
            total[k] += a * b * coefficient
    return _falls_to(total[1:], allowed)


def _orthogonal_width(network: Orthogonal, lag: int, allowed: fmpq) -> int:
    """By the exact bias, whose numerator does not depend on n from n = lag on."""
    w, _, p = _exact(w_s_p(network))
    enough = max(lag, _least_root(orthogonal_forms.bias(lag, max(lag, 1), w, p) * max(lag, 1) ** 2 / allowed))
    while enough > 1 and orthogonal_forms.bias(lag, enough - 1, w, p) <= allowed:
        enough -= 1
    return max(1, enough)


def _least_root(bound: fmpq) -> int:
    """The least n >= 1 with n^2 >= bound; n^2 is an integer."""
    return max(1, math.isqrt(max(int(bound.ceil()) - 1, 0)) + 1)


def _falls_to(coefficients: Sequence[fmpq], allowed: fmpq) -> int:
    """The least n from which on a polynomial in 1/n, of 1/n, n^-2, ..., is no more than ``allowed``.

    It falls with n, for no coefficient is negative.
    """

    def value(width: int) -> fmpq:
        return sum((c / width**k for k, c in enumerate(coefficients, start=1)), fmpq(0))

    first, second, *_ = (*coefficients, fmpq(0), fmpq(0))  # neither of them alone is more
    enough = max(int((first / allowed).ceil()), _least_root(second / allowed))
    below, stride = enough - 1, 1
    while value(enough) > allowed:
        below, enough, stride = enough, enough + stride, 2 * stride
    while enough - below > 1:
        middle = (below + enough) // 2
        below, enough = (middle, enough) if value(middle) > allowed else (below, middle)
    return enough


def _mean_coefficients(variances: Variances, i: int, j: int) -> list[fmpq]:
    """Those of n^0, 1/n, n^-2, ... in E Theta_ij; on the diagonal that of 1/n is 0."""
    if (i + j) % 2:
        return []
    w, s, p = _exact(w_s_p(variances))
    half = (i + j) // 2
    shares = zip_longest(expected_share(i, j, "C"), expected_share(i, j, "W"), fillvalue=0)
    transition = p * w ** (half - 1) if half else fmpq(0)
    return [s * w**half * of_readout + transition * of_places for of_readout, of_places in shares]


def _undamped(network: Leaky) -> Variances:
    return Variances(network.transition, network.input, network.output, rates=network.rates)


def _parts(network: Variances | Orthogonal | Leaky) -> tuple[Fraction, ...]:
    """nu_W, nu_F, nu_C and their rates."""
    rates = network.rates
    variances = network.transition, network.input, network.output
    return (*variances, rates.transition, rates.input, rates.output)


@cache
def _laws() -> dict[type[Model], _Law]:
    """By the kind of network."""
    return {
        Variances: _Law(finite_width_forms.covariance, _parts, closed_forms.lag_weight, w_s_p, _dense_width),
        Orthogonal: _Law(
            orthogonal_forms.covariance, _parts, closed_forms.lag_weight, w_s_p, _orthogonal_width
        ),
        Leaky: _Law(
            leaky_forms.covariance,
            lambda network: (network.decay, *_parts(network)),
            leaky_forms.lag_weight,
            lambda network: (network.decay, *w_s_p(_undamped(network))),
            _leaky_width,
            variances=16,
            covariances=6,
            most_lag=32,
        ),
    }


def _known(network: GivenNetwork) -> tuple[Any, _Law]:
    """The network and its law; ValueError if it has none."""
    return ability(network, _laws(), "law of finite width", "sample_lag_kernel estimates it")


def _relative_to(network: Any, law: _Law, lag: Count, relative_error: Number) -> tuple[int, fmpq, fmpq]:
    """The lag, its weight and the error, checked and exact."""
    w = network.transition
    bits = max(1, w.numerator.bit_length() + w.denominator.bit_length() - 2)
    most = _MOST_BITS // bits
    lag = at_least(0, "lag", lag, most=most if law.most_lag is None else law.most_lag)
    error = exact_rational("relative_error", relative_error)
    if error <= 0:
        raise ValueError(f"relative_error must be > 0, got {relative_error!r}")
    weight = law.weight(lag, *_exact(law.of_weight(network)))
    if weight == 0:
        raise ValueError(
            f"variances: the weight of lag {lag} is 0, to which no error is relative; got"
            f" transition {network.transition}, input {network.input}, output {network.output}, "
            f"{network.rates}"
        )
    return lag, weight, fmpq(error.numerator, error.denominator)


def _exact(numbers: Iterable[Fraction]) -> list[fmpq]:
    """The numbers as FLINT has them, which cancels the common factors of long fractions faster."""
    return [fmpq(x.numerator, x.denominator) for x in numbers]


def _coupled(i: int, j: int, lags: int, leaky: bool) -> list[tuple[int, int, int, int]]:
    """The entries k, l that may covary with i, j, each pair of entries once."""
    ends = ((k, l) for k in range(lags) for l in (range(lags) if leaky else {k - (i - j), k + (i - j)}))  # noqa: E741 - a lag
    return [(i, j, k, l) for k, l in ends if 0 <= l < lags and (i, j) <= (k, l)]  # noqa: E741 - a lag


def _rounded(law: _Law, entries: Sequence[tuple[int, ...]], width: int, network: Any) -> list[float]:
    """The law at those lags divided by the width, in balls: fractions grow with the lags."""

    def evaluate(number: Any) -> list[Any]:
        fields, n = list(map(number, law.numbers(network))), number(Fraction(width))
        return [law.covariance(*lags, *fields) / n for lags in entries]

    try:
        return certified_floats(evaluate)
    except OverflowError:
        raise OverflowError(
            "the covariance exceeds float64's range; ask for fewer lags or smaller variances"
        ) from None
