r"""The lag kernel's exact mean and covariances at every width, as SymPy polynomials in 1/n.

Theta_ij is a sum of products A (x) B of a word A in C and W and a word B in F and W, so its mean needs
that of products of two traces and a covariance that of four, which :mod:`derivations.stein` computes.
"""

from collections import Counter
from itertools import product

import sympy
from sympy import Integer, Rational

from derivations.arguments import integer, shown
from derivations.lag_kernel import Term, expected_share, inner_products
from derivations.progress import counted
from derivations.stein import expectation
from derivations.symbols import n, nu_C, nu_F, nu_W
from derivations.words import transposed

__all__ = [
    "CONTRACTIONS",
    "contracted_covariance",
    "exact_covariance",
    "exact_gram_mean",
    "exact_gram_variance",
    "exact_mean",
    "exact_variance",
    "mean_coefficient",
]

MAX_COVARIANCE_LAG = 7
"""The greatest mean of the lags for which a covariance is computed, in some minutes."""

_PATIENCE = 500
"""Pairs of terms that take less than a second."""

CONTRACTIONS = ("apart", "parallel", "crossed")
"""How two square matrices A and B become invariants: tr A tr B, tr A B' and tr A B."""


def exact_mean(i: int, j: int) -> sympy.Expr:
    """E Theta_ij as a polynomial in 1/n, with symbolic variances.

    Parameters
    ----------
    i, j
        Lags, ``0 <= i + j <= 2 MAX_LAG`` of :mod:`derivations.lag_kernel`, which says what it costs.

    Returns
    -------
    sympy.Expr
        In ``n nu_W nu_F nu_C``; it multiplies the identity of n_y n_x.

    Raises
    ------
    ValueError
        If a lag is no integer ``>= 0``, or their sum too large.

    Examples
    --------
    >>> exact_mean(1, 1)
    nu_C*nu_F + nu_C*nu_W + nu_F*nu_W
    >>> exact_mean(2, 2).subs({nu_W: 1, nu_F: 1, nu_C: 1})
    4 + 6/n**2
    """
    i, j = integer("i", i, 0), integer("j", j, 0)  # not below, where a memory takes 2.0 for 2
    return sympy.Add(
        *(
            variance_factor(letter, i, j) * coefficient / n**order
            for letter in "CFW"
            for order, coefficient in enumerate(expected_share(i, j, letter))
        )
    )


def exact_variance(i: int, j: int) -> sympy.Expr:
    """Var Theta_ij for n_x = n_y = 1, as a polynomial in 1/n with symbolic variances.

    Parameters
    ----------
    i, j
        Lags, ``0 <= i + j <= 2 MAX_COVARIANCE_LAG``.

    Returns
    -------
    sympy.Expr
        In ``n nu_W nu_F nu_C``.

    Raises
    ------
    ValueError
        If a lag is no integer ``>= 0``, or their sum too large.

    Notes
    -----
    For i = j it takes 0.1 seconds at lag 2, half a second at 4, three at 5 and then five times more for each
    further lag.

    Examples
    --------
    >>> exact_variance(0, 0)
    2*nu_C**2/n + 2*nu_F**2/n
    """
    i, j = _lags("the exact variance", MAX_COVARIANCE_LAG, i=i, j=j)
    return contracted_covariance((i, j), (i, j), "apart", "apart", 1, 1)


def exact_covariance(i: int, j: int, k: int, l: int) -> sympy.Expr:  # noqa: E741 - a lag
    """Cov(Theta_ij, Theta_kl) for n_x = n_y = 1, as a polynomial in 1/n with symbolic variances.

    Four lags ``>= 0``, whose sum is at most ``4 MAX_COVARIANCE_LAG``; ValueError otherwise.  Its cost is
    that of :func:`exact_variance`.

    Examples
    --------
    >>> exact_covariance(0, 0, 1, 1)
    2*nu_C**2*nu_F/n + 2*nu_C**2*nu_W/n + 2*nu_C*nu_F**2/n + 2*nu_F**2*nu_W/n
    """
    i, j, k, l = _lags("the exact covariance", MAX_COVARIANCE_LAG, i=i, j=j, k=k, l=l)  # noqa: E741 - a lag
    return contracted_covariance((i, j), (k, l), "apart", "apart", 1, 1)


def exact_gram_mean(i: int, j: int) -> sympy.Expr:
    """E Q_ij as a polynomial in 1/n, times the identity of n_x; that of P_ij has nu_C for nu_F.

    It is the share of the readout in E Theta_ij.  Lags as of :func:`exact_mean`, and its errors.

    >>> exact_gram_mean(2, 2)
    nu_F*nu_W**2 + 2*nu_F*nu_W**2/n**2
    """
    i, j = integer("i", i, 0), integer("j", j, 0)
    share = expected_share(i, j, "C")
    return sympy.Add(*(variance_factor("C", i, j) * c / n**order for order, c in enumerate(share)))


