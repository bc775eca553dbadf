r"""The shape of the lag weights: where they are greatest, how they end, and how long they remember.

A weight differs from the next by a positive factor times x - i,

    rho_{i+1} - rho_i = nu_W^{i-1} nu_C nu_F (1 - nu_W) (x - i),    x = nu_W (1/(1 - nu_W) - 1/nu_C - 1/nu_F)

so below nu_W = 1 they rise to a peak, at floor(x) + 1 or 0, and fall; their ratio tends to nu_W.  The mass of
their tail is a geometric factor times a linear one: from which lag on it is at most epsilon, Lambert's W_{-1}
tells.
"""

from functools import cache

import sympy
from sympy import And, Function, Implies, Le, Limit, Symbol, symbols

from derivations import closed_forms
from derivations.proof import Statement
from derivations.rules import argument, identity, limit, logic, sign
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, POSITIVE, W_S_P, equation, maximum, rho
from derivations.theorems.weight_sums import SOURCE, tail_mass
from derivations.theorems.wide_limit import lag_weights

__all__ = ["memory_length", "monotone", "peak_lag", "regimes", "sensitivity"]

m = symbols("m")


@cache
def sensitivity() -> Statement:
    """The derivative of a weight with respect to the transition variance."""
    formula = equation(sympy.Derivative(rho[i], nu_W), closed_forms.sensitivity(i, *W_S_P))
    return Statement(
        name="sensitivity",
        title="How a lag weight moves with the transition variance",
        formula=formula,
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=(),
        indices=(i,),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            identity(
                "the statement",
                "Differentiate the closed form; at the lags 0 and 1, where it has a power of $nu_W$ below "
                "0, its coefficient is 0.",
                formula,
                ["lag-weights"],
            ),
        ),
    )


@cache
def monotone() -> Statement:
    """When the weights never increase from lag 0 on."""
    s, p = nu_C + nu_F, nu_C * nu_F
    bound = Le(nu_W, 1 - p / s)
    falling, first = Le(rho[i + 1], rho[i]), Le(rho[1], rho[0])
    formula = And(Implies(bound, falling), Implies(first, bound))
    return Statement(
        name="monotone",
        title="The lag weights never increase exactly if $nu_W <= 1 - nu_C nu_F / (nu_C + nu_F)$",
        formula=formula,
        variables={"rho": "lag weights", "i": "every lag", **MEANING},
        assumptions=(),
        indices=(i,),
        conditions=(nu_W >= 0, nu_F > 0, nu_C > 0),
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            sign(
                "below one",
                "The bound says that the margin $rho_0 - rho_1$ is not negative: it is the margin divided by "
                "$nu_C + nu_F$.  So $(nu_C + nu_F)(1 - nu_W)$, greater than the margin by $nu_C nu_F$, is "
                "positive.",
                sympy.Gt(s * (1 - nu_W), 0),
                given=[bound],
            ),
            sign(
                "if",
                "At lag 0 the weights differ by the margin, at lag $i + 1$ by $nu_W^i$ times $nu_W$ margins"
                " and $(i + 1) nu_C nu_F (1 - nu_W)$.",
                falling,
                ["below one", "lag-weights"],
                given=[bound],
                splits=[i],
            ),
            sign(
                "only if",
                "At lag 0 it is needed.",
                bound,
                ["lag-weights"],
                given=[first],
            ),
            logic("the statement", "Together.", formula, ["if", "only if"]),
        ),
    )


@cache
def peak_lag() -> Statement:
    """Where the weights are greatest."""
    x = closed_forms.peak_position(*W_S_P)
    bracket = 1 / (1 - nu_W) - 1 / nu_C - 1 / nu_F
    position = Symbol("x")
    formula = equation(
        Symbol("peak"),
        sympy.Piecewise((sympy.floor(nu_W * bracket) + 1, sympy.Ge(bracket, 0)), (0, True)),
    )
    return Statement(
        name="peak-lag",
        title="The last lag of greatest weight",
        formula=formula,
        variables={"peak": "the last lag at which the weight is greatest", **MEANING},
        assumptions=(),
        indices=(i,),
        conditions=(nu_W >= 0, nu_F > 0, nu_C > 0, nu_W < 1),
        source=SOURCE,
        abbreviations={position: x},
        uses=(lag_weights(),),
        proof=(
            identity(
                "the position",
                "Let $x$ be $nu_W$ times the bracket, $1/(1 - nu_W) - 1/nu_C - 1/nu_F$.",
                equation(nu_W * bracket, x),
            ),
            identity(
                "a difference",
                "For $nu_W > 0$ the difference $rho_{i+1} - rho_i$ is a positive factor times $x - i$: the "
                "weights do not fall as long as $i <= x$, and fall for $i > x$.",
                equation(rho[i + 1] - rho[i], nu_W ** (i - 1) * nu_C * nu_F * (1 - nu_W) * (x - i)),
                ["lag-weights"],
                given=[nu_W > 0],
            ),
            identity(
                "$nu_W = 0$",
                "Only $rho_0$ and $rho_1$ are left; their difference is a positive multiple of the bracket.",
                equation(rho[1] - rho[0], nu_C * nu_F * bracket),
                ["lag-weights"],
                given=[sympy.Eq(nu_W, 0)],
            ),
            argument(
                "the statement",
                "If $x >= 0$ the last $i$ with $rho_{i+1} >= rho_i$ is $floor(x)$, and the peak is at "
                "$floor(x) + 1$; if $x < 0$ there is none, and the peak is at 0.  For $nu_W > 0$, $x$ has "
                "the sign of the bracket; at $nu_W = 0$ it is 0, and the peak is at 1 or 0.",
                formula,
                ["the position", "a difference", "$nu_W = 0$"],
            ),
        ),
    )


