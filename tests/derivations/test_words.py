"""Words: reading them, and recognising those whose traces are equal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ],
)
def test_what_is_no_word_is_refused_with_the_reason(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


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
