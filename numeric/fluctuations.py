r"""How far a network of finite width strays from the limit, and how wide is wide enough.

Two laws, proved for every lag (statements ``finite-width-covariance`` and ``finite-width-second-order``):

    n Cov(Theta_ij, Theta_kl)     ->  polynomials in the lags, times powers of the variances
    n^2 (E Theta_ii - rho_i)      ->  likewise

so that relative to the weight rho_i the fluctuation falls like n^{-1/2} and the bias like n^{-2}, for unit
variances and a large lag i as sqrt(4 i/(3 n)) and i^4/(24 n^2).  Both are evaluated exactly, in fractions,
by :mod:`derivations.finite_width_forms`; only arrays are rounded, once.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product, zip_longest
from typing import Any

import numpy as np
from flint import fmpq
from jaxtyping import Float64

from derivations import closed_forms, finite_width_forms
from derivations.lag_kernel import expected_share
from numeric.arguments import REACH, Count, Number, at_least, exact_rational
from numeric.certified import certified_floats
from numeric.variances import GivenVariances, Variances, w_f_c  # noqa: F401 (Variances in the examples)

__all__ = ["lag_kernel_covariance", "lag_kernel_variance", "width_for_fluctuation", "width_for_mean"]

MOST_VARIANCES, MOST_COVARIANCES = 1000, 64
"""Lags of the arrays, whose entries are computed one by one: about a minute for either."""
MOST_WIDTH = 10**REACH
_MOST_BITS = 2**22
"""Of exact powers of nu_W, some seconds' work."""

EXACT_LAGS = 12
"""The greatest lag at which :func:`width_for_mean` uses the exact mean, which takes about a second there."""


def lag_kernel_variance(
    width: Count, variances: GivenVariances, lags: Count
) -> Float64[np.ndarray, "{lags} {lags}"]:
    """Var Theta_ij of a network with n_x = n_y = 1, to first order in 1/n.

    Parameters
    ----------
    width
        n, from 1 to 10^4000.
    variances
        nu_W, nu_F and nu_C.
    lags
        How many lags, 1 to 1000 (``MOST_VARIANCES``): for all of them about a minute.

    Returns
    -------
    Float64[np.ndarray, "{lags} {lags}"]
        For i, j = 0 .. lags-1, each the nearest number, or 0 where that underflows.

    Raises
    ------
    ValueError
        If width or lags is out of range, or variances are no Variances.
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
    """
    width, lags = at_least(1, "width", width, most=MOST_WIDTH), at_least(1, "lags", lags, most=MOST_VARIANCES)
    variance = np.empty((lags, lags))
    for i in range(lags):
        row = _rounded(finite_width_forms.variance, [(i, j) for j in range(i + 1)], width, variances)
        variance[i, : i + 1] = variance[: i + 1, i] = row
    return variance


def lag_kernel_covariance(
    width: Count, variances: GivenVariances, lags: Count
) -> Float64[np.ndarray, "{lags} {lags} {lags} {lags}"]:
    """Cov(Theta_ij, Theta_kl) of a network with n_x = n_y = 1, to first order in 1/n.

    Parameters are those of :func:`lag_kernel_variance`, and so are the errors: ValueError if width or lags is
    out of range, OverflowError beyond float64's range, but for the lags, 1 to 64 (``MOST_COVARIANCES``): the
    result takes 8 lags^4 bytes.  Its entries are 0 unless i - j = k - l or i - j = l - k.

    Examples
    --------
    >>> covariance = lag_kernel_covariance(100, Variances(1), 3)
    >>> print(covariance[0, 0, 1, 1], covariance[0, 1, 2, 1], covariance[0, 0, 0, 2])
    0.08 0.04 0.0
    """
    width = at_least(1, "width", width, most=MOST_WIDTH)
    lags = at_least(1, "lags", lags, most=MOST_COVARIANCES)
    covariance = np.zeros((lags,) * 4)
    for i, j in product(range(lags), repeat=2):
        coupled = _coupled(i, j, lags)
        entries = _rounded(finite_width_forms.covariance, coupled, width, variances)
        for (_, _, k, l), entry in zip(coupled, entries, strict=True):  # noqa: E741 - a lag
            covariance[i, j, k, l] = covariance[k, l, i, j] = entry
    return covariance


def width_for_fluctuation(variances: GivenVariances, lag: Count, relative_error: Number) -> int:
    """The least width at which Theta_ii has a standard deviation of at most ``relative_error`` rho_i.

    A prediction from the first-order law, for each entry on the diagonal of Theta_ii whatever n_x and n_y;
    :func:`lag_kernel_variance` says how much that neglects.

    Parameters
    ----------
    variances
        nu_W, nu_F and nu_C.
    lag
        i >= 0; at most some 10^6 for a nu_W of few digits, for i times its bits must not exceed 2^22.
    relative_error
        Positive: the allowed standard deviation divided by rho_i.

    Returns
    -------
    int
        At least 1, of any size; computed exactly from the law.

    Raises
    ------
    ValueError
        If lag or relative_error is out of range, rho_i is 0, or variances are no Variances.

    Examples
    --------
    >>> width_for_fluctuation(Variances(1), 32, "0.05")
    17342
    """
    lag, weight, error = _relative_to(variances, lag, relative_error)
    law = finite_width_forms.variance(lag, lag, *_exact(variances))
    return max(1, int((law / (error * weight) ** 2).ceil()))


