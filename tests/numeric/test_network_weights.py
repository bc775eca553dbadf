"""Lag weights and their sums of every network whose limit is diagonal, against what defines them.

Unrolled, the kernel of a chain of layers is a sum with one term for each trained part: the product of all
variances, the part's rate standing in for its own, and of all two-point functions, where the transition's is
replaced by that of its training.  So products of polynomials give the weights, exactly.
"""

from fractions import Fraction
from itertools import accumulate
from math import comb

import mpmath
import numpy as np
import pytest
from flint import fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric import (
    Biased,
    Diagonal,
    Leaky,
    Orthogonal,
    Rates,
    Ring,
    Stack,
    Variances,
    lag_weights,
    layered,
    limit_kernel,
    mean_lag,
    memory_length,
    partial_sum,
    peak_lag,
    prior_variance,
    sensitivity,
    tail_mass,
    total,
)
from numeric.dense import DenseTransition
from tests.numeric.test_weights import printed, rounded

small = st.fractions(0, 2, max_denominator=6)
contraction = st.fractions(0, Fraction(4, 5), max_denominator=9)
rates = st.builds(Rates, small, small, small)
dense = st.builds(Variances, contraction, small, small, rates=rates) | st.builds(
    Orthogonal, contraction, small, small, rates=rates
)
rings = st.builds(
    lambda radii, f, c, r: Diagonal(Ring(*sorted(radii)), f, c, rates=r),
    st.tuples(contraction, contraction),
    small,
    small,
    rates,
)
dense_layers = st.lists(dense, min_size=1, max_size=4)
any_layers = st.lists(dense | rings, min_size=1, max_size=3)
"""Of finite sum; not stacked yet, as beartype draws which of the layers it looks at."""


def chained(layers):
    return layers[0] if len(layers) == 1 else Stack(layers)


HALVES = Stack([Variances("0.5"), Variances("0.5")])
RING = Diagonal(Ring("0.4", "0.9"))
LEAKY = Leaky("0.5", "0.25")


def q(x):
    return fmpq(x.numerator, x.denominator)


def fraction(x):
    return Fraction(int(x.p), int(x.q))


def two_point(transition, lags):
    """The coefficients of T and of its training, by the laws of the matrices themselves."""
    if isinstance(transition, DenseTransition):
        w = transition.variance
        return [w**i for i in range(lags)], [i * w ** (i - 1) if i else 0 for i in range(lags)]
    a, b = transition.ring.inner**2, transition.ring.outer**2
    if a == b:
        moments = [a**i for i in range(lags)]
    else:
        moments = [(b ** (i + 1) - a ** (i + 1)) / ((i + 1) * (b - a)) for i in range(lags)]
    return moments, [i * i * moments[i - 1] if i else 0 for i in range(lags)]


def unrolled(network, lags):
    """rho_0, ..., exactly."""
    kernels = []
    for layer in network.layers:
        T, trained = (fmpq_poly([q(Fraction(x)) for x in xs]) for xs in two_point(layer.transition, lags))
        kernels.append((T, trained, layer))
    terms = [("C", None)] + [(part, k) for part in "FW" for k in range(len(kernels))]
    result = [fmpq(0)] * lags
    for part, place in terms:
        product = fmpq_poly([q(network.readout.rate if part == "C" else network.readout.variance)])
        for k, (T, trained, layer) in enumerate(kernels):
            of_F = layer.input.rate if (part, k) == ("F", place) else layer.input.variance
            of_T = trained * q(layer.rate) if (part, k) == ("W", place) else T
            product = fmpq_poly((product * of_T * q(of_F)).coeffs()[:lags])
        for i, x in enumerate(product.coeffs()):
            result[i] += x
    return [fraction(x) for x in result]


def nearest(x):
    return float(x)  # of a Fraction: correctly rounded


