"""The tie between formulas and Coq: what the manifest accepts, and what breaks it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sympy import (
    Eq,
    Float,
    Function,
    IndexedBase,
    Integer,
    Max,
    Min,
    Ne,
    Rational,
    Sum,
    Symbol,
    symbols,
    true,
)

from derivations import closed_forms, coq_build, finite_width_forms, kernel, statements
from derivations.readings import READINGS
from derivations.theorems import trace_covariances, trace_orders
from tests.derivations.coq import needs_coq

RING_SOURCES = ("Scalars", "Weights")


def accepted():
    return {name for name, statement in statements().items() if statement.status == "kernel-checked"}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the development, which the package now reads."""
    for source in kernel.SOURCES.glob("*.v"):
        shutil.copy(source, tmp_path)
    shutil.copy(kernel.SOURCES / "manifest.json", tmp_path)
    monkeypatch.setattr(kernel, "SOURCES", tmp_path)
    yield tmp_path
    kernel._compiled.cache_clear()


def rewritten(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


class TestManifest:
    def test_every_statement_with_a_reading_is_accepted(self):
        assert accepted() == {*READINGS}
        assert len(accepted()) >= 20

    def test_the_generated_file_is_up_to_date(self):
        written = (kernel.SOURCES / "Statements.v").read_text()
        assert coq_build.statements_file(statements()) == written, "python -m derivations.coq_build"

    def test_over_a_ring_nothing_is_assumed(self):
        for name, statement in statements().items():
            if name in READINGS and READINGS[name].over == "ring":
                assert kernel.theorem(statement).axioms == ()

    def test_a_copy_is_accepted(self, copied):
        assert accepted() == {*READINGS}
        assert copied == kernel.SOURCES

    @pytest.mark.parametrize(
        "change",
        [
            lambda manifest: manifest["theorems"]["recurrence"].update(
                proposition="0" * 64, formula="0" * 64
            ),
            lambda manifest: manifest["theorems"]["recurrence"].update(axioms=["cheat"]),
            lambda manifest: manifest["theorems"]["recurrence"].update(axioms=["Classical_Prop.classic"]),
            lambda manifest: manifest["theorems"]["recurrence"].pop("axioms"),
            lambda manifest: manifest["theorems"].pop("recurrence"),
        ],
        ids=["another proposition", "an axiom", "the reals' axioms in a ring", "axioms not told", "missing"],
    )
    def test_a_wrong_theorem_is_rejected(self, copied, change):
        rewritten(copied, change)
        assert accepted() == {*READINGS} - {"recurrence"}

    @pytest.mark.parametrize(
        "change",
        [
            lambda folder: (folder / "Weights.v").write_text((folder / "Weights.v").read_text() + "\n(* *)"),
            lambda folder: (folder / "Weights.v").unlink(),
            lambda folder: (folder / "More.v").write_text(""),
            lambda folder: (folder / "manifest.json").unlink(),
            lambda folder: (folder / "manifest.json").write_text("{"),
            lambda folder: (folder / "manifest.json").write_text("[]"),
            lambda folder: rewritten(folder, lambda manifest: manifest.pop("sources")),
        ],
        ids=["changed", "missing", "more", "no manifest", "broken", "another file", "sources not told"],
    )
    def test_other_sources_than_those_compiled_are_rejected(self, copied, change):
        change(copied)
        assert accepted() == set()

    def test_a_proposition_is_written_again_where_the_formula_may_have_changed(self, copied):
        rewritten(copied, lambda manifest: manifest["theorems"]["recurrence"].update(formula="0" * 64))
        assert accepted() == {*READINGS}

    def test_all_that_writes_a_proposition_is_in_its_digest(self):
        """A new module that was not would change propositions unseen."""
        written = {path.stem for path in Path(kernel.__file__).parent.glob("*.py")}
        writing = {name for name in written if name.startswith(("coq_", "readings"))}
        assert {*kernel.PRINTER} == writing - {"coq_build", "coq_definitions"}

    def test_no_coq_is_needed(self):
        code = "from derivations import statements; print(statements()['recurrence'].status)"
        environment = {**os.environ, "PATH": ""}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert done.stdout == "kernel-checked\n", done.stderr


class TestChangedFormulas:
    def test_a_changed_lag_weight(self, monkeypatch):
        right = closed_forms.lag_weight
        monkeypatch.setattr(closed_forms, "lag_weight", lambda i, w, s, p: right(i, w, s, 2 * p))
        assert statements()["lag-weights"].status != "kernel-checked"
        assert statements()["recurrence"].status == "kernel-checked", "its formula is another"

    def test_a_changed_partial_sum(self, monkeypatch):
        right = closed_forms.tail_mass
        monkeypatch.setattr(closed_forms, "tail_mass", lambda m, *v: right(m + 1, *v))
        assert not {"partial-sum", "tail-mass"} & accepted()

    def test_a_changed_crosscap(self, monkeypatch):
        for home in (finite_width_forms, trace_orders):
            monkeypatch.setattr(home, "crosscap", lambda a: a + 2)
        assert not {"crosscap-traces", "finite-width-mean"} & accepted()

    def test_a_changed_covariance(self, monkeypatch):
        right = finite_width_forms.walk_overlap
        for home in (finite_width_forms, trace_covariances):
            monkeypatch.setattr(home, "walk_overlap", lambda m, M: right(m, M) + m)
        assert not {"trace-covariance", "finite-width-covariance"} & accepted()

    def test_dropped_conditions_and_indices(self):
        statement = statements()["partial-sum"]
        assert statement.status == "kernel-checked"
        assert replace(statement, indices=()).status != "kernel-checked"
        total = statements()["total"]
        assert replace(total, conditions=total.conditions[:-1]).status != "kernel-checked"

    def test_formulas_that_look_alike_are_told_apart(self):
        x, y, a, b = *symbols("x y"), *symbols("x y", commutative=False)
        f, t = Function("f"), IndexedBase("t")
        symbols_ = [x, y, a, Symbol("x", positive=True), Symbol("x", integer=True)]
        applied = [f(x), f(y), f(x, y), f(f(x)), *(Function(name)(x, y) for name in ("g", "Add", "Min"))]
        indexed = [t[x], t[x, y], t[y, x], IndexedBase("s")[x]]
        numbers = [Integer(1), Float(1), Integer(-1), Rational(1, 2), true]
        terms = [x + y, x * y, x / y, x**y, y**x, x / 2, a * b, b * a, Min(x, y), Max(x, y)]
        relations = [x < y, x <= y, y < x, Eq(x, y), Eq(y, x), Ne(x, y), (x < y) & (x < 1), (x < y) | (x < 1)]
        sums = [Sum(x, (x, 0, y)), Sum(x, (x, 1, y)), Sum(x, (y, 0, y)), Sum(x, (x, 0, 1), (y, 0, x))]
        unlike = [*symbols_, *applied, *indexed, *numbers, *terms, *relations, *sums]
        assert len({kernel._spelt(e) for e in unlike}) == len(unlike)

    def test_another_statement_with_a_known_name(self):
        known = statements()
        assert not kernel.accepted(replace(known["lag-weights"], formula=known["recurrence"].formula))
        assert not kernel.accepted(replace(known["lag-weights"], name="recurrence"))


THEOREM = """
Require Import Arith Ring.
From NTK Require Import Scalars.
From NTK Require Weights Statements.
Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).
Lemma shown (w f c : K) i :
  (Weights.rho w f c (i + 2) = whole 2 * Weights.rho w f c (i + 1) * w - Weights.rho w f c i * w ^ 2)%scalar.
Proof. rewrite Weights.recurrence. ring. Qed.
End In_a_ring.
Theorem recurrence : Statements.recurrence.
Proof. exact shown. Qed.
"""


@needs_coq
class TestBuild:
    """A part of the development, compiled anew."""

    @pytest.fixture
    def folder(self, tmp_path):
        for name in RING_SOURCES:
            shutil.copy(kernel.SOURCES / f"{name}.v", tmp_path)
        (tmp_path / "Theorems.v").write_text(THEOREM)
        return tmp_path

    def test_what_is_proved_is_accepted(self, folder):
        known = {"recurrence": statements()["recurrence"]}
        built = coq_build.build(known, folder)
        assert dict(built.axioms) == {"recurrence": ()}
        assert not built.rejected
        (folder / "Statements.v").write_text(coq_build.statements_file(known))
        coq_build.write_manifest(known, folder, built)
        manifest = kernel.Manifest.read(folder)
        assert manifest.sources == kernel.sources(folder)
        assert manifest.theorems["recurrence"]["definitions"] == ["Scalars.v", "Weights.v"]

    def test_a_changed_formula_breaks_the_proof(self, folder):
        statement = statements()["recurrence"]
        formula = statement.formula.func(statement.formula.lhs, 2 * statement.formula.rhs)
        built = coq_build.build({"recurrence": replace(statement, formula=formula)}, folder)
        assert "recurrence" not in built.axioms
        assert "recurrence" in built.rejected

    def test_an_axiom_is_told(self, folder):
        cheated = THEOREM.replace("exact shown", "apply cheat").replace(
            "Theorem", "Axiom cheat : forall P : Prop, P.\nTheorem"
        )
        (folder / "Theorems.v").write_text(cheated)
        assert coq_build.build({"recurrence": statements()["recurrence"]}, folder).axioms == {
            "recurrence": ("Theorems.cheat",)
        }

    def test_a_check_switched_off_is_told(self, folder):
        endless = "Unset Guard Checking.\nFixpoint endless (n : nat) : False := endless n.\nTheorem"
        cheated = THEOREM.replace("exact shown", "destruct (endless 0)").replace("Theorem", endless)
        (folder / "Theorems.v").write_text(cheated)
        (told,) = coq_build.build({"recurrence": statements()["recurrence"]}, folder).axioms.values()
        assert "endless is assumed to be guarded." in " ".join(told)

    def test_an_admitted_theorem_is_none(self, folder):
        (folder / "Theorems.v").write_text(THEOREM.replace("exact shown. Qed", "Admitted"))
        built = coq_build.build({"recurrence": statements()["recurrence"]}, folder)
        assert not built.axioms

    def test_a_theorem_of_another_proposition_is_an_error(self, folder):
        text = THEOREM.replace("Statements.recurrence.", "Statements.recurrence.", 1)
        (folder / "Theorems.v").write_text(
            text.replace(
                "From NTK Require Weights Statements.",
                "From NTK Require Weights.\nModule Statements."
                "\nDefinition recurrence := True.\nEnd Statements.",
            ).replace("exact shown", "exact I")
        )
        with pytest.raises(coq_build.CoqError):
            coq_build.build({"recurrence": statements()["recurrence"]}, folder)

    def test_a_source_that_does_not_compile_is_an_error(self, folder):
        (folder / "Weights.v").write_text("Definition x := y.")
        with pytest.raises(coq_build.CoqError, match=r"Weights\.v"):
            coq_build.build({"recurrence": statements()["recurrence"]}, folder)
