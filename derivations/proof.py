"""Statements as data, and proofs as lists of steps that a machine re-checks.

A step carries *obligations*: expressions that must reduce to zero for symbolic indices, or facts that must
be true.  Its kind says what the obligations establish:

| kind           | what is re-checked                                                                |
| -------------- | --------------------------------------------------------------------------------- |
| ``identity``   | left - right reduces to zero                                                      |
| ``induction``  | base and step are such identities                                                 |
| ``sign``       | an expression is not negative, by the signs of its symbols                        |
| ``limit``      | a limit SymPy takes, or the leading coefficient of exact polynomials              |
| ``lemma``      | nothing: a textbook result, named                                                 |
| ``evidence``   | a finite range of cases beside a proof that does not need them                    |
| ``conjecture`` | a finite range of cases, and all there is                                         |

The status of a statement is computed from its steps and from the statements it uses, never written down:
a conjecture anywhere, or nothing but evidence, makes it ``checked``, nothing but lemmas makes it ``cited``,
else it is ``proved``.

What the machine checks is the algebra: obligations are computed from the formula that a step shows, and one
step shows the statement's own formula (:func:`conclusion`).  The prose of a step says why they suffice; it
is there to be read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sympy

from derivations.prose import plain

__all__ = [
    "Kind",
    "ProofError",
    "Statement",
    "Status",
    "Step",
    "conclusion",
    "equals",
    "evidence",
    "identity",
    "induction",
    "lemma",
    "limit",
    "reduced",
    "sign",
    "telescopes",
    "telescoping",
    "tends",
    "vanishes",
]

Kind: TypeAlias = Literal["identity", "induction", "sign", "limit", "lemma", "evidence", "conjecture"]
Status: TypeAlias = Literal["proved", "cited", "checked"]
Obligation: TypeAlias = tuple[str, sympy.Expr | bool]
"""What is claimed, and an expression that must vanish or a truth value that must be true."""


class ProofError(Exception):
    """A step of a proof does not hold; the message names it."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a proof.

    Attributes
    ----------
    name
        A few words, unique within the proof.
    text
        The step in prose.
    kind
        What re-checking it establishes; see the module's table.
    formula
        The step as a formula; None where prose says it better.
    obligations
        Computes, from the formula, what has to hold.
    """

    name: str
    text: str
    kind: Kind
    formula: Any
    obligations: Callable[[Any], Iterable[Obligation]]

    def check(self) -> None:
        """Re-check the step.

        Raises
        ------
        ProofError
            If an obligation does not hold; the message names the step and the obligation.
        """
        name = plain(self.name, ascii_only=True)  # as SymPy writes what follows
        for claim, obligation in self.obligations(self.formula):
            if isinstance(obligation, sympy.Expr):
                if not vanishes(obligation):
                    raise ProofError(f"step {name!r}: {claim}: {reduced(obligation)} is not 0")
            elif not obligation:
                raise ProofError(f"step {name!r}: {claim}: not true")


@dataclass(frozen=True, eq=False)
class Statement:
    """A formula of the theory with all that it rests on.

    Attributes
    ----------
    name
        Its key in :func:`derivations.statements`.
    title
        What it says, in one line.
    formula
        SymPy, over the symbols of :mod:`derivations.symbols`.
    variables
        What each symbol of the formula means.
    assumptions
        What must hold of them.
    source
        Where it comes from.
    proof
        The steps.
    uses
        The statements that the proof relies on.
    abbreviations
        Names, of symbols the formula does not have, under which parts of a long formula are printed.

    Title, meanings, assumptions, source, and the steps' names and texts are prose whose mathematics stands
    between dollar signs; :func:`derivations.prose.plain` writes it for a terminal.
    """

    name: str
    title: str
    formula: sympy.Basic
    variables: Mapping[str, str]
    assumptions: tuple[str, ...]
    source: str
    proof: tuple[Step, ...]
    uses: tuple["Statement", ...] = ()
    abbreviations: Mapping[sympy.Symbol, sympy.Expr] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Statement {self.name!r}, {self.status}: {self.formula}>"

    @property
    def status(self) -> Status:
        """``proved``, ``cited`` or ``checked``; see the module's docstring."""
        kinds = {step.kind for step in self.proof}
        rests_on_cases = "conjecture" in kinds or kinds <= {"evidence"}
        if rests_on_cases or any(used.status == "checked" for used in self.uses):
            return "checked"
        return "cited" if kinds <= {"lemma", "evidence"} else "proved"

    def check(self) -> None:
        """Re-run the proof, and those of the statements it uses.

        Raises
        ------
        ProofError
            If a step fails, or none has the statement's formula; the message names the step.
        """
        for statement in self.foundations().values():
            statement.check_steps()

    def check_steps(self) -> None:
        """Re-run the proof alone, taking for granted what it uses; errors as in :meth:`check`."""
        if all(step.formula != self.formula for step in self.proof):
            raise ProofError(f"{self.name}: no step establishes the formula {self.formula}")
        for step in self.proof:
            try:
                step.check()
            except ProofError as error:
                raise ProofError(f"{self.name}: {error}") from None

    def foundations(self) -> dict[str, "Statement"]:
        """The statements that the proof rests on, directly or not, by name, and last the statement itself."""
        below = {name: used for direct in self.uses for name, used in direct.foundations().items()}
        return below | {self.name: self}


