"""The rules of inference: what does not follow is not proved."""

import sympy
from sympy import (
    And,
    Eq,
    Function,
    Implies,
    Integer,
    KroneckerDelta,
    Le,
    Limit,
    Ne,
    Rational,
    Sum,
    oo,
    symbols,
)

from derivations.rules import definition, identity, induction, lemma, limit, logic, sign, telescoping
from derivations.theorems.model import equation
from tests.derivations.proofs import INDICES, fails, holds, statement

x, y, w, K, n = symbols("x y w K n")
i, j, k, m, t = symbols("i j k m t")
a, b = sympy.IndexedBase("a"), sympy.IndexedBase("b")
E = Function("E")
GEOMETRIC = definition("a", "", And(Eq(a[0], x), Eq(a[t + 1], w * a[t])))


class TestIdentity:
    def test_both_sides_count(self):
        assert holds(identity("s", "", Eq((x + 1) ** 2, x**2 + 2 * x + 1)))
        fails(
            identity("s", "", equation((x + 1) ** 2, x**2 + 2 * x + 2)),
            match="left - right, .* is not seen to be 0",
        )
        fails(identity("s", "", equation(K, x**2)), match="not seen to be 0")

    def test_only_equations_are_identities(self):
        fails(identity("s", "", x <= y), match="is not an equation of two expressions")
        fails(identity("s", "", Implies(x > 0, Eq(x, y))), match="is not an equation")

    def test_tuples_are_equal_component_by_component(self):
        pair = sympy.Tuple
        assert holds(identity("s", "", equation(pair(x + x, y), pair(2 * x, y))))
        fails(identity("s", "", equation(pair(x, y), pair(x, x))), match="not seen")
        fails(identity("s", "", equation(pair(x, y), pair(x))), match="of different length")

    def test_an_equation_rewrites_every_instance(self):
        known = lemma("known", "", equation(a[i], w**i))
        assert holds(known, identity("s", "", equation(a[i + 2] * a[j], w ** (i + j + 2)), ["known"]))
        assert holds(
            known, identity("s", "", equation(Sum(a[k], (k, 0, m)), Sum(w**k, (k, 0, m))), ["known"])
        )
        assert not holds(known, identity("s", "", equation(a[i - 1], w ** (i - 1)), ["known"]))  # i may be 0
        assert not holds(known, identity("s", "", equation(a[x], w**x), ["known"]))  # x is no index

    def test_what_is_put_in_is_not_caught(self):
        known = lemma("known", "", equation(a[i], Sum(w**k * i, (k, 0, 3))))
        caught = equation(Sum(a[k], (k, 0, m)), Sum(Sum(w**k * k, (k, 0, 3)), (k, 0, m)))
        right = equation(Sum(a[k], (k, 0, m)), Sum(k, (k, 0, m)) * Sum(w**j, (j, 0, 3)))
        assert not holds(known, identity("s", "", caught, ["known"]))
        assert holds(known, identity("s", "", right, ["known"]))

    def test_names_within_names_are_matched(self):
        mean = lemma("known", "", equation(Limit(E(a[i, i + j]), n, sympy.oo), w**i))
        one = equation(Limit(E(a[k + 1, k + 3]), n, sympy.oo), w ** (k + 1))
        assert holds(mean, identity("s", "", one, ["known"]))
        less = equation(Limit(E(a[k + 1, k]), n, sympy.oo), w ** (k + 1))
        assert not holds(mean, identity("s", "", less, ["known"]))  # j would be -1
        other = equation(Limit(E(b[k, k]), n, sympy.oo), w**k)
        assert not holds(mean, identity("s", "", other, ["known"]))
        moving = equation(Limit(E(a[m, m]), m, sympy.oo), w**m)
        caught = lemma("known", "", equation(Limit(E(a[i, k]), m, sympy.oo), w**i))
        assert not holds(caught, identity("s", "", moving, ["known"]))  # what is put in moves

    def test_an_equation_needs_its_conditions(self):
        known = lemma("known", "", equation(K, x), given=[x > 0])
        assert not holds(known, identity("s", "", equation(K, x), ["known"]))
        assert holds(known, identity("s", "", equation(K, x), ["known"]), conditions=(x > 1,))
        used = statement(lemma("l", "", equation(K, x)), conditions=(Ne(x, 0),), name="used")
        assert not holds(identity("s", "", equation(K, x), ["used"]), uses=(used,))
        assert holds(identity("s", "", equation(K, x), ["used"]), uses=(used,), conditions=(x < 0,))

    def test_conditions_of_indices_are_of_the_instance(self):
        known = lemma("known", "", equation(a[i], 1), given=[i >= 1])
        assert holds(known, identity("s", "", equation(a[i + 1], 1), ["known"]))
        assert not holds(known, identity("s", "", equation(a[i], 1), ["known"]))
        assert not holds(
            known, identity("s", "", equation(Sum(a[i], (i, 0, m)), m + 1), ["known"]), conditions=(i >= 1,)
        )

    def test_an_equation_holds_for_its_own_indices_alone(self):
        whole = statement(identity("w", "", equation(sympy.sin(sympy.pi * i), 0)), name="whole")
        claim = equation(sympy.sin(sympy.pi * i), 0)
        assert holds(identity("s", "", claim, ["whole"]), uses=(whole,))
        assert not holds(identity("s", "", claim, ["whole"]), uses=(whole,), indices=())
        known = lemma("known", "", equation(a[i], w**i))
        for odd in (1 / (i + 1), sympy.pi, sympy.sqrt(i), Rational(1, 2)):
            claim = equation(a[odd], w**odd)
            assert not holds(known, identity("s", "", claim, ["known"]), conditions=(w > 0,))
        negative = equation(Sum(a[k], (k, -1, 0)), Sum(w**k, (k, -1, 0)))
        assert not holds(known, identity("s", "", negative, ["known"]), conditions=(w > 0,))
        product = equation(sympy.Product(a[k], (k, -1, 0)), sympy.Product(w**k, (k, -1, 0)))
        assert not holds(known, identity("s", "", product, ["known"]), conditions=(w > 0,))

    def test_an_index_is_the_same_wherever_it_stands(self):
        two = Function("G")
        known = lemma("known", "", equation(two(i, Sum(i, (k, 0, 0))), 0))
        assert not holds(known, identity("s", "", equation(two(j, Sum(i, (k, 0, 0))), 0), ["known"]))

    def test_what_is_bound_has_no_meaning_outside(self):
        named = definition("K", "", Eq(K, w))
        assert not holds(named, identity("s", "", equation(Sum(K, (K, 0, 3)), 4 * w), ["K"]))
        power = lemma("a", "", equation(a[i], w**i))
        assert not holds(power, identity("s", "", equation(Sum(a[2], (w, 0, 3)), 14), ["a"]))
        half = lemma("a", "", equation(a[i], sympy.Integral(i * k, (k, 0, 1))))
        assert not holds(half, identity("s", "", equation(a[k], sympy.Integral(k**2, (k, 0, 1))), ["a"]))
        shadow = lemma("a", "", equation(a[k], Sum(k, (k, 0, k))))
        assert not holds(shadow, identity("s", "", equation(a[3] - a[4], 0), ["a"]))
        within = lemma("b", "", equation(b[i], Sum(a[k - i], (k, 0, 3)))), lemma("a", "", equation(a[i], 1))
        assert not holds(*within, identity("s", "", equation(b[k], 4), ["b", "a"]))

    def test_derivatives_are_those_of_smooth_expressions(self):
        step = sympy.Piecewise((0, w < 0), (1, True))
        assert not holds(identity("s", "", equation(sympy.Derivative(step, w), Integer(0))))
        empty = equation(sympy.Derivative(Sum(w, (k, 0, m - 2)), w), m - 1)
        assert not holds(identity("s", "", empty))  # the sum is 0 at m = 0
        logarithm = identity("s", "", equation(w * sympy.Derivative(sympy.log(w), w), 1))
        assert not holds(logarithm)
        assert holds(logarithm, conditions=(w > 0,))
        sine = sympy.sin(sympy.pi * m)
        zeros = identity("z", "", equation(sine, 0))
        assert not holds(zeros, identity("s", "", equation(sympy.Derivative(sine, m), 0), ["z"]))
        named = definition("K", "", Eq(K, x))
        assert not holds(named, identity("s", "", equation(sympy.Derivative(x * K, K), 2 * x), ["K"]))
        at_zero = lemma("K", "", equation(K * E(x), 0), given=[Eq(K, 0)])
        slope = equation(sympy.Derivative(K * E(x), w), 0)
        meaning = definition("d", "", Eq(K, w))
        assert not holds(meaning, at_zero, identity("s", "", slope, ["K", "d"]), conditions=(Eq(K, 0),))

    def test_derivatives_see_no_points(self):
        at_one = lemma("known", "", equation(a[i], i), given=[Eq(w, 1)])
        derivative = equation(sympy.Derivative(a[i], w), Integer(0))
        assert not holds(at_one, identity("s", "", derivative, ["known"]), conditions=(Eq(w, 1),))
        assert not holds(identity("s", "", derivative))  # a name may depend on everything
        named = definition("K", "", Eq(K, w**2))
        assert not holds(named, identity("s", "", equation(sympy.Derivative(K, w), Integer(0)), []))
        assert holds(named, identity("s", "", equation(sympy.Derivative(K, w), 2 * w), ["K"]))

    def test_edges_are_not_forgotten(self):
        power = equation(a[i], w**i)
        known = lemma("known", "", power)
        assert not holds(known, identity("s", "", equation(a[i], w**i + KroneckerDelta(i, 0)), ["known"]))
        assert not holds(known, identity("s", "", equation(a[i], w**i + Integer(0) ** i), ["known"]))
        assert not holds(
            known,
            identity("s", "", equation(a[i], w ** (i - 1) * w + i * 0 + sympy.Max(i, 5) - 5), ["known"]),
        )


