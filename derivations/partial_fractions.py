"""A rational function of u in the form that its power series and its partial fractions are read off.

G is brought to lowest terms and the factors of its denominator are sorted by their degree in u.  A linear
one, ``a - b u``, is a pole; its *rate* is ``b / a``.  :mod:`derivations.rational` says what all this is for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from math import comb, factorial, prod
from operator import mul

import sympy
from flint import fmpq_mpoly
from sympy import Expr, Ne, Or, Symbol
from sympy.logic.boolalg import Boolean

from derivations.arguments import shown
from derivations.quotients import Factors, Field, Quotient, in_powers, product

__all__ = [
    "Function",
    "Pole",
    "coefficients",
    "function_of",
    "in_poles",
    "nonzero",
    "polynomial",
    "require_rates",
    "term",
]


@dataclass(frozen=True)
class Pole:
    """``(a - b u)^order``, a factor of the denominator."""

    a: fmpq_mpoly
    b: fmpq_mpoly
    order: int

    @property
    def rate(self) -> Quotient:
        """The reciprocal of the point u."""
        return Quotient(self.b) * Quotient(self.a) ** -1


@dataclass(frozen=True)
class Function:
    """G in lowest terms.

    Attributes
    ----------
    field
        Its symbols are u, the lag, and those in the coefficients of G.
    numerator
        The coefficients of the powers of u; none for 0.
    poles, others, constants
        The factors of the denominator of degree 1 in u, greater, and 0.
    """

    field: Field
    numerator: list[fmpq_mpoly]
    poles: list[Pole]
    others: Factors
    constants: Factors

    @property
    def denominator(self) -> list[fmpq_mpoly]:
        """The coefficients of the powers of u, without the constants."""
        u = self.field.ring.gen(0)
        return in_powers(
            product(self.field.ring, [*((p.a - p.b * u, p.order) for p in self.poles), *self.others]), 0
        )

    @property
    def polynomial_terms(self) -> int:
        """So many first coefficients have a share of the polynomial part."""
        return max(0, len(self.numerator) + 1 - len(self.denominator))

    @property
    def lag(self) -> Symbol:
        """The symbol that stands for the power of u."""
        return self.field.symbols[1]

    def sum(self, terms: Iterable[fmpq_mpoly]) -> fmpq_mpoly:
        """The sum of polynomials, if there are any."""
        return sum(terms, self.field.ring.constant(0))


def function_of(G: Expr, u: Symbol, lag: Symbol | None = None) -> Function:
    """G in lowest terms; ValueError if it is not rational, or has a pole at 0 and no power series."""
    G = sympy.sympify(G, strict=True)
    lag = sympy.Dummy("i") if lag is None else lag
    if lag == u or lag in G.free_symbols:
        raise ValueError(f"the lag must be a symbol that the generating function does not have, got {lag}")
    field = Field((u, lag, *sorted(G.free_symbols - {u}, key=sympy.default_sort_key)))
    whole = field.quotient(G)
    numerator, poles = whole.numerator, []
    by_degree: dict[int, list[tuple[fmpq_mpoly, int]]] = {}
    for factor, m in whole.denominator:
        a, *rest = in_powers(factor, 0)
        if not a:
            raise ValueError(f"the generating function has a pole at {u} = 0 and so no power series")
        if len(rest) == 1:
            sign = -1 if a.leading_coefficient() < 0 else 1
            numerator *= sign**m
            poles.append(Pole(sign * a, -sign * rest[0], m))
        else:
            by_degree.setdefault(min(len(rest), 2), []).append((factor, m))
    constants, others = by_degree.get(0, []), by_degree.get(2, [])
    degrees = [part.degrees() for p in poles for part in (p.a, p.b)] + [
        factor.degrees() for factor, _ in others
    ]
    parameters = frozenset(x for k, x in enumerate(field.symbols) if k > 1 and not any(d[k] for d in degrees))
    powers = in_powers(numerator, 0) if numerator else []
    return Function(replace(field, parameters=parameters), powers, poles, others, constants)


def coefficients(function: Function, lags: int) -> list[Quotient]:
    """The first of the power series, from D G = N.

    With D_0 the constant term of D, the coefficient of u^i times D_0^(i+1) is a polynomial: no fractions.
    """
    ring = function.field.ring
    top, bottom = function.numerator, function.denominator
    lead = bottom[0]
    if lead.is_constant():
        top, bottom, lead = [p / lead for p in top], [p / lead for p in bottom], ring.constant(1)
    bottom = [p * lead ** max(k - 1, 0) for k, p in enumerate(bottom)]
    scaled: list[fmpq_mpoly] = []
    for i in range(lags):
        value = top[i] * lead**i if i < len(top) else ring.constant(0)
        for k in range(1, min(i, len(bottom) - 1) + 1):
            value -= bottom[k] * scaled[i - k]
        scaled.append(value)
    below = Quotient(product(ring, function.constants)) ** -1
    unit = Quotient(lead) ** -1
    return [Quotient(p) * below * unit ** (i + 1) for i, p in enumerate(scaled)]


def require_rates(function: Function, what: str) -> None:
    """ValueError unless the denominator splits into linear factors."""
    if function.others:
        factor = function.field.expression(Quotient(function.others[0][0]))
        raise ValueError(
            f"{what}: the denominator's factor {shown(factor)} does not split into factors 1 - r u with "
            "rational r; series and recurrence do without"
        )


def polynomial(function: Function, p: Pole) -> Quotient:
    """P_r, the polynomial in the lag that ``r^i`` is multiplied by, from the expansion of G at the pole.

    In y = 1 - r u, another factor ``a' - b' u`` of the denominator is ``(d + e y) / b`` with
    ``d = a' b - a b'`` and ``e = a b'``.  All is brought over one denominator before it is reduced.
    """
    ring, order, degree = function.field.ring, p.order, len(function.numerator) - 1
    expanded = [  # b^degree N, a polynomial in y, up to y^(order - 1)
        function.sum(
            N_k * p.a**k * p.b ** (degree - k) * ((-1) ** t * comb(k, t))
            for k, N_k in enumerate(function.numerator)
        )
        for t in range(order)
    ]
    below = [(p.a, order), (p.b, degree), *function.constants]
    for other in function.poles:
        if other is not p:
            d, e, m = other.a * p.b - p.a * other.b, p.a * other.b, other.order
            inverse = [  # d^(m + order - 1) (d + e y)^(-m)
                d ** (order - 1 - t) * e**t * ((-1) ** t * comb(m + t - 1, t)) for t in range(order)
            ]
            expanded = [
                function.sum(expanded[k] * inverse[t - k] for k in range(t + 1)) for t in range(order)
            ]
            below += [(d, m + order - 1), (p.b, -m)]
    lag = ring.gen(1)
    top = function.sum(  # y^(-k) is the sum of binomial(i+k-1, k-1) r^i u^i
        expanded[order - k] * prod((lag + j for j in range(1, k)), start=ring.constant(1)) / factorial(k - 1)
        for k in range(1, order + 1)
    )
    return reduce(mul, (Quotient(factor) ** -m for factor, m in below), Quotient(top))


def term(function: Function, p: Pole, q: Quotient) -> tuple[Expr, list[Boolean]]:
    """``q r^i`` with a power of r in q joined to ``r^i``, and the conditions under which it has a value."""
    field, exponent = function.field, 0
    conditions: list[Boolean] = []
    _, factors = p.b.factor()
    if p.a.is_constant() and len(factors) == 1 and factors[0][1] == 1:
        root = Quotient(factors[0][0])
        scale = p.rate * root**-1  # a number
        exponent = q.valuation(root.numerator)
        q *= (root * scale) ** -exponent
        if exponent < 0:
            conditions.append(Or(nonzero(function, root.numerator), function.lag >= -exponent))
    conditions += [nonzero(function, factor) for factor, _ in (*p.a.factor()[1], *q.denominator)]
    own = {nonzero(function, factor) for factor, _ in function.constants}
    power = field.expression(p.rate) ** (function.lag + exponent)
    return field.expression(q, power, function.lag), [c for c in conditions if c not in own]


def nonzero(function: Function, factor: fmpq_mpoly) -> Boolean:
    """That a polynomial is not 0: if it has two terms, that they are not opposite."""
    terms = list(factor.terms())
    left, right = factor, function.field.ring.constant(0)
    if len(terms) == 2:
        (exponents, c), (other, d) = terms
        left, right = (function.field.ring.from_dict(part) for part in ({exponents: 1}, {other: -d / c}))
    return Ne(*(function.field.expression(Quotient(side)) for side in (left, right)))


def in_poles(G: Expr, u: Symbol) -> Expr:
    """G over the product of its ``(1 - rate u)^order``.

    >>> u = sympy.Symbol("u")
    >>> in_poles(8 / (u - 2) ** 2, u)
    2/(1 - u/2)**2
    """
    function = function_of(G, u)
    below = sympy.prod((1 - function.field.expression(p.rate) * u) ** p.order for p in function.poles)
    return sympy.factor(sympy.cancel(G * below)) / below
