"""The limit of the lag kernel of any network, entry by entry.

The calculus of :mod:`numeric.model` for an impulse: where the limit is diagonal, in one index, else in two.
All terms of its recursions are sums and products; those of most networks are not negative, so that balls lose
no more than rounding errors add up to.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Shaped
from mpmath import mpf

from numeric.arguments import Count, at_least, bytes_of_number, refuse_too_large
from numeric.certified import MOST_DIGITS, certified, certified_floats
from numeric.model import Limit, Model, ToNumber, Values, propagated
from numeric.variances import GivenNetwork, Variances, given_network  # noqa: F401 (Variances in the examples)

__all__ = ["diagonal_limit", "impulse_limit", "limit_kernel", "two_time_limit"]

MOST_LAGS = 1024
"""Of an array of two lags, whose entries are computed one by one: some seconds."""


def limit_kernel(
    network: GivenNetwork, lags: Count, *, digits: Count | None = None
) -> Shaped[np.ndarray, "lags lags"]:
    """lim Theta_ij of the infinitely wide network, the factor of the identity of n_y x n_x.

    Parameters
    ----------
    network
        Variances, Leaky, Orthogonal, Diagonal, Stack or any other network.
    lags : int
        How many, 1 to 1024.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.

    Returns
    -------
    ndarray, shape (lags, lags)
        Of float64, each the nearest number, or of mpf with ``digits``.  Diagonal, with the lag weights, where
        the transition has no direction in time, as in all networks but ``Leaky`` and ``Diagonal`` of given
        eigenvalues.

    Raises
    ------
    ValueError
        If ``lags`` or ``digits`` is out of range, or ``network`` is none.
    OverflowError
        If an entry exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> from numeric import Leaky
    >>> limit_kernel(Leaky("0.5", "0.25"), 3)
    array([[2.  , 1.  , 0.5 ],
           [1.  , 2.  , 1.75],
           [0.5 , 1.75, 2.25]])
    """
    model = given_network(network)
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    places = None if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
    refuse_too_large(
        "lags: a kernel of so many", lags**2 * bytes_of_number(places), "take fewer lags or digits"
    )

    def evaluate(number: ToNumber) -> Any:
        if model.diagonal:
            return diagonal_limit(model, lags, number)
        return two_time_limit(model, lags, number).ntk.flat

    values = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    array = np.array(values, dtype=float if digits is None else object)
    if not model.diagonal:
        return array.reshape(lags, lags)
    kernel = np.full((lags, lags), 0.0 if digits is None else mpf(0), dtype=array.dtype)
    np.fill_diagonal(kernel, array)
    return kernel


def diagonal_limit(model: Model, lags: int, number: ToNumber, dtype: type = object) -> Values:
    """The lag weights of a network whose limit is diagonal, by the recursion over its layers.

    ``dtype`` is that of an array of such numbers.

    >>> diagonal_limit(Variances(1), 4, lambda x: x).tolist()
    [Fraction(2, 1), Fraction(3, 1), Fraction(4, 1), Fraction(5, 1)]
    """
    return impulse_limit(model, lags, number, dtype).ntk


def impulse_limit(model: Model, lags: int, number: ToNumber, dtype: type = object) -> Limit:
    """Both kernels of an impulse, along the diagonal, of a network whose limit is diagonal."""
    impulse: Values = np.full(lags, number(Fraction(0)), dtype=dtype)
    impulse[0] = number(Fraction(1))
    return propagated(model, impulse, 1, number)


def two_time_limit(model: Model, lags: int, number: ToNumber) -> Limit:
    """Both kernels of an impulse, as functions of two times, of any network."""
    gram = np.full((lags, lags), number(Fraction(0)), dtype=object)
    gram[0, 0] = number(Fraction(1))
    return propagated(model, gram, 2, number)
