r"""Networks of all kinds: the numbers they keep, and their laws of finite width against traces and moments.

``n^{-1/2} W = r O`` with O from the Haar measure of O(1) or O(2) has traces that are known: those of O^k are
``o^k`` with ``o = +-1``, or ``2 cos(k phi)`` and, of a reflection, 2 for even and 0 for odd k.  With them

    E Theta_ij = n^{-1} (eta_C nu_F + eta_F nu_C) r^(i+j) E tr O^(i-j)
                 + n^{-2} eta_W nu_C nu_F r^(i+j-2) sum_{a<i, b<j} E tr O^(a-b) tr O^(i-1-a-(j-1-b)).

A leaky network of one unit has ``M = decay + W``, of which E M^k follows from the moments of a Gaussian.  To
first order in 1/n the Grams of an orthogonal network fluctuate as those of a dense one do, but for ``1 +
min(a, b, c, d)``: ``u_a' u_b`` is nu_F r^(a+b) f' O^(b-a) f with a Gaussian f, whatever the lags.

A framework computes ``C_std W_std^j F_std`` and moves these very matrices.
"""

from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import numpy as np

import numeric
from verify.checks.functions.cases import Cases, Comparison, close_to_sums, equal, nearest, rationals, refused
from verify.checks.functions.finite import covariance_law, gaussian_moment, theta_law
from verify.checks.functions.kernels import jacobian, response, small_integers

__all__ = ["COMPARISONS"]

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
RATES = (Fraction(5), Fraction(2), THIRD)
"""Of W, F and C."""
NEGATIVE = (-1, "-1e-300", float("nan"))


def _kept(network: Any, *names: str) -> list[Any]:
    rates = network.rates
    return [*(getattr(network, name) for name in names), rates.transition, rates.input, rates.output]


def _rates(rng: np.random.Generator) -> Cases:
    def exactly(*given: Any) -> list[Fraction]:
        rates = numeric.Rates(*given)
        return [rates.transition, rates.input, rates.output]

    yield equal([1, 1, 1], exactly)
    yield equal([THIRD, 0, Fraction(3, 10)], exactly, "1/3", 0, "0.3")
    for x in rng.random(4):
        yield equal([Fraction(float(x))] * 3, exactly, float(x), x, str(Fraction(float(x))))
    for wrong in NEGATIVE:
        for place in range(3):
            yield refused(exactly, *[1] * place, wrong)


def _leaky(rng: np.random.Generator) -> Cases:  # noqa: ARG001 - as all comparisons
    rates = numeric.Rates(*RATES)
    right = [THIRD, HALF, 3, THIRD, *RATES]
    names = ("decay", "transition", "input", "output")
    yield equal(right, lambda *a: _kept(numeric.Leaky(*a, rates=rates), *names), "1/3", "0.5", 3, THIRD)
    yield equal([1, Fraction(0.3), 1, 1, 1, 1, 1], lambda *a: _kept(numeric.Leaky(*a), *names), 1.0, 0.3)
    for wrong in NEGATIVE:
        yield refused(numeric.Leaky, wrong, 1)
        yield refused(numeric.Leaky, 1, wrong)
        yield refused(numeric.Leaky, 1, 1, wrong)
        yield refused(numeric.Leaky, 1, 1, 1, wrong)


