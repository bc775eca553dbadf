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
    Eq,
    Equivalent,
    Function,
    Indexed,
    Integer,
    Le,
    Lt,
    Symbol,
    exp,
    sqrt,
    symbols,
)

from derivations import closed_forms, training_forms
from derivations.proof import (
    Obligation,
    Statement,
    Step,
    conclusion,
    equals,
    identity,
    lemma,
    limit,
    sign,
    telescopes,
)
from derivations.symbols import n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.network import PAPER, impulse_response_prior
from derivations.theorems.training import Word, convolution_update, equivalence
from derivations.theorems.weights import MEANING, VARIANCES

__all__ = [
    "geometric_decay",
    "gradient_descent",
    "gradient_flow",
    "minimum_norm",
    "stability",
    "step_bound",
    "uniform_bound",
]

i, j, k, m, t, q, u = symbols("i j k m t q u")
eta, lam, largest = symbols("eta lambda lambda_max")
x, x_start, x_opt = symbols("x x_0 x_opt")
H, b, theta, theta_opt = symbols("H b theta theta_opt", commutative=False)
start = Word("theta", 0)
rho_j = Indexed("rho", j)
SOURCE = "derived here"
LOSS = (
    "$J = |r|^2/2$, $r = X D^{1/2} theta - Y$, $X$ the lagged inputs, $Y$ the targets, $D$ repeating $rho_j$"
)
HESSIAN = {
    "H": "$D^{1/2} S D^{1/2}$, the Hessian of $J$; $S = X'X$ the Gram of the lagged inputs",
    "theta_opt": "any minimiser of $J$",
}
STEPS = {
    "theta[k]": "parameters of the scaled convolution, $L_j = sqrt(rho_j) theta_j$, after $k$ steps",
    "eta": "step of gradient descent",
}
LAGS = {
    "L[j, k]": "impulse response at lag $j$ after $k$ steps, $L_j = sqrt(rho_j) theta_j$",
    "rho": "lag weights",
    "eta": "step of gradient descent",
}


def number(expression: sympy.Expr) -> sympy.Expr:
    """The expression along an eigenvector of H: lambda for H, x_0 for theta[0], x_opt for theta_opt.

    Polynomials in H, times a vector on their right, are added and multiplied like those in a number.
    """
    scalars = {H: lam, theta_opt: x_opt, start: x_start}
    return expression.subs(scalars, simultaneous=True)


@cache
def gradient_descent() -> Statement:
    """The parameters after k steps."""
    formula = Eq(
        Word("theta", k),
        start + (1 - training_forms.remaining(H, eta, k)) * (theta_opt - start),
        evaluate=False,
    )
    return Statement(
        name="gradient-descent",
        title="Gradient descent on the squared loss after $k$ steps",
        formula=formula,
        variables={**STEPS, **HESSIAN},
        assumptions=(LOSS, "$k$ is an integer $>= 0$"),
        source=PAPER,
        uses=(convolution_update(),),
        proof=(
            Step(
                "the gradient",
                "Let $A = X D^{1/2}$ and $b = A'Y$, so that $H = A'A$: the gradient is $A'r$.  (Re-checked "
                "entry by entry for matrices of symbols, $A$ being 3 by 2.)",
                "identity",
                Eq(Function("grad")(Symbol("J")), H * theta - b, evaluate=False),
                _residual_gradient,
            ),
            identity(
                "the distance to a minimum",
                "$J$ is convex: $theta_opt$ is a minimiser exactly if $H theta_opt = b$; there is one, for "
                "$b$ is in the range of $A'$, which is that of $A'A$.  A step takes $theta$ to $theta - eta "
                "(H theta - b)$, so $theta - theta_opt$ to $I - eta H$ times it.",
                (theta - eta * (H * theta - b) - theta_opt).subs(b, H * theta_opt),
                training_forms.remaining(H, eta, 1) * (theta - theta_opt),
            ),
            conclusion(
                "By induction on $k$, from $theta^{k+1} = theta^k - eta H (theta^k - theta_opt)$.  "
                "Polynomials in $H$ commute, so $H$ may be treated as a number.",
                formula,
                _descends,
                "induction",
            ),
        ),
    )


