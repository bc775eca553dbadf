"""The data of a training, against the definition's sums; and whatever it must refuse."""

import copy
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import SEEDS, gradient, lagged, loss, tasks

from numeric import Task
from numeric import task as task_module
from numeric.arguments import shown
from numeric.lagged import flat
from numeric.task import given_task, reduced_gradient


def fresh(task):
    """The same task, which has reduced nothing yet."""
    return Task(task.inputs, task.outputs, task.lags, task.first)


def response_of(task, seed):
    return np.random.default_rng(seed).standard_normal(task.response_shape)


@given(tasks(), SEEDS)
def test_loss_and_gradient_are_the_definitions_sums(task, seed):
    L = response_of(task, seed)
    assert task.loss(L) == pytest.approx(loss(L, task), rel=1e-12)
    expected = gradient(L, task)
    scale = np.sqrt(2 * loss(L, task)) * np.linalg.norm(task.inputs)
    np.testing.assert_allclose(task.gradient(L), expected, rtol=0, atol=1e-13 * scale)


@given(tasks(longest=4), SEEDS)
def test_the_gradient_is_the_derivative_of_the_loss(task, seed):
    """J is quadratic: its central difference is exact at any distance."""
    L, step = response_of(task, seed), np.random.default_rng(seed + 1).standard_normal(task.response_shape)
    difference = (task.loss(L + step) - task.loss(L - step)) / 2
    scale = task.loss(L) + task.loss(L + step) + task.loss(L - step)
    assert np.sum(task.gradient(L) * step) == pytest.approx(difference, rel=1e-10, abs=1e-13 * scale)


@given(tasks(), SEEDS, st.integers(0, 3), st.integers(1, 3))
def test_a_batch_of_losses_is_that_of_its_members(task, seed, a, b):
    L = np.random.default_rng(seed).standard_normal((a, b, *task.response_shape))
    losses = task.loss(L)
    assert losses.shape == (a, b)
    for index in np.ndindex(a, b):
        assert losses[index] == task.loss(L[index])


@given(tasks(longest=8), SEEDS, st.integers(1, 40))
def test_the_reduction_in_blocks_of_rows_changes_neither_loss_nor_gradient(task, seed, rows):
    L = response_of(task, seed)
    columns = task.lags * task.n_x
    few = min(len(lagged(task)), columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "MOST_FORMED", columns * max(rows, few))
        blocked = fresh(task)
        ((_, X, Y, constant),) = blocked.reduced
        assert isinstance(X, np.ndarray)
        assert len(X) <= columns
        squares = np.square(X @ flat(L) - Y).sum() + constant
        assert squares / 2 == pytest.approx(loss(L, task), rel=1e-12)
        scale = np.sqrt(2 * loss(L, task)) * np.linalg.norm(task.inputs)
        np.testing.assert_allclose(
            reduced_gradient(blocked, L), gradient(L, task), rtol=0, atol=1e-13 * scale
        )


@given(tasks(longest=8), st.integers(1, 20))
def test_the_blocks_are_rows_of_the_whole_and_no_more_than_asked_for(task, rows):
    """In some order: those of several sequences, or of a part of one."""
    blocks = list(task._blocks(task.patterns[0], rows))
    assert all(len(X) == len(Y) <= rows for X, Y in blocks)
    together = np.vstack([np.hstack(block) for block in blocks])
    outputs = task.outputs[:, task.first :].reshape(-1, task.n_y)
    assert np.array_equal(together, np.hstack((lagged(task), outputs)))


@given(tasks(), SEEDS)
def test_by_fft_loss_and_gradient_are_the_same(task, seed):
    L = response_of(task, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "OPERATIONS", 0)
        patch.setattr(task_module, "_PART", 0)
        applied = fresh(task)
        assert not isinstance(applied.reduced[0].X, np.ndarray)
        assert applied.loss(L) == pytest.approx(loss(L, task), rel=1e-12)
        scale = np.sqrt(2 * loss(L, task)) * np.linalg.norm(task.inputs)
        for found in (applied.gradient(L), reduced_gradient(applied, L)):
            np.testing.assert_allclose(found, gradient(L, task), rtol=0, atol=1e-13 * scale)


