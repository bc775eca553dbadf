"""Which statements of the theory a claim's quantities come from, as the first steps of its proof.

Their status is that of the catalogue: what of the theory itself is checked by a kernel, and what is argued.
"""

from collections.abc import Collection

from verify.claims.networks import Layered, OfTwoLags, OnRing
from verify.claims.quantities import Dense, Theory
from verify.claims.verdict import Step

__all__ = ["sources"]

DENSE = {
    "rho": "lag-weights",
    "s": "",
    "Theta": "kernel-limit",
    "Theta(z,w)": "two-point-kernel",
    "G": "generating-function",
    "total": "total",
    "mean_lag": "mean-lag",
    "partial_sum": "partial-sum",
    "tail_mass": "lag-weights",
    "peak_lag": "peak-lag",
    "prior_variance": "impulse-response-prior",
    "sensitivity": "sensitivity",
    "E[Theta]": "exact-mean",
    "Var": "finite-width-covariance",
    "Cov": "finite-width-covariance",
    "tr": "stein-lemma",
}
RATES = {"rho": "two-point-weights", "G": "two-point-kernel", "Theta": "two-point-kernel"}
"""In the place of those above, where rates are not all 1."""
ORTHOGONAL = {
    **dict.fromkeys(("rho", "G", "total", "mean_lag", "partial_sum", "tail_mass"), "two-point-invariant"),
    **dict.fromkeys(("Theta", "Theta(z,w)", "sensitivity", "peak_lag"), "two-point-invariant"),
    "E[Theta]": "orthogonal-width",
    "Var": "orthogonal-covariance",
    "Cov": "orthogonal-covariance",
}
UNIVERSAL = "two-point-universality"
"""Beside the others, where entries are not Gaussian."""
LAYERED = "stacked-layers"
RING = "two-point-ring"
LEAKY = "leaky-kernel"
EXACT = ("lag-kernel", "stein-lemma")
"""Of what is computed at every width, from the moments of Gaussian matrices."""
WIDE = {"E[Theta]": ("finite-width-mean", "finite-width-second-order")}


def sources(theory: Theory, used: Collection[str], *, wide: bool) -> list[Step]:
    """A step a statement; ``wide`` says whether a limit in the width was taken."""
    from derivations.catalogue import statement

    names = dict.fromkeys(name for quantity in used for name in _names(theory, quantity, wide=wide) if name)
    names |= {UNIVERSAL: None} if theory.framework else {}
    return [
        Step(f"statement {name}: {found.title}", found.status)
        for name in names
        for found in [statement(name)]
    ]


def _names(theory: Theory, quantity: str, *, wide: bool) -> tuple[str, ...]:
    if isinstance(theory, Dense):
        if theory.orthogonal:
            return (ORTHOGONAL.get(quantity, DENSE.get(quantity, "")),)
        if wide and quantity in WIDE:
            return WIDE[quantity]
        if not wide and quantity in ("Var", "Cov"):
            return EXACT
        alike = all(rate == 1 for rate in theory.parts[3:])
        return (DENSE.get(quantity, "") if alike else RATES.get(quantity, DENSE.get(quantity, "")),)
    if quantity not in DENSE or quantity in ("s", "tr"):
        return ()
    if isinstance(theory, OnRing):
        return ("two-point-diagonal", RING)
    if isinstance(theory, Layered):
        return (LAYERED,)
    if isinstance(theory, OfTwoLags) and "decay" in theory.numbers:
        return ("leaky-lag-kernel", "exact-mean") if quantity == "E[Theta]" else (LEAKY,)
    return (LAYERED,)
