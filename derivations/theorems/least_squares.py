r"""Gradient descent on the squared loss: the scaled convolution's path, when it converges, and where to.

The outputs are X D^{1/2} theta: theta stacks the theta_j', one column an output; the columns X_j of X are the
inputs at lag j, one row a sequence and time; D repeats rho_j.  With the residual r = X D^{1/2} theta - Y and
J = |r|^2/2 all is linear: H = D^{1/2} S D^{1/2}, S = X'X, is the Hessian, and along an eigenvector of H
matrices are numbers (:mod:`derivations.training_forms`),

    d_{k+1} = (1 - eta lambda) d_k,    d_k = theta^k - theta_opt along it

which vanishes for 0 < eta lambda < 2 and stays where lambda = 0: so gradient descent projects the start on
the minima.  Its limit of small steps is gradient flow, with exp(-t H) for (1 - eta H)^k.  The wide network
learns the same (equivalence).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import (
    And,
    Derivative,
    Eq,
    Function,
    Ge,
    Gt,
    Implies,
    IndexedBase,
    Limit,
    Lt,
    Or,
    Symbol,
    exp,
    symbols,
)

from derivations import training_forms
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, limit, logic, sign
from derivations.theorems.model import PAPER, equation
from derivations.theorems.training_pieces import Word, of_matrices

__all__ = ["descent_along_eigenvectors", "gradient_descent", "gradient_flow", "minimum_norm", "stability"]

k, t = symbols("k t")
eta, lam, largest = symbols("eta lambda lambda_max")
A, A_t, H, S, Y, b, theta_opt = symbols("A A' H S Y b theta_opt", commutative=False)
d_0, distance = Symbol("d_0"), IndexedBase("d")
MINIMUM = equation(b, H * theta_opt)
"""What makes theta_opt a minimum: there the gradient of J, H theta - b, vanishes; J is convex."""
LOSS = (
    "$J = |r|^2/2$, $r = X D^{1/2} theta - Y$, $X$ the lagged inputs, $Y$ the targets, $D$ repeating $rho_j$"
)
HESSIAN = {
    "H": "$D^{1/2} S D^{1/2}$, the Hessian of $J$; $S = X'X$ the Gram of the lagged inputs",
    "b": "$D^{1/2} X' Y$: the gradient of $J$ is $H theta - b$",
    "theta_opt": "any minimiser of $J$",
}
STEPS = {
    "theta[k]": "parameters of the scaled convolution, $L_j = sqrt(rho_j) theta_j$, after $k$ steps",
    "eta": "step of gradient descent",
}
EIGENVECTOR = {
    "lambda": "an eigenvalue of $H$, the Hessian of $J$",
    "d[k]": "$theta^k - theta_opt$ along an eigenvector of this eigenvalue, after $k$ steps, $d_0$ at the "
    "start",
    "eta": "step of gradient descent",
    **{name: HESSIAN[name] for name in ("H", "b", "theta_opt")},
}


@cache
def gradient_descent() -> Statement:
    """The parameters after k steps."""
    start, now, gradient = Word("theta", 0), Word("theta", k), Word("g", k)
    shares = (S**k, training_forms.remaining(H, eta, k))
    by_steps, formula = (equation(now, start + (1 - share) * (theta_opt - start)) for share in shares)
    return Statement(
        name="gradient-descent",
        title="Gradient descent on the squared loss after $k$ steps",
        formula=formula,
        variables={**STEPS, **HESSIAN},
        assumptions=(LOSS,),
        indices=(k,),
        conditions=(MINIMUM,),
        source=PAPER,
        proof=(
            definition(
                "gradient descent",
                "With $g_k$ the gradient of $J$ after $k$ steps.",
                equation(Word("theta", k + 1), now - eta * gradient),
            ),
            lemma(
                "the gradient of least squares",
                "Let $A = X D^{1/2}$, so that $r = A theta - Y$.  The gradient of $|r|^2/2$ in $theta$ is "
                "$A'r$.",
                equation(gradient, A_t * (A * now - Y)),
            ),
            definition(
                "the normal equations",
                "Multiplied out; $H = A'A$ is symmetric.",
                And(equation(H, A_t * A), equation(b, A_t * Y)),
            ),
            identity(
                "the gradient",
                "So it is linear in $theta$.",
                equation(gradient, H * now - b),
                ["the gradient of least squares", "the normal equations"],
            ),
            definition("one step", "Let $S = I - eta H$.", equation(S, 1 - eta * H)),
            identity(
                "the distance to a minimum",
                "$J$ is convex: $theta_opt$ is a minimiser exactly if $H theta_opt = b$; there is one, for "
                "$b$ is in the range of $A'$, which is that of $A'A$.  A step multiplies $theta - "
                "theta_opt$ by $S$.",
                equation(Word("theta", k + 1), now - (1 - S) * (now - theta_opt)),
                ["gradient descent", "the gradient", "one step"],
            ),
            induction("all steps", "By induction on $k$.", by_steps, k, ["the distance to a minimum"]),
            identity("the statement", "With $S$ written out.", formula, ["all steps", "one step"]),
            evidence(
                "step by step",
                "For three steps from a start of symbols, $X D^{1/2}$ being a matrix of numbers, 3 by 2, the "
                "gradient of $J$ taken entry by entry.",
                _descends,
            ),
        ),
    )


def _descends(formula: Any) -> Iterator[Obligation]:
    features, wanted = sympy.Matrix([[1, 2], [0, 1], [3, -1]]), sympy.Matrix([1, -2, 2])
    hessian = features.T * features
    matrices = {"H": hessian, "theta_opt": hessian.inv() * features.T * wanted}
    parameters = sympy.Matrix(symbols("theta:2"))
    residual = features * parameters - wanted
    gradient = sympy.Matrix([(residual.dot(residual) / 2).diff(entry) for entry in parameters])
    now = parameters
    for steps in range(4):
        written = formula.rhs.subs(k, steps)
        found = of_matrices(written, {**matrices, "theta": [parameters]}, (2, 1))
        yield f"{steps} steps", bool(sympy.expand(found - now) == sympy.zeros(2, 1))
        now = now - eta * gradient.subs(dict(zip(parameters, now, strict=True)), simultaneous=True)


@cache
def gradient_flow() -> Statement:
    """The limit of small steps."""
    flow, path = Function("theta")(t), Function("x", commutative=False)(t)
    power = Function("P", commutative=False)(t)
    start = Word("theta", 0)
    formula = equation(flow, start + (1 - exp(-t * H)) * (theta_opt - start))
    starts, moves = equation(path, start), equation(Derivative(path, t), -(H * path - b))
    return Statement(
        name="gradient-flow",
        title="Gradient flow on the squared loss",
        formula=formula,
        variables={
            "theta(t)": "parameters at time $t >= 0$ of $dtheta/dt = - dJ/dtheta$, $dJ/dtheta = H theta - b$",
            "theta[0]": "parameters at the start",
            **HESSIAN,
        },
        assumptions=(LOSS, "$t >= 0$"),
        conditions=(MINIMUM,),
        source="elementary",
        proof=(
            definition("a power", "Let $P(t) = exp(-t H)$.", equation(power, exp(-t * H))),
            lemma("the exponential", "It solves $P' = -H P$,", equation(Derivative(power, t), -H * power)),
            lemma(
                "the exponential at 0", "and starts at the identity.", equation(power, 1), given=[Eq(t, 0)]
            ),
            definition(
                "a path",
                "Let $x(t)$ be what the formula says.",
                equation(path, start + (1 - power) * (theta_opt - start)),
            ),
            identity(
                "its start", "It is $theta^0$.", starts, ["a path", "the exponential at 0"], given=[Eq(t, 0)]
            ),
            lemma(
                "derivatives are linear",
                "Only $P$ depends on time.",
                Implies(
                    equation(path, start + (1 - power) * (theta_opt - start)),
                    equation(Derivative(path, t), -Derivative(power, t) * (theta_opt - start)),
                ),
            ),
            logic(
                "its derivative",
                "So.",
                equation(Derivative(path, t), -Derivative(power, t) * (theta_opt - start)),
                ["a path", "derivatives are linear"],
            ),
            identity(
                "its equation",
                "It follows the gradient, as $H theta_opt = b$.",
                moves,
                ["its derivative", "the exponential", "a path"],
            ),
            lemma(
                "one solution",
                "A linear differential equation has one solution from every start (Picard and Lindelof): "
                "what starts at $theta^0$ and follows the gradient is $theta(t)$.",
                Implies(And(Implies(Eq(t, 0), starts), moves), equation(flow, path)),
            ),
            logic(
                "the solution",
                "So $x(t)$ is.",
                equation(flow, path),
                ["one solution", "its start", "its equation"],
            ),
            identity("the statement", "Written out.", formula, ["the solution", "a path", "a power"]),
        ),
    )


@cache
def descent_along_eigenvectors() -> Statement:
    """The distance to a minimum, number by number."""
    formula = equation(distance[k], training_forms.remaining(lam, eta, k) * d_0)
    left = equation(
        Word("theta", k) - theta_opt,
        training_forms.remaining(H, eta, k) * (Word("theta", 0) - theta_opt),
    )
    return Statement(
        name="descent-along-eigenvectors",
        title="Along an eigenvector of $H$ a step of gradient descent multiplies the distance to a minimum "
        "by $1 - eta lambda$",
        formula=formula,
        variables=EIGENVECTOR,
        assumptions=(LOSS,),
        indices=(k,),
        conditions=(MINIMUM,),
        source=PAPER,
        uses=(gradient_descent(),),
        proof=(
            identity("what is left", "Of the distance after $k$ steps.", left, ["gradient-descent"]),
            lemma(
                "eigenvectors",
                "$H$ is symmetric, so it has an orthonormal basis of eigenvectors, and what a polynomial in "
                "$H$ does to a vector, the polynomial in the eigenvalue does to its component (spectral "
                "theorem).",
                Implies(left, formula),
            ),
            logic("the statement", "For this polynomial.", formula, ["what is left", "eigenvectors"]),
        ),
    )


@cache
def stability() -> Statement:
    """Which steps converge."""
    bound = training_forms.largest_step(largest)
    small, vanishes = Lt(eta, bound), equation(Limit(distance[k], k, sympy.oo), 0)
    great, stays = And(Ge(eta, bound), Eq(largest, lam)), Ge(distance[k] ** 2, d_0**2)
    share = training_forms.remaining(lam, eta, k)
    formula = And(Implies(small, vanishes), Implies(great, stays))
    return Statement(
        name="stability",
        title="Gradient descent converges along every eigenvector of positive eigenvalue exactly if $eta < "
        "2/lambda_max$",
        formula=formula,
        variables={
            **EIGENVECTOR,
            "lambda": "every positive eigenvalue of $H$, the Hessian of $J$; $H != 0$ has one",
            "lambda_max": "the greatest of them",
        },
        assumptions=(LOSS,),
        indices=(k,),
        conditions=(MINIMUM, eta > 0, lam > 0, lam <= largest),
        source="elementary",
        uses=(descent_along_eigenvectors(),),
        proof=(
            limit(
                "small steps",
                "For $eta < 2/lambda_max$ the factor $1 - eta lambda$ is between $-1$ and 1.  (Along an "
                "eigenvector of eigenvalue 0, which the data do not see, $theta$ does not move.)",
                vanishes,
                ["descent-along-eigenvectors"],
                given=[small],
            ),
            induction(
                "great steps",
                "Else its square is 1 or more at the greatest eigenvalue, by induction on $k$.",
                Ge(share**2, 1),
                k,
                given=great.args,
            ),
            sign(
                "the distance stays",
                "So a start that differs from $theta_opt$ in that direction keeps its distance, at least.",
                stays,
                ["great steps", "descent-along-eigenvectors"],
                given=great.args,
            ),
            logic("the statement", "Together.", formula, ["small steps", "the distance stays"]),
        ),
    )


@cache
def minimum_norm() -> Statement:
    """Which minimum gradient descent finds."""
    minimum, start, end = symbols("L L^0 Lbar")
    N = Function("N")
    last = Symbol("dbar")
    formula = equation(N(minimum - start), N(end - start) + N(minimum - end))
    vanishes, stays = (equation(Limit(distance[k], k, sympy.oo), value) for value in (0, d_0))
    squares = equation(d_0**2, (last - d_0) ** 2 + last**2)
    seen, unseen = Gt(lam, 0), Eq(lam, 0)
    small = Lt(eta, training_forms.largest_step(largest))
    return Statement(
        name="minimum-norm",
        title="Gradient descent projects the start on the minima, in the norm $sum_j |Delta_j|^2 / rho_j$",
        formula=formula,
        variables={
            "N": "$N(Delta)$ is the sum of $|Delta_j|^2/rho_j$ over the lags with $rho_j > 0$",
            "Lbar": "the limit of gradient descent",
            "L": "any minimiser of $J$ among the $L$ with $L_j = L_j^0$ where $rho_j = 0$",
            "L^0": "the start",
            "lambda_max": "an upper bound of the eigenvalues of $H$",
            **EIGENVECTOR,
        },
        assumptions=(LOSS,),
        indices=(k,),
        conditions=(MINIMUM, eta > 0, largest > 0, small, lam <= largest),
        source=PAPER,
        uses=(descent_along_eigenvectors(), stability()),
        proof=(
            logic(
                "directions of positive eigenvalue",
                "Let $theta_opt$ belong to $L$, and look at $d_k$, $theta^k - theta_opt$ along an "
                "eigenvector.  If its eigenvalue is positive this vanishes (stability).",
                vanishes,
                ["stability"],
                given=[seen],
            ),
            limit(
                "directions of eigenvalue 0",
                "If it is 0, $theta$ does not move.",
                stays,
                ["descent-along-eigenvectors"],
                given=[unseen],
            ),
            definition("the limit", "Let this be $dbar$.", equation(last, vanishes.lhs)),
            identity(
                "Pythagoras, seen",
                "So $d_0^2 = (dbar - d_0)^2 + dbar^2$ where $dbar = 0$,",
                squares,
                ["the limit", "directions of positive eigenvalue"],
                given=[seen],
            ),
            identity(
                "Pythagoras, unseen",
                "and where $dbar = d_0$.",
                squares,
                ["the limit", "directions of eigenvalue 0"],
                given=[unseen],
            ),
            lemma(
                "eigenvalues",
                "$H = A'A$ has no others (spectral theorem).",
                Or(seen, unseen, evaluate=False),
            ),
            argument(
                "squared norms",
                "As $L_j = sqrt(rho_j) theta_j$, $N(L - L^0) = |theta_opt - theta^0|^2$ is the sum of the "
                "$d_0^2$ over an orthonormal basis of eigenvectors, and so for the two others (Parseval).  "
                "Where $rho_j = 0$, $L_j$ never moves (convolution-update), nor does $theta_j$.",
                Implies(squares, formula),
            ),
            logic(
                "the statement",
                "For all directions.  As $N(L - Lbar) >= 0$, and $> 0$ for $L$ other than $Lbar$, the limit "
                "is the one minimiser nearest to the start.",
                formula,
                ["Pythagoras, seen", "Pythagoras, unseen", "eigenvalues", "squared norms"],
            ),
        ),
    )
