r"""Training by gradient descent: the gradients through the impulse response, and the network's limit.

The loss J sees the data only through the impulse response, so its gradient in the parameters is made of
G_j = dJ/dL_j and of the words of L_j = n^{-1/2} C M^j F, M = W/sqrt(n).  With |M| <= w, |C| <= c sqrt(n) and
|F| <= f sqrt(n), as large Gaussian matrices have it, a gradient step changes each of the three by its
n^{-1/2}-th part.  So in a word of L_j, of norm c w^j f sqrt(n), one changed letter contributes O(1), which
is the tangent kernel's share, and two or more together O(n^{-1/2}).
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import sympy
from sympy import Abs, Eq, Function, Indexed, Integer, Le, Limit, Mul, Sum, Symbol, Tuple, sqrt, symbols

from derivations.proof import (
    Obligation,
    Statement,
    Step,
    conclusion,
    equals,
    evidence,
    identity,
    lemma,
    limit,
)
from derivations.symbols import n, n_y, nu_W
from derivations.theorems.network import GAUSSIAN, gram_limits, impulse_response, lag_kernel, lag_weights
from derivations.theorems.network import impulse_response_prior as prior
from derivations.theorems.random_matrices import power_traces
from derivations.theorems.traces import crosscap_traces, trace_second_order
from derivations.theorems.weights import MEANING, recurrence, regimes

__all__ = [
    "DESCENT",
    "constant_kernel",
    "convolution_update",
    "equivalence",
    "gradient_norms",
    "low_rank_gradients",
    "network_update",
]

a, b, c, f, g, i, j, k, q, r, s, t, w, T = symbols("a b c f g i j k q r s t w T")
c1, f1, w1, eta = symbols("c_1 f_1 w_1 eta")
SOURCE = "derived here"
FIXED = "$eta$, $T$, $n_x$, $n_y$, the data and the number of steps are fixed, $n$ goes to infinity"
DESCENT = {
    "L[j, k]": "impulse response at lag $j$ after $k$ steps of gradient descent",
    "eta": "step of gradient descent",
}


class Word(Indexed):  # type: ignore[misc]  # SymPy has no types
    """A matrix with an index, which does not commute."""

    is_commutative = False


def transposed(word: sympy.Expr) -> sympy.Expr:
    """The transpose of a product of powers of letters, ``X'`` being that of X.

    >>> C, M = sympy.symbols("C M", commutative=False)
    >>> transposed(2 * C * M**a)
    2*M'**a*C'
    """
    scalars, letters = word.args_cnc()
    powers = [letter.as_base_exp() for letter in reversed(letters)]
    return Mul(*scalars, *(_prime(letter) ** exponent for letter, exponent in powers))


def _prime(letter: sympy.Symbol) -> sympy.Symbol:
    name = letter.name
    return Symbol(name[:-1] if name.endswith("'") else f"{name}'", commutative=False)


@cache
def low_rank_gradients() -> Statement:
    """The gradients of a loss of the impulse response, from two chains of products."""
    formula = Eq(
        Tuple(*symbols("dJ/dC dJ/dF dJ/dW")),
        Tuple(
            Word("B'", 0) / sqrt(n),
            Sum(Word("V'", j) * Word("G", j), (j, 0, T - 1)) / sqrt(n),
            Sum(Word("V'", a) * Word("B'", a + 1), (a, 0, T - 2)) / n,
        ),
        evaluate=False,
    )
    M, F = symbols("M F", commutative=False)
    return Statement(
        name="low-rank-gradients",
        title="The gradients of a loss of the impulse response, $dJ/dW$ of rank $(T - 1) n_y$ at most",
        formula=formula,
        variables={
            "G[j]": "$dJ/dL_j$, an $n_y$ by $n_x$ matrix",
            "V[a]": "$n^{-a/2} C W^a$, so that $L_j = n^{-1/2} V_j F$; $V'$ is its transpose",
            "B[a]": "the adjoint chain $B_a = F G_a' + n^{-1/2} W B_{a+1}$, $B_T = 0$; $B'$ is its transpose",
            "T": "number of lags",
            "n": "width",
        },
        assumptions=(
            "$J$ is a differentiable function of $L_0, ..., L_{T-1}$",
            "any $n$, $n_x$, $n_y$, $T >= 1$",
        ),
        source=SOURCE,
        uses=(impulse_response(), lag_kernel()),
        proof=(
            Step(
                "the chain of one lag",
                "$dJ$ is the sum of $tr(G_j' dL_j)$, linear in the $G_j$ like the chain and the formula; so "
                "let all of them but $G_k$ be 0.  Then $B_a = M^{k-a} F G_k'$ for $a <= k$, $M = n^{-1/2} "
                "W$, and 0 for $a > k$: it starts at $B_k = F G_k'$, and $B_a = M B_{a+1}$ below.",
                "induction",
                Eq(Word("B", a), M ** (k - a) * F * Word("G'", k), evaluate=False),
                lambda shown: [
                    ("base", shown.rhs.subs(a, k) - F * Word("G'", k)),
                    ("step", M * shown.rhs.subs(a, a + 1) - shown.rhs),
                ],
            ),
            conclusion(
                "By the product rule of lag-kernel, $tr(G_k' dL_k)$ is $n^{-1/2}$ times the sum of $tr(G_k' "
                "C M^k F)$ with one letter replaced by its differential, $M$ at every place $a < k$ in "
                "turn.  A trace is cyclic: what follows the letter times what precedes it, transposed, is "
                "its gradient.  $n^{-1/2} dW$ for $dM$ is a second factor $n^{-1/2}$.",
                formula,
                _gradient_words,
            ),
            identity(
                "rank",
                "$V_a$ has $n_y$ rows, so no summand of $dJ/dW$ has a greater rank.  The number of summands:",
                "(T - 2) + 1",
                "T - 1",
            ),
            evidence(
                "entry by entry",
                "For $n = n_y = 2$, $n_x = 1$ and $T = 3$, $J$, the sum of $tr(G_j' L_j)$, differentiated "
                "in every entry of $C$, $F$ and $W$.",
                _gradients_by_entries,
            ),
        ),
    )


def _chain(at: sympy.Expr) -> sympy.Expr:
    """B_a where only G_k is not 0."""
    M, F, G = symbols("M F G'", commutative=False)
    return M ** (k - at) * F * G


def _gradient_words(formula: Any) -> Iterator[Obligation]:
    C, M, F, G = symbols("C M F G'", commutative=False)
    words: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
        "V'": lambda at: transposed(C * M**at),
        "B'": lambda at: transposed(_chain(at)),
        "G": lambda _: transposed(G),
    }

    def written(expression: sympy.Expr) -> sympy.Expr:
        return expression.replace(
            lambda part: isinstance(part, Word), lambda part: words[str(part.base)](part.indices[0])
        )

    def gradient(before: sympy.Expr, after: sympy.Expr) -> sympy.Expr:
        return transposed(after * before) / sqrt(n)

    def summand(sums: sympy.Expr) -> sympy.Expr:
        return sums.replace(lambda part: isinstance(part, Sum), lambda part: part.function)

    by_readout, by_input, by_transition = formula.rhs
    yield "dJ/dC", written(by_readout) - gradient(G, M**k * F)
    yield "dJ/dF", written(summand(by_input).subs(j, k)) - gradient(G * C * M**k, Integer(1))
    yield (
        "dJ/dW, place a",
        written(summand(by_transition)) - gradient(G * C * M**a, M ** (k - 1 - a) * F) / sqrt(n),
    )
    (_, first, last), (_, left, right) = (part.atoms(Sum).pop().limits[0] for part in formula.rhs[1:])
    yield "every lag of F", bool((first, last) == (0, T - 1))
    yield "every place of W in a lag k < T", bool((left, right) == (0, T - 2))


def _gradients_by_entries() -> Iterator[Obligation]:
    width, lags = 2, 3
    C, W = sympy.Matrix(2, 2, symbols("C:4")), sympy.Matrix(2, 2, symbols("W:4"))
    F = sympy.Matrix(2, 1, symbols("F:2"))
    G = [sympy.Matrix(2, 1, symbols(f"G{lag}_:2")) for lag in range(lags)]
    M, root = W / sqrt(width), sqrt(width)
    V = [C * M**lag for lag in range(lags)]
    B = [sympy.zeros(width, 2)]
    for gradient in reversed(G):
        B.insert(0, F * gradient.T + M * B[0])
    loss = sum((G[lag].T * V[lag] * F / root).trace() for lag in range(lags))
    gradients = {
        "C": (C, B[0].T / root),
        "F": (F, sum((V[lag].T * G[lag] for lag in range(lags)), sympy.zeros(2, 1)) / root),
        "W": (W, sum((V[at].T * B[at + 1].T for at in range(lags - 1)), sympy.zeros(2, 2)) / width),
    }
    for letter, (matrix, gradient) in gradients.items():
        for entry, found in zip(matrix, gradient, strict=True):
            yield f"dJ/d{letter} in {entry}", sympy.expand(loss.diff(entry) - found)


@cache
def network_update() -> Statement:
    """A gradient step of the network, seen in its impulse response."""

    def norm(size: sympy.Expr) -> sympy.Expr:
        return (c + size * c1) * (w + size * w1) ** j * (f + size * f1)

    first_order = sympy.diff(norm(s), s).subs(s, 0)
    two_letters = (
        c1 * f1 * w**j
        + j * w1 * (c1 * f + c * f1) * w ** (j - 1)
        + j * (j - 1) / 2 * c * f * w1**2 * w ** (j - 2)
    )
    kernel = Sum(Indexed("Theta", j, i) * Indexed("G", i), (i, 0, T - 1))
    formula = Eq(Indexed("L", j, k + 1), Indexed("L", j, k) - eta * kernel + Symbol("R_j"), evaluate=False)
    return Statement(
        name="network-update",
        title="A gradient step moves $L_j$ by $- eta sum_i Theta_ji G_i$, up to $O(n^{-1/2})$",
        formula=formula,
        variables={
            **DESCENT,
            "Theta": "lag kernel of the network after $k$ steps",
            "G[i]": "$dJ/dL_i$ after $k$ steps",
            "T": "number of lags",
            "R_j": "remainder, $sqrt(n) |R_j|$ is at most a number that $c$, $w$, $f$, $g$, $eta$ and $T$ "
            "determine",
        },
        assumptions=(
            "operator norms $|W| <= w sqrt(n)$, $|C| <= c sqrt(n)$, $|F| <= f sqrt(n)$, $|G_i| <= g$",
            "any $n >= 1$",
        ),
        source=SOURCE,
        uses=(low_rank_gradients(), lag_kernel()),
        proof=(
            conclusion(
                "Chain rule: parameters move by $- eta dJ = - eta sum_i dL_i G_i$, to first order $L_j$ by "
                "$dL_j$ times this, and the sum of $dL_j dL_i$ over the parameters is $Theta_ji$.  $R_j$ is "
                "the rest.  (Written out for one parameter with derivatives $D_i$, $T = 4$.)",
                formula,
                _chain_rule,
            ),
            Step(
                "the size of a step",
                "In operator norm $|V_a| <= c w^a sqrt(n)$, and $|B_a|$ is at most the sum of $f w^{i-a} g "
                "sqrt(n)$ over $i >= a$.  Put into low-rank-gradients, all powers of $n$ cancel: a step "
                "moves $C$, $F$ and $W$ by $c_1$, $f_1$ and $w_1$ at most, the same at every $n$.",
                "identity",
                None,
                lambda _: _powers_of_width(),
            ),
            identity(
                "one letter",
                "In units of $sqrt(n)$ for $C$, $W$ and $F$ a step is one of size $s = n^{-1/2}$.  The "
                "words of $L_j$, sums over which letters are changed, have norms that add up to $sqrt(n) (c "
                "+ s c_1)(w + s w_1)^j (f + s f_1)$ at most.  Those with one changed letter, the chain "
                "rule's, have its term of order one in $s$.",
                first_order,
                c1 * w**j * f + c * j * w1 * w ** (j - 1) * f + c * w**j * f1,
            ),
            Step(
                "two letters or more",
                "What is left, $r_j$, bounds $|R_j|$.  $sqrt(n) r_j$ is a polynomial in $s$ with "
                "coefficients $>= 0$, so it is greatest at $n = 1$; its limit counts the pairs of letters.",
                "limit",
                Eq(Limit(sqrt(n) * Symbol("r_j"), n, sympy.oo), two_letters, evaluate=False),
                lambda shown: _taylor((norm(s) - norm(0) - s * first_order) / s**2, shown),
            ),
        ),
    )


def _chain_rule(formula: Any) -> Iterator[Obligation]:
    lags = range(4)
    D, D_j = symbols("D:4"), Symbol("D_j")
    start, remainder = Indexed("L", j, k), Symbol("R_j")
    moved = start + D_j * (-eta * sum(D[lag] * Indexed("G", lag) for lag in lags)) + remainder
    written = formula.rhs.subs(T, 4).doit()
    yield (
        "the step",
        written.subs({Indexed("Theta", j, lag): D_j * D[lag] for lag in lags}) - moved,
    )


def _powers_of_width() -> Iterator[Obligation]:
    """The gradients' norms are free of n, where only G_k is not 0."""
    norms: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
        "V'": lambda at: c * sqrt(n) * w**at,
        "B'": lambda at: f * sqrt(n) * w ** (k - at) * g,
        "G": lambda _: g,
    }
    sizes = {"C": f * w**k * g, "F": c * w**k * g, "W": c * f * w ** (k - 1) * g}
    for (letter, size), found in zip(sizes.items(), low_rank_gradients().formula.rhs, strict=True):
        summand = found.replace(lambda part: isinstance(part, Sum), lambda part: part.function)
        bound = summand.subs(j, k).replace(
            lambda part: isinstance(part, Word), lambda part: norms[str(part.base)](part.indices[0])
        )
        yield f"dJ/d{letter}", bound - size


