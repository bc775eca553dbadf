"""The lag weights rho_i, their sums and what follows from them.

Everything is a function of the :class:`Variances`, evaluated by :mod:`derivations.closed_forms`.
Scalars are computed in balls and rounded once: in float64 they are the nearest number, with ``digits=``
each decimal is proven.

Arrays of float64 are computed as arrays.  With ``s = nu_C + nu_F`` and ``p = nu_C nu_F``,

    rho_i = (s w + p i) w^(i-1)      d rho_i / d w = i (s w + p (i-1)) w^(i-2),

sums of non-negative terms, each a polynomial times a power of ``w = nu_W``.  A float ``v`` next to w
gives ``w^k = v^k exp(k log(w/v))`` with ``log(w/v)`` below one rounding, so the error stays at a few
units in the last place at every lag.

Where variances are so small or large that products on the way leave float64, though results do not,
mantissas and exponents of 2 are kept apart (:func:`_scaled_times_power`).  ``log2`` tells all lags but those
whose results are in range, or nearly so.  These are neighbours, as every array here is log-concave in k, and
among them w^k varies by no more than the range and the polynomial do.  So after the power at the first of
them, which is computed in balls, three factors hold the rest.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, overload

import numpy as np
from jaxtyping import Float64
from mpmath import mpf

from derivations import closed_forms
from numeric.arguments import (
    MOST_LAGS,
    REACH,
    Count,
    Number,
    at_least,
    bytes_of_number,
    exact_rational,
    refuse_too_large,
)
from numeric.certified import (
    MOST_DIGITS,
    Evaluate,
    certified,
    certified_floats,
    exact_ball,
    float64_overflow,
    not_positive,
    precision,
)
from numeric.variances import GivenVariances, Variances, w_f_c  # noqa: F401 (Variances in the examples)

_TOO_LARGE, _TOO_SMALL = 1025.0, -1076.0
"""Powers of 2 beyond which float64 overflows, or underflows to 0, however log2 is rounded."""
_ROOT_2 = math.sqrt(2)

__all__ = [
    "lag_weights",
    "mean_lag",
    "memory_length",
    "partial_sum",
    "peak_lag",
    "prior_variance",
    "sensitivity",
    "tail_mass",
    "total",
]

MOST_CERTIFIED = 10**6
"""Lags of an array with ``digits=``, computed one by one: some minutes."""
MOST_LAG = 10**REACH
"""A single lag, of as many digits as a number may have."""


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
        nu_W, nu_F and nu_C.
    lags : int
        How many, from 1 to 10^8; with ``digits`` to 10^6.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.

    Returns
    -------
    ndarray of float64, shape (lags,), or list of mpf
        In float64 within a few units in the last place, or 0 where that underflows.  Compute with mpf under
        ``mpmath.workdps(digits + 10)``: otherwise mpmath rounds every result to 15 digits.

    Raises
    ------
    ValueError
        If ``lags`` or ``digits`` is out of range, or ``variances`` are no Variances.
    OverflowError
        If a weight exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> lag_weights(Variances("0.5"), 5)
    array([2.   , 2.   , 1.5  , 1.   , 0.625])
    >>> import mpmath
    >>> mpmath.nstr(lag_weights(Variances("0.3"), 100, digits=30)[99], 30)
    '5.70351122943425873013683650274e-50'
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    if digits is not None:
        return _each_lag(closed_forms.lag_weight, variances, lags, digits)
    s, p, w = _sum_product(variances)
    i = np.arange(1.0, lags)
    return _checked(np.append(_float(s), _powers(variances, (s * w, p), lambda a, b: a + b * i)))


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
    are positive integers, OverflowError beyond float64's range.

    Examples
    --------
    >>> sensitivity(Variances(1), 4)
    array([ 0.,  2.,  6., 12.])
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    if digits is not None:
        return _each_lag(closed_forms.sensitivity, variances, lags, digits)
    s, p, w = _sum_product(variances)
    i = np.arange(2.0, lags)
    beyond = _powers(variances, (s * w, p), lambda a, b: i * (a + b * (i - 1)))
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
    are positive integers, OverflowError beyond float64's range.

    Examples
    --------
    >>> prior_variance(Variances("0.5", input=2), 4)
    array([2.  , 1.  , 0.5 , 0.25])
    """
    lags = at_least(1, "lags", lags, most=MOST_LAGS)
    if digits is not None:
        return _each_lag(closed_forms.prior_variance, variances, lags, digits)
    _, p, _ = _sum_product(variances)
    return _checked(_powers(variances, (p,), lambda a: np.full(lags, a)))


