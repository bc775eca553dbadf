"""The command line: one module a command in :mod:`verify.commands`, one policy for errors here.

Commands return their exit status.  They import what they compute with when they run, so that ``--help``
is quick.
"""

import os
import sys
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from verify.commands import derive, table, verify
from verify.console import BadInput, Status, error_line

__all__ = ["app"]


class OneLineErrors(TyperGroup):
    """A command group whose errors, Typer's own included, are one line on stderr and status 2."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run and, standing alone, exit with the status that the command returned."""
        standalone = extra.pop("standalone_mode", True)
        run = partial(super().main, *args, **(extra | {"standalone_mode": False}))
        if not standalone:
            return run()
        try:
            status = run()
            sys.stdout.flush()
        except BadInput as error:
            error_line(str(error))
            status = Status.BAD_INPUT
        except BrokenPipeError:
            status = self._silenced()
        except (KeyboardInterrupt, typer.Abort):
            status = Status.INTERRUPTED
        except Exception as error:
            # Typer's usage errors share no public class across its versions, but this method
            if not hasattr(error, "format_message"):
                raise
            error_line(f"{error.format_message()} (--help shows the usage)")
            status = Status.BAD_INPUT
        sys.exit(int(status or 0))

    def invoke(self, ctx: Any) -> Any:
        """Run the command, whose reader may have left (``| head``)."""
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            return self._silenced()
        return status

    @staticmethod
    def _silenced() -> Status:
        # what is left in the buffer must not fail again when Python closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.BROKEN_PIPE


app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The theory of wide linear recurrent networks: derived, evaluated and verified.",
    epilog="Exit status: 0 holds, 1 fails, 2 bad input, 3 undecided.",
)
for _module in (derive, table, verify):
    app.command(_module.__name__.rpartition(".")[2])(_module.command)


def _version(asked: bool) -> bool:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"linear-rnn-ntk {version('linear-rnn-ntk')}")
        except PackageNotFoundError:
            typer.echo("linear-rnn-ntk, run from its source and not installed")
        raise typer.Exit
    return asked


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
