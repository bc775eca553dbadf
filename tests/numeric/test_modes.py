"""Krylov directions and lags left out, against decompositions in full."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import (
    PARTS,
    delay,
    in_theta,
    lagged,
    predictions,
    response,
    size,
    step_of,
    told,
    trainings,
    well_conditioned,
)
from scipy import linalg

from numeric import Task, Variances, convolution_descent, lag_weights, linear_models, modes
from numeric import task as task_module
from numeric.learned import by_descent, by_flow


def by_krylov(task, weights, initial, directions=200):
    """The descent of the same task where X is applied by FFT, on these Krylov directions alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        patch.setattr(modes, "_KRYLOV", directions)
        fresh = Task(task.inputs, task.outputs, task.lags, task.first)
        return replace(convolution_descent(fresh, weights, initial), finer=None)


@given(trainings(longest=8, least_columns=2), PARTS, st.integers(0, 1000))
def test_by_krylov_descent_is_the_same(training, part, steps):
    task, weights, initial = training
    A, _ = in_theta(task, weights, initial)
    assume(well_conditioned(A))
    assume(A.any() or not lagged(task).any())  # inputs that only lags of weight 0 see leave rounding errors
    complete, krylov = convolution_descent(task, weights, initial), by_krylov(task, weights, initial)
    scale = size(initial, complete.limit())
    assert krylov.largest_step == pytest.approx(complete.largest_step, rel=1e-12)
    step = 0.999 * step_of(complete, part)
    for run in (lambda d: d.steps(steps, step=step), lambda d: d.flow(steps * step)):
        np.testing.assert_allclose(run(krylov), run(complete), rtol=0, atol=1e-9 * scale)
    np.testing.assert_allclose(krylov.limit(), complete.limit(), rtol=0, atol=1e-9 * scale)
    assert krylov.distance == pytest.approx(complete.distance, rel=1e-8, abs=1e-9 * scale)


@given(trainings(longest=8, least_columns=4), PARTS, st.integers(1, 3), st.integers(0, 10**6))
def test_few_krylov_directions_are_right_or_refused(training, part, directions, steps):
    """As many steps as directions they can always take."""
    task, weights, initial = training
    assume(well_conditioned(in_theta(task, weights, initial)[0]))
    complete, krylov = convolution_descent(task, weights, initial), by_krylov(*training, directions)
    scale = size(initial, complete.limit())
    step = 0.999 * step_of(complete, part)
    for count in (directions, steps):
        expected = complete.steps(count, step=step)
        try:
            found = krylov.steps(count, step=step)
        except ValueError:
            found = None
        if found is not None:
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * scale)
        assert found is not None or count >= directions


def test_what_krylov_directions_do_not_resolve_is_refused():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((1, 40, 1)), rng.standard_normal((1, 40, 1)))
    krylov = by_krylov(task, np.ones(40), None, 5)
    np.testing.assert_allclose(
        krylov.steps(4),
        convolution_descent(task, np.ones(40)).steps(4, step=krylov.largest_step / 2),
        atol=1e-12,
    )
    message = (
        "^5 Krylov directions do not resolve so much training .*; take fewer steps, less time, fewer lags"
    )
    for refused in (
        lambda: krylov.steps(1000),
        lambda: krylov.flow(1000 * krylov.largest_step),
        krylov.limit,
        lambda: krylov.distance,
    ):
        with pytest.raises(ValueError, match=message):
            refused()


def long_problem(w, N=1, T=300, n_y=1):
    """Long for its module, and A, -r^0 and the singular value decomposition of the former."""
    rng = np.random.default_rng(3)
    task = Task(rng.standard_normal((N, T, 1)), rng.standard_normal((N, T, n_y)))
    weights = lag_weights(Variances(w), T)
    initial = rng.standard_normal(task.response_shape) * np.sqrt(weights)[:, None, None]
    return task, weights, initial, *in_theta(task, weights, initial)


