"""Training in closed form, against stepping, integrating and least squares in the same parameters."""

import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import gradient, in_theta, lagged, predictions, response, tasks, trainings, well_conditioned
from scipy import integrate, linalg

from numeric import (
    PrecisionWarning,
    Task,
    Variances,
    convolution_descent,
    convolve,
    kernel_regression,
    lag_weights,
    linearised_descent,
)
from numeric import descent as descent_module
from numeric import task as task_module
from numeric.learned import by_descent, by_flow

SEEDS = st.integers(0, 2**32 - 1)
PARTS = st.floats(0.01, 0.99)


def size(*responses):
    """The largest entry, by which accuracy is measured."""
    return max(1e-300, *(abs(one).max() for one in responses))


def scale_of(task, weights, initial):
    """The response that one direction would learn if all of the residual were along it."""
    A, rest = in_theta(task, weights, initial)
    return max(weights) ** 0.5 * np.linalg.norm(rest) / max(np.linalg.norm(A, 2), 1e-300) if A.any() else 0.0


def step_of(descent, part):
    return part * descent.largest_step if np.isfinite(descent.largest_step) else part


def by_krylov(task, weights, initial, directions=200):
    """The descent of the same task where X is applied by FFT, on these Krylov directions alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        patch.setattr(descent_module, "_KRYLOV", directions)
        fresh = Task(task.inputs, task.outputs, task.lags, task.first)
        return replace(convolution_descent(fresh, weights, initial), finer=None)


def told(run):
    """What it gives, with a warning that float64 lost some of it."""
    with pytest.warns(PrecisionWarning, match=r"^directions too weak for float64 .*digits="):
        return run()


def delay(T, by):
    """Cosines to be delayed: they determine the whole impulse response."""
    t = np.arange(float(T)).reshape(1, T, 1)
    return Task(np.cos(t), np.roll(np.cos(t), by, axis=1) * (t >= by)), t


def linear_model(task, seed, parameters):
    """``L = L^0 + R p`` with a random R, its kernel ``R R'`` and A, rows in the order of r^0's."""
    R = np.random.default_rng(seed).standard_normal((*task.response_shape, parameters))
    theta = np.tensordot(R, R, axes=(3, 3))
    outputs = [predictions(np.ascontiguousarray(R[..., m]), task.inputs) for m in range(parameters)]
    A = np.stack(outputs, axis=-1)[:, task.first :].reshape(-1, parameters)
    return R, theta, A


@given(trainings(), PARTS, st.integers(0, 30))
def test_the_closed_form_is_what_stepping_theta_gives(training, part, steps):
    """``theta_j <- theta_j - eta dJ/dtheta_j`` with the definition's sums; a lag of weight 0 never moves."""
    task, weights, initial = training
    descent = convolution_descent(task, weights, initial)
    eta = step_of(descent, part)
    root = np.sqrt(weights)[:, None, None]
    moved = np.zeros_like(initial)  # theta - theta^0
    largest = max(size(initial), scale_of(task, weights, initial))
    for _ in range(steps):
        moved = moved - eta * root * gradient(initial + root * moved, task)
        largest = size(initial + root * moved, np.array(largest))
    np.testing.assert_allclose(
        descent.steps(steps, step=eta), initial + root * moved, rtol=0, atol=1e-12 * largest
    )
    assert np.array_equal(descent.steps(steps, step=eta)[weights == 0], initial[weights == 0])


@given(trainings(), PARTS)
@settings(max_examples=30)
def test_so_it_is_after_ten_thousand_steps(training, part):
    task, weights, initial = training
    descent = convolution_descent(task, weights, initial)
    eta = step_of(descent, part)
    A, rest = in_theta(task, weights, initial)
    moved = np.zeros((A.shape[1], task.n_y))
    for _ in range(10_000):
        moved = moved - eta * (A.T @ (A @ moved - rest))
    expected = response(initial, weights, moved)
    largest = max(size(initial), scale_of(task, weights, initial))
    np.testing.assert_allclose(
        descent.steps(10_000, step=eta), expected, rtol=0, atol=1e-12 * size(expected, np.array(largest))
    )


