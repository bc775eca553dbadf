"""``verify``: the symbolic and the Monte Carlo checks, one verdict a line."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verify.checks import CHECKS
from verify.commands.options import drawing, named_file
from verify.console import (
    DEFAULT_SEED,
    BadInput,
    Force,
    bad_input,
    on_terminal,
    one_of,
    result_files,
    say,
    status,
    together,
    unknown,
    verdict_line,
    write_json,
)
from verify.progress import progress

if TYPE_CHECKING:
    from verify.checks.convergence import Point
    from verify.statistics import Verdict

__all__ = ["EPILOG", "command", "outcome"]

EPILOG = """A verdict's line shows the statistic that decides: an error and its bound, or the greatest |t| (or
distance, or exponent) of all that is compared and its p-value, corrected for their number (Bonferroni).  A
verdict fails if p < 1e-11.

Power: every wrong formula that the tests try is rejected, a lag weight wrong by 0.1 % or a variance by 10 %
among them, and so is every fault that they plant in a public function.

Sequences of --inputs: T is at most 94 for n_x = 1, 54 for n_x = 3; n_x at most 512; N at most 728 for T = 12,
59 for T = 94.  A message tells the limit that is exceeded.  They take seconds, at the limits up to a minute.

\b
Examples:
  linear-rnn-ntk verify
  linear-rnn-ntk verify proofs definition --json verdicts.json
  linear-rnn-ntk verify convergence --figure convergence.png
  linear-rnn-ntk verify --inputs x.npy --transition 0.9
"""


def command(
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHECK",
            help=f"Any of {', '.join(CHECKS)}.  [default: all]",
            show_default=False,
            autocompletion=one_of(CHECKS),
        ),
    ] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            parser=named_file,
            metavar="FILE",
            help="Check the kernel of these sequences and nothing else: (N, T, n_x) in a .npy or .npz file; a"
            " .csv or .parquet file is one sequence, a row a step.",
        ),
    ] = None,
    transition: Annotated[
        str | None,
        typer.Option(
            metavar="NU_W", help="With --inputs: variance of the transition matrix.  [default: 0.5]"
        ),
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="NU_F", help="With --inputs: variance of the input matrix.  [default: 0.8]"
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(metavar="NU_C", help="With --inputs: variance of the output matrix.  [default: 1.7]"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")] = DEFAULT_SEED,
    json: Annotated[
        Path | None,
        typer.Option(parser=named_file, metavar="FILE", help="Write the verdicts to a JSON file."),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            parser=named_file,
            metavar="FILE",
            help="Draw what the check convergence measures: .svg, .png or .pdf.",
        ),
    ] = None,
    force: Force = False,
) -> int:
    """Confront the theory with its proofs and with random networks.

    One verdict a line.  The probability of any false alarm in a run is below 1e-6, whatever the seed.
    """
    begun = time.monotonic()
    names = list(dict.fromkeys(checks or (["sequences"] if inputs else CHECKS)))
    for name in names:
        if name not in CHECKS:
            raise unknown("check", name, CHECKS)
    if inputs is not None and names != ["sequences"]:
        raise BadInput("--inputs goes with the check 'sequences' alone")
    if figure is not None and "convergence" not in names:
        raise BadInput("--figure goes with the check 'convergence'")
    given = {
        role: value
        for role, value in (("transition", transition), ("input", input_), ("output", output))
        if value is not None
    }
    if inputs is None and given:
        raise BadInput(f"--{next(iter(given))} goes with --inputs")
    extras = {} if inputs is None else {"sequences": _read_sequences(inputs, given)}
    from verify.networks import one_thread
    from verify.statistics import Skipped

    given_files = () if inputs is None else (inputs,)
    wanted = {"--json": json, "--figure": figure}
    with result_files(wanted, given=given_files, force=force) as files, one_thread():
        if draw := drawing(figure, files):
            extras["convergence"] = {"show": partial(_draw_convergence, draw, seed)}
        verdicts, skipped = [], {}
        with progress() as line:
            for name in names:
                line.start(f"{name}: {CHECKS[name].compares}")
                try:
                    for verdict in CHECKS[name].load()(seed, watch=line.watch, **extras.get(name, {})):
                        say(verdict_line(verdict))
                        verdicts.append(verdict)
                except Skipped as why:
                    say(f"skipped    {name:<12}  {why}")
                    skipped[name] = str(why)
        result = outcome(verdicts, seed, skipped)
        write_json(files.get("--json"), result)
    elapsed = f"  {time.monotonic() - begun:.0f} s." if on_terminal() else ""
    say(_summary(result) + elapsed)
    return status(result["holds"])


def outcome(verdicts: "list[Verdict]", seed: int, skipped: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The run as one object with stable keys; ``holds`` is that of all verdicts together.

    False if one fails, else None (undecided) if one is undecided or there is none, else True.  ``skipped``
    are the checks that could not be made, with the reason; they decide nothing.
    """
    from dataclasses import asdict

    from verify.statistics import FAMILY_BOUND, MAX_VERDICTS

    if sum(verdict.p_value is not None for verdict in verdicts) > MAX_VERDICTS:
        raise AssertionError(f"the bound on false alarms holds for at most {MAX_VERDICTS} random verdicts")
    return {
        "command": "verify",
        "seed": seed,
        "false_alarm_bound": FAMILY_BOUND,
        "holds": together(verdicts),
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "skipped": dict(skipped or {}),
    }


def _summary(result: dict[str, Any]) -> str:
    verdicts = result["verdicts"]
    counts: Iterator[str] = (
        f"{number} {label}"
        for key, label in ((True, "hold"), (False, "fail"), (None, "undecided"))
        if (number := sum(verdict["holds"] is key for verdict in verdicts)) or key is True
    )
    skipped = "".join(f"  Skipped: {name}." for name in result["skipped"])
    return (
        f"{len(verdicts)} verdicts: {', '.join(counts)}.{skipped}  Seed {result['seed']};"
        f" probability of any false alarm in this run < {result['false_alarm_bound']:g}."
    )


def _draw_convergence(draw: Callable[..., None], seed: int, points: "list[Point]") -> None:
    from verify.figures import draw_convergence

    draw(partial(draw_convergence, points, seed))


def _read_sequences(path: Path, given: dict[str, str]) -> dict[str, Any]:
    """What the check of the user's sequences is called with; ``given`` are variances by role."""
    from numeric import Variances
    from verify.arrays import read_sequences
    from verify.checks.sequences import VARIANCES, validated

    with bad_input():
        roles = ("transition", "input", "output")
        variances = Variances(*(given.get(role, getattr(VARIANCES, role)) for role in roles))
    array = read_sequences(path)
    with bad_input():
        return {"inputs": validated(array, variances, str(path)), "variances": variances}