class TestWeights:
    @given(any_layers, st.integers(1, 9))
    def test_floats_are_the_nearest_to_the_unrolled_sum(self, layers, lags):
        network = chained(layers)
        exact = unrolled(network, lags)
        values = lag_weights(network, lags)
        if layered.is_one_dense(network):  # by closed forms
            assert values == pytest.approx([nearest(x) for x in exact], rel=1e-15)
        else:
            assert values.tolist() == [nearest(x) for x in exact]

    @given(any_layers, st.integers(1, 6), st.integers(1, 30))
    def test_digits_are_the_unrolled_sum_rounded(self, layers, lags, digits):
        network = chained(layers)
        values = lag_weights(network, lags, digits=digits)
        expected = [rounded(x, digits) for x in unrolled(network, lags)]
        assert [printed(x, digits) for x in values] == expected

    def test_long_series_are_the_unrolled_sum_too(self):
        for network in (HALVES, RING, Stack([RING, Variances("0.7"), Diagonal(Ring(0, "0.3"))])):
            assert lag_weights(network, 300).tolist() == [nearest(x) for x in unrolled(network, 300)]

    def test_a_tie_is_settled_exactly_among_lags_that_balls_decide(self):
        """rho_0 is 5/4, but no ball with a third or a thirteenth in it is."""
        network = Stack([Variances("1/3", input="1/3"), Variances("1/7", "3/4", "12/13")])
        exact = unrolled(network, 300)
        assert exact[0] == Fraction(5, 4)
        assert [printed(x, 2) for x in lag_weights(network, 300, digits=2)] == [rounded(x, 2) for x in exact]

    @given(any_layers)
    def test_they_are_the_diagonal_of_the_limit(self, layers):
        network = chained(layers)
        kernel = limit_kernel(network, 5)
        assert lag_weights(network, 5) == pytest.approx(kernel.diagonal(), rel=1e-15)

    def test_frameworks(self):
        """PyTorch's default at width n, F of variance 1/(3n), and Keras': linear cells, a readout on top."""
        n = 1000
        torch = Variances("1/3", Fraction(1, 3 * n), "1/3", rates=Rates(n, 1, n))
        keras = Orthogonal(1, rates=Rates(transition=4, input=2, output=2))
        for i, value in enumerate(lag_weights(torch, 20, digits=30)):
            assert printed(value, 30) == rounded(Fraction(2 + i, 3 ** (i + 1)), 30)
        assert lag_weights(keras, 20).tolist() == [4 + 4 * i for i in range(20)]

    def test_biases_do_not_change_them(self):
        biased = Biased(HALVES, hidden=1, readout=2, initial=3)
        assert lag_weights(biased, 9).tolist() == lag_weights(HALVES, 9).tolist()
        assert total(biased) == total(HALVES)
        assert sensitivity(Biased(Variances("0.5"), hidden=1), 4).tolist() == [0, 2, 4, 4.5]

    def test_prior_variance_is_the_product_of_variances_and_two_point_functions(self):
        network = Stack([Variances("1/2", 3, 7, rates=Rates(5, 5, 5)), Orthogonal("1/3", 2, 5)])
        exact = [
            30 * sum(Fraction(1, 2) ** a * Fraction(1, 9) ** (i - a) for a in range(i + 1)) for i in range(6)
        ]
        assert prior_variance(network, 6).tolist() == [nearest(x) for x in exact]
        assert [printed(x, 20) for x in prior_variance(network, 6, digits=20)] == [
            rounded(x, 20) for x in exact
        ]

    def test_prior_variance_of_a_complex_network_is_that_of_a_real_part(self):
        """E (Re c lambda^i f)^2 = nu_C nu_F E|lambda|^(2i) / 2."""
        rng = np.random.default_rng(1)
        draws = 200_000
        c, f = (rng.normal(size=(2, draws)) * np.sqrt([[0.5], [0.5]]) for _ in range(2))
        c, f = c[0] + 1j * c[1], f[0] + 1j * f[1]
        modulus = np.sqrt(rng.uniform(0.4**2, 0.9**2, draws))
        for i, expected in enumerate(prior_variance(RING, 4)):
            squares = (c * modulus**i * np.exp(2j * np.pi * i * rng.random(draws)) * f).real ** 2
            assert abs(squares.mean() - expected) < 6 * squares.std() / np.sqrt(draws)

    def test_prior_variance_needs_no_diagonal_limit(self):
        """t_ii of a leaky network, by the double sum."""
        lam, w = Fraction(1, 2), Fraction(1, 4)
        exact = [
            sum(mpmath.binomial(i, k) ** 2 * lam ** (2 * i - 2 * k) * w**k for k in range(i + 1))
            for i in range(5)
        ]
        assert prior_variance(LEAKY, 5).tolist() == [float(x) for x in exact]
        with pytest.raises(ValueError, match="lags must be <= 1024"):
            prior_variance(LEAKY, 1025)


