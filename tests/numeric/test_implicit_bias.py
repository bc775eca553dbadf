"""No training breaks the bounds, and the bounds are no larger than they must be."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import in_theta, lagged, predictions, trainings

from numeric import Task, Variances, convolution_descent, lag_weights, step_bound, uniform_bound
from numeric import task as task_module

ROUNDING = 1 + 1e-9
PARTS = st.floats(0.01, 1)
VARIANCES = st.sampled_from(
    [Variances(0), Variances("0.01"), Variances("0.5", 2, 3), Variances(1), Variances(2, "0.1", 1), None]
)


def weighting(variances, lags):
    """rho, or the ones of the unscaled convolution for None."""
    return np.ones(lags) if variances is None else lag_weights(variances, lags)


def stepping(task, weights, initial, eta, steps):
    """L^0, L^1, ...: stepping theta itself, on X by definition."""
    A, rest = in_theta(task, weights, initial)
    root = np.repeat(np.sqrt(weights), task.n_x)[:, None]
    moved, path = np.zeros((A.shape[1], task.n_y)), []
    for _ in range(steps + 1):
        path.append((root * moved).reshape(task.lags, task.n_x, task.n_y))
        moved = moved - eta * (A.T @ (A @ moved - rest))
    return np.array(path)


def norms(moved):
    """Frobenius, lag by lag."""
    return np.linalg.norm(moved, axis=(-1, -2))


def floor(task, weights, initial):
    """Rounding errors of a run, lag by lag: of the residual, seen through the weights."""
    _, rest = in_theta(task, weights, initial)
    A, _ = in_theta(task, weights, 0 * initial)
    return 1e-12 * np.sqrt(weights) * np.linalg.norm(rest) / max(np.linalg.norm(A, 2), 1e-300)


@given(trainings(longest=8), VARIANCES, PARTS)
@settings(max_examples=60)
def test_no_training_breaks_the_step_bound(training, variances, part):
    """For every stable step."""
    task, _, initial = training
    weights = weighting(variances, task.lags)
    descent = convolution_descent(task, weights, initial)
    eta = part * min(descent.largest_step, 1e3)
    numbers = np.arange(101)
    bound = step_bound(task, weights, numbers, step=eta, initial=initial)
    stepped = norms(stepping(task, weights, initial, eta, 100))
    slack = floor(task, weights, initial)
    assert np.all(stepped <= bound * ROUNDING + slack)
    assert np.all(norms(descent.steps(numbers, step=eta) - initial) <= bound * ROUNDING + slack)


@given(trainings(longest=8), VARIANCES, PARTS)
@settings(max_examples=60)
def test_no_training_breaks_the_uniform_bound(training, variances, part):
    """For every step up to half the largest stable one, after any number of steps and time."""
    task, _, initial = training
    weights = weighting(variances, task.lags)
    descent = convolution_descent(task, weights, initial)
    eta = part * min(descent.largest_step, 1e3) / 2
    bound = uniform_bound(task, weights, initial=initial) * ROUNDING + floor(task, weights, initial)
    assert np.all(norms(stepping(task, weights, initial, eta, 100)) <= bound)
    assert np.all(norms(descent.steps([*range(101), 10**4, 10**9, 10**18], step=eta) - initial) <= bound)
    times = eta * np.array([0, 0.1, 1, 10, 1e3, 1e6, 1e12])
    assert np.all(norms(descent.flow(times) - initial) <= bound)
    assert np.all(norms(descent.limit() - initial) <= bound)


@given(trainings(longest=8), VARIANCES, st.integers(0, 10**6))
def test_the_bounds_are_their_formulas(training, variances, steps):
    """``rho_j k eta |X_j| |r^0|`` and ``sqrt(rho_j) |theta* - theta^0|``, from norms by definition."""
    task, _, initial = training
    weights = weighting(variances, task.lags)
    eta = 0.5 * min(convolution_descent(task, weights, initial).largest_step, 1e3)
    residual = np.linalg.norm((predictions(initial, task.inputs) - task.outputs)[:, task.first :])
    X = lagged(task).reshape(-1, task.lags, task.n_x)
    sizes = np.array([np.linalg.norm(X[:, j], 2) for j in range(task.lags)])
    np.testing.assert_allclose(
        step_bound(task, weights, steps, step=eta, initial=initial),
        weights * steps * eta * sizes * residual,
        rtol=1e-10,
        atol=1e-13 * steps * eta * residual * max(sizes) * max(weights),
    )
    distance = convolution_descent(task, weights, initial).distance
    found = uniform_bound(task, weights, initial=initial)
    np.testing.assert_allclose(found, np.sqrt(weights) * distance, rtol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "L", "rho", "part"), [(2, 3, 0, 1, 0.3), (-0.5, 1, 4, 0.01, 0.5), (1, 0, 1, 5, 1)]
)
def test_both_bounds_are_attained(x, y, L, rho, part):
    """One input, one lag: the first step goes as far as the one bound, the limit as far as the other."""
    task, start = Task([[[x]]], [[[y]]]), np.reshape(float(L), (1, 1, 1))
    descent = convolution_descent(task, [rho], start)
    eta = part * descent.largest_step
    first = norms(descent.steps(1, step=eta) - start)
    assert first == pytest.approx(step_bound(task, [rho], 1, step=eta, initial=start), rel=1e-14)
    assert norms(descent.limit() - start) == pytest.approx(
        uniform_bound(task, [rho], initial=start), rel=1e-14
    )


def test_bounds_of_several_lags_and_coordinates_are_attained_too():
    """Lags of orthogonal inputs; the residual is all along that of lag 1, which takes all of the steps."""
    x = np.zeros((3, 2, 3))
    x[0, 0], x[1, 0], x[2, 1] = [3, 0, 0], [0, 1, 0], [0, 0, 1]
    y = np.zeros((3, 2, 2))
    y[0, 1] = [3, -4]
    rho = lag_weights(Variances("0.3", 2), 2)
    task = Task(x, y)
    descent = convolution_descent(task, rho)
    moved = norms(descent.steps([1, 10**6], step=1e-6))
    assert moved[0, 1] == pytest.approx(step_bound(task, rho, 1, step=1e-6)[1], rel=1e-12)
    assert norms(descent.limit())[1] == pytest.approx(uniform_bound(task, rho)[1], rel=1e-12)


@pytest.mark.parametrize("share", [0.99, 1.0])
def test_no_smaller_bound_would_hold(share):
    """With 99 percent of either, the constructed training would break it."""
    task = Task([[[2]]], [[[3]]])
    descent = convolution_descent(task, [0.7])
    first, limit = norms(descent.steps(1)), norms(descent.limit())
    holds = (
        first <= share * step_bound(task, [0.7], 1) * ROUNDING,
        limit <= share * uniform_bound(task, [0.7]) * ROUNDING,
    )
    assert all(holds) == (share == 1)


def test_past_half_the_largest_step_the_uniform_bound_can_be_broken():
    """So its assumption is needed: a step of 2/lam overshoots by as much again."""
    task = Task([[[1]]], [[[1]]])
    descent = convolution_descent(task, [1])
    beyond = norms(descent.steps(1, step=0.75 * descent.largest_step))
    assert beyond > 1.4 * uniform_bound(task, [1])


def test_with_a_small_transition_the_bounds_fall_geometrically_with_the_lag():
    """The implicit bias to short memory, even where all there is to learn is a delay by 20 steps."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((10, 30, 1))
    y = np.roll(x, 20, axis=1)
    y[:, :20] = 0
    task, variances = Task(x, y), Variances("0.25")
    rho = lag_weights(variances, 30)
    bound = step_bound(task, rho, 100)
    moved = norms(convolution_descent(task, rho).steps(100))
    assert np.all(moved <= bound)
    assert np.all(bound[3:] < 0.5 * bound[2:-1])
    assert moved[20] < 1e-6  # the lag that matters
    assert norms(convolution_descent(task, np.ones(30)).steps(100))[20] > 0.9  # without the weights


