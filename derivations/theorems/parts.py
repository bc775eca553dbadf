"""What more a network may have: biases with rates, for any transition, and a trained initial state."""

from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from typing import Any

import sympy
from sympy import And, IndexedBase, Integer, KroneckerDelta, Min, Sum, Symbol, symbols

from derivations import closed_forms
from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, lemma, logic
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, I_x, I_y, cov, equation
from derivations.theorems.pieces import at, spelled_out
from derivations.theorems.two_point import RATES, T, eta_C, eta_F, eta_W, plim, two_point_kernel
from derivations.theorems.universality import T0, two_point_universality

__all__ = ["hidden_bias", "initial_state", "readout_bias"]

a, b, j, s, t = symbols("a b j s t")
nu, eta = symbols("nu eta")
Theta2, K, v, y = (IndexedBase(name) for name in ("Theta2", "K2", "v", "y"))
COLUMN = {
    "nu, eta": "variance of the part's entries, and the multiple of the learning rate for it",
    "plim": "limit in probability as $n$ goes to infinity",
    "T[a, b]": "the two-point function of the transition, as in two-point-kernel",
    "T0[a, b]": "that of two-point-universality",
    "I_y": "the entry of the identity matrix of $n_y$",
    **RATES,
    **{name: meaning for name, meaning in MEANING.items() if name != "nu_F"},
}
INDEPENDENT = "the transition and the readout as in two-point-kernel; the part independent of all others"
SOURCE = "derived here"


def _column(name: IndexedBase, first: Any, second: Any) -> Any:
    """The limit of the lag kernel of one more column of F, with a variance and a rate of its own."""
    places = Sum(name[a, b] * name[first - 1 - a, second - 1 - b], (a, 0, first - 1), (b, 0, second - 1))
    return (eta_C * nu + eta * nu_C) * name[first, second] + eta_W * nu_C * nu * places


def _of_the_column(what: str) -> Any:
    """The step that reads two-point-kernel for one more column."""
    return argument(
        "one more column",
        f"{what}.  The columns of $F$ are independent, and two-point-kernel speaks of each alone, with its "
        "own variance and rate; let $Theta2_ij$ be the lag kernel of this one.",
        equation(
            plim(Theta2[i, j]),
            two_point_kernel().formula.rhs.xreplace({nu_F: nu, eta_F: eta, I_x: Integer(1)}),
        ),
        ["two-point-kernel"],
    )


@cache
def initial_state() -> Statement:
    """A trained initial state is an impulse one step before the first input."""
    general = equation(plim(K[t, s]), _column(T, t + 1, s + 1) * I_y)
    weight = closed_forms.lag_weight(t + 1, nu_W, eta_C * nu + eta * nu_C, eta_W * nu_C * nu)
    dense = equation(_column(T0, t + 1, s + 1), weight * KroneckerDelta(t, s))
    formula = And(general, dense)
    return Statement(
        name="initial-state",
        title="A trained initial state is an impulse one step before the first input: with a dense "
        "transition it adds $rho_{t+1}$, of its own variance and rate, at equal times",
        formula=formula,
        variables={
            "K2[t, s]": "what the initial state $h_{-1}$ adds to the NTK at times $t$ and $s$: the share "
            "of its own parameters, and that of the readout's and the transition's which it lets through",
            **COLUMN,
        },
        assumptions=(INDEPENDENT,),
        indices=(t, s, i, j, a, b),
        source=SOURCE,
        uses=(two_point_kernel(), two_point_universality()),
        proof=(
            _of_the_column(
                "$h_0 = M h_{-1} + F x_0$, so $y_t$ has the further term $n^{-1/2} C M^{t+1} h_{-1}$: the "
                "response at lag $t + 1$ to an input that is 1 at time $-1$ and 0 ever after, $h_{-1}$ "
                "being its column of $F$"
            ),
            argument(
                "one step before",
                "That input is seen at lag $t + 1$ at time $t$.  The kernel's entries between different "
                "columns of $F$ tend to 0, so that what is added is this column's.",
                equation(plim(K[t, s]), plim(Theta2[t + 1, s + 1])),
            ),
            identity("any transition", "Together.", general, ["one step before", "one more column"]),
            identity(
                "a dense one",
                "As in two-point-weights, at lag $t + 1$.",
                dense,
                ["two-point-universality"],
                splits=[(t, s)],
            ),
            logic("the statement", "Both.", formula, ["any transition", "a dense one"]),
            evidence(
                "written out",
                "For $t$, $s <= 3$ the sum over the places of the transition, term by term.",
                partial(_sums, times=4),
            ),
        ),
    )


def _sums(formula: Any, times: int) -> Iterator[Obligation]:
    """The formula for any transition, with the powers of a dense one, against the formula for that."""
    general, dense = sorted(conjuncts(formula), key=lambda part: not part.lhs.has(plim))
    for p in range(times):
        for q in range(times):
            value = spelled_out(at(general.rhs, t=p, s=q, I_y=1))
            powers = {name: _dense(*name.indices) for name in value.atoms(sympy.Indexed)}
            yield f"times {p}, {q}", value.xreplace(powers) - spelled_out(at(dense.rhs, t=p, s=q))


