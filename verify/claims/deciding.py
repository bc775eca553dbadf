"""Whether a claim about numbers holds.

The indices are told apart into branches until both sides of the claim have a form on each.  An equation is
proved if on every branch both sides are the same element of the field of :mod:`derivations.exponentials`; an
inequality if nlsat finds no point at which it fails (:mod:`verify.claims.inequalities`), where need be for
the first lags one by one and for all others together.  A form may divide by what the claim does not,
``nu_W`` in ``nu_W^i / nu_W`` or ``1 - nu_W`` in a finite sum; where that vanishes an inequality is looked at
again.

What refutes a claim is looked for lag by lag, from 0 on: there both sides are rational functions of the
variances, and among simple numbers a point is looked for, then by nlsat.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic

from derivations.exponentials import Cases, Element, Linear, NoClosedFormError, NoValueError
from verify.claims.cases import Substitution, split
from verify.claims.confirming import agrees, confirmed, evaluated_again
from verify.claims.domain import Domain, composed, domain_of, solved
from verify.claims.evaluating import Scope, value
from verify.claims.inequalities import search
from verify.claims.points import LAGS, at_point, in_domain, lags_of, points, symbols_of
from verify.claims.provisos import provisos
from verify.claims.quantities import Theory
from verify.claims.relations import Relation
from verify.claims.sources import sources
from verify.claims.syntax import Claim, Limit, Name, nodes
from verify.claims.verdict import Counterexample, Step, Verdict

__all__ = ["decide"]

MOST_BRANCHES = 200
SECONDS = 2.0
SHIFTS = (1, 2, 3, 5)
"""Lags before which those of an inequality are looked at one by one."""
MILLISECONDS = 300
"""Of one question to nlsat."""
DEEPEST = 3
"""Divisors that vanish together."""


@dataclass(frozen=True, eq=False)
class Branch:
    """A part of the domain on which both sides have a form."""

    indices: Substitution
    scope: Scope
    left: Element
    right: Element


def decide(claim: Claim, theory: Theory) -> Verdict:
    """The verdict on a claim about numbers.

    Raises
    ------
    ValueError
        If nothing satisfies the conditions.
    """
    asked = claim
    if claim.relation == "->":
        claim = replace(claim, left=Limit(claim.left, "n", Name("oo")), relation="=")
    domain = domain_of(claim.conditions, theory)
    if not domain.branches or search(_domain(domain), theory.field, MILLISECONDS).answer == "nowhere":
        raise ValueError("claim: nothing satisfies its conditions")
    until = monotonic() + SECONDS
    reason = ""
    try:
        lost: list[Substitution] = []
        why: list[str] = []
        branches = [*_branches(claim, domain, lost, why)]
        if not branches:
            told = f"nowhere do both sides have a value: {', '.join(dict.fromkeys(why))}"
            return Verdict(asked, "undecided", (Step(told, "open"),))
        steps = _proof(claim, domain, branches, until)
        if steps:
            needed = provisos(claim, domain, [b.scope.needs for b in branches], lost, MILLISECONDS)
            if needed is None:
                return Verdict(
                    asked, "undecided", (*steps, Step("nowhere do both sides have a value", "open"))
                )
            second = confirmed(claim, domain, until + SECONDS)
            if second.contradicted:
                told = f"a second route disagrees, so one of them is wrong: {second.text}"
                return Verdict(asked, "undecided", (*steps, Step(told, "open")))
            if second.text:
                used = sorted({name for branch in branches for name in branch.scope.needs.used})
                steps = [*sources(theory, used, wide=_is_wide(claim)), *steps]
                needed += ["n_x = n_y = 1"] if "Var" in used or "Cov" in used else []
                return Verdict(asked, "proved", tuple(steps), tuple(needed), confirmed_by=second.text)
            reason = "a second route that confirms it"
    except NoClosedFormError as error:
        reason = str(error)
    found, held = _refutation(claim, domain, until)
    if found is not None:
        return _refuted(asked, claim, domain, found)
    tried = Step(f"no proof: {reason}" if reason else "no proof was found", "open")
    return Verdict(asked, "undecided", (tried,), held=held)


def _is_wide(claim: Claim) -> bool:
    """Whether the claim is about a limit in the width."""
    sides = (claim.left, claim.right)
    return any(isinstance(one, Limit) and one.variable == "n" for side in sides for one in nodes(side))


def _refuted(asked: Claim, claim: Claim, domain: Domain, found: Counterexample) -> Verdict:
    """The verdict, if a second route has the same values or none."""
    again = evaluated_again(claim, domain, {name: Fraction(x) for name, x in found.values.items()})
    if again is None:
        return Verdict(asked, "refuted", counterexample=found)
    if not all(agrees(Fraction(x), y) for x, y in zip((found.left, found.right), again, strict=True)):
        told = f"a second route disagrees, so one of them is wrong: {again[0]} and {again[1]}"
        return Verdict(asked, "undecided", (Step(told, "open"),), counterexample=found)
    return Verdict(asked, "refuted", counterexample=found, confirmed_by="a second route to both sides")


def _branches(
    claim: Claim, domain: Domain, lost: list[Substitution] | None = None, why: list[str] | None = None
) -> Iterator[Branch]:
    """The branches on which both sides have values; those on which one has none are ``lost``, and ``why``."""
    waiting, seen = [*reversed(domain.branches)], 0
    while waiting:
        indices, seen = waiting.pop(), seen + 1
        if seen > MOST_BRANCHES:
            raise NoClosedFormError(f"more than {MOST_BRANCHES} cases of the indices")
        scope = domain.scope(indices)
        try:
            yield Branch(indices, scope, value(claim.left, scope), value(claim.right, scope))
        except Cases as cases:
            waiting += [composed(indices, part) for part in reversed(split(cases))]
        except NoValueError as error:
            if lost is not None:
                lost.append(indices)
            if why is not None:
                why.append(str(error))


def _proof(claim: Claim, domain: Domain, branches: list[Branch], until: float) -> list[Step]:
    """The steps of a proof; none if it is not found."""
    if not all(_limits_stay(branch, domain) for branch in branches):
        return []
    cases = f", in each of {len(branches)} cases of the indices" if len(branches) > 1 else ""
    if claim.relation == "=" and all(branch.left == branch.right for branch in branches):
        text = f"left - right = 0 as rational functions of the symbols, the indices and their powers{cases}"
        return [Step(text, "exact")]
    told: dict[str, None] = {}
    for branch in branches:
        how = _holds(claim, branch, domain, until)
        if not how:
            return []
        told[how] = None
    return [Step(how, "nlsat") for how in told]


def _holds(claim: Claim, branch: Branch, domain: Domain, until: float, depth: int = 0) -> str:
    """How it is proved that the claim holds on a branch; empty if it is not."""
    if not _limits_stay(branch, domain):
        return ""
    if claim.relation == "=" and branch.left == branch.right:
        return "left - right = 0 as rational functions"
    if monotonic() > until:
        return ""
    failing = [*_required(branch, domain), _negated(claim.relation, branch.left, branch.right)]
    if search(failing, branch.scope.field, MILLISECONDS).answer == "nowhere":
        if not _where_forms_divide_by_0(claim, branch, domain, until, depth):
            return ""
        return "no real point of the domain contradicts it, with what is known of powers"
    own = sorted(
        {name for form in branch.indices.values() for name in form.coefficients}
        | branch.left.indices
        | branch.right.indices
    )
    if len(own) != 1 or depth:
        return ""
    for shift in SHIFTS:
        parts: list[Substitution] = [{own[0]: Linear(Fraction(k), {})} for k in range(shift)]
        parts.append({own[0]: Linear(Fraction(shift), {own[0]: Fraction(1)})})
        narrowed = replace(domain, branches=tuple(composed(branch.indices, part) for part in parts))
        if all(_holds(claim, inner, domain, until, depth + 1) for inner in _branches(claim, narrowed)):
            return f"no real point contradicts it at any {own[0]} < {shift}, nor at all others together"
    return ""


def _limits_stay(branch: Branch, domain: Domain) -> bool:
    """Whether nowhere in the domain a limit has another value."""
    given, field = _domain(domain), branch.scope.field
    return all(
        search([*given, Relation(x, "=")], field, MILLISECONDS).answer == "nowhere"
        for x in branch.scope.needs.apart
    )


def _where_forms_divide_by_0(claim: Claim, branch: Branch, domain: Domain, until: float, depth: int) -> bool:
    """Whether the claim also holds where a form divides by 0 and the claim does not."""
    needs = branch.scope.needs
    divided = [root for x in needs.nonzero for root in x.roots]
    forms = [branch.left, branch.right, branch.left - branch.right, *needs.nonzero, *needs.below_one]
    divisors: list[Element] = []
    for form in forms:
        divisors += [d for d in form.divisors if not any(d == known for known in [*divisors, *divided])]
    for divisor in divisors:
        vanishing = [*_domain(domain), Relation(divisor, "=")]
        if search(vanishing, branch.scope.field, MILLISECONDS).answer == "nowhere":
            continue
        there = solved(domain, divisor) if depth < DEEPEST and not divisor.indices else None
        if there is None:
            return False
        narrowed = replace(there, branches=(branch.indices,))
        if not all(_holds(claim, inner, there, until, depth + 1) for inner in _branches(claim, narrowed)):
            return False
    return True


def _negated(relation: str, left: Element, right: Element) -> Relation:
    """That the relation does not hold."""
    match relation:
        case "<=":
            return Relation(right - left, "<")
        case "<":
            return Relation(right - left, "<=")
        case ">=":
            return Relation(left - right, "<")
        case ">":
            return Relation(left - right, "<=")
        case "!=":
            return Relation(left - right, "=")
    return Relation(left - right, "!=")


def _domain(domain: Domain) -> list[Relation]:
    """The domain's relations, and that what has a value by a condition is in its range."""
    return [
        *domain.relations,
        *(Relation(-x, "<=") for name, x in domain.symbols.items() if name.startswith(("nu", "eta"))),
    ]