@given(trainings(longest=8, least_columns=2), PARTS, st.integers(0, 100))
@settings(max_examples=30)
def test_where_inputs_are_applied_by_fft_the_bounds_are_the_same(training, part, steps):
    task, weights, initial = training
    A, _ = in_theta(task, weights, initial)
    values = np.linalg.svd(A, compute_uv=False)
    assume(np.all(values > 1e-3 * values[0]) and values[0] > 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        fresh = Task(task.inputs, task.outputs, task.lags, task.first)
        options = {"step": 0.99 * part * convolution_descent(task, weights).largest_step, "initial": initial}
        np.testing.assert_allclose(
            step_bound(fresh, weights, steps, **options),
            step_bound(task, weights, steps, **options),
            rtol=1e-9,
        )
        ours, theirs = (uniform_bound(one, weights, initial=initial) for one in (fresh, task))
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (0,)])
def test_numbers_of_steps_keep_their_shape(shape):
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    task = Task(np.ones((1, 4, 2)), np.ones((1, 4, 3)))
    assert step_bound(task, np.ones(4), numbers).shape == (*shape, 4)
    assert step_bound(task, np.ones(4), numbers.tolist()).shape == (*shape, 4)


def test_with_nothing_to_learn_the_bounds_are_zero():
    task = Task(np.zeros((1, 3, 1)), np.ones((1, 3, 1)))
    assert not step_bound(task, [1, 1, 1], 10**9).any()
    assert not uniform_bound(task, [1, 1, 1]).any()
    assert not step_bound(Task([[[1], [1]]], [[[0], [0]]]), [1, 1], 10**9).any()


