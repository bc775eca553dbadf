"""Tables of formulas: what they say at a number is what the tables of numbers hold, exactly."""

from fractions import Fraction
from functools import cache
from inspect import Parameter
from itertools import pairwise

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric import Leaky, Orthogonal, Rates, Variances, expected_lag_kernel, lag_kernel_variance
from verify.tables import TABLES, render, table

LAYOUTS = ["text", "csv", "json", "latex", "markdown", "html"]
RATIONAL = st.fractions(0, 2, max_denominator=9)
POSITIVE = st.fractions("1/9", 2, max_denominator=9)


formulas = cache(table)
"""Of arguments that can be hashed: SymPy takes its time."""


def exact_weights(variances, lags):
    """The definition's sum."""
    w, f, c = variances.transition, variances.input, variances.output
    eta = variances.rates
    return [
        (eta.output * f + eta.input * c) * w**i
        + eta.transition * sum((c * w**a * f * w ** (i - 1 - a) for a in range(i)), Fraction(0))
        for i in range(lags)
    ]


def at(formula, **values):
    """The exact number that a formula is at these values of its symbols."""
    chosen = {sympy.Symbol(name): sympy.Rational(str(value)) for name, value in values.items()}
    return sympy.sympify(formula).subs(chosen, simultaneous=True)


def values(made, column, lags, **numbers):
    """The column of a table of formulas, at the first lags and at numbers for the other symbols.

    Of several rows each one that is for a single lag goes before the one for all.
    """
    rows = dict(zip(made.columns["lag"], made.columns[column], strict=True))
    found = []
    for lag in range(lags):
        formula = rows.get(lag, rows.get(sympy.Symbol("i")))
        found.append(at(formula, i=lag, **numbers))
    return found


class TestInTheLag:
    @given(RATIONAL, RATIONAL, RATIONAL, st.tuples(RATIONAL, RATIONAL, RATIONAL))
    @settings(max_examples=25, deadline=None)
    def test_weights_and_sums_are_the_definitions(self, w, f, c, rates):
        variances = Variances(w, f, c, rates=Rates(*rates))
        rho = exact_weights(variances, 7)
        assert values(table("lag-weights", variances, symbolic="i"), "weight", 7) == rho
        sums = table("sums", variances, symbolic="i")
        assert values(sums, "before", 7) == [sum(rho[:m], Fraction(0)) for m in range(7)]
        tails = values(sums, "tail", 7)
        if w < 1 or not any(rho):
            assert all(tails[m] - tails[m + 1] == rho[m] for m in range(6))
            assert tails[0] == sum(rho[:6]) + tails[6]
        else:
            assert set(tails) == {sympy.oo}

    @pytest.mark.parametrize(
        "network", ["stack(0.5, 0.3)", "orthogonal(0.9)", "torch", "stack(0, 0.5)", "keras"]
    )
    def test_any_rational_network_has_them(self, network):
        exact = table("lag-weights", network, 8, digits=40).columns["weight"]
        told = values(table("lag-weights", network, symbolic="i"), "weight", 8)
        for formula, digits in zip(told, exact, strict=True):
            assert abs(formula - sympy.Rational(digits)) <= abs(formula) / 10**39

    def test_what_a_formula_is_not_good_for_stands_before_it(self):
        i = sympy.Symbol("i")
        made = table("lag-weights", Variances(0), symbolic="i").columns
        assert made == {"lag": [0, 1, i], "weight": [2, 1, 0], "where": [None, None, i >= 2]}
        stack = table("lag-weights", "stack(0, 0.5)", symbolic="i").columns
        assert stack["lag"][-1] == i
        assert stack["where"][-1] == (i >= len(stack["lag"]) - 1)

    @given(RATIONAL)
    @settings(max_examples=15, deadline=None)
    def test_the_sensitivity_is_the_derivative_of_the_weights(self, w):
        x = sympy.Symbol("nu_W")
        rho = formulas("lag-weights", Variances(1, "0.8", "1.7"), 6, symbolic="nu_W").columns["weight"]
        slopes = [sympy.diff(one, x).subs(x, sympy.Rational(str(w))) for one in rho]
        told = table("sensitivity", Variances(w, "0.8", "1.7"), symbolic="i")
        assert values(told, "sensitivity", 6) == slopes


