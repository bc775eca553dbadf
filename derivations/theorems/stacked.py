"""Layers on top of one another: their limit layer by layer, and its rational generating function."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy
from flint import fmpq_series
from sympy import And, IndexedBase, KroneckerDelta, Sum, sqrt, symbols

from derivations.layered import stack_generating_function
from derivations.proof import Obligation, Statement
from derivations.rewriting import conjuncts
from derivations.rules import argument, definition, evidence, identity, induction, logic
from derivations.symbols import i, n, nu_C
from derivations.theorems.model import I_x, I_y, Vectors, equation
from derivations.theorems.pieces import at, joined, pairings_of, spelled_out
from derivations.theorems.two_point import Theta1, eta_C, plim
from derivations.theorems.universality import two_point_universality

__all__ = [
    "D",
    "alpha",
    "beta",
    "c",
    "f",
    "g",
    "stacked_generating_function",
    "stacked_layers",
    "stacked_weights",
    "w",
]

a, b, j, l, m, u, D = symbols("a b j l m u D")  # noqa: E741
c, f, g, k, s, w, alpha, beta = (
    IndexedBase(name) for name in ("c", "f", "g", "k", "s", "w", "alpha", "beta")
)
T, A, B = (IndexedBase(name) for name in "TAB")
F, H, H_, M = (Vectors(name) for name in ("F", "H", "H'", "M"))
LAYERS = {
    "f[l], w[l]": "variances of the input and of the transition matrix of layer $l$, counted from 1 below",
    "alpha[l], beta[l]": "multiples of the learning rate for the two",
    "nu_C, eta_C": "variance of the readout matrix, and its multiple",
    "D": "the number of layers",
}


def _delayed(summand: Any, less: int = 0) -> Sum:
    """A convolution over two lags, ``less`` steps later."""
    return Sum(summand, (a, 0, i - less), (b, 0, j - less))


@cache
def stacked_layers() -> Statement:
    """The recursion over the layers, for any transitions."""
    start = And(equation(s[0, i, j], KroneckerDelta(i, 0) * KroneckerDelta(j, 0)), equation(k[0, i, j], 0))
    covariances = equation(s[l + 1, i, j], f[l + 1] * _delayed(T[l + 1, a, b] * s[l, i - a, j - b]))
    derivatives = equation(
        k[l + 1, i, j],
        f[l + 1] * _delayed(T[l + 1, a, b] * k[l, i - a, j - b])
        + alpha[l + 1] * _delayed(T[l + 1, a, b] * s[l, i - a, j - b])
        + beta[l + 1] * _delayed(T[l + 1, a, b] * s[l + 1, i - 1 - a, j - 1 - b], less=1),
    )
    readout = equation(plim(Theta1[i, j]), (nu_C * k[D, i, j] + eta_C * s[D, i, j]) * I_y * I_x)
    formula = And(start, covariances, derivatives, readout)
    return Statement(
        name="stacked-layers",
        title="Layers on top of one another: $s_l = nu_F T_l s_{l-1}$, $k_l = T_l (nu_F k_{l-1} + eta_F "
        "s_{l-1}) + eta_W z w T_l s_l$ and $Theta = nu_C k_D + eta_C s_D$, coefficient by coefficient",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel of the network with rates",
            "s[l, i, j]": "the limit of the Gram $H_i' H_j / n$ of the impulse responses $H_i$ of the hidden "
            "states of layer $l$; $s_0 = 1$ is that of the input",
            "k[l, i, j]": "the limit of the sum of the products of the derivatives of one entry of $H_i$ and "
            "$H_j$ in all parameters of the layers 1, ..., $l$, times their rates",
            "T[l, a, b]": "the two-point function of layer $l$, as in two-point-kernel",
            **LAYERS,
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
        },
        assumptions=(
            "$h^l_t = M_l h^l_{t-1} + n^{-1/2} F_l h^{l-1}_t$, the lowest layer reading the input without "
            "the factor; the layers' matrices and the readout independent, each as in two-point-kernel",
            "$D$, $n_x$, $n_y$ and the lags fixed",
        ),
        indices=(i, j, l, m, a, b, D),
        source="derived here; the recursion over layers of Jacot, Gabriel and Hongler 2018, with two times",
        proof=(
            definition(
                "the layers",
                "In layer $l + 1$ the response to an impulse is kept by $M$ and fed by the layer below; the "
                "lowest reads $n^{1/2}$ times the input.",
                And(
                    equation(H[l + 1, 0], F[l + 1] * H[l, 0] / sqrt(n)),
                    equation(H[l + 1, i + 1], M[l + 1] * H[l + 1, i] + F[l + 1] * H[l, i + 1] / sqrt(n)),
                ),
            ),
            induction(
                "unrolled",
                "By induction on $i$.",
                equation(H[l + 1, i], Sum(M[l + 1] ** (i - a) * F[l + 1] * H[l, a], (a, 0, i)) / sqrt(n)),
                i,
                ["the layers"],
            ),
            definition(
                "Grams",
                "For one input; others have their own.",
                equation(s[l, i, j], plim(H_[l, i] * H[l, j] / n)),
            ),
            argument(
                "the input",
                "It is an impulse at lag 0, without parameters.",
                start,
                ["Grams"],
            ),
            argument(
                "covariances",
                "Given the layer below, $H_i' H_j / n$ is a sum over $a$ and $b$ of quadratic forms in the "
                "independent matrix $F_{l+1}$ around $M'^a M^b$: as in two-point-kernel they tend to their "
                "means, $f_{l+1} T_ab$ times the Gram below.",
                covariances,
                ["unrolled", "Grams"],
            ),
            argument(
                "derivatives",
                "Of an entry $q$ of $H_i$ in $F_{l+1}$: row $q$ of $M^a$ times the response below, so that "
                "the products add up to $T_ab$ times the Gram below.  In the trained part of $M_{l+1}$: "
                "the same, with the layer's own response one step earlier.  In what is below: by the chain "
                "rule row $q$ of $M^a F_{l+1}$ meets the derivatives of the layer below, whose products "
                "for different entries tend to 0 and for the same to $k_l$, and $F_{l+1}$ is independent "
                "of them: $f_{l+1} T_ab k_l$.",
                derivatives,
                ["unrolled"],
            ),
            argument(
                "the readout",
                "It is one more such matrix, without a memory.",
                readout,
                ["derivatives", "covariances"],
            ),
            logic(
                "the statement",
                "Layer by layer.",
                formula,
                ["the input", "covariances", "derivatives", "the readout"],
            ),
            evidence(
                "two layers by pairings",
                "For two layers of Gaussian matrices and lags $<= 2$ the leading coefficient of the exact "
                "mean, by Wick's theorem on the words of all derivatives.",
                _two_layers,
            ),
        ),
    )


def _two_layers(formula: Any) -> Iterator[Obligation]:
    starts: dict[Any, Any] = {}
    steps: dict[Any, Any] = {}
    readout = next(part.rhs for part in conjuncts(formula) if part.lhs.has(plim))
    for part in conjuncts(formula):
        if isinstance(part.lhs, sympy.Indexed):
            (starts if part.lhs.indices[0] == 0 else steps)[part.lhs.base] = part.rhs

    def value(name: sympy.Indexed) -> Any:
        """A number for s, k and T, whose transitions are dense."""
        layer, p, q = map(int, name.indices)
        if name.base == T:
            return w[layer] ** p if p == q else sympy.Integer(0)
        side = at(steps[name.base], l=layer - 1, i=p, j=q) if layer else at(starts[name.base], i=p, j=q)
        return numbers(spelled_out(side))

    def numbers(e: Any) -> Any:
        names = (part for part in e.atoms(sympy.Indexed) if part.base in (s, k, T))
        return e.xreplace({name: value(name) for name in names})

    for p, q in product(range(3), repeat=2):
        claimed = numbers(at(readout, D=2, i=p, j=q, I_y=1, I_x=1))
        yield f"Theta_{p},{q}", _leading(p, q) - claimed


def _leading(p: int, q: int) -> sympy.Expr:
    """The leading coefficient of E Theta_pq for two layers, one input and one output.

    The matrices are C, V and G of the upper layer, W and F of the lower; transposes are small letters.
    """
    rates = {"C": eta_C, "V": beta[2], "G": alpha[2], "W": beta[1], "F": alpha[1]}
    variances = {"C": nu_C, "V": w[2], "G": f[2], "W": w[1], "F": f[1]}
    responses = [["C" + "V" * x + "G" + "W" * (lag - x) + "F" for x in range(lag + 1)] for lag in (p, q)]
    total = sympy.Integer(0)
    for first, second in product(*responses):
        for x, y in product(range(len(first)), range(len(second))):
            if first[x] == second[y]:
                left = first[:x] + second[:y][::-1].swapcase()
                right = first[x + 1 :][::-1].swapcase() + second[y + 1 :]
                count = _pairings_of_degree(left, right, (p + q) // 2 + 2)
                parts = (variances[letter] for letter in first[:x] + first[x + 1 :])
                total += rates[first[x]] * count * sympy.Mul(*parts) if count else 0
    return total


def _pairings_of_degree(left: str, right: str, degree: int) -> int:
    """How many of Wick's pairings of two traces have so many free indices that run to n."""
    letters = left + right
    glued, ends = [], set()
    for start, word in ((0, left), (len(left), right)):
        for at_, letter in enumerate(word, start):
            follower = at_ + 1 if at_ + 1 < start + len(word) else start
            glued.append((2 * at_ + 1, 2 * follower))
            if letter in "CcFf":
                ends.add(2 * at_ + (letter in "cF"))
    count = 0
    for pairs in pairings_of([*range(len(letters))]):
        if all(letters[x].upper() == letters[y].upper() for x, y in pairs):
            edges = [*glued]
            for x, y in pairs:
                crossed = letters[x] != letters[y]
                edges += [(2 * x, 2 * y + crossed), (2 * x + 1, 2 * y + 1 - crossed)]
            free = [part for part in joined(2 * len(letters), edges) if not part & ends]
            count += len(free) == degree
    return count


