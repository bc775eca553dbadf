"""Identities between matrices that do not commute: true ones proved, false ones refuted by small matrices.

The second route evaluates both sides at matrices of numbers, where a differential is a coefficient of a
polynomial in a small quantity; it shares nothing with the words but the expressions.
"""

import re
from fractions import Fraction

import pytest
import sympy
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations import index_regions, word_forms, word_series, word_writer
from derivations.index_regions import Linear
from derivations.matrix_expressions import (
    Differential,
    Gradient,
    Identity,
    Kronecker,
    Letter,
    Power,
    Product,
    Scaled,
    Sum,
    Summed,
    Trace,
    Transpose,
    response,
)
from derivations.matrix_values import Setting, value_at
from derivations.prose import plain
from derivations.word_identities import decide_identity

C, W, F, G, dC, dW, dF = map(Letter, ("C", "W", "F", "G", "dC", "dW", "dF"))
W_, F_, C_ = W.T, F.T, C.T
I = Identity()  # noqa: E741 - the identity
a, b, i, j, k, m, n, nu = sympy.symbols("a b i j k m n nu")
HALF = sympy.Rational(1, 2)
L, d = response, Differential
ZERO = Sum(())
LEAKY = sympy.Symbol("lambda") * I + W


def total(term, first, last, index="k"):
    return Summed(term, index, first, last)


def of_W(number):
    return Gradient(number, "W")


POSITIONS = total(C * W**k * dW * W ** (j - 1 - k) * F, 0, j - 1)
GRADIENT = total(W_**k * C_ * F_ * W_ ** (j - 1 - k), 0, j - 1)
BINOMIAL = j * (C * W ** (j - 1) * dW * F)

