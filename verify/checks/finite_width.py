"""Lag kernels of networks really drawn, against the lag weights.

At every width n the mean of ``Theta_ij`` over random networks must be ``rho_i delta_ij I`` plus what
finite width adds to it, which is known exactly (``expected_lag_kernel``) and vanishes like 1/n or faster;
and a single network must deviate from the limit by an amount that shrinks like ``n^{-1/2}``.  The variances
are unequal, so that no two terms of a formula can be mistaken for each other.

The weights also tell the three shares apart.  Without an output matrix (C = 0) only the readout is left to
train and ``Theta_ii = Q_ii -> nu_F nu_W^i``, the formula at nu_C = 0; without an input matrix only F is.  So
a formula whose terms are swapped is caught, although rho is symmetric in nu_C and nu_F.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from derivations.closed_forms import lag_weight
from numeric import Variances
from numeric.finite_width import lag_kernel
from verify.checks.formulas import LagWeight, claimed_weights, finite_width_correction
from verify.networks import sample
from verify.statistics import LEVEL, Verdict, mean_verdict, pool, slope_verdict, summarise

__all__ = ["VARIANCES", "check"]

VARIANCES = Variances("0.6", "0.8", "1.7")
WIDTHS = (64, 256, 1024)
SLOPE_LAGS, SLOPE_MARGIN = 4, 0.05


def _blocks(
    theta: Float[np.ndarray, "lags n_y n_x lags n_y n_x"],
) -> Float[np.ndarray, "2 lags lags"]:
    """Means of every block's entries on and off the identity of the n_y n_x pairs (output, input)."""
    lags, n_y, n_x = theta.shape[:3]
    size = n_y * n_x
    blocks = theta.reshape(lags, size, lags, size)
    on = np.trace(blocks, axis1=1, axis2=3)
    off = blocks.sum(axis=(1, 3)) - on
    return np.array([on / size, off / max(1, size * (size - 1))])


def check(
    seed: int = 0,
    weight: LagWeight = lag_weight,
    *,
    widths: tuple[int, ...] = WIDTHS,
    lags: int = 8,
    effort: int = 2**18,
    level: float = LEVEL,
) -> Iterator[Verdict]:
    """Draw ``effort / n`` networks at each width n and test mean, block structure, shares and slope."""
    key, n_x, n_y = (seed, "finite-width"), 4, 4
    upper = np.triu_indices(lags)  # Theta is symmetric: test each number once
    claimed = claimed_weights(weight, VARIANCES, lags)
    limit = np.diag(claimed)[upper]

    def summary_of(
        W: Float[np.ndarray, "n n"], F: Float[np.ndarray, "n n_x"], C: Float[np.ndarray, "n_y n"]
    ) -> Float[np.ndarray, " statistics"]:
        theta = lag_kernel(W, F, C, lags)
        on, off = _blocks(theta)
        single = np.einsum("ipxipx->pxi", theta[:SLOPE_LAGS, :, :, :SLOPE_LAGS])
        square = np.mean((single / claimed[:SLOPE_LAGS] - 1) ** 2)
        return np.concatenate([on[upper], off[upper], [square]])

    summaries, corrections = [], []
    for width in widths:
        draws = sample(summary_of, key, max(32, effort // width), width, VARIANCES, n_x, n_y)
        summaries.append(summarise(draws))
        corrections.append(finite_width_correction(width, VARIANCES, lags)[upper])
    entries = limit.size
    for width, summary, correction in zip(widths, summaries, corrections, strict=True):
        name = f"mean at n={width}"
        detail = f"{summary.count} networks, lags 0 to {lags - 1}"
        yield mean_verdict(
            "finite-width", name, summary[:entries], limit + correction, detail=detail, level=level
        )
    expected = [limit + correction for correction in corrections]
    on = [summary[:entries] for summary in summaries]
    yield mean_verdict("finite-width", "mean, all widths", *pool(on, expected), level=level)
    off = [summary[entries:-1] for summary in summaries]
    detail = "different outputs or inputs do not couple"
    yield mean_verdict(
        "finite-width", "identity blocks", *pool(off, [0 * limit] * len(off)), detail=detail, level=level
    )
    yield from _shares(seed, weight, widths[0], lags, effort, level)
    squares = [summary[-1] for summary in summaries]
    name = f"deviation, lags 0 to {SLOPE_LAGS - 1}"
    yield slope_verdict("finite-width", name, widths, squares, slope=-0.5, margin=SLOPE_MARGIN, level=level)


def _shares(
    seed: int, weight: LagWeight, width: int, lags: int, effort: int, level: float
) -> Iterator[Verdict]:
    """The readout's share is the formula at nu_C = 0, the input matrix's the formula at nu_F = 0."""
    w, f, c = VARIANCES.transition, VARIANCES.input, VARIANCES.output
    for share, variances in {"readout": Variances(w, f, 0), "input": Variances(w, 0, c)}.items():
        expected = claimed_weights(weight, variances, lags)
        expected = expected + np.diagonal(finite_width_correction(width, variances, lags))
        draws = sample(
            lambda W, F, C: np.diagonal(_blocks(lag_kernel(W, F, C, lags))[0]),
            (seed, f"share {share}"),
            max(32, effort // width // 2),
            width,
            variances,
            4,
            4,
        )
        yield mean_verdict(
            "finite-width", f"{share} share at n={width}", summarise(draws), expected, level=level
        )
