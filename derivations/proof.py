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
a conjecture anywhere makes it ``checked``, nothing but lemmas makes it ``cited``, else it is ``proved``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import sympy

__all__ = [
    "Kind",
    "ProofError",
    "Statement",
    "Status",
    "Step",
    "evidence",
    "identity",
    "induction",
    "lemma",
    "limit",
    "reduced",
    "sign",
    "telescoping",
    "vanishes",
]

Kind: TypeAlias = Literal["identity", "induction", "sign", "limit", "lemma", "evidence", "conjecture"]
Status: TypeAlias = Literal["proved", "cited", "checked"]
Obligation: TypeAlias = tuple[str, sympy.Expr | bool]
"""What is claimed, and an expression that must vanish or a truth value that must be true."""


class ProofError(Exception):
    """A step of a proof does not hold; the message names it."""


@dataclass(frozen=True)
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
        The step as a formula, for display; None where prose says it better.
    obligations
        Computes afresh what has to hold.
    """

    name: str
    text: str
    kind: Kind
    formula: sympy.Basic | None
    obligations: Callable[[], Iterable[Obligation]]

    def check(self) -> None:
        """Re-check the step.

        Raises
        ------
        ProofError
            If an obligation does not hold; the message names the step and the obligation.
        """
        for claim, obligation in self.obligations():
            if isinstance(obligation, sympy.Expr):
                if not vanishes(obligation):
                    raise ProofError(f"step {self.name!r}: {claim}: {reduced(obligation)} is not 0")
            elif not obligation:
                raise ProofError(f"step {self.name!r}: {claim}: not true")


@dataclass(frozen=True)
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
    """

    name: str
    title: str
    formula: sympy.Basic
    variables: Mapping[str, str]
    assumptions: tuple[str, ...]
    source: str
    proof: tuple[Step, ...]
    uses: tuple["Statement", ...] = ()

    @property
    def status(self) -> Status:
        """``proved``, ``cited`` or ``checked``; see the module's docstring."""
        kinds = {step.kind for step in self.proof}
        if "conjecture" in kinds or any(used.status == "checked" for used in self.uses):
            return "checked"
        return "cited" if kinds <= {"lemma", "evidence"} else "proved"

    def check(self) -> None:
        """Re-run the proof, and those of the statements it uses.

        Raises
        ------
        ProofError
            If a step fails; the message names the statement and the step.
        """
        for used in self.uses:
            used.check()
        for step in self.proof:
            try:
                step.check()
            except ProofError as error:
                raise ProofError(f"{self.name}: {error}") from None


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

    >>> w, i = sympy.symbols("w i")
    >>> vanishes(w ** (i + 2) - w * w ** (i + 1)), vanishes(w ** (i + 2) - w**i)
    (True, False)
    """
    return bool(reduced(expression) == 0)


def identity(name: str, text: str, left: sympy.Expr, right: sympy.Expr) -> Step:
    """The step ``left = right``."""
    formula = sympy.Eq(left, right, evaluate=False)
    return Step(name, text, "identity", formula, lambda: [("left - right", left - right)])


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
        lambda: [("not negative", expression.subs(signed, simultaneous=True).is_nonnegative is True)],
    )


def induction(name: str, text: str, formula: sympy.Basic, base: sympy.Expr, step: sympy.Expr) -> Step:
    """An induction: ``base`` and ``step`` are the differences that vanish if it holds."""
    return Step(name, text, "induction", formula, lambda: [("base", base), ("step", step)])


def telescoping(name: str, text: str, summand: sympy.Expr, index: sympy.Symbol, closed: sympy.Expr) -> Step:
    """A sum from 0 in closed form: ``closed`` is the sum of the first ``index`` summands.

    By induction: ``closed`` is 0 at index 0 and grows by the summand.
    """
    k = sympy.Symbol("k") if index.name != "k" else sympy.Symbol("l")
    formula = sympy.Eq(sympy.Sum(summand.subs(index, k), (k, 0, index - 1)), closed, evaluate=False)
    return induction(
        name, text, formula, closed.subs(index, 0), closed.subs(index, index + 1) - closed - summand
    )


def limit(name: str, text: str, expression: sympy.Expr, variable: sympy.Symbol, value: sympy.Expr) -> Step:
    """The limit of the reduced expression as the variable goes to infinity, taken by SymPy."""

    def obligations() -> Iterable[Obligation]:
        difference = reduced(expression - value)
        infinity = sympy.Symbol(variable.name, positive=True)
        return [("the limit of the difference", sympy.limit(difference, infinity, sympy.oo))]

    formula = sympy.Eq(sympy.Limit(expression, variable, sympy.oo), value, evaluate=False)
    return Step(name, text, "limit", formula, obligations)


def lemma(name: str, text: str) -> Step:
    """A textbook result that the proof relies on; the text names its source."""
    return Step(name, text, "lemma", None, lambda: ())


def evidence(name: str, text: str, obligations: Callable[[], Iterable[Obligation]]) -> Step:
    """Cases that are computed beside a proof."""
    return Step(name, text, "evidence", None, obligations)