@given(trainings(), PARTS)
def test_a_trillion_trillion_steps_are_the_limit(training, part):
    task, weights, initial = training
    assume(well_conditioned(in_theta(task, weights, initial)[0]))
    descent = convolution_descent(task, weights, initial)
    limit = descent.limit()
    for steps in (10**12, 10**24):
        np.testing.assert_allclose(
            descent.steps(steps, step=step_of(descent, part)),
            limit,
            rtol=0,
            atol=1e-14 * size(limit, initial),
        )


def test_three_steps_in_fractions():
    """``L_j <- L_j - eta rho_j dJ/dL_j``, exactly."""
    x, y, rho, eta = [1, 2, -1], [3, 0, 1], [Fraction(2), Fraction(5, 4)], Fraction(1, 20)
    L, path = [Fraction(1), Fraction(-1, 2)], []
    for _ in range(3):
        r = [L[0] * x[t] + (L[1] * x[t - 1] if t else 0) - y[t] for t in range(3)]
        L[0] -= eta * rho[0] * sum(r[t] * x[t] for t in range(3))
        L[1] -= eta * rho[1] * sum(r[t] * x[t - 1] for t in range(1, 3))
        path.append(list(L))
    assert path[0] == [Fraction(3, 5), Fraction(-7, 32)]
    task = Task(np.reshape(x, (1, 3, 1)), np.reshape(y, (1, 3, 1)), lags=2)
    descent = convolution_descent(task, [2, 1.25], [[[1]], [[-0.5]]])
    found = descent.steps([1, 2, 3], step="1/20").reshape(3, 2)
    np.testing.assert_allclose(found, np.array(path, dtype=float), rtol=0, atol=1e-15)


@given(trainings(longest=4), st.floats(0, 3))
def test_the_flow_is_the_matrix_exponential(training, time):
    """``d/dt (theta, 1) = ((-H, A'b), (0, 0)) (theta, 1)``."""
    task, weights, initial = training
    descent = convolution_descent(task, weights, initial)
    A, rest = in_theta(task, weights, initial)
    time = time * step_of(descent, 1.0)
    generator = np.zeros((A.shape[1] + task.n_y,) * 2)
    generator[: A.shape[1], : A.shape[1]] = -A.T @ A
    generator[: A.shape[1], A.shape[1] :] = A.T @ rest
    moved = linalg.expm(time * generator)[: A.shape[1], A.shape[1] :]
    expected = response(initial, weights, moved)
    np.testing.assert_allclose(
        descent.flow(time), expected, rtol=0, atol=1e-12 * size(expected, initial, descent.limit())
    )


def test_the_flow_solves_its_differential_equation():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((2, 5, 2)), rng.standard_normal((2, 5, 1)), lags=3, first=1)
    weights = lag_weights(Variances("0.5"), 3)

    def slope(_, L):
        return (-weights[:, None, None] * gradient(L.reshape(task.response_shape), task)).ravel()

    times = np.array([0.01, 0.1, 1.0])
    solved = integrate.solve_ivp(slope, (0, 1), np.zeros(6), t_eval=times, rtol=1e-10, atol=1e-12)
    found = convolution_descent(task, weights).flow(times)
    np.testing.assert_allclose(found.reshape(3, -1), solved.y.T, rtol=0, atol=1e-8)


def test_the_flow_is_the_limit_of_small_steps():
    rng = np.random.default_rng(1)
    task = Task(rng.standard_normal((2, 5, 2)), rng.standard_normal((2, 5, 1)), lags=3)
    descent = convolution_descent(task, [1, 0.5, 0.2], rng.standard_normal((3, 1, 2)))
    time = 3 * descent.largest_step
    flow = descent.flow(time)
    errors = [size(descent.steps(k, step=time / k) - flow) for k in (1000, 2000, 4000, 10**9)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.01)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.01)
    assert errors[3] < 1e-8 * size(flow)


