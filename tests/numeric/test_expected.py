"""The exact mean of the finite-width lag kernel."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import rates

from derivations.lag_kernel import MAX_LAG, inner_products, response_word
from derivations.pairings import moment_by_enumeration
from derivations.words import display
from numeric import (
    Network,
    Rates,
    Variances,
    expected_lag_kernel,
    lag_kernel,
    lag_weights,
    sample_lag_kernel,
)

UNEQUAL = Variances("0.6", "0.8", "1.7")
PARTS = Variances("0.6", "0.8", "1.7", rates=Rates("0.3", 2, "0.7"))
FROZEN = [replace(UNEQUAL, rates=Rates(*map(float, trained))) for trained in np.eye(3)]
"""W, F or C alone is trained."""
variances = st.builds(Variances, *[st.fractions(0, 3, max_denominator=9)] * 3, rates=rates)


def enumerated(i: int, j: int, width: int, values: Variances) -> Fraction:
    """E Theta_ij term by term, each by enumerating its pairings."""
    dimensions = {
        "n": width, "n_x": 1, "n_y": 1,
        "nu_W": values.transition, "nu_F": values.input, "nu_C": values.output,
    }  # fmt: skip
    total, eta = sympy.Integer(0), values.rates
    for letter, rate in {"C": eta.output, "F": eta.input, "W": eta.transition}.items():
        for term in inner_products(i, j, letter):
            moment = moment_by_enumeration(*(display(word) for word in term if word))
            total += sympy.Rational(rate.numerator, rate.denominator) * moment
    scale = Fraction(1, width ** ((len(response_word(i)) + len(response_word(j))) // 2 - 1))
    exact = sympy.sympify(total).subs({k: sympy.Rational(v) for k, v in dimensions.items()})
    return Fraction(int(exact.p), int(exact.q)) * scale


@pytest.mark.parametrize("width", [1, 2, 7])
@pytest.mark.parametrize("values", [UNEQUAL, PARTS], ids=["alike", "at rates of their own"])
def test_it_equals_the_enumeration_of_pairings_up_to_lag_three(width, values):
    mean = expected_lag_kernel(width, values, 4)
    for i in range(4):
        for j in range(4):
            assert mean[i, j] == ((i + j) % 2 == 0) * enumerated(i, j, width, values)


def test_the_shares_of_the_matrices_add_up():
    shares = sum(expected_lag_kernel(3, values, 5) for values in FROZEN)
    assert np.allclose(shares, expected_lag_kernel(3, UNEQUAL, 5).astype(float), rtol=1e-15)


@pytest.mark.parametrize("width", [2, 5, 50])
def test_the_mean_of_exact_samples_agrees_up_to_lag_eight(width):
    samples, lags = 100_000, 9
    theta = sample_lag_kernel(width, UNEQUAL, lags, samples, rng=7)[:, :, 0, 0, :, 0, 0]
    error = theta.std(axis=0) / samples**0.5
    deviation = abs(theta.mean(axis=0) - expected_lag_kernel(width, UNEQUAL, lags).astype(float))
    assert (deviation <= 5 * error).all()


def test_the_mean_over_networks_really_drawn_at_rates_of_their_own():
    width, lags, samples, rng = 3, 4, 500, np.random.default_rng(5)
    w, f, c = (float(x) ** 0.5 for x in (PARTS.transition, PARTS.input, PARTS.output))
    theta = np.empty((samples, lags, lags))
    for k in range(samples):
        W, F, C = (rng.standard_normal(shape) for shape in ((width, width), (width, 1), (1, width)))
        drawn = Network(w * W, f * F, c * C, rates=PARTS.rates)
        theta[k] = lag_kernel(drawn, lags)[:, 0, 0, :, 0, 0]
    error = theta.std(axis=0) / samples**0.5
    exact, alike = (expected_lag_kernel(width, v, lags).astype(float) for v in (PARTS, UNEQUAL))
    assert (abs(theta.mean(axis=0) - exact) <= 5 * error).all()
    assert (abs(theta.mean(axis=0) - alike) > 5 * error).any()


def test_at_width_one_it_is_a_product_of_gaussian_moments():
    mean = expected_lag_kernel(1, Variances(1), 5)
    # Theta_ii = (W^i F)^2 + (C W^i)^2 + (i C W^(i-1) F)^2 with E W^(2k) = (2k-1)!!
    assert [mean[i, i] for i in range(5)] == [2, 2 + 1, 6 + 4, 30 + 27, 210 + 240]


@given(variances, st.integers(0, 4), st.integers(0, 4))
def test_at_width_one_rates_multiply_the_squares_of_the_derivatives(values, i, j):
    """Of L_i = C W^i F, and E W^(2k) = nu_W^k (2k-1)!!."""

    def moment(power):
        return values.transition ** (power // 2) * math.prod(range(1, power, 2)) * (power % 2 == 0)

    f, c, eta = values.input, values.output, values.rates
    exact = (eta.output * f + eta.input * c) * moment(i + j)
    if i and j:
        exact += eta.transition * i * j * f * c * moment(i + j - 2)
    assert expected_lag_kernel(1, values, 5)[i, j] == exact


@given(variances, st.integers(1, 10**15))
def test_odd_offsets_vanish_and_it_is_symmetric(values, width):
    mean = expected_lag_kernel(width, values, 5)
    assert (mean == mean.T).all()
    assert all(mean[i, j] == 0 for i in range(5) for j in range(5) if (i + j) % 2)


@settings(max_examples=20)
@given(variances)
def test_it_tends_to_the_lag_weights_like_the_inverse_square_of_the_width(values):
    limit = [Fraction(x) for x in np.array(expected_lag_kernel(10**60, values, 6)).diagonal()]
    weights = lag_weights(values, 6)
    assert np.allclose([float(x) for x in limit], weights, rtol=1e-12)
    bias = [abs(expected_lag_kernel(width, values, 6).diagonal() - limit) for width in (10**6, 10**7)]
    assert all(
        abs(a - 100 * b) <= Fraction(1, 10**5) * a + Fraction(1, 10**50) for a, b in zip(*bias, strict=True)
    )


def test_exact_variances_give_fractions_and_floats_give_floats():
    exact = expected_lag_kernel(10, Variances("0.5"), 3)
    rounded = expected_lag_kernel(10, Variances(0.5), 3)
    assert isinstance(exact[2, 2], Fraction)
    assert rounded.dtype == float
    assert (rounded == exact.astype(float)).all()


def test_no_transition_leaves_two_lags():
    mean = expected_lag_kernel(4, Variances(0, 2, 3), 4)
    assert [mean[i, i] for i in range(4)] == [5, 6, 0, 0]


@pytest.mark.parametrize(
    ("width", "lags", "message"),
    [
        (0, 3, "width must be an integer >= 1, got 0"),
        (2.5, 3, "width must be an integer"),
        (3, 0, "lags must be an integer >= 1, got 0"),
        (3, MAX_LAG + 2, "cost doubles with every lag"),
    ],
)
def test_bad_input_is_refused(width, lags, message):
    with pytest.raises(ValueError, match=message):
        expected_lag_kernel(width, Variances(1), lags)


def test_overflow_of_floats_names_the_way_out():
    with pytest.raises(OverflowError, match="give the variances exactly"):
        expected_lag_kernel(1, Variances(1e300), 4)
