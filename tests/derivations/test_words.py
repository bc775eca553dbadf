"""Words: reading them, and recognising those whose traces are equal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.alphabets import alphabet
from derivations.words import canonical, columns, display, parse, parse_trace, rows, transposed

letters = st.sampled_from("WFCwfc")
words_in_w = st.text("Ww", min_size=1, max_size=9)


def product(word: str, matrices: dict[str, np.ndarray]) -> np.ndarray:
    result = np.eye(matrices["W"].shape[0])
    for letter in word:
        matrix = matrices[letter.upper()]
        result = result @ (matrix.T if letter.islower() else matrix)
    return result


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("W W W' W'", "WWww"),
        ("W^2W'^2", "WWww"),
        (" C  W F ", "CWF"),
        ("F'^1 F", "fF"),
        ("", ""),
        ("(W W')^3", "WwWwWw"),
        ("(C W F)'", "fwc"),
        ("(W^2)'^2 W", "wwwwW"),
        ("((W (W W')')'^2 W)' W'", "wWWwWWww"),
        ("( W )( W' )", "Ww"),
        ("C(W)^2F", "CWWF"),
    ],
)
def test_words_are_read_with_or_without_spaces_and_powers(text, word):
    assert parse(text) == word


@given(words_in_w)
def test_a_displayed_word_reads_back(word):
    assert parse(display(word)) == word


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W V", "cannot read 'V'; the letters are W, F and C"),
        ("W ^2", "cannot read"),
        ("W''", "cannot read"),
        ("w", "cannot read"),
        ("W^٣", "cannot read"),
        ("W**2", "cannot read"),
        ("W W^0", "a power must be at least 1, got W\\^0"),
        ("W^1001", "at most 1000 letters"),
        ("W^99999999999999999999", "at most 1000 letters"),
        ("F F", "F is n x n_x, so F \\(n x n_x\\) cannot follow it"),
        ("W C", "W is n x n, so C \\(n_y x n\\) cannot follow it"),
        ("(C W)^2", "W is n x n, so C \\(n_y x n\\) cannot follow it"),
        ("W (W (W')", "the bracket at character 3 is never closed"),
        ("W (", "the bracket at character 3 is never closed"),
        ("(W W')) W", "the bracket at character 7 closes none"),
        ("W ( )", "the brackets that close at character 5 hold nothing"),
        ("W (W W')^0", "a power must be at least 1, got \\(W W'\\)\\^0"),
        ("(W W) ^2", "cannot read '\\^2'"),
        ("(W W)''", "cannot read"),
        ("(W^10)^101", "at most 1000 letters"),
        ("((((W^9)^9)^9)^9)^9", "at most 1000 letters"),
        ("(" * 101 + "W" + ")" * 101, "brackets are at most 100 deep, got more at character 101"),
    ],
)
def test_what_is_no_word_is_refused_with_the_reason(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_brackets_may_be_a_hundred_deep_and_words_a_thousand_letters_long():
    assert parse("(" * 100 + "W" + ")'" * 100) == "W"
    assert len(parse("((W W')^50)^10")) == 1000


def bracketed(parts):
    """A text in brackets, transposed and repeated, and the word that it means."""
    inner, flip, power, space = parts
    word = "".join(meaning for _, meaning in inner)
    text = f"({space.join(text for text, _ in inner)})" + "'" * flip + f"^{power}" * (power > 1)
    return text, (transposed(word) if flip else word) * power


trees = st.recursive(
    st.sampled_from([("W", "W"), ("W'", "w"), ("W^2", "WW"), ("W'^3", "www")]),
    lambda parts: st.tuples(
        st.lists(parts, min_size=1, max_size=3), st.booleans(), st.integers(1, 3), st.sampled_from([" ", ""])
    ).map(bracketed),
    max_leaves=6,
)


@given(st.lists(trees, min_size=1, max_size=3))
def test_brackets_are_read_from_the_inside(parts):
    assert parse(" ".join(text for text, _ in parts)) == "".join(word for _, word in parts)


def test_names_stand_apart_or_side_by_side_where_that_has_one_meaning():
    square = ("n", "n")
    named = alphabet(dict.fromkeys(["A", "B", "AB", "W1", "W_in", "BA"], square), {"Σ": square})
    read = {name: named.named[name] for name in named.names}
    assert parse("A B A'B'", named) == read["A"] + read["B"] + read["A"].lower() + read["B"].lower()
    assert parse("AB", named) == read["AB"]
    assert parse("W1W_in'^2Σ", named) == read["W1"] + 2 * read["W_in"].lower() + read["Σ"]
    assert parse("AA", named) == 2 * read["A"]
    with pytest.raises(ValueError, match=r"'ABA' at character 4 may be .* or .*; set them apart by spaces"):
        parse("A (ABA)", named)
    for text, place, unread in (("A B C", 5, "C"), ("W2", 1, "W2"), ("A B2", 4, "2"), ("AΣ_", 3, "_")):
        with pytest.raises(
            ValueError, match=f"cannot read '{unread}' at character {place}; the matrices are A, AB"
        ):
            parse(text, named)


@pytest.mark.parametrize("word", [None, 3, ["W"], b"W"])
def test_a_word_is_a_string(word):
    with pytest.raises(ValueError, match="a word is a string"):
        parse(word)


@pytest.mark.parametrize("text", ["", "C F", "C W^2 F", "F'"])
def test_a_trace_needs_a_square_word(text):
    with pytest.raises(ValueError, match=r"empty|has no trace"):
        parse_trace(text)


@given(letters)
def test_transposition_swaps_the_dimensions(letter):
    assert rows(transposed(letter)) == columns(letter)


@given(words_in_w, st.integers(0, 20), st.booleans())
def test_rotation_and_transposition_keep_the_canonical_word(word, turn, flip):
    other = word[turn % len(word) :] + word[: turn % len(word)]
    assert canonical(transposed(other) if flip else other) == canonical(word)


@given(words_in_w, words_in_w)
def test_words_have_equal_traces_exactly_if_their_canonical_words_agree(first, second):
    rng = np.random.default_rng(5)
    matrices = {"W": rng.normal(size=(4, 4))}
    traces = [np.trace(product(word, matrices)) for word in (first, second)]
    assert np.isclose(*traces, rtol=1e-9, atol=1e-9) == (canonical(first) == canonical(second))
