"""Claims: what is true is proved, what is false refuted where it fails, and nothing else is said of any."""

import re
import time
from contextlib import suppress
from fractions import Fraction

import pytest
from claims_corpus import FALSE, TRUE
from flint import arb, ctx, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from numeric import Variances
from verify import check_claim
from verify.claims.matrices import is_of_matrices
from verify.claims.networks import theory_of
from verify.claims.reading import INDICES, ClaimError, read_claim
from verify.claims.second_route import number_at, setting
from verify.claims.syntax import (
    Call,
    Differential,
    Limit,
    Name,
    Number,
    Plus,
    Power,
    Sum,
    Times,
    Transposed,
)
from verify.specifications import read_network


def named(corpus):
    return [pytest.param(*entry, id=f"{entry[0]}: {entry[1]}" if entry[0] else entry[1]) for entry in corpus]


class TestCorpus:
    def test_is_large_enough_and_without_repetition(self):
        assert len(TRUE) >= 80
        assert len(FALSE) >= 80
        assert len({*TRUE, *FALSE}) == len(TRUE) + len(FALSE)

    @pytest.mark.parametrize(("network", "text"), named(TRUE))
    def test_what_is_true_is_proved(self, network, text):
        verdict = check_claim(text, network)
        assert verdict.status == "proved"
        assert verdict.steps
        assert verdict.confirmed_by

    @pytest.mark.parametrize(("network", "text"), named(FALSE))
    def test_what_is_false_is_refuted_where_it_fails(self, network, text):
        verdict = check_claim(text, network)
        assert verdict.status == "refuted"
        claim, found = verdict.claim, verdict.counterexample
        if is_of_matrices(claim.left):
            sides = [evaluated(side, found.values) for side in (claim.left, claim.right)]
            assert [shown(side) for side in sides] == [found.left, found.right]
            assert sides[0] != sides[1]
            return
        left, right = Fraction(found.left), Fraction(found.right)
        assert not holds(claim.relation, left, right)
        for exact, again in zip((left, right), by_numeric(claim, network, found.values), strict=True):
            apart = again - fmpq(exact.numerator, exact.denominator)
            assert apart.contains(0) if isinstance(apart, arb) else apart == 0


def holds(relation, left, right):
    relations = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return {**relations, "=": left == right, "->": left == right, "!=": left != right}[relation]


def by_numeric(claim, network, values):
    """Both sides, from the weights and means that numeric computes."""
    at = {name: Fraction(x) for name, x in values.items()}
    if network is None:
        parts = [at.get(f"nu_{letter}", Fraction(1)) for letter in "WFC"]
        from numeric import Rates

        model = Variances(*parts, rates=Rates(*(at.get(f"eta_{letter}", Fraction(1)) for letter in "WFC")))
    else:
        model = theory_of(network).model or read_network(network)
    indices = {name: int(x) for name, x in at.items() if name in INDICES}
    numbers = {name: fmpq(x.numerator, x.denominator) for name, x in at.items() if name not in INDICES}
    left = Limit(claim.left, "n", Name("oo")) if claim.relation == "->" else claim.left
    before, ctx.prec = ctx.prec, 256
    try:
        return [number_at(side, setting(model, numbers, indices)) for side in (left, claim.right)]
    finally:
        ctx.prec = before


