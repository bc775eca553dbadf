r"""Sums over natural indices between linear bounds, and whether such sums cancel.

A *region* is the set of natural index vectors at which given linear forms are not negative.  Elliott's
algorithm (1903; MacMahon, Combinatory Analysis, section VIII) writes it as a disjoint union of *pieces*

    b + lambda_1 g_1 + ... + lambda_m g_m,      lambda_1, ..., lambda_m = 0, 1, 2, ...,

each point of a piece once.  To see that a form a lambda_r - c lambda_s + ... (a, c > 0) is not negative,
split by which of lambda_r and lambda_s is greater and put lambda_s + mu for the greater: the form's
coefficients get smaller.  When all have one sign, the constant is used up step by step.

A sum over a piece of a polynomial in lambda times monomials whose exponents are linear in lambda is a
rational function, as with Stirling's numbers S(a, s)

    sum_k k^a z^k = sum_s S(a, s) s! z^s / (1 - z)^(s+1).

So a sum of such sums vanishes, coefficient by coefficient, exactly if the numerator over a common denominator
is the zero polynomial.  No number of cases is tried, and none is left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import factorial, prod
from typing import Any

import sympy
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

__all__ = [
    "Linear",
    "Monomial",
    "Piece",
    "Weighted",
    "generating_function",
    "linear",
    "monomials",
    "pieces",
    "stirling",
    "sums_vanish",
]

_MOST_PIECES = 20_000
_MOST_FACTORS = 20_000
"""By which numerators are multiplied."""


@dataclass(frozen=True)
class Linear:
    """A linear form in named indices with whole coefficients.

    >>> k, j = Linear.of("k"), Linear.of("j")
    >>> print(j - k - Linear(1), (j - k).at({"k": 2, "j": 5}))
    j - k - 1 3
    """

    constant: int = 0
    slopes: tuple[tuple[str, int], ...] = ()
    """Ascending by name, none zero."""

    @staticmethod
    def of(name: str) -> "Linear":
        """The index of that name."""
        return Linear(0, ((name, 1),))

    @staticmethod
    def combined(constant: int, slopes: Mapping[str, int]) -> "Linear":
        """The form with these coefficients."""
        return Linear(constant, tuple(sorted((name, slope) for name, slope in slopes.items() if slope)))

    def __add__(self, other: "Linear") -> "Linear":
        if not other.slopes:
            return Linear(self.constant + other.constant, self.slopes)
        slopes = Counter(dict(self.slopes))
        slopes.update(dict(other.slopes))
        return Linear.combined(self.constant + other.constant, slopes)

    def __neg__(self) -> "Linear":
        return self.times(-1)

    def __sub__(self, other: "Linear") -> "Linear":
        return self + -other

    def times(self, factor: int) -> "Linear":
        """The multiple."""
        return Linear.combined(self.constant * factor, {name: slope * factor for name, slope in self.slopes})

    def at(self, values: Mapping[str, int]) -> int:
        """The value where all indices have these."""
        return self.constant + sum(slope * values[name] for name, slope in self.slopes)

    def put(self, forms: Mapping[str, "Linear"]) -> "Linear":
        """The form with others in the place of some indices."""
        result = Linear(self.constant)
        for name, slope in self.slopes:
            result += forms.get(name, Linear.of(name)).times(slope)
        return result

    def sympy(self) -> sympy.Expr:
        """The same as SymPy's expression."""
        return sympy.Add(self.constant, *(slope * sympy.Symbol(name) for name, slope in self.slopes))

    def __str__(self) -> str:
        return str(self.sympy())


@dataclass(frozen=True)
class Piece:
    """Points ``b + sum lambda_r g_r``: each index as a linear form in the free parameters."""

    indices: tuple[tuple[str, Linear], ...]
    parameters: tuple[str, ...]


def pieces(indices: Sequence[str], constraints: Iterable[Linear]) -> list[Piece]:
    """The natural points where no constraint is negative, as disjoint pieces.

    Raises
    ------
    OverflowError
        If there are more than 20,000 pieces.

    >>> i, j = Linear.of("i"), Linear.of("j")
    >>> for piece in pieces(["i", "j"], [j - i - Linear(1)]):
    ...     print(*(f"{name} = {form}" for name, form in piece.indices), sep=", ")
    i = _0, j = _0 + _1 + 1
    """
    found: list[Piece] = []
    names = [f"_{number}" for number in range(len(indices))]
    start = {index: Linear.of(name) for index, name in zip(indices, names, strict=True)}
    stack: list[tuple[dict[str, Linear], list[Linear]]] = [
        (start, [constraint.put(start) for constraint in constraints])
    ]
    while stack:
        if len(stack) + len(found) > _MOST_PIECES:
            raise OverflowError(f"the indices' range falls into more than {_MOST_PIECES} pieces")
        point, left = stack.pop()
        if not left:
            used = sorted({name for form in point.values() for name, _ in form.slopes})
            found.append(Piece(tuple(point.items()), tuple(used)))
            continue
        form = left[-1]
        positive = [name for name, slope in form.slopes if slope > 0]
        negative = [name for name, slope in form.slopes if slope < 0]
        if not negative and form.constant >= 0:
            stack.append((point, left[:-1]))
            continue
        if not positive and form.constant < 0:
            continue
        if positive and negative:
            greater, lesser = positive[0], negative[0]
            one, other = Linear.of(greater), Linear.of(lesser)
            substitutions = [{greater: one + other}, {lesser: other + one + Linear(1)}]
        else:
            name = (positive or negative)[0]
            substitutions = [{name: Linear(0)}, {name: Linear.of(name) + Linear(1)}]
        stack += [
            ({index: at.put(forms) for index, at in point.items()}, [other.put(forms) for other in left])
            for forms in substitutions
        ]
    return found


