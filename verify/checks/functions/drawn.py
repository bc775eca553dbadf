r"""Random networks: the joint law of the lag Grams P and Q and the impulse response L.

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

**P and Q together** share W beyond what L tells.  E[P_ab Q_cd] and E[L_i L_j Theta_kl] are exact polynomials
in 1/n (:func:`derivations.moment`), with which the means of many networks are compared.

**Other networks.**  With ``M = decay + n^{-1/2} W`` the binomial theorem takes the chains of M to those of
n^{-1/2} W, whose numbers are tested.  With ``M = r O`` the Grams depend on the offset alone, ``Q_ab =
r^(a+b) q_{b-a}``, and for a column f of F that is N(0, nu_F) and independent of O, ``2 k <= n``, k > 0,

    E q_k = nu_F E tr O^k / n = nu_F [2 | k] / n,
    E q_k^2 = nu_F^2 (E (tr O^k)^2 + E tr O^{2k} + n)/n^2 = nu_F^2 (k + [2 | k] + 1 + n)/n^2

(P. Diaconis and M. Shahshahani, "On the eigenvalues of random matrices", 1994).
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.polynomial.legendre import legval

import derivations
import numeric
from verify.checks.formulas import VARIANCES, written
from verify.checks.functions.cases import outcome
from verify.checks.functions.finite import theta_terms, word
from verify.networks import seed_sequence
from verify.statistics import LEVEL, Verdict, mean_verdict, summarise_blocks

__all__ = ["BLOCK", "SIZES", "gram_moments", "kernel_moments", "laws"]

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
