"""The command line: statuses, one-line errors, formats, quiet ends, and what it does not import."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from derivations import Step, catalogue, statements
from derivations.rewriting import Unproved
from numeric import Variances
from verify import figures
from verify.checks import CHECKS, Check, convergence, sequences
from verify.cli import app
from verify.commands.verify import outcome
from verify.console import BadInput, result_files
from verify.statistics import FAMILY_BOUND, LEVEL, Verdict
from verify.tables import TABLES

ROOT = Path(__file__).parents[2]
INSTALL = ("pip install matplotlib", "pip install '.[figures]'")
VERDICT_KEYS = {"check", "name", "holds", "statistic", "p_value", "threshold", "detail"}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="linear-rnn-ntk")


def subprocess_run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "verify", *arguments], capture_output=True, text=True, check=False, **options
    )


def header(descr, shape):
    return repr({"descr": descr, "fortran_order": False, "shape": shape})


def npy(head):
    """A .npy file with this header and no data."""
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode()


def assert_bad_input(result, *words):
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("linear-rnn-ntk: error: ")
    for word in words:
        assert word in line


class TestHelp:
    @pytest.mark.parametrize("command", [[], ["derive"], ["table"], ["verify"]])
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
        for word in ("derive", "table", "verify", "0  holds", "1  fails", "2  bad input", "3  undecided"):
            assert word in shown
        assert "..." not in shown.partition("Commands:")[2]

    @pytest.mark.parametrize("command", [[], ["derive"], ["table"], ["verify"]])
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


@pytest.fixture
def stub(monkeypatch):
    """Replace the checks by one that yields the given verdicts."""

    def install(*holds):
        def check(seed, watch):  # noqa: ARG001
            yield from (Verdict("stub", f"{k} of {seed}", h, 1.0, None, 2.0, "") for k, h in enumerate(holds))

        for name in list(CHECKS):
            monkeypatch.delitem(CHECKS, name)
        monkeypatch.setitem(CHECKS, "stub", Check("stub", "nothing", ""))
        monkeypatch.setattr(Check, "load", lambda self: check)  # noqa: ARG005

    return install


class TestVerify:
    @pytest.mark.parametrize(
        ("holds", "status"),
        [
            ([True, True], 0),
            ([True, False, None], 1),
            ([True, None], 3),
            ([], 3),
        ],
    )
    def test_the_status_is_that_of_all_verdicts(self, stub, holds, status):
        stub(*holds)
        result = run("verify")
        assert result.exit_code == status
        *lines, summary = result.stdout.splitlines()
        words = {True: "holds", False: "FAILS", None: "undecided"}
        assert [line.split()[0] for line in lines] == [words[h] for h in holds]
        assert summary.startswith(f"{len(holds)} verdicts: ")

    def test_writes_one_object_with_stable_keys(self, tmp_path):
        path = tmp_path / "verdicts.json"
        assert run("verify", "definition", "jacobian", "--seed", 7, "--json", path).exit_code == 0
        document = json.loads(path.read_text())
        assert list(document) == [
            *("command", "seed", "false_alarm_bound", "holds", "verdicts", "skipped"),
        ]
        assert (document["command"], document["seed"], document["holds"]) == ("verify", 7, True)
        assert all(set(verdict) == VERDICT_KEYS for verdict in document["verdicts"])
        assert {verdict["check"] for verdict in document["verdicts"]} == {"definition", "jacobian"}
        assert list(tmp_path.iterdir()) == [path]

    def test_exact_verdicts_say_in_words_what_was_counted(self, tmp_path):
        path = tmp_path / "verdicts.json"
        lines = run("verify", "proofs", "definition", "--json", path).stdout.splitlines()
        steps = len(statements()["lag-weights"].proof)
        assert f"holds      proofs        lag-weights: {steps} steps, kernel-checked" in lines
        assert not [line for line in lines if "0 <= 0" in line]
        document = json.loads(path.read_text())
        assert document["verdicts"][0]["statistic"] == 0

    def test_the_same_seed_gives_the_same_verdicts(self):
        first, second, other = (run("verify", "jacobian", "--seed", seed).stdout for seed in (1, 1, 2))
        assert first == second != other

    def test_a_json_file_that_cannot_be_written_is_known_at_once(self, stub, tmp_path):
        stub(True)
        assert_bad_input(run("verify", "--json", tmp_path / "none" / "x.json"), "cannot write")
        assert_bad_input(run("verify", "--json", tmp_path), "directory")

    def test_a_result_with_too_many_random_verdicts_is_a_bug(self):
        with pytest.raises(AssertionError, match="at most 100"):
            outcome([Verdict("", "", True, 0.0, 0.5, 0.1)] * 101, 0)

    def test_checks_the_users_sequences(self, tmp_path):
        path = tmp_path / "x.npy"
        np.save(path, np.random.default_rng(0).normal(size=(2, 3, 2)).astype(np.float32))
        result = run("verify", "--inputs", path)
        assert result.exit_code == 0
        assert "N=2 T=3 n_x=2" in result.stdout

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (np.ones((2, 3)), ["(N, T, n)", "(2, 3)", "[None]"]),
            (np.full((1, 1, 1), np.nan), ["finite"]),
            (np.array([{}], dtype=object), ["pickle"]),
            (b"no array", ["not a .npy file"]),
            (b"", ["not a .npy file"]),
            (b"PK\x03\x04 cut short", ["archive"]),
            (npy("{'descr': ("), ["not a .npy file"]),
            (npy(header("<f8", (200, 200, 300_000))), ["not whole"]),
            (npy(header("<f8", (10**22, 1, 1))), ["not a .npy file"]),
            (npy(header("<f8", (0, 3, 1))), []),
            (np.full((1, 1, 1), np.longdouble("1e4000")), ["finite"]),
            (np.ones((1, 2, 1), complex), ["complex128"]),
            (None, ["cannot read", "No such file"]),
        ],
    )
    def test_unusable_sequences_are_bad_input(self, tmp_path, content, words):
        path = tmp_path / "x.npy"
        if isinstance(content, np.ndarray):
            np.save(path, content, allow_pickle=True)
        elif content is not None:
            path.write_bytes(content)
        assert_bad_input(run("verify", "--inputs", path), *words)

    def test_a_large_file_is_refused_unread(self, tmp_path):
        path = tmp_path / "x.npy"
        with path.open("wb") as file:
            file.write(npy(header("<f8", (10**6, 10**6, 1))))
            file.truncate(2**20 * 8 * 10**6)  # sparse
        assert_bad_input(run("verify", "--inputs", path), "T must be at most")

    def test_the_users_variances_are_tested_and_told(self, tmp_path):
        path, verdicts = tmp_path / "x.npy", tmp_path / "verdicts.json"
        np.save(path, np.ones((1, 4, 1)))
        arguments = ["--transition", "1.5", "--input", "1/4", "--output", "2", "--json", verdicts]
        result = run("verify", "--inputs", path, *arguments)
        assert result.exit_code == 0
        assert "nu_W=1.5, nu_F=0.25, nu_C=2" in result.stdout
        assert "nu_W=1.5, nu_F=0.25, nu_C=2" in verdicts.read_text()

    @pytest.mark.parametrize("transition", ["1e99", "1e-99"])
    def test_weights_out_of_range_are_bad_input(self, tmp_path, transition):
        path = tmp_path / "x.npy"
        np.save(path, np.ones((1, 4, 1)))
        assert_bad_input(run("verify", "--inputs", path, "--transition", transition), "variances", "1e100")

    @pytest.mark.parametrize("suffix", [".npz", ".csv"])
    def test_takes_other_files_of_sequences(self, tmp_path, suffix):
        path = tmp_path / f"x{suffix}"
        sequence = np.random.default_rng(0).normal(size=(4, 2))
        if suffix == ".csv":
            np.savetxt(path, sequence, delimiter=",", header="left,right", comments="")
        else:
            np.savez(path, sequence[None])
        result = run("verify", "--inputs", path)
        assert result.exit_code == 0
        assert "N=1 T=4 n_x=2" in result.stdout

    def test_a_missing_input_is_bad_input(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text('1\n""\n2\n')
        assert_bad_input(
            run("verify", "--inputs", path),
            f"{path}: must be finite, got 1 entry that is not finite, at [0, 1, 0]",
        )


class TestFigure:
    @pytest.fixture
    def quick(self, monkeypatch):
        monkeypatch.setattr(Check, "load", lambda self: partial(convergence.check, samples=2**8))  # noqa: ARG005

    @pytest.mark.parametrize(
        ("suffix", "magic"),
        [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")],
    )
    def test_is_drawn_in_the_format_of_its_suffix(self, quick, tmp_path, suffix, magic):  # noqa: ARG002
        path = tmp_path / f"figure{suffix}"
        assert run("verify", "convergence", "--figure", path).exit_code in (0, 3)  # 3: so few samples
        assert path.read_bytes().startswith(magic)
        assert list(tmp_path.iterdir()) == [path]

    def test_names_what_it_shows_and_is_the_same_again(self, quick, tmp_path):  # noqa: ARG002
        first, second = (tmp_path / name for name in ("a.svg", "b.svg"))
        for path in (first, second):
            run("verify", "convergence", "--figure", path)
        assert first.read_text() == second.read_text()
        for word in ("width n", "fluctuation", "off-diagonal mean", "bias", "3 standard errors"):
            assert word in first.read_text()

    def test_the_hints_name_what_there_is(self):
        """A package on the index, or an extra of this project from its checkout."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        assert [requirement.partition(">")[0] for requirement in extras["figures"]] == ["matplotlib"]
        assert [requirement.partition(">")[0] for requirement in extras["real-data"]] == ["nitime"]
        hint = re.compile(r"pip install [^\n]*linear-rnn-ntk\[")
        sources = [
            path for folder in ("derivations", "numeric", "verify") for path in (ROOT / folder).rglob("*.py")
        ]
        for path in [*ROOT.glob("*.md"), *sources]:
            assert not hint.search(path.read_text(encoding="utf-8")), path

    def test_without_matplotlib_the_error_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(figures, "find_spec", lambda name: None)  # noqa: ARG005
        assert_bad_input(run("verify", "convergence", "--figure", "x.svg"), *INSTALL)

    def test_where_matplotlib_keeps_its_fonts_is_not_told(self, tmp_path):
        (tmp_path / "home").write_text("no directory, so that nothing can be written there")
        code = (
            "from io import BytesIO\nfrom verify.figures import save_figure\n"
            "save_figure(lambda figure: None, BytesIO(), 'png')"
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("XDG", "MPL"))
        }
        environment |= {
            "HOME": str(tmp_path / "home"),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
        )
        assert (result.returncode, result.stderr) == (0, "")

    def test_a_file_without_a_name_is_told_so(self):
        for option in ("--json", "--figure", "--inputs"):
            assert_bad_input(run("verify", option, ""), option, "the name of the file is empty")
        assert_bad_input(run("experiment", "equivalence", "--json", ""), "--json", "empty")

    def test_a_file_that_cannot_be_written_is_known_at_once(self, tmp_path):
        path = tmp_path / "none" / "x.svg"
        assert_bad_input(run("verify", "convergence", "--figure", path), "cannot write")

    def test_no_figure_is_left_when_the_work_fails(self, monkeypatch, tmp_path):
        def check(seed, show, watch):  # noqa: ARG001
            raise RuntimeError

        monkeypatch.setattr(Check, "load", lambda self: check)  # noqa: ARG005
        assert run("verify", "convergence", "--figure", tmp_path / "x.svg").exit_code
        assert not list(tmp_path.iterdir())


