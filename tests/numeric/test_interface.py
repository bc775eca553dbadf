"""What all public functions have in common: their help, and their word on variances that are none."""

import inspect
import pydoc
import re
import subprocess
import sys

import pytest

import numeric
from derivations.exact_kernel import exact_variance
from derivations.lag_kernel import MAX_LAG
from derivations.symbols import n
from numeric import arguments, fluctuations, sampler

PUBLIC = [(name, getattr(numeric, name)) for name in numeric.__all__]
GOOD = {
    "width": 4,
    "lags": 3,
    "lag": 2,
    "samples": 2,
    "rng": 0,
    "epsilon": 1,
    "relative_error": 1,
    "x1": [[[1.0], [2.0]]],
    "task": numeric.Task([[[1.0], [2.0]]], [[[0.0], [1.0]]]),
    "new_inputs": [[[1.0], [2.0]]],
    "steps": 3,
}
TAKE_VARIANCES = [f for _, f in PUBLIC if "variances" in inspect.signature(f).parameters]
TAKE_DIGITS = [f for f in TAKE_VARIANCES if "digits" in inspect.signature(f).parameters]


def call(function, variances, **options):
    """The function with good arguments where it has no default."""
    needed = (p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty)
    return function(**{name: GOOD.get(name) for name in needed} | {"variances": variances} | options)


@pytest.mark.parametrize(
    ("given", "advice"),
    [(0.5, "0.5"), ("0.5", "'0.5'"), (None, "None"), ((1, 2, 3), "1, 2, 3"), ([1, "2"], "1, '2'")],
)
@pytest.mark.parametrize("function", TAKE_VARIANCES)
def test_variances_that_are_none_are_refused_with_advice(function, given, advice):
    message = f"variances must be a Variances, got {given!r}; write Variances({advice})"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(function, given)


@pytest.mark.parametrize("function", TAKE_DIGITS)
def test_whatever_the_precision(function):
    with pytest.raises(ValueError, match="variances must be a Variances, got 1"):
        call(function, 1, digits=5)


@pytest.mark.parametrize("function", TAKE_VARIANCES)
def test_good_arguments_are_good(function):
    call(function, numeric.Variances("0.5"))


@pytest.mark.parametrize(("name", "object_"), PUBLIC)
def test_the_signature_in_help_names_what_is_taken(name, object_):
    signature = str(inspect.signature(object_))
    assert "numpy._typing" not in signature
    assert "Any" not in signature
    assert len(signature) < 600, name
    if object_ in TAKE_VARIANCES:
        assert re.search(r"variances: numeric\.variances\.(Variances|Network)\b", signature)


TAKE_TASKS = [f for _, f in PUBLIC if "task" in inspect.signature(f).parameters]


@pytest.mark.parametrize("function", TAKE_TASKS)
def test_a_task_that_is_none_is_refused(function):
    needed = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    arguments = {name: GOOD.get(name, [[1.0]]) for name in needed} | {"task": 0.5}
    if "variances" in needed:
        arguments["variances"] = numeric.Variances("0.5")
    with pytest.raises(ValueError, match=r"^task must be a Task, got 0\.5"):
        function(**arguments)


def test_the_guide_names_everything_public():
    guide = pydoc.getdoc(numeric)
    assert [name for name in numeric.__all__ if name not in guide] == []


def test_constants_that_docstrings_state_are_those_used():
    assert f"lag {fluctuations.EXACT_LAGS} (``EXACT_LAGS``)" in numeric.width_for_mean.__doc__
    assert f"How many lags, 1 to {MAX_LAG + 1}." in numeric.expected_lag_kernel.__doc__
    for limited in (arguments.exact_rational, numeric.Variances):
        assert f"more than {arguments.REACH} decimal digits" in " ".join(limited.__doc__.split())
    assert f"blocks of {sampler.BLOCK} (``BLOCK``)" in sampler.__doc__
    assert f"block of {sampler.BLOCK} samples (``BLOCK``)" in numeric.sample_lag_kernel.__doc__
    assert f"chunks of {sampler.BLOCK} (``BLOCK``)" in numeric.lag_kernel_chunks.__doc__
    assert f"sample ``{sampler.BLOCK} k``" in numeric.lag_kernel_chunks.__doc__


@pytest.mark.parametrize("lag", [2, 3, 4, pytest.param(6, marks=pytest.mark.slow)])
def test_what_the_variance_neglects_is_what_its_docstring_says(lag):
    """0.4 to 0.6 lag^2/n of the law."""
    exact = exact_variance(lag, lag).subs(dict.fromkeys(("nu_W", "nu_F", "nu_C"), 1)).expand()
    assert 0.4 < exact.coeff(n, -2) / exact.coeff(n, -1) / lag**2 < 0.6


def test_importing_the_package_imports_neither_sympy_nor_scipy():
    script = "import sys, numeric; sys.exit(not {'sympy', 'scipy'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
