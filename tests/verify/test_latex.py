"""The helper that compiles with a real LaTeX sees what is wrong on paper."""

import pytest
from latex import Complaints, compiled, needs_latex

pytestmark = needs_latex

FAULTS = {
    "errors": r"$\frac{1$",
    "overfull": r"\[" + "+".join(["mmmm"] * 20) + r"\]",
    "undefined": r"see \ref{nowhere}",
    "missing": r"\char200",
}


def test_nothing_to_complain_of():
    assert compiled(r"A $\rho_i \le 1$.\label{here} See \ref{here}.") == Complaints((), (), (), ())


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_seen(kind):
    seen = compiled(FAULTS[kind])
    assert getattr(seen, kind)
    assert not seen.sound()


def test_a_letter_that_latex_does_not_know_is_an_error():
    assert compiled("\N{GREEK SMALL LETTER RHO}").errors
