"""Recursions over several indices: by cases, at other values of the indices, and no more than that."""

import sympy
from sympy import And, Eq, Integer, KroneckerDelta, Max, Min, Ne, Sum, symbols

from derivations import ProofError, Statement
from derivations.contexts import Context, written
from derivations.reduction import is_zero, leaves
from derivations.rules import argument, identity, induction, logic
from derivations.theorems.model import equation

i, j, k, m = symbols("i j k m")
w, x, y = symbols("w x y")
INDICES = (i, j, k, m)
NATURAL = Context(frozenset(INDICES))
f, g = sympy.IndexedBase("f"), sympy.IndexedBase("g")


def holds(*steps, indices=INDICES):
    try:
        Statement("s", "t", steps[-1].formula, {}, (), "", steps, indices).check_steps()
    except ProofError:
        return False
    return True


def step(value, start=0):
    """f[i + 1, j + 1] = value + f[i, j], and the starts."""
    recursion = And(
        equation(f[i + 1, j + 1], value + f[i, j]),
        equation(f[0, j], sympy.sympify(start)),
        equation(f[i, 0], Integer(0)),
    )
    return argument("recursion", "", recursion)


def least(formula, splits=(j, (i, j))):
    return induction("claim", "", equation(f[i, j], formula), i, ["recursion"], splits=splits)


def test_the_hypothesis_is_for_every_other_index_and_the_cases_are_all():
    assert holds(step(Integer(1)), least(Min(i, j)))
    assert not holds(step(Integer(1)), least(Min(i, j), splits=()))  # j may be 0
    assert not holds(step(Integer(1)), least(i))
    assert not holds(step(Integer(1)), least(Max(i, j)))
    assert not holds(step(Integer(2)), least(Min(i, j)))
    assert not holds(step(Integer(1), start=KroneckerDelta(j, 3)), least(Min(i, j)))


def test_the_hypothesis_is_not_for_other_values_of_the_index():
    up = argument("up", "", And(equation(g[i + 1], g[i + 2]), equation(g[0], 0)))
    assert not holds(up, induction("claim", "", equation(g[i], 0), i, ["up"]))
    assert not holds(up, induction("claim", "", equation(g[i], 0), i, ["up"], splits=[i]))
    assert not holds(up, induction("claim", "", equation(g[i], 0), i, ["up"], splits=[(i, j)]))


def test_a_condition_of_the_claim_holds_for_the_hypothesis():
    shift = argument(
        "shift", "", And(equation(f[i + 1, j], f[i, j + 1]), equation(f[0, j], KroneckerDelta(j, 3)))
    )

    def claim(given):
        return induction("claim", "", equation(f[i, j], Integer(0)), i, ["shift"], given=given)

    ending = argument("no", "", equation(f[i, j], 0), ["claim"])
    assert holds(shift, claim([Ne(i + j, 3)]), ending)
    assert not holds(shift, claim([Ne(j, 3)]), ending)
    assert not holds(shift, claim([]), ending)


def test_an_equation_is_matched_by_all_its_indices():
    offset = argument("offset", "", equation(f[j + 2 * k + 1, j], x))
    assert holds(offset, identity("claim", "", equation(f[i + 3, i], x), ["offset"]))
    assert holds(offset, identity("claim", "", equation(f[i + 2 * m + 1, i], x), ["offset"]))
    assert not holds(offset, identity("claim", "", equation(f[i + 2, i], x), ["offset"]))  # k = 1/2
    assert not holds(offset, identity("claim", "", equation(f[i, i + 1], x), ["offset"]))  # k = -1
    assert not holds(offset, identity("claim", "", equation(f[i + 3, j], x), ["offset"]))


def test_the_right_side_alone_may_stay():
    down = argument("down", "", equation(g[i + 1], w * g[i]))
    assert holds(down, identity("claim", "", equation(g[j + 2], w * g[j + 1]), ["down"]))
    assert not holds(down, identity("claim", "", equation(g[j + 2], g[j + 1]), ["down"]))


def test_deltas_are_known_by_their_difference():
    assert is_zero(KroneckerDelta(i + 1, j + 1) - KroneckerDelta(j, i), NATURAL)
    assert is_zero(KroneckerDelta(2 * i, 2 * j) - KroneckerDelta(i, j), NATURAL)
    assert is_zero(KroneckerDelta(i, j), NATURAL.given(Ne(i, j)))
    assert not is_zero(KroneckerDelta(i, j), NATURAL.given(Ne(i, j + 1)))
    assert not is_zero(KroneckerDelta(2 * i, j) - KroneckerDelta(i, j), NATURAL)
    assert not is_zero(KroneckerDelta(i, -j) - KroneckerDelta(i, j), NATURAL)


def test_a_sum_collapses_where_a_delta_is_at_a_whole_number():
    assert is_zero(Sum(k * KroneckerDelta(2 * k, 2 * m), (k, 0, m)) - m, NATURAL)
    assert is_zero(Sum(k * KroneckerDelta(2 * k + 1, 2 * m), (k, 0, m)), NATURAL)
    assert is_zero(Sum(KroneckerDelta(k + i + 1, i - k), (k, 0, m)), NATURAL)
    assert not is_zero(Sum(KroneckerDelta(2 * k, m), (k, 0, m)), NATURAL)
    assert not is_zero(Sum(KroneckerDelta(2 * k, m), (k, 0, m)) - 1, NATURAL)


def test_a_power_that_may_divide_cancels_against_itself_alone():
    power = w ** (i - 1)
    assert is_zero((x + y) * power - x * power - y * power, NATURAL)
    assert not is_zero((x + y) * power * w - (x + y) * w**i, Context(NATURAL.indices - {i}, ()))
    assert not is_zero(w * (power + 1) - w**i - w, NATURAL)


def test_no_value_is_caught_by_a_sum():
    total = Sum(x * k, (k, 0, m))
    assert written(total, [{x: k + 1}]).subs(m, 1).doit() == k + 1
    claim = argument("sum", "", equation(Sum(i * k, (k, 0, 1)), g[i]))
    caught = equation(Sum(k * k, (k, 0, 1)), g[k])
    assert not holds(claim, logic("claim", "", caught, ["sum"], at={"sum": {i: k}}))
    splits = identity("claim", "", equation(Sum(i * k, (k, 0, 1)) - i, Integer(0)), splits=[(i, k)])
    assert holds(splits)


def test_cases_compose_and_gone_indices_are_not_split_again():
    cases = [values for _, values in leaves(NATURAL, [(i, j), (i, 2)])]
    assert [{i: j}] in cases
    assert written(i, [{i: i + j + 1}, {i: 2 * i}]) == 2 * i + j + 1
    assert written(i + x, [{i: j}, {j: j + 1}]) == j + 1 + x
    assert not is_zero(Max(i, j) - j, NATURAL, [(i, j)])


def test_least_and_greatest_of_unknowns_stay():
    assert written(Min(i, j, k), [{i: j + 1}]) == Min(j + 1, j, k, evaluate=False)
    assert is_zero(Min(i, i + j) - i, NATURAL)
    assert not is_zero(Min(x, x + y) - x, NATURAL)
    assert Eq(written(Max(x, y), [{x: Integer(2)}]).subs(y, 3), 3)
