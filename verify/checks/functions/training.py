r"""Training against its definition, step by step in exact rationals.

With l the impulse response as one vector, the loss is ``J = |A l - y|^2 / 2`` for the matrix A of lagged
inputs, and a model whose kernel is Theta (the diagonal of the lag weights, or a lag kernel) moves by

    l <- l - eta Theta A'(A l - y),        d l / d t = -Theta A'(A l - y).

Steps are taken one by one.  The flow is its power series, ``l(t) - l(0) = Theta A' sum_m (-t)^m t / (m+1)!
K^m r`` with ``K = A Theta A'`` and ``r = y - A l(0)``, cut off where the rest is below 1e-40.  The limit is
``Theta A' beta`` for any solution of ``K^2 beta = K r``, and ``beta' K beta`` the squared distance that the
parameters go.  An eigenvalue is the greatest if a little more makes ``lam I - K`` positive definite and a
little less does not.  A network's gradients are its Jacobian times ``dJ/dL``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from math import isqrt
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

import numeric
from verify.checks.functions.cases import (
    Case,
    Cases,
    Comparison,
    close,
    equal,
    fractions,
    nearest,
    rationals,
    refused,
)
from verify.checks.functions.dyadic import Dyadic, convolved
from verify.checks.functions.kernels import (
    ACCURACY,
    inverse_root,
    jacobian,
    long_sequences,
    response,
    small_integers,
)
from verify.checks.functions.limit import AT_RATES, random_variances, weights, with_rates
from verify.checks.functions.network_kernels import limits

__all__ = ["COMPARISONS"]

WELL = Fraction(1, 10**9)
"""What float64 may miss, relative to the greatest number, where small matrices are decomposed."""
SERIES = 80


@dataclass(frozen=True, eq=False)
class _Problem:
    """A task, a kernel Theta on its impulse responses, and a start."""

    task: Any
    theta: fmpq_mat
    start: Any
    """Integers, (lags, n_y, n_x)."""

    @cached_property
    def A(self) -> fmpq_mat:
        return _design(self.task, self.task.inputs, self.task.lags, self.task.first)

    @cached_property
    def y(self) -> fmpq_mat:
        return _column(self.task.outputs[:, self.task.first :])

    @cached_property
    def residual(self) -> fmpq_mat:
        """``y - A l(0)``."""
        return self.y - self.A * _column(self.start)

    @cached_property
    def K(self) -> fmpq_mat:
        return self.A * self.theta * self.A.transpose()

    @cached_property
    def beta(self) -> fmpq_mat:
        return _solution(self.K * self.K, self.K * self.residual)

    @property
    def distance_squared(self) -> Fraction:
        return Fraction(fractions(self.beta.transpose() * self.K * self.beta)[0, 0])

    @cached_property
    def trace(self) -> Fraction:
        """Of K, at least its greatest eigenvalue."""
        return sum((Fraction(x) for x in fractions(self.K).diagonal()), Fraction(0))

    def moved(self, dual: fmpq_mat) -> Any:
        """The response ``l(0) + Theta A' dual``, in fractions."""
        change = fractions(self.theta * self.A.transpose() * dual)
        return rationals(self.start) + change.reshape(self.start.shape)

    def limit(self) -> Any:
        return self.moved(self.beta)

    def steps(self, eta: Fraction) -> Iterator[Any]:
        """The responses after 0, 1, 2, ... steps."""
        l = _column(self.start)  # noqa: E741 - the response
        while True:
            yield fractions(l).reshape(self.start.shape)
            l = l - self.theta * (self.A.transpose() * (self.A * l - self.y)) * _fmpq(eta)  # noqa: E741

    def flow(self, time: Fraction) -> Any:
        term = self.residual * _fmpq(time)
        total = term * 0
        for m in range(SERIES):
            total = total + term
            term = self.K * term * _fmpq(-time / (m + 2))
        return self.moved(total)