def assert_trained(descent, initial, weights, A, rest, accuracy, told=lambda run: run()):
    """By many steps, long flow and in the limit, from the singular value decomposition of all of A."""
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    step = descent.largest_step / 2
    resolved = s > 10 * np.finfo(float).eps * max(A.shape) * s[0]
    for k in (10**4, 10**7):
        for found, share in (
            (descent.steps(k, step=step), by_descent(s**2, step, k)),
            (descent.flow(k * step), by_flow(s**2, k * step)),
            (told(descent.limit), resolved * 1.0),
        ):
            moved = Vt.T @ ((np.where(resolved, share, 0) / s)[:, None] * (U.T @ rest))
            expected = response(initial, weights, moved)
            np.testing.assert_allclose(found, expected, rtol=0, atol=accuracy * size(moved, initial))
            assert told(lambda: descent.distance) >= np.linalg.norm(moved) * (1 - accuracy)


@pytest.mark.parametrize("w", ["0.2", "0.5", "0.9", "0.99", "1"])
def test_what_krylov_directions_do_not_resolve_the_lags_that_matter_do(w, monkeypatch):
    """Those beyond change A by a rounding error: 112 of the 300 lags matter where nu_W = 1/2."""
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    monkeypatch.setattr(modes, "_KRYLOV", 20)
    task, weights, initial, A, rest = long_problem(w)
    descent = convolution_descent(task, weights, initial)
    assert isinstance(descent.finer, Callable)
    hidden = {"told": told} if w in ("0.2", "0.5") else {}
    assert_trained(descent, initial, weights, A, rest, 1e-5, **hidden)
    assert (descent._finer.vectors.shape[1] < 300) == (w in ("0.2", "0.5"))
    unresolved = replace(descent, finer=None)
    with pytest.raises(ValueError, match=r"^20 Krylov directions do not resolve so much training"):
        unresolved.limit()


def test_where_all_lags_matter_more_directions_are_found(monkeypatch):
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    monkeypatch.setattr(modes, "_KRYLOV", 20)
    monkeypatch.setattr(linear_models, "worth_forming", lambda *_: False)
    task, weights, initial, A, rest = long_problem("1", N=12, T=80)
    descent = convolution_descent(task, weights, initial)
    assert_trained(descent, initial, weights, A, rest, 1e-8)
    assert descent._finer.values.shape[1] == 80
    monkeypatch.setattr(linear_models, "PATIENCE", 16 * 40**2 * (12 * 80 + 80))
    message = "^40 Krylov directions do not resolve .* fewer lags \\(lags n_x = 1024 always do for "
    with pytest.raises(ValueError, match=message):
        convolution_descent(task, weights, initial).limit()


def test_outputs_that_are_not_observed_at_the_same_steps_are_resolved_each_by_its_own(monkeypatch):
    task, weights, initial, *_ = long_problem("0.5", N=2, T=120, n_y=3)
    y = task.outputs.copy()
    y[0, 5:60, 0] = y[:, ::3, 2] = np.nan
    complete = convolution_descent(Task(task.inputs, y, first=2), weights, initial)
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    monkeypatch.setattr(modes, "_KRYLOV", 20)
    descent = convolution_descent(Task(task.inputs, y, first=2), weights, initial)
    step = 0.999 * descent.largest_step / 2
    for k in (10, 10**4, 10**8):
        expected = complete.steps(k, step=step)
        np.testing.assert_allclose(descent.steps(k, step=step), expected, rtol=0, atol=1e-7 * size(expected))


