"""Training: the statements against exact training, against matrices, and mutated."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Indexed, IndexedBase, Limit, Rational, Symbol, diag, sqrt, symbols

from derivations import ProofError, Statement, closed_forms, moment, statements, training_forms
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems import equivalence, gradients, implicit_bias, lag_bounds, least_squares, training
from derivations.theorems.training_pieces import Word
from tests.derivations.lies import assert_caught, refusals, told

CATALOGUE = statements()
NAMES = sorted(
    build.__name__.replace("_", "-")
    for module in (gradients, training, equivalence, least_squares, lag_bounds, implicit_bias)
    for build in (getattr(module, name) for name in module.__all__)
    if callable(build)
)
ARGUMENTS = {
    "network-update": ("the size of a step", "two letters or more"),
    "constant-kernel": ("one step", "the statement"),
    "equivalence": ("the kernel at the start", "one step apart", "the statement"),
    "gradient-norms": ("one step", "the orders of a trace"),
    "minimum-norm": ("squared norms",),
    "geometric-decay": ("the largest step", "the residual at the start", "the start"),
    "geometric-decay-in-law": ("in law",),
}

a, j, k, t, T, eta, lam, x = symbols("a j k t T eta lambda x")
largest, d_0 = symbols("lambda_max d_0")
rho, L, G, d = (IndexedBase(name) for name in ("rho", "L", "G", "d"))
H, theta_opt = symbols("H theta_opt", commutative=False)


def test_there_are_fifteen_statements_of_training():
    assert len(NAMES) == 15
    assert {*NAMES} <= {*CATALOGUE}


@pytest.mark.parametrize("name", NAMES)
def test_what_rests_on_prose_is_known(name):
    """Of the proof for readers, also where Coq's kernel has accepted another."""
    own = tuple(step.name for step in CATALOGUE[name].proof if step.kind == "argument")
    assert own == ARGUMENTS.get(name, ())


@pytest.mark.parametrize("name", sorted({*NAMES} - {*ARGUMENTS}))
def test_the_algebra_of_training_rests_on_no_argument(name):
    assert CATALOGUE[name].status in {"derived", "kernel-checked"}
    assert not CATALOGUE[name].arguments()


def lying(statement: Statement, changes: Mapping[Any, Any]) -> Statement:
    """The statement with a wrong formula, claimed by its step as well."""
    wrong = statement.formula.xreplace(
        {sympy.sympify(old): sympy.sympify(new) for old, new in changes.items()}
    )
    return told(statement, wrong)


