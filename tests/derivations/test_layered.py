"""The generating function of a stack against sums over paths, and against the formulas of one layer."""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import prod

import pytest
import sympy
from flint import arb, fmpq, fmpq_series
from hypothesis import given
from hypothesis import strategies as st
from sympy import symbols

from derivations import closed_forms
from derivations.layered import Layer, stack_generating_function, stack_weights

numbers = st.one_of(st.sampled_from([Fraction(0), Fraction(1)]), st.fractions(0, 2, max_denominator=6))
layers = st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=3)
LAGS = 5


def sum_over_paths(stack: list[Layer], c: Fraction, rate: Fraction, i: int) -> Fraction:
    """rho_i by enumeration: every path C W^D..W^D F^D ... F^1 of i transitions, every place in it trained."""
    whole = Fraction(0)
    for taken in combinations_with_replacement(range(len(stack)), i):
        matrices = []  # of the path from the input up: variance and rate of each place
        for layer, (w, f, rate_W, rate_F) in enumerate(stack):
            matrices += [(f, rate_F), *[(w, rate_W)] * taken.count(layer)]
        matrices.append((c, rate))
        whole += sum(
            trained * prod(variance for k, (variance, _) in enumerate(matrices) if k != place)
            for place, (_, trained) in enumerate(matrices)
        )
    return whole


@given(layers, numbers, numbers)
def test_a_weight_is_the_sum_over_paths_and_places(stack, c, rate):
    assert stack_weights(stack, c, rate, LAGS) == [sum_over_paths(stack, c, rate, i) for i in range(LAGS)]


@given(layers, numbers, numbers)
def test_the_function_is_that_of_the_weights(stack, c, rate):
    """Evaluated at the series u, in the field's arithmetic of truncated power series."""
    u = fmpq_series([0, 1], prec=LAGS + 5)
    exact = [tuple(rational(x) for x in layer) for layer in stack]
    function = stack_generating_function(exact, rational(c), rational(rate), u) + 0 * u
    assert [function[i] for i in range(LAGS + 5)] == stack_weights(
        exact, rational(c), rational(rate), LAGS + 5
    )


def rational(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def test_one_layer_is_the_plain_network():
    w, f, c, u = symbols("w f c u")
    stack = stack_generating_function([(w, f, 1, 1)], c, 1, u)
    assert sympy.cancel(stack - closed_forms.generating_function(u, w, c + f, c * f)) == 0
    for i, weight in enumerate(stack_weights([(w, f, 1, 1)], c, 1, 6)):
        assert sympy.expand(weight - closed_forms.lag_weight(i, w, c + f, c * f)) == 0


def test_frozen_layers_only_pass_on():
    """With the readout alone trained, the weights are the energies of the reservoir."""
    third, half = Fraction(1, 3), Fraction(1, 2)
    weights = stack_weights([(third, 2, 0, 0), (half, 5, 0, 0)], 7, 1, 10)
    assert weights == [sum(10 * third**a * half ** (i - a) for a in range(i + 1)) for i in range(10)]


def test_balls_and_floats():
    third, ball = Fraction(1, 3), arb(1) / 3
    exact = stack_generating_function([(third, third, 1, 1)] * 2, third, 1, third)
    in_balls = stack_generating_function([(ball, ball, 1, 1)] * 2, ball, 1, ball)
    assert in_balls.contains(rational(exact))
    assert in_balls.rad() < 1e-14
    weights = stack_weights([(third, third, 1, 1)] * 2, third, 1, 9)
    in_floats = stack_weights([(1 / 3, 1 / 3, 1, 1)] * 2, 1 / 3, 1, 9)
    assert in_floats == pytest.approx([float(weight) for weight in weights], rel=1e-14)


def test_no_lags():
    assert stack_weights([(1, 1, 1, 1)], 1, 1, 0) == []
