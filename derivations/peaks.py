"""Where the weights of a rational generating function are greatest, exactly and among all lags.

From some lag on they are ``f(i) = sum of P_r(i) r^i`` over the rates r, all of them from 0 to 1 here.  The
signs of such an f at all these lags follow from those of another, of order one less, where the order d is the
sum of the ``deg P_r + 1``:

    f(i) / r^i  rises where  f(i+1) - r f(i)  is positive, and falls where that is negative;

for a rate r of f this difference is a sequence of the same kind and of order d - 1, and of order 0 it is 0.
While the sign of the difference stays the same, ``f(i) / r^i`` is monotone, so f passes from negative over 0
to positive, or back, once at most, and bisection finds where.  On the last stretch, which has no end, the
sign at infinity is that of the leading coefficient at the greatest rate.  In all f changes its sign d - 1
times at most (Descartes' rule for sums of exponentials, by way of Rolle's theorem for sequences).  Applied to
``f(i+1) - f(i)`` this finds every lag from which on the weights fall, and one of these is the peak.
"""

from collections.abc import Callable

from flint import arb, fmpq, fmpq_poly
from sympy import Expr, Symbol

from derivations.arguments import shown
from derivations.partial_fractions import coefficients, function_of, polynomial, require_rates
from derivations.quotients import Quotient, in_powers

__all__ = ["peak"]

Shares = list[tuple[fmpq, fmpq_poly]]
"""The rates, falling, and their polynomials P_r, none of them 0."""

Term = tuple[fmpq, fmpq, int]
"""c, r and k of c r^k."""

MOST_BITS = 2**33
"""Of a number that is computed to tell a sign: a gigabyte."""


def peak(G: Expr, u: Symbol) -> int:
    """The last lag of greatest weight.

    Parameters
    ----------
    G
        A rational function of ``u`` with rational coefficients, and all its rates from 0 to 1.
    u
        Its variable.

    Raises
    ------
    ValueError
        If there is none, as a rate is 1 or more or no weight is positive; if a rate is negative, or no
        rational number; if G is no such function; or if so late a lag would need numbers of a gigabyte.

    Notes
    -----
    With d the order of the recurrence some ``d^2 log2(lag)`` signs are computed: in balls, of the precision
    that is set, and where these contain 0, as for equal weights, in fractions of so many digits as the lag
    times those of a rate.

    Examples
    --------
    >>> from sympy import Rational
    >>> u, w = Symbol("u"), Rational(9, 10)
    >>> peak(2 / (1 - w * u) + u / (1 - w * u) ** 2, u)
    8
    >>> w = 1 - Rational(1, 10**15)
    >>> peak(2 / (1 - w * u) + u / (1 - w * u) ** 2, u)
    999999999999998
    """
    function = function_of(G, u)
    require_rates(function, "peak")
    if symbols := function.field.symbols[2:]:
        raise ValueError(f"peak: the weights must be numbers, but have the symbols {shown(list(symbols))}")
    shares = []
    for p in function.poles:
        rate = _number(p.rate)
        if not 0 < rate < 1:
            raise ValueError(f"peak: every rate must be from 0 to 1, and below 1, got {rate}")
        powers = in_powers(polynomial(function, p).numerator, 1)
        shares.append((rate, fmpq_poly([power.leading_coefficient() if power else 0 for power in powers])))
    shares.sort(key=lambda share: share[0], reverse=True)
    first = [_number(weight) for weight in coefficients(function, function.polynomial_terms)]

    falls = [lag for lag, sign in _runs(_difference(shares, fmpq(1)), len(first)) if sign < 0]
    candidates = [(lag, [(weight, fmpq(1), 0)]) for lag, weight in enumerate(first)]
    candidates += [(lag, _at(shares, lag)) for lag in falls]
    best: int | None = None
    greatest: list[Term] = []
    for lag, terms in candidates:
        sign = _sign([*terms, *((-c, r, k) for c, r, k in greatest)])
        if sign > 0 or (sign == 0 and best is not None):
            best, greatest = lag, terms
    if best is None:
        raise ValueError("peak: no weight is positive, so there is no last lag of greatest weight")
    return best


def _number(q: Quotient) -> fmpq:
    return q.numerator.leading_coefficient() if q.numerator else fmpq(0)


def _difference(shares: Shares, r: fmpq) -> Shares:
    """f(i+1) - r f(i)."""
    differences = ((rate, rate * p(fmpq_poly([1, 1])) - r * p) for rate, p in shares)
    return [(rate, p) for rate, p in differences if p]


def _runs(shares: Shares, start: int) -> list[tuple[int, int]]:
    """Where each sign of f begins from ``start`` on, and the sign, 1, 0 or -1; the last has no end."""
    if not shares:
        return [(start, 0)]
    _, leading = shares[0]
    at_infinity = 1 if leading[leading.degree()] > 0 else -1
    runs: list[tuple[int, int]] = []
    stretches = _runs(_difference(shares, shares[-1][0]), start)
    ends = [begin for begin, _ in stretches[1:]]
    for (begin, direction), end in zip(stretches, [*ends, None], strict=True):
        sign = _sign(_at(shares, begin))
        if not runs or runs[-1][1] != sign:
            runs.append((begin, sign))
        while direction and sign != direction:  # then it may still become 0 or direction, in this order

            def further(lag: int, direction: int = direction, sign: int = sign) -> bool:
                return _sign(_at(shares, lag)) * direction > sign * direction

            if end is None and at_infinity == sign:
                break
            place = _first(further, begin, end)
            if place is None:
                break
            begin, sign = place, _sign(_at(shares, place))
            runs.append((begin, sign))
    return runs


def _first(changed: Callable[[int], bool], begin: int, end: int | None) -> int | None:
    """The first lag after ``begin`` and before ``end`` that has changed, as all after it have, if any has."""
    if end is None:
        step = 1
        while not changed(begin + step):
            begin, step = begin + step, 2 * step
        end = begin + step + 1
    elif end - begin < 2 or not changed(end - 1):
        return None
    last = end - 1
    while last - begin > 1:
        middle = (begin + last) // 2
        begin, last = (begin, middle) if changed(middle) else (middle, last)
    return last


def _at(shares: Shares, lag: int) -> list[Term]:
    return [(p(lag), rate, lag) for rate, p in shares]


def _sign(terms: list[Term]) -> int:
    """The sign of the sum of c r^k, by way of that sum over the greatest r^k in sight."""
    terms = [(c, r, k) for c, r, k in terms if c]
    if not terms:
        return 0
    greatest, least = max(r for _, r, _ in terms), min(k for *_, k in terms)
    scaled = [(c, r / greatest, r, k - least) for c, r, k in terms]
    ball = sum((arb(c) * arb(q) ** least * arb(r) ** k for c, q, r, k in scaled), arb(0))
    if not ball.contains(0):
        return 1 if ball > 0 else -1
    bits = max(least * _bits(q) + k * _bits(r) for _, q, r, k in scaled)
    if bits > MOST_BITS:
        raise ValueError(f"peak: to compare weights at such a lag as {least} takes numbers of {bits} bits")
    exact = sum((c * q**least * r**k for c, q, r, k in scaled), fmpq(0))
    return (exact > 0) - (exact < 0)


def _bits(x: fmpq) -> int:
    """Of numerator and denominator, 0 for 1, whose powers have no more."""
    return 0 if x == 1 else int(x.p).bit_length() + int(x.q).bit_length()