start, now = Word("theta", 0), Word("theta", k)
c, f, w, c1, f1, w1 = symbols("c f w c_1 f_1 w_1")
minimum, at_start, end = symbols("L L^0 Lbar")
moved = Abs(L[j, 0] - L[j, k])
NOISE = n_x * n_y * nu_C * nu_F * nu_W**j
LIES = {
    "low-rank-gradients": [
        {Word("B'", 0, T): sqrt(n) * Word("B'", 0, T)},
        {Word("B'", 0, T): Word("B'", 1, T)},
        {Word("V'", j) * Word("G", j): Word("G", j) * Word("V'", j)},
        {Word("V'", j): Word("V'", j + 1)},
        {(j, 0, T - 1): (j, 0, T - 2)},
        {Word("B'", a + 1, T): Word("B'", a, T)},
        {Word("V'", a) * Word("B'", a + 1, T): Word("B'", a + 1, T) * Word("V'", a)},
        {Word("V'", a): sqrt(n) * Word("V'", a)},
        {(a, 0, T - 2): (a, 1, T - 2)},
        {(a, 0, T - 2): (a, 0, T - 3)},
    ],
    "network-update": [
        {sqrt(n): n},
        {sqrt(n): 2 * sqrt(n)},
        {eta: 2 * eta},
        {c + c1: c},
        {(w + w1) ** j: (w + w1) ** (j - 1)},
        {L[j, k]: L[j, k + 1]},
    ],
    "convolution-update": [
        {rho[j]: sqrt(rho[j])},
        {rho[j]: rho[j] ** 2},
        {rho[j]: rho[j + 1]},
        {rho[j]: 1},
        {eta: -eta},
        {G[j, k]: G[j, k + 1]},
        {L[j, k]: L[j, k] + sympy.KroneckerDelta(j, 0)},
    ],
    "gradient-norms": [
        {n**2: n},
        {n**2: n**3},
        {nu_W**j: nu_W ** (j + 1)},
        {j**4 / 24: j**4 / 24 + sympy.KroneckerDelta(j, 0)},
        {j**4 / 24: j**4 / 24 + j * (j - 1) * (j - 2) * (j - 3) * (j - 4)},
    ],
    "gradient-descent": [
        {(1 - eta * H) ** k: (1 - eta * H) ** (k + 1)},
        {(1 - eta * H) ** k: (1 + eta * H) ** k},
        {(1 - eta * H) ** k: (1 - eta * H / 2) ** k},
        {(1 - eta * H) ** k: (1 - H) ** k},
        {(1 - eta * H) ** k: 1 - k * eta * H},
        {now: now - start},
        {theta_opt: 2 * theta_opt},
    ],
    "gradient-flow": [{t: 2 * t}, {sympy.exp(-t * H): sympy.exp(t * H)}, {start: 0}, {theta_opt: start}],
    "descent-along-eigenvectors": [{lam: 2 * lam}, {1 - eta * lam: 1 + eta * lam}, {d_0: 2 * d_0}],
    "stability": [
        {2 / largest: 3 / largest},
        {2 / largest: 1 / largest},
        {Limit(d[k], k, sympy.oo): Limit(d[k] + 1, k, sympy.oo)},
        {d[k] ** 2: d[k]},
        {d[k] ** 2: d[k] ** 2 / 2},
    ],
    "minimum-norm": [{minimum - at_start: end - at_start}, {minimum - end: minimum}],
    "step-bound": [
        {k * eta * Abs(Indexed("X", j)) * Abs(Word("r", 0)) * rho[j]: (k - 1) * rho[j]},
        {rho[j]: rho[j] / 2},
        {rho[j]: sqrt(rho[j])},
        {rho[j]: rho[j + 1]},
        {moved: moved + sympy.KroneckerDelta(k, 0)},
        {moved: 2 * moved},
        {Indexed("X", j): Indexed("X", 0)},
    ],
    "uniform-bound": [{rho[j]: rho[j] / 2}, {rho[j]: rho[j] ** 2}, {moved: 2 * moved}, {start: now}],
    "geometric-decay": [
        {nu_W**j: nu_W ** (j + 1)},
        {1 - nu_W: 2 - nu_W},
        {sqrt(NOISE): sqrt(NOISE / 2)},
        {rho[j]: rho[j] / 2},
        {rho[j]: rho[j + 1]},
        {rho[0]: 2 * rho[0]},
        {k: k / 100},
    ],
}


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name in LIES for lie in range(len(LIES[name]))])
def test_a_consistent_lie_is_refused(name, lie):
    off = lying(CATALOGUE[name], LIES[name][lie])
    assert next(refusals(off, CATALOGUE[name]), None)
    assert_caught(off, CATALOGUE[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_relation_is_refused(name):
    flipped = {sympy.Le: sympy.Ge, sympy.Eq: sympy.Ne, sympy.And: sympy.Or}
    statement = CATALOGUE[name]
    other = flipped[statement.formula.func](*statement.formula.args, evaluate=False)
    lie = told(statement, other)
    if name in {"constant-kernel", "equivalence"}:
        assert lie.status == "argued"  # as a whole, and said to be
    elif name != "stability":  # one of two truths is a truth
        assert next(refusals(lie, statement), None)


MEANT = {
    "low-rank-gradients": ["n >= 1", "T >= 1"],
    "network-update": ["eta >= 0"],
    "equivalence": ["nu_W >= 0", "nu_F >= 0", "nu_C >= 0"],
    "gradient-norms": ["nu_W >= 0"],
    "minimum-norm": ["lambda_max > 0"],
    "geometric-decay": ["n_x >= 1", "n_y >= 1"],
}
"""What only the meaning of a name, an argument or Coq asks for: a width, a number of lags, a variance."""


@pytest.mark.parametrize("name", NAMES)
def test_every_other_condition_is_needed(name):
    statement = CATALOGUE[name]
    spare = []
    for condition in statement.conditions:
        others = tuple(other for other in statement.conditions if other != condition)
        try:
            replace(statement, conditions=others).check_steps()
        except ProofError:
            continue
        spare.append(str(condition))
    assert spare == MEANT.get(name, [])


def network(width, seed):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(2, width)),
        rng.normal(size=(width, width)),
        rng.normal(size=(width, 3)),
        rng,
    )


def impulse_response(C, W, F, lags):
    width = len(W)
    V = [C]
    for _ in range(lags - 1):
        V.append(V[-1] @ W / width**0.5)
    return V, np.stack([v @ F / width**0.5 for v in V])


