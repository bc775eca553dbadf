"""Kernel regression against exact fractions, the scaled convolution, and training stepped by hand."""

import math
import re
import warnings
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from problems import rates

from numeric import (
    PrecisionWarning,
    Task,
    Variances,
    convolve,
    exact_matrices,
    float_regression,
    kernel_factors,
    kernel_training,
    lag_weights,
    ntk,
)
from numeric.descent import convolution_descent
from numeric.kernel_regression import kernel_condition, kernel_regression

halves = st.integers(-4, 4).map(lambda k: k / 2)
variances = st.builds(
    Variances, *[st.fractions(0, 2, max_denominator=5)] + [st.fractions("1/5", 2, max_denominator=5)] * 2
)
any_variances = st.builds(Variances, *[st.fractions(0, 2, max_denominator=3)] * 3, rates=rates)
ONES = Task(np.ones((1, 2, 1)), np.ones((1, 2, 1)))
HALF = Variances("0.5")
PROPORTIONAL = Task([[[1.0, 2.0], [3.0, 6.0]]] * 2, [[[1.0], [2.0]], [[3.0], [5.0]]])
"""Neither the columns nor the rows of X are independent, and not the first of them."""


@st.composite
def problems(draw, most=3):
    """A task, new inputs of another length, a start of some other number of lags."""
    N, M, T, S, n_x, n_y, lags = (draw(st.integers(1, n)) for n in (most, 2, most + 1, most + 2, 2, 2, most))
    arrays = [(N, T, n_x), (N, T, n_y), (M, S, n_x), (lags, n_y, n_x)]
    x, y, new, start = (draw(hnp.arrays(float, shape, elements=halves)) for shape in arrays)
    return Task(x, y, first=draw(st.integers(0, T - 1))), new, start


def fractions(array):
    return np.vectorize(Fraction, otypes=[object])(array)


def rho(v, k):
    w, f, c, eta = v.transition, v.input, v.output, v.rates
    places = k * c * f * w ** (k - 1) if k else 0
    return (eta.input * c + eta.output * f) * w**k + eta.transition * places


def predicted(response, x):
    """sum_j L_j x_(t-j), in the numbers given."""
    (N, T, n_x), n_y = x.shape, response.shape[1]
    y = np.full((N, T, n_y), Fraction(0))
    for n, t, p in np.ndindex(y.shape):
        for j in range(min(t + 1, len(response))):
            y[n, t, p] += sum(response[j, p, i] * x[n, t - j, i] for i in range(n_x))
    return y


def stepped(task, new, start, v, step, steps):
    """Gradient descent on the impulse response itself, L_j <- L_j - step rho_j dJ/dL_j, in fractions."""
    x, y = fractions(task.inputs), fractions(task.outputs)
    lags = max(task.lags, len(start))
    L = np.full((lags, *start.shape[1:]), Fraction(0))
    L[: len(start)] = fractions(start)
    for _ in range(steps):
        r = predicted(L, x) - y
        r[:, : task.first] = Fraction(0)
        gradient = np.full_like(L, Fraction(0))
        for j in range(task.lags):
            late, early = r[:, j:], x[:, : task.lags - j]
            gradient[j] = sum(late[n].T @ early[n] for n in range(len(x)))
        L = L - np.array([[[step * rho(v, j)]] for j in range(lags)]) * gradient
    return predicted(L, fractions(new))


def lagged(x, first, lags):
    """A row for each output: x_t, x_(t-1), ... ."""
    return np.array(
        [
            [row[t - j, i] if t - j >= 0 else Fraction(0) for j in range(lags) for i in range(row.shape[1])]
            for row in fractions(x)
            for t in range(first, x.shape[1])
        ]
    )


