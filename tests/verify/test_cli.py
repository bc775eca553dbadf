"""The command line: statuses, one-line errors, formats, quiet ends, and what it does not import."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import derivations
from derivations import ProofError, Step, statements
from verify.checks import CHECKS, Check
from verify.cli import app
from verify.commands.verify import outcome
from verify.console import atomic_write
from verify.statistics import Verdict

VERDICT_KEYS = {"check", "name", "holds", "statistic", "p_value", "threshold", "detail"}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="linear-rnn-ntk")


def subprocess_run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "verify", *arguments], capture_output=True, text=True, check=False, **options
    )


def assert_bad_input(result, *words):
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("linear-rnn-ntk: error: ")
    for word in words:
        assert word in line


class TestHelp:
    @pytest.mark.parametrize("command", [[], ["derive"], ["table"], ["verify"]])
    def test_imports_no_heavy_library(self, command):
        code = (
            "import sys\nfrom verify.__main__ import main\n"
            f"sys.argv[1:] = {[*command, '--help']!r}\n"
            "try: main()\nexcept SystemExit as end: assert not end.code\n"
            "heavy = {'sympy', 'scipy', 'matplotlib', 'pandas', 'numpy', 'flint'} & set(sys.modules)\n"
            "assert not heavy, heavy"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, "")
        assert "Usage: linear-rnn-ntk" in result.stdout

    def test_names_every_command_and_status(self):
        shown = run("--help").stdout
        for word in ("derive", "table", "verify", "0 holds", "1 fails", "2 bad input", "3 undecided"):
            assert word in shown


def test_version_is_one_line():
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("linear-rnn-ntk")
    assert len(result.stdout.splitlines()) == 1


class TestUsageErrors:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], ["Missing command"]),
            (["bogus"], ["bogus"]),
            (["--bogus"], ["--bogus"]),
            (["table", "lag-weights"], ["--transition"]),
            (["table", "lag-weights", "--transition", "1", "--lags", "0"], ["--lags"]),
            (["table", "lag-weights", "--transition", "1", "--lags", "many"], ["--lags"]),
            (["table", "lag-weights", "--transition", "1", "--format", "bogus"], ["--format", "markdown"]),
            (["table", "lag-weights", "--transition", "1", "--digits", "0"], ["--digits"]),
            (["table", "lag-weights", "--transition", "-1"], ["transition", "-1", ">= 0"]),
            (["table", "lag-weights", "--transition", "nan"], ["transition", "nan"]),
            (["table", "lag-weights", "--transition", "x"], ["transition", "x"]),
            (["table", "lag-weights", "--transition", "9", "--lags", "999"], ["float64", "--digits"]),
            (["table", "bogus", "--transition", "1"], ["bogus", "lag-weights"]),
            (["derive", "lag-wieghts"], ["lag-wieghts", "lag-weights"]),
            (["derive", "???"], ["???", "choose from", "recurrence"]),
            (["verify", "bogus"], ["bogus", "finite-width"]),
            (["verify", "--seed", "-1"], ["--seed"]),
            (["verify", "prior", "--inputs", "x.npy"], ["--inputs", "sequences"]),
        ],
    )
    def test_are_one_line_and_status_2(self, arguments, words):
        assert_bad_input(run(*arguments), *words)

    def test_look_the_same_from_a_shell(self):
        result = subprocess_run("table", "lag-weights", "--transition", "-1")
        assert (result.returncode, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1


class TestDerive:
    def test_lists_every_statement_with_its_status(self):
        result = run("derive")
        assert result.exit_code == 0
        for line, statement in zip(result.stdout.splitlines(), statements().values(), strict=True):
            assert line.split()[:2] == [statement.name, statement.status]

    @pytest.mark.parametrize("how", ["text", "latex", "markdown"])
    def test_tells_every_step(self, how):
        result = run("derive", "recurrence", "--format", how)
        assert result.exit_code == 0
        for step in statements()["recurrence"].proof:
            assert step.name in result.stdout

    def test_json_has_stable_keys(self):
        document = json.loads(run("derive", "lag-weights", "--format", "json").stdout)
        assert list(document) == [
            *("name", "title", "formula", "latex", "variables", "assumptions"),
            *("status", "source", "uses", "proof", "holds"),
        ]
        assert document["holds"] is True
        for step in document["proof"]:
            assert list(step) == ["name", "kind", "text", "formula", "latex", "holds", "failure"]
        listed = json.loads(run("derive", "--format", "json").stdout)["statements"]
        assert [entry["name"] for entry in listed] == list(statements())

    @pytest.mark.parametrize("how", ["latex", "markdown"])
    def test_lists_in_other_formats(self, how):
        result = run("derive", "--format", how)
        assert result.exit_code == 0
        assert all(name in result.stdout for name in statements())

    def test_a_failing_step_is_shown_and_status_1(self, monkeypatch):
        def untrue():
            raise ProofError("step 'leap of faith': not true")

        sound = statements()["recurrence"]
        broken = replace(sound, proof=(*sound.proof, Step("leap of faith", "", "identity", None, untrue)))
        monkeypatch.setattr(derivations, "statements", lambda: {"recurrence": broken}, raising=False)
        for how in ("text", "markdown", "latex", "json"):
            result = run("derive", "recurrence", "--format", how)
            assert result.exit_code == 1
            assert "leap of faith" in result.stdout


class TestTable:
    def test_prints_the_weights(self):
        result = run("table", "lag-weights", "--transition", "0.5", "--lags", 3, "--format", "csv")
        assert (result.exit_code, result.stdout) == (0, "lag,weight\n0,2.0\n1,2.0\n2,1.5\n")

    def test_takes_decimals_exactly(self):
        arguments = ["--transition", "0.3", "--lags", 2, "--digits", 20, "--format", "csv"]
        assert run("table", "lag-weights", *arguments).stdout.splitlines()[2] == "1,1.6000000000000000000"

    def test_is_one_json_object(self):
        result = run("table", "lag-weights", "--transition", "0.3", "--format", "json")
        assert len(json.loads(result.stdout)["rows"]) == 20


@pytest.fixture
def stub(monkeypatch):
    """Replace the checks by one that yields the given verdicts."""

    def install(*holds):
        def check(seed):
            yield from (Verdict("stub", f"{k} of {seed}", h, 1.0, None, 2.0, "") for k, h in enumerate(holds))

        for name in list(CHECKS):
            monkeypatch.delitem(CHECKS, name)
        monkeypatch.setitem(CHECKS, "stub", Check("stub", "nothing", ""))
        monkeypatch.setattr(Check, "load", lambda self: check)  # noqa: ARG005

    return install


class TestVerify:
    @pytest.mark.parametrize(
        ("holds", "status"),
        [
            ([True, True], 0),
            ([True, False, None], 1),
            ([True, None], 3),
            ([], 3),
        ],
    )
    def test_the_status_is_that_of_all_verdicts(self, stub, holds, status):
        stub(*holds)
        result = run("verify")
        assert result.exit_code == status
        *lines, summary = result.stdout.splitlines()
        words = {True: "holds", False: "FAILS", None: "undecided"}
        assert [line.split()[0] for line in lines] == [words[h] for h in holds]
        assert summary.startswith(f"{len(holds)} verdicts: ")

    def test_writes_one_object_with_stable_keys(self, tmp_path):
        path = tmp_path / "verdicts.json"
        assert run("verify", "definition", "jacobian", "--seed", 7, "--json", path).exit_code == 0
        document = json.loads(path.read_text())
        assert list(document) == ["command", "seed", "false_alarm_bound", "holds", "verdicts"]
        assert (document["command"], document["seed"], document["holds"]) == ("verify", 7, True)
        assert all(set(verdict) == VERDICT_KEYS for verdict in document["verdicts"])
        assert {verdict["check"] for verdict in document["verdicts"]} == {"definition", "jacobian"}
        assert list(tmp_path.iterdir()) == [path]

    def test_the_same_seed_gives_the_same_verdicts(self):
        first, second, other = (run("verify", "jacobian", "--seed", seed).stdout for seed in (1, 1, 2))
        assert first == second != other

    def test_a_json_file_that_cannot_be_written_is_known_at_once(self, stub, tmp_path):
        stub(True)
        assert_bad_input(run("verify", "--json", tmp_path / "none" / "x.json"), "cannot write")
        assert_bad_input(run("verify", "--json", tmp_path), "directory")

    def test_a_result_with_too_many_random_verdicts_is_a_bug(self):
        with pytest.raises(AssertionError, match="at most 100"):
            outcome([Verdict("", "", True, 0.0, 0.5, 0.1)] * 101, 0)

    def test_checks_the_users_sequences(self, tmp_path):
        path = tmp_path / "x.npy"
        np.save(path, np.random.default_rng(0).normal(size=(2, 3, 2)).astype(np.float32))
        result = run("verify", "--inputs", path)
        assert result.exit_code == 0
        assert "N=2 T=3 n_x=2" in result.stdout

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (np.ones((2, 3)), ["(N, T, n_x)", "(2, 3)"]),
            (np.full((1, 1, 1), np.nan), ["finite"]),
            (np.array([{}], dtype=object), ["pickle"]),
            (b"no array", ["not a .npy file"]),
            (b"", ["not a .npy file"]),
            (None, ["cannot read", "No such file"]),
        ],
    )
    def test_unusable_sequences_are_bad_input(self, tmp_path, content, words):
        path = tmp_path / "x.npy"
        if isinstance(content, np.ndarray):
            np.save(path, content, allow_pickle=True)
        elif content is not None:
            path.write_bytes(content)
        assert_bad_input(run("verify", "--inputs", path), *words)

    def test_an_archive_is_bad_input(self, tmp_path):
        np.savez(tmp_path / "x.npz", a=np.ones(3))
        assert_bad_input(run("verify", "--inputs", tmp_path / "x.npz"), "archive")


class TestAtomicWrite:
    def test_leaves_the_old_file_alone_when_the_work_fails(self, tmp_path):
        path = tmp_path / "x"
        path.write_text("old")

        with pytest.raises(RuntimeError), atomic_write(path) as file:  # noqa: PT012
            file.write("half")
            raise RuntimeError
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_writes_through_links_and_into_devices(self, tmp_path):
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_text("old")
        link.symlink_to(target)
        with atomic_write(link) as file:
            file.write("new")
        assert link.is_symlink()
        assert target.read_text() == "new"
        with atomic_write(type(tmp_path)(os.devnull)) as file:
            file.write("gone")
        assert not type(tmp_path)(os.devnull).is_file()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
class TestQuietEnds:
    def test_a_reader_that_leaves(self):
        writer = subprocess.Popen(
            [sys.executable, "-m", "verify", "derive", "lag-weights"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer.stdout.close()
        assert writer.wait(60) == 141
        assert writer.stderr.read() == b""
        writer.stderr.close()

    def test_a_terminal_shows_progress_and_a_pipe_gets_plain_lines(self):
        terminal, shown = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition"],
            stdout=subprocess.PIPE,
            stderr=shown,
            text=True,
        )
        os.close(shown)
        lines, _ = process.communicate(timeout=60)
        progress = os.read(terminal, 100_000).decode()
        os.close(terminal)
        assert len(lines.splitlines()) == 3
        assert "\x1b" not in lines
        assert CHECKS["definition"].compares[:20] in progress

    def test_an_interrupt(self, tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition", "finite-width", "--json", "x.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"},
        )
        assert "definition" in process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert not list(tmp_path.iterdir())
