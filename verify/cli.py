"""The command line: one module a command in :mod:`verify.commands`, one policy for errors here.

Commands return their exit status.  They import what they compute with when they run, so that ``--help``
is quick.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from functools import partial
from typing import Annotated, Any

import typer

from verify.commands import check, derive, experiment, table, verify
from verify.console import BadInput, Status, error_line
from verify.pages import Command, Group

__all__ = ["app"]


class OneLineErrors(Group):
    """A command group whose errors, Typer's own included, are one line on stderr and status 2."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run and, standing alone, exit with the status that the command returned."""
        standalone = extra.pop("standalone_mode", True)
        run = partial(super().main, *args, **(extra | {"standalone_mode": False}))
        if not standalone:
            return run()
        try:
            if sys.stdout is None:  # >&-
                raise BadInput("standard output is closed")
            self._need_shell(args[0] if args else extra.get("args") or sys.argv[1:])
            status = run()
            sys.stdout.flush()
        except BadInput as error:
            error_line(str(error))
            status = Status.BAD_INPUT
        except BrokenPipeError:
            self._silence()
            status = Status.BROKEN_PIPE
        except SystemExit as end:
            if not isinstance(end.__context__, BrokenPipeError):
                raise
            self._silence()  # Typer has met it, at --help and --version
            status = Status.BROKEN_PIPE
        except OSError as error:
            if error.filename is not None:  # a stream's error names no file
                error_line(f"{error.filename}: {error.strerror or error}")
            else:
                error_line(f"cannot write standard output: {error.strerror or error}")
                self._silence()
            status = Status.BAD_INPUT
        except MemoryError:
            error_line("not enough memory")
            status = Status.BAD_INPUT
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
            self._silence()
            return Status.BROKEN_PIPE
        return status

    def _main_shell_completion(self, *args: Any, **named: Any) -> None:
        """Answer a shell that asks, by variables of the environment, how a word goes on."""
        told, asked = io.StringIO(), f"completion for {os.environ.get('_LINEAR_RNN_NTK_COMPLETE')!r}"
        try:
            with redirect_stderr(told):
                super()._main_shell_completion(*args, **named)
        except SystemExit as end:
            if not end.code:
                sys.stderr.write(told.getvalue())  # of an old bash
                raise
            raise BadInput(f"{asked}: {told.getvalue()}") from end
        except KeyError as error:
            raise BadInput(f"{asked}: {error.args[0]} is not set") from error
        except ValueError as error:
            raise BadInput(f"{asked}: {error}") from error

    @staticmethod
    def _need_shell(arguments: Sequence[str]) -> None:
        """Completion is for the shell that the command is run from, as far as Typer knows it."""
        if asked := {"--install-completion", "--show-completion"}.intersection(arguments[:1]):
            from shellingham import ShellDetectionFailure, detect_shell

            known = ("bash", "zsh", "fish", "powershell", "pwsh")
            with suppress(ShellDetectionFailure):
                if detect_shell()[0] in known:
                    return
            raise BadInput(f"{asked.pop()}: to be run from one of the shells {', '.join(known)}")

    @staticmethod
    def _silence() -> None:
        # what is left in the buffer must not fail again when Python closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


EPILOG = """\b
Examples:
  linear-rnn-ntk derive lag-weights
  linear-rnn-ntk table lag-weights --transition 0.3 --lags 10 --digits 30
  linear-rnn-ntk check "rho(i+1) <= rho(i) for nu_W <= 1/2, nu_C = nu_F = 1"
  linear-rnn-ntk verify
  linear-rnn-ntk verify convergence --figure convergence.png
  linear-rnn-ntk experiment equivalence --figure equivalence.png

\b
Exit status:
  0  holds
  1  fails: a proof or a check contradicts the theory, a claim is refuted
  2  bad input, explained in one line on stderr
  3  undecided: the samples are too few or too rough to tell, or a claim is
     neither proved nor refuted, so neither 0 nor 1
"""

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The theory of wide linear recurrent networks: derived, evaluated and verified.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (derive, table, check, verify):
    app.command(_module.__name__.rpartition(".")[2], epilog=_module.EPILOG, cls=Command)(_module.command)
app.add_typer(experiment.app, name="experiment")


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
