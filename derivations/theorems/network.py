"""The network's own statements: impulse response, lag kernel, and their limits."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, Implies, IndexedBase, Integer, KroneckerDelta, Le, Sum, Symbol, exp, sqrt, symbols

from derivations import closed_forms
from derivations.lag_kernel import expected_share, inner_products
from derivations.moments import moment
from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic
from derivations.symbols import i, n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.model import (
    GAUSSIAN,
    MEANING,
    PAPER,
    W_S_P,
    E,
    P,
    Q,
    Theta,
    Var,
    Vectors,
    cov,
    deg,
    equation,
    limit_of_mean,
    rho,
    tr,
)
from derivations.theorems.random_matrices import power_traces, stein_lemma, trace_degree, trace_factorisation
from derivations.theorems.random_matrices import t as trace_limit

__all__ = [
    "gram_limits",
    "impulse_response",
    "impulse_response_prior",
    "kernel_limit",
    "kernel_mean",
    "kernel_of",
    "lag_kernel",
    "lag_weights",
]

a, b, c, d, j, k, m, t = symbols("a b c d j k m t")
I_y, I_x = symbols("I_y I_x")
C, F, W = symbols("C F W", commutative=False)
h, x, y = (Vectors(name) for name in "hxy")
p, q = IndexedBase("p"), IndexedBase("q")
IDENTITIES = "identity matrices of $n_y$, left of the Kronecker product, and of $n_x$, right of it"
WIDE = "$n$ goes to infinity, $n_x$, $n_y$ and the lags fixed"
DEGREE = "the degree in $n$: of order $n^deg$ at most"


def _at_most(quantity: Any, bound: Any) -> Any:
    """The degree of a quantity in n is at most the bound."""
    return Le(deg(quantity), bound, evaluate=False)


@cache
def impulse_response() -> Statement:
    """The network unrolled."""
    scale = n ** (-(j + 1) / 2)
    formula = equation(y[t], Sum(scale * C * W**j * F * x[t - j], (j, 0, t)))
    return Statement(
        name="impulse-response",
        title="The network is a convolution with the impulse response $L_j = n^{-(j+1)/2} C W^j F$",
        formula=formula,
        variables={
            "y, x": "output and input of the network, vectors for every time",
            "t": "time",
            "j": "lag",
            "n": "width",
            "C, W, F": "readout, transition and input matrix",
        },
        assumptions=("$h_{-1} = 0$",),
        indices=(j, t),
        conditions=(n > 0,),
        source="unrolling the recursion",
        proof=(
            definition(
                "the network",
                "The hidden states $h_t = n^{-1/2} W h_{t-1} + F x_t$ start from $h_{-1} = 0$, and $y_t = "
                "n^{-1/2} C h_t$ is read out.",
                And(
                    equation(h[0], F * x[0]),
                    equation(h[t + 1], W * h[t] / sqrt(n) + F * x[t + 1]),
                    equation(y[t], C * h[t] / sqrt(n)),
                ),
            ),
            induction(
                "hidden states",
                "By induction on $t$: input $x_t$ enters with $F$, and a step of time multiplies all that "
                "entered earlier by $n^{-1/2} W$.",
                equation(h[t], Sum(n ** (-(t - j) / 2) * W ** (t - j) * F * x[j], (j, 0, t))),
                t,
                ["the network"],
            ),
            identity(
                "the statement",
                "Counted backwards, by lags, and read out with $n^{-1/2} C$.",
                formula,
                ["the network", "hidden states"],
            ),
        ),
    )


@cache
def lag_kernel() -> Statement:
    """The finite-width NTK is a two-dimensional convolution of two Gram matrices."""
    s, u, v, w, z = symbols("s u v w z")
    D, G = Vectors("D"), IndexedBase("G")
    first, second = _Entry(""), _Entry("'")
    transition, readout, input_ = ((u, 0, n - 1), (v, 0, n - 1)), (z, 0, n_y - 1), (w, 0, n_x - 1)
    rows = transition[0]
    places, other_places = (a, 0, i - 1), (b, 0, j - 1)
    formula = equation(
        Theta[i, j],
        I_y * Q[i, j] + P[i, j] * I_x + Sum(P[a, b] * Q[i - 1 - a, j - 1 - b], places, other_places),
    )
    summand = s**4 * first.V[a, u] * first.Z[i - 1 - a, v] * second.V[b, u] * second.Z[j - 1 - b, v]
    return Statement(
        name="lag-kernel",
        title="At every width the lag kernel is a 2-D convolution of two Gram matrices",
        formula=formula,
        variables={
            "Theta[i, j]": "sum over all parameters of $dL_i (x) dL_j$, an $n_y n_x$ by $n_y n_x$ matrix; "
            "$L_i = n^{-(i+1)/2} C W^i F$",
            "P[a, b]": "$V_a V_b' / n$ with $V_a = n^{-a/2} C W^a$, $n_y$ by $n_y$; stands left of the "
            "Kronecker product",
            "Q[a, b]": "$U_a' U_b / n$ with $U_a = n^{-a/2} W^a F$, $n_x$ by $n_x$; stands right of it",
            "I_y, I_x": IDENTITIES,
        },
        assumptions=("any $W$, $F$, $C$ of any sizes $n$, $n_x$, $n_y$",),
        indices=(i, j, a, b, u, v, w, z),
        source="derived here; generating functions: $Theta(z,w) = I (x) Q + P (x) I + z w P (x) Q$",
        proof=(
            definition(
                "product rule",
                "Look at one entry of each matrix: row $y$, $x$ and column $y'$, $x'$ of $Theta_ij$, row "
                "$y$ and column $y'$ of $P$, and so on.  Let $D_i$ be the derivative of $W^i$ in entry $u$, "
                "$v$ of $W$.  That of $W$ is $e_u f_v$, a unit column times a unit row, and $W^{i+1}$ is "
                "$W$ times $W^i$.",
                And(
                    equation(D[0, u, v], 0),
                    equation(D[i + 1, u, v], first.e[u] * first.f[v] * W**i + W * D[i, u, v]),
                ),
            ),
            induction(
                "the places of $W$",
                "By induction on $i$: a sum over the places of the factor that is differentiated.",
                equation(D[i, u, v], Sum(W ** (i - 1 - a) * first.e[u] * first.f[v] * W**a, places)),
                i,
                ["product rule"],
            ),
            definition(
                "derivatives",
                "Let $s$ be $n^{-1/2}$, $r$ row $y$ of the identity of $n_y$ (with the entries $p_z$) and "
                "$c$ column $x$ of that of $n_x$ (with the entries $q_w$), so that $s^{i+1} r C W^i F c$ is "
                "the entry $y$, $x$ of $L_i$.  Its derivatives in entry $u$, $v$ of $W$, entry $z$, $u$ of "
                "$C$ and entry $u$, $w$ of $F$; and, primed, those of the entry $y'$, $x'$.",
                And(*(part for entry in (first, second) for part in entry.derivatives(s, D))),
            ),
            definition(
                "right chains",
                "Let $Z_{b,v}$ be the entry $v$, $x$ of $U_b$.",
                And(*(equation(e.Z[b, v], s**b * e.f[v] * W**b * F * e.c) for e in (first, second))),
            ),
            definition(
                "left chains",
                "Let $V_{a,u}$ be the entry $y$, $u$ of $V_a$.",
                And(*(equation(e.V[a, u], s**a * e.r * C * W**a * e.e[u]) for e in (first, second))),
            ),
            identity(
                "derivatives by chains",
                "At place $a$ of $W$ the chains $V_a$ and $U_{i-1-a}$ are left on its sides; at $C$ and $F$ "
                "one chain is.",
                And(*(part for entry in (first, second) for part in entry.by_chains(s, places))),
                ["derivatives", "the places of $W$", "right chains", "left chains"],
            ),
            definition(
                "the lag kernel",
                "The sum over all entries of $W$, of $C$ and of $F$ of products of derivatives; $G$ is the "
                "product of the two in an entry of $W$.",
                And(
                    equation(G[i, j, u, v], first.dW[i, u, v] * second.dW[j, u, v]),
                    equation(
                        Theta[i, j],
                        Sum(G[i, j, u, v], *transition)
                        + Sum(first.dC[i, z, u] * second.dC[j, z, u], readout, rows)
                        + Sum(first.dF[i, u, w] * second.dF[j, u, w], rows, input_),
                    ),
                ),
            ),
            definition(
                "the Grams",
                "$P_ab = s^2 V_a V_b'$ and $Q_ab = s^2 U_a' U_b$; and the identities as products of their "
                "rows.",
                And(
                    equation(P[a, b], s**2 * Sum(first.V[a, u] * second.V[b, u], rows)),
                    equation(Q[a, b], s**2 * Sum(first.Z[a, u] * second.Z[b, u], rows)),
                    equation(I_y, Sum(first.row[z] * second.row[z], readout)),
                    equation(I_x, Sum(first.column[w] * second.column[w], input_)),
                ),
            ),
            identity(
                "two places",
                "The product of the two derivatives in an entry of $W$ is a sum over a place in $W^i$ and "
                "one in $W^j$.",
                equation(G[i, j, u, v], Sum(summand, places, other_places)),
                ["the lag kernel", "derivatives by chains"],
            ),
            identity(
                "the statement",
                "Sum over the entries of $W$ before the places: for each pair of places the sums over $u$, "
                "left of them, and over $v$, right of them, separate, $P_ab$ and $Q_{i-1-a,j-1-b}$.  At $C$ "
                "the sum over $z$ leaves the identity and that over $u$ leaves $Q_ij$; at $F$ likewise "
                "$P_ij$ and the identity.",
                formula,
                ["the lag kernel", "two places", "derivatives by chains", "the Grams"],
            ),
            evidence(
                "word by word",
                "For $i$, $j <= 5$ the product rule, place by place on the words of $L_i$ and $L_j$, gives "
                "exactly the words of this identity.",
                _words_agree,
            ),
        ),
    )


class _Entry:
    """The names for one entry of L_i, its derivatives and its chains; a prime marks the other entry."""

    def __init__(self, prime: str) -> None:
        self.r, self.c = symbols(f"r{prime} c{prime}", commutative=False)
        self.e, self.f = Vectors("e"), Vectors("f")
        self.row, self.column, self.Z, self.V, self.dW, self.dC, self.dF = (
            IndexedBase(name + prime) for name in ("p", "q", "Z", "V", "dW", "dC", "dF")
        )

    def derivatives(self, s: Symbol, D: IndexedBase) -> Iterator[Any]:
        u, v, w, z = symbols("u v w z")
        scale = s ** (i + 1)
        yield equation(self.dW[i, u, v], scale * self.r * C * D[i, u, v] * F * self.c)
        yield equation(self.dC[i, z, u], scale * self.row[z] * self.f[u] * W**i * F * self.c)
        yield equation(self.dF[i, u, w], scale * self.r * C * W**i * self.e[u] * self.column[w])

    def by_chains(self, s: Symbol, places: Any) -> Iterator[Any]:
        u, v, w, z = symbols("u v w z")
        yield equation(self.dW[i, u, v], Sum(s**2 * self.V[a, u] * self.Z[i - 1 - a, v], places))
        yield equation(self.dC[i, z, u], s * self.row[z] * self.Z[i, u])
        yield equation(self.dF[i, u, w], s * self.V[i, u] * self.column[w])


def _words_agree(formula: Any) -> Iterator[Obligation]:
    """The words of each share of Theta_ij, as often as the formula has them."""
    for p in range(6):
        for q in range(6):
            kernel = sympy.expand(formula.rhs.subs({i: p, j: q}, simultaneous=True).doit())
            found: dict[str, list[tuple[str, str]]] = {letter: [] for letter in "WCF"}
            for term, times in kernel.as_coefficients_dict().items():
                grams = {part.base: part.indices for part in term.atoms(sympy.Indexed)}
                left, right = ("".join(_gram(name, grams.get(name))) for name in (P, Q))
                share = "W" if left and right else "C" if right else "F"
                found[share] += [(left, right)] * int(times)
            for share, words in found.items():
                yield f"{share}, {p}, {q}", sorted(words) == sorted(inner_products(p, q, share))


def _gram(name: IndexedBase, lags: Any) -> str:
    """The word of P_ab or Q_ab, empty for an identity."""
    if lags is None:
        return ""
    first, second = map(int, lags)
    return "C" + "W" * first + "w" * second + "c" if name == P else "f" + "w" * first + "W" * second + "F"


@cache
def gram_limits() -> Statement:
    """P_ab and Q_ab converge to multiples of the identity."""
    M, M_ = symbols("M M'")
    traces = power_traces()
    converge = And(
        equation(limit_of_mean(P[a, b]), p[a, b] * I_y), equation(limit_of_mean(Q[a, b]), q[a, b] * I_x)
    )
    limits = And(equation(p[a, b], nu_C * traces.formula.rhs), equation(q[a, b], nu_F * traces.formula.rhs))
    variances = And(_at_most(Var(P[a, b]), -1), _at_most(Var(Q[a, b]), -1))
    parts = (E(tr(M * M_)), E(tr(M * M)), Var(tr(M)))
    bounded = And(*(_at_most(part, k) for part in parts))
    return Statement(
        name="gram-limits",
        title="The lag Grams converge in mean square: $P_ab -> nu_C nu_W^a delta_ab I$ and $Q_ab -> nu_F "
        "nu_W^a delta_ab I$, with variances $O(1/n)$",
        formula=And(converge, limits, variances),
        variables={
            "P, Q": "entries of the lag Grams of lag-kernel",
            "I_y, I_x": "the same entries of the identity matrices of $n_y$ and $n_x$",
            "p, q": "$P_ab -> p_ab I$ and $Q_ab -> q_ab I$",
            "t": "$t_ab$ is the limit of $n^{-1-(a+b)/2} E tr(W^a W'^b)$, of power-traces",
            "a, b": "lags",
            "E, Var": "mean and variance",
            "deg": DEGREE,
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(a, b, k),
        source="second moments of Gaussian quadratic forms",
        uses=(stein_lemma(), trace_degree(), trace_factorisation(), traces),
        proof=(
            definition(
                "the limits",
                "They are those of normalised traces.",
                And(equation(p[a, b], nu_C * trace_limit[a, b]), equation(q[a, b], nu_F * trace_limit[a, b])),
            ),
            argument(
                "means",
                "Stein's lemma on the first $C$ of $tr(C W^a W'^b C')$: its only partner splits off "
                "$tr(I_{n_y})$ and leaves $tr(W^a W'^b)$.  A mean off the diagonal is 0, as a row of $C$ may "
                "change its sign.  So $E P_ab$ tends to $nu_C t_ab I$, and $E Q_ab$ to $nu_F t_ab I$ in the "
                "same way.",
                converge,
                ["stein-lemma", "the limits"],
            ),
            identity(
                "their values",
                "The limits $t_ab$ are known from power-traces.",
                limits,
                ["the limits", "power-traces"],
            ),
            lemma(
                "variance of a quadratic form",
                "For $M = W^a W'^b$ and independent Gaussian rows (Isserlis 1918): $Var(c_p M c_q') = "
                "nu_C^2 (E tr M M' + delta_pq E tr M M + delta_pq Var tr M)$, and an entry of $P_ab$ has "
                "the scale $n^{-1-(a+b)/2}$; likewise for $Q_ab$ with $W'^a W^b$, whose traces have the "
                "same law.",
                Implies(
                    bounded,
                    And(_at_most(Var(P[a, b]), k - 2 - a - b), _at_most(Var(Q[a, b]), k - 2 - a - b)),
                ),
            ),
            argument(
                "single traces",
                "$tr M M'$ and $tr M M$ are single traces of $2 (a + b)$ letters.",
                And(*(_at_most(part, a + b + 1) for part in parts[:2])),
                ["trace-degree"],
            ),
            argument(
                "the trace's variance",
                "$Var tr M$ is the covariance of two traces of $2 (a + b)$ letters together; it has even "
                "the degree $a + b$ at most.",
                _at_most(parts[2], a + b + 1),
                ["trace-factorisation"],
            ),
            logic(
                "the statement",
                "On the scale $n^{-2-(a+b)}$ all three are $O(1/n)$.",
                And(converge, limits, variances),
                [
                    "means",
                    "their values",
                    "variance of a quadratic form",
                    "single traces",
                    "the trace's variance",
                ],
                at={"variance of a quadratic form": {k: a + b + 1}},
            ),
            evidence(
                "exact second moments",
                "For $a$, $b <= 2$ the exact mean of $tr P_ab$ has the limit claimed, and its exact "
                "variance tends to 0 at the rate claimed.",
                _gram_moments,
            ),
        ),
    )


def _gram_moments(formula: Any) -> Iterator[Obligation]:
    mean, limit = (
        next(part.rhs for part in conjuncts(formula) if isinstance(part, sympy.Eq) and part.lhs == left)
        for left in (limit_of_mean(P[a, b]), p[a, b])
    )
    variance = next(
        part.gts
        for part in conjuncts(formula)
        if not isinstance(part, sympy.Eq) and part.lts == deg(Var(P[a, b]))
    )
    for first in range(3):
        for second in range(3):
            word = f"C W^{first} W'^{second} C'".replace("W^0 ", "").replace("W'^0 ", "")
            scale = n ** (1 + sympy.Rational(first + second, 2))
            exact = sympy.expand((moment(word, word) - moment(word) ** 2) / scale**2)
            claimed = mean.subs({p[a, b]: limit, I_y: n_y}).subs({a: first, b: second}, simultaneous=True)
            yield (
                f"the limit of E tr P_{first},{second}",
                sympy.limit(moment(word) / scale, n, sympy.oo) - claimed,
            )
            degree = sympy.degree(sympy.expand(exact * n**8), n) - 8
            yield f"deg Var tr P_{first},{second}", bool(degree <= variance)


@cache
def kernel_mean() -> Statement:
    """The mean of the lag kernel, in the limit: that of a product of Grams factors."""
    kernel = lag_kernel()
    grams = {gram: limit_of_mean(gram) for gram in kernel.formula.rhs.atoms(sympy.Indexed)}
    factored = kernel.formula.rhs.xreplace(grams)
    formula = equation(limit_of_mean(Theta[i, j]), factored)
    return Statement(
        name="kernel-mean",
        title="In the limit the mean lag kernel is made of the means of the Grams",
        formula=formula,
        variables={
            "Theta, P, Q": "entries of the lag kernel and of the lag Grams of lag-kernel",
            "I_y, I_x": IDENTITIES,
            "E": "mean",
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(i, j, a, b),
        source="factorisation of means",
        uses=(kernel, trace_factorisation()),
        proof=(
            argument(
                "means of products factor",
                "The mean is linear, and there are finitely many terms.  $P_ab$ is a quadratic form of $C$ "
                "and $Q_cd$ one of $F$, which are independent given $W$: the mean of $P_ab (x) Q_cd$ is "
                "$nu_C nu_F n^{-2-(a+b+c+d)/2} E[tr(W^a W'^b) tr(W'^c W^d)]$ times the identity, and that "
                "of either alone has one of the traces.  By trace-factorisation the mean of the product is "
                "the product of the means up to $O(n^-2)$.",
                equation(limit_of_mean(kernel.formula.rhs), factored),
                ["trace-factorisation"],
            ),
            identity(
                "the statement",
                "By the lag-kernel identity.",
                formula,
                ["lag-kernel", "means of products factor"],
            ),
        ),
    )


@cache
def lag_weights() -> Statement:
    """rho_i: the limit of the lag kernel."""
    formula = equation(rho[i], closed_forms.lag_weight(i, *W_S_P))
    return Statement(
        name="lag-weights",
        title="The lag weights $rho_i$: what the lag kernel is on its diagonal with the limits of the Grams",
        formula=formula,
        variables={
            "rho": "lag weights, as the first step defines them; by kernel-limit $Theta_ii -> rho_i I$",
            "i": "lag",
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE, "$i nu_W^{i-1}$ is 0 at $i = 0$"),
        indices=(i, a, b),
        source=PAPER,
        uses=(gram_limits(),),
        proof=(
            definition(
                "the lag weights",
                "Let $rho_i I$ be what lag-kernel makes, at $j = i$, of $p_ab I$ and $q_ab I$ in place of "
                "the Grams.",
                equation(rho[i], kernel_of(p, q).subs(j, i)),
            ),
            identity(
                "the statement",
                "Readout and input leave $nu_F nu_W^i$ and $nu_C nu_W^i$.  In the transition's share only "
                "$b = a$ is left, and every place of $W$ weighs the same, $nu_C nu_W^a nu_F nu_W^{i-1-a}$; "
                "there are $i$ of them.",
                formula,
                ["the lag weights", "gram-limits"],
            ),
            evidence(
                "exact polynomials",
                "For $i <= 6$ the exact mean $E Theta_ii$ is a polynomial in $1/n$ with the constant term "
                "$rho_i$.",
                lambda formula: _exact_means(formula, diagonal=True),
            ),
        ),
    )


def kernel_of(first: IndexedBase, second: IndexedBase) -> Any:
    """The right side of lag-kernel with multiples of the identity for the Grams."""
    return lag_kernel().formula.rhs.xreplace({P: first, Q: second, I_y: Integer(1), I_x: Integer(1)})


def _exact_means(formula: Any, diagonal: bool) -> Iterator[Obligation]:
    """The constant terms of the exact means against a formula for them, for entries on the diagonal."""
    for p in range(7):
        for q in [p] if diagonal else range(7):
            readout, input_, transition = ((*expected_share(p, q, letter), 0)[0] for letter in "CFW")
            power = nu_W ** sympy.Rational(p + q, 2)
            limit = power * (nu_F * readout + nu_C * input_) + nu_C * nu_F * power / nu_W * transition
            claimed = formula.rhs.subs({i: p, j: q, I_y: 1, I_x: 1}, simultaneous=True)
            weights = {
                weight: closed_forms.lag_weight(weight.indices[0], *W_S_P)
                for weight in claimed.atoms(sympy.Indexed)
            }
            yield f"E Theta_{p},{q}", limit - claimed.subs(weights)


@cache
def kernel_limit() -> Statement:
    """The lag kernel converges in mean square."""
    X, Y, x_, y_ = symbols("X Y x y")
    mean = equation(limit_of_mean(Theta[i, j]), rho[i] * KroneckerDelta(i, j) * I_y * I_x)
    formula = And(mean, _at_most(Var(Theta[i, j]), -1))
    letters = a + b + c + d
    parts = (cov(X * Y, X * Y), E(X**2 * y_), E(Y**2 * x_), E(x_ * y_))
    bounded = And(*(_at_most(part, k) for part in parts))
    term = P[a, b] * Q[c, d]
    return Statement(
        name="kernel-limit",
        title="The lag kernel converges in mean square, $Theta_ij -> rho_i delta_ij I$, with variance "
        "$O(1/n)$",
        formula=formula,
        variables={
            "Theta": "an entry of the lag kernel",
            "rho": "lag weights",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$ that belong to it",
            "i, j": "lags",
            "E, Var": "mean and variance",
            "deg": DEGREE,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(i, j, a, b, c, d, k),
        source=PAPER,
        uses=(
            trace_degree(),
            trace_factorisation(),
            lag_kernel(),
            gram_limits(),
            kernel_mean(),
            lag_weights(),
        ),
        proof=(
            identity(
                "the mean",
                "Let $i < j$ or $i > j$: in every term of the transition's share $a = b$ and $i - 1 - a = j "
                "- 1 - b$ exclude one another.  For $i = j$ it is $rho_i$.",
                mean,
                ["kernel-mean", "gram-limits", "gram-limits", "lag-weights"],
                splits=[(i, j)],
            ),
            argument(
                "orders",
                "Let $X = tr(W^a W'^b)$ and $Y = tr(W'^c W^d)$, and let $x$ and $y$ be single traces of "
                "twice the letters of $X$ and of $Y$.  All products have $2 (a + b + c + d)$ letters.",
                And(*(_at_most(part, letters + 3) for part in parts)),
                ["trace-degree", "trace-factorisation"],
            ),
            argument(
                "one term",
                "Given $W$, entries of $P_ab$ and $Q_cd$ are independent quadratic forms, of the means "
                "$nu_C X delta$ and $nu_F Y delta'$ times $n^{-1-(a+b)/2}$ and $n^{-1-(c+d)/2}$ ($delta$, "
                "$delta'$ entries of the identities), and of the second moments $nu_C^2 (delta X^2 + x)$ "
                "and $nu_F^2 (delta' Y^2 + y)$ times their squares, $x$ and $y$ being combinations of "
                "single traces.  So the variance of the product of the two is, on the scale "
                "$n^{-4-(a+b+c+d)}$, a combination of $cov(X Y, X Y)$, $E X^2 y$, $E Y^2 x$ and $E x y$.",
                Implies(bounded, _at_most(Var(term), k - 4 - letters)),
            ),
            logic(
                "every term",
                "The scale takes away one power of $n$ more than the orders have.",
                _at_most(Var(term), -1),
                ["orders", "one term"],
                at={"one term": {k: letters + 3}},
            ),
            argument(
                "the sum",
                "The lag kernel is a sum of $i j + 2$ terms such as these, and the variance of a sum of $N$ "
                "terms is at most $N$ times the sum of their variances.",
                _at_most(Var(Theta[i, j]), -1),
                ["lag-kernel", "gram-limits", "every term"],
            ),
            logic("the statement", "Together.", formula, ["the mean", "the sum"]),
            evidence(
                "exact polynomials",
                "For $i$, $j <= 6$ the exact mean $E Theta_ij$ is a polynomial in $1/n$ with the constant "
                "term claimed.",
                lambda formula: _exact_means(
                    next(part for part in formula.args if isinstance(part, sympy.Eq)), diagonal=False
                ),
            ),
        ),
    )


@cache
def impulse_response_prior() -> Statement:
    """The impulse response at initialisation (NNGP)."""
    L, u = IndexedBase("L"), IndexedBase("u")
    lags, other_lags = (j, 0, m - 1), (k, 0, m - 1)
    response = exp(sympy.I * Sum(u[j] * L[j], lags))
    energy = Sum(nu_C * u[j] * Q[j, k] * u[k], other_lags, lags)
    limit = Sum(nu_C * u[j] * q[j, k] * u[k], other_lags, lags)
    variance = Sum(closed_forms.prior_variance(j, nu_W, nu_C * nu_F) * u[j] ** 2, lags)
    formula = equation(limit_of_mean(response), exp(-variance / 2))
    return Statement(
        name="impulse-response-prior",
        title="At initialisation the entries of the impulse responses become independent Gaussians (NNGP)",
        formula=formula,
        variables={
            "L": "impulse responses $L_j = n^{-(j+1)/2} C W^j F$",
            "u": "any real $n_y$ by $n_x$ matrices; products of matrices are inner products, sums over "
            "entries",
            "m": "number of lags",
            "E": "mean: on the left the characteristic function of all entries of $L_0$, ..., $L_{m-1}$, on "
            "the right that of independent Gaussians",
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(a, b, j, k, m),
        source=PAPER,
        uses=(gram_limits(),),
        proof=(
            lemma(
                "conditional law",
                "Given $W$ and $F$, the entries of all $L_j = n^{-1/2} C U_j$ are linear images of the "
                "Gaussian $C$: jointly Gaussian of mean 0, rows independent, with covariance $nu_C U_j' U_k "
                "/ n = nu_C Q_jk$ along a row.  So given $W$ and $F$ the mean of $exp(i X)$, $X$ a "
                "combination of entries, is $exp(-Var X / 2)$.",
                equation(E(response), E(exp(-energy / 2))),
            ),
            argument(
                "mixtures",
                "The function $exp(-x/2)$ is bounded and continuous for $x >= 0$, and by gram-limits the "
                "Grams converge in probability, to the limits of their means: so the mean converges too "
                "(van der Vaart 1998, lemma 2.2 and theorem 2.3).",
                equation(limit_of_mean(exp(-energy / 2)), exp(-limit / 2)),
                ["gram-limits"],
            ),
            identity(
                "variances",
                "Of the limits $nu_C nu_F nu_W^j delta_jk I$ the diagonal is left.",
                equation(limit, variance),
                ["gram-limits"],
            ),
            identity(
                "the statement",
                "This is the characteristic function of independent Gaussians, to whose law the law "
                "converges (Levy's continuity theorem).",
                formula,
                ["conditional law", "mixtures", "variances"],
            ),
            evidence(
                "exact variances",
                "$E tr L_j L_j' / (n_x n_y)$ for $j <= 6$ is a polynomial in $1/n$ with the constant term "
                "that the second derivative of the formula has.",
                _prior_variances,
            ),
        ),
    )


def _prior_variances(formula: Any) -> Iterator[Obligation]:
    for lag in range(7):
        words = f"C W^{lag} F F' W'^{lag} C'" if lag else "C F F' C'"
        exact = sympy.expand(moment(words) / (n_x * n_y * n ** (lag + 1)))
        at = IndexedBase("u")[lag]
        characteristic = formula.rhs.subs(m, lag + 1).doit()
        claimed = -characteristic.diff(at, 2).subs({IndexedBase("u")[other]: 0 for other in range(lag + 1)})
        yield f"Var L_{lag}", sympy.limit(exact, n, sympy.oo) - claimed
