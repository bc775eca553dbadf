"""How far orthogonal and leaky networks of a finite width stray from the limit; how wide is wide enough."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations import orthogonal_forms
from derivations.exact_kernel import exact_covariance
from derivations.symbols import n as width_symbol
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
    lag_kernel_covariance,
    lag_kernel_variance,
    lag_weights,
    limit_kernel,
    preset,
    sample_lag_kernel,
    width_for_fluctuation,
    width_for_mean,
)

positive = st.fractions(Fraction(1, 9), 3, max_denominator=9)
rates = st.builds(Rates, *[st.fractions(0, 3, max_denominator=9)] * 3)
orthogonal = st.builds(Orthogonal, positive, positive, positive, rates=rates)
UNEQUAL = Orthogonal("0.9", "0.5", 2, rates=Rates(2, 3, "1/2"))


@pytest.mark.parametrize("network", [Orthogonal(1), UNEQUAL], ids=repr)
def test_the_law_of_orthogonal_networks_holds_within_three_percent_at_width_200(network):
    theta = sample_lag_kernel(200, network, 5, 30_000, rng=1)[:, :, 0, 0, :, 0, 0]
    variances = theta.var(axis=0).diagonal()  # known to 0.8 %
    assert np.allclose(variances / lag_kernel_variance(200, network, 5).diagonal(), 1, atol=0.03)
    gaussian = Variances(network.transition, network.input, network.output, rates=network.rates)
    assert variances[4] < 0.8 * lag_kernel_variance(200, gaussian, 5)[4, 4]


def test_covariances_of_orthogonal_networks():
    theta = sample_lag_kernel(2000, UNEQUAL, 4, 20_000, rng=3)[:, :, 0, 0, :, 0, 0]
    law = lag_kernel_covariance(2000, UNEQUAL, 4)
    scale = np.sqrt(np.einsum("ijij->ij", law))
    found = np.cov(theta.reshape(len(theta), -1).T).reshape(4, 4, 4, 4)
    assert np.max(np.abs(found - law) / np.multiply.outer(scale, scale)) < 0.05
    assert np.array_equal(np.einsum("ijij->ij", law), lag_kernel_variance(2000, UNEQUAL, 4))


@given(orthogonal, st.integers(0, 20))
def test_the_law_on_the_diagonal_is_the_one_written_down(network, lag):
    eta, w = network.rates, network.radius**2
    A, B = eta.output * network.input * w**lag, eta.input * network.output * w**lag
    K = eta.transition * network.input * network.output * w ** (lag - 1)
    law = 2 * ((A + lag * K) ** 2 + (B + lag * K) ** 2)
    numbers = w, network.input, network.output, eta.transition, eta.input, eta.output
    assert orthogonal_forms.covariance(lag, lag, lag, lag, *numbers) == law
    if lag < 8:
        assert lag_kernel_variance(7, network, lag + 1)[lag, lag] == pytest.approx(float(law / 7))


@given(orthogonal, st.integers(0, 200), positive)
def test_four_over_the_error_squared_is_wide_enough_at_every_lag(network, lag, error):
    if network.rates != Rates(0, 0, 0):
        try:
            width = width_for_fluctuation(network, lag, error)
        except ValueError:
            assert lag == 0  # where the transition has no share
            return
        assert width <= max(1, np.ceil(4 / error**2))


def test_for_unit_variances_the_width_tends_to_four_over_the_error_squared():
    widths = [width_for_fluctuation(Orthogonal(1), lag, "0.05") for lag in (0, 1, 10, 10**5)]
    assert widths == [400, 712, 1345, 1600]  # 4 ((1 + i)/(2 + i))^2/eps^2


@pytest.mark.parametrize("lag", [0, 1, 2, 3, 6, 9])
@pytest.mark.parametrize("error", ["0.001", "0.1", "0.5", "3"])
def test_the_width_for_the_mean_of_orthogonal_networks_is_the_least(lag, error):
    rho = lag_weights(Variances(UNEQUAL.transition, UNEQUAL.input, UNEQUAL.output, rates=UNEQUAL.rates), 10)
    allowed = float(Fraction(error)) * rho[lag]
    width = width_for_mean(UNEQUAL, lag, error)

    def bias(n):
        return abs(float(expected_lag_kernel(n, UNEQUAL, lag + 1)[lag, lag]) - rho[lag])

    assert all(bias(n) <= allowed * (1 + 1e-12) for n in range(width, width + 12))
    assert width == 1 or bias(width - 1) > allowed


def test_the_width_for_the_mean_at_a_long_lag():
    # n^2 bias = i (i^2 - 1)/3 + 2 floor((i - 1)^2/4), rho_i = i + 2
    lag, error = 10**5, Fraction(1, 100)
    pairs = Fraction(lag * (lag**2 - 1), 3) + 2 * ((lag - 1) ** 2 // 4)
    width = width_for_mean(Orthogonal(1), lag, error)
    assert width**2 * error * (lag + 2) >= pairs > (width - 1) ** 2 * error * (lag + 2)


LEAKY = Leaky("0.5", "0.4", "0.7", "1.3")


def test_the_law_of_leaky_networks_is_that_of_exact_covariances():
    """The binomial sum of the 1/n terms of the exact covariances of the network without a leak."""
    x, lags = sympy.Symbol("x"), 3
    values = {"nu_W": LEAKY.transition, "nu_F": LEAKY.input, "nu_C": LEAKY.output}
    dense = np.empty((lags,) * 4, dtype=object)
    for at in product(range(lags), repeat=4):
        exact = sympy.expand(exact_covariance(*at).subs(width_symbol, 1 / x)).coeff(x, 1)
        dense[at] = float(exact.subs({name: sympy.Rational(value) for name, value in values.items()}))
    binomial = np.array(
        [[comb(i, k) * 0.5 ** (i - k) if k <= i else 0 for k in range(lags)] for i in range(lags)]
    )
    law = np.einsum("ia,jb,kc,ld,abcd->ijkl", *[binomial] * 4, dense.astype(float)) / 10
    assert np.allclose(lag_kernel_covariance(10, LEAKY, lags), law)
    assert np.allclose(lag_kernel_variance(10, LEAKY, lags), np.einsum("ijij->ij", law))


def test_the_law_of_leaky_networks_holds_in_samples():
    network = Leaky("0.5", "0.4", rates=Rates(2, 3, "1/2"))
    theta = sample_lag_kernel(2000, network, 6, 20_000, rng=0)[:, :, 0, 0, :, 0, 0]
    assert np.allclose(theta.var(axis=0) / lag_kernel_variance(2000, network, 6), 1, atol=0.06)
    width = width_for_fluctuation(network, 5, "0.1")
    predicted = (
        2000 * lag_kernel_variance(2000, network, 6)[5, 5] / (0.1 * limit_kernel(network, 6)[5, 5]) ** 2
    )
    assert width == np.ceil(predicted)


@pytest.mark.parametrize("lag", [0, 1, 2, 5])
@pytest.mark.parametrize("error", ["0.01", "0.5"])
def test_the_width_for_the_mean_of_leaky_networks_is_the_least(lag, error):
    limit = Fraction(expected_lag_kernel(10**200, LEAKY, lag + 1)[lag, lag])
    allowed = float(Fraction(error) * limit)
    width = width_for_mean(LEAKY, lag, error)

    def bias(n):
        return float(expected_lag_kernel(n, LEAKY, lag + 1)[lag, lag] - limit)

    assert bias(width) <= allowed * (1 + 1e-12)
    assert width == 1 or bias(width - 1) > allowed


def test_without_a_leak_all_is_as_of_the_dense_network():
    leaky, dense = Leaky(0, "0.4", "0.7"), Variances("0.4", "0.7")
    assert np.array_equal(lag_kernel_variance(9, leaky, 5), lag_kernel_variance(9, dense, 5))
    for width_for in (width_for_fluctuation, width_for_mean):
        assert width_for(leaky, 7, "0.03") == width_for(dense, 7, "0.03")


def test_biases_change_no_law():
    biased = Biased(UNEQUAL, hidden=1, readout=2)
    assert np.array_equal(lag_kernel_variance(9, biased, 5), lag_kernel_variance(9, UNEQUAL, 5))
    assert width_for_mean(biased, 4, "0.01") == width_for_mean(UNEQUAL, 4, "0.01")


def test_a_preset_needs_no_more_than_its_network():
    """Entries with lighter tails than Gaussian ones fluctuate less: uniform ones by 6/5 of F F and C C."""
    third, width, lags = Variances("1/3", "1/3", "1/3"), 60, 3
    assert width_for_fluctuation(preset("torch"), 5, "0.1") == width_for_fluctuation(third, 5, "0.1")
    assert width_for_fluctuation(preset("keras"), 5, "0.1") == width_for_fluctuation(
        Orthogonal(1, 2, 2), 5, "0.1"
    )
    rng = np.random.default_rng(0)
    kernels = [
        lag_kernel(*(rng.uniform(-1, 1, shape) for shape in ((width, width), (width, 1), (1, width))), lags)
        for _ in range(2000)
    ]
    ratios = (
        np.var(kernels, axis=0)[:, 0, 0, :, 0, 0].diagonal()
        / lag_kernel_variance(width, third, lags).diagonal()
    )
    assert np.allclose(ratios, [0.4, 0.52, 0.614], atol=0.1)  # 1 - 12 (nu A_ii)^2/5 over the law
    with pytest.raises(ValueError, match="Preset has no sampler; its entries are not Gaussian"):
        sample_lag_kernel(5, preset("torch"), 2, 1, rng=0)


@pytest.mark.parametrize("network", [Diagonal(Ring("0.1", "0.9")), Stack([Variances(1)])], ids=repr)
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (lag_kernel_variance, (3,)),
        (lag_kernel_covariance, (3,)),
        (width_for_fluctuation, (2, 1)),
        (width_for_mean, (2, 1)),
    ],
)
def test_a_network_without_a_law_says_so(network, function, arguments):
    given = (9, network, *arguments) if "kernel" in function.__name__ else (network, *arguments)
    with pytest.raises(ValueError, match=f"{type(network).__name__} has no law of finite width"):
        function(*given)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lag_kernel_variance(9, LEAKY, 17), "lags must be <= 16, got 17"),
        (lambda: lag_kernel_covariance(9, LEAKY, 7), "lags must be <= 6, got 7"),
        (lambda: width_for_fluctuation(LEAKY, 33, 1), "lag must be <= 32, got 33"),
        (lambda: width_for_mean(LEAKY, 13, 1), "lag must be <= 12 for the mean of a leaky network"),
        (lambda: width_for_fluctuation(Orthogonal(0), 2, 1), "the weight of lag 2 is 0"),
    ],
)
def test_bad_lags_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
