"""The catalogue: every statement is proved, and every proof fails when its formula is wrong."""

import subprocess
import sys
from dataclasses import replace

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import derivations
from derivations import ProofError, Statement, Step, closed_forms, statements, training_forms
from derivations.proof import (
    evidence,
    identity,
    induction,
    lemma,
    limit,
    reduced,
    sign,
    telescoping,
    vanishes,
)
from derivations.symbols import i, nu_C, nu_F, nu_W

CATALOGUE = statements()
NAMES = tuple(CATALOGUE)
PROVED = [name for name in NAMES if name not in {"stein-lemma"}]
x, k = sympy.symbols("x k")

ASKED_FOR = {
    "impulse-response", "lag-kernel", "gram-limits", "lag-weights", "generating-function", "recurrence",
    "partial-sum", "total", "tail-mass", "mean-lag", "monotone", "peak-lag", "regimes", "sensitivity",
    "memory-length", "impulse-response-prior", "scaled-convolution", "bias",
    "exact-mean", "finite-width-mean", "finite-width-second-order", "finite-width-covariance",
    "low-rank-gradients", "network-update", "convolution-update", "equivalence", "gradient-descent",
    "gradient-flow", "stability", "minimum-norm", "step-bound", "uniform-bound", "geometric-decay",
    "gradient-norms",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_proof_holds(name):
    CATALOGUE[name].check_steps()


def test_a_check_includes_what_the_proof_rests_on():
    statement = CATALOGUE["finite-width-covariance"]
    assert list(statement.foundations())[-1] == "finite-width-covariance"
    assert {"stein-lemma", "trace-factorisation", "lag-kernel"} <= set(statement.foundations())
    statement.check()


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_says_what_it_is_about(name):
    statement = CATALOGUE[name]
    assert statement.name == name
    assert statement.title
    assert isinstance(statement.formula, sympy.Basic)
    assert statement.variables
    assert statement.assumptions
    assert statement.source
    assert statement.proof
    assert len({step.name for step in statement.proof}) == len(statement.proof)
    assert all(used.name in NAMES for used in statement.uses)


def test_the_catalogue_is_complete():
    assert set(NAMES) >= ASKED_FOR


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_what_was_asked_for_is_proved(name):
    assert CATALOGUE[name].status == "proved"


def test_the_lag_weights_are_proved_for_a_symbolic_lag():
    statement = CATALOGUE["lag-weights"]
    expected = (nu_C + nu_F) * nu_W**i + i * nu_C * nu_F * nu_W ** (i - 1)
    assert sympy.expand(statement.formula.rhs - expected) == 0
    assert i in statement.formula.free_symbols
    assert statement.status == "proved"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_proved_rests_on_cases_alone(name):
    statement = CATALOGUE[name]
    carrying = [step for step in statement.proof if step.kind not in {"lemma", "evidence"}]
    assert (statement.status == "proved") == bool(carrying) or statement.status == "checked"


def falsified(formula: sympy.Basic) -> sympy.Basic:
    """The formula with a right side that is off by a little."""
    if isinstance(formula, sympy.Equivalent):
        bound = next(arg for arg in formula.args if not arg.has(sympy.Indexed))
        return sympy.Equivalent(*(arg for arg in formula.args if arg != bound), bound.lts + 1 <= bound.gts)
    right = formula.rhs
    if isinstance(right, sympy.Tuple):
        return formula.func(formula.lhs, sympy.Tuple(right[0], 2 * right[1], *right[2:]), evaluate=False)
    wrong = right + WRONG
    if isinstance(right, sympy.Sum):
        wrong = sympy.Sum(right.function * (1 + WRONG), *right.limits)
    if isinstance(right, sympy.Piecewise):
        wrong = sympy.Piecewise((right.args[0].expr + WRONG, right.args[0].cond), *right.args[1:])
    if isinstance(right, sympy.Max):
        wrong = right.subs(nu_C, nu_C + WRONG)
    if not right.is_commutative:
        wrong = right + right.args[0]
    return formula.func(formula.lhs, wrong, evaluate=False)


WRONG = sympy.Rational(1, 1000)


@pytest.mark.parametrize("name", PROVED)
def test_a_falsified_formula_is_not_proved(name):
    statement = CATALOGUE[name]
    wrong = falsified(statement.formula)
    with pytest.raises(ProofError, match="no step establishes the formula"):
        replace(statement, formula=wrong).check_steps()
    steps = [replace(s, formula=wrong) if s.formula == statement.formula else s for s in statement.proof]
    with pytest.raises(ProofError, match="step 'the statement'"):
        replace(statement, formula=wrong, proof=tuple(steps)).check_steps()


@pytest.mark.parametrize("name", NAMES)
def test_no_step_shows_a_formula_whose_sides_are_the_same(name):
    for step in CATALOGUE[name].proof:
        if isinstance(step.formula, sympy.Eq):
            assert str(step.formula.lhs) != str(step.formula.rhs), step.name


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="no statement is called 'rho'; there are stein-lemma"):
        statements()["rho"]
    with pytest.raises(ValueError, match="no statement is called 7; there are"):
        statements()[7]
    with pytest.raises(KeyError):
        statements()["rho"]


def test_a_name_that_is_nearly_right_is_recognised():
    with pytest.raises(ValueError, match="'lag-weight'; did you mean lag-weights") as error:
        statements()["lag-weight"]
    assert "stein-lemma" not in str(error.value)


