r"""The generating function of a stack of layers, written once, for any field.

Layer l of D carries its hidden state by ``h^l_t = n^{-1/2} (W^l h^l_{t-1} + F^l h^{l-1}_t)``, where ``h^0``
is the input x (and F^1 has no ``n^{-1/2}``); the readout is ``y_t = n^{-1/2} C h^D_t``.  Layer l has the
variances ``w`` of its transition and ``f`` of its input matrix and trains them at the rates ``rate_W`` and
``rate_F``; the readout has the variance ``c`` and the rate ``rate``.

In the limit of infinite width the lag kernel is diagonal, and ``G(u) = sum of rho_i u^i`` follows layer by
layer.  Let ``s_l`` be the generating function of the energies of layer l's impulse response, and ``k_l`` that
of what the parameters up to layer l contribute to its tangent kernel.  A path from the input up crosses each
F^l once and each W^l any number of times, each time with its variance; the parameter that is varied stands at
one place of it, where its rate replaces the variance:

    (1 - w u) s_l = f s_{l-1}                                         s_0 = 1
    (1 - w u) k_l = f k_{l-1} + rate_F s_{l-1} + rate_W u s_l         k_0 = 0
    G = c k_D + rate s_D

(``W^l`` takes one lag: hence ``u``.)  One layer at rates 1 is
:func:`derivations.closed_forms.generating_function`.  Unrolled, with ``f != 0``,

    G = s_D (rate + c sum over l of (rate_F / f + rate_W u / (1 - w u))),    s_D = product of f / (1 - w u),

so a rate ``w`` of m layers is a pole of order ``m + 1``, at most.

Importing this module imports no other.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

__all__ = ["Layer", "Scalar", "stack_generating_function", "stack_weights"]

Scalar: TypeAlias = Any
"""An element of a field: a SymPy expression, a Fraction, an ``arb``, an ``fmpq``, an ``mpf``, a float."""

Layer: TypeAlias = tuple[Scalar, Scalar, Scalar, Scalar]
"""A layer's ``w``, ``f``, ``rate_W`` and ``rate_F``."""


def stack_generating_function(layers: Iterable[Layer], c: Scalar, rate: Scalar, u: Scalar) -> Scalar:
    """G(u), where ``|w u| < 1`` for every layer, as a rational function everywhere else.

    Parameters
    ----------
    layers
        ``(w, f, rate_W, rate_F)`` of each, from the bottom up.
    c, rate
        The readout's variance, and the rate it is trained at.
    u
        A number or a symbol.

    >>> from fractions import Fraction
    >>> print(stack_generating_function([(1, 1, 1, 1)], 1, 1, Fraction(1, 2)))
    6
    >>> print(stack_generating_function([(1, 1, 1, 1), (0, 1, 1, 1)], 1, 1, Fraction(1, 2)))
    9
    """
    energy, tangent = 1, 0
    for w, f, rate_W, rate_F in layers:
        left = 1 - w * u
        above = f * energy / left
        tangent = (f * tangent + rate_F * energy + rate_W * u * above) / left
        energy = above
    return c * tangent + rate * energy


def stack_weights(layers: Iterable[Layer], c: Scalar, rate: Scalar, lags: int) -> list[Scalar]:
    """rho_0, ..., rho_(lags-1): the same recursion on power series, in any ring.

    Every sum is of products of the arguments, so nothing cancels where these are not negative, and nothing is
    divided.  The cost is some ten operations a layer and lag.

    >>> stack_weights([(1, 1, 1, 1)], 1, 1, 4)
    [2, 3, 4, 5]
    >>> stack_weights([(1, 1, 1, 1), (0, 1, 1, 1)], 1, 1, 4)
    [3, 5, 6, 7]
    """
    energy: list[Scalar] = ([1] + [0] * lags)[:lags]
    tangent: list[Scalar] = [0] * lags
    for w, f, rate_W, rate_F in layers:
        energy_before = tangent_before = 0  # at the lag before, of the layer itself
        for i in range(lags):
            below = energy[i]
            tangent[i] = w * tangent_before + f * tangent[i] + rate_F * below + rate_W * energy_before
            energy[i] = w * energy_before + f * below
            energy_before, tangent_before = energy[i], tangent[i]
    return [c * k + rate * s for k, s in zip(tangent, energy, strict=True)]
