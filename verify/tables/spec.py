"""What a table is, as a value, and what a spec is, which makes one.

A spec is all that there is to a table: its name, what it tells, its columns, how they are computed in numbers
and in symbols, and an example.  The parameters of ``build`` are the options that the table takes, needed if
they have no default.  Neither knows how a table is laid out (:mod:`verify.tables.rendering`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Literal, TypeAlias

__all__ = ["SYMBOLS", "Cell", "Column", "Spec", "Table"]

Cell: TypeAlias = Any
"""An int or float, a number as certified digits, SymPy's expression or condition; None where there is
none."""

_ROWS = {"lags", "transitions", "delays", "networks", "points", "symbols"}
"""Options that can be seen in the table: how many rows it has, and of what."""


@dataclass(frozen=True)
class Column:
    """What a column is: its heading in LaTeX, and its meaning in prose, mathematics between dollars."""

    heading: str
    meaning: str


LAG = Column("$i$", "the lag")
WHERE = Column("where", "under what conditions the formula holds")


@dataclass(frozen=True)
class Table:
    """A table as a value.

    Attributes
    ----------
    name
        Of its spec.
    parameters
        What it was computed from, in words.
    columns
        The cells by the column's name: numbers, or formulas as SymPy's expressions.
    headings
        Of the columns in LaTeX; without one a column has its name.
    title
        What the table tells, in words.
    meanings
        Of the columns in prose, mathematics between dollar signs.

    Examples
    --------
    >>> from verify.tables import table
    >>> weights = table("lag-weights", "stack(0.5, 0.5)", 3)
    >>> weights.columns["weight"], weights.kind("weight")
    ([3.0, 5.0, 5.25], 'numeric')
    >>> weights.frame().weight.sum()
    np.float64(13.25)
    """

    name: str
    parameters: Mapping[str, Any]
    columns: Mapping[str, Sequence[Cell]]
    headings: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)

    def kind(self, column: str) -> Literal["numeric", "symbolic"]:
        """Whether the column holds formulas."""
        symbolic = any(hasattr(cell, "free_symbols") for cell in self.columns[column])
        return "symbolic" if symbolic else "numeric"

    def frame(self) -> Any:
        """The table as a pandas DataFrame, see :func:`verify.tables.rendering.frame`."""
        from verify.tables.rendering import frame

        return frame(self)

    def _repr_html_(self) -> str:
        from verify.tables.rendering import for_notebook

        return for_notebook(self, "html")

    def _repr_markdown_(self) -> str:
        from verify.tables.rendering import for_notebook

        return for_notebook(self, "markdown")

    def _repr_latex_(self) -> str:
        from verify.tables.rendering import for_notebook

        return for_notebook(self, "latex")


@dataclass(frozen=True)
class Spec:
    """What a table is; called with the options it takes, it makes one.

    Attributes
    ----------
    name, about
        What it is called, and what it tells.
    columns
        By name, in the order in which ``build`` gives their cells.
    build
        The numbers, of the options that the table takes.
    example
        Options of the command line.
    networks
        Whether it is a table of any network, and not of the variances of a dense layer alone.
    symbols
        What may stay a symbol.
    formulas
        The cells by column where something is a symbol.  It takes ``symbols``, their names, beside options.
    more_columns
        Those that only formulas have.
    """

    name: str
    about: str
    columns: Mapping[str, Column]
    build: Callable[..., Iterable[Sequence[Cell]]]
    example: str
    networks: bool = False
    symbols: tuple[str, ...] = ()
    formulas: Callable[..., Mapping[str, Sequence[Cell]]] | None = None
    more_columns: Mapping[str, Column] = field(default_factory=dict)

    def __call__(self, *given: Any, symbolic: "str | Iterable[str]" = (), **options: Any) -> Table:
        """Compute the table, or with ``symbolic``, names of symbols as "i,nu_W" or a sequence, its formulas.

        Raises what its functions of :mod:`numeric` raise for bad options, and ValueError for symbols that it
        does not have.

        >>> from numeric import Variances
        >>> from verify.tables import TABLES
        >>> TABLES["lag-weights"](Variances("0.5"), 3).columns["weight"]
        [2.0, 2.0, 1.5]
        >>> TABLES["lag-weights"](Variances("0.5"), symbolic="i").columns["weight"]
        [2*(i + 1)/2**i]
        """
        names = self.symbols_named(symbolic)
        build: Callable[..., Any] = self.build
        if names:
            assert self.formulas is not None
            build, options["symbols"] = self.formulas, names
            if "nu_W" in names and not given and "variances" in signature(build).parameters:
                options.setdefault("variances", _unit())
        taken = signature(build).bind(*given, **options)
        taken.apply_defaults()
        parameters = _in_words(taken.arguments, names)
        if "variances" in taken.arguments:
            network = taken.arguments["variances"]
            if isinstance(network, str) and (own := sorted(names & {"nu_W", "nu_F", "nu_C"})):
                raise ValueError(f"symbolic: a network by its specification has no symbol {own[0]}")
            taken.arguments["variances"] = _network(network)
        cells = build(*taken.args, **taken.kwargs)
        columns = cells if names else dict(zip(self.columns, cells, strict=True))
        known = {**self.columns, **self.more_columns}
        about = {name: known.get(name, WHERE) for name in columns}
        return Table(
            self.name,
            parameters,
            columns,
            {name: column.heading for name, column in about.items()},
            self.about,
            {name: column.meaning for name, column in about.items()},
        )

    def symbols_named(self, symbolic: "str | Iterable[str]") -> frozenset[str]:
        """The names of symbols; ValueError for one that the table does not keep."""
        names = symbolic.split(",") if isinstance(symbolic, str) else symbolic
        chosen = frozenset(name.strip() for name in names if name)
        if unknown := sorted(chosen - {*self.symbols}):
            known = f"may keep {', '.join(self.symbols)}" if self.symbols else "has no formulas"
            raise ValueError(f"symbolic: the table {self.name} {known}, got {', '.join(unknown)}")
        return chosen

    @property
    def headings(self) -> Mapping[str, str]:
        """Of the columns, in LaTeX."""
        return {name: column.heading for name, column in self.columns.items()}

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that the table takes, with their defaults; ``Parameter.empty`` for needed ones."""
        return _options(self.build)

    @property
    def options_of_formulas(self) -> Mapping[str, Any]:
        """Those that it takes where something is a symbol."""
        found = {} if self.formulas is None else _options(self.formulas)
        return {name: default for name, default in found.items() if name != "symbols"}


