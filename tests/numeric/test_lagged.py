"""Products with the lagged inputs, against sums in more digits: each is right to its own absolute terms."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import SEEDS, lagged, predictions, tasks

from numeric import causal_sums as causal_sums_module
from numeric import convolve, impulse_response
from numeric import lagged as lagged_module
from numeric.causal_sums import causal_sums, sequences, transposed
from numeric.lagged import flat, lagged_matrix, lagged_operator, product, unflat

ONES = np.ones((2, 3, 1))
SHARE = 1e-12
LEAST = 2.0**-1074


def response_of(task, seed):
    return np.random.default_rng(seed).standard_normal(task.response_shape)


def walk(rng, size, bits):
    """Random numbers whose exponent walks at random, up to 2^300 one way or the other."""
    return rng.standard_normal(size) * np.exp2(np.clip(np.cumsum(rng.normal(0, bits, size)), -300, 300))


def growth(rate, size):
    return np.exp(np.clip(np.log(rate) * np.arange(size), -600, 300))


def sparse(rng, size, share):
    return np.where(rng.random(size) < share, rng.standard_normal(size), 0)


def single(size, place):
    values = np.zeros(size)
    values[place] = -3
    return values


def jump(rng, size, factor):
    return rng.standard_normal(size) * np.where(np.arange(size) < rng.integers(1, size), 1, factor)


FAMILIES = {
    "white": lambda rng, size: rng.standard_normal(size),
    "walk of a tenth of a bit": lambda rng, size: walk(rng, size, 0.1),
    "walk of bits": lambda rng, size: walk(rng, size, 3),
    "any exponents": lambda rng, size: rng.standard_normal(size) * 2.0 ** rng.integers(-400, 400, size),
    "growth": lambda rng, size: growth(rng.uniform(1, 1.1), size),
    "slow growth": lambda rng, size: growth(1 + 30 / size, size) * rng.standard_normal(size),
    "decay": lambda rng, size: growth(rng.uniform(0.5, 1), size) * rng.standard_normal(size),
    "jump up": lambda rng, size: jump(rng, size, 1e30),
    "jump down": lambda rng, size: jump(rng, size, 1e-30),
    "spikes": lambda rng, size: (rng.random(size) < 0.02) * 1.0,
    "sparse": lambda rng, size: sparse(rng, size, 0.1),
    "very sparse": lambda rng, size: sparse(rng, size, 3 / size),
    "every other 0": lambda rng, size: rng.standard_normal(size) * (np.arange(size) % 2),
    "every other tiny": lambda rng, size: rng.standard_normal(size) * np.where(np.arange(size) % 2, 1, 1e-30),
    "signs": lambda rng, size: rng.choice([-1.0, 1.0], size),
    "alternating signs": lambda _, size: (-1.0) ** np.arange(size),
    "one": lambda _, size: np.ones(size),
    "delay": lambda rng, size: single(size, rng.integers(size)),
    "denormal": lambda rng, size: rng.standard_normal(size) * 2.0**-1030,
    "partly denormal": lambda rng, size: rng.standard_normal(size) * rng.choice([1, 2.0**-1040], size),
    "bursts": lambda rng, size: walk(rng, size, 1) * (np.arange(size) // 32 % 2),
    "zero": lambda _, size: np.zeros(size),
}
KINDS = st.sampled_from(sorted(FAMILIES))


def extended(a, b):
    """The sums and those of absolute values by definition, in the 64 bits of long double."""
    sums, absolute = np.zeros((2, len(a), a.shape[2]), np.longdouble)
    a = a.astype(np.longdouble)  # an array: the type of a number did not count in older NumPys
    for k, lag in zip(*np.nonzero(b), strict=True):
        terms = b[k, lag] * a[:, k, : a.shape[2] - lag]
        sums[:, lag:] += terms
        absolute[:, lag:] += abs(terms)
    return sums, absolute


def shares(found, a, b, first):
    """Errors over what they may be: at most 1 everywhere."""
    sums, absolute = (part[:, first:] for part in extended(a, b))
    allowed = SHARE * absolute + np.count_nonzero(b) * LEAST * ((absolute > 0) & (absolute < 2.0**-900))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found == sums, 0, abs(found - sums) / allowed)


def made(kind, rng, *shape):
    return np.reshape([FAMILIES[kind](rng, shape[-1]) for _ in range(int(np.prod(shape[:-1])))], shape)


@given(KINDS, KINDS, SEEDS, st.integers(1, 3), st.integers(1, 3), st.integers(2, 300), st.data())
def test_every_sum_is_right_to_its_own_absolute_terms(of_a, of_b, seed, outs, terms, times, data):
    """Both ways round, from any first output, and with any number of lags."""
    rng = np.random.default_rng(seed)
    lags, first = data.draw(st.integers(2, times)), data.draw(st.integers(0, times - 1))
    a, b, r = made(of_a, rng, outs, terms, times), made(of_b, rng, terms, lags), made(of_b, rng, outs, times)
    prepared = sequences(a, lags)
    with np.errstate(all="ignore"):
        found, backwards = causal_sums(prepared, b, first), causal_sums(transposed(prepared), r, times - lags)
        assert shares(found, a, b, first).max() <= 1
        assert shares(backwards, a.swapaxes(0, 1), r, times - lags).max() <= 1


@pytest.mark.parametrize(("times", "pairs"), [(4097, 12), (2**14, 6), (2**16, 3)])
def test_so_are_those_of_long_sequences(times, pairs):
    """At some times: the first, the last, and others."""
    rng = np.random.default_rng(times)
    chosen = np.unique(np.concatenate((np.arange(5), times - 1 - np.arange(5), rng.integers(times, size=10))))
    for of_a, of_b in rng.choice(sorted(FAMILIES), (pairs, 2)):
        a, b = made(of_a, rng, 1, 1, times), made(of_b, rng, 1, times)
        prepared = sequences(a, times)
        with np.errstate(all="ignore"):
            found = causal_sums(prepared, b, 0)[0], causal_sums(transposed(prepared), b, 0)[0]
            for t in chosen:
                terms = a[0, 0, t::-1].astype(np.longdouble) * b[0, : t + 1]
                own, underflow = abs(terms).sum(), LEAST * np.count_nonzero(abs(terms) < 2.0**-1021)
                for sums in found:
                    assert abs(sums[t] - terms.sum()) <= SHARE * own + min(underflow, own * 2.0**100)


@pytest.mark.parametrize("rate", [0.5, 0.98, 1, 1.02])
def test_direct_sums_leave_out_only_what_is_negligible(rate):
    rng = np.random.default_rng(0)
    plain, b = rng.standard_normal((1, 2, 1500)), rng.standard_normal((2, 1200)) * growth(rate, 1200)
    t = np.arange(1500)
    for a in (plain, plain * growth(0.6, 1500), plain * (t // 32 % 2)):
        found = causal_sums_module._by_tiles(a, b, 0 * t, t)
        assert shares(found[None], a, b, 0).max() <= 0.3


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_what_underflows_beside_the_greatest_is_not_lost(weight):
    a = np.array([[[2.0**-600, -(2.0**600), 2.0**-700, 0]]])
    for b in ([weight, 0, 0, 0], [weight, 2.0**-650, 0, 0]):
        found = causal_sums(sequences(a, 4), np.array([b]), 0)
        assert shares(found, a, np.array([b]), 0).max() <= 1


def test_what_underflows_when_tilted_is_not_lost():
    """Beside a growth by 2^t, which a tilt makes 1: two numbers, and a sequence, smaller by 2^1500."""
    t = np.arange(100)
    grown, tiny = np.exp2(900.0 + t), np.exp2(t - 600.0)
    for rows in ([np.where((t == 20) | (t == 78), tiny, grown)], [grown, tiny]):
        a, b = np.reshape(rows, (-1, 1, 100)), np.eye(1, 100)
        assert shares(causal_sums(sequences(a, 100), b, 0), a, b, 0).max() <= 1


def test_a_tilt_may_be_beyond_float64():
    """Two lags by 2^340 apart: tilted alike, 300 times are by 2^100,000 apart."""
    b = np.array([[2.0**-80, -(2.0**260)]])
    for a in (np.eye(1, 300, 299)[None], np.ones((1, 1, 300))):
        assert shares(causal_sums(sequences(a, 2), b, 0), a, b, 0).max() <= 1


def test_noise_of_an_fft_is_no_lower_bound_of_absolute_terms():
    """All are integers but the last, which is tiny; the first 60 outputs have no term."""
    rng = np.random.default_rng(0)
    a, b = rng.choice([-1.0, 1.0], (1, 1, 300)), rng.choice([-1.0, 1.0], (1, 300))
    b[0, :60], b[0, -1] = 0, 0.3 * 2.0**-60
    assert shares(causal_sums(sequences(a, 300), b, 0), a, b, 0).max() <= 1


@pytest.mark.parametrize("lags", [8, 300])
@pytest.mark.parametrize("power", [0, 500, 980])
@pytest.mark.parametrize("signs", ["any", "alternating"])
def test_sums_may_leave_float64_on_their_way_to_an_output(lags, power, signs):
    """By few lags and by tiles; the response is so great at the end that outputs before it are summed."""
    rng = np.random.default_rng(0)
    a, b = rng.choice([-1, 1], (2, 300)) * rng.uniform(1, 2, (2, 300))
    if signs == "alternating":  # terms far beyond float64, to a sum of 0
        a[:], b[:-1] = 2.0 ** min(power, 40), (-1.0) ** np.arange(299)
    b[lags:-1] = 0
    b[-60:] *= 2.0**40
    a, b = a[None, None] * 2.0 ** (1021 - power), b[None] * 2.0**power
    sums, own = (part[0, :240] for part in extended(a, b))
    finite = abs(sums) < np.finfo(float).max
    assert (finite & (own > np.finfo(float).max)).any()
    with np.errstate(all="ignore"):
        found = causal_sums(sequences(a, 300), b, 0)
        assert shares(found, a, b, 0)[0, :240][finite].max() <= 1


def test_what_is_beyond_float64_only_beside_a_sum_does_no_harm():
    """Greatest numbers that never meet, with small terms elsewhere; and great ones that meet silence."""
    rng, t = np.random.default_rng(0), np.arange(300)
    a, b = rng.standard_normal((1, 1, 300)), rng.standard_normal((1, 300))
    late, bursts = np.where(t < 299, 1, 2.0**1000), np.where(t < 200, t // 32 % 2, 2.0**40)
    for of_a, of_b in (
        (late, np.where(t < 150, 2.0**-1000, 2.0**100)),
        (2.0**-100 * bursts, 2.0**1020),
        (2.0**1020 * (bursts * 2.0**-40)[::-1], 2.0**-100),
    ):
        found = causal_sums(sequences(a * of_a, 300), b * of_b, 0)
        assert shares(found, a * of_a, b * of_b, 0).max() <= 1


@given(KINDS, SEEDS, st.integers(2, 200))
def test_a_delay_delays_and_zeros_are_zeros(kind, seed, times):
    rng = np.random.default_rng(seed)
    a, lag = made(kind, rng, 1, 1, times), int(rng.integers(times))
    b = np.zeros((1, times))
    b[0, lag] = 0.3
    found = causal_sums(sequences(a, times), b, 0)[0]
    assert not found[:lag].any()
    assert not found[lag:][a[0, 0, : times - lag] == 0].any()
    np.testing.assert_allclose(found[lag:], 0.3 * a[0, 0, : times - lag], rtol=SHARE, atol=LEAST)


def test_growth_does_not_drown_its_beginning():
    response = impulse_response([[1.05]], [[1.0]], [[1.0]], 4097)
    y = convolve(response, np.ones((1, 4097, 1)))[0, :, 0]
    np.testing.assert_allclose(y[:3], [1, 2.05, 3.1525], rtol=1e-12)
    np.testing.assert_allclose(y, (1.05 ** np.arange(1, 4098) - 1) / 0.05, rtol=1e-12)


@given(SEEDS, st.integers(1, 400), st.integers(1, 400), st.booleans())
def test_the_error_of_an_fft_is_within_its_bound(seed, times, lags, alike):
    """Against exact sums of integers; all of one sign, or of any."""
    from scipy import fft

    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0 if alike else -(2**20), 2**20, size) for size in (times, lags))
    for length in (64 * fft.next_fast_len(-(-(times + lags) // 64), real=True), 3**6 * 2, 5**5):
        sums = fft.irfft(fft.rfft(a, length) * fft.rfft(b, length), length)[: times + lags - 1]
        bound = causal_sums_module._kappa(length, 1) * np.linalg.norm(a) * np.linalg.norm(b)
        assert np.abs(sums - np.convolve(a, b)).max() <= bound


ORDINARY = {
    "white": np.random.default_rng(1).standard_normal(5000),
    "signs": np.random.default_rng(2).choice([-1.0, 1.0], 5000),
    "one": np.ones(5000),
    "growth": growth(1.05, 5000),
    "slow growth": growth(1.003, 5000),
    "decay": growth(0.97, 5000),
}


@pytest.mark.parametrize("of_a", ["white", "signs", "one", "growth"])
@pytest.mark.parametrize("of_b", sorted(ORDINARY))
def test_ordinary_data_need_no_more_than_a_few_direct_sums(of_a, of_b, monkeypatch):
    """So the cost is that of FFTs: also where all grows or falls exponentially, or beside silence."""
    summed = []

    def counted(a, b, first, wanted):
        summed.append(len(wanted))
        return direct(a, b, first, wanted)

    direct = causal_sums_module._direct
    monkeypatch.setattr(causal_sums_module, "_direct", counted)
    silence = np.zeros((1, 5000))
    causal_sums(sequences(np.array([ORDINARY[of_a][None], silence]), 5000), ORDINARY[of_b][None], 0)
    assert sum(summed) <= 64


@pytest.mark.parametrize("columns", [4096, 10_000])
def test_a_wide_product_is_summed_in_blocks(columns):
    rng = np.random.default_rng(0)
    X, v = rng.uniform(1, 2, (3, columns)), rng.uniform(1, 2, (columns, 2))
    exact = X.astype(np.longdouble) @ v.astype(np.longdouble)
    np.testing.assert_allclose(product(X, v), exact.astype(float), rtol=1e-14)


@given(tasks())
def test_the_lagged_inputs_are_those_of_the_definition(task):
    X = lagged_matrix(task.inputs, task.lags, task.first)
    assert np.array_equal(X, lagged(task))
    operator = lagged_operator(task.inputs, task.lags, task.first)
    assert operator.shape == X.shape
    for applied in (operator @ np.eye(X.shape[1]), (operator.T @ np.eye(len(X))).T):
        np.testing.assert_allclose(applied, X, rtol=0, atol=1e-14 * max(1, abs(X).max()))


@given(tasks(), SEEDS)
def test_the_operator_and_its_transpose_are_adjoint(task, seed):
    rng = np.random.default_rng(seed)
    X = lagged_operator(task.inputs, task.lags, task.first)
    v, r = rng.standard_normal(X.shape[1]), rng.standard_normal(X.shape[0])
    scale = np.linalg.norm(task.inputs) * np.linalg.norm(v) * np.linalg.norm(r)
    assert (X @ v) @ r == pytest.approx(v @ (X.T @ r), rel=0, abs=1e-14 * scale)


@given(tasks(), SEEDS, st.integers(1, 9))
def test_a_convolution_is_its_sum(task, seed, lags):
    """Lags beyond T see nothing."""
    L = np.random.default_rng(seed).standard_normal((lags, task.n_y, task.n_x))
    expected = predictions(L, task.inputs)
    np.testing.assert_allclose(
        convolve(L, task.inputs), expected, rtol=0, atol=1e-13 * max(1, abs(expected).max())
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lagged_module, "MOST_FORMED", 0)
        by_fft = convolve(L, task.inputs)
    np.testing.assert_allclose(by_fft, expected, rtol=0, atol=1e-13 * max(1, abs(expected).max()))


def test_a_convolution_of_a_million_steps_takes_moments():
    x = np.zeros((1, 10**6, 1))
    x[0, [0, 999_000], 0] = 1, -2
    L = np.random.default_rng(0).standard_normal((10**6, 1, 1))
    y = convolve(L, x)[0, :, 0]
    np.testing.assert_allclose(y[:999_000], L[:999_000, 0, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(y[999_000:], L[999_000:, 0, 0] - 2 * L[:1000, 0, 0], rtol=0, atol=1e-12)


@given(tasks(), SEEDS)
def test_responses_are_flattened_and_back_without_a_change(task, seed):
    L = response_of(task, seed)
    assert flat(L).shape == (task.lags * task.n_x, task.n_y)
    assert np.array_equal(unflat(flat(L), task.n_x), L)
    j, p, x = task.lags - 1, task.n_y - 1, task.n_x - 1
    assert flat(L)[j * task.n_x + x, p] == L[j, p, x]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((0, 1, 1)), ONES), "response and inputs must not be empty, got shapes (0, 1, 1)"),
        ((np.ones((1, 1, 1)), np.ones((1, 0, 1))), "response and inputs must not be empty"),
        ((np.ones((1, 1, 2)), ONES), "inputs must have n_x = 2 coordinates as response, got shape (2, 3, 1)"),
        ((np.ones((1, 1)), ONES), "response must have 3 dimensions, got shape (1, 1)"),
        ((np.ones((1, 1, 1)), np.full((1, 2, 1), np.nan)), "inputs must be finite, got nan"),
        ((np.ma.masked_array(np.ones((1, 1, 1)), True), ONES), "response must not be a masked array"),
    ],
)
def test_bad_convolutions_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        convolve(*arguments)


def test_what_overflows_is_an_error_and_what_underflows_is_not():
    huge = np.full((3, 1, 1), 1e200)
    with pytest.raises(OverflowError, match="convolve: the outputs exceed the range of float64"):
        convolve(huge, 1e200 * ONES)
    with np.errstate(all="raise"):
        assert convolve([[[1e-200]]], [[[1e-200]]]) == 0
