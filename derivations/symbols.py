"""The SymPy symbols that every formula of the package is written in.

They carry no assumptions, so that ``formula.subs({"nu_W": 2})`` finds them; what a statement assumes
of them it says itself.
"""

# SymPy would import these amid a computation, where a fork does not wait for it (derivations/lazily.py).
import sympy.assumptions.wrapper
import sympy.sets.setexpr
import sympy.tensor.tensor  # noqa: F401 - for what its import does
from sympy import Symbol

__all__ = ["i", "n", "n_x", "n_y", "nu_C", "nu_F", "nu_W"]

nu_W = Symbol("nu_W")
nu_F = Symbol("nu_F")
nu_C = Symbol("nu_C")
n = Symbol("n")
n_x = Symbol("n_x")
n_y = Symbol("n_y")
i = Symbol("i")
