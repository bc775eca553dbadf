"""The Coq development, compiled and checked again, where Coq is installed; one verdict a theorem.

The propositions are generated anew from the formulas.  ``coqc`` compiles all sources in a temporary folder,
``coqchk`` checks what it made, and the axioms that Coq prints are compared with the manifest's.  On two cores
that takes between one and two minutes.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from verify.counting import Watch, unwatched
from verify.statistics import Skipped, Verdict, exact_verdict

__all__ = ["check"]


def check(
    seed: int = 0,  # noqa: ARG001
    statements: Callable[[], Mapping[str, Any]] | None = None,
    folder: Path | None = None,
    *,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Compile the folder's sources with the statements' propositions.  1 is a failure."""
    import derivations
    from derivations import coq_build, kernel

    if not coq_build.available():
        raise Skipped("Coq is not installed (coqc, coqdep and coqchk), so its theorems are not checked again")
    known, place = (statements or derivations.statements)(), folder or kernel.SOURCES
    read = {name: statement for name, statement in known.items() if kernel.reading(name) is not None}
    try:
        built = coq_build.build(read, place, count=lambda total: watch(total, "files"))
    except coq_build.CoqError as error:
        yield exact_verdict("coq", "development", 1, 0, detail=" ".join(str(error).split()))
        return
    manifest = kernel.Manifest.read(place)
    for name, statement in read.items():
        fault = _fault(statement, built, manifest)
        identifier = kernel.identifier(name)
        axioms = ", ".join(built.axioms.get(identifier, ()))
        detail = f"{built.files.get(identifier)}, {f'axioms {axioms}' if axioms else 'no axioms'}"
        yield exact_verdict("coq", name, int(fault is not None), 0, detail=fault or detail)


def _fault(statement: Any, built: Any, manifest: Any) -> str | None:
    """What is wrong with the theorem of a statement; None if nothing is."""
    from derivations import kernel

    name = kernel.identifier(statement.name)
    said = kernel.stated(statement)
    if said is None:
        return "the formula has no proposition"
    if name in built.rejected:
        return f"the proof fails: {built.rejected[name]}"
    if name not in built.axioms:
        return "no theorem proves the proposition"
    if unexpected := {*built.axioms[name]} - kernel.allowed_axioms(statement):
        return f"it assumes {', '.join(sorted(unexpected))}"
    entry = manifest.theorems.get(name, {})
    if entry.get("proposition") != kernel.digest(said) or entry.get("axioms") != [*built.axioms[name]]:
        return "the manifest does not have this theorem (python -m derivations.coq_build writes it)"
    return None
