r"""Traces of words in a Gaussian matrix, beyond their limits.

With M = W/sqrt(n), expectations and cumulants of traces of words in M and M' are polynomials in 1/n, up to
a power of n, so "order k" below is the exact coefficient of n^-k: no analysis is needed.  Stein's lemma on a
letter of tr(W A) has three kinds of partners,

    the same letter in A           tr(W B W D)         ->  tr(B D')             "reversal"
    its transpose in A             tr(W B W' D)        ->  tr(B) tr(D)          "split"
    either in another trace        tr(W A) tr(W R)     ->  tr(A R')             "merger"
                                   tr(W A) tr(W' R)    ->  tr(A R)

and power counting (trace-cumulants) tells which of them reach an order.  What is left are recursions that
remove a letter, solved by induction on symbolic powers.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product

import sympy
from sympy import Eq, Indexed, Integer, KroneckerDelta, Max, Min, Symbol, symbols

from derivations import finite_width_forms
from derivations.finite_width_forms import crosscap, crosscap_pairs, triangle, walk_overlap
from derivations.power_words import PowerWord, cut, degree_bound, join, transpose
from derivations.proof import (
    Obligation,
    Statement,
    conclusion,
    equals,
    evidence,
    identity,
    induction,
    lemma,
    sign,
    telescoping,
)
from derivations.stein import expectation
from derivations.theorems.pieces import (
    arms,
    arms_sum,
    by_cases,
    choose,
    coefficient,
    equal_words,
    imbalance,
    induction_by_two,
    power_word,
)
from derivations.theorems.random_matrices import power_traces, stein_lemma, trace_factorisation

__all__ = [
    "SOURCE",
    "alternating_words",
    "crosscap_traces",
    "trace_covariance",
    "trace_cumulants",
    "trace_second_order",
]

a, b, c, d, k, l, m, q, D, L, r, s, x = symbols("a b c d k l m q D L r s x")  # noqa: E741 - as in the formulas
a1, b1, a2, b2 = symbols("a1 b1 a2 b2")
p, u, v, y = symbols("p u v y", integer=True, nonnegative=True)
"""Slack variables: an ordering such as x <= y is the substitution y = x + u."""

SOURCE = "derived here, from the loop equations of the real Ginibre ensemble"
UNIT = "$nu_W = 1$: a word's letters fix its power of $nu_W$"


@cache
def trace_cumulants() -> Statement:
    """Power counting for joint cumulants of traces."""

    def bound(traces: sympy.Expr, letters: sympy.Expr) -> sympy.Expr:
        return letters / 2 + 2 - traces

    formula = sympy.Le(sympy.Function("deg")(Indexed("kappa", r)), bound(r, L), evaluate=False)
    return Statement(
        name="trace-cumulants",
        title="A joint cumulant of $r$ traces has degree $2 - r$ in $n$, beside half the letters",
        formula=formula,
        variables={
            "kappa[r]": "joint cumulant of the traces of $r$ words in $W$ and $W'$",
            "L": "number of letters of the words",
            "deg": "degree of a polynomial in $n$",
        },
        assumptions=("$r >= 1$", "the entries of $W$ are independent $N(0, 1)$"),
        source=SOURCE,
        uses=(stein_lemma(),),
        proof=(
            lemma(
                "cumulants of a product",
                "Let $<Y>$ be the expectation tilted by $exp(s_2 X_2 + ... + s_r X_r)$, a formal power "
                "series, so that the coefficient of $s_2 ... s_r$ in $<Y>$ is the cumulant $kappa(Y, X_2, "
                "..., X_r)$.  Then $<Y Z> = kappa(Y, Z | s) + <Y><Z>$, hence $kappa(Y Z, X_2, ...) = "
                "kappa(Y, Z, X_2, ...)$ plus the sum of $kappa(Y, X_I) kappa(Z, X_J)$ over the divisions of "
                "${2, ..., r}$ into $I$ and $J$ (Leonov and Shiryaev 1959).",
            ),
            identity(
                "no letters",
                "By induction on $L$, for all $r$ at once.  A word without letters has trace $n$, whose "
                "mean has degree $1 = 0/2 + 2 - 1$; in a cumulant with others it contributes 0.",
                "0/2 + 2 - 1",
                "1",
            ),
            identity(
                "a reversal",
                "Stein's lemma on the first letter of a word that has one, in the tilted expectation: "
                "partners are the word's other letters and, from the exponent, those of each $X_j$.  A "
                "reversal leaves $r$ traces and two letters less: one power below the bound.",
                "(L - 2)/2 + 2 - r",
                "(L/2 + 2 - r) - 1",
            ),
            identity(
                "a split, jointly",
                "A split leaves a product of two traces.  Its joint cumulants with the other traces are "
                "two powers below the bound.",
                "(L - 2)/2 + 2 - (r + 1)",
                "(L/2 + 2 - r) - 2",
            ),
            identity(
                "a split, as a product",
                "The products $kappa(Y, X_I) kappa(Z, X_J)$, $s$ traces being in $I$ and $x$ letters in the "
                "first factor, meet the bound.",
                "(x/2 + 2 - (s + 1)) + ((L - 2 - x)/2 + 2 - (r - s))",
                "L/2 + 2 - r",
            ),
            conclusion(
                "A merger leaves $r - 1$ traces and meets the bound too: no term is above it.",
                formula,
                equals(bound(r - 1, L - 2)),
            ),
            evidence(
                "exact cumulants",
                "The exact third cumulants of traces of $W^a W'^b$, $a$, $b <= 2$, of up to eight letters "
                "in all, obey the bound.",
                _cumulant_degrees,
            ),
        ),
    )


def _cumulant_degrees() -> Iterator[Obligation]:
    words = [power_word(p, q) for p in range(3) for q in range(3) if p + q]
    for first, second, third in combinations_with_replacement(words, 3):
        letters = len(first + second + third)
        if letters <= 8:
            one, two, three = (expectation([word]) for word in (first, second, third))
            cumulant = (
                expectation([first, second, third])
                - one * expectation([second, third])
                - two * expectation([first, third])
                - three * expectation([first, second])
                + 2 * one * two * three
            )
            holds = all(2 * degree <= letters - 2 for degree, _, _ in cumulant.to_dict())
            yield f"third cumulant of {first}, {second}, {third}", holds


@cache
def alternating_words() -> Statement:
    """The planar pairings of a word of four powers."""
    word: PowerWord = (("W", a1), ("w", b1), ("W", a2), ("w", b2))
    near, far = cut(word, 1, k), cut(word, 3, k)

    def count(a1: sympy.Expr, b1: sympy.Expr, a2: sympy.Expr, b2: sympy.Expr) -> sympy.Expr:
        return 1 + Min(a1, b1, a2, b2)

    formula = Eq(
        Indexed("phi", a1, b1, a2, b2),
        KroneckerDelta(a1 + a2, b1 + b2) * count(a1, b1, a2, b2),
        evaluate=False,
    )
    return Statement(
        name="alternating-words",
        title="$tr(M^{a1} M'^{b1} M^{a2} M'^{b2})/n$ tends to $1 + min(a1, b1, a2, b2)$ if it is balanced",
        formula=formula,
        variables={
            "phi": "the limit of $E tr(M^{a1} M'^{b1} M^{a2} M'^{b2})/n$, $M = W/sqrt(n)$, as $n$ goes to "
            "infinity",
            "a1, b1, a2, b2": "powers, integers $>= 0$",
        },
        assumptions=(UNIT,),
        source=SOURCE,
        uses=(power_traces(), trace_factorisation()),
        proof=(
            identity(
                "only splits count",
                "Stein's lemma on the first letter.  A reversal has two letters less and one trace: a power "
                "of $n$ below the scale of the word.  A split keeps it, and by trace-factorisation the mean "
                "of the product is the product of the means: $phi(M A)$ is the sum of $phi(B) phi(D)$ over "
                "$A = B M' D$.",
                degree_bound(*near),
                degree_bound(word),
            ),
            identity(
                "unbalanced words",
                "Call imbalance the number of $M$ less that of $M'$.  Those of $B$ and $D$ add up to the "
                "word's, so $B$ or $D$ is unbalanced if the word is, and $phi$ is 0 by induction on the "
                "letters.",
                imbalance(near[0]) + imbalance(near[1]) + x * (imbalance(far[0]) + imbalance(far[1])),
                imbalance(word) + x * imbalance(word),
            ),
            equal_words(
                "the words of the splits",
                "The partner is letter number $k$ of the first or of the second power of $M'$.",
                (near, ((("W", a1 - 1), ("w", k - 1)), (("w", b1 - k), ("W", a2), ("w", b2)))),
                (far, ((("W", a1 - 1), ("w", b1), ("W", a2), ("w", k - 1)), (("w", b2 - k),))),
            ),
            identity(
                "a partner in the first power",
                "By power-traces $phi(M^{a1-1} M'^{k-1})$ is 1 for $k = a1$ and else 0; this $k$ is in "
                "range if $a1 <= b1$.  Rotated, the other word is $M'^{b1-a1+b2} M^{a2}$, of the same "
                "imbalance: for a balanced word its $phi$ is 1.",
                imbalance(near[1]).subs(k, a1),
                imbalance(word),
            ),
            identity(
                "a partner in the second power",
                "$phi(M'^{b2-k})$ is 1 for $k = b2$ and else 0; the other word has exponents $a1-1$, $b1$, "
                "$a2$, $b2-1$.  Together: $f(a1,b1,a2,b2) = [a1 <= b1] + f(a1-1,b1,a2,b2-1)$ for balanced "
                "words with $a1$, $b2 >= 1$.",
                imbalance(far[0]).subs(k, b2),
                imbalance(word),
            ),
            by_cases(
                "base",
                "If $a1 = 0$ or $b2 = 0$ the word is a power of $M'$ times one of $M$ up to rotation, for "
                "which power-traces gives 1.",
                count(a1, b1, a2, b2),
                Integer(1),
                {a1: 0, b1: p, a2: u, b2: v},
                {a1: p, b1: u, a2: v, b2: 0},
            ),
            by_cases(
                "step for $a1 <= b1$",
                "Put $b1 = a1 + y$, hence $a2 = b2 + y$ by balance; either of $a1 - 1$, $b2 - 1$ may be the "
                "smaller.",
                count(a1, b1, a2, b2),
                1 + count(a1 - 1, b1, a2, b2 - 1),
                {a1: p + 1, b1: p + 1 + y, a2: p + u + 1 + y, b2: p + u + 1},
                {a1: p + u + 1, b1: p + u + 1 + y, a2: p + 1 + y, b2: p + 1},
            ),
            by_cases(
                "step for $a1 > b1$",
                "Put $a1 = b1 + 1 + y$, hence $b2 = a2 + 1 + y$; either of $b1$, $a2$ may be the smaller.",
                count(a1, b1, a2, b2),
                count(a1 - 1, b1, a2, b2 - 1),
                {a1: p + 1 + y, b1: p, a2: p + u, b2: p + u + 1 + y},
                {a1: p + u + 1 + y, b1: p + u, a2: p, b2: p + 1 + y},
            ),
            conclusion(
                "The formula is 0 for an unbalanced word, and for a balanced one the count of these cases.",
                formula,
                _counts_balanced_words,
            ),
            evidence(
                "exact polynomials",
                "The leading coefficients of the exact polynomials of all words with powers $<= 4$ and up "
                "to ten letters.",
                _alternating_coefficients,
            ),
        ),
    )


def _counts_balanced_words(formula: Eq) -> Iterator[Obligation]:
    around, sizes = (a1, b1, a2, b2), (p, p + v, p + v + y, p + y)
    for turn in range(4):
        balanced = dict(zip(around, sizes[turn:] + sizes[:turn], strict=True))
        yield f"balanced, {balanced}", formula.rhs.subs(balanced, simultaneous=True) - (1 + p)
    for more, less in ((a1, b1), (b1, a1)):
        unbalanced = {a1: p, b1: p, a2: v, b2: v} | {more: p + u + 1, less: p}
        yield f"unbalanced, {unbalanced}", formula.rhs.subs(unbalanced, simultaneous=True)


def _alternating_coefficients() -> Iterator[Obligation]:
    for powers in product(range(5), repeat=4):
        if 0 < sum(powers) <= 10 and sum(powers) % 2 == 0:
            word = "".join(letter * power for letter, power in zip("WwWw", powers, strict=True))
            balanced = powers[0] + powers[2] == powers[1] + powers[3]
            expected = 1 + min(powers) if balanced else 0
            yield f"phi{powers}", _order([word], 0) == expected


@cache
def crosscap_traces() -> Statement:
    """The first correction to E tr(M^a M'^b)/n."""
    word: PowerWord = (("W", a), ("w", b))
    before, after = cut(word, 0, k)
    reversal = join(before, transpose(after))
    split = cut(word, 1, k)
    formula = Eq(
        Indexed("t1", a, b),
        sympy.Piecewise((crosscap(Min(a, b)), Eq(sympy.Mod(a - b, 2), 0) & sympy.Ne(a, b)), (0, True)),
        evaluate=False,
    )
    return Statement(
        name="crosscap-traces",
        title="$E tr(M^a M'^b)/n$ has the $1/n$ term $min(a, b) + 1$ if $a - b$ is even and not 0, else none",
        formula=formula,
        variables={
            "t1[a, b]": "coefficient of $1/n$ in $t(a, b) = E tr(M^a M'^b)/n$, $M = W/sqrt(n)$",
            "a, b": "powers, integers $>= 0$",
        },
        assumptions=(UNIT, "an odd $a - b$ gives 0 at every order, for $W$ and $-W$ have the same law"),
        source=SOURCE + "; the pairings with one crosscap",
        uses=(power_traces(), trace_factorisation()),
        proof=(
            equal_words(
                "the loop equation",
                "Transposition gives $t(a,b) = t(b,a)$; take $a > b$ or $a = b >= 1$ and write $D = a - "
                "b$.  Letter number $k$ of $M^a$, $2 <= k <= a$, leaves $t(b+k-2, a-k)/n$; letter number "
                "$k$ of $M'^b$ leaves the mean of $tr(M^{a-1} M'^{k-1}) tr(M'^{b-k})/n^2$.",
                ((reversal,), ((("W", b + k - 2), ("w", a - k)),)),
                (split, ((("W", a - 1), ("w", k - 1)), (("w", b - k),))),
            ),
            identity(
                "covariances are of order two",
                "By trace-factorisation the mean of the product of traces is $t(a-1,k-1) t(b-k,0)$ up to "
                "$n^-2$: the covariance of two traces has no power of $n$ beside the letters'.",
                degree_bound(*split) - 2,
                degree_bound(word) - 2,
            ),
            identity(
                "reversals",
                "At order 0, $t(b+k-2, a-k)$ is 1 if its two powers are equal and else 0 (power-traces).  "
                "They are for $2 (k - 1) = D$, that is for one $k$ if $D$ is even.",
                (b + k - 2).subs(k, 1 + (a - b) / 2),
                (a - k).subs(k, 1 + (a - b) / 2),
            ),
            sign(
                "this $k$ is in range",
                "For $D = 2 u + 2$ it is $k = u + 2 <= a = b + 2 u + 2$: $a - k >= 0$.  For $D = 0$ it "
                "would be $k = 1$, the first letter itself.",
                (a - k).subs({a: b + 2 * u + 2, k: u + 2}),
                (b, u),
            ),
            sign(
                "splits",
                "For $k < b$ both $t(a-1,k-1)$ and $t(b-k,0)$ are 0 at order 0, since $a - 1 > k - 1$ (for "
                "$a = b + v$, $k = b - 1 - u$ the difference is $1 + u + v$) and $b - k > 0$: their product "
                "starts at order two.  $k = b$ leaves $t(a-1,b-1) t(0,0)$.  So $t1(a,b) = t1(a-1,b-1) + [D "
                "even, D >= 2]$.",
                ((a - 1) - (k - 1) - 1).subs({a: b + v, k: b - 1 - u}, simultaneous=True),
                (u, v),
            ),
            induction(
                "solution",
                "For even $D >= 2$ by induction on $b$: $t1(D,0) = 1$, and each further $b$ adds 1.  For $D "
                "= 0$ the same recursion from $t1(0,0) = 0$ gives 0.",
                Eq(Indexed("t1", b + D, b), crosscap(b), evaluate=False),
                crosscap(Integer(0)) - 1,
                crosscap(b) - crosscap(b - 1) - 1,
            ),
            conclusion(
                "The formula at $b + D$ and $b$, and at $b$ and $b + D$: for even $D >= 2$, for $D = 0$ and "
                "for odd $D$.",
                formula,
                lambda formula: [
                    (f"D = {offset}", formula.rhs.subs(powers, simultaneous=True) - value)
                    for offset, value in ((2 * u + 2, crosscap(v)), (0, 0), (2 * u + 1, 0))
                    for powers in ({a: v + offset, b: v}, {a: v, b: v + offset})
                ],
            ),
            evidence(
                "exact polynomials",
                "The coefficients of the exact polynomials $E tr(W^a W'^b)$, $a$, $b <= 8$.",
                _crosscap_coefficients,
            ),
        ),
    )


def _crosscap_coefficients() -> Iterator[Obligation]:
    for p, q in product(range(9), repeat=2):
        if p + q and (p - q) % 2 == 0:
            yield f"t1({p},{q})", _order([power_word(p, q)], 1) == (0 if p == q else crosscap(min(p, q)))


@cache
def trace_covariance() -> Statement:
    """The covariance of two traces, to leading order."""
    word: PowerWord = (("W", a), ("w", b))
    body: PowerWord = (("W", a - 1), ("w", b))
    like = join(body, transpose((("W", c - k), ("w", d), ("W", k - 1))))
    unlike = join(body, (("w", d - k), ("W", c), ("w", k - 1)))
    split = cut(word, 1, k)
    law = finite_width_forms.trace_covariance
    zero = Integer(0)

    def scale(traces: int, letters: sympy.Expr) -> sympy.Expr:
        return letters / 2 + 2 - traces

    formula = Eq(
        Indexed("Cov", b + D, b, d + D, d),
        (1 + KroneckerDelta(D, 0)) * walk_overlap(Min(b, d), Max(b, d)) + D * (b + 1) * (d + 1),
        evaluate=False,
    )
    return Statement(
        name="trace-covariance",
        title="The covariance of $tr(M^a M'^b)$ and $tr(M^c M'^d)$ in the limit",
        formula=formula,
        variables={
            "Cov[a, b, c, d]": "the limit of $cov(tr M^a M'^b, tr M^c M'^d)$, $M = W/sqrt(n)$; 0 unless "
            "$|a-b| = |c-d|$",
            "D": "$a - b = c - d >= 0$ (else transpose a word)",
        },
        assumptions=(UNIT, "$a$, $b$, $c$, $d$ are integers $>= 0$"),
        source=SOURCE,
        uses=(trace_cumulants(), alternating_words()),
        proof=(
            identity(
                "what reaches the order",
                "Transpose the words so that $a >= b$ and $c >= d$, and apply Stein's lemma to the first "
                "letter of $M^a M'^b$, $a >= 1$.  By trace-cumulants, splits into the mean of one part "
                "times the covariance of the other keep the order, and so do mergers (checked below); "
                "reversals are one order lower and joint cumulants of three traces two.",
                scale(1, x) + scale(2, L - 2 - x),
                scale(2, L),
            ),
            identity("mergers", "A merger leaves one trace.", "(L - 2)/2 + 2 - 1", "L/2 + 2 - 2"),
            equal_words(
                "splits",
                "Partner number $k$ of $M'^b$ leaves $M^{a-1} M'^{k-1}$ and $M'^{b-k}$.  By power-traces "
                "the mean of the first is not 0 only for $k = a = b$, where the other is empty and has no "
                "covariance; that of the second only for $k = b$, which leaves the covariance of "
                "$tr(M^{a-1} M'^{b-1})$.",
                (split, ((("W", a - 1), ("w", k - 1)), (("w", b - k),))),
            ),
            equal_words(
                "the words of the mergers",
                "The partner is letter number $k$ of $M^c$ or of $M'^d$.",
                ((like,), ((("W", a - 1), ("w", b + k - 1), ("W", d), ("w", c - k)),)),
                ((unlike,), ((("W", a - 1), ("w", b + d - k), ("W", c), ("w", k - 1)),)),
            ),
            identity(
                "balance, partner in $M^c$",
                "By alternating-words a merger counts only if its word is balanced, so if $a - b = c - d$.",
                imbalance(like),
                (a - b) - (c - d),
            ),
            identity(
                "balance, partner in $M'^d$",
                "Here if $a - b = d - c$, so both are 0.  Unless $a - b = c - d$ nothing is left: the "
                "covariance is that of $tr(M^{a-b})$, by induction on $b$, and that has no partner either.",
                imbalance(unlike),
                (a - b) + (c - d),
            ),
            by_cases(
                "the least of four",
                "Put $D = a - b = c - d$, $l = c - k$ and $q = a - 1 = b + D - 1$.  The partners in $M^c$ "
                "give the sum of $1 + min(q, q + d - l, d, l)$ over $0 <= l < d + D$, where $q + d - l >= "
                "0$.  The least of the four is $min(l, d) - (l - q)^+$.  (Orderings of $l$ and $d$, and of "
                "$l$ and $q$.)",
                Min(q, q + d - l, d, l),
                Min(l, d) + Min(0, q - l),
                {q: p, d: p + u + v, l: p + u},
                {q: p + u, d: p + v, l: p},
                {q: p + u + v, d: p, l: p + v},
                {q: p + v, d: p + u, l: p + u + v},
            ),
            telescoping(
                "the triangle",
                "$1 + l$ for $l < x$.",
                1 + x,
                x,
                triangle(x),
            ),
            identity(
                "partners in $M^c$",
                "For $l < d$ the triangle, then $D$ times $1 + d$; less $l - q = 1, 2, ..., d - b$ for $l > "
                "q$, if $d > b$.  This is $G = triangle(d) + D (d + 1) - triangle((d-b)^+)$: the last $l$ "
                "exceeds $q$ by $d - b$.",
                (d + D - 1) - (b + D - 1),
                d - b,
            ),
            by_cases(
                "partners in $M'^d$",
                "They count for $D = 0$ only, $a = b$: the sum of $1 + min(b - 1, x)$ over $x = k - 1 < d$, "
                "for the two other powers are no smaller.",
                Min(b - 1, b + d - k, b, k - 1),
                Min(b - 1, k - 1),
                {b: u + 1, k: v + 1, d: v + 1 + p},
            ),
            identity(
                "they double",
                "Its first $b$ terms are the triangle, the others $b$ each, if $b <= d$: again $G$; if $b > "
                "d$ all are the triangle of $d$.  So $D = 0$ has a factor 2.",
                triangle(b) + (d - b) * b,
                triangle(d) - triangle(d - b),
            ),
            induction(
                "$D > 0$, $b <= d$",
                "$C(b) = C(b - 1) + G$, where $C(0)$ is $G$ at $b = 0$.",
                Eq(Symbol("C"), law(b, d, D), evaluate=False),
                law(zero, d, D) - D * (d + 1),
                law(b, d, D) - law(b - 1, d, D) - (triangle(d) + D * (d + 1) - triangle(d - b)),
            ),
            identity(
                "$D > 0$, $b > d$",
                "Further on $G = triangle(d) + D (d + 1)$, the formula with $b$ and $d$ exchanged.",
                law(d, b, D) - law(d, b - 1, D),
                triangle(d) + D * (d + 1),
            ),
            induction(
                "$D = 0$, $b <= d$",
                "$C(0) = 0$, for then $tr(1)$ is constant; each $b$ adds $2 G$.",
                Eq(Symbol("C"), law(b, d, zero), evaluate=False),
                law(zero, d, zero),
                law(b, d, zero) - law(b - 1, d, zero) - 2 * (triangle(d) - triangle(d - b)),
            ),
            identity(
                "$D = 0$, $b > d$",
                "Likewise further on.",
                law(d, b, zero) - law(d, b - 1, zero),
                2 * triangle(d),
            ),
            conclusion(
                "The formula in the four cases.",
                formula,
                lambda formula: [
                    (f"{case}", formula.rhs.subs(case, simultaneous=True) - law(p, p + u, case[D]))
                    for offset in (zero, v + 1)
                    for case in ({b: p, d: p + u, D: offset}, {b: p + u, d: p, D: offset})
                ],
            ),
            evidence(
                "exact polynomials",
                "The exact covariances of all pairs of traces of $W^a W'^b$ with up to ten letters.",
                _covariance_coefficients,
            ),
        ),
    )


def _covariance_coefficients() -> Iterator[Obligation]:
    powers = [(p, q) for p in range(7) for q in range(p + 1) if p]
    for (p, q), (r, s) in combinations_with_replacement(powers, 2):
        if p + q + r + s <= 10 and (p + q + r + s) % 2 == 0:
            first, second = power_word(p, q), power_word(r, s)
            exact = expectation([first, second]) - expectation([first]) * expectation([second])
            smaller, larger = sorted((q, s))
            law = finite_width_forms.trace_covariance(smaller, larger, p - q) if p - q == r - s else 0
            yield f"cov(tr {first}, tr {second})", coefficient(exact, (p + q + r + s) // 2) == law


@cache
def trace_second_order() -> Statement:
    """The second correction to E tr(M^a M'^a)/n."""
    word: PowerWord = (("W", a), ("w", a))
    before, after = cut(word, 0, k + 2)
    law = finite_width_forms.trace_covariance
    twisted = (2 * (a - 1) ** 2 - 1 - (-1) ** a) / 8
    formula = Eq(Indexed("tau", a), crosscap_pairs(a), evaluate=False)
    return Statement(
        name="trace-second-order",
        title="$E tr(M^a M'^a)/n = 1 + tau(a)/n^2 + O(n^-3)$",
        formula=formula,
        variables={
            "tau": "coefficient of $n^-2$ in $t(a, a) = E tr(M^a M'^a)/n$, $M = W/sqrt(n)$",
            "a": "power, an integer $>= 0$",
        },
        assumptions=(UNIT,),
        source=SOURCE,
        uses=(crosscap_traces(), trace_covariance()),
        proof=(
            equal_words(
                "reversals",
                "The loop equation of crosscap-traces at order two.  Letter number $k + 2$ of $M^a$ leaves "
                "$t(a+k, a-2-k)/n$, whose order one is $a - 1 - k$, for the offset $2 k + 2$ is even and "
                "not 0.",
                ((join(before, transpose(after)),), ((("W", a + k), ("w", a - k - 2)),)),
            ),
            telescoping(
                "their sum",
                "$k = 0, ..., a - 2$ give the triangle of $a - 1$.",
                1 + x,
                x,
                triangle(x),
            ),
            induction_by_two(
                "splits, means",
                "The split at $m = 0, ..., a - 2$ gives $t(a-1,m) t(a-1-m,0)$, both 0 at order 0.  Their "
                "orders one are $m + 1$ and 1 if $a - 1 - m$ is even, so the sum is $(a - 2) + (a - 4) + "
                "...$: $h(a) = h(a-2) + a - 2$ from $h(1) = h(2) = 0$.",
                Eq(Indexed("h", a), twisted, evaluate=False),
                twisted.subs(a, 1),
                twisted.subs(a, 2),
                twisted - twisted.subs(a, a - 2) - (a - 2),
            ),
            identity(
                "splits, covariances",
                "By trace-covariance $cov(tr M^{a-1} M'^m, tr M^{a-1-m})$ has at order 0 the value $(a - 1 "
                "- m)(m + 1)$.",
                law(Integer(0), m, a - 1 - m),
                (a - 1 - m) * (m + 1),
            ),
            arms(),
            identity(
                "their sum, $m < a - 1$",
                "With $q = x = a - 1$.",
                arms_sum(a - 1, a - 1),
                choose(a + 1, 3),
            ),
            conclusion(
                "The split at $m = a - 1$ leaves $t(a-1,a-1)$, so $tau(a) - tau(a-1)$ is the sum of the "
                "three; $tau(0) = 0$.",
                formula,
                lambda formula: [
                    ("base", formula.rhs.subs(a, 0)),
                    (
                        "step",
                        formula.rhs
                        - formula.rhs.subs(a, a - 1)
                        - (triangle(a - 1) + twisted + choose(a + 1, 3)),
                    ),
                ],
                "induction",
            ),
            evidence(
                "exact polynomials",
                "The coefficients of $n^-1$ and $n^-2$ of the exact polynomials $E tr(W^a W'^a)/n^{a+1}$, "
                "$a <= 10$.",
                _second_coefficients,
            ),
        ),
    )


def _second_coefficients() -> Iterator[Obligation]:
    for power in range(1, 11):
        word = power_word(power, power)
        yield f"n^-1, {power}", _order([word], 1) == 0
        yield f"n^-2, {power}", _order([word], 2) == crosscap_pairs(power)


def _order(words: list[str], order: int) -> int:
    """The coefficient of n^-order in the mean of the product of normalised traces, for unit variances."""
    return coefficient(expectation(words), len("".join(words)) // 2 + len(words) - order)
