"""Whether the second route, :mod:`verify.claims.second_route`, finds a claim true where it looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from time import monotonic
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq

from derivations.exponentials import Linear
from numeric.certified import precision
from verify.claims.cases import Substitution
from verify.claims.domain import Domain
from verify.claims.points import at_point, in_domain, lags_of, points
from verify.claims.reading import INDICES
from verify.claims.relations import NOT_NEGATIVE
from verify.claims.second_route import Unconfirmed, number_at, setting
from verify.claims.syntax import Claim

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["Confirmation", "agrees", "confirmed", "evaluated_again"]

BITS = 256
GENERIC = tuple(Fraction(x) for x in ("3/7", "5/11", "2/9", "7/5", "11/13", "13/4"))
SMALL = tuple(Fraction(x) for x in ("2/7", "-3/11", "1/5"))
WIDTHS = tuple(Fraction(x) for x in (5, 3, 7, 2, 4))
CHECKS, LAGS, TRIES = 6, 4, 40
"""Points that are enough, lags that are tried, and points at a lag."""


@dataclass(frozen=True)
class Confirmation:
    """What the second route says; ``text`` is empty if it says nothing."""

    text: str
    contradicted: bool = False


def confirmed(claim: Claim, domain: Domain, until: float) -> Confirmation:
    """Whether both sides are as claimed at points of the domain."""
    checked, exact = 0, True
    names, _ = lags_of(claim)
    for lags in sorted(product(range(LAGS), repeat=len(names)), key=max if names else None):
        at = dict(zip(names, lags, strict=True))
        if not in_domain(at, domain):
            continue
        branch = {name: Linear(Fraction(lag), {}) for name, lag in at.items()}
        here_checked = 0
        for point in _generic(claim, domain, branch, until):
            try:
                here = setting(
                    _model(domain, point), {k: fmpq(x.numerator, x.denominator) for k, x in point.items()}, at
                )
                with precision(BITS):
                    sides = [number_at(side, here) for side in (claim.left, claim.right)]
                    if not _related(claim.relation, *sides):
                        told = ", ".join(f"{name} = {x}" for name, x in {**at, **point}.items())
                        return Confirmation(f"at {told}: {sides[0]} and {sides[1]}", contradicted=True)
            except (Unconfirmed, ZeroDivisionError, ValueError, OverflowError):
                continue
            exact = exact and not any(isinstance(side, arb) for side in sides)
            checked, here_checked = checked + 1, here_checked + 1
            if here_checked == 2:
                break
        if checked >= CHECKS or monotonic() > until:
            break
    if not checked:
        return Confirmation("")
    points = f"point{'s' * (checked > 1)}"
    told = f"exact rational {points}" if exact else f"{points}, the rest of series or limits estimated"
    return Confirmation(f"a second route at {checked} {told}")


def evaluated_again(claim: Claim, domain: Domain, point: Mapping[str, Fraction]) -> list[Any] | None:
    """Both sides at a point by the second route; None where there is none."""
    indices = {name: int(x) for name, x in point.items() if name in INDICES}
    values = {name: fmpq(x.numerator, x.denominator) for name, x in point.items() if name not in INDICES}
    try:
        with precision(BITS):
            here = setting(_model(domain, point), values, indices)
            return [number_at(side, here) for side in (claim.left, claim.right)]
    except (Unconfirmed, ZeroDivisionError, ValueError, OverflowError):
        return None


def agrees(exact: Fraction, value: Any) -> bool:
    """Whether a value of the second route may be that number."""
    apart = value - fmpq(exact.numerator, exact.denominator)
    return bool(apart.contains(0) if isinstance(apart, arb) else apart == 0)


def _generic(
    claim: Claim, domain: Domain, branch: Substitution, until: float
) -> Iterator[dict[str, Fraction]]:
    """Points at which both sides have a value, first those with numbers that are nothing special."""
    names = sorted({str(key) for key in domain.theory.field.keys if isinstance(key, str)} - {*domain.symbols})
    free = [name for name in names if name in (*NOT_NEGATIVE, "z", "w", "u", "n", "n_x", "n_y")]

    def candidates() -> Iterator[dict[str, Fraction]]:
        for turn in range(len(GENERIC)):
            point = {name: _turned(_numbers(name), turn + k) for k, name in enumerate(free)}
            if (full := domain.completed(point)) is not None:
                yield full
        yield from points([domain.theory.field.named(name) for name in free], domain, until)

    for point in islice(candidates(), TRIES):
        if at_point(claim, domain, branch, point) is not None:
            yield point


def _numbers(name: str) -> tuple[Fraction, ...]:
    return GENERIC if name in NOT_NEGATIVE else WIDTHS if name.startswith("n") else SMALL


def _turned(numbers: tuple[Fraction, ...], k: int) -> Fraction:
    return numbers[k % len(numbers)]


def _model(domain: Domain, point: Mapping[str, Fraction]) -> "Model":
    """The network at a point."""
    if domain.theory.model is not None:
        return domain.theory.model
    from numeric import Rates, Variances

    rates = Rates(*(point.get(f"eta_{part}", Fraction(1)) for part in "WFC"))
    return Variances(*(point.get(f"nu_{part}", Fraction(1)) for part in "WFC"), rates=rates)


def _related(relation: str, left: Any, right: Any) -> bool:
    """Whether two numbers may stand in the relation."""
    match relation:
        case "=":
            apart = left - right
            return bool(apart.contains(0) if isinstance(apart, arb) else apart == 0)
        case "<=" | "<":
            return not left > right if relation == "<=" else not left >= right
        case ">=" | ">":
            return not left < right if relation == ">=" else not left <= right
    return bool(left != right)
