"""Samples of leaky, orthogonal and diagonal networks have the law of dense draws, at every width."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

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
    gram_chunks,
    lag_kernel_chunks,
    limit_kernel,
    sample_lag_kernel,
)
from numeric.diagonal_sampler import _network
from numeric.finite_width import lag_kernel
from numeric.sampler import BLOCK
from tests.numeric.two_samples import FALSE_ALARM, grams, grams_of, least_p_values, z_of_means

SHAPES = [(n, n_x, n_y) for n in (1, 2, 3, 8, 50) for n_x, n_y in ((1, 1), (2, 3), (3, 1))]
LEAKY = Leaky("0.6", "0.5", "0.7", "1.3")
ORTHOGONAL = Orthogonal("0.9", "0.7", "1.3")
RING = Diagonal(Ring("0.4", "0.9"), "0.7", "1.3")
NETWORKS = [LEAKY, ORTHOGONAL, RING, Diagonal([0.5 + 0.3j])]
LAGS, SAMPLES = 5, 6000


def haar(samples, n, rng):
    """From Gaussian matrices: Q of QR times the signs of R's diagonal (Mezzadri 2007)."""
    Q, R = np.linalg.qr(rng.standard_normal((samples, n, n)))
    return Q * np.sign(np.diagonal(R, axis1=1, axis2=2))[:, None]


def rotations(samples, n, rng):
    """Haar on the matrices of determinant 1 alone."""
    O = haar(samples, n, rng)  # noqa: E741
    O[:, :, 0] *= np.linalg.det(O)[:, None]
    return O


def without_signs(samples, n, rng):
    """Q of QR as it comes."""
    return np.linalg.qr(rng.standard_normal((samples, n, n)))[0]


def inputs_and_readouts(n, network, n_x, n_y, rng):
    F = float(network.input) ** 0.5 * rng.standard_normal((SAMPLES, n, n_x))
    return F, float(network.output) ** 0.5 * rng.standard_normal((SAMPLES, n, n_y))


def orthogonal_grams(n, n_x, n_y, rng, draw=haar):
    M = float(ORTHOGONAL.radius) * draw(SAMPLES, n, rng)
    return grams_of(M, *inputs_and_readouts(n, ORTHOGONAL, n_x, n_y, rng), LAGS)


def leaky_grams(n, n_x, n_y, rng, left_decay=LEAKY.decay):
    W = float(LEAKY.transition) ** 0.5 * rng.standard_normal((SAMPLES, n, n)) / n**0.5
    M, left = (float(decay) * np.eye(n) + W for decay in (LEAKY.decay, left_decay))
    return grams_of(M, *inputs_and_readouts(n, LEAKY, n_x, n_y, rng), LAGS, left)


@pytest.mark.parametrize(("n", "n_x", "n_y"), SHAPES)
def test_orthogonal_networks_have_the_law_of_dense_haar_draws(n, n_x, n_y):
    ours = grams(n, ORTHOGONAL, LAGS, SAMPLES, n_x, n_y, rng=n)
    theirs = orthogonal_grams(n, n_x, n_y, np.random.default_rng(100 + n))
    assert min(least_p_values(ours, theirs)) > FALSE_ALARM


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("draw", [rotations, without_signs])
def test_other_laws_on_orthogonal_matrices_are_told_apart(n, draw):
    ours = grams(n, ORTHOGONAL, LAGS, SAMPLES, rng=n)
    theirs = orthogonal_grams(n, 1, 1, np.random.default_rng(100 + n), draw)
    assert min(least_p_values(ours, theirs)) < FALSE_ALARM


@pytest.mark.parametrize(("n", "n_x", "n_y"), [(1, 1, 1), (2, 2, 3), (8, 3, 1), (50, 1, 1)])
def test_leaky_networks_have_the_law_of_dense_draws(n, n_x, n_y):
    ours = grams(n, LEAKY, LAGS, SAMPLES, n_x, n_y, rng=n)
    theirs = leaky_grams(n, n_x, n_y, np.random.default_rng(100 + n))
    assert min(least_p_values(ours, theirs)) > FALSE_ALARM


@pytest.mark.parametrize("n", [3, 50])
def test_a_decay_missing_from_one_chain_is_told(n):
    ours = grams(n, LEAKY, LAGS, SAMPLES, rng=n)
    theirs = leaky_grams(n, 1, 1, np.random.default_rng(100 + n), left_decay=0)
    assert min(least_p_values(ours, theirs)) < FALSE_ALARM


