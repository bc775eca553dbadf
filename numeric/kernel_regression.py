r"""What the infinitely wide network predicts after training: kernel regression with its tangent kernel.

Trained by gradient descent with step eta on the squared loss of a :class:`numeric.Task`, a network moves in
function space by ``f <- f - eta K(., X) (f(X) - Y)``, and at infinite width K stays :func:`numeric.ntk`.
With ``r = Y - f_0(X)`` the sum of the geometric series is

    f_k(x) = f_0(x) + K(x, X) phi(K) r,
    phi(lam) = eta sum_{i<k} (1 - eta lam)^i = (1 - (1 - eta lam)^k) / lam,

``phi(lam) = (1 - exp(-t lam)) / lam`` after the time t of the gradient flow, and 1/lam in the limit of both,
0 where ``lam = 0``: no output wanted moves along such a direction, so neither does anything else.

In float64 phi acts on the eigenvectors of the Gram matrix K = K(X, X).  Its condition number grows like
nu_W^{-T} when ``nu_W < 1``, as the kernel hardly sees what is long ago: then only balls tell the truth.  They
act on a smaller matrix M that is never singular (:mod:`numeric.kernel_factors`).  The sum of k terms is
computed by doubling, ``phi_2m = phi_m + (1 - eta M)^m phi_m``; that of the flow is a block of an exponential,
``exp [[-t M, t v], [0, 0]] = [[exp(-t M), phi(M) v], [0, 1]]``.  What balls leave undecided in the limit, and
after few steps, such as an output that is met exactly, exact fractions decide.
"""

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb_mat, ctx
from jaxtyping import Bool, Float, Shaped
from mpmath import mpf

from derivations import training_forms
from numeric.arguments import Array, Count, Number, at_least, exact_rational
from numeric.certified import Element, Evaluate, certified, certified_floats, float64_overflow
from numeric.kernel_factors import (
    KernelFactors,
    Matrix,
    bits_of,
    checked_array,
    convolved,
    identity,
    kernel_factors,
    lagged,
    matrices_over,
    matrix,
    solved,
    trace,
    weighted_lags,
)
from numeric.kernels import ntk
from numeric.lagged import convolve
from numeric.learned import by_descent, by_flow
from numeric.task import GivenTask, Rows, Task, given_task
from numeric.variances import GivenVariances, w_f_c

__all__ = ["kernel_condition", "kernel_regression"]

_MOST_STEPS = 10**300
_MOST_ROWS = 2**13
"""Steps of all sequences together: a Gram matrix of 512 MiB, and some minutes for its eigenvectors."""
_MOST_CROSS = 2**28
_CHUNK = 2**22
"""Entries of the kernel between new and old inputs, at most and at a time."""
_LEAST_KERNEL = 2.0**-900
"""Below, what float64 lost to underflow may matter."""
_CERTAIN_BITS = 2**13
"""Precision at which predictions that have no exact form of sensible size are given up."""
_DIXON = 16
"""Exact solutions are no slower than balls of this share of their bits (p-adic lifting)."""
_NEVER = 10**400


def kernel_regression(
    task: GivenTask,
    new_inputs: Array,
    *,
    variances: GivenVariances,
    initial: Array | None = None,
    step: Number | None = None,
    steps: Count | None = None,
    time: Number | None = None,
    digits: Count | None = None,
) -> Shaped[np.ndarray, "M S n_y"]:
    """The outputs of the infinitely wide network, trained on the task, for new inputs.

    They are those of the scaled convolution ``L_j = sqrt(rho_j) theta_j``, trained in theta.

    Parameters
    ----------
    task : Task
        What the network is trained on, with ``task.lags = T``: its kernel sees every lag.
    new_inputs : array_like, shape (M, S, n_x)
        M sequences of any length.
    variances : Variances
        nu_W, nu_F and nu_C.
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

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite or out of range, ``steps`` without ``step`` or both with
        ``time``, a step past stability, a task whose lags are not T, or one that is too large.
    OverflowError
        If a float64 result overflows, or the kernel leaves float64's range.  With ``digits``, if a prediction
        is so close to 0, or to a tie between two roundings, that some thousand bits do not tell, after many
        steps or a time; in the limit this is decided exactly.

    Notes
    -----
    Float64: the eigenvectors of a matrix of ``rows = N (T - first)``, ``O(rows^3)``, in memory some
    ``3 (N T)^2`` floats; N T at most 8192.  The relative error is about ``eps = 2e-16`` times the number of
    steps (or ``time lam_max``) or the condition number of K (:func:`kernel_condition`), whichever is less.
    Eigenvalues ``lam <= eps rows lam_max`` are beyond float64's reach.  They count as 0 where
    ``phi(0) = eta k`` (or t), and directions so weak are left alone after ``1 / (eps rows)`` steps and in the
    limit.

    Digits: matrices whose size is the rank of X, at most ``rows`` and ``T n_x``, at a precision that grows
    until the digits are certain; about a second for 60 lags in the limit.  Stability is decided but for a
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
    >>> bool(abs(kernel_regression(delay, new, variances=v)[0, 28:, 0] - [4, 5, 6, 7]).max() > 1)
    True

    Gradient descent takes its time to learn what the kernel hardly sees; here is the last of them:

    >>> for k in (10**3, 10**18, 10**21):
    ...     options = {"step": "0.01", "steps": k, "digits": 3}
    ...     print(float(kernel_regression(delay, new, variances=v, **options)[0, -1, 0]))
    -9.65
    6.86
    7.0
    """
    w_f_c(variances)
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
    training = _training(step, steps, time)
    if digits is None:
        return _float64(task, new, variances, start, training)
    values = certified(_exactly(task, new, variances, start, training, digits), digits)
    return np.array(values, dtype=object).reshape(*new.shape[:2], task.n_y)


