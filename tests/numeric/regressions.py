"""Problems of kernel regression, and their solutions in fractions: stepped, and by normal equations."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import mpmath
import numpy as np
import sympy
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from problems import rates

from numeric import Task, Variances, ntk

halves = st.integers(-4, 4).map(lambda k: k / 2)
variances = st.builds(
    Variances, *[st.fractions(0, 2, max_denominator=5)] + [st.fractions("1/5", 2, max_denominator=5)] * 2
)
any_variances = st.builds(Variances, *[st.fractions(0, 2, max_denominator=3)] * 3, rates=rates)
ONES = Task(np.ones((1, 2, 1)), np.ones((1, 2, 1)))
HALF = Variances("0.5")
PROPORTIONAL = Task([[[1.0, 2.0], [3.0, 6.0]]] * 2, [[[1.0], [2.0]], [[3.0], [5.0]]])
"""Neither the columns nor the rows of X are independent, and not the first of them."""


@st.composite
def problems(draw, most=3):
    """A task, new inputs of another length, a start of some other number of lags."""
    N, M, T, S, n_x, n_y, lags = (draw(st.integers(1, n)) for n in (most, 2, most + 1, most + 2, 2, 2, most))
    arrays = [(N, T, n_x), (N, T, n_y), (M, S, n_x), (lags, n_y, n_x)]
    x, y, new, start = (draw(hnp.arrays(float, shape, elements=halves)) for shape in arrays)
    return Task(x, y, first=draw(st.integers(0, T - 1))), new, start


def fractions(array):
    return np.vectorize(Fraction, otypes=[object])(array)


def rho(v, k):
    w, f, c, eta = v.transition, v.input, v.output, v.rates
    places = k * c * f * w ** (k - 1) if k else 0
    return (eta.input * c + eta.output * f) * w**k + eta.transition * places


def predicted(response, x):
    """sum_j L_j x_(t-j), in the numbers given."""
    (N, T, n_x), n_y = x.shape, response.shape[1]
    y = np.full((N, T, n_y), Fraction(0))
    for n, t, p in np.ndindex(y.shape):
        for j in range(min(t + 1, len(response))):
            y[n, t, p] += sum(response[j, p, i] * x[n, t - j, i] for i in range(n_x))
    return y


def stepped(task, new, start, v, step, steps):
    """Gradient descent on the impulse response itself, L_j <- L_j - step rho_j dJ/dL_j, in fractions."""
    x, y = fractions(task.inputs), fractions(task.outputs)
    lags = max(task.lags, len(start))
    L = np.full((lags, *start.shape[1:]), Fraction(0))
    L[: len(start)] = fractions(start)
    for _ in range(steps):
        r = predicted(L, x) - y
        r[:, : task.first] = Fraction(0)
        gradient = np.full_like(L, Fraction(0))
        for j in range(task.lags):
            late, early = r[:, j:], x[:, : task.lags - j]
            gradient[j] = sum(late[n].T @ early[n] for n in range(len(x)))
        L = L - np.array([[[step * rho(v, j)]] for j in range(lags)]) * gradient
    return predicted(L, fractions(new))


def lagged(x, first, lags):
    """A row for each output: x_t, x_(t-1), ... ."""
    return np.array(
        [
            [row[t - j, i] if t - j >= 0 else Fraction(0) for j in range(lags) for i in range(row.shape[1])]
            for row in fractions(x)
            for t in range(first, x.shape[1])
        ]
    )


def minimised(task, new, start, v):
    """The limit, from normal equations by SymPy's Gauss-Jordan.

    Of the minimisers L of the loss the one of least sum_j |L_j - L_j^0|^2 / rho_j, by multipliers.
    """
    x, r = task.inputs, fractions(task.outputs) - predicted(fractions(start), fractions(task.inputs))
    live = [j for j in range(task.lags) if rho(v, j)]
    columns = [j * task.n_x + i for j in live for i in range(task.n_x)]
    old, fresh = (lagged(a, f, task.lags)[:, columns] for a, f in ((x, task.first), (new, 0)))
    begun = predicted(fractions(start), fractions(new))
    if not columns:
        return begun
    X = sympy.Matrix(old.tolist())
    weights = sympy.diag(*[sympy.Rational(1) * rho(v, j) for j in live for _ in range(task.n_x)])
    S = X.T * X
    # d = D S m for some multipliers m, and S d = X' r
    target = X.T * sympy.Matrix(r[:, task.first :].reshape(-1, task.n_y).tolist())
    solution, parameters = (S * weights * S).gauss_jordan_solve(target)
    d = weights * S * solution.subs(dict.fromkeys(parameters, 0))
    moved = sympy.Matrix(fresh.tolist()) * d
    return begun + fractions(np.array(moved.tolist())).reshape(begun.shape)


def floats(array):
    return np.asarray(array).astype(float)


def rounded(x, digits):
    """The decimal nearest to a fraction by long division, ties away from 0."""
    quotient = Context(prec=400).divide(Decimal(x.numerator), Decimal(x.denominator))
    return Context(prec=digits, rounding=ROUND_HALF_UP).plus(quotient)


def assert_rounded(values, truth, digits):
    """Digit by digit."""
    assert values.shape == truth.shape
    for value, x in zip(values.flat, truth.flat, strict=True):
        assert Decimal(mpmath.nstr(value, digits, strip_zeros=False)) == rounded(x, digits)


def stable_step(task, v, share):
    """An exact step, the share of the largest."""
    kernel = ntk(task.inputs, variances=v)[:, :, task.first :, task.first :]
    rows = len(task.inputs) * (task.lags - task.first)
    greatest = np.linalg.eigvalsh(kernel.transpose(0, 2, 1, 3).reshape(rows, rows))[-1]
    return share * 2 / Fraction(greatest).limit_denominator(1000) if greatest > 0.01 else Fraction(1)
