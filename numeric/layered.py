r"""The lag weights of a network of any layers whose limit is diagonal, and their sums.

The generating function ``G(u) = sum rho_i u^i`` is the recursion of :mod:`numeric.model` for an impulse, in
which each layer has two functions with coefficients that are not negative: T_l, and E_l with ``D_l = E_l
before``.  Unrolled, G is a sum of terms that have, for every l, either T_l or E_l as a factor.  So unless all
terms vanish, the weights have a finite sum exactly where all T_l and E_l are finite at 1, and

    total = G(1),    mean lag = G'(1) / G(1), from G(1 + e) with e^2 = 0.

Dense layers are a linear recurrence in non-negative terms: after the impulse,

    s_l[t+1] = nu_F s_{l-1}[t+1] + nu_W s_l[t]
    k_l[t+1] = nu_F k_{l-1}[t+1] + eta_F s_{l-1}[t+1] + eta_W s_l[t] + nu_W k_l[t],

in short ``x_{t+1} = A x_t``, ``rho_t = r x_t`` with ``x = (s_1, ..., s_D, k_1, ..., k_D)``.  In balls a power
of A, by squarings, loses about as many bits as its exponent has.  The m-th power of A bordered by r has the
sum of the first m weights in it.  What comes after lag m follows by summing the recurrence: with S and K
the sums over t > m,

    (1 - nu_W) S_l = nu_F S_{l-1} + nu_W s_l[m]
    (1 - nu_W) K_l = nu_F K_{l-1} + eta_F S_{l-1} + eta_W (S_l + s_l[m]) + nu_W k_l[m].

With a ring there is no such recurrence; then a tail is the total, in which there are logarithms, less the
first weights, in balls of as many bits as that takes.

Rational values are settled exactly where no ball tells; logarithms have none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, arb_mat, arb_series, ctx, fmpq, fmpq_mat, fmpq_series

from numeric.arguments import Count, at_least
from numeric.cached import kept
from numeric.certified import MOST_DIGITS, Evaluate, exact_ball, not_positive, precision
from numeric.dense import DenseTransition
from numeric.limit import diagonal_limit, impulse_limit
from numeric.model import (
    NOTHING,
    DiagonalTwoPoint,
    Layer,
    Limit,
    Model,
    Part,
    ToNumber,
    Values,
)
from numeric.model import generating_function as of_two_times
from numeric.variances import GivenNetwork, given_network, refuse

__all__ = [
    "converges",
    "generating_function",
    "growths",
    "is_dense",
    "is_one_dense",
    "just_below",
    "mean_lag",
    "memory_length",
    "most_lag",
    "partial_sum",
    "peak_lag",
    "tail_mass",
    "total",
    "vanishes",
    "weighted",
    "weights",
    "without_biases",
]

MOST_LAG_DENSE = 10**18
"""A single lag of dense layers, by squarings of a matrix: seconds for 64 of them."""
MOST_LAG_RING = 10**6
"""A single lag, or as many of them one by one."""
_FIRST_BITS = 128
_NEVER = 2**62
"""Bits, more than there ever are."""


def weighted(network: GivenNetwork) -> Model:
    """The network without biases, which its lag weights do not see.

    Raises
    ------
    ValueError
        If it is none, or its limit is more than lag weights.

    Examples
    --------
    >>> from numeric import Leaky
    >>> weighted(Leaky("0.5", "0.25"))
    Traceback (most recent call last):
    ValueError: Leaky has no lag weights alone, as its limit is not diagonal; limit_kernel gives all of it
    """
    given = given_network(network)
    if not given.diagonal:
        refuse(given, "lag weights alone, as its limit is not diagonal", "limit_kernel gives all of it")
    return without_biases(given)


@dataclass(frozen=True)
class _Bare(Model):
    """A network but for its biases and initial state."""

    name: ClassVar[str] = "bare"
    of: Model

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """As the network is."""
        return self.of.exact

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of the network, without what is added to them."""
        return tuple(replace(layer, bias=NOTHING, initial=NOTHING) for layer in self.of.layers)

    @property
    def readout(self) -> Part:
        """Of the network."""
        return self.of.readout


