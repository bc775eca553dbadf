"""What the wide network is equivalent to: a scaled convolution, its kernel, and a bias as one more input."""

from functools import cache
from typing import Any

import sympy
from sympy import And, IndexedBase, KroneckerDelta, Ne, Sum, Symbol, symbols

from derivations import closed_forms
from derivations.proof import Statement
from derivations.rules import argument, definition, identity, induction, lemma
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import (
    GAUSSIAN,
    MEANING,
    PAPER,
    I_x,
    I_y,
    Theta,
    equation,
    limit_of_mean,
    minimum,
    rho,
)
from derivations.theorems.wide_limit import gram_limits, kernel_limit, kernel_of, lag_weights, p

__all__ = ["bias", "kernel_recursion", "scaled_convolution", "wide_kernel"]

a, b, d, j, k, m, s, t = symbols("a b d j k m s t")
K, x, x_ = IndexedBase("K"), IndexedBase("x"), IndexedBase("x'")
SEQUENCES = {"x, x'": "two sequences of inputs; products of inputs are inner products"}


@cache
def scaled_convolution() -> Statement:
    """The convolution whose NTK is that of the wide network."""
    gradient, gradient_, product, root = (IndexedBase(name) for name in ("dy", "dy'", "G", "w"))
    formula = equation(K[t, s], Sum(rho[j] * x[t - j] * x_[s - j], (j, 0, minimum(t, s))))
    first, second, parameter = (a, 0, t), (b, 0, s), (k, 0, t + s)
    summand = root[a] * KroneckerDelta(a, k) * x[t - a] * root[b] * KroneckerDelta(b, k) * x_[s - b]
    return Statement(
        name="scaled-convolution",
        title="The NTK of a convolution with lag $j$ scaled by $sqrt(rho_j)$ sums $rho_j <x_{t-j}, "
        "x'_{s-j}>$ over the lags, at every size",
        formula=formula,
        variables={
            "K": "NTK of two sequences at times $t$ and $s$, times the identity of $n_y$: $T(x)' D(rho) "
            "T(x')$, if the convolution has all lags that both times see",
            **SEQUENCES,
            "rho": "any weights with square roots, as the lag weights",
        },
        assumptions=("$L_j = sqrt(rho_j) theta_j$, $y = L * x$, $theta$ the parameters",),
        indices=(t, s, a, b, j, k),
        source=PAPER,
        proof=(
            lemma("roots", "Weights that are not negative have roots $w_j$.", equation(rho[j], root[j] ** 2)),
            definition(
                "the convolution",
                "For one coordinate of the output and one of the input, $y_t$ is the sum of $w_a theta_a "
                "x_{t-a}$ over $a <= t$.  The derivative of $theta_a$ in $theta_k$ is $delta_ak$, "
                "so this is that of $y_t$; with a prime it is that of $y_s$ for the other sequence.",
                And(
                    equation(gradient[t, k], Sum(root[a] * KroneckerDelta(a, k) * x[t - a], first)),
                    equation(gradient_[s, k], Sum(root[b] * KroneckerDelta(b, k) * x_[s - b], second)),
                ),
            ),
            definition(
                "the kernel",
                "The sum of products of derivatives over all parameters; those of lags above $t + s$ enter "
                "neither output.  Another coordinate of the input adds its own; one of the output has its "
                "own parameters.",
                And(
                    equation(product[t, s, k], gradient[t, k] * gradient_[s, k]),
                    equation(K[t, s], Sum(product[t, s, k], parameter)),
                ),
            ),
            identity(
                "$a$ outside",
                "A product of two sums.",
                equation(product[t, s, k], Sum(summand, first, second)),
                ["the kernel", "the convolution"],
            ),
            identity(
                "$b$ outside",
                "In the other order.",
                equation(product[t, s, k], Sum(summand, second, first)),
                ["the kernel", "the convolution"],
            ),
            identity(
                "$t <= s$",
                "Sum over the parameters first: both lags are that of the parameter.  The sum over $b$ "
                "leaves $b = a$, whatever $a <= t$.",
                equation(K[t, s], Sum(rho[j] * x[t - j] * x_[s - j], (j, 0, t))),
                ["the kernel", "$a$ outside", "roots"],
                given=[t <= s],
            ),
            identity(
                "$s <= t$",
                "Likewise the sum over $a$ leaves $a = b$, whatever $b <= s$.",
                equation(K[t, s], Sum(rho[j] * x[t - j] * x_[s - j], (j, 0, s))),
                ["the kernel", "$b$ outside", "roots"],
                given=[s <= t],
            ),
            identity(
                "the statement",
                "So lag $j$ contributes $rho_j <x_{t-j}, x'_{s-j}>$ if both times see it.",
                formula,
                ["$t <= s$", "$s <= t$"],
                splits=[(t, s)],
            ),
        ),
    )


