r"""Claims from text: plain, as ``rho(i) = ... for nu_W < 1``, or LaTeX, as ``\rho_i = \frac{...}{...}``.

One grammar reads both (``grammar.lark``); nothing of the text is ever evaluated.  What it allows is bounded:
the length, the depth of brackets and of the tree, the digits of numbers.  Names are those of the theory;
what is none is refused where it stands.
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from verify.claims.syntax import (
    Call,
    Claim,
    Condition,
    Differential,
    Limit,
    Name,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Sum,
    Times,
    Transposed,
    children,
    nodes,
)

__all__ = ["INDICES", "MATRICES", "PARAMETERS", "ClaimError", "read_claim"]

LONGEST = 2000
DEEPEST = 60
MOST_DIGITS = 60
PARAMETERS = (
    "nu_W",
    "nu_F",
    "nu_C",
    "eta_W",
    "eta_F",
    "eta_C",
    "decay",
    "radius",
    "n",
    "n_x",
    "n_y",
    "z",
    "w",
    "u",
)
INDICES = ("i", "j", "k", "l", "m", "a", "b", "q", "t")
MATRICES = ("W", "F", "C", "I")
VALUES = ("total", "mean_lag", "peak_lag", "s", "p", "oo")
ARGUMENTS = {
    "rho": 1,
    "Theta": 2,
    "delta": 2,
    "L": 1,
    "E": 1,
    "Var": 1,
    "Cov": 2,
    "tr": 1,
    "min": 2,
    "max": 2,
    "partial_sum": 1,
    "tail_mass": 1,
    "prior_variance": 1,
    "sensitivity": 1,
    "binom": 2,
    "diff": 2,
}
"""The functions, by the number of their arguments."""
SPELLINGS = {
    "infty": "oo",
    "∞": "oo",
    "inf": "oo",
    "lambda": "decay",
    "λ": "decay",
    "peak": "peak_lag",
    "Θ": "Theta",
    "ρ": "rho",
    "δ": "delta",
    "binomial": "binom",
}
RELATIONS = {
    "==": "=",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "→": "->",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "ne": "!=",
    "neq": "!=",
    "lt": "<",
    "gt": ">",
    "to": "->",
    "rightarrow": "->",
    "longrightarrow": "->",
}
EXPECTED = {
    "NUMBER": "a number",
    "NAME": "a name",
    "INDEXED": "a quantity such as rho",
    "FUNCTION": "a function such as E",
    "_OPEN": "'('",
    "_CLOSE": "')'",
    "_COMMA": "','",
    "RELATION": "a relation such as =",
    "SIGN": "+ or -",
    "_TIMES": "*",
    "_OVER": "/",
    "_HAT": "^",
    "_BELOW": "'_'",
    "_FOR": "for",
    "_AND": "and",
    "$END": "the end",
    "BAR": "'|'",
}
"""What is told of the grammar's terminals; others only allow what these do."""
PAIRS = {"(": ")", "[": "]", "{": "}"}


class ClaimError(ValueError):
    """A text is no claim; ``column``, from 1 on, says where in it, and ``text`` is it.

    A note shows the place.
    """

    def __init__(self, text: str, column: int, message: str) -> None:
        where = text[max(0, column - 1 - 20) : column - 1]
        after = f", after {where!r}" if where.strip() else ""
        super().__init__(f"claim, column {column}{after}: {message}")
        self.text, self.column = text, column
        self.add_note(f"{text}\n{' ' * (column - 1)}^")


