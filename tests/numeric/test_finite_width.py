"""The finite-width lag kernel against Jacobians that are computed in other ways."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import rates

from numeric import Network, Rates, Variances, finite_width
from numeric.finite_width import convolve_grams, impulse_response, lag_kernel, sequence_kernel

EPSILON = np.finfo(float).eps


@st.composite
def networks(draw, largest=6):
    """W, F and C of any small shape and of any scale, and a number of lags."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_x, n_y = draw(st.integers(1, largest)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    scale = st.sampled_from([0.0, 0.01, 1.0, 3.0])
    W = draw(scale) * rng.standard_normal((n, n))
    F = draw(scale) * rng.standard_normal((n, n_x))
    C = draw(scale) * rng.standard_normal((n_y, n))
    return W, F, C, draw(st.integers(1, 6))


def unrolled(W, F, C, inputs):
    """The outputs (N, T, n_y) of the recurrence itself, for real or complex matrices."""
    n = len(W)
    h = np.zeros((len(inputs), n), dtype=np.result_type(W, F, C))
    outputs = []
    for t in range(inputs.shape[1]):
        h = h @ W.T / np.sqrt(n) + inputs[:, t] @ F.T
        outputs.append(h @ C.T / np.sqrt(n))
    return np.stack(outputs, axis=1)


def complex_step_jacobian(f: Callable, *matrices):
    """df / d(entry), one row for each entry of each matrix; a complex step has no cancellation."""
    rows = []
    for k, matrix in enumerate(matrices):
        for entry in np.ndindex(matrix.shape):
            moved = [m.astype(complex) for m in matrices]
            moved[k][entry] += 1e-100j
            rows.append(f(*moved).imag / 1e-100)
    return np.array(rows)


def product_rule_jacobian(W, F, C, lags):
    """dL_j/dW, dL_j/dF and dL_j/dC as dense arrays, by d(W^j) = sum_k W^k dW W^{j-1-k}."""
    n, n_x, n_y = len(W), F.shape[1], len(C)
    powers = [np.linalg.matrix_power(W, j) for j in range(lags)]
    rows = np.zeros((n * n + n * n_x + n_y * n, lags, n_y, n_x))
    for j in range(lags):
        dW = np.zeros((n, n, n_y, n_x))
        for k in range(j):
            dW += np.einsum("pr,sx->rspx", C @ powers[k], powers[j - 1 - k] @ F)
        dF = np.einsum("pr,xy->rxpy", C @ powers[j], np.eye(n_x))
        dC = np.einsum("pq,sx->psqx", np.eye(n_y), powers[j] @ F)
        blocks = [d.reshape(-1, n_y, n_x) for d in (dW, dF, dC)]
        rows[:, j] = np.concatenate(blocks) / np.sqrt(n) ** (j + 1)
    return rows


def contract(jacobian):
    """Sum of dL_i dL_j over the parameters, and the sum of absolute values that bounds its rounding."""
    rule = "kipx,kjqy->ipxjqy"
    return np.einsum(rule, jacobian, jacobian), np.einsum(rule, abs(jacobian), abs(jacobian))


@given(networks())
def test_lag_kernel_is_the_contraction_of_the_product_rule(network):
    W, F, C, lags = network
    theta, _ = contract(product_rule_jacobian(W, F, C, lags))
    absolute = lag_kernel(abs(W), abs(F), abs(C), lags)
    assert np.all(abs(lag_kernel(W, F, C, lags) - theta) <= 100 * EPSILON * absolute)


@given(networks(), rates)
def test_rates_multiply_the_squares_of_the_derivatives(network, eta):
    W, F, C, lags = network
    each = [float(x) ** 0.5 for x in (eta.transition, eta.input, eta.output)]
    roots = np.repeat(each, [W.size, F.size, C.size])
    rows = roots[:, None, None, None] * product_rule_jacobian(W, F, C, lags)
    theta, _ = contract(rows)
    absolute = lag_kernel(Network(abs(W), abs(F), abs(C), rates=eta), lags)
    assert np.all(abs(lag_kernel(Network(W, F, C, rates=eta), lags) - theta) <= 100 * EPSILON * absolute)


