r"""Gradients: those of a loss in the parameters, of low rank, and those through time.

The loss J sees the data only through the impulse response L_j = n^{-1/2} C M^j F, M = W/sqrt(n), so its
gradient in the parameters is made of G_j = dJ/dL_j and of the words of L_j.  By the product rule dM stands at
every place a < j in turn; left of it is the chain V_a = C M^a, and what stands right of it, summed over the
lags first, is the adjoint chain B_a = F G_a' + M B_{a+1}, from the last lag down:

    dJ/dC = n^{-1/2} B_0',    dJ/dF = n^{-1/2} sum_j V_j' G_j,    dJ/dW = n^{-1} sum_a V_a' B_{a+1}'

Through j steps of time a gradient is multiplied by M^j, in mean square by E tr(M^j M'^j)/n: nu_W^j, with no
term in 1/n (:mod:`derivations.theorems.trace_orders`).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import Abs, And, Function, Implies, Limit, Sum, Symbol, Tuple, sqrt, symbols
from sympy.core.function import AppliedUndef

from derivations import finite_width_forms
from derivations.moments import moment
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic
from derivations.symbols import n, nu_W
from derivations.theorems.model import MEANING, equation
from derivations.theorems.pieces import tau
from derivations.theorems.random_matrices import power_traces
from derivations.theorems.trace_orders import crosscap_traces, trace_second_order
from derivations.theorems.training_pieces import Word, of_matrices

__all__ = ["gradient_norms", "low_rank_gradients"]

a, i, j, k, T = symbols("a i j k T")
SOURCE = "derived here"


@cache
def low_rank_gradients() -> Statement:
    """The gradients of a loss of the impulse response, from two chains of products."""
    M, dM, M_t, C_t, F_t = symbols("M dM M' C' F'", commutative=False)
    gradients = Tuple(*symbols("dJ/dC dJ/dF dJ/dW"))
    formula = equation(
        gradients,
        Tuple(
            Word("B'", 0, T) / sqrt(n),
            Sum(Word("V'", j) * Word("G", j), (j, 0, T - 1)) / sqrt(n),
            Sum(Word("V'", a) * Word("B'", a + 1, T), (a, 0, T - 2)) / n,
        ),
    )
    places = equation(Word("D", j), Sum(M**a * dM * M ** (j - 1 - a), (a, 0, j - 1)))
    after = Word("G", j) * F_t * M_t ** (j - 1 - a)
    by_lags = Sum(Sum(M_t**a * C_t * after, (a, 0, j - 1)), (j, 0, T - 1))
    by_places = Sum(M_t**a * C_t * Sum(after, (j, a + 1, T - 1)), (a, 0, T - 2))
    by_words = equation(
        gradients,
        Tuple(
            Sum(Word("G", j) * F_t * M_t**j, (j, 0, T - 1)) / sqrt(n),
            Sum(M_t**j * C_t * Word("G", j), (j, 0, T - 1)) / sqrt(n),
            by_lags / n,
        ),
    )
    chain = Word("A'", k, T)
    return Statement(
        name="low-rank-gradients",
        title="The gradients of a loss of the impulse response, from two chains of products",
        formula=formula,
        variables={
            "G[j]": "$dJ/dL_j$, an $n_y$ by $n_x$ matrix",
            "V[a]": "$n^{-a/2} C W^a$, so that $L_j = n^{-1/2} V_j F$; $V'$ is its transpose",
            "B[a, T]": "the adjoint chain of $T$ lags, $B_a = F G_a' + n^{-1/2} W B_{a+1}$ from $B_T = 0$ "
            "down; $B'$ is its transpose",
            "T": "number of lags",
            "n": "width",
        },
        assumptions=(
            "$J$ is a differentiable function of $L_0, ..., L_{T-1}$",
            "any $n$, $n_x$, $n_y >= 1$",
        ),
        indices=(a, j, k, T),
        conditions=(n >= 1, T >= 1),
        source=SOURCE,
        proof=(
            lemma(
                "product rule",
                "Let $M = n^{-1/2} W$ and $D_j$ be the differential of $M^j$.  Then $d(M^{j+1}) = d(M^j) M "
                "+ M^j dM$ (Leibniz).",
                And(equation(Word("D", 0), 0), equation(Word("D", j + 1), Word("D", j) * M + M**j * dM)),
            ),
            induction(
                "every place",
                "By induction on $j$: $dM$ stands at every place $a < j$ in turn.",
                places,
                j,
                ["product rule"],
            ),
            lemma(
                "gradients of traces",
                "$dJ$ is the sum of $tr(G_j' dL_j)$, where $L_j = n^{-1/2} C M^j F$ has one letter replaced "
                "by its differential.  A trace is cyclic, so where a differential is $tr(G' A dX B)$ the "
                "gradient in $X$ is $A' G B'$ (Magnus and Neudecker 1988, chapter 9).  $n^{-1/2} dW$ for "
                "$dM$ is a second factor $n^{-1/2}$.",
                Implies(places, by_words),
            ),
            logic("word by word", "Together.", by_words, ["every place", "gradients of traces"]),
            definition(
                "the steps of the adjoint chain",
                "$A_k$ is the adjoint chain after $k$ of its $T$ steps down from lag $T$, transposed.",
                And(
                    equation(Word("A'", 0, T), 0),
                    equation(Word("A'", k + 1, T), Word("G", T - 1 - k) * F_t + chain * M_t),
                ),
            ),
            induction(
                "the adjoint chain",
                "By induction on $k$: a step down multiplies by $M$ and takes in one gradient more.",
                equation(chain, Sum(Word("G", T - 1 - i) * F_t * M_t ** (k - 1 - i), (i, 0, k - 1))),
                k,
                ["the steps of the adjoint chain"],
            ),
            definition(
                "the chains",
                "Transposed, $V_a = C M^a$ and $B_a = A_{T-a}$.",
                And(equation(Word("V'", a), M_t**a * C_t), equation(Word("B'", a, T), Word("A'", T - a, T))),
            ),
            lemma(
                "the order of two sums",
                "The places $a < j$ of all lags $j < T$ are the lags $j > a$ of all places $a < T - 1$.  (A "
                "double sum of finitely many terms.)",
                equation(by_lags, by_places),
            ),
            identity(
                "the statement",
                "What stands right of $dC$ and of $dW$, summed over the lags, is the adjoint chain.  As "
                "$V_a$ has $n_y$ rows, $dJ/dW$ is of rank $(T - 1) n_y$ at most.",
                formula,
                ["word by word", "the order of two sums", "the chains", "the adjoint chain"],
            ),
            evidence(
                "entry by entry",
                "For $n = n_y = 2$, $n_x = 1$ and $T <= 3$, $J$, the sum of $tr(G_j' L_j)$, differentiated "
                "in every entry of $C$, $F$ and $W$.",
                _gradients_by_entries,
            ),
        ),
    )


def _gradients_by_entries(formula: Any) -> Iterator[Obligation]:
    """The formula's right sides with matrices for its names, against the derivatives of the loss."""
    width = 2
    C, W = sympy.Matrix(2, 2, symbols("C:4")), sympy.Matrix(2, 2, symbols("W:4"))
    F = sympy.Matrix(2, 1, symbols("F:2"))
    M, root = W / sqrt(width), sqrt(width)
    for lags in range(1, 4):
        G = [sympy.Matrix(2, 1, symbols(f"G{lag}_:2")) for lag in range(lags)]
        V = [C * M**lag for lag in range(lags)]
        B = [sympy.zeros(width, 2)]
        for gradient in reversed(G):
            B.insert(0, F * gradient.T + M * B[0])
        matrices = {"V'": [v.T for v in V], "B'": [b.T for b in B], "G": G}
        loss = sum((G[lag].T * V[lag] * F / root).trace() for lag in range(lags))
        for letter, matrix, side in zip("CFW", (C, F, W), formula.rhs, strict=True):
            found = of_matrices(side.subs({n: width, T: lags}).doit(), matrices, matrix.shape)
            for entry, value in zip(matrix, found, strict=True):
                yield f"dJ/d{letter} in {entry}, {lags} lags", sympy.expand(loss.diff(entry) - value)


