"""Quiet ends: readers that leave, full disks, interrupts; and progress is for terminals."""

import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from commandline import assert_bad_input, run, subprocess_run

from verify.checks import CHECKS, Check

if os.name == "nt":
    pytest.skip("POSIX signals", allow_module_level=True)


class TestQuietEnds:
    def test_a_reader_that_leaves(self):
        writer = subprocess.Popen(
            [sys.executable, "-m", "verify", "derive"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer.stdout.close()
        assert writer.wait(60) == 141
        assert writer.stderr.read() == b""
        writer.stderr.close()

    @pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["table", "--help"]])
    def test_a_reader_that_leaves_before_the_help(self, arguments):
        reader, theirs = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "verify", *arguments]
        result = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, check=False)
        os.close(theirs)
        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
    def test_an_output_that_cannot_be_written(self, redirection):
        command = f"exec {shlex.quote(sys.executable)} -m verify derive {redirection}"
        result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        (line,) = result.stderr.splitlines()
        assert "standard output" in line

    def test_a_directory_that_is_gone_is_not_blamed_on_the_output(self, tmp_path):
        gone = tmp_path / "gone"
        gone.mkdir()
        path = shlex.quote(os.pathsep.join(filter(None, sys.path)))
        command = f"rmdir {gone}; PYTHONPATH={path} exec {sys.executable} -m verify verify --json x.json"
        result = subprocess.run(command, shell=True, cwd=gone, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert "cannot write x.json" in line

    def test_short_memory_is_one_line(self, monkeypatch):
        def check(seed, watch):  # noqa: ARG001
            raise MemoryError

        monkeypatch.setattr(Check, "load", lambda self: check)  # noqa: ARG005
        assert_bad_input(run("verify", "definition"), "memory")

    def test_an_interrupt_while_it_starts_is_silent(self):
        code = (
            "import sys\n"
            "class Interrupt:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name == 'typer': raise KeyboardInterrupt\n"
            "sys.meta_path.insert(0, Interrupt())\n"
            "from verify.__main__ import main\nmain()"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (130, "", "")

    def test_an_error_without_stderr_is_silent(self):
        command = f"exec {shlex.quote(sys.executable)} -m verify derive foo 2>&-"
        result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", "")

    def test_a_reader_that_leaves_is_not_blamed_on_the_file(self, tmp_path):
        writer = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition", "--json", tmp_path / "o.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer.stdout.close()
        assert writer.wait(60) == 141
        assert writer.stderr.read() == b""
        writer.stderr.close()

    def test_a_pipe_gets_no_bar_whatever_the_environment(self):
        result = subprocess_run("verify", "definition", env=os.environ | {"FORCE_COLOR": "1"})
        assert (result.returncode, result.stderr) == (0, "")
        assert " s." not in result.stdout

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
            # a shell's background jobs ignore the signal, and so would their children
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert "definition" in process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert not list(tmp_path.iterdir())
