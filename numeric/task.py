r"""What a model learns: outputs y_t wanted of inputs x_t, x_{t-1}, ... of the same sequence.

Linear recurrent networks and convolutions predict ``sum_j L_j x_{t-j}``, so the loss sees them only through
their impulse response L, and the data only through the *lagged inputs*, the matrix X with a row for each
output wanted, ``X[(n, t), (j, x)] = x_n[t - j]``:

    J(L) = |r|^2 / 2,    r = X L - Y,    dJ/dL_j = X_j' r.

A tall X = Q R may be replaced by R, and Y by Q'Y, without any change to J but a constant, |Y|^2 - |Q'Y|^2.
So after one pass over the data a step of training costs the same for ten sequences and for ten thousand.
Where X is too large to be formed it is applied by FFT, in memory linear in the length of the sequences.

Q mixes the steps: what R and Q'Y give is off by rounding errors of the norms |X_j| and |r|.  So training uses
them, as its own matrices mix as much, but the loss and the gradient that are handed out come from X itself.

A coordinate of an output that nobody observed has no equation: its row of X is not there for this coordinate.
As the loss is a sum over the coordinates, those that are observed at the same steps share their X, and each
such pattern is a problem of its own.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, NewType, TypeAlias

import numpy as np
from jaxtyping import Float, Int

from derivations.lazily import imported
from numeric.arguments import Array, Count, at_least, finite_array, real_array, shown
from numeric.cached import cached_property
from numeric.lagged import MOST_FORMED, LaggedInputs, flat, lagged_matrix, lagged_operator, product, unflat

__all__ = [
    "OPERATIONS",
    "Equations",
    "GivenTask",
    "Pattern",
    "Rows",
    "Task",
    "energies_of",
    "formed",
    "given_task",
    "reduced_gradient",
    "worth_forming",
]

Rows: TypeAlias = Any
"""Of X: their indices, or a slice for all of them."""

OPERATIONS = 2**36
"""For the reduction of the largest X that is formed; its decomposition in full may take a minute or more."""
_PART = 2**20
"""Entries of X that a loss or gradient forms at a time; where a sequence has more they use the FFT."""
_SEQUENCES = 2**12
"""Whose squares are added one by one: their sum is off by at most 5e-13 of itself."""
_LEAST, _GREATEST = 1e-75, 1e75
_SHOWN = 100
"""Numbers of a task that are shown one by one."""


class Pattern(NamedTuple):
    """Coordinates of the outputs that are observed at the same steps."""

    outputs: Int[np.ndarray, " some"]
    """Which of the n_y."""
    rows: Rows
    """When: rows of X, that is steps from ``first`` on, sequence after sequence."""


class Equations(NamedTuple):
    """``|X L - Y|^2 + constant`` is twice the loss of these coordinates of the outputs."""

    outputs: Int[np.ndarray, " some"]
    X: LaggedInputs
    Y: Float[np.ndarray, "rows some"]
    constant: float


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Task:
    """Outputs to be predicted from the last few inputs, with the squared loss J = |r|^2 / 2.

    Parameters
    ----------
    inputs : (N, T, n_x)
        N sequences of T steps.
    outputs : (N, T, n_y)
        What is wanted at each step; those before ``first`` are not looked at.  What nobody observed is NaN,
        or masked in a masked array: it has no equation, and counts nowhere.
    lags : int, optional
        The lags the model sees, 1 to T; all T by default.
    first : int
        The first step whose output counts, 0 to T - 1: ``lags - 1`` leaves out those that would see inputs
        from before the start, ``T - 1`` leaves the last outputs alone.

    Raises
    ------
    ValueError
        If an array is not of finite real numbers (outputs may be NaN), or its greatest is beyond 1e75 or
        below 1e-75 in modulus, where fourth powers leave float64; if shapes do not agree, a number is out of
        range, or no output from ``first`` on is observed.

    Notes
    -----
    A loss or gradient costs ``outputs lags n_x n_y`` operations, or fewer by FFT where a sequence has more
    than 2^20 entries of X.  Training reduces X once, by ``outputs lags n_x min(outputs, lags n_x)``
    operations; a step then needs ``(lags n_x)^2 n_y`` at most.  Beyond 2^36 of them (lags = T above some
    thousand) X is applied by FFT instead: memory ``16 N T n_x`` bytes some ten times over, and for the
    training in closed form some 200 vectors of the length of the outputs and of the lags.  Training costs all
    this once for each pattern of steps at which coordinates of the outputs are observed.

    Examples
    --------
    A delay by one step is learned by L_1 = 1:

    >>> delay = Task(inputs=[[[1], [2], [3]]], outputs=[[[0], [1], [2]]], lags=2)
    >>> L = np.array([[[0.0]], [[1.0]]])
    >>> print(delay.loss([L, 0 * L]).round(15), delay.gradient(0 * L).ravel())
    [0.  2.5] [-8. -5.]

    Had nobody seen the last output, only 0 and 1 would be to be met:

    >>> Task([[[1], [2], [3]]], [[[0], [1], [np.nan]]], lags=2).gradient(0 * L).ravel()
    array([-2., -1.])
    """

    inputs: Float[np.ndarray, "N T n_x"]
    outputs: Float[np.ndarray, "N T n_y"]
    lags: int
    first: int

    def __init__(self, inputs: Array, outputs: Array, lags: Count | None = None, first: Count = 0) -> None:
        x, y = finite_array("inputs", inputs, 3), _targets(outputs)
        if 0 in x.shape:
            raise ValueError(f"inputs must have shape (N, T, n_x), none of them 0, got {x.shape}")
        if y.shape[:2] != x.shape[:2] or y.shape[2] == 0:
            wanted = f"(N, T, n_y) with N = {x.shape[0]} and T = {x.shape[1]} as in inputs, n_y >= 1"
            raise ValueError(f"outputs must have shape {wanted}, got {y.shape}")
        steps = x.shape[1]
        chosen = {
            "inputs": _frozen(x),
            "outputs": _frozen(y),
            "lags": steps if lags is None else at_least(1, "lags", lags),
            "first": at_least(0, "first", first, most=steps - 1),
        }
        for name, value in chosen.items():
            object.__setattr__(self, name, value)
        if self.lags > steps:
            raise ValueError(
                f"lags must be at most T = {steps}, the length of the sequences, got {shown(self.lags)}"
            )
        if np.isnan(y[:, self.first :]).all():
            raise ValueError(f"outputs: none from step first = {self.first} on is observed, all are missing")
        for name, array in (("inputs", x), ("outputs", np.nan_to_num(y))):
            size = np.abs(array).max()
            if size and not _LEAST <= size <= _GREATEST:
                sizes = f"0 or between {_LEAST:g} and {_GREATEST:g}"
                raise ValueError(f"{name}: the greatest modulus must be {sizes}, got {size:g}; scale them")

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are made anew: read-only as this one, and without what it has computed."""
        return Task, (self.inputs, self.outputs, self.lags, self.first)

    def __repr__(self) -> str:
        """What makes the same task, or if that fills pages its sizes."""
        if self.inputs.size + self.outputs.size <= _SHOWN:
            arrays = f"{self.inputs.tolist()}, {self.outputs.tolist()}"
            return f"Task({arrays}, lags={self.lags}, first={self.first})"
        N, T, _ = self.inputs.shape
        missing = int(np.isnan(self.outputs).sum())
        return (
            f"<Task: {N} sequences of {T} steps, n_x = {self.n_x}, n_y = {self.n_y}, lags = {self.lags}, "
            f"first = {self.first}{f', {missing} outputs not observed' * (missing > 0)}>"
        )

    @property
    def n_x(self) -> int:
        """Coordinates of an input."""
        return int(self.inputs.shape[2])

    @property
    def n_y(self) -> int:
        """Coordinates of an output."""
        return int(self.outputs.shape[2])

    @property
    def response_shape(self) -> tuple[int, int, int]:
        """The shape of an impulse response: lags, n_y, n_x."""
        return self.lags, self.n_y, self.n_x

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """The coordinates that are observed anywhere, and where; one pattern for all if none is missing."""
        wanted = self._wanted
        if not np.isnan(wanted).any():
            return (Pattern(np.arange(self.n_y), slice(None)),)
        alike: dict[bytes, list[int]] = {}
        for output, column in enumerate(wanted.T):
            alike.setdefault(np.isnan(column).tobytes(), []).append(output)
        each = [(np.array(outputs), ~np.isnan(wanted[:, outputs[0]])) for outputs in alike.values()]
        return tuple(Pattern(outputs, np.flatnonzero(seen)) for outputs, seen in each if seen.any())

    @property
    def _wanted(self) -> Float[np.ndarray, "rows n_y"]:
        """Y, NaN where it was not observed."""
        return self.outputs[:, self.first :].reshape(-1, self.n_y)

    @cached_property
    def reduced(self) -> tuple[Equations, ...]:
        """X, Y and the constant of the loss for each pattern; of as few rows as can be."""
        return tuple(self._reduced(pattern) for pattern in self.patterns)

    def _reduced(self, pattern: Pattern) -> Equations:
        Y = self._wanted[pattern.rows][:, pattern.outputs]
        if worth_forming(len(Y), self.lags * self.n_x):
            return formed(self, pattern)
        return Equations(pattern.outputs, _selected(self._operator, pattern.rows), Y, 0.0)

    @cached_property
    def _operator(self) -> LaggedInputs:
        unseen = max(0, self.first - self.lags + 1)
        return lagged_operator(self.inputs[:, unseen:], self.lags, self.first - unseen)

    def _parts(self) -> Iterator[tuple[LaggedInputs, Float[np.ndarray, "rows n_y"]]]:
        """X and Y by some sequences at a time, or X applied to all of them."""
        N, T, n_x = self.inputs.shape
        entries = (T - self.first) * self.lags * n_x
        each = max(1, _PART // entries) if entries <= _PART else N
        for n in range(0, N, each):
            some = slice(n, n + each)
            Y = self.outputs[some, self.first :].reshape(-1, self.n_y)
            formed = entries <= _PART
            yield lagged_matrix(self.inputs[some], self.lags, self.first) if formed else self._operator, Y

    def _blocks(
        self, pattern: Pattern, rows: int
    ) -> Iterator[tuple[Float[np.ndarray, "rows columns"], Float[np.ndarray, "rows some"]]]:
        """X and Y by so many rows at most: of several sequences, or of a part of one."""
        N, T, _ = self.inputs.shape
        each, span = max(1, rows // (T - self.first)), min(rows, T - self.first)
        for n, t in itertools.product(range(0, N, each), range(self.first, T, span)):
            seen = max(0, t - self.lags + 1)
            X = lagged_matrix(self.inputs[n : n + each, seen : t + span], self.lags, t - seen)
            Y = self.outputs[n : n + each, t : t + span].reshape(-1, self.n_y)[:, pattern.outputs]
            observed = ~np.isnan(Y[:, 0])
            yield (X, Y) if observed.all() else (X[observed], Y[observed])

    @cached_property
    def energies(self) -> Float[np.ndarray, " lags"]:
        """The squared spectral norm ``|X_j|^2`` of the inputs at each lag: the greatest of all patterns'."""
        greatest: np.ndarray = np.max([energies_of(self, pattern) for pattern in self.patterns], axis=0)
        return greatest

    def loss(self, responses: Array) -> Float[np.ndarray, "*batch"] | float:
        """J of impulse responses, shape (..., lags, n_y, n_x).

        Each entry of r is off by at most 1e-12 of its own absolute terms, ``sum_j |L_j| |x_{t-j}| + |y_t|``,
        and the sum of their squares by as much of itself.
        """
        L = self._response("responses", responses, None)
        matrices = [flat(one) for one in L.reshape(-1, *self.response_shape)]
        squares = np.zeros(len(matrices))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for X, Y in self._parts():
                squares += [np.square(_residual(X, matrix, Y)).sum() for matrix in matrices]
            losses: np.ndarray = squares.reshape(L.shape[:-3]) / 2
        if not np.isfinite(losses).all():
            raise OverflowError("the loss exceeds the range of float64; scale the responses or the task")
        return losses[()]

    def gradient(self, response: Array) -> Float[np.ndarray, "lags n_y n_x"]:
        """``dJ/dL_j`` at an impulse response.

        Off by at most 1e-12 of its own absolute terms, ``sum_t |x_{t-j}| |r_t|``, and by what errors in r do,
        which are those of :meth:`loss`.
        """
        L = self._response("response", response, 3)
        total = np.zeros((self.lags * self.n_x, self.n_y))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for X, Y in self._parts():
                total += product(X.T, _residual(X, flat(L), Y))
        return _finite(unflat(total, self.n_x))

    def _response(self, name: str, value: Array, dimensions: int | None) -> Float[np.ndarray, "..."]:
        L = finite_array(name, value, dimensions)
        if L.shape[-3:] != self.response_shape:
            wanted = f"shape {self.response_shape}, (lags, n_y, n_x) of the task"
            raise ValueError(f"{name} must have {wanted}, got {L.shape}")
        return L


if TYPE_CHECKING:
    GivenTask: TypeAlias = Task
else:  # so called in help(), and anything to run-time type checkers: given_task judges, and words the error
    GivenTask = NewType("Task", object)


def given_task(task: GivenTask) -> Task:
    """The task itself; ValueError unless it is a :class:`Task`.

    >>> given_task([[1.0]])
    Traceback (most recent call last):
    ValueError: task must be a Task, got [[1.0]]; write Task(inputs, outputs)
    """
    given: Any = task
    if not isinstance(given, Task):
        raise ValueError(f"task must be a Task, got {shown(given)}; write Task(inputs, outputs)")
    return given


def formed(task: Task, pattern: Pattern) -> Equations:
    """The equations of a pattern with X as an array, however long that takes."""
    columns, outputs = task.lags * task.n_x, pattern.outputs
    # all of (X Y) = Q R, block by block of rows; the rest is what Y has beyond the columns of X
    triangle: np.ndarray = np.empty((0, columns + len(outputs)))
    for X, wanted in task._blocks(pattern, max(1, MOST_FORMED // columns)):
        triangle = np.vstack((triangle, np.hstack((X, wanted))))
        if len(triangle) > columns:
            triangle = np.asarray(np.linalg.qr(triangle, mode="r"))
    reducible = len(triangle) > columns
    top = triangle[:columns] if reducible else triangle
    beyond = triangle[columns:, columns:] if reducible else np.zeros(0)
    return Equations(outputs, top[:, :columns], top[:, columns:], float(np.square(beyond).sum()))


def energies_of(task: Task, pattern: Pattern) -> Float[np.ndarray, " lags"]:
    """``|X_j|^2`` in the equations of one pattern, to 1e-12 of the sum of its squares."""
    N, T, n_x = task.inputs.shape
    if isinstance(pattern.rows, slice):  # X_j'X_j adds the squares of T - first steps, from first - j on
        some = (task.inputs[n : n + _SEQUENCES] for n in range(0, N, _SEQUENCES))
        squares = sum(np.einsum("ntx,nty->txy", inputs, inputs) for inputs in some)
        before = np.zeros((task.lags - 1, n_x, n_x))
        grams = _window_sums(np.concatenate((before, squares))[task.first :], T - task.first)[::-1]
    else:  # correlate what is observed with the squares of the inputs
        squares = np.einsum("ntx,nty->ntxy", task.inputs, task.inputs).reshape(N, T, n_x**2)
        observed = np.zeros(N * (T - task.first))
        observed[pattern.rows] = 1
        lagged = lagged_matrix if squares.size * task.lags <= MOST_FORMED else lagged_operator
        grams = product(lagged(squares, task.lags, task.first).T, observed[:, None])
        grams = grams.reshape(task.lags, n_x, n_x)
    return np.maximum(np.linalg.eigvalsh(grams)[:, -1], 0)


def reduced_gradient(
    task: Task, response: Float[np.ndarray, "lags n_y n_x"]
) -> Float[np.ndarray, "lags n_y n_x"]:
    """:meth:`Task.gradient` for training, from the reduced rows: off by rounding errors of ``|X_j| |r|``."""
    gradient = np.zeros_like(response)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for outputs, X, Y, _ in task.reduced:
            gradient[:, outputs] = unflat(X.T @ (X @ flat(response[:, outputs]) - Y), task.n_x)
    return _finite(gradient)


def _finite(gradient: Float[np.ndarray, "lags n_y n_x"]) -> Float[np.ndarray, "lags n_y n_x"]:
    if not np.isfinite(gradient).all():
        raise OverflowError("the gradient exceeds the range of float64; scale the response or the task")
    return gradient


def _targets(outputs: Array) -> Float[np.ndarray, "..."]:
    """The outputs as float64, NaN where they were not observed; ValueError unless the others are finite."""
    given: Any = outputs
    masked = isinstance(given, np.ma.MaskedArray)
    values = real_array("outputs", np.ma.getdata(given) if masked else given, 3)
    missing = np.isnan(values) | (np.ma.getmaskarray(given) if masked else False)
    targets = finite_array("outputs", np.where(missing, 0, values), 3)
    targets[missing] = np.nan
    return targets


def _residual(
    X: LaggedInputs, response: Float[np.ndarray, "columns n_y"], Y: Float[np.ndarray, "rows n_y"]
) -> Float[np.ndarray, "rows n_y"]:
    """r; 0 where nothing was observed, which adds to no sum."""
    return np.where(np.isnan(Y), 0, product(X, response) - Y)


def _window_sums(
    values: Float[np.ndarray, "times *entries"], size: int
) -> Float[np.ndarray, "windows *entries"]:
    """The sum of each window of so many, from sums of 1, 2, 4, ...: ``2 log2(size)`` additions deep."""
    count, start = len(values) - size + 1, 0
    sums = np.zeros((count, *values.shape[1:]))
    for bit in range(size.bit_length()):
        if size >> bit & 1:
            sums += values[start : start + count]
            start += 2**bit
        values = values[: -(2**bit)] + values[2**bit :]
    return sums


def _selected(X: LaggedInputs, rows: Rows) -> LaggedInputs:
    """Some rows of an operator."""
    if isinstance(rows, slice):
        return X
    size = len(rows)
    sparse = imported("scipy.sparse")
    choice = sparse.csr_array((np.ones(size), rows, np.arange(size + 1)), shape=(size, X.shape[0]))
    return imported("scipy.sparse.linalg").aslinearoperator(choice) @ X


def _frozen(array: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """A copy that does not change: what is computed from it is kept."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def worth_forming(rows: int, columns: int, operations: int | None = None) -> bool:
    """Whether X of this shape is taken block by block of rows, and not by FFT."""
    small = min(rows, columns)
    most = OPERATIONS if operations is None else operations
    return small * columns <= MOST_FORMED and rows * columns * small <= most
