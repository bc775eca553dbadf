"""Claims about expectations of traces of words, against the exact polynomials."""

import pytest
import sympy

from derivations.matrix_expressions import Letter, Trace
from derivations.word_moments import decide_moment

C, W, F = map(Letter, "CWF")
W_, F_, C_ = W.T, F.T, C.T
j, n = sympy.symbols("j n")


def test_a_moment_is_proved_or_refuted_at_the_least_width():
    variance = sympy.Symbol("nu_W")
    assert decide_moment(Trace(W**2 * W_**2), variance**2 * (n**3 + 2 * n)).status == "equal"
    assert decide_moment(Trace(W**3 * W_**3), variance**3 * (n**4 + 10 * n**2 + 4 * n)).status == "equal"
    found = decide_moment(Trace(W**3 * W_**3), variance**3 * (n**4 + 10 * n**2 + 4)).counterexample
    assert (found.sizes, found.left, found.right) == ((("n", 2),), ((64,),), ((60,),))
    wrong = decide_moment(Trace(W * W_), variance**2 * n**2).counterexample
    assert (wrong.sizes, wrong.parameters) == ((("n", 1),), (("nu_W", 2),))


def test_a_moment_of_several_traces_and_of_all_letters():
    nu_W, nu_F, nu_C, n_x, n_y = sympy.symbols("nu_W nu_F nu_C n_x n_y")
    assert decide_moment(Trace(W * W_) * Trace(F_ * F), n**3 * n_x * nu_F * nu_W).status == "equal"
    assert decide_moment(Trace(C * W * W_ * C_) - Trace(W**0), n**2 * n_y * nu_C * nu_W - n).status == "equal"
    assert decide_moment(Trace(W), 0).status == "equal"
    with pytest.raises(ValueError, match="an expectation is of a number"):
        decide_moment(W * W_, n)
    with pytest.raises(ValueError, match="exponents must be integers here, got j"):
        decide_moment(Trace(W**j), 0)
