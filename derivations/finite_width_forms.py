r"""The laws of a finite width in closed form, each written once, for any field.

Beside a limit stand its corrections: E Theta_ij to the order n^-1, on the diagonal to n^-2, and n times the
covariance of two entries of Theta.  They are proved in :mod:`derivations.theorems.kernel_means`,
:mod:`derivations.theorems.kernel_bias` and :mod:`derivations.theorems.kernel_covariances` and, like
:mod:`derivations.closed_forms`, use nothing but ``+ - * / **``: for integers, fractions and SymPy's symbols
the results are exact.  Means, in which P and Q are averaged apart, take nu_W, s and p as the lag weights do;
covariances take ``w``, ``f`` and ``c``, the variances nu_W, nu_F and nu_C, and the rates eta_W, eta_F and
eta_C at which W, F and C are trained.  With these

    Theta = eta_C I (x) Q + eta_F P (x) I + eta_W P * Q,

so that at positive rates it is ``eta_C eta_F/eta_W`` times the Theta without rates of the same W, F times the
root of ``eta_W/eta_F`` and C times that of ``eta_W/eta_C``.  Means are linear in the rates and covariances
quadratic, so that what follows for positive rates holds for frozen parts too.

All of them count pairings of the letters in tr(M^a M'^b), M = W/sqrt(nu_W n), of which Theta is made:

    E tr(M^a M'^b)/n                =  [a = b] + crosscap(b)/n           a - b even, b the smaller, if a != b
    E tr(M^a M'^a)/n                =  1 + crosscap_pairs(a)/n^2 + ...
    E tr(M^a M'^b M^c M'^d)/n      ->  1 + min(a, b, c, d)               a + c = b + d
    cov(tr M^a M'^b, tr M^c M'^d)  ->  trace_covariance(b, d, a - b)     a - b = c - d

Functions of a symbol take what a law depends on, such as the smaller lag ``a`` and the half sum of the
lags; :func:`mean_correction` and :func:`covariance` choose these for integer lags.

Importing this module imports no other of the package.
"""

from typing import Any, NamedTuple, TypeAlias

__all__ = [
    "Entry",
    "covariance",
    "crosscap",
    "crosscap_mean",
    "crosscap_pairs",
    "diagonal_variance",
    "entry_covariance",
    "gram_fluctuation",
    "mean_correction",
    "pairings",
    "second_order_mean",
    "trace_covariance",
    "transition_pairs",
    "triangle",
    "variance",
    "walk_overlap",
]

Scalar: TypeAlias = Any
"""An element of a field, or an int; see :data:`derivations.closed_forms.Scalar`."""


class Entry(NamedTuple):
    """An entry of the lag kernel: Theta_ij, row (y, x), column (y2, x2)."""

    i: int
    j: int
    y: int = 0
    x: int = 0
    y2: int = 0
    x2: int = 0


def triangle(x: Scalar) -> Scalar:
    """1 + 2 + ... + x.

    >>> triangle(4)
    10
    """
    return _over(x * (x + 1), 2)


def crosscap(a: Scalar) -> Scalar:
    """The 1/n term of E tr(M^b M'^a)/n for b - a = 2, 4, ...: the pairings with one crosscap.

    >>> crosscap(3)
    4
    """
    return a + 1


def crosscap_pairs(i: Scalar) -> Scalar:
    """The n^-2 term of E tr(M^i M'^i)/n.

    >>> [crosscap_pairs(i) for i in range(8)]
    [0, 0, 2, 10, 28, 62, 118, 204]
    """
    return _over(2 * i**4 + 16 * i**3 - 8 * i**2 - 16 * i + 3 - 3 * (-1) ** i, 48)


def transition_pairs(i: Scalar) -> Scalar:
    """The n^-2 term of the transition's share of E Theta_ii, for unit variances.

    >>> [transition_pairs(i) for i in range(8)]
    [0, 0, 2, 20, 84, 246, 584, 1208]
    """
    return _over(4 * i**5 + 26 * i**4 - 36 * i**3 - 32 * i**2 + 32 * i + 3 - 3 * (-1) ** i, 96)


