"""Numbers and counts, of every function that takes one, are taken exactly or refused in words that help."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pandas as pd
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from mpmath.ctx_mp import MPContext
from public_arguments import HALF, INTEGERS, NUMBERS, Quantity, call, each, of, outcome

import derivations
import numeric
from numeric import Variances, lag_weights
from numeric.arguments import exact_rational

EXACTLY: tuple[Any, ...] = (
    *("1/16", "0.0625", Decimal("0.0625"), Fraction(1, 16)),
    *(sympy.Rational(1, 16), flint.fmpq(1, 16), np.array("0.0625"), np.array(Fraction(1, 16))),
)
IN_FLOATS: tuple[Any, ...] = (
    *(0.0625, np.float16(0.0625), np.float32(0.0625), np.float64(0.0625), np.longdouble(0.0625)),
    *(np.array(0.0625), np.array(0.0625, np.float16), np.array(0.0625, np.longdouble)),
    *(mpmath.mpf(0.0625), MPContext().mpf(0.0625), mpmath.fp.mpf(0.0625), mpmath.iv.mpf(0.0625)),
    *(sympy.Float(0.0625), sympy.Float("0.0625", 50), flint.arb(0.0625), flint.arf(0.0625)),
)
"""1/16 in every type of the scientific stack that has an exact value."""


@NUMBERS
def test_a_number_of_any_exact_type_is_taken(function, argument):
    expected = outcome(call(function, **{argument: Fraction(1, 16)}))
    for number in EXACTLY + IN_FLOATS:
        assert outcome(call(function, **{argument: number})) == expected, repr(number)


@given(st.fractions())
def test_rationals_round_trip(x):
    for same in (x, str(x), sympy.Rational(x), flint.fmpq(x.numerator, x.denominator)):
        assert exact_rational("x", same) == x


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_the_dyadic_numbers_they_are(x):
    contexts = (np.float64, np.array, np.longdouble, mpmath.mpf, MPContext().mpf, flint.arb, flint.arf)
    assert {exact_rational("x", convert(x)) for convert in contexts} == {Fraction(x)}


def test_more_digits_than_float64_has_are_kept():
    assert exact_rational("x", np.nextafter(np.longdouble(1), 2)) > 1
    assert exact_rational("x", sympy.Float("0.1", 50)) != Fraction(0.1)
    wide = MPContext()
    wide.prec = 200
    assert abs(exact_rational("x", wide.mpf(1) / 3) - Fraction(1, 3)) < Fraction(1, 2**200)


@pytest.mark.parametrize(
    "number", [3, np.int8(3), np.array(3), sympy.Integer(3), flint.fmpz(3), flint.fmpq(3)]
)
def test_integers_are_numbers_given_exactly(number):
    assert Variances(number).transition == 3
    assert Variances(number).exact


def test_variances_know_whether_they_were_given_exactly():
    assert all(Variances(1, number).exact for number in EXACTLY)
    assert not any(Variances(1, number).exact for number in IN_FLOATS)


@NUMBERS
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (True, "be a finite number, got True, of type bool"),
        (np.array(False), "be a finite number, got False, of type bool"),
        ([0.25], "be a finite number, got [0.25], of type list"),
        ("quarter", "be a finite number, got 'quarter'"),
        (np.timedelta64(1, "s"), "be a finite number, got np.timedelta64(1,'s'), of type timedelta64"),
        (pd.NA, "be a finite number, got <NA>, of type NAType"),
        (np.array([0.25]), "be a single number, got an array of shape (1,)"),
        (0.25 + 0j, "be real, got (0.25+0j), of type complex"),
        (mpmath.mpc(1), "be real, got mpc("),
        (flint.acb(1), "be real, got 1.00000000000000, of type acb"),
        (sympy.I, "be real, got I"),
        (sympy.sqrt(2), "have an exact value, got sqrt(2)"),
        (mpmath.pi, "have an exact value, got <pi: 3.14159~>; +x rounds such a constant x"),
        (flint.arb("0.1"), "have an exact value, got [0.1"),
        (mpmath.iv.mpf("0.1"), "have an exact value, got mpi("),
        (np.ma.masked, "not be a masked array; fill it first"),
        (Quantity(0.25), "have no unit, got one in 'mV'"),
    ],
)
def test_what_is_no_number_or_has_no_exact_value_is_told_so(function, argument, wrong, told):
    prefixed = isinstance(of(function), type) and function != "Network"
    name = f"{function.lower()}: {argument}" if prefixed else argument
    told = told.replace("np.timedelta64(1,'s')", repr(np.timedelta64(1, "s")))  # of older NumPys
    with pytest.raises(ValueError, match=f"^{name} must {re.escape(told)}"):
        call(function, **{argument: wrong})


@NUMBERS
@pytest.mark.parametrize(
    "wrong",
    [np.nan, np.array(np.inf), mpmath.inf, sympy.oo, sympy.nan, flint.arb("inf"), flint.arf("nan"), "nan"],
    ids=repr,
)
def test_what_is_not_finite_is_told_so(function, argument, wrong):
    with pytest.raises(ValueError, match=f"{argument} must be (a finite number|>= 0 and finite), got "):
        call(function, **{argument: wrong})


# Integers


@INTEGERS
@pytest.mark.parametrize(
    "wrong", [2.0, np.float64(2), True, np.True_, np.array(True), "2", Fraction(2), sympy.Rational(1, 2)]
)
def test_a_count_is_an_integer_and_no_float(function, argument, wrong):
    with pytest.raises(ValueError, match=f"^{argument} must be an integer >= [01], got "):
        call(function, **{argument: wrong})


@INTEGERS
@pytest.mark.parametrize("convert", [np.int8, np.uint64, np.array, sympy.Integer, flint.fmpz])
def test_of_any_library(function, argument, convert):
    assert outcome(call(function, **{argument: convert(2)})) == outcome(call(function, **{argument: 2}))


@pytest.mark.parametrize(("function", "argument"), each("count", most=True) + each("counts"))
@pytest.mark.parametrize("absurd", [10**5000, -(10**5000)], ids=["vast", "below 0"])
def test_a_count_out_of_range_is_refused_at_once_and_by_name(function, argument, absurd):
    with pytest.raises((ValueError, OverflowError), match=f"^{argument}( must|:)") as raised:
        call(function, **{argument: absurd})
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(("function", "argument"), each("count", most=False))
def test_chunks_are_drawn_from_streams_without_end(function, argument):
    assert outcome(call(function, **{argument: 10**5000})) is not None


@pytest.mark.parametrize("function", ["Descent.steps", "step_bound", "train_network"])
def test_so_are_too_many_counts(function):
    with pytest.raises(ValueError, match="steps must be at most 100000 numbers, got 1000000000000"):
        call(function, steps=range(10**12))


def test_lag_weights_of_exact_types_are_those_of_the_fraction():
    assert np.array_equal(
        lag_weights(Variances(sympy.Rational(1, 3)), 5), lag_weights(Variances(flint.fmpq(1, 3)), 5)
    )


def test_numbers_of_very_many_digits_are_refused_in_our_own_words():
    vast = 10**4500
    for call_ in (
        lambda: Variances(-vast),
        lambda: Variances(vast, 0, 0),
        lambda: numeric.memory_length(HALF, -vast),
        lambda: derivations.exact_mean(vast, 0),
        lambda: derivations.exact_variance(0, vast),
        lambda: derivations.moment(vast),
    ):
        with pytest.raises(ValueError, match=r"\S") as error:
            call_()
        assert "integer string conversion" not in str(error.value)


def test_a_class_is_no_number():
    with pytest.raises(ValueError, match="be a finite number, got <class 'int'>, of type type"):
        Variances(int)