TRUE = {
    "the differential is the sum over the positions": (d(L(j)), POSITIONS),
    "positions counted from the right": (d(L(j)), total(C * W ** (j - 1 - k) * dW * W**k * F, 0, j - 1)),
    "positions counted from 1": (d(L(j)), total(C * W ** (k - 1) * dW * W ** (j - k) * F, 1, j)),
    "at the next lag": (d(L(i + 1)), total(C * W**k * dW * W ** (i - k) * F, 0, i)),
    "with C and F varied as well": (d(L(j)), dC * W**j * F + POSITIONS + C * W**j * dF),
    "the first position apart": (d(W ** (j + 1)), dW * W**j + W * d(W**j)),
    "the last position apart": (d(W ** (j + 1)), d(W**j) * W + W**j * dW),
    "the product rule": (d(W**j * W**k), d(W**j) * W**k + W**j * d(W**k)),
    "the differential of a transpose": (d(W_**j), d(W**j).T),
    "the binomial theorem for at most one factor": (d(L(j)), BINOMIAL, j <= 1),
    "powers of one matrix commute": (W**j * W**k, W**k * W**j),
    "the transpose of a response": (L(j).T, F_ * W_**j * C_),
    "a Gram and its recursion": (W * (W**a * F * F_ * W_**b) * W_, W ** (a + 1) * F * F_ * W_ ** (b + 1)),
    "telescoping": ((I - W) * total(W**k, 0, j - 1), I - W**j),
    "telescoping of two matrices": (
        W**j - dW**j,
        total(W**k * (W - dW) * dW ** (j - 1 - k), 0, j - 1),
    ),
    "a sum split": (total(W**k, 0, i + j), total(W**k, 0, i - 1) + total(W ** (i + k), 0, j)),
    "a double sum in either order": (
        total(total(W**i * F * F_ * W_**k, 0, k, "i"), 0, j),
        total(total(W**i * F * F_ * W_**k, i, j), 0, j, "i"),
    ),
    "the gradient of a response": (of_W(L(3)), C_ * F_ * W_**2 + W_ * C_ * F_ * W_ + W_**2 * C_ * F_),
    "the gradient at every lag": (of_W(L(j)), GRADIENT),
    "the gradient in C": (Gradient(L(j), "C"), F_ * W_**j),
    "the gradient in F": (Gradient(L(j), "F"), W_**j * C_),
    "the gradient of a contraction": (
        of_W(Trace(G.T * L(j))),
        total(W_**k * C_ * G * F_ * W_ ** (j - 1 - k), 0, j - 1),
    ),
    "the gradient of a trace": (of_W(Trace(W**j)), j * W_ ** (j - 1)),
    "the differential of a trace": (d(Trace(W**j)), j * Trace(W ** (j - 1) * dW)),
    "traces rotate": (Trace(W**i * W_**j), Trace(W_**j * W**i)),
    "traces reverse": (Trace(W**i * W_**j), Trace(W**j * W_**i)),
    "traces rotate a letter at a time": (Trace(W * W_**j * W**k), Trace(W_**j * W ** (k + 1))),
    "numbers commute": (Trace(W**i) * Trace(W**j) * W, W * Trace(W**j) * Trace(W**i)),
    "powers of a product": ((W * W_) ** (j + 1), W * (W_ * W) ** j * W_),
    "the trace of a power of a product": (Trace((W * W_) ** j), Trace((W_ * W) ** j)),
    "the trace of a power of a product and its transpose": (
        Trace((W * dW) ** (2 * j)),
        Trace((W_ * dW.T) ** (2 * j)),
    ),
    "powers of a product side by side": ((W * W_) ** i * (W * W_) ** j * W, W * (W_ * W) ** (i + j)),
    "a second differential": (d(d(W**2)), Scaled(2, dW * dW)),
    "a square": ((W + dW) ** 2, W**2 + dW * W + W * dW + dW**2),
    "powers of numbers": (Scaled(2, W) ** (j + 1), 2 ** (j + 1) * W ** (j + 1)),
    "powers of symbols": (total(nu ** (j - k) * (nu * W) ** k, 0, j), nu**j * total(W**k, 0, j)),
    "the scale of a response": (n ** (-(j + 1) / 2) * L(j), n**-HALF * (C * (n**-HALF * W) ** j * F)),
    "Kronecker products": (Kronecker(W**i, F) * Kronecker(W**j, F_), Kronecker(W ** (i + j), F * F_)),
    "the trace of the identity": (Trace(W**0), n * I),
    "what is defined from j = 1 on": (d(W**j), dW * W ** (j - 1) + W * d(W ** (j - 1))),
    "a power of a sum, from the left": ((W + dW) ** (j + 1), W * (W + dW) ** j + dW * (W + dW) ** j),
    "a power of a sum, from the right": ((W + dW) ** (j + 1), (W + dW) ** j * W + (W + dW) ** j * dW),
    "powers of a sum commute": ((W + W_) ** i * (W + W_) ** j, (W + W_) ** j * (W + W_) ** i),
    "the same power twice": (LEAKY**j * LEAKY**j, LEAKY ** (2 * j)),
    "the transpose of a power of a sum": (((W + dW) ** j).T, (dW.T + W_) ** j),
    "an exact perturbation": ((W + dW) ** j - W**j, total(W**k * dW * (W + dW) ** (j - 1 - k), 0, j - 1)),
    "the differential of a leaky transition": (
        d(LEAKY**j),
        total(LEAKY**k * dW * LEAKY ** (j - 1 - k), 0, j - 1),
    ),
    "the gradient of a leaky response": (
        of_W(C * LEAKY**j * F),
        total(LEAKY.T**k * C_ * F_ * LEAKY.T ** (j - 1 - k), 0, j - 1),
    ),
    "a weighted geometric sum": (
        total(k * LEAKY**k, 0, j) * (I - LEAKY),
        total(LEAKY**k, 1, j) - j * LEAKY ** (j + 1),
    ),
    "a Gram of a leaky transition": (LEAKY**j * F * F_ * LEAKY.T**j, LEAKY**j * F * (LEAKY**j * F).T),
}