def _taylor(expression: sympy.Expr, shown: Any) -> Iterator[Obligation]:
    """The expression tends to the right side as s goes to 0."""
    positive = {symbol: Symbol(symbol.name, positive=True) for symbol in expression.free_symbols}
    found = sympy.limit(expression.subs(positive), positive[s], 0)
    yield "the limit", found - shown.rhs.subs(positive)


@cache
def constant_kernel() -> Statement:
    """The lag kernel hardly moves during training."""

    def norm(size: sympy.Expr) -> sympy.Expr:
        return (c + size * c1) ** 2 * (w + size * w1) ** (a + b)

    P0, Q0, P1, Q1 = symbols("P0 Q0 P1 Q1")
    formula = Eq(
        Limit(sqrt(n) * Indexed("d", a, b), n, sympy.oo),
        2 * c * c1 * w ** (a + b) + (a + b) * c**2 * w1 * w ** (a + b - 1),
        evaluate=False,
    )
    return Statement(
        name="constant-kernel",
        title="In any fixed number of gradient steps the lag kernel moves by $O(n^{-1/2})$ at most",
        formula=formula,
        variables={
            "d[a, b]": "bound of how far one gradient step moves the lag Gram $P_ab$, for $Q_ab$ with $f$ "
            "for $c$; the steps are of a fixed number",
            "c, w, f": "bounds of $n^{-1/2}$ times the norms of $C$, $W$ and $F$ before the step",
            "c_1, w_1, f_1": "bounds of how far the step moves $C$, $W$ and $F$ in norm",
        },
        assumptions=(
            GAUSSIAN,
            "$J$ has a continuous gradient",
            FIXED,
            "$O(n^{-1/2})$ is meant in probability",
        ),
        source=SOURCE,
        uses=(network_update(), lag_kernel(), prior()),
        proof=(
            lemma(
                "norms of Gaussian matrices",
                "The operator norm of an $m$ by $n$ matrix with independent entries $N(0, nu)$ exceeds "
                "$sqrt(nu) (sqrt(m) + sqrt(n) + t)$, $t >= 0$, with a probability of $exp(-t^2/2)$ at most "
                "(Davidson and Szarek 2001, theorem II.13).",
            ),
            limit(
                "the transition",
                "So with any probability below 1 the same $w$ bounds $n^{-1/2} |W|$ at every $n$.",
                (sqrt(n) + sqrt(n) + t) / sqrt(n),
                n,
                Integer(2),
            ),
            limit(
                "the readout",
                "And the same $c$ bounds $n^{-1/2} |C|$; $F$, with $n_x$ for $n_y$, the same $f$.",
                (sqrt(n) + sqrt(n_y) + t) / sqrt(n),
                n,
                Integer(1),
            ),
            identity(
                "the Grams are bounded",
                "$P_ab = V_a V_b'/n$, with $|V_a| <= c w^a sqrt(n)$.  By lag-kernel $Theta$ is bounded too.",
                Mul(1 / n, c * sqrt(n) * w**a, c * sqrt(n) * w**b, evaluate=False),
                c**2 * w ** (a + b),
            ),
            conclusion(
                "As in network-update a step is one of size $s = n^{-1/2}$ in each letter of $P_ab$, so "
                "$d_ab = (c + s c_1)^2 (w + s w_1)^{a+b} - c^2 w^{a+b}$; $sqrt(n) d_ab$ is a polynomial in "
                "$s$ with coefficients $>= 0$, bounded by its value at $n = 1$.",
                formula,
                lambda shown: _taylor((norm(s) - norm(0)) / s, shown),
                "limit",
            ),
            identity(
                "and so does the kernel",
                "$Theta$ is a finite sum of entries of $P$, of $Q$ and of products $P (x) Q$, all of them "
                "bounded.",
                P1 * Q1 - P0 * Q0,
                (P1 - P0) * Q1 + P0 * (Q1 - Q0),
            ),
            identity(
                "step after step",
                "$L^0$ is bounded in probability (impulse-response-prior).  Take the event that the norms "
                "and $L^0$ are within their bounds: one of probability $1 - delta$, any $delta > 0$, on "
                "which all that follows is deterministic.  If $L^k$ is bounded, so is $G^k$, by continuity; "
                "network-update applies, $L^{k+1}$ is bounded, and the kernel has moved by $O(n^{-1/2})$.  "
                "The norms grow to $w sqrt(n) + w_1 <= (w + w_1) sqrt(n)$, to new bounds that are the same "
                "at every $n >= 1$.",
                (w + w1) * sqrt(n) - (w * sqrt(n) + w1),
                w1 * (sqrt(n) - 1),
            ),
        ),
    )


