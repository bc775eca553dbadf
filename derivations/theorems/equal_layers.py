"""Stacked layers that are alike: their lag weights in closed form."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import And, IndexedBase, KroneckerDelta, Sum, symbols

from derivations import closed_forms
from derivations.layered import stack_weights
from derivations.proof import Obligation, Statement
from derivations.rules import argument, definition, evidence, identity, induction
from derivations.symbols import i, nu_C, nu_F, nu_W
from derivations.theorems.model import MEANING, I_x, I_y, equation
from derivations.theorems.pieces import at
from derivations.theorems.stacked import D, alpha, beta, c, f, g, stacked_weights, w
from derivations.theorems.two_point import RATES, Theta1, eta_C, eta_F, eta_W, plim

__all__ = ["equal_layers"]

a, j, l = symbols("a j l")  # noqa: E741
h, x, y = (IndexedBase(name) for name in "hxy")


@cache
def equal_layers() -> Statement:
    """The lag weights of D equal layers."""
    weight = closed_forms.lag_weight(i, nu_W, eta_C * nu_F + D * eta_F * nu_C, eta_W * nu_C * nu_F)
    formula = equation(
        plim(Theta1[i, j]), h[D - 1, i] * nu_F ** (D - 1) * weight * KroneckerDelta(i, j) * I_y * I_x
    )
    energy = nu_F ** (l + 1) * nu_W**i * h[l, i]
    tangent = h[l, i] * nu_F**l * closed_forms.lag_weight(i, nu_W, (l + 1) * eta_F, eta_W * nu_F)
    alike, triangle, one = "all alike", "Pascal's triangle", "one way"
    left, lowest, above = "what is left of the", "the lowest layer", "a layer above"
    return Statement(
        name="equal-layers",
        title="$D$ equal layers have the weights $binom(i+D-1, i) nu_F^{D-1} ((eta_C nu_F + D eta_F nu_C) "
        "nu_W^i + eta_W nu_C nu_F i nu_W^{i-1})$",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel of the network with rates",
            "h[l, i]": "the binomial coefficient $binom(i+l, i)$, by Pascal's triangle: the number of ways "
            "to spread $i$ steps of time over $l + 1$ layers",
            "D": "the number of layers",
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
            **RATES,
            **MEANING,
        },
        assumptions=("as in stacked-weights, all layers of the same variances and rates",),
        indices=(i, j, l, a, D),
        conditions=(D >= 1,),
        source="derived here",
        uses=(stacked_weights(),),
        proof=(
            argument(
                alike,
                "It is assumed.",
                And(
                    equation(f[l], nu_F),
                    equation(w[l], nu_W),
                    equation(alpha[l], eta_F),
                    equation(beta[l], eta_W),
                ),
            ),
            definition(
                triangle,
                "Along its diagonals.",
                And(
                    equation(h[0, i], 1),
                    equation(h[l + 1, 0], 1),
                    equation(h[l + 1, i + 1], h[l + 1, i] + h[l, i + 1]),
                ),
            ),
            identity(one, "At lag 0.", equation(h[l, 0], 1), [triangle], splits=[l]),
            induction(
                "covariances at lag 0",
                "By induction on $l$.",
                equation(c[l, 0], nu_F**l),
                l,
                ["stacked-weights", alike],
            ),
            identity(
                "derivatives at lag 0, layer by layer",
                "The transition has no share.",
                equation(g[l + 1, 0], nu_F * g[l, 0] + eta_F * nu_F**l),
                ["stacked-weights", alike, "covariances at lag 0"],
            ),
            identity("the input", "It has no parameters.", equation(g[0, i], 0), ["stacked-weights"]),
            induction(
                "derivatives at lag 0",
                "By induction on $l$.",
                equation(g[l + 1, 0], (l + 1) * eta_F * nu_F**l),
                l,
                ["derivatives at lag 0, layer by layer", "the input"],
            ),
            identity(
                lowest,
                "It is fed by an impulse.",
                And(
                    equation(c[1, i + 1], nu_W * c[1, i]),
                    equation(g[1, i + 1], nu_W * g[1, i] + eta_W * c[1, i]),
                ),
                ["stacked-weights", alike, "stacked-weights"],
            ),
            identity(
                above,
                "By the recursion.",
                And(
                    equation(c[l + 2, i + 1], nu_W * c[l + 2, i] + nu_F * c[l + 1, i + 1]),
                    equation(
                        g[l + 2, i + 1],
                        nu_W * g[l + 2, i]
                        + nu_F * g[l + 1, i + 1]
                        + eta_F * c[l + 1, i + 1]
                        + eta_W * c[l + 2, i],
                    ),
                ),
                ["stacked-weights", alike],
            ),
            definition(
                f"{left} covariances",
                "Let $x$ be $c_{l+1}$ less what is claimed of it.",
                equation(x[l, i], c[l + 1, i] - energy),
            ),
            *_vanishes(
                x,
                "covariances",
                ["covariances at lag 0", lowest, triangle, one],
                [above, triangle],
            ),
            identity(
                "the covariances",
                "So they are known.",
                equation(c[l + 1, i], x[l, i] + energy),
                [f"{left} covariances"],
            ),
            definition(
                f"{left} derivatives",
                "Let $y$ be $g_{l+1}$ less what is claimed of it.",
                equation(y[l, i], g[l + 1, i] - tangent),
            ),
            *_vanishes(
                y,
                "derivatives",
                ["derivatives at lag 0", lowest, "the covariances", "no covariances left", triangle, one],
                [above, "the covariances", "no covariances left", triangle],
            ),
            identity(
                "the derivatives",
                "Known as well.",
                equation(g[l + 1, i], y[l, i] + tangent),
                [f"{left} derivatives"],
            ),
            identity(
                "the statement",
                "At the readout of layer $D$.",
                formula,
                [
                    "stacked-weights",
                    "the covariances",
                    "no covariances left",
                    "the derivatives",
                    "no derivatives left",
                ],
            ),
            evidence(
                "the recursion run",
                "Up to three layers and lag 4 the recursion over layers and lags, exactly.",
                _recursion,
            ),
        ),
    )


def _vanishes(name: IndexedBase, what: str, below: list[str], above: list[str]) -> tuple[Any, ...]:
    """The steps that a difference is 0: it obeys the recursion, and nothing feeds it."""
    left = f"what is left of the {what}"
    return (
        identity(
            f"the {what} of the lowest layer",
            "What feeds it is an impulse.",
            And(equation(name[l, 0], 0), equation(name[0, i + 1], nu_W * name[0, i])),
            [left, *below],
        ),
        identity(
            f"the recursion of the {what}",
            "The rest of the recursion is Pascal's rule.",
            equation(name[l + 1, i + 1], nu_W * name[l + 1, i] + nu_F * name[l, i + 1]),
            [left, *above],
        ),
        induction(
            f"{what} unrolled",
            "By induction on $i$.",
            equation(name[l + 1, i], nu_F * Sum(nu_W ** (i - 1 - a) * name[l, a + 1], (a, 0, i - 1))),
            i,
            [f"the {what} of the lowest layer", f"the recursion of the {what}"],
        ),
        induction(
            f"the lowest {what}",
            "By induction on $i$.",
            equation(name[0, i], 0),
            i,
            [f"the {what} of the lowest layer"],
        ),
        induction(
            f"no {what} left",
            "By induction on $l$.",
            equation(name[l, i], 0),
            l,
            [f"the lowest {what}", f"{what} unrolled"],
        ),
    )


def _recursion(formula: Any) -> Iterator[Obligation]:
    for count in range(1, 4):
        exact = stack_weights([(nu_W, nu_F, eta_W, eta_F)] * count, nu_C, eta_C, 5)
        for p, q in product(range(5), repeat=2):
            claimed = at(formula.rhs, D=count, i=p, j=q, I_y=1, I_x=1)
            number = sympy.binomial(p + count - 1, p)
            value = claimed.xreplace({h[count - 1, p]: number})
            yield f"Theta_{p},{q} of {count} layers", value - (exact[p] if p == q else 0)
