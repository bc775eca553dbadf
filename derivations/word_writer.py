"""Matrix expressions written out as sums of words, with symbolic exponents and ranges.

    d(C W^j F)  in W  =  sum over k with k >= 0, j - 1 - k >= 0 of  C W^k dW W^(j-1-k) F.

Transposes go to the letters, powers and differentials become sums by the product rule

    d(A^j) = sum_{k=0}^{j-1} A^k dA A^(j-1-k)        (induction on j, from d(A^(j+1)) = dA A^j + A d(A^j)),

and a gradient is read off the differential: of tr(A dX B) it is A' B', of tr(A dX' B) it is B A.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, product
from typing import Any, TypeAlias

import sympy

from derivations.arguments import shown
from derivations.index_regions import Linear, linear
from derivations.matrix_expressions import (
    Differential,
    Gradient,
    Identity,
    Kronecker,
    Letter,
    MatrixExpression,
    Power,
    Product,
    Scaled,
    Sum,
    Summed,
    Trace,
    Transpose,
    scalar,
)
from derivations.word_terms import BeyondWords, Factor, Leg, Term, at_indices, reversed_word, transposed

__all__ = ["Spaces", "Undefined", "Writer"]

Spaces: TypeAlias = Mapping[str, tuple[str, str]]
"""For each matrix by name the dimensions of its rows and of its columns."""

_MOST_TERMS = 5_000
_MOST_LETTERS = 1_000
_VARIED = "∂"
"""Before a matrix's name: its differential, in a gradient that is being taken."""


class Undefined(ValueError):  # noqa: N818 - it may be zero times it
    """An expression has a power with a negative exponent, or divides by zero."""


