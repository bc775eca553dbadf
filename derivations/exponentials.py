r"""Rational functions of symbols, of indices and of powers ``b^i``, in a normal form that decides identities.

A closed form of the theory such as ``s w^i + p i w^(i-1)`` is an element of the field

    K = Q(symbols, indices i, j, ..., powers b^i of each base b and each index i),

where the bases are the prime numbers and the irreducible polynomials in the symbols.  Any base is, but for
its sign, a product of these, and an exponent that is linear in the indices with whole coefficients a product
of powers: ``(6 w)^(2 i + j - 1) = (2^i 3^i w^i)^2 2^j 3^j w^j / (6 w)``.  So elements are fractions of
polynomials in lowest terms, and two are equal exactly if these are.

*Sound*: at natural numbers for the indices, ``b^i -> b^i`` is a homomorphism into the rational functions of
the symbols; elements that are equal in K are equal wherever the expressions they were made from divide by
nothing that vanishes.  So are their values at every point where these expressions have one, ``0^0 = 1``
included, since ``x^0`` is the rational function 1.  *Complete*: a combination of the ``i^d r^i`` for
different r, with coefficients of the symbols, vanishes for all natural i only if all of its coefficients do,
and the bases are independent, so that different monomials are different r.

Where a form depends on the sign of an index or its parity, :class:`Cases` says which to tell apart.

Sources: Stanley, Enumerative Combinatorics I, chapter 4; Everest, van der Poorten, Shparlinski and Ward,
Recurrence Sequences, chapter 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import Any, TypeAlias

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz

__all__ = [
    "Cases",
    "Element",
    "Field",
    "Key",
    "Linear",
    "NoClosedFormError",
    "NoValueError",
    "Power",
    "canonical_sign",
]

MOST_GENERATORS = 48
"""Of one field."""
MOST_WORK = 40_000
"""Products of terms, the terms of a power, its degree and its bits: some tenths of a second."""
MOST_PRIME = 10**12
"""Up to which the base of a power is factored."""


class NoClosedFormError(ValueError):
    """An expression is no element of such a field, or too large a one; the message says why."""


class NoValueError(ValueError):
    """An expression divides by 0, or is not defined there."""


@dataclass(frozen=True)
class Linear:
    """A linear form in the indices: the constant and the coefficients that are not 0."""

    constant: Fraction
    coefficients: Mapping[str, Fraction]

    @property
    def is_natural(self) -> bool:
        """Whether it is seen to be a natural number at all natural indices."""
        numbers = [self.constant, *self.coefficients.values()]
        return all(x >= 0 and x.denominator == 1 for x in numbers)


class Cases(Exception):  # noqa: N818 - not an error: a question
    """What must be known of indices before there is a form: a sign, or whether one is even.

    ``form`` is to be told to be negative, 0 or positive; or ``even`` is the index whose parity is asked for.
    """

    def __init__(self, form: Linear | None = None, even: str = "") -> None:
        super().__init__(f"the sign of {form}" if form is not None else f"whether {even} is even")
        self.form, self.even = form, even


@dataclass(frozen=True)
class Power:
    """The generator ``base^index``; the base is a prime number or an irreducible polynomial."""

    base: str
    index: str


Key: TypeAlias = str | Power
"""A symbol's or an index' name, or a power."""


class Field:
    """A field whose generators are taken as they come, with the names of those that are indices.

    >>> field = Field(["i", "m"])
    >>> w, i, m = (field.named(name) for name in ("w", "i", "m"))
    >>> w ** (i + 1) / w == w**i, (2 * w) ** i == 2**i * w**i
    (True, True)
    """

    def __init__(self, indices: Iterable[str] = ()) -> None:
        self.indices = {*indices}
        self.ring: fmpq_mpoly_ctx = fmpq_mpoly_ctx.get(
            [f"x{k}" for k in range(MOST_GENERATORS)], Ordering.lex
        )
        self.keys: list[Key] = []
        self._bases: dict[str, fmpq_mpoly] = {}

    def generator(self, key: Key) -> fmpq_mpoly:
        """The generator of this key."""
        if key not in self.keys:
            if len(self.keys) == MOST_GENERATORS:
                raise NoClosedFormError(f"more than {MOST_GENERATORS} different names and powers")
            self.keys.append(key)
        return self.ring.gen(self.keys.index(key))

    def key(self, name: str) -> Key:
        """A name as a generator's key, which it is from now on."""
        self.generator(name)
        return name

    def named(self, name: str) -> "Element":
        """A symbol or an index."""
        return Element(self, self.generator(name))

    def index(self, name: str) -> "Element":
        """An index, declared to be one."""
        self.indices.add(name)
        return self.named(name)

    def constant(self, value: Any) -> "Element":
        """A number: an int, a Fraction or an fmpq."""
        if isinstance(value, Fraction):
            value = fmpq(value.numerator, value.denominator)
        return Element(self, self.ring.constant(value))

    def base(self, power: Power) -> "Element":
        """What a power is a power of."""
        return Element(self, self._bases[power.base])

    def power(self, base: fmpq_mpoly, index: str) -> "Element":
        """The generator ``base^index`` of an irreducible base."""
        name = str(base)
        self._bases[name] = base
        return Element(self, self.generator(Power(name, index)))