class TestInduction:
    def test_it_needs_its_base_and_its_step(self):
        assert holds(telescoping("s", "", k, k, k * (k - 1) / 2))
        fails(telescoping("s", "", k, k, k * (k - 1) / 2 + 1), match="s: step 's'")
        fails(telescoping("s", "", k, k, k * (k + 1) / 2), match="s: step 's'")

    def test_a_recursion_is_solved(self):
        assert holds(GEOMETRIC, induction("s", "", equation(a[t], x * w**t), t, ["a"]))
        assert not holds(GEOMETRIC, induction("s", "", equation(a[t], x * w**t + t), t, ["a"]))
        assert not holds(GEOMETRIC, induction("s", "", equation(a[t], x * w ** (t + 1)), t, ["a"]))
        assert not holds(induction("s", "", equation(a[t], x * w**t), t), indices=INDICES)

    def test_the_hypothesis_is_at_the_index_alone(self):
        # from a(t) = 0 nothing follows of another index j
        wrong = And(Eq(a[0], 0), Eq(a[t + 1], a[t] + b[t]))
        fails(
            definition("a", "", wrong),
            induction("s", "", equation(a[t], Integer(0)), t, ["a"]),
            match="step 's'",
        )

    def test_steps_of_two_need_two_bases(self):
        parity = definition("a", "", And(Eq(a[0], 0), Eq(a[1], 1), Eq(a[t + 2], a[t])))
        claim = equation(a[t], (1 - (-1) ** t) / 2)
        assert not holds(parity, induction("s", "", claim, t, ["a"], step=1))
        assert holds(lemma("a", "", parity.formula), induction("s", "", claim, t, ["a"], step=2))
        wrong = equation(a[t], (1 - (-1) ** t) / 2 + KroneckerDelta(t, 1))
        assert not holds(lemma("a", "", parity.formula), induction("s", "", wrong, t, ["a"], step=2))

    def test_there_is_no_induction_by_steps_of_0(self):
        fails(induction("s", "", equation(a[t], 0), t, step=0), match="no steps of 0 lead to every t")

    def test_an_equation_at_the_index_is_not_one_at_what_is_bound(self):
        start = lemma("1", "", equation(a[0], 0))
        later = lemma("2", "", equation(a[t + 1], Sum(a[t], (t, 1, 1))))
        assert not holds(start, later, induction("s", "", equation(a[t], 0), t, ["1", "2"]))

    def test_what_is_given_must_be_given_at_every_step(self):
        every = lemma("1", "", a[t + 2] >= a[t + 1]), lemma("2", "", a[0] >= 0)
        claim = induction("s", "", a[t] >= 0, t, ["1", "2"], step=2)
        assert not holds(*every, claim, conditions=(Eq(sympy.Mod(t, 2), 0),))

    def test_what_is_given_must_be_given_before(self):
        bounded = lemma("a", "", equation(a[t + 1], a[t]), given=[t >= 3])
        start = lemma("b", "", equation(a[0], x))
        assert not holds(bounded, start, induction("s", "", equation(a[t], x), t, ["a", "b"]))
        assert not holds(
            bounded, start, induction("s", "", equation(a[t], x), t, ["a", "b"]), conditions=(t >= 3,)
        )


