"""The lag kernel's words and its exact mean at every width."""

from math import comb

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from derivations import closed_forms, exact_mean, exact_variance, finite_width_forms
from derivations.exact_kernel import exact_covariance
from derivations.lag_kernel import MAX_LAG, Term, expected_share, gradient, inner_products
from derivations.pairings import moment_by_enumeration
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.words import display

lags = st.integers(0, 8)


def in_inverse_width(coefficients: tuple[int, ...]) -> sympy.Expr:
    return sum((c / n**k for k, c in enumerate(coefficients)), sympy.Integer(0))


def test_the_product_rule_visits_every_place_of_the_letter():
    assert list(gradient("CWWF", "W")) == [Term("C", "WF"), Term("CW", "F")]
    assert list(gradient("CWWF", "F")) == [Term("CWW", "")]
    assert list(gradient("CF", "W")) == []


@given(lags, lags)
def test_the_transition_has_a_term_for_every_pair_of_places(i, j):
    assert len(list(inner_products(i, j, "W"))) == i * j


@pytest.mark.parametrize("letter", "CFW")
@pytest.mark.parametrize(("i", "j"), [(0, 0), (1, 1), (0, 2), (2, 2), (1, 3), (0, 4), (3, 1)])
def test_the_mean_matches_the_enumeration_of_pairings(i, j, letter):
    scale = n ** Rational(-(i + j) // 2 - 1)
    mean = sympy.Integer(0)
    for left, right in inner_products(i, j, letter):
        words = [display(word) for word in (left, right) if word]
        empty = (n_y if not left else 1) * (n_x if not right else 1)
        mean += scale * empty * moment_by_enumeration(*words) / (n_x * n_y)
    unit = mean.subs({"nu_W": 1, "nu_F": 1, "nu_C": 1})
    assert sympy.expand(unit - in_inverse_width(expected_share(i, j, letter))) == 0


@given(lags, lags)
def test_the_limit_is_the_lag_weight_on_the_diagonal_and_zero_beside_it(i, j):
    limit = sum((*expected_share(i, j, letter), 0)[0] for letter in "CFW")
    assert limit == (closed_forms.lag_weight(i, 1, 2, 1) if i == j else 0)


@given(lags, lags, st.sampled_from("CFW"))
def test_odd_offsets_vanish_and_the_mean_is_symmetric(i, j, letter):
    assert expected_share(i, j, letter) == expected_share(j, i, letter)
    if (i + j) % 2:
        assert expected_share(i, j, letter) == ()


@given(lags)
def test_readout_and_input_have_the_same_share(i):
    assert expected_share(i, i, "C") == expected_share(i, i, "F")


@given(lags)
def test_at_width_one_the_network_is_scalar(i):
    """Theta_ii = (i C F W^{i-1})^2 + ...: moments of three independent Gaussians."""
    double_factorial = [1, 1, 3, 15, 105, 945, 10395, 135135, 2027025, 34459425]
    assert sum(expected_share(i, i, "C")) == double_factorial[i]
    assert sum(expected_share(i, i, "W")) == (i**2 * double_factorial[i - 1] if i else 0)


def test_the_second_order_of_the_diagonal_for_unit_variances():
    orders = [sum((*expected_share(i, i, letter), 0, 0, 0)[2] for letter in "CFW") for i in range(7)]
    assert orders == [0, 0, 6, 40, 140, 370, 820]


def test_simulation_agrees_at_a_small_width():
    rng = np.random.default_rng(3)
    width, samples, i, j = 3, 60_000, 2, 4
    W = rng.normal(size=(samples, width, width))
    F = rng.normal(size=(samples, width, 1))
    U = [F]
    for _ in range(4):
        U.append(W @ U[-1] / width**0.5)
    gram = (U[i] * U[j]).sum(axis=(1, 2)) / width
    exact = float(in_inverse_width(expected_share(i, j, "C")).subs(n, width))
    assert abs(gram.mean() - exact) < 6 * gram.std() / samples**0.5


def test_crosscaps_are_counted_by_the_smaller_lag():
    """The 1/n term of E (1/n) tr(W'^a W^{a+2k}) is a + 1, that of the transition's share 2 binom(a+1, 2)."""
    for a in range(5):
        for k in (1, 2):
            assert expected_share(a, a + 2 * k, "C")[1] == a + 1
            assert (*expected_share(a, a + 2 * k, "W"), 0, 0)[1] == 2 * comb(a + 1, 2)


@pytest.mark.parametrize(
    ("i", "j", "letter"),
    [(-1, 0, "C"), (0, -1, "C"), (MAX_LAG + 1, MAX_LAG + 1, "W"), (0, 0, "X"), (0, 0, "CF")],
)
def test_bad_lags_and_letters_are_refused(i, j, letter):
    with pytest.raises(ValueError, match=r"letter must be one of|needs lags|must be an integer >= 0"):
        expected_share(i, j, letter)


def test_lag_twelve_with_symbolic_variances_is_within_reach():
    mean = sympy.expand(exact_mean(12, 12) * n**13)
    in_width = sympy.Poly(mean, n)
    assert in_width.degree() == 13
    assert in_width.coeff_monomial(n**13).equals(closed_forms.lag_weight(12, nu_W, nu_C + nu_F, nu_C * nu_F))
    assert in_width.coeff_monomial(n**12) == 0
    law = finite_width_forms.second_order_mean(12, nu_W, nu_C + nu_F, nu_C * nu_F)
    assert sympy.expand(in_width.coeff_monomial(n**11) - law) == 0


@pytest.mark.parametrize("lag", [-1, 1.5, 2.0, True, "2", None, np.float64(1)])
@pytest.mark.parametrize("exact", [exact_mean, exact_variance])
def test_lags_are_integers(exact, lag):
    for lags in ((lag, 0), (0, lag)):
        with pytest.raises(ValueError, match=r"^[ij] must be an integer >= 0, got "):
            exact(*lags)
    assert exact(np.int64(1), np.uint8(1)) == exact(1, 1)


def test_lags_out_of_reach_are_refused_at_once_and_each_function_speaks_for_itself():
    with pytest.raises(ValueError, match=r"the exact mean needs lags .* got i = 20, j = 20"):
        exact_mean(20, 20)
    with pytest.raises(ValueError, match=r"the exact variance needs lags .* got i = 30, j = 30"):
        exact_variance(30, 30)
    with pytest.raises(ValueError, match=r"the exact covariance needs lags .* got i = 1, j = 1000000"):
        exact_covariance(1, 10**6, 1, 10**6)
