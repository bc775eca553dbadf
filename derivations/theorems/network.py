"""The network's own statements: impulse response, lag kernel, its limit, and what it is equivalent to."""

from collections.abc import Iterator
from functools import cache
from itertools import product

import sympy
from sympy import Indexed, Integer, Symbol, UnevaluatedExpr, symbols

from derivations import closed_forms
from derivations.lag_kernel import expected_share, inner_products
from derivations.moments import moment
from derivations.power_words import cut, encode
from derivations.proof import (
    Obligation,
    Statement,
    Step,
    conclusion,
    equals,
    evidence,
    identity,
    induction,
    lemma,
    telescopes,
    telescoping,
    vanishes,
)
from derivations.symbols import i, n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.random_matrices import power_traces, stein_lemma, trace_factorisation
from derivations.theorems.weights import MEANING, NON_NEGATIVE, VARIANCES
from derivations.theorems.weights import generating_function as weights_generating_function

__all__ = [
    "bias",
    "gram_limits",
    "impulse_response",
    "impulse_response_prior",
    "kernel_recursion",
    "lag_kernel",
    "lag_weights",
    "scaled_convolution",
]

PAPER = "Emami, Sahraee-Ardakan, Pandit, Rangan, Fletcher: Implicit Bias of Linear RNNs, 2021"
GAUSSIAN = "$W$, $F$, $C$ independent with entries $N(0, nu_W)$, $N(0, nu_F)$, $N(0, nu_C)$"

a, b, c, d, j, t, z, y = symbols("a b c d j t z y")
k, el, r, el2, r2 = symbols("k l r l2 r2")


@cache
def impulse_response() -> Statement:
    """The network unrolled."""
    C, W, F = symbols("C W F", commutative=False)
    hidden = n ** (-j / 2) * W**j * F
    formula = sympy.Eq(Indexed("L", j), n ** (-(j + 1) / 2) * C * W**j * F, evaluate=False)
    return Statement(
        name="impulse-response",
        title="The network is a convolution with the impulse response $L_j$",
        formula=formula,
        variables={
            "L": "impulse response: $y_t$ is the sum over $j <= t$ of $L_j x_{t-j}$",
            "j": "lag",
            "n": "width",
            "C, W, F": "readout, transition and input matrix",
        },
        assumptions=("$h_{-1} = 0$", "$j$ is an integer $>= 0$"),
        source="unrolling the recursion",
        proof=(
            Step(
                "hidden states",
                "Claim: $h_t$ is the sum over $j <= t$ of $n^{-j/2} W^j F x_{t-j}$, by induction on $t$.  "
                "$F x_t$ is the term $j = 0$, and $n^{-1/2} W h_{t-1}$ has $x_{t-j}$, $j >= 1$, with "
                "$n^{-1/2} W$ times the coefficient of lag $j - 1$.",
                "induction",
                sympy.Eq(Symbol("h_t"), sympy.Sum(hidden * Indexed("x", t - j), (j, 0, t)), evaluate=False),
                lambda _: [
                    ("newest input", hidden.subs(j, 0) - F),
                    (
                        "older inputs",
                        W / sympy.sqrt(n) * hidden.subs(j, j - 1) - hidden,
                    ),
                ],
            ),
            conclusion(
                "The readout multiplies by $n^{-1/2} C$.", formula, equals(C * hidden / sympy.sqrt(n))
            ),
        ),
    )


