"""Arrays, of every function that takes one, are taken exactly or refused in words that help."""

import collections
import inspect
import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sympy
from hypothesis import given
from hypothesis import strategies as st
from public_arguments import ARRAYS, DESCENT, GOOD, HALF, TABLE, Quantity, call, each, of, outcome

from numeric import Task, Variances, convolve, kernel_regression, ntk


class Lazy:
    """As lazily computed arrays are: what they hold is seen when NumPy reads them."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values


class Labelled:
    """As xarray has it: around any array, which it hands to NumPy stripped."""

    def __init__(self, values: Any) -> None:
        self.data = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.data, dtype)


class Unreadable:
    """As a tensor on another device, or one that requires a gradient."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("cannot be read")


def at_depth(array: np.ndarray, depth: int, wrap: Callable[[Any], Any], nest: type = list) -> Any:
    """Nested sequences with the first part of the array at that depth wrapped."""
    if depth == 0:
        return wrap(array)
    return nest([at_depth(array[0], depth - 1, wrap, nest), *array[1:]])


def masked(part: Any) -> Any:
    return np.ma.masked_array(part, True) if np.ndim(part) else np.ma.masked


def boxed(part: Any) -> np.ndarray:
    box = np.empty(1, object)
    box[0] = masked(part)
    return box[0]


HIDING = {
    "masked": (masked, "must not be a masked array; fill it first"),
    "lazy": (lambda part: Lazy(masked(np.atleast_1d(part))), "must not be a masked array; fill it first"),
    "labelled": (lambda part: Labelled(masked(np.atleast_1d(part))), "must not be a masked array; fill"),
    "unit": (Quantity, "must have no unit, got one in 'mV'; pass its plain numbers"),
    "sparse": (lambda _: scipy.sparse.csr_array(np.eye(2)), "must be dense, got a sparse csr_array; pass"),
}


@ARRAYS
@pytest.mark.parametrize("hiding", HIDING)
def test_nothing_hides_in_an_array_however_deep(function, argument, hiding):
    wrap, told = HIDING[hiding]
    array = GOOD[argument]
    depths = range(argument == "outputs" and hiding == "masked", array.ndim + 1)  # there it has a meaning
    for depth, nest in itertools.product(depths, (list, tuple, collections.deque)):
        with pytest.raises(ValueError, match=f"^{argument} {re.escape(told)}"):
            call(function, **{argument: at_depth(array, depth, wrap, nest)})


@ARRAYS
def test_nor_in_arrays_of_objects(function, argument):
    array = GOOD[argument]
    objects = array.astype(object)
    objects.flat[0] = np.ma.masked
    rows = np.empty(len(array), object)
    rows[:] = [masked(row) for row in array]
    for hidden in (objects, rows, [rows], [[objects]]):
        with pytest.raises(ValueError, match=f"^{argument} must not be a masked array"):
            call(function, **{argument: hidden})


@ARRAYS
@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT])
def test_missing_values_are_refused_as_such(function, argument, missing):
    array = GOOD[argument].astype(object)
    array.flat[-1] = missing
    with pytest.raises(ValueError, match=f"^{argument} must have no missing values, got "):
        call(function, **{argument: array})


@pytest.mark.parametrize("digits", [None, 20])
def test_pandas_is_read_where_all_is_there(digits):
    frame = pd.DataFrame({"unit": pd.array([1, 2], dtype="Int64"), "nnz": [0.5, 1.0], "mask": [True, False]})
    kernel = ntk([frame], variances=HALF, digits=digits)
    assert np.array_equal(kernel, ntk([[[1, 0.5, 1], [2, 1, 0]]], variances=HALF, digits=digits))
    missing = frame.assign(unit=pd.array([1, None], dtype="Int64"))
    with pytest.raises(ValueError, match="x1 must have no missing values, got <NA>"):
        ntk([missing], variances=HALF, digits=digits)


def test_counts_hide_nothing_either():
    for hidden in ([1, np.ma.masked], (np.ma.masked_array([1, 2], [True, False]),)):
        with pytest.raises(ValueError, match="steps must not be a masked array"):
            DESCENT.steps(hidden)
    with pytest.raises(ValueError, match="steps must have no unit"):
        DESCENT.steps(Quantity([1, 2]))


