"""Digits are those of the exact value, whatever it takes."""

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from threading import Barrier

import flint
import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import Variances, lag_weights, memory_length
from numeric import certified as module
from numeric.certified import _Size, certified, certified_floats, exact_ball, not_positive, precision

rationals = st.fractions(max_denominator=10**6) | st.builds(
    lambda x, k: x * Fraction(10) ** k, st.fractions(max_denominator=999), st.integers(-60, 60)
)


def inexactly(x):
    """Evaluates to ``x`` through thirds, which no ball holds exactly."""
    return lambda number: [number(Fraction(1, 3)) * number(x) + 2 * number(x) / number(Fraction(3))]


def rounded(x, digits):
    """The decimal nearest to a fraction by long division, ties away from 0."""
    quotient = Context(prec=200).divide(Decimal(x.numerator), Decimal(x.denominator))
    return Context(prec=digits, rounding=ROUND_HALF_UP).plus(quotient)


def printed(x, digits):
    return Decimal(mpmath.nstr(x, digits, strip_zeros=False))


@given(rationals, st.integers(1, 40))
def test_digits_are_those_of_long_division(x, digits):
    (value,) = certified(inexactly(x), digits)
    assert printed(value, digits) == rounded(x, digits)


@given(st.integers(1, 12), st.integers(-(10**6), 10**6), st.integers(-30, 30))
def test_ties_are_settled_exactly_away_from_zero(digits, n, shift):
    x = Fraction(2 * n + 1, 2) * Fraction(10) ** shift
    (value,) = certified(inexactly(x), digits)
    assert printed(value, digits) == rounded(x, digits)


@pytest.mark.parametrize("digits", [1, 2, 5, 17, 30])
@pytest.mark.parametrize("power", [-3, 0, 4])
@pytest.mark.parametrize("offset", [-6, -5, -4, -1, 0, 1, 4, 5, 6])
def test_next_to_powers_of_ten(digits, power, offset):
    x = Fraction(10) ** power * (1 + Fraction(offset, 10 ** (digits + 1)))
    (value,) = certified(inexactly(x), digits)
    assert printed(value, digits) == rounded(x, digits)


@pytest.mark.parametrize("digits", range(1, 5))
def test_powers_of_ten_themselves(digits):
    """Whose balls, scaled by an inexact power of ten, come out on either side of it."""
    powers = [Fraction(10) ** power for power in range(-30, 31)]
    for power in powers:
        (found,) = certified(lambda number, power=power: [number(power)], digits)
        assert mpmath.almosteq(found, mpmath.mpf(power.numerator) / power.denominator, rel_eps=2**-50)


def test_a_ball_over_a_power_of_ten_decides_nothing():
    def evaluate(number):
        exact = number(Fraction(93, 100))
        return [flint.arb(1.1, 0.2) if isinstance(exact, flint.arb) else exact]

    assert certified(evaluate, 1) == certified(inexactly(Fraction(9, 10)), 1)


def test_a_zero_hidden_by_cancellation_is_zero():
    assert certified(lambda number: [number(Fraction(1, 3)) * 3 - 1], 20) == [0]
    assert certified_floats(lambda number: [number(Fraction(1, 3)) * 3 - 1]) == [0.0]


def test_a_difference_smaller_than_any_first_precision_is_found():
    tiny = Fraction(1, 3**3000)
    (value,) = certified(lambda number: [number(Fraction(1, 3)) + number(tiny) - number(Fraction(1, 3))], 10)
    assert printed(value, 10) == rounded(tiny, 10)


@given(rationals)
def test_floats_are_the_nearest(x):
    assert certified_floats(inexactly(x)) == [float(x)]


@pytest.mark.parametrize("power", [-1000, -324, -323, -310, 308])
def test_floats_at_the_ends_of_the_range(power):
    x = 13 * Fraction(10) ** power / 10
    assert certified_floats(inexactly(x)) == [float(x)]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("x", [Fraction(2**1024), 3 * 10**308 + Fraction(1, 3), Fraction(10**10_000)])
def test_overflow_names_the_way_out(x, sign):
    with pytest.raises(OverflowError, match="digits="):
        certified_floats(inexactly(sign * x))


@given(rationals)
def test_signs(x):
    assert not_positive(inexactly(x)) == [x <= 0]


def test_a_sign_of_zero_is_settled_exactly():
    assert not_positive(lambda number: [number(Fraction(1, 3)) * 3 - 1]) == [True]


@pytest.mark.parametrize("digits", [0, -1, 2.0, "3", True])
def test_digits_are_a_positive_integer(digits):
    with pytest.raises(ValueError, match="digits must be an integer >= 1"):
        certified(inexactly(Fraction(1)), digits)


