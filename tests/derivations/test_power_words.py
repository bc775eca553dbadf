"""Symbolic exponents against the concrete rule of Stein's lemma."""

from collections import Counter
from itertools import pairwise

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations.power_words import PowerWord, cut, degree_bound, encode, join, length, transpose
from derivations.stein import stein
from derivations.words import canonical, transposed

a, b, k, m = sympy.symbols("a b k m")
powers = st.lists(st.tuples(st.sampled_from("WwF"), st.integers(0, 4)), max_size=5)


def spell(word: PowerWord, **values: int) -> str:
    return "".join(letter * int(sympy.sympify(exponent).subs(values)) for letter, exponent in word)


@given(powers, powers)
def test_joined_words_spell_the_joined_spelling(first, second):
    first, second = join(tuple(first)), join(tuple(second))
    joined = join(first, second)
    assert spell(joined) == spell(first) + spell(second)
    assert all(x[0] != y[0] and x[1] != 0 for x, y in pairwise(joined))


@given(powers)
def test_transposes_spell_the_transpose(word):
    assert spell(transpose(tuple(word))) == transposed(spell(tuple(word)))


@pytest.mark.parametrize("p", range(1, 6))
@pytest.mark.parametrize("q", range(6))
def test_symbolic_cuts_are_those_of_the_concrete_rule(p, q):
    """Sum the symbolic partners of the first W of tr(W^p W'^q) and compare with derivations.stein."""
    word: PowerWord = (("W", a), ("w", b))
    expected: Counter[tuple[str, ...]] = Counter()
    before, after = cut(word, 0, k)
    for place in range(2, p + 1):
        left = spell(join(before, transpose(after)), a=p, b=q, k=place)
        expected[tuple(filter(None, [canonical(left)]))] += 1
    before, after = cut(word, 1, m)
    for place in range(1, q + 1):
        parts = [spell(part, a=p, b=q, m=place) for part in (before, after)]
        expected[tuple(sorted(canonical(part) for part in parts if part))] += 1
    traces = (("W" * p) + ("w" * q),)
    found: Counter[tuple[str, ...]] = Counter()
    for (words, _), multiplicity in stein(traces).items():
        found[words] += multiplicity
    assert found == expected


def test_lengths_and_bounds():
    word: PowerWord = (("W", a), ("w", b))
    assert length(word, word) == 2 * a + 2 * b
    assert sympy.expand(degree_bound(word) - (a + b) / 2 - 1) == 0


def test_encodings_tell_words_apart():
    assert encode((("W", a),), (("w", b),)) - encode((("W", a),), (("w", b),)) == 0
    assert sympy.simplify(encode((("W", a),)) - encode((("w", a),))) != 0
    assert sympy.simplify(encode((("W", a),), ()) - encode((), (("W", a),))) != 0
