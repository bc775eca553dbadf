r"""How far a right implementation may be from the exact value.

An entry that the theory gives is a sum of terms: products of the network's numbers, of inputs or of entries
of matrices, with natural coefficients.  Let u be the unit roundoff of the floating-point type (2^-53 for
float64, 2^-24 for float32) and ``gamma_k = k u / (1 - k u)``.  Computed by sums, products and quotients in
any order, a term comes out times ``1 + theta``, ``|theta| <= gamma_K``, if at most K operations on its way
round (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma 3.1).  Hence

    |computed - exact| <= gamma_K sum of |term|,

where the exact value may be less than that sum, as inputs have signs.  The sum of the absolute terms is the
same entry for the absolute values of the inputs, for no coefficient is negative.

**Kernels and lag weights.**  For the entry of times t and s, with D layers and n_x inputs,

    K = (4 D + n_x) (t + 2) (s + 2);

a lag weight is the entry ``t = s = i`` for an impulse, without inputs to sum over: n_x = 0.  That covers, for
one dense layer,

* the closed form: ``2 i + 5`` roundings if w^i is a product of i factors; 9 if it is a power that is right to
  two units in the last place; ``3 i |log w| + 6`` if it is ``exp(i log w)``, both right to one, and ``|log w|
  <= log 64`` where w is drawn;
* ``rho_{i+1} = w rho_i + p w^i``, and the double sum ``sum_{a+b=i-1} nu_C w^a nu_F w^b`` for ``i p w^(i-1)``:
  ``3 i + 5``;
* ``rho_{i+2} = 2 w rho_{i+1} - w^2 rho_i``, the one subtraction that is allowed for.  A step rounds its two
  terms at most 2 and 3 times, and ``w rho_{k-1}`` and ``w^2 rho_{k-2}`` are at most rho_k, so that it adds an
  error of ``7 u' rho_k (1 + E)``, ``u' = u / (1 - 3 u)``, E the greatest relative error up to lag i.  An
  error e at lag k is one of ``(i - k + 1) w^(i-k) e`` at lag i, and ``w^(i-k) rho_k <= rho_i``: hence ``E <=
  x (1 + E)``, ``x = 7/2 (i + 1) (i + 2) u'``, and ``E <= x / (1 - x)``, less than gamma_K for ``K = 4 (i + 1)
  (i + 2)``;

then for the kernel the weighted sum over lags and coordinates, flat or as products with all pairs of times,
which rounds at most ``n_x (t + 1) (s + 1) + 2`` times more, or the recursion of :mod:`numeric.kernels`.
Where the limit is not diagonal, an entry a, b of a two-point function is a sum of ``min(a, b) + 1`` products
of a + b factors and binomials, ``3 (a + b) + 5`` roundings, and T^2 sums at most ``t s`` products of two.
Each layer adds a convolution or a recursion of that length.  All this leaves room for the network's numbers
and the inputs to have been rounded to the type before, which is one rounding more for each factor.

**Lag kernels of given matrices.**  A product with an n x n matrix rounds n times and its scale n^{-1/2}
twice, so that it is n + 2 for each letter W.  Grams and their convolution add ``2 n + i j``, or else the sum
over the derivatives by all ``n (n + n_x + n_y)`` parameters as many.  Either is covered by

    K = (n + 4) (i + 2) (j + 2) + n (n + n_x + n_y).

What is *not* covered has larger errors: an FFT, whose errors are relative to the largest entry, so that small
weights are lost; other subtractions; a lower precision on the way, such as TF32 in products of matrices.
"""

from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["Precision", "gamma", "matrix_roundings", "precision_of", "roundings", "unit_roundoff"]

Precision: TypeAlias = np.dtype[np.floating]

_PRECISIONS: tuple[Precision, ...] = (np.dtype(np.float32), np.dtype(np.float64))
"""The types whose rounding is accounted for."""


def precision_of(dtype: DTypeLike) -> Precision:
    """The type as NumPy's; ValueError unless it is float32 or float64.

    >>> precision_of("float32")
    dtype('float32')
    """
    for precision in _PRECISIONS:
        with suppress(TypeError):  # no type at all
            if np.dtype(dtype) == precision:
                return precision
    raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")


def unit_roundoff(dtype: Precision) -> Fraction:
    """The greatest relative error of one rounding to nearest.

    >>> unit_roundoff(np.dtype(np.float64)) == Fraction(1, 2**53)
    True
    """
    return Fraction(1, 2 ** (int(np.finfo(dtype).nmant) + 1))


def gamma(count: int, dtype: Precision) -> Fraction:
    """``k u / (1 - k u)``, the greatest relative error of k roundings.

    >>> gamma(2, np.dtype(np.float32)) == Fraction(2, 2**24 - 2)
    True
    """
    error = count * unit_roundoff(dtype)
    return error / (1 - error)


def roundings(t: Any, s: Any, *, layers: int = 1, n_x: int = 0) -> Any:
    """K of the kernel's entry at times t and s, or with ``t = s = i`` and no inputs of a lag weight.

    >>> [roundings(i, i) for i in range(4)]
    [16, 36, 64, 100]
    """
    return (4 * layers + n_x) * (t + 2) * (s + 2)


def matrix_roundings(i: Any, j: Any, *, n: int, n_x: int, n_y: int) -> Any:
    """K of the lag kernel of given matrices at lags i and j.

    >>> matrix_roundings(0, 1, n=2, n_x=1, n_y=1)
    44
    """
    return (n + 4) * (i + 2) * (j + 2) + n * (n + n_x + n_y)