def kernel_condition(
    task: GivenTask, *, variances: GivenVariances, digits: Count | None = None
) -> float | mpf:
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
    variances : Variances
        nu_W, nu_F and nu_C.
    digits : int, optional
        Significant decimal digits, all certified; None for the nearest float64.

    Raises
    ------
    ValueError
        If the kernel is 0, the task is too large, or its lags are not T.
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
    w_f_c(variances)
    task = given_task(task)
    _refuse_lags(task)
    each = [kernel_factors(task, variances, rows) for _, rows in task.patterns]
    parts = [factors for factors in each if factors is not None]
    if not parts:
        raise ValueError("task: its kernel is 0, as are its inputs or all lag weights, and has no condition")

    def evaluate(number: Any) -> list[Element]:
        if matrices_over(number) is None:
            return _of_size(number, max(factors.bits * factors.rank for factors in parts) // _DIXON)
        grams = [factors.matrices(number)[0] for factors in parts]
        inverses = [solved(M, type(M)(identity(M.nrows()))) for M in grams]
        return [sum(map(trace, grams)) * sum(map(trace, inverses))]

    (condition,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return condition


@dataclass(frozen=True)
class _Limit:
    """phi(lam) = 1 / lam."""

    duration = math.inf

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:  # noqa: ARG002 - one interface
        return np.ones_like(lam)

    def learned(self, M: Matrix, v: Matrix, number: Any) -> Matrix:  # noqa: ARG002 - one interface
        return solved(M, v)

    def size(self, factors: "KernelFactors") -> int:
        return factors.bits * factors.rank // _DIXON


@dataclass(frozen=True)
class _Steps:
    """phi(lam) = (1 - (1 - step lam)^steps) / lam."""

    step: Fraction
    steps: int

    @property
    def duration(self) -> Fraction:
        return self.step * self.steps

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:
        return by_descent(lam, _float(self.step * unit), self.steps)

    def learned(self, M: Matrix, v: Matrix, number: Any) -> Matrix:
        """By doubling: ``total = sum_{i<m} A^i v`` and ``power = A^m``, along the binary digits of steps."""
        if self.steps == 0:
            return v * number(Fraction(0))
        eta = number(self.step)
        A = type(M)(identity(M.nrows())) - M * eta
        total, power = v, A
        for digit in f"{self.steps:b}"[1:]:
            total, power = total + power * total, power * power
            if digit == "1":
                total, power = v + A * total, power * A
        return total * eta

    def size(self, factors: "KernelFactors") -> int:
        return self.steps * (factors.bits + bits_of(self.step))


@dataclass(frozen=True)
class _Flow:
    """phi(lam) = (1 - exp(-time lam)) / lam."""

    time: Fraction

    @property
    def duration(self) -> Fraction:
        return self.time

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:
        return by_flow(lam, _float(self.time * unit))

    def learned(self, M: Matrix, v: Matrix, number: Any) -> Matrix:
        """The block of the exponential."""
        if self.time == 0:
            return v * number(Fraction(0))
        t, rank, columns = number(self.time), M.nrows(), v.ncols()
        blocks = zip((M * -t).tolist(), (v * t).tolist(), strict=True)
        generator = [above + beside for above, beside in blocks] + [[0] * (rank + columns)] * columns
        return arb_mat([row[rank:] for row in arb_mat(generator).exp().tolist()[:rank]])

    def size(self, factors: "KernelFactors") -> int:  # noqa: ARG002 - one interface
        return _NEVER if self.time else 0


_Training: TypeAlias = _Limit | _Steps | _Flow
"""A way of training: ``duration = phi(0)``; ``share``, ``lam phi(lam)`` in float64, for lam in units of
``unit``; ``learned``, ``phi(M) v``; ``size``, the precision of balls beyond which fractions are no slower."""


def _training(step: Number | None, steps: Count | None, time: Number | None) -> _Training:
    if (step is None) != (steps is None):
        raise ValueError(f"step and steps go together, for gradient descent, got {step=!r} and {steps=!r}")
    if step is not None and steps is not None:
        if time is not None:
            raise ValueError("give step and steps, or time, or neither for the limit; got all three")
        eta = exact_rational("step", step)
        if eta <= 0:
            raise ValueError(f"step must be > 0, got {step!r}")
        return _Steps(eta, at_least(0, "steps", steps, most=_MOST_STEPS))
    if time is None:
        return _Limit()
    duration = exact_rational("time", time)
    if duration < 0:
        raise ValueError(f"time must be >= 0, got {time!r}")
    return _Flow(duration)


def _refuse_lags(task: Task) -> None:
    T = task.inputs.shape[1]
    if task.lags != T:
        raise ValueError(f"task must have lags = T = {T}, as the kernel sees all of them, got {task.lags}")


def _refuse_unstable(training: _Training, largest: Fraction) -> None:
    if isinstance(training, _Steps) and training.step > largest:
        told = _float(largest)
        told = told if told <= largest else math.nextafter(told, 0)  # which then is not refused
        raise ValueError(
            f"step must be at most {told!r}, the largest stable one, got {_float(training.step)!r}"
        )


def _float64(
    task: Task,
    new: Float[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    start: Float[np.ndarray, "lags n_y n_x"],
    training: _Training,
) -> Float[np.ndarray, "M S n_y"]:
    _refuse_large(task, new.shape[1])
    gram, lags = _gram(task, variances), weighted_lags(variances, task.lags)
    kernels = []
    for _, rows in task.patterns:
        kernel = gram[rows][:, rows]
        greatest = kernel.diagonal().max()
        if greatest < _LEAST_KERNEL and _seeing(task, lags)[rows].any():
            raise OverflowError("the kernel is below float64's range; pass digits= for arbitrary precision")
        unit = 2.0 ** (math.frexp(greatest)[1] - 1)
        kernels.append((unit, *np.linalg.eigh(kernel / unit)))
    stable = [  # but for the error of the eigenvalue
        training_forms.largest_step(Fraction(lam[-1]) * Fraction(unit))
        * (1 + Fraction(np.finfo(float).eps * len(lam)))
        for unit, lam, _ in kernels
        if lam[-1] > 0
    ]
    if stable:
        _refuse_unstable(training, min(stable))
    with np.errstate(all="ignore"):  # what overflows is found in the result
        residual = (task.outputs - convolve(start, task.inputs))[:, task.first :].reshape(-1, task.n_y)
        predictions: np.ndarray = convolve(start, new)
        for (outputs, rows), (unit, lam, vectors) in zip(task.patterns, kernels, strict=True):
            projected = vectors.T @ residual[rows][:, outputs]
            dual = vectors @ (_phi(training, lam, Fraction(unit))[:, None] * projected)
            predictions[..., outputs] += _seen(task, new, variances, dual, unit, rows)
    if not np.isfinite(predictions).all():
        raise float64_overflow()
    return predictions


def _seeing(task: Task, lags: int) -> Bool[np.ndarray, " rows"]:
    """Which outputs see inputs other than 0 at their last lags."""
    before = np.cumsum(task.inputs.any(axis=2), axis=1)
    before = np.pad(before, ((0, 0), (lags, 0)))
    return (before[:, lags:] > before[:, : before.shape[1] - lags])[:, task.first :].ravel()


def _phi(training: _Training, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:
    """phi, for eigenvalues lam in units of ``unit``."""
    negligible = np.finfo(float).eps * len(lam) * lam[-1]
    resolved = lam > negligible
    duration = _float(training.duration * unit)
    rest = duration if duration * negligible <= 1 else 0.0
    phi = np.full_like(lam, rest)
    np.divide(training.share(np.where(resolved, lam, 0.0), unit), lam, out=phi, where=resolved)
    return phi


def _refuse_large(task: Task, steps: int) -> None:
    N, T, _ = task.inputs.shape
    if N * (1 if task.first == T - 1 else T) > _MOST_ROWS:
        raise ValueError(
            f"task: the kernel matrix of its {N} sequences of {T} steps is too large; N T must be <= "
            f"{_MOST_ROWS} (N where first = T - 1).  Its equivalent, convolution_descent, has no such limit"
        )
    if steps * N * T > _MOST_CROSS:
        raise ValueError(
            f"new_inputs: sequences of {steps} steps are too long; S N T must be <= {_MOST_CROSS}"
        )


def _gram(task: Task, variances: GivenVariances) -> Float[np.ndarray, "rows rows"]:
    N, T, _ = task.inputs.shape
    last_only = task.first == T - 1  # a kernel T^2 times smaller
    kernel = ntk(task.inputs, variances=variances, last_only=last_only)
    if last_only:
        return kernel
    rows = N * (T - task.first)
    return kernel[:, :, task.first :, task.first :].transpose(0, 2, 1, 3).reshape(rows, rows)


def _seen(
    task: Task,
    new: Float[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    dual: Float[np.ndarray, "rows some"],
    unit: float,
    rows: Rows,
) -> Float[np.ndarray, "M S some"]:
    """``K(x, X) dual / unit``, some new sequences at a time."""
    (M, S, _), (N, T, _) = new.shape, task.inputs.shape
    each = max(1, _CHUNK // (S * N * T))
    chunks = []
    for begin in range(0, M, each):
        kernel = ntk(new[begin : begin + each], task.inputs, variances=variances)[..., task.first :]
        chunks.append((kernel / unit).transpose(0, 2, 1, 3).reshape(len(kernel), S, -1)[..., rows] @ dual)
    return np.concatenate(chunks)


def _float(x: Fraction | float) -> float:
    """The nearest float, at most the greatest."""
    return math.inf if x == math.inf else float(min(x, Fraction(sys.float_info.max)))


def _exactly(
    task: Task,
    new: Shaped[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    start: Shaped[np.ndarray, "lags n_y n_x"],
    training: _Training,
    digits: Count,
) -> Evaluate:
    """The predictions as balls or exact rationals."""
    places = at_least(1, "digits", digits)
    begun = convolved("new_inputs", new, start, 0)
    inputs = checked_array("task.inputs", task.inputs, "(N, T, n_x)", exact=True)
    outputs = task.outputs[:, task.first :].reshape(-1, task.n_y)
    parts, factors, projected = [], [], []
    for some, rows in task.patterns:
        part = kernel_factors(task, variances, rows)
        if part is not None:
            wanted = checked_array("task.outputs", outputs[rows][:, some][None], "(N, T, n_y)", exact=True)[0]
            residual = matrix(wanted) - convolved("task", inputs, start[:, some], task.first, rows)
            parts.append(some)
            factors.append(part)
            projected.append(part.left.transpose() * residual)
    if not factors:
        return lambda number: matrices_over(number)(begun).entries()
    _refuse_unstable(training, min(part.largest_step for part in factors))
    seen = lagged("new_inputs", new, factors[0].right.ncols() // task.n_x, 0)
    most = max(_CERTAIN_BITS, 32 * places)

    def evaluate(number: Any) -> list[Element]:
        kind = matrices_over(number)
        if kind is None:
            return _of_size(number, max(map(training.size, factors)))
        if kind is arb_mat and ctx.prec > most and not isinstance(training, _Limit):
            raise OverflowError(
                f"a prediction is so close to 0, or to a tie between two roundings, that {most} bits do not "
                "tell; ask for other digits, for fewer steps or less time, or for the limit"
            )
        result = np.array(kind(begun).tolist(), dtype=object)
        for some, part, moved in zip(parts, factors, projected, strict=True):
            M, scaled = part.matrices(number)
            learned = training.learned(M, kind(moved), number)
            result[:, some] += np.array((kind(seen) * (scaled.transpose() * learned)).tolist(), dtype=object)
        entries: list[Element] = result.ravel().tolist()
        return entries

    return evaluate


def _of_size(number: Any, bits: int) -> list[Element]:
    """A value of about so many bits."""
    return [number(Fraction(1, 2)) ** (bits // 3)]
