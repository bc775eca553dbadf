r"""Random networks: what holds for every sample, and how samples are drawn in blocks.

Where F alone spans the hidden units (n_x >= n), P is no longer random beside L and Q: ``F F^+ = I`` gives

    P_ab = L_a (n Q_00)^+ L_b',     and    Q_ab = L_a' (n P_00)^+ L_b    where C does (n_y >= n),

to rounding, for every sample and all lags.  The Grams of an isometry depend on the offset alone.

**Blocks** of 64 samples are the same whether drawn alone, among others or cut short, and no two are alike.
"""

from collections.abc import Callable
from functools import partial
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
from jaxtyping import Float

import numeric
from verify.checks.formulas import VARIANCES
from verify.checks.functions.cases import Case, Cases, Comparison
from verify.checks.functions.drawn import BLOCK

__all__ = ["COMPARISONS"]

SPANNED, SPANNED_LAGS = ((4, 12, 2), (8, 24, 1)), 10
"""n, and the dimensions of the side that spans the hidden units and of the other."""
ROUNDING, SHARP = 1e-11, 5e-15
"""What rounding leaves of the identities, relative to P or Q and the condition: ten times the most seen.
Q shows the left basis: with one pass of Gram and Schmidt for two it misses the second bound by ten times."""


def _exactly(what: Callable[[int], bool], about: str, seed: int) -> Case:
    return Case(what, (seed,), {}, lambda answer: answer is True, about)


def _gram_chunks(rng: np.random.Generator) -> Cases:
    seed = int(rng.integers(2**32))
    yield _exactly(_blocks_stand_alone, "a block drawn alone", seed)
    yield _exactly(_blocks_differ, "blocks that are alike", seed)
    yield _exactly(_seeds_differ, "seeds that are not told apart", seed)
    for n, spanning, other in SPANNED:
        yield _exactly(
            partial(_spanned_by_inputs, n, spanning, other),
            f"P where n_x={spanning} inputs span n={n}",
            seed,
        )
        yield _exactly(
            partial(_spanned_by_outputs, n, other, spanning),
            f"Q where n_y={spanning} outputs span n={n}",
            seed,
        )


def _chunks(seed: Any, samples: int, **options: Any) -> list[Any]:
    return list(numeric.gram_chunks(5, VARIANCES, 3, samples, n_x=2, rng=seed, **options))


def _isometries(rng: np.random.Generator) -> Cases:
    seed = int(rng.integers(2**32))
    for size in ((1, 1, 1), (3, 1, 1), (2, 2, 3), (8, 2, 1)):
        yield _exactly(partial(_is_isometry, *size), f"Grams of an isometry at {size}", seed)
    leaky = numeric.Leaky("1/3", VARIANCES.transition, VARIANCES.input, VARIANCES.output)
    for network in (leaky, numeric.Orthogonal("0.9", VARIANCES.input, VARIANCES.output)):
        for n, n_x, n_y in ((4, 12, 2), (3, 8, 1)):
            of_inputs = partial(_spanned_by_inputs, n, n_x, n_y, network=network)
            of_outputs = partial(_spanned_by_outputs, n, n_y, n_x, network=network, within=ROUNDING)
            yield _exactly(of_inputs, f"P where n_x={n_x} inputs span n={n}", seed)
            yield _exactly(of_outputs, f"Q where n_y={n_x} outputs span n={n}", seed)


def _is_isometry(n: int, n_x: int, n_y: int, seed: int) -> bool:
    """``Q_ab = r^(a+b) Q_{0,b-a}`` and so is P."""
    radius, lags = 0.9, 6
    network = numeric.Orthogonal(radius, VARIANCES.input, VARIANCES.output)
    (grams,) = numeric.gram_chunks(n, network, lags, BLOCK, n_x=n_x, n_y=n_y, rng=seed)
    for gram in (grams.P, grams.Q):
        size = abs(gram[:, 0, :, 0]).max(axis=(1, 2))[:, None, None]
        for a, b in combinations_with_replacement(range(lags), 2):
            error = gram[:, a, :, b] / radius ** (a + b) - gram[:, 0, :, b - a] / radius ** (b - a)
            if not (abs(error) <= ROUNDING * size).all():
                return False
    return True


