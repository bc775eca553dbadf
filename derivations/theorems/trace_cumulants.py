r"""Power counting for joint cumulants of traces of words in a Gaussian matrix.

With M = W/sqrt(n), expectations and cumulants of traces of words in M and M' are polynomials in 1/n, up to
a power of n, so "order k" below is the exact coefficient of n^-k: no analysis is needed.  Stein's lemma on a
letter of tr(W A) has three kinds of partners,

    the same letter in A           tr(W B W D)         ->  tr(B D')             "reversal"
    its transpose in A             tr(W B W' D)        ->  tr(B) tr(D)          "split"
    either in another trace        tr(W A) tr(W R)     ->  tr(A R')             "merger"
                                   tr(W A) tr(W' R)    ->  tr(A R)

and each takes two letters away.  So the degree in n of a joint cumulant of r traces with L letters is at most
L/2 + 2 - r, by induction on L, which tells which of the partners reach an order.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import sympy
from sympy import Indexed, Integer, symbols

from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, lemma
from derivations.stein import expectation
from derivations.theorems.model import equation
from derivations.theorems.pieces import LOOP_EQUATIONS, at, power_word
from derivations.theorems.random_matrices import stein_lemma

__all__ = ["trace_cumulants"]

L, r, s, x = symbols("L r s x")


@cache
def trace_cumulants() -> Statement:
    """Power counting for joint cumulants of traces."""
    degree, mean, joint = (sympy.Function(name) for name in ("deg", "E", "kappa"))
    Y, Z = symbols("Y Z")

    def bound(traces: Any, letters: Any) -> sympy.Expr:
        return letters / 2 + 2 - traces

    formula = sympy.Le(degree(Indexed("kappa", r, L)), bound(r, L), evaluate=False)
    return Statement(
        name="trace-cumulants",
        title="A joint cumulant of $r$ traces has at most the degree $2 - r$ in $n$, beside half the letters",
        formula=formula,
        variables={
            "kappa[r, L]": "any joint cumulant of the traces of $r$ words in $W$ and $W'$ with $L$ letters "
            "in all",
            "deg": "degree of a polynomial in $n$; that of 0 is below every bound",
        },
        assumptions=("the entries of $W$ are independent $N(0, 1)$",),
        indices=(r, L, s, x),
        conditions=(r >= 1,),
        source=LOOP_EQUATIONS,
        uses=(stein_lemma(),),
        proof=(
            lemma(
                "cumulants of a product",
                "Let $E$ be the expectation tilted by $exp(s_2 X_2 + ... + s_r X_r)$, a formal power series, "
                "so that the coefficient of $s_2 ... s_r$ in $E(Y)$ is the cumulant $kappa(Y, X_2, ..., "
                "X_r)$, and that in $kappa(Y, Z)$ is $kappa(Y, Z, X_2, ..., X_r)$.  Hence $kappa(Y Z, X_2, "
                "...) = kappa(Y, Z, X_2, ...)$ plus the sum of $kappa(Y, X_I) kappa(Z, X_J)$ over the "
                "divisions of ${2, ..., r}$ into $I$ and $J$ (Leonov and Shiryaev 1959).",
                equation(mean(Y * Z), joint(Y, Z) + mean(Y) * mean(Z)),
            ),
            identity(
                "no letters",
                "A word without letters has trace $n$, whose mean has degree 1; in a cumulant with others it "
                "contributes 0.",
                equation(bound(Integer(1), Integer(0)), Integer(1)),
            ),
            identity(
                "a reversal",
                "A reversal leaves $r$ traces and two letters less: one power below the bound.",
                equation(bound(r, L - 2), bound(r, L) - 1),
            ),
            identity(
                "a split, jointly",
                "A split leaves a product of two traces.  Its joint cumulants with the other traces are two "
                "powers below the bound.",
                equation(bound(r + 1, L - 2), bound(r, L) - 2),
            ),
            identity(
                "a split, as a product",
                "The products $kappa(Y, X_I) kappa(Z, X_J)$, $s$ of the other traces being in $I$ and $x$ "
                "letters in the first factor, meet the bound.",
                equation(bound(s + 1, x) + bound(r - s, L - 2 - x), bound(r, L)),
            ),
            identity(
                "a merger",
                "A merger leaves $r - 1$ traces and meets the bound too.",
                equation(bound(r - 1, L - 2), bound(r, L)),
            ),
            argument(
                "the statement",
                "By induction on $L$, for all $r$ at once.  Stein's lemma on the first letter of a word that "
                "has one, in the tilted expectation: partners are the word's other letters (reversals and "
                "splits) and, from the exponent, those of each $X_j$ (mergers).  No term is above the bound.",
                formula,
                [
                    "stein-lemma",
                    "cumulants of a product",
                    "no letters",
                    "a reversal",
                    "a split, jointly",
                    "a split, as a product",
                    "a merger",
                ],
            ),
            evidence(
                "exact cumulants",
                "The exact third cumulants of traces of $W^a W'^b$, $a$, $b <= 2$, of up to eight letters in "
                "all, obey the bound, and some of them reach it.",
                _cumulant_degrees,
            ),
        ),
    )


def _cumulant_degrees(formula: Any) -> Iterator[Obligation]:
    words = [power_word(p, q) for p in range(3) for q in range(3) if p + q]
    greatest: dict[int, int] = {}
    for first, second, third in combinations_with_replacement(words, 3):
        letters = len(first + second + third)
        if letters <= 8:
            one, two, three = (expectation([word]) for word in (first, second, third))
            cumulant = (
                expectation([first, second, third])
                - one * expectation([second, third])
                - two * expectation([first, third])
                - three * expectation([first, second])
                + 2 * one * two * three
            )
            for degree, _, _ in cumulant.to_dict():
                greatest[letters] = max(degree, greatest.get(letters, 0))
    for letters, degree in greatest.items():
        claim = at(formula, r=3, L=letters)
        yield f"third cumulants, {letters} letters", claim.xreplace({claim.lhs: Integer(degree)})
        yield f"reached with {letters} letters", bool(claim.rhs == degree)
