"""The lag weights rho_i, their sums and what follows from them.

Everything is a function of the :class:`Variances`, evaluated by :mod:`derivations.closed_forms`.
Scalars are computed in balls and rounded once: in float64 they are the nearest number, with ``digits=``
each decimal is proven.

Arrays of float64 are computed as arrays.  With ``s = nu_C + nu_F`` and ``p = nu_C nu_F``,

    rho_i = (s w + p i) w^(i-1)      d rho_i / d w = i (s w + p (i-1)) w^(i-2),

sums of non-negative terms, each a polynomial times a power of ``w = nu_W``.  A float ``v`` next to w
gives ``w^k = v^k exp(k log(w/v))`` with ``log(w/v)`` below one rounding, so the error stays at a few
units in the last place at every lag.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, overload

import mpmath
import numpy as np
from jaxtyping import Float64
from mpmath import mpf

from derivations import closed_forms
from numeric.arguments import Count, Number, at_least, exact_rational
from numeric.certified import Evaluate, certified, certified_floats, float64_overflow, not_positive
from numeric.variances import Variances

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


@overload
def lag_weights(
    variances: Variances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def lag_weights(variances: Variances, lags: Count, *, digits: Count) -> list[mpf]: ...
def lag_weights(
    variances: Variances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """rho_0, ..., rho_(lags-1), the weights of the lags in the kernel of the infinitely wide network.

    Parameters
    ----------
    variances : Variances
    lags : int
        How many, at least 1.
    digits : int, optional
        Significant decimal digits, at least 1, all certified; None for float64.

    Returns
    -------
    ndarray of float64, shape (lags,), or list of mpf
        In float64 within a few units in the last place, or 0 where that underflows.

    Raises
    ------
    ValueError
        If ``lags`` or ``digits`` is not a positive integer.
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
    lags = at_least(1, "lags", lags)
    if digits is not None or not _comfortable(variances):
        return _each_lag(closed_forms.lag_weight, variances, lags, digits)
    s, p, w = _sum_product(variances)
    i = np.arange(1.0, lags)
    return _checked(np.append(float(s), _times_power(float(s * w) + float(p) * i, w)))


