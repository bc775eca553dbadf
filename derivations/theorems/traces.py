r"""Traces of words in a Gaussian matrix, beyond their limits.

With M = W/sqrt(n), expectations and cumulants of traces of words in M and M' are polynomials in 1/n, up to
a power of n, so "order k" below is the exact coefficient of n^-k: no analysis is needed.  Stein's lemma on a
letter of tr(W A) has three kinds of partners,

    the same letter in A           tr(W B W D)         ->  tr(B D')             "reversal"
    its transpose in A             tr(W B W' D)        ->  tr(B) tr(D)          "split"
    either in another trace        tr(W A) tr(W R)     ->  tr(A R')             "merger"
                                   tr(W A) tr(W' R)    ->  tr(A R)

and power counting (trace-cumulants) tells which of them reach an order.  That is what is argued.  What is
left are recursions that remove a letter, solved by induction on symbolic powers.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, Eq, Implies, Indexed, Integer, KroneckerDelta, Ne, Tuple, symbols

from derivations import finite_width_forms
from derivations.finite_width_forms import crosscap, crosscap_pairs, triangle, walk_overlap
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, induction, lemma, logic
from derivations.stein import expectation
from derivations.theorems.model import equation, maximum, minimum
from derivations.theorems.pieces import (
    M_,
    TAU,
    Cov,
    M,
    arms_sum,
    at,
    coefficient,
    leading_traces,
    order,
    phi,
    power_word,
    put,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, stein_lemma, trace_factorisation

__all__ = [
    "SOURCE",
    "alternating_words",
    "crosscap_traces",
    "trace_covariance",
    "trace_cumulants",
    "trace_second_order",
]

a, b, c, d, k, l, m, q, D, L, r, s, u, x, y = symbols("a b c d k l m q D L r s u x y")  # noqa: E741
a1, b1, a2, b2 = symbols("a1 b1 a2 b2")

SOURCE = "derived here, from the loop equations of the real Ginibre ensemble"
UNIT = "$nu_W = 1$: a word's letters fix its power of $nu_W$"


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
        source=SOURCE,
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
        source=SOURCE,
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


@cache
def crosscap_traces() -> Statement:
    """The first correction to E tr(M^a M'^b)/n."""
    formula = equation(
        tau[1, a, b],
        sympy.Piecewise((crosscap(minimum(a, b)), Eq(sympy.Mod(a - b, 2), 0) & Ne(a, b)), (0, True)),
    )
    word = M ** (a + 1) * M_**b
    reversals = total(tau[0, b + k, a - 1 - k], (k, a))
    splits = total(tau[0, a, k] * tau[1, 0, b - 1 - k] + tau[1, a, k] * tau[0, 0, b - 1 - k], (k, b))
    loop, turned, below = "the loop equation", "transposition", "a power longer by $D$"
    empty = KroneckerDelta(D, 0) * tau[1, 0, 0]
    even = sympy.Rational(1, 2) * (1 + (-1) ** D) - KroneckerDelta(D, 0)
    return Statement(
        name="crosscap-traces",
        title="$E tr(M^a M'^b)/n$ has the $1/n$ term $min(a, b) + 1$ if $a - b$ is even and not 0, else none",
        formula=formula,
        variables={"tau[1, a, b]": TAU + ", for $r = 1$", "a, b": "powers"},
        assumptions=(UNIT,),
        indices=(a, b, k, D),
        source=SOURCE + "; the pairings with one crosscap",
        uses=(power_traces(), trace_factorisation()),
        proof=(
            leading_traces(),
            identity(
                "a partner in $M^a$",
                "The word is $M A M B$ with $A = M^k$.",
                equation(word, M * M**k * M * (M ** (a - 1 - k) * M_**b)),
                given=[k < a],
            ),
            identity(
                "its reversal",
                "It leaves $A B' = M^{b+k} M'^{a-1-k}$, for $B' = M^b M'^{a-1-k}$.",
                equation(M**k * (M**b * M_ ** (a - 1 - k)), M ** (b + k) * M_ ** (a - 1 - k)),
                given=[k < a],
            ),
            identity(
                "a partner in $M'^b$",
                "Or it is $M A M' B$ with $A = M^a M'^k$ and $B = M'^{b-1-k}$.",
                equation(word, M * (M**a * M_**k) * M_ * M_ ** (b - 1 - k)),
                given=[k < b],
            ),
            argument(
                loop,
                "Stein's lemma on the first letter, at order one.  A reversal is one power of $n$ below the "
                "scale of the word, so it counts at order 0.  A split keeps the scale, and by "
                "trace-factorisation the covariance of its two traces is of order two: order one of the "
                "product of the means.",
                equation(tau[1, a + 1, b], reversals + splits),
                ["a partner in $M^a$", "its reversal", "a partner in $M'^b$", "trace-factorisation"],
            ),
            identity(
                "a step",
                "For $M^{b+D} M'^b$: the two powers of a reversal are equal for $2 (k + 1) = D$, that is for "
                "one $k$ if $D$ is even and not 0, and for none else.  Of the splits, if there are any, only "
                "$k = b - 1$ counts, which leaves $tau_1(b - 1 + D, b - 1)$, or for $D = 0$ also $tau_1(0, "
                "0)$.",
                And(
                    equation(tau[1, D, 0], even + empty),
                    equation(tau[1, b + 1 + D, b + 1], even + tau[1, b + D, b] + empty),
                ),
                [loop, "order zero"],
                splits=[(D, 2), D],
            ),
            argument("no letters", "$tr(1) = n$ has no order one.", equation(tau[1, 0, 0], Integer(0))),
            induction(
                below,
                "By induction on $b$.",
                equation(tau[1, b + D, b], crosscap(b) * even),
                b,
                ["a step", "no letters"],
            ),
            argument(
                turned,
                "$tr(M^a M'^b) = tr(M^b M'^a)$: transpose and rotate.",
                equation(tau[1, a, b], tau[1, b, a]),
            ),
            identity(
                "a power shorter by $D$",
                "It is the same.",
                equation(tau[1, b, b + D], crosscap(b) * even),
                [turned, below],
            ),
            identity(
                "the statement",
                "With $D = |a - b|$, even and not 0 or else.",
                formula,
                [below, "a power shorter by $D$"],
                splits=[(a, b), (a, 2), (b, 2)],
            ),
            evidence(
                "exact polynomials",
                "The coefficients of the exact polynomials $E tr(W^a W'^b)$, $a$, $b <= 8$.",
                _crosscap_coefficients,
            ),
        ),
    )


def _crosscap_coefficients(formula: Any) -> Iterator[Obligation]:
    for p, q in product(range(9), repeat=2):
        if p + q and (p - q) % 2 == 0:
            yield f"tau1({p},{q})", bool(at(formula.rhs, a=p, b=q) == order([power_word(p, q)], 1))


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
        source=SOURCE,
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


@cache
def trace_second_order() -> Statement:
    """The second correction to E tr(M^a M'^a)/n."""
    formula = equation(tau[2, a, a], crosscap_pairs(a))
    reversals = total(tau[1, b + k, a - 1 - k], (k, a))
    means = (
        tau[0, a, k] * tau[2, 0, b - 1 - k]
        + tau[1, a, k] * tau[1, 0, b - 1 - k]
        + tau[2, a, k] * tau[0, 0, b - 1 - k]
    )
    splits = total(means + Cov[a, k, b - 1 - k, 0], (k, b))
    left = total(tau[1, a + 1 + k, a - 1 - k], (k, a))
    products = total(tau[1, a, k] * tau[1, 0, a - k], (k, a + 1))
    covariances = total(Cov[a, k, a - k, 0], (k, a + 1))
    even = (1 + (-1) ** D) / 2 - KroneckerDelta(D, 0)
    arms = equation(total((q - k) * (k + 1), (k, x)), arms_sum(q, x))
    loop, offset = "the loop equation", "order one at offset $D$"
    return Statement(
        name="trace-second-order",
        title="$E tr(M^a M'^a)/n$ has the $n^-2$ term $(2 a^4 + 16 a^3 - 8 a^2 - 16 a + 3 - 3 (-1)^a)/48$",
        formula=formula,
        variables={
            "tau[2, a, a]": "coefficient of $n^-2$ in $E tr(M^a M'^a)/n$, $M = W/sqrt(n)$",
            "a": "power",
        },
        assumptions=(UNIT,),
        indices=(a, b, k, q, x, D),
        source=SOURCE,
        uses=(power_traces(), trace_factorisation(), crosscap_traces(), trace_covariance()),
        proof=(
            leading_traces(),
            argument(
                loop,
                "The loop equation of crosscap-traces, at order two: reversals count at order one, and the "
                "mean of the product of the two traces of a split is the product of the means and their "
                "covariance, which has two powers of $n$ less by trace-factorisation ($tr(M'^m) = tr(M^m)$).",
                equation(tau[2, a + 1, b], reversals + splits),
                ["trace-factorisation"],
            ),
            argument("no letters", "$tr(1) = n$ has no order two.", equation(tau[2, 0, 0], Integer(0))),
            identity(
                "a step",
                "For $b = a + 1$ the split at $k = a$ leaves $tau_2(a, a)$; at the others both means are 0 "
                "at order 0.",
                equation(tau[2, a + 1, a + 1], tau[2, a, a] + tau[2, 0, 0] + left + products + covariances),
                [loop, "order zero"],
            ),
            induction(
                "reversals",
                "At order one they are $a - k$, for the offset $2 k + 2$ is even and not 0: the triangle of "
                "$a$.",
                equation(left, triangle(a)),
                a,
                ["crosscap-traces"],
            ),
            identity(
                offset,
                "crosscap-traces at $(b + D, b)$ and $(b, b + D)$.",
                equation(
                    Tuple(tau[1, b + D, b], tau[1, b, b + D]), Tuple(crosscap(b) * even, crosscap(b) * even)
                ),
                ["crosscap-traces"],
                splits=[(D, 2), D],
            ),
            induction(
                "splits, means",
                "The orders one are $k + 1$ and 1 if $a - k$ is even and not 0, so the sum is $(a - 1) + (a "
                "- 3) + ...$: by induction in steps of two.",
                equation(products, (2 * a**2 - 1 + (-1) ** a) / 8),
                a,
                [offset],
                step=2,
            ),
            identity(
                "splits, covariances",
                "By trace-covariance, for the offset $a - k$.",
                equation(covariances, total((a - k) * (k + 1), (k, a + 1))),
                ["trace-covariance"],
            ),
            induction("the arms", "The sum of $(q - k)(k + 1)$ over $k < x$, by induction on $x$.", arms, x),
            logic(
                "their sum",
                "With $q = a$, $x = a + 1$.",
                put(arms, {q: a, x: a + 1}),
                ["the arms"],
                at={"the arms": {q: a, x: a + 1}},
            ),
            induction(
                "the statement",
                "By induction on $a$.",
                formula,
                a,
                ["a step", "no letters", "reversals", "splits, means", "splits, covariances", "their sum"],
            ),
            evidence(
                "exact polynomials",
                "The coefficients of $n^-2$ of the exact polynomials $E tr(W^a W'^a)/n^{a+1}$, $a <= 10$.",
                _second_coefficients,
            ),
        ),
    )


def _second_coefficients(formula: Any) -> Iterator[Obligation]:
    for power in range(1, 11):
        yield f"n^-2, {power}", bool(at(formula.rhs, a=power) == order([power_word(power, power)], 2))
