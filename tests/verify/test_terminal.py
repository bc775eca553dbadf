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
import pyte
import pytest
from typer.testing import CliRunner

from derivations import statements
from verify.checks import CHECKS
from verify.checks.functions import COMPARISONS
from verify.cli import app
from verify.commands.derive import STATEMENTS
from verify.console import on_terminal, say, tabulated
from verify.counting import unwatched
from verify.experiments import EXPERIMENTS
from verify.progress import ERASE, TICK, Progress, bar, progress
from verify.tables import TABLES

if os.name == "nt":
    pytest.skip("POSIX terminals", allow_module_level=True)
import fcntl
import struct
import termios

PATH = os.pathsep.join(filter(None, sys.path))
LABEL = "what a stub compares with what, in more words than there is room for"
STUB = f"""
import os, sys, time, warnings
from verify.checks import CHECKS, Check
from derivations.progress import counted
from verify.console import BadInput
from verify.statistics import Verdict
END = os.environ.get("END", "")
def check(seed, watch):
    advance = watch(6, "networks")
    for k in range(6):
        time.sleep(0.15)
        advance(1)
        if END == "nested":
            with counted("things inside", 10**6, least=1) as inside:
                inside()
        if END in ("error", "sleep") and k == 3:
            time.sleep(60) if END == "sleep" else None
            raise BadInput("no more of this")
        if k % 2:
            holds = (True, False, None)[k // 2]
            yield Verdict("stub", f"number {{k}}, " + "many words " * 8, holds, 1.0, None, 2.0)
        elif k == 4:
            print("short", file=sys.stderr)
        elif k:
            text = "a warning of some library, which is longer than many a terminal is wide"
            warnings.warn_explicit(text, UserWarning, "library.py", 1)
CHECKS.clear()
CHECKS["stub"] = Check("stub", {LABEL!r}, "")
Check.load = lambda self: check
from verify.__main__ import main
main()
"""
JOB = """
import os, signal, sys, time
def wait(job):
    status = os.waitpid(job, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        time.sleep(0.5)
        os.killpg(job, signal.SIGCONT)
        wait(job)
    os._exit(os.waitstatus_to_exitcode(status))
if job := os.fork():
    wait(job)
os.setpgid(0, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.tcsetpgrp(0, os.getpid())
"""
"""A shell's work: the rest runs as its job in the foreground, and goes on soon after it was stopped."""
REAL = "from verify.__main__ import main\nmain()"


