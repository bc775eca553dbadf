r"""The kernel of sequences of a chain of dense and leaky layers, by the recursions of all layers at once.

They run side by side over the rows of the inputs' Gram, or where a layer is leaky over the antidiagonals
``t + s = d``, on which no entry needs another.  With ``s_l = prod_{m<=l} nu_F,m S_l`` and
``k_l = B prod_{m<=l} nu_F,m K_l`` the calculus of :mod:`numeric.model` becomes

    S_l = T_l S_{l-1},    K_l = T_l (K_{l-1} + eta_F/(nu_F B) S_{l-1} + eta_W/B z w S_l),
    K = B nu_C prod nu_F (K_D + eta_C/(nu_C B) S_D),

whose factors are 1 where all parts are trained alike and nu_F is 1.  ``T_l`` is the recursion of
:mod:`numeric.networks.leaky`, with decay 0 for a dense layer.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64

from numeric.dense import DenseTransition
from numeric.float_range import COMFORT, exponent, exponents, least_trusted
from numeric.model import Model, Values
from numeric.networks.leaky import LeakyTransition

__all__ = ["LayerSteps", "layer_steps", "recursion"]

_BLOCK = 2**15
"""Entries of the kernel computed together, on a row or an antidiagonal."""

_QUIET: Any = {"over": "ignore", "under": "ignore", "invalid": "ignore"}
"""Overflow is found in the result."""


@dataclass(frozen=True)
class LayerSteps:
    """The factors of the recursions; of each layer those of its own values and those of what it is given."""

    decays: tuple[Fraction, ...]
    variances: tuple[Fraction, ...]
    signals: tuple[Fraction, ...]
    """eta_F/(nu_F B)."""
    trained: tuple[Fraction, ...]
    """eta_W/B."""
    scale: Fraction
    """Of the inputs' Gram."""
    hidden: Fraction
    """Of K_D in the output, 0 or 1."""
    last: Fraction
    """Of S_D."""

    def lossless(self, x1: Values, x2: Values) -> bool:
        """Whether no product on the way can be small enough for underflow."""
        lags = x1.shape[1] + x2.shape[1]
        least = min(exponents(x1)[0], 0.0) + min(exponents(x2)[0], 0.0)
        of_steps = [0.0, *(exponent(x) for x in self.decays if x)]
        of_steps += [exponent(x) / 2 for x in self.variances if x]  # of two steps
        least += min(0.0, exponent(self.scale)) + lags * min(of_steps)
        least += sum(min(0.0, exponent(x)) for x in (*self.signals, *self.trained, self.last) if x)
        return bool(least >= -COMFORT)

    def floor(self, x1: Values, x2: Values) -> float:
        """As :func:`numeric.float_range.least_trusted`."""
        if not self.scale:
            return 0.0
        factors = (*self.decays, *self.variances, *self.signals, *self.trained, self.scale, self.last)
        if max(abs(exponent(x)) for x in factors if x) > COMFORT:
            return math.inf
        totals = [
            _total(d, w, x1.shape[1], x2.shape[1]) for d, w in zip(self.decays, self.variances, strict=True)
        ]
        of_sources = max(0.0, *(exponent(x) for x in (*self.signals, *self.trained, self.last) if x), 0.0)
        later = sum(totals) + max(totals) + 2 * of_sources + max(0, exponents(x2)[1])
        ways = math.log2(16 * x1.shape[2] * len(totals) * (2 * len(totals) + 1))
        return least_trusted(self.lossless(x1, x2), ways + later)


def _total(decay: Fraction, variance: Fraction, T: int, S: int) -> float:
    """The exponent of a bound of ``sum t_ab`` over the lags: ``T(1, 1)``, or their number times the greatest.

    ``t_ab <= (lambda + sqrt(nu_W))^{a+b}`` by the inequality of Cauchy and Schwarz.
    """
    lags = min(T, S) if not decay else T * S
    rise = math.log2(lags) + (T + S) * max(0.0, _log_sum(decay, variance))
    left = (1 - decay) ** 2 - variance
    return min(rise, -exponent(left)) if decay < 1 and left > 0 else rise


def _log_sum(decay: Fraction, variance: Fraction) -> float:
    """``log2(lambda + sqrt(nu_W))``, or at most 1 more."""
    sizes = ([exponent(decay)] if decay else []) + ([exponent(variance) / 2] if variance else [])
    return max(sizes, default=0.0) + max(0, len(sizes) - 1)


def layer_steps(model: Model) -> LayerSteps | None:
    """None if a layer is neither dense nor leaky, or hands nothing on."""
    layers = model.layers
    transitions: list[Any] = [layer.transition for layer in layers]
    if not all(type(T) in (DenseTransition, LeakyTransition) for T in transitions):  # and no subclass
        return None
    if not all(layer.input.variance for layer in layers):
        return None
    nothing, one = Fraction(0), Fraction(1)
    signals = [layer.input.rate / layer.input.variance for layer in layers]
    trained = [layer.rate for layer in layers]
    base = max(trained) or max(signals) or one
    through = math.prod((layer.input.variance for layer in layers), start=one)
    c, rate = model.readout.variance, model.readout.rate
    hidden = one if c and (any(signals) or any(trained)) else nothing
    return LayerSteps(
        tuple(T.decay if isinstance(T, LeakyTransition) else nothing for T in transitions),
        tuple(T.variance for T in transitions),
        tuple(x / base if hidden else nothing for x in signals),
        tuple(x / base if hidden else nothing for x in trained),
        through * c * base if hidden else through * rate,
        hidden,
        rate / (c * base) if hidden else one,
    )


