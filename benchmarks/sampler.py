"""The lazily revealed sampler against dense networks, medians and ratios side by side in one run.

    python benchmarks/sampler.py [--repeat 7] [--samples 100000] [--json FILE]

Each contender runs in turn (A B A B), in float64, one input and one output:

* 32 lags at n = 10^12 against n = 10^3: at most 1.2 times the time a sample;
* 32 lags at n = 4096 against drawing W, F and C and calling `lag_kernel`: at least 2,000 times faster;
* many samples of 32 lags through `lag_kernel_chunks`: peak memory below 256 MiB over the start's;
* the sampler's law: its mean kernel at n = 64, 8 lags, within 5.5 standard errors of dense networks'.

Exit status: 0 if all is met, else 1.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from numeric import Variances
from numeric.finite_width import lag_kernel
from numeric.sampler import BLOCK, lag_kernel_chunks, sample_lag_kernel

LAGS = 32
UNIT = Variances(1)
Row = tuple[str, str, str, str, bool]


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(repeat: int, *calls: Callable[[], object]) -> list[float]:
    """The median time of each call, the calls taking turns after one round of warming up."""
    rounds = [[seconds(call) for call in calls] for _ in range(repeat + 1)][1:]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def drawn(width: int, samples: int) -> Callable[[], object]:
    def run() -> None:
        for _ in lag_kernel_chunks(width, UNIT, LAGS, samples, rng=1):
            pass

    return run


def dense(n: int, lags: int, rng: np.random.Generator) -> np.ndarray:
    return lag_kernel(*(rng.standard_normal(shape) for shape in ((n, n), (n, 1), (1, n))), lags)


def across_widths(repeat: int) -> Row:
    samples = 8 * BLOCK
    narrow, wide = (t / samples for t in in_turn(3 * repeat, drawn(10**3, samples), drawn(10**12, samples)))
    ratio = wide / narrow
    times = f"{1e6 * wide:.0f} µs at n = 10^12, {1e6 * narrow:.0f} µs at n = 10^3"
    return "a sample at any width", times, f"{ratio:.2f}", "<= 1.2", ratio <= 1.2


def against_dense(repeat: int) -> Row:
    rng, samples = np.random.default_rng(0), 8 * BLOCK
    ours, theirs = in_turn(repeat, drawn(4096, samples), lambda: dense(4096, LAGS, rng))
    ratio = theirs / (ours / samples)
    times = f"{1e6 * ours / samples:.0f} µs, dense {1e3 * theirs:.0f} ms"
    return "a sample at n = 4096", times, f"{ratio:,.0f}", ">= 2,000", ratio >= 2000


def memory(samples: int) -> Row:
    """Peak memory only ever grows, so its growth bounds what the samples need."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    elapsed = seconds(drawn(10**6, samples))
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    times = f"{elapsed:.1f} s, whole output {samples * LAGS**2 * 8 / 2**20:,.0f} MiB"
    return f"peak memory of {samples:,} samples", times, f"{growth:.0f} MiB", "<= 256 MiB", growth <= 256


def agreement() -> Row:
    n, lags, samples = 64, 8, 2000
    rng = np.random.default_rng(3)
    theirs = np.stack([dense(n, lags, rng) for _ in range(samples)])
    ours = sample_lag_kernel(n, UNIT, lags, 4 * samples, rng=3)
    error = np.sqrt(ours.var(0) / len(ours) + theirs.var(0) / len(theirs))
    z = float(np.max(abs(ours.mean(0) - theirs.mean(0)) / error))
    return (
        "largest z of the mean kernel",
        f"{samples} dense networks, n = {n}",
        f"{z:.2f}",
        "<= 5.5",
        z <= 5.5,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7, help="rounds of which the medians are taken")
    parser.add_argument("--samples", type=int, default=100_000, help="samples drawn in bounded memory")
    parser.add_argument("--json", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    rows = [
        memory(arguments.samples),  # first, before the dense networks raise the peak
        across_widths(arguments.repeat),
        against_dense(arguments.repeat),
        agreement(),
    ]
    columns = ("what", "measured", "result", "target", "met")
    table = Table(*columns, title=f"sampler, T = {LAGS}")
    for *cells, met in rows:
        table.add_row(*cells, "yes" if met else "NO")
    Console(width=120).print(table)
    if arguments.json:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        arguments.json.write_text(json.dumps(records, indent=2) + "\n")
    return 0 if all(row[-1] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
