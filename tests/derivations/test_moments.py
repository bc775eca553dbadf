"""Moments: known matrices, the oracle that enumerates pairings, and simulation."""

from itertools import combinations_with_replacement, pairwise, product
from math import prod

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import factorial2

from derivations import moment, stein
from derivations.moments import to_sympy
from derivations.pairings import moment_by_enumeration
from derivations.stein import MOST_PRODUCTS, RING, all_products, expectation, expected_products
from derivations.symbols import n, n_x, n_y, nu_C, nu_F, nu_W
from derivations.words import LETTERS, canonical, columns, display, rows, transposed


def closed_words(length: int) -> list[str]:
    """One word of each class with equal traces, among all square words of a length."""
    open_words = list("WFCwfc")
    for _ in range(length - 1):
        open_words = [word + letter for word in open_words for letter in "WFCwfc" if fits(word, letter)]
    return sorted({canonical(word) for word in open_words if fits(word, word[0])})


def fits(word: str, letter: str) -> bool:
    return columns(word[-1]) == rows(letter)


def assert_matches_enumeration(*words: str) -> None:
    shown = [display(word) for word in words]
    assert sympy.expand(moment(*shown) - moment_by_enumeration(*shown)) == 0, shown


@pytest.mark.parametrize("length", range(1, 9))
def test_every_word_of_a_length_matches_the_enumeration_of_pairings(length):
    for word in closed_words(length):
        assert_matches_enumeration(word)


@pytest.mark.parametrize("lengths", [(1, 1), (1, 3), (2, 2), (2, 4), (3, 3), (1, 1, 2), (2, 2, 2)])
def test_every_product_of_traces_matches_the_enumeration_of_pairings(lengths):
    classes = [closed_words(length) for length in lengths]
    for words in product(*classes):
        assert_matches_enumeration(*words)


@pytest.mark.parametrize(
    ("power", "polynomial"),
    [
        (1, n * n_x),
        (2, n * n_x * (n + n_x + 1)),
        (3, n * n_x * (n**2 + 3 * n * n_x + n_x**2 + 3 * n + 3 * n_x + 4)),
        (
            4,
            n * n_x * (n**3 + 6 * n**2 * n_x + 6 * n * n_x**2 + n_x**3 + 6 * n**2 + 17 * n * n_x + 6 * n_x**2)
            + n * n_x * (21 * n + 21 * n_x + 20),
        ),
    ],
)
def test_real_wishart_moments(power, polynomial):
    """Haagerup and Thorbjornsen's and Muirhead's tables for E tr (F F')^k."""
    assert sympy.expand(moment("F F' " * power) - nu_F**power * polynomial) == 0


@pytest.mark.parametrize("k", range(1, 5))
def test_squared_norm_of_a_ginibre_matrix_is_chi_squared(k):
    expected = sympy.prod(n**2 + 2 * j for j in range(k))
    assert sympy.expand(moment(*["W W'"] * k) - nu_W**k * expected) == 0


@pytest.mark.parametrize("k", range(1, 5))
def test_trace_of_a_ginibre_matrix_is_gaussian(k):
    assert moment(*["W"] * (2 * k)) == factorial2(2 * k - 1) * (n * nu_W) ** k
    assert moment(*["W"] * (2 * k - 1)) == 0


def test_the_examples_of_the_theory():
    assert sympy.expand(moment("W^2 W'^2") / nu_W**2) == n**3 + 2 * n
    assert sympy.expand(moment("W^3 W'^3") / nu_W**3) == n**4 + 10 * n**2 + 4 * n


def test_every_matrix_brings_its_own_variance():
    assert moment("C F F' C'") == nu_C * nu_F * n * n_x * n_y
    assert moment() == 1


@given(st.lists(st.text("Ww", min_size=1, max_size=6), min_size=1, max_size=3))
def test_at_width_one_every_moment_is_a_double_factorial(words):
    count = sum(map(len, words))
    expected = 0 if count % 2 else factorial2(count - 1)
    assert to_sympy(expectation(words)).subs(n, 1) == expected


@given(st.lists(st.sampled_from(closed_words(4) + closed_words(6)), min_size=1, max_size=2))
def test_at_all_dimensions_one_the_letters_are_independent_gaussians(words):
    counts = ["".join(words).upper().count(letter) for letter in LETTERS]
    value = to_sympy(expectation(words)).subs({n: 1, n_x: 1, n_y: 1})
    assert value == prod(0 if count % 2 else int(factorial2(count - 1)) for count in counts)


def test_transition_power_twelve_is_within_reach():
    polynomial = expectation(["W" * 12 + "w" * 12])
    degree, leading = 13, polynomial.to_dict()[13, 0, 0]
    assert (polynomial.degrees()[0], leading) == (degree, 1)
    assert sum(map(int, polynomial.to_dict().values())) == factorial2(23)


