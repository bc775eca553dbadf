"""``verify``: the symbolic and the Monte Carlo checks, one verdict a line."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verify.checks import CHECKS
from verify.console import BadInput, Status, atomic_write, bad_input, dump_json, progress

if TYPE_CHECKING:
    from verify.statistics import Verdict

__all__ = ["command", "outcome"]

DEFAULT_SEED = 20210120
LABELS = {True: "holds", False: "FAILS", None: "undecided"}


def command(
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHECK", help=f"Any of {', '.join(CHECKS)}.  [default: all]", show_default=False
        ),
    ] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npy", help="Check the kernel of these sequences, (N, T, n_x), and nothing else."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = DEFAULT_SEED,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the verdicts to a JSON file.")
    ] = None,
) -> int:
    """Confront the theory with its proofs and with random networks, one verdict a line.

    The random checks of a run raise a false alarm with probability below 1e-6, whatever the seed.
    """
    names = list(dict.fromkeys(checks or (["sequences"] if inputs else CHECKS)))
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise BadInput(f"unknown check {unknown[0]!r}; choose from {', '.join(CHECKS)}")
    if inputs is not None and names != ["sequences"]:
        raise BadInput("--inputs goes with the check 'sequences' alone")
    sequences = None if inputs is None else _read_sequences(inputs)
    with atomic_write(json) as file:
        verdicts = []
        with progress(names) as start:
            for name in names:
                start(CHECKS[name].compares)
                run = CHECKS[name].load()
                for verdict in (run if sequences is None else partial(run, inputs=sequences))(seed):
                    typer.echo(_line(verdict))
                    verdicts.append(verdict)
        result = outcome(verdicts, seed)
        if file is not None:
            file.write(dump_json(result) + "\n")
    typer.echo(_summary(result))
    return {True: Status.HOLDS, False: Status.FAILS, None: Status.UNDECIDED}[result["holds"]]


def outcome(verdicts: "list[Verdict]", seed: int) -> dict[str, Any]:
    """The run as one object with stable keys; ``holds`` is that of all verdicts together.

    False if one fails, else None (undecided) if one is undecided or there is none, else True.
    """
    from dataclasses import asdict

    from verify.statistics import FAMILY_BOUND, MAX_VERDICTS

    if sum(verdict.p_value is not None for verdict in verdicts) > MAX_VERDICTS:
        raise AssertionError(f"the bound on false alarms holds for at most {MAX_VERDICTS} random verdicts")
    holds = {verdict.holds for verdict in verdicts}
    return {
        "command": "verify",
        "seed": seed,
        "false_alarm_bound": FAMILY_BOUND,
        "holds": False if False in holds else True if holds == {True} else None,
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }


def _line(verdict: "Verdict") -> str:
    measured = (
        f"{verdict.statistic:.3g} <= {verdict.threshold:.3g}"
        if verdict.p_value is None
        else f"{verdict.statistic:.3g}, p = {verdict.p_value:.2g}"
    )
    if verdict.holds is False:
        measured = measured.replace("<=", ">")
    detail = f"  ({verdict.detail})" if verdict.detail else ""
    return f"{LABELS[verdict.holds]:<9}  {verdict.check:<12}  {verdict.name}: {measured}{detail}"


def _summary(result: dict[str, Any]) -> str:
    verdicts = result["verdicts"]
    counts: Iterator[str] = (
        f"{number} {label}"
        for key, label in ((True, "hold"), (False, "fail"), (None, "undecided"))
        if (number := sum(verdict["holds"] is key for verdict in verdicts)) or key is True
    )
    return (
        f"{len(verdicts)} verdicts: {', '.join(counts)}.  Seed {result['seed']};"
        f" false alarms have probability < {result['false_alarm_bound']:g} in all."
    )


def _read_sequences(path: Path) -> Any:
    import numpy as np

    from verify.checks.sequences import validated

    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise BadInput(f"{path} is not a .npy file of numbers (pickles are refused)") from error
    if not isinstance(array, np.ndarray):
        raise BadInput(f"{path} is an archive of arrays; a single array in .npy format is needed")
    with bad_input():
        return validated(array)
