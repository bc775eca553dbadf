"""The limits against networks that are drawn, run and differentiated by hand: no formula of the theory.

Of each drawn network all derivatives of the outputs by all parameters are formed, and their products are the
empirical kernel.  Its mean over draws has a bias of order 1/n, which two widths take away but for order
1/n^2; what is left is compared with the limit in standard errors.  Wrong limits must be rejected.
"""

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from numeric import Biased, Diagonal, Leaky, Rates, Ring, Stack, Variances, nngp, ntk
from numeric.model import NOTHING, Part, delayed
from numeric.network_kernels import Chain
from numeric.networks.diagonal import RingTransition, SpectralTransition

T, N_X = 4, 2
X = np.random.default_rng(7).uniform(0.5, 1.5, (1, T, N_X)) * [[[1], [-1], [1], [1]]]
WIDTHS, DRAWS, SPREADS = (48, 96), 400, 6.5
RATES = Rates("1/2", 2, "3/2")
NETWORKS = {
    "variances": Variances(1, 2, "1/2", rates=Rates(4, 2, "3/2")),
    "leaky": Leaky("3/4", "1/4", 2, "1/2", rates=RATES),
    "eigenvalues": Diagonal([0.9, -0.5, 0.6 + 0.6j, 0.6 - 0.6j], 2, "1/2", rates=RATES),
    "ring": Diagonal(Ring("1/2", 1), 2, "1/2", rates=RATES),
    "stack": Stack([Variances("3/4", 2, rates=RATES), Leaky("1/2", "1/4", "3/2", 2)]),
    "biased": Biased(
        Leaky("1/2", "1/2", "1/4", 2, rates=RATES),
        hidden=(2, 3),
        initial=("3/2", 5),
        readout=("1/2", 8),
    ),
    "complex stack": Stack(
        [Biased(Diagonal([0.9, 0.5j]), hidden=(1, "1/2"), initial=1), Biased(Variances("1/2"), readout=1)]
    ),
}


def transition(kind, n, rng, normal):
    """M, and what it is trained through: the eigenvalues, or W in ``n^{-1/2} W``."""
    if isinstance(kind, RingTransition):
        low, high = float(kind.ring.inner) ** 2, float(kind.ring.outer) ** 2
        return np.diag(np.sqrt(rng.uniform(low, high, n)) * np.exp(2j * np.pi * rng.random(n))), True
    if isinstance(kind, SpectralTransition):
        each = n // len(kind.eigenvalues)
        return np.diag(np.repeat([complex(float(a), float(b)) for a, b in kind.eigenvalues], each)), True
    decay = float(getattr(kind, "decay", 0))
    return decay * np.eye(n) + normal(float(kind.variance), n, n) / n**0.5, False


def drawn_kernels(network, n, rng):
    """The products of all derivatives of an output at all times, and of many outputs at initialisation."""

    def normal(variance, *shape):
        if network.complex:
            pair = rng.standard_normal((2, *shape)) * (variance / 2) ** 0.5
            return pair[0] + 1j * pair[1]
        return rng.standard_normal(shape) * variance**0.5

    layers, below = [], [*X[0]]
    for number, layer in enumerate(network.layers):
        M, diagonal = transition(layer.transition, n, rng, normal)
        F = normal(float(layer.input.variance), n, n if number else N_X) / (n**0.5 if number else 1)
        b, start = (normal(float(part.variance), n) for part in (layer.bias, layer.initial))
        states = [start]
        for x in below:
            states.append(M @ states[-1] + F @ x + b)
        layers.append((layer, M, F, diagonal, states, below))
        below = states[1:]
    outputs = 64
    C = normal(float(network.readout.variance), outputs, n) / n**0.5
    rows = []
    for t in range(T):
        row = [np.sqrt(float(network.readout.rate)) * below[t] / n**0.5]
        adjoint = [np.zeros(n)] * t + [C[0]]
        for number in reversed(range(len(layers))):
            layer, M, F, diagonal, states, inputs = layers[number]
            total = [np.zeros(n)] * (t + 2)
            for time in reversed(range(t + 1)):
                total[time] = adjoint[time] + total[time + 1] @ M
            by_M = sum(np.outer(total[k], states[k]) for k in range(t + 1))
            by_F = sum(np.outer(total[k], inputs[k]) for k in range(t + 1))
            for rate, part in (
                (layer.rate, np.diag(by_M) if diagonal else by_M.ravel() / n**0.5),
                (layer.input.rate, by_F.ravel() / (n**0.5 if number else 1)),
                (layer.bias.rate, sum(total[: t + 1])),
                (layer.initial.rate, total[0] @ M),
            ):
                row.append(np.sqrt(float(rate)) * part)
            adjoint = [total[k] @ F for k in range(t + 1)] if number else []
        rows.append(np.concatenate(row))
    J = np.array(rows)
    y = (np.array(below) @ C.T).real + rng.standard_normal(outputs) * float(
        network.readout_bias.variance
    ) ** 0.5
    return (J @ J.conj().T).real + float(network.readout_bias.rate), y @ y.T / outputs


def mean_of_draws(network, seed):
    """The mean kernels at infinite width but for order n^-2, and their standard errors."""
    rng = np.random.default_rng(seed)
    means, errors = [], []
    for n in WIDTHS:
        draws = np.array([drawn_kernels(network, n, rng) for _ in range(DRAWS)])
        means.append(draws.mean(axis=0))
        errors.append(draws.std(axis=0) / DRAWS**0.5)
    return 2 * means[1] - means[0], np.hypot(2 * errors[1], errors[0])


