"""Statements and derivations as text, LaTeX, Markdown or JSON; each step is checked while it is told."""

import re
import sys
from collections.abc import Callable, Mapping
from textwrap import fill, indent
from typing import Any

import sympy

from derivations import ProofError, Statement
from verify.console import dump_json, tabulated, text_width

__all__ = ["derive", "listing", "render"]


def listing(statements: Mapping[str, Statement], how: str) -> str:
    """All statements by name, with status and title."""
    entries = [{"name": s.name, "status": s.status, "title": s.title} for s in statements.values()]
    if how == "json":
        return dump_json(
            {"statements": [entry | _spelled(statements[entry["name"]].formula) for entry in entries]}
        )
    if how == "markdown":
        rows = [f"| `{e['name']}` | {e['status']} | {e['title']} |" for e in entries]
        return "\n".join(["| statement | status | |", "| --- | --- | --- |", *rows])
    if how == "latex":
        items = [
            rf"\item[\texttt{{{e['name']}}}] ({e['status']}) {_latex_text(e['title'])}: "
            rf"\[{sympy.latex(statements[e['name']].formula)}\]"
            for e in entries
        ]
        return "\n".join([r"\begin{description}", *items, r"\end{description}"])
    return tabulated([(e["name"], e["status"], e["title"]) for e in entries])


def derive(statement: Statement) -> dict[str, Any]:
    """Check every step and collect all there is to tell, with stable keys; formulas are SymPy's.

    ``holds`` of a step is the outcome of its check, ``holds`` of the whole that of :meth:`Statement.check`:
    all steps, the statements used, and that a step establishes the formula.
    """
    failure = _failure(statement.check)
    steps = []
    for step in statement.proof:
        wrong = failure and _failure(step.check)  # nothing fails again that has just held
        about = {"name": step.name, "kind": step.kind, "text": step.text, "formula": step.formula}
        steps.append(about | {"holds": wrong is None, "failure": wrong})
    return {
        "name": statement.name,
        "title": statement.title,
        "formula": statement.formula,
        "variables": dict(statement.variables),
        "assumptions": list(statement.assumptions),
        "status": statement.status,
        "source": statement.source,
        "uses": [used.name for used in statement.uses],
        "proof": steps,
        "holds": failure is None,
        "failure": failure,
    }


def render(derived: dict[str, Any], how: str) -> str:
    """Lay out what :func:`derive` returned; without a newline at the end."""
    return {"text": _text, "markdown": _markdown, "latex": _latex, "json": _json}[how](derived)


def _failure(check: Callable[[], None]) -> str | None:
    try:
        check()
    except ProofError as error:
        return str(error)
    return None


def _plain(formula: Any) -> str:
    return f"{formula.lhs} = {formula.rhs}" if isinstance(formula, sympy.Eq) else str(formula)


def _spelled(formula: Any) -> dict[str, str | None]:
    """A formula as plain text and as LaTeX."""
    if formula is None:
        return {"formula": None, "latex": None}
    return {"formula": _plain(formula), "latex": sympy.latex(formula)}


def _json(d: dict[str, Any]) -> str:
    def spelled(owner: dict[str, Any]) -> dict[str, Any]:
        parts = (_spelled(value) if key == "formula" else {key: value} for key, value in owner.items())
        return {key: value for part in parts for key, value in part.items()}

    return dump_json(spelled(d | {"proof": [spelled(step) for step in d["proof"]]}))


def _verdict(step: dict[str, Any]) -> str:
    if step["kind"] == "lemma":
        return "cited"
    return "holds" if step["holds"] else f"FAILS: {step['failure']}"


def _text(d: dict[str, Any]) -> str:
    width = text_width()

    def prose(text: str, margin: str = "", first: str | None = None) -> str:
        return fill(
            text,
            width,
            initial_indent=margin if first is None else first,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )

    lines = [prose(f"{d['title']}  [{d['name']}, {d['status']}]"), "", _displayed(d["formula"], width), ""]
    lines += [prose(f"{symbol}: {meaning}", "  ", "") for symbol, meaning in d["variables"].items()]
    lines += [prose(f"assuming {'; '.join(d['assumptions'])}", "  ", "")] if d["assumptions"] else []
    lines += [prose(f"uses {', '.join(d['uses'])}", "  ", "")] if d["uses"] else []
    lines += [prose(f"source: {d['source']}", "  ", "")]
    for number, step in enumerate(d["proof"], 1):
        label = f"{number}. {step['name']} ({step['kind']}, {_verdict(step)})"
        lines += ["", prose(label, "   ", "")]
        lines += [prose(step["text"], "   ")] if step["text"] else []
        lines += ["", _displayed(step["formula"], width)] if step["formula"] is not None else []
    lemmas = ", ".join(step["name"] for step in d["proof"] if step["kind"] == "lemma")
    end = f"every step holds{lemmas and f'; the proof rests on the cited lemmas: {lemmas}'}"
    return "\n".join([*lines, "", prose(end if d["holds"] else f"the derivation FAILS: {d['failure']}")])