class TestResultFiles:
    """Files that appear together or not at all, and never in the place of another without --force."""

    @pytest.fixture
    def two(self, tmp_path):
        """The results of an earlier run."""
        files = {"--json": tmp_path / "x.json", "--figure": tmp_path / "x.svg"}
        for path in files.values():
            path.write_text("old")
        return files

    def test_appear_when_the_work_is_done(self, tmp_path):
        paths = {"--json": tmp_path / "x.json", "--figure": tmp_path / "x.svg", "--other": None}
        with result_files(paths) as files:
            assert list(files) == ["--json", "--figure"]
            for option, file in files.items():
                file.write(option.encode())
            assert not paths["--json"].exists()
        assert [paths[option].read_text() for option in files] == list(files)
        assert len(list(tmp_path.iterdir())) == 2

    def test_are_left_alone_when_the_work_fails(self, two, tmp_path):
        for error in (RuntimeError, KeyboardInterrupt, BrokenPipeError):
            with pytest.raises(error), result_files(two, force=True) as files:  # noqa: PT012
                files["--json"].write(b"half")
                raise error
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    def test_that_exist_are_refused_before_the_work(self, two):
        with pytest.raises(BadInput, match=r"x\.json: the file exists; --force"), result_files(two):
            pytest.fail("the work began")

    def test_that_exist_are_replaced_with_force(self, two, tmp_path):
        two["--json"].chmod(0o640)
        with result_files(two, force=True) as files:
            files["--json"].write(b"new")
        assert two["--json"].read_text() == "new"
        assert two["--figure"].read_text() == ""
        assert two["--json"].stat().st_mode & 0o777 == 0o640
        assert len(list(tmp_path.iterdir())) == 2

    @pytest.mark.parametrize("links", [True, False])
    def test_that_appear_meanwhile_stay(self, tmp_path, monkeypatch, links):
        if not links:
            monkeypatch.setattr(type(tmp_path), "hardlink_to", no_links)
        first, second = tmp_path / "x.json", tmp_path / "x.svg"
        with (  # noqa: PT012
            pytest.raises(BadInput, match=r"x\.svg: a file of this name has appeared"),
            result_files({"--json": first, "--figure": second}) as files,
        ):
            files["--json"].write(b"new")
            second.write_text("another's")
        assert second.read_text() == "another's"
        assert list(tmp_path.iterdir()) == [second]

    @pytest.mark.parametrize("links", [True, False])
    def test_are_both_as_before_if_the_second_cannot_be_replaced(self, two, tmp_path, monkeypatch, links):
        if not links:
            monkeypatch.setattr(type(tmp_path), "hardlink_to", no_links)
        replace_ = type(tmp_path).replace

        def failing(path, target):
            if target == two["--figure"] and path.suffix != ".old":
                raise OSError(28, "No space left on device")
            return replace_(path, target)

        monkeypatch.setattr(type(tmp_path), "replace", failing)
        with pytest.raises(BadInput, match=r"x\.svg: No space"), result_files(two, force=True) as files:
            files["--json"].write(b"new")
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    @pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
    @pytest.mark.usefixtures("two")
    def test_neither_is_replaced_if_the_disk_is_full(self, tmp_path):
        code = (
            "import resource\nfrom pathlib import Path\nfrom verify.console import BadInput, result_files\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
            "files = {'--json': Path('x.json'), '--figure': Path('x.svg')}\n"
            "try:\n"
            "    with result_files(files, force=True) as memory: memory['--figure'].write(bytes(20_000))\n"
            "except BadInput as error: print(error)"
        )
        path = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=path
        )
        assert "cannot write" in result.stdout, result
        assert "x.svg" in result.stdout
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    def test_are_written_through_links_and_into_devices(self, tmp_path):
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_text("old")
        link.symlink_to(target)
        with result_files({"--json": link}, force=True) as files:
            files["--json"].write(b"new")
        assert link.is_symlink()
        assert target.read_text() == "new"
        null = type(tmp_path)(os.devnull)
        with result_files({"--json": null, "--figure": null}) as files:
            files["--json"].write(b"gone")
        assert not null.is_file()

    @pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
    def test_are_written_into_pipes(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
        with result_files({"--json": pipe}) as files:
            files["--json"].write(b"new")
        assert reader.communicate(timeout=60)[0] == b"new"

    def test_that_standard_output_goes_to_are_refused(self, tmp_path):
        path = tmp_path / "x"
        with path.open("w") as stdout:
            for name in (path, "/dev/stdout"):
                arguments = ["verify", "jacobian", "--json", str(name), "--force"]
                result = subprocess.run(
                    [sys.executable, "-m", "verify", *arguments],
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                assert result.returncode == 2
                assert "the same file as standard output" in result.stderr

    @pytest.mark.parametrize("arguments", [["verify", "definition"], ["experiment", "equivalence"]])
    def test_need_force_in_every_command(self, arguments, two):
        for option, path in two.items():
            if arguments[0] == "experiment" or option == "--json":
                assert_bad_input(run(*arguments, option, path), str(path), "--force")

    def test_are_forced_by_a_command(self, stub, two):
        stub(True)
        assert run("verify", "--json", two["--json"], "--force").exit_code == 0
        assert json.loads(two["--json"].read_text())["holds"] is True


def no_links(*_):
    raise OSError(95, "Operation not supported")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
class TestQuietEnds:
    def test_a_reader_that_leaves(self):
        writer = subprocess.Popen(
            [sys.executable, "-m", "verify", "derive"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer.stdout.close()
        assert writer.wait(60) == 141
        assert writer.stderr.read() == b""
        writer.stderr.close()

    @pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["table", "--help"]])
    def test_a_reader_that_leaves_before_the_help(self, arguments):
        reader, theirs = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "verify", *arguments]
        result = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, check=False)
        os.close(theirs)
        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
    def test_an_output_that_cannot_be_written(self, redirection):
        command = f"exec {shlex.quote(sys.executable)} -m verify derive {redirection}"
        result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        (line,) = result.stderr.splitlines()
        assert "standard output" in line

    def test_a_directory_that_is_gone_is_not_blamed_on_the_output(self, tmp_path):
        gone = tmp_path / "gone"
        gone.mkdir()
        path = shlex.quote(os.pathsep.join(filter(None, sys.path)))
        command = f"rmdir {gone}; PYTHONPATH={path} exec {sys.executable} -m verify verify --json x.json"
        result = subprocess.run(command, shell=True, cwd=gone, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert "cannot write x.json" in line

    def test_short_memory_is_one_line(self, monkeypatch):
        def check(seed, watch):  # noqa: ARG001
            raise MemoryError

        monkeypatch.setattr(Check, "load", lambda self: check)  # noqa: ARG005
        assert_bad_input(run("verify", "definition"), "memory")

    def test_an_interrupt_while_it_starts_is_silent(self):
        code = (
            "import sys\n"
            "class Interrupt:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name == 'typer': raise KeyboardInterrupt\n"
            "sys.meta_path.insert(0, Interrupt())\n"
            "from verify.__main__ import main\nmain()"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (130, "", "")

    def test_an_error_without_stderr_is_silent(self):
        command = f"exec {shlex.quote(sys.executable)} -m verify derive foo 2>&-"
        result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", "")

    def test_a_reader_that_leaves_is_not_blamed_on_the_file(self, tmp_path):
        writer = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition", "--json", tmp_path / "o.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer.stdout.close()
        assert writer.wait(60) == 141
        assert writer.stderr.read() == b""
        writer.stderr.close()

    def test_a_pipe_gets_no_bar_whatever_the_environment(self):
        result = subprocess_run("verify", "definition", env=os.environ | {"FORCE_COLOR": "1"})
        assert (result.returncode, result.stderr) == (0, "")
        assert " s." not in result.stdout

    def test_a_terminal_shows_progress_and_a_pipe_gets_plain_lines(self):
        terminal, shown = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition"],
            stdout=subprocess.PIPE,
            stderr=shown,
            text=True,
        )
        os.close(shown)
        lines, _ = process.communicate(timeout=60)
        progress = os.read(terminal, 100_000).decode()
        os.close(terminal)
        assert len(lines.splitlines()) == 3
        assert "\x1b" not in lines
        assert CHECKS["definition"].compares[:20] in progress

    def test_an_interrupt(self, tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-m", "verify", "verify", "definition", "finite-width", "--json", "x.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"},
            # a shell's background jobs ignore the signal, and so would their children
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert "definition" in process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert not list(tmp_path.iterdir())
