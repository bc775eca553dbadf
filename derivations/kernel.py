"""What Coq's kernel has accepted, as the manifest tells it; no Coq is needed to ask.

A theorem in ``coq/Theorems.v`` or its like is named as its statement, ``finite_width_mean``, and proves the
proposition of that name in ``coq/Statements.v``, which :mod:`derivations.coq_printer` writes from the formula
and :mod:`derivations.readings`.  When all is compiled and ``coqchk`` has checked it,
:mod:`derivations.coq_build` writes ``coq/manifest.json``: of each theorem the proposition's digest and the
axioms, of each source its digest.

A statement is kernel-checked if the manifest has its theorem, for the proposition that is written from the
formula *now*, with no axioms but those allowed, and the sources are those that were compiled.  Where formula
and printer are what they were, the proposition is too, and is not written again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from derivations.contexts import Context
from derivations.lazily import imported
from derivations.readings import READINGS, Reading

__all__ = [
    "SOURCES",
    "Manifest",
    "Reading",
    "Theorem",
    "accepted",
    "allowed_axioms",
    "digest",
    "identifier",
    "reading",
    "sources",
    "stated",
    "theorem",
    "written",
]

SOURCES = Path(__file__).parent / "coq"
"""The folder of the Coq development."""

PRINTER = (
    "coq_naturals",
    "coq_printer",
    "coq_reading",
    "coq_terms",
    "coq_text",
    "readings",
    "readings_of_networks",
    "readings_of_training",
)
"""The modules that write a proposition; with another of them it is written again."""

REAL_NUMBERS = frozenset(
    {
        "Classical_Prop.classic",
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)
"""The axioms by which Coq's library has the real numbers."""


@dataclass(frozen=True)
class Theorem:
    """A statement as Coq's kernel has accepted it.

    Attributes
    ----------
    name
        In Coq.
    proposition
        What it says.
    file
        Where it is proved, in :data:`SOURCES`.
    definitions
        The files that say what the proposition means: see :mod:`derivations.coq_definitions`.
    axioms
        What it assumes beside Coq's logic.
    """

    name: str
    proposition: str
    file: str
    definitions: tuple[str, ...]
    axioms: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """What was compiled and checked: Coq's version, digests by source, and the theorems by name."""

    coq: str
    sources: Mapping[str, str]
    theorems: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def read(folder: Path) -> "Manifest":
        """The folder's manifest; an empty one if it has none that can be read."""
        try:
            read = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            return Manifest(read["coq"], read["sources"], read["theorems"])
        except (OSError, ValueError, KeyError, TypeError):
            return Manifest("", {}, {})


def accepted(statement: Any) -> bool:
    """Whether the kernel has accepted a theorem written from the statement's formula."""
    entry = _entry(statement)
    return entry is not None and (entry["formula"] == written(statement) or theorem(statement) is not None)


def theorem(statement: Any) -> Theorem | None:
    """The theorem that the kernel has accepted of the statement's formula, if there is one.

    >>> from derivations import statements
    >>> print(theorem(statements()["recurrence"]).proposition)
    forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat), (Weights.rho nu_W nu_F nu_C (i + 2)%nat =
    whole 2 * Weights.rho nu_W nu_F nu_C (i + 1)%nat * nu_W - Weights.rho nu_W nu_F nu_C i * nu_W ^ 2)%scalar
    """
    name = identifier(statement.name)
    entry, said = _entry(statement), stated(statement)
    if entry is None or said is None or entry["proposition"] != digest(said):
        return None
    return Theorem(name, said, entry["file"], tuple(entry["definitions"]), tuple(entry["axioms"]))


def _entry(statement: Any) -> Mapping[str, Any] | None:
    """What the manifest has of the statement's theorem, if it assumes no more than it may."""
    compiled = _compiled(SOURCES)
    entry = compiled.theorems.get(identifier(statement.name)) if compiled else None
    if statement.name not in READINGS or not entry or not {*_KEYS} <= {*entry}:
        return None
    return entry if {*entry["axioms"]} <= allowed_axioms(statement) else None


_KEYS = ("proposition", "formula", "file", "definitions", "axioms")


def written(statement: Any) -> str:
    """The digest of the formula, what it is claimed for, and what writes the proposition."""
    return _written(statement.formula, frozenset(statement.indices), tuple(statement.conditions))


@lru_cache(maxsize=512)
def _written(formula: Any, indices: frozenset[Any], conditions: tuple[Any, ...]) -> str:
    claimed = [_spelt(formula), *sorted(map(_spelt, indices)), *map(_spelt, conditions)]
    return digest("\n".join([*claimed, _printer()]))


def _spelt(e: Any) -> str:
    """The expression with all that it is made of: what ``srepr`` says, in the order that it has, sooner.

    >>> _spelt(sympy.Symbol("i") + 2 * sympy.Function("f")(1))
    "Add(Symbol('i'), Mul(Integer(2), Function('f')(Integer(1))))"
    """
    if not e.args:
        atom: str = _spelt_atom(e)
        return atom
    name = f"Function({type(e).__name__!r})" if isinstance(e, AppliedUndef) else type(e).__name__
    return f"{name}({', '.join(map(_spelt, e.args))})"


_spelt_atom = lru_cache(maxsize=512, typed=True)(sympy.srepr)


@cache
def _printer() -> str:
    folder = Path(__file__).parent
    return digest("\n".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in PRINTER))


def stated(statement: Any) -> str | None:
    """The proposition written from the formula; None without a reading, or if it has no meaning in Coq."""
    if statement.name not in READINGS:
        return None
    indices, conditions = frozenset(statement.indices), tuple(statement.conditions)
    return _stated(statement.name, statement.formula, indices, conditions)


def reading(name: str) -> Reading | None:
    """How the statement of that name is read."""
    return READINGS.get(name)


def allowed_axioms(statement: Any) -> frozenset[str]:
    """What the statement's theorem may assume: nothing, or over the reals what makes them."""
    return REAL_NUMBERS if READINGS[statement.name].over == "reals" else frozenset()


def identifier(name: str) -> str:
    """The name in Coq of a statement's theorem.

    >>> identifier("lag-weights")
    'lag_weights'
    """
    return name.replace("-", "_")


def digest(text: str) -> str:
    """The SHA-256 digest of a text."""
    return sha256(text.encode()).hexdigest()


def sources(folder: Path) -> dict[str, str]:
    """The digests of the folder's Coq files, by name."""
    return {path.name: digest(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.v"))}


@cache
def _compiled(folder: Path) -> Manifest | None:
    """The manifest, if the sources are those that it is about."""
    manifest = Manifest.read(folder)
    return manifest if manifest.theorems and manifest.sources == sources(folder) else None


@lru_cache(maxsize=512)
def _stated(name: str, formula: Any, indices: frozenset[Any], conditions: tuple[Any, ...]) -> str | None:
    printer = imported("derivations.coq_printer")
    try:
        text: str = printer.proposition(formula, Context(indices, conditions), READINGS[name])
        return text
    except printer.Unprintable:
        return None
