"""Statements and derivations as text, LaTeX, Markdown or JSON; each step is checked while it is told."""

import sys
from collections.abc import Callable, Mapping, Sequence
from textwrap import fill, indent
from typing import Any, get_args

from derivations import ProofError, Statement, prose
from derivations.proof import Status
from derivations.prose import plain
from derivations.spoken import relations
from verify import formulas
from verify.console import dump_json, tabulated, text_width

__all__ = ["derive", "listing", "render"]


def listing(statements: Mapping[str, Statement], how: str) -> str:
    """All statements by name, with status and title."""
    known = [*statements.values()]
    counts = _counts(known)
    if how == "json":
        entries = [
            {
                "name": s.name,
                "status": s.status,
                "arguments": sum(map(len, s.arguments().values())),
                "title": plain(s.title),
            }
            for s in known
        ]
        spelt = (_spelled(s.formula, s.abbreviations) for s in known)
        return dump_json(
            {
                "counts": counts,
                "statements": [entry | formula for entry, formula in zip(entries, spelt, strict=True)],
            }
        )
    if how == "markdown":
        rows = [f"| `{s.name}` | {s.status} | {prose.markdown(s.title)} |" for s in known]
        return "\n".join(
            ["| statement | status | |", "| --- | --- | --- |", *rows, "", f"{_counted(counts)}."]
        )
    if how == "latex":
        items = [
            rf"\item[\texttt{{{s.name}}}] ({s.status}) {prose.latex(s.title)}:"
            f"\n{_display(s.formula, s.abbreviations)}"
            for s in known
        ]
        return "\n".join(
            [
                _NEEDS,
                r"\begingroup\sloppy",
                r"\begin{description}",
                *items,
                r"\end{description}",
                prose.latex(f"{_counted(counts)}."),
                r"\par\endgroup",
            ]
        )
    table = tabulated([(s.name, s.status, _terminal(s.title)) for s in known])
    return f"{table}\n\n{fill(_counted(counts), text_width())}"


def _counts(known: Sequence[Statement]) -> dict[str, int]:
    """How many statements have each status, the strongest first, and how many arguments they rest on."""
    statuses = [statement.status for statement in known]
    distinct = {(name, step) for s in known for name, steps in s.arguments().items() for step in steps}
    return {status: statuses.count(status) for status in get_args(Status)} | {"arguments": len(distinct)}


def _counted(counts: Mapping[str, int]) -> str:
    """The counts in one sentence, without its full stop."""
    statuses = {status: count for status, count in counts.items() if status != "arguments"}
    arguments = counts["arguments"]
    told = (
        f"{count} {status}"
        + (f" (they rest on {arguments} argument{'s' * (arguments != 1)})" if status == "argued" else "")
        for status, count in statuses.items()
        if count
    )
    return f"{sum(statuses.values())} statements: {', '.join(told)}"


