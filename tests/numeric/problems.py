"""Rates, tasks of every kind, and what the definitions say about these: plain loops, no FFT, no reduction."""

import numpy as np
import pytest
from hypothesis import strategies as st

from numeric import PrecisionWarning, Rates, Task

SEEDS = st.integers(0, 2**32 - 1)
PARTS = st.floats(0.01, 0.99)
rates = st.just(Rates()) | st.builds(Rates, *[st.fractions(0, 3, max_denominator=4)] * 3)
"""All parts trained alike, or each at a rate of its own; some are frozen."""


@st.composite
def tasks(draw, longest=6, least_columns=1):
    """Small tasks: few and many outputs, lags < T, late first outputs, repeated, constant and rare inputs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_x, n_y = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    T = draw(st.integers(-(-least_columns // n_x), longest))
    lags = draw(st.integers(-(-least_columns // n_x), T))
    x = rng.standard_normal((draw(st.integers(1, 4)), T, n_x))
    kind = draw(st.sampled_from(["white", "repeated", "dependent", "constant", "rare", "integer"]))
    if kind == "repeated":
        x[:] = x[0]
    elif kind == "dependent":
        x = x[..., :1] * np.arange(1, n_x + 1)
    elif kind == "constant":
        x[:] = x[:1, :1]
    elif kind == "rare":
        x *= rng.random(x.shape) < 0.3
    elif kind == "integer":
        x = np.round(3 * x).astype(int)
    y = draw(st.sampled_from([0.0, 1.0, 10.0])) * rng.standard_normal((*x.shape[:2], n_y))
    return Task(x, y, lags, draw(st.integers(0, T - 1)))


@st.composite
def gappy_tasks(draw, longest=6):
    """Tasks of which some outputs were not observed: steps, coordinates, any entries; one at least was."""
    task = draw(tasks(longest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = task.outputs.copy()
    kind = draw(st.sampled_from(["steps", "coordinates", "entries", "most"]))
    shape = {"steps": (*y.shape[:2], 1), "coordinates": (1, 1, y.shape[2])}.get(kind, y.shape)
    y[np.broadcast_to(rng.random(shape) < {"most": 0.9}.get(kind, 0.4), y.shape)] = np.nan
    y[-1, -1, -1] = 1.0
    return Task(task.inputs, y, task.lags, task.first)


@st.composite
def trainings(draw, longest=6, least_columns=1):
    """A task, lag weights of which some may be 0, and an impulse response to start from."""
    task = draw(tasks(longest, least_columns))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = draw(st.sampled_from([0.3, 1.0, 2.0])) ** np.arange(task.lags) * rng.uniform(0.5, 2, task.lags)
    if draw(st.booleans()):
        weights[rng.integers(task.lags)] = 0
    return task, weights, draw(st.sampled_from([0.0, 1.0])) * rng.standard_normal(task.response_shape)


def predictions(L, x):
    """``y_t = sum_j L_j x_{t-j}``, in whatever numbers L and x are."""
    lags, n_y, _ = L.shape
    y = np.zeros((*x.shape[:2], n_y), dtype=np.result_type(L, x))
    for t in range(x.shape[1]):
        for j in range(min(lags, t + 1)):
            y[:, t] += x[:, t - j] @ L[j].T
    return y


def loss(L, task):
    residual = (predictions(L, task.inputs) - task.outputs)[:, task.first :]
    return np.nansum(residual**2) / 2


def gradient(L, task):
    residual = np.nan_to_num(predictions(L, task.inputs) - task.outputs)
    G = np.zeros_like(L)
    for t in range(task.first, task.inputs.shape[1]):
        for j in range(min(task.lags, t + 1)):
            G[j] += residual[:, t].T @ task.inputs[:, t - j]
    return G


def lagged(task):
    """X, entry by entry."""
    N, T, n_x = task.inputs.shape
    X = np.zeros((N, T - task.first, task.lags, n_x))
    for t in range(task.first, T):
        for j in range(min(task.lags, t + 1)):
            X[:, t - task.first, j] = task.inputs[:, t - j]
    return X.reshape(N * (T - task.first), task.lags * n_x)


def in_theta(task, weights, initial):
    """A and -r^0 of the least-squares problem in theta - theta^0; a column of the latter for each output."""
    A = lagged(task) * np.repeat(np.sqrt(weights), task.n_x)
    rest = (task.outputs - predictions(initial, task.inputs))[:, task.first :]
    return A, rest.reshape(-1, task.n_y)


def response(initial, weights, theta):
    """``L = L^0 + sqrt(w) (theta - theta^0)``, from columns of theta - theta^0 as in :func:`in_theta`."""
    lags, n_y, n_x = initial.shape
    moved = theta.reshape(lags, n_x, n_y).swapaxes(1, 2)
    return initial + np.sqrt(weights)[:, None, None] * moved


def well_conditioned(A, tolerance=1e-4):
    """No singular value so small that the least-squares solution would be at the mercy of rounding."""
    values = np.linalg.svd(A, compute_uv=False) / max(np.linalg.norm(A, 2), 1e-300)
    return not np.any((values > 1e-13) & (values < tolerance))


def size(*responses):
    """The largest entry, by which accuracy is measured."""
    return max(1e-300, *(abs(one).max() for one in responses))


def step_of(descent, part):
    return part * descent.largest_step if np.isfinite(descent.largest_step) else part


def told(run):
    """What it gives, with a warning that float64 lost some of it."""
    with pytest.warns(PrecisionWarning, match=r"^directions too weak for float64 .*digits="):
        return run()


def delay(T, by):
    """Cosines to be delayed: they determine the whole impulse response."""
    t = np.arange(float(T)).reshape(1, T, 1)
    return Task(np.cos(t), np.roll(np.cos(t), by, axis=1) * (t >= by)), t
