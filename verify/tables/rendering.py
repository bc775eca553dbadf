r"""Tables as text, CSV, JSON, LaTeX, Markdown and HTML: one renderer for all."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from derivations.prose import latex, latex_words, plain

if TYPE_CHECKING:
    from verify.tables.spec import Cell, Table

__all__ = ["for_notebook", "frame", "render"]

MOST_ROWS = 60
"""That a notebook shows."""
NUMBER = re.compile(r"(-?[\d.]+)(?:e([+-]?\d+))?")


def render(table: "Table", how: str, *, short: bool = False) -> str:
    r"""Lay a table out as text, csv, json, latex, markdown or html, without a newline at the end.

    Floats are written with the fewest digits that determine them, certified digits all, or with ``short``
    without zeros at their end.  Powers of ten are written as such in LaTeX and HTML.

    >>> from numeric import Variances
    >>> from verify.tables import TABLES
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
    if how == "latex":
        return _latex(table, short=short)
    return _laid_out(_cells(table, how, [_escaped(name, how) for name in table.columns], short=short), how)


def _cells(table: "Table", how: str, headings: Sequence[str], *, short: bool) -> Any:
    """The table as text in a frame, so that pandas neither rounds nor guesses.

    A single row of formulas stands upright, for people.
    """
    import pandas as pd

    columns = [[_for_people(x, how, short=short) for x in cells] for cells in table.columns.values()]
    if how == "csv" or not _is_of_formulas(table):
        rows = list(zip(*columns, strict=True))
        return pd.DataFrame(rows, columns=pd.Index(headings, dtype=object), dtype=object)
    formulas = [formula for [formula] in columns]
    width = max(map(len, formulas)) if how == "text" else 0  # pandas aligns to the right
    upright = {"quantity": headings, "formula": [formula.ljust(width) for formula in formulas]}
    return pd.DataFrame(upright, dtype=object)


def _is_of_formulas(table: "Table") -> bool:
    single = all(len(cells) == 1 for cells in table.columns.values())
    return single and any(table.kind(name) == "symbolic" for name in table.columns)


def _laid_out(cells: Any, how: str) -> str:
    layouts: dict[str, Callable[[], str]] = {
        "text": lambda: cells.to_string(index=False),
        "csv": lambda: cells.to_csv(index=False),
        "markdown": lambda: cells.to_markdown(
            index=False, disable_numparse=True, colalign=("right",) * len(cells.columns)
        ),
        "html": lambda: cells.to_html(index=False, border=0, escape=False),  # which the cells are
    }
    laid_out = layouts[how]().rstrip("\n")
    return re.sub(" +$", "", laid_out, flags=re.MULTILINE) if how == "text" else laid_out


def frame(table: "Table") -> Any:
    """The table as a pandas DataFrame with the same columns.

    Floats and ints are those of NumPy where they fit, certified digits ``Decimal``, which keeps them,
    formulas SymPy's expressions; what is infinite is ``inf``, and what is not there missing.  ``attrs`` has
    the name, the title, the parameters, and what the columns mean.

    >>> from verify.tables import table
    >>> print(frame(table("lag-weights", "0.3", 3, digits=4)).to_string(index=False))
    lag weight
      0  2.000
      1  1.600
      2 0.7800
    """
    import pandas as pd

    columns = {name: _series(cells) for name, cells in table.columns.items()}
    framed = pd.DataFrame(columns)
    framed.attrs = {
        "table": table.name,
        "title": table.title,
        "parameters": dict(table.parameters),
        "columns": dict(table.meanings),
    }
    return framed


def _series(cells: "Sequence[Cell]") -> Any:
    """The cells as a column of numbers, or of objects where they are of no type that NumPy has."""
    import pandas as pd

    if all(cell is None or isinstance(cell, int) for cell in cells):
        fits = all(cell is None or abs(cell) < 2**63 for cell in cells)
        some = any(cell is None for cell in cells)
        return pd.Series(cells, dtype=object if not fits else "Int64" if some else "int64")
    if all(cell is None or isinstance(cell, int | float) for cell in cells):
        return pd.Series(cells, dtype="float64")
    decimals = [Decimal(cell) if isinstance(cell, str) and NUMBER.fullmatch(cell) else cell for cell in cells]
    return pd.Series(decimals, dtype=object)


