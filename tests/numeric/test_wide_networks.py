"""Trained networks of growing width, against the linearised network and the scaled convolution."""

import numpy as np
import pytest
from unrolled import random_network

from numeric import (
    Network,
    Rates,
    Task,
    Variances,
    convolution_descent,
    lag_kernel,
    lag_weights,
    linearised_descent,
    sample_lag_kernel,
    train_network,
)


def test_a_wide_network_trained_at_rates_follows_the_convolution_with_their_weights():
    rng, n = np.random.default_rng(3), 2000
    task = Task(rng.standard_normal((4, 4, 1)), rng.standard_normal((4, 4, 1)))
    variances = Variances("0.5", rates=Rates(4, 0, "0.5"))
    network = Network(*random_network(n, 1, 1, rng, variances), rates=variances.rates)
    start, end = train_network(network, task, steps=[0, 20], step=0.01).responses
    limit = convolution_descent(task, lag_weights(variances, 4), start).steps(20, step=0.01)
    alike = convolution_descent(task, lag_weights(Variances("0.5"), 4), start).steps(20, step=0.01)
    assert abs(end - limit).max() < 0.1 * abs(limit - start).max() < abs(alike - limit).max()


def gaps(n, rng, task, numbers):
    """How far the network, linearised and not, is from the linearised one and from the scaled convolution."""
    variances = Variances("0.5")
    network = random_network(n, task.n_x, task.n_y, rng, variances)
    rho = lag_weights(variances, task.lags)
    step = 0.5 * convolution_descent(task, rho).largest_step
    path = train_network(*network, task, steps=numbers, step=step).responses
    linearised = linearised_descent(task, lag_kernel(*network, task.lags), path[0]).steps(numbers, step=step)
    scaled = convolution_descent(task, rho, path[0]).steps(numbers, step=step)
    return abs(path - linearised).max(), abs(path - scaled).max()


def test_the_network_leaves_the_linearised_one_like_1_over_n_and_the_convolution_like_its_root():
    """Medians over networks: their ratios from width to width are 4 and 2 but for some 20 percent."""
    rng = np.random.default_rng(0)
    task = Task(rng.standard_normal((3, 5, 1)), rng.standard_normal((3, 5, 1)))
    widths = [100, 400, 1600]
    medians = []
    for n, networks in zip(widths, (60, 30, 8), strict=True):
        found = [gaps(n, rng, task, [0, 1, 3, 10, 30]) for _ in range(networks)]
        medians.append(np.median(found, axis=0))
    linearised, scaled = np.polyfit(np.log(widths), np.log(medians), 1)[0]
    assert linearised == pytest.approx(-1, abs=0.25)
    assert scaled == pytest.approx(-0.5, abs=0.2)
    assert medians[-1][0] < 0.2 * medians[-1][1]


def largest_moves(one, other):
    """Lag by lag, over the whole training."""
    return abs(one - other).max(axis=(0, 2, 3))


@pytest.mark.slow
def test_at_width_4000_the_network_differs_from_the_convolution_as_its_kernel_does():
    """Gaps lag by lag, from exact samples of the kernel and the start at this width, without the network."""
    n, T, variances, rng = 4000, 10, Variances("0.7"), np.random.default_rng(0)
    x = rng.standard_normal((3, T, 1))
    y = 0.5 * np.roll(x, 2, axis=1) + 0.1 * rng.standard_normal((3, T, 1))
    task, rho = Task(x, y, first=2), lag_weights(variances, T)
    step, numbers = 0.5 * convolution_descent(task, rho).largest_step, [0, 1, 2, 5, 10, 20, 40]
    path = train_network(*random_network(n, 1, 1, rng, variances), task, steps=numbers, step=step).responses
    samples = []
    for theta, L in zip(*sample_lag_kernel(n, variances, T, 300, rng=1, impulse_response=True), strict=True):
        linearised = linearised_descent(task, theta, L).steps(numbers, step=step)
        samples.append(largest_moves(linearised, convolution_descent(task, rho, L).steps(numbers, step=step)))
    allowed = np.mean(samples, axis=0) + 6 * np.std(samples, axis=0)
    assert np.all(allowed < 0.3 * largest_moves(path, path[:1]).max())
    assert np.all(
        largest_moves(path, convolution_descent(task, rho, path[0]).steps(numbers, step=step)) < allowed
    )
    wrong = convolution_descent(task, np.ones(T), path[0]).steps(numbers, step=step / 2)
    assert np.any(largest_moves(path, wrong) > 2 * allowed)  # the unscaled convolution does not pass
