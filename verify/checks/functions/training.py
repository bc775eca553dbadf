"""Tasks, descents and the bounds on them against their definitions, in exact rationals."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from flint import fmpq_mat

import numeric
from verify.checks.functions.cases import (
    Case,
    Cases,
    Comparison,
    close,
    equal,
    fractions,
    rationals,
    refused,
)
from verify.checks.functions.dyadic import Dyadic, convolved
from verify.checks.functions.exact_training import (
    SHAPES,
    WELL,
    Problem,
    is_largest_step,
    matrix,
    near,
    random_task,
    root,
)
from verify.checks.functions.kernels import ACCURACY, long_sequences, small_integers

__all__ = ["COMPARISONS"]


def _problems(rng: np.random.Generator) -> Iterator[tuple[Problem, Any]]:
    """Tasks with the kernel of a convolution or of a network, and their :class:`numeric.Descent`."""
    for k, shape in enumerate(SHAPES):
        task = random_task(rng, *shape)
        start = small_integers(rng, *task.response_shape) * (k != 1)
        rho = np.array([Fraction(int(rng.integers(1, 9)), 2**j) for j in range(task.lags)], dtype=object)
        if k == 2:
            rho[1] = Fraction(0)
        diagonal = np.repeat(rho, task.n_y * task.n_x)
        theta = np.diag(diagonal)
        made = numeric.convolution_descent(task, rho.astype(float), start if k != 1 else None)
        yield Problem(task, matrix(theta), start), made
        # a lag kernel of integers: n = 1 twice over, or any square
        half = small_integers(rng, diagonal.size, max(1, diagonal.size - k % 2))
        theta = half @ half.T
        kernel = theta.reshape(task.response_shape * 2)
        yield Problem(task, matrix(theta), start), numeric.linearised_descent(task, kernel, start)


def _losses(rng: np.random.Generator) -> Iterator[tuple[Problem, Any, Any, Any]]:
    """Problems, responses, their predictions less the outputs, and the sums of the moduli of the terms."""
    for shape in (*SHAPES, (5, 6, 1, 1, 1, 5), (2, 8, 3, 2, 8, 0)):
        task = random_task(rng, *shape)
        one = Problem(task, fmpq_mat(0, 0), np.zeros(task.response_shape))
        L = rng.standard_normal(task.response_shape)
        A, y = fractions(one.A), fractions(one.y)
        l = rationals(L).reshape(-1, 1)  # noqa: E741 - the response
        yield one, L, A @ l - y, abs(A) @ abs(l) + abs(y)


def _loss(rng: np.random.Generator) -> Cases:
    for problem, L, residual, terms in _losses(rng):
        right, allowed = ((x**2).sum() / 2 for x in (residual, terms))
        yield close(right, allowed * ACCURACY, problem.task.loss, L)
        zero = (fractions(problem.y) ** 2).sum() / 2
        batch = np.reshape([right, zero, zero, right], (2, 2))
        yield close(
            batch, allowed * ACCURACY, problem.task.loss, np.reshape([L, 0 * L, 0 * L, L], (2, 2, *L.shape))
        )
    yield refused(problem.task.loss, np.full(L.shape, 1e300), error=OverflowError)


def _gradient(rng: np.random.Generator) -> Cases:
    for problem, L, residual, terms in _losses(rng):
        A = fractions(problem.A)
        right, allowed = (A.T @ residual).reshape(L.shape), (abs(A).T @ terms).reshape(L.shape)
        yield close(right, allowed * ACCURACY, problem.task.gradient, L)


def _long_tasks(rng: np.random.Generator) -> Iterator[tuple[str, Any, Any, Dyadic, Dyadic]]:
    """Tasks of all lags; kind, task, response, residual and the sums of its terms."""
    data = long_sequences(rng)
    for kind in ("growing response", "growing inputs", "jumping", "ordinary"):
        response_, inputs = data[kind]
        wanted = rng.standard_normal(len(inputs))
        L, x, y = map(Dyadic.of, (response_, inputs, wanted))
        residual, terms = convolved(L, x) + -y, convolved(abs(L), abs(x)) + abs(y)
        task = numeric.Task(inputs[None, :, None], wanted[None, :, None])
        yield kind, task, response_[:, None, None], residual, terms


def _long_loss(rng: np.random.Generator) -> Cases:
    for kind, task, L, residual, terms in _long_tasks(rng):
        yield close(residual.square() / 2, terms.square() / 2 * ACCURACY, task.loss, L).named(kind)


def _long_gradient(rng: np.random.Generator) -> Cases:
    for kind, task, L, residual, terms in _long_tasks(rng):
        x, at = Dyadic.of(task.inputs[0, :, 0]), np.unique(np.geomspace(1, len(L), 300).astype(int)) - 1
        last = len(L) - 1 - at  # sum_t r_t x_(t-j) is a convolution with r reversed
        right, allowed = (convolved(a.reversed(), b).at(last) for a, b in ((residual, x), (terms, abs(x))))
        yield close(right, allowed * ACCURACY, _gradient_at, at, task, L).named(kind)


def _gradient_at(at: Any, task: Any, L: Any) -> Any:
    return task.gradient(L)[at, 0, 0]


def _steps(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        eta = Fraction(1, 2 ** int(problem.trace).bit_length())
        right = np.array(list(islice(problem.steps(eta), 7)))
        yield near(right[5], descent.steps, 5, step=float(eta))
        yield near(right[[[3, 0], [1, 6]]], descent.steps, [[3, 0], [1, 6]], step=eta)
        yield near(problem.limit(), descent.steps, 10**30, step=float(eta))
        default = Fraction(descent.largest_step) / 2
        yield near(next(islice(problem.steps(default), 2, None)), descent.steps, 2)
        yield refused(descent.steps, 1, step=descent.largest_step * (1 + 1e-9))


def _flow(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        times = [Fraction(float(k / problem.trace)) for k in (0, 1, 8)]
        right = np.array([problem.flow(time) for time in times])
        yield near(right[1], descent.flow, float(times[1]))
        yield near(right[[2, 0, 1]], descent.flow, [float(times[k]) for k in (2, 0, 1)])
        yield near(problem.limit(), descent.flow, 1e30)
        yield refused(descent.flow, -1)


def _limit(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        yield near(problem.limit(), descent.limit)


def _distance(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        yield near(root(problem.distance_squared), lambda one: one.distance, descent)


def _largest_step(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        K = fractions(problem.K)
        yield Case(lambda one: one.largest_step, (descent,), {}, partial(is_largest_step, K=K))
    silent = numeric.convolution_descent(numeric.Task(np.zeros((1, 2, 1)), np.ones((1, 2, 1))), [1, 1])
    yield Case(lambda one: one.largest_step, (silent,), {}, lambda step: step == np.inf)


def _made(which: int) -> Any:
    """A model starts where it is told to, and one step of training changes it by its kernel."""

    def cases(rng: np.random.Generator) -> Cases:
        for problem, descent in islice(_problems(rng), which, None, 2):
            yield equal(problem.start, lambda one: one.initial, descent)
            eta = Fraction(1, 2 ** int(problem.trace).bit_length())
            yield near(next(islice(problem.steps(eta), 1, None)), descent.steps, 1, step=float(eta))
            yield near(problem.limit(), descent.limit)
        task = problem.task
        if which == 0:
            yield refused(numeric.convolution_descent, task, [-1.0] * task.lags)
            yield refused(numeric.convolution_descent, task, [1.0] * (task.lags + 1))
        else:
            yield refused(
                numeric.linearised_descent, task, -np.eye(problem.start.size).reshape(problem.start.shape * 2)
            )

    return cases


def _frobenius_squared(response_: Any) -> Any:
    """``|L_j|^2``, one for each lag."""
    return (rationals(response_) ** 2).sum(axis=(-2, -1))


def _input_norm(task: Any, lag: int) -> Fraction:
    """The spectral norm of the inputs at a lag: the greater eigenvalue of a Gram matrix of size 1 or 2."""
    seen = rationals(task.inputs[:, max(0, task.first - lag) : task.inputs.shape[1] - lag])
    gram = np.tensordot(seen, seen, ((0, 1), (0, 1)))
    if len(gram) == 1:
        return root(gram[0, 0])
    half, cross = (gram[0, 0] - gram[1, 1]) / 2, gram[0, 1]
    return root((gram[0, 0] + gram[1, 1]) / 2 + root(half**2 + cross**2))


def _convolutions(rng: np.random.Generator) -> Iterator[tuple[Problem, Any, Any]]:
    """Problems of scaled convolutions, their weights as floats, and their descents."""
    for problem, descent in islice(_problems(rng), 0, None, 2):
        each = problem.task.n_y * problem.task.n_x
        yield problem, fractions(problem.theta).diagonal()[::each], descent


def _step_bound(rng: np.random.Generator) -> Cases:
    for problem, rho, descent in _convolutions(rng):
        task, given = problem.task, {"initial": problem.start}
        eta = Fraction(1, 2 ** int(problem.trace).bit_length())
        residual = root((fractions(problem.residual) ** 2).sum())
        inputs = np.array([_input_norm(task, lag) for lag in range(task.lags)], dtype=object)
        right = np.array([rho * k * eta * inputs * residual for k in (0, 1, 5)], dtype=object)
        arguments = task, rho.astype(float), [0, 1, 5]
        yield near(right, numeric.step_bound, *arguments, step=float(eta), **given)
        yield near(right[2], numeric.step_bound, *arguments[:2], 5, step=eta, **given)
        default = right / eta * (Fraction(descent.largest_step) / 2)
        yield near(default, numeric.step_bound, *arguments, **given)
        trained = np.array([list(islice(problem.steps(eta), 6))[k] for k in (0, 1, 5)])
        moved = _frobenius_squared(trained - rationals(problem.start))
        yield _bounds(moved, numeric.step_bound, *arguments, step=float(eta), **given)


def _bounds(moved_squared: Any, function: Any, *arguments: Any, **options: Any) -> Case:
    """What training does never exceeds the answer (but for rounding)."""

    def judge(answer: Any) -> bool:
        if isinstance(answer, Exception) or np.shape(answer) != moved_squared.shape:
            return False
        return bool(np.all(moved_squared <= rationals(answer) ** 2 * (1 + WELL)))

    return Case(function, arguments, options, judge)


def _uniform_bound(rng: np.random.Generator) -> Cases:
    for problem, rho, _ in _convolutions(rng):
        distance = problem.distance_squared
        right = np.array([root(x * distance) for x in rho], dtype=object)
        arguments, given = (problem.task, rho.astype(float)), {"initial": problem.start}
        yield near(right, numeric.uniform_bound, *arguments, **given)
        eta = 1 / (2 * problem.trace)
        for moved in (next(islice(problem.steps(eta), 9, None)), problem.flow(8 * eta), problem.limit()):
            change = _frobenius_squared(moved - rationals(problem.start))
            yield _bounds(change, numeric.uniform_bound, *arguments, **given)


def _task_given(rng: np.random.Generator) -> Cases:
    """What a task keeps, and what it refuses."""
    for shape in SHAPES:
        task = random_task(rng, *shape)
        _, _, n_x, n_y, lags, first = shape
        yield equal([lags, first, n_x, n_y], lambda one: [one.lags, one.first, one.n_x, one.n_y], task)
        yield equal([lags, n_y, n_x], lambda one: one.response_shape, task)
        yield equal(
            task.inputs.tolist(), lambda x, y: numeric.Task(x, y).inputs, task.inputs.tolist(), task.outputs
        )
        yield equal(
            task.outputs.tolist(), lambda x, y: numeric.Task(x, y).outputs, task.inputs, task.outputs.tolist()
        )
        squares = [_input_norm(task, lag) ** 2 for lag in range(lags)]
        yield near(squares, lambda one: one.energies, task)
    x = task.inputs
    yield refused(numeric.Task, x, task.outputs, lags=x.shape[1] + 1)
    yield refused(numeric.Task, x, task.outputs, first=x.shape[1])
    yield refused(numeric.Task, x, task.outputs[:, 1:])


COMPARISONS = (
    Comparison("Task", "the numbers given, and the inputs' Gram matrices", _task_given),
    Comparison("Task.loss", "half the sum of squares", _loss),
    Comparison("Task.gradient", "its derivative", _gradient),
    Comparison("Task.loss, 4097 steps", "to 1e-12 of its own terms", _long_loss),
    Comparison("Task.gradient, 4097 steps", "to 1e-12 of each entry's own terms", _long_gradient),
    Comparison("convolution_descent", "a step and the limit, lags weighted", _made(0)),
    Comparison("linearised_descent", "a step and the limit, with a lag kernel", _made(1)),
    Comparison("Descent.steps", "steps one by one", _steps),
    Comparison("Descent.flow", "the power series in time", _flow),
    Comparison("Descent.limit", "the nearest minimiser, by elimination", _limit),
    Comparison("Descent.distance", "the nearest minimiser, by elimination", _distance),
    Comparison("Descent.largest_step", "pivots on either side of the greatest eigenvalue", _largest_step),
    Comparison("step_bound", "its factors, and steps one by one below it", _step_bound),
    Comparison("uniform_bound", "its factors, and steps and flow below it", _uniform_bound),
)