@pytest.mark.parametrize("wrong", [None, {1: 2}, {1.0}, object(), (x for x in [1.0]), "abc", Unreadable()])
@ARRAYS
def test_what_is_no_array_is_refused_by_name(function, argument, wrong):
    if wrong is None and inspect.signature(of(function)).parameters[argument].default is None:
        return
    with pytest.raises(ValueError, match=f"^{argument} must "):
        call(function, **{argument: wrong})


# Numbers in arrays


@ARRAYS
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.float32, np.longdouble, object])
def test_real_arrays_of_any_type_are_data(function, argument, dtype):
    array = GOOD[argument]
    assert outcome(call(function, **{argument: array.astype(dtype)})) == outcome(
        call(function, **{argument: array})
    )


WITH_DIGITS = [(f, a) for f, a in each("array") if "digits" in TABLE[f]]


@pytest.mark.parametrize(("function", "argument"), WITH_DIGITS)
@pytest.mark.parametrize(
    "convert", [bool, int, str, Fraction, Decimal, mpmath.mpf, sympy.Rational, flint.fmpq, np.longdouble]
)
def test_with_digits_entries_are_numbers_of_any_exact_type(function, argument, convert):
    array = GOOD[argument]
    entries = np.frompyfunc(lambda x: convert(int(x)), 1, 1)(array)
    expected = outcome(call(function, **{argument: array}, digits=20))
    for given_as in (entries, entries.tolist()):
        assert outcome(call(function, **{argument: given_as}, digits=20)) == expected


def test_numbers_side_by_side_keep_what_they_are():
    """NumPy would round the integer beside a float, and write the float beside a string in decimal."""
    big = 2**60 + 1
    last = {"variances": Variances(0, 1, 0), "last_only": True, "digits": 40}
    assert ntk([[[big]], [[0.5]]], **last)[0, 0] == big**2
    mixed = ntk([[[1]]], [[["0.5"]], [[0.1]], [[True]]], **last)[0]
    assert mixed[1] == ntk([[[1]]], [[[Fraction(0.1)]]], **last)[0, 0]
    assert mixed[1] != ntk([[[1]]], [[["0.1"]]], **last)[0, 0]
    assert mixed[2] == 1


@ARRAYS
def test_the_hint_to_digits_is_given_where_it_helps(function, argument):
    array = GOOD[argument]
    told = "digits= takes" if (function, argument) in WITH_DIGITS else r"np\.array\(..., dtype=float\)"
    for entries in (array.astype(int).astype(str), np.frompyfunc(Fraction, 1, 1)(array)):
        with pytest.raises(ValueError, match=f"^{argument} must be an array of real numbers, .*; {told}"):
            call(function, **{argument: entries})
    for other in (array.astype(complex), array.astype("datetime64[s]")):
        with pytest.raises(ValueError, match=f"^{argument} must be an array of real numbers") as raised:
            call(function, **{argument: other})
        assert "digits" not in str(raised.value)
        assert "dtype=float" not in str(raised.value)


@ARRAYS
def test_complex_arrays_are_told_what_to_do(function, argument):
    array = GOOD[argument]
    with pytest.raises(ValueError, match=f"^{argument} must be .*pass its .real"):
        call(function, **{argument: array * (1 + 0j)})
    with pytest.raises(ValueError, match=f"^{argument} must be .*make a complex coordinate two real ones"):
        call(function, **{argument: array * 1j + 1j})


# Sequences of different lengths

SEQUENCES = [(f, a) for f, a in each("array") if a in ("x1", "x2", "inputs", "outputs", "new_inputs")]


@pytest.mark.parametrize(("function", "argument"), SEQUENCES)
def test_sequences_of_different_lengths_are_told_to_be_padded(function, argument):
    lists = [[[1.0], [2.0]], [[1.0]]]
    arrays = [np.ones((2, 1)), np.ones((1, 1))]
    objects = np.empty(2, object)
    objects[:] = arrays
    told = f"^{argument} must be an array, got rows of unequal length: 2, 1; pad shorter .* on the left"
    for ragged in (lists, tuple(lists), arrays, objects):
        with pytest.raises(ValueError, match=told):
            call(function, **{argument: ragged})


