"""What ``experiment fit`` learned as files: predictions and impulse responses, in the units of the data.

All models predict ``y_t = m_y + sum_j L_j (x_{t-j} - m_x)``, with the means of the training data and L the
response that validation chose, times the deviation of the outputs over that of the inputs.  Before its start
a sequence counts as m_x.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from numeric import convolve
from verify.console import BadInput
from verify.experiments.fit.judging import chosen
from verify.experiments.fit.measuring import Result
from verify.experiments.students import LEARNERS

__all__ = ["export_format", "predictions", "responses"]

SUFFIXES = (".npz", ".csv")


def export_format(option: str, path: Path) -> str:
    """The format that a file's suffix names; BadInput if it is unknown.

    >>> export_format("--response", Path("response.npz"))
    '.npz'
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{option}: {path} must end in {' or '.join(SUFFIXES)}")
    return path.suffix.lower()


def predictions(result: Result, form: str) -> bytes:
    """What the models predict of every output, (N, T, n_y), and which part of the data it belongs to.

    In .csv a row is a step of a sequence, and the columns are coordinates of the outputs.
    """
    x = result.split.scales["inputs"]
    y = result.split.scales["outputs"]
    inputs = (np.array(result.settings.inputs, dtype=np.float64) - x.mean) / x.deviation
    predicted = {
        model: _finite(y.mean + y.deviation * convolve(chosen(result, model).learned, inputs))
        for model in LEARNERS
    }
    N, T, n_y = predicted["network"].shape
    part = np.empty((N, T), dtype="<U10")
    for name, (first, last) in result.split.parts.items():
        units = slice(first, last + 1)
        part[(units,) if result.split.units == "sequences" else (slice(None), units)] = name
    if form == ".npz":
        return _npz({**predicted, "part": part})
    sequence, step = np.indices((N, T))
    columns = {"sequence": sequence.ravel(), "step": step.ravel(), "part": part.ravel()}
    for model, values in predicted.items():
        for k in range(n_y):
            columns[model if n_y == 1 else f"{model} {k}"] = values[..., k].ravel()
    return _csv(columns)


def responses(result: Result, form: str) -> bytes:
    """The learned impulse responses, (lags, n_y, n_x), and the means of outputs and inputs.

    In .csv a row is an entry, and the means are left out: they are in the JSON file.
    """
    x, y = result.split.scales["inputs"], result.split.scales["outputs"]
    unit = y.deviation / x.deviation
    learned = {model: _finite(chosen(result, model).learned * unit) for model in LEARNERS}
    if form == ".npz":
        return _npz({**learned, "input_mean": x.mean, "output_mean": y.mean})
    axes = dict(zip(("lag", "output", "input"), np.indices(learned["network"].shape), strict=True))
    return _csv({name: values.ravel() for name, values in (axes | learned).items()})


def _finite(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    if not np.isfinite(values).all():
        raise BadInput("the results leave the range of float64 in the units of the data; scale them")
    return values


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _csv(columns: Mapping[str, np.ndarray]) -> bytes:
    return pd.DataFrame(columns).to_csv(index=False).encode()  # type: ignore[no-any-return]
