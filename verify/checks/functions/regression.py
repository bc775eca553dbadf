"""Kernel regression with infinitely wide networks of all kinds, and the condition of its kernel."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

import numeric
from verify.checks.functions.cases import Cases, Comparison, fractions, nearest, rationals, refused
from verify.checks.functions.exact_training import WELL, Problem, design, matrix, near, random_task
from verify.checks.functions.kernels import small_integers
from verify.checks.functions.limit import AT_RATES, random_variances, weights, with_rates
from verify.checks.functions.network_kernels import limits

__all__ = ["COMPARISONS"]

REGRESSIONS = (
    *((1, 3, 1, 1, 0), (2, 3, 2, 1, 1), (3, 2, 1, 2, 0), (3, 3, 1, 1, 2), (2, 4, 1, 1, 2)),
    *((2, 3, 1, 1, 0), (2, 4, 1, 1, 1)),
)
"""N, T, n_x, n_y and first; the kernel is singular or not."""


def _regressions(rng: np.random.Generator) -> Iterator[tuple[Problem, numeric.Variances, Any]]:
    """Problems of the infinitely wide network, and a matrix that takes responses to predictions."""
    for (N, T, n_x, n_y, first), triple in zip(REGRESSIONS, _regression_variances(rng), strict=True):
        task = random_task(rng, N, T, n_x, n_y, T, first)
        rho = list(islice(weights(*triple), T))
        theta = np.diag(np.repeat(np.array(rho, dtype=object), n_y * n_x))
        yield (
            Problem(task, matrix(theta), small_integers(rng, *task.response_shape)),
            with_rates(*triple),
            rho,
        )


def _regression_variances(rng: np.random.Generator) -> list[tuple[Fraction, ...]]:
    third = Fraction(1, 3)
    return [
        *random_variances(rng, 3, least="0.25", most="1"),
        (Fraction(1), third, Fraction(2)),
        (Fraction(0), third, Fraction(2)),
        *(AT_RATES[1], AT_RATES[3]),
    ]


def _network_regressions(rng: np.random.Generator) -> Iterator[tuple[Problem, Any]]:
    """Problems of infinitely wide networks of all kinds."""
    for problem, variances, _ in _regressions(rng):
        yield problem, variances
    for (N, T, n_x, n_y, first), (network, theta) in zip(REGRESSIONS[1:], limits(4, 4), strict=False):
        task = random_task(rng, N, T, n_x, n_y, T, first)
        whole = np.kron(theta[:T, :T], np.eye(n_y * n_x, dtype=int))
        yield Problem(task, matrix(whole), small_integers(rng, *task.response_shape)), network


def _kernel_regression(rng: np.random.Generator) -> Cases:
    for problem, variances in _network_regressions(rng):
        task = problem.task
        steps = 5 if variances.diagonal else task.lags  # the problem has no later lags
        new = small_integers(rng, 2, steps, task.n_x)
        new[:, 0] = 1 + abs(new[:, 0])
        see = fractions(design(task, new, task.lags, 0))

        def predicted(response_: Any, see: Any = see, new: Any = new, task: Any = task) -> Any:
            return (see @ np.reshape(response_, -1)).reshape(*new.shape[:2], task.n_y)

        eta = Fraction(1, 2 ** int(problem.trace).bit_length())
        options = {"variances": variances, "initial": problem.start}
        trainings: list[tuple[Any, dict[str, Any]]] = [(problem.limit(), {})]
        trainings += [(problem.flow(4 * eta), {"time": 4 * eta}), (problem.start, {"time": 0})]
        stepped = list(islice(problem.steps(eta), 6))
        trainings += [(stepped[k], {"step": eta, "steps": k}) for k in (0, 1, 2, 5)]
        for right, training in trainings:
            yield near(predicted(right), numeric.kernel_regression, task, new, **options, **training)
            for digits in (3, 25):
                given = options | training | {"digits": digits}
                yield nearest(predicted(right), numeric.kernel_regression, task, new, **given)
        from_zero = Problem(task, problem.theta, 0 * problem.start)
        yield near(predicted(from_zero.limit()), numeric.kernel_regression, task, new, variances=variances)
        yield nearest(
            predicted(from_zero.limit()), numeric.kernel_regression, task, new, variances=variances, digits=30
        )
        too_large = 2 / min(x for x in fractions(problem.K).diagonal() if x > 0) * (1 + WELL)
        unstable = options | {"step": too_large, "steps": 1}
        yield refused(numeric.kernel_regression, task, new, **unstable)
        yield refused(numeric.kernel_regression, task, new, **unstable, digits=5)


def _kernel_condition(rng: np.random.Generator) -> Cases:
    for problem, variances in _network_regressions(rng):
        one = numeric.Task(problem.task.inputs, problem.task.outputs[:, :, :1], first=problem.task.first)
        n_y = problem.task.n_y
        theta = matrix(fractions(problem.theta)[::n_y, ::n_y]) if n_y > 1 else problem.theta
        K = Problem(one, theta, np.zeros(one.response_shape)).K
        coefficients = [x for x in K.charpoly().coeffs() if x != 0]  # e_r, e_(r-1), ... but for signs
        right = Fraction(sum(fractions(K).diagonal())) * abs(
            Fraction(rationals(coefficients[1] / coefficients[0])[()])
        )
        yield nearest(right, numeric.kernel_condition, problem.task, variances=variances)
        for digits in (1, 40):
            yield nearest(right, numeric.kernel_condition, problem.task, variances=variances, digits=digits)
    yield refused(numeric.kernel_condition, problem.task, variances=numeric.Variances(1, 0, 0))


COMPARISONS = (
    Comparison("kernel_regression", "steps, power series and elimination", _kernel_regression),
    Comparison("kernel_condition", "the characteristic polynomial", _kernel_condition),
)
