"""The network's own statements: impulse response, lag kernel, its limit, and what it is equivalent to."""

from collections.abc import Iterator

import sympy
from sympy import Indexed, Integer, Symbol, symbols

from derivations import closed_forms
from derivations.lag_kernel import expected_share, inner_products
from derivations.moments import moment
from derivations.power_words import cut, encode
from derivations.proof import Obligation, Statement, evidence, identity, induction, lemma, telescoping
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
GAUSSIAN = "W, F, C independent with entries N(0, nu_W), N(0, nu_F), N(0, nu_C)"

a, b, c, d, j, t, z, y = symbols("a b c d j t z y")
k, el, r, el2, r2 = symbols("k l r l2 r2")


def impulse_response() -> Statement:
    """The network unrolled."""
    C, W, F = symbols("C W F", commutative=False)
    scale = n ** (-(j + 1) / 2)
    step = W / sympy.sqrt(n)
    hidden = n ** (-j / 2) * W**j * F
    return Statement(
        name="impulse-response",
        title="The network is a convolution with the impulse response L_j",
        formula=sympy.Eq(Indexed("L", j), scale * C * W**j * F, evaluate=False),
        variables={
            "L": "impulse response: y_t is the sum over j <= t of L_j x_{t-j}",
            "j": "lag",
            "n": "width",
            "C, W, F": "readout, transition and input matrix",
        },
        assumptions=("h_{-1} = 0", "j is an integer >= 0"),
        source="unrolling the recursion",
        proof=(
            identity(
                "newest input",
                "Claim: h_t is the sum over j <= t of n^{-j/2} W^j F x_{t-j}, by induction on t.  The input "
                "x_t enters as F x_t, the term j = 0.",
                hidden.subs(j, 0),
                F,
            ),
            identity(
                "older inputs",
                "n^{-1/2} W h_{t-1} has x_{t-j}, j >= 1, with the coefficient of lag j - 1 times n^{-1/2} W: "
                "that of lag j.",
                n ** (-j / 2) * sympy.expand(step * sympy.sqrt(n) * W ** (j - 1) * F),
                hidden,
            ),
            identity(
                "readout",
                "The readout multiplies by n^{-1/2} C.",
                scale * C * W**j * F,
                scale * n ** (j / 2) * C * hidden,
            ),
        ),
    )


def lag_kernel() -> Statement:
    """The finite-width NTK is a two-dimensional convolution of two Gram matrices."""
    positions = (el**i - r**i) / (el - r)
    summed = z / ((1 - el * z) * (1 - r * z))
    P, Q = sympy.IndexedBase("P"), sympy.IndexedBase("Q")
    left, right, left2, right2 = symbols("A_pu B_vq A2_pu B2_vq")
    gram_scale = -1 - (a + b) / 2
    return Statement(
        name="lag-kernel",
        title="At every width the lag kernel is a 2-D convolution of two Gram matrices",
        formula=sympy.Eq(
            Indexed("Theta", i, j),
            Q[i, j] + P[i, j] + sympy.Sum(P[a, b] * Q[i - 1 - a, j - 1 - b], (a, 0, i - 1), (b, 0, j - 1)),
            evaluate=False,
        ),
        variables={
            "Theta[i, j]": "sum over all parameters of dL_i (x) dL_j, an (n_y n_x) x (n_y n_x) matrix",
            "P[a, b]": "V_a V_b' / n with V_a = n^{-a/2} C W^a; stands left of (x), alone for P (x) I",
            "Q[a, b]": "U_a' U_b / n with U_a = n^{-a/2} W^a F; stands right of (x), alone for I (x) Q",
        },
        assumptions=("any n, n_x, n_y >= 1 and any W, F, C",),
        source="derived here; generating functions: Theta(z,w) = I (x) Q + P (x) I + z w P (x) Q",
        uses=(impulse_response(),),
        proof=(
            induction(
                "product rule",
                "Let l and r multiply dW by W from the left and from the right; they commute.  The recursion "
                "d(W^{i+1}) = dW W^i + W d(W^i) with d(W^0) = 0 is solved by the sum over the positions of "
                "dW, (l^i - r^i)/(l - r) = sum of l^a r^b over a + b = i - 1.",
                sympy.Eq(Symbol("d(W^i)"), positions, evaluate=False),
                positions.subs(i, 0),
                positions.subs(i, i + 1) - (r**i + el * positions),
            ),
            identity(
                "all positions at once",
                "In partial fractions the generating function of these sums is z/((1 - l z)(1 - r z)): a "
                "free chain of W on either side of dW, one lag spent on dW.",
                (1 / (1 - el * z) - 1 / (1 - r * z)) / (el - r),
                summed,
            ),
            identity(
                "contraction",
                "Entry by entry <A dX B, A~ dX B~> = (A A~') (x) (B' B~): the entry (u, v) of dX contributes "
                "A_pu B_vq A~_p'u B~_vq', and the sums over u and v separate.",
                (left * right) * (left2 * right2),
                (left * left2) * (right * right2),
            ),
            identity(
                "convolution",
                "For two lags with variables z and y the transition's share is z y P(z,y) (x) Q(z,y), where "
                "chains of the two networks meet left of dW in P = 1/((1 - l z)(1 - l~ y)) and right of it "
                "in Q.",
                summed * summed.subs({z: y, el: el2, r: r2}, simultaneous=True),
                z * y / ((1 - el * z) * (1 - el2 * y)) / ((1 - r * z) * (1 - r2 * y)),
            ),
            identity(
                "powers of n, transition",
                "The scales of L_i and L_j are those of P_ab and Q_cd for a + c = i - 1, b + d = j - 1.",
                -(i + 1) / 2 - (j + 1) / 2,
                gram_scale + gram_scale.subs({a: i - 1 - a, b: j - 1 - b}, simultaneous=True),
            ),
            identity(
                "powers of n, readout and input",
                "dL_i/dC leaves W^i F right of dC, hence I (x) Q_ij; dL_i/dF leaves C W^i, hence P_ij (x) I.",
                -(i + 1) / 2 - (j + 1) / 2,
                gram_scale.subs({a: i, b: j}, simultaneous=True),
            ),
            evidence(
                "word by word",
                "For i, j <= 5 the product rule, place by place on the words of L_i and L_j, gives exactly "
                "the words of this identity.",
                _words_agree,
            ),
        ),
    )


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


