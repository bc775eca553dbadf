"""Expansions in powers of the width, as far as they are known, and their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derivations.exponentials import Element, NoClosedFormError, NoValueError

__all__ = ["Series"]


@dataclass(frozen=True, eq=False)
class Series:
    """``sum of terms[k] n^k + o(n^known)``; nothing is neglected if ``known`` is None."""

    terms: Mapping[int, Element]
    known: int | None = None

    @classmethod
    def of(cls, x: Element) -> "Series":
        """An element that is a polynomial in n and 1/n."""
        field = x.field
        place = field.keys.index("n") if "n" in field.keys else None
        if place is None or "n" not in x.keys:
            return cls({0: x})
        below = {int(exponents[place]) for exponents, _ in x.denominator.terms()}
        if len(below) > 1:
            raise NoClosedFormError("a quotient by a sum with n")
        ((shift,), one) = below, {}
        for exponents, c in x.denominator.terms():
            one[tuple(0 if k == place else e for k, e in enumerate(exponents))] = c
        denominator, above = field.ring.from_dict(one), dict[int, dict[tuple[int, ...], Any]]()
        for exponents, c in x.numerator.terms():
            rest = tuple(0 if k == place else e for k, e in enumerate(exponents))
            above.setdefault(int(exponents[place]) - shift, {})[rest] = c
        return cls(
            {k: Element(field, field.ring.from_dict(terms), denominator) for k, terms in above.items()}
        )

    @property
    def top(self) -> int:
        """The greatest power, at least that of what is neglected."""
        powers = [*self.terms] + ([] if self.known is None else [self.known])
        return max(powers, default=0)

    def __add__(self, other: "Series") -> "Series":
        known = [x for x in (self.known, other.known) if x is not None]
        terms = dict(self.terms)
        for k, x in other.terms.items():
            terms[k] = terms[k] + x if k in terms else x
        return _kept(terms, max(known) if known else None)

    def __mul__(self, other: "Series") -> "Series":
        known = [a.known + b.top for a, b in ((self, other), (other, self)) if a.known is not None]
        terms: dict[int, Element] = {}
        for k, x in self.terms.items():
            for m, y in other.terms.items():
                terms[k + m] = terms[k + m] + x * y if k + m in terms else x * y
        return _kept(terms, max(known) if known else None)

    def inverse(self) -> "Series":
        """One over a series of a single term."""
        if len(self.terms) != 1 or self.known is not None:
            raise NoClosedFormError("a quotient by what depends on n in several terms")
        ((k, x),) = self.terms.items()
        return Series({-k: x.inverse()})

    def limit(self, zero: Element) -> Element:
        """As n grows; NoValueError if it does not exist."""
        if any(k > 0 for k in self.terms):
            raise NoValueError("a limit that does not exist: it grows without bound")
        if self.known is not None and self.known > 0:
            raise NoClosedFormError("an expansion in 1/n that is not known so far")
        return self.terms.get(0, zero)


def _kept(terms: Mapping[int, Element], known: int | None) -> Series:
    """Without what is 0 or neglected."""
    return Series({k: x for k, x in terms.items() if x != 0 and (known is None or k >= known)}, known)
