"""The names and conditions that the statements share."""

from typing import Any

from sympy import Eq, Function, Indexed, IndexedBase, Le, Limit, Max, Min, oo, symbols

from derivations.symbols import n, nu_C, nu_F, nu_W

__all__ = [
    "GAUSSIAN",
    "MEANING",
    "NON_NEGATIVE",
    "PAPER",
    "POSITIVE",
    "VARIANCES",
    "W_S_P",
    "E",
    "I_x",
    "I_y",
    "P",
    "Q",
    "Theta",
    "Var",
    "Vectors",
    "at_most",
    "cov",
    "deg",
    "equation",
    "limit_of_mean",
    "maximum",
    "minimum",
    "rho",
    "tr",
]

PAPER = "Emami, Sahraee-Ardakan, Pandit, Rangan, Fletcher: Implicit Bias of Linear RNNs, 2021"
GAUSSIAN = "$W$, $F$, $C$ independent with entries $N(0, nu_W)$, $N(0, nu_F)$, $N(0, nu_C)$"
VARIANCES = (nu_W, nu_F, nu_C)
W_S_P = (nu_W, nu_C + nu_F, nu_C * nu_F)
"""What :mod:`derivations.closed_forms` takes of a network that trains all parts alike."""
MEANING = {
    "nu_W": "variance of the transition matrix's entries",
    "nu_F": "variance of the input matrix's entries",
    "nu_C": "variance of the readout matrix's entries",
}
NON_NEGATIVE = tuple(variance >= 0 for variance in VARIANCES)
POSITIVE = tuple(variance > 0 for variance in VARIANCES)

rho, Theta, P, Q = (IndexedBase(name) for name in ("rho", "Theta", "P", "Q"))
I_y, I_x = symbols("I_y I_x")
E, Var, cov, tr, deg = (Function(name) for name in ("E", "Var", "cov", "tr", "deg"))


class Vectors(IndexedBase):  # type: ignore[misc]  # SymPy has no types
    """A sequence of vectors or matrices, which do not commute: ``x[t]``."""

    def __getitem__(self, indices: Any, **_: Any) -> "_Vector":
        return _Vector(self, *(indices if isinstance(indices, tuple) else (indices,)))


class _Vector(Indexed):  # type: ignore[misc]
    is_commutative = False


def equation(left: Any, right: Any) -> Any:
    """``left = right`` as it is written: SymPy would decide it if it could."""
    return Eq(left, right, evaluate=False)


def minimum(*numbers: Any) -> Any:
    """The least of numbers as it is written: SymPy would compare them if it could, and takes long to try."""
    return Min(*numbers, evaluate=False)


def maximum(*numbers: Any) -> Any:
    """The greatest of numbers as it is written."""
    return Max(*numbers, evaluate=False)


def limit_of_mean(quantity: Any) -> Any:
    """The limit of a mean as the width goes to infinity."""
    return Limit(E(quantity), n, oo)


def at_most(quantity: Any, bound: Any) -> Any:
    """The degree of a quantity in n is at most the bound."""
    return Le(deg(quantity), bound, evaluate=False)