FALSE = {  # with the least exponents at which they fail, and the size
    "the binomial theorem": ((d(L(j)), BINOMIAL), {"j": 2}, 2),
    "the binomial theorem on the other side": ((d(L(j)), j * (C * dW * W ** (j - 1) * F)), {"j": 2}, 2),
    "the binomial theorem from 2 factors on": ((d(L(j)), BINOMIAL, j >= 3), {"j": 3}, 2),
    "the first position missed": (
        (d(L(j)), total(C * W**k * dW * W ** (j - 1 - k) * F, 1, j - 1)),
        {"j": 1},
        1,
    ),
    "the last position missed": (
        (d(L(j)), total(C * W**k * dW * W ** (j - 1 - k) * F, 0, j - 2)),
        {"j": 1},
        1,
    ),
    "one position too many": ((d(L(j)), total(C * W**k * dW * W ** (j - k) * F, 0, j)), {"j": 0}, 1),
    "one factor too many": ((d(L(j)), total(C * W**k * dW * W ** (j - k) * F, 0, j - 1)), {"j": 1}, 1),
    "i for i + 1": ((d(L(i + 1)), total(C * W**k * dW * W ** (i - k - 1) * F, 0, i - 1)), {"i": 0}, 1),
    "a position in the middle missed": (
        (d(L(j)), POSITIONS - C * W**2 * dW * W ** (j - 3) * F, j >= 3),
        {"j": 3},
        1,
    ),
    "a product's transpose in the wrong order": (((W**i * W_).T, W_**i * W), {"i": 1}, 2),
    "a missing transpose": ((L(j).T, F_ * W**j * C_), {"j": 1}, 2),
    "matrices commute": ((W * dW, dW * W), {}, 2),
    "the gradient transposed": ((of_W(L(j)), total(W**k * F * C * W ** (j - 1 - k), 0, j - 1)), {"j": 1}, 2),
    "the gradient's ends exchanged": (
        (of_W(L(j)), total(W_ ** (j - 1 - k) * F * C * W_**k, 0, j - 1)),
        {"j": 1},
        2,
    ),
    "a gradient with a position missed": ((of_W(L(3)), C_ * F_ * W_**2 + W_**2 * C_ * F_), {}, 1),
    "a gradient in C with a power too many": ((Gradient(L(j), "C"), F_ * W_ ** (j + 1)), {"j": 0}, 1),
    "the gradient of a trace, transposed": ((of_W(Trace(W**j)), j * W ** (j - 1)), {"j": 2}, 2),
    "a square with commuting parts": (((W + dW) ** 2, W**2 + Scaled(2, W * dW) + dW**2), {}, 2),
    "a power and its differential": (((W + dW) ** j, W**j + d(W**j)), {"j": 2}, 1),
    "letters of a trace exchanged": ((Trace(W**2 * W_**2), Trace(W * W_ * W * W_)), {}, 2),
    "a trace of a product": ((Trace(W**i * W_**i), Trace(W**i) * Trace(W_**i)), {"i": 0}, 2),
    "powers of a product, exchanged": (((W * W_) ** (j + 1), (W_ * W) ** (j + 1)), {"j": 0}, 2),
    "powers of a product as a product of powers": (((W * W_) ** j, W**j * W_**j), {"j": 2}, 2),
    "telescoping with an end missed": (((I - W) * total(W**k, 0, j), I - W**j), {"j": 0}, 1),
    "the trace of a power of a product, with a transpose": (
        (Trace((W * dW) ** j), Trace((W_ * dW) ** j)),
        {"j": 1},
        2,
    ),
    "exponents multiplied": ((W**i * W**j, W ** (i + j + 1)), {"i": 0, "j": 0}, 1),
    "a wrong scale": ((Scaled(2, W) ** j, Scaled(2, W**j)), {"j": 0}, 1),
    "a wrong symbol's power": (((nu * W) ** j, nu * W**j, j >= 1), {"j": 2}, 1),
    "Kronecker factors exchanged": ((Kronecker(W, W_), Kronecker(W_, W)), {}, 2),
    "letters of a power of a sum exchanged": (
        ((W + dW) ** (j + 1), W * (W + dW) ** j + (W + dW) ** j * dW),
        {"j": 1},
        2,
    ),
    "a leaky transition that commutes with its differential": (
        (d(LEAKY**j), j * (LEAKY ** (j - 1) * dW)),
        {"j": 2},
        2,
    ),
    "a perturbation to first order": (
        ((W + dW) ** j - W**j, total(W**k * dW * W ** (j - 1 - k), 0, j - 1)),
        {"j": 2},
        1,
    ),
    "the binomial theorem for matrices": (
        ((W + dW) ** j, total(Scaled(sympy.binomial(j, k), W**k * dW ** (j - k)), 0, j)),
        {"j": 2},
        2,
    ),
    "a late exception": (
        (total(W**k, 0, j), total(W**k, 0, j) + j * (j - 1) * (j - 2) * (j - 3) * W),
        {"j": 4},
        1,
    ),
}


def decided(left, right, *conditions):
    return decide_identity(left, right, conditions)


