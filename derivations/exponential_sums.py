r"""Sums of exponential polynomials, in closed form.

With ``r Q(m+1) - Q(m) = m^d`` for a polynomial Q in m, which has the degree d, or d + 1 if r = 1,

    sum_{k<m} k^d r^k  =  r^m Q(m) - Q(0),

and ``-Q(0)`` is the sum of all for ``|r| < 1``: elements of the field of :mod:`derivations.exponentials`
again.  A finite sum in this form may divide by ``1 - r``; as rational functions of the symbols both are the
same.
"""

from dataclasses import dataclass
from functools import reduce
from math import comb
from typing import Any

from flint import fmpq_mpoly

from derivations.exponentials import Element, NoClosedFormError, Power

__all__ = ["Sum", "Term", "summed", "terms_of"]


@dataclass(frozen=True, eq=False)
class Term:
    """``coefficient k^degree ratio^k``."""

    coefficient: Element
    degree: int
    ratio: Element


@dataclass(frozen=True, eq=False)
class Sum:
    """A sum, and for one without an end the ratios that must be below 1 in absolute value."""

    value: Element
    ratios: tuple[Element, ...] = ()


def terms_of(f: Element, k: str) -> list[Term]:
    """f as a sum of ``coefficient k^degree ratio^k``; NoClosedFormError if it is none."""
    terms = []
    for (degree, base), coefficient in _in_powers(f, k):
        ratio = f.field.constant(1)
        for power, exponent in base:
            ratio = ratio * f.field.base(power) ** exponent
        terms.append(Term(coefficient, degree, ratio))
    return terms


def summed(f: Element, k: str, count: Element | None) -> Sum:
    """The sum of f over ``k = 0, 1, ..., count - 1``, or over all k.

    Raises
    ------
    NoClosedFormError
        If f is no sum of polynomials in k times powers ``r^k``.

    Examples
    --------
    >>> from derivations.exponentials import Field
    >>> field = Field(["k", "m"])
    >>> w, k, m = (field.named(name) for name in ("w", "k", "m"))
    >>> summed(w**k, "k", m).value == (1 - w**m) / (1 - w)
    True
    """
    total, ratios = f.field.constant(0), []
    for term in terms_of(f, k):
        ratio, coefficient = term.ratio, term.coefficient
        Q = _antidifference(term.degree, ratio)
        at_zero = Q[0]
        if count is None:
            if ratio != 0:
                ratios.append(ratio)
            total = total - coefficient * at_zero
        else:
            at_end = reduce(lambda value, q: value * count + q, reversed(Q), f.field.constant(0))
            total = total + coefficient * (ratio**count * at_end - at_zero)
    return Sum(total, tuple(ratios))


def _in_powers(f: Element, k: str) -> list[tuple[tuple[int, tuple[tuple[Power, int], ...]], Element]]:
    """f as a sum of ``coefficient k^d r^k``: d, the powers of bases that r is, and the coefficient."""
    field = f.field
    own = [
        place
        for place, key in enumerate(field.keys)
        if key == k or (isinstance(key, Power) and key.index == k)
    ]
    below = [exponents for exponents, _ in f.denominator.terms()]
    shift = {place: below[0][place] for place in own}
    if any(exponents[place] != shift[place] for exponents in below for place in own) or any(
        shift[place] for place in own if field.keys[place] == k
    ):
        raise NoClosedFormError(f"a sum over {k} of terms with {k} in a denominator")
    denominator = _without(f.denominator, own)
    grouped: dict[tuple[int, tuple[tuple[Power, int], ...]], dict[Any, Any]] = {}
    for exponents, c in f.numerator.terms():
        degree, base = 0, []
        rest = list(exponents)
        for place in own:
            key, rest[place] = field.keys[place], 0
            if isinstance(key, Power):
                if times := int(exponents[place]) - int(shift[place]):
                    base.append((key, times))
            else:
                degree = int(exponents[place])
        grouped.setdefault((degree, tuple(base)), {})[tuple(rest)] = c
    return [(key, Element(field, field.ring.from_dict(terms), denominator)) for key, terms in grouped.items()]


def _without(polynomial: fmpq_mpoly, places: list[int]) -> fmpq_mpoly:
    terms = {}
    for exponents, c in polynomial.terms():
        rest = [0 if place in places else e for place, e in enumerate(exponents)]
        terms[tuple(rest)] = c
    return polynomial.context().from_dict(terms)


def _antidifference(degree: int, ratio: Element) -> list[Element]:
    """The coefficients of Q with ``r Q(m+1) - Q(m) = m^d``, lowest first; for ``r = 1`` with ``Q(0) = 0``."""
    field = ratio.field
    one = ratio == 1
    top = degree + 1 if one else degree
    Q = [field.constant(0)] * (top + 1)
    for j in range(top, -1, -1):  # the coefficient of m^e in r Q(m+1) - Q(m), e = j, or j - 1 for r = 1
        e = j - 1 if one else j
        if e < 0:
            break
        known = sum((Q[t] * comb(t, e) for t in range(j + 1, top + 1)), field.constant(0)) * ratio
        wanted = field.constant(int(e == degree)) - known
        Q[j] = wanted / (field.constant(j) if one else ratio - 1)
    return Q
