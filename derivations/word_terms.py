"""Words with symbolic exponents and ranges, and the terms that sums of them are made of.

A *term* is a coefficient times words and traces of words, summed over indices where linear forms are not
negative.  A word is a product of powers of words whose exponents are linear in the indices: ``C W^k dW
W^(j-1-k) F``, summed over k where k >= 0 and j - 1 - k >= 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

import sympy

from derivations.index_regions import Linear

__all__ = ["BeyondWords", "Factor", "Leg", "Term", "at_indices", "collected", "reversed_word", "transposed"]

Factor: TypeAlias = tuple[tuple[str, ...], Linear]
"""A word, its letters with ``'`` for transposes, and how often it is repeated."""


class BeyondWords(Exception):  # noqa: N818 - nothing is wrong
    """An expression with symbolic indices that is no sum of words of the form that is decided here."""


@dataclass(frozen=True)
class Leg:
    """A word with the dimensions on its left and right; None for an identity of any."""

    rows: str | None
    factors: tuple[Factor, ...]
    columns: str | None

    @property
    def T(self) -> "Leg":
        """The transpose."""
        return Leg(self.columns, reversed_word(self.factors), self.rows)


@dataclass(frozen=True)
class Term:
    """``coefficient * traces * legs``, summed over the bound indices where no form of ``region`` is negative.

    The legs are the factors of a Kronecker product: one for a matrix, none for a number.
    """

    coefficient: sympy.Expr
    legs: tuple[Leg, ...]
    traces: tuple[tuple[str, tuple[Factor, ...]], ...] = ()
    """The dimension between first and last, and the word."""
    bound: tuple[str, ...] = ()
    region: tuple[Linear, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is 1 x 1."""
        return all(leg.rows == leg.columns == "1" for leg in self.legs)

    def as_number(self) -> "Term":
        """The same with a trace for each leg, which is 1 x 1."""
        return replace(self, legs=(), traces=(*self.traces, *(("1", leg.factors) for leg in self.legs)))

    def fitted(self, shape: Sequence[tuple[str | None, str | None]]) -> "Term":
        """The term with these dimensions for those of its legs that are not known."""
        if not any(leg.rows is None for leg in self.legs):
            return self
        legs = (
            Leg(leg.rows or rows, leg.factors, leg.columns or columns)
            for leg, (rows, columns) in zip(self.legs, shape, strict=True)
        )
        return replace(self, legs=tuple(legs))

    @property
    def negative(self) -> "Term":
        """The same with the other sign."""
        return replace(self, coefficient=-self.coefficient)

    @property
    def words(self) -> tuple[tuple[Factor, ...], ...]:
        """Those of the legs and of the traces."""
        return (*(leg.factors for leg in self.legs), *(factors for _, factors in self.traces))

    def put(self, forms: Mapping[str, Linear]) -> "Term":
        """The term with linear forms in the place of indices."""

        def placed(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
            return tuple((word, exponent.put(forms)) for word, exponent in factors)

        return replace(
            self,
            coefficient=at_indices(self.coefficient, forms),
            legs=tuple(replace(leg, factors=placed(leg.factors)) for leg in self.legs),
            traces=tuple((dimension, placed(factors)) for dimension, factors in self.traces),
            region=tuple(form.put(forms) for form in self.region),
        )

    def __str__(self) -> str:
        """In the notation of :mod:`derivations.prose`."""
        sums, known = "", dict[str, Linear]()
        for name in self.bound:
            plain = Linear.of(name.split("#")[0])
            known[name] = Linear.of(f"{plain}_{len(known)}") if plain in known.values() else plain
        term = self.put(known)
        for name in self.bound:
            index = known[name]
            lasts = [form.put(known) + index for form in self.region if (name, -1) in form.slopes]
            sums += f"sum_{{{index}=0}}^{{{', '.join(map(str, lasts))}}} "
        words = [f"tr({_spelled(factors)})" for _, factors in term.traces]
        words += [" (x) ".join(_spelled(leg.factors) for leg in term.legs)] if term.legs else []
        return f"{_sign(term.coefficient)}{sums}{' '.join(words)}"


def _sign(coefficient: sympy.Expr) -> str:
    if coefficient in (1, -1):
        return "" if coefficient == 1 else "-"
    written = str(coefficient).replace("**", "^").replace("*", " ")
    return f"({written}) " if coefficient.is_Add else f"{written} "


def _spelled(factors: Iterable[Factor]) -> str:
    said = []
    for word, exponent in factors:
        base = " ".join(word)
        if exponent == Linear(1):
            said.append(base)
        elif exponent != Linear(0):
            base = f"({base})" if len(word) > 1 or base.endswith("'") else base
            said.append(f"{base}^{{{exponent}}}" if len(str(exponent)) > 1 else f"{base}^{exponent}")
    return " ".join(said) or "I"


def at_indices(coefficient: sympy.Expr, forms: Mapping[str, Linear]) -> sympy.Expr:
    """The coefficient with linear forms in the place of indices."""
    if not forms or coefficient.is_number:
        return coefficient
    return coefficient.xreplace({sympy.Symbol(name): form.sympy() for name, form in forms.items()})


def transposed(letter: str) -> str:
    """The letter's transpose.

    >>> transposed("W"), transposed("W'")
    ("W'", 'W')
    """
    return letter[:-1] if letter.endswith("'") else f"{letter}'"


def reversed_word(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """The transpose of a product of powers."""
    return tuple((tuple(map(transposed, reversed(word))), exponent) for word, exponent in reversed(factors))


def collected(terms: Iterable[Term]) -> list[Term]:
    """The terms with neighbouring powers of one word joined, and what is alike added up."""
    totals: dict[Term, sympy.Expr] = {}
    for term in terms:
        names = {name: Linear.of(f"bound {at}") for at, name in enumerate(term.bound)}
        known = term.put(names)
        alike = Term(
            sympy.Integer(1),
            tuple(Leg(leg.rows, _joined(leg.factors), leg.columns) for leg in known.legs),
            tuple(sorted(((dimension, _joined(word)) for dimension, word in known.traces), key=str)),
            tuple(str(name) for name in names.values()),
            tuple(sorted(known.region, key=str)),
        )
        totals[alike] = totals.get(alike, sympy.Integer(0)) + known.coefficient
    return [
        replace(term, coefficient=total)
        for term, coefficient in totals.items()
        if (total := sympy.expand(coefficient)) != 0
    ]


def _joined(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    return tuple(
        (word, sum((exponent for _, exponent in powers), Linear()))
        for word, powers in groupby(factors, key=lambda factor: factor[0])
    )
