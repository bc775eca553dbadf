r"""What the infinitely wide network predicts after training: kernel regression with its tangent kernel.

Trained by gradient descent with step eta on the squared loss of a :class:`numeric.Task`, a network moves in
function space by ``f <- f - eta K(., X) (f(X) - Y)``, and at infinite width K stays :func:`numeric.ntk`.
With ``r = Y - f_0(X)`` the sum of the geometric series is

    f_k(x) = f_0(x) + K(x, X) phi(K) r,
    phi(lam) = eta sum_{i<k} (1 - eta lam)^i = (1 - (1 - eta lam)^k) / lam,

``phi(lam) = (1 - exp(-t lam)) / lam`` after the time t of the gradient flow, and 1/lam in the limit of both,
0 where ``lam = 0``: no output wanted moves along such a direction, so neither does anything else.

:mod:`numeric.float_regression` has it in float64, where the condition number of the Gram matrix K = K(X, X)
grows like nu_W^{-T} when ``nu_W < 1``, as the kernel hardly sees what is long ago;
:mod:`numeric.exact_regression` in balls, which then alone tell the truth.
"""

from typing import Any

import numpy as np
from jaxtyping import Shaped
from mpmath import mpf

from numeric.arguments import Array, Count, Number, checked_array
from numeric.certified import Element, certified, certified_floats
from numeric.exact_matrices import identity, matrices_over, trace
from numeric.exact_regression import exact_predictions, of_size
from numeric.float_regression import float_predictions
from numeric.kernel_factors import kernel_factors
from numeric.kernel_training import Limit, given_training
from numeric.layered import without_biases
from numeric.model import Model
from numeric.task import GivenTask, Task, given_task
from numeric.variances import GivenNetwork, given_network, refuse

__all__ = ["kernel_condition", "kernel_regression"]


def kernel_regression(
    task: GivenTask,
    new_inputs: Array,
    *,
    variances: GivenNetwork,
    initial: Array | None = None,
    step: Number | None = None,
    steps: Count | None = None,
    time: Number | None = None,
    digits: Count | None = None,
) -> Shaped[np.ndarray, "M S n_y"]:
    """The outputs of the infinitely wide network, trained on the task, for new inputs.

    Where the limit is diagonal, they are those of the scaled convolution ``L_j = sqrt(rho_j) theta_j``,
    trained in theta.  Else lags move together, also those that only new sequences are long enough for.

    Parameters
    ----------
    task : Task
        What the network is trained on, with ``task.lags = T``: its kernel sees every lag.
    new_inputs : array_like, shape (M, S, n_x)
        M sequences of any length.
    variances : Variances or another network
        nu_W, nu_F and nu_C, and the rates; or Leaky, Orthogonal, Diagonal, Stack, without biases.
    initial : array_like, shape (lags, n_y, n_x), optional
        The impulse response that f_0 has, of any number of lags; 0 by default.
    step, steps : number and int, optional
        Gradient descent: its step eta, positive and at most ``2 / lam_max(K)``, and the number of steps, 0 to
        10^300.
    time : number, optional
        Instead, the time >= 0 of the gradient flow.  With neither, the limit of both: of all minimisers of
        the loss the one nearest to the start, which meets the outputs wanted if any does.
    digits : int, optional
        Significant decimal digits, from 1 to a million, all certified; None for float64.  All numbers then
        are taken exactly: floats, as in the task, are dyadic numbers, Fractions, mpf and decimal strings what
        they say.

    Returns
    -------
    ndarray, shape (M, S, n_y)
        Of float64, or of mpf with ``digits``.

    Warns
    -----
    PrecisionWarning
        If a float64 result may have lost so many digits that its relative error exceeds 1e-6.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite or out of range, ``steps`` without ``step`` or both with
        ``time``, a step past stability, a task whose lags are not T, or one that is too large; if the network
        has biases or trains its initial state.
    OverflowError
        If a float64 result overflows, or the kernel leaves float64's range.  With ``digits``, in rare cases
        after many steps or a time: if a prediction is not the one in the limit but as close to 0, or to a
        tie between two roundings, as some thousand bits cannot tell, or if it is 0 or a tie at this number of
        steps by coincidence, not for ever.

    Notes
    -----
    Float64: the eigenvectors of a matrix of ``rows = N (T - first)``, ``O(rows^3)``, in memory some
    ``3 (N T)^2`` floats; N T at most 8192.  The relative error is about ``eps = 2e-16`` times the number of
    steps (or ``time lam_max``) or the condition number of K (:func:`kernel_condition`), whichever is less.
    Where an estimate of it exceeds 1e-6, relative to the greatest of a sequence's predictions of the same
    coordinate, there is a :class:`numeric.PrecisionWarning`.  As a rule the estimate is ten to a thousand
    times the error, so that the warning may come early.

    Eigenvalues ``lam <= eps (rows + T n_x) lam_max`` are beyond float64's reach.  They count as 0 where
    ``phi(0) = eta k`` (or t), and directions so weak are left alone after ``1 / (eps rows)`` steps and in the
    limit.

    Digits: matrices whose size is the rank of K, at most ``rows`` and ``T n_x``, at a precision that grows
    until the digits are certain; about a second for 60 lags in the limit.  If that of the lag kernel is not
    diagonal, T is at most 1024.  Stability is decided but for a
    relative 1e-12 of the step at most: those nearer to the largest are taken.

    Examples
    --------
    One output to meet, by two lags in the proportion of their weights:

    >>> import mpmath
    >>> from numeric import Task, Variances
    >>> task = Task([[[1], [1]]], [[[0], [1]]], first=1)
    >>> kernel_regression(task, [[[1], [0]]], variances=Variances("0.2")).round(3).ravel()
    array([0.588, 0.412])
    >>> exact = kernel_regression(task, [[[1], [0]]], variances=Variances("0.2"), digits=30)
    >>> print(mpmath.nstr(exact[0, 1, 0], 30))
    0.411764705882352941176470588235

    Below, one sequence shows what a delay by 24 steps is, and determines the whole impulse response.  But the
    kernel gives lag 24 the weight ``rho_24 = 2e-15``, and the inverse of K is beyond float64's reach.

    >>> t, v = np.arange(32.0), Variances("0.2")
    >>> shown = np.cos(t).reshape(1, 32, 1)
    >>> delay = Task(shown, np.roll(shown, 24, axis=1) * (t >= 24)[:, None])
    >>> new = t.reshape(1, 32, 1)
    >>> [str(y) for y in kernel_regression(delay, new, variances=v, digits=20)[0, 28:, 0]]
    ['4.0', '5.0', '6.0', '7.0']
    >>> import warnings
    >>> with warnings.catch_warnings(action="error"):
    ...     kernel_regression(delay, new, variances=v)
    Traceback (most recent call last):
    numeric.certified.PrecisionWarning: kernel_regression: rounding errors of float64 may be as large as the
    predictions; pass digits= for certified ones

    Gradient descent takes its time to learn what the kernel hardly sees; here is the last of them:

    >>> for k in (10**3, 10**18, 10**21):
    ...     options = {"step": "0.01", "steps": k, "digits": 3}
    ...     print(float(kernel_regression(delay, new, variances=v, **options)[0, -1, 0]))
    -9.65
    6.86
    7.0

    A leaky network, shown the first answer to an impulse, goes on as its lag kernel does:

    >>> from numeric import Leaky
    >>> shown = Task([[[1]]], [[[1]]])
    >>> kernel_regression(shown, [[[1], [0], [0]]], variances=Leaky("0.5", "0.25")).ravel()
    array([1.  , 0.5 , 0.25])
    """
    model = _unbiased(variances)
    exact = digits is not None
    task = given_task(task)
    _refuse_lags(task)
    n_x = task.n_x
    new = checked_array("new_inputs", new_inputs, "(M, S, n_x)", exact=exact)
    if new.shape[2] != n_x:
        raise ValueError(f"new_inputs must have n_x = {n_x} coordinates as the task, got shape {new.shape}")
    given = np.zeros((1, task.n_y, n_x)) if initial is None else initial
    start = checked_array("initial", given, "(lags, n_y, n_x)", exact=exact)
    if start.shape[1:] != (task.n_y, n_x):
        raise ValueError(f"initial must have shape (lags, {task.n_y}, {n_x}), got {start.shape}")
    training = given_training(step, steps, time)
    if digits is None:
        return float_predictions(task, new, model, start, training)
    values = certified(exact_predictions(task, new, model, start, training, digits), digits)
    return np.array(values, dtype=object).reshape(*new.shape[:2], task.n_y)