def _orthogonal(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    names = ("radius", "transition", "input", "output")
    made = lambda *a: _kept(numeric.Orthogonal(*a, rates=numeric.Rates(*RATES)), *names)  # noqa: E731
    yield equal([THIRD, Fraction(1, 9), 3, HALF, *RATES], made, "1/3", 3, "0.5")
    yield equal([1, 1, 1, 1, *RATES], made, 1)
    for wrong in NEGATIVE:
        yield refused(numeric.Orthogonal, wrong)
        yield refused(numeric.Orthogonal, 1, wrong)
        yield refused(numeric.Orthogonal, 1, 1, wrong)


def _ring(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    yield equal([THIRD, Fraction(3, 10)][::-1], lambda *a: _radii(numeric.Ring(*a)), "0.3", "1/3")
    yield equal([1, 1], lambda *a: _radii(numeric.Ring(*a)), 1, 1.0)
    yield refused(numeric.Ring, 1, HALF)
    for wrong in NEGATIVE:
        yield refused(numeric.Ring, wrong, 1)
        yield refused(numeric.Ring, 0, wrong)


def _radii(ring: Any) -> list[Fraction]:
    return [ring.inner, ring.outer]


def _diagonal(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    def eigenvalues(given: Any) -> Any:
        return numeric.Diagonal(given).eigenvalues

    yield equal([[HALF, 0], [Fraction(-1, 3), 0]], eigenvalues, ["0.5", "-1/3"])
    yield equal([[Fraction(1, 4), HALF], [1, 0]], eigenvalues, [0.25 + 0.5j, 1])
    rates = numeric.Rates(*RATES)
    ring = numeric.Ring(HALF, 1)
    made = lambda *a: _kept(numeric.Diagonal(*a, rates=rates), "input", "output")  # noqa: E731
    yield equal([3, THIRD, *RATES], made, ring, 3, "1/3")
    yield equal([HALF, 1], lambda *a: _radii(numeric.Diagonal(*a).eigenvalues), ring)
    for wrong in ([], [[1]], [float("nan")], 0.5, ["one"]):
        yield refused(numeric.Diagonal, wrong)
    yield refused(numeric.Diagonal, ring, -1)
    yield refused(numeric.Diagonal, ring, 1, -1)


def _stack(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    first, second = numeric.Variances(HALF, 2, 5), numeric.Leaky(HALF, THIRD, 3, 7)

    def parts(*networks: Any) -> list[Fraction]:
        """The inputs of all layers and the readout, that of the last."""
        made = numeric.Stack(networks)
        return [*(layer.input.variance for layer in made.layers), made.readout.variance]

    yield equal([2, 3, 7], parts, first, second)
    yield equal([3, 2, 5], parts, second, first)
    yield equal([2, 3, 2, 5], parts, first, numeric.Stack([second, first]))
    yield refused(numeric.Stack, [])
    yield refused(numeric.Stack, [first, 0.5])
    yield refused(numeric.Stack, [numeric.Diagonal([0.5j]), numeric.Diagonal([0.5j])])


def _biased(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    def parts(*given: Any, **named: Any) -> list[Fraction]:
        made = numeric.Biased(numeric.Variances(HALF, 2, 5), *given, **named)
        (layer,) = made.layers
        of = (layer.bias, layer.initial, made.readout_bias, layer.input, made.readout)
        return [x for part in of for x in (part.variance, part.rate)]

    untouched = [2, 1, 5, 1]
    yield equal([0] * 6 + untouched, parts)
    yield equal([THIRD, 1, 0, 0, 0, 0, *untouched], parts, hidden="1/3")
    yield equal([0, 3, HALF, 2, 4, 1, *untouched], parts, (0, 3), 4, ("0.5", 2))
    for wrong in (*NEGATIVE, (1, -1), (1, 2, 3)):
        for name in ("hidden", "initial", "readout"):
            yield refused(lambda wrong, name=name: parts(**{name: wrong}), wrong)
    yield refused(numeric.Biased, 0.5)


def _presets(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    """Large kernels of a width n divided by n^k: s = n nu_F + nu_C and p = n nu_C nu_F, from the defaults."""
    width = Fraction(10) ** 30
    uniform, glorot, lecun = 1 / (3 * width), 2 / width, 1 / width
    for name, n_x, w, f, c in (
        ("torch", 1, width * uniform, uniform, width * uniform),
        ("keras", 1, Fraction(1), glorot, width * glorot),
        ("flax", 1, Fraction(1), Fraction(1), width * lecun),
        ("flax", 3, Fraction(1), THIRD, width * lecun),
    ):
        made = numeric.preset(name, n_x=n_x)
        scale = width**made.kernel_power
        s, p = (width * f + c) / scale, width * c * f / scale
        weights = [s * w**i + p * i * w ** max(i - 1, 0) for i in range(5)]
        allowed = 1000 / width  # what is of lower order in n
        yield close_to_sums(weights, [x + allowed for x in weights], 4, numeric.lag_weights, made, 5)
        prior = [c * f * w**i / width**made.prior_power for i in range(5)]
        yield close_to_sums(prior, prior, 4, numeric.prior_variance, made, 5)
    for wrong in ("theano", "", 1):
        yield refused(numeric.preset, wrong)
    yield refused(numeric.preset, "flax", n_x=0)


def _traces(width: int, k: int, l: int) -> Fraction:  # noqa: E741 - a power
    """``E tr O^k tr O^l`` for the widths 1 and 2."""
    if width == 1:
        return Fraction(1 - (k + l) % 2)
    rotation = 4 * (k == l == 0) + 2 * (abs(k) == abs(l) != 0)
    reflection = 4 * (k % 2 == l % 2 == 0)
    return Fraction(rotation + reflection, 2)


def _orthogonal_mean(width: int, i: int, j: int, r: Fraction, f: Fraction, c: Fraction) -> Fraction:
    eta_W, eta_F, eta_C = RATES
    mean = (eta_C * f + eta_F * c) * r ** (i + j) * _traces(width, i - j, 0) / width**2  # tr O^0 = n
    places = sum(
        (_traces(width, a - b, i - 1 - a - (j - 1 - b)) for a, b in product(range(i), range(j))), Fraction(0)
    )
    return mean + (eta_W * c * f * r ** (i + j - 2) * places / width**2 if places else 0)


def _one_leaky_unit(i: int, j: int, d: Fraction, w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    def power(k: int) -> Fraction:
        """``E (d + W)^k``."""
        return sum(
            (comb(k, m) * d ** (k - m) * gaussian_moment(m) * w ** (m // 2) for m in range(k + 1)),
            Fraction(0),
        )

    eta_W, eta_F, eta_C = RATES
    return (eta_C * f + eta_F * c) * power(i + j) + (eta_W * i * j * c * f * power(i + j - 2) if i * j else 0)


def _expected(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    rates = numeric.Rates(*RATES)
    f, c = Fraction(3), Fraction(1, 4)
    for radius, width in product((Fraction(0), Fraction(1), Fraction(2, 3)), (1, 2)):
        right = [[_orthogonal_mean(width, i, j, radius, f, c) for j in range(7)] for i in range(7)]
        of = numeric.Orthogonal(radius, f, c, rates=rates)
        yield equal(right, numeric.expected_lag_kernel, width, of, 7)
    for d, w in ((HALF, THIRD), (Fraction(1), Fraction(2)), (Fraction(0), HALF), (HALF, Fraction(0))):
        right = [[_one_leaky_unit(i, j, d, w, f, c) for j in range(7)] for i in range(7)]
        yield equal(right, numeric.expected_lag_kernel, 1, numeric.Leaky(d, w, f, c, rates=rates), 7)
    yield refused(numeric.expected_lag_kernel, 2, numeric.Diagonal([0.5]), 2)


def _leaky_law(at: tuple[int, ...], d: Fraction, *parts: Fraction) -> Fraction:
    """By the binomial theorem for each of the four lags."""
    law = Fraction(0)
    for lags in product(*(range(lag + 1) for lag in at)):
        if sum(lags) % 2 == 0 and (known := theta_law(*lags, *parts)):
            factors = [comb(lag, k) * d ** (lag - k) for lag, k in zip(at, lags, strict=True)]
            law += known * factors[0] * factors[1] * factors[2] * factors[3]
    return law


def _isometric(first: tuple[int, int], second: tuple[int, int], w: Fraction, own: Fraction) -> Fraction:
    (a, b), (c, d) = first, second
    alike = (a - b == c - d) + (a - b == d - c)
    return own**2 * w ** ((a + b + c + d) // 2) * alike if alike else Fraction(0)


def _laws(rng: np.random.Generator) -> Cases:  # noqa: ARG001
    f, c, rates = Fraction(3), Fraction(1, 4), numeric.Rates(*RATES)
    for radius in (Fraction(1), Fraction(2, 3)):
        of = numeric.Orthogonal(radius, f, c, rates=rates)

        def law(*at: Any, w: Fraction = radius**2) -> Fraction:
            return covariance_law(_isometric, *at, w, f, c, *RATES)

        yield nearest(_square(law, 5, 7), numeric.lag_kernel_variance, 7, of, 5)
        right = np.reshape([law(*at) / 3 for at in product(range(3), repeat=4)], (3,) * 4)
        yield nearest(right, numeric.lag_kernel_covariance, 3, of, 3)
    for d, w in ((HALF, THIRD), (Fraction(1), Fraction(2))):
        leaky = numeric.Leaky(d, w, f, c, rates=rates)

        def leaking(*at: int, d: Fraction = d, w: Fraction = w) -> Fraction:
            return _leaky_law(at, d, w, f, c, *RATES)

        yield nearest(_square(leaking, 4, 7), numeric.lag_kernel_variance, 7, leaky, 4)
        right = np.reshape([leaking(*at) / 3 for at in product(range(3), repeat=4)], (3,) * 4)
        yield nearest(right, numeric.lag_kernel_covariance, 3, leaky, 3)
    yield refused(numeric.lag_kernel_variance, 2, numeric.Stack([numeric.Variances(1)] * 2), 2)


def _square(law: Any, lags: int, width: int) -> list[list[Fraction]]:
    return [[law(i, j, i, j) / width for j in range(lags)] for i in range(lags)]


def _given(rng: np.random.Generator) -> Cases:
    """Four units, so that the root of n is 2."""
    W, F, C = (small_integers(rng, *shape) for shape in ((4, 4), (4, 2), (3, 4)))
    W_, F_, C_ = map(rationals, (W, F, C))
    for decay in (Fraction(0), HALF, Fraction(-3)):
        M = decay * rationals(np.eye(4, dtype=int)) + W_ / 2
        network = numeric.Network(W, F, C, decay=decay, rates=numeric.Rates(*RATES))
        yield equal(M, lambda one: one.transition, network)
        yield equal([4, decay, *RATES], lambda one: [one.width, *_kept(one, "decay")], network)
        exact, moduli = (M, F_, C_), (abs(M), abs(F_), abs(C_))
        L, sums = (response(w, f, c, 5) / 2 for w, f, c in (exact, moduli))
        yield close_to_sums(L, sums, 80, numeric.impulse_response, network, 5)
        weights = [RATES[0] / 4, *RATES[1:]]  # dM is dW / 2
        theta, terms = (
            _contracted(jacobian(w, f, c, 4) / 2, (W.size, F.size, C.size), weights)
            for w, f, c in (exact, moduli)
        )
        yield close_to_sums(theta, terms, 120, numeric.lag_kernel, network, 4)
        yield from _gradients(rng, network, jacobian(M, F_, C_, 4) / 2)
    yield refused(numeric.Network, W[:3], F, C)
    yield refused(numeric.Network, W, F[:3], C)
    yield refused(numeric.Network, W, F, C[:, :3])
    yield refused(numeric.Network, W, F, C, decay=float("nan"))
    yield refused(numeric.Network, W, F, C, rates=(1, 1, 1))


def _gradients(rng: np.random.Generator, network: numeric.Network, J: Any) -> Cases:
    """``sum_j dJ/dL_j . dL_j/d theta`` with integers, so that dJ/dL has no rounding."""
    task = numeric.Task(small_integers(rng, 2, 4, 2), small_integers(rng, 2, 4, 3))
    G = rationals(task.gradient(numeric.impulse_response(network, task.lags))).ravel()
    ends = np.cumsum([network.W.size, network.F.size])
    right, terms = (np.split(D.reshape(len(D), -1) @ g, ends) for D, g in ((J, G), (abs(J), abs(G))))
    for k, (name, scale) in enumerate((("W", HALF), ("F", 1), ("C", 1))):  # dM is dW / 2
        shape = getattr(network, name).shape
        yield close_to_sums(
            right[k].reshape(shape) * scale,
            terms[k].reshape(shape) * 16,
            200,
            lambda *given, k=k: numeric.network_gradients(*given)[k],
            network,
            task,
        ).named(name)


def _contracted(J: Any, sizes: tuple[int, ...], weights: list[Fraction]) -> Any:
    by_entry = np.repeat(np.array(weights, dtype=object), sizes)
    return np.tensordot(J, (J.T * by_entry).T, (0, 0))


def _from_weights(rng: np.random.Generator) -> Cases:
    for n, n_x, n_y in ((1, 1, 1), (4, 2, 3), (3, 1, 2)):
        W, F, C = (small_integers(rng, *shape) for shape in ((n, n), (n, n_x), (n_y, n)))
        own, positive = tuple(map(rationals, (W, F, C))), tuple(abs(rationals(x)) for x in (W, F, C))
        L, moduli = (response(w, f, c, 4) for w, f, c in (own, positive))
        given = numeric.from_weights(W, F, C)
        yield close_to_sums(L, moduli, 32 * (n + 2), numeric.impulse_response, given, 4)
        theta, terms = (
            _contracted(jacobian(w, f, c, 4), (W.size, F.size, C.size), [Fraction(1)] * 3)
            for w, f, c in (own, positive)
        )
        yield close_to_sums(theta, terms, 32 * (n + 2), numeric.lag_kernel, given, 4)
        yield equal(W, lambda *a: numeric.from_weights(*a, parametrisation="ntk").W, W, F, C)
        yield equal(C, lambda *a: numeric.from_weights(*a, parametrisation="ntk").C, W, F, C)
        yield equal([1, 1, 1], lambda *a: _kept(numeric.from_weights(*a, parametrisation="ntk")), W, F, C)
    yield refused(numeric.from_weights, W, F, C, parametrisation="mup")
    yield refused(numeric.from_weights, W, F[1:], C)


COMPARISONS = (
    Comparison("Rates", "the numbers given, exactly", _rates),
    Comparison("Leaky", "the numbers given, exactly", _leaky),
    Comparison("Orthogonal", "the numbers given, exactly", _orthogonal),
    Comparison("Ring", "the numbers given, exactly", _ring),
    Comparison("Diagonal", "the numbers given, exactly", _diagonal),
    Comparison("Stack", "the layers given, in their order", _stack),
    Comparison("Biased", "the numbers given, exactly", _biased),
    Comparison("preset", "a large width, with the variances of the framework", _presets),
    Comparison("Network", "the Jacobian by the product rule, times itself", _given),
    Comparison("from_weights", "the framework's own response and Jacobian", _from_weights),
    Comparison(
        "expected_lag_kernel, other networks", "traces of O(1) and O(2), and a single unit", _expected
    ),
    Comparison("lag_kernel_covariance, other networks", "the Grams' covariances, term by term", _laws),
)
