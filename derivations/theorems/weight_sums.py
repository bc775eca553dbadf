r"""The recurrence of the lag weights, their generating function and their sums.

The weights rho_i = s nu_W^i + i p nu_W^{i-1}, s = nu_C + nu_F, p = nu_C nu_F, are geometric but for a factor
linear in i, so they obey a recurrence of order two, and

    G(z) = sum_i rho_i z^i = s/(1 - nu_W z) + p z/(1 - nu_W z)^2

What the first m terms leave of it is a multiple of (nu_W z)^m, by induction on m; where |nu_W z| < 1 it
vanishes.  Partial sums are this at z = 1, the mean lag is G'(1)/G(1).
"""

from functools import cache

import sympy
from sympy import Ne, symbols

from derivations import closed_forms
from derivations.proof import Statement
from derivations.rules import identity, induction, limit
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, NON_NEGATIVE, W_S_P, equation, rho
from derivations.theorems.wide_limit import lag_weights

__all__ = [
    "formal_generating_function",
    "generating_function",
    "mean_lag",
    "partial_sum",
    "partial_sum_at_one",
    "recurrence",
    "tail_mass",
    "total",
]

m, z = symbols("m z")
SOURCE = "elementary; the weights are those of Emami et al. 2021"
BELOW_ONE = (*NON_NEGATIVE, nu_W < 1)


@cache
def recurrence() -> Statement:
    """The weights obey a linear recurrence of order two."""
    formula = equation(rho[i + 2], 2 * nu_W * rho[i + 1] - nu_W**2 * rho[i])
    return Statement(
        name="recurrence",
        title="The lag weights obey $rho_{i+2} = 2 nu_W rho_{i+1} - nu_W^2 rho_i$",
        formula=formula,
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=(),
        indices=(i,),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            identity(
                "first order",
                "A lag further multiplies by $nu_W$ and opens one more place for the transition matrix.",
                equation(rho[i + 1], nu_W * rho[i] + nu_C * nu_F * nu_W**i),
                ["lag-weights"],
            ),
            identity(
                "the statement",
                "What is added is geometric, so applying the same difference again removes it.",
                formula,
                ["first order", "first order"],
            ),
        ),
    )


@cache
def formal_generating_function() -> Statement:
    """The first terms of G(z), by algebra alone."""
    formula = equation(sympy.Sum(rho[i] * z**i, (i, 0, m - 1)), _first_terms(z))
    return Statement(
        name="formal-generating-function",
        title="The first $m$ terms of the generating function, and as a multiple of $z^m$ all that is left",
        formula=formula,
        variables={"rho": "lag weights", "m": "number of terms", "z": "a number or a variable", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=(Ne(nu_W * z, 1),),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            induction(
                "the statement",
                "By induction on $m$: what the first $m$ terms leave is $G$ with the powers of $nu_W z$ from "
                "$m$ on.  No limit is taken: as a formal power series $1 - nu_W z$ has an inverse.",
                formula,
                m,
                ["lag-weights"],
            ),
        ),
    )


