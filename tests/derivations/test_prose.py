"""Prose marks all of its mathematics, and every format reads the marks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Eq, symbols

from derivations import ProofError, Statement, statements
from derivations.prose import GREEK, latex, latex_formula, markdown, plain, split, unicode_formula
from derivations.rules import identity

CATALOGUE = statements()


def prose(statement: Statement) -> list[str]:
    """All that a statement says in words."""
    steps = [text for step in statement.proof for text in (step.name, step.text)]
    return [statement.title, statement.source, *statement.assumptions, *statement.variables.values(), *steps]


MATHEMATICS = re.compile(
    r"[_^<>=|~*+\\{}]"  # scripts, relations, norms
    rf"|\b({'|'.join(GREEK)})\b(?! method)"
    r"|\b(tr|sqrt|exp|log|min|max|cov|Cov|Var|E)\b"
    r"|(?<!['-])\b[b-zB-Z]\b(?!\.)"  # a letter that is no article and no possessive
    r"|\b[A-Za-z]?\d*/\w|\s[-/+]\s|-\d"
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_mathematics_hides_outside_the_marks(name):
    for text in prose(CATALOGUE[name]):
        for words, mathematics in split(text):
            named = re.sub("|".join(CATALOGUE), "", words)
            assert mathematics or not MATHEMATICS.search(named), (text, MATHEMATICS.search(named))


@pytest.mark.parametrize(
    "hidden", ["nu_W is", "if x", "the delta_ij", "is <= 1", "a -> 0", "E Theta", "n^2", "1/n"]
)
def test_the_search_sees_mathematics(hidden):
    assert MATHEMATICS.search(hidden)


@pytest.mark.parametrize(
    "words", ["the delta method", "Stein's lemma", "a two-point function", "lags 0 and 1"]
)
def test_the_search_lets_words_be(words):
    assert not MATHEMATICS.search(words)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_format_can_write_it(name):
    for text in prose(CATALOGUE[name]):
        assert plain(text, ascii_only=True).isascii()
        assert "$" not in plain(text)
        for written in (latex(text), markdown(text)):
            assert written.isascii()
            assert written.count("$") == text.count("$")
            assert written.count("{") == written.count("}")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_word_of_two_letters_in_mathematics_is_known(name):
    """So that nothing is set upright by mistake, as a product of two letters would be."""
    words = {"triangle", "crosscap", "even"}
    for text in prose(CATALOGUE[name]):
        for piece, mathematics in split(text):
            if mathematics:
                upright = re.findall(r"\\mathop\{\\mathrm\{(\w+)\}\}", latex_formula(piece))
                assert set(upright) <= words | {"Cov", "E", "Var", "cov", "tr"}, piece


@pytest.mark.parametrize(
    ("typed", "unicode", "tex"),
    [
        ("nu_W^{i-1}", "ν_W^(i-1)", r"\nu_{W}^{i-1}"),
        ("rho_{i+1} <= nu_W rho_i", "ρ_{i+1} ≤ ν_W ρ_i", r"\rho_{i+1} \le \nu_{W} \rho_{i}"),
        ("n^-2", "n^-2", "n^{-2}"),
        ("delta_ij -> 0", "δ_ij → 0", r"\delta_{ij} \to 0"),
        ("W'^b x'_{s-j}", "W'^b x'_{s-j}", "W'^{b} x'_{s-j}"),
        ("<A dX B, A~>", "⟨A dX B, A\N{COMBINING TILDE}⟩", r"\langle A dX B, \tilde{A}\rangle"),
        ("a1 != b_{x2}", "a1 ≠ b_x2", r"a_{1} \ne b_{x_{2}}"),
        ("P0_ab", "P0_ab", "P^{(0)}_{ab}"),
        ("lambda_max > theta_opt", "λ_max > θ_opt", r"\lambda_{\max} > \theta_{\mathrm{opt}}"),
        ("|L^0 - Lbar|", "|L^0 - L\N{COMBINING MACRON}|", r"\vert L^{0} - \bar{L}\vert"),
        ("sqrt(rho_j) + sqrt(n + 1)", "√ρ_j + √(n + 1)", r"\sqrt{\rho_{j}} + \sqrt{n + 1}"),
        ("binom(i-D+2, 3)", "binom(i-D+2, 3)", r"\binom{i-D+2}{3}"),
        ("floor(x) P (x) Q", "⌊x⌋ P ⊗ Q", r"\lfloor x\rfloor P \otimes Q"),
        ("dtheta/dt, dL_i", "dθ/dt, dL_i", r"d \theta/dt, dL_{i}"),
        ("{1, ..., r}", "{1, …, r}", r"\lbrace 1, \dots, r\rbrace"),
        ("E tr W", "E tr W", r"\mathop{\mathrm{E}} \mathop{\mathrm{tr}} W"),
    ],
)
def test_notation(typed, unicode, tex):
    assert unicode_formula(typed) == unicode
    assert latex_formula(typed) == tex


names = st.sampled_from(["nu_W", "rho_i", "Theta_ij", "x", "W'", "a1", "n", "theta_opt", "Lbar", "A~", "7"])
formulas = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", " <= ", " ", "/", " -> "]), inner).map("".join),
        inner.map(lambda x: f"({x})^2"),
        inner.map(lambda x: f"sqrt({x})"),
        inner.map(lambda x: f"n^{{{x}}}"),
        inner.map(lambda x: f"<{x}, y>"),
        inner.map(lambda x: f"|{x}|"),
    ),
    max_leaves=8,
)


COMMANDS = {
    "nu",
    "rho",
    "Theta",
    "theta",
    "bar",
    "tilde",
    "mathrm",
    "le",
    "to",
    "sqrt",
    "langle",
    "rangle",
    "vert",
}


@given(formulas)
def test_what_is_typed_by_the_rules_can_be_written(formula):
    tex = latex_formula(formula)
    assert tex.count("{") == tex.count("}")
    assert set(re.findall(r"\\([A-Za-z]+)", tex)) <= COMMANDS  # none runs into the letter behind it
    assert not re.search(r"[_^][^{]", tex)
    assert plain(f"if ${formula}$ holds") == f"if {unicode_formula(formula)} holds"
    letters = re.sub(r"[{}()\s]", "", formula)
    assert re.sub(r"[{}()\s]", "", plain(f"${formula}$", ascii_only=True)) == letters


@pytest.mark.parametrize(
    "wrong", ["a $ b", "$$", "$ x$", "$(x$", "$x)$", "$x_$", "$x^ 2$", "$<x, y$", "$x_{i$", "$sqrt(x$"]
)
def test_what_is_not_is_refused(wrong):
    with pytest.raises(ValueError, match="prose: "):
        plain(wrong)
    with pytest.raises(ValueError, match="prose: "):
        latex(wrong)


def test_words_are_no_commands():
    assert latex("50 % of a_b & c#d, ~1 \\ x^2 {y} <z>|").count("\\") == 12
    assert markdown("*a* _b_ `c` [d] <e> |f|").count("\\") == 11


def test_a_failing_step_is_named_as_on_a_keyboard():
    step = identity("at $nu_W^{k} <= 1$", "", Eq(*symbols("x y")))
    statement = Statement("s", "", step.formula, {}, (), "", (step,))
    with pytest.raises(ProofError, match=r"step 'at nu_W\^k <= 1'"):
        statement.check_steps()