@cache
def stacked_weights() -> Statement:
    """Dense layers: one lag instead of two."""
    dense = "dense transitions"
    own, below, slow = w[l + 1], f[l + 1], alpha[l + 1]
    recursion = And(
        equation(c[0, 0], 1),
        equation(c[0, i + 1], 0),
        equation(c[l + 1, 0], below * c[l, 0]),
        equation(c[l + 1, i + 1], own * c[l + 1, i] + below * c[l, i + 1]),
        equation(g[0, i], 0),
        equation(g[l + 1, 0], below * g[l, 0] + slow * c[l, 0]),
        equation(
            g[l + 1, i + 1],
            own * g[l + 1, i] + below * g[l, i + 1] + slow * c[l, i + 1] + beta[l + 1] * c[l + 1, i],
        ),
    )
    readout = equation(
        plim(Theta1[i, j]), (nu_C * g[D, i] + eta_C * c[D, i]) * KroneckerDelta(i, j) * I_y * I_x
    )
    formula = And(recursion, readout)
    return Statement(
        name="stacked-weights",
        title="The lag weights of stacked dense layers, $rho_i = nu_C g_{D,i} + eta_C c_{D,i}$, by a "
        "recursion over layers and lags",
        formula=formula,
        variables={
            "Theta1[i, j]": "the lag kernel of the network with rates",
            "c[l, i]": "$s_l$ at the lags $i$, $i$; it is 0 at different lags",
            "g[l, i]": "$k_l$ at the lags $i$, $i$",
            **LAYERS,
            "plim": "limit in probability as $n$ goes to infinity",
            "I_y, I_x": "the entries of the identity matrices of $n_y$ and $n_x$",
        },
        assumptions=(
            "as in stacked-layers, with transitions as in two-point-universality or two-point-invariant",
        ),
        indices=(i, j, l, m, a, b, D),
        source="derived here",
        uses=(stacked_layers(), two_point_universality()),
        proof=(
            argument(
                dense,
                "Each layer's transition has the two-point function of two-point-universality, with its own "
                "variance.",
                equation(T[l, a, b], w[l] ** a * KroneckerDelta(a, b)),
                ["two-point-universality", "stacked-layers"],
            ),
            definition("the recursion", "Over layers and lags.", recursion),
            identity(
                "the input",
                "An impulse.",
                equation(c[0, i], KroneckerDelta(i, 0)),
                ["the recursion"],
                splits=[i],
            ),
            induction(
                "covariances unrolled",
                "By induction on $i$: what arrives in a layer is kept with the factor $w_l$ a step.",
                equation(c[l + 1, i], below * Sum(own ** (i - a) * c[l, a], (a, 0, i))),
                i,
                ["the recursion"],
            ),
            induction(
                "derivatives unrolled",
                "Likewise, from three sources.",
                equation(
                    g[l + 1, i],
                    Sum(own ** (i - a) * (below * g[l, a] + slow * c[l, a]), (a, 0, i))
                    + beta[l + 1] * Sum(own ** (i - 1 - a) * c[l + 1, a], (a, 0, i - 1)),
                ),
                i,
                ["the recursion"],
            ),
            identity(
                "covariances counted backwards",
                "By steps since the arrival.",
                equation(c[l + 1, i], below * Sum(own**a * c[l, i - a], (a, 0, i))),
                ["covariances unrolled"],
            ),
            identity(
                "derivatives counted backwards",
                "Likewise.",
                equation(
                    g[l + 1, i],
                    below * Sum(own**a * g[l, i - a], (a, 0, i))
                    + slow * Sum(own**a * c[l, i - a], (a, 0, i))
                    + beta[l + 1] * Sum(own**a * c[l + 1, i - 1 - a], (a, 0, i - 1)),
                ),
                ["derivatives unrolled"],
            ),
            induction(
                "covariances at one lag",
                "By induction on $l$: of the double sum $b = a$ is left, and only where $i = j$.",
                equation(s[l, i, j], KroneckerDelta(i, j) * c[l, i]),
                l,
                ["stacked-layers", dense, "the input", "covariances counted backwards"],
                splits=[(i, j)],
            ),
            induction(
                "derivatives at one lag",
                "Likewise.",
                equation(k[l, i, j], KroneckerDelta(i, j) * g[l, i]),
                l,
                [
                    "stacked-layers",
                    dense,
                    "covariances at one lag",
                    "derivatives counted backwards",
                    "the recursion",
                ],
                splits=[(i, j)],
            ),
            identity(
                "the limit",
                "At the readout.",
                readout,
                ["stacked-layers", "covariances at one lag", "derivatives at one lag"],
            ),
            logic("the statement", "Together.", formula, ["the recursion", "the limit"]),
            evidence(
                "two layers by pairings",
                "For two layers of Gaussian matrices and lags $<= 2$ the leading coefficient of the exact "
                "mean, as in stacked-layers.",
                _two_dense_layers,
            ),
        ),
    )