def test_precisions_are_left_as_they_were():
    before = flint.ctx.prec, mpmath.mp.prec
    certified(inexactly(Fraction(1, 7)), 100)
    certified_floats(inexactly(Fraction(1, 7)))
    with pytest.raises(ZeroDivisionError):
        certified(lambda number: [1 / 0, number], 100)
    assert (flint.ctx.prec, mpmath.mp.prec) == before


def test_dyadic_results_are_exact():
    assert certified(inexactly(Fraction(5)), 5) == [5]
    assert certified(inexactly(Fraction(-3, 8)), 40) == [mpmath.mpf("-0.375")]
    assert certified(inexactly(Fraction(2 * 10**20)), 1) == [2 * 10**20]


def test_the_digits_do_not_depend_on_the_precision_of_mpmath():
    with mpmath.workdps(3):
        (value,) = certified(inexactly(Fraction(1, 7)), 30)
        assert mpmath.nstr(value, 30) == "0.142857142857142857142857142857"


def test_threads_take_turns_with_the_precision():
    """Without turns one thread's short balls end up in another's long ones, and decide nothing or wrongly."""
    v, asked = Variances(Fraction(1, 3)), (5, 300, 10, 1000)
    alone = [lag_weights(v, 6, digits=d) for d in asked]
    length = memory_length(v, "1e-30")
    before = flint.ctx.prec, mpmath.mp.prec, sys.getswitchinterval()
    barrier = Barrier(len(asked))

    def work(digits, expected):
        barrier.wait()
        return all(
            (lag_weights(v, 6, digits=digits), memory_length(v, "1e-30")) == (expected, length)
            for _ in range(60)
        )

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(asked)) as pool:
            right = list(pool.map(work, asked, alone))
    finally:
        sys.setswitchinterval(before[2])
    assert all(right)
    assert (flint.ctx.prec, mpmath.mp.prec, sys.getswitchinterval()) == before


def test_a_thread_waits_while_another_holds_the_precision():
    with ThreadPoolExecutor(1) as pool:
        with precision(7):
            other = pool.submit(certified, inexactly(Fraction(1, 7)), 20)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.05)
            assert flint.ctx.prec == 7
        assert printed(other.result()[0], 20) == rounded(Fraction(1, 7), 20)


def test_a_tie_too_large_to_settle_is_an_error():
    with pytest.raises(OverflowError, match="so close to a tie"):
        certified(lambda number: [number(Fraction(3, 2)) * number(Fraction(1, 10)) ** (10**9)], 1)


@given(rationals, rationals)
def test_sizes_are_no_less_than_what_they_stand_for(x, y):
    """Or exact values would be computed where balls cost far less."""

    def bits(number):
        return number.numerator.bit_length() + number.denominator.bit_length()

    a, b = (_Size.of(number) for number in (x, y))
    assert a.bits == bits(x)
    assert (a * b * a).bits >= bits(x * y * x)
    assert (a / b).bits >= bits(x / y if y else x)
    assert (a**5).bits >= bits(x**5)
    assert (-a).bits == a.bits


def test_a_product_too_large_to_settle_is_an_error(monkeypatch):
    """Not computed exactly: its size is the sum of its factors' sizes."""
    monkeypatch.setattr(module, "_MOST_BITS", 2**10)

    def evaluate(number):
        tie = number(Fraction(3, 2))
        for _ in range(500):
            tie = tie * number(Fraction(1, 10))
        return [tie]

    with pytest.raises(OverflowError, match="so close to a tie"):
        certified(evaluate, 1)


@pytest.mark.parametrize("power", [10**30, -(10**30), 10**200])
def test_exponents_of_any_size(power):
    (value,) = certified(lambda number: [number(Fraction(2)) ** power / 3], 8)
    with mpmath.workdps(400):
        shift = mpmath.mpf(2) ** -power
        assert mpmath.nstr(value * shift, 7) == "0.3333333"


@pytest.mark.parametrize("power", [10**30, -(10**30), 10**100, -(10**100)])
def test_balls_of_any_exponent(power):
    """exp(10^100), to a precision in which the exponent of 10 has not all its digits at first."""

    def evaluate(number):
        return [number(Fraction(power)).exp() if number is exact_ball else number(Fraction(1, 2)) ** 10**9]

    (value,) = certified(evaluate, 8)
    with mpmath.workdps(150):
        digits = mpmath.mpf(power) / mpmath.log(10)
        leading = mpmath.power(10, digits - mpmath.floor(digits) + 7)
        _, mantissa, exponent, _ = value._mpf_
        found = mpmath.log10(mantissa) + exponent * mpmath.log10(2)
        assert mpmath.nint(mpmath.power(10, found - mpmath.floor(found) + 7)) == mpmath.nint(leading)


def test_digits_have_a_limit():
    with pytest.raises(ValueError, match="digits must be <= 1000000, got 1000001"):
        certified(inexactly(Fraction(1, 3)), 10**6 + 1)
