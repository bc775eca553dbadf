r"""Gradient descent, gradient flow and their limit in closed form: any number of steps at once.

A model whose impulse response is linear in its parameters, ``L = L^0 + R (theta - theta^0)``
(:mod:`numeric.linear_models` has two), has a loss that is quadratic in them.  With X the lagged inputs
(:mod:`numeric.task`), ``A = X R = U diag(s) V'`` (:mod:`numeric.modes`) and the residual ``r^0 = X L^0 - Y``,
the Hessian is ``H = A'A``, and gradient descent from theta^0 is

    theta^k - theta^0 = (I - (I - eta H)^k)(theta* - theta^0) = -V diag((1 - (1 - eta s^2)^k) / s) U' r^0:

each direction learns its own share (:mod:`numeric.learned`), fast where s is large.  Directions with
``s <= 10 eps s_max max(A.shape)``, delta for short, are beyond float64's reach, and are left as they start.

That loses something if such a direction is not null and r^0 has a part along it.  Let d be the part of r^0
beyond the directions kept: training would have changed the outputs by up to ``share(delta) |d|`` more, as s
is at most delta and shares grow with s.  The decomposition is that of ``A + E`` with |E| of the size of
delta, so that ``delta (|y| / s_max + |theta - theta^0|)`` of d is rounding, where |y| is the size of the
outputs; and a part of 1e-6 in them is tolerated.  More than the lesser of both is told
(:class:`numeric.PrecisionWarning`), where the model knows that some of these directions are not null.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from derivations import training_forms
from numeric.arguments import (
    MOST_COUNTS,
    Array,
    Count,
    Number,
    at_least,
    finite_array,
    finite_number,
    refuse_hidden,
    refuse_too_large,
)
from numeric.cached import cached_property
from numeric.certified import PrecisionWarning
from numeric.learned import by_descent, by_flow
from numeric.modes import PATIENCE, Modes

__all__ = ["Counts", "Descent", "counts", "step_size"]

_GREATEST = 1e150
"""Of s_max, whose square must be a float64."""
_MOST_STEPS = 10**300
_RESOLVED = 1e-9
"""The share of its last direction in what is learned below which the Krylov space suffices."""
_TOLERATED = 1e-6
"""The part of the outputs that may be lost without a warning."""
_SURE = 1024
"""Columns of an X that is formed in any case."""

Counts: TypeAlias = Count | Sequence[Count]

_Share: TypeAlias = Callable[[Float[np.ndarray, "rows modes"]], Float[np.ndarray, "rows modes"]]
"""The share of the way that is gone along each direction, from the singular values."""


@dataclass(frozen=True, eq=False)
class Descent:
    """A model's training in closed form; made by the functions of :mod:`numeric.linear_models`.

    Attributes
    ----------
    initial
        L^0, shape (lags, n_y, n_x).
    greatest
        s_max.
    modes
        The decomposition of A.
    lift
        R: from what the parameters have learned to what the impulse response has.
    sizes
        The length of the outputs wanted and of those at the start, for each row of the modes.
    weak
        Tells of each row whether some of the directions dropped are not null.
    finer
        Gives a decomposition that resolves more, if there is one.
    """

    initial: Float[np.ndarray, "lags n_y n_x"]
    greatest: float
    modes: Modes
    lift: Callable[[Float[np.ndarray, "rows columns"]], Float[np.ndarray, "lags n_y n_x"]]
    sizes: Float[np.ndarray, " rows"]
    weak: Callable[[], Bool[np.ndarray, " rows"]]
    finer: Callable[[], Modes] | None = None

    def __post_init__(self) -> None:
        if self.greatest and not 1 / _GREATEST <= self.greatest <= _GREATEST:
            raise OverflowError("weights times squared inputs leave the range of float64; scale either")

    @property
    def largest_step(self) -> float:
        """2 / lam_max, the largest stable step of gradient descent; infinite if there is nothing to learn."""
        return training_forms.largest_step(self.greatest**2) if self.greatest else np.inf

    @property
    def distance(self) -> float:
        """``|theta* - theta^0|`` for the nearest of the minimisers theta*.

        Warns as :meth:`limit` does.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            _, coordinates, lost = self._learned(np.ones_like)
            distance = math.hypot(*coordinates.ravel())
        if not math.isfinite(distance):
            raise OverflowError("the nearest minimiser is beyond the range of float64")
        _tell_loss(lost)
        return distance

    def steps(self, steps: Counts, step: Number | None = None) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        """The impulse responses after so many steps of gradient descent, of size ``1 / lam_max`` by default.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.

        Raises
        ------
        ValueError
            If a number of steps is not an integer from 0 to 10^300, if there are more than 10^5 of
            them, or the step is not positive or larger than ``largest_step``.
        """
        eta = step_size(step, self.largest_step)
        numbers = counts("steps", steps)
        shares = [lambda s, k=k: by_descent(s**2, eta, k) for k in numbers]
        return self._responses(shares, np.asarray(steps, dtype=object).shape)

    def flow(self, times: Array) -> Float[np.ndarray, "*times lags n_y n_x"]:
        """The impulse responses at times of the gradient flow ``d theta / dt = -dJ/d theta``.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.

        Raises
        ------
        ValueError
            If a time is negative or not finite, or there are more than 10^5 of them.
        """
        times = finite_array("times", times, None)
        if times.size and times.min() < 0:
            raise ValueError(f"times must be >= 0, got {times.min()}")
        if times.size > MOST_COUNTS:
            raise ValueError(f"times must be at most {MOST_COUNTS} numbers, got {times.size}")
        shares = [lambda s, time=time: by_flow(s**2, float(time)) for time in times.ravel()]
        return self._responses(shares, times.shape)

    def limit(self) -> Float[np.ndarray, "lags n_y n_x"]:
        """Where both end: of all minimisers of the loss the one nearest to the start in theta.

        Warns
        -----
        PrecisionWarning
            If float64 may lose a part of the outputs that training would have learned.
        """
        return self._responses([np.ones_like], ())

    def _learned(self, share: _Share) -> tuple[Modes, Float[np.ndarray, "rows modes"], float]:
        """What is learned along V, by the first decomposition that resolves it, and the part that is lost."""
        for modes in self._decompositions():
            values, amounts, _, ends, *_ = modes
            shares = share(values)
            coordinates: np.ndarray = amounts * np.divide(
                shares, values, out=np.zeros_like(shares), where=values > 0
            )
            last = np.abs(np.sum(ends * coordinates, axis=1)).max()
            unresolved = last > _RESOLVED * np.abs(coordinates).max()
            if not unresolved:  # nor is what overflows, which is judged by the response
                return modes, coordinates, self._lost(modes, share, coordinates)
        raise ValueError(
            f"{values.shape[1]} Krylov directions do not resolve so much training on so long inputs (the "
            f"last still holds {last:.1g}); take fewer steps, less time, fewer lags (lags n_x = {_SURE} "
            f"always do for {PATIENCE // _SURE**2} outputs) or shorter sequences"
        )

    def _lost(self, modes: Modes, share: _Share, coordinates: Float[np.ndarray, "rows modes"]) -> float:
        """The greatest part of the outputs of a row that is lost, 0 if it may be rounding or is tolerated."""
        missed = share(modes.least) * modes.dropped
        moved = np.linalg.norm(coordinates, axis=1)
        rounding = modes.least * (self.sizes / (self.greatest or 1.0) + moved)
        told = missed > np.fmin(_TOLERATED * self.sizes, rounding)
        if not told.any() or not (told := told & self._weak).any():
            return 0.0
        return float((missed[told] / self.sizes[told]).max())

    @cached_property
    def _weak(self) -> Bool[np.ndarray, " rows"]:
        return self.weak()

    def _decompositions(self) -> Iterator[Modes]:
        yield self.modes
        if self.finer is not None:
            yield self._finer

    @cached_property
    def _finer(self) -> Modes:
        assert self.finer is not None
        return self.finer()

    def _responses(
        self, shares: Sequence[_Share], shape: tuple[int, ...]
    ) -> Float[np.ndarray, "*counts lags n_y n_x"]:
        size = 16 * math.prod((*shape, *self.initial.shape))
        refuse_too_large("steps or times: the impulse responses", size, "ask for fewer at a time")
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            learned: list[np.ndarray] = []
            lost = 0.0
            for share in shares:
                modes, one, missed = self._learned(share)
                learned.append(self.lift(np.einsum("gcm,gm->gc", modes.vectors, one)))
                lost = max(lost, missed)
            responses: np.ndarray = self.initial + np.reshape(learned, (*shape, *self.initial.shape))
        if not np.isfinite(responses).all():
            raise OverflowError("the impulse response exceeds the range of float64; scale inputs or outputs")
        _tell_loss(lost)
        return responses