def read_claim(text: str) -> Claim:
    r"""The claim that a text makes.

    Parameters
    ----------
    text
        ``LEFT RELATION RIGHT``, and perhaps ``for CONDITION, CONDITION, ...``.

    Raises
    ------
    ClaimError
        If it is none, with the column and what was expected there.

    Examples
    --------
    >>> read_claim("rho(i) < 2 for nu_W = 0.5").conditions[0].right
    Number(value=Fraction(1, 2))
    >>> read_claim(r"\rho_{i+1} = 2").left == read_claim("rho(i + 1) = 2").left
    True
    >>> read_claim("rho(i) = 2 +")
    Traceback (most recent call last):
    ...
    verify.claims.reading.ClaimError: claim, column 13, after 'rho(i) = 2 +': expected a number, a name, ...
    """
    if not isinstance(text, str):
        raise ValueError(f"claim must be a text, got {text!r}")
    if len(text) > LONGEST:
        raise ValueError(f"claim: at most {LONGEST} characters, got {len(text)}")
    line = "".join(" " if character.isspace() else character for character in text)
    _match_brackets(line)
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

    try:
        left, relation, right, conditions = _parser()(line)
    except _UnreadError as error:
        raise ClaimError(line, error.column, str(error)) from None
    except VisitError as error:
        cause = error.orig_exc
        if isinstance(cause, _UnreadError):
            raise ClaimError(line, cause.column, str(cause)) from None
        raise
    except UnexpectedToken as error:
        end = error.token.type == "$END"
        column = len(line.rstrip()) + 1 if end else error.column
        raise ClaimError(
            line, column, _expected(error.accepts or error.expected, "" if end else error.token)
        ) from None
    except UnexpectedCharacters as error:
        raise ClaimError(line, error.column, f"cannot read {line[error.column - 1]!r}") from None
    except UnexpectedEOF:
        raise ClaimError(line, len(line.rstrip()) + 1, "the claim ends too early") from None
    for side in (left, right, *(part for c in conditions for part in (c.left, c.right))):
        if _depth(side) > DEEPEST:
            raise ValueError(f"claim: at most {DEEPEST} levels of expressions within each other")
    return Claim(left, *_as_it_grows(relation, right, conditions), text.strip())


def _as_it_grows(
    relation: str, right: Node, conditions: Sequence[Condition]
) -> tuple[str, Node, tuple[Condition, ...]]:
    """With ``->`` for an equation that holds as n -> oo."""
    others = tuple(one for one in conditions if one.relation != "->")
    if len(others) < len(conditions):
        if relation not in ("=", "->"):
            raise ValueError(f"claim: as n -> oo goes with = and ->, not with {relation}")
        relation = "->"
    if relation == "->" and any(Name("n") in [*nodes(one.left), *nodes(one.right)] for one in others):
        raise ValueError("claim: n grows without bound there; no condition says what it is")
    return relation, right, others


def _expected(terminals: Any, got: str) -> str:
    told = [EXPECTED[name] for name in EXPECTED if name in terminals]
    found = f", got {str(got)!r}" if got else ""
    return (
        f"expected {', '.join(told[:-1])} or {told[-1]}{found}"
        if len(told) > 1
        else f"expected {''.join(told)}{found}"
    )


def _match_brackets(line: str) -> None:
    """ClaimError for a bracket without its fellow, or too many in each other."""
    opened: list[tuple[str, int]] = []
    for column, character in enumerate(line, 1):
        if character in PAIRS:
            opened.append((PAIRS[character], column))
            if len(opened) > DEEPEST:
                raise ClaimError(line, column, f"at most {DEEPEST} brackets within each other")
        elif character in PAIRS.values():
            if not opened:
                raise ClaimError(line, column, f"{character!r} closes no bracket")
            closing, at = opened.pop()
            if closing != character:
                raise ClaimError(
                    line, column, f"expected {closing!r} for the bracket of column {at}, got {character!r}"
                )
    if opened:
        closing, at = opened[-1]
        raise ClaimError(line, at, f"the bracket is not closed by {closing!r}")


def _depth(node: Node) -> int:
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in children(one))
    return deepest