@cache
def wide_kernel() -> Statement:
    """The NTK of the wide network is that of the scaled convolution."""
    network = IndexedBase("N")
    lags = (i, 0, t), (j, 0, s)
    formula = equation(limit_of_mean(network[t, s]), I_y * I_x * K[t, s])
    written_out = Sum(x[t - i] * Theta[i, j] * x_[s - j], *lags)
    return Statement(
        name="wide-kernel",
        title="In the limit the mean of the network's NTK is the NTK of the scaled convolution",
        formula=formula,
        variables={
            "N": "NTK of the network of width $n$ for two sequences at times $t$ and $s$",
            "K": "NTK of the scaled convolution",
            "I_y, I_x": "the identities of $n_y$ and of $n_x$; the latter stands between inputs whose inner "
            "product is taken",
            "E": "mean",
        },
        assumptions=(GAUSSIAN, "$n$ goes to infinity, $n_x$, $n_y$, $t$, $s$ and the sequences fixed"),
        indices=(t, s, i, j),
        source=PAPER,
        uses=(kernel_limit(), scaled_convolution()),
        proof=(
            definition(
                "the network's kernel",
                "$y_t$ is the sum of $L_i x_{t-i}$, so the sum over all parameters of $dy_t (x) dy'_s$ is "
                "that of the lag kernel between the inputs.",
                equation(network[t, s], written_out),
            ),
            lemma(
                "linearity",
                "The mean and the limit of a finite sum are those of its terms.",
                equation(
                    limit_of_mean(written_out),
                    Sum(x[t - i] * limit_of_mean(Theta[i, j]) * x_[s - j], *lags),
                ),
            ),
            identity(
                "by lags",
                "So the limit of the kernel's mean is made of the limits of the lag kernel's.",
                equation(
                    limit_of_mean(network[t, s]),
                    Sum(x[t - i] * limit_of_mean(Theta[i, j]) * x_[s - j], *lags),
                ),
                ["the network's kernel", "linearity"],
            ),
            identity(
                "the statement",
                "Of the lags $i$ and $j$ the diagonal is left, as far as both times see it.",
                formula,
                ["by lags", "kernel-limit", "scaled-convolution"],
                splits=[(t, s)],
            ),
        ),
    )


@cache
def kernel_recursion() -> Statement:
    """The kernel by recursion along its diagonals, with non-negative coefficients only."""
    A, B = IndexedBase("A"), IndexedBase("B")
    formula = equation(K[t, s], (nu_C + nu_F) * A[t, s] + nu_C * nu_F * B[t, s])

    def diagonal(name: IndexedBase) -> tuple[Any, Any]:
        """The entries below and above the main diagonal, at the offset d."""
        return name[t, t + d], name[t + d, t]

    inputs = x[j] * x_[j + d], x[j + d] * x_[j]
    return Statement(
        name="kernel-recursion",
        title="The NTK of two sequences in the limit by a recursion along its diagonals",
        formula=formula,
        variables={
            "A": "$A_{t,s} = nu_W A_{t-1,s-1} + <x_t, x'_s>$",
            "B": "$B_{t,s} = nu_W B_{t-1,s-1} + A_{t-1,s-1}$",
            "K": "the NTK of the two sequences with the limits of the Grams put in, $T(x)' D(rho) T(x')$",
            **SEQUENCES,
            **MEANING,
        },
        assumptions=("$A$ and $B$ are 0 for negative times",),
        indices=(t, s, d, j),
        source="derived here",
        uses=(scaled_convolution(), lag_weights()),
        proof=(
            definition(
                "the recursion",
                "Where a time is 0, what comes from negative times is left out.",
                And(
                    equation(A[0, s], x[0] * x_[s]),
                    equation(A[t + 1, 0], x[t + 1] * x_[0]),
                    equation(A[t + 1, s + 1], nu_W * A[t, s] + x[t + 1] * x_[s + 1]),
                    equation(B[0, s], 0),
                    equation(B[t + 1, 0], 0),
                    equation(B[t + 1, s + 1], nu_W * B[t, s] + A[t, s]),
                ),
            ),
            induction(
                "$A$ along a diagonal",
                "By induction on $t$: inputs at time $j$ have been multiplied by $nu_W$ once for every step "
                "of time since.",
                And(
                    *(
                        equation(entry, Sum(nu_W ** (t - j) * gram, (j, 0, t)))
                        for entry, gram in zip(diagonal(A), inputs, strict=True)
                    )
                ),
                t,
                ["the recursion"],
                splits=[d],
            ),
            induction(
                "$B$ along a diagonal",
                "By induction on $t$: they have entered $B$ at each of the $t - j$ steps since.",
                And(
                    *(
                        equation(entry, Sum((t - j) * nu_W ** (t - 1 - j) * gram, (j, 0, t - 1)))
                        for entry, gram in zip(diagonal(B), inputs, strict=True)
                    )
                ),
                t,
                ["the recursion", "$A$ along a diagonal"],
                splits=[d],
            ),
            identity(
                "$K$ along a diagonal",
                "Counted by times instead of lags.",
                And(
                    *(
                        equation(entry, Sum(rho[t - j] * gram, (j, 0, t)))
                        for entry, gram in zip(diagonal(K), inputs, strict=True)
                    )
                ),
                ["scaled-convolution"],
            ),
            identity(
                "the statement",
                "The weight of inputs at lag $t - j$ is $(nu_C + nu_F) nu_W^{t-j} + nu_C nu_F (t - j) "
                "nu_W^{t-j-1}$, on the main diagonal and on either side of it.",
                formula,
                ["$K$ along a diagonal", "$A$ along a diagonal", "$B$ along a diagonal", "lag-weights"],
                splits=[(t, s)],
            ),
        ),
    )


