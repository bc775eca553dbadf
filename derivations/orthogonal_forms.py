r"""The laws of a finite width for an orthogonal transition, each written once, for any field.

``M = n^{-1/2} W = r O`` with O from the Haar measure of O(n), ``w = r^2``.  Since ``O' = O^{-1}``, the lag
Grams are Toeplitz but for their scale,

    P_ab = r^{a+b} h_{a-b},   h_k = C O^k C' / n,      Q_ab = r^{a+b} g_{b-a},   g_k = F' O^k F / n,

and with ``N_k`` the number of pairs ``a < i``, ``b < j`` with ``a - b = k``, d = i - j and rates eta,

    Theta_ij = r^{i+j} (eta_C g_{-d} + eta_F h_d) + eta_W r^{i+j-2} sum_k N_k h_k (x) g_{k-d}.

*Means* follow from the traces of powers: ``E g_k = nu_F E tr O^k / n``, ``E h_k (x) g_l = nu_C nu_F E[tr O^k
tr O^l] / n^2``, and for every n >= 1 and k, l >= 1, with [...] 1 or 0,

    E tr O^k = [k even],
    E tr O^k tr O^l = min(k, n-1) [k = l] + [k even] [l even] + [k, l >= n] [k, l and n of one parity].

For of each determinant the eigenvalues that are not fixed at +1 or -1 come in pairs exp(+-i theta) whose
angles are determinantal, with the projection onto the first cosines or sines of whole or half multiples of
theta as kernel (Weyl's integration formula: Katz and Sarnak, Random Matrices, Frobenius Eigenvalues, and
Monodromy, 1999, chapter 5).  So the mean of ``sum 2 cos k theta`` is a trace, and the covariance of two such
sums is the sum over pairs, one function within and one beyond, of the products of the entries of the
matrices of multiplication by 2 cos k theta and 2 cos l theta.  In these bases such a matrix has entries 1 at
|a - b| = k and +-1 at a + b = k, which leaves what is said.  For n >= 2 max(k, l) it is in Diaconis and
Shahshahani, On the eigenvalues of random matrices, 1994.

*Fluctuations* to first order are those of ``N_d h_d`` and ``N_0 g_{-d}``, ``N_0 = N_d = min(i, j)``: one
Gaussian number for each Gram and offset, the same along a diagonal, where a Gaussian W has random walks
(statement ``orthogonal-covariance``).

Like :mod:`derivations.finite_width_forms` this uses nothing but ``+ - * / **``; lags and n are integers
where they are compared.
"""

from derivations.finite_width_forms import Entry, Scalar, pairings

__all__ = [
    "bias",
    "covariance",
    "entry_covariance",
    "gram_fluctuation",
    "mean",
    "trace_mean",
    "trace_product",
    "trace_squares",
]


def trace_mean(k: int, n: int) -> int:
    """E tr O^k for O from the Haar measure of O(n), n >= 1.

    >>> [trace_mean(k, 5) for k in range(5)]
    [5, 0, 1, 0, 1]
    """
    return n if k == 0 else 1 - k % 2


def trace_product(k: int, l: int, n: int) -> int:  # noqa: E741 - a power
    """E[tr O^k tr O^l]; the trace of a power and of its inverse are the same.

    >>> [trace_product(k, k, 100) for k in range(1, 5)]
    [1, 3, 3, 5]
    >>> [trace_product(k, k, 1) for k in range(1, 5)]  # O = 1 or -1
    [1, 1, 1, 1]
    """
    k, l = abs(k), abs(l)  # noqa: E741 - a power
    if k == 0 or l == 0:
        return n * trace_mean(k + l, n)
    fixed = min(k, l) >= n and k % 2 == l % 2 == n % 2
    return (k == l) * min(k, n - 1) + trace_mean(k, n) * trace_mean(l, n) + fixed


def mean(i: int, j: int, n: int, w: Scalar, s: Scalar, p: Scalar) -> Scalar:
    """E Theta_ij at the width n, exactly; ``s = eta_C nu_F + eta_F nu_C`` and ``p = eta_W nu_C nu_F``.

    Odd offsets have mean 0: -O has the law of O.

    >>> from fractions import Fraction
    >>> print(mean(3, 3, 10, Fraction(1), 2, 1))
    51/10
    """
    if (i + j) % 2:
        return 0 * w
    half, d = (i + j) // 2, i - j
    value = s * w**half * trace_mean(d, n) / n
    if i and j:
        pairs = sum(_places(k, i, j) * trace_product(k, k - d, n) for k in range(1 - j, i))
        value += p * w ** (half - 1) * pairs / n**2
    return value


