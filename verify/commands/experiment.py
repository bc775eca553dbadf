"""``experiment``: what wide linear networks learn, on synthetic and on real data."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from verify.commands.options import listed
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


@app.command("fit", help=EXPERIMENTS["fit"].shows, epilog=FIT_EPILOG)
def fit(
    inputs: Annotated[Path, typer.Option(metavar="FILE", help="What is given, (N, T, n_x).")],
    outputs: Annotated[
        Path, typer.Option(metavar="FILE", help="What is to be predicted, (N, T, n_y), NaN where unknown.")
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
        Path | None, typer.Option(metavar="FILE", help="Write what the models predict: .npz or .csv.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the learned impulse responses: .npz or .csv.")
    ] = None,
) -> int:
    """Train network, scaled and ordinary convolution on two arrays."""
    from verify.arrays import read_sequences
    from verify.experiments import exports
    from verify.experiments.fit import Settings

    wanted = {"predictions": predictions, "response": response}
    refuse_overwriting(json, figure, given=(inputs, outputs), others=wanted)
    forms = {
        name: exports.export_format(f"--{name}", path) for name, path in wanted.items() if path is not None
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
    made = {"predictions": exports.predictions, "response": exports.responses}
    others = {name: (wanted[name], partial(made[name], form=form)) for name, form in forms.items()}
    return present("fit", settings, seed, json, figure, others)


def present(
    name: str,
    settings: Any,
    seed: int,
    json: Path | None,
    figure: Path | None,
    others: Mapping[str, tuple[Path | None, Callable[[Any], bytes]]] | None = None,
) -> int:
    """Run an experiment, print what it found, write the numbers and the figure.

    ``others`` are further files, by option, and what makes their content of the result.
    """
    from dataclasses import asdict

    from verify.networks import one_thread

    begun = time.monotonic()
    others = others or {}
    refuse_overwriting(json, figure, others={option: path for option, (path, _) in others.items()})
    module = EXPERIMENTS[name].load()
    with ExitStack() as files:
        file, draw = files.enter_context(atomic_write(json)), files.enter_context(drawing(figure))
        contents = {
            option: files.enter_context(atomic_write(path, "wb")) for option, (path, _) in others.items()
        }
        with progress(module.labels(settings)) as start, bad_input(), one_thread():
            result = module.run(settings, seed, start)
        report = module.report(result)
        for option, (_, make) in others.items():
            contents[option].write(make(result))  # type: ignore[union-attr]
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
