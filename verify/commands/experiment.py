"""``experiment``: what wide linear networks learn, on synthetic and on real data."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from verify.commands.options import drawing, listed, named_file
from verify.console import (
    DEFAULT_SEED,
    Force,
    Status,
    bad_input,
    on_terminal,
    result_files,
    say,
    status,
    together,
    verdict_line,
    write_json,
)
from verify.experiments import EXPERIMENTS
from verify.pages import Command, Group
from verify.progress import progress

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    no_args_is_help=False,
    rich_markup_mode=None,
    help="What wide linear networks learn, on synthetic and on real data.",
)

Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")]
Json = Annotated[
    Path | None, typer.Option(parser=named_file, metavar="FILE", help="Write all numbers to a JSON file.")
]
Drawing = Annotated[
    Path | None, typer.Option(parser=named_file, metavar="FILE", help="Draw the result: .svg, .png or .pdf.")
]
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
        force: Force = False,
        full: Annotated[bool, typer.Option("--full", help=EXPERIMENTS[name].full)] = False,
    ) -> int:
        module = EXPERIMENTS[name].load()
        return present(name, module.FULL if full else module.QUICK, seed, json, figure, force=force)

    return command


for _experiment in EXPERIMENTS.values():
    if _experiment.full:
        app.command(_experiment.name, cls=Command, help=_experiment.shows)(_command(_experiment.name))


FIT_EPILOG = "\n\n".join(
    [
        "A .npy or .npz file holds sequences, (N, T, n), or a single one of numbers, (T,); a .csv or .parquet"
        " file is a single sequence, a row a step and a column a coordinate.",
        "The sequences are parted in their order: the first ones train, the next ones validate, the last ones"
        " are held out; of one or two sequences the steps are parted.  Validation chooses nu_W and the epoch,"
        " for each model its own; what is held out chooses nothing.",
        STANDARDISED,
        "The files of predictions and responses hold, by model, arrays (N, T, n_y) and (lags, n_y, n_x) in"
        " the units of the data: y_t is the outputs' mean plus the sum of L_j (x_{t-j} - the inputs' mean),"
        " means of the training data.",
        "\b\nExamples:\n"
        "  linear-rnn-ntk experiment fit --inputs x.npy --outputs y.npy --transition 0.3,0.6,0.9\n"
        "  linear-rnn-ntk experiment fit --inputs x.csv --outputs y.csv --predictions predicted.csv\n",
    ]
)


@app.command("fit", cls=Command, help=EXPERIMENTS["fit"].shows, epilog=FIT_EPILOG)
def fit(
    inputs: Annotated[
        Path, typer.Option(parser=named_file, metavar="FILE", help="What is given, (N, T, n_x).")
    ],
    outputs: Annotated[
        Path,
        typer.Option(
            parser=named_file, metavar="FILE", help="What is to be predicted, (N, T, n_y), NaN where unknown."
        ),
    ],
    transition: Annotated[
        str,
        typer.Option(
            metavar="NU_W", help="Variances of the transition matrix to be tried, separated by commas."
        ),
    ] = "0.3",
    input_variance: Annotated[str, typer.Option(metavar="NU_F", help="Variance of the input matrix.")] = "1",
    output_variance: Annotated[
        str, typer.Option(metavar="NU_C", help="Variance of the output matrix.")
    ] = "1",
    width: Annotated[int, typer.Option(min=1, metavar="n", help="Hidden units of the network.")] = 1000,
    epochs: Annotated[int, typer.Option(min=1, metavar="K", help="Steps of gradient descent.")] = 200,
    lags: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Last inputs seen.  [default: T, 40 at most]")
    ] = None,
    validation: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the data, to choose nu_W and the epoch on.")
    ] = 0.2,
    held_out: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the data, the end, to measure the errors on.")
    ] = 0.2,
    seed: Seed = DEFAULT_SEED,
    json: Json = None,
    figure: Drawing = None,
    predictions: Annotated[
        Path | None,
        typer.Option(parser=named_file, metavar="FILE", help="Write what the models predict: .npz or .csv."),
    ] = None,
    response: Annotated[
        Path | None,
        typer.Option(
            parser=named_file, metavar="FILE", help="Write the learned impulse responses: .npz or .csv."
        ),
    ] = None,
    force: Force = False,
) -> int:
    """Train network, scaled and ordinary convolution on two arrays."""
    from verify.arrays import read_sequences
    from verify.experiments.fit import Settings, exports

    wanted = {"--predictions": predictions, "--response": response}
    forms = {
        option: exports.export_format(option, path) for option, path in wanted.items() if path is not None
    }
    settings = Settings(
        read_sequences(inputs),
        read_sequences(outputs),
        (str(inputs), str(outputs)),
        transitions=tuple(listed(transition)),
        input_variance=input_variance,
        output_variance=output_variance,
        width=width,
        epochs=epochs,
        validation=validation,
        held_out=held_out,
        lags=lags,
    )
    made = {"--predictions": exports.predictions, "--response": exports.responses}
    others = {option: (wanted[option], partial(made[option], form=form)) for option, form in forms.items()}
    return present("fit", settings, seed, json, figure, others, given=(inputs, outputs), force=force)


def present(
    name: str,
    settings: Any,
    seed: int,
    json: Path | None,
    figure: Path | None,
    others: Mapping[str, tuple[Path | None, Callable[[Any], bytes]]] | None = None,
    *,
    given: tuple[Path, ...] = (),
    force: bool,
) -> int:
    """Run an experiment, print what it found, write the numbers and the figure.

    ``others`` are further files, by option, and what makes their content of the result.
    """
    from dataclasses import asdict

    from verify.networks import one_thread

    begun = time.monotonic()
    others = others or {}
    module = EXPERIMENTS[name].load()
    wanted = {"--json": json, "--figure": figure} | {option: path for option, (path, _) in others.items()}
    with result_files(wanted, given=given, force=force) as files:
        draw = drawing(figure, files)
        with progress() as line, bad_input(), one_thread():
            result = module.run(settings, seed, line.stages(len(module.labels(settings))))
        report = module.report(result)
        for option, (_, make) in others.items():
            files[option].write(make(result))
        typer.echo("\n\n".join(report.text) + "\n")
        for verdict in report.verdicts:
            say(verdict_line(verdict))
        holds = together(report.verdicts)
        head = {"command": "experiment", "experiment": name, "seed": seed, "holds": holds}
        verdicts = [asdict(verdict) for verdict in report.verdicts]
        write_json(files.get("--json"), {**head, "verdicts": verdicts, **report.numbers})
        if draw is not None:
            draw(partial(module.draw, result))
    elapsed = f"  {time.monotonic() - begun:.0f} s." if on_terminal() else ""
    typer.echo(f"Seed {seed}.{elapsed}")
    return status(holds) if report.verdicts else Status.HOLDS
