"""Training: the statements against exact training, against matrices, and mutated."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Indexed, Rational, Sum, Symbol, diag, sqrt, symbols

from derivations import ProofError, closed_forms, finite_width_forms, moment, statements, training_forms
from derivations.proof import conclusion
from derivations.symbols import n, nu_C, nu_F, nu_W
from derivations.theorems import implicit_bias, training
from derivations.theorems.training import Word, transposed

STATEMENTS = {
    build.__name__.replace("_", "-"): build
    for module in (training, implicit_bias)
    for build in (getattr(module, name) for name in module.__all__)
    if callable(build)
}
NAMES = sorted(STATEMENTS)

a, j, k, T, eta = symbols("a j k T eta")


def test_the_statements_are_in_the_catalogue_and_proved():
    catalogue = statements()
    assert [catalogue[name].status for name in NAMES] == ["proved"] * 13


def off(formula: sympy.Basic) -> sympy.Basic:
    """The formula with a right side that is a thousandth more."""
    right = formula.rhs
    if isinstance(right, sympy.Tuple):
        wrong = sympy.Tuple(*(entry * Rational(1001, 1000) for entry in right))
    else:
        wrong = right * Rational(1001, 1000) if right != 0 else Rational(1, 1000)
    return formula.func(formula.lhs, wrong, evaluate=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_that_shows_a_formula_rests_on_it(name):
    for step in STATEMENTS[name]().proof:
        if isinstance(step.formula, sympy.Eq | sympy.Le):
            with pytest.raises(ProofError, match="step"):
                replace(step, formula=off(step.formula)).check()


WRONG_GRADIENTS = {
    "dJ/dC without its scale": (0, Word("B'", 0)),
    "dJ/dC from the next of the chain": (0, Word("B'", 1) / sqrt(n)),
    "dJ/dF, factors exchanged": (1, Sum(Word("G", j) * Word("V'", j), (j, 0, T - 1)) / sqrt(n)),
    "dJ/dF, chain one ahead": (1, Sum(Word("V'", j + 1) * Word("G", j), (j, 0, T - 1)) / sqrt(n)),
    "dJ/dF without the last lag": (1, Sum(Word("V'", j) * Word("G", j), (j, 0, T - 2)) / sqrt(n)),
    "dJ/dW, chain not one ahead": (2, Sum(Word("V'", a) * Word("B'", a), (a, 0, T - 2)) / n),
    "dJ/dW, factors exchanged": (2, Sum(Word("B'", a + 1) * Word("V'", a), (a, 0, T - 2)) / n),
    "dJ/dW, scale of dJ/dF": (2, Sum(Word("V'", a) * Word("B'", a + 1), (a, 0, T - 2)) / sqrt(n)),
    "dJ/dW from place 1": (2, Sum(Word("V'", a) * Word("B'", a + 1), (a, 1, T - 2)) / n),
}


@pytest.mark.parametrize("mutant", WRONG_GRADIENTS)
def test_wrong_gradients_are_refused(mutant):
    place, wrong = WRONG_GRADIENTS[mutant]
    statement = training.low_rank_gradients()
    entries = list(statement.formula.rhs)
    entries[place] = wrong
    formula = sympy.Eq(statement.formula.lhs, sympy.Tuple(*entries), evaluate=False)
    (step,) = (step for step in statement.proof if step.name == "the statement")
    with pytest.raises(ProofError, match="the statement"):
        replace(step, formula=formula).check()


def test_transposition_reverses_and_primes():
    C, W, G = symbols("C W G'", commutative=False)
    word = 3 * C * W**k * G
    assert transposed(word) == 3 * symbols("G", commutative=False) * transposed(C * W**k)
    assert transposed(transposed(word)) == word


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


def test_two_changed_letters_are_counted():
    """The limit of sqrt(n) r_j, lag by lag, is the coefficient of s^2 in the product of the letters."""
    (step,) = (s for s in training.network_update().proof if s.name == "two letters or more")
    c, w, f, c1, w1, f1, s = symbols("c w f c_1 w_1 f_1 s")
    for lag in range(6):
        letters = sympy.expand((c + s * c1) * (w + s * w1) ** lag * (f + s * f1))
        assert sympy.simplify(step.formula.rhs.subs(j, lag) - letters.coeff(s, 2)) == 0


DISTANCE = training.equivalence().formula.rhs


@given(st.fractions(Fraction(1, 9), 3, max_denominator=9), st.integers(0, 8))
def test_the_distance_of_the_two_models_follows_its_recursion(q, steps):
    error = Fraction(0)
    for _ in range(steps):
        error = (1 + q) * error + Fraction(1, 4)
    values = {"r": 1, "n": 16, "q": Rational(q), "k": steps}
    assert DISTANCE.subs(values) == Rational(error)


@pytest.mark.parametrize("lag", range(5))
def test_gradient_norms_are_exact_to_their_order(lag):
    word = " ".join(["W"] * lag + ["W'"] * lag)
    exact = moment(word) / n ** (lag + 1) if lag else sympy.Integer(1)
    tau = finite_width_forms.crosscap_pairs(lag)
    shown = training.gradient_norms().formula.rhs.subs(j, lag).subs(Indexed("tau", lag), tau)
    assert sympy.limit(sympy.expand(n**2 * (exact - shown)), n, sympy.oo) == 0


def problem(seed: int, lags: int = 4) -> tuple[sympy.Matrix, sympy.Matrix, sympy.Matrix, sympy.Matrix]:
    """Lagged inputs that do not see every direction, targets, weights and a start, all exact."""
    rng = np.random.default_rng(seed)
    draw = lambda *shape: sympy.Matrix(rng.integers(-3, 4, shape).tolist()) / 2  # noqa: E731
    weights = sympy.Matrix([closed_forms.lag_weight(lag, Rational(1, 2), 1, 1) for lag in range(lags)])
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
    formula = implicit_bias.minimum_norm().formula
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
    formula = implicit_bias.gradient_flow().formula
    time, lam = 0.7, 1.3
    flow = float(implicit_bias.number(formula.rhs).subs({"t": time, "lambda": lam, "x_0": 0, "x_opt": 1}))
    counts = (10, 100, 1000, 10_000)
    gaps = [abs(1 - training_forms.remaining(lam, time / steps, steps) - flow) for steps in counts]
    assert all(later < earlier / 9 for earlier, later in pairwise(gaps))


@pytest.mark.parametrize("transition", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_the_geometric_bound_holds_for_the_exact_mean_square(transition, seed):
    """L^k is linear in L^0, so E |L_j^k|^2 is known exactly."""
    rng = np.random.default_rng(seed)
    lags, f, c = 8, 0.7, 1.2
    weights = np.array([closed_forms.lag_weight(i, transition, f, c) for i in range(lags)])
    prior = c * f * transition ** np.arange(lags)
    x, Y = rng.normal(size=lags), 3 * rng.normal(size=lags)
    X = np.array([[x[time - lag] if lag <= time else 0.0 for lag in range(lags)] for time in range(lags)])
    scale = np.sqrt(weights)
    values, vectors = np.linalg.eigh(scale[:, None] * (X.T @ X) * scale)
    values = np.clip(values, 0, None)
    nearest = np.linalg.pinv(X * scale) @ Y
    bound = implicit_bias.geometric_decay().formula.rhs
    shares = []
    for steps in (0, 1, 10, 100):
        left = (vectors * training_forms.remaining(values, 1 / values[-1], steps)) @ vectors.T
        mean = scale * (nearest - left @ nearest)
        spread = (scale[:, None] * left) ** 2 @ (prior / weights)
        for i in range(lags):
            norms = {
                sympy.Abs(Indexed("X", 0)): np.linalg.norm(x),
                sympy.Abs(Symbol("Y")): np.linalg.norm(Y),
                Indexed("rho", j): weights[i],
                Indexed("rho", 0): weights[0],
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
    weights = [closed_forms.lag_weight(i, Fraction(1, 5), 1, 1) for i in range(20)]
    learned = [1 - training_forms.remaining(float(weight), 0.5, 10**15) for weight in weights]
    assert min(learned) > 0.99
    soon = [1 - training_forms.remaining(weight, step, 100) for weight in weights]
    assert all(share <= 100 * step * weight for share, weight in zip(soon, weights, strict=True))


def test_wrong_updates_are_refused():
    rho, G, L = Indexed("rho", j), Indexed("G", j), Indexed("L", j, k)
    (step, *_) = training.convolution_update().proof
    for wrong in (L - eta * sqrt(rho) * G, L + eta * rho * G, L - eta * rho**2 * G, L - rho * G):
        with pytest.raises(ProofError, match="the statement"):
            replace(step, formula=sympy.Eq(step.formula.lhs, wrong, evaluate=False)).check()


def test_wrong_descents_are_refused():
    step = implicit_bias.gradient_descent().proof[-1]
    start, end = Word("theta", 0), Symbol("theta_opt", commutative=False)
    H = Symbol("H", commutative=False)
    for share in ((1 - eta * H) ** (k + 1), (1 + eta * H) ** k, (1 - eta * H / 2) ** k, (1 - H) ** k):
        wrong = sympy.Eq(step.formula.lhs, start + (1 - share) * (end - start), evaluate=False)
        with pytest.raises(ProofError, match="the statement"):
            replace(step, formula=wrong).check()
    assert conclusion("", step.formula, step.obligations, "induction").check() is None