@given(trainings())
def test_the_limit_is_the_least_squares_solution_nearest_in_theta(training):
    task, weights, initial = training
    A, rest = in_theta(task, weights, initial)
    assume(well_conditioned(A))
    moved = np.linalg.lstsq(A, rest, rcond=1e-11)[0]
    descent = convolution_descent(task, weights, initial)
    expected = response(initial, weights, moved)
    np.testing.assert_allclose(descent.limit(), expected, rtol=0, atol=1e-9 * size(expected, initial, moved))
    assert descent.distance == pytest.approx(np.linalg.norm(moved), rel=1e-8, abs=1e-8 * size(initial))


@given(trainings(), SEEDS)
def test_any_other_minimiser_is_farther_in_units_of_the_weights(training, seed):
    """``sum_j |L_j - L_j^0|^2 / rho_j`` is least for the limit; to others Pythagoras applies."""
    task, weights, initial = training
    weights = np.where(weights > 0, weights, 1)
    A, _ = in_theta(task, weights, initial)
    assume(well_conditioned(A))
    null = linalg.null_space(A, rcond=1e-11)
    assume(null.shape[1])
    limit = convolution_descent(task, weights, initial).limit()
    away = null @ np.random.default_rng(seed).standard_normal((null.shape[1], task.n_y))
    other = limit + response(0 * initial, weights, away)
    assert task.loss(other) == pytest.approx(task.loss(limit), rel=1e-8, abs=1e-9)

    def distance(L):
        return np.sum((L - initial) ** 2 / weights[:, None, None])

    assert distance(other) > distance(limit)
    assert distance(other) == pytest.approx(distance(limit) + np.sum(away**2), rel=1e-8)


@pytest.mark.parametrize("rows", [10, 1000, 30_000])
def test_of_dependent_inputs_rounding_leaves_no_direction_to_learn(rows):
    """x and 3x together: taking the rounded zero for a singular value, a solution would be of size 1e15."""
    for seed in range(40 if rows < 10_000 else 8):
        rng = np.random.default_rng(seed)
        x, y = rng.standard_normal((2, rows, 1, 1))
        task = Task(np.concatenate([x, 3 * x], axis=2), y)
        slope = np.sum(x * y) / np.sum(x * x)
        limit = convolution_descent(task, [1.0]).limit().ravel()
        np.testing.assert_allclose(limit, slope * np.array([0.1, 0.3]), rtol=1e-8, atol=1e-12)


@given(tasks(longest=4), SEEDS, st.integers(1, 20), PARTS, st.integers(0, 30))
def test_a_linearised_network_is_trained_in_its_function_space(task, seed, parameters, part, steps):
    """``L <- L - eta Theta dJ/dL``, for kernels of full and of lower rank.

    Where X R nearly cancels, so do digits of either.
    """
    R, theta, A = linear_model(task, seed, parameters)
    cancelled = np.linalg.norm(lagged(task)) * np.linalg.norm(R) / (np.linalg.norm(A) or np.inf)
    initial = np.random.default_rng(seed + 1).standard_normal(task.response_shape)
    descent = linearised_descent(task, theta, initial)
    eta = step_of(descent, part)
    L, largest = initial, size(initial)
    for _ in range(steps):
        L = L - eta * np.tensordot(theta, gradient(L, task), axes=3)
        largest = size(L, np.array(largest))
    accuracy = 1e-12 * max(1, cancelled / 100)
    np.testing.assert_allclose(descent.steps(steps, step=eta), L, rtol=0, atol=accuracy * largest)


