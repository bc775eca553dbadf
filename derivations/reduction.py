r"""What is zero and what has a sign, for every natural index: the arithmetic under the rules of proof.

An expression is a rational function of *generators*: its scalars, powers ``w**i`` of a base with an index,
and whatever else it contains (``rho[i]``, ``KroneckerDelta(a, b)``, ``Max``, a sum), each an indeterminate of
its own.  If the numerator over a common denominator is the zero polynomial, the expression is zero whatever
the values.  Taking two generators for independent can only miss a truth, never invent one.

That is sound where no denominator is zero, so each must be seen not to be, from the conditions of the
:class:`Context`.  A power such as ``w**(i - 1)`` counts as a division by ``w``.  Where ``w`` may be 0 the
index is split into 0 and a successor, after which ``i*w**(i - 1)`` is 0 and ``(i + 1)*w**i``: a multiple by 0
is 0, also of a power that does not exist, as in every formula of the package.

A sum over no index is 0.  Sums over indices are linear in their summands, let go of their last terms and,
where a Kronecker delta is in them, collapse.  Products that do not commute are compared word by word.

All that commutes is real, but for roots and logarithms of what may be negative.

Beneath this are :mod:`derivations.contexts`, what is known; :mod:`derivations.generators`, rational functions
and what is seen of their signs by :mod:`derivations.search`; and :mod:`derivations.sums`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sympy
from sympy import Add, Dummy, Expr, Indexed, Integer, Mul, Pow, Symbol
from sympy.core.function import AppliedUndef

from derivations.contexts import (
    INEQUALITY,
    NOTHING,
    Context,
    Split,
    cases_of,
    is_strict,
    number_of,
    parts,
    replaced,
    substituted,
    with_fresh_bounds,
    written,
)
from derivations.generators import Atoms, divided_by, seen_nonnegative, seen_nonzero, seen_real, sign_of
from derivations.sums import forms_of, with_open_sums

__all__ = ["is_defined", "is_nonzero", "is_zero", "leaves", "sign", "tends_to_zero"]

_HIDDEN = sympy.Function("hidden")


def leaves(context: Context, splits: Iterable[Split]) -> Iterator[tuple[Context, list[dict[Symbol, Expr]]]]:
    """The cases into which the splits part a context, each with the substitutions that lead to it, in order.

    Together they are all: a natural number is 0 or a successor, two are equal or one is less, and there is
    one remainder.  What the context's conditions exclude is left out; an index that an earlier split has made
    equal to another is not split again.

    >>> a, b = sympy.symbols("a b")
    >>> [values for _, values in leaves(Context(frozenset([a, b]), (a <= b,)), [(a, b)])]
    [[{a: b}], [{b: a + b + 1}]]
    """
    splits = [*splits]
    for split in splits:
        if not parts(split) <= context.indices:
            raise ValueError(f"only indices are split, not {split}")
    yield from _leaves(context, splits)


def _leaves(context: Context, splits: list[Split]) -> Iterator[tuple[Context, list[dict[Symbol, Expr]]]]:
    if not splits:
        yield context, []
        return
    first, *others = splits
    if not parts(first) <= context.indices:
        yield from _leaves(context, others)
        return
    for values, fresh in cases_of(first):
        case = context.written(values, fresh)
        if not any(_excluded(condition, case) for condition in case.conditions):
            for below, more in _leaves(case, others):
                yield below, [values, *more]


def _excluded(condition: Any, context: Context) -> bool:
    """Whether a condition is seen to hold for no indices."""
    bare = replace(context, conditions=())
    if condition == sympy.false:
        return True
    if isinstance(condition, INEQUALITY):
        return sign(condition.lts - condition.gts, bare) >= (1 if is_strict(condition) else 2)
    if isinstance(condition, sympy.Eq | sympy.Ne) and isinstance(condition.lhs, Expr):
        seen = is_nonzero if isinstance(condition, sympy.Eq) else is_zero
        return seen(condition.lhs - condition.rhs, bare)
    return False


def is_zero(expression: Expr, context: Context, splits: Iterable[Split] = ()) -> bool:
    """Whether the expression is seen to be zero for all values that the context allows.

    An index is split where the expression divides by what may be 0 only for a power with that index.

    >>> w, i = sympy.symbols("w i")
    >>> natural = Context(frozenset([i]))
    >>> is_zero(w ** (i + 2) - w * w ** (i + 1), natural), is_zero(w ** (i + 2) - w**i, natural)
    (True, False)
    >>> is_zero(i * w ** (i - 1) * w - i * w**i, natural)
    True
    >>> divides = (w ** (i - 1) + 1) * w - w**i - w
    >>> is_zero(divides, natural), is_zero(divides, natural.given(w > 0))
    (False, True)
    >>> is_zero(sympy.KroneckerDelta(i, 0), natural), is_zero(sympy.Integer(0) ** i, natural)
    (False, False)
    >>> C, W = sympy.symbols("C W", commutative=False)
    >>> is_zero(C * W**i * W - C * W ** (i + 1), natural), is_zero(C * W - W * C, natural)
    (True, False)
    """
    return all(
        _is_zero_split(written(expression, substitutions), case, depth=3)
        for case, substitutions in leaves(context, splits)
    )


def is_defined(expression: Expr, context: Context) -> bool:
    """Whether the expression is seen to be a real number: no division by 0, no root of a negative number.

    >>> w, i = sympy.symbols("w i")
    >>> natural = Context(frozenset([i]))
    >>> is_defined(i * w ** (i - 1), natural), is_defined(1 / w, natural), is_defined(sympy.sqrt(w), natural)
    (True, False, False)
    """
    assumed, known = _assumed(expression, context)
    real = not assumed.is_commutative or seen_real(assumed, known)
    return real and is_zero(expression * NOTHING, context)


def _is_zero_split(expression: Expr, context: Context, depth: int) -> bool:
    assumed, known = _assumed(expression, context)
    if sympy.false in known.conditions:
        return True  # a case that does not occur
    seen, between = _is_zero(assumed, known)
    if seen or not depth or not (between := between & {at.name for at in context.indices}):
        return seen
    at = next(at for at in context.indices if at.name == min(between))
    return all(
        _is_zero_split(substituted(expression, values), context.written(values, fresh), depth - 1)
        for values, fresh in cases_of(at)
    )


def _assumed(expression: Expr, context: Context) -> tuple[Expr, Context]:
    """The expression, with the values of symbols that have one, and the context, for SymPy to know."""
    values, symbols, known = _known(context)
    expression = substituted(_hidden(with_fresh_bounds(expression)), values)
    return _with_norms(replaced(expression, symbols)), known


@lru_cache(maxsize=10_000)
def _known(context: Context) -> tuple[dict[Symbol, Expr], dict[Symbol, Symbol], Context]:
    """The symbols that have a value, how SymPy is to know the others, and the context of these."""
    values = {c.lhs: c.rhs for c in context.conditions if isinstance(c, sympy.Eq) and type(c.lhs) is Symbol}
    symbols = context.assumed()
    conditions = [_hidden(with_fresh_bounds(condition)) for condition in context.conditions]
    conditions = [c if isinstance(c, sympy.Eq) else substituted(c, values) for c in conditions]
    known = Context(frozenset(symbols[at] for at in context.indices))
    return values, symbols, known.given(*(_with_norms(_known_as(c, symbols)) for c in conditions))


def _known_as(condition: Any, symbols: Mapping[Symbol, Symbol]) -> Any:
    if not condition.has(sympy.Sum):
        return condition.xreplace(symbols)
    return condition.func(*(side.xreplace(symbols) for side in condition.args), evaluate=False)


def _hidden(e: Any) -> Any:
    """The expression with a name for all that looks at more than one value of a symbol, but sums.

    What is known of the symbol is not known within: ``Abs(w)`` has no derivative ``1`` for ``w >= 0``.
    """

    def name(part: Any) -> Any:
        about = sorted(part.free_symbols, key=str)
        return _HIDDEN(Dummy("at", dummy_index=number_of(part.as_dummy())), *about)

    def hides(part: Any) -> bool:
        binds = isinstance(part, sympy.Derivative | sympy.Limit) or getattr(part, "bound_symbols", None)
        number = isinstance(part, Expr) and part.is_commutative
        return bool(binds) and number and not isinstance(part, sympy.Sum)

    return e.replace(hides, name) if any(map(hides, sympy.preorder_traversal(e))) else e


def _with_norms(e: Any) -> Any:
    """A name of its own for a norm of what does not commute: SymPy believes that it cannot be 0."""

    def named(norm: Any) -> Expr:
        symbols = sorted((at for at in norm.free_symbols if at.is_commutative and at.is_Symbol), key=str)
        return sympy.Function(f"|{norm.args[0]}|", nonnegative=True)(*symbols, 0)

    if not e.has(sympy.Abs):
        return e
    return e.replace(lambda part: isinstance(part, sympy.Abs) and not part.args[0].is_commutative, named)


def _is_zero(expression: Expr, known: Context) -> tuple[bool, set[str]]:
    """Whether it is zero, and, if that hangs on a division, the indices to split."""
    results = []
    for form, turned in forms_of(sympy.sympify(expression)):
        seen, between = _opened_vanishes(with_open_sums(form, known, turned), known)
        if seen:
            return True, set()
        results.append(between)
    return False, set().union(*results)


def _opened_vanishes(opened: Expr, known: Context) -> tuple[bool, set[str]]:
    if opened.has(sympy.zoo, sympy.nan):
        return False, set()
    if opened.is_commutative:
        return _vanishes(opened, known)
    if any(not power.base.is_commutative for power in divided_by(opened, known)):
        return False, set()
    words = _words(opened, known)
    if words is None:
        return False, set()
    results = [_vanishes(Add(*scalars), known) for scalars in words.values()]
    return all(seen for seen, _ in results), set().union(*(names for _, names in results))


def _vanishes(expression: Expr, known: Context) -> tuple[bool, set[str]]:
    between: set[str] = set()
    for closed in (False,) if expression.has(NOTHING) else (False, True):
        atoms = Atoms(known, closed=closed)
        ((numerator, _),) = atoms.quotients(expression)
        doubtful = [names for divisor, names in atoms.divisors if not seen_nonzero(divisor, known)]
        if atoms.without_squares(numerator).is_zero and not doubtful:
            return True, set()
        if not doubtful:
            break
        between = between or set().union(*doubtful)
    return False, between


def _words(e: Expr, known: Context) -> dict[Any, list[Expr]] | None:
    """The scalars before each word; None if an exponent may be negative."""
    words: dict[Any, list[Expr]] = {}
    for term in Add.make_args(sympy.expand(e, power_exp=False, power_base=False)):
        scalars, letters = term.args_cnc()
        sums = [letter for letter in letters if isinstance(letter, sympy.Sum)]
        limits: tuple[Any, ...] = ()
        if sums:
            at = letters.index(sums[0])
            limits = sums[0].limits[0]
            inner, middle = sums[0].function.args_cnc()
            scalars, letters = [*scalars, *inner], [*letters[:at], *middle, *letters[at + 1 :]]
        within = known.given(limits[0] <= limits[2], indices=[limits[0]]) if sums else known
        word: list[tuple[Expr, Expr]] = []
        for letter in letters:
            base, exponent = letter.as_base_exp()
            if not seen_nonnegative(exponent, within):
                return None
            if word and word[-1][0] == base:
                exponent = sympy.expand(exponent + word.pop()[1])
            if exponent != 0:
                word.append((base, exponent))
        if sums:
            together = Mul.make_args(sympy.powsimp(Mul(*scalars), combine="exp"))
            scalars = [part for scalar in together for part in _parted(scalar, limits[0])]
        moving = [scalar for scalar in scalars if sums and scalar.has(limits[0])]
        fixed = [scalar for scalar in scalars if scalar not in moving]
        key = (tuple(word), limits, sympy.powsimp(Mul(*moving)))
        words.setdefault(key, []).append(Mul(*fixed))
    return words


def _parted(scalar: Expr, bound: Symbol) -> tuple[Expr, ...]:
    """A power of what is positive as one that moves with the index and one that does not."""
    if isinstance(scalar, Pow) and scalar.base.is_positive:
        return tuple(
            scalar.base**part for part in sympy.expand(scalar.exp).as_independent(bound, as_Add=True)
        )
    return (scalar,)


def sign(expression: Expr, context: Context) -> int:
    """2 if the expression is seen to be positive, 1 if not negative, 0 if neither is seen.

    >>> w, s, p, k = sympy.symbols("w s p k")
    >>> below_one = Context(frozenset([k]), (w >= 0, w < 1, s >= 0, p > 0))
    >>> sign(s * (1 - w) + p, below_one), sign(w**k / (1 - w), below_one), sign(w - p, below_one)
    (2, 1, 0)
    >>> sign(k - 1, below_one), sign(k**2 + 1, below_one)
    (0, 2)
    """
    written, known = _assumed(sympy.sympify(expression), context)
    opened = tuple(_opened_condition(condition, known) for condition in known.conditions)
    return sign_of(with_open_sums(written, known), replace(known, conditions=opened))


def _opened_condition(condition: Any, known: Context) -> Any:
    """The condition with its sums in the form that those of an expression have."""
    if not condition.has(sympy.Sum) or not all(isinstance(side, Expr) for side in condition.args):
        return condition
    return condition.func(*(with_open_sums(side, known) for side in condition.args), evaluate=False)


def is_nonzero(expression: Expr, context: Context) -> bool:
    """Whether the expression is seen not to be zero: factor by factor, by a sign or by a condition ``Ne``."""
    assumed, known = _assumed(sympy.sympify(expression), context)
    return seen_nonzero(assumed, known)


def tends_to_zero(expression: Expr, variable: Symbol, context: Context) -> bool:
    """Whether the expression is seen to tend to 0 as the variable goes to infinity.

    It is a quotient of polynomials in the variable, and perhaps of powers ``u**variable`` with ``-1 < u < 1``
    above, which outdo every power of the variable.

    >>> i, w = sympy.symbols("i w")
    >>> known = Context(frozenset([i]), (w >= 0, w < 1))
    >>> tends_to_zero(i**2 * w**i, i, known), tends_to_zero(w + 1 / (i + 1), i, known)
    (True, False)
    """
    named = expression.atoms(Indexed, AppliedUndef) | expression.free_symbols & context.names
    if named - {variable}:
        return False  # it may vary with the variable
    natural = variable in context.indices
    context = context.without(variable).given(variable > 0, indices=[variable] if natural else [])
    if natural:  # late enough for every power to exist
        expression = sympy.sympify(expression).subs(variable, variable + 2)
    assumed, known = _assumed(sympy.sympify(expression), context)
    at = context.assumed().get(variable, variable)
    atoms = Atoms(known)
    ((above, below),) = atoms.quotients(with_open_sums(assumed, known))
    if not all(seen_nonzero(divisor, known) for divisor, _ in atoms.divisors):
        return False
    above, below = above.cancel(below)
    keys = [*atoms.of]
    degree_at = keys.index(at) if at in keys else None
    powers = [
        place
        for place, key in enumerate(keys)
        if isinstance(key, tuple) and key[2] == at and not key[1].has(at)
    ]
    for place, key in enumerate(keys):
        present = any(e[place] for polynomial in (above, below) for e, _ in polynomial.terms())
        if present and _moves(key, at) and place != degree_at and place not in powers:
            return False

    def degree(exponents: tuple[int, ...]) -> int:
        return 0 if degree_at is None else exponents[degree_at]

    def base(exponents: tuple[int, ...]) -> Expr:
        return Mul(*(keys[place][1] ** exponents[place] for place in powers))

    if any(base(exponents) != 1 for exponents, _ in below.terms()):
        return False
    highest = max(degree(exponents) for exponents, _ in below.terms())
    lasting = [degree(exponents) for exponents, _ in above.terms() if not _shrinks(base(exponents), known)]
    leading = {e: c for e, c in below.terms() if degree(e) == highest}
    values = [Integer(1) if place == degree_at else _valued(key) for place, key in enumerate(keys)]
    coefficient = below.ring.from_dict(leading).as_expr(*values, Integer(1))
    lasts = any(base(e) != 1 for e, _ in above.terms() if not _shrinks(base(e), known))
    return not lasts and max(lasting, default=-1) < highest and seen_nonzero(coefficient, known)


def _moves(key: Any, at: Symbol) -> bool:
    return any(part.has(at) for part in (key[1:] if isinstance(key, tuple) else (key,)))


def _valued(key: Any) -> Expr:
    """What a generator stands for."""
    return Pow(*key[1:]) if isinstance(key, tuple) else key


def _shrinks(base: Expr, known: Context) -> bool:
    return sign_of(1 - base, known) == 2 and sign_of(1 + base, known) == 2