@pytest.mark.slow
def test_the_limit_of_two_sequences_of_4096_steps():
    """Where nu_W = 0.9, 200 Krylov directions do not do; against 760 lags by SciPy's least squares."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 2, 4096, 1))
    rho = lag_weights(Variances("0.9"), 4096)
    descent = convolution_descent(Task(x, y), rho)
    A = lagged(Task(x, y, lags=760)) * np.sqrt(rho[:760])
    moved = linalg.lstsq(A, y.ravel(), cond=10 * np.finfo(float).eps * 4096)[0]
    limit = told(descent.limit).ravel()  # the lags beyond are hidden from float64
    assert not limit[760:].any()
    np.testing.assert_allclose(limit[:760], np.sqrt(rho[:760]) * moved, rtol=0, atol=1e-5 * size(limit))
    assert np.isfinite(descent.steps(10**9)).all()
    assert np.isfinite(descent.flow(1e3)).all()


@pytest.mark.parametrize("columns", [3, 5, 8])
def test_a_krylov_space_of_all_columns_is_complete(columns):
    """More outputs than columns, and no breakdown that would tell."""
    rng = np.random.default_rng(columns)
    task = Task(rng.standard_normal((3, 8, 1)), rng.standard_normal((3, 8, 2)), lags=columns)
    krylov = by_krylov(task, np.ones(columns), None)
    np.testing.assert_allclose(
        krylov.limit(), convolution_descent(task, np.ones(columns)).limit(), rtol=0, atol=1e-10
    )


def test_long_inputs_of_nothing_have_nothing_to_learn():
    task = Task(np.zeros((1, 3000, 1)), np.ones((1, 3000, 1)))
    for descent in (by_krylov(task, np.ones(3000), None), by_krylov(task, np.zeros(3000), None)):
        assert descent.largest_step == np.inf
        assert descent.distance == 0
        assert not descent.steps(10**6).any()
        assert not descent.limit().any()


@pytest.mark.slow
def test_a_hundred_thousand_lags_are_trained_in_memory_linear_in_their_number():
    """Against a memory of 60 lags, which is all where the other weights are 0, and nearly all with rho."""
    T, short = 10**5, 60
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, T, 1))
    y = predictions(np.reshape([1, 0.5, -0.3], (3, 1, 1)), x) + 0.1 * rng.standard_normal((1, T, 1))
    rho = lag_weights(Variances("0.5"), T)
    rho[short:] = 0
    tracemalloc.start()
    long = convolution_descent(Task(x, y), rho)
    brief = convolution_descent(Task(x, y, lags=short), rho[:short])
    assert long.largest_step == pytest.approx(brief.largest_step, rel=1e-12)
    step, numbers = 0.99 * brief.largest_step, [0, 1, 10, 1000, 10**6]
    found, expected = long.steps(numbers, step=step), brief.steps(numbers, step=step)
    assert tracemalloc.get_traced_memory()[1] < 8000 * T
    tracemalloc.stop()
    np.testing.assert_allclose(found[:, :short], expected, rtol=0, atol=1e-9)
    assert not found[:, short:].any()
    times = np.array([1, 100]) * step
    np.testing.assert_allclose(long.flow(times)[:, :short], brief.flow(times), rtol=0, atol=1e-9)
    np.testing.assert_allclose(long.limit()[:short], brief.limit(), rtol=0, atol=1e-6)
    impulse = Task(np.eye(1, T).reshape(1, T, 1), y)  # X is the identity: the limit is y
    np.testing.assert_allclose(
        convolution_descent(impulse, np.ones(T)).limit()[:, 0, 0], y[0, :, 0], atol=1e-12
    )


def test_so_it_is_where_inputs_are_applied_by_fft(monkeypatch):
    task, _ = delay(60, 40)
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    for directions in (20, 200):  # the lags that matter, and a Krylov space that ends
        monkeypatch.setattr(modes, "_KRYLOV", directions)
        fresh = Task(task.inputs, task.outputs)
        told(convolution_descent(fresh, lag_weights(Variances("0.2"), 60)).limit)


@pytest.mark.parametrize("w", ["0.5", "0.9", "0.99"])
def test_lags_of_negligible_weight_are_left_out_and_what_takes_long_is_put_off(w, monkeypatch):
    """Neither changes what is learned."""
    task, weights, *_ = long_problem(w)
    monkeypatch.setattr(linear_models, "that_matter", lambda A: A.shape[1])
    full = convolution_descent(task, weights)
    monkeypatch.undo()
    short = convolution_descent(task, weights)
    assert (short.modes.vectors.shape[1] < 300) == (w == "0.5")
    monkeypatch.setattr(linear_models, "_SOON", 0)
    later = convolution_descent(task, weights)
    assert later.finer is not None
    for k in (1, 100, 10**4):
        expected = full.steps(k)
        for descent in (short, later):
            found = descent.steps(k, step=full.largest_step / 2 * (1 - 1e-15))
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * size(expected))