class Terminal:
    """An emulated terminal of 24 rows that remembers what has scrolled off."""

    def __init__(self, columns):
        self.screen = pyte.HistoryScreen(columns, 24, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""

    def feed(self, data):
        self.received += data
        self._stream.feed(data)

    def lines(self):
        """All rows, those scrolled off first, without what is blank at their ends."""
        screen = self.screen
        past = ["".join(row[x].data for x in range(screen.columns)) for row in screen.history.top]
        return "\n".join(row.rstrip() for row in [*past, *screen.display]).rstrip("\n").splitlines()

    def colours(self, word):
        """The colours that a word is shown in, anywhere on the screen."""
        rows = enumerate(self.screen.display)
        return {self.screen.buffer[y][row.index(word)].fg for y, row in rows if word in row}


def shown(text, columns):
    """The rows that a terminal shows of plain text."""
    terminal = Terminal(columns)
    terminal.feed(text.replace("\n", "\r\n").encode())
    return terminal.lines()


def run(*arguments, code=STUB, columns=80, streams=("stdout", "stderr"), meanwhile=None, **variables):
    """Run the command on a terminal: its status, the terminal, and what went into pipes instead.

    ``streams`` are those that the terminal shows; ``meanwhile`` is called with the process, the terminal and
    its file, once when the line of progress is first seen.
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    taken = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CI")
    environment = {key: value for key, value in os.environ.items() if key not in taken}
    environment |= {"PYTHONPATH": PATH, "TERM": "xterm-256color"}

    def own_session():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # whatever whoever runs the tests ignores

    process = subprocess.Popen(
        [sys.executable, "-W", "default", "-c", code, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs if "stdout" in streams else subprocess.PIPE,
        stderr=theirs if "stderr" in streams else subprocess.PIPE,
        env=environment | variables,
        preexec_fn=own_session,
    )
    os.close(theirs)
    terminal, piped = Terminal(columns), b""
    files = [ours] + [stream.fileno() for stream in (process.stdout, process.stderr) if stream]
    while files:
        for file in select.select(files, [], [])[0]:
            try:
                data = os.read(file, 2**16)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                files.remove(file)
            elif file == ours:
                terminal.feed(data)
            else:
                piped += data
        if meanwhile and (b"4/6 " if "END" in variables else b"/6 ") in terminal.received:
            meanwhile(process, terminal, ours)
            meanwhile = None
    for file in (process.stdout, process.stderr):
        if file:
            file.close()
    os.close(ours)
    return process.wait(60), terminal, piped.decode()


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


PAGES = [[], *([name] for name in ("derive", "table", "verify", "experiment"))]
PAGES += [["experiment", name] for name in EXPERIMENTS]


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=" ".join)
    def test_are_cut_at_words_and_no_wider_than_the_terminal(self, page, monkeypatch):
        words = {}
        for columns in (40, 80, 100, 1):
            monkeypatch.setenv("COLUMNS", str(columns))
            text = CliRunner().invoke(app, [*page, "--help"], prog_name="linear-rnn-ntk").stdout
            assert max(map(len, text.splitlines())) <= max(columns, 40)
            assert "..." not in text.replace("[ARGS]...", "").replace("[CHECK]...", "")
            # a shell's continuation is no word; a list of choices may be broken after a bar
            words[columns] = re.sub(r"\|\s+", "|", text.replace("\\\n", "\n")).split()
        assert words[40] == words[80] == words[100] == words[1]

    def test_continue_examples_as_a_shell_does(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        lines = CliRunner().invoke(app, ["table", "--help"], prog_name="linear-rnn-ntk").stdout.splitlines()
        start = next(k for k, line in enumerate(lines) if line.startswith("    linear-rnn-ntk"))
        assert lines[start].endswith(" \\")
        assert lines[start + 1].startswith("      --transition 0.3")

    def test_go_to_a_terminal_as_to_a_pipe(self):
        _, terminal, _ = run("--help", code=REAL, columns=40)
        assert all(len(row) <= 40 for row in terminal.received.decode().splitlines())
        assert b"\x1b" not in terminal.received

    def test_a_list_for_a_pipe_has_the_width_asked_for(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "60")
        assert max(map(len, CliRunner().invoke(app, ["derive"]).stdout.splitlines())) <= 60

    def test_a_list_for_a_pipe_has_a_line_a_row(self, monkeypatch):
        monkeypatch.delenv("COLUMNS", raising=False)
        assert tabulated([("name", "status", "title " * 30)]).count("\n") == 0


def complete(words, shell="bash", **variables):
    environment = os.environ | {"PYTHONPATH": PATH}
    environment |= {"_LINEAR_RNN_NTK_COMPLETE": f"complete_{shell}", **variables}
    if shell == "bash":
        environment |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": " ".join(words)}
    result = subprocess.run(
        [sys.executable, "-c", REAL], env=environment, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


class TestCompletion:
    @pytest.mark.parametrize(
        ("words", "names"),
        [
            (["derive", ""], list(statements())),
            (["derive", "lag"], ["lag-kernel", "lag-weights"]),
            (["table", ""], list(TABLES)),
            (["verify", ""], list(CHECKS)),
            (["verify", "proofs", "se"], ["sequences"]),
            (["experiment", ""], list(EXPERIMENTS)),
            (["derive", "--format", "la"], ["latex"]),
            (["verify", "--js"], ["--json"]),
            (["verify", "--json", ""], []),  # files, by the shell
        ],
    )
    def test_knows_every_name(self, words, names):
        assert complete(["linear-rnn-ntk", *words]).split() == names

    @pytest.mark.parametrize(("shell", "sign"), [("zsh", '"lag-weights"'), ("fish", "lag-weights")])
    def test_speaks_to_other_shells(self, shell, sign):
        text = complete(["linear-rnn-ntk", "derive", "lag"], shell, _TYPER_COMPLETE_FISH_ACTION="get-args")
        assert sign in text

    @pytest.mark.parametrize(
        ("instruction", "variables", "word"),
        [
            ("complete_bash", {}, "COMP_WORDS"),
            ("complete_bash", {"COMP_WORDS": "linear-rnn-ntk ", "COMP_CWORD": "x"}, "'x'"),
            ("complete_tcsh", {}, "complete_tcsh"),
            ("complete", {}, "complete"),
            ("finish_bash", {}, "finish_bash"),
        ],
    )
    def test_of_odd_requests_is_one_line_and_status_2(self, instruction, variables, word, monkeypatch):
        for name in ("COMP_WORDS", "COMP_CWORD"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("_LINEAR_RNN_NTK_COMPLETE", instruction)
        result = CliRunner().invoke(app, [], prog_name="linear-rnn-ntk")
        assert (result.exit_code, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith("linear-rnn-ntk: error: ")
        assert word in line

    def test_has_the_catalogues_names(self):
        assert STATEMENTS.split() == list(statements())

    def test_imports_no_heavy_library(self):
        code = (
            "import atexit, sys\n"
            "heavy = {'sympy', 'scipy', 'matplotlib', 'pandas', 'numpy', 'flint'}\n"
            "atexit.register(lambda: print(*heavy & set(sys.modules), file=sys.stderr))\n"
        )
        environment = os.environ | {
            "PYTHONPATH": PATH,
            "_LINEAR_RNN_NTK_COMPLETE": "complete_bash",
            "COMP_WORDS": "linear-rnn-ntk derive ",
            "COMP_CWORD": "2",
        }
        result = subprocess.run(
            [sys.executable, "-c", code + REAL], env=environment, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr) == (0, "\n")

    def test_works_in_a_real_bash(self, tmp_path):
        """The script that is shown is what bash needs."""
        command = tmp_path / "linear-rnn-ntk"
        command.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{REAL}' \"$@\"\n")
        command.chmod(0o755)
        script = (
            'eval "$(linear-rnn-ntk --show-completion)"\n'
            "COMP_WORDS=(linear-rnn-ntk derive lag-w); COMP_CWORD=2\n"
            '_linear_rnn_ntk_completion linear-rnn-ntk; echo "${COMPREPLY[@]}"\n'
            "complete -p linear-rnn-ntk"
        )
        environment = os.environ | {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": PATH,
        }
        result = subprocess.run(
            ["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        assert result.stderr == ""
        assert result.stdout.splitlines()[0] == "lag-weights"
        assert "complete -o default" in result.stdout

    def test_installs_for_the_shell_it_is_run_from(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
        assert CliRunner().invoke(app, ["--install-completion"], prog_name="linear-rnn-ntk").exit_code == 0
        assert "complete_bash" in (tmp_path / ".bash_completions" / "linear-rnn-ntk.sh").read_text()

    def test_without_a_shell_is_one_line_and_status_2(self, monkeypatch):
        monkeypatch.setattr("shellingham.detect_shell", lambda: ("tcsh", "/bin/tcsh"))
        result = CliRunner().invoke(app, ["--show-completion"])
        assert (result.exit_code, result.stdout) == (2, "")
        assert "bash" in result.stderr
        assert len(result.stderr.splitlines()) == 1
