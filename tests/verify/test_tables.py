"""Tables: every layout carries the same numbers, unrounded."""

import csv
import io
import json
import re
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from inspect import Parameter
from math import inf, nextafter, prod

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations import closed_forms
from derivations.prose import latex
from numeric import (
    Rates,
    Variances,
    expected_lag_kernel,
    lag_kernel_variance,
    lag_weights,
    partial_sum,
    sensitivity,
    tail_mass,
)
from verify import tables
from verify.tables import NETWORK_TABLES, TABLES, Table, memory_measures, render, rounding

LAYOUTS = ["text", "csv", "json", "latex", "markdown", "html"]


def exact_weight(i, w, f=1, c=1):
    """The definition's sum: training the readout, the input, and each of the i places of W."""
    return c * w**i + f * w**i + sum((c * w**a * f * w ** (i - 1 - a) for a in range(i)), Fraction(0))


@given(st.floats(0, 2), st.integers(1, 30))
def test_csv_and_json_give_back_the_nearest_float(transition, lags):
    weights = [float(exact_weight(i, Fraction(transition))) for i in range(lags)]
    table = TABLES["lag-weights"](Variances(transition), lags)
    rows = list(csv.DictReader(io.StringIO(render(table, "csv"))))
    assert [float(row["weight"]) for row in rows] == weights
    document = json.loads(render(table, "json"))
    assert document["rows"] == [{"lag": i, "weight": weight} for i, weight in enumerate(weights)]


@given(st.fractions(0, 2, max_denominator=20), st.sampled_from(["weight", "sensitivity", "before", "tail"]))
def test_every_column_of_floats_is_rounded_once(w, column):
    (name,) = (
        spec.name for spec in TABLES.values() if column in spec.headings and "width" not in spec.options
    )
    floats, most = TABLES[name](Variances(w), 12).columns[column], 12
    rho = [exact_weight(i, w) for i in range(most)]
    exact = {
        "weight": rho,
        "sensitivity": [2 * i * w ** max(i - 1, 0) + i * (i - 1) * w ** max(i - 2, 0) for i in range(most)],
        "before": [sum(rho[:m], Fraction(0)) for m in range(most)],
        "tail": [
            inf if w >= 1 else 2 / (1 - w) + 1 / (1 - w) ** 2 - sum(rho[:m], Fraction(0)) for m in range(most)
        ],
    }
    assert floats == list(map(float, exact[column]))


def test_no_block_of_lags_is_lost_or_told_twice():
    variances, lags = Variances("0.999"), 2 * rounding.BLOCK + 7
    table = TABLES["lag-weights"](variances, lags)
    assert list(table.columns["lag"]) == list(range(lags))
    np.testing.assert_allclose(table.columns["weight"], lag_weights(variances, lags), rtol=1e-14)


@pytest.mark.parametrize("w", ["0", "1/3", "0.999", "1", "1.01"])
@pytest.mark.parametrize("digits", [None, 25])
def test_sums_are_those_of_the_library_in_every_block(w, digits, monkeypatch):
    monkeypatch.setattr(rounding, "BLOCK", 7)
    variances, lags = Variances(w, "0.8", "1.7"), 20
    columns = TABLES["sums"](variances, lags, digits=digits).columns
    accuracy = {"rtol": 0 if digits is None else 1e-15}
    before = [float(partial_sum(variances, lag, digits=digits)) for lag in range(lags)]
    np.testing.assert_allclose(list(map(float, columns["before"])), before, **accuracy)
    if variances.transition < 1:
        tail = [float(tail_mass(variances, lag, digits=digits)) for lag in range(lags)]
        np.testing.assert_allclose(list(map(float, columns["tail"])), tail, **accuracy)


