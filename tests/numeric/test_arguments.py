"""What users hand over is taken exactly or refused in words that help: every argument of every function."""

import collections
import dataclasses
import inspect
import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from mpmath.ctx_mp import MPContext

import derivations
import numeric
from numeric import (
    Task,
    Variances,
    arguments,
    convolution_descent,
    convolve,
    finite_width,
    fluctuations,
    kernel_regression,
    lag_weights,
    ntk,
    weights,
)
from numeric.descent import Descent


@dataclass(frozen=True)
class Is:
    """What an argument is: an Array, a Number, a Count, Counts; or something that other tests look at."""

    kind: str
    most: bool = True
    """Whether a count has an upper limit."""


ARRAY, NUMBER, COUNT, COUNTS, OTHER = map(Is, ("array", "number", "count", "counts", "other"))
ANY_COUNT = Is("count", most=False)

HALF = Variances("0.5")
X = np.array([[[1.0], [0.0], [1.0]], [[0.0], [1.0], [1.0]]])
TASK = Task(X, X[:, ::-1])
W, F, C = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[1.0], [0.0]]), np.array([[1.0, 1.0]])
THETA = np.eye(3).reshape(3, 1, 1, 3, 1, 1)
ONES = np.ones(3)
RESPONSE = np.ones((3, 1, 1))
DESCENT = convolution_descent(TASK, ONES)

WEIGHTS = {"variances": OTHER, "lags": COUNT, "digits": COUNT}
SCALAR = {"variances": OTHER, "digits": COUNT}
NETWORK = {"W": ARRAY, "F": ARRAY, "C": ARRAY}
SAMPLER = {
    "width": COUNT,
    "variances": OTHER,
    "lags": COUNT,
    "samples": COUNT,
    "n_x": COUNT,
    "n_y": COUNT,
    "rng": OTHER,
}
CHUNKS = SAMPLER | {"samples": ANY_COUNT, "first_block": ANY_COUNT}
SEQUENCE_KERNEL = {
    "x1": ARRAY,
    "x2": ARRAY,
    "variances": OTHER,
    "last_only": OTHER,
    "digits": COUNT,
    "lengths": OTHER,  # tests/numeric/test_network_kernels.py
    "pool": OTHER,
}
REQUIRED = {"variances": OTHER, "lag": COUNT, "relative_error": NUMBER}

