r"""Kernels of sequences for any network: ``K_ts = sum_ij Theta_ij <x_{t-i}, x'_{s-j}>``, without biases.

*Exactly* (:func:`exact_evaluation`) K is the calculus of :mod:`numeric.model` on the Gram of the inputs.  In
float64 (:func:`float_kernel`) there are three ways, in this order:

1. *A chain of dense and leaky layers* by their recursions (:mod:`numeric.layer_recursions`), ``O(N M T S (n_x
   + D))`` operations for D layers.
2. *Features.*  Theta is a sum of few squares where a single layer has few eigenvalues
   (:mod:`numeric.spectral_features`): K is one product of matrices, ``O(N M T S n_x rank)``.
3. *The limit kernel itself*, of ``min(T, S)`` lags: where it is diagonal each diagonal of the inputs' Gram
   times a Toeplitz matrix of the lag weights, ``O(N M T S min(T, S))``; else ``X Theta X'``, X the lagged
   inputs, with ``min(T, S) n_x`` for ``n_x + D``.

The kernel of the last outputs is the third way at one time: one product of matrices.

Each entry is off by at most ``(n_x + 8 D) (T + S + 2) 2^-53`` of the sum of its absolute terms, in which
``t_ab`` of a diagonal transition of given eigenvalues counts with ``E |lambda|^{a+b}``: all sums are of
products with factors that are not negative, or of a modulus that counts.  In the first way a term meets
three roundings at each of at most ``T + S`` steps, ten in each layer, and the product of the inputs; in the
others sums of at most ``n_x (T + S)`` terms, and for the limit kernel those of :mod:`numeric.networks`.
Underflow adds at most 2^-1000.  What may have been lost beyond that, and what is not finite, is computed in
balls, a pair of sequences at a time.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64, Shaped

from numeric.arguments import refuse_too_large
from numeric.certified import Evaluate, certified_floats
from numeric.float_range import COMFORT, exponents, least_trusted
from numeric.lagged import lagged_matrix
from numeric.layer_recursions import layer_steps, recursion
from numeric.limit import diagonal_limit
from numeric.model import NOTHING, Layer, Model, Part, ToNumber, Values, propagated
from numeric.spectral_features import spectral_features

__all__ = ["Chain", "exact_evaluation", "float_kernel", "float_values", "reservoir"]

_FORMED = 2**22
"""Entries of lagged inputs or features formed at once."""

_QUIET: Any = {"over": "ignore", "under": "ignore", "invalid": "ignore"}
"""Overflow is found in the result."""


@dataclass(frozen=True)
class Chain(Model):
    """A network given by its layers."""

    name: ClassVar[str] = "chain"
    layers: tuple[Layer, ...] = ()
    readout: Part = NOTHING
    readout_bias: Part = NOTHING
    exact: bool = True


def reservoir(model: Model) -> Model:
    """The network whose NTK is the NNGP of the given one: of its trained parts, ``eta_C s_D`` remains.

    >>> from numeric import Variances
    >>> reservoir(Variances("0.5", 2, 3)).readout
    Part(variance=Fraction(3, 1), rate=Fraction(3, 1))
    """
    share = Fraction(1, 2) if model.complex else Fraction(1)
    variance, bias = model.readout.variance, model.readout_bias.variance
    return Chain(_frozen(model.layers), Part(variance, share * variance), Part(bias, bias))


def _frozen(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    def still(part: Part) -> Part:
        return replace(part, rate=Fraction(0))

    return tuple(
        Layer(layer.transition, Fraction(0), still(layer.input), still(layer.bias), still(layer.initial))
        for layer in layers
    )


def exact_evaluation(
    x1: Shaped[np.ndarray, "N T n_x"], x2: Shaped[np.ndarray, "M S n_x"], model: Model, last_only: bool
) -> Evaluate:
    """The kernel in any kind of number, flat: of shape (N, M, T, S), or (N, M) with ``last_only``."""
    exact1, exact2 = (np.frompyfunc(Fraction, 1, 1)(x.astype(object)) for x in (x1, x2))

    def evaluate(number: ToNumber) -> Any:
        left, right = (np.frompyfunc(number, 1, 1)(x) for x in (exact1, exact2))
        if not last_only:
            products = np.tensordot(left, right, (2, 2)).transpose(1, 3, 0, 2)
            return propagated(model, products, 2, number).ntk.transpose(2, 3, 0, 1).flat
        left, right = left[:, ::-1], right[:, ::-1]  # by lag
        if model.diagonal:
            weights = diagonal_limit(model, min(left.shape[1], right.shape[1]), number)
            return sum((left[:, k] @ right[:, k].T) * rho for k, rho in enumerate(weights)).flat
        theta = propagated(model, _impulse(left.shape[1], right.shape[1], number), 2, number).ntk
        mixed = np.tensordot(left, theta, (1, 0))  # n x j
        return np.tensordot(mixed, right, ((1, 2), (2, 1))).flat

    return evaluate


def _impulse(T: int, S: int, number: ToNumber, dtype: type = object) -> Values:
    gram: Values = np.full((T, S), number(Fraction(0)), dtype=dtype)
    gram[0, 0] = number(Fraction(1))
    return gram


def float_kernel(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], model: Model, last_only: bool
) -> Float64[np.ndarray, "N M T S"] | Float64[np.ndarray, "N M"]:
    """The kernel in float64.

    Raises
    ------
    OverflowError
        If an entry is not in float64's range.
    """
    shape = (len(x1), len(x2)) if last_only else (len(x1), len(x2), x1.shape[1], x2.shape[1])
    model = _without_dead_signal(model)
    with np.errstate(**_QUIET):
        kernel, floor = (_of_last_outputs if last_only else _of_all_outputs)(x1, x2, model)
        trusted: np.ndarray = np.isfinite(kernel) & (abs(kernel) >= floor)
    if not last_only and floor:
        silent1, silent2 = ((np.cumsum(x.any(axis=2), axis=1) == 0) for x in (x1, x2))  # so far
        trusted |= silent1[:, None, :, None] | silent2[None, :, None, :]
    for n, m in np.argwhere(~trusted.reshape(*shape[:2], -1).all(axis=2)):
        pair = x1[n : n + 1], x2[m : m + 1]
        values = certified_floats(exact_evaluation(*pair, model, last_only))
        kernel[n, m] = np.reshape(values, kernel.shape[2:])
    return kernel


def _without_dead_signal(model: Model) -> Model:
    """Where nu_F of the first layer is 0 only training it counts, and ``k_1 = T eta_F g`` is a signal."""
    first = model.layers[0]
    if first.input.variance or not first.input.rate:
        return model
    layers = _frozen(model.layers)
    alive = replace(layers[0], input=Part(Fraction(1), Fraction(0)))
    c = model.readout.variance
    return Chain((alive, *layers[1:]), Part(c, c * first.input.rate))


def _of_all_outputs(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], model: Model
) -> tuple[Float64[np.ndarray, "N M T S"], float]:
    (N, T, _), (M, S, _) = x1.shape, x2.shape
    steps = layer_steps(model)
    if steps is not None:
        floor = steps.floor(x1, x2)
        return (np.zeros((N, M, T, S)) if floor == math.inf else recursion(x1, x2, steps)), floor
    features = spectral_features(model)
    if features is not None and features.rank < min(T, S):
        floor = features.floor(x1, x2)
        if floor == math.inf:
            return np.zeros((N, M, T, S)), floor
        return _products(x1, x2, features.of, features.of, features.rank), floor
    if model.diagonal:
        weights, lossy = _limit(model, min(T, S))
        kernel = np.zeros((N, M, T, S)) if weights is None else _along_diagonals(x1, x2, weights)
        return kernel, _floor(x1, x2, weights, lossy)
    theta, lossy = _limit(model, T, S)
    if theta is None:
        return np.zeros((N, M, T, S)), math.inf
    kernel = _products(x1, x2, lambda x: _lagged(x) @ theta, _lagged, max(T, S))
    return kernel, _floor(x1, x2, theta, lossy)


def _of_last_outputs(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], model: Model
) -> tuple[Float64[np.ndarray, "N M"], float]:
    """``sum_ij Theta_ij <x_{T-1-i}, x'_{S-1-j}>``; of a diagonal Theta_ii half on either side."""
    T, S = x1.shape[1], x2.shape[1]
    lags = min(T, S)
    limit, lossy = _limit(model, lags) if model.diagonal else _limit(model, T, S)
    if limit is None:
        return np.zeros((len(x1), len(x2))), math.inf
    if model.diagonal:
        root = np.sqrt(limit)[::-1, None]
        left, right = ((x[:, -lags:] * root).reshape(len(x), -1) for x in (x1, x2))
        floor = _floor(x1, x2, np.sqrt(limit), lossy, sides=2)
    else:
        left = np.tensordot(x1[:, ::-1], limit, (1, 0)).reshape(len(x1), -1)  # n x j
        right = x2[:, ::-1].transpose(0, 2, 1).reshape(len(x2), -1)
        floor = _floor(x1, x2, limit, lossy)
    return left @ right.T, floor


