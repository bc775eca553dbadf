"""What validation chooses, and what is to be expected of it on new data."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from verify.experiments.fit.measuring import Result, Run
from verify.experiments.students import LEARNERS

__all__ = ["Choice", "beats_the_mean", "chosen", "still_falling", "stopped"]


@dataclass(frozen=True, eq=False)
class Choice:
    """A model of one nu_W at the epoch of its least error on the validation data."""

    run: Run
    model: str
    epoch: int
    error: float
    """On the validation data."""

    @property
    def expected(self) -> float:
        """Its error on the data held out, which chose nothing."""
        return float(self.run.held_out[self.model][self.epoch])

    @property
    def learned(self) -> Float[np.ndarray, "lags n_y n_x"]:
        """Its impulse response."""
        return self.run.learned[self.model]


def stopped(run: Run, model: str) -> Choice:
    """A model where validation stops it."""
    errors = run.validation[model]
    return Choice(run, model, int(errors.argmin()), float(errors.min()))


def chosen(result: Result, model: str) -> Choice:
    """The same with the nu_W that validation chooses: the first of the best."""
    return min((stopped(run, model) for run in result.runs), key=lambda choice: choice.error)


def beats_the_mean(result: Result) -> bool:
    """Whether any model predicts what is held out better than the training mean does."""
    return min(chosen(result, model).expected for model in LEARNERS) < 1


def still_falling(result: Result) -> list[str]:
    """The models whose least error is that of the last epoch."""
    return [model for model in LEARNERS if chosen(result, model).epoch == result.settings.epochs]
