"""``verify`` as a command: statuses, verdicts in JSON, the user's sequences, and the figure."""

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from commandline import assert_bad_input, run

from derivations import statements
from verify import figures
from verify.checks import CHECKS, Check, convergence
from verify.commands.verify import outcome
from verify.statistics import Verdict

ROOT = Path(__file__).parents[2]
INSTALL = ("pip install matplotlib", "pip install '.[figures]'")
VERDICT_KEYS = {"check", "name", "holds", "statistic", "p_value", "threshold", "detail"}


def header(descr, shape):
    return repr({"descr": descr, "fortran_order": False, "shape": shape})


def npy(head):
    """A .npy file with this header and no data."""
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode()


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

    def test_a_file_that_exists_is_replaced_with_force(self, stub, tmp_path):
        stub(True)
        path = tmp_path / "x.json"
        path.write_text("old")
        assert run("verify", "--json", path, "--force").exit_code == 0
        assert json.loads(path.read_text())["holds"] is True

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