@pytest.mark.parametrize("name", TRUE)
def test_a_true_identity_is_proved(name):
    verdict = decided(*TRUE[name])
    assert verdict.status == "equal"
    assert verdict.counterexample is None
    assert verdict.reasons[-1].kind == "evidence"  # along the second route
    assert {reason.kind for reason in verdict.reasons[:-1]} <= {
        "definition",
        "induction",
        "identity",
        "lemma",
    }
    for reason in verdict.reasons:
        assert plain(reason.text)  # its mathematics is marked in pairs


@pytest.mark.parametrize("name", FALSE)
def test_a_false_identity_is_refuted_by_the_least_exponents_and_sizes(name):
    claim, exponents, size = FALSE[name]
    verdict = decided(*claim)
    assert verdict.status == "different"
    found = verdict.counterexample
    assert dict(found.exponents) == exponents
    assert max(dict(found.sizes).values(), default=1) == size
    assert found.left != found.right
    assert all(isinstance(entry, Fraction) for row in (*found.left, *found.right) for entry in row)


def test_the_binomial_theorem_fails_at_matrices_that_anyone_can_multiply():
    found = decided(d(L(j)), BINOMIAL).counterexample
    matrices = {name: sympy.Matrix(rows) for name, rows in found.matrices}
    c, w, f, dw = (matrices[name] for name in ("C", "W", "F", "dW"))
    assert c * (dw * w + w * dw) * f == sympy.Matrix(found.left)
    assert 2 * c * w * dw * f == sympy.Matrix(found.right)
    assert {entry for matrix in matrices.values() for entry in matrix} == {0, 1}


