r"""What a finite width does to the lag kernel: exact means, and the first orders for every lag.

Given W, the lag Grams P and Q are independent quadratic forms of C and of F.  Taking expectations over C and
F first leaves traces of words in M = W/sqrt(nu_W n) and M', whose orders in 1/n are in
:mod:`derivations.theorems.traces`.  The lag-kernel identity, a sum over the places of dW, turns them into
laws for Theta; variances enter by homogeneity.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations_with_replacement, product

import sympy
from flint import fmpz_mpoly
from sympy import Eq, Indexed, Integer, KroneckerDelta, Max, Min, Rational, Symbol, symbols

from derivations import closed_forms, finite_width_forms
from derivations.exact_kernel import CONTRACTIONS, contracted_covariance, exact_covariance, mean_coefficient
from derivations.finite_width_forms import (
    Entry,
    crosscap,
    crosscap_pairs,
    transition_pairs,
    triangle,
    walk_overlap,
)
from derivations.lag_kernel import expected_share, inner_products
from derivations.power_words import PowerWord, join, transpose
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
    sign,
    telescoping,
    tends,
)
from derivations.stein import RING, expectation
from derivations.symbols import i, n, nu_C, nu_F, nu_W
from derivations.theorems.network import GAUSSIAN, gram_limits, lag_kernel
from derivations.theorems.pieces import (
    arms,
    arms_sum,
    choose,
    coefficient,
    equal_words,
    imbalance,
    induction_by_two,
    power_word,
)
from derivations.theorems.random_matrices import power_traces, trace_factorisation
from derivations.theorems.traces import (
    SOURCE,
    alternating_words,
    crosscap_traces,
    trace_covariance,
    trace_cumulants,
    trace_second_order,
)
from derivations.theorems.weights import MEANING, VARIANCES

__all__ = [
    "exact_mean",
    "finite_width_covariance",
    "finite_width_fluctuations",
    "finite_width_mean",
    "finite_width_second_order",
]

a, b, c, d, e, g, h, j, k, l, m, q, M, D, r, s, x, y = symbols("a b c d e g h j k l m q M D r s x y")  # noqa: E741 - as in the formulas
p, u, v, y = symbols("p u v y", integer=True, nonnegative=True)


@cache
def exact_mean() -> Statement:
    """The mean of the lag kernel at every width."""
    half = (i + j) / 2
    inverse = 1 / n
    share, transition = sympy.Function("p_ij")(inverse), sympy.Function("q_ij")(inverse)
    formula = Eq(
        Symbol("E Theta_ij"),
        (nu_C + nu_F) * nu_W**half * share + nu_C * nu_F * nu_W ** (half - 1) * transition,
        evaluate=False,
    )
    return Statement(
        name="exact-mean",
        title="At every width $E Theta_ij$ is a polynomial in $1/n$, times the identity",
        formula=formula,
        variables={
            "p_ij": "$E tr(M^i M'^j)/n$ for $M = W/sqrt(n)$ at $nu_W = 1$",
            "q_ij": "the sum of $E[tr(M^a M'^b) tr(M^{j-1-b} M'^{i-1-a})]/n^2$ over $a < i$, $b < j$, 0 if "
            "there are none",
            "n": "width",
            **MEANING,
        },
        assumptions=(GAUSSIAN, "any $n$, $n_x$, $n_y >= 1$", "0 for odd $i + j$"),
        source="derived here",
        uses=(lag_kernel(), trace_factorisation()),
        proof=(
            *_expectation_over_input_and_readout(),
            conclusion(
                "The shares $I (x) Q_ij$ and $P_ij (x) I$ have the same trace, for $tr(M'^i M^j) = tr(M^i "
                "M'^j)$ by transposition and rotation; they differ in $nu_F$ and $nu_C$.",
                formula,
                equals(
                    nu_F * nu_W**half * share
                    + nu_C * nu_W**half * share
                    + nu_C * nu_F * nu_W ** (half - 1) * transition
                ),
            ),
            identity(
                "polynomials",
                "By Stein's lemma the mean of $k$ traces of words with $2 h$ letters is a polynomial in "
                "$n$; of degree at most $h + k$, by trace-factorisation's first claim, and divided by "
                "$n^{h+k}$ it is one in $1/n$.  The shares have $k = 1$, $h = (i+j)/2$ and $k = 2$, $h = "
                "(i+j)/2 - 1$: as many powers in all.",
                "(i + j)/2 + 1",
                "((i + j)/2 - 1) + 2",
            ),
            evidence(
                "shares",
                "For $i$, $j <= 5$ the polynomials from the network's own words, with $C$ and $F$, are "
                "$p_ij$ and $q_ij$.",
                _shares_agree,
            ),
            evidence(
                "first coefficients",
                "For $i$, $j <= 6$ they begin with $rho_i delta_ij$ and the laws of order $1/n$ and, for $i "
                "= j$, $n^-2$.",
                _first_coefficients,
            ),
        ),
    )


def _shares_agree() -> Iterator[Obligation]:
    for p, q in product(range(6), repeat=2):
        if (p + q) % 2 == 0:
            degree = (p + q) // 2 + 1
            single = _mean(p, q)
            pairs = sum(
                (_mean(e, g, q - 1 - g, p - 1 - e) for e in range(p) for g in range(q)), RING.constant(0)
            )
            for letter, polynomial in (("C", single), ("F", single), ("W", pairs)):
                share = expected_share(p, q, letter)
                coefficients = tuple(coefficient(polynomial, degree - order) for order in range(len(share)))
                terms = len(polynomial.to_dict())
                yield f"share of {letter}, {p}, {q}", coefficients == share and terms == sum(map(bool, share))


def _first_coefficients() -> Iterator[Obligation]:
    for p, q in product(range(7), repeat=2):
        limit = closed_forms.lag_weight(Integer(p), *VARIANCES) if p == q else 0
        yield f"n^0 at {p}, {q}", mean_coefficient(p, q, 0) - limit
        yield (
            f"n^-1 at {p}, {q}",
            mean_coefficient(p, q, 1) - finite_width_forms.mean_correction(p, q, *VARIANCES),
        )
        if p == q:
            law = finite_width_forms.second_order_mean(p, *VARIANCES)
            yield f"n^-2 at {p}, {q}", mean_coefficient(p, q, 2) - law


def _expectation_over_input_and_readout() -> tuple[Step, ...]:
    return (
        lemma(
            "expectation over $F$ and $C$",
            "Given $W$, $P$ and $Q$ are independent, and for independent Gaussian vectors $E f_x' A f_y = "
            "nu_F delta_xy tr A$ (Isserlis 1918).  With $t(a,b) = E tr(M^a M'^b)/n$ this gives $E Q_ab = "
            "nu_F nu_W^{(a+b)/2} t(a,b) I$, $E P_ab = nu_C nu_W^{(a+b)/2} t(a,b) I$, and $E P_ab (x) Q_cd = "
            "nu_C nu_F nu_W^{(a+b+c+d)/2} [t(a,b) t(c,d) + n^-2 cov(tr M^a M'^b, tr M'^c M^d)] I$.",
        ),
        identity(
            "powers of $nu_W$",
            "In the transition's share, $c = i - 1 - a$ and $d = j - 1 - b$.",
            ((a + b + c + d) / 2).subs({c: i - 1 - a, d: j - 1 - b}),
            (i + j) / 2 - 1,
        ),
    )


def _mean(*powers: int) -> fmpz_mpoly:
    """E of the product of tr(W^p W'^q) over the pairs p, q of the powers."""
    words = [power_word(p, q) for p, q in zip(powers[::2], powers[1::2], strict=True)]
    return expectation([word for word in words if word], ["n"] * words.count(""))


@cache
def finite_width_mean() -> Statement:
    """The mean of the lag kernel to first order."""
    half = (i + j) / 2
    formula = Eq(
        Indexed("Theta1", i, j),
        sympy.Piecewise(
            (
                finite_width_forms.crosscap_mean(Min(i, j), half, *VARIANCES),
                Eq(sympy.Mod(i - j, 2), 0) & sympy.Ne(i, j),
            ),
            (0, True),
        ),
        evaluate=False,
    )
    first_order = (nu_C + nu_F) * nu_W ** (v + u + 1) * (v + 1) + nu_C * nu_F * nu_W ** (v + u) * v * (v + 1)
    return Statement(
        name="finite-width-mean",
        title="$E Theta_ii$ has no $1/n$ term; for even offsets $E Theta_ij$ begins with one",
        formula=formula,
        variables={
            "Theta1[i, j]": "coefficient of $1/n$ in $E Theta_ij = rho_i delta_ij + Theta1_ij/n + O(n^-2)$, "
            "times the identity; odd offsets are exactly 0",
            **MEANING,
        },
        assumptions=(GAUSSIAN, "any $n_x$, $n_y >= 1$", "$m nu_W^{h-1}$ is 0 at $m = 0$"),
        source=SOURCE,
        uses=(exact_mean(), power_traces(), crosscap_traces(), trace_factorisation()),
        abbreviations={m: Min(i, j), h: half},
        proof=(
            identity(
                "offsets add up",
                "In the transition's share $t(a,b) t(c,d)$ has $a - b$ and $c - d$ with sum $i - j$ ($c = i "
                "- 1 - a$, $d = j - 1 - b$); the covariance of the traces is of order two.",
                (a - b) + ((i - 1 - a) - (j - 1 - b)),
                i - j,
            ),
            identity(
                "the diagonal",
                "At order one a factor is $t0$, not 0 only for offset 0, the other $t1$, not 0 only for "
                "even offsets other than 0.  For $i = j$ the offsets' sum is 0, so neither product is left, "
                "and $t1(i,i) = 0$: $E Theta_ii = rho_i + O(n^-2)$.",
                (a - b),
                -((i - 1 - a) - (j - 1 - b)).subs(j, i),
            ),
            telescoping(
                "beside the diagonal",
                "For even $i - j$ not 0 and $m = min(i, j)$: $t0(a,a) t1(i-1-a, j-1-a) = m - a$ for $a < "
                "m$, and as much with the factors exchanged.  So twice the sum of $crosscap(e) = e + 1$ "
                "over $e < m$.",
                2 * crosscap(m),
                m,
                m * (m + 1),
            ),
            identity(
                "the law",
                "Readout and input have $t1(i,j) = m + 1$.",
                (nu_C + nu_F) * nu_W**half * crosscap(m) + nu_C * nu_F * nu_W ** (half - 1) * m * (m + 1),
                finite_width_forms.crosscap_mean(m, half, *VARIANCES),
            ),
            conclusion(
                "The formula beside the diagonal, on either side, on it, and at odd offsets.",
                formula,
                lambda formula: [
                    (f"offset {offset}", formula.rhs.subs(lags, simultaneous=True) - value)
                    for offset, value in ((2 * u + 2, first_order), (0, 0), (2 * u + 1, 0))
                    for lags in ({i: v, j: v + offset}, {i: v + offset, j: v})
                ],
            ),
            identity(
                "$m = 0$",
                "There the transition's share is empty: the form has no negative power of $nu_W$.",
                (nu_C + nu_F) * nu_W**half,
                finite_width_forms.crosscap_mean(Integer(0), half, *VARIANCES),
            ),
            evidence(
                "exact means",
                "For $i$, $j <= 8$ the coefficient of $1/n$ in the exact mean, with symbolic variances.",
                lambda: _mean_laws(9),
            ),
        ),
    )


def _mean_laws(lags: int) -> Iterator[Obligation]:
    for p, q in product(range(lags), repeat=2):
        law = finite_width_forms.mean_correction(p, q, *VARIANCES)
        yield f"1/n at {p}, {q}", mean_coefficient(p, q, 1) - law


@cache
def finite_width_second_order() -> Statement:
    """The bias of the diagonal, of order n^-2."""
    offsets = (2 * i**4 - 8 * i**2 + 3 - 3 * (-1) ** i) / 48
    overlaps = (2 * m**4 + 8 * m**3 + 4 * m**2 - 8 * m - 3 + 3 * (-1) ** m) / 96
    formula = Eq(Indexed("Theta2", i), finite_width_forms.second_order_mean(i, *VARIANCES), evaluate=False)
    return Statement(
        name="finite-width-second-order",
        title="$E Theta_ii = rho_i + [(nu_C + nu_F) nu_W^i tau(i) + nu_C nu_F nu_W^{i-1} U(i)]/n^2 + "
        "O(n^-3)$",
        formula=formula,
        variables={
            "Theta2[i]": "coefficient of $n^-2$ in $E Theta_ii$, times the identity; that of $1/n$ is 0",
            "i": "lag, an integer $>= 0$",
            **MEANING,
        },
        assumptions=(GAUSSIAN, "any $n_x$, $n_y >= 1$", "$U(i) nu_W^{i-1}$ is 0 at $i = 0$"),
        source=SOURCE,
        uses=(finite_width_mean(), trace_second_order(), trace_covariance()),
        proof=(
            identity(
                "four parts",
                "Readout and input give $tau(i)$.  In the transition's share the order two of $t(a,b) "
                "t(c,d)$ and the covariance times $n^-2$, with $c = i - 1 - a$ and $d = i - 1 - b$ of the "
                "opposite offset, is $t0 t2 + t2 t0 + t1 t1 + C$.  The first two need $a = b$: $2 tau(0) + "
                "... + 2 tau(i-1)$.",
                ((i - 1 - a) - (i - 1 - b)),
                -(a - b),
            ),
            arms(),
            identity(
                "$t1 t1$, one offset",
                "$R(i)$: both offsets are $+-D$, $D = 2, 4, ... <= i - 1$; with $b$ the smaller power of "
                "the first and $i - 1 - D - b$ of the second the sum over $b$ of $(b + 1)(i - D - b)$.  ($q "
                "= x = i - D$.)",
                arms_sum(i - D, i - D),
                choose(i - D + 2, 3),
            ),
            induction_by_two(
                "$t1 t1$",
                "$R(i)$ is twice the sum over $D$ of $binom(i-D+2, 3)$, hence $R(i) = R(i-2) + 2 binom(i, "
                "3)$ from $R(0) = R(1) = 0$.  (For $i <= 2$ the binomial is 0 as the sum is.)",
                Eq(Indexed("R", i), offsets, evaluate=False),
                offsets.subs(i, 0),
                offsets.subs(i, 1),
                offsets - offsets.subs(i, i - 2) - 2 * choose(i, 3),
            ),
            identity(
                "covariances, along a diagonal",
                "Let $S(m)$ be the sum of $N(b, d)$ over $b + d = m$, $N$ the walk-overlap of "
                "trace-covariance, symmetric.  A step along the diagonal adds $b d$.",
                walk_overlap(b, d) - walk_overlap(b - 1, d - 1),
                b * d,
            ),
            identity(
                "covariances, a step of $S$",
                "So $S(m) - S(m-2)$ is the sum of $b (m - b)$, the arms with $q = x = m - 1$; $N(0, d) = 0$.",
                arms_sum(m - 1, m - 1) + walk_overlap(Integer(0), d),
                choose(m + 1, 3),
            ),
            induction_by_two(
                "covariances, $S$",
                "$S(m) = S(m-2) + binom(m+1, 3)$ from $S(0) = S(1) = 0$.",
                Eq(Indexed("S", m), overlaps, evaluate=False),
                overlaps.subs(m, 0),
                overlaps.subs(m, 1),
                overlaps - overlaps.subs(m, m - 2) - choose(m + 1, 3),
            ),
            identity(
                "covariances, an offset",
                "$D = 0$ contributes $2 S(i-1)$; each of $+-D$ the sum over $b + d = i - 1 - D$ of $N(b, d) "
                "+ D (b+1)(d+1)$, which is $S(i-1-D) + D binom(i-D+2, 3)$.  All together $2 S(0) + ... + 2 "
                "S(i-1) + 2 g(i)$, $g(i)$ the sum of $D binom(i-D+2, 3)$.",
                D * arms_sum(i - D, i - D),
                D * choose(i - D + 2, 3),
            ),
            telescoping(
                "a step of $g$",
                "With $D - 1$ for $D$, $g(i+1) - g(i)$ is the sum of $binom(x, 3)$ over $x < i + 3$.",
                choose(x, 3),
                x,
                choose(x, 4),
            ),
            induction(
                "$g$",
                "Pascal's rule, from $g(0) = 0$.",
                Eq(Indexed("g", i), choose(i + 3, 5), evaluate=False),
                choose(Integer(3), 5),
                choose(i + 4, 5) - choose(i + 3, 5) - choose(i + 3, 4),
            ),
            induction(
                "$U$",
                "$U(i)$ is the sum of $2 tau$, $R(i)$, the sum of $2 S$ and $2 binom(i+3, 5)$.",
                Eq(Indexed("U", i), transition_pairs(i), evaluate=False),
                transition_pairs(Integer(0)),
                transition_pairs(i + 1)
                - transition_pairs(i)
                - (
                    2 * crosscap_pairs(i)
                    + offsets.subs(i, i + 1)
                    - offsets
                    + 2 * overlaps.subs(m, i)
                    + 2 * choose(i + 3, 4)
                ),
            ),
            conclusion(
                "With the variances of the shares.",
                formula,
                equals(
                    (nu_C + nu_F) * nu_W**i * crosscap_pairs(i)
                    + nu_C * nu_F * nu_W ** (i - 1) * transition_pairs(i)
                ),
            ),
            evidence(
                "exact means",
                "For $i <= 10$ the coefficient of $n^-2$ in the exact mean, with symbolic variances.",
                _second_order_laws,
            ),
        ),
    )


def _second_order_laws() -> Iterator[Obligation]:
    for lag in range(11):
        law = finite_width_forms.second_order_mean(lag, *VARIANCES)
        yield f"n^-2 at {lag}", mean_coefficient(lag, lag, 2) - law


@cache
def finite_width_covariance() -> Statement:
    """The fluctuations of the lag kernel, to first order."""
    gram: PowerWord = (("w", a), ("W", b))
    gram2: PowerWord = (("w", c), ("W", d))
    same, crossed = join(gram, transpose(gram2)), join(gram, gram2)
    P0, Q0, dP, dQ = symbols("P0 Q0 dP dQ")
    half = (i + j + k + l) / 2
    fluctuation = finite_width_forms.gram_fluctuation
    A, B, K = nu_F * nu_W**x, nu_C * nu_W**x, nu_C * nu_F * nu_W ** (x - 1)
    smaller, larger = Min(i, j, k, l), Max(Min(i, j), Min(k, l))
    formula = Eq(
        Symbol("n Cov(Theta_ij, Theta_kl)"),
        (KroneckerDelta(i - j, k - l) + KroneckerDelta(i - j, l - k))
        * (
            fluctuation(smaller, larger, half, nu_W, nu_F, nu_C)
            + fluctuation(smaller, larger, half, nu_W, nu_C, nu_F)
        ),
        evaluate=False,
    )
    return Statement(
        name="finite-width-covariance",
        title="$n Cov(Theta_ij, Theta_kl)$ in the limit",
        formula=formula,
        variables={
            "Theta": "lag kernel for $n_x = n_y = 1$; the proof, and the code's law of single "
            "entries, have any $n_x$, $n_y$",
            "i, j, k, l": "lags, integers $>= 0$",
            **MEANING,
        },
        assumptions=(
            GAUSSIAN,
            "in the limit of $n$ to infinity, with an error $O(1/n)$",
            "a term whose factor $min(i, j, k, l)$ or $max(min(i, j), min(k, l))$ is 0 is 0 at $nu_W = 0$ "
            "too",
        ),
        source=SOURCE + "; delta method",
        uses=(lag_kernel(), gram_limits(), crosscap_traces(), alternating_words(), trace_factorisation()),
        abbreviations={m: smaller, M: larger, h: half},
        proof=(
            lemma(
                "covariances of quadratic forms",
                "For independent vectors $f_x$ with entries $N(0, nu)$, given $A$ and $B$: $Cov(f_x' A f_y, "
                "f_u' B f_v) = nu^2 (delta_xu delta_yv tr A B' + delta_xv delta_yu tr A B)$ (Isserlis "
                "1918).  By the law of total covariance a random $A$ and $B$ add $delta_xy delta_uv nu^2 "
                "cov(tr A, tr B)$.",
            ),
            equal_words(
                "the words of a Gram's covariance",
                "In $Q_ab = f' M'^a M^b f/n$ and $Q_cd$: $A B'$ and $A B$ are words of four powers.  (In "
                "$P$ those of $M^a M'^b$, with the same result.)",
                ((same,), ((("w", a), ("W", b), ("w", d), ("W", c)),)),
                ((crossed,), ((("w", a), ("W", b), ("w", c), ("W", d)),)),
            ),
            identity(
                "their balance",
                "$A B'$ is balanced if $a - b = c - d$, $A B$ if $a - b = d - c$.  So by alternating-words "
                "$n Cov(Q_ab, Q_cd)$ tends to $nu_F^2 nu_W^{(a+b+c+d)/2} (1 + min(a,b,c,d))$ for each of "
                "the two pairings that is balanced and fits the columns.",
                imbalance(same) + x * imbalance(crossed),
                ((c - d) - (a - b)) - x * ((a - b) - (d - c)),
            ),
            identity(
                "the traces' covariance is lower",
                "It has no power of $n$ by trace-factorisation: $n n^-2 n^0$.  The same is all of the "
                "covariance of $P$ and $Q$, which are independent given $W$.",
                sympy.Mul(n, n**-2, evaluate=False),
                1 / n,
            ),
            identity(
                "delta method",
                "Put $P = P0 + dP$, $Q = Q0 + dQ$ with their means.  The lag kernel is bilinear: beside "
                "linear terms there is $dP (x) dQ$.",
                (P0 + dP) * (Q0 + dQ) - P0 * Q0,
                P0 * dQ + dP * Q0 + dP * dQ,
            ),
            identity(
                "centred traces",
                "If $T$ is a centred trace and $R$ a product of $r$ others, of which some may be centred, "
                "$E[T R]$ is a sum of covariances of $T$ with products of $q <= r$ traces times $r - q$ "
                "means of degree 1: of degree $r - 1$ by trace-factorisation, letters aside, whatever $q$.",
                (1 + q - 2) + (r - q),
                r - 1,
            ),
            identity(
                "the remainder's own covariance",
                "Given $W$, $E[dP dP_*]$ is $nu_C^2 n^-2$ times traces or two centred traces, and so is "
                "$E[dQ dQ_*]$.  The mean of their product has $n^-4$ times degree 2 at most: two traces; a "
                "trace and two centred ones ($r = 2$: 1); four centred ones ($r = 3$: 2).  Times $n$ this "
                "is $O(1/n)$, and $E[dP dQ] = O(n^-2)$.",
                sympy.Mul(n, n**-4, n**2, evaluate=False),
                1 / n,
            ),
            identity(
                "its covariance with the linear terms",
                "$E[dP dQ dQ_*]$ has $n^-3$ times a centred trace and a trace or two centred ones: degree 1 "
                "at most ($r = 1$: 0, $r = 2$: 1).",
                sympy.Mul(n, n**-3, n, evaluate=False),
                1 / n,
            ),
            identity(
                "the means in the linear terms",
                "$P0_ab = nu_C nu_W^a delta_ab + O(1/n)$ by crosscap-traces, and the covariances of $dP$ "
                "and $dQ$ are $O(1/n)$: the correction is $n n^-1 n^-1$.  Left are $Q_ij$ and the sum over "
                "$1 <= e <= min(i,j)$ of $nu_C nu_W^{e-1} Q_{i-e,j-e}$, and $P$ likewise.",
                sympy.Mul(n, 1 / n, 1 / n, evaluate=False),
                1 / n,
            ),
            identity(
                "powers of $nu_W$",
                "Two steps $e$, $g >= 1$ along the diagonals leave $nu_W^{h-2}$, $h = (i+j+k+l)/2$, one "
                "leaves $nu_W^{h-1}$: offsets, and with them the pairings, stay.",
                (e - 1) + (g - 1) + ((i - e) + (j - e) + (k - g) + (l - g)) / 2,
                half - 2,
            ),
            telescoping("the triangle", "$1 + y$ for $y < x$.", 1 + x, x, triangle(x)),
            identity(
                "a column",
                "Let $m <= M$ be the smaller and the larger of $min(i,j)$ and $min(k,l)$.  Of the terms $1 "
                "+ min(e, y)$, $y < M$, with $e < M$, the first $e + 1$ are the triangle, the others $e + "
                "1$ each.  For $e = M$ the formula holds too, as $triangle(-1) = 0$.",
                triangle(e + 1) + (M - e - 1) * (e + 1),
                triangle(M) - triangle(M - e - 1),
            ),
            induction(
                "two steps",
                "$1 + min(m-e, M-g)$ over $1 <= e <= m$, $1 <= g <= M$ is $N(m, M)$, the sum of its columns "
                "$0, ..., m - 1$ of length $M$; the step holds for $m < M$.",
                Eq(
                    sympy.Sum(1 + Min(x, y), (x, 0, m - 1), (y, 0, M - 1)),
                    walk_overlap(m, M),
                    evaluate=False,
                ),
                walk_overlap(Integer(0), M),
                walk_overlap(m + 1, M) - walk_overlap(m, M) - (triangle(M) - triangle(M - m - 1)),
            ),
            identity(
                "one step",
                "$e = 0$, $g >= 1$ is the column $m$; $g = 0$, $e >= 1$ is the sum of $1 + min(m-e, M) = 1 "
                "+ m - e$: the triangle of $m$.  No step leaves $1 + m$.",
                triangle(M) - triangle(M - m - 1) + triangle(m),
                (m + 1) * M,
            ),
            identity(
                "the law",
                "What $Q$ contributes for each pairing.  $P$ contributes the same with $nu_F$ and $nu_C$ "
                "exchanged.",
                nu_F**2
                * nu_W**half
                * ((m + 1) + nu_C / nu_W * (m + 1) * M + (nu_C / nu_W) ** 2 * walk_overlap(m, M)),
                fluctuation(m, M, half, nu_W, nu_F, nu_C),
            ),
            conclusion(
                "The formula for lags of the same offset, of opposite offsets, on the diagonal (both) and of "
                "different offsets.",
                formula,
                _couples_equal_offsets,
            ),
            identity(
                "the variance",
                "At $(k, l) = (i, j)$, with $2 x = i + j$ and $m = M$: each pairing has $(A^2 + B^2)(m+1) + "
                "(A + B) K m (m+1) + K^2 m (m+1)(2m+1)/3$, where $A = nu_F nu_W^x$, $B = nu_C nu_W^x$, $K = "
                "nu_C nu_F nu_W^{x-1}$.",
                fluctuation(m, m, 2 * x, nu_W, nu_F, nu_C) + fluctuation(m, m, 2 * x, nu_W, nu_C, nu_F),
                (A**2 + B**2) * (m + 1) + (A + B) * K * m * (m + 1) + K**2 * m * (m + 1) * (2 * m + 1) / 3,
            ),
            evidence(
                "exact covariances",
                "For $n_x = n_y = 1$ and lags $<= 3$ of sum up to 8, the $1/n$ term of the exact "
                "covariance, with symbolic variances; there is no term of order 0.",
                lambda: _scalar_covariances(3, 8),
            ),
            evidence(
                "exact covariances of matrices",
                "For $n_x = 2$, $n_y = 3$, lags $<= 1$ and $Theta_22$ with itself, $Theta_02$ with "
                "$Theta_20$, every contraction of the indices of rows and of those of columns ($tr A tr B$, "
                "$tr A B'$, $tr A B$).",
                _matrix_covariances,
            ),
        ),
    )


def _couples_equal_offsets(formula: Eq) -> Iterator[Obligation]:
    offset, other = u + 1, u + 2 + y
    parallel = {i: v + offset, j: v, k: v + p + offset, l: v + p}
    crossed = {i: v + offset, j: v, k: v + p, l: v + p + offset}
    diagonal = {i: v, j: v, k: v + p, l: v + p}
    apart = {i: v + offset, j: v, k: v + p + other, l: v + p}
    for name, lags, pairings in (("same", parallel, 1), ("opposite", crossed, 1), ("diagonal", diagonal, 2)):
        half = sympy.expand(sum(lags.values()) / 2)
        law = sum(
            finite_width_forms.gram_fluctuation(v, v + p, half, nu_W, own, other)
            for own, other in ((nu_F, nu_C), (nu_C, nu_F))
        )
        yield name, formula.rhs.subs(lags, simultaneous=True) - pairings * law
    yield "different", formula.rhs.subs(apart, simultaneous=True)


def _scalar_covariances(greatest: int, letters: int) -> Iterator[Obligation]:
    pairs = [*product(range(greatest + 1), repeat=2)]
    for (p, q), (r, s) in combinations_with_replacement(pairs, 2):
        if p + q + r + s <= letters:
            law = finite_width_forms.covariance(p, q, r, s, *VARIANCES)
            yield from _leading_term(f"Cov of {p}, {q} and {r}, {s}", exact_covariance(p, q, r, s), law)


def _matrix_covariances() -> Iterator[Obligation]:
    lags = [(0, 0), (0, 1), (1, 0), (1, 1)]
    pairs = [*combinations_with_replacement(lags, 2), ((2, 2), (2, 2)), ((0, 2), (2, 0))]
    for (first, second), rows, columns in product(pairs, CONTRACTIONS, CONTRACTIONS):
        law = sum(
            finite_width_forms.entry_covariance(
                Entry(first[0], first[1], y, x, y2, x2), Entry(second[0], second[1], v, u, v2, u2), *VARIANCES
            )
            for y, y2, v, v2 in _contracted_indices(rows, 3)
            for x, x2, u, u2 in _contracted_indices(columns, 2)
        )
        exact = contracted_covariance(first, second, rows, columns, n_x=2, n_y=3)
        yield from _leading_term(f"Cov of {first} and {second}, {rows}, {columns}", exact, law)


def _contracted_indices(how: str, dimension: int) -> Iterator[tuple[int, int, int, int]]:
    for first, second in product(range(dimension), repeat=2):
        yield {
            "apart": (first, first, second, second),
            "parallel": (first, second, first, second),
            "crossed": (first, second, second, first),
        }[how]


def _leading_term(claim: str, exact: sympy.Expr, law: sympy.Expr) -> Iterable[Obligation]:
    in_inverse = sympy.expand(exact.subs(n, 1 / x))
    return [(f"{claim}: order 0", in_inverse.coeff(x, 0)), (claim, in_inverse.coeff(x, 1) - law)]


@cache
def finite_width_fluctuations() -> Statement:
    """The fluctuations are jointly Gaussian in the limit."""

    def bound(count: sympy.Expr) -> sympy.Expr:
        return 2 - count

    formula = Eq(sympy.Limit(n ** (r / 2) * Symbol("kappa_r"), n, sympy.oo), Integer(0), evaluate=False)
    return Statement(
        name="finite-width-fluctuations",
        title="For any finite set of lags $sqrt(n) (Theta - E Theta)$ tends to a Gaussian",
        formula=formula,
        variables={
            "kappa_r": "joint cumulant of $r >= 3$ entries of the lag kernel's linear part; the covariance "
            "is that of finite-width-covariance",
        },
        assumptions=(GAUSSIAN, "$r >= 3$", "$n$ goes to infinity, $n_x$, $n_y$ and the lags fixed"),
        source=SOURCE,
        uses=(finite_width_covariance(), trace_cumulants()),
        proof=(
            lemma(
                "cumulants of quadratic forms",
                "Given $W$, $kappa_r(f' A_1 f, ..., f' A_r f)$ is a sum of traces of products of the $A$'s "
                "and their transposes, and $P$ and $Q$ are independent (Magnus 1978).",
            ),
            lemma(
                "total cumulance",
                "A joint cumulant is the sum over partitions of the cumulant of the blocks' conditional "
                "cumulants (Brillinger 1969).",
            ),
            identity(
                "order of a partition",
                "With $s$ blocks, a trace each, it is $n^-r$ times degree $2 - s$ by trace-cumulants: at "
                "most $n^{1-r}$, for $s = 1$.",
                -r + bound(s).subs(s, 1),
                1 - r,
            ),
            sign(
                "cumulants of order three and more vanish",
                "$sqrt(n)$ times each variable: $n^{r/2} n^{1-r} = n^{-(r-2)/2}$, with $r = 3 + u$.",
                -((r / 2 + 1 - r) + Rational(1, 2)).subs(r, 3 + u),
                (u,),
            ),
            conclusion(
                "So it tends to 0, for every $r >= 3$.",
                formula,
                tends(n ** (-(1 + Symbol("u")) / 2), n),
                "limit",
            ),
            lemma(
                "method of moments",
                "The Gaussian law is determined by its cumulants, so their convergence is that in law "
                "(Frechet and Shohat 1931).  The remainder $dP (x) dQ$ times $sqrt(n)$ vanishes in mean "
                "square, by finite-width-covariance's proof (Slutsky's theorem).",
            ),
            evidence(
                "exact third cumulants",
                "For $n_x = n_y = 1$ and unit variances those of triples of $Theta_00$, $Theta_11$, "
                "$Theta_01$, $Theta_02$ and $Theta_22$, with at most ten letters $W$, are of order $n^-2$ "
                "or less.",
                _third_cumulants,
            ),
        ),
    )


def _third_cumulants() -> Iterator[Obligation]:
    for first, second, third in combinations_with_replacement([(0, 0), (1, 1), (0, 1), (0, 2), (2, 2)], 3):
        if sum(first + second + third) <= 10:
            one, two, three = map(_theta_moment, (first, second, third))
            cumulant = (
                _theta_moment(first, second, third)
                - one * _theta_moment(second, third)
                - two * _theta_moment(first, third)
                - three * _theta_moment(first, second)
                + 2 * one * two * three
            )
            in_inverse = sympy.expand(cumulant.subs(n, 1 / x))
            yield f"Theta at {first}, {second}, {third}, order 0", in_inverse.coeff(x, 0)
            yield f"Theta at {first}, {second}, {third}, order 1", in_inverse.coeff(x, 1)


@cache
def _theta_moment(*lags: tuple[int, int]) -> sympy.Expr:
    """E of the product of Theta_ij over the lags (i, j), for n_x = n_y = 1 and unit variances."""
    if sum(map(sum, lags)) % 2:
        return Integer(0)
    degree = sum(map(sum, lags)) // 2 + len(lags)
    terms = ([term for letter in "CFW" for term in inner_products(i, j, letter)] for i, j in lags)
    products = Counter(
        tuple(sorted(word for term in choice for word in term if word)) for choice in product(*terms)
    )
    orders: Counter[int] = Counter()
    for words, multiplicity in products.items():
        for (power, _, _), count in expectation(words).to_dict().items():
            orders[degree - power] += multiplicity * int(count)
    return sympy.Add(*(count / n**order for order, count in orders.items()))