@given(tasks(longest=4), SEEDS, st.integers(1, 20))
def test_its_limit_is_the_nearest_minimiser_in_the_parameters(task, seed, parameters):
    R, theta, A = linear_model(task, seed, parameters)
    assume(well_conditioned(A, 1e-3))
    assume(well_conditioned(R.reshape(-1, parameters), 1e-2))
    initial = np.random.default_rng(seed + 1).standard_normal(task.response_shape)
    rest = (task.outputs - predictions(initial, task.inputs))[:, task.first :].ravel()
    moved = np.linalg.lstsq(A, rest, rcond=1e-11)[0]
    descent = linearised_descent(task, theta, initial)
    np.testing.assert_allclose(
        descent.limit(), initial + R @ moved, rtol=0, atol=1e-7 * size(initial, moved, R @ moved)
    )
    assert descent.distance == pytest.approx(np.linalg.norm(moved), rel=1e-7, abs=1e-9)
    largest = 2 / np.linalg.norm(A, 2) ** 2 if A.any() else np.inf
    assert descent.largest_step == pytest.approx(largest, rel=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_what_few_parameters_cannot_reach_rounding_does_not_either(seed):
    """A kernel of rank 2: where its other eigenvalues are 1e-17, their roots are not to be learned along."""
    rng = np.random.default_rng(seed)
    task = Task(rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 5, 2)))
    R, theta, A = linear_model(task, seed, 2)
    moved = np.linalg.lstsq(A, task.outputs.ravel(), rcond=None)[0]
    np.testing.assert_allclose(linearised_descent(task, theta).limit(), R @ moved, rtol=0, atol=1e-12)


@given(trainings(longest=4), PARTS, st.sampled_from([0, 1, 5, 10**6]))
def test_at_infinite_width_the_linearised_network_is_the_scaled_convolution(training, part, steps):
    task, weights, initial = training
    assume(well_conditioned(in_theta(task, weights, initial)[0]))
    diagonal = np.repeat(weights, task.n_x * task.n_y)
    theta = np.diag(diagonal).reshape(task.response_shape * 2)
    convolution, linearised = (
        convolution_descent(task, weights, initial),
        linearised_descent(task, theta, initial),
    )
    assert linearised.largest_step == pytest.approx(convolution.largest_step, rel=1e-12)
    eta = 0.999 * step_of(convolution, part)
    np.testing.assert_allclose(
        linearised.steps(steps, step=eta),
        convolution.steps(steps, step=eta),
        rtol=0,
        atol=1e-10 * size(initial, convolution.limit()),
    )


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
    monkeypatch.setattr(descent_module, "_KRYLOV", 20)
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
    monkeypatch.setattr(descent_module, "_KRYLOV", 20)
    monkeypatch.setattr(descent_module, "worth_forming", lambda *_: False)
    task, weights, initial, A, rest = long_problem("1", N=12, T=80)
    descent = convolution_descent(task, weights, initial)
    assert_trained(descent, initial, weights, A, rest, 1e-8)
    assert descent._finer.values.shape[1] == 80
    monkeypatch.setattr(descent_module, "_PATIENCE", 16 * 40**2 * (12 * 80 + 80))
    message = "^40 Krylov directions do not resolve .* fewer lags \\(lags n_x = 1024 always do for "
    with pytest.raises(ValueError, match=message):
        convolution_descent(task, weights, initial).limit()


def test_outputs_that_are_not_observed_at_the_same_steps_are_resolved_each_by_its_own(monkeypatch):
    task, weights, initial, *_ = long_problem("0.5", N=2, T=120, n_y=3)
    y = task.outputs.copy()
    y[0, 5:60, 0] = y[:, ::3, 2] = np.nan
    complete = convolution_descent(Task(task.inputs, y, first=2), weights, initial)
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    monkeypatch.setattr(descent_module, "_KRYLOV", 20)
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


@given(trainings(longest=8))
@settings(max_examples=30)
def test_just_below_the_largest_step_training_converges_and_just_above_it_explodes(training):
    task, weights, initial = training
    A, rest = in_theta(task, weights, initial)
    largest = convolution_descent(task, weights, initial).largest_step
    assume(np.isfinite(largest))
    U, s, _ = np.linalg.svd(A)
    assume(np.all(abs(U[:, 0] @ rest) > 1e-3))
    for factor, grows in ((1.01, True), (0.99, False)):
        moved = np.zeros((A.shape[1], task.n_y))
        for _ in range(2000):
            moved = moved - factor * largest * (A.T @ (A @ moved - rest))
        least = np.linalg.norm(rest) / s[0]
        assert (np.linalg.norm(moved) > 1e5 * least) == grows