class _UnreadError(Exception):
    """What the grammar allows and the theory does not know."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


def _column(token: Any) -> int:
    return int(token.column)


def _bare(token: str) -> str:
    """A name without LaTeX: its backslash, the braces of its index."""
    plain = "".join(c for c in token.removeprefix("\\") if c not in "{} ")
    for greek, latin in (("ν", "nu"), ("η", "eta")):
        plain = plain.replace(greek, latin)
    return SPELLINGS.get(plain, plain)


def _known(token: Any, name: str) -> Name:
    known = (*PARAMETERS, *INDICES, *MATRICES, *VALUES)
    if name not in known:
        near = get_close_matches(name, [*known, *ARGUMENTS], n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join([*known, *ARGUMENTS])}"
        raise _UnreadError(_column(token), f"unknown name {str(token)!r}; {hint}")
    return Name(name, _column(token))


def _sum(terms: Sequence[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))


def _negated(node: Node) -> Node:
    return Number(-node.value) if isinstance(node, Number) else _product(Number(Fraction(-1)), node)


def _product(*factors: Node) -> Node:
    flat: list[Node] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Times) else [factor])
    return Times(tuple(flat))


def _call(token: Any, name: str, arguments: Sequence[Node], order: int = 0) -> Node:
    wanted = ARGUMENTS.get(name, 1)
    if len(arguments) != wanted:
        raise _UnreadError(
            _column(token), f"{name} takes {wanted} argument{'s' * (wanted > 1)}, got {len(arguments)}"
        )
    return Call(name, tuple(arguments), order, _column(token))


@cache
def _parser() -> Callable[[str], Any]:
    """The parser; made when a claim is read, as making it takes a while."""
    from lark import Lark, Token, Transformer, v_args

    @v_args(inline=True)
    class Syntax(Transformer):  # type: ignore[type-arg]
        """Makes nodes of what the rules find."""

        def start(self, left: Node, relation: Token, right: Node, *conditions: Any) -> Any:
            return left, _relation(relation), right, conditions[0] if conditions else ()

        def listed(self, left: Node, relation: Token, right: Node, conditions: Any) -> Any:
            sides = (side for one in conditions for side in (one.left, one.right))
            if any(isinstance(part, Call | Sum | Limit) for side in sides for part in nodes(side)):
                told = "after a comma stand conditions on symbols alone; write for before others"
                raise _UnreadError(_column(relation), f"{told}, or two claims")
            return left, _relation(relation), right, conditions

        def conditions(self, *parts: Any) -> Any:
            return tuple(one for part in parts for one in part)

        def condition(self, first: Node, *rest: Any) -> list[Condition]:
            sides, relations = [first, *rest[1::2]], rest[::2]
            for token in relations:
                if _relation(token) == "->" and sides != [Name("n"), Name("oo")]:
                    raise _UnreadError(_column(token), "the only limit among conditions is n -> oo")
            return [
                Condition(left, _relation(relation), right)
                for left, relation, right in zip(sides, relations, sides[1:], strict=False)
            ]

        def bounded(self, _: Token, inside: Node, __: Token, relation: Token, bound: Node) -> list[Condition]:
            if _relation(relation) not in ("<", "<="):
                raise _UnreadError(_column(relation), f"expected < or <=, got {str(relation)!r}")
            return [
                Condition(inside, _relation(relation), bound),
                Condition(_negated(inside), _relation(relation), bound),
            ]

        def added(self, *parts: Any) -> Node:
            terms: list[Node] = []
            sign = "+"
            for part in parts:
                if isinstance(part, Token):
                    sign = str(part)
                else:
                    terms.append(part if sign == "+" else _negated(part))
            return _sum(terms)

        def with_sign(self, sign: Token, node: Node) -> Node:
            return node if sign == "+" else _negated(node)

        def times(self, *factors: Node) -> Node:
            return _product(*factors)

        def over(self, above: Node, below: Node) -> Node:
            if isinstance(above, Number) and isinstance(below, Number) and below.value:
                return Number(above.value / below.value)
            return Over(above, below)

        def short_fraction(self, token: Token) -> Node:
            above, below = (Fraction(c) for c in token if c.isdigit())
            return self.over(Number(above), Number(below))

        def power(self, base: Node, exponent: Node) -> Node:
            if isinstance(exponent, Transposed):  # W^2'
                return Transposed(Power(base, exponent.body))
            return Power(base, exponent)

        def transposed(self, body: Node, _: Token) -> Node:
            return Transposed(body)

        def differential(self, body: Node) -> Node:
            return Differential(body)

        def number(self, token: Token) -> Node:
            if len(token) > MOST_DIGITS:
                raise _UnreadError(_column(token), f"a number has at most {MOST_DIGITS} digits")
            return Number(Fraction(str(token)))

        def digits(self, token: Token) -> Node:
            if len(token) == 2 and token.isdigit() and token[0] == "0":  # Theta_{02}
                return _product(*(Number(Fraction(digit)) for digit in token))
            return self.number(token)

        def name(self, token: Token) -> Node:
            letters = _split(token, _bare(token))
            return letters[0] if len(letters) == 1 else _product(*letters)

        def subscript(self, token: Token) -> list[Node]:
            return _split(token, _bare(token))

        def index(self, arguments: Any) -> list[Node]:
            return arguments if isinstance(arguments, list) else [arguments]

        def arguments(self, *given: Node) -> list[Node]:
            return list(given)

        def indexed(self, token: Token, arguments: list[Node]) -> Node:
            name = _bare(token)
            if len(arguments) == 1 and ARGUMENTS[name] == 2:
                match arguments[0]:
                    case Number(value) if value.denominator == 1 and 10 <= value < 100:  # Theta_{12}
                        arguments = [Number(Fraction(digit)) for digit in str(value)]
                    case Times((one, other)):  # Theta_{i j}
                        arguments = [one, other]
            return _call(token, name, arguments)

        def generating(self, token: Token, *rest: Any) -> Node:
            *primes, argument = rest
            return Call("G", (argument,), len(primes), _column(token))

        def called(self, token: Token, arguments: list[Node]) -> Node:
            name = _bare(token)
            for letter in ("mathbb", "mathrm", "mathsf", "operatorname"):
                name = name.removeprefix(letter)
            return _call(token, name, arguments)

        def binomial(self, token: Token, above: Node, below: Node) -> Node:
            return _call(token, "binom", [above, below])

        def summed(self, body: Node, index: Token, first: Node, last: Node) -> Node:
            return Sum(body, self._bound(index), first, last)

        def summed_from(self, index: Token, relation: Token, first: Node, last: Node, body: Node) -> Node:
            if _relation(relation) != "=":
                raise _UnreadError(_column(relation), f"expected =, got {str(relation)!r}")
            return Sum(body, self._bound(index), first, last)

        def _bound(self, index: Token) -> str:
            if _bare(index) not in INDICES:
                raise _UnreadError(
                    _column(index), f"expected an index, one of {', '.join(INDICES)}, got {str(index)!r}"
                )
            return _bare(index)

        def limit(self, *parts: Any) -> Node:
            if len(parts) == 1:
                return Limit(parts[0], "n", Name("oo"))
            variable, relation, point, body = parts
            if _relation(relation) != "->":
                raise _UnreadError(_column(relation), f"expected ->, got {str(relation)!r}")
            return Limit(body, _known(variable, _bare(variable)).name, point)

        def limit_at(self, body: Node, variable: Token, point: Node) -> Node:
            return Limit(body, _known(variable, _bare(variable)).name, point)

    def _relation(token: Token) -> str:
        name = token.removeprefix("\\")
        return RELATIONS.get(name, name)

    def _split(token: Token, name: str) -> list[Node]:
        """``ij`` is i and j."""
        if len(name) == 2 and all(letter in INDICES for letter in name):
            return [Name(letter, _column(token)) for letter in name]
        return [_known(token, name)]

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=Syntax(), maybe_placeholders=False).parse