def test_a_frozen_matrix_has_no_share_even_where_that_would_be_infinite():
    given = [[1.0]], [[1e80]], [[1e80]]
    with pytest.raises(OverflowError, match="range of float64"):
        lag_kernel(*given, 2)
    readout = lag_kernel(Network(*given, rates=Rates(0, 0, 1)), 2)[:, 0, 0, :, 0, 0]
    assert readout[0, 0] == pytest.approx(1e160)


@pytest.mark.parametrize("bad", [1, (1, 0, 0), "1", {"transition": 1}])
def test_rates_are_rates(bad):
    with pytest.raises(ValueError, match=r"rates must be a Rates, got .*; write Rates\("):
        Network([[1.0]], [[1.0]], [[1.0]], rates=bad)
    with pytest.raises(ValueError, match="rates must be a Rates, got"):
        Variances(1, rates=bad)


def test_a_rate_beyond_float64_is_an_overflow():
    with pytest.raises(OverflowError, match="rates: output exceeds the range of float64"):
        lag_kernel(Network([[1.0]], [[1.0]], [[1.0]], rates=Rates(1, 1, "1e400")), 2)


@given(networks(largest=4))
def test_lag_kernel_is_the_contraction_of_the_unrolled_networks_complex_steps(network):
    W, F, C, lags = network
    n_x, n_y = F.shape[1], len(C)
    impulses = np.zeros((n_x, lags, n_x))
    impulses[np.arange(n_x), 0, np.arange(n_x)] = 1

    def response(W, F, C):
        return unrolled(W, F, C, impulses).transpose(1, 2, 0)

    theta, _ = contract(complex_step_jacobian(response, W, F, C))
    absolute = lag_kernel(abs(W), abs(F), abs(C), lags)
    assert theta.shape == (lags, n_y, n_x, lags, n_y, n_x)
    assert np.all(abs(lag_kernel(W, F, C, lags) - theta) <= 100 * EPSILON * absolute + 1e-150)
    np.testing.assert_allclose(impulse_response(W, F, C, lags), response(W, F, C), rtol=1e-10, atol=1e-12)


