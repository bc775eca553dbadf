"""What the lag weights do: sums, shape, growth and memory, for symbolic lags and variances."""

from functools import cache

import sympy
from sympy import Function, Indexed, Integer, Symbol, symbols

from derivations import closed_forms
from derivations.proof import (
    Statement,
    conclusion,
    equals,
    identity,
    limit,
    sign,
    telescopes,
    telescoping,
    tends,
)
from derivations.symbols import i, nu_C, nu_F, nu_W

__all__ = [
    "generating_function",
    "mean_lag",
    "memory_length",
    "monotone",
    "partial_sum",
    "peak_lag",
    "recurrence",
    "regimes",
    "sensitivity",
    "tail_mass",
    "total",
]

m, z = symbols("m z")
VARIANCES = (nu_W, nu_F, nu_C)
MEANING = {
    "nu_W": "variance of the transition matrix's entries",
    "nu_F": "variance of the input matrix's entries",
    "nu_C": "variance of the readout matrix's entries",
}
NON_NEGATIVE = "$nu_W$, $nu_F$, $nu_C >= 0$"
SOURCE = "elementary; the weights are those of Emami et al. 2021"


def rho(lag: sympy.Expr) -> sympy.Expr:
    """The weight of a lag, with the network's variances."""
    return closed_forms.lag_weight(lag, *VARIANCES)


def in_closed_form(expression: sympy.Expr) -> sympy.Expr:
    """The expression with rho(k) for every rho[k]."""
    return expression.replace(
        lambda part: isinstance(part, Indexed) and str(part.base) == "rho", lambda part: rho(part.indices[0])
    )


@cache
def recurrence() -> Statement:
    """The weights obey a linear recurrence of order two, and the lag kernel a recursion of order one."""
    formula = sympy.Eq(
        Indexed("rho", i + 2),
        2 * nu_W * Indexed("rho", i + 1) - nu_W**2 * Indexed("rho", i),
        evaluate=False,
    )
    return Statement(
        name="recurrence",
        title="The lag weights obey $rho_{i+2} = 2 nu_W rho_{i+1} - nu_W^2 rho_i$",
        formula=formula,
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=("$i$ is an integer $>= 0$", NON_NEGATIVE),
        source=SOURCE,
        proof=(
            identity(
                "first order",
                "A lag further multiplies by $nu_W$ and opens one more place for the transition matrix.",
                rho(i + 1) - nu_W * rho(i),
                nu_C * nu_F * nu_W**i,
            ),
            conclusion(
                "The inhomogeneity is geometric, so applying the same difference again removes it.",
                formula,
                lambda formula: [("left - right", in_closed_form(formula.lhs - formula.rhs))],
            ),
        ),
    )


@cache
def generating_function() -> Statement:
    """G(z) = sum of rho_i z^i."""
    closed = closed_forms.generating_function(z, *VARIANCES)
    formula = sympy.Eq(sympy.Sum(Indexed("rho", i) * z**i, (i, 0, sympy.oo)), closed, evaluate=False)
    first, second = rho(Integer(0)), rho(Integer(1))
    return Statement(
        name="generating-function",
        title="The generating function of the lag weights",
        formula=formula,
        variables={"rho": "lag weights", "z": "formal variable", **MEANING},
        assumptions=("$|nu_W z| < 1$", NON_NEGATIVE),
        source=SOURCE,
        uses=(recurrence(),),
        proof=(
            conclusion(
                "By the recurrence $(1 - nu_W z)^2 G(z)$ has no power of $z$ above the first: it is $rho_0 "
                "+ (rho_1 - 2 nu_W rho_0) z$.",
                formula,
                equals((first + (second - 2 * nu_W * first) * z) / (1 - nu_W * z) ** 2),
            ),
            limit(
                "radius of convergence",
                "For $nu_W > 0$ the ratio of successive weights tends to $nu_W$, so the series converges "
                "for $|nu_W z| < 1$; for $nu_W = 0$ it is finite.",
                rho(i + 1) / rho(i),
                i,
                nu_W,
            ),
        ),
    )