@pytest.mark.parametrize(
    ("x", "y", "weight"), [(1e70, 1e70, 1), (1e-70, 1e70, 1), (1e70, 1e-70, 1e-8), (1, 1e70, 1e-200)]
)
def test_bounds_of_great_and_small_numbers(x, y, weight):
    task = Task([[[x]]], [[[y]]])
    with np.errstate(all="raise"):
        found = uniform_bound(task, [weight])
        assert found == pytest.approx(y / x, rel=1e-12)
        assert step_bound(task, [weight], 1) == pytest.approx(y / x, rel=1e-12)  # eta = 1/lam: all at once


def test_a_bound_beyond_float64_is_an_overflow():
    with pytest.raises(OverflowError, match="the bound exceeds the range of float64"):
        step_bound(Task([[[1e-70], [0]]], [[[1e70], [0]]]), [1, 1], 10**300)


GOOD = Task(np.ones((1, 2, 1)), np.ones((1, 2, 1)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, [1, 1]), "task must be a Task, got 3"),
        ((GOOD, [1, -1]), "weights must be >= 0, got -1.0"),
        ((GOOD, [1]), "weights must be 2, a number for each lag of the task, got 1"),
        ((GOOD, [1, np.nan]), "weights must be finite, got nan"),
        ((GOOD, np.ma.masked_array([1, 1], [0, 1])), "weights must not be a masked array"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, message):
    for bound in (lambda *given: step_bound(*given, 1), uniform_bound):
        with pytest.raises(ValueError, match=re.escape(message)):
            bound(*arguments)


def test_bad_starts_steps_and_numbers_are_refused_by_name():
    for bound in (
        lambda **given: step_bound(GOOD, [1, 1], 1, **given),
        lambda **given: uniform_bound(GOOD, [1, 1], **given),
    ):
        with pytest.raises(ValueError, match=r"initial must have shape \(2, 1, 1\)"):
            bound(initial=np.ones((1, 1, 2)))
    for steps in (-1, 1.0, True, "1", None, [1, -1]):
        with pytest.raises(ValueError, match="steps must be an integer >= 0, got "):
            step_bound(GOOD, [1, 1], steps)
    for step in (0, -1, np.nan, "x", True):
        with pytest.raises(ValueError, match="step must be "):
            step_bound(GOOD, [1, 1], 1, step=step)
    with pytest.raises(ValueError, match=r"step must be at most .*, the largest stable one, got 100"):
        step_bound(GOOD, [1, 1], 1, step=100)