def test_what_is_assumed_is_said():
    assert decided(d(L(j)), POSITIONS).conditions == ("C and F held fixed",)
    assert decided(of_W(L(j)), GRADIENT).conditions == ("n_x = n_y = 1",)
    assert decided(d(L(j)), BINOMIAL, j <= 1).conditions == ("C and F held fixed", "j <= 1")
    undefined = decided(d(W**j), dW * W ** (j - 1) + W * d(W ** (j - 1))).conditions
    assert undefined == ("j >= 1, for both sides to be defined",)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ((L(j).T, C_ * W_**j * F_), "a matrix of n x n cannot follow one of n x n_y"),
        ((W, F), "a matrix of n x n and one of n x n_x do not add up"),
        ((Letter("X"), W), "there is no matrix 'X'; there are C, F, G, W"),
        ((Trace(F), Trace(F)), "only a square matrix has a trace, and this is n x n_x"),
        ((of_W(W), W), "a gradient is of a number, and this is n x n"),
        ((W ** (-1), W), "an exponent must not be negative"),
        ((W**j, W**j, j**2 >= 1), "conditions are >=, >, <=, < or = between linear forms in the exponents"),
        ((W**j, W**j, j < 0), "no natural numbers satisfy j < 0"),
        ((W**j, W**j, "j > 0"), "conditions are relations of SymPy's, got 'j > 0'"),
        ((Scaled("j", W), W), "a scalar is an integer, a fraction or an expression of SymPy's, got 'j'"),
        ((W**n, W**n), "n is a dimension, and no exponent or index"),
        ((W**2000, W), "an exponent may be 1,000 at most, got 2000"),
        (((W + W_) ** 40, W), "written out it has more than 5,000 words"),
    ],
)
def test_what_has_no_meaning_is_refused(claim, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        decided(*claim)


def test_what_cannot_be_told_is_undecided_and_says_how_far_it_held():
    power = (W + dW) ** j
    verdict = decided((W + dW) ** (j + 1) * W * power, (W + dW) * power * W * power)  # j in two exponents
    assert (verdict.status, verdict.reasons, verdict.counterexample) == ("undecided", (), None)
    assert verdict.checked.startswith("j = 0, 1, ..., ")
    harmonic = Scaled(1 / (j + 1), W**j)
    assert decided(harmonic + harmonic, Scaled(2 / (j + 1), W**j)).status == "undecided"
    assert decided(harmonic, Scaled(2 / (j + 1), W**j)).status == "different"


def test_matrices_of_ones_own_vary_as_the_network_s_do():
    X, Y, shapes = Letter("X"), Letter("Y"), {"X": ("p", "q"), "Y": ("q", 3)}
    varied = Letter("dX") * Y + X * Letter("dY")
    assert decide_identity(d(X * Y), varied, shapes=shapes).status == "equal"
    assert decide_identity(d(X * Y), ZERO, shapes=shapes).status == "different"
    assert decide_identity(d(X * Y), Letter("dX") * Y, shapes=shapes).conditions == ("Y held fixed",)


def test_an_identity_of_one_size_alone_is_not_refuted():
    X, Y = Letter("X"), Letter("Y")
    hall = (X * Y - Y * X) ** 2
    claim = hall * X, X * hall  # Hall: the square of a commutator of 2 x 2 matrices commutes
    assert decide_identity(*claim, shapes={"X": (2, 2), "Y": (2, 2)}).status == "undecided"
    found = decide_identity(*claim, shapes={"X": ("m", "m"), "Y": ("m", "m")}).counterexample
    assert found.sizes == (("m", 3),)


# Random words and random matrices


letters = st.sampled_from([C, W, F, dW])
numbers = st.integers(-2, 2)


def powers(index_forms):
    """Products of powers of W, of its transpose and of dW, all square."""
    factor = st.builds(Power, st.sampled_from([W, W_, dW, W * W_]), st.sampled_from(index_forms))
    return st.lists(factor, min_size=1, max_size=3).map(lambda factors: Product(tuple(factors)))


def square(index_forms):
    words = powers(index_forms)
    summed = st.builds(lambda term: Summed(term, "k", 0, j), powers([*index_forms, k, j - k]))
    term = words | summed | words.map(Transpose) | words.map(Differential)
    scaled = st.builds(lambda c, of: Scaled(c, of), st.sampled_from([1, -1, 2, j, j + 1, 2**j]), term)
    return st.lists(scaled, min_size=1, max_size=3).map(lambda terms: Sum(tuple(terms)))


def at_numbers(expression, lag, entries):
    values = iter(entries)
    matrices = {name: tuple((next(values), next(values)) for _ in range(2)) for name in ("W", "dW")}
    matrices = {name: tuple(tuple(map(fmpq, row)) for row in rows) for name, rows in matrices.items()}
    zero = {name: ((fmpq(0),) * 2,) * 2 for name in ("C", "F", "dC", "dF")}
    value = value_at(expression, Setting(matrices | zero, {"j": fmpq(lag)}, ("W",), {"n": 2}))
    return (
        value
        if isinstance(value, tuple)
        else tuple(tuple(value * int(p == q) for q in (0, 1)) for p in (0, 1))
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([W, dW, I, W + dW, LEAKY]), min_size=1, max_size=2),
    st.lists(st.sampled_from([W, dW, I, W + dW, LEAKY]), min_size=1, max_size=2),
    st.lists(st.sampled_from([W, dW, LEAKY, W + dW]), min_size=1, max_size=2),
)
def test_powers_of_sums_are_decided(left, right, bases):
    def side(factors):
        power = Sum(tuple(bases)) ** j
        return Sum((Product((factors[0], power, factors[-1])), Product((power, factors[-1]))))

    assert decided(side(left), side(right)).status == (
        "equal" if alike(side(left), side(right)) else "different"
    )


def alike(one, other):
    """Whether all words agree at the first few exponents, as Schützenberger has it enough here."""
    return all(decided(one_at(one, lag), one_at(other, lag)).status == "equal" for lag in range(5))


def one_at(expression, lag):
    if isinstance(expression, Power):
        return Power(expression.base, sympy.sympify(expression.exponent).subs(j, lag))
    if isinstance(expression, Sum):
        return Sum(tuple(one_at(term, lag) for term in expression.terms))
    if isinstance(expression, Product):
        return Product(tuple(one_at(factor, lag) for factor in expression.factors))
    return expression


@settings(max_examples=40, deadline=None)
@given(square([0, 1, 2, j, j + 1]), square([0, 1, 2, j, j + 1]), st.lists(numbers, min_size=8, max_size=8))
def test_what_is_equal_is_equal_at_all_matrices_and_what_is_different_at_the_counterexample(
    one, other, entries
):
    verdict = decided(one, other)
    assert verdict.status in ("equal", "different")  # powers of words: complete
    if verdict.status == "equal":
        assert all(at_numbers(one, lag, entries) == at_numbers(other, lag, entries) for lag in range(4))