def _dense(p: sympy.Integer, q: sympy.Integer) -> sympy.Expr:
    """The two-point function of a dense transition."""
    return nu_W ** int(p) if p == q else sympy.Integer(0)


@cache
def hidden_bias() -> Statement:
    """A bias of the hidden states is an input that is constantly one, for any transition."""
    lags = (i, 0, t), (j, 0, s)
    general = equation(plim(K[t, s]), Sum(_column(T, i, j), *lags) * I_y)
    weight = closed_forms.lag_weight(i, nu_W, eta_C * nu + eta * nu_C, eta_W * nu_C * nu)
    dense = equation(Sum(v[i, j], *lags), Sum(weight, (i, 0, Min(t, s))))
    formula = And(general, dense)
    return Statement(
        name="hidden-bias",
        title="What a bias of the hidden states adds to the NTK, for any transition and rates: the sum of "
        "the limit over the lags of both times",
        formula=formula,
        variables={
            "K2[t, s]": "what the bias adds to the NTK at times $t$ and $s$: the share of its own "
            "parameters, and that of the readout's and the transition's which it lets through",
            "v[i, j]": "the summand for a dense transition, with $T0$ in place of $T$",
            **COLUMN,
        },
        assumptions=(INDEPENDENT,),
        indices=(t, s, i, j, a, b),
        source=SOURCE + "; bias is this for a dense transition and all rates 1, in closed form",
        uses=(two_point_kernel(), two_point_universality()),
        proof=(
            _of_the_column("$F x_t + b = [F b] [x_t; 1]$"),
            argument(
                "constantly 1",
                "$y_t$ has the further terms $n^{-1/2} C M^i b$, one for every lag $i <= t$, and the "
                "kernel adds up over pairs of lags.  Its entries between different columns of $F$ tend to "
                "0, so that what is added is this column's.",
                equation(plim(K[t, s]), Sum(plim(Theta2[i, j]), *lags)),
            ),
            identity("any transition", "Together.", general, ["constantly 1", "one more column"]),
            definition(
                "one weight",
                "Let $v_ij$ be the summand with $T0$ in place of $T$.",
                equation(v[i, j], _column(T0, i, j)),
            ),
            identity(
                "its value",
                "As in two-point-weights.",
                equation(v[i, j], weight * KroneckerDelta(i, j)),
                ["one weight", "two-point-universality"],
                splits=[(i, j)],
            ),
            identity(
                "a dense one",
                "Only equal lags are left.",
                dense,
                ["its value"],
                splits=[(t, s)],
            ),
            logic("the statement", "Both.", formula, ["any transition", "a dense one"]),
            evidence(
                "written out",
                "For $t$, $s <= 2$ the sums over lags and places, term by term.",
                partial(_sums, times=3),
            ),
        ),
    )


@cache
def readout_bias() -> Statement:
    """A bias of the readout adds a constant, at every width."""
    beta = Symbol("beta")
    gain = cov(y[t] + beta, y[s] + beta) - cov(y[t], y[s])
    formula = And(equation(K[t, s], eta), equation(gain, nu))
    return Statement(
        name="readout-bias",
        title="A bias of the readout adds its rate to the NTK and its variance to the covariance of the "
        "outputs, at every width and all times",
        formula=formula,
        variables={
            "K2[t, s]": "what the bias adds to the NTK at times $t$ and $s$, times the identity of $n_y$",
            "y[t]": "an output without it",
            "beta": "its bias",
            "cov": "covariance",
            "nu, eta": COLUMN["nu, eta"],
        },
        assumptions=("the bias is independent of all other parameters and of variance $nu$",),
        indices=(t, s),
        source=SOURCE,
        proof=(
            argument(
                "derivatives",
                "Of every output in its own bias the derivative is 1, in another's 0; those in the other "
                "parameters are what they were.",
                equation(K[t, s], eta),
            ),
            lemma(
                "covariances",
                "They are bilinear, and of the four two are of independent variables, hence 0.",
                equation(gain, nu),
            ),
            logic("the statement", "Both.", formula, ["derivatives", "covariances"]),
            evidence(
                "a bias of two values",
                "Outputs that are multiples of 1 or $-1$ at random, and an independent bias of 3 or $-3$, "
                "exactly.",
                _two_values,
            ),
        ),
    )


def _two_values(formula: Any) -> Iterator[Obligation]:
    """Covariances by enumeration; the derivatives by SymPy."""
    (added,) = (part for part in conjuncts(formula) if part.lhs.has(cov))
    (slope,) = (part for part in conjuncts(formula) if not part.lhs.has(cov))
    bias, output = symbols("beta"), symbols("u")
    outcomes = [*product((-3, 3), (-1, 1))]

    def mean(e: Any) -> Any:
        return sympy.Add(*(e.subs({bias: x, output: z}) for x, z in outcomes)) / len(outcomes)

    def covariance(first: Any, second: Any) -> Any:
        first, second = (e.subs({y[t]: output, y[s]: 2 * output}) for e in (first, second))
        return mean(first * second) - mean(first) * mean(second)

    yield "covariance", added.lhs.replace(cov, covariance) - added.rhs.subs(nu, 9)
    derivatives = [sympy.diff(y[at_] + bias, bias) for at_ in (t, s)]
    yield "derivatives", eta * derivatives[0] * derivatives[1] - slope.rhs
