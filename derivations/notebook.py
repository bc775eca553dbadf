r"""What notebooks show of a value: HTML, Markdown and LaTeX, with its mathematics.

A value that shows itself is :class:`Shown` and says of what it consists: a title and parts.  A part is a
paragraph of prose, whose mathematics stands between dollar signs, a formula of SymPy, which is displayed, or
:class:`Code`, text as it is.  MathJax, which notebooks and forges have, sets the formulas.

Importing this module imports no SymPy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

from derivations import prose
from derivations.lazily import imported

__all__ = ["Code", "Part", "Shown", "in_html", "in_markdown", "kernel_parts", "statement_parts", "step_parts"]

LONGEST = 1000
"""Characters of a generating function that is shown: floats, as fractions, are long."""
Part: TypeAlias = Any
"""Prose as a string, :class:`Code`, or a formula of SymPy."""


@dataclass(frozen=True)
class Code:
    """Text in which nothing is mathematics, such as what a user wrote."""

    text: str


class Shown:
    r"""A value that a notebook shows.

    >>> class Square(Shown):
    ...     def _shown(self):
    ...         return "A square", ["of $nu_W < 1$:", imported("sympy").Symbol("nu_W") ** 2]
    >>> print(Square()._repr_latex_())
    $\displaystyle \nu_{W}^{2}$
    """

    def _shown(self) -> tuple[str, Sequence[Part]]:
        """Title, in prose, and parts."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return in_html(*self._shown())

    def _repr_markdown_(self) -> str:
        return in_markdown(*self._shown())

    def _repr_latex_(self) -> str | None:
        """The first formula, for what takes LaTeX alone; None if there is none."""
        formulas = (part for part in self._shown()[1] if not isinstance(part, str | Code))
        formula = next(formulas, None)
        return None if formula is None else rf"$\displaystyle {_formula(formula)}$"


def in_html(title: str, parts: Sequence[Part]) -> str:
    r"""Paragraphs and displays; what is no tag is escaped, mathematics too.

    >>> print(in_html("<A>", ["For $nu_W < 1$ & more:", imported("sympy").Symbol("nu_W") ** 2, Code("<b>$")]))
    <div>
    <p><strong>&lt;A&gt;</strong></p>
    <p>For $\nu_{W} &lt; 1$ &amp; more:</p>
    <p>$$\nu_{W}^{2}$$</p>
    <pre><code>&lt;b&gt;$</code></pre>
    </div>
    """

    def written(part: Part) -> str:
        if isinstance(part, Code):  # which MathJax leaves alone
            return f"<pre><code>{escape(part.text, quote=False)}</code></pre>"
        words = _words(part) if isinstance(part, str) else f"$${_formula(part)}$$"
        return f"<p>{escape(words, quote=False)}</p>"

    heading = f"<p><strong>{escape(_words(title), quote=False)}</strong></p>"
    return "\n".join(["<div>", heading, *map(written, parts), "</div>"])


def in_markdown(title: str, parts: Sequence[Part]) -> str:
    r"""Paragraphs and displays in Markdown.

    >>> print(in_markdown("a_b", ["For $nu_W < 1$ *they* decay.", Code("x <= `y`")]))
    **a\_b**
    <BLANKLINE>
    For $\nu_{W} < 1$ \*they\* decay.
    <BLANKLINE>
        x <= `y`
    """

    def written(part: Part) -> str:
        if isinstance(part, Code):
            return "\n".join(f"    {line}" for line in part.text.splitlines())
        return prose.markdown(part) if isinstance(part, str) else f"$$\n{_formula(part)}\n$$"

    return "\n\n".join([f"**{prose.markdown(title)}**", *map(written, parts)])


def statement_parts(statement: Any) -> list[Part]:
    """Formula, meanings, assumptions, source and the steps of a statement; its proof is not run."""
    notation = imported("derivations.notation").notation
    meanings = [f"${notation(symbol)}$: {meaning}" for symbol, meaning in statement.variables.items()]
    assumed = statement.assumed()
    parts: list[Part] = [f"{statement.name}, {statement.status}", statement.formula]
    parts += [f"{'; '.join(meanings)}."] if meanings else []
    parts += [f"Assuming {'; '.join(assumed)}."] if assumed else []
    parts += [f"Source: {statement.source}."]
    for number, step in enumerate(statement.proof, 1):
        about, *rest = step_parts(step)
        parts += [f"{number}. {about}", *rest]
    return parts


def step_parts(step: Any) -> list[Part]:
    """Name, kind and premises of a step in a line, its text and what it claims."""
    relations = imported("derivations.spoken").relations
    about = [step.kind]
    about += [f"by {', '.join(dict.fromkeys(step.using))}"] if step.using else []
    about += [f"for {', '.join(relations(step.given))}"] if step.given else []
    parts: list[Part] = [f"{step.name} ({', '.join(about)})"]
    parts += [step.text] if step.text else []
    return [*parts, step.formula] if step.formula is not None else parts


def kernel_parts(G: Any, z: Any, w: Any) -> list[Part]:
    """The limit of a network by its generating function, of one lag, or of both if it has w.

    >>> z, w = imported("sympy").symbols("z w")
    >>> kernel_parts(2 / (1 - z / 2), z, w)[1]
    Eq(rho[i], 2/2**i)
    """
    sympy, model = imported("sympy"), imported("derivations.theorems.model")
    i, j = sympy.symbols("i j", integer=True, nonnegative=True)
    too_long = ["Its formulas are too long to be shown; lag_weights and limit_kernel evaluate them."]
    if len(str(G)) > LONGEST:
        return too_long
    if G.has(w):
        series = sympy.Sum(model.Theta[i, j] * z**i * w**j, (i, 0, sympy.oo), (j, 0, sympy.oo))
        both = sympy.factor(G)
        about = "The limit of $Theta_ij$, not only on the diagonal:"
        return too_long if len(str(both)) > LONGEST else [about, sympy.Eq(series, both, evaluate=False)]
    form = imported("derivations.rational").closed_form(G, z, i)
    weights = sympy.Eq(model.rho[i], form.everywhere, evaluate=False)
    series = sympy.Sum(model.rho[i] * z**i, (i, 0, sympy.oo))
    told = imported("derivations.partial_fractions").in_poles(G, z)
    return ["Its lag weights:", weights, sympy.Eq(series, told, evaluate=False)]


def _words(words: str) -> str:
    return "".join(
        f"${prose.latex_formula(piece)}$" if mathematics else piece
        for piece, mathematics in prose.split(words)
    )


def _formula(formula: Part) -> str:
    written: str = imported("derivations.notation").latex(formula)
    return written
