"""The catalogue of statements, in the order in which they are derived."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from derivations.proof import Statement
from derivations.theorems import (
    convolution,
    diagonal,
    equal_layers,
    equivalence,
    gradients,
    implicit_bias,
    kernel_bias,
    kernel_covariances,
    kernel_cumulants,
    kernel_means,
    lag_bounds,
    leaky,
    least_squares,
    network,
    orthogonal,
    parts,
    planar_words,
    prior,
    random_matrices,
    stacked,
    trace_covariances,
    trace_cumulants,
    trace_orders,
    training,
    two_point,
    universality,
    weight_shape,
    weight_sums,
    wide_limit,
)

__all__ = ["statement", "statements"]


_BUILDERS = (
    random_matrices.stein_lemma,
    random_matrices.trace_degree,
    random_matrices.trace_factorisation,
    random_matrices.power_traces,
    network.impulse_response,
    network.lag_kernel,
    wide_limit.gram_limits,
    wide_limit.kernel_mean,
    wide_limit.lag_weights,
    wide_limit.kernel_limit,
    prior.impulse_response_prior,
    convolution.scaled_convolution,
    convolution.wide_kernel,
    convolution.kernel_recursion,
    convolution.bias,
    weight_sums.recurrence,
    weight_sums.formal_generating_function,
    weight_sums.generating_function,
    weight_sums.partial_sum,
    weight_sums.partial_sum_at_one,
    weight_sums.total,
    weight_sums.tail_mass,
    weight_sums.mean_lag,
    weight_shape.monotone,
    weight_shape.peak_lag,
    weight_shape.regimes,
    weight_shape.sensitivity,
    weight_shape.memory_length,
    trace_cumulants.trace_cumulants,
    planar_words.alternating_words,
    trace_orders.crosscap_traces,
    trace_covariances.trace_covariance,
    trace_orders.trace_second_order,
    kernel_means.exact_mean,
    kernel_means.finite_width_mean,
    kernel_bias.finite_width_second_order,
    kernel_covariances.finite_width_covariance,
    kernel_cumulants.finite_width_fluctuations,
    leaky.leaky_lag_kernel,
    orthogonal.orthogonal_covariance,
    orthogonal.orthogonal_width,
    gradients.low_rank_gradients,
    training.network_update,
    training.constant_kernel,
    equivalence.convolution_update,
    equivalence.equivalence,
    gradients.gradient_norms,
    least_squares.gradient_descent,
    least_squares.gradient_flow,
    least_squares.descent_along_eigenvectors,
    least_squares.stability,
    least_squares.minimum_norm,
    lag_bounds.step_bound,
    lag_bounds.uniform_bound,
    implicit_bias.geometric_decay,
    implicit_bias.geometric_decay_in_law,
    universality.two_point_universality,
    universality.two_point_invariant,
    two_point.two_point_kernel,
    two_point.two_point_weights,
    leaky.two_point_leaky,
    leaky.leaky_kernel,
    diagonal.two_point_diagonal,
    diagonal.two_point_ring,
    diagonal.ring_memory,
    stacked.stacked_layers,
    stacked.stacked_weights,
    stacked.stacked_generating_function,
    equal_layers.equal_layers,
    parts.hidden_bias,
    parts.readout_bias,
    parts.initial_state,
)


def statements() -> Mapping[str, Statement]:
    """All statements of the theory by name, each with its assumptions, status and proof.

    Building the catalogue proves nothing; :meth:`Statement.check` does.

    Examples
    --------
    >>> statement = statements()["lag-weights"]
    >>> statement.formula
    Eq(rho[i], i*nu_C*nu_F*nu_W**(i - 1) + nu_W**i*(nu_C + nu_F))
    >>> statement.status
    'kernel-checked'
    >>> statement.check()  # raises ProofError if a step fails
    """
    _forget()
    return Catalogue({built.name: built for built in (build() for build in _BUILDERS)})


def statement(name: str) -> Statement:
    """One of :func:`statements`, built with those that it uses and without the others.

    Raises
    ------
    KeyError
        If there is none of that name.

    >>> [used.name for used in statement("recurrence").uses]
    ['lag-weights']
    """
    builders = {build.__name__.replace("_", "-"): build for build in _BUILDERS}
    _forget()
    return builders[name]()


def _forget() -> None:
    """Have all built anew, of the formulas as they now are; within a catalogue they are shared."""
    for build in _BUILDERS:
        build.cache_clear()


class Catalogue(dict[str, Statement]):
    """A dictionary whose error for an unknown name says which ones are near."""

    def __missing__(self, name: Any) -> Statement:
        near = get_close_matches(name, self, n=3) if isinstance(name, str) else []
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(self)}"
        raise UnknownStatementError(f"no statement is called {name!r}; {hint}")


class UnknownStatementError(ValueError, KeyError):
    """A key that is not there, and a value that is not allowed."""

    __str__ = Exception.__str__  # that of KeyError quotes