@cache
def lag_kernel() -> Statement:
    """The finite-width NTK is a two-dimensional convolution of two Gram matrices."""
    positions = (el**i - r**i) / (el - r)
    summed = z / ((1 - el * z) * (1 - r * z))
    P, Q = sympy.IndexedBase("P"), sympy.IndexedBase("Q")
    second = summed.subs({z: y, el: el2, r: r2}, simultaneous=True)
    formula = sympy.Eq(
        Indexed("Theta", i, j),
        Q[i, j] + P[i, j] + sympy.Sum(P[a, b] * Q[i - 1 - a, j - 1 - b], (a, 0, i - 1), (b, 0, j - 1)),
        evaluate=False,
    )
    return Statement(
        name="lag-kernel",
        title="At every width the lag kernel is a 2-D convolution of two Gram matrices",
        formula=formula,
        variables={
            "Theta[i, j]": "sum over all parameters of $dL_i (x) dL_j$, an $n_y n_x$ by $n_y n_x$ matrix",
            "P[a, b]": "$V_a V_b' / n$ with $V_a = n^{-a/2} C W^a$; stands left of the Kronecker product, "
            "alone for $P (x) I$",
            "Q[a, b]": "$U_a' U_b / n$ with $U_a = n^{-a/2} W^a F$; stands right of it, alone for $I (x) Q$",
        },
        assumptions=("any $n$, $n_x$, $n_y >= 1$ and any $W$, $F$, $C$",),
        source="derived here; generating functions: $Theta(z,w) = I (x) Q + P (x) I + z w P (x) Q$",
        uses=(impulse_response(),),
        proof=(
            induction(
                "product rule",
                "Let $l$ and $r$ multiply $dW$ by $W$ from the left and from the right; they commute.  The "
                "recursion $d(W^{i+1}) = dW W^i + W d(W^i)$ with $d(W^0) = 0$ is solved by the sum over the "
                "positions of $dW$, $(l^i - r^i)/(l - r)$, which is the sum of $l^a r^b$ over $a + b = i - "
                "1$.",
                sympy.Eq(Symbol("d(W^i)"), positions, evaluate=False),
                positions.subs(i, 0),
                positions.subs(i, i + 1) - (r**i + el * positions),
            ),
            identity(
                "all positions at once",
                "In partial fractions the generating function of these sums is $z/((1 - l z)(1 - r z))$: a "
                "free chain of $W$ on either side of $dW$, one lag spent on $dW$.",
                (1 / (1 - el * z) - 1 / (1 - r * z)) / (el - r),
                summed,
            ),
            Step(
                "contraction",
                "Entry by entry $<A dX B, A~ dX B~> = (A A~') (x) (B' B~)$: the entry $(u, v)$ of $dX$ "
                "contributes $A_{p,u} B_{v,q} A~_{p',u} B~_{v,q'}$, and the sums over $u$ and $v$ separate, "
                "whatever their range.  (Re-checked for matrices of symbols, $X$ being 2 by 3.)",
                "identity",
                None,
                lambda _: _contraction(),
            ),
            identity(
                "convolution",
                "For two lags with variables $z$ and $y$ the transition's share is $z y P(z,y) (x) Q(z,y)$, "
                "where chains of the two networks meet left of $dW$ in $P = 1/((1 - l z)(1 - l~ y))$ and "
                "right of it in $Q$.",
                UnevaluatedExpr(summed) * UnevaluatedExpr(second),
                z
                * y
                * UnevaluatedExpr(1 / ((1 - el * z) * (1 - el2 * y)))
                * UnevaluatedExpr(1 / ((1 - r * z) * (1 - r2 * y))),
            ),
            identity(
                "powers of $n$, transition",
                "The scales of $L_i$ and $L_j$, $n^{-(i+1)/2}$ and $n^{-(j+1)/2}$, are those of $P_ab$ and "
                "$Q_cd$, $n^{-1-(a+b)/2}$ and $n^{-1-(c+d)/2}$, for $c = i - 1 - a$ and $d = j - 1 - b$.",
                "-(i + 1)/2 - (j + 1)/2",
                "(-1 - (a + b)/2) + (-1 - ((i - 1 - a) + (j - 1 - b))/2)",
            ),
            identity(
                "powers of $n$, readout and input",
                "$dL_i/dC$ leaves $W^i F$ right of $dC$, hence $I (x) Q_ij$; $dL_i/dF$ leaves $C W^i$, "
                "hence $P_ij (x) I$.",
                "-(i + 1)/2 - (j + 1)/2",
                "-1 - (i + j)/2",
            ),
            conclusion(
                "The coefficients of $z^i y^j$ in $Q + P + z y P Q$, written out for $i$, $j <= 3$.",
                formula,
                _is_convolution,
            ),
            evidence(
                "word by word",
                "For $i$, $j <= 5$ the product rule, place by place on the words of $L_i$ and $L_j$, gives "
                "exactly the words of this identity.",
                _words_agree,
            ),
        ),
    )


def _contraction() -> Iterator[Obligation]:
    A, A2 = (sympy.Matrix(2, 2, symbols(f"{name}:4")) for name in ("A", "A2_"))
    X, B, B2 = (sympy.Matrix(*shape, symbols(name)) for shape, name in (
        ((2, 3), "X:6"), ((3, 2), "B:6"), ((3, 2), "B2_:6"),
    ))  # fmt: skip
    first, second = A * X * B, A2 * X * B2
    left, right = A * A2.T, B.T * B2
    for row, column, row2, column2 in product(range(2), repeat=4):
        inner = sum(first[row, column].diff(x) * second[row2, column2].diff(x) for x in X)
        yield f"entry {row, column, row2, column2}", inner - left[row, row2] * right[column, column2]


