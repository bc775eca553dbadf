"""Coq for the tests: a folder with compiled sources of the development, and what it says of a file."""

import shutil
import subprocess
from pathlib import Path

import pytest

from derivations import coq_build, kernel

__all__ = ["needs_coq", "said", "sources_without_theorems"]

needs_coq = pytest.mark.skipif(not coq_build.available(), reason="Coq is not installed")


def said(folder: Path, text: str, *modules: str) -> str:
    """What ``coqc`` says of a file, after those of the development; nothing if it accepts it."""
    for module in modules:
        if not (folder / f"{module}.vo").exists():
            shutil.copy(kernel.SOURCES / f"{module}.v", folder)
            assert not _compiled(folder, f"{module}.v")
    (folder / "Test.v").write_text(text)
    return _compiled(folder, "Test.v")


def _compiled(folder: Path, name: str) -> str:
    command = ["coqc", "-q", "-Q", ".", "NTK", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def sources_without_theorems(folder: Path) -> None:
    """Copy what the statements about one ring need to be generated, compiled and proved."""
    for name in ("Scalars", "Weights", "RealWeights"):
        shutil.copy(kernel.SOURCES / f"{name}.v", folder)
