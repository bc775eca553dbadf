"""What a real terminal shows in the end, by an emulator of one: the plain output, line for line."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr
from inspect import signature
from io import StringIO
from itertools import accumulate

import numpy as np
import pytest
from typer.testing import CliRunner

from derivations import statements
from verify.checks import CHECKS
from verify.checks.functions import COMPARISONS
from verify.cli import app
from verify.console import on_terminal, say
from verify.counting import unwatched
from verify.progress import ERASE, TICK, Progress, bar, progress

if os.name == "nt":
    pytest.skip("POSIX terminals", allow_module_level=True)
import fcntl
import struct
import termios

from emulator import JOB, PATH, REAL, STUB, run, shown


@pytest.fixture(scope="module")
def plain():
    """What the stub prints where there is no terminal: to stdout, and to both."""
    environment = os.environ | {"PYTHONPATH": PATH, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-W", "default", "-c", STUB, "verify"]
    run_ = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True, check=False
    )
    lines = run_.stdout.splitlines(keepends=True)
    verdicts = [line for line in lines if "stub  " in line or "verdicts:" in line]
    assert run_.returncode == 1
    assert len(verdicts) == 4
    return "".join(verdicts), run_.stdout


def assert_shows(terminal, text):
    columns = terminal.screen.columns
    rows = terminal.lines()
    # the time comes last, so that it changes nothing before it
    time_ = re.search(r"  \d+ s\.$", "".join(rows[-2:]))
    expected = shown(text.rstrip("\n") + (time_.group() if time_ else ""), columns)
    assert rows == expected


class TestWhatRemains:
    @pytest.mark.parametrize("columns", [40, 80, 100])
    def test_is_the_plain_output(self, plain, columns):
        status, terminal, _ = run("verify", columns=columns)
        assert status == 1
        assert b"/6 networks" in terminal.received
        assert_shows(terminal, plain[1])

    def test_is_nothing_where_stdout_is_piped(self, plain):
        status, terminal, piped = run("verify", streams=("stderr",))
        assert (status, piped) == (1, plain[0])
        assert b"/6 networks" in terminal.received
        warnings = "".join(line for line in plain[1].splitlines(keepends=True) if line not in plain[0])
        assert terminal.lines() == shown(warnings, 80)

    def test_is_stdout_where_stderr_is_piped(self, plain):
        status, terminal, piped = run("verify", streams=("stdout",))
        assert status == 1
        assert_shows(terminal, plain[0])
        assert "\x1b" not in piped
        assert "a warning" in piped

    @pytest.mark.parametrize(
        ("variables", "progress_", "colours"),
        [
            ({"TERM": "dumb"}, False, False),
            ({"NO_COLOR": "1"}, True, False),
            ({"FORCE_COLOR": "1"}, True, True),
            ({"CI": "true"}, True, True),
            ({"COLUMNS": "200"}, True, True),
            ({"PYTHONIOENCODING": "ascii"}, True, True),
        ],
    )
    def test_is_the_same_in_every_environment(self, plain, variables, progress_, colours):
        status, terminal, _ = run("verify", **variables)
        assert status == 1
        assert_shows(terminal, plain[1])
        assert (b"/6 networks" in terminal.received) is progress_
        assert (b"\x1b[31m" in terminal.received) is colours
        if not progress_:
            assert b"\x1b" not in terminal.received

    def test_is_the_verdicts_and_the_error_after_an_error(self, plain):
        status, terminal, _ = run("verify", END="error")
        assert status == 2
        first = plain[1].splitlines(keepends=True)[:2]
        assert_shows(terminal, "".join(first) + "linear-rnn-ntk: error: no more of this\n")

    def test_is_the_plain_output_where_a_derivation_counts_too(self, plain):
        status, terminal, _ = run("verify", END="nested")
        assert status == 1
        assert b"/6 networks" in terminal.received
        assert b"things inside" not in terminal.received
        assert_shows(terminal, plain[1])

    @pytest.mark.parametrize(("end", "status"), [(b"\x03", 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    def test_is_the_verdicts_after_an_interrupt(self, plain, tmp_path, end, status):
        def interrupt(process, _, keyboard):
            time.sleep(0.5)
            os.write(keyboard, end) if isinstance(end, bytes) else process.send_signal(end)

        arguments = ["verify", "--json", tmp_path / "x.json"]
        got, terminal, _ = run(*arguments, END="sleep", meanwhile=interrupt)
        assert got == status
        assert_shows(terminal, "".join(plain[1].splitlines(keepends=True)[:2]))
        assert not list(tmp_path.iterdir())

    def test_is_whole_when_the_job_is_stopped_and_goes_on(self, plain):
        stopped = []

        def stop(_, terminal, keyboard):
            os.write(keyboard, b"\x1a")
            while not (b"^Z" in terminal.received and terminal.received.endswith(ERASE.encode())):
                assert select.select([keyboard], [], [], 60)[0]
                terminal.feed(os.read(keyboard, 2**16))
            stopped.extend(terminal.lines())

        status, terminal, _ = run("verify", code=JOB + STUB, meanwhile=stop)
        assert status == 1
        lines = plain[1].splitlines(keepends=True)
        assert stopped in [shown(begun, 80) for begun in accumulate(lines, initial="")]
        assert_shows(terminal, plain[1])

    @pytest.mark.parametrize("columns", [50, 100])
    def test_has_no_trace_of_the_line_after_the_window_has_changed(self, columns):
        def resize(_, terminal, keyboard):
            fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            terminal.screen.resize(24, columns)

        status, terminal, _ = run("verify", meanwhile=resize)
        assert status == 1
        rows = terminal.lines()
        assert not [row for row in rows if "networks" in row or "[#" in row or "[." in row]
        assert sum("number" in row for row in rows) == 3

    @pytest.mark.parametrize(
        "arguments",
        [
            ["table", "lag-weights", "--transition", "0.3"],
            ["derive", "recurrence"],
            ["derive"],
        ],
    )
    def test_of_other_commands_is_as_they_lay_it_out(self, arguments):
        status, terminal, _ = run(*arguments, code=REAL, columns=40)
        assert status == 0
        received = terminal.received.decode()
        if arguments[0] == "table":  # which shows a sign of life before
            line, _, received = received.rpartition(ERASE)
            assert "table lag-weights" in line
        assert "\x1b" not in received
        lines = received.splitlines()
        assert all(len(line) <= 40 for line in lines if not line.startswith("    "))
        if arguments != ["derive", "recurrence"]:  # whose formulas are in one line where there is no room
            assert received.split() == CliRunner().invoke(app, arguments).stdout.split()

    def test_of_an_experiment_is_the_plain_output(self, tmp_path):
        rng = np.random.default_rng(0)
        for name in ("x.npy", "y.npy"):
            np.save(tmp_path / name, rng.standard_normal((20, 12, 1)))
        arguments = ["experiment", "fit", "--inputs", tmp_path / "x.npy", "--outputs", tmp_path / "y.npy"]
        arguments += ["--width", "300", "--epochs", "200", "--lags", "5"]
        status, terminal, _ = run(*arguments, code=REAL, columns=200)
        assert status == 0
        assert b"stages" in terminal.received
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        rows = terminal.lines()
        words = re.sub(r"  \d+ s\.$", "", "\n".join(rows)).split()
        assert words == result.stdout.split()  # prose is wrapped at the terminal's width
        assert {row for row in result.stdout.splitlines() if re.match(r" +\d+  ", row)} <= set(rows)


class TestColours:
    def test_let_failures_and_undecided_stand_out(self):
        _, terminal, _ = run("verify", columns=100)
        assert terminal.colours("FAILS") == terminal.colours("1 fail,") == {"red"}
        assert terminal.colours("undecided  ") == terminal.colours("1 undecided.") == {"brown"}  # 33
        assert terminal.colours("holds") == {"default"}

    def test_are_for_terminals_only(self, capsys):
        assert not on_terminal()
        say("FAILS")
        assert capsys.readouterr().out == "FAILS\n"


class TestLine:
    def test_is_never_wider_than_the_terminal(self):
        for columns in range(100):
            for total in (None, 0, 45, 10**6):
                assert len(bar("proofs: every one of them", 9, total, "proofs", 4000.0, columns)) <= columns

    def test_moves_with_what_is_done(self):
        heads = [bar("", done, 45, "proofs", 0.0, 80) for done in range(46)]
        assert len(set(heads)) == 46
        assert heads[0].startswith("[..........]")
        assert heads[-1].startswith("[##########]  45/45 proofs")

    def test_without_a_terminal_is_nothing(self):
        stderr = StringIO()
        with redirect_stderr(stderr), progress() as line:
            line.start("label")
            line.watch(3, "networks")(1)
            print("text", file=sys.stderr)
        assert stderr.getvalue() == "text\n"

    def test_stays_away_from_an_unfinished_row(self):
        ours, theirs = os.openpty()
        with open(theirs, "w") as terminal, open(ours, "rb", buffering=0) as screen:  # noqa: PTH123
            line = Progress(terminal)
            line.write(terminal, "half a row")
            line.start("label")
            assert screen.read(100) == b"half a row"
            line.write(terminal, ", and the rest\n")
            assert screen.read(100) == b", and the rest\r\n"
            time.sleep(2 * TICK)
            line.draw()
            assert b"label" in screen.read(100)
            line.erase()
            assert screen.read(100) == ERASE.encode()


class TestCounting:
    @pytest.mark.parametrize("name", CHECKS)
    def test_every_check_takes_a_watch(self, name):
        assert signature(CHECKS[name].load()).parameters["watch"].default is unwatched

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("proofs", {"statements": lambda: dict(list(statements().items())[:3])}),
            ("definition", {"points": 2}),
            ("functions", {"comparisons": COMPARISONS[:3]}),
            ("jacobian", {}),
            ("dense", {"effort": 64}),
            ("sampler", {"networks": 64, "samples": 100}),
            ("finite-width", {"samples": 128}),
            ("convergence", {"samples": 256}),
            ("prior", {"networks": 64, "large_networks": 64}),
            ("sequences", {"inputs": np.ones((1, 2, 1))}),
            ("sequences", {}),
        ],
    )
    def test_every_check_counts_to_its_total(self, name, options):
        told = []

        def watch(total, unit):
            told.append([total, 0, unit])

            def advance(done):
                told[0][1] += done

            return advance

        for _ in CHECKS[name].load()(0, **options, watch=watch):
            assert told[0][1] <= told[0][0]
        [[total, done, unit]] = told
        assert total == done > 0
        assert unit in ("proofs", "files", "networks", "points", "functions")