@given(trainings(longest=4), st.integers(0, 2**70))
def test_exactly_at_the_boundary_a_step_is_allowed_and_nothing_explodes(training, steps):
    """However many there are, though ``eta lam`` may round to more than 2."""
    descent = convolution_descent(*training)
    assume(np.isfinite(descent.largest_step))
    responses = descent.steps([steps, 10**40], step=descent.largest_step)
    scale = size(training[1]) ** 0.5 * descent.distance
    assert abs(responses - training[2]).max() <= 2 * scale * (1 + 1e-12)
    message = f"step must be at most {descent.largest_step!r}, the largest stable one, got "
    with pytest.raises(ValueError, match=re.escape(message)):
        descent.steps(steps, step=float(np.nextafter(descent.largest_step, np.inf)))


def test_at_the_boundary_the_greatest_direction_swings_for_ever():
    descent = convolution_descent(Task([[[1]]], [[[1]]]), [1])
    assert descent.largest_step == 2
    swings = descent.steps([0, 1, 2, 10**17, 10**17 + 1, 10**30 + 1], step=2).ravel()
    assert swings.tolist() == [0, 2, 0, 0, 2, 2]


def test_a_default_step_is_half_the_largest():
    descent = convolution_descent(Task([[[1], [2]]], [[[1], [1]]]), [1, 0.5])
    half = descent.largest_step / 2
    assert np.array_equal(descent.steps([1, 7]), descent.steps([1, 7], step=half))


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (0,)])
def test_counts_and_times_keep_their_shape(shape):
    task = Task(np.ones((1, 2, 2)), np.ones((1, 2, 3)))
    descent = convolution_descent(task, [1, 1])
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    assert descent.steps(numbers).shape == (*shape, 2, 3, 2)
    assert descent.steps(numbers.tolist()).shape == (*shape, 2, 3, 2)
    assert descent.flow(numbers).shape == (*shape, 2, 3, 2)


@given(st.floats(0, 2), st.integers(0, 200))
def test_the_share_learned_is_that_of_exact_fractions(rate, steps):
    exact = float(1 - (1 - Fraction(rate)) ** steps)
    assert float(by_descent(np.array(rate), 1.0, steps)) == pytest.approx(exact, rel=1e-12, abs=1e-300)


def test_shares_of_slow_directions_keep_all_their_digits():
    rates = np.array([1e-300, 1e-30, 1e-20])
    np.testing.assert_allclose(by_descent(rates, 1.0, 10), 10 * rates, rtol=1e-14)
    np.testing.assert_allclose(by_flow(rates, 10.0), 10 * rates, rtol=1e-14)
    assert np.array_equal(by_flow(np.array([0, 1e-300, 1e300]), 1e300), [0, -np.expm1(-1), 1])


def test_a_rate_that_rounds_to_more_than_2_swings_as_2_does():
    assert by_descent(np.array(np.nextafter(2, 3)), 1.0, 10**18 + 1) == 2


def test_without_inputs_outputs_or_weights_nothing_moves():
    x, y, L = np.ones((1, 3, 1)), np.ones((1, 3, 1)), np.ones((3, 1, 1))
    for descent in (
        convolution_descent(Task(0 * x, y), [1, 1, 1], L),
        convolution_descent(Task(x, y), [0, 0, 0], L),
        linearised_descent(Task(x, y), np.zeros((3, 1, 1) * 2), L),
    ):
        assert descent.largest_step == np.inf
        assert descent.distance == 0
        for same in (
            descent.limit(),
            descent.steps(10**9),
            descent.steps(3, step=1e300),
            descent.flow(1e300),
        ):
            assert np.array_equal(same, L)
    silent = convolution_descent(Task(x, 0 * y), [1, 1, 1])
    assert not silent.limit().any()
    assert silent.distance == 0


