"""``experiment``: what wide linear networks learn, on synthetic and on real data."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from verify.console import (
    DEFAULT_SEED,
    Status,
    atomic_write,
    bad_input,
    drawing,
    dump_json,
    on_terminal,
    progress,
    refuse_overwriting,
    status,
    together,
    verdict_line,
)
from verify.experiments import EXPERIMENTS

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=False,
    rich_markup_mode=None,
    help="What wide linear networks learn, on synthetic and on real data.",
)

Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")]
Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write all numbers to a JSON file.")]
Drawing = Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the result: .svg, .png or .pdf.")]
STANDARDISED = (
    "Inputs and outputs are centred, coordinate by coordinate, and divided by one standard deviation each,"
    " those of the training data."
)


def _command(name: str) -> Callable[..., int]:
    """The command that runs an experiment at its quick or full size."""

    def command(
        seed: Seed = DEFAULT_SEED,
        json: Json = None,
        figure: Drawing = None,
        full: Annotated[bool, typer.Option("--full", help=EXPERIMENTS[name].full)] = False,
    ) -> int:
        module = EXPERIMENTS[name].load()
        return present(name, module.FULL if full else module.QUICK, seed, json, figure)

    return command


for _name in ("equivalence", "memory", "neural"):
    app.command(_name, help=EXPERIMENTS[_name].shows)(_command(_name))


@app.command("fit", help=EXPERIMENTS["fit"].shows, epilog=STANDARDISED)
def fit(
    inputs: Annotated[Path, typer.Option(metavar="X.npy", help="What is given, (N, T, n_x).")],
    outputs: Annotated[
        Path, typer.Option(metavar="Y.npy", help="What is to be predicted, (N, T, n_y), NaN where unknown.")
    ],
    transition: Annotated[
        str, typer.Option(metavar="NU_W", help="Variance of the transition matrix.")
    ] = "0.3",
    width: Annotated[int, typer.Option(min=1, metavar="n", help="Hidden units of the network.")] = 1000,
    epochs: Annotated[int, typer.Option(min=1, metavar="K", help="Steps of gradient descent.")] = 200,
    lags: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Last inputs seen.  [default: T, 40 at most]")
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Sequences, the last ones, to hold out; of a single one its end."),
    ] = 0.2,
    seed: Seed = DEFAULT_SEED,
    json: Json = None,
    figure: Drawing = None,
) -> int:
    """Train network, scaled and ordinary convolution on two arrays."""
    from verify.arrays import read_npy
    from verify.experiments.fit import Settings

    refuse_overwriting(json, figure, given=(inputs, outputs))
    settings = Settings(
        read_npy(inputs),
        read_npy(outputs),
        (str(inputs), str(outputs)),
        transition,
        width,
        epochs,
        held_out,
        lags,
    )
    return present("fit", settings, seed, json, figure)


def present(name: str, settings: Any, seed: int, json: Path | None, figure: Path | None) -> int:
    """Run an experiment, print what it found, write the numbers and the figure."""
    from dataclasses import asdict

    from verify.networks import one_thread

    begun = time.monotonic()
    refuse_overwriting(json, figure)
    module = EXPERIMENTS[name].load()
    with atomic_write(json) as file, drawing(figure) as draw:
        with progress(module.labels(settings)) as start, bad_input(), one_thread():
            result = module.run(settings, seed, start)
        report = module.report(result)
        typer.echo("\n\n".join(report.text) + "\n")
        for verdict in report.verdicts:
            typer.echo(verdict_line(verdict))
        holds = together(report.verdicts)
        if file is not None:
            head = {"command": "experiment", "experiment": name, "seed": seed, "holds": holds}
            verdicts = [asdict(verdict) for verdict in report.verdicts]
            file.write(dump_json({**head, "verdicts": verdicts, **report.numbers}) + "\n")
        if draw is not None:
            draw(partial(module.draw, result))
    elapsed = f"  {time.monotonic() - begun:.0f} s." if on_terminal() else ""
    typer.echo(f"Seed {seed}.{elapsed}")
    return status(holds) if report.verdicts else Status.HOLDS