TABLE: dict[str, dict[str, Is]] = {
    "Task": {"inputs": ARRAY, "outputs": ARRAY, "lags": COUNT, "first": COUNT},
    "Task.loss": {"responses": ARRAY},
    "Task.gradient": {"response": ARRAY},
    "Descent.steps": {"steps": COUNTS, "step": NUMBER},
    "Descent.flow": {"times": ARRAY},
    "Descent.limit": {},
    "Biased": {"network": OTHER, "hidden": OTHER, "readout": OTHER, "initial": OTHER},
    "Diagonal": {"eigenvalues": OTHER, "input": NUMBER, "output": NUMBER, "rates": OTHER},
    "Leaky": {"decay": NUMBER, "transition": NUMBER, "input": NUMBER, "output": NUMBER, "rates": OTHER},
    "Network": NETWORK | {"decay": NUMBER, "rates": OTHER},
    "Orthogonal": {"radius": NUMBER, "input": NUMBER, "output": NUMBER, "rates": OTHER},
    "Rates": {"transition": NUMBER, "input": NUMBER, "output": NUMBER},
    "Ring": {"inner": NUMBER, "outer": NUMBER},
    "Stack": {"networks": OTHER},
    "Variances": {"transition": NUMBER, "input": NUMBER, "output": NUMBER, "rates": OTHER},
    "convolution_descent": {"task": OTHER, "weights": ARRAY, "initial": ARRAY},
    "convolve": {"response": ARRAY, "inputs": ARRAY},
    "expected_lag_kernel": {"width": COUNT, "variances": OTHER, "lags": COUNT},
    "from_weights": NETWORK | {"parametrisation": OTHER},
    "gram_chunks": CHUNKS,
    "impulse_response": NETWORK | {"lags": COUNT},
    "kernel_condition": {"task": OTHER} | SCALAR,
    "kernel_regression": {
        "task": OTHER,
        "new_inputs": ARRAY,
        "variances": OTHER,
        "initial": ARRAY,
        "step": NUMBER,
        "steps": COUNT,
        "time": NUMBER,
        "digits": COUNT,
    },
    "lag_kernel": NETWORK | {"lags": COUNT},
    "lag_kernel_chunks": CHUNKS,
    "lag_kernel_covariance": {"width": COUNT, "variances": OTHER, "lags": COUNT},
    "lag_kernel_variance": {"width": COUNT, "variances": OTHER, "lags": COUNT},
    "lag_weights": WEIGHTS,
    "largest_stable_step": NETWORK | {"task": OTHER},
    "limit_kernel": {"network": OTHER, "lags": COUNT, "digits": COUNT},
    "linearised_descent": {"task": OTHER, "theta": ARRAY, "initial": ARRAY},
    "mean_lag": SCALAR,
    "memory_length": {"variances": OTHER, "epsilon": NUMBER},
    "network_descent": NETWORK | {"task": OTHER, "step": NUMBER},
    "network_gradients": NETWORK | {"task": OTHER},
    "nngp": SEQUENCE_KERNEL,
    "ntk": SEQUENCE_KERNEL,
    "partial_sum": WEIGHTS,
    "peak_lag": {"variances": OTHER},
    "preset": {"framework": OTHER, "n_x": COUNT},
    "prior_variance": WEIGHTS,
    "sample_lag_kernel": SAMPLER | {"impulse_response": OTHER},
    "sensitivity": WEIGHTS,
    "sequence_kernel": {"theta": ARRAY, "x1": ARRAY, "x2": ARRAY},
    "step_bound": {"task": OTHER, "weights": ARRAY, "steps": COUNTS, "step": NUMBER, "initial": ARRAY},
    "tail_mass": {"variances": OTHER, "lag": COUNT, "digits": COUNT},
    "total": SCALAR,
    "train_network": NETWORK | {"task": OTHER, "steps": COUNTS, "step": NUMBER},
    "uniform_bound": {"task": OTHER, "weights": ARRAY, "initial": ARRAY},
    "width_for_fluctuation": REQUIRED,
    "width_for_mean": REQUIRED,
}

GOOD: dict[str, Any] = {
    "variances": HALF,
    "task": TASK,
    "inputs": X,
    "outputs": X,
    "x1": X,
    "x2": X,
    "new_inputs": X,
    "responses": RESPONSE,
    "response": RESPONSE,
    "initial": RESPONSE,
    "weights": ONES,
    "theta": THETA,
    "times": np.array([0.0, 1.0]),
    "W": W,
    "F": F,
    "C": C,
    "rng": 0,
    "last_only": False,
    "impulse_response": False,
    "digits": 5,
    "step": 0.0625,
    "steps": 2,
    "time": 0.5,
    "epsilon": 0.5,
    "relative_error": 0.5,
    "network": HALF,
    "networks": [HALF],
    "eigenvalues": [0.5],
    "framework": "torch",
    "decay": 0.5,
    "radius": 0.5,
    "inner": 0,
    "outer": 0.5,
    "transition": 0.5,
    "input": 0.5,
    "output": 0.5,
}
COUNT_GOOD = 2


def of(name: str) -> Callable[..., Any]:
    owner, _, method = name.partition(".")
    if owner == "Descent":
        return getattr(DESCENT, method)
    return getattr(TASK, method) if method else getattr(numeric, name)


def call(name: str, **options: Any) -> Any:
    """The function with good arguments where it has no default, and these."""
    parameters = inspect.signature(of(name)).parameters.values()
    needed = {p.name: GOOD.get(p.name, COUNT_GOOD) for p in parameters if p.default is p.empty}
    if name == "kernel_regression" and {"step", "steps"} & set(options):
        needed |= {"step": GOOD["step"], "steps": GOOD["steps"]}
    return of(name)(**needed | options)