def walk_overlap(m: Scalar, M: Scalar) -> Scalar:
    """The sum of 1 + min(x, y) over 0 <= x < m and 0 <= y < M, for ``m <= M``.

    >>> walk_overlap(2, 3), sum(1 + min(x, y) for x in range(2) for y in range(3))
    (8, 8)
    """
    return _over(m * (m + 1) * (3 * M - m + 1), 6)


def trace_covariance(b: Scalar, d: Scalar, offset: Scalar) -> Scalar:
    """The limit of cov(tr M^(b+offset) M'^b, tr M^(d+offset) M'^d), for ``b <= d`` and ``offset >= 0``.

    >>> trace_covariance(0, 0, 3), trace_covariance(1, 1, 0), trace_covariance(1, 1, 2)
    (3, 2, 9)
    """
    return (2 if offset == 0 else 1) * walk_overlap(b, d) + offset * (b + 1) * (d + 1)


def crosscap_mean(a: Scalar, half: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The coefficient of 1/n in E Theta_ij for an even i - j that is not 0.

    ``a`` is min(i, j) and ``half`` is (i + j)/2.

    >>> crosscap_mean(2, 3, 1, 2, 1)
    12
    """
    return s * _power(crosscap(a), w, half) + p * _power(a * (a + 1), w, half - 1)


def mean_correction(i: int, j: int, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The coefficient of 1/n in E Theta_ij, for integer lags.

    >>> [mean_correction(2, j, 1, 2, 1) for j in range(7)]
    [2, 0, 0, 0, 12, 0, 12]
    """
    if i == j or (i - j) % 2:
        return 0 * w
    return crosscap_mean(min(i, j), (i + j) // 2, w, s, p)


def second_order_mean(i: Scalar, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """The coefficient of n^-2 in E Theta_ii; that of 1/n is 0.

    >>> [second_order_mean(i, 1, 2, 1) for i in range(7)]
    [0, 0, 6, 40, 140, 370, 820]
    """
    return s * _power(crosscap_pairs(i), w, i) + p * _power(transition_pairs(i), w, i - 1)


def gram_fluctuation(
    m: Scalar,
    M: Scalar,
    half: Scalar,
    w: Scalar,
    own: Scalar,
    other: Scalar,
    alone: Scalar = 1,
    together: Scalar = 1,
) -> Scalar:
    """What one Gram contributes to n Cov(Theta_ij, Theta_kl), for each pairing of its entries.

    Parameters
    ----------
    m, M
        The smaller and the larger of min(i, j) and min(k, l).
    half
        (i + j + k + l)/2.
    w, own, other
        nu_W, the variance of the Gram's own matrix and that of the other: nu_F, nu_C for Q and nu_C, nu_F
        for P.
    alone, together
        The rates of the share in which the Gram stands alone, eta_C for Q and eta_F for P, and of the one in
        which it meets the other, eta_W.

    >>> gram_fluctuation(2, 2, 4, 1, 1, 1)
    14
    """
    return own**2 * (
        alone**2 * _power(m + 1, w, half)
        + alone * together * other * _power((m + 1) * M, w, half - 1)
        + together**2 * other**2 * _power(walk_overlap(m, M), w, half - 2)
    )


def pairings(first: Entry, second: Entry) -> tuple[int, int]:
    """How often the Grams Q and P contribute to the covariance of two entries of the lag kernel.

    Where y = y2 and v = v2, the Gram Q contributes once for x = u, x2 = u2 with i - j = k - l, and once
    for x = u2, x2 = u with i - j = l - k; the Gram P likewise with x and y exchanged.

    >>> pairings(Entry(1, 1), Entry(2, 2)), pairings(Entry(0, 1), Entry(2, 1))
    ((2, 2), (1, 1))
    >>> pairings(Entry(1, 1), Entry(0, 1))
    (0, 0)
    """
    i, j, y, x, y2, x2 = first
    k, l, v, u, v2, u2 = second  # noqa: E741 - a lag
    parallel, crossed = i - j == k - l, i - j == l - k
    columns = (x == u and x2 == u2 and parallel) + (x == u2 and x2 == u and crossed)
    rows = (y == v and y2 == v2 and parallel) + (y == v2 and y2 == v and crossed)
    return (y == y2 and v == v2) * columns, (x == x2 and u == u2) * rows


def entry_covariance(
    first: Entry,
    second: Entry,
    w: Scalar,
    f: Scalar,
    c: Scalar,
    eta_W: Scalar = 1,
    eta_F: Scalar = 1,
    eta_C: Scalar = 1,
) -> Scalar:
    """The limit of n Cov of two entries of the lag kernel, for any n_x and n_y.

    >>> entry_covariance(Entry(1, 1, x=0, x2=1), Entry(1, 1, x=1, x2=0), 1, 1, 1)
    5
    >>> entry_covariance(Entry(1, 1, x=0, x2=1), Entry(1, 1), 1, 1, 1)
    0
    """
    of_Q, of_P = pairings(first, second)
    if not (of_Q or of_P):
        return 0 * w
    m, M = sorted((min(first.i, first.j), min(second.i, second.j)))
    half = (first.i + first.j + second.i + second.j) // 2
    return of_Q * gram_fluctuation(m, M, half, w, f, c, eta_C, eta_W) + of_P * gram_fluctuation(
        m, M, half, w, c, f, eta_F, eta_W
    )


def covariance(i: int, j: int, k: int, l: int, *parts: Scalar) -> Scalar:  # noqa: E741 - a lag
    """The limit of n Cov(Theta_ij, Theta_kl) for n_x = n_y = 1; w, f, c and the rates as above.

    >>> covariance(1, 1, 2, 2, 1, 1, 1), covariance(1, 1, 0, 2, 1, 1, 1)
    (32, 0)
    """
    return entry_covariance(Entry(i, j), Entry(k, l), *parts)


def variance(i: int, j: int, *parts: Scalar) -> Scalar:
    """The limit of n Var Theta_ij for n_x = n_y = 1; w, f, c and the rates as above.

    >>> [variance(i, i, 1, 1, 1) for i in range(4)]
    [4, 20, 56, 120]

    Only the readout is trained:

    >>> [variance(i, i, 1, 1, 1, 0, 0, 1) for i in range(4)]
    [2, 4, 6, 8]
    """
    return covariance(i, j, i, j, *parts)


def diagonal_variance(
    i: Scalar,
    w: Scalar,
    f: Scalar,
    c: Scalar,
    eta_W: Scalar = 1,
    eta_F: Scalar = 1,
    eta_C: Scalar = 1,
) -> Scalar:
    """The limit of n Var Theta_ii for n_x = n_y = 1, for a symbol i too: there both Grams pair twice.

    >>> [diagonal_variance(i, 1, 1, 1) for i in range(4)]
    [4, 20, 56, 120]
    """
    of_Q = gram_fluctuation(i, i, 2 * i, w, f, c, eta_C, eta_W)
    return 2 * (of_Q + gram_fluctuation(i, i, 2 * i, w, c, f, eta_F, eta_W))


def _over(numerator: Scalar, denominator: int) -> Scalar:
    """An exact quotient, also of an integer by one of its divisors."""
    return numerator // denominator if isinstance(numerator, int) else numerator / denominator


def _power(coefficient: Scalar, w: Scalar, exponent: Scalar) -> Scalar:
    """``coefficient * w**exponent``; 0 if the coefficient is, also where the power is none (w = 0)."""
    return 0 * w if coefficient == 0 else coefficient * w**exponent
