"""The user's data: checked, standardised, and parted in three."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from numeric import Task
from numeric.arguments import memory
from verify.arrays import not_finite

__all__ = ["Scale", "Settings", "Split", "split"]

LAGS = 40
PARTS = 3
NAMED = {"validation": "what is for validation", "held_out": "what is held out"}
GREATEST = 1e75
MOST_COLUMNS, MOST_WORK = 2000, 2**36
"""Limits of some seconds to a minute: lags n_x n_y, and the outputs for training times (lags n_x)^2."""


@dataclass(frozen=True, eq=False)
class Settings:
    """The data and what is to be done with them.

    ``inputs`` and ``outputs``, (N, T, n_x) and (N, T, n_y), may be mapped files: they are not read before
    their shapes are accepted.  Outputs that were not observed are NaN.  ``names`` is what errors call them;
    ``transitions`` the nu_W that are tried; ``validation`` and ``held_out`` are shares; ``lags`` at most 40
    by default.
    """

    inputs: Shaped[np.ndarray, "..."]
    outputs: Shaped[np.ndarray, "..."]
    names: tuple[str, str] = ("inputs", "outputs")
    transitions: tuple[str, ...] = ("0.3",)
    input_variance: str = "1"
    output_variance: str = "1"
    width: int = 1000
    epochs: int = 200
    validation: float = 0.2
    held_out: float = 0.2
    lags: int | None = None


@dataclass(frozen=True, eq=False)
class Scale:
    """What was taken from the data, a mean for each coordinate, and what they were then divided by."""

    mean: Float[np.ndarray, " n"]
    deviation: float


@dataclass(frozen=True, eq=False)
class Split:
    """The standardised data in three parts, and in words which they are.

    ``parts`` are the first and last index of each, counting ``units``, sequences or steps; ``scales`` belong
    to inputs and outputs.
    """

    training: Task
    validation: Task
    held_out: Task
    words: str
    units: str
    parts: dict[str, tuple[int, int]]
    scales: dict[str, Scale]

    @property
    def tasks(self) -> dict[str, Task]:
        """The three parts by name."""
        return {part: getattr(self, part) for part in self.parts}


def split(settings: Settings) -> Split:
    """The data in three parts, checked and standardised.

    Raises ValueError, in one line that names the file at fault.
    """
    x_name, y_name = settings.names
    _check_headers(settings)
    for option, share in (("--held-out", settings.held_out), ("--validation", settings.validation)):
        if not 0 < share < 1:
            raise ValueError(f"{option} must be between 0 and 1, both excluded, got {share}")
    N, T, _ = settings.inputs.shape
    units, what = (N, "sequences") if N >= PARTS else (T, "steps")
    if units < PARTS:
        raise ValueError(
            f"{x_name} has {N} sequences of {T} steps; {PARTS} of either are needed: to train, to validate"
            " and to hold out"
        )
    held, validated = (max(1, round(units * share)) for share in (settings.held_out, settings.validation))
    kept = units - held - validated
    if kept < 1:
        raise ValueError(
            f"--held-out {settings.held_out} and --validation {settings.validation} leave none of {units}"
            f" {what} to train on; take less"
        )
    by_sequence = what == "sequences"
    most = T if by_sequence else kept
    lags = min(LAGS, most) if settings.lags is None else settings.lags
    if not 1 <= lags <= most:
        steps = "steps of a sequence" if by_sequence else "steps for training"
        raise ValueError(f"--lags must be between 1 and {most}, the {steps}, got {lags}")
    _check_size(settings, lags, kept * (T if by_sequence else N))

    x, y = _floats(x_name, settings.inputs), _floats(y_name, settings.outputs, gaps=True)
    ends = {"training": (0, kept), "validation": (kept, units - held), "held_out": (units - held, units)}

    def trained(array: Float[np.ndarray, "N T n"]) -> Float[np.ndarray, "..."]:
        return array[:kept] if by_sequence else array[:, :kept]

    observed = {part: y[slice(*ends[part])] if by_sequence else y[:, slice(*ends[part])] for part in ends}
    _check_observed(y_name, observed)
    x, x_scale = _standardised(x_name, x, trained)
    y, y_scale = _standardised(y_name, y, trained)

    def task(start: int, end: int) -> Task:
        if by_sequence:
            return Task(x[start:end], y[start:end], lags)
        past = slice(max(0, start - lags + 1), end)
        return Task(x[:, past], y[:, past], lags, start - past.start)

    tasks = {part: task(*indices) for part, indices in ends.items()}
    for part, words in NAMED.items():
        if not tasks[part].loss(np.zeros(tasks[part].response_shape)):
            raise ValueError(f"{y_name}: {words} is the training mean throughout: nothing to compare")
    few = "" if by_sequence else f"{N} sequence{'s' * (N > 1)}, so the steps are parted.  "
    words = (
        f"{few}Trained on the first {kept} of {units} {what}, validated on the next {validated}; held out:"
        f" the last {held}."
    )
    parts = {part: (start, end - 1) for part, (start, end) in ends.items()}
    scales = {"inputs": x_scale, "outputs": y_scale}
    return Split(**tasks, words=words, units=what, parts=parts, scales=scales)


def _check_headers(settings: Settings) -> None:
    for name, array, last in zip(
        settings.names, (settings.inputs, settings.outputs), ("n_x", "n_y"), strict=True
    ):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} has dtype {array.dtype}; real numbers are needed")
        if array.ndim != 3 or 0 in array.shape:
            raise ValueError(f"{name} has shape {array.shape}; (N, T, {last}) is needed, each at least 1")
    if settings.outputs.shape[:2] != settings.inputs.shape[:2]:
        N, T, _ = settings.inputs.shape
        raise ValueError(
            f"{settings.names[1]} has shape {settings.outputs.shape}; ({N}, {T}, n_y) is needed, as"
            f" {settings.names[0]} has shape {settings.inputs.shape}"
        )


def _check_size(settings: Settings, lags: int, training: int) -> None:
    """ValueError if there is too much to do, or not memory enough."""
    n_x, n_y = settings.inputs.shape[2], settings.outputs.shape[2]
    columns = lags * n_x * n_y
    if columns > MOST_COLUMNS:
        raise ValueError(
            f"lags n_x n_y = {lags} * {n_x} * {n_y} must be at most {MOST_COLUMNS}, got {columns}; take"
            f" fewer --lags or coordinates"
        )
    if training * (lags * n_x) ** 2 > MOST_WORK:
        raise ValueError(
            f"{training} outputs to train on are too many for {lags} lags of {n_x} inputs, at most"
            f" {MOST_WORK // (lags * n_x) ** 2}; take fewer --lags or sequences"
        )
    numbers = (
        6 * (settings.inputs.size + settings.outputs.size)
        + 6 * columns**2
        + 3 * settings.width**2
        + 4 * (settings.epochs + 1) * columns
    )
    need, there = 8 * numbers / 2**30, memory() / 2**30
    if need > 0.8 * there:
        raise ValueError(
            f"this takes some {need:.3g} GiB of memory, and the machine has {there:.3g}; take fewer"
            f" sequences, a smaller --width or fewer --epochs"
        )


def _floats(
    name: str, array: Shaped[np.ndarray, "N T n"], *, gaps: bool = False
) -> Float[np.ndarray, "N T n"]:
    """The array as float64; ValueError unless it is finite, or NaN where ``gaps`` are allowed."""
    with np.errstate(over="ignore", invalid="ignore"):  # of a long double, to infinity
        values = np.array(array, dtype=np.float64, order="C")
    known = np.where(np.isnan(values), 0, values) if gaps else values
    finite = np.isfinite(known)
    if not finite.all():
        raise ValueError(
            f"{name} has {not_finite(finite)}; {values.size} finite ones are needed"
            + (", or NaN where one was not observed" if gaps else "")
        )
    if np.abs(known).max() > GREATEST:
        raise ValueError(f"{name} has entries beyond {GREATEST:g} in modulus; scale them")
    return values


def _check_observed(name: str, parts: dict[str, Float[np.ndarray, "..."]]) -> None:
    """ValueError if there is nothing to learn a coordinate from, or nothing at all to test it on."""
    unseen = np.flatnonzero(np.isnan(parts["training"]).all(axis=(0, 1)))
    if len(unseen):
        raise ValueError(
            f"{name} has no entry but NaN in coordinate {unseen[0]} of the training data; leave it out"
        )
    for part, words in NAMED.items():
        if np.isnan(parts[part]).all():
            option = part.replace("_", "-")
            raise ValueError(f"{name} has no entry but NaN in {words}; take a larger --{option}")


def _standardised(
    name: str,
    array: Float[np.ndarray, "N T n"],
    trained: Callable[[Float[np.ndarray, "N T n"]], Float[np.ndarray, "..."]],
) -> tuple[Float[np.ndarray, "N T n"], Scale]:
    """Centred and scaled by what is not NaN of the training part."""
    mean = np.nanmean(trained(array), axis=(0, 1))
    centred = array - mean
    unit = np.nanmax(np.abs(trained(centred)))
    if unit <= 1e-12 * np.nanmax(np.abs(trained(array))):  # 0, or what rounding leaves
        raise ValueError(f"{name} is constant over the training data: there is nothing to learn from")
    centred /= unit  # whose squares might vanish
    deviation = float(np.nanstd(trained(centred)))
    standardised = centred / deviation
    if np.nanmax(np.abs(standardised)) > GREATEST:
        raise ValueError(f"{name}: what is held out is beyond {GREATEST:g} times what is trained on")
    return standardised, Scale(mean, deviation * float(unit))
