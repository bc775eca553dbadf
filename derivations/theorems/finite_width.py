r"""What a finite width does to the lag kernel: exact means, and the first orders for every lag.

Given W, the lag Grams P and Q are independent quadratic forms of C and of F.  Taking expectations over C and
F first leaves traces of words in M = W/sqrt(nu_W n) and M', whose orders in 1/n are in
:mod:`derivations.theorems.traces`.  The lag-kernel identity, a sum over the places of dW, turns them into
laws for Theta; variances enter by homogeneity.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, Eq, Implies, IndexedBase, Integer, KroneckerDelta, Ne, symbols

from derivations import finite_width_forms
from derivations.exact_kernel import exact_covariance, mean_coefficient
from derivations.exact_kernel import exact_mean as exact_mean_at
from derivations.finite_width_forms import (
    crosscap_pairs,
    transition_pairs,
    triangle,
    walk_overlap,
)
from derivations.lag_kernel import inner_products
from derivations.proof import Obligation, Statement
from derivations.rules import (
    argument,
    definition,
    evidence,
    identity,
    induction,
    interchange,
    lemma,
    logic,
    sign,
)
from derivations.stein import expectation
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.model import (
    GAUSSIAN,
    MEANING,
    VARIANCES,
    W_S_P,
    E,
    Theta,
    cov,
    deg,
    equation,
    maximum,
    minimum,
    tr,
)
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import (
    TAU,
    Cov,
    arms_sum,
    at,
    choose,
    crosscap_at_offsets,
    even,
    leading_traces,
    phi,
    power_word,
    put,
    sigma,
    spelled_out,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, trace_degree, trace_factorisation
from derivations.theorems.traces import (
    SOURCE,
    alternating_words,
    crosscap_traces,
    trace_covariance,
    trace_cumulants,
    trace_second_order,
)

__all__ = [
    "exact_mean",
    "finite_width_covariance",
    "finite_width_fluctuations",
    "finite_width_mean",
    "finite_width_second_order",
]

a, b, c, d, e, f, g, h, j, k, l, m, q, D, r, s, x, y = symbols("a b c d e f g h j k l m q D r s x y")  # noqa: E741
nu = sympy.Symbol("nu")
SIGMA = "coefficient of $n^{-r}$ in $E[tr(M^a M'^b) tr(M^c M'^d)]/n^2$"
SIZES = "any $n_x$, $n_y >= 1$"
Theta1, Theta2, share = IndexedBase("Theta1"), IndexedBase("Theta2"), IndexedBase("X")


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
        source=SOURCE,
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


@cache
def finite_width_second_order() -> Statement:
    """The bias of the diagonal, of order n^-2."""
    entry, pair, overlap, shifted, along = (IndexedBase(name) for name in ("f", "g", "N", "F", "S"))
    square, border = IndexedBase("B"), IndexedBase("l")
    formula = equation(Theta2[i], finite_width_forms.second_order_mean(i, *W_S_P))
    beside = entry[x, b + D + 1, b] + entry[x, b, b + D + 1]
    first = equation(total(shifted[q, b], (b, x + 1)), shifted[q, 0] + total(shifted[q, b + 1], (b, x)))
    arms = equation(total((q - k) * (k + 1), (k, x)), arms_sum(q, x))
    factors = (
        tau[0, a, b] * tau[2, c, d]
        + tau[1, a, b] * tau[1, c, d]
        + tau[2, a, b] * tau[0, c, d]
        + Cov[a, b, c, d]
    )
    covariance = (1 + KroneckerDelta(D, 0)) * overlap[b, d] + D * (b + 1) * (d + 1)
    off = (b + 1) * (i - D - b) * ((1 - (-1) ** D) / 2 + D + 1) + overlap[b, i - 1 - D - b]

    def weight(x: Any, D: Any) -> sympy.Expr:
        """What one diagonal and its mirror image add."""
        return choose(x - D + 2, 3) * ((1 - (-1) ** D) + 2 * (D + 1)) + 2 * _along(x - D)

    offsets = equation(total(weight(q, k), (k, x)), _weights(q, x))
    diagonal = equation(
        total(crosscap_pairs(q - k) + crosscap_pairs(k), (k, x)),
        _pairs_below(q + 1) - _pairs_below(q + 1 - x) + _pairs_below(x),
    )
    to_end = {q: i, x: i + 1}
    return Statement(
        name="finite-width-second-order",
        title="The $n^-2$ term of $E Theta_ii$",
        formula=formula,
        variables={
            "Theta2[i]": "coefficient of $n^-2$ in $E Theta_ii$, times the identity",
            "i": "lag",
            **MEANING,
        },
        assumptions=(GAUSSIAN, SIZES, "$m nu_W^{i-1}$ is 0 at $m = 0$"),
        indices=(i, a, b, c, d, k, m, q, x, D),
        source=SOURCE,
        uses=(
            exact_mean(),
            power_traces(),
            crosscap_traces(),
            trace_factorisation(),
            trace_second_order(),
            trace_covariance(),
        ),
        proof=(
            leading_traces(),
            crosscap_at_offsets(),
            definition(
                "the transition's share",
                "Its coefficient of $n^-2$ for unit variances.",
                equation(share[i], total(sigma[2, a, b, i - 1 - b, i - 1 - a], (a, i), (b, i))),
            ),
            argument(
                "the coefficient of $n^-2$",
                "Read off exact-mean.",
                equation(
                    Theta2[i],
                    (nu_C + nu_F) * nu_W**i * tau[2, i, i] + nu_C * nu_F * nu_W ** (i - 1) * share[i],
                ),
                ["exact-mean", "the transition's share"],
            ),
            argument(
                "two traces",
                "The mean of their product is the product of the means and their covariance, which by "
                "trace-factorisation is two orders lower.",
                equation(sigma[2, a, b, c, d], factors),
                ["trace-factorisation"],
            ),
            argument(
                "transposition",
                "$tr(M^a M'^b) = tr(M^b M'^a)$: transpose and rotate both traces.",
                equation(Cov[a, b, c, d], Cov[b, a, d, c]),
            ),
            definition(
                "overlaps",
                "Let $N$ be the walk-overlap of trace-covariance, symmetric.",
                equation(overlap[b, d], walk_overlap(minimum(b, d), maximum(b, d))),
            ),
            identity(
                "covariances",
                "trace-covariance by overlaps.",
                equation(Cov[b + D, b, d + D, d], covariance),
                ["trace-covariance", "overlaps"],
            ),
            identity(
                "covariances, transposed",
                "Of words with fewer letters $M$ than $M'$.",
                equation(Cov[b, b + D, d, d + D], covariance),
                ["transposition", "covariances"],
            ),
            definition(
                "places",
                "Two places of $dW$ in $W^{i+1}$.",
                equation(entry[x, a, b], sigma[2, a, b, x - b, x - a]),
            ),
            definition(
                "diagonals beside",
                "The pairs of places on the two diagonals at distance $D + 1$ together.",
                equation(pair[x, D], total(beside, (b, x - D))),
            ),
            definition(
                "a square",
                "Let $B_i$ be the sum of any $f$ over a square, of which $l_i(a)$ are the pairs of entries "
                "that border it.",
                And(
                    equation(square[x, i], total(entry[x, a, b], (a, i + 1), (b, i + 1))),
                    equation(border[x, i, a], entry[x, a, i + 1] + entry[x, i + 1, a]),
                ),
            ),
            identity(
                "a greater square",
                "It has a border and a corner more.",
                equation(
                    square[x, i + 1],
                    square[x, i] + entry[x, i + 1, i + 1] + total(border[x, i, a], (a, i + 1)),
                ),
                ["a square"],
            ),
            identity(
                "a greater square, by diagonals",
                "Each pair, counted backwards, is on a diagonal of its own.",
                equation(
                    square[x, i + 1],
                    square[x, i] + entry[x, i + 1, i + 1] + total(border[x, i, i - D], (D, i + 1)),
                ),
                ["a greater square"],
            ),
            induction(
                "diagonals",
                "So a sum over a square is one over its diagonals, by induction on $i$.",
                equation(
                    square[x, i], total(entry[x, a, a], (a, i + 1)) + total(beside, (b, i - D), (D, i + 1))
                ),
                i,
                ["a greater square, by diagonals", "a square"],
            ),
            identity(
                "all places",
                "So is the transition's share at lag $i + 1$.",
                equation(share[i + 1], square[i, i]),
                ["the transition's share", "a square", "places"],
            ),
            identity(
                "by diagonals",
                "With the pairs of places that are not on the diagonal.",
                equation(share[i + 1], total(entry[i, a, a], (a, i + 1)) + total(pair[i, D], (D, i + 1))),
                ["all places", "diagonals", "diagonals beside"],
            ),
            identity(
                "a place and itself",
                "On the diagonal the means at order one are 0.",
                equation(entry[i, a, a], crosscap_pairs(i - a) + crosscap_pairs(a) + 2 * overlap[a, i - a]),
                [
                    "places",
                    "two traces",
                    "order zero",
                    "order one at offset $D$",
                    "trace-second-order",
                    "covariances",
                ],
                given=[a <= i],
            ),
            identity(
                "two places",
                "At distance $D + 1$ the means at order zero are 0; those at order one count if $D + 1$ is "
                "even.",
                And(
                    equation(entry[i, b + D + 1, b], off),
                    equation(entry[i, b, b + D + 1], off),
                ),
                [
                    "places",
                    "two traces",
                    "order zero",
                    "order one at offset $D$",
                    "covariances",
                    "covariances, transposed",
                ],
                given=[b + D + 1 <= i],
            ),
            definition(
                "overlaps along a diagonal",
                "Let $S(m)$ be the sum of $N(b, m - 1 - b)$.",
                equation(along[m], total(overlap[b, m - 1 - b], (b, m))),
            ),
            identity(
                "a step along a diagonal",
                "It adds $(b + 1)(d + 1)$; $N(0, d) = N(b, 0) = 0$.",
                And(
                    equation(overlap[0, d], Integer(0)),
                    equation(overlap[b, 0], Integer(0)),
                    equation(overlap[b + 1, d + 1], overlap[b, d] + (b + 1) * (d + 1)),
                ),
                ["overlaps"],
                splits=[(b, d)],
            ),
            definition("a sequence", "For what follows.", equation(shifted[q, b], overlap[b, q - b])),
            induction("the first term apart", "By induction on $x$.", first, x),
            logic(
                "the first overlap apart",
                "$q = x = m + 1$.",
                put(first, {q: m + 1, x: m + 1}),
                ["the first term apart"],
                at={"the first term apart": {q: m + 1, x: m + 1}},
            ),
            induction("the arms", "The sum of $(q - k)(k + 1)$ over $k < x$, by induction on $x$.", arms, x),
            logic(
                "arms of the same length",
                "$q = x = m$.",
                put(arms, {q: m, x: m}),
                ["the arms"],
                at={"the arms": {q: m, x: m}},
            ),
            identity(
                "$S(m + 2)$",
                "The sum of all overlaps of $m + 1$.",
                equation(along[m + 2], total(shifted[m + 1, b], (b, m + 2))),
                ["overlaps along a diagonal", "a sequence"],
            ),
            identity(
                "the first and the last",
                "They are 0.",
                equation(
                    along[m + 2], overlap[0, m + 1] + overlap[m + 1, 0] + total(overlap[b + 1, m - b], (b, m))
                ),
                ["$S(m + 2)$", "the first overlap apart", "a sequence"],
            ),
            identity(
                "the others",
                "They are a step further than those of $S(m)$.",
                equation(total(overlap[b + 1, m - b], (b, m)), along[m] + total((m - b) * (b + 1), (b, m))),
                ["a step along a diagonal", "overlaps along a diagonal"],
            ),
            identity(
                "a step of $S$",
                "So $S(m + 2) - S(m)$ is the sum of $(m - b)(b + 1)$.",
                equation(along[m + 2], along[m] + choose(m + 2, 3)),
                [
                    "the first and the last",
                    "the others",
                    "arms of the same length",
                    "a step along a diagonal",
                ],
            ),
            identity(
                "$S(0)$ and $S(1)$",
                "None, and one overlap.",
                And(equation(along[0], Integer(0)), equation(along[1], overlap[0, 0])),
                ["overlaps along a diagonal"],
            ),
            induction(
                "$S$",
                "By induction in steps of two.",
                equation(along[m], _along(m)),
                m,
                ["a step of $S$", "$S(0)$ and $S(1)$", "a step along a diagonal"],
                step=2,
            ),
            identity(
                "the sum over two diagonals",
                "At distance $D + 1$ there are $i - D$ places.",
                equation(
                    pair[i, D],
                    ((1 - (-1) ** D) + 2 * (D + 1)) * total((i - D - b) * (b + 1), (b, i - D))
                    + 2 * along[i - D],
                ),
                ["diagonals beside", "two places", "overlaps along a diagonal"],
                given=[i >= D],
            ),
            logic(
                "arms of length $i - D$",
                "$q = x = i - D$.",
                put(arms, {q: i - D, x: i - D}),
                ["the arms"],
                given=[i >= D],
                at={"the arms": {q: i - D, x: i - D}},
            ),
            identity(
                "two diagonals",
                "In closed form.",
                equation(pair[i, D], weight(i, D)),
                ["the sum over two diagonals", "arms of length $i - D$", "$S$"],
                given=[i >= D],
            ),
            identity(
                "one diagonal",
                "The sum over all places twice.",
                equation(
                    total(entry[i, a, a], (a, i + 1)),
                    total(crosscap_pairs(i - a) + crosscap_pairs(a), (a, i + 1)) + 2 * along[i + 1],
                ),
                ["a place and itself", "overlaps along a diagonal"],
            ),
            induction("sums on the diagonal", "By induction on $x$.", diagonal, x),
            induction("sums over distances", "By induction on $x$.", offsets, x),
            logic(
                "all on the diagonal",
                "$q = i$, $x = i + 1$.",
                put(diagonal, to_end),
                ["sums on the diagonal"],
                at={"sums on the diagonal": to_end},
            ),
            logic(
                "all distances",
                "$q = i$, $x = i + 1$.",
                put(offsets, to_end),
                ["sums over distances"],
                at={"sums over distances": to_end},
            ),
            identity(
                "beside the diagonal",
                "The sum over all distances.",
                equation(total(pair[i, D], (D, i + 1)), total(weight(i, D), (D, i + 1))),
                ["two diagonals"],
            ),
            identity(
                "the transition",
                "Together.",
                equation(share[i + 1], transition_pairs(i + 1)),
                [
                    "by diagonals",
                    "one diagonal",
                    "beside the diagonal",
                    "all on the diagonal",
                    "all distances",
                    "$S$",
                ],
            ),
            identity(
                "the statement",
                "Readout and input have $tau_2(i, i)$; at lag 0 there is no place of $dW$.",
                formula,
                [
                    "the coefficient of $n^-2$",
                    "trace-second-order",
                    "the transition",
                    "the transition's share",
                ],
                splits=[i],
            ),
            evidence(
                "exact means",
                "For $i <= 10$ the coefficient of $n^-2$ in the exact mean, with symbolic variances.",
                _second_order_laws,
            ),
        ),
    )


def _second_order_laws(formula: Any) -> Iterator[Obligation]:
    for lag in range(11):
        yield f"n^-2 at {lag}", sympy.expand(mean_coefficient(lag, lag, 2) - at(formula.rhs, i=lag))


def _along(m: Any) -> sympy.Expr:
    """The sum of the overlaps N(b, m - 1 - b) over b < m."""
    return (2 * m**4 - 8 * m**2 + 3 - 3 * (-1) ** m) / 96


def _pairs_below(k: Any) -> sympy.Expr:
    """The sum of the n^-2 terms of E tr(M^j M'^j)/n over j < k."""
    return k * (k - 2) * (2 * k**3 + 19 * k**2 - 12 * k - 24) / 240 - (1 - (-1) ** k) / 32


def _along_below(k: Any) -> sympy.Expr:
    """The sum of _along(m) over m < k."""
    return k * (k**2 - 4) * (2 * k**2 - 5 * k - 2) / 480 - (1 - (-1) ** k) / 64


def _weights(q: Any, x: Any) -> sympy.Expr:
    """What diagonals at the distances 1, ..., x add."""

    def alternating(k: Any) -> sympy.Expr:
        return k**3 / 12 + 3 * k**2 / 8 + 5 * k / 12 + sympy.Rational(1, 16)

    return (
        choose(q + 3, 4)
        - choose(q + 3 - x, 4)
        - alternating(q)
        + (-1) ** x * alternating(q - x)
        + 2 * (choose(q + 4, 5) - choose(q + 4 - x, 5) - x * choose(q + 3 - x, 4))
        + 2 * (_along_below(q + 1) - _along_below(q + 1 - x))
    )


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

    def at_most(quantity: Any, bound: Any) -> Any:
        return sympy.Le(deg(quantity), bound, evaluate=False)

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
        source=SOURCE + "; delta method",
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


@cache
def finite_width_fluctuations() -> Statement:
    """The fluctuations are jointly Gaussian in the limit: their cumulants of order three and more vanish."""
    joint, of_traces, of_grams, block = (IndexedBase(name) for name in ("K", "kappa", "gamma", "beta"))
    factors, blocks = IndexedBase("N"), IndexedBase("B")
    L, u = symbols("L u")

    def at_most(quantity: Any, bound: Any) -> Any:
        return sympy.Le(deg(quantity), bound, evaluate=False)

    order_of = at_most(joint[r], 1 - r)
    vanishing = sympy.Le(r / 2 + deg(joint[r]), -sympy.Rational(1, 2), evaluate=False)
    formula = And(order_of, Implies(r >= 3, vanishing))
    return Statement(
        name="finite-width-fluctuations",
        title="A joint cumulant of $r$ entries of $Theta$ is $O(n^{1-r})$: times $n^{r/2}$ it vanishes for "
        "$r >= 3$",
        formula=formula,
        variables={
            "K[r]": "any joint cumulant of $r$ entries of the lag kernel, of fixed lags: a polynomial in "
            "$1/n$",
            "deg": "the greatest power of $n$ in it",
        },
        assumptions=(GAUSSIAN, "$n_x$, $n_y$ and the lags fixed"),
        indices=(r, s, u, L),
        conditions=(r >= 1,),
        source=SOURCE,
        uses=(lag_kernel(), trace_cumulants()),
        proof=(
            logic(
                "traces",
                "For $u$ traces with $L$ letters.",
                at_most(of_traces[u, L], L / 2 + 2 - u),
                ["trace-cumulants"],
                given=[u >= 1],
                at={"trace-cumulants": {r: u}},
            ),
            argument(
                "cumulants of quadratic forms",
                "Given $W$, $kappa(f' A_1 f, ..., f' A_s f)$ is a sum of traces of products of the $A$'s and "
                "their transposes, and $P$ and $Q$ are independent (Magnus 1978).  A joint cumulant is the "
                "sum over partitions of the cumulant of the blocks' conditional cumulants (Brillinger "
                "1969).  So for $s$ entries of $P$ and $Q$ with $L$ letters it is a sum of terms $beta$, "
                "each $n^{-s-L/2}$ times a joint cumulant of $u$ traces, one for each block.",
                at_most(block[s, u, L], deg(of_traces[u, L]) - L / 2 - s),
            ),
            sign(
                "order of a partition",
                "It is greatest for one block.",
                at_most(block[s, u, L], 1 - s),
                ["cumulants of quadratic forms", "traces"],
                given=[u >= 1],
            ),
            argument(
                "cumulants of the Grams",
                "Those of $s$ entries, $gamma_s$, are finite sums of such terms.",
                at_most(of_grams[s], 1 - s),
                ["order of a partition"],
                given=[s >= 1],
            ),
            argument(
                "connected partitions",
                "The entries of the lag kernel are sums of products of entries of $P$ and $Q$.  The joint "
                "cumulant of $r$ products is a sum over partitions of their factors that connect the "
                "products, of products of the blocks' joint cumulants (Leonov and Shiryaev 1959).  Let $N_r$ "
                "be the number of factors and $B_r$ that of blocks where the order is greatest.  A block of "
                "$s$ factors makes $s - 1$ of the $r - 1$ links that are needed at most.",
                sympy.Ge(factors[r] - blocks[r], r - 1, evaluate=False),
            ),
            argument(
                "a partition's order",
                "The degrees $1 - s$ of the blocks add up to $B_r - N_r$.",
                at_most(joint[r], blocks[r] - factors[r]),
                ["lag-kernel", "cumulants of the Grams"],
            ),
            sign(
                "the order",
                "So $B_r - N_r <= 1 - r$.",
                order_of,
                ["a partition's order", "connected partitions"],
            ),
            sign(
                "cumulants of order three and more",
                "$sqrt(n)$ times each entry: $r/2 + 1 - r$ is negative.",
                vanishing,
                ["the order"],
                given=[r >= 3],
            ),
            logic(
                "the statement",
                "Together: of $sqrt(n) (Theta - E Theta)$ only the covariances are left in the limit, as of "
                "a Gaussian.",
                formula,
                ["the order", "cumulants of order three and more"],
            ),
            evidence(
                "exact third cumulants",
                "For $n_x = n_y = 1$ and unit variances those of triples of $Theta_00$, $Theta_11$, "
                "$Theta_01$, $Theta_02$ and $Theta_22$, with at most ten letters $W$.",
                _third_cumulants,
            ),
        ),
    )


def _third_cumulants(formula: Any) -> Iterator[Obligation]:
    claim = at(next(part for part in formula.args if not isinstance(part, Implies)), r=3)
    for first, second, third in combinations_with_replacement([(0, 0), (1, 1), (0, 1), (0, 2), (2, 2)], 3):
        if sum(first + second + third) <= 10:
            one, two, three = map(_theta_moment, (first, second, third))
            cumulant = (
                _theta_moment(first, second, third)
                - one * _theta_moment(second, third)
                - two * _theta_moment(first, third)
                - three * _theta_moment(first, second)
                + 2 * one * two * three
            )
            powers = sympy.Poly(sympy.expand(cumulant.subs(n, 1 / x)), x).monoms()
            least = min(power for (power,) in powers) if cumulant.expand() != 0 else -claim.rhs
            degree = {claim.lhs: Integer(-least)}
            yield f"Theta at {first}, {second}, {third}", claim.xreplace(degree)


@cache
def _theta_moment(*lags: tuple[int, int]) -> sympy.Expr:
    """E of the product of Theta_ij over the lags (i, j), for n_x = n_y = 1 and unit variances."""
    if sum(map(sum, lags)) % 2:
        return Integer(0)
    degree = sum(map(sum, lags)) // 2 + len(lags)
    terms = ([term for letter in "CFW" for term in inner_products(i, j, letter)] for i, j in lags)
    products = Counter(
        tuple(sorted(word for term in choice for word in term if word)) for choice in product(*terms)
    )
    orders: Counter[int] = Counter()
    for words, multiplicity in products.items():
        for (power, _, _), count in expectation(words).to_dict().items():
            orders[degree - power] += multiplicity * int(count)
    return sympy.Add(*(count / n**order for order, count in orders.items()))
