"""The second route: both sides of a claim at numbers, from what :mod:`numeric` knows of the network.

Nothing here knows a closed form of :mod:`verify.claims.quantities`: weights follow from the recursion over
the layers in exact fractions, sums are added up term by term, generating functions too, derivatives are
differences, means at a finite width are those of :func:`numeric.expected_lag_kernel`, and a limit in the
width is compared with the value at a large one.  What is not exact is a ball about what was added up, of the
size of what was left out, as estimated by a geometric series.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq

from verify.claims.reading import INDICES
from verify.claims.syntax import (
    Call,
    Differential,
    Limit,
    Name,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Sum,
    Times,
    is_of_indices,
)

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["Setting", "Unconfirmed", "number_at", "setting"]

MOST_WORK = 100_000
"""Parts of expressions that are evaluated at a point."""
TERMS, MORE = 300, 60
"""Of a sum without an end, and of a generating function."""
WIDE, LATE = 10**12, 290
EXACT = 40
"""Lags of which the weights are exact fractions."""
OF_TWO = 24
FEW_LETTERS = 8
"""Of which all pairings are looked at."""
"""A large width, and a late lag."""
STEP = fmpq(1, 10**15)
GENERIC = tuple(Fraction(x) for x in ["3/7", "5/11", "2/9", "7/5", "11/13", "13/4"])
SMALL = tuple(Fraction(x) for x in ["2/7", "-3/11", "1/5"])


class Unconfirmed(Exception):  # noqa: N818 - not an error
    """There is no second route to a value."""


class Weights:
    """The lag weights of a network, by the recursion over its layers, when they are asked for."""

    def __init__(self, model: "Model") -> None:
        self.model = model
        self.work = 0

    @cached_property
    def _first(self) -> list[fmpq]:
        from numeric.limit import diagonal_limit

        return [_exact(x) for x in diagonal_limit(self.model, EXACT, lambda x: x)]

    @cached_property
    def _many(self) -> list[arb]:
        from numeric.limit import diagonal_limit

        return list(diagonal_limit(self.model, TERMS + MORE, lambda x: arb(_exact(x))))

    def __getitem__(self, lag: int) -> Any:
        """rho of a lag: exactly, or as a ball at a late one."""
        return self._first[lag] if lag < EXACT else self._many[lag]


@dataclass(frozen=True)
class Setting:
    """A network with numbers, a width, and the values of the other names."""

    model: "Model"
    values: Mapping[str, fmpq]
    indices: Mapping[str, int]
    weights: Weights

    def at(self, index: str, k: int) -> "Setting":
        """With a value for an index."""
        return replace(self, indices={**self.indices, index: k})


def setting(model: "Model", values: Mapping[str, fmpq], indices: Mapping[str, int]) -> Setting:
    """A network with numbers, and the values of the other names."""
    return Setting(model, values, indices, Weights(model))


def _exact(x: Fraction | int) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def _whole(x: Any) -> int:
    if not isinstance(x, fmpq) or x.q != 1:
        raise Unconfirmed
    return int(x.p)


def _lag(x: Any) -> int:
    lag = _whole(x)
    if not 0 <= lag < TERMS + MORE:
        raise Unconfirmed
    return lag


def number_at(node: Node, at: Setting) -> Any:
    """The value of an expression: an fmpq, or an arb where it is not exact."""
    at.weights.work += 1
    if at.weights.work > MOST_WORK:
        raise Unconfirmed
    match node:
        case Number(number):
            return _exact(number)
        case Name(name):
            return _named(name, at)
        case Plus(terms):
            return sum((number_at(term, at) for term in terms[1:]), number_at(terms[0], at))
        case Times(factors):
            return _product(factors, at)
        case Over(Differential(body), Differential(Name(name))):
            return _slope(body, name, at)
        case Over(above, below):
            return number_at(above, at) / number_at(below, at)
        case Power(base, exponent):
            power = number_at(base, at), _whole(number_at(exponent, at))
            if abs(power[1]) > 2 * TERMS:
                raise Unconfirmed
            return power[0] ** power[1]
        case Sum(body, index, first, Name("oo")):
            begin = _whole(number_at(first, at))
            return _series(number_at(body, at.at(index, k)) for k in range(begin, begin + TERMS))
        case Sum(body, index, first, last):
            ends = _whole(number_at(first, at)), _whole(number_at(last, at))
            if ends[1] - ends[0] > TERMS:
                raise Unconfirmed
            return sum((number_at(body, at.at(index, k)) for k in range(ends[0], ends[1] + 1)), fmpq(0))
        case Limit(body, "n", _):
            return _wide(body, at)
        case Limit(body, index, _) if index in INDICES:
            return _late(body, index, at)
        case Call(name, arguments, order):
            return _called(name, arguments, order, at)
    raise Unconfirmed


def _product(factors: tuple[Node, ...], at: Setting) -> Any:
    """A product; a factor that is 0 outdoes a power of 0 that is none."""
    total, lost, nothing = fmpq(1), False, False
    for factor in factors:
        try:
            own = number_at(factor, at)
            total, nothing = total * own, nothing or (own == 0 and is_of_indices(factor, INDICES))
        except ZeroDivisionError:
            if not isinstance(factor, Power):
                raise
            lost = True
    if lost and not nothing:
        raise ZeroDivisionError
    return total


def _named(name: str, at: Setting) -> Any:
    if name in at.indices:
        return fmpq(at.indices[name])
    if name in at.values:
        return at.values[name]
    model: Any = at.model
    parts = {"nu_W": "transition", "nu_F": "input", "nu_C": "output"}
    if name in parts and hasattr(model, parts[name]):
        return _exact(getattr(model, parts[name]))
    if name.startswith("eta_"):
        return _exact(getattr(model.rates, parts[f"nu_{name[-1]}"]))
    if name in ("decay", "radius"):
        return _exact(getattr(model, name))
    if name in ("s", "p"):
        nu_F, nu_C, eta_W, eta_F, eta_C = (_named(x, at) for x in ("nu_F", "nu_C", "eta_W", "eta_F", "eta_C"))
        return eta_C * nu_F + eta_F * nu_C if name == "s" else eta_W * nu_C * nu_F
    if name in ("total", "mean_lag"):
        import numeric

        return _decimal(getattr(numeric, name)(model, digits=50))
    if name == "peak_lag":
        import numeric

        return fmpq(numeric.peak_lag(model))
    raise Unconfirmed


def _decimal(x: Any) -> arb:
    """A number of fifty certified digits."""
    from mpmath import nstr

    middle = arb(nstr(x, 50))
    return middle + abs(middle) * arb(0, "1e-48")


def _series(terms: Iterator[Any]) -> arb:
    """The sum of terms that fall geometrically in the end."""
    total, last = arb(0), list[Any]()
    for term in terms:
        total += arb(term)
        last = [*last[-9:], abs(arb(term))]
    if all(term == 0 for term in last):
        return total
    if not last[0] > 0:
        raise Unconfirmed
    ratio = (last[-1] / last[0]) ** (arb(1) / (len(last) - 1))
    if not ratio < arb("0.99"):
        raise Unconfirmed
    rest: arb = 10 * last[-1] / (1 - ratio)
    return total + arb(0, 1) * rest


def _called(name: str, arguments: tuple[Node, ...], order: int, at: Setting) -> Any:
    match name, arguments:
        case "E", (Call("Theta", (i, j)),):
            from numeric import expected_lag_kernel

            lags = [_lag(number_at(lag, at)) for lag in (i, j)]
            if max(lags) > 10 or "n" not in at.values:
                raise Unconfirmed
            mean = expected_lag_kernel(_whole(at.values["n"]), at.model, max(lags) + 1)[tuple(lags)]
            return _exact(Fraction(mean))
        case "E", (body,):
            return _moments(body, at)
        case "Var", (Call("Theta", (i, j)),):
            return _covariance([i, j, i, j], at)
        case "Cov", (Call("Theta", (i, j)), Call("Theta", (k, l))):
            return _covariance([i, j, k, l], at)
        case "Theta", (z, w):
            return _of_two(number_at(z, at), number_at(w, at), at)
        case "diff", (body, Name(by)):
            return _slope(body, by, at)
    numbers = [number_at(argument, at) for argument in arguments]
    match name, numbers:
        case "rho", (lag,):
            return at.weights[_lag(lag)]
        case "sensitivity", (_,):
            return _slope(Call("rho", arguments), "nu_W", at)
        case "prior_variance", (lag,):
            from numeric.limit import impulse_limit

            return _exact(impulse_limit(at.model, _lag(lag) + 1, lambda x: x).nngp[_lag(lag)])
        case "partial_sum", (lags,):
            return sum((at.weights[k] for k in range(_lag(lags))), fmpq(0))
        case "tail_mass", (lag,):
            from numeric import tail_mass

            return _decimal(tail_mass(at.model, _lag(lag), digits=50))
        case "G", (z,):
            ways = (comb(k, order) for k in range(order, TERMS))
            factorial = 1
            for step in range(2, order + 1):
                factorial *= step
            powers = (
                factorial * way * arb(at.weights[order + k]) * arb(z) ** k for k, way in enumerate(ways)
            )
            return _series(powers)
        case "delta", (one, other):
            return fmpq(int(one == other))
        case "min", (one, other):
            return min(one, other)
        case "max", (one, other):
            return max(one, other)
        case "binom", (one, other):
            below = _whole(other)
            if abs(below) > TERMS or abs(_whole(one)) > TERMS:
                raise Unconfirmed
            return fmpq(comb(_whole(one), below)) if below >= 0 else fmpq(0)
    raise Unconfirmed


def _moments(body: Node, at: Setting) -> Any:
    """From all pairings where there are few, else where the matrices are numbers."""
    from derivations.pairings import moment_by_enumeration
    from verify.claims.moments import at_width_one, words_of

    sizes = [at.values.get(name, fmpq(1)) for name in ("n", "n_x", "n_y")]
    variances = {letter: _named(f"nu_{letter}", at) for letter in "WFC"}
    total = fmpq(0)
    for scalars, words in words_of(body):
        part = fmpq(1)
        if words and sum(map(len, words)) <= FEW_LETTERS:
            known = {f"nu_{letter}": x for letter, x in variances.items()}
            known |= dict(zip(("n", "n_x", "n_y"), sizes, strict=True))
            part = _of_sympy(moment_by_enumeration(*(" ".join(word) for word in words)), known)
        elif words and all(size == 1 for size in sizes):
            part = _exact(
                at_width_one(words, {k: Fraction(int(x.p), int(x.q)) for k, x in variances.items()})
            )
        elif words:
            raise Unconfirmed
        for scalar in scalars:
            part = part * number_at(scalar, at)
        total += part
    return total


def _slope(body: Node, name: str, at: Setting) -> arb:
    """A derivative by a variance or z: a difference, with ten times its square for the error."""
    if name not in at.values:
        raise Unconfirmed
    sides = []
    for step in (STEP, -STEP):
        moved = {**at.values, name: at.values[name] + step}
        model: Any = at.model
        if name.startswith("nu"):
            from numeric import Variances

            numbers = (moved.get(f"nu_{part}", _named(f"nu_{part}", at)) for part in "WFC")
            model = Variances(*(Fraction(int(x.p), int(x.q)) for x in numbers), rates=model.rates)
        sides.append(number_at(body, setting(model, moved, at.indices)))
    slope = arb((sides[0] - sides[1]) / (2 * STEP))
    return slope + (1 + abs(slope)) * arb(0, "1e-25")


def _wide(body: Node, at: Setting) -> Any:
    """The value at a large width, with a relative error of its inverse's root."""
    match body:
        case Call("Theta", (i, j)):
            return _limit(_lag(number_at(i, at)), _lag(number_at(j, at)), at)
    if _random(body):
        raise Unconfirmed
    there = number_at(body, replace(at, values={**at.values, "n": fmpq(WIDE)}))
    return arb(there) + (1 + abs(arb(there))) * arb(0, "1e-6")