@cache
def total() -> Statement:
    """The sum of all weights."""
    formula = sympy.Eq(
        sympy.Sum(Indexed("rho", i), (i, 0, sympy.oo)), closed_forms.total(*VARIANCES), evaluate=False
    )
    return Statement(
        name="total",
        title="The sum of all lag weights",
        formula=formula,
        variables={"rho": "lag weights", **MEANING},
        assumptions=("$nu_W < 1$", NON_NEGATIVE),
        source=SOURCE,
        uses=(generating_function(),),
        proof=(
            conclusion(
                "It is $G(1)$: for $nu_W < 1$ the generating function converges at $z = 1$.",
                formula,
                equals(closed_forms.generating_function(Integer(1), *VARIANCES)),
            ),
        ),
    )


@cache
def mean_lag() -> Statement:
    """The mean of the lag under the weights."""
    closed = closed_forms.generating_function(z, *VARIANCES)
    weights = sympy.Sum(Indexed("rho", i), (i, 0, sympy.oo))
    formula = sympy.Eq(
        sympy.Sum(i * Indexed("rho", i), (i, 0, sympy.oo)) / weights,
        closed_forms.mean_lag(*VARIANCES),
        evaluate=False,
    )
    return Statement(
        name="mean-lag",
        title="The mean lag under the weights",
        formula=formula,
        variables={"rho": "lag weights", **MEANING},
        assumptions=("$nu_W < 1$", NON_NEGATIVE, "$nu_F + nu_C > 0$"),
        source=SOURCE,
        uses=(generating_function(), total()),
        proof=(
            conclusion(
                "It is $G'(1)/G(1)$: inside its radius of convergence a power series is differentiated term "
                "by term.",
                formula,
                equals(sympy.diff(closed, z).subs(z, 1) / closed.subs(z, 1)),
            ),
        ),
    )


@cache
def partial_sum() -> Statement:
    """The sum of the first weights."""
    formula = sympy.Eq(
        sympy.Sum(Indexed("rho", i), (i, 0, m - 1)), closed_forms.partial_sum(m, *VARIANCES), evaluate=False
    )
    return Statement(
        name="partial-sum",
        title="The sum of the first $m$ lag weights",
        formula=formula,
        variables={"rho": "lag weights", "m": "number of lags", **MEANING},
        assumptions=("$m$ is an integer $>= 0$", "$nu_W != 1$ (the last step has $nu_W = 1$)", NON_NEGATIVE),
        source=SOURCE,
        proof=(
            conclusion(
                "By induction on $m$: the closed form is 0 for no lags, and lag $m$ adds $rho_m$.",
                formula,
                telescopes(rho(m), m),
                "induction",
            ),
            telescoping(
                "$nu_W = 1$",
                "Likewise where the weights grow linearly.",
                rho(m).subs(nu_W, 1),
                m,
                closed_forms.partial_sum_at_one(m, nu_F, nu_C),
            ),
        ),
    )


@cache
def tail_mass() -> Statement:
    """The sum of the weights from a lag on."""
    formula = sympy.Eq(
        sympy.Sum(Indexed("rho", i), (i, m, sympy.oo)), closed_forms.tail_mass(m, *VARIANCES), evaluate=False
    )
    return Statement(
        name="tail-mass",
        title="The sum of the lag weights from lag $m$ on",
        formula=formula,
        variables={"rho": "lag weights", "m": "first lag of the tail", **MEANING},
        assumptions=("$m$ is an integer $>= 0$", "$nu_W < 1$", NON_NEGATIVE),
        source=SOURCE,
        uses=(total(), partial_sum()),
        proof=(
            conclusion(
                "It is what the first $m$ weights leave of the total.",
                formula,
                equals(closed_forms.total(*VARIANCES) - closed_forms.partial_sum(m, *VARIANCES)),
            ),
        ),
    )


@cache
def sensitivity() -> Statement:
    """The derivative of a weight with respect to the transition variance."""
    formula = sympy.Eq(
        sympy.Derivative(Indexed("rho", i), nu_W), closed_forms.sensitivity(i, *VARIANCES), evaluate=False
    )
    return Statement(
        name="sensitivity",
        title="How a lag weight moves with the transition variance",
        formula=formula,
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=("$i$ is an integer $>= 0$", NON_NEGATIVE),
        source=SOURCE,
        proof=(
            conclusion(
                "Differentiate the closed form, for symbolic $i$.", formula, equals(sympy.diff(rho(i), nu_W))
            ),
            *(
                identity(
                    f"lag {lag}",
                    "There the symbolic form has a power of $nu_W$ below 0, with the coefficient 0.",
                    sympy.Derivative(rho(Integer(lag)), nu_W),
                    closed_forms.sensitivity(Integer(lag), *VARIANCES),
                )
                for lag in (0, 1)
            ),
        ),
    )


