r"""The exact mean of the finite-width lag kernel.

E Theta_ij(n) is the sum of the three shares of :mod:`derivations.lag_kernel`, each a polynomial in 1/n with
integer coefficients times its variances, on the identity of n_y x n_x:

    E Theta_ij = nu_F nu_W^k c(1/n) + nu_C nu_W^k c(1/n) + nu_C nu_F nu_W^{k-1} t(1/n),    k = (i+j)/2,

and 0 for odd i + j.  Its limit is rho_i on the diagonal and 0 beside it.  Of a leaky network it is a sum of
those by the binomial theorem (:mod:`derivations.leaky_forms`); of an orthogonal one it has a closed form of
its own (:mod:`derivations.orthogonal_forms`).  Rates multiply the shares.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Shaped

from derivations import leaky_forms, orthogonal_forms
from derivations.lag_kernel import MAX_LAG, expected_share
from numeric.arguments import REACH, Count, at_least, shown
from numeric.model import Model
from numeric.networks import Leaky, Orthogonal
from numeric.networks.abilities import ability
from numeric.variances import GivenNetwork, Variances, w_s_p

__all__ = ["expected_lag_kernel"]

MOST_LAGS = 128
"""Of an orthogonal network, whose mean takes ``lags^3`` additions: some seconds."""


def expected_lag_kernel(
    width: Count, variances: GivenNetwork, lags: Count
) -> Shaped[np.ndarray, "lags lags"]:
    """E Theta_ij at a finite width, exactly.

    Parameters
    ----------
    width
        n, from 1 to 10^4000.
    variances : Variances, Leaky or Orthogonal
        The network, perhaps with biases, which do not change its lag kernel.
    lags
        How many lags, 1 to 17.  The cost doubles with every lag: a second for 13, about a minute for 17.  Of
        an orthogonal network 1 to 128 (``MOST_LAGS``).

    Returns
    -------
    Shaped[np.ndarray, "lags lags"]
        The factor of the identity of n_y x n_x for i, j = 0 .. lags-1.  An object array of fractions for
        variances given exactly, float64 (correctly rounded) if one was given as a floating-point number.

    Raises
    ------
    ValueError
        If width or lags is out of range, or variances are none or a network without an exact mean.
    OverflowError
        If an entry of a float64 result exceeds float64's range; for exact variances nothing overflows.

    Examples
    --------
    >>> print(expected_lag_kernel(10, Variances(1), 3))
    [[Fraction(2, 1) Fraction(0, 1) Fraction(1, 5)]
     [Fraction(0, 1) Fraction(3, 1) Fraction(0, 1)]
     [Fraction(1, 5) Fraction(0, 1) Fraction(203, 50)]]

    A decay mixes even offsets with odd ones, and orthogonality makes the bias small:

    >>> print(expected_lag_kernel(10, Leaky("1/2", "1/2"), 3)[2])
    [Fraction(3, 5) Fraction(23, 10) Fraction(739, 200)]
    >>> print(expected_lag_kernel(10, Orthogonal(1), 4).diagonal())
    [Fraction(2, 1) Fraction(3, 1) Fraction(201, 50) Fraction(51, 10)]
    """
    width = at_least(1, "width", width, most=10**REACH)
    lags = at_least(1, "lags", lags)
    means: dict[type[Model], Any] = {Variances: _dense, Leaky: _leaky, Orthogonal: _orthogonal}
    model, mean_of = ability(variances, means, "exact mean at finite width", "sample_lag_kernel estimates it")
    mean: np.ndarray = mean_of(model, width, lags)
    if model.exact:
        return mean
    try:
        floats: np.ndarray = mean.astype(float)
        return floats
    except OverflowError:
        raise OverflowError(
            "the mean lag kernel overflows float64; give the variances exactly, for example as strings"
        ) from None


def _dense(network: Variances, width: int, lags: int) -> Shaped[np.ndarray, "lags lags"]:
    """Of a Gaussian W, from its exact moments."""
    if lags > MAX_LAG + 1:
        raise ValueError(
            f"lags must be <= {MAX_LAG + 1} for the exact mean, got {shown(lags)}: its cost doubles with "
            f"every lag; sample_lag_kernel estimates the mean at any lag"
        )
    w, s, p = w_s_p(network)

    def entry(i: int, j: int) -> Fraction:
        if (i + j) % 2:
            return Fraction(0)
        gram, places = (
            sum((Fraction(c, width**k) for k, c in enumerate(expected_share(i, j, letter))), Fraction(0))
            for letter in "CW"  # that of F is that of C: W' has the law of W
        )
        half = (i + j) // 2
        return s * w**half * gram + (p * w ** (half - 1) * places if half else 0)

    return _symmetric(entry, lags)


def _leaky(network: Leaky, width: int, lags: int) -> Shaped[np.ndarray, "lags lags"]:
    """By the binomial theorem, for all rows and then all columns at once."""
    undamped = Variances(network.transition, network.input, network.output, rates=network.rates)
    binomial = np.full((lags, lags), Fraction(0))
    for i in range(lags):
        binomial[i, : i + 1] = leaky_forms.expansion(i, network.decay)
    mean: np.ndarray = binomial @ _dense(undamped, width, lags) @ binomial.T
    return mean


def _orthogonal(network: Orthogonal, width: int, lags: int) -> Shaped[np.ndarray, "lags lags"]:
    if lags > MOST_LAGS:
        raise ValueError(
            f"lags must be <= {MOST_LAGS} for the exact mean of an orthogonal network, got {shown(lags)}"
        )
    w, s, p = w_s_p(network)
    return _symmetric(lambda i, j: orthogonal_forms.mean(i, j, width, w, s, p), lags)


def _symmetric(entry: Callable[[int, int], Fraction], lags: int) -> Shaped[np.ndarray, "lags lags"]:
    mean = np.empty((lags, lags), dtype=object)
    for i in range(lags):
        for j in range(i + 1):
            mean[i, j] = mean[j, i] = entry(i, j)
    return mean
