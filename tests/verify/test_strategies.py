"""The assertions find planted faults within 100 examples, and never fail a right implementation."""

import ast
import inspect
import re
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from itertools import count

import implementations as my
import numpy as np
import pytest
from faults import WRONG_KERNELS, WRONG_LAG_KERNELS, WRONG_SAMPLERS, WRONG_WEIGHTS, in_tf32, naive
from hypothesis import Phase, settings
from hypothesis import strategies as st

from numeric import (
    Diagonal,
    Leaky,
    Stack,
    Variances,
    lag_kernel,
    lag_weights,
    nngp,
    ntk,
    preset,
    sample_lag_kernel,
)
from numeric.networks import Preset
from verify.strategies import (
    assert_lag_kernel_matches,
    assert_lag_weights_match,
    assert_ntk_matches,
    assert_sampler_matches,
    networks,
)

PRECISIONS = ("float64", "float32")
WRONG = "is wrong at|where .* right"


@contextmanager
def examples(number, **changes):
    """So many in place of those of the profile."""
    before = settings()
    settings.register_profile("so many", before, max_examples=number, **changes)
    settings.load_profile("so many")
    try:
        yield
    finally:
        settings.register_profile("before", before)
        settings.load_profile("before")


@pytest.mark.parametrize("derandomize", [True, False], ids=["fixed", "random"])
class TestFaultsAreFoundInTheDefaultNumberOfExamples:
    @pytest.fixture(autouse=True)
    def default_number(self, derandomize):
        with examples(100, derandomize=derandomize, phases=[Phase.generate]):
            yield

    @pytest.mark.parametrize("fault", WRONG_WEIGHTS)
    def test_in_lag_weights(self, fault):
        with pytest.raises(AssertionError, match=WRONG):
            assert_lag_weights_match(WRONG_WEIGHTS[fault])

    @pytest.mark.parametrize("fault", WRONG_KERNELS)
    def test_in_kernels_of_sequences(self, fault):
        with pytest.raises(AssertionError, match=WRONG):
            assert_ntk_matches(WRONG_KERNELS[fault])

    def test_in_products_of_matrices_in_lower_precision(self):
        with pytest.raises(AssertionError, match=WRONG):
            assert_ntk_matches(in_tf32, dtype=np.float32)

    @pytest.mark.parametrize("fault", WRONG_LAG_KERNELS)
    def test_in_lag_kernels(self, fault):
        with pytest.raises(AssertionError, match=WRONG):
            assert_lag_kernel_matches(WRONG_LAG_KERNELS[fault])

    @pytest.mark.parametrize("fault", WRONG_SAMPLERS)
    def test_in_samplers(self, fault):
        with pytest.raises(AssertionError, match="draws from another law"):
            assert_sampler_matches(WRONG_SAMPLERS[fault], samples=2**12)

    def test_in_kernels_of_other_networks(self):
        with pytest.raises(AssertionError, match=WRONG):
            assert_ntk_matches(lambda x1, x2, network: nngp(x1, x2, variances=network), network=networks())


# -- what is told -----------------------------------------------------------------------------------


def told(assertion, *arguments, **options):
    with pytest.raises(AssertionError) as found, examples(100, derandomize=True):
        assertion(*arguments, **options)
    assert found.value.__suppress_context__  # nothing of the search
    assert not getattr(found.value, "__notes__", [])
    return str(found.value)


def forgetful(w, f, c, lags):
    return [(c + f) * w**i for i in range(lags)]


