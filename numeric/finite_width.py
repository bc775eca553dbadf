r"""The neural tangent kernel of a network of finite width, exactly, without a Jacobian.

The impulse response of the network is ``L_j = n^{-(j+1)/2} C W^j F``.  By the product rule its
derivatives with respect to C, F and the entries of W are made of two chains of thin matrices,

    U_a = n^{-a/2} W^a F   (n x n_x)     and     V_a = n^{-a/2} C W^a   (n_y x n),

and their inner products are products of entries of the two *lag Grams*

    Q_ab = U_a' U_b / n    (n_x x n_x)   and     P_ab = V_a V_b' / n    (n_y x n_y).

So the *lag kernel*, the sum over all parameters of dL_i (x) dL_j, is a 2-D convolution,

    Theta_ij = I (x) Q_ij + P_ij (x) I + sum_{a<i, b<j} P_ab (x) Q_{i-1-a, j-1-b},

the shares of the readout C, of the input matrix F and of the transition W, in this order; with
generating functions, ``Theta(z,w) = I (x) Q(z,w) + P(z,w) (x) I + z w P(z,w) (x) Q(z,w)``.  Where the
matrices have rates of their own, Theta is the sum over the parameters each times its rate: the shares times
eta_C, eta_F and eta_W.

The convolution sums products directly and not through an FFT, whose rounding errors are relative to
the largest entry: with nu_W < 1 the entries decay geometrically, and the small ones matter as much.  It is a
product of two block Toeplitz matrices, a row of P with a row of Q for each pair (a, i-1-a), where
``a < i``, ``b < j`` and ``Theta_ij = Theta_ji'`` each leave half of it: ``T^4/8`` multiplications for T lags,
all in matrix products.  Where the network has few hidden units, T being more than some 3n, it is quicker to
form the derivatives by W themselves, some hidden units k at a time,

    dL_i/dW_kl = sum_{a<i} (V_a')_k (U_{i-1-a})_l    (but for powers of n),

and their inner products, in ``3/2 T^2 n^2`` multiplications.  Either way the error of an entry is relative to
the sum of the absolute values of its own terms, which is the same entry for ``|V_a|`` and ``|U_a|``.

Arrays are indexed ``theta[i, p, x, j, q, y]``: lag, output and input of the one factor, then of the other.

A network that keeps ``decay`` of its hidden state has ``M = decay I + n^{-1/2} W`` in the place of n^{-1/2}
W, of which the chains are powers; dM is n^{-1/2} dW all the same, so that nothing else changes.  Rates of
training multiply the three shares.
"""

import math

import numpy as np
from jaxtyping import Float

from numeric.arguments import Array, Count, at_least, finite_array, refuse_too_large
from numeric.lagged import lagged_matrix
from numeric.model import Rates, given_rates
from numeric.network import Network, or_matrices

__all__ = [
    "convolve_grams",
    "impulse_response",
    "lag_kernel",
    "refuse_vast_kernel",
    "sequence_kernel",
]

MOST_POWERS = 10**6
"""Lags of a given network, a product with W each; at 1e6 some minutes, whatever the width."""
MOST_PRODUCTS = 2**44
"""Multiplications of lag Grams' entries for one lag kernel, ``lags^4 n_x^2 n_y^2``: hours."""
BLOCK = 2**18
"""Multiplications in one block of W: 2 MiB of W at most, which stays in the cache for both products."""
_COLUMNS = 64
"""Lags j that are convolved at once."""
_CHUNK = 2**20
"""Entries of a Toeplitz matrix that are written out at once."""


