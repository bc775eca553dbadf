r"""Tables of the formulas: a spec for each, one renderer for all.

A spec is all that there is to a table: its name, what it tells, its columns with their headings in LaTeX, how
they are computed, and an example.  The parameters of ``build`` are the options that the table takes, needed
if they have no default.  The numbers are rounded once, from the exact value: to the nearest float64, or to
certified digits, which are strings.

Every spec is known without its numbers, so that ``--help`` imports no library: what computes is imported by
what is computed.

Which nu_W for which delay?  With ``s = nu_C + nu_F`` and ``p = nu_C nu_F`` neighbouring weights have the
ratio

    rho_(i+1) / rho_i = w + p w / (s w + p i),    w = nu_W,

whose derivative by w is ``1 + i (p / (s w + p i))^2 > 0``.  So the weights, as a distribution of the lag,
rise with nu_W in the order of likelihood ratios: the peak lag, the mean lag and the tail's share of the total
never fall, and the least nu_W at which one of them reaches a delay is found by bisection.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from inspect import signature
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numeric import Variances
    from numeric.arguments import Count, Number

__all__ = ["FORGOTTEN", "TABLES", "Cell", "Spec", "Table", "memory_measures", "render", "share_of", "shown"]

Cell: TypeAlias = int | float | str | None
"""A number, or one as certified digits; None where there is none."""

FORGOTTEN = "0.05"
"""The share of the weights' total that is left beyond the memory length."""
TRANSITIONS = (*(f"0.{tenths}" for tenths in range(1, 10)), "0.95", "0.98", "0.99", "1")
DELAYS = (1, 2, 5, 10, 20, 50, 100)
LONGEST_DELAY, MOST_PLACES = 10**12, 1000
"""Of which a least nu_W is sought, and the digits to which it is, within seconds."""
BLOCK = 1000
"""Lags rounded together."""


@dataclass(frozen=True)
class Table:
    """A table: its spec's name, what it was computed from in words, its columns and headings by name."""

    name: str
    parameters: Mapping[str, Any]
    columns: Mapping[str, Sequence[Cell]]
    headings: Mapping[str, str] = field(default_factory=dict)
    """Those of a spec that is not in :data:`TABLES`."""


@dataclass(frozen=True)
class Spec:
    """What a table is; called with the options it takes, it makes one.

    ``headings`` are the columns, by name and in LaTeX, in the order in which ``build`` gives them;
    ``example`` are options of the command line.
    """

    name: str
    about: str
    headings: Mapping[str, str]
    build: Callable[..., Iterable[Sequence[Cell]]]
    example: str

    def __call__(self, *given: Any, **options: Any) -> Table:
        """Compute the table.

        Raises what its functions of :mod:`numeric` raise for bad options.

        >>> from numeric import Variances
        >>> TABLES["lag-weights"](Variances("0.5"), 3).columns["weight"]
        [2.0, 2.0, 1.5]
        """
        taken = signature(self.build).bind(*given, **options)
        taken.apply_defaults()
        columns = dict(zip(self.headings, self.build(*taken.args, **taken.kwargs), strict=True))
        return Table(self.name, _in_words(taken.arguments), columns, self.headings)

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that the table takes, with their defaults; ``Parameter.empty`` for needed ones."""
        return {name: parameter.default for name, parameter in signature(self.build).parameters.items()}


def _in_words(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a table was computed from; how many rows it has can be seen."""
    words: dict[str, Any] = {}
    for name, value in options.items():
        if name == "variances":
            roles = "transition", "input", "output"
            words |= {role: str(getattr(value, role)) for role in roles}
            rates = [getattr(value.rates, role) for role in roles]
            if any(rate != 1 for rate in rates):
                words["rates"] = ", ".join(map(str, rates))
        elif name not in ("lags", "transitions", "delays", "networks"):
            words[name] = value if value is None or isinstance(value, int) else str(value)
    return words


# the tables


