"""A diagonal transition that is trained through its eigenvalues, and eigenvalues uniform on a ring."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import And, Function, IndexedBase, KroneckerDelta, Limit, Sum, Symbol, symbols

from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, induction, lemma, limit, logic
from derivations.symbols import i, nu_C, nu_F
from derivations.theorems.model import E, I_x, I_y, Vectors, equation
from derivations.theorems.pieces import at, spelled_out
from derivations.theorems.two_point import RATES, Theta1, eta_C, eta_F, eta_W, plim

__all__ = ["ring_memory", "two_point_diagonal", "two_point_ring"]

a, b, j, k, u, r0, r1 = symbols("a b j k u r0 r1")
U, V = symbols("U V")
eigenvalue, conjugate = (Symbol(name, commutative=False) for name in ("lambda", "lambdabar"))
g, m, mu, r, G = (IndexedBase(name) for name in ("g", "m", "mu", "r", "G"))
D = Vectors("D")
Re = Function("Re")
MOMENTS = {
    "m[a, b]": "the mean of the real part of $lambda^a lambdabar^b$, $lambdabar$ the conjugate, over the law "
    "of the eigenvalues"
}


@cache
def two_point_diagonal() -> Statement:
    """The limit of the lag kernel for complex eigenvalues."""
    rule, power, unit = "product rule", "powers", "one unit"
    shares = (
        eta_C * I_y * U * r[i, j] + eta_F * V * I_x * r[i, j] + eta_W * V * U * i * j * r[i - 1, j - 1],
        eta_C * I_y * E(U) * m[i, j]
        + eta_F * E(V) * I_x * m[i, j]
        + eta_W * E(V) * E(U) * i * j * m[i - 1, j - 1],
    )
    limit_ = (eta_C * nu_F + eta_F * nu_C) * m[i, j] + eta_W * nu_C * nu_F * i * j * m[i - 1, j - 1]
    formula = equation(plim(Theta1[i, j]), limit_ * I_y * I_x)
    return Statement(
        name="two-point-diagonal",
        title="With a diagonal transition, trained through its eigenvalues, $Theta_ij -> (eta_C nu_F + eta_F "
        "nu_C) m_ij + eta_W nu_C nu_F i j m_{i-1,j-1}$: the factor is $i j$, where a dense transition has a "
        "sum",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel with rates: the sum of $dL_i (x) dL_j$ times the rate over the "
            "real and the imaginary parts of all parameters, $L_i$ being the real part of the sum over $k$ "
            "of $n^{-1/2} c_k lambda_k^i f_k$",
            **MOMENTS,
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
            **RATES,
            "nu_F": "mean squared modulus of the input matrix's entries",
            "nu_C": "mean squared modulus of the readout matrix's entries",
        },
        assumptions=(
            "eigenvalues and entries of $F$ and $C$ complex and independent, those of each identically "
            "distributed, the entries of mean 0, all moments finite; or real, with real "
            "$F$ and $C$",
            "$n_x$, $n_y$ and the lags fixed",
            "$i j m_{i-1,j-1}$ is 0 where $i$ or $j$ is 0",
        ),
        indices=(i, j, a, b),
        source="derived here; the diagonal layers of Gu et al. 2022 (S4D) and Orvieto et al. 2023 (LRU), "
        "without gates and nonlinearities",
        proof=(
            definition(
                rule,
                "Let $D_i$ be the derivative of $lambda^i$.",
                And(equation(D[0], 0), equation(D[i + 1], eigenvalue**i + eigenvalue * D[i])),
            ),
            induction(
                power,
                "By induction on $i$; as a number commutes with itself the $i$ places are all alike.",
                equation(D[i], i * eigenvalue ** (i - 1)),
                i,
                [rule],
                splits=[i],
            ),
            definition(
                "the moments",
                "Of one eigenvalue.",
                And(
                    equation(r[a, b], Re(eigenvalue**a * conjugate**b)),
                    equation(m[a, b], E(r[a, b])),
                ),
            ),
            argument(
                unit,
                "Where a complex parameter $q$ moves, an entry of $L_i$ moves by the real part of $g_i dq$ "
                "for some $g_i$: the products of the derivatives in its real and its imaginary part add up "
                "to the real part of $g_i$ times the conjugate of $g_j$.  For $c_k$, $f_k$ and $lambda_k$ "
                "these are $n^{-1/2}$ times $lambda^i f$, $c lambda^i$ and $c D_i f$.  So the unit "
                "contributes $1/n$ of $G_ij$, $U$ being $f_x$ times the conjugate of $f_x'$ and $V$ the "
                "same of $c$: real numbers for the same entries; for different ones the real part of the "
                "whole product is meant, whose mean is 0 as well.",
                equation(G[i, j], shares[0]),
                [power, "the moments"],
            ),
            lemma(
                "law of large numbers",
                "The mean of $n$ independent units of the same law, of finite mean, tends to that mean in "
                "probability (Khinchin).",
                equation(plim(Theta1[i, j]), E(G[i, j])),
            ),
            lemma(
                "independence",
                "The mean of a product of independent factors is the product of the means.",
                equation(E(G[i, j]), shares[1]),
                [unit, "the moments"],
            ),
            argument(
                "variances",
                "Different entries are independent, of mean 0.",
                And(equation(E(U), nu_F * I_x), equation(E(V), nu_C * I_y)),
            ),
            identity(
                "the statement",
                "Together.",
                formula,
                ["law of large numbers", "independence", "variances"],
            ),
            evidence(
                "derivatives taken",
                "Two units of given eigenvalues, all entries of one modulus: the derivatives of $L_i$ and "
                "$L_j$, $i$, $j <= 3$, in the real and imaginary parts of all parameters, exactly.",
                _derivatives,
            ),
        ),
    )


def _derivatives(formula: Any) -> Iterator[Obligation]:
    half = sympy.Rational(1, 2)
    units = (
        (1 + 2 * sympy.I, half + sympy.I / 3, 3 - sympy.I),
        (2 - sympy.I, 1 - half * sympy.I, -1 + 3 * sympy.I),
    )
    parts = symbols("c1 c2 x y f1 f2", real=True)
    rates = (eta_C, eta_C, eta_W, eta_W, eta_F, eta_F)
    c, z, f = (first + sympy.I * second for first, second in zip(parts[::2], parts[1::2], strict=True))
    slopes = []
    for lag in range(4):
        response, _ = sympy.expand(c * z**lag * f).as_real_imag()
        slopes.append([response.diff(part) for part in parts])

    def moment(p: int, q: int) -> sympy.Expr:
        values = (sympy.expand(z**p * sympy.conjugate(z) ** q) for _, z, _ in units)
        return sympy.Add(*(sympy.re(value) for value in values)) / 2

    for p in range(4):
        for q in range(4):
            kernel = sympy.Add(
                *(rate * x * y for rate, x, y in zip(rates, slopes[p], slopes[q], strict=True))
            )
            exact = sympy.Integer(0)
            for unit in units:
                values = [part for number in unit for part in number.as_real_imag()]
                exact += kernel.xreplace(dict(zip(parts, values, strict=True))) / 2
            claimed = at(formula.rhs, i=p, j=q, I_y=1, I_x=1, nu_C=5, nu_F=10)
            moments = {name: moment(*map(int, name.indices)) for name in claimed.atoms(sympy.Indexed)}
            yield f"Theta_{p},{q}", exact - claimed.xreplace(moments)


@cache
def two_point_ring() -> Statement:
    """The moments of a law that is uniform in area between two circles."""
    powers, width = r1 ** (2 * a + 2) - r0 ** (2 * a + 2), r1**2 - r0**2
    total = Sum(r1 ** (2 * k) * r0 ** (2 * a - 2 * k), (k, 0, a))
    value = equation(m[a, b], KroneckerDelta(a, b) * powers / ((a + 1) * width))
    spelled = equation((a + 1) * m[a, a], total)
    formula = And(value, spelled)
    return Statement(
        name="two-point-ring",
        title="On a ring of radii $r_0$ to $r_1$ the moments are $(r_1^{2i+2} - r_0^{2i+2}) / ((i + 1) "
        "(r_1^2 - r_0^2))$ on the diagonal and 0 beside it",
        formula=formula,
        variables={
            **MOMENTS,
            "r0, r1": "radii of the circles between which the eigenvalues are uniform in area",
        },
        assumptions=(),
        indices=(a, b, k),
        conditions=(r0 >= 0, r1 > r0),
        source="elementary; initialisation of Orvieto et al. 2023",
        proof=(
            definition(
                "powers of a uniform number",
                "Let $mu_a$ be the mean of $u^a$, $u$ uniform between $r_0^2$ and $r_1^2$.",
                equation(mu[a], E(u**a)),
            ),
            argument(
                "polar coordinates",
                "For $lambda = r e^{i phi}$ area is $r dr dphi$: the phase is uniform and independent of "
                "$r$, and $u = r^2$ is uniform between $r_0^2$ and $r_1^2$, as $2 r dr = du$.  The mean of "
                "$e^{i (a - b) phi}$ is 1 for $a = b$ and 0 else, and there $lambda^a lambdabar^a = u^a$.",
                equation(m[a, b], KroneckerDelta(a, b) * mu[a]),
                ["powers of a uniform number"],
            ),
            identity(
                "an antiderivative",
                "Of $u^a$.",
                equation(sympy.Derivative(u ** (a + 1) / (a + 1), u), u**a),
            ),
            lemma(
                "the fundamental theorem",
                "The mean of $u^a$ is its integral over the interval by the interval's length.",
                equation(mu[a], (r1 ** (2 * a + 2) / (a + 1) - r0 ** (2 * a + 2) / (a + 1)) / width),
                ["powers of a uniform number", "an antiderivative"],
            ),
            identity(
                "the moments",
                "On the diagonal.",
                value,
                ["polar coordinates", "the fundamental theorem"],
            ),
            definition(
                "a geometric sum",
                "Let $g_a$ be the sum of $r_1^{2k} r_0^{2a-2k}$ over $k <= a$, term by term.",
                And(equation(g[0], 1), equation(g[a + 1], r0**2 * g[a] + r1 ** (2 * a + 2))),
            ),
            induction(
                "its terms",
                "By induction on $a$.",
                equation(g[a], total),
                a,
                ["a geometric sum"],
            ),
            induction(
                "its value",
                "By induction on $a$.",
                equation(g[a], powers / width),
                a,
                ["a geometric sum"],
            ),
            identity(
                "a quotient without a remainder",
                "On the diagonal.",
                equation(m[a, a], g[a] / (a + 1)),
                ["the moments", "its value"],
            ),
            identity("as a sum", "Term by term.", spelled, ["a quotient without a remainder", "its terms"]),
            logic("the statement", "Together.", formula, ["the moments", "as a sum"]),
            evidence(
                "integrals",
                "For $a$, $b <= 2$ both integrals, over the radius and over the phase, exactly.",
                _integrals,
            ),
        ),
    )


def _integrals(formula: Any) -> Iterator[Obligation]:
    radius, phase = symbols("r phi", real=True)
    value, spelled = sorted(conjuncts(formula), key=lambda part: not part.has(KroneckerDelta))
    for p in range(3):
        for q in range(3):
            over_radius = sympy.integrate(2 * radius ** (p + q + 1) / (r1**2 - r0**2), (radius, r0, r1))
            over_phase = sympy.integrate(sympy.cos((p - q) * phase), (phase, 0, 2 * sympy.pi))
            exact = over_radius * over_phase / (2 * sympy.pi)
            yield f"m_{p},{q}", exact - at(value.rhs, a=p, b=q)
            if p == q:
                yield f"m_{p},{p} as a sum", (p + 1) * exact - spelled_out(at(spelled.rhs, a=p))


@cache
def ring_memory() -> Statement:
    """The shares of the lag weights on a ring that reaches the unit circle."""
    formula = And(
        equation(Limit(i * m[i, i], i, sympy.oo), 1 / (1 - r0**2)),
        equation(Limit((i + 1) * m[i, i], i, sympy.oo), 1 / (1 - r0**2)),
    )
    return Statement(
        name="ring-memory",
        title="On a ring that reaches the unit circle the shares of readout and input fall like $1/i$ while "
        "that of the transition grows like $i$",
        formula=formula,
        variables={
            **MOMENTS,
            "i": "lag: readout and input weigh $m_ii$; by two-point-diagonal the transition's share at lag "
            "$i + 1$ is $(i + 1)^2 m_ii$, which is $i + 1$ times the second limit",
            "r0": "the inner radius",
        },
        assumptions=(),
        indices=(i, a, b),
        conditions=(r0 >= 0, r0 < 1, sympy.Eq(r1, 1)),
        source="elementary",
        uses=(two_point_ring(),),
        proof=(
            limit(
                "the statement",
                "The power of $r_0$ vanishes.",
                formula,
                ["two-point-ring"],
            ),
            evidence(
                "long lags",
                "At lag 1000 and $r_0 = 1/2$ both are within a hundredth of the limit.",
                _long_lags,
            ),
        ),
    )


def _long_lags(formula: Any) -> Iterator[Obligation]:
    lag, inner = 1000, sympy.Rational(1, 2)
    moment = (1 - inner ** (2 * lag + 2)) / ((lag + 1) * (1 - inner**2))
    for part in conjuncts(formula):
        value = part.lhs.args[0].xreplace({i: sympy.Integer(lag), m[i, i]: moment})
        yield str(part.lhs.args[0]), bool(abs(value - part.rhs.xreplace({r0: inner})) < inner**6)
