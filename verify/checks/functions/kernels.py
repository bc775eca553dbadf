r"""Kernels, given networks and convolutions against the sums that define them.

* ``ntk`` is ``sum_k rho_k <x_(t-k), x'_(s-k)>``, with the weights of :mod:`verify.checks.functions.limit`.
* A given network has integer matrices here. Its impulse response is unrolled, and with it the derivative by
  every parameter (the tangent of each step, by the product rule); the lag kernel is the Jacobian times
  itself. The powers of ``n^(-1/2)`` come in last, as rationals right to 40 places.
* A convolution is a product of polynomials over the integers: floats are integers times a power of two.

Float64 may miss a sum by roundings relative to the sum of the moduli of its own terms, wherever it stands
among greater ones.
"""

from fractions import Fraction
from itertools import product
from math import isqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

import numeric
from verify.checks.functions.cases import (
    Case,
    Cases,
    Comparison,
    close,
    close_to_sums,
    nearest,
    rationals,
    refused,
)
from verify.checks.functions.dyadic import Dyadic, convolved
from verify.checks.functions.limit import AT_RATES, random_variances, weights, with_rates

__all__ = [
    "ACCURACY",
    "COMPARISONS",
    "exact_kernel",
    "inverse_root",
    "jacobian",
    "long_sequences",
    "response",
    "small_integers",
]

Triple = tuple[Fraction, ...]
ACCURACY = Fraction(1, 10**12)
"""Of long convolutions, relative to the sum of the moduli of an output's own terms."""
LONG = 4097
"""Steps from which on the lagged inputs of one sequence are no longer formed as a matrix."""


def exact_kernel(x1: Any, x2: Any, *parts: Fraction) -> tuple[Any, Any]:
    """K (N, M, T, S) and the sums of its terms' moduli, in fractions."""
    x1, x2 = rationals(x1), rationals(x2)
    products, moduli = (
        np.tensordot(a, b, (2, 2)).transpose(0, 2, 1, 3) for a, b in ((x1, x2), (abs(x1), abs(x2)))
    )
    kernel, terms = products * 0, moduli * 0
    T, S = products.shape[2:]
    for k, rho in zip(range(min(T, S)), weights(*parts), strict=False):
        kernel[:, :, k:, k:] += rho * products[:, :, : T - k, : S - k]
        terms[:, :, k:, k:] += rho * moduli[:, :, : T - k, : S - k]
    return kernel, terms


def small_integers(rng: np.random.Generator, *shape: int) -> Int[np.ndarray, "..."]:
    """Integers from -4 to 4."""
    return rng.integers(-4, 5, shape)


def _ntk(rng: np.random.Generator) -> Cases:
    def cases(x1: Any, x2: Any, triple: Triple, *digits: int) -> Cases:
        variances = with_rates(*triple)
        kernel, terms = exact_kernel(x1, x1 if x2 is None else x2, *triple)
        roundings = 4 * min(kernel.shape[2:]) * np.shape(x1)[2] + 16
        for last_only in (False, True):
            of = (..., -1, -1) if last_only else ...
            yield close_to_sums(
                kernel[of],
                terms[of],
                roundings,
                numeric.ntk,
                x1,
                x2,
                variances=variances,
                last_only=last_only,
            )
            for places in digits:
                yield nearest(
                    kernel[of], numeric.ntk, x1, x2, variances=variances, last_only=last_only, digits=places
                )

    edges = [
        ("0", "0", "0"),
        ("0", "2", "3"),
        ("1/2", "0", "3"),
        ("1/2", "3", "0"),
        ("1", "1", "2"),
        ("3/2", "2", "1"),
    ]
    triples = [(Fraction(w), Fraction(f), Fraction(c)) for w, f, c in edges] + random_variances(rng, 2)
    for k, triple in enumerate(triples + AT_RATES[:4]):
        x1, x2 = small_integers(rng, 2, 5, 1 + k % 3), small_integers(rng, 3, 4, 1 + k % 3)
        yield from cases(x1, x2, triple, 1, 20)
        yield from cases(x2, x1, triple)
        yield from cases(x1, None, triple, 3)
        yield from cases(rng.standard_normal(x1.shape), x2, triple)
    yield from cases(small_integers(rng, 1, 30, 2), small_integers(rng, 2, 25, 2), triples[-1])
    tenths = np.array([Fraction(int(k), 10) for k in rng.integers(-30, 30, 12)], dtype=object).reshape(
        2, 3, 2
    )
    kernel, _ = exact_kernel(tenths, tenths, *triples[-1])
    texts = np.array([str(x) for x in tenths.flat]).reshape(tenths.shape)
    for x in (tenths, texts):
        yield nearest(kernel, numeric.ntk, x, variances=numeric.Variances(*triples[-1]), digits=7)
    for size1, size2, scale in (
        (1e-160, 1e-160, 1e300),
        (1e300, 1e300, 1e-300),
        (1e-310, 1e200, 1e100),
        (1e160, 1e-320, 1),
    ):
        x1, x2 = size1 * rng.uniform(1, 2, (2, 3, 1)), size2 * rng.uniform(-2, 2, (1, 4, 1))
        for w in (Fraction(1, 2), Fraction(10) ** -200):
            yield from cases(x1, x2, (w, Fraction(scale), Fraction(2)), 12)
        for rates in (("1", "0", "0"), ("1e200", "1", "1e-200")):
            parts = Fraction(1, 2), Fraction(scale), Fraction(2), *map(Fraction, rates)
            yield from cases(x1, x2, parts, 12)
    huge = np.full((1, 2, 1), 1e200)
    yield refused(numeric.ntk, huge, variances=numeric.Variances(1), error=OverflowError)
    yield refused(numeric.ntk, huge, variances=numeric.Variances(1), last_only=True, error=OverflowError)
    yield refused(numeric.ntk, huge, np.ones((1, 2, 2)), variances=numeric.Variances(1))


