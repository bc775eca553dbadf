r"""The fluctuations of the lag kernel of an orthogonal network, for every lag.

``n^{-1/2} W = r O``, O from the Haar measure.  As ``O' = O^{-1}``, the lag Grams are Toeplitz but for powers
of r: one fluctuation for each offset, where a Gaussian W has random walks along the diagonals.  The formulas
are those of :mod:`derivations.orthogonal_forms`.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, IndexedBase, KroneckerDelta, Min, Rational, symbols

from derivations import orthogonal_forms
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, logic, sign
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, NON_NEGATIVE, E, P, Q, at_most, cov, deg, equation, tr
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import at, total

__all__ = ["orthogonal_covariance", "orthogonal_width"]

a, b, c, d, j, k, l, m, x = symbols("a b c d j k l m x")  # noqa: E741 - a lag
eta_W, eta_F, eta_C = symbols("eta_W eta_F eta_C")
RATES = (eta_W, eta_F, eta_C)
HAAR = (
    "$W = sqrt(n) r O$, $O$ from the Haar measure of the orthogonal group and $F$, $C$ with entries $N(0, "
    "nu_F)$, $N(0, nu_C)$, all independent"
)
LETTERS = {
    "nu_W": "$r^2$",
    "nu_F": MEANING["nu_F"],
    "nu_C": MEANING["nu_C"],
    "eta_W, eta_F, eta_C": "multiples of the learning rate at which $W$, $F$ and $C$ are trained",
}
SOURCE = "found by experiment, derived here; delta method"
V, nu = IndexedBase("V"), sympy.Symbol("nu")


@cache
def orthogonal_covariance() -> Statement:
    """The fluctuations to first order."""
    of_P, of_Q, places, row = (IndexedBase(name) for name in ("G", "H", "N", "R"))
    vector, vector_, A, B, B_ = symbols("f f' A B B'", commutative=False)
    P0, Q0, dP, dQ, dP2, dQ2, S = symbols("P0 Q0 dP dQ dP2 dQ2 S")
    half = (i + j + k + l) / 2
    balanced = KroneckerDelta(a - b, c - d) + KroneckerDelta(a - b, d - c)

    def linear(own: Any, other: Any, rate: Any) -> Any:
        """What one Gram contributes, by the numbers of places where it is met."""
        one, two = places[i, j], places[k, l]
        return own**2 * (
            rate**2 * nu_W**half
            + rate * eta_W * other * (one + two) * nu_W ** (half - 1)
            + eta_W**2 * other**2 * one * two * nu_W ** (half - 2)
        )

    def law(own: Any, other: Any, rate: Any) -> Any:
        lags = Min(i, j), Min(k, l), half
        return orthogonal_forms.gram_fluctuation(*lags, nu_W, own, other, rate, eta_W)

    formula = equation(
        V[i, j, k, l],
        (KroneckerDelta(i - j, k - l) + KroneckerDelta(i - j, l - k))
        * (law(nu_F, nu_C, eta_C) + law(nu_C, nu_F, eta_F)),
    )
    remainder, mixed = E(dP * dP2 * dQ * dQ2), E(dP * dQ * dQ2)
    means = P0 - nu_C * nu_W**a * KroneckerDelta(a, b)
    return Statement(
        name="orthogonal-covariance",
        title="$n Cov(Theta_ij, Theta_kl)$ of an orthogonal network in the limit",
        formula=formula,
        variables={
            "V[i, j, k, l]": "limit of $n Cov(Theta_ij, Theta_kl)$ as $n$ goes to infinity, for $n_x = n_y = "
            "1$",
            "i, j, k, l": "lags",
            **LETTERS,
        },
        assumptions=(
            "$n_x = n_y = 1$",
            HAAR,
            "a term whose factor $min(i, j)$ or $min(k, l)$ is 0 is 0 at $nu_W = 0$ too",
        ),
        indices=(i, j, k, l, a, b, c, d, m),
        source=SOURCE,
        uses=(lag_kernel(),),
        proof=(
            lemma(
                "covariances of quadratic forms",
                "For a vector $f$ with independent entries $N(0, nu)$, independent of $A$ and $B$ (Isserlis "
                "1918, and the law of total covariance).",
                equation(
                    cov(vector_ * A * vector, vector_ * B * vector),
                    nu**2 * (E(tr(A * B_)) + E(tr(A * B)) + cov(tr(A), tr(B))),
                ),
            ),
            lemma(
                "traces of a Haar matrix",
                "Let $S$ be a product of traces of powers of $O$ other than 0, also of some that are "
                "centred.  For $n$ large enough its mean does not depend on $n$: it is that of independent "
                "Gaussians, $tr O^k$ of variance $k$ and of mean 1 for even $k$, 0 for odd ones (Diaconis "
                "and Shahshahani 1994).",
                at_most(E(S), 0),
            ),
            argument(
                "Toeplitz Grams",
                "$M = r O$ and $O' O = 1$: $Q_ab = f' M'^a M^b f/n$ is $r^{a+b} f' O^{b-a} f/n$, and "
                "$P_ab = f' M^a M'^b f/n$ is $r^{a+b} f' O^{a-b} f/n$.",
                And(
                    equation(Q[a + m, b + m], nu_W**m * Q[a, b]), equation(P[a + m, b + m], nu_W**m * P[a, b])
                ),
            ),
            argument(
                "the words of a Gram's covariance",
                "Let $H$ and $G$ be the limits of $n Cov(Q_ab, Q_cd)$ and $n Cov(P_ab, P_cd)$ for $r = 1$ "
                "and unit variances.  $A B'$ is $O^{b-a-d+c}$ and $A B$ is $O^{b-a+d-c}$, or their inverses; "
                "the trace of a power is $n$ if the power is 0, and else of degree 0, as is the covariance "
                "of two traces.  $P$ and $Q$ are independent given $O$, so that their covariance is only one "
                "of two traces.",
                And(equation(of_Q[a, b, c, d], balanced), equation(of_P[a, b, c, d], balanced)),
                ["covariances of quadratic forms", "traces of a Haar matrix"],
            ),
            identity(
                "delta method",
                "Put $P = P0 + dP$, $Q = Q0 + dQ$ with their means.  The lag kernel is bilinear: beside "
                "linear terms there is $dP (x) dQ$.",
                equation((P0 + dP) * (Q0 + dQ) - P0 * Q0, P0 * dQ + dP * Q0 + dP * dQ),
            ),
            argument(
                "degrees",
                "Given $O$, $E[dP dP_2]$ is $nu_C^2 n^-2$ times two traces, $n$ at most, and a product of "
                "two centred ones; so is $E[dQ dQ_2]$.  The mean of their product has $n^-4$ times degree 2 "
                "at most, and $E[dP dQ dQ_2]$ has $n^-3$ times a centred trace with one, degree 1 at most.  "
                "$P0_ab$ is $nu_C r^{a+b}$ times the mean of $tr O^{a-b}/n$: $nu_C nu_W^a delta_ab$ up to "
                "$n^-1$.",
                And(at_most(remainder, -4 + 2), at_most(mixed, -3 + 1), at_most(means, -1)),
                ["traces of a Haar matrix"],
            ),
            sign(
                "lower orders",
                "Times $n$ all of them vanish; the error of the means meets a covariance of order $n^-1$.",
                And(
                    sympy.Le(1 + deg(remainder), -1, evaluate=False),
                    sympy.Le(1 + deg(mixed), -1, evaluate=False),
                    sympy.Le(1 + deg(means) - 1, -1, evaluate=False),
                ),
                ["degrees"],
            ),
            definition(
                "places",
                "Let $N(i, j)$ be the number of pairs $a < i$, $b < j$ with $a = b$, row by row.",
                And(
                    equation(row[a, j], total(KroneckerDelta(a, b), (b, j))),
                    equation(places[i, j], total(row[a, j], (a, i))),
                ),
            ),
            argument(
                "the linear terms",
                "Of $Theta_ij$ they are $eta_C dQ_ij$ and $eta_W$ times the sum over places $(a, b)$ of "
                "$P0_ab dQ_{i-1-a,j-1-b}$, of which only those with $a = b$ are left: $nu_C nu_W^a "
                "dQ_{i-1-a,j-1-a}$, which is $nu_C r^{i+j-2}$ times a fluctuation that does not depend on "
                "$a$, that of $Q_ij$ for $r = 1$.  So it is met $N(i, j)$ times.  For $P$ likewise, as the "
                "pairs are also those with $i - 1 - a = j - 1 - b$ counted backwards from $i$ and $j$.",
                equation(
                    V[i, j, k, l],
                    linear(nu_F, nu_C, eta_C) * of_Q[i, j, k, l]
                    + linear(nu_C, nu_F, eta_F) * of_P[i, j, k, l],
                ),
                [
                    "lag-kernel",
                    "Toeplitz Grams",
                    "the words of a Gram's covariance",
                    "delta method",
                    "lower orders",
                    "places",
                ],
            ),
            induction(
                "a row",
                "By induction on $j$: 1 if $a < j$, else 0.",
                equation(row[a, j], Min(a + 1, j) - Min(a, j)),
                j,
                ["places"],
                splits=[(j, a)],
            ),
            induction(
                "the number of places",
                "By induction on $i$, row by row.",
                equation(places[i, j], Min(i, j)),
                i,
                ["places", "a row"],
                splits=[(i, j)],
            ),
            identity(
                "the statement",
                "Both Grams pair alike.",
                formula,
                ["the linear terms", "the words of a Gram's covariance", "the number of places"],
            ),
            evidence(
                "exact covariances",
                "For lags $<= 3$ of even sum up to 6 the $1/n$ term of the exact covariance for large $n$, "
                "from the moments of traces; there is no term of order 0.  The code's law for whole lags is "
                "the same.",
                _covariances,
            ),
        ),
    )


def _covariances(formula: Any) -> Iterator[Obligation]:
    pairs = [*product(range(4), repeat=2)]
    for (p, q), (s, t) in combinations_with_replacement(pairs, 2):
        if p + q + s + t in (0, 2, 4, 6):  # of odd sums both are 0
            exact = _second_moment((p, q), (s, t)) - _first_moment(p, q) * _first_moment(s, t)
            in_inverse = sympy.expand(exact.subs(n, 1 / x))
            claim = f"Cov of {p}, {q} and {s}, {t}"
            law = at(formula.rhs, i=p, j=q, k=s, l=t)
            yield f"{claim}: order 0", in_inverse.coeff(x, 0)
            yield claim, sympy.expand(in_inverse.coeff(x, 1) - law)
            of_code = orthogonal_forms.covariance(p, q, s, t, nu_W, nu_F, nu_C, *RATES)
            yield f"{claim}, as the code has it", sympy.expand(law - of_code)


def _terms(i: int, j: int) -> list[tuple[sympy.Expr, int | None, int | None]]:
    """Theta_ij by the lag-kernel identity: coefficients with the offsets of P and of Q, of r = 1."""
    terms: list[tuple[sympy.Expr, int | None, int | None]] = [(eta_C, None, j - i), (eta_F, i - j, None)]
    inner = ((eta_W / nu_W, a - b, (j - 1 - b) - (i - 1 - a)) for a, b in product(range(i), range(j)))
    return [*terms, *inner]


def _first_moment(i: int, j: int) -> sympy.Expr:
    return nu_W ** Rational(i + j, 2) * sympy.Add(
        *(
            factor * _grams(nu_C, [] if p is None else [p], nu_F, [] if q is None else [q])
            for factor, p, q in _terms(i, j)
        )
    )


def _second_moment(first: tuple[int, int], second: tuple[int, int]) -> sympy.Expr:
    counts: Counter[Any] = Counter()
    for (one, p, q), (two, s, t) in product(_terms(*first), _terms(*second)):
        of_P, of_Q = (tuple(offset for offset in pair if offset is not None) for pair in ((p, s), (q, t)))
        counts[one * two, of_P, of_Q] += 1
    return nu_W ** Rational(sum(first + second), 2) * sympy.Add(
        *(
            count * factor * _grams(nu_C, [*of_P], nu_F, [*of_Q])
            for (factor, of_P, of_Q), count in counts.items()
        )
    )


def _grams(nu_P: Any, of_P: list[int], nu_Q: Any, of_Q: list[int]) -> sympy.Expr:
    """E of a product of at most two entries of P and two of Q, with these offsets."""
    size = len(of_P) + len(of_Q)
    mean = sympy.Add(
        *(
            _mean_of_traces(tuple(sorted(map(abs, (*first, *second)))))
            for first, second in product(_cycles(of_P), _cycles(of_Q))
        )
    )
    return nu_P ** len(of_P) * nu_Q ** len(of_Q) * mean / n**size


def _cycles(offsets: list[int]) -> list[tuple[int, ...]]:
    """The powers of O whose traces E[f' O^p f f' O^q f] is made of, by Isserlis' theorem."""
    if len(offsets) < 2:
        return [tuple(offsets)]
    p, q = offsets
    return [(p, q), (p + q,), (p - q,)]


