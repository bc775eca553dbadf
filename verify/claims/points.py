"""Where claims are looked at: lags and simple numbers, the smallest and simplest first."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from time import monotonic

from derivations.exponentials import Cases, Element, NoClosedFormError, NoValueError
from verify.claims.cases import Substitution
from verify.claims.domain import Domain
from verify.claims.evaluating import Scope, value
from verify.claims.needs import Needs
from verify.claims.reading import INDICES
from verify.claims.relations import NOT_NEGATIVE
from verify.claims.syntax import Claim, Condition, Limit, Name, Sum, nodes

__all__ = ["LAGS", "at_point", "in_domain", "lags_of", "points", "symbols_of"]

LAGS, LATE = 12, 64
"""Up to which claims are looked at one by one, with several indices and with one."""
OTHERS = ("z", "w", "u", "n", "n_x", "n_y")
MOST_POINTS = 1000
SIMPLE = tuple(
    Fraction(x)
    for x in [
        "1",
        "2",
        "1/2",
        "0",
        "3",
        "1/3",
        "3/2",
        "2/3",
        "1/4",
        "3/4",
        "4",
        "9/10",
        "1/10",
        "10",
        "99/100",
        "100",
    ]
)
FORMAL = tuple(Fraction(x) for x in ["1/2", "1/3", "-1/2", "1/4", "1/10", "-1/10", "1/100", "2"])
WIDTHS = tuple(map(Fraction, (1, 2, 3, 4, 5, 7, 10, 100)))


def lags_of(claim: Claim) -> tuple[tuple[str, ...], Iterator[tuple[int, ...]]]:
    """The indices that a claim is made for, as they are named, and lags for them."""
    names: dict[str, None] = {}
    for side in (claim.left, claim.right):
        within = [*nodes(side)]
        bound = {one.index for one in within if isinstance(one, Sum)}
        bound |= {one.variable for one in within if isinstance(one, Limit)}
        names |= dict.fromkeys(
            one.name
            for one in within
            if isinstance(one, Name) and one.name in INDICES and one.name not in bound
        )
    return tuple(names), _lags(len(names))


def _lags(count: int) -> Iterator[tuple[int, ...]]:
    """The smallest greatest one first."""
    if not count:
        yield ()
        return
    for greatest in range((LATE if count == 1 else LAGS) + 1):
        yield from (lags for lags in product(range(greatest + 1), repeat=count) if max(lags) == greatest)


def in_domain(at: Mapping[str, int], domain: Domain) -> bool:
    """Whether lags are on some branch."""
    return any(_on(at, branch) for branch in domain.branches)


def _on(at: Mapping[str, int], branch: Substitution) -> bool:
    """Whether lags are values of the branch, whose own indices are natural numbers."""
    own = {name: Fraction(x) for name, x in at.items() if name not in branch}
    forms = [(Fraction(at[name]), form) for name, form in branch.items() if name in at]
    for _ in range(len(forms) + 1):
        for target, form in forms:
            unknown = [name for name in form.coefficients if name not in own]
            known = form.constant + sum(x * own[name] for name, x in form.coefficients.items() if name in own)
            if not unknown:
                if known != target:
                    return False
            elif len(unknown) == 1:
                own[unknown[0]] = (target - known) / form.coefficients[unknown[0]]
    return all(x >= 0 and x.denominator == 1 for x in own.values())


def symbols_of(claim: Claim) -> list[str]:
    """The symbols that a claim names."""
    within = [one for side in (claim.left, claim.right) for one in nodes(side)]
    bound = {one.variable for one in within if isinstance(one, Limit)}
    named = {one.name for one in within if isinstance(one, Name)}
    return sorted((named - bound) & {*NOT_NEGATIVE, *OTHERS})


def points(
    sides: Iterable[Element], domain: Domain, until: float, named: Iterable[str] = ()
) -> Iterator[dict[str, Fraction]]:
    """Values of the symbols, those of the sides and those that are named, in the domain."""
    parts = [*sides, *domain.symbols.values(), *(relation.value for relation in domain.relations)]
    free = {name for name in named if domain.theory.is_free(name)} - {*domain.symbols}
    names = sorted({str(key) for x in parts for key in x.keys} | free)
    choices = [
        SIMPLE if name in NOT_NEGATIVE else WIDTHS if name in ("n", "n_x", "n_y") else FORMAL
        for name in names
    ]
    for count, ranks in enumerate(_ranked([len(choice) for choice in choices])):
        if count > MOST_POINTS or monotonic() > until:
            return
        point = {name: choice[rank] for name, choice, rank in zip(names, choices, ranks, strict=True)}
        full = domain.completed(point)
        if full is not None:
            yield full


def _ranked(sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Places in lists of these sizes, those of the smallest sum first."""

    def of_sum(total: int, left: list[int]) -> Iterator[tuple[int, ...]]:
        if not left:
            if total == 0:
                yield ()
            return
        for rank in range(min(total, left[0] - 1) + 1):
            for rest in of_sum(total - rank, left[1:]):
                yield (rank, *rest)

    for total in range(sum(sizes) - len(sizes) + 1):
        yield from of_sum(total, sizes)


def _holds(condition: Condition, scope: Scope) -> bool:
    """Whether a condition holds where all is a number."""
    apart = (value(condition.left, scope) - value(condition.right, scope)).number
    if apart is None:
        return False
    signs = {"<": (-1,), "<=": (-1, 0), "=": (0,), "!=": (-1, 1), ">": (1,), ">=": (0, 1)}
    return (apart > 0) - (apart < 0) in signs[condition.relation]


def at_point(
    claim: Claim, domain: Domain, branch: Substitution, point: Mapping[str, Fraction]
) -> tuple[Fraction, Fraction] | None:
    """Both sides where all is a number; None if one has no value."""
    of = domain.theory.field
    symbols = {name: of.constant(x) for name, x in point.items()}
    scope = Scope(domain.theory.at(symbols), domain.theory, branch, symbols, Needs())
    try:
        left, right = value(claim.left, scope).number, value(claim.right, scope).number
        if not all(_holds(condition, scope) for condition in domain.rest):
            return None
    except (Cases, NoValueError, NoClosedFormError):
        return None
    ratios = [ratio.number for ratio in scope.needs.below_one]
    if left is None or right is None or any(ratio is None or abs(ratio) >= 1 for ratio in ratios):
        return None
    return left, right
