"""Lag kernels of random networks of every width, against the lag weights and the laws of finite width.

The samples have exactly the law that networks of their width have, and cost the same at any (the check
``sampler`` compares them with networks really drawn).  At every width n the mean of ``Theta_ij`` must be
``rho_i delta_ij`` plus what finite width adds to it, known exactly (``expected_lag_kernel``): small widths
try what is added, large ones the weights, as the fluctuation falls like ``n^{-1/2}``.  A weight wrong by a
part in a million shows.

Times n, the covariances of the entries must tend to the covariance law.  They are tried from n = 10^6 on:
the next order is a fraction of at most (i+j+1)^2 / n of the law (``exact_variance``, up to lags 2 and 4), so
about 10^-4 there, where the samples' error is 10^-2.

The variances are unequal, so that no two terms of a formula can be mistaken for each other.  The weights also
tell the three shares apart.  Without an output matrix (C = 0) only the readout is left to train and
``Theta_ii = Q_ii -> nu_F nu_W^i``, the formula at nu_C = 0; without an input matrix only F is.  So a formula
whose terms are swapped is caught, although rho is symmetric in nu_C and nu_F.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from jaxtyping import Float

from derivations import finite_width_forms
from numeric import Variances, lag_kernel_chunks
from verify.checks.formulas import (
    VARIANCES,
    LagWeight,
    claimed_weights,
    finite_width_correction,
    textbook_weight,
    written,
)
from verify.counting import Advance, Watch, counted, unwatched
from verify.networks import seed_sequence
from verify.statistics import LEVEL, Summary, Verdict, mean_verdict, pool, summarise_blocks

__all__ = ["check"]

LAGS = {2: 2, 8: 3, 16: 5, 64: 8, 1000: 8, 10**6: 8, 10**9: 8, 10**12: 8}
"""Widths, and how many lags are tried: later ones are too skewed for Student's law at small widths."""
LAW_WIDTHS = (10**6, 10**9, 10**12)
BLOCK_SAMPLES, SHARE_SAMPLES = 2**12, 2**10

Correction = Callable[[int, Variances, int], Float[np.ndarray, "..."]]
Covariance = Callable[..., Any]


def check(
    seed: int = 0,
    weight: LagWeight = textbook_weight,
    correction: Correction = finite_width_correction,
    covariance: Covariance = finite_width_forms.covariance,
    *,
    samples: int = 2**14,
    level: float = LEVEL,
    watch: Watch = unwatched,
) -> Iterator[Verdict]:
    """Test means at every width, then variances and covariances, block structure and shares."""
    advance = watch(len(LAGS) * samples + BLOCK_SAMPLES + 2 * SHARE_SAMPLES, "networks")
    products = []
    for width, lags in LAGS.items():
        upper = np.triu_indices(lags)  # Theta is symmetric: test each number once
        exact, claimed = (
            (np.diag(claimed_weights(rho, VARIANCES, lags)) + added(width, VARIANCES, lags))[upper]
            for rho, added in ((textbook_weight, finite_width_correction), (weight, correction))
        )
        rng = seed_sequence(seed, "finite-width", width)
        chunks = counted(lag_kernel_chunks(width, VARIANCES, lags, samples, rng=rng), advance, len)
        entries: Iterator[np.ndarray] = (_entries(theta)[:, *upper] for theta in chunks)
        if width in LAW_WIDTHS:
            entries = map(partial(_with_products, width, exact), entries)
        summary = summarise_blocks(entries)
        products.append(summary[exact.size :])
        name, detail = f"mean at n={written(width)}", f"{samples} networks, lags 0 to {lags - 1}"
        means = summary[: exact.size]
        yield mean_verdict("finite-width", name, means, claimed, detail=detail, level=level)
    yield from _laws(products[-len(LAW_WIDTHS) :], covariance, level)
    yield from _blocks(seed, level, advance)
    yield from _shares(seed, weight, level, advance)


def _entries(theta: Float[np.ndarray, "chunk lags 1 1 lags 1 1"]) -> Float[np.ndarray, "chunk lags lags"]:
    return theta[:, :, 0, 0, :, 0, 0]


def _with_products(
    width: int, mean: Float[np.ndarray, " entries"], values: Float[np.ndarray, "chunk entries"]
) -> Float[np.ndarray, "chunk numbers"]:
    """The entries, and n times the products of the deviations of any two."""
    deviations = np.sqrt(width) * (values - mean)
    first, second = np.triu_indices(mean.size)
    return np.concatenate((values, deviations[:, first] * deviations[:, second]), axis=1)


def _laws(products: list[Summary], covariance: Covariance, level: float) -> Iterator[Verdict]:
    """Variances at each large width; all covariances, these widths together."""
    w, f, c = VARIANCES.transition, VARIANCES.input, VARIANCES.output
    lags = LAGS[LAW_WIDTHS[0]]
    entries = list(combinations_with_replacement(range(lags), 2))
    pairs = list(combinations_with_replacement(entries, 2))
    law = np.array([float(covariance(*first, *second, w, f, c)) for first, second in pairs])
    same = np.array([first == second for first, second in pairs])
    for width, summary in zip(LAW_WIDTHS, products, strict=True):
        detail = f"{len(entries)} entries, lags 0 to {lags - 1}"
        name = f"variances at n={written(width)}"
        yield mean_verdict("finite-width", name, summary[same], law[same], detail=detail, level=level)
    pooled, zero = pool(products, [law] * len(products))
    name, detail = f"covariances from n={written(LAW_WIDTHS[0])} on", f"{law.size} pairs of entries"
    yield mean_verdict("finite-width", name, pooled, zero, detail=detail, level=level)


def _blocks(seed: int, level: float, advance: Advance, width: int = 100, lags: int = 6) -> Iterator[Verdict]:
    """Theta_ij is a multiple of the identity in the mean: different outputs or inputs do not couple."""
    n_x, n_y = 2, 2
    off = ~np.eye(n_y * n_x, dtype=bool)

    def couplings(theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "chunk numbers"]:
        blocks = theta.reshape(len(theta), lags, n_y * n_x, lags, n_y * n_x).swapaxes(2, 3)
        return blocks[..., off].reshape(len(theta), -1)

    chunks = lag_kernel_chunks(
        width, VARIANCES, lags, BLOCK_SAMPLES, n_x=n_x, n_y=n_y, rng=seed_sequence(seed, "blocks")
    )
    summary = summarise_blocks(map(couplings, counted(chunks, advance, len)))
    detail = "different outputs or inputs do not couple"
    yield mean_verdict(
        "finite-width", f"identity blocks at n={written(width)}", summary, 0.0, detail=detail, level=level
    )


def _shares(
    seed: int, weight: LagWeight, level: float, advance: Advance, width: int = 10**12, lags: int = 8
) -> Iterator[Verdict]:
    """The readout's share is the formula at nu_C = 0, the input matrix's the formula at nu_F = 0."""
    w, f, c = VARIANCES.transition, VARIANCES.input, VARIANCES.output
    for share, variances in {"readout": Variances(w, f, 0), "input": Variances(w, 0, c)}.items():
        expected = claimed_weights(weight, variances, lags)
        expected = expected + np.diagonal(finite_width_correction(width, variances, lags))
        rng = seed_sequence(seed, f"share {share}")
        chunks = counted(lag_kernel_chunks(width, variances, lags, SHARE_SAMPLES, rng=rng), advance, len)
        summary = summarise_blocks(np.diagonal(_entries(theta), axis1=1, axis2=2) for theta in chunks)
        yield mean_verdict(
            "finite-width", f"{share} share at n={written(width)}", summary, expected, level=level
        )