class TestSign:
    def test_signs_are_read_off(self):
        assert holds(sign("s", "", x * k + x >= 0), conditions=(x > 0,))
        assert holds(sign("s", "", x * k + x > 0), conditions=(x > 0,))
        assert not holds(sign("s", "", x * k > 0), conditions=(x > 0,))
        assert not holds(sign("s", "", x - k >= 0), conditions=(x > 0,))
        assert not holds(sign("s", "", x * k + x >= 0))

    def test_a_flipped_relation_is_another(self):
        assert holds(sign("s", "", Le(x, x + y)), conditions=(y >= 0,))
        assert not holds(sign("s", "", sympy.Ge(x, x + y)), conditions=(y >= 0,))
        assert not holds(sign("s", "", sympy.Lt(x, x + y)), conditions=(y >= 0,))

    def test_inequalities_add_up(self):
        first, second = lemma("1", "", Le(a[i], b[i])), lemma("2", "", Le(b[i], w))
        assert holds(first, second, sign("s", "", Le(a[i], w), ["1", "2"]))
        assert not holds(first, second, sign("s", "", Le(a[i], w), ["1"]), uses=())
        assert not holds(first, second, sign("s", "", Le(a[j], w), ["1", "2"]))

    def test_an_inequality_needs_its_conditions(self):
        known = lemma("1", "", Le(a[i], w), given=[w > 1])
        assert not holds(known, sign("s", "", Le(a[i], w), ["1"]))
        assert holds(known, sign("s", "", Le(a[i], w + 1), ["1"]), conditions=(w > 2,))