WILD = {
    "exponents": lambda rng, shape: 2.0 ** rng.integers(-90, 90, shape),
    "sequences": lambda rng, shape: 2.0 ** rng.integers(-90, 90, (shape[0], 1, 1)),
    "times": lambda rng, shape: 2.0 ** rng.integers(-90, 90, (1, shape[1], 1)),
    "growth": lambda rng, shape: 2.0 ** (rng.uniform(-3, 3) * np.arange(shape[1]))[:, None],
    "zeros": lambda rng, shape: rng.random(shape) < 0.2,
    "pulse": lambda _, shape: (np.arange(shape[1]) == 0)[:, None],
}


@given(st.sampled_from(sorted(WILD)), st.sampled_from(sorted(WILD)), SEEDS, st.sampled_from([2**20, 40, 0]))
def test_each_entry_of_residual_and_gradient_is_right_to_its_own_absolute_terms(of_x, of_y, seed, part):
    """X formed at once, in parts, or applied; a gradient whose terms are all 0 is 0."""
    rng = np.random.default_rng(seed)
    N, T, n_x, n_y, lags = rng.integers(1, [6, 20, 3, 3, 9])
    lags, first = min(lags, T), int(rng.integers(T))
    x = rng.standard_normal((N, T, n_x)) * WILD[of_x](rng, (N, T, n_x))
    y = rng.standard_normal((N, T, n_y)) * WILD[of_y](rng, (N, T, n_y))
    L = (rng.standard_normal((n_y, lags, n_x)) * WILD[of_y](rng, (n_y, lags, n_x))).swapaxes(0, 1)
    task = Task(x, y, lags, first)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "_PART", part)
        found, value = flat(task.gradient(L)), task.loss(L)
    X, wanted = lagged(task).astype(np.longdouble), y[:, first:].reshape(-1, n_y)
    r, own = X @ flat(L) - wanted, abs(X) @ abs(flat(L)) + abs(wanted)
    assert abs(value - np.square(r).sum() / 2) <= 1e-12 * np.square(own).sum()
    assert (abs(found - X.T @ r) <= 1e-12 * (abs(X.T) @ own)).all()


def test_a_long_sequence_is_reduced_in_little_memory():
    """200,000 outputs of 50 lags: X would take 80 MB, in blocks of 4,000 rows it is never there."""
    import tracemalloc

    x = np.random.default_rng(0).standard_normal((1, 200_000, 1))
    task = Task(x, x, lags=50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_module, "MOST_FORMED", 50 * 4000)
        tracemalloc.start()
        ((_, X, Y, rest),) = task.reduced
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20e6
    gram = [np.sum(x[0, : len(x[0]) - j] * x[0, j:]) for j in range(50)]  # X'Y, as y = x
    np.testing.assert_allclose(X.T @ Y, np.reshape(gram, (-1, 1)), rtol=1e-10, atol=1e-6)
    assert rest < 1e-18 * gram[0]


@given(tasks())
def test_the_energies_are_squared_spectral_norms_of_the_inputs_at_each_lag(task):
    X = lagged(task).reshape(-1, task.lags, task.n_x)
    expected = [np.linalg.norm(X[:, j], 2) ** 2 for j in range(task.lags)]
    np.testing.assert_allclose(task.energies, expected, rtol=1e-12, atol=1e-14 * max(expected))


@pytest.mark.parametrize(("sequences", "steps"), [(1, 2**16), (2**16, 2)])
@pytest.mark.parametrize("first", [0, 1, 9, 40_000])
@pytest.mark.parametrize("missing", [False, True])
def test_energies_of_many_outputs_are_right_to_their_own_terms(sequences, steps, first, missing):
    """A 1, and so many numbers whose squares do not count beside it one by one, but for 7e-12 together."""
    first = min(first, steps - 1)
    rng = np.random.default_rng(0)
    x = 2.0**-27 * rng.choice([1, 1.25, 1.375], (sequences, steps, 1))
    x[0, 0] = 1
    y = np.zeros_like(x)
    y[-1, -1] = np.nan if missing else 0
    task = Task(x, y, min(20, steps), first)
    squares = np.array([int(square) for square in (2.0**60 * x**2).ravel()], object).reshape(x.shape)  # exact
    for lag, energy in enumerate(task.energies):
        seen = squares[:, max(0, first - lag) : steps - lag].sum() - missing * squares[-1, -1 - lag, 0]
        assert abs(energy - seen / 2**60) <= 1e-12 * (seen / 2**60)