@cache
def bias() -> Statement:
    """A bias vector is an input that is constantly one."""
    nu_b = Symbol("nu_b")
    K_b, q_b, S_b, rho_b = (IndexedBase(name) for name in ("K1", "q1", "S1", "rho1"))
    formula = equation(K_b[t, s], closed_forms.partial_sum(m, nu_W, nu_b + nu_C, nu_b * nu_C))
    return Statement(
        name="bias",
        title="What a bias vector, an input that is constantly 1 with its own variance, adds to the NTK in "
        "the limit",
        formula=formula,
        variables={
            "K1": "the NTK at times $t$ and $s$ of the inputs $(x_t, 1)$, the last column of $F$ being $b$, "
            "less that of the inputs $x_t$, both with the limits of the Grams put in",
            "m": "the number of lags that both times see",
            "nu_b": "variance of the bias vector's entries",
            **MEANING,
        },
        assumptions=("$h_t = n^{-1/2} W h_{t-1} + F x_t + b$, entries of $b$ independent $N(0, nu_b)$",),
        indices=(t, s, m, a, b, j, k),
        conditions=(sympy.Eq(m, minimum(t, s) + 1), Ne(nu_W, 1)),
        source="derived here",
        uses=(gram_limits(), wide_kernel()),
        proof=(
            argument(
                "one more column",
                "$F x_t + b = [F b] [x_t; 1]$.  The columns of $F$ enter the Grams separately, each with "
                "its own variance: the entry of $Q_ab$ that belongs to $b$ has the limit of gram-limits "
                "with $nu_b$ for $nu_F$.",
                equation(q_b[a, b], nu_b * nu_W**a * KroneckerDelta(a, b)),
                ["gram-limits"],
            ),
            definition(
                "its weights",
                "Those of lag-weights for the coordinate of $b$, with $q1$ for $q$.",
                equation(rho_b[j], kernel_of(p, q_b).subs(i, j)),
            ),
            identity(
                "their closed form",
                "As in lag-weights, with $nu_b$ for $nu_F$.",
                equation(rho_b[j], closed_forms.lag_weight(j, nu_W, nu_b + nu_C, nu_b * nu_C)),
                ["its weights", "one more column", "gram-limits"],
            ),
            definition(
                "sums of weights",
                "Let $S1_k$ be the sum of the first $k$ weights.",
                equation(S_b[k], Sum(rho_b[j], (j, 0, k - 1))),
            ),
            induction(
                "the sums in closed form",
                "By induction on $k$, as in partial-sum.",
                equation(S_b[k], closed_forms.partial_sum(k, nu_W, nu_b + nu_C, nu_b * nu_C)),
                k,
                ["sums of weights", "their closed form"],
            ),
            argument(
                "its inputs",
                "By wide-kernel the kernel adds up over the coordinates of the input, and this coordinate's "
                "inputs are 1 at all times: lag $j$ adds its weight if both times see it.",
                equation(K_b[t, s], S_b[minimum(t, s) + 1]),
                ["wide-kernel", "sums of weights"],
            ),
            identity("the statement", "Together.", formula, ["its inputs", "the sums in closed form"]),
        ),
    )