@given(st.lists(st.text("Ww", min_size=1, max_size=4), min_size=1, max_size=3), st.randoms())
def test_order_rotation_and_transposition_do_not_matter(words, random):
    changed = [transposed(word[1:] + word[:1]) for word in words]
    random.shuffle(changed)
    assert expectation(words) == expectation(changed)


@settings(max_examples=10)
@given(st.sampled_from(list(combinations_with_replacement(["Ww", "WW", "WWww", "cC", "FfW", "CWwc"], 2))))
def test_simulation_agrees(words):
    rng = np.random.default_rng(1)
    samples, sizes = 40_000, {"n": 3, "n_x": 2, "n_y": 2}
    drawn = {
        letter: rng.normal(size=(samples, sizes[rows(letter)], sizes[columns(letter)])) for letter in LETTERS
    }
    value = np.ones(samples)
    for word in words:
        chain = np.broadcast_to(np.eye(sizes[rows(word[0])]), (samples, *[sizes[rows(word[0])]] * 2))
        for letter in word:
            matrix = drawn[letter.upper()]
            chain = chain @ (matrix.swapaxes(1, 2) if letter.islower() else matrix)
        value = value * np.trace(chain, axis1=1, axis2=2)
    exact = float(to_sympy(expectation(words)).subs(sizes))
    assert abs(value.mean() - exact) < 6 * value.std() / samples**0.5


def test_polynomials_become_expressions():
    assert to_sympy(RING.constant(0)) == 0
    assert to_sympy(expectation(["cCWw"])) == n**2 * n_y


def test_bad_words_are_refused():
    with pytest.raises(ValueError, match="the letters are W, F and C"):
        moment("W X")
    with pytest.raises(ValueError, match="has no trace"):
        moment("W W'", "C F")


@pytest.mark.parametrize("letters", range(1, 8))
def test_all_products_of_a_number_of_letters_are_counted(letters):
    parts = [sorted({canonical("".join(word)) for word in product("Ww", repeat=m)}) for m in range(8)]
    found = {
        tuple(sorted(words))
        for lengths in partitions(letters)
        for words in product(*(parts[m] for m in lengths))
    }
    assert all_products(letters) == len(found)


def partitions(total, most=None):
    if total == 0:
        return [()]
    return [(m, *rest) for m in range(min(total, most or total), 0, -1) for rest in partitions(total - m, m)]


@settings(max_examples=20)
@given(st.permutations("WWWWWWWWwwwwwwww"), st.sampled_from([(16,), (10, 6), (4, 4, 8)]))
def test_the_expected_number_of_products_is_about_that_visited(letters, lengths):
    words = ["".join(letters[a:b]) for a, b in pairwise(np.cumsum((0, *lengths)))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stein, "_LOOK", 100)  # of some 300, so that the rest is estimated
        assert 1 / 3 <= expected_products(words) / products_visited(words) <= 3


def products_visited(words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stein, "_memory", {})
        count = 0

        def advance():
            nonlocal count
            count += 1

        expectation(words, advance=advance)
        return count


@pytest.mark.parametrize("words", [["W^25 W'^25"], ["W W W'" * 20], ["W W' W'^2 W^2 W'^3 W", "W^2 W'^2" * 7]])
def test_a_moment_that_would_take_hours_is_refused_at_once(words):
    with pytest.raises(ValueError, match=r"moment: words of \d+ letters, about \S+ products of traces"):
        moment(*words)


def test_many_traces_and_long_words_need_no_deep_recursion():
    assert moment(*["W"] * 1200) == factorial2(1199) * (n * nu_W) ** 600
    assert expected_products(["W" * 1000]) > MOST_PRODUCTS


def test_an_interrupt_leaves_what_was_done_right(monkeypatch):
    word = "WWwWwwWWWwwwWw"
    monkeypatch.setattr(stein, "_memory", {})
    whole = expectation([word])
    for visited in range(0, 60, 7):
        monkeypatch.setattr(stein, "_memory", {})
        with pytest.raises(KeyboardInterrupt):
            expectation([word], advance=interrupting(visited))
        assert expectation([word]) == whole


def interrupting(after):
    left = after

    def advance():
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    return advance


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(stein, "_memory", {})
    monkeypatch.setattr(stein, "_MOST_REMEMBERED", 50)
    for word in ("WWWWWWwwwwww", "WWwwWwWw", "WWwWwwWWWwwwWw"):
        expectation([word])
    assert sum(map(len, stein._memory.values())) <= products_visited(["WWwWwwWWWwwwWw"]) + 1
