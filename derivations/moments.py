"""Moments of the Gaussian matrices, as SymPy expressions.

The work is done by :mod:`derivations.stein`; here a user's words become its words, and its polynomials
over the integers become expressions with their variances.
"""

from collections import Counter

import sympy
from flint import fmpz_mpoly

from derivations import symbols
from derivations.progress import counted
from derivations.stein import MOST_PRODUCTS, RING, expectation, expected_products
from derivations.words import parse_trace

__all__ = ["moment", "to_sympy", "variance_factor"]

_PATIENCE = 5000
"""Products visited in less than a second."""


def moment(*words: str) -> sympy.Expr:
    """The expectation of the product of the traces of the words.

    Parameters
    ----------
    words
        One word for each trace: letters ``W F C``, with ``'`` for the transpose and ``^k`` to repeat a
        letter.  No words at all are the empty product, 1.

    Returns
    -------
    sympy.Expr
        A power of each variance ``nu_W nu_F nu_C`` times a polynomial in the dimensions ``n n_x n_y``.

    Raises
    ------
    ValueError
        For an unknown letter, neighbours whose shapes do not fit, an empty word or one that is not square; if
        more than about a million products of traces are to be visited, as for mixed words from about 34
        letters on.

    Notes
    -----
    Exact.  :func:`derivations.stein.expectation` says what it costs.  What takes longer than a second says
    on a terminal how many products are expected and how many are done.  It can be interrupted at any time;
    what was done is remembered.

    Examples
    --------
    >>> moment("W W W' W'")
    nu_W**2*(n**3 + 2*n)
    >>> moment("W W'", "F' F")
    n**3*n_x*nu_F*nu_W
    >>> moment("C W W' C'")
    n**2*n_y*nu_C*nu_W
    >>> moment("W'", "W")
    n*nu_W
    """
    traces = [parse_trace(word) for word in words]
    expected = expected_products(traces)
    if expected > MOST_PRODUCTS:
        letters = sum(map(len, traces))
        raise ValueError(
            f"moment: words of {letters} letters, about {expected:.1g} products of traces to visit; "
            f"at most {MOST_PRODUCTS:.1g} are, in some minutes.  Take shorter or more regular words"
        )
    with counted("products of traces", expected, least=_PATIENCE) as advance:
        return variance_factor(traces) * to_sympy(expectation(traces, advance=advance))


def variance_factor(words: list[str]) -> sympy.Expr:
    """The product of the variances of half the letters: the factor by which unit variances differ."""
    counts = Counter("".join(words).upper())
    variances = {"W": symbols.nu_W, "F": symbols.nu_F, "C": symbols.nu_C}
    return sympy.prod(variances[letter] ** (count // 2) for letter, count in counts.items())


def to_sympy(polynomial: fmpz_mpoly) -> sympy.Expr:
    """The same polynomial as a SymPy expression.

    >>> to_sympy(expectation(["WWww"]))
    n**3 + 2*n
    """
    coefficients = {powers: int(coefficient) for powers, coefficient in polynomial.to_dict().items()}
    return sympy.Poly(coefficients or {(0, 0, 0): 0}, *sympy.symbols(RING.names())).as_expr()
