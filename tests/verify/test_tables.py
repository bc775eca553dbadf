"""Tables: every layout carries the same numbers, unrounded."""

import csv
import io
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import Variances, expected_lag_kernel, lag_kernel_variance, lag_weights
from verify.tables import HEADINGS, TABLES, finite_width_table, lag_weight_table, render, required_width_table

LAYOUTS = ["text", "csv", "json", "latex", "markdown", "html"]


@given(st.floats(0, 2), st.integers(1, 30))
def test_csv_and_json_give_back_every_float(transition, lags):
    variances = Variances(transition)
    table, weights = lag_weight_table(variances, lags), lag_weights(variances, lags).tolist()
    rows = list(csv.DictReader(io.StringIO(render(table, "csv"))))
    assert [float(row["weight"]) for row in rows] == weights
    document = json.loads(render(table, "json"))
    assert document["rows"] == [{"lag": i, "weight": weight} for i, weight in enumerate(weights)]


@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.parametrize("digits", [None, 40])
def test_every_layout_shows_every_number(how, digits):
    table = lag_weight_table(Variances("0.3"), 6, digits=digits)
    shown = render(table, how)
    assert not shown.endswith("\n")
    for weight in table.columns["weight"]:
        assert str(weight) in shown


def test_digits_are_exactly_as_many_as_asked_for():
    column = lag_weight_table(Variances("0.3"), 4, digits=40).columns["weight"]
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

    def test_columns_are_the_exact_mean_and_the_law(self):
        table = finite_width_table(self.VARIANCES, 5, width=50)
        np.testing.assert_allclose(table.columns["weight"], lag_weights(self.VARIANCES, 5), rtol=1e-15)
        mean = np.diagonal(expected_lag_kernel(50, self.VARIANCES, 5)).astype(float)
        np.testing.assert_array_equal(table.columns["mean"], mean)
        deviation = np.sqrt(np.diagonal(lag_kernel_variance(50, self.VARIANCES, 5)))
        np.testing.assert_allclose(table.columns["standard-deviation"], deviation, rtol=1e-15)
        weight = np.array(table.columns["weight"])
        np.testing.assert_allclose(table.columns["relative-fluctuation"], deviation / weight, rtol=1e-15)
        np.testing.assert_allclose(table.columns["relative-bias"], mean / weight - 1, atol=1e-15)

    def test_a_bias_below_rounding_keeps_its_digits(self):
        [*_, bias] = finite_width_table(Variances(1), 3, width=10**12).columns["relative-bias"]
        assert bias == 1.5e-24

    @pytest.mark.parametrize("digits", [1, 30])
    def test_digits_are_those_of_the_floats_and_more(self, digits):
        exact = finite_width_table(self.VARIANCES, 4, width=7, digits=digits)
        floats = finite_width_table(self.VARIANCES, 4, width=7)
        for name, column in exact.columns.items():
            rounding = max(0.5 * 10.0 ** (1 - digits), 1e-15)
            np.testing.assert_allclose([float(x) for x in column], floats.columns[name], rtol=rounding)

    def test_a_root_halfway_between_two_decimals_is_decided(self):
        # the standard deviation at lag 0 is (2 (nu_F^2 + nu_C^2) / n)^(1/2) = 5/2
        table = finite_width_table(Variances(1, "2.5", "2.5"), 1, width=4, digits=1)
        assert table.columns["standard-deviation"] == ["3."]

    def test_a_weight_of_0_is_refused(self):
        with pytest.raises(ValueError, match="the weight of lag 2 is 0"):
            finite_width_table(Variances(0), 3, width=5)


def test_required_widths_are_the_least():
    variances = Variances("0.9")
    table = required_width_table(variances, 4, relative_error="0.02")
    for lag, fluctuation, mean in zip(*table.columns.values(), strict=True):
        for width, name in ((fluctuation, "relative-fluctuation"), (mean, "relative-bias")):
            values = [
                finite_width_table(variances, lag + 1, width=n).columns[name][lag]
                for n in (width, max(1, width - 1))
            ]
            assert values[0] <= 0.02
            assert values[1] > 0.02 or width == 1


@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.parametrize(
    "table",
    [
        finite_width_table(Variances("0.5"), 3, width=10),
        required_width_table(Variances("0.5"), 3, relative_error="0.1"),
    ],
    ids=lambda table: table.name,
)
def test_every_layout_shows_every_column(how, table):
    shown = render(table, how)
    names = HEADINGS[table.name] if how == "latex" else table.columns
    for name, column in zip(names, table.columns.values(), strict=True):
        assert name in shown
        assert all(str(value) in shown for value in column)


def test_latex_tells_what_it_is_of_and_needs():
    comment = render(lag_weight_table(Variances("0.3"), 2, digits=5), "latex").splitlines()[0]
    assert comment.startswith("% lag-weights: transition = 3/10, input = 1, output = 1, digits = 5;")
    assert "booktabs" in comment
