"""Identities between matrices that do not commute: proved for all exponents, or refuted by small matrices.

Both sides are written out as sums of words (:mod:`derivations.word_writer`).  They are equal for all matrices
of all sizes exactly if every word has the same coefficient on both: no relation of degree n between words and
traces of words holds for n x n matrices but that traces rotate and reverse (Procesi 1976).  For symbolic
exponents the words of one key (:mod:`derivations.word_forms`) are vectors of lengths, and their coefficients
add up to a rational generating function, which vanishes exactly if its numerator does
(:mod:`derivations.index_regions`).  Powers of sums are rational series, which an automaton decides
(:mod:`derivations.word_series`).

So the decision is complete for sums of products of powers of words whose exponents and ranges are linear in
the indices and whose coefficients are polynomials in them, times powers of numbers or symbols, but for traces
of which only a part is a power of a product; and with powers of sums, where no index is in two exponents.
What is too large is undecided.

Different sides are different at some exponents; the least are found, and small matrices with them, and both
sides are evaluated there along a route of its own (:mod:`derivations.matrix_values`), which also confirms
every equality at random rational matrices.  Neither verdict rests on Procesi's theorem.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, Literal, TypeAlias

from flint import fmpq

from derivations.index_regions import Linear
from derivations.matrix_expressions import MatrixExpression, Scaled, parts, scalar
from derivations.matrix_values import Matrix, Setting, Unvalued, value_at
from derivations.word_claims import Claim, claim_of, exponents, totals
from derivations.word_counterexamples import Point, smallest_point
from derivations.word_proofs import Reason, proof
from derivations.word_terms import BeyondWords, Term
from derivations.word_writer import Undefined

__all__ = ["Counterexample", "Reason", "WordVerdict", "decide_identity"]

Status: TypeAlias = Literal["equal", "different", "undecided"]

_MOST_WORDS = 2_000
"""That are looked at one by one."""
_CONFIRMED = 5
"""How many exponents, and how much their sum is above the least, in the second route."""


@dataclass(frozen=True)
class Counterexample:
    """Exponents and matrices at which both sides are defined and differ."""

    exponents: tuple[tuple[str, int], ...]
    sizes: tuple[tuple[str, int], ...]
    parameters: tuple[tuple[str, int], ...]
    matrices: tuple[tuple[str, Matrix], ...]
    """Of integers; those that are not named do not matter, and are zero."""
    left: Matrix
    """The left side's value, rows of fractions."""
    right: Matrix


@dataclass(frozen=True)
class WordVerdict:
    """What is known of an identity.

    Attributes
    ----------
    status
        ``"equal"``: for all matrices of all sizes and all exponents under ``conditions``; ``"different"``,
        with a counterexample; ``"undecided"``, which held as far as ``checked`` says.
    left, right
        The two sides.
    conditions
        Under which it is claimed, in prose: the conditions given, which exponents must be natural for both
        sides to be defined, what is held fixed, dimensions that are 1.
    reasons
        The steps of the proof, for ``"equal"``; the last is evidence, from the second route.
    counterexample
        For ``"different"``.
    checked
        The exponents at which words were compared one by one.
    """

    status: Status
    left: MatrixExpression
    right: MatrixExpression
    conditions: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    counterexample: Counterexample | None = None
    checked: str = ""


