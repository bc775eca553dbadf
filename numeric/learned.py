"""How much of the way to the minimum training has gone, along an eigenvector of the Hessian or of the kernel.

The share still to go is ``(1 - eta lam)^k`` after k steps of gradient descent (``remaining`` in
:mod:`derivations.training_forms`), and ``exp(-t lam)`` after the time t of gradient flow, its limit for
``eta = t/k``.  The share *learned* is one less these, and small along the weak directions, where subtracting
would leave nothing but rounding errors; so it is computed through ``log1p`` and ``expm1``.
"""

import numpy as np
from jaxtyping import Float

from derivations import training_forms

__all__ = ["by_descent", "by_flow"]


def by_descent(lam: Float[np.ndarray, "..."], eta: float, steps: int | float) -> Float[np.ndarray, "..."]:
    """``1 - (1 - eta lam)^steps`` for ``0 <= eta lam <= 2``, to full relative precision where it is small.

    >>> float(by_descent(np.array(1e-20), 0.5, 4))
    2e-20
    """
    with np.errstate(over="ignore", under="ignore"):
        rate = np.minimum(eta * lam, 2.0)  # rounded, 2 may be more, and explode
        slow = rate < 0.5
        exact = -np.expm1(float(steps) * np.log1p(-np.where(slow, rate, 0.0)))
        odd = steps % 2  # apart, lest the sign of large powers is rounded away
        left = training_forms.remaining(rate, 1, odd) * training_forms.remaining(rate, 1, float(steps - odd))
        return np.where(slow, exact, 1 - left)


def by_flow(lam: Float[np.ndarray, "..."], time: float) -> Float[np.ndarray, "..."]:
    """``1 - exp(-time lam)``.

    >>> float(by_flow(np.array(1e-20), 2.0))
    2e-20
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(-np.expm1(-time * lam))
