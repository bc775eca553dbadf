r"""Training by gradient descent: a step seen in the impulse response, and the kernel that stays as it is.

The loss sees the data only through the impulse response, of the words L_j = n^{-1/2} C M^j F, M = W/sqrt(n).
With |M| <= w, |C| <= c sqrt(n) and |F| <= f sqrt(n), as large Gaussian matrices have it, a gradient step
changes each of the three by its n^{-1/2}-th part.  So in a word of L_j, of norm c w^j f sqrt(n), one changed
letter contributes O(1), which is the tangent kernel's share, and two or more together O(n^{-1/2}).  Over
finitely many steps the norms stay within bounds that are the same for every n, and the kernel moves by
O(n^{-1/2}).
"""

from functools import cache
from typing import Any

import sympy
from sympy import Abs, And, Function, Gt, Indexed, IndexedBase, Le, Sum, exp, sqrt, symbols

from derivations.proof import Statement, Step
from derivations.rules import argument, definition, identity, induction, lemma, sign
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.gradients import low_rank_gradients
from derivations.theorems.model import GAUSSIAN, NON_NEGATIVE, Theta, equation
from derivations.theorems.network import lag_kernel
from derivations.theorems.prior import impulse_response_prior as prior
from derivations.theorems.training_pieces import DESCENT, FIXED, TIGHT, G, L, tight

__all__ = ["constant_kernel", "network_update"]

a, b, c, f, g, i, j, k, m, p, t, w, T = symbols("a b c f g i j k m p t w T")
c1, f1, w1, eta = symbols("c_1 f_1 w_1 eta")
SOURCE = "derived here"


@cache
def network_update() -> Statement:
    """A gradient step of the network, seen in its impulse response."""
    size = 1 / sqrt(n)
    first, slope, rest = (IndexedBase(name) for name in ("dL", "D", "R"))
    moves, rates = [Indexed(name, k) for name in ("dC", "dF", "dW")], _rates(size)
    moved = -eta * Sum(Theta[j, i, k] * G[i, k], (i, 0, T - 1))
    step = L[j, k + 1] - L[j, k]
    formula = Le(sqrt(n) * Abs(step - moved), _two_letters(1), evaluate=False)
    by_parameters = Sum(slope[j, p, k] * Sum(slope[i, p, k] * G[i, k], (i, 0, T - 1)), (p, 1, m))
    by_lags = Sum(Sum(slope[j, p, k] * slope[i, p, k], (p, 1, m)) * G[i, k], (i, 0, T - 1))
    return Statement(
        name="network-update",
        title="A gradient step moves $L_j$ by $- eta sum_i Theta_ji G_i$, up to a constant times "
        "$n^{-1/2}$, the same for every $n$",
        formula=formula,
        variables={
            **DESCENT,
            "Theta[j, i, k]": "lag kernel of the network after $k$ steps",
            "G[i, k]": "$dJ/dL_i$ after $k$ steps",
            "T": "number of lags",
            "c_1": "$eta f g$ times the sum of $w^i$ over the lags $i < T$, as far as $C$ moves at most",
            "f_1": "$eta c g$ times the same sum, as far as $F$ moves at most",
            "w_1": "$eta c f g$ times the sum of $i w^{i-1}$ over the lags, as far as $W$ moves at most",
        },
        assumptions=(
            "operator norms $|W| <= w sqrt(n)$, $|C| <= c sqrt(n)$, $|F| <= f sqrt(n)$, $|G_i| <= g$",
        ),
        indices=(i, j, k),
        conditions=(n >= 1, w > 0, c >= 0, f >= 0, eta >= 0),
        source=SOURCE,
        uses=(low_rank_gradients(),),
        proof=(
            definition(
                "the lag kernel",
                "$Theta_ji$ is the sum over all $m$ parameters of the products of the derivatives $D$ of "
                "$L_j$ and of $L_i$.  (Written for one entry of each.)",
                equation(Theta[j, i, k], Sum(slope[j, p, k] * slope[i, p, k], (p, 1, m))),
            ),
            lemma(
                "chain rule",
                "A parameter with the derivatives $D_i$ moves by $- eta sum_i D_i G_i$, so to first order "
                "$L_j$ moves by the sum of $D_j$ times this over the parameters: by $dL_j$.",
                equation(first[j, k], -eta * by_parameters),
            ),
            lemma("the order of two sums", "Of finitely many terms.", equation(by_parameters, by_lags)),
            identity(
                "to first order",
                "So the products of derivatives add up to the lag kernel.",
                equation(first[j, k], moved),
                ["chain rule", "the order of two sums", "the lag kernel"],
            ),
            definition(
                "sizes",
                "Let $c_1$, $f_1$ and $w_1$ be these.",
                And(
                    equation(c1, eta * f * g * Sum(w**i, (i, 0, T - 1))),
                    equation(f1, eta * c * g * Sum(w**i, (i, 0, T - 1))),
                    equation(w1, eta * c * f * g * Sum(i * w ** (i - 1), (i, 0, T - 1))),
                ),
            ),
            argument(
                "the size of a step",
                "In operator norm $|V_a| <= c w^a sqrt(n)$, and $|B_a|$ is at most the sum of $f w^{i-a} g "
                "sqrt(n)$ over $a <= i < T$.  Put into low-rank-gradients, all powers of $n$ cancel; a "
                "place of $W$ in $L_i$, $i$ of them, counts $w^{i-1}$.",
                And(*(Le(Abs(move), most) for move, most in zip(moves, (c1, f1, w1), strict=True))),
                ["low-rank-gradients", "sizes"],
            ),
            sign(
                "sizes are not negative",
                "As they bound norms.",
                And(c1 >= 0, f1 >= 0, w1 >= 0),
                ["the size of a step"],
            ),
            definition(
                "what is left",
                "Let $s = n^{-1/2}$ and $R_j$ be the terms of $(c + s c_1)(w + s w_1)^j (f + s f_1)$ of "
                "order 2 or more in $s$.",
                equation(rest[j], _two_letters(size)),
            ),
            argument(
                "two letters or more",
                "In units of $sqrt(n)$ for $C$, $W$ and $F$ a step is one of size $s$.  The words of $L_j$, "
                "sums over which letters are changed, have norms that add up to $sqrt(n) (c + s c_1)(w + s "
                "w_1)^j (f + s f_1)$ at most.  Those without a changed letter are $L_j$, those with one "
                "$dL_j$; in the bound they are the terms of order 0 and 1 in $s$.",
                Le(Abs(step - first[j, k]), sqrt(n) * rest[j]),
                ["the size of a step", "what is left"],
            ),
            *rates,
            sign(
                "the square of the size",
                "The remainder is made of the three; it begins with $s^2$, and has no negative coefficient.",
                Le(rest[j], size**2 * _two_letters(1)),
                ["what is left", *(step.name for step in rates[3:])],
            ),
            sign(
                "the statement",
                "So $sqrt(n)$ times the remainder is at most what it is for $n = 1$.",
                formula,
                ["to first order", "two letters or more", "the square of the size"],
            ),
        ),
    )


