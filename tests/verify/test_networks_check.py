"""The check of drawn networks holds for the calculus, and rejects a wrong one."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from numeric import Leaky
from numeric.dense import DenseTransition
from numeric.model import Limit, delayed
from numeric.networks.diagonal import Diagonal, RingTransition, _diagonal_sum
from numeric.networks.leaky import LeakyTransition
from verify.checks import networks
from verify.drawn import drawn_kernels


def verdicts(monkeypatch, *names, pairs=1500, **options):
    """The verdicts on some networks, of small width, by what was tested."""
    some = {name: networks.NETWORKS[name] for name in names or networks.NETWORKS}
    monkeypatch.setattr(networks, "NETWORKS", some)
    return {verdict.name: verdict.holds for verdict in networks.check(width=40, networks=pairs, **options)}


def failures(monkeypatch, *names, **options):
    return [name for name, holds in verdicts(monkeypatch, *names, **options).items() if not holds]


def test_every_network_is_what_the_calculus_says(monkeypatch):
    assert failures(monkeypatch, pairs=200) == []


def test_t_for_t_squared_is_rejected(monkeypatch):
    """The transition's share with T in the place of its square."""

    def wrong(_self, _before, after, axes, _number):
        return delayed(after, axes)

    monkeypatch.setattr(DenseTransition, "trained", wrong)
    assert failures(monkeypatch, "variances, at rates", "torch") == [
        "kernel, variances, at rates",
        "kernel, torch",
    ]


def test_i_for_i_j_is_rejected(monkeypatch):
    """The eigenvalues' share with i, as of a dense transition's i terms, in the place of the factor i j."""

    def wrong(self, before, _after, axes, number):
        moments = [number(Fraction(0)), *self.moments(len(before) - 1, number)]
        return _diagonal_sum(before, [m * number(Fraction(i)) for i, m in enumerate(moments)], axes)

    monkeypatch.setattr(RingTransition, "trained", wrong)
    assert failures(monkeypatch, "ring") == ["kernel, ring"]


def test_a_decay_squared_is_rejected(monkeypatch):
    layers = Leaky.layers.func

    def wrong(self):
        (layer,) = layers(self)
        return (replace(layer, transition=LeakyTransition(self.decay**2, self.transition)),)

    monkeypatch.setattr(Leaky, "layers", property(wrong))
    assert failures(monkeypatch, "leaky") == ["kernel, leaky", "covariance, leaky"]


def test_a_missing_rate_is_rejected(monkeypatch):
    def wrong(model, inputs):
        return networks.limit_of(Diagonal(model.eigenvalues, model.input, model.output), inputs)

    assert failures(monkeypatch, "ring", predict=wrong) == ["kernel, ring"]


def test_a_sum_for_a_product_is_rejected(monkeypatch):
    """``s + p`` shares added once, not multiplied: a kernel of NNGP's shape."""

    def wrong(model, inputs):
        limit = networks.limit_of(model, inputs)
        return Limit(limit.nngp, 2 * limit.nngp)

    assert failures(monkeypatch, "leaky", predict=wrong) == ["kernel, leaky"]


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_a_drawn_kernel_is_a_gram_matrix(name):
    model = networks.NETWORKS[name]
    kernel, outputs = drawn_kernels(model, np.random.default_rng(0), 3, np.ones((3, 2)))
    assert kernel == pytest.approx(kernel.T)
    assert np.linalg.eigvalsh(kernel).min() > -1e-9
    assert outputs.shape == (3,)
