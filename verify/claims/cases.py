"""Cases of the indices: what replaces indices where a linear form of them is negative, 0 or positive.

A substitution says of indices which linear form, of indices that again are any natural numbers, they are.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor

from derivations.exponentials import Cases, Element, Field, Linear, NoClosedFormError, NoValueError

__all__ = [
    "Substitution",
    "difference",
    "element",
    "index",
    "natural",
    "not_negative",
    "positive",
    "sign",
    "split",
    "substituted",
    "zero",
]

Substitution = Mapping[str, Linear]

MOST_CASES = 64
"""Values of an index that are told apart one by one."""


def index(name: str, constant: int | Fraction = 0) -> Linear:
    """``name + constant``."""
    return Linear(Fraction(constant), {name: Fraction(1)})


def substituted(form: Linear, by: Substitution) -> Linear:
    """The form with others in the place of its indices.

    >>> substituted(index("i", 2), {"i": index("j", 1)})
    Linear(constant=Fraction(3, 1), coefficients={'j': Fraction(1, 1)})
    """
    constant, coefficients = form.constant, dict[str, Fraction]()
    for name, factor in form.coefficients.items():
        known = by.get(name, index(name))
        constant += factor * known.constant
        for other, x in known.coefficients.items():
            coefficients[other] = coefficients.get(other, Fraction(0)) + factor * x
    return Linear(constant, {name: x for name, x in coefficients.items() if x})


def split(cases: Cases) -> list[Substitution]:
    """Substitutions that together are all indices, in each of which the question has one answer.

    >>> [s["i"].constant for s in split(Cases(index("i", -1)))]  # i = 0, i = 1, i >= 2
    [Fraction(0, 1), Fraction(1, 1), Fraction(2, 1)]
    """
    if cases.form is None:
        return [{cases.even: Linear(Fraction(rest), {cases.even: Fraction(2)})} for rest in (0, 1)]
    form = cases.form
    minus = Linear(-form.constant, {name: -x for name, x in form.coefficients.items()})
    return [*positive(minus), *zero(form), *positive(form)]


def not_negative(form: Linear) -> list[Substitution]:
    """Those in which the form is 0 or positive."""
    if form.is_natural:
        return [{}]
    return [*positive(Linear(form.constant + 1, form.coefficients))]


def positive(form: Linear) -> Iterator[Substitution]:
    """Those in which the form, of one index or with a difference of two, is positive."""
    if not form.coefficients:
        if form.constant > 0:
            yield {}
        return
    if len(form.coefficients) == 1:
        ((name, a),) = form.coefficients.items()
        least = -form.constant / a
        if a > 0:
            yield {name: index(name, max(floor(least) + 1, 0))}
            return
        if least > MOST_CASES:
            raise NoClosedFormError(f"more than {MOST_CASES} values of {name}")
        for k in range(max(ceil(least), 0)):
            yield {name: Linear(Fraction(k), {})}
        return
    up, down = _difference(form)
    c = form.constant
    # up > down - c
    if c <= 0:
        yield {up: Linear(1 - c, {down: Fraction(1), up: Fraction(1)})}
        return
    if c > MOST_CASES:
        raise NoClosedFormError(f"more than {MOST_CASES} values of {down}")
    for k in range(int(c)):
        yield {down: Linear(Fraction(k), {})}
    yield {down: index(down, c), up: Linear(Fraction(1), {down: Fraction(1), up: Fraction(1)})}


def zero(form: Linear) -> Iterator[Substitution]:
    """Those in which the form is 0."""
    if len(form.coefficients) == 1:
        ((name, a),) = form.coefficients.items()
        root = -form.constant / a
        if root >= 0 and root.denominator == 1:
            yield {name: Linear(root, {})}
        return
    up, down = _difference(form)
    if form.constant <= 0:
        yield {up: index(down, -form.constant)}
    else:
        yield {down: index(up, form.constant)}


def _difference(form: Linear) -> tuple[str, str]:
    """The indices of a form ``up - down + c``."""
    if sorted(form.coefficients.values()) != [-1, 1] or form.constant.denominator != 1:
        raise NoClosedFormError("more cases of the indices than one index or a difference of two has")
    up = next(name for name, x in form.coefficients.items() if x == 1)
    down = next(name for name, x in form.coefficients.items() if x == -1)
    return up, down


def element(form: Linear, of: Field) -> Element:
    """A linear form as an element."""
    total = of.constant(form.constant)
    for index, coefficient in form.coefficients.items():
        total = total + of.index(index) * coefficient
    return total


def natural(form: Linear, what: str) -> None:
    """Nothing for a form that is a natural number everywhere; else Cases to tell apart, or NoValueError."""
    if form.is_natural:
        return
    if not form.coefficients:
        raise NoValueError(f"{what} that is negative")
    raise Cases(form)


def difference(one: Linear, other: Linear) -> Linear:
    """one - other."""
    names = sorted({*one.coefficients, *other.coefficients})
    both = {
        name: one.coefficients.get(name, Fraction(0)) - other.coefficients.get(name, Fraction(0))
        for name in names
    }
    return Linear(one.constant - other.constant, {name: x for name, x in both.items() if x})


def sign(form: Linear) -> int:
    """1 for a form that is positive, 0 for 0, -1 for negative; Cases if that depends on the indices."""
    if not form.coefficients:
        return (form.constant > 0) - (form.constant < 0)
    for direction in (1, -1):
        turned = Linear(direction * form.constant, {k: direction * x for k, x in form.coefficients.items()})
        if turned.is_natural and turned.constant > 0:
            return direction
    raise Cases(form)
