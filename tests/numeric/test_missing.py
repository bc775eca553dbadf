"""Outputs that nobody observed: all functions of a task, against the equations that remain, written out.

The oracle has a row for each output that was observed and a column for each entry of the impulse response,
``n_y`` times as many as X, and knows nothing of patterns.
"""

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import SEEDS, gappy_tasks, gradient, lagged, loss, predictions, size, well_conditioned

from numeric import (
    Task,
    Variances,
    convolution_descent,
    kernel_condition,
    kernel_regression,
    lag_weights,
    linearised_descent,
    modes,
    network_gradients,
    step_bound,
    train_network,
    uniform_bound,
)
from numeric import task as task_module

HALF = Variances("0.5", 2, "0.7")


def equations(task):
    """A and b with ``J = |A vec(L) - b|^2 / 2``, L in C order: only what was observed."""
    X, wanted = lagged(task), task.outputs[:, task.first :].reshape(-1, task.n_y)
    rows, b = [], []
    for k, p in zip(*np.nonzero(~np.isnan(wanted)), strict=True):
        row = np.zeros(task.response_shape)
        row[:, p] = X[k].reshape(task.lags, task.n_x)
        rows.append(row.ravel())
        b.append(wanted[k, p])
    return np.array(rows), np.array(b)


def stepped(A, b, L, kernel, eta, steps):
    """``L <- L - eta kernel A'(A L - b)``."""
    L = L.ravel()
    for _ in range(steps):
        L = L - eta * (kernel @ (A.T @ (A @ L - b)))
    return L


