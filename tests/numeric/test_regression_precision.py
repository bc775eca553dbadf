"""What float64 loses of kernel regression is told, and the condition tells why."""

import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regressions import HALF, any_variances, floats, problems

from numeric import PrecisionWarning, Task, Variances, convolve, kernel_factors, ntk
from numeric.kernel_regression import kernel_condition, kernel_regression


def test_after_many_steps_null_directions_are_left_alone():
    """Repeated sequences that contradict each other."""
    x = np.random.default_rng(4).standard_normal((2, 4, 1))
    y = np.random.default_rng(5).standard_normal((6, 4, 1))
    task = Task(np.concatenate((x, x, x)), y)
    limit = kernel_regression(task, x, variances=HALF)
    for training in ({"step": 1e-3, "steps": 10**18}, {"time": 1e18}):
        assert kernel_regression(task, x, variances=HALF, **training) == pytest.approx(limit, rel=1e-9)


def some_task(rng, kind):
    """A task of the kind, small or of one long sequence."""
    (N, T, n_x, n_y) = rng.integers(1, (5, 9, 3, 3))
    if rng.random() < 0.2:
        N, T = 1, rng.integers(10, 20)
    x, y = rng.standard_normal((N, T, n_x)), rng.standard_normal((N, T, n_y))
    if kind == "integers":
        x = np.round(2 * x)
    elif kind == "proportional":
        x[:] = x[0] * rng.integers(1, 4, (N, 1, 1))
    elif kind == "dependent":
        x = x[..., :1] * np.arange(1, n_x + 1)
    elif kind == "recoverable":
        y = convolve(rng.standard_normal((3, n_y, n_x)), x)
    elif kind == "silent":
        x[:, : T // 2] = 0
    return Task(x, y, first=rng.integers(0, T))


def some_training(rng, task, v):
    """Short or very long, or none, for the limit."""
    greatest = 2 / kernel_factors.kernel_factors(task, v).largest_step if task.inputs.any() else 0
    kind = rng.choice(["limit", "steps", "flow"])
    if kind == "steps" and greatest:
        step = Fraction(float(rng.choice([0.1, 0.9, 1.5, 1.9, 1.999999]))) / greatest
        return {"step": step, "steps": int(10 ** rng.uniform(0, 20))}
    return {"time": Fraction(10.0 ** rng.uniform(-3, 20))} if kind == "flow" else {}


KINDS = ["random", "integers", "proportional", "dependent", "recoverable", "silent"]


@settings(max_examples=150)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from(KINDS), st.sampled_from([0, "1/1000", "1/10", "1/3", 1, "3/2"])
)
def test_no_loss_of_digits_is_silent(seed, kind, transition):
    """Nor is there any warning where as good as none is lost and the problem is well posed."""
    rng = np.random.default_rng(seed)
    task, v = some_task(rng, kind), Variances(transition, 1, rng.choice(["1/7", "1"]))
    training = some_training(rng, task, v)
    n_x, n_y = task.n_x, task.n_y
    new = rng.standard_normal((2, rng.integers(1, task.lags + 3), n_x)) if rng.random() < 0.7 else task.inputs
    start = rng.standard_normal((rng.integers(1, 4), n_y, n_x)) * rng.integers(0, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = kernel_regression(task, new, variances=v, initial=start, **training)
    exact = floats(kernel_regression(task, new, variances=v, initial=start, digits=17, **training))
    error, scale = (abs(array).max(axis=1) for array in (values - exact, values))
    assert [type(one.message) for one in caught] in ([], [PrecisionWarning])
    if not caught:
        assert (error <= 1e-6 * scale).all()
    elif not training and task.inputs[:, task.first].any():
        assert kernel_condition(task, variances=v) > 1e4


def trained_task(condition):
    """Two directions, of the given condition; the weaker one counts as much as the other."""
    return Task(np.diag([1.0, condition**-0.5])[:, None], [[[1.0]], [[condition**-0.5]]])


@pytest.mark.parametrize("training", [{}, {"step": "0.9", "steps": 10**30}, {"time": "1e30"}])
@pytest.mark.parametrize(("condition", "lost"), [(1e2, False), (1e6, False), (1e12, True), (1e30, True)])
def test_the_condition_tells(training, condition, lost):
    """One direction is weaker than the other, but counts as much, and neither is that of an output."""
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((2, 2)))[0]
    task = trained_task(condition)
    mixed = Task((turned @ task.inputs[:, 0])[:, None], (turned @ task.outputs[:, 0])[:, None])
    options = {"variances": Variances(0, "1/2", "1/2"), **training}
    if lost:
        with pytest.warns(PrecisionWarning, match="kernel_regression: rounding errors of float64 may be"):
            kernel_regression(mixed, [[[1.0, 1.0]]], **options)
    else:
        assert kernel_regression(mixed, [[[1.0, 1.0]]], **options).item() == pytest.approx(2, rel=1e-8)


@pytest.mark.parametrize("steps", [10**20, 10**20 + 1])
def test_steps_whose_parity_float64_does_not_see_are_told(steps):
    """The largest stable step, almost."""
    task = Task([[[1.0], [0.5]]], [[[1.0], [1.0]]])
    step = (
        2
        / Fraction(np.linalg.eigvalsh(ntk(task.inputs, variances=HALF)[0, 0])[-1])
        * (1 - Fraction(1, 2**52))
    )
    with pytest.warns(PrecisionWarning):
        kernel_regression(task, [[[1.0]]], variances=HALF, step=step, steps=steps)
    kernel_regression(task, [[[1.0]]], variances=HALF, step=step, steps=5)


def test_cancellation_in_the_last_sum_is_told():
    """The new input is orthogonal to the old one but for rounding."""
    task = Task([[[1.0, 0.1]]], [[[1.0]]])
    with pytest.warns(PrecisionWarning):
        kernel_regression(task, [[[0.1, -1.0 + 1e-13]]], variances=Variances(0))


@given(problems(), any_variances)
def test_the_condition_is_that_of_the_eigenvalues(problem, v):
    task, _, _ = problem
    with mpmath.workdps(60):
        kernel = ntk(task.inputs, variances=v, digits=50)[:, :, task.first :, task.first :]
        rows = len(task.inputs) * (task.lags - task.first)
        gram = mpmath.matrix(kernel.transpose(0, 2, 1, 3).reshape(rows, rows).tolist())
        eigenvalues = sorted(mpmath.eigsy(gram, eigvals_only=True))
        positive = [x for x in eigenvalues if x > 1e-30]
        if not positive:
            with pytest.raises(ValueError, match="task: its kernel is 0"):
                kernel_condition(task, variances=v)
            return
        expected = sum(positive) * sum(1 / x for x in positive)
        assert abs(kernel_condition(task, variances=v, digits=20) / expected - 1) < 1e-18
        assert kernel_condition(task, variances=v) == pytest.approx(float(expected), rel=1e-15)
        assert len(positive) ** 2 * positive[-1] / positive[0] >= expected * (1 - mpmath.mpf(10) ** -20)


def test_a_condition_beyond_float64():
    task = Task(np.eye(1, 60).reshape(1, 60, 1), np.ones((1, 60, 1)))
    v = Variances("1e-10")
    with pytest.raises(OverflowError, match="digits="):
        kernel_condition(task, variances=v)
    assert kernel_condition(task, variances=v, digits=3) > mpmath.mpf(10) ** 500
    with pytest.raises(ValueError, match="task must have lags = T = 60"):
        kernel_condition(Task(task.inputs, task.outputs, lags=3), variances=v)
