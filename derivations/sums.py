"""Sums over indices in one form.

A sum over no index is 0.  Sums are linear in their summands, let go of their last terms and, where a
Kronecker delta is in them, collapse.
"""

from collections.abc import Iterator

import sympy
from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Symbol

from derivations.contexts import NATURAL, Context, replaced, with_fresh_bounds
from derivations.generators import divided_by, seen_integer, seen_nonnegative, seen_whole

__all__ = ["forms_of", "with_open_sums"]


def forms_of(e: Expr) -> Iterator[tuple[Expr, bool]]:
    """Ways to open the sums of an expression: which is summed first, and whether backwards."""
    yield e, False
    if e.has(sympy.Sum):
        swapped = e.replace(lambda part: isinstance(part, sympy.Sum) and len(part.limits) > 1, _swapped)
        if swapped != e:
            yield swapped, False
        yield e, True


def _swapped(total: sympy.Sum) -> sympy.Sum:
    """A finite sum over ranges that do not depend on one another, in the other order."""
    bound = {index for index, *_ in total.limits}
    ends = [end for _, *ends in total.limits for end in ends]
    if any(end.free_symbols & bound or end.is_finite is False for end in ends):
        return total
    return sympy.Sum(total.function, *reversed(total.limits))


def with_open_sums(e: Expr, known: Context, turned: bool = False, depth: int = 0) -> Expr:
    """The expression with every sum over indices in one form: see the module's docstring.

    ``turned`` counts backwards, before last terms are taken out, those whose powers fall, or whose summand is
    then the first in the alphabet.
    """
    if not e.has(sympy.Sum):
        return e
    if (taken := _taken_in(e, known)) is not None:
        e = taken
    if not isinstance(e, sympy.Sum):
        return e.func(
            *(
                with_open_sums(part, known, turned, depth) if isinstance(part, Expr) else part
                for part in e.args
            )
        )
    *inner, (index, first, last) = e.limits
    summand = sympy.Sum(e.function, *inner) if inner else e.function
    if any(index == other for total in summand.atoms(sympy.Sum) for other, *_ in total.limits):
        summand = with_fresh_bounds(summand)
    first = sympy.expand(first)
    whole = seen_whole(first) and (last == sympy.oo or seen_whole(sympy.expand(last)))
    bound = Dummy(f"k{depth}", dummy_index=depth, **(NATURAL if whole else {}))
    if not whole:
        summand = with_open_sums(replaced(summand, {index: bound}), known, turned, depth + 1)
        if sympy.oo in (first, last) or not summand.is_commutative:
            return sympy.Sum(summand, (bound, first, last))
        return Add(*(_factored(term, bound, first, last) for term in Add.make_args(sympy.expand(summand))))
    if last == sympy.oo:
        from_zero = seen_nonnegative(first, known)
        summand = replaced(summand, {index: bound if from_zero else bound + first})
        inside = with_open_sums(summand, known.given(indices=[bound]), turned, depth + 1)
        before = sympy.Sum(summand, (bound, 0, first - 1)) if from_zero else Integer(0)
        return sympy.Sum(inside, (bound, 0, last)) - with_open_sums(before, known, turned, depth)
    summand, last = replaced(summand, {index: bound + first}), sympy.expand(last - first)
    if last.is_negative:
        return Integer(0)

    def within(end: Expr) -> Context:
        return known.given(bound <= end, indices=[bound])

    if turned:
        ways = summand, replaced(summand, {bound: last - bound})
        summand = min(ways, key=lambda way: (_falls(way, bound), str(way)))
    outside: list[Expr] = []
    if summand.has(sympy.KroneckerDelta) and summand.is_commutative:
        terms = Add.make_args(sympy.expand(with_open_sums(summand, within(last), turned, depth + 1)))
        collapsed = {term: _collapsed(term, bound, last, known) for term in terms}
        outside = [value for value in collapsed.values() if value is not None]
        summand = Add(*(term for term, value in collapsed.items() if value is None))
    while last.as_coeff_Add()[0] >= 0 and seen_nonnegative(last, known):
        outside.append(with_open_sums(replaced(summand, {bound: last}), known, turned, depth))
        last -= 1
    if last != -1:
        inside = sympy.expand(
            with_open_sums(summand, within(last), turned, depth + 1), power_exp=False, power_base=False
        )
        outside += [_summed(term, bound, last, known) for term in Add.make_args(inside)]
    return Add(*outside)