def _sum_product(variances: GivenVariances) -> tuple[Fraction, Fraction, Fraction]:
    w, f, c = w_f_c(variances)
    return c + f, c * f, w


def _comfortable(variances: GivenVariances) -> bool:
    """Whether float64 holds every product in :func:`_times_power` whose result it holds.

    With all coefficients within 2^-256 and 2^256, ``w^k`` needs at most some 1400 bits of exponent
    where the result is in range, and half of that fits.
    """
    s, p, w = _sum_product(variances)
    return all(x == 0 or Fraction(1, 2**256) < x < 2**256 for x in (w, s, p, s * w))


def _powers(
    variances: GivenVariances,
    coefficients: tuple[Fraction, ...],
    multiplier: Callable[..., Float64[np.ndarray, " lags"]],
) -> Float64[np.ndarray, " lags"]:
    """``multiplier[k] w^k``, the multiplier being linear in the coefficients, with terms ``>= 0``."""
    w = variances.transition
    if _comfortable(variances):
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
    formula: Callable[..., Any], variances: GivenVariances, lags: int, digits: Count | None
) -> Float64[np.ndarray, " lags"] | list[mpf]:
    """The formula at every lag; lag by lag, so that one tie does not make them all be computed exactly."""
    if digits is not None:
        lags = at_least(1, "lags", lags, most=MOST_CERTIFIED)
        size = lags * bytes_of_number(at_least(1, "digits", digits, most=MOST_DIGITS))
        refuse_too_large("digits: so many lags", size, "take fewer lags or digits")
    values = [_value(_in_field(formula, variances, i), digits) for i in range(lags)]
    return np.array(values) if digits is None else values


def _in_field(formula: Callable[..., Any], variances: GivenVariances, *lag: int) -> Evaluate:
    fields = w_f_c(variances)
    return lambda number: [formula(*lag, *map(number, fields))]