class Dual:
    """A matrix of fractions and its derivative along the matrices that dW and so on are."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return Dual(plus(self.value, other.value), plus(self.slope, other.slope))

    def __mul__(self, other):
        if len(self.value[0]) != len(other.value):  # a number
            one, many = (self, other) if len(self.value) == len(self.value[0]) == 1 else (other, self)
            x, dx = one.value[0][0], one.slope[0][0]
            scaled = [[x * e for e in row] for row in many.value]
            return Dual(
                scaled,
                plus(
                    [[x * e for e in row] for row in many.slope],
                    [[dx * e for e in row] for row in many.value],
                ),
            )
        return Dual(
            dot(self.value, other.value), plus(dot(self.value, other.slope), dot(self.slope, other.value))
        )


def plus(one, other):
    return [[a + b for a, b in zip(r, s, strict=True)] for r, s in zip(one, other, strict=True)]


def dot(one, other):
    return [
        [
            sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0))
            for column in zip(*other, strict=True)
        ]
        for row in one
    ]


def evaluated(node, values):
    """A side of an identity between matrices, at the matrices of a counterexample."""
    return dual(node, values, dict(values)).value


def shown(matrix):
    return f"[{', '.join('[' + ', '.join(map(str, row)) + ']' for row in matrix)}]"


def matrix(name, values):
    sizes = {"C": ("n_y", "n"), "W": ("n", "n"), "F": ("n", "n_x")}[name[-1]]
    if name in values:
        rows = re.findall(r"\[([^\[\]]*)\]", values[name])
        return [[Fraction(x) for x in row.split(",")] for row in rows]
    rows, columns = (int(values.get(size, 1)) for size in sizes)
    return [[Fraction(0)] * columns for _ in range(rows)]


def dual(node, values, at):
    match node:
        case Number(value):
            return Dual([[value]], [[Fraction(0)]])
        case Name("W" | "F" | "C" as name):
            return Dual(matrix(name, values), matrix(f"d{name}", values))
        case Name(name):
            return Dual([[Fraction(at[name])]], [[Fraction(0)]])
        case Differential(Name(name)):
            own = matrix(f"d{name}", values)
            return Dual(own, [[Fraction(0)] * len(own[0])] * len(own))
        case Differential(body):
            found = dual(body, values, at)
            return Dual(found.slope, found.slope)
        case Transposed(body):
            found = dual(body, values, at)
            return Dual(
                *([list(row) for row in zip(*part, strict=True)] for part in (found.value, found.slope))
            )
        case Plus(terms):
            first, *rest = (dual(term, values, at) for term in terms)
            for term in rest:
                first = first + term
            return first
        case Times(factors):
            first, *rest = (dual(factor, values, at) for factor in factors)
            for factor in rest:
                first = first * factor
            return first
        case Power(base, exponent):
            times = dual(exponent, values, at).value[0][0]
            base = dual(base, values, at)
            size = len(base.value)
            power = Dual(
                [[Fraction(int(r == c)) for c in range(size)] for r in range(size)],
                [[Fraction(0)] * size for _ in range(size)],
            )
            for _ in range(int(times)):
                power = power * base
            return power
        case Call("L", (lag,)):
            return dual(Times((Name("C"), Power(Name("W"), lag), Name("F"))), values, at)
        case Sum(body, index, first, last):
            ends = [int(dual(end, values, at).value[0][0]) for end in (first, last)]
            terms = [dual(body, values, {**at, index: k}) for k in range(ends[0], ends[1] + 1)]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total
    raise AssertionError(node)


class TestConventions:
    """0^0 is 1, 0 times a power of 0 is 0, an empty sum is 0; without a value nothing is claimed."""

    @pytest.mark.parametrize(
        ("text", "provided"),
        [
            ("rho(0) = s + 0 nu_W^(-1)", ("nu_W != 0",)),
            ("i nu_W^(i-1) = i nu_W^i / nu_W", ("nu_W != 0",)),
            ("nu_W^i nu_W^(-1) = nu_W^(i-1)", ("nu_W != 0",)),
            ("sum(rho(k), k, 0, i-1) = 0 for i = 0", ()),
            ("total = s/(1-nu_W) + p/(1-nu_W)^2", ("nu_W < 1",)),
            ("G(z) = s/(1-nu_W z) + p z/(1-nu_W z)^2 for |nu_W z| < 1", ()),
            ("rho(i) = 2 nu_W rho(i-1) - nu_W^2 rho(i-2)", ("i >= 2",)),
            ("nu_W/nu_W = 1", ("nu_W != 0",)),
            ("nu_W/nu_W = 1 for nu_W > 0", ()),
            ("nu_W^(i-1) nu_W = nu_W^i", ("nu_W != 0 where i - 1 < 0",)),
            ("i nu_W^(i-1) nu_W = i nu_W^i", ()),
        ],
    )
    def test_says_what_it_provides(self, text, provided):
        verdict = check_claim(text)
        assert verdict.status == "proved"
        assert verdict.provided == provided

    @pytest.mark.parametrize(
        "text",
        [
            "1/0 = 1",
            "rho(-1) = 0",
            "rho(1/2) = 1",
            "sum(1, k, 0, oo) = 0",
            "G(3) = 1 for nu_W = 1/2",
            "total = 5 for nu_W >= 1",
            "lim((-1)^i, i, oo) = 0",
        ],
    )
    def test_never_proves_what_has_no_value(self, text):
        assert check_claim(text).status == "undecided"

    @pytest.mark.parametrize(
        "text",
        [
            "0^i = 0",
            "rho(i) = s nu_W^i for nu_W = 0",
            "sum(k, k, 2, i) = i (i+1)/2 - 1",  # at i = 0 the sum is empty, and 0
            "rho(i+1) < rho(i) for nu_W < 1 - nu_C nu_F/(nu_C+nu_F)",  # equal for nu_W = nu_C = 0
            "sensitivity(i) = 0 for nu_W = 1",  # a condition does not make nu_W a constant of the derivative
            "(-1)^i = 1",
            "rho(i) = rho(j)",
            "nu_W^2 >= nu_W for nu_W >= 0",
            "rho(i+1) <= rho(i) for nu_W >= 1, nu_W <= 1",
        ],
    )
    def test_refutes_what_holds_almost_everywhere(self, text):
        assert check_claim(text).status == "refuted"

    @pytest.mark.parametrize("text", ["rho(i) = 5 for nu_W > 1, nu_W < 1", "rho(i) = 5 for i < 0"])
    def test_refuses_conditions_that_nothing_satisfies(self, text):
        with pytest.raises(ValueError, match="nothing satisfies"):
            check_claim(text)

    def test_finds_the_smallest_lag(self):
        found = check_claim("rho(i) = s nu_W^i + i p nu_W^(i-1) + i (i-1) (i-2) (i-3)").counterexample
        assert found.values["i"] == "4"

    def test_undecided_tells_how_far_it_held(self):
        verdict = check_claim("sum(binom(i,k), k, 0, i) = 2^i")
        assert verdict.status == "undecided"
        assert "i up to" in verdict.held

    def test_says_what_rests_on_what(self):
        first, *_ = check_claim("rho(0) = s").steps
        assert first.text.startswith("statement lag-weights")
        assert first.status == "kernel-checked"


class TestReading:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (r"\rho_i = \frac{\nu_C}{2}", "rho(i) = nu_C/2"),
            (r"\rho_{i+1} \leq \rho_i", "rho(i+1) <= rho(i)"),
            (r"\sum_{k=0}^{i-1} \nu_W^k = 2", "sum(nu_W^k, k, 0, i-1) = 2"),
            (r"\lim_{n\to\infty} \Theta_{ij} = 0", "lim Theta(i,j) = 0"),
            (r"\mathbb{E}\left[\Theta_{02}\right] = 0", "E[Theta(0,2)] = 0"),
            (r"\Theta_{12} \to 0", "Theta(1,2) -> 0"),
            (r"\tfrac12 \nu_W = 1 \quad \text{for all } \nu_W < 1", "1/2 nu_W = 1 for nu_W < 1"),
            (r"\mathrm{d}W F^\top = 0", "dW F' = 0"),
            ("ρ_i ≤ ν_W^i", "rho(i) <= nu_W^i"),
            ("2**i = 1", "2^i = 1"),
            ("rho[i] = -nu_W", "rho(i) = -nu_W"),
        ],
    )
    def test_texts_that_mean_the_same(self, one, other):
        assert read_claim(one) == read_claim(other)

    @pytest.mark.parametrize(
        ("text", "column", "words"),
        [
            ("rho(i) = ", 9, "expected a number"),
            ("rho(i) = 2 +", 13, "expected a number"),
            ("rho(i = 2", 4, "not closed by ')'"),
            ("rho(i] = 2", 6, "expected ')'"),
            ("rho(i) = foo", 10, "unknown name 'foo'"),
            ("rho(i) = nu_X", 10, "did you mean nu_"),
            ("rho(i) = 2 = 3", 12, "for or the end"),
            ("rho(i, j) = 2", 1, "takes 1 argument, got 2"),
            ("rho(i) 2", 9, "a relation"),
            ("", 1, "expected"),
            ("rho(i) = 2 for", 15, "expected"),
            ("§", 1, "cannot read"),
        ],
    )
    def test_errors_say_where_and_what(self, text, column, words):
        with pytest.raises(ClaimError) as caught:
            read_claim(text)
        assert words in str(caught.value)
        assert caught.value.column == column
        assert f"column {column}" in str(caught.value)
        assert caught.value.__notes__[0].endswith(f"\n{' ' * (column - 1)}^")

    @pytest.mark.parametrize(
        "text",
        [
            "1" * 5000,
            f"{'9' * 100} = 1",
            f"{'(' * 100}1{')' * 100} = 1",
            f"{'-' * 500}1 = 1",
            f"{'2^' * 300}2 = 1",
            f"1{'/(1' * 70}{')' * 70} = 1",
        ],
    )
    def test_is_bounded(self, text):
        with pytest.raises(ValueError, match="claim"):
            read_claim(text)

    @pytest.mark.parametrize(
        "text",
        [
            "((2^60)^60)^60 = 1",
            "rho(10^30) = 1",
            "(nu_W+nu_C+nu_F+z+u)^400 = 1",
            "sum(sum(sum(rho(i+j+k), i, 0, 300), j, 0, 300), k, 0, 300) = 1",
            "binom(10^9, 10^8) = 1",
            "E[tr(W^20 W'^20)] = 1",
            "C W^(10^9) F = 0",
            "sum(rho(i), i, 0, 10^9) = 1",
        ],
    )
    def test_large_expressions_end_soon(self, text):
        with suppress(ValueError):
            assert check_claim(text).status != "proved"

    @pytest.mark.parametrize(
        "text", ["__import__('os').abort() = 1", "rho(__import__) = 1", "lambda: 0 = 1", "exec(1) = 1"]
    )
    def test_runs_nothing(self, text):
        with pytest.raises(ValueError, match="claim, column"):
            check_claim(text)


PIECES = [
    *[
        "rho(",
        "Theta(",
        "G(",
        "E[",
        "Var[",
        "sum(",
        "lim",
        "\\sum_{k=0}^",
        "\\frac{",
        "delta(",
        "binom(",
        "tr(",
        "L(",
        "d",
    ],
    *[
        "nu_W",
        "nu_F",
        "nu_C",
        "i",
        "j",
        "k",
        "n",
        "z",
        "0",
        "1",
        "2",
        "1/2",
        "oo",
        "W",
        "F",
        "C",
        "total",
        "mean_lag",
        "s",
        "p",
    ],
    *[
        "+",
        "-",
        "*",
        "/",
        "^",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "_",
        "'",
        "=",
        "<=",
        "<",
        ">=",
        ">",
        "!=",
        "->",
        "for",
        "and",
        "|",
    ],
    *["__import__", "eval", "exec", "os.system", "\\rho_", "\\nu_W", "\\Theta_{ij}", "\\text{for}"],
]


class TestFuzz:
    @settings(max_examples=40)
    @given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
    @example("rho( i ) = d W for i <= 1")
    def test_any_words_are_read_or_refused(self, text):
        self.survives(text)

    @settings(max_examples=40)
    @given(st.text(max_size=60))
    def test_any_text_is_read_or_refused(self, text):
        self.survives(text)

    @staticmethod
    def survives(text):
        before = time.monotonic()
        try:
            verdict = check_claim(text)
        except ValueError:
            return
        finally:
            assert time.monotonic() - before < 60  # a hang, on whatever machine; usually it is well below 5
        assert verdict.status in ("proved", "refuted", "undecided")

    expressions = st.recursive(
        st.sampled_from(["nu_W", "nu_F", "nu_C", "i", "2", "1/2", "rho(i)", "rho(i+1)", "nu_W^i", "rho(2)"]),
        lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=6,
    )

    @settings(max_examples=15)
    @given(expressions, expressions)
    def test_a_verdict_is_never_wrong(self, left, right):
        """Of sides that are the same, and of others, at points that the search does not know."""
        assert check_claim(f"{left} = {left}").status == "proved"
        verdict = check_claim(f"{left} = {right}")
        claim = read_claim(f"{left} = {right}")
        if verdict.status == "proved":
            for i in range(7):
                values = {"nu_W": "7/9", "nu_F": "5/4", "nu_C": "2/7", "i": str(i)}
                one, other = by_numeric(claim, None, values)
                assert one == other
        else:
            assert verdict.status == "refuted"
