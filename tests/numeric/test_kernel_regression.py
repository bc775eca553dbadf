"""Kernel regression against exact fractions, the scaled convolution, and training stepped by hand."""

import math
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from regressions import (
    HALF,
    ONES,
    PROPORTIONAL,
    any_variances,
    assert_rounded,
    floats,
    lagged,
    minimised,
    problems,
    stable_step,
    stepped,
    variances,
)

from numeric import (
    PrecisionWarning,
    Task,
    Variances,
    convolution_descent,
    convolve,
    float_regression,
    kernel_factors,
    lag_weights,
    ntk,
)
from numeric.kernel_regression import kernel_condition, kernel_regression


@given(problems(), any_variances, st.integers(0, 12), st.integers(1, 25))
def test_descents_digits_are_those_of_fractions(problem, v, steps, digits):
    task, new, start = problem
    step = stable_step(task, v, Fraction(2, 3))
    values = kernel_regression(task, new, variances=v, initial=start, step=step, steps=steps, digits=digits)
    assert_rounded(values, stepped(task, new, start, v, step, steps), digits)


@given(problems(), any_variances, st.integers(1, 25))
@example((Task(np.zeros((1, 2, 1)), np.ones((1, 2, 1))), np.ones((1, 1, 1)), np.ones((1, 1, 1))), HALF, 3)
@example((PROPORTIONAL, np.ones((1, 3, 2)), np.ones((1, 1, 2))), HALF, 12)
def test_the_limits_digits_are_those_of_fractions(problem, v, digits):
    """Whatever the rank of the Gram matrix."""
    task, new, start = problem
    values = kernel_regression(task, new, variances=v, initial=start, digits=digits)
    assert_rounded(values, minimised(task, new, start, v), digits)


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")  # predictions of 0 have no digits
@given(problems(), any_variances, st.integers(0, 30))
def test_float64_is_stepping(problem, v, steps):
    task, new, start = problem
    step = stable_step(task, v, Fraction(2, 3))
    truth = stepped(task, new, start, v, step, min(steps, 8))
    values = kernel_regression(task, new, variances=v, initial=start, step=step, steps=min(steps, 8))
    assert values == pytest.approx(floats(truth), rel=1e-11, abs=1e-11)


def trained_convolution(task, new, start, v, train):
    """The scaled convolution's outputs, its impulse response being continued by the start."""
    L = np.zeros((max(task.lags, len(start)), task.n_y, task.n_x))
    L[: len(start)] = start
    L[: task.lags] = train(convolution_descent(task, lag_weights(v, task.lags), L[: task.lags]))
    return convolve(L, new)


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")  # predictions of 0 have no digits
@pytest.mark.parametrize("digits", [None, 12])
@settings(max_examples=25)
@given(data=st.data())
def test_it_is_the_scaled_convolution(digits, data):
    task, new, start = data.draw(problems())
    v = data.draw(variances)
    options = {"variances": v, "initial": start, "digits": digits}
    step = float(stable_step(task, v, Fraction(1, 2)))
    trainings = [({"step": step, "steps": k}, lambda d, k=k: d.steps(k, step)) for k in (1, 10, 10**6)]
    trainings += [({"time": t}, lambda d, t=t: d.flow(t)) for t in (0.5, 10**3)]
    for training, train in trainings:
        expected = trained_convolution(task, new, start, v, train)
        got = kernel_regression(task, new, **training, **options)
        assert floats(got) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")  # predictions of 0 have no digits