@or_matrices
def lag_kernel(network: Network, lags: Count) -> Float[np.ndarray, "lags n_y n_x lags n_y n_x"]:
    """The lag kernel Theta of the network with the given raw N(0, nu) matrices.

    ``theta[i, p, x, j, q, y]`` is the sum over all entries of W, F and C of
    ``dL_i[p, x] dL_j[q, y]``.  The factors ``n^{-1/2}`` of the model are applied here: of a framework's
    weights, which carry them, pass ``from_weights(W_std, F_std, C_std)``.

    Parameters
    ----------
    W : (n, n)
        Transition matrix.  In the place of the three stands a :class:`Network`, with its decay and rates.
    F : (n, n_x)
        Input matrix.
    C : (n_y, n)
        Readout.
    lags : int
        How many lags, 1 to ``2048 / sqrt(n_x n_y)``.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite, lags out of range, or a result that does not fit in
        memory.
    OverflowError
        When W^a F, C W^a, a product of their entries or one with a rate leaves the range of float64.

    Notes
    -----
    Time O(lags n^2 (n_x + n_y) + lags^2 n (n_x^2 + n_y^2) + lags^2 min(lags, n)^2 n_x^2 n_y^2), memory for a
    few times the result and the ``lags n (n_x + n_y)`` numbers of the chains.  W is read ``lags - 1`` times.
    Symmetric to the last bit.

    Examples
    --------
    One hidden unit, ``L_j = c w^j f``, where the derivatives are known:

    >>> theta = lag_kernel([[3.0]], [[5.0]], [[2.0]], 2)[:, 0, 0, :, 0, 0]
    >>> dL = np.array([[0, 2, 5], [2 * 5, 2 * 3, 3 * 5]])  # by w, f, c
    >>> np.array_equal(theta, dL @ dL.T)
    True
    >>> reservoir = Network([[3.0]], [[5.0]], [[2.0]], rates=Rates(transition=0, input=0))
    >>> np.array_equal(lag_kernel(reservoir, 2)[:, 0, 0, :, 0, 0], np.outer(dL[:, 2], dL[:, 2]))
    True

    Weights as PyTorch draws them, uniform in +-n^{-1/2}:

    >>> n, rng = 100, np.random.default_rng(0)
    >>> W_std, F_std, C_std = (rng.uniform(-0.1, 0.1, shape) for shape in ((n, n), (n, 1), (1, n)))
    >>> network = n**0.5 * W_std, F_std, n**0.5 * C_std
    >>> np.allclose(impulse_response(*network, 3)[2], C_std @ W_std @ W_std @ F_std)
    True
    >>> lag_kernel(*network, 3).shape
    (3, 1, 1, 3, 1, 1)
    """
    lags = _fitting_lags(network, lags)
    W, F, C = _doubles(network)
    refuse_vast_kernel(lags, F.shape[1], len(C), copies=2)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        U, V = _chains(W, F, C, network.decay, lags)
        P, Q, pairs = _gram(V), _gram(U), F.shape[1] * len(C)
        # multiplications: lags^4 pairs^2 / 8, or lags^2 n^2 (pairs + pairs^2 / 2)
        if lags**2 * pairs > len(W) ** 2 * (8 + 4 * pairs):
            theta = _completed(_differentiated(U, V), P, Q, network.rates)
        else:
            theta = convolve_grams(P, Q, network.rates)
    if not np.isfinite(theta).all():
        raise OverflowError(_overflow("lag_kernel", lags))
    return theta


@or_matrices
def impulse_response(network: Network, lags: Count) -> Float[np.ndarray, "lags n_y n_x"]:
    """The impulse response ``L_j = n^{-1/2} C M^j F`` at lags 0 to ``lags - 1``, at most 10^6 of them.

    Arguments are those of :func:`lag_kernel`, ``M = n^{-1/2} W`` but for a decay; of a framework's weights,
    for which this is ``C_std W_std^j F_std``, pass ``from_weights(W_std, F_std, C_std)``.  Only the thinner
    chain is computed.  ValueError on a wrong shape, a number that is not finite or lags out of range,
    OverflowError beyond float64's range.

    >>> impulse_response([[3.0]], [[5.0]], [[2.0]], 3).ravel()
    array([10., 30., 90.])
    """
    lags = _fitting_lags(network, lags)
    W, F, C = _doubles(network)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if len(C) <= F.shape[1]:
            _, V = _chains(W, F[:, :0], C, network.decay, lags)
            response: np.ndarray = V.transpose(0, 2, 1) @ F / np.sqrt(len(W))
        else:
            U, _ = _chains(W, F, C[:0], network.decay, lags)
            response = C @ U / np.sqrt(len(W))
    if not np.isfinite(response).all():
        raise OverflowError(_overflow("impulse_response", lags))
    return response


