"""The README's commands and outputs are real, and so is its picture."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")


def console_sessions() -> list[tuple[str, str]]:
    """(command, output) for every ``$`` line of the console blocks."""
    sessions = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            sessions.append((command, output))
    return sessions


def command_after(marker: str) -> str:
    match = re.search(rf"<!-- {marker} -->\n```sh\n(.*)\n```", README)
    assert match
    return match[1]


def assert_same_output(shown: str, printed: str) -> None:
    """The same words, and numbers equal to 5 percent: the last digit shown may differ between machines."""
    assert NUMBER.sub("#", shown).split() == NUMBER.sub("#", printed).split()
    for a, b in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True):
        # statistics at the level of rounding, 1e-16, differ between machines
        assert float(b) == pytest.approx(float(a), rel=0.05, abs=1e-15)


def test_console_sessions_print_what_is_shown(tmp_path):
    sessions = console_sessions()
    assert len(sessions) >= 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, shown in sessions:
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert_same_output(shown, run.stdout)


def test_python_examples_are_doctests():
    failures, examples = doctest.testfile(
        str(ROOT / "README.md"), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert failures == 0
    assert examples > 20


@pytest.mark.parametrize("marker", ["verify", "test"])
def test_the_two_commands_need_nothing_but_python(marker):
    assert command_after(marker).startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_picture_is_drawn_by_the_project(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_figures

    make_figures.draw(tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").stat().st_size > 10_000
