"""The lag kernel Theta itself: its limit, and what it is at a finite width."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.tables.moments import the_width, with_rates
from verify.tables.rounding import numbers, roots, shown
from verify.tables.spec import LAG, Cell, Column, Spec
from verify.tables.symbols import conditioned, generating, parts, relative_bias, relative_law, weighted_lags

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["FINITE_WIDTH", "LIMIT_KERNEL"]


def _limit_kernel(
    variances: "Model", lags: int = 5, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """The limit of Theta_ij for j <= i."""
    from numeric import limit_kernel

    theta = limit_kernel(variances, lags, digits=digits)
    pairs = [(i, j) for i in range(lags) for j in range(i + 1)]
    return [i for i, _ in pairs], [j for _, j in pairs], [shown(theta[pair], digits) for pair in pairs]


def _finite_width(
    variances: "Model", lags: int = 10, *, width: int, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """What Theta_ii of a network of finite width is: its exact mean, and by the first-order law its spread.

    ValueError if a weight is 0.

    >>> from numeric import Variances
    >>> from verify.tables import render
    >>> print(render(FINITE_WIDTH(Variances(1), 3, width=100, digits=3), "csv"))
    lag,weight,mean,relative-bias,standard-deviation,relative-fluctuation
    0,2.00,2.00,0.0,0.200,0.100
    1,3.00,3.00,0.0,0.447,0.149
    2,4.00,4.00,0.000150,0.748,0.187
    """
    from numeric import expected_lag_kernel
    from numeric.fluctuations import weight_and_variance

    network = _exactly(variances)
    expected = expected_lag_kernel(width, network, lags)
    means = [Fraction(expected[lag, lag]) for lag in range(lags)]
    weights, laws = zip(*(weight_and_variance(network, lag) for lag in range(lags)), strict=True)
    if not all(weights):
        zero = next(lag for lag, weight in enumerate(weights) if not weight)
        raise ValueError(f"variances: the weight of lag {zero} is 0, to which nothing is relative")
    spreads = [law / width for law in laws]
    pairs = list(zip(weights, means, spreads, strict=True))
    return (
        range(lags),
        numbers(weights, digits),
        numbers(means, digits),
        numbers([mean / weight - 1 for weight, mean, _ in pairs], digits),
        roots(spreads, digits),
        roots([spread / weight**2 for weight, _, spread in pairs], digits),
    )


def _exactly(network: "Model") -> "Model":
    """The same network with its numbers as fractions, where they were given as floats."""
    from numeric import Rates, Variances
    from numeric.variances import rates_of, w_f_c

    if network.exact or not isinstance(network, Variances):
        return network
    return Variances(*w_f_c(network), rates=Rates(*rates_of(network)))


def _finite_width_in_symbols(
    variances: "Model", lags: int | None = None, *, width: int | None = None, symbols: frozenset[str]
) -> dict[str, list[Cell]]:
    """At each lag the exact mean, a polynomial in 1/n; in i its first terms, which leave O(n^-3)."""
    import sympy

    from derivations import rational
    from derivations.exact_kernel import exact_mean
    from derivations.symbols import i

    given, n, u = parts(variances, symbols), the_width(width, symbols), sympy.Symbol("u")
    index, conditions = weighted_lags(symbols, lags, given)
    G = generating(variances, symbols, u)
    if index == [i]:
        if n.is_Number:
            raise ValueError("symbolic: where i is a symbol n must be one, as means are known up to O(n^-3)")
        rest = sympy.Order(n**-3, (n, sympy.oo))
        weights, biases = [rational.closed_form(G, u, i).expression], [relative_bias(i, given) / n**2 + rest]
        means = [weights[0] + weights[0] * relative_bias(i, given) / n**2 + rest]
    else:
        weights = rational.series(G, u, len(index))
        means = [with_rates(exact_mean(k, k), 1, given).subs("n", n) for k in index]
        biases = [sympy.factor(mean / weight - 1) for mean, weight in zip(means, weights, strict=True)]
    spreads = [sympy.sqrt(relative_law(k, given) / n) for k in index]
    columns = {
        "lag": index,
        "weight": weights,
        "mean": means,
        "relative-bias": biases,
        "standard-deviation": [weight * spread for weight, spread in zip(weights, spreads, strict=True)],
        "relative-fluctuation": spreads,
    }
    return conditioned(columns, {name: [conditions] * len(index) for name in columns if name != "lag"})


LIMIT_KERNEL = Spec(
    "limit-kernel",
    "the limit of Theta_ij, where it is not diagonal",
    {
        "lag": LAG,
        "other": Column("$j$", "the other lag"),
        "kernel": Column(r"$\lim\Theta_{ij}$", "the limit of $Theta_ij$"),
    },
    _limit_kernel,
    '--network "leaky(0.9, 0.05)" --lags 4',
    networks=True,
)
FINITE_WIDTH = Spec(
    "finite-width",
    "the exact mean of Theta_ii at width N, and its standard deviation by the first-order law, also"
    " relative to rho_i",
    {
        "lag": LAG,
        "weight": Column(r"$\rho_i$", "the weight $rho_i$, the limit"),
        "mean": Column(r"$\mathrm{E}\,\Theta_{ii}$", "the exact mean of $Theta_ii$"),
        "relative-bias": Column(
            r"$\mathrm{E}\,\Theta_{ii}/\rho_i - 1$", "how far the mean is from the weight, relative to it"
        ),
        "standard-deviation": Column(
            r"$\mathrm{sd}\,\Theta_{ii}$", "the standard deviation, by the first-order law"
        ),
        "relative-fluctuation": Column(
            r"$\mathrm{sd}\,\Theta_{ii}/\rho_i$", "the standard deviation relative to the weight"
        ),
    },
    _finite_width,
    "--transition 0.9 --width 256 --precision 4",
    networks=True,
    symbols=("i", "n", "nu_W", "nu_F", "nu_C"),
    formulas=_finite_width_in_symbols,
)