@settings(max_examples=50)
@given(problems(), variances)
def test_the_limit_is_the_scaled_convolutions_where_float64_resolves_the_kernel(problem, v):
    task, new, start = problem
    weighted = task.inputs.any() and (v.transition > 0 or task.lags == 1)
    try:
        assume(weighted and kernel_condition(task, variances=v) < 1e6)
    except ValueError:
        assume(False)
    expected = trained_convolution(task, new, start, v, lambda d: d.limit())
    got = kernel_regression(task, new, variances=v, initial=start)
    assert got == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_the_scaled_convolution_stepped_in_its_parameters():
    """theta <- theta - step dJ/dtheta for L_j = sqrt(rho_j) theta_j, on a task of some size."""
    rng = np.random.default_rng(5)
    x, y, new = (
        rng.standard_normal((4, 12, 2)),
        rng.standard_normal((4, 12, 3)),
        rng.standard_normal((3, 9, 2)),
    )
    task, v, step = Task(x, y, first=3), Variances("0.6", 2, "0.5"), 0.002
    root = np.sqrt(lag_weights(v, 12))[:, None, None]
    start = rng.standard_normal((12, 3, 2))
    theta = start / root
    for _ in range(300):
        theta = theta - step * root * task.gradient(root * theta)
    expected = convolve(root * theta, new)
    assert abs(expected - convolve(start, new)).max() > 0.5
    options = {"variances": v, "initial": start, "step": step, "steps": 300}
    for digits in (None, 15):
        got = floats(kernel_regression(task, new, digits=digits, **options))
        assert got == pytest.approx(expected, rel=1e-10, abs=1e-10)


def gram_in_mpmath(task, new, v):
    """K(X, X) and K(x, X) of one sequence each, from the certified kernel."""
    (gram,), (seen,) = (ntk(x, task.inputs, variances=v, digits=mpmath.mp.dps)[0] for x in (task.inputs, new))
    return mpmath.matrix(gram.tolist()), mpmath.matrix(seen.tolist())


@pytest.mark.parametrize(
    ("training", "phi"),
    [
        ({}, lambda lam: 1 / lam),
        ({"time": "1e15"}, lambda lam: -mpmath.expm1(-(mpmath.mpf(10) ** 15) * lam) / lam),
        (
            {"step": "1/40", "steps": 10**16 + 1},
            lambda lam: (1 - (1 - lam / 40) ** (10**16 + 1)) / lam,
        ),
    ],
)
def test_ill_conditioned_digits_are_those_of_mpmaths_eigenvectors(training, phi):
    rng = np.random.default_rng(2)
    x, y, new = (rng.integers(-2, 3, (1, 14, 1)).astype(float) for _ in range(3))
    x[0, 0] = 1
    task, v = Task(x, y), Variances("0.1")
    values = kernel_regression(task, new, variances=v, digits=25, **training)[0, :, 0]
    with mpmath.workdps(120):
        gram, seen = gram_in_mpmath(task, new, v)
        lam, vectors = mpmath.eigsy(gram)
        assert lam[13] / lam[0] > 1e12
        along = vectors.T * mpmath.matrix(y[0].tolist())
        expected = seen * vectors * mpmath.matrix([phi(lam[i]) * along[i] for i in range(14)])
        for value, truth in zip(values, expected, strict=True):
            assert abs(value - truth) <= abs(truth) * mpmath.mpf(10) ** -24 / 2 + mpmath.mpf(10) ** -80


@pytest.mark.parametrize(("transition", "T"), [("0.1", 30), ("0.2", 40), ("0.3", 60)])
def test_digits_recover_the_truth_where_float64_cannot(transition, T):
    """One sequence determines all lags, but the kernel hardly sees the last third of them."""
    v, rng = Variances(transition), np.random.default_rng(T)
    truth = np.zeros((T, 1, 1))
    truth[[1, T - 10, T - 5], 0, 0] = 1, -1, 2
    x = rng.integers(-2, 3, (1, T, 1)).astype(float)
    x[0, 0] = 1
    new = rng.integers(-9, 10, (1, T, 1)).astype(float)
    task, wanted = Task(x, convolve(truth, x)), convolve(truth, new)
    certified = kernel_regression(task, new, variances=v, digits=30)
    assert (certified == wanted).all()
    assert (kernel_regression(task, x, variances=v, digits=30) == task.outputs).all()
    assert kernel_condition(task, variances=v) > 1e16
    solved = ntk(new, x, variances=v)[0, 0] @ np.linalg.solve(ntk(x, variances=v)[0, 0], task.outputs[0])
    with pytest.warns(PrecisionWarning, match="as large as the predictions; pass digits="):
        regressed = kernel_regression(task, new, variances=v)[0]
    for float64 in (solved, regressed):
        assert abs(float64 - wanted[0]).max() > 0.5