def without_biases(model: Model) -> Model:
    """The network itself if it has none."""
    return _Bare(model) if model.biased else model


def is_one_dense(model: Model) -> bool:
    """Whether there is one layer, and it is dense: then there are closed forms."""
    return is_dense(model) and len(model.layers) == 1


def is_dense(model: Model) -> bool:
    """Whether all transitions are dense ones."""
    return all(type(layer.transition) is DenseTransition for layer in model.layers)  # no other is trained so


def most_lag(model: Model) -> int:
    """The greatest single lag that the functions below take."""
    return MOST_LAG_DENSE if is_dense(model) else MOST_LAG_RING


def vanishes(model: Model) -> bool:
    """Whether all weights are 0, which the signs of variances and rates tell: T begins with 1 and E with u.

    >>> from numeric import Rates, Variances
    >>> vanishes(Variances("0.5", 0, 0)), vanishes(Variances("0.5", rates=Rates(1, 0, 0)))
    (True, False)
    """
    s, k = True, False  # whether they are more than 0
    for layer in model.layers:
        carried, trained = bool(layer.input.variance), bool(layer.input.rate)
        s, k = s and carried, (k and carried) or (s and trained)
        k = k or (s and bool(layer.rate))
    c = model.readout
    return not ((k and c.variance) or (s and c.rate))


@kept
def converges(model: Model) -> bool:
    """Whether the sum of the weights is finite."""
    return all(growth < 1 for growth in growths(model)) or vanishes(model)


def growths(model: Model) -> list[Fraction]:
    """At what rate the two-point function of each layer grows or decays."""
    transitions = (layer.transition for layer in model.layers)
    return [T.growth for T in transitions if isinstance(T, DiagonalTwoPoint)]


def _rational(model: Model) -> bool:
    """Whether sums of the weights are rational numbers."""
    return _is_trained_alone(model) or all(
        layer.transition.rational for layer in model.layers if isinstance(layer.transition, DiagonalTwoPoint)
    )


def _is_trained_alone(model: Model) -> bool:
    """Whether there is one transition and nothing else is trained: then there is no T in G."""
    return len(model.layers) == 1 and not any(diagonal_limit(model, 1, Fraction))


def weights(model: Model, lags: int, of: Callable[[Limit], Values] = lambda limit: limit.ntk) -> Evaluate:
    """The weights, or another function of the lag in the limit; exact ones only as far as they are needed."""

    def evaluate(number: ToNumber) -> Iterable[Any]:
        one = number(Fraction(1))
        if isinstance(one, arb):
            return of(impulse_limit(model, lags, number))
        if isinstance(one, fmpq):
            return _prefixes(lambda k: of(impulse_limit(model, k, number)), lags)
        return (number(Fraction(2)) ** _size(model, i) for i in range(lags))

    return evaluate


def _prefixes(compute: Callable[[int], Values], lags: int) -> Iterator[Any]:
    done, beyond = 0, 1
    while done < lags:
        yield from compute(min(beyond, lags))[done:]
        done, beyond = beyond, 2 * beyond


def _size(model: Model, lag: int) -> int:
    """About as many bits as an exact value takes that has the powers of this lag in it."""
    parts = [model.readout, *(layer.input for layer in model.layers)]
    numbers = [x for part in parts for x in (part.variance, part.rate)]
    bits = _bits(*numbers, *(layer.rate for layer in model.layers))
    return bits + 2 * (lag + 3) * _bits(*growths(model))


def _bits(*numbers: Fraction) -> int:
    return sum(x.numerator.bit_length() + x.denominator.bit_length() for x in numbers)


def _evaluated(
    compute: Callable[[ToNumber], Any], model: Model, lag: int = 0, *, rational: bool = True
) -> Evaluate:
    size = _size(model, lag) if rational else _NEVER

    def evaluate(number: ToNumber) -> list[Any]:
        known = isinstance(number(Fraction(1)), arb | fmpq)
        return [compute(number) if known else number(Fraction(2)) ** size]

    return evaluate