@cache
def regimes() -> Statement:
    """Decay, linear growth, explosion."""
    ratio = equation(Limit(rho[i + 1] / rho[i], i, sympy.oo), nu_W)
    growth = Implies(sympy.Eq(nu_W, 1), equation(rho[i + 1] - rho[i], nu_C * nu_F))
    return Statement(
        name="regimes",
        title="Successive weights have the ratio $nu_W$ in the limit; at $nu_W = 1$ they grow by $nu_C nu_F$ "
        "a lag",
        formula=And(ratio, growth),
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=(),
        indices=(i,),
        conditions=POSITIVE,
        source=SOURCE,
        uses=(lag_weights(),),
        proof=(
            limit(
                "the ratio",
                "Geometric decay (vanishing gradients) for $nu_W$ below 1, explosion above.",
                ratio,
                ["lag-weights"],
            ),
            identity(
                "$nu_W = 1$",
                "On the border the weights grow linearly.",
                growth.args[1],
                ["lag-weights"],
                given=[sympy.Eq(nu_W, 1)],
            ),
            logic("the statement", "Together.", And(ratio, growth), ["the ratio", "$nu_W = 1$"]),
        ),
    )


@cache
def memory_length() -> Statement:
    """The least lag whose tail mass is below a bound."""
    epsilon, lam, k = symbols("epsilon lambda k")
    w = nu_W
    offset = closed_forms.memory_length_offset(*W_S_P)
    argument_of_w = closed_forms.memory_length_argument(epsilon, w**offset, sympy.log(w), w, nu_C * nu_F)
    lambert = Function("W_{-1}")
    formula = equation(m, maximum(0, sympy.ceiling(lambert(argument_of_w) / sympy.log(w) - offset)))
    tail = sympy.Sum(rho[i], (i, m, sympy.oo))
    linear = equation(tail, nu_C * nu_F / (w * (1 - w)) * (m + offset) * w**m)
    root = equation(
        closed_forms.memory_length_argument(
            nu_C * nu_F / (w * (1 - w)) * lam / sympy.log(w) * sympy.exp(lam) / w**offset,
            w**offset,
            sympy.log(w),
            w,
            nu_C * nu_F,
        ),
        lam * sympy.exp(lam),
    )
    slope = equation(
        sympy.Derivative((m + k) * sympy.exp(m * sympy.log(w)), m),
        (1 + (m + k) * sympy.log(w)) * sympy.exp(m * sympy.log(w)),
    )
    return Statement(
        name="memory-length",
        title="The least $m$ whose tail mass is at most $epsilon$, by Lambert's $W$",
        formula=formula,
        variables={
            "m": "memory length",
            "epsilon": "bound on the tail mass",
            "W_{-1}": "the branch of Lambert's $W$ with $W <= -1$; $W(y) exp(W(y)) = y$",
            **MEANING,
        },
        assumptions=(),
        indices=(i, m),
        conditions=(*POSITIVE, nu_W < 1, epsilon > 0, epsilon < closed_forms.total(*W_S_P)),
        source="Corless et al. 1996 for $W$",
        uses=(tail_mass(),),
        abbreviations={k: offset},
        proof=(
            identity(
                "one linear factor",
                "The tail mass is a geometric factor times a linear one.",
                linear,
                ["tail-mass"],
            ),
            identity(
                "the slope",
                "As a function of real $m$ it rises up to $(m + k) log nu_W = -1$ and falls from there to 0.",
                slope,
            ),
            identity(
                "the argument of $W$",
                "Where the tail mass is $epsilon$ put $lambda = (m + k) log nu_W$, so that $nu_W^{m+k} = "
                "exp(lambda)$: then $lambda exp(lambda)$ is the argument of $W$.",
                root,
                given=[sympy.Ne(sympy.log(w), 0)],
            ),
            argument(
                "the statement",
                "Being greater than $epsilon$ at $m = 0$, the tail mass equals $epsilon$ once for $m >= 0$,"
                " on the falling side, where $lambda <= -1$: the branch $W_{-1}$.  The least integer from "
                "there on is the ceiling.",
                formula,
                ["one linear factor", "the slope", "the argument of $W$"],
            ),
        ),
    )
