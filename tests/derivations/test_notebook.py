"""Values show themselves in notebooks: statements and steps, networks, verdicts."""

import re
from html.parser import HTMLParser

import pytest

from derivations import statements
from derivations.notebook import Code, Shown, in_html, in_markdown
from numeric import Biased, Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances, preset
from verify.statistics import Verdict

CATALOGUE = statements()
NETWORKS = {
    "variances": Variances("0.5", rates=Rates(1, 0, 1)),
    "nothing": Variances(0),
    "leaky": Leaky("0.5", "0.3"),
    "orthogonal": Orthogonal("0.9"),
    "stack": Stack([Variances(0), Orthogonal("0.9")]),
    "biased": Biased(Variances(1), hidden=1),
    "torch": preset("torch"),
    "ring": Diagonal(Ring("0.4", "0.9")),
    "eigenvalues": Diagonal([0.5 + 0.1j, 0.5 - 0.1j]),
    "deep": Stack([Variances("0.5")] * 20),
}


class Page(HTMLParser):
    """The tags and the text of HTML; tags that do not match are an error."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.tags = [], "", set()
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        assert not attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def mathematics(text):
    return re.findall(r"\$\$?([^$]+)\$\$?", text)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_statement_shows_its_formula_and_steps(name):
    statement = CATALOGUE[name]
    page = Page(statement._repr_html_())
    assert page.tags <= {"div", "p", "strong"}
    formula = statement._repr_latex_().removeprefix(r"$\displaystyle ").removesuffix("$")
    for shown in (page.text, statement._repr_markdown_()):
        assert formula in shown
        assert shown.count("$") % 2 == 0
        assert not re.search(r"\b(nu|rho)_", re.sub(r"\$\$?[^$]+\$\$?", "", shown)), "left unmarked"
        assert statement.status in shown
    steps = sum(step.formula is not None for step in statement.proof)
    assert page.text.count("$$") == 2 * (steps + 1)


def test_a_step_shows_what_it_claims_and_by_what():
    step = CATALOGUE["recurrence"].proof[1]
    assert "by first order)" in step._repr_markdown_()
    assert r"\rho_{i + 2}" in step._repr_latex_()
    evidence = CATALOGUE["lag-weights"].proof[-1]
    assert evidence.formula is None
    assert evidence._repr_latex_() is None
    assert "exact polynomials" in Page(evidence._repr_html_()).text


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_shows_its_numbers_and_limit(name):
    network = NETWORKS[name]
    page = Page(network._repr_html_())
    assert type(network).__name__ in page.text
    assert "Fraction" not in page.text
    assert len(page.text) < 5000
    assert len(network._repr_markdown_()) < 5000
    if name in ("ring", "eigenvalues", "deep"):
        assert network._repr_latex_() is None
        assert re.search("not rational|too long|no formulas", page.text)
    else:
        assert ("Theta" if name == "leaky" else r"\rho_{i} =") in network._repr_latex_()


def test_a_networks_formula_is_its_weights():
    assert Variances("0.5")._repr_latex_() == r"$\displaystyle \rho_{i} = 2 \cdot 2^{- i} \left(i + 1\right)$"


@pytest.mark.parametrize(("holds", "word"), [(True, "holds"), (False, "FAILS"), (None, "undecided")])
def test_a_verdict_shows_itself_and_nothing_in_it_is_a_tag(holds, word):
    verdict = Verdict("widths", "<script>n & $1$", holds, 1.5, 0.25, 1e-11, "<b>")
    page = Page(verdict._repr_html_())
    assert page.tags == {"div", "p", "strong", "pre", "code"}
    assert "<script>n & $1$: 1.5, p = 0.25  (<b>)" in page.text
    assert f"widths: {word}" in page.text
    assert "    <script>n & $1$" in verdict._repr_markdown_()
    assert verdict._repr_latex_() is None


def test_words_and_code_are_no_markup():
    odd = "a <b> & *c* `d` |e|_2 [f]"
    assert Page(in_html(odd, [odd, Code(odd)])).text.count(odd) == 3
    assert r"\<b> & \*c\* \`d\` \|e\|\_2 \[f\]" in in_markdown(odd, [])
    assert f"    {odd}" in in_markdown("", [Code(odd)])


def test_what_shows_itself_has_to_say_how():
    with pytest.raises(NotImplementedError):
        Shown()._shown()
