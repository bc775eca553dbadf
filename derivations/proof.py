"""Statements as data, and proofs as lists of steps that a machine re-checks.

A step claims a formula and names what it follows from: earlier steps, or statements used.  Its kind is the
rule of inference, which looks at the formula claimed and at those named, and at nothing else
(:mod:`derivations.rules`):

| kind           | the formula follows from those named because                                           |
| -------------- | --------------------------------------------------------------------------------------- |
| ``definition`` | it says what a new name means                                                           |
| ``identity``   | written out by the equations named, left - right is zero (:func:`reduction.is_zero`)    |
| ``induction``  | so it is at index 0, and at a successor by the equations and the formula at the index   |
| ``sign``       | greater - less is written out and not negative (:func:`reduction.sign`)                 |
| ``limit``      | a rational function of what goes to infinity is compared by degrees                     |
| ``logic``      | it is a propositional consequence                                                       |
| ``lemma``      | a textbook says so, named                                                               |
| ``argument``   | the text says why; no machine has seen it                                               |
| ``evidence``   | nothing follows: a finite range of cases of the statement's own formula                 |
| ``conjecture`` | a finite range of cases of it, and all there is                                         |

All symbols in a statement's ``indices`` are natural numbers, and a formula is claimed for all of them, under
the statement's ``conditions`` and what else the step is ``given``.  What a step is given is part of what it
claims: who uses it must be given as much.  The last step that is not evidence claims the statement's own
formula. Every other is needed by a later one, and every statement in ``uses`` by some step; what is not is an
error.

The status of a statement is computed, never written down:

| status             | means                                                                                |
| ------------------ | ------------------------------------------------------------------------------------ |
| ``kernel-checked`` | Coq's kernel has accepted a theorem that is generated from the formula               |
| ``derived``        | the formula is reached by the rules above from definitions, lemmas, statements used  |
| ``argued``         | likewise, but for steps of kind ``argument``, here or in what is used                |
| ``checked``        | a finite range of cases is all there is, here or in what is used                     |
| ``cited``          | a textbook lemma                                                                     |
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sympy
from sympy import Eq, Expr, Indexed, Symbol
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import BooleanFunction

from derivations import definitions, kernel
from derivations.contexts import Context
from derivations.extremes import quick
from derivations.notebook import Part, Shown, statement_parts, step_parts
from derivations.prose import plain
from derivations.rewriting import Sequent, Unproved, conjuncts
from derivations.spoken import relations

__all__ = ["Kind", "Obligation", "ProofError", "Rule", "Statement", "Status", "Step"]

Kind: TypeAlias = Literal[
    "definition",
    "identity",
    "induction",
    "sign",
    "limit",
    "logic",
    "lemma",
    "argument",
    "evidence",
    "conjecture",
]
Status: TypeAlias = Literal["kernel-checked", "derived", "argued", "checked", "cited"]
Obligation: TypeAlias = tuple[str, Expr | bool]
"""A case of a formula, and an expression that must vanish or a truth value that must be true."""
Rule: TypeAlias = Callable[[Sequent, Sequence[Sequent]], None]
"""Raises :class:`derivations.rewriting.Unproved` if the first does not follow from the others."""

_CASES: tuple[Kind, ...] = ("evidence", "conjecture")
_TAKEN: tuple[Kind, ...] = ("definition", "lemma", "argument")


class ProofError(Exception):
    """A proof does not hold; the message names the statement and the step."""


@dataclass(frozen=True, eq=False)
class Step(Shown):
    """One step of a proof.

    Attributes
    ----------
    name
        A few words, unique within the proof.
    text
        The step in prose.
    kind
        The rule by which it follows; see the module's table.
    formula
        What it claims; None for cases, which are of the statement's formula.
    using
        The names of the steps and statements that it follows from.
    given
        Conditions under which it is claimed, beside those of the statement.
    rule
        Tells whether the claim follows.
    """

    name: str
    text: str
    kind: Kind
    formula: Any
    using: tuple[str, ...]
    given: tuple[Any, ...]
    rule: Rule

    def _shown(self) -> tuple[str, Sequence[Part]]:
        name, *parts = step_parts(self)
        return name, parts


@dataclass(frozen=True, eq=False)
class Statement(Shown):
    """A formula of the theory with all that it rests on.

    Attributes
    ----------
    name
        Its key in :func:`derivations.statements`.
    title
        What it says, in one line: no more than the formula.
    formula
        SymPy, over the symbols of :mod:`derivations.symbols`.
    variables
        What each symbol of the formula means.
    assumptions
        What must hold, in prose, beside the conditions.
    source
        Where it comes from.
    proof
        The steps.
    indices
        The symbols of formula and steps that are natural numbers, 0 among them.
    conditions
        Relations that must hold.
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
    indices: tuple[Symbol, ...] = ()
    conditions: tuple[Any, ...] = ()
    uses: tuple["Statement", ...] = ()
    abbreviations: Mapping[sympy.Symbol, sympy.Expr] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Statement {self.name!r}, {self.status}: {self.formula}>"

    def _shown(self) -> tuple[str, Sequence[Part]]:
        return self.title, statement_parts(self)

    @property
    def context(self) -> Context:
        """Where the formula is claimed."""
        formulas = [step.formula for step in self.proof if step.kind == "definition"]
        formulas += [self.formula, *(used.formula for used in self.uses)]
        names = {
            definitions.head(part.lhs)
            for formula in formulas
            for part in conjuncts(formula)
            if isinstance(part, Eq)
        }
        named = frozenset(name for name in names if type(name) is Symbol and name not in self.indices)
        return Context(frozenset(self.indices), tuple(map(quick, self.conditions)), named)

    def meanings(self) -> dict[tuple[Any, int], str]:
        """Of each name in the formula, with so many arguments, the statement that defines it.

        That is this one, or one that it rests on.
        """
        own = (part for step in self.proof if step.kind == "definition" for part in conjuncts(step.formula))
        found = {name: where for used in self.uses for name, where in used.meanings().items()}
        found |= {definitions.name(part.lhs): self.name for part in own if isinstance(part, Eq)}
        visible = {definitions.name(part) for part in self.formula.atoms(Indexed, AppliedUndef, Symbol)}
        return {name: where for name, where in found.items() if name in visible}

    def _varying(self) -> frozenset[Symbol]:
        """The names that are not defined to be a number."""
        formulas = [step.formula for step in self.proof if step.kind == "definition"]
        equations = [part for formula in formulas for part in conjuncts(formula) if isinstance(part, Eq)]
        return self.context.names - {part.lhs for part in equations if part.rhs.is_number}

    def assumed(self) -> tuple[str, ...]:
        """All that is assumed, in prose: the indices, the conditions, and the other assumptions."""
        indices = [str(index) for index in self.indices if index in self.formula.free_symbols]
        naturals = [f"${', '.join(indices)} = 0, 1, 2, ...$"] if indices else []
        return (*naturals, *relations(self.conditions), *self.assumptions)

    @property
    def status(self) -> Status:
        """What the machine knows; see the module's table."""
        if kernel.accepted(self):
            return "kernel-checked"
        kinds = {step.kind for step in self.proof}
        if "conjecture" in kinds or kinds <= {"evidence"} or any(s.status == "checked" for s in self.uses):
            return "checked"
        if kinds <= {"lemma", "evidence"}:
            return "cited"
        return "argued" if self.arguments() else "derived"

    def arguments(self) -> dict[str, tuple[str, ...]]:
        """The names of the arguments that the statement rests on, by the name of the statement they stand in.

        What Coq's kernel has checked rests on none.
        """
        found: dict[str, tuple[str, ...]] = {}
        if kernel.accepted(self):
            return found
        for used in self.uses:
            found |= used.arguments()
        own = tuple(step.name for step in self.proof if step.kind == "argument")
        return found | ({self.name: own} if own else {})

    def check(self) -> None:
        """Re-run the proof, and those of the statements it uses.

        What it uses is taken for granted where Coq's kernel has accepted it; :meth:`foundations` has all.

        Raises
        ------
        ProofError
            If a step does not follow, names what is not there or is needed by none, or if the last does not
            claim the statement's formula; the message names the statement and the step.
        """
        foundations = self.foundations()
        for statement in self._below():
            if foundations[statement.name] is not statement:
                raise ProofError(f"{self.name}: two statements are called {statement.name}")
            if statement is self or not kernel.accepted(statement):
                statement.check_steps()

    def check_steps(self) -> None:
        """Re-run the proof alone, taking for granted what it uses; errors as in :meth:`check`."""
        for fault in self.faults():
            raise ProofError(f"{self.name}: {fault}")
        for step in self.proof:
            if failure := self.failure(step):
                raise ProofError(f"{self.name}: {failure}")

    def failure(self, step: Step) -> str | None:
        """Why a step of the proof does not follow; None if it does."""
        name = plain(step.name, ascii_only=True)  # as SymPy writes what follows
        known = {used.name: Sequent(quick(used.formula), used.context, used.name) for used in self.uses}
        for earlier in self.proof[: self.proof.index(step)]:
            context = self.context.given(*map(quick, earlier.given))
            known[earlier.name] = Sequent(quick(earlier.formula), context, earlier.name)
        missing = [label for label in step.using if label not in known]
        if missing:
            return f"step {name!r}: uses {missing[0]!r}, which is no earlier step and no statement used"
        formula = self.formula if step.kind in _CASES else quick(step.formula)
        try:
            step.rule(
                Sequent(formula, self.context.given(*map(quick, step.given))),
                [known[label] for label in step.using],
            )
        except Unproved as error:
            return f"step {name!r}: {error}"
        return None

    def faults(self) -> Iterator[str]:
        """What is wrong with the proof as a whole: its order, its symbols, its names."""
        yield from self._faults_of_order()
        yield from self._faults_of_symbols()
        yield from self._faults_of_names()

    def _claims(self) -> list[Step]:
        return [step for step in self.proof if step.kind not in _CASES]

    def _faults_of_order(self) -> Iterator[str]:
        """Steps that nobody needs, or a last one that claims something else."""
        labels = [step.name for step in self.proof] + [used.name for used in self.uses]
        yield from (f"two steps are called {label!r}" for label in labels if labels.count(label) > 1)
        claims = self._claims()
        if not claims:
            if all(step.kind != "conjecture" for step in self.proof):
                yield "no step claims anything"
            return
        last = claims[-1]
        if last.formula != self.formula or last.given:
            yield f"the last step, {last.name!r}, does not establish the formula {self.formula}"
        needed = {last.name}
        for step in reversed(claims):
            if step.name in needed:
                needed |= {*step.using}
        yield from (f"step {step.name!r} is needed by no other" for step in claims if step.name not in needed)
        yield from (f"{used.name} is used by no step" for used in self.uses if used.name not in needed)

    def _faults_of_symbols(self) -> Iterator[str]:
        """Claims that are no relations, and symbols that look alike or have assumptions of SymPy."""
        for step in self._claims():
            if not isinstance(step.formula, sympy.core.relational.Relational | BooleanFunction):
                yield f"step {step.name!r} claims {step.formula}, which is no relation"
        formulas = [self.formula, *self.conditions]
        formulas += [part for step in self._claims() for part in (step.formula, *step.given)]
        formulas += [part for used in self.uses for part in (used.formula, *used.conditions)]
        cases = {part for formula in formulas for part in formula.atoms(sympy.Piecewise)}
        summed = (part for part in cases if any(condition.has(sympy.Sum) for _, condition in part.args))
        yield from (f"{part} has a sum in a condition" for part in summed)  # which SymPy would decide
        symbols = {s for formula in formulas for s in formula.atoms(Symbol)} | {*self.indices}
        looks = [symbol.name for symbol in symbols]
        yield from (f"two symbols are called {look}" for look in {n for n in looks if looks.count(n) > 1})
        for symbol in symbols:
            if symbol not in (Symbol(symbol.name), Symbol(symbol.name, commutative=False)):
                yield f"of {symbol} something is assumed that no condition says"

    def _faults_of_names(self) -> Iterator[str]:
        """Names with two meanings, and definitions that say more than what a name means."""
        for used in self.uses:
            for index in used.context.names & {*self.indices}:
                yield f"{index} is an index, and has a meaning in {used.name}"
            moving = used.formula.atoms(sympy.Derivative, sympy.Limit)
            free = {symbol for part in moving for symbol in part.free_symbols}
            for symbol in self._varying() & free - used.context.names:
                yield f"{symbol} has a meaning, and is any number in {used.name}, where it does not vary"
        meant: dict[tuple[Any, int], str] = {}
        for used in self.uses:
            for named, where in used.meanings().items():
                if meant.setdefault(named, where) != where:
                    yield f"{named[0]} means one thing in {meant[named]}, another in {where}"
        taken = {head for head, _ in meant}
        for used in self.uses:
            taken |= definitions.heads(used.formula) | used.context.names
        for step in self._claims():
            if step.kind == "definition":
                wrong = definitions.faults(step.formula, taken, frozenset(self.indices))
                yield from (f"step {step.name!r} {fault}" for fault in wrong)
                equations = (part for part in conjuncts(step.formula) if isinstance(part, Eq))
                taken |= {definitions.head(part.lhs) for part in equations}
            taken |= definitions.heads(step.formula)

    def _below(self) -> list["Statement"]:
        """All statements that the proof rests on, each once."""
        below = {id(statement): statement for direct in self.uses for statement in direct._below()}
        return [*below.values(), self]

    def foundations(self) -> dict[str, "Statement"]:
        """The statements that the proof rests on, directly or not, by name, and last the statement itself."""
        below = {name: used for direct in self.uses for name, used in direct.foundations().items()}
        return below | {self.name: self}
