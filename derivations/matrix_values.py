"""Matrix expressions evaluated at given matrices of rational numbers, exactly.

This knows nothing of words.  A differential is the coefficient of e in the value at X + e dX, and a
gradient's entry (p, q) that of e where e is added to the entry X_pq.  So it is a second route to what
:mod:`derivations.word_writer` writes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeAlias

import sympy
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from derivations.matrix_expressions import (
    Differential,
    Gradient,
    Identity,
    Kronecker,
    Letter,
    MatrixExpression,
    Power,
    Product,
    Scaled,
    Sum,
    Summed,
    Trace,
    Transpose,
    scalar,
)

__all__ = ["Matrix", "Setting", "Unvalued", "value_at"]

Matrix: TypeAlias = tuple[tuple[Any, ...], ...]
"""Rows of rational numbers, or of polynomials in small quantities."""


class Unvalued(ValueError):  # noqa: N818 - no error of anyone's
    """There is no value: an exponent is negative, or a division by zero."""


@dataclass(frozen=True)
class Setting:
    """Where an expression is evaluated."""

    matrices: Mapping[str, Matrix]
    """All letters; that of a differential ``dX`` where it stands in the expression or is asked for."""
    numbers: Mapping[str, fmpq]
    """Indices and parameters."""
    varying: tuple[str, ...]
    sizes: Mapping[str, int]
    """The dimensions, by name."""


@dataclass(frozen=True)
class _Multiple:
    """A number times the identity of a size that its place gives it; zero is a matrix of any shape."""

    number: Any


_Value: TypeAlias = Matrix | _Multiple
_DEPTH = 4
_SMALL = fmpq_mpoly_ctx.get([f"e{depth}" for depth in range(_DEPTH)], Ordering.lex)


def value_at(expression: MatrixExpression, setting: Setting) -> Matrix | fmpq:
    """The value, a matrix or a multiple of the identity.

    Raises
    ------
    Unvalued
        If an exponent is negative, or a number is divided by zero.

    >>> setting = Setting({"W": ((1, 1), (0, 1)), "dW": ((0, 0), (1, 0))}, {}, ("W",), {})
    >>> value_at(Differential(Letter("W") ** 2), setting)
    ((1, 0), (2, 1))
    """
    value = _value(expression, setting, 0)
    if isinstance(value, _Multiple):
        return fmpq(value.number)
    return tuple(tuple(map(_number, row)) for row in value)


def _number(entry: Any) -> Any:
    return entry.to_dict().get((0,) * _DEPTH, fmpq(0)) if isinstance(entry, fmpq_mpoly) else entry


def _value(expression: MatrixExpression, at: Setting, depth: int) -> _Value:
    match expression:
        case Letter(name):
            return at.matrices[name]
        case Identity(size):
            return _Multiple(fmpq(1)) if size is None else _identity(1 if size == "1" else at.sizes[size])
        case Transpose(of):
            value = _value(of, at, depth)
            return value if isinstance(value, _Multiple) else tuple(zip(*value, strict=True))
        case Sum(terms):
            nothing: _Value = _Multiple(fmpq(0))
            return reduce(_added, (_value(term, at, depth) for term in terms), nothing)
        case Scaled(coefficient, of):
            number = _scalar(coefficient, at)
            return _Multiple(number) if number == 0 else _times(_Multiple(number), _value(of, at, depth))
        case Product(factors):
            return _product(factors, at, depth)
        case Power(base, exponent):
            return _power(_value(base, at, depth), _whole(exponent, at))
        case Summed(term, index, first, last):
            total: _Value = _Multiple(fmpq(0))
            for step in range(_whole(first, at), _whole(last, at) + 1):
                inner = replace(at, numbers={**at.numbers, index: fmpq(step)})
                total = _added(total, _value(term, inner, depth))
            return total
        case Differential(of, varying):
            names = at.varying if varying is None else varying
            return _derivative(of, at, depth, {name: at.matrices[f"d{name}"] for name in names})
        case Gradient(of, by):
            return _gradient(of, by, at, depth)
        case Trace(of):
            value = _value(of, at, depth)
            if isinstance(value, _Multiple):
                if value.number == 0:
                    return ((fmpq(0),),)
                raise ValueError(f"{expression}: the identity's size is not known")
            return ((sum((row[k] for k, row in enumerate(value)), fmpq(0)),),)
        case Kronecker(left, right):
            one, other = _value(left, at, depth), _value(right, at, depth)
            if isinstance(one, _Multiple) or isinstance(other, _Multiple):
                if 0 in (getattr(one, "number", 1), getattr(other, "number", 1)):
                    return _Multiple(fmpq(0))
                raise ValueError(f"{expression}: the identity's size is not known")
            return tuple(tuple(a * b for a in row for b in below) for row in one for below in other)
    raise ValueError(f"a matrix expression is expected, got {expression!r}")


def _scalar(value: Any, at: Setting) -> fmpq:
    expression = scalar(value)
    if not expression.is_Rational:
        known = {
            symbol: sympy.Rational(int(at.numbers[symbol.name].p), int(at.numbers[symbol.name].q))
            for symbol in expression.free_symbols
        }
        expression = sympy.sympify(expression.subs(known, simultaneous=True))
    if not expression.is_Rational:
        raise Unvalued(f"{value} has no rational value here")
    return fmpq(int(expression.p), int(expression.q))


def _whole(value: Any, at: Setting) -> int:
    number = _scalar(value, at)
    if number.q != 1:
        raise Unvalued(f"{value} is no whole number here")
    return int(number.p)


def _identity(size: int) -> Matrix:
    return tuple(tuple(fmpq(int(row == column)) for column in range(size)) for row in range(size))


def _added(a: _Value, b: _Value) -> _Value:
    if isinstance(a, _Multiple) and isinstance(b, _Multiple):
        return _Multiple(a.number + b.number)
    if isinstance(a, _Multiple):
        return _added(b, a)
    if isinstance(b, _Multiple):
        if b.number == 0:
            return a
        return _added(a, _times(b, _identity(len(a))))
    return tuple(
        tuple(x + y for x, y in zip(one, other, strict=True)) for one, other in zip(a, b, strict=True)
    )


def _times(a: _Value, b: _Value) -> _Value:
    if isinstance(a, _Multiple) and isinstance(b, _Multiple):
        return _Multiple(a.number * b.number)
    if isinstance(a, _Multiple):
        return tuple(tuple(a.number * entry for entry in row) for row in b)  # type: ignore[union-attr]
    if isinstance(b, _Multiple):
        return _times(b, a)
    if len(a[0]) != len(b):
        if len(a) == len(a[0]) == 1:
            return _times(_Multiple(a[0][0]), b)
        if len(b) == len(b[0]) == 1:
            return _times(_Multiple(b[0][0]), a)
        raise ValueError(f"a matrix of {len(b)} rows cannot follow one of {len(a[0])} columns")
    columns = [*zip(*b, strict=True)]
    return tuple(
        tuple(sum((x * y for x, y in zip(row, column, strict=True)), fmpq(0)) for column in columns)
        for row in a
    )


def _product(factors: Sequence[MatrixExpression], at: Setting, depth: int) -> _Value:
    """The product; zero times what has no value is zero."""
    result: _Value = _Multiple(fmpq(1))
    unvalued = None
    for factor in factors:
        try:
            result = _times(result, _value(factor, at, depth))
        except Unvalued as error:
            unvalued = unvalued or error
    if unvalued and result != _Multiple(fmpq(0)):
        raise unvalued
    return result


def _power(base: _Value, exponent: int) -> _Value:
    if exponent < 0:
        raise Unvalued("an exponent is negative")
    result: _Value = _Multiple(fmpq(1)) if isinstance(base, _Multiple) else _identity(len(base))
    while exponent:  # by squaring
        if exponent % 2:
            result = _times(result, base)
        exponent //= 2
        base = _times(base, base) if exponent else base
    return result


def _derivative(of: MatrixExpression, at: Setting, depth: int, directions: Mapping[str, Matrix]) -> _Value:
    """The coefficient of a small quantity of its own in the value where the matrices move by it."""
    if depth == _DEPTH:
        raise ValueError(f"differentials are nested at most {_DEPTH} deep")
    small = _SMALL.gens()[depth]
    moved = {
        name: tuple(
            tuple(x + small * dx for x, dx in zip(row, moves, strict=True))
            for row, moves in zip(at.matrices[name], direction, strict=True)
        )
        for name, direction in directions.items()
    }
    value = _value(of, replace(at, matrices={**at.matrices, **moved}), depth + 1)
    if isinstance(value, _Multiple):
        return _Multiple(fmpq(0))
    return tuple(tuple(_coefficient(entry, depth) for entry in row) for row in value)


def _coefficient(entry: Any, depth: int) -> Any:
    """Of the first power of the small quantity of that depth."""
    if not isinstance(entry, fmpq_mpoly):
        return fmpq(0)
    found = {
        (*powers[:depth], 0, *powers[depth + 1 :]): number
        for powers, number in entry.to_dict().items()
        if powers[depth] == 1
    }
    return _SMALL.from_dict(found)


def _gradient(of: MatrixExpression, by: str, at: Setting, depth: int) -> Matrix:
    rows, columns = len(at.matrices[by]), len(at.matrices[by][0])

    def entry(p: int, q: int) -> Any:
        unit = tuple(
            tuple(fmpq(int((row, column) == (p, q))) for column in range(columns)) for row in range(rows)
        )
        value = _derivative(of, at, depth, {by: unit})
        if isinstance(value, _Multiple):
            return value.number
        if (len(value), len(value[0])) != (1, 1):
            raise ValueError(f"{of}: a gradient is of a number")
        return value[0][0]

    return tuple(tuple(entry(p, q) for q in range(columns)) for p in range(rows))