@dataclass
class Writer:
    """Writes expressions out, given the matrices' dimensions and the free indices.

    ``varying`` names the matrices that ``d`` varies where an expression does not say.  ``natural`` collects
    the exponents of what was differentiated, with the term: in the result they are not seen to be negative.
    """

    spaces: Spaces
    free: tuple[str, ...]
    varying: tuple[str, ...]
    ones: frozenset[str] = frozenset()
    """Dimensions that are 1; ``spaces`` calls them ``"1"``."""
    with_sums: bool = False
    """Whether a sum with a symbolic exponent gets a letter of its own, which ``sums`` explains."""
    sums: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    natural: list[tuple[Term, Linear]] = field(default_factory=list)
    _fresh: Iterator[int] = field(default_factory=count)

    def space(self, letter: str) -> tuple[str, str]:
        """Rows and columns of a letter, which may be a transpose or a differential.

        Raises
        ------
        ValueError
            If there is no such matrix.
        """
        if letter.endswith("'"):
            return self.space(letter[:-1])[::-1]
        if letter in self.sums:
            leg = self.sums[letter][0].legs[0]
            return leg.rows or "", leg.columns or ""
        name = letter.removeprefix(_VARIED)
        if name not in self.spaces and name.startswith("d"):
            name = name[1:]
        if name not in self.spaces:
            known = ", ".join(sorted(self.spaces))
            raise ValueError(f"there is no matrix {shown(letter)}; there are {known} and their differentials")
        return self.spaces[name]

    def terms(self, expression: MatrixExpression, bound: Mapping[str, Linear] | None = None) -> list[Term]:
        """The expression as a sum of terms.

        Raises
        ------
        ValueError
            If shapes do not fit, a matrix is not known, or there are too many words.
        BeyondWords
            If a sum of several terms has a symbolic exponent, or an exponent is not linear.
        """
        known = dict(bound or {})
        match expression:
            case Letter(name):
                rows, columns = self.space(name)
                return [Term(sympy.Integer(1), (Leg(rows, (((name,), Linear(1)),), columns),))]
            case Identity(size):
                size = "1" if size in self.ones else size
                return [Term(sympy.Integer(1), (Leg(size, (), size),))]
            case Transpose(of):
                return [replace(t, legs=tuple(leg.T for leg in t.legs)) for t in self.terms(of, known)]
            case Sum(terms):
                return self._sum([self.terms(term, known) for term in terms], expression)
            case Scaled(coefficient, of):
                value = at_indices(scalar(coefficient), known | dict.fromkeys(self.ones, Linear(1)))
                if value == 0:
                    return []
                if value.has(sympy.zoo, sympy.nan, sympy.oo):
                    raise Undefined(f"{expression} divides by zero")
                return [replace(term, coefficient=term.coefficient * value) for term in self.terms(of, known)]
            case Product():
                return self._products(expression, known)
            case Power(base, exponent):
                return self._power(base, self._linear(exponent, known), known, expression)
            case Summed():
                return self._summed(expression, known)
            case Differential(of, varying):
                names = self.varying if varying is None else varying
                return self._differential(self.terms(of, known), lambda n: f"d{n}" if n in names else None)
            case Gradient(of, by):
                self.space(by)
                return self._gradient(self.terms(of, known), by, expression)
            case Trace(of):
                return [self._trace(term, expression) for term in self.terms(of, known)]
            case Kronecker(left, right):
                pairs = product(self.terms(left, known), self.terms(right, known))
                return self._limited(self._joined(a, b, (*a.legs, *b.legs)) for a, b in pairs)
        raise ValueError(f"a matrix expression is expected, got {shown(expression)}")

    def shape(self, terms: Iterable[Term], what: Any) -> tuple[tuple[str | None, str | None], ...] | None:
        """The rows and columns of each leg, which all terms have alike; None if there are no terms.

        Raises
        ------
        ValueError
            If two terms differ.
        """
        found: list[tuple[str | None, str | None]] | None = None
        for term in terms:
            legs = [(leg.rows, leg.columns) for leg in term.legs] or [("1", "1")]
            if found is None:
                found = legs
                continue
            if len(found) != len(legs) or not all(
                a is None or b is None or a == b
                for one, other in zip(found, legs, strict=True)
                for a, b in zip(one, other, strict=True)
            ):
                raise ValueError(f"{what}: a matrix of {_said(found)} and one of {_said(legs)} do not add up")
            found = [(a or c, b or d) for (a, b), (c, d) in zip(found, legs, strict=True)]
        return None if found is None else tuple(found)

    def _sum(self, summands: list[list[Term]], what: MatrixExpression) -> list[Term]:
        terms = self._limited(term for summand in summands for term in summand)
        self.shape(terms, what)
        if any(term.legs for term in terms) and not all(term.legs for term in terms):
            terms = [t if t.legs else replace(t, legs=(Leg("1", (), "1"),)) for t in terms]
        return terms

    def _limited(self, terms: Iterable[Term]) -> list[Term]:
        result = []
        for term in terms:
            result.append(term)
            if len(result) > _MOST_TERMS:
                raise ValueError(
                    f"written out it has more than {_MOST_TERMS:,} words; take smaller exponents"
                )
        return result

    def _joined(self, a: Term, b: Term, legs: tuple[Leg, ...]) -> Term:
        """The product of two terms with these legs; no index is bound in both."""
        return Term(
            a.coefficient * b.coefficient, legs, a.traces + b.traces, a.bound + b.bound, a.region + b.region
        )

    def _product(self, left: list[Term], right: list[Term], what: MatrixExpression) -> list[Term]:
        return self._limited(self._times(a, self._renamed(b), what) for a, b in product(left, right))

    def _products(self, expression: Product, known: Mapping[str, Linear]) -> list[Term]:
        """The product of all factors; zero times what has no meaning is zero, as in ``i nu^(i-1)``."""
        result, undefined = [Term(sympy.Integer(1), ())], None
        for factor in expression.factors:
            try:
                result = self._product(result, self.terms(factor, known), expression)
            except Undefined as error:
                undefined = undefined or error
        if undefined and result:
            raise undefined
        return result

    def _renamed(self, term: Term) -> Term:
        """The term with new names for its bound indices."""
        if not term.bound:
            return term
        names = {name: f"{name.split('#')[0]}#{next(self._fresh)}" for name in term.bound}
        forms = {name: Linear.of(new) for name, new in names.items()}
        return replace(term.put(forms), bound=tuple(names.values()))

    def _times(self, a: Term, b: Term, what: MatrixExpression) -> Term:
        if not (a.legs and b.legs):
            return self._joined(a, b, a.legs or b.legs)
        fits = len(a.legs) == len(b.legs) and all(
            None in (one.columns, other.rows) or one.columns == other.rows
            for one, other in zip(a.legs, b.legs, strict=True)
        )
        if fits:
            legs = tuple(
                Leg(one.rows or other.rows, one.factors + other.factors, other.columns or one.columns)
                for one, other in zip(a.legs, b.legs, strict=True)
            )
            return self._joined(a, b, legs)
        if a.is_number or b.is_number:
            a, b = (term.as_number() if term.is_number else term for term in (a, b))
            return self._times(a, b, what)
        raise ValueError(
            f"{what}: a matrix of {_said([(x.rows, x.columns) for x in b.legs])} cannot follow one of "
            f"{_said([(x.rows, x.columns) for x in a.legs])}"
        )

    def _linear(self, exponent: Any, known: Mapping[str, Linear]) -> Linear:
        value = scalar(exponent)
        form = linear(value, {*self.free, *known})
        if form is None:
            raise BeyondWords(f"the exponent or end {value} is not linear with whole coefficients")
        return form.put(known)

    def _power(
        self, base: MatrixExpression, exponent: Linear, known: Mapping[str, Linear], what: MatrixExpression
    ) -> list[Term]:
        terms = self.terms(base, known)
        if exponent.constant > _MOST_LETTERS:
            raise ValueError(f"{what}: an exponent may be {_MOST_LETTERS:,} at most, got {exponent}")
        if not exponent.slopes:
            if exponent.constant < 0:
                raise Undefined(f"{what}: an exponent must not be negative, got {exponent}")
            if not terms:
                return [Term(sympy.Integer(1), (Leg(None, (), None),))] if exponent.constant == 0 else []
            if len(terms) == 1 and not terms[0].bound and exponent.constant > 1:
                return [self._repeated(terms[0], exponent, what)]
            shape = self.shape(terms, what) or ()
            one = Term(sympy.Integer(1), tuple(Leg(rows, (), columns) for rows, columns in shape))
            self._product(terms, terms, what)  # it must be square
            result = [one]
            for _ in range(exponent.constant):
                result = self._product(result, terms, what)
            return result
        if len(terms) == 1 and not terms[0].bound:
            return [self._repeated(terms[0], exponent, what)]
        return [self._repeated(self._letter_for(terms, what), exponent, what)]

    def _letter_for(self, terms: list[Term], what: MatrixExpression) -> Term:
        """A letter that stands for a sum of words without indices."""
        shape = self.shape(terms, what) or ((None, None),)
        fitted = tuple(sorted((term.fitted(shape) for term in terms), key=str))
        plain = all(
            len(term.legs) == 1
            and not (term.traces or term.bound)
            and not any(exponent.slopes for word in term.words for _, exponent in word)
            and not {symbol.name for symbol in term.coefficient.free_symbols} & {*self.free}
            for term in fitted
        )
        if not (self.with_sums and terms and plain and len(shape) == 1 and None not in shape[0]):
            raise BeyondWords(f"{what} is a power of a sum with a symbolic exponent")
        reversed_ = (replace(term, legs=(term.legs[0].T,)) for term in fitted)
        names = {known: name for name, known in self.sums.items()}
        letter = names.get(fitted) or transposed(names.get(tuple(sorted(reversed_, key=str)), "'"))
        if not letter:
            letter = f"@{len(self.sums)}"
            self.sums[letter] = fitted
        return Term(sympy.Integer(1), (Leg(shape[0][0], (((letter,), Linear(1)),), shape[0][1]),))

    def _repeated(self, term: Term, exponent: Linear, what: MatrixExpression) -> Term:
        """A power of one term."""
        self._times(term, term, what)
        coefficient = term.coefficient
        legs = []
        for leg in term.legs:
            if len(leg.factors) == 1 and not leg.factors[0][1].slopes:
                (word, repeats), *_ = leg.factors
                legs.append(replace(leg, factors=((word, exponent.times(repeats.constant)),)))
            elif len(leg.factors) == 1 and not exponent.slopes:
                (word, repeats), *_ = leg.factors
                legs.append(replace(leg, factors=((word, repeats.times(exponent.constant)),)))
            elif not exponent.slopes:
                legs.append(replace(leg, factors=leg.factors * exponent.constant))
            elif all(not repeats.slopes for _, repeats in leg.factors):
                word = tuple(letter for word, repeats in leg.factors for letter in word * repeats.constant)
                legs.append(replace(leg, factors=((word, exponent),) if word else ()))
            else:
                raise BeyondWords(f"{what}: an exponent of an exponent is not linear")
        if term.traces and exponent.slopes:
            raise BeyondWords(f"{what}: a power of a trace with a symbolic exponent")
        traces = term.traces * exponent.constant if term.traces else ()
        return replace(
            term, coefficient=_raised(coefficient, exponent.sympy()), legs=tuple(legs), traces=traces
        )

    def _summed(self, sum_: Summed, known: Mapping[str, Linear]) -> list[Term]:
        first, last = self._linear(sum_.first, known), self._linear(sum_.last, known)
        length = last - first
        if not length.slopes and length.constant < 0:
            return []
        if not length.slopes:
            values = [first + Linear(step) for step in range(length.constant + 1)]
            if len(values) > _MOST_TERMS:
                raise ValueError(f"{sum_}: a sum has at most {_MOST_TERMS:,} terms")
            return self._limited(
                term for value in values for term in self.terms(sum_.term, {**known, sum_.index: value})
            )
        name = f"{sum_.index}#{next(self._fresh)}"
        inner = {**known, sum_.index: first + Linear.of(name)}
        seen = len(self.natural)
        terms = self.terms(sum_.term, inner)
        region = length - Linear.of(name)

        def within(term: Term) -> Term:
            return replace(term, bound=(*term.bound, name), region=(*term.region, region))

        self.natural[seen:] = [(within(term), form) for term, form in self.natural[seen:]]
        return [within(term) for term in terms]

    def _differential(self, terms: list[Term], vary: Callable[[str], str | None]) -> list[Term]:
        """The product rule, at every place of every word."""
        return self._limited(new for term in terms for new in self._differentials(term, vary))

    def _differentials(self, term: Term, vary: Callable[[str], str | None]) -> Iterator[Term]:
        for at, leg in enumerate(term.legs):
            for number, factors, extra in self._varied(leg.factors, vary, term):
                legs = (*term.legs[:at], replace(leg, factors=factors), *term.legs[at + 1 :])
                yield _narrowed(replace(term, legs=legs, coefficient=term.coefficient * number), extra)
        for at, (space, word) in enumerate(term.traces):
            for number, factors, extra in self._varied(word, vary, term):
                traces = (*term.traces[:at], (space, factors), *term.traces[at + 1 :])
                yield _narrowed(replace(term, traces=traces, coefficient=term.coefficient * number), extra)

    def _varied(
        self, factors: tuple[Factor, ...], vary: Callable[[str], str | None], term: Term
    ) -> Iterator[tuple[sympy.Expr, tuple[Factor, ...], tuple[str, Linear] | None]]:
        """Words with one letter varied: a coefficient, and what index and form bound the place, if any."""
        for at, (word, exponent) in enumerate(factors):
            for place, letter in enumerate(word):
                for number, varied in self._of_letter(letter, vary):
                    around = ((word[:place], Linear(1)), *varied, (word[place + 1 :], Linear(1)))
                    one = tuple(factor for factor in around if factor[0])
                    for before, after, extra in self._places(exponent, term):
                        powers = (word, before), *one, (word, after)
                        inside = tuple(factor for factor in powers if factor[1] != Linear(0))
                        yield number, (*factors[:at], *inside, *factors[at + 1 :]), extra

    def _of_letter(
        self, letter: str, vary: Callable[[str], str | None]
    ) -> Iterator[tuple[sympy.Expr, tuple[Factor, ...]]]:
        """The differential of a letter: itself, or the sum that it stands for."""
        plain = letter.removesuffix("'")
        if plain in self.sums:
            for new in self._differential([*self.sums[plain]], vary):
                leg = new.legs[0] if plain == letter else new.legs[0].T
                yield new.coefficient, leg.factors
        elif plain in self.spaces and (varied := vary(plain)) is not None:
            yield sympy.Integer(1), (((varied + letter[len(plain) :],), Linear(1)),)

    def _places(
        self, exponent: Linear, term: Term
    ) -> Iterator[tuple[Linear, Linear, tuple[str, Linear] | None]]:
        """How many factors of a power are before the one that varies, and how many after it."""
        if not exponent.slopes:
            for k in range(exponent.constant):
                yield Linear(k), Linear(exponent.constant - 1 - k), None
            return
        name = f"k#{next(self._fresh)}"
        rest = exponent - Linear(1) - Linear.of(name)
        self.natural.append((term, exponent))
        yield Linear.of(name), rest, (name, rest)

    def _gradient(self, terms: list[Term], by: str, what: MatrixExpression) -> list[Term]:
        varied = f"{_VARIED}{by}"
        if not all(term.is_number for term in terms):
            said = _said(self.shape(terms, what) or ())
            raise ValueError(
                f"{what}: a gradient is of a number, and this is {said}.  Take n_x = n_y = 1, or a "
                f"contraction such as tr(G' L)"
            )
        numbers = [term.as_number() for term in terms]
        result = []
        for term in self._differential(numbers, lambda name: varied if name == by else None):
            at = next(
                at
                for at, (_, factors) in enumerate(term.traces)
                if any(word in ((varied,), (f"{varied}'",)) for word, _ in factors)
            )
            factors = term.traces[at][1]
            place = next(k for k, (word, _) in enumerate(factors) if word in ((varied,), (f"{varied}'",)))
            before, after = factors[:place], factors[place + 1 :]
            if factors[place][0] == (varied,):
                word = reversed_word(before) + reversed_word(after)
            else:
                word = after + before
            rows, columns = self.space(by)
            traces = term.traces[:at] + term.traces[at + 1 :]
            result.append(replace(term, legs=(Leg(rows, word, columns),), traces=traces))
        return result

    def _trace(self, term: Term, what: MatrixExpression) -> Term:
        if not term.legs:
            return term
        for leg in term.legs:
            if leg.rows != leg.columns:
                raise ValueError(f"{what}: only a square matrix has a trace, and this is {_said_of(leg)}")
            if leg.rows is None:
                raise ValueError(f"{what}: the identity's size is not known; give it one")
        traces = tuple((leg.rows or "", leg.factors) for leg in term.legs)
        return replace(term, legs=(), traces=term.traces + traces)


def _narrowed(term: Term, extra: tuple[str, Linear] | None) -> Term:
    if extra is None:
        return term
    name, form = extra
    return replace(term, bound=(*term.bound, name), region=(*term.region, form))


def _said_of(leg: Leg) -> str:
    return _said([(leg.rows, leg.columns)])


def _said(shape: Iterable[tuple[str | None, str | None]]) -> str:
    return " (x) ".join(f"{rows or 'm'} x {columns or 'm'}" for rows, columns in shape)


def _raised(coefficient: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """The power, factor by factor; symbols are positive where roots of them are taken."""
    factors = (factor.as_base_exp() for factor in sympy.Mul.make_args(coefficient))
    return sympy.Mul(*(base ** sympy.expand(own * exponent) for base, own in factors))