def _blocks_stand_alone(seed: int) -> bool:
    whole = _chunks(seed, 3 * BLOCK + 10)
    tail, alone = _chunks(seed, BLOCK + 10, first_block=2), _chunks(seed, BLOCK, first_block=1)
    short = _chunks(seed, BLOCK + 7)
    sizes = [[len(grams.L) for grams in chunks] for chunks in (whole, tail, alone, short)]
    same = [(whole[2], tail[0]), (whole[3], tail[1]), (whole[1], alone[0]), (whole[0], short[0])]
    same.append((type(whole[1])(*(part[:7] for part in whole[1])), short[1]))
    return sizes == [[BLOCK] * 3 + [10], [BLOCK, 10], [BLOCK], [BLOCK, 7]] and all(
        np.allclose(a, b, rtol=1e-12, atol=0)
        for first, second in same
        for a, b in zip(first, second, strict=True)
    )


def _blocks_differ(seed: int) -> bool:
    """No two samples have a number in common, in one block or in two."""
    chunks = _chunks(seed, 6 * BLOCK)
    return all(
        len(np.unique(numbers)) == 6 * BLOCK
        for part in zip(*chunks, strict=True)
        for numbers in np.concatenate(part).reshape(6 * BLOCK, -1)[:, :2].T
    )


def _seeds_differ(seed: int) -> bool:
    by_int, by_sequence, other = (
        np.concatenate([grams.L for grams in _chunks(rng, BLOCK)])
        for rng in (seed, np.random.SeedSequence(seed), seed + 1)
    )
    generator = np.random.default_rng(seed)
    first, second = (_chunks(generator, 2)[0].L for _ in range(2))
    return bool((by_int == by_sequence).all() and not (by_int == other).any() and not (first == second).any())


def _spanned_by_inputs(n: int, n_x: int, n_y: int, seed: int, network: Any = VARIANCES) -> bool:
    chunks = numeric.gram_chunks(n, network, SPANNED_LAGS, 16 * BLOCK, n_x=n_x, n_y=n_y, rng=seed)
    return all(_follows(grams.P, grams.Q[:, 0, :, 0], grams.L, n, ROUNDING) for grams in chunks)


def _spanned_by_outputs(
    n: int, n_x: int, n_y: int, seed: int, network: Any = VARIANCES, within: float = SHARP
) -> bool:
    chunks = numeric.gram_chunks(n, network, SPANNED_LAGS, 16 * BLOCK, n_x=n_x, n_y=n_y, rng=seed)
    return all(_follows(grams.Q, grams.P[:, 0, :, 0], grams.L.swapaxes(2, 3), n, within) for grams in chunks)


def _follows(
    gram: Float[np.ndarray, "samples lags k lags k"],
    spanning: Float[np.ndarray, "samples d d"],
    L: Float[np.ndarray, "samples lags k d"],
    n: int,
    within: float,
) -> bool:
    """``gram_ab = L_a (n spanning)^+ L_b'``, where the rank of ``spanning`` is n."""
    values, vectors = np.linalg.eigh(spanning)
    half = np.einsum("sakd,sdr->sakr", L, vectors[:, :, -n:] / np.sqrt(n * values[:, None, -n:]))
    right = np.einsum("sakr,sblr->sakbl", half, half)
    size = np.sqrt(np.einsum("sakak->sak", gram))
    error = abs(gram - right) / (size[..., None, None] * size[:, None, None])
    worst = error.max(axis=(1, 2, 3, 4)) / (values[:, -1] / values[:, -n])
    return bool((worst <= within).all())


def _lag_kernel_chunks(rng: np.random.Generator) -> Cases:
    seed = int(rng.integers(2**32))
    yield _exactly(_chunks_are_the_sample, "chunks that are not the sample", seed)
    for size in ((4, 2, 3), (1, 1, 1), (2, 1, 2)):
        yield _exactly(partial(_kernel_of_grams, *size), f"Theta of P and Q at {size}", seed)


