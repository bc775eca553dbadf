"""A process forked at any moment, whatever other threads of the package are at, finds nothing locked.

In processes of their own, with one thread for OpenBLAS: where another thread is inside one of its parallel
products, ``fork`` itself waits for ever (OpenBLAS 0.3.31, also with nothing but NumPy).
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

SCRIPT = """
import os, random, signal, sys, threading, time, warnings
import flint, numpy as np
from derivations import moment
from numeric import *
from numeric.certified import precision

warnings.simplefilter("ignore", DeprecationWarning)  # of fork under threads, since Python 3.12
v, rng = Variances("0.5"), np.random.default_rng(0)
x = rng.standard_normal((4, 20, 1))
small, before = Task(x, x, first=19), flint.ctx.prec
large = rng.standard_normal((20, 150, 1))
WORK = {
    "balls": [
        lambda: lag_weights(v, 40, digits=4000),
        lambda: memory_length(v, "1e-30"),
        lambda: ntk(1e160 * x[:1], 1e-160 * x[:1], variances=v),
    ],
    "arrays": [
        lambda: ntk(x, variances=v),
        lambda: moment("W W W' W'", "W W'"),
        lambda: sample_lag_kernel(100, v, 6, samples=20, rng=1),
        lambda: kernel_regression(small, x, variances=v),
        lambda: kernel_regression(small, x[:1], variances=v, time=1, digits=5),
    ],
    "training": [lambda: convolution_descent(Task(large, large), lag_weights(v, 150)).steps([1, 9])],
}
work, done = WORK[sys.argv[1]], False

def busy():
    while not done:
        for one in work:
            one()

def right():
    return (
        [float(y) for y in lag_weights(v, 5, digits=30)] == [2, 2, 1.5, 1, 0.625]
        and flint.ctx.prec == before
        and abs(Task(x, x).loss(np.eye(1, 20).reshape(20, 1, 1))) < 1e-20
        and ntk(x, variances=v).shape == (4, 4, 20, 20)
        and kernel_regression(small, x[:1], variances=v, time=0, digits=3).shape == (1, 20, 1)
    )

assert right()
threads = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
failures = 0
for _ in range(int(sys.argv[2])):
    time.sleep(random.uniform(0, 0.02))
    if (child := os.fork()) == 0:
        signal.alarm(20)
        sys.exit(0 if right() else 1)  # not os._exit: the end of the interpreter must not wait either
    failures += os.waitpid(child, 0)[1] != 0
    if failures > 2:
        break
done = True
for thread in threads:
    thread.join()
assert right()
print(failures)
"""


COLD = """
import os, random, signal, sys, threading, time, warnings
if sys.argv[1] != "import":
    import numpy as np
    import numeric
    from numeric import *
    rng = np.random.default_rng(0)
    v, x = Variances("0.5"), rng.standard_normal((4, 20, 1))
    gaps = np.where(rng.random((1, 6000, 1)) < 0.3, np.nan, 1.0)
    large = rng.standard_normal((1, 6000, 1))

warnings.simplefilter("ignore", DeprecationWarning)  # of fork under threads, since Python 3.12

def first_moment():
    from derivations import moment
    return str(moment("W W'")) == "n**2*nu_W"

def all_statements():
    from derivations import statements
    return "lag-weights" in statements()

def import_all():
    import numeric
    return float(numeric.total(numeric.Variances(0))) == 3

def descent(task):
    losses = task.loss(convolution_descent(task, lag_weights(v, 6000)).steps([1, 9]))
    return bool(losses[1] < losses[0])

CALLS = {
    "moment": first_moment,
    "statements": all_statements,
    "convolve": lambda: convolve(np.ones((5000, 1, 1)), np.ones((1, 5000, 1)))[0, -1, 0] == 5000,
    "missing targets": lambda: Task(large, gaps).loss(np.zeros((6000, 1, 1))) > 0,
    "descent": lambda: descent(Task(large, large)),
    "descent with missing targets": lambda: descent(Task(large, gaps)),
    "regression": lambda: kernel_regression(Task(x, x), x[:1], variances=v, time=1, digits=5).shape[1] == 20,
    "import": import_all,
}
call = CALLS[sys.argv[1]]

def outcome(child):
    return os.waitpid(child, 0)[1]

