r"""The wide network learns as the scaled convolution does.

Gradient descent on theta, with L_j = sqrt(rho_j) theta_j, is L_j <- L_j - eta rho_j G_j: what the network's
step is (:mod:`derivations.theorems.training`) but for its kernel, which is within O(n^{-1/2}) of rho_j in
probability, and for a remainder of this order.  From the same start, with q for eta rho_max times a Lipschitz
constant of the gradient, the distance e_k of the two obeys

    e_{k+1} <= (1 + q) e_k + r n^{-1/2},    so    e_k <= r n^{-1/2} ((1 + q)^k - 1)/q
"""

from functools import cache

from sympy import And, IndexedBase, KroneckerDelta, Le, Symbol, sqrt, symbols

from derivations.proof import Statement
from derivations.rules import argument, definition, identity, induction, lemma
from derivations.symbols import n
from derivations.theorems.model import GAUSSIAN, NON_NEGATIVE, I_x, I_y, Theta, equation, rho
from derivations.theorems.prior import impulse_response_prior as prior
from derivations.theorems.training import constant_kernel, network_update
from derivations.theorems.training_pieces import DESCENT, FIXED, TIGHT, G, tight
from derivations.theorems.wide_limit import kernel_limit

__all__ = ["convolution_update", "equivalence"]

a, b, i, j, k, q, r = symbols("a b i j k q r")
eta = symbols("eta")
SOURCE = "derived here"


@cache
def convolution_update() -> Statement:
    """A gradient step of the scaled convolution."""
    L, theta, gradient = (IndexedBase(name) for name in ("L", "theta", "g"))
    formula = equation(L[j, k + 1], L[j, k] - eta * rho[j] * G[j, k])
    return Statement(
        name="convolution-update",
        title="A gradient step of the scaled convolution moves $L_j$ by $- eta rho_j dJ/dL_j$, exactly",
        formula=formula,
        variables={**DESCENT, "rho": "lag weights", "G[j, k]": "$dJ/dL_j$ after $k$ steps"},
        assumptions=("$L_j = sqrt(rho_j) theta_j$, $theta$ the parameters", "$J$ is differentiable"),
        indices=(j, k),
        conditions=(rho[j] >= 0,),
        source=SOURCE,
        proof=(
            definition(
                "gradient descent",
                "$theta_j$ moves by $- eta g_j$, where $g_j$ is $dJ/dtheta_j$ after $k$ steps.",
                equation(theta[j, k + 1], theta[j, k] - eta * gradient[j, k]),
            ),
            definition(
                "the scaled convolution",
                "Its impulse response is $L_j = sqrt(rho_j) theta_j$.",
                equation(L[j, k], sqrt(rho[j]) * theta[j, k]),
            ),
            lemma(
                "chain rule",
                "$J$ depends on $theta_j$ through $L_j$ alone, of which the derivative is $sqrt(rho_j)$.",
                equation(gradient[j, k], sqrt(rho[j]) * G[j, k]),
            ),
            identity(
                "the move",
                "$L_j$ moves by $sqrt(rho_j)$ times what $theta_j$ moves by.",
                equation(L[j, k + 1], L[j, k] - eta * sqrt(rho[j]) * gradient[j, k]),
                ["the scaled convolution", "gradient descent"],
            ),
            identity(
                "the statement",
                "With another $sqrt(rho_j)$.  (If $rho_j = 0$, $L_j$ never moves.  It is 0 in the network, "
                "too: then $nu_F = nu_C = 0$ or, for $j >= 1$, $nu_W = 0$.)",
                formula,
                ["the move", "chain rule"],
            ),
        ),
    )


@cache
def equivalence() -> Statement:
    """The wide network and the scaled convolution learn the same."""
    kernel, weight, ours, theirs, rest = symbols("Theta_k rho_k G_k Gbar_k R_k")
    apart = IndexedBase("e")
    formula = tight(apart[k])
    one_step = And(equation(apart[0], 0), Le(apart[k + 1], (1 + q) * apart[k] + r / sqrt(n)))
    beside = -eta * (kernel - weight) * ours + rest
    bounds = (q > 0, q >= eta * Symbol("rho_max") * Symbol("K"), r >= sqrt(n) * Symbol("b"))
    return Statement(
        name="equivalence",
        title="The wide network learns as the scaled convolution does, up to $O(n^{-1/2})$ in probability",
        formula=formula,
        variables={
            "e[k]": "norm of the difference of all lags of the two impulse responses after $k$ steps of "
            "$L_j <- L_j - eta rho_j dJ/dL_j$ and of the network's gradient descent, from the same start; "
            "the products of lags in the steps are sums over them",
            **TIGHT,
        },
        assumptions=(GAUSSIAN, "$J$ has a locally Lipschitz gradient", FIXED),
        indices=(a, b, i, j, k),
        conditions=(n >= 1, *NON_NEGATIVE),
        source="the limit: Emami, Sahraee-Ardakan, Pandit, Rangan, Fletcher 2021; the rate: derived here",
        uses=(network_update(), constant_kernel(), convolution_update(), kernel_limit(), prior()),
        proof=(
            argument(
                "the kernel at the start",
                "Every entry has a variance that is $O(1/n)$ (kernel-limit) and a mean that is a polynomial "
                "in $1/n$ with its limit for constant term, $rho_i$ at equal lags on the diagonals of the "
                "identities $I_x$ and $I_y$: by Chebyshev's inequality it is within $O(n^{-1/2})$ of it in "
                "probability.",
                tight(Theta[i, j, 0] - I_x * I_y * rho[i] * KroneckerDelta(i, j)),
                ["kernel-limit"],
            ),
            identity(
                "the difference of two steps",
                "With $Theta_k$ for the lag kernel, $rho_k$ for its limit, $R_k$ for the remainder of "
                "network-update, and $G_k$, $Gbar_k$ for the gradients where the network and where the "
                "convolution is:",
                equation(
                    (-eta * kernel * ours + rest) - (-eta * weight * theirs),
                    -eta * weight * (ours - theirs) + beside,
                ),
            ),
            argument(
                "one step apart",
                "The two start together.  Let $rho_max$ be the greatest lag weight, $K$ a Lipschitz "
                "constant of the gradient of $J$ where both impulse responses stay, and $b$ the greatest "
                "norm of the other two terms in all of the steps: the first term is at most $q e_k$, the "
                "others $r n^{-1/2}$.",
                one_step,
                ["the difference of two steps", "network-update", "convolution-update"],
                given=bounds,
            ),
            induction(
                "all steps",
                "By induction on $k$ (Gronwall): the bound solves this with equality.",
                Le(apart[k], r / sqrt(n) * ((1 + q) ** k - 1) / q),
                k,
                ["one step apart"],
                given=bounds,
            ),
            argument(
                "the statement",
                "Take the event that the norms (constant-kernel), $L^0$ (impulse-response-prior) and "
                "$sqrt(n)$ times what the kernel differs from its limit at the start are within bounds, of "
                "a probability as near to 1 as one wants.  There both impulse responses stay in a ball, of "
                "which $q$ takes the Lipschitz constant; by constant-kernel the kernel stays within "
                "$O(n^{-1/2})$ of its limit in all of the steps, and so does network-update's remainder of "
                "0: $r$ and $q$ are the same for every $n$.  So the bound is $n^{-1/2}$ times a number that "
                "is the same for every $n$.",
                formula,
                [
                    "all steps",
                    "the kernel at the start",
                    "constant-kernel",
                    "network-update",
                    "impulse-response-prior",
                ],
            ),
        ),
    )