def _displayed(formula: Any, width: int) -> str:
    """A formula in two dimensions where it fits the width, else in one line."""
    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    pretty = sympy.pretty(formula, use_unicode=unicode, wrap_line=False)
    fits = max(map(len, pretty.splitlines())) <= width - 4
    lines = (line.rstrip() for line in pretty.splitlines())
    return indent("\n".join(lines) if fits else _plain(formula), "    ")


def _markdown(d: dict[str, Any]) -> str:
    lines = [
        f"## {d['title']}",
        "",
        f"`{d['name']}`, {d['status']}",
        "",
        f"$${sympy.latex(d['formula'])}$$",
        "",
    ]
    lines += [f"- `{symbol}`: {meaning}" for symbol, meaning in d["variables"].items()]
    lines += ["", f"Assuming {'; '.join(d['assumptions'])}."] if d["assumptions"] else []
    lines += ["", f"Uses {', '.join(f'`{name}`' for name in d['uses'])}."] if d["uses"] else []
    lines += ["", f"Source: {d['source']}"]
    for number, step in enumerate(d["proof"], 1):
        lines += ["", f"### {number}. {step['name']} ({step['kind']}, {_verdict(step)})", "", step["text"]]
        lines += ["", f"$${sympy.latex(step['formula'])}$$"] if step["formula"] is not None else []
    return "\n".join(
        [*lines, "", "Every step holds." if d["holds"] else f"**The derivation fails:** {d['failure']}"]
    )


def _latex(d: dict[str, Any]) -> str:
    lines = [rf"\paragraph{{{_latex_text(d['title'])}}} ({d['status']})", rf"\[{sympy.latex(d['formula'])}\]"]
    meanings = [f"${_latex_symbols(key)}$: {_latex_text(text)}" for key, text in d["variables"].items()]
    lines += ["; ".join(meanings) + "."] if meanings else []
    lines += [f"Assuming {_latex_text('; '.join(d['assumptions']))}."] if d["assumptions"] else []
    lines += [f"Source: {_latex_text(d['source'])}."]
    lines += [r"\begin{enumerate}"]
    for step in d["proof"]:
        about = f"{step['name']} ({step['kind']}, {_verdict(step)})"
        lines += [rf"\item \emph{{{_latex_text(about)}}}. {_latex_text(step['text'])}"]
        lines += [rf"\[{sympy.latex(step['formula'])}\]"] if step["formula"] is not None else []
    return "\n".join([*lines, r"\end{enumerate}"])


_GREEK = "alpha|rho|nu|Theta|theta|eta|tau|kappa|delta|lambda|pi|sigma"
_POWER = r"\([^()]*\)|\{[^{}]*\}|\w+"
_SYMBOL = re.compile(
    rf"\b((?:{_GREEK})|[A-Za-z](?=_))(\d?)(?:_(\{{[^{{}}]*\}}|\w+))?(?![A-Za-z])(?:\^({_POWER}))?"
)


def _latex_symbols(text: str) -> str:
    """A formula with its Greek letters and subscripts in TeX."""

    def symbol(match: re.Match[str]) -> str:
        name, digit, below, power = match.groups()
        name = name if len(name) == 1 else f"\\{name}"
        below = (below or "").strip("{}") or digit
        name = f"{name}_{{{below}}}" if below else name
        return f"{name}^{{{power.strip('(){}')}}}" if power else name

    return _SYMBOL.sub(symbol, text)


def _latex_text(text: str) -> str:
    """Prose with its symbols in mathematics and TeX's special characters escaped."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"} | {c: f"\\{c}" for c in "&%$#_{}"}
    pieces, end = [], 0
    for match in [*_SYMBOL.finditer(text), None]:
        plain = text[end : match.start() if match else None]
        pieces.append("".join(special.get(character, character) for character in plain))
        if match:
            pieces.append(f"${_latex_symbols(match.group())}$")
            end = match.end()
    return "".join(pieces)