def _two_dense_layers(formula: Any) -> Iterator[Obligation]:
    values = _by_recursion(formula)
    readout = next(part.rhs for part in conjuncts(formula) if part.lhs.has(plim))
    for p in range(3):
        claimed = at(readout, D=2, i=p, j=p, I_y=1, I_x=1)
        yield f"Theta_{p},{p}", _leading(p, p) - claimed.xreplace(values)


def _by_recursion(formula: Any) -> dict[Any, Any]:
    """c and g of up to two layers at lags up to 2, by the recursion that the formula has."""
    values: dict[Any, Any] = {}
    rules = {part.lhs: part.rhs for part in conjuncts(formula) if isinstance(part.lhs, sympy.Indexed)}
    for layer, lag, name in product(range(3), range(3), (c, g)):
        index = sympy.Integer(layer), sympy.Integer(lag)
        for left, right in rules.items():
            found = [
                x - constant
                for x, constant in zip(index, (y.subs({l: 0, i: 0}) for y in left.indices), strict=True)
            ]
            put = {l: found[0], i: found[1]}
            if (
                left.base == name
                and tuple(y.xreplace(put) for y in left.indices) == index
                and min(found) >= 0
            ):
                values[name[index]] = sympy.expand(right.xreplace(put).xreplace(values))
    return values


