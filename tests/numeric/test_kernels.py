"""The kernel of whole sequences, against its definition as a sum over lags."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from problems import rates

import numeric.dense_kernels
from numeric import Variances, lag_weights, ntk

numbers = st.fractions(0, 2, max_denominator=20)
any_variances = st.builds(Variances, numbers, numbers, numbers, rates=rates)
entries = st.integers(-8, 8).map(lambda k: k / 4)  # dyadic and small: sums of them are nearly exact


@st.composite
def pairs(draw, most=4):
    N, M, T, S, n_x = (draw(st.integers(1, most)) for _ in range(5))
    return tuple(draw(hnp.arrays(float, shape, elements=entries)) for shape in ((N, T, n_x), (M, S, n_x)))


def weight(v, k):
    w, f, c, eta = v.transition, v.input, v.output, v.rates
    places = k * c * f * w ** (k - 1) if k else 0
    return (eta.input * c + eta.output * f) * w**k + eta.transition * places


def definition(x1, x2, v):
    """sum_k rho_k <x_(t-k), x'_(s-k)>, in fractions."""
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    a, b = (np.vectorize(Fraction, otypes=[object])(x) for x in (x1, x2))
    kernel = np.empty((N, M, T, S), dtype=object)
    for n, m, t, s in np.ndindex(kernel.shape):
        kernel[n, m, t, s] = sum(
            (
                weight(v, k) * a[n, t - k, j] * b[m, s - k, j]
                for k in range(min(t, s) + 1)
                for j in range(n_x)
            ),
            Fraction(0),
        )
    return kernel


def toeplitz(x):
    """T(x): column t holds the inputs x_t, x_(t-1), ... , x_0, 0, ... by their lag; (lags n_x, T)."""
    steps, n_x = x.shape
    matrix = np.zeros((steps, n_x, steps))
    for t in range(steps):
        for lag in range(t + 1):
            matrix[lag, :, t] = x[t - lag]
    return matrix.reshape(steps * n_x, steps)


def floats(kernel):
    return kernel.astype(float)


@given(pairs(), any_variances)
def test_the_kernel_is_its_definition(xs, v):
    assert ntk(*xs, variances=v) == pytest.approx(floats(definition(*xs, v)), rel=1e-13, abs=1e-12)


@given(pairs(), any_variances)
def test_the_last_outputs_kernel_is_the_corner_of_the_whole(xs, v):
    exact = definition(*xs, v)[:, :, -1, -1]
    assert ntk(*xs, variances=v, last_only=True) == pytest.approx(floats(exact), rel=1e-13, abs=1e-12)


@given(pairs(most=3), any_variances, st.integers(1, 25))
def test_digits_are_the_definition_rounded(xs, v, digits):
    exact = definition(*xs, v)
    for kernel, truth in (
        (ntk(*xs, variances=v, digits=digits), exact),
        (ntk(*xs, variances=v, digits=digits, last_only=True), exact[:, :, -1, -1]),
    ):
        assert kernel.shape == truth.shape
        for value, x in zip(kernel.flat, truth.flat, strict=True):
            with mpmath.workdps(60):
                expected = mpmath.mpf(x.numerator) / x.denominator
                assert abs(value - expected) <= abs(expected) * mpmath.mpf(10) ** (1 - digits) / 2 * (
                    1 + 1e-20
                )


@given(hnp.arrays(float, (2, 5, 3), elements=entries), any_variances)
def test_the_kernel_is_a_product_of_toeplitz_matrices(x, v):
    """T(x)' D(rho) T(x'), with rho by lag and every lag's n_x inputs."""
    diagonal = np.diag(np.repeat(lag_weights(v, 5), 3))
    kernel = ntk(x, variances=v)
    for n, m in np.ndindex(2, 2):
        assert kernel[n, m] == pytest.approx(
            toeplitz(x[n]).T @ diagonal @ toeplitz(x[m]), rel=1e-12, abs=1e-12
        )


@given(hnp.arrays(float, (3, 4, 2), elements=entries), any_variances)
def test_a_gram_matrix_is_symmetric_and_positive_semidefinite(x, v):
    gram = ntk(x, variances=v).transpose(0, 2, 1, 3).reshape(12, 12)
    assert gram == pytest.approx(gram.T, rel=1e-12, abs=1e-12)
    assert np.linalg.eigvalsh(gram).min() >= -1e-12 * max(1, np.trace(gram))


@given(pairs(), any_variances)
def test_exchanging_the_sequences_transposes(xs, v):
    forth, back = ntk(*xs, variances=v), ntk(*xs[::-1], variances=v)
    assert forth == pytest.approx(back.transpose(1, 0, 3, 2), rel=1e-12, abs=1e-12)


@given(pairs(), any_variances, st.integers(0, 3))
def test_the_past_does_not_see_the_future(xs, v, steps):
    x1, x2 = xs
    longer = np.concatenate([x1, np.ones((len(x1), steps, x1.shape[2]))], axis=1)
    kernel = ntk(longer, x2, variances=v)[:, :, : x1.shape[1]]
    assert kernel == pytest.approx(ntk(x1, x2, variances=v), rel=1e-13, abs=1e-13)


