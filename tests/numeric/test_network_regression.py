"""Kernel regression of every network, against exact linear algebra with the kernel of its calculus."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from networks import NETWORKS
from regressions import assert_rounded, floats, fractions, predicted, problems, stable_step

from numeric import (
    Diagonal,
    Leaky,
    PrecisionWarning,
    Rates,
    Task,
    Variances,
    convolution_descent,
    convolve,
    kernel_condition,
    kernel_factors,
    kernel_regression,
    lag_factors,
    lag_weights,
    limit_kernel,
    linearised_descent,
)
from numeric.layered import without_biases
from numeric.limit import two_time_limit
from numeric.model import propagated

UNBIASED = {name: row.network for name, row in NETWORKS.items() if without_biases(row.network) is row.network}
BIASED = sorted(NETWORKS.keys() - UNBIASED.keys())
names = st.sampled_from([*UNBIASED])
IMPULSE = Task(np.eye(1, 4)[..., None], np.ones((1, 4, 1)))
frozen = Rates(0, 0, 0)
SINGULAR = [
    (Variances("1/2", 1, 0, rates=Rates(1, 0, 0)), 0),
    (Variances("1/2", rates=Rates(1, 0, 0)), 4),
    (Variances(0), 2),
    (Leaky("1/2", "1/4"), 5),
    (Leaky("1/2", 0, rates=Rates(0)), 1),
    (Leaky("1/2", 0), 2),
    (Leaky(0, "1/2", rates=Rates(1, 0, 0)), 4),
    (Diagonal([0.5, -0.25]), 4),
    (Diagonal([0.5, -0.25], rates=Rates(0)), 2),
    (Diagonal([0.5, -0.25, 0.5], rates=Rates(1, 0, 0)), 2),
    (Diagonal([0.5 + 0.25j, 0.5 - 0.25j], rates=Rates(0)), 2),
    (Diagonal([0.5 + 0.25j]), 4),
    (Diagonal([0]), 2),
    (Diagonal([0.5], rates=frozen), 0),
]
"""Networks, and the rank of their lag kernels of 5 lags."""


def kernel(network, x1, x2, first=(0, 0)):
    """(N, T), (M, S) flattened, as a matrix of fractions, by the calculus on the inputs' Gram."""
    gram = np.tensordot(fractions(x1), fractions(x2), (2, 2)).transpose(1, 3, 0, 2)
    values = propagated(network, gram, 2, lambda x: x).ntk.transpose(2, 0, 3, 1)
    values = values[:, first[0] :, :, first[1] :]
    return values.reshape(values.shape[0] * values.shape[1], -1)


def residual(task, start):
    r = fractions(task.outputs) - predicted(fractions(start), fractions(task.inputs))
    return r[:, task.first :].reshape(-1, task.n_y)


def regressed(task, new, start, network, learned):
    """``f_0 + K(x, X) learned(K, r)``."""
    K = kernel(network, task.inputs, task.inputs, (task.first, task.first))
    seen = kernel(network, new, task.inputs, (0, task.first))
    moved = seen @ learned(K, residual(task, start))
    return predicted(fractions(start), fractions(new)) + moved.reshape(*new.shape[:2], task.n_y)


def solved(K, r):
    """An alpha with ``K^2 alpha = K r``, so that ``K alpha`` is as near to r as can be."""
    square, target = sympy.Matrix((K @ K).tolist()), sympy.Matrix((K @ r).tolist())
    solution, parameters = square.gauss_jordan_solve(target)
    chosen = solution.subs(dict.fromkeys(parameters, 0))
    return np.array([[Fraction(int(x.p), int(x.q)) for x in row] for row in chosen.tolist()])


def stepped(eta, steps):
    def learned(K, r):
        alpha = r * 0
        for _ in range(steps):
            alpha = alpha + eta * (r - K @ alpha)
        return alpha

    return learned


@settings(max_examples=60)
@given(names, problems(), st.integers(1, 25))
@example("leaky", (Task(np.ones((1, 2, 1)), np.ones((1, 2, 1))), np.ones((1, 4, 1)), np.ones((1, 1, 1))), 3)
@example(
    "eigenvalues",
    (Task(np.eye(1, 4)[..., None], np.ones((1, 4, 1))), np.ones((1, 6, 1)), np.zeros((1, 1, 1))),
    9,
)
def test_the_limits_digits_are_those_of_fractions(name, problem, digits):
    task, new, start = problem
    network = UNBIASED[name]
    values = kernel_regression(task, new, variances=network, initial=start, digits=digits)
    assert_rounded(values, regressed(task, new, start, network, solved), digits)


