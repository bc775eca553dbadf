r"""What gradient descent on the squared loss finds: the scaled convolution's path, its limit, and bounds.

The outputs are X D^{1/2} theta: theta stacks the theta_j', one column an output; the columns X_j of X are the
inputs at lag j, one row a sequence and time; D repeats rho_j.  With the residual r = X D^{1/2} theta - Y and
J = |r|^2/2 all is linear: H = D^{1/2} S D^{1/2}, S = X'X, is the Hessian, and along an eigenvector of H
matrices are numbers (:mod:`derivations.training_forms`).  The wide network learns the same (equivalence).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import (
    Abs,
    And,
    Derivative,
    Eq,
    Function,
    Ge,
    Gt,
    Implies,
    Indexed,
    IndexedBase,
    Integer,
    Le,
    Limit,
    Lt,
    Or,
    Sum,
    Symbol,
    exp,
    sqrt,
    symbols,
)

from derivations import closed_forms, training_forms
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, limit, logic, sign
from derivations.symbols import n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.model import GAUSSIAN, MEANING, PAPER, VARIANCES, equation, rho
from derivations.theorems.network import impulse_response_prior, lag_weights
from derivations.theorems.training import (
    DESCENT,
    FIXED,
    G,
    L,
    Word,
    convolution_update,
    equivalence,
    of_matrices,
)

__all__ = [
    "descent_along_eigenvectors",
    "geometric_decay",
    "geometric_decay_in_law",
    "gradient_descent",
    "gradient_flow",
    "minimum_norm",
    "stability",
    "step_bound",
    "uniform_bound",
]

i, j, k, m, t, x = symbols("i j k m t x")
eta, lam, largest = symbols("eta lambda lambda_max")
A, A_t, H, S, Y, b, theta_opt = symbols("A A' H S Y b theta_opt", commutative=False)
d_0, theta, distance = Symbol("d_0"), IndexedBase("theta"), IndexedBase("d")
SOURCE = "derived here"
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
LAGS = {
    **DESCENT,
    "L[j, k]": "impulse response of the scaled convolution at lag $j$ after $k$ steps of gradient descent",
    "rho": "lag weights",
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


@cache
def step_bound() -> Statement:
    """How far a lag can have moved after k steps."""
    residual, inputs = Word("r", k), Abs(Indexed("X", j))
    transposed = Word("r'", k)
    squares, seen, twice = (IndexedBase(name) for name in ("s", "a", "c"))
    norms = Abs(residual), Abs(Word("r", 0))
    moved = Abs(L[j, k] - L[j, 0])
    formula = Le(moved, training_forms.step_bound(rho[j], eta, k, inputs, norms[1]), evaluate=False)
    total = Sum(eta * rho[j] * inputs * norms[1], (i, 0, k - 1))
    one_step = Le(moved.subs(k, k + 1), moved + eta * rho[j] * Abs(G[j, k]))
    update = convolution_update().formula
    return Statement(
        name="step-bound",
        title="In $k$ steps a lag moves by $k eta rho_j |X_j| |r^0|$ at most",
        formula=formula,
        variables={
            **LAGS,
            "X[j]": "inputs at lag $j$",
            "r[0]": "residual at the start",
            "lambda_max": "the greatest eigenvalue of the Hessian $H$, or any greater number: $<V, H V> <= "
            "lambda_max |V|^2$ for every $V$",
        },
        assumptions=(LOSS, "norms: spectral of $X_j$, else Frobenius"),
        indices=(i, j, k),
        conditions=(eta > 0, largest > 0, eta <= training_forms.largest_step(largest), rho[j] >= 0),
        source=SOURCE,
        uses=(convolution_update(),),
        proof=(
            definition(
                "gradient descent",
                "With $A = X D^{1/2}$ and $r = A theta - Y$ the gradient is $A'r$.",
                equation(Word("theta", k + 1), Word("theta", k) - eta * A_t * (A * Word("theta", k) - Y)),
            ),
            definition(
                "residuals",
                "Of every output, and transposed.",
                equation(residual, A * Word("theta", k) - Y),
            ),
            identity(
                "a step of the residual",
                "It is multiplied by $I - eta A A'$,",
                equation(Word("r", k + 1), residual - eta * A * A_t * residual),
                ["residuals", "gradient descent"],
            ),
            lemma(
                "transposed",
                "and so from the right.",
                Implies(
                    equation(Word("r", k + 1), residual - eta * A * A_t * residual),
                    equation(Word("r'", k + 1), transposed - eta * transposed * A * A_t),
                ),
            ),
            logic(
                "a step of the residual, transposed",
                "A transpose reverses products.",
                equation(Word("r'", k + 1), transposed - eta * transposed * A * A_t),
                ["a step of the residual", "transposed"],
            ),
            definition(
                "squares",
                "Let $s = |r|^2$, $a = |A'r|^2$ and $c = |A A'r|^2$, for one output.",
                And(
                    equation(squares[k], transposed * residual),
                    equation(seen[k], transposed * A * A_t * residual),
                    equation(twice[k], transposed * A * A_t * A * A_t * residual),
                ),
            ),
            identity(
                "a step of the square",
                "Multiplied out.",
                equation(squares[k + 1], squares[k] - 2 * eta * seen[k] + eta**2 * twice[k]),
                ["squares", "a step of the residual", "a step of the residual, transposed"],
            ),
            lemma(
                "the greatest eigenvalue",
                "$|A v|^2 <= lambda_max |v|^2$ for every $v$ (Rayleigh), here $A'r$.",
                And(Ge(seen[k], 0), Le(twice[k], largest * seen[k])),
            ),
            sign(
                "no step adds to it",
                "It takes away $eta (2 - eta lambda_max) |A'r|^2$ at least.",
                Le(squares[k + 1], squares[k]),
                ["a step of the square", "the greatest eigenvalue"],
            ),
            induction(
                "nor do many", "By induction on $k$.", Le(squares[k], squares[0]), k, ["no step adds to it"]
            ),
            lemma(
                "norms from squares",
                "The squares of all outputs add up to $|r|^2$, and a norm is not negative.",
                Implies(Le(squares[k], squares[0]), Le(*norms)),
            ),
            logic("the residual does not grow", "So.", Le(*norms), ["nor do many", "norms from squares"]),
            lemma(
                "a lag's gradient",
                "$G_j' = X_j'r$.",
                Le(Abs(G[j, k]), inputs * norms[0]),
            ),
            sign(
                "a lag's gradient is bounded",
                "By what it is at the start.",
                Le(Abs(G[j, k]), inputs * norms[1]),
                ["a lag's gradient", "the residual does not grow"],
            ),
            lemma(
                "the triangle inequality",
                "A lag moves in all by what it moves in the last step and before.",
                Implies(update, one_step),
            ),
            logic(
                "one step",
                "By convolution-update.",
                one_step,
                ["convolution-update", "the triangle inequality"],
            ),
            induction(
                "all steps",
                "By induction on $k$: every step adds $eta rho_j |X_j| |r^0|$ at most.",
                Le(moved, total),
                k,
                ["one step", "a lag's gradient is bounded"],
            ),
            sign("the statement", "These add up to the bound.", formula, ["all steps"]),
        ),
    )


@cache
def uniform_bound() -> Statement:
    """How far a lag can have moved at all."""
    start, now = Word("theta", 0), Word("theta", k)
    whole = Abs(theta_opt - start) ** 2
    moved, moved_parameters = (Abs(name[j, k] - name[j, 0]) ** 2 for name in (L, theta))
    share = training_forms.remaining(lam, eta, k)
    along = Le((distance[k] - d_0) ** 2, d_0**2)
    all_moved = Le(Abs(now - start) ** 2, whole)
    formula = Le(moved, training_forms.uniform_bound_squared(rho[j], whole), evaluate=False)
    return Statement(
        name="uniform-bound",
        title="However long the training, a lag moves by $sqrt(rho_j) |theta_opt - theta^0|$ at most",
        formula=formula,
        variables={
            **LAGS,
            "theta[0]": "parameters at the start",
            "lambda": "every eigenvalue of $H$",
            "lambda_max": "the greatest of them, or any greater number: $<V, H V> <= lambda_max |V|^2$ for "
            "every $V$",
            **HESSIAN,
        },
        assumptions=(LOSS, "norms: Frobenius"),
        indices=(j, k),
        conditions=(MINIMUM, eta > 0, lam >= 0, lam <= largest, largest > 0, eta <= 1 / largest, rho[j] >= 0),
        source=SOURCE,
        uses=(descent_along_eigenvectors(),),
        proof=(
            induction(
                "what is left",
                "By induction on $k$ the share of the distance that is left along an eigenvector, $(1 - eta "
                "lambda)^k$, is between 0 and 1: every step leaves $1 - eta lambda >= 0$ of it.",
                And(Ge(share, 0), Le(share, 1)),
                k,
            ),
            sign(
                "what is learned",
                "So no component moves farther than to its minimum.",
                along,
                ["what is left", "descent-along-eigenvectors"],
            ),
            lemma(
                "squared norms",
                "They are sums of squares over an orthonormal basis of eigenvectors (spectral theorem, "
                "Parseval).",
                Implies(along, all_moved),
            ),
            logic("all parameters", "For all components.", all_moved, ["what is learned", "squared norms"]),
            lemma(
                "one lag",
                "The parameters of lag $j$ are some of all.",
                Le(moved_parameters, Abs(now - start) ** 2),
            ),
            lemma(
                "scaled",
                "As $L_j = sqrt(rho_j) theta_j$.",
                equation(moved, rho[j] * moved_parameters),
            ),
            sign(
                "the statement",
                "Together.  The bound is the square of $sqrt(rho_j) |theta_opt - theta^0|$.",
                formula,
                ["scaled", "one lag", "all parameters"],
            ),
        ),
    )


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
