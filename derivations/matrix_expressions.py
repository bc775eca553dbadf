"""Expressions in matrices that do not commute, as frozen values.

    letters           the network's C (n_y x n), W (n x n), F (n x n_x), their differentials dC, dW and dF,
                      of the same shapes, and matrices of the user's own
    operations        sums, products, transposes, multiples, powers, traces, Kronecker products
    indices           an exponent, a coefficient and the ends of a sum may contain natural numbers, as symbols
    calculus          differentials, and gradients of numbers

Nothing is computed here: :mod:`derivations.word_writer` writes an expression out as a sum of words,
:mod:`derivations.matrix_values` evaluates it at given matrices, and
:func:`derivations.word_identities.decide_identity` decides whether two are equal.

``d`` is linear, obeys the product rule and does not reorder: d(W^2) = dW W + W dW.  The gradient of a
number f by X has X's shape, as in PyTorch, and the entries (df/dX)_pq = df/dX_pq.  So a response
L(j) = C W^j F has a gradient where n_x = n_y = 1, and otherwise a contraction of it has, tr(G' L(j)) with
G = dJ/dL(j).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TypeAlias

import sympy

from derivations.arguments import shown

__all__ = [
    "Differential",
    "Gradient",
    "Identity",
    "Kronecker",
    "Letter",
    "MatrixExpression",
    "Power",
    "Product",
    "Scalar",
    "Scaled",
    "Sum",
    "Summed",
    "Trace",
    "Transpose",
    "parts",
    "response",
    "scalar",
    "within",
]

Scalar: TypeAlias = int | Fraction | sympy.Expr
"""A rational number, or SymPy's expression in indices and parameters."""


def scalar(value: Scalar) -> sympy.Expr:
    """The number or expression as SymPy's.

    Raises
    ------
    ValueError
        If it is neither; text is not read.
    """
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, int) and not isinstance(value, bool):
        return sympy.Integer(value)
    if isinstance(value, sympy.Expr) and value.is_commutative:
        return value
    raise ValueError(f"a scalar is an integer, a fraction or an expression of SymPy's, got {shown(value)}")


class MatrixExpression:
    """What all expressions share: ``+``, ``-``, ``*`` of them and of scalars, ``**`` and ``.T``.

    >>> W, F = Letter("W"), Letter("F")
    >>> str(2 * (W * F) - (F.T * W.T).T)
    "2 W F - (F' W')'"
    """

    def __add__(self, other: "MatrixExpression") -> "Sum":
        return Sum((*_summands(self), *_summands(other)))

    def __sub__(self, other: "MatrixExpression") -> "Sum":
        return self + (-other)

    def __neg__(self) -> "Scaled":
        return Scaled(-1, self)

    def __mul__(self, other: "MatrixExpression") -> "Product":
        return Product((*_factors(self), *_factors(other)))

    def __rmul__(self, coefficient: Scalar) -> "Scaled":
        return Scaled(coefficient, self)

    def __pow__(self, exponent: Scalar) -> "Power":
        return Power(self, exponent)

    @property
    def T(self) -> "Transpose":
        """The transpose."""
        return Transpose(self)


