"""Claims about the expectation of traces of words, such as E tr(W^2 W'^2) = nu_W^2 (n^3 + 2 n).

The claimed value and the exact polynomial (:func:`derivations.moment`) are compared as expressions in the
dimensions and variances.  Where they differ, they do so at some small dimensions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product

import sympy

from derivations.matrix_expressions import Identity, MatrixExpression, Scalar, Scaled, scalar
from derivations.moments import moment
from derivations.pairings import moment_by_enumeration
from derivations.word_claims import claim_of
from derivations.word_identities import Counterexample, WordVerdict
from derivations.word_proofs import Reason
from derivations.word_terms import Term

__all__ = ["decide_moment"]

_ENUMERATED = 8
"""Letters of a word that all pairings are listed for, as a second route."""
_GREATEST_SIZE = 12
_DIMENSIONS = tuple(sympy.symbols("n n_x n_y"))


def decide_moment(expression: MatrixExpression, claimed: Scalar) -> WordVerdict:
    """Whether a number, a polynomial in traces of words, has the expectation that is claimed.

    Parameters
    ----------
    expression
        A number, of the network's letters with exponents that are integers
        (:mod:`derivations.matrix_expressions`); the expectation is taken of all of it.
    claimed
        An expression in ``n``, ``n_x``, ``n_y``, ``nu_W``, ``nu_F``, ``nu_C`` and parameters.

    Returns
    -------
    WordVerdict
        ``"equal"`` for all dimensions and variances, or ``"different"`` with the least dimensions and
        variances, and both values there.

    Raises
    ------
    ValueError
        If it is no number, has symbolic exponents, other letters than the network's, or as
        :func:`derivations.moment`.

    >>> from derivations.matrix_expressions import Letter, Trace
    >>> W, n, nu = Letter("W"), sympy.Symbol("n"), sympy.Symbol("nu_W")
    >>> energy = Trace(W**2 * W.T**2)
    >>> decide_moment(energy, nu**2 * (n**3 + 2*n)).status
    'equal'
    >>> verdict = decide_moment(energy, nu**2 * n**3)
    >>> verdict.status, verdict.counterexample.sizes, verdict.counterexample.left
    ('different', (('n', 1),), ((Fraction(3, 1),),))
    """
    value = scalar(claimed)
    claim = claim_of(expression, expression, (), None)
    if claim.indices:
        raise ValueError(f"E[{expression}]: exponents must be integers here, got {', '.join(claim.indices)}")
    terms = claim.writer(()).terms(expression)
    if not all(term.is_number for term in terms):
        raise ValueError(f"E[{expression}]: an expectation is of a number, such as a trace")
    ones = {sympy.Symbol(name): 1 for name in claim.ones}
    numbers = [term.as_number() for term in terms]
    found = sympy.expand(_expected(numbers, moment).subs(ones))
    difference = sympy.cancel(found - value)
    sides = expression, Scaled(value, Identity())
    if difference == 0:
        return WordVerdict("equal", *sides, claim.said, _reasons(numbers, found))
    for at in _points(difference):
        left, right = (side.subs(at, simultaneous=True) for side in (found, value))
        if left != right and left.is_Rational and right.is_Rational:
            values = [((Fraction(int(side.p), int(side.q)),),) for side in (left, right)]
            return WordVerdict("different", *sides, claim.said, counterexample=_counterexample(at, *values))
    return WordVerdict("undecided", *sides, claim.said)


def _parts(term: Term) -> tuple[list[str], sympy.Expr]:
    """The words of the traces, and what the empty ones are: dimensions."""
    words = [
        " ".join(x for word, power in factors for x in word * power.constant) for _, factors in term.traces
    ]
    empty = [space for (space, _), word in zip(term.traces, words, strict=True) if not word]
    return [word for word in words if word], sympy.Mul(
        *(sympy.Integer(space) if space.isdecimal() else sympy.Symbol(space) for space in empty)
    )


def _expected(terms: Sequence[Term], of: Callable[..., sympy.Expr]) -> sympy.Expr:
    """The sum of the terms' expectations, each a product of traces'."""
    pairs = [(term.coefficient, *_parts(term)) for term in terms]
    return sympy.Add(*(coefficient * dimensions * of(*words) for coefficient, words, dimensions in pairs))


def _of_numbers(*words: str) -> sympy.Expr:
    """The expectation where all matrices are 1 x 1: E x^p = (p - 1)!! nu^(p/2)."""
    counts = Counter(letter.removesuffix("'") for word in words for letter in word.split())
    if any(count % 2 for count in counts.values()):
        return sympy.Integer(0)
    return sympy.Mul(
        *(
            sympy.factorial2(count - 1) * sympy.Symbol(f"nu_{name}") ** (count // 2)
            for name, count in counts.items()
        )
    )


def _reasons(terms: Sequence[Term], found: sympy.Expr) -> tuple[Reason, ...]:
    written = str(sympy.factor(found)).replace("**", "^").replace("*", " ")
    reasons = [
        Reason(
            "Stein's lemma",
            "$E x f(x) = nu E f'(x)$ for a Gaussian entry $x$ of variance $nu$, letter by letter.",
            "lemma",
        ),
        Reason("exact value", f"So the expectation is ${written}$, which is what is claimed.", "identity"),
    ]
    if all(len(" ".join(_parts(term)[0]).split()) <= _ENUMERATED for term in terms):
        other, where = _expected(terms, moment_by_enumeration), "The sum over all pairings"
        wrong = sympy.expand(other - found)
    else:
        other, where = _expected(terms, _of_numbers), "The expectation for matrices that are $1$ by $1$"
        wrong = sympy.expand((other - found).subs(dict.fromkeys(_DIMENSIONS, 1)))
    if wrong != 0:
        raise ArithmeticError(f"two routes disagree: {found} and {other}")
    return (*reasons, Reason("second route", f"{where} is the same.", "evidence"))


def _points(difference: sympy.Expr) -> Iterator[dict[sympy.Symbol, int]]:
    """Values of the symbols: the dimensions by their greatest and their sum, the others 1 or small primes."""
    symbols = sorted(difference.free_symbols, key=str)
    sizes = [symbol for symbol in symbols if symbol in _DIMENSIONS]
    others = [symbol for symbol in symbols if symbol not in _DIMENSIONS]
    primes = {symbol: int(sympy.prime(at + 1)) for at, symbol in enumerate(others)}
    vectors = product(range(1, _GREATEST_SIZE + 1), repeat=len(sizes))
    for vector in sorted(vectors, key=lambda vector: (max(vector, default=0), sum(vector))):
        for chosen in (dict.fromkeys(others, 1), primes):
            yield dict(zip(sizes, vector, strict=True)) | chosen


def _counterexample(
    at: dict[sympy.Symbol, int], left: tuple[tuple[Fraction]], right: tuple[tuple[Fraction]]
) -> Counterexample:
    sizes = tuple((str(symbol), value) for symbol, value in at.items() if symbol in _DIMENSIONS)
    others = tuple((str(symbol), value) for symbol, value in at.items() if symbol not in _DIMENSIONS)
    return Counterexample((), sizes, others, (), left, right)