@given(networks(largest=3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_sequence_kernel_is_the_contraction_of_the_networks_own_jacobian(network, N, M, seed):
    W, F, C, T = network
    S = max(1, T - 2)
    rng = np.random.default_rng(seed)
    x1, x2 = rng.standard_normal((N, T, F.shape[1])), rng.standard_normal((M, S, F.shape[1]))
    J1 = complex_step_jacobian(lambda *theta: unrolled(*theta, x1), W, F, C)
    J2 = complex_step_jacobian(lambda *theta: unrolled(*theta, x2), W, F, C)
    expected = np.einsum("kntp,kmsq->nmtpsq", J1, J2)
    K = sequence_kernel(lag_kernel(W, F, C, T), x1, x2)
    np.testing.assert_allclose(K, expected, rtol=0, atol=1e-11 * max(1, abs(expected).max()))


@given(networks())
def test_lag_kernel_is_a_symmetric_positive_semidefinite_matrix(network):
    theta = lag_kernel(*network)
    matrix = theta.reshape(np.prod(theta.shape[:3]), -1)
    tolerance = 100 * EPSILON * (np.trace(matrix) + 1e-300)
    assert np.all(abs(matrix - matrix.T) <= tolerance)
    assert np.linalg.eigvalsh(matrix).min() >= -tolerance


@given(networks(), st.integers(0, 2**32 - 1))
def test_generating_functions_multiply(network, seed):
    """Theta(z,w) = I (x) Q + P (x) I + z w P (x) Q, modulo z^lags and w^lags, at random z and w."""
    W, F, C, lags = network
    n, n_x, n_y = len(W), F.shape[1], len(C)
    z, w = np.random.default_rng(seed).uniform(-1, 1, 2)
    U = [np.linalg.matrix_power(W, a) @ F / np.sqrt(n) ** a for a in range(lags)]
    V = [C @ np.linalg.matrix_power(W, a) / np.sqrt(n) ** a for a in range(lags)]

    def series(value):
        """The coefficients of the argument's powers, as polynomials in it of the same length."""
        return value ** np.arange(lags)

    theta = np.einsum("i,j,ipxjqy->pxqy", series(z), series(w), lag_kernel(W, F, C, lags))
    Q = np.array([[u.T @ v / n for v in U] for u in U])
    P = np.array([[u @ v.T / n for v in V] for u in V])
    expected = np.einsum("i,j,pq,ijxy->pxqy", series(z), series(w), np.eye(n_y), Q)
    expected += np.einsum("i,j,ijpq,xy->pxqy", series(z), series(w), P, np.eye(n_x))
    for a in range(lags):  # z P_a z^a times the part of Q(z) that stays below z^lags
        for b in range(lags):
            q = np.einsum(
                "i,j,ijxy->xy",
                series(z)[: lags - 1 - a],
                series(w)[: lags - 1 - b],
                Q[: lags - 1 - a, : lags - 1 - b],
            )
            expected += z ** (a + 1) * w ** (b + 1) * np.einsum("pq,xy->pxqy", P[a, b], q)
    scale = abs(lag_kernel(abs(W), abs(F), abs(C), lags)).max()
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-12 * scale + 1e-300)


def test_small_entries_keep_their_relative_accuracy():
    """Through an FFT the entries below 1e-16 of the largest would be noise."""
    rng = np.random.default_rng(0)
    W, F, C = 1e-3 * rng.random((5, 5)), rng.random((5, 1)), rng.random((1, 5))
    exact, _ = contract(product_rule_jacobian(W, F, C, 12))
    theta = lag_kernel(W, F, C, 12)
    assert exact.min() < 1e-40 * exact.max()
    np.testing.assert_allclose(theta, exact, rtol=1e-13)


def grams(rng, shape):
    """Symmetric, of integers: each matrix in one axis for lags and coordinates, twice."""
    *batch, lags, n = shape
    half = rng.integers(-8, 9, (*batch, lags * n, lags * n)).astype(float)
    return (half + half.swapaxes(-1, -2)).reshape(*batch, lags, n, lags, n)


@pytest.mark.parametrize(
    ("lags", "n_y", "n_x"), [(1, 1, 1), (2, 1, 1), (64, 1, 1), (65, 2, 1), (130, 1, 1), (200, 1, 1)]
)
def test_the_convolution_of_integers_is_exact(lags, n_y, n_x):
    """By definition, with cumulative sums along the diagonals; in one block of lags and in several."""
    rng = np.random.default_rng(lags)
    P, Q = grams(rng, (lags, n_y)), grams(rng, (lags, n_x))
    expected = np.einsum("pq,ixjy->ipxjqy", np.eye(n_y), Q) + np.einsum("ipjq,xy->ipxjqy", P, np.eye(n_x))
    for a in range(lags - 1):
        for b in range(lags - 1):
            products = np.einsum("pq,ixjy->ipxjqy", P[a, :, b], Q[: lags - 1 - a, :, : lags - 1 - b])
            expected[a + 1 :, :, :, b + 1 :] += products
    assert np.array_equal(convolve_grams(P, Q), expected)


@pytest.mark.parametrize("scale", [1e-3, 100.0])
@pytest.mark.parametrize(("n", "lags"), [(1, 9), (2, 12), (8, 8)])
def test_each_entry_is_accurate_by_its_own_terms_and_symmetric_to_the_last_bit(n, lags, scale):
    """Against exact fractions, where entries fall or grow by many powers of ten, of either sign."""
    rng = np.random.default_rng(n)
    W, F, C = scale * rng.standard_normal((n, n)), rng.standard_normal((n, 2)), rng.standard_normal((1, n))
    exactly = np.frompyfunc(Fraction, 1, 1)

    def exact(W, F, C):
        """n^(lags) times the kernel: U and V without their n^(-a/2), which each entry has as n^(-(i+j)/2)."""
        U, V = [exactly(F)], [exactly(C)]
        for _ in range(lags - 1):
            U.append(exactly(W) @ U[-1])
            V.append(V[-1] @ exactly(W))
        Q, P = ([[x.T @ y for y in U] for x in U], [[x @ y.T for y in V] for x in V])
        theta = np.zeros((lags, 2, lags, 2), dtype=object)
        for i, j in np.ndindex(lags, lags):
            theta[i, :, j] = n * (Q[i][j] + P[i][j] * np.eye(2, dtype=int))
            for a, b in np.ndindex(i, j):
                theta[i, :, j] += P[a][b] * Q[i - 1 - a][j - 1 - b] * n
        return theta

    powers = float(n) ** (-np.add.outer(np.arange(lags), np.arange(lags)) / 2 - 2)
    powers = powers[:, None, :, None]
    truth = exact(W, F, C).astype(float) * powers
    terms = exact(abs(W), abs(F), abs(C)).astype(float) * powers
    theta = lag_kernel(W, F, C, lags)[:, 0, :, :, 0]
    assert truth.max() > 1e10 * abs(truth).min()
    assert np.all(abs(theta - truth) <= 8 * lags * EPSILON * terms)
    matrix = lag_kernel(W, F, C, lags).reshape(2 * lags, 2 * lags)
    assert np.array_equal(matrix, matrix.T)


@given(networks(), st.integers(1, 30))
def test_few_units_and_many_give_the_same_kernel_by_either_route(network, rows):
    W, F, C, lags = network
    U, V = finite_width._chains(W, F, C, 0.0, lags)
    P, Q = finite_width._gram(V), finite_width._gram(U)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finite_width, "_CHUNK", rows)
        differentiated = finite_width._completed(finite_width._differentiated(U, V), P, Q, Rates())
    absolute = lag_kernel(abs(W), abs(F), abs(C), lags)
    assert np.all(abs(differentiated - convolve_grams(P, Q)) <= 100 * EPSILON * absolute)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_convolve_grams_goes_through_leading_axes(shape):
    rng = np.random.default_rng(0)
    lags, n_y, n_x = 5, 2, 3
    P, Q = grams(rng, (*shape, lags, n_y)), grams(rng, (*shape, lags, n_x))
    theta = convolve_grams(P, Q)
    for k in np.ndindex(shape):
        expected = np.einsum("pq,ixjy->ipxjqy", np.eye(n_y), Q[k])
        expected += np.einsum("ipjq,xy->ipxjqy", P[k], np.eye(n_x))
        for i in range(1, lags):
            for j in range(1, lags):
                reversed_Q = Q[k][i - 1 :: -1, :, j - 1 :: -1]
                expected[i, :, :, j] += np.einsum("apbq,axby->pxqy", P[k][:i, :, :j], reversed_Q)
        np.testing.assert_allclose(theta[k], expected, rtol=0, atol=1e-13)


