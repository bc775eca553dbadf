"""The laws of a finite width in closed form: against exact polynomials, against sums they stand for."""

import math
from fractions import Fraction
from itertools import combinations_with_replacement, product

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations import finite_width_forms as forms
from derivations.exact_kernel import (
    CONTRACTIONS,
    contracted_covariance,
    exact_covariance,
    exact_mean,
    exact_variance,
)
from derivations.finite_width_forms import Entry
from derivations.pairings import moment_by_enumeration
from derivations.symbols import n, nu_C, nu_F, nu_W

small = st.integers(0, 6)
positive = st.fractions(Fraction(1, 9), 3, max_denominator=9)
rate = st.fractions(0, 2, max_denominator=4)
lag_pairs = st.tuples(small, small)


@given(small, small)
def test_walk_overlap_is_the_sum_over_both_walks(m, further):
    M = m + further
    assert forms.walk_overlap(m, M) == sum(1 + min(x, y) for x in range(m) for y in range(M))


@given(small, small, st.integers(0, 8), positive, positive, positive, rate, rate)
def test_the_fluctuation_is_the_sum_over_steps_along_the_diagonals(
    m, further, above, w, f, c, alone, together
):
    M = m + further
    half = m + M + above
    steps = sum(
        (together * c if e else alone)
        * (together * c if g else alone)
        * Fraction(w) ** (half - (e > 0) - (g > 0))
        * (1 + min(m - e, M - g))
        for e in range(m + 1)
        for g in range(M + 1)
    )
    assert forms.gram_fluctuation(m, M, half, w, f, c, alone, together) == f**2 * steps
    alike = forms.gram_fluctuation(m, M, half, w, f, c)
    assert alike == forms.gram_fluctuation(m, M, half, w, f, c, 1, 1)


@pytest.mark.parametrize("i", range(16))
def test_the_second_order_is_the_sum_over_places_of_the_transition(i):
    def first(a, b):
        return forms.crosscap(min(a, b)) if (a - b) % 2 == 0 and a != b else 0

    def covariance(a, b, c, d):
        return forms.trace_covariance(*sorted((min(a, b), min(c, d))), abs(a - b)) if a - b == d - c else 0

    total = 0
    for a, b in product(range(i), repeat=2):
        c, d = i - 1 - a, i - 1 - b
        total += 2 * forms.crosscap_pairs(c) * (a == b) + first(a, b) * first(c, d) + covariance(a, b, c, d)
    assert forms.transition_pairs(i) == total


def test_the_second_order_at_unit_variances():
    laws = [forms.second_order_mean(i, 1, 2, 1) for i in range(7)]
    assert laws == [0, 0, 6, 40, 140, 370, 820]


@pytest.mark.parametrize("i", range(13))
def test_the_bias_agrees_with_the_exact_mean(i):
    exact = sympy.expand(exact_mean(i, i))
    assert exact.coeff(n, -1) == 0
    assert sympy.expand(exact.coeff(n, -2) - forms.second_order_mean(i, nu_W, nu_C + nu_F, nu_C * nu_F)) == 0


@pytest.mark.parametrize(("i", "j"), [(0, 8), (2, 8), (7, 3), (6, 10), (11, 9), (4, 7)])
def test_the_mean_beside_the_diagonal_agrees_with_the_exact_one(i, j):
    exact = sympy.expand(exact_mean(i, j))
    assert exact.coeff(n, 0) == 0
    assert sympy.expand(exact.coeff(n, -1) - forms.mean_correction(i, j, nu_W, nu_C + nu_F, nu_C * nu_F)) == 0


