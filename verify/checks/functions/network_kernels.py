r"""Kernels of sequences of other networks than the textbook's, against sums that define them.

The limit of Theta_ij is worked out here along a way of its own: from the coefficients ``t_ab`` of the
two-point function, by binomials, and products of power series in two variables, term by term.  Biases are
inputs that are constantly 1, and initial states an impulse before the first; lengths cut the sums, and
averages are averages of whole kernels.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

import numeric
from verify.checks.functions.cases import Cases, Comparison, close_to_sums, nearest, rationals, refused
from verify.checks.functions.kernels import small_integers

__all__ = ["COMPARISONS", "limits"]

Theta = Any
"""An array (T, S) of fractions."""
SHAPES = ((2, 5, 3, 4), (1, 3, 2, 6), (2, 1, 1, 2))
"""N, T, M and S."""
W, F, C, DECAY = Fraction(2, 3), Fraction(3), Fraction(1, 4), Fraction(1, 2)
E_W, E_F, E_C = Fraction(5), Fraction(2), Fraction(1, 3)
"""Of the networks below: variances, the decay, and rates."""


def _series(t: Callable[[int, int], Fraction], T: int, S: int) -> Theta:
    return np.array([[t(a, b) for b in range(S)] for a in range(T)], dtype=object)


def _times(p: Theta, q: Theta) -> Theta:
    product = p * 0
    for a, b in np.ndindex(*p.shape):
        product[a:, b:] += p[a, b] * q[: p.shape[0] - a, : p.shape[1] - b]
    return product


def _later(p: Theta) -> Theta:
    later = p * 0
    later[1:, 1:] = p[:-1, :-1]
    return later


def _leaky(decay: Fraction, w: Fraction) -> Callable[[int, int], Fraction]:
    return lambda a, b: sum(
        (comb(a, k) * comb(b, k) * decay ** (a + b - 2 * k) * w**k for k in range(min(a, b) + 1)), Fraction(0)
    )


def _filtered(theta: Theta, x1: Any, x2: Any) -> Any:
    """``sum_ij Theta_ij <x_{t-i}, x'_{s-j}>``, (N, M, T, S)."""
    products = np.tensordot(x1, x2, (2, 2)).transpose(0, 2, 1, 3)
    kernel = products * 0
    T, S = theta.shape
    for i, j in np.ndindex(T, S):
        kernel[:, :, i:, j:] += theta[i, j] * products[:, :, : T - i, : S - j]
    return kernel


def _cut(kernel: Any, ends: Any) -> dict[str, Any]:
    """All outputs, the last ones and the averages of sequences of the given lengths."""
    kernel = kernel.copy()
    last, mean = np.zeros((2, *kernel.shape[:2]), dtype=object)
    for n, m in np.ndindex(*last.shape):
        t, s = ends[0][n], ends[1][m]
        kernel[n, m, t:] = kernel[n, m, :, s:] = 0
        last[n, m] = kernel[n, m, t - 1, s - 1]
        mean[n, m] = kernel[n, m].sum() / Fraction(t * s)
    return {"whole": kernel, "last_only": last, "mean": mean}


def _compared(
    rng: np.random.Generator,
    function: Callable[..., Any],
    network: Any,
    size: tuple[int, int, int, int],
    theta: Theta,
    of_biases: Any = 0,
) -> Cases:
    """All ways to call the function; the network's numbers are not negative, so that |terms| are of |x|."""
    N, T, M, S = size
    x1, x2 = small_integers(rng, N, T, 2), small_integers(rng, M, S, 2)
    ends = [[int(k) for k in rng.integers(1, steps + 1, many)] for many, steps in ((N, T), (M, S))]
    for lengths in (None, tuple(ends)):
        used = lengths or ([T] * N, [S] * M)
        right, terms = (
            _cut(_filtered(theta, rationals(a), rationals(b)) + of_biases, used)
            for a, b in ((x1, x2), (abs(x1), abs(x2)))
        )
        for how in right:
            options = {"variances": network, "lengths": lengths}
            options |= {"pool": "mean"} if how == "mean" else {"last_only": how == "last_only"}
            roundings = (2 + 8 * len(network.layers)) * (T + S + 2)
            yield close_to_sums(right[how], terms[how], roundings, function, x1, x2, **options)
            yield nearest(right[how], function, x1, x2, **options, digits=12)


def _nngp(rng: np.random.Generator) -> Cases:
    for size in SHAPES:
        T, S = size[1], size[3]
        dense = _series(lambda a, b: C * F * W**a * (a == b), T, S)
        yield from _compared(rng, numeric.nngp, numeric.Variances(W, F, C), size, dense)
        leaky = numeric.Leaky(DECAY, W, F, C)
        yield from _compared(rng, numeric.nngp, leaky, size, C * F * _series(_leaky(DECAY, W), T, S))
    yield refused(numeric.nngp, small_integers(rng, 1, 2, 1), variances=0.5)


