"""The closed form against the sum that defines it, at random rationals: equal, not nearly equal.

The Jacobian of ``C W^i F`` has one term for C, one for F and one for each of the i places of W; the
inner products of a place's term tend to ``nu_C nu_W^a`` from the left and ``nu_F nu_W^b`` from the right of
it, ``a + b = i - 1``.  Hence

    rho_i = nu_F nu_W^i + nu_C nu_W^i + sum_{a+b=i-1} nu_C nu_W^a nu_F nu_W^b.

Two polynomials of degree at most i in nu_W and 1 in each of nu_F and nu_C that differ agree at a random
point with small probability (Schwartz and Zippel), here below 2^-30 a point.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from numeric import Variances, lag_weights
from verify.checks.formulas import LagWeight, textbook_weight
from verify.counting import Watch, counted, unwatched
from verify.networks import stream
from verify.statistics import Verdict, exact_verdict

__all__ = ["check", "defining_sum"]

LAGS = 24


def defining_sum(i: int, w: Fraction, f: Fraction, c: Fraction) -> Fraction:
    """rho_i term by term.

    >>> print(defining_sum(2, Fraction(1, 2), Fraction(1), Fraction(1)))
    3/2
    """
    places = sum((c * w**a * f * w ** (i - 1 - a) for a in range(i)), Fraction(0))
    return f * w**i + c * w**i + places


def check(
    seed: int = 0, weight: LagWeight = textbook_weight, points: int = 20, *, watch: Watch = unwatched
) -> Iterator[Verdict]:
    """Compare at random rationals and at nu_W = 0; then float64 weights with the exact ones."""
    rng = stream(seed, "definition")
    # a float64 is a rational too, so that the comparison with lag_weights is of the same numbers
    triples = [tuple(Fraction(*map(int, rng.integers(1, 2**40, 2))) for _ in range(3)) for _ in range(points)]
    triples += [(Fraction(0), f, c) for _, f, c in triples[:2]]
    advance = watch(2 * len(triples), "points")
    wrong = [
        (i, *triple)
        for triple in counted(triples, advance)
        for i in range(LAGS)
        if weight(i, *triple) != defining_sum(i, *triple)
    ]
    detail = f"equal at {len(triples)} random points, lags 0 to {LAGS - 1}"
    if wrong:
        i, w, f, c = wrong[0]
        detail = f"first differs at lag {i}, nu_W = {w}, nu_F = {f}, nu_C = {c}"
    yield exact_verdict("definition", "closed form", len(wrong), 0, detail=detail)

    error = 0.0
    for w, f, c in counted(triples, advance):
        computed = lag_weights(Variances(w, f, c), LAGS)
        exact = [defining_sum(i, w, f, c) for i in range(LAGS)]
        error = max(
            [
                error,
                *(
                    float(abs(Fraction(x) - e) / e)
                    for x, e in zip(computed.tolist(), exact, strict=True)
                    if e
                ),
            ]
        )
    bound = 2 * LAGS * np.finfo(float).eps
    yield exact_verdict("definition", "float64 weights", error, bound, detail="greatest relative error")
