"""Exact moments at a finite width: of the lag Grams Q and P, and of the lag kernel Theta.

All are polynomials in 1/n (:mod:`derivations.exact_kernel`), here for n_x = n_y = 1.  With rates
``Theta = eta_C Q + eta_F P + eta_W P * Q`` is, where they are positive, ``eta_C eta_F / eta_W`` times the one
without rates of the variances ``nu_F eta_W / eta_F`` and ``nu_C eta_W / eta_C``; written out this has no
rate below a fraction's line, so that it holds for frozen parts too.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.tables.rounding import numbers
from verify.tables.spec import LAG, Cell, Column, Spec
from verify.tables.symbols import parts, rational

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["EXACT_MOMENTS", "GRAM_MOMENTS", "the_width", "with_rates"]

LAGS = 4


def _gram_moments(
    variances: "Model", lags: int = LAGS, *, width: int, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """Mean and variance of Q_ij and P_ij for j <= i.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(GRAM_MOMENTS(Variances(1, 2, 3), 2, width=100), "csv"))
    lag,other,input-mean,input-variance,output-mean,output-variance
    0,0,2.0,0.08,3.0,0.18
    1,0,0.0,0.0408,0.0,0.0918
    1,1,2.0,0.1616,3.0,0.3636
    """
    return _rounded(_grams(variances, lags, frozenset()), width, digits)


def _gram_moments_in_symbols(
    variances: "Model", lags: int = LAGS, *, width: int | None = None, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    return _at_width(_grams(variances, lags, symbols), width, symbols)


def _grams(variances: "Model", lags: int, symbols: frozenset[str]) -> dict[str, list[Cell]]:
    from derivations.exact_kernel import exact_gram_mean, exact_gram_variance
    from derivations.symbols import nu_C, nu_F, nu_W

    w, f, c, *_ = parts(variances, symbols)
    of: dict[str, tuple[Callable[[int, int], Any], Any]] = {
        "input-mean": (exact_gram_mean, f),
        "input-variance": (exact_gram_variance, f),
        "output-mean": (exact_gram_mean, c),
        "output-variance": (exact_gram_variance, c),
    }
    pairs = _pairs(lags)
    moments = {
        name: [moment(i, j).subs({nu_F: own, nu_W: w, nu_C: 0}, simultaneous=True) for i, j in pairs]
        for name, (moment, own) in of.items()
    }
    return {"lag": [i for i, _ in pairs], "other": [j for _, j in pairs], **moments}


def _exact_moments(
    variances: "Model", lags: int = LAGS, *, width: int, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """Mean and variance of Theta_ij for j <= i.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(EXACT_MOMENTS(Variances(1), 2, width=10), "csv"))
    lag,other,mean,variance
    0,0,2.0,0.4
    1,0,0.0,0.26
    1,1,3.0,2.16
    """
    return _rounded(_kernel(variances, lags, frozenset()), width, digits)


def _exact_moments_in_symbols(
    variances: "Model", lags: int = LAGS, *, width: int | None = None, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    return _at_width(_kernel(variances, lags, symbols), width, symbols)


def _kernel(variances: "Model", lags: int, symbols: frozenset[str]) -> dict[str, list[Cell]]:
    from derivations.exact_kernel import exact_mean, exact_variance

    given, pairs = parts(variances, symbols), _pairs(lags)
    return {
        "lag": [i for i, _ in pairs],
        "other": [j for _, j in pairs],
        "mean": [with_rates(exact_mean(i, j), 1, given) for i, j in pairs],
        "variance": [with_rates(exact_variance(i, j), 2, given) for i, j in pairs],
    }


def with_rates(moment: Any, degree: int, given: tuple[Any, ...]) -> Any:
    """A moment of the degree in Theta, at these variances and rates; see the module."""
    import sympy

    from derivations.symbols import nu_C, nu_F, nu_W

    w, f, c, *rates = given
    if any(rate != 1 for rate in rates):
        eta_W, eta_F, eta_C = sympy.symbols("eta_W eta_F eta_C")
        scaled = moment.subs({nu_F: nu_F * eta_W / eta_F, nu_C: nu_C * eta_W / eta_C}, simultaneous=True)
        moment = sympy.expand(scaled * (eta_C * eta_F / eta_W) ** degree)
        moment = moment.subs(dict(zip((eta_W, eta_F, eta_C), rates, strict=True)), simultaneous=True)
    return moment.subs({nu_W: w, nu_F: f, nu_C: c}, simultaneous=True)


def _pairs(lags: int) -> list[tuple[int, int]]:
    from numeric.arguments import at_least

    lags = at_least(1, "lags", lags, most=100)
    return [(i, j) for i in range(lags) for j in range(i + 1)]


def _at_width(
    columns: dict[str, list[Cell]], width: int | None, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """The polynomials in 1/n, at a width unless it stays a symbol."""
    from derivations.symbols import n

    at = the_width(width, symbols)
    return {
        name: [x.subs(n, at) if hasattr(x, "subs") else x for x in cells] for name, cells in columns.items()
    }


def the_width(width: int | None, symbols: frozenset[str]) -> Any:
    """n, as a symbol or a number; ValueError unless one of both is named."""
    from derivations.symbols import n
    from numeric.arguments import REACH, at_least

    if "n" in symbols:
        return n
    if width is None:
        raise ValueError("width must be given, unless n is a symbol")
    return rational(Fraction(at_least(1, "width", width, most=10**REACH)))


def _rounded(columns: dict[str, list[Cell]], width: int, digits: int | None) -> list[Sequence[Cell]]:
    lag, other, *moments = _at_width(columns, width, frozenset()).values()
    return [lag, other, *(numbers([Fraction(x.p, x.q) for x in cells], digits) for cells in moments)]


GRAM_MOMENTS = Spec(
    "gram-moments",
    "the exact mean and variance of the lag Grams Q_ij and P_ij at width N, for one input and one output",
    {
        "lag": LAG,
        "other": Column("$j$", "the other lag"),
        "input-mean": Column(r"$\mathrm{E}\,Q_{ij}$", "the mean of the Gram $Q_ij$ of the states"),
        "input-variance": Column(r"$\mathrm{Var}\,Q_{ij}$", "its variance"),
        "output-mean": Column(r"$\mathrm{E}\,P_{ij}$", "the mean of the Gram $P_ij$ of the adjoint states"),
        "output-variance": Column(r"$\mathrm{Var}\,P_{ij}$", "its variance"),
    },
    _gram_moments,
    "--transition 0.5 --width 100",
    symbols=("n", "nu_W", "nu_F", "nu_C"),
    formulas=_gram_moments_in_symbols,
)
EXACT_MOMENTS = Spec(
    "exact-moments",
    "the exact mean and variance of Theta_ij at width N, for one input and one output",
    {
        "lag": LAG,
        "other": Column("$j$", "the other lag"),
        "mean": Column(r"$\mathrm{E}\,\Theta_{ij}$", "the mean of $Theta_ij$"),
        "variance": Column(r"$\mathrm{Var}\,\Theta_{ij}$", "its variance"),
    },
    _exact_moments,
    "--transition 0.9 --width 100",
    symbols=("n", "nu_W", "nu_F", "nu_C"),
    formulas=_exact_moments_in_symbols,
)
