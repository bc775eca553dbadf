"""Medians, ratios and agreement with other ways to compute the same, side by side in one run.

    python benchmarks/compare.py [--json FILE] [--torch-python PATH] [--neural-tangents-python PATH]

Each contender runs in turn with ours (A B A B), on the same problem, in float64.  torch and
neural-tangents live in environments of their own, which are made under the temporary directory from the
pinned requirements beside this file, unless a Python that has them is given.

Exit status: 0 if all results agree to 1e-10 of the largest entry and every target ratio is met, else 1;
2 on bad usage.  A row that cannot run here says why, and counts as missed unless --allow-skip is given.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from derivations import moment, stein
from derivations.pairings import moment_by_enumeration
from numeric import Variances, finite_width, lag_weights, ntk
from numeric.finite_width import convolve_grams, lag_kernel, sequence_kernel

HERE = Path(__file__).parent
TOLERANCE = 1e-10
LIMIT = 100  # seconds for one method to compile and run, or to run again
WIDTH, LENGTH, SEQUENCES = 1024, 32, 4
THREADS = "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"


@dataclass(frozen=True)
class Row:
    """One comparison: seconds as medians, the ratio theirs / ours, and what it must be."""

    name: str
    ours: float
    theirs: float
    target: float
    difference: float
    method: str
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Theirs / ours."""
        return self.theirs / self.ours

    @property
    def agrees(self) -> bool:
        """Both computed the same."""
        return self.difference <= TOLERANCE

    @property
    def passed(self) -> bool:
        """Agreement at the target ratio or better."""
        return self.agrees and self.ratio >= self.target


@dataclass(frozen=True)
class Skipped:
    """A comparison that cannot run here, and why."""

    name: str
    reason: str


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleave(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int, each: int = 1
) -> tuple[list[float], list[float]]:
    """The seconds of each in turn: ``each`` runs of ours for one of theirs, whose runs are longer."""
    a: list[float] = []
    b: list[float] = []
    for _ in range(rounds):
        a += [ours() for _ in range(each)]
        b.append(theirs())
    return a, b


def compared(name: str, a: list[float], b: list[float], target: float, difference: float, **more: Any) -> Row:
    spread = {"ours": (min(a), max(a)), "theirs": (min(b), max(b))}
    return Row(name, statistics.median(a), statistics.median(b), target, difference, spread=spread, **more)


def relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference, relative to the largest entry."""
    return float(abs(ours - theirs).max() / abs(theirs).max())


# --- the finite-width kernel against automatic differentiation ---------------------------------------


def network(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "W": rng.standard_normal((WIDTH, WIDTH)),
        "F": rng.standard_normal((WIDTH, 1)),
        "C": rng.standard_normal((1, WIDTH)),
        "x": rng.standard_normal((SEQUENCES, LENGTH, 1)),
    }


def kernel(problem: dict[str, np.ndarray]) -> np.ndarray:
    theta = lag_kernel(problem["W"], problem["F"], problem["C"], LENGTH)
    return sequence_kernel(theta, problem["x"])


class Side:
    """Another Python that computes the same by one method, and stays ready to do it again."""

    def __init__(
        self, python: str, script: str, method: str, folder: Path, threads: int | None = None
    ) -> None:
        limits = {} if threads is None else dict.fromkeys(THREADS, str(threads))
        self.method = method
        answer = folder / f"{method}.npy"
        self.process = subprocess.Popen(
            [python, HERE / script, folder / "problem.npz", answer, method],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | limits,
        )
        self.version = json.loads(self._answer())  # once it has compiled and run
        self.answer = np.load(answer)

    def seconds(self) -> float:
        """How long it takes once more."""
        print("run", file=self.process.stdin, flush=True)
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        limit = threading.Timer(LIMIT, self.process.kill)
        limit.start()
        line = self.process.stdout.readline()
        limit.cancel()
        if not line:
            late = self.process.wait() < 0
            raise TimeoutError(f"over {LIMIT} s" if late else "failed, its messages are above")
        return line

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def against_library(
    name: str, script: str, python: str, methods: list[str], target: float, rounds: int
) -> Row | Skipped:
    """Our kernel against that of the fastest of the other library's methods."""
    problem = network()
    tried: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as cleanup:
        folder = Path(directory)
        np.savez(folder / "problem.npz", **problem)
        fastest: Side | None = None
        for method in methods:
            try:
                side = Side(python, script, method, folder)
                cleanup.callback(side.close)
                tried[method] = took = side.seconds()
            except TimeoutError as error:
                tried[method] = str(error)
            else:
                slower: Side | None = side
                if fastest is None or took < float(tried[fastest.method]):
                    fastest, slower = side, fastest
                if slower is not None:
                    slower.close()
            print(f"{name}: {method}: {tried[method]}", file=sys.stderr)
        if fastest is None:
            return Skipped(name, f"none of its methods ran: {tried}")
        ours = kernel(problem)
        a, b = interleave(lambda: seconds(lambda: kernel(problem)), fastest.seconds, rounds, each=5)
        return compared(
            name,
            a,
            b,
            target,
            relative(ours, fastest.answer.reshape(ours.shape)),  # n_y = 1: so in any order of the axes
            method=f"{fastest.version}: {fastest.method}",
            details=tried,
        )


