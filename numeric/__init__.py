"""Evaluates the theory: float64 or certified digits, kernels and finite-width networks."""

from numeric.expected import expected_lag_kernel
from numeric.finite_width import impulse_response, lag_kernel, sequence_kernel
from numeric.fluctuations import (
    lag_kernel_covariance,
    lag_kernel_variance,
    width_for_fluctuation,
    width_for_mean,
)
from numeric.kernels import ntk
from numeric.sampler import gram_chunks, lag_kernel_chunks, sample_lag_kernel
from numeric.variances import Variances
from numeric.weights import (
    lag_weights,
    mean_lag,
    memory_length,
    partial_sum,
    peak_lag,
    prior_variance,
    sensitivity,
    tail_mass,
    total,
)

__all__ = [
    "Variances",
    "expected_lag_kernel",
    "gram_chunks",
    "impulse_response",
    "lag_kernel",
    "lag_kernel_chunks",
    "lag_kernel_covariance",
    "lag_kernel_variance",
    "lag_weights",
    "mean_lag",
    "memory_length",
    "ntk",
    "partial_sum",
    "peak_lag",
    "prior_variance",
    "sample_lag_kernel",
    "sensitivity",
    "sequence_kernel",
    "tail_mass",
    "total",
    "width_for_fluctuation",
    "width_for_mean",
]
