"""The table names every argument; messages, stated limits, and what does not fit in memory."""

import inspect
import math
import subprocess
import sys

import numpy as np
import pytest
from public_arguments import HALF, TABLE, C, F, W, call, of

import numeric
from numeric import Task, arguments, finite_width, fluctuations, lag_weights, ntk, weights
from numeric.arguments import capacity, memory
from numeric.descent import Descent


def test_the_table_names_every_argument_of_every_public_function():
    methods = {
        f"{owner.__name__}.{name}": member
        for owner in (Task, Descent)
        for name, member in vars(owner).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    functions = {name: getattr(numeric, name) for name in numeric.__all__ if name != "PrecisionWarning"}
    public = functions | methods
    assert set(TABLE) == set(public)
    for name, member in public.items():
        assert set(TABLE[name]) == set(inspect.signature(member).parameters) - {"self"}, name


@pytest.mark.parametrize("vast", [10**5000, -(10**5000), [10**5000] * 9], ids=["vast", "below 0", "list"])
def test_messages_never_fail_themselves_nor_fill_pages(vast):
    refusals = (
        (lag_weights, {"variances": vast, "lags": 1}, "variances must be a Variances, got "),
        (numeric.largest_stable_step, {"W": W, "F": F, "C": C, "task": vast}, "task must be a Task, got "),
        (numeric.memory_length, {"variances": HALF, "epsilon": vast}, "epsilon must be "),
    )
    for function, options, told in refusals:
        with pytest.raises(ValueError, match=f"^{told}") as raised:
            function(**options)
        assert len(str(raised.value)) < 600
    if vast != 10**5000:
        with pytest.raises(
            ValueError, match=r"^rng must be an int >= 0, a SeedSequence or a Generator, got "
        ):
            call("gram_chunks", rng=vast)


def test_limits_that_docstrings_state_are_those_used():
    guide = {name: " ".join(inspect.getdoc(of(name)).split()) for name in TABLE}
    assert f"1 to {fluctuations.MOST_VARIANCES} (``MOST_VARIANCES``)" in guide["lag_kernel_variance"]
    assert f"1 to {fluctuations.MOST_COVARIANCES} (``MOST_COVARIANCES``)" in guide["lag_kernel_covariance"]
    assert f"1 to ``{round(finite_width.MOST_PRODUCTS**0.25)} / sqrt(n_x n_y)``" in guide["lag_kernel"]
    assert f"at most 10^{round(math.log10(finite_width.MOST_POWERS))}" in guide["impulse_response"]
    for name in ("lag_kernel_variance", "expected_lag_kernel", "tail_mass", "partial_sum"):
        assert f"10^{arguments.REACH}" in guide[name]
    assert f"10^{round(math.log10(arguments.MOST_COUNTS))}" in guide["Descent.steps"]
    assert f"10^{round(math.log10(arguments.MOST_COUNTS))}" in guide["train_network"]
    assert f"with ``digits`` to 10^{round(math.log10(weights.MOST_CERTIFIED))}" in guide["lag_weights"]


# Memory

TOO_LARGE = {
    "nngp": ({"x1": np.ones((1000, 100, 1))}, r"nngp: a kernel of shape \(1000, 1000, 100, 100\)"),
    "ntk": ({"x1": np.ones((1000, 100, 1))}, r"ntk: a kernel of shape \(1000, 1000, 100, 100\)"),
    "lag_kernel": ({"lags": 1000}, "lags: the lag kernel"),
    "impulse_response": ({"lags": 10**6}, "lags: the chain of W"),
    "sample_lag_kernel": ({"samples": 10**7}, "samples: an array of so many lag kernels"),
    "lag_kernel_chunks": ({"lags": 1000}, "lags: a chunk"),
    "gram_chunks": ({"n_x": 10**3}, "lags: a chunk"),
    "sequence_kernel": ({"x1": np.ones((10**3, 3, 1))}, "x1: its lagged inputs|sequence_kernel: the kernel"),
    "convolve": ({"inputs": np.ones((1, 10**6, 1))}, "convolve: the outputs"),
    "lag_weights": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "sensitivity": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "prior_variance": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "Descent.steps": ({"steps": range(10**5)}, "steps or times: the impulse responses"),
    "Descent.flow": ({"times": np.ones(10**5)}, "steps or times: the impulse responses"),
}


@pytest.mark.parametrize("function", TOO_LARGE)
def test_what_does_not_fit_in_memory_is_foreseen(function, monkeypatch):
    options, told = TOO_LARGE[function]
    monkeypatch.setattr(capacity, "memory", lambda: 10**5)
    with pytest.raises(ValueError, match=f"^({told})") as raised:
        call(function, **options)
    assert " GiB of memory, more than the 0.0000931 GiB of this machine; " in str(raised.value)


def test_ten_thousand_million_entries_are_named_in_gibibytes(monkeypatch):
    monkeypatch.setattr(capacity, "memory", lambda: 2**36)
    with pytest.raises(ValueError, match=r"would take 74\.5 GiB of memory, more than the 64 GiB"):
        ntk(np.ones((1000, 100, 1)), variances=HALF)
    monkeypatch.setattr(capacity, "memory", lambda: 8 * 10**6)
    assert ntk(np.ones((1000, 100, 1)), variances=HALF, last_only=True).shape == (1000, 1000)


def test_with_digits_entries_take_what_was_measured(monkeypatch):
    monkeypatch.setattr(capacity, "memory", lambda: 10**5)
    with pytest.raises(ValueError, match=r"^ntk: a kernel of shape"):
        ntk(np.ones((20, 1, 1)), variances=HALF, digits=5)
    with pytest.raises(ValueError, match=r"^ntk: a kernel of shape"):
        ntk(np.ones((2, 1, 1)), variances=HALF, digits=10**6)
    assert ntk(np.ones((2, 1, 1)), variances=HALF, digits=5).shape == (2, 2, 1, 1)


def test_a_machine_that_does_not_tell_its_memory_has_a_stated_limit(monkeypatch):
    def unknown(_: str) -> int:
        raise ValueError

    monkeypatch.setattr(capacity.os, "sysconf", unknown)
    memory.cache_clear()
    try:
        assert memory() == capacity.MOST_MEMORY
    finally:
        memory.cache_clear()


def test_importing_the_package_imports_no_library_of_numbers_or_tables():
    script = "import sys, numeric; sys.exit(not {'sympy', 'scipy', 'pandas'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
