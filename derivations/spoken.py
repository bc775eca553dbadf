"""SymPy's relations in the notation of the prose."""

import re
from collections.abc import Iterable
from typing import Any

from sympy.printing.str import StrPrinter

__all__ = ["relations"]


def relations(conditions: Iterable[Any]) -> list[str]:
    """SymPy's relations as prose, those of many symbols with the same number as one.

    >>> from sympy import Ne, symbols
    >>> x, y, k = symbols("x y k")
    >>> relations([x >= 0, Ne(k * x, 1), y >= 0, abs(x - y) < k])
    ['$x$, $y >= 0$', '$k x != 1$', '$|x - y| < k$']
    """
    said: dict[tuple[str, str], list[str]] = {}
    for number, condition in enumerate(conditions):
        sign, right = condition.rel_op.replace("==", "="), _spelled(condition.rhs)
        alone = not condition.lhs.is_Symbol or sign == "="
        said.setdefault((f"{sign} {right}", str(number) * alone), []).append(_spelled(condition.lhs))
    return [f"${'$, $'.join(lefts)} {end}$" for (end, _), lefts in said.items()]


class _WithNorms(StrPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's printer with ``|x|``."""

    def _print_Abs(self, norm: Any) -> str:
        return f"|{self._print(norm.args[0])}|"


def _spelled(expression: Any) -> str:
    written = re.sub(r"(\w+)\[([^\[\]]*)\]", r"\1_{\2}", _WithNorms({"order": "none"}).doprint(expression))
    return written.replace("**", "^").replace("*", " ")