def for_notebook(table: "Table", how: str) -> str:
    """What a notebook shows: title and parameters, the headings of paper, the first rows.

    In HTML and Markdown; in LaTeX, which a notebook printed by way of it takes, the table alone.
    """
    rows = max(map(len, table.columns.values()), default=0)
    first = replace(table, columns={name: cells[:MOST_ROWS] for name, cells in table.columns.items()})
    left = f"{rows - MOST_ROWS} more rows" if rows > MOST_ROWS else ""
    if how == "latex":
        return render(first, how) + (f"\n\n{left}" if left else "")
    about = ", ".join(f"{name} = {value}" for name, value in table.parameters.items() if value is not None)
    caption = _escaped(": ".join(filter(None, [table.title or table.name, about])), how)
    headings = [_between_dollars(heading, how) for heading in _headings(table, how)]
    shown = _laid_out(_cells(first, how, headings, short=False), how)
    if how == "markdown":
        return "\n".join([caption, "", shown, *(["", left] if left else [])])
    shown = shown.replace("<thead>", f"<caption>{caption}</caption>\n  <thead>", 1)
    return shown + (f"\n<p>{left}</p>" if left else "")


def _headings(table: "Table", how: str) -> list[str]:
    """Those of paper, in LaTeX; a column's name where there is none."""
    return [table.headings.get(name) or _escaped(name, how) for name in table.columns]


def _escaped(words: str, how: str) -> str:
    """Words that the format takes for words."""
    if how == "markdown":  # in a table
        return re.sub(r"([\\`*_\[\]<|#$])", r"\\\1", " ".join(words.split()))
    return escape(words) if how == "html" else latex_words(words) if how == "latex" else words


def _between_dollars(formula: str, how: str) -> str:
    """LaTeX's mathematics within HTML or a table of Markdown."""
    formula = formula.replace("|", r"\vert ")
    return escape(formula, quote=False) if how == "html" else formula


def _latex(table: "Table", *, short: bool) -> str:
    called = {"digits": "precision"} if short else {}
    parameters = {called.get(name, name): value for name, value in table.parameters.items()}
    given = ", ".join(f"{name} = {value}" for name, value in parameters.items() if value is not None)
    cells = _cells(table, "latex", _headings(table, "latex"), short=short)
    upright = _is_of_formulas(table)
    aligned = "ll" if upright else "".join("rl"[_holds_formulas(table, name)] for name in table.columns)
    body: str = cells.style.hide(axis="index").to_latex(column_format=aligned, hrules=True)
    needs = r"\usepackage{booktabs}" + (r", \usepackage{amsmath}" if "l" in aligned else "")
    return f"% {table.name}: {' '.join(given.split())}; needs {needs}\n{body}".rstrip("\n")


def _holds_formulas(table: "Table", name: str) -> bool:
    return name not in ("lag", "other") and table.kind(name) == "symbolic"


def _for_json(cell: "Cell") -> "Cell":
    if hasattr(cell, "free_symbols"):
        return _formula(cell, "json")
    return "infinite" if cell == math.inf else cell


def _for_people(cell: "Cell", how: str, *, short: bool) -> str:
    if cell is None:
        return "" if how == "csv" else "none"
    if hasattr(cell, "free_symbols"):
        return _formula(cell, how)
    if cell == math.inf:
        return {"csv": "inf", "latex": r"$\infty$"}.get(how, "infinite")
    written = repr(cell) if isinstance(cell, float) else str(cell)
    number = NUMBER.fullmatch(written)
    if not number:  # a fraction or a network, as the user wrote it
        return _escaped(written, how)
    mantissa, exponent = number.groups()
    if short and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if exponent is None:
        return f"${mantissa}$" if how == "latex" and mantissa.startswith("-") else mantissa
    power = int(exponent)
    return {
        "latex": rf"${mantissa} \times 10^{{{power}}}$",
        "html": f"{mantissa} × 10<sup>{power}</sup>".replace("-", "−"),
    }.get(how, f"{mantissa}e{exponent}")


def _formula(formula: Any, how: str) -> str:
    """SymPy's expression or condition, in its spelling or in LaTeX between dollar signs."""
    import sympy

    if formula == sympy.oo:
        return _for_people(math.inf, how, short=False)
    on_paper = how in ("latex", "markdown", "html")
    if formula.is_Boolean:
        said = _said(formula)
        return _between_dollars(latex(said), how) if on_paper else plain(said, ascii_only=True)
    if not on_paper:
        return str(formula)
    from derivations import notation

    return _between_dollars(f"${notation.latex(formula)}$", how)


def _said(condition: Any) -> str:
    """A condition in prose.

    >>> import sympy
    >>> w, i = sympy.symbols("nu_W i")
    >>> _said((w < 1) & (sympy.Ne(w, 0) | (i >= 1)))
    '$nu_W < 1$ and ($nu_W != 0$ or $i >= 1$)'
    """
    import sympy

    from derivations.spoken import relations

    if condition.is_Relational:
        return relations([condition])[0]
    parts = sorted(condition.args, key=lambda part: (not part.is_Relational, str(part)))
    told = (_said(part) if part.is_Relational else f"({_said(part)})" for part in parts)
    return (" and " if isinstance(condition, sympy.And) else " or ").join(told)