@given(
    n=st.integers(1, 40),
    lags=st.integers(1, 8),
    n_x=st.integers(1, 3),
    n_y=st.integers(1, 3),
    seed=st.integers(0, 2**64),
)
@settings(deadline=None)
def test_an_orthogonal_chain_keeps_lengths_and_angles(n, lags, n_x, n_y, seed):
    """``Q_ab`` and ``P_ba'`` depend on b - a alone, and so does ``V_a U_b``, all to rounding error."""
    P, Q, L = grams(n, Orthogonal(1), lags, 3, n_x, n_y, rng=seed)
    assert np.allclose(Q[:, 1:, :, 1:], Q[:, :-1, :, :-1], atol=1e-13, rtol=0)
    assert np.allclose(P[:, 1:, :, 1:], P[:, :-1, :, :-1], atol=1e-13, rtol=0)
    # the Gram of U and V' = O'^a C' together has rank n at most, and is positive
    length = (lags + 1) // 2
    joint = np.zeros((3, length * (n_x + n_y), length * (n_x + n_y)))
    size = length * n_x
    joint[:, :size, :size] = Q[:, :length, :, :length].reshape(3, size, size)
    joint[:, size:, size:] = P[:, :length, :, :length].reshape(3, length * n_y, length * n_y)
    for a in range(length):
        for b in range(length):
            cross = L[:, a + b] / n**0.5  # V_a U_b / n
            rows, columns = size + a * n_y, b * n_x
            joint[:, rows : rows + n_y, columns : columns + n_x] = cross
            joint[:, columns : columns + n_x, rows : rows + n_y] = cross.swapaxes(1, 2)
    eigenvalues = np.linalg.eigvalsh(joint)
    scale = eigenvalues[:, -1:]
    assert (eigenvalues >= -1e-12 * scale).all()
    assert (eigenvalues[:, : max(0, joint.shape[1] - n)] <= 1e-12 * scale).all()


@pytest.mark.parametrize("n", [1, 2, 3, 10])
@pytest.mark.parametrize("kind", [Leaky, Orthogonal])
def test_the_mean_of_samples_is_the_exact_mean(n, kind):
    transition = {Leaky: ("0.6", "0.5"), Orthogonal: ("0.9",)}[kind]
    trained = kind(*transition, "0.7", "1.3", rates=Rates("1/2", 2, "1/3"))
    theta = sample_lag_kernel(n, trained, 5, 40_000, rng=n)[:, :, 0, 0, :, 0, 0]
    exact = expected_lag_kernel(n, trained, 5).astype(float)
    z = (theta.mean(0) - exact) / (theta.std(0) / len(theta) ** 0.5)
    assert np.max(np.abs(z)) < stats.norm.isf(FALSE_ALARM / z.size / 2)


@pytest.mark.parametrize("network", [RING, Diagonal([0.5 + 0.3j, -0.9], "0.7", "1.3")], ids=repr)
@pytest.mark.parametrize("n", [2, 4, 50])
def test_a_diagonal_network_has_the_limit_as_its_mean(n, network):
    theta, L = sample_lag_kernel(n, network, 4, 4000, n_y=2, rng=n, impulse_response=True)
    z = []
    for p in range(2):
        for q in range(2):
            mean = (p == q) * limit_kernel(network, 4)
            draws = theta[:, :, p, 0, :, q, 0]
            z += [*((draws.mean(0) - mean) / (draws.std(0) / len(draws) ** 0.5)).flat]
    z += [*(L.mean(0) / (L.std(0) / len(L) ** 0.5)).flat]
    assert np.max(np.abs(z)) < stats.norm.isf(FALSE_ALARM / len(z) / 2)