@given(tasks(), SEEDS)
def test_other_layouts_and_types_of_the_same_numbers_are_the_same_task(task, seed):
    x, y = np.round(task.inputs).astype(int), np.round(task.outputs).astype(int)
    L = response_of(task, seed)
    expected = Task(x.astype(float), y.astype(float), task.lags, task.first)
    strided = np.zeros((*x.shape[:2], 2 * x.shape[2]))
    strided[..., ::2] = x
    for same in (
        Task(x, y, np.int64(task.lags), np.int32(task.first)),
        Task(x.tolist(), y.tolist(), task.lags, task.first),
        Task(x.astype(np.float32), y.astype(np.float16), task.lags, task.first),
        Task(np.asfortranarray(x), y[::-1][::-1], task.lags, task.first),
        Task(strided[..., ::2], y.astype(np.int8), task.lags, task.first),
    ):
        assert same.loss(L) == pytest.approx(expected.loss(L), rel=1e-14)
        assert same.reduced[0].X.dtype == np.float64


def test_outputs_before_the_first_are_not_looked_at():
    rng = np.random.default_rng(0)
    x, y, L = rng.standard_normal((2, 5, 2)), rng.standard_normal((2, 5, 1)), rng.standard_normal((3, 1, 2))
    late = Task(x, y, lags=3, first=2).loss(L)
    y[:, :2] = 99
    assert Task(x, y, lags=3, first=2).loss(L) == late


@pytest.mark.parametrize("scale", [1e-75, 1e-70, 1e70, 1e75])
def test_great_and_small_numbers_are_as_good_as_others(scale):
    rng = np.random.default_rng(0)
    x, y, L = rng.uniform(-1, 1, (2, 4, 2)), rng.uniform(-1, 1, (2, 4, 1)), rng.standard_normal((4, 1, 2))
    x[0, 0, 0] = y[0, 0, 0] = 1
    plain = Task(x, y)
    assert Task(scale * x, y).loss(L / scale) == pytest.approx(plain.loss(L), rel=1e-12)
    assert Task(x, scale * y).loss(scale * L) == pytest.approx(scale**2 * plain.loss(L), rel=1e-12)
    np.testing.assert_allclose(Task(scale * x, y).energies, scale**2 * plain.energies, rtol=1e-12)


ONES = np.ones((2, 3, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], ONES), "inputs must have 3 dimensions, got shape (2,)"),
        ((np.ones((0, 3, 1)), np.ones((0, 3, 1))), "inputs must have shape (N, T, n_x), none of them 0"),
        ((np.ones((2, 0, 1)), ONES), "inputs must have shape (N, T, n_x), none of them 0"),
        ((np.ones((2, 3, 0)), ONES), "inputs must have shape (N, T, n_x), none of them 0"),
        ((ONES, np.ones((2, 3, 0))), "outputs must have shape (N, T, n_y) with N = 2 and T = 3"),
        ((ONES, np.ones((2, 4, 1))), "outputs must have shape (N, T, n_y) with N = 2 and T = 3"),
        ((ONES, np.ones((1, 3, 1))), "outputs must have shape (N, T, n_y) with N = 2 and T = 3"),
        ((ONES, np.full((2, 3, 1), np.inf)), "outputs must be finite, got inf"),
        ((ONES, np.full((2, 3, 1), np.nan)), "outputs: none from step first = 0 on is observed"),
        ((ONES * np.nan, ONES), "inputs must be finite, got nan"),
        ((np.full((2, 3, 1), -np.inf), ONES), "inputs must be finite, got -inf"),
        ((ONES * 1j, ONES), "inputs must be an array of real numbers, got dtype complex128"),
        (("abc", ONES), "inputs must be an array of real numbers, got dtype <U3"),
        ((None, ONES), "inputs must be an array of real numbers, got None"),
        (([[[1], [2, 3]]], ONES), "inputs must be an array, got rows of unequal length"),
        ((np.ma.masked_array(ONES, True), ONES), "inputs must not be a masked array"),
        ((ONES, np.ma.masked_array(ONES, True)), "outputs: none from step first = 0 on is observed"),
        ((1e76 * ONES, ONES), "inputs: the greatest modulus must be 0 or between 1e-75 and 1e+75, got 1e+76"),
        ((ONES, -1e-76 * ONES), "outputs: the greatest modulus must be 0 or between 1e-75 and 1e+75"),
        ((ONES, ONES, 0), "lags must be an integer >= 1, got 0"),
        ((ONES, ONES, 4), "lags must be at most T = 3, the length of the sequences, got 4"),
        ((ONES, ONES, 10**30), "lags must be at most T = 3"),
        ((ONES, ONES, 2.0), "lags must be an integer >= 1, got 2.0"),
        ((ONES, ONES, True), "lags must be an integer >= 1, got True"),
        ((ONES, ONES, "2"), "lags must be an integer >= 1, got '2'"),
        ((ONES, ONES, 2, -1), "first must be an integer >= 0, got -1"),
        ((ONES, ONES, 2, 3), "first must be <= 2, got 3"),
        ((ONES, ONES, 2, None), "first must be an integer >= 0, got None"),
        ((ONES, ONES, 2, 1.0), "first must be an integer >= 0, got 1.0"),
    ],
)
def test_bad_tasks_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Task(*arguments)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (np.ones((1, 3, 1)), "must have shape (3, 1, 1), (lags, n_y, n_x) of the task, got (1, 3, 1)"),
        (np.full((3, 1, 1), np.nan), "must be finite, got nan"),
        (np.ones((3, 1, 1), complex), "must be an array of real numbers, got dtype complex128"),
        (np.ma.masked_array(np.ones((3, 1, 1)), True), "must not be a masked array"),
        ([[[1]], [[2, 3]], [[4]]], "must be an array, got rows of unequal length"),
    ],
)
def test_bad_responses_are_refused_by_name(response, message):
    task = Task(ONES, ONES)
    with pytest.raises(ValueError, match="responses " + re.escape(message)):
        task.loss(response)
    with pytest.raises(ValueError, match="response " + re.escape(message)):
        task.gradient(response)