def gram_limits() -> Statement:
    """P_ab and Q_ab converge to multiples of the identity."""
    half = (a + b) / 2
    trace_scale = -1 - half  # of n, in (1/n) c M c' with M = n^{-half} W^a W'^b
    quadratic = (("C", Integer(1)), ("W", a), ("w", b), ("c", Integer(1)))
    return Statement(
        name="gram-limits",
        title="The lag Grams converge: P_ab -> nu_C nu_W^a delta_ab I and Q_ab -> nu_F nu_W^a delta_ab I",
        formula=sympy.And(
            sympy.Eq(Indexed("P", a, b), nu_C * nu_W**a * sympy.KroneckerDelta(a, b), evaluate=False),
            sympy.Eq(Indexed("Q", a, b), nu_F * nu_W**a * sympy.KroneckerDelta(a, b), evaluate=False),
            evaluate=False,
        ),
        variables={"P, Q": "limits in mean square of the lag Grams", "a, b": "lags", **MEANING},
        assumptions=(GAUSSIAN, "n goes to infinity, n_x, n_y, a, b fixed"),
        source="second moments of Gaussian quadratic forms",
        uses=(power_traces(), trace_factorisation(), stein_lemma()),
        proof=(
            identity(
                "mean",
                "Stein's lemma on the first C of tr(C W^a W'^b C'): its only partner splits off tr(I_{n_y}) "
                "and leaves tr(W^a W'^b).  So E P_ab = nu_C t_ab I, and E Q_ab = nu_F t_ab I in the same "
                "way.",
                encode(*cut(quadratic, 3, Integer(1))),
                encode((("W", a), ("w", b)), ()),
            ),
            lemma(
                "variance of a quadratic form",
                "For independent Gaussian rows (Isserlis 1918): Var(c_p M c_q') = nu_C^2 (E tr M M' + "
                "delta_pq E tr M M + delta_pq Var tr M).",
            ),
            identity(
                "one trace loses a power of n",
                "tr M M' and tr M M are single traces of 2(a + b) letters, of degree a + b + 1 at most; "
                "with the scale n^{-2-(a+b)} they are O(1/n).",
                (a + b + 1) + 2 * trace_scale,
                Integer(-1),
            ),
            identity(
                "the trace's variance loses two",
                "By trace-factorisation, Var tr(W^a W'^b) has degree a + b at most.  So the variance of "
                "every entry of P_ab vanishes: convergence in mean square.",
                (a + b) + 2 * trace_scale,
                Integer(-2),
            ),
            evidence(
                "exact second moments",
                "For a, b <= 2 the exact variance of tr P_ab tends to 0 like 1/n.",
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


def lag_weights() -> Statement:
    """rho_i: the limit of the lag kernel."""
    P_limit = nu_C / (1 - nu_W * z * y)
    Q_limit = nu_F / (1 - nu_W * z * y)
    theta_limit = Q_limit + P_limit + z * y * P_limit * Q_limit
    positions = nu_C * nu_W**k * nu_F * nu_W ** (i - 1 - k)
    closed = k * nu_C * nu_F * nu_W ** (i - 1)
    step = telescoping(
        "the sum over positions",
        "In the transition's share every position of dW weighs the same, nu_C nu_W^a nu_F nu_W^b with "
        "a + b = i - 1; there are i of them.",
        positions,
        k,
        closed,
    )
    return Statement(
        name="lag-weights",
        title="In the limit the lag kernel is diagonal, with the lag weights rho_i",
        formula=sympy.Eq(Indexed("rho", i), closed_forms.lag_weight(i, *VARIANCES), evaluate=False),
        variables={
            "rho": "Theta_ij converges to rho_i delta_ij I in mean square",
            "i": "lag",
            **MEANING,
        },
        assumptions=("i is an integer >= 0", GAUSSIAN, "n goes to infinity", "i nu_W^(i-1) is 0 at i = 0"),
        source=PAPER,
        uses=(lag_kernel(), gram_limits(), weights_generating_function()),
        proof=(
            identity(
                "only the diagonal",
                "By gram-limits and the lag-kernel identity the limit's generating function Theta(z, y) "
                "obeys z d/dz = y d/dy: it is a function of z y alone, hence Theta_ij -> 0 for i != j.  "
                "(Means of products factor by trace-factorisation, and what converges in mean square "
                "multiplies.)",
                z * sympy.diff(theta_limit, z),
                y * sympy.diff(theta_limit, y),
            ),
            step,
            identity(
                "the weight",
                "Readout, input and transition together.",
                nu_F * nu_W**i + nu_C * nu_W**i + closed.subs(k, i),
                closed_forms.lag_weight(i, *VARIANCES),
            ),
            *(
                identity(
                    f"lag {lag}",
                    "Where the symbolic form has nu_W^(i-1) or the sum is empty.",
                    nu_F * nu_W**lag + nu_C * nu_W**lag + (nu_C * nu_F if lag else 0),
                    closed_forms.lag_weight(Integer(lag), *VARIANCES),
                )
                for lag in (0, 1)
            ),
            identity(
                "generating function",
                "The same along the generating functions: the limit of Theta(z, y) is G(z y).",
                theta_limit,
                closed_forms.generating_function(z * y, *VARIANCES),
            ),
            evidence(
                "exact polynomials",
                "For i, j <= 6 the exact mean E Theta_ij is a polynomial in 1/n with constant term "
                "rho_i delta_ij.",
                _exact_means,
            ),
        ),
    )


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


def impulse_response_prior() -> Statement:
    """The impulse response at initialisation (NNGP)."""
    m = symbols("m")
    return Statement(
        name="impulse-response-prior",
        title="At initialisation the impulse responses are independent Gaussians in the limit (NNGP)",
        formula=sympy.Eq(Symbol("Var(L_j)"), closed_forms.prior_variance(j, *VARIANCES), evaluate=False),
        variables={"L_j": "each entry of the impulse response at lag j, in the limit", **MEANING},
        assumptions=(GAUSSIAN, "n goes to infinity, n_x, n_y, j fixed"),
        source=PAPER,
        uses=(impulse_response(), gram_limits()),
        proof=(
            lemma(
                "conditional law",
                "Given W and F, the entries of all L_j = n^{-1/2} C U_j are linear images of the Gaussian "
                "C: jointly Gaussian of mean 0, rows independent, with covariance nu_C U_i' U_j / n = nu_C "
                "Q_ij.",
            ),
            identity(
                "its limit",
                "By gram-limits it tends to nu_C nu_F nu_W^j delta_ij I, which is deterministic.",
                nu_C * (nu_F * nu_W**j),
                closed_forms.prior_variance(j, *VARIANCES),
            ),
            lemma(
                "mixtures",
                "A Gaussian with a random covariance that converges in probability to a constant converges "
                "in law to the Gaussian with that covariance: its characteristic function is E exp(-u' "
                "Sigma u / 2), bounded and continuous in Sigma (Levy's continuity theorem).  Uncorrelated "
                "means independent.",
            ),
            evidence(
                "exact variances",
                "E tr L_j L_j' / (n_x n_y) for j <= 6 is a polynomial in 1/n with that constant term.",
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


def scaled_convolution() -> Statement:
    """The convolution whose NTK is that of the wide network."""
    theta, rho = symbols("theta_j rho_j")
    x, x2 = symbols("x_{t-j} x'_{s-j}")
    return Statement(
        name="scaled-convolution",
        title="A convolution with lag j scaled by sqrt(rho_j) has the wide network's NTK, at every size",
        formula=sympy.Eq(
            Indexed("K", t, Symbol("s")),
            sympy.Sum(
                Indexed("rho", j) * Indexed("x", t - j) * Indexed("x2", Symbol("s") - j),
                (j, 0, sympy.Min(t, Symbol("s"))),
            ),
            evaluate=False,
        ),
        variables={
            "K": "NTK of two sequences at times t and s, times the identity of n_y: T(x)' D(rho) T(x2)",
            "x, x2": "the sequences; products of inputs are inner products",
            "rho": "lag weights",
        },
        assumptions=("L_j = sqrt(rho_j) theta_j, y = L * x, theta the parameters",),
        source=PAPER,
        uses=(lag_weights(),),
        proof=(
            identity(
                "one lag",
                "dy_t/dtheta_j = sqrt(rho_j) x_{t-j} for one coordinate of input and output, and 0 for "
                "other outputs; so lag j contributes rho_j <x_{t-j}, x'_{s-j}> to the kernel, times the "
                "identity of n_y, whatever theta.",
                sympy.diff(sympy.sqrt(rho) * theta * x, theta)
                * sympy.diff(sympy.sqrt(rho) * theta * x2, theta),
                rho * x * x2,
            ),
            identity(
                "the network's kernel",
                "So its lag kernel is rho_j delta_ij I, with the generating function G(z y), and that is the "
                "limit of the network's: P and Q convolved.",
                closed_forms.generating_function(z * y, *VARIANCES),
                (nu_C + nu_F) / (1 - nu_W * z * y) + z * y * nu_C * nu_F / (1 - nu_W * z * y) ** 2,
            ),
        ),
    )


def kernel_recursion() -> Statement:
    """The kernel by recursion along its diagonals, with non-negative coefficients only."""
    shift, gram = symbols("D G")
    A = gram / (1 - nu_W * shift)
    B = shift * A / (1 - nu_W * shift)
    return Statement(
        name="kernel-recursion",
        title="The NTK of two sequences by a recursion along its diagonals",
        formula=sympy.Eq(
            Symbol("K"), (nu_C + nu_F) * Symbol("A") + nu_C * nu_F * Symbol("B"), evaluate=False
        ),
        variables={
            "A": "A[t,s] = nu_W A[t-1,s-1] + <x_t, x'_s>",
            "B": "B[t,s] = nu_W B[t-1,s-1] + A[t-1,s-1]",
            "K": "the NTK of the two sequences, T(x)' D(rho) T(x')",
            **MEANING,
        },
        assumptions=("A and B are 0 for negative times", NON_NEGATIVE),
        source="derived here",
        uses=(scaled_convolution(), weights_generating_function()),
        proof=(
            identity(
                "A",
                "Let D shift both times by one and G be the Gram of the inputs: A = nu_W D A + G.",
                nu_W * shift * A + gram,
                A,
            ),
            identity(
                "B",
                "B = nu_W D B + D A.",
                nu_W * shift * B + shift * A,
                B,
            ),
            identity(
                "K",
                "The generating function of the weights in D, applied to G: K is the sum of rho_j D^j G.",
                (nu_C + nu_F) * A + nu_C * nu_F * B,
                closed_forms.generating_function(shift, *VARIANCES) * gram,
            ),
        ),
    )


def bias() -> Statement:
    """A bias vector is an input that is constantly one."""
    nu_b = Symbol("nu_b")
    m = symbols("m")
    return Statement(
        name="bias",
        title="A bias vector acts as an input that is constantly 1, with its own variance",
        formula=sympy.Eq(
            Symbol("K_bias"),
            closed_forms.partial_sum(m, nu_W, nu_b, nu_C),
            evaluate=False,
        ),
        variables={
            "K_bias": "what a bias adds to K at times t and s",
            "m": "min(t, s) + 1, the number of lags that both times see",
            "nu_b": "variance of the bias vector's entries",
            **MEANING,
        },
        assumptions=(
            "h_t = n^{-1/2} W h_{t-1} + F x_t + b, entries of b independent N(0, nu_b)",
            "nu_W != 1",
        ),
        source="derived here",
        uses=(lag_weights(), scaled_convolution()),
        proof=(
            identity(
                "one more column",
                "F x_t + b = [F b] [x_t; 1].  The columns of F enter the Grams Q separately, each with its "
                "own variance, so the limit of Q is diagonal with nu_b nu_W^a for b, and the weight of its "
                "coordinate is rho_i with nu_b for nu_F.",
                nu_b * nu_W**i + nu_C * nu_W**i + i * nu_C * nu_W ** (i - 1) * nu_b,
                closed_forms.lag_weight(i, nu_W, nu_b, nu_C),
            ),
            telescoping(
                "constant input",
                "The coordinate's inputs are 1 at all times, so K_bias is the sum of the first min(t, s) + "
                "1 of these weights.",
                closed_forms.lag_weight(m, nu_W, nu_b, nu_C),
                m,
                closed_forms.partial_sum(m, nu_W, nu_b, nu_C),
            ),
        ),
    )
