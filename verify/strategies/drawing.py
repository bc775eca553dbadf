"""Hypothesis strategies for what the theory is about; each shrinks to the smallest of its kind.

Numbers are 0 or from 1/64 to 4 in modulus, radii from 1/8 to 2, and lags few: so nothing that is computed
from them leaves the range of float32, and roundings are all that a right implementation may be off by
(:mod:`verify.strategies.rounding`).
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float
from numpy.typing import DTypeLike

from numeric import Biased, Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances
from numeric.arguments import Count, at_least
from numeric.model import Model
from verify.strategies.rounding import Precision, precision_of

__all__ = ["lags", "networks", "pairs_of_sequences", "sequences", "variances", "weights"]

LEAST, MOST = 1 / 64, 4.0
MOST_LAGS, MOST_STEPS, MOST_INPUTS, MOST_UNITS = 16, 6, 3, 4

Matrices = tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n_x"], Float[np.ndarray, "n_y n"]]

_numbers = st.just(0.0) | st.floats(LEAST, MOST)
_radii = st.just(0.0) | st.floats(LEAST**0.5, MOST**0.5)
_rates = st.just(Rates()) | st.builds(Rates, *[st.sampled_from([0, 1, 2, 0.5])] * 3)
_parts = st.none() | st.tuples(_numbers, st.sampled_from([1, 0, 2]))


def lags(most: Count = MOST_LAGS) -> st.SearchStrategy[int]:
    """How many lags: 1 to 16, or to ``most``; ValueError unless that is an integer of at least 1.

    >>> from hypothesis import find
    >>> find(lags(), lambda lags: lags > 3)
    4
    """
    return st.integers(1, at_least(1, "most", most))


def variances() -> st.SearchStrategy[Variances]:
    """nu_W, nu_F and nu_C, each 0 or from 1/64 to 4.

    >>> from hypothesis import find
    >>> find(variances(), lambda v: v.transition > v.input)
    Variances(transition=Fraction(1, 1), input=Fraction(0, 1), output=Fraction(0, 1))
    """
    return st.builds(Variances, _numbers, _numbers, _numbers)


def networks(*kinds: type[Model]) -> st.SearchStrategy[Model]:
    """Networks of the given kinds, or of all.

    They are ``Variances``, ``Leaky``, ``Orthogonal``, ``Diagonal`` of a ``Ring``, a ``Stack`` of two of these
    and any of them ``Biased``.  Parts are trained at rates 0, 1/2, 1 or 2.  A ring's inner radius is at most
    half the outer one, so that differences of their powers lose little.  ``Diagonal`` of given eigenvalues is
    not drawn: its kernel has terms of either sign.

    Raises
    ------
    ValueError
        If there is another kind, or none of it is known.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(networks(Leaky), lambda network: network.decay > 0).decay
    Fraction(1, 1)
    """
    for kind in kinds:
        if kind not in _KINDS:
            known = ", ".join(known.__name__ for known in _KINDS)
            raise ValueError(f"networks: kinds must be among {known}, got {kind!r}")
    return st.one_of([_KINDS[kind]() for kind in kinds or _KINDS])


def sequences(
    n_x: Count | None = None, *, dtype: DTypeLike = np.float64
) -> st.SearchStrategy[Float[np.ndarray, "N T n_x"]]:
    """Arrays (N, T, n_x) of one or two sequences of 1 to 6 steps in ``n_x`` coordinates, or in 1 to 3.

    ValueError unless ``n_x`` is an integer of at least 1, and ``dtype`` float32 or float64.

    >>> from hypothesis import find
    >>> find(sequences(n_x=1), lambda x: x.shape[1] > 1)
    array([[[0.],
            [0.]]])
    """
    precision = precision_of(dtype)
    if n_x is None:
        return _coordinates().flatmap(lambda n_x: _sequences(n_x, precision))
    return _sequences(at_least(1, "n_x", n_x), precision)


def pairs_of_sequences(
    precision: Precision,
) -> st.SearchStrategy[tuple[Float[np.ndarray, "N T n_x"], Float[np.ndarray, "M S n_x"]]]:
    """Two arrays of :func:`sequences` in the same number of coordinates."""
    return _coordinates().flatmap(lambda n_x: st.tuples(*[_sequences(n_x, precision)] * 2))


def weights(*, dtype: DTypeLike = np.float64) -> st.SearchStrategy[Matrices]:
    """W (n, n), F (n, n_x) and C (n_y, n) of a network of 1 to 4 units, 1 or 2 inputs and 1 or 2 outputs.

    In the units of ``lag_kernel``, which divides W and C by the root of n.  ValueError unless ``dtype`` is
    float32 or float64.

    >>> from hypothesis import find
    >>> find(weights(), lambda weights: len(weights[0]) == 2)
    (array([[0., 0.],
           [0., 0.]]), array([[0.],
           [0.]]), array([[0., 0.]]))
    """
    precision = precision_of(dtype)
    sizes = (MOST_UNITS, MOST_UNITS), (MOST_UNITS, 2), (2, MOST_UNITS)

    def made(entries: Any) -> Any:
        W, F, C = (_extent(some, 2) for some in entries)
        n, n_x, n_y = max(*W, F[0], C[1]), F[1], C[0]
        shapes = (n, n), (n, n_x), (n_y, n)
        return tuple(_filled(shape, some, precision) for shape, some in zip(shapes, entries, strict=True))

    return st.tuples(*(_entries(size, precision) for size in sizes)).map(made)


def _coordinates() -> st.SearchStrategy[int]:
    return st.integers(1, MOST_INPUTS)


def _sequences(n_x: int, precision: Precision) -> st.SearchStrategy[Any]:
    def made(entries: Any) -> Any:
        return _filled((*_extent(entries, 3)[:2], n_x), entries, precision)

    return _entries((2, MOST_STEPS, n_x), precision).map(made)


def _entries(most: Any, precision: Precision) -> st.SearchStrategy[Any]:
    """An array of at most that many rows, columns, ...: some entries, where each is and what, and all others.

    The array is made as large as the entries need, so that it shrinks with them.
    """
    width: Literal[32, 64] = 32 if precision.itemsize == 4 else 64
    signed = st.just(0.0) | st.floats(LEAST, MOST, width=width) | st.floats(-MOST, -LEAST, width=width)
    place = st.tuples(*(st.integers(0, size - 1) for size in most))
    return st.tuples(signed, st.lists(st.tuples(place, signed), max_size=24))


def _extent(entries: Any, axes: int) -> Any:
    """The least shape that has room for the entries."""
    return [1 + max((place[axis] for place, _ in entries[1]), default=0) for axis in range(axes)]


def _filled(shape: Any, entries: Any, precision: Precision) -> Any:
    others, some = entries
    array = np.full(shape, others, dtype=precision)
    for place, value in some:
        array[place] = value
    return array


def _rings() -> st.SearchStrategy[Ring]:
    shares = st.sampled_from([0, 0.5, 0.25])
    return st.builds(lambda outer, share: Ring(outer * share, outer), _radii, shares)


def _single() -> st.SearchStrategy[Model]:
    return st.one_of([_KINDS[kind]() for kind in (Variances, Leaky, Orthogonal, Diagonal)])


_KINDS: dict[type[Model], Callable[[], st.SearchStrategy[Any]]] = {
    Variances: lambda: st.builds(Variances, _numbers, _numbers, _numbers, rates=_rates),
    Leaky: lambda: st.builds(Leaky, _numbers, _numbers, _numbers, _numbers, rates=_rates),
    Orthogonal: lambda: st.builds(Orthogonal, _radii, _numbers, _numbers, rates=_rates),
    Diagonal: lambda: st.builds(Diagonal, _rings(), _numbers, _numbers, rates=_rates),
    Stack: lambda: st.builds(lambda *layers: Stack(layers), _single(), _single()),
    Biased: lambda: st.builds(Biased, _single(), _parts, _parts, _parts),
}