def gradients(C, W, F, G):
    """The three gradients, by the two chains of the statement."""
    width, lags = len(W), len(G)
    V, _ = impulse_response(C, W, F, lags)
    B = [np.zeros((width, len(C)))]
    for gradient in G[::-1]:
        B.insert(0, F @ gradient.T + W @ B[0] / width**0.5)
    return (
        B[0].T / width**0.5,
        sum(W_V.T @ gradient for W_V, gradient in zip(V, G, strict=True)) / width**0.5,
        sum((V[at].T @ B[at + 1].T for at in range(lags - 1)), np.zeros_like(W)) / width,
    )


@pytest.mark.parametrize("lags", [1, 2, 5])
def test_the_chains_give_the_derivative_of_a_loss_that_is_not_linear(lags):
    C, W, F, rng = network(6, 0)
    directions = [rng.normal(size=matrix.shape) for matrix in (C, F, W)]
    _, L = impulse_response(C, W, F, lags)
    found = gradients(C, W, F, 4 * L**3)
    for letter, (direction, gradient) in enumerate(zip(directions, found, strict=True)):
        moved = [C + 0j, F + 0j, W + 0j]
        moved[letter] = moved[letter] + 1e-30j * direction
        _, response = impulse_response(moved[0], moved[2], moved[1], lags)
        derivative = (response**4).sum().imag / 1e-30
        assert derivative == pytest.approx((gradient * direction).sum(), rel=1e-12)
    assert np.linalg.matrix_rank(found[2]) <= (lags - 1) * 2


def norm(matrix: np.ndarray) -> float:
    return float(np.linalg.norm(matrix, 2))


@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.floats(0.01, 3))
def test_the_bounds_of_a_step_hold_at_every_width(width, seed, step):
    lags = 4
    C, W, F, rng = network(width, seed)
    G = rng.normal(size=(lags, 2, 3))
    dC, dF, dW = (-step * gradient for gradient in gradients(C, W, F, G))
    V, before = impulse_response(C, W, F, lags)
    V_after, after = impulse_response(C + dC, W + dW, F + dF, lags)
    root, s = width**0.5, width**-0.5
    c, w, f = (norm(matrix) / root for matrix in (C, W, F))
    c1, w1, f1 = map(norm, (dC, dW, dF))
    powers = [np.linalg.matrix_power(W / root, e) for e in range(lags)]
    for lag in range(lags):
        first = dC @ powers[lag] @ F + C @ powers[lag] @ dF
        for e in range(lag):
            first = first + C @ powers[e] @ (dW / root) @ powers[lag - 1 - e] @ F
        remainder = after[lag] - before[lag] - first / root

        def phi(size, lag=lag):
            return (c + size * c1) * (w + size * w1) ** lag * (f + size * f1)

        chain_rule = c1 * w**lag * f + c * w**lag * f1 + (c * lag * w ** (lag - 1) * w1 * f if lag else 0)
        bound = root * (phi(s) - phi(0) - s * chain_rule)
        assert norm(remainder) <= bound * (1 + 1e-9) + 1e-9 * root * phi(s)
        for e in range(lags):
            moved = norm(V_after[lag] @ V_after[e].T - V[lag] @ V[e].T) / width
            total = (c + s * c1) ** 2 * (w + s * w1) ** (lag + e)
            assert moved <= total - c**2 * w ** (lag + e) + 1e-9 * total


@settings(max_examples=30)
@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.floats(0.01, 1))
def test_a_step_of_the_network_is_the_kernels_up_to_the_bound(width, seed, step):
    """The formula of network-update, with numbers for its names."""
    lags = 4
    C, W, F, rng = network(width, seed)
    G = rng.normal(size=(lags, 2, 3))
    dC, dF, dW = (-step * gradient for gradient in gradients(C, W, F, G))
    V, before = impulse_response(C, W, F, lags)
    _, after = impulse_response(C + dC, W + dW, F + dF, lags)
    root = width**0.5
    U = [np.linalg.matrix_power(W / root, e) @ F for e in range(lags)]
    P = [[v @ u.T / width for u in V] for v in V]
    Q = [[v.T @ u / width for u in U] for v in U]
    bounds = {"w": norm(W) / root, "c": norm(C) / root, "f": norm(F) / root, "n": width}
    g, by_lag = max(map(norm, G)), [bounds["w"] ** lag for lag in range(lags)]
    places = sum(lag * bounds["w"] ** (lag - 1) for lag in range(1, lags))
    sizes = {
        "c_1": step * bounds["f"] * g * sum(by_lag),
        "f_1": step * bounds["c"] * g * sum(by_lag),
        "w_1": step * bounds["c"] * bounds["f"] * g * places,
    }
    right = CATALOGUE["network-update"].formula.rhs
    for lag in range(lags):
        first = np.zeros((2, 3))
        for i in range(lags):
            first = first + G[i] @ Q[i][lag] + P[lag][i] @ G[i]
            for e in range(lag):
                for h in range(i):
                    first = first + P[e][h] @ G[i] @ Q[i - 1 - h][lag - 1 - e]
        remainder = root * norm(after[lag] - before[lag] + step * first)
        bound = float(right.subs({j: lag, **bounds, **sizes}))
        assert remainder <= bound * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("lag", range(6))
