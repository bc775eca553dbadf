"""The variances of the networks drawn, and what a claimed formula looks like and is granted."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from derivations.closed_forms import lag_weight, prior_variance
from numeric import Variances
from numeric.expected import expected_lag_kernel

__all__ = [
    "VARIANCES",
    "LagWeight",
    "claimed_weights",
    "finite_width_correction",
    "textbook_variance",
    "textbook_weight",
    "written",
]

VARIANCES = Variances("0.6", "0.8", "1.7")
"""Unequal, so that no two terms of a formula can be mistaken for each other."""

LagWeight: TypeAlias = Callable[[int, Any, Any, Any], Any]
"""``weight(i, nu_W, nu_F, nu_C)``, as :func:`textbook_weight`."""


def textbook_weight(i: int, w: Any, f: Any, c: Any) -> Any:
    """rho_i by the variances, where all parts are trained alike.

    >>> textbook_weight(1, 2, 3, 5)
    31
    """
    return lag_weight(i, w, c + f, c * f)


def textbook_variance(i: int, w: Any, f: Any, c: Any) -> Any:
    """The variance of L_i at initialisation.

    >>> textbook_variance(1, 2, 3, 5)
    30
    """
    return prior_variance(i, w, c * f)


def claimed_weights(weight: LagWeight, variances: Variances, lags: int) -> Float[np.ndarray, " {lags}"]:
    """The weights that a formula claims, evaluated in fractions.

    >>> claimed_weights(textbook_weight, Variances("0.5"), 3)
    array([2. , 2. , 1.5])
    """
    w, f, c = variances.transition, variances.input, variances.output
    return np.array([float(weight(i, w, f, c)) for i in range(lags)])


def finite_width_correction(
    width: int, variances: Variances, lags: int
) -> Float[np.ndarray, "{lags} {lags}"]:
    """``E Theta_ij(n) - rho_i delta_ij`` from exact moments; the claim is tested at infinite width plus this.

    The diagonal is O(n^-2), even offsets are O(1/n), odd offsets 0.
    """
    exact = expected_lag_kernel(width, variances, lags)
    w, f, c = variances.transition, variances.input, variances.output
    limit = [textbook_weight(i, w, f, c) for i in range(lags)]
    return np.array(
        [[float(exact[i, j] - (limit[i] if i == j else 0)) for j in range(lags)] for i in range(lags)]
    )


def written(width: int) -> str:
    """A width as a reader likes it.

    >>> written(250), written(10**12)
    ('250', '10^12')
    """
    zeros = len(str(width)) - 1
    return f"10^{zeros}" if zeros > 3 and width == 10**zeros else str(width)