def kernel_condition(task: GivenTask, *, variances: GivenNetwork, digits: Count | None = None) -> float | mpf:
    """How many digits kernel regression loses: ``tr(K) tr(K^+)``.

    K is the Gram matrix of the task, K^+ its pseudoinverse.  The value is at least the condition number, the
    greatest eigenvalue of K divided by the least other than 0, and at most that times the square of their
    number.  Where coordinates of the outputs are not observed at the same steps, K has a block on its
    diagonal for each pattern of steps.  In the limit of training float64 keeps about
    ``16 - log10(condition number)`` digits; beyond 1e16 none, and kernel regression needs ``digits=``.

    Parameters
    ----------
    task : Task
        With ``task.lags = T``.
    variances : Variances or another network
        As in :func:`kernel_regression`.
    digits : int, optional
        Significant decimal digits, all certified; None for the nearest float64.

    Raises
    ------
    ValueError
        If the kernel is 0, the task is too large, its lags are not T, or the network has biases.
    OverflowError
        If a float64 result overflows; ``digits=`` has no such limit.

    Examples
    --------
    >>> from numeric import Task, Variances
    >>> task = Task(np.eye(1, 100).reshape(1, 100, 1), np.zeros((1, 100, 1)))
    >>> for w in ("1", "0.5", "0.1"):
    ...     print(f"{kernel_condition(task, variances=Variances(w)):.1g}")
    2e+04
    5e+28
    4e+96
    """
    model = _unbiased(variances)
    task = given_task(task)
    _refuse_lags(task)
    each = [kernel_factors(task, model, rows) for _, rows in task.patterns]
    blocks = [factors for factors in each if factors is not None]
    if not blocks:
        raise ValueError("task: its kernel is 0, as are its inputs or all lag weights, and has no condition")

    def evaluate(number: Any) -> list[Element]:
        if matrices_over(number) is None:
            return of_size(number, max(map(Limit().size, blocks)))
        traces, inverses = [], []
        for factors in blocks:
            gram, weighted = factors.matrices(number)
            traces.append(trace(gram * weighted))
            inverses.append(trace(factors.solved(type(gram)(identity(factors.rank)), number)))
        return [sum(traces) * sum(inverses)]

    (condition,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return condition


def _refuse_lags(task: Task) -> None:
    T = task.inputs.shape[1]
    if task.lags != T:
        raise ValueError(f"task must have lags = T = {T}, as the kernel sees all of them, got {task.lags}")


def _unbiased(network: GivenNetwork) -> Model:
    model = given_network(network)
    if without_biases(model) is not model:
        refuse(
            model,
            "kernel regression here, as what biases and initial states learn answers to no input",
            "leave them out, or take its kernel from ntk",
        )
    return model