def _is_convolution(formula: sympy.Eq) -> Iterator[Obligation]:
    P, Q = sympy.IndexedBase("P"), sympy.IndexedBase("Q")
    lags = range(4)
    P_zy, Q_zy = (sum(gram[p, q] * z**p * y**q for p in lags for q in lags) for gram in (P, Q))
    generating = sympy.Poly(P_zy + Q_zy + z * y * P_zy * Q_zy, z, y)
    for p in lags:
        for q in lags:
            written = formula.rhs.subs({i: p, j: q}, simultaneous=True).doit()
            yield f"Theta_{p},{q}", sympy.expand(generating.coeff_monomial(z**p * y**q) - written)


def _words_agree() -> Iterator[Obligation]:
    for p in range(6):
        for q in range(6):
            grams = [
                ("C" + "W" * e + "w" * g + "c", "f" + "w" * (p - 1 - e) + "W" * (q - 1 - g) + "F")
                for e in range(p)
                for g in range(q)
            ]
            yield f"transition, {p}, {q}", sorted(inner_products(p, q, "W")) == sorted(grams)
            yield f"readout, {p}, {q}", [*inner_products(p, q, "C")] == [("", "f" + "w" * p + "W" * q + "F")]
            yield f"input, {p}, {q}", [*inner_products(p, q, "F")] == [("C" + "W" * p + "w" * q + "c", "")]


@cache
def gram_limits() -> Statement:
    """P_ab and Q_ab converge to multiples of the identity."""
    traces = power_traces()
    quadratic = (("C", Integer(1)), ("W", a), ("w", b), ("c", Integer(1)))
    limits = [variance * nu_W**a * sympy.KroneckerDelta(a, b) for variance in (nu_C, nu_F)]
    formula = sympy.Eq(
        sympy.Tuple(Indexed("P", a, b), Indexed("Q", a, b)), sympy.Tuple(*limits), evaluate=False
    )
    return Statement(
        name="gram-limits",
        title="The lag Grams converge: $P_ab -> nu_C nu_W^a delta_ab I$ and $Q_ab -> nu_F nu_W^a delta_ab I$",
        formula=formula,
        variables={"P, Q": "limits in mean square of the lag Grams", "a, b": "lags", **MEANING},
        assumptions=(GAUSSIAN, "$n$ goes to infinity, $n_x$, $n_y$, $a$, $b$ fixed"),
        source="second moments of Gaussian quadratic forms",
        uses=(traces, trace_factorisation(), stein_lemma()),
        proof=(
            identity(
                "mean",
                "Stein's lemma on the first $C$ of $tr(C W^a W'^b C')$: its only partner splits off "
                "$tr(I_{n_y})$ and leaves $tr(W^a W'^b)$.  So $E P_ab = nu_C t_ab I$, and $E Q_ab = nu_F "
                "t_ab I$ in the same way.",
                encode(*cut(quadratic, 3, Integer(1))),
                encode((("W", a), ("w", b)), ()),
            ),
            lemma(
                "variance of a quadratic form",
                "For independent Gaussian rows (Isserlis 1918): $Var(c_p M c_q') = nu_C^2 (E tr M M' + "
                "delta_pq E tr M M + delta_pq Var tr M)$.",
            ),
            identity(
                "one trace loses a power of $n$",
                "$tr M M'$ and $tr M M$ are single traces of $2(a + b)$ letters, of degree $a + b + 1$ at "
                "most; with the scale $n^{-2-(a+b)}$ they are $O(1/n)$.",
                "(a + b + 1) - 2 - (a + b)",
                "-1",
            ),
            identity(
                "the trace's variance loses two",
                "By trace-factorisation, $Var tr(W^a W'^b)$ has degree $a + b$ at most.  So the variance of "
                "every entry of $P_ab$ vanishes: convergence in mean square, to the limit of the mean.",
                "(a + b) - 2 - (a + b)",
                "-2",
            ),
            conclusion(
                "The mean is $nu_C t_ab$ for $P$ and $nu_F t_ab$ for $Q$, and $t_ab$ is known from "
                "power-traces.",
                formula,
                lambda formula: [
                    ("P", formula.rhs[0] - nu_C * traces.formula.rhs),
                    ("Q", formula.rhs[1] - nu_F * traces.formula.rhs),
                ],
            ),
            evidence(
                "exact second moments",
                "For $a$, $b <= 2$ the exact variance of $tr P_ab$ tends to 0 like $1/n$.",
                _gram_variances,
            ),
        ),
    )