def width_for_mean(variances: GivenVariances, lag: Count, relative_error: Number) -> int:
    """The least width from which on E Theta_ii is within ``relative_error`` rho_i of rho_i.

    Up to lag 12 (``EXACT_LAGS``) from the exact mean, a polynomial in 1/n.  Beyond, a prediction from its
    n^-2 term.  The terms of order n^-3, ... that it neglects count pairings, so none is negative: the width
    needed is no smaller than predicted, and hardly larger if relative_error is small.  For any n_x and n_y.

    Parameters and result are those of :func:`width_for_fluctuation`, and so are the errors: ValueError if lag
    or relative_error is out of range, or rho_i is 0.

    Examples
    --------
    >>> width_for_mean(Variances(1), 2, "0.01"), width_for_mean(Variances(1), 32, "0.01")
    (13, 2288)
    """
    lag, weight, error = _relative_to(variances, lag, relative_error)
    allowed = error * weight
    if lag > EXACT_LAGS:
        law = finite_width_forms.second_order_mean(lag, *_exact(variances))
        least_square = int((law / allowed).ceil())  # n^2 >= law / allowed, and n^2 is an integer
        return max(1, math.isqrt(max(least_square - 1, 0)) + 1)
    coefficients = _bias_coefficients(variances, lag)

    def bias(width: int) -> fmpq:
        return sum((c / width**k for k, c in enumerate(coefficients, start=2)), fmpq(0))

    # The bias falls with the width, for no coefficient is negative; its first term alone needs this width.
    least = max(1, math.isqrt(int((coefficients[0] / allowed).ceil()))) if coefficients else 1
    below, enough, stride = least - 1, least, 1
    while bias(enough) > allowed:
        below, enough, stride = enough, enough + stride, 2 * stride
    while enough - below > 1:
        middle = (below + enough) // 2
        below, enough = (middle, enough) if bias(middle) > allowed else (below, middle)
    return enough


def _bias_coefficients(variances: GivenVariances, lag: int) -> list[fmpq]:
    """Those of n^-2, n^-3, ... in E Theta_ii; that of 1/n is 0."""
    w, f, c = _exact(variances)
    shares = zip_longest(expected_share(lag, lag, "C"), expected_share(lag, lag, "W"), fillvalue=0)
    transition = c * f * w ** (lag - 1) if lag else fmpq(0)
    return [(c + f) * w**lag * p + transition * q for p, q in shares][2:]


def _relative_to(variances: GivenVariances, lag: Count, relative_error: Number) -> tuple[int, fmpq, fmpq]:
    """The lag, its weight and the error, checked and exact."""
    w, _, _ = w_f_c(variances)
    bits = max(1, w.numerator.bit_length() + w.denominator.bit_length() - 2)
    lag = at_least(0, "lag", lag, most=_MOST_BITS // bits)
    error = exact_rational("relative_error", relative_error)
    if error <= 0:
        raise ValueError(f"relative_error must be > 0, got {relative_error!r}")
    weight = closed_forms.lag_weight(lag, *_exact(variances))
    if weight == 0:
        raise ValueError(
            f"variances: the weight of lag {lag} is 0, to which no error is relative; got"
            f" transition {variances.transition}, input {variances.input}, output {variances.output}"
        )
    return lag, weight, fmpq(error.numerator, error.denominator)


def _exact(variances: GivenVariances) -> list[fmpq]:
    """The variances as FLINT has them, which cancels the common factors of long fractions faster."""
    return [fmpq(x.numerator, x.denominator) for x in w_f_c(variances)]


def _coupled(i: int, j: int, lags: int) -> list[tuple[int, int, int, int]]:
    """The entries k, l that may covary with i, j, each pair of entries once."""
    ends = ((k, l) for k in range(lags) for l in {k - (i - j), k + (i - j)})  # noqa: E741 - a lag
    return [(i, j, k, l) for k, l in ends if 0 <= l < lags and (i, j) <= (k, l)]  # noqa: E741 - a lag


def _rounded(
    law: Callable[..., Any], entries: Sequence[tuple[int, ...]], width: int, variances: GivenVariances
) -> list[float]:
    """The law at those lags divided by the width, in balls: fractions grow with the lags."""

    def evaluate(number: Any) -> list[Any]:
        fields, n = list(map(number, w_f_c(variances))), number(Fraction(width))
        return [law(*lags, *fields) / n for lags in entries]

    try:
        return certified_floats(evaluate)
    except OverflowError:
        raise OverflowError(
            "the covariance exceeds float64's range; ask for fewer lags or smaller variances"
        ) from None