def limits(T: int, S: int) -> Iterator[tuple[Any, Theta]]:
    """Networks and their ``lim Theta_ij``."""
    rates = numeric.Rates(E_W, E_F, E_C)
    s, p = E_C * F + E_F * C, E_W * F * C
    one = _series(lambda a, b: Fraction(a == b == 0), T, S)
    t, u = _series(_leaky(DECAY, W), T, S), _series(lambda a, b: W**a * (a == b), T, S)
    leaky, dense = numeric.Leaky(DECAY, W, F, C, rates=rates), numeric.Variances(W, F, C, rates=rates)
    yield leaky, s * t + p * _later(_times(t, t))
    yield dense, s * u + p * _later(_times(u, u))
    # two layers: s_1 = f t, k_1 = e_F t + e_W zw t s_1, then the same once more
    hidden, tangent = one, one * 0
    for of in (t, u):
        after = F * _times(of, hidden)
        tangent = _times(of, F * tangent + E_F * hidden + E_W * _later(after))
        hidden = after
    yield numeric.Stack([leaky, dense]), C * tangent + E_C * hidden
    ring = numeric.Diagonal(numeric.Ring(1, 1), F, C, rates=rates)
    yield ring, _series(lambda a, b: (s + p * a * b) * (a == b), T, S)
    moments = _series(lambda a, b: (1 + Fraction(1, 2 ** (a + b))) / 2, T, S)
    ranks = _series(lambda a, b: Fraction(a * b), T, S)
    yield numeric.Diagonal([1, 0.5], F, C, rates=rates), s * moments + p * ranks * _later(moments)


def _networks(rng: np.random.Generator) -> Cases:
    for size in SHAPES:
        T, S = size[1], size[3]
        for network, theta in limits(T, S):
            yield from _compared(rng, numeric.ntk, network, size, theta)
        leaky = numeric.Leaky(DECAY, W, F, C, rates=numeric.Rates(E_W, E_F, E_C))
        yield from _biased(rng, size, leaky, _series(_leaky(DECAY, W), T, S))
    dense = numeric.Variances(W, F, C)
    yield refused(numeric.ntk, small_integers(rng, 1, 2, 1), variances=dense, lengths=[3])
    yield refused(numeric.ntk, small_integers(rng, 1, 2, 1), variances=dense, pool="mean", last_only=True)


def _limit_kernel(rng: np.random.Generator) -> Cases:  # noqa: ARG001 - as all comparisons
    for lags in (1, 6):
        for network, theta in limits(lags, lags):
            yield nearest(theta, numeric.limit_kernel, network, lags)
            yield nearest(theta, numeric.limit_kernel, network, lags, digits=30)
            biased = numeric.Biased(network, hidden=1, readout=2, initial=3)
            yield nearest(theta, numeric.limit_kernel, biased, lags)
    yield refused(numeric.limit_kernel, 0.5, 3)
    yield refused(numeric.limit_kernel, numeric.Variances(1), 0)
    yield refused(numeric.limit_kernel, numeric.Variances("1e300"), 4, error=OverflowError)


def _biased(rng: np.random.Generator, size: tuple[int, int, int, int], leaky: Any, t: Theta) -> Cases:
    """A bias counts as an input 1 of variance nu_b and rate eta_b; h_{-1} as an impulse one step before."""
    T, S = size[1], size[3]
    f, c, rates = leaky.input, leaky.output, leaky.rates
    (b, e_b), (h, e_h), (r, e_r) = ((Fraction(k), Fraction(k + 1)) for k in range(3))
    network = numeric.Biased(leaky, hidden=(b, e_b), initial=(h, e_h), readout=(r, e_r))
    square = _later(_times(t, t))
    theta = (rates.output * f + rates.input * c) * t + rates.transition * f * c * square
    longer = _series(_leaky(leaky.decay, leaky.transition), T + 1, S + 1)
    pulse = (rates.output * h + e_h * c) * longer + rates.transition * h * c * _later(_times(longer, longer))
    ones = (np.full((1, steps, 1), Fraction(1)) for steps in (T, S))
    constant = _filtered((rates.output * b + e_b * c) * t + rates.transition * b * c * square, *ones)
    yield from _compared(rng, numeric.ntk, network, size, theta, constant + pulse[1:, 1:] + e_r)


COMPARISONS = (
    Comparison("limit_kernel", "coefficients of power series", _limit_kernel),
    Comparison("nngp", "the sum over two lags", _nngp),
    Comparison("ntk, other networks", "the sum over two lags, from power series", _networks),
)
