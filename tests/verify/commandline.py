"""The command line, run in this process or in one of its own, and what a refusal looks like."""

import subprocess
import sys

from typer.testing import CliRunner

from verify.cli import app
from verify.experiments import EXPERIMENTS

PAGES = [[], *([name] for name in ("derive", "table", "check", "verify", "experiment"))]
PAGES += [["experiment", name] for name in EXPERIMENTS]
"""The commands that have a page of help."""


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="linear-rnn-ntk")


def subprocess_run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "verify", *arguments], capture_output=True, text=True, check=False, **options
    )


def assert_bad_input(result, *words):
    """One line on stderr, with these words in it, and status 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("linear-rnn-ntk: error: ")
    for word in words:
        assert word in line