@dataclass(frozen=True)
class Weighted:
    """A sum over natural parameters: of ``coefficient`` times variables to the ``exponents``.

    The coefficient is a SymPy expression: a polynomial in parameters and other symbols, times numbers and
    symbols to powers that are linear in the parameters.
    """

    coefficient: sympy.Expr
    exponents: tuple[tuple[str, Linear], ...]
    parameters: tuple[str, ...]

    @property
    def negative(self) -> "Weighted":
        """The same with the other sign."""
        return replace(self, coefficient=-self.coefficient)


@dataclass(frozen=True)
class Monomial:
    """The product of a number and powers of parameters, bases and variables, summed over the parameters."""

    number: fmpq
    powers: Mapping[str, int]
    bases: tuple[tuple[fmpq, Linear], ...]
    exponents: Mapping[str, Linear]
    parameters: tuple[str, ...]


def sums_vanish(sums: Iterable[Weighted]) -> bool:
    """Whether the sums add up to zero, at each monomial in the variables.

    Raises
    ------
    ValueError
        If a coefficient is not of the form that :class:`Weighted` says, or a sum does not converge because
        infinitely many points have the same monomial.

    Two ways to write the sum of j x^j, and one that misses an end:

    >>> j, form = sympy.Symbol("j"), Linear.of("j")
    >>> direct = Weighted(j, (("x", form),), ("j",))
    >>> shifted = Weighted(-j - 1, (("x", form + Linear(1)),), ("j",))
    >>> sums_vanish([direct, shifted]), sums_vanish([direct, replace(shifted, coefficient=-j)])
    (True, False)
    """
    above, _, _ = _total(sums)
    return not above.to_dict()


def generating_function(
    sums: Iterable[Weighted], names: Mapping[str, sympy.Expr], *, most: int = 100
) -> sympy.Expr:
    """The sum as a rational function, with these expressions for the variables.

    Raises
    ------
    ValueError
        As :func:`sums_vanish`, or if an exponent is negative, or the numerator has more than ``most`` terms.

    >>> x = sympy.Symbol("x")
    >>> natural = Weighted(sympy.Symbol("j"), (("length", Linear.of("j")),), ("j",))
    >>> generating_function([natural], {"length": x})
    x/(1 - x)**2
    """
    above, below, variables = _total(sums, negative=False)
    if len(above) > most:
        raise ValueError(f"the numerator has {len(above)} terms")

    def mark(name: str) -> sympy.Expr:
        return sympy.sqrt(sympy.Symbol(name[1:])) if name.startswith("^") else names[name]

    def monomial(powers: Iterable[int]) -> sympy.Expr:
        return sympy.Mul(*(mark(name) ** power for name, power in zip(variables, powers, strict=False)))

    def rational(number: fmpq) -> sympy.Rational:
        return sympy.Rational(int(number.p), int(number.q))

    numerator = sympy.Add(
        *(rational(number) * monomial(powers) for powers, number in above.to_dict().items())
    )
    denominator = sympy.Mul(
        *((1 - rational(ratio) * monomial(powers)) ** times for (powers, ratio), times in below.items())
    )
    return sympy.factor(numerator) / denominator


def _total(sums: Iterable[Weighted], *, negative: bool = True) -> tuple[fmpq_mpoly, Counter[Any], list[str]]:
    """The numerator, the factors of the denominator, and the variables."""
    terms = [monomial for weighted in sums for monomial in monomials(weighted)]
    variables = sorted({name for monomial in terms for name in monomial.exponents})
    moved = _without_negative_exponents(terms, variables)
    if moved is not terms and not negative:
        raise ValueError("an exponent is negative")
    terms = moved
    ring = fmpq_mpoly_ctx.get([f"x{number}" for number in range(max(1, len(variables)))], Ordering.lex)
    parts: dict[frozenset[Any], fmpq_mpoly] = defaultdict(lambda: ring.constant(0))
    common: Counter[Any] = Counter()
    for monomial in terms:
        for above, below in _summed(monomial, variables, ring):
            parts[frozenset(below.items())] += above
            common |= below
    if len(parts) * common.total() > _MOST_FACTORS:
        raise OverflowError(f"a generating function with {common.total()} poles")
    total = ring.constant(0)
    for own, above in parts.items():
        others = common - Counter(dict(own))
        total += above * prod(_one_less(factor, ring) ** power for factor, power in others.items())
    return total, common, variables