def _two_letters(size: Any) -> sympy.Expr:
    """The bound of L_j's words less its terms of order 0 and 1 in the size of the step."""
    total = (c + size * c1) * (w + size * w1) ** j * (f + size * f1)
    one_letter = c1 * w**j * f + c * j * w1 * w ** (j - 1) * f + c * w**j * f1
    return total - c * w**j * f - size * one_letter


def _rates(size: sympy.Expr) -> tuple[Step, ...]:
    """How the powers of w + size w_1 grow with the size, up to 1: by induction on j."""
    power, largest = (w + size * w1) ** j, (w + w1) ** j
    no_letter = Le(power, largest)
    one_letter = Le(power - w**j, size * (largest - w**j))
    two_letters = Le(
        power - w**j - size * j * w1 * w ** (j - 1), size**2 * (largest - w**j - j * w1 * w ** (j - 1))
    )
    sizes = ["sizes are not negative"]
    return (
        induction(
            "no letter less",
            "By induction on $j$, as the two that follow, for $0 < s <= 1$: a power grows with $s$,",
            no_letter,
            j,
            sizes,
        ),
        induction(
            "one letter or more",
            "what it has gained over $w^j$ by $s$ at least, as a share,",
            one_letter,
            j,
            ["no letter less", *sizes],
        ),
        induction(
            "two letters of the transition",
            "and what it has beside its first order by $s^2$.",
            two_letters,
            j,
            ["one letter or more", *sizes],
        ),
        *(
            sign(
                f"{name}, in all",
                text,
                Le(factor * less.lhs, factor * less.rhs),
                [name, *signs],
            )
            for name, text, factor, less, signs in (
                ("no letter less", "With a change of $C$ and of $F$,", size**2 * c1 * f1, no_letter, sizes),
                ("one letter or more", "of one of them,", size * (c1 * f + c * f1), one_letter, sizes),
                ("two letters of the transition", "and of none.", c * f, two_letters, []),
            )
        ),
    )