def _random(node: Node) -> bool:
    """Whether Theta stands in it outside of E, Var and Cov."""
    match node:
        case Call("E" | "Var" | "Cov"):
            return False
        case Call("Theta"):
            return True
    from verify.claims.syntax import children

    return any(_random(child) for child in children(node))


def _limit(i: int, j: int, at: Setting) -> fmpq:
    from numeric.limit import two_time_limit

    if max(i, j) > 40:
        raise Unconfirmed
    return _exact(two_time_limit(at.model, max(i, j) + 1, lambda x: x).ntk[i, j])


def _of_two(z: Any, w: Any, at: Setting) -> arb:
    """Theta(z, w), added up."""
    from numeric.limit import two_time_limit

    kernel = two_time_limit(at.model, OF_TWO, lambda x: arb(_exact(x))).ntk
    rows = [sum((x * arb(w) ** j for j, x in enumerate(row)), arb(0)) for row in kernel]
    total: arb = sum((row * arb(z) ** i for i, row in enumerate(rows)), arb(0))
    return total + (1 + abs(total)) * arb(0, "1e-9")


def _late(body: Node, index: str, at: Setting) -> arb:
    """What values at late lags tend to, from two of them, for an error of order 1/lag."""
    early, late = (arb(number_at(body, at.at(index, lag))) for lag in (LATE // 2, LATE - 8))
    return late + arb(0, 1) * (2 * abs(late - early) + arb("1e-12"))


def _covariance(lags: list[Node], at: Setting) -> Any:
    """From exact moments; the lags are small."""
    i, j, k, l = (_lag(number_at(lag, at)) for lag in lags)  # noqa: E741 - a lag
    import numeric

    if "n" not in at.values or max(i, j, k, l) > 6:
        raise Unconfirmed
    model: Any = at.model
    plain = isinstance(model, numeric.Variances) and model.rates == numeric.Rates()
    if plain and i + j + k + l <= 8:
        from derivations.exact_kernel import exact_covariance

        values = {f"nu_{part}": _named(f"nu_{part}", at) for part in "WFC"} | {"n": at.values["n"]}
        return _of_sympy(exact_covariance(i, j, k, l), values)
    width = _whole(at.values["n"])
    if width != WIDE:
        raise Unconfirmed
    most = max(i, j, k, l) + 1
    if (i, j) == (k, l):
        found = numeric.lag_kernel_variance(width, model, most)[i, j]
    else:
        found = numeric.lag_kernel_covariance(width, model, most)[i, j, k, l]
    return arb(float(found)) * (1 + arb(0, "1e-12"))


def _of_sympy(expression: Any, values: Mapping[str, fmpq]) -> fmpq:
    if expression.is_Rational:
        return fmpq(int(expression.p), int(expression.q))
    if expression.is_Symbol:
        return values[expression.name]
    parts = [_of_sympy(part, values) for part in expression.args]
    if expression.is_Add:
        return sum(parts, fmpq(0))
    if expression.is_Mul:
        total = fmpq(1)
        for part in parts:
            total = total * part
        return total
    if expression.is_Pow and parts[1].q == 1:
        return parts[0] ** int(parts[1].p)
    raise Unconfirmed