def _value(evaluate: Evaluate, digits: Count | None) -> float | mpf:
    (value,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return value


def total(variances: GivenVariances, *, digits: Count | None = None) -> float | mpf:
    """The sum of all weights.

    Parameters
    ----------
    variances : Variances
        With ``transition < 1``, unless all weights are 0.
    digits : int, optional
        Significant decimal digits, at least 1, all certified; None for the nearest float64.

    Raises
    ------
    ValueError
        If the sum is infinite, ``digits`` is no positive integer, or ``variances`` are no Variances.
    OverflowError
        If the value exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> total(Variances("0.5"))
    8.0
    """
    if _vanishes(variances):
        return _value(_constant(Fraction(0)), digits)
    _require_decay(variances)
    return _value(_in_field(closed_forms.total, variances), digits)


def mean_lag(variances: GivenVariances, *, digits: Count | None = None) -> float | mpf:
    """The mean of the lag under the weights, ``sum_i i rho_i / sum_i rho_i``.

    Arguments are those of :func:`total`.  ValueError if the sums are infinite (``transition >= 1``) or all
    weights are 0, OverflowError if the value exceeds float64's range.

    Examples
    --------
    >>> mean_lag(Variances("0.5"))
    2.0
    """
    if _vanishes(variances):
        raise ValueError("mean_lag: every weight is 0; input and output must not both be 0")
    _require_decay(variances)
    return _value(_in_field(closed_forms.mean_lag, variances), digits)


def tail_mass(variances: GivenVariances, lag: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the weights from ``lag`` on, 0 to 10^4000; the other arguments are those of :func:`total`.

    ValueError if the sum is infinite (``transition >= 1``) or ``lag`` is no integer in this range,
    OverflowError if the sum exceeds float64's range.

    Examples
    --------
    >>> [tail_mass(Variances("0.5"), m) for m in range(3)]
    [8.0, 6.0, 4.0]
    """
    lag = at_least(0, "lag", lag, most=MOST_LAG)
    if _vanishes(variances):
        return _value(_constant(Fraction(0)), digits)
    _require_decay(variances)
    return _value(_in_field(closed_forms.tail_mass, variances, lag), digits)


def partial_sum(variances: GivenVariances, lags: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the first ``lags`` weights, for any variances, also where the whole sum is infinite.

    ValueError if ``lags`` is no integer from 0 to 10^4000, OverflowError if the sum exceeds float64's range.

    Examples
    --------
    >>> [partial_sum(Variances(1), m) for m in range(4)]
    [0.0, 2.0, 5.0, 9.0]
    """
    lags = at_least(0, "lags", lags, most=MOST_LAG)
    w, f, c = w_f_c(variances)
    if w == 1:
        return _value(_constant(closed_forms.partial_sum_at_one(Fraction(lags), f, c)), digits)
    if lags and 0 < w < 1 and not _vanishes(variances):
        # A positive tail so small that no rounding breaks between the total and half of that, whose
        # difference from the total has as good as no digits: only its sign counts.
        whole = closed_forms.total(w, f, c)
        places = 0 if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
        tiny = Fraction(1, 2 ** (2 * whole.denominator.bit_length() + 4 * places + 1100))
        if _tail_is_at_most(variances, lags, tiny):
            return _value(_constant(whole - tiny / 2), digits)
    return _value(_in_field(closed_forms.partial_sum, variances, lags), digits)


def peak_lag(variances: GivenVariances) -> int:
    """The last lag of greatest weight, by exact arithmetic.

    Raises
    ------
    ValueError
        If there is none, because the weights never fall: ``transition >= 1``, or all of them are 0.

    Examples
    --------
    >>> peak_lag(Variances("0.9")), peak_lag(Variances("0.5")), peak_lag(Variances("0.4"))
    (8, 1, 0)
    """
    w, f, c = w_f_c(variances)
    if w >= 1 or _vanishes(variances):
        raise ValueError(
            "peak_lag: the weights never fall, so that there is no last lag of greatest weight; "
            "transition must be < 1, and input or output > 0"
        )
    if closed_forms.decay_margin(w, f, c) > 0:
        return 0
    return math.floor(closed_forms.peak_position(w, f, c)) + 1 if w else 1


def memory_length(variances: GivenVariances, epsilon: Number) -> int:
    """The least m whose tail mass, the sum of the weights from lag m on, is ``<= epsilon``.

    With k, the offset, the tail mass is a multiple of ``(m + k) w^m``, so that the Lambert function's
    branch W_(-1) inverts it: a floating point candidate, which is then proven right by comparing the
    tail masses at m and m - 1 with epsilon in balls.

    Parameters
    ----------
    variances : Variances
        With ``transition < 1``, unless all weights are 0.
    epsilon : int, float, Fraction, Decimal, mpf or str
        Positive; absolute, in the units of the weights, and exact like the variances.

    Raises
    ------
    ValueError
        If every tail is infinite, or epsilon is not positive and finite.

    Examples
    --------
    >>> memory_length(Variances("0.5"), 4), memory_length(Variances("0.5"), "1e-6")
    (2, 27)
    """
    bound = exact_rational("epsilon", epsilon)
    if bound <= 0:
        raise ValueError(f"epsilon must be > 0, got {epsilon!r}")
    if _vanishes(variances):
        return 0
    _require_decay(variances)

    for m in (0, 1):  # from 1 on the multiple of (m + k) w^m falls with m also between the integers
        if _tail_is_at_most(variances, m, bound):
            return m
    if variances.transition == 0:
        return 2  # no weight is left from there on
    m = _memory_length_candidate(variances, bound)
    while not _tail_is_at_most(variances, m, bound):
        m += 1
    while _tail_is_at_most(variances, m - 1, bound):
        m -= 1
    return m


def _tail_is_at_most(variances: GivenVariances, m: int, bound: Fraction) -> bool:
    (answer,) = not_positive(
        lambda number: [closed_forms.tail_mass(m, *map(number, w_f_c(variances))) - number(bound)]
    )
    return answer


def _memory_length_candidate(variances: GivenVariances, epsilon: Fraction) -> int:
    """The real solution ``> 1`` of ``tail mass = epsilon``, rounded up."""
    bits = 128
    while True:
        with precision(bits):
            w, f, c = map(exact_ball, w_f_c(variances))
            bound, log_w = exact_ball(epsilon), w.log()
            if variances.input and variances.output:
                k = closed_forms.memory_length_offset(w, f, c)
                m = closed_forms.memory_length_argument(bound, w**k, log_w, w, f, c).lambertw(-1) / log_w - k
            else:
                m = (bound * (1 - w) / (f + c)).log() / log_w
            if m.rad() < 1:  # not so where a ball reaches a pole
                return int(m.mid().ceil().unique_fmpz())
        bits *= 2


def _vanishes(variances: GivenVariances) -> bool:
    _, f, c = w_f_c(variances)
    return f == c == 0


def _constant(value: Fraction) -> Evaluate:
    return lambda number: [number(value)]


def _require_decay(variances: GivenVariances) -> None:
    if variances.transition >= 1:
        raise ValueError(f"the weights' sum is infinite: transition must be < 1, got {variances.transition}")
