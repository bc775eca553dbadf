"""The network's training, against the unrolled recursion: its complex steps and its own stepping."""

import re
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import SEEDS, loss, tasks
from unrolled import close, random_network, unrolled, unrolled_gradients, unrolled_loss, unrolled_training

from numeric import (
    Network,
    Rates,
    Task,
    Variances,
    impulse_response,
    largest_stable_step,
    network_descent,
    network_gradients,
    train_network,
)


@given(tasks(longest=5), st.integers(1, 4), SEEDS)
@settings(max_examples=40)
def test_gradients_are_the_complex_steps_of_the_unrolled_network(task, n, seed):
    network = random_network(n, task.n_x, task.n_y, np.random.default_rng(seed))
    ours, theirs = network_gradients(*network, task), unrolled_gradients(*network, task)
    largest = max(abs(matrix).max() for matrix in network)
    scale = (
        np.sqrt(2 * unrolled_loss(*network, task)) * np.linalg.norm(task.inputs) * (1 + largest) ** task.lags
    )
    for our, their in zip(ours, theirs, strict=True):
        assert our.dtype == np.float64
        np.testing.assert_allclose(our, their, rtol=0, atol=1e-12 * max(scale, 1e-300))


def test_gradients_are_finite_differences_too():
    """Of several coordinates, lags < T and first > 0, at a width of 30."""
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((3, 6, 2)), rng.standard_normal((3, 6, 3)), lags=4, first=2)
    network = random_network(30, 2, 3, rng)
    for k, gradient in enumerate(network_gradients(*network, task)):
        direction = rng.standard_normal(gradient.shape)
        losses = []
        for part in (2, 1, -1, -2):
            moved = list(network)
            moved[k] = network[k] + part * 1e-3 * direction
            losses.append(unrolled_loss(*moved, task))
        slope = (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / 12e-3
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-9)


@given(tasks(longest=5), st.integers(1, 8), SEEDS, st.floats(0.01, 0.2))
@settings(max_examples=40)
def test_training_is_what_stepping_the_unrolled_network_gives(task, n, seed, part):
    network = random_network(n, task.n_x, task.n_y, np.random.default_rng(seed))
    step = part * min(1.0, largest_stable_step(*network, task))
    with np.errstate(over="ignore", invalid="ignore"):
        path = unrolled_training(*network, task, step, 12)
        assume(unrolled_loss(*path[-1], task) <= unrolled_loss(*path[0], task))  # or it diverges, with chaos
    scale = max(abs(impulse_response(*now, task.lags)).max() for now in path)
    trained = train_network(*network, task, steps=[12, 0, 5], step=step)
    for response, k in zip(trained.responses, (12, 0, 5), strict=True):
        np.testing.assert_allclose(
            response, impulse_response(*path[k], task.lags), rtol=0, atol=1e-11 * scale
        )
    for ours, theirs in zip((trained.W, trained.F, trained.C), path[-1], strict=True):
        close(ours, theirs, 1e-11)


def test_a_long_training_of_a_wide_network_is_the_unrolled_one():
    rng = np.random.default_rng(3)
    task = Task(rng.standard_normal((4, 6, 2)), rng.standard_normal((4, 6, 2)), lags=5, first=1)
    network = random_network(60, 2, 2, rng, Variances("0.5"))
    step = largest_stable_step(*network, task) / 3
    path = unrolled_training(*network, task, step, 300)
    trained = train_network(*network, task, steps=[300, 17], step=step)
    for ours, theirs in zip((trained.W, trained.F, trained.C), path[-1], strict=True):
        close(ours, theirs, 1e-11)
    close(trained.responses[1], impulse_response(*path[17], 5), 1e-11)
    assert task.loss(trained.responses[0]) == pytest.approx(unrolled_loss(*path[-1], task), rel=1e-10)