def _limit(model: Model, *lags: int) -> tuple[Float64[np.ndarray, "..."] | None, bool]:
    """The limit of Theta, or its diagonal for a single number of lags; and whether underflow cost anything.

    None if it is not in float64's range.
    """
    refuse_too_large("ntk: the limit kernel of so many lags", 8 * math.prod(lags), "take fewer steps")
    if len(lags) == 2:
        pulse, other = (np.eye(1, length)[..., None] for length in lags)
        if (steps := layer_steps(model)) is not None and steps.floor(pulse, other) == 0:
            kernel = recursion(pulse, other, steps)[0, 0]
            if np.isfinite(kernel).all():
                return kernel, not steps.lossless(pulse, other)
        if (features := spectral_features(model)) is not None and features.floor(pulse, other) == 0:
            kernel = _products(pulse, other, features.of, features.of, features.rank)[0, 0]
            if np.isfinite(kernel).all():
                return kernel, True

    def evaluate(number: ToNumber, dtype: type) -> Values:
        if len(lags) == 1:
            return diagonal_limit(model, lags[0], number, dtype)
        return propagated(model, _impulse(lags[0], lags[1], number, dtype), 2, number).ntk

    return float_values(evaluate, lags)


def float_values(
    evaluate: Callable[[ToNumber, type], Values], shape: tuple[int, ...]
) -> tuple[Float64[np.ndarray, "..."] | None, bool]:
    """In float64 what ``evaluate`` computes in any numbers, and whether underflow cost anything.

    Where it would on the way, by way of balls.  None if it is not in float64's range.
    """
    try:
        with np.errstate(over="raise", under="raise", invalid="raise"):
            return evaluate(_normal, float).astype(float), False
    except (FloatingPointError, OverflowError):
        pass
    try:
        values = certified_floats(lambda number: evaluate(number, object).flat)
    except OverflowError:
        return None, True
    return np.reshape(values, shape), True