def jacobian(
    W: Shaped[np.ndarray, "n n"], F: Shaped[np.ndarray, "n n_x"], C: Shaped[np.ndarray, "n_y n"], lags: int
) -> Shaped[np.ndarray, "parameters lags n_y n_x"]:
    """The derivatives of ``C W^j F`` by every entry of W, F and C: tangents of ``h <- W h``, ``y = C h``."""
    rows = []
    for which, place in [(k, p) for k, matrix in enumerate((W, F, C)) for p in np.ndindex(matrix.shape)]:
        dW, dF, dC = (np.zeros_like(matrix) for matrix in (W, F, C))
        (dW, dF, dC)[which][place] = 1
        h, dh, row = F, dF, []
        for _ in range(lags):
            row.append(dC @ h + C @ dh)
            h, dh = W @ h, dW @ h + W @ dh
        rows.append(row)
    return np.array(rows)


def response(
    W: Shaped[np.ndarray, "n n"], F: Shaped[np.ndarray, "n n_x"], C: Shaped[np.ndarray, "n_y n"], lags: int
) -> Shaped[np.ndarray, "lags n_y n_x"]:
    """``C W^j F``, unrolled."""
    h, outputs = F, []
    for _ in range(lags):
        outputs.append(C @ h)
        h = W @ h
    return np.array(outputs)


def inverse_root(n: int) -> Fraction:
    """``n^(-1/2)``, to 40 places."""
    return Fraction(10**40, isqrt(n * 10**80))


def _scales(n: int, lags: int) -> Any:
    """``n^(-(j+1)/2)``, one for each lag, for arrays (lags, n_y, n_x)."""
    return np.array([inverse_root(n) ** (j + 1) for j in range(lags)], dtype=object)[:, None, None]


SIZES = ((1, 1, 1), (4, 2, 3), (3, 3, 1), (2, 1, 2), (9, 1, 1), (1, 2, 2))  # n, n_x, n_y


def _networks(rng: np.random.Generator) -> Any:
    for n, n_x, n_y in SIZES:
        yield small_integers(rng, n, n), small_integers(rng, n, n_x), small_integers(rng, n_y, n)


def _lag_kernel(rng: np.random.Generator) -> Cases:
    for W, F, C in _networks(rng):
        for lags in (1, 2, 5):
            yield _contracted(W, F, C, lags)
        for rates in ((0, 0, 1), (1, 0, 0), (3, 5, 2)):
            yield _contracted(W, F, C, 5, *rates)
    for w in (Fraction(1, 2), Fraction(-3)):  # dL_i/dw, dL_i/df and dL_i/dc of L_i = c w^i f at once
        c, f, lags = 5, 3, 50
        by = [[(i * c * w ** (i - 1) * f if i else 0), c * w**i, w**i * f] for i in range(lags)]
        J = np.array(by, dtype=object)
        right = (J @ J.T).reshape(lags, 1, 1, lags, 1, 1)
        network = [[float(w)]], [[f]], [[c]]
        yield close_to_sums(right, abs(right), 8 * lags, numeric.lag_kernel, *network, lags)
    yield refused(numeric.lag_kernel, [[1e200]], [[1.0]], [[1.0]], 3, error=OverflowError)
    yield refused(numeric.lag_kernel, [[1.0]], [[1.0]], [[1.0]], 0)


def _contracted(W: Any, F: Any, C: Any, lags: int, *rates: int) -> Case:
    n, scales = len(W), _scales(len(W), lags)
    J, moduli = (jacobian(*matrices, lags) for matrices in ((W, F, C), (abs(W), abs(F), abs(C))))
    scale = np.multiply.outer(scales, scales)
    by_entry = np.repeat(rates or (1, 1, 1), [W.size, F.size, C.size])
    right, terms = (np.tensordot(x, (x.T * by_entry).T, (0, 0)).astype(object) * scale for x in (J, moduli))
    given = [numeric.Network(W, F, C, rates=numeric.Rates(*rates))] if rates else [W, F, C]
    return close_to_sums(right, terms, 4 * lags * (n + 2) + 16, numeric.lag_kernel, *given, lags)


