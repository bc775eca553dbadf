r"""Polynomial inequalities, by z3's nlsat: whether there is a point, and which one.

A relation between elements of :mod:`derivations.exponentials` becomes one between polynomials in the
symbols, the indices and the powers ``g = b^i``, all of them real variables: a point without which there is
no counterexample. That there is none proves the claim; a point that is found may be none of natural indices,
and refutes only if there are no indices.  What is told of a power, for natural i:

    b >= 0  =>  g >= 0 and g >= 1 + i (b - 1),          b > 0  =>  g > 0,
    b <= 1  =>  g <= 1 and g (1 + i (1 - b)) <= 1,       b >= 1  =>  g >= 1,

Bernoulli's inequality, for b and for 1/b, as ``1/b - 1 >= 1 - b``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from flint import fmpq_mpoly

from derivations.exponentials import Element, Field, Power
from verify.claims.relations import NOT_NEGATIVE, Relation

__all__ = ["Found", "search"]

DIGITS = 12
"""Of a number between algebraic ones."""


@dataclass(frozen=True)
class Found:
    """Whether relations can hold together, and where."""

    answer: Literal["nowhere", "somewhere", "unknown"]
    point: Mapping[str, Fraction]


def search(relations: Iterable[Relation], field: Field, milliseconds: int) -> Found:
    """Where all relations hold, within the natural range of all names.

    >>> from verify.claims.relations import Relation
    >>> field = Field()
    >>> w = field.named("nu_W")
    >>> search([Relation(w * w - 2 * w + 1, "<")], field, 1000).answer
    'nowhere'
    >>> search([Relation(w * w - 2 * w + 1, "<="), Relation(w - 5, "<")], field, 1000).point
    {'nu_W': Fraction(1, 1)}
    """
    import z3

    variables: dict[str, Any] = {}

    def real(place: int) -> Any:
        return variables.setdefault(str(field.keys[place]), z3.Real(f"x{place}"))

    def polynomial(p: fmpq_mpoly) -> Any:
        terms = []
        for exponents, c in p.terms():
            factors = [z3.RealVal(f"{int(c.p)}/{int(c.q)}")]
            for place, e in enumerate(exponents):
                factors += [real(place)] * int(e) if e else []
            terms.append(z3.Product(factors) if len(factors) > 1 else factors[0])
        return z3.Sum(terms) if terms else z3.RealVal(0)

    solver = z3.Tactic("qfnra-nlsat").solver()
    solver.set("timeout", milliseconds)
    for relation in relations:
        x = relation.value
        if relation.relation in ("=", "!="):
            top = polynomial(x.numerator)
            solver.add(top == 0 if relation.relation == "=" else top != 0)
        else:
            for factor in _signed(x, strict=relation.relation == "<"):
                solver.add(_less(polynomial(factor), relation.relation))
        if not x.denominator.is_constant():
            solver.add(polynomial(x.denominator) != 0)
    for name, variable in [*variables.items()]:
        key = next(key for key in field.keys if str(key) == name)
        if isinstance(key, Power):
            base, i = polynomial(field.base(key).numerator), real(field.keys.index(field.key(key.index)))
            solver.add(z3.Implies(base >= 0, z3.And(variable >= 0, variable >= 1 + i * (base - 1))))
            solver.add(z3.Implies(base > 0, variable > 0))
            solver.add(
                z3.Implies(
                    z3.And(base >= 0, base <= 1), z3.And(variable <= 1, variable * (1 + i * (1 - base)) <= 1)
                )
            )
            solver.add(z3.Implies(base >= 1, variable >= 1))
    for name, variable in variables.items():
        if name in NOT_NEGATIVE or name in field.indices:
            solver.add(variable >= 0)
        elif name in ("n", "n_x", "n_y"):
            solver.add(variable >= 1)
    answer = solver.check()
    if answer == z3.unsat:
        return Found("nowhere", {})
    if answer != z3.sat:
        return Found("unknown", {})
    model = solver.model()
    point = {}
    for name, variable in variables.items():
        number = model.eval(variable, model_completion=True)
        if z3.is_algebraic_value(number):
            number = number.approx(DIGITS)
        point[name] = Fraction(number.numerator_as_long(), number.denominator_as_long())
    return Found("somewhere", point)


def _less(p: Any, relation: str) -> Any:
    return p < 0 if relation == "<" else p <= 0


def _signed(x: Element, *, strict: bool) -> Sequence[fmpq_mpoly]:
    """Polynomials that are all negative if the fraction is; of a strict relation without squares."""
    if not strict:
        return [x.numerator * x.denominator]
    product = None
    sign = 1
    for polynomial in (x.numerator, x.denominator):
        content, factors = polynomial.factor()
        sign *= -1 if content < 0 else 1
        for factor, m in factors:
            if m % 2:
                product = factor if product is None else product * factor
    constant = x.field.ring.constant(sign)
    return [constant if product is None else product * sign]
