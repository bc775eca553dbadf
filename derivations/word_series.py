"""Powers of sums: identities as equalities of rational series, decided with weighted automata.

A power such as (W + V)^j is no sum of finitely many words with symbolic exponents.  But with t^j for the
exponent j, the sum over all j of both sides of an identity is a *rational series*: letters, sums, products
and stars (tA)* = 1 + tA + (tA)^2 + ..., with coefficients in the field of the rational functions of t and the
parameters, wherever no index is in two exponents.  For C (tA)* is the sum of t^j C A^j, and

    sum_k k^a z^k A^k = sum_s S(a, s) s! (zA)^s ((zA)*)^(s+1)          (Stirling's numbers S).

A rational series is given by a weighted automaton: the coefficient of a word x y ... z is
u M_x M_y ... M_z v, with a row u, matrices M and a column v.

Theorem (Schützenberger 1961).  The series of an automaton with N states is zero exactly if the coefficients
of all words of fewer than N letters are.  For the rows u M_x ... M_y span a space of at most N dimensions,
which words of fewer than N letters span already; and the series is zero exactly if v is orthogonal to it.

So the difference is decided by a basis of that space, in exact arithmetic.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import factorial
from typing import Any, TypeAlias

import sympy

from derivations.index_regions import Monomial, Piece, Weighted, monomials, pieces, stirling
from derivations.word_claims import Claim, defined, require_values
from derivations.word_terms import BeyondWords, Factor, Term, collected, transposed
from derivations.word_writer import Writer

__all__ = ["Decision", "decide_series"]

Word: TypeAlias = tuple[str, ...]
Polynomial: TypeAlias = tuple[tuple[Any, Word], ...]
"""Coefficients in the field, and words."""
_MOST_STATES = 400


@dataclass(frozen=True)
class Decision:
    """Whether the series is zero, of how many states and dimensions, and what is assumed."""

    zero: bool
    states: int
    dimensions: int
    said: tuple[str, ...]


@dataclass
class Automaton:
    """States 0, 1, ..., all numbered in the order in which they are reached without letters.

    ``silent`` are the weights of steps that read nothing: to later states, and from a state to itself.
    """

    field: Any
    start: dict[int, Any] = field(default_factory=dict)
    silent: list[dict[int, Any]] = field(default_factory=list)
    steps: dict[str, dict[int, dict[int, Any]]] = field(default_factory=lambda: defaultdict(dict))
    end: dict[int, Any] = field(default_factory=dict)

    def state(self) -> int:
        """A new one.

        Raises
        ------
        BeyondWords
            If there are too many.
        """
        if len(self.silent) == _MOST_STATES:
            raise BeyondWords(f"an automaton of more than {_MOST_STATES} states")
        self.silent.append({})
        return len(self.silent) - 1

    def read(self, polynomial: Polynomial, source: int, target: int, weight: Any) -> None:
        """Ways from one state to another that read the polynomial's words, all weights times this one."""
        for coefficient, word in polynomial:
            if not word:
                before = self.silent[source].get(target, self.field.zero)
                self.silent[source][target] = before + coefficient * weight
                continue
            at, number = source, coefficient * weight
            for place, letter in enumerate(word):
                following = target if place == len(word) - 1 else self.state()
                steps = self.steps[letter].setdefault(at, {})
                steps[following] = steps.get(following, self.field.zero) + number
                at, number = following, self.field.one

    def power(self, polynomial: Polynomial, exponent: int, source: int) -> int:
        """Read a power; the state after it."""
        for _ in range(exponent):
            target = self.state()
            self.read(polynomial, source, target, self.field.one)
            source = target
        return source

    def star(self, polynomial: Polynomial, ratio: Any, source: int) -> int:
        """Read any number of powers, each with this ratio; the state after them."""
        target = self.state()
        self.silent[source][target] = self.field.one
        self.read(polynomial, target, target, ratio)
        return target

    def dimensions(self) -> tuple[bool, int]:
        """Whether the series is zero, and the dimension of the rows that were looked at.

        If it is not zero, as many as were needed to see it.
        """
        closed = self._closures()
        basis: dict[int, dict[int, Any]] = {}
        waiting = [_combined(self.start, closed, self.field)]
        while waiting:
            row = self._reduced(waiting.pop(0), basis)
            if not row:
                continue
            pivot = min(row)
            basis[pivot] = {state: weight / row[pivot] for state, weight in row.items()}
            if sum(
                (weight * self.end.get(state, self.field.zero) for state, weight in row.items()),
                self.field.zero,
            ):
                return False, len(basis)
            for steps in self.steps.values():
                moved = _combined(
                    {state: weight for state, weight in row.items() if state in steps}, steps, self.field
                )
                waiting.append(_combined(moved, closed, self.field))
        return True, len(basis)

    def _closures(self) -> dict[int, dict[int, Any]]:
        """From each state, the weights of all ways that read nothing."""
        closed: dict[int, dict[int, Any]] = {}
        one = self.field.one

        def close(state: int) -> dict[int, Any]:
            if state not in closed:
                onwards = {target: weight for target, weight in self.silent[state].items() if target != state}
                row = _combined(onwards, {target: close(target) for target in onwards}, self.field)
                row[state] = row.get(state, self.field.zero) + one
                loop = one - self.silent[state].get(state, self.field.zero)
                closed[state] = {target: weight / loop for target, weight in row.items()}
            return closed[state]

        for state in reversed(range(len(self.silent))):
            close(state)
        return closed

    def _reduced(self, row: dict[int, Any], basis: Mapping[int, dict[int, Any]]) -> dict[int, Any]:
        """The row less what the basis explains."""
        left, result = {state: weight for state, weight in row.items() if weight}, dict[int, Any]()
        while left:
            state = min(left)
            weight = left.pop(state)
            if state not in basis:
                result[state] = weight
                continue
            for other, value in basis[state].items():
                if other != state:
                    changed = left.get(other, self.field.zero) - weight * value
                    if changed:
                        left[other] = changed
                    else:
                        left.pop(other, None)
        return result