def _gram_variances() -> Iterator[Obligation]:
    for p in range(3):
        for q in range(3):
            word = f"C W^{p} W'^{q} C'".replace("W^0 ", "").replace("W'^0 ", "")
            variance = sympy.expand((moment(word, word) - moment(word) ** 2) / n ** (1 + p + q))
            yield f"n Var tr P_{p},{q} has no positive power of n", sympy.degree(variance * n**8, n) <= 8


@cache
def lag_weights() -> Statement:
    """rho_i: the limit of the lag kernel."""
    theta_limit = _lag_kernel_limit()
    positions = nu_C * nu_W**k * nu_F * nu_W ** (i - 1 - k)
    closed = k * nu_C * nu_F * nu_W ** (i - 1)
    step = telescoping(
        "the sum over positions",
        "In the transition's share every position of $dW$ weighs the same, $nu_C nu_W^a nu_F nu_W^b$ with "
        "$a + b = i - 1$; there are $i$ of them.",
        positions,
        k,
        closed,
    )
    formula = sympy.Eq(Indexed("rho", i), closed_forms.lag_weight(i, *VARIANCES), evaluate=False)
    return Statement(
        name="lag-weights",
        title="In the limit the lag kernel is diagonal, with the lag weights $rho_i$",
        formula=formula,
        variables={
            "rho": "$Theta_ij$ converges to $rho_i delta_ij I$ in mean square",
            "i": "lag",
            **MEANING,
        },
        assumptions=(
            "$i$ is an integer $>= 0$",
            GAUSSIAN,
            "$n$ goes to infinity",
            "$i nu_W^{i-1}$ is 0 at $i = 0$",
        ),
        source=PAPER,
        uses=(lag_kernel(), gram_limits(), weights_generating_function()),
        proof=(
            identity(
                "only the diagonal",
                "By gram-limits and the lag-kernel identity the limit's generating function $Theta(z, y)$ "
                "obeys $z d/dz = y d/dy$: it is a function of $z y$ alone, hence $Theta_ij -> 0$ for $i != "
                "j$.  (Means of products factor by trace-factorisation, and what converges in mean square "
                "multiplies.)",
                z * sympy.diff(theta_limit, z),
                y * sympy.diff(theta_limit, y),
            ),
            step,
            conclusion(
                "Readout, input and transition together.",
                formula,
                equals(nu_F * nu_W**i + nu_C * nu_W**i + closed.subs(k, i)),
            ),
            *(
                identity(
                    f"lag {lag}",
                    "Where the symbolic form has $nu_W^{i-1}$ or the sum is empty.",
                    UnevaluatedExpr(nu_F * nu_W**lag) + UnevaluatedExpr(nu_C * nu_W**lag) + lag * nu_C * nu_F,
                    closed_forms.lag_weight(Integer(lag), *VARIANCES),
                )
                for lag in (0, 1)
            ),
            identity(
                "generating function",
                "The same along the generating functions: the limit of $Theta(z, y)$ is $G(z y)$.",
                theta_limit,
                closed_forms.generating_function(z * y, *VARIANCES),
            ),
            evidence(
                "exact polynomials",
                "For $i$, $j <= 6$ the exact mean $E Theta_ij$ is a polynomial in $1/n$ with constant term "
                "$rho_i delta_ij$.",
                _exact_means,
            ),
        ),
    )


def _lag_kernel_limit() -> sympy.Expr:
    """The generating function of the lag kernel's limit: the lag-kernel identity on the Grams' limits."""
    P, Q = (_generating_function(limit) for limit in gram_limits().formula.rhs)
    return Q + P + z * y * P * Q


def _generating_function(entry: sympy.Expr) -> sympy.Expr:
    """The sum of entry z^a y^b over a, b >= 0, for an entry of the form g(a) delta_ab with g geometric."""
    first, ratio = entry.subs({a: 0, b: 0}), entry.subs({a: 1, b: 1}) / entry.subs({a: 0, b: 0})
    if not vanishes(entry - first * ratio**a * sympy.KroneckerDelta(a, b)):
        raise ValueError(f"{entry} is not diagonal and geometric")
    return first / (1 - ratio * z * y)