def test_blocks_of_rows_cover_a_large_transition_matrix():
    n = 700  # several blocks, and the last one incomplete
    rng = np.random.default_rng(0)
    W, F, C = rng.standard_normal((n, n)), rng.standard_normal((n, 2)), rng.standard_normal((3, n))
    M = W / np.sqrt(n)
    U = np.array([F, M @ F, M @ (M @ F)])
    V = np.array([C, C @ M, C @ M @ M])
    expected = convolve_grams(np.einsum("apn,bqn->apbq", V, V) / n, np.einsum("anx,bny->axby", U, U) / n)
    np.testing.assert_allclose(lag_kernel(W, F, C, 3), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(impulse_response(W, F, C, 3), V @ F / np.sqrt(n), rtol=0, atol=1e-11)
    np.testing.assert_allclose(
        impulse_response(W, F[:, :1], C, 3), V @ F[:, :1] / np.sqrt(n), rtol=0, atol=1e-11
    )


def test_fewer_lags_are_the_corner_of_more():
    rng = np.random.default_rng(1)
    W, F, C = rng.standard_normal((4, 4)), rng.standard_normal((4, 2)), rng.standard_normal((2, 4))
    large, small = lag_kernel(W, F, C, 7), lag_kernel(W, F, C, 4)
    np.testing.assert_allclose(large[:4, :, :, :4], small, rtol=1e-13)


W, F, C = np.eye(3), np.ones((3, 2)), np.ones((1, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 2)), F, C, 4), r"W must be square, .*got \(3, 2\)"),
        ((np.ones(3), F, C, 4), r"W must have 2 dimensions, got shape \(3,\)"),
        ((np.ones((0, 0)), np.ones((0, 1)), np.ones((1, 0)), 4), r"W must be square, .*n >= 1"),
        ((W, np.ones((2, 2)), C, 4), r"F must have shape \(n, n_x\) with n = 3"),
        ((W, np.ones((3, 0)), C, 4), r"F must have shape .* n_x >= 1"),
        ((W, F, np.ones((3, 1)), 4), r"C must have shape \(n_y, n\) with n = 3"),
        ((W, F, np.ones((0, 3)), 4), r"C must have shape .* n_y >= 1"),
        ((W * np.nan, F, C, 4), "W must be finite, got nan"),
        ((W, F * np.inf, C, 4), "F must be finite, got inf"),
        ((W, F, -C * np.inf, 4), "C must be finite, got -inf"),
        ((W * 1j, F, C, 4), "W must be an array of real numbers, got dtype complex128"),
        ((W, [["a"], ["b"], ["c"]], C, 4), "F must be an array of real numbers"),
        ((W, [[1.0], [1.0, 2.0], [1.0]], C, 4), "F must be an array, got rows of unequal length"),
        ((W, F, C, 0), "lags must be .*>= 1, got 0"),
        ((W, F, C, -1), "lags must be .*>= 1, got -1"),
        ((W, F, C, True), "lags must be an integer .*got True"),
    ],
)
@pytest.mark.parametrize("function", [lag_kernel, impulse_response])
def test_bad_networks_are_refused_by_name(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


@pytest.mark.parametrize(
    ("x1", "x2", "message"),
    [
        (np.ones((1, 4)), None, "x1 must have 3 dimensions"),
        (np.ones((1, 4, 1)), None, r"x1 must have shape .*n_x = 2, got \(1, 4, 1\)"),
        (np.ones((1, 5, 2)), None, "x1 must have a length T from 1 to 4, the lags of theta, got 5"),
        (np.ones((1, 0, 2)), None, "x1 must have a length T from 1 to 4"),
        (np.ones((1, 4, 2)), np.ones((1, 4, 3)), "x2 must have shape"),
        (np.ones((1, 4, 2)), np.full((1, 4, 2), np.nan), "x2 must be finite, got nan"),
    ],
)
def test_bad_sequences_are_refused_by_name(x1, x2, message):
    with pytest.raises(ValueError, match=message):
        sequence_kernel(lag_kernel(W, F, C, 4), x1, x2)


@pytest.mark.parametrize("shape", [(4, 1, 2), (4, 1, 2, 4, 1, 3), (4, 1, 2, 3, 1, 2)])
def test_a_lag_kernel_of_the_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match="theta must have"):
        sequence_kernel(np.ones(shape), np.ones((1, 4, 2)))