@settings(max_examples=60)
@given(names, problems(), st.integers(0, 12), st.integers(1, 25))
def test_descents_digits_are_those_of_fractions(name, problem, steps, digits):
    task, new, start = problem
    network = UNBIASED[name]
    eta = stable_step(task, network, Fraction(2, 3))
    truth = regressed(task, new, start, network, stepped(eta, steps))
    given_ = {"variances": network, "initial": start, "step": eta, "steps": steps}
    assert_rounded(kernel_regression(task, new, **given_, digits=digits), truth, digits)


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")  # predictions of 0 have no digits
@settings(max_examples=60)
@given(names, problems(), st.integers(0, 30))
def test_float64_is_stepping(name, problem, steps):
    task, new, start = problem
    network = UNBIASED[name]
    eta = stable_step(task, network, Fraction(2, 3))
    truth = floats(regressed(task, new, start, network, stepped(eta, steps)))
    found = kernel_regression(task, new, variances=network, initial=start, step=eta, steps=steps)
    size = 1 + abs(truth).max() + abs(task.outputs).max()
    assert found == pytest.approx(truth, rel=0, abs=1e-10 * size * (1 + abs(new).sum()))


def flowed(time):
    """In mpmath, by the eigenvectors of K."""

    def learned(K, r):
        values, vectors = mpmath.eigsy(mpmath.matrix(as_mpf(K)))
        phi = [-mpmath.expm1(-time * x) / x if abs(x) > mpmath.mpf(10) ** -70 else time for x in values]
        alpha = vectors * mpmath.diag(phi) * vectors.T * mpmath.matrix(as_mpf(r))
        return np.array(alpha.tolist(), dtype=object).reshape(r.shape)

    return learned


def as_mpf(array):
    return [[mpmath.mpf(x.numerator) / x.denominator for x in row] for row in array]


@pytest.mark.parametrize("name", UNBIASED)
def test_the_flows_digits_are_those_of_mpmaths_eigenvectors(name):
    rng = np.random.default_rng(3)
    x, y, new = (rng.integers(-3, 4, shape) / 2 for shape in ((2, 3, 1), (2, 3, 2), (2, 5, 1)))
    task, network = Task(x, y, first=1), UNBIASED[name]
    with mpmath.workdps(90):
        K = kernel(network, x, x, (1, 1))
        seen = as_mpf(kernel(network, new, x, (0, 1)))
        alpha = flowed(mpmath.mpf("0.5"))(K, residual(task, np.zeros((1, 2, 1))))
        truth = np.array(seen) @ alpha
        values = kernel_regression(task, new, variances=network, time="0.5", digits=40).reshape(-1, 2)
        pairs = zip(values.flat, truth.flat, strict=True)
        assert all(abs(a - b) <= abs(b) * mpmath.mpf(10) ** -39 for a, b in pairs)
    found = kernel_regression(task, new, variances=network, time=0.5).reshape(-1, 2)
    assert found == pytest.approx(floats(truth), rel=1e-10, abs=1e-12)


@settings(max_examples=60)
@given(names, problems())
def test_the_condition_is_that_of_the_characteristic_polynomial(name, problem):
    """``e_1 e_(r-1) / e_r`` of the eigenvalues other than 0."""
    task, network = problem[0], UNBIASED[name]
    K = sympy.Matrix(kernel(network, task.inputs, task.inputs, (task.first, task.first)).tolist())
    coefficients = [abs(Fraction(int(c.p), int(c.q))) for c in K.charpoly().all_coeffs() if c]
    if len(coefficients) == 1:
        with pytest.raises(ValueError, match="its kernel is 0"):
            kernel_condition(task, variances=network)
        return
    truth = coefficients[1] * coefficients[-2] / coefficients[-1]
    assert kernel_condition(task, variances=network) == float(truth)
    assert_rounded(np.array([kernel_condition(task, variances=network, digits=30)]), np.array([truth]), 30)


@pytest.mark.parametrize("primes", [lag_factors.PRIMES, (3, 5, 7)])
@pytest.mark.parametrize(("network", "rank"), SINGULAR)
def test_the_lag_kernel_is_taken_apart(network, rank, primes, monkeypatch):
    """Primes that divide minors by chance are noticed."""
    monkeypatch.setattr(lag_factors, "PRIMES", primes)
    found = lag_factors.lag_factors(network, 5)
    assert (0 if found is None else len(found.chosen)) == rank
    theta = two_time_limit(network, 5, Fraction).ntk
    assert np.linalg.matrix_rank(theta.astype(float), tol=1e-9) == rank
    if network.diagonal:
        return
    psi = np.array(found.psi(Fraction)) if found is not None else theta[:0, :0]
    assert (psi == theta[np.ix_(found.chosen, found.chosen)] if found is not None else psi == 0).all()
    if found is not None and found.spread is not None:
        P = np.array([[Fraction(int(x.p), int(x.q)) for x in row] for row in found.spread.tolist()])
        assert (P @ psi @ P.T == theta).all()


@pytest.mark.parametrize(("network", "rank"), SINGULAR)
def test_float64_knows_the_rank(network, rank):
    impulse = np.eye(1, 5)[..., None]
    for repeats in (1, 2):
        task = Task(np.tile(impulse, (repeats, 1, 1)), np.ones((repeats, 5, 1)))
        assert kernel_factors.lagged_rank(task, network) == rank