@pytest.mark.parametrize("trained", [Rates(1, 0, 0), Rates(0, 0, 1), Rates("0.3", 2, "0.7")], ids=str)
def test_rates_are_in_every_column(trained):
    v = Variances("0.9", "0.8", "1.7", rates=trained)
    assert TABLES["lag-weights"](v, 6).columns["weight"] == pytest.approx(lag_weights(v, 6), rel=1e-15)
    assert TABLES["sensitivity"](v, 6).columns["sensitivity"] == pytest.approx(sensitivity(v, 6), rel=1e-15)
    sums = TABLES["sums"](v, 6).columns
    assert sums["before"] == [partial_sum(v, lag) for lag in range(6)]
    assert sums["tail"] == [tail_mass(v, lag) for lag in range(6)]
    assert TABLES["sums"](v, 6).parameters["rates"] == ", ".join(
        map(str, (trained.transition, trained.input, trained.output))
    )
    weights = lag_weights(v, 2000)
    peak, mean, length = memory_measures(v)
    assert peak == np.flatnonzero(weights == weights.max())[-1]
    assert mean == pytest.approx(weights @ np.arange(2000) / weights.sum())
    assert weights[length:].sum() <= 0.05 * weights.sum() < weights[length - 1 :].sum()


@given(st.fractions(0, 2, max_denominator=50), st.integers(1, 12))
def test_a_network_that_is_one_dense_layer_has_the_table_of_its_variances(w, lags):
    for name in ("lag-weights", "sums"):
        assert TABLES[name](f"variances({w})", lags).columns == TABLES[name](Variances(w), lags).columns


def test_a_networks_specification_is_told():
    assert TABLES["lag-weights"]("stack(0.5, 0.5)", 2, digits=3).parameters == {
        "network": "stack(0.5, 0.5)",
        "digits": 3,
    }


def test_sums_of_nothing_are_0_at_any_transition():
    for w in (0, 1, 2):
        assert TABLES["sums"](Variances(w, 0, 0), 2).columns["before"] == [0.0, 0.0]


@pytest.mark.parametrize(("name", "given"), [("memory", "transitions"), ("delay", "delays")])
def test_rows_are_there_once_and_not_none(name, given):
    with pytest.raises(ValueError, match=f"{given} must hold at least one"):
        TABLES[name]([])
    equal = {"memory": ["0.5", "0.3", "0.50"], "delay": [2, 1, 2]}[name]
    assert list(next(iter(TABLES[name](equal).columns.values()))) == equal[:2]


class TestMemory:
    VARIANCES = (("0.5", 1, 1), ("0.9", "0.8", "1.7"), ("0.88", 3, "0.1"), ("0.6", 1, 0), (0, 1, 1))

    @pytest.mark.parametrize("w_f_c", VARIANCES)
    def test_measures_are_those_of_the_weights(self, w_f_c):
        w, f, c = map(Fraction, w_f_c)
        rho = [(c + f) * w**i + i * c * f * w ** max(i - 1, 0) for i in range(300)]  # the rest weighs nothing
        whole = sum(rho)
        peak, mean, length = memory_measures(Variances(w, f, c), "0.1")
        assert peak == max(range(300), key=lambda i: (rho[i], i))
        assert mean == pytest.approx(float(sum(i * x for i, x in enumerate(rho)) / whole))
        assert sum(rho[length:]) <= whole / 10 < sum(rho[length - 1 :])

    @pytest.mark.parametrize("how", LAYOUTS)
    def test_what_never_falls_is_infinite(self, how):
        shown = render(TABLES["memory"](["0.5", 1, "3/2"]), how)
        word = {"csv": "inf", "latex": r"$\infty$"}.get(how, "infinite")
        assert shown.count(word) == 6
        assert "3/2" in shown

    def test_by_default_there_is_something_for_every_delay_up_to_a_hundred(self):
        peaks = TABLES["memory"]().columns["peak-lag"]
        assert peaks == sorted(peaks)
        assert peaks[0] == 0
        assert 98 in peaks
        assert peaks[-1] == inf

    @pytest.mark.parametrize("epsilon", [0, 1, "-0.1", "nan"])
    def test_a_share_is_between_0_and_1(self, epsilon):
        for name in ("memory", "delay"):
            with pytest.raises(ValueError, match="epsilon"):
                TABLES[name](epsilon=epsilon)

    def test_without_weights_there_is_no_memory(self):
        for name in ("memory", "delay"):
            with pytest.raises(ValueError, match="every weight is 0"):
                TABLES[name](input=0, output=0)