class TestInTheVariances:
    @given(RATIONAL, RATIONAL, RATIONAL)
    @settings(max_examples=25, deadline=None)
    def test_each_row_holds_at_every_number(self, w, f, c):
        numbers = {"nu_W": w, "nu_F": f, "nu_C": c}
        rho = exact_weights(Variances(w, f, c), 5)
        assert values(formulas("lag-weights", symbolic=tuple(numbers)), "weight", 5, **numbers) == rho
        sums = formulas("sums", symbolic=tuple(numbers))
        assert values(sums, "before", 5, **numbers) == [sum(rho[:m], Fraction(0)) for m in range(5)]
        if w < 1:
            tail = values(sums, "tail", 5, **numbers)
            assert [tail[m] - tail[m + 1] for m in range(4)] == rho[:4]

    def test_the_conditions_are_those_under_which_a_formula_holds(self):
        w, i = sympy.symbols("nu_W i")
        sums = table("sums", symbolic="i,nu_W").columns
        assert sums["before-where"] == [sympy.Ne(w, 1) & (sympy.Ne(w, 0) | (i >= 1))]
        assert sums["tail-where"] == [(w < 1) & (sympy.Ne(w, 0) | (i >= 1))]
        assert "where" not in table("lag-weights", symbolic="nu_W").columns  # polynomials hold everywhere

    def test_variances_that_are_no_symbols_and_rates_are_kept(self):
        frozen = Variances(1, "1/3", "1/7", rates=Rates(0, 2, 3))
        told = table("lag-weights", frozen, 3, symbolic="nu_W")
        w = sympy.Symbol("nu_W")
        assert told.columns["weight"] == [
            sympy.Rational(9, 7),
            sympy.Rational(9, 7) * w,
            sympy.Rational(9, 7) * w**2,
        ]
        assert told.parameters == {
            "transition": "nu_W", "input": "1/3", "output": "1/7", "rates": "0, 2, 3",
        }  # fmt: skip


class TestGeneratingFunction:
    @given(RATIONAL, st.fractions("-1/3", "1/3", max_denominator=9))
    @settings(max_examples=15, deadline=None)
    def test_is_the_series_of_the_weights(self, w, z):
        told = formulas("generating-function", symbolic="z,nu_W").columns["value"][0]
        series = sympy.series(told.subs("nu_W", sympy.Rational(str(w))), sympy.Symbol("z"), 0, 5).removeO()
        assert (
            sympy.Poly(series, sympy.Symbol("z")).all_coeffs()[::-1]
            == exact_weights(Variances(w), 5)[: sympy.degree(series, sympy.Symbol("z")) + 1]
        )
        [value] = table("generating-function", Variances(w), [z]).columns["value"]
        assert value == pytest.approx(float(at(told, nu_W=w, z=z)), rel=1e-14)

    @pytest.mark.parametrize("network", ["stack(0.5, 0.3)", "diagonal(ring(0.4, 0.9))", "torch", "0"])
    def test_at_1_it_is_the_total_and_at_0_the_first_weight(self, network):
        first, whole = table("generating-function", network, ["0", "1"], digits=20).columns["value"]
        assert first == table("lag-weights", network, 1, digits=20).columns["weight"][0]
        assert whole == table("sums", network, 1, digits=20).columns["tail"][0]

    def test_beyond_its_radius_it_is_infinite_or_nothing(self):
        assert table("generating-function", "0.5", ["2", "5"]).columns["value"] == [float("inf")] * 2
        with pytest.raises(ValueError, match="alternates"):
            table("generating-function", "0.5", ["-2"])

    def test_a_limit_that_is_not_diagonal_has_one_of_both_lags(self):
        [told] = table("generating-function", "leaky(1/2, 1/3)", symbolic="z").columns["value"]
        z, w = sympy.symbols("z w")
        mixed = sympy.diff(told, z, 2, w).subs({z: 0, w: 0}) / 2
        kernel = table("limit-kernel", "leaky(1/2, 1/3)", 3).columns
        assert kernel["kernel"][4] == pytest.approx(float(mixed), rel=1e-15)  # row 2, column 1


