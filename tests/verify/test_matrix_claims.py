"""Claims between matrices: what divides, which conditions there are."""

import pytest

from verify.claims import check_claim


@pytest.mark.parametrize(
    "text",
    [
        "W/2 = 2 W/2^2",
        "2^(-1) W = W/2",
        "W/2^i = 2^(-i) W",
        "tr(W)/n = (1/n) tr(W)",
        "sum(nu_W^(i-k) W^k, k, 0, i) = sum(nu_W^k W^(i-k), k, 0, i)",
        "nu_W^(i-1) W^i = nu_W^(i-1) W W^(i-1) for i >= 1",
        "nu_W^(i-1) W^i = nu_W^(i-1) W W^(i-1) for i > 0",
        "W^i = W for i = 1",
    ],
)
def test_numbers_beside_matrices(text):
    assert check_claim(text).status == "proved"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("W/0 = W/0", "division by 0"),
        ("W/(1-1) = W", "division by 0"),
        ("W^(1/0) = W", "division by 0"),
        ("j/j W = W", "numbers that are not 0, and by sizes, got a division by j"),
        ("W/(j-1) = W/(j-1)", "got a division by j - 1"),
        ("W/nu_W = W/nu_W", "got a division by nu_W"),
        ("W^(i/i) = W", "got a division by i"),
        ("sum(1/k W, k, 0, i) = W", "got a division by k"),
        ("nu_W^(-1) W = nu_W^(-1) W", "exponents of nu_W may not be negative, got -1"),
        ("0^(-1) W = W", "exponents of 0 may not be negative, got -1"),
        ("nu_W^(i-1) W^i = nu_W^(i-1) W^i", "exponents of nu_W may not be negative, got i - 1"),
        ("sum(nu_W^(i-k) W^k, k, 0, i+1) = W", "exponents of nu_W may not be negative, got i - k"),
        ("W^i = W for 1/i = 1", "got a division by i"),
        ("nu_W W = W for nu_W = 1", r"linear in their exponents \(there are none\), got nu_W = 1"),
        ("W^i = W for i^2 = 1", r"linear in their exponents \(i\), got i\^2 = 1"),
    ],
)
def test_what_may_have_no_value_or_is_no_condition_is_refused(text, words):
    with pytest.raises(ValueError, match=f"^claim: .*{words}$|^claim: {words}"):
        check_claim(text)