def test_overflow_is_an_error_that_names_its_cause_and_underflow_is_zero():
    with pytest.raises(OverflowError, match=r"lag_kernel: .* exceeds the range of float64 .*fewer lags"):
        lag_kernel(1e100 * W, F, C, 5)
    with pytest.raises(OverflowError, match=r"impulse_response: .* exceeds"):
        impulse_response(1e100 * W, F, C, 5)
    with pytest.raises(OverflowError, match=r"sequence_kernel: .*exceeds the range"):
        sequence_kernel(lag_kernel(W, F, C, 2), np.full((1, 2, 2), 1e200))
    assert lag_kernel(1e-200 * W, F, C, 5)[4, 0, 0, 4, 0, 0] == 0


@pytest.mark.parametrize("name", ["W", "F", "C"])
def test_masked_matrices_are_refused(name):
    matrices = {key: np.ones((1, 1)) for key in "WFC"}
    matrices[name] = np.ma.masked_array(matrices[name], mask=True)
    with pytest.raises(ValueError, match=f"{name} must not be a masked array"):
        lag_kernel(**matrices, lags=2)


def test_numpys_error_state_does_not_matter():
    tiny = [[1e-200]]
    with np.errstate(all="raise"):
        assert not lag_kernel(tiny, tiny, tiny, 5).any()
        assert not impulse_response(tiny, tiny, tiny, 5).any()
        assert not sequence_kernel(np.full((1,) * 6, 1e-200), [[[1e-200]]]).any()
