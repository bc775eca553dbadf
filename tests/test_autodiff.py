"""The benchmark of limits against automatic differentiation: its judge, its laws, and networks by torch."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from numeric import (
    Biased,
    Leaky,
    Variances,
    lag_kernel,
    lag_kernel_variance,
    limit_kernel,
    ntk,
    sample_lag_kernel,
)
from tests.numeric.networks import NETWORKS

X = np.random.default_rng(0).standard_normal((8, 1))
WIDTHS = {1000: 32, 4000: 8}


@pytest.fixture(scope="module")
def autodiff():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        yield importlib.import_module("autodiff")


@pytest.fixture
def torch_networks(autodiff):  # noqa: ARG001 - which finds the module's folder
    pytest.importorskip(
        "torch", reason="PyTorch is not installed; benchmarks/requirements-torch.txt names it"
    )
    return importlib.import_module("torch_networks")


def sampled(autodiff, name, widths=WIDTHS):
    """Kernels of networks of a law, by the exact sampler in the place of torch."""
    T = autodiff.lagged(X)
    draws = {
        width: sample_lag_kernel(width, autodiff.NETWORKS[name], 8, count, rng=0)[:, :, 0, 0, :, 0, 0]
        for width, count in widths.items()
    }
    return {width: T @ theta @ T.T for width, theta in draws.items()}


def spread_about(autodiff, name, *, offset=0.0):
    """Kernels that stray from a limit like n^{-1/2}, and from it by an offset."""
    limit = ntk(X[None], variances=autodiff.NETWORKS[name])[0, 0]
    rng = np.random.default_rng(1)
    noise = {width: rng.standard_normal((count, 8, 8)) for width, count in WIDTHS.items()}
    return {
        width: limit * (1 + offset + (z + z.transpose(0, 2, 1)) / width**0.5) for width, z in noise.items()
    }


def failures(autodiff, name, drawn):
    return [
        verdict.name
        for verdict, wanted, _ in autodiff.verdicts(name, X, drawn)
        if verdict.holds is not wanted
    ]


@pytest.mark.parametrize("name", ["variances", "leaky", "orthogonal", "reservoir"])
def test_samples_of_a_law_are_within_it_and_no_wrong_formula_is(autodiff, name):
    assert failures(autodiff, name, sampled(autodiff, name)) == []


@pytest.mark.parametrize("name", ["ring", "eigenvalues", "stack", "biased", "keras"])
def test_where_no_law_is_known_the_draws_tell_the_spread(autodiff, name):
    assert failures(autodiff, name, spread_about(autodiff, name)) == []


def test_an_offset_that_does_not_fall_is_found(autodiff):
    found = failures(autodiff, "keras", spread_about(autodiff, "keras", offset=0.2))
    assert "keras, n = 1000" in found
    assert "keras, n = 4000" in found


def test_deviations_twice_those_of_the_law_are_found(autodiff):
    """Networks of a quarter of the width."""
    kernels = {4 * width: drawn for width, drawn in sampled(autodiff, "variances", {1000: 64}).items()}
    assert failures(autodiff, "variances", kernels) == ["variances, n = 4000, size"]


@pytest.mark.parametrize("name", ["variances", "leaky", "orthogonal"])
def test_the_law_of_the_lag_kernel_is_the_package_s_own(autodiff, name):
    """Of a leaky network by way of the one without decay."""
    model = autodiff.NETWORKS[name]
    expected = np.sqrt(lag_kernel_variance(100, model, 8))[np.triu_indices(8)]
    assert autodiff.law(model, X, 100)[36:] == pytest.approx(expected)


def test_the_law_of_a_kernel_is_that_of_its_sum_over_lags(autodiff):
    """K_00 = x_0^2 Theta_00."""
    model = autodiff.NETWORKS["variances"]
    law = autodiff.law(model, X, 100)
    assert law[0] == pytest.approx(X[0, 0] ** 2 * law[36])


def test_the_kernel_of_a_sequence_gives_the_lag_kernel(autodiff):
    model = Leaky("0.5", "0.25")
    found = autodiff.entries(ntk(X[None], variances=model)[0, 0], X, model)
    assert found[36:] == pytest.approx(limit_kernel(model, 8)[np.triu_indices(8)])


def test_every_network_has_a_wrong_formula_that_differs(autodiff):
    for name, model in autodiff.NETWORKS.items():
        wrong = autodiff.lies(name, X)
        assert wrong
        limit = autodiff.limit(model, X)
        for values in wrong.values():
            assert (abs(values - limit) > 0.1 * abs(limit)).any()
    named = {lie for name in autodiff.NETWORKS for lie in autodiff.lies(name, X)}
    assert named == {"missing rates", "sum for product", "T for T^2", "i for i j", "decay squared"}


def test_two_defaults_are_exact(autodiff):
    assert [verdict.holds for verdict in autodiff.exact()] == [True, True]


def test_every_kind_of_the_tests_networks_is_drawn(autodiff):
    def kinds(network):
        inner = getattr(network, "networks", None) or [getattr(network, "network", None)]
        return {type(network)}.union(*(kinds(one) for one in inner if one is not None))

    drawn = set().union(*(kinds(model) for model in autodiff.NETWORKS.values()))
    assert set().union(*(kinds(row.network) for row in NETWORKS.values())) <= drawn


@pytest.mark.parametrize("name", NETWORKS)
def test_a_kernel_by_autograd_is_a_gram_matrix(torch_networks, name):
    kernel = torch_networks.kernel(torch_networks.draw(NETWORKS[name].network, 3, 1, 0), X)
    assert kernel == pytest.approx(kernel.T)
    assert np.linalg.eigvalsh(kernel).min() > -1e-9


def test_autograd_finds_the_lag_kernel_of_its_matrices(autodiff, torch_networks):
    """Of a leaky network, by the matrix that its transition is."""
    model = Leaky("0.5", "0.25", 2, 3)
    module = torch_networks.draw(model, 5, 1, 0)
    W, F, C = (
        parameter.detach().numpy()
        for parameter in (module.layers[0].transition.W, module.layers[0].F, module.C)
    )
    theta = lag_kernel(0.5 * 5**0.5 * np.eye(5) + W, F, C[None], 8)[:, 0, 0, :, 0, 0]
    T = autodiff.lagged(X)
    assert torch_networks.kernel(module, X) == pytest.approx(T @ theta @ T.T)


def test_rates_and_biases_are_the_modules(torch_networks):
    """Of a network of one unit, at times 0 and 1, by hand."""
    model = Biased(Variances(0, 1, 1), hidden=(0, 2), readout=(0, 3), initial=(0, 5))
    module = torch_networks.draw(model, 1, 1, 0)
    w, f, c = (float(p.detach()) for p in (module.layers[0].transition.W, module.layers[0].F, module.C))
    assert w == 0
    x = np.array([[2.0], [3.0]])
    # dy_t: c h_(t-1) by w, c x_t by f, h_t = f x_t by c, c by the bias, 1 by the readout's, 0 by h_-1
    expected = 3 + 2 * c**2 + c**2 * x @ x.T + f**2 * x @ x.T + c**2 * np.outer([0, 2 * f], [0, 2 * f])
    assert torch_networks.kernel(module, x) == pytest.approx(expected)


@pytest.mark.usefixtures("torch_networks")
def test_the_command_judges_drawn_networks(autodiff, monkeypatch, capsys):
    for name, status in (("reservoir", 0), ("ring", 1)):  # which has too few draws to reject i for i j
        options = ["--widths", "80", "320", "--draws", "32", "8", "--only", name]
        monkeypatch.setattr(sys, "argv", ["autodiff.py", *options])
        assert autodiff.main() == status
        assert ("FAILED" in capsys.readouterr().out) == (status == 1)