def _tell_loss(lost: float) -> None:
    """A warning, where the caller of this module's caller is, if anything is lost."""
    if lost:
        warnings.warn(
            f"directions too weak for float64 hold up to {min(lost, 1):.0e} of the outputs, and are "
            "left as they start; kernel_regression(digits=) predicts with all of them",
            PrecisionWarning,
            stacklevel=4,
        )


def step_size(step: Number | None, largest: float) -> float:
    """The step as a float, half the largest stable one by default.

    Raises
    ------
    ValueError
        If it is not positive, or past stability; the message names the largest stable step.

    >>> step_size(0.3, 0.25)
    Traceback (most recent call last):
    ValueError: step must be at most 0.25, the largest stable one, got 0.3
    """
    if step is None:
        return largest / 2 if np.isfinite(largest) else 1.0
    eta = finite_number("step", step)
    if eta <= 0:
        raise ValueError(f"step must be > 0, got {step!r}")
    if eta > largest:
        raise ValueError(f"step must be at most {largest!r}, the largest stable one, got {step!r}")
    return eta


def counts(name: str, numbers: Counts) -> list[int]:
    """The integer or integers >= 0 as a list; ValueError, which calls them ``name``, otherwise."""
    refuse_hidden(name, numbers)
    many = len(numbers) if isinstance(numbers, Sequence) else np.asarray(numbers).size
    if many > MOST_COUNTS:
        raise ValueError(f"{name} must be at most {MOST_COUNTS} numbers, got {many}")
    integers = [at_least(0, name, number) for number in np.ravel(np.asarray(numbers, dtype=object))]
    if integers and max(integers) > _MOST_STEPS:
        raise ValueError(f"{name} must be at most {float(_MOST_STEPS):g}")
    return integers
