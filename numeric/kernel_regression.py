r"""What the infinitely wide network predicts after training: kernel regression with its tangent kernel.

Trained by gradient descent with step eta on the squared loss of a :class:`numeric.Task`, a network moves in
function space by ``f <- f - eta K(., X) (f(X) - Y)``, and at infinite width K stays :func:`numeric.ntk`.
With ``r = Y - f_0(X)`` the sum of the geometric series is

    f_k(x) = f_0(x) + K(x, X) phi(K) r,
    phi(lam) = eta sum_{i<k} (1 - eta lam)^i = (1 - (1 - eta lam)^k) / lam,

``phi(lam) = (1 - exp(-t lam)) / lam`` after the time t of the gradient flow, and 1/lam in the limit of both,
0 where ``lam = 0``: no output wanted moves along such a direction, so neither does anything else.

In float64 phi acts on the eigenvectors of the Gram matrix K = K(X, X).  Its condition number grows like
nu_W^{-T} when ``nu_W < 1``, as the kernel hardly sees what is long ago: then only balls tell the truth.

What float64 loses is estimated.  With ``K = V diag(lam) V'``, ``a = V' K(X, x)`` and ``b = V' r``, an error
E of K changes ``a' phi b`` to first order by ``sum_ij a_i (V'EV)_ij b_j phi[i, j]`` with divided differences
``phi[i, j] = (phi(lam_i) - phi(lam_j)) / (lam_i - lam_j)`` (Daleckii and Krein, 1951).  Where these are at
most ``psi_i psi_j``, that is about ``|E| |psi a| |psi b|`` at most.  In the limit ``phi[i, j]`` is
``-1 / (lam_i lam_j)``; for the flow it is ``-int exp(-v lam_i - w lam_j)`` over ``v + w <= t``, so that
``psi = phi`` will do; likewise after steps where ``q = 1 - eta lam >= 0``, while below the derivative counts,
``phi' = (k eta q^(k-1) - phi) / lam``.  Directions that K does not see, which are left alone, come in by
``phi[i, j] = phi_i / lam_i``; the rank of X tells whether they are not merely weak.  E is of the size of
rounding, ``|E| = eps (rows + T n_x) lam_max``, and to all this come the rounding errors of the residual and
of the last sum.  ``|psi a|`` is the root mean square of some random combinations, by the same product as the
predictions.

Balls act on a smaller matrix M that is never singular (:mod:`numeric.kernel_factors`).  The sum of k terms is
computed by doubling, ``phi_2m = phi_m + (1 - eta M)^m phi_m``; that of the flow is a block of an exponential,
``exp [[-t M, t v], [0, 0]] = [[exp(-t M), phi(M) v], [0, 1]]``.

Zeros and ties between two roundings, which balls leave undecided, are recognised exactly.  In the limit, and
after few steps, all is rational, and fractions decide.  Else let u be the row that takes phi(M) v to a
prediction, which is

    y = c - u' M^-1 R v,    R = exp(-t M) or A^k,  A = 1 - eta M,

and c, the one in the limit, is rational.  M is similar to a symmetric matrix, so that ``u' M^-1 R v`` is a
sum over its distinct eigenvalues, ``sum_i d_i exp(-t lam_i)``, with algebraic d_i and ``lam_i > 0``.  For
rational ``t > 0``, by the theorem of Lindemann and Weierstrass, these exponentials and 1 are linearly
independent over the algebraic numbers.  So y is transcendental, neither 0 nor a tie, unless all d_i are 0,
which is so if and only if ``u' M^j v = 0`` for all j below the rank (Vandermonde).  Then ``y = f_0``.

After k steps the sum is ``sum_i d_i q_i^k`` with ``q_i = 1 - eta lam_i``.  Two more steps change y by
``eta u' A^k (1 + A) v``.  If that is 0 as many times as the rank, two steps apart and after one step or more,
when directions with ``q = 0`` are done, it is 0 ever after (Vandermonde in the q_i^2), and y is what it was
at the first of these.  A sum that is not constant is 0 for few k only; where these are too large for
fractions, such a zero or tie stays undecided.

Where c itself is 0 or a tie, ``u' M^-1 R v`` tells which way to round however small it is, as it is computed
apart from c.
"""