@pytest.mark.parametrize("training", [{"step": 0.05, "steps": 10}, {"time": 0.5}])
def test_few_steps_count_in_directions_beyond_float64s_reach(training):
    """In float64 K is singular, its null direction half of what lag 1 learns."""
    task, v = Task([[[1.0], [1.0]]], [[[0.0], [1.0]]]), Variances("1e-17", 1, 0)
    exact = kernel_regression(task, [[[1.0], [0.0]]], variances=v, digits=15, **training)
    float64 = kernel_regression(task, [[[1.0], [0.0]]], variances=v, **training)
    assert float64.ravel() == pytest.approx(floats(exact).ravel(), rel=1e-12, abs=0)


def test_overdetermined_and_repeated_sequences_are_least_squares():
    """More outputs than lags, twice each, not all to be met: the weights then do not matter."""
    rng = np.random.default_rng(3)
    x, y, new = rng.standard_normal((3, 4, 1)), rng.standard_normal((6, 4, 2)), rng.standard_normal((2, 4, 1))
    task = Task(np.concatenate((x, x)), y)
    L, *_ = np.linalg.lstsq(floats(lagged(task.inputs, 0, 4)), y.reshape(-1, 2), rcond=None)
    expected = convolve(L.reshape(4, 1, 2).transpose(0, 2, 1), new)
    for v in (Variances("0.7"), Variances(2, 3, "0.1")):
        for digits in (None, 20):
            got = kernel_regression(task, new, variances=v, digits=digits)
            assert floats(got) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("digits", [None, 20])
@pytest.mark.parametrize("training", [{}, {"step": 1, "steps": 10**20}, {"time": "1e30"}, {"time": 0}])
def test_what_the_kernel_does_not_see_stays(digits, training):
    start = [[[2.0]], [[-1.0]], [[4.0]]]
    new = [[[1.0], [2.0], [3.0], [0.0]]]
    options = {"initial": start, "digits": digits, **training}
    wanted = convolve(start, new)
    silent = Task(np.zeros((2, 3, 1)), np.ones((2, 3, 1)))
    assert (kernel_regression(silent, new, variances=HALF, **options) == wanted).all()
    deaf = Task(np.ones((2, 3, 1)), np.ones((2, 3, 1)))
    assert (kernel_regression(deaf, new, variances=Variances(1, 0, 0), **options) == wanted).all()
    met = Task(np.ones((1, 3, 1)), convolve(start, np.ones((1, 3, 1))))
    v = Variances("0.01", "0.1", "0.1")
    assert floats(kernel_regression(met, new, variances=v, **options)) == pytest.approx(wanted, abs=1e-14)


@pytest.mark.parametrize("digits", [None, 20])
def test_lags_beyond_the_tasks_do_not_move(digits):
    task = Task([[[1.0], [0.0]]], [[[3.0], [5.0]]])
    impulse = np.eye(1, 4).reshape(1, 4, 1)
    start = [[[1.0]], [[1.0]], [[7.0]]]
    got = kernel_regression(task, impulse, variances=HALF, initial=start, digits=digits)
    assert floats(got).ravel() == pytest.approx([3, 5, 7, 0], abs=1e-14)


@pytest.mark.parametrize("first", range(4))
def test_the_last_outputs_alone_need_the_last_kernel_only(first):
    """Among others first = T - 1, whose Gram matrix is computed another way."""
    rng = np.random.default_rng(first)
    x, y, new = (rng.standard_normal((2, 4, 2)) for _ in range(3))
    task = Task(x, y, first=first)
    exact = kernel_regression(task, new, variances=HALF, digits=20)
    assert kernel_regression(task, new, variances=HALF) == pytest.approx(floats(exact), rel=1e-9, abs=1e-9)
    assert kernel_regression(task, x, variances=HALF)[:, first:].shape == y[:, first:].shape


