"""Every statement's proof, run again: no chance, no rounding, one verdict a statement."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from verify.counting import Watch, unwatched
from verify.statistics import Verdict, exact_verdict

__all__ = ["check"]


def check(
    seed: int = 0,  # noqa: ARG001
    statements: Callable[[], Mapping[str, Any]] | None = None,
    *,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Check each statement's own proof; those it uses have their own line.  1 is a failure."""
    import derivations

    known = (statements or derivations.statements)()
    advance = watch(len(known), "proofs")
    for name, statement in known.items():
        steps = len(statement.proof)
        detail, failures = f"{steps} step{'s' if steps != 1 else ''}, {statement.status}", 0
        try:
            statement.check_steps()
        except derivations.ProofError as error:
            detail, failures = str(error).removeprefix(f"{name}: "), 1
        advance(1)
        yield exact_verdict("proofs", name, failures, 0, detail=detail)
