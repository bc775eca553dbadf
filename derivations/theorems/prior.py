r"""The law of the impulse response at initialisation, in the wide limit (NNGP).

Given W and F the entries of L_j = n^{-1/2} C U_j are Gaussian, with the covariance nu_C Q_jk along a row.
Where the covariances of such a mixture converge in probability, it converges in law to the Gaussian of their
limit, here nu_C nu_F nu_W^j delta_jk: the entries become independent.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import IndexedBase, Sum, exp, symbols

from derivations import closed_forms
from derivations.moments import moment
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, identity, lemma
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.theorems.model import GAUSSIAN, MEANING, PAPER, E, Q, equation, limit_of_mean
from derivations.theorems.wide_limit import WIDE, gram_limits, q

__all__ = ["impulse_response_prior"]

a, b, j, k, m = symbols("a b j k m")


@cache
def impulse_response_prior() -> Statement:
    """The impulse response at initialisation (NNGP)."""
    L, u = IndexedBase("L"), IndexedBase("u")
    lags, other_lags = (j, 0, m - 1), (k, 0, m - 1)
    response = exp(sympy.I * Sum(u[j] * L[j], lags))
    energy = Sum(nu_C * u[j] * Q[j, k] * u[k], other_lags, lags)
    limit = Sum(nu_C * u[j] * q[j, k] * u[k], other_lags, lags)
    variance = Sum(closed_forms.prior_variance(j, nu_W, nu_C * nu_F) * u[j] ** 2, lags)
    formula = equation(limit_of_mean(response), exp(-variance / 2))
    return Statement(
        name="impulse-response-prior",
        title="At initialisation the entries of the impulse responses become independent Gaussians (NNGP)",
        formula=formula,
        variables={
            "L": "impulse responses $L_j = n^{-(j+1)/2} C W^j F$",
            "u": "any real $n_y$ by $n_x$ matrices; products of matrices are inner products, sums over "
            "entries",
            "m": "number of lags",
            "E": "mean: on the left the characteristic function of all entries of $L_0$, ..., $L_{m-1}$, on "
            "the right that of independent Gaussians",
            **MEANING,
        },
        assumptions=(GAUSSIAN, WIDE),
        indices=(a, b, j, k, m),
        source=PAPER,
        uses=(gram_limits(),),
        proof=(
            lemma(
                "conditional law",
                "Given $W$ and $F$, the entries of all $L_j = n^{-1/2} C U_j$ are linear images of the "
                "Gaussian $C$: jointly Gaussian of mean 0, rows independent, with covariance $nu_C U_j' U_k "
                "/ n = nu_C Q_jk$ along a row.  So given $W$ and $F$ the mean of $exp(i X)$, $X$ a "
                "combination of entries, is $exp(-Var X / 2)$.",
                equation(E(response), E(exp(-energy / 2))),
            ),
            argument(
                "mixtures",
                "The function $exp(-x/2)$ is bounded and continuous for $x >= 0$, and by gram-limits the "
                "Grams converge in probability, to the limits of their means: so the mean converges too "
                "(van der Vaart 1998, lemma 2.2 and theorem 2.3).",
                equation(limit_of_mean(exp(-energy / 2)), exp(-limit / 2)),
                ["gram-limits"],
            ),
            identity(
                "variances",
                "Of the limits $nu_C nu_F nu_W^j delta_jk I$ the diagonal is left.",
                equation(limit, variance),
                ["gram-limits"],
            ),
            identity(
                "the statement",
                "This is the characteristic function of independent Gaussians, to whose law the law "
                "converges (Levy's continuity theorem).",
                formula,
                ["conditional law", "mixtures", "variances"],
            ),
            evidence(
                "exact variances",
                "$E tr L_j L_j' / (n_x n_y)$ for $j <= 6$ is a polynomial in $1/n$ with the constant term "
                "that the second derivative of the formula has.",
                _prior_variances,
            ),
        ),
    )


def _prior_variances(formula: Any) -> Iterator[Obligation]:
    for lag in range(7):
        words = f"C W^{lag} F F' W'^{lag} C'" if lag else "C F F' C'"
        exact = sympy.expand(moment(words) / (n_x * n_y * n ** (lag + 1)))
        at = IndexedBase("u")[lag]
        characteristic = formula.rhs.subs(m, lag + 1).doit()
        claimed = -characteristic.diff(at, 2).subs({IndexedBase("u")[other]: 0 for other in range(lag + 1)})
        yield f"Var L_{lag}", sympy.limit(exact, n, sympy.oo) - claimed