@dataclass(frozen=True)
class Letter(MatrixExpression):
    """A matrix by name.  ``dX`` is the differential of ``X`` where there is an ``X``."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Identity(MatrixExpression):
    """The identity, of the dimension that is named or of the one that its place gives it."""

    size: str | None = None

    def __str__(self) -> str:
        return "I"


@dataclass(frozen=True)
class Transpose(MatrixExpression):
    """The transpose."""

    of: MatrixExpression

    def __str__(self) -> str:
        return f"{_tight(self.of)}'"


@dataclass(frozen=True)
class Sum(MatrixExpression):
    """A sum of matrices of one shape; of none, zero."""

    terms: tuple[MatrixExpression, ...]

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms)).replace("+ -", "- ") or "0"


@dataclass(frozen=True)
class Product(MatrixExpression):
    """A product; a number (a trace, or what is 1 x 1) may stand anywhere in it."""

    factors: tuple[MatrixExpression, ...]

    def __str__(self) -> str:
        return " ".join(f"({factor})" if _is_sum(factor) else str(factor) for factor in self.factors) or "I"


@dataclass(frozen=True)
class Scaled(MatrixExpression):
    """A multiple: a rational number, or a polynomial in indices and parameters."""

    coefficient: Scalar
    of: MatrixExpression

    def __str__(self) -> str:
        factor = f"({self.of})" if _is_sum(self.of) else str(self.of)
        value = scalar(self.coefficient)
        if value == -1:
            return f"-{factor}"
        written = str(value).replace("**", "^")
        return f"({written}) {factor}" if value.is_Add else f"{written} {factor}"


@dataclass(frozen=True)
class Power(MatrixExpression):
    """A power; the exponent is a natural number, or linear in indices, such as ``j - 1 - k``."""

    base: MatrixExpression
    exponent: Scalar

    def __str__(self) -> str:
        exponent = scalar(self.exponent)
        written = str(exponent) if exponent.is_Symbol or exponent.is_Integer else f"({exponent})"
        return f"{_tight(self.base)}^{written}"


@dataclass(frozen=True)
class Summed(MatrixExpression):
    """The sum of a term over an index from a first value to a last one, zero where there is none between."""

    term: MatrixExpression
    index: str
    first: Scalar
    last: Scalar

    def __str__(self) -> str:
        return f"sum({self.term}, {self.index}, {self.first}, {self.last})"


@dataclass(frozen=True)
class Differential(MatrixExpression):
    """The differential.

    ``varying`` names the matrices that vary.  Left out, an identity says it: those whose differentials it
    names, and all of the network's if it names none.
    """

    of: MatrixExpression
    varying: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"d({self.of})"


@dataclass(frozen=True)
class Gradient(MatrixExpression):
    """The gradient of a number by the matrix that is named, of that matrix's shape."""

    of: MatrixExpression
    by: str

    def __str__(self) -> str:
        return f"d({self.of})/d{self.by}"


@dataclass(frozen=True)
class Trace(MatrixExpression):
    """The trace, a number."""

    of: MatrixExpression

    def __str__(self) -> str:
        return f"tr({self.of})"


@dataclass(frozen=True)
class Kronecker(MatrixExpression):
    """The Kronecker product."""

    left: MatrixExpression
    right: MatrixExpression

    def __str__(self) -> str:
        return f"kron({self.left}, {self.right})"


def response(lag: Scalar) -> MatrixExpression:
    """C W^j F: the response L(j) of the network but for its scale, n^(-(j+1)/2).

    >>> print(response(sympy.Symbol("j")))
    C W^j F
    """
    power = () if lag == 0 else (Letter("W") if lag == 1 else Power(Letter("W"), lag),)
    return Product((Letter("C"), *power, Letter("F")))


def parts(expression: MatrixExpression) -> Iterator[MatrixExpression]:
    """The expression and all within it.

    >>> [str(part) for part in parts(Letter("W").T * Letter("F"))]
    ["W' F", "W'", 'W', 'F']
    """
    yield expression
    for part in within(expression):
        yield from parts(part)


def within(expression: MatrixExpression) -> Iterator[MatrixExpression]:
    """The expressions that it is made of."""
    for field in fields(expression):  # type: ignore[arg-type]  # all of them are dataclasses
        value = getattr(expression, field.name)
        yield from (
            p for p in (value if isinstance(value, tuple) else (value,)) if isinstance(p, MatrixExpression)
        )


def _summands(expression: MatrixExpression) -> tuple[MatrixExpression, ...]:
    return expression.terms if isinstance(expression, Sum) else (expression,)


def _factors(expression: MatrixExpression) -> tuple[MatrixExpression, ...]:
    return expression.factors if isinstance(expression, Product) else (expression,)


def _is_sum(expression: MatrixExpression) -> bool:
    return isinstance(expression, Sum | Scaled)


def _tight(expression: MatrixExpression) -> str:
    """In brackets unless it binds as closely as a letter does."""
    alone = isinstance(expression, Letter | Identity | Trace | Kronecker | Summed | Transpose | Differential)
    return str(expression) if alone else f"({expression})"