@pytest.mark.parametrize("shape", [(), (3,), (3, 1), (2, 3, 1, 1)])
def test_a_gradient_is_that_of_one_response(shape):
    with pytest.raises(ValueError, match=r"response must have 3 dimensions, got shape"):
        Task(ONES, ONES).gradient(np.ones(shape))
    if len(shape) < 3:
        with pytest.raises(ValueError, match=r"responses must have shape \(3, 1, 1\)"):
            Task(ONES, ONES).loss(np.ones(shape))


def test_overflow_is_an_error_and_never_an_infinity():
    huge = np.full((3, 1, 1), 1e200)
    with pytest.raises(OverflowError, match="the loss exceeds the range of float64"):
        Task(ONES, ONES).loss([np.zeros((3, 1, 1)), huge])
    with pytest.raises(OverflowError, match="the gradient exceeds the range of float64"):
        Task(1e70 * ONES, ONES).gradient(huge)
    with np.errstate(all="raise"):
        assert Task(1e-70 * ONES, ONES).loss(1e-300 * huge) == pytest.approx(3)


@pytest.mark.parametrize("wrong", [None, 3, "task", [[1.0]], ONES, Task])
def test_what_is_no_task_is_said_to_be_none(wrong):
    with pytest.raises(ValueError, match=f"^task must be a Task, got {re.escape(shown(wrong))}; write Task"):
        given_task(wrong)


def test_a_task_does_not_change_with_the_arrays_it_was_made_of():
    inputs, outputs = np.ones((1, 3, 1)), np.ones((1, 3, 1))
    task = Task(inputs, outputs)
    inputs[:], outputs[:] = 5, 7
    assert (task.inputs == 1).all()
    assert (task.outputs == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        task.inputs[0] = 2


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda task: pickle.loads(pickle.dumps(task))])
def test_a_copy_is_as_read_only_and_has_computed_nothing(copied):
    task = Task(np.ones((1, 5000, 1)), np.ones((1, 5000, 1)), lags=4999, first=2)
    task.loss(np.ones((4999, 1, 1)))  # by an operator, which no pickle holds
    other = copied(task)
    assert (other.lags, other.first) == (4999, 2)
    assert "reduced" not in vars(other)
    with pytest.raises(ValueError, match="read-only"):
        other.inputs[:] = 5


def test_a_task_shows_itself_if_it_is_small_and_else_its_sizes():
    small = Task([[[1], [2]]], [[[0], [1]]], lags=1)
    assert repr(small) == "Task([[[1.0], [2.0]]], [[[0.0], [1.0]]], lags=1, first=0)"
    outputs = np.ones((50, 10, 2))
    outputs[3, 4, 1] = np.nan
    shown_ = repr(Task(np.ones((50, 10, 1)), outputs))
    assert shown_ == (
        "<Task: 50 sequences of 10 steps, n_x = 1, n_y = 2, lags = 10, first = 0, 1 outputs not observed>"
    )
