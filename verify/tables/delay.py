"""Which nu_W for which delay.

With ``s = nu_C + nu_F`` and ``p = nu_C nu_F`` neighbouring weights have the ratio

    rho_(i+1) / rho_i = w + p w / (s w + p i),    w = nu_W,

whose derivative by w is ``1 + i (p / (s w + p i))^2 > 0``.  So the weights, as a distribution of the lag,
rise with nu_W in the order of likelihood ratios: the peak lag, the mean lag and the tail's share of the total
never fall, and the least nu_W at which one of them reaches a delay is found by bisection.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from verify.tables.memory import FORGOTTEN, share_of
from verify.tables.spec import Cell, Column, Spec

if TYPE_CHECKING:
    from numeric.arguments import Count, Number

__all__ = ["DELAY"]

DELAYS = (1, 2, 5, 10, 20, 50, 100)
LONGEST_DELAY, MOST_PLACES = 10**12, 1000
"""Of which a least nu_W is sought, and the digits to which it is, within seconds."""


def _delay(
    delays: "Sequence[Count]" = DELAYS,
    *,
    input: "Number" = 1,  # noqa: A002 - named as the option is
    output: "Number" = 1,
    epsilon: "Number" = FORGOTTEN,
    digits: int | None = None,
) -> Iterable[Sequence[Cell]]:
    """The least nu_W whose memory, mean lag and peak lag reach a delay.

    They are rounded up, so that what is printed reaches it: ``digits`` are those of nu_W, or of 1 - nu_W
    where that is smaller.  None where a variance of 0 keeps the peak at lag 0.  Of equal delays there is one
    row; ValueError if there is none.

    >>> from verify.tables import render
    >>> print(render(DELAY([20], digits=3), "text"))
    delay within-memory mean-lag peak-lag
        20         0.798   0.9119   0.9544
    """
    from derivations import closed_forms
    from numeric import Variances, peak_lag
    from numeric.arguments import at_least
    from numeric.certified import not_positive
    from numeric.variances import w_s_p

    share, given = share_of(epsilon), Variances(0, input, output)
    _, s, p = w_s_p(given)
    if not s:
        raise ValueError("every weight is 0; input and output must not both be 0, or frozen by rates")
    if digits is not None:
        digits = at_least(1, "digits", digits, most=MOST_PLACES)

    def within_memory(delay: int, w: Fraction) -> bool:
        if delay == 0:
            return True

        def left(number: Callable[[Fraction], Any]) -> Iterable[Any]:
            fields = tuple(map(number, (w, s, p)))
            return [closed_forms.tail_mass(delay, *fields) - number(share) * closed_forms.total(*fields)]

        return not not_positive(left)[0]

    def mean(delay: int, w: Fraction) -> bool:
        return bool(closed_forms.mean_lag(w, s, p) >= delay)

    def peak(delay: int, w: Fraction) -> bool:
        return peak_lag(Variances(w, given.input, given.output)) >= delay

    rows = list(dict.fromkeys(at_least(0, "delay", delay, most=LONGEST_DELAY) for delay in delays))
    if not rows:
        raise ValueError("delays must hold at least one delay, got none")

    def least(reaches: Callable[[int, Fraction], bool]) -> list[Cell]:
        return [_least(partial(reaches, delay), digits) for delay in rows]

    # without the other variance the weights are s w^i, and have their peak at lag 0
    peaks = [one if p or delay == 0 else None for delay, one in zip(rows, least(peak), strict=True)]
    return rows, least(within_memory), least(mean), peaks


def _least(reaches: Callable[[Fraction], bool], digits: int | None) -> float | str:
    """The least nu_W in [0, 1) that reaches what all greater ones do: a float64, or of so many digits."""
    if reaches(Fraction(0)):
        return 0.0 if digits is None else "0"
    import struct

    # the bits of floats >= 0 are integers in the same order
    floats = [struct.unpack("<q", struct.pack("<d", x))[0] for x in (0.0, 1.0)]

    def number(bits: int) -> float:
        value: float = struct.unpack("<d", struct.pack("<q", bits))[0]
        return value

    least = number(_bisected(lambda bits: reaches(Fraction(number(bits))), *floats))
    if digits is None:
        return least
    places = digits - 1 - math.floor(math.log10(min(least, 1 - math.nextafter(least, 0))))
    unit = 10**places
    numerator = _bisected(lambda k: reaches(Fraction(k, unit)), 0, unit)
    return f"0.{numerator:0{places}d}"


def _bisected(holds: Callable[[int], bool], below: int, above: int) -> int:
    """The least integer in (below, above] that holds, if ``above`` is taken to."""
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above


DELAY = Spec(
    "delay",
    "which nu_W for a delay: the least one with the delay within the memory (a share of more than E"
    " of the weights' total is at it or beyond), with that mean lag, and with that peak lag; rounded"
    " up, so that what is printed reaches the delay, to digits of nu_W, or of 1 - nu_W where that is"
    " smaller",
    {
        "delay": Column(r"$\tau$", "the delay in steps"),
        "within-memory": Column(r"$\nu_W$ for the memory", "the least $nu_W$ whose memory reaches it"),
        "mean-lag": Column(r"$\nu_W$ for the mean lag", "the least $nu_W$ with that mean lag"),
        "peak-lag": Column(r"$\nu_W$ for the peak lag", "the least $nu_W$ with that peak lag"),
    },
    _delay,
    "--delay 20 --precision 4",
)
