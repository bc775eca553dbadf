"""Sums of the lag weights and what follows from them: total, mean lag, tails, peak and memory length.

Scalars are computed in balls and rounded once: in float64 they are the nearest number, with ``digits=`` each
decimal is proven.  Those of one dense layer are closed forms of nu_W, s and p
(:mod:`derivations.closed_forms`), those of other networks follow from the layers (:mod:`numeric.layered`).
"""

import math
from fractions import Fraction

from mpmath import mpf

from derivations import closed_forms
from numeric import layered
from numeric.arguments import REACH, Count, Number, at_least, exact_rational
from numeric.certified import Evaluate, certified_value, exact_ball, not_positive, precision
from numeric.model import Model
from numeric.variances import GivenVariances, Variances, w_s_p  # noqa: F401 (Variances in the examples)
from numeric.weights import in_field

__all__ = ["mean_lag", "memory_length", "partial_sum", "peak_lag", "tail_mass", "total"]

MOST_LAG = 10**REACH
"""A single lag, of as many digits as a number may have."""

_Fields = tuple[Fraction, Fraction, Fraction]
"""nu_W, s and p."""


def total(variances: GivenVariances, *, digits: Count | None = None) -> float | mpf:
    """The sum of all weights.

    Parameters
    ----------
    variances : Variances
        With ``transition < 1``, unless all weights are 0.  Or another network with a diagonal limit, of which
        the same holds for every layer, and for the square of a ring's radius.
    digits : int, optional
        Significant decimal digits, at least 1, all certified; None for the nearest float64.

    Raises
    ------
    ValueError
        If the sum is infinite, ``digits`` is no positive integer, or ``variances`` are no
        network, or its limit is not diagonal.
    OverflowError
        If the value exceeds float64's range; ``digits=`` has no such limit.

    Examples
    --------
    >>> total(Variances("0.5"))
    8.0
    """
    network = _summable(variances)
    if not layered.is_one_dense(network):
        return certified_value(layered.total(network), digits)
    if layered.vanishes(network):
        return certified_value(_constant(Fraction(0)), digits)
    return certified_value(in_field(closed_forms.total, w_s_p(network)), digits)


def mean_lag(variances: GivenVariances, *, digits: Count | None = None) -> float | mpf:
    """The mean of the lag under the weights, ``sum_i i rho_i / sum_i rho_i``.

    Arguments are those of :func:`total`.  ValueError if the sums are infinite (``transition >= 1``) or all
    weights are 0, OverflowError if the value exceeds float64's range.

    Examples
    --------
    >>> mean_lag(Variances("0.5"))
    2.0
    """
    network = _summable(variances)
    if layered.vanishes(network):
        raise ValueError(
            "mean_lag: every weight is 0; input and output must not both be 0, or frozen by rates"
        )
    if not layered.is_one_dense(network):
        return certified_value(layered.mean_lag(network), digits)
    return certified_value(in_field(closed_forms.mean_lag, w_s_p(network)), digits)