def _generating_function(model: Model, u: Any, number: ToNumber) -> Any:
    one = number(Fraction(1))
    if _is_trained_alone(model):
        (layer,) = model.layers
        factor = layer.rate * layer.input.variance * model.readout.variance
        return layer.transition.trained_at(number(factor), u, one, number)
    return of_two_times(model, u, one, number)


def generating_function(model: Model, u: Fraction) -> Evaluate:
    """The sum of all ``rho_i u^i``, which converges absolutely."""
    if vanishes(model):
        return lambda number: [number(Fraction(0))]
    if not u:
        return _weight(model, 0)
    size = _bits(u) * len(model.layers)
    return _evaluated(
        lambda number: _generating_function(model, number(u), number), model, size, rational=_rational(model)
    )


def total(model: Model) -> Evaluate:
    """The sum of the weights, which converges."""
    if vanishes(model):
        return lambda number: [number(Fraction(0))]
    return _evaluated(
        lambda number: _generating_function(model, number(Fraction(1)), number),
        model,
        rational=_rational(model),
    )


def mean_lag(model: Model) -> Evaluate:
    """The mean of the lag under the weights, which do not all vanish and have a finite sum."""

    def compute(number: ToNumber) -> Any:
        one = number(Fraction(1))
        series = arb_series if isinstance(one, arb) else fmpq_series
        G = _generating_function(model, series([one, one], prec=2), number)
        return G[1] / G[0]

    return _evaluated(compute, model, rational=_rational(model))


def partial_sum(model: Model, lags: int, digits: Count | None) -> Evaluate:
    """The sum of the first weights, which is to be rounded to so many digits, or to float64."""
    if lags and any(growths(model)) and converges(model) and not vanishes(model) and _rational(model):
        whole = _generating_function(model, Fraction(1), Fraction)
        below = just_below(
            whole,
            digits,
            lambda tiny: _is_at_most(tail_mass(model, lags), lambda number: [number(tiny)]),
        )
        if below is not None:
            return lambda number: [number(below)]
    if is_dense(model):
        return _evaluated(lambda number: _Recurrence(model, number).at(lags)[-1], model, lags)
    return _evaluated(lambda number: _first(model, lags, number), model, lags)


def just_below(
    whole: Fraction, digits: Count | None, tail_is_at_most: Callable[[Fraction], bool]
) -> Fraction | None:
    """A number that rounds as the whole less a positive tail does, if that is so small that it can be told.

    No rounding breaks between the whole and that little below it: of a smaller tail only the sign counts,
    while the difference from the whole may have as good as no digits.
    """
    places = 0 if digits is None else at_least(1, "digits", digits, most=MOST_DIGITS)
    tiny = Fraction(1, 2 ** (2 * whole.denominator.bit_length() + 4 * places + 1100))
    return whole - tiny / 2 if tail_is_at_most(tiny) else None


def tail_mass(model: Model, lag: int) -> Evaluate:
    """The sum of the weights from a lag on, which converges."""
    if vanishes(model):
        return lambda number: [number(Fraction(0))]
    if is_dense(model):

        def compute(number: ToNumber) -> Any:
            recurrence = _Recurrence(model, number)
            return recurrence.tail(recurrence.at(lag))

        return _evaluated(compute, model, lag)

    def difference(number: ToNumber) -> Any:
        return _generating_function(model, number(Fraction(1)), number) - _first(model, lag, number)

    return _evaluated(difference, model, lag, rational=_rational(model))


def _first(model: Model, lags: int, number: ToNumber) -> Any:
    return sum(diagonal_limit(model, lags, number), number(Fraction(0))) if lags else number(Fraction(0))