def outcome(result: Any) -> Any:
    """All numbers of a result, to be compared."""
    if isinstance(result, Descent):
        return outcome(result.limit())
    if isinstance(result, Iterator):
        return outcome(next(result))
    if isinstance(result, Task):
        return outcome([result.inputs, result.outputs, result.lags, result.first])
    if isinstance(result, Variances):
        return [result.transition, result.input, result.output]
    if dataclasses.is_dataclass(result):
        return outcome([getattr(result, field.name) for field in dataclasses.fields(result) if field.compare])
    if isinstance(result, tuple | list):
        return [outcome(part) for part in result]
    return np.asarray(result).tolist()


def each(kind: str, **properties: Any) -> list[tuple[str, str]]:
    return [
        (function, argument)
        for function, entries in TABLE.items()
        for argument, entry in entries.items()
        if entry.kind == kind and all(getattr(entry, key) == value for key, value in properties.items())
    ]


ARRAYS = pytest.mark.parametrize(("function", "argument"), each("array"))
NUMBERS = pytest.mark.parametrize(("function", "argument"), each("number"))
INTEGERS = pytest.mark.parametrize(("function", "argument"), each("count") + each("counts"))


def test_the_table_names_every_argument_of_every_public_function():
    methods = {
        f"{owner.__name__}.{name}": member
        for owner in (Task, Descent)
        for name, member in vars(owner).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    functions = {name: getattr(numeric, name) for name in numeric.__all__ if name != "PrecisionWarning"}
    public = functions | methods
    assert set(TABLE) == set(public)
    for name, member in public.items():
        assert set(TABLE[name]) == set(inspect.signature(member).parameters) - {"self"}, name


# What hides in arrays


class Quantity:
    """As units packages have it: NumPy reads the numbers and drops the unit, in silence."""

    def __init__(self, values: Any) -> None:
        self.values, self.units = values, "mV"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.values, dtype)


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


# Numbers


EXACTLY: tuple[Any, ...] = (
    *("1/16", "0.0625", Decimal("0.0625"), Fraction(1, 16)),
    *(sympy.Rational(1, 16), flint.fmpq(1, 16), np.array("0.0625"), np.array(Fraction(1, 16))),
)
IN_FLOATS: tuple[Any, ...] = (
    *(0.0625, np.float16(0.0625), np.float32(0.0625), np.float64(0.0625), np.longdouble(0.0625)),
    *(np.array(0.0625), np.array(0.0625, np.float16), np.array(0.0625, np.longdouble)),
    *(mpmath.mpf(0.0625), MPContext().mpf(0.0625), mpmath.fp.mpf(0.0625), mpmath.iv.mpf(0.0625)),
    *(sympy.Float(0.0625), sympy.Float("0.0625", 50), flint.arb(0.0625), flint.arf(0.0625)),
)
"""1/16 in every type of the scientific stack that has an exact value."""


@NUMBERS
def test_a_number_of_any_exact_type_is_taken(function, argument):
    expected = outcome(call(function, **{argument: Fraction(1, 16)}))
    for number in EXACTLY + IN_FLOATS:
        assert outcome(call(function, **{argument: number})) == expected, repr(number)


@given(st.fractions())
def test_rationals_round_trip(x):
    for same in (x, str(x), sympy.Rational(x), flint.fmpq(x.numerator, x.denominator)):
        assert arguments.exact_rational("x", same) == x


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_the_dyadic_numbers_they_are(x):
    contexts = (np.float64, np.array, np.longdouble, mpmath.mpf, MPContext().mpf, flint.arb, flint.arf)
    assert {arguments.exact_rational("x", convert(x)) for convert in contexts} == {Fraction(x)}


def test_more_digits_than_float64_has_are_kept():
    assert arguments.exact_rational("x", np.nextafter(np.longdouble(1), 2)) > 1
    assert arguments.exact_rational("x", sympy.Float("0.1", 50)) != Fraction(0.1)
    wide = MPContext()
    wide.prec = 200
    assert abs(arguments.exact_rational("x", wide.mpf(1) / 3) - Fraction(1, 3)) < Fraction(1, 2**200)


@pytest.mark.parametrize(
    "number", [3, np.int8(3), np.array(3), sympy.Integer(3), flint.fmpz(3), flint.fmpq(3)]
)
def test_integers_are_numbers_given_exactly(number):
    assert Variances(number).transition == 3
    assert Variances(number).exact