@pytest.mark.parametrize("rates", [(2, 0.5, 3), (1, 0, 0), (0, 1, 0), (0, 0, 1), (7, 1, 7)], ids=str)
def test_each_matrix_is_trained_at_its_rate(rates):
    rng = np.random.default_rng(1)
    task = Task(rng.standard_normal((3, 5, 2)), rng.standard_normal((3, 5, 2)))
    network = random_network(7, 2, 2, rng)
    given = Network(*network, rates=Rates(*rates))
    step = largest_stable_step(given, task) / 3
    path = unrolled_training(*network, task, step, 100, rates)
    trained = train_network(given, task, steps=[0, 100], step=step)
    for rate, ours, theirs, start in zip(
        rates, (trained.W, trained.F, trained.C), path[-1], network, strict=True
    ):
        close(ours, theirs, 1e-11)
        assert np.array_equal(ours, start) == (rate == 0)
    losses = [task.loss(response) for response in trained.responses]
    assert losses[1] < losses[0]


def test_the_largest_stable_step_is_that_of_the_kernel_at_its_rates():
    """Where the readout alone is trained, it is linear regression on the hidden states."""
    rng = np.random.default_rng(2)
    task = Task(rng.standard_normal((6, 4, 2)), rng.standard_normal((6, 4, 1)))
    network = random_network(6, 2, 1, rng)
    reservoir = Network(*network, rates=Rates(0, 0, 1))
    states = unrolled(*network[:2], np.eye(6) * 6**0.5, task).reshape(-1, 6) / 6**0.5  # h / sqrt(n)
    exact = 2 / np.linalg.eigvalsh(states.T @ states)[-1]
    assert largest_stable_step(reservoir, task) == pytest.approx(exact, rel=1e-10)
    with pytest.raises(ValueError, match="largest stable"):
        train_network(reservoir, task, steps=1, step=1.01 * exact)


def test_the_response_is_that_of_the_network_that_is_yielded():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((2, 4, 2)), rng.standard_normal((2, 4, 3)))
    losses = []
    for W, F, C, response in islice(network_descent(*random_network(40, 2, 3, rng), task), 20):
        close(response, impulse_response(W, F, C, 4), 1e-13)
        assert loss(response, task) == pytest.approx(unrolled_loss(W, F, C, task), rel=1e-12)
        losses.append(task.loss(response))
    assert np.all(np.diff(losses) < 0)


def test_inputs_are_left_unchanged_in_any_layout():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((2, 4, 2)), rng.standard_normal((2, 4, 1)))
    plain = random_network(10, 2, 1, rng)
    expected = train_network(*plain, task, steps=5)
    for layout in (
        lambda m: m,
        np.asfortranarray,
        lambda m: m[::-1, ::-1].copy()[::-1, ::-1],
        lambda m: np.repeat(m, 2, axis=1)[:, ::2],
    ):
        network = tuple(map(layout, plain))
        for matrix in network:
            matrix.setflags(write=False)
        trained = train_network(*network, task, steps=5)
        network_gradients(*network, task)
        close(trained.responses, expected.responses, 1e-13)
        close(trained.W, expected.W, 1e-13)
        for matrix, before in zip(network, plain, strict=True):
            assert np.array_equal(matrix, before)
    for ours, theirs in zip((trained.W, trained.F, trained.C), plain, strict=True):
        assert not np.shares_memory(ours, theirs)


def test_lists_and_integers_are_networks_too():
    task = Task([[[1], [2]]], [[[0], [1]]])
    integers = [[1, 0], [0, 1]], [[1], [1]], [[1, -1]]
    floats = [np.array(matrix, dtype=float) for matrix in integers]
    assert np.array_equal(
        train_network(*integers, task, steps=3).responses, train_network(*floats, task, steps=3).responses
    )


def test_single_precision_stays_single_and_is_close_to_double():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((5, 6, 2)), rng.standard_normal((5, 6, 1)), lags=4)
    single = [matrix.astype(np.float32) for matrix in random_network(100, 2, 1, rng)]
    double = [matrix.astype(np.float64) for matrix in single]
    step = largest_stable_step(*double, task) / 2
    assert largest_stable_step(*single, task) == pytest.approx(2 * step, rel=1e-12)
    ours, theirs = (train_network(*network, task, steps=[0, 50], step=step) for network in (single, double))
    for name in ("W", "F", "C", "responses"):
        assert getattr(ours, name).dtype == np.float32
        assert getattr(theirs, name).dtype == np.float64
        close(getattr(ours, name), getattr(theirs, name), 2e-5)
    for ours, theirs in zip(network_gradients(*single, task), network_gradients(*double, task), strict=True):
        assert ours.dtype == np.float32
        close(ours, theirs, 1e-5)
    mixed = train_network(single[0], double[1], single[2], task, steps=1)
    assert mixed.responses.dtype == mixed.W.dtype == np.float64
    for now in islice(network_descent(*single, task), 3):
        assert {array.dtype for array in now} == {np.dtype(np.float32)}


