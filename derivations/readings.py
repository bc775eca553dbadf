"""What the names of the catalogue's formulas mean to Coq, statement by statement.

Beside the definitions in ``coq/`` that are named there, these tables are what a reader of the theorems has to
trust.  :mod:`derivations.coq_printer` writes propositions by them.
"""

from collections.abc import Mapping

from derivations.coq_reading import Matrix, Reading, Vector
from derivations.readings_of_networks import READINGS_OF_NETWORKS
from derivations.readings_of_training import READINGS_OF_TRAINING

__all__ = ["READINGS", "Matrix", "Reading", "Vector"]

READINGS: Mapping[str, Reading] = {**READINGS_OF_NETWORKS, **READINGS_OF_TRAINING}