def test_variances_know_whether_they_were_given_exactly():
    assert all(Variances(1, number).exact for number in EXACTLY)
    assert not any(Variances(1, number).exact for number in IN_FLOATS)


@NUMBERS
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (True, "be a finite number, got True, of type bool"),
        (np.array(False), "be a finite number, got False, of type bool"),
        ([0.25], "be a finite number, got [0.25], of type list"),
        ("quarter", "be a finite number, got 'quarter'"),
        (np.timedelta64(1, "s"), "be a finite number, got np.timedelta64(1,'s'), of type timedelta64"),
        (pd.NA, "be a finite number, got <NA>, of type NAType"),
        (np.array([0.25]), "be a single number, got an array of shape (1,)"),
        (0.25 + 0j, "be real, got (0.25+0j), of type complex"),
        (mpmath.mpc(1), "be real, got mpc("),
        (flint.acb(1), "be real, got 1.00000000000000, of type acb"),
        (sympy.I, "be real, got I"),
        (sympy.sqrt(2), "have an exact value, got sqrt(2)"),
        (mpmath.pi, "have an exact value, got <pi: 3.14159~>; +x rounds such a constant x"),
        (flint.arb("0.1"), "have an exact value, got [0.1"),
        (mpmath.iv.mpf("0.1"), "have an exact value, got mpi("),
        (np.ma.masked, "not be a masked array; fill it first"),
        (Quantity(0.25), "have no unit, got one in 'mV'"),
    ],
)
def test_what_is_no_number_or_has_no_exact_value_is_told_so(function, argument, wrong, told):
    prefixed = isinstance(of(function), type) and function != "Network"
    name = f"{function.lower()}: {argument}" if prefixed else argument
    told = told.replace("np.timedelta64(1,'s')", repr(np.timedelta64(1, "s")))  # of older NumPys
    with pytest.raises(ValueError, match=f"^{name} must {re.escape(told)}"):
        call(function, **{argument: wrong})


@NUMBERS
@pytest.mark.parametrize(
    "wrong",
    [np.nan, np.array(np.inf), mpmath.inf, sympy.oo, sympy.nan, flint.arb("inf"), flint.arf("nan"), "nan"],
    ids=repr,
)
def test_what_is_not_finite_is_told_so(function, argument, wrong):
    with pytest.raises(ValueError, match=f"{argument} must be (a finite number|>= 0 and finite), got "):
        call(function, **{argument: wrong})


# Integers


@INTEGERS
@pytest.mark.parametrize(
    "wrong", [2.0, np.float64(2), True, np.True_, np.array(True), "2", Fraction(2), sympy.Rational(1, 2)]
)
def test_a_count_is_an_integer_and_no_float(function, argument, wrong):
    with pytest.raises(ValueError, match=f"^{argument} must be an integer >= [01], got "):
        call(function, **{argument: wrong})


@INTEGERS
@pytest.mark.parametrize("convert", [np.int8, np.uint64, np.array, sympy.Integer, flint.fmpz])
def test_of_any_library(function, argument, convert):
    assert outcome(call(function, **{argument: convert(2)})) == outcome(call(function, **{argument: 2}))


@pytest.mark.parametrize(("function", "argument"), each("count", most=True) + each("counts"))
@pytest.mark.parametrize("absurd", [10**5000, -(10**5000)], ids=["vast", "below 0"])
def test_a_count_out_of_range_is_refused_at_once_and_by_name(function, argument, absurd):
    with pytest.raises((ValueError, OverflowError), match=f"^{argument}( must|:)") as raised:
        call(function, **{argument: absurd})
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(("function", "argument"), each("count", most=False))
def test_chunks_are_drawn_from_streams_without_end(function, argument):
    assert outcome(call(function, **{argument: 10**5000})) is not None


@pytest.mark.parametrize("function", ["Descent.steps", "step_bound", "train_network"])
def test_so_are_too_many_counts(function):
    with pytest.raises(ValueError, match="steps must be at most 100000 numbers, got 1000000000000"):
        call(function, steps=range(10**12))


