"""Claims whose truth hangs on an edge, such as a condition's second solution, or a limit's other value."""

import pytest

from verify import check_claim

FALSE = [
    "rho(i) = nu_F nu_W^i for p = 0",  # nu_F = 0 is a solution too
    "nu_W < 1 for rho(1) = rho(0), nu_C > 0",
    "nu_F > 0 for rho(1) = rho(0), nu_C > 0",
    "rho(0) = 0 for rho(1) = rho(0), nu_F = 0",
    "nu_C = 0 for nu_W nu_C = 0",
    "nu_C = 1 for nu_C nu_W = nu_W",
    "nu_C = nu_F for nu_C^2 = nu_F nu_C",
    "nu_F != 0 for nu_C nu_F = nu_W",
    "lim(nu_W^i, i, oo) = 0 for nu_W <= 1",  # it is 1 at 1
    "lim(nu_W^i, i, oo) <= 1/2 for nu_W <= 1",
    "lim(z^i, i, oo) = 0 for z <= 1, z > -1",
    "lim(rho(i), i, oo) = 0 for eta_W = 0, nu_W <= 1",
    "lim((nu_C i + 1)/(nu_F i + 1), i, oo) = 0 for nu_C = 0",
]
TRUE = [
    "rho(1) <= rho(0) for mean_lag <= 1/2, nu_C = 1, nu_F = 1",  # where there is a mean lag
    "nu_W < 1 for total <= 3, nu_C = 1, nu_F = 1",
    "nu_W < 1 for mean_lag <= 1, nu_C = 1, nu_F = 1",
    "nu_C > 0 for nu_W/nu_C = 1",
    "nu_W > 0 for nu_W/nu_W = 1",
    "nu_C > 0 for rho(1)/rho(0) = 1, nu_F = 0",
    "E[Theta(2,2)] = rho(2) as n -> oo",
    "n Var[Theta(1,1)] = 20 for nu_W = 1, nu_C = 1, nu_F = 1, n -> oo",
    "2 = 02",
    "lim(rho(i), i, oo) = 0 for nu_W < 1",
    r"\rho_0 \ge 0, \quad \text{for all } i \ge 1",
]
UNCLEAR = [
    (r"\rho_0 = s, \quad \rho_1 = 17", "two claims"),
    ("rho(0) >= 0, rho(1) >= 10", "two claims"),
    ("E[Theta(2,2)] -> rho(2) as n -> 1", "n -> oo"),
    ("rho(1) = p for nu_W -> 0", "n -> oo"),
    ("E[Theta(2,2)] -> rho(2) for n = 1", "grows without bound"),
    ("E[Theta(2,2)] <= rho(2) as n -> oo", "not with <="),
    ("n Var[Theta(1,1)] -> 20 for nu_W = 1, nu_C = 1, nu_F = 1, n_x = 2", "n_x = n_y = 1"),
    ("diff(i^2, i) = 2 i", "whole number"),
    ("nu_W < 1 for lim(nu_W^i, i, oo) = 0", "no limits"),
    ("rho(i) >= 0 for 1/i <= 1", "index"),
]


@pytest.mark.parametrize("claim", FALSE)
def test_what_fails_at_an_edge_is_not_proved(claim):
    assert check_claim(claim).status != "proved"


@pytest.mark.parametrize("claim", TRUE)
def test_what_holds_up_to_the_edge_is_proved(claim):
    assert check_claim(claim).status == "proved"


@pytest.mark.parametrize(("claim", "told"), UNCLEAR)
def test_what_is_unclear_is_refused(claim, told):
    with pytest.raises(ValueError, match=told):
        check_claim(claim)


def test_a_power_that_turns_negative_later_has_a_proviso():
    assert check_claim("nu_W^(-i) nu_W^i = 1").provided == ("nu_W != 0 where -i < 0",)