def linear(expression: sympy.Expr, indices: Iterable[str]) -> Linear | None:
    """The expression as a linear form with whole coefficients in these indices; None if it is none.

    >>> print(linear(sympy.sympify("2*j - (k + 1)"), ["j", "k"]), linear(sympy.sympify("j*k"), ["j", "k"]))
    2*j - k - 1 None
    """
    slopes, constant, known = {}, 0, {*indices}
    for monomial, factor in sympy.expand(expression).as_coefficients_dict().items():
        if not factor.is_Integer:
            return None
        if monomial == 1:
            constant = int(factor)
        elif monomial.is_Symbol and monomial.name in known:
            slopes[monomial.name] = int(factor)
        else:
            return None
    return Linear.combined(constant, slopes)


def monomials(weighted: Weighted) -> Iterator[Monomial]:
    """The sum's terms, of the form that :class:`Weighted` says; ``ValueError`` if there is another."""
    for term in sympy.Add.make_args(sympy.expand(weighted.coefficient)):
        number, powers, bases = fmpq(1), Counter[str](), list[tuple[fmpq, Linear]]()
        exponents = dict(weighted.exponents)
        for factor in sympy.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            doubled = linear(2 * exponent, weighted.parameters)  # of a square root
            if factor.is_Rational:
                number *= fmpq(int(factor.p), int(factor.q))
            elif base.is_Symbol and base.name in weighted.parameters:
                if not exponent.is_Integer or exponent < 0:
                    raise ValueError(f"{factor} is no polynomial in {base}")
                powers[base.name] += int(exponent)
            elif base.is_Symbol and doubled is not None:
                exponents[f"^{base}"] = exponents.get(f"^{base}", Linear()) + doubled
            elif base.is_Rational and base != 0 and (whole := linear(exponent, weighted.parameters)):
                bases.append((fmpq(int(base.p), int(base.q)), whole))
            else:
                raise ValueError(
                    f"{factor} is neither polynomial in the indices nor a power of a number or symbol"
                )
        if number:
            yield Monomial(number, powers, tuple(bases), exponents, weighted.parameters)


def _without_negative_exponents(monomials: list[Monomial], variables: list[str]) -> list[Monomial]:
    """The same with each variable multiplied by a power of the others, all alike, which is reversible.

    Only powers of symbols can be negative; the others are lengths and indices.
    """
    result = monomials
    for name in variables:
        forms = [monomial.exponents.get(name, Linear()) for monomial in result]
        least = min((slope for form in forms for _, slope in form.slopes), default=0)
        constant = min((form.constant for form in forms), default=0)
        if min(least, constant) >= 0:
            continue
        moved = []
        for monomial, form in zip(result, forms, strict=True):
            natural = sum(
                (at for other, at in monomial.exponents.items() if not other.startswith("^")), Linear()
            )
            shifted = form + natural.times(max(0, -least)) + Linear(max(0, -constant))
            moved.append(replace(monomial, exponents={**monomial.exponents, name: shifted}))
        result = moved
    return result


def _summed(
    monomial: Monomial, variables: list[str], ring: fmpq_mpoly_ctx
) -> list[tuple[fmpq_mpoly, Counter[Any]]]:
    """The sum over the parameters: numerators, each over powers of factors 1 - c x^g."""
    forms = [monomial.exponents.get(name, Linear()) for name in variables]
    number = monomial.number
    for base, form in monomial.bases:
        number *= base**form.constant
    start = ring.from_dict({_padded(form.constant for form in forms): number})
    parts: list[tuple[fmpq_mpoly, Counter[Any]]] = [(start, Counter())]
    for name in monomial.parameters:
        slopes = _padded(dict(form.slopes).get(name, 0) for form in forms)
        ratio = fmpq(1)
        for base, form in monomial.bases:
            ratio *= base ** dict(form.slopes).get(name, 0)
        if not any(slopes):
            raise ValueError(f"infinitely many terms of a sum are alike: nothing tells {name}")
        step, power = ring.from_dict({slopes: ratio}), monomial.powers.get(name, 0)
        factor = slopes, ratio
        parts = [
            (above * step**s * (stirling(power, s) * factorial(s)), below + Counter({factor: s + 1}))
            for above, below in parts
            for s in range(power + 1)
            if stirling(power, s)
        ]
    return parts


def _padded(exponents: Iterable[int]) -> tuple[int, ...]:
    """Of one variable at least, for a ring has one."""
    return tuple(exponents) or (0,)


def _one_less(factor: Any, ring: fmpq_mpoly_ctx) -> fmpq_mpoly:
    slopes, ratio = factor
    return ring.constant(1) - ring.from_dict({slopes: ratio})


@cache
def stirling(n: int, k: int) -> int:
    """The number of partitions of n things into k classes."""
    if n == k == 0:
        return 1
    return 0 if n == 0 or k == 0 else k * stirling(n - 1, k) + stirling(n - 1, k - 1)