@pytest.mark.parametrize(("a", "b"), [(1, 3), (2, 2), (3, 3), (1, 5), (4, 2)])
def test_the_orders_of_a_trace_agree_with_enumerated_pairings(a, b):
    polynomial = sympy.expand(moment_by_enumeration(f"W^{a} W'^{b}") / n ** (1 + (a + b) // 2))
    half = nu_W ** ((a + b) // 2)
    if a == b:
        assert polynomial.coeff(n, -2) == forms.crosscap_pairs(a) * half
    else:
        assert polynomial.coeff(n, -1) == forms.crosscap(min(a, b)) * half


@pytest.mark.parametrize("lag", range(5))
def test_the_variance_law_agrees_with_the_exact_variance(lag):
    exact = exact_variance(lag, lag)
    assert sympy.expand(exact.coeff(n, -1) - forms.variance(lag, lag, nu_W, nu_F, nu_C)) == 0
    assert exact.coeff(n, 0) == 0


@pytest.mark.parametrize("lag", range(4))
def test_the_law_at_rates_agrees_with_the_exact_variance_of_a_network_that_trains_all_parts_alike(lag):
    """Theta is a multiple of that of F times (eta_W/eta_F)^(1/2) and C times (eta_W/eta_C)^(1/2)."""
    eta_W, eta_F, eta_C = rates = sympy.symbols("eta_W eta_F eta_C")
    alike = exact_variance(lag, lag).subs({nu_F: nu_F * eta_W / eta_F, nu_C: nu_C * eta_W / eta_C})
    exact = sympy.expand((eta_C * eta_F / eta_W) ** 2 * alike)
    assert sympy.expand(exact.coeff(n, -1) - forms.variance(lag, lag, nu_W, nu_F, nu_C, *rates)) == 0


LAGS = [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("first", "second"), [*combinations_with_replacement(LAGS, 2), ((2, 2), (2, 2)), ((0, 2), (2, 0))]
)
def test_the_law_of_entries_agrees_with_exact_covariances_of_matrices(first, second):
    """For n_x = 2, n_y = 3 and every contraction of the indices of rows and of those of columns."""
    for rows, columns in product(CONTRACTIONS, CONTRACTIONS):
        law = sum(
            forms.entry_covariance(
                Entry(*first, y, x, y2, x2), Entry(*second, v, u, v2, u2), nu_W, nu_F, nu_C
            )
            for y, y2, v, v2 in contracted_indices(rows, 3)
            for x, x2, u, u2 in contracted_indices(columns, 2)
        )
        exact = contracted_covariance(first, second, rows, columns, n_x=2, n_y=3)
        assert exact.coeff(n, 0) == 0
        assert sympy.expand(exact.coeff(n, -1) - law) == 0


def contracted_indices(how, dimension):
    for first, second in product(range(dimension), repeat=2):
        yield {
            "apart": (first, first, second, second),
            "parallel": (first, second, first, second),
            "crossed": (first, second, second, first),
        }[how]


@given(lag_pairs, lag_pairs)
def test_the_exact_covariance_at_width_one_is_that_of_scalars(first, second):
    """At n = 1, Theta_ij = W^(i+j) (F^2 + C^2) + i j C^2 F^2 W^(i+j-2)."""
    (i, j), (k, l) = first, second  # noqa: E741
    if i + j + k + l > 8:
        return

    def moment(power):
        return 0 if power % 2 else math.prod(range(1, power, 2))

    def theta(p, q):  # powers of W, F, C
        return {(p + q, 2, 0): 1, (p + q, 0, 2): 1} | ({(p + q - 2, 2, 2): p * q} if p * q else {})

    def mean(terms):
        return sum(c * math.prod(map(moment, powers)) for powers, c in terms)

    one, two = theta(i, j).items(), theta(k, l).items()
    both = [(tuple(map(sum, zip(p, q, strict=True))), c * d) for p, c in one for q, d in two]
    exact = exact_covariance(i, j, k, l).subs({n: 1, nu_W: 1, nu_F: 1, nu_C: 1})
    assert exact == mean(both) - mean(one) * mean(two)


# Properties.


@given(lag_pairs, lag_pairs, positive, positive, positive)
def test_the_covariance_is_symmetric(first, second, w, f, c):
    (i, j), (k, l) = first, second  # noqa: E741
    law = forms.covariance(i, j, k, l, w, f, c)
    assert law == forms.covariance(k, l, i, j, w, f, c) == forms.covariance(j, i, k, l, w, f, c)
    assert law == forms.covariance(i, j, k, l, w, c, f)
    assert law**2 <= forms.variance(i, j, w, f, c) * forms.variance(k, l, w, f, c)


@given(lag_pairs, lag_pairs, positive, positive, positive, positive)
def test_the_laws_are_homogeneous(first, second, w, f, c, scale):
    (i, j), (k, l) = first, second  # noqa: E741
    if (i + j + k + l) % 2 == 0:
        scaled = forms.covariance(i, j, k, l, scale * w, scale * f, scale * c)
        assert scaled == scale ** ((i + j + k + l) // 2 + 2) * forms.covariance(i, j, k, l, w, f, c)
    if (i + j) % 2 == 0:
        scaled = forms.mean_correction(i, j, scale * w, scale * (c + f), scale**2 * c * f)
        assert scaled == scale ** ((i + j) // 2 + 1) * forms.mean_correction(i, j, w, c + f, c * f)


@given(lag_pairs, lag_pairs, positive, positive, positive)
def test_numbers_and_symbols_give_the_same(first, second, w, f, c):
    values = dict(zip((nu_W, nu_F, nu_C), map(sympy.Rational, map(str, (w, f, c))), strict=True))
    for law, lags in (
        (forms.covariance, (*first, *second)),
        (forms.mean_correction, first),
        (forms.second_order_mean, first[:1]),
    ):
        symbolic = sympy.sympify(law(*lags, nu_W, nu_F, nu_C)).subs(values)
        assert symbolic == sympy.Rational(str(Fraction(law(*lags, w, f, c))))


@given(lag_pairs, lag_pairs, st.integers(0, 5), st.integers(0, 5))
def test_the_laws_are_integers_at_integer_variances(first, second, f, c):
    for w in (0, 1, 2):  # at 0 no negative power is formed
        for law in (
            forms.covariance(*first, *second, w, f, c),
            forms.mean_correction(*first, w, c + f, c * f),
            forms.second_order_mean(first[0], w, c + f, c * f),
        ):
            assert isinstance(law, int)
            assert law >= 0


def test_at_transition_variance_zero_two_lags_are_left():
    assert [forms.variance(i, i, 0, 1, 1) for i in range(4)] == [4, 4, 0, 0]
    assert sympy.expand(exact_variance(1, 1)).coeff(n, -1).subs({nu_W: 0, nu_F: 1, nu_C: 1}) == 4


indices = st.integers(0, 1)
entries = st.builds(Entry, st.integers(0, 3), st.integers(0, 3), indices, indices, indices, indices)


@given(entries, entries, positive, positive, positive)
def test_the_covariance_of_entries_is_symmetric_and_exchanges_inputs_with_outputs(first, second, w, f, c):
    def flipped(entry):  # Theta_ij' = Theta_ji
        return Entry(entry.j, entry.i, entry.y2, entry.x2, entry.y, entry.x)

    def exchanged(entry):
        return Entry(entry.i, entry.j, entry.x, entry.y, entry.x2, entry.y2)

    law = forms.entry_covariance(first, second, w, f, c)
    assert law == forms.entry_covariance(second, first, w, f, c)
    assert law == forms.entry_covariance(flipped(first), flipped(second), w, f, c)
    assert law == forms.entry_covariance(exchanged(first), exchanged(second), w, c, f)
