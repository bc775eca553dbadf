"""A claim that two matrix expressions are equal: what it is about, and for which exponents it says anything.

All is read off the two sides: the free indices, what ``d`` varies, which dimensions are 1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from derivations.arguments import shown
from derivations.index_regions import Linear, Piece, Weighted, linear, monomials, pieces
from derivations.matrix_expressions import (
    Differential,
    Gradient,
    Letter,
    MatrixExpression,
    Power,
    Summed,
    parts,
    scalar,
    within,
)
from derivations.word_forms import Key, concrete_word
from derivations.word_terms import BeyondWords, Term
from derivations.word_writer import Spaces, Writer

__all__ = ["Claim", "claim_of", "defined", "exponents", "require_values", "totals"]

NETWORK: Spaces = {"C": ("n_y", "n"), "W": ("n", "n"), "F": ("n", "n_x")}
_ADJOINT: Spaces = {"G": ("n_y", "n_x")}
_MOST_EXPONENTS = 40
_GREATEST_EXPONENT = 200


@dataclass(frozen=True)
class Claim:
    """Two sides and all that is needed to write them out.

    ``indices`` are the free ones, natural numbers at which no form in ``constraints`` is negative;
    ``varying`` names what ``d`` varies, ``ones`` the dimensions that are 1, and ``said`` is all this in
    words.
    """

    left: MatrixExpression
    right: MatrixExpression
    indices: tuple[str, ...]
    constraints: tuple[Linear, ...]
    spaces: Spaces
    varying: tuple[str, ...]
    ones: frozenset[str]
    said: tuple[str, ...]

    def writer(self, free: tuple[str, ...], *, with_sums: bool = False) -> Writer:
        """What writes both sides out, with these indices as symbols."""
        return Writer(self.spaces, free, self.varying, self.ones, with_sums)

    def sides(self, writer: Writer, at: Mapping[str, Linear] | None = None) -> tuple[list[Term], list[Term]]:
        """Left and right, written out.

        Raises
        ------
        ValueError
            As :meth:`Writer.terms`, or if their shapes differ.
        """
        left, right = (writer.terms(side, at) for side in (self.left, self.right))
        shape = writer.shape([*left, *right], f"{self.left} = {self.right}") or ()
        return [term.fitted(shape) for term in left], [term.fitted(shape) for term in right]


def claim_of(
    left: MatrixExpression, right: MatrixExpression, conditions: Sequence[Any], shapes: Any
) -> Claim:
    """The claim that two sides are equal; arguments and errors as for ``decide_identity``."""
    both = [*parts(left), *parts(right)]
    letters = {part.name for part in both if isinstance(part, Letter)}
    spaces = {**NETWORK, **_ADJOINT}
    spaces |= {name: (str(rows), str(columns)) for name, (rows, columns) in (shapes or {}).items()}
    named = {name for name in spaces if f"d{name}" in letters}
    inner = (
        {p.name for p in parts(part.of) if isinstance(p, Letter)}
        for part in both
        if isinstance(part, Differential)
    )
    named |= {name for names in inner if len(names) == 1 for name in names & spaces.keys()}
    variable = {*NETWORK, *(shapes or {})}
    varying = tuple(name for name in spaces if name in (named or variable))
    said = []
    if any(isinstance(part, Differential) and part.varying is None for part in both):
        fixed = sorted((letters & variable) - {*varying})
        said += [f"{' and '.join(fixed)} held fixed"] if fixed else []
    free = _free(left, frozenset()) | _free(right, frozenset())
    if both_meanings := free & {name for shape in spaces.values() for name in shape}:
        raise ValueError(f"{both_meanings.pop()} is a dimension, and no exponent or index")
    indices = tuple(sorted(free))
    constraints = tuple(form for condition in conditions for form in _constraints(condition, indices))
    said += map(str, conditions)
    if not pieces(indices, constraints):
        raise ValueError(f"conditions: no natural numbers satisfy {', '.join(map(str, conditions))}")
    claim = Claim(left, right, indices, constraints, spaces, varying, frozenset(), tuple(said))
    gradients = [part.of for part in both if isinstance(part, Gradient)]
    if all(_is_number(of, claim) for of in gradients):
        return claim
    ones = frozenset(("n_x", "n_y"))
    spaces = {
        name: ("1" if rows in ones else rows, "1" if columns in ones else columns)
        for name, (rows, columns) in spaces.items()
    }
    return replace(claim, spaces=spaces, ones=ones, said=(*said, "n_x = n_y = 1"))


def totals(terms: Iterable[Term], writer: Writer) -> list[Term]:
    """The words without indices that do not cancel, each with its whole coefficient."""
    totals: dict[Key, sympy.Expr] = {}
    words: dict[Key, Term] = {}
    for term in terms:
        key, coefficient = concrete_word(term, writer.space)
        totals[key] = totals.get(key, sympy.Integer(0)) + coefficient
        words.setdefault(key, replace(term, coefficient=sympy.Integer(1)))
    return [
        replace(words[key], coefficient=total)
        for key, coefficient in totals.items()
        if (total := sympy.expand(coefficient)) != 0
    ]


def defined(claim: Claim, requirements: Iterable[tuple[Term, Linear]]) -> tuple[list[Piece], tuple[str, ...]]:
    """Where no power with a coefficient that is not zero has a negative exponent, and that in words.

    Raises
    ------
    BeyondWords
        If an exponent within a sum may be negative, which is so for some of the free indices and not for
        others.
    """
    said: list[str] = []
    domain = pieces(claim.indices, claim.constraints)
    for term, form in sorted(dict.fromkeys(requirements), key=lambda requirement: requirement[1].constant):
        kept = []
        for piece in domain:
            at = dict(piece.indices)
            bad = _undefined(term.put(at), form.put(at), piece.parameters)
            if not bad:
                kept.append(piece)
                continue
            if {name for name, _ in form.slopes} & {*term.bound}:
                raise BeyondWords(f"an exponent {form} within a sum may be negative")
            for sign, allowed in ((form, True), (-form - Linear(1), False)):
                for inner in pieces(piece.parameters, [sign.put(at)]):
                    part = _composed(piece, inner)
                    forms = dict(part.indices)
                    if allowed or not _undefined(term.put(forms), form.put(forms), part.parameters):
                        kept.append(part)
            text = f"{_at_least(form)}, for both sides to be defined"
            said += [text] if text not in said else []
        domain = kept
    return domain, tuple(said)


def _at_least(form: Linear) -> str:
    """That it is not negative.

    >>> _at_least(Linear(-1, (("j", 1),)))
    'j >= 1'
    """
    return f"{form - Linear(form.constant)} >= {-form.constant}"


def _undefined(term: Term, form: Linear, parameters: tuple[str, ...]) -> bool:
    """Whether the form is negative where the term's coefficient is not zero, as far as is seen."""
    for piece in pieces((*parameters, *term.bound), (*term.region, -form - Linear(1))):
        if sympy.expand(term.put(dict(piece.indices)).coefficient) != 0:
            return True
    return False


