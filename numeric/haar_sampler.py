r"""Exact samples of the lag Grams of orthogonal networks, at any width n >= 1, without forming O.

``n^{-1/2} W = radius O`` with O from the Haar measure of the orthogonal group: the lag Grams and the impulse
response see O through ``O^a F`` and ``O'^a C'`` alone.  So draw what O does to these vectors, and nothing
else.  Let orthonormal p_1, ..., p_k be the vectors of which the images ``s_i = O p_i``
are known.  O then maps the complement of the p's to that of the s's, and by the invariance of the Haar
measure under all rotations of either it is again Haar distributed there.  So

*an image*     of v: along the p's it is known; the remainder, ``rho p_{k+1}``, has an image of length rho
               whose direction s_{k+1} is uniform on the unit sphere orthogonal to s_1 .. s_k;
*a preimage*   of v: ``O' = O^{-1}`` has the same law, and the p's and s's change places.

Uniform on a sphere is the direction of a Gaussian vector.  Coordinates are those of a growing orthonormal
basis of all vectors met: a Gaussian vector has independent N(0, 1) along the d directions met so far, and
beyond them a chi-distributed length with n - d degrees of freedom, whose direction becomes the next; its
projection orthogonal to the s's, all met, is Gaussian there.  F is revealed in this way, then its chain, then
C, which is independent of both, then its chain.

A remainder is 0 only if all of O is known.  (Almost surely: the vectors ``O^a F``, and C' beside them, are in
general position, for O has n different eigenvalues, also with determinant -1, where +1 and -1 are among
them for even n.)  The last image, orthogonal to n - 1 others, is one of two opposite vectors, each with
probability 1/2, so that both determinants occur.  After it nothing is random.  No step approximates: P, Q and
L have jointly the law that they have at width n.

Source: P. Diaconis and M. Shahshahani, "The subgroup algorithm for generating uniform random variables"
(1987), of which this draws the columns that are needed.
"""

import math

import numpy as np
from jaxtyping import Float

from numeric.lag_grams import Grams, gram, refuse_overflow

__all__ = ["draw", "numbers_drawn"]


def numbers_drawn(width: int, lags: int, n_x: int, n_y: int) -> int:
    """How many numbers a sample holds, beside its Grams."""
    events, rank, pairs = _sizes(width, lags, n_x, n_y)
    return rank * (events + 2 * pairs + 2 * lags * (n_x + n_y))


def draw(
    width: int,
    lags: int,
    samples: int,
    n_x: int,
    n_y: int,
    radius: float,
    roots: tuple[float, float],
    seed: np.random.SeedSequence,
) -> Grams:
    """One block, for ``roots`` of nu_F and nu_C; all matrices divided by sqrt(n)."""
    network = _Revealed(width, lags, samples, n_x, n_y, seed)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        powers = radius ** np.arange(float(lags))
        F = network.gaussian(n_x)
        U = powers[:, None] * roots[0] * network.chain(F, lags, network.domain, network.range)
        C = network.gaussian(n_y)
        V = powers[:, None] * roots[1] * network.chain(C, lags, network.range, network.domain)
        L = math.sqrt(width) * (V[:, :, 0].swapaxes(1, 2) @ U.reshape(samples, U.shape[1], -1))
        grams = Grams(P=gram(V), Q=gram(U), L=L.reshape(samples, n_y, lags, n_x).swapaxes(1, 2))
    refuse_overflow(*grams)
    return grams


class _Revealed:
    """What is known of O, in each of some samples, in coordinates of the directions met.

    It has a state for it is a process; that lives only as long as a block is drawn.
    """

    def __init__(
        self, width: int, lags: int, samples: int, n_x: int, n_y: int, seed: np.random.SeedSequence
    ) -> None:
        events, rank, pairs = _sizes(width, lags, n_x, n_y)
        for_normals, for_radii = map(np.random.default_rng, seed.spawn(2))
        self.width, self.met, self.known, self.seen = width, 0, 0, 0
        self.normals = for_normals.standard_normal((samples, events, rank)) / math.sqrt(width)
        freedom = np.array([float(width - k) for k in range(rank)])
        self.radii = np.sqrt(for_radii.standard_gamma(freedom / 2, (samples, rank)) / (width / 2))
        self.domain = np.zeros((samples, pairs, rank))  # p_k as rows
        self.range = np.zeros((samples, pairs, rank))  # s_k = O p_k

    def gaussian(self, columns: int) -> Float[np.ndarray, "samples rank columns"]:
        """A matrix with entries N(0, 1/n)."""
        return np.stack([self._next() for _ in range(columns)], axis=-1)

    def chain(
        self,
        first: Float[np.ndarray, "samples rank k"],
        lags: int,
        arguments: Float[np.ndarray, "samples pairs rank"],
        values: Float[np.ndarray, "samples pairs rank"],
    ) -> Float[np.ndarray, "samples rank lags k"]:
        """The first members of a chain of O, or of O' with arguments and values exchanged."""
        samples, rank, k = first.shape
        chain = np.zeros((samples, rank, lags, k))
        chain[:, :, 0] = first
        for a in range(1, lags):
            for column in range(k):
                chain[:, :, a, column] = self._applied(chain[:, :, a - 1, column], arguments, values)
        return chain

    def _next(self) -> Float[np.ndarray, "samples rank"]:
        """A vector with entries N(0, 1/n)."""
        vector = np.zeros_like(self.normals[:, self.seen])
        vector[:, : self.met] = self.normals[:, self.seen, : self.met]
        self.seen += 1
        if self.met < self.width:
            vector[:, self.met] = self.radii[:, self.met]
            self.met += 1
        return vector

    def _applied(
        self,
        vector: Float[np.ndarray, "samples rank"],
        arguments: Float[np.ndarray, "samples pairs rank"],
        values: Float[np.ndarray, "samples pairs rank"],
    ) -> Float[np.ndarray, "samples rank"]:
        """The value at the vector, after which it is known."""
        k = self.known
        along, unit, length = _apart(vector, arguments[:, :k])
        image: np.ndarray = (along[:, None] @ values[:, :k])[:, 0]
        if k == self.width:
            return image
        arguments[:, k] = unit
        _, values[:, k], _ = _apart(self._next(), values[:, :k])
        self.known += 1
        image += length * values[:, k]
        return image


def _sizes(width: int, lags: int, n_x: int, n_y: int) -> tuple[int, int, int]:
    """The numbers of Gaussian vectors drawn, of directions met, and of pairs p_k, s_k."""
    pairs = min(width, (n_x + n_y) * (lags - 1))
    events = n_x + n_y + pairs
    return events, min(width, events), pairs


def _apart(
    vector: Float[np.ndarray, "samples rank"], basis: Float[np.ndarray, "samples k rank"]
) -> tuple[Float[np.ndarray, "samples k"], Float[np.ndarray, "samples rank"], Float[np.ndarray, "samples 1"]]:
    """The components along an orthonormal basis, and the direction and the length of what remains.

    Twice, so that the direction is orthogonal to rounding error however short the remainder.
    """
    along = np.zeros(basis.shape[:2])
    length = np.ones((len(vector), 1))
    for _ in range(2):
        component = (basis @ vector[..., None])[..., 0]
        vector = vector - (component[:, None] @ basis)[:, 0]
        along += length * component
        norm = np.sqrt(np.einsum("sd,sd->s", vector, vector))[:, None]
        vector, length = vector / np.where(norm > 0, norm, 1), length * norm
    return along, vector, length
