r"""How far gradient descent on the squared loss moves a lag: after k steps, and at all.

L_j = sqrt(rho_j) theta_j moves by eta rho_j G_j in a step, G_j' = X_j'r, and up to the step 2/lambda_max the
residual r does not grow: so in k steps by eta k rho_j |X_j| |r^0| at most.  At steps up to 1/lambda_max no
component of theta moves farther than to its minimum, so however many steps there are, by sqrt(rho_j)
|theta_opt - theta^0|.
"""

from functools import cache

from sympy import Abs, And, Ge, Implies, Indexed, IndexedBase, Le, Sum, Symbol, symbols

from derivations import training_forms
from derivations.proof import Statement
from derivations.rules import definition, identity, induction, lemma, logic, sign
from derivations.theorems.equivalence import convolution_update
from derivations.theorems.least_squares import HESSIAN, LOSS, MINIMUM, descent_along_eigenvectors
from derivations.theorems.model import equation, rho
from derivations.theorems.training_pieces import DESCENT, G, L, Word

__all__ = ["step_bound", "uniform_bound"]

i, j, k = symbols("i j k")
eta, lam, largest = symbols("eta lambda lambda_max")
A, A_t, Y, theta_opt = symbols("A A' Y theta_opt", commutative=False)
d_0, theta, distance = Symbol("d_0"), IndexedBase("theta"), IndexedBase("d")
SOURCE = "derived here"
LAGS = {
    **DESCENT,
    "L[j, k]": "impulse response of the scaled convolution at lag $j$ after $k$ steps of gradient descent",
    "rho": "lag weights",
}


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