def minimised(task, new, start, v):
    """The limit, from normal equations by SymPy's Gauss-Jordan.

    Of the minimisers L of the loss the one of least sum_j |L_j - L_j^0|^2 / rho_j, by multipliers.
    """
    x, r = task.inputs, fractions(task.outputs) - predicted(fractions(start), fractions(task.inputs))
    live = [j for j in range(task.lags) if rho(v, j)]
    columns = [j * task.n_x + i for j in live for i in range(task.n_x)]
    old, fresh = (lagged(a, f, task.lags)[:, columns] for a, f in ((x, task.first), (new, 0)))
    begun = predicted(fractions(start), fractions(new))
    if not columns:
        return begun
    X = sympy.Matrix(old.tolist())
    weights = sympy.diag(*[sympy.Rational(1) * rho(v, j) for j in live for _ in range(task.n_x)])
    S = X.T * X
    # d = D S m for some multipliers m, and S d = X' r
    target = X.T * sympy.Matrix(r[:, task.first :].reshape(-1, task.n_y).tolist())
    solution, parameters = (S * weights * S).gauss_jordan_solve(target)
    d = weights * S * solution.subs(dict.fromkeys(parameters, 0))
    moved = sympy.Matrix(fresh.tolist()) * d
    return begun + fractions(np.array(moved.tolist())).reshape(begun.shape)


def floats(array):
    return np.asarray(array).astype(float)


def rounded(x, digits):
    """The decimal nearest to a fraction by long division, ties away from 0."""
    quotient = Context(prec=400).divide(Decimal(x.numerator), Decimal(x.denominator))
    return Context(prec=digits, rounding=ROUND_HALF_UP).plus(quotient)


def assert_rounded(values, truth, digits):
    """Digit by digit."""
    assert values.shape == truth.shape
    for value, x in zip(values.flat, truth.flat, strict=True):
        assert Decimal(mpmath.nstr(value, digits, strip_zeros=False)) == rounded(x, digits)


def stable_step(task, v, share):
    """An exact step, the share of the largest."""
    kernel = ntk(task.inputs, variances=v)[:, :, task.first :, task.first :]
    rows = len(task.inputs) * (task.lags - task.first)
    greatest = np.linalg.eigvalsh(kernel.transpose(0, 2, 1, 3).reshape(rows, rows))[-1]
    return share * 2 / Fraction(greatest).limit_denominator(1000) if greatest > 0.01 else Fraction(1)


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


def test_numbers_need_not_be_floats():
    exact = kernel_regression(
        ONES, [[["1/3"]]], variances=HALF, initial=[[["0.1"]]], step=Fraction(1, 10), steps=1, digits=20
    )
    # K(x, X) = 2/3 (1, 1), r = 9/10 (1, 1), step 1/10
    assert_rounded(exact, np.array([[[Fraction(1, 30) + Fraction(12, 100)]]]), 20)
    assert kernel_regression(ONES, [[[1]]], variances=HALF).dtype == np.float64
    assert kernel_regression(ONES, [[[1]]], variances=HALF, step="0.1", steps=np.int64(2)).shape == (1, 1, 1)


def test_ties_and_zeros_are_settled_exactly():
    task = Task([[[3.0], [0.0]]], [[[0.75], [0.0]]])
    values = kernel_regression(task, [[[1.0], [3.0]]], variances=Variances("1/3"), digits=1)
    assert [mpmath.nstr(x, 1) for x in values.ravel()] == ["0.3", "0.8"]
    stopped = kernel_regression(task, [[["1"], ["3"]]], variances=HALF, step="1/36", steps=1, digits=1)
    assert mpmath.nstr(stopped[0, 0, 0], 1) == "0.1"  # 6 * 0.75 / 36 = 0.125
    half = kernel_regression(task, [[["1"]]], variances=HALF, step="1/30", steps=1, digits=1)
    assert mpmath.nstr(half[0, 0, 0], 1) == "0.2"  # 6 * 0.75 / 30 = 0.15


@pytest.mark.parametrize("steps", [10**6, 10**20])
def test_the_largest_step_oscillates_for_ever(steps):
    """K = 2: with step 1 every step reflects, whatever the parity that floats can tell."""
    task, options = Task([[[1.0]]], [[[1.0]]]), {"variances": Variances(0), "step": 1, "digits": 10}
    for k, wanted in ((steps, 0), (steps + 1, 2)):
        assert kernel_regression(task, [[[1.0]]], steps=k, **options).item() == wanted
        training = kernel_training.given_training(1, k, None)
        assert training.share(np.array([2.0]), Fraction(1)) == [wanted]
        assert training.share(np.array([2.0 + 1e-15]), Fraction(1)) == [wanted]


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