def by_operator(task):
    """The same task where X is applied and not formed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        applied = Task(task.inputs, task.outputs, task.lags, task.first)
        assert not any(isinstance(equations.X, np.ndarray) for equations in applied.reduced)
    return applied


@given(gappy_tasks(), SEEDS, st.booleans())
def test_loss_and_gradient_are_those_of_the_equations_that_remain(task, seed, applied):
    A, b = equations(task)
    L = np.random.default_rng(seed).standard_normal(task.response_shape)
    residual = A @ L.ravel() - b
    ours = by_operator(task) if applied else task
    assert ours.loss(L) == pytest.approx(residual @ residual / 2, rel=1e-12)
    assert loss(L, task) == pytest.approx(residual @ residual / 2, rel=1e-12)
    scale = np.linalg.norm(residual) * np.linalg.norm(A) + 1e-300
    for found in (ours.gradient(L), gradient(L, task)):
        np.testing.assert_allclose(found.ravel(), A.T @ residual, rtol=0, atol=1e-13 * scale)


@given(gappy_tasks(longest=8), SEEDS, st.integers(1, 40))
def test_in_blocks_of_rows_too(task, seed, rows):
    L = np.random.default_rng(seed).standard_normal(task.response_shape)
    columns = task.lags * task.n_x
    few = min(len(lagged(task)), columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "MOST_FORMED", columns * max(rows, few))
        blocked = Task(task.inputs, task.outputs, task.lags, task.first)
        assert blocked.loss(L) == pytest.approx(loss(L, task), rel=1e-12)
    assert all(len(part.X) <= columns for part in blocked.reduced)


@given(gappy_tasks(), st.booleans())
def test_energies_are_of_the_rows_that_remain(task, applied):
    A, _ = equations(task)
    X = A.reshape(-1, *task.response_shape)
    expected = [np.linalg.norm(X[:, j].reshape(len(A), -1), 2) ** 2 for j in range(task.lags)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "MOST_FORMED", 0 if applied else task_module.MOST_FORMED)
        energies = Task(task.inputs, task.outputs, task.lags, task.first).energies
    np.testing.assert_allclose(energies, expected, rtol=1e-12, atol=1e-13 * max(expected))


@given(gappy_tasks(), SEEDS, st.floats(0.01, 0.99), st.integers(0, 30), st.booleans())
@settings(max_examples=40)
def test_the_convolution_is_trained_on_the_equations_that_remain(task, seed, part, steps, applied):
    A, b = equations(task)
    rng = np.random.default_rng(seed)
    weights, initial = rng.uniform(0.5, 2, task.lags), rng.standard_normal(task.response_shape)
    kernel = np.repeat(weights, task.n_x * task.n_y)
    root = np.sqrt(kernel)
    assume(well_conditioned(A * root))
    applied = applied and task.lags * task.n_x > 1
    descent = convolution_descent(by_operator(task) if applied else task, weights, initial)
    largest = 2 / np.linalg.norm(A * root, 2) ** 2 if A.any() else np.inf
    assert descent.largest_step == pytest.approx(largest, rel=1e-10)
    eta = part * largest if np.isfinite(largest) else part
    expected = stepped(A, b, initial, np.diag(kernel), eta, steps)
    accuracy = {"rtol": 0, "atol": 1e-8 * size(initial, expected, b)}
    np.testing.assert_allclose(descent.steps(steps, step=eta).ravel(), expected, **accuracy)
    moved = np.linalg.lstsq(A * root, b - A @ initial.ravel(), rcond=1e-10)[0]
    limit = initial.ravel() + root * moved
    np.testing.assert_allclose(descent.limit().ravel(), limit, rtol=0, atol=1e-7 * size(initial, limit))
    assert descent.distance == pytest.approx(np.linalg.norm(moved), rel=1e-6, abs=1e-7 * size(initial))
    if not applied:
        residual = np.linalg.norm(A @ initial.ravel() - b)
        bound = step_bound(task, weights, 3, step=eta, initial=initial)
        expected = weights * 3 * eta * np.sqrt(task.energies) * residual
        np.testing.assert_allclose(bound, expected, rtol=1e-10, atol=1e-12 * size(expected))
        uniform = uniform_bound(task, weights, initial=initial)
        np.testing.assert_allclose(uniform, np.sqrt(weights) * descent.distance, rtol=1e-12)


@given(gappy_tasks(longest=4), SEEDS, st.integers(0, 30))
def test_a_linearised_network_is_trained_on_the_equations_that_remain(task, seed, steps):
    A, b = equations(task)
    R = np.random.default_rng(seed).standard_normal((*task.response_shape, 5))
    theta = np.tensordot(R, R, axes=(3, 3))
    kernel = theta.reshape(A.shape[1], A.shape[1])
    descent = linearised_descent(task, theta)
    largest = 2 / np.linalg.norm(A @ R.reshape(-1, 5), 2) ** 2 if A.any() else np.inf
    assert descent.largest_step == pytest.approx(largest, rel=1e-9)
    eta = 0.5 * min(largest, 1e3)
    expected = stepped(A, b, np.zeros(task.response_shape), kernel, eta, steps)
    np.testing.assert_allclose(
        descent.steps(steps, step=eta).ravel(), expected, rtol=0, atol=1e-10 * size(expected, b)
    )


@given(gappy_tasks(longest=4), SEEDS)
@settings(max_examples=30)
def test_networks_learn_from_the_equations_that_remain(task, seed):
    """Any values in the place of what is missing, with no residual there, would give this gradient."""
    rng = np.random.default_rng(seed)
    W, F, C = (
        rng.standard_normal((3, 3)),
        rng.standard_normal((3, task.n_x)),
        rng.standard_normal((task.n_y, 3)),
    )
    L = train_network(W, F, C, task, steps=0).responses
    y = np.where(np.isnan(task.outputs), predictions(L, task.inputs), task.outputs)
    filled = Task(task.inputs, y, task.lags, task.first)
    for ours, theirs in zip(
        network_gradients(W, F, C, task), network_gradients(W, F, C, filled), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10 * size(theirs, np.ones(1)))


def full(task):
    """All lags, and integers: what exact arithmetic does not see as 0 is not 0 by rounding either."""
    return Task(np.round(4 * task.inputs), task.outputs, first=task.first)


def gram(task):
    """``A D A'`` of the equations that remain, D the lag weights, and b."""
    A, b = equations(task)
    rho = np.repeat(lag_weights(HALF, task.lags), task.n_x * task.n_y)
    return A, b, rho


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")  # predictions of 0 have no digits
@given(gappy_tasks(longest=4), SEEDS, st.sampled_from([None, 7]), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_kernel_regression_is_that_of_the_equations_that_remain(task, seed, digits, steps):
    task = full(task)
    A, b, rho = gram(task)
    rng = np.random.default_rng(seed)
    new, start = rng.standard_normal((2, 3, task.n_x)), rng.standard_normal((task.lags, task.n_y, task.n_x))
    lam = np.linalg.norm(A * np.sqrt(rho), 2) ** 2
    assume(lam > 1e-3)
    assume(well_conditioned(A * np.sqrt(rho), 1e-2))
    eta = 1 / lam
    L = stepped(A, b, start, np.diag(rho), eta, steps).reshape(start.shape)
    moved = np.linalg.lstsq(A * np.sqrt(rho), b - A @ start.ravel(), rcond=1e-8)[0]
    limit = start + (np.sqrt(rho) * moved).reshape(start.shape)
    for response, training in ((L, {"step": eta, "steps": steps}), (limit, {})):
        found = kernel_regression(task, new, variances=HALF, initial=start, digits=digits, **training)
        expected = predictions(response, new)
        np.testing.assert_allclose(
            found.astype(float), expected, rtol=0, atol=1e-6 * size(expected, b, start)
        )


@given(gappy_tasks(longest=4))
@settings(max_examples=30, deadline=None)
def test_the_condition_is_that_of_the_patterns(task):
    task = full(task)
    X, rho = lagged(task), np.repeat(lag_weights(HALF, task.lags), task.n_x)
    seen = ~np.isnan(task.outputs[:, task.first :].reshape(-1, task.n_y))
    values = []
    for rows in {tuple(column) for column in seen.T if column.any()}:
        s = np.linalg.svd(X[np.array(rows)] * np.sqrt(rho), compute_uv=False) ** 2
        values.append(s)
    values = np.concatenate(values)
    assume(values.max() > 1e-6)
    assume(not np.any((values > 1e-13 * values.max()) & (values < 1e-6 * values.max())))
    values = values[values > 1e-9 * values.max()]
    expected = values.sum() * (1 / values).sum()
    assert kernel_condition(task, variances=HALF) == pytest.approx(expected, rel=1e-6)


def test_digits_are_those_of_the_shorter_problem_to_the_last():
    """A last output that nobody observed, and the sequence without it: equal as certified digits are."""
    x = np.array([[[3.0], [1.0], [-2.0], [5.0], [0.5]]])
    y = np.array([[[1.0], [0.0], [2.0], [-1.0], [np.nan]]])
    whole, short = Task(x, y), Task(x[:, :4], y[:, :4])
    for training in ({}, {"step": "1/1000", "steps": 10**6}, {"time": 3}):
        ours, theirs = (
            kernel_regression(task, x[:, :4], variances=Variances("0.3"), digits=30, **training)
            for task in (whole, short)
        )
        assert [mpmath.nstr(y, 30) for y in ours.flat] == [mpmath.nstr(y, 30) for y in theirs.flat]
    assert kernel_condition(whole, variances=HALF, digits=20) == kernel_condition(
        short, variances=HALF, digits=20
    )


def test_a_step_past_stability_of_one_pattern_is_refused_with_the_largest_for_all():
    """The second coordinate is observed where the input is large."""
    x = np.array([[[1.0]], [[10.0]], [[3.0]]])
    y = np.array([[[1.0, np.nan]], [[np.nan, 1.0]], [[np.nan, np.nan]]])
    v = Variances(1)
    for digits in (None, 10):
        with pytest.raises(ValueError, match=r"step must be at most 0\.0(1|0999)"):
            kernel_regression(Task(x, y), x, variances=v, step=0.5, steps=3, digits=digits)
    assert convolution_descent(Task(x, y), [2]).largest_step == pytest.approx(0.01)
    np.testing.assert_allclose(
        kernel_regression(Task(x, y), [[[1.0]]], variances=v), [[[1.0, 0.1]]], rtol=1e-14
    )


def test_a_mask_is_what_was_not_observed_and_nothing_under_it_counts():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 5, 2)), rng.integers(-5, 5, (3, 5, 2))
    mask = rng.random(y.shape) < 0.4
    expected = Task(x, np.where(mask, np.nan, y), lags=3, first=1)
    spoilt = np.where(mask, np.inf, y)
    L = rng.standard_normal((3, 2, 2))
    for outputs in (np.ma.masked_array(y, mask), np.ma.masked_array(spoilt, mask)):
        task = Task(x, outputs, lags=3, first=1)
        assert np.array_equal(task.outputs, expected.outputs, equal_nan=True)
        assert task.loss(L) == expected.loss(L)
    unmasked = np.ma.masked_array(y)
    assert Task(x, unmasked, 3).loss(L) == Task(x, y, 3).loss(L)
    half = np.ma.masked_array(np.where(mask, np.nan, y), np.roll(mask, 1, axis=0))
    assert Task(x, half, 3).loss(L) == Task(x, np.where(mask | np.roll(mask, 1, axis=0), np.nan, y), 3).loss(
        L
    )