@ARRAYS
def test_other_rows_of_unequal_length_are_not(function, argument):
    nested: Any = [1.0, [1.0]]
    for _ in range(GOOD[argument].ndim - 1):
        nested = [nested]
    with pytest.raises(ValueError, match=f"^{argument} must be an array, got rows of unequal length$"):
        call(function, **{argument: nested})


sequences = st.lists(
    st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=4),
    min_size=2,
    max_size=3,
)


def padded(ragged: list[list[list[int]]]) -> tuple[np.ndarray, list[int]]:
    """The sequences with zeros on their left, and how many."""
    longest = max(map(len, ragged))
    before = [longest - len(sequence) for sequence in ragged]
    return np.array([[[0, 0]] * k + s for k, s in zip(before, ragged, strict=True)]), before


@given(sequences, st.sampled_from([HALF, Variances(1), Variances("1.3", 2, "0.7")]))
def test_zeros_on_the_left_are_exact_for_the_kernel(ragged, variances):
    x, before = padded(ragged)
    last = ntk(x, variances=variances, digits=30, last_only=True)
    whole = ntk(x, variances=variances, digits=30)
    for (n, a), (m, b) in itertools.product(enumerate(ragged), repeat=2):
        alone = ntk([a], [b], variances=variances, digits=30)[0, 0]
        assert last[n, m] == alone[-1, -1]
        assert np.array_equal(whole[n, m, before[n] :, before[m] :], alone)
        assert not whole[n, m, : before[n]].any()
        assert not whole[n, m, :, : before[m]].any()


@given(sequences)
def test_and_for_the_outputs_of_an_impulse_response_and_the_loss(ragged):
    x, before = padded(ragged)
    L = np.arange(8).reshape(4, 1, 2)
    y = convolve(L, x)
    assert all(
        np.array_equal(y[n, k:], convolve(L, [s])[0])
        for (n, s), k in zip(enumerate(ragged), before, strict=True)
    )
    assert not any(y[n, :k].any() for n, k in enumerate(before))
    wanted = [np.ones((len(s), 1)) for s in ragged]
    alone = [Task([s], [w], len(s)).loss(L[: len(s)]) for s, w in zip(ragged, wanted, strict=True)]
    outputs = np.array([np.pad(w, ((k, 0), (0, 0))) for w, k in zip(wanted, before, strict=True)])
    together = Task(x, outputs).loss(L[: x.shape[1]])
    assert together == pytest.approx(sum(alone), rel=1e-12)


def test_and_for_kernel_regression():
    task = Task([[[0], [1], [2]], [[1], [1], [0]]], [[[0], [1], [1]], [[0], [1], [2]]])
    alone = kernel_regression(task, [[[1], [3]]], variances=HALF, digits=20)[0]
    left = kernel_regression(task, [[[0], [1], [3]]], variances=HALF, digits=20)[0]
    assert left.tolist() == [[0], *alone.tolist()]


@pytest.mark.parametrize("exact", [None, 5])
def test_times_are_no_plain_numbers_however_deep(exact):
    second, never = np.timedelta64(2, "s"), np.timedelta64("NaT")
    for entry, told in ((second, "have no unit"), (np.datetime64("2020"), "have no unit"), (never, "NaT")):
        for x in ([[[entry], [1.0]]], np.array([[[entry], [1.0]]], dtype=object)):
            with pytest.raises(ValueError, match=f"^x1.* {told}"):
                ntk(x, variances=HALF, digits=exact)


@pytest.mark.parametrize("digits", [None, 5])
def test_more_axes_than_numpy_copes_with_are_refused(digits):
    try:
        deep = np.ones((1,) * 40).astype(object)
    except ValueError:  # of older NumPys, which know no more axes
        pytest.skip("this NumPy has no arrays of so many axes")
    endless: list[Any] = []
    endless.append(endless)
    for x in (deep, deep.tolist(), endless):
        with pytest.raises(ValueError, match=r"^x1 must "):
            ntk(x, variances=HALF, digits=digits)