def test_what_vanishes_identically_is_0():
    """By symmetry; exponentials cancel, and no precision tells."""
    zero = Task(np.array([[[1.0, 0]], [[0, 1.0]]]), [[[1.0]], [[-1.0]]])
    late = Task([[[-2.0], [-1.0], [-1.0]]], [[[-1.0, 0.0], [1.0, 1.0], [0.0, -1.0]]])
    for training in ({"time": 1}, {"time": "1e30"}, {"step": "0.01", "steps": 10**300}):
        options = {"digits": 3, **training}
        values = kernel_regression(
            zero, [[["1/3", "1/3"], ["1", "0"]]], variances=Variances(0, "1/3", "1/7"), **options
        )
        assert values[0, 0] == 0
        assert 0 < values[0, 1] <= 1
        values = kernel_regression(late, late.inputs, variances=HALF, **options)
        assert values[0, 0, 1] == 0
        assert 0 < values[0, 1, 1] <= 1


@pytest.mark.parametrize("start", ["1/20", "1/3", "-7/5"])
def test_what_nothing_moves_may_be_a_tie(start):
    """What the new input sees is orthogonal to all the task shows, but not at any time or lag."""
    task = Task(np.array([[[1.0, 1.0], [2.0, 2.0]]]), np.ones((1, 2, 1)))
    new = [[["1", "-1"], ["1/2", "-1/2"], ["3", "-3"]]]
    truth = predicted(np.array([[[Fraction(start), Fraction(0)]]]), fractions(new))
    for training in ({"time": 3}, {"step": "1/100", "steps": 10**40 + 1}):
        options = {"variances": HALF, "initial": [[[Fraction(start), 0]]], "digits": 1, **training}
        assert_rounded(kernel_regression(task, new, **options), truth, 1)


ONE = Task([[[1.0]]], [[[0.25]]])
"""With transition 0, ``K = 2``, and in the limit the prediction for 1 is a tie at one digit."""


@pytest.mark.parametrize("steps", [10, 11, 10**9, 10**9 + 1, 10**300, 10**300 - 1])
@pytest.mark.parametrize(("step", "start"), [("1/3", 0), ("1/3", 1), ("9/10", 0), ("9/10", 1), ("1", 1)])
def test_next_to_a_tie_in_the_limit_the_side_is_known(step, start, steps):
    """One always comes from below or above, or from either side in turn."""
    got = kernel_regression(
        ONE, [[[1.0]]], variances=Variances(0), initial=[[[start]]], step=step, steps=steps, digits=1
    )
    q = 1 - 2 * Fraction(step)
    move = (start - Fraction(1, 4)) * (1 if q > 0 else (-1) ** steps)
    away = Fraction(start) if steps % 2 == 0 else Fraction(1, 2) - start
    wanted = rounded(away, 1) if q == -1 else Decimal("0.2") if move < 0 else Decimal("0.3")
    if steps > 11 or step == "1":
        assert Decimal(mpmath.nstr(got.item(), 1)) == wanted


def test_what_decays_to_0_keeps_its_digits():
    """exp(-2 t) and (1/3)^k, whatever t and k are."""
    task, start = Task([[[1.0]]], [[[0.0]]]), [[[1.0]]]
    options = {"variances": Variances(0), "initial": start, "digits": 20}
    for size in (10**3, 10**20, 10**120):
        flow = kernel_regression(task, [[[1.0]]], time=size, **options).item()
        descent = kernel_regression(task, [[[1.0]]], step="1/3", steps=size, **options).item()
        with mpmath.workdps(300):
            for value, log in ((flow, mpmath.mpf(-2 * size)), (descent, size * -mpmath.log(3))):
                _, mantissa, exponent, _ = value._mpf_
                assert abs(mpmath.log(mantissa) + exponent * mpmath.log(2) - log) < 1e-19