def trace_squares(i: int, n: int) -> int:
    """The sum of ``(i - |k|) E (tr O^k)^2`` over ``0 < |k| < i``, which is n^2 times a bias.

    For ``n >= i`` it is ``i (i^2 - 1)/3 + 2 floor((i - 1)^2/4)``, whatever n.

    >>> trace_squares(4, 100), trace_squares(4, 4), trace_squares(4, 3), trace_squares(0, 1)
    (24, 24, 24, 0)
    """
    m = min(n, i) - 1  # up to here min(k, n - 1) is k
    greatest = i * m * (m + 1) // 2 - m * (m + 1) * (2 * m + 1) // 6 + (n - 1) * (i - 1 - m) * (i - m) // 2
    even, fixed = (i - 1) ** 2 // 4, max(i - n + 1, 0) ** 2 // 4  # of i - k for even k, for k = n, n + 2, ...
    return 2 * (greatest + even + fixed) if i else 0


def bias(i: int, n: int, w: Scalar, p: Scalar) -> Scalar:
    """E Theta_ii - rho_i, exactly.

    >>> from fractions import Fraction
    >>> mean(3, 3, 10, Fraction(1), 2, 1) - 5 == bias(3, 10, Fraction(1), 1)
    True
    """
    return p * w ** (i - 1) * trace_squares(i, n) / n**2 if i else 0 * w


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
        min(i, j) and min(k, l).
    half
        (i + j + k + l)/2.
    w, own, other
        r^2, the variance of the Gram's own matrix and that of the other: nu_F, nu_C for Q and nu_C, nu_F
        for P.
    alone, together
        The rates of the share in which the Gram stands alone, eta_C for Q and eta_F for P, and of the one in
        which it meets the other, eta_W.

    >>> gram_fluctuation(2, 2, 4, 1, 1, 1)
    9
    """
    return own**2 * (
        alone**2 * w**half
        + alone * together * other * _power(m + M, w, half - 1)
        + together**2 * other**2 * _power(m * M, w, half - 2)
    )


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

    The Grams pair as those of a Gaussian transition do.

    >>> entry_covariance(Entry(1, 1, x=0, x2=1), Entry(1, 1, x=1, x2=0), 1, 1, 1)
    4
    """
    of_Q, of_P = pairings(first, second)
    if not (of_Q or of_P):
        return 0 * w
    i, j, k, l = first.i, first.j, second.i, second.j  # noqa: E741 - a lag
    lags = min(i, j), min(k, l), (i + j + k + l) // 2
    return of_Q * gram_fluctuation(*lags, w, f, c, eta_C, eta_W) + of_P * gram_fluctuation(
        *lags, w, c, f, eta_F, eta_W
    )


def covariance(i: int, j: int, k: int, l: int, *parts: Scalar) -> Scalar:  # noqa: E741 - a lag
    """The limit of n Cov(Theta_ij, Theta_kl) for n_x = n_y = 1; w, f, c and the rates as above.

    On the diagonal it is ``2 [(A + i K)^2 + (B + i K)^2]`` with ``A = eta_C nu_F w^i``, ``B = eta_F nu_C
    w^i`` and ``K = eta_W nu_C nu_F w^{i-1}``: no more than 4 rho_i^2, at any lag.

    >>> [covariance(i, i, i, i, 1, 1, 1) for i in range(4)]
    [4, 16, 36, 64]
    >>> covariance(0, 1, 2, 1, 1, 1, 1), covariance(1, 1, 0, 2, 1, 1, 1)
    (4, 0)
    """
    return entry_covariance(Entry(i, j), Entry(k, l), *parts)


def _places(k: int, i: int, j: int) -> int:
    """N_k: of pairs ``a < i``, ``b < j`` with ``a - b = k``."""
    return max(0, min(i, j + k) - max(0, k))


def _power(coefficient: Scalar, w: Scalar, exponent: Scalar) -> Scalar:
    """``coefficient * w**exponent``; 0 if the coefficient is, also where the power is none (w = 0)."""
    return 0 * w if coefficient == 0 else coefficient * w**exponent