def test_gradient_norms_are_exact_to_their_order(lag):
    word = " ".join(["W"] * lag + ["W'"] * lag)
    exact = moment(word) / n ** (lag + 1) if lag else sympy.Integer(1)
    shown = CATALOGUE["gradient-norms"].formula.rhs.subs(j, lag)
    assert sympy.limit(sympy.expand(n**2 * (exact - nu_W**lag)), n, sympy.oo) == shown


def problem(seed: int, lags: int = 4) -> tuple[sympy.Matrix, sympy.Matrix, sympy.Matrix, sympy.Matrix]:
    """Lagged inputs that do not see every direction, targets, weights and a start, all exact."""
    rng = np.random.default_rng(seed)
    draw = lambda *shape: sympy.Matrix(rng.integers(-3, 4, shape).tolist()) / 2  # noqa: E731
    weights = sympy.Matrix([closed_forms.lag_weight(lag, Rational(1, 2), 2, 1) for lag in range(lags)])
    return draw(lags - 2, lags), draw(lags - 2, 1), weights, draw(lags, 1)


def trained(X, Y, weights, L, step, steps):
    """L after so many steps of L_j <- L_j - eta rho_j dJ/dL_j, and the residuals on the way."""
    residuals = []
    for _ in range(steps):
        residuals.append(X * L - Y)
        L = L - step * diag(*weights) * X.T * residuals[-1]
    return L, residuals


def hessian(X, weights):
    D = diag(*map(sympy.sqrt, weights))
    return np.array((D * X.T * X * D).evalf(), dtype=float)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("steps", [0, 1, 6])
def test_gradient_descent_and_its_bounds(seed, steps):
    X, Y, weights, start = problem(seed)
    H = hessian(X, weights)
    greatest = np.linalg.eigvalsh(H)[-1]
    scale = np.sqrt(np.array(weights.T, dtype=float)[0])
    theta_start = np.array(start.T, dtype=float)[0] / scale
    A = np.array(X, dtype=float) * scale
    nearest = theta_start + np.linalg.pinv(A) @ (np.array(Y.T, dtype=float)[0] - A @ theta_start)
    for share in (Fraction(1, 3), Fraction(1), Fraction(19, 10)):
        step = Rational(share) * Rational(str(round(1 / greatest, 6)))
        found, residuals = trained(X, Y, weights, start, step, steps)
        L = np.array(found.T, dtype=float)[0]
        values, vectors = np.linalg.eigh(H)
        left = training_forms.remaining(values, float(step), steps)
        theta = theta_start + vectors @ ((1 - left) * (vectors.T @ (nearest - theta_start)))
        assert scale * theta == pytest.approx(L, abs=1e-9)
        moved = np.abs(L - np.array(start.T, dtype=float)[0])
        sizes = np.linalg.norm(np.array(X, dtype=float), axis=0)
        if steps:
            first = float(residuals[0].norm())
            assert all(float(r.norm()) <= first * (1 + 1e-12) for r in residuals)
            bounds = training_forms.step_bound(scale**2, float(step), steps, sizes, first)
            assert (moved <= bounds * (1 + 1e-9)).all()
        if share <= 1:
            distance = ((nearest - theta_start) ** 2).sum()
            bounds = training_forms.uniform_bound_squared(scale**2, distance)
            assert (moved**2 <= bounds * (1 + 1e-9)).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_is_the_minimiser_of_least_weighted_norm(seed):
    X, Y, weights, start = problem(seed)
    D = diag(*weights)
    step = Rational(str(round(1 / np.linalg.eigvalsh(hessian(X, weights))[-1], 6)))
    L = np.array(start, dtype=float)
    X_f, Y_f, D_f = (np.array(matrix, dtype=float) for matrix in (X, Y, D))
    for _ in range(20_000):
        L = L - float(step) * D_f @ X_f.T @ (X_f @ L - Y_f)
    limit = start + D * X.T * (X * D * X.T).inv() * (Y - X * start)
    assert np.array(limit, dtype=float) == pytest.approx(L, abs=1e-6)
    formula = CATALOGUE["minimum-norm"].formula
    null = X.nullspace()
    other = limit + 2 * null[0] - 3 * null[1]
    weighted = {
        "L - L^0": other - start,
        "L - Lbar": other - limit,
        "-L^0 + Lbar": limit - start,
    }
    squares = {name: (delta.T * D.inv() * delta)[0] for name, delta in weighted.items()}
    N = sympy.Function("N")
    sides = [side.replace(N, lambda delta: squares[str(delta)]) for side in formula.args]
    assert sides[0] == sides[1]


