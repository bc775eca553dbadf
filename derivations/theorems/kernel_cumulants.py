r"""The lag kernel's joint cumulants: the fluctuations are Gaussian in the limit.

By power counting a joint cumulant of u traces with L letters has the degree L/2 + 2 - u in n at most
(:mod:`derivations.theorems.trace_cumulants`).  Given W, P and Q are quadratic forms, so a joint cumulant of s
of their entries is a sum over partitions of cumulants of traces, one for each block: O(n^{1-s}).  The lag
kernel's entries are sums of products of two; in a partition of r of them that connects all, blocks of s
factors make s - 1 links, so the cumulant is O(n^{1-r}), and times n^{r/2} it vanishes for r >= 3.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from sympy import And, Implies, IndexedBase, Integer, symbols

from derivations.lag_kernel import inner_products
from derivations.proof import Obligation, Statement
from derivations.rules import argument, evidence, logic, sign
from derivations.stein import expectation
from derivations.symbols import n
from derivations.theorems.model import GAUSSIAN, at_most, deg
from derivations.theorems.network import lag_kernel
from derivations.theorems.pieces import LOOP_EQUATIONS, at
from derivations.theorems.trace_cumulants import trace_cumulants

__all__ = ["finite_width_fluctuations"]

r, s, x = symbols("r s x")


@cache
def finite_width_fluctuations() -> Statement:
    """The fluctuations are jointly Gaussian in the limit: their cumulants of order three and more vanish."""
    joint, of_traces, of_grams, block = (IndexedBase(name) for name in ("K", "kappa", "gamma", "beta"))
    factors, blocks = IndexedBase("N"), IndexedBase("B")
    L, u = symbols("L u")
    order_of = at_most(joint[r], 1 - r)
    vanishing = sympy.Le(r / 2 + deg(joint[r]), -sympy.Rational(1, 2), evaluate=False)
    formula = And(order_of, Implies(r >= 3, vanishing))
    return Statement(
        name="finite-width-fluctuations",
        title="A joint cumulant of $r$ entries of $Theta$ is $O(n^{1-r})$: times $n^{r/2}$ it vanishes for "
        "$r >= 3$",
        formula=formula,
        variables={
            "K[r]": "any joint cumulant of $r$ entries of the lag kernel, of fixed lags: a polynomial in "
            "$1/n$",
            "deg": "the greatest power of $n$ in it",
        },
        assumptions=(GAUSSIAN, "$n_x$, $n_y$ and the lags fixed"),
        indices=(r, s, u, L),
        conditions=(r >= 1,),
        source=LOOP_EQUATIONS,
        uses=(lag_kernel(), trace_cumulants()),
        proof=(
            logic(
                "traces",
                "For $u$ traces with $L$ letters.",
                at_most(of_traces[u, L], L / 2 + 2 - u),
                ["trace-cumulants"],
                given=[u >= 1],
                at={"trace-cumulants": {r: u}},
            ),
            argument(
                "cumulants of quadratic forms",
                "Given $W$, $kappa(f' A_1 f, ..., f' A_s f)$ is a sum of traces of products of the $A$'s and "
                "their transposes, and $P$ and $Q$ are independent (Magnus 1978).  A joint cumulant is the "
                "sum over partitions of the cumulant of the blocks' conditional cumulants (Brillinger "
                "1969).  So for $s$ entries of $P$ and $Q$ with $L$ letters it is a sum of terms $beta$, "
                "each $n^{-s-L/2}$ times a joint cumulant of $u$ traces, one for each block.",
                at_most(block[s, u, L], deg(of_traces[u, L]) - L / 2 - s),
            ),
            sign(
                "order of a partition",
                "It is greatest for one block.",
                at_most(block[s, u, L], 1 - s),
                ["cumulants of quadratic forms", "traces"],
                given=[u >= 1],
            ),
            argument(
                "cumulants of the Grams",
                "Those of $s$ entries, $gamma_s$, are finite sums of such terms.",
                at_most(of_grams[s], 1 - s),
                ["order of a partition"],
                given=[s >= 1],
            ),
            argument(
                "connected partitions",
                "The entries of the lag kernel are sums of products of entries of $P$ and $Q$.  The joint "
                "cumulant of $r$ products is a sum over partitions of their factors that connect the "
                "products, of products of the blocks' joint cumulants (Leonov and Shiryaev 1959).  Let $N_r$ "
                "be the number of factors and $B_r$ that of blocks where the order is greatest.  A block of "
                "$s$ factors makes $s - 1$ of the $r - 1$ links that are needed at most.",
                sympy.Ge(factors[r] - blocks[r], r - 1, evaluate=False),
            ),
            argument(
                "a partition's order",
                "The degrees $1 - s$ of the blocks add up to $B_r - N_r$.",
                at_most(joint[r], blocks[r] - factors[r]),
                ["lag-kernel", "cumulants of the Grams"],
            ),
            sign(
                "the order",
                "So $B_r - N_r <= 1 - r$.",
                order_of,
                ["a partition's order", "connected partitions"],
            ),
            sign(
                "cumulants of order three and more",
                "$sqrt(n)$ times each entry: $r/2 + 1 - r$ is negative.",
                vanishing,
                ["the order"],
                given=[r >= 3],
            ),
            logic(
                "the statement",
                "Together: of $sqrt(n) (Theta - E Theta)$ only the covariances are left in the limit, as of "
                "a Gaussian.",
                formula,
                ["the order", "cumulants of order three and more"],
            ),
            evidence(
                "exact third cumulants",
                "For $n_x = n_y = 1$ and unit variances those of triples of $Theta_00$, $Theta_11$, "
                "$Theta_01$, $Theta_02$ and $Theta_22$, with at most ten letters $W$.",
                _third_cumulants,
            ),
        ),
    )


def _third_cumulants(formula: Any) -> Iterator[Obligation]:
    claim = at(next(part for part in formula.args if not isinstance(part, Implies)), r=3)
    for first, second, third in combinations_with_replacement([(0, 0), (1, 1), (0, 1), (0, 2), (2, 2)], 3):
        if sum(first + second + third) <= 10:
            one, two, three = map(_theta_moment, (first, second, third))
            cumulant = (
                _theta_moment(first, second, third)
                - one * _theta_moment(second, third)
                - two * _theta_moment(first, third)
                - three * _theta_moment(first, second)
                + 2 * one * two * three
            )
            powers = sympy.Poly(sympy.expand(cumulant.subs(n, 1 / x)), x).monoms()
            least = min(power for (power,) in powers) if cumulant.expand() != 0 else -claim.rhs
            degree = {claim.lhs: Integer(-least)}
            yield f"Theta at {first}, {second}, {third}", claim.xreplace(degree)


@cache
def _theta_moment(*lags: tuple[int, int]) -> sympy.Expr:
    """E of the product of Theta_ij over the lags (i, j), for n_x = n_y = 1 and unit variances."""
    if sum(map(sum, lags)) % 2:
        return Integer(0)
    degree = sum(map(sum, lags)) // 2 + len(lags)
    terms = ([term for letter in "CFW" for term in inner_products(i, j, letter)] for i, j in lags)
    products = Counter(
        tuple(sorted(word for term in choice for word in term if word)) for choice in product(*terms)
    )
    orders: Counter[int] = Counter()
    for words, multiplicity in products.items():
        for (power, _, _), count in expectation(words).to_dict().items():
            orders[degree - power] += multiplicity * int(count)
    return sympy.Add(*(count / n**order for order, count in orders.items()))
