"""Frameworks' defaults: the limit, and its scale, of weights drawn as the framework draws them."""

from fractions import Fraction

import numpy as np
import pytest

from numeric import Variances, from_weights, impulse_response, lag_kernel, limit_kernel, preset
from numeric.limit import diagonal_limit

LAGS = 6


def exactly(network):
    return diagonal_limit(network, LAGS, lambda number: number).tolist()


def test_pytorch_is_two_plus_i_over_a_power_of_three():
    assert exactly(preset("torch")) == [Fraction(2 + i, 3 ** (i + 1)) for i in range(LAGS)]
    assert exactly(preset("torch")) == exactly(Variances("1/3", "1/3", "1/3"))


def test_keras_is_four_plus_four_i():
    assert exactly(preset("keras")) == [4 + 4 * i for i in range(LAGS)]


@pytest.mark.parametrize("n_x", [1, 3])
def test_flax_is_one_plus_i_over_the_inputs_times_the_width(n_x):
    assert exactly(preset("flax", n_x=n_x)) == [Fraction(1 + i, n_x) for i in range(LAGS)]


def orthogonal(rng, n):
    q, r = np.linalg.qr(rng.normal(size=(n, n)))
    return q * np.sign(np.diag(r))


def weights(framework, rng, n, n_x):
    """W, F and C as the framework's initialisers draw them, acting from the left."""
    if framework == "torch":
        shapes = (n, n), (n, n_x), (1, n)
        return tuple(rng.uniform(-(n**-0.5), n**-0.5, shape) for shape in shapes)
    if framework == "keras":  # Glorot: uniform in +-sqrt(6 / (inputs + outputs))
        F, C = (rng.uniform(-1, 1, shape) * (6 / sum(shape)) ** 0.5 for shape in ((n, n_x), (1, n)))
    else:  # LeCun: variance 1 / inputs
        F, C = rng.normal(size=(n, n_x)) / n_x**0.5, rng.normal(size=(1, n)) / n**0.5
    return orthogonal(rng, n), F, C


@pytest.mark.parametrize("framework", ["torch", "keras", "flax"])
def test_a_drawn_network_has_the_limit_s_kernel_and_covariance_times_their_powers_of_n(framework):
    """Of the mean of 20 networks of width 300; a relative error of 4/sqrt(300 * 20) is about 5 %."""
    n, n_x, rng = 300, 2, np.random.default_rng(3)
    known = preset(framework, n_x=n_x)
    networks = [from_weights(*weights(framework, rng, n, n_x)) for _ in range(20)]
    kernel = np.mean([lag_kernel(network, 4)[:, 0, 0, :, 0, 0] for network in networks], axis=0)
    limit = limit_kernel(known, 4)
    assert np.diag(kernel) / n**known.kernel_power == pytest.approx(np.diag(limit), rel=0.15)
    first = [impulse_response(network, 1)[0, 0] for network in networks for _ in range(1)]
    covariance = known.network.readout.variance * known.layers[0].input.variance
    assert np.mean(np.square(first)) / n**known.prior_power == pytest.approx(float(covariance), rel=1)


def test_another_framework_is_refused():
    with pytest.raises(ValueError, match="framework must be one of torch, keras, flax, got 'jax'"):
        preset("jax")
    with pytest.raises(ValueError, match="n_x must be"):
        preset("flax", n_x=0)
