r"""Random networks: the joint law of the lag Grams P and Q and the impulse response L, and their blocks.

**Independent numbers.** Take one column f of F, one row c of C, and the chain ``u_a = n^(-a/2) W^a f``.
Its Gram ``Q = R'R`` (Cholesky) reveals W in the orthonormal basis E that Gram and Schmidt make of the
chain: ``H = R[:, 1:] R[:, :-1]^-1`` is E'W E / sqrt(n), of Hessenberg form, and ``z = R'^-1 L`` is c along
E.  W is Gaussian, and each new direction depends only on what W has done before.  So, at every width n,
exactly and independently,

    n R_00^2 / nu_F ~ chi^2_n,     n H_{k+1,k}^2 / nu_W ~ chi^2_{n-k-1},
    sqrt(n / nu_W) H_ik ~ N(0, 1) for i <= k,     z_k / sqrt(nu_C) ~ N(0, 1),

and no direction is left after n of them.  Their distribution functions make all of them uniform on (0, 1):
which is the joint law of Q and L, whole.  P with L is the same with the roles of F and C, W and W'
exchanged.  Tested are the means of Legendre polynomials of each number and of products of two, also of two
in different blocks.  They are bounded by 1, so that Student's law is good.

**P and Q together** share W beyond what L tells.  Where F alone spans the hidden units (n_x >= n) it is no
longer random: ``F F^+ = I`` gives

    P_ab = L_a (n Q_00)^+ L_b',     and    Q_ab = L_a' (n P_00)^+ L_b    where C does (n_y >= n),

to rounding, for every sample and all lags.  For wider networks E[P_ab Q_cd] and E[L_i L_j Theta_kl] are
exact polynomials in 1/n (:func:`derivations.moment`), with which the means of many networks are compared.

**Other networks.**  With ``M = decay + n^{-1/2} W`` the binomial theorem takes the chains of M to those of
n^{-1/2} W, whose numbers are tested.  With ``M = r O`` the Grams depend on the offset alone, ``Q_ab =
r^(a+b) q_{b-a}``, and for a column f of F that is N(0, nu_F) and independent of O, ``2 k <= n``, k > 0,

    E q_k = nu_F E tr O^k / n = nu_F [2 | k] / n,
    E q_k^2 = nu_F^2 (E (tr O^k)^2 + E tr O^{2k} + n)/n^2 = nu_F^2 (k + [2 | k] + 1 + n)/n^2

(P. Diaconis and M. Shahshahani, "On the eigenvalues of random matrices", 1994).

**Blocks** of 64 samples are the same whether drawn alone, among others or cut short, and no two are alike.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import combinations, combinations_with_replacement, product
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.polynomial.legendre import legval

import derivations
import numeric
from verify.checks.formulas import VARIANCES, written
from verify.checks.functions.cases import Case, Cases, Comparison, outcome
from verify.checks.functions.finite import theta_terms, word
from verify.networks import seed_sequence
from verify.statistics import LEVEL, Verdict, mean_verdict, summarise_blocks

__all__ = ["COMPARISONS", "SIZES", "gram_moments", "kernel_moments", "laws"]

LAGS = 5
SIZES = ((1, 1, 1), (3, 1, 1), (8, 1, 1), (6, 2, 2), (10**6, 1, 1))
"""n, n_x and n_y at which the independent numbers are drawn."""
BETWEEN = (8, 1, 1)
"""Where they are compared across blocks."""
SAMPLES, BLOCKS = 2**12, 2**10
MOMENT_LAGS = 3
GRAM_MOMENTS, KERNEL_MOMENTS = (24, 2**14), (128, 2**15)
"""Width and samples, at which these means are no more skewed than :mod:`verify.statistics` allows."""
LEAKY, ORTHOGONAL, ORTHOGONAL_SAMPLES = (8, Fraction(1, 2)), (8, Fraction(2, 3)), 2**15
"""Width and decay, and width and radius; the width is at least twice the last lag, and skewness asks for so
many samples."""
BLOCK = 64
"""Samples in a block, as :func:`numeric.gram_chunks` promises."""
SPANNED, SPANNED_LAGS = ((4, 12, 2), (8, 24, 1)), 10
"""n, and the dimensions of the side that spans the hidden units and of the other."""
ROUNDING, SHARP = 1e-11, 5e-15
"""What rounding leaves of the identities, relative to P or Q and the condition: ten times the most seen.
Q shows the left basis: with one pass of Gram and Schmidt for two it misses the second bound by ten times."""

Numbers = Float[np.ndarray, "samples numbers"]
Products = Float[np.ndarray, "pairs products"]


def independent_numbers(
    gram: Float[np.ndarray, "samples lags lags"],
    L: Float[np.ndarray, "samples lags"],
    width: int,
    step: float,
    start: float,
    other: float,
) -> Numbers:
    """The numbers that are independent and uniform: those of H, row by row of the docstring, then those of z.

    ``step`` is nu_W, ``start`` the variance of the chain's first vector and ``other`` that of the other side.
    """
    from scipy.special import gammainc, ndtr

    lags = gram.shape[1]
    rank = min(width, lags)
    lower = np.linalg.cholesky(gram[:, :rank, :rank])  # R'
    R = np.linalg.solve(lower, gram[:, :rank])  # with the columns beyond the rank
    z = np.linalg.solve(lower, L[:, :rank, None])[..., 0] / other**0.5
    steps = min(rank, lags - 1)
    H = R[:, :, 1 : steps + 1] @ np.linalg.inv(R[:, :steps, :steps] if steps < rank else R[:, :, :rank])
    H = H * (width / step) ** 0.5
    above = [ndtr(H[:, i, k]) for k in range(steps) for i in range(min(k + 1, rank))]
    below = [gammainc((width - k - 1) / 2, H[:, k + 1, k] ** 2 / 2) for k in range(min(steps, rank - 1))]
    first = gammainc(width / 2, width * gram[:, 0, 0] / start / 2)
    return np.stack([first, *below, *above, *ndtr(z).T], axis=1)


def undamped(grams: Any, decay: Fraction) -> Any:
    """P, Q and L of ``M - decay`` in the place of M."""
    lags = grams.L.shape[1]
    B = np.array(
        [[comb(i, k) * float(-decay) ** (i - k) if k <= i else 0.0 for k in range(lags)] for i in range(lags)]
    )
    P, Q = (np.einsum("ia,sakbl,jb->sikjl", B, gram, B) for gram in (grams.P, grams.Q))
    return type(grams)(P, Q, np.einsum("ia,sakl->sikl", B, grams.L))


def _of_both(grams: Any, width: int) -> list[Numbers]:
    """Of the last column of F and every row of C, and the other way round."""
    w, f, c = (float(x) for x in (VARIANCES.transition, VARIANCES.input, VARIANCES.output))
    P, Q, L = grams.P[:, :, -1, :, -1], grams.Q[:, :, -1, :, -1], grams.L
    of_Q = independent_numbers(Q, L[:, :, 0, -1], width, w, f, c)
    of_P = independent_numbers(P, L[:, :, -1, 0], width, w, c, f)
    return [of_Q, of_P]


def products(numbers: Numbers) -> Products:
    """Legendre polynomials of each number, to degree 4, and products of any two numbers: all of mean 0."""
    x = 2 * numbers - 1
    each = [legval(x, [0] * degree + [1]) for degree in (1, 2, 3, 4)]
    pairs = [x[:, i] * x[:, j] for i, j in combinations(range(x.shape[1]), 2)]
    return np.column_stack([*each, *pairs])


def named(width: int, n_x: int, n_y: int) -> str:
    """A verdict's name."""
    return f"gram_chunks, n={written(width)} n_x={n_x} n_y={n_y}"


