"""The limit of any network whose transition is trained as a matrix, by its two-point function."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, Function, IndexedBase, KroneckerDelta, Sum, symbols

from derivations import closed_forms
from derivations.lag_kernel import expected_share
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, lemma
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, I_x, I_y, P, Q, equation, tr
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import M_, M
from derivations.theorems.universality import T0, two_point_universality

__all__ = [
    "RATES",
    "T",
    "Theta1",
    "convolved",
    "eta_C",
    "eta_F",
    "eta_W",
    "plim",
    "two_point_kernel",
    "two_point_weights",
]

a, b, j = symbols("a b j")
eta_W, eta_F, eta_C = symbols("eta_W eta_F eta_C")
T, Theta1 = IndexedBase("T"), IndexedBase("Theta1")
plim = Function("plim")
RATES = {
    "eta_W, eta_F, eta_C": "multiples of the learning rate at which the transition, the input and the "
    "readout matrix are trained, 0 where one is frozen"
}
SOURCE = "derived here; any recurrence by its two-point function"


def convolved(first: IndexedBase, second: IndexedBase) -> Sum:
    """The coefficient of z^i w^j in z w times the product of two generating functions."""
    return Sum(first[a, b] * second[i - 1 - a, j - 1 - b], (a, 0, i - 1), (b, 0, j - 1))


@cache
def two_point_kernel() -> Statement:
    """The limit of the lag kernel, for any two-point function."""
    s, p = eta_C * nu_F + eta_F * nu_C, eta_W * nu_C * nu_F
    formula = equation(plim(Theta1[i, j]), (s * T[i, j] + p * convolved(T, T)) * I_y * I_x)
    exact = eta_C * I_y * Q[i, j] + eta_F * P[i, j] * I_x + eta_W * convolved(P, Q)
    by_limits = exact.xreplace({gram: plim(gram) for gram in exact.atoms(sympy.Indexed)})
    return Statement(
        name="two-point-kernel",
        title="$Theta(z,w) = (eta_C nu_F + eta_F nu_C) T + eta_W nu_C nu_F z w T^2$, coefficient by "
        "coefficient, in the limit of any transition that is trained as a matrix",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel with rates: the sum over all parameters of $dL_i (x) dL_j$ times "
            "the rate, for $L_i = n^{-1/2} C M^i F$",
            "T[a, b]": "two-point function: the coefficient of $z^a w^b$ in $T(z,w)$, the limit of $tr(R(z) "
            "R(w)')/n$, $R(z)$ being the inverse of $1 - z M$",
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
            **RATES,
            **MEANING,
        },
        assumptions=(
            "$M = n^{-1/2} W$ plus a constant matrix, independent of $F$ and $C$, with limits $T_ab$ in "
            "probability; the same traces of $M^a M'^b M^b M'^a$ are bounded in probability",
            "entries of $F$ and of $C$ independent, of mean 0, variance $nu_F$ and $nu_C$ and bounded fourth "
            "moments; $n_x$, $n_y$ and the lags fixed",
        ),
        indices=(i, j, a, b),
        source=SOURCE,
        uses=(lag_kernel(),),
        proof=(
            definition(
                "the two-point function",
                "It is what normalised traces of powers tend to; as a matrix and its transpose have the same "
                "trace, $T_ab = T_ba$.",
                equation(T[a, b], plim(tr(M**a * M_**b) / n)),
            ),
            argument(
                "rates",
                "The lag kernel holds for any matrix $W$, so for $n^{1/2} M$, which moves as the trained "
                "matrix does.  Its three terms are the sums over the entries of $C$, of $F$ and of $W$; a "
                "part that is trained at $eta$ times the rate counts $eta$ times.",
                equation(Theta1[i, j], exact),
                ["lag-kernel"],
            ),
            argument(
                "Grams",
                "Given $M$, let $A = M^a M'^b$.  An entry of $P_ab$ is a quadratic form of rows of $C$: its "
                "mean is $nu_C tr(A)/n$ on the diagonal and 0 beside it, its variance at most a constant, by "
                "the fourth moments, times $tr(A A')/n^2$, which tends to 0.  So it tends to its mean "
                "(Chebyshev).  $Q_ab$ is made of columns of $F$ and $M'^a M^b$ in the same way.",
                And(
                    equation(plim(P[a, b]), nu_C * T[a, b] * I_y),
                    equation(plim(Q[a, b]), nu_F * T[a, b] * I_x),
                ),
                ["the two-point function"],
            ),
            lemma(
                "continuous mapping",
                "A polynomial of what converges in probability to constants tends to that of the limits (van "
                "der Vaart 1998, theorem 2.3).",
                equation(plim(Theta1[i, j]), by_limits),
                ["rates"],
            ),
            identity(
                "the statement",
                "The readout's share leaves $eta_C nu_F T$, the input's $eta_F nu_C T$, and the transition's "
                "is the product of two of them, one step later: $z w T^2$.",
                formula,
                ["continuous mapping", "Grams"],
            ),
            evidence(
                "exact polynomials",
                "For a Gaussian $W$, where $T_ab = nu_W^a delta_ab$, and $i$, $j <= 2$ the exact mean of "
                "each part's share is a polynomial in $1/n$ with the constant term claimed.",
                _exact_means,
            ),
        ),
    )


def _exact_means(formula: Any) -> Iterator[Obligation]:
    for p in range(3):
        for q in range(3):
            claimed = _at(formula, p, q)
            yield (
                f"E Theta_{p},{q}",
                _leading(p, q)
                - claimed.replace(
                    lambda part: isinstance(part, sympy.Indexed) and part.base == T,
                    lambda part: nu_W ** part.indices[0] * KroneckerDelta(*part.indices),
                ),
            )


def _at(formula: Any, p: int, q: int) -> sympy.Expr:
    """The right side at two lags."""
    return sympy.expand(formula.rhs.subs({i: p, j: q, I_y: 1, I_x: 1}, simultaneous=True).doit())


def _leading(p: int, q: int) -> sympy.Expr:
    """The constant term of the exact mean for Gaussian entries, part by part."""
    readout, input_, transition = ((*expected_share(p, q, letter), 0)[0] for letter in "CFW")
    power = nu_W ** sympy.Rational(p + q, 2)
    one_less = nu_W ** sympy.Rational(p + q - 2, 2)
    matrices = eta_C * nu_F * readout + eta_F * nu_C * input_
    return power * matrices + eta_W * nu_C * nu_F * one_less * transition


@cache
def two_point_weights() -> Statement:
    """The lag weights with rates, whatever the law of the entries."""
    s, p = eta_C * nu_F + eta_F * nu_C, eta_W * nu_C * nu_F
    formula = equation(
        plim(Theta1[i, j]), closed_forms.lag_weight(i, nu_W, s, p) * KroneckerDelta(i, j) * I_y * I_x
    )
    transition = "the transition"
    return Statement(
        name="two-point-weights",
        title="With rates the lag weights are $rho_i = (eta_C nu_F + eta_F nu_C) nu_W^i + eta_W nu_C nu_F i "
        "nu_W^{i-1}$, whatever the law of the entries",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel with rates, as in two-point-kernel",
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
            **RATES,
            **MEANING,
        },
        assumptions=(
            "$W$ as in two-point-universality, or as in two-point-invariant, whose two-point function is the "
            "same; $F$ and $C$ as in two-point-kernel",
        ),
        indices=(i, j, a, b),
        source=SOURCE,
        uses=(two_point_kernel(), two_point_universality()),
        proof=(
            argument(
                transition,
                "Here $M$ is $n^{-1/2} W$; the traces of $M^a M'^b M^b M'^a$ have limits as those of $M^a "
                "M'^b$ do, hence are bounded.",
                equation(T[a, b], T0[a, b]),
                ["two-point-kernel", "two-point-universality"],
            ),
            identity(
                "the statement",
                "Of the double sum $b = a$ is left where $i = j$, and every place of $W$ weighs the same, "
                "$nu_W^{i-1}$.  With $eta_W = eta_F = 0$, a reservoir, $eta_C nu_F nu_W^i$ is all.",
                formula,
                ["two-point-kernel", transition, "two-point-universality"],
                splits=[(i, j)],
            ),
            evidence(
                "exact polynomials",
                "For a Gaussian $W$ and $i$, $j <= 3$ the exact mean of each part's share is a polynomial in "
                "$1/n$ with the constant term claimed.",
                _exact_weights,
            ),
        ),
    )


def _exact_weights(formula: Any) -> Iterator[Obligation]:
    for p in range(4):
        for q in range(4):
            yield f"E Theta_{p},{q}", _leading(p, q) - _at(formula, p, q)