def _exact_means() -> Iterator[Obligation]:
    for p in range(7):
        for q in range(7):
            readout, input_, transition = ((*expected_share(p, q, letter), 0)[0] for letter in "CFW")
            power = nu_W ** sympy.Rational(p + q, 2)
            limit = power * (nu_F * readout + nu_C * input_) + nu_C * nu_F * power / nu_W * transition
            yield (
                f"E Theta_{p},{q}",
                limit - (closed_forms.lag_weight(Integer(p), *VARIANCES) if p == q else 0),
            )


@cache
def impulse_response_prior() -> Statement:
    """The impulse response at initialisation (NNGP)."""
    m = symbols("m")
    formula = sympy.Eq(Symbol("Var(L_j)"), closed_forms.prior_variance(j, *VARIANCES), evaluate=False)
    return Statement(
        name="impulse-response-prior",
        title="At initialisation the impulse responses are independent Gaussians in the limit (NNGP)",
        formula=formula,
        variables={"L_j": "each entry of the impulse response at lag $j$, in the limit", **MEANING},
        assumptions=(GAUSSIAN, "$n$ goes to infinity, $n_x$, $n_y$, $j$ fixed"),
        source=PAPER,
        uses=(impulse_response(), gram_limits()),
        proof=(
            lemma(
                "conditional law",
                "Given $W$ and $F$, the entries of all $L_j = n^{-1/2} C U_j$ are linear images of the "
                "Gaussian $C$: jointly Gaussian of mean 0, rows independent, with covariance $nu_C U_i' U_j "
                "/ n = nu_C Q_ij$.",
            ),
            conclusion(
                "By gram-limits it tends to $nu_C Q_jj = nu_C nu_F nu_W^j$ at equal lags and to 0 at "
                "unequal ones, which is deterministic.",
                formula,
                equals(nu_C * gram_limits().formula.rhs[1].subs({a: j, b: j}, simultaneous=True)),
            ),
            lemma(
                "mixtures",
                "A Gaussian with a random covariance that converges in probability to a constant converges "
                "in law to the Gaussian with that covariance: its characteristic function is $E exp(-u' "
                "Sigma u / 2)$, bounded and continuous in $Sigma$ (Levy's continuity theorem).  "
                "Uncorrelated means independent.",
            ),
            evidence(
                "exact variances",
                "$E tr L_j L_j' / (n_x n_y)$ for $j <= 6$ is a polynomial in $1/n$ with that constant term.",
                lambda: _prior_variances(m),
            ),
        ),
    )


def _prior_variances(m: sympy.Symbol) -> Iterator[Obligation]:
    for lag in range(7):
        words = f"C W^{lag} F F' W'^{lag} C'" if lag else "C F F' C'"
        exact = sympy.expand(moment(words) / (n_x * n_y * n ** (lag + 1)))
        in_inverse_width = sympy.expand(exact.subs(n, 1 / m))
        yield (
            f"Var L_{lag}",
            in_inverse_width.subs(m, 0) - closed_forms.prior_variance(Integer(lag), *VARIANCES),
        )


@cache
def scaled_convolution() -> Statement:
    """The convolution whose NTK is that of the wide network."""
    theta, rho = Symbol("theta_j"), Indexed("rho", j)
    s = Symbol("s")
    x, x2 = Indexed("x", t - j), Indexed("x'", s - j)
    formula = sympy.Eq(
        Indexed("K", t, s),
        sympy.Sum(Indexed("rho", j) * x * x2, (j, 0, sympy.Min(t, s))),
        evaluate=False,
    )
    by_theta = [sympy.diff(sympy.sqrt(rho) * theta * inputs, theta) for inputs in (x, x2)]
    return Statement(
        name="scaled-convolution",
        title="A convolution with lag $j$ scaled by $sqrt(rho_j)$ has the wide network's NTK, at every size",
        formula=formula,
        variables={
            "K": "NTK of two sequences at times $t$ and $s$, times the identity of $n_y$: $T(x)' D(rho) "
            "T(x')$",
            "x, x'": "the sequences; products of inputs are inner products",
            "rho": "lag weights",
        },
        assumptions=("$L_j = sqrt(rho_j) theta_j$, $y = L * x$, $theta$ the parameters",),
        source=PAPER,
        uses=(lag_weights(),),
        proof=(
            conclusion(
                "$dy_t/dtheta_j = sqrt(rho_j) x_{t-j}$ for one coordinate of input and output, and 0 for "
                "other outputs; so lag $j$ contributes $rho_j <x_{t-j}, x'_{s-j}>$ to the kernel, times the "
                "identity of $n_y$, whatever $theta$.",
                formula,
                lambda formula: [("the summand", formula.rhs.function - by_theta[0] * by_theta[1])],
            ),
            identity(
                "the network's kernel",
                "So its lag kernel is $rho_j delta_ij I$, with the generating function $G(z y)$, and that "
                "is the limit of the network's: $P$ and $Q$ convolved.",
                _lag_kernel_limit(),
                closed_forms.generating_function(z * y, *VARIANCES),
            ),
        ),
    )


