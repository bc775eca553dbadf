r"""The covariances of the lag kernel's entries, of order 1/n, for all lags.

The lag kernel is bilinear in the Grams, so to first order (delta method) its fluctuation is made of those of
P and Q with the means of the other: along the diagonal of i, j it adds up what the Grams at the places there
do.  Given W an entry of Q is a quadratic form of a Gaussian vector,

    cov(f' A f, f' B f) = nu^2 (E tr(A B') + E tr(A B) + cov(tr A, tr B))

of which the first two are words of four powers (:mod:`derivations.theorems.planar_words`), w(a,b) = 1 +
min(a,b) at equal and at opposite offsets, and the third is of lower order, as is the covariance of P and Q.
So along a diagonal a Gram is a random walk, w the overlap of two of them, and the sums of w over no, one or
two steps give the law.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, IndexedBase, Integer, KroneckerDelta, Ne, symbols

from derivations import finite_width_forms
from derivations.exact_kernel import exact_covariance
from derivations.finite_width_forms import triangle, walk_overlap
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic, sign
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.model import (
    GAUSSIAN,
    MEANING,
    VARIANCES,
    E,
    at_most,
    cov,
    deg,
    equation,
    maximum,
    minimum,
    tr,
)
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import LOOP_EQUATIONS, at, phi, total
from derivations.theorems.planar_words import alternating_words
from derivations.theorems.random_matrices import trace_factorisation
from derivations.theorems.trace_orders import crosscap_traces

__all__ = ["finite_width_covariance"]

a, b, c, d, j, k, l, m, q, D, r, s, x, y = symbols("a b c d j k l m q D r s x y")  # noqa: E741
nu = sympy.Symbol("nu")


@cache
def finite_width_covariance() -> Statement:
    """The fluctuations of the lag kernel, to first order."""
    V, of_P, of_Q, meet, column = (IndexedBase(name) for name in ("V", "G", "H", "w", "Z"))
    vector, vector_, A, B, B_ = symbols("f f' A B B'", commutative=False)
    P0, Q0, dP, dQ, dP2, dQ2, S, R = symbols("P0 Q0 dP dQ dP2 dQ2 S R")
    fluctuation = finite_width_forms.gram_fluctuation
    half, smaller, larger = (i + j + k + l) / 2, minimum(i, j, k, l), maximum(minimum(i, j), minimum(k, l))

    def both(small: Any, large: Any, half: Any) -> sympy.Expr:
        return fluctuation(small, large, half, nu_W, nu_F, nu_C) + fluctuation(
            small, large, half, nu_W, nu_C, nu_F
        )

    def steps(limit: IndexedBase, own: Any, other: Any) -> sympy.Expr:
        """What one Gram contributes at offsets D and c, by the places it moves to on the diagonals."""
        h = (2 * m + 2 * k + D + c) / 2
        one = total(limit[x + D, x, k + c, k], (x, m)) + total(limit[m + D, m, y + c, y], (y, k))
        two = total(limit[x + D, x, y + c, y], (y, k), (x, m))
        return own**2 * (
            nu_W**h * limit[m + D, m, k + c, k]
            + other * nu_W ** (h - 1) * one
            + other**2 * nu_W ** (h - 2) * two
        )

    formula = equation(
        V[i, j, k, l],
        (KroneckerDelta(i - j, k - l) + KroneckerDelta(i - j, l - k)) * both(smaller, larger, half),
    )
    balanced = (KroneckerDelta(D, c) + KroneckerDelta(D, -c)) * meet[a, b]
    remainder, mixed = E(dP * dP2 * dQ * dQ2), E(dP * dQ * dQ2)
    means = P0 - nu_C * nu_W**a * KroneckerDelta(a, b)
    small_P, small_Q = minimum(m, k), maximum(m, k)
    return Statement(
        name="finite-width-covariance",
        title="$n Cov(Theta_ij, Theta_kl)$ in the limit",
        formula=formula,
        variables={
            "V[i, j, k, l]": "limit of $n Cov(Theta_ij, Theta_kl)$ as $n$ goes to infinity, for $n_x = n_y = "
            "1$",
            "i, j, k, l": "lags",
            **MEANING,
        },
        assumptions=(
            "$n_x = n_y = 1$",
            GAUSSIAN,
            "a term whose factor $min(i, j, k, l)$ or $max(min(i, j), min(k, l))$ is 0 is 0 at $nu_W = 0$ "
            "too",
        ),
        indices=(i, j, k, l, a, b, c, d, m, q, r, x, y, D),
        source=LOOP_EQUATIONS + "; delta method",
        uses=(lag_kernel(), crosscap_traces(), alternating_words(), trace_factorisation()),
        proof=(
            lemma(
                "covariances of quadratic forms",
                "For a vector $f$ with independent entries $N(0, nu)$, independent of $A$ and $B$ (Isserlis "
                "1918, and the law of total covariance).",
                equation(
                    cov(vector_ * A * vector, vector_ * B * vector),
                    nu**2 * (E(tr(A * B_)) + E(tr(A * B)) + cov(tr(A), tr(B))),
                ),
            ),
            logic(
                "the traces' covariance is lower",
                "For two traces with $2 m$ letters together; the traces of $A B'$ and $A B$ have the degree "
                "$m + 1$.",
                at_most(cov(S, R), m),
                ["trace-factorisation"],
                at={"trace-factorisation": {s: Integer(1), r: Integer(1)}},
            ),
            argument(
                "the words of a Gram's covariance",
                "$Q_ab = f' M'^a M^b f/n$, for unit variances, has with $Q_cd$ the words $A B' = M'^a M^b "
                "M'^d M^c$ and $A B = M'^a M^b M'^c M^d$, rotated.  $P_ab = f' M^a M'^b f/n$ likewise.  Let "
                "$H$ and $G$ be the limits of $n Cov(Q_ab, Q_cd)$ and $n Cov(P_ab, P_cd)$.  The covariance "
                "of $P$ and $Q$, which are independent given $W$, is only that of two traces, so of lower "
                "order.",
                And(
                    equation(of_Q[a, b, c, d], phi[b, d, c, a] + phi[b, c, d, a]),
                    equation(of_P[a, b, c, d], phi[a, b, d, c] + phi[a, b, c, d]),
                ),
                ["covariances of quadratic forms", "the traces' covariance is lower"],
            ),
            definition(
                "a meeting", "Let $w(a, b)$ be $1 + min(a, b)$.", equation(meet[a, b], 1 + minimum(a, b))
            ),
            identity(
                "their balance",
                "$A B'$ is balanced if the offsets are the same, $A B$ if they are opposite; here both are "
                "$>= 0$.",
                And(
                    equation(of_Q[a + D, a, b + c, b], balanced), equation(of_P[a + D, a, b + c, b], balanced)
                ),
                ["the words of a Gram's covariance", "alternating-words", "a meeting"],
            ),
            identity(
                "delta method",
                "Put $P = P0 + dP$, $Q = Q0 + dQ$ with their means.  The lag kernel is bilinear: beside "
                "linear terms there is $dP (x) dQ$.",
                equation((P0 + dP) * (Q0 + dQ) - P0 * Q0, P0 * dQ + dP * Q0 + dP * dQ),
            ),
            identity(
                "centred traces",
                "If $T$ is a centred trace and $R$ a product of $r$ others, of which some may be centred, "
                "$E[T R]$ is a sum of covariances of $T$ with products of $q <= r$ traces times $r - q$ "
                "means of degree 1: of degree $r - 1$ by trace-factorisation, letters aside, whatever $q$.",
                equation((1 + q - 2) + (r - q), r - 1),
            ),
            argument(
                "degrees",
                "Given $W$, $E[dP dP_2]$ is $nu_C^2 n^-2$ times traces or two centred traces, and so is "
                "$E[dQ dQ_2]$.  The mean of their product has $n^-4$ times degree 2 at most: two traces; a "
                "trace and two centred ones ($r = 2$: 1); four centred ones ($r = 3$: 2).  $E[dP dQ dQ_2]$ "
                "has $n^-3$ times a centred trace and a trace or two centred ones: degree 1 at most ($r = "
                "1$: 0, $r = 2$: 1).  By crosscap-traces $P0_ab$ is $nu_C nu_W^a delta_ab$ up to $n^-1$.",
                And(at_most(remainder, -4 + 2), at_most(mixed, -3 + 1), at_most(means, -1)),
                ["trace-factorisation", "crosscap-traces", "centred traces"],
            ),
            sign(
                "lower orders",
                "Times $n$ all of them vanish; the error of the means meets a covariance of order $n^-1$.",
                And(
                    sympy.Le(1 + deg(remainder), -1, evaluate=False),
                    sympy.Le(1 + deg(mixed), -1, evaluate=False),
                    sympy.Le(1 + deg(means) - 1, -1, evaluate=False),
                ),
                ["degrees"],
            ),
            identity(
                "powers of $nu_W$",
                "Two steps along the diagonals, to $(x + D, x)$ and $(y + c, y)$, leave $nu_W^{h-2}$; one "
                "leaves $nu_W^{h-1}$ in the same way.",
                equation(
                    (m - 1 - x) + (k - 1 - y) + ((2 * x + D) + (2 * y + c)) / 2,
                    (2 * m + 2 * k + D + c) / 2 - 2,
                ),
            ),
            argument(
                "the linear terms",
                "Of $Theta_ij$, $i = m + D$, $j = m$, they are $Q_ij$ and the sum over $x < m$ of $nu_C "
                "nu_W^{m-1-x} Q_{x+D,x}$, and $P$ likewise with $nu_F$.",
                equation(V[m + D, m, k + c, k], steps(of_Q, nu_F, nu_C) + steps(of_P, nu_C, nu_F)),
                [
                    "lag-kernel",
                    "the words of a Gram's covariance",
                    "delta method",
                    "lower orders",
                    "powers of $nu_W$",
                ],
            ),
            argument(
                "transposition",
                "$Theta_ij = Theta_ji'$, a number.",
                equation(V[i, j, k, l], V[j, i, k, l]),
                given=[i < j],
            ),
            argument(
                "transposition of the other",
                "Likewise.",
                equation(V[i, j, k, l], V[i, j, l, k]),
                given=[k < l],
            ),
            identity(
                "unequal offsets",
                "Offsets stay along a diagonal, so nothing is balanced.",
                equation(V[m + D, m, k + c, k], Integer(0)),
                ["the linear terms", "their balance"],
                given=[Ne(D, c)],
                splits=[(D, c)],
            ),
            definition(
                "a column",
                "Let $Z(x, k)$ be the sum of $w(x, y)$ over $y < k$.",
                equation(column[x, k], total(meet[x, y], (y, k))),
            ),
            identity(
                "equal offsets, as sums",
                "All is balanced, once for $D > 0$ and twice for $D = 0$.",
                equation(
                    V[m + D, m, k + D, k],
                    (1 + KroneckerDelta(D, 0))
                    * (
                        (nu_F**2 + nu_C**2) * nu_W ** (m + k + D) * meet[m, k]
                        + nu_F
                        * nu_C
                        * (nu_F + nu_C)
                        * nu_W ** (m + k + D - 1)
                        * (total(meet[x, k], (x, m)) + column[m, k])
                        + 2 * nu_F**2 * nu_C**2 * nu_W ** (m + k + D - 2) * total(column[x, k], (x, m))
                    ),
                ),
                ["the linear terms", "their balance", "a column"],
            ),
            induction(
                "a column in closed form",
                "By induction on $k$: the triangle of $k$ up to $x$, then $x + 1$ each.",
                equation(column[x, k], triangle(minimum(k, x)) + maximum(k - x, 0) * (x + 1)),
                k,
                ["a column", "a meeting"],
                splits=[(k, x)],
            ),
            induction(
                "two steps",
                "By induction on $m$, column by column: the walk-overlap.",
                equation(total(column[x, k], (x, m)), walk_overlap(small_P, small_Q)),
                m,
                ["a column in closed form"],
                splits=[(m, k)],
            ),
            identity(
                "a row",
                "$w$ is symmetric.",
                equation(total(meet[x, k], (x, m)), column[k, m]),
                ["a column", "a meeting"],
            ),
            identity(
                "two columns",
                "In closed form.",
                equation(column[k, m] + column[m, k], (small_P + 1) * small_Q),
                ["a column in closed form"],
                splits=[(m, k)],
            ),
            identity(
                "one step",
                "A row and a column.",
                equation(total(meet[x, k], (x, m)) + column[m, k], (small_P + 1) * small_Q),
                ["a row", "two columns"],
            ),
            identity(
                "equal offsets",
                "Together.",
                equation(
                    V[m + D, m, k + D, k], (1 + KroneckerDelta(D, 0)) * both(small_P, small_Q, m + k + D)
                ),
                ["equal offsets, as sums", "two steps", "one step", "a meeting"],
            ),
            identity(
                "offsets $D$ and $c$",
                "Both.",
                equation(
                    V[m + D, m, k + c, k],
                    KroneckerDelta(D, c)
                    * (1 + KroneckerDelta(D, 0))
                    * both(small_P, small_Q, (2 * m + 2 * k + D + c) / 2),
                ),
                ["equal offsets", "unequal offsets"],
                splits=[(D, c)],
            ),
            identity(
                "the statement",
                "For lags of the same offset, of opposite offsets, on the diagonal (both) and of different "
                "offsets.",
                formula,
                ["transposition", "transposition of the other", "offsets $D$ and $c$"],
                splits=[(i, j), (k, l)],
            ),
            evidence(
                "exact covariances",
                "For lags $<= 3$ of sum up to 8, the $1/n$ term of the exact covariance, with symbolic "
                "variances; there is no term of order 0.  The code's law for whole lags is the same.",
                _scalar_covariances,
            ),
        ),
    )


def _scalar_covariances(formula: Any) -> Iterator[Obligation]:
    pairs = [*product(range(4), repeat=2)]
    for (p, q), (r, s) in combinations_with_replacement(pairs, 2):
        if p + q + r + s <= 8:
            in_inverse = sympy.expand(exact_covariance(p, q, r, s).subs(n, 1 / x))
            claim = f"Cov of {p}, {q} and {r}, {s}"
            yield f"{claim}: order 0", in_inverse.coeff(x, 0)
            law = at(formula.rhs, i=p, j=q, k=r, l=s)
            yield claim, sympy.expand(in_inverse.coeff(x, 1) - law)
            yield f"{claim}, as the code has it", law - finite_width_forms.covariance(p, q, r, s, *VARIANCES)
