"""Tables: every layout carries the same numbers, unrounded."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import Variances, lag_weights
from verify.tables import TABLES, lag_weight_table, render

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
    table = lag_weight_table(Variances("0.3"), 6, digits)
    shown = render(table, how)
    assert not shown.endswith("\n")
    for weight in table.columns["weight"]:
        assert str(weight) in shown


def test_digits_are_exactly_as_many_as_asked_for():
    column = lag_weight_table(Variances("0.3"), 4, 40).columns["weight"]
    assert column[3] == "0.3240000000000000000000000000000000000000"
    assert all(len(re.sub(r"^0\.0*|\.", "", weight)) == 40 for weight in column)


def test_json_has_stable_keys():
    document = json.loads(render(TABLES["lag-weights"](Variances("0.3"), 1, None), "json"))
    assert document == {
        "table": "lag-weights",
        "parameters": {"transition": "3/10", "input": "1", "output": "1", "digits": None},
        "rows": [{"lag": 0, "weight": 2.0}],
    }
