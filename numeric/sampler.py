r"""Exact samples of the finite-width lag kernel, at any width n >= 1, without ever forming the transition.

How the lag Grams of one kind of network are drawn is said in a module each, :mod:`numeric.gaussian_sampler`,
also of leaky networks, and :mod:`numeric.haar_sampler`; the kernels of diagonal networks, which are not made
of Grams, in :mod:`numeric.diagonal_sampler`, and of stacks, of which the matrices are formed, in
:mod:`numeric.stack_sampler`.

*Reproducible blocks.*  Samples come in blocks of 64 (``BLOCK``).  Block k draws from the k-th child of
the seed sequence, whatever was drawn before, so any block can be computed alone, in any order and on any
machine; a block cut short is the beginning of the whole one.  (The last bits of the results may depend on
the machine's linear algebra.)
"""

import math
import operator
from collections.abc import Callable, Iterator
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    NewType,
    SupportsIndex,
    TypeAlias,
    TypeVar,
    overload,
)

import numpy as np
from jaxtyping import Float

from numeric import diagonal_sampler, gaussian_sampler, haar_sampler, stack_sampler
from numeric.arguments import MOST_LAGS, Count, at_least, refuse_too_large, shown
from numeric.finite_width import convolve_grams, refuse_vast_kernel
from numeric.lag_grams import Grams, Kernels, as_float, refuse_overflow
from numeric.model import Model, Rates
from numeric.networks import Diagonal, Leaky, Orthogonal, Stack, Variances
from numeric.networks.abilities import ability
from numeric.variances import GivenNetwork

__all__ = ["BLOCK", "Grams", "Seed", "gram_chunks", "lag_kernel_chunks", "sample_lag_kernel"]

BLOCK = 64
"""Samples in a block: few enough for the cache, enough to hide the interpreter's overhead at each step.
A part of the stream's definition: another number would give other samples."""

MOST_OPERATIONS = 2**42
"""``lags^3 (n_x + n_y)^3`` for a sample, at most: an hour."""

if TYPE_CHECKING:
    Seed: TypeAlias = SupportsIndex | np.random.SeedSequence | np.random.Generator
else:  # as in numeric.arguments
    Seed = NewType("Seed", object)
"""Where randomness comes from.  An int or a SeedSequence fixes every block for good; a Generator hands
out a new seed sequence at each call."""

_Drawn = TypeVar("_Drawn", Grams, Kernels)
_Draw: TypeAlias = Callable[[int, np.random.SeedSequence], _Drawn]
"""Draws a block of so many samples."""


@overload
def sample_lag_kernel(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: Literal[False] = False,
) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]: ...
@overload
def sample_lag_kernel(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: Literal[True],
) -> tuple[
    Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"], Float[np.ndarray, "samples lags n_y n_x"]
]: ...
def sample_lag_kernel(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    impulse_response: bool = False,
) -> (
    Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]
    | tuple[Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"], Float[np.ndarray, "samples lags n_y n_x"]]
):
    """Independent draws of the lag kernel of networks of the given width, exactly in law.

    Parameters
    ----------
    width : int
        n >= 1, as large as float64 reaches (``10**12`` costs what ``10**3`` costs).
    variances : Variances, Leaky, Orthogonal, Diagonal or Stack
        The network, perhaps with biases, which do not change its lag kernel.  In a stack no layer is
        diagonal.
    lags, samples : int
        How many lags and how many networks, each at least 1.
    n_x, n_y : int
        Numbers of inputs and outputs, at least 1; they may exceed the width.
    rng : int, SeedSequence or Generator
        See :data:`Seed`.  Fewer samples from the same seed are the first of more.
    impulse_response : bool
        Return ``(theta, L)``, the impulse responses of the same networks beside their kernels.

    Raises
    ------
    ValueError
        On a count below 1 or not an integer, more lags than :func:`lag_kernel` takes, what does not fit in
        memory, ``variances`` that are none or have no sampler, or an unfit ``rng``.
    OverflowError
        Where a kernel, a variance or the width exceeds the range of float64.

    Notes
    -----
    A sample takes O(lags^3 (n_x + n_y)^3) operations, and ``lags^4 n_x^2 n_y^2 / 2`` for the convolution of
    its Grams, at any width; of a ``Diagonal`` network, whose units are drawn one by one, ``2 width (lags n_x
    n_y)^2``; of each layer of a ``Stack``, up to the width 4096, O(lags width^2), and O(width^3) if it is
    orthogonal.  The result takes ``8 samples (lags n_x n_y)^2`` bytes; beside it, memory for a
    block of 64 samples (``BLOCK``).

    Examples
    --------
    A trillion hidden units are close to the limit, ``rho = 2, 3, 4`` on the diagonal for unit variances:

    >>> theta = sample_lag_kernel(10**12, Variances(1), 3, 100, rng=0)
    >>> theta.shape
    (100, 3, 1, 1, 3, 1, 1)
    >>> print(theta[0, :, 0, 0, :, 0, 0].round(4) + 0.0)
    [[2. 0. 0.]
     [0. 3. 0.]
     [0. 0. 4.]]

    A single one is far from it:

    >>> theta, L = sample_lag_kernel(1, Variances(1), 2, 5, rng=0, impulse_response=True)
    >>> c_squared_plus_f_squared = theta[:, 0, 0, 0, 0, 0, 0]
    >>> bool(np.all(c_squared_plus_f_squared >= 2 * abs(L[:, 0, 0, 0])))
    True

    Orthogonal networks, of which ten hidden units have the limit's mean at lag 1 exactly:

    >>> theta = sample_lag_kernel(10, Orthogonal(1), 2, 10_000, rng=0)[:, 1, 0, 0, 1, 0, 0]
    >>> print(theta.mean().round(1))
    3.0
    """
    chunks = _kernel_chunks(width, variances, lags, samples, n_x, n_y, rng)
    samples, lags, n_x, n_y = map(operator.index, (samples, lags, n_x, n_y))
    refuse_vast_kernel(lags, n_x, n_y, copies=2 * min(BLOCK, samples))
    refuse_too_large(
        "samples: an array of so many lag kernels",
        8 * samples * (lags * n_x * n_y) ** 2,
        "take them from lag_kernel_chunks, some at a time",
    )
    theta = np.empty((samples, *(lags, n_y, n_x) * 2))
    L = np.empty((samples, lags, n_y, n_x) if impulse_response else 0)
    for start, (kernels, responses) in zip(range(0, samples, BLOCK), chunks, strict=True):
        theta[start : start + BLOCK] = kernels
        if impulse_response:
            L[start : start + BLOCK] = responses
    return (theta, L) if impulse_response else theta