@cache
def _mean_of_traces(powers: tuple[int, ...]) -> sympy.Expr:
    """E of a product of traces of powers of O, for n large: those of independent Gaussians."""
    result = sympy.Integer(1)
    for power, times in Counter(powers).items():
        if power == 0:
            result *= n**times
        else:
            even = 1 - power % 2
            moments = (
                sympy.binomial(times, 2 * s)
                * sympy.factorial2(2 * s - 1)
                * power**s
                * even ** (times - 2 * s)
                for s in range(times // 2 + 1)
            )
            result *= sympy.Add(*moments)
    return result


@cache
def orthogonal_width() -> Statement:
    """A width that is enough for every lag."""
    readout, input_ = eta_C * nu_F * nu_W**i, eta_F * nu_C * nu_W**i
    transition = eta_W * nu_C * nu_F * i * nu_W ** (i - 1)
    exact = equation(V[i, i, i, i], 2 * ((readout + transition) ** 2 + (input_ + transition) ** 2))
    bound = sympy.Le(V[i, i, i, i], 4 * (readout + input_ + transition) ** 2, evaluate=False)
    return Statement(
        name="orthogonal-width",
        title="The variance of $Theta_ii$ of an orthogonal network is at most $4 rho_i^2/n$ in the limit, at "
        "every lag",
        formula=And(exact, bound),
        abbreviations={sympy.Symbol("A"): readout + input_ + transition},
        variables={
            "V[i, i, i, i]": "limit of $n Var Theta_ii$ as $n$ goes to infinity, for $n_x = n_y = 1$; $A$ is "
            "$rho_i$, the weight of lag $i$",
            "i": "lag",
            **LETTERS,
        },
        assumptions=("$n_x = n_y = 1$", HAAR, "$i nu_W^{i-1}$ is 0 at $i = 0$"),
        indices=(i,),
        conditions=(*NON_NEGATIVE, *(rate >= 0 for rate in RATES)),
        source=SOURCE,
        uses=(orthogonal_covariance(),),
        proof=(
            identity(
                "the variance",
                "$k = l = j = i$, where both pairings are the same.",
                exact,
                ["orthogonal-covariance"],
                splits=[i],
            ),
            sign(
                "the bound",
                "$X^2 + Y^2 <= 2 (A + B + i K)^2$ for $X = A + i K$ and $Y = B + i K$, each no more than the "
                "sum.",
                bound,
                ["the variance"],
                splits=[i],
            ),
            logic("the statement", "Together.", And(exact, bound), ["the variance", "the bound"]),
            evidence(
                "lags",
                "For $i <= 6$, with numbers for all variances and rates, from the code's law for whole lags.",
                _bounds,
            ),
        ),
    )


def _bounds(formula: Any) -> Iterator[Obligation]:
    exact, bound = sorted(formula.args, key=lambda part: isinstance(part, sympy.Le))
    numbers = dict(zip((nu_W, nu_F, nu_C, *RATES), map(Rational, ("2/3", 2, 5, 3, "1/2", 7)), strict=True))
    for lag in range(7):
        law = orthogonal_forms.covariance(lag, lag, lag, lag, *numbers.values())
        yield f"lag {lag}", at(exact.rhs, i=lag).subs(numbers) - law
        yield f"lag {lag}, the bound", bool(law <= at(bound.rhs, i=lag).subs(numbers))