def _descends(formula: Any) -> Iterator[Obligation]:
    reached = number(formula.rhs)
    yield "base", reached.subs(k, 0) - x_start
    yield "step", reached.subs(k, k + 1) - (reached - eta * lam * (reached - x_opt))


def _residual_gradient(formula: Any) -> Iterator[Obligation]:
    A, parameters, y = (sympy.Matrix(*shape, symbols(name)) for shape, name in (
        ((3, 2), "A:6"), ((2, 1), "theta:2"), ((3, 1), "Y:3"),
    ))  # fmt: skip
    residual = A * parameters - y
    loss = residual.dot(residual) / 2
    for row, entry in enumerate(parameters):
        rows = {H * theta: (A.T * A * parameters)[row], b: (A.T * y)[row]}
        yield f"in {entry}", sympy.expand(loss.diff(entry) - formula.rhs.subs(rows))


@cache
def gradient_flow() -> Statement:
    """The limit of small steps."""
    formula = Eq(Function("theta")(t), start + (1 - exp(-t * H)) * (theta_opt - start), evaluate=False)
    return Statement(
        name="gradient-flow",
        title="Gradient flow on the squared loss, the limit of gradient descent with small steps",
        formula=formula,
        variables={
            "theta(t)": "parameters at time $t$ of $dtheta/dt = - dJ/dtheta$",
            "theta[0]": "parameters at the start",
            **HESSIAN,
        },
        assumptions=(LOSS, "$t >= 0$"),
        source="elementary",
        uses=(gradient_descent(),),
        proof=(
            conclusion(
                "As for gradient descent $dJ/dtheta = H (theta - theta_opt)$.  The formula starts at "
                "$theta^0$ and solves this differential equation.",
                formula,
                _flows,
            ),
            limit(
                "small steps",
                "Gradient descent reaches it with $k$ steps of size $t/k$, $k$ to infinity, along every "
                "eigenvector of $H$.",
                training_forms.remaining(lam, t / k, k),
                k,
                exp(-t * lam),
            ),
        ),
    )


def _flows(formula: Any) -> Iterator[Obligation]:
    reached = number(formula.rhs)
    yield "start", reached.subs(t, 0) - x_start
    yield "differential equation", sympy.diff(reached, t) + lam * (reached - x_opt)


@cache
def stability() -> Statement:
    """Which steps converge."""
    shrinks = Lt(Abs(1 - eta * Indexed("lambda", i)), 1)
    formula = Equivalent(shrinks, Lt(eta, training_forms.largest_step(largest)), evaluate=False)
    return Statement(
        name="stability",
        title="Gradient descent converges from every start exactly if $eta < 2/lambda_max$",
        formula=formula,
        variables={
            "eta": "step of gradient descent",
            "lambda[i]": "every positive eigenvalue of $H$, the Hessian of $J$",
            "lambda_max": "the greatest of them",
        },
        assumptions=(LOSS, "$eta > 0$", "$H$ is not 0"),
        source="elementary",
        uses=(gradient_descent(),),
        proof=(
            lemma(
                "eigenvectors",
                "$H$ is symmetric and positive semidefinite, so it has an orthonormal basis of eigenvectors "
                "with eigenvalues $>= 0$ (spectral theorem).",
            ),
            identity(
                "one step along an eigenvector",
                "By gradient-descent the distance to a minimum is multiplied by $1 - eta lambda$, so it "
                "shrinks exactly if $eta lambda (2 - eta lambda) > 0$, stays the same at 0, and grows below.",
                1 - training_forms.remaining(lam, eta, 1) ** 2,
                eta * lam * (2 - eta * lam),
            ),
            limit(
                "powers",
                "What shrinks by the same factor in every step, $1/(1 + u)$ with $u > 0$ or 0, tends to 0.",
                (1 / (1 + u)) ** k,
                k,
                Integer(0),
            ),
            identity(
                "directions that the data do not see",
                "An eigenvalue of 0 has nothing to converge: $theta$ does not move.",
                training_forms.remaining(Integer(0), eta, k),
                Integer(1),
            ),
            sign(
                "the greatest eigenvalue decides",
                "Let $lambda_max = lambda + u$.  $2 - eta lambda$ is $2 - eta lambda_max$ and this:",
                sympy.expand((2 - eta * lam) - (2 - eta * (lam + u))),
                (u,),
            ),
            conclusion(
                "At the greatest eigenvalue $1 - (1 - eta lambda)^2$ is a positive multiple of the bound "
                "less $eta$.  If it is not positive, a start that differs from $theta_opt$ in that "
                "direction alone keeps its distance, at least.",
                formula,
                _bounds_the_step,
            ),
        ),
    )


