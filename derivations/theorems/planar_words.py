r"""The limits of words of four powers: their planar pairings.

With M = W/sqrt(n), phi(a1,b1,a2,b2) is the limit of E tr(M^{a1} M'^{b1} M^{a2} M'^{b2})/n, and tau_0(a,b)
that of E tr(M^a M'^b)/n.  Of the partners that Stein's lemma gives the first letter of tr(W A), only its
transposes in A keep the scale of the word: they split it, tr(W B W' D) -> tr(B) tr(D), and the mean of the
product is the product of the means.  This is a recursion in the first power,

    phi(a1+1,b1,a2,b2) = sum_{k<b1} tau_0(a1,k) tau_0(a2,b1-1-k+b2)
                       + sum_{k<b2} phi(a1,b1,a2,k) tau_0(0,b2-1-k)

solved by induction: 1 + min(a1,b1,a2,b2) if a1 + a2 = b1 + b2, else 0.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from sympy import And, Integer, KroneckerDelta, symbols

from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, induction
from derivations.theorems.model import equation, minimum
from derivations.theorems.pieces import (
    LOOP_EQUATIONS,
    M_,
    UNIT,
    M,
    at,
    leading_traces,
    order,
    phi,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, trace_factorisation

__all__ = ["alternating_words"]

a, b, k, y = symbols("a b k y")
a1, b1, a2, b2 = symbols("a1 b1 a2 b2")


@cache
def alternating_words() -> Statement:
    """The planar pairings of a word of four powers."""
    powers = (a1, b1, a2, b2)
    formula = equation(phi[powers], KroneckerDelta(a1 + a2, b1 + b2) * (1 + minimum(*powers)))
    first_cut = M * (M**a1 * M_**k) * M_ * (M_ ** (b1 - 1 - k) * M**a2 * M_**b2)
    second_cut = M * (M**a1 * M_**b1 * M**a2 * M_**k) * M_ * M_ ** (b2 - 1 - k)
    word = M ** (a1 + 1) * M_**b1 * M**a2 * M_**b2
    near = total(tau[0, a1, k] * tau[0, a2, b1 - 1 - k + b2], (k, b1))
    far = total(phi[a1, b1, a2, k] * tau[0, 0, b2 - 1 - k], (k, b2))
    start, recursion = "no first power", "only splits count"
    return Statement(
        name="alternating-words",
        title="$E tr(M^{a1} M'^{b1} M^{a2} M'^{b2})/n$ tends to $1 + min(a1, b1, a2, b2)$ if the word is "
        "balanced, else to 0",
        formula=formula,
        variables={
            "phi": "the limit of $E tr(M^{a1} M'^{b1} M^{a2} M'^{b2})/n$, $M = W/sqrt(n)$, as $n$ goes to "
            "infinity",
            "a1, b1, a2, b2": "powers",
        },
        assumptions=(UNIT,),
        indices=(*powers, a, b, k, y),
        source=LOOP_EQUATIONS,
        uses=(power_traces(), trace_factorisation()),
        proof=(
            leading_traces(),
            identity(
                "a partner in the first power",
                "The word is $M B M' D$ with $B = M^{a1} M'^k$ and, rotated, $D = M'^{b1-1-k+b2} M^{a2}$.",
                equation(word, first_cut),
                given=[k < b1],
            ),
            identity(
                "a partner in the second power",
                "Or $B = M^{a1} M'^{b1} M^{a2} M'^k$ and $D = M'^{b2-1-k}$.",
                equation(word, second_cut),
                given=[k < b2],
            ),
            argument(
                recursion,
                "Stein's lemma on the first letter.  A reversal has two letters less and one trace: a power "
                "of $n$ below the scale of the word.  A split keeps it, and by trace-factorisation the mean "
                "of the product is the product of the means.",
                equation(phi[a1 + 1, b1, a2, b2], near + far),
                ["a partner in the first power", "a partner in the second power", "trace-factorisation"],
            ),
            argument(
                start,
                "Without the first power the word is, rotated, $M^{a2} M'^{b1+b2}$.",
                equation(phi[0, b1, a2, b2], tau[0, a2, b1 + b2]),
            ),
            identity(
                "$a1 < b1$, a step",
                "Of the first sum $k = a1$ is left, of the second $k = b2 - 1$.",
                And(
                    equation(phi[a1 + 1, a1 + 1 + y, a2, 0], KroneckerDelta(a2, y)),
                    equation(
                        phi[a1 + 1, a1 + 1 + y, a2, b2 + 1],
                        KroneckerDelta(a2, b2 + 1 + y) + phi[a1, a1 + 1 + y, a2, b2],
                    ),
                ),
                [recursion, "order zero"],
            ),
            identity(
                "$a1 >= b1$, a step",
                "Of the first sum nothing is left.",
                And(
                    equation(phi[b1 + 1 + y, b1, a2, 0], Integer(0)),
                    equation(phi[b1 + 1 + y, b1, a2, b2 + 1], phi[b1 + y, b1, a2, b2]),
                ),
                [recursion, "order zero"],
            ),
            induction(
                "$a1 <= b1$",
                "By induction on $a1$: each step adds 1 to a balanced word's limit until $a1$ or $b2$ is "
                "used up.",
                equation(phi[a1, a1 + y, a2, b2], KroneckerDelta(a2, b2 + y) * (1 + minimum(a1, b2))),
                a1,
                [start, "order zero", "$a1 < b1$, a step"],
                splits=[b2, (a1, b2)],
            ),
            induction(
                "$a1 >= b1$",
                "For $a1 = b1 + y$ by induction on $y$: each step takes a letter of the first and the last "
                "power.",
                equation(phi[b1 + y, b1, a2, b2], KroneckerDelta(a2 + y, b2) * (1 + minimum(b1, a2))),
                y,
                ["$a1 >= b1$, a step", "$a1 <= b1$"],
                splits=[(a2, b2), b2],
            ),
            identity(
                "the statement",
                "In a balanced word with $a1 <= b1$ the other two powers are $a2 = b2 + b1 - a1 >= b2$; with "
                "$a1 >= b1$ it is the other way round.",
                formula,
                ["$a1 <= b1$", "$a1 >= b1$"],
                splits=[(a1, b1), (a2, b2), (a1, b2), (b1, a2)],
            ),
            evidence(
                "exact polynomials",
                "The leading coefficients of the exact polynomials of all words with powers $<= 4$ and up to "
                "ten letters.",
                _alternating_coefficients,
            ),
        ),
    )


def _alternating_coefficients(formula: Any) -> Iterator[Obligation]:
    for powers in product(range(5), repeat=4):
        if 0 < sum(powers) <= 10 and sum(powers) % 2 == 0:
            word = "".join(letter * power for letter, power in zip("WwWw", powers, strict=True))
            law = at(formula.rhs, **dict(zip(("a1", "b1", "a2", "b2"), powers, strict=True)))
            yield f"phi{powers}", bool(law == order([word], 0))
