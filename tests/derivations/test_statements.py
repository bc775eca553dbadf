"""The catalogue: every statement has a proof that holds, and every proof fails when a formula is wrong."""

import subprocess
import sys

import pytest
import sympy

import derivations
from derivations import ProofError, catalogue, closed_forms, statements, training_forms
from derivations.symbols import i, nu_C, nu_F, nu_W

CATALOGUE = statements()
NAMES = tuple(CATALOGUE)

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
    assert statement.variables
    assert statement.source
    assert statement.proof
    assert all(used.name in NAMES for used in statement.uses)
    used = {s for s in statement.formula.free_symbols if type(s) is sympy.Symbol}
    assert {*statement.indices} & used or statement.conditions or statement.assumptions


def test_the_catalogue_is_complete():
    assert set(NAMES) >= ASKED_FOR


def test_a_statement_is_built_alone_under_the_name_that_it_has_in_the_catalogue():
    for name, built in CATALOGUE.items():
        alone = catalogue.statement(name)
        assert (alone.name, alone.formula, alone.status) == (name, built.formula, built.status)
        assert alone is not built


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_what_was_asked_for_is_proved_and_no_mere_list_of_cases(name):
    assert CATALOGUE[name].status in {"kernel-checked", "derived", "argued"}


def test_the_lag_weights_hold_for_a_symbolic_lag():
    statement = CATALOGUE["lag-weights"]
    expected = (nu_C + nu_F) * nu_W**i + i * nu_C * nu_F * nu_W ** (i - 1)
    assert sympy.expand(statement.formula.rhs - expected) == 0
    assert i in statement.indices


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
    "factor i dropped": lambda i, w, s, p: s * w**i + p * w ** (i - 1),
    "i + 1 for i": lambda i, w, s, p: s * w**i + p * (i + 1) * w ** (i - 1),
    "nu_W^i for nu_W^(i-1)": lambda i, w, s, p: s * w**i + p * i * w**i,
    "nu_F counted twice": lambda i, w, s, p: (
        (s - nu_C + nu_F) * w**i + p * closed_forms.power_derivative(w, i)
    ),
    "s and p exchanged": lambda i, w, s, p: p * w**i + s * closed_forms.power_derivative(w, i),
    "5 percent more": lambda i, w, s, p: (
        sympy.Rational(21, 20) * (s * w**i + p * closed_forms.power_derivative(w, i))
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
        ("partial_sum_at_one", "partial-sum-at-one"),
        ("sensitivity", "sensitivity"),
        ("decay_margin", "peak-lag"),
        ("peak_position", "peak-lag"),
        ("memory_length_offset", "memory-length"),
        ("memory_length_argument", "memory-length"),
        ("prior_variance", "impulse-response-prior"),
        ("remaining", "gradient-descent"),
        ("remaining", "uniform-bound"),
        ("largest_step", "stability"),
        ("step_bound", "step-bound"),
        ("uniform_bound_squared", "uniform-bound"),
    ],
)
def test_every_closed_form_that_is_off_by_a_little_fails_its_proof(monkeypatch, form, name):
    module = training_forms if form in training_forms.__all__ else closed_forms
    right = getattr(module, form)
    little = sympy.Rational(999 if "bound" in form else 1001, 1000)  # a greater bound would be true
    monkeypatch.setattr(module, form, lambda *args: right(*args) * little)
    with pytest.raises(ProofError, match=r"step ['\"]"):
        statements()[name].check()


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


def test_each_statement_can_be_built_alone():
    assert all(catalogue.statement(name).name == name for name in statements())
