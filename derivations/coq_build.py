"""Compile the Coq development, have it checked, and write down what was accepted.

Run as ``python -m derivations.coq_build`` it brings ``coq/Statements.v`` up to date with the formulas,
compiles everything, runs ``coqchk`` and writes ``coq/manifest.json``, which :mod:`derivations.kernel` reads.
``python -m derivations.coq_build statements`` does the first alone.  Where only the printer has changed,
and not what it writes, ``python -m derivations.coq_build formulas`` says so in the manifest, without Coq:
until then :mod:`derivations.kernel` writes every proposition to see that it is the accepted one.

The sources are compiled in a folder of their own, two at a time, in the order that ``coqdep`` tells.  What
comes with Coq is taken as it was compiled.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import Any

from derivations import kernel
from derivations.coq_definitions import definitions
from derivations.lazily import imported

__all__ = ["Built", "CoqError", "available", "build", "renew_manifest", "statements_file", "write_manifest"]

PROGRAMS = ("coqc", "coqdep", "coqchk")
TOGETHER = 2
"""So many files are compiled at the same time."""


class CoqError(Exception):
    """Coq does not accept the development; the message is the last of what it said."""


@dataclass(frozen=True)
class Built:
    """What Coq has accepted.

    Attributes
    ----------
    coq
        Its version.
    sources
        The digests of what was compiled, by file.
    axioms
        Those that each theorem rests on, by its name.
    files
        Where each is proved.
    rejected
        The theorems whose proofs fail, with what Coq said.
    """

    coq: str
    sources: Mapping[str, str]
    axioms: Mapping[str, tuple[str, ...]]
    files: Mapping[str, str]
    rejected: Mapping[str, str]


def available() -> bool:
    """Whether Coq is installed."""
    return all(shutil.which(program) for program in PROGRAMS)


def statements_file(statements: Mapping[str, Any]) -> str:
    """The text of ``Statements.v``: the propositions of all statements that have a reading, by name."""
    said = {name: text for name, s in statements.items() if (text := kernel.stated(s)) is not None}
    modules = sorted({*re.findall(r"\b([A-Z]\w*)\.[a-z]", " ".join(said.values()))} - {"Nat"})
    definitions = (
        f"(* {name} *)\n" + _wrapped(f"Definition {kernel.identifier(name)} : Prop :=", text)
        for name, text in said.items()
    )
    over_reals = any("R)" in text for text in said.values())
    needed = [
        f"Require Import Arith{' Reals' * over_reals}.",
        f"From NTK Require Import Scalars{' RealWeights' * over_reals}.",
        fill(f"From NTK Require {' '.join(modules)}.", 110),
    ]
    return "\n".join([_HEAD, *needed, "", *definitions])


_HEAD = """\
(* Generated from the formulas of the package's statements by python -m derivations.coq_build; do not edit.

   What the names of the formulas mean stands in readings.py.  Theorems of the same names prove these. *)"""


def _wrapped(head: str, proposition: str) -> str:
    binders, comma, body = proposition.partition(", (")
    lines = [
        fill(part, 110, initial_indent=first, subsequent_indent="    ", break_on_hyphens=False)
        for part, first in ((f"{binders}{comma[:1]}", "  "), (f"({body}.", "    "))
    ]
    return "\n".join([head, *lines, ""])


def build(
    statements: Mapping[str, Any],
    folder: Path = kernel.SOURCES,
    *,
    count: Callable[[int], Callable[[int], None]] = lambda total: lambda done: None,  # noqa: ARG005 - nobody counts
) -> Built:
    """Compile the folder's sources with the propositions of these statements, and have all checked.

    A theorem whose proof fails is left out and told; if anything else fails there is an error.

    Parameters
    ----------
    statements
        The catalogue, or a part of it.
    folder
        The development's sources; nothing is written there.
    count
        Is told how many steps there are, and returns what is called with each number done.

    Raises
    ------
    CoqError
        If Coq is not installed or does not accept a file.
    """
    if not available():
        raise CoqError(f"Coq is not installed: there is no {', '.join(PROGRAMS)}")
    with TemporaryDirectory() as name:
        place = Path(name)
        for source in folder.glob("*.v"):
            shutil.copy(source, place)
        (place / "Statements.v").write_text(statements_file(statements), encoding="utf-8")
        wanted = {kernel.identifier(name) for name, s in statements.items() if kernel.stated(s) is not None}
        compiled = kernel.sources(place)
        needs = _dependencies(place)
        advance = count(len(needs) + 2)
        rejected = _compile(place, needs, advance)
        files = {name: file for name, file in _theorems(place).items() if name in wanted}
        axioms = _assumptions(place, files)
        advance(1)
        modules = (part for file in needs for part in ("-norec", f"NTK.{_module(file)}"))
        _run(place, "coqchk", "-silent", "-Q", ".", "NTK", *modules)
        advance(1)
        version = _run(place, "coqc", "-print-version").split()[0]
        return Built(version, compiled, axioms, files, rejected)


def _run(place: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CoqError((done.stderr or done.stdout).strip())
    return done.stdout


def _dependencies(place: Path) -> dict[str, set[str]]:
    """For each source those that must be compiled before it."""
    names = sorted(path.name for path in place.glob("*.v"))
    needs: dict[str, set[str]] = {}
    for line in _run(place, "coqdep", "-Q", ".", "NTK", *names).splitlines():
        made, _, of = line.partition(":")
        if made.split()[0].endswith(".vo"):
            compiled = {f"{part.removesuffix('.vo')}.v" for part in of.split() if part.endswith(".vo")}
            needs[f"{made.split()[0].removesuffix('.vo')}.v"] = compiled & {*names}
    return needs


def _compile(place: Path, needs: Mapping[str, set[str]], advance: Callable[[int], None]) -> dict[str, str]:
    """Compile all sources, each after those it needs; what the theorems say that had to be left out."""
    done: set[str] = set()
    running: dict[Future[dict[str, str]], str] = {}
    rejected: dict[str, str] = {}
    with ThreadPoolExecutor(TOGETHER) as pool:
        while len(done) < len(needs):
            begun = done | {*running.values()}
            ready = (file for file, needed in needs.items() if file not in begun and needed <= done)
            running |= {pool.submit(_compile_one, place, file): file for file in ready}
            if not running:
                raise CoqError(f"the sources {', '.join(sorted({*needs} - done))} need each other")
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done.add(running.pop(future))
                rejected |= future.result()
                advance(1)
    return rejected


def _compile_one(place: Path, file: str) -> dict[str, str]:
    """Compile a source, leaving out the theorems whose proofs fail."""
    rejected: dict[str, str] = {}
    while True:
        try:
            _run(place, "coqc", "-q", "-Q", ".", "NTK", file)
        except CoqError as error:
            text = (place / file).read_text(encoding="utf-8")
            line = re.search(r"line (\d+)", str(error))
            failing = _theorem_at(text, int(line[1])) if line else None
            if failing is None:
                raise CoqError(f"{file}: {error}") from None
            rejected[failing] = " ".join(str(error).split("\n", 1)[-1].split())
            (place / file).write_text(_without(text, failing), encoding="utf-8")
        else:
            return rejected


_THEOREM = re.compile(
    r"^(?:Lemma|Theorem) (\w+?)(?:_ring)? : (?:over K )?Statements\.\1\.$.*?\bQed\.$",
    re.MULTILINE | re.DOTALL,
)
"""A theorem, and the lemma that it is in one ring, where its name ends so."""


def _theorem_at(text: str, line: int) -> str | None:
    """The theorem that the line stands in."""
    for match in _THEOREM.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        if first <= line <= first + match[0].count("\n"):
            return match[1]
    return None


def _without(text: str, name: str) -> str:
    """The source without that theorem, line by line as before."""
    return _THEOREM.sub(lambda match: "\n" * match[0].count("\n") if match[1] == name else match[0], text)


def _theorems(place: Path) -> dict[str, str]:
    """The files in which statements are proved, by the theorem's name."""
    return {
        match[1]: path.name
        for path in sorted(place.glob("*.v"))
        for match in _THEOREM.finditer(path.read_text(encoding="utf-8"))
    }


