r"""The lag kernel, from the model to its exact expectation at every width.

Unrolled, the network is y_t = sum_j L_j x_{t-j} with L_j = n^{-(j+1)/2} C W^j F.  The product rule gives the
derivative with respect to a matrix X as a sum over the places of X in the word,

    d(C W^j F) = sum over places of  left dX right,

and the inner product of two such terms over the entries of dX separates,

    <left dX right, left~ dX right~> = (left left~') (x) (right' right~).

So Theta_ij is a sum of Kronecker products of words.  Rows of C, and columns of F, are exchangeable under
every rotation, hence E[A (x) B] is a multiple of the identity: E[tr A tr B] / (n_y n_x).  That is a
polynomial in n by :mod:`derivations.stein`, and in it n_x and n_y cancel.

The three shares of Theta_ij (readout C, input F, transition W) carry the variances

    nu_F nu_W^{(i+j)/2},   nu_C nu_W^{(i+j)/2},   nu_C nu_F nu_W^{(i+j)/2-1}.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from derivations.arguments import integer, shown
from derivations.progress import counted
from derivations.stein import expectation
from derivations.words import LETTERS, transposed

__all__ = ["MAX_LAG", "Term", "expected_share", "gradient", "inner_products", "response_word"]

MAX_LAG = 16
"""The greatest sum of half the lags, (i+j)/2, for which an expectation is computed.

The products of words to visit double with every lag: lag 12 takes a second, lag 16 about a minute.
"""

_PATIENCE = 100
"""Terms that take less than a second."""


class Term(NamedTuple):
    """One place of a matrix in a word: ``left`` (the letter) ``right``."""

    left: str
    right: str


def response_word(lag: int) -> str:
    """The word of L_lag.

    >>> response_word(2)
    'CWWF'
    """
    return "C" + "W" * lag + "F"


def gradient(word: str, letter: str) -> Iterator[Term]:
    """The derivative of a word with respect to one of its letters, by the product rule.

    >>> list(gradient("CWWF", "W"))
    [Term(left='C', right='WF'), Term(left='CW', right='F')]
    """
    return (Term(word[:k], word[k + 1 :]) for k, other in enumerate(word) if other == letter)


def inner_products(i: int, j: int, letter: str) -> Iterator[Term]:
    """The terms A (x) B of <dL_i, dL_j> over the entries of one matrix, without their power of n.

    A is n_y x n_y and B is n_x x n_x; an empty word is the identity.

    >>> list(inner_products(1, 1, "W"))
    [Term(left='Cc', right='fF')]
    >>> list(inner_products(0, 2, "C"))
    [Term(left='', right='fWWF')]
    """
    for first in gradient(response_word(i), letter):
        for second in gradient(response_word(j), letter):
            yield Term(first.left + transposed(second.left), transposed(first.right) + second.right)


@cache
def expected_share(i: int, j: int, letter: str) -> tuple[int, ...]:
    """E of one matrix's share of Theta_ij for unit variances, as a polynomial in 1/n.

    Parameters
    ----------
    i, j
        Lags, ``0 <= i + j <= 2 MAX_LAG``.
    letter
        ``"C"``, ``"F"`` or ``"W"``.

    Returns
    -------
    tuple of int
        The coefficients of n^0, n^-1, n^-2, ...; empty where the expectation is 0, as for odd ``i + j``.
        They multiply the identity of n_y x n_x.

    Raises
    ------
    ValueError
        If a lag is negative or i + j exceeds 2 MAX_LAG.

    >>> expected_share(2, 2, "C")
    (1, 0, 2)
    >>> expected_share(3, 3, "W")
    (3, 0, 20, 4)
    >>> expected_share(0, 2, "C")
    (0, 1)
    """
    if letter not in LETTERS or len(letter) != 1:
        raise ValueError(f"letter must be one of {', '.join(LETTERS)}, got {letter!r}")
    i, j = integer("i", i, 0), integer("j", j, 0)
    if i + j > 2 * MAX_LAG:
        raise ValueError(
            f"the exact mean needs lags i, j with (i + j)/2 <= {MAX_LAG}, got i = {shown(i)}, "
            f"j = {shown(j)}: its cost doubles with every lag"
        )
    if (i + j) % 2:
        return ()
    degree = (i + j) // 2 + 1  # n^-degree is the scale of L_i times that of L_j
    coefficients: Counter[int] = Counter()
    terms = Counter(inner_products(i, j, letter))
    with counted(f"terms of E Theta_{i},{j}", len(terms), least=_PATIENCE) as advance:
        for (left, right), multiplicity in terms.items():
            words = [word for word in (left, right) if word]
            empty = ["n_y"] * (not left) + ["n_x"] * (not right)
            for (power, n_x, n_y), coefficient in expectation(words, empty).to_dict().items():
                if (n_x, n_y) != (1, 1):
                    raise AssertionError(f"E[{left} (x) {right}] is no multiple of the identity")
                coefficients[degree - power] += multiplicity * int(coefficient)
            advance()
    return tuple(coefficients[k] for k in range(max(coefficients, default=-1) + 1))
