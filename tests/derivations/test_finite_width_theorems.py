"""The laws of a finite width: against exact polynomials, against sums they stand for, and mutated."""

import math
import sys
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations import ProofError
from derivations import finite_width_forms as forms
from derivations.exact_kernel import exact_covariance, exact_mean, exact_variance
from derivations.finite_width_forms import Entry
from derivations.pairings import moment_by_enumeration
from derivations.symbols import n, nu_C, nu_F, nu_W
from derivations.theorems import finite_width, traces

STATEMENTS = {
    "trace-cumulants": traces.trace_cumulants,
    "alternating-words": traces.alternating_words,
    "crosscap-traces": traces.crosscap_traces,
    "trace-covariance": traces.trace_covariance,
    "trace-second-order": traces.trace_second_order,
    "exact-mean": finite_width.exact_mean,
    "finite-width-mean": finite_width.finite_width_mean,
    "finite-width-second-order": finite_width.finite_width_second_order,
    "finite-width-covariance": finite_width.finite_width_covariance,
    "finite-width-fluctuations": finite_width.finite_width_fluctuations,
}
MODULES = (
    "derivations.finite_width_forms",
    "derivations.theorems.traces",
    "derivations.theorems.finite_width",
)

small = st.integers(0, 6)
positive = st.fractions(Fraction(1, 9), 3, max_denominator=9)
lag_pairs = st.tuples(small, small)


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_proved_and_its_proof_holds(name):
    statement = STATEMENTS[name]()
    assert (statement.name, statement.status) == (name, "proved")
    statement.check()
    assert len({step.name for step in statement.proof}) == len(statement.proof)


@pytest.mark.parametrize("name", STATEMENTS)
def test_evidence_is_not_empty_and_every_other_step_has_an_obligation(name):
    for step in STATEMENTS[name]().proof:
        obligations = list(step.obligations(step.formula))
        assert len(obligations) >= {"lemma": 0, "evidence": 10}.get(step.kind, 1), step.name


# Mutations: law, its wrong version, the statement that must fall.

