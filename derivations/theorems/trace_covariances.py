r"""The covariance of two traces of words of two powers, in the limit of a great width.

By power counting (:mod:`derivations.theorems.trace_cumulants`) two kinds of partners of the first letter of
tr(M^a M'^b), M = W/sqrt(n), reach the order of cov(tr M^a M'^b, tr M^c M'^d): splits into the mean of one
part times the covariance of the other, and mergers, which leave a word of four powers
(:mod:`derivations.theorems.planar_words`).  Of the splits one is left, so a letter more of both sorts, at the
same offset D = a - b, adds the mergers,

    Cov(b+1+D,b+1,d+D,d) = Cov(b+D,b,d+D,d) + sum_{l<c} phi(...) + [D = 0] sum_{l<d} phi(...)

where c = d + D and phi is 1 plus the least of its four powers.  Summed, and by induction on b, this is a
walk-overlap and a product.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import sympy
from sympy import And, Eq, Implies, Integer, KroneckerDelta, Ne, symbols

from derivations import finite_width_forms
from derivations.finite_width_forms import triangle, walk_overlap
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, induction, logic
from derivations.stein import expectation
from derivations.theorems.model import equation, maximum, minimum
from derivations.theorems.pieces import (
    LOOP_EQUATIONS,
    M_,
    UNIT,
    Cov,
    M,
    at,
    coefficient,
    leading_traces,
    phi,
    power_word,
    put,
    tau,
    total,
)
from derivations.theorems.planar_words import alternating_words
from derivations.theorems.random_matrices import power_traces
from derivations.theorems.trace_cumulants import trace_cumulants

__all__ = ["trace_covariance"]

a, b, c, d, k, l, q, D, x = symbols("a b c d k l q D x")  # noqa: E741


@cache
def trace_covariance() -> Statement:
    """The covariance of two traces, to leading order."""
    law = finite_width_forms.trace_covariance
    smaller, larger = minimum(b, d), maximum(b, d)
    same = equation(
        Cov[b + D, b, d + D, d],
        (1 + KroneckerDelta(D, 0)) * walk_overlap(smaller, larger) + D * (b + 1) * (d + 1),
    )
    apart = And(Ne(a + d, b + c), Ne(a + c, b + d))
    none = equation(Cov[a, b, c, d], Integer(0))
    formula = And(same, Implies(apart, none))
    splits = total(tau[0, a, k] * Cov[0, b - 1 - k, c, d] + Cov[a, k, c, d] * tau[0, 0, b - 1 - k], (k, b))

    def mergers(a: Any, b: Any) -> sympy.Expr:
        """What the partners in the other trace leave of M^(a+1) M'^b."""
        return total(phi[a, b + c - 1 - l, d, l], (l, c)) + total(phi[a, b + d - 1 - l, c, l], (l, d))

    least = minimum(q, q + d - l, d, l)

    def row_closed(q: Any, x: Any) -> sympy.Expr:
        return triangle(minimum(x, d)) + maximum(x - d, 0) * (d + 1) - triangle(maximum(x - 1 - q, 0))

    partial = equation(total(1 + least, (l, x)), row_closed(q, x))
    whole, first_row = {q: b + D + 1, x: d + D + 1}, {q: D, x: d + D + 1}
    loop = "what reaches the order"
    return Statement(
        name="trace-covariance",
        title="The covariance of $tr(M^a M'^b)$ and $tr(M^c M'^d)$ in the limit, 0 unless $|a - b| = |c - "
        "d|$",
        formula=formula,
        variables={
            "Cov[a, b, c, d]": "the limit of $cov(tr M^a M'^b, tr M^c M'^d)$, $M = W/sqrt(n)$",
            "phi": "$phi(a1,b1,a2,b2)$ is the limit of $E tr(M^a1 M'^b1 M^a2 M'^b2)/n$, of alternating-words",
            "tau": "$tau(0,a,b)$ is the limit of $E tr(M^a M'^b)/n$, of power-traces",
            "a, b, c, d": "powers",
            "D": "$a - b = c - d$ (else transpose a word)",
        },
        assumptions=(UNIT,),
        indices=(a, b, c, d, D, k, l, q, x),
        source=LOOP_EQUATIONS,
        uses=(trace_cumulants(), power_traces(), alternating_words()),
        proof=(
            leading_traces(),
            identity(
                "a partner in $M'^b$",
                "The first word is $M A M' B$ with $A = M^a M'^k$ and $B = M'^{b-1-k}$.",
                equation(M ** (a + 1) * M_**b, M * (M**a * M_**k) * M_ * M_ ** (b - 1 - k)),
                given=[k < b],
            ),
            identity(
                "a merger with $M^c$",
                "From $tr(M A) tr(M R)$, $A = M^a M'^b$, $R = M^l M'^d M^{c-1-l}$, it leaves $A R'$.",
                equation(
                    (M**a * M_**b) * (M_ ** (c - 1 - l) * M**d * M_**l),
                    M**a * M_ ** (b + c - 1 - l) * M**d * M_**l,
                ),
                given=[l < c],
            ),
            identity(
                "a merger with $M'^d$",
                "From $tr(M A) tr(M' R)$, $R = M'^{d-1-l} M^c M'^l$, it leaves $A R$.",
                equation(
                    (M**a * M_**b) * (M_ ** (d - 1 - l) * M**c * M_**l),
                    M**a * M_ ** (b + d - 1 - l) * M**c * M_**l,
                ),
                given=[l < d],
            ),
            argument(
                loop,
                "Stein's lemma on the first letter of $M^{a+1} M'^b$.  By trace-cumulants, splits into the "
                "mean of one part times the covariance of the other keep the order, and so do mergers; "
                "reversals are one order lower and joint cumulants of three traces two.",
                equation(Cov[a + 1, b, c, d], splits + mergers(a, b)),
                [
                    "trace-cumulants",
                    "a partner in $M'^b$",
                    "a merger with $M^c$",
                    "a merger with $M'^d$",
                ],
            ),
            argument(
                "no letters",
                "$tr(1)$ is constant.",
                equation(Cov[0, 0, c, d], Integer(0)),
            ),
            argument(
                "transposition",
                "$tr(M^a M'^b) = tr(M^b M'^a)$: transpose and rotate.",
                equation(Cov[a, b, c, d], Cov[b, a, c, d]),
            ),
            identity(
                "splits",
                "Let $a >= b$ from now on.  The mean of the first part is not 0 only for $k = a = b$, where "
                "the other is empty; that of the second only for $k = b - 1$, which leaves the covariance of "
                "$tr(M^{a-1} M'^{b-1})$.",
                And(
                    equation(Cov[D + 1, 0, c, d], mergers(D, Integer(0))),
                    equation(
                        Cov[b + 1 + D, b + 1, c, d],
                        Cov[b + D, b, c, d] + KroneckerDelta(D, 0) * Cov[0, 0, c, d] + mergers(b + D, b + 1),
                    ),
                ),
                [loop, "order zero"],
                splits=[D],
            ),
            induction(
                "unequal offsets",
                "By alternating-words a merger with $M^c$ counts only if its word is balanced, so if $a - b "
                "= c - d$, one with $M'^d$ only if $a - b = d - c$.  Else nothing is left, by induction on "
                "$b$.",
                equation(Cov[b + D, b, c, d], Integer(0)),
                b,
                ["splits", "no letters", "alternating-words"],
                given=[Ne(D + d, c), Ne(D + c, d)],
                splits=[D],
            ),
            identity(
                "unequal offsets, $a < b$",
                "The same by transposition.",
                equation(Cov[b, b + D, c, d], Integer(0)),
                ["transposition", "unequal offsets"],
                given=[Ne(D + d, c), Ne(D + c, d)],
            ),
            identity(
                "no covariance",
                "Whichever of $a$, $b$ is greater.",
                none,
                ["unequal offsets", "unequal offsets, $a < b$"],
                given=[Ne(a + d, b + c), Ne(a + c, b + d)],
                splits=[(a, b)],
            ),
            identity(
                "the least of four",
                "With $q = a - 1$ the balanced words of the mergers with $M^c$ have the limits $1 + min(q, q "
                "+ d - l, d, l)$.",
                equation(least, minimum(l, d) - maximum(l - q, 0)),
                given=[l <= q + d],
                splits=[(l, d), (l, q), (d, q)],
            ),
            induction(
                "up to $d$",
                "By induction on $x$.",
                equation(
                    total(1 + minimum(l, d), (l, x)), triangle(minimum(x, d)) + maximum(x - d, 0) * (d + 1)
                ),
                x,
                splits=[(x, d)],
            ),
            induction(
                "beyond $q$",
                "By induction on $x$.",
                equation(total(maximum(l - q, 0), (l, x)), triangle(maximum(x - 1 - q, 0))),
                x,
                splits=[(x, q)],
            ),
            identity(
                "two sums",
                "These are two sums, as long as $l <= q + d$ for all $l < x$.",
                equation(
                    total(1 + least, (l, x)),
                    total(1 + minimum(l, d), (l, x)) - total(maximum(l - q, 0), (l, x)),
                ),
                ["the least of four"],
                given=[x <= q + d + 1],
            ),
            identity(
                "the sum of the mergers",
                "So their sum over $l < x$ is the triangle of $d$ and $x - d$ times $d + 1$, less the "
                "triangle of $x - 1 - q$ (for $x > d$, $x > q$).",
                partial,
                ["two sums", "up to $d$", "beyond $q$"],
                given=[x <= q + d + 1],
            ),
            logic(
                "mergers with $M^c$",
                "There are $c = d + D$ of them, and $q = b + D$ for $M^{b+1+D} M'^{b+1}$.",
                put(partial, whole),
                ["the sum of the mergers"],
                at={"the sum of the mergers": whole},
            ),
            logic(
                "mergers with $M^c$, $b = 0$",
                "For $M^D$ there are as many, with $q = D - 1$.",
                put(partial, first_row),
                ["the sum of the mergers"],
                at={"the sum of the mergers": first_row},
            ),
            logic(
                "mergers with $M'^d$",
                "For $D = 0$ they are balanced too, $d$ with $q = b$.",
                put(partial, {q: b, x: d}),
                ["the sum of the mergers"],
                at={"the sum of the mergers": {q: b, x: d}},
            ),
            identity(
                "equal offsets, $b = 0$",
                "For $D > 0$ those with $M'^d$ are not balanced.",
                And(
                    equation(Cov[0, 0, d, d], law(Integer(0), d, Integer(0))),
                    equation(Cov[D + 1, 0, d + D + 1, d], law(Integer(0), d, D + 1)),
                ),
                ["splits", "no letters", "alternating-words", "mergers with $M^c$, $b = 0$"],
            ),
            identity(
                "a step, $D > 0$",
                "So a letter more of both sorts adds those with $M^c$, for only they are balanced.",
                equation(
                    Cov[b + 2 + D, b + 1, d + D + 1, d],
                    Cov[b + 1 + D, b, d + D + 1, d] + row_closed(b, d) + (D + 1) * (d + 1),
                ),
                ["splits", "alternating-words", "mergers with $M^c$"],
            ),
            identity(
                "a step, $D = 0$",
                "Here both are balanced and give the same.",
                equation(Cov[b + 1, b + 1, d, d], Cov[b, b, d, d] + 2 * row_closed(b, d)),
                ["splits", "no letters", "alternating-words", "mergers with $M'^d$"],
            ),
            induction(
                "$D = 0$",
                "By induction on $b$, for $b < d$ and further on.",
                equation(Cov[b, b, d, d], law(smaller, larger, Integer(0))),
                b,
                ["a step, $D = 0$", "no letters"],
                splits=[(b, d)],
            ),
            induction(
                "$D > 0$",
                "Likewise.",
                equation(Cov[b + D + 1, b, d + D + 1, d], law(smaller, larger, D + 1)),
                b,
                ["a step, $D > 0$", "equal offsets, $b = 0$"],
                splits=[(b, d)],
            ),
            identity("equal offsets", "Together.", same, ["$D = 0$", "$D > 0$"], splits=[D, (b, d)]),
            logic(
                "the statement", "Equal offsets, and all others.", formula, ["equal offsets", "no covariance"]
            ),
            evidence(
                "exact polynomials",
                "The exact covariances of all pairs of traces of $W^a W'^b$ with up to ten letters.",
                _covariance_coefficients,
            ),
        ),
    )


def _covariance_coefficients(formula: Any) -> Iterator[Obligation]:
    none = next(part for part in formula.args if isinstance(part, Implies)).args[1]
    same = next(part for part in formula.args if isinstance(part, Eq))
    powers = [(p, q) for p in range(7) for q in range(p + 1) if p]
    for (p, q), (r, s) in combinations_with_replacement(powers, 2):
        if p + q + r + s <= 10 and (p + q + r + s) % 2 == 0:
            first, second = power_word(p, q), power_word(r, s)
            exact = expectation([first, second]) - expectation([first]) * expectation([second])
            law = at(same.rhs, b=q, d=s, D=p - q) if p - q == r - s else none.rhs
            yield f"cov(tr {first}, tr {second})", bool(coefficient(exact, (p + q + r + s) // 2) == law)