@given(tasks(longest=4), st.integers(1, 6), SEEDS)
@settings(max_examples=40)
def test_the_largest_stable_step_is_that_of_the_tangent_kernel(task, n, seed):
    """2 / lam_max of the outputs' Jacobian by complex steps; whatever the width, it is never refused."""
    network = random_network(n, task.n_x, task.n_y, np.random.default_rng(seed))
    rows = []
    for k, matrix in enumerate(network):
        for entry in np.ndindex(matrix.shape):
            moved = [m.astype(complex) for m in network]
            moved[k][entry] += 1e-100j
            rows.append((unrolled(*moved, task).imag[:, task.first :] / 1e-100).ravel())
    norm = np.linalg.norm(rows, 2)
    expected = 2 / norm**2 if norm else np.inf
    assert largest_stable_step(*network, task) == pytest.approx(expected, rel=1e-10)


def test_a_step_past_stability_is_refused_with_the_largest_stable_one_which_is_allowed():
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((2, 4, 1)), rng.standard_normal((2, 4, 1)))
    network = random_network(20, 1, 1, rng)
    largest = largest_stable_step(*network, task)
    message = f"step must be at most {largest!r}, the largest stable one, got "
    for past in (np.nextafter(largest, 1), 2 * largest, 10**9):
        for train in (network_descent, lambda *given, step: train_network(*given, steps=0, step=step)):
            with pytest.raises(ValueError, match=re.escape(message)):
                train(*network, task, step=past)
    assert np.isfinite(train_network(*network, task, steps=3, step=largest).responses).all()


