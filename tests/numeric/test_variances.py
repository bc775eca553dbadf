"""Variances are the exact rationals that users wrote."""

import dataclasses
import re
from decimal import Decimal
from fractions import Fraction
from inspect import signature

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import Diagonal, Leaky, Orthogonal, Rates, Stack, Variances
from numeric.arguments import at_least, exact_rational
from numeric.variances import initial_variances, w_s_p


@pytest.mark.parametrize(
    ("given_as", "exact"),
    [
        ("0.3", Fraction(3, 10)),
        ("1/3", Fraction(1, 3)),
        (" 1e-3 ", Fraction(1, 1000)),
        (Decimal("0.3"), Fraction(3, 10)),
        (Fraction(3, 10), Fraction(3, 10)),
        (0.3, Fraction(0.3)),
        (2, Fraction(2)),
        (0, Fraction(0)),
        (np.float64(0.3), Fraction(0.3)),
        (np.float32(0.5), Fraction(1, 2)),
        (np.int64(3), Fraction(3)),
        (mpmath.mpf("0.25"), Fraction(1, 4)),
    ],
)
def test_every_number_keeps_its_exact_value(given_as, exact):
    assert Variances(given_as).transition == exact


def test_an_mpf_of_high_precision_is_not_rounded():
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
        exact = Variances(third).transition
    assert exact != Fraction(float(third))
    assert abs(exact - Fraction(1, 3)) < Fraction(1, 10**60)


@given(st.floats(min_value=0, allow_infinity=False))
def test_floats_round_trip(x):
    assert float(Variances(1, input=x).input) == x


def test_input_and_output_are_1_by_default_and_may_be_given_by_position():
    assert Variances("0.5") == Variances(transition=0.5, input=1, output=1)
    assert Variances(1, 2, 3) == Variances(transition=1, input=2, output=3)


def test_variances_are_frozen_and_hashable():
    v = Variances(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        v.transition = Fraction(2)
    assert {v, Variances("1.0")} == {v}


@pytest.mark.parametrize("name", ["transition", "input", "output"])
@pytest.mark.parametrize(
    "bad",
    [
        *(-1, "-0.1", -1e-300, float("nan"), float("inf"), "nan", "inf"),
        *(mpmath.inf, mpmath.mpf("nan"), Decimal("NaN"), np.array(-1.0)),
    ],
)
def test_a_wrong_value_is_rejected_by_name(name, bad):
    with pytest.raises(ValueError, match=rf"^variances: {name} must be >= 0 and finite, got"):
        Variances(**{"transition": 1, name: bad})


@pytest.mark.parametrize("name", ["transition", "input", "output"])
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        *((text, f"must be a finite number, got {text!r}") for text in ("", "x", "1/0")),
        (None, "must be a finite number, got None, of type NoneType"),
        (True, "must be a finite number, got True, of type bool"),
        (np.True_, "must be a finite number, got True, of type bool"),
        ([1], "must be a finite number, got [1], of type list"),
        (np.array([0.1, 0.2]), "must be a single number, got an array of shape (2,)"),
        (mpmath.mpc(1), "must be real, got mpc(real='1.0', imag='0.0'), of type mpc"),
        (1j, "must be real, got 1j, of type complex"),
    ],
)
def test_so_is_a_wrong_type_in_other_words(name, bad, told):
    with pytest.raises(ValueError, match=f"^variances: {name} {re.escape(told)}$"):
        Variances(**{"transition": 1, name: bad})


def test_a_negative_mpf_keeps_its_sign():
    assert exact_rational("x", mpmath.mpf("-1.5")) == Fraction(-3, 2)


@pytest.mark.parametrize("bad", [0, -3, 1.0, "3", None, True])
def test_counts_are_integers_from_their_least_value_on(bad):
    with pytest.raises(ValueError, match="lags must be an integer >= 1, got"):
        at_least(1, "lags", bad)


def test_numpy_integers_count():
    assert at_least(1, "lags", np.int32(7)) == 7


@pytest.mark.parametrize(
    "vast",
    [
        *("1e999999999", "1e-999999999", "-1e4001", "1e-4001", Decimal("1e5000"), Decimal("-1e-999999999")),
        *(mpmath.mpf("1e99999"), mpmath.mpf("-1e-99999"), mpmath.ldexp(1, -(10**15))),
        *(10**5000, Fraction(1, 10**5000), "0." + "1" * 9000),
    ],
    ids=lambda vast: f"{type(vast).__name__}{str(vast)[:9] if isinstance(vast, str | Decimal) else ''}",
)
def test_numbers_that_no_exact_arithmetic_can_carry_are_refused_at_once(vast):
    with pytest.raises(ValueError, match="1e-4000 and 1e4000 in modulus, and have at most 4000 digits"):
        Variances(vast)


def test_rates_are_as_exact_as_variances():
    assert Variances("0.5", rates=Rates("0.1")).exact
    assert not Variances("0.5", rates=Rates(0.1)).exact
    assert Rates(0.5) == Rates("1/2")
    assert Variances("0.5", rates=Rates()) == Variances("0.5") != Variances("0.5", rates=Rates(0))
    assert repr(Variances(1)) == repr(Variances(1, rates=Rates(1, 1, 1)))


@pytest.mark.parametrize("bad", [-1, "-1e-300", float("nan"), float("inf"), True, None, "x"])
@pytest.mark.parametrize("role", ["transition", "input", "output"])
def test_a_rate_is_a_number_from_0_on(role, bad):
    with pytest.raises(ValueError, match=f"rates: {role} must be"):
        Rates(**{role: bad})


@pytest.mark.parametrize("trained", [Rates(), Rates(0, 0, 1), Rates("0.3", 2, "0.7")], ids=str)
def test_only_one_dense_layer_is_w_s_and_p(trained):
    dense = Variances("0.25", 2, 3, rates=trained)
    expected = Fraction(1, 4), 2 * trained.output + 3 * trained.input, 6 * trained.transition
    assert w_s_p(dense) == expected
    assert w_s_p(Orthogonal("0.5", 2, 3, rates=trained)) == expected
    assert w_s_p(Stack([dense])) == expected
    assert initial_variances(dense) == (Fraction(1, 4), 2, 3)
    for other in (Leaky("0.5", "0.25"), Stack([dense, dense]), Diagonal([0.5])):
        for function in (w_s_p, initial_variances):
            with pytest.raises(ValueError, match=f"^{type(other).__name__} has no such function; it takes"):
                function(other)


def test_one_variance_can_be_replaced():
    assert dataclasses.replace(Variances("0.5", 2, 3), transition=1) == Variances(1, 2, 3)
    assert dataclasses.replace(Variances("0.5"), input=2).exact
    assert not dataclasses.replace(Variances("0.5"), input=0.5).exact


@pytest.mark.parametrize(
    ("given", "meant"),
    [("nu_W", "transition"), ("nu_F", "input"), ("nu_C", "output"), ("transitions", "transition")],
)
def test_the_papers_names_and_near_misses_are_recognised(given, meant):
    with pytest.raises(TypeError, match=rf"Variances takes no argument '{given}'; did you mean {meant}\?"):
        Variances(**{given: "0.5"})


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(TypeError, match=r"it takes transition \(nu_W\), input \(nu_F\), output \(nu_C\)$"):
        Variances("0.5", spam=1)
    assert list(signature(Variances).parameters) == ["transition", "input", "output", "rates"]