def _combined(row: Mapping[int, Any], matrix: Mapping[int, Mapping[int, Any]], field_: Any) -> dict[int, Any]:
    """The row times the matrix."""
    result: dict[int, Any] = {}
    for state, weight in row.items():
        for target, value in matrix[state].items():
            result[target] = result.get(target, field_.zero) + weight * value
    return {state: weight for state, weight in result.items() if weight}


def decide_series(claim: Claim) -> Decision:
    """Whether both sides of a claim with powers of sums are equal where they are defined.

    Raises
    ------
    BeyondWords
        If an index is in two exponents, there are traces, Kronecker products, or numbers among the matrices,
        or a coefficient is not polynomial in the indices but for powers.
    """
    writer = claim.writer(claim.indices, with_sums=True)
    left, right = claim.sides(writer)
    difference = [*left, *(term.negative for term in right)]
    require_values(difference, claim.indices)
    requirements = [*writer.natural]
    requirements += [(term, e) for term in difference for word in term.words for _, e in word if e.slopes]
    domain, said = defined(claim, requirements)
    states, dimensions = 0, 0
    left_over = collected(difference)
    for piece in domain:
        automaton = _automaton(left_over, piece, writer)
        zero, found = automaton.dimensions()
        states, dimensions = max(states, len(automaton.silent)), max(dimensions, found)
        if not zero:
            return Decision(False, states, found, said)
    return Decision(bool(domain), states, dimensions, said)


def _automaton(terms: Sequence[Term], domain: Piece, writer: Writer) -> Automaton:
    names = {s.name for term in terms for s in term.coefficient.free_symbols}
    names |= {s.name for sums in writer.sums.values() for term in sums for s in term.coefficient.free_symbols}
    roots = {f"^{name}": sympy.Symbol(f"sqrt_{name}", positive=True) for name in sorted(names)}
    times = {name: sympy.Symbol(f"t_{name}") for name, _ in domain.indices}
    over = sympy.QQ.frac_field(*roots.values(), *times.values(), sympy.Symbol("unused")).field
    marks = {name: over.from_expr(root) for name, root in roots.items()}
    marks |= {f"index {name}": over.from_expr(mark) for name, mark in times.items()}
    squares = {sympy.Symbol(name[1:]): root**2 for name, root in roots.items()}
    automaton = Automaton(over)
    builder = _Builder(automaton, writer, marks, squares)
    for term in terms:
        builder.add(term, domain)
    return automaton