@cache
def gradient_norms() -> Statement:
    """Vanishing and exploding gradients."""
    M = Symbol("M", commutative=False)
    jacobian = Word("J", j)
    share = Function("E")(Abs(Symbol("dh_{t+j}/dh_t")) ** 2) / n
    deviation = Limit(n**2 * (share - nu_W**j), n, sympy.oo)
    formula = equation(deviation, nu_W**j * finite_width_forms.crosscap_pairs(j))
    return Statement(
        name="gradient-norms",
        title="In mean square gradients through $j$ steps are $nu_W^j$, up to $O(n^-2)$",
        formula=formula,
        variables={
            "dh_{t+j}/dh_t": "the derivative of a hidden state in the one $j$ steps before, $n$ by $n$; its "
            "norm is that of Frobenius, of which the square is $n$ for the identity",
            "j": "number of steps",
            "n": "width",
            "nu_W": MEANING["nu_W"],
        },
        assumptions=("entries of $W$ independent $N(0, nu_W)$", "$j$ fixed as $n$ goes to infinity"),
        indices=(j,),
        conditions=(nu_W >= 0,),
        source=SOURCE,
        uses=(power_traces(), crosscap_traces(), trace_second_order()),
        proof=(
            argument(
                "one step",
                "$h_{t+j+1} = M h_{t+j} + F x_{t+j+1}$, $M = n^{-1/2} W$, and the inputs do not depend on "
                "$h_t$: by the chain rule $M$ multiplies the derivative $J_j$ of $h_{t+j}$ in $h_t$.",
                And(equation(Word("J", 0), 1), equation(Word("J", j + 1), M * jacobian)),
            ),
            induction("the Jacobian", "By induction on $j$.", equation(jacobian, M**j), j, ["one step"]),
            argument(
                "the orders of a trace",
                "So the squared norm is $tr(M^j M'^j)$.  The mean of $tr(M^j M'^j)/n$ is a polynomial in "
                "$1/n$ times $nu_W^j$, for there are $2 j$ letters.  Its constant term is 1 (power-traces), "
                "its term in $1/n$ is 0 (crosscap-traces), and $tau_2$ is its next coefficient.",
                equation(deviation, nu_W**j * tau[2, j, j]),
                ["the Jacobian", "power-traces", "crosscap-traces"],
            ),
            identity(
                "the statement",
                "The coefficient of $n^-2$, $0, 0, 2, 10, 28, 62, ...$, is known.  So gradients vanish for "
                "$nu_W < 1$ and explode for $nu_W > 1$, as the lag weights do, but for a factor linear in "
                "the lag.",
                formula,
                ["the orders of a trace", "trace-second-order"],
            ),
            evidence("exact traces", "For $j <= 4$, from the exact polynomials.", _exact_norms),
        ),
    )


def _exact_norms(formula: Any) -> Iterator[Obligation]:
    inside, square = formula.lhs.args[0], formula.lhs.atoms(AppliedUndef).pop()
    for lag in range(5):
        exact = moment(" ".join(["W"] * lag + ["W'"] * lag)) / n**lag if lag else n
        deviation = sympy.expand(inside.subs(square, exact).subs(j, lag))
        yield f"{lag} steps", sympy.expand(sympy.limit(deviation, n, sympy.oo) - formula.rhs.subs(j, lag))