import math
import sys
import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat, nmod_mat
from jaxtyping import Bool, Float, Shaped
from mpmath import mpf

from derivations import training_forms
from numeric.arguments import Array, Count, Number, at_least, checked_array, exact_rational, shown
from numeric.cached import cached_property
from numeric.certified import (
    Element,
    Evaluate,
    PrecisionWarning,
    certified,
    certified_floats,
    float64_overflow,
)
from numeric.kernel_factors import (
    PRIMES,
    KernelFactors,
    Matrix,
    bits_of,
    convolved,
    identity,
    kernel_factors,
    lagged,
    lagged_rank,
    matrices_over,
    matrix,
    rational,
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
_MOST_EXACT_BITS = 2**28
"""Of all entries of a power of M, as fractions."""
_DIXON = 16
"""Exact solutions are no slower than balls of this share of their bits (p-adic lifting)."""
_NEVER = 10**400
_TOLERATED = 1e-6
"""Estimated relative error of float64's predictions above which there is a warning."""
_PROBES = 16


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

    Warns
    -----
    PrecisionWarning
        If a float64 result may have lost so many digits that its relative error exceeds 1e-6.

    Raises
    ------
    ValueError
        On a wrong shape, a number that is not finite or out of range, ``steps`` without ``step`` or both with
        ``time``, a step past stability, a task whose lags are not T, or one that is too large.
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
    blocks = [factors for factors in each if factors is not None]
    if not blocks:
        raise ValueError("task: its kernel is 0, as are its inputs or all lag weights, and has no condition")

    def evaluate(number: Any) -> list[Element]:
        if matrices_over(number) is None:
            return _of_size(number, max(map(_Limit().size, blocks)))
        traces, inverses = [], []
        for factors in blocks:
            gram, weighted = factors.matrices(number)
            traces.append(trace(gram * weighted))
            inverses.append(trace(factors.solved(type(gram)(identity(factors.rank)), number)))
        return [sum(traces) * sum(inverses)]

    (condition,) = certified_floats(evaluate) if digits is None else certified(evaluate, digits)
    return condition


@dataclass(frozen=True)
class _Limit:
    """phi(lam) = 1 / lam."""

    duration = math.inf

    def share(self, lam: Float[np.ndarray, " rows"], unit: Fraction) -> Float[np.ndarray, " rows"]:  # noqa: ARG002 - one interface
        return np.ones_like(lam)

    def psi(
        self,
        lam: Float[np.ndarray, " rows"],
        error: float,
        unit: Fraction,  # noqa: ARG002 - one interface
    ) -> Float[np.ndarray, " rows"]:
        return 1 / (lam - error / 2)

    def learned(self, factors: "KernelFactors", v: Matrix, number: Any) -> Matrix:
        return factors.solved(v, number)

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

    def psi(
        self, lam: Float[np.ndarray, " rows"], error: float, unit: Fraction
    ) -> Float[np.ndarray, " rows"]:
        eta, k = _float(self.step * unit), float(self.steps)
        factor = np.clip(eta * (lam + error) - 1, np.finfo(float).tiny, 1)
        lam = lam - error / 2
        with np.errstate(divide="ignore"):
            turning = np.exp(np.log(k * eta) + (k - 1) * np.log(factor))
        late: np.ndarray = np.sqrt((2 / lam + turning) / lam)
        return np.where(eta * lam <= 1, self.share(lam, unit) / lam, late)

    def learned(self, factors: "KernelFactors", v: Matrix, number: Any) -> Matrix:
        """By doubling: ``total = sum_{i<m} A^i v`` and ``power = A^m``, along the binary digits of steps."""
        if self.steps == 0:
            return v * number(Fraction(0))
        eta, A = number(self.step), self._map(factors, number)
        total, power = v, A
        for digit in f"{self.steps:b}"[1:]:
            total, power = total + power * total, power * power
            if digit == "1":
                total, power = v + A * total, power * A
        return total * eta

    def _map(self, factors: "KernelFactors", number: Any) -> Matrix:
        """``A = I - step M``."""
        gram, weighted = factors.matrices(number)
        return type(gram)(identity(factors.rank)) - gram * weighted * number(self.step)

    def remaining(self, factors: "KernelFactors", v: Matrix, number: Any) -> Matrix:
        power, rest = self._map(factors, number), v
        for digit in reversed(f"{self.steps:b}"):
            if digit == "1":
                rest = power * rest
            power = power * power
        return rest

    @property
    def settled(self) -> "_Steps":
        return _Steps(self.step, min(self.steps, 2 - self.steps % 2))

    def movement(self, factors: "KernelFactors", v: fmpq_mat) -> tuple[fmpq_mat, fmpq_mat]:
        A = self._map(factors, rational)
        return A * A, self.settled.remaining(factors, v + A * v, rational)

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

    def psi(
        self, lam: Float[np.ndarray, " rows"], error: float, unit: Fraction
    ) -> Float[np.ndarray, " rows"]:
        lam = lam - error / 2
        psi: np.ndarray = self.share(lam, unit) / lam
        return psi

    def learned(self, factors: "KernelFactors", v: Matrix, number: Any) -> Matrix:
        """The block of the exponential."""
        if self.time == 0:
            return v * number(Fraction(0))
        gram, weighted = factors.matrices(number)
        M, t, rank, columns = gram * weighted, number(self.time), factors.rank, v.ncols()
        blocks = zip((M * -t).tolist(), (v * t).tolist(), strict=True)
        generator = [above + beside for above, beside in blocks] + [[0] * (rank + columns)] * columns
        return arb_mat([row[rank:] for row in arb_mat(generator).exp().tolist()[:rank]])

    def remaining(self, factors: "KernelFactors", v: Matrix, number: Any) -> Matrix:
        gram, weighted = factors.matrices(number)
        return (gram * weighted * -number(self.time)).exp() * v

    @property
    def settled(self) -> "_Flow":
        return _Flow(Fraction(0))

    def movement(self, factors: "KernelFactors", v: fmpq_mat) -> tuple[fmpq_mat, fmpq_mat]:
        gram, weighted = factors.matrices(rational)
        return gram * weighted, v

    def size(self, factors: "KernelFactors") -> int:  # noqa: ARG002 - one interface
        return _NEVER if self.time else 0


_Training: TypeAlias = _Limit | _Steps | _Flow
"""A way of training: ``duration = phi(0)``; in float64, for lam in units of ``unit``, ``share``,
``lam phi(lam)``, and ``psi``, see :class:`_Spectrum`, for lam up to an error; ``learned``, ``phi(M) v``;
``size``, the precision of balls beyond which fractions are no slower.  But for the limit also ``remaining``,
``R v``, and what tells where nothing moves, as above: ``movement``, Q and z such that all ``u' Q^j z`` are 0
there, and ``settled``, a training that ends in the same place."""


def _training(step: Number | None, steps: Count | None, time: Number | None) -> _Training:
    if (step is None) != (steps is None):
        given = f"step={shown(step)} and steps={shown(steps)}"
        raise ValueError(f"step and steps go together, for gradient descent, got {given}")
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
        predictions, errors = convolve(start, new), convolve(abs(start), abs(new))
        shown, beginning = convolve(start, task.inputs), convolve(abs(start), abs(task.inputs))
        residual = (task.outputs - shown)[:, task.first :].reshape(-1, task.n_y)
        beginning = beginning[:, task.first :].reshape(-1, task.n_y)
        relative = np.finfo(float).eps * (len(gram) + task.inputs.shape[1] * task.n_x)
        errors *= relative
        for (outputs, rows), (unit, lam, vectors) in zip(task.patterns, kernels, strict=True):
            spectrum = _spectrum(task, rows, variances, training, lam, Fraction(unit))
            along = vectors.T @ residual[rows][:, outputs]
            dual = vectors @ (spectrum.phi[:, None] * along)
            probes, noise = vectors @ spectrum.probes(), spectrum.noise(along)
            together = np.hstack((dual, probes))
            together = _seen(task.inputs, task.first, rows, new, variances, together, unit)
            seen, probed = np.split(together, [len(outputs)], axis=2)
            predictions[..., outputs] += seen
            absolute = (abs(task.inputs), task.first, rows, abs(new), variances)
            errors[..., outputs] += relative * _seen(*absolute, abs(dual), unit)
            noise[0] += relative * np.linalg.norm(beginning[rows][:, outputs], axis=0)
            for spread, amount in zip(np.split(probed, 2, axis=2), noise, strict=True):
                errors[..., outputs] += _times(np.sqrt(np.square(spread).mean(axis=2))[..., None], amount)
    if not np.isfinite(predictions).all():
        raise float64_overflow()
    with np.errstate(all="ignore"):
        _tell_loss(predictions, errors)
    return predictions


def _seeing(task: Task, lags: int) -> Bool[np.ndarray, " rows"]:
    """Which outputs see inputs other than 0 at their last lags."""
    before = np.cumsum(task.inputs.any(axis=2), axis=1)
    before = np.pad(before, ((0, 0), (lags, 0)))
    return (before[:, lags:] > before[:, : before.shape[1] - lags])[:, task.first :].ravel()


@dataclass(frozen=True)
class _Spectrum:
    """What float64 knows of the eigenvalues of K, and what it makes of them; all in some unit."""

    phi: Float[np.ndarray, " rows"]
    psi: Float[np.ndarray, " rows"]
    """About the least with ``|phi(l) - phi(m)| <= |l - m| psi(l) psi(m)``, see above."""
    slope: Float[np.ndarray, " rows"]
    """``phi / lam`` where directions are left alone: their divided difference from the others; else 0."""
    alone: Float[np.ndarray, " rows"]
    """1 where a direction is left alone, infinite if it should not be, else 0."""
    error: float
    """Of K, in the spectral norm."""
    greatest: float

    def probes(self) -> Float[np.ndarray, "rows probes"]:
        """Random directions: their products with a have root mean squares ``|psi a|`` and ``|slope a|``."""
        normal = np.random.default_rng(0).standard_normal((len(self.psi), _PROBES))  # any
        least = 1 / self.greatest if self.greatest else 0.0  # as K(x, X) has rounding errors of its own
        return np.hstack([x[:, None] * normal for x in (np.maximum(self.psi, least), self.slope)])

    def noise(self, along: Float[np.ndarray, "rows n_y"]) -> Float[np.ndarray, "2 n_y"]:
        """What the errors of the residual's image amount to, to be multiplied by these."""
        learned, left = (np.linalg.norm(_times(x[:, None], along), axis=0) for x in (self.psi, self.alone))
        return self.error * np.array([learned, left])


def _spectrum(
    task: Task,
    rows: Rows,
    variances: GivenVariances,
    training: _Training,
    lam: Float[np.ndarray, " rows"],
    unit: Fraction,
) -> _Spectrum:
    """Of eigenvalues in units of ``unit``."""
    columns = weighted_lags(variances, task.lags) * task.n_x
    error = float(np.finfo(float).eps * (len(lam) + task.inputs.shape[1] * task.n_x) * lam[-1])
    resolved = lam > error
    duration = _float(training.duration * unit)
    everything, missing = duration * error <= 1, False
    if not everything and resolved.sum() < min(len(lam), columns):
        rank = lagged_rank(task, variances, rows)
        missing = int(resolved.sum()) < rank
        resolved[: len(lam) - rank] = False
    rest = duration if everything else 0.0
    phi, psi, slope = np.full_like(lam, rest), np.full_like(lam, rest), np.zeros_like(lam)
    np.divide(training.share(np.where(resolved, lam, 0.0), unit), lam, out=phi, where=resolved)
    if duration:
        psi[resolved] = training.psi(lam[resolved], error, unit)
    alone = np.zeros_like(lam) if everything else np.where(resolved, 0.0, math.inf if missing else 1.0)
    np.divide(phi, lam, out=slope, where=resolved & (not everything))
    return _Spectrum(phi, psi, slope, alone, error, float(lam[-1]))


def _tell_loss(predictions: Float[np.ndarray, "M S n_y"], errors: Float[np.ndarray, "M S n_y"]) -> None:
    """A warning if errors are larger than :data:`_TOLERATED`."""
    scale, worst = abs(predictions).max(axis=1), errors.max(axis=1)
    lost = ~(worst <= _TOLERATED * scale)
    if not lost.any():
        return
    relative = (worst[lost] / scale[lost]).max()
    told = f"{relative:.0e} of the predictions" if relative < 1 else "as large as the predictions"
    warnings.warn(
        f"kernel_regression: rounding errors of float64 may be {told}; pass digits= for certified ones",
        PrecisionWarning,
        stacklevel=4,
    )


def _times(a: Float[np.ndarray, "..."], b: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """The product, where 0 of what is infinite is nothing."""
    return np.where((a == 0) | (b == 0), 0.0, a * b)


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
    old: Float[np.ndarray, "N T n_x"],
    first: int,
    rows: Rows,
    new: Float[np.ndarray, "M S n_x"],
    variances: GivenVariances,
    dual: Float[np.ndarray, "some columns"],
    unit: float,
) -> Float[np.ndarray, "M S columns"]:
    """``K(x, X) dual / unit``, some new sequences at a time."""
    (M, S, _), (N, T, _) = new.shape, old.shape
    each = max(1, _CHUNK // (S * N * T))
    chunks = []
    for begin in range(0, M, each):
        kernel = ntk(new[begin : begin + each], old, variances=variances)[..., first:]
        kernel = (kernel / unit).transpose(0, 2, 1, 3).reshape(len(kernel), S, -1)
        chunks.append(kernel[..., rows] @ dual)
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
    wanted = task.outputs[:, task.first :].reshape(-1, task.n_y)
    parts: list[tuple[Any, _Predictions]] = []
    for outputs, rows in task.patterns:
        factors = kernel_factors(task, variances, rows)
        if factors is not None:
            target = checked_array("task.outputs", wanted[rows][:, outputs], "(rows, n_y)", exact=True)
            residual = matrix(target) - convolved("task", inputs, start[:, outputs], task.first, rows)
            seen = lagged("new_inputs", new, factors.right.ncols() // task.n_x, 0)
            own = convolved("new_inputs", new, start[:, outputs], 0)
            projected = factors.left.transpose() * residual
            parts.append((outputs, _Predictions(own, seen, factors, projected, training)))
    if not parts:
        return lambda number: matrices_over(number)(begun).entries()
    blocks = [part.factors for _, part in parts]
    _refuse_unstable(training, min(factors.largest_step for factors in blocks))
    most = max(_CERTAIN_BITS, 32 * places)
    exactly = min(most, max(map(_Limit().size, blocks)))

    def evaluate(number: Any) -> list[Element]:
        kind = matrices_over(number)
        if kind is None:
            return _of_size(number, max(map(training.size, blocks)))
        if kind is not arb_mat or isinstance(training, _Limit) or ctx.prec < exactly:
            found = [part.values(training, number) for _, part in parts]
        elif ctx.prec <= most:
            found = [part.told_apart(number, places) for _, part in parts]
        elif all(training.size(factors) * factors.rank**2 <= _MOST_EXACT_BITS for factors in blocks):
            found = [part.values(training, rational) for _, part in parts]
        else:
            raise OverflowError(
                f"a prediction is so close to 0, or to a tie between two roundings, that {most} bits do not "
                "tell; ask for other digits, for fewer steps or less time, or for the limit"
            )
        predictions = np.array(kind(begun).tolist(), dtype=object)
        for (outputs, _), values in zip(parts, found, strict=True):
            predictions[:, outputs] = np.array(values, dtype=object).reshape(-1, len(outputs))
        entries: list[Element] = predictions.ravel().tolist()
        return entries

    return evaluate


@dataclass(frozen=True)
class _Predictions:
    """``begun + seen D C' phi(M) projected``: all of them but the field of numbers."""

    begun: fmpq_mat
    seen: fmpq_mat
    factors: KernelFactors
    projected: fmpq_mat
    training: _Training

    def values(self, training: _Training, number: Any) -> list[Element]:
        kind = matrices_over(number)
        learned = training.learned(self.factors, kind(self.projected), number)
        values = kind(self.begun) + self.seen_by(learned, number)
        entries: list[Element] = values.entries()
        return entries

    def seen_by(self, dual: Matrix, number: Any) -> Matrix:
        """``u' dual`` for every row u' of predictions."""
        return matrices_over(number)(self.seen) * (self.factors.scaled(number).transpose() * dual)

    def told_apart(self, number: Any, places: int) -> list[Element]:
        """The predictions, each from its value in the limit; exact where nothing moves, or hardly."""
        training = self.training
        assert not isinstance(training, _Limit)
        kind = matrices_over(number)
        rest = training.remaining(self.factors, kind(self.projected), number)
        moves = self.seen_by(self.factors.solved(rest, number), number).entries()
        return [
            settled if still else _next_to(limit, -move, places)
            for settled, still, limit, move in zip(self.settled, self.still, self.limit, moves, strict=True)
        ]

    @cached_property
    def limit(self) -> list[fmpq]:
        return self.values(_Limit(), rational)

    @cached_property
    def settled(self) -> list[fmpq]:
        """What the predictions are where they are :attr:`still`."""
        assert not isinstance(self.training, _Limit)
        return self.values(self.training.settled, rational)

    @cached_property
    def still(self) -> list[bool]:
        """Which predictions nothing moves any more."""
        assert not isinstance(self.training, _Limit)
        power, z = (x.numer_denom()[0] for x in self.training.movement(self.factors, self.projected))
        u, _ = (self.seen * self.factors.scaled(rational).transpose()).numer_denom()
        modular = _vanishing(*(nmod_mat(x, PRIMES[0]) for x in (u, power, z)))
        # as a rule none; and only what is 0 modulo a prime can be 0
        return _vanishing(u, power, z) if any(modular) else modular


def _vanishing(u: Matrix, power: Matrix, z: Matrix) -> list[bool]:
    """Which entries of ``u power^j z`` are 0 for all j below the size of ``power``, and so for all others."""
    vanishing = [True] * (u.nrows() * z.ncols())
    for _ in range(power.nrows()):
        vanishing = [zero and x == 0 for zero, x in zip(vanishing, (u * z).entries(), strict=True)]
        if not any(vanishing):
            break
        z = power * z
    return vanishing


def _next_to(limit: fmpq, move: arb, places: int) -> Element:
    """``limit + move``; or another number that has the same rounding, and is exact.

    Ties other than ``limit = p/q`` itself are at least ``1 / (2 q^2 10^(places + 1))`` away: of k decimals,
    they are multiples of ``1 / (2 10^k)``, and ``10^k <= 10^(places + 1) / |limit|`` with ``|limit| >= 1/q``.
    """
    if limit == 0:
        return move
    nothing = fmpq(1, 2 ** (2 * int(limit.q).bit_length() + 4 * (places + 2)))
    if move.contains(0) or not abs(move) < nothing:
        return limit + move
    return limit + (nothing / 2 if move > 0 else -nothing / 2)


def _of_size(number: Any, bits: int) -> list[Element]:
    """A value of about so many bits."""
    return [number(Fraction(1, 2)) ** (bits // 3)]