@cache
def convolution_update() -> Statement:
    """A gradient step of the scaled convolution."""
    rho, G, theta = Indexed("rho", j), Indexed("G", j), Symbol("theta_j")
    scale = sympy.diff(sqrt(rho) * theta, theta)
    formula = Eq(Indexed("L", j, k + 1), Indexed("L", j, k) - eta * rho * G, evaluate=False)
    return Statement(
        name="convolution-update",
        title="A gradient step of the scaled convolution moves $L_j$ by $- eta rho_j dJ/dL_j$, exactly",
        formula=formula,
        variables={**DESCENT, "rho": "lag weights", "G[j]": "$dJ/dL_j$ after $k$ steps"},
        assumptions=("$L_j = sqrt(rho_j) theta_j$, $theta$ the parameters", "$J$ is differentiable"),
        source=SOURCE,
        proof=(
            conclusion(
                "By the chain rule $dJ/dtheta_j = sqrt(rho_j) G_j$.  $L_j$ is $sqrt(rho_j)$ times $theta_j$.",
                formula,
                lambda formula: [
                    (
                        "the step",
                        sqrt(rho) * (theta - eta * scale * G)
                        - formula.rhs.subs(Indexed("L", j, k), sqrt(rho) * theta),
                    )
                ],
            ),
            identity(
                "a weight of 0",
                "If $rho_j = 0$, $L_j$ never moves.  (It is 0 in the network, too: then $nu_F = nu_C = 0$ "
                "or, for $j >= 1$, $nu_W = 0$.)",
                formula.rhs.subs(rho, 0),
                Indexed("L", j, k) + 0 * G,
            ),
        ),
    )