class TestSums:
    @settings(max_examples=15)
    @given(any_layers)
    def test_total_and_mean_are_the_series(self, layers):
        network = chained(layers)
        weights = unrolled(network, 220)  # of (4/5)^220 is left 1e-21, with powers of the lag 1e-15
        whole = sum(weights)
        assert total(network) == pytest.approx(float(whole), rel=1e-14)
        if whole:
            moment = sum(i * x for i, x in enumerate(weights))
            assert mean_lag(network) == pytest.approx(float(moment / whole), rel=1e-13)
        else:
            with pytest.raises(ValueError, match="every weight is 0"):
                mean_lag(network)

    def test_digits_of_a_dense_stack_are_the_series_rounded(self):
        for network in (HALVES, Stack([Variances("1/3", rates=Rates(2, 0, 1)), Orthogonal("0.3", 2, 5)])):
            weights = unrolled(network, 400)
            moment = sum(i * x for i, x in enumerate(weights))
            assert printed(total(network, digits=60), 60) == rounded(sum(weights), 60)
            assert printed(mean_lag(network, digits=60), 60) == rounded(moment / sum(weights), 60)

    @pytest.mark.parametrize("radii", [("0.4", "0.9"), ("0", "0.5"), ("0.3", "0.3"), ("0.7", "0.70001")])
    def test_digits_of_a_ring_are_integrals_over_its_area(self, radii):
        ring = Ring(*radii)
        network = Diagonal(ring, 2, 3, rates=Rates("0.7", "0.2", "0.3"))
        s, p = Fraction(6, 10) + Fraction(6, 10), Fraction(42, 10)
        with mpmath.workdps(50):
            a, b = (mpmath.mpf(x.numerator) / x.denominator for x in (ring.inner**2, ring.outer**2))

            def mean(function):
                return function(a) if a == b else mpmath.quad(function, [a, b]) / (b - a)

            def number(x):
                return mpmath.mpf(x.numerator) / x.denominator

            # sum x^i = 1/(1-x), sum i^2 x^(i-1) = (1+x)/(1-x)^3, sums of i times that by d/dx
            whole = mean(lambda x: number(s) / (1 - x) + number(p) * (1 + x) / (1 - x) ** 3)
            cubes = mean(
                lambda x: number(s) * x / (1 - x) ** 2 + number(p) * (1 + 4 * x + x**2) / (1 - x) ** 4
            )
            tail = whole - sum(
                number(s) * mean(lambda x, i=i: x**i)
                + number(p) * i * i * mean(lambda x, i=i: x ** (i - 1) if i else 0 * x)
                for i in range(7)
            )
            for got, expected in (
                (total(network, digits=30), whole),
                (mean_lag(network, digits=30), cubes / whole),
                (tail_mass(network, 7, digits=20), tail),
            ):
                assert abs(got - expected) < abs(expected) * mpmath.mpf(10) ** -19

    @given(dense_layers | rings.map(lambda ring: [ring]), st.integers(0, 12))
    def test_partial_sums_and_tails(self, layers, lags):
        network = chained(layers)
        weights = unrolled(network, 12)
        assert partial_sum(network, lags) == pytest.approx(
            nearest(sum(weights[:lags], Fraction(0))), rel=1e-15
        )
        whole = total(network, digits=40)
        with mpmath.workdps(50):
            first = sum((mpmath.mpf(x.numerator) / x.denominator for x in weights[:lags]), mpmath.mpf(0))
            assert abs(tail_mass(network, lags, digits=20) - (whole - first)) <= whole * mpmath.mpf(10) ** -19

    @given(dense_layers, st.integers(1, 15))
    def test_every_partial_sum_of_a_dense_stack_is_nearest(self, layers, digits):
        network = chained(layers)
        sums = list(accumulate(unrolled(network, 8), initial=Fraction(0)))
        assert [partial_sum(network, m) for m in range(9)] == [nearest(x) for x in sums]
        assert [printed(partial_sum(network, m, digits=digits), digits) for m in range(9)] == [
            rounded(x, digits) for x in sums
        ]

    def test_a_sum_just_below_a_tie_is_told_from_it(self):
        """The total is 12.5, what the first 1,200 weights leave of it 1e-360."""
        network = Stack(
            [Variances("0.5", "3.125", rates=Rates(0, 0, 0)), Variances(0, 1, 0, rates=Rates(0, 0, 2))]
        )
        assert unrolled(network, 3) == [Fraction(25, 4) / 2**i for i in range(3)]
        assert printed(total(network, digits=2), 2) == rounded(Fraction(25, 2), 2)
        assert printed(partial_sum(network, 1_200, digits=2), 2) == rounded(Fraction(124), 2).scaleb(-1)
        assert partial_sum(network, 10**18) == 12.5

    def test_of_infinite_sums_too(self):
        """Two layers of nu_W = 1: rho_i = 3 (i+1) + 2 C(i+1, 2), as counting paths gives."""
        network = Stack([Variances(1), Variances(1)])
        weights = [3 * (i + 1) + (i + 1) * i for i in range(30)]
        assert weights == [int(x) for x in unrolled(network, 30)]
        for m in (0, 1, 2, 30):
            assert partial_sum(network, m) == sum(weights[:m])
        m = 10**18
        assert partial_sum(network, m, digits=54) == sum(range(1)) + (
            3 * m * (m + 1) // 2 + (m - 1) * m * (m + 1) // 3
        )

    def test_tails_at_enormous_lags(self):
        network, m = (
            Stack([Variances("0.5", rates=Rates(0, 0, 1)), Variances("0", rates=Rates(0, 0, 1))]),
            10**12,
        )
        with mpmath.workdps(40):
            expected = mpmath.mpf(2) ** (1 - m)
            assert abs(tail_mass(network, m, digits=30) / expected - 1) < mpmath.mpf(10) ** -29
        assert tail_mass(network, 1100) == 0.0

    def test_of_three_layers_by_the_rational_function(self):
        """G(1) and G'(1), SymPy's derivative of the unrolled formula."""
        sympy = pytest.importorskip("sympy")
        u = sympy.Symbol("u")
        w, f, c = (sympy.Rational(x) for x in ("9/10", "2", "1/3"))
        s = (f / (1 - w * u)) ** 3
        G = c * s * 3 * (1 / f + u / (1 - w * u)) + s
        network = Stack([Variances("9/10", 2, "1/3")] * 3)
        assert total(network) == float(G.subs(u, 1))
        assert mean_lag(network) == float((sympy.diff(G, u) / G).subs(u, 1))