def _impulse_response(rng: np.random.Generator) -> Cases:
    for W, F, C in _networks(rng):
        for lags in (1, 2, 6):
            right, terms = (
                response(*m, lags) * _scales(len(W), lags) for m in ((W, F, C), (abs(W), abs(F), abs(C)))
            )
            yield close_to_sums(
                right, terms, 2 * lags * (len(W) + 2) + 8, numeric.impulse_response, W, F, C, lags
            )
    yield refused(numeric.impulse_response, [[1e200]], [[1.0]], [[1.0]], 3, error=OverflowError)


def _sequence_kernel(rng: np.random.Generator) -> Cases:
    for n_x, n_y, same in ((1, 1, False), (2, 3, False), (3, 2, True), (1, 2, True)):
        theta = small_integers(rng, 5, n_y, n_x, 5, n_y, n_x)
        x1, x2 = small_integers(rng, 2, 3, n_x), small_integers(rng, 3, 5, n_x)
        second = x1 if same else x2
        right = np.zeros((2, len(second), 3, n_y, second.shape[1], n_y), dtype=int)
        for t, s in product(range(3), range(second.shape[1])):
            for i, j in product(range(t + 1), range(s + 1)):
                block = theta[i, :, :, j]
                right[:, :, t, :, s] += np.einsum("nx,pxqy,my->nmpq", x1[:, t - i], block, second[:, s - j])
        yield close(
            right, 0, numeric.sequence_kernel, theta, x1, None if same else x2
        )  # integers: no rounding
    yield refused(numeric.sequence_kernel, theta, small_integers(rng, 1, 6, 1))


def _convolved(L: Float[np.ndarray, "lags n_y n_x"], x: Float[np.ndarray, "N T n_x"]) -> Any:
    """The outputs, (N, T, n_y), in fractions."""
    (N, T, n_x), n_y = x.shape, L.shape[1]
    outputs = np.zeros((N, T, n_y), dtype=object)
    for n, p, k in np.ndindex(N, n_y, n_x):
        outputs[n, :, p] += convolved(Dyadic.of(L[:, p, k]), Dyadic.of(x[n, :, k])).at(range(T))
    return outputs


def long_sequences(rng: np.random.Generator) -> dict[str, tuple[Any, Any]]:
    """Responses and inputs, of 4097 steps and more: ordinary, and of sizes that differ by many orders."""
    at, later = np.arange(float(LONG)), np.arange(6000.0)
    sizes = [10.0 ** rng.integers(-30, 30, LONG) for _ in range(2)]
    noise = rng.standard_normal((4, LONG))
    return {
        "growing response": (1.05**at, np.ones(LONG)),
        "falling response": (0.97**at, 1 + noise[0] ** 2),
        "growing inputs": (noise[1], 1.03**at),
        "growing and alternating": ((-1.02) ** later, rng.standard_normal(later.size)),
        "jumping": (noise[2] * sizes[0], noise[3] * sizes[1]),
        "ordinary": (noise[0] / (1 + at), noise[1]),
    }


def _convolve(rng: np.random.Generator) -> Cases:
    for lags, n_y, n_x, N, T in (
        (1, 1, 1, 1, 1),
        (3, 1, 1, 2, 5),
        (4, 2, 3, 3, 4),
        (7, 3, 2, 1, 4),
        (40, 1, 2, 2, 60),
    ):
        L, x = rng.standard_normal((lags, n_y, n_x)), rng.standard_normal((N, T, n_x))
        for a, b in (
            (L, x),
            (small_integers(rng, *L.shape), small_integers(rng, *x.shape)),
            (1e-200 * L, 1e-100 * x),
        ):
            right, terms = (
                _convolved(a.astype(float), b.astype(float)),
                _convolved(abs(a) * 1.0, abs(b) * 1.0),
            )
            yield close_to_sums(right, terms, 2 * lags * n_x + 4, numeric.convolve, a, b)
    yield refused(numeric.convolve, [[[1e200]]], [[[1e200]]], error=OverflowError)
    yield refused(numeric.convolve, np.ones((2, 1, 2)), np.ones((1, 3, 1)))


def _long_convolve(rng: np.random.Generator) -> Cases:
    for kind, (response_, inputs) in long_sequences(rng).items():
        at = np.unique(np.concatenate((np.arange(40), np.geomspace(40, len(inputs) - 1, 400).astype(int))))
        L, x = Dyadic.of(response_), Dyadic.of(inputs)
        right, terms = convolved(L, x).at(at), convolved(abs(L), abs(x)).at(at)
        yield close(right, terms * ACCURACY, _outputs_at, at, response_, inputs).named(kind)


def _outputs_at(at: Any, response_: Any, inputs: Any) -> Any:
    return numeric.convolve(response_[:, None, None], inputs[None, :, None])[0, at, 0]


COMPARISONS = (
    Comparison("ntk", "the sum over lags", _ntk),
    Comparison("lag_kernel", "the Jacobian by the product rule, times itself", _lag_kernel),
    Comparison("impulse_response", "the network unrolled", _impulse_response),
    Comparison("sequence_kernel", "the sum over two lags", _sequence_kernel),
    Comparison("convolve", "products of polynomials over the integers", _convolve),
    Comparison(f"convolve, {LONG} steps and more", "to 1e-12 of each output's own terms", _long_convolve),
)