def exact_gram_variance(i: int, j: int) -> sympy.Expr:
    """Var Q_ij for n_x = 1, as a polynomial in 1/n; that of P_ij for n_y = 1 has nu_C for nu_F.

    ``Q_ij = F' M'^i M^j F / n`` is a number there, and its square the product of two traces.  Lags as of
    :func:`exact_variance`, and its errors; two seconds for i = j = 6.

    >>> exact_gram_variance(0, 0), exact_gram_variance(1, 0)
    (2*nu_F**2/n, nu_F**2*nu_W/n + 2*nu_F**2*nu_W/n**2)
    """
    i, j = _lags("the exact variance of a Gram", MAX_COVARIANCE_LAG, i=i, j=j)
    word = "f" + "w" * i + "W" * j + "F"
    degree, scale = i + j + 2, variance_factor("C", i, j) ** 2
    square = expectation([word, word]).to_dict().items()
    second_moment = sympy.Add(*(scale * int(c) / n ** (degree - power) for (power, _, _), c in square))
    return sympy.expand(second_moment - exact_gram_mean(i, j) ** 2)


def _lags(what: str, most: int, **lags: int) -> list[int]:
    """The lags; ValueError, which calls the result ``what``, unless their mean is at most ``most``."""
    numbers = [integer(name, lag, 0) for name, lag in lags.items()]
    if sum(numbers) > most * len(numbers):
        given = ", ".join(f"{name} = {shown(lag)}" for name, lag in zip(lags, numbers, strict=True))
        mean = f"({' + '.join(lags)})/{len(lags)}"
        raise ValueError(
            f"{what} needs lags with {mean} <= {most}, got {given}: a lag more takes five times longer; "
            "derivations.finite_width_forms has the first order in 1/n, for every lag"
        )
    return numbers


def contracted_covariance(
    lags: tuple[int, int], lags2: tuple[int, int], rows: str, columns: str, n_x: int, n_y: int
) -> sympy.Expr:
    """The covariance of Theta at two pairs of lags, as an invariant of their matrices.

    Parameters
    ----------
    lags, lags2
        (i, j) and (k, l).
    rows, columns
        One of :data:`CONTRACTIONS` each, for the indices of n_y and those of n_x.
    n_x, n_y
        Dimensions.

    >>> contracted_covariance((0, 0), (0, 0), "apart", "apart", n_x=2, n_y=3)
    24*nu_C**2/n + 36*nu_F**2/n
    """
    (i, j), (k, l) = lags, lags2  # noqa: E741 - a lag
    if (i + j + k + l) % 2:
        return Integer(0)
    degree = (i + j + k + l) // 2 + 2
    pairs: Counter[tuple[str, str, Term, Term]] = Counter(
        (letter, letter2, first, second)
        for letter, letter2 in product("CFW", repeat=2)
        for first, second in product(inner_products(i, j, letter), inner_products(k, l, letter2))
    )
    total: Counter[tuple[str, str, int]] = Counter()
    with counted("pairs of terms of a covariance", len(pairs), least=_PATIENCE) as advance:
        for (letter, letter2, first, second), multiplicity in pairs.items():
            lefts = _contract(first.left, second.left, rows)
            rights = _contract(first.right, second.right, columns)
            empty = ["n_y"] * lefts.count("") + ["n_x"] * rights.count("")
            polynomial = expectation([word for word in lefts + rights if word], empty)
            for (power, in_x, in_y), coefficient in polynomial.to_dict().items():
                total[letter, letter2, degree - power] += (
                    multiplicity * int(coefficient) * n_x**in_x * n_y**in_y
                )
            advance()
    second_moment = sympy.Add(
        *(
            variance_factor(letter, i, j) * variance_factor(letter2, k, l) * coefficient / n**order
            for (letter, letter2, order), coefficient in total.items()
        )
    )
    identities = n_y ** len(_contract("", "", rows)) * n_x ** len(_contract("", "", columns))
    return sympy.expand(second_moment - identities * exact_mean(i, j) * exact_mean(k, l))


def _contract(first: str, second: str, how: str) -> tuple[str, ...]:
    if how == "apart":
        return first, second
    return (first + (transposed(second) if how == "parallel" else second),)


def variance_factor(letter: str, i: int, j: int) -> sympy.Expr:
    """What a share of Theta_ij carries for the variances; of odd lags too, as formal square roots."""
    half = Rational(i + j, 2)
    if letter == "W":
        return nu_C * nu_F * nu_W ** (half - 1)
    return (nu_F if letter == "C" else nu_C) * nu_W**half


def mean_coefficient(i: int, j: int, order: int) -> sympy.Expr:
    """The coefficient of n^-order in E Theta_ij."""
    return sympy.Add(
        *(
            variance_factor(letter, i, j) * share[order]
            for letter in "CFW"
            if len(share := expected_share(i, j, letter)) > order
        )
    )
