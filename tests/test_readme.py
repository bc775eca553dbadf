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


def console_blocks() -> list[list[tuple[str, str]]]:
    """(command, output) for every ``$`` line, block by block."""
    blocks = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        parts = [part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
        blocks.append([(command, output) for command, _, output in parts])
    return blocks


def python_blocks() -> list[tuple[int, str]]:
    """The Python blocks and the lines at which they begin."""
    found = re.finditer(r"```python\n(.*?)```", README, re.DOTALL)
    return [(README.count("\n", 0, match.start(1)), match[1]) for match in found]


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


def test_there_is_something_to_run():
    assert len(console_blocks()) >= 5
    assert len(python_blocks()) >= 5


@pytest.mark.parametrize("block", console_blocks(), ids=lambda block: block[-1][0][:40])
def test_a_console_block_prints_what_is_shown_in_a_fresh_directory(block, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, shown in block:
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert_same_output(shown, run.stdout)


@pytest.mark.parametrize(("line", "block"), python_blocks(), ids=lambda part: str(part)[:20])
def test_a_python_block_runs_alone(line, block):
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", line)
    assert test.examples
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test, out=report.append).failed == 0, "".join(report)


@pytest.mark.parametrize("marker", ["verify", "test"])
def test_the_two_commands_need_nothing_but_python(marker):
    assert command_after(marker).startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", ["lag-weights.svg", "networks.svg"])
def test_a_picture_is_drawn_by_the_project(tmp_path, monkeypatch, name):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_figures

    make_figures.draw(tmp_path / name, make_figures.PICTURES[name])
    assert (tmp_path / name).stat().st_size > 10_000
    assert (ROOT / "docs" / name).exists()
