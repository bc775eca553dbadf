"""What is printed for paper, compiled by a real LaTeX and read as text."""

import re
import shlex
from dataclasses import replace
from functools import cache

import pytest
from latex import Complaints, compiled, needs_latex
from typer.testing import CliRunner

from derivations import Statement, Step, statements
from derivations.rewriting import Unproved
from verify import derivation, tables
from verify.cli import app

CATALOGUE = statements()
FAULTS = {
    "errors": r"$\frac{1$",
    "overfull": r"\[" + "+".join(["mmmm"] * 20) + r"\]",
    "undefined": r"see \ref{nowhere}",
    "missing": r"\char200",
}


class TestTheCompiler:
    pytestmark = needs_latex

    def test_has_nothing_to_complain_of(self):
        assert compiled(r"A $\rho_i \le 1$.\label{here} See \ref{here}.") == Complaints((), (), (), ())

    @pytest.mark.parametrize("kind", FAULTS)
    def test_sees_a_fault(self, kind):
        seen = compiled(FAULTS[kind])
        assert getattr(seen, kind)
        assert not seen.sound()

    def test_calls_a_letter_that_latex_does_not_know_an_error(self):
        assert compiled("\N{GREEK SMALL LETTER RHO}").errors

    def test_misses_a_package(self):
        assert compiled(r"$\binom{1}{2} \text{if}$", packages=()).errors


@cache
def written(name: str, how: str) -> str:
    """A statement as ``derive`` writes it, taken to hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "check", lambda _: None)
        return derivation.render(derivation.derive(CATALOGUE[name]), how)


@needs_latex
def test_all_statements_fit_the_paper_with_the_package_they_name():
    document = "\n\n".join(written(name, "latex") for name in CATALOGUE)
    named = set(re.findall(r"^% needs \\usepackage\{(\w+)\}$", document, re.MULTILINE))
    assert named == {"amsmath"}
    seen = compiled(document, packages=tuple(named))
    assert seen.sound(), seen


@needs_latex
@pytest.mark.parametrize("name", ["lag-weights", "finite-width-covariance"])
def test_a_statement_alone_refers_to_nothing_that_is_not_there(name):
    assert compiled(written(name, "latex"), packages=("amsmath",)).sound()


@needs_latex
def test_the_list_of_statements_fits_the_paper():
    seen = compiled(derivation.listing(CATALOGUE, "latex"), packages=("amsmath",))
    assert seen.sound(), seen


@needs_latex
def test_a_proof_that_fails_is_printed_too():
    def untrue(*_):
        raise Unproved("for {x_1: 2**p} & 100 %: -1/(1 - nu_W)**2 < 0 ~ #1 and \\ not |0|")

    sound = CATALOGUE["recurrence"]
    leap = Step("a leap of $nu_W$", "", "identity", sound.formula, ("the statement",), (), untrue)
    derived = derivation.derive(replace(sound, proof=(*sound.proof, leap)))
    assert not derived["holds"]
    assert compiled(derivation.render(derived, "latex"), packages=("amsmath",)).sound()
    for how in ("text", "markdown", "json"):
        assert "-1/(1 - nu_W)**2 < 0" in " ".join(derivation.render(derived, how).split())


def printed(name: str) -> str:
    """The table of the example that its help shows, at the precision that LaTeX has by default."""
    example = shlex.split(re.sub(r"--(precision|digits) \d+", "", tables.TABLES[name].example))
    return CliRunner().invoke(app, ["table", name, *example, "--format", "latex"]).stdout


@needs_latex
def test_all_tables_fit_the_paper_with_the_package_they_name():
    document = "\n".join(f"{printed(name)}\n" for name in tables.TABLES)
    assert document.count("{tabular}") == 2 * len(tables.TABLES)
    assert set(re.findall(r"needs \\usepackage\{(\w+)\}", document)) == {"booktabs"}
    seen = compiled(document, packages=("booktabs",))
    assert seen.sound(), seen


@needs_latex
def test_tables_of_formulas_compile_with_the_packages_they_name():
    made = [tables.table(spec.name, symbolic=spec.symbols) for spec in tables.TABLES.values() if spec.symbols]
    made += [
        tables.table("lag-weights", "0.3", symbolic="i"),
        tables.table("sums", "stack(0, 0.5)", symbolic="i"),
    ]
    document = "\n\n".join(tables.render(one, "latex") for one in made)
    assert set(re.findall(r"\\usepackage\{(\w+)\}", document)) == {"booktabs", "amsmath"}
    seen = compiled(document, packages=("amsmath", "booktabs"))
    assert replace(seen, overfull=()).sound(), seen  # some formulas are wider than a page


@needs_latex
def test_words_in_a_table_are_no_commands():
    words = r"50 % of #1 & a_b^2 ~ <x> \input{y} $"
    odd = tables.Table(words, {"a\nb": words}, {words: [words, "-1e-5"], "x": [1, None]})
    assert compiled(tables.render(odd, "latex"), packages=("booktabs",)).sound()


MATHEMATICS = re.compile(r"\\\[.*?\\\]|\\begin\{equation\}.*?\\end\{equation\}|\$[^$]*\$", re.DOTALL)
CODE = re.compile(r"^%.*|\\texttt\{[^}]*\}|\\(?:label|ref)\{[^}]*\}|r@[\w-]+", re.MULTILINE)
RELATION = re.compile(r"[<>=^_|]|->|\\text(?:less|greater|bar|asciicircum)")


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_relation_is_left_in_latex_text(name):
    text = CODE.sub("", MATHEMATICS.sub("", written(name, "latex")))
    assert not RELATION.search(text), RELATION.search(text)


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_relation_is_left_in_markdown_text(name):
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", "", written(name, "markdown"), flags=re.DOTALL)
    assert not RELATION.search(text), RELATION.search(text)


@pytest.mark.parametrize("name", CATALOGUE)
def test_name_label_and_uses_are_printed(name):
    statement = CATALOGUE[name]
    shown = written(name, "latex")
    assert shown.count(rf"\label{{{name}}}") == 1
    assert rf"(\texttt{{{name}}}, {statement.status})" in shown
    for used in statement.uses:
        assert rf"\texttt{{{used.name}}}" in shown
        assert rf"\ref{{{used.name}}}" in shown
        assert f"`{used.name}`" in written(name, "markdown")
    for how in ("latex", "markdown", "text"):
        assert "uses" in written(name, how).lower() or not statement.uses


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("how", ["text", "json"])
def test_symbols_in_words_are_those_of_the_formulas(name, how):
    shown = written(name, how)
    if how == "json":
        shown = re.sub(r'"(formula|latex|uses|name|failure)": .*|"[^"]*":', "", shown)
    assert "$" not in shown
    assert not re.search(r"\b(nu|rho|theta|Theta|eta|tau|kappa|lambda)(?:_|\b)|<=|>=|->", shown)


@pytest.mark.parametrize("how", ["text", "markdown", "latex", "json"])
def test_the_delta_method_stays_a_phrase(how):
    assert "delta method" in written("finite-width-covariance", how)


def test_lines_of_text_fit():
    for name in CATALOGUE:
        assert max(map(len, written(name, "text").splitlines())) <= 96
