"""What large Gaussian matrices do: traces factor, and powers of W are orthogonal."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product

import sympy
from sympy import Rational

from derivations.moments import to_sympy
from derivations.power_words import PowerWord, cut, degree_bound, encode, join, transpose
from derivations.proof import Obligation, Statement, conclusion, equals, evidence, identity, lemma
from derivations.stein import expectation, stein
from derivations.symbols import n, nu_W
from derivations.words import canonical

__all__ = ["power_traces", "stein_lemma", "trace_factorisation"]

a, b, k, m, r, s, z, y = sympy.symbols("a b k m r s z y")


@cache
def stein_lemma() -> Statement:
    """Gaussian integration by parts, on which everything rests."""
    g, h, nu = sympy.Symbol("g"), sympy.Function("h"), sympy.Symbol("nu")
    expected = sympy.Function("E")
    formula = sympy.Eq(expected(g * h(g)), nu * expected(sympy.Derivative(h(g), g)))
    return Statement(
        name="stein-lemma",
        title="Gaussian integration by parts",
        formula=formula,
        variables={"g": "a Gaussian of mean 0 and variance $nu$", "h": "a polynomial"},
        assumptions=("$nu >= 0$",),
        source="Isserlis 1918; Stein 1981",
        proof=(
            lemma("stein", "Integrate by parts against the Gaussian density (Stein 1981, lemma 1).", formula),
        ),
    )


@cache
def trace_factorisation() -> Statement:
    """Means of products of traces factor, with an error two powers of n smaller."""
    formula = sympy.Le(
        sympy.Function("deg")(sympy.Function("cov")(sympy.Symbol("S"), sympy.Symbol("R"))),
        m + s + r - 2,
        evaluate=False,
    )
    return Statement(
        name="trace-factorisation",
        title="Traces of words decouple: their covariance loses two powers of $n$",
        formula=formula,
        variables={
            "S": "a product of $s$ traces of words in $W$ and $W'$",
            "R": "a product of $r$ traces of such words",
            "m": "half the number of letters of $S$ and $R$ together",
            "deg": "the degree of a polynomial in $n$",
        },
        assumptions=("$m$, $s$, $r$ are integers $>= 0$", "the entries of $W$ are independent $N(0, nu_W)$"),
        source="power counting in the loop equations of the real Ginibre ensemble",
        uses=(stein_lemma(),),
        proof=(
            identity(
                "a split keeps the degree",
                "Claim 1: the mean of a product of $k$ traces with $2 m$ letters is a polynomial in $n$ of "
                "degree at most $m + k$, by induction on $m$; for $m = 0$ it is $n^k$.  By Stein's lemma on "
                "a letter $X$ it is a sum over partners.  The partner $X'$ splits a trace in two: $m - 1$ "
                "for $m$, $k + 1$ for $k$.",
                "(m - 1) + (k + 1)",
                "m + k",
            ),
            identity(
                "a reversal loses one power",
                "The partner $X$ in the same trace leaves one trace: $m - 1$ and $k$.",
                "(m - 1) + k",
                "(m + k) - 1",
            ),
            identity(
                "a merger loses two powers",
                "A partner in another trace merges the two: $m - 1$ and $k - 1$.  No partner raises the "
                "degree, which proves claim 1.",
                "(m - 1) + (k - 1)",
                "(m + k) - 2",
            ),
            identity(
                "partners inside $S$ keep the covariance's bound",
                "Claim 2: $cov(S, R) = E[S R] - E[S] E[R]$ has degree at most $m + s + r - 2$, by induction "
                "on the letters of $S$; if $S$ has none it is constant and the covariance 0.  A partner "
                "inside $S$ leaves the covariance of a shorter product, of $s + 1$ traces at most, with "
                "$R$: both terms have it.",
                "(m - 1) + (s + 1) + r - 2",
                "m + s + r - 2",
            ),
            conclusion(
                "A partner in $R$ occurs in $E[S R]$ alone.  It merges two traces, and claim 1 bounds what "
                "is left, $m - 1$ pairs of letters in $s + r - 1$ traces, by the same number.",
                formula,
                equals((m - 1) + (s + r - 1)),
            ),
            evidence(
                "the terms of the lemma",
                "Stein's lemma on every pair of words in $W$ and $W'$ with up to four letters each: two "
                "letters less, and one trace more, as many, or (in a merger) one less.",
                _terms_of_the_lemma,
            ),
            evidence(
                "exact covariances",
                "The exact polynomials of all pairs of words $W^a W'^b$ with up to six letters obey the "
                "bound.",
                _covariance_degrees,
            ),
        ),
    )


def _terms_of_the_lemma() -> Iterator[Obligation]:
    words = {canonical("".join(letters)) for size in range(1, 5) for letters in product("Ww", repeat=size)}
    for count, changes in ((1, {0, 1}), (2, {-1, 0, 1})):
        for traces in combinations_with_replacement(sorted(words), count):
            for rest, empty in stein(traces):
                letters_fewer = sum(map(len, traces)) - sum(map(len, rest))
                change = len(rest) + len(empty) - count
                yield f"{traces} -> {rest}, {len(empty)} empty", letters_fewer == 2 and change in changes


def _covariance_degrees() -> Iterator[Obligation]:
    words = ["W" * p + "w" * q for p in range(4) for q in range(4) if 1 <= p + q <= 6]
    for first in words:
        for second in words:
            product = expectation([first, second])
            covariance = product - expectation([first]) * expectation([second])
            degree = max(covariance.degrees()[0], 0)  # -1 for the polynomial 0
            allowed = Rational(len(first) + len(second), 2) + 2 - 2
            yield f"deg cov(tr {first}, tr {second}) <= {allowed}", bool(degree <= max(allowed, 0))


@cache
def power_traces() -> Statement:
    """t_ab = lim n^{-1-(a+b)/2} E tr(W^a W'^b) = nu_W^a delta_ab."""
    word: PowerWord = (("W", a), ("w", b))
    same_before, same_after = cut(word, 0, k)
    reversed_trace = join(same_before, transpose(same_after))
    split = cut(word, 1, m)
    transposed_power: PowerWord = (("w", b),)
    lone_before, lone_after = cut(transposed_power, 0, k)
    lone_trace = join(lone_before, transpose(lone_after))
    formula = sympy.Eq(sympy.Indexed("t", a, b), nu_W**a * sympy.KroneckerDelta(a, b), evaluate=False)
    return Statement(
        name="power-traces",
        title="Powers of a large Gaussian matrix are orthogonal",
        formula=formula,
        variables={
            "t[a, b]": "the limit of $n^{-1-(a+b)/2} E tr(W^a W'^b)$ as $n$ goes to infinity",
            "a, b": "powers of $W$ and of $W'$",
            "nu_W": "the variance of $W$'s entries",
        },
        assumptions=("$a$, $b$ are integers $>= 0$",),
        source="the leading order of the loop equation",
        uses=(trace_factorisation(),),
        proof=(
            identity(
                "the reversed word",
                "Stein's lemma on the first $W$ of $tr(W^a W'^b)$.  Partner number $k$ of $W^a$ leaves one "
                "trace, $tr(W^{b+k-2} W'^{a-k})$, of the same form.",
                encode(reversed_trace),
                encode((("W", b + k - 2), ("w", a - k))),
            ),
            identity(
                "reversals vanish",
                "It has two letters less and one trace, so it is one power of $n$ below the scale "
                "$n^{1+(a+b)/2}$, whatever $a$, $b$ and $k$.",
                degree_bound(reversed_trace) - degree_bound(word),
                sympy.Integer(-1),
            ),
            identity(
                "the split words",
                "Partner number $m$ of $W'^b$ leaves $tr(W^{a-1} W'^{m-1}) tr(W'^{b-m})$.",
                encode(*split),
                encode((("W", a - 1), ("w", m - 1)), (("w", b - m),)),
            ),
            identity(
                "splits keep the scale",
                "Two letters less but one trace more: the scale stays, and by trace-factorisation the mean "
                "of the product is the product of the means up to $n^-2$.",
                degree_bound(*split) - degree_bound(word),
                sympy.Integer(0),
            ),
            identity(
                "a lone power vanishes",
                "For $tr(W'^b)$, $b >= 1$, every partner reverses, and the same count gives $t_{0,b} = "
                "delta_{0,b}$.  So of the splits only $m = b$, which leaves $tr(W^{a-1} W'^{b-1}) tr(I)$, "
                "survives: $t_ab = nu_W t_{a-1,b-1}$ for $a$, $b >= 1$.",
                degree_bound(lone_trace) - degree_bound(transposed_power),
                sympy.Integer(-1),
            ),
            identity(
                "generating function",
                "With $t_{0,b} = delta_{0,b}$ and $t_{a,0} = delta_{a,0}$, $T(z, y)$, the sum of $t_ab z^a "
                "y^b$, obeys $T = 1 + nu_W z y T$, so $T = 1/(1 - nu_W z y)$.",
                1 + nu_W * z * y / (1 - nu_W * z * y),
                1 / (1 - nu_W * z * y),
            ),
            conclusion(
                "Its coefficients: 1 at $a = b = 0$, $nu_W$ times as much for a step along the diagonal, "
                "and 0 beside it.",
                formula,
                _is_diagonal_geometric,
            ),
            evidence(
                "exact polynomials",
                "The leading coefficients of the exact polynomials $E tr(W^a W'^b)$, $a$, $b <= 8$, are "
                "$delta_ab$.",
                _leading_coefficients,
            ),
        ),
    )


def _is_diagonal_geometric(formula: sympy.Eq) -> Iterator[Obligation]:
    offset = sympy.Symbol("offset", integer=True, positive=True)
    diagonal = formula.rhs.subs(b, a)
    yield "origin", diagonal.subs(a, 0) - 1
    yield "along the diagonal", diagonal - nu_W * diagonal.subs(a, a - 1)
    yield "below the diagonal", formula.rhs.subs(a, b + offset)
    yield "above the diagonal", formula.rhs.subs(b, a + offset)


def _leading_coefficients() -> Iterator[Obligation]:
    for p in range(9):
        for q in range(9):
            polynomial = expectation(["W" * p + "w" * q]) if p + q else expectation([], ["n"])
            leading = sympy.limit(to_sympy(polynomial) / n ** (1 + Rational(p + q, 2)), n, sympy.oo)
            yield f"t_{p},{q}", leading - sympy.KroneckerDelta(p, q)