def _required(branch: Branch, domain: Domain) -> list[Relation]:
    """What holds where both sides have values: the domain, and what they need."""
    needs = branch.scope.needs
    one = branch.scope.field.constant(1)
    return [
        *_domain(domain),
        *(Relation(x, "!=") for x in needs.nonzero),
        *(Relation(sign * x - one, "<") for x in needs.below_one for sign in (1, -1)),
    ]


def _refutation(claim: Claim, domain: Domain, until: float) -> tuple[Counterexample | None, str]:
    """A counterexample at the smallest lags, or the range on which there is none."""
    held = ""
    names, every = lags_of(claim)
    for lags in every:
        if monotonic() > until + SECONDS / 2:
            break
        at = dict(zip(names, lags, strict=True))
        if not in_domain(at, domain):
            continue
        scope = domain.scope({name: Linear(Fraction(lag), {}) for name, lag in at.items()})
        try:
            branch = Branch(scope.indices, scope, value(claim.left, scope), value(claim.right, scope))
        except NoValueError:
            continue
        except (Cases, NoClosedFormError):
            break
        found, sure = _at_lags(claim, branch, domain, until + SECONDS / 2)
        if found is not None:
            values, left, right = found
            told = {name: str(x) for name, x in {**at, **values}.items()}
            return Counterexample(told, str(left), str(right)), held
        greatest = max(lags, default=0)
        where = f"for {' and '.join(names)} up to {greatest}" if names else "everywhere"
        held = where if sure else f"{where}, at the points that were tried"
    return None, held