def spreads(drawn, which, limit):
    """By how many standard errors the mean misses a limit, at most."""
    mean, error = drawn
    return (abs(mean[which] - limit) / error[which]).max()


@cache
def draws(name):
    return mean_of_draws(NETWORKS[name], [*NETWORKS].index(name))


@pytest.mark.parametrize("name", NETWORKS)
def test_drawn_networks_have_the_kernels_of_the_limit(name):
    for which, kernel in enumerate((ntk, nngp)):
        assert spreads(draws(name), which, kernel(X, variances=NETWORKS[name])[0, 0]) < SPREADS


def trained_as(kind, trained):
    """A transition that is trained as the function of its T, what it is given and what comes of that says."""

    @dataclass(frozen=True)
    class Wrong(kind):
        def trained(self, *given):
            return trained(super().filtered, *given)

    return lambda T: Wrong(*(getattr(T, part.name) for part in fields(T)))


def moved_once(_T, _before, after, axes, _number):
    return delayed(after, axes)


def twice_by_T(T, _before, after, axes, number):
    """``z w T s``, as of a dense transition."""
    return T(delayed(after, axes), axes, number)


def three_times_by_T(T, _before, after, axes, number):
    """``sum i^2 (z w)^i = z w (1 + z w) / (1 - z w)^3`` for nu_W = 1: as of a diagonal transition."""
    twice = T(delayed(after, axes), axes, number)
    return T(twice + delayed(twice, axes), axes, number)


def changed(name, layer=0, **changes):
    """The network of that name with a layer in which something is wrong."""
    network = NETWORKS[name]
    layers = list(network.layers)
    layers[layer] = replace(layers[layer], **changes)
    return Chain(tuple(layers), network.readout, network.readout_bias)


def wrongly_trained(name, trained):
    transition = NETWORKS[name].layers[0].transition
    return changed(name, transition=trained_as(type(transition), trained)(transition))


ONCE = Fraction(1)
WRONG = {
    "T for T^2": ("variances", wrongly_trained("variances", moved_once)),
    "product for sum": ("variances", wrongly_trained("variances", three_times_by_T)),
    "sum for product": ("eigenvalues", wrongly_trained("eigenvalues", twice_by_T)),
    "sum for product in a ring": ("ring", wrongly_trained("ring", twice_by_T)),
    "T for T^2 in a leaky network": ("leaky", wrongly_trained("leaky", moved_once)),
    "decay squared": ("leaky", Leaky(Fraction(9, 16), "1/4", 2, "1/2", rates=RATES)),
    "no decay": ("leaky", Variances("1/4", 2, "1/2", rates=RATES)),
    "conjugates left out": ("eigenvalues", Diagonal([0.9, -0.5, 0.6, 0.6], 2, "1/2", rates=RATES)),
    "rate of the transition missing": ("variances", changed("variances", rate=ONCE)),
    "rate of the input missing": ("leaky", changed("leaky", input=Part(Fraction(2), ONCE))),
    "rate of the output missing": ("ring", Chain(NETWORKS["ring"].layers, Part(Fraction(1, 2), ONCE))),
    "rate of the eigenvalues missing": ("eigenvalues", changed("eigenvalues", rate=ONCE)),
    "rate of the bias missing": ("biased", changed("biased", bias=Part(Fraction(2), ONCE))),
    "variance of the bias missing": ("biased", changed("biased", bias=Part(Fraction(0), Fraction(3)))),
    "no initial state": ("biased", changed("biased", initial=NOTHING)),
    "rate of the initial state missing": ("biased", changed("biased", initial=Part(Fraction(3, 2), ONCE))),
    "bias of the readout as one of the hidden state": (
        "biased",
        Chain(changed("biased", bias=Part(Fraction(2), Fraction(11))).layers, NETWORKS["biased"].readout),
    ),
    "no training below": ("stack", changed("stack", rate=Fraction(0), input=Part(Fraction(2), Fraction(0)))),
    "layers exchanged": ("stack", Stack([Leaky("1/2", "1/4", "3/2", 2), Variances("3/4", 2, rates=RATES)])),
    "an initial state below left out": (
        "complex stack",
        changed("complex stack", initial=Part(Fraction(0), ONCE * 0)),
    ),
}


@pytest.mark.parametrize("lie", WRONG)
def test_wrong_limits_are_rejected(lie):
    name, network = WRONG[lie]
    assert spreads(draws(name), 0, ntk(X, variances=network)[0, 0]) > SPREADS


def test_an_initial_state_is_not_read_by_the_layer_above_before_the_start():
    """As an input one step before the first it would be."""
    network = NETWORKS["complex stack"]
    below, above = network.layers
    pulse = np.zeros((1, T + 1, 1))
    pulse[0, 0] = 1
    read = Chain(
        (replace(below, input=below.initial, bias=above.bias, initial=above.bias), above), network.readout
    )
    without = changed("complex stack", initial=NOTHING)
    wrong = ntk(X, variances=without)[0, 0] + ntk(pulse, variances=read)[0, 0, 1:, 1:]
    assert spreads(draws("complex stack"), 0, wrong) > SPREADS