def reduced(expression: sympy.Expr) -> sympy.Expr:
    """The expression as a quotient without common factors, over positive symbols and their powers.

    Powers with symbolic exponents are split, ``w**(i + 2) = w**2 w**i``, after which ``w**i`` is one more
    indeterminate; that needs a base that is not 0.  An identity between rational functions which holds for
    positive symbols holds wherever both sides are defined.

    >>> w, i = sympy.symbols("w i")
    >>> reduced((w ** (i + 2) - w**i) / (w * w**i - w**i))
    w + 1
    """
    positive = {symbol: sympy.Symbol(symbol.name, positive=True) for symbol in expression.free_symbols}
    return sympy.cancel(sympy.together(sympy.expand(expression.subs(positive, simultaneous=True))))


def vanishes(expression: sympy.Expr) -> bool:
    """Whether the expression reduces to zero.

    In products that do not commute, powers of equal neighbours are collected; their order is kept.

    >>> w, i = sympy.symbols("w i")
    >>> vanishes(w ** (i + 2) - w * w ** (i + 1)), vanishes(w ** (i + 2) - w**i)
    (True, False)
    >>> C, W = sympy.symbols("C W", commutative=False)
    >>> vanishes(C * W**i * W - C * W ** (i + 1)), vanishes(C * W - W * C)
    (True, False)
    """
    if not expression.is_commutative:
        return bool(sympy.powsimp(sympy.expand(expression)) == 0)
    return bool(reduced(expression) == 0)


def identity(name: str, text: str, left: sympy.Expr | str, right: sympy.Expr | str) -> Step:
    """The step ``left = right``.

    A side given as a string is shown as it is written; SymPy would add up ``(m - 1) + (k + 1)`` at once.
    Sides that were computed and turn out the same are not shown.

    >>> print(identity("a split", "", "(m - 1) + (k + 1)", "m + k").formula)
    Eq((k + 1) + (m - 1), k + m)
    """
    equation = sympy.Eq(_written(left), _written(right), evaluate=False)
    shown = equation if str(equation.lhs) != str(equation.rhs) else None
    return Step(
        name,
        text,
        "identity",
        shown,
        lambda eq: [("left - right", _difference(equation if eq is None else eq))],
    )


def _difference(equation: Any) -> sympy.Expr:
    return (equation.lhs - equation.rhs).doit()


def _written(side: sympy.Expr | str) -> sympy.Expr:
    """The expression; in a string what stands in brackets stays together."""
    if not isinstance(side, str):
        return side
    names = {name: sympy.Symbol(name) for name in re.findall(r"[A-Za-z_]\w*", side)}
    return sympy.sympify(side.replace("(", "UnevaluatedExpr("), locals=names)


