r"""Prose with its mathematics marked, once for every format.

What stands between two dollar signs is mathematics in plain letters, as one types it: ``$rho_{i+1} <= nu_W
rho_i$``.  :func:`plain` writes it for a terminal, :func:`latex` and :func:`markdown` for paper and the web;
:func:`unicode_formula` and :func:`latex_formula` do the same for a name or formula without dollar signs.

    nu_W, rho_{i+1}, n^{-1/2}, n^-2     Greek letters by name, subscripts, superscripts
    a1, P0, Theta1                      a letter and a number are a letter with an index
    Lbar, A~, W'                        a mean or limit, a second copy, a transpose
    dL_i, dtheta                        differentials
    <= >= != -> +- ...                  relations, plus or minus, dots
    P (x) Q, <x, y>, {1, 2}, |x|        Kronecker and inner product, set, norm
    sqrt(n), floor(x), binom(i, 3)      written as on paper
    tr, E, Var, cov, min, log, ...      operators; other words of two letters or more are upright

In a subscript or superscript letters in a row are separate letters: ``Theta_ij``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

__all__ = ["latex", "latex_formula", "latex_words", "markdown", "plain", "split", "unicode_formula"]

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "Gamma": "Γ",
    "delta": "δ",
    "Delta": "Δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "Theta": "Θ",
    "kappa": "κ",
    "lambda": "λ",
    "Lambda": "Λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "Sigma": "Σ",
    "tau": "τ",
    "phi": "φ",
    "Phi": "Φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Omega": "Ω",
}
_COMMANDS = {
    **{name: f"\\{name}" for name in GREEK},
    **{name: f"\\{name}" for name in ("deg", "exp", "log", "max", "min")},
    **{name: rf"\mathop{{\mathrm{{{name}}}}}" for name in ("Cov", "E", "Var", "cov", "tr")},
    "epsilon": r"\varepsilon",
    "sum": r"\sum",
    "oo": r"\infty",
}
_SIGNS = {
    "<=>": ("⇔", r"\Leftrightarrow"),
    "<=": ("≤", r"\le"),
    ">=": ("≥", r"\ge"),
    "!=": ("≠", r"\ne"),
    "->": ("→", r"\to"),
    "<-": ("←", r"\leftarrow"),
    "+-": ("±", r"\pm"),
    "...": ("…", r"\dots"),
    "(x)": ("⊗", r"\otimes"),
    "|": ("|", r"\vert"),
    "*": ("*", r"\ast"),
}
_TOKEN = re.compile(r"\s+|[A-Za-z]+\d*~?|\d+|<=>|<=|>=|!=|->|<-|\+-|\.\.\.|(?<=\s)\(x\)(?=\s)|\S")
_NAME = re.compile(r"([A-Za-z]+)(\d*)(~?)")
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_CALLS = ("sqrt", "floor", "binom")


@dataclass(frozen=True)
class Bracketed:
    """What stands in brackets, after the name of one of the functions that are not written as such."""

    opening: str
    inner: tuple["Node", ...]
    function: str = ""


@dataclass(frozen=True)
class Script:
    """A subscript or superscript; ``sign`` is the character that announces it."""

    sign: str
    inner: tuple["Node", ...]


Node: TypeAlias = str | Bracketed | Script


def split(prose: str) -> Iterator[tuple[str, bool]]:
    """The pieces of the prose, each with whether it is mathematics.

    Raises
    ------
    ValueError
        If a dollar sign has no partner, or nothing stands between the two.

    >>> list(split("If $nu_W < 1$ they decay."))
    [('If ', False), ('nu_W < 1', True), (' they decay.', False)]
    """
    pieces = prose.split("$")
    if len(pieces) % 2 == 0:
        raise ValueError(f"prose: a dollar sign has no partner in {prose!r}")
    for position, piece in enumerate(pieces):
        if (position % 2 and piece.strip() != piece) or (position % 2 and not piece):
            raise ValueError(
                f"prose: mathematics must begin and end beside its dollar signs, not in {prose!r}"
            )
        if piece:
            yield piece, position % 2 == 1


def plain(prose: str, *, ascii_only: bool = False) -> str:
    """The prose for a terminal, its mathematics in Unicode or as it was typed.

    >>> plain("It is $O(n^{-1/2})$ if $nu_W <= 1$."), plain("at $nu_W^2$", ascii_only=True)
    ('It is O(n^(-1/2)) if ν_W ≤ 1.', 'at nu_W^2')
    """
    write = _ascii_formula if ascii_only else unicode_formula
    return "".join(write(piece) if mathematics else piece for piece, mathematics in split(prose))


def latex(prose: str) -> str:
    r"""The prose in LaTeX.

    >>> print(latex("If $nu_W^{i-1} -> 0$: 50 %."))
    If $\nu_{W}^{i-1} \to 0$: 50 \%.
    """
    return _written(prose, latex_words)


def markdown(prose: str) -> str:
    r"""The prose in Markdown, for GitHub and Jupyter.

    >>> print(markdown("The 2-norm |x|_2 is *not* $|x|_1$."))
    The 2-norm \|x\|\_2 is \*not\* $\vert x\vert_{1}$.
    """
    return _written(prose, lambda words: re.sub(r"([\\`*_\[\]<|#])", r"\\\1", words))


def latex_words(words: str) -> str:
    r"""Words as LaTeX prints them, none of which is a command.

    >>> print(latex_words("a_b < 100 %"))
    a\_b \textless{} 100 \%
    """
    special = {"\\": "textbackslash", "^": "textasciicircum", "~": "textasciitilde", "<": "textless"}
    special |= {">": "textgreater", "|": "textbar"}
    escaped = {sign: f"\\{name}{{}}" for sign, name in special.items()} | {c: f"\\{c}" for c in "&%$#_{}"}
    return "".join(escaped.get(character, character) for character in words)


def _written(prose: str, words: Callable[[str], str]) -> str:
    pieces = split(prose)
    return "".join(
        f"${latex_formula(piece)}$" if mathematics else words(piece) for piece, mathematics in pieces
    )


@lru_cache(maxsize=4096)
def latex_formula(formula: str) -> str:
    r"""Mathematics in plain letters as LaTeX, in commands that LaTeX, GitHub and Jupyter all know.

    >>> print(latex_formula("E Theta_ij + sqrt(rho_{i+1}) P (x) Q"))
    \mathop{\mathrm{E}} \Theta_{ij} + \sqrt{\rho_{i+1}} P \otimes Q
    """
    return _latex(_parsed(formula))


@lru_cache(maxsize=4096)
def unicode_formula(formula: str) -> str:
    """Mathematics in plain letters as Unicode.

    >>> unicode_formula("E Theta_ij + sqrt(rho_{i+1}) P (x) Q")
    'E Θ_ij + √ρ_{i+1} P ⊗ Q'
    """
    return _text(_parsed(formula), unicode=True)


def _ascii_formula(formula: str) -> str:
    return _text(_parsed(formula), unicode=False)


def _parsed(formula: str) -> tuple[Node, ...]:
    """The formula's tree.

    Raises
    ------
    ValueError
        If brackets do not match, or nothing stands where a subscript or superscript is announced.
    """
    tokens = _TOKEN.findall(formula)[::-1]

    def follows(what: str) -> bool:
        return bool(tokens) and re.fullmatch(what, tokens[-1]) is not None

    def until(closing: str) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while tokens and tokens[-1] != closing:
            nodes.append(node(tokens.pop()))
        if closing:
            if not tokens:
                raise ValueError(f"prose: {closing} is missing in {formula!r}")
            tokens.pop()
        return tuple(nodes)

    def node(token: str) -> Node:
        if token in ("_", "^"):
            return Script(token, script())
        if token in _CALLS and follows(r"\("):
            return Bracketed(tokens.pop(), until(")"), token)
        if token in ("(", "[", "{") or (token == "<" and follows(r"\S+")):
            return Bracketed(token, until(_CLOSING[token]))
        if token in (")", "]", "}"):
            raise ValueError(f"prose: {token} closes nothing in {formula!r}")
        return token

    def script() -> tuple[Node, ...]:
        if not follows(r"\S+"):
            raise ValueError(f"prose: nothing follows _ or ^ in {formula!r}")
        token = tokens.pop()
        if token in ("{", "("):
            return until(_CLOSING[token])
        nodes: list[Node] = [token]
        while follows(r"[A-Za-z]+\d*|\d+") and (token == "-" or token[0].isalnum()):
            nodes.append(tokens.pop())
        return tuple(nodes)

    return until("")


def _latex(nodes: tuple[Node, ...], script: bool = False) -> str:
    written = ""
    for node, following in zip(nodes, (*nodes[1:], ""), strict=True):
        if isinstance(node, Script):
            piece = f"{node.sign}{{{_latex(node.inner, script=True)}}}"
        elif isinstance(node, Bracketed):
            piece = _bracketed(node, script)
        elif name := _NAME.fullmatch(node):
            below = isinstance(following, Script) and following.sign == "_"
            letters, index, copy = name.groups()
            piece = _name(letters, index, copy, script=script, index_above=below)
        else:
            piece = " " if node.isspace() else _SIGNS.get(node, ("", node))[1]
        written += " " if re.search(r"\\[A-Za-z]+$", written) and piece[:1].isalpha() else ""
        written += piece
    return written


def _bracketed(node: Bracketed, script: bool) -> str:
    inner = _latex(node.inner, script)
    if node.function == "sqrt":
        return rf"\sqrt{{{inner}}}"
    if node.function == "floor":
        return rf"\lfloor {inner}\rfloor"
    if node.function == "binom":
        comma = node.inner.index(",")
        return rf"\binom{{{_latex(node.inner[:comma])}}}{{{_latex(node.inner[comma + 1 :]).strip()}}}"
    left, right = {"{": (r"\lbrace ", r"\rbrace"), "<": (r"\langle ", r"\rangle")}.get(
        node.opening, (node.opening, _CLOSING[node.opening])
    )
    return f"{left}{inner}{right}"


def _name(letters: str, index: str, copy: str, *, script: bool, index_above: bool) -> str:
    mean = letters.endswith("bar")
    base = letters.removesuffix("bar")
    if base.startswith("d") and (len(base) == 2 or base[1:] in GREEK) and not script:
        piece = f"d {_COMMANDS[base[1:]]}" if base[1:] in GREEK else base
    elif len(base) == 1 or (script and len(base) < 3 and base not in GREEK):
        piece = _COMMANDS.get(base, base)
    else:
        upright = rf"\mathrm{{{base}}}"
        piece = _COMMANDS.get(base, upright if script else rf"\mathop{{{upright}}}")
    piece = rf"\bar{{{piece}}}" if mean else piece
    piece = rf"\tilde{{{piece}}}" if copy else piece
    if not index:
        return piece
    return f"{piece}^{{({index})}}" if index_above or base in GREEK else f"{piece}_{{{index}}}"


def _text(nodes: tuple[Node, ...], *, unicode: bool) -> str:
    return "".join(_piece(node, unicode) for node in nodes)


def _piece(node: Node, unicode: bool) -> str:
    if isinstance(node, Script):
        inner = _text(node.inner, unicode=unicode)
        if inner.isalnum() or len(inner) == 1 or (node.sign == "^" and re.fullmatch(r"-\w", inner)):
            return node.sign + inner
        return f"_{{{inner}}}" if node.sign == "_" else f"^({inner})"
    if isinstance(node, Bracketed):
        inner = _text(node.inner, unicode=unicode)
        if unicode and node.function == "floor":
            return f"⌊{inner}⌋"
        if unicode and node.function == "sqrt":
            return f"√{inner}" if _is_atom(node.inner) else f"√({inner})"
        if unicode and node.opening == "<":
            return f"⟨{inner}⟩"
        return f"{node.function}{node.opening}{inner}{_CLOSING[node.opening]}"
    if not unicode:
        return node
    if (name := _NAME.fullmatch(node)) is None:
        return _SIGNS.get(node, (node, ""))[0]
    letters, index, copy = name.groups()
    base = letters.removesuffix("bar")
    differential = base.startswith("d") and base[1:] in GREEK
    base = f"d{GREEK[base[1:]]}" if differential else {**GREEK, "sum": "Σ", "oo": "∞"}.get(base, base)
    over = "\N{COMBINING MACRON}" if letters.endswith("bar") else "\N{COMBINING TILDE}" if copy else ""
    return base + over + index


def _is_atom(nodes: tuple[Node, ...]) -> bool:
    """Whether it is one name or number, with what stands below it."""
    return isinstance(nodes[0], str) and all(
        isinstance(node, Script) and node.sign == "_" for node in nodes[1:]
    )
