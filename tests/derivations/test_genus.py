"""The leading terms of moments: the whole polynomial cut off, known limits, words far out of its reach."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import MatrixSymbol, Symbol, Trace, binomial, catalan

from derivations import moment, moments, recursions
from derivations.symbols import n, n_x, nu_F, nu_W
from tests.derivations.test_matrices import CONSTANTS, SHAPES, closed_words, same, text

m = Symbol("m")
square = {"S": ("n", "n")}
S = MatrixSymbol("S", n, n)


def cut_off(expression, terms, large):
    """The terms of highest degree, from the whole: a trace counts if all of its dimensions grow."""
    scale, expression = Symbol("scale"), sympy.expand(expression)
    traces = {trace: sympy.Dummy() for trace in expression.atoms(Trace)}
    growing = [Symbol(name) for name in large] + [traces[trace] for trace in traces if grows(trace, large)]
    scaled = expression.subs(traces).subs({symbol: scale * symbol for symbol in growing}, simultaneous=True)
    by_degree = sympy.Poly(scaled, scale).as_dict()
    leading = (by_degree[degree] for degree in sorted(by_degree, reverse=True)[:terms])
    return sympy.Add(*leading).subs({symbol: trace for trace, symbol in traces.items()})


def grows(trace, large):
    return all(str(size) in large for matrix in trace.atoms(MatrixSymbol) for size in matrix.shape)


networks_words = st.lists(
    st.sampled_from(
        ["W", "W'", "W W'", "F F'", "F' F", "C C'", "C' C W", "C F F' C'", "W F F' W'", "W W", "W^2 W'^2"]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(networks_words, st.integers(1, 4), st.sets(st.sampled_from(["n", "n_x", "n_y"]), min_size=1))
def test_the_first_terms_are_those_of_the_whole_for_the_network_s_matrices(words, terms, large):
    assert same(moment(*words, terms=terms, large=large), cut_off(moment(*words), terms, large))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(closed_words(), min_size=1, max_size=3),
    st.integers(1, 4),
    st.sampled_from([("n",), ("m",), ("n", "m")]),
)
def test_the_first_terms_are_those_of_the_whole_with_constants(words, terms, large):
    matrices = {"shapes": SHAPES, "constants": CONSTANTS}
    whole = moment(*map(text, words), **matrices)
    assert same(moment(*map(text, words), **matrices, terms=terms, large=large), cut_off(whole, terms, large))


@settings(max_examples=25, deadline=None)
@given(st.text("Ww", min_size=8, max_size=12), st.integers(1, 9))
def test_the_first_terms_of_longer_words_in_one_matrix(letters, terms):
    word = " ".join(letter.upper() + "'" * letter.islower() for letter in letters)
    assert same(moment(word, terms=terms), cut_off(moment(word), terms, ["n"]))


def test_terms_beyond_the_last_are_none():
    assert moment("W^3 W'^3", terms=50) == moment("W^3 W'^3")
    assert moment(terms=3) == 1
    assert moment("W", terms=1) == moment("W^3", terms=2) == 0


@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_wishart_moments_become_catalan_numbers(k):
    assert moment(f"(W W')^{k}", terms=1) == nu_W**k * catalan(k) * n ** (k + 1)


@pytest.mark.parametrize("k", [2, 5, 25])
def test_the_second_term_counts_the_pairings_with_one_crosscap(k):
    """Bai and Silverstein 2004, theorem 1.1: the mean of a linear statistic of real Wishart matrices."""
    second = 4 ** (k - 1) - binomial(2 * k, k) / 2
    assert same(moment(f"(W W')^{k}", terms=2), nu_W**k * (catalan(k) * n ** (k + 1) + second * n**k))


@pytest.mark.parametrize("k", [1, 3, 30])
def test_rectangular_matrices_have_narayana_s_numbers(k):
    narayana = (binomial(k, j) * binomial(k, j - 1) / k * n**j * n_x ** (k + 1 - j) for j in range(1, k + 1))
    assert same(moment(f"(F F')^{k}", terms=1, large=["n", "n_x"]), nu_F**k * sympy.Add(*narayana))
    assert moment(f"(F F')^{k}", terms=1) == nu_F**k * n**k * n_x


@pytest.mark.parametrize(("power", "k"), [(2, 4), (3, 5), (5, 10)])
def test_powers_of_a_ginibre_matrix_have_fuss_catalan_numbers(power, k):
    fuss = binomial((power + 1) * k, k) / (power * k + 1)
    assert moment(f"(W^{power} W'^{power})^{k}", terms=1) == nu_W ** (power * k) * fuss * n ** (power * k + 1)


def test_planar_pairings_of_a_word_with_one_constant_are_a_free_compression():
    """tr (X S X')^2 -> n tr S^2 + (tr S)^2, both of the third degree."""
    leading = moment("(X S X')^2", shapes={"X": ("n", "n")}, constants=square, terms=1)
    assert same(leading, Symbol("nu_X") ** 2 * (n**2 * Trace(S**2) + n * Trace(S) ** 2))


def test_traces_factor_to_leading_order():
    words = ["W^2 W'^2", "W W' W W'", "(W^3 W'^3)^2"]
    product = sympy.prod(moment(word, terms=1) for word in words)
    assert same(moment(*words, terms=1), product)


def test_words_far_out_of_the_reach_of_the_whole():
    word = "(W^10 W'^10)^4 (W W')^20"
    with pytest.raises(ValueError, match="products of traces to visit"):
        moment(word)
    assert moment(word, terms=1).subs({nu_W: 1, n: 1}) > catalan(20)
    assert same(moment(*["W"] * 40, terms=1), moment(*["W"] * 40))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"terms": 0}, "terms must be an integer >= 1, got 0"),
        ({"terms": 1.5}, "terms must be an integer >= 1, got 1.5"),
        ({"terms": True}, "terms must be an integer >= 1, got True"),
        ({"large": "n"}, "large says what grows for the leading terms; say how many, such as terms=1"),
        ({"terms": 1, "large": "p"}, "large must name one or more of the dimensions n, n_x and n_y, got 'p'"),
        ({"terms": 1, "large": []}, r"large must name one or more of the dimensions .*, got \[\]"),
        ({"terms": 1, "large": 3}, "large must name one or more of the dimensions .*, got 3"),
        ({"terms": 1, "large": [["n"]]}, "large must name one or more of the dimensions"),
        ({"terms": 1, "shapes": {"W": ("m", "m")}}, "terms go by powers of n unless large= .* are m$"),
        ({"terms": 1, "shapes": {"W": (2, 2)}}, "terms go by powers of n unless large= .* are none$"),
    ],
)
def test_what_is_no_expansion_is_refused_with_the_reason(options, message):
    with pytest.raises(ValueError, match=message):
        moment("W W'", **options)


def test_too_many_steps_and_too_many_products_of_constants_are_refused(monkeypatch):
    monkeypatch.setattr(moments, "MOST_STEPS", 1000)
    with pytest.raises(ValueError, match="moment: terms=3 of words of 40 letters take more than 1,000 steps"):
        moment("(W^2 W')^10 (W'^2 W)^3 W'", terms=3)
    monkeypatch.setattr(recursions, "MOST_TRACES", 14)
    constants = {f"A{k}": ("n", "n") for k in range(6)}
    for options in ({}, {"terms": 1}):
        with pytest.raises(
            ValueError, match="more than 14 different products of traces of constant matrices"
        ):
            moment(
                *(f"X {name}" for name in constants), shapes={"X": ("n", "n")}, constants=constants, **options
            )
