"""Kernels of sequences for every network, against the calculus in fractions and its definition as a sum."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from networks import NETWORKS

from numeric import (
    Biased,
    Diagonal,
    Leaky,
    Rates,
    Ring,
    Stack,
    Variances,
    layer_recursions,
    limit_kernel,
    network_kernels,
    nngp,
    ntk,
)
from numeric.arguments import capacity
from numeric.model import propagated

ROWS = pytest.mark.parametrize("name", NETWORKS)
KERNELS = pytest.mark.parametrize("kernel", [ntk, nngp])
HOW = pytest.mark.parametrize("how", ["whole", "last", "mean"])
OPTIONS = {"whole": {}, "last": {"last_only": True}, "mean": {"pool": "mean"}}
LEAKY = Leaky("1/2", "1/4")


def fractions(x):
    return np.frompyfunc(Fraction, 1, 1)(np.asarray(x, dtype=object))


def reference(kernel, network, x1, x2, lengths=None):
    """The calculus of numeric/model.py on the inputs' Gram, from one step before the first input on."""
    (N, T, _), (M, S, _) = x1.shape, x2.shape
    ends = lengths or ([T] * N, [S] * M)
    gram = np.full((T + 1, S + 1, N, M), Fraction(0))
    gram[1:, 1:] = np.tensordot(fractions(x1), fractions(x2), (2, 2)).transpose(1, 3, 0, 2)
    limit = propagated(network, gram, 2, lambda x: x, biases=True)
    whole = getattr(limit, kernel.__name__)[1:, 1:].transpose(2, 3, 0, 1).copy()
    last, mean = np.full((2, N, M), Fraction(0))
    for n, m in np.ndindex(N, M):
        t, s = int(ends[0][n]), int(ends[1][m])
        whole[n, m, t:] = whole[n, m, :, s:] = Fraction(0)
        last[n, m], mean[n, m] = whole[n, m, t - 1, s - 1], whole[n, m].sum() / (t * s)
    return {"whole": whole, "last": last, "mean": mean}


MODULI = {
    "eigenvalues": Diagonal([0.5, 0.625, 0.625], 2, 3),
    "stack with eigenvalues": Stack(
        [Diagonal([0.5, 0.5], rates=Rates(0, 0, 0)), Leaky("1/2", 0, rates=Rates(0, 0, 2))]
    ),
}
"""With the eigenvalues' moduli; all else in a network is not negative."""


def absolute_terms(kernel, name, x1, x2, lengths=None):
    """The sums of them."""
    network = MODULI.get(name, NETWORKS[name].network)
    return reference(kernel, network, abs(x1), abs(x2), lengths)


def drawn(seed, N, T, M, S, n_x=2):
    rng = np.random.default_rng(seed)
    x1, x2 = rng.integers(-4, 5, (N, T, n_x)) / 4, rng.integers(-4, 5, (M, S, n_x)) / 4
    return x1, x2, (rng.integers(1, T + 1, N), rng.integers(1, S + 1, M))


def floats(values):
    return np.asarray(values).astype(float)


names = st.sampled_from([*NETWORKS])
kernels = st.sampled_from([ntk, nngp])
sizes = st.tuples(st.integers(0, 2**32 - 1), *[st.integers(1, 3), st.integers(1, 6)] * 2)


@ROWS
def test_an_impulse_reads_off_the_limit_worked_out_by_hand(name):
    row = NETWORKS[name]
    lags = len(row.limit)
    impulse = np.eye(1, lags)[..., None]
    bare = row.network
    kernel = (
        reference(ntk, bare, impulse, impulse)["whole"] - reference(ntk, bare, impulse * 0, impulse)["whole"]
    )
    assert kernel[0, 0].tolist() == row.theta
    assert limit_kernel(bare, lags) == pytest.approx(floats(row.theta), rel=1e-15)


def bound(network, x1, x2):
    """What the documentation allows, relative to the absolute terms."""
    return (x1.shape[2] + 8 * len(network.layers)) * (x1.shape[1] + x2.shape[1] + 2) * Fraction(1, 2**53)


def off_by_too_much(value, truth, terms, relative):
    return [
        place
        for place in np.ndindex(truth.shape)
        if abs(Fraction(value[place]) - truth[place]) > terms[place] * relative + Fraction(1, 2**1000)
    ]


