"""Property tests of your own implementation against the theory, with Hypothesis.

    strategies     variances, networks, lags, sequences, weights, claims
    assertions     assert_lag_weights_match, assert_ntk_matches, assert_lag_kernel_matches,
                   assert_sampler_matches

An assertion draws the arguments, calls your function and compares with the exact value.  What it lets pass is
proven: no right implementation fails, in float64 or float32, and no error but rounding passes
(:mod:`verify.strategies.rounding` says what is right, and has the proof; for samplers
:mod:`verify.strategies.sampling`).  It fails with the smallest example found, both values and what was
allowed.
"""

try:
    import hypothesis  # noqa: F401 - is it there?
except ImportError:
    raise ImportError(
        "verify.strategies needs Hypothesis: pip install hypothesis, or pip install"
        " 'linear-rnn-ntk[strategies]'"
    ) from None

from verify.strategies.assertions import (
    assert_lag_kernel_matches,
    assert_lag_weights_match,
    assert_ntk_matches,
)
from verify.strategies.claims import Claim, claims
from verify.strategies.drawing import lags, networks, sequences, variances, weights
from verify.strategies.sampling import assert_sampler_matches

__all__ = [
    "Claim",
    "assert_lag_kernel_matches",
    "assert_lag_weights_match",
    "assert_ntk_matches",
    "assert_sampler_matches",
    "claims",
    "lags",
    "networks",
    "sequences",
    "variances",
    "weights",
]
