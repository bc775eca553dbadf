r"""The exact lag kernel of a given network, in fractions, with the sums of its absolute terms.

With ``U_a = W^a F`` and ``V_a = C W^a``, of which the powers of n^{-1/2} are left out,

    n^((i+j)/2 + 1) Theta_ij = I (x) U_i' U_j + V_i V_j' (x) I
                               + sum_{a<i, b<j} V_a V_b' (x) U_{i-1-a}' U_{j-1-b},

for each share has the same power: U_a and V_a bring ``a/2`` each, a Gram 1, and the transition's share has
two letters less and one Gram more (statement ``lag-kernel``).  The root of n, where it remains, is right to
60 digits.
"""

from fractions import Fraction
from math import isqrt

import numpy as np
from jaxtyping import Float, Shaped

__all__ = ["exact_lag_kernel"]

_PLACES = 10**60

Fractions = Shaped[np.ndarray, "..."]


def exact_lag_kernel(
    W: Float[np.ndarray, "n n"], F: Float[np.ndarray, "n n_x"], C: Float[np.ndarray, "n_y n"], lags: int
) -> tuple[Fractions, Fractions]:
    """Theta and the sums of its absolute terms, both (lags, n_y, n_x, lags, n_y, n_x).

    >>> theta, terms = exact_lag_kernel(np.array([[-3.0]]), np.array([[5.0]]), np.array([[2.0]]), 2)
    >>> print(theta[0, 0, 0, 1, 0, 0], terms[0, 0, 0, 1, 0, 0])
    -87 87
    """
    W, F, C = (np.frompyfunc(lambda x: Fraction(float(x)), 1, 1)(matrix) for matrix in (W, F, C))
    scale = _scale(len(W), lags)
    return _kernel(W, F, C, lags) * scale, _kernel(abs(W), abs(F), abs(C), lags) * scale


def _kernel(W: Fractions, F: Fractions, C: Fractions, lags: int) -> Fractions:
    """Without the powers of n."""
    n_x, n_y = F.shape[1], len(C)
    U, V = [F], [C]
    for _ in range(lags - 1):
        U.append(W @ U[-1])
        V.append(V[-1] @ W)
    Q = [[a.T @ b for b in U] for a in U]
    P = [[a @ b.T for b in V] for a in V]
    theta = np.full((lags, n_y, n_x, lags, n_y, n_x), Fraction(0), dtype=object)
    for i, j in np.ndindex(lags, lags):
        entry = theta[i, :, :, j]  # p x q y
        for p in range(n_y):
            entry[p, :, p, :] += Q[i][j]
        for x in range(n_x):
            entry[:, x, :, x] += P[i][j]
        for a, b in np.ndindex(i, j):
            entry += P[a][b][:, None, :, None] * Q[i - 1 - a][j - 1 - b][:, None, :]
    return theta


def _scale(n: int, lags: int) -> Fractions:
    """``n^(-(i+j)/2 - 1)`` with the axes of Theta."""
    root = Fraction(isqrt(n * _PLACES**2), _PLACES)
    powers = np.array([root ** -(i + 1) for i in range(lags)], dtype=object)
    scale: Fractions = powers[:, None, None, None, None, None] * powers[:, None, None]
    return scale