class TestDelay:
    @pytest.mark.parametrize("digits", [None, 1, 4, 30])
    @pytest.mark.parametrize(("f", "c"), [(1, 1), ("0.8", "1.7"), (3, 5), ("0.01", "0.02")])
    def test_each_nu_w_is_the_least_that_reaches_the_delay(self, digits, f, c):
        f_c = Fraction(f), Fraction(c)
        s_p = sum(f_c), prod(f_c)

        def reached(w):
            peak = memory_measures(Variances(w, *f_c))[0]
            beyond = closed_forms.tail_mass(delay, w, *s_p) / closed_forms.total(w, *s_p)
            return beyond > Fraction(1, 20), closed_forms.mean_lag(w, *s_p) >= delay, peak >= delay

        for delay in (1, 2, 7, 20, 1000):
            columns = TABLES["delay"]([delay], input=f, output=c, digits=digits).columns.values()
            for which, (nu,) in enumerate(list(columns)[1:]):
                exact = Fraction(nu)
                assert reached(exact)[which]
                if exact:
                    places = None if digits is None else len(nu.partition(".")[2])
                    less = nextafter(nu, 0) if digits is None else exact - Fraction(1, 10**places)
                    assert not reached(Fraction(less))[which]

    def test_neighbouring_weights_have_ratios_that_rise_with_nu_w(self):
        # so that every measure does, and bisection finds what it is to find
        w, s, p, i = sympy.symbols("w s p i", positive=True)
        ratio = sympy.simplify(w * (s * w + p * (i + 1)) / (s * w + p * i))
        assert sympy.simplify(ratio - (w + p * w / (s * w + p * i))) == 0
        assert sympy.simplify(sympy.diff(ratio, w) - (1 + i * (p / (s * w + p * i)) ** 2)) == 0

    def test_where_the_peak_stays_at_0_there_is_none(self):
        columns = TABLES["delay"]([0, 3], output=0).columns
        assert columns["peak-lag"] == [0.0, None]
        assert columns["mean-lag"] == [0.0, 0.75]  # w / (1 - w) = 3

    @pytest.mark.parametrize("delay", [-1, 1.5, 10**13])
    def test_a_delay_is_a_lag(self, delay):
        with pytest.raises(ValueError, match="delay"):
            TABLES["delay"]([delay])


class TestPrecision:
    def test_rounds_the_exact_value_once(self):
        # 0.33335 is a tie, the float next to it is not
        table = TABLES["lag-weights"](Variances(1, "0.33335", 0), 1, digits=4)
        assert render(table, "csv", short=True).splitlines()[1] == "0,0.3334"

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ("text", ["1.6", "1.5e-7", "1.235e+6"]),
            ("csv", ["1.6", "1.5e-7", "1.235e+6"]),
            ("latex", ["1.6", r"$1.5 \times 10^{-7}$", r"$1.235 \times 10^{6}$"]),
            ("html", ["1.6", "1.5 × 10<sup>−7</sup>", "1.235 × 10<sup>6</sup>"]),
        ],
    )
    def test_powers_of_ten_are_written_as_such(self, how, words):
        table = Table("lag-weights", {}, {"lag": [0, 1, 2], "weight": ["1.600", "1.500e-7", "1.235e+6"]})
        shown = render(table, how, short=True)
        assert all(word in shown for word in words)
        assert "00e" not in shown

    def test_nothing_but_a_number_is_shortened(self):
        table = Table("memory", {}, {"transition": ["10/20", "100", "0.50"]})
        assert render(table, "csv", short=True).splitlines() == ["transition", "10/20", "100", "0.5"]


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_a_spec_is_complete(spec):
    needed = {"transition": "0.5", "width": 50, "relative_error": "0.1"}
    options = {
        name: needed[name]
        for name, default in spec.options.items()
        if name in needed and default is Parameter.empty
    }
    if "variances" in spec.options:
        options["variances"] = Variances("0.5")
    table = spec(**options)
    assert table.name == spec.name
    assert list(table.columns) == list(spec.headings)
    assert len({len(column) for column in table.columns.values()}) == 1
    assert spec.about
    assert spec.example.startswith("--")


@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.parametrize("digits", [None, 40])
def test_every_layout_shows_every_number(how, digits):
    table = TABLES["lag-weights"](Variances("0.3"), 6, digits=digits)
    shown = render(table, how)
    assert not shown.endswith("\n")
    for weight in table.columns["weight"]:
        assert str(weight) in shown


