"""Elements of :mod:`derivations.exponentials` as text, in factors, as they would be typed."""

from flint import fmpq_mpoly

from derivations.exponentials import Element, Field, Key, canonical_sign

__all__ = ["typed"]


def typed(x: Element) -> str:
    """The element as it would be typed.

    >>> field = Field(["i"])
    >>> w, i = field.named("w"), field.named("i")
    >>> print(typed((1 - w) ** 2 * w**i / (2 * i)))
    1/2 w^i (1 - w)^2/i
    """
    above, below = _product(x.numerator, x.field), _product(x.denominator, x.field)
    if below == "1":
        return above
    if _is_sum(above):
        above = f"({above})"
    return f"{above}/({below})" if " " in below or "^" in below else f"{above}/{below}"


def _product(polynomial: fmpq_mpoly, field: Field) -> str:
    if not polynomial:
        return "0"
    content, factors = polynomial.factor()
    parts = []
    for factor, m in factors:
        content *= canonical_sign(factor) ** int(m)
        factor = factor * canonical_sign(factor)
        one = _sum(factor, field)
        one = f"({one})" if len(factor) > 1 and (m > 1 or len(factors) > 1 or content != 1) else one
        parts.append(one if m == 1 else f"({one})^{m}" if "^" in one and one[0] != "(" else f"{one}^{m}")
    number = str(content)
    if parts and content == 1:
        return " ".join(parts)
    if parts and content == -1:
        return f"-{' '.join(parts)}"
    return " ".join([number, *parts])


def _sum(polynomial: fmpq_mpoly, field: Field) -> str:
    terms = []
    for exponents, c in reversed(list(polynomial.terms())):
        factors = []
        for key, e in zip(field.keys, exponents, strict=False):
            if e:
                factors.append(_power(key, int(e), field))
        size = str(abs(c))
        written = " ".join(factors if size == "1" and factors else [size, *factors])
        terms.append(("-" if c < 0 else "+", written))
    first, *rest = terms
    return ("-" if first[0] == "-" else "") + first[1] + "".join(f" {sign} {term}" for sign, term in rest)


def _power(key: Key, e: int, field: Field) -> str:
    if isinstance(key, str):
        return key if e == 1 else f"{key}^{e}"
    base = typed(field.base(key))
    base = base if base.isalnum() or base.replace("_", "").isalnum() else f"({base})"
    return f"{base}^{key.index}" if e == 1 else f"{base}^({e} {key.index})"


def _is_sum(text: str) -> bool:
    """Whether there is a sign outside of brackets."""
    depth = 0
    for character in text[1:]:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in "+-":
            return True
    return False