def lag_kernel_chunks(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    first_block: Count = 0,
) -> Iterator[Float[np.ndarray, "chunk lags n_y n_x lags n_y n_x"]]:
    """The samples of :func:`sample_lag_kernel` in chunks of 64 (``BLOCK``), the last perhaps shorter.

    Memory is that of one chunk, however many samples.  ``first_block=k`` starts with sample ``64 k`` of the
    stream of ``rng``, ``samples`` counting from there; the other arguments are those of
    :func:`sample_lag_kernel`.  ValueError for a bad argument comes at once, OverflowError with its chunk.

    >>> whole = sample_lag_kernel(50, Variances(1), 4, 8 * BLOCK, rng=7)
    >>> [seventh] = lag_kernel_chunks(50, Variances(1), 4, BLOCK, rng=7, first_block=7)
    >>> np.array_equal(seventh, whole[7 * BLOCK :])
    True
    """
    chunks = _kernel_chunks(width, variances, lags, samples, n_x, n_y, rng, first_block)
    refuse_vast_kernel(*map(operator.index, (lags, n_x, n_y)), copies=2 * min(BLOCK, operator.index(samples)))
    return (kernels for kernels, _ in chunks)


def gram_chunks(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    *,
    n_x: Count = 1,
    n_y: Count = 1,
    rng: Seed,
    first_block: Count = 0,
) -> Iterator[Grams]:
    """The lag Grams P and Q and the impulse responses L of the same networks, as :class:`Grams`.

    They cost O(lags^3) a sample where the lag kernel takes O(lags^4), and no rate changes them.  Arguments
    and chunks are those of :func:`lag_kernel_chunks`; ValueError for a bad argument comes at once,
    OverflowError with its chunk.  The lag kernel of a ``Diagonal`` network or a ``Stack`` is not made of such
    Grams: they are refused.

    >>> [grams] = gram_chunks(10, Variances(1), 4, 20, n_x=3, n_y=2, rng=0)
    >>> grams.P.shape, grams.Q.shape, grams.L.shape
    ((20, 4, 2, 4, 2), (20, 4, 3, 4, 3), (20, 4, 2, 3))
    """
    size = _Size.given(width, lags, samples, n_x, n_y)
    first_block = at_least(0, "first_block", first_block)
    network, drawing = ability(variances, _OF_GRAMS, "lag Grams of which its lag kernel is made", _INSTEAD)
    return _blocks(drawing(network, size), size, rng, first_block)


def _kernel_chunks(
    width: Count,
    variances: GivenNetwork,
    lags: Count,
    samples: Count,
    n_x: Count,
    n_y: Count,
    rng: Seed,
    first_block: Count = 0,
) -> Iterator[Kernels]:
    """Lag kernels with impulse responses; arguments as of :func:`gram_chunks`."""
    size = _Size.given(width, lags, samples, n_x, n_y)
    first_block = at_least(0, "first_block", first_block)
    network, drawing = ability(variances, _OF_KERNELS, "sampler", _INSTEAD)
    return _blocks(drawing(network, size), size, rng, first_block)