@cache
def constant_kernel() -> Statement:
    """The lag kernel hardly moves during training."""
    gram = IndexedBase("P")
    change = (c + c1) ** 2 * (w + w1) ** (a + b) - c**2 * w ** (a + b)
    formula = tight(Theta[i, j, k] - Theta[i, j, 0])

    def exceeds(name: str, bound: sympy.Expr) -> Any:
        return Le(Function("Pr")(Gt(Abs(Indexed(name, 0)), bound)), exp(-(t**2) / 2))

    norms = (("W", nu_W, sqrt(n)), ("C", nu_C, sqrt(n_y)), ("F", nu_F, sqrt(n_x)))
    P0, P1, Q0, Q1 = symbols("P0 P1 Q0 Q1")
    letters = {"W": w * sqrt(n), "C": c * sqrt(n), "dW": w1, "dC": c1}
    sizes = [Le(Abs(Indexed(name, k)), bound) for name, bound in letters.items()]
    return Statement(
        name="constant-kernel",
        title="In any fixed number of gradient steps the lag kernel moves by $O(n^{-1/2})$ at most, in "
        "probability",
        formula=formula,
        variables={
            "Theta[i, j, k]": "the lag kernel after $k$ steps, any entry",
            **TIGHT,
        },
        assumptions=(GAUSSIAN, "$J$ has a continuous gradient", FIXED),
        indices=(a, b, i, j, k),
        conditions=(n >= 1, n_x >= 1, n_y >= 1, *NON_NEGATIVE),
        source=SOURCE,
        uses=(network_update(), lag_kernel(), prior()),
        proof=(
            lemma(
                "norms of Gaussian matrices",
                "The operator norm of an $m$ by $n$ matrix with independent entries $N(0, nu)$ exceeds "
                "$sqrt(nu) (sqrt(m) + sqrt(n) + t)$, $t >= 0$, with a probability of $exp(-t^2/2)$ at most "
                "(Davidson and Szarek 2001, theorem II.13).",
                And(*(exceeds(name, sqrt(nu) * (rows + sqrt(n) + t)) for name, nu, rows in norms)),
                given=[t >= 0],
            ),
            sign(
                "the same bounds at every width",
                "In units of $sqrt(n)$ these bounds are at most those at $n = 1$.",
                And(
                    *(
                        Le(sqrt(nu) * (rows + sqrt(n) + t), sqrt(nu) * (1 + most + t) * sqrt(n))
                        for (_, nu, rows), most in zip(norms, (1, sqrt(n_y), sqrt(n_x)), strict=True)
                    )
                ),
                given=[t >= 0],
            ),
            argument(
                "one step",
                "A step that moves $W$ and $C$ by $w_1$ and $c_1$ at most, where $|W| <= w sqrt(n)$ and "
                "$|C| <= c sqrt(n)$, is one of size $s = n^{-1/2}$ in every letter of $P_ab$.  Its words "
                "with a changed letter add up to $(c + s c_1)^2 (w + s w_1)^{a+b} - c^2 w^{a+b}$ at most, "
                "$s$ times a polynomial in $s$ with coefficients $>= 0$.  For $Q_ab$ with $F$ for $C$.",
                Le(sqrt(n) * Abs(gram[a, b, k + 1] - gram[a, b, k]), change),
                given=sizes,
            ),
            identity(
                "products",
                "A product of two moves by one of them times how far the other moves.",
                equation(P1 * Q1 - P0 * Q0, (P1 - P0) * Q1 + P0 * (Q1 - Q0)),
            ),
            argument(
                "the statement",
                "With any probability below 1 the norms, and $L^0$ (impulse-response-prior), are within "
                "bounds that are the same at every $n$; what follows is deterministic.  If $L^k$ is "
                "bounded, so is $G^k$, by continuity; by network-update and lag-kernel $L^{k+1}$ is "
                "bounded, and the norms grow to $(w + w_1) sqrt(n)$ at most and so on, to new bounds that "
                "are the same at every $n$.  In every step $P$ and $Q$ move by $O(n^{-1/2})$ and stay "
                "bounded, and so does $Theta$, a finite sum of entries of $P$, of $Q$ and of products of "
                "two.",
                formula,
                [
                    "norms of Gaussian matrices",
                    "the same bounds at every width",
                    "one step",
                    "products",
                    "network-update",
                    "lag-kernel",
                    "impulse-response-prior",
                ],
            ),
        ),
    )
