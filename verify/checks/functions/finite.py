r"""Laws of a finite width, for sequences of numbers (n_x = n_y = 1), against counting.

Moments are counted: the sum over all pairings of equal letters (:mod:`derivations.pairings`).  At width 1
all matrices are numbers, and ``E g^(2k) = (2k-1)!!`` gives every lag.  With the Grams P and Q of
:mod:`numeric.finite_width`,

    Theta_ij = Q_ij + P_ij + sum_{a<i, b<j} P_ab Q_{i-1-a, j-1-b},

so the laws to first order follow from those of P and Q term by term: about their means ``nu_C nu_W^a
delta_ab`` and ``nu_F nu_W^a delta_ab`` they fluctuate independently, with

    n Cov(Q_ab, Q_cd) -> nu_F^2 nu_W^((a+b+c+d)/2) (1 + min(a, b, c, d)) ([a-b = c-d] + [a-b = d-c]).

Widths are found by bisection.  Where the bias is a prediction (beyond lag 12), its coefficient of n^-2 at
unit variances is a polynomial of degree 5 in the lag but for ``(-1)^i`` (statement
``finite-width-second-order``): it is continued from the exact means of the first lags.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, islice, product
from math import comb, prod
from typing import Any

import numpy as np

import derivations
import numeric
from verify.checks.functions.cases import Case, Cases, Comparison, equal, nearest, refused
from verify.checks.functions.limit import AT_RATES, random_variances, weights, with_rates

__all__ = [
    "COMPARISONS",
    "covariance_law",
    "gaussian_moment",
    "theta_law",
    "theta_moment",
    "theta_terms",
    "word",
]

Triple = tuple[Fraction, ...]
Product = tuple[tuple[str, int, int], ...]
"""A product of entries of the Grams: which, "P" or "Q", and where."""

UNIT = (Fraction(1), Fraction(1), Fraction(1))
FAR = 10**60
"""A width at which the coefficients of n^-k are digits that do not overlap."""


def theta_terms(i: int, j: int) -> list[Product]:
    """Theta_ij as a sum of products of entries of P and Q."""
    inner = [(("P", a, b), ("Q", i - 1 - a, j - 1 - b)) for a, b in product(range(i), range(j))]
    return [(("Q", i, j),), (("P", i, j),), *inner]


def word(factor: str, a: int, b: int) -> str:
    """The word of which P_ab, Q_ab or ``L_a L_b`` is the trace, but for powers of n.

    >>> word("P", 1, 2), word("Q", 0, 1), word("L", 1, 0)
    ("C W W' W' C'", "F' W F", "C W F F' C'")
    """
    left, right = {"P": ("C", "C'"), "Q": ("F'", "F"), "L": ("C", "C'")}[factor]
    first, second = ("W'", "W") if factor == "Q" else ("W", "W'")
    middle = ["F", "F'"] if factor == "L" else []
    return " ".join([left, *[first] * a, *middle, *[second] * b, right])


@cache
def theta_moment(*entries: tuple[int, int]) -> Any:
    """The expectation of a product of entries of Theta by counting pairings, a SymPy expression."""
    import sympy

    from derivations.pairings import moment_by_enumeration
    from derivations.symbols import n, n_x, n_y

    total, degree = sympy.Integer(0), sum(map(sum, entries)) // 2 + len(entries)
    for factors in product(*(theta_terms(i, j) for i, j in entries)):
        words = [word(*gram) for factor in factors for gram in factor]
        total += moment_by_enumeration(*words)
    return sympy.expand(total.subs({n_x: 1, n_y: 1}) / n**degree)


def _at(expression: Any, width: int, w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    from sympy import Rational

    from derivations.symbols import n, nu_C, nu_F, nu_W

    values = {nu_W: w, nu_F: f, nu_C: c}
    value = expression.subs(
        {symbol: Rational(x.numerator, x.denominator) for symbol, x in values.items()} | {n: width}
    )
    return Fraction(int(value.p), int(value.q))


def _same_expression(right: Any, function: Any, *arguments: Any, **options: Any) -> Case:
    import sympy

    def judge(answer: Any) -> bool:
        return isinstance(answer, sympy.Expr) and sympy.expand(answer - right) == 0

    return Case(function, arguments, options, judge)


def gaussian_moment(power: int) -> int:
    """``E g^power`` of a standard Gaussian."""
    return 0 if power % 2 else prod(range(power - 1, 0, -2))


def _one_unit(exponents: tuple[int, int, int], w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    """``E W^a F^b C^d`` of three independent numbers."""
    powers = zip((w, f, c), exponents, strict=True)
    return prod((gaussian_moment(k) * nu ** (k // 2) for nu, k in powers), start=Fraction(1))


def _one_unit_theta(
    i: int, j: int, eta_W: Fraction | int = 1, eta_F: Fraction | int = 1, eta_C: Fraction | int = 1
) -> list[tuple[Fraction | int, tuple[int, int, int]]]:
    """Theta_ij at width 1: dL_i dL_j of ``L_i = C W^i F`` by C, F and W, as monomials."""
    by_letter = [(eta_C, (i + j, 2, 0)), (eta_F, (i + j, 0, 2))]
    return by_letter + ([(eta_W * i * j, (i + j - 2, 2, 2))] if i * j else [])


def _one_unit_mean(i: int, j: int, w: Fraction, f: Fraction, c: Fraction, *rates: Fraction) -> Fraction:
    theta = _one_unit_theta(i, j, *rates)
    return sum((k * _one_unit(powers, w, f, c) for k, powers in theta), Fraction(0))


def _one_unit_variance(i: int, j: int, *triple: Fraction) -> Fraction:
    square = Fraction(0)
    for (k, first), (l, second) in product(_one_unit_theta(i, j), repeat=2):  # noqa: E741 - a lag
        square += (
            k * l * _one_unit((first[0] + second[0], first[1] + second[1], first[2] + second[2]), *triple)
        )
    return square - _one_unit_mean(i, j, *triple) ** 2


def _moment(rng: np.random.Generator) -> Cases:
    from derivations.pairings import moment_by_enumeration
    from derivations.symbols import n

    words = [("F F'",), ("F' F", "F F'"), ("C W W' C'",), ("C W F F' W' C'",)]
    words += [("C W C'", "C W' C'"), ("C F F' C'", "W W'"), ("W' F F'", "C' C W"), ("W", "W", "W'", "W"), ()]
    for _ in range(8):
        letters = rng.choice(["W", "W'"], 6).tolist()
        at = int(rng.integers(1, 6))
        words.append((" ".join(letters[:at]), " ".join(letters[at:])))
    for traces in words:
        yield _same_expression(moment_by_enumeration(*traces), derivations.moment, *traces)
    unit = {"nu_W": 1, n: 1}
    for k in (3, 6, 8):
        yield equal(
            gaussian_moment(2 * k), lambda word: int(derivations.moment(word).subs(unit)), f"W^{k} W'^{k}"
        )
    yield refused(derivations.moment, "C W")
    yield refused(derivations.moment, "X")
    yield from _user_moments()


def _user_moments() -> Cases:
    import sympy

    from derivations.pairings import moment_by_enumeration
    from derivations.symbols import n

    matrices: dict[str, Any] = {
        "shapes": {"X": ("n", "m"), "Y": (2, "n")},
        "constants": {"S": ("m", "m"), "T": ("n", "n")},
    }
    for traces in [("X S X' T",), ("(Y X S)' Y T X",), ("X S X'", "(T X X')^2")]:
        right = moment_by_enumeration(*traces, **matrices)
        yield _same_expression(right, derivations.moment, *traces, **matrices)
    for traces in [
        ("(F F')^3",),
        ("(W W')^2 W'^2 W^2",),
        ("W^2 W'^2", "C W C'", "C W^2 W' C'"),
        ("W W'",) * 3,
    ]:
        by_power = sympy.Poly(moment_by_enumeration(*traces), n).as_dict()
        for terms in (1, 2):
            leading = [by_power[power] * n ** power[0] for power in sorted(by_power, reverse=True)[:terms]]
            yield _same_expression(sympy.Add(*leading), derivations.moment, *traces, terms=terms)
    yield refused(derivations.moment, "X X", **matrices)
    yield refused(derivations.moment, "W W'", terms=0)


def _exact_mean(rng: np.random.Generator) -> Cases:
    for i, j in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (3, 1), (2, 2), (2, 4), (3, 3)]:
        yield _same_expression(theta_moment((i, j)), derivations.exact_mean, i, j)
    triple = random_variances(rng, 1)[0]
    for i, j in [(0, 8), (5, 5), (3, 7), (6, 6), (4, 7)]:
        right = _one_unit_mean(i, j, *triple)
        yield equal(right, lambda i, j: _at(derivations.exact_mean(i, j), 1, *triple), i, j)


def _exact_variance(rng: np.random.Generator) -> Cases:
    for i, j in [(0, 0), (0, 1), (1, 1), (0, 2)]:
        right = theta_moment((i, j), (i, j)) - theta_moment((i, j)) ** 2
        yield _same_expression(right, derivations.exact_variance, i, j)
    triple = random_variances(rng, 1)[0]
    for i, j in [(1, 1), (0, 2), (1, 2), (2, 2), (1, 3)]:
        right = _one_unit_variance(i, j, *triple)
        yield equal(right, lambda i, j: _at(derivations.exact_variance(i, j), 1, *triple), i, j)


def _expected_lag_kernel(rng: np.random.Generator) -> Cases:
    counted = [(i, j) for i, j in product(range(4), repeat=2)]
    for width, triple in zip((1, 2, 3, 10, 10**12), random_variances(rng, 5), strict=True):
        mean = np.reshape([_at(theta_moment(tuple(sorted(ij))), width, *triple) for ij in counted], (4, 4))
        yield equal(mean, numeric.expected_lag_kernel, width, numeric.Variances(*triple), 4)
        floats = numeric.Variances(*map(float, triple))  # dyadic, so these are the same numbers
        yield nearest(mean, numeric.expected_lag_kernel, width, floats, 4)
        yield equal(mean[:1, :1], numeric.expected_lag_kernel, width, numeric.Variances(*triple), 1)
    zeros = [(Fraction(0), Fraction(3), Fraction(2)), (*UNIT[:2], Fraction(0))]
    for triple in random_variances(rng, 2) + zeros + AT_RATES:
        right = [[_one_unit_mean(i, j, *triple) for j in range(9)] for i in range(9)]
        yield equal(right, numeric.expected_lag_kernel, 1, with_rates(*triple), 9)


def _gram_covariance(first: tuple[int, int], second: tuple[int, int], w: Fraction, own: Fraction) -> Fraction:
    (a, b), (c, d) = first, second
    alike = (a - b == c - d) + (a - b == d - c)
    return own**2 * w ** ((a + b + c + d) // 2) * (1 + min(a, b, c, d)) * alike if alike else Fraction(0)


def _linearised(
    i: int, j: int, w: Fraction, f: Fraction, c: Fraction, *rates: Fraction
) -> list[tuple[str, int, int, Fraction]]:
    """How Theta_ij moves with the entries of P and Q, at their means."""
    eta_W, eta_F, eta_C = rates or UNIT
    terms = [("Q", i, j, eta_C), ("P", i, j, eta_F)]
    for a, b in product(range(i), range(j)):
        left, right = (i - 1 - a), (j - 1 - b)
        if left == right:
            terms.append(("P", a, b, eta_W * f * w**left))
        if a == b:
            terms.append(("Q", left, right, eta_W * c * w**a))
    return terms


@cache
def theta_law(i: int, j: int, k: int, l: int, *triple: Fraction) -> Fraction:  # noqa: E741 - a lag
    """The limit of n Cov(Theta_ij, Theta_kl)."""
    return covariance_law(_gram_covariance, i, j, k, l, *triple)


def covariance_law(
    of_grams: Callable[..., Fraction],
    i: int,
    j: int,
    k: int,
    l: int,  # noqa: E741 - a lag
    *triple: Fraction,
) -> Fraction:
    """The same of Grams with this law: of two pairs of lags, nu_W and the variance of their own."""
    w, f, c = triple[:3]
    own = {"P": c, "Q": f}
    return sum(
        (
            x * y * of_grams((a, b), (d, e), w, own[gram])
            for gram, a, b, x in _linearised(i, j, *triple)
            for other, d, e, y in _linearised(k, l, *triple)
            if gram == other
        ),
        Fraction(0),
    )


def _variance_law(rng: np.random.Generator) -> Cases:
    zeros: list[Triple] = [
        (Fraction(0), Fraction(2), Fraction(3)),
        (Fraction(1, 2), Fraction(0), Fraction(3)),
        (Fraction(2), *UNIT[:1], Fraction(0)),
    ]
    for width, triple in zip(
        (1, 7, 100, 10**12, 10**30, 3, 4, 5), random_variances(rng, 5) + zeros, strict=True
    ):
        right = [[theta_law(i, j, i, j, *triple) / width for j in range(6)] for i in range(6)]
        yield nearest(right, numeric.lag_kernel_variance, width, numeric.Variances(*triple), 6)
    for triple in AT_RATES:
        right = [[theta_law(i, j, i, j, *triple) for j in range(5)] for i in range(5)]
        yield nearest(right, numeric.lag_kernel_variance, 1, with_rates(*triple), 5)
    for i, j in [(0, 0), (0, 1), (1, 1), (0, 2)]:  # the exact variance's first term, counted
        exact = theta_moment((i, j), (i, j)) - theta_moment((i, j)) ** 2
        first = round(_at(exact, FAR, *UNIT) * FAR)
        yield equal(Fraction(first), lambda i, j: _entry(numeric.lag_kernel_variance, 2, 3, i, j), i, j)
    yield refused(numeric.lag_kernel_variance, 1, numeric.Variances("1e200"), 4, error=OverflowError)


def _entry(law: Any, width: int, lags: int, *at: int) -> Fraction:
    """An entry of a law at unit variances, times the width."""
    return Fraction(float(law(width, numeric.Variances(1), lags)[at])) * width


def _covariance_law(rng: np.random.Generator) -> Cases:
    zeros: list[Triple] = [
        (Fraction(0), Fraction(2), Fraction(3)),
        (Fraction(1, 2), Fraction(0), Fraction(3)),
    ]
    for width, triple in zip((1, 9, 10**12, 3), random_variances(rng, 2) + zeros, strict=True):
        right = np.reshape([theta_law(*at, *triple) / width for at in product(range(4), repeat=4)], (4,) * 4)
        yield nearest(right, numeric.lag_kernel_covariance, width, numeric.Variances(*triple), 4)
    for (i, j), (k, l) in combinations_with_replacement([(0, 0), (0, 1), (1, 1)], 2):  # noqa: E741 - a lag
        if (i + j + k + l) % 2 == 0:
            exact = theta_moment((i, j), (k, l)) - theta_moment((i, j)) * theta_moment((k, l))
            first = round(_at(exact, FAR, *UNIT) * FAR)
            yield equal(
                Fraction(first), lambda *at: _entry(numeric.lag_kernel_covariance, 2, 2, *at), i, j, k, l
            )


def _rho(lag: int, *parts: Fraction) -> Fraction:
    rho: Fraction = next(islice(weights(*parts), lag, None))
    return rho


NEAR = (Fraction(1), 1 - Fraction(1, 10**50), 1 + Fraction(1, 10**50))


def _width_for_fluctuation(rng: np.random.Generator) -> Cases:
    asked = [
        (triple, lag, Fraction(1, int(rng.integers(2, 1000))))
        for lag in range(7)
        for triple in random_variances(rng, 3)
    ]
    for i in (1, 7):  # of the readout's share alone n is 2 (i + 1) / eps^2
        asked += [
            ((w, f, Fraction(0)), i, Fraction(1, m))
            for w, f, m in ((*UNIT[:2], 3), (Fraction(1, 3), Fraction(5), 10))
        ]
    asked += [
        (UNIT, 0, Fraction(1, 100)),
        (UNIT, 1, Fraction(2, 9)),
        (UNIT, 4, Fraction(100)),
        (UNIT, 5, Fraction(1, 10**12)),
    ]
    asked += [
        ((Fraction(0), Fraction(2), Fraction(3)), 1, Fraction(1, 10)),
        ((Fraction(10) ** 300, *UNIT[:2]), 5, Fraction(1, 10)),
    ]
    asked += [(triple, lag, Fraction(1, 7)) for triple in AT_RATES for lag in (0, 3) if _rho(lag, *triple)]
    for triple, lag, error in asked:
        law, rho = theta_law(lag, lag, lag, lag, *triple), _rho(lag, *triple)
        for scale in NEAR:
            allowed = (error * scale * rho) ** 2
            least = _least_width(lambda n, law=law, allowed=allowed: law <= n * allowed)
            yield equal(least, numeric.width_for_fluctuation, with_rates(*triple), lag, error * scale)
    yield refused(numeric.width_for_fluctuation, numeric.Variances(0), 2, "0.1")
    yield refused(numeric.width_for_fluctuation, numeric.Variances(1), 2, 0)


def _least_width(enough: Any) -> int:
    below, above = 0, 1
    while not enough(above):
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if enough(middle) else (middle, above)
    return above


def _width_for_mean(rng: np.random.Generator) -> Cases:
    def cases(triple: Triple, lag: int, error: Fraction, coefficients: list[Fraction]) -> Cases:
        """The least width at which the bias, a sum of ``coefficients[k] n^-(k+2)``, is small enough."""
        rho = _rho(lag, *triple)

        def enough(n: int) -> bool:
            total = Fraction(0)
            for coefficient in reversed(coefficients):
                total = total / n + coefficient
            return total <= allowed * n**2

        for scale in NEAR:
            allowed = error * scale * rho
            yield equal(
                _least_width(enough), numeric.width_for_mean, numeric.Variances(*triple), lag, error * scale
            )

    for lag in range(5):
        for triple in (*random_variances(rng, 2), UNIT, (*UNIT[:2], Fraction(0))):
            coefficients = _bias(theta_moment((lag, lag)), lag, triple)
            for error in ("0.01", "1e-7", "10"):
                yield from cases(triple, lag, Fraction(error), coefficients)
            if any(coefficients):  # the width 5 just does
                tie = sum(x / Fraction(5) ** k for k, x in enumerate(coefficients, 2)) / _rho(lag, *triple)
                yield from cases(triple, lag, tie, coefficients)
    kernel = numeric.expected_lag_kernel(FAR, numeric.Variances(1), 9)
    for lag in (6, 8):
        yield from cases(UNIT, lag, Fraction("1e-3"), _digits(kernel[lag, lag] - _rho(lag, *UNIT)))
    share = numeric.expected_lag_kernel(FAR, numeric.Variances(1, 1, 0), 9)
    readout = _continued([_digits(share[i, i] - 1)[0] for i in range(9)], 30)
    whole = _continued([_digits(kernel[i, i] - _rho(i, *UNIT))[0] for i in range(9)], 30)
    for lag in (13, 20, 29):
        for w, f, c in (UNIT, *random_variances(rng, 2)):
            law = (c + f) * w**lag * readout[lag] + c * f * w ** (lag - 1) * (whole[lag] - 2 * readout[lag])
            for error in ("0.01", "1e-9", "1e6"):
                yield from cases((w, f, c), lag, Fraction(error), [law])
            yield from cases((w, f, c), lag, law / _rho(lag, w, f, c) / 49, [law])  # the width 7 just does
    yield refused(numeric.width_for_mean, numeric.Variances(0), 2, "0.1")


def _bias(mean: Any, lag: int, triple: Triple) -> list[Fraction]:
    """The coefficients of n^-2, n^-3, ... in E Theta_ii."""
    from derivations.symbols import n

    return [_at(mean.coeff(n, -k), 1, *triple) for k in range(2, lag + 2)]


def _digits(bias: Fraction) -> list[Fraction]:
    """Integer coefficients of n^-2, n^-3, ..., from the value at the width FAR."""
    digits = []
    for _ in range(12):
        bias *= FAR
        digits.append(Fraction(round(bias)))
        bias -= digits[-1]
    return digits[1:]


def _continued(values: list[Fraction], count: int) -> list[Fraction]:
    """More values of a polynomial of degree 5 plus a multiple of ``(-1)^i``: (E+1)(E-1)^6 annuls them."""
    sixth = [(-1) ** (6 - k) * comb(6, k) for k in range(7)]
    operator = [a + b for a, b in zip([*sixth, 0], [0, *sixth], strict=True)]

    def applied(recent: list[Fraction]) -> Fraction:
        return sum((x * y for x, y in zip(operator, recent, strict=False)), Fraction(0))

    if any(applied(values[i : i + 8]) for i in range(len(values) - 7)):
        raise ArithmeticError("the means of the first lags do not follow the law")
    values = list(values)
    while len(values) < count:
        values.append(-applied(values[-7:]))
    return values


COMPARISONS = (
    Comparison("moment", "all pairings counted, and double factorials", _moment),
    Comparison("exact_mean", "all pairings counted, and a single unit", _exact_mean),
    Comparison("exact_variance", "all pairings counted, and a single unit", _exact_variance),
    Comparison("expected_lag_kernel", "all pairings counted, and a single unit", _expected_lag_kernel),
    Comparison("lag_kernel_variance", "the Grams' covariances, term by term", _variance_law),
    Comparison("lag_kernel_covariance", "the Grams' covariances, term by term", _covariance_law),
    Comparison("width_for_fluctuation", "the least width, by bisection", _width_for_fluctuation),
    Comparison("width_for_mean", "the least width, by bisection", _width_for_mean),
)