class _Front:
    """The values of a recursion on the last antidiagonals, by t; before the start they are 0."""

    def __init__(self, decay: float, variance: float, sequences: int, T: int, M: int) -> None:
        self.decay, self.variance = decay, variance
        self.before, self.long_before, self.spare = np.zeros((3, sequences, T + 1, M))
        self.rows = np.zeros((sequences, T, M)) if decay else None

    def advance(self, start: int, stop: int, sources: list[Any], scratch: Values) -> Values:
        """The values at times start to stop of the next antidiagonal, from sums of sources times factors."""
        earlier, here = slice(start, stop), slice(start + 1, stop + 1)
        values, corner = self.spare[:, here], self.long_before[:, earlier]
        if self.rows is None:
            total = np.multiply(corner, self.variance, out=values)
        else:
            total = self.rows[:, earlier]
            total *= self.decay
            total += np.multiply(corner, self.variance, out=scratch)
        for source, factor in sources:
            total += source if factor == 1 else np.multiply(source, factor, out=scratch)
        if self.rows is not None:
            np.multiply(self.before[:, earlier], self.decay, out=values)
            values += total
        self.before, self.long_before, self.spare = self.spare, self.before, self.long_before
        return values


def recursion(
    x1: Float64[np.ndarray, "N T n_x"], x2: Float64[np.ndarray, "M S n_x"], steps: LayerSteps
) -> Float64[np.ndarray, "N M T S"]:
    """The kernel, where no factor is beyond float64: a product of matrices, then all steps where it lies."""
    (N, T, n_x), (M, S, _) = x1.shape, x2.shape
    if not steps.scale:
        return np.zeros((N, M, T, S))
    scaled = float(steps.scale) * x1.reshape(N * T, n_x)
    kernel: np.ndarray = scaled @ x2.transpose(2, 1, 0).reshape(n_x, S * M)
    kernel = kernel.reshape(N, T, S, M)
    factors = [
        tuple(map(float, of))
        for of in zip(steps.decays, steps.variances, steps.signals, steps.trained, strict=True)
    ]
    along = _antidiagonals if any(steps.decays) else _rows
    entries = M * (min(T, S) if any(steps.decays) else S)
    size = max(1, _BLOCK // entries)

    @np.errstate(**_QUIET)  # a thread does not inherit it
    def accumulate(start: int) -> None:
        along(kernel[start : start + size], factors, float(steps.last), bool(steps.hidden))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(accumulate, range(0, N, size)))
    return kernel.transpose(0, 3, 1, 2)


def _rows(block: Values, factors: list[tuple[float, ...]], last: float, hidden: bool) -> None:
    """All layers dense: a step along the diagonals moves a whole row, and values stay where they are.

    Of each recursion a window slides over them, with entry (t, s) at T - t + s.
    """
    sequences, T, S, M = block.shape
    layers = [[np.zeros((sequences, T + S, M)) for _ in range(1 + hidden)] for _ in factors]
    scratch = np.empty((sequences, S, M))

    def add(total: Values, values: Values, factor: float) -> None:
        if factor:
            total += values if factor == 1 else np.multiply(values, factor, out=scratch)

    for t in range(T):
        now, window = block[:, t], slice(T - t, T - t + S)
        signal, derivative = now, None
        for (_, w, of_signal, of_training), (s, *k) in zip(factors, layers, strict=True):
            values = s[:, window]
            if k:  # before s moves on
                total = k[0][:, window]
                total *= w
                add(total, values, of_training)
                add(total, signal, of_signal)
                if derivative is not None:
                    total += derivative
                derivative = total
            values *= w
            values += signal
            signal = values
        if derivative is None:
            np.multiply(signal, last, out=now)
        else:
            np.add(derivative, signal if last == 1 else np.multiply(signal, last, out=scratch), out=now)


def _antidiagonals(block: Values, factors: list[tuple[float, ...]], last: float, hidden: bool) -> None:
    """Any layers: a step moves an antidiagonal, on which no entry needs another."""
    sequences, T, S, M = block.shape
    fronts = [[_Front(decay, w, sequences, T, M) for _ in range(1 + hidden)] for decay, w, _, _ in factors]
    given, spare = np.empty((2, sequences, min(T, S), M))
    by_sequence, by_t, by_s, by_m = block.strides
    for d in range(T + S - 1):
        first, end = max(0, d - S + 1), min(T, d + 1)
        shape = (sequences, end - first, M)
        now = np.lib.stride_tricks.as_strided(
            block[:, first:, d - first :], shape, (by_sequence, by_t - by_s, by_m)
        )
        scratch, signal = (array[:, : end - first] for array in (spare, given))
        signal[:] = now
        derivative: Values | None = None
        for (_, _, of_signal, of_training), (s, *k) in zip(factors, fronts, strict=True):
            corner = s.long_before[:, first:end]
            after = s.advance(first, end, [(signal, 1.0)], scratch)
            if k:
                sources = [(derivative, 1.0)] if derivative is not None else []
                sources += [(x, f) for x, f in ((signal, of_signal), (corner, of_training)) if f]
                derivative = k[0].advance(first, end, sources, scratch)
            signal = after
        if derivative is None:
            np.multiply(signal, last, out=now)
        else:
            np.add(derivative, signal if last == 1 else np.multiply(signal, last, out=scratch), out=now)
