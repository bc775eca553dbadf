"""For what a claim is made: its conditions, as values of symbols and indices and as inequalities that remain.

By itself nu_W, nu_F, nu_C and the rates are any real numbers that are not negative, indices natural numbers,
n a whole number from 1 on, z a real number.  Equations among the conditions are solved, if they are linear
in one of their names; inequalities of indices become substitutions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from derivations.exponentials import Element, Linear, NoClosedFormError, NoValueError
from verify.claims.cases import Substitution, difference, not_negative, positive, substituted, zero
from verify.claims.evaluating import Scope, value
from verify.claims.inequalities import search
from verify.claims.needs import Needs
from verify.claims.quantities import Theory
from verify.claims.relations import NOT_NEGATIVE, Relation
from verify.claims.syntax import Condition, Limit, nodes

__all__ = ["Domain", "composed", "domain_of", "solved"]

MILLISECONDS = 500
"""For the question whether a condition has other solutions."""


@dataclass(frozen=True)
class Domain:
    """Where a claim is to hold.

    Attributes
    ----------
    symbols
        Those that have a value by a condition.
    branches
        Substitutions of the indices; each is a part of the domain, and together they are all of it.
    relations
        What remains, of symbols.
    rest
        Conditions that are not expressed so; they are only looked at where all is a number.
    """

    theory: Theory
    symbols: Mapping[str, Element]
    branches: tuple[Substitution, ...]
    relations: tuple[Relation, ...]
    rest: tuple[Condition, ...] = ()

    def scope(self, branch: Substitution) -> Scope:
        """The scope of a branch."""
        return Scope(self.theory.at(self.symbols), self.theory, branch, self.symbols, Needs())

    def completed(self, point: Mapping[str, Fraction]) -> dict[str, Fraction] | None:
        """A point with the values that conditions give to the other symbols; None outside the domain."""
        full = dict(point)
        for x in [*self.symbols.values(), *(relation.value for relation in self.relations)]:
            full |= {str(key): Fraction(1) for key in x.keys if str(key) not in full}
        for name, x in self.symbols.items():
            number = x.value(full)
            if number is None or (name in NOT_NEGATIVE and number < 0):
                return None
            full[name] = number
        if any(x < 1 or x.denominator > 1 for name, x in full.items() if name in ("n", "n_x", "n_y")):
            return None
        for relation in self.relations:
            number = relation.value.value(full)
            if number is None or not relation.holds(number):
                return None
        return full


def domain_of(conditions: Iterable[Condition], theory: Theory) -> Domain:
    """The domain that conditions describe."""
    domain = Domain(theory, {}, ({},), ())
    for condition in sorted(conditions, key=lambda one: one.relation != "="):
        domain = _with(domain, condition)
    return domain


def _with(domain: Domain, condition: Condition) -> Domain:
    """The part of a domain where a condition has a value and holds."""
    if any(isinstance(part, Limit) for side in (condition.left, condition.right) for part in nodes(side)):
        raise ValueError("claim: a condition has no limits; say where they exist")
    scope = domain.scope({})
    left, right = value(condition.left, scope), value(condition.right, scope)
    needs, one = scope.needs, domain.theory.field.constant(1)
    if needs.powers or any(x.indices for x in (*needs.nonzero, *needs.below_one)):
        raise ValueError("claim: a condition divides by nothing that an index is in")
    exists = [Relation(x, "!=") for x in needs.nonzero]
    exists += [Relation(sign * x - one, "<") for x in needs.below_one for sign in (1, -1)]
    domain = replace(domain, relations=(*domain.relations, *exists))
    if condition.relation in (">", ">="):
        left, right = right, left
    relation = condition.relation.replace(">", "<")
    apart = left - right
    if apart.indices:
        return _of_indices(domain, left, right, relation, condition)
    if relation == "=" and (there := solved(domain, apart)) is not None:
        return there
    return replace(domain, relations=(*domain.relations, Relation(apart, relation)))


def solved(domain: Domain, apart: Element) -> Domain | None:
    """The domain where an element is 0, solved for a symbol that it is linear in; None if there is none."""
    indices = domain.theory.field.indices
    known = [name for name in apart.keys if isinstance(name, str) and name not in indices]
    for name in sorted(known, key=str):
        slope = apart.derivative(name)
        if name in slope.keys or slope == 0 or not _is_needed(domain, slope, apart):
            continue
        try:
            root = domain.theory.field.named(name) - apart / slope
            symbols = {other: x.at(name, root) for other, x in domain.symbols.items()}
            relations = tuple(Relation(r.value.at(name, root), r.relation) for r in domain.relations)
        except NoValueError:  # a condition divides by 0 there
            return None
        if name in root.keys:
            continue
        return replace(domain, symbols={**symbols, name: root}, relations=relations)
    return None


def _is_needed(domain: Domain, slope: Element, apart: Element) -> bool:
    """Whether an element is 0 nowhere that its slope is: there it would be so for any value of the symbol."""
    both = [*domain.relations, Relation(slope, "="), Relation(apart, "=")]
    return slope.number is not None or search(both, domain.theory.field, MILLISECONDS).answer == "nowhere"


def _of_indices(domain: Domain, left: Element, right: Element, relation: str, condition: Condition) -> Domain:
    forms = left.linear(), right.linear()
    if forms[0] is None or forms[1] is None:
        return replace(domain, rest=(*domain.rest, condition))
    form = difference(forms[1], forms[0])  # to be not negative, positive, 0 or not 0
    branches: list[Substitution] = []
    for branch in domain.branches:
        here = substituted(form, branch)
        try:
            found = _parts(here, relation)
        except NoClosedFormError:
            return replace(domain, rest=(*domain.rest, condition))
        branches += [composed(branch, part) for part in found]
    return replace(domain, branches=tuple(branches))


def _parts(form: Linear, relation: str) -> list[Substitution]:
    match relation:
        case "<":
            return [*positive(form)]
        case "<=":
            return not_negative(form)
        case "=":
            return [*zero(form)]
    minus = Linear(-form.constant, {name: -x for name, x in form.coefficients.items()})
    return [*positive(form), *positive(minus)]


def composed(first: Substitution, then: Substitution) -> Substitution:
    """The first substitution, and then another one in what it gives."""
    return {**then, **{name: substituted(form, then) for name, form in first.items()}}