def test_at_a_minimum_a_step_just_past_stability_explodes_and_one_just_below_does_not():
    """There the kernel is the Hessian's, so its own stability is that of the network."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 4, 1))
    W, F, C = random_network(300, 1, 1, rng)
    least = Task(x, unrolled(W, F, C, Task(x, x)).real)
    largest = largest_stable_step(W, F, C, least)
    nearly = F + 1e-6 * rng.standard_normal(F.shape)
    start = unrolled_loss(W, nearly, C, least)
    for factor, grows in ((1.02, True), (0.98, False)):
        now = unrolled_training(W, nearly, C, least, factor * largest, 150)[-1]
        assert (unrolled_loss(*now, least) > 100 * start) == grows
    with pytest.raises(ValueError, match="the largest stable one"):
        train_network(W, F, C, least, steps=1, step=1.02 * largest)
    losses = least.loss(train_network(W, nearly, C, least, steps=[0, 150], step=0.98 * largest).responses)
    assert losses[1] < losses[0]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1e3), (1, 1e30), (1e-5, 1e30), (1e-3, 1e5)])
def test_divergence_is_an_overflow_that_names_the_step_and_never_nan(kind, inputs, outputs):
    rng = np.random.default_rng(0)
    task = Task(np.full((1, 3, 1), inputs), np.full((1, 3, 1), outputs))
    network = [matrix.astype(kind) for matrix in random_network(8, 1, 1, rng)]
    step = largest_stable_step(*network, task)
    message = (
        rf"^the training diverged with step {step:g}: .* largest stable step was {step:g}; take a smaller"
    )
    finite = []
    with pytest.raises(OverflowError, match=message.replace("+", r"\+")):
        finite.extend(
            all(np.isfinite(a).all() for a in now) for now in network_descent(*network, task, step=step)
        )
    assert all(finite)


def test_nothing_to_learn_leaves_the_network_as_it_is():
    rng = np.random.default_rng(0)
    W, F, C = random_network(5, 2, 1, rng)
    x = rng.standard_normal((2, 3, 2))
    for network, task in (
        ((W, F, C), Task(0 * x, x[..., :1])),
        ((W, 0 * F, 0 * C), Task(x, x[..., :1])),
        ((0 * W, 0 * F, 0 * C), Task(x, x[..., :1])),
    ):
        trained = train_network(*network, task, steps=10)
        for ours, theirs in zip((trained.W, trained.F, trained.C), network, strict=True):
            assert np.array_equal(ours, theirs)
    assert largest_stable_step(0 * W, 0 * F, 0 * C, Task(x, x[..., :1])) == np.inf


@pytest.mark.parametrize(
    ("n", "T", "lags", "n_x", "n_y"), [(1, 1, 1, 1, 1), (5, 3, 1, 2, 1), (1, 4, 4, 6, 3), (30, 1, 1, 1, 9)]
)
def test_odd_shapes_are_trained_as_any(n, T, lags, n_x, n_y):
    """One unit, one step, one lag, more inputs than steps; widths that blocks of rows do not divide."""
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((1, T, n_x)), rng.standard_normal((1, T, n_y)), lags)
    network = random_network(n, n_x, n_y, rng)
    step = largest_stable_step(*network, task) / 2
    trained = train_network(*network, task, steps=4, step=step)
    for ours, theirs in zip(
        (trained.W, trained.F, trained.C), unrolled_training(*network, task, step, 4)[-1], strict=True
    ):
        close(ours, theirs, 1e-12)
    if lags == 1:
        assert np.array_equal(trained.W, network[0])


def test_many_numbers_of_steps_are_as_quick_as_the_last_alone_and_in_the_order_asked_for():
    task = Task([[[1]]], [[[0.5]]])
    numbers = np.arange(2_000)[::-1]
    responses = train_network([[1.0]], [[1.0]], [[1.0]], task, steps=numbers, step=1e-4).responses
    assert responses.shape == (2_000, 1, 1, 1)
    assert np.all(np.diff(responses.ravel()) > 0)
    square = train_network([[1.0]], [[1.0]], [[1.0]], task, steps=[[3, 3], [0, 1]], step=1e-4).responses
    assert np.array_equal(square.ravel(), responses[[-4, -4, -1, -2]].ravel())


NETWORK = np.eye(3), np.ones((3, 2)), np.ones((1, 3))
TASK = Task(np.ones((1, 4, 2)), np.ones((1, 4, 1)))


def all_functions(*arguments):
    """Each function of a network and a task, yet to be called."""
    return (
        lambda: network_gradients(*arguments),
        lambda: network_descent(*arguments),
        lambda: train_network(*arguments, steps=1),
        lambda: largest_stable_step(*arguments),
    )


@pytest.mark.parametrize(
    ("position", "wrong", "message"),
    [
        (0, np.ones((3, 2)), "W must be square, (n, n) with n >= 1, got (3, 2)"),
        (0, np.ones((0, 0)), "W must be square, (n, n) with n >= 1, got (0, 0)"),
        (0, np.full((3, 3), np.nan), "W must be finite, got nan"),
        (0, np.ma.masked_array(np.eye(3), True), "W must not be a masked array"),
        (0, "W", "W must be an array of real numbers, got dtype <U1"),
        (0, np.eye(3, dtype=complex), "W must be an array of real numbers, got dtype complex128"),
        (1, np.ones((2, 2)), "F must have shape (n, n_x) with n = 3"),
        (1, np.full((3, 2), np.inf), "F must be finite, got inf"),
        (
            1,
            np.ones((3, 1)),
            "F and C must have n_x = 2 columns and n_y = 1 rows as the task, got shapes (3, 1)",
        ),
        (
            2,
            np.ones((2, 3)),
            "F and C must have n_x = 2 columns and n_y = 1 rows as the task, got shapes (3, 2)",
        ),
        (2, np.ones((1, 2)), "C must have shape (n_y, n) with n = 3"),
        (3, None, "task must be a Task, got None"),
        (3, (np.ones((1, 4, 2)), np.ones((1, 4, 1))), "task must be a Task, got (array("),
    ],
)
def test_bad_networks_and_tasks_are_refused_by_name(position, wrong, message):
    arguments = [*NETWORK, TASK]
    arguments[position] = wrong
    for function in all_functions(*arguments):
        with pytest.raises(ValueError, match=re.escape(message)):
            function()


@pytest.mark.parametrize("steps", [-1, 2.0, True, "1", None, [0, -3], [[1], [2, 3]], np.nan])
def test_bad_numbers_of_steps_are_refused_by_name(steps):
    with pytest.raises(ValueError, match=r"^steps must be an integer >= 0, got "):
        train_network(*NETWORK, TASK, steps=steps)


def test_no_number_of_steps_is_refused():
    for none in ([], np.zeros((0, 2), int)):
        with pytest.raises(ValueError, match="steps must name at least one number of steps"):
            train_network(*NETWORK, TASK, steps=none)


@pytest.mark.parametrize("step", [0, -1e-9, np.nan, np.inf, "quick", True, [0.1], 1j])
def test_bad_steps_are_refused_by_name_before_any_training(step):
    with pytest.raises(ValueError, match=r"^step must be "):
        network_descent(*NETWORK, TASK, step=step)
    with pytest.raises(ValueError, match=r"^step must be "):
        train_network(*NETWORK, TASK, steps=10**9, step=step)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_gradients_beyond_their_range_are_an_overflow(kind):
    W, F, C = (matrix.astype(kind) for matrix in NETWORK)
    huge = np.finfo(kind).max / 4
    with pytest.raises(OverflowError, match=f"exceeds? the range of {np.dtype(kind)}; scale"):
        network_gradients(kind(huge) * W, F, C, TASK)
    with pytest.raises(OverflowError, match=f"exceeds? the range of {np.dtype(kind)}; scale"):
        network_gradients(W, kind(huge) * F, C, TASK)
    if kind == np.float32:
        with pytest.raises(OverflowError, match="gradient exceeds the range of float32"):
            network_gradients(W, F, C, Task(1e30 * TASK.inputs, TASK.outputs))
    with np.errstate(all="raise"):
        small = network_gradients(kind(1e-30) * W, kind(1e-30) * F, kind(1e-30) * C, TASK)
    assert all(np.isfinite(gradient).all() for gradient in small)


def test_a_step_that_float32_cannot_hold_is_refused_and_not_rounded_to_0():
    rng = np.random.default_rng(0)
    W, F, C = (rng.standard_normal(shape).astype(np.float32) for shape in ((40, 40), (40, 1), (1, 40)))
    F, C = F * np.float32(1e-20), C * np.float32(1e20)
    task = Task(1e4 * np.ones((1, 1, 1)), 1e4 * np.ones((1, 1, 1)))
    with pytest.raises(OverflowError, match=r"the step .* is beyond the range of float32"):
        train_network(W, F, C, task, steps=1)
    trained = train_network(*(matrix.astype(float) for matrix in (W, F, C)), task, steps=50)
    np.testing.assert_allclose(trained.responses, 1)
    ones = np.ones((3, 3), np.float32), np.ones((3, 1), np.float32), np.ones((1, 3), np.float32)
    for size in (1e-30, 1e30):
        extreme = Task(size * np.ones((1, 1, 1)), size * np.ones((1, 1, 1)))
        with pytest.raises(OverflowError, match=r"beyond the range of float32|gradient exceeds the range"):
            train_network(*ones, extreme, steps=1)


def test_what_would_take_too_long_is_refused_at_once():
    rng = np.random.default_rng(0)
    network = rng.normal(size=(5, 5)), rng.normal(size=(5, 1)), rng.normal(size=(1, 5))
    long = Task(np.ones((1, 5000, 1)), np.ones((1, 5000, 1)))
    for function in (largest_stable_step, lambda *given: train_network(*given, steps=1)):
        with pytest.raises(ValueError, match=r"task: lags must be at most 1024 .*, got 5000"):
            function(*network, long)
    short = Task(np.ones((1, 2, 1)), np.ones((1, 2, 1)))
    with pytest.raises(ValueError, match=r"steps must be at most 1e\+09"):
        train_network(*network, short, steps=10**10)
