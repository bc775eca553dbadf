"""Data for ``experiment fit``: noisy outputs that look three steps back."""

import numpy as np

from numeric import convolve
from verify.experiments import fit

RESPONSE = np.array([0.5, -1.0, 0.25]).reshape(3, 1, 1) * np.ones((3, 2, 1))


def data(N=8, T=12, n_x=1, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    x = 3 * rng.normal(size=(N, T, n_x)) + 1
    y = convolve(RESPONSE, x.mean(axis=2, keepdims=True)) + noise * rng.normal(size=(N, T, 2)) + 5
    return x, y


def settings(x, y, **changes):
    return fit.Settings(x, y, **({"width": 100, "epochs": 60} | changes))
