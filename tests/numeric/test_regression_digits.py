"""Digits where they are hard to know: ties, zeros, what decays or turns for ever, factors of any rank."""

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from regressions import HALF, ONES, assert_rounded, fractions, predicted, rounded

from numeric import Task, Variances, exact_matrices, kernel_factors, kernel_training
from numeric.kernel_regression import kernel_regression


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