def laws(
    check: str, seed: int, *, sizes: tuple[tuple[int, int, int], ...] = SIZES, level: float = LEVEL
) -> Iterator[Verdict]:
    """The random verdicts."""
    for width, n_x, n_y in sizes:
        name = named(width, n_x, n_y)
        sides = outcome(_sides, seed, width, n_x, n_y)
        if isinstance(sides, Exception):
            yield Verdict(check, name, False, 0.0, 0.0, level, repr(sides))
            continue
        detail = f"{SAMPLES} networks, {sides[0].shape[1]} numbers of Q and L, as many of P and L"
        whole = summarise_blocks([np.concatenate([products(side) for side in sides], axis=1)])
        yield mean_verdict(check, name, whole, 0.0, detail=detail, level=level)
        if (width, n_x, n_y) == BETWEEN:
            detail = "a network of one block and its like in the next are independent"
            across = summarise_blocks([_across(np.concatenate(sides, axis=1))])
            yield mean_verdict(check, "gram_chunks, two blocks", across, 0.0, detail=detail, level=level)
            yield _first_of_blocks(check, seed, level)
    yield from _moments(check, seed, level)
    yield from _other_networks(check, seed, level)


def _sides(seed: int, width: int, n_x: int, n_y: int) -> list[Numbers]:
    """The numbers of all samples, those of Q and L and those of P and L."""
    rng = seed_sequence(seed, "functions", "gram_chunks", width, n_x, n_y)
    chunks = numeric.gram_chunks(width, VARIANCES, LAGS, SAMPLES, n_x=n_x, n_y=n_y, rng=rng)
    sides = zip(*(_of_both(grams, width) for grams in chunks), strict=True)
    return [np.concatenate(side) for side in sides]


