r"""The bias of the lag kernel's diagonal, of order n^-2, for every lag.

In E Theta_ii, readout and input have the order two of a single trace.  The transition has a sum of f over the
pairs a, b < i of places of dW, f being the order two of the mean of two traces: products of the orders of
their means, and their covariance, the walk-overlap N of :mod:`derivations.theorems.trace_covariances`.  The
square of pairs is summed by its diagonals,

    sum_{a,b<=i} f(a,b) = sum_a f(a,a) + sum_{D<i} sum_{b<i-D} [f(b+D+1,b) + f(b,b+D+1)]

On the diagonal the orders one vanish, beside it the orders zero do; along a diagonal the overlaps, in steps
of two, add up to S(m) = (2 m^4 - 8 m^2 + 3 - 3 (-1)^m)/96.  What is left are sums of polynomials and signs.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, IndexedBase, Integer, KroneckerDelta, symbols

from derivations import finite_width_forms
from derivations.exact_kernel import mean_coefficient
from derivations.finite_width_forms import crosscap_pairs, transition_pairs, walk_overlap
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, logic
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.kernel_means import SIZES, exact_mean
from derivations.theorems.model import GAUSSIAN, MEANING, W_S_P, equation, maximum, minimum
from derivations.theorems.pieces import (
    LOOP_EQUATIONS,
    Cov,
    arms_sum,
    at,
    choose,
    crosscap_at_offsets,
    leading_traces,
    put,
    sigma,
    tau,
    total,
)
from derivations.theorems.random_matrices import power_traces, trace_factorisation
from derivations.theorems.trace_covariances import trace_covariance
from derivations.theorems.trace_orders import crosscap_traces, trace_second_order

__all__ = ["finite_width_second_order"]

a, b, c, d, k, m, q, D, x = symbols("a b c d k m q D x")
Theta2, share = IndexedBase("Theta2"), IndexedBase("X")


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
        source=LOOP_EQUATIONS,
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