def _fmpq(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def _matrix(values: Any) -> fmpq_mat:
    rows = rationals(values)
    return fmpq_mat([[_fmpq(x) for x in row] for row in rows])


def _column(values: Any) -> fmpq_mat:
    return _matrix(np.reshape(values, (-1, 1)))


def _design(task: Any, inputs: Any, lags: int, first: int) -> fmpq_mat:
    """A: rows (n, t, p), columns (j, q, x) with ``x_n[t - j]`` where p = q."""
    N, T, n_x = inputs.shape
    A = np.zeros((N, T - first, task.n_y, lags, task.n_y, n_x))
    for t in range(first, T):
        for j in range(min(lags, t + 1)):
            for p in range(task.n_y):
                A[:, t - first, p, j, p] = inputs[:, t - j]
    return _matrix(A.reshape(N * (T - first) * task.n_y, lags * task.n_y * n_x))


def _solution(M: fmpq_mat, v: fmpq_mat) -> fmpq_mat:
    """A solution of ``M x = v``, which has one."""
    size = M.ncols()
    rows = [a + b for a, b in zip(M.tolist(), v.tolist(), strict=True)]
    echelon, rank = fmpq_mat(rows).rref()
    x = [fmpq(0)] * size
    for row in echelon.tolist()[:rank]:
        x[next(k for k, entry in enumerate(row) if entry != 0)] = row[size]
    return fmpq_mat(size, 1, x)


def _definite(M: Any) -> bool:
    """Whether a symmetric matrix of fractions is positive definite: all pivots are positive."""
    M = M.copy()
    for k in range(len(M)):
        if M[k, k] <= 0:
            return False
        M[k + 1 :, k:] -= np.multiply.outer(M[k + 1 :, k] / M[k, k], M[k, k:])
    return True


def _is_largest_step(step: Any, K: Any, accuracy: Fraction = ACCURACY) -> bool:
    """Whether 2 / step is the greatest eigenvalue."""
    if isinstance(step, Exception) or not 0 < step < np.inf:
        return False
    lam, identity = 2 / Fraction(float(step)), np.eye(len(K), dtype=int)
    return _definite(lam * (1 + accuracy) * identity - K) and not _definite(
        lam * (1 - accuracy) * identity - K
    )


def _root(x: Fraction) -> Fraction:
    """The square root of a number that is not tiny, to 40 digits."""
    scale = 10 ** max(40, 40 - 2 * len(str(x.numerator)) + 2 * len(str(x.denominator)))
    return Fraction(isqrt(x.numerator * scale**2 // x.denominator), scale)


SHAPES = ((1, 4, 1, 1, 2, 0), (2, 4, 2, 1, 3, 1), (3, 3, 1, 2, 3, 0), (1, 3, 2, 2, 2, 2), (4, 4, 1, 1, 2, 1))
"""N, T, n_x, n_y, lags and first; more unknowns than outputs, and fewer."""


def _task(rng: np.random.Generator, N: int, T: int, n_x: int, n_y: int, lags: int, first: int) -> Any:
    x, y = small_integers(rng, N, T, n_x), small_integers(rng, N, T, n_y)
    x[:, :, 0] += x[:, :, 0] == 0  # no silent task
    return numeric.Task(x, y, lags=lags, first=first)


def _problems(rng: np.random.Generator) -> Iterator[tuple[_Problem, Any]]:
    """Tasks with the kernel of a convolution or of a network, and their :class:`numeric.Descent`."""
    for k, shape in enumerate(SHAPES):
        task = _task(rng, *shape)
        start = small_integers(rng, *task.response_shape) * (k != 1)
        rho = np.array([Fraction(int(rng.integers(1, 9)), 2**j) for j in range(task.lags)], dtype=object)
        if k == 2:
            rho[1] = Fraction(0)
        diagonal = np.repeat(rho, task.n_y * task.n_x)
        theta = np.diag(diagonal)
        made = numeric.convolution_descent(task, rho.astype(float), start if k != 1 else None)
        yield _Problem(task, _matrix(theta), start), made
        # a lag kernel of integers: n = 1 twice over, or any square
        half = small_integers(rng, diagonal.size, max(1, diagonal.size - k % 2))
        theta = half @ half.T
        kernel = theta.reshape(task.response_shape * 2)
        yield _Problem(task, _matrix(theta), start), numeric.linearised_descent(task, kernel, start)


def _within(right: Any) -> Any:
    """What float64 may miss of an array of numbers about as large as its greatest."""
    return WELL * (1 + max(abs(x) for x in np.ravel(right)))


def _near(right: Any, function: Any, *arguments: Any, **options: Any) -> Case:
    return close(right, _within(right), function, *arguments, **options)


def _losses(rng: np.random.Generator) -> Iterator[tuple[_Problem, Any, Any, Any]]:
    """Problems, responses, their predictions less the outputs, and the sums of the moduli of the terms."""
    for shape in (*SHAPES, (5, 6, 1, 1, 1, 5), (2, 8, 3, 2, 8, 0)):
        task = _task(rng, *shape)
        one = _Problem(task, fmpq_mat(0, 0), np.zeros(task.response_shape))
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
        yield _near(right[5], descent.steps, 5, step=float(eta))
        yield _near(right[[[3, 0], [1, 6]]], descent.steps, [[3, 0], [1, 6]], step=eta)
        yield _near(problem.limit(), descent.steps, 10**30, step=float(eta))
        default = Fraction(descent.largest_step) / 2
        yield _near(next(islice(problem.steps(default), 2, None)), descent.steps, 2)
        yield refused(descent.steps, 1, step=descent.largest_step * (1 + 1e-9))


def _flow(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        times = [Fraction(float(k / problem.trace)) for k in (0, 1, 8)]
        right = np.array([problem.flow(time) for time in times])
        yield _near(right[1], descent.flow, float(times[1]))
        yield _near(right[[2, 0, 1]], descent.flow, [float(times[k]) for k in (2, 0, 1)])
        yield _near(problem.limit(), descent.flow, 1e30)
        yield refused(descent.flow, -1)


def _limit(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        yield _near(problem.limit(), descent.limit)


def _distance(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        yield _near(_root(problem.distance_squared), lambda one: one.distance, descent)


def _largest_step(rng: np.random.Generator) -> Cases:
    for problem, descent in _problems(rng):
        K = fractions(problem.K)
        yield Case(lambda one: one.largest_step, (descent,), {}, partial(_is_largest_step, K=K))
    silent = numeric.convolution_descent(numeric.Task(np.zeros((1, 2, 1)), np.ones((1, 2, 1))), [1, 1])
    yield Case(lambda one: one.largest_step, (silent,), {}, lambda step: step == np.inf)


def _made(which: int) -> Any:
    """A model starts where it is told to, and one step of training changes it by its kernel."""

    def cases(rng: np.random.Generator) -> Cases:
        for problem, descent in islice(_problems(rng), which, None, 2):
            yield equal(problem.start, lambda one: one.initial, descent)
            eta = Fraction(1, 2 ** int(problem.trace).bit_length())
            yield _near(next(islice(problem.steps(eta), 1, None)), descent.steps, 1, step=float(eta))
            yield _near(problem.limit(), descent.limit)
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
        return _root(gram[0, 0])
    half, cross = (gram[0, 0] - gram[1, 1]) / 2, gram[0, 1]
    return _root((gram[0, 0] + gram[1, 1]) / 2 + _root(half**2 + cross**2))


def _convolutions(rng: np.random.Generator) -> Iterator[tuple[_Problem, Any, Any]]:
    """Problems of scaled convolutions, their weights as floats, and their descents."""
    for problem, descent in islice(_problems(rng), 0, None, 2):
        each = problem.task.n_y * problem.task.n_x
        yield problem, fractions(problem.theta).diagonal()[::each], descent


def _step_bound(rng: np.random.Generator) -> Cases:
    for problem, rho, descent in _convolutions(rng):
        task, given = problem.task, {"initial": problem.start}
        eta = Fraction(1, 2 ** int(problem.trace).bit_length())
        residual = _root((fractions(problem.residual) ** 2).sum())
        inputs = np.array([_input_norm(task, lag) for lag in range(task.lags)], dtype=object)
        right = np.array([rho * k * eta * inputs * residual for k in (0, 1, 5)], dtype=object)
        arguments = task, rho.astype(float), [0, 1, 5]
        yield _near(right, numeric.step_bound, *arguments, step=float(eta), **given)
        yield _near(right[2], numeric.step_bound, *arguments[:2], 5, step=eta, **given)
        default = right / eta * (Fraction(descent.largest_step) / 2)
        yield _near(default, numeric.step_bound, *arguments, **given)
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
        right = np.array([_root(x * distance) for x in rho], dtype=object)
        arguments, given = (problem.task, rho.astype(float)), {"initial": problem.start}
        yield _near(right, numeric.uniform_bound, *arguments, **given)
        eta = 1 / (2 * problem.trace)
        for moved in (next(islice(problem.steps(eta), 9, None)), problem.flow(8 * eta), problem.limit()):
            change = _frobenius_squared(moved - rationals(problem.start))
            yield _bounds(change, numeric.uniform_bound, *arguments, **given)


RATES = (Fraction(1, 2), 0, 3)
"""F is frozen."""


@dataclass(frozen=True)
class _Network:
    """Matrices of fractions."""

    W: Any
    F: Any
    C: Any

    @property
    def floats(self) -> list[Any]:
        return [matrix.astype(float) for matrix in (self.W, self.F, self.C)]

    def response(self, lags: int) -> Any:
        return response(self.W, self.F, self.C, lags) * self._scales(lags)

    def jacobian(self, lags: int) -> Any:
        return jacobian(self.W, self.F, self.C, lags) * self._scales(lags)

    def gradients(self, task: Any) -> tuple[Any, Any, Any]:
        """``sum_j dJ/dL_j . dL_j/d theta``."""
        problem = _Problem(task, fmpq_mat(0, 0), self.response(task.lags))
        G = -fractions(problem.A.transpose() * problem.residual).ravel()
        J = self.jacobian(task.lags)
        all_of = J.reshape(len(J), -1) @ G
        ends = np.cumsum([self.W.size, self.F.size])
        parts = np.split(all_of, ends)
        return tuple(x.reshape(m.shape) for x, m in zip(parts, (self.W, self.F, self.C), strict=True))  # type: ignore[return-value]

    def stepped(self, task: Any, eta: Fraction, rates: Sequence[Fraction | int] = (1, 1, 1)) -> "_Network":
        moved = zip((self.W, self.F, self.C), self.gradients(task), rates, strict=True)
        return _Network(*(matrix - eta * rate * gradient for matrix, gradient, rate in moved))

    def kernel(self, task: Any, rates: Sequence[Fraction | int] = (1, 1, 1)) -> Any:
        """``A Theta A'``."""
        A = fractions(_design(task, task.inputs, task.lags, task.first))
        J = self.jacobian(task.lags)
        half = J.reshape(len(J), -1) @ A.T
        by_entry = np.repeat(np.array(rates, dtype=object), [self.W.size, self.F.size, self.C.size])
        return half.T @ (by_entry[:, None] * half)

    def _scales(self, lags: int) -> Any:
        root = inverse_root(len(self.W))
        return np.array([root ** (j + 1) for j in range(lags)], dtype=object)[:, None, None]


def _networks(rng: np.random.Generator) -> Iterator[tuple[_Network, Any]]:
    for n, (N, T, n_x, n_y, lags, first) in zip((1, 4, 2, 3), SHAPES, strict=False):
        shapes = (n, n), (n, n_x), (n_y, n)
        matrices = [rationals(small_integers(rng, *shape)) / 4 + Fraction(1, 8) for shape in shapes]
        yield _Network(*matrices), _task(rng, N, T, n_x, n_y, lags, first)


def _network_gradients(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        right = network.gradients(task)
        for k, name in enumerate("WFC"):
            yield _near(
                right[k], lambda *given, k=k: numeric.network_gradients(*given)[k], *network.floats, task
            ).named(name)
        single = [matrix.astype(np.float32) for matrix in network.floats]
        allowed = Fraction(1, 10**4) * (1 + max(abs(x) for x in right[1].flat))
        yield close(right[1], allowed, lambda *given: numeric.network_gradients(*given).F, *single, task)


def _train_network(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        eta = Fraction(1, 2 ** (2 + int(np.trace(network.kernel(task))).bit_length()))
        trained = [network]
        for _ in range(2):
            trained.append(trained[-1].stepped(task, eta))
        responses = np.array([one.response(task.lags) for one in trained])
        given, options = (*network.floats, task), {"step": float(eta)}
        yield _near(
            responses[[2, 0, 1]],
            lambda *a, **o: numeric.train_network(*a, **o).responses,
            *given,
            steps=[2, 0, 1],
            **options,
        )
        for name in "WFC":
            right = getattr(trained[1], name)
            yield _near(
                right,
                lambda *a, name=name, **o: getattr(numeric.train_network(*a, **o), name),
                *given,
                steps=1,
                **options,
            )
        slow = network.stepped(task, eta / 4, RATES)
        at_rates = numeric.Network(*network.floats, rates=numeric.Rates(*RATES))
        for name in "WFC":
            yield _near(
                getattr(slow, name),
                lambda *a, name=name, **o: getattr(numeric.train_network(*a, **o), name),
                at_rates,
                task,
                steps=1,
                step=float(eta / 4),
            )
        largest = numeric.largest_stable_step(*given)
        default = network.stepped(task, Fraction(largest) / 2).response(task.lags)
        yield _near(default, lambda *a, **o: numeric.train_network(*a, **o).responses, *given, steps=1)
        yield refused(numeric.train_network, *given, steps=1, step=largest * (1 + 1e-9))


def _network_descent(rng: np.random.Generator) -> Cases:
    def after(k: int, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(next(islice(numeric.network_descent(*arguments, **options), k, None)), name)

    for network, task in _networks(rng):
        eta = Fraction(1, 2 ** (2 + int(np.trace(network.kernel(task))).bit_length()))
        second = network.stepped(task, eta).stepped(task, eta)
        floats = network.floats
        for name in "WFC":
            yield _near(getattr(second, name), after, 2, name, *floats, task, step=eta)
        yield _near(second.response(task.lags), after, 2, "response", *floats, task, step=eta)
        yield equal(network.W, lambda given=floats: given[0])  # the matrices given are left alone


def _largest_stable_step(rng: np.random.Generator) -> Cases:
    for network, task in _networks(rng):
        K = network.kernel(task)
        yield Case(
            numeric.largest_stable_step,
            (*network.floats, task),
            {},
            partial(_is_largest_step, K=K),
        )
        K = network.kernel(task, RATES)
        yield Case(
            numeric.largest_stable_step,
            (numeric.Network(*network.floats, rates=numeric.Rates(*RATES)), task),
            {},
            partial(_is_largest_step, K=K),
        )


REGRESSIONS = (
    *((1, 3, 1, 1, 0), (2, 3, 2, 1, 1), (3, 2, 1, 2, 0), (3, 3, 1, 1, 2), (2, 4, 1, 1, 2)),
    *((2, 3, 1, 1, 0), (2, 4, 1, 1, 1)),
)
"""N, T, n_x, n_y and first; the kernel is singular or not."""


def _regressions(rng: np.random.Generator) -> Iterator[tuple[_Problem, numeric.Variances, Any]]:
    """Problems of the infinitely wide network, and a matrix that takes responses to predictions."""
    for (N, T, n_x, n_y, first), triple in zip(REGRESSIONS, _regression_variances(rng), strict=True):
        task = _task(rng, N, T, n_x, n_y, T, first)
        rho = list(islice(weights(*triple), T))
        theta = np.diag(np.repeat(np.array(rho, dtype=object), n_y * n_x))
        yield (
            _Problem(task, _matrix(theta), small_integers(rng, *task.response_shape)),
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


def _network_regressions(rng: np.random.Generator) -> Iterator[tuple[_Problem, Any]]:
    """Problems of infinitely wide networks of all kinds."""
    for problem, variances, _ in _regressions(rng):
        yield problem, variances
    for (N, T, n_x, n_y, first), (network, theta) in zip(REGRESSIONS[1:], limits(4, 4), strict=False):
        task = _task(rng, N, T, n_x, n_y, T, first)
        whole = np.kron(theta[:T, :T], np.eye(n_y * n_x, dtype=int))
        yield _Problem(task, _matrix(whole), small_integers(rng, *task.response_shape)), network


def _kernel_regression(rng: np.random.Generator) -> Cases:
    for problem, variances in _network_regressions(rng):
        task = problem.task
        steps = 5 if variances.diagonal else task.lags  # the problem has no later lags
        new = small_integers(rng, 2, steps, task.n_x)
        new[:, 0] = 1 + abs(new[:, 0])
        see = fractions(_design(task, new, task.lags, 0))

        def predicted(response_: Any, see: Any = see, new: Any = new, task: Any = task) -> Any:
            return (see @ np.reshape(response_, -1)).reshape(*new.shape[:2], task.n_y)

        eta = Fraction(1, 2 ** int(problem.trace).bit_length())
        options = {"variances": variances, "initial": problem.start}
        trainings: list[tuple[Any, dict[str, Any]]] = [(problem.limit(), {})]
        trainings += [(problem.flow(4 * eta), {"time": 4 * eta}), (problem.start, {"time": 0})]
        stepped = list(islice(problem.steps(eta), 6))
        trainings += [(stepped[k], {"step": eta, "steps": k}) for k in (0, 1, 2, 5)]
        for right, training in trainings:
            yield _near(predicted(right), numeric.kernel_regression, task, new, **options, **training)
            for digits in (3, 25):
                given = options | training | {"digits": digits}
                yield nearest(predicted(right), numeric.kernel_regression, task, new, **given)
        from_zero = _Problem(task, problem.theta, 0 * problem.start)
        yield _near(predicted(from_zero.limit()), numeric.kernel_regression, task, new, variances=variances)
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
        theta = _matrix(fractions(problem.theta)[::n_y, ::n_y]) if n_y > 1 else problem.theta
        K = _Problem(one, theta, np.zeros(one.response_shape)).K
        coefficients = [x for x in K.charpoly().coeffs() if x != 0]  # e_r, e_(r-1), ... but for signs
        right = Fraction(sum(fractions(K).diagonal())) * abs(
            Fraction(rationals(coefficients[1] / coefficients[0])[()])
        )
        yield nearest(right, numeric.kernel_condition, problem.task, variances=variances)
        for digits in (1, 40):
            yield nearest(right, numeric.kernel_condition, problem.task, variances=variances, digits=digits)
    yield refused(numeric.kernel_condition, problem.task, variances=numeric.Variances(1, 0, 0))


def _task_given(rng: np.random.Generator) -> Cases:
    """What a task keeps, and what it refuses."""
    for shape in SHAPES:
        task = _task(rng, *shape)
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
        yield _near(squares, lambda one: one.energies, task)
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
    Comparison("network_gradients", "the Jacobian by the product rule", _network_gradients),
    Comparison("train_network", "steps one by one", _train_network),
    Comparison("network_descent", "steps one by one", _network_descent),
    Comparison(
        "largest_stable_step", "pivots on either side of the greatest eigenvalue", _largest_stable_step
    ),
    Comparison("kernel_regression", "steps, power series and elimination", _kernel_regression),
    Comparison("kernel_condition", "the characteristic polynomial", _kernel_condition),
)