@overload
def sensitivity(
    variances: Variances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def sensitivity(variances: Variances, lags: Count, *, digits: Count) -> list[mpf]: ...
def sensitivity(
    variances: Variances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """D rho_i / d nu_W for lags ``0 <= i < lags``; arguments and errors are those of :func:`lag_weights`.

    Examples
    --------
    >>> sensitivity(Variances(1), 4)
    array([ 0.,  2.,  6., 12.])
    """
    lags = at_least(1, "lags", lags)
    if digits is not None or not _comfortable(variances):
        return _each_lag(closed_forms.sensitivity, variances, lags, digits)
    s, p, w = _sum_product(variances)
    i = np.arange(2.0, lags)
    beyond = _times_power(i * (float(s * w) + float(p) * (i - 1)), w)
    return _checked(np.concatenate([[0.0, float(s)], beyond])[:lags])


@overload
def prior_variance(
    variances: Variances, lags: Count, *, digits: None = None
) -> Float64[np.ndarray, "{lags}"]: ...
@overload
def prior_variance(variances: Variances, lags: Count, *, digits: Count) -> list[mpf]: ...
def prior_variance(
    variances: Variances, lags: Count, *, digits: Count | None = None
) -> Float64[np.ndarray, "{lags}"] | list[mpf]:
    """The variance of an entry of L_i at initialisation; arguments and errors as in :func:`lag_weights`.

    Examples
    --------
    >>> prior_variance(Variances("0.5", input=2), 4)
    array([2.  , 1.  , 0.5 , 0.25])
    """
    lags = at_least(1, "lags", lags)
    if digits is not None or not _comfortable(variances):
        return _each_lag(closed_forms.prior_variance, variances, lags, digits)
    _, p, w = _sum_product(variances)
    return _checked(_times_power(np.full(lags, float(p)), w))


def _sum_product(variances: Variances) -> tuple[Fraction, Fraction, Fraction]:
    return variances.output + variances.input, variances.output * variances.input, variances.transition


def _comfortable(variances: Variances) -> bool:
    """Whether float64 holds every product in :func:`_times_power` whose result it holds.

    With all coefficients within 2^-256 and 2^256, ``w^k`` needs at most some 1400 bits of exponent
    where the result is in range, and half of that fits.
    """
    s, p, w = _sum_product(variances)
    return all(x == 0 or Fraction(1, 2**256) < x < 2**256 for x in (w, s, p, s * w))


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


def _checked(values: Float64[np.ndarray, " lags"]) -> Float64[np.ndarray, " lags"]:
    if not np.isfinite(values).all():
        raise float64_overflow()
    return values


def _each_lag(
    formula: Callable[..., Any], variances: Variances, lags: int, digits: Count | None
) -> Float64[np.ndarray, " lags"] | list[mpf]:
    """The formula at every lag; lag by lag, so that one tie does not make them all be computed exactly."""
    values = [_value(_in_field(formula, variances, i), digits) for i in range(lags)]
    return np.array(values) if digits is None else values


def _in_field(formula: Callable[..., Any], variances: Variances, *lag: int) -> Evaluate:
    fields = (variances.transition, variances.input, variances.output)
    return lambda number: [formula(*lag, *map(number, fields))]


def _value(evaluate: Evaluate, digits: Count | None) -> float | mpf:
    (value,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return value


def total(variances: Variances, *, digits: Count | None = None) -> float | mpf:
    """The sum of all weights.

    Parameters
    ----------
    variances : Variances
        With ``transition < 1``, unless all weights are 0.
    digits : int, optional
        Significant decimal digits, all certified; None for the nearest float64.

    Raises
    ------
    ValueError
        If the sum is infinite.
    OverflowError
        If the value exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> total(Variances("0.5"))
    8.0
    """
    if _vanishes(variances):
        return _value(_zero, digits)
    _require_decay(variances)
    return _value(_in_field(closed_forms.total, variances), digits)


def mean_lag(variances: Variances, *, digits: Count | None = None) -> float | mpf:
    """The mean of the lag under the weights; arguments and errors are those of :func:`total`.

    All weights being 0 is an error too.

    Examples
    --------
    >>> mean_lag(Variances("0.5"))
    2.0
    """
    if _vanishes(variances):
        raise ValueError("mean_lag: every weight is 0; input and output must not both be 0")
    _require_decay(variances)
    return _value(_in_field(closed_forms.mean_lag, variances), digits)


def tail_mass(variances: Variances, lag: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the weights from ``lag >= 0`` on; other arguments and errors as in :func:`total`.

    Examples
    --------
    >>> [tail_mass(Variances("0.5"), m) for m in range(3)]
    [8.0, 6.0, 4.0]
    """
    lag = at_least(0, "lag", lag)
    if _vanishes(variances):
        return _value(_zero, digits)
    _require_decay(variances)
    return _value(_in_field(closed_forms.tail_mass, variances, lag), digits)


def partial_sum(variances: Variances, lags: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the first ``lags >= 0`` weights, for any variances; errors as in :func:`total`.

    Examples
    --------
    >>> [partial_sum(Variances(1), m) for m in range(4)]
    [0.0, 2.0, 5.0, 9.0]
    """
    lags = at_least(0, "lags", lags)
    w, f, c = variances.transition, variances.input, variances.output
    if w == 1:
        sum_at_one = closed_forms.partial_sum_at_one(Fraction(lags), f, c)
        return _value(lambda number: [number(sum_at_one)], digits)
    return _value(_in_field(closed_forms.partial_sum, variances, lags), digits)


def peak_lag(variances: Variances) -> int:
    """The last lag of greatest weight, by exact arithmetic.

    Raises
    ------
    ValueError
        If there is none, because the weights do not fall in the end.

    Examples
    --------
    >>> peak_lag(Variances("0.9")), peak_lag(Variances("0.5")), peak_lag(Variances("0.4"))
    (8, 1, 0)
    """
    w, f, c = variances.transition, variances.input, variances.output
    if w >= 1 or _vanishes(variances):
        raise ValueError(
            "peak_lag: the weights never fall, so that there is no last lag of greatest weight; "
            "transition must be < 1, and input or output > 0"
        )
    if closed_forms.decay_margin(w, f, c) > 0:
        return 0
    return math.floor(closed_forms.peak_position(w, f, c)) + 1 if w else 1


def memory_length(variances: Variances, epsilon: Number) -> int:
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

    def suffices(m: int) -> bool:
        fields = (variances.transition, variances.input, variances.output)
        (answer,) = not_positive(
            lambda number: [closed_forms.tail_mass(m, *map(number, fields)) - number(bound)]
        )
        return answer

    m = _memory_length_candidate(variances, bound)
    while not suffices(m):
        m += 1
    while m and suffices(m - 1):
        m -= 1
    return m


def _memory_length_candidate(variances: Variances, epsilon: Fraction) -> int:
    """The real solution of ``tail mass = epsilon``, rounded up; 0 where there is none."""
    s, p, w = _sum_product(variances)
    if w == 0:
        return 0
    size = max(x.numerator.bit_length() + x.denominator.bit_length() for x in (w, epsilon))
    with mpmath.workprec(64 + 2 * min(size, 4096)):
        exact_w, exact_f, exact_c, bound = (
            mpmath.mpf(x.numerator) / x.denominator for x in (w, variances.input, variances.output, epsilon)
        )
        log_w = mpmath.log(exact_w)
        if p == 0:
            m = mpmath.log(bound * (1 - exact_w) * s.denominator / s.numerator) / log_w
        else:
            k = closed_forms.memory_length_offset(exact_w, exact_f, exact_c)
            y = closed_forms.memory_length_argument(bound, exact_w**k, log_w, exact_w, exact_f, exact_c)
            if y <= -mpmath.exp(-1):
                return 0
            m = mpmath.lambertw(y, -1).real / log_w - k
        return max(0, int(mpmath.ceil(m)))


def _vanishes(variances: Variances) -> bool:
    return variances.input == variances.output == 0


def _zero(number: Callable[[Fraction], Any]) -> list[Any]:
    return [number(Fraction(0))]


def _require_decay(variances: Variances) -> None:
    if variances.transition >= 1:
        raise ValueError(f"the weights' sum is infinite: transition must be < 1, got {variances.transition}")