MUTANTS = {
    "crosscap one less": ("crosscap", lambda a: a, "crosscap-traces"),
    "crosscap one more": ("crosscap", lambda a: a + 2, "finite-width-mean"),
    "tau without its sign": (
        "crosscap_pairs",
        lambda i: sympy.Rational(1, 48) * (2 * i**4 + 16 * i**3 - 8 * i**2 - 16 * i),
        "trace-second-order",
    ),
    "tau with another quadratic term": (
        "crosscap_pairs",
        lambda i, right=forms.crosscap_pairs: right(i) + i * (i - 1),
        "trace-second-order",
    ),
    "U with another quadratic term": (
        "transition_pairs",
        lambda i, right=forms.transition_pairs: right(i) + i * (i - 1),
        "finite-width-second-order",
    ),
    "U with another quintic term": (
        "transition_pairs",
        lambda i, right=forms.transition_pairs: right(i) + i**5,
        "finite-width-second-order",
    ),
    "overlap of walks with m and M exchanged": (
        "walk_overlap",
        lambda m, M, right=forms.walk_overlap: right(M, m),
        "finite-width-covariance",
    ),
    "no doubling at offset 0": (
        "trace_covariance",
        lambda b, d, offset: forms.walk_overlap(b, d) + offset * (b + 1) * (d + 1),
        "trace-covariance",
    ),
    "offset counted once more": (
        "trace_covariance",
        lambda b, d, offset, right=forms.trace_covariance: right(b, d, offset) + offset,
        "trace-covariance",
    ),
    "transition dropped from the mean": (
        "crosscap_mean",
        lambda a, half, w, f, c: (c + f) * (a + 1) * w**half,
        "finite-width-mean",
    ),
    "a power of nu_W too many in the bias": (
        "second_order_mean",
        lambda i, w, f, c, right=forms.second_order_mean: w * right(i, w, f, c),
        "finite-width-second-order",
    ),
    "no step in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * w**half
        ),
        "finite-width-covariance",
    ),
    "one step in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * other * (M - m) * w ** (half - 1)
        ),
        "finite-width-covariance",
    ),
    "two steps in the fluctuation": (
        "gram_fluctuation",
        lambda m, M, half, w, own, other, right=forms.gram_fluctuation: (
            right(m, M, half, w, own, other) + own**2 * other**2 * m * (m - 1) * (m - 2) * w ** (half - 2)
        ),
        "finite-width-covariance",
    ),
    "only parallel offsets": (
        "covariance",
        lambda i, j, k, l, w, f, c, right=forms.covariance: (  # noqa: E741
            right(i, j, k, l, w, f, c) if i - j == k - l else 0 * w
        ),
        "finite-width-covariance",
    ),
    "columns for rows": (
        "entry_covariance",
        lambda first, second, w, f, c, right=forms.entry_covariance: right(first, second, w, c, f),
        "finite-width-covariance",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutated_law_is_rejected(mutant, monkeypatch):
    law, wrong, name = MUTANTS[mutant]
    for module in MODULES:
        if hasattr(sys.modules[module], law):
            monkeypatch.setattr(sys.modules[module], law, wrong)
    with pytest.raises(ProofError):
        STATEMENTS[name]().check()


@pytest.mark.parametrize("name", ["crosscap", "crosscap_pairs", "transition_pairs", "walk_overlap"])
def test_the_evidence_alone_rejects_a_law_that_is_one_off(name, monkeypatch):
    right = getattr(forms, name)
    for module in MODULES:
        if hasattr(sys.modules[module], name):
            monkeypatch.setattr(sys.modules[module], name, lambda *lags: right(*lags) + 1)
    evidence = [step for build in STATEMENTS.values() for step in build().proof if step.kind == "evidence"]
    failures = 0
    for step in evidence:
        try:
            step.check()
        except ProofError:
            failures += 1
    assert failures


# The laws against what they stand for.


@given(small, small)
def test_walk_overlap_is_the_sum_over_both_walks(m, further):
    M = m + further
    assert forms.walk_overlap(m, M) == sum(1 + min(x, y) for x in range(m) for y in range(M))


@given(small, small, st.integers(0, 8), positive, positive, positive)
def test_the_fluctuation_is_the_sum_over_steps_along_the_diagonals(m, further, above, w, f, c):
    M = m + further
    half = m + M + above
    steps = sum(
        (c if e else 1)
        * (c if g else 1)
        * Fraction(w) ** (half - (e > 0) - (g > 0))
        * (1 + min(m - e, M - g))
        for e in range(m + 1)
        for g in range(M + 1)
    )
    assert forms.gram_fluctuation(m, M, half, w, f, c) == f**2 * steps


@pytest.mark.parametrize("i", range(16))
def test_the_second_order_is_the_sum_over_places_of_the_transition(i):
    def first(a, b):
        return forms.crosscap(min(a, b)) if (a - b) % 2 == 0 and a != b else 0

    def covariance(a, b, c, d):
        return forms.trace_covariance(*sorted((min(a, b), min(c, d))), abs(a - b)) if a - b == d - c else 0

    total = 0
    for a, b in product(range(i), repeat=2):
        c, d = i - 1 - a, i - 1 - b
        total += 2 * forms.crosscap_pairs(c) * (a == b) + first(a, b) * first(c, d) + covariance(a, b, c, d)
    assert forms.transition_pairs(i) == total


def test_the_second_order_at_unit_variances():
    laws = [forms.second_order_mean(i, 1, 1, 1) for i in range(7)]
    assert laws == [0, 0, 6, 40, 140, 370, 820]


@pytest.mark.parametrize("i", range(13))
def test_the_bias_agrees_with_the_exact_mean(i):
    exact = sympy.expand(exact_mean(i, i))
    assert exact.coeff(n, -1) == 0
    assert sympy.expand(exact.coeff(n, -2) - forms.second_order_mean(i, nu_W, nu_F, nu_C)) == 0


@pytest.mark.parametrize(("i", "j"), [(0, 8), (2, 8), (7, 3), (6, 10), (11, 9), (4, 7)])
def test_the_mean_beside_the_diagonal_agrees_with_the_exact_one(i, j):
    exact = sympy.expand(exact_mean(i, j))
    assert exact.coeff(n, 0) == 0
    assert sympy.expand(exact.coeff(n, -1) - forms.mean_correction(i, j, nu_W, nu_F, nu_C)) == 0


@pytest.mark.parametrize(("a", "b"), [(1, 3), (2, 2), (3, 3), (1, 5), (4, 2)])
def test_the_orders_of_a_trace_agree_with_enumerated_pairings(a, b):
    polynomial = sympy.expand(moment_by_enumeration(f"W^{a} W'^{b}") / n ** (1 + (a + b) // 2))
    half = nu_W ** ((a + b) // 2)
    if a == b:
        assert polynomial.coeff(n, -2) == forms.crosscap_pairs(a) * half
    else:
        assert polynomial.coeff(n, -1) == forms.crosscap(min(a, b)) * half


@pytest.mark.parametrize("lag", range(5))
def test_the_variance_law_agrees_with_the_exact_variance(lag):
    exact = exact_variance(lag, lag)
    assert sympy.expand(exact.coeff(n, -1) - forms.variance(lag, lag, nu_W, nu_F, nu_C)) == 0
    assert exact.coeff(n, 0) == 0


@given(lag_pairs, lag_pairs)
def test_the_exact_covariance_at_width_one_is_that_of_scalars(first, second):
    """At n = 1, Theta_ij = W^(i+j) (F^2 + C^2) + i j C^2 F^2 W^(i+j-2)."""
    (i, j), (k, l) = first, second  # noqa: E741
    if i + j + k + l > 8:
        return

    def moment(power):
        return 0 if power % 2 else math.prod(range(1, power, 2))

    def theta(p, q):  # powers of W, F, C
        return {(p + q, 2, 0): 1, (p + q, 0, 2): 1} | ({(p + q - 2, 2, 2): p * q} if p * q else {})

    def mean(terms):
        return sum(c * math.prod(map(moment, powers)) for powers, c in terms)

    one, two = theta(i, j).items(), theta(k, l).items()
    both = [(tuple(map(sum, zip(p, q, strict=True))), c * d) for p, c in one for q, d in two]
    exact = exact_covariance(i, j, k, l).subs({n: 1, nu_W: 1, nu_F: 1, nu_C: 1})
    assert exact == mean(both) - mean(one) * mean(two)


# Properties.


@given(lag_pairs, lag_pairs, positive, positive, positive)
def test_the_covariance_is_symmetric(first, second, w, f, c):
    (i, j), (k, l) = first, second  # noqa: E741
    law = forms.covariance(i, j, k, l, w, f, c)
    assert law == forms.covariance(k, l, i, j, w, f, c) == forms.covariance(j, i, k, l, w, f, c)
    assert law == forms.covariance(i, j, k, l, w, c, f)
    assert law**2 <= forms.variance(i, j, w, f, c) * forms.variance(k, l, w, f, c)


@given(lag_pairs, lag_pairs, positive, positive, positive, positive)
def test_the_laws_are_homogeneous(first, second, w, f, c, scale):
    (i, j), (k, l) = first, second  # noqa: E741
    if (i + j + k + l) % 2 == 0:
        scaled = forms.covariance(i, j, k, l, scale * w, scale * f, scale * c)
        assert scaled == scale ** ((i + j + k + l) // 2 + 2) * forms.covariance(i, j, k, l, w, f, c)
    if (i + j) % 2 == 0:
        scaled = forms.mean_correction(i, j, scale * w, scale * f, scale * c)
        assert scaled == scale ** ((i + j) // 2 + 1) * forms.mean_correction(i, j, w, f, c)


@given(lag_pairs, lag_pairs, positive, positive, positive)
def test_numbers_and_symbols_give_the_same(first, second, w, f, c):
    values = dict(zip((nu_W, nu_F, nu_C), map(sympy.Rational, map(str, (w, f, c))), strict=True))
    for law, lags in (
        (forms.covariance, (*first, *second)),
        (forms.mean_correction, first),
        (forms.second_order_mean, first[:1]),
    ):
        symbolic = sympy.sympify(law(*lags, nu_W, nu_F, nu_C)).subs(values)
        assert symbolic == sympy.Rational(str(Fraction(law(*lags, w, f, c))))


@given(lag_pairs, lag_pairs, st.integers(0, 5), st.integers(0, 5))
def test_the_laws_are_integers_at_integer_variances(first, second, f, c):
    for w in (0, 1, 2):  # at 0 no negative power is formed
        for law in (
            forms.covariance(*first, *second, w, f, c),
            forms.mean_correction(*first, w, f, c),
            forms.second_order_mean(first[0], w, f, c),
        ):
            assert isinstance(law, int)
            assert law >= 0


def test_at_transition_variance_zero_two_lags_are_left():
    assert [forms.variance(i, i, 0, 1, 1) for i in range(4)] == [4, 4, 0, 0]
    assert sympy.expand(exact_variance(1, 1)).coeff(n, -1).subs({nu_W: 0, nu_F: 1, nu_C: 1}) == 4


indices = st.integers(0, 1)
entries = st.builds(Entry, st.integers(0, 3), st.integers(0, 3), indices, indices, indices, indices)


@given(entries, entries, positive, positive, positive)
def test_the_covariance_of_entries_is_symmetric_and_exchanges_inputs_with_outputs(first, second, w, f, c):
    def flipped(entry):  # Theta_ij' = Theta_ji
        return Entry(entry.j, entry.i, entry.y2, entry.x2, entry.y, entry.x)

    def exchanged(entry):
        return Entry(entry.i, entry.j, entry.x, entry.y, entry.x2, entry.y2)

    law = forms.entry_covariance(first, second, w, f, c)
    assert law == forms.entry_covariance(second, first, w, f, c)
    assert law == forms.entry_covariance(flipped(first), flipped(second), w, f, c)
    assert law == forms.entry_covariance(exchanged(first), exchanged(second), w, c, f)
