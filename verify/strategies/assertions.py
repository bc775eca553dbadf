"""Assertions that a function computes what the theory says, whatever the network and its inputs."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis.errors import Unsatisfiable
from numpy.typing import DTypeLike

from numeric import lag_weights, ntk
from numeric.model import Model
from numeric.networks.diagonal import SpectralTransition
from verify.strategies import drawing
from verify.strategies.calling import Networks, a_function, holds_for, network_strategy, told
from verify.strategies.comparison import DIGITS, Expected, compare, exactly
from verify.strategies.given import exact_lag_kernel
from verify.strategies.rounding import matrix_roundings, precision_of, roundings

__all__ = ["assert_lag_kernel_matches", "assert_lag_weights_match", "assert_ntk_matches"]


def assert_lag_weights_match(
    my_lag_weights: Callable[..., Any], *, network: Networks = None, dtype: DTypeLike = np.float64
) -> None:
    """AssertionError unless ``my_lag_weights(nu_W, nu_F, nu_C, lags)`` are rho_0, ..., rho_{lags-1}.

    Parameters
    ----------
    my_lag_weights : callable
        Takes three floats and an int, by position, and returns an array of ``lags`` numbers: of NumPy, JAX,
        PyTorch or anything with ``__array__``, or a list.
    network : network or strategy of networks, optional
        Which the weights are of, ``networks()`` or ``Orthogonal("0.9")``: then ``my_lag_weights(network,
        lags)`` is called.  Those of a strategy whose limit is not diagonal have no weights and are passed
        over.
    dtype : float64 or float32
        The precision in which it is to be right.

    Raises
    ------
    AssertionError
        With the smallest arguments found for which the result has another shape or lower precision, or an
        entry is farther from the exact value than the roundings of a right implementation can take it
        (:mod:`verify.strategies.rounding` has the proof, and says for which implementations).
        So too if the function returns two values for the same arguments.
    ValueError
        If the function, ``network`` or ``dtype`` is none, no network drawn has a diagonal limit, or the
        result is no array of real numbers.

    Notes
    -----
    Tries as many examples as Hypothesis' active profile says, 100 by default, with its seeds; nothing is
    written to disk.

    Examples
    --------
    >>> def forgetful(nu_W, nu_F, nu_C, lags):
    ...     return [(nu_C + nu_F) * nu_W**i for i in range(lags)]
    >>> assert_lag_weights_match(forgetful)
    Traceback (most recent call last):
    ...
    AssertionError: forgetful is wrong at [1]
      got     0.0
      exact   1.0
      off by  1
      allowed 4e-15, 36 roundings of float64
    for
      nu_W = 0.0
      nu_F = 1.0
      nu_C = 1.0
      lags = 2
    """
    a_function("my_lag_weights", my_lag_weights)
    precision, plain = precision_of(dtype), network is None
    passed_over = set()
    if isinstance(network, Model) and not network.diagonal:
        raise ValueError(_no_weights([type(network).__name__]))

    def check(lags: int, network: Model) -> None:
        if not network.diagonal:
            passed_over.add(type(network).__name__)
            reject()
        drawn = {**told(network, plain=plain), "lags": lags}
        rho = exactly(lag_weights(network, lags, digits=DIGITS))
        count = np.array([roundings(i, i, layers=len(network.layers)) for i in range(lags)])
        compare(my_lag_weights, drawn, Expected(rho, rho, count), precision)

    try:
        holds_for(my_lag_weights, check, lags=drawing.lags(), network=network_strategy(network))
    except Unsatisfiable:
        if not passed_over:
            raise
        raise ValueError(_no_weights(sorted(passed_over))) from None


def assert_ntk_matches(
    my_ntk: Callable[..., Any],
    *,
    network: Networks = None,
    dtype: DTypeLike = np.float64,
    last_only: bool = False,
) -> None:
    """AssertionError unless ``my_ntk(x1, x2, nu_W, nu_F, nu_C)`` is the kernel of infinitely wide networks.

    Parameters
    ----------
    my_ntk : callable
        Takes arrays (N, T, n_x) and (M, S, n_x) of NumPy and of ``dtype``, and three floats, by position, and
        returns an array (N, M, T, S) of any library, as :func:`numeric.ntk` does.
    network : network or strategy of networks, optional
        As of :func:`assert_lag_weights_match`: then ``my_ntk(x1, x2, network)`` is called.
    dtype : float64 or float32
        The precision in which it is to be right.
    last_only : bool
        It returns (N, M), the kernel of the last outputs.

    Raises
    ------
    AssertionError, ValueError
        As of :func:`assert_lag_weights_match`; ValueError also for ``Diagonal`` of given eigenvalues, whose
        kernel has terms of either sign beyond those of the inputs.

    Notes
    -----
    Sequences have up to six steps in up to three coordinates.  What an entry may be off by is relative to the
    sum of its absolute terms, which is ``ntk(abs(x1), abs(x2))``.

    Examples
    --------
    >>> def my_ntk(x1, x2, nu_W, nu_F, nu_C):
    ...     a = b = np.zeros((len(x1), len(x2), x1.shape[1], x2.shape[1]))
    ...     for _ in range(min(a.shape[2:])):
    ...         later = [np.pad(k, ((0, 0), (0, 0), (1, 0), (1, 0)))[..., :-1, :-1] for k in (a, b)]
    ...         a = nu_W * later[0] + np.einsum("ntx,msx->nmts", x1, x2)
    ...         b = nu_W * later[1] + later[0]
    ...     return (nu_C + nu_F) * a + nu_C * nu_F * b
    >>> assert_ntk_matches(my_ntk)
    """
    a_function("my_ntk", my_ntk)
    precision, plain = precision_of(dtype), network is None

    def check(pair: tuple[Any, Any], network: Model) -> None:
        x1, x2 = pair
        drawn = {"x1": x1, "x2": x2, **told(network, plain=plain)}
        _refuse_signs(network)
        kernel, terms = (
            exactly(ntk(a, b, variances=network, digits=DIGITS, last_only=last_only))
            for a, b in (pair, (abs(x1), abs(x2)))
        )
        layers, (T, n_x), S = len(network.layers), x1.shape[1:], x2.shape[1]
        count = roundings(*np.ogrid[:T, :S], layers=layers, n_x=n_x)
        if last_only:
            count = count[-1, -1]
        compare(my_ntk, drawn, Expected(kernel, terms, np.broadcast_to(count, kernel.shape)), precision)

    holds_for(my_ntk, check, pair=drawing.pairs_of_sequences(precision), network=network_strategy(network))


def assert_lag_kernel_matches(my_lag_kernel: Callable[..., Any], *, dtype: DTypeLike = np.float64) -> None:
    """AssertionError unless ``my_lag_kernel(W, F, C, lags)`` is the lag kernel of the given network.

    Parameters
    ----------
    my_lag_kernel : callable
        Takes arrays (n, n), (n, n_x) and (n_y, n) of NumPy and of ``dtype`` and an int, by position, and
        returns an array (lags, n_y, n_x, lags, n_y, n_x) of any library, as :func:`numeric.lag_kernel` does:
        ``theta[i, p, x, j, q, y]`` is the sum over all parameters of ``dL_i[p, x] dL_j[q, y]``, ``L_j =
        n^{-(j+1)/2} C W^j F``.
    dtype : float64 or float32
        The precision in which it is to be right.

    Raises
    ------
    AssertionError, ValueError
        As of :func:`assert_lag_weights_match`.

    Notes
    -----
    Networks have up to four units and four lags.  What an entry may be off by is relative to the sum of its
    absolute terms, which is the same entry for the absolute values of W, F and C.

    Examples
    --------
    >>> from numeric import lag_kernel
    >>> assert_lag_kernel_matches(lag_kernel)
    """
    a_function("my_lag_kernel", my_lag_kernel)
    precision = precision_of(dtype)

    def check(lags: int, weights: tuple[Any, Any, Any]) -> None:
        W, F, C = weights
        theta, terms = exact_lag_kernel(W, F, C, lags)
        i, j = np.ogrid[:lags, :lags]
        count = matrix_roundings(i, j, n=len(W), n_x=F.shape[1], n_y=len(C))
        count = np.broadcast_to(count[:, None, None, :, None, None], theta.shape)
        drawn = {"W": W, "F": F, "C": C, "lags": lags}
        compare(my_lag_kernel, drawn, Expected(theta, terms, count), precision)

    holds_for(my_lag_kernel, check, lags=drawing.lags(4), weights=drawing.weights(dtype=precision))


def _no_weights(kinds: list[str]) -> str:
    """What is told of networks that have none.

    >>> _no_weights(["Leaky"])
    'network: Leaky has no lag weights, as its limit is not diagonal; assert_ntk_matches takes it'
    """
    several = len(kinds) > 1
    have, its, it = ("have", "their", "them") if several else ("has", "its", "it")
    no_weights = f"{' and '.join(kinds)} {have} no lag weights, as {its} limit is not diagonal"
    return f"network: {no_weights}; assert_ntk_matches takes {it}"


def _refuse_signs(network: Model) -> None:
    if any(isinstance(layer.transition, SpectralTransition) for layer in network.layers):
        raise ValueError(
            "network must have a kernel without negative coefficients, for the others' rounding is not known;"
            " Diagonal of given eigenvalues has none; take a Ring"
        )
