"""The sampler has the law of dense networks, at every width; and its blocks can be drawn in any order."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from numeric import Rates, Variances, lag_weights
from numeric.finite_width import convolve_grams, lag_kernel
from numeric.gaussian_sampler import _left
from numeric.sampler import BLOCK, gram_chunks, lag_kernel_chunks, sample_lag_kernel
from tests.numeric.two_samples import FALSE_ALARM, grams, grams_of, least_p_values

SHAPES = [(n, n_x, n_y) for n in (1, 2, 3, 8, 50) for n_x, n_y in ((1, 1), (2, 3), (3, 1), (1, 2))]


def dense_grams(n, variances, lags, samples, n_x, n_y, rng):
    """P, Q and L of networks with real W, F and C."""
    scale = {name: float(getattr(variances, name)) ** 0.5 for name in ("transition", "input", "output")}
    W = scale["transition"] * rng.standard_normal((samples, n, n)) / n**0.5
    F = scale["input"] * rng.standard_normal((samples, n, n_x))
    return grams_of(W, F, scale["output"] * rng.standard_normal((samples, n, n_y)), lags)


@pytest.mark.parametrize(("n", "n_x", "n_y"), SHAPES)
def test_the_law_is_that_of_dense_networks(n, n_x, n_y):
    variances, lags, samples = Variances("0.9", "0.7", "1.3"), 5, 6000
    ours = grams(n, variances, lags, samples, n_x, n_y, rng=n)
    theirs = dense_grams(n, variances, lags, samples, n_x, n_y, np.random.default_rng(100 + n))
    assert min(least_p_values(ours, theirs)) > FALSE_ALARM


@pytest.mark.parametrize("n", [1, 2, 3, 4, 8, 50])
def test_exact_moments_at_small_lags(n):
    w, f, c = Fraction(4, 5), Fraction(1, 2), Fraction(3, 2)
    samples = 40_000
    P, Q, L = (a.reshape(samples, 4, -1) for a in grams(n, Variances(w, f, c), 4, samples, rng=3))
    theta = convolve_grams(P[..., None, :, None], Q[..., None, :, None])[:, :, 0, 0, :, 0, 0]
    square = Fraction(n**3 + 2 * n, n**3)  # E tr(W^2 W'^2) = n^3 + 2n
    cube = Fraction(n**4 + 10 * n**2 + 4 * n, n**4)  # E tr(W^3 W'^3) = n^4 + 10 n^2 + 4n
    wishart = Fraction(n**4 + 2 * n**2, n**4)  # E tr(W W')^2 = n^4 + 2 n^2
    exact = [
        (Q[:, 0, 0], f),
        (Q[:, 1, 1], f * w),
        (Q[:, 2, 2], f * w**2 * square),
        (Q[:, 3, 3], f * w**3 * cube),
        (P[:, 2, 2], c * w**2 * square),
        (P[:, 3, 3], c * w**3 * cube),
        (Q[:, 0, 1], 0),
        (Q[:, 0, 2], f * w / n),  # E tr(W^2) = n
        (P[:, 0, 2], c * w / n),
        (L[:, 2, 0], 0),
        (L[:, 0, 0] ** 2, c * f),
        (L[:, 1, 0] ** 2, c * f * w),
        (L[:, 2, 0] ** 2, c * f * w**2 * square),
        (L[:, 0, 0] * L[:, 2, 0], c * f * w / n),
        (P[:, 0, 0] * Q[:, 3, 3], c * f * w**3 * cube),
        (P[:, 1, 1] * Q[:, 1, 1], c * f * w**2 * wishart),
        (P[:, 0, 1] * Q[:, 0, 1], c * f * w / n**2),
        (theta[:, 0, 0], c + f),
        (theta[:, 0, 1], 0),
        (theta[:, 1, 1], (c + f) * w + c * f),
        (theta[:, 0, 2], (c + f) * w / n),
        (theta[:, 2, 2], (c + f) * w**2 * square + c * f * w * (2 + Fraction(2, n**2))),
    ]
    z = [(x.mean() - float(mean)) / (x.std() / samples**0.5) for x, mean in exact]
    assert np.max(np.abs(z)) < stats.norm.isf(FALSE_ALARM / len(z) / 2)


@given(
    n=st.integers(1, 12),
    half=st.integers(1, 4),
    n_x=st.integers(1, 4),
    n_y=st.integers(1, 4),
    seed=st.integers(0, 2**64),
)
@settings(deadline=None)
def test_every_sample_is_a_network_of_width_n(n, half, n_x, n_y, seed):
    """The Gram of U and V together, cross block ``V_a U_b / n = n^{-1/2} L_{a+b}``, has rank n at most."""
    P, Q, L = grams(n, Variances(1), 2 * half - 1, 3, n_x, n_y, rng=seed)
    P = P[:, :half, :, :half].reshape(3, half * n_y, half * n_y)
    Q = Q[:, :half, :, :half].reshape(3, half * n_x, half * n_x)
    hankel = L[:, np.add.outer(range(half), range(half))].transpose(0, 1, 3, 2, 4) / n**0.5
    hankel = hankel.reshape(3, half * n_y, half * n_x)
    joint = np.block([[P, hankel], [hankel.swapaxes(1, 2), Q]])
    assert np.array_equal(P, P.swapaxes(1, 2))
    eigenvalues = np.linalg.eigvalsh(joint)[:, ::-1]
    tiny = 1e-12 * eigenvalues[:, :1]
    assert np.all(eigenvalues > -tiny)
    assert np.all(abs(eigenvalues[:, n:]) < tiny)
    if n >= half * (n_x + n_y):  # and no smaller rank than it must have
        assert np.all(eigenvalues > 0)


def test_at_width_one_the_grams_are_powers():
    """One unit: ``L_j = c w^j f``, so the Grams follow from L_0, L_1, c and f."""
    P, Q, L = (a.reshape(200, 6, -1) for a in grams(1, Variances("0.7", 2, 3), 6, 200))
    powers = (L[:, 1] / L[:, 0])[..., None] ** np.add.outer(range(6), range(6))
    np.testing.assert_allclose(P, P[:, :1, :1] * powers, rtol=1e-11)
    np.testing.assert_allclose(Q, Q[:, :1, :1] * powers, rtol=1e-11)
    np.testing.assert_allclose(L[:, 0, 0] ** 2, P[:, 0, 0] * Q[:, 0, 0], rtol=1e-12)


@pytest.mark.parametrize(("n", "lags", "n_y"), [(200, 256, 1), (6, 9, 3), (2, 4, 3), (5, 1, 2)])
def test_with_all_of_w_known_gram_schmidt_reproduces_the_dense_chain(n, lags, n_y):
    """The deterministic half alone: W = action, C = readout, whose Grams dense products give as well."""
    rng = np.random.default_rng(5)
    W, C = rng.standard_normal((n, n)), rng.standard_normal((n_y, n))
    columns = n_y + min(n, n_y * (lags - 1))
    J = _left(W[None], np.zeros((1, 0, columns)), C[None])[0]
    chain = [J[:, :n_y]]
    for _ in range(1, lags):
        chain.append(J[:, n_y:] @ chain[-1][: columns - n_y] / n**0.5)
    V = np.stack(chain)
    P = np.einsum("adp,bdq->apbq", V, V) / n
    dense = [C.T]
    for _ in range(1, lags):
        dense.append(W.T @ dense[-1] / n**0.5)
    expected = np.einsum("anp,bnq->apbq", dense, dense) / n
    scale = np.sqrt(np.einsum("apap->ap", expected))
    assert np.max(abs(P - expected) / scale[..., None, None] / scale) < 1e-11


def test_the_left_basis_stays_orthonormal_when_columns_nearly_depend_on_each_other():
    """C' almost an eigenvector of W': ``J[:, 1:] = P'W'P`` keeps W's singular values only if P'P = I."""
    rng = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    W = rotation @ np.tril(1 + rng.random((6, 6))) @ rotation.T
    C = rotation @ (np.eye(6)[0] + 1e-8 * np.arange(6))
    J = _left(W[None], np.zeros((1, 0, 7)), C[None, None])[0]
    np.testing.assert_allclose(*(np.linalg.svd(A)[1] for A in (J[:, 1:], W)), rtol=1e-12)


@given(
    st.tuples(*[st.fractions(0, 10, max_denominator=50)] * 3),
    st.integers(1, 10),
    st.integers(1, 6),
    st.tuples(*[st.integers(1, 3)] * 2),
)
@settings(deadline=None, max_examples=50)
def test_the_variances_are_factors(nu, n, lags, shape):
    w, f, c = map(float, nu)
    unit, scaled = (grams(n, v, lags, 2, *shape, rng=1) for v in (Variances(1), Variances(*nu)))
    lag = np.arange(lags)
    both = np.add.outer(lag, lag)[:, None, :, None] / 2
    for ours, expected in (
        (scaled.P, c * w**both * unit.P),
        (scaled.Q, f * w**both * unit.Q),
        (scaled.L, (c * f) ** 0.5 * w ** (lag / 2)[:, None, None] * unit.L),
    ):
        np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12 * abs(expected).max())


@pytest.mark.parametrize("trained", [Rates(1, 0, 0), Rates(0, 0, 1), Rates("0.3", 2, "0.7")], ids=str)
def test_rates_multiply_the_shares_of_the_same_networks(trained):
    variances = Variances("0.5", "0.7", "1.3", rates=trained)
    P, Q, L = grams(7, variances, 4, 100, 2, 3, rng=11)
    theta, response = sample_lag_kernel(7, variances, 4, 100, n_x=2, n_y=3, rng=11, impulse_response=True)
    assert np.array_equal(response, L)
    expected = float(trained.output) * np.einsum("pq,saxby->sapxbqy", np.eye(3), Q)
    expected += float(trained.input) * np.einsum("sapbq,xy->sapxbqy", P, np.eye(2))
    for i, j in itertools.product(range(4), repeat=2):
        places = [(a, b) for a in range(i) for b in range(j)]
        for a, b in places:
            share = np.einsum("spq,sxy->spxqy", P[:, a, :, b], Q[:, i - 1 - a, :, j - 1 - b])
            expected[:, i, :, :, j] += float(trained.transition) * share
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-13 * abs(expected).max())
    chunks = lag_kernel_chunks(7, variances, 4, 100, n_x=2, n_y=3, rng=11)
    assert np.array_equal(theta, np.concatenate(list(chunks)))


def test_theta_is_the_convolution_of_the_grams_and_l_comes_with_it():
    P, Q, L = grams(7, Variances("0.5"), 4, 100, 2, 3, rng=11)
    theta, response = sample_lag_kernel(
        7, Variances("0.5"), 4, 100, n_x=2, n_y=3, rng=11, impulse_response=True
    )
    assert np.array_equal(theta, convolve_grams(P, Q))
    assert np.array_equal(response, L)
    assert np.array_equal(theta, sample_lag_kernel(7, Variances("0.5"), 4, 100, n_x=2, n_y=3, rng=11))
    assert theta.dtype == np.float64


def test_theta_has_the_law_of_the_lag_kernel_of_real_matrices():
    rng, n, samples = np.random.default_rng(2), 3, 1000
    dense = [
        lag_kernel(*(rng.standard_normal(s) for s in ((n, n), (n, 2), (1, n))), 3) for _ in range(samples)
    ]
    ours = sample_lag_kernel(n, Variances(1), 3, 4 * samples, n_x=2, rng=2)
    entries = list(itertools.product(range(3), range(2), range(3), range(2)))
    p_values = [
        stats.ks_2samp(np.stack(dense)[:, i, 0, x, j, 0, y], ours[:, i, 0, x, j, 0, y]).pvalue
        for i, x, j, y in entries
    ]
    assert min(p_values) > FALSE_ALARM / len(p_values)


def test_a_trillion_units_fluctuate_by_the_first_order_law():
    """n Var Theta_ij -> (1 + delta_ij)[...], design constants spelt out for unit variances."""
    n, lags, samples = 10**12, 12, 4000
    theta = sample_lag_kernel(n, Variances(1), lags, samples, rng=8)[:, :, 0, 0, :, 0, 0]
    deviation = n**0.5 * (theta - np.diag(lag_weights(Variances(1), lags)))
    i = np.arange(lags)
    a = np.minimum.outer(i, i)
    law = (1 + np.eye(lags)) * (2 * (a + 1) + 2 * a * (a + 1) + a * (a + 1) * (2 * a + 1) / 3)
    assert np.all(abs(deviation.mean(0)) < 5.5 * np.sqrt(law / samples))
    assert np.all(abs(deviation.var(0) / law - 1) < 5.5 * np.sqrt(2 / samples))


@pytest.mark.parametrize("n", [200, 300, 10**12])
def test_256_lags_are_sound(n):
    """Where the basis is exhausted, where it nearly is, and at widths where nothing is."""
    P, Q, L = (a.reshape(6, 256, -1) for a in grams(n, Variances(1), 256, 6, rng=4))
    half = 128
    joint = np.block(
        [
            [P[:, :half, :half], L[:, np.add.outer(range(half), range(half)), 0] / n**0.5],
            [L[:, np.add.outer(range(half), range(half)), 0] / n**0.5, Q[:, :half, :half]],
        ]
    )
    eigenvalues = np.linalg.eigvalsh(joint)
    assert np.all(eigenvalues[:, 0] > -1e-10 * eigenvalues[:, -1])
    if n == 10**12:  # off the diagonal, n Q_ab^2 has mean min(a, b) + 1
        a, b = np.triu_indices(256, 1)
        for gram in (P, Q):
            relative = n * gram[:, a, b] ** 2 / (a + 1)
            assert abs(relative.mean() - 1) < 0.15
            assert np.max(abs(np.einsum("saa->sa", gram) - 1)) < 6 * (2 * 256 / n) ** 0.5


def test_256_lags_of_the_kernel():
    n, lags = 10**12, 256
    theta = sample_lag_kernel(n, Variances(1), lags, 1, rng=4)[0, :, 0, 0, :, 0, 0]
    i = np.arange(lags)
    spread = np.sqrt(2 * (2 * (i + 1) ** 2 + i * (i + 1) * (2 * i + 1) / 3) / n)
    assert np.all(abs(np.diag(theta) - lag_weights(Variances(1), lags)) < 6 * spread)


def test_block_seven_can_be_drawn_alone():
    seed = np.random.SeedSequence(2021, spawn_key=(4,))
    whole = grams(9, Variances(1), 5, 9 * BLOCK + 10, 2, 1, rng=seed)
    seed.spawn(3)  # whatever was spawned before
    [alone] = gram_chunks(9, Variances(1), 5, BLOCK, n_x=2, rng=seed, first_block=7)
    for part, all_of_it in zip(alone, whole, strict=True):
        assert np.array_equal(part, all_of_it[7 * BLOCK : 8 * BLOCK])
    kernels = list(lag_kernel_chunks(9, Variances(1), 5, 9 * BLOCK + 10, n_x=2, rng=seed))
    assert [len(chunk) for chunk in kernels] == [BLOCK] * 9 + [10]
    assert np.array_equal(kernels[7], convolve_grams(alone.P, alone.Q))


@given(samples=st.integers(1, 2 * BLOCK), n=st.sampled_from([1, 3, 40, 10**12]))
@settings(deadline=None, max_examples=20)
def test_fewer_samples_are_the_first_of_more(samples, n):
    fewer, more = (sample_lag_kernel(n, Variances(1), 3, s, n_y=2, rng=5) for s in (samples, 2 * BLOCK))
    assert np.array_equal(fewer, more[:samples])


def test_blocks_come_from_the_children_of_the_seed_sequence():
    children = np.random.SeedSequence(6, spawn_key=(5,)).spawn(3)
    assert children[2].spawn_key == (5, 2)
    whole = grams(4, Variances(1), 2, 3 * BLOCK, rng=np.random.SeedSequence(6, spawn_key=(5,)))
    radius = np.random.default_rng(children[2].spawn(4)[3]).standard_gamma(2.0) / 2.0
    assert whole.Q[2 * BLOCK, 0, 0, 0, 0] == pytest.approx(
        radius, rel=1e-14
    )  # |F|^2 / n, chi^2 with 4 degrees


def test_samples_are_distinct_and_every_kind_of_seed_is_accepted():
    def draw(rng):
        return sample_lag_kernel(5, Variances(1), 2, 2 * BLOCK + 1, rng=rng)

    assert np.array_equal(draw(3), draw(np.random.SeedSequence(3)))
    assert np.array_equal(draw(np.random.default_rng(3)), draw(np.random.default_rng(3)))
    generator = np.random.default_rng(3)
    together = np.concatenate((draw(3), draw(4), draw(generator), draw(generator)))
    assert len(np.unique(together[:, 0, 0, 0, 0, 0, 0])) == len(together)


def test_a_transition_of_zero_and_underflow_leave_no_trace_of_w():
    for tiny in (0, "1e-200"):
        theta = sample_lag_kernel(4, Variances(tiny), 6, 3, rng=0)[:, :, 0, 0, :, 0, 0]
        diagonal = np.einsum("sii->si", theta)
        assert np.all(diagonal[:, :2] > 0)
        assert np.all(abs(diagonal[:, 2:]) < 1e-90)
        assert np.isfinite(theta).all()
    assert not sample_lag_kernel(4, Variances(1, 0, 0), 3, 2, rng=0).any()


def test_overflow_is_an_error_that_names_its_cause():
    with pytest.raises(
        OverflowError, match="variances: powers of W up to the last lag exceed the range of float64"
    ):
        sample_lag_kernel(10, Variances(1e100), 8, 1, rng=0)
    with pytest.raises(OverflowError, match="exceed the range of float64"):  # only the convolution overflows
        sample_lag_kernel(10, Variances(1, 1e200, 1e200), 2, 1, rng=0)
    with pytest.raises(OverflowError, match="variances: input exceeds the range of float64"):
        sample_lag_kernel(10, Variances(1, "1e400"), 2, 1, rng=0)
    with pytest.raises(OverflowError, match="width: exceeds the range of float64"):
        sample_lag_kernel(10**400, Variances(1), 2, 1, rng=0)
    widest = sample_lag_kernel(10**307, Variances(1), 3, 2, rng=0)[:, :, 0, 0, :, 0, 0]
    np.testing.assert_allclose(widest, np.broadcast_to(np.diag([2.0, 3.0, 4.0]), widest.shape), atol=1e-14)


def test_numpy_integers_are_integers():
    three, samples = (np.int64(k) for k in (3, 5))
    ours = sample_lag_kernel(three, Variances(1), three, samples, n_x=three, n_y=three, rng=three)
    assert np.array_equal(ours, sample_lag_kernel(3, Variances(1), 3, 5, n_x=3, n_y=3, rng=3))


GOOD = {"width": 4, "variances": Variances(1), "lags": 3, "samples": 2, "n_x": 1, "n_y": 1, "rng": 0}


@pytest.mark.parametrize("function", [sample_lag_kernel, lag_kernel_chunks, gram_chunks])
@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        *(
            (name, bad, f"{name} must be an integer >= 1, got {bad!r}")
            for name in ("width", "lags", "samples", "n_x", "n_y")
            for bad in (0, -3, 2.0, True, "4", None)
        ),
        ("variances", (1, 1, 1), r"variances must be a Variances, got \(1, 1, 1\)"),
        ("rng", -1, "rng must be an int >= 0, a SeedSequence or a Generator, got -1"),
        ("rng", 1.5, "rng must be an int"),
        ("rng", None, "rng must be an int"),
        ("rng", np.random.RandomState(0), "rng must be an int"),
    ],
)
def test_bad_input_is_refused_at_once_and_by_name(function, name, bad, message):
    with pytest.raises(ValueError, match=message):
        function(**{**GOOD, name: bad})


def test_a_first_block_below_zero_is_refused():
    with pytest.raises(ValueError, match="first_block must be an integer >= 0, got -1"):
        gram_chunks(**GOOD, first_block=-1)


def test_numpys_error_state_does_not_matter():
    with np.errstate(all="raise"):
        theta = sample_lag_kernel(5, Variances("1e-60", "1e-200", "1e-200"), 6, 3, rng=0)
    assert np.isfinite(theta).all()