def test_digits_are_exactly_as_many_as_asked_for():
    column = TABLES["lag-weights"](Variances("0.3"), 4, digits=40).columns["weight"]
    assert column[3] == "0.3240000000000000000000000000000000000000"
    assert all(len(re.sub(r"^0\.0*|\.", "", weight)) == 40 for weight in column)


def test_json_has_stable_keys():
    document = json.loads(render(TABLES["lag-weights"](Variances("0.3"), 1), "json"))
    assert document == {
        "table": "lag-weights",
        "parameters": {"transition": "3/10", "input": "1", "output": "1", "digits": None},
        "rows": [{"lag": 0, "weight": 2.0}],
    }


class TestFiniteWidth:
    VARIANCES = Variances("0.6", "0.8", "1.7")
    PARTS = Variances("0.6", "0.8", "1.7", rates=Rates("0.3", 2, "0.7"))
    FROZEN = Variances(0.5, rates=Rates(1, 0, 0.5))

    @pytest.mark.parametrize("variances", [VARIANCES, PARTS, FROZEN], ids=str)
    def test_columns_are_the_exact_mean_and_the_law(self, variances):
        table = TABLES["finite-width"](variances, 5, width=50)
        np.testing.assert_allclose(table.columns["weight"], lag_weights(variances, 5), rtol=1e-15)
        mean = np.diagonal(expected_lag_kernel(50, variances, 5)).astype(float)
        np.testing.assert_array_equal(table.columns["mean"], mean)
        deviation = np.sqrt(np.diagonal(lag_kernel_variance(50, variances, 5)))
        np.testing.assert_allclose(table.columns["standard-deviation"], deviation, rtol=1e-15)
        weight = np.array(table.columns["weight"])
        np.testing.assert_allclose(table.columns["relative-fluctuation"], deviation / weight, rtol=1e-15)
        np.testing.assert_allclose(table.columns["relative-bias"], mean / weight - 1, atol=1e-15)

    def test_a_bias_below_rounding_keeps_its_digits(self):
        [*_, bias] = TABLES["finite-width"](Variances(1), 3, width=10**12).columns["relative-bias"]
        assert bias == 1.5e-24

    @pytest.mark.parametrize("digits", [1, 30])
    def test_digits_are_those_of_the_floats_and_more(self, digits):
        exact = TABLES["finite-width"](self.VARIANCES, 4, width=7, digits=digits)
        floats = TABLES["finite-width"](self.VARIANCES, 4, width=7)
        for name, column in exact.columns.items():
            rounding = max(0.5 * 10.0 ** (1 - digits), 1e-15)
            np.testing.assert_allclose([float(x) for x in column], floats.columns[name], rtol=rounding)

    def test_a_root_halfway_between_two_decimals_is_decided(self):
        # the standard deviation at lag 0 is (2 (nu_F^2 + nu_C^2) / n)^(1/2) = 5/2
        table = TABLES["finite-width"](Variances(1, "2.5", "2.5"), 1, width=4, digits=1)
        assert table.columns["standard-deviation"] == ["3"]

    def test_a_weight_of_0_is_refused(self):
        with pytest.raises(ValueError, match="the weight of lag 2 is 0"):
            TABLES["finite-width"](Variances(0), 3, width=5)


def test_required_widths_are_the_least():
    variances = Variances("0.9")
    table = TABLES["required-width"](variances, 4, relative_error="0.02")
    for lag, fluctuation, mean in zip(*table.columns.values(), strict=True):
        for width, name in ((fluctuation, "relative-fluctuation"), (mean, "relative-bias")):
            values = [
                TABLES["finite-width"](variances, lag + 1, width=n).columns[name][lag]
                for n in (width, max(1, width - 1))
            ]
            assert values[0] <= 0.02
            assert values[1] > 0.02 or width == 1


@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.parametrize(
    "table",
    [
        TABLES["finite-width"](Variances("0.5"), 3, width=10),
        TABLES["required-width"](Variances("0.5"), 3, relative_error="0.1"),
    ],
    ids=lambda table: table.name,
)
def test_every_layout_shows_every_column(how, table):
    shown = render(table, how)
    names = TABLES[table.name].headings.values() if how == "latex" else table.columns
    for name, column in zip(names, table.columns.values(), strict=True):
        assert name in shown
        assert all(str(value) in shown for value in column)