@cache
def equivalence() -> Statement:
    """The wide network and the scaled convolution learn the same."""
    Theta, rho, G, G_conv, R = symbols("Theta rho G Gbar R")
    V, m = symbols("v m")
    bound = r / sqrt(n) * ((1 + q) ** k - 1) / q
    formula = Le(Indexed("e", k), bound, evaluate=False)
    return Statement(
        name="equivalence",
        title="The wide network learns as the scaled convolution does, up to $O(n^{-1/2})$ in probability",
        formula=formula,
        variables={
            "e[k]": "norm of the difference of all lags of the two impulse responses after $k$ steps of "
            "$L_j <- L_j - eta rho_j dJ/dL_j$ and of the network's gradient descent, from the same "
            "start",
            "r": "bound of $sqrt(n) |R - eta (Theta - rho) G|$, what the network's step has beside it",
            "q": "$eta$ times the greatest $rho_j$ times a Lipschitz constant of the gradient of $J$, or "
            "any greater number",
            "n": "width",
        },
        assumptions=(
            GAUSSIAN,
            "$J$ has a locally Lipschitz gradient",
            FIXED,
            "for every $delta > 0$ there are $r$ and $q$, the same for all $n$, so that this holds for all "
            "of the steps with a probability of $1 - delta$ at least",
        ),
        source="the limit: Emami, Sahraee-Ardakan, Pandit, Rangan, Fletcher 2021; the rate: derived here",
        uses=(
            network_update(),
            constant_kernel(),
            convolution_update(),
            lag_weights(),
            gram_limits(),
            prior(),
        ),
        proof=(
            limit(
                "the kernel at the start",
                "By the proof of gram-limits every entry of $P$ and $Q$ has a variance that is a polynomial "
                "in $1/n$ without constant term, $v/n + ...$, and a mean that is one in $1/n$, $m/n + ...$ "
                "beside the limit.  So it is within $O(n^{-1/2})$ of it in mean square, and $Theta$, of "
                "sums and products of bounded entries, within $O(n^{-1/2})$ of $rho_j delta_ij I$ in "
                "probability (lag-weights).",
                n * (V / n + (m / n) ** 2),
                n,
                V,
            ),
            identity(
                "one step",
                "By constant-kernel the same holds after each of the steps; network-update's remainder $R$ "
                "is $O(n^{-1/2})$ on the same event.  The difference of the two updates, $Gbar$ the "
                "gradient where the convolution is, for the entries of one lag (for other lags $rho$ stands "
                "for 0):",
                (-eta * Theta * G + R) - (-eta * rho * G_conv),
                -eta * rho * (G - G_conv) - eta * (Theta - rho) * G + R,
            ),
            conclusion(
                "Take the event that the norms (constant-kernel), $L^0$ and the entries of $P$ and $Q$ at "
                "the start are within bounds: each fails with a small probability, by Chebyshev's "
                "inequality, and these add up to $delta$ at most.  There both impulse responses stay in a "
                "ball, of which $q$ takes the Lipschitz constant: the first term is at most $q e_k$, the "
                "others $r n^{-1/2}$, so $e_{k+1} <= (1 + q) e_k + r n^{-1/2}$, from $e_0 = 0$.  The bound "
                "solves this with equality.",
                formula,
                lambda formula: [
                    ("base", formula.rhs.subs(k, 0)),
                    ("step", formula.rhs.subs(k, k + 1) - (1 + q) * formula.rhs - r / sqrt(n)),
                ],
                "induction",
            ),
            limit("the limit", "It vanishes for $n$ to infinity.", bound, n, Integer(0)),
            lemma(
                "Chebyshev's inequality",
                "A number is farther than $t$ from its mean with a probability of its variance over $t^2$ "
                "at most.",
            ),
        ),
    )