class Element:
    """A fraction in lowest terms; numbers mix with it, and an exponent may be linear in indices."""

    __slots__ = ("__dict__", "denominator", "field", "numerator")
    __hash__ = None  # type: ignore[assignment]  # it equals numbers, whose hash it has not

    def __init__(self, field: Field, numerator: fmpq_mpoly, denominator: fmpq_mpoly | None = None) -> None:
        self.field = field
        if denominator is None:
            self.numerator, self.denominator = numerator, field.ring.constant(1)
            return
        common = numerator.gcd(denominator)
        if not common.is_one():
            numerator, denominator = numerator / common, denominator / common
        lead = denominator.leading_coefficient()
        self.numerator, self.denominator = numerator / lead, denominator / lead

    def _of(self, other: Any) -> "Element | None":
        if isinstance(other, Element):
            return other
        return self.field.constant(other) if isinstance(other, int | Fraction | fmpq) else None

    def __add__(self, other: Any) -> "Element":
        given = self._of(other)
        if given is None:
            return NotImplemented
        if self.denominator == given.denominator:
            return Element(self.field, self.numerator + given.numerator, self.denominator)
        return Element(
            self.field,
            _times(self.numerator, given.denominator) + _times(given.numerator, self.denominator),
            _times(self.denominator, given.denominator),
        )

    __radd__ = __add__

    def __neg__(self) -> "Element":
        return Element(self.field, -self.numerator, self.denominator)

    def __sub__(self, other: Any) -> "Element":
        given = self._of(other)
        return NotImplemented if given is None else self + -given

    def __rsub__(self, other: Any) -> "Element":
        difference: Element = -self + other
        return difference

    def __mul__(self, other: Any) -> "Element":
        given = self._of(other)
        if given is None:
            return NotImplemented
        return Element(
            self.field,
            _times(self.numerator, given.numerator),
            _times(self.denominator, given.denominator),
        )

    __rmul__ = __mul__

    def inverse(self) -> "Element":
        """One over it; NoValueError for 0."""
        if not self.numerator:
            raise NoValueError("division by 0")
        return Element(self.field, self.denominator, self.numerator)

    def __truediv__(self, other: Any) -> "Element":
        given = self._of(other)
        return NotImplemented if given is None else self * given.inverse()

    def __rtruediv__(self, other: Any) -> "Element":
        quotient: Element = self.inverse() * other
        return quotient

    def __eq__(self, other: object) -> bool:
        given = self._of(other)
        if given is None:
            return NotImplemented
        return bool(self.numerator == given.numerator and self.denominator == given.denominator)

    @property
    def number(self) -> Fraction | None:
        """Its value if it is a number."""
        if not (self.numerator.is_constant() and self.denominator.is_constant()):
            return None
        if not self.numerator:
            return Fraction(0)
        value = self.numerator.leading_coefficient()
        return Fraction(int(value.p), int(value.q))

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The generators that it has."""
        degrees = zip(self.numerator.degrees(), self.denominator.degrees(), strict=True)
        return frozenset(
            key for key, pair in zip(self.field.keys, degrees, strict=False) if any(x > 0 for x in pair)
        )

    @property
    def indices(self) -> frozenset[str]:
        """The indices that it depends on."""
        named = {key.index if isinstance(key, Power) else key for key in self.keys}
        return frozenset(named & self.field.indices)

    def linear(self) -> Linear | None:
        """It as a linear form in the indices; None if it is none."""
        if not self.denominator.is_constant():
            return None
        constant, coefficients = Fraction(0), {}
        for exponents, c in self.numerator.terms():
            value = Fraction(int(c.p), int(c.q))
            places = [k for k, e in enumerate(exponents) if e]
            if not places:
                constant = value
            elif (
                len(places) == 1
                and exponents[places[0]] == 1
                and self.field.keys[places[0]] in self.field.indices
            ):
                coefficients[str(self.field.keys[places[0]])] = value
            else:
                return None
        return Linear(constant, coefficients)

    def __pow__(self, exponent: Any) -> "Element":
        given = self._of(exponent)
        if given is None:
            return NotImplemented
        form = given.linear()
        if form is None:
            raise NoClosedFormError("an exponent that is no linear form of the indices")
        for index, coefficient in form.coefficients.items():
            if coefficient.denominator == 2:
                raise Cases(even=index)
        numbers = [form.constant, *form.coefficients.values()]
        if any(number.denominator > 1 for number in numbers):
            return self._root()
        power = self._whole_power(int(form.constant)) if self != 0 else None
        if not form.coefficients:
            return power if power is not None else self._zero_power(form)
        return self._zero_power(form) if power is None else power * self._symbolic_power(form)

    def __rpow__(self, base: Any) -> "Element":
        given = self._of(base)
        return NotImplemented if given is None else given**self

    def _root(self) -> "Element":
        """A rational power of a number that has one, or of 1."""
        if self == 1:
            return self
        raise NoClosedFormError("an exponent that is no whole number")

    def _zero_power(self, form: Linear) -> "Element":
        """``0^form``."""
        if form.is_natural and form.constant > 0:
            return self.field.constant(0)
        if form.coefficients:
            raise Cases(form)
        if form.constant < 0:
            raise NoValueError("division by 0")
        return self.field.constant(1)

    def _whole_power(self, exponent: int) -> "Element":
        if exponent < 0:
            return self.inverse()._whole_power(-exponent)
        size = max(len(self.numerator), len(self.denominator), 1)
        degree = max(self.numerator.total_degree(), self.denominator.total_degree(), 0) * exponent
        if exponent > 1 and (
            degree > MOST_WORK or (size > 1 and comb(exponent + size - 1, size - 1) > MOST_WORK)
        ):
            raise NoClosedFormError("a power of so many terms")
        bits = max((_bits(c) for p in (self.numerator, self.denominator) for c in p.coeffs()), default=1)
        if bits * exponent > MOST_WORK:
            raise NoClosedFormError("a power of so many digits")
        return Element(self.field, self.numerator**exponent, self.denominator**exponent)

    def _symbolic_power(self, form: Linear) -> "Element":
        """``self^form`` without the constant of the form, by the factors of a base that is not 0."""
        whole = self.field.constant(1)
        if self == 1:
            return whole
        if self.indices:
            raise NoClosedFormError("a power whose base and exponent both have an index")
        for polynomial, sign in ((self.numerator, 1), (self.denominator, -1)):
            for base, multiplicity in _bases(polynomial):
                for index, coefficient in form.coefficients.items():
                    times = int(coefficient) * multiplicity * sign
                    if base == -1:
                        if times % 2:
                            raise Cases(even=index)
                    else:
                        whole = whole * self.field.power(base, index)._whole_power(times)
        return whole

    def derivative(self, symbol: str) -> "Element":
        """By a symbol, as the powers of bases that have it move too.

        >>> field = Field(["i"])
        >>> w, i = field.named("w"), field.named("i")
        >>> (w ** (i + 1)).derivative("w") == (i + 1) * w**i
        True
        """
        above, below = (self._moved(p, symbol) for p in (self.numerator, self.denominator))
        top, bottom = Element(self.field, self.numerator), Element(self.field, self.denominator)
        return (above * bottom - top * below) / (bottom * bottom)

    def value(self, point: Mapping[str, Fraction]) -> Fraction | None:
        """Its value where all symbols that it has have one; None if it divides by 0 there.

        >>> field = Field()
        >>> x, y = field.named("x"), field.named("y")
        >>> print((x / (1 - y)).value({"x": Fraction(1), "y": Fraction(1, 3)}))
        3/2
        """
        numbers = [
            fmpq(x.numerator, x.denominator) if (x := point.get(str(key))) is not None else fmpq(0)
            for key in self.field.keys
        ]
        if missing := {*map(str, self.keys)} - point.keys():
            raise NoValueError(f"no value for {min(missing)}")
        numbers += [fmpq(0)] * (MOST_GENERATORS - len(numbers))
        above, below = self.numerator(*numbers), self.denominator(*numbers)
        return Fraction(int(above.p), int(above.q)) / Fraction(int(below.p), int(below.q)) if below else None

    @property
    def divisors(self) -> "list[Element]":
        """The irreducible factors of the denominator."""
        _, factors = self.denominator.factor()
        return [Element(self.field, factor) for factor, _ in factors]

    @property
    def roots(self) -> "list[Element]":
        """The irreducible factors of the numerator."""
        _, factors = self.numerator.factor()
        return [Element(self.field, factor * canonical_sign(factor)) for factor, _ in factors]

    def at(self, symbol: str, value: "Element") -> "Element":
        """With a value for a symbol, also in the bases of powers.

        >>> field = Field(["i"])
        >>> x, y, i = (field.named(name) for name in ("x", "y", "i"))
        >>> (x**i / (1 - x)).at("x", 1 / y) == y / (y - 1) / y**i
        True
        """
        images: dict[int, Element] = {}
        for place, key in enumerate(self.field.keys):
            if key == symbol:
                images[place] = value
            elif (
                isinstance(key, Power) and symbol in (base := self.field.base(key)).keys and key in self.keys
            ):
                images[place] = base.at(symbol, value) ** self.field.named(key.index)
        if not any(self.field.keys[place] in self.keys for place in images):
            return self
        return self._image(self.numerator, images) / self._image(self.denominator, images)

    def _image(self, polynomial: fmpq_mpoly, images: Mapping[int, "Element"]) -> "Element":
        """The polynomial with elements for some of its generators."""
        together: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for exponents, c in polynomial.terms():
            powers = tuple(int(exponents[place]) for place in images)
            rest = tuple(0 if place in images else e for place, e in enumerate(exponents))
            together.setdefault(powers, {})[rest] = c
        total = self.field.constant(0)
        for powers, terms in together.items():
            part = Element(self.field, self.field.ring.from_dict(terms))
            for image, e in zip(images.values(), powers, strict=True):
                part = part * image**e
            total = total + part
        return total

    def _moved(self, polynomial: fmpq_mpoly, symbol: str) -> "Element":
        self.field.generator(symbol)
        place = self.field.keys.index(symbol)
        total = Element(self.field, polynomial.derivative(place))
        for k, key in enumerate(self.field.keys):
            if isinstance(key, Power) and (change := polynomial.derivative(k)):
                base = self.field.base(key)
                slope = Element(self.field, base.numerator.derivative(place))
                if slope.numerator:
                    generator = Element(self.field, self.field.generator(key))
                    index = self.field.named(key.index)
                    total = total + Element(self.field, change) * generator * index * slope / base
        return total


def _times(one: fmpq_mpoly, other: fmpq_mpoly) -> fmpq_mpoly:
    if len(one) * len(other) > MOST_WORK:
        raise NoClosedFormError("a product of so many terms")
    return one * other


def _bits(c: fmpq) -> int:
    return int(c.p).bit_length() + int(c.q).bit_length() - 1


def canonical_sign(factor: fmpq_mpoly) -> int:
    """That of the last term, as of ``1 - w``."""
    _, last = list(factor.terms())[-1]
    return -1 if last < 0 else 1


def _bases(polynomial: fmpq_mpoly) -> list[tuple[Any, int]]:
    """The irreducible factors with their powers, primes, and -1, if need be."""
    content, factors = polynomial.factor()
    ring = polynomial.context()
    bases: list[tuple[Any, int]] = []
    for factor, m in factors:
        bases.append((factor * canonical_sign(factor), m))
        content *= canonical_sign(factor) ** m
    for number, sign in ((int(content.p), 1), (int(content.q), -1)):
        if number < 0:
            bases.append((-1, 1))  # of the content's numerator
        if abs(number) > MOST_PRIME:
            raise NoClosedFormError("a power of so large a number")
        if abs(number) > 1:
            bases += [(ring.constant(p), sign * int(e)) for p, e in fmpz(abs(number)).factor()]
    return bases
