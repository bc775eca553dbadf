"""Whether two samples of lag Grams have one law."""

import numpy as np
from scipy import stats

from numeric import gram_chunks
from numeric.finite_width import convolve_grams
from numeric.sampler import Grams

FALSE_ALARM = 1e-6
"""Of a whole test, by Bonferroni's bound; the seeds are fixed beside."""


def grams(width, network, lags, samples, n_x=1, n_y=1, rng=0):
    chunks = gram_chunks(width, network, lags, samples, n_x=n_x, n_y=n_y, rng=rng)
    return Grams(*map(np.concatenate, zip(*chunks, strict=True)))


def grams_of(M, F, C, lags, left=None):
    """P, Q and L of networks with real transitions ``M`` (``left`` for the readout's chain), F and C'."""
    n = M.shape[1]
    U, V = [F], [C]
    for _ in range(1, lags):
        U.append(M @ U[-1])
        V.append((M if left is None else left).swapaxes(1, 2) @ V[-1])
    P = np.einsum("asnp,bsnq->sapbq", V, V, optimize=True) / n
    Q = np.einsum("asnx,bsny->saxby", U, U, optimize=True) / n
    return Grams(P, Q, np.einsum("snp,asnx->sapx", V[0], U, optimize=True) / n**0.5)


def entries(grams, count, rng):
    """``count`` entries of P, Q, L and Theta taken together, and as many products of two of them."""
    theta = convolve_grams(grams.P, grams.Q)
    every = np.concatenate([a.reshape(len(a), -1) for a in (*grams, theta)], axis=1)
    first, second, alone = rng.integers(every.shape[1], size=(3, count))
    return np.concatenate((every[:, alone], every[:, first] * every[:, second]), axis=1)


def z_of_means(x, y):
    gap = x.mean(0) - y.mean(0)  # 0 where an entry of Theta is always 0
    return np.divide(gap, np.sqrt(x.var(0) / len(x) + y.var(0) / len(y)), out=0 * gap, where=gap != 0)


def least_p_values(ours, theirs):
    """The least p-values, times the number of comparisons: of distributions, of means and covariances."""
    x, y = (entries(g, 60, np.random.default_rng(0)) for g in (ours, theirs))
    distributions = [stats.ks_2samp(a, b).pvalue for a, b in zip(x.T, y.T, strict=True)]
    # means and covariances of the same entries, on a scale that tames the tails at small widths
    x, y = np.arcsinh(x), np.arcsinh(y)
    centre = y.mean(0)
    pairs = np.random.default_rng(1).integers(x.shape[1], size=(2, 300))
    x, y = (np.concatenate((a, np.prod((a - centre)[:, pairs], axis=1)), axis=1) for a in (x, y))
    moments = 2 * stats.norm.sf(abs(z_of_means(x, y)))
    return min(distributions) * len(distributions), min(moments) * len(moments)