def derive(statement: Statement) -> dict[str, Any]:
    """Check every step and collect all there is to tell, with stable keys; formulas are SymPy's.

    Mathematics in prose stands between dollar signs, as in the statement.

    ``holds`` of a step is the outcome of its check, ``holds`` of the whole that of :meth:`Statement.check`:
    all steps, the statements used, and that a step establishes the formula.
    """
    failure = _failure(statement.check)
    steps = []
    for step in statement.proof:
        wrong = failure and statement.failure(step)  # nothing fails again that has just held
        about = {"name": step.name, "kind": step.kind, "text": step.text, "formula": step.formula}
        steps.append(
            about
            | {
                "using": list(step.using),
                "given": relations(step.given),
                "holds": wrong is None,
                "failure": wrong,
            }
        )
    return {
        "name": statement.name,
        "title": statement.title,
        "formula": statement.formula,
        "abbreviations": dict(statement.abbreviations),
        "variables": dict(statement.variables),
        "assumptions": list(statement.assumed()),
        "status": statement.status,
        "arguments": {name: list(steps) for name, steps in statement.arguments().items()},
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


def _spelled(formula: Any, names: Mapping[Any, Any]) -> dict[str, str | None]:
    """A formula as plain text and as LaTeX."""
    if formula is None:
        return {"formula": None, "latex": None}
    return {"formula": formulas.spelled(formula), "latex": formulas.latex(formula, names)}


def _json(d: dict[str, Any]) -> str:
    names = d["abbreviations"]

    def spelled(owner: dict[str, Any]) -> dict[str, Any]:
        parts = (_spelled(value, names) if key == "formula" else {key: value} for key, value in owner.items())
        return {key: value for part in parts for key, value in part.items() if key != "abbreviations"}

    steps = [
        spelled(
            step
            | {
                "name": plain(step["name"]),
                "text": plain(step["text"]),
                "using": [plain(name) for name in step["using"]],
                "given": [plain(condition) for condition in step["given"]],
            }
        )
        for step in d["proof"]
    ]
    return dump_json(
        spelled(
            d
            | {
                "title": plain(d["title"]),
                "variables": {symbol: plain(meaning) for symbol, meaning in d["variables"].items()},
                "assumptions": [plain(assumption) for assumption in d["assumptions"]],
                "source": plain(d["source"]),
                "proof": steps,
            }
        )
    )


def _verdict(step: dict[str, Any]) -> str:
    """What there is to say of a step after its kind."""
    if not step["holds"]:
        return "FAILS"
    return {"definition": "", "lemma": "cited", "argument": "not checked"}.get(step["kind"], "holds")


def _about(step: dict[str, Any]) -> str:
    """Kind, verdict, and what the step follows from: what stands in brackets after its name."""
    parts = [step["kind"], _verdict(step)]
    parts += [f"by {', '.join(dict.fromkeys(step['using']))}"] if step["using"] else []
    parts += [f"for {', '.join(step['given'])}"] if step["given"] else []
    return ", ".join(filter(None, parts))


def _conclusion(d: dict[str, Any]) -> str:
    """What has been seen of the proof, in prose; the lemmas and arguments are named."""
    own = [step["name"] for step in d["proof"] if step["kind"] == "argument"]
    lemmas = [step["name"] for step in d["proof"] if step["kind"] == "lemma"]
    told = [f"it rests on the cited lemmas: {', '.join(lemmas)}"] if lemmas else []
    if d["status"] == "kernel-checked":
        told.append("Coq's kernel has accepted the statement by a proof of its own (derive --coq shows it)")
        told += [f"of this one, for readers, no machine has checked: {', '.join(own)}"] if own else []
    for name, steps in d["arguments"].items():
        where = "" if name == d["name"] else f" of {name}"
        told.append(f"it rests on the arguments{where} that no machine has checked: {', '.join(steps)}")
    return "; ".join(["every step that is checked holds" if own else "every step holds", *told])


def _unicode() -> bool:
    return "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()


def _terminal(text: str) -> str:
    return plain(text, ascii_only=not _unicode())


def _text(d: dict[str, Any]) -> str:
    width = text_width()

    def filled(text: str, margin: str = "", first: str | None = None) -> str:
        return fill(
            text,
            width,
            initial_indent=margin if first is None else first,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def words(text: str, margin: str = "", first: str | None = None) -> str:
        return filled(_terminal(text), margin, first)

    def displayed(formula: Any) -> str:
        shown = formulas.picture(formula, width - 4, unicode=_unicode(), names=d["abbreviations"])
        return indent(shown, "    ")

    lines = [words(f"{d['title']}  [{d['name']}, {d['status']}]"), "", displayed(d["formula"]), ""]
    lines += [words(f"{_symbol(symbol)}: {meaning}", "  ", "") for symbol, meaning in d["variables"].items()]
    lines += [words(f"assuming {'; '.join(d['assumptions'])}", "  ", "")] if d["assumptions"] else []
    lines += [words(f"uses {', '.join(d['uses'])}", "  ", "")] if d["uses"] else []
    lines += [words(f"source: {d['source']}", "  ", "")]
    for number, step in enumerate(d["proof"], 1):
        failure = f": {step['failure']}" if step["failure"] else ""
        label = _terminal(f"{number}. {step['name']} ({_about(step)}")
        lines += ["", filled(f"{label}{failure})", "   ", "")]
        lines += [words(step["text"], "   ")] if step["text"] else []
        lines += ["", displayed(step["formula"])] if step["formula"] is not None else []
    end = words(_conclusion(d)) if d["holds"] else filled(f"the derivation FAILS: {d['failure']}")
    return "\n".join([*lines, "", end])


def _markdown(d: dict[str, Any]) -> str:
    names = d["abbreviations"]

    def displayed(formula: Any) -> list[str]:
        return ["$$", formulas.latex(formula, names), "$$"]

    def words(text: str) -> str:
        return prose.markdown(text)

    lines = [f"## {words(d['title'])}", "", f"`{d['name']}`, {d['status']}", "", *displayed(d["formula"]), ""]
    lines += [f"- {words(_symbol(symbol))}: {words(meaning)}" for symbol, meaning in d["variables"].items()]
    lines += ["", f"Assuming {words('; '.join(d['assumptions']))}."] if d["assumptions"] else []
    lines += ["", f"Uses {', '.join(f'`{name}`' for name in d['uses'])}."] if d["uses"] else []
    lines += ["", f"Source: {words(d['source'])}."]
    for number, step in enumerate(d["proof"], 1):
        about = f"{words(step['name'])} ({words(_about(step))})"
        lines += ["", f"### {number}. {about}"]
        lines += ["", words(step["text"])] if step["text"] else []
        lines += ["", f"`{step['failure']}`"] if step["failure"] else []
        lines += ["", *displayed(step["formula"])] if step["formula"] is not None else []
    end = (
        f"{words(_sentence(_conclusion(d)))}" if d["holds"] else f"**The derivation fails:** `{d['failure']}`"
    )
    return "\n".join([*lines, "", end])


def _latex(d: dict[str, Any]) -> str:
    names = d["abbreviations"]
    formula = formulas.latex(d["formula"], names)
    lines = [
        _NEEDS,
        r"\begingroup\sloppy",
        rf"\paragraph{{\boldmath {prose.latex(d['title'])}}} (\texttt{{{d['name']}}}, {d['status']})",
        rf"\begin{{equation}}\label{{{d['name']}}}",
        formula,
        r"\end{equation}",
    ]
    meanings = [f"{_symbol(symbol)}: {meaning}" for symbol, meaning in d["variables"].items()]
    lines += [prose.latex("; ".join(meanings)) + "."] if meanings else []
    lines += [f"Assuming {prose.latex('; '.join(d['assumptions']))}."] if d["assumptions"] else []
    lines += [f"Uses {', '.join(map(_reference, d['uses']))}."] if d["uses"] else []
    lines += [f"Source: {prose.latex(d['source'])}.", r"\begin{enumerate}"]
    for step in d["proof"]:
        about = f"({prose.latex(_about(step))})"
        lines += [
            rf"\item \emph{{{prose.latex(step['name'])}}} {about}. {prose.latex(step['text'])}".rstrip()
        ]
        lines += [rf"\texttt{{{prose.latex_words(step['failure'])}}}"] if step["failure"] else []
        if step["formula"] is not None:
            same = step["formula"] == d["formula"]
            lines += [rf"This is~(\ref{{{d['name']}}})." if same else _display(step["formula"], names)]
    end = _sentence(_conclusion(d)) if d["holds"] else None
    failure = rf"The derivation fails: \texttt{{{prose.latex_words(d['failure'] or '')}}}"
    return "\n".join([*lines, r"\end{enumerate}", prose.latex(end) if end else failure, r"\par\endgroup"])


_NEEDS = r"% needs \usepackage{amsmath}"


def _display(formula: Any, names: Mapping[Any, Any]) -> str:
    return "\n".join([r"\[", formulas.latex(formula, names), r"\]"])


def _reference(name: str) -> str:
    """The statement's name, and its number where the document has it."""
    return rf"\texttt{{{name}}}\ifcsname r@{name}\endcsname~(\ref{{{name}}})\fi"


def _symbol(name: str) -> str:
    return f"${formulas.notation(name)}$"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
