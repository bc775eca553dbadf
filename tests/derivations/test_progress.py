"""Long exact computations: a sign of life on a terminal, nothing elsewhere."""

import io
import re
import sys

from derivations import exact_mean, exact_variance, lag_kernel, moment, moments, stein
from derivations.progress import counted


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch):
    """What stderr is from now on; not a fixture, since pytest puts its own stderr back before the test."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "__stderr__", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return stream


def shown(stream):
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", stream.getvalue())


def test_a_long_moment_says_how_much_is_expected_and_done(monkeypatch):
    stream = terminal(monkeypatch)
    monkeypatch.setattr(moments, "_PATIENCE", 10)
    monkeypatch.setattr(stein, "_memory", {})
    assert moment("W^5 W'^5")
    assert re.search(r"of about \d\d products of traces", shown(stream))


def test_leading_terms_say_how_many_steps_are_done(monkeypatch):
    stream = terminal(monkeypatch)
    monkeypatch.setattr(moments, "_PATIENCE", 10)
    assert moment("W^5 W'^5", terms=2)
    assert re.search(r"\d\d of at most 4,194,304 steps", shown(stream))


def test_a_short_one_says_nothing(monkeypatch):
    stream = terminal(monkeypatch)
    assert moment("W^5 W'^5")
    assert moment("W^5 W'^5", terms=1)
    assert stream.getvalue() == ""


def test_nothing_is_shown_where_stderr_is_no_terminal(capsys):
    with counted("words", 10**6, least=1) as advance:
        advance()
    assert capsys.readouterr() == ("", "")


def test_a_program_that_has_replaced_stderr_has_the_terminal_to_itself(monkeypatch):
    stream = terminal(monkeypatch)
    monkeypatch.setattr(sys, "__stderr__", Terminal())
    with counted("words", 10**6, least=1) as advance:
        advance()
    assert stream.getvalue() == ""


def test_closed_stderr_is_no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with counted("words", 10**6, least=1) as advance:
        advance()


def test_exact_means_and_variances_show_their_progress(monkeypatch):
    stream = terminal(monkeypatch)
    monkeypatch.setattr("derivations.lag_kernel._PATIENCE", 1)
    monkeypatch.setattr("derivations.exact_kernel._PATIENCE", 1)
    lag_kernel.expected_share.cache_clear()
    exact_mean(2, 2)
    assert "terms of E Theta_2,2" in shown(stream)
    exact_variance(1, 1)
    assert "pairs of terms of a covariance" in shown(stream)
