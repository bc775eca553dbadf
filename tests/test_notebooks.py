"""The notebooks run, and print what they show."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from test_readme import assert_same_output

FOLDER = Path(__file__).parent.parent / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


RUN = """
import sys
import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
kernel = AsyncKernelManager(kernel_name="python3")
kernel.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
NotebookClient(notebook, km=kernel, timeout=600, coalesce_streams=True).execute()
nbformat.write(notebook, sys.argv[2])
"""
"""In a process of its own, whose sockets are not ours, and with the interpreter of the tests."""


def code_cells(path: Path) -> list[dict]:
    """Of a notebook."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def needed(path: Path) -> list[str]:
    """The modules that a notebook says it needs, beside those that run it."""
    return ["nbclient", "ipykernel", *json.loads(path.read_text("utf-8"))["metadata"].get("needs", [])]


def texts(outputs):
    """What outputs say: those that are not there in words, as pictures, say nothing."""
    for output in outputs:
        assert output["output_type"] != "error"
        data = output.get("data", {"text/plain": output.get("text", "")})
        if not any(kind.startswith("image/") for kind in data):
            yield "".join(data.get("text/markdown") or data["text/plain"])


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_tidy(path):
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all("execution" not in cell["metadata"] for cell in cells)  # when it ran
    assert not re.search(r"/home/|/root/|/work/|/tmp/", path.read_text("utf-8"))
    assert path.stat().st_size < 200_000


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path, tmp_path):
    missing = [name for name in needed(path) if not found(name)]
    if missing:
        pytest.skip(f"{path.name} needs {', '.join(missing)}; pip install '.[notebooks]' has what runs it")
    done = tmp_path / "done.ipynb"
    command = [sys.executable, "-c", RUN, str(path), str(done)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert run.returncode == 0, run.stderr[-2000:]
    for before, now in zip(code_cells(path), code_cells(done), strict=True):
        for old, new in zip(texts(before["outputs"]), texts(now["outputs"]), strict=True):
            assert_same_output(old, new)


def found(name: str) -> bool:
    """Whether a module can be imported, without importing it."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package that it is in
        return False