def test_new_inputs_in_chunks(monkeypatch):
    rng = np.random.default_rng(0)
    task, new = (
        Task(rng.standard_normal((2, 3, 1)), rng.standard_normal((2, 3, 2))),
        rng.standard_normal((7, 5, 1)),
    )
    whole = kernel_regression(task, new, variances=HALF)
    for chunk in (1, 60, 120):
        monkeypatch.setattr(float_regression, "_CHUNK", chunk)
        assert kernel_regression(task, new, variances=HALF) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("digits", [None, 8])
def test_a_step_past_stability_names_the_largest(digits):
    rng = np.random.default_rng(1)
    task, new = Task(rng.standard_normal((2, 5, 2)), rng.standard_normal((2, 5, 1))), np.ones((1, 1, 2))
    options = {"variances": HALF, "steps": 3, "digits": digits}
    with pytest.raises(
        ValueError, match=r"step must be at most .*, the largest stable one, got 9.0"
    ) as error:
        kernel_regression(task, new, step=9, **options)
    largest = float(re.search("at most ([^,]*),", str(error.value))[1])
    assert largest == pytest.approx(convolution_descent(task, lag_weights(HALF, 5)).largest_step, rel=1e-12)
    kernel_regression(task, new, step=largest, **options)
    with pytest.raises(ValueError, match="the largest stable one"):
        kernel_regression(task, new, step=largest * (1 + 1e-12), **options)


@pytest.mark.parametrize("digits", [None, 5])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"new_inputs": np.ones((2, 1))},
            r"new_inputs must have shape \(M, S, n_x\), none of them 0, got \(2, 1\)",
        ),
        (
            {"new_inputs": np.ones((1, 0, 1))},
            r"new_inputs must have shape \(M, S, n_x\), none of them 0, got",
        ),
        ({"new_inputs": np.ones((1, 2, 3))}, r"new_inputs must have n_x = 1 .* got shape \(1, 2, 3\)"),
        (
            {"new_inputs": [[[1.0], [2.0]], [[1.0]]]},
            "new_inputs must be an array, got rows of unequal length",
        ),
        (
            {"new_inputs": np.ones((1, 2, 1), complex)},
            "new_inputs must be an array of real numbers, got dtype",
        ),
        ({"new_inputs": np.full((1, 2, 1), np.nan)}, "new_inputs.* must be .*finite.*, got .*nan"),
        ({"new_inputs": np.ma.ones((1, 2, 1))}, "new_inputs must not be a masked array"),
        ({"initial": np.ones((2, 1))}, r"initial must have shape \(lags, n_y, n_x\)"),
        ({"initial": np.ones((2, 2, 1))}, r"initial must have shape \(lags, 1, 1\), got \(2, 2, 1\)"),
        ({"initial": np.ones((0, 1, 1))}, r"initial must have shape \(lags, n_y, n_x\), none of them 0"),
        ({"initial": np.full((1, 1, 1), np.inf)}, "initial.* must be .*finite.*, got .*inf"),
        ({"steps": 3}, "step and steps go together, for gradient descent, got step=None and steps=3"),
        ({"step": 3}, "step and steps go together, for gradient descent, got step=3 and steps=None"),
        ({"step": 1, "steps": 1, "time": 1}, "give step and steps, or time, or neither"),
        ({"steps": 1, "time": 1}, "step and steps go together"),
        ({"step": 0, "steps": 1}, "step must be > 0, got 0"),
        ({"step": "x", "steps": 1}, "step must be a finite number, got 'x'"),
        ({"step": 0.1, "steps": -1}, "steps must be an integer >= 0, got -1"),
        ({"step": 0.1, "steps": 1.0}, "steps must be an integer >= 0, got 1.0"),
        ({"step": 0.1, "steps": 10**301}, r"steps must be <= 10\^300"),
        ({"time": -1}, "time must be >= 0, got -1"),
        ({"time": math.inf}, "time must be a finite number, got inf"),
        ({"variances": 0.5}, "variances must be a Variances, got 0.5"),
        (
            {"task": Task(np.ones((1, 3, 1)), np.ones((1, 3, 1)), lags=2)},
            "task must have lags = T = 3, as the kernel sees all of them, got 2",
        ),
    ],
)
def test_bad_arguments_are_named(options, told, digits):
    good = {"task": ONES, "new_inputs": np.ones((1, 2, 1)), "variances": HALF, "digits": digits}
    with pytest.raises(ValueError, match=told):
        kernel_regression(**(good | options))