def _lag_weights(
    variances: "Variances", lags: int = 20, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """The weights rho_0 ... rho_{lags-1}."""
    from derivations import closed_forms

    return range(lags), _by_lag(closed_forms.lag_weight, variances, lags, digits)


def _sensitivity(
    variances: "Variances", lags: int = 20, *, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """The derivatives d rho_i / d nu_W."""
    from derivations import closed_forms

    return range(lags), _by_lag(closed_forms.sensitivity, variances, lags, digits)


def _sums(variances: "Variances", lags: int = 20, *, digits: int | None = None) -> Iterable[Sequence[Cell]]:
    """The sums of the weights before each lag, and from it on."""
    from derivations import closed_forms
    from numeric.variances import w_s_p

    nu_W, *shares = w_s_p(variances)
    if not any(shares):
        nothing = _numbers([Fraction(0)], digits) * lags
        return range(lags), nothing, nothing

    def before(block: range, w: Any, s: Any, p: Any) -> Iterable[Any]:
        """The closed form once, then the weights: no difference of large numbers at every lag."""
        first = (
            closed_forms.partial_sum_at_one(block[0], s, p)
            if nu_W == 1
            else closed_forms.partial_sum(block[0], w, s, p)
            if block[0]
            else 0 * w
        )
        return accumulate((closed_forms.lag_weight(i, w, s, p) for i in block[:-1]), initial=first)

    sums = _in_blocks(before, variances, lags, digits)
    if nu_W >= 1:
        return range(lags), sums, [math.inf] * lags
    return range(lags), sums, _by_lag(closed_forms.tail_mass, variances, lags, digits)


def _finite_width(
    variances: "Variances", lags: int = 10, *, width: int, digits: int | None = None
) -> Iterable[Sequence[Cell]]:
    """What Theta_ii of a network of finite width is: its exact mean, and by the first-order law its spread.

    ValueError if a weight is 0.

    >>> from numeric import Variances
    >>> print(render(TABLES["finite-width"](Variances(1), 3, width=100, digits=3), "csv"))
    lag,weight,mean,relative-bias,standard-deviation,relative-fluctuation
    0,2.00,2.00,0.0,0.200,0.100
    1,3.00,3.00,0.0,0.447,0.149
    2,4.00,4.00,0.000150,0.748,0.187
    """
    from derivations.closed_forms import lag_weight
    from derivations.finite_width_forms import variance
    from numeric import Rates, Variances, expected_lag_kernel
    from numeric.variances import rates_of, w_f_c, w_s_p

    nus, rates = w_f_c(variances), rates_of(variances)
    expected = expected_lag_kernel(width, Variances(*nus, rates=Rates(*rates)), lags)
    means = [Fraction(expected[lag, lag]) for lag in range(lags)]
    weights = [Fraction(lag_weight(i, *w_s_p(variances))) for i in range(lags)]
    if not all(weights):
        zero = next(lag for lag, weight in enumerate(weights) if not weight)
        raise ValueError(f"variances: the weight of lag {zero} is 0, to which nothing is relative")
    spreads = [Fraction(variance(i, i, *nus, *rates)) / width for i in range(lags)]
    pairs = list(zip(weights, means, spreads, strict=True))
    return (
        range(lags),
        _numbers(weights, digits),
        _numbers(means, digits),
        _numbers([mean / weight - 1 for weight, mean, _ in pairs], digits),
        _roots(spreads, digits),
        _roots([spread / weight**2 for weight, _, spread in pairs], digits),
    )


def _required_width(
    variances: "Variances", lags: int = 20, *, relative_error: str
) -> Iterable[Sequence[Cell]]:
    """How wide is wide enough: the least widths for a relative error of the fluctuation and of the mean.

    >>> from numeric import Variances
    >>> print(render(TABLES["required-width"](Variances(1), 3, relative_error="0.01"), "text"))
     lag fluctuation mean
       0       10000    1
       1       22223    1
       2       35000   13
    """
    from numeric import width_for_fluctuation, width_for_mean

    return (
        range(lags),
        [width_for_fluctuation(variances, i, relative_error) for i in range(lags)],
        [width_for_mean(variances, i, relative_error) for i in range(lags)],
    )


def _memory(
    transitions: "Sequence[Number]" = TRANSITIONS,
    *,
    input: "Number" = 1,  # noqa: A002 - named as the option is
    output: "Number" = 1,
    epsilon: "Number" = FORGOTTEN,
    digits: int | None = None,
) -> Iterable[Sequence[Cell]]:
    """How far back the weights reach, by nu_W, each once; infinitely far where they never fall.

    ValueError if there is no nu_W.

    >>> print(render(TABLES["memory"](["0.5", "0.95", 1], digits=3), "text"))
     transition peak-lag mean-lag memory-length
            0.5        1     2.00             7
           0.95       18     37.2            92
              1 infinite infinite      infinite
    """
    from numeric import Variances

    rows: dict[Variances, str] = {}
    for nu in transitions:
        rows.setdefault(Variances(nu, input, output), str(nu))
    if not rows:
        raise ValueError("transitions must hold at least one nu_W, got none")
    measures = [memory_measures(variances, epsilon, digits=digits) for variances in rows]
    return list(rows.values()), *map(list, zip(*measures, strict=True))


def memory_measures(
    variances: "Variances", epsilon: "Number" = FORGOTTEN, *, digits: int | None = None
) -> tuple[Cell, Cell, Cell]:
    """Peak lag, mean lag and memory length: the least m whose tail is at most ``epsilon`` of the total.

    All three are infinite for ``nu_W >= 1``, where the weights never fall.  ValueError unless ``epsilon`` is
    between 0 and 1, or if all weights are 0.

    >>> from numeric import Variances
    >>> memory_measures(Variances("0.5"))
    (1, 2.0, 7)
    """
    from derivations import closed_forms
    from numeric import mean_lag, memory_length, peak_lag
    from numeric.variances import w_s_p

    share = share_of(epsilon)
    w, s, p = w_s_p(variances)
    if s == p == 0:
        raise ValueError("every weight is 0; input and output must not both be 0, or frozen by rates")
    if w >= 1:
        return math.inf, math.inf, math.inf
    length = memory_length(variances, share * closed_forms.total(w, s, p))
    return peak_lag(variances), shown(mean_lag(variances, digits=digits), digits), length


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

    >>> print(render(TABLES["delay"]([20], digits=3), "text"))
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


TABLES: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            "lag-weights",
            "the weights rho_i of the limit of infinite width",
            {"lag": "$i$", "weight": r"$\rho_i$"},
            _lag_weights,
            "--transition 0.3 --lags 10 --digits 30",
        ),
        Spec(
            "sensitivity",
            "how the weights change with nu_W, d rho_i / d nu_W",
            {"lag": "$i$", "sensitivity": r"$\mathrm{d}\rho_i/\mathrm{d}\nu_W$"},
            _sensitivity,
            "--transition 0.9 --precision 4",
        ),
        Spec(
            "sums",
            "the sums of the weights before lag i, and from it on",
            {"lag": "$i$", "before": r"$\sum_{j<i}\rho_j$", "tail": r"$\sum_{j\ge i}\rho_j$"},
            _sums,
            "--transition 0.9 --precision 4",
        ),
        Spec(
            "finite-width",
            "the exact mean of Theta_ii at width N, and its standard deviation by the first-order law, also"
            " relative to rho_i",
            {
                "lag": "$i$",
                "weight": r"$\rho_i$",
                "mean": r"$\mathrm{E}\,\Theta_{ii}$",
                "relative-bias": r"$\mathrm{E}\,\Theta_{ii}/\rho_i - 1$",
                "standard-deviation": r"$\mathrm{sd}\,\Theta_{ii}$",
                "relative-fluctuation": r"$\mathrm{sd}\,\Theta_{ii}/\rho_i$",
            },
            _finite_width,
            "--transition 0.9 --width 256 --precision 4",
        ),
        Spec(
            "required-width",
            "the least widths at which the fluctuation and the bias of the mean are at most E times rho_i",
            {"lag": "$i$", "fluctuation": "$n$ for the fluctuation", "mean": "$n$ for the mean"},
            _required_width,
            "--transition 0.9 --relative-error 0.01",
        ),
        Spec(
            "memory",
            "for each nu_W the lag of greatest weight, the mean lag, and the memory length, beyond which at"
            " most a share E of the weights' total is left",
            {
                "transition": r"$\nu_W$",
                "peak-lag": "peak lag",
                "mean-lag": "mean lag",
                "memory-length": "memory length",
            },
            _memory,
            "--transition 0.5,0.9,0.95",
        ),
        Spec(
            "delay",
            "which nu_W for a delay: the least one with the delay within the memory (a share of more than E"
            " of the weights' total is at it or beyond), with that mean lag, and with that peak lag; rounded"
            " up, so that what is printed reaches the delay, to digits of nu_W, or of 1 - nu_W where that is"
            " smaller",
            {
                "delay": r"$\tau$",
                "within-memory": r"$\nu_W$ for the memory",
                "mean-lag": r"$\nu_W$ for the mean lag",
                "peak-lag": r"$\nu_W$ for the peak lag",
            },
            _delay,
            "--delay 20 --precision 4",
        ),
    )
}