ODD = r"<b>&amp; \"x\" | *y* `z` $1 \w"


@pytest.mark.parametrize("how", ["html", "markdown"])
def test_words_are_words_in_every_format(how):
    table = Table(ODD, {"network": ODD}, {ODD: [ODD, 1.5], "other": [None, 2]}, title=ODD)
    for shown in (render(table, how), getattr(table, f"_repr_{how}_")()):
        assert "<b>" not in shown.replace(r"\<b>", "")
        if how == "markdown":
            header, rule, *_ = [line for line in shown.splitlines() if line.startswith("|")]
            assert len(re.findall(r"(?<!\\)\|", header)) == len(re.findall(r"\|", rule)) == 3
            assert not re.search(r"(?<!\\)[$`]", shown)
        else:
            parsed = Cells()
            parsed.feed(shown)
            assert ODD in parsed.texts


class Cells(HTMLParser):
    """The texts of an HTML table."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def handle_data(self, data):
        self.texts.append(data.strip())


class TestFrame:
    def test_columns_are_of_the_numbers_kind(self):
        frame = TABLES["sums"](Variances("0.5"), 3).frame()
        assert [str(kind) for kind in frame.dtypes] == ["int64", "float64", "float64"]
        assert frame["tail"].tolist() == [8.0, 6.0, 4.0]

    def test_certified_digits_stay(self):
        frame = TABLES["lag-weights"](Variances("0.3"), 4, digits=40).frame()
        assert str(frame.weight[3]) == "0.3240000000000000000000000000000000000000"
        assert frame.weight.sum() == Decimal("4.704")

    def test_what_is_infinite_or_not_there_is_told(self):
        frame = TABLES["memory"](["0.5", 1]).frame()
        assert frame["peak-lag"].tolist() == [1.0, inf]
        networks = NETWORK_TABLES["memory"](["torch", "keras"]).frame()
        assert networks.width.isna().tolist() == [False, True]
        assert networks.width[0] == 480

    def test_widths_of_any_size_keep_their_digits(self):
        table = TABLES["required-width"](Variances(1), 2, relative_error="1e-15")
        assert table.frame().fluctuation.tolist() == list(table.columns["fluctuation"])
        assert table.columns["fluctuation"][1] > 2**63

    def test_it_says_what_it_is(self):
        about = TABLES["lag-weights"](Variances("0.3"), 1).frame().attrs
        assert about["table"] == "lag-weights"
        assert about["parameters"]["transition"] == "3/10"
        assert set(about["columns"]) == {"lag", "weight"}
        assert TABLES["lag-weights"](Variances("0.3"), 1).frame().to_csv(index=False) == "lag,weight\n0,2.0\n"


class TestInANotebook:
    def test_it_shows_title_parameters_and_headings(self):
        table = TABLES["sums"](Variances("0.5"), 2)
        for shown in (table._repr_html_(), table._repr_markdown_()):
            assert "the sums of the weights before lag i" in shown
            assert "transition = 1/2" in shown
            assert r"\rho_j$" in shown
        assert r"$\sum_{j&lt;i}\rho_j$" in table._repr_html_()
        assert table._repr_latex_() == render(table, "latex")

    def test_of_a_long_one_the_first_rows(self):
        table = TABLES["lag-weights"](Variances(1), 1000)
        for shown in (table._repr_html_(), table._repr_markdown_(), table._repr_latex_()):
            assert "940 more rows" in shown
            assert len(shown) < 10_000


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_columns_have_a_meaning_whose_mathematics_can_be_read(spec):
    for column in spec.columns.values():
        assert latex(column.meaning)
        assert column.heading.count("$") % 2 == 0


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="none called 'weights'; choose from lag-weights"):
        tables.table("weights")


def test_latex_tells_what_it_is_of_and_needs():
    comment = render(TABLES["lag-weights"](Variances("0.3"), 2, digits=5), "latex").splitlines()[0]
    assert comment.startswith("% lag-weights: transition = 3/10, input = 1, output = 1, digits = 5;")
    assert "booktabs" in comment
