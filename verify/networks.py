"""Finite-width networks, really drawn, one independent random stream each.

The stream of a network is named by the seed and a key, never by the order of drawing, so that a check
gives the same verdict alone or among others, on one core or on many.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from threadpoolctl import threadpool_limits

from numeric import Variances

__all__ = ["draw", "in_parallel", "one_thread", "sample", "seed_sequence", "stream"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """The random stream that a seed (>= 0) and a key name.

    >>> bool(stream(1, "demo", 0).random() == stream(1, "demo", 0).random())
    True
    """
    return np.random.default_rng(seed_sequence(seed, *key))


def seed_sequence(seed: int, *key: str | int) -> np.random.SeedSequence:
    """What a stream starts from, for samplers that split it further."""
    words = [part if isinstance(part, int) else int.from_bytes(part.encode()) for part in key]
    return np.random.SeedSequence(seed, spawn_key=words)


def draw(
    rng: np.random.Generator, width: int, variances: Variances, n_x: int = 1, n_y: int = 1
) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n_x"], Float[np.ndarray, "n_y n"]]:
    """Draw W, F and C with independent entries N(0, nu_W), N(0, nu_F), N(0, nu_C)."""
    shapes = {"transition": (width, width), "input": (width, n_x), "output": (n_y, width)}
    W, F, C = (
        rng.standard_normal(shape) * float(getattr(variances, role)) ** 0.5 for role, shape in shapes.items()
    )
    return W, F, C


def sample(
    statistic: Callable[..., Result],
    key: tuple[int, str],
    count: int,
    width: int,
    variances: Variances,
    n_x: int = 1,
    n_y: int = 1,
) -> Iterator[Result]:
    """Yield ``statistic(W, F, C)`` of ``count`` independent networks, on all cores, in a fixed order."""

    def one(index: int) -> Result:
        return statistic(*draw(stream(*key, width, n_x, n_y, index), width, variances, n_x, n_y))

    return in_parallel(one, range(count))


def in_parallel(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield ``function(item)`` in order, as many at a time as there are cores."""
    with one_thread():
        executor = ThreadPoolExecutor(os.cpu_count())
        try:
            yield from executor.map(function, items)
        finally:
            executor.shutdown(cancel_futures=True)


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, linear algebra runs on one thread.

    On busy cores threads that wait for one another cost up to ten times what they save on an idle machine.
    """
    import scipy.linalg  # noqa: F401 - brings a BLAS of its own, which is to be limited too

    with threadpool_limits(1):
        yield