# numbers, rounded once


def _by_lag(
    formula: Callable[..., Any], variances: "Variances", lags: int, digits: int | None
) -> list[float | str]:
    """The formula at every lag."""
    return _in_blocks(lambda block, *fields: [formula(i, *fields) for i in block], variances, lags, digits)


def _in_blocks(
    formulas: Callable[..., Iterable[Any]], variances: "Variances", lags: int, digits: int | None
) -> list[float | str]:
    """What has a value at every lag, block by block, so that one that is hard to round delays few others."""
    from mpmath import nstr

    from numeric.certified import certified, certified_floats
    from numeric.variances import w_s_p

    values: list[float | str] = []
    for start in range(0, lags, BLOCK):

        def block(number: Callable[[Fraction], Any], start: int = start) -> Iterable[Any]:
            return formulas(range(start, min(lags, start + BLOCK)), *map(number, w_s_p(variances)))

        if digits is None:
            values += certified_floats(block)
        else:
            values += [_tidy(nstr(value, digits, strip_zeros=False)) for value in certified(block, digits)]
    return values


def _numbers(values: Iterable[Fraction], digits: int | None) -> list[float | str]:
    return [_written(lambda number, x=x: number(x), digits) for x in values]


def _roots(squares: Iterable[Fraction], digits: int | None) -> list[float | str]:
    """Square roots: rational ones as what they are, since no ball decides a tie."""
    roots = []
    for square in squares:
        root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
        rational = root**2 == square
        roots += (
            _numbers([root], digits)
            if rational
            else [_written(lambda number, x=square: number(x).sqrt(), digits)]
        )
    return roots