MUTANTS = {
    "factor i dropped": lambda i, w, f, c: (c + f) * w**i + c * f * w ** (i - 1),
    "i + 1 for i": lambda i, w, f, c: (c + f) * w**i + c * f * (i + 1) * w ** (i - 1),
    "nu_W^i for nu_W^(i-1)": lambda i, w, f, c: (c + f) * w**i + c * f * i * w**i,
    "nu_F counted twice": lambda i, w, f, c: 2 * f * w**i + c * f * closed_forms.power_derivative(w, i),
    "5 percent more": lambda i, w, f, c: (
        sympy.Rational(21, 20) * ((c + f) * w**i + c * f * closed_forms.power_derivative(w, i))
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("name", ["lag-weights", "generating-function", "partial-sum", "bias"])
def test_a_wrong_weight_fails_its_proof_at_a_named_step(monkeypatch, mutant, name):
    monkeypatch.setattr(closed_forms, "lag_weight", MUTANTS[mutant])
    with pytest.raises(ProofError, match=r"step ['\"]"):
        statements()[name].check()


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("generating_function", "generating-function"),
        ("total", "total"),
        ("mean_lag", "mean-lag"),
        ("tail_mass", "tail-mass"),
        ("partial_sum", "partial-sum"),
        ("partial_sum_at_one", "partial-sum"),
        ("sensitivity", "sensitivity"),
        ("decay_margin", "monotone"),
        ("peak_position", "peak-lag"),
        ("memory_length_offset", "memory-length"),
        ("memory_length_argument", "memory-length"),
        ("prior_variance", "impulse-response-prior"),
        ("remaining", "gradient-descent"),
        ("remaining", "gradient-flow"),
        ("remaining", "uniform-bound"),
        ("largest_step", "stability"),
        ("step_bound", "step-bound"),
        ("uniform_bound_squared", "uniform-bound"),
    ],
)
def test_every_closed_form_that_is_off_by_a_little_fails_its_proof(monkeypatch, form, name):
    module = training_forms if form in training_forms.__all__ else closed_forms
    right = getattr(module, form)
    monkeypatch.setattr(module, form, lambda *args: right(*args) * sympy.Rational(1001, 1000))
    with pytest.raises(ProofError, match=r"step ['\"]"):
        statements()[name].check()


@given(st.integers(1, 9))
def test_an_identity_that_is_off_is_refuted(shift):
    identity("fine", "", (x + 1) ** 2, x**2 + 2 * x + 1).check()
    with pytest.raises(ProofError, match="step 'off': left - right"):
        identity("off", "", (x + 1) ** 2, x**2 + 2 * x + 1 + shift).check()


def test_an_induction_needs_its_base_and_its_step():
    telescoping("sum of k", "", k, k, k * (k - 1) / 2).check()
    with pytest.raises(ProofError, match="base"):
        telescoping("base off", "", k, k, k * (k - 1) / 2 + 1).check()
    with pytest.raises(ProofError, match=r": step"):
        telescoping("step off", "", k, k, k * (k + 1) / 2).check()
    with pytest.raises(ProofError, match="base"):
        induction("base", "", sympy.true, sympy.Integer(1), sympy.Integer(0)).check()


def test_limits_are_taken():
    limit("one", "", (k + 1) / k, k, sympy.Integer(1)).check()
    with pytest.raises(ProofError, match="limit"):
        limit("two", "", (k + 1) / k, k, sympy.Integer(2)).check()


def test_signs_are_read_off():
    sign("fine", "", x * k + x, nonnegative=(k,)).check()
    for unknown in (x - k, 1 / k - 1 / k**2, k**x - 1):
        with pytest.raises(ProofError, match="not negative"):
            sign("unknown", "", unknown, nonnegative=(k,)).check()


def test_zero_is_recognised_across_symbolic_powers():
    assert vanishes(x ** (k + 2) - x**2 * x**k)
    assert not vanishes(x ** (k + 2) - x * x**k)
    assert reduced((x**2 - 1) / (x - 1)) == sympy.Symbol("x", positive=True) + 1


def statement_of(*steps: Step, uses: tuple[Statement, ...] = ()) -> Statement:
    return Statement("s", "t", steps[-1].formula if steps else None, {}, (), "", steps, uses)


def test_the_status_follows_from_the_steps():
    true = identity("i", "", x, x)
    cited = lemma("l", "")
    seen = evidence("e", "", lambda: [("case", True)])
    guess = Step("g", "", "conjecture", None, lambda: [("case", True)])
    assert statement_of(true, cited, seen).status == "proved"
    assert statement_of(cited).status == "cited"
    assert statement_of(cited, seen).status == "cited"
    assert statement_of(seen).status == "checked"
    assert statement_of().status == "checked"
    assert statement_of(true, guess).status == "checked"
    assert statement_of(true, uses=(statement_of(guess),)).status == "checked"


def test_a_failing_statement_that_is_used_fails_its_users():
    broken = replace(statement_of(identity("broken", "", x, 2 * x)), name="below")
    with pytest.raises(ProofError, match="broken"):
        statement_of(identity("fine", "", x, x), uses=(broken,)).check()


def test_the_closed_forms_do_not_import_sympy():
    modules = "derivations.closed_forms, derivations.training_forms, derivations.lag_kernel"
    code = f"import sys, {modules}; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names():
    named = {"ProofError", "Statement", "Step", "exact_mean", "exact_variance", "moment", "statements"}
    assert set(derivations.__all__) == named
    assert all(hasattr(derivations, name) for name in derivations.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        derivations.nothing  # noqa: B018