@cache
def stacked_generating_function() -> Statement:
    """The generating functions, to every order."""

    def series(name: IndexedBase, layer: Any) -> Sum:
        return name[layer, 0] + Sum(name[layer, i + 1] * u ** (i + 1), (i, 0, m - 1))

    geometric = 1 - w[l + 1] * u
    formula = And(
        equation(
            geometric * series(c, l + 1), f[l + 1] * series(c, l) - w[l + 1] * u ** (m + 1) * c[l + 1, m]
        ),
        equation(
            geometric * series(g, l + 1),
            f[l + 1] * series(g, l)
            + alpha[l + 1] * series(c, l)
            + beta[l + 1] * u * series(c, l + 1)
            - u ** (m + 1) * (w[l + 1] * g[l + 1, m] + beta[l + 1] * c[l + 1, m]),
        ),
    )
    return Statement(
        name="stacked-generating-function",
        title="To every order in $u = z w$ the generating functions of stacked layers are rational: $s_l = "
        "nu_F s_{l-1} / (1 - nu_W u)$, $k_l = (nu_F k_{l-1} + eta_F s_{l-1} + eta_W u s_l) / (1 - nu_W u)$",
        formula=formula,
        variables={
            "c[l, i], g[l, i]": "coefficients of $u^i$ in $s_l$ and in $k_l$, of stacked-weights",
            "m": "the order: what is beyond it, from $u^{m+1}$ on, is all that is left out, so that the "
            "equations hold without it for formal power series",
            "u": "any number, or an indeterminate",
            **{name: LAYERS[name] for name in ("f[l], w[l]", "alpha[l], beta[l]")},
        },
        assumptions=(),
        indices=(i, j, l, m, a, b, D),
        source="derived here",
        uses=(stacked_weights(),),
        proof=(
            induction(
                "the statement",
                "By induction on $m$: the recursion is what the coefficients of $u^{m+1}$ say.",
                formula,
                m,
                ["stacked-weights"],
            ),
            evidence(
                "power series",
                "For two layers with given variances and rates the rational functions, expanded to order 3.",
                _expansions,
            ),
        ),
    )


def _expansions(formula: Any) -> Iterator[Obligation]:
    primes = iter((2, 3, 5, 7, 11, 13, 17, 19))
    parts = {name[layer]: next(primes) for name, layer in product((w, f, alpha, beta), (1, 2))}
    values: dict[Any, Any] = {name: sympy.Integer(prime) for name, prime in parts.items()}
    for count, name in product(range(3), (c, g)):
        layers = [(parts[w[k]], parts[f[k]], parts[beta[k]], parts[alpha[k]]) for k in range(1, count + 1)]
        readout = (0, 1) if name == c else (1, 0)
        expanded = stack_generating_function(layers, *readout, fmpq_series([0, 1], prec=4))
        for lag in range(4):
            values[name[count, lag]] = sympy.Integer(int(fmpq_series(expanded, prec=4)[lag].p))
    for layer, order in product(range(2), range(4)):
        for part in conjuncts(formula):
            difference = spelled_out(at(part.lhs - part.rhs, l=layer, m=order))
            yield f"layer {layer + 1}, order {order}", sympy.expand(difference.xreplace(values))