def _bounds_the_step(formula: Any) -> Iterator[Obligation]:
    shrinking = 1 - training_forms.remaining(largest, eta, 1) ** 2
    for bound in formula.args:
        if not bound.has(Indexed):
            yield "the bound", eta * largest**2 * (bound.gts - bound.lts) - shrinking


@cache
def minimum_norm() -> Statement:
    """Which minimum gradient descent finds."""
    L, L_start, L_end = symbols("L L^0 Lbar")
    N = Function("N")
    z = Symbol("z", commutative=False)
    theta_j = Symbol("theta_j")
    formula = Eq(N(L - L_start), N(L_end - L_start) + N(L - L_end), evaluate=False)
    return Statement(
        name="minimum-norm",
        title="Gradient descent finds the minimum with the least $sum_j |L_j - L_j^0|^2 / rho_j$",
        formula=formula,
        variables={
            "N": "$N(Delta)$ is the sum of $|Delta_j|^2/rho_j$ over the lags with $rho_j > 0$",
            "Lbar": "the limit of gradient descent",
            "L": "any minimiser of $J$ among the $L$ with $L_j = L_j^0$ where $rho_j = 0$",
            "L^0": "the start",
        },
        assumptions=(LOSS, "$0 < eta < 2/lambda_max$"),
        source=PAPER,
        uses=(gradient_descent(), stability(), convolution_update()),
        proof=(
            identity(
                "the norm",
                "$L_j = sqrt(rho_j) theta_j$, so $N(L - L^0) = |theta - theta^0|^2$.  Where $rho_j = 0$, "
                "$L_j$ never moves (convolution-update), nor does $theta_j$.",
                (sqrt(rho_j) * theta_j) ** 2 / rho_j,
                theta_j**2,
            ),
            identity(
                "two minima",
                "$theta$ is a minimiser exactly if $H theta = b$.  So two of them differ by a $z$ with $H z "
                "= 0$: they agree along eigenvectors of positive eigenvalue.",
                (H * (theta_opt + z) - b).subs(b, H * theta_opt),
                H * z,
            ),
            limit(
                "directions of positive eigenvalue",
                "By stability $1 - eta lambda$ is between $-1$ and 1; its absolute value is $1/(1 + u)$, $u "
                "> 0$, or 0.  So $theta^k - theta^0$ tends to what it is for any minimiser.",
                1 - (1 / (1 + u)) ** k,
                k,
                Integer(1),
            ),
            identity(
                "directions of eigenvalue 0",
                "There the limit is the start; a minimiser may have any component.",
                number(gradient_descent().formula.rhs).subs(lam, 0),
                x_start,
            ),
            conclusion(
                "Pythagoras: in the one kind of direction $L$ is $Lbar$, in the other $Lbar$ is $L^0$.  As "
                "$N(L - Lbar) >= 0$, and $> 0$ for $L$ other than $Lbar$, the limit is the one minimiser "
                "nearest to the start.",
                formula,
                lambda formula: [
                    (
                        direction,
                        (formula.lhs - formula.rhs)
                        .subs({L: at, L_start: before, L_end: after}, simultaneous=True)
                        .replace(N, lambda component: component**2),
                    )
                    for direction, (at, before, after) in {
                        "positive eigenvalue": (x_opt, x, x_opt),
                        "eigenvalue 0": (x_opt, x, x),
                    }.items()
                ],
            ),
        ),
    )


