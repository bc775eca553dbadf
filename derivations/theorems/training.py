r"""Training by gradient descent: the gradients through the impulse response, and the network's limit.

The loss J sees the data only through the impulse response, so its gradient in the parameters is made of
G_j = dJ/dL_j and of the words of L_j = n^{-1/2} C M^j F, M = W/sqrt(n).  With |M| <= w, |C| <= c sqrt(n) and
|F| <= f sqrt(n), as large Gaussian matrices have it, a gradient step changes each of the three by its
n^{-1/2}-th part.  So in a word of L_j, of norm c w^j f sqrt(n), one changed letter contributes O(1), which
is the tangent kernel's share, and two or more together O(n^{-1/2}).
"""

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import mul
from typing import Any

import sympy
from sympy import (
    Abs,
    And,
    Function,
    Gt,
    Implies,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Le,
    Limit,
    Mul,
    Sum,
    Symbol,
    Tuple,
    exp,
    sqrt,
    symbols,
)
from sympy.core.function import AppliedUndef

from derivations import finite_width_forms
from derivations.moments import moment
from derivations.proof import Obligation, Statement, Step
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic, sign
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.model import GAUSSIAN, MEANING, NON_NEGATIVE, Theta, equation, rho
from derivations.theorems.network import impulse_response_prior as prior
from derivations.theorems.network import kernel_limit, lag_kernel
from derivations.theorems.pieces import tau
from derivations.theorems.random_matrices import power_traces
from derivations.theorems.traces import crosscap_traces, trace_second_order

__all__ = [
    "DESCENT",
    "constant_kernel",
    "convolution_update",
    "equivalence",
    "gradient_norms",
    "low_rank_gradients",
    "network_update",
]

a, b, c, f, g, i, j, k, m, p, q, r, t, w, x, T = symbols("a b c f g i j k m p q r t w x T")
c1, f1, w1, eta = symbols("c_1 f_1 w_1 eta")
I_x, I_y = symbols("I_x I_y")
L, G = IndexedBase("L"), IndexedBase("G")
SOURCE = "derived here"
FIXED = "$eta$, $T$, $n_x$, $n_y$, the data and the number of steps are fixed, $n$ goes to infinity"
DESCENT = {
    "L[j, k]": "impulse response at lag $j$ after $k$ steps of gradient descent",
    "eta": "step of gradient descent",
}


class Word(Indexed):  # type: ignore[misc]  # SymPy has no types
    """A matrix with an index, which does not commute."""

    is_commutative = False


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


def of_matrices(e: sympy.Expr, matrices: Mapping[str, Any], shape: tuple[int, int]) -> Any:
    """A polynomial in words, with a matrix for each name, or one for each of its first indices."""
    total = sympy.zeros(*shape)
    for term in sympy.Add.make_args(sympy.expand(e)):
        scalars, letters = term.args_cnc()
        powers = [letter.as_base_exp() for letter in letters]
        words = [_matrix(base, matrices) for base, exponent in powers for _ in range(exponent)]
        if words:
            total += Mul(*scalars) * reduce(mul, words)
    return total


def _matrix(letter: sympy.Expr, matrices: Mapping[str, Any]) -> Any:
    if isinstance(letter, Indexed):
        return matrices[str(letter.base)][letter.indices[0]]
    return matrices[str(letter)]


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


def tight(difference: sympy.Expr) -> Any:
    """That sqrt(n) times a difference is bounded in probability, whatever the width."""
    large = Function("Pr")(Gt(sqrt(n) * Abs(difference), x))
    return equation(Limit(Function("sup_n")(large), x, sympy.oo), 0)


TIGHT = {
    "Pr": "probability over the network's start",
    "sup_n": "the least upper bound over all widths $n >= 1$: that it vanishes for $x$ to infinity is what "
    "$O(n^{-1/2})$ in probability means",
}


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