def _first_of_blocks(check: str, seed: int, level: float) -> Verdict:
    """The first network of every block: were two of its streams one, they would run side by side here."""
    width, n_x, n_y = BETWEEN
    rng = seed_sequence(seed, "functions", "first of blocks")
    firsts = [
        _of_both(
            next(numeric.gram_chunks(width, VARIANCES, LAGS, 1, n_x=n_x, n_y=n_y, rng=rng, first_block=k)),
            width,
        )
        for k in range(BLOCKS)
    ]
    sides = [np.concatenate(side) for side in zip(*firsts, strict=True)]
    draws = np.concatenate([products(side) for side in sides], axis=1)
    name, detail = "gram_chunks, first of a block", f"{BLOCKS} blocks"
    return mean_verdict(check, name, summarise_blocks([draws]), 0.0, detail=detail, level=level)


def _across(numbers: Numbers) -> Products:
    """Products of the numbers of the networks at one place of two blocks."""
    blocks = (2 * numbers - 1).reshape(-1, 2, BLOCK, numbers.shape[1])
    across: np.ndarray = (blocks[:, 0] * blocks[:, 1]).reshape(-1, numbers.shape[1])
    return across


def _moments(check: str, seed: int, level: float) -> Iterator[Verdict]:
    for function, name, measured in (
        ("gram_chunks", "E[P Q]", gram_moments),
        ("sample_lag_kernel", "E[L L Theta]", kernel_moments),
    ):
        found = outcome(measured, seed_sequence(seed, "functions", function, "moments"))
        if isinstance(found, Exception):
            yield Verdict(check, f"{function}, {name}", False, 0.0, 0.0, level, repr(found))
        else:
            draws, exact, detail = found
            name = f"{function}, {name}"
            expected = np.array([float(x) for x in exact])
            yield mean_verdict(check, name, summarise_blocks([draws]), expected, detail=detail, level=level)


def _other_networks(check: str, seed: int, level: float) -> Iterator[Verdict]:
    for name, measured in (("leaky", leaky_numbers), ("orthogonal", orthogonal_moments)):
        name = f"gram_chunks, {name}"
        found = outcome(measured, seed_sequence(seed, "functions", name))
        if isinstance(found, Exception):
            yield Verdict(check, name, False, 0.0, 0.0, level, repr(found))
        else:
            draws, expected, detail = found
            yield mean_verdict(check, name, summarise_blocks([draws]), expected, detail=detail, level=level)


def leaky_numbers(rng: np.random.SeedSequence) -> tuple[Numbers, Any, str]:
    """The independent numbers of the dense network that leaks, and their means."""
    width, decay, of = LEAKY[0], LEAKY[1], VARIANCES
    leaky = numeric.Leaky(decay, of.transition, of.input, of.output)
    chunks = numeric.gram_chunks(width, leaky, LAGS, SAMPLES, rng=rng)
    sides = zip(*(_of_both(undamped(grams, decay), width) for grams in chunks), strict=True)
    draws = np.concatenate([products(np.concatenate(side)) for side in sides], axis=1)
    return draws, 0.0, f"{SAMPLES} networks of width {width}"