def decide_identity(
    left: MatrixExpression,
    right: MatrixExpression,
    conditions: Sequence[Any] = (),
    *,
    shapes: Mapping[str, tuple[str | int, str | int]] | None = None,
) -> WordVerdict:
    """Whether two expressions in matrices are equal, for all matrices and all natural exponents.

    Parameters
    ----------
    left, right
        The two sides (:mod:`derivations.matrix_expressions`).  Symbols in exponents and in the ends of sums
        that no sum binds are natural numbers; other symbols are real parameters.
    conditions
        SymPy's relations ``>=``, ``>``, ``<=``, ``<`` and ``Eq``, linear in these natural numbers.
    shapes
        Matrices by name with the names of their dimensions, beside the network's ``C``, ``W`` and ``F`` and
        ``G`` (n_y x n_x); each has a differential.  A dimension is a name or a number.

    Returns
    -------
    WordVerdict
        The status, with its reasons or its counterexample.

    Raises
    ------
    ValueError
        If shapes do not fit, a matrix is not known, a condition is not linear in the exponents or none
        satisfy them all, an exponent is negative wherever they hold, or written out there are too many
        words.

    Notes
    -----
    ``d`` varies the matrices whose differentials the identity names, as ``dW`` and ``d(W^j)`` do, and all but
    ``G`` if it names none: in ``d(C W^j F) = ...dW...`` the matrices C and F are held fixed.  The gradient of
    a matrix such as L(j) is taken for n_x = n_y = 1, where it is a number.  Where a power has a negative
    exponent and its coefficient is not 0, nothing is claimed.  A sum with a last index below the first is 0.
    Symbols are positive where roots of them are taken.

    Examples
    --------
    >>> from sympy import Symbol
    >>> from derivations.matrix_expressions import Differential, Letter, Summed
    >>> C, W, F, dW = map(Letter, ("C", "W", "F", "dW"))
    >>> j, k = Symbol("j"), Symbol("k")
    >>> response = C * W**j * F
    >>> positions = Summed(C * W**k * dW * W**(j - 1 - k) * F, "k", 0, j - 1)
    >>> decide_identity(Differential(response), positions).status
    'equal'
    >>> verdict = decide_identity(Differential(response), j * (C * W**(j - 1) * dW * F))
    >>> verdict.status, verdict.counterexample.exponents, verdict.counterexample.sizes
    ('different', (('j', 2),), (('n', 2), ('n_x', 1), ('n_y', 1)))
    >>> decide_identity(Differential(response), j * (C * W**(j - 1) * dW * F), [j <= 1]).status
    'equal'
    """
    claim = claim_of(left, right, conditions, shapes)
    try:
        proved = proof(claim)
    except (BeyondWords, OverflowError):
        proved = None
    if proved and (evidence := _confirmed(claim)):
        reasons, said = proved
        return WordVerdict("equal", left, right, claim.said + said, (*reasons, evidence))
    seen: list[tuple[int, ...]] = []
    work = 0
    for values in exponents(claim):
        try:
            words, size = _words_left(claim, values)
        except Undefined:
            continue
        except ValueError:
            if not seen:
                raise
            break  # too many words
        if words:
            found = _counterexample(claim, values, words)
            status: Status = "different" if found else "undecided"  # true of some dimensions alone
            checked = "" if found else _range(claim.indices, seen)
            return WordVerdict(status, left, right, claim.said, (), found, checked)
        seen.append(values)
        work += size
        if work > _MOST_WORDS:
            break
    if not seen:
        raise ValueError(f"{left} = {right}: a negative exponent wherever the conditions hold")
    return WordVerdict("undecided", left, right, claim.said, checked=_range(claim.indices, seen))


def _words_left(claim: Claim, values: tuple[int, ...]) -> tuple[list[Term], int]:
    """The words that do not cancel at these exponents, and how many there were."""
    writer = claim.writer(())
    at = {name: Linear(value) for name, value in zip(claim.indices, values, strict=True)}
    left, right = claim.sides(writer, at)
    return totals([*left, *(term.negative for term in right)], writer), len(left) + len(right)


def _counterexample(claim: Claim, values: tuple[int, ...], words: Sequence[Term]) -> Counterexample | None:
    """Matrices at which these words do not cancel, with both sides; None if none are found."""
    point = smallest_point(words, claim.writer(()))
    if point is None:
        return None
    at = dict(zip(claim.indices, values, strict=True))
    left, right = _sides(claim, at, point)
    if left == right:
        raise ArithmeticError(f"{claim.left} = {claim.right}: two routes disagree at {at}, {point}")
    sizes = point.sizes | dict.fromkeys(claim.ones & {"n_x", "n_y"}, 1)
    return Counterexample(
        tuple(at.items()),
        tuple(sorted(sizes.items())),
        tuple(point.parameters.items()),
        tuple(
            (name, tuple(tuple(map(Fraction, row)) for row in rows)) for name, rows in point.matrices.items()
        ),
        left,
        right,
    )