@cache
def step_bound() -> Statement:
    """How far a lag can have moved after k steps."""
    A, A_t, y, e = symbols("A A' Y e", commutative=False)
    r = A * theta - y
    inputs, residual = Abs(Indexed("X", j)), Abs(Indexed("r", 0))
    formula = Le(
        Abs(Indexed("L", j, k) - Indexed("L", j, 0)),
        training_forms.step_bound(rho_j, eta, k, inputs, residual),
        evaluate=False,
    )
    return Statement(
        name="step-bound",
        title="In $k$ steps a lag moves by $k eta rho_j |X_j| |r^0|$ at most",
        formula=formula,
        variables={
            **LAGS,
            "X[j]": "inputs at lag $j$",
            "r[0]": "residual at the start",
        },
        assumptions=(
            LOSS,
            "$0 < eta <= 2/lambda_max$",
            "$k$ is an integer $>= 0$",
            "norms: spectral of $X_j$, else Frobenius",
        ),
        source=SOURCE,
        uses=(convolution_update(), stability()),
        proof=(
            identity(
                "the residual",
                "Let $A = X D^{1/2}$.  A step takes $theta$ to $theta - eta A'r$, and $r = A theta - Y$ to "
                "$(I - eta A A') r$.",
                A * (theta - eta * A_t * r) - y,
                (1 - eta * A * A_t) * r,
            ),
            identity(
                "its eigenvalues",
                "$A'$ takes an eigenvector $e$ of $A A' = X D X'$, of positive eigenvalue $lambda$, to one "
                "of $H = A'A$, of the same eigenvalue: $A'A A'e$ is $lambda A'e$.",
                (A_t * A * A_t * e).subs(A * A_t * e, lam * e),
                lam * A_t * e,
            ),
            sign(
                "it does not grow",
                "$1 - (1 - eta lambda)^2$ is $eta lambda (2 - eta lambda)$ (stability).  With $2 - eta "
                "lambda = q >= 0$ no component of $r$ grows, so $|r^k| <= |r^0|$.",
                eta * lam * q,
                (lam, q),
            ),
            conclusion(
                "$G_j' = X_j' r$, so by convolution-update a step moves $L_j$ by $eta rho_j |X_j| |r^k|$ at "
                "most, and $|r^k| <= |r^0|$.  The formula is the sum of these over $k$ steps.",
                formula,
                telescopes(eta * rho_j * inputs * residual, k),
                "induction",
            ),
        ),
    )


@cache
def uniform_bound() -> Statement:
    """How far a lag can have moved at all."""
    distance = Abs(Symbol("theta_opt") - Indexed("theta", 0)) ** 2
    formula = Le(
        Abs(Indexed("L", j, k) - Indexed("L", j, 0)) ** 2,
        training_forms.uniform_bound_squared(rho_j, distance),
        evaluate=False,
    )
    return Statement(
        name="uniform-bound",
        title="However long the training, a lag moves by $sqrt(rho_j) |theta_opt - theta^0|$ at most",
        formula=formula,
        variables={**LAGS, "theta[0]": "parameters at the start", "theta_opt": HESSIAN["theta_opt"]},
        assumptions=(LOSS, "$0 < eta <= 1/lambda_max$", "$k$ is an integer $>= 0$"),
        source=SOURCE,
        uses=(gradient_descent(), stability()),
        proof=(
            identity(
                "what is left never grows",
                "Along an eigenvector of $H$: it is 1 at the start, and every step takes the share $eta "
                "lambda >= 0$ of it.",
                training_forms.remaining(lam, eta, k) - training_forms.remaining(lam, eta, k + 1),
                eta * lam * training_forms.remaining(lam, eta, k) / training_forms.remaining(lam, eta, 0),
            ),
            sign(
                "and stays positive",
                "With $1 - eta lambda = q >= 0$, for $eta <= 1/lambda_max$.  So the share that is learned, "
                "$1 - (1 - eta lambda)^k$, is between 0 and 1, the same for all components along the "
                "eigenvector.",
                training_forms.remaining(lam, eta, k).subs(lam, (1 - q) / eta),
                (q,),
            ),
            conclusion(
                "By gradient-descent $|theta_j^k - theta_j^0| <= |theta^k - theta^0| <= |theta_opt - "
                "theta^0|$, and $L_j = sqrt(rho_j) theta_j$.",
                formula,
                equals(sqrt(rho_j) ** 2 * 1**2 * distance),
            ),
        ),
    )


