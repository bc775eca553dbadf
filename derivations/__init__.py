"""The theory, derived: exact moments of Gaussian matrices, and statements with their proofs.

Public names are loaded on first use, because SymPy takes a second to import and
:mod:`derivations.closed_forms` does not need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    return getattr(import_module(_HOME[name]), name)