def orthogonal_moments(rng: np.random.SeedSequence) -> tuple[Numbers, Any, str]:
    """q_k and q_k^2 of both Grams, and the products of both, and their means."""
    width, radius = ORTHOGONAL
    of = numeric.Orthogonal(radius, VARIANCES.input, VARIANCES.output)
    chunks = list(numeric.gram_chunks(width, of, LAGS, ORTHOGONAL_SAMPLES, rng=rng))
    k = np.arange(1, LAGS)
    even, draws, expected = 1 - k % 2, [], []
    for name, own in (("Q", of.input), ("P", of.output)):
        q = np.concatenate([getattr(grams, name)[:, 0, 0, 1:, 0] for grams in chunks]) / float(radius) ** k
        q = q / float(own)
        draws += [q, q**2]
        expected += [even / width, (k + even + 1 + width) / width**2]
    draws.append(draws[0] * draws[2])  # of both: E (tr O^k)^2 / n^2
    expected.append((k + even) / width**2)
    return (
        np.concatenate(draws, axis=1),
        np.concatenate(expected),
        f"{ORTHOGONAL_SAMPLES} networks of width {width}",
    )


def gram_moments(rng: np.random.SeedSequence) -> tuple[Numbers, list[Fraction], str]:
    """Products ``P_ab Q_cd`` of every network, and their exact means."""
    width, samples = GRAM_MOMENTS
    pairs = list(combinations_with_replacement(range(MOMENT_LAGS), 2))
    i, j = np.transpose(pairs)
    chunks = list(numeric.gram_chunks(width, VARIANCES, MOMENT_LAGS, samples, rng=rng))
    P, Q = (np.concatenate([getattr(grams, name)[:, i, 0, j, 0] for grams in chunks]) for name in "PQ")
    exact = [_mean(width, ("P", *ab), ("Q", *cd)) for ab in pairs for cd in pairs]
    return _all_products(P, Q), exact, f"{samples} networks of width {width}"


def kernel_moments(rng: np.random.SeedSequence) -> tuple[Numbers, list[Fraction], str]:
    """``L_i L_j``, ``Theta_kl`` and ``L_i L_j (Theta_kl - E Theta_kl)`` of networks, and their means."""
    width, samples = KERNEL_MOMENTS
    pairs = list(combinations_with_replacement(range(MOMENT_LAGS), 2))
    i, j = np.transpose(pairs)
    theta, L = numeric.sample_lag_kernel(
        width, VARIANCES, MOMENT_LAGS, samples, rng=rng, impulse_response=True
    )
    both, entries = L[:, i, 0, 0] * L[:, j, 0, 0], theta[:, i, 0, 0, j, 0, 0]
    of_both, of_theta = [_mean(width, ("L", *ij)) for ij in pairs], [_theta_mean(width, kl) for kl in pairs]
    centred = entries - np.array([float(x) for x in of_theta])
    mixed = [
        _theta_mean(width, kl, ("L", *ij)) - x * y
        for ij, x in zip(pairs, of_both, strict=True)
        for kl, y in zip(pairs, of_theta, strict=True)
    ]
    draws = np.concatenate((both, entries, _all_products(both, centred)), axis=1)
    return draws, [*of_both, *of_theta, *mixed], f"{samples} networks of width {width}"


def _all_products(a: Float[np.ndarray, "samples first"], b: Float[np.ndarray, "samples second"]) -> Products:
    every: np.ndarray = (a[:, :, None] * b[:, None]).reshape(len(a), -1)
    return every


def _mean(width: int, *factors: tuple[str, int, int]) -> Fraction:
    """The mean of a product of P_ab, Q_ab and L_a L_b at a width, for n_x = n_y = 1."""
    from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W

    words = [word(*factor) for factor in factors]
    degree = sum(a + b + 2 for _, a, b in factors)  # twice the power of 1/n
    if degree % 2:
        return Fraction(0)
    values = {
        nu_W: VARIANCES.transition,
        nu_F: VARIANCES.input,
        nu_C: VARIANCES.output,
        n: width,
        n_x: 1,
        n_y: 1,
    }
    mean = derivations.moment(*words).subs(values)
    return Fraction(int(mean.p), int(mean.q) * width ** (degree // 2))


def _theta_mean(width: int, at: tuple[int, int], *factors: tuple[str, int, int]) -> Fraction:
    return sum((_mean(width, *term, *factors) for term in theta_terms(*at)), Fraction(0))


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