def convolve_grams(
    P: Float[np.ndarray, "*batch lags n_y lags n_y"],
    Q: Float[np.ndarray, "*batch lags n_x lags n_x"],
    rates: Rates | None = None,
) -> Float[np.ndarray, "*batch lags n_y n_x lags n_y n_x"]:
    """The lag kernel from the two lag Grams: ``I (x) Q + P (x) I + P * Q``, the last a 2-D convolution.

    With rates, these shares times eta_C, eta_F and eta_W.  P and Q are symmetric, ``P_ab = P_ba'``, and so is
    the result, exactly.  Leading axes, such as that of the samples, go through unchanged.  The work, from
    ``lags^4 n_x^2 n_y^2 / 8`` multiplications for many lags to half of ``lags^4 n_x^2 n_y^2`` for few, is
    done by matrix products.

    >>> P, Q = np.array([[1.0, 2.0], [2.0, 5.0]]), np.array([[10.0, 1.0], [1.0, 20.0]])
    >>> convolve_grams(P[:, None, :, None], Q[:, None, :, None])[:, 0, 0, :, 0, 0]
    array([[11.,  3.],
           [ 3., 35.]])
    """
    share: np.ndarray = np.einsum("...ixypqj->...ipxjqy", _convolved(P, Q))
    return _completed(share, P, Q, given_rates(rates))


def _completed(
    theta: Float[np.ndarray, "*batch lags n_y n_x lags n_y n_x"],
    P: Float[np.ndarray, "*batch lags n_y lags n_y"],
    Q: Float[np.ndarray, "*batch lags n_x lags n_x"],
    rates: Rates,
) -> Float[np.ndarray, "*batch lags n_y n_x lags n_y n_x"]:
    """The lag kernel from the transition's share, of which only the part with i >= j is looked at."""
    *batch, lags, n_y, n_x = theta.shape[:-3]
    of_W, of_F, of_C = (_rate(role, rates) for role in ("transition", "input", "output"))
    if of_W == 0:
        theta[...] = 0  # also what is infinite
    elif of_W != 1:
        theta *= of_W
    P, Q = P if of_F == 1 else of_F * P, Q if of_C == 1 else of_C * Q
    for p in range(n_y):
        theta[..., p, :, :, p, :] += Q
    for x in range(n_x):
        theta[..., x, :, :, x] += P
    matrices: np.ndarray = np.ascontiguousarray(theta).reshape(*batch, *(lags * n_y * n_x,) * 2)
    for row in range(1, lags * n_y * n_x):
        matrices[..., :row, row] = matrices[..., row, :row]
    return matrices.reshape(theta.shape)


