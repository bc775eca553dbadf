"""The lag-kernel identity against a Jacobian computed another way, at small widths.

The network is unrolled on unit impulses and every parameter in turn gets an imaginary part h = 1e-100.
L is a polynomial in the parameters, so the imaginary part of the response over h is its derivative to
rounding: the next term is h^2 times smaller.  Contracting this Jacobian with itself is the definition of
the lag kernel.
"""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Complex, Float

from numeric import Variances
from numeric.finite_width import lag_kernel
from verify.counting import Watch, counted, unwatched
from verify.networks import draw, stream
from verify.statistics import Verdict, exact_verdict

__all__ = ["check", "complex_step_jacobian"]

STEP = 1e-100
SIZES = ((1, 1, 1), (4, 2, 3), (5, 3, 1), (7, 1, 2))  # n, n_x, n_y


def _unrolled(
    W: Complex[np.ndarray, "n n"], F: Complex[np.ndarray, "n n_x"], C: Complex[np.ndarray, "n_y n"], lags: int
) -> Complex[np.ndarray, "lags n_y n_x"]:
    """The outputs y_0 ... y_{lags-1} of the recursion for a unit impulse on each input."""
    root, outputs = len(W) ** 0.5, []
    h = F  # h_0 for the impulse x_0 = e_k is the k-th column of F
    for _ in range(lags):
        outputs.append(C @ h / root)
        h = W @ h / root
    return np.array(outputs)


def complex_step_jacobian(
    W: Float[np.ndarray, "n n"], F: Float[np.ndarray, "n n_x"], C: Float[np.ndarray, "n_y n"], lags: int
) -> Float[np.ndarray, "parameters lags n_y n_x"]:
    """The derivatives of the impulse response by every entry of W, F and C, in this order.

    One run of the network a parameter.

    >>> complex_step_jacobian(np.array([[3.0]]), np.array([[5.0]]), np.array([[2.0]]), 2)[:, :, 0, 0]
    array([[ 0., 10.],
           [ 2.,  6.],
           [ 5., 15.]])
    """
    rows = []
    for which in range(3):
        for place in np.ndindex((W, F, C)[which].shape):
            moved = [matrix.astype(complex) for matrix in (W, F, C)]
            moved[which][place] += 1j * STEP
            rows.append(_unrolled(moved[0], moved[1], moved[2], lags).imag / STEP)
    return np.array(rows)


def check(
    seed: int = 0,
    kernel: Callable[..., Float[np.ndarray, "..."]] = lag_kernel,
    lags: int = 6,
    *,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Compare at several sizes; the statistic is the greatest error over the greatest entry."""
    for width, n_x, n_y in counted(SIZES, watch(len(SIZES), "networks")):
        rng = stream(seed, "jacobian", width, n_x, n_y)
        W, F, C = draw(rng, width, Variances("0.6", "0.8", "1.7"), n_x, n_y)
        jacobian = complex_step_jacobian(W, F, C, lags)
        contracted = np.tensordot(jacobian, jacobian, axes=(0, 0))
        error = abs(kernel(W, F, C, lags) - contracted).max() / abs(contracted).max()
        parameters = len(jacobian)
        yield exact_verdict(
            "jacobian",
            f"n={width} n_x={n_x} n_y={n_y}",
            float(error),
            8 * lags * parameters * float(np.finfo(float).eps),
            detail=f"relative error, {parameters} parameters, {lags} lags",
        )
