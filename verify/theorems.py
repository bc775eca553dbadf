"""Theorems of Coq as text or JSON."""

from textwrap import fill
from typing import Any

from derivations.kernel import Theorem
from derivations.prose import plain
from verify.console import dump_json

__all__ = ["rendered"]

NUMBERS = "Coq's axioms of the real numbers"


def rendered(statement: Any, theorem: Theorem, how: str) -> str:
    """The theorem of a statement: what it says, where it is proved, of what and from what."""
    if how == "json":
        return dump_json(
            {
                "name": statement.name,
                "title": plain(statement.title),
                "theorem": theorem.name,
                "proposition": theorem.proposition,
                "file": theorem.file,
                "definitions": list(theorem.definitions),
                "axioms": list(theorem.axioms),
            }
        )
    binders, comma, body = theorem.proposition.partition(", (")
    said = [
        fill(part, 100, initial_indent=first, subsequent_indent="  ", break_on_hyphens=False)
        for part, first in ((f"{binders}{comma[:1]}", ""), (f"({body}.", "  "))
    ]
    rests = f"{NUMBERS}: {', '.join(theorem.axioms)}" if theorem.axioms else "no axioms"
    return "\n".join(
        [
            f"Theorem {theorem.name} :",
            *(f"  {line}" for part in said for line in part.splitlines()),
            "",
            f"proved in derivations/coq/{theorem.file}, generated from the formula of {statement.name}",
            fill(f"means what is defined in {', '.join(theorem.definitions)}", 100, subsequent_indent="  "),
            fill(f"rests on {rests}", 100, subsequent_indent="  "),
        ]
    )