class TestLimit:
    def test_limits_are_taken(self):
        assert holds(limit("s", "", equation(Limit((k + 1) / k, k, sympy.oo), Integer(1))))
        assert not holds(limit("s", "", equation(Limit((k + 1) / k, k, sympy.oo), Integer(2))))
        assert not holds(limit("s", "", equation(Limit(w**k, k, sympy.oo), Integer(0))))
        assert holds(
            limit("s", "", equation(Limit(w**k, k, sympy.oo), Integer(0))), conditions=(w > -1, w < 1)
        )

    def test_a_name_is_no_constant(self):
        assert not holds(limit("s", "", equation(Limit(a[k] / k, k, sympy.oo), Integer(0))))
        assert not holds(limit("s", "", equation(Limit(E(x) / n, n, sympy.oo), Integer(0))))
        named = definition("K", "", Eq(K, n**2))
        assert not holds(named, limit("s", "", equation(Limit(K / n, n, sympy.oo), Integer(0)), []))

    def test_what_is_known_of_the_variable_outside_is_not_known_inside(self):
        at_one = lemma("1", "", equation(a[i], 1), given=[Eq(n, 1)])
        claim = equation(Limit(a[i] / n, n, sympy.oo), Integer(0))
        assert not holds(at_one, limit("s", "", claim, ["1"]), conditions=(Eq(n, 1),))

    def test_what_goes_to_infinity_has_no_meaning_outside(self):
        five, square = definition("K", "", Eq(K, 5)), definition("K", "", Eq(K, n**2))
        assert not holds(five, limit("s", "", equation(Limit(1 / K, K, oo), Rational(1, 5)), ["K"]))
        assert not holds(square, limit("s", "", equation(Limit(n**2, n, oo), K), ["K"]))

    def test_a_series_is_the_limit_of_its_sums(self):
        sums = induction("sums", "", equation(Sum(w**k, (k, 0, m - 1)), (1 - w**m) / (1 - w)), m)
        series = equation(Sum(w**k, (k, 0, sympy.oo)), 1 / (1 - w))
        assert holds(sums, limit("s", "", series, ["sums"], terms=m), conditions=(w > -1, w < 1))
        assert not holds(sums, limit("s", "", series, ["sums"], terms=m), conditions=(w > 1,))
        moving = equation(Sum(w**k * m, (k, 0, sympy.oo)), 1 / (1 - w))
        assert not holds(sums, limit("s", "", moving, ["sums"], terms=m), conditions=(w > -1, w < 1))