def _assumptions(place: Path, files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The axioms of each theorem; Coq is asked once more whether it proves the proposition of its name."""
    lines = [f"From NTK Require {' '.join(sorted({'Statements', *map(_module, files.values())}))}."]
    for name, file in files.items():
        lines += [
            f"Definition checked_{name} : Statements.{name} := {_module(file)}.{name}.",
            f'Redirect "{name}" Print Assumptions {_module(file)}.{name}.',
        ]
    (place / "Assumptions.v").write_text("\n".join([*lines, ""]), encoding="utf-8")
    _run(place, "coqc", "-q", "-Q", ".", "NTK", "Assumptions.v")
    return {name: _axioms((place / f"{name}.out").read_text(encoding="utf-8")) for name in files}


def _module(file: str) -> str:
    return file.removesuffix(".v")


def _axioms(printed: str) -> tuple[str, ...]:
    r"""The names of the axioms in what ``Print Assumptions`` says, and whatever else it has to say.

    A check of the kernel that was switched off is no axiom by name, and ``coqchk`` lets it pass.

    >>> _axioms("Closed under the global context\n")
    ()
    >>> _axioms("Axioms:\nLogic.classic : forall P : Prop, P\nReals.sig\n  : forall x, x\n")
    ('Logic.classic', 'Reals.sig')
    >>> _axioms("Axioms:\nendless is assumed to be guarded.\n")
    ('endless is assumed to be guarded.',)
    """
    said = re.findall(r"^(\S.*?)(?:\s+:.*)?$", printed, re.MULTILINE)
    return tuple(line for line in said if line not in {"Axioms:", "Closed under the global context"})


def write_manifest(statements: Mapping[str, Any], folder: Path, built: Built) -> None:
    """Write down what was accepted of these statements."""
    theorems = {}
    by_identifier = {kernel.identifier(name): statement for name, statement in statements.items()}
    for name, axioms in built.axioms.items():
        said = kernel.stated(by_identifier[name]) or ""
        theorems[name] = {
            "proposition": kernel.digest(said),
            "formula": kernel.written(by_identifier[name]),
            "file": built.files[name],
            "definitions": definitions(said, folder),
            "axioms": [*axioms],
        }
    manifest = {"coq": built.coq, "sources": dict(built.sources), "theorems": theorems}
    (folder / "manifest.json").write_text(_spelled(manifest), encoding="utf-8")


def renew_manifest(statements: Mapping[str, Any], folder: Path) -> None:
    """Write down, of the theorems that are accepted of these statements, what the formulas now are."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for statement in statements.values():
        theorem = kernel.theorem(statement)
        if theorem is not None:
            about = {
                "formula": kernel.written(statement),
                "definitions": definitions(theorem.proposition, folder),
            }
            manifest["theorems"][theorem.name] |= about
    path.write_text(_spelled(manifest), encoding="utf-8")


def _spelled(manifest: Mapping[str, Any]) -> str:
    return f"{json.dumps(manifest, indent=1, sort_keys=True)}\n"


def main(arguments: list[str]) -> int:
    """Bring ``Statements.v`` and, unless told ``statements``, the manifest up to date; or ``formulas``."""
    known = imported("derivations.catalogue").statements()
    if arguments == ["formulas"]:
        renew_manifest(known, kernel.SOURCES)
        return 0
    (kernel.SOURCES / "Statements.v").write_text(statements_file(known), encoding="utf-8")
    if arguments == ["statements"]:
        return 0
    try:
        built = build(known)
    except CoqError as error:
        print(error, file=sys.stderr)
        return 1
    for name, why in built.rejected.items():
        print(f"{name}: {why}", file=sys.stderr)
    write_manifest(known, kernel.SOURCES, built)
    print(f"{len(built.axioms)} theorems accepted by Coq {built.coq}")
    return 1 if built.rejected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
