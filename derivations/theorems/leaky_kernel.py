"""The lag kernel of a leaky network at every width, by that of the network without a leak."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import IndexedBase, Matrix, Sum, Symbol, binomial, symbols

from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence
from derivations.symbols import i
from derivations.theorems.model import Theta, equation
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import at, spelled_out

__all__ = ["leaky_lag_kernel"]

j, k, l = symbols("j k l")  # noqa: E741 - a lag
decay = Symbol("lambda")
Leaky, L, L_, D, D_ = (IndexedBase(name) for name in ("Theta2", "L", "L2", "D", "D2"))


@cache
def leaky_lag_kernel() -> Statement:
    """A binomial sum, whatever the matrices."""

    def coefficient(power: Any, of: Any) -> Any:
        return binomial(power, of) * decay ** (power - of)

    formula = equation(
        Leaky[i, j], Sum(coefficient(i, k) * coefficient(j, l) * Theta[k, l], (l, 0, j), (k, 0, i))
    )
    return Statement(
        name="leaky-lag-kernel",
        title="At every width the lag kernel of a leaky network is a binomial sum of that without a leak",
        formula=formula,
        variables={
            "Theta2[i, j]": "lag kernel of the network with the transition $lambda + n^{-1/2} W$",
            "Theta[k, l]": "lag kernel of the network with the same matrices and $lambda = 0$, each of its "
            "three shares times its rate",
            "lambda": "what is kept of the state at every step, a number that is not trained",
            "i, j": "lags",
        },
        assumptions=("any $W$, $F$, $C$ of any sizes $n$, $n_x$, $n_y$",),
        indices=(i, j, k, l),
        source="derived here",
        uses=(lag_kernel(),),
        proof=(
            argument(
                "the binomial theorem",
                "A number commutes with $X = n^{-1/2} W$: $(lambda + X)^i$ is the sum of the binomial "
                "coefficients times $lambda^{i-k} X^k$, and $L_i$ is $n^{-1/2} C X^i F$ without a leak.",
                equation(L_[i], Sum(coefficient(i, k) * L[k], (k, 0, i))),
            ),
            argument(
                "derivatives",
                "By an entry of $W$, $F$ or $C$: $D_i$ that of $L_i$.  The coefficients do not depend on it.",
                equation(D_[i], Sum(coefficient(i, k) * D[k], (k, 0, i))),
                ["the binomial theorem"],
            ),
            argument(
                "the statement",
                "The lag kernel is the sum over all entries of the products of $D_i$ and $D_j$, times rates.",
                formula,
                ["derivatives", "lag-kernel"],
            ),
            evidence(
                "two hidden units",
                "For $i$, $j <= 3$ at width 1, and $<= 2$ at width 2, by differentiation, every entry a "
                "symbol.",
                _differentiated,
            ),
        ),
    )


def _differentiated(formula: Any) -> Iterator[Obligation]:
    for width, most in ((1, 3), (2, 2)):
        names = symbols(f"w:{width**2} f:{width} c:{width}")
        X, F = Matrix(width, width, names[: width**2]), Matrix(names[width**2 : -width])
        C = Matrix([names[-width:]])

        def kernel(transition: Matrix, p: int, q: int) -> Any:
            """The factor n^{-1/2} of each L left out; that of W as well, in X."""
            first, second = ((C * transition**power * F)[0] for power in (p, q))  # noqa: B023
            return sum(sympy.diff(first, name) * sympy.diff(second, name) for name in names)  # noqa: B023

        leak = decay * sympy.eye(width)
        for p, q in product(range(most + 1), repeat=2):
            law = spelled_out(at(formula.rhs, i=p, j=q))
            dense = {name: kernel(X, *map(int, name.indices)) for name in law.atoms(sympy.Indexed)}
            difference = kernel(X + leak, p, q) - law.xreplace(dense)
            yield f"width {width}, Theta_{p},{q}", sympy.expand(difference)
