"""Where the sides of a proved claim have no value, in words: what a reader has to know beside the claim."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from derivations.exponential_text import typed
from derivations.exponentials import Element, Linear
from verify.claims.cases import Substitution
from verify.claims.domain import Domain
from verify.claims.inequalities import search
from verify.claims.needs import Needs
from verify.claims.points import at_point
from verify.claims.relations import NOT_NEGATIVE, Relation
from verify.claims.syntax import Claim

__all__ = ["provisos"]


def provisos(
    claim: Claim, domain: Domain, needs: Sequence[Needs], lost: Sequence[Substitution], milliseconds: int
) -> list[str] | None:
    """What the claim's conditions do not say, of which each must hold for both sides to have a value.

    None if it never does.
    """
    field = domain.theory.field
    nonzero = _distinct(x for each in needs for x in each.nonzero)
    small = _distinct(x for each in needs for x in each.below_one)
    one = field.constant(1)
    bounds = [Relation(sign * x - one, "<") for x in small for sign in (1, -1)]
    given = [
        *domain.relations,
        *(Relation(-x, "<=") for name, x in domain.symbols.items() if name in NOT_NEGATIVE),
    ]
    if search([*given, *bounds], field, milliseconds).answer == "nowhere":
        return None
    told = []
    for x in small:
        outside = [Relation(sign * x + one, "<=") for sign in (1, -1)]
        if any(search([*given, side], field, milliseconds).answer != "nowhere" for side in outside):
            never_negative = search([*given, Relation(x, "<")], field, milliseconds).answer == "nowhere"
            told.append(f"{typed(x)} < 1" if never_negative else f"|{typed(x)}| < 1")
    for x in nonzero:
        if search([*given, *bounds, Relation(x, "=")], field, milliseconds).answer != "nowhere":
            told += [
                f"{typed(root)} != 0"
                for root in x.roots
                if not _excluded(root, [*given, *bounds], domain, milliseconds)
            ]
    for base, form in {
        (str(base), str(form)): (base, form) for each in needs for base, form in each.powers
    }.values():
        if f"{typed(base)} != 0" not in told and _is_lost(claim, domain, base, form):
            told.append(f"{typed(base)} != 0 where {_told(form)} < 0")
    return [*dict.fromkeys([*told, *_without(lost)])]


def _without(lost: Sequence[Substitution]) -> list[str]:
    """What indices must not be."""
    told, single = [], dict[str, set[Fraction]]()
    for part in lost:
        shown = {
            name: form for name, form in part.items() if form != Linear(Fraction(0), {name: Fraction(1)})
        }
        if len(shown) == 1 and not (form := next(iter(shown.values()))).coefficients:
            single.setdefault(next(iter(shown)), set()).add(form.constant)
        elif shown:
            told.append(f"not {', '.join(f'{name} = {_told(form)}' for name, form in shown.items())}")
    for name, values in single.items():
        if values == {*range(len(values))}:
            told.append(f"{name} >= {len(values)}")
        else:
            told += [f"{name} != {x}" for x in sorted(values)]
    return told


def _excluded(root: Element, given: list[Relation], domain: Domain, milliseconds: int) -> bool:
    return search([*given, Relation(root, "=")], domain.theory.field, milliseconds).answer == "nowhere"


def _distinct(elements: Iterable[Element]) -> list[Element]:
    distinct: list[Element] = []
    for x in elements:
        if (x.number is None or abs(x.number) >= 1) and not any(x == known for known in distinct):
            distinct.append(x)
    return distinct


def _is_lost(claim: Claim, domain: Domain, base: Element, form: Linear) -> bool:
    """Whether at the smallest lag, and 0 for the base, a side has no value."""
    if len(base.keys) != 1 or base.number is not None or any(x < 0 for x in form.coefficients.values()):
        return True
    (symbol,) = base.keys
    if base != domain.theory.field.named(str(symbol)):
        return True
    usual = {
        str(key): Fraction(1, 3) if str(key) in "zwu" else Fraction(1) for key in domain.theory.field.keys
    }
    point = domain.completed({**usual, str(symbol): Fraction(0)})
    if point is None:
        return False  # the base is not 0 in the domain, as far as this point tells
    for branch in domain.branches:
        names = {name for other in (form, *branch.values()) for name in other.coefficients}
        at = {name: Linear(Fraction(0), {}) for name in names}
        values = {name: Linear(other.constant, {}) for name, other in branch.items()}
        if at_point(claim, domain, {**at, **values}, point) is None:
            return True
    return False


def _told(form: Linear) -> str:
    """A linear form as it would be typed."""
    parts = [
        name if x == 1 else f"-{name}" if x == -1 else f"{x} {name}" for name, x in form.coefficients.items()
    ]
    if form.constant or not parts:
        parts.append(str(form.constant))
    return " + ".join(parts).replace("+ -", "- ")