@cache
def generating_function() -> Statement:
    """G(z) = sum of rho_i z^i."""
    formula = equation(
        sympy.Sum(rho[i] * z**i, (i, 0, sympy.oo)), closed_forms.generating_function(z, *W_S_P)
    )
    return Statement(
        name="generating-function",
        title="The generating function of the lag weights",
        formula=formula,
        variables={"rho": "lag weights", "z": "a number", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=(*NON_NEGATIVE, nu_W * z > -1, nu_W * z < 1),
        source=SOURCE,
        uses=(formal_generating_function(),),
        proof=(
            limit(
                "the statement",
                "A power of what is less than 1 in absolute value outdoes $m$.",
                formula,
                ["formal-generating-function"],
                terms=m,
            ),
        ),
    )


def _first_terms(at: sympy.Expr) -> sympy.Expr:
    """The sum of rho_i at^i over i < m, in closed form."""
    s, p, u = nu_C + nu_F, nu_C * nu_F, nu_W * at
    left_out = s * nu_W**m / (1 - u) + p * (m * nu_W ** (m - 1) / (1 - u) + at * nu_W**m / (1 - u) ** 2)
    return closed_forms.generating_function(at, *W_S_P) - at**m * left_out


@cache
def partial_sum() -> Statement:
    """The sum of the first weights."""
    formula = equation(sympy.Sum(rho[i], (i, 0, m - 1)), closed_forms.partial_sum(m, *W_S_P))
    return Statement(
        name="partial-sum",
        title="The sum of the first $m$ lag weights",
        formula=formula,
        variables={"rho": "lag weights", "m": "number of lags", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=(Ne(nu_W, 1),),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            induction(
                "the statement",
                "By induction on $m$: the closed form is 0 for no lags, and lag $m$ adds $rho_m$.",
                formula,
                m,
                ["lag-weights"],
            ),
        ),
    )


@cache
def partial_sum_at_one() -> Statement:
    """The sum of the first weights where they grow linearly."""
    formula = equation(sympy.Sum(rho[i], (i, 0, m - 1)), closed_forms.partial_sum_at_one(m, *W_S_P[1:]))
    return Statement(
        name="partial-sum-at-one",
        title="The sum of the first $m$ lag weights at $nu_W = 1$",
        formula=formula,
        variables={"rho": "lag weights", "m": "number of lags", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=(sympy.Eq(nu_W, 1),),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            induction(
                "the statement",
                "By induction on $m$, where lag $m$ adds $nu_C + nu_F + m nu_C nu_F$.",
                formula,
                m,
                ["lag-weights"],
            ),
        ),
    )


@cache
def total() -> Statement:
    """The sum of all weights."""
    formula = equation(sympy.Sum(rho[i], (i, 0, sympy.oo)), closed_forms.total(*W_S_P))
    return Statement(
        name="total",
        title="The sum of all lag weights",
        formula=formula,
        variables={"rho": "lag weights", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=BELOW_ONE,
        source=SOURCE,
        uses=(partial_sum(),),
        proof=(
            limit(
                "the statement",
                "What the first $m$ weights leave is geometric, but for a factor that grows like $m$.",
                formula,
                ["partial-sum"],
                terms=m,
            ),
        ),
    )


@cache
def tail_mass() -> Statement:
    """The sum of the weights from a lag on."""
    tail = sympy.Sum(rho[i], (i, m, sympy.oo))
    formula = equation(tail, closed_forms.tail_mass(m, *W_S_P))
    split = equation(tail, sympy.Sum(rho[i], (i, 0, sympy.oo)) - sympy.Sum(rho[i], (i, 0, m - 1)))
    return Statement(
        name="tail-mass",
        title="The sum of the lag weights from lag $m$ on",
        formula=formula,
        variables={"rho": "lag weights", "m": "first lag of the tail", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=BELOW_ONE,
        source=SOURCE,
        uses=(total(), partial_sum()),
        proof=(
            identity("the tail", "It is what the first $m$ weights leave of the total.", split),
            identity("the statement", "Both are known.", formula, ["the tail", "total", "partial-sum"]),
        ),
    )


@cache
def mean_lag() -> Statement:
    """The mean of the lag under the weights."""
    first_moment = sympy.Sum(i * rho[i], (i, 0, sympy.oo))
    formula = equation(first_moment / sympy.Sum(rho[i], (i, 0, sympy.oo)), closed_forms.mean_lag(*W_S_P))
    s, p, w = nu_C + nu_F, nu_C * nu_F, nu_W
    left_out = s * (m * w**m / (1 - w) + w ** (m + 1) / (1 - w) ** 2) + p * (
        m**2 * w ** (m - 1) / (1 - w) + 2 * m * w**m / (1 - w) ** 2 + w**m * (1 + w) / (1 - w) ** 3
    )
    slope = sympy.diff(closed_forms.generating_function(z, *W_S_P), z).subs(z, 1)
    return Statement(
        name="mean-lag",
        title="The mean lag under the weights",
        formula=formula,
        variables={"rho": "lag weights", **MEANING},
        assumptions=(),
        indices=(i, m),
        conditions=(*BELOW_ONE, nu_F + nu_C > 0),
        source=SOURCE,
        uses=(lag_weights(), total()),
        proof=(
            induction(
                "the first lags",
                "By induction on $m$: what the first $m$ lags leave of $G'(1)$ is geometric, but for a "
                "factor that grows like $m^2$.",
                equation(sympy.Sum(i * rho[i], (i, 0, m - 1)), slope - left_out),
                m,
                ["lag-weights"],
            ),
            limit(
                "all lags",
                "What is left out is geometric again; the limit is $G'(1)$.",
                equation(first_moment, slope),
                ["the first lags"],
                terms=m,
            ),
            identity("the statement", "It is $G'(1)/G(1)$.", formula, ["all lags", "total"]),
        ),
    )
