"""Which files say what a proposition means: those of the definitions, and of what these are made of."""

import pytest

from derivations.coq_definitions import definitions

SOURCES = {
    "Numbers": "Definition one := 1. (* two is Doubles.two *) Definition two := one + one.",
    "Sizes": """
From NTK Require Import Numbers.
Record box := { side : nat; depth : nat }.
Definition small (b : box) := side b <= two.
""",
    "Facts": """
From NTK Require Import Numbers Sizes.
Section Of_a_box.
Variable b : box.
Definition height := 3.
Lemma small_height : small b -> Doubles.twice height = 6.
Proof. reflexivity. Qed.
End Of_a_box.
""",
    "Doubles": "Definition twice (n : nat) := n + n.",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in SOURCES.items():
        (tmp_path / f"{name}.v").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("proposition", "files"),
    [
        ("Numbers.one = 1", ["Numbers"]),
        ("Doubles.twice 1 = 2", ["Doubles"]),
        ("forall b, Sizes.small b", ["Numbers", "Sizes"]),
        ("Sizes.depth b = 1", ["Sizes"]),
        ("Facts.height b = 3", ["Facts", "Sizes"]),
        ("Facts.small_height = Facts.small_height", []),
        ("Elsewhere.one = 1", []),
    ],
    ids=["its own", "another", "what it names", "a field", "a variable's type", "a lemma", "no file"],
)
def test_are_followed_from_name_to_name(folder, proposition, files):
    assert definitions(proposition, folder) == [f"{name}.v" for name in files]