def _convolved(
    P: Float[np.ndarray, "*batch lags n_y lags n_y"], Q: Float[np.ndarray, "*batch lags n_x lags n_x"]
) -> Float[np.ndarray, "*batch lags n_x n_x n_y n_y lags"]:
    """``sum_{a<i, b<j} P_ab (x) Q_{i-1-a, j-1-b}`` with axes i x y p q j, where i >= j; elsewhere anything.

    For some of the lags j and some a at a time it is a product of ``Q[i-1-a, d]``, a row for each i, with
    ``P[a, j-1-d]``, a column for each j, summed over a and d < j.
    """
    *batch, lags, n_y, _, _ = P.shape
    n_x = Q.shape[-1]
    if batch and lags > _COLUMNS:
        return np.array([_convolved(*one) for one in zip(P, Q, strict=True)])
    each = max(1, min(lags // 64, _CHUNK // (lags * max(lags * n_x**2, _COLUMNS * n_y**2))))
    earlier = np.zeros((*batch, lags + each - 1, n_x, n_x, lags))  # Q by i-1-a from 1-each on: i-1-a x y d
    earlier[..., each - 1 :, :, :, :] = Q.swapaxes(-1, -2)
    rows = np.lib.stride_tricks.sliding_window_view(earlier, each, axis=-4)[..., ::-1]
    rows = rows.swapaxes(-1, -2)  # i-1 less the first a, x y a d
    before = np.zeros((*batch, lags, n_y, n_y, 2 * lags))  # P by j-1-d from -lags on: a p q j-1-d
    before[..., lags:] = P.swapaxes(-1, -2)
    theta = np.zeros((*batch, lags, n_x, n_x, n_y, n_y, lags))
    for j, end in ((j, min(lags, j + _COLUMNS)) for j in range(0, lags, _COLUMNS)):
        columns = np.lib.stride_tricks.sliding_window_view(before, end - j, axis=-1)
        columns = np.einsum("...apqdj->...adpqj", columns[..., lags + j - end : lags + j, :][..., ::-1, :])
        for a in range(0, lags - 1, each):
            i, some = max(j, a + 1), min(each, lags - 1 - a)
            seen = rows[..., i - 1 - a : lags - 1 - a, :, :, :some, :end]
            left = seen.reshape(*batch, (lags - i) * n_x**2, some * end)
            right = columns[..., a : a + some, :, :, :, :].reshape(*batch, some * end, n_y**2 * (end - j))
            share = (left @ right).reshape(*batch, lags - i, n_x, n_x, n_y, n_y, end - j)
            theta[..., i:, :, :, :, :, j:end] += share
    return theta


def _differentiated(
    U: Float[np.ndarray, "lags n n_x"], V: Float[np.ndarray, "lags n n_y"]
) -> Float[np.ndarray, "lags n_y n_x lags n_y n_x"]:
    """The transition's share of the lag kernel, from the derivatives of L by W, some rows of W at a time."""
    lags, n, n_x = U.shape
    n_y = V.shape[2]
    size = lags * n_y * n_x
    earlier = np.concatenate((np.zeros((lags, n, n_y)), V))  # V by i-1-a from -lags on
    windows = np.lib.stride_tricks.sliding_window_view(earlier, lags, axis=0)[:lags, ..., ::-1]  # i k p a
    toeplitz = windows.swapaxes(1, 2)  # i p k a
    share = np.zeros((size, size))
    each = max(1, _CHUNK // (lags * n_y * max(lags, n * n_x)))
    for k in range(0, n, each):
        some = toeplitz[:, :, k : k + each]
        derivatives = some.reshape(-1, lags) @ U.reshape(lags, -1) / n  # (i p k) (l x)
        derivatives = np.moveaxis(derivatives.reshape(*some.shape[:3], n, n_x), -1, 2).reshape(size, -1)
        share += derivatives @ derivatives.T
    return share.reshape((lags, n_y, n_x) * 2)


def sequence_kernel(theta: Array, x1: Array, x2: Array | None = None) -> Float[np.ndarray, "N M T n_y S n_y"]:
    """The neural tangent kernel of whole sequences, from a lag kernel.

    ``K[n, m, t, p, s, q]`` is the sum over i <= t and j <= s of
    ``x1[n, t - i] . theta[i, p, :, j, q, :] . x2[m, s - j]``: sequences and times in the order of
    ``ntk``, an output after each time.

    Parameters
    ----------
    theta : (lags, n_y, n_x, lags, n_y, n_x)
        A lag kernel with at least max(T, S) lags.
    x1 : (N, T, n_x)
        Sequences.
    x2 : (M, S, n_x), optional
        More sequences; those of ``x1`` if left out.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite, or sequences longer than the lag kernel.
    OverflowError
        When an entry leaves the range of float64.

    Notes
    -----
    Two matrix products, ``N T S n_x n_y^2 (T n_x + M S)`` multiplications.

    Examples
    --------
    An impulse at time 0 shows the lag kernel itself:

    >>> theta = lag_kernel(np.eye(2), np.ones((2, 1)), np.ones((1, 2)), 3)
    >>> np.allclose(sequence_kernel(theta, [[[1], [0], [0]]]), theta[None, :, :, 0, :, :, 0])
    True
    """
    theta = finite_array("theta", theta, 6)
    lags, n_y, n_x = theta.shape[:3]
    if theta.shape[3:] != theta.shape[:3]:
        raise ValueError(f"theta must have shape (lags, n_y, n_x, lags, n_y, n_x), got {theta.shape}")
    X1 = _lagged_inputs("x1", x1, lags, n_x)
    X2 = X1 if x2 is None else _lagged_inputs("x2", x2, lags, n_x)
    theta = theta[: X1.shape[2], :, :, : X2.shape[2]]
    refuse_too_large(
        "sequence_kernel: the kernel",
        16 * math.prod((*X1.shape[:2], *X2.shape[:2], n_y, n_y)),
        "pass some sequences of x1 and x2 at a time",
    )
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        half = np.tensordot(X1, theta, axes=((2, 3), (0, 2)))  # n t p j q y
        K = np.tensordot(half, X2, axes=((3, 5), (2, 3)))  # n t p q m s
    if not np.isfinite(K).all():
        raise OverflowError("sequence_kernel: the kernel of these sequences exceeds the range of float64")
    return np.ascontiguousarray(np.transpose(K, (0, 4, 1, 2, 5, 3)))


def _chains(
    W: Float[np.ndarray, "n n"],
    F: Float[np.ndarray, "n n_x"],
    C: Float[np.ndarray, "n_y n"],
    decay: float,
    lags: int,
) -> tuple[Float[np.ndarray, "lags n n_x"], Float[np.ndarray, "lags n n_y"]]:
    """U_a and V_a' for a < lags.

    Reading W is what takes the time.  So one pass over W does a step of both chains, in blocks of rows:
    W U row by row, and V W as the sum over the blocks.
    """
    n = len(W)
    U, V = np.empty((lags, *F.shape)), np.zeros((lags, *C.T.shape))
    U[0], V[0] = F, C.T
    rows = max(16, BLOCK // (n * max(1, F.shape[1], len(C))))
    for a in range(1, lags):
        for block in (slice(start, start + rows) for start in range(0, n, rows)):
            U[a, block] = W[block] @ U[a - 1]
            V[a] += W[block].T @ V[a - 1, block]
        U[a] /= np.sqrt(n)
        V[a] /= np.sqrt(n)
        if decay:
            U[a] += decay * U[a - 1]
            V[a] += decay * V[a - 1]
    return U, V


def _gram(chain: Float[np.ndarray, "lags n k"]) -> Float[np.ndarray, "lags k lags k"]:
    """The inner products over the hidden units, divided by their number."""
    lags, n, k = chain.shape
    columns = chain.transpose(1, 0, 2).reshape(n, lags * k)
    gram: np.ndarray = columns.T @ columns / n
    return gram.reshape(lags, k, lags, k)


def _lagged_inputs(name: str, x: Array, lags: int, n_x: int) -> Float[np.ndarray, "N T T n_x"]:
    """``X[n, t, i] = x[n, t - i]``, and 0 where i > t: the block Toeplitz matrix of each sequence."""
    x = finite_array(name, x, 3)
    N, T, _ = x.shape
    if x.shape[2] != n_x:
        raise ValueError(f"{name} must have shape (sequences, T, n_x) with n_x = {n_x}, got {x.shape}")
    if not 1 <= T <= lags:
        raise ValueError(f"{name} must have a length T from 1 to {lags}, the lags of theta, got {T}")
    refuse_too_large(f"{name}: its lagged inputs", 8 * x.size * T, "pass fewer sequences at a time")
    return lagged_matrix(x, T, 0).reshape(N, T, T, n_x)


def _fitting_lags(network: Network, lags: Count) -> int:
    """The lags as an int, if their chain fits."""
    lags = at_least(1, "lags", lags, most=MOST_POWERS)
    n, n_x, n_y = network.width, network.F.shape[1], len(network.C)
    refuse_too_large("lags: the chain of W", 8 * lags * n * min(n_x, n_y), "take fewer lags")
    return lags


def _doubles(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    W, F, C = (matrix.astype(float, copy=False) for matrix in (network.W, network.F, network.C))
    return W, F, C


def refuse_vast_kernel(lags: int, n_x: int, n_y: int, *, copies: int) -> None:
    """ValueError for a lag kernel that takes too long, or, so many of them, too much memory.

    >>> refuse_vast_kernel(10**4, 1, 1, copies=1)
    Traceback (most recent call last):
    ValueError: lags must be <= 2048 for a lag kernel with n_x n_y = 1, got 10000
    """
    most = math.isqrt(math.isqrt(MOST_PRODUCTS // (n_x * n_y) ** 2))
    if lags > most:
        raise ValueError(f"lags must be <= {most} for a lag kernel with n_x n_y = {n_x * n_y}, got {lags}")
    refuse_too_large("lags: the lag kernel", 8 * copies * (lags * n_x * n_y) ** 2, "take fewer lags")


def _rate(role: str, rates: Rates) -> float:
    try:
        return float(getattr(rates, role))
    except OverflowError:
        raise OverflowError(f"rates: {role} exceeds the range of float64, about 1.8e308") from None


def _overflow(function: str, lags: int) -> str:
    return (
        f"{function}: n^(-a/2) W^a F or n^(-a/2) C W^a, or a product of the two, exceeds the range of float64"
        f" at a lag a < {lags}; take fewer lags, or scale W, F or C down"
    )