def _at_lags(
    claim: Claim, branch: Branch, domain: Domain, until: float
) -> tuple[tuple[Mapping[str, Fraction], Fraction, Fraction] | None, bool]:
    """Where the claim fails at given lags, with both sides; or None, and whether it is proved not to."""
    if claim.relation == "=" and branch.left == branch.right:
        return None, True
    failing = _negated(claim.relation, branch.left, branch.right)

    def fails(point: Mapping[str, Fraction]) -> tuple[Fraction, Fraction] | None:
        sides = at_point(claim, domain, branch.indices, point)
        if sides is None:
            return None
        left, right = sides
        return (
            sides if failing.holds(right - left if claim.relation in ("<", "<=") else left - right) else None
        )

    for point in points([branch.left, branch.right], domain, until, symbols_of(claim)):
        number = failing.value.value(point)
        if number is not None and failing.holds(number) and (sides := fails(point)):
            return (point, *sides), False
    if max((form.constant for form in branch.indices.values()), default=0) > LAGS:
        return None, False  # polynomials of so high a degree take long
    found = search([*_required(branch, domain), failing], branch.scope.field, MILLISECONDS)
    if found.answer == "somewhere":
        there = domain.completed(found.point)
        if there is not None and (sides := fails(there)):
            return (there, *sides), False
    return None, found.answer == "nowhere"