def _options(build: Callable[..., Any]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in signature(build).parameters.items()}


def _unit() -> Any:
    from numeric import Variances

    return Variances(1)


def _network(given: Any) -> Any:
    """What was given for ``variances``: a network, or the specification of one."""
    if not isinstance(given, str):
        return given
    from verify.specifications import read_network

    return read_network(given)


SYMBOLS = {"transition": "nu_W", "input": "nu_F", "output": "nu_C", "width": "n", "lags": "i"}
SYMBOLS |= {"epsilon": "epsilon", "relative_error": "epsilon"}
"""What options are called where they stay a symbol."""


def _in_words(options: Mapping[str, Any], symbols: frozenset[str]) -> dict[str, Any]:
    """What a table was computed from; how many rows it has can be seen."""
    from numeric import Variances

    words: dict[str, Any] = {}
    for name, value in options.items():
        if name == "variances" and isinstance(value, Variances):
            roles = "transition", "input", "output"
            words |= {role: str(getattr(value, role)) for role in roles}
            rates = [getattr(value.rates, role) for role in roles]
            if any(rate != 1 for rate in rates):
                words["rates"] = ", ".join(map(str, rates))
        elif name == "variances":
            words["network"] = str(value)
        elif name not in _ROWS:
            words[name] = value if value is None or isinstance(value, int) else str(value)
    return {name: SYMBOLS[name] if SYMBOLS.get(name) in symbols else word for name, word in words.items()}
