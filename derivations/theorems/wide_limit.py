r"""The wide limit of the lag kernel, in mean square, and the lag weights.

Given W, entries of P_ab and Q_ab are quadratic forms of Gaussian vectors: their means are those of
tr(W^a W'^b), their variances those of traces of twice the letters.  By power counting they converge,

    P_ab -> nu_C nu_W^a delta_ab I,    Q_ab -> nu_F nu_W^a delta_ab I,

and as means of traces factor, the lag-kernel identity holds for the limits.  Of its double sum the i places
with a = b are left:

    Theta_ij -> rho_i delta_ij I,    rho_i = (nu_C + nu_F) nu_W^i + i nu_C nu_F nu_W^{i-1}
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, Implies, IndexedBase, Integer, KroneckerDelta, symbols

from derivations import closed_forms
from derivations.lag_kernel import expected_share
from derivations.moments import moment
from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, lemma, logic
from derivations.symbols import i, n, n_y, nu_C, nu_F, nu_W
from derivations.theorems.model import (
    GAUSSIAN,
    MEANING,
    PAPER,
    W_S_P,
    E,
    I_x,
    I_y,
    P,
    Q,
    Theta,
    Var,
    at_most,
    cov,
    deg,
    equation,
    limit_of_mean,
    rho,
    tr,
)
from derivations.theorems.network import IDENTITIES, lag_kernel
from derivations.theorems.random_matrices import power_traces, stein_lemma, trace_degree, trace_factorisation
from derivations.theorems.random_matrices import t as trace_limit

__all__ = ["gram_limits", "kernel_limit", "kernel_mean", "kernel_of", "lag_weights"]

a, b, c, d, j, k = symbols("a b c d j k")
p, q = IndexedBase("p"), IndexedBase("q")
WIDE = "$n$ goes to infinity, $n_x$, $n_y$ and the lags fixed"
DEGREE = "the degree in $n$: of order $n^deg$ at most"


@cache
def gram_limits() -> Statement:
    """P_ab and Q_ab converge to multiples of the identity."""
    M, M_ = symbols("M M'")
    traces = power_traces()
    converge = And(
        equation(limit_of_mean(P[a, b]), p[a, b] * I_y), equation(limit_of_mean(Q[a, b]), q[a, b] * I_x)
    )
    limits = And(equation(p[a, b], nu_C * traces.formula.rhs), equation(q[a, b], nu_F * traces.formula.rhs))
    variances = And(at_most(Var(P[a, b]), -1), at_most(Var(Q[a, b]), -1))
    parts = (E(tr(M * M_)), E(tr(M * M)), Var(tr(M)))
    bounded = And(*(at_most(part, k) for part in parts))
    return Statement(
        name="gram-limits",
        title="The lag Grams converge in mean square: $P_ab -> nu_C nu_W^a delta_ab I$ and $Q_ab -> nu_F "
        "nu_W^a delta_ab I$, with variances $O(1/n)$",
        formula=And(converge, limits, variances),
        variables={
            "P, Q": "entries of the lag Grams of lag-kernel",
            "I_y, I_x": "the same entries of the identity matrices of $n_y$ and $n_x$",
            "p, q": "$P_ab -> p_ab I$ and $Q_ab -> q_ab I$",
            "t": "$t_ab$ is the limit of $n^{-1-(a+b)/2} E tr(W^a W'^b)$, of power-traces",
            "a, b": "lags",
            "E, Var": "mean and variance",
            "deg": DEGREE,
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(a, b, k),
        source="second moments of Gaussian quadratic forms",
        uses=(stein_lemma(), trace_degree(), trace_factorisation(), traces),
        proof=(
            definition(
                "the limits",
                "They are those of normalised traces.",
                And(equation(p[a, b], nu_C * trace_limit[a, b]), equation(q[a, b], nu_F * trace_limit[a, b])),
            ),
            argument(
                "means",
                "Stein's lemma on the first $C$ of $tr(C W^a W'^b C')$: its only partner splits off "
                "$tr(I_{n_y})$ and leaves $tr(W^a W'^b)$.  A mean off the diagonal is 0, as a row of $C$ may "
                "change its sign.  So $E P_ab$ tends to $nu_C t_ab I$, and $E Q_ab$ to $nu_F t_ab I$ in the "
                "same way.",
                converge,
                ["stein-lemma", "the limits"],
            ),
            identity(
                "their values",
                "The limits $t_ab$ are known from power-traces.",
                limits,
                ["the limits", "power-traces"],
            ),
            lemma(
                "variance of a quadratic form",
                "For $M = W^a W'^b$ and independent Gaussian rows (Isserlis 1918): $Var(c_p M c_q') = "
                "nu_C^2 (E tr M M' + delta_pq E tr M M + delta_pq Var tr M)$, and an entry of $P_ab$ has "
                "the scale $n^{-1-(a+b)/2}$; likewise for $Q_ab$ with $W'^a W^b$, whose traces have the "
                "same law.",
                Implies(
                    bounded,
                    And(at_most(Var(P[a, b]), k - 2 - a - b), at_most(Var(Q[a, b]), k - 2 - a - b)),
                ),
            ),
            argument(
                "single traces",
                "$tr M M'$ and $tr M M$ are single traces of $2 (a + b)$ letters.",
                And(*(at_most(part, a + b + 1) for part in parts[:2])),
                ["trace-degree"],
            ),
            argument(
                "the trace's variance",
                "$Var tr M$ is the covariance of two traces of $2 (a + b)$ letters together; it has even "
                "the degree $a + b$ at most.",
                at_most(parts[2], a + b + 1),
                ["trace-factorisation"],
            ),
            logic(
                "the statement",
                "On the scale $n^{-2-(a+b)}$ all three are $O(1/n)$.",
                And(converge, limits, variances),
                [
                    "means",
                    "their values",
                    "variance of a quadratic form",
                    "single traces",
                    "the trace's variance",
                ],
                at={"variance of a quadratic form": {k: a + b + 1}},
            ),
            evidence(
                "exact second moments",
                "For $a$, $b <= 2$ the exact mean of $tr P_ab$ has the limit claimed, and its exact "
                "variance tends to 0 at the rate claimed.",
                _gram_moments,
            ),
        ),
    )


def _gram_moments(formula: Any) -> Iterator[Obligation]:
    mean, limit = (
        next(part.rhs for part in conjuncts(formula) if isinstance(part, sympy.Eq) and part.lhs == left)
        for left in (limit_of_mean(P[a, b]), p[a, b])
    )
    variance = next(
        part.gts
        for part in conjuncts(formula)
        if not isinstance(part, sympy.Eq) and part.lts == deg(Var(P[a, b]))
    )
    for first in range(3):
        for second in range(3):
            word = f"C W^{first} W'^{second} C'".replace("W^0 ", "").replace("W'^0 ", "")
            scale = n ** (1 + sympy.Rational(first + second, 2))
            exact = sympy.expand((moment(word, word) - moment(word) ** 2) / scale**2)
            claimed = mean.subs({p[a, b]: limit, I_y: n_y}).subs({a: first, b: second}, simultaneous=True)
            yield (
                f"the limit of E tr P_{first},{second}",
                sympy.limit(moment(word) / scale, n, sympy.oo) - claimed,
            )
            degree = sympy.degree(sympy.expand(exact * n**8), n) - 8
            yield f"deg Var tr P_{first},{second}", bool(degree <= variance)


@cache
def kernel_mean() -> Statement:
    """The mean of the lag kernel, in the limit: that of a product of Grams factors."""
    kernel = lag_kernel()
    grams = {gram: limit_of_mean(gram) for gram in kernel.formula.rhs.atoms(sympy.Indexed)}
    factored = kernel.formula.rhs.xreplace(grams)
    formula = equation(limit_of_mean(Theta[i, j]), factored)
    return Statement(
        name="kernel-mean",
        title="In the limit the mean lag kernel is made of the means of the Grams",
        formula=formula,
        variables={
            "Theta, P, Q": "entries of the lag kernel and of the lag Grams of lag-kernel",
            "I_y, I_x": IDENTITIES,
            "E": "mean",
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(i, j, a, b),
        source="factorisation of means",
        uses=(kernel, trace_factorisation()),
        proof=(
            argument(
                "means of products factor",
                "The mean is linear, and there are finitely many terms.  $P_ab$ is a quadratic form of $C$ "
                "and $Q_cd$ one of $F$, which are independent given $W$: the mean of $P_ab (x) Q_cd$ is "
                "$nu_C nu_F n^{-2-(a+b+c+d)/2} E[tr(W^a W'^b) tr(W'^c W^d)]$ times the identity, and that "
                "of either alone has one of the traces.  By trace-factorisation the mean of the product is "
                "the product of the means up to $O(n^-2)$.",
                equation(limit_of_mean(kernel.formula.rhs), factored),
                ["trace-factorisation"],
            ),
            identity(
                "the statement",
                "By the lag-kernel identity.",
                formula,
                ["lag-kernel", "means of products factor"],
            ),
        ),
    )


@cache
def lag_weights() -> Statement:
    """rho_i: the limit of the lag kernel."""
    formula = equation(rho[i], closed_forms.lag_weight(i, *W_S_P))
    return Statement(
        name="lag-weights",
        title="The lag weights $rho_i$: what the lag kernel is on its diagonal with the limits of the Grams",
        formula=formula,
        variables={
            "rho": "lag weights, as the first step defines them; by kernel-limit $Theta_ii -> rho_i I$",
            "i": "lag",
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE, "$i nu_W^{i-1}$ is 0 at $i = 0$"),
        indices=(i, a, b),
        source=PAPER,
        uses=(gram_limits(),),
        proof=(
            definition(
                "the lag weights",
                "Let $rho_i I$ be what lag-kernel makes, at $j = i$, of $p_ab I$ and $q_ab I$ in place of "
                "the Grams.",
                equation(rho[i], kernel_of(p, q).subs(j, i)),
            ),
            identity(
                "the statement",
                "Readout and input leave $nu_F nu_W^i$ and $nu_C nu_W^i$.  In the transition's share only "
                "$b = a$ is left, and every place of $W$ weighs the same, $nu_C nu_W^a nu_F nu_W^{i-1-a}$; "
                "there are $i$ of them.",
                formula,
                ["the lag weights", "gram-limits"],
            ),
            evidence(
                "exact polynomials",
                "For $i <= 6$ the exact mean $E Theta_ii$ is a polynomial in $1/n$ with the constant term "
                "$rho_i$.",
                lambda formula: _exact_means(formula, diagonal=True),
            ),
        ),
    )


def kernel_of(first: IndexedBase, second: IndexedBase) -> Any:
    """The right side of lag-kernel with multiples of the identity for the Grams."""
    return lag_kernel().formula.rhs.xreplace({P: first, Q: second, I_y: Integer(1), I_x: Integer(1)})


def _exact_means(formula: Any, diagonal: bool) -> Iterator[Obligation]:
    """The constant terms of the exact means against a formula for them, for entries on the diagonal."""
    for p in range(7):
        for q in [p] if diagonal else range(7):
            readout, input_, transition = ((*expected_share(p, q, letter), 0)[0] for letter in "CFW")
            power = nu_W ** sympy.Rational(p + q, 2)
            limit = power * (nu_F * readout + nu_C * input_) + nu_C * nu_F * power / nu_W * transition
            claimed = formula.rhs.subs({i: p, j: q, I_y: 1, I_x: 1}, simultaneous=True)
            weights = {
                weight: closed_forms.lag_weight(weight.indices[0], *W_S_P)
                for weight in claimed.atoms(sympy.Indexed)
            }
            yield f"E Theta_{p},{q}", limit - claimed.subs(weights)


@cache
def kernel_limit() -> Statement:
    """The lag kernel converges in mean square."""
    X, Y, x_, y_ = symbols("X Y x y")
    mean = equation(limit_of_mean(Theta[i, j]), rho[i] * KroneckerDelta(i, j) * I_y * I_x)
    formula = And(mean, at_most(Var(Theta[i, j]), -1))
    letters = a + b + c + d
    parts = (cov(X * Y, X * Y), E(X**2 * y_), E(Y**2 * x_), E(x_ * y_))
    bounded = And(*(at_most(part, k) for part in parts))
    term = P[a, b] * Q[c, d]
    return Statement(
        name="kernel-limit",
        title="The lag kernel converges in mean square, $Theta_ij -> rho_i delta_ij I$, with variance "
        "$O(1/n)$",
        formula=formula,
        variables={
            "Theta": "an entry of the lag kernel",
            "rho": "lag weights",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$ that belong to it",
            "i, j": "lags",
            "E, Var": "mean and variance",
            "deg": DEGREE,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(i, j, a, b, c, d, k),
        source=PAPER,
        uses=(
            trace_degree(),
            trace_factorisation(),
            lag_kernel(),
            gram_limits(),
            kernel_mean(),
            lag_weights(),
        ),
        proof=(
            identity(
                "the mean",
                "Let $i < j$ or $i > j$: in every term of the transition's share $a = b$ and $i - 1 - a = j "
                "- 1 - b$ exclude one another.  For $i = j$ it is $rho_i$.",
                mean,
                ["kernel-mean", "gram-limits", "gram-limits", "lag-weights"],
                splits=[(i, j)],
            ),
            argument(
                "orders",
                "Let $X = tr(W^a W'^b)$ and $Y = tr(W'^c W^d)$, and let $x$ and $y$ be single traces of "
                "twice the letters of $X$ and of $Y$.  All products have $2 (a + b + c + d)$ letters.",
                And(*(at_most(part, letters + 3) for part in parts)),
                ["trace-degree", "trace-factorisation"],
            ),
            argument(
                "one term",
                "Given $W$, entries of $P_ab$ and $Q_cd$ are independent quadratic forms, of the means "
                "$nu_C X delta$ and $nu_F Y delta'$ times $n^{-1-(a+b)/2}$ and $n^{-1-(c+d)/2}$ ($delta$, "
                "$delta'$ entries of the identities), and of the second moments $nu_C^2 (delta X^2 + x)$ "
                "and $nu_F^2 (delta' Y^2 + y)$ times their squares, $x$ and $y$ being combinations of "
                "single traces.  So the variance of the product of the two is, on the scale "
                "$n^{-4-(a+b+c+d)}$, a combination of $cov(X Y, X Y)$, $E X^2 y$, $E Y^2 x$ and $E x y$.",
                Implies(bounded, at_most(Var(term), k - 4 - letters)),
            ),
            logic(
                "every term",
                "The scale takes away one power of $n$ more than the orders have.",
                at_most(Var(term), -1),
                ["orders", "one term"],
                at={"one term": {k: letters + 3}},
            ),
            argument(
                "the sum",
                "The lag kernel is a sum of $i j + 2$ terms such as these, and the variance of a sum of $N$ "
                "terms is at most $N$ times the sum of their variances.",
                at_most(Var(Theta[i, j]), -1),
                ["lag-kernel", "gram-limits", "every term"],
            ),
            logic("the statement", "Together.", formula, ["the mean", "the sum"]),
            evidence(
                "exact polynomials",
                "For $i$, $j <= 6$ the exact mean $E Theta_ij$ is a polynomial in $1/n$ with the constant "
                "term claimed.",
                lambda formula: _exact_means(
                    next(part for part in formula.args if isinstance(part, sympy.Eq)), diagonal=False
                ),
            ),
        ),
    )