@cache
def monotone() -> Statement:
    """When the weights never increase from lag 0 on."""
    s, p = nu_C + nu_F, nu_C * nu_F

    formula = sympy.Equivalent(
        sympy.Ge(Indexed("rho", i), Indexed("rho", i + 1)), sympy.Le(nu_W, 1 - p / s), evaluate=False
    )

    def scaled_difference(margin: sympy.Expr) -> sympy.Expr:
        return nu_W * margin + i * p * (margin + p) / s

    return Statement(
        name="monotone",
        title="The lag weights never increase exactly if $nu_W <= 1 - nu_C nu_F / (nu_C + nu_F)$",
        formula=formula,
        variables={"rho": "lag weights", "i": "every lag $>= 0$", **MEANING},
        assumptions=("$nu_F$, $nu_C > 0$", "$nu_W >= 0$"),
        source=SOURCE,
        proof=(
            identity(
                "every lag",
                "The difference at every lag by the same margin, $rho_0 - rho_1$.",
                rho(i) - rho(i + 1),
                nu_W ** (i - 1) * scaled_difference(closed_forms.decay_margin(*VARIANCES)),
            ),
            sign(
                "if",
                "If the margin is not negative, every term is a product of what is not negative.  (At $nu_W "
                "= 0$ only the lags 0 and 1 have a weight.)",
                scaled_difference(Symbol("margin")),
                nonnegative=(i, Symbol("margin")),
            ),
            conclusion(
                "The criterion says that the margin is not negative: it is the margin divided by $nu_C + "
                "nu_F$.  By the last step it suffices for every lag; it is needed at lag 0.",
                formula,
                lambda formula: [
                    ("the margin", (bound.gts - bound.lts) - (rho(Integer(0)) - rho(Integer(1))) / s)
                    for bound in formula.args
                    if not bound.has(Indexed)
                ],
            ),
        ),
    )


@cache
def peak_lag() -> Statement:
    """Where the weights are greatest."""
    x = closed_forms.peak_position(*VARIANCES)
    bracket = 1 / (1 - nu_W) - 1 / nu_C - 1 / nu_F
    formula = sympy.Eq(
        Symbol("peak"),
        sympy.Piecewise((sympy.floor(nu_W * bracket) + 1, sympy.Ge(bracket, 0)), (0, True)),
        evaluate=False,
    )
    return Statement(
        name="peak-lag",
        title="The last lag of greatest weight",
        formula=formula,
        variables={"peak": "the last lag at which the weight is greatest", **MEANING},
        assumptions=("$nu_F$, $nu_C > 0$", "$0 <= nu_W < 1$"),
        source=SOURCE,
        abbreviations={Symbol("x"): x},
        proof=(
            identity(
                "rising up to $x$",
                "Let $x$ be $nu_W$ times the bracket, $1/(1 - nu_W) - 1/nu_C - 1/nu_F$.  For $nu_W > 0$ the "
                "difference $rho_{i+1} - rho_i$ is a factor times $x - i$.",
                rho(i + 1) - rho(i),
                nu_W ** (i - 1) * nu_C * nu_F * (1 - nu_W) * (x - i),
            ),
            sign(
                "a positive factor",
                "The factor, with $1 - nu_W = d$: the weights do not fall as long as $i <= x$, and fall for "
                "$i > x$.",
                nu_W ** (i - 1) * nu_C * nu_F * Symbol("d"),
                nonnegative=(),
            ),
            identity(
                "$nu_W = 0$",
                "Only $rho_0$ and $rho_1$ are left; their difference is a positive multiple of the bracket.",
                (rho(Integer(1)) - rho(Integer(0))).subs(nu_W, 0),
                (nu_C * nu_F * bracket).subs(nu_W, 0),
            ),
            conclusion(
                "If $x >= 0$ the last $i$ with $rho_{i+1} >= rho_i$ is $floor(x)$, and the peak is at "
                "$floor(x) + 1$; if $x < 0$ there is none, and the peak is at 0.  For $nu_W > 0$, $x$ has "
                "the sign of the bracket.",
                formula,
                lambda formula: [
                    ("the position", formula.rhs.args[0].expr.atoms(sympy.floor).pop().args[0] - x),
                    ("one further", formula.rhs.args[0].expr - sympy.floor(nu_W * bracket) - 1),
                    (
                        "the condition",
                        nu_W * (formula.rhs.args[0].cond.gts - formula.rhs.args[0].cond.lts) - x,
                    ),
                    ("otherwise", sympy.sympify(formula.rhs.args[1].expr)),
                ],
            ),
        ),
    )