@pytest.mark.parametrize("vast", [10**5000, -(10**5000), [10**5000] * 9], ids=["vast", "below 0", "list"])
def test_messages_never_fail_themselves_nor_fill_pages(vast):
    refusals = (
        (lag_weights, {"variances": vast, "lags": 1}, "variances must be a Variances, got "),
        (numeric.largest_stable_step, {"W": W, "F": F, "C": C, "task": vast}, "task must be a Task, got "),
        (numeric.memory_length, {"variances": HALF, "epsilon": vast}, "epsilon must be "),
    )
    for function, options, told in refusals:
        with pytest.raises(ValueError, match=f"^{told}") as raised:
            function(**options)
        assert len(str(raised.value)) < 600
    if vast != 10**5000:
        with pytest.raises(
            ValueError, match=r"^rng must be an int >= 0, a SeedSequence or a Generator, got "
        ):
            call("gram_chunks", rng=vast)


def test_limits_that_docstrings_state_are_those_used():
    guide = {name: " ".join(inspect.getdoc(of(name)).split()) for name in TABLE}
    assert f"1 to {fluctuations.MOST_VARIANCES} (``MOST_VARIANCES``)" in guide["lag_kernel_variance"]
    assert f"1 to {fluctuations.MOST_COVARIANCES} (``MOST_COVARIANCES``)" in guide["lag_kernel_covariance"]
    assert f"1 to ``{round(finite_width.MOST_PRODUCTS**0.25)} / sqrt(n_x n_y)``" in guide["lag_kernel"]
    assert f"at most 10^{round(math.log10(finite_width.MOST_POWERS))}" in guide["impulse_response"]
    for name in ("lag_kernel_variance", "expected_lag_kernel", "tail_mass", "partial_sum"):
        assert f"10^{arguments.REACH}" in guide[name]
    assert f"10^{round(math.log10(arguments.MOST_COUNTS))}" in guide["Descent.steps"]
    assert f"10^{round(math.log10(arguments.MOST_COUNTS))}" in guide["train_network"]
    assert f"with ``digits`` to 10^{round(math.log10(weights.MOST_CERTIFIED))}" in guide["lag_weights"]


# Memory

TOO_LARGE = {
    "nngp": ({"x1": np.ones((1000, 100, 1))}, r"nngp: a kernel of shape \(1000, 1000, 100, 100\)"),
    "ntk": ({"x1": np.ones((1000, 100, 1))}, r"ntk: a kernel of shape \(1000, 1000, 100, 100\)"),
    "lag_kernel": ({"lags": 1000}, "lags: the lag kernel"),
    "impulse_response": ({"lags": 10**6}, "lags: the chain of W"),
    "sample_lag_kernel": ({"samples": 10**7}, "samples: an array of so many lag kernels"),
    "lag_kernel_chunks": ({"lags": 1000}, "lags: a chunk"),
    "gram_chunks": ({"n_x": 10**3}, "lags: a chunk"),
    "sequence_kernel": ({"x1": np.ones((10**3, 3, 1))}, "x1: its lagged inputs|sequence_kernel: the kernel"),
    "convolve": ({"inputs": np.ones((1, 10**6, 1))}, "convolve: the outputs"),
    "lag_weights": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "sensitivity": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "prior_variance": ({"lags": 10**6, "digits": 9}, "digits: so many lags"),
    "Descent.steps": ({"steps": range(10**5)}, "steps or times: the impulse responses"),
    "Descent.flow": ({"times": np.ones(10**5)}, "steps or times: the impulse responses"),
}


@pytest.mark.parametrize("function", TOO_LARGE)
def test_what_does_not_fit_in_memory_is_foreseen(function, monkeypatch):
    options, told = TOO_LARGE[function]
    monkeypatch.setattr(arguments, "memory", lambda: 10**5)
    with pytest.raises(ValueError, match=f"^({told})") as raised:
        call(function, **options)
    assert " GiB of memory, more than the 0.0000931 GiB of this machine; " in str(raised.value)


def test_ten_thousand_million_entries_are_named_in_gibibytes(monkeypatch):
    monkeypatch.setattr(arguments, "memory", lambda: 2**36)
    with pytest.raises(ValueError, match=r"would take 74\.5 GiB of memory, more than the 64 GiB"):
        ntk(np.ones((1000, 100, 1)), variances=HALF)
    monkeypatch.setattr(arguments, "memory", lambda: 8 * 10**6)
    assert ntk(np.ones((1000, 100, 1)), variances=HALF, last_only=True).shape == (1000, 1000)


