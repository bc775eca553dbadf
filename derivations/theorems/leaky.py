r"""A network that keeps a part of its state: the transition lambda + n^{-1/2} W.

A number commutes with X = n^{-1/2} W, so by the binomial theorem the powers of the transition are those of X,
spread over the lags.  At every width that is so of the impulse response and its derivatives, hence of the lag
kernel, whatever the matrices; in the limit, where X has the two-point function nu_W^k delta_jk, of that of
the transition:

    T_ab = sum_k binom(a,k) binom(b,k) lambda^{a+b-2k} nu_W^k

with the generating function 1/((1 - lambda z)(1 - lambda w) - nu_W z w); and of the limit of the lag kernel,
with rho_k for nu_W^k.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import (
    And,
    Function,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Matrix,
    Min,
    Sum,
    Symbol,
    binomial,
    symbols,
)

from derivations import closed_forms
from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, I_x, I_y, Theta, equation, rho
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import at, order, power_word, spelled_out
from derivations.theorems.two_point import (
    RATES,
    T,
    Theta1,
    eta_C,
    eta_F,
    eta_W,
    plim,
    two_point_kernel,
    two_point_weights,
)
from derivations.theorems.universality import T0, two_point_universality

__all__ = ["leaky_kernel", "leaky_lag_kernel", "two_point_leaky"]

a, b, d, j, k, l, m = symbols("a b d j k l m")  # noqa: E741 - a lag
decay = Symbol("lambda")
binom = Function("binom")
B, S, Theta2 = (IndexedBase(name) for name in ("B", "S", "Theta2"))


def _pascal(name: Any, text: str, factor: Any = 1) -> Any:
    """The definition of a function, or a sequence, as Pascal's triangle, or that of ``(factor + X)**a``."""
    return definition(
        text,
        "Every number is the sum of the two above it"
        + (
            "."
            if factor == 1
            else ", the one above it times $lambda$: what multiplying by $lambda + X$ does."
        ),
        And(
            equation(name(Integer(0), Integer(0)), 1),
            equation(name(Integer(0), k + 1), 0),
            equation(name(a + 1, Integer(0)), factor * name(a, Integer(0))),
            equation(name(a + 1, k + 1), factor * name(a, k + 1) + name(a, k)),
        ),
    )


