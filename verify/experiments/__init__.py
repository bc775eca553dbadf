"""The experiments: what wide linear networks learn, on synthetic and on real data.

Each is a package: ``measuring`` trains, and returns frozen dataclasses of numbers; ``judging`` turns these
into choices, intervals and verdicts, by statistics that it states; ``telling`` prints and draws them.  None
knows those after it.  Where one would be long, a part of it has a module of its own, such as ``data``.
What experiments share stands beside them: ``students`` and ``errors`` are for measuring, ``margins`` for
judging, ``reporting`` for telling.

A package hands out frozen ``Settings``, with a ``QUICK`` and a ``FULL`` instance, and four functions:
``labels`` names the stages of ``run``, which measures; ``report`` and ``draw`` show what was measured.  (The
settings of ``fit`` are the user's.)  The table here is all that the command line knows of them; an experiment
is imported when it runs.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["EXPERIMENTS", "Experiment"]


@dataclass(frozen=True)
class Experiment:
    """An experiment by name, which is its package's: what it shows, and what ``--full`` does more."""

    name: str
    shows: str
    full: str = ""

    def load(self) -> Any:
        """Import the package."""
        return import_module(f"verify.experiments.{self.name}")


EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            "equivalence",
            "a wide network in training follows the scaled convolution",
            "300 epochs for 50, more networks and samples: tens of minutes.",
        ),
        Experiment(
            "memory",
            "which delays a network learns, by transition variance",
            "Width 1000 for 400, every delay, more repetitions: tens of minutes.",
        ),
        Experiment(
            "initialisations",
            "which delays Gaussian, orthogonal, leaky, ring and stacked networks learn",
            "Every delay, wider pairs and more of them: some minutes.",
        ),
        Experiment(
            "neural",
            "the firing rate of a real neuron predicted from the sound it hears",
            "More amounts of data, nu_W, students and steps: tens of minutes.",
        ),
        Experiment("fit", "network, scaled and ordinary convolution on your data"),
    )
}