class _Recurrence:
    """That of dense layers, in balls or exact numbers."""

    def __init__(self, model: Model, number: ToNumber) -> None:
        self.zero, self.one = number(Fraction(0)), number(Fraction(1))
        self.layers = [
            tuple(map(number, (w, layer.rate, layer.input.variance, layer.input.rate)))
            for w, layer in zip(growths(model), model.layers, strict=True)
        ]
        self.c, self.rate = number(model.readout.variance), number(model.readout.rate)

    def after(self, state: list[Any], entering: Any) -> list[Any]:
        """The state one step later, s and k; ``entering`` is what the first layer reads."""
        D = len(self.layers)
        s, k = [], []
        below, k_below = entering, self.zero
        for (w, rate, f, f_rate), s_old, k_old in zip(self.layers, state[:D], state[D:], strict=True):
            k_below = f * k_below + f_rate * below + rate * s_old + w * k_old
            below = f * below + w * s_old
            s.append(below)
            k.append(k_below)
        return s + k

    def output(self, state: list[Any]) -> Any:
        """rho."""
        return self.rate * state[len(self.layers) - 1] + self.c * state[2 * len(self.layers) - 1]

    def at(self, lag: int) -> list[Any]:
        """The state at a lag, and the sum of the weights before."""
        size = 2 * len(self.layers)
        units = [[self.one if i == j else self.zero for i in range(size)] for j in range(size)]
        columns = [[*self.after(unit, self.zero), self.output(unit)] for unit in units]
        columns.append([self.zero] * size + [self.one])
        matrix = arb_mat if isinstance(self.one, arb) else fmpq_mat
        power = matrix(size + 1, size + 1, [x for row in zip(*columns, strict=True) for x in row])
        state = matrix(size + 1, 1, [*self.after([self.zero] * size, self.one), self.zero])
        with precision(ctx.prec + 2 * lag.bit_length()):
            for k in range(lag.bit_length()):
                if lag >> k & 1:
                    state = power * state
                if lag >> k > 1:
                    power = power * power
        return list(state.entries())

    def tail(self, state: list[Any]) -> Any:
        """The sum of the weights from a state on."""
        D = len(self.layers)
        S = K = self.zero
        for (w, rate, f, f_rate), s, k in zip(self.layers, state[:D], state[D : 2 * D], strict=True):
            below, S = S, (f * S + w * s) / (1 - w)
            K = (f * K + f_rate * below + rate * (S + s) + w * k) / (1 - w)
        return self.output(state) + self.rate * S + self.c * K


def peak_lag(model: Model) -> int:
    """The last lag of greatest weight; the weights do not all vanish and have a finite sum.

    No weight from lag m on exceeds the tail mass there, so that the search ends where this falls below a
    weight before.
    """
    lags = 64
    while True:
        with precision(_FIRST_BITS):
            values = list(diagonal_limit(model, lags, exact_ball))
            greatest = max(range(lags), key=lambda i: values[i].mid())
            candidates = [i for i, x in enumerate(values) if not x < values[greatest]]
        if not _is_at_most(_weight(model, greatest), tail_mass(model, lags)):
            break
        if lags >= MOST_LAG_RING:
            raise ValueError(f"peak_lag: the weights may still rise at lag {lags}, beyond which nobody looks")
        lags *= 2
    last = candidates[0]
    for i in candidates[1:]:
        if _is_at_most(_weight(model, last), _weight(model, i)):
            last = i
    return last


def _weight(model: Model, lag: int) -> Evaluate:
    def compute(number: ToNumber) -> Any:
        if is_dense(model):
            recurrence = _Recurrence(model, number)
            return recurrence.output(recurrence.at(lag))
        return diagonal_limit(model, lag + 1, number)[-1]

    return _evaluated(compute, model, lag)


def memory_length(model: Model, bound: Fraction) -> int:
    """The least m with a tail mass that is at most the bound, which is positive; the sum is finite."""

    def within(m: int) -> bool:
        return _is_at_most(tail_mass(model, m), lambda number: [number(bound)])

    if within(0):
        return 0
    outside, inside, most = 0, 1, most_lag(model)
    while not within(inside):
        if inside == most:
            raise ValueError(
                f"memory_length: the tail mass at lag {most}, where the search ends for this network, "
                "is still greater than epsilon"
            )
        outside, inside = inside, min(2 * inside, most)
    while inside - outside > 1:
        middle = (inside + outside) // 2
        if within(middle):
            inside = middle
        else:
            outside = middle
    return inside


def _is_at_most(left: Evaluate, right: Evaluate) -> bool:
    (answer,) = not_positive(lambda number: [x - y for x, y in zip(left(number), right(number), strict=True)])
    return answer
