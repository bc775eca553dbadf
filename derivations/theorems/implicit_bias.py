r"""The implicit bias of gradient descent on the squared loss: towards short memory.

A lag is its start and what is learned.  The start has the law of impulse-response-prior, of root mean square
sqrt(n_x n_y nu_C nu_F) nu_W^{j/2}.  What k steps teach is at most k eta rho_j |X_j| |r^0|
(:mod:`derivations.theorems.lag_bounds`), where eta <= 1/(rho_0 |X_0|^2) and r^0 = X L^0 - Y has a mean square
of |Y|^2 + n_x n_y |X_0|^2 nu_C nu_F/(1 - nu_W) at most.  Minkowski's inequality adds the two.  The wide
network learns as the scaled convolution does (:mod:`derivations.theorems.equivalence`), so the bound is in
law its own.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import Abs, And, Function, Ge, Gt, Implies, Indexed, Integer, Le, Sum, Symbol, sqrt, symbols

from derivations import closed_forms
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, induction, lemma, logic, sign
from derivations.symbols import n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.equivalence import equivalence
from derivations.theorems.lag_bounds import step_bound
from derivations.theorems.least_squares import LOSS
from derivations.theorems.model import GAUSSIAN, MEANING, VARIANCES, equation, rho
from derivations.theorems.prior import impulse_response_prior
from derivations.theorems.training_pieces import FIXED, L, Word
from derivations.theorems.wide_limit import lag_weights

__all__ = ["geometric_decay", "geometric_decay_in_law"]

i, j, k, m, x = symbols("i j k m x")
eta, largest = symbols("eta lambda_max")
SOURCE = "derived here"


@cache
def geometric_decay() -> Statement:
    """The implicit bias towards short memory."""
    inputs, newest, targets = Abs(Indexed("X", j)), Abs(Indexed("X", 0)), Abs(Symbol("Y"))
    residual = Abs(Word("r", 0))
    moved = Abs(L[j, k] - L[j, 0])
    variance = closed_forms.prior_variance(j, nu_W, nu_C * nu_F)
    power = closed_forms.prior_variance(0, nu_W, nu_C * nu_F) / (1 - nu_W)
    mean_square = targets**2 + n_x * n_y * power * newest**2
    share = k * rho[j] / rho[0] / newest
    bound = sqrt(n_x * n_y * variance) + share * sqrt(mean_square)
    formula = Le(_root_mean_square(L[j, k]), bound, evaluate=False)
    noise = _root_mean_square(Word("r", 0))
    change = _root_mean_square(L[j, k] - L[j, 0])
    triangle = Le(_root_mean_square(L[j, k]), _root_mean_square(L[j, 0]) + change)
    in_mean_square = Le(change, share * noise)
    first_variances = Sum(closed_forms.prior_variance(i, nu_W, nu_C * nu_F), (i, 0, m - 1))
    return Statement(
        name="geometric-decay",
        title="Implicit bias: what a fixed number of steps teaches the scaled convolution falls by lag as "
        "$rho_j$ does, its start as $nu_W^{j/2}$",
        formula=formula,
        variables={
            "L[j, k]": "impulse response at lag $j$ after $k$ steps of the scaled convolution that starts "
            "as the wide network does: $E$ is over the start alone",
            "X[0], Y": "inputs and outputs wanted, a row for each sequence and time; $|X_0|$ is spectral, "
            "all other norms are those of Frobenius",
            "eta": "step of gradient descent",
            "lambda_max": "the greatest eigenvalue of the Hessian",
            "rho": "lag weights",
            **MEANING,
        },
        assumptions=(
            LOSS,
            "every output counts, and inputs before the start are 0",
            "the data are fixed",
            "$L^0$ has the law of impulse-response-prior",
            "$k$ is fixed: in the limit of training only uniform-bound is left, and data that determine a "
            "distant lag do teach it, after about $1/rho_j$ steps",
        ),
        indices=(i, j, k, m),
        conditions=(
            eta > 0,
            largest > 0,
            eta <= 1 / largest,
            nu_W > 0,
            nu_W < 1,
            nu_F >= 0,
            nu_C >= 0,
            nu_F + nu_C > 0,
            newest > 0,
            n_x >= 1,
            n_y >= 1,
        ),
        source=SOURCE,
        uses=(lag_weights(), step_bound(), impulse_response_prior()),
        proof=(
            sign(
                "weights",
                "No weight is negative, the first is positive.",
                And(Ge(rho[j], 0), Gt(rho[0], 0)),
                ["lag-weights"],
            ),
            argument(
                "the largest step",
                "The rows of $X_j$ are 0 or rows of $X_0$.  The block of $H$ at lag 0 is $rho_0 X_0'X_0$.",
                And(Le(inputs, newest), Le(rho[0] * newest**2, largest)),
            ),
            logic(
                "the bound of a lag",
                "So step-bound holds: its steps may be twice as long.",
                step_bound().formula,
                ["step-bound", "weights"],
            ),
            sign(
                "what is learned",
                "Put into step-bound: $eta <= 1/lambda_max <= 1/(rho_0 |X_0|^2)$.",
                Le(moved, share * residual),
                ["the bound of a lag", "the largest step", "weights"],
            ),
            induction(
                "the first variances",
                "By induction on $m$: the variances of the first $m$ lags at the start are geometric.",
                equation(first_variances, power * (1 - nu_W**m)),
                m,
            ),
            sign(
                "however many lags",
                "So they add up to $nu_C nu_F/(1 - nu_W)$ at most.",
                Le(first_variances, power),
                ["the first variances"],
            ),
            argument(
                "the residual at the start",
                "$r^0 = X L^0 - Y$, and the entries of $L_i^0$ are independent, of mean 0 "
                "(impulse-response-prior).  So $E |r^0|^2$ is $|Y|^2$ and $n_y$ times the sum of $|X_i|^2 "
                "Var(L_i)$, where in the norm of Frobenius $|X_i|^2 <= n_x |X_0|^2$.",
                Le(noise, sqrt(mean_square)),
                ["however many lags", "impulse-response-prior", "the largest step"],
            ),
            argument(
                "the start",
                "The $n_x n_y$ entries of $L_j^0$ have this variance (impulse-response-prior).",
                equation(_root_mean_square(L[j, 0]), sqrt(n_x * n_y * variance)),
                ["impulse-response-prior"],
            ),
            lemma("Minkowski's inequality", "The triangle inequality.", triangle),
            lemma(
                "root mean squares",
                "They keep the order and the factors of what is not negative.",
                Implies(Le(moved, share * residual), in_mean_square),
            ),
            logic(
                "what is learned, in root mean square",
                "From the bound for every start.",
                in_mean_square,
                ["what is learned", "root mean squares"],
            ),
            sign(
                "the statement",
                "Together.  The weights fall by $nu_W$ with every lag in the end, the start by $sqrt(nu_W)$.",
                formula,
                [
                    "Minkowski's inequality",
                    "what is learned, in root mean square",
                    "the start",
                    "the residual at the start",
                    "weights",
                ],
            ),
            evidence(
                "exact mean squares",
                "For a sequence of three inputs, three lags and up to four steps: $L^k$ is linear in $L^0$.",
                _exact_mean_squares,
            ),
        ),
    )


def _exact_mean_squares(formula: Any) -> Iterator[Obligation]:
    lags = range(3)
    w, f, c = values = (sympy.Rational(1, 2), sympy.Rational(2), sympy.Rational(1, 3))
    weights = sympy.diag(*(closed_forms.lag_weight(Integer(lag), w, c + f, c * f) for lag in lags))
    start = sympy.diag(*(closed_forms.prior_variance(lag, w, c * f) for lag in lags))
    X, Y = sympy.Matrix([[2, 0, 0], [-1, 2, 0], [1, -1, 2]]), sympy.Matrix([1, -3, 2])
    step = weights * X.T / (weights * X.T * X).trace()
    known = {Abs(Indexed("X", 0)): sqrt(6), Abs(Symbol("Y")): sqrt(14), n_x: 1, n_y: 1}
    known |= dict(zip(VARIANCES, values, strict=True)) | {rho[lag]: weights[lag, lag] for lag in lags}
    mean, spread = sympy.zeros(3, 1), sympy.eye(3)
    for steps in range(5):
        covariance = spread * start * spread.T
        for lag in lags:
            square = mean[lag] ** 2 + covariance[lag, lag]
            bound = formula.rhs.subs({j: lag, k: steps}).subs(known)
            gap = (bound - formula.lhs.subs(formula.lhs.args[0], square)).evalf(30)
            yield f"lag {lag}, {steps} steps", bool(formula.func(-sympy.Float("1e-20"), gap))
        mean, spread = mean + step * (Y - X * mean), spread - step * X * spread


def _root_mean_square(value: sympy.Expr) -> sympy.Expr:
    return sqrt(Function("E")(Abs(value) ** 2))


@cache
def geometric_decay_in_law() -> Statement:
    """The implicit bias of the wide network."""
    used = geometric_decay()
    size = x * used.formula.rhs
    large = Function("limsup_n")(Function("Pr")(Gt(Abs(Indexed("N", j, k)), size)))
    limiting = Function("Pr")(Ge(Abs(L[j, k]), size))
    formula, in_law, by_mean_square = Le(large, 1 / x**2), Le(large, limiting), Le(limiting, 1 / x**2)
    return Statement(
        name="geometric-decay-in-law",
        title="Implicit bias of the wide network: in law the size of a lag after a fixed number of steps has "
        "the bound of geometric-decay",
        formula=formula,
        variables={
            "N[j, k]": "impulse response at lag $j$ after $k$ steps of gradient descent of the network of "
            "width $n$",
            "limsup_n": "upper limit as the width goes to infinity",
            "Pr": "probability over the start",
            "x": "any number; it multiplies the bound of geometric-decay",
            **{name: meaning for name, meaning in used.variables.items() if name != "L[j, k]"},
        },
        assumptions=(GAUSSIAN, *used.assumptions[:3], FIXED),
        indices=used.indices,
        conditions=(*used.conditions[:4], nu_W < 1, nu_F > 0, nu_C > 0, *used.conditions[8:], x > 0),
        source=SOURCE,
        uses=(lag_weights(), used, equivalence(), impulse_response_prior()),
        abbreviations={Symbol("B"): used.formula.rhs},
        proof=(
            argument(
                "in law",
                "$L_j^k$ of the scaled convolution is a continuous function of its start.  Started as the "
                "network is, which converges in law to the start of geometric-decay "
                "(impulse-response-prior), it converges in law; by equivalence the network's differs from "
                "it by what vanishes in probability (Slutsky).  What is at least a given size is closed "
                "(portmanteau).",
                in_law,
                ["equivalence", "impulse-response-prior"],
            ),
            lemma(
                "Chebyshev's inequality",
                "A positive bound of the root mean square is exceeded $x$ times with a probability of "
                "$1/x^2$ at most.",
                Implies(used.formula, by_mean_square),
            ),
            logic(
                "the mean square",
                "That of geometric-decay.  (Mean squares of the network itself need not converge to it: for "
                "that they would have to be uniformly integrable.)",
                by_mean_square,
                ["geometric-decay", "Chebyshev's inequality"],
            ),
            sign("the first weight", "It is positive.", Gt(rho[0], 0), ["lag-weights"]),
            sign("the statement", "Together.", formula, ["in law", "the mean square", "the first weight"]),
        ),
    )
