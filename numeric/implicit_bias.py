"""What gradient descent cannot do: bounds on how far each lag of the impulse response moves.

A step changes L_j by ``eta rho_j X_j' r``, and where the step is stable the residual r does not grow.  So k
steps move lag j by at most ``rho_j k eta |X_j| |r^0|``: early in the training a lag of small weight has
hardly moved.  For steps up to half the largest stable one, moreover, the parameters of the scaled convolution
never go farther from their start than the nearest minimum theta* is, whence

    |L_j - L_j^0| <= sqrt(rho_j) |theta* - theta^0|

after any number of steps (statements ``step-bound`` and ``uniform-bound``).  With nu_W < 1 what a fixed
number of steps learns falls geometrically with the lag, whatever the data (``geometric-decay``): the implicit
bias to short memory.  In the limit of training only the distance in theta is least, the root of
``sum_j |L_j - L_j^0|^2 / rho_j``; data that determine a distant lag do teach it, in about ``1/rho_j`` steps.
"""

import numpy as np
from jaxtyping import Float

from derivations import training_forms
from numeric.arguments import Array, Number, refuse_too_large
from numeric.descent import Counts, counts, step_size
from numeric.linear_models import convolution_descent, lag_weighting
from numeric.task import GivenTask, Task, given_task  # noqa: F401 (Task in the examples)

__all__ = ["step_bound", "uniform_bound"]


def step_bound(
    task: GivenTask,
    weights: Array,
    steps: Counts,
    *,
    step: Number | None = None,
    initial: Array | None = None,
) -> Float[np.ndarray, "*counts lags"]:
    """``rho_j k eta |X_j| |r^0|``, which ``|L_j^k - L_j^0|`` does not exceed (spectral and Frobenius norms).

    Parameters
    ----------
    task : Task
        The data.
    weights : (lags,)
        rho, or the weights of another convolution.
    steps : int or sequence of int
        k.
    step : number, optional
        eta; by default half the largest stable one, as for the training itself.
    initial : (lags, n_y, n_x), optional
        L^0, 0 by default.

    Raises
    ------
    ValueError
        As :func:`numeric.convolution_descent` and :meth:`Descent.steps`.

    Examples
    --------
    >>> task = Task(inputs=np.ones((1, 3, 1)), outputs=np.ones((1, 3, 1)))
    >>> step_bound(task, [1, 0.1, 0.01], [0, 1], step=0.1).round(4)
    array([[0.    , 0.    , 0.    ],
           [0.3   , 0.0245, 0.0017]])
    """
    task, rho = given_task(task), lag_weighting(task, weights)
    descent = convolution_descent(task, rho, initial)
    eta = step_size(step, descent.largest_step)
    residual = float(np.sqrt(2 * task.loss(descent.initial)))
    k = np.reshape(counts("steps", steps), (*np.asarray(steps, dtype=object).shape, 1)).astype(float)
    refuse_too_large("steps: the bounds", 16 * k.size * task.lags, "ask for fewer at a time")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        bounds: np.ndarray = training_forms.step_bound(rho, eta, k, task.energies**0.5, residual)
    if not np.isfinite(bounds).all():
        raise OverflowError("the bound exceeds the range of float64")
    return bounds


def uniform_bound(
    task: GivenTask, weights: Array, *, initial: Array | None = None
) -> Float[np.ndarray, " lags"]:
    """``sqrt(rho_j) |theta* - theta^0|``, which ``|L_j^k - L_j^0|`` does not exceed whatever k.

    It holds for gradient descent with a step of at most half the largest stable one, and for gradient flow
    (Frobenius norms).

    Parameters
    ----------
    task, weights, initial
        As for :func:`step_bound`.

    Raises
    ------
    ValueError
        As :func:`numeric.convolution_descent`.

    Examples
    --------
    >>> task = Task(inputs=[[[1], [0], [0]]], outputs=[[[0], [0.1], [0.1]]])
    >>> uniform_bound(task, [1, 0.1, 0.01]).round(4)
    array([1.0488, 0.3317, 0.1049])
    """
    rho = lag_weighting(task, weights)
    distance = convolution_descent(task, rho, initial).distance
    bounds: np.ndarray = np.sqrt(training_forms.uniform_bound_squared(rho, 1.0)) * distance
    return bounds