class TestFiniteWidth:
    @given(POSITIVE, POSITIVE, POSITIVE, st.integers(1, 50))
    @settings(max_examples=5, deadline=None)
    def test_the_exact_mean_is_that_of_the_library(self, w, f, c, n):
        expected = expected_lag_kernel(n, Variances(w, f, c), 4).diagonal()
        told = formulas("finite-width", lags=4, symbolic="n,nu_W,nu_F,nu_C")
        assert values(told, "mean", 4, n=n, nu_W=w, nu_F=f, nu_C=c) == [*expected]

    @pytest.mark.parametrize("rates", [Rates(), Rates(0, 1, 1), Rates("0.3", 2, "0.7")], ids=str)
    def test_the_fluctuation_is_the_law_of_the_library_at_every_lag(self, rates):
        variances = Variances("0.6", "0.8", "1.7", rates=rates)
        told = table("finite-width", variances, symbolic="i,n")
        variance = lag_kernel_variance(50, variances, 6).diagonal()
        spread = [float(x) for x in values(told, "standard-deviation", 6, n=50)]
        assert spread == pytest.approx(variance**0.5, rel=1e-13)
        relative = [float(x) for x in values(told, "relative-fluctuation", 6, n=50)]
        assert relative == pytest.approx(
            variance**0.5 / [float(x) for x in exact_weights(variances, 6)], rel=1e-13
        )

    def test_in_the_lag_the_mean_is_right_up_to_the_order_it_names(self):
        n = sympy.Symbol("n")
        [mean] = table("finite-width", Variances("0.6"), symbolic="i,n").columns["mean"]
        for lag, exact in enumerate(table("finite-width", Variances("0.6"), 5, symbolic="n").columns["mean"]):
            rest = sympy.expand(exact - mean.removeO().subs("i", lag))
            assert sympy.limit(rest * n**2, n, sympy.oo) == 0
        assert mean.getO() == sympy.Order(n**-3, (n, sympy.oo))

    @pytest.mark.parametrize("network", [Orthogonal("0.9"), Leaky("0.9", "0.1")], ids=["orthogonal", "leaky"])
    def test_other_networks_have_their_own_laws(self, network):
        made = table("finite-width", network, 4, width=60).columns
        assert made["mean"] == pytest.approx(
            [float(x) for x in expected_lag_kernel(60, network, 4).diagonal()]
        )
        variance = lag_kernel_variance(60, network, 4).diagonal()
        assert made["standard-deviation"] == pytest.approx(variance**0.5, rel=1e-14)

    def test_the_required_width_is_the_least_by_the_law(self):
        told = table("required-width", Variances(1, "0.8", "1.7"), symbolic="i,epsilon,nu_W")
        numbers = {"nu_W": "0.9", "epsilon": "0.01"}
        widths = table("required-width", Variances("0.9", "0.8", "1.7"), 15, relative_error="0.01").columns
        for lag in (0, 1, 4, 14):
            assert at(told.columns["fluctuation"][0], i=lag, **numbers) == widths["fluctuation"][lag]
        # beyond the exact means the library goes by the same law
        assert at(told.columns["mean-at-leading-order"][0], i=14, **numbers) == widths["mean"][14]

    @pytest.mark.parametrize("name", ["finite-width", "required-width"])
    def test_nothing_is_relative_to_a_weight_of_0(self, name):
        with pytest.raises(ValueError, match="weight of lag 2 is 0"):
            table(name, Variances(0), symbolic={"finite-width": "i,n", "required-width": "i,epsilon"}[name])
        frozen = Variances(1, rates=Rates(1, 0, 0))
        [where] = table("finite-width", frozen, symbolic="i,n").columns["where"]
        assert where == (sympy.Symbol("i") >= 1)

    def test_in_the_lag_a_width_must_stay_a_symbol(self):
        with pytest.raises(ValueError, match="n must be one"):
            table("finite-width", Variances(1), symbolic="i", width=5)


