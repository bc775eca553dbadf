"""What drives a network: its inputs, and in each layer a bias and an initial state that is trained.

The calculus of :mod:`numeric.model` is linear in all of them.  So the kernel is that of the network without
biases, plus for each bias of a layer that of the layers from there on, driven by the constant 1 with the
bias's variance and rate for nu_F and eta_F, and for the last layer's initial state the same for an impulse
one step before the first input; plus the readout's own bias, and a table of times for other initial states.
These know of two sequences no more than their lengths.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped

from numeric.arguments import refuse_too_large
from numeric.certified import float64_overflow
from numeric.layered import without_biases
from numeric.model import NOTHING, Layer, Model, ToNumber, Values, propagated
from numeric.network_kernels import Chain, float_values
from numeric.sequence_lengths import aligned, averaged, ended

__all__ = ["InitialStates", "Source", "kernel_sources"]


@dataclass(frozen=True)
class Source:
    """A part of the kernel: a network without biases, the sequences that drive it, and whose they are."""

    model: Model
    x1: Shaped[np.ndarray, "n T n_x"]
    x2: Shaped[np.ndarray, "m S n_x"]
    rows: Int[np.ndarray, " N"] | None = None
    """Which of ``x1`` stands for each sequence; None where all stand for themselves."""
    columns: Int[np.ndarray, " M"] | None = None
    steps_before: int = 0
    """Steps before the first of the inputs."""

    def spread(self, values: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
        """What is computed for these sequences, for all sequences and from their first inputs on."""
        if values.ndim == 4:  # of a bias one for all
            return values[:, :, self.steps_before :, self.steps_before :]
        return values if self.rows is None or self.columns is None else values[self.rows][:, self.columns]


@dataclass(frozen=True)
class InitialStates:
    """What trained initial states below the last layer add, at all times of two sequences.

    The layers above read nothing of them one step before the start, so that no input has the same effect.
    """

    model: Model
    steps: tuple[int, int]
    ends: tuple[Int[np.ndarray, " N"], Int[np.ndarray, " M"]]
    how: str

    def values(self, number: ToNumber, dtype: type = object) -> Values:
        """As they are spread over all sequences, (1, 1, T, S) or (N, M)."""
        gram: Values = np.full([steps + 1 for steps in self.steps], number(Fraction(0)), dtype=dtype)
        table = propagated(self.model, gram, 2, number, biases=True).ntk[1:, 1:]
        if self.how == "whole":
            return table[None, None]
        if self.how == "mean":
            sums = np.cumsum(np.cumsum(table, axis=0), axis=1)
            for axis, steps in enumerate(self.steps):
                shares: Values = np.array([number(Fraction(1, t + 1)) for t in range(steps)], dtype=dtype)
                sums = sums * np.expand_dims(shares, 1 - axis)
            table = sums
        outputs: Values = table[np.ix_(*(ends - 1 for ends in self.ends))]
        return outputs

    def floats(self) -> Values:
        """In float64; OverflowError if they are not in its range."""
        shape = (1, 1, *self.steps) if self.how == "whole" else tuple(map(len, self.ends))
        values, _ = float_values(self.values, shape)
        if values is None:
            raise float64_overflow()
        return values


def kernel_sources(
    model: Model,
    x1: Shaped[np.ndarray, "N T n_x"],
    x2: Shaped[np.ndarray, "M S n_x"],
    ends: tuple[Int[np.ndarray, " N"], Int[np.ndarray, " M"]],
    how: str,
) -> Iterator[Source | InitialStates]:
    """The parts of the kernel, of all outputs or, for ``how`` "last" and "mean", of last ones."""
    one = Fraction(1) if x1.dtype == object else 1.0
    yield Source(without_biases(model), _driven(x1, ends[0], how, one), _driven(x2, ends[1], how, one))
    if not model.biased:
        return
    steps = x1.shape[1], x2.shape[1]
    last = len(model.layers) - 1
    for number, layer in enumerate(model.layers):
        for part, before in ((layer.bias, 0), (layer.initial, 1)):
            if part == NOTHING or (before and number < last):
                continue
            pairs = [_alone(T, end, how, one, before) for T, end in zip(steps, ends, strict=True)]
            above = _unbiased(model, number)
            first = replace(above.layers[0], input=part)
            (left, rows), (right, columns) = pairs
            yield Source(
                replace(above, layers=(first, *above.layers[1:])), left, right, rows, columns, before
            )
    if any(layer.initial != NOTHING for layer in model.layers[:-1]):
        refuse_too_large("initial: the kernel of initial states", 8 * math.prod(steps), "take fewer steps")
        unbiased = [replace(layer, bias=NOTHING) for layer in model.layers]
        unbiased[-1] = replace(unbiased[-1], initial=NOTHING)
        yield InitialStates(Chain(tuple(unbiased), model.readout), steps, ends, how)


def _unbiased(model: Model, start: int) -> Chain:
    def unbiased(layer: Layer) -> Layer:
        return replace(layer, bias=NOTHING, initial=NOTHING)

    return Chain(tuple(map(unbiased, model.layers[start:])), model.readout)


def _driven(
    x: Shaped[np.ndarray, "N T n_x"], ends: Int[np.ndarray, " N"], how: str, one: Any
) -> Shaped[np.ndarray, "N T n_x"]:
    if how == "mean":
        return averaged(x, ends, one)
    return aligned(x, ends) if how == "last" else ended(x, ends)


def _alone(
    T: int, ends: Int[np.ndarray, " N"], how: str, one: Any, before: int
) -> tuple[Shaped[np.ndarray, "lengths steps 1"], Int[np.ndarray, " N"]]:
    """The constant 1, or an impulse ``before`` the start, for each length; and whose they are."""
    lengths, place = np.unique(ends, return_inverse=True)
    if how == "whole":  # what comes later does not matter
        lengths, place = np.array([T]), place * 0
    signals = np.full((len(lengths), T + before, 1), one)
    if before and how == "mean":  # the sum over the outputs at times 0 to T - 1 alone
        x = signals * np.array([one / int(end) for end in lengths], dtype=signals.dtype)[:, None, None]
        x[np.arange(len(lengths)), lengths] = one * 0
        return aligned(x, lengths + 1), place
    if before:
        signals[:, 1:] = one * 0
    return _driven(signals, lengths + before, how, one), place