@pytest.mark.parametrize("x_scale", [1e-70, 1, 1e70])
@pytest.mark.parametrize("y_scale", [1e-70, 1, 1e70])
@pytest.mark.parametrize("weight", [1e-8, 1, 1e8])
def test_training_scales_with_inputs_outputs_and_weights(x_scale, y_scale, weight):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 2, 4, 1))
    rho = lag_weights(Variances("0.5"), 4)
    plain = convolution_descent(Task(x, y), rho)
    scaled = convolution_descent(Task(x_scale * x, y_scale * y), weight * rho)
    factor = y_scale / x_scale
    with np.errstate(all="raise"):
        for run in (
            lambda d: d.steps([0, 1, 100, 10**15]),
            lambda d: d.flow(np.array([0.0, 0.1, 1e100]) * d.largest_step),
            lambda d: d.limit(),
        ):
            np.testing.assert_allclose(run(scaled), factor * run(plain), rtol=1e-9)
        assert scaled.largest_step == pytest.approx(plain.largest_step / x_scale**2 / weight, rel=1e-12)
        assert scaled.distance == pytest.approx(factor * plain.distance / weight**0.5, rel=1e-9)


@pytest.mark.parametrize(("transition", "lags"), [("1e-200", 10), ("3", 300), ("0.001", 150)])
def test_weights_from_almost_nothing_to_almost_everything_are_trained(transition, lags):
    """A lag whose weight underflows never moves; one step moves each by exactly its weight."""
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((3, lags, 1)), rng.standard_normal((3, lags, 1)))
    rho = lag_weights(Variances(transition), lags)
    descent = convolution_descent(task, rho)
    eta = descent.largest_step / 2
    first = -eta * rho * task.gradient(np.zeros((lags, 1, 1))).ravel()
    np.testing.assert_allclose(descent.steps(1).ravel(), first, rtol=1e-9, atol=1e-13 * abs(first).max())
    for one in (descent.steps(10**12), descent.flow(1e3 * eta), told(descent.limit)):
        assert np.isfinite(one).all()
        assert not one[rho == 0].any()


@pytest.mark.parametrize(("T", "by"), [(60, 40), (100, 60)])
def test_a_delay_that_the_weights_hide_from_float64_is_told(T, by):
    """Against certified digits: ``rho_40`` is 1e-26, beside which rounding errors are large."""
    task, t = delay(T, by)
    rho = lag_weights(Variances("0.2"), T)
    expected = kernel_regression(task, t, variances=Variances("0.2"), digits=10)[0, :, 0].astype(float)
    np.testing.assert_allclose(expected[-4:], np.arange(T - 4, T) - by, rtol=1e-9)
    scaled = convolution_descent(task, rho)
    linearised = linearised_descent(task, np.diag(rho).reshape(task.response_shape * 2))
    for descent in (scaled, linearised):
        for run in (descent.limit, lambda d=descent: d.flow([1e30])[0], lambda d=descent: d.steps(10**32)):
            assert abs(convolve(told(run), t)[0, :, 0] - expected).max() > 10
        told(lambda d=descent: d.distance)
        assert np.isfinite(descent.steps([0, 10**6])).all()  # where nothing of it is learned yet


def test_so_it_is_where_inputs_are_applied_by_fft(monkeypatch):
    task, _ = delay(60, 40)
    monkeypatch.setattr(task_module, "OPERATIONS", 0)
    for directions in (20, 200):  # the lags that matter, and a Krylov space that ends
        monkeypatch.setattr(descent_module, "_KRYLOV", directions)
        fresh = Task(task.inputs, task.outputs)
        told(convolution_descent(fresh, lag_weights(Variances("0.2"), 60)).limit)


@pytest.mark.parametrize("by", [0, 5, 20])
def test_a_delay_that_float64_sees_is_right_and_nothing_is_told(by):
    """Though other directions are beyond its reach."""
    task, t = delay(60, by)
    limit = convolution_descent(task, lag_weights(Variances("0.2"), 60)).limit()
    np.testing.assert_allclose(convolve(limit, t)[0, by:, 0], t[0, : 60 - by, 0], rtol=0, atol=1e-8)


@given(trainings())
def test_what_is_truly_null_is_not_told(training):
    """Repeated sequences, inputs and weights of 0, more lags than outputs; any warning is an error here."""
    task, weights, initial = training
    assume(well_conditioned(in_theta(task, weights, initial)[0]))
    descent = convolution_descent(task, weights, initial)
    for one in (descent.limit(), descent.steps(10**30), descent.flow(1e30)):
        assert np.isfinite(one).all()
    assert np.isfinite(descent.distance)


