"""The checks, one idea a module.  Each yields verdicts, and takes the formula under test as an argument.

So the tests can hand every check a wrong formula and see it rejected.  Each tells its ``watch``
(:mod:`verify.counting`) how many proofs, networks or points it takes, and counts them.  This table is all
that the command line knows of them; a check is imported when it runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.statistics import Verdict

__all__ = ["CHECKS", "Check"]


@dataclass(frozen=True)
class Check:
    """A check by name: what it compares, and the module in this package whose ``check`` does it."""

    name: str
    compares: str
    module: str

    def load(self) -> "Callable[..., Iterator[Verdict]]":
        """Import the check's function ``check(seed, ..., *, watch)``."""
        function: Any = import_module(f"verify.checks.{self.module}").check
        return function  # type: ignore[no-any-return]


CHECKS = {
    check.name: check
    for check in (
        Check("proofs", "every statement's proof, run again", "proofs"),
        Check("coq", "the theorems, compiled and checked by Coq again, where it is installed", "coq"),
        Check("definition", "the lag weights with the definition's sum, in exact rationals", "definition"),
        Check("functions", "every public function with its definition, exactly or in joint law", "functions"),
        Check("jacobian", "the lag-kernel identity with a Jacobian by complex steps", "jacobian"),
        Check("dense", "lag kernels of networks really drawn with the lag weights", "dense"),
        Check("sampler", "exact samples of the lag kernel with networks really drawn", "sampler"),
        Check(
            "finite-width", "lag kernels at every width with the lag weights and their laws", "finite_width"
        ),
        Check("convergence", "the way to the limit, n = 10 to 10^12, with its exponents", "convergence"),
        Check("prior", "impulse responses of random networks with their Gaussian limit", "prior"),
        Check(
            "networks", "networks of every kind, really drawn, with the calculus of their limit", "networks"
        ),
        Check("torch", "PyTorch's own layers with their networks' limits, where it is installed", "torch"),
        Check("sequences", "kernels of whole sequences with the infinite-width kernel", "sequences"),
    )
}