def test_directions_that_are_done_or_turn_for_ever():
    """Factors 0 and -1, beside others."""
    task = Task(np.eye(2)[:, None] * [1.0, 2.0], [[[0.75]], [[0.0]]])  # K = diag(2, 8)
    options = {"variances": Variances(0), "step": "1/4", "initial": [[["1/4", 1]]], "digits": 1}
    # the first coordinate's error halves, the second's turns: step 1/4 leaves 1/2 and -1
    for steps in (10**6, 10**200):
        first, second = kernel_regression(task, [[[1, 0], [0, "1/4"]]], steps=steps, **options).ravel()
        assert mpmath.nstr(first, 1) == "0.7"  # below the tie
        assert_rounded(np.array([second]), np.array([Fraction(1, 4)]), 1)
    done = {**options, "step": "1/8"}  # 3/4 and 0
    assert kernel_regression(task, [[[0, 1]]], steps=10**50, **done) == 0


def test_sums_that_are_0_at_every_other_step():
    """Eigenvalues 2 and 8 of K, step 1/5: factors 3/5 and -3/5, whose powers cancel when odd."""
    task = Task(np.array([[[1.0, 0.0]], [[0.0, 2.0]]]), [[[1.0]], [[-2.0]]])
    options = {"variances": Variances(0), "initial": [[[2, 0]]], "step": "1/5", "digits": 4}
    for steps in (11, 10**6 + 1, 10**200 + 1):
        assert kernel_regression(task, [[[1, 1]]], steps=steps, **options) == 0
    even = kernel_regression(task, [[[1, 1]]], steps=1000, **options).item()
    assert Decimal(mpmath.nstr(even, 4)) == rounded(2 * Fraction(3, 5) ** 1000, 4)


def test_a_zero_by_coincidence_is_settled_by_fractions():
    """Two powers whose coefficients make up for their difference after 30 steps alone."""
    task = Task(np.array([[[1.0, 0.0]], [[0.0, 1.5**0.5]]]), [[[0.0]], [[0.0]]])
    lam = [Fraction(2), 2 * Fraction(1.5**0.5) ** 2]
    step = Fraction(1, 4)
    q = [1 - step * x for x in lam]
    start = [[[Fraction(1), -((q[0] / q[1]) ** 30)]]]
    options = {"variances": Variances(0), "initial": start, "step": step, "digits": 4}
    assert kernel_regression(task, [[[1, 1]]], steps=30, **options) == 0
    assert kernel_regression(task, [[[1, 1]]], steps=31, **options) != 0


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


@settings(max_examples=50)
@given(st.data())
def test_the_factors_of_any_rank(data):
    """B of full column rank, C of full row rank, exactly, whatever zeros and proportions X has."""
    rows, columns, rank = (data.draw(st.integers(1, 6)) for _ in range(3))
    entries = st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.1, 3e70])
    left, right = (
        np.array(data.draw(st.lists(entries, min_size=size, max_size=size)))
        for size in (rows * rank, rank * columns)
    )
    product = exact_matrices.matrix(fractions(left).reshape(rows, rank)) * exact_matrices.matrix(
        fractions(right).reshape(rank, columns)
    )
    truth = product.rank()
    assume(truth)
    B, C = kernel_factors._factors(product, kernel_factors._rank(product, 2**63 - 25))
    assert product == B * C
    assert B.rank() == C.rank() == truth == B.ncols() == C.nrows()


def test_an_unlucky_prime_is_noticed(monkeypatch):
    """Modulo 3 the rank of this is 1, and modulo 5 also."""
    X = exact_matrices.matrix(fractions(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 15.0], [2.0, 4.0, 15.0]])))
    assert kernel_factors._rank(X, 3) == 1
    for primes in ((3, 7), (3, 5)):
        monkeypatch.setattr(kernel_factors, "PRIMES", primes)
        B, C = kernel_factors._factors(X, 1)
        assert (B.ncols(), C.nrows(), B * C == X) == (2, 2, True)
