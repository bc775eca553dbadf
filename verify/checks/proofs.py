"""Every statement's proof, run again: no chance, no rounding, one verdict a statement."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from verify.statistics import Verdict, exact_verdict

__all__ = ["check"]


def check(seed: int = 0, statements: Callable[[], Mapping[str, Any]] | None = None) -> Iterator[Verdict]:  # noqa: ARG001
    """Check each statement's own steps; those it uses have their own line.  The statistic counts failures."""
    import derivations

    for name, statement in (statements or derivations.statements)().items():
        failures = []
        for step in statement.proof:
            try:
                step.check()
            except derivations.ProofError as error:
                failures.append(str(error))
        steps = f"{len(statement.proof)} step{'s' if len(statement.proof) != 1 else ''}"
        detail = failures[0] if failures else f"{statement.status}, {steps}"
        yield exact_verdict("proofs", name, len(failures), 0, detail=detail)
