"""What users hand over, made exact or refused.

*Numbers* and counts (:mod:`numeric.arguments.numbers`) are taken without rounding, whatever library they
come from.  *Arrays* (:mod:`numeric.arguments.arrays`) are real, and hide nothing that NumPy would drop in
silence (:mod:`numeric.arguments.hidden`).  What would not fit in memory (:mod:`numeric.arguments.capacity`)
is refused before work begins.
"""

from derivations.arguments import shown
from numeric.arguments.arrays import Array, checked_array, finite_array, real_array
from numeric.arguments.capacity import bytes_of_number, memory, refuse_too_large
from numeric.arguments.hidden import refuse_hidden
from numeric.arguments.numbers import (
    MOST_COUNTS,
    MOST_LAGS,
    REACH,
    Count,
    Number,
    at_least,
    exact_rational,
    finite_number,
    floating,
)

__all__ = [
    "MOST_COUNTS",
    "MOST_LAGS",
    "REACH",
    "Array",
    "Count",
    "Number",
    "at_least",
    "bytes_of_number",
    "checked_array",
    "exact_rational",
    "finite_array",
    "finite_number",
    "floating",
    "memory",
    "real_array",
    "refuse_hidden",
    "refuse_too_large",
    "shown",
]
