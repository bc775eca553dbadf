"""The value of an expression of a claim, in closed form: an element of :mod:`derivations.exponentials`.

Indices may be symbols or numbers, and so may the variances.  What a value needs is noted on the way: what
must not be 0, as it is divided by, and what must be below 1 in absolute value, for a sum without an end to
exist.

A factor of indices alone that is 0 outdoes a power that has no value, as in ``i nu_W^(i-1)`` at ``i = 0`` and
``nu_W = 0``; ``0^0`` is 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

from derivations.exponential_sums import summed, terms_of
from derivations.exponentials import Cases, Element, Field, Linear, NoClosedFormError, NoValueError
from verify.claims.cases import difference, element, natural, sign
from verify.claims.needs import Needs
from verify.claims.reading import INDICES
from verify.claims.syntax import (
    Call,
    Differential,
    Limit,
    Name,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Sum,
    Times,
    children,
    is_of_indices,
    nodes,
)
from verify.claims.widths import Series

if TYPE_CHECKING:
    from verify.claims.quantities import Theory

__all__ = ["Scope", "linear", "value"]

MOST_TERMS = 400
"""Of a sum that is added up term by term."""
MOST_WORK = 12_000
"""Parts of expressions that are evaluated for a value."""
MOST_SHIFT = 12
"""From this lag on a limit is looked for: rho_i of layers may begin with other terms."""
MOST_EXPONENT = 400
"""A number in an exponent, so large that nobody writes more."""


@dataclass(frozen=True)
class Scope:
    """What names mean."""

    theory: "Theory"
    free: "Theory"
    """The same without the values that conditions give to symbols, by which derivatives are taken."""
    indices: Mapping[str, Linear]
    symbols: Mapping[str, Element]
    needs: Needs = field(default_factory=Needs)

    @property
    def field(self) -> Field:
        """The field of all values."""
        return self.theory.field

    def index(self, name: str) -> Element:
        """An index; one that nothing is known of stands for itself."""
        form = self.indices.get(name)
        return self.field.index(name) if form is None else element(form, self.field)

    def bound(self, index: str, form: Linear) -> "Scope":
        """The scope in which an index is that form."""
        return replace(self, indices={**self.indices, index: form})


def linear(node: Node, scope: Scope, what: str) -> Linear:
    """The value as a linear form in the indices with whole numbers; NoClosedFormError if it is none."""
    form = value(node, scope).linear()
    if form is None:
        raise NoClosedFormError(f"{what} that is no linear form of the indices")
    for name, coefficient in form.coefficients.items():
        if coefficient.denominator == 2:
            raise Cases(even=name)
    if any(x.denominator > 1 for x in (form.constant, *form.coefficients.values())):
        raise NoValueError(f"{what} that is no whole number")
    return form


def value(node: Node, scope: Scope) -> Element:
    """The value of an expression.

    Raises
    ------
    Cases
        If it depends on what is told of the indices.
    NoValueError
        If it has none, as one that divides by 0.
    NoClosedFormError
        If it has none of the form that is looked for here.
    """
    of = scope.field
    scope.needs.work += 1
    if scope.needs.work > MOST_WORK:
        raise NoClosedFormError("a value that takes too long")
    match node:
        case Number(number):
            return of.constant(number)
        case Name(name):
            return _named(name, scope)
        case Plus(terms):
            total = value(terms[0], scope)
            for term in terms[1:]:
                total = total + value(term, scope)
            return total
        case Times(factors):
            return _product(factors, scope)
        case Over(Differential(body), Differential(Name(name))):
            return _derivative(body, name, scope)
        case Over(above, below):
            divisor = value(below, scope)
            if divisor.number is None:
                scope.needs.nonzero.append(divisor)
            return value(above, scope) / divisor
        case Power(base, exponent):
            return _power(base, exponent, scope)
        case Sum():
            return _sum(node, scope)
        case Call(name, arguments, order):
            return _call(name, arguments, order, scope)
        case Limit(body, variable, Name("oo")):
            return _limit(body, variable, scope)
    raise NoClosedFormError("matrices in a claim about numbers")


def _derivative(body: Node, name: str, scope: Scope) -> Element:
    """By a symbol, all others fixed; then they get the values that they have."""
    if name in INDICES:
        raise ValueError(f"claim: {name} is a whole number, by which nothing is differentiated")
    if name in scope.free.numbers and scope.free.numbers[name] != scope.field.named(name):
        raise ValueError(f"claim: {name} is a number of this network, by which nothing is differentiated")
    slope = value(body, replace(scope, theory=scope.free, symbols={})).derivative(name)
    for symbol, x in scope.symbols.items():
        slope = slope.at(symbol, x)
    return slope


def _limit(body: Node, variable: str, scope: Scope) -> Element:
    """The limit as the width or an index grows."""
    if variable == "n":
        zero = scope.field.constant(0)
        scope = replace(scope, symbols={name: x for name, x in scope.symbols.items() if name != "n"})
        try:
            return wide(body, scope, exact=False).limit(zero)
        except NoClosedFormError:
            return wide(body, scope, exact=True).limit(zero)
    if variable not in INDICES:
        raise NoClosedFormError("a limit by what is neither the width nor an index")
    fresh = _fresh(variable, scope)
    scope.field.indices.add(fresh)
    inner = replace(scope, needs=Needs()).bound(variable, Linear(Fraction(MOST_SHIFT), {fresh: Fraction(1)}))
    limit = _as_it_grows(_body(body, inner, fresh), fresh, scope)
    needs = inner.needs
    for x in [*needs.nonzero, *(base for base, _ in needs.powers)]:
        ratio, _, leading = _leading(Element(scope.field, x.numerator), fresh, scope.field)
        scope.needs.apart += [part for part in (ratio, leading) if part.number is None]
    scope.needs.below_one += needs.below_one
    scope.needs.apart += needs.apart
    scope.needs.used |= needs.used
    return limit


def _as_it_grows(x: Element, index: str, scope: Scope) -> Element:
    """The limit of an element as an index grows, by the terms that outgrow the others."""
    of = scope.field
    if x == 0:
        return x
    (ratio, degree, above), (other, other_degree, below) = (
        _leading(Element(of, polynomial), index, of) for polynomial in (x.numerator, x.denominator)
    )
    scope.needs.apart += [part for part in (other, below) if part.number is None]
    ratio = ratio / other
    if ratio != 1:
        scope.needs.apart += [ratio - of.constant(1)] if ratio.number is None else []
        number = ratio.number
        if number is not None and abs(number) >= 1:
            raise NoValueError("a limit that does not exist")
        scope.needs.below_one.append(ratio)
        return of.constant(0)
    if degree > other_degree:
        raise NoValueError("a limit that does not exist: it grows without bound")
    return above / below if degree == other_degree else of.constant(0)


def _leading(x: Element, index: str, of: Field) -> tuple[Element, int, Element]:
    """The base, the degree and the coefficient of the term that outgrows the others."""
    terms = terms_of(x, index)
    if not terms:
        return of.constant(1), -1, of.constant(0)
    ratios = [term.ratio for term in terms]
    numbers = [ratio.number for ratio in ratios]
    greatest = ratios[0]
    if any(ratio != greatest for ratio in ratios):
        if any(number is None for number in numbers):
            raise NoClosedFormError("a limit that depends on which power is the greatest")
        sizes = [abs(number) for number in numbers if number is not None]
        greatest = ratios[sizes.index(max(sizes))]
        if sum(ratio == greatest for ratio in ratios) != sum(size == max(sizes) for size in sizes):
            raise NoClosedFormError("a limit of powers of r and of -r")
    degree = max(term.degree for term in terms if term.ratio == greatest)
    leading = next(term for term in terms if term.ratio == greatest and term.degree == degree)
    return greatest, degree, leading.coefficient


def wide(node: Node, scope: Scope, *, exact: bool) -> Series:
    """An expression in powers of 1/n: by the laws of wide networks, or from the exact moments."""
    theory = scope.theory
    match node:
        case Call("E", (Call("Theta", lags),)):
            i, j = (linear(lag, scope, "a lag") for lag in lags)
            scope.needs.used.add("E[Theta]")
            if exact:
                return Series.of(theory.mean(i, j, scope.field.named("n")))
            return theory.wide_mean(i, j)
        case Call("Var" | "Cov", arguments) if all(
            isinstance(one, Call) and one.name == "Theta" for one in arguments
        ):
            each = [linear(lag, scope, "a lag") for one in arguments for lag in children(one)]
            i, j, k, l = each * (3 - len(arguments))  # noqa: E741 - a lag
            scope.needs.used.add("Var")
            if exact:
                return Series.of(theory.covariance(i, j, k, l, scope.field.named("n")))
            return theory.wide_covariance(i, j, k, l)
        case Call("Theta", lags):
            i, j = (linear(lag, scope, "a lag") for lag in lags)
            scope.needs.used.add("Theta")
            return Series({0: theory.limit(i, j)}, 0)
        case Plus(terms):
            parts = [wide(term, scope, exact=exact) for term in terms]
            return sum(parts[1:], parts[0])
        case Times(factors):
            total = wide(factors[0], scope, exact=exact)
            for factor in factors[1:]:
                total = total * wide(factor, scope, exact=exact)
            return total
        case Over(above, below) if not isinstance(above, Differential):
            return wide(above, scope, exact=exact) * wide(below, scope, exact=exact).inverse()
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 0 < exponent <= MOST_SHIFT:
            total = part = wide(base, scope, exact=exact)
            for _ in range(int(exponent) - 1):
                total = total * part
            return total
    return Series.of(value(node, scope))


def _named(name: str, scope: Scope) -> Element:
    if name in INDICES:
        return scope.index(name)
    if name in scope.symbols:
        return scope.symbols[name]
    scope.needs.used.add(name)
    return scope.theory.named(name, scope.needs)


def _product(factors: tuple[Node, ...], scope: Scope) -> Element:
    total, lost, nothing = scope.field.constant(1), None, False
    for factor in factors:
        try:
            own = value(factor, scope)
            total, nothing = total * own, nothing or (own == 0 and is_of_indices(factor, INDICES))
        except NoValueError as error:
            if not isinstance(factor, Power):
                raise
            lost = error
    if lost is not None and not nothing:
        raise lost
    return total


def _power(base: Node, exponent: Node, scope: Scope) -> Element:
    of_base, of_exponent = value(base, scope), value(exponent, scope)
    form = of_exponent.linear()
    if form is not None:
        if abs(form.constant) > MOST_EXPONENT:
            raise NoClosedFormError(f"an exponent beyond {MOST_EXPONENT}")
        if of_base.number is None and not form.is_natural:
            if form.coefficients:
                scope.needs.powers.append((of_base, form))
            elif form.constant < 0:
                scope.needs.nonzero.append(of_base)
    return of_base**of_exponent


def _sum(node: Sum, scope: Scope) -> Element:
    of = scope.field
    first = linear(node.first, scope, "a bound of a sum")
    fresh = _fresh(node.index, scope)
    inside = scope.bound(node.index, Linear(first.constant, {**first.coefficients, fresh: Fraction(1)}))
    if node.last == Name("oo"):
        found = summed(_body(node.body, inside, fresh), fresh, None)
        if any(ratio.number is not None and abs(ratio.number) >= 1 for ratio in found.ratios):
            raise NoValueError("a sum that grows without bound")
        scope.needs.below_one.extend(found.ratios)
        return found.value
    last = linear(node.last, scope, "a bound of a sum")
    terms = difference(last, first)
    terms = Linear(terms.constant + 1, terms.coefficients)
    if not terms.coefficients:
        count = int(terms.constant)
        if count > MOST_TERMS:
            return summed(_body(node.body, inside, fresh), fresh, of.constant(count)).value
        total = of.constant(0)
        for k in range(count):
            total = total + value(
                node.body, scope.bound(node.index, Linear(first.constant + k, first.coefficients))
            )
        return total
    if not terms.is_natural and sign(terms) < 0:
        return of.constant(0)
    return summed(_body(node.body, inside, fresh), fresh, element(terms, of)).value


def _fresh(index: str, scope: Scope) -> str:
    """A name for the index of a sum that nothing in the scope has."""
    taken = {name for form in scope.indices.values() for name in form.coefficients}
    return next(name for k in range(len(taken) + 1) if (name := f"{index}#{k}") not in taken)


def _body(body: Node, inside: Scope, index: str) -> Element:
    """What is summed, or tends to a limit; no cases can be told of the index."""
    inside.field.indices.add(index)
    try:
        return value(body, inside)
    except Cases as cases:
        asked = {cases.even} if cases.form is None else {*cases.form.coefficients}
        if index in asked:
            raise NoClosedFormError("a sum or a limit whose terms are of different forms") from None
        raise


def _call(name: str, arguments: tuple[Node, ...], order: int, scope: Scope) -> Element:
    theory, needs = scope.theory, scope.needs
    if name != "E":
        needs.used.add(name)
    match name, arguments:
        case "rho", (lag,):
            return theory.rho(linear(lag, scope, "a lag"))
        case "prior_variance", (lag,):
            return theory.prior_variance(linear(lag, scope, "a lag"))
        case "sensitivity", (lag,):
            return theory.sensitivity(linear(lag, scope, "a lag"))
        case "partial_sum", (lags,):
            return theory.partial_sum(linear(lags, scope, "a number of lags"))
        case "tail_mass", (lag,):
            return theory.total(needs) - theory.partial_sum(linear(lag, scope, "a lag"))
        case "G", (point,):
            return theory.generating_function(value(point, scope), order, needs)
        case "E", (Call("Theta", lags),):
            needs.used.add("E[Theta]")
            one, other = (linear(lag, scope, "a lag") for lag in lags)
            return theory.mean(one, other, _width(scope))
        case "E", (body,):
            return _moments(body, scope)
        case "Var" | "Cov", _ if all(isinstance(one, Call) and one.name == "Theta" for one in arguments):
            each = [linear(lag, scope, "a lag") for one in arguments for lag in children(one)]
            i, j, k, l = each * (3 - len(arguments))  # noqa: E741 - a lag
            return theory.covariance(i, j, k, l, _width(scope))
        case "Theta", (i, j):
            return _two_lags(i, j, scope)
        case "delta", (first, second):
            return scope.field.constant(int(_order(first, second, scope) == 0))
        case "min" | "max", (first, second):
            least = first if _order(first, second, scope) <= 0 else second
            return value(least if name == "min" else second if least is first else first, scope)
        case "binom", (above, below):
            return _binomial(linear(above, scope, "an index"), linear(below, scope, "an index"), scope)
        case "diff", (body, Name(by)):
            return _derivative(body, by, scope)
    raise NoClosedFormError(f"{name} in such a place")


def _moments(body: Node, scope: Scope) -> Element:
    """The expectation of a sum of products of traces."""
    from verify.claims.moments import expected_products, words_of
    from verify.claims.quantities import of_sympy

    theory = scope.theory
    scope.needs.used.add("tr")
    known = {name: scope.symbols.get(name, scope.field.named(name)) for name in ("n", "n_x", "n_y")}
    known |= {name: theory.numbers[name] for name in ("nu_W", "nu_F", "nu_C") if name in theory.numbers}
    if not theory.gaussian:
        raise NoClosedFormError("the moments of such a network's matrices")
    total = scope.field.constant(0)
    for scalars, words in words_of(body):
        part = of_sympy(expected_products(words), scope.field, known) if words else scope.field.constant(1)
        for scalar in scalars:
            part = part * value(scalar, scope)
        total = total + part
    return total


def _order(first: Node, second: Node, scope: Scope) -> int:
    return sign(difference(linear(first, scope, "an index"), linear(second, scope, "an index")))


def _width(scope: Scope) -> Element:
    return scope.symbols.get("n", scope.field.named("n"))


def _two_lags(i: Node, j: Node, scope: Scope) -> Element:
    """Theta at lags is random, its limit is not; Theta(z, w) is the generating function of the limit."""
    if any(isinstance(one, Name) and one.name in ("z", "w", "u") for lag in (i, j) for one in nodes(lag)):
        scope.needs.used.add("Theta(z,w)")
        scope.needs.used.discard("Theta")
        return scope.theory.of_two(value(i, scope), value(j, scope))
    raise NoClosedFormError(
        "Theta is random: claim something of lim Theta, E[Theta], Var[Theta] or what Theta -> "
    )


def _binomial(above: Linear, below: Linear, scope: Scope) -> Element:
    """A binomial coefficient; with a number below, or n - k of one, a polynomial."""
    if above.coefficients and below.coefficients:
        below = difference(above, below)
    if below.coefficients:
        raise NoClosedFormError("a binomial coefficient that is no polynomial in an index")
    natural(above, "a binomial coefficient")
    if below.constant < 0:
        return scope.field.constant(0)
    if below.constant > MOST_TERMS or above.constant > MOST_TERMS:
        raise NoClosedFormError("a binomial coefficient of such numbers")
    if not above.coefficients:
        return scope.field.constant(comb(int(above.constant), int(below.constant)))
    total, top = scope.field.constant(1), element(above, scope.field)
    for k in range(int(below.constant)):
        total = total * (top - k) / (k + 1)
    return total