def _sides(claim: Claim, exponents: Mapping[str, int], point: Point) -> tuple[Matrix, Matrix]:
    """Both sides evaluated, along the route that knows no words."""
    sizes = {name: 1 for shape in claim.spaces.values() for name in shape}
    sizes |= point.sizes | dict.fromkeys(claim.ones, 1)
    sizes |= {name: int(name) for name in sizes if name.isdecimal()}
    matrices = {}
    for name, (rows, columns) in claim.spaces.items():
        for letter in (name, f"d{name}"):
            zero = ((0,) * sizes[columns],) * sizes[rows]
            given = point.matrices.get(letter, zero)
            matrices[letter] = tuple(tuple(_exact(entry) for entry in row) for row in given)
    numbers = dict.fromkeys(_symbols(claim), 1) | sizes | dict(point.parameters) | dict(exponents)
    setting = Setting(
        matrices, {name: _exact(value) for name, value in numbers.items()}, claim.varying, sizes
    )
    left, right = (value_at(side, setting) for side in (claim.left, claim.right))
    shape = next(((len(side), len(side[0])) for side in (left, right) if isinstance(side, tuple)), (1, 1))
    return _fractions(left, shape), _fractions(right, shape)


def _exact(value: Any) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _fractions(value: Matrix | fmpq, shape: tuple[int, int]) -> Matrix:
    """The matrix of fractions; a number is that multiple of the identity, and 0 the zero of any shape."""
    if not isinstance(value, tuple):
        value = tuple(tuple(value * int(p == q) for q in range(shape[1])) for p in range(shape[0]))
    return tuple(tuple(Fraction(int(entry.p), int(entry.q)) for entry in row) for row in value)


def _confirmed(claim: Claim) -> Reason | None:
    """Both sides at random rational matrices, for a few exponents; None if they have no values there."""
    chance = Random(1)
    first = [*exponents(claim)]
    near = [values for values in first if sum(values) < sum(first[0]) + _CONFIRMED]
    done: list[tuple[int, ...]] = []
    for values in (*near[:: -(-len(near) // _CONFIRMED)], *first[len(near) :]):
        at = dict(zip(claim.indices, values, strict=True))
        try:
            left, right = _sides(claim, at, _drawn(claim, chance))
        except Unvalued:
            continue
        if left != right:
            raise ArithmeticError(f"{claim.left} = {claim.right}: two routes disagree at {at}")
        done.append(values)
        if len(done) == _CONFIRMED:
            break
    if not done:
        return None
    where = _range(claim.indices, done)
    text = f"Both sides agree at random rational matrices{where and f' for ${where}$'}."
    return Reason("second route", text, "evidence")


def _drawn(claim: Claim, chance: Random) -> Point:
    """Random matrices; what a root may be taken of is a square."""
    dimensions = sorted({name for shape in claim.spaces.values() for name in shape if not name.isdecimal()})
    symbols = sorted(_symbols(claim))
    sizes = {name: 4 if name in symbols else chance.randint(2, 3) for name in dimensions}

    def matrix(rows: int, columns: int) -> Matrix:
        return tuple(
            tuple(Fraction(chance.randint(-9, 9), chance.randint(1, 4)) for _ in range(columns))
            for _ in range(rows)
        )

    matrices = {
        letter: matrix(_size(rows, sizes), _size(columns, sizes))
        for name, (rows, columns) in claim.spaces.items()
        for letter in (name, f"d{name}")
    }
    parameters = {name: chance.randint(2, 9) ** 2 for name in symbols if name not in dimensions}
    return Point(matrices, sizes, parameters)


def _symbols(claim: Claim) -> set[str]:
    """Of the coefficients."""
    both = (*parts(claim.left), *parts(claim.right))
    coefficients = (scalar(part.coefficient) for part in both if isinstance(part, Scaled))
    return {symbol.name for coefficient in coefficients for symbol in coefficient.free_symbols}


def _size(dimension: str, sizes: Mapping[str, int]) -> int:
    return int(dimension) if dimension.isdecimal() else sizes[dimension]


def _range(indices: tuple[str, ...], seen: Sequence[tuple[int, ...]]) -> str:
    """The exponents in words."""
    if not indices:
        return ""
    names = ", ".join(indices)
    if len(indices) > 1:
        names = f"({names})"
    said = [str(values[0]) if len(values) == 1 else str(values) for values in seen]
    shown_ = said if len(said) <= 4 else [*said[:2], "...", said[-1]]
    return f"{names} = {', '.join(shown_)}"