def _chunks_are_the_sample(seed: int) -> bool:
    samples, options = 2 * BLOCK + 5, {"n_x": 2, "rng": seed}
    draw = partial(numeric.sample_lag_kernel, 7, VARIANCES, 3, samples, **options)
    whole, (with_response, L) = draw(), draw(impulse_response=True)
    chunks = numeric.lag_kernel_chunks(7, VARIANCES, 3, samples, **options)
    tail = numeric.lag_kernel_chunks(7, VARIANCES, 3, samples - BLOCK, **options, first_block=1)
    grams = numeric.gram_chunks(7, VARIANCES, 3, samples, **options)
    pairs = [(whole, np.concatenate(list(chunks))), (whole[BLOCK:], np.concatenate(list(tail)))]
    pairs += [(whole, with_response), (L, np.concatenate([one.L for one in grams]))]
    return all(np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-12, atol=0) for a, b in pairs)


def _kernel_of_grams(n: int, n_x: int, n_y: int, seed: int, lags: int = 6) -> bool:
    """``Theta_ij = I (x) Q_ij + P_ij (x) I + sum P_ab (x) Q_{i-1-a, j-1-b}``, term by term."""
    options = {"n_x": n_x, "n_y": n_y, "rng": seed}
    (theta,) = numeric.lag_kernel_chunks(n, VARIANCES, lags, 20, **options)
    (grams,) = numeric.gram_chunks(n, VARIANCES, lags, 20, **options)
    right, terms = np.zeros_like(theta), np.zeros_like(theta)
    P, Q = grams.P.swapaxes(2, 3), grams.Q.swapaxes(2, 3)  # sample, a, b, then the matrix
    for i, j in product(range(lags), repeat=2):
        added = [(np.eye(n_y)[None], Q[:, i, j]), (P[:, i, j], np.eye(n_x)[None])]
        added += [(P[:, a, b], Q[:, i - 1 - a, j - 1 - b]) for a, b in product(range(i), range(j))]
        for left, other in added:
            term = np.einsum(
                "spq,sxy->spxqy",
                np.broadcast_to(left, (20, n_y, n_y)),
                np.broadcast_to(other, (20, n_x, n_x)),
            )
            right[:, i, :, :, j] += term
            terms[:, i, :, :, j] += abs(term)
    return bool((abs(theta - right) <= 1e-13 * terms).all())


def _sample_lag_kernel(rng: np.random.Generator) -> Cases:
    seed = int(rng.integers(2**32))
    yield _exactly(_samples_begin_alike, "fewer samples that are not the first of more", seed)
    for refused in ({"width": 0}, {"lags": 0}, {"samples": 0}, {"n_x": 0}, {"rng": -1}):
        given = {"width": 2, "variances": VARIANCES, "lags": 2, "samples": 2, "rng": seed} | refused
        yield Case(numeric.sample_lag_kernel, (), given, lambda answer: isinstance(answer, ValueError))


def _samples_begin_alike(seed: int) -> bool:
    theta, L = numeric.sample_lag_kernel(3, VARIANCES, 4, BLOCK + 9, rng=seed, impulse_response=True)
    fewer, L_fewer = numeric.sample_lag_kernel(3, VARIANCES, 4, 11, rng=seed, impulse_response=True)
    return bool(
        np.allclose(theta[:11], fewer, rtol=1e-12, atol=0)
        and np.allclose(L[:11], L_fewer, rtol=1e-12, atol=0)
    )


COMPARISONS = (
    Comparison("gram_chunks", "blocks, and P, Q and L where one side spans the hidden units", _gram_chunks),
    Comparison("gram_chunks, other networks", "isometries, and where one side spans", _isometries),
    Comparison("lag_kernel_chunks", "the sample in parts, and the sum over P and Q", _lag_kernel_chunks),
    Comparison("sample_lag_kernel", "the first of more samples", _sample_lag_kernel),
)