class TestWhatIsTold:
    def test_the_smallest_lag_and_variances_and_both_values(self):
        assert told(assert_lag_weights_match, forgetful) == (
            "forgetful is wrong at [1]\n"
            "  got     0.0\n"
            "  exact   1.0\n"
            "  off by  1\n"
            "  allowed 4e-15, 36 roundings of float64\n"
            "for\n"
            "  nu_W = 0.0\n"
            "  nu_F = 1.0\n"
            "  nu_C = 1.0\n"
            "  lags = 2"
        )

    def test_the_shortest_sequences(self):
        message = told(assert_ntk_matches, lambda x1, x2, *nu: my.recursion(x1[:, ::-1], x2[:, ::-1], *nu))
        assert message.startswith("the function is wrong at [0, 0, 0, 0]\n")
        found = re.findall(r"x\d   = (.*)", message)
        assert sorted(found) == ["[[[0.0], [1.0]]]", "[[[1.0]]]"]  # the one of two steps, the other of one

    def test_the_narrowest_network(self):
        message = told(assert_lag_kernel_matches, WRONG_LAG_KERNELS["no scale"])
        assert "lags = 2" in message
        W = next(line for line in message.splitlines() if line.startswith("  W"))
        assert len(ast.literal_eval(W.split(" = ")[1])) == 2

    def test_the_network_itself_where_one_was_asked_for(self):
        message = told(
            assert_ntk_matches, lambda x1, x2, _: my.recursion(x1, x2, 1, 1, 1), network=Leaky(1, 1)
        )
        assert f"network = {Leaky(1, 1)!r}" in message

    def test_no_number(self):
        assert "got     nan\n  exact   0.0\n  off by  no number\n" in told(assert_lag_weights_match, naive)

    def test_shapes(self):
        message = told(assert_lag_weights_match, lambda w, f, c, lags: my.closed_form(w, f, c, lags)[:, None])
        assert message.startswith("the function returned the shape (1, 1) where (1,) is right\n")

    def test_a_precision_that_was_not_asked_for(self):
        message = told(assert_lag_weights_match, partial(my.closed_form, dtype=np.float32))
        assert "returned float32 where float64 was to be right; pass dtype='float32' if" in message

    def test_laws(self):
        message = told(assert_sampler_matches, WRONG_SAMPLERS["one unit more"], samples=2**11)
        assert re.search(r"it has +0\.\d+\n +right is +0\.\d+\n", message)
        assert "width   = 1\n" in message
        assert "lags    = 1\n" in message

    def test_the_users_own_error(self):
        with pytest.raises(ZeroDivisionError):
            assert_lag_weights_match(lambda w, *_: 1 / w)

    @pytest.mark.parametrize("dtype", ["float16", int, "no type"])
    def test_an_unknown_precision(self, dtype):
        with pytest.raises(ValueError, match="dtype must be float32 or float64, got"):
            assert_lag_weights_match(my.closed_form, dtype=dtype)

    def test_integers(self):
        message = told(assert_lag_weights_match, lambda *arguments: [0] * arguments[-1])
        assert message.startswith("the function is wrong at [0]\n  got     0\n  exact   1.0\n")

    def test_what_is_no_function(self):
        for assertion, name in (
            (assert_lag_weights_match, "my_lag_weights"),
            (assert_ntk_matches, "my_ntk"),
            (assert_lag_kernel_matches, "my_lag_kernel"),
            (assert_sampler_matches, "my_sampler"),
        ):
            with pytest.raises(ValueError, match=f"^{name} must be a function, got None$"):
                inspect.unwrap(assertion)(None)  # past the checks of types of this session

    def test_another_value_for_the_same_arguments(self):
        calls = count()

        def sometimes(*arguments):
            return my.closed_form(*arguments) + (next(calls) == 5)

        message = told(assert_lag_weights_match, sometimes)
        assert message.startswith(
            "sometimes returned two values for the same arguments; once\nsometimes is wrong at [0]\n"
        )

    def test_an_error_that_comes_once(self):
        calls = count()

        def failing(*arguments):
            if next(calls) == 5:
                raise OSError("no room")
            return my.closed_form(*arguments)

        message = told(assert_lag_weights_match, failing)
        assert message == "failing raised OSError once and not again for the same arguments; once\nno room"

    def test_networks_without_lag_weights(self):
        leaky = networks(Leaky)
        stacks = leaky.map(lambda one: Stack((one, one)))
        with pytest.raises(ValueError, match=r"^network: Leaky has no lag weights, .*assert_ntk_matches"):
            assert_lag_weights_match(lag_weights, network=leaky)
        with pytest.raises(ValueError, match=r"^network: Leaky and Stack have no lag weights, "):
            assert_lag_weights_match(lag_weights, network=leaky | stacks)

    @pytest.mark.parametrize(
        "network",
        ["torch", Leaky, 0.5, networks, st.integers()],
        ids=["name", "class", "number", "function", "strategy"],
    )
    def test_what_is_no_network(self, network):
        with pytest.raises(ValueError, match=r"network must be a network such as .*networks\(\), got"):
            assert_ntk_matches(my.recursion, network=network)

    def test_kernels_of_other_signs_and_unknown_kinds(self):
        with pytest.raises(ValueError, match="Diagonal of given eigenvalues"):
            assert_ntk_matches(my.recursion, network=Diagonal([0.5, -0.5]))
        with pytest.raises(ValueError, match="networks: kinds must be among Variances,"):
            networks(Preset)

    def test_hypothesis_that_is_missing(self):
        code = "import sys; sys.modules['hypothesis'] = None; import verify.strategies"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert run.stderr.splitlines()[-1].startswith(
            "ImportError: verify.strategies needs Hypothesis: pip install"
        )