def environment(requirements: str, python: str) -> str:
    """The Python of a fresh virtual environment with these requirements; made once."""
    text = (HERE / requirements).read_bytes()
    folder = Path(tempfile.gettempdir(), f"linear-rnn-ntk-{hashlib.sha256(text).hexdigest()[:12]}")
    inside = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing {requirements} into {folder}", file=sys.stderr)
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([inside, "-m", "pip", "install", "-q", "-r", str(HERE / requirements)], check=True)
        finished.touch()
    return str(inside)


def python_3_11() -> str | None:
    candidates = [sys.executable, *filter(None, [shutil.which("python3.11")])]
    for python in candidates:
        probe = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
        if probe.stdout.startswith("Python 3.11."):
            return python
    return None


def torch_row(python: str | None, rounds: int) -> Row | Skipped:
    name = "lag_kernel + sequence_kernel / torch.func"
    try:
        python = python or environment("requirements-torch.txt", sys.executable)
    except subprocess.CalledProcessError as error:
        return Skipped(name, f"its environment could not be made: {error}")
    return against_library(
        name, "torch_side.py", python, ["jacrev(f)", "vmap(jacrev(f))"], target=500, rounds=rounds
    )


def neural_tangents_row(python: str | None, rounds: int) -> Row | Skipped:
    name = "lag_kernel + sequence_kernel / neural-tangents"
    base = python_3_11()
    if python is None and base is None:
        return Skipped(name, "it needs Python 3.11, which is not on the path; or --neural-tangents-python")
    try:
        python = python or environment("requirements-neural-tangents.txt", str(base))
    except subprocess.CalledProcessError as error:
        return Skipped(name, f"its environment could not be made: {error}")
    # implementation 3 (structured derivatives) asks for 63 GiB here, and says so
    methods = ["2, 0", "1, 0", "2, null", "3, 0"]
    return against_library(name, "neural_tangents_side.py", python, methods, target=100, rounds=rounds)


# --- the infinite-width kernel against one matrix product, and moments against enumeration -----------


def ntk_row(rounds: int) -> Row:
    """The target is a cost of at most three times that of the product, a ratio of at least 1/3."""
    rng = np.random.default_rng(0)
    N, T, n_x = 64, 64, 16
    x1, x2 = rng.standard_normal((N, T, n_x)), rng.standard_normal((N, T, n_x))
    variances = Variances(transition=0.5, input=0.75, output=2)

    def product() -> np.ndarray:
        return x1.reshape(-1, n_x) @ x2.reshape(-1, n_x).T

    K = ntk(x1, x2, variances=variances)
    product()
    a, b = interleave(
        lambda: seconds(lambda: ntk(x1, x2, variances=variances)), lambda: seconds(product), rounds
    )
    # The definition T(x)' D(rho) T(x') for a few of the sequences.
    few = slice(0, 4)
    lagged1, lagged2 = (
        np.stack([np.pad(x[few, : T - i], ((0, 0), (i, 0), (0, 0))) for i in range(T)]) for x in (x1, x2)
    )
    rho = lag_weights(variances, T)
    definition = np.einsum("i,intx,imsx->nmts", rho, lagged1, lagged2, optimize=True)
    return compared(
        "ntk / its inputs' bare matrix product",
        a,
        b,
        1 / 3,
        relative(K[few, few], definition),
        method=f"numpy {np.__version__}: x1 @ x2.T; values: the definition by einsum",
        details={"N": N, "T": T, "n_x": n_x},
    )