class TestMoments:
    def test_of_width_1_are_those_of_products_of_gaussians(self):
        # n = 1: Q_ij = F^2 W^(i+j), and E W^2k = (2k - 1)!! nu^k
        made = table("gram-moments", Variances("1/2", "1/3", "1/5"), 3, width=1, digits=30).columns
        w, f = Fraction(1, 2), Fraction(1, 3)
        double = {0: 1, 2: 1, 4: 3, 6: 15, 8: 105}
        for i, j, mean, variance in zip(*list(made.values())[:4], strict=True):
            power = i + j
            expected = f * double.get(power, 0) * w ** (power // 2) if power % 2 == 0 else Fraction(0)
            square = 3 * f**2 * double[2 * power] * w**power
            assert Fraction(mean) == pytest.approx(expected, rel=1e-28)
            assert float(variance) == pytest.approx(float(square - expected**2), rel=1e-14)

    def test_the_kernels_at_width_1(self):
        # Theta_11 = (C W)^2 + (W F)^2 + (C F)^2 of three Gaussians
        [*_, mean], [*_, variance] = list(table("exact-moments", Variances(1), 2, width=1).columns.values())[
            2:
        ]
        assert mean == 3
        assert variance == 3 * 8 + 2 * 3 * 2  # Var (CW)^2 = 9 - 1, Cov ((CW)^2, (WF)^2) = 3 - 1

    @pytest.mark.parametrize("rates", [Rates(0, 0, 1), Rates("1/3", 2, "7/10"), Rates(1, 0, 0)], ids=str)
    def test_rates_weigh_the_shares(self, rates):
        parts = Variances("0.6", "0.8", "1.7", rates=rates)
        made = table("exact-moments", parts, 3, width=40).columns
        expected = expected_lag_kernel(40, parts, 3)
        exact = [float(expected[pair]) for pair in zip(made["lag"], made["other"], strict=True)]
        assert made["mean"] == pytest.approx(exact, rel=1e-14)
        wide = table("exact-moments", parts, 3, width=10**9).columns["variance"]
        law = lag_kernel_variance(10**9, parts, 3)
        pairs = zip(made["lag"], made["other"], strict=True)
        assert wide == pytest.approx([law[pair] for pair in pairs], rel=1e-6)

    def test_only_the_readout_trained_the_kernel_is_the_gram(self):
        parts = Variances("0.6", "0.8", "1.7", rates=Rates(0, 0, 1))
        grams = table("gram-moments", parts, 3, width=7).columns
        kernel = table("exact-moments", parts, 3, width=7).columns
        assert grams["input-mean"] == kernel["mean"]
        assert grams["input-variance"] == kernel["variance"]

    def test_a_symbolic_width_gives_the_numbers_of_every_width(self):
        for name in ("gram-moments", "exact-moments"):
            told, made = (
                table(name, symbolic="n", variances=Variances("0.6"), lags=3),
                table(name, Variances("0.6"), 3, width=9),
            )
            for column in list(made.columns)[2:]:
                exact = [float(at(formula, n=9)) for formula in told.columns[column]]
                assert made.columns[column] == pytest.approx(exact, rel=1e-15)


class TestMemory:
    @pytest.mark.parametrize("w", ["0.3", "0.5", "0.9", "0.97"])
    @pytest.mark.parametrize("epsilon", ["0.05", "0.5", "0.999"])
    def test_formulas_are_the_measures_at_every_variance(self, w, epsilon):
        told = formulas("memory", symbolic="nu_W,epsilon", input="0.8", output="1.7").columns
        numbers = {"nu_W": w, "epsilon": epsilon}
        made = table("memory", [w], input="0.8", output="1.7", epsilon=epsilon).columns
        assert at(told["peak-lag"][0], **numbers) == made["peak-lag"][0]
        assert float(at(told["mean-lag"][0], **numbers)) == pytest.approx(made["mean-lag"][0], rel=1e-14)
        assert int(at(told["memory-length"][0], **numbers)) == made["memory-length"][0]


class TestConditions:
    @given(RATIONAL, RATIONAL, RATIONAL)
    @settings(max_examples=25, deadline=None)
    def test_they_hold_exactly_where_they_say(self, w, f, c):
        if not (f or c):
            with pytest.raises(ValueError, match="every weight is 0"):
                table("conditions", Variances(w, f, c))
            return
        rho = exact_weights(Variances(w, f, c), 60)
        summable, falls, grows = table("conditions", Variances(w, f, c)).columns["holds"]
        assert (summable == "yes") == (w < 1)
        assert (falls == "yes") == all(a >= b for a, b in pairwise(rho))
        assert (grows == "yes") == (w > 1 or (w == 1 and bool(f and c)))

    def test_the_thresholds_are_told_in_the_variances(self):
        told = table("conditions", symbolic="nu_W,nu_F,nu_C").columns
        f, c, w = sympy.symbols("nu_F nu_C nu_W")
        assert told["needs"][1] == (w <= 1 - f * c / (f + c))
        assert told["where"][1] == (f > 0) & (c > 0)

    @pytest.mark.parametrize("network", ["stack(0.5, 0.3)", "torch", "diagonal(ring(0.4, 0.9))"])
    def test_conditioning_is_that_of_the_weights(self, network):
        rho = table("lag-weights", network, 6).columns["weight"]
        made = table("conditioning", network, 6).columns
        for lags, condition, step in zip(made["lags"], made["condition"], made["largest-step"], strict=True):
            assert condition == pytest.approx(max(rho[:lags]) / min(rho[:lags]))
            assert step == pytest.approx(2 / max(rho[:lags]))

    def test_without_a_weight_it_is_infinite(self):
        assert table("conditioning", Variances(0), 3).columns["condition"] == [1.0, 2.0, float("inf")]


OF_FORMULAS = [spec for spec in TABLES.values() if spec.symbols]


@cache
def formulas_of(name):
    """With all symbols that the table may keep."""
    return table(name, symbolic=TABLES[name].symbols)


@pytest.mark.parametrize("spec", OF_FORMULAS, ids=lambda spec: spec.name)
class TestEveryTableOfFormulas:
    def test_has_columns_of_one_length_that_are_told(self, spec):
        made = formulas_of(spec.name)
        assert len({len(cells) for cells in made.columns.values()}) == 1
        assert {*made.columns} == {*made.headings} == {*made.meanings}
        assert "symbolic" in {made.kind(name) for name in made.columns}
        assert {*made.columns} >= {*spec.columns} - {"mean", "holds"} or spec.name == "required-width"

    @pytest.mark.parametrize("how", LAYOUTS)
    def test_is_laid_out_in_every_format(self, spec, how):
        shown = render(formulas_of(spec.name), how)
        assert shown
        assert "nan" not in shown
        assert "zoo" not in shown
        if how in ("latex", "markdown", "html"):
            assert shown.count("$") % 2 == 0
            assert "**" not in shown.replace(r"\*\*", "")

    def test_refuses_other_symbols(self, spec):
        with pytest.raises(ValueError, match=f"table {spec.name} may keep {spec.symbols[0]}"):
            spec(symbolic="x")

    def test_takes_no_option_that_its_numbers_do_not(self, spec):
        assert {*spec.options_of_formulas} <= {*spec.options}
        needed = [name for name, default in spec.options_of_formulas.items() if default is Parameter.empty]
        assert needed in ([], ["variances"])


def test_what_has_no_formulas_says_so():
    with pytest.raises(ValueError, match="the table delay has no formulas, got i"):
        table("delay", symbolic="i")


def test_a_network_has_no_symbols_of_variances():
    with pytest.raises(ValueError, match="a network by its specification has no symbol nu_W"):
        table("lag-weights", "stack(0.5, 0.5)", symbolic="nu_W")


def test_one_row_stands_for_all_lags():
    with pytest.raises(ValueError, match="lags: where i is a symbol"):
        table("lag-weights", Variances("0.5"), 3, symbolic="i")
