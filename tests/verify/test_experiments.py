"""The experiments are alike: measuring, judging and telling, none of which knows those after it."""

import ast
from pathlib import Path

import pytest

import verify.experiments
from verify.experiments import EXPERIMENTS

FOLDER = Path(verify.experiments.__file__).parent
ORDER = ("measuring", "judging", "telling")
SHOWN = {"verify.experiments.reporting", "pandas"}
LATER = {
    "measuring": SHOWN | {"verify.statistics", "verify.experiments.margins"},
    "judging": SHOWN,
    "telling": set(),
}
"""What belongs to later parts."""


def imported(path):
    """The modules that a file imports, here or there, but for type checking alone."""

    def found(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.ImportFrom):
                yield child.module
            elif isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            yield from found(child)

    return set(found(ast.parse(path.read_text(encoding="utf-8"))))


def reached(module):
    """What a module imports, by way of other modules of the experiments too."""
    known, new = set(), {module}
    while new:
        path = FOLDER.joinpath(*new.pop().split(".")[2:]).with_suffix(".py")
        names = imported(path) - known if path.exists() else set()
        known |= names
        new |= {name for name in names if name.startswith("verify.experiments.")}
    return known


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_has_the_three_parts_and_no_long_one(name):
    lengths = {
        path.stem: len(path.read_text(encoding="utf-8").splitlines()) for path in (FOLDER / name).glob("*.py")
    }
    assert lengths.keys() >= set(ORDER)
    assert max(lengths.values()) < 250


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("part", ORDER)
def test_no_part_knows_a_later_one(name, part):
    package = f"verify.experiments.{name}"
    after = {f"{package}.{later}" for later in ORDER[ORDER.index(part) + 1 :]}
    assert not reached(f"{package}.{part}") & (after | LATER[part])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_hands_out_what_the_command_needs(name):
    module = EXPERIMENTS[name].load()
    assert {"Settings", "labels", "run", "report", "draw"} <= set(module.__all__)
    assert all(hasattr(module, public) for public in module.__all__)
    if EXPERIMENTS[name].full:
        assert isinstance(module.QUICK, module.Settings)
        assert isinstance(module.FULL, module.Settings)
        assert module.QUICK != module.FULL


def test_every_package_is_in_the_table_and_nothing_else_is():
    assert {path.parent.name for path in FOLDER.glob("*/__init__.py")} == set(EXPERIMENTS)
