r"""The orders one and two of single traces: the terms in 1/n and n^-2 of E tr(M^a M'^b)/n, M = W/sqrt(n).

Stein's lemma on the first letter is the loop equation: a reversal, tr(W B W D) -> tr(B D'), is a power of n
below the scale of the word, a split, tr(W B W' D) -> tr(B) tr(D), keeps it, and the mean of the product of
two traces is the product of their means and, two orders lower, their covariance.  So with tau_r for order r

    tau_1(a+1,b) = sum_k tau_0(reversed) + sum_k [tau_0 tau_1 + tau_1 tau_0](split)
    tau_2(a+1,b) = sum_k tau_1(reversed) + sum_k [tau_0 tau_2 + tau_1 tau_1 + tau_2 tau_0 + Cov](split)

Order one, min(a,b) + 1 for even a - b that is not 0, counts the pairings with one crosscap; order two on the
diagonal takes it and the covariances of :mod:`derivations.theorems.trace_covariances`.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import And, Eq, Integer, KroneckerDelta, Ne, Tuple, symbols

from derivations.finite_width_forms import crosscap, crosscap_pairs, triangle
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, induction, logic
from derivations.theorems.model import equation, minimum
from derivations.theorems.pieces import (
    LOOP_EQUATIONS,
    M_,
    TAU,
    UNIT,
    Cov,
    M,
    arms_sum,
    at,
    leading_traces,
    order,
    power_word,
    put,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, trace_factorisation
from derivations.theorems.trace_covariances import trace_covariance

__all__ = ["crosscap_traces", "trace_second_order"]

a, b, k, q, D, x = symbols("a b k q D x")


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
        source=LOOP_EQUATIONS + "; the pairings with one crosscap",
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
        source=LOOP_EQUATIONS,
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