@cache
def regimes() -> Statement:
    """Decay, linear growth, explosion."""
    formula = sympy.Eq(
        sympy.Limit(Indexed("rho", i + 1) / Indexed("rho", i), i, sympy.oo), nu_W, evaluate=False
    )
    return Statement(
        name="regimes",
        title="The weights decay, grow linearly or explode as $nu_W$ is below, at or above 1",
        formula=formula,
        variables={"rho": "lag weights", "i": "lag", **MEANING},
        assumptions=("$nu_W$, $nu_F$, $nu_C > 0$",),
        source=SOURCE,
        proof=(
            conclusion(
                "The ratio of successive weights tends to $nu_W$: geometric decay (vanishing gradients) "
                "below 1, explosion above.",
                formula,
                tends(rho(i + 1) / rho(i), i),
                "limit",
            ),
            identity(
                "$nu_W = 1$",
                "On the border the weights grow linearly, by the same amount at every lag.",
                rho(i + 1).subs(nu_W, 1) - rho(i).subs(nu_W, 1),
                nu_C * nu_F,
            ),
        ),
    )


@cache
def memory_length() -> Statement:
    """The least lag whose tail mass is below a bound."""
    epsilon, lam = symbols("epsilon lambda_")
    w = nu_W
    offset = closed_forms.memory_length_offset(*VARIANCES)
    argument = closed_forms.memory_length_argument(epsilon, w**offset, sympy.log(w), *VARIANCES)
    lambert = Function("W_{-1}")
    formula = sympy.Eq(
        m, sympy.Max(0, sympy.ceiling(lambert(argument) / sympy.log(w) - offset)), evaluate=False
    )
    root = lam / sympy.log(w) - offset
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
        assumptions=("$0 < nu_W < 1$", "$nu_F$, $nu_C > 0$", "$0 < epsilon <$ the total mass"),
        source="Corless et al. 1996 for $W$",
        uses=(tail_mass(),),
        abbreviations={Symbol("k"): offset},
        proof=(
            identity(
                "one linear factor",
                "The tail mass is a geometric factor times a linear one.",
                closed_forms.tail_mass(m, *VARIANCES),
                nu_C * nu_F / (w * (1 - w)) * (m + offset) * w**m,
            ),
            identity(
                "one root, on the branch $W_{-1}$",
                "As a function of real $m$ the tail mass rises up to $(m + k) log nu_W = -1$ and falls from "
                "there to 0.  Being greater than $epsilon$ at $m = 0$, it equals $epsilon$ once for $m >= "
                "0$, on the falling side; the least integer from there on is the ceiling.",
                sympy.diff((m + Symbol("k")) * w**m, m),
                w**m * (1 + (m + Symbol("k")) * sympy.log(w)),
            ),
            conclusion(
                "At the root put $lambda = (m + k) log nu_W$, so that $nu_W^{m+k} = exp(lambda)$.  There "
                "the tail mass is $epsilon$ exactly if $lambda exp(lambda)$ is the argument of $W$.",
                formula,
                lambda formula: [
                    (
                        "the root",
                        formula.rhs.atoms(sympy.ceiling).pop().args[0].subs(lambert(argument), lam) - root,
                    ),
                    (
                        "the argument",
                        formula.rhs.atoms(lambert)
                        .pop()
                        .args[0]
                        .subs(
                            epsilon,
                            nu_C * nu_F / (w * (1 - w)) * lam / sympy.log(w) * sympy.exp(lam) / w**offset,
                        )
                        - lam * sympy.exp(lam),
                    ),
                ],
            ),
        ),
    )
