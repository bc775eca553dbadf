"""Networks really drawn at several widths: the true weights hold, wrong ones do not."""

import pytest
from test_checks import WRONG

from verify.checks import dense


@pytest.mark.parametrize("seed", range(3))
def test_the_weights_hold(seed):
    verdicts = list(dense.check(seed))
    assert [verdict.name for verdict in verdicts if not verdict.holds] == []
    assert len(verdicts) == len(dense.WIDTHS) + 2


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_weights_are_rejected(wrong):
    failed = {verdict.name for verdict in dense.check(0, wrong) if verdict.holds is False}
    assert {"mean at n=64", "mean, all widths"} <= failed


def test_a_deviation_that_shrinks_otherwise_is_rejected(monkeypatch):
    slope_verdict = dense.slope_verdict
    monkeypatch.setattr(
        dense, "slope_verdict", lambda *args, slope, **rest: slope_verdict(*args, slope=slope - 0.2, **rest)
    )
    assert not list(dense.check(0))[-1].holds