@cache
def two_point_leaky() -> Statement:
    """The two-point function in closed form, and its recursion."""

    def coefficient(power: Any, term: Any) -> Any:
        return B[power, term]

    closed = Sum(binom(a, k) * binom(b, k) * decay ** (a + b - 2 * k) * nu_W**k, (k, 0, Min(a, b)))
    step = decay * T[a + 1, b] + decay * T[a, b + 1] + (nu_W - decay**2) * T[a, b]
    recursion = equation(T[a + 1, b + 1], step)
    ends = And(equation(T[a, 0], decay**a), equation(T[0, b], decay**b))
    formula = And(equation(T[a, b], closed), ends, recursion)
    expansion = Sum(B[a, j] * B[b, k] * T0[j, k], (k, 0, b), (j, 0, a))
    return Statement(
        name="two-point-leaky",
        title="The two-point function of $lambda + n^{-1/2} W$, whose generating function is the inverse of "
        "$(1 - lambda z) (1 - lambda w) - nu_W z w$",
        formula=formula,
        variables={
            "T[a, b]": "the two-point function of $M = lambda + n^{-1/2} W$, of which two-point-kernel makes "
            "the lag kernel; not diagonal unless $lambda = 0$",
            "lambda": "what is kept of the state at every step, a number that is not trained; 1 in a "
            "residual network",
            "binom": "binomial coefficients, by Pascal's triangle",
            "nu_W": "the variance of $W$'s entries",
        },
        assumptions=("$W$ as in two-point-universality or two-point-invariant",),
        indices=(a, b, d, j, k, m),
        source="derived here; $R(z)$ is that of $n^{-1/2} W$ at $z / (1 - lambda z)$, over $1 - lambda z$",
        uses=(two_point_universality(), two_point_kernel()),
        proof=(
            _pascal(binom, "binomial coefficients"),
            _pascal(coefficient, "coefficients of $(lambda + X)^a$", decay),
            argument(
                "the binomial theorem",
                "A number commutes with $X = n^{-1/2} W$, so $M^a$ is the sum of $B_aj X^j$ over $j <= a$. "
                "The trace is linear, and so is the limit of finitely many terms that each have one.",
                equation(T[a, b], expansion),
                ["coefficients of $(lambda + X)^a$", "two-point-universality", "two-point-kernel"],
            ),
            definition(
                "as many terms as one likes",
                "Let $S_abm$ have the terms with $j = k <= m$.",
                And(
                    equation(S[a, b, 0], B[a, 0] * B[b, 0]),
                    equation(S[a, b, m + 1], S[a, b, m] + B[a, m + 1] * B[b, m + 1] * nu_W ** (m + 1)),
                ),
            ),
            induction(
                "as a sum",
                "By induction on $m$.",
                equation(S[a, b, m], Sum(B[a, k] * B[b, k] * nu_W**k, (k, 0, m))),
                m,
                ["as many terms as one likes"],
            ),
            induction(
                "no coefficients beyond",
                "By induction on $a$.",
                And(equation(B[a, a + 1 + d], 0), equation(binom(a, a + 1 + d), 0)),
                a,
                ["coefficients of $(lambda + X)^a$", "binomial coefficients"],
            ),
            induction(
                "binomial coefficients times powers",
                "By induction on $a$, from the two rules.",
                equation(B[a, k], binom(a, k) * decay ** (a - k)),
                a,
                [
                    "coefficients of $(lambda + X)^a$",
                    "binomial coefficients",
                    "no coefficients beyond",
                ],
                given=[k <= a],
                splits=[k, (a, k)],
            ),
            induction(
                "no terms beyond",
                "By induction on $d$: they have a factor 0.",
                And(equation(S[a, b, a + d], S[a, b, a]), equation(S[a, b, b + d], S[a, b, b])),
                d,
                ["as many terms as one likes", "no coefficients beyond"],
            ),
            identity(
                "the diagonal",
                "Of the double sum $k = j$ is left, as far as both powers go.",
                And(equation(T[a, a + d], S[a, a + d, a]), equation(T[b + d, b], S[b + d, b, b])),
                ["the binomial theorem", "two-point-universality", "as a sum"],
            ),
            identity(
                "the closed form",
                "With the coefficients.",
                equation(T[a, b], closed),
                ["the diagonal", "as a sum", "binomial coefficients times powers"],
                splits=[(a, b)],
            ),
            induction(
                "the first coefficients",
                "By induction on $a$.",
                equation(B[a, 0], decay**a),
                a,
                ["coefficients of $(lambda + X)^a$"],
            ),
            identity(
                "the ends",
                "One term is left.",
                ends,
                ["the diagonal", "as many terms as one likes", "the first coefficients"],
            ),
            identity(
                "enough terms",
                "More do no harm.",
                equation(T[a, b], S[a, b, a + b + d]),
                ["the diagonal", "no terms beyond"],
                splits=[(a, b)],
            ),
            identity("and back", "Likewise.", equation(S[a, b, a + b + d], T[a, b]), ["enough terms"]),
            induction(
                "term by term",
                "By induction on $m$: the terms with $m + 1$ on the left are products of two sums of two "
                "coefficients, and on the right the same four products.",
                equation(
                    S[a + 1, b + 1, m + 1],
                    decay * S[a + 1, b, m + 1]
                    + decay * S[a, b + 1, m + 1]
                    - decay**2 * S[a, b, m + 1]
                    + nu_W * S[a, b, m],
                ),
                m,
                [
                    "as many terms as one likes",
                    "as many terms as one likes",
                    "coefficients of $(lambda + X)^a$",
                ],
            ),
            identity(
                "the recursion", "With all terms.", recursion, ["enough terms", "term by term", "and back"]
            ),
            logic("the statement", "Together.", formula, ["the closed form", "the recursion", "the ends"]),
            evidence(
                "exact polynomials",
                "For a Gaussian $W$ and $a$, $b <= 3$ the leading coefficients of the exact means of the "
                "words in the expansion of $(lambda + n^{-1/2} W)^a$ times the transpose of the same with "
                "$b$ add up to the closed form, and the closed form obeys the recursion.",
                _expansions,
            ),
        ),
    )