def tail_mass(variances: GivenVariances, lag: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the weights from ``lag`` on, 0 to 10^4000; the other arguments are those of :func:`total`.

    Of several dense layers ``lag`` is at most 10^18, of networks with a ring 10^6.

    ValueError if the sum is infinite (``transition >= 1``) or ``lag`` is no integer in this range,
    OverflowError if the sum exceeds float64's range.

    Examples
    --------
    >>> [tail_mass(Variances("0.5"), m) for m in range(3)]
    [8.0, 6.0, 4.0]
    """
    lag = at_least(0, "lag", lag, most=MOST_LAG)
    network = _summable(variances)
    if not layered.is_one_dense(network):
        return certified_value(layered.tail_mass(network, _lag("lag", lag, network)), digits)
    if layered.vanishes(network):
        return certified_value(_constant(Fraction(0)), digits)
    return certified_value(in_field(closed_forms.tail_mass, w_s_p(network), lag), digits)


def partial_sum(variances: GivenVariances, lags: Count, *, digits: Count | None = None) -> float | mpf:
    """The sum of the first ``lags`` weights, for any variances, also where the whole sum is infinite.

    Of several dense layers ``lags`` is at most 10^18, of networks with a ring 10^6.

    ValueError if ``lags`` is no integer from 0 to 10^4000, OverflowError if the sum exceeds float64's range.

    Examples
    --------
    >>> [partial_sum(Variances(1), m) for m in range(4)]
    [0.0, 2.0, 5.0, 9.0]
    """
    lags = at_least(0, "lags", lags, most=MOST_LAG)
    network = layered.weighted(variances)
    if not layered.is_one_dense(network):
        return certified_value(layered.partial_sum(network, _lag("lags", lags, network), digits), digits)
    w, s, p = w_s_p(network)
    if w == 1:
        return certified_value(_constant(closed_forms.partial_sum_at_one(Fraction(lags), s, p)), digits)
    if lags and 0 < w < 1 and (s or p):
        whole = closed_forms.total(w, s, p)
        below = layered.just_below(whole, digits, lambda tiny: _tail_is_at_most((w, s, p), lags, tiny))
        if below is not None:
            return certified_value(_constant(below), digits)
    return certified_value(in_field(closed_forms.partial_sum, (w, s, p), lags), digits)


def peak_lag(variances: GivenVariances) -> int:
    """The last lag of greatest weight, by exact arithmetic.

    Raises
    ------
    ValueError
        If there is none, because the weights never fall: ``transition >= 1``, or all of them are 0.  Of
        other networks, if the sum of the weights is infinite, or they have not fallen after 10^6 lags.

    Examples
    --------
    >>> peak_lag(Variances("0.9")), peak_lag(Variances("0.5")), peak_lag(Variances("0.4"))
    (8, 1, 0)
    """
    network = layered.weighted(variances)
    if not layered.is_one_dense(network):
        _require_finite(network, "peak_lag: no bound ends the search for the last greatest weight, as ")
        if layered.vanishes(network):
            raise ValueError("peak_lag: every weight is 0, as variances or rates are")
        return layered.peak_lag(network)
    w, s, p = w_s_p(network)
    if w >= 1 or s == p == 0:
        raise ValueError(
            "peak_lag: the weights never fall, so that there is no last lag of greatest weight; "
            "transition must be < 1, and input or output > 0 and trained"
        )
    if closed_forms.decay_margin(w, s, p) > 0:
        return 0
    return math.floor(closed_forms.peak_position(w, s, p)) + 1 if w else 1


def memory_length(variances: GivenVariances, epsilon: Number) -> int:
    """The least m whose tail mass, the sum of the weights from lag m on, is ``<= epsilon``.

    With k, the offset, the tail mass is a multiple of ``(m + k) w^m``, so that the Lambert function's
    branch W_(-1) inverts it: a floating point candidate, which is then proven right by comparing the
    tail masses at m and m - 1 with epsilon in balls.  Of other networks m is found by bisection.

    Parameters
    ----------
    variances : Variances
        As in :func:`total`.
    epsilon : int, float, Fraction, Decimal, mpf or str
        Positive; absolute, in the units of the weights, and exact like the variances.

    Raises
    ------
    ValueError
        If every tail is infinite, or epsilon is not positive and finite; if a network of several layers
        remembers for longer than 10^18 steps, or one with a ring than 10^6.

    Examples
    --------
    >>> memory_length(Variances("0.5"), 4), memory_length(Variances("0.5"), "1e-6")
    (2, 27)
    """
    bound = exact_rational("epsilon", epsilon)
    if bound <= 0:
        raise ValueError(f"epsilon must be > 0, got {epsilon!r}")
    network = _summable(variances)
    if not layered.is_one_dense(network):
        return layered.memory_length(network, bound)
    if layered.vanishes(network):
        return 0
    fields = w_s_p(network)
    for m in (0, 1):  # from 1 on the multiple of (m + k) w^m falls with m also between the integers
        if _tail_is_at_most(fields, m, bound):
            return m
    if fields[0] == 0:
        return 2  # no weight is left from there on
    m = _memory_length_candidate(fields, bound)
    while not _tail_is_at_most(fields, m, bound):
        m += 1
    while _tail_is_at_most(fields, m - 1, bound):
        m -= 1
    return m


def _tail_is_at_most(fields: _Fields, m: int, bound: Fraction) -> bool:
    (answer,) = not_positive(lambda number: [closed_forms.tail_mass(m, *map(number, fields)) - number(bound)])
    return answer


def _memory_length_candidate(fields: _Fields, epsilon: Fraction) -> int:
    """The real solution ``> 1`` of ``tail mass = epsilon``, rounded up."""
    bits = 128
    while True:
        with precision(bits):
            w, s, p = map(exact_ball, fields)
            bound, log_w = exact_ball(epsilon), w.log()
            if fields[2]:
                k = closed_forms.memory_length_offset(w, s, p)
                m = closed_forms.memory_length_argument(bound, w**k, log_w, w, p).lambertw(-1) / log_w - k
            else:
                m = (bound * (1 - w) / s).log() / log_w
            if m.rad() < 1:  # not so where a ball reaches a pole
                return int(m.mid().ceil().unique_fmpz())
        bits *= 2


def _constant(value: Fraction) -> Evaluate:
    return lambda number: [number(value)]


def _lag(name: str, lag: int, network: Model) -> int:
    return at_least(0, name, lag, most=layered.most_lag(network))


def _summable(variances: GivenVariances) -> Model:
    """The network whose weights are summed; ValueError if they have no finite sum."""
    network = layered.weighted(variances)
    _require_finite(network)
    return network


def _require_finite(network: Model, so: str = "") -> None:
    if not layered.converges(network):
        growth = max(layered.growths(network))
        what = "transition" if layered.is_dense(network) else "transition, or outer^2,"
        raise ValueError(f"{so}the weights' sum is infinite: {what} must be < 1, got {growth}")
