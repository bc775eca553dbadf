r"""The mean of the lag kernel: a polynomial in 1/n at every width, and its first order for every lag.

Given W, the lag Grams P and Q are independent quadratic forms of C and of F.  Taking expectations over C and
F first leaves traces of words in M = W/sqrt(n): E P_ab and E Q_ab are nu_C T(a,b) I and nu_F T(a,b) I, T(a,b)
= E tr(M^a M'^b)/n, and E P_ab (x) Q_cd is nu_C nu_F S(a,b,d,c) I, where S has two traces over n^2.  By the
lag-kernel identity, a sum over the places of dW,

    E Theta_ij = (nu_C + nu_F) T(i,j) + nu_C nu_F sum_{a<i} sum_{b<j} S(a,b,j-1-b,i-1-a)

and nu_W enters by homogeneity, half a power a letter.  The orders in 1/n of single traces are in
:mod:`derivations.theorems.trace_orders`; two traces covary at order two, so at order one S is that of the
product of the means.  There, if i - j is even and not 0, the places on one diagonal count, else none.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import And, Eq, Implies, IndexedBase, Integer, Ne, symbols

from derivations import finite_width_forms
from derivations.exact_kernel import exact_mean as exact_mean_at
from derivations.exact_kernel import mean_coefficient
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, interchange, logic
from derivations.stein import expectation
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.model import GAUSSIAN, MEANING, W_S_P, E, Theta, equation, minimum
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import (
    LOOP_EQUATIONS,
    TAU,
    at,
    crosscap_at_offsets,
    even,
    leading_traces,
    power_word,
    sigma,
    spelled_out,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, trace_degree, trace_factorisation
from derivations.theorems.trace_orders import crosscap_traces

__all__ = ["exact_mean", "finite_width_mean"]

a, b, c, d, h, j, k, m, D, r = symbols("a b c d h j k m D r")
SIGMA = "coefficient of $n^{-r}$ in $E[tr(M^a M'^b) tr(M^c M'^d)]/n^2$"
SIZES = "any $n_x$, $n_y >= 1$"
Theta1, share = IndexedBase("Theta1"), IndexedBase("X")


@cache
def exact_mean() -> Statement:
    """The mean of the lag kernel at every width."""
    trace, traces = IndexedBase("T"), IndexedBase("S")
    single = total(tau[r, i, j] / n**r, (r, h + 2))
    double = total(sigma[r, a, b, j - 1 - b, i - 1 - a] / n**r, (r, h + 2), (a, i), (b, j))
    mean = equation(E(Theta[i, j]), (nu_C + nu_F) * nu_W**h * single + nu_C * nu_F * nu_W ** (h - 1) * double)
    none = equation(E(Theta[i, j]), Integer(0))
    even_sum, odd_sum = Eq(i + j, 2 * h), Eq(i + j, 2 * h + 1)
    by_traces = equation(
        E(Theta[i, j]),
        (nu_C + nu_F) * trace[i, j] + nu_C * nu_F * total(traces[a, b, j - 1 - b, i - 1 - a], (a, i), (b, j)),
    )
    return Statement(
        name="exact-mean",
        title="At every width $E Theta_ij$ is a polynomial in $1/n$ for even $i + j$ and 0 for odd, times "
        "the identity",
        formula=And(Implies(even_sum, mean), Implies(odd_sum, none)),
        variables={
            "E": "mean; $E Theta_ij$ is a multiple of the identity, and this is the number",
            "Theta": "lag kernel",
            "h": "half of $i + j$, or of $i + j - 1$",
            "tau[r, a, b]": TAU + ", at $nu_W = 1$",
            "sigma[r, a, b, c, d]": SIGMA + " there",
            "n": "width",
            **MEANING,
        },
        assumptions=(GAUSSIAN, SIZES, "$m nu_W^{-1}$ is 0 at $m = 0$"),
        indices=(i, j, a, b, c, d, h, r),
        conditions=(n > 0,),
        source="derived here",
        uses=(lag_kernel(), trace_degree()),
        proof=(
            argument(
                "expectation over $F$ and $C$",
                "Given $W$, $P$ and $Q$ are independent, and for independent Gaussian vectors $E f_x' A f_y "
                "= nu_F delta_xy tr A$ (Isserlis 1918).  Let $T(a,b) = E tr(M^a M'^b)/n$ and $S(a,b,c,d) = "
                "E[tr(M^a M'^b) tr(M^c M'^d)]/n^2$ at the variance $nu_W$.  As $tr(M'^a M^b) = tr(M^b "
                "M'^a)$, and $tr(M^a M'^b)$ by transposition, $E Q_ab = nu_F T(a,b) I$, $E P_ab = nu_C "
                "T(a,b) I$ and $E P_ab (x) Q_cd = nu_C nu_F S(a,b,d,c) I$; the mean of lag-kernel is linear "
                "in them.",
                by_traces,
                ["lag-kernel"],
            ),
            argument(
                "even numbers of letters",
                "By Stein's lemma the mean of $k$ traces of words with $2 h$ letters is $nu_W^h$ times a "
                "polynomial in $n$; of degree at most $h + k$, by trace-degree, and divided by $n^{h+k}$ it "
                "is one in $1/n$, here for $k = 1$.",
                equation(trace[a, b], nu_W**h * total(tau[r, a, b] / n**r, (r, h + 2))),
                ["trace-degree"],
                given=[Eq(a + b, 2 * h)],
            ),
            argument(
                "even numbers of letters, two traces",
                "And for $k = 2$, with two letters less.",
                equation(
                    traces[a, b, c, d], nu_W ** (h - 1) * total(sigma[r, a, b, c, d] / n**r, (r, h + 2))
                ),
                ["trace-degree"],
                given=[Eq(a + b + c + d + 2, 2 * h)],
            ),
            argument(
                "odd numbers of letters",
                "$W$ and $-W$ have the same law.",
                equation(trace[a, b], Integer(0)),
                given=[Eq(a + b, 2 * h + 1)],
            ),
            argument(
                "odd numbers of letters, two traces",
                "Likewise.",
                equation(traces[a, b, c, d], Integer(0)),
                given=[Eq(a + b + c + d + 2, 2 * h + 1)],
            ),
            identity(
                "$i + j$ even",
                "The transition's share has two letters less, and at $h = 0$ no places.",
                mean,
                [
                    "expectation over $F$ and $C$",
                    "even numbers of letters",
                    "even numbers of letters, two traces",
                ],
                given=[even_sum],
            ),
            identity(
                "$i + j$ odd",
                "Every share has an odd number of letters.",
                none,
                [
                    "expectation over $F$ and $C$",
                    "odd numbers of letters",
                    "odd numbers of letters, two traces",
                ],
                given=[odd_sum],
            ),
            logic(
                "the statement",
                "Even and odd $i + j$.",
                And(Implies(even_sum, mean), Implies(odd_sum, none)),
                ["$i + j$ even", "$i + j$ odd"],
            ),
            evidence(
                "shares",
                "For $i$, $j <= 5$ the polynomials from the network's own words, with $C$ and $F$.",
                _shares_agree,
            ),
        ),
    )


def _shares_agree(formula: Any) -> Iterator[Obligation]:
    mean, none = (part.args[1] for part in sorted(formula.args, key=lambda part: part.args[1].rhs == 0))
    for p, q in product(range(6), repeat=2):
        law = none.rhs
        if (p + q) % 2 == 0:
            law = spelled_out(at(mean.rhs, i=p, j=q, h=(p + q) // 2))
            law = law.xreplace({name: _coefficient(name) for name in law.atoms(sympy.Indexed)})
        yield f"E Theta_{p},{q}", sympy.expand(law - exact_mean_at(p, q))


def _coefficient(name: Any) -> Integer:
    """The value of tau[r, a, b] or sigma[r, a, b, c, d]."""
    power, *powers = map(int, name.indices)
    words = [power_word(p, q) for p, q in zip(powers[::2], powers[1::2], strict=True)]
    empty = words.count("")
    polynomial = expectation([word for word in words if word], ["n"] * empty)
    letters = sum(powers)
    return Integer(int(polynomial.to_dict().get((letters // 2 + len(words) - power, 0, 0), 0)))


@cache
def finite_width_mean() -> Statement:
    """The mean of the lag kernel to first order."""
    half = (i + j) / 2
    formula = equation(
        Theta1[i, j],
        sympy.Piecewise(
            (
                finite_width_forms.crosscap_mean(minimum(i, j), half, *W_S_P),
                Eq(sympy.Mod(i - j, 2), 0) & Ne(i, j),
            ),
            (0, True),
        ),
    )
    places = sigma[1, a, b, j - 1 - b, i - 1 - a]
    rows, columns = (a, 0, i - 1), (b, 0, j - 1)
    one_diagonal = tau[1, k + D, k] + tau[1, m - 1 - k, m - 1 - k + D]
    other_diagonal = tau[1, k, k + D] + tau[1, m - 1 - k + D, m - 1 - k]
    factors = tau[0, a, b] * tau[1, c, d] + tau[1, a, b] * tau[0, c, d]
    offset = "order one at offset $D$"
    return Statement(
        name="finite-width-mean",
        title="$E Theta_ii$ has no $1/n$ term; for even offsets $E Theta_ij$ begins with one, for odd ones "
        "it has none",
        formula=formula,
        variables={
            "Theta1[i, j]": "coefficient of $1/n$ in $E Theta_ij$, times the identity",
            **MEANING,
        },
        assumptions=(GAUSSIAN, SIZES, "$m nu_W^{h-1}$ is 0 at $m = 0$"),
        indices=(i, j, a, b, c, d, k, m, D),
        source=LOOP_EQUATIONS,
        uses=(exact_mean(), power_traces(), crosscap_traces(), trace_factorisation()),
        abbreviations={m: minimum(i, j), h: half},
        proof=(
            leading_traces(),
            crosscap_at_offsets(),
            definition(
                "the transition's share",
                "Its coefficient of $1/n$ for unit variances.",
                equation(share[i, j], sympy.Sum(places, rows, columns)),
            ),
            argument(
                "the coefficient of $1/n$",
                "Read off exact-mean; for odd $i + j$ all of it is 0.",
                equation(
                    Theta1[i, j],
                    (nu_C + nu_F) * nu_W**half * tau[1, i, j]
                    + nu_C * nu_F * nu_W ** (half - 1) * share[i, j],
                ),
                ["exact-mean", "the transition's share"],
            ),
            argument(
                "two traces",
                "By trace-factorisation their covariance is of order two, so at order one the mean of the "
                "product is that of the product of the means.",
                equation(sigma[1, a, b, c, d], factors),
                ["trace-factorisation"],
            ),
            interchange(
                "columns first",
                "A sum over rows and columns.",
                equation(sympy.Sum(places, rows, columns), sympy.Sum(places, columns, rows)),
            ),
            identity(
                "the share, columns first",
                "The transition's share is one.",
                equation(share[i, j], sympy.Sum(places, columns, rows)),
                ["the transition's share", "columns first"],
            ),
            identity(
                "below the diagonal",
                "One factor is $tau_0$, not 0 only for offset 0; then the other has the offset $D = i - j$.",
                equation(share[m + D, m], total(one_diagonal, (k, m))),
                ["the transition's share", "two traces", "order zero"],
            ),
            identity(
                "above the diagonal",
                "Likewise for $D = j - i$.",
                equation(share[m, m + D], total(other_diagonal, (k, m))),
                ["the share, columns first", "two traces", "order zero"],
            ),
            identity(
                "the sums",
                "For even $D > 0$ the sum of $(k + 1) + (m - k)$ over $k < m$; else 0.",
                And(
                    equation(total(one_diagonal, (k, m)), m * (m + 1) * even(D)),
                    equation(total(other_diagonal, (k, m)), m * (m + 1) * even(D)),
                ),
                [offset],
            ),
            identity(
                "the transition",
                "In closed form, below and above.",
                And(
                    equation(share[m + D, m], m * (m + 1) * even(D)),
                    equation(share[m, m + D], m * (m + 1) * even(D)),
                ),
                ["below the diagonal", "above the diagonal", "the sums"],
            ),
            identity(
                "the statement",
                "Readout and input have $tau_1(i, j)$, which is $m + 1$ for even $D > 0$.",
                formula,
                ["the coefficient of $1/n$", "the transition", offset],
                splits=[(i, j), (i, 2), (j, 2)],
            ),
            evidence(
                "exact means",
                "For $i$, $j <= 8$ the coefficient of $1/n$ in the exact mean, with symbolic variances.",
                _mean_laws,
            ),
        ),
    )


def _mean_laws(formula: Any) -> Iterator[Obligation]:
    for p, q in product(range(9), repeat=2):
        yield f"1/n at {p}, {q}", sympy.expand(mean_coefficient(p, q, 1) - at(formula.rhs, i=p, j=q))
