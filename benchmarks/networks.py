"""What kernels of sequences cost for other networks, as ratios to the textbook network's in one run.

    python benchmarks/networks.py [--rounds 9] [--json FILE]

Each network takes turns with ``Variances`` (A B A B) on the same sequences, in float64; medians of processor
time, of all threads, since the machine may have other work.  Exit status 1 if a ratio with a target misses
it: D dense layers, whose limit has 2 D poles where that of one has 2, cost at most D times as much.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from numeric import Biased, Diagonal, Leaky, Orthogonal, Ring, Stack, Variances, nngp, ntk

SHAPES = ((64, 64, 16), (16, 256, 4), (1, 1024, 1))
"""N = M, T = S and n_x."""
EIGENVALUES = np.linspace(0.5, 0.99, 8) * np.exp(1j * np.linspace(0, 3, 8))
NETWORKS: dict[str, tuple[Any, float | None]] = {
    "Orthogonal": (Orthogonal("0.9"), 1.1),
    "2 dense layers": (Stack([Variances("0.5"), Variances("0.25")]), 2),
    "5 dense layers": (Stack([Variances(f"0.{k}") for k in range(3, 8)]), 5),
    "Leaky": (Leaky("0.5", "0.25"), None),
    "Leaky on a dense layer": (Stack([Variances("0.5"), Leaky("0.5", "0.25")]), None),
    "Ring": (Diagonal(Ring("0.4", "0.99")), None),
    "8 eigenvalues": (Diagonal(EIGENVALUES), None),
    "Leaky with biases": (Biased(Leaky("0.5", "0.25"), hidden=1, readout=1, initial=1), None),
}
HOW: dict[str, dict[str, Any]] = {"whole": {}, "last": {"last_only": True}, "mean": {"pool": "mean"}}


def seconds(function: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def medians(rounds: int, *functions: Callable[[], Any]) -> list[float]:
    """Of each function's times, in turns."""
    times = [[seconds(function) for function in functions] for _ in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Kernels of sequences of networks, against Variances")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = []
    for (N, T, n_x), (how, asked) in ((shape, one) for shape in SHAPES for one in HOW.items()):
        x = rng.standard_normal((N, T, n_x))
        dense = Variances("0.9")
        contenders = [
            partial(function, x, variances=network, **asked)
            for function, network in (
                (ntk, dense),
                (nngp, dense),
                *((ntk, network) for network, _ in NETWORKS.values()),
            )
        ]
        ours, *others = medians(options.rounds, *contenders)
        targets = [None, *(target if how == "whole" else None for _, target in NETWORKS.values())]
        for name, theirs, target in zip(("NNGP", *NETWORKS), others, targets, strict=True):
            rows.append(
                {
                    "network": name,
                    "N": N,
                    "T": T,
                    "n_x": n_x,
                    "how": how,
                    "variances": ours,
                    "seconds": theirs,
                    "ratio": theirs / ours,
                    "target": target,
                }
            )
    shown = Table("network", *(f"N={N} T={T} n_x={n_x} {how}" for N, T, n_x in SHAPES for how in HOW))
    shown.add_row("Variances, ms", *(f"{row['variances'] * 1e3:.3g}" for row in rows[:: 1 + len(NETWORKS)]))
    for name in ("NNGP", *NETWORKS):
        shown.add_row(name, *(f"{row['ratio']:.2f}" for row in rows if row["network"] == name))
    Console(width=200).print(shown)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))
    return int(any(row["target"] and row["ratio"] > row["target"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