class TestLogic:
    def test_conclusions_are_drawn(self):
        one, two = lemma("1", "", Le(x, y), given=[x > 0]), lemma("2", "", Le(x, y), given=[x <= 0])
        assert holds(one, two, logic("s", "", Le(x, y), ["1", "2"]))
        assert not holds(one, logic("s", "", Le(x, y), ["1"]))
        assert holds(one, logic("s", "", Implies(x > 0, Le(x, y)), ["1"]))
        assert not holds(one, logic("s", "", Implies(Le(x, y), x > 0), ["1"]))
        assert not holds(one, logic("s", "", Implies(x > 0, sympy.Ge(x, y)), ["1"]))

    def test_indices_have_values_that_are_indices(self):
        every = lemma("1", "", Le(a[i], x))
        assert holds(every, logic("s", "", Le(a[0], x), ["1"], at={"1": {i: Integer(0)}}))
        assert not holds(every, logic("s", "", Le(a[0], x), ["1"]))
        assert not holds(every, logic("s", "", Le(a[i - 1], x), ["1"], at={"1": {i: i - 1}}))
        assert not holds(every, logic("s", "", Le(a[w], x), ["1"], at={"1": {i: w}}), conditions=(w > 0,))
        assert not holds(every, logic("s", "", Le(a[i], 0), ["1"], at={"1": {x: Integer(0)}}))
        natural = statement(sign("s", "", i >= 0), name="natural")
        assert not holds(logic("s", "", i >= 0, ["natural"]), uses=(natural,), indices=())
        assert not holds(sign("s", "", i >= 0, ["natural"]), uses=(natural,), indices=())

    def test_a_value_is_not_caught(self):
        known = lemma("1", "", equation(Sum(a[k] * i, (k, 0, 2)), b[i]))
        caught = equation(Sum(a[k] * k, (k, 0, 2)), b[k])
        assert not holds(known, logic("s", "", caught, ["1"], at={"1": {i: k}}))
        right = equation(Sum(a[j] * k, (j, 0, 2)), b[k])
        assert holds(known, logic("s", "", right, ["1"], at={"1": {i: k}}))

    def test_a_sum_over_no_index_refutes_nothing(self):
        empty = lemma("1", "", equation(Sum(k, (k, 0, i - 3)), 0), given=[i <= 2])
        assert not holds(empty, logic("s", "", Le(x, y), ["1"], at={"1": {i: Integer(0)}}))
        none = sympy.Ge(Sum(-k, (k, 0, i - 3)), 0, evaluate=False)
        assert not holds(identity("s", "", equation(x, y), splits=[i]), conditions=(none, i <= 0))
        case = sympy.Piecewise((1, equation(Sum(k, (k, 0, i - 3)), 0)), (0, True))
        fails(identity("s", "", equation(case, 0), splits=[i]), match="has a sum in a condition")
