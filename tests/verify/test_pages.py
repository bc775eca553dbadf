"""Help pages, lists and completions: cut at words, as wide as asked for, and with every name."""

import os
import re
import subprocess
import sys

import pytest
from commandline import PAGES
from typer.testing import CliRunner

from derivations import statements
from verify.checks import CHECKS
from verify.cli import app
from verify.commands.derive import STATEMENTS
from verify.console import tabulated
from verify.experiments import EXPERIMENTS
from verify.tables import TABLES

if os.name == "nt":
    pytest.skip("POSIX terminals", allow_module_level=True)
from emulator import PATH, REAL, run


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
