r"""The claims of a file.

A text has a claim a line; what follows a # is a remark.  Of LaTeX (``.tex``) the displayed equations are
taken that carry a ``\label{claim:...}``, and those below a line ``% check``; not those in remarks or in
environments of ``verbatim`` or ``comment``.  Of an equation of several lines ``\\`` ends a claim, but not in
``multline``; a line that begins with its relation goes on from the left side of the one before, and one that
begins with a sign, or has no relation, from its right side.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

__all__ = ["Found", "claims_in"]

MOST_BYTES = 10**7
DISPLAY = re.compile(
    r"\\begin\{(?P<name>(?:equation|align|gather|multline|eqnarray|displaymath)\*?)\}"
    r"|(?<!\\)\\\[|(?<!\\)\$\$"
)
"""What begins a displayed equation; ``\\[1ex]`` is the end of a line."""
UNSEEN = re.compile(r"\\begin\{(?P<name>verbatim\*?|comment)\}")
CLOSERS = {"\\[": "\\]", "$$": "$$"}
RELATION = re.compile(
    r"->|!=|[=<>→≤≥≠]|\\(?:leq?(?:slant)?|geq?(?:slant)?|neq?|lt|gt|to|(?:long)?rightarrow)(?![A-Za-z])"
)
NESTED = re.compile(rf"(?P<opens>[(\[{{])|(?P<closes>[)\]}}])|(?P<relation>{RELATION.pattern})")
LABEL = re.compile(r"\\label\{(?P<label>[^{}]*)\}")
"""What names an equation."""
MARK = re.compile(r"[ \t]*%[ \t]*check[ \t]*")
REMARK = re.compile(r"(?<!\\)%.*")
LAYOUT = re.compile(
    r"\\(?:begin|end)\{(?:aligned|split|gathered)\}|\\no(?:number|tag)(?![A-Za-z])|\\tag\*?\{[^{}]*\}"
    r"|\\(?:[hv]?phantom|hspace\*?)\{[^{}]*\}|\{\}"
)
"""What says how an equation looks."""
LINE = re.compile(r"\\\\(?:\[[^\[\]]*\])?")
"""What ends a line of an equation."""
INDENT = re.compile(r"(?:[& ~]|\\[,;:!> ]|\\q?quad(?![A-Za-z]))*")
ENDS = " .,;"


@dataclass(frozen=True)
class Found:
    """A claim's text, and where in its file it stands."""

    text: str
    where: str


def claims_in(file: Path) -> list[Found]:
    """The claims of a file, in their order.

    Raises
    ------
    ValueError
        If it has none, is no text, or too long.
    """
    if file.is_file() and file.stat().st_size > MOST_BYTES:
        raise ValueError(f"{file}: a file of claims has at most {MOST_BYTES} bytes")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no text in UTF-8") from None
    claims = of_latex(text) if file.suffix == ".tex" else of_text(text)
    if not claims:
        how = (
            r"an equation with \label{claim:...} or below a line % check"
            if file.suffix == ".tex"
            else "one a line"
        )
        raise ValueError(f"{file} has no claim: {how}")
    return claims


def of_text(text: str) -> list[Found]:
    r"""A claim a line.

    >>> [one.text for one in of_text("# of section 2\nrho(0) = s  # trivial\n\nrho(1) = 2")]
    ['rho(0) = s', 'rho(1) = 2']
    """
    lines = ((line.partition("#")[0].strip(), number) for number, line in enumerate(text.splitlines(), 1))
    return [Found(claim, f"line {number}") for claim, number in lines if claim]