def _taken_in(e: Expr, known: Context) -> sympy.Sum | None:
    """A product with one finite sum as a sum of products, so that ``w*w**(m - 1 - k)`` is ``w**(m - k)``."""
    totals = [factor for factor in Mul.make_args(e) if isinstance(factor, sympy.Sum)]
    if not e.is_Mul or not e.is_commutative or len(totals) != 1:
        return None
    (total,) = totals
    if any(end.is_finite is False for _, *ends in total.limits for end in ends):
        return None
    if not all(seen_nonnegative(first, known) for _, first, _ in total.limits):
        return None
    fresh = {index: Dummy(index.name, **NATURAL) for index, *_ in total.limits}
    limits = [tuple(part.xreplace(fresh) for part in each) for each in total.limits]
    function = total.function.xreplace(fresh)
    falling = {p.base for p in function.atoms(Pow) if any(_falls(p, index) for index in fresh.values())}
    others = [factor for factor in e.args if factor != total]
    if not falling & {factor.as_base_exp()[0] for factor in others}:
        return None
    for index, first, last in reversed(limits):
        known = known.given(index >= first, index <= last, indices=[index])
    if next(divided_by(function, known), None) is not None:
        return None  # 0 times a power of 0 below 0 is 0, and no power of 0
    return sympy.Sum(sympy.powsimp(Mul(*others, function), combine="exp"), *limits)


def _summed(term: Expr, bound: Symbol, last: Expr, known: Context) -> Expr:
    """The sum of one term from 0 on, what is free of the index in front; backwards if its powers fall."""
    if not term.is_commutative:
        return sympy.Sum(term, (bound, 0, last))
    if _falls(term, bound):
        term = sympy.expand(term.xreplace({bound: last - bound}))
    parts = []
    for part in Add.make_args(sympy.expand(term)):
        factor, rest = part.as_independent(bound, as_Add=False)
        counted = rest == 1 and seen_nonnegative(last + 1, known)
        parts.append(factor * (last + 1 if counted else _named(rest, bound, Integer(0), last)))
    return Add(*parts)


def _factored(term: Expr, bound: Symbol, first: Expr, last: Expr) -> Expr:
    """The sum of a term, whatever its range, with the factors that do not move outside."""
    factor, rest = term.as_independent(bound, as_Add=False)
    return factor * _named(rest, bound, first, last)


def _named(summand: Expr, bound: Symbol, first: Expr, last: Expr) -> Expr:
    """The sum, its index named by how many sums stand in one another within: the same wherever it stands."""
    nested = _nested(summand)
    name = Dummy(f"k{nested}", dummy_index=1000 + nested, **(NATURAL if bound.is_nonnegative else {}))
    return sympy.Sum(replaced(summand, {bound: name}), (name, first, last))


def _nested(e: Expr) -> int:
    within = max(map(_nested, e.args), default=0) if e.has(sympy.Sum) else 0
    return within + isinstance(e, sympy.Sum)


def _collapsed(term: Expr, bound: Symbol, last: Expr, known: Context) -> Expr | None:
    """The sum from 0 of a term with a Kronecker delta; None unless it is seen where that is 1."""
    for delta in term.atoms(sympy.KroneckerDelta) & {*Mul.make_args(term)}:
        difference = sympy.expand(delta.args[0] - delta.args[1])
        slope = difference.coeff(bound)
        at = sympy.expand(bound - difference / slope) if slope.is_Integer and slope else bound
        constant, others = at.as_coeff_Add()
        if not at.has(bound) and seen_integer(others):
            if not constant.is_Integer:
                return Integer(0)
            if seen_nonnegative(at, known) and seen_nonnegative(last - at, known):
                return sympy.powsimp((term / delta).xreplace({bound: at}))
            if seen_nonnegative(-1 - at, known) or seen_nonnegative(at - last - 1, known):
                return Integer(0)
    return None


def _falls(e: Expr, bound: Symbol) -> bool:
    """Whether there is a power that has the index with a negative sign; in a word, whether the first does."""
    if e.is_commutative:
        return any(power.exp.coeff(bound).is_negative for power in e.atoms(Pow))
    powers = (letter for letter in e.args_cnc()[1] if isinstance(letter, Pow) and letter.exp.has(bound))
    return bool(next((power.exp.coeff(bound).is_negative for power in powers), False))
