"""Which files of the Coq development a reader has to read to know what a proposition says.

Those are the files of the definitions that it names, of those that these name, and so on.  What is only
proved is not among them: a name is followed where a definition, or the type of a section's variable,
speaks of it, and is looked for in the file itself and in what it requires.  Where two required files define
a name, both are told.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

__all__ = ["definitions"]

_DEFINES = re.compile(
    r"(?:(?:#\[[^\]]*\]|Local|Global|Polymorphic)\s*)*"
    r"(?:Definition|Fixpoint|CoFixpoint|Inductive|Record|Structure|Class|Instance|Canonical(?:\s+Structure)?|"
    r"Notation|Infix|Let|Variables?|Hypothes[ie]s|Context|Coercion)\b"
)
_NAME = re.compile(r"[A-Za-z_][\w']*(?:\.[A-Za-z_][\w']*)*")


def definitions(proposition: str, folder: Path) -> list[str]:
    """The files, by name.

    >>> from derivations.kernel import SOURCES
    >>> definitions("forall (K : Ring) (w f c : K), Weights.rho w f c 0 = c + f", SOURCES)
    ['Scalars.v', 'Weights.v']
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.v")}
    found: set[str] = set()
    waiting = [*_spoken_of(proposition)]
    seen = {*waiting}
    while waiting:
        module, name = waiting.pop()
        if module not in texts or name not in _defined(texts[module]):
            continue
        found.add(f"{module}.v")
        places = [module, *_required(texts[module])]
        for spoken in _defined(texts[module])[name]:
            qualifier, _, last = spoken.rpartition(".")
            new = {(home, last) for home in ([qualifier] if qualifier else places)} - seen
            seen |= new
            waiting += new
    return sorted(found)


def _spoken_of(proposition: str) -> Iterator[tuple[str, str]]:
    """The names with their modules; those without one are Coq's or of what Statements.v imports."""
    for spoken in _NAME.findall(proposition):
        module, _, name = spoken.rpartition(".")
        yield from [(module, name)] if module else [("Scalars", name), ("RealWeights", name)]
    if "R)" in proposition:  # the numbers themselves
        yield "RealWeights", "reals"


@cache
def _defined(text: str) -> Mapping[str, frozenset[str]]:
    """For each name that a file defines the names that its definition speaks of."""
    found: dict[str, frozenset[str]] = {}
    common: frozenset[str] = frozenset()  # what the variables of sections are, on which all may depend
    for sentence in _sentences(text):
        match = _DEFINES.match(sentence)
        if not match:
            continue
        names = frozenset(_NAME.findall(sentence[match.end() :]))
        if re.search(r"\b(?:Variables?|Hypothes[ie]s|Context)$", match[0]):
            common |= names
            continue
        head, *_ = _NAME.findall(sentence[match.end() :]) or [""]
        constructors = re.findall(r"[|{;]\s*([A-Za-z_][\w']*)\s*(?::|\||$)", sentence)
        for name in (head, *constructors):
            found[name] = found.get(name, frozenset()) | names | common
    return found


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a file without its comments."""
    bare, depth = [], 0
    for part in re.split(r"(\(\*|\*\))", text):
        depth += {"(*": 1, "*)": -1}.get(part, 0)
        if depth == 0 and part != "*)":
            bare.append(part)
    yield from (sentence.strip() for sentence in re.split(r"\.(?=\s|$)", "".join(bare)))


@cache
def _required(text: str) -> tuple[str, ...]:
    """The files of the development that a file requires."""
    required = re.findall(r"From NTK Require(?: Import| Export)?\s+([\w\s]+?)\.", text)
    return tuple(name for names in required for name in names.split())
