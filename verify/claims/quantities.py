"""What the theory's quantities are for a network, first of all one with a single dense layer.

Every formula is one of :mod:`derivations.closed_forms` and its fellows, or the calculus of
:mod:`numeric.model`, evaluated in the field of :mod:`derivations.exponentials`; what is defined by sums of
weights is summed there.  A network of one dense layer may have symbols for its variances.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from derivations import closed_forms, finite_width_forms, orthogonal_forms
from derivations.exponential_sums import summed
from derivations.exponentials import Cases, Element, Field, Linear, NoClosedFormError, NoValueError
from verify.claims.cases import difference, element, index, natural, sign
from verify.claims.needs import Needs
from verify.claims.widths import Series

if TYPE_CHECKING:
    from numeric.model import Model

__all__ = ["MOST_LAGS", "RATES", "VARIANCES", "Dense", "Theory", "of_sympy"]

MOST_EXACT, MOST_VARIANCE = 12, 4
"""Mean lags up to which exact means and variances take about a second."""
MOST_LAGS = 40
"""Of a limit that is computed entry by entry."""
VARIANCES = ("nu_W", "nu_F", "nu_C")
RATES = ("eta_W", "eta_F", "eta_C")


@dataclass(frozen=True)
class Theory:
    """A network as a value; ``numbers`` are those that have a name of their own.

    Of the default of a ``framework``, whose entries have laws of their own, it is the limit alone.
    """

    field: Field
    numbers: Mapping[str, Element]
    model: "Model | None" = None
    framework: str = ""

    def at(self, symbols: Mapping[str, Element]) -> "Theory":  # noqa: ARG002 - others have it
        """With values for symbols."""
        return self

    def is_free(self, name: str) -> bool:
        """Whether a symbol may have any value in its range."""
        return name not in self.numbers or self.numbers[name] == self.field.named(name)

    @property
    def gaussian(self) -> bool:
        """Whether W, F and C are Gaussian matrices with the variances that ``numbers`` has."""
        return False

    def number(self, value: Fraction) -> Element:
        """A number of the network."""
        return self.field.constant(value)

    def named(self, name: str, needs: Needs) -> Element:
        """A quantity without arguments."""
        if name in self.numbers:
            return self.numbers[name]
        match name:
            case "total":
                return self.total(needs)
            case "mean_lag":
                total = self.total(needs)
                needs.nonzero.append(total)
                return self.generating_function(self.field.constant(1), 1, needs) / total
            case "peak_lag":
                return self.peak_lag()
            case "z" | "w" | "u" | "n" | "n_x" | "n_y":
                return self.field.named(name)
        raise ValueError(f"claim: {name} is no number of this network")

    def sensitivity(self, lag: Linear) -> Element:  # noqa: ARG002 - others have it
        """``d rho_i / d nu_W``."""
        raise NoClosedFormError("the sensitivity of such a network")

    def peak_lag(self) -> Element:
        """The last lag of greatest weight."""
        raise NoClosedFormError("the peak lag of such a network")

    def rho(self, lag: Linear) -> Element:
        """The weight of a lag."""
        return self.limit(lag, lag)

    def limit(self, i: Linear, j: Linear) -> Element:  # noqa: ARG002 - others have it
        """lim Theta_ij."""
        raise NoClosedFormError("the limit of such a network at a symbolic lag")

    def prior_variance(self, lag: Linear) -> Element:  # noqa: ARG002 - others have it
        """The variance of the impulse response at a lag."""
        raise NoClosedFormError("the prior variance of such a network")

    def partial_sum(self, lags: Linear) -> Element:
        """The sum of the first weights."""
        natural(lags, "a number of lags")
        if not lags.coefficients and lags.constant <= MOST_LAGS:
            weights = (self.rho(Linear(Fraction(k), {})) for k in range(int(lags.constant)))
            return sum(weights, self.field.constant(0))
        self.field.indices.add("#")
        return summed(self.rho(index("#")), "#", element(lags, self.field)).value

    def total(self, needs: Needs) -> Element:
        """The sum of all weights."""
        return self.generating_function(self.field.constant(1), 0, needs)

    def generating_function(self, z: Element, order: int, needs: Needs) -> Element:
        """G, or a derivative of it, where its series converges."""
        u = self.field.named("u#")
        G, rates = self._generating_function(u)
        needs.below_one.extend(rate * z for rate in rates)
        for _ in range(order):
            G = G.derivative("u#")
        return G.at("u#", z)

    def _generating_function(self, u: Element) -> tuple[Element, list[Element]]:  # noqa: ARG002 - others have it
        """G at u, and the reciprocals of its poles."""
        raise NoClosedFormError("the generating function of such a network")

    def of_two(self, z: Element, w: Element) -> Element:  # noqa: ARG002 - others have it
        """``sum of lim Theta_ij z^i w^j``."""
        raise NoClosedFormError("the generating function of such a network")

    def mean(self, i: Linear, j: Linear, n: Element) -> Element:  # noqa: ARG002 - others have it
        """E Theta_ij at the width n, exactly."""
        raise NoClosedFormError("the mean at a finite width of such a network")

    def wide_mean(self, i: Linear, j: Linear) -> Series:
        """E Theta_ij in powers of 1/n, as far as it is known."""
        if not (i.coefficients or j.coefficients):
            try:
                return Series.of(self.mean(i, j, self.field.named("n")))
            except NoClosedFormError:
                pass
        return Series({0: self.limit(i, j)}, 0)

    def wide_covariance(self, i: Linear, j: Linear, k: Linear, l: Linear) -> Series:  # noqa: ARG002, E741 - others have it
        """Cov(Theta_ij, Theta_kl) for n_x = n_y = 1, in powers of 1/n, as far as it is known."""
        raise NoClosedFormError("the fluctuations of such a network")

    def covariance(self, i: Linear, j: Linear, k: Linear, l: Linear, n: Element) -> Element:  # noqa: ARG002, E741 - others have it
        """Cov(Theta_ij, Theta_kl) at the width n for n_x = n_y = 1, exactly."""
        raise NoClosedFormError("the exact fluctuations of such a network, or at such lags")


@dataclass(frozen=True)
class Dense(Theory):
    """One layer with a dense transition, Gaussian unless it is ``orthogonal``."""

    orthogonal: bool = False

    def at(self, symbols: Mapping[str, Element]) -> "Dense":
        """With values for symbols."""
        if not symbols:
            return self
        return replace(self, numbers={name: self._valued(x, symbols) for name, x in self.numbers.items()})

    @property
    def gaussian(self) -> bool:
        """Unless the transition is orthogonal."""
        return not self.orthogonal

    @staticmethod
    def _valued(x: Element, symbols: Mapping[str, Element]) -> Element:
        for name in x.keys & symbols.keys():
            x = x.at(str(name), symbols[str(name)])
        return x

    @property
    def shares(self) -> tuple[Element, Element, Element]:
        """nu_W, s and p."""
        w, f, c, eta_W, eta_F, eta_C = self.parts
        return w, eta_C * f + eta_F * c, eta_W * c * f

    @property
    def parts(self) -> tuple[Element, ...]:
        """The variances and the rates of W, F and C."""
        return tuple(self.numbers[name] for name in (*VARIANCES, *RATES))

    def named(self, name: str, needs: Needs) -> Element:
        """A quantity without arguments."""
        w, s, p = self.shares
        match name:
            case "s":
                return s
            case "p":
                return p
            case "total":
                needs.below_one.append(w)
                return closed_forms.total(w, s, p)  # type: ignore[no-any-return]
            case "mean_lag":
                needs.below_one.append(w)
                needs.nonzero.append(closed_forms.total(w, s, p))
                return closed_forms.mean_lag(w, s, p)  # type: ignore[no-any-return]
        return super().named(name, needs)

    def rho(self, lag: Linear) -> Element:
        """The weight of a lag."""
        natural(lag, "a lag")
        return closed_forms.lag_weight(_lag(lag, self.field), *self.shares)  # type: ignore[no-any-return]

    def limit(self, i: Linear, j: Linear) -> Element:
        """rho_i on the diagonal."""
        for lag in (i, j):
            natural(lag, "a lag")
        return self.rho(i) if sign(difference(i, j)) == 0 else self.field.constant(0)

    def peak_lag(self) -> Element:
        """Where nu_W, s and p are numbers."""
        w, s, p = (x.number for x in self.shares)
        if w is None or s is None or p is None:
            raise NoClosedFormError("the peak lag, but where nu_W, nu_C and nu_F are numbers")
        if w >= 1 or s == p == 0:
            raise NoValueError("a last lag of greatest weight, as the weights never fall")
        if closed_forms.decay_margin(w, s, p) > 0:
            return self.field.constant(0)
        return self.field.constant(floor(closed_forms.peak_position(w, s, p)) + 1 if w else 1)

    def partial_sum(self, lags: Linear) -> Element:
        """The sum of the first weights."""
        natural(lags, "a number of lags")
        w, s, p = self.shares
        m = element(lags, self.field)
        if w == 1:
            return closed_forms.partial_sum_at_one(m, s, p)  # type: ignore[no-any-return]
        if not lags.coefficients:
            return super().partial_sum(lags)
        return closed_forms.partial_sum(m, w, s, p)  # type: ignore[no-any-return]

    def sensitivity(self, lag: Linear) -> Element:
        """``d rho_i / d nu_W``."""
        natural(lag, "a lag")
        return closed_forms.sensitivity(_lag(lag, self.field), *self.shares)  # type: ignore[no-any-return]

    def prior_variance(self, lag: Linear) -> Element:
        """The variance of the impulse response at a lag."""
        natural(lag, "a lag")
        w, f, c, *_ = self.parts
        return closed_forms.prior_variance(_lag(lag, self.field), w, c * f)  # type: ignore[no-any-return]

    def _generating_function(self, u: Element) -> tuple[Element, list[Element]]:
        return closed_forms.generating_function(u, *self.shares), [self.shares[0]]

    def of_two(self, z: Element, w: Element) -> Element:
        """It is a function of z w."""
        return self._generating_function(z * w)[0]

    def mean(self, i: Linear, j: Linear, n: Element) -> Element:
        """From the exact moments of W."""
        from derivations.lag_kernel import expected_share

        for lag in (i, j):
            natural(lag, "a lag")
        if i.coefficients or j.coefficients:
            raise NoClosedFormError("the exact mean at a symbolic lag")
        a, b = int(i.constant), int(j.constant)
        w, s, p = self.shares
        if self.orthogonal:
            width = n.number
            if width is None or width.denominator > 1:
                raise NoClosedFormError("the exact mean of an orthogonal network at a symbolic width")
            mean: Element = self.field.constant(1) * orthogonal_forms.mean(a, b, int(width), w, s, p)
            return mean
        if (a + b) % 2:
            return self.field.constant(0)
        half = (a + b) // 2
        if half > MOST_EXACT:
            raise NoClosedFormError(f"the exact mean beyond lag {MOST_EXACT}")
        alone, places = (
            sum((n ** (-k) * c for k, c in enumerate(expected_share(a, b, letter))), self.field.constant(0))
            for letter in "CW"
        )
        return s * w**half * alone + (p * w ** (half - 1) * places if half else 0)

    def wide_mean(self, i: Linear, j: Linear) -> Series:
        """Its first terms, at every lag."""
        for lag in (i, j):
            natural(lag, "a lag")
        offset = difference(i, j)
        w, s, p = self.shares
        if sign(offset) == 0:
            if self.orthogonal:
                if i.coefficients:
                    return Series({0: self.rho(i)}, -1)
                at = int(i.constant)
                return Series(
                    {0: self.rho(i), -2: orthogonal_forms.trace_squares(at, at + 1) * self._step(at)}
                )
            second = finite_width_forms.second_order_mean(_lag(i, self.field), w, s, p)
            return Series({0: self.rho(i), -2: second}, -2)
        if self.orthogonal:
            return super().wide_mean(i, j)
        if not _is_even(offset):
            return Series({}, None)
        smaller = i if sign(offset) < 0 else j
        mean = finite_width_forms.crosscap_mean(_lag(smaller, self.field), _half(self.field, i, j), w, s, p)
        return Series({-1: mean}, -1)

    def _step(self, lag: int) -> Element:
        w, _, p = self.shares
        return p * w ** (lag - 1) if lag else self.field.constant(0)

    def wide_covariance(self, i: Linear, j: Linear, k: Linear, l: Linear) -> Series:  # noqa: E741 - a lag
        """To first order, at every lag."""
        for lag in (i, j, k, l):
            natural(lag, "a lag")
        parallel = sign(difference(difference(i, j), difference(k, l))) == 0
        crossed = sign(difference(difference(i, j), difference(l, k))) == 0
        if not (parallel or crossed):
            return Series({}, -1)
        m, M = (a if sign(difference(a, b)) <= 0 else b for a, b in ((i, j), (k, l)))
        if sign(difference(m, M)) > 0:
            m, M = M, m
        lags = (_lag(m, self.field), _lag(M, self.field), _half(self.field, i, j, k, l))
        w, f, c, eta_W, eta_F, eta_C = self.parts
        law = orthogonal_forms if self.orthogonal else finite_width_forms
        both = law.gram_fluctuation(*lags, w, f, c, eta_C, eta_W) + law.gram_fluctuation(
            *lags, w, c, f, eta_F, eta_W
        )
        return Series({-1: self.field.constant(parallel + crossed) * both}, -1)

    def covariance(self, i: Linear, j: Linear, k: Linear, l: Linear, n: Element) -> Element:  # noqa: E741 - a lag
        """From the exact moments of W."""
        from derivations.exact_kernel import exact_covariance

        lags = (i, j, k, l)
        for lag in lags:
            natural(lag, "a lag")
        alike = all(rate == 1 for rate in self.parts[3:])
        if self.orthogonal or not alike or any(lag.coefficients for lag in lags):
            return super().covariance(i, j, k, l, n)
        if sum(lag.constant for lag in lags) > 4 * MOST_VARIANCE:
            raise NoClosedFormError(f"an exact covariance beyond lag {MOST_VARIANCE}")
        w, f, c, *_ = self.parts
        known = {"nu_W": w, "nu_F": f, "nu_C": c, "n": n}
        return of_sympy(exact_covariance(*(int(lag.constant) for lag in lags)), self.field, known)


def _lag(lag: Linear, field: Field) -> Any:
    return element(lag, field) if lag.coefficients else int(lag.constant)


def _is_even(form: Linear) -> bool:
    for name, coefficient in form.coefficients.items():
        if coefficient % 2:
            raise Cases(even=name)
    return form.constant % 2 == 0


def _half(field: Field, *lags: Linear) -> Any:
    """Half of the sum of lags, which is even."""
    half = sum((element(lag, field) for lag in lags), field.constant(0)) / 2
    number = half.number
    return half if number is None else int(number)


def of_sympy(expression: Any, field: Field, known: Mapping[str, Element]) -> Element:
    """SymPy's expression as an element, of which the names are known."""
    if expression.is_Rational:
        return field.constant(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Symbol:
        return known[expression.name]
    parts = [of_sympy(part, field, known) for part in expression.args]
    if expression.is_Add:
        return sum(parts, field.constant(0))
    if expression.is_Mul:
        total = field.constant(1)
        for part in parts:
            total = total * part
        return total
    if expression.is_Pow:
        return parts[0] ** parts[1]
    raise NoClosedFormError(f"{expression.func.__name__} in a closed form")
