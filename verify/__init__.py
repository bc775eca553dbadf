"""Confronts the theory with finite-width networks: checks, statistics, recordings, tables, command line.

It derives nothing and evaluates nothing of its own: formulas come from :mod:`derivations` and
:mod:`numeric`.  Nothing is imported here before it is used, so that ``linear-rnn-ntk --help`` stays quick;
import from the modules, e.g. ``from verify.statistics import Verdict``.

    claims            check_claim: whether a formula of yours holds, with a proof or a counterexample
    strategies        Hypothesis strategies, and assertions that your code computes what the theory says
    tables            table: the formulas, as numbers or symbolic, in any format

>>> from verify import check_claim
>>> check_claim("rho(i+1) = nu_W rho(i) + nu_C nu_F nu_W^i").status
'proved'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.claims import check_claim

__all__ = ["check_claim"]


def __getattr__(name: str) -> Any:
    if name != "check_claim":
        raise AttributeError(f"module 'verify' has no attribute {name!r}")
    from verify.claims import check_claim

    return check_claim
