"""Which transition matrices have the same limit: powers of a large random matrix are orthogonal."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product
from typing import Any

import sympy
from sympy import And, Function, IndexedBase, KroneckerDelta, Le, Symbol, symbols

from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction, lemma, sign
from derivations.symbols import n, nu_W
from derivations.theorems.model import Var, at_most, equation, tr
from derivations.theorems.pieces import M_, M, joined, pairings_of, power_word
from derivations.theorems.random_matrices import power_traces
from derivations.theorems.random_matrices import t as gaussian

__all__ = ["T0", "two_point_invariant", "two_point_universality"]

a, b, e, v, L = symbols("a b e v L")
T0, T1, psi = IndexedBase("T0"), IndexedBase("T1"), IndexedBase("psi")
plim, phi = Function("plim"), Function("phi")
SECOND_MOMENT = {"nu_W": "the second moment, the limit of $tr(M M')/n$"}


@cache
def two_point_universality() -> Statement:
    """Independent entries of any law."""
    W, W_ = symbols("W W'", commutative=False)
    formula = equation(T0[a, b], nu_W**a * KroneckerDelta(a, b))
    places = "the power of $n$"
    return Statement(
        name="two-point-universality",
        title="The two-point function of a matrix of independent entries knows only their variance",
        formula=formula,
        variables={
            "T0[a, b]": "the limit in probability of $tr(M^a M'^b)/n$, $M = n^{-1/2} W$, as $n$ goes to "
            "infinity",
            "a, b": "powers of $M$ and of $M'$",
            "nu_W": "the variance of the entries",
        },
        assumptions=(
            "the entries of $W$ are independent and identically distributed, of mean 0, with all moments "
            "finite; their law does not change with $n$",
        ),
        indices=(a, b, e, v, L),
        source="the method of moments of Wigner 1955, as in Bai and Silverstein, Spectral Analysis of Large "
        "Dimensional Random Matrices, 2010; carried out here for these words",
        uses=(power_traces(),),
        proof=(
            definition(
                "the limits",
                "On the scale of power-traces.",
                equation(T0[a, b], Function("plim")(n ** (-1 - (a + b) / 2) * tr(W**a * W_**b))),
            ),
            argument(
                "letters that occur once",
                "$tr(W^a W'^b)$ is a sum over closed walks of $L = a + b$ steps on the places 1, ..., $n$; a "
                "step is an entry of $W$, a letter, read in one direction or the other.  Different letters "
                "are independent and have mean 0: where one occurs once the mean is 0, so where it is not, "
                "$e$ different letters take at least $2 e$ steps.",
                Le(2 * e, L, evaluate=False),
            ),
            lemma(
                "connected graphs",
                "A connected graph with at most $e$ edges has at most $e + 1$ vertices, and as many only "
                "as a tree with $e$ edges.  Here the vertices are the places and the edges the letters, "
                "those of $W_pq$ and $W_qp$ being one.",
                Le(v, e + 1, evaluate=False),
            ),
            sign(
                places,
                "So a walk whose mean is not 0 visits at most $L/2 + 1$ places, the scale of the trace.",
                Le(v, L / 2 + 1, evaluate=False),
                ["letters that occur once", "connected graphs"],
            ),
            argument(
                "the variance",
                "It is a sum over pairs of walks that share a letter, as others are uncorrelated.  Together "
                "they are a connected graph of $2 L$ steps, and the same count holds: one power of $n$ less "
                "than the square of the scale.",
                at_most(Var(tr(W**a * W_**b)), a + b + 1),
                [places],
            ),
            argument(
                "only second moments",
                "The walks with $v = L/2 + 1$ places go along trees, every letter occurs exactly twice, and "
                "the mean of each is $nu_W^{L/2}$; they are as many for every law.  Those with fewer places "
                "have means bounded by moments and vanish on the scale.  So the mean has the same limit as "
                "for Gaussian entries, and by the variance the trace tends to it (Chebyshev).",
                equation(T0[a, b], gaussian[a, b]),
                ["the limits", places, "the variance", "power-traces"],
            ),
            identity(
                "the statement",
                "Which is known.",
                formula,
                ["only second moments", "power-traces"],
            ),
            evidence(
                "walks counted",
                "All patterns of walks with up to six steps: none of those whose mean is not 0 for every law "
                "has more places than claimed, and those with as many are as many as the limit says, with "
                "every letter twice.",
                _walks,
            ),
        ),
    )


def _walks(formula: Any) -> Iterator[Obligation]:
    for p, q in product(range(7), repeat=2):
        if 0 < p + q <= 6:
            greatest, count, twice = 0, 0, True
            for places in _patterns(p + q):
                steps = zip(power_word(p, q), pairwise([*places, places[0]]), strict=True)
                letters = Counter(step if letter == "W" else step[::-1] for letter, step in steps)
                if min(letters.values()) > 1:
                    greatest = max(greatest, len({*places}))
                    if 2 * len({*places}) == p + q + 2:
                        count += 1
                        twice = twice and {*letters.values()} == {2}
            yield f"places of W^{p} W'^{q}", 2 * greatest <= p + q + 2 and twice
            claimed = formula.rhs.subs({a: p, b: q}, simultaneous=True)
            yield f"T_{p},{q}", claimed - count * nu_W ** sympy.Rational(p + q, 2)


def _patterns(steps: int) -> Iterator[tuple[int, ...]]:
    """The ways in which the places of a walk may be the same, each by its first walk."""
    if not steps:
        yield ()
        return
    for before in _patterns(steps - 1):
        yield from ((*before, place) for place in range(max(before, default=-1) + 2))


@cache
def two_point_invariant() -> Statement:
    """Laws that know no direction: Haar orthogonal, and any singular values."""
    D, D_, O, O_, X, c = symbols("D D' O O' X c", commutative=False)  # noqa: E741
    formula = equation(T1[a, b], nu_W**a * KroneckerDelta(a, b))
    left, right = (D * O) ** a, (O_ * D_) ** b
    reduced, ends, longer = "a rotated word", "ends", "a step further in"
    return Statement(
        name="two-point-invariant",
        title="The two-point function of an orthogonal matrix, or of any that is invariant under rotations "
        "from both sides, knows only its second moment",
        formula=formula,
        variables={
            "T1[a, b]": "the limit in probability of $tr(M^a M'^b)/n$ as $n$ goes to infinity",
            "a, b": "powers of $M$ and of $M'$",
            **SECOND_MOMENT,
        },
        assumptions=(
            "$M = U D V$ with $U$ and $V$ orthogonal, drawn from the Haar measure, and $D$ diagonal, of "
            "bounded norm, $tr(D^k)/n$ converging for every $k$; $U$, $V$ and $D$ independent",
            "$D = r$, a number, is $r$ times an orthogonal matrix: $nu_W = r^2$",
        ),
        indices=(a, b),
        source="asymptotic freeness: Collins and Sniady, Integration with respect to the Haar measure on "
        "unitary, orthogonal and symplectic group, 2006; such matrices are $R$-diagonal: Nica and "
        "Speicher, Lectures on the Combinatorics of Free Probability, 2006; the moments are derived here",
        proof=(
            definition(
                "the limits",
                "Of normalised traces.",
                equation(T1[a, b], plim(tr(M**a * M_**b) / n)),
            ),
            definition(
                "the centred square",
                "Let $c$ be $D D'$ less its mean $nu_W$.",
                equation(c, D * D_ - nu_W),
            ),
            definition(
                "with $c$ in the middle",
                "Let $phi$ be the limit of the normalised trace, and $psi_ab$ that of the word with $c$ "
                "between the powers.",
                equation(psi[a, b], phi(left * c * right)),
            ),
            lemma(
                "freeness",
                "$O = V U$ is Haar orthogonal and independent of $D$, so the two are free in the limit "
                "(Collins and Sniady 2006), almost surely: let $X$ be any product whose factors are in turn "
                "powers of $O$ other than 1, whose limits are 0 (Diaconis and Shahshahani 1994), and "
                "polynomials in $D$ and $D'$ less their means.  Its limit is 0.",
                equation(phi(X), 0),
            ),
            argument(
                reduced,
                "$M = U (D O) U'$, and a trace sees no rotation.  In the middle of the word $O O' = 1$.",
                equation(T1[a + 1, b + 1], phi(left * D * D_ * right)),
                ["the limits", "freeness"],
            ),
            identity(
                "the middle split",
                "In the middle is $nu_W$ plus $c$.",
                equation(left * D * D_ * right, nu_W * left * right + left * c * right),
                ["the centred square"],
            ),
            argument(
                "a step",
                "The limit is linear.",
                equation(T1[a + 1, b + 1], nu_W * T1[a, b] + psi[a, b]),
                [reduced, "the middle split", "with $c$ in the middle"],
            ),
            argument(
                ends,
                "The empty word has the trace 1, and $c$ the mean 0.  Where only powers of $D O$, or only of "
                "its transpose, are left, all powers of $O$ have the same sign; write what stands between "
                "two of them as its mean plus the rest.  No power of $O$ cancels, so every term is 0 by "
                "freeness.",
                And(
                    equation(T1[0, 0], 1),
                    equation(T1[a + 1, 0], 0),
                    equation(T1[0, b + 1], 0),
                    equation(psi[0, 0], 0),
                    equation(psi[a + 1, 0], 0),
                    equation(psi[0, b + 1], 0),
                ),
                ["freeness", "the limits", "with $c$ in the middle"],
            ),
            argument(
                longer,
                "Turned around, $D' D$ stands between $O'$ and $O$ at the ends of the word.  Its mean, "
                "$nu_W$, lets them cancel and leaves the word one step shorter.  The rest of it has the mean "
                "0, and so has $c$; between two powers of $O$ of the same sign nothing cancels: 0 by "
                "freeness.",
                equation(psi[a + 1, b + 1], nu_W * psi[a, b]),
                ["freeness", "with $c$ in the middle"],
            ),
            induction(
                "no more than the mean",
                "By induction on $a$.",
                equation(psi[a, b], 0),
                a,
                [ends, longer],
                splits=[b],
            ),
            induction(
                "the statement",
                "By induction on $a$: each step removes a letter at either side of the middle.",
                formula,
                a,
                ["a step", ends, "no more than the mean"],
                splits=[b],
            ),
            evidence(
                "exact integrals",
                "For words with up to four letters $O$ the exact integrals over the orthogonal group, by its "
                "Weingarten function, have the limit claimed, for any diagonal $D$.",
                _integrals,
            ),
        ),
    )


def _integrals(formula: Any) -> Iterator[Obligation]:
    """The limits of E tr((D O)^p (O' D)^q)/n for a diagonal D, d_k being that of tr(D^k)/n."""
    for p, q in product(range(5), repeat=2):
        word = ("DO" * p + "oD" * q).replace("Oo", "")
        if p + q > 0 and len(word.replace("D", "")) <= 4:
            claimed = formula.rhs.subs({a: p, b: q, nu_W: Symbol("d2")}, simultaneous=True)
            yield f"T_{p},{q}", claimed - _integral(word)


def _integral(word: str) -> sympy.Expr:
    """The limit of the mean of a word's normalised trace.

    The mean of a product of entries of O is the sum over pairings of their rows and of their columns of the
    Weingarten function, the inverse of the matrix ``n^loops``; pairings join the places between letters.
    """
    if len({*word}) == 1:
        return Symbol(f"d{len(word)}")
    start = next(at for at, letter in enumerate(word) if letter != "D")
    gaps = re.findall("[Oo](D*)", word[start:] + word[:start])
    letters = re.sub("D", "", word[start:] + word[:start])
    count = len(letters)
    if count % 2:
        return sympy.Integer(0)
    pairings = [*pairings_of([*range(count)])]
    weingarten = sympy.Matrix(
        len(pairings), len(pairings), lambda r, s: n ** len(joined(count, [*pairings[r], *pairings[s]]))
    ).inv()
    ends = [(k - 1, k) if letter == "O" else (k, k - 1) for k, letter in enumerate(letters)]
    total = sympy.Integer(0)
    for r, rows in enumerate(pairings):
        for s, columns in enumerate(pairings):
            pairs = [(ends[x][0] % count, ends[y][0] % count) for x, y in rows]
            pairs += [(ends[x][1] % count, ends[y][1] % count) for x, y in columns]
            powers = (sum(len(gaps[k]) for k in part) for part in joined(count, pairs))
            total += weingarten[r, s] * sympy.Mul(*(n * Symbol(f"d{power}") for power in powers))
    above, below = sympy.fraction(sympy.cancel(total / n))
    return sympy.Poly(above, n).coeff_monomial(n ** sympy.degree(below, n)) / sympy.LC(below, n)
