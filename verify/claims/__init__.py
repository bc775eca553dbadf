"""Claims: formulas that a user believes, read, and proved or refuted."""

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numeric.model import Model
    from verify.claims.syntax import Claim
    from verify.claims.verdict import Verdict

__all__ = ["check_claim"]


def check_claim(text: str, network: "Model | str | None" = None) -> "Verdict":
    """Whether a claim holds.

    Parameters
    ----------
    text
        An equation, an inequality or a limit, in plain text or LaTeX, perhaps with conditions.
    network
        What it is about, or its specification; by default a dense network with symbols for its variances.

    Raises
    ------
    ValueError
        If the text is no claim, nothing satisfies its conditions, or it speaks of what the network does not
        have: a :class:`verify.claims.reading.ClaimError` says where in the text.

    Examples
    --------
    >>> check_claim("rho(i+1) = nu_W rho(i) + nu_C nu_F nu_W^i").status
    'proved'
    """
    from verify.claims.deciding import decide
    from verify.claims.matrices import decide_matrices, is_of_matrices
    from verify.claims.networks import theory_of
    from verify.claims.quantities import RATES
    from verify.claims.reading import read_claim
    from verify.claims.syntax import Call, Name, nodes

    claim = read_claim(text)
    if is_of_matrices(claim.left) or is_of_matrices(claim.right):
        return decide_matrices(claim)
    parts = [one for side in (claim.left, claim.right) for one in nodes(side)]
    called = {one.name for one in parts if isinstance(one, Call)}
    lawful = called & {"E", "Var", "Cov"}
    if not lawful and claim.relation == "->" and "Theta" not in called and Name("n") not in parts:
        raise ValueError(
            "claim: -> is the limit as the width n grows; write others as lim(rho(i), i, oo) = 0"
        )
    if called & {"Var", "Cov"}:
        _require_one_channel(claim)
    sides = (claim.left, claim.right, *(side for one in claim.conditions for side in (one.left, one.right)))
    named = {one.name for side in sides for one in nodes(side) if isinstance(one, Name)}
    theory = theory_of(network, [name for name in RATES if name in named])
    if lawful and theory.framework:
        told = f"the entries of {theory.framework} are not Gaussian, so that E, Var and Cov are not known"
        raise ValueError(f"claim: {told}; lim Theta is")
    return decide(claim, theory)


def _require_one_channel(claim: "Claim") -> None:
    """ValueError if a condition says of n_x or n_y anything but that it is 1."""
    from verify.claims.syntax import Condition, Name, Number, nodes

    one = Number(Fraction(1))
    for condition in claim.conditions:
        for channel in (Name("n_x"), Name("n_y")):
            named = channel in [*nodes(condition.left), *nodes(condition.right)]
            if named and condition != Condition(channel, "=", one):
                raise ValueError("claim: Var and Cov of Theta are known for n_x = n_y = 1")
