"""Modules are small; dependencies point one way, derivations to numeric to verify, and in no circle.

Late imports count.
"""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("derivations", "numeric", "verify")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for layer in LAYERS
    for path in (ROOT / layer).rglob("*.py")
}


@cache
def imported(module: str) -> frozenset[str]:
    """The modules of ours that a module imports, but for type checking alone."""

    def found(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    part = f"{child.module}.{alias.name}"
                    yield part if part in MODULES else child.module
            elif isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif (
                isinstance(child, ast.Constant) and "." in str(child.value) and child.value in MODULES
            ):  # imported("numeric.ball")
                yield child.value
            yield from found(child)

    return frozenset(found(ast.parse(MODULES[module].read_text(encoding="utf-8")))) & MODULES.keys()


def test_no_circle_among_the_modules():
    TopologicalSorter({module: imported(module) - {module} for module in MODULES}).prepare()


def test_no_layer_imports_one_above_it():
    above = {
        module: [
            name
            for name in imported(module)
            if LAYERS.index(name.split(".")[0]) > LAYERS.index(module.split(".")[0])
        ]
        for module in MODULES
    }
    assert {module: names for module, names in above.items() if names} == {}


@pytest.mark.parametrize("folder", [*LAYERS, "tests", "benchmarks", "docs"])
def test_no_file_is_over_500_lines(folder):
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lines
    assert {path: count for path, count in lines.items() if count > 500} == {}
