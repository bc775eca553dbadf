r"""Kernel regression in float64, and an estimate of what it loses.

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
"""

import math
import warnings
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float

from derivations import training_forms
from numeric.certified import PrecisionWarning, float64_overflow
from numeric.kernel_factors import lagged_rank
from numeric.kernel_training import Training, nearest_float, refuse_unstable
from numeric.kernels import ntk
from numeric.lag_factors import weighted_lags
from numeric.lagged import convolve
from numeric.model import Model
from numeric.task import Rows, Task

__all__ = ["float_predictions"]

_MOST_ROWS = 2**13
"""Steps of all sequences together: a Gram matrix of 512 MiB, and some minutes for its eigenvectors."""
_MOST_CROSS = 2**28
_CHUNK = 2**22
"""Entries of the kernel between new and old inputs, at most and at a time."""
_LEAST_KERNEL = 2.0**-900
"""Below, what float64 lost to underflow may matter."""
_TOLERATED = 1e-6
"""Estimated relative error of float64's predictions above which there is a warning."""
_PROBES = 16


def float_predictions(
    task: Task,
    new: Float[np.ndarray, "M S n_x"],
    model: Model,
    start: Float[np.ndarray, "lags n_y n_x"],
    training: Training,
) -> Float[np.ndarray, "M S n_y"]:
    """The predictions; a warning if too many of their digits may be lost."""
    _refuse_large(task, new.shape[1])
    gram = _gram(task, model)
    kernels = []
    for _, rows in task.patterns:
        kernel = gram[rows][:, rows]
        greatest = kernel.diagonal().max()
        if greatest < _LEAST_KERNEL and _sees(task, model, rows):
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
        refuse_unstable(training, min(stable))
    with np.errstate(all="ignore"):  # what overflows is found in the result
        predictions, errors = convolve(start, new), convolve(abs(start), abs(new))
        shown, beginning = convolve(start, task.inputs), convolve(abs(start), abs(task.inputs))
        residual = (task.outputs - shown)[:, task.first :].reshape(-1, task.n_y)
        beginning = beginning[:, task.first :].reshape(-1, task.n_y)
        relative = np.finfo(float).eps * (len(gram) + task.inputs.shape[1] * task.n_x)
        errors *= relative
        for (outputs, rows), (unit, lam, vectors) in zip(task.patterns, kernels, strict=True):
            spectrum = _spectrum(task, rows, model, training, lam, Fraction(unit))
            along = vectors.T @ residual[rows][:, outputs]
            dual = vectors @ (spectrum.phi[:, None] * along)
            probes, noise = vectors @ spectrum.probes(), spectrum.noise(along)
            together = np.hstack((dual, probes))
            together = _seen(task.inputs, task.first, rows, new, model, together, unit)
            seen, probed = np.split(together, [len(outputs)], axis=2)
            predictions[..., outputs] += seen
            absolute = (abs(task.inputs), task.first, rows, abs(new), model)
            errors[..., outputs] += relative * _seen(*absolute, abs(dual), unit)
            noise[0] += relative * np.linalg.norm(beginning[rows][:, outputs], axis=0)
            for spread, amount in zip(np.split(probed, 2, axis=2), noise, strict=True):
                errors[..., outputs] += _times(np.sqrt(np.square(spread).mean(axis=2))[..., None], amount)
    if not np.isfinite(predictions).all():
        raise float64_overflow()
    with np.errstate(all="ignore"):
        _tell_loss(predictions, errors)
    return predictions


def _sees(task: Task, model: Model, rows: Rows) -> bool:
    """Whether any of these outputs sees inputs other than 0, and the kernel is not 0."""
    if not model.diagonal:  # what is seen may cancel
        return lagged_rank(task, model, rows) > 0
    T, lags = task.inputs.shape[1], weighted_lags(model, task.lags)
    before = np.cumsum(task.inputs.any(axis=2), axis=1)
    before = np.pad(before, ((0, 0), (lags.stop, 0)))
    seeing = (before[:, len(lags) : len(lags) + T] > before[:, :T])[:, task.first :].ravel()
    return bool(seeing[rows].any())


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
    model: Model,
    training: Training,
    lam: Float[np.ndarray, " rows"],
    unit: Fraction,
) -> _Spectrum:
    """Of eigenvalues in units of ``unit``."""
    columns = len(weighted_lags(model, task.lags)) * task.n_x
    error = float(np.finfo(float).eps * (len(lam) + task.inputs.shape[1] * task.n_x) * lam[-1])
    resolved = lam > error
    duration = nearest_float(training.duration * unit)
    everything, missing = duration * error <= 1, False
    if not everything and resolved.sum() < min(len(lam), columns):
        rank = lagged_rank(task, model, rows)
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


def _gram(task: Task, model: Model) -> Float[np.ndarray, "rows rows"]:
    N, T, _ = task.inputs.shape
    last_only = task.first == T - 1  # a kernel T^2 times smaller
    kernel = ntk(task.inputs, variances=model, last_only=last_only)
    if last_only:
        return kernel
    rows = N * (T - task.first)
    return kernel[:, :, task.first :, task.first :].transpose(0, 2, 1, 3).reshape(rows, rows)


def _seen(
    old: Float[np.ndarray, "N T n_x"],
    first: int,
    rows: Rows,
    new: Float[np.ndarray, "M S n_x"],
    model: Model,
    dual: Float[np.ndarray, "some columns"],
    unit: float,
) -> Float[np.ndarray, "M S columns"]:
    """``K(x, X) dual / unit``, some new sequences at a time."""
    (M, S, _), (N, T, _) = new.shape, old.shape
    each = max(1, _CHUNK // (S * N * T))
    chunks = []
    for begin in range(0, M, each):
        kernel = ntk(new[begin : begin + each], old, variances=model)[..., first:]
        kernel = (kernel / unit).transpose(0, 2, 1, 3).reshape(len(kernel), S, -1)
        chunks.append(kernel[..., rows] @ dual)
    return np.concatenate(chunks)
