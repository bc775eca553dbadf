"""Networks in words, as the command line takes them: ``stack(0.5, leaky(0.9, 0.05))``.

A specification is a call of a network of :mod:`numeric.networks` by its lower-case name, with numbers,
networks, ``ring(...)``, ``rates(...)`` and lists of eigenvalues as arguments; a bare number is a transition
variance, and the name of a framework its default.  Python's own parser reads it; nothing is evaluated: what
is not of this grammar is refused, and numbers are taken as they are written, ``0.3`` as three tenths.
"""

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["EXAMPLES", "read_network"]

EXAMPLES = (
    "0.5",
    "variances(0.5, 1, 2)",
    "leaky(0.9, 0.05)",
    "orthogonal(0.95)",
    "diagonal(ring(0.4, 0.99))",
    "stack(0.5, leaky(0.9, 0.05))",
    "biased(0.5, hidden=0.1)",
    "variances(0.5, rates=rates(1, 1, 0))",
    "torch",
)
_LONGEST = 1000
_NUMBER = re.compile(r"[0-9.eE_+-]+j?")


def read_network(text: str) -> "Model":
    """The network that a specification names.

    Raises
    ------
    ValueError
        If it is none, with what cannot be read, or what the network refuses.

    Examples
    --------
    >>> read_network("stack(0.5, leaky(0.9, 1/20))").layers[1].transition.variance
    Fraction(1, 20)
    >>> read_network("leeky(0.9)")
    Traceback (most recent call last):
    ...
    ValueError: network 'leeky(0.9)': unknown name 'leeky'; did you mean leaky?
    """
    from numeric import Variances
    from numeric.model import Model

    if len(text) > _LONGEST:
        raise ValueError(f"network: a specification has at most {_LONGEST} characters, got {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value = _value(tree.body, text.strip())
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"network {text!r} cannot be read; write one such as {EXAMPLES[5]}") from None
    except (TypeError, _UnreadError) as error:
        raise ValueError(f"network {text!r}: {error}") from None
    if isinstance(value, Fraction | str):
        value = Variances(value)
    if not isinstance(value, Model):
        raise ValueError(f"network {text!r} is no network; write one such as {EXAMPLES[5]}")
    return value


class _UnreadError(Exception):
    """What is not of the grammar."""


def _value(node: ast.expr, text: str) -> Any:
    """A number as its text or a fraction, a network, or what else a call makes."""
    part = ast.get_source_segment(text, node) or text
    match node:
        case ast.Constant(value=int() | float()) if _NUMBER.fullmatch(part):
            return part
        case ast.Constant(value=complex()) | ast.BinOp(op=ast.Add() | ast.Sub()):
            return _complex(node, part)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            return part.replace(" ", "")
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            above, below = (_value(side, text) for side in (left, right))
            if isinstance(above, str) and isinstance(below, str) and Fraction(below):
                return Fraction(above) / Fraction(below)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(element, text) for element in elements]
        case ast.Name(id=name):
            return _known(name, frameworks=True)()
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=named) if all(k.arg for k in named):
            return _call(
                name,
                [_value(argument, text) for argument in arguments],
                {str(k.arg): _value(k.value, text) for k in named},
            )
    raise _UnreadError(f"cannot read {part!r}; write one such as {EXAMPLES[5]}")


def _complex(node: ast.expr, part: str) -> complex:
    """An eigenvalue such as ``0.9 + 0.1j``."""
    match node:
        case ast.Constant(value=complex() as value):
            return value
        case ast.BinOp(
            left=ast.Constant(value=int() | float() as real),
            op=op,
            right=ast.Constant(value=complex() as rest),
        ):
            return real + rest if isinstance(op, ast.Add) else real - rest
    raise _UnreadError(f"cannot read {part!r}; an eigenvalue is written 0.9+0.1j")


def _call(name: str, given: list[Any], named: dict[str, Any]) -> Any:
    from numeric import Stack, Variances
    from numeric.networks import PRESETS

    make = _known(name, frameworks=False)
    if name in PRESETS and str(named.get("n_x", "")).isdecimal():
        return make(*given, **{**named, "n_x": int(named["n_x"])})
    if make is Stack:  # its layers, bottom first; a bare number is a transition variance
        return Stack([Variances(one) if isinstance(one, str | Fraction) else one for one in given], **named)
    if name == "biased" and given and isinstance(given[0], str | Fraction):
        given = [Variances(given[0]), *given[1:]]
    named = {key: tuple(value) if isinstance(value, list) else value for key, value in named.items()}
    signature(make).bind(*given, **named)  # a TypeError that names the argument
    return make(*given, **named)


def _known(name: str, *, frameworks: bool) -> Callable[..., Any]:
    """What a name makes; a framework's takes n_x."""
    from difflib import get_close_matches
    from functools import partial

    from numeric import Rates, Ring, preset
    from numeric.networks import NETWORKS, PRESETS

    makers: dict[str, Callable[..., Any]] = {**NETWORKS, "ring": Ring, "rates": Rates}
    presets: dict[str, Callable[..., Any]] = {framework: partial(preset, framework) for framework in PRESETS}
    if name in presets:
        return presets[name]
    if name in makers and not frameworks:
        return makers[name]
    if name in makers:
        raise _UnreadError(f"{name} needs its arguments, such as {_example(name)}")
    near = get_close_matches(name, [*makers, *presets], n=1)
    known = f"did you mean {near[0]}?" if near else f"known are {', '.join([*makers, *presets])}"
    raise _UnreadError(f"unknown name {name!r}; {known}")


def _example(name: str) -> str:
    return next((example for example in EXAMPLES if f"{name}(" in example), f"{name}(0.5)")