@given(any_variances)
def test_an_impulse_reads_the_lag_weights_off(v):
    impulse = np.zeros((1, 6, 1))
    impulse[0, 0] = 1
    assert np.diagonal(ntk(impulse, variances=v)[0, 0]) == pytest.approx(lag_weights(v, 6), rel=1e-13)


@pytest.mark.parametrize("block", [1, 7, 2**15])
def test_blocks_fit_together(block, monkeypatch):
    rng = np.random.default_rng(1)
    x1, x2 = rng.standard_normal((5, 9, 2)), rng.standard_normal((3, 4, 2))
    monkeypatch.setattr(numeric.dense_kernels, "_BLOCK", block)
    v = Variances("0.9", 2, "0.3")
    assert ntk(x1, x2, variances=v) == pytest.approx(floats(definition(x1, x2, v)), rel=1e-12, abs=1e-13)


def test_transition_0_and_no_variance_at_all():
    x = np.ones((1, 3, 1))
    assert ntk(x, variances=Variances(0, 2, 3))[0, 0].tolist() == [[5, 5, 5], [5, 11, 11], [5, 11, 11]]
    assert not ntk(x, variances=Variances(3, 0, 0)).any()
    assert ntk(x, variances=Variances(1, 0, 2))[0, 0, 2, 2] == 6


def test_inputs_need_not_be_floats():
    exact = ntk([[["1/3"], ["0.1"]]], variances=Variances("0.5"), digits=20, last_only=True)
    assert mpmath.nstr(exact[0, 0], 20) == "0.24222222222222222222"
    fractions = ntk([[[Fraction(1, 3)], [Fraction(1, 10)]]], variances=Variances("0.5"), digits=20)
    assert fractions[0, 0, 1, 1] == exact[0, 0]
    assert ntk(np.array([[[1], [2]]]), variances=Variances(1), last_only=True).dtype == np.float64
    assert ntk(np.ones((1, 2, 1), np.float32), variances=Variances(1)).dtype == np.float64
    big = 2**60 + 1
    assert ntk([[[big]]], variances=Variances(0, 1, 0), digits=50)[0, 0, 0, 0] == big**2


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("v", [Variances("1e100"), Variances("1e400"), Variances("0.5", 10**308, 10**308)])
def test_overflow_names_the_way_out(v, last_only):
    x = np.ones((2, 8, 1))
    with pytest.raises(OverflowError, match="digits="):
        ntk(x, variances=v, last_only=last_only)
    assert ntk(x, variances=v, last_only=last_only, digits=3).max() > 1e308


@pytest.mark.parametrize("last_only", [False, True])
def test_large_inputs_overflow_too_but_not_without_need(last_only):
    v = Variances("0.5")
    with pytest.raises(OverflowError, match="digits="):
        ntk(np.full((1, 2, 1), 1e200), variances=v, last_only=last_only)
    assert ntk(np.full((1, 2, 1), 1e153), variances=v, last_only=last_only).max() == pytest.approx(4e306)


def test_underflow_is_quiet():
    assert not ntk(np.full((1, 2, 1), 1e-200), variances=Variances("1e-300")).any()


@pytest.mark.parametrize("name", ["x1", "x2"])
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (np.ones((2, 3)), r"must have shape \([NM], [TS], n_x\), none of them 0, got \(2, 3\)"),
        (np.ones((1, 2, 3, 4)), "must have shape"),
        (np.ones((0, 2, 1)), r"must have shape .* got \(0, 2, 1\)"),
        (np.ones((1, 0, 1)), "must have shape"),
        (np.ones((1, 2, 0)), "must have shape"),
        (np.array(3.0), r"must have shape .* got \(\)"),
        ([[[1.0], [2.0]], [[1.0]]], "must be an array, got rows of unequal length: 2, 1; pad shorter seq"),
        (np.full((1, 2, 1), np.nan), "must be finite, got nan"),
        (np.full((1, 2, 1), np.inf), "must be finite, got inf"),
        (np.ones((1, 2, 1), complex), "must be an array of real numbers, got dtype complex128; as its imag"),
        ([[["1"], ["2"]]], "must be an array of real numbers, got dtype <U1; digits= takes"),
        ([[[Fraction(1)]]], "must be an array of real numbers, got dtype object; digits= takes"),
    ],
)
def test_bad_inputs_are_named(name, bad, told):
    arguments = {"x1": np.ones((1, 2, 1)), name: bad}
    with pytest.raises(ValueError, match=f"{name} {told}"):
        ntk(**arguments, variances=Variances(1))


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ([[["x"]]], "x1's entries must be a finite number, got 'x'"),
        ([[[None]]], "x1 must have no missing values, got None"),
        ([[[float("nan")]]], "x1's entries must be a finite number, got nan"),
        ([[[1j]]], "x1's entries must be real, got 1j; make a complex coordinate two real ones"),
        ([[1]], "x1 must have shape"),
    ],
)
def test_bad_exact_inputs_are_named(bad, told):
    with pytest.raises(ValueError, match=told):
        ntk(bad, variances=Variances(1), digits=5)


