"""Networks of given matrices in training: their gradients are the Jacobian times ``dJ/dL``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from flint import fmpq_mat

import numeric
from verify.checks.functions.cases import Case, Cases, Comparison, close, equal, fractions, rationals, refused
from verify.checks.functions.exact_training import (
    SHAPES,
    Problem,
    design,
    is_largest_step,
    near,
    random_task,
)
from verify.checks.functions.kernels import inverse_root, jacobian, response, small_integers

__all__ = ["COMPARISONS"]

RATES = (Fraction(1, 2), 0, 3)
"""F is frozen."""


@dataclass(frozen=True)
class _Network:
    """Matrices of fractions."""

    W: Any
    F: Any
    C: Any

    @property
    def floats(self) -> list[Any]:
        return [matrix.astype(float) for matrix in (self.W, self.F, self.C)]

    def response(self, lags: int) -> Any:
        return response(self.W, self.F, self.C, lags) * self._scales(lags)

    def jacobian(self, lags: int) -> Any:
        return jacobian(self.W, self.F, self.C, lags) * self._scales(lags)

    def gradients(self, task: Any) -> tuple[Any, Any, Any]:
        """``sum_j dJ/dL_j . dL_j/d theta``."""
        problem = Problem(task, fmpq_mat(0, 0), self.response(task.lags))
        G = -fractions(problem.A.transpose() * problem.residual).ravel()
        J = self.jacobian(task.lags)
        all_of = J.reshape(len(J), -1) @ G
        ends = np.cumsum([self.W.size, self.F.size])
        parts = np.split(all_of, ends)
        return tuple(x.reshape(m.shape) for x, m in zip(parts, (self.W, self.F, self.C), strict=True))  # type: ignore[return-value]

    def stepped(self, task: Any, eta: Fraction, rates: Sequence[Fraction | int] = (1, 1, 1)) -> "_Network":
        moved = zip((self.W, self.F, self.C), self.gradients(task), rates, strict=True)
        return _Network(*(matrix - eta * rate * gradient for matrix, gradient, rate in moved))

    def kernel(self, task: Any, rates: Sequence[Fraction | int] = (1, 1, 1)) -> Any:
        """``A Theta A'``."""
        A = fractions(design(task, task.inputs, task.lags, task.first))
        J = self.jacobian(task.lags)
        half = J.reshape(len(J), -1) @ A.T
        by_entry = np.repeat(np.array(rates, dtype=object), [self.W.size, self.F.size, self.C.size])
        return half.T @ (by_entry[:, None] * half)

    def _scales(self, lags: int) -> Any:
        root = inverse_root(len(self.W))
        return np.array([root ** (j + 1) for j in range(lags)], dtype=object)[:, None, None]


def _networks(rng: np.random.Generator) -> Iterator[tuple[_Network, Any]]:
    for n, (N, T, n_x, n_y, lags, first) in zip((1, 4, 2, 3), SHAPES, strict=False):
        shapes = (n, n), (n, n_x), (n_y, n)
        matrices = [rationals(small_integers(rng, *shape)) / 4 + Fraction(1, 8) for shape in shapes]
        yield _Network(*matrices), random_task(rng, N, T, n_x, n_y, lags, first)


def _network_gradients(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        right = network.gradients(task)
        for k, name in enumerate("WFC"):
            yield near(
                right[k], lambda *given, k=k: numeric.network_gradients(*given)[k], *network.floats, task
            ).named(name)
        single = [matrix.astype(np.float32) for matrix in network.floats]
        allowed = Fraction(1, 10**4) * (1 + max(abs(x) for x in right[1].flat))
        yield close(right[1], allowed, lambda *given: numeric.network_gradients(*given).F, *single, task)


def _train_network(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        eta = Fraction(1, 2 ** (2 + int(np.trace(network.kernel(task))).bit_length()))
        trained = [network]
        for _ in range(2):
            trained.append(trained[-1].stepped(task, eta))
        responses = np.array([one.response(task.lags) for one in trained])
        given, options = (*network.floats, task), {"step": float(eta)}
        yield near(
            responses[[2, 0, 1]],
            lambda *a, **o: numeric.train_network(*a, **o).responses,
            *given,
            steps=[2, 0, 1],
            **options,
        )
        for name in "WFC":
            right = getattr(trained[1], name)
            yield near(
                right,
                lambda *a, name=name, **o: getattr(numeric.train_network(*a, **o), name),
                *given,
                steps=1,
                **options,
            )
        slow = network.stepped(task, eta / 4, RATES)
        at_rates = numeric.Network(*network.floats, rates=numeric.Rates(*RATES))
        for name in "WFC":
            yield near(
                getattr(slow, name),
                lambda *a, name=name, **o: getattr(numeric.train_network(*a, **o), name),
                at_rates,
                task,
                steps=1,
                step=float(eta / 4),
            )
        largest = numeric.largest_stable_step(*given)
        default = network.stepped(task, Fraction(largest) / 2).response(task.lags)
        yield near(default, lambda *a, **o: numeric.train_network(*a, **o).responses, *given, steps=1)
        yield refused(numeric.train_network, *given, steps=1, step=largest * (1 + 1e-9))


def _network_descent(rng: np.random.Generator) -> Cases:
    def after(k: int, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(next(islice(numeric.network_descent(*arguments, **options), k, None)), name)

    for network, task in _networks(rng):
        eta = Fraction(1, 2 ** (2 + int(np.trace(network.kernel(task))).bit_length()))
        second = network.stepped(task, eta).stepped(task, eta)
        floats = network.floats
        for name in "WFC":
            yield near(getattr(second, name), after, 2, name, *floats, task, step=eta)
        yield near(second.response(task.lags), after, 2, "response", *floats, task, step=eta)
        yield equal(network.W, lambda given=floats: given[0])  # the matrices given are left alone


def _largest_stable_step(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        K = network.kernel(task)
        yield Case(
            numeric.largest_stable_step,
            (*network.floats, task),
            {},
            partial(is_largest_step, K=K),
        )
        K = network.kernel(task, RATES)
        yield Case(
            numeric.largest_stable_step,
            (numeric.Network(*network.floats, rates=numeric.Rates(*RATES)), task),
            {},
            partial(is_largest_step, K=K),
        )


COMPARISONS = (
    Comparison("network_gradients", "the Jacobian by the product rule", _network_gradients),
    Comparison("train_network", "steps one by one", _train_network),
    Comparison("network_descent", "steps one by one", _network_descent),
    Comparison(
        "largest_stable_step", "pivots on either side of the greatest eigenvalue", _largest_stable_step
    ),
)
