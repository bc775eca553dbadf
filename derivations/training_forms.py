r"""The closed forms of training by gradient descent, each written once, for any field.

Both models see the data only through the impulse response, and the squared loss
``J = |r|^2 / 2`` (r the residual, outputs predicted less outputs wanted) is quadratic in it.  With theta the
parameters of the scaled convolution, ``L_j = sqrt(rho_j) theta_j``, and H the Hessian in theta, gradient
descent with step ``eta`` is ``theta - theta* <- (1 - eta H) (theta - theta*)``.  So along an eigenvector of H
with eigenvalue ``lam`` all is a number, and the functions below say which ("Implicit Bias of Linear RNNs",
Emami, Sahraee-Ardakan, Pandit, Rangan and Fletcher, 2021; the uniform bound is derived here).

Importing this module imports no other.
"""

from typing import Any, TypeAlias

__all__ = ["largest_step", "remaining", "step_bound", "uniform_bound_squared"]

Scalar: TypeAlias = Any
"""An element of a field: a SymPy expression, a Fraction, a float or an array of floats."""


def remaining(lam: Scalar, eta: Scalar, steps: Scalar) -> Scalar:
    """The share of ``theta^0 - theta*`` that is left after so many steps along an eigenvector.

    >>> remaining(3, 0.25, 2)
    0.0625
    """
    return (1 - eta * lam) ** steps


def largest_step(lam: Scalar) -> Scalar:
    """Steps below it contract along an eigenvector, steps above it explode: ``|1 - eta lam| < 1``.

    >>> largest_step(4)
    0.5
    """
    return 2 / lam


def step_bound(weight: Scalar, eta: Scalar, steps: Scalar, inputs: Scalar, residual: Scalar) -> Scalar:
    """What ``|L_j^k - L_j^0|`` cannot exceed while the residual does not grow, ``eta <= 2 / lam_max``.

    ``weight`` is rho_j, ``inputs`` the norm of the lag-j inputs X_j, ``residual`` that of r^0.

    >>> step_bound(2, 0.5, 10, 3, 1)
    30.0
    """
    return weight * eta * steps * inputs * residual


def uniform_bound_squared(weight: Scalar, distance_squared: Scalar) -> Scalar:
    """What ``|L_j^k - L_j^0|^2`` cannot exceed for ``eta <= 1 / lam_max``, whatever the number of steps.

    ``distance_squared`` is ``|theta* - theta^0|^2``, theta* any minimiser.

    >>> uniform_bound_squared(2, 9)
    18
    """
    return weight * distance_squared
