"""Sequences of different lengths, and their averages over time, as sequences whose last outputs are wanted.

A kernel of last outputs, ``sum_ij Theta_ij <x_{T-1-i}, x'_{S-1-j}>``, is bilinear in the sequences read
backwards from their ends, before whose start are zeros: one that ends early is moved to the right.  And since
the mean of ``x_{t-i}`` over the times t is ``1/T`` times the sum of x up to ``T-1-i``, the kernel of the
averages of the outputs is that of the last outputs of the sequences' running sums over T.
"""

from typing import Any

import numpy as np
from jaxtyping import Int, Shaped

from numeric.arguments import at_least, refuse_hidden, shown

__all__ = ["aligned", "averaged", "ended", "given_lengths"]


def given_lengths(
    lengths: Any,
    first: Shaped[np.ndarray, "N T n_x"],
    second: Shaped[np.ndarray, "M S n_x"] | None,
) -> tuple[Int[np.ndarray, "..."], Int[np.ndarray, "..."]]:
    """How many steps of each sequence count, of both sets; ValueError unless from 1 to all of them.

    >>> given_lengths([2, 3], np.ones((2, 3, 1)), None)
    (array([2, 3]), array([2, 3]))
    >>> given_lengths(([1, 3], None), np.ones((2, 3, 1)), np.ones((1, 4, 1)))
    (array([1, 3]), array([4]))
    """
    if lengths is not None:
        refuse_hidden("lengths", lengths)
    if second is None:
        ends = _ends("lengths", lengths, first, "x1")
        return ends, ends
    pair = (None, None) if lengths is None else lengths
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise ValueError(
            f"lengths must be a pair, the lengths of x1 and those of x2 (or None), got {shown(lengths)}"
        )
    return _ends("lengths[0]", pair[0], first, "x1"), _ends("lengths[1]", pair[1], second, "x2")


def _ends(name: str, lengths: Any, x: Shaped[np.ndarray, "N T n_x"], of: str) -> Int[np.ndarray, " N"]:
    N, T, _ = x.shape
    if lengths is None:
        return np.full(N, T)
    try:
        given = list(lengths)
    except TypeError:
        given = []
    if isinstance(lengths, str | bytes) or len(given) != N:
        raise ValueError(f"{name} must be {N} integers, one for each sequence of {of}, got {shown(lengths)}")
    return np.array([at_least(1, name, length, most=T) for length in given])


def ended(x: Shaped[np.ndarray, "N T n_x"], ends: Int[np.ndarray, " N"]) -> Shaped[np.ndarray, "N T n_x"]:
    """The sequences with zeros where they have ended.

    >>> ended(np.array([[[1.0], [2.0]]]), np.array([1])).tolist()
    [[[1.0], [0.0]]]
    """
    if (ends == x.shape[1]).all():
        return x
    past = np.arange(x.shape[1]) >= ends[:, None]
    return np.where(past[..., None], x * 0, x)


def aligned(x: Shaped[np.ndarray, "N T n_x"], ends: Int[np.ndarray, " N"]) -> Shaped[np.ndarray, "N T n_x"]:
    """The sequences moved to the right, so that all end at the last step, with zeros before.

    >>> aligned(np.array([[[1.0], [2.0], [3.0]]]), np.array([2])).tolist()
    [[[0.0], [1.0], [2.0]]]
    """
    T = x.shape[1]
    if (ends == T).all():
        return x
    source = np.arange(T) - (T - ends[:, None])
    moved = np.take_along_axis(x, np.maximum(source, 0)[..., None], axis=1)
    return np.where((source < 0)[..., None], moved * 0, moved)


def averaged(
    x: Shaped[np.ndarray, "N T n_x"], ends: Int[np.ndarray, " N"], one: Any
) -> Shaped[np.ndarray, "N T n_x"]:
    """The running sums over the lengths, aligned; ``one`` is 1 of the kind of number that x has.

    >>> averaged(np.array([[[1.0], [2.0], [3.0]]]), np.array([2]), 1.0).tolist()
    [[[0.0], [0.5], [1.5]]]
    """
    shares = np.array([one / int(end) for end in ends], dtype=x.dtype)
    return aligned(np.cumsum(x * shares[:, None, None], axis=1), ends)
