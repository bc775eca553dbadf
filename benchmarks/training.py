"""Training against its usual ways, medians and ratios side by side in one run.

    python benchmarks/training.py [--rounds 7] [--torch-python PATH] [--json FILE]

All in float64, the contenders in turn (A B A B), each in a process of its own:

* a step of the network of width 1000 on sequences of 10 steps, 15 inputs, one output: the loss, its
  gradients in W, F and C, and the update, against unrolled back-propagation by torch, on 50 and on 1,000
  sequences, with as many threads as there are processors and with one;
* 10^4 steps of the scaled convolution in closed form against as many by NumPy;
* the closed form where X is never formed, for lags = T = 10^4 and 10^5: time, and peak memory; and its time
  with products that are right to their own absolute terms over that with one FFT, which are not.

Exit status: 0 if gradients and movement agree to 1e-10 of the largest entry, the closed form to 1e-12, and
memory is linear in T; else 1.  The times are printed beside their targets only.
"""

import argparse
import json
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import numpy as np
from compare import TOLERANCE, Side, environment, interleave, relative, seconds
from rich.console import Console
from rich.table import Table
from scipy import fft
from scipy.sparse.linalg import LinearOperator

from numeric import Task, Variances, convolution_descent, lag_weights
from numeric.lagged import LaggedInputs, flat, lagged_matrix, lagged_operator
from numeric.network_descent import largest_stable_step

WIDTH, LENGTH, INPUTS = 1000, 10, 15
TARGETS = {50: 15, 1000: 100}
LONG = 10**4, 10**5
VARIANCES = Variances("0.5")
Row = tuple[str, str, str, str, bool]


def task(sequences: int, rng: np.random.Generator) -> Task:
    shape = sequences, LENGTH
    return Task(rng.standard_normal((*shape, INPUTS)), rng.standard_normal((*shape, 1)))


def step_row(sequences: int, threads: int | None, python: str, rounds: int) -> tuple[Row, bool]:
    """The row, and whether both sides computed the same."""
    rng = np.random.default_rng(0)
    W = rng.normal(0, 0.5**0.5, (WIDTH, WIDTH))
    F, C = rng.standard_normal((WIDTH, INPUTS)), rng.standard_normal((1, WIDTH))
    data = task(sequences, rng)
    eta = largest_stable_step(W, F, C, data) / 2
    with tempfile.TemporaryDirectory() as directory, ExitStack() as cleanup:
        folder = Path(directory)
        np.savez(folder / "problem.npz", W=W, F=F, C=C, x=data.inputs, y=data.outputs, step=eta)
        sides = []
        for other, method in ((sys.executable, "ours"), (python, "torch")):
            sides.append(Side(other, "training_side.py", method, folder, threads))
            cleanup.callback(sides[-1].close)
        ours, theirs = sides
        a, b = interleave(ours.seconds, theirs.seconds, rounds)
    parts = np.cumsum([W.size, F.size, C.size] * 2)[:-1]
    both = zip(np.split(ours.answer, parts), np.split(theirs.answer, parts), strict=True)
    difference = max(relative(one, other) for one, other in both)
    ratio, ratios = statistics.median(b) / statistics.median(a), [y / x for x, y in zip(a, b, strict=True)]
    name = f"a step, {sequences:,} sequences, {'one thread' if threads == 1 else 'all threads'}"
    measured = (
        f"{1e3 * statistics.median(a):.2f} ms, {theirs.version} {1e3 * statistics.median(b):,.0f} ms; "
        f"difference {difference:.0e}"
    )
    result = f"{ratio:,.0f}x ({min(ratios):,.0f} to {max(ratios):,.0f})"
    target = TARGETS[sequences]
    return (name, measured, result, f">= {target}x", ratio >= target), difference <= TOLERANCE


def closed_form(rounds: int) -> tuple[Row, bool]:
    """Ours from the data on; theirs with its Gram matrix formed, a product with it for each step."""
    steps, rng = 10**4, np.random.default_rng(1)
    data, rho = task(50, rng), lag_weights(VARIANCES, LENGTH)
    scale = np.repeat(np.sqrt(rho), INPUTS)
    A = lagged_matrix(data.inputs, LENGTH, 0) * scale
    H, b = A.T @ A, A.T @ data.outputs.ravel()
    eta = 1 / np.linalg.eigvalsh(H)[-1]

    def ours() -> np.ndarray:
        return flat(convolution_descent(Task(data.inputs, data.outputs), rho).steps(steps, eta))[:, 0]

    def theirs() -> np.ndarray:
        theta = np.zeros(len(H))
        for _ in range(steps):
            theta -= eta * (H @ theta - b)
        return scale * theta

    difference = relative(ours(), theirs())
    one, other = map(
        statistics.median, interleave(lambda: seconds(ours), lambda: seconds(theirs), rounds, each=3)
    )
    measured = f"{1e3 * one:.1f} ms, NumPy {1e3 * other:.0f} ms"
    met = difference <= 1e-12
    row = "10^4 steps of the convolution", measured, f"difference {difference:.0e}", "<= 1e-12", met
    return row, met


