"""The networks that the tests look at: one row for each kind, in all its ways."""

from dataclasses import dataclass
from fractions import Fraction

from numeric import Biased, Diagonal, Leaky, Orthogonal, Rates, Ring, Stack, Variances
from numeric.model import Model

__all__ = ["DIAGONAL", "NETWORKS", "Row"]


@dataclass(frozen=True)
class Row:
    """A network, and what is known of its limit: the first rows and columns of Theta_ij, by hand."""

    network: Model
    limit: tuple[tuple[str, ...], ...]

    @property
    def theta(self) -> list[list[Fraction]]:
        """``limit`` as fractions."""
        return [[Fraction(entry) for entry in row] for row in self.limit]


RATES = Rates(transition="1/2", input=3, output="1/4")

NETWORKS: dict[str, Row] = {
    # rho_i = (nu_C + nu_F) nu_W^i + i nu_C nu_F nu_W^(i-1)
    "variances": Row(Variances("1/2", 2, 3), (("5", "0", "0"), ("0", "17/2", "0"), ("0", "0", "29/4"))),
    # s = 2/4 + 3 3 = 19/2, p = 6/2 = 3: s w^i + p i w^(i-1)
    "rates": Row(Variances("1/2", 2, 3, rates=RATES), (("19/2", "0"), ("0", "31/4"))),
    "reservoir": Row(Variances("1/2", 2, 3, rates=Rates(0, 0)), (("2", "0"), ("0", "1"))),
    "orthogonal": Row(Orthogonal("1/2"), (("2", "0"), ("0", "3/2"))),
    # s t_ab + p (z w T^2)_ab;  t_00 = 1, t_01 = 1/2, t_11 = 1/2, t_02 = 1/4
    "leaky": Row(Leaky("1/2", "1/4"), (("2", "1", "1/2"), ("1", "2", "7/4"), ("1/2", "7/4", "9/4"))),
    "leaky with rates": Row(Leaky("1/2", "1/4", 2, 3, rates=RATES), (("19/2", "19/4"), ("19/4", "31/4"))),
    # m_00 = 1, m_11 = (1/4 + 1)/2
    "ring": Row(Diagonal(Ring("1/2", 1), 2, 3), (("5", "0"), ("0", "73/8"))),
    "circle": Row(Diagonal(Ring(1, 1)), (("2", "0", "0"), ("0", "3", "0"), ("0", "0", "6"))),
    # means over -1/2 and (3 + 4i)/8, (3 - 4i)/8, of modulus 5/8: m_01 = 1/12, m_11 = 11/32
    "eigenvalues": Row(
        Diagonal([-0.5, 0.375 + 0.5j, 0.375 - 0.5j], 2, 3), (("5", "5/12"), ("5/12", "247/32"))
    ),
    # u-series: s_1 = 1 + u/2, s_2 = 1 + 3u/4; k_1 = 1 + 3u/2, k_2 = 2 + (3/2 + 1/2 + 1 + 1/2) u
    "stack": Row(Stack([Variances("1/2"), Orthogonal("1/2")]), (("3", "0"), ("0", "17/4"))),
    "stack with a ring": Row(
        Stack([Variances("1/2", rates=Rates(0, 0, 0)), Diagonal(Ring(1, 1), rates=Rates(1, 0, 0))]),
        (("0", "0"), ("0", "1")),
    ),
    # twice s_ab = sum 2^(i+j-a-b) m_ij, m_ij = 2^(-i-j) for i + j even, else 0
    "stack with eigenvalues": Row(
        Stack([Diagonal([0.5, -0.5], rates=Rates(0, 0, 0)), Leaky("1/2", 0, rates=Rates(0, 0, 2))]),
        (("2", "1", "1"), ("1", "1", "3/4"), ("1", "3/4", "5/8")),
    ),
    # k_2 = s_1/(1 - u) = 1/(1 - u)^2
    "stack that hands nothing on": Row(Stack([Variances(1), Variances(1, 0, 2)]), (("2", "0"), ("0", "4"))),
    "biased": Row(
        Biased(Leaky("1/2", "1/4"), hidden=("1/2", 2), readout=("1/10", 3), initial=("1/4", 5)),
        (("2", "1"), ("1", "2")),
    ),
    "biased as in frameworks": Row(
        Biased(Variances("1/3", "1/3", "1/3"), hidden=0, readout=0, initial=0), (("2/3", "0"), ("0", "1/3"))
    ),
    # s_1 = 1 + u/2, s_2 = 2 + 2u; k_1 = 1 + 3u/2, k_2 = 3 + (3 + 1/2 + 2 + 3/2) u
    "stack with biases": Row(
        Stack(
            [
                Biased(Variances("1/2"), hidden="1/4", initial=(1, 0)),
                Biased(Variances("1/2", 2), hidden=(0, "1/2"), readout=1),
            ]
        ),
        (("5", "0"), ("0", "9")),
    ),
}
DIAGONAL = {name: row for name, row in NETWORKS.items() if row.network.diagonal}
"""Those that have lag weights."""