@settings(max_examples=60)
@given(names, kernels, sizes, st.booleans())
@example("leaky", ntk, (0, 1, 1, 1, 1), False)
@example("stack", ntk, (1, 3, 1, 2, 6), False)
@example("ring", ntk, (2, 3, 6, 2, 1), False)
@example("stack with biases", ntk, (3, 3, 6, 2, 5), True)
@example("biased", nngp, (4, 3, 6, 2, 5), True)
@example("eigenvalues", nngp, (5, 3, 6, 2, 5), True)
def test_the_kernel_is_the_calculus_in_floats_and_in_digits(name, kernel, size, shorter):
    network = NETWORKS[name].network
    x1, x2, lengths = drawn(*size)
    lengths = lengths if shorter else None
    truths = reference(kernel, network, x1, x2, lengths)
    terms = absolute_terms(kernel, name, x1, x2, lengths)
    for how, truth in truths.items():
        value = kernel(x1, x2, variances=network, lengths=lengths, **OPTIONS[how])
        assert value.shape == truth.shape
        assert off_by_too_much(value, truth, terms[how], bound(network, x1, x2)) == []
        digits = kernel(x1, x2, variances=network, lengths=lengths, digits=25, **OPTIONS[how])
        for place in np.ndindex(truth.shape):
            with mpmath.workdps(40):
                right = mpmath.mpf(truth[place].numerator) / truth[place].denominator
                assert abs(digits[place] - right) <= abs(right) * mpmath.mpf(10) ** -24 / 2 * (1 + 1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_kernel_is_the_sum_over_two_lags(name):
    """With Theta_ij from limit_kernel, for many more steps than a transition has eigenvalues."""
    network = NETWORKS[name].network
    x1, x2, _ = drawn(11, 2, 20, 1, 17)
    theta = limit_kernel(network, 20)[:, :17]
    gram = np.einsum("ntx,msx->nmts", x1, x2)
    expected = np.zeros_like(gram)
    for i, j in np.ndindex(theta.shape):
        expected[:, :, i:, j:] += theta[i, j] * gram[:, :, : 20 - i, : 17 - j]
    of_biases = ntk(x1 * 0, x2, variances=network)
    for kernel in (ntk(x1, x2, variances=network), ntk(x2, x1, variances=network).transpose(1, 0, 3, 2)):
        assert kernel - of_biases == pytest.approx(expected, rel=1e-12, abs=1e-12 * abs(expected).max())


@pytest.mark.parametrize(
    "name", ["stack", "leaky with rates", "ring", "eigenvalues", "stack with eigenvalues"]
)
@pytest.mark.parametrize("block", [1, 7, 50])
def test_blocks_fit_together(name, block, monkeypatch):
    x1, x2, _ = drawn(5, 5, 9, 3, 4)
    whole = ntk(x1, x2, variances=NETWORKS[name].network)
    monkeypatch.setattr(layer_recursions, "_BLOCK", block)
    monkeypatch.setattr(network_kernels, "_FORMED", block)
    assert ntk(x1, x2, variances=NETWORKS[name].network) == pytest.approx(whole, rel=1e-14, abs=1e-14)


@settings(max_examples=40)
@given(names, st.integers(0, 2**32 - 1))
def test_a_gram_matrix_is_symmetric_and_positive_semidefinite(name, seed):
    x, _, (lengths, _) = drawn(seed, 3, 5, 1, 1)
    for options in ({}, {"last_only": True}, {"pool": "mean"}):
        gram = ntk(x, variances=NETWORKS[name].network, lengths=lengths, **options)
        gram = gram.transpose(0, 2, 1, 3).reshape(15, 15) if gram.ndim == 4 else gram
        assert gram == pytest.approx(gram.T, rel=1e-12, abs=1e-12)
        assert np.linalg.eigvalsh(gram).min() >= -1e-12 * max(1, np.trace(gram))


@settings(max_examples=40)
@given(names, kernels, st.integers(0, 2**32 - 1), st.sampled_from([1e300, -1e300, 7.0]))
def test_what_stands_behind_a_length_does_not_matter(name, kernel, seed, padding):
    x1, x2, lengths = drawn(seed, 3, 5, 2, 4)
    behind = [
        np.where((np.arange(x.shape[1]) < ends[:, None])[..., None], x, padding)
        for x, ends in zip((x1, x2), lengths, strict=True)
    ]
    for options in OPTIONS.values():
        given_ = {"variances": NETWORKS[name].network, "lengths": lengths} | options
        assert np.array_equal(kernel(*behind, **given_), kernel(x1, x2, **given_))


@ROWS
def test_a_sequence_with_a_length_is_the_sequence_alone(name):
    network = NETWORKS[name].network
    x1, x2, lengths = drawn(3, 3, 5, 2, 4)
    for how, options in OPTIONS.items():
        together = ntk(x1, x2, variances=network, lengths=lengths, digits=20, **options)
        for n, m in np.ndindex(3, 2):
            t, s = lengths[0][n], lengths[1][m]
            alone = ntk(x1[n : n + 1, :t], x2[m : m + 1, :s], variances=network, digits=20, **options)
            corner = together[n, m, :t, :s] if how == "whole" else together[n, m]
            assert np.array_equal(corner, alone[0, 0])


extremes = st.builds(
    lambda mantissa, exponent: mantissa * 10.0**exponent, st.integers(-3, 3), st.integers(-300, 300)
)
sizes_of_parts = st.builds(
    lambda m, k: m * Fraction(10) ** k, st.integers(1, 3), st.integers(-350, 350) | st.integers(-9, 9)
)
EXTREME = {
    "leaky": Leaky,
    "stack": lambda a, b, c, d: Stack([Variances(a, b), Variances(c, d, 2)]),
    "ring": lambda a, b, c, _: Diagonal(Ring(min(a, b), max(a, b)), c),
    "eigenvalues": lambda a, b, c, _: Diagonal([a, b], c),
    "biased": lambda a, b, c, d: Biased(Variances(a, b), hidden=c, initial=d),
}


@settings(max_examples=40)
@given(
    hnp.arrays(float, (2, 3, 1), elements=extremes),
    hnp.arrays(float, (1, 2, 1), elements=extremes),
    st.sampled_from([*EXTREME]),
    st.tuples(*[sizes_of_parts] * 4),
    st.sampled_from([*OPTIONS]),
)
def test_sizes_at_the_ends_of_the_range_lose_nothing_and_give_no_nan(x1, x2, kind, parts, how):
    network = EXTREME[kind](*parts)
    exact = reference(ntk, network, x1, x2)[how]
    terms = reference(ntk, network, abs(x1), abs(x2))[how]
    try:
        kernel = ntk(x1, x2, variances=network, **OPTIONS[how])
    except OverflowError:
        assert terms.max() > 2**1023
        return
    assert np.isfinite(kernel).all()
    assert off_by_too_much(kernel, exact, terms, Fraction(1, 10**13)) == []


@pytest.mark.parametrize("network", [LEAKY, Diagonal(Ring("0.1", "0.5")), Stack([LEAKY, Variances("0.1")])])
def test_long_decay_is_no_harm(network):
    x = np.ones((1, 600, 1))
    kernel = ntk(x, variances=network, last_only=True)
    assert kernel == pytest.approx(ntk(x, variances=network)[..., -1, -1], rel=1e-12)


@pytest.mark.parametrize("name", ["leaky", "stack", "ring", "eigenvalues", "biased"])
@pytest.mark.parametrize("how", OPTIONS)
def test_overflow_names_the_way_out(name, how):
    x = np.full((1, 3, 1), 1e200)
    with pytest.raises(OverflowError, match="digits="):
        ntk(x, variances=NETWORKS[name].network, **OPTIONS[how])
    assert ntk(x, variances=NETWORKS[name].network, digits=3, **OPTIONS[how]).max() > 1e308


@pytest.mark.parametrize(
    ("lengths", "second", "told"),
    [
        ([1, 2, 3], False, "lengths must be 2 integers, one for each sequence of x1, got"),
        (2, False, "lengths must be 2 integers"),
        ("12", False, "lengths must be 2 integers"),
        ([0, 1], False, "lengths must be an integer >= 1, got 0"),
        ([1, 4], False, "lengths must be <= 3, got 4"),
        ([1.0, 2.0], False, r"lengths must be an integer >= 1, got 1\.0"),
        ([True, 2], False, "lengths must be an integer >= 1, got True"),
        (np.ma.masked_array([1, 2], [True, False]), False, "lengths must not be a masked array"),
        ([1, 2], True, "lengths must be 2 integers|lengths.0. must be 2 integers"),
        ([1, 2, 3], True, "lengths must be a pair, the lengths of x1 and those of x2"),
        (([1, 2], [1]), True, r"lengths\[1\] must be 2 integers, one for each sequence of x2"),
        ((None, [1, 5]), True, r"lengths\[1\] must be <= 3, got 5"),
    ],
)
@KERNELS
def test_bad_lengths_are_named(kernel, lengths, second, told):
    x = np.ones((2, 3, 1))
    with pytest.raises(ValueError, match=told):
        kernel(x, x if second else None, variances=LEAKY, lengths=lengths)


@KERNELS
def test_bad_pools_are_named(kernel):
    x = np.ones((2, 3, 1))
    for pool in ("max", "Mean", ""):
        with pytest.raises(ValueError, match="pool must be 'mean' or None, got "):
            kernel(x, variances=LEAKY, pool=pool)
    with pytest.raises(ValueError, match="pool must be None with last_only=True"):
        kernel(x, variances=LEAKY, pool="mean", last_only=True)


def test_what_does_not_fit_in_memory_is_foreseen(monkeypatch):
    monkeypatch.setattr(capacity, "memory", lambda: 10**5)
    with pytest.raises(ValueError, match="the limit kernel of so many lags would take"):
        ntk(np.ones((1, 1000, 1)), variances=LEAKY, last_only=True)
    assert ntk(np.ones((1, 1000, 1)), variances=NETWORKS["stack"].network, last_only=True).shape == (1, 1)


def test_eigenvalues_without_their_conjugates_stand_in_one_layer_alone():
    lone, paired = Diagonal([0.5j]), Diagonal([0.5j, -0.5j])
    assert Stack([paired, lone, Diagonal(Ring(0, 1)), paired]).layers
    with pytest.raises(ValueError, match="all diagonal layers but one must come with their conj"):
        Stack([lone, lone])
