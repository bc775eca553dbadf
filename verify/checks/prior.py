"""Impulse responses of networks really drawn, against their Gaussian limit.

As n grows, L_0, L_1, ... tend to independent Gaussians, L_j of variance nu_C nu_F nu_W^j.  Tested are

* the variances, and the correlations of different lags, at a moderate width.  Given W and F, L is exactly
  Gaussian with ``E L_i L_j' = nu_C E Q_ij``, so the exact finite-width mean is nu_C times the readout's share
  of the expected lag kernel, the only thing that is granted to the claim;
* the joint law at a large width: in random directions, the standardised lags are standard Gaussian (Cramér
  and Wold: Gaussian in all directions is jointly Gaussian, of covariance 1 is independent).  A single
  network's L is a Gaussian whose variance fluctuates by ``2 (j+1) / n`` (relative, squared), which changes
  its distribution function by at most ``0.14 (j+1) / n`` (fourth cumulant over 24, times max
  |He_3 phi| = 0.55), the allowance.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from numeric import Variances
from numeric.finite_width import impulse_response
from verify.checks.formulas import VARIANCES, finite_width_correction, textbook_variance
from verify.counting import Watch, counted, unwatched
from verify.networks import sample, stream
from verify.statistics import LEVEL, Verdict, distribution_verdict, mean_verdict, summarise

__all__ = ["check"]

DIRECTIONS = 4


def check(
    seed: int = 0,
    variance: Callable[[int, Any, Any, Any], Any] = textbook_variance,
    *,
    lags: int = 8,
    width: int = 64,
    networks: int = 4096,
    large_width: int = 256,
    large_networks: int = 2048,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test variance and correlation at ``width``, the joint law at ``large_width``."""
    w, f, c = VARIANCES.transition, VARIANCES.input, VARIANCES.output
    claimed = np.array([float(variance(j, w, f, c)) for j in range(lags)])
    upper = np.triu_indices(lags)

    def products(W: Any, F: Any, C: Any) -> Float[np.ndarray, " pairs"]:
        L = impulse_response(W, F, C, lags)
        gram: np.ndarray = np.einsum("ikl,jkl->ij", L, L) / L[0].size
        return gram[upper]

    advance = watch(networks + large_networks, "networks")
    drawn = sample(products, (seed, "prior products"), networks, width, VARIANCES, 4, 4)
    summary = summarise(counted(drawn, advance))
    readout = Variances(w, f, 0)
    granted = float(c) * finite_width_correction(width, readout, lags)[upper]
    same = upper[0] == upper[1]
    detail = f"{networks} networks of width {width}"
    yield mean_verdict(
        "prior", "variances", summary[same], claimed + granted[same], detail=detail, level=level
    )
    yield mean_verdict("prior", "correlations", summary[~same], granted[~same], detail=detail, level=level)

    large = sample(
        lambda W, F, C: impulse_response(W, F, C, lags)[:, 0, 0],
        (seed, "prior law"),
        large_networks,
        large_width,
        VARIANCES,
    )
    responses = np.array(list(counted(large, advance)))
    directions = np.vstack([np.eye(lags), stream(seed, "directions").standard_normal((DIRECTIONS, lags))])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    projections = responses / np.sqrt(claimed) @ directions.T
    from scipy.special import ndtr

    names = [f"lag {j}" for j in range(lags)] + [f"direction {d}" for d in range(DIRECTIONS)]
    for name, projection in zip(names, projections.T, strict=True):
        yield distribution_verdict(
            "prior",
            f"Gaussian, {name}",
            projection,
            ndtr,
            allowance=0.14 * lags / large_width,
            detail=f"{large_networks} networks of width {large_width}",
            level=level,
        )
