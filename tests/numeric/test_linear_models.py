"""Networks linearised at their start, weights of every size, and what float64 may lose of them."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import (
    PARTS,
    SEEDS,
    delay,
    gradient,
    in_theta,
    lagged,
    predictions,
    size,
    step_of,
    tasks,
    told,
    trainings,
    well_conditioned,
)

from numeric import (
    Task,
    Variances,
    convolution_descent,
    convolve,
    kernel_regression,
    lag_weights,
    linearised_descent,
)
from numeric import task as task_module


def linear_model(task, seed, parameters):
    """``L = L^0 + R p`` with a random R, its kernel ``R R'`` and A, rows in the order of r^0's."""
    R = np.random.default_rng(seed).standard_normal((*task.response_shape, parameters))
    theta = np.tensordot(R, R, axes=(3, 3))
    outputs = [predictions(np.ascontiguousarray(R[..., m]), task.inputs) for m in range(parameters)]
    A = np.stack(outputs, axis=-1)[:, task.first :].reshape(-1, parameters)
    return R, theta, A


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


TASK = Task(np.ones((2, 3, 2)), np.ones((2, 3, 1)), lags=2)
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