def test_the_kernel_of_a_diagonal_network_is_that_of_its_derivatives():
    """By all real and imaginary parts; L is a polynomial, so that central differences are exact to h^2."""
    rng, n, n_x, n_y, lags, h = np.random.default_rng(0), 3, 2, 2, 5, 1e-5
    shapes = [(n,), (n, n_x), (n, n_y)]
    parameters = [rng.standard_normal((2, *shape)) / 2 for shape in shapes]
    rates = Rates(2, 3, 5)

    def network(parts):
        return _network(*(part[0] + 1j * part[1] for part in parts), lags, rates)

    def response(parts):
        spectrum, F, C = (part[0] + 1j * part[1] for part in parts)
        powers = [C.T @ np.diag(spectrum**j) @ F for j in range(lags)]
        return np.real(powers) / n**0.5

    theta, L = network(parameters)
    assert np.allclose(L, response(parameters))
    expected = np.zeros_like(theta)
    for which, rate in enumerate((2, 3, 5)):
        for at in np.ndindex(parameters[which].shape):
            up, down = ([part.copy() for part in parameters] for _ in range(2))
            up[which][at] += h
            down[which][at] -= h
            slope = (response(up) - response(down)) / (2 * h)
            expected += rate * np.multiply.outer(slope, slope)
    assert np.allclose(theta, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_blocks_are_drawn_in_any_order_and_cut_short(network):
    whole = sample_lag_kernel(6, network, 4, 3 * BLOCK, n_x=2, rng=7)
    [second] = lag_kernel_chunks(6, network, 4, BLOCK, n_x=2, rng=7, first_block=1)
    assert np.array_equal(second, whole[BLOCK : 2 * BLOCK])
    assert np.array_equal(sample_lag_kernel(6, network, 4, BLOCK + 5, n_x=2, rng=7), whole[: BLOCK + 5])


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_at_a_great_width_it_is_the_limit(network):
    width = 10**4 if isinstance(network, Diagonal) else 10**12
    theta = sample_lag_kernel(width, network, 6, 20, rng=0)[:, :, 0, 0, :, 0, 0]
    limit = limit_kernel(network, 6)
    assert np.allclose(theta.mean(0), limit, atol=20 * limit.max() / width**0.5)


def test_no_leak_is_the_dense_network_to_the_last_bit():
    dense = sample_lag_kernel(9, Variances("0.8"), 5, 10, n_x=2, rng=3)
    assert np.array_equal(sample_lag_kernel(9, Leaky(0, "0.8"), 5, 10, n_x=2, rng=3), dense)


def test_biases_do_not_change_the_lag_kernel():
    biased = Biased(ORTHOGONAL, hidden=1, readout=1, initial=1)
    plain = sample_lag_kernel(9, ORTHOGONAL, 5, 10, rng=3)
    assert np.array_equal(sample_lag_kernel(9, biased, 5, 10, rng=3), plain)


def test_rates_multiply_the_shares():
    """The shares of W, F and C in a drawn network, trained alone, add up."""

    def theta(*rates):
        return sample_lag_kernel(5, Orthogonal("0.9", rates=Rates(*rates)), 4, 3, n_x=2, rng=1)

    together = 2 * theta(1, 0, 0) + 3 * theta(0, 1, 0) + 5 * theta(0, 0, 1)
    assert np.allclose(theta(2, 3, 5), together, rtol=1e-14)


def test_an_orthogonal_network_of_one_unit_is_a_sign():
    """W is 1 or -1; F and C follow from F^2 + C^2 and C F, up to an exchange that changes nothing."""
    theta, L = sample_lag_kernel(1, Orthogonal(1), 4, 200, rng=0, impulse_response=True)
    sign = np.sign(L[:, 1, 0, 0] / L[:, 0, 0, 0])
    assert set(sign) == {-1, 1}
    for k in range(200):
        square, product = theta[k, 0, 0, 0, 0, 0, 0], L[k, 0, 0, 0]
        c = np.sqrt((square + np.sqrt(max(square**2 - 4 * product**2, 0))) / 2)
        f = product / c
        assert np.allclose(theta[k], lag_kernel([[sign[k]]], [[f]], [[c]], 4))


@pytest.mark.parametrize(
    ("function", "network", "message"),
    [
        (
            sample_lag_kernel,
            Stack([Variances(1), RING]),
            "Diagonal has no sampler as a layer; limit_kernel has",
        ),
        (gram_chunks, Stack([Variances(1)]), "Stack has no lag Grams of which its lag kernel is made"),
        (gram_chunks, RING, "Diagonal has no lag Grams of which its lag kernel is made"),
        (sample_lag_kernel, Diagonal([0.5, 0.3]), "width must be a multiple of the 2 eigenvalues given"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(function, network, message):
    with pytest.raises(ValueError, match=message):
        function(5, network, 3, 2, rng=0)


@pytest.mark.parametrize("network", [Orthogonal("1e200"), Leaky("1e200", 1), Diagonal([1e200])], ids=repr)
def test_overflow_is_an_error(network):
    with pytest.raises(OverflowError, match="exceed the range of float64"):
        sample_lag_kernel(2, network, 4, 2, rng=0)


@pytest.mark.parametrize("n", [2, 50])
def test_the_law_of_a_ring_is_that_of_uniform_draws(n):
    """Against rejection sampling from the square, unit by unit."""
    rng = np.random.default_rng(n)
    theta = sample_lag_kernel(n, RING, 4, 3000, rng=n)[:, :, 0, 0, :, 0, 0]
    points = rng.uniform(-0.9, 0.9, (2, 40 * 3000 * n // 10))
    inside = (np.hypot(*points) <= 0.9) & (np.hypot(*points) >= 0.4)
    spectra = (points[0] + 1j * points[1])[inside][: 3000 * n].reshape(3000, n)
    F, C = (
        (variance / 2) ** 0.5 * (rng.standard_normal((3000, n, 1)) + 1j * rng.standard_normal((3000, n, 1)))
        for variance in (0.7, 1.3)
    )
    theirs = np.array([_network(*one, 4, Rates())[0] for one in zip(spectra, F, C, strict=True)])
    x, y = (np.arcsinh(a.reshape(3000, -1)) for a in (theta, theirs))
    assert np.max(np.abs(z_of_means(x, y))) < stats.norm.isf(FALSE_ALARM / x.shape[1] / 2)
    p_values = [stats.ks_2samp(a, b).pvalue for a, b in zip(x.T, y.T, strict=True)]
    assert min(p_values) > FALSE_ALARM / len(p_values)