def moment_row(rounds: int) -> Row:
    """Cold: our recursion's memory is emptied before each run."""
    word = " ".join(["W"] * ENUMERATED + ["W'"] * ENUMERATED)

    def cold() -> object:
        forget()
        return moment(word)

    difference = moment(word) - moment_by_enumeration(word)
    a, b = interleave(
        lambda: seconds(cold), lambda: seconds(lambda: moment_by_enumeration(word)), rounds, each=5
    )
    return compared(
        f"moment / enumeration, tr(W^{ENUMERATED} W'^{ENUMERATED})",
        a,
        b,
        100,
        float(difference.expand() != 0),
        method="derivations.pairings, exact equality",
        details={"letters": 2 * ENUMERATED},
    )


ENUMERATED = 7
"""W^7 W'^7 has 13!! = 135,135 pairings, some ten seconds.  Two letters more would take 15 times as long."""


def forget() -> None:
    """Empty every memory of the moments' recursion."""
    stein.canonical.cache_clear()
    stein._memory = {}


# --- where our time goes -----------------------------------------------------------------------------


def split(repeats: int = 50) -> dict[str, float]:
    """Median seconds of lag_kernel and of its parts, and of a moment out of enumeration's reach."""
    problem = network()
    W, F, C, x = (problem[name] for name in "WFCx")
    U, V = finite_width._chains(W, F, C, LENGTH)
    P, Q = finite_width._gram(V), finite_width._gram(U)
    theta = convolve_grams(P, Q)
    parts: dict[str, Callable[[], object]] = {
        "lag_kernel": lambda: lag_kernel(W, F, C, LENGTH),
        "  the two chains": lambda: finite_width._chains(W, F, C, LENGTH),
        "  the two Grams": lambda: (finite_width._gram(V), finite_width._gram(U)),
        "  their convolution": lambda: convolve_grams(P, Q),
        "sequence_kernel": lambda: sequence_kernel(theta, x),
    }
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(repeats):
        for name, part in parts.items():
            times[name].append(seconds(part))
    times["moment, tr(W^12 W'^12), nothing remembered"] = [seconds(longest_moment) for _ in range(3)]
    return {name: statistics.median(samples) for name, samples in times.items()}


def longest_moment() -> object:
    """23!! = 316,234,143,225 pairings, which no enumeration visits."""
    forget()
    return moment("W^12 W'^12")


def show(rows: list[Row | Skipped], parts: dict[str, float]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(
        f"finite width: n = {WIDTH}, T = {LENGTH}, {SEQUENCES} sequences, n_x = n_y = 1; float64; medians"
    )
    table = Table("ours / theirs", "ours", "theirs", "ratio", "target", "difference", "verdict")
    for row in rows:
        if isinstance(row, Skipped):
            table.add_row(row.name, "", "", "", "", "", f"SKIPPED: {row.reason}")
            continue
        verdict = "ok" if row.passed else "DISAGREES" if not row.agrees else "TOO SLOW"
        table.add_row(
            f"{row.name}\n  {row.method}",
            f"{1e3 * row.ours:.3g} ms",
            f"{1e3 * row.theirs:.4g} ms",
            f"{row.ratio:.3g}x",
            f">= {row.target:.3g}x",
            f"{row.difference:.1e}",
            verdict,
        )
    console.print(table)
    breakdown = Table("part", "median")
    for name, median in parts.items():
        breakdown.add_row(name, f"{1e3 * median:.3f} ms")
    console.print(breakdown)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    parser.add_argument("--torch-python", metavar="PATH", help="a Python that has torch")
    parser.add_argument("--neural-tangents-python", metavar="PATH", help="one that has neural-tangents")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender (default 3)")
    parser.add_argument(
        "--only", choices=["torch", "neural-tangents", "ntk", "moment"], nargs="+", metavar="ROW"
    )
    parser.add_argument("--allow-skip", action="store_true", help="a skipped row is no failure")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")

    contenders: dict[str, Callable[[], Row | Skipped]] = {
        "torch": lambda: torch_row(options.torch_python, options.rounds),
        "neural-tangents": lambda: neural_tangents_row(options.neural_tangents_python, options.rounds),
        "ntk": lambda: ntk_row(5 * options.rounds),
        "moment": lambda: moment_row(options.rounds),
    }
    rows = [contenders[name]() for name in options.only or contenders]
    parts = split()
    show(rows, parts)
    ok = all(options.allow_skip if isinstance(row, Skipped) else row.passed for row in rows)
    if options.json:
        described = [
            asdict(row) | ({"ratio": row.ratio, "passed": row.passed} if isinstance(row, Row) else {})
            for row in rows
        ]
        options.json.write_text(json.dumps({"ok": ok, "rows": described, "split": parts}, indent=2) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
