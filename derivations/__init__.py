"""The theory, derived: exact moments of Gaussian matrices, and statements with their proofs.

    the theory        statements(), by name, each with its formula, its assumptions and its proof
    moments           moment: E of products of traces of words in Gaussian matrices and their transposes, the
                      network's W, F, C or the user's own, at every width, or only its leading terms
    the lag kernel    exact_mean and exact_variance of Theta_ij, as polynomials in 1/n

>>> from derivations import moment, statements
>>> moment("W W W' W'")
nu_W**2*(n**3 + 2*n)
>>> moment("X S X' T", shapes={"X": ("n", "m")}, constants={"S": ("m", "m"), "T": ("n", "n")})
nu_X*Trace(S)*Trace(T)
>>> statements()["lag-weights"].check()  # raises ProofError if a step of its proof does not hold
"""

from typing import TYPE_CHECKING, Any

from derivations.lazily import imported

if TYPE_CHECKING:  # loaded on first use: SymPy takes a second, and derivations.closed_forms does not need it
    from derivations.catalogue import statements
    from derivations.exact_kernel import exact_mean, exact_variance
    from derivations.moments import moment
    from derivations.proof import ProofError, Statement, Step

__all__ = ["ProofError", "Statement", "Step", "exact_mean", "exact_variance", "moment", "statements"]

_HOME = {
    "ProofError": "derivations.proof",
    "Statement": "derivations.proof",
    "Step": "derivations.proof",
    "exact_mean": "derivations.exact_kernel",
    "exact_variance": "derivations.exact_kernel",
    "moment": "derivations.moments",
    "statements": "derivations.catalogue",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'derivations' has no attribute {name!r}")
    return getattr(imported(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