@cache
def kernel_recursion() -> Statement:
    """The kernel by recursion along its diagonals, with non-negative coefficients only."""
    shift, gram = symbols("D G")
    A = gram / (1 - nu_W * shift)
    B = shift * A / (1 - nu_W * shift)
    formula = sympy.Eq(Symbol("K"), (nu_C + nu_F) * Symbol("A") + nu_C * nu_F * Symbol("B"), evaluate=False)
    return Statement(
        name="kernel-recursion",
        title="The NTK of two sequences by a recursion along its diagonals",
        formula=formula,
        variables={
            "A": "$A_{t,s} = nu_W A_{t-1,s-1} + <x_t, x'_s>$",
            "B": "$B_{t,s} = nu_W B_{t-1,s-1} + A_{t-1,s-1}$",
            "K": "the NTK of the two sequences, $T(x)' D(rho) T(x')$",
            **MEANING,
        },
        assumptions=("$A$ and $B$ are 0 for negative times", NON_NEGATIVE),
        source="derived here",
        uses=(scaled_convolution(), weights_generating_function()),
        proof=(
            identity(
                "$A$",
                "Let $D$ shift both times by one and $G$ be the Gram of the inputs: $A = nu_W D A + G$.",
                nu_W * shift * A + gram,
                A,
            ),
            identity(
                "$B$",
                "$B = nu_W D B + D A$.",
                nu_W * shift * B + shift * A,
                B,
            ),
            conclusion(
                "The generating function of the weights in $D$, applied to $G$: $K$ is the sum of $rho_j "
                "D^j G$.",
                formula,
                lambda formula: [
                    (
                        "K",
                        formula.rhs.subs({Symbol("A"): A, Symbol("B"): B})
                        - closed_forms.generating_function(shift, *VARIANCES) * gram,
                    )
                ],
            ),
        ),
    )


@cache
def bias() -> Statement:
    """A bias vector is an input that is constantly one."""
    nu_b = Symbol("nu_b")
    m = symbols("m")
    formula = sympy.Eq(Symbol("K_bias"), closed_forms.partial_sum(m, nu_W, nu_b, nu_C), evaluate=False)
    return Statement(
        name="bias",
        title="A bias vector acts as an input that is constantly 1, with its own variance",
        formula=formula,
        variables={
            "K_bias": "what a bias adds to $K$ at times $t$ and $s$",
            "m": "$min(t, s) + 1$, the number of lags that both times see",
            "nu_b": "variance of the bias vector's entries",
            **MEANING,
        },
        assumptions=(
            "$h_t = n^{-1/2} W h_{t-1} + F x_t + b$, entries of $b$ independent $N(0, nu_b)$",
            "$nu_W != 1$",
        ),
        source="derived here",
        uses=(lag_weights(), scaled_convolution()),
        proof=(
            identity(
                "one more column",
                "$F x_t + b = [F b] [x_t; 1]$.  The columns of $F$ enter the Grams $Q$ separately, each "
                "with its own variance, so the limit of $Q$ is diagonal with $nu_b nu_W^a$ for $b$, and the "
                "weight of its coordinate is $rho_i$ with $nu_b$ for $nu_F$.",
                nu_b * nu_W**i + nu_C * nu_W**i + i * nu_C * nu_W ** (i - 1) * nu_b,
                closed_forms.lag_weight(i, nu_W, nu_b, nu_C),
            ),
            conclusion(
                "The coordinate's inputs are 1 at all times, so $K_bias$ is the sum of the first $min(t, s) "
                "+ 1$ of these weights: in closed form by induction on their number $m$.",
                formula,
                telescopes(closed_forms.lag_weight(m, nu_W, nu_b, nu_C), m),
                "induction",
            ),
        ),
    )