@cache
def geometric_decay() -> Statement:
    """The implicit bias towards short memory."""
    prior, first = impulse_response_prior().formula.rhs, Indexed("rho", 0)
    inputs, targets, residual = Abs(Indexed("X", 0)), Abs(Symbol("Y")), Abs(Indexed("r", 0))
    start_power = prior.subs(j, 0) / (1 - nu_W)
    mean_square = targets**2 + n_x * n_y * start_power * inputs**2
    largest_eta = 1 / (first * inputs**2)
    formula = Le(
        sqrt(Function("E")(Abs(Indexed("L", j, k)) ** 2)),
        sqrt(n_x * n_y * closed_forms.prior_variance(j, *VARIANCES))
        + k * rho_j / first * sqrt(mean_square) / inputs,
        evaluate=False,
    )
    return Statement(
        name="geometric-decay",
        title="Implicit bias: for $nu_W < 1$ what a fixed number of steps learns decays geometrically by lag",
        formula=formula,
        variables={
            "L[j, k]": "impulse response at lag $j$ after $k$ steps of the scaled convolution that starts "
            "as the wide network does: $E$ is over the start alone",
            "X[0], Y": "inputs and outputs wanted, a row for each sequence and time; $|X_0|$ is spectral, "
            "all other norms are those of Frobenius",
            "rho": "lag weights",
            **MEANING,
        },
        assumptions=(
            LOSS,
            "$0 < eta <= 1/lambda_max$",
            "$0 < nu_W < 1$ and $nu_C + nu_F > 0$",
            "every output counts, and inputs before the start are 0",
            "the data are fixed, and not all inputs are 0",
            "$L^0$ has the law of impulse-response-prior",
            "$k$ is fixed: in the limit of training only uniform-bound is left, and data that determine a "
            "distant lag do teach it, after about $1/rho_j$ steps",
        ),
        source=SOURCE,
        uses=(step_bound(), impulse_response_prior(), equivalence()),
        proof=(
            identity(
                "the largest step",
                "The rows of $X_j$ are 0 or rows of $X_0$, so $|X_j| <= |X_0|$.  The block of $H$ at lag 0 "
                "is $rho_0 X_0'X_0$, so $lambda_max >= rho_0 |X_0|^2$ and $eta <= 1/(rho_0 |X_0|^2)$.  Put "
                "into step-bound: $|L_j^k - L_j^0| <= k (rho_j/rho_0) |r^0|/|X_0|$.",
                training_forms.step_bound(rho_j, largest_eta, k, inputs, residual),
                k * rho_j / first * residual / inputs,
            ),
            Step(
                "the power of the start",
                "$r^0 = X L^0 - Y$, and the entries of $L_i^0$ are independent, of mean 0.  So $E |r^0|^2$ "
                "is $|Y|^2$ and $n_y$ times the sum of $|X_i|^2 Var(L_i)$, where $|X_i|^2 <= n_x |X_0|^2$ "
                "(spectral).  The first $m$ of these variances add up to:",
                "induction",
                Eq(Symbol("s_m"), start_power * (1 - nu_W**m), evaluate=False),
                telescopes(prior.subs(j, m), m),
            ),
            sign(
                "however many lags",
                "The sum is at most $nu_C nu_F/(1 - nu_W)$, with $1 - nu_W = q > 0$: it leaves out",
                nu_C * nu_F * nu_W**m / q,
                (),
            ),
            conclusion(
                "$|L_j^k| <= |L_j^0| + |L_j^k - L_j^0|$ for every start, and root mean squares obey the "
                "triangle inequality (Minkowski).  $E |L_j^0|^2$ is $n_x n_y$ times the variance of an "
                "entry.",
                formula,
                equals(
                    sqrt(n_x * n_y * prior)
                    + training_forms.step_bound(rho_j, largest_eta, k, inputs, sqrt(mean_square))
                ),
            ),
            identity(
                "the rate of the start",
                "The one term falls by $sqrt(nu_W)$ with every lag.",
                prior.subs(j, j + 1) / prior,
                nu_W,
            ),
            limit(
                "the rate of what is learned",
                "The other in the end by $nu_W$, whatever the data and $T$.  For the wide network after $k$ "
                "steps the same holds in the limit, by equivalence and the law of its start.",
                closed_forms.lag_weight(j + 1, *VARIANCES) / closed_forms.lag_weight(j, *VARIANCES),
                j,
                nu_W,
            ),
        ),
    )
