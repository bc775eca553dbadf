"""What large Gaussian matrices do: traces factor, and powers of W are orthogonal."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, IndexedBase, KroneckerDelta, Limit, Rational, Sum, Symbol, symbols

from derivations.moments import to_sympy
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, sign
from derivations.stein import expectation, stein
from derivations.symbols import n, nu_W
from derivations.theorems.model import E, at_most, cov, equation, maximum, tr
from derivations.words import canonical

__all__ = ["power_traces", "stein_lemma", "trace_degree", "trace_factorisation"]

a, b, k, m, r, s = symbols("a b k m r s")
t = IndexedBase("t")
S, R = symbols("S R")
COUNTS = {
    "S": "a product of $s$ traces of words in $W$ and $W'$",
    "deg": "the degree of a polynomial in $n$; that of 0 is below all others",
}
ENTRIES = "the entries of $W$ are independent $N(0, nu_W)$"
LOOPS = "power counting in the loop equations of the real Ginibre ensemble"


@cache
def stein_lemma() -> Statement:
    """Gaussian integration by parts, on which everything rests."""
    g, h, nu = Symbol("g"), sympy.Function("h"), Symbol("nu")
    formula = equation(E(g * h(g)), nu * E(sympy.Derivative(h(g), g)))
    return Statement(
        name="stein-lemma",
        title="Gaussian integration by parts",
        formula=formula,
        variables={"E": "mean", "g": "a Gaussian of mean 0 and variance $nu$", "h": "a polynomial"},
        assumptions=("$g$ is Gaussian of mean 0",),
        conditions=(nu >= 0,),
        source="Isserlis 1918; Stein 1981",
        proof=(
            lemma("stein", "Integrate by parts against the Gaussian density (Stein 1981, lemma 1).", formula),
        ),
    )


@cache
def trace_degree() -> Statement:
    """The mean of a product of traces as a polynomial in n."""
    bound = IndexedBase("B")
    formula = at_most(E(S), m + s)
    return Statement(
        name="trace-degree",
        title="The mean of $s$ traces with $2 m$ letters has a degree of at most $m + s$ in $n$",
        formula=formula,
        variables={**COUNTS, "m": "half the number of letters of $S$, the power of $nu_W$ in the mean"},
        assumptions=(ENTRIES,),
        indices=(k, m, s),
        source=LOOPS,
        uses=(stein_lemma(),),
        proof=(
            definition(
                "splits, reversals, mergers",
                "Let $B_{m,k}$ bound the degree for $k$ traces with $2 m$ letters.  Without letters the "
                "product is $n^k$.  Stein's lemma on a letter $X$ is a sum over its partners, and $m$ pairs "
                "are left.  A partner $X'$ in the same trace splits it in two, $k + 1$ traces; $X$ in the "
                "same trace reverses a part and leaves $k$.  A partner in another trace merges the two: $k "
                "- 1$ traces, or $k$ with the trace $n$ of the identity as a further factor, which raises "
                "the degree by one.",
                And(
                    equation(bound[0, k], k),
                    equation(bound[m + 1, k], maximum(bound[m, k + 1], bound[m, k], bound[m, k] - 1)),
                ),
            ),
            induction(
                "the bound",
                "By induction on $m$: a split keeps the bound, a reversal loses one power, a merger two.",
                equation(bound[m, k], m + k),
                m,
                ["splits, reversals, mergers"],
            ),
            argument(
                "the mean",
                "There are no other partners, and the number of terms does not depend on $n$: the degree of "
                "a sum is at most the greatest of the terms' degrees.",
                at_most(E(S), bound[m, s]),
                ["stein-lemma", "splits, reversals, mergers"],
            ),
            sign("the statement", "Together.", formula, ["the mean", "the bound"]),
            evidence(
                "the terms of the lemma",
                "Stein's lemma on every pair of words in $W$ and $W'$ with up to four letters each leaves "
                "two letters less, and products that the formula gives no greater degree; $E tr W W' = n^2$ "
                "has the greatest.",
                _terms_of_the_lemma,
            ),
        ),
    )


def _terms_of_the_lemma(formula: Any) -> Iterator[Obligation]:
    words = {canonical("".join(letters)) for size in range(1, 5) for letters in product("Ww", repeat=size)}

    def bound(letters: int, traces: int) -> sympy.Expr:
        return formula.rhs.subs({m: Rational(letters, 2), s: traces}, simultaneous=True)

    for count in (1, 2):
        for traces in combinations_with_replacement(sorted(words), count):
            letters = sum(map(len, traces))
            for rest, empty in stein(traces):
                fewer, left = sum(map(len, rest)), len(rest) + len(empty)
                seen = fewer == letters - 2 and bound(fewer, left) <= bound(letters, count)
                yield f"{traces} -> {rest}, {len(empty)} empty", bool(seen)
    yield "E tr W W'", bound(2, 1) - expectation(["Ww"]).degrees()[0]


@cache
def trace_factorisation() -> Statement:
    """Means of products of traces factor, with an error two powers of n smaller."""
    bound = IndexedBase("D")
    formula = at_most(cov(S, R), m + s + r - 2)
    inside = (bound[m, k + 1], bound[m, k], bound[m, k] - 1)
    return Statement(
        name="trace-factorisation",
        title="Traces of words decouple: their covariance loses two powers of $n$",
        formula=formula,
        variables={
            **COUNTS,
            "R": "a product of $r$ traces of such words",
            "m": "half the number of letters of $S$ and $R$ together, the power of $nu_W$ in the covariance",
        },
        assumptions=(ENTRIES,),
        indices=(k, m, r, s),
        source=LOOPS,
        uses=(stein_lemma(), trace_degree()),
        proof=(
            definition(
                "partners in $S$ and in $R$",
                "Let $D_{m,k}$ bound the degree of $cov(S, R) = E[S R] - E[S] E[R]$ for $k$ traces with $2 "
                "m$ letters together.  If $S$ has no letters it is constant and the covariance 0, below any "
                "bound.  Stein's lemma on a letter of $S$: a partner in $S$ splits, reverses or merges "
                "traces of $S$ and leaves the covariance of a shorter product with $R$, as both terms have "
                "it.  A partner in $R$ occurs in $E[S R]$ alone and merges two traces; by trace-degree $m + "
                "k - 1$ bounds what is left, $m$ pairs of letters in $k - 1$ traces.",
                And(
                    equation(bound[0, k], k - 2),
                    equation(bound[m + 1, k], maximum(*inside, m + k - 1)),
                ),
            ),
            induction(
                "the bound",
                "By induction on $m$: all partners in $S$ keep the bound or lose more, and those in $R$ "
                "reach it.",
                equation(bound[m, k], m + k - 2),
                m,
                ["partners in $S$ and in $R$"],
            ),
            argument(
                "the covariance",
                "There are no other partners, so by induction on the letters of $S$ the bound holds; it "
                "grows with $m$, so it also bounds what has no letters of $S$ left.",
                at_most(cov(S, R), bound[m, s + r]),
                ["stein-lemma", "trace-degree", "partners in $S$ and in $R$"],
            ),
            sign("the statement", "There are $s + r$ traces.", formula, ["the covariance", "the bound"]),
            evidence(
                "exact covariances",
                "The exact polynomials of all pairs of words $W^a W'^b$ with up to six letters obey the "
                "bound, and those of $W W'$ reach it.",
                _covariance_degrees,
            ),
        ),
    )


def _covariance_degrees(formula: Any) -> Iterator[Obligation]:
    words = ["W" * p + "w" * q for p in range(4) for q in range(4) if 1 <= p + q <= 6]
    for first in words:
        for second in words:
            product = expectation([first, second])
            covariance = product - expectation([first]) * expectation([second])
            half = Rational(len(first) + len(second), 2)
            allowed = formula.rhs.subs({m: half, s: 1, r: 1}, simultaneous=True)
            within = not covariance or covariance.degrees()[0] <= allowed
            yield f"deg cov(tr {first}, tr {second}) <= {allowed}", bool(within)
            if first == second == "Ww":
                yield "the bound is reached", allowed - covariance.degrees()[0]


@cache
def power_traces() -> Statement:
    """t_ab = lim n^{-1-(a+b)/2} E tr(W^a W'^b) = nu_W^a delta_ab."""
    W, W_ = symbols("W W'", commutative=False)
    formula = equation(t[a, b], nu_W**a * KroneckerDelta(a, b))
    height = IndexedBase("h")
    rest, partner = W ** (a - k) * W_**b, W_ ** (b - 1 - m)
    return Statement(
        name="power-traces",
        title="Powers of a large Gaussian matrix are orthogonal",
        formula=formula,
        variables={
            "t[a, b]": "the limit of $n^{-1-(a+b)/2} E tr(W^a W'^b)$ as $n$ goes to infinity",
            "a, b": "powers of $W$ and of $W'$",
            "nu_W": "the variance of $W$'s entries",
        },
        assumptions=(ENTRIES,),
        indices=(a, b, k, m),
        source="the leading order of the loop equation",
        uses=(stein_lemma(), trace_factorisation()),
        proof=(
            definition(
                "the limits",
                "On the scale that trace-degree allows.",
                equation(t[a, b], Limit(n ** (-1 - (a + b) / 2) * E(tr(W**a * W_**b)), n, sympy.oo)),
            ),
            identity(
                "the reversed word",
                "Stein's lemma on the first $W$ of $tr(W^a W'^b) = tr(W A W B)$.  Partner number $k$ of "
                "$W^a$, with $A = W^{k-2}$ and $B = W^{a-k} W'^b$, leaves the one trace $tr(A B') = "
                "tr(W^{b+k-2} W'^{a-k})$, of the same form.",
                And(
                    equation(W * W ** (k - 2) * W * rest, W**a * W_**b),
                    equation(W ** (k - 2) * W**b * W_ ** (a - k), W ** (b + k - 2) * W_ ** (a - k)),
                ),
                given=[k >= 2, k <= a],
            ),
            definition(
                "the scale",
                "Let $h_{k,m}$ be the degree that trace-degree allows for $k$ traces with $m$ letters.",
                equation(height[k, m], k + m / 2),
            ),
            identity(
                "reversals vanish",
                "It has two letters less and one trace, so it is one power of $n$ below the scale, whatever "
                "$a$, $b$ and $k$.",
                equation(height[1, (b + k - 2) + (a - k)], height[1, a + b] - 1),
                ["the scale"],
                given=[k >= 2, k <= a],
            ),
            identity(
                "the split words",
                "In $tr(W^{a+1} W'^b) = tr(W A W' B)$ the partner that $m$ letters $W'$ precede, with $A = "
                "W^a W'^m$ and $B = W'^{b-1-m}$, leaves $tr(A) tr(B)$.",
                equation(W * W**a * W_**m * W_ * partner, W ** (a + 1) * W_**b),
                given=[m <= b - 1],
            ),
            identity(
                "splits keep the scale",
                "Two letters less but one trace more.",
                equation(height[2, (a + m) + (b - 1 - m)], height[1, (a + 1) + b]),
                ["the scale"],
                given=[m <= b - 1],
            ),
            argument(
                "lone powers",
                "$tr(I) = n$.  For $tr(W'^b)$, $b >= 1$, every partner reverses, so its limit is 0.",
                equation(t[0, b], KroneckerDelta(0, b)),
                ["stein-lemma", "the limits", "the reversed word", "reversals vanish"],
            ),
            argument(
                "the loop equation",
                "Of the partners of the first $W$ in $tr(W^{a+1} W'^b)$ only the splits count in the "
                "limit.  By trace-factorisation the mean of their product is the product of the means up to "
                "$n^-2$.",
                equation(t[a + 1, b], nu_W * Sum(t[a, m] * t[0, b - 1 - m], (m, 0, b - 1))),
                [
                    "stein-lemma",
                    "trace-factorisation",
                    "the limits",
                    "the reversed word",
                    "reversals vanish",
                    "the split words",
                    "splits keep the scale",
                ],
            ),
            induction(
                "the statement",
                "By induction on $a$: only the split with $m = b - 1$ survives, which leaves $tr(W^a "
                "W'^{b-1}) tr(I)$: $t_{a+1,b} = nu_W t_{a,b-1}$ for $b >= 1$, and 0 for $b = 0$.",
                formula,
                a,
                ["the loop equation", "lone powers"],
                splits=[b],
            ),
            evidence(
                "exact polynomials",
                "The leading coefficients of the exact polynomials $E tr(W^a W'^b)$, $a$, $b <= 8$.",
                _leading_coefficients,
            ),
        ),
    )


def _leading_coefficients(formula: Any) -> Iterator[Obligation]:
    for p in range(9):
        for q in range(9):
            polynomial = expectation(["W" * p + "w" * q]) if p + q else expectation([], ["n"])
            half = Rational(p + q, 2)
            leading = sympy.limit(to_sympy(polynomial) / n ** (1 + half), n, sympy.oo)
            claimed = formula.rhs.subs({a: p, b: q}, simultaneous=True)
            yield f"t_{p},{q}", claimed - leading * nu_W**half
