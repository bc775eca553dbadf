"""Closed forms in indices and powers: at natural numbers they are what they were made from."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations import closed_forms
from derivations.exponential_sums import summed, terms_of
from derivations.exponential_text import typed
from derivations.exponentials import Cases, Field, NoClosedFormError, NoValueError

POINT = {"w": Fraction(3, 5), "s": Fraction(7, 4), "p": Fraction(2, 9)}


def field():
    of = Field(["i", "m"])
    return of, {name: of.named(name) for name in ("w", "s", "p", "i", "m")}


def at(element, indices):
    """The value at numbers: powers of the bases are computed, not looked up."""
    point = {**POINT, **{name: Fraction(x) for name, x in indices.items()}}
    for key in element.keys:
        if not isinstance(key, str):
            point[str(key)] = element.field.base(key).value(point) ** indices[key.index]
    return element.value(point)


leaves = st.sampled_from(["w", "s", "p", "i", "2", "third", "w**i", "(2*w)**(i+1)", "(1-w)**(2*i)"])
formulas = st.recursive(
    leaves,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
    ),
    max_leaves=8,
)


@given(formulas, st.integers(0, 6))
@settings(max_examples=60)
def test_values_are_those_of_the_formula(formula, i):
    of, names = field()
    element = of.constant(1) * eval(formula, {}, {**names, "third": Fraction(1, 3)})
    assert at(element, {"i": i}) == eval(formula, {}, {**POINT, "i": i, "third": Fraction(1, 3)})


@given(st.integers(0, 4), st.sampled_from(["w", "2*w", "1", "w/w", "1/w"]), st.integers(0, 7))
@settings(max_examples=40)
def test_sums_are_those_of_the_terms(degree, ratio, m):
    of, names = field()
    r = of.constant(1) * eval(ratio, {}, {**names})
    f = names["i"] ** degree * r ** names["i"]
    total = summed(f, "i", names["m"]).value
    assert at(total, {"m": m}) == sum((at(f, {"i": k}) for k in range(m)), Fraction(0))


def test_the_closed_forms_of_the_weights_are_one_element():
    of, names = field()
    w, s, p, i, m = (names[name] for name in ("w", "s", "p", "i", "m"))
    rho = closed_forms.lag_weight(i, w, s, p)
    assert summed(rho, "i", m).value == closed_forms.partial_sum(m, w, s, p)
    assert summed(rho, "i", None).value == closed_forms.total(w, s, p)
    assert [typed(ratio) for ratio in summed(rho, "i", None).ratios] == ["w", "w"]
    assert rho.derivative("w") == closed_forms.sensitivity(i, w, s, p)
    assert {term.degree for term in terms_of(rho, "i")} == {0, 1}
    assert rho != closed_forms.lag_weight(i + 1, w, s, p)
    assert of.constant(2) ** i * w**i == (2 * w) ** i


def test_a_power_of_0_asks_for_the_sign_of_its_exponent():
    of, names = field()
    zero = of.constant(0)
    assert zero ** (names["i"] + 1) == 0
    assert zero**0 == 1
    with pytest.raises(Cases):
        zero ** names["i"]
    with pytest.raises(NoValueError):
        zero**-1
    with pytest.raises(Cases):
        of.constant(-1) ** names["i"]


def test_what_is_no_element_is_refused():
    of, names = field()
    w, i = names["w"], names["i"]
    for made in (lambda: w ** (i * i), lambda: i**i, lambda: w**w, lambda: (w + i + names["s"] + 1) ** 1000):
        with pytest.raises(NoClosedFormError):
            made()
    with pytest.raises(NoClosedFormError):
        summed(1 / (i + 1), "i", names["m"])
    assert of.constant(Fraction(1, 3)).number == Fraction(1, 3)