@settings(max_examples=25, deadline=None)
@given(square([0, 1, j]), st.permutations(range(3)), st.lists(numbers, min_size=8, max_size=8))
def test_a_rewriting_is_proved(expression, order, entries):
    terms = expression.terms
    rewritten = Sum(tuple(terms[at] for at in order if at < len(terms)))
    doubled = rewritten + rewritten.T.T - expression.T.T
    assert decided(expression, doubled).status == "equal"
    assert at_numbers(expression, 2, entries) == at_numbers(doubled, 2, entries)


# What a proof says


def test_the_product_rule_of_powers_rests_on_a_recursion_that_words_alone_decide():
    def positions(last):
        return total(W**k * dW * W ** (last - k), 0, last)

    assert decided(positions(j), dW * W**j + W * positions(j - 1)).status == "equal"
    assert decided(total(W**k * dW * W ** (j - 1 - k), 0, j - 1), ZERO, j <= 0).status == "equal"


def test_a_proof_shows_the_words_and_their_generating_functions():
    verdict = decided(d(L(j)), total(C * W ** (j - 1 - k) * dW * W**k * F, 0, j - 1))
    said = [reason.text for reason in verdict.reasons]
    assert "Written out it is $sum_{k=0}^{j - 1} C W^{j - k - 1} dW W^k F$." in said
    assert (
        "On both sides the coefficient of $C W^a dW W^b F$ is that of $t^j x_a^a x_b^b$ in "
        "$x_a x_b t^3/((1 - t x_a) (1 - t x_b))$, for $a, b >= 1$."
    ) in said


def test_a_proof_by_automata_names_its_theorem_and_its_size():
    reasons = decided(*TRUE["an exact perturbation"]).reasons
    assert [reason.kind for reason in reasons] == ["lemma", "identity", "evidence"]
    assert "Schützenberger 1961" in reasons[0].text


# Mutations: what decides is attacked


def no_repetition(self, polynomial, ratio, source, power=word_series.Automaton.power):
    assert ratio
    return power(self, polynomial, 1, source)


def no_loops(self, closures=word_series.Automaton._closures):
    for state, steps in enumerate(self.silent):
        steps.pop(state, None)
    return closures(self)


@pytest.mark.parametrize(("method", "fault"), [("star", no_repetition), ("_closures", no_loops)])
def test_a_broken_automaton_is_noticed(monkeypatch, method, fault):
    names = ("a power of a sum, from the left", "an exact perturbation", "a weighted geometric sum")
    assert all(decided(*TRUE[name]).status == "equal" for name in names)
    monkeypatch.setattr(word_series.Automaton, method, fault)
    assert not all(decided(*TRUE[name]).status == "equal" for name in names)


def test_an_automaton_that_finds_all_series_zero_is_not_believed(monkeypatch):
    monkeypatch.setattr(word_series.Automaton, "dimensions", lambda _: (True, 0))
    with pytest.raises(ArithmeticError, match="two routes disagree"):
        decided(*FALSE["a perturbation to first order"][0])


def test_runs_without_their_lengths_are_noticed(monkeypatch):
    def runs(items, original=word_forms._runs):
        return ((letter, Linear(1)) for letter, _ in original(items))

    monkeypatch.setattr(word_forms, "_runs", runs)
    with pytest.raises(ArithmeticError, match="two routes disagree"):
        decided(W**j * W_, W ** (j + 1) * W_, j >= 1)


def test_a_sum_with_a_missing_end_is_noticed(monkeypatch):
    def shortened(self, sum_, known, original=word_writer.Writer._summed):
        return original(self, Summed(sum_.term, sum_.index, sum_.first, sum_.last - 1), known)

    monkeypatch.setattr(word_writer.Writer, "_summed", shortened)
    with pytest.raises(ArithmeticError, match="two routes disagree"):  # the numbers do not believe it
        decided((I - W) * total(W**k, 0, j), I - W**j)


def test_a_generating_function_that_loses_a_pole_is_noticed(monkeypatch):
    monkeypatch.setattr(index_regions, "stirling", lambda n, k: int(n == k))
    assert decided(*TRUE["the gradient of a trace"]).status == "equal"
    squares = total(Scaled(k * k, W**j), 0, j - 1)
    closed = Scaled(j * (j - 1) * (2 * j - 1) / 6, W**j)
    assert decided(squares, closed).status != "equal"
    monkeypatch.undo()
    assert decided(squares, closed).status == "equal"