def test_with_digits_entries_take_what_was_measured(monkeypatch):
    monkeypatch.setattr(arguments, "memory", lambda: 10**5)
    with pytest.raises(ValueError, match=r"^ntk: a kernel of shape"):
        ntk(np.ones((20, 1, 1)), variances=HALF, digits=5)
    with pytest.raises(ValueError, match=r"^ntk: a kernel of shape"):
        ntk(np.ones((2, 1, 1)), variances=HALF, digits=10**6)
    assert ntk(np.ones((2, 1, 1)), variances=HALF, digits=5).shape == (2, 2, 1, 1)


def test_a_machine_that_does_not_tell_its_memory_has_a_stated_limit(monkeypatch):
    def unknown(_: str) -> int:
        raise ValueError

    monkeypatch.setattr(arguments.os, "sysconf", unknown)
    arguments.memory.cache_clear()
    try:
        assert arguments.memory() == arguments.MOST_MEMORY
    finally:
        arguments.memory.cache_clear()


# Framework weights


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_weights_of_a_framework_are_converted_as_the_docstring_says(n, seed):
    rng = np.random.default_rng(seed)
    W_std, F_std, C_std = (rng.uniform(-(n**-0.5), n**-0.5, shape) for shape in ((n, n), (n, 2), (3, n)))
    network = n**0.5 * W_std, F_std, n**0.5 * C_std
    powers = [np.linalg.matrix_power(W_std, j) for j in range(4)]
    assert numeric.impulse_response(*network, 4) == pytest.approx(
        np.array([C_std @ power @ F_std for power in powers]), abs=1e-14
    )
    # the framework's kernel, n I (x) Q + P (x) I + n P * Q, from derivatives with respect to its weights
    outer = [
        sum(np.einsum("pi,jx->pxij", C_std @ powers[a], powers[j - 1 - a] @ F_std) for a in range(j))
        for j in range(4)
    ]
    shares = [np.zeros((4, 3, 2, 4, 3, 2)) for _ in range(3)]
    for i, j in itertools.product(range(4), repeat=2):
        by_C = np.einsum("nx,ny->xy", powers[i] @ F_std, powers[j] @ F_std)
        by_F = np.einsum("pn,qn->pq", C_std @ powers[i], C_std @ powers[j])
        shares[0][i, :, :, j] = np.einsum("pq,xy->pxqy", np.eye(3), by_C)
        shares[1][i, :, :, j] = np.einsum("pq,xy->pxqy", by_F, np.eye(2))
        if i and j:
            shares[2][i, :, :, j] = np.einsum("pxij,qyij->pxqy", outer[i], outer[j])
    assert numeric.lag_kernel(*network, 4) == pytest.approx(
        shares[0] / n + shares[1] + shares[2] / n, abs=1e-12
    )


def test_importing_the_package_imports_no_library_of_numbers_or_tables():
    script = "import sys, numeric; sys.exit(not {'sympy', 'scipy', 'pandas'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_lag_weights_of_exact_types_are_those_of_the_fraction():
    assert np.array_equal(
        lag_weights(Variances(sympy.Rational(1, 3)), 5), lag_weights(Variances(flint.fmpq(1, 3)), 5)
    )


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


def test_numbers_of_very_many_digits_are_refused_in_our_own_words():
    vast = 10**4500
    for call_ in (
        lambda: Variances(-vast),
        lambda: Variances(vast, 0, 0),
        lambda: numeric.memory_length(HALF, -vast),
        lambda: derivations.exact_mean(vast, 0),
        lambda: derivations.exact_variance(0, vast),
        lambda: derivations.moment(vast),
    ):
        with pytest.raises(ValueError, match=r"\S") as error:
            call_()
        assert "integer string conversion" not in str(error.value)


def test_a_class_is_no_number():
    with pytest.raises(ValueError, match="be a finite number, got <class 'int'>, of type type"):
        Variances(int)