def long_inputs() -> list[tuple[Row, bool]]:
    """Time and peak of the allocations, which tracemalloc sees all of that NumPy makes."""
    lagged_operator(np.ones((1, 2, 1)), 2, 0)  # imports SciPy, whose memory is not to be counted
    rows, peaks = [], []
    for T in LONG:
        rng = np.random.default_rng(2)
        inputs, outputs = rng.standard_normal((2, 1, T, 1))
        rho = lag_weights(VARIANCES, T)

        def train(inputs: np.ndarray = inputs, outputs: np.ndarray = outputs, rho: np.ndarray = rho) -> None:
            convolution_descent(Task(inputs, outputs), rho).steps([10, 100])

        tracemalloc.start()
        took = seconds(train)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        measured = f"{took:.1f} s, {peaks[-1] / 2**20:,.0f} MiB; X itself {8 * T**2 / 2**20:,.0f} MiB"
        ratio = peaks[-1] / peaks[0]
        most = 1.2 * T / LONG[0]
        met = ratio <= most
        row = f"lags = T = {T:,}", measured, f"memory {ratio:.1f} times", f"<= {most:.1f}", met
        rows.append((row, met))
    return rows


def one_fft(inputs: np.ndarray, lags: int, first: int) -> LaggedInputs:
    """X as ``numeric.lagged.lagged_operator``, but off by rounding errors of the greatest output."""
    N, T, n_x = inputs.shape
    length = fft.next_fast_len(T + lags - 1, real=True)
    spectra = fft.rfft(inputs, length, axis=1)  # n f x

    def outputs(v: np.ndarray) -> np.ndarray:
        response = fft.rfft(v.reshape(lags, n_x), length, axis=0)
        sums = fft.irfft(np.einsum("nfx,fx->nf", spectra, response), length, axis=1)
        return np.asarray(sums[:, first:T].ravel())

    def correlations(r: np.ndarray) -> np.ndarray:
        padded = np.zeros((N, length))
        padded[:, first:T] = r.reshape(N, T - first)
        sums = np.einsum("nfx,nf->fx", spectra.conj(), fft.rfft(padded, axis=1))
        return np.asarray(fft.irfft(sums, length, axis=0)[:lags].ravel())

    shape = (N * (T - first), lags * n_x)
    return LinearOperator(shape, matvec=outputs, rmatvec=correlations, dtype=np.float64)


def price_of_accuracy(T: int, rounds: int) -> tuple[Row, bool]:
    rng = np.random.default_rng(2)
    inputs, outputs = rng.standard_normal((2, 1, T, 1))
    rho = lag_weights(VARIANCES, T)

    def train(operator: Callable[[np.ndarray, int, int], LaggedInputs]) -> np.ndarray:
        with mock.patch("numeric.task.lagged_operator", operator):
            return convolution_descent(Task(inputs, outputs), rho).steps([10, 100])

    difference = relative(train(lagged_operator), train(one_fft))
    ours, theirs = interleave(
        lambda: seconds(lambda: train(lagged_operator)), lambda: seconds(lambda: train(one_fft)), rounds
    )
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    ratio = statistics.median(ours) / statistics.median(theirs)
    measured = f"{statistics.median(ours):.2f} s, one FFT {statistics.median(theirs):.2f} s"
    result = f"{ratio:.2f} times ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    row = f"accuracy, lags = T = {T:,}", measured, result, "<= 1.5", ratio <= 1.5
    return row, difference <= TOLERANCE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="runs of each contender (default 7)")
    parser.add_argument("--torch-python", metavar="PATH", help="a Python that has torch")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there as well")
    arguments = parser.parse_args()
    python = arguments.torch_python or environment("requirements-torch.txt", sys.executable)
    found = [
        step_row(sequences, threads, python, arguments.rounds)
        for threads in (None, 1)
        for sequences in TARGETS
    ]
    found += [closed_form(arguments.rounds), *long_inputs()]
    found += [price_of_accuracy(T, arguments.rounds) for T in LONG]
    columns = ("what", "measured", "result", "target", "met")
    table = Table(*columns, title=f"training, n = {WIDTH}, T = {LENGTH}, n_x = {INPUTS}, n_y = 1")
    for (*cells, met), _ in found:
        table.add_row(*cells, "yes" if met else "NO")
    Console(width=150, highlight=False).print(table)
    right = all(agrees for _, agrees in found)
    if arguments.json:
        records = [dict(zip(columns, row, strict=True)) for row, _ in found]
        arguments.json.write_text(json.dumps({"ok": right, "rows": records}, indent=2) + "\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