class TestWhere:
    @settings(max_examples=15)
    @given(any_layers)
    def test_the_peak_is_the_last_greatest_weight(self, layers):
        network = chained(layers)
        weights = unrolled(network, 60)  # growths up to 4/5 and at most 6 poles peak before
        if not any(weights):
            with pytest.raises(ValueError, match=r"every weight is 0|never fall"):
                peak_lag(network)
        else:
            assert peak_lag(network) == max(range(60), key=lambda i: (weights[i], i))

    def test_a_tie_goes_to_the_last(self):
        """rho_1 - rho_0 = c(f_1 + f_2)(w_1 + w_2 - 1) + ... made 0 by the last rate."""
        network = Stack([Variances("1/3", rates=Rates(0, 0, 0)), Variances("2/3", rates=Rates(0, 0, 1))])
        weights = unrolled(network, 4)
        assert weights[0] == weights[1] == 1 > weights[2]
        assert peak_lag(network) == 1

    def test_the_peak_of_long_memories(self):
        """Three equal layers: rho_i = (4 C(i+2, 2) w + 3 C(i+2, 3)) w^(i-1), compared with the next."""
        w = Fraction("0.999")

        def without_power(i):
            return 4 * comb(i + 2, 2) * w + 3 * comb(i + 2, 3)

        rises = [i for i in range(10_000) if without_power(i + 1) * w >= without_power(i)]
        assert rises == list(range(len(rises)))
        assert peak_lag(Stack([Variances("0.999")] * 3)) == len(rises)

    @settings(max_examples=15)
    @given(
        any_layers,
        st.integers(0, 12),
        st.sampled_from([Fraction(1), 1 - Fraction(1, 10**30), 1 + Fraction(1, 10**30)]),
    )
    def test_the_memory_length_is_the_first_tail_within_epsilon(self, layers, lag, scale):
        network = chained(layers)
        weights = unrolled(network, 220)
        tails = list(accumulate(reversed(weights), initial=Fraction(0)))[::-1]  # but for 1e-15
        epsilon = (tails[lag] + tails[lag + 1]) / 2 * scale
        if tails[lag] - tails[lag + 1] > Fraction(1, 10**9):
            assert memory_length(network, epsilon) == lag + 1

    def test_exactly_a_tail_of_a_dense_stack(self):
        network = Stack([Variances("1/3", rates=Rates(0, 0, 1)), Variances("0", rates=Rates(0, 0, 1))])
        tails = [Fraction(3, 2) / 3**m for m in range(40)]
        for m in (0, 1, 17, 39):
            assert memory_length(network, tails[m]) == m
            assert memory_length(network, tails[m] * (1 - Fraction(1, 10**60))) == m + 1

    def test_slow_decays(self):
        network = Stack([Variances("0.99999999"), Variances("0.99999998")])
        m = memory_length(network, "1e-6")
        assert tail_mass(network, m, digits=30) <= mpmath.mpf("1e-6") < tail_mass(network, m - 1, digits=30)


