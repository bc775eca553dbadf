"""Theorems of Coq on the command line, and the check that has them proved again."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from derivations import coq_build, kernel, statements
from tests.derivations.coq import needs_coq
from tests.derivations.test_kernel import RING_SOURCES, THEOREM
from verify.checks import coq
from verify.cli import app
from verify.statistics import Skipped


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


class TestDerive:
    def test_a_theorem_is_shown_with_all_it_rests_on(self):
        shown = run("derive", "recurrence", "--coq").stdout
        assert "Theorem recurrence :" in shown
        assert "forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat)," in shown
        assert "proved in derivations/coq/Theorems.v" in shown
        assert "means what is defined in Scalars.v, Weights.v" in shown
        assert "rests on no axioms" in shown

    def test_the_reals_rest_on_axioms(self):
        assert (
            "rests on Coq's axioms of the real numbers: Classical" in run("derive", "total", "--coq").stdout
        )

    def test_json_has_stable_keys(self):
        shown = json.loads(run("derive", "recurrence", "--coq", "--format", "json").stdout)
        assert [*shown] == ["name", "title", "theorem", "proposition", "file", "definitions", "axioms"]
        assert shown["proposition"] == kernel.stated(statements()["recurrence"])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["stein-lemma", "--coq"], "Coq has accepted no theorem for 'stein-lemma'; it has for "),
            (["--coq"], "--coq needs a statement; it has for "),
            (
                ["recurrence", "--coq", "--format", "latex"],
                "--coq goes with --format text or json, not latex",
            ),
            (["recurence", "--coq"], "recurence"),
        ],
    )
    def test_what_there_is_not_is_one_line(self, arguments, message):
        shown = run("derive", *arguments)
        assert shown.exit_code == 2
        assert message in shown.stderr
        assert shown.stderr.count("\n") == 1


class TestWithoutCoq:
    @pytest.fixture(autouse=True)
    def no_coq(self, monkeypatch):
        monkeypatch.setenv("PATH", "")

    def test_the_check_says_that_it_is_skipped(self):
        with pytest.raises(Skipped, match="Coq is not installed"):
            next(coq.check())

    def test_a_skipped_check_alone_decides_nothing(self, tmp_path):
        shown = run("verify", "coq", "--json", tmp_path / "verdicts.json")
        assert shown.exit_code == 3
        assert "skipped    coq           Coq is not installed" in shown.stdout
        assert "Skipped: coq." in shown.stdout
        written = json.loads((tmp_path / "verdicts.json").read_text())
        assert written["holds"] is None
        assert written["verdicts"] == []
        assert [*written["skipped"]] == ["coq"]

    def test_beside_others_it_changes_nothing(self):
        shown = run("verify", "coq", "definition")
        assert shown.exit_code == 0
        assert "2 verdicts: 2 hold.  Skipped: coq." in shown.stdout

    def test_the_build_says_what_is_missing(self):
        with pytest.raises(coq_build.CoqError, match="coqc, coqdep, coqchk"):
            coq_build.build({})


@needs_coq
class TestWithCoq:
    @pytest.fixture
    def folder(self, tmp_path):
        """The recurrence alone, with its manifest."""
        for name in RING_SOURCES:
            shutil.copy(kernel.SOURCES / f"{name}.v", tmp_path)
        (tmp_path / "Theorems.v").write_text(THEOREM)
        known = {"recurrence": statements()["recurrence"]}
        coq_build.write_manifest(known, tmp_path, coq_build.build(known, tmp_path))
        return tmp_path

    def verdict(self, folder, statement):
        told = []

        def watch(total, unit):
            told.append([total, unit])
            return told.append

        (verdict,) = coq.check(0, lambda: {"recurrence": statement}, folder, watch=watch)
        [total, unit], *done = told
        assert unit == "files"
        assert sum(done) == total or not verdict.holds
        return verdict

    def test_a_theorem_holds(self, folder):
        verdict = self.verdict(folder, statements()["recurrence"])
        assert verdict.holds
        assert verdict.detail == "Theorems.v, no axioms"

    def test_a_changed_formula_fails(self, folder):
        statement = statements()["recurrence"]
        left, right = statement.formula.args
        verdict = self.verdict(folder, replace(statement, formula=statement.formula.func(left, 2 * right)))
        assert verdict.holds is False
        assert "the proof fails" in verdict.detail

    def test_an_axiom_fails(self, folder):
        cheat = "Axiom cheat : forall P : Prop, P.\nTheorem"
        text = THEOREM.replace("exact shown", "apply cheat").replace("Theorem", cheat)
        (folder / "Theorems.v").write_text(text)
        verdict = self.verdict(folder, statements()["recurrence"])
        assert verdict.holds is False
        assert verdict.detail == "it assumes Theorems.cheat"

    def test_a_theorem_that_the_manifest_does_not_have_fails(self, folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["theorems"] = {}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        verdict = self.verdict(folder, statements()["recurrence"])
        assert verdict.holds is False
        assert "manifest" in verdict.detail

    def test_what_does_not_compile_fails(self, folder):
        (folder / "Weights.v").write_text("Definition x := y.")
        (verdict,) = coq.check(0, lambda: {"recurrence": statements()["recurrence"]}, folder)
        assert verdict.holds is False
        assert verdict.name == "development"

    @pytest.mark.slow
    def test_the_package_s_own_theorems_hold(self):
        verdicts = [*coq.check()]
        assert [verdict.name for verdict in verdicts] == [
            name for name in statements() if kernel.reading(name) is not None
        ]
        assert all(verdict.holds for verdict in verdicts), [v for v in verdicts if not v.holds]