def _expansions(formula: Any) -> Iterator[Obligation]:
    parts = [*conjuncts(formula)]
    closed, *others = sorted(parts, key=lambda part: part.lhs != T[a, b])

    @cache
    def value(p: int, q: int) -> sympy.Expr:
        return spelled_out(at(closed.rhs, a=p, b=q)).replace(binom, sympy.binomial)

    for p in range(4):
        for q in range(4):
            words = [(x, y) for x in range(p + 1) for y in range(q + 1) if (x + y) % 2 == 0]
            limits = (
                sympy.binomial(p, x)
                * sympy.binomial(q, y)
                * decay ** (p + q - x - y)
                * nu_W ** ((x + y) // 2)
                * (order([power_word(x, y)], 0) if x + y else 1)
                for x, y in words
            )
            yield f"T_{p},{q}", value(p, q) - sympy.Add(*limits)
            for part in others:
                difference = at(part.lhs - part.rhs, a=p, b=q)
                yield (
                    f"{part.lhs} at {p}, {q}",
                    difference.replace(
                        lambda name: isinstance(name, sympy.Indexed),
                        lambda name: value(*map(int, name.indices)),
                    ),
                )


@cache
def leaky_lag_kernel() -> Statement:
    """A binomial sum, whatever the matrices."""
    L, L_, D, D_ = (IndexedBase(name) for name in ("L", "L2", "D", "D2"))

    def coefficient(power: Any, of: Any) -> Any:
        return binomial(power, of) * decay ** (power - of)

    formula = equation(
        Theta2[i, j], Sum(coefficient(i, k) * coefficient(j, l) * Theta[k, l], (l, 0, j), (k, 0, i))
    )
    return Statement(
        name="leaky-lag-kernel",
        title="At every width the lag kernel of a leaky network is a binomial sum of that without a leak",
        formula=formula,
        variables={
            "Theta2[i, j]": "lag kernel of the network with the transition $lambda + n^{-1/2} W$",
            "Theta[k, l]": "lag kernel of the network with the same matrices and $lambda = 0$, each of its "
            "three shares times its rate",
            "lambda": "what is kept of the state at every step, a number that is not trained",
            "i, j": "lags",
        },
        assumptions=("any $W$, $F$, $C$ of any sizes $n$, $n_x$, $n_y$",),
        indices=(i, j, k, l),
        source="derived here",
        uses=(lag_kernel(),),
        proof=(
            argument(
                "the binomial theorem",
                "A number commutes with $X = n^{-1/2} W$: $(lambda + X)^i$ is the sum of the binomial "
                "coefficients times $lambda^{i-k} X^k$, and $L_i$ is $n^{-1/2} C X^i F$ without a leak.",
                equation(L_[i], Sum(coefficient(i, k) * L[k], (k, 0, i))),
            ),
            argument(
                "derivatives",
                "By an entry of $W$, $F$ or $C$: $D_i$ that of $L_i$.  The coefficients do not depend on it.",
                equation(D_[i], Sum(coefficient(i, k) * D[k], (k, 0, i))),
                ["the binomial theorem"],
            ),
            argument(
                "the statement",
                "The lag kernel is the sum over all entries of the products of $D_i$ and $D_j$, times rates.",
                formula,
                ["derivatives", "lag-kernel"],
            ),
            evidence(
                "two hidden units",
                "For $i$, $j <= 3$ at width 1, and $<= 2$ at width 2, by differentiation, every entry a "
                "symbol.",
                _differentiated,
            ),
        ),
    )


def _differentiated(formula: Any) -> Iterator[Obligation]:
    for width, most in ((1, 3), (2, 2)):
        names = symbols(f"w:{width**2} f:{width} c:{width}")
        X, F = Matrix(width, width, names[: width**2]), Matrix(names[width**2 : -width])
        C = Matrix([names[-width:]])

        def kernel(transition: Matrix, p: int, q: int) -> Any:
            """The factor n^{-1/2} of each L left out; that of W as well, in X."""
            first, second = ((C * transition**power * F)[0] for power in (p, q))  # noqa: B023
            return sum(sympy.diff(first, name) * sympy.diff(second, name) for name in names)  # noqa: B023

        leak = decay * sympy.eye(width)
        for p, q in product(range(most + 1), repeat=2):
            law = spelled_out(at(formula.rhs, i=p, j=q))
            dense = {name: kernel(X, *map(int, name.indices)) for name in law.atoms(sympy.Indexed)}
            difference = kernel(X + leak, p, q) - law.xreplace(dense)
            yield f"width {width}, Theta_{p},{q}", sympy.expand(difference)


@cache
def leaky_kernel() -> Statement:
    """The limit of the leaky network's lag kernel: that of the dense one, spread over the lags."""

    def spread(weight: Any) -> Sum:
        return Sum(binom(i, k) * binom(j, k) * decay ** (i + j - 2 * k) * weight, (k, 0, Min(i, j)))

    weight = closed_forms.lag_weight(k, nu_W, eta_C * nu_F + eta_F * nu_C, eta_W * nu_C * nu_F)
    formula = equation(plim(Theta2[i, j]), spread(weight) * I_y * I_x)

    def expanded(entry: Any) -> Sum:
        coefficients = binom(i, a) * decay ** (i - a) * binom(j, b) * decay ** (j - b)
        return Sum(coefficients * entry, (b, 0, j), (a, 0, i))

    return Statement(
        name="leaky-kernel",
        title="The lag kernel of a leaky network spreads the dense network's weights $rho_k$ over the lags: "
        "$Theta_ij$ tends to the sum of $binom(i, k) binom(j, k) lambda^{i+j-2k} rho_k$",
        formula=formula,
        variables={
            "Theta2[i, j]": "the lag kernel with rates for $M = lambda + n^{-1/2} W$",
            "lambda": "what is kept of the state at every step, a number that is not trained",
            "binom": "binomial coefficients",
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
            **RATES,
            **MEANING,
        },
        assumptions=("as in two-point-weights",),
        indices=(i, j, a, b, k),
        source="derived here",
        uses=(leaky_lag_kernel(), two_point_weights()),
        proof=(
            argument(
                "with rates",
                "At every width, leaky-lag-kernel; the three shares of both kernels have the same rates.  "
                "$Theta1$ is the kernel of the dense network.",
                equation(Theta2[i, j], expanded(Theta1[a, b])),
                ["leaky-lag-kernel", "two-point-weights"],
            ),
            lemma(
                "linearity",
                "The limit of a finite sum is the sum of the limits.",
                equation(plim(expanded(Theta1[a, b])), expanded(plim(Theta1[a, b]))),
            ),
            identity(
                "by lags",
                "So the limit is made of the dense network's.",
                equation(plim(Theta2[i, j]), expanded(plim(Theta1[a, b]))),
                ["with rates", "linearity"],
            ),
            definition(
                "the dense weights", "Let $rho_k$ be those of two-point-weights.", equation(rho[k], weight)
            ),
            identity(
                "the dense kernel",
                "It is diagonal.",
                equation(plim(Theta1[i, j]), rho[i] * KroneckerDelta(i, j) * I_y * I_x),
                ["two-point-weights", "the dense weights"],
            ),
            identity(
                "the diagonal",
                "Of the double sum $b = a$ is left, as far as both lags go.",
                equation(plim(Theta2[i, j]), spread(rho[k]) * I_y * I_x),
                ["by lags", "the dense kernel"],
                splits=[(i, j)],
            ),
            identity("the statement", "Together.", formula, ["the diagonal", "the dense weights"]),
            evidence(
                "by the two-point function",
                "For $i$, $j <= 3$ what two-point-kernel makes of the generating function in "
                "two-point-leaky, expanded.",
                _by_two_points,
            ),
        ),
    )


def _by_two_points(formula: Any) -> Iterator[Obligation]:
    """(s T + p z w T^2) in the lags p and q; T by the power series of its inverse."""
    two_point: dict[tuple[int, int], sympy.Expr] = {}

    def earlier(p: int, q: int) -> sympy.Expr:
        return two_point.get((p, q), sympy.Integer(0))

    for p, q in product(range(4), repeat=2):
        recursion = decay * earlier(p - 1, q) + decay * earlier(p, q - 1)
        recursion += (nu_W - decay**2) * earlier(p - 1, q - 1)
        two_point[p, q] = sympy.expand(recursion) if p + q else sympy.Integer(1)
    for p, q in product(range(4), repeat=2):
        places = product(range(p), range(q))
        squared = sympy.Add(*(two_point[x, y] * two_point[p - 1 - x, q - 1 - y] for x, y in places))
        kernel_ = (eta_C * nu_F + eta_F * nu_C) * two_point[p, q] + eta_W * nu_C * nu_F * squared
        claimed = spelled_out(at(formula.rhs, i=p, j=q, I_y=1, I_x=1)).replace(binom, sympy.binomial)
        yield f"Theta_{p},{q}", sympy.expand(claimed - kernel_)
