"""Moments of Gaussian matrices, as SymPy expressions.

The work is done by :mod:`derivations.stein`; here a user's words become its words, and its sums over products
of traces become expressions with their variances.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache, reduce
from operator import mul
from typing import Any

import sympy
from flint import fmpz_mpoly

import derivations.symbols  # noqa: F401 - SymPy would import amid a moment what its import does
from derivations.alphabets import NETWORK, Alphabet, Shapes, alphabet
from derivations.arguments import integer, shown
from derivations.genus import leading_terms
from derivations.progress import counted
from derivations.recursions import Sum, Traces
from derivations.stein import MOST_PRODUCTS, expected_products, sum_of_traces
from derivations.words import listed, parse_trace

__all__ = ["MOST_STEPS", "moment", "size", "sum_to_sympy", "to_sympy", "variance_factor"]

_PATIENCE = 5000
"""Products visited in less than a second."""

MOST_STEPS = 2**22
"""Towards leading terms: a minute or two, and some 300 MiB of memory."""

_DEARER = 16
"""How much more a product with constant matrices may cost: its value has many terms."""


def moment(
    *words: str,
    shapes: Shapes | None = None,
    constants: Shapes | None = None,
    terms: int | None = None,
    large: str | Collection[str] | None = None,
) -> sympy.Expr:
    """The expectation of the product of the traces of the words.

    Parameters
    ----------
    words
        One word for each trace: names of matrices, with ``'`` for the transpose and ``^k`` to repeat, both of
        a matrix or of what is in brackets.  No words at all are the empty product, 1.
    shapes
        The random matrices by name, each with its rows and columns, which are names or positive integers.
        All entries are independent, those of ``A`` with the law N(0, nu_A).  Left out, they are the network's
        ``W`` (n x n), ``F`` (n x n_x) and ``C`` (n_y x n).
    constants
        Matrices that are not random, in the same way.  Identities are simply left out of the words.
    terms
        How many of the leading terms, ``>= 1``; left out, all.
    large
        The dimensions that grow, all alike, a name or several; left out, ``"n"``.  The others stay as they
        are.  Terms go by the degree in what grows: a dimension, and a trace of constants whose dimensions all
        grow, as is right for constants of bounded norm.  All that is of one degree is one term.

    Returns
    -------
    sympy.Expr
        A power of each variance, ``nu_W nu_F nu_C`` or ``nu_A`` for ``A``, times a polynomial in the
        dimensions' symbols and, with constants, in the traces of their products: SymPy's ``Trace`` of
        products of ``MatrixSymbol``, each written in the one way that :func:`derivations.words.canonical`
        chooses among rotations and transposes.  ``subs`` puts matrices in their place and ``doit()`` works
        the traces out.

    Raises
    ------
    ValueError
        For an unknown matrix, names side by side that can be read in several ways, neighbours whose shapes
        do not fit, brackets that do not match, an empty word or one that is not square; for shapes that are
        none, or a name with two meanings; for ``terms`` that are no number, or without a dimension that
        grows; if more than about a million products of traces are to be visited, as for mixed words from
        about 34 letters on, or more than 65,000 with constants; if four million steps do not suffice for the
        leading terms; if there are more than 10,000 different products of traces of constants.

    Notes
    -----
    Exact.  :func:`derivations.stein.expectation` says what it costs, and :mod:`derivations.genus` how leading
    terms are had without the others: the first of a mixed word of 100 letters takes a tenth of a second, the
    second one second; a third is within reach up to some 60 letters.  What takes longer than a second says
    on a terminal how much is done, and how much is expected where that is known.  It can be interrupted at
    any time; of what was done, all but leading terms is remembered.

    A name is a letter followed by letters, digits and underscores.  ``A B`` may be written ``AB`` unless that
    is a name itself or can be read in another way as well.

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
    >>> moment("(A B) (A B)'", shapes={"A": ("n", "m"), "B": ("m", 3)})
    3*m*n*nu_A*nu_B
    >>> moment("X S X' T", shapes={"X": ("n", "m")}, constants={"S": ("m", "m"), "T": ("n", "n")})
    nu_X*Trace(S)*Trace(T)
    >>> moment("(W W')^3", terms=2)
    nu_W**3*(5*n**4 + 6*n**3)
    >>> moment("(F F')^2", terms=1), moment("(F F')^2", terms=1, large=["n", "n_x"])
    (n**2*n_x*nu_F**2, nu_F**2*(n**2*n_x + n*n_x**2))
    """
    matrices = alphabet(shapes, constants)
    traces = tuple(parse_trace(word, matrices) for word in words)
    if terms is not None:
        grown = _growing(large, matrices)
        value = _leading(traces, integer("terms", terms, 1), grown, matrices)
    elif large is not None:
        raise ValueError("large says what grows for the leading terms; say how many, such as terms=1")
    else:
        value = _whole(traces, matrices)
    return variance_factor(traces, matrices) * sum_to_sympy(value, matrices)


def _whole(traces: Traces, matrices: Alphabet) -> Sum:
    expected, letters = expected_products(traces, matrices), "".join(traces)
    constant = any(letter.upper() in matrices.constants for letter in letters)
    most = MOST_PRODUCTS // _DEARER if constant else MOST_PRODUCTS
    if expected > most:
        raise ValueError(
            f"moment: words of {len(letters)} letters, about {expected:.1g} products of traces to visit; "
            f"at most {most:.1g} are, in some minutes.  Take shorter or more regular words"
        )
    with counted("products of traces", expected, least=_PATIENCE) as advance:
        return sum_of_traces(traces, matrices, advance)


def _leading(traces: Traces, terms: int, grown: Collection[str], matrices: Alphabet) -> Sum:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise ValueError(
                f"moment: terms={terms} of words of {sum(map(len, traces))} letters take more than "
                f"{MOST_STEPS:,} steps, a minute or two.  Take fewer terms or shorter words"
            )
        advance()

    with counted(f"of at most {MOST_STEPS:,} steps", None, least=_PATIENCE) as advance:
        return leading_terms(traces, terms, grown, matrices, step)


def _growing(large: Any, matrices: Alphabet) -> Collection[str]:
    """The dimensions that grow."""
    names = matrices.symbols
    if large is None and "n" not in names:
        raise ValueError(
            f"terms go by powers of n unless large= says what grows, and the dimensions are {listed(names)}"
        )
    given = "n" if large is None else large
    chosen = [given] if isinstance(given, str) else list(given) if isinstance(given, Collection) else []
    if not chosen or not all(isinstance(name, str) and name in names for name in chosen):
        raise ValueError(f"large must name one or more of the dimensions {listed(names)}, got {shown(large)}")
    return frozenset(chosen)


def variance_factor(words: Iterable[str], matrices: Alphabet = NETWORK) -> sympy.Expr:
    """The product of the variances of half the letters: the factor by which unit variances differ."""
    counts = Counter("".join(words).upper())
    return sympy.prod(
        sympy.Symbol(f"nu_{matrices.written[letter]}") ** (count // 2)
        for letter, count in counts.items()
        if letter not in matrices.constants
    )


def to_sympy(polynomial: fmpz_mpoly, matrices: Alphabet = NETWORK) -> sympy.Expr:
    """The same polynomial in the matrices' dimensions as a SymPy expression.

    >>> from derivations.stein import expectation
    >>> to_sympy(expectation(["WWww"]))
    n**3 + 2*n
    """
    symbols = _symbols(matrices.symbols)
    coefficients = {powers: int(coefficient) for powers, coefficient in polynomial.to_dict().items()}
    if not symbols:  # SymPy has no polynomials without variables
        return sympy.Integer(coefficients.get((), 0))
    return sympy.Poly(coefficients or {(0,) * len(symbols): 0}, *symbols).as_expr()


@cache
def _symbols(names: tuple[str, ...]) -> list[sympy.Symbol]:
    return [sympy.Symbol(name) for name in names]


def sum_to_sympy(value: Sum, matrices: Alphabet) -> sympy.Expr:
    """The same sum over products of traces of constant matrices as a SymPy expression."""
    expressions = {word: _trace(word, matrices) for word in {word for traces in value for word in traces}}
    return sympy.Add(
        *(
            to_sympy(polynomial, matrices) * sympy.prod(expressions[word] for word in traces)
            for traces, polynomial in value.items()
        )
    )


def _trace(word: str, matrices: Alphabet) -> sympy.Expr:
    def matrix(letter: str) -> sympy.MatrixExpr:
        upper = letter.upper()
        shape = map(size, (matrices.rows[upper], matrices.columns[upper]))
        symbol = sympy.MatrixSymbol(matrices.written[upper], *shape)
        return symbol if letter == upper else symbol.T

    return sympy.Trace(reduce(mul, map(matrix, word)))


def size(dimension: str) -> sympy.Expr:
    """The dimension of that name, which may be an integer's."""
    return sympy.Integer(dimension) if dimension.isdecimal() else sympy.Symbol(dimension)
