"""Lag kernels of networks really drawn, W, F and C, at several widths, against the lag weights.

The plainest confrontation there is, without the sampler that the check ``finite-width`` rests on.  At every
width n the mean of ``Theta_ij`` over random networks must be ``rho_i delta_ij I`` plus what finite width adds
to it, which is known exactly; and a single network must deviate from the limit by an amount that shrinks like
``n^{-1/2}``: the squared relative deviation of the first lags, whose next order in 1/n moves the fitted
exponent by about 0.01 from width 64 on, within the margin.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from numeric import lag_kernel
from verify.checks.formulas import (
    VARIANCES,
    LagWeight,
    claimed_weights,
    finite_width_correction,
    textbook_weight,
)
from verify.counting import Watch, counted, unwatched
from verify.networks import sample
from verify.statistics import LEVEL, Verdict, mean_verdict, pool, slope_verdict, summarise

__all__ = ["check"]

WIDTHS = (64, 256, 1024)
LAGS, SLOPE_LAGS, SLOPE_MARGIN = 8, 4, 0.05
N_X = N_Y = 4


def check(
    seed: int = 0,
    weight: LagWeight = textbook_weight,
    *,
    effort: int = 2**16,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Draw ``effort / n`` networks at each width n, at least 64; test the means and the exponent."""
    upper = np.triu_indices(LAGS)  # Theta is symmetric: test each number once
    claimed = claimed_weights(weight, VARIANCES, LAGS)

    def measured(
        W: Float[np.ndarray, "n n"], F: Float[np.ndarray, "n n_x"], C: Float[np.ndarray, "n_y n"]
    ) -> Float[np.ndarray, " numbers"]:
        """The mean of each block's diagonal, and the mean square deviation of single entries."""
        diagonals = np.einsum("ipxjpx->pxij", lag_kernel(W, F, C, LAGS))
        single = np.einsum("pxii->pxi", diagonals)[..., :SLOPE_LAGS]
        square = np.mean((single / claimed[:SLOPE_LAGS] - 1) ** 2)
        return np.append(diagonals.mean(axis=(0, 1))[upper], square)

    means, squares, expected = [], [], []
    counts = {width: max(64, effort // width) for width in WIDTHS}
    advance = watch(sum(counts.values()), "networks")
    for width, networks in counts.items():
        drawn = sample(measured, (seed, "dense"), networks, width, VARIANCES, N_X, N_Y)
        summary = summarise(counted(drawn, advance))
        means.append(summary[:-1])
        squares.append(summary[-1])
        limit = np.diag(claimed) + finite_width_correction(width, VARIANCES, LAGS)
        expected.append(limit[upper])
        detail = f"{networks} networks, lags 0 to {LAGS - 1}"
        yield mean_verdict("dense", f"mean at n={width}", means[-1], expected[-1], detail=detail, level=level)
    yield mean_verdict("dense", "mean, all widths", *pool(means, expected), level=level)
    name = f"deviation, lags 0 to {SLOPE_LAGS - 1}"
    yield slope_verdict("dense", name, WIDTHS, squares, slope=-0.5, margin=SLOPE_MARGIN, root=2, level=level)
