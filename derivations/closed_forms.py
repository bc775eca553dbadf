r"""The closed forms of the theory, each written once, for any field.

The functions below use nothing but ``+ - * / **``, so the same line of code is

* proved, when its arguments are SymPy symbols (see :mod:`derivations.catalogue`),
* certified to any digit, when they are balls of python-flint (see :mod:`numeric.weights`),
* exact, when they are fractions.

Throughout, ``w`` is the variance nu_W of the transition matrix, and lags are counted from 0.  The weight of
lag ``i`` is

    rho_i = s w^i + p i w^(i-1),

the first term from training the readout and the input matrix, the second from training the
transition matrix, which has ``i`` places in ``C W^i F`` ("Implicit Bias of Linear RNNs", Emami,
Sahraee-Ardakan, Pandit, Rangan and Fletcher, 2021).  For a part trained at eta times the learning rate, 0 if
it is frozen, its share is multiplied by eta, as the kernel is a sum over the parameters:

    s = eta_C nu_F + eta_F nu_C,      p = eta_W nu_C nu_F,

``nu_C + nu_F`` and ``nu_C nu_F`` where all are trained alike.  Sums over the lags follow by differentiating
the geometric series.

Importing this module imports no other.
"""

from typing import Any, TypeAlias

__all__ = [
    "decay_margin",
    "generating_function",
    "lag_weight",
    "mean_lag",
    "memory_length_argument",
    "memory_length_offset",
    "partial_sum",
    "partial_sum_at_one",
    "peak_position",
    "power_derivative",
    "prior_variance",
    "sensitivity",
    "tail_mass",
    "total",
]

Scalar: TypeAlias = Any
"""An element of a field: a SymPy expression, a Fraction, an ``arb``, an ``fmpq``, an ``mpf``."""


def power_derivative(w: Scalar, i: Scalar, order: int = 1) -> Scalar:
    """The derivative of ``w**i`` of the given order: ``i (i-1) ... (i-order+1) w**(i-order)``.

    It is 0, not 0 times infinity, for a lag below the order, also at ``w = 0``.

    >>> [power_derivative(0, i) for i in range(4)]
    [0, 1, 0, 0]
    >>> power_derivative(3, 4, order=2)
    108
    """
    factor = 1
    for k in range(order):
        if i == k:
            return 0 * w
        factor = factor * (i - k)
    return factor * w ** (i - order)


def lag_weight(i: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """rho_i, the weight of lag ``i``.

    >>> from fractions import Fraction
    >>> [str(lag_weight(i, Fraction(1, 2), 2, 1)) for i in range(4)]
    ['2', '2', '3/2', '1']
    """
    return s * w**i + p * power_derivative(w, i)


def sensitivity(i: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """d rho_i / d nu_W.

    >>> [sensitivity(i, 1, 2, 1) for i in range(4)]
    [0, 2, 6, 12]
    """
    return s * power_derivative(w, i) + p * power_derivative(w, i, order=2)


def prior_variance(i: Scalar, w: Scalar, product: Scalar) -> Scalar:
    """The variance of every entry of L_i at initialisation, in the limit (exact at lags 0 and 1).

    ``product`` is ``nu_C nu_F``, as no rate matters before the training.

    >>> prior_variance(3, 2, 5)
    40
    """
    return product * w**i


def generating_function(z: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """G(z) = sum of rho_i z^i, for ``|w z| < 1``.

    >>> from fractions import Fraction
    >>> print(generating_function(Fraction(1, 2), 1, 2, 1))
    6
    """
    return s / (1 - w * z) + p * z / (1 - w * z) ** 2


def total(w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """G(1), the sum of all weights, for ``w < 1``.

    >>> from fractions import Fraction
    >>> print(total(Fraction(1, 2), 2, 1))
    8
    """
    return s / (1 - w) + p / (1 - w) ** 2


def mean_lag(w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """G'(1) / G(1), the mean of the lag under the weights, for ``w < 1``.

    >>> from fractions import Fraction
    >>> print(mean_lag(Fraction(1, 2), 2, 1))
    2
    """
    return (s * w * (1 - w) + p * (1 + w)) / ((1 - w) * (s * (1 - w) + p))


def tail_mass(m: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The sum of the weights from lag ``m`` on, for ``w < 1``.

    >>> from fractions import Fraction
    >>> [str(tail_mass(m, Fraction(1, 2), 2, 1)) for m in range(3)]
    ['8', '6', '4']
    """
    return s * w**m / (1 - w) + p * (power_derivative(w, m) / (1 - w) + w**m / (1 - w) ** 2)


def partial_sum(m: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The sum of the first ``m`` weights, for ``w != 1``.

    Above 1 the total and the tail diverge, but their difference as rational functions still is the
    finite sum.

    >>> from fractions import Fraction
    >>> [str(partial_sum(m, Fraction(2), 2, 1)) for m in range(4)]
    ['0', '2', '7', '19']
    """
    return total(w, s, p) - tail_mass(m, w, s, p)


def partial_sum_at_one(m: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The sum of the first ``m`` weights at ``w = 1``, where they grow linearly.

    >>> [partial_sum_at_one(m, 2, 1) for m in range(4)]
    [0.0, 2.0, 5.0, 9.0]
    """
    return s * m + p * m * (m - 1) / 2


def decay_margin(w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """rho_0 - rho_1: the weights never increase from lag 0 on exactly if this is not negative.

    Divided by ``s`` it is the margin in ``w <= 1 - p / s``.

    >>> from fractions import Fraction
    >>> print(decay_margin(Fraction(1, 2), 2, 1))
    0
    """
    return s * (1 - w) - p


def peak_position(w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """x = w (1/(1-w) - s/p): rho_(i+1) >= rho_i exactly if ``i <= x``, for ``0 < w < 1`` and ``p > 0``.

    So the last lag of greatest weight is ``floor(x) + 1`` when the bracket is not negative and 0
    otherwise.  (At ``w = 0`` only the bracket's sign counts.)

    >>> from fractions import Fraction
    >>> print(peak_position(Fraction(9, 10), 2, 1))
    36/5
    """
    return -w * decay_margin(w, s, p) / (p * (1 - w))


def memory_length_offset(w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """k with tail mass ``R_m = p / (w (1-w)) (m + k) w^m``, for ``0 < w < 1`` and ``p > 0``.

    >>> from fractions import Fraction
    >>> print(memory_length_offset(Fraction(1, 2), 2, Fraction(1)))
    2
    """
    return w * (s / p + 1 / (1 - w))


def memory_length_argument(epsilon: Scalar, power: Scalar, log_w: Scalar, w: Scalar, p: Scalar) -> Scalar:
    """y with ``R_m = epsilon`` exactly if ``(m + k) log w = W(y)``, W the Lambert function.

    ``power`` stands for ``w**k`` and ``log_w`` for ``log w``, k the :func:`memory_length_offset`, so
    that the caller chooses how they are computed.  The tail falls with m, hence the branch W_{-1}.
    """
    return epsilon * w * (1 - w) * power * log_w / p
