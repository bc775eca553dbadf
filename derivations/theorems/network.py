r"""The network at every width: its impulse response, and its tangent kernel by lags.

Unrolled, the network is a convolution with L_j = n^{-(j+1)/2} C W^j F.  The derivative of L_i in an entry of
W is a sum over the places of the factor that is differentiated, with the chain V_a = n^{-a/2} C W^a left of
the place and U_b = n^{-b/2} W^b F right of it.  Summed over all entries, the products of two derivatives
leave the Grams of the chains, P_ab = V_a V_b'/n and Q_ab = U_a' U_b/n:

    Theta_ij = I (x) Q_ij + P_ij (x) I + sum_{a<i} sum_{b<j} P_ab (x) Q_{i-1-a,j-1-b}

whatever the matrices and their sizes.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, IndexedBase, Sum, Symbol, sqrt, symbols

from derivations.lag_kernel import inner_products
from derivations.proof import Obligation, Statement
from derivations.rules import definition, evidence, identity, induction
from derivations.symbols import i, n, n_x, n_y
from derivations.theorems.model import I_x, I_y, P, Q, Theta, Vectors, equation

__all__ = ["impulse_response", "lag_kernel"]

a, b, j, t = symbols("a b j t")
C, F, W = symbols("C F W", commutative=False)
h, x, y = (Vectors(name) for name in "hxy")
IDENTITIES = "identity matrices of $n_y$, left of the Kronecker product, and of $n_x$, right of it"


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