def _composed(piece: Piece, inner: Piece) -> Piece:
    forms = dict(inner.indices)
    return Piece(tuple((name, form.put(forms)) for name, form in piece.indices), inner.parameters)


def require_values(terms: Iterable[Term], indices: Sequence[str]) -> None:
    """That coefficients are polynomials in the indices times powers: they have a value at all of them.

    Raises
    ------
    BeyondWords
        If one may not have.
    """
    for term in terms:
        try:
            list(monomials(Weighted(term.coefficient, (), (*indices, *term.bound))))
        except ValueError as error:
            raise BeyondWords(str(error)) from error


def exponents(claim: Claim) -> Iterator[tuple[int, ...]]:
    """Those that the conditions allow, by their sum."""
    if not claim.indices:
        yield ()
        return
    found = 0
    for total in range(_GREATEST_EXPONENT):
        for values in _vectors(total, len(claim.indices)):
            at = dict(zip(claim.indices, values, strict=True))
            if all(form.at(at) >= 0 for form in claim.constraints):
                yield values
                found += 1
            if found == _MOST_EXPONENTS:
                return


def _vectors(total: int, length: int) -> Iterator[tuple[int, ...]]:
    if length == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _vectors(total - first, length - 1):
            yield (first, *rest)


def _free(expression: MatrixExpression, bound: frozenset[str]) -> set[str]:
    """The symbols of exponents and ends that no sum binds."""
    if isinstance(expression, Summed):
        ends = {
            symbol.name for end in (expression.first, expression.last) for symbol in scalar(end).free_symbols
        }
        return (ends - bound) | _free(expression.term, bound | {expression.index})
    found = set[str]()
    if isinstance(expression, Power):
        found = {symbol.name for symbol in scalar(expression.exponent).free_symbols} - bound
    return found.union(*(_free(part, bound) for part in within(expression)))


def _constraints(condition: Any, indices: tuple[str, ...]) -> list[Linear]:
    """The linear forms that a condition says not to be negative."""
    if not isinstance(condition, Boolean):
        raise ValueError(f"conditions are relations of SymPy's, got {shown(condition)}")
    if condition in (sympy.true, sympy.false):
        return [] if condition else [Linear(-1)]
    form = linear(condition.lhs - condition.rhs, indices) if isinstance(condition, Relational) else None
    if form is not None:
        match condition:
            case sympy.Ge():
                return [form]
            case sympy.Gt():
                return [form - Linear(1)]
            case sympy.Le():
                return [-form]
            case sympy.Lt():
                return [-form - Linear(1)]
            case sympy.Eq():
                return [form, -form]
    raise ValueError(
        f"conditions are >=, >, <=, < or = between linear forms in the exponents "
        f"({', '.join(indices) or 'there are none'}), got {condition}"
    )


def _is_number(of: MatrixExpression, claim: Claim) -> bool:
    every = {
        symbol.name
        for part in parts(of)
        if isinstance(part, Power)
        for symbol in scalar(part.exponent).free_symbols
    }
    try:
        return all(term.is_number for term in claim.writer((*claim.indices, *every)).terms(of))
    except BeyondWords:
        return False
