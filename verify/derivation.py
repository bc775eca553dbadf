"""Statements and derivations as text, LaTeX, Markdown or JSON; each step is checked while it is told."""

from collections.abc import Mapping
from typing import Any

import sympy

from derivations import ProofError, Statement
from verify.console import dump_json

__all__ = ["derive", "listing", "render"]


def listing(statements: Mapping[str, Statement], how: str) -> str:
    """All statements by name, with status and title."""
    entries = [{"name": s.name, "status": s.status, "title": s.title} for s in statements.values()]
    if how == "json":
        return dump_json({"statements": [entry | _formula(statements[entry["name"]]) for entry in entries]})
    if how == "markdown":
        rows = [f"| `{e['name']}` | {e['status']} | {e['title']} |" for e in entries]
        return "\n".join(["| statement | status | |", "| --- | --- | --- |", *rows])
    if how == "latex":
        items = [
            rf"\item[\texttt{{{e['name']}}}] ({e['status']}) {_latex_text(e['title'])}: "
            rf"\[{_formula(statements[e['name']])['latex']}\]"
            for e in entries
        ]
        return "\n".join([r"\begin{description}", *items, r"\end{description}"])
    width = max(len(e["name"]) for e in entries)
    return "\n".join(f"{e['name']:<{width}}  {e['status']:<7}  {e['title']}" for e in entries)


def derive(statement: Statement) -> dict[str, Any]:
    """Check every step and collect all there is to tell, with stable keys.

    ``holds`` of a step is the outcome of its check, ``holds`` of the whole that of all of them and of the
    statements it uses.
    """
    steps = []
    for step in statement.proof:
        try:
            step.check()
            failure = None
        except ProofError as error:
            failure = str(error)
        about: dict[str, Any] = {"name": step.name, "kind": step.kind, "text": step.text}
        steps.append(about | _formula(step) | {"holds": failure is None, "failure": failure})
    uses = {used.name: _holds(used) for used in statement.uses}
    return {
        "name": statement.name,
        "title": statement.title,
        **_formula(statement),
        "variables": dict(statement.variables),
        "assumptions": list(statement.assumptions),
        "status": statement.status,
        "source": statement.source,
        "uses": list(uses),
        "proof": steps,
        "holds": all(step["holds"] for step in steps) and all(uses.values()),
    }


def render(derived: dict[str, Any], how: str) -> str:
    """Lay out what :func:`derive` returned; without a newline at the end."""
    return {"text": _text, "markdown": _markdown, "latex": _latex, "json": dump_json}[how](derived)


def _holds(statement: Statement) -> bool:
    try:
        statement.check()
    except ProofError:
        return False
    return True


def _formula(owner: Any) -> dict[str, str | None]:
    """The formula of a statement or a step, as text and as LaTeX."""
    formula = owner.formula
    if formula is None:
        return {"formula": None, "latex": None}
    equation = isinstance(formula, sympy.Eq)
    text = f"{formula.lhs} = {formula.rhs}" if equation else str(formula)
    return {"formula": text, "latex": sympy.latex(formula)}


def _verdict(step: dict[str, Any]) -> str:
    if step["kind"] == "lemma":
        return "cited"
    return "holds" if step["holds"] else f"FAILS: {step['failure']}"


def _text(d: dict[str, Any]) -> str:
    lines = [f"{d['title']}  [{d['name']}, {d['status']}]", "", f"    {d['formula']}", ""]
    lines += [f"{symbol}: {meaning}" for symbol, meaning in d["variables"].items()]
    lines += [f"assuming {'; '.join(d['assumptions'])}"] if d["assumptions"] else []
    lines += [f"uses {', '.join(d['uses'])}"] if d["uses"] else []
    lines += [f"source: {d['source']}"]
    for number, step in enumerate(d["proof"], 1):
        lines += ["", f"{number}. {step['name']} ({step['kind']}, {_verdict(step)})", f"   {step['text']}"]
        lines += [f"       {step['formula']}"] if step["formula"] else []
    return "\n".join([*lines, "", "every step holds" if d["holds"] else "the derivation FAILS"])


def _markdown(d: dict[str, Any]) -> str:
    lines = [f"## {d['title']}", "", f"`{d['name']}`, {d['status']}", "", f"$${d['latex']}$$", ""]
    lines += [f"- `{symbol}`: {meaning}" for symbol, meaning in d["variables"].items()]
    lines += ["", f"Assuming {'; '.join(d['assumptions'])}."] if d["assumptions"] else []
    lines += ["", f"Uses {', '.join(f'`{name}`' for name in d['uses'])}."] if d["uses"] else []
    lines += ["", f"Source: {d['source']}"]
    for number, step in enumerate(d["proof"], 1):
        lines += ["", f"### {number}. {step['name']} ({step['kind']}, {_verdict(step)})", "", step["text"]]
        lines += ["", f"$${step['latex']}$$"] if step["latex"] else []
    return "\n".join([*lines, "", "Every step holds." if d["holds"] else "**The derivation fails.**"])


def _latex(d: dict[str, Any]) -> str:
    lines = [rf"\paragraph{{{_latex_text(d['title'])}}} ({d['status']})", rf"\[{d['latex']}\]"]
    lines += [f"Assuming {_latex_text('; '.join(d['assumptions']))}."] if d["assumptions"] else []
    lines += [rf"Source: {_latex_text(d['source'])}", r"\begin{enumerate}"]
    for step in d["proof"]:
        about = f"{step['name']} ({step['kind']}, {_verdict(step)})"
        lines += [rf"\item \emph{{{_latex_text(about)}}}. {_latex_text(step['text'])}"]
        lines += [rf"\[{step['latex']}\]"] if step["latex"] else []
    return "\n".join([*lines, r"\end{enumerate}"])


def _latex_text(text: str) -> str:
    """Prose with TeX's special characters escaped."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"} | {c: f"\\{c}" for c in "&%$#_{}"}
    return "".join(special.get(character, character) for character in text)