@dataclass(frozen=True)
class _Builder:
    automaton: Automaton
    writer: Writer
    marks: Mapping[str, Any]
    squares: Mapping[sympy.Symbol, sympy.Expr]

    def add(self, term: Term, domain: Piece) -> None:
        """The series of a term, over the piece's exponents."""
        if len(term.legs) != 1 or term.traces:
            raise BeyondWords("a trace or a Kronecker product beside a power of a sum")
        forms = dict(domain.indices)
        placed = term.put(forms)
        self._require_free(placed)
        natural = (exponent for _, exponent in placed.legs[0].factors if exponent.slopes)
        for piece in pieces((*domain.parameters, *term.bound), (*placed.region, *natural)):
            inner = dict(piece.indices)
            here = placed.put(inner)
            times = tuple((f"index {name}", form.put(inner)) for name, form in forms.items())
            try:
                parts = [*monomials(Weighted(here.coefficient, times, piece.parameters))]
            except ValueError as error:
                raise BeyondWords(str(error)) from error
            for part in parts:
                self._paths(part, here.legs[0].factors)

    def _require_free(self, term: Term) -> None:
        """That no number is among the matrices, for numbers commute."""
        leg = term.legs[0]
        letters = [letter for word, _ in leg.factors for letter in word]
        cuts = sum(self.writer.space(letter)[1] == "1" for letter in letters) + (leg.rows == "1")
        if cuts > 1:
            raise BeyondWords("a number beside a power of a sum")

    def _paths(self, part: Monomial, factors: Sequence[Factor]) -> None:
        """Ways that read the word's powers for all values of the parameters."""
        ratios = {
            name: self._weight(part, lambda form, name=name: dict(form.slopes).get(name, 0))
            for name in part.parameters
        }
        homes = {
            name: [at for at, (_, e) in enumerate(factors) if name in dict(e.slopes)]
            for name in part.parameters
        }
        if any(len(home) > 1 for home in homes.values()):
            raise BeyondWords("an index is in two exponents beside a power of a sum")
        over = self.automaton.field
        number = over.from_expr(sympy.Rational(int(part.number.p), int(part.number.q)))
        number *= self._weight(part, lambda form: form.constant)
        choices = [
            [(name, s) for s in range(part.powers.get(name, 0) + 1) if stirling(part.powers.get(name, 0), s)]
            for name in part.parameters
        ]
        for chosen in product(*choices):
            weight = number
            for name, s in chosen:
                weight *= stirling(part.powers.get(name, 0), s) * factorial(s) * ratios[name] ** s
                if not homes[name]:
                    weight /= (over.one - ratios[name]) ** (s + 1)
            at = self.automaton.state()
            self.automaton.start[at] = weight
            for place, (word, exponent) in enumerate(factors):
                base = self._polynomial(word)
                at = self.automaton.power(base, exponent.constant, at)
                for name, s in chosen:
                    if homes[name] == [place]:
                        repeated = self._repeated(base, dict(exponent.slopes)[name])
                        at = self.automaton.power(repeated, s, at)
                        for _ in range(s + 1):
                            at = self.automaton.star(repeated, ratios[name], at)
            self.automaton.end[at] = over.one

    def _weight(self, part: Monomial, of: Any) -> Any:
        """The product of the marks and bases, each to the power that ``of`` finds in its exponent."""
        over = self.automaton.field
        weight = over.one
        for name, form in part.exponents.items():
            weight *= self.marks[name] ** of(form)
        for base, form in part.bases:
            weight *= over.from_expr(sympy.Rational(int(base.p), int(base.q))) ** of(form)
        return weight

    def _polynomial(self, word: Word) -> Polynomial:
        """The word with sums for the letters that stand for them."""
        over = self.automaton.field
        result: Polynomial = ((over.one, ()),)
        for letter in word:
            result = _product(result, self._letter(letter))
        return result

    def _letter(self, letter: str) -> Polynomial:
        over, plain = self.automaton.field, letter.removesuffix("'")
        if plain not in self.writer.sums:
            return ((over.one, (letter,)),)
        found = []
        for term in self.writer.sums[plain]:
            word = tuple(x for w, exponent in term.legs[0].factors for x in w * exponent.constant)
            word = word if plain == letter else tuple(map(transposed, reversed(word)))
            found.append((over.from_expr(term.coefficient.subs(self.squares)), word))
        return tuple(found)

    def _repeated(self, base: Polynomial, exponent: int) -> Polynomial:
        result = base
        for _ in range(exponent - 1):
            result = _product(result, base)
        return result


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    return tuple((x * y, one + other) for x, one in a for y, other in b)