@cache
def gradient_norms() -> Statement:
    """Vanishing and exploding gradients."""
    M = Symbol("M", commutative=False)
    leading = power_traces().formula.rhs.subs(b, a).subs(a, j)
    first = crosscap_traces().formula.rhs.subs(b, a).subs(a, j)
    second = trace_second_order().formula.lhs.subs(a, j)
    formula = Eq(
        Function("E")(Abs(Symbol("dh_{t+j}/dh_t")) ** 2) / n + Symbol("O(n^-3)"),
        nu_W**j * (1 + Indexed("tau", j) / n**2),
        evaluate=False,
    )
    return Statement(
        name="gradient-norms",
        title="In mean square gradients through $j$ steps vanish or explode like $nu_W^j$, as the lag "
        "weights",
        formula=formula,
        variables={
            "dh_{t+j}/dh_t": "the derivative of a hidden state in the one $j$ steps before, $n$ by $n$; its "
            "norm is that of Frobenius",
            "tau": "$0, 0, 2, 10, 28, 62, ...$: the coefficients of trace-second-order",
            "j": "lag",
            "n": "width",
            "nu_W": MEANING["nu_W"],
        },
        assumptions=(
            "entries of $W$ independent $N(0, nu_W)$",
            "$j$ is an integer $>= 0$, fixed as $n$ goes to infinity",
        ),
        source=SOURCE,
        uses=(power_traces(), crosscap_traces(), trace_second_order(), recurrence(), regimes()),
        proof=(
            Step(
                "the Jacobian",
                "$h_{t+j+1} = M h_{t+j} + F x_{t+j+1}$, $M = W/sqrt(n)$, and the inputs do not depend on "
                "$h_t$: by induction on $j$, $dh_{t+j}/dh_t = M^j$, of which the squared norm is $tr(M^j "
                "M'^j)$.",
                "induction",
                Eq(Symbol("dh_{t+j}/dh_t"), M**j, evaluate=False),
                lambda shown: [
                    ("base", shown.rhs.subs(j, 0) - 1),
                    ("step", M * shown.rhs - shown.rhs.subs(j, j + 1)),
                ],
            ),
            conclusion(
                "The expectation of $tr(M^j M'^j)/n$: its orders 1, $1/n$ and $n^-2$ are those of "
                "power-traces, crosscap-traces and trace-second-order, all times $nu_W^j$, for there are $2 "
                "j$ letters.",
                formula,
                equals(leading * (1 + first / n + second / n**2)),
            ),
            identity(
                "regimes",
                "In the limit a lag further multiplies by $nu_W$ (if it is $> 0$): decay below 1, a "
                "constant at 1, growth above.  The lag weights, $rho_{j+1} - nu_W rho_j = nu_C nu_F nu_W^j$ "
                "(recurrence), sum this up: the same regimes, but for a factor that is linear in the lag.",
                nu_W ** (j + 1) / nu_W**j,
                nu_W,
            ),
        ),
    )