def test_what_is_missing_before_the_first_output_changes_nothing():
    x, y = np.ones((2, 4, 1)), np.ones((2, 4, 1))
    y[:, :2] = np.nan
    task = Task(x, y, first=2)
    assert len(task.patterns) == 1
    assert task.patterns[0].rows == slice(None)
    y[:, 3] = np.nan
    with pytest.raises(ValueError, match="outputs: none from step first = 3 on is observed, all are missing"):
        Task(x, y, first=3)


def test_a_coordinate_that_nobody_observed_stays_where_it_started():
    rng = np.random.default_rng(1)
    x, y, L = rng.standard_normal((2, 4, 1)), rng.standard_normal((2, 4, 3)), rng.standard_normal((4, 3, 1))
    y[..., 1] = np.nan
    task = Task(x, y)
    for descent in (
        convolution_descent(task, np.ones(4), L),
        convolution_descent(by_operator(task), np.ones(4), L),
    ):
        for learned in (descent.limit(), descent.steps(5), descent.flow(1.0)):
            assert np.array_equal(learned[:, 1], L[:, 1])
    alone = convolution_descent(Task(x, y[..., ::2]), np.ones(4), L[:, ::2])
    descent = convolution_descent(task, np.ones(4), L)
    np.testing.assert_allclose(descent.limit()[:, ::2], alone.limit(), rtol=1e-12)
    regression = kernel_regression(task, x, variances=HALF, initial=L)
    np.testing.assert_allclose(regression[..., 1], predictions(L, x)[..., 1], rtol=1e-12)


def test_memory_of_long_inputs_stays_linear_where_most_is_missing(monkeypatch):
    """One output in a hundred, of 5,000 lags: as if there were 50 rows."""
    T = 5000
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1, T, 1)), rng.standard_normal((1, T, 1))
    y[0, np.arange(T) % 100 != 0] = np.nan
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    monkeypatch.setattr(modes, "_KRYLOV", 60)
    task = Task(x, y)
    (part,) = task.reduced
    assert part.X.shape == (50, T)
    rho = lag_weights(Variances("0.9"), T)
    X = np.array([np.concatenate((x[0, t::-1, 0], np.zeros(T - 1 - t))) for t in range(0, T, 100)])
    A = X * np.sqrt(rho)
    expected = np.sqrt(rho) * np.linalg.lstsq(A, y[0, ::100, 0], rcond=None)[0]
    np.testing.assert_allclose(
        convolution_descent(task, rho).limit().ravel(), expected, rtol=0, atol=1e-9 * size(expected)
    )