@pytest.mark.parametrize("digits", [0, 2.0, "3", 10**6 + 1])
def test_bad_digits(digits):
    for function in (
        lambda **o: kernel_regression(ONES, [[[1]]], **o),
        lambda **o: kernel_condition(ONES, **o),
    ):
        with pytest.raises(ValueError, match="digits must be"):
            function(variances=HALF, digits=digits)


def test_exact_entries_are_named():
    with pytest.raises(ValueError, match="new_inputs's entries must be a finite number, got 'x'"):
        kernel_regression(ONES, [[["x"]]], variances=HALF, digits=5)
    with pytest.raises(ValueError, match="initial must be an array of real numbers, got dtype"):
        kernel_regression(ONES, [[[1]]], variances=HALF, initial=[[["1"]]])


def test_what_is_too_large_is_refused_before_it_is_begun(monkeypatch):
    long = np.ones((1, 10_000, 1))
    with pytest.raises(
        ValueError, match=r"task: the kernel matrix of its 1 sequences of 10000 steps .* <= 8192"
    ):
        kernel_regression(Task(long, long), long, variances=HALF)
    with pytest.raises(
        ValueError, match="task: 10000 outputs of 10000 lagged inputs are too many for digits="
    ):
        kernel_condition(Task(long, long), variances=HALF)
    wide, longer = np.ones((8000, 2, 1)), np.ones((1, 20_000, 1))
    with pytest.raises(ValueError, match="new_inputs: sequences of 20000 steps are too long; S N T must be"):
        kernel_regression(Task(wide, wide, first=1), longer, variances=HALF)
    with pytest.raises(ValueError, match="new_inputs: 20000 outputs of 100 lagged inputs are too many"):
        kernel_regression(Task(long[:, :100], long[:, :100]), longer, variances=HALF, digits=3)
    monkeypatch.setattr(kernel_factors, "_MOST_RANK", 1)
    with pytest.raises(ValueError, match="its lagged inputs have rank 2; digits= takes at most 1"):
        kernel_regression(ONES, [[[1]]], variances=HALF, digits=3)


def test_the_ends_of_float64s_range():
    one, tiny = np.ones((1, 1, 1)), Variances(0, "1e-290", 0)
    with pytest.raises(OverflowError, match="the kernel is below float64's range; pass digits="):
        kernel_regression(Task(one, one), one, variances=tiny)
    assert kernel_regression(Task(one, one), one, variances=tiny, digits=5).item() == 1
    with pytest.raises(OverflowError, match="digits="):
        kernel_regression(Task(one, one), one * 1e308, variances=Variances(0, 9))
    with pytest.raises(OverflowError, match="float64"):
        kernel_regression(Task(one, one), one * 1e200, variances=HALF, initial=one * 1e200)
    huge = Variances(0, "1e200", "1e200")
    assert kernel_regression(Task(one, one), 2 * one, variances=huge).item() == pytest.approx(2)
    many = Task(np.ones((20, 1, 1)), np.ones((20, 1, 1)))  # the eigenvalue, not the kernel, overflows
    for training in ({}, {"step": "3e-309", "steps": 1000}, {"time": "1e-300"}):
        got = kernel_regression(many, one, variances=Variances(0, "1e307", 0), **training)
        assert got.item() == pytest.approx(1)
    late = Task([[[1.0], [0.0], [0.0]]], np.ones((1, 3, 1)), first=2)
    with pytest.raises(OverflowError, match="below float64's range"):
        kernel_regression(late, one, variances=Variances("1e-300"))
    assert kernel_regression(late, one, variances=Variances(0)).item() == 0
