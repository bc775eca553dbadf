"""The exact mean of the lag kernel of leaky and orthogonal networks, against enumeration."""

from fractions import Fraction
from itertools import product
from math import prod

import flint
import numpy as np
import pytest

from derivations import orthogonal_forms
from numeric import (
    Biased,
    Diagonal,
    Leaky,
    Orthogonal,
    Rates,
    Ring,
    Stack,
    Variances,
    expected_lag_kernel,
    lag_kernel,
    lag_weights,
    limit_kernel,
)

RATES = Rates("1/2", 3, "2/5")


def gaussian_mean(polynomial, variances):
    """E of a polynomial in independent Gaussian variables of these variances."""
    total = Fraction(0)
    for exponents, coefficient in polynomial.to_dict().items():
        powers = [int(exponent) for exponent in exponents]
        if not any(power % 2 for power in powers):
            moments = (
                prod(range(power - 1, 0, -2)) * v ** (power // 2)
                for power, v in zip(powers, variances, strict=True)
            )
            total += Fraction(int(coefficient.p), int(coefficient.q)) * prod(moments)
    return total


def enumerated(n, network, lags):
    """E Theta_ij for n_x = n_y = 1 from the network's own derivatives by every entry of W, F and C.

    With ``X = n^{-1/2} W``, of entries of variance nu_W/n, ``n^{1/2} L_j = C (decay + X)^j F`` has rational
    coefficients, and a derivative by an entry of W is n^{-1/2} times that by the entry of X.
    """
    names = [f"x{k}" for k in range(n * n)] + [f"f{k}" for k in range(n)] + [f"c{k}" for k in range(n)]
    ring = flint.fmpq_mpoly_ctx.get(names, flint.Ordering.lex)
    entry = ring.gens()
    X, F, C = entry[: n * n], entry[n * n : n * n + n], entry[n * n + n :]
    decay = flint.fmpq(network.decay.numerator, network.decay.denominator)
    chain, responses = list(F), []
    for _ in range(lags):
        responses.append(sum((c * u for c, u in zip(C, chain, strict=True)), ring.constant(0)))
        chain = [
            decay * chain[row] + sum((X[n * row + k] * chain[k] for k in range(n)), ring.constant(0))
            for row in range(n)
        ]
    slopes = [[response.derivative(k) for k in range(len(entry))] for response in responses]
    rates = network.rates
    scale = [rates.transition / n**2] * n**2 + [rates.input / n] * n + [rates.output / n] * n
    variances = [network.transition / n] * n**2 + [network.input] * n + [network.output] * n
    mean = np.empty((lags, lags), dtype=object)
    for i, j in product(range(lags), repeat=2):
        products = zip(scale, slopes[i], slopes[j], strict=True)
        mean[i, j] = sum((rate * gaussian_mean(a * b, variances) for rate, a, b in products), Fraction(0))
    return mean


@pytest.mark.parametrize(("n", "lags"), [(1, 6), (2, 5), (3, 4)])
@pytest.mark.parametrize(
    "network", [Leaky("3/5", "1/2", "7/10", "13/10", rates=RATES), Leaky(1, 2), Leaky(0, "1/3", 2)], ids=repr
)
def test_the_mean_of_a_leaky_network_is_that_of_all_its_derivatives(n, lags, network):
    assert (expected_lag_kernel(n, network, lags) == enumerated(n, network, lags)).all()


def test_without_a_decay_or_a_transition_it_is_what_is_known():
    assert (expected_lag_kernel(7, Leaky(0, "1/3"), 6) == expected_lag_kernel(7, Variances("1/3"), 6)).all()
    # M = decay, L_i = decay^i n^-1/2 C F: only the transition's share has a sum, of i j equal terms
    frozen = expected_lag_kernel(7, Leaky("1/2", 0, 2, 3), 4)
    assert all(
        frozen[i, j]
        == 5 * Fraction(1, 2) ** (i + j) + (i and j and i * j * 6 * Fraction(1, 2) ** (i + j - 2))
        for i, j in product(range(4), repeat=2)
    )


@pytest.mark.parametrize(
    "network", [Leaky("0.6", "0.5", rates=RATES), Orthogonal("0.9", rates=RATES)], ids=repr
)
def test_the_mean_tends_to_the_limit(network):
    mean = expected_lag_kernel(10**30, network, 8).astype(float)
    assert np.allclose(mean, limit_kernel(network, 8), rtol=1e-12, atol=1e-25)


def angular_mean(n, powers):
    """E prod tr O^k over O(n) by Weyl's density of the eigenvalues' angles, of both determinants.

    A sum over equidistant angles integrates trigonometric polynomials exactly.
    """
    total = 0
    for determinant in (1, -1):
        fixed = {(0, 1): [], (0, -1): [1, -1], (1, 1): [1], (1, -1): [-1]}[n % 2, determinant]
        free, points = (n - len(fixed)) // 2, 64
        angles = np.array([*product(2 * np.pi * (np.arange(points) + 0.5) / points, repeat=free)])
        cosines = np.cos(angles)
        density = np.prod(
            [(cosines[:, a] - cosines[:, b]) ** 2 for a in range(free) for b in range(a)], axis=0
        ) * np.ones(len(angles))
        for value in fixed:  # one of two factors sin^2(theta/2), cos^2(theta/2)
            density = density * np.prod(1 - value * cosines, axis=1)
        traces = [sum(value**k for value in fixed) + 2 * np.sum(np.cos(k * angles), axis=1) for k in powers]
        total += np.average(np.prod(traces, axis=0), weights=density) / 2
    return total


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_traces_of_powers_of_a_haar_matrix(n):
    for k in range(1, 10):
        assert orthogonal_forms.trace_mean(k, n) == pytest.approx(angular_mean(n, [k]), abs=1e-9)
        for m in range(1, k + 1):
            exact = angular_mean(n, [k, m])
            assert orthogonal_forms.trace_product(k, m, n) == pytest.approx(exact, abs=1e-9)
            assert orthogonal_forms.trace_product(-m, k, n) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2])
