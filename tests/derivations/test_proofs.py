"""The shape of a proof: its definitions, its steps, and the status that follows from them."""

from dataclasses import replace

import pytest
import sympy
from sympy import And, Dummy, Eq, Indexed, Ne, Sum, Symbol, oo, symbols

from derivations.proof import ProofError
from derivations.rules import argument, conjecture, definition, evidence, identity, induction, lemma, logic
from derivations.theorems.model import equation
from tests.derivations.proofs import fails, holds, statement

x, y, w, K = symbols("x y w K")
i, j, k, m, t = symbols("i j k m t")
a, b = sympy.IndexedBase("a"), sympy.IndexedBase("b")


class TestDefinition:
    @pytest.mark.parametrize(
        ("formula", "match"),
        [
            (Eq(x + y, 1, evaluate=False), "defines no name"),
            (x <= y, "defines no name"),
            (equation(K, K + 1), "by itself"),
            (equation(a[t], a[t + 1]), "by itself"),
            (equation(a[t], 1 - a[t]), "by itself"),
            (equation(a[i], j), "by j, which it does not name"),
            (And(equation(a[t], 1), equation(a[0], 2)), "which may be the same"),
            (And(equation(K, 1), equation(K, 2)), "which may be the same"),
            (equation(a[i, i], 1), "every argument is to be an index"),
            (equation(a[2 * i], 1), "every argument is to be an index"),
            (And(equation(a[0], 1), equation(a[t + 1], a[t + 1] + 1)), "by itself"),
            (And(equation(K, x), equation(y, K + y)), "by itself"),
            (And(equation(K, y), equation(y, K + 1)), "by itself"),
            (And(equation(a[t], b[t + 1]), equation(b[t + 1], a[t] + 1)), "by itself"),
            (And(equation(a[0], 0), equation(a[t + 1], 1 + Sum(a[t], (t, 1, 1)))), "by itself"),
            (equation(K, 1 / x), "not seen to be a real number"),
            (equation(K, sympy.sqrt(x)), "not seen to be a real number"),
            (equation(K, oo), "not seen to be a real number"),
            (equation(K, sympy.I), "not seen to be a real number"),
            (equation(a[t], t * x ** (t - 1)), None),
            (And(equation(a[t + 1], b[t]), equation(b[t + 1], a[t])), None),
            (And(equation(a[0], 1), equation(a[t + 1], b[t])), None),
            (And(equation(a[0, j], 1), equation(a[i + 1, 0], 2), equation(a[i + 1, j + 1], a[i, j])), None),
        ],
    )
    def test_a_definition_defines(self, formula, match):
        steps = definition("d", "", formula), argument("s", "", equation(x, y), ["d"])
        if match is None:
            assert holds(*steps)
        else:
            fails(*steps, match=match)

    def test_a_recursion_may_raise_later_arguments(self):
        grows = definition("a", "", And(equation(a[0, k], k), equation(a[m + 1, k], a[m, k + 1])))
        assert holds(grows, induction("s", "", equation(a[m, k], m + k), m, ["a"]))
        for circle in (a[m + 1, k], a[m + 1, k + 1], a[m + 2, k]):
            wrong = And(equation(a[0, k], k), equation(a[m + 1, k], circle))
            fails(
                definition("a", "", wrong), identity("s", "", equation(a[0, k], k), ["a"]), match="by itself"
            )

    def test_a_name_has_one_meaning(self):
        used = statement(lemma("l", "", equation(K, x)), name="used")
        again = definition("d", "", equation(K, y)), identity("s", "", equation(x, y), ["d", "used"])
        fails(*again, uses=(used,), match="defines K, which has a meaning already")
        as_index = identity("s", "", equation(K, x), ["used"])
        fails(as_index, uses=(used,), indices=(K,), match="K is an index, and has a meaning in used")
        twice = definition("1", "", equation(K, x)), definition("2", "", equation(K, y))
        fails(*twice, identity("s", "", equation(x, y), ["1", "2"]), match="which has a meaning already")

    def test_a_name_has_the_meaning_of_what_is_used_however_deep(self):
        two = statement(definition("y", "", equation(y, 2)), name="two")
        one = definition("K", "", equation(K, 1)), identity("s", "", equation(y, K + 1), ["two", "K"])
        successor = statement(*one, uses=(two,), name="successor")
        double = statement(
            identity("s", "", equation(2 * y, 2 * K + 2), ["successor"]), uses=(successor,), name="double"
        )
        again = definition("K", "", equation(K, 5)), identity("1", "", equation(12, 2 * y), ["double", "K"])
        wrong = *again, identity("s", "", equation(12, 4), ["1", "two"])
        fails(*wrong, uses=(double, two), match="defines K, which has a meaning already")
        first, second = (statement(definition("a", "", equation(a[i], at)), name=f"a{at}") for at in (1, 2))
        both = identity("s", "", equation(2 * a[0], 2), ["a1", "a2"])
        fails(both, uses=(first, second), match="means one thing in a1, another in a2")

    def test_what_varies_is_no_number(self):
        square = definition("K", "", Eq(K, w**2))
        slope = statement(identity("s", "", equation(sympy.Derivative(K * w, w), K)), name="slope")
        claim = equation(w**2, sympy.Derivative(K * w, w))
        fails(square, identity("s", "", claim, ["slope", "K"]), uses=(slope,), match="K has a meaning")
        both = slope, statement(square, name="square")
        fails(identity("s", "", claim, ["slope", "square"]), uses=both, match="K has a meaning")


