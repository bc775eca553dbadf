"""Sums over natural indices between linear bounds: every point once, and the right coefficients."""

from itertools import product

import pytest
import sympy

from derivations.index_regions import Linear, Weighted, generating_function, pieces, sums_vanish

k = sympy.Symbol("k")


@pytest.mark.parametrize(
    "constraints",
    [
        [],
        [Linear(-3, (("x", 2), ("y", -1)))],
        [Linear(1, (("x", 3), ("y", -5))), Linear(4, (("x", -1), ("y", 2)))],
        [Linear(2, (("x", -1), ("y", -1)))],
        [Linear(0, (("x", 1), ("y", -1))), Linear(0, (("x", -1), ("y", 1)))],
        [Linear(-1, (("x", -1),))],
    ],
)
def test_a_region_falls_into_pieces_that_have_each_point_once(constraints):
    most = 12
    points = [
        point
        for point in product(range(most), repeat=2)
        if all(form.at(dict(zip("xy", point, strict=True))) >= 0 for form in constraints)
    ]
    found = []
    for piece in pieces("xy", constraints):
        for values in product(range(most), repeat=len(piece.parameters)):
            at = dict(zip(piece.parameters, values, strict=True))
            found.append(tuple(form.at(at) for _, form in piece.indices))
    assert sorted(point for point in found if max(point) < most) == points


def test_a_generating_function_has_the_sums_as_coefficients():
    x, y = sympy.symbols("x y")
    form = Linear(1, (("p", 2), ("q", 1)))
    weighted = Weighted(sympy.sympify("(p**2 + 1)*3**q"), (("x", form), ("y", Linear.of("q"))), ("p", "q"))
    function = generating_function([weighted], {"x": x, "y": y})
    expected = sum((p**2 + 1) * 3**q * x ** (2 * p + q + 1) * y**q for p in range(5) for q in range(5))
    series = sympy.series(sympy.series(function, y, 0, 3).removeO(), x, 0, 8).removeO()
    for power, other in product(range(8), range(3)):
        assert sympy.expand(series).coeff(x, power).coeff(y, other) == expected.coeff(x, power).coeff(
            y, other
        )
    assert not sums_vanish([weighted])
    assert sums_vanish([weighted, weighted.negative])