def _normal(x: Fraction) -> np.float64:
    """The nearest float64, of NumPy as errors are then its own; FloatingPointError where it underflows."""
    value = np.float64(x)
    if x and abs(value) < 2.0**-1022:
        raise FloatingPointError
    return value


def _floor(
    x1: Float64[np.ndarray, "N T n_x"],
    x2: Float64[np.ndarray, "M S n_x"],
    limit: Float64[np.ndarray, "..."] | None,
    lossy: bool,
    sides: int = 1,
) -> float:
    """The size below which the kernel may lack digits: what it loses times 2^52, all in exponents of 2.

    Underflow takes away less than 2^-1074, times what it is multiplied by later.  ``limit``, or its root, is
    on so many sides of the product.
    """
    if limit is None:
        return math.inf
    (low1, high1), (low2, high2), (low, high) = map(exponents, (x1, x2, limit))
    least = min(low1 + low, low2 + low, low1 + low2, low1 + low2 + sides * low)
    later = max(0, high1 + high2, high1 + high, high2 + high)
    return least_trusted(not lossy and least >= -COMFORT, math.log2(x1.shape[1] * x2.size / len(x2)) + later)


def _products(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], left: Any, right: Any, width: int
) -> Float64[np.ndarray, "N M T S"]:
    """Products of what ``left`` and ``right`` make of the sequences, (N, T, n_x, width) each at most."""
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    kernel: np.ndarray = np.empty((N, T, M, S))
    for n in _chunks(N, T * n_x * width):
        rows = left(x1[n]).reshape((n.stop - n.start) * T, -1)
        for m in _chunks(M, S * n_x * width):
            columns = right(x2[m]).reshape((m.stop - m.start) * S, -1)
            kernel[n, :, m] = (rows @ columns.T).reshape(n.stop - n.start, T, m.stop - m.start, S)
    return kernel.transpose(0, 2, 1, 3)


def _chunks(count: int, size: int) -> Iterator[slice]:
    each = max(1, _FORMED // max(1, size))
    return (slice(start, min(start + each, count)) for start in range(0, count, each))


# The third way: the limit kernel


def _lagged(x: Float64[np.ndarray, "N T n_x"]) -> Float64[np.ndarray, "N T n_x T"]:
    N, T, n_x = x.shape
    return lagged_matrix(x, T, 0).reshape(N, T, T, n_x).swapaxes(2, 3)


def _along_diagonals(
    x1: Float64[np.ndarray, "N T n_x"],
    x2: Float64[np.ndarray, "M S n_x"],
    weights: Float64[np.ndarray, " lags"],
) -> Float64[np.ndarray, "N M T S"]:
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    kernel: np.ndarray = x1.reshape(N * T, n_x) @ x2.transpose(2, 1, 0).reshape(n_x, S * M)
    kernel = kernel.reshape(N, T, S, M)
    lags = len(weights)
    toeplitz = lagged_matrix(weights[None, :, None], lags, 0)
    offsets = np.arange(1 - T, S)
    for n in _chunks(N, lags * M):
        block = kernel[n]
        for part in _chunks(len(offsets), len(block) * lags * M):
            t, s = (np.arange(lags)[:, None] + np.maximum(sign * offsets[part], 0) for sign in (-1, 1))
            diagonals = block[
                :, np.minimum(t, T - 1), np.minimum(s, S - 1)
            ]  # what is beyond the end comes last
            filtered = (toeplitz @ diagonals.reshape(len(block), lags, -1)).reshape(diagonals.shape)
            inside = (t < T) & (s < S)
            block[:, t[inside], s[inside]] = filtered[:, inside]
    return kernel.transpose(0, 3, 1, 2)
