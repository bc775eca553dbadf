"""The catalogue of statements, in the order in which they are derived."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from derivations.proof import Statement
from derivations.theorems import (
    convolution,
    diagonal,
    equal_layers,
    finite_width,
    implicit_bias,
    leaky,
    leaky_kernel,
    network,
    orthogonal,
    parts,
    random_matrices,
    stacked,
    traces,
    training,
    two_point,
    universality,
    weights,
)

__all__ = ["statement", "statements"]


_BUILDERS = (
    random_matrices.stein_lemma,
    random_matrices.trace_degree,
    random_matrices.trace_factorisation,
    random_matrices.power_traces,
    network.impulse_response,
    network.lag_kernel,
    network.gram_limits,
    network.kernel_mean,
    network.lag_weights,
    network.kernel_limit,
    network.impulse_response_prior,
    convolution.scaled_convolution,
    convolution.wide_kernel,
    convolution.kernel_recursion,
    convolution.bias,
    weights.recurrence,
    weights.formal_generating_function,
    weights.generating_function,
    weights.partial_sum,
    weights.partial_sum_at_one,
    weights.total,
    weights.tail_mass,
    weights.mean_lag,
    weights.monotone,
    weights.peak_lag,
    weights.regimes,
    weights.sensitivity,
    weights.memory_length,
    traces.trace_cumulants,
    traces.alternating_words,
    traces.crosscap_traces,
    traces.trace_covariance,
    traces.trace_second_order,
    finite_width.exact_mean,
    finite_width.finite_width_mean,
    finite_width.finite_width_second_order,
    finite_width.finite_width_covariance,
    finite_width.finite_width_fluctuations,
    leaky_kernel.leaky_lag_kernel,
    orthogonal.orthogonal_covariance,
    orthogonal.orthogonal_width,
    training.low_rank_gradients,
    training.network_update,
    training.constant_kernel,
    training.convolution_update,
    training.equivalence,
    training.gradient_norms,
    implicit_bias.gradient_descent,
    implicit_bias.gradient_flow,
    implicit_bias.descent_along_eigenvectors,
    implicit_bias.stability,
    implicit_bias.minimum_norm,
    implicit_bias.step_bound,
    implicit_bias.uniform_bound,
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