class TestShape:
    def test_the_last_step_claims_the_formula(self):
        true = statement(identity("s", "", equation(x, x + 0 * y)))
        with pytest.raises(ProofError, match="does not establish the formula"):
            replace(true, formula=equation(x, y)).check_steps()
        conditional = identity("s", "", equation(K, 1), ["1"], given=[x > 0])
        fails(lemma("1", "", equation(K, 1)), conditional, match="does not establish")

    def test_every_step_and_every_statement_used_is_needed(self):
        idle, last = lemma("idle", "", equation(K, x)), identity("s", "", equation(x, x))
        fails(idle, last, match="step 'idle' is needed by no other")
        fails(last, uses=(statement(idle, name="used"),), match="used is used by no step")

    def test_what_is_named_is_there(self):
        fails(identity("s", "", equation(x, x), ["gone"]), match="uses 'gone', which is no earlier step")
        later = identity("1", "", equation(x, x), ["s"]), identity("s", "", equation(y, y), ["1"])
        fails(*later, match="uses 's', which is no earlier step")

    def test_names_are_unique_and_so_are_symbols(self):
        twice = identity("s", "", equation(x, x)), identity("s", "", equation(y, y))
        fails(*twice, match="two steps are called 's'")
        positive = Symbol("x", positive=True)
        fails(identity("s", "", equation(x, positive)), match="two symbols are called x")
        fails(identity("s", "", equation(positive, positive)), match="of x something is assumed")
        fails(identity("s", "", equation(i, Dummy("i"))), match="two symbols are called i")
        known = lemma("1", "", equation(K, x))
        odd = identity("2", "", equation(K, x), ["1"], given=[Ne(positive, 1)])
        fails(known, odd, logic("s", "", equation(K, x), ["2"]), match="two symbols are called x")

    def test_a_claim_is_a_relation(self):
        fails(identity("s", "", x + y), match="which is no relation")
        fails(identity("s", "", 7), match="which is no relation")

    def test_cases_are_of_the_statements_formula(self):
        true = identity("s", "", equation(Indexed("a", i), w**i), ["1"])
        known = lemma("1", "", equation(Indexed("a", i), w**i))
        seen = evidence("e", "", lambda formula: [("at 2", formula.rhs.subs(i, 2) - w**2)])
        assert holds(known, true, seen)
        off = evidence("e", "", lambda formula: [("at 2", formula.rhs.subs(i, 2) - w**3)])
        fails(known, true, off, match="step 'e': at 2: ")
        for nothing in (None, 1.0, "yes"):
            odd = evidence("e", "", lambda _, value=nothing: [("case", value)])
            fails(known, true, odd, match="is neither an expression nor a truth value")
        fails(known, true, evidence("e", "", lambda _: [("case", False)]), match="case: not true")


class TestStatus:
    def test_it_follows_from_the_steps(self):
        true, cited = identity("s", "", equation(x, x)), lemma("l", "", equation(K, x))
        seen = evidence("e", "", lambda _: [("case", True)])
        guess = conjecture("g", "", lambda _: [("case", True)])
        prose = argument("p", "", equation(K, x), ["l"])
        assert statement(true, seen).status == "derived"
        assert statement(cited).status == statement(cited, seen).status == "cited"
        assert statement(cited, prose).status == "argued"
        assert statement(seen).status == statement(true, guess).status == "checked"

    def test_it_follows_from_what_is_used(self):
        true = identity("s", "", equation(K, x), ["used"])
        prose = statement(argument("p", "", equation(K, x)), name="used")
        guess = statement(conjecture("g", "", lambda _: [("case", True)]), name="used")
        cited = statement(lemma("l", "", equation(K, x)), name="used")
        assert statement(true, uses=(prose,)).status == "argued"
        assert statement(true, uses=(prose,)).arguments() == {"used": ("p",)}
        assert statement(true, uses=(guess,)).status == "checked"
        assert statement(true, uses=(cited,)).status == "derived"

    def test_a_failing_statement_that_is_used_fails_its_users(self):
        broken = statement(identity("broken", "", equation(K, 2 * x)), name="below")
        with pytest.raises(ProofError, match="below: step 'broken'"):
            statement(identity("s", "", equation(K, 2 * x), ["below"]), uses=(broken,)).check()

    def test_what_the_kernel_has_accepted_is_taken_for_granted(self, monkeypatch):
        broken = statement(identity("broken", "", equation(K, 2 * x)), name="below")
        above = statement(identity("s", "", equation(K, 2 * x), ["below"]), uses=(broken,))
        monkeypatch.setattr("derivations.kernel.accepted", lambda _: True)
        above.check()
        assert [*above.foundations()] == ["below", above.name]
        with pytest.raises(ProofError, match="below: step 'broken'"):
            broken.check()

    def test_two_statements_of_one_name_are_not_taken_for_one_another(self):
        false = statement(identity("s", "", equation(K, 2 * x)), name="below")
        true = statement(identity("s", "", equation(K, K)), name="below")
        between = statement(identity("s", "", equation(K, 2 * x), ["below"]), uses=(false,), name="between")
        above = statement(identity("s", "", equation(K, 2 * x), ["between", "below"]), uses=(between, true))
        with pytest.raises(ProofError, match="two statements are called below"):
            above.check()
