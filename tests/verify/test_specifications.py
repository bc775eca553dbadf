"""Networks in words."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import Biased, Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances, preset
from numeric.model import Model
from verify.specifications import EXAMPLES, read_network

MEANT = {
    "0.3": Variances("0.3"),
    " 1/3 ": Variances("1/3"),
    "variances(0.5, output=2)": Variances("0.5", output=2),
    "variances(0.5, rates=rates(1, 1, 0))": Variances("0.5", rates=Rates(1, 1, 0)),
    "leaky(0.9, 0.05)": Leaky("0.9", "0.05"),
    "orthogonal(0.95)": Orthogonal("0.95"),
    "diagonal(ring(0.4, 0.99), 2)": Diagonal(Ring("0.4", "0.99"), 2),
    "diagonal([0.5+0.25j, 0.5-0.25j, 0.5])": Diagonal([0.5 + 0.25j, 0.5 - 0.25j, 0.5]),
    "stack(0.5, leaky(0.9, 1/20))": Stack([Variances("0.5"), Leaky("0.9", "0.05")]),
    "stack(torch, keras)": Stack([preset("torch"), preset("keras")]),
    "biased(0.5, hidden=(0.1, 2))": Biased(Variances("0.5"), hidden=("0.1", 2)),
    "flax(n_x=3)": preset("flax", n_x=3),
}


@pytest.mark.parametrize("text", MEANT)
def test_a_specification_is_the_network(text):
    assert read_network(text) == MEANT[text]


def test_numbers_are_taken_as_they_are_written():
    assert read_network("0.1").transition == Fraction(1, 10)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_can_be_read(text):
    read_network(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "cannot be read; write one such as stack"),
        ("leeky(0.9)", "unknown name 'leeky'; did you mean leaky"),
        ("leaky", "leaky needs its arguments, such as leaky"),
        ("leaky(0.9)", "missing a required argument: 'transition'"),
        ("leaky(0.9, -1)", "leaky: transition must be >= 0"),
        ("variances(0.5, spam=1)", "variances.*spam"),
        ("ring(0.1, 0.2)", "is no network"),
        ("stack()", "1 to 64 layers, got 0"),
        ("0.5 + 0.5", "cannot read '0.5 \\+ 0.5'"),
        ("1/0", "cannot read '1/0'"),
        ("__import__('os').system('true')", "cannot read"),
        ("(lambda: 0)()", "cannot read"),
        ("[x for x in (1,)]", "cannot read"),
        ("leaky(*[0.9, 0.1])", "cannot read"),
        ("leaky(**{})", "cannot read"),
        ("0x10", "cannot read '0x10'"),
        ("True", "cannot read 'True'"),
        ("stack(" * 60 + "0.5" + ")" * 60 + "x" * 700, "at most 1000 characters"),
    ],
)
def test_what_is_none_is_refused_with_the_reason(text, told):
    with pytest.raises(ValueError, match=told):
        read_network(text)


@given(st.text(alphabet="stackleyring()[]{}0.5,=/*+-j '\"_\n\\", max_size=60))
def test_any_text_is_a_network_or_refused(text):
    with suppress(ValueError):
        assert isinstance(read_network(text), Model)