@pytest.mark.filterwarnings("ignore::numeric.PrecisionWarning")
@pytest.mark.parametrize("name", UNBIASED)
def test_the_limit_of_linearised_descent_is_kernel_regression(name):
    rng = np.random.default_rng(5)
    network = UNBIASED[name]
    x, y = rng.integers(-3, 4, (3, 3, 1)) / 2, rng.standard_normal((3, 3, 2))
    y[0, 2, 1] = np.nan
    task, start, new = Task(x, y, first=1), rng.standard_normal((3, 2, 1)), rng.standard_normal((2, 3, 1))
    descent = linearised_descent(task, limit_kernel(network, 3), start)
    for options, response in (
        ({}, descent.limit()),
        ({"step": 0.001, "steps": 20}, descent.steps(20, step=0.001)),
        ({"time": 0.1}, descent.flow(0.1)),
    ):
        for digits in (None, 20):
            given_ = {"variances": network, "initial": start, "digits": digits}
            predictions = floats(kernel_regression(task, new, **given_, **options))
            assert predictions == pytest.approx(convolve(response, new), rel=1e-8, abs=1e-8)
    if network.diagonal:
        scaled = convolution_descent(task, lag_weights(network, 3), start)
        assert scaled.limit() == pytest.approx(descent.limit(), rel=1e-9, abs=1e-9)


def test_lags_beyond_the_tasks_move_where_they_hang_together():
    task, new = Task([[[1.0]]], [[[1.0]]]), np.eye(1, 3)[..., None]
    assert kernel_regression(task, new, variances=Variances("1/2")).ravel() == pytest.approx([1, 0, 0])
    for digits in (None, 12):  # the first column of theta, 2, 1, 1/2, over 2
        values = kernel_regression(task, new, variances=Leaky("1/2", "1/4"), digits=digits)
        assert floats(values).ravel() == pytest.approx([1, 0.5, 0.25], rel=1e-14)


def test_few_eigenvalues_predict_for_ever():
    """What two real eigenvalues that are not trained can say is known after two steps of an impulse."""
    network = Diagonal([0.5, -0.25], rates=Rates(0))
    truth = (0.5 ** np.arange(9.0) + 3 * (-0.25) ** np.arange(9.0)).reshape(1, 9, 1)
    impulse = np.eye(1, 9)[..., None]
    for T in (2, 9):
        task = Task(impulse[:, :T], truth[:, :T])
        exact = kernel_regression(task, impulse, variances=network, digits=20)
        assert floats(exact) == pytest.approx(truth, rel=1e-15)
        assert kernel_regression(task, impulse, variances=network) == pytest.approx(truth, rel=1e-10)


def test_a_kernel_that_vanishes_is_told_from_one_below_float64s_range():
    """Eigenvalues of 0 have no lag 2; small variances have all."""
    task, new = Task(np.eye(1, 3)[..., None], np.ones((1, 3, 1)), first=2), np.ones((1, 2, 1))
    for digits in (None, 5):
        assert not kernel_regression(task, new, variances=Diagonal([0]), digits=digits).any()
    tiny = Leaky("1/2", "1/4", "1e-290", 0)
    with pytest.raises(OverflowError, match="the kernel is below float64's range"):
        kernel_regression(task, new, variances=tiny)
    assert floats(kernel_regression(task, np.eye(1, 3)[..., None], variances=tiny, digits=5))[0, 2] == 1


def test_no_loss_of_digits_is_silent():
    """A leaky network that hardly sees what is long ago, in float64 and in truth."""
    rng = np.random.default_rng(0)
    x, y, leaky = rng.standard_normal((1, 30, 1)), rng.standard_normal((1, 30, 1)), Leaky("1/100", "1/50")
    with pytest.warns(PrecisionWarning, match="kernel_regression: rounding errors of float64 may be"):
        kernel_regression(Task(x, y), x, variances=leaky)
    assert floats(kernel_regression(Task(x, y), x, variances=leaky, digits=16)) == pytest.approx(y, rel=1e-15)


def test_too_many_lags_that_are_not_diagonal_are_refused():
    long = np.ones((1, 1025, 1))
    task, leaky = Task(long, long, first=1024), Leaky("1/2", "1/4")
    with pytest.raises(ValueError, match=r"Leaky has a limit that is not diagonal, .* 1024 lags, got 1025"):
        kernel_regression(task, long[:, :1], variances=leaky, digits=5)
    assert kernel_regression(task, long[:, :1], variances=leaky).shape == (1, 1, 1)


@pytest.mark.parametrize("digits", [None, 5])
@pytest.mark.parametrize("name", BIASED)
def test_biases_are_refused_by_name(name, digits):
    network = NETWORKS[name].network
    told = (
        f"{type(network).__name__} has no kernel regression here, as what biases .* take its kernel from ntk"
    )
    with pytest.raises(ValueError, match=told):
        kernel_regression(IMPULSE, np.ones((1, 2, 1)), variances=network, digits=digits)
    with pytest.raises(ValueError, match=told):
        kernel_condition(IMPULSE, variances=network, digits=digits)
