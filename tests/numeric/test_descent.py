"""Training in closed form, against stepping, integrating and least squares in the same parameters."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import PARTS, SEEDS, gradient, in_theta, response, size, step_of, trainings, well_conditioned
from scipy import integrate, linalg

from numeric import Task, Variances, convolution_descent, lag_weights
from numeric.learned import by_descent, by_flow


def scale_of(task, weights, initial):
    """The response that one direction would learn if all of the residual were along it."""
    A, rest = in_theta(task, weights, initial)
    return max(weights) ** 0.5 * np.linalg.norm(rest) / max(np.linalg.norm(A, 2), 1e-300) if A.any() else 0.0


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


GOOD = convolution_descent(Task(np.ones((2, 3, 2)), np.ones((2, 3, 1)), lags=2), [1, 1])


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


def test_more_steps_than_a_float_can_count_are_refused():
    task = Task(inputs=[[[1]]], outputs=[[[1]]])
    with pytest.raises(ValueError, match="steps must be at most 1e"):
        convolution_descent(task, [1]).steps(10**301)