def of_latex(text: str) -> list[Found]:
    r"""The marked equations.

    >>> of_latex(r'''\begin{equation} \rho_0 = s \label{claim:first} \end{equation}
    ... \[ \rho_1 = 2 \]
    ... % check
    ... \[ \rho_2 = 3. \]''')
    [Found(text='\\rho_0 = s', where='line 1, claim:first'), Found(text='\\rho_2 = 3', where='line 4')]
    """
    claims = []
    text = "\n".join(_without_remark(line) for line in text.splitlines())
    text = _without_unseen(text)
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    before = 0
    for begins, stops, end in _spans(text, DISPLAY):
        of_display = text[begins.end() : stops]
        marks = [mark for mark in LABEL.findall(of_display) if mark.startswith("claim:")]
        at = bisect_right(starts, begins.start()) - 2  # of the line before
        marked = at >= 0 and starts[at] >= before and MARK.fullmatch(lines[at])
        if marked or marks:
            where = ", ".join([f"line {at + 2}", *marks[:1]])
            of_display = LAYOUT.sub("", LABEL.sub("", of_display))
            whole = (begins["name"] or "").startswith("multline")
            claims += [Found(one, where) for one in _lines(of_display, whole=whole)]
        before = end
    return claims


def _without_remark(line: str) -> str:
    return line if MARK.fullmatch(line) else REMARK.sub("", line)


def _without_unseen(text: str) -> str:
    """Without what is shown as it stands; its lines stay, empty."""
    seen, before = [], 0
    for begins, _, end in _spans(text, UNSEEN):
        seen += [text[before : begins.start()], "\n" * text.count("\n", begins.start(), end)]
        before = end
    return "".join([*seen, text[before:]])


def _spans(text: str, opener: re.Pattern[str]) -> Iterator[tuple[re.Match[str], int, int]]:
    """Of each environment what begins it, where its inside stops and where it ends.

    What is not closed is passed over, and nothing is read twice.
    """
    unclosed: set[str] = set()
    place = 0
    while begins := opener.search(text, place):
        closer = CLOSERS.get(begins[0]) or rf"\end{{{begins['name']}}}"
        place = begins.end()
        stops = -1 if closer in unclosed else text.find(closer, place)
        if stops < 0:
            unclosed.add(closer)
            continue
        place = stops + len(closer)
        yield begins, stops, place


def _lines(inside: str, *, whole: bool) -> list[str]:
    r"""The claims of a display; a single one if it is ``whole``.

    >>> _lines(r"\rho_1 &= s \nu_W \\ &\quad + p \\ &= p + s \nu_W, \\ \rho_0 &= s.", whole=False)
    ['\\rho_1 &= s \\nu_W &\\quad + p', '\\rho_1 &= p + s \\nu_W', '\\rho_0 &= s']
    """
    claims: list[list[str]] = []
    left: str | None = None  # of the claim before, if it has a relation yet
    for line in LINE.split(inside):
        text = " ".join(line.split())
        bare = INDENT.sub("", text, count=1)
        if not bare:
            continue
        own = _left(text)
        related = RELATION.match(bare) is not None
        if claims and related and left is not None and not whole:
            claims.append([left, text])
        elif claims and (whole or related or _goes_on(text, own)):
            claims[-1].append(text)
            if left is None and own is not None:
                left = _left(" ".join(claims[-1]))
        else:
            claims.append([text])
            left = own
    return [claim for claim in (_without_end(" ".join(parts)) for parts in claims) if claim]


def _goes_on(line: str, left: str | None) -> bool:
    """Whether a line goes on with the right side before: it has no relation, or begins with a sign.

    A sign may also begin a left side, which stands before an ``&``.
    """
    if left is None:
        return True
    signed = INDENT.sub("", line, count=1)[0] in "+-"
    return signed and (line.startswith("&") or not line[len(left) :].lstrip().startswith("&"))


def _without_end(claim: str) -> str:
    r"""Without the full stop of the sentence and spaces.

    >>> _without_end(r"\rho_0 = s \, .")
    '\\rho_0 = s'
    """
    claim = claim.rstrip(ENDS)
    while claim.endswith("\\"):
        claim = claim[:-1].rstrip(ENDS)
    return claim


def _left(claim: str) -> str | None:
    r"""What stands before the relation, which is outside of all brackets; None if there is none.

    >>> _left(r"\sum_{k=0}^1 \rho_k &= s"), _left("+ p")
    ('\\sum_{k=0}^1 \\rho_k', None)
    """
    depth = 0
    for found in NESTED.finditer(claim):
        depth += (found["opens"] is not None) - (found["closes"] is not None)
        if depth == 0 and found["relation"]:
            return claim[: found.start()].rstrip("& ")
    return None
