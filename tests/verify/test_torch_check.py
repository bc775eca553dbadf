"""The check of PyTorch's own layers: it holds, rejects wrong limits, and says why it is left out."""

import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from numeric import Biased, Orthogonal, Rates, Variances, preset
from verify.checks import torch
from verify.checks.torch import LAYERS, claimed_kernel
from verify.statistics import Skipped

THIRD = Fraction(1, 3)
ONE_BIAS = Biased(Variances(THIRD, THIRD, THIRD), hidden=(2 * THIRD, 1), readout=(THIRD, 1))
WRONG = {
    "nn.RNN and nn.Linear, lag kernel": Variances(THIRD, THIRD, 1),
    "with biases, kernel": ONE_BIAS,
    "two layers with biases, kernel": preset("torch"),
    "nn.init.orthogonal_, lag kernel": Orthogonal(1, THIRD, THIRD, rates=Rates(0)),
}


@pytest.fixture
def installed():
    pytest.importorskip("torch", reason="PyTorch is not installed, so its own layers are not drawn")


def test_without_pytorch_it_is_skipped_with_the_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Skipped, match="not drawn; pip install torch"):
        next(torch.check())


@pytest.mark.usefixtures("installed")
def test_every_layer_has_the_limit_of_its_network():
    verdicts = list(torch.check(width=40, networks=40))
    assert [verdict.name for verdict in verdicts if not verdict.holds] == []
    assert [verdict.name for verdict in verdicts] == list(LAYERS)


@pytest.mark.usefixtures("installed")
def test_a_wrong_network_is_rejected():
    def wrong(layers, inputs):
        name = next(name for name, known in LAYERS.items() if known == layers)
        return claimed_kernel(replace(layers, network=WRONG[name]), inputs)

    verdicts = torch.check(claimed=wrong, width=40, networks=150)
    assert [verdict.name for verdict in verdicts if verdict.holds] == []
