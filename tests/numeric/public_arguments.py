"""Every argument of every public function: of which kind it is, and a value that is good."""

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import numeric
from numeric import Task, Variances, convolution_descent
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


class Quantity:
    """As units packages have it: NumPy reads the numbers and drops the unit, in silence."""

    def __init__(self, values: Any) -> None:
        self.values, self.units = values, "mV"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.values, dtype)
