r"""What follows from a rational generating function G(u) = rho_0 + rho_1 u + ..., mechanically and exactly.

Let ``G = N / D`` in lowest terms and D, up to a constant, the product of ``(1 - r u)^m`` over the *rates* r,
the reciprocals of the poles.

    recurrence       the coefficients of D, and of no shorter polynomial, annihilate the weights, from lag
                     ``max(deg D, deg N + 1)`` on
    closed form      with y = 1 - r u, expand ``y^m G`` in powers of y.  The coefficient of y^(m-k) is that of
                     1/(1 - r u)^k in the partial fractions of G, and 1/(1 - r u)^k is the sum of
                     binomial(i+k-1, k-1) r^i u^i.  So rho_i is the sum over the rates of P_r(i) r^i, with
                     deg P_r = m - 1, for i > deg N - deg D; before, a polynomial in u adds to it
    partial sums     are the coefficients of u G / (1 - u)
    total, mean lag  are G(1) and G'(1) / G(1), if every ``|r| < 1``; the tail is what the partial sum leaves
    asymptotics      the leading term of P_r(i) r^i for the greatest ``|r|``

No root is looked for: the rates are read off the factors of D over the rationals, which are linear in u for
every stack of layers, with rational or symbolic variances.  Different symbols count as different rates and
equal ones merge; what is returned states as its conditions where that, and dividing by a rate, is right.

Sources: Stanley, Enumerative Combinatorics I, chapter 4; Flajolet and Sedgewick, Analytic Combinatorics,
chapter IV.5.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import mul

import sympy
from sympy import Abs, Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from derivations.arguments import integer, shown
from derivations.partial_fractions import (
    Function,
    Pole,
    coefficients,
    function_of,
    nonzero,
    polynomial,
    require_rates,
    term,
)
from derivations.quotients import Quotient, in_powers, product

__all__ = [
    "Asymptotics",
    "ClosedForm",
    "Recurrence",
    "asymptotics",
    "closed_form",
    "convergence",
    "mean_lag",
    "partial_sum",
    "recurrence",
    "series",
    "tail_mass",
    "total",
]


@dataclass(frozen=True)
class ClosedForm:
    """A sequence: its first elements one by one, and from then on an expression.

    Attributes
    ----------
    index
        The symbol that the expression has for the lag.
    first
        The elements at 0, 1, ..., as many as the expression is not good for; often none.
    expression
        The element at ``index``, wherever that is at least ``len(first)``.
    conditions
        On the symbols, under all of which this holds.  ``nu_W**(i-1)`` at ``nu_W = 0`` is such a condition:
        ``Or(Ne(nu_W, 0), i >= 1)``, where 0**0 is 1.
    """

    index: Symbol
    first: tuple[Expr, ...]
    expression: Expr
    conditions: tuple[Boolean, ...] = ()

    def at(self, lag: int) -> Expr:
        """The element at a lag.

        >>> u, i = sympy.symbols("u i")
        >>> [closed_form(3 + 1 / (1 - u / 2), u, i).at(lag) for lag in range(3)]
        [4, 1/2, 1/4]
        """
        lag = integer("lag", lag, 0)
        return (
            self.first[lag] if lag < len(self.first) else self.expression.xreplace({self.index: Integer(lag)})
        )

    @property
    def everywhere(self) -> Expr:
        """One expression for all lags.

        >>> u, i = sympy.symbols("u i")
        >>> closed_form(3 + 1 / (1 - u / 2), u, i).everywhere
        Piecewise((4, Eq(i, 0)), ((1/2)**i, True))
        """
        cases = [(value, sympy.Eq(self.index, lag)) for lag, value in enumerate(self.first)]
        return sympy.Piecewise(*cases, (self.expression, True)) if cases else self.expression


@dataclass(frozen=True)
class Recurrence:
    """``rho_i = coefficients[0] rho_(i-1) + coefficients[1] rho_(i-2) + ...`` from lag ``len(initial)`` on.

    Attributes
    ----------
    coefficients
        As many as the order, the last not 0.
    initial
        The weights before; at least as many.
    """

    coefficients: tuple[Expr, ...]
    initial: tuple[Expr, ...]


@dataclass(frozen=True)
class Asymptotics:
    """``rho_i = leading (1 + O(error))`` as i grows, under the conditions.

    Attributes
    ----------
    leading
        ``C i^(m-1) r^i``; 0 if the weights are 0 from some lag on.
    error
        A function of i that tends to 0, or 0 where the leading term is exact from some lag on.
    conditions
        As those of :class:`ClosedForm`, and those under which r is the greatest rate.
    """

    leading: Expr
    error: Expr
    conditions: tuple[Boolean, ...] = ()


def series(G: Expr, u: Symbol, lags: int) -> list[Expr]:
    """rho_0, ..., rho_(lags-1), exactly, by the recurrence.

    Parameters
    ----------
    G
        A rational function of ``u``; its coefficients are rational numbers and symbols.
    u
        Its variable.
    lags
        How many, at least 0.

    Returns
    -------
    list of Expr
        Rational numbers, or factored polynomials in the symbols: of degree i at lag i, and so of many terms
        where there are several.  Those of ``closed_form(...).at(lag)`` do not grow with the lag.

    Raises
    ------
    ValueError
        If G is no such function, or has a pole at 0.

    Examples
    --------
    >>> u, nu = sympy.symbols("u nu")
    >>> series(u / (1 - u - u**2), u, 10)
    [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
    >>> series(2 / (1 - nu * u) + u / (1 - nu * u) ** 2, u, 4)
    [2, 2*nu + 1, 2*nu*(nu + 1), nu**2*(2*nu + 3)]
    """
    lags = integer("lags", lags, 0)
    function = function_of(G, u)
    return [function.field.expression(weight) for weight in coefficients(function, lags)]


def recurrence(G: Expr, u: Symbol) -> Recurrence:
    """The shortest linear recurrence with constant coefficients that the weights obey.

    With symbols it is the shortest but for values at which numerator and denominator of G have a common
    factor; it holds for these too.  Arguments and errors are those of :func:`series`.

    Examples
    --------
    >>> u, nu = sympy.symbols("u nu")
    >>> recurrence(2 / (1 - nu * u) + u / (1 - nu * u) ** 2, u)
    Recurrence(coefficients=(2*nu, -nu**2), initial=(2, 2*nu + 1))
    >>> recurrence(1 + u / (1 - 2 * u), u)
    Recurrence(coefficients=(2,), initial=(1, 1))
    """
    function = function_of(G, u)
    lead, *rest = function.denominator
    unit = Quotient(-lead).inverse()
    first = coefficients(function, max(len(rest), len(function.numerator)))
    return Recurrence(
        tuple(function.field.expression(Quotient(p) * unit) for p in rest),
        tuple(function.field.expression(weight) for weight in first),
    )


def _shares(function: Function, poles: Iterable[Pole], factor: int, first: Iterable[Quotient]) -> ClosedForm:
    """The factor times the shares of some poles in the weights, and what stands before."""
    times = function.field.constant(factor)
    terms = [term(function, p, polynomial(function, p) * times) for p in poles]
    return ClosedForm(
        function.lag,
        tuple(map(function.field.expression, first)),
        sympy.Add(*(share for share, _ in terms)),
        _sorted(*(c for _, where in terms for c in where)),
    )


def closed_form(G: Expr, u: Symbol, i: Symbol) -> ClosedForm:
    """rho_i as a sum of polynomials in i times powers of the rates.

    Parameters
    ----------
    G, u
        As in :func:`series`.
    i
        The lag, a symbol that G does not have.

    Raises
    ------
    ValueError
        As :func:`series`, and if a factor of the denominator of degree two or more has no rational factors.

    Notes
    -----
    For one pole of order m, and d others, a product of d + 1 power series of m terms.

    Examples
    --------
    >>> u, i, nu, mu = sympy.symbols("u i nu mu")
    >>> closed_form((2 - u / 3) / (3 * (1 - u / 3) ** 2), u, i).expression
    (i + 2)/(3*3**i)
    >>> plain = closed_form(2 / (1 - nu * u) + u / (1 - nu * u) ** 2, u, i)
    >>> plain.expression, plain.conditions
    (nu**(i - 1)*(i + 2*nu), ((i >= 1) | Ne(nu, 0),))
    >>> closed_form(1 / (1 - nu * u) / (1 - mu * u), u, i)
    ClosedForm(index=i, first=(), expression=mu**(i + 1)/(mu - nu) - nu**(i + 1)/(mu - nu),
        conditions=(Ne(mu, nu),))
    """
    function = function_of(G, u, i)
    require_rates(function, "closed_form")
    first = coefficients(function, function.polynomial_terms)
    return _shares(function, function.poles, 1, first)


def convergence(G: Expr, u: Symbol) -> tuple[Boolean, ...]:
    """Where all ``|r| < 1``, so that the weights have a total: relations between symbols, none for numbers.

    Raises
    ------
    ValueError
        As :func:`closed_form`, and if a rate is a number not below 1 in absolute value.

    Examples
    --------
    >>> u, nu = sympy.symbols("u nu")
    >>> convergence(1 / (1 - nu * u) / (1 - u / 2), u)
    (Abs(nu) < 1,)
    """
    return _convergence(function_of(G, u), "convergence")


def _convergence(function: Function, what: str) -> tuple[Boolean, ...]:
    require_rates(function, what)
    conditions: list[Boolean] = []
    for p in function.poles:
        rate = function.field.expression(p.rate)
        small = Abs(rate) < 1
        if small == sympy.false:
            raise ValueError(f"{what}: the sum is infinite, as the rate {shown(rate)} is not below 1")
        conditions.append(small)
    return _sorted(*conditions)


def _total(function: Function) -> Quotient:
    below = [*((p.a - p.b, p.order) for p in function.poles), *function.constants]
    top = Quotient(function.sum(function.numerator))
    return reduce(mul, (Quotient(factor) ** -m for factor, m in below), top)


def total(G: Expr, u: Symbol) -> Expr:
    """G(1), the sum of all weights, under the conditions of :func:`convergence`, whose errors it has.

    Examples
    --------
    >>> u, nu = sympy.symbols("u nu")
    >>> total(2 / (1 - nu * u) + u / (1 - nu * u) ** 2, u)
    (3 - 2*nu)/(1 - nu)**2
    """
    function = function_of(G, u)
    _convergence(function, "total")
    return function.field.expression(_total(function))


def mean_lag(G: Expr, u: Symbol) -> Expr:
    """G'(1) / G(1), the mean of the lag under the weights, under the conditions of :func:`convergence`.

    Raises
    ------
    ValueError
        As :func:`convergence`, and if the sum of all weights is 0.

    Examples
    --------
    >>> u, nu = sympy.symbols("u nu")
    >>> mean_lag(1 / (1 - nu * u), u)
    nu/(1 - nu)
    """
    function = function_of(G, u)
    _convergence(function, "mean_lag")
    whole = Quotient(function.sum(function.numerator))
    if not whole.numerator:
        raise ValueError("mean_lag: the sum of all weights is 0")
    mean = Quotient(function.sum(k * p for k, p in enumerate(function.numerator))) * whole**-1
    for p in function.poles:
        mean += Quotient(p.order * p.b) * Quotient(p.a - p.b) ** -1
    return function.field.expression(mean)


def partial_sum(G: Expr, u: Symbol, m: Symbol) -> ClosedForm:
    """The sum of the first m weights, as a closed form in m, whether or not all of them have a sum.

    It is the coefficient of u^m in ``u G / (1 - u)``.  Arguments and errors are those of :func:`closed_form`.

    Examples
    --------
    >>> u, m, nu = sympy.symbols("u m nu")
    >>> partial_sum(1 / (1 - u / 2), u, m).expression
    2 - 2/2**m
    """
    return closed_form(u * sympy.sympify(G, strict=True) / (1 - u), u, m)


def tail_mass(G: Expr, u: Symbol, m: Symbol) -> ClosedForm:
    """The sum of the weights from lag m on, as a closed form in m: what the first m leave of the total.

    The pole of ``u G / (1 - u)`` at 1 is the total, and the others, negated, the tail.  Arguments are those
    of :func:`closed_form`, conditions and errors also those of :func:`convergence`.

    Examples
    --------
    >>> u, m, nu = sympy.symbols("u m nu")
    >>> tail_mass(1 / (1 - nu * u), u, m)
    ClosedForm(index=m, first=(), expression=nu**m/(1 - nu), conditions=(Abs(nu) < 1,))
    """
    G = sympy.sympify(G, strict=True)
    whole = function_of(G, u, m)
    small = _convergence(whole, "tail_mass")
    sums = function_of(u * G / (1 - u), u, m)
    all_of_it, minus = _total(whole), whole.field.constant(-1)
    first = (all_of_it + minus * partial for partial in coefficients(sums, sums.polynomial_terms))
    others = [p for p in sums.poles if p.a != p.b]
    tail = _shares(sums, others, -1, first)
    implied = {nonzero(sums, factor) for p in others for factor, _ in (p.a - p.b).factor()[1]}
    return replace(tail, conditions=_sorted(*small, *({*tail.conditions} - implied)))


def asymptotics(G: Expr, u: Symbol, i: Symbol, dominant: Expr | None = None) -> Asymptotics:
    """How the weights behave as i grows: the leading term of the closed form.

    Parameters
    ----------
    G, u, i
        As in :func:`closed_form`.
    dominant
        The rate that is greatest in absolute value; to be named where that depends on symbols.

    Raises
    ------
    ValueError
        As :func:`closed_form`, if no rate is the greatest, as of r and -r, or ``dominant`` is not.

    Examples
    --------
    >>> u, i, nu, mu = sympy.symbols("u i nu mu", positive=True)
    >>> asymptotics((2 - u / 3) / (3 * (1 - u / 3) ** 2), u, i)
    Asymptotics(leading=i/(3*3**i), error=1/i, conditions=())
    >>> asymptotics(1 / (1 - nu * u) / (1 - mu * u), u, i, dominant=nu)
    Asymptotics(leading=-nu**(i + 1)/(mu - nu), error=(mu/nu)**i, conditions=(mu < nu,))
    """
    function = function_of(G, u, i)
    require_rates(function, "asymptotics")
    if not function.poles:
        return Asymptotics(sympy.S.Zero, sympy.S.Zero)
    rates = [function.field.expression(p.rate) for p in function.poles]
    place = _greatest(rates, dominant)
    greatest, rate = function.poles[place], rates[place]
    others = [(p, Abs(r), Abs(r / rate)) for p, r in zip(function.poles, rates, strict=True) if r != rate]

    share = polynomial(function, greatest)
    *lower, top = in_powers(share.numerator, 1)
    lead = Quotient(top) * Quotient(product(function.field.ring, share.denominator)) ** -1
    leading, _ = term(function, greatest, lead * Quotient(function.field.ring.gen(1)) ** len(lower))

    apart = []
    if any(lower):
        error = i ** (max(k for k, c in enumerate(lower) if c) - len(lower))
    else:
        errors = [(ratio, p.order - greatest.order) for p, _, ratio in others]
        if errors and all(ratio.is_Rational for ratio, _ in errors):
            errors = [max(errors)]
        error = sympy.Add(*(i**power * ratio**i for ratio, power in errors))
        apart = [p.a * q.b - q.a * p.b for (p, *_), (q, *_) in combinations(others, 2)]

    smaller = [size < Abs(rate) for _, size, _ in others]
    factors = [factor for q in (top, greatest.a, greatest.b, *apart) for factor, _ in q.factor()[1]]
    return Asymptotics(leading, error, _sorted(*smaller, *(nonzero(function, factor) for factor in factors)))


def _greatest(rates: list[Expr], given: Expr | None) -> int:
    """The place of the rate that is the greatest in absolute value, if need be because it is said to be."""
    sizes = [Abs(rate) for rate in rates]
    if given is not None:
        given = sympy.sympify(given, strict=True)
        if given not in rates or any((Abs(given) < size) == sympy.true for size in sizes):
            raise ValueError(f"dominant must be the greatest of the rates {shown(rates)}, got {shown(given)}")
        return rates.index(given)
    for k, size in enumerate(sizes):
        if all((other < size) == sympy.true for j, other in enumerate(sizes) if j != k):
            return k
    if all(rate.is_Rational for rate in rates):
        raise ValueError(f"asymptotics: of the rates {shown(rates)} none is the greatest in absolute value")
    raise ValueError(f"asymptotics: name the greatest of the rates {shown(rates)} as dominant=")


def _sorted(*conditions: Boolean) -> tuple[Boolean, ...]:
    """The conditions that say something, once each."""
    return tuple(sorted({*conditions} - {sympy.true}, key=sympy.default_sort_key))
