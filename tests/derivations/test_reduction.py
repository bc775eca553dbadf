"""The arithmetic under the rules: nothing is zero or signed that is not, for every natural index."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Integer, KroneckerDelta, Max, Min, Ne, Rational, Sum, floor, symbols

from derivations.contexts import Context, substituted
from derivations.reduction import is_defined, is_nonzero, is_zero, leaves, sign, tends_to_zero

w, u, s, p, x, n = symbols("w u s p x n")
i, j, k, m = symbols("i j k m")
NATURAL = Context(frozenset([i, j, k, m]))
POSITIVE = NATURAL.given(w > 0)
C, M, F = symbols("C M F", commutative=False)


@pytest.mark.parametrize(
    "expression",
    [
        KroneckerDelta(i, 0),
        Integer(0) ** i,
        Abs(w) - w,
        Max(i, j) - i,
        Min(i, 0) - i,
        floor(w) - w,
        (-1) ** i - 1,
        sympy.Mod(i, 2),
        w ** (i + 1) - w**i,
        1 - w**0 * KroneckerDelta(i, j),
        sympy.sqrt(w**2) - w,
        (w - 1) / (w - 1) * w**i - w ** (i + 1),
        sympy.Piecewise((0, i > 0), (1, True)),
        Sum(w**k, (k, 0, i)) - Sum(w**k, (k, 0, i - 1)),
        Sum(KroneckerDelta(k, j), (k, 0, i - 1)) - 1,
        Sum(1, (k, 0, i - 2)) - (i - 1),
        Sum(Abs(n), (n, -3, 3)),
        Sum(KroneckerDelta(n, -1), (n, -3, 3)),
        Sum(Abs(n), (n, x, s)) - Sum(n, (n, x, s)),
        Sum(w**k, (k, i - 3, sympy.oo)) - Sum(w**k, (k, 0, sympy.oo)) + Sum(w**k, (k, 0, i - 4)),
        Sum(k, (k, 0, 3), (k, 0, 2)) - 12,
        Sum(w**k * symbols("k0"), (k, 0, m - 1)) - Sum(w**k * k, (k, 0, m - 1)),
        i - sympy.Dummy("i"),
    ],
)
def test_what_is_not_zero_for_every_natural_index_is_not(expression):
    assert not is_zero(expression, NATURAL)


@pytest.mark.parametrize(
    "expression",
    [
        i * w ** (i - 1) * w - i * w**i,
        i * (i - 1) * w ** (i - 2) * w**2 - i * (i - 1) * w**i,
        (-1) ** (i + 2) - (-1) ** i,
        (-1) ** (2 * i + 1) + 1,
        (w + 1) ** (i + 1) - (w + 1) ** i - w * (w + 1) ** i,
        (2 * w) ** i - 2**i * w**i,
        Sum(w**k, (k, 0, i)) - Sum(w**k, (k, 0, i - 1)) - w**i,
        Sum(w ** (i - k), (k, 0, i)) - Sum(w**k, (k, 0, i)),
        Sum(x * w**k + k, (k, 0, m - 1)) - x * Sum(w**k, (k, 0, m - 1)) - Sum(k, (k, 0, m - 1)),
        Sum(x, (k, 0, m - 1)) - m * x,
        Sum(KroneckerDelta(k, j) * w**k, (k, 0, i + j)) - w**j,
        Sum(KroneckerDelta(k, i) * w**k, (k, 0, i - 1)),
        Sum(w**k, (k, m, m + 1)) - w**m - w ** (m + 1),
        Max(i, i + j) - i - j,
    ],
)
def test_what_is_zero_for_every_natural_index_and_every_number_is(expression):
    assert is_zero(expression, NATURAL)


def test_a_division_needs_a_condition():
    divided = (w**2 - 1) / (w - 1) - w - 1
    assert not is_zero(divided, NATURAL)
    assert is_zero(divided, NATURAL.given(Ne(w, 1)))
    assert is_zero(divided, NATURAL.given(w < 1))
    assert not is_zero(divided, NATURAL.given(w > 0))


def test_roots_are_those_of_positive_numbers():
    assert is_zero(sympy.sqrt(n) * n ** (i / 2) - n ** ((i + 1) / 2), NATURAL.given(n > 0))
    assert is_zero(n ** (-(i + 1) / 2) * n ** (Rational(1, 2) + i / 2) - 1, NATURAL.given(n >= 1))
    assert not is_zero(sympy.sqrt(n) / sympy.sqrt(n) * sympy.sqrt(n**2) - n, NATURAL)


def test_a_value_that_is_given_is_put_in():
    assert is_zero(w**i - 1, NATURAL.given(sympy.Eq(w, 1)))
    assert not is_zero(1 / (1 - w) - 1 / (1 - w) ** 2, NATURAL.given(sympy.Eq(w, 1)))


def test_products_that_do_not_commute_keep_their_order():
    assert is_zero(C * M**i * M * F - C * M ** (i + 1) * F, NATURAL)
    assert is_zero(M * Sum(M**k * F, (k, 0, i - 1)) - Sum(M ** (k + 1) * F, (k, 0, i - 1)), NATURAL)
    assert not is_zero(C * M - M * C, NATURAL)
    assert not is_zero(M * (M ** (i - 1) + F) - M**i - M * F, NATURAL)  # there is no M^-1
    assert not is_zero(M * F * KroneckerDelta(i, 0), NATURAL)


def test_the_cases_of_a_split_are_all_there_are():
    for split in (i, (i, j), (i, 3)):
        seen = set()
        for case, substitutions in leaves(NATURAL, [split]):
            at = (i, j)
            for values in substitutions:
                at = tuple(sympy.sympify(part).subs(values, simultaneous=True) for part in at)
            for first in range(5):
                for second in range(5):
                    seen.add(tuple(part.subs({i: first, j: second}, simultaneous=True) for part in at))
            assert case.indices <= NATURAL.indices
        assert {(a, b) for a in range(4) for b in range(4)} <= seen


def test_only_indices_are_split():
    with pytest.raises(ValueError, match="only indices are split, not w"):
        is_zero(w, NATURAL, [w])
    for modulus in (0, -2):
        with pytest.raises(ValueError, match="there is no remainder by"):
            is_zero(w, NATURAL, [(i, modulus)])


def test_what_is_known_of_a_symbol_is_not_known_where_it_is_bound():
    assert not is_zero(Sum(Abs(x), (x, -3, 3)), NATURAL.given(x > 0))
    absolute, same = (sympy.Integral(part, (x, -1, 1)) for part in (Abs(x), x))
    assert not is_zero(absolute - same, NATURAL.given(x > 0))
    slopes = [sympy.Derivative(part * sympy.Indexed("a", 0), w) for part in (Abs(w), w)]
    assert not is_zero(slopes[0] - slopes[1], NATURAL.given(w >= 0))
    E = sympy.Function("E")
    slopes = [sympy.Derivative(part * E(x), w) for part in (u, w**2)]
    assert not is_zero(slopes[0] - slopes[1], NATURAL.given(sympy.Eq(u, w**2)))
    assert not is_zero(Sum(x * w**n - n * w**n, (n, 0, 3)), NATURAL.given(sympy.Eq(x, n)))


def test_a_sum_over_no_index_is_0():
    assert is_zero(Sum(k, (k, 0, -3)), NATURAL)
    assert sign(Sum(k + 1, (k, 0, -3)), NATURAL) == 1
    assert is_zero(substituted(Sum(w, (k, 0, i - 2)), {i: Integer(0)}), NATURAL)
    assert substituted(sympy.Eq(Sum(k, (k, 0, i - 3)), 0, evaluate=False), {i: Integer(0)}) != sympy.false


def test_a_division_by_0_is_not_lost():
    assert not is_zero(1 / (1 / i + 1) - i / (1 + i), NATURAL, [i])
    assert not is_zero(1 / (1 / (x - s) + u), NATURAL.given(sympy.Eq(x, s)))
    assert not is_defined(sympy.log(w), NATURAL)
    assert is_defined(sympy.log(w), POSITIVE)


@pytest.mark.parametrize(
    "zero", [Rational(1, 2) ** i - 2 ** (-i), sympy.Add((x + 1) * w, -x * w, -w, evaluate=False), Integer(0)]
)
def test_what_is_zero_in_disguise_is_not_nonzero(zero):
    assert not is_nonzero(zero, NATURAL)
    assert not is_nonzero(zero, POSITIVE)


def test_squares_of_what_may_not_be_real_have_no_sign():
    for root in (sympy.sqrt(x), sympy.log(x), x ** (i / 2), sympy.I):
        assert sign((root + s) ** 2, NATURAL) == 0
    assert sign((sympy.sqrt(w) - s) ** 2, POSITIVE) == 1
    assert sign((Sum(x**k, (k, 0, m)) - Max(s, u) * sympy.exp(x)) ** 2, NATURAL) == 1


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        (w**i, 2),
        (w - 1, 0),
        (i, 1),
        (i + 1, 2),
        (i - 1, 0),
        (x**2, 1),
        (x**2 + 1, 2),
        (-w, 0),
        (w * x, 0),
        (Integer(0), 1),
        (w / (1 + w), 2),
        (1 / x, 0),
        (w**i - 1, 0),
    ],
)
def test_signs_are_seen_and_not_guessed(expression, seen):
    assert sign(expression, POSITIVE.given(x <= 5, x >= -5)) == seen


def test_signs_use_the_conditions():
    known = NATURAL.given(w >= 0, w < 1, s >= 0, p > 0)
    assert sign(s * (1 - w) + p, known) == 2
    assert sign((1 - w) ** i, known) == 2
    assert sign(w - w**2, known) == 1
    assert sign(p - s, known) == 0
    assert sign(j - i - 1, NATURAL.given(i < j)) == 1
    assert sign(j - i - 1, NATURAL.given(i <= j)) == 0


numbers = st.fractions(min_value=-3, max_value=3, max_denominator=4)


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2), st.integers(0, 2)), max_size=4),
    numbers,
    numbers,
)
def test_what_is_seen_of_a_polynomial_holds_of_its_values(terms, first, second):
    polynomial = sympy.Add(*(c * w**a * x**b for c, a, b in terms))
    known = Context(frozenset(), (w >= 0, w < 2, x > Rational(1, 2)))
    values = {w: Rational(abs(first) % 2), x: Rational(abs(second) + Fraction(3, 4))}
    least = sign(polynomial, known)
    value = polynomial.subs(values)
    assert least == 0 or value > 0 or (least == 1 and value == 0)
    if is_nonzero(polynomial, known):
        assert value != 0
    if is_zero(polynomial, known):
        assert value == 0


def test_limits_are_taken_by_degrees():
    below_one = NATURAL.given(w >= 0, w < 1, s > 0)
    assert tends_to_zero(i**3 * w**i, i, below_one)
    assert tends_to_zero((i + 1) / (i * s + 1) - 1 / s, i, below_one)
    assert not tends_to_zero(w**i, i, NATURAL.given(w >= 0, w <= 1))
    assert not tends_to_zero((i + 1) / (i + 2), i, below_one)
    assert not tends_to_zero(1 / (w * i + 1), i, below_one)  # w may be 0
    assert not tends_to_zero((-2) ** i / i, i, below_one)
    assert not tends_to_zero((1 - 1 / (i + 2)) ** i, i, below_one)  # it tends to 1/e


def test_a_name_may_vary_with_what_goes_to_infinity():
    name = sympy.Symbol("kappa")
    assert tends_to_zero(name / n, n, Context(frozenset(), ()))
    assert not tends_to_zero(name / n, n, Context(frozenset(), (), frozenset([name])))
    assert not tends_to_zero(sympy.Indexed("rho", i) / n, n, NATURAL)
    assert not tends_to_zero(sympy.Function("E")(x) / n, n, NATURAL)


def test_a_case_that_does_not_occur_needs_no_proof():
    ordered = NATURAL.given(i <= j)
    assert is_zero(Max(i, j) - j, ordered, [(i, j)])
    assert not is_zero(Max(i, j) - j, NATURAL, [(i, j)])


def test_sums_are_linear_whatever_their_range():
    f, g = sympy.IndexedBase("f"), sympy.IndexedBase("g")
    both = Sum(f[j] * g[k], (j, 0, n - 1), (k, 0, n - 1))
    apart = Sum(f[j], (j, 0, n - 1)) * Sum(g[k], (k, 0, n - 1))
    assert is_zero(both - apart, NATURAL)  # n is no index
    assert not is_zero(Sum(f[j] * g[j], (j, 0, n - 1)) - apart, NATURAL)
    assert not is_zero(Sum(f[j] * g[j], (j, 0, n - 1)) - f[j] * Sum(g[j], (j, 0, n - 1)), NATURAL)


def test_sums_over_independent_ranges_change_places():
    f = sympy.IndexedBase("f")
    pairs = Sum(KroneckerDelta(j, k) * f[j, k], (j, 0, m), (k, 0, m + i))
    assert is_zero(pairs - Sum(f[j, j], (j, 0, m)), NATURAL)  # k first, which has room for all j
    triangle = Sum(f[j, k], (j, 0, k), (k, 0, m))
    assert not is_zero(triangle - Sum(f[j, k], (k, 0, m), (j, 0, m)), NATURAL)


def test_a_factor_joins_a_falling_power_only_where_there_is_one():
    f = sympy.IndexedBase("f")
    falling = Sum(k * w ** (m - 1 - k) * f[k], (k, 0, m - 1))
    assert is_zero(w * falling - Sum(k * w ** (m - k) * f[k], (k, 0, m - 1)), NATURAL)
    beyond = Sum(w ** (m - 1 - k) * f[k], (k, 0, m))  # w may be 0: what stands for 1/w is multiplied by 0
    assert not is_zero(w * beyond - Sum(w ** (m - k) * f[k], (k, 0, m)), NATURAL)


def test_words_are_counted_backwards_with_the_scalars_before_them():
    h = sympy.symbols("h")
    positive = NATURAL.given(h > 0)
    forward = Sum(h ** (-k / 2) * M**k * F * C ** (m - k), (k, 0, m))
    backward = Sum(h ** ((k - m) / 2) * M ** (m - k) * F * C**k, (k, 0, m))
    assert is_zero(forward - backward, positive)
    assert not is_zero(forward - sympy.sqrt(h) * backward, positive)
    assert not is_zero(forward - Sum(h ** (-k / 2) * M ** (m - k) * F * C**k, (k, 0, m)), positive)


def test_a_kronecker_delta_knows_the_difference_alone():
    assert is_zero(KroneckerDelta(i + 1, j + 1) - KroneckerDelta(j, i), NATURAL)
    assert not is_zero(KroneckerDelta(i + 1, j) - KroneckerDelta(i, j), NATURAL)
    assert is_zero(KroneckerDelta(i + 1, 0), NATURAL)


def test_what_cannot_be_factored_is_not_seen_to_be_anything():
    for odd in (i * w ** (i - 1), w**j * sympy.ceiling(w), w**i * sympy.Mod(i, 2)):
        assert not is_nonzero(odd, NATURAL)