def _written(value: Callable[..., Any], digits: int | None) -> float | str:
    """A value in the field whose numbers the argument of ``value`` makes, as a float or as digits."""
    from numeric.certified import certified, certified_floats

    evaluated = (certified_floats if digits is None else lambda f: certified(f, digits))(
        lambda number: [value(number)]
    )
    return shown(evaluated[0], digits)


def shown(value: Any, digits: int | None) -> float | str:
    """A float as it is; an mpf that is right to so many digits as these."""
    from mpmath import nstr

    return float(value) if digits is None else _tidy(nstr(value, digits, strip_zeros=False))


def _tidy(number: str) -> str:
    """Without a point that nothing follows.

    >>> _tidy("3."), _tidy("3.e-7"), _tidy("3.0")
    ('3', '3e-7', '3.0')
    """
    return re.sub(r"\.(?!\d)", "", number)


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


def share_of(epsilon: "Number") -> Fraction:
    """The share of a total, exactly; ValueError unless it is between 0 and 1."""
    from numeric.arguments import exact_rational

    share = exact_rational("epsilon", epsilon)
    if not 0 < share < 1:
        raise ValueError(f"epsilon must be between 0 and 1, both excluded, got {epsilon!r}")
    return share


# layouts


def render(table: Table, how: str, *, short: bool = False) -> str:
    r"""Lay a table out as text, csv, json, latex, markdown or html, without a newline at the end.

    Floats are written with the fewest digits that determine them, certified digits all, or with ``short``
    without zeros at their end.  Powers of ten are written as such in LaTeX and HTML.

    >>> from numeric import Variances
    >>> print(render(TABLES["lag-weights"](Variances(1), 2, digits=5), "csv"))
    lag,weight
    0,2.0000
    1,3.0000
    >>> print(render(TABLES["lag-weights"](Variances("1e-8"), 3, digits=5), "latex", short=True))
    % lag-weights: transition = 1/100000000, input = 1, output = 1, precision = 5; needs \usepackage{booktabs}
    \begin{tabular}{rr}
    \toprule
    $i$ & $\rho_i$ \\
    \midrule
    0 & 2 \\
    1 & 1 \\
    2 & $2 \times 10^{-8}$ \\
    \bottomrule
    \end{tabular}
    """
    if how == "json":
        rows = [
            dict(zip(table.columns, row, strict=True))
            for row in zip(*(map(_for_json, values) for values in table.columns.values()), strict=True)
        ]
        from verify.console import dump_json

        return dump_json({"table": table.name, "parameters": dict(table.parameters), "rows": rows})
    import pandas as pd

    # as text, so that pandas neither rounds nor guesses
    columns = {
        name: [_for_people(x, how, short=short) for x in values] for name, values in table.columns.items()
    }
    frame = pd.DataFrame(columns, dtype=object)
    layouts: dict[str, Callable[[], str]] = {
        "text": lambda: frame.to_string(index=False),
        "csv": lambda: frame.to_csv(index=False),
        "latex": lambda: _latex(table, frame, short=short),
        "markdown": lambda: frame.to_markdown(
            index=False, disable_numparse=True, colalign=("right",) * len(columns)
        ),
        "html": lambda: frame.to_html(index=False, border=0, escape=False),  # numbers, and names of columns
    }
    return layouts[how]().rstrip("\n")


