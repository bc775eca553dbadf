"""The torch side of compare.py: the kernel of a plain unrolled network by torch.func.

Started by compare.py with torch's own Python.  It reads W, F, C and x from the file named first, writes
the kernel by the method named third to the file named second, and then runs once for each line of its
standard input, answering with the seconds it took.
"""

import json
import sys
import time

import numpy as np
import torch
from torch.func import jacrev, vmap

problem = {name: torch.from_numpy(array) for name, array in np.load(sys.argv[1]).items()}
x = problem.pop("x")


def network(parameters, x):
    """Outputs (T, n_y) of one sequence (T, n_x)."""
    W, F, C = parameters["W"], parameters["F"], parameters["C"]
    scale = len(W) ** -0.5
    h = torch.zeros(len(W), dtype=x.dtype)
    outputs = []
    for x_t in x:
        h = scale * (W @ h) + F @ x_t
        outputs.append(scale * (C @ h))
    return torch.stack(outputs)


def batched(parameters, x):
    """Outputs (N, T, n_y) of the sequences (N, T, n_x)."""
    W, F, C = parameters["W"], parameters["F"], parameters["C"]
    scale = len(W) ** -0.5
    h = torch.zeros(len(x), len(W), dtype=x.dtype)
    outputs = []
    for x_t in x.unbind(1):
        h = scale * (h @ W.T) + x_t @ F.T
        outputs.append(scale * (h @ C.T))
    return torch.stack(outputs, 1)


def contract(jacobian):
    """K[n, m, t, p, s, q], the sum over all parameters."""
    flat = [j.flatten(3) for j in jacobian.values()]
    return sum(torch.einsum("ntpk,msqk->nmtpsq", j, j) for j in flat)


# jacfwd would need a tangent for each of the n^2 parameters; jacrev needs one for each output.
methods = {
    "vmap(jacrev(f))": lambda: contract(vmap(jacrev(network), (None, 0))(problem, x)),
    "jacrev(f)": lambda: contract(jacrev(batched)(problem, x)),
}


def timed(method):
    start = time.perf_counter()
    kernel = method()
    return time.perf_counter() - start, kernel


method = methods[sys.argv[3]]
np.save(sys.argv[2], timed(method)[1].numpy())
print(json.dumps(f"torch {torch.__version__}"), flush=True)
for _ in sys.stdin:
    print(timed(method)[0], flush=True)