@pytest.mark.parametrize("w", ["0.5", "0.9", "0.99"])
def test_lags_of_negligible_weight_are_left_out_and_what_takes_long_is_put_off(w, monkeypatch):
    """Neither changes what is learned."""
    task, weights, *_ = long_problem(w)
    monkeypatch.setattr(descent_module, "_that_matter", lambda A: A.shape[1])
    full = convolution_descent(task, weights)
    monkeypatch.undo()
    short = convolution_descent(task, weights)
    assert (short.modes.vectors.shape[1] < 300) == (w == "0.5")
    monkeypatch.setattr(descent_module, "_SOON", 0)
    later = convolution_descent(task, weights)
    assert later.finer is not None
    for k in (1, 100, 10**4):
        expected = full.steps(k)
        for descent in (short, later):
            found = descent.steps(k, step=full.largest_step / 2 * (1 - 1e-15))
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * size(expected))


TASK = Task(np.ones((2, 3, 2)), np.ones((2, 3, 1)), lags=2)
GOOD = convolution_descent(TASK, [1, 1])
SYMMETRIC = np.eye(4).reshape(2, 1, 2, 2, 1, 2)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -1e-300], "weights must be >= 0, got -1e-300"),
        ([1, np.nan], "weights must be finite, got nan"),
        ([1, np.inf], "weights must be finite, got inf"),
        ([1, 1, 1], "weights must be 2, a number for each lag of the task, got 3"),
        ([], "weights must be 2, a number for each lag of the task, got 0"),
        ([[1, 1]], "weights must have 1 dimensions, got shape (1, 2)"),
        (1, "weights must have 1 dimensions, got shape ()"),
        (["1", "1"], "weights must be an array of real numbers, got dtype <U1"),
        ([1j, 1], "weights must be an array of real numbers, got dtype complex128"),
        (None, "weights must be an array of real numbers, got None"),
        (np.ma.masked_array([1, 1], [0, 1]), "weights must not be a masked array"),
        (Variances(1), "weights must be an array of real numbers, got Variances("),
    ],
)
def test_bad_weights_are_refused_by_name(weights, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        convolution_descent(TASK, weights)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (
            np.ones((2, 2, 1)),
            "initial must have shape (2, 1, 2), (lags, n_y, n_x) of the task, got (2, 2, 1)",
        ),
        (np.ones((2, 2)), "initial must have 3 dimensions, got shape (2, 2)"),
        (np.full((2, 1, 2), np.nan), "initial must be finite, got nan"),
        (np.ma.masked_array(np.ones((2, 1, 2)), True), "initial must not be a masked array"),
        ("zero", "initial must be an array of real numbers, got dtype <U4"),
    ],
)
def test_bad_starts_are_refused_by_name(initial, message):
    for start in (
        lambda: convolution_descent(TASK, [1, 1], initial),
        lambda: linearised_descent(TASK, SYMMETRIC, initial),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            start()


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        (np.eye(4), "theta must have 6 dimensions, got shape (4, 4)"),
        (
            np.eye(4).reshape(1, 2, 2, 1, 2, 2),
            "theta must have shape (2, 1, 2, 2, 1, 2) as the task's responses",
        ),
        (np.nan * SYMMETRIC, "theta must be finite, got nan"),
        (SYMMETRIC + np.triu(np.ones((4, 4)), 1).reshape(SYMMETRIC.shape), "theta must be symmetric"),
        (-SYMMETRIC, "theta must be symmetric and positive semidefinite, as lag kernels are"),
        (SYMMETRIC - 1.01 * np.eye(1, 16).reshape(SYMMETRIC.shape), "theta must be symmetric and positive"),
        (np.ma.masked_array(SYMMETRIC, True), "theta must not be a masked array"),
        ("theta", "theta must be an array of real numbers, got dtype <U5"),
    ],
)
def test_bad_kernels_are_refused_by_name(theta, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        linearised_descent(TASK, theta)


def test_a_linearised_network_needs_a_task_whose_inputs_can_be_formed():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        with pytest.raises(ValueError, match="task: the sequences are too long for a linearised network"):
            linearised_descent(Task(TASK.inputs, TASK.outputs, lags=2), SYMMETRIC)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        (-1, "-1"),
        (1.0, "1.0"),
        (True, "True"),
        (np.True_, "True"),
        ("3", "'3'"),
        (None, "None"),
        ([1, -2], "-2"),
        ([1, 2.5], "2.5"),
        (np.array([1.0]), "1.0"),
        ([[1], [2, 3]], "[1]"),
        (np.nan, "nan"),
        ({1, 2}, "{1, 2}"),
    ],
)
def test_bad_numbers_of_steps_are_refused_by_name(steps, shown):
    with pytest.raises(ValueError, match=rf"^steps must be an integer >= 0, got .*{re.escape(shown)}"):
        GOOD.steps(steps)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (0, "step must be > 0, got 0"),
        (-0.1, "step must be > 0, got -0.1"),
        ("1e-400", "step must be > 0, got '1e-400'"),
        (np.nan, "step must be a finite number, got nan"),
        (np.inf, "step must be a finite number, got inf"),
        ("fast", "step must be a finite number, got 'fast'"),
        (True, "step must be a finite number, got True"),
        ([0.1], "step must be a finite number, got [0.1]"),
        (10, f"step must be at most {GOOD.largest_step!r}, the largest stable one, got 10"),
        (10**400, "step must be in the range of float64"),
    ],
)
def test_bad_steps_are_refused_by_name(step, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        GOOD.steps(1, step=step)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (-1e-300, "times must be >= 0, got -1e-300"),
        ([1, -2], "times must be >= 0, got -2.0"),
        (np.nan, "times must be finite, got nan"),
        (np.inf, "times must be finite, got inf"),
        (["1"], "times must be an array of real numbers, got dtype <U1"),
        (True, "times must be a finite number, got True"),
        (None, "times must be an array of real numbers, got None"),
        ([[1], [2, 3]], "times must be an array, got rows of unequal length"),
        (np.ma.masked_array([1, 2], [0, 1]), "times must not be a masked array"),
    ],
)
def test_bad_times_are_refused_by_name(times, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        GOOD.flow(times)


def test_masked_numbers_of_steps_are_refused():
    with pytest.raises(ValueError, match="steps must not be a masked array"):
        GOOD.steps(np.ma.masked_array([1, 2], [0, 1]))


@pytest.mark.parametrize("wrong", [None, 3, np.ones((2, 3, 2))])
def test_what_is_no_task_is_refused(wrong):
    for start in (
        lambda: convolution_descent(wrong, [1, 1]),
        lambda: linearised_descent(wrong, SYMMETRIC),
    ):
        with pytest.raises(ValueError, match=r"^task must be a Task, got "):
            start()


@pytest.mark.parametrize(("inputs", "weight"), [(1e70, 1e200), (1e-70, 1e-200), (1e-75, 1e-300)])
def test_beyond_float64_is_an_overflow_that_says_so(inputs, weight):
    task = Task(np.full((1, 2, 1), inputs), np.ones((1, 2, 1)))
    with pytest.raises(OverflowError, match="weights times squared inputs leave the range of float64"):
        convolution_descent(task, [weight, weight])


def test_a_start_or_an_end_beyond_float64_is_an_overflow_too():
    task = Task(np.ones((1, 2, 1)), np.full((1, 2, 1), 1e70))
    with pytest.raises(OverflowError, match="initial: the outputs at the start exceed the range of float64"):
        convolution_descent(task, [1, 1], np.full((2, 1, 1), 1e308))
    with pytest.raises(OverflowError, match="the impulse response exceeds the range of float64"):
        convolution_descent(Task([[[1]]], [[[0]]]), [1], [[[1.7e308]]]).steps(1, step=2)
    assert convolution_descent(task, [1, 1], np.full((2, 1, 1), 1e200)).distance == pytest.approx(
        2**0.5 * 1e200
    )


def test_more_steps_than_a_float_can_count_are_refused():
    task = Task(inputs=[[[1]]], outputs=[[[1]]])
    with pytest.raises(ValueError, match="steps must be at most 1e"):
        convolution_descent(task, [1]).steps(10**301)