def _latex(table: Table, frame: Any, *, short: bool) -> str:
    called = {"digits": "precision"} if short else {}
    parameters = {called.get(name, name): value for name, value in table.parameters.items()}
    given = ", ".join(f"{name} = {value}" for name, value in parameters.items() if value is not None)
    known = table.headings or TABLES[table.name].headings
    headings = [known[name] for name in frame.columns]
    styled = frame.set_axis(headings, axis=1).style.hide(axis="index")
    body: str = styled.to_latex(column_format="r" * len(frame.columns), hrules=True)
    return f"% {table.name}: {given}; needs \\usepackage{{booktabs}}\n{body}"


def _for_json(cell: Cell) -> Cell:
    return "infinite" if cell == math.inf else cell


def _for_people(cell: Cell, how: str, *, short: bool) -> str:
    if cell is None:
        return "" if how == "csv" else "none"
    if cell == math.inf:
        return {"csv": "inf", "latex": r"$\infty$"}.get(how, "infinite")
    written = repr(cell) if isinstance(cell, float) else str(cell)
    number = re.fullmatch(r"([\d.]+)(?:e([+-]?\d+))?", written)
    if not number:  # a fraction, as the user wrote it
        return written
    mantissa, exponent = number.groups()
    if short and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if exponent is None:
        return mantissa
    power = int(exponent)
    return {
        "latex": rf"${mantissa} \times 10^{{{power}}}$",
        "html": f"{mantissa} × 10<sup>{power}</sup>".replace("-", "−"),
    }.get(how, f"{mantissa}e{exponent}")