# -- right implementations --------------------------------------------------------------------------


def worst(*implementations):
    """Of all implementations' values, entry by entry the one that is farthest from the mean of the others."""

    def of_all(*arguments):
        values = np.array([implementation(*arguments) for implementation in implementations])
        off = abs(values.astype(np.longdouble) - np.median(values.astype(np.longdouble), axis=0))
        return np.take_along_axis(values, off.argmax(axis=0)[None], axis=0)[0]

    return of_all


@pytest.mark.parametrize("dtype", PRECISIONS)
class TestRightImplementationsHold:
    @pytest.mark.parametrize("weights", my.WEIGHTS)
    def test_lag_weights(self, weights, dtype):
        assert_lag_weights_match(partial(weights, dtype=dtype), dtype=dtype)

    @pytest.mark.parametrize("kernel", my.KERNELS)
    def test_kernels_of_sequences(self, kernel, dtype):
        assert_ntk_matches(kernel, dtype=dtype)

    def test_last_outputs(self, dtype):
        last = lambda *arguments: my.recursion(*arguments)[..., -1, -1]  # noqa: E731
        assert_ntk_matches(last, dtype=dtype, last_only=True)

    @pytest.mark.parametrize("kernel", my.GIVEN)
    def test_lag_kernels(self, kernel, dtype):
        assert_lag_kernel_matches(kernel, dtype=dtype)

    def test_leaky_networks(self, dtype):
        assert_ntk_matches(my.of_leaky, network=networks(Leaky), dtype=dtype)

    @pytest.mark.slow
    def test_lag_weights_in_ten_thousand_examples(self, dtype):
        every = worst(*(partial(weights, dtype=dtype) for weights in my.WEIGHTS))
        with examples(10_000):
            assert_lag_weights_match(every, dtype=dtype)

    @pytest.mark.slow
    def test_kernels_of_sequences_in_hundreds_of_examples(self, dtype):
        with examples(500):
            assert_ntk_matches(worst(*my.KERNELS), dtype=dtype)


class TestOursHold:
    def test_lag_weights(self):
        assert_lag_weights_match(lag_weights, network=networks())

    @pytest.mark.parametrize(
        "network", [preset("torch"), Leaky("0.9", "0.05"), networks()], ids=["torch", "leaky", "any"]
    )
    def test_kernels_of_sequences(self, network):
        assert_ntk_matches(lambda x1, x2, network: ntk(x1, x2, variances=network), network=network)

    def test_lag_kernel(self):
        assert_lag_kernel_matches(lag_kernel)

    @pytest.mark.parametrize("network", [None, networks(Leaky)], ids=["dense", "leaky"])
    def test_sampler(self, network):
        def sampler(width, *of):
            *nu, lags, samples, seed = of
            drawn = Variances(*nu) if network is None else nu[0]
            return sample_lag_kernel(width, drawn, lags, samples, rng=seed)

        assert_sampler_matches(sampler, network=network, samples=2**12)

    def test_networks_really_drawn(self):
        assert_sampler_matches(my.drawn, samples=2**12)


class Wrapped:
    """Whatever has __array__."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


class TestArraysOfOtherLibraries:
    @pytest.mark.parametrize("make", [Wrapped, list, tuple])
    def test_whatever_reads_as_an_array(self, make):
        assert_lag_weights_match(lambda *arguments: make(my.closed_form(*arguments)))

    def test_jax(self):
        jnp = pytest.importorskip("jax.numpy", reason="JAX is not installed")

        def kernel(x1, x2, *nu):
            rho = jnp.array(my.closed_form(*nu, min(x1.shape[1], x2.shape[1]), np.float32))
            lagged = (jnp.array(my.lagged(x, len(rho))) for x in (x1, x2))
            return jnp.einsum("k,kntx,kmsx->nmts", rho, *lagged, precision="highest")

        assert_ntk_matches(kernel, dtype="float32")
        with pytest.raises(AssertionError, match="returned float32 where float64"):
            assert_ntk_matches(kernel)

    def test_torch(self):
        torch = pytest.importorskip("torch", reason="PyTorch is not installed")

        def kernel(x1, x2, *nu):
            rho = torch.tensor(my.closed_form(*nu, min(x1.shape[1], x2.shape[1])))
            lagged = (torch.tensor(my.lagged(x, len(rho))) for x in (x1, x2))
            return torch.einsum("k,kntx,kmsx->nmts", rho, *lagged)

        assert_ntk_matches(kernel)
