"""Proofs that two sums of words are equal for all exponents, step by step."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from string import ascii_lowercase
from typing import TypeAlias

import sympy
from sympy.printing.str import StrPrinter

from derivations.index_regions import Linear, Piece, Weighted, generating_function, sums_vanish
from derivations.matrix_expressions import Differential, Gradient, parts
from derivations.proof import Kind
from derivations.word_claims import Claim, defined, require_values, totals
from derivations.word_forms import CUT, Key, periods_of, weighted_words
from derivations.word_series import decide_series
from derivations.word_terms import BeyondWords, Term, collected
from derivations.word_writer import Writer

__all__ = ["Reason", "proof"]

_LONG = 160
_MOST_SHOWN = 6


@dataclass(frozen=True)
class Reason:
    """One step of a proof: name, prose with its mathematics marked, kind as in :mod:`derivations.proof`."""

    name: str
    text: str
    kind: Kind


Proof: TypeAlias = tuple[tuple[Reason, ...], tuple[str, ...]]
"""The steps, and what it takes for both sides to be defined."""


def proof(claim: Claim) -> Proof | None:
    """The proof of the claim; None if words differ.

    Raises
    ------
    BeyondWords
        If it cannot be told.
    """
    try:
        return _by_words(claim)
    except BeyondWords:
        return _by_series(claim)


def _by_series(claim: Claim) -> Proof | None:
    """For powers of sums."""
    decision = decide_series(claim)
    if not decision.zero:
        return None
    states, dimensions = decision.states, decision.dimensions
    reasons = (
        Reason(
            "Schützenberger's theorem",
            "A rational series in letters that do not commute, given by an automaton with $N$ states, is "
            "zero exactly if the coefficients of all words of fewer than $N$ letters are (Schützenberger "
            "1961).",
            "lemma",
        ),
        Reason(
            "series",
            "Left minus right, each exponent marked by the power of a symbol, is the series of an automaton "
            f"of ${states}$ states over the rational functions of these symbols.  Its rows span a space of "
            f"dimension ${dimensions}$, computed exactly, on which its final weights vanish.",
            "identity",
        ),
    )
    return (*_rules(claim), *reasons), decision.said


def _by_words(claim: Claim) -> Proof | None:
    """For sums of products of powers of words."""
    writer = claim.writer(claim.indices)
    left, right = claim.sides(writer)
    difference = [*left, *(term.negative for term in right)]
    if not claim.indices:
        if totals(difference, writer):
            return None
        return (*_rules(claim), *_written(left, right), _SAME_WORDS), ()
    requirements = [*writer.natural]
    requirements += [(term, e) for term in difference for word in term.words for _, e in word if e.slopes]
    domain, said = defined(claim, requirements)
    if not domain:
        return None
    require_values(difference, claim.indices)
    rules = _rules(claim)
    if not collected(difference):
        return (*rules, *_written(left, right), _SAME_SUMS), said
    shown: list[Reason] = []
    for piece in domain:
        groups = _by_key(left, right, piece, writer)
        for key, (ours, theirs) in groups.items():
            try:
                if not sums_vanish([*ours, *(weighted.negative for weighted in theirs)]):
                    return None
            except ValueError as error:
                raise BeyondWords(str(error)) from error
            if len(domain) == 1 and len(groups) <= _MOST_SHOWN:
                shown += _coefficients(key, ours, claim.indices)
    return (*rules, *_written(left, right), *shown, _SAME_FUNCTIONS), said


_SAME_WORDS = Reason("comparison", "Both sides have the same words with the same coefficients.", "identity")
_SAME_SUMS = Reason(
    "comparison", "These are the same sums of words, but for the order and the names of indices.", "identity"
)
_SAME_FUNCTIONS = Reason(
    "comparison",
    "Words are told by the order of their letters and by the lengths of runs, or of stretches with a "
    "power's period.  For each order the "
    "coefficients, summed over all exponents and lengths, are a rational function, and it is the same on "
    "both sides: the difference has the numerator zero.",
    "identity",
)


def _by_key(
    left: Sequence[Term], right: Sequence[Term], piece: Piece, writer: Writer
) -> dict[Key, tuple[list[Weighted], list[Weighted]]]:
    """The words of both sides by their keys."""
    periods = periods_of([*left, *right])
    groups: dict[Key, tuple[list[Weighted], list[Weighted]]] = defaultdict(lambda: ([], []))
    for side, terms in enumerate((left, right)):
        for term in terms:
            for key, weighted in weighted_words(term, piece, writer.space, periods):
                groups[key][side].append(weighted)
    return groups


def _rules(claim: Claim) -> list[Reason]:
    """What differentials and gradients are."""
    both = [*parts(claim.left), *parts(claim.right)]
    rules = []
    if any(isinstance(part, Differential | Gradient) for part in both):
        rules.append(
            Reason(
                "product rule",
                "$d(A^j) = sum_{k=0}^{j-1} A^k dA A^{j-1-k}$, for both are 0 at $j = 0$, and both go from "
                "$j$ to $j + 1$ by $X -> dA A^j + A X$.  Nothing is reordered.",
                "induction",
            )
        )
    if any(isinstance(part, Gradient) for part in both):
        rules.append(
            Reason(
                "gradient",
                "The gradient in $X$ of a number whose differential is $tr(A dX B)$ is $A' B'$; where it is "
                "$tr(A dX' B)$ it is $B A$.",
                "definition",
            )
        )
    return rules


def _written(left: Sequence[Term], right: Sequence[Term]) -> list[Reason]:
    """Both sides as sums of words."""
    reasons = []
    for name, terms in (("left side", left), ("right side", right)):
        said = _said(terms)
        if len(said) <= _LONG:
            reasons.append(Reason(name, f"Written out it is ${said}$.", "identity"))
        else:
            reasons.append(Reason(name, f"Written out it has {len(terms)} terms.", "identity"))
    return reasons


def _said(terms: Sequence[Term]) -> str:
    return " + ".join(map(str, terms)).replace("+ -", "- ") or "0"


def _coefficients(key: Key, sums: Sequence[Weighted], indices: Sequence[str]) -> Iterator[Reason]:
    """The generating function of the coefficients of the words of one key, where it is short."""
    outer, numbers = key
    first = dict(sums[0].exponents) if sums else {}
    runs = [letter for word in outer for letter in word] + [x for word in numbers for x in word if x != CUT]
    whole = all(isinstance(letter, str) for letter in runs)
    if not whole or len(runs) != sum(name.startswith("length") for name in first):
        return  # there are none, or stretches of longer periods
    ones = {name for name in first if all((name, Linear(1)) in weighted.exponents for weighted in sums)}
    letters = (name for name in ascii_lowercase if name not in {*indices, "k", "t", "x"})
    at, marks, chosen = count(), dict[str, sympy.Expr](), list[str]()

    def spelled(letter: str) -> str:
        name = f"length {next(at)}"
        if name in ones:
            marks[name] = sympy.Integer(1)
            return "" if letter == CUT else letter
        chosen.append(next(letters))
        marks[name] = sympy.Symbol(f"x_{chosen[-1]}")
        return f"({letter})^{chosen[-1]}" if letter.endswith("'") else f"{letter}^{chosen[-1]}"

    def word(letters: Iterable[str]) -> str:
        return " ".join(filter(None, map(spelled, letters))) or "I"

    said = " (x) ".join(map(word, outer))  # whose lengths are before those of the numbers
    traces = [f"tr({word(letter for letter in number if letter != CUT)})" for number in numbers]
    said = " ".join(filter(None, (*traces, said)))
    times = {f"index {name}": sympy.Symbol("t" if len(indices) == 1 else f"t_{name}") for name in indices}
    try:
        function = _spelled(generating_function(sums, marks | times, most=_MOST_SHOWN))
    except ValueError:
        return
    marked = [f"{mark}^{name.removeprefix('index ')}" for name, mark in times.items()]
    marked += [f"x_{name}^{name}" for name in chosen]
    if said and len(function) <= _LONG:
        yield Reason(
            f"words ${said}$",
            f"On both sides the coefficient of ${said}$ is that of ${' '.join(marked)}$ in ${function}$"
            + (f", for ${', '.join(chosen)} >= 1$." if chosen else "."),
            "identity",
        )


def _spelled(function: sympy.Expr) -> str:
    return str(StrPrinter({"order": "none"}).doprint(function)).replace("**", "^").replace("*", " ")