def fork_amid_the_first_call():
    signal.alarm(80)
    right = []
    thread = threading.Thread(target=lambda: right.append(call()), daemon=True)
    before = len(sys.modules)
    thread.start()
    while thread.is_alive() and len(sys.modules) == before:
        time.sleep(0.0002)
    while sys.argv[1] == "import" and "numeric.certified" not in sys.modules:
        time.sleep(0.0002)
    time.sleep(random.uniform(0, 0.05))
    if (child := os.fork()) == 0:
        signal.alarm(40)
        sys.exit(not call())
    failed = outcome(child)
    thread.join()
    return bool(failed) or right != [True]

failures = 0
for _ in range(2):
    if (cold := os.fork()) == 0:
        sys.exit(fork_amid_the_first_call())
    failures += outcome(cold) != 0
print(failures)
"""


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )


@pytest.mark.parametrize("kind", ["balls", "arrays", "training"])
def test_the_child_of_a_busy_process_works(kind):
    done = run(SCRIPT, kind, "10")
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    "call",
    [
        "moment",
        "statements",
        "convolve",
        "missing targets",
        "descent",
        "descent with missing targets",
        "regression",
        "import",
    ],
)
def test_the_child_of_a_process_amid_its_first_call_works(call):
    """Amid the imports that the first call makes."""
    done = run(COLD, call)
    assert (done.stdout, done.stderr) == ("0\n", "")


PACKAGES = [Path(__import__(name).__file__).parent for name in ("derivations", "numeric")]
ROOT = PACKAGES[0].parent
SOURCES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


def imports(tree):
    """The statements that import, with the function that each is in, or None; not those for type checkers."""

    def found(node, function):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            function = node
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, function
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
            "imported",
            "import_module",
            "__import__",
        }:
            yield node, function
        for child in ast.iter_child_nodes(node):
            yield from found(child, function)

    return found(tree, None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_functions_import_through_lazily_and_modules_do_not(path):
    """A module that waited for its turn to import, in an import, could wait for a fork that waits for it."""
    for node, function in imports(ast.parse(path.read_text("utf8"))):
        text = ast.unparse(node)
        if function is None:
            assert isinstance(node, ast.Import | ast.ImportFrom), text
            if isinstance(node, ast.ImportFrom) and node.module == "derivations":  # its names are lazy
                assert all((PACKAGES[0] / f"{alias.name}.py").exists() for alias in node.names), text
        elif path.name != "lazily.py":
            assert text.startswith("imported("), text


def test_no_module_waits_for_a_fork_while_it_is_imported():
    script = """
import os, signal, sys, threading
from importlib import import_module
from derivations import lazily
signal.alarm(60)
with lazily._importing:  # as a fork that waits
    names = sys.argv[1:]
    thread = threading.Thread(target=lambda: [import_module(name) for name in names])
    thread.start()
    thread.join()
print(len(names))
"""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES
    ]
    done = run(script, *names)
    assert (done.stdout, done.stderr) == (f"{len(names)}\n", "")


def test_a_fork_amid_ones_own_import_does_not_wait():
    """A signal's handler may fork there, too."""
    script = """
import os, sys, warnings
class Forks:
    def find_spec(self, name, path, target=None):
        if name == "numeric.descent":
            global child
            child = os.fork()
import derivations
sys.meta_path.insert(0, Forks())
import numeric
right = float(numeric.total(numeric.Variances(0))) == 3
if child == 0:
    sys.exit(not right)
print(right, os.waitpid(child, 0)[1])
"""
    done = run(script)
    assert (done.stdout, done.stderr) == ("True 0\n", "")


def test_a_fork_in_ones_own_turn_goes_on_with_it():
    """A signal's handler may fork anywhere."""
    script = """
import os, sys, warnings
import flint
from fractions import Fraction
from numeric.certified import certified, precision
before = flint.ctx.prec
with precision(7):
    child = os.fork()
    inside = flint.ctx.prec
    third, = certified(lambda number: [number(Fraction(1, 3))], 20)
right = inside == 7 and flint.ctx.prec == before and abs(third * 3 - 1) < 1e-15
if child == 0:
    sys.exit(0 if right else 1)
print(right, os.waitpid(child, 0)[1])
"""
    assert run(script).stdout == "True 0\n"
