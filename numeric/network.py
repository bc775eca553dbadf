r"""A network of given matrices, validated once: drawn, trained, or read from a framework.

    h_t = M h_{t-1} + F x_t,    y_t = n^{-1/2} C h_t,    M = decay I + n^{-1/2} W.

*Weights of a framework* carry their scale, ``h_t = W_std h_{t-1} + F_std x_t`` and ``y_t = C_std h_t``; they
are of size n^{-1/2} where W and C are of size 1.  So the network is that of

    W = n^{1/2} W_std,    F = F_std,    C = n^{1/2} C_std,    L_j = C_std W_std^j F_std,

and left as they are they would be scaled twice.  By the chain rule dJ/dW_std is n^{1/2} dJ/dW, so that a step
eta of gradient descent on W_std moves W by ``-n eta dJ/dW``: the framework trains W and C at n times the rate
of F.  In this *standard* parametrisation the kernel therefore has the shares of W and C times n, and grows
with the width; in the *ntk* parametrisation, where the factors n^{-1/2} stand in the forward pass, the stored
weights are W, F and C.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

import numpy as np
from jaxtyping import Float

from numeric.arguments import Array, Number, finite_array, finite_number, shown
from numeric.model import GivenRates, Rates, given_rates

__all__ = ["Network", "from_weights", "or_matrices"]

PARAMETRISATIONS = ("standard", "ntk")


@dataclass(frozen=True, eq=False, init=False)
class Network:
    """The matrices of one network, and the rates at which they are trained.

    Parameters
    ----------
    W : (n, n)
        Transition matrix, of raw N(0, nu_W) entries: the model has the factor n^{-1/2}.
    F : (n, n_x)
        Input matrix.
    C : (n_y, n)
        Readout, of raw N(0, nu_C) entries.
    decay : number
        What the hidden state keeps of itself, as in ``Leaky``.
    rates : Rates
        Multiples of the learning rate; all 1 by default.

    Raises
    ------
    ValueError
        On a wrong shape or a number that is not finite.

    Notes
    -----
    The arrays are not copied.  They are float32 if all three are, else float64.

    Examples
    --------
    >>> network = Network([[3.0]], [[5.0]], [[2.0]], decay=1)
    >>> network.transition
    array([[4.]])
    """

    W: Float[np.ndarray, "n n"]
    F: Float[np.ndarray, "n n_x"]
    C: Float[np.ndarray, "n_y n"]
    decay: float
    rates: Rates

    def __init__(
        self, W: Array, F: Array, C: Array, *, decay: Number = 0.0, rates: GivenRates | None = None
    ) -> None:
        matrices = {
            name: finite_array(name, matrix, 2) for name, matrix in zip("WFC", (W, F, C), strict=True)
        }
        n = len(matrices["W"])
        _require_shapes(n, *matrices.values())
        single = all(getattr(matrix, "dtype", None) == np.float32 for matrix in (W, F, C))
        for name, matrix in matrices.items():
            object.__setattr__(self, name, matrix.astype(np.float32 if single else np.float64, copy=False))
        object.__setattr__(self, "decay", finite_number("decay", decay))
        object.__setattr__(self, "rates", given_rates(rates))

    @property
    def width(self) -> int:
        """The number n of hidden units."""
        return len(self.W)

    @property
    def transition(self) -> Float[np.ndarray, "n n"]:
        """M, the effective transition: ``decay I + n^{-1/2} W``."""
        M: np.ndarray = self.decay * np.eye(self.width, dtype=self.W.dtype) + self.W / np.sqrt(self.width)
        return M


def from_weights(W: Array, F: Array, C: Array, *, parametrisation: str = "standard") -> Network:
    """The network of a framework's weights, trained or as initialised.

    Parameters
    ----------
    W : (n, n)
        What multiplies the hidden state from the left: ``weight_hh_l0`` of PyTorch's ``nn.RNN``, the
        transposed ``recurrent_kernel`` of Keras' ``SimpleRNN``.
    F : (n, n_x)
        ``weight_ih_l0``, or the transposed ``kernel``.
    C : (n_y, n)
        The ``weight`` of PyTorch's ``nn.Linear``, or the transposed ``kernel`` of Keras' ``Dense``.  All
        three are NumPy arrays or anything with ``__array__``; of a PyTorch parameter pass ``.detach()``.
    parametrisation : "standard" or "ntk"
        ``"standard"``, as all frameworks have it: y = C h, h = W h + F x, and gradient descent on these very
        numbers.  The network's rates then are n for W and C, 1 for F, and so its kernel is that of the
        framework. ``"ntk"``: the forward pass divides W and C by the root of n.

    Returns
    -------
    Network
        Activations and biases are none of it: the cell is taken to be linear, as tanh is for small inputs.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite, what cannot be read as an array, or another
        parametrisation.

    Examples
    --------
    >>> from numeric import impulse_response, lag_kernel
    >>> n, rng = 100, np.random.default_rng(0)
    >>> W_std, F_std, C_std = (rng.uniform(-0.1, 0.1, shape) for shape in ((n, n), (n, 1), (1, n)))
    >>> network = from_weights(W_std, F_std, C_std)
    >>> np.allclose(impulse_response(network, 3)[2], C_std @ W_std @ W_std @ F_std)
    True
    >>> shares = F_std.T @ F_std + C_std @ C_std.T  # dL_0/dC_std = F_std', dL_0/dF_std = C_std'
    >>> np.allclose(lag_kernel(network, 1)[0, 0, 0, 0, 0, 0], shares)
    True
    """
    if parametrisation not in PARAMETRISATIONS:
        raise ValueError(f'parametrisation must be "standard" or "ntk", got {shown(parametrisation)}')
    for name, matrix in zip("WFC", (W, F, C), strict=True):
        _require_readable(name, matrix)
    if parametrisation == "ntk":
        return Network(W, F, C)
    given = Network(W, F, C)
    root = given.W.dtype.type(given.width**0.5)
    return Network(
        root * given.W,
        given.F,
        root * given.C,
        rates=Rates(transition=given.width, input=1, output=given.width),
    )


def _or_matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of a network, and of more, take W, F and C in the place of the network.

    >>> @or_matrices
    ... def outputs(network, lags):
    ...     return len(network.C) * lags
    >>> outputs([[1]], [[1]], [[1]], 3), outputs(Network([[1]], [[1]], [[1]]), 3)
    (3, 3)
    """
    _, *more = signature(function).parameters.values()
    matrices = (Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=Array) for name in "WFC")
    told = signature(function).replace(parameters=[*matrices, *more])

    @wraps(function)
    def judged(*given: Any, **named: Any) -> Any:
        if given and isinstance(given[0], Network):
            return function(*given, **named)
        if (
            len(given) >= 3
        ):  # in their places, as they mostly come: binding takes longer than small networks do
            return function(Network(*given[:3]), *given[3:], **named)
        arguments = told.bind(*given, **named).arguments
        network = Network(*(arguments.pop(name) for name in "WFC"))
        return function(network, **arguments)

    judged.__signature__ = told  # type: ignore[attr-defined]
    return judged


