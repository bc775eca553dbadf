"""The check of every public function is complete, and right for any seed."""

import inspect

import numpy as np
import pytest

import derivations
import numeric
from numeric.descent import Descent
from verify.checks.functions import COMPARISONS, check, drawn
from verify.checks.functions.cases import Comparison, equal, verdict
from verify.statistics import summarise_blocks

PROVED = {"statements"}
"""Public functions that another check is about."""


def public_functions():
    """Of numeric, of derivations, and of the classes that numeric hands out."""
    names = {
        name
        for module in (numeric, derivations)
        for name in module.__all__
        if not (inspect.isclass(member := getattr(module, name)) and module is derivations)
        and callable(member)
        and not (inspect.isclass(member) and issubclass(member, Exception))
    }
    methods = {
        f"{cls.__name__}.{name}"
        for cls, kinds in ((numeric.Task, ()), (Descent, (property,)))
        for name, member in vars(cls).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, kinds))
    }
    return (names | methods) - PROVED


def test_every_public_function_has_a_comparison_and_every_comparison_a_function():
    compared = {comparison.name.split(",")[0] for comparison in COMPARISONS}
    assert public_functions() - compared == set()
    assert compared - public_functions() == set()


def test_a_function_without_a_comparison_is_missed(monkeypatch):
    monkeypatch.setattr(numeric, "__all__", [*numeric.__all__, "new_law"])
    monkeypatch.setattr(numeric, "new_law", lambda lag: lag, raising=False)
    assert "new_law" in public_functions()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_truth_holds_for_any_seed(seed):
    found = list(check(seed))
    assert not [one.name for one in found if not one.holds]
    assert [one.name for one in found if one.p_value is None] == [one.name for one in COMPARISONS]
    assert len({one.name for one in found}) == len(found)


def test_a_seed_fixes_all_verdicts():
    short = tuple(one for one in COMPARISONS if one.name in {"peak_lag", "ntk", "Descent.limit"})
    first, second = (list(check(5, comparisons=short)) for _ in range(2))
    assert first == second


def test_a_wrong_case_is_told():
    def cases(_):
        yield equal(4, pow, 2, 2)
        yield equal(9, pow, 2, 3)

    failed = verdict("functions", Comparison("pow", "products", cases), 0)
    assert (failed.holds, failed.statistic, failed.detail) == (False, 1, "wrong: pow(2, 3)")


def test_an_exception_where_there_is_an_answer_is_wrong():
    def cases(_):
        yield equal(1, numeric.peak_lag, numeric.Variances(2))

    assert not verdict("functions", Comparison("peak_lag", "", cases), 0).holds


def test_a_definition_that_fails_is_no_traceback():
    def cases(_):
        yield equal(4, pow, 2, 2)
        raise ArithmeticError("no value")

    failed = verdict("functions", Comparison("pow", "", cases), 0)
    assert (failed.holds, failed.detail) == (False, "after 1 cases: ArithmeticError('no value')")


class TestLaws:
    def test_false_alarms_come_at_the_rate_of_a_loosened_level(self):
        sizes = ((3, 1, 1), (8, 1, 1))
        alarms = [
            one.name
            for seed in range(8)
            for one in drawn.laws("functions", seed, sizes=sizes, level=0.01)
            if not one.holds
        ]
        # 8 verdicts a seed, each false with probability at most 0.01: 0.64 expected
        assert len(alarms) <= 0.64 + 5 * 0.64**0.5

    @pytest.mark.parametrize("moments", [drawn.gram_moments, drawn.kernel_moments, drawn.orthogonal_moments])
    def test_moments_are_as_symmetric_as_the_reserve_assumes(self, moments):
        draws, exact, _ = moments(np.random.SeedSequence(1))
        centred = draws - draws.mean(axis=0)
        skewness = abs((centred**3).mean(axis=0) / draws.std(axis=0) ** 3).max()
        assert skewness < len(draws) ** 0.5 / 20
        assert summarise_blocks([draws]).mean.shape == (len(exact),)

    @pytest.mark.parametrize("size", drawn.SIZES)
    def test_what_should_be_uniform_is_bounded_and_complete(self, size):
        width, _, _ = size
        for side in drawn._sides(0, *size):
            assert side.shape[0] == drawn.SAMPLES
            assert 0 <= side.min() <= side.max() <= 1
            rank = min(width, drawn.LAGS)
            columns = min(rank, drawn.LAGS - 1)
            hessenberg = sum(min(k + 2, rank) for k in range(columns))
            assert side.shape[1] == 1 + hessenberg + rank