class _Size(NamedTuple):
    """How large the networks are, and how many."""

    width: int
    lags: int
    samples: int
    n_x: int
    n_y: int

    @classmethod
    def given(cls, width: Count, lags: Count, samples: Count, n_x: Count, n_y: Count) -> "_Size":
        """These counts; ValueError if one is none or they cost too much, OverflowError for the width."""
        width, samples = at_least(1, "width", width), at_least(1, "samples", samples)
        lags = at_least(1, "lags", lags, most=MOST_LAGS)
        n_x, n_y = at_least(1, "n_x", n_x, most=MOST_LAGS), at_least(1, "n_y", n_y, most=MOST_LAGS)
        try:
            math.sqrt(width)
        except OverflowError:
            raise OverflowError("width: exceeds the range of float64, about 1.8e308") from None
        most = round(MOST_OPERATIONS ** (1 / 3)) // (n_x + n_y)
        if lags > most:
            raise ValueError(f"lags must be <= {most} for n_x + n_y = {n_x + n_y}, got {lags}")
        return cls(width, lags, samples, n_x, n_y)

    def refuse_beyond_memory(self, numbers: int) -> None:
        """ValueError if a chunk of samples with so many numbers each, beside their Grams, takes too much."""
        grams = (self.n_x * self.lags) ** 2 + (self.n_y * self.lags) ** 2
        chunk = 2 * 8 * min(BLOCK, self.samples) * (numbers + grams)  # as drawn, and as put together
        refuse_too_large("lags: a chunk", chunk, "take fewer lags, inputs or outputs")


def _blocks(draw: _Draw[_Drawn], size: _Size, rng: Seed, first_block: int) -> Iterator[_Drawn]:
    parent = _seed_sequence(rng)
    return (
        draw(min(BLOCK, size.samples - start), _child(parent, block))
        for block, start in enumerate(range(0, size.samples, BLOCK), first_block)
    )


def _gaussian(network: Variances | Leaky, size: _Size) -> _Draw[Grams]:
    width, lags, _, n_x, n_y = size
    size.refuse_beyond_memory(gaussian_sampler.numbers_drawn(width, lags, n_x, n_y))
    names = gaussian_sampler.Roots._fields
    roots = gaussian_sampler.Roots(*(as_float(name, getattr(network, name), root=True) for name in names))
    decay = as_float("decay", network.decay) if isinstance(network, Leaky) else 0.0
    return lambda samples, seed: gaussian_sampler.draw(width, lags, samples, n_x, n_y, roots, decay, seed)


def _orthogonal(network: Orthogonal, size: _Size) -> _Draw[Grams]:
    width, lags, _, n_x, n_y = size
    size.refuse_beyond_memory(haar_sampler.numbers_drawn(width, lags, n_x, n_y))
    radius = as_float("radius", network.radius)
    roots = as_float("input", network.input, root=True), as_float("output", network.output, root=True)
    return lambda samples, seed: haar_sampler.draw(width, lags, samples, n_x, n_y, radius, roots, seed)


def _diagonal(network: Diagonal, size: _Size) -> _Draw[Kernels]:
    width, lags, _, n_x, n_y = size
    size.refuse_beyond_memory(diagonal_sampler.numbers_drawn(width, lags, n_x, n_y))
    units = diagonal_sampler.Units.of(network, width)
    return lambda samples, seed: diagonal_sampler.draw(units, lags, samples, n_x, n_y, network.rates, seed)


def _stack(network: Stack, size: _Size) -> _Draw[Kernels]:
    width, lags, _, n_x, n_y = size
    layers = stack_sampler.dense_layers(network, width, lags)
    readout = network.readout
    return lambda samples, seed: stack_sampler.draw(layers, readout, width, lags, samples, n_x, n_y, seed)


def _convolved(drawing: Callable[[Any, _Size], _Draw[Grams]]) -> Callable[[Any, _Size], _Draw[Kernels]]:
    """How lag kernels are drawn if they are made of Grams."""

    def of_kernels(network: Any, size: _Size) -> _Draw[Kernels]:
        draw = drawing(network, size)

        def draw_kernels(samples: int, seed: np.random.SeedSequence) -> Kernels:
            grams = draw(samples, seed)
            return Kernels(_lag_kernel(grams, network.rates), grams.L)

        return draw_kernels

    return of_kernels


_OF_GRAMS: dict[type[Model], Callable[..., Any]] = {
    Variances: _gaussian,
    Leaky: _gaussian,
    Orthogonal: _orthogonal,
}
_OF_KERNELS = {kind: _convolved(drawing) for kind, drawing in _OF_GRAMS.items()} | {
    Diagonal: _diagonal,
    Stack: _stack,
}
_INSTEAD = "limit_kernel has its limit"


def _lag_kernel(grams: Grams, rates: Rates) -> Float[np.ndarray, "samples lags n_y n_x lags n_y n_x"]:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        theta = convolve_grams(grams.P, grams.Q, rates)
    refuse_overflow(theta)
    return theta


def _seed_sequence(rng: Seed) -> np.random.SeedSequence:
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(rng.integers(2**32, size=4, dtype=np.uint32).tolist())
    try:
        return np.random.SeedSequence(at_least(0, "rng", rng))
    except ValueError:
        raise ValueError(
            f"rng must be an int >= 0, a SeedSequence or a Generator, got {shown(rng)}"
        ) from None


def _child(root: np.random.SeedSequence, k: int) -> np.random.SeedSequence:
    """What a fresh ``root.spawn`` gives as its k-th child; ``root`` stays as it is."""
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, k), pool_size=root.pool_size)