def test_steps_beyond_the_largest_explode_and_null_directions_stay():
    X, Y, weights, start = problem(1)
    greatest = np.linalg.eigvalsh(hessian(X, weights))[-1]
    largest = training_forms.largest_step(greatest)
    for factor, ending in ((0.99, np.less), (1.01, np.greater)):
        L, residuals = trained(*(m.evalf() for m in (X, Y, weights, start)), factor * largest, 400)
        assert ending(float(residuals[-1].norm()), float(residuals[0].norm()))
        D = diag(*weights)
        for direction in X.nullspace():
            unseen = (direction.T * D.inv().evalf() * (L - start))[0]
            assert abs(unseen) <= 1e-9 * (1 + abs(max(L)))


def test_gradient_flow_is_the_limit_of_small_steps():
    formula = CATALOGUE["gradient-flow"].formula
    time, eigenvalue = 0.7, 1.3
    along = {H: eigenvalue, start: 0, theta_opt: 1, t: time}
    flow = float(formula.rhs.subs(along, simultaneous=True))
    counts = (10, 100, 1000, 10_000)
    gaps = [abs(1 - training_forms.remaining(eigenvalue, time / steps, steps) - flow) for steps in counts]
    assert all(later < earlier / 9 for earlier, later in pairwise(gaps))


@pytest.mark.parametrize("transition", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_the_geometric_bound_holds_for_the_exact_mean_square(transition, seed):
    """L^k is linear in L^0, so E |L_j^k|^2 is known exactly."""
    rng = np.random.default_rng(seed)
    lags, f, c = 8, 0.7, 1.2
    weights = np.array([closed_forms.lag_weight(i, transition, c + f, c * f) for i in range(lags)])
    prior = c * f * transition ** np.arange(lags)
    x, Y = rng.normal(size=lags), 3 * rng.normal(size=lags)
    X = np.array([[x[time - lag] if lag <= time else 0.0 for lag in range(lags)] for time in range(lags)])
    scale = np.sqrt(weights)
    values, vectors = np.linalg.eigh(scale[:, None] * (X.T @ X) * scale)
    values = np.clip(values, 0, None)
    nearest = np.linalg.pinv(X * scale) @ Y
    bound = CATALOGUE["geometric-decay"].formula.rhs
    shares = []
    for steps in (0, 1, 10, 100):
        left = (vectors * training_forms.remaining(values, 1 / values[-1], steps)) @ vectors.T
        mean = scale * (nearest - left @ nearest)
        spread = (scale[:, None] * left) ** 2 @ (prior / weights)
        for i in range(lags):
            norms = {
                sympy.Abs(Indexed("X", 0)): np.linalg.norm(x),
                sympy.Abs(Symbol("Y")): np.linalg.norm(Y),
                rho[j]: weights[i],
                rho[0]: weights[0],
            }
            most = bound.subs(norms, simultaneous=True).subs(
                {j: i, k: steps, nu_W: transition, nu_F: f, nu_C: c, "n_x": 1, "n_y": 1}
            )
            shares.append(np.sqrt(mean[i] ** 2 + spread[i]) / float(most))
    assert max(shares) <= 1 + 1e-9
    assert max(shares) > 0.9  # at k = 0 it is attained


def test_in_the_limit_of_training_a_distant_lag_is_learned_all_the_same():
    """So the geometric decay is that of a fixed number of steps: an impulse shows every lag alone."""
    step = Fraction(1, 2)
    weights = [closed_forms.lag_weight(i, Fraction(1, 5), 2, 1) for i in range(20)]
    learned = [1 - training_forms.remaining(float(weight), 0.5, 10**15) for weight in weights]
    assert min(learned) > 0.99
    soon = [1 - training_forms.remaining(weight, step, 100) for weight in weights]
    assert all(share <= 100 * step * weight for share, weight in zip(soon, weights, strict=True))