def test_the_mean_of_an_orthogonal_network_is_that_of_all_orthogonal_matrices(n):
    """Theta is bilinear in F F' and C' C, whose means are those over n^{1/2} e_k, k = 1 .. n."""
    network, lags = Orthogonal("3/4", "1/2", 3), 6
    if n == 1:
        matrices = [np.eye(1), -np.eye(1)]
    else:
        angles = 2 * np.pi * np.arange(32) / 32
        rotations = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
        matrices = [*rotations, *(R @ np.diag([1, -1]) for R in rotations)]
    units = n**0.5 * np.eye(n)
    kernels = [
        lag_kernel(n**0.5 * 0.75 * O, 0.5**0.5 * f[:, None], 3**0.5 * c[None], lags)[:, 0, 0, :, 0, 0]
        for O, f, c in product(matrices, units, units)  # noqa: E741
    ]
    exact = expected_lag_kernel(n, network, lags).astype(float)
    assert np.allclose(np.mean(kernels, axis=0), exact, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 40])
def test_the_bias_of_an_orthogonal_network_in_closed_form(n):
    for i in range(20):
        squares = (2 * (i - k) * orthogonal_forms.trace_product(k, k, n) for k in range(1, i))
        assert orthogonal_forms.trace_squares(i, n) == sum(squares)
    w, s, p = Fraction(1, 3), Fraction(5, 2), Fraction(7)
    for i in range(8):
        rho = s * w**i + (i and p * i * w ** (i - 1))
        assert orthogonal_forms.mean(i, i, n, w, s, p) == rho + orthogonal_forms.bias(i, n, w, p)


def test_biases_do_not_change_the_mean():
    network = Leaky("0.6", "0.5")
    biased = Biased(network, hidden=1, readout=2, initial=3)
    assert (expected_lag_kernel(3, biased, 4) == expected_lag_kernel(3, network, 4)).all()


def test_a_float_gives_floats():
    exact, rounded = (expected_lag_kernel(3, Leaky(decay, 1), 4) for decay in ("0.5", 0.5))
    assert isinstance(exact[1, 1], Fraction)
    assert rounded.dtype == float
    assert (rounded == exact.astype(float)).all()


@pytest.mark.parametrize("network", [Diagonal(Ring("0.1", "0.9")), Stack([Variances(1)])], ids=repr)
def test_what_has_no_exact_mean_says_so(network):
    name = type(network).__name__
    with pytest.raises(ValueError, match=f"{name} has no exact mean at finite width"):
        expected_lag_kernel(10, network, 4)


def test_too_many_lags_of_an_orthogonal_network_are_refused():
    with pytest.raises(ValueError, match="lags must be <= 128"):
        expected_lag_kernel(10, Orthogonal(1), 129)


def test_lag_weights_are_its_limit_at_a_finite_width_up_to_the_inverse_square():
    weights = lag_weights(Variances(1), 9)  # of equal variances, nu_W = radius^2
    gaps = [expected_lag_kernel(n, Orthogonal(1), 9).diagonal() - weights for n in (100, 1000)]
    assert np.allclose((10**4 * gaps[0]).astype(float), (10**6 * gaps[1]).astype(float))
