"""Stacked networks of a finite width: the lag kernel of given matrices, and draws of it."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from numeric import (
    Biased,
    Leaky,
    Orthogonal,
    Rates,
    Stack,
    Variances,
    lag_kernel,
    lag_kernel_chunks,
    limit_kernel,
    sample_lag_kernel,
)
from numeric.sampler import BLOCK
from numeric.stack_sampler import convolved, stack_grams
from tests.numeric.two_samples import FALSE_ALARM, z_of_means

THREE = Stack(
    [
        Variances("0.5", rates=Rates(2, 3, 1)),
        Leaky("0.6", "0.2", "0.5"),
        Orthogonal("0.8", 1, "0.7", rates=Rates(1, 2, 3)),
    ]
)


def kernel(M, F, C, lags, rates, readout_rate):
    P, Q, L = stack_grams(M, F, C, lags)
    return convolved(P[None], Q[None], rates, readout_rate)[0], L


def response(matrices, x, n_layers, lags):
    """The outputs for one input at time 0, by running the layers; the state is that of the last step."""
    M, F, C = matrices[:n_layers], matrices[n_layers:-1], matrices[-1]
    n, states, outputs = len(M[0]), [np.zeros(len(M[0])) for _ in M], []
    for t in range(lags):
        below = x if t == 0 else 0 * x
        for layer in range(n_layers):
            scale = 1 if layer == 0 else n**-0.5
            states[layer] = M[layer] @ states[layer] + scale * F[layer] @ below
            below = states[layer]
        outputs.append(n**-0.5 * C @ below)
    return np.array(outputs)


def test_the_lag_kernel_of_given_matrices_is_that_of_its_derivatives():
    """By every entry of every matrix; L is a polynomial, so that central differences are exact to h^2."""
    rng, n, n_x, n_y, lags, h = np.random.default_rng(0), 2, 2, 1, 4, 1e-5
    M = [rng.standard_normal((n, n)) / 2 for _ in range(3)]
    F = [rng.standard_normal((n, size)) for size in (n_x, n, n)]
    matrices = [*M, *F, rng.standard_normal((n_y, n))]
    rates = [Rates(2, 3, 1), Rates(5, 7, 1), Rates(11, 13, 1)]
    theta, L = kernel(M, F, matrices[-1], lags, rates, Fraction(17))

    def responses(which, at, step):
        moved = [matrix.copy() for matrix in matrices]
        moved[which][at] += step
        return np.stack([response(moved, unit, 3, lags) for unit in np.eye(n_x)], axis=-1)

    assert np.allclose(L, responses(0, (0, 0), 0))
    expected = np.zeros_like(theta)
    for which, rate in enumerate((2 / n, 5 / n, 11 / n, 3, 7, 13, 17)):  # dM = n^{-1/2} dW
        for at in np.ndindex(matrices[which].shape):
            slope = (responses(which, at, h) - responses(which, at, -h)) / (2 * h)
            expected += rate * np.multiply.outer(slope, slope)
    assert np.allclose(theta, expected, rtol=1e-7, atol=1e-7)


def test_one_layer_is_a_given_network():
    rng, n = np.random.default_rng(1), 5
    W, F, C = rng.standard_normal((n, n)), rng.standard_normal((n, 2)), rng.standard_normal((3, n))
    theta, _ = kernel([W / n**0.5], [F], C, 4, [Rates()], Fraction(1))
    assert np.allclose(theta, lag_kernel(W, F, C, 4))


@pytest.mark.parametrize("network", [Leaky("0.6", "0.5"), Orthogonal("0.9"), Variances("0.8")], ids=repr)
def test_a_stack_of_one_has_the_law_of_its_layer(network):
    one, two = (
        np.arcsinh(sample_lag_kernel(3, kind, 4, 1000, rng=seed).reshape(1000, -1))
        for seed, kind in enumerate((network, Stack([network])))
    )
    assert np.max(np.abs(z_of_means(one, two))) < stats.norm.isf(FALSE_ALARM / one.shape[1] / 2)
    p_values = [stats.ks_2samp(a, b).pvalue for a, b in zip(one.T, two.T, strict=True)]
    assert min(p_values) > FALSE_ALARM / len(p_values)


def test_at_a_great_width_it_is_the_limit():
    theta = sample_lag_kernel(256, THREE, 4, 16, n_x=2, rng=0)
    limit = limit_kernel(THREE, 4)
    for x in range(2):
        own = theta[:, :, 0, x, :, 0, x].mean(axis=0)
        assert np.allclose(own, limit, atol=0.2 * limit.max())
        assert np.max(np.abs(own - limit)) > 0
    assert np.max(np.abs(theta[:, :, 0, 0, :, 0, 1].mean(axis=0))) < 0.1 * limit.max()


def test_blocks_are_drawn_in_any_order_and_cut_short():
    whole = sample_lag_kernel(3, THREE, 3, 2 * BLOCK, rng=7)
    [second] = lag_kernel_chunks(3, THREE, 3, BLOCK, rng=7, first_block=1)
    assert np.array_equal(second, whole[BLOCK:])
    assert np.array_equal(sample_lag_kernel(3, THREE, 3, 5, rng=7), whole[:5])


def test_stacks_in_stacks_and_biases_are_the_same_layers():
    nested = Stack([Stack(THREE.networks[:2]), Biased(THREE.networks[2], hidden=1)])
    assert np.array_equal(sample_lag_kernel(3, nested, 3, 5, rng=7), sample_lag_kernel(3, THREE, 3, 5, rng=7))


@pytest.mark.parametrize("layers", [["0.5"], [0.5, Variances(1)], 0.5, None])
def test_what_is_no_network_is_no_layer(layers):
    with pytest.raises(ValueError, match=r"stack: its layers must be networks such as Variances, got"):
        Stack(layers)


def test_matrices_too_large_to_be_formed_are_refused():
    with pytest.raises(ValueError, match="width must be <= 4096 for a stack"):
        sample_lag_kernel(10**6, THREE, 3, 1, rng=0)
