"""``check`` on the command line: statuses, files of claims, JSON, errors of one line."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from verify.claims.documents import Found, claims_in, of_latex, of_text
from verify.cli import app

PROVED = "rho(i+1) = nu_W rho(i) + nu_C nu_F nu_W^i"
REFUTED = "rho(0) = nu_C"
UNDECIDED = "sum(binom(i,k), k, 0, i) = 2^i"


def run(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)], prog_name="linear-rnn-ntk")


@pytest.mark.parametrize(("claim", "status"), [(PROVED, 0), (REFUTED, 1), (UNDECIDED, 3)])
def test_statuses(claim, status):
    result = run(claim)
    assert result.exit_code == status
    word = {0: "proved", 1: "refuted", 3: "undecided"}[status]
    assert result.stdout.startswith(f"{word}: {claim}\n")


def test_shows_the_counterexample():
    assert "left 2, right 1" in run("rho(0) = 1 for nu_C = 1, nu_F = 1").stdout


def test_takes_a_network():
    assert run("rho(i) = (2+i) 3^(-i)/3", "--network", "torch").exit_code == 0
    assert run("rho(i) = (2+i) 3^(-i)", "--network", "torch").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rho(i) = "], ["column 9", "expected a number"]),
        (["rho(i) = foo"], ["unknown name 'foo'"]),
        ([], ["CLAIM", "--file"]),
        ([PROVED, "--file", "x.txt"], ["not both"]),
        (["--file", "missing.txt"], ["missing.txt", "No such file"]),
        ([PROVED, "--network", "leeky(1)"], ["did you mean leaky"]),
        (["nu_W = 1", "--network", "stack(0.5, 0.5)"], ["nu_W", "no number of this network"]),
        (["rho(1) = 2", "--network", "leaky(0.5, 0.5)"], ["no lag weights"]),
        (["rho(i) = 2 for nu_W < 0"], ["nothing satisfies"]),
    ],
)
def test_bad_input_is_one_line(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert all(word in line for word in words)


def test_a_file_of_claims_becomes_a_table(tmp_path, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    file = tmp_path / "claims.txt"
    file.write_text(f"# of section 2\n{PROVED}\n\n{REFUTED}  # wrong\n")
    result = run("--file", file)
    assert result.exit_code == 1
    one, other = result.stdout.splitlines()
    assert one.startswith("proved ")
    assert other.startswith("refuted ")
    assert "left" in other


def test_json_is_stable(tmp_path):
    target = tmp_path / "out.json"
    assert run(REFUTED, "--json", target).exit_code == 1
    report = json.loads(target.read_text())
    assert run(REFUTED, "--json", "-").stdout == target.read_text()
    assert set(report) == {"network", "verdicts"}
    (verdict,) = report["verdicts"]
    assert list(verdict) == [
        "claim",
        "where",
        "status",
        "steps",
        "provided",
        "counterexample",
        "confirmed_by",
        "held",
        "error",
    ]
    assert verdict["counterexample"] == {"values": {"nu_C": "1", "nu_F": "1"}, "left": "2", "right": "1"}
    assert run(REFUTED, "--json", target).exit_code == 2  # it exists


def test_help_imports_no_library_of_claims():
    code = (
        "import sys\nfrom verify.__main__ import main\nsys.argv[1:] = ['check', '--help']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "heavy = {'sympy', 'scipy', 'pandas', 'numpy', 'flint', 'lark', 'z3'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


class TestDocuments:
    def test_a_text_has_one_a_line(self):
        found = of_text("# first\nrho(0) = s # trivial\n\n  rho(1) = 2\n")
        assert found == [Found("rho(0) = s", "line 2"), Found("rho(1) = 2", "line 4")]

    def test_of_latex_the_marked_equations_are_taken(self):
        text = r"""
        \begin{equation}\label{claim:weights}
          \rho_i = s \nu_W^i + i p \nu_W^{i-1}.  % as in the paper
        \end{equation}
        \[ \rho_0 = 17 \]
        % check
        \begin{align*}
          \rho_0 &= \nu_C + \nu_F, \\
          \sum_{k=0}^{1} \rho_k &= \rho_0 + \rho_1 \\
            &= \rho_0 (1 + \nu_W) + p.
        \end{align*}
        """
        assert [" ".join(one.text.split()) for one in of_latex(text)] == [
            r"\rho_i = s \nu_W^i + i p \nu_W^{i-1}",
            r"\rho_0 &= \nu_C + \nu_F",
            r"\sum_{k=0}^{1} \rho_k &= \rho_0 + \rho_1",
            r"\sum_{k=0}^{1} \rho_k &= \rho_0 (1 + \nu_W) + p",
        ]

    def test_a_file_without_claims_is_refused(self, tmp_path):
        file = tmp_path / "draft.tex"
        file.write_text(r"\[ \rho_0 = 17 \]")
        with pytest.raises(ValueError, match="no claim"):
            claims_in(file)
        file.write_bytes(b"\xff\xfe")
        with pytest.raises(ValueError, match="UTF-8"):
            claims_in(file)

    def test_a_draft_is_checked(self, tmp_path):
        file = tmp_path / "draft.tex"
        file.write_text("% check\n\\[ \\rho_1 = \\rho_0 \\nu_W + \\nu_C\\nu_F \\]\n")
        assert run("--file", file).exit_code == 0

    def test_remarks_and_what_is_shown_as_it_stands_are_no_claims(self):
        text = "\n".join(
            [
                r"% \begin{equation}\label{claim:old} \rho_0 = 5 \end{equation}",
                r"\begin{verbatim}",
                r"\begin{equation}\label{claim:shown} \rho_0 = 5 \end{equation}",
                r"\end{verbatim}",
                r"\begin{equation}\label{claim:new}\begin{split}",
                r"\rho_0 &= s \nonumber \\ &= \nu_C + \nu_F \tag{1}",
                r"\end{split}\end{equation}",
            ]
        )
        assert [(one.where, one.text) for one in of_latex(text)] == [
            ("line 5, claim:new", r"\rho_0 &= s"),
            ("line 5, claim:new", r"\rho_0 &= \nu_C + \nu_F"),
        ]

    @pytest.mark.parametrize(
        ("display", "claims"),
        [
            (
                r"\begin{align} \rho_1 &= s \nu_W \\ &\quad + p \\ &= p + s \nu_W \end{align}",
                [r"\rho_1 &= s \nu_W &\quad + p", r"\rho_1 &= p + s \nu_W"],
            ),
            (
                r"\begin{multline} \rho_1 = s \nu_W \\ + p \\ = 2 \end{multline}",
                [r"\rho_1 = s \nu_W + p = 2"],
            ),
            (r"\begin{align*} \rho_1 &= s \\ &\phantom{=} {} - p \end{align*}", [r"\rho_1 &= s & - p"]),
            (r"\begin{align*} &\rho_1 \\ &= s + p \end{align*}", [r"&\rho_1 &= s + p"]),
            (
                r"\begin{align*} \rho_1 &= s \\ &\sum_{k=0}^1 k \\ -\rho_0 &= -s \end{align*}",
                [r"\rho_1 &= s &\sum_{k=0}^1 k", r"-\rho_0 &= -s"],
            ),
            (
                r"\begin{gather} \rho_1 = s \\ - p \\ \rho_0 = s \end{gather}",
                [r"\rho_1 = s - p", r"\rho_0 = s"],
            ),
            (r"\begin{align} a &\to b \\ &-> c \,. \end{align}", [r"a &\to b", "a &-> c"]),
            (
                r"\[ \begin{split} \rho_1 &= s \\[1ex] &+ p = p + s \end{split} \]",
                [r"\rho_1 &= s &+ p = p + s"],
            ),
        ],
    )
    def test_a_line_that_goes_on_with_the_one_before(self, display, claims):
        assert [one.text for one in of_latex(f"% check\n{display}")] == claims

    def test_what_begins_no_display(self):
        text = "a \\\\[1ex] b\n\n% check\n\n$$ x = 1 $$\n% check\n $$ s = 1 $$ $$ s = 2 $$"
        assert of_latex(text) == [Found("s = 1", "line 7")]

    @pytest.mark.parametrize(
        "part",
        [
            "x",
            r"\[ x ",
            "$$",
            r"\begin{equation}",
            r"\begin{verbatim} ",
            "$$ s $$ ",
            r"\\[ ",
            "% check\n",
            "= 1 {",
        ],
    )
    def test_long_drafts_are_read(self, part):
        claim = "\n% check\n\\begin{align} s = 1 \\end{align}\n"
        long = part * (10**6 // len(part) // 2 * 2)
        assert of_latex(claim + long)[:1] == [Found("s = 1", "line 3")]
        assert of_latex(f"{claim[:-13]}{long}{claim[-13:]}")

    def test_a_mark_of_byte_order_is_no_part_of_a_claim(self, tmp_path):
        file = tmp_path / "claims.txt"
        file.write_bytes(b"\xef\xbb\xbfrho(0) = s\n")
        assert claims_in(file) == [Found("rho(0) = s", "line 1")]

    def test_what_cannot_be_read_stops_no_other(self, tmp_path):
        file = tmp_path / "claims.txt"
        file.write_text(f"{PROVED}\nrho(i) = foo\n{REFUTED}\n")
        result = run("--file", file, "--json", "-")
        assert result.exit_code == 2
        found = json.loads(result.stdout)["verdicts"]
        assert [(one["status"], one["where"]) for one in found] == [
            ("proved", "line 1"),
            ("unread", "line 2"),
            ("refuted", "line 3"),
        ]
        assert "unknown name 'foo'" in found[1]["error"]
        assert "unread" in run("--file", file).stdout


@pytest.mark.parametrize("framework", ["torch", "keras", "flax"])
@pytest.mark.parametrize("claim", ["n Var[Theta(0,0)] -> 4/9", "E[Theta(2,2)] = 11/54 for n = 2"])
def test_laws_of_entries_that_are_not_gaussian_are_not_known(framework, claim):
    result = run(claim, "--network", framework)
    assert result.exit_code == 2
    assert "not Gaussian" in result.stderr


def test_an_arrow_is_the_limit_of_infinite_width():
    result = run("rho(i) -> 0 for nu_W < 1")
    assert result.exit_code == 2
    assert "as the width n grows" in result.stderr
