"""The lag weights rho_i, their derivatives, and the variances of the impulse response.

Those of one dense layer are closed forms of nu_W, s and p (:mod:`derivations.closed_forms`), which with
``digits=`` are computed in balls, lag by lag, and in float64 as arrays:

    rho_i = (s w + p i) w^(i-1)      d rho_i / d w = i (s w + p (i-1)) w^(i-2),

sums of non-negative terms, each a polynomial times a power of ``w = nu_W``.  A float ``v`` next to w
gives ``w^k = v^k exp(k log(w/v))`` with ``log(w/v)`` below one rounding, so the error stays at a few
units in the last place at every lag.

Where variances are so small or large that products on the way leave float64, though results do not,
mantissas and exponents of 2 are kept apart (:func:`_scaled_times_power`).  ``log2`` tells all lags but those
whose results are in range, or nearly so.  These are neighbours, as every array here is log-concave in k, and
among them w^k varies by no more than the range and the polynomial do.  So after the power at the first of
them, which is computed in balls, three factors hold the rest.

Those of other networks follow by the recursion over the layers, in balls (:mod:`numeric.layered`): in float64
too they are the nearest numbers.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, overload

import numpy as np
from jaxtyping import Float64
from mpmath import mpf

from derivations import closed_forms
from numeric import layered
from numeric.arguments import (
    MOST_LAGS,
    Count,
    at_least,
    bytes_of_number,
    refuse_too_large,
)
from numeric.certified import (
    MOST_DIGITS,
    Evaluate,
    certified,
    certified_floats,
    certified_value,
    exact_ball,
    float64_overflow,
    precision,
)
from numeric.limit import MOST_LAGS as MOST_LAGS_OF_TWO_TIMES
from numeric.limit import two_time_limit
from numeric.variances import GivenVariances, Variances, given_network, initial_variances, refuse, w_s_p  # noqa: F401 (Variances in the examples)

_TOO_LARGE, _TOO_SMALL = 1025.0, -1076.0
"""Powers of 2 beyond which float64 overflows, or underflows to 0, however log2 is rounded."""
_ROOT_2 = math.sqrt(2)

__all__ = ["in_field", "lag_weights", "prior_variance", "sensitivity"]

MOST_CERTIFIED = 10**6
"""Lags of an array with ``digits=``, computed one by one: some minutes."""
_BYTES_OF_BALLS = 1000
"""For each lag, in the recursion over layers, as measured."""


@overload
def lag_weights(
    variances: GivenVariances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def lag_weights(variances: GivenVariances, lags: Count, *, digits: Count) -> list[mpf]: ...
def lag_weights(
    variances: GivenVariances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """rho_0, ..., rho_(lags-1): how much each lag counts in the kernel of the infinitely wide network.

    Parameters
    ----------
    variances : Variances
        nu_W, nu_F and nu_C, and the rates; or any other network whose limit is diagonal.
    lags : int
        How many, from 1 to 10^8; with ``digits`` to 10^6, and of networks that are not one dense layer.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.

    Returns
    -------
    ndarray of float64, shape (lags,), or list of mpf
        In float64 within a few units in the last place, or 0 where that underflows; of networks that are not
        one dense layer the nearest numbers, in some seconds for 10^5 lags.  Compute with mpf under
        ``mpmath.workdps(digits + 10)``: otherwise mpmath rounds every result to 15 digits.

    Raises
    ------
    ValueError
        If ``lags`` or ``digits`` is out of range, ``variances`` are no network, or its limit is not diagonal:
        then :func:`limit_kernel` gives all of it.
    OverflowError
        If a weight exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> lag_weights(Variances("0.5"), 5)
    array([2.   , 2.   , 1.5  , 1.   , 0.625])
    >>> from numeric import Stack
    >>> lag_weights(Stack([Variances("0.5"), Variances("0.5")]), 5)
    array([3.    , 5.    , 5.25  , 4.5   , 3.4375])
    >>> import mpmath
    >>> mpmath.nstr(lag_weights(Variances("0.3"), 100, digits=30)[99], 30)
    '5.70351122943425873013683650274e-50'
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    network = layered.weighted(variances)
    if not layered.is_one_dense(network):
        return _in_balls(layered.weights(network, lags), lags, digits)
    w, s, p = w_s_p(network)
    if digits is not None:
        return _each_lag(closed_forms.lag_weight, (w, s, p), lags, digits)
    i = np.arange(1.0, lags)
    return _checked(np.append(_float(s), _powers((w, s, p), (s * w, p), lambda a, b: a + b * i)))


