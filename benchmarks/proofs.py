"""What it costs to list, derive and verify the statements: processor time, medians.

    python benchmarks/proofs.py [--repeat 3] [--json FILE]

`derive` and `derive NAME` are commands in processes of their own, of `derive NAME` the median over all names;
the proof of each is run again with those it uses that Coq's kernel has not accepted.  Processor time of the
user, for other work may go on.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import derivations

Row = tuple[str, float, float]


def of_children() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def command(*arguments: str) -> float:
    """The processor time of one command; an error if it fails."""
    start = of_children()
    subprocess.run([sys.executable, "-m", "verify", *arguments], check=True, capture_output=True)
    return of_children() - start


def row(what: str, repeat: int, call: Callable[[], float]) -> Row:
    times = [call() for _ in range(repeat)]
    return what, statistics.median(times), max(times)


def names(repeat: int) -> Row:
    """The median over the names of each one's median, and the slowest name's."""
    medians = {
        name: statistics.median(command("derive", name) for _ in range(repeat))
        for name in derivations.statements()
    }
    slowest = max(medians, key=lambda name: medians[name])
    return f"derive NAME, slowest: {slowest}", statistics.median(medians.values()), medians[slowest]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="rounds of which the medians are taken")
    parser.add_argument("--json", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    rows = [
        row("derive", arguments.repeat, lambda: command("derive")),
        names(arguments.repeat),
        row("verify proofs", arguments.repeat, lambda: command("verify", "proofs")),
    ]
    table = Table("what", "median", "greatest", title="processor time")
    for what, median, greatest in rows:
        table.add_row(what, f"{median:.2f} s", f"{greatest:.2f} s")
    Console(width=120).print(table)
    if arguments.json:
        records = [dict(zip(("what", "median", "greatest"), each, strict=True)) for each in rows]
        arguments.json.write_text(json.dumps(records, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
