"""The theory of wide linear recurrent networks as numbers: float64, certified digits or exact fractions.

Everything is a function of a network at initialisation, such as ``Variances(transition, input=1, output=1)``:

    networks          Variances, Leaky, Orthogonal, Diagonal of a Ring or of given eigenvalues, Stack, Biased,
                      preset of a framework;
                      Rates at which their parts are trained; limit_kernel, the limit of any
    the limit         lag_weights, their sensitivity to nu_W, prior_variance; of the weights the total,
                      partial_sum, tail_mass, mean_lag, peak_lag and memory_length
    sequences         ntk and nngp in the limit; sequence_kernel from a network's lag kernel; convolve
    a given network   lag_kernel and impulse_response of the matrices W, F, C, or of a Network of them;
                      from_weights, the Network of a framework's weights
    exact mean        expected_lag_kernel at any finite width, in fractions; also of Leaky and Orthogonal
    sampling          sample_lag_kernel, lag_kernel_chunks, gram_chunks: exact draws, at any width (of a
                      Stack up to 4096)
    how wide?         width_for_fluctuation, width_for_mean; lag_kernel_variance, lag_kernel_covariance
    training          Task, the data; convolution_descent and linearised_descent, any number of steps at
                      once; train_network, network_descent, network_gradients and largest_stable_step of
                      given matrices; step_bound and uniform_bound, what training cannot do;
                      kernel_regression, the same predictions by ntk, to any digit, and kernel_condition;
                      PrecisionWarning, where float64 may have lost too many digits

>>> v = Variances("0.5")  # nu_W; nu_F and nu_C are 1
>>> lag_weights(v, 5)
array([2.   , 2.   , 1.5  , 1.   , 0.625])
>>> width = width_for_fluctuation(v, 4, "0.05")
>>> theta = sample_lag_kernel(width, v, 5, samples=1000, rng=0)[:, 4, 0, 0, 4, 0, 0]
>>> print(width, round(theta.std() / 0.625, 2))
2640 0.05
"""

import derivations  # noqa: F401 - first: from here on a fork waits for these imports
from numeric.certified import PrecisionWarning
from numeric.expected import expected_lag_kernel
from numeric.finite_width import impulse_response, lag_kernel, sequence_kernel
from numeric.fluctuations import (
    lag_kernel_covariance,
    lag_kernel_variance,
    width_for_fluctuation,
    width_for_mean,
)
from numeric.implicit_bias import step_bound, uniform_bound
from numeric.kernel_regression import kernel_condition, kernel_regression
from numeric.kernels import nngp, ntk
from numeric.lagged import convolve
from numeric.limit import limit_kernel
from numeric.linear_models import convolution_descent, linearised_descent
from numeric.model import Rates
from numeric.network import Network, from_weights
from numeric.network_descent import (
    largest_stable_step,
    network_descent,
    network_gradients,
    train_network,
)
from numeric.networks import Biased, Diagonal, Leaky, Orthogonal, Ring, Stack, preset
from numeric.sampler import gram_chunks, lag_kernel_chunks, sample_lag_kernel
from numeric.task import Task
from numeric.variances import Variances
from numeric.weight_sums import mean_lag, memory_length, partial_sum, peak_lag, tail_mass, total
from numeric.weights import lag_weights, prior_variance, sensitivity


def __dir__() -> list[str]:  # completion is for these, not for the modules that make them
    return [*__all__, *(name for name in globals() if name.startswith("__"))]


__all__ = [
    "Biased",
    "Diagonal",
    "Leaky",
    "Network",
    "Orthogonal",
    "PrecisionWarning",
    "Rates",
    "Ring",
    "Stack",
    "Task",
    "Variances",
    "convolution_descent",
    "convolve",
    "expected_lag_kernel",
    "from_weights",
    "gram_chunks",
    "impulse_response",
    "kernel_condition",
    "kernel_regression",
    "lag_kernel",
    "lag_kernel_chunks",
    "lag_kernel_covariance",
    "lag_kernel_variance",
    "lag_weights",
    "largest_stable_step",
    "limit_kernel",
    "linearised_descent",
    "mean_lag",
    "memory_length",
    "network_descent",
    "network_gradients",
    "nngp",
    "ntk",
    "partial_sum",
    "peak_lag",
    "preset",
    "prior_variance",
    "sample_lag_kernel",
    "sensitivity",
    "sequence_kernel",
    "step_bound",
    "tail_mass",
    "total",
    "train_network",
    "uniform_bound",
    "width_for_fluctuation",
    "width_for_mean",
]
