r"""The exact mean of the finite-width lag kernel.

E Theta_ij(n) is the sum of the three shares of :mod:`derivations.lag_kernel`, each a polynomial in 1/n with
integer coefficients times its variances, on the identity of n_y x n_x:

    E Theta_ij = nu_F nu_W^k c(1/n) + nu_C nu_W^k c(1/n) + nu_C nu_F nu_W^{k-1} t(1/n),    k = (i+j)/2,

and 0 for odd i + j.  Its limit is rho_i on the diagonal and 0 beside it.
"""

from fractions import Fraction

import numpy as np
from jaxtyping import Shaped

from derivations.lag_kernel import MAX_LAG, expected_share
from numeric.arguments import REACH, Count, at_least, shown
from numeric.variances import GivenVariances, Variances, w_f_c  # noqa: F401 (Variances in the examples)

__all__ = ["expected_lag_kernel"]


def expected_lag_kernel(
    width: Count, variances: GivenVariances, lags: Count
) -> Shaped[np.ndarray, "lags lags"]:
    """E Theta_ij at a finite width, exactly.

    Parameters
    ----------
    width
        n, from 1 to 10^4000.
    variances
        nu_W, nu_F and nu_C.
    lags
        How many lags, 1 to 17.  The cost doubles with every lag: a second for 13, about a minute for 17.

    Returns
    -------
    Shaped[np.ndarray, "lags lags"]
        The factor of the identity of n_y x n_x for i, j = 0 .. lags-1.  An object array of fractions for
        variances given exactly, float64 (correctly rounded) if one was given as a floating-point number.

    Raises
    ------
    ValueError
        If width or lags is out of range, or variances are no Variances.
    OverflowError
        If an entry of a float64 result exceeds float64's range; for exact variances nothing overflows.

    Examples
    --------
    >>> print(expected_lag_kernel(10, Variances(1), 3))
    [[Fraction(2, 1) Fraction(0, 1) Fraction(1, 5)]
     [Fraction(0, 1) Fraction(3, 1) Fraction(0, 1)]
     [Fraction(1, 5) Fraction(0, 1) Fraction(203, 50)]]
    """
    width = at_least(1, "width", width, most=10**REACH)
    lags = at_least(1, "lags", lags)
    if lags > MAX_LAG + 1:
        raise ValueError(
            f"lags must be <= {MAX_LAG + 1} for the exact mean, got {shown(lags)}: its cost doubles with "
            f"every lag; sample_lag_kernel estimates the mean at any lag"
        )
    mean = np.empty((lags, lags), dtype=object)
    for i in range(lags):
        for j in range(i + 1):
            mean[i, j] = mean[j, i] = _mean(width, variances, i, j)
    if variances.exact:
        return mean
    try:
        return mean.astype(float)
    except OverflowError:
        raise OverflowError(
            "the mean lag kernel overflows float64; give the variances exactly, for example as strings"
        ) from None


def _mean(width: int, variances: GivenVariances, i: int, j: int) -> Fraction:
    if (i + j) % 2:
        return Fraction(0)
    readout, input_, transition = (
        sum((Fraction(c, width**k) for k, c in enumerate(expected_share(i, j, letter))), Fraction(0))
        for letter in "CFW"
    )
    w, f, c = w_f_c(variances)
    half = (i + j) // 2
    return (
        f * w**half * readout + c * w**half * input_ + (c * f * w ** (half - 1) * transition if half else 0)
    )