class TestEdges:
    def test_no_transition(self):
        """The first weight is that of the readout and the two input matrices, the second that of two W."""
        network = Stack([Variances(0), Variances(0)])
        assert lag_weights(network, 4).tolist() == [3, 2, 0, 0]
        assert (total(network), mean_lag(network), peak_lag(network)) == (5, 0.4, 0)
        assert [tail_mass(network, m) for m in range(4)] == [5, 2, 0, 0]
        assert memory_length(network, "1e-300") == 2
        assert lag_weights(Diagonal(Ring(0, 0)), 4).tolist() == [2, 1, 0, 0]
        assert tail_mass(Diagonal(Ring(0, 0)), 2) == 0

    def test_frozen_parts_take_their_share_with_them(self):
        frozen = Rates(0, 0, 0)
        reservoir = Stack([Variances("0.5", rates=frozen), Variances("0.5", rates=Rates(0, 0, 1))])
        assert lag_weights(reservoir, 4).tolist() == [1, 1, 0.75, 0.5]
        nothing = Stack([Variances(2, rates=frozen), Variances(1, rates=frozen)])
        assert (
            total(nothing)
            == tail_mass(nothing, 5)
            == partial_sum(nothing, 5)
            == memory_length(nothing, 1)
            == 0
        )
        only_eigenvalues = Diagonal(Ring("0.5", "0.75"), 2, "0.1", rates=Rates(1, 0, 0))
        a, b = Fraction(1, 4), Fraction(9, 16)
        value = (1 - a * b) / ((1 - a) * (1 - b)) ** 2 / 5
        assert printed(total(only_eigenvalues, digits=40), 40) == rounded(value, 40)

    def test_without_logarithms_a_ring_has_exact_sums(self):
        """E(1) = (1 - ab)/((1-a)(1-b))^2, here a tie of decimals."""
        ring = Ring("1/3", "2/3")
        a, b = ring.inner**2, ring.outer**2
        value = (1 - a * b) / ((1 - a) * (1 - b)) ** 2
        network = Diagonal(ring, Fraction(25, 2) / value, 1, rates=Rates(1, 0, 0))
        assert printed(total(network, digits=2), 2) == rounded(Fraction(25, 2), 2)
        assert peak_lag(network) == 2  # 4 m_1 = 2 (a + b) = 10/9

    @pytest.mark.parametrize(
        "network",
        [
            Diagonal(Ring("0.4", 1)),
            Diagonal(Ring(1, 1), rates=Rates(0, 0, 1)),
            Stack([Variances("0.5"), Variances(1)]),
            Stack([Variances("1.5", rates=Rates(0, 0, 0)), Variances("0.5", rates=Rates(0, 0, 1))]),
            Stack([Variances("0.5"), Diagonal(Ring(0, 2))]),
            Orthogonal(1),
        ],
    )
    def test_an_infinite_sum_is_refused(self, network):
        for function, more in (
            (total, ()),
            (mean_lag, ()),
            (tail_mass, (3,)),
            (memory_length, (1,)),
            (peak_lag, ()),
        ):
            with pytest.raises(ValueError, match=r"sum is infinite|never fall"):
                function(network, *more)
        assert partial_sum(network, 50) == nearest(sum(unrolled(network, 50)))

    @pytest.mark.parametrize(
        "network", [LEAKY, Diagonal([0.9, 0.5]), Stack([Variances("0.5"), LEAKY]), Biased(LEAKY, hidden=1)]
    )
    @pytest.mark.parametrize(
        ("function", "more"),
        [
            (lag_weights, (3,)),
            (sensitivity, (3,)),
            (total, ()),
            (mean_lag, ()),
            (tail_mass, (3,)),
            (partial_sum, (3,)),
            (peak_lag, ()),
            (memory_length, (1,)),
        ],
    )
    def test_a_limit_that_is_not_diagonal_has_no_weights(self, function, more, network):
        message = (
            f"^{type(network).__name__} has no lag weights alone, as its limit is not diagonal; limit_kernel"
        )
        with pytest.raises(ValueError, match=message):
            function(network, *more)

    @pytest.mark.parametrize("network", [HALVES, RING])
    def test_a_sensitivity_is_to_one_variance(self, network):
        with pytest.raises(ValueError, match=f"^{type(network).__name__} has no single nu_W"):
            sensitivity(network, 3)

    def test_limits(self, monkeypatch):
        for network, most in ((HALVES, 10**18), (RING, 10**6)):
            for function in (tail_mass, partial_sum):
                with pytest.raises(ValueError, match=f"lags? must be <= {most}, got {most + 1}"):
                    function(network, most + 1)
        with pytest.raises(ValueError, match="lags must be <= 1000000, got 1000001"):
            lag_weights(HALVES, 10**6 + 1)
        with pytest.raises(OverflowError, match="digits="):
            lag_weights(Stack([Variances(10**200, 10**100), Variances(1)]), 3)
        monkeypatch.setattr(layered, "MOST_LAG_RING", 100)
        with pytest.raises(ValueError, match="tail mass at lag 100, where the search ends"):
            memory_length(RING, "1e-300")
        with pytest.raises(ValueError, match="may still rise at lag"):
            peak_lag(Stack([Variances("0.999")] * 2))