def test_bad_digits():
    with pytest.raises(ValueError, match="digits must be an integer >= 1"):
        ntk(np.ones((1, 2, 1)), variances=Variances(1), digits=0)


def test_the_number_of_inputs_must_agree():
    with pytest.raises(ValueError, match=r"x1 and x2 must have the same n_x.*\(1, 2, 1\) and \(1, 2, 3\)"):
        ntk(np.ones((1, 2, 1)), np.ones((1, 2, 3)), variances=Variances(1))


extremes = st.builds(
    lambda mantissa, exponent: mantissa * 10.0**exponent, st.integers(-3, 3), st.integers(-300, 300)
)
extreme_variances = st.builds(
    Variances,
    *[
        st.builds(
            lambda m, k: m * Fraction(10) ** k,
            st.integers(0, 3),
            st.integers(-400, 400) | st.integers(-9, 9),
        )
    ]
    * 3,
)


@given(
    hnp.arrays(float, (2, 3, 1), elements=extremes),
    hnp.arrays(float, (1, 2, 1), elements=extremes),
    extreme_variances,
    st.booleans(),
)
@example(np.full((1, 1, 1), 1e200), np.zeros((1, 1, 1)), Variances(1, "1e200", 0), False)
@example(np.full((1, 1, 1), 1e200), np.full((1, 1, 1), 1e-200), Variances(1, "1e200", 0), False)
@example(np.full((1, 1, 1), 1e-200), np.full((1, 1, 1), 1e200), Variances(1, "1e-200", 0), False)
@example(np.full((1, 1, 1), 1e-200), np.full((1, 1, 1), 1e200), Variances(1, "1e-200", 0), True)
@example(np.full((1, 1, 1), 1e160), np.full((1, 1, 1), 1e160), Variances(1, "1e-320", 0), False)
@example(np.full((1, 1, 1), 1e160), np.full((1, 1, 1), 1e160), Variances(1, "1e-320", 0), True)
@example(np.ones((1, 1, 1)), np.ones((1, 1, 1)), Variances("1e400"), False)
@example(np.array([[[0.0], [0], [0], [1]]]), np.array([[[0.0], [0], [0], [1]]]), Variances("1e200"), True)
@example(np.array([[[1e-300], [0]]]), np.array([[[1.0], [0]]]), Variances("1e290", "1e-18", 0), False)
def test_sizes_at_the_ends_of_the_range_lose_nothing_and_give_no_nan(x1, x2, v, last_only):
    exact = definition(x1, x2, v)
    exact = exact[:, :, -1, -1] if last_only else exact
    size = definition(abs(x1), abs(x2), v)
    size = size[:, :, -1, -1] if last_only else size
    try:
        kernel = ntk(x1, x2, variances=v, last_only=last_only)
    except OverflowError:
        assert abs(exact).max() > 2**1023
        return
    for value, truth, terms in zip(kernel.flat, exact.flat, size.flat, strict=True):
        assert np.isfinite(value)
        assert abs(Fraction(value) - truth) <= terms * Fraction(1, 10**14) + Fraction(1, 10**308)


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("exponent", [305, 306, 307, 308])
def test_near_the_bound_of_surely_finite_results(exponent, last_only):
    """Eight ones under weights 2 to 9, for unit variances: the last entry is 44."""
    x = np.full((1, 8, 1), 10.0 ** (exponent / 2))
    if 44 * 10**exponent < 1.79e308:
        kernel = ntk(x, variances=Variances(1), last_only=last_only)
        assert kernel.max() == pytest.approx(44 * 10.0**exponent)
    else:
        with pytest.raises(OverflowError, match="digits="):
            ntk(x, variances=Variances(1), last_only=last_only)


@pytest.mark.parametrize("last_only", [False, True])
def test_numpys_error_state_does_not_matter(last_only):
    x = np.geomspace(1, 1e-300, 40).reshape(1, 40, 1)
    with np.errstate(all="raise"):
        kernel = ntk(x, variances=Variances("1e-20"), last_only=last_only)
    assert np.array_equal(kernel, ntk(x, variances=Variances("1e-20"), last_only=last_only))


@pytest.mark.parametrize("name", ["x1", "x2"])
@pytest.mark.parametrize("digits", [None, 5])
def test_masked_arrays_are_refused(name, digits):
    masked = np.ma.masked_array(np.ones((1, 2, 1)), mask=[[[True], [False]]])
    with pytest.raises(ValueError, match=f"{name} must not be a masked array"):
        ntk(**{"x1": np.ones((1, 2, 1)), name: masked}, variances=Variances(1), digits=digits)


@pytest.mark.parametrize("last_only", [False, True])
def test_ties_are_settled_exactly(last_only):
    """1/3 of 3/4 is 0.25, which no ball can tell from a little less."""
    variances = Variances(1, input="1/3", output=0)
    kernel = ntk([[["3/2"]]], [[["1/2"]]], variances=variances, last_only=last_only, digits=1)
    assert mpmath.nstr(kernel.item(), 1) == "0.3"