@overload
def sensitivity(
    variances: GivenVariances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def sensitivity(variances: GivenVariances, lags: Count, *, digits: Count) -> list[mpf]: ...
def sensitivity(
    variances: GivenVariances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """The derivatives of the weights, d rho_i / d nu_W, for lags ``0 <= i < lags``.

    Arguments, accuracy and errors are those of :func:`lag_weights`: ValueError unless ``lags`` and ``digits``
    are positive integers, or the network is not one dense layer; OverflowError beyond float64's range.

    Examples
    --------
    >>> sensitivity(Variances(1), 4)
    array([ 0.,  2.,  6., 12.])
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    network = layered.weighted(variances)
    if not layered.is_one_dense(network):
        refuse(
            given_network(variances),
            "single nu_W",
            "sensitivity takes Variances or another network of one dense layer",
        )
    w, s, p = w_s_p(network)
    if digits is not None:
        return _each_lag(closed_forms.sensitivity, (w, s, p), lags, digits)
    i = np.arange(2.0, lags)
    beyond = _powers((w, s, p), (s * w, p), lambda a, b: i * (a + b * (i - 1)))
    return _checked(np.concatenate([[0.0, _float(s)], beyond])[:lags])


@overload
def prior_variance(
    variances: GivenVariances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def prior_variance(variances: GivenVariances, lags: Count, *, digits: Count) -> list[mpf]: ...
def prior_variance(
    variances: GivenVariances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """The variance of an entry of the impulse response L_i at initialisation, at infinite width.

    Arguments, accuracy and errors are those of :func:`lag_weights`: ValueError unless ``lags`` and ``digits``
    are positive integers, OverflowError beyond float64's range.  It exists for every network; up to 1024 lags
    where the limit is not diagonal.

    Examples
    --------
    >>> prior_variance(Variances("0.5", input=2), 4)
    array([2.  , 1.  , 0.5 , 0.25])
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    network = layered.without_biases(given_network(variances))
    if not network.diagonal:
        lags = at_least(1, "lags", lags, most=MOST_LAGS_OF_TWO_TIMES)
        return _in_balls(lambda number: two_time_limit(network, lags, number).nngp.diagonal(), lags, digits)
    if not layered.is_one_dense(network):
        return _in_balls(layered.weights(network, lags, lambda limit: limit.nngp), lags, digits)
    w, f, c = initial_variances(network)
    product = c * f
    if digits is not None:
        return _each_lag(closed_forms.prior_variance, (w, product), lags, digits)
    return _checked(_powers((w, c + f, product), (product,), lambda a: np.full(lags, a)))


def _comfortable(w: Fraction, s: Fraction, p: Fraction) -> bool:
    """Whether float64 holds every product in :func:`_times_power` whose result it holds.

    With all coefficients within 2^-256 and 2^256, ``w^k`` needs at most some 1400 bits of exponent
    where the result is in range, and half of that fits.
    """
    return all(x == 0 or Fraction(1, 2**256) < x < 2**256 for x in (w, s, p, s * w))


def _powers(
    fields: tuple[Fraction, Fraction, Fraction],
    coefficients: tuple[Fraction, ...],
    multiplier: Callable[..., Float64[np.ndarray, " lags"]],
) -> Float64[np.ndarray, " lags"]:
    """``multiplier[k] w^k``, the multiplier being linear in the coefficients, with terms ``>= 0``.

    ``fields`` are w, s and p.
    """
    w, _, _ = fields
    if _comfortable(*fields):
        return _times_power(multiplier(*map(float, coefficients)), w)
    exponent = max((_exponent(x) for x in coefficients if x), default=0)
    # the lesser of them may underflow, next to the greater one
    scaled = multiplier(*(float(x / Fraction(2) ** exponent) for x in coefficients))
    return _scaled_times_power(scaled, exponent, w)


def _times_power(multiplier: Float64[np.ndarray, " lags"], w: Fraction) -> Float64[np.ndarray, " lags"]:
    """``multiplier[k] w^k`` for ``multiplier >= 0``; infinite where it overflows, 0 where it underflows."""
    if not multiplier.any():
        return multiplier
    v = float(w)
    log_ratio = float(w / Fraction(v) - 1) if v else 0.0
    k = np.arange(len(multiplier))
    half = k // 2
    with np.errstate(over="ignore", under="ignore"):
        values: np.ndarray = multiplier * np.exp(k * log_ratio) * v**half * v ** (k - half)
    return values


def _scaled_times_power(
    multiplier: Float64[np.ndarray, " lags"], exponent: int, w: Fraction
) -> Float64[np.ndarray, " lags"]:
    """``multiplier[k] 2^exponent w^k``, as :func:`_times_power`, whatever the sizes."""
    values = np.zeros(len(multiplier))
    if w == 0:
        with np.errstate(over="ignore", under="ignore"):
            values[:1] = np.ldexp(multiplier[:1], exponent)
        return values
    shift = _exponent(w)
    v = float(w / Fraction(2) ** shift)  # 1 to 2
    log_ratio = float(w / Fraction(v) / Fraction(2) ** shift - 1)
    with np.errstate(divide="ignore"):
        sizes = np.log2(multiplier) + exponent + np.arange(len(values)) * (shift + math.log2(v))
    if (sizes > _TOO_LARGE).any():
        raise float64_overflow()
    (near,) = np.nonzero(sizes > _TOO_SMALL)
    if not near.size:
        return values
    first = int(near[0])
    with precision(128):
        mantissa, at_first = map(int, (exact_ball(w) ** first).mid().man_exp())
    scale = float(mantissa / Fraction(2) ** mantissa.bit_length())
    k = near - first
    powers = k * (shift + (v > _ROOT_2)) + (exponent + at_first + mantissa.bit_length())
    v /= 1 + (v > _ROOT_2)  # to powers as near to 1 as can be
    rest = multiplier[near] * scale * np.exp(k * log_ratio)
    for part in (k // 3, (k + 1) // 3, (k + 2) // 3):
        rest, carried = np.frexp(rest * v**part)
        powers += carried
    with np.errstate(over="ignore", under="ignore"):
        values[near] = np.ldexp(rest, powers)
    return values


def _exponent(x: Fraction) -> int:
    """About log2, such that ``1 <= x / 2^_exponent(x) < 2``, for x > 0."""
    exponent = x.numerator.bit_length() - x.denominator.bit_length()
    return exponent if x >= Fraction(2) ** exponent else exponent - 1


def _float(x: Fraction) -> float:
    """The nearest float, infinite where there is none."""
    try:
        return float(x)
    except OverflowError:
        return math.inf


def _checked(values: Float64[np.ndarray, " lags"]) -> Float64[np.ndarray, " lags"]:
    if not np.isfinite(values).all():
        raise float64_overflow()
    return values


def _each_lag(
    formula: Callable[..., Any], fields: tuple[Fraction, ...], lags: int, digits: Count | None
) -> Float64[np.ndarray, " lags"] | list[mpf]:
    """The formula at every lag; lag by lag, so that one tie does not make them all be computed exactly."""
    if digits is not None:
        lags = at_least(1, "lags", lags, most=MOST_CERTIFIED)
        size = lags * bytes_of_number(at_least(1, "digits", digits, most=MOST_DIGITS))
        refuse_too_large("digits: so many lags", size, "take fewer lags or digits")
    values = [certified_value(in_field(formula, fields, i), digits) for i in range(lags)]
    return np.array(values) if digits is None else values


def in_field(formula: Callable[..., Any], fields: tuple[Fraction, ...], *lag: int) -> Evaluate:
    """A closed form of numbers as what is evaluated in balls."""
    return lambda number: [formula(*lag, *map(number, fields))]


def _in_balls(
    evaluate: Evaluate, lags: int, digits: Count | None
) -> Float64[np.ndarray, " lags"] | list[mpf]:
    lags = at_least(1, "lags", lags, most=MOST_CERTIFIED)
    places = None if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
    size = lags * (_BYTES_OF_BALLS + 8 * bytes_of_number(places))
    refuse_too_large("lags: so many", size, "take fewer lags or digits")
    return np.array(certified_floats(evaluate)) if places is None else certified(evaluate, places)
