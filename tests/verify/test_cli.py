"""The command line: help, one-line errors, formulas and tables, and what it does not import."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from commandline import PAGES, assert_bad_input, run, subprocess_run

from derivations import Step, catalogue, statements
from derivations.rewriting import Unproved
from numeric import Variances
from verify.checks import sequences
from verify.statistics import FAMILY_BOUND, LEVEL
from verify.tables import TABLES


class TestHelp:
    @pytest.mark.parametrize("command", PAGES, ids=" ".join)
    def test_imports_no_heavy_library(self, command):
        code = (
            "import sys\nfrom verify.__main__ import main\n"
            f"sys.argv[1:] = {[*command, '--help']!r}\n"
            "try: main()\nexcept SystemExit as end: assert not end.code\n"
            "heavy = {'sympy', 'scipy', 'matplotlib', 'pandas', 'numpy', 'flint'} & set(sys.modules)\n"
            "assert not heavy, heavy"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, "")
        assert "Usage: linear-rnn-ntk" in result.stdout

    def test_names_every_command_and_status(self):
        shown = run("--help").stdout
        commands = ("derive", "table", "check", "verify", "experiment")
        for word in (*commands, "0  holds", "1  fails", "2  bad input", "3  undecided"):
            assert word in shown
        assert "..." not in shown.partition("Commands:")[2]

    @pytest.mark.parametrize("command", PAGES, ids=" ".join)
    def test_has_a_short_option(self, command):
        assert run(*command, "-h").stdout == run(*command, "--help").stdout

    def test_examples_are_commands(self):
        for line in run("--help").stdout.splitlines():
            if line.strip().startswith("linear-rnn-ntk "):
                assert run(*shlex.split(line)[1:], "--help").exit_code == 0

    def test_tells_level_power_and_limits_as_they_are(self):
        shown = " ".join(run("verify", "--help").stdout.split())
        for words in (
            f"p < {LEVEL:g}",
            f"in a run is below {FAMILY_BOUND:g}".replace("e-06", "e-6"),
            "Bonferroni",
            "0.1 %",
            "[default: 0.5]",
            "[default: 0.8]",
            "[default: 1.7]",
        ):
            assert words in shown
        assert Variances("0.5", "0.8", "1.7") == sequences.VARIANCES
        for T, n_x in ((94, 1), (54, 3), (1, 512)):
            sequences.validated(np.ones((1, T, n_x)))
            with pytest.raises(ValueError, match="at most"):
                sequences.validated(np.ones((1, T + 1, n_x)))
        for N, T in ((728, 12), (59, 94)):
            assert f"{N} for T = {T}" in shown
            sequences.validated(np.ones((N, T, 1)))
            with pytest.raises(ValueError, match="N must be at most"):
                sequences.validated(np.ones((N + 1, T, 1)))

    def test_tells_what_every_table_is(self):
        shown = run("table", "--help").stdout
        words = " ".join(shown.split())
        for spec in TABLES.values():
            assert f"{spec.name}: {spec.about}." in words
            assert f"linear-rnn-ntk table {spec.name} {spec.example}" in map(str.strip, shown.splitlines())


def test_version_is_one_line():
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("linear-rnn-ntk")
    assert len(result.stdout.splitlines()) == 1


class TestUsageErrors:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], ["Missing command"]),
            (["bogus"], ["bogus"]),
            (["--bogus"], ["--bogus"]),
            (["table", "lag-weights"], ["lag-weights", "--transition"]),
            (["table", "lag-wieghts"], ["did you mean lag-weights"]),
            (["table", "foo"], ["unknown table 'foo'", "finite-width"]),
            (
                ["table", "lag-weights", "--transition", "1", "--digits", "1000000000"],
                ["digits", "1000000000"],
            ),
            (["table", "lag-weights", "--transition", "1", "--lags", "1000000000"], ["--lags", "1000000"]),
            (["verify", "finite-widht"], ["did you mean finite-width"]),
            (["verify", "--transition", "1"], ["--transition", "--inputs"]),
            (["verify", "prior", "--output", "1"], ["--output", "--inputs"]),
            (["verify", "--inputs", "x.npy", "--input", "-1"], ["input", "-1"]),
            (["table", "lag-weights", "--transition", "1", "--lags", "0"], ["--lags"]),
            (["table", "lag-weights", "--transition", "1", "--lags", "many"], ["--lags"]),
            (["table", "lag-weights", "--transition", "1", "--format", "bogus"], ["--format", "markdown"]),
            (["table", "lag-weights", "--transition", "1", "--digits", "0"], ["--digits"]),
            (["table", "lag-weights", "--transition", "-1"], ["transition", "-1", ">= 0"]),
            (["table", "lag-weights", "--transition", "nan"], ["transition", "nan"]),
            (["table", "lag-weights", "--transition", "x"], ["transition", "x"]),
            (["table", "lag-weights", "--transition", "9", "--lags", "999"], ["float64", "--digits"]),
            (["table", "bogus", "--transition", "1"], ["bogus", "lag-weights"]),
            (["table", "lag-weights", "--transition", "1", "--width", "5"], ["--width", "lag-weights"]),
            (["table", "finite-width", "--transition", "1"], ["finite-width", "--width"]),
            (["table", "finite-width", "--transition", "1", "--width", "0"], ["--width"]),
            (["table", "finite-width", "--transition", "1", "--width", "5", "--lags", "18"], ["17", "18"]),
            (["table", "finite-width", "--transition", "0", "--width", "5"], ["lag 2"]),
            (["table", "required-width", "--transition", "1"], ["required-width", "--relative-error"]),
            (["table", "required-width", "--transition", "1", "--relative-error", "0"], ["relative_error"]),
            (["table", "required-width", "--transition", "1", "--relative-error", "x"], ["relative_error"]),
            (
                ["table", "required-width", "--transition", "1", "--relative-error", "1", "--digits", "9"],
                ["--digits", "required-width"],
            ),
            (["table", "memory", "--transition", "0.5,x"], ["transition", "'x'"]),
            (
                ["table", "lag-weights", "--symbolic", "x", "--transition", "1"],
                ["lag-weights", "i, nu_W", "x"],
            ),
            (["table", "lag-weights", "--symbolic", "i"], ["--transition"]),
            (["table", "lag-weights", "--symbolic", "nu_W", "--transition", "1"], ["--transition", "nu_W"]),
            (["table", "lag-weights", "--symbolic", "nu_W", "--network", "torch"], ["network", "nu_W"]),
            (["table", "sums", "--symbolic", "nu_W,nu_F", "--input", "2"], ["--input", "nu_F"]),
            (["table", "sums", "--symbolic", "i,nu_W", "--lags", "3"], ["--lags", "i"]),
            (["table", "sums", "--symbolic", "nu_W", "--digits", "3"], ["--digits", "formulas"]),
            (["table", "delay", "--symbolic", "i"], ["delay", "no formulas"]),
            (["table", "gram-moments", "--symbolic", "nu_W"], ["width", "n"]),
            (["table", "generating-function", "--transition", "1", "--at", "x"], ["points", "'x'"]),
            (["table", "generating-function", "--transition", "1", "--at", "-2"], ["-2", "alternates"]),
            (["table", "lag-weights", "--transition", "1", "--at", "1"], ["--at", "lag-weights"]),
            (["table", "memory", "--transition", "0.5,"], ["transition", "''"]),
            (["table", "lag-weights", "--transition", "0.5,1"], ["--transition 0.5,1", "single"]),
            (["table", "memory", "--lags", "3"], ["--lags", "memory"]),
            (["table", "memory", "--epsilon", "2"], ["epsilon", "between 0 and 1"]),
            (["table", "delay", "--transition", "0.5"], ["--transition", "delay"]),
            (["table", "delay", "--delay", "5,x"], ["--delay", "integer", "'x'"]),
            (["table", "delay", "--delay", "-1"], ["delay", ">= 0", "-1"]),
            (["table", "delay", "--digits", "1001"], ["digits", "1000"]),
            (["table", "memory", "--precision", "3", "--digits", "3"], ["--precision", "--digits"]),
            (["table", "memory", "--precision", "3", "--format", "json"], ["--precision", "json"]),
            (
                ["table", "required-width", "--transition", "1", "--relative-error", "1", "--precision", "3"],
                ["--precision", "required-width"],
            ),
            (["verify", "prior", "--figure", "x.svg"], ["--figure", "convergence"]),
            (["verify", "--inputs", "x.npy", "--figure", "x.svg"], ["--figure", "convergence"]),
            (["verify", "--figure", "x.bmp"], [".svg, .png or .pdf", "x.bmp"]),
            (["verify", "--figure", "x"], [".svg, .png or .pdf"]),
            (["derive", "lag-wieghts"], ["lag-wieghts", "lag-weights"]),
            (["derive", "reccurence"], ["did you mean recurrence?", "linear-rnn-ntk derive lists them"]),
            (["derive", "???"], ["???", "linear-rnn-ntk derive lists them"]),
            (["verify", "bogus"], ["bogus", "finite-width"]),
            (["verify", "--seed", "-1"], ["--seed"]),
            (["verify", "prior", "--inputs", "x.npy"], ["--inputs", "sequences"]),
        ],
    )
    def test_are_one_line_and_status_2(self, arguments, words):
        assert_bad_input(run(*arguments), *words)

    def test_look_the_same_from_a_shell(self):
        result = subprocess_run("table", "lag-weights", "--transition", "-1")
        assert (result.returncode, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1


class TestDerive:
    def test_lists_every_statement_with_its_status(self):
        result = run("derive")
        assert result.exit_code == 0
        table, counts = result.stdout.split("\n\n")
        known = statements()
        rows = [line for line in table.splitlines() if not line.startswith(" ")]  # the others go on
        for line, statement in zip(rows, known.values(), strict=True):
            assert line.split()[:2] == [statement.name, statement.status]
        assert counts.startswith(f"{len(known)} statements: ")

    @pytest.mark.parametrize("how", ["text", "latex", "markdown"])
    def test_tells_every_step(self, how):
        result = run("derive", "recurrence", "--format", how)
        assert result.exit_code == 0
        for step in statements()["recurrence"].proof:
            assert step.name in result.stdout

    def test_json_has_stable_keys(self):
        document = json.loads(run("derive", "lag-weights", "--format", "json").stdout)
        assert list(document) == [
            *("name", "title", "formula", "latex", "variables", "assumptions"),
            *("status", "arguments", "source", "uses", "proof", "holds", "failure"),
        ]
        assert document["holds"] is True
        for step in document["proof"]:
            assert list(step) == [
                *("name", "kind", "text", "formula", "latex"),
                *("using", "given", "holds", "failure"),
            ]
        listed = json.loads(run("derive", "--format", "json").stdout)
        assert list(listed) == ["counts", "statements"]
        assert [entry["name"] for entry in listed["statements"]] == list(statements())

    @pytest.mark.parametrize("how", ["latex", "markdown"])
    def test_lists_in_other_formats(self, how):
        result = run("derive", "--format", how)
        assert result.exit_code == 0
        assert all(name in result.stdout for name in statements())

    def test_a_failing_step_is_shown_and_status_1(self, monkeypatch):
        def untrue(*_):
            raise Unproved("not true")

        sound = statements()["recurrence"]
        leap = Step("leap of faith", "", "identity", sound.formula, ("the statement",), (), untrue)
        broken = replace(sound, proof=(*sound.proof, leap))
        monkeypatch.setattr(catalogue, "statement", {"recurrence": broken}.get)
        for how in ("text", "markdown", "latex", "json"):
            result = run("derive", "recurrence", "--format", how)
            assert result.exit_code == 1
            assert "leap of faith" in result.stdout

    def test_a_proof_that_establishes_no_formula_fails(self, monkeypatch):
        sound = statements()["recurrence"]
        hollow = replace(sound, proof=tuple(s for s in sound.proof if s.formula != sound.formula))
        monkeypatch.setattr(catalogue, "statement", {"recurrence": hollow}.get)
        result = run("derive", "recurrence", "--format", "json")
        assert result.exit_code == 1
        document = json.loads(result.stdout)
        assert document["holds"] is False
        assert "does not establish the formula" in document["failure"]

    def test_prose_fits_the_width_and_formulas_are_laid_out(self):
        lines = run("derive", "lag-weights").stdout.splitlines()
        assert all(len(line) <= 96 for line in lines if not line.startswith("    "))
        assert "    ρ_i = i⋅ν_C⋅ν_F⋅ν_W      + ν_W ⋅(ν_C + ν_F)" in lines
        assert not [line for line in lines if line != line.rstrip()]

    def test_a_stdout_that_is_not_unicode_gets_plain_letters(self):
        result = subprocess_run(
            "derive", "impulse-response", env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.isascii()

    def test_cited_lemmas_are_named_at_the_end(self):
        statement = next(s for s in statements().values() if "lemma" in {step.kind for step in s.proof})
        last = run("derive", statement.name).stdout.partition("every step holds")[2]
        for step in statement.proof:
            assert (step.name in " ".join(last.split())) is (step.kind == "lemma")

    def test_latex_has_symbols_in_mathematics(self):
        shown = run("derive", "lag-weights", "--format", "latex").stdout
        assert r"$\nu_{W}$: variance of the transition" in shown
        assert r"$i \nu_{W}^{i-1}$ is 0 at" in shown
        assert r"\_" not in shown


class TestTable:
    def test_prints_the_weights(self):
        result = run("table", "lag-weights", "--transition", "0.5", "--lags", 3, "--format", "csv")
        assert (result.exit_code, result.stdout) == (0, "lag,weight\n0,2.0\n1,2.0\n2,1.5\n")

    @pytest.mark.parametrize(
        "table",
        [
            "lag-weights --lags 3",
            "sensitivity --lags 3",
            "sums --lags 3",
            "generating-function --at 1/2",
            "limit-kernel --lags 2",
            "finite-width --width 9 --lags 3",
            "exact-moments --width 9 --lags 2",
            "gram-moments --width 9 --lags 2",
            "required-width --relative-error 0.1 --lags 3",
            "memory",
            "sums --symbolic i",
        ],
        ids=str.split,
    )
    def test_is_of_the_input_and_output_given(self, table):
        tables = {
            options: run("table", *table.split(), "--transition", "1/2", *options.split())
            for options in ("", "--input 1", "--input 2", "--output 2", "--input 3 --output 5")
        }
        assert {result.exit_code for result in tables.values()} == {0}
        printed = {options: result.stdout for options, result in tables.items()}
        assert printed[""] == printed["--input 1"]
        assert printed["--input 3 --output 5"] not in (printed[""], printed["--input 2"])

    def test_takes_decimals_exactly(self):
        arguments = ["--transition", "0.3", "--lags", 2, "--digits", 20, "--format", "csv"]
        assert run("table", "lag-weights", *arguments).stdout.splitlines()[2] == "1,1.6000000000000000000"

    def test_is_one_json_object(self):
        result = run("table", "lag-weights", "--transition", "0.3", "--format", "json")
        assert len(json.loads(result.stdout)["rows"]) == 20

    def test_tells_how_wide_is_wide_enough(self):
        arguments = ["--transition", 1, "--relative-error", "0.01", "--lags", 3, "--format", "csv"]
        assert run("table", "required-width", *arguments).stdout == (
            "lag,fluctuation,mean\n0,10000,1\n1,22223,1\n2,35000,13\n"
        )

    def test_tells_which_variance_for_a_delay(self):
        lines = run("table", "delay", "--delay", "20", "--precision", 4).stdout.splitlines()
        assert lines[1].split() == ["20", "0.7976", "0.9119", "0.95436"]
        lines = run(
            "table", "memory", "--transition", "0.95436,0.95435", "--format", "csv"
        ).stdout.splitlines()
        assert [line.split(",")[1] for line in lines[1:]] == ["20", "19"]

    def test_an_empty_value_is_no_number(self):
        assert_bad_input(run("table", "memory", "--transition", ""), "transition", "''")
        assert_bad_input(run("table", "lag-weights", "--transition", ""), "transition", "''")
        assert_bad_input(run("table", "delay", "--delay", ""), "--delay", "''")
        assert_bad_input(run("table", "required-width", "--transition", 1, "--relative-error", ""), "''")

    def test_a_weight_of_0_is_named_with_its_variances(self):
        result = run("table", "required-width", "--transition", 0, "--relative-error", "0.1")
        assert_bad_input(result, "the weight of lag 2 is 0", "got transition 0, input 1, output 1")

    def test_rounds_for_people(self):
        arguments = ["--transition", "0.3", "--precision", 3, "--lags", 10, "--format", "csv"]
        lines = run("table", "lag-weights", *arguments).stdout.splitlines()
        assert lines[1:3] == ["0,2", "1,1.6"]
        assert lines[-1] == "9,0.00063"

    def test_prints_a_finite_width(self):
        arguments = ["--transition", 1, "--width", 100, "--digits", 3, "--format", "csv", "--lags", 3]
        assert run("table", "finite-width", *arguments).stdout.splitlines()[-1] == (
            "2,4.00,4.00,0.000150,0.748,0.187"
        )
