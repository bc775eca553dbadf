"""The neural-tangents side of compare.py: the kernel of a plain network by empirical_ntk_fn.

Started by compare.py with neural-tangents' own Python; it talks as torch_side.py does.  The
method is an implementation's number and vmap_axes, and is compiled and run before it is timed.
"""

import json
import sys
import time

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402 - float64 must be on before these
import neural_tangents as nt  # noqa: E402 - likewise

problem = {name: jnp.asarray(array) for name, array in np.load(sys.argv[1]).items()}
x = problem.pop("x")


def network(parameters, x):
    """Outputs (N, T, n_y) of the sequences (N, T, n_x); lax.scan is four times faster here than unrolling."""
    W, F, C = parameters["W"], parameters["F"], parameters["C"]
    scale = len(W) ** -0.5

    def step(h, x_t):
        h = scale * (h @ W.T) + x_t @ F.T
        return h, scale * (h @ C.T)

    _, outputs = jax.lax.scan(step, jnp.zeros((len(x), len(W))), x.swapaxes(0, 1))
    return outputs.swapaxes(0, 1)


def timed(method):
    start = time.perf_counter()
    result = method().block_until_ready()
    return time.perf_counter() - start, result


implementation, vmap_axes = sys.argv[3].split(", ")
kernel = nt.empirical_ntk_fn(
    network,
    trace_axes=(),
    implementation=int(implementation),
    vmap_axes=json.loads(vmap_axes),
)
compiled = jax.jit(kernel).lower(x, None, problem).compile()
np.save(sys.argv[2], np.asarray(timed(lambda: compiled(x, None, problem))[1]))
print(json.dumps(f"neural-tangents {nt.__version__}, jax {jax.__version__}"), flush=True)
for _ in sys.stdin:
    print(timed(lambda: compiled(x, None, problem))[0], flush=True)
