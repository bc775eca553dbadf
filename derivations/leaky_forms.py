r"""A leaky transition by the dense one, at every width, each formula written once, for any field.

With the decay lambda, ``M = lambda + n^{-1/2} W``, of which the powers are ``M^i = sum_k C(i,k) lambda^{i-k}
(n^{-1/2} W)^k``, for the identity commutes with W.  So the impulse response is a fixed combination of that of
the network without leak, and so are its derivatives by the same parameters:

    L_i(lambda)      =  sum_k   C(i,k) lambda^{i-k} L_k
    Theta_ij(lambda) =  sum_kl  C(i,k) lambda^{i-k} C(j,l) lambda^{j-l} Theta_kl,

whatever the matrices (statement ``leaky-lag-kernel``).  Means, covariances and their limits follow.
"""

from itertools import product
from math import comb

from derivations import closed_forms, finite_width_forms
from derivations.finite_width_forms import Scalar

__all__ = ["covariance", "expansion", "lag_weight"]


def expansion(i: int, decay: Scalar) -> list[Scalar]:
    """The coefficients of ``(decay + x)^i``.

    >>> expansion(3, 2)
    [8, 12, 6, 1]
    """
    return [comb(i, k) * decay ** (i - k) for k in range(i + 1)]


def lag_weight(i: int, decay: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """lim Theta_ii: of the dense network only the diagonal is left.

    >>> [lag_weight(i, 1, 1, 2, 1) for i in range(3)]
    [2, 5, 18]
    """
    return sum(a**2 * closed_forms.lag_weight(k, w, s, p) for k, a in enumerate(expansion(i, decay)))


def covariance(i: int, j: int, k: int, l: int, decay: Scalar, *parts: Scalar) -> Scalar:  # noqa: E741 - a lag
    """The limit of n Cov(Theta_ij, Theta_kl) for n_x = n_y = 1.

    ``parts`` are those of :func:`derivations.finite_width_forms.covariance`, of which some ``2 (i + 1) (j +
    1) (k + 1)`` are added.

    >>> covariance(1, 1, 1, 1, 0, 1, 1, 1) == finite_width_forms.variance(1, 1, 1, 1, 1)
    True
    >>> covariance(0, 1, 0, 1, 1, 1, 1, 1)  # Var(Theta_00 + Theta_01)
    6
    """
    rows, columns, rows2, columns2 = (expansion(lag, decay) for lag in (i, j, k, l))
    total = 0 * decay
    for a, b, c in product(range(i + 1), range(j + 1), range(k + 1)):
        for d in {c - (a - b), c + (a - b)} & {*range(l + 1)}:  # others are independent
            factor = rows[a] * columns[b] * rows2[c] * columns2[d]
            total += factor * finite_width_forms.covariance(a, b, c, d, *parts)
    return total
