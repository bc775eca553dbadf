"""Moments of the user's own matrices: enumeration, sums over all indices, known formulas."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise, product
from math import prod

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import MatrixSymbol, Symbol, Trace, factorial2, symbols

from derivations import moment
from derivations.alphabets import NETWORK, alphabet
from derivations.pairings import moment_by_enumeration
from derivations.stein import expected_products
from derivations.symbols import n, nu_W

m = Symbol("m")
nu_A, nu_B, nu_X = symbols("nu_A nu_B nu_X")
SQUARE = {"X": ("n", "n")}
CONSTANT = {"A": ("n", "n"), "B": ("n", "n")}
A, B = (MatrixSymbol(name, n, n) for name in "AB")

SHAPES = {"X": ("n", "n"), "Y": ("n", "m")}
CONSTANTS = {"S": ("n", "n"), "T": ("m", "m"), "R": ("m", "n")}
EVERY = SHAPES | CONSTANTS
SIDES = EVERY | {f"{name}'": EVERY[name][::-1] for name in EVERY}


@st.composite
def closed_words(draw, most=5, matrices=tuple(SIDES)):
    """A square word, as a list of matrices and transposes."""
    first = space = draw(st.sampled_from(["n", "m"]))
    word = []
    for _ in range(draw(st.integers(0, most - 1))):
        word.append(draw(st.sampled_from([name for name in matrices if SIDES[name][0] == space])))
        space = SIDES[word[-1]][1]
    return [*word, draw(st.sampled_from([name for name in matrices if SIDES[name] == (space, first)]))]


products_of_words = st.lists(closed_words(), min_size=1, max_size=3)


def text(word):
    return " ".join(word)


def transposed(word):
    return [name[:-1] if name.endswith("'") else f"{name}'" for name in reversed(word)]


def same(first, second):
    return sympy.expand(first - second) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["X A X' B"], nu_X * Trace(A) * Trace(B)),
        (["X A X B"], nu_X * Trace(A * B.T)),
        (["X A", "X B"], nu_X * Trace(A * B.T)),
        (["X A", "X' B"], nu_X * Trace(A * B)),
        (["X X' A"], nu_X * n * Trace(A)),
        (["A B A'"], Trace(A * B * A.T)),
        (["A", "A", "X X"], nu_X * n * Trace(A) ** 2),
        (["X A X"], nu_X * Trace(A)),
        (["X A"], 0),
    ],
)
def test_a_pair_of_random_letters_leaves_traces_of_constants(words, expected):
    assert same(moment(*words, shapes=SQUARE, constants=CONSTANT), expected)


def test_second_moment_of_a_wishart_matrix_between_constants():
    """E S B S = N^2 B + N B' + N tr(B) 1 for S = X' X of N rows: Gupta and Nagar, theorem 3.3.15."""
    shapes, constants = {"X": ("N", "p")}, {"B": ("p", "p"), "T": ("p", "p")}
    p, rows = symbols("p N")
    B, T = (MatrixSymbol(name, p, p) for name in "BT")
    expected = rows**2 * Trace(B * T) + rows * Trace(B * T.T) + rows * Trace(B) * Trace(T)
    assert same(moment("X' X B X' X T", shapes=shapes, constants=constants), nu_X**2 * expected)


def test_a_bilinear_form_is_a_gaussian():
    shapes, constants = {"X": ("n", "m")}, {"u": ("n", 1), "v": ("m", 1)}
    u, v = MatrixSymbol("u", n, 1), MatrixSymbol("v", m, 1)
    variance = nu_X * Trace(u * u.T) * Trace(v * v.T)
    for power in (2, 4, 6):
        forms = ["u' X v"] * power
        assert same(
            moment(*forms, shapes=shapes, constants=constants),
            factorial2(power - 1) * variance ** (power // 2),
        )


def test_rectangular_matrices_bring_their_own_dimensions_and_variances():
    shapes = {"A": ("n", "m"), "B": ("m", "n")}
    assert (
        moment("A B B' A'", shapes=shapes) == moment("(A B) (A B)'", shapes=shapes) == m * n**2 * nu_A * nu_B
    )
    assert moment("A A'", shapes={"A": (2, 3)}) == 6 * nu_A
    assert moment("W_in W_in'", shapes={"W_in": ("n", 4)}) == 4 * n * Symbol("nu_W_in")
    assert moment("Ω Ω'", shapes={"Ω": ("ν", "n")}) == n * Symbol("ν") * Symbol("nu_Ω")
    assert moment("A B A' B'", shapes=dict.fromkeys("AB", ("n", "n"))) == n * nu_A * nu_B


def test_a_product_that_does_not_exist_is_refused_whatever_its_letters():
    with pytest.raises(
        ValueError, match=r"B is m x n, so A' \(m x n\) cannot follow it; if .* give them one name"
    ):
        moment("A B A' B'", shapes={"A": ("n", "m"), "B": ("m", "n")})


@settings(max_examples=60)
@given(products_of_words)
def test_random_words_match_the_enumeration_of_pairings(words):
    texts = [text(word) for word in words]
    matrices = {"shapes": SHAPES, "constants": CONSTANTS}
    assert same(moment(*texts, **matrices), moment_by_enumeration(*texts, **matrices))


def by_index_sums(words, sizes, variances, given):
    """The definition: E of the product of the traces, written out in entries whose moments are known."""
    letters = [(name, place) for word in words for place, name in enumerate(word)]
    ends, first = [], 0
    for word in words:
        ends += [(first + k, first + (k + 1) % len(word)) for k in range(len(word))]
        first += len(word)
    spaces = [range(sizes[SIDES[name][0]]) for name, _ in letters]
    total = Fraction(0)
    for indices in product(*spaces):
        entries, factor = Counter(), Fraction(1)
        for (name, _), (left, right) in zip(letters, ends, strict=True):
            i, j = (indices[right], indices[left]) if name.endswith("'") else (indices[left], indices[right])
            if name[0] in SHAPES:
                entries[name[0], i, j] += 1
            else:
                factor *= given[name[0]][i][j]
        for (name, _, _), power in entries.items():
            odd = power % 2
            factor *= 0 if odd else prod(range(power - 1, 0, -2)) * variances[name] ** (power // 2)
        total += factor
    return total


fractions = st.fractions(-3, 3, max_denominator=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(closed_words(most=4), min_size=1, max_size=2), st.lists(fractions, min_size=16, max_size=16))
def test_random_words_match_sums_over_all_indices(words, numbers):
    sizes, variances = {"n": 2, "m": 1}, {"X": numbers[0] ** 2, "Y": numbers[1] ** 2}
    draws = iter(numbers[2:])
    given = {
        name: [[next(draws) for _ in range(sizes[columns])] for _ in range(sizes[rows])]
        for name, (rows, columns) in CONSTANTS.items()
    }
    result = moment(*map(text, words), shapes=SHAPES, constants=CONSTANTS)
    values = {
        MatrixSymbol(name, *symbols(CONSTANTS[name])): sympy.Matrix(entries)
        for name, entries in given.items()
    }
    values |= {Symbol(f"nu_{name}"): variance for name, variance in variances.items()} | symbols_of(sizes)
    assert sympy.sympify(result).subs(values).doit() == by_index_sums(words, sizes, variances, given)


def symbols_of(sizes):
    return {Symbol(name): size for name, size in sizes.items()}


@given(products_of_words, st.integers(0, 4), st.randoms())
def test_rotation_transposition_and_order_do_not_matter(words, turn, random):
    changed = [transposed(word[turn % len(word) :] + word[: turn % len(word)]) for word in words]
    random.shuffle(changed)
    first, second = (
        moment(*map(text, traces), shapes=SHAPES, constants=CONSTANTS) for traces in (words, changed)
    )
    assert first == second


@given(products_of_words)
def test_identities_may_be_left_out(words):
    square = [[name for name in word if name[0] != "R"] for word in words]
    kept = [word for word in square if word and SIDES[word[0]][0] == SIDES[word[-1]][1]]
    kept = [word for word in kept if all(SIDES[a][1] == SIDES[b][0] for a, b in pairwise(word))]
    bare = [[name for name in word if name[0] in SHAPES] for word in kept]
    lost = [SIDES[word[0]][0] for word, left in zip(kept, bare, strict=True) if not left]
    result = moment(*map(text, kept), shapes=SHAPES, constants=CONSTANTS)
    identities = {MatrixSymbol("S", n, n): sympy.Identity(n), MatrixSymbol("T", m, m): sympy.Identity(m)}
    expected = moment(*(text(word) for word in bare if word), shapes=SHAPES)
    assert same(sympy.sympify(result).subs(identities).doit(), expected * sympy.prod(map(Symbol, lost)))


@given(products_of_words)
def test_integers_stand_for_dimensions(words):
    sizes = {"n": 3, "m": 2}
    numbers = {name: tuple(sizes[space] for space in shape) for name, shape in SHAPES.items()}
    random = [word for word in words if all(name[0] in SHAPES for name in word)]
    symbolic = moment(*map(text, random), shapes=SHAPES)
    assert sympy.sympify(symbolic).subs(sizes) == moment(*map(text, random), shapes=numbers)


def test_the_network_s_matrices_are_matrices_like_others():
    shapes = dict(zip(NETWORK.names, NETWORK.shapes, strict=True))
    for words in (["W W W' W'"], ["C W F F' W' C'", "W W'"], ["F' F", "F F'"], ["W^3 W'^3"]):
        assert moment(*words, shapes=shapes) == moment(*words)
    assert moment("W S W'", constants={"S": ("n", "n")}) == n * nu_W * Trace(MatrixSymbol("S", n, n))


def test_more_matrices_than_there_are_plain_letters():
    names = [f"M{k}" for k in range(30)]
    shapes = dict.fromkeys(names, ("n", "n"))
    result = moment(*(f"{name} S {name}'" for name in names), shapes=shapes, constants={"S": ("n", "n")})
    trace = Trace(MatrixSymbol("S", n, n))
    assert result == (n * trace) ** 30 * sympy.prod(Symbol(f"nu_{name}") for name in names)
    with pytest.raises(ValueError, match="at most 58 matrices, got 59"):
        moment("M1", shapes=dict.fromkeys([f"M{k}" for k in range(59)], ("n", "n")))


def test_equal_matrices_share_what_is_remembered():
    assert alphabet({"A": ("n", 2), "B": ["m", "n"]}, {}) == alphabet({"B": ("m", "n"), "A": ("n", 2)}, None)


@pytest.mark.parametrize(
    ("shapes", "constants", "message"),
    [
        ([("A", ("n", "n"))], None, r"shapes must map names to shapes, such as .*, got \["),
        ("A", None, "shapes must map names"),
        ({"A": "nn"}, None, r"shapes: the shape of A must be a pair such as .*, got 'nn'"),
        ({"A": ("n",)}, None, "the shape of A must be a pair"),
        ({"A": ("n", "m", "n")}, None, "the shape of A must be a pair"),
        ({"A": 3}, None, "the shape of A must be a pair"),
        ({"A": ("n", 0)}, None, "a dimension of A must be an integer >= 1, got 0"),
        ({"A": ("n", 2.0)}, None, "a dimension of A must be an integer >= 1, got 2.0"),
        ({"A": ("n", True)}, None, "a dimension of A must be an integer >= 1, got True"),
        ({"A": ("n", 10**19)}, None, "a dimension of A must be <= 1000000000000000000"),
        ({"A": ("n", "2m")}, None, "a dimension of A must be a letter followed by"),
        ({"A": ("n", "")}, None, "a dimension of A must be a letter followed by"),
        ({"2A": ("n", "n")}, None, "shapes: the name of a matrix must be a letter followed by .*, got '2A'"),
        ({3: ("n", "n")}, None, "the name of a matrix must be"),
        ({"_A": ("n", "n")}, None, "the name of a matrix must be"),
        ({"A B": ("n", "n")}, None, "the name of a matrix must be"),
        ({"A": ("n", "n")}, {"A": ("n", "n")}, "'A' has two meanings"),
        (None, {"W": ("n", "n")}, "'W' has two meanings"),
        ({"n": ("n", "n")}, None, "'n' has two meanings"),
        ({"A": ("n", "nu_A")}, None, "'nu_A' has two meanings"),
        ({"A": ("n", "n")}, {"nu_A": ("n", "n")}, "'nu_A' has two meanings"),
        (None, {"S": ("n", -1)}, "constants: a dimension of S must be an integer >= 1, got -1"),
        ({"B": ("n", "n")}, None, "cannot read 'A' at character 1; the matrices are B, each with"),
        ({}, None, "cannot read 'A' at character 1; there are no matrices"),
        ({"A": ("n", "m")}, None, "word 'A' has no trace: it is n x m"),
    ],
)
def test_what_is_no_shape_is_refused_with_the_reason(shapes, constants, message):
    with pytest.raises(ValueError, match=message):
        moment("A", shapes=shapes, constants=constants)


@settings(max_examples=15, deadline=None)
@given(st.permutations(["X"] * 3 + ["X'"] * 3 + ["Z"] * 2 + ["Z'"] * 2 + ["S"] * 3))
def test_the_expected_number_of_products_is_about_that_visited(word):
    from derivations import stein

    matrices = alphabet({"X": ("n", "n"), "Z": ("n", "n")}, {"S": ("n", "n")})
    letters = "".join(
        matrices.named[name[0]].lower() if name.endswith("'") else matrices.named[name] for name in word
    )
    visited = 0

    def advance():
        nonlocal visited
        visited += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stein, "_memory", {})
        stein.sum_of_traces((letters,), matrices, advance)
        patch.setattr(stein, "_LOOK", max(10, visited // 4))
        assert 1 / 4 <= expected_products([letters], matrices) / visited <= 4


def test_a_moment_that_would_take_hours_is_refused_at_once():
    with pytest.raises(ValueError, match=r"moment: words of 80 letters, about \S+ products of traces"):
        moment("(X A X X' X' B)^10 (X X')^10", shapes=SQUARE, constants=CONSTANT)