if TYPE_CHECKING:
    P = ParamSpec("P")
    Result = TypeVar("Result", covariant=True)

    class OfNetwork(Protocol[P, Result]):
        """A function of a network, or of its three matrices, and of more."""

        @overload
        def __call__(self, network: Network, /, *more: P.args, **named: P.kwargs) -> Result: ...
        @overload
        def __call__(self, W: Array, F: Array, C: Array, *more: P.args, **named: P.kwargs) -> Result: ...

    def or_matrices(function: Callable[Concatenate[Network, P], Result]) -> OfNetwork[P, Result]:
        """As :func:`_or_matrices`."""
else:  # which run-time type checkers understand
    or_matrices = _or_matrices


def _require_readable(name: str, value: Any) -> None:
    try:
        if hasattr(value, "__array__"):
            value.__array__()
    except (
        RuntimeError,
        TypeError,
    ) as error:  # PyTorch: of a parameter that requires a gradient, or on a device
        raise ValueError(f"{name} must be readable as an array: {error}") from None


def _require_shapes(n: int, W: np.ndarray, F: np.ndarray, C: np.ndarray) -> None:
    if n == 0 or W.shape != (n, n):
        raise ValueError(f"W must be square, (n, n) with n >= 1, got {W.shape}")
    if len(F) != n or F.shape[1] == 0:
        raise ValueError(f"F must have shape (n, n_x) with n = {n} as in W and n_x >= 1, got {F.shape}")
    if C.shape[1] != n or len(C) == 0:
        raise ValueError(f"C must have shape (n_y, n) with n = {n} as in W and n_y >= 1, got {C.shape}")