def conclusion(
    text: str, formula: Any, obligations: Callable[[Any], Iterable[Obligation]], kind: Kind = "identity"
) -> Step:
    """The step that establishes the statement: its own formula, and what must hold of it after the others."""
    return Step("the statement", text, kind, formula, obligations)


def equals(shown: sympy.Expr) -> Callable[[Any], Iterable[Obligation]]:
    """The obligation that the right side of the formula is what the steps have shown the left one to be."""
    return lambda formula: [("what is shown - right", shown - formula.rhs)]


def sign(name: str, text: str, expression: sympy.Expr, nonnegative: tuple[sympy.Symbol, ...]) -> Step:
    """The step ``expression >= 0``, seen from the signs of its symbols: those named >= 0, all others > 0."""
    signed = {
        symbol: sympy.Symbol(symbol.name, nonnegative=True)
        if symbol in nonnegative
        else sympy.Symbol(symbol.name, positive=True)
        for symbol in expression.free_symbols
    }
    formula = sympy.Ge(expression, 0, evaluate=False)
    return Step(
        name,
        text,
        "sign",
        formula,
        lambda claim: [("not negative", claim.lhs.subs(signed, simultaneous=True).is_nonnegative is True)],
    )


def induction(name: str, text: str, formula: sympy.Basic, base: sympy.Expr, step: sympy.Expr) -> Step:
    """An induction: ``base`` and ``step`` are the differences that vanish if it holds."""
    return Step(name, text, "induction", formula, lambda _: [("base", base), ("step", step)])


def telescoping(name: str, text: str, summand: sympy.Expr, index: sympy.Symbol, closed: sympy.Expr) -> Step:
    """A sum from 0 in closed form: ``closed`` is the sum of the first ``index`` summands.

    By induction: ``closed`` is 0 at index 0 and grows by the summand.
    """
    k = sympy.Symbol("k") if index.name != "k" else sympy.Symbol("l")
    formula = sympy.Eq(sympy.Sum(summand.subs(index, k), (k, 0, index - 1)), closed, evaluate=False)
    return Step(name, text, "induction", formula, telescopes(summand, index))


def telescopes(summand: sympy.Expr, index: sympy.Symbol) -> Callable[[Any], Iterable[Obligation]]:
    """The obligations that the right side of the formula is the sum of the first ``index`` summands."""

    def obligations(formula: Any) -> Iterable[Obligation]:
        closed = formula.rhs
        step = closed.subs(index, index + 1) - closed - summand
        return [("base", closed.subs(index, 0)), ("step", step)]

    return obligations


def limit(name: str, text: str, expression: sympy.Expr, variable: sympy.Symbol, value: sympy.Expr) -> Step:
    """The limit of the expression as the variable goes to infinity, taken by SymPy."""
    formula = sympy.Eq(sympy.Limit(expression, variable, sympy.oo), value, evaluate=False)
    return Step(name, text, "limit", formula, tends(expression, variable))


def tends(expression: sympy.Expr, variable: sympy.Symbol) -> Callable[[Any], Iterable[Obligation]]:
    """The obligation that the expression tends to the right side of the formula."""

    def obligations(formula: Any) -> Iterable[Obligation]:
        difference = reduced(expression - formula.rhs)
        infinity = sympy.Symbol(variable.name, positive=True)
        return [("the limit of the difference", sympy.limit(difference, infinity, sympy.oo))]

    return obligations


def lemma(name: str, text: str, formula: sympy.Basic | None = None) -> Step:
    """A textbook result that the proof relies on; the text names its source."""
    return Step(name, text, "lemma", formula, lambda _: ())


def evidence(name: str, text: str, obligations: Callable[[], Iterable[Obligation]]) -> Step:
    """Cases that are computed beside a proof."""
    return Step(name, text, "evidence", None, lambda _: obligations())
