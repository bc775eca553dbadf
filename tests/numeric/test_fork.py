"""A process forked at any moment, whatever other threads of the package are at, finds nothing locked.

In processes of their own, with one thread for OpenBLAS: where another thread is inside one of its parallel
products, ``fork`` itself waits for ever (OpenBLAS 0.3.31, also with nothing but NumPy).
"""

import os
import subprocess
import sys

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
