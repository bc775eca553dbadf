"""Claims about matrices that do not commute, as :mod:`derivations.word_identities` decides them.

``L(j)`` is C W^j F, the response but for its scale; ``d`` before a matrix or an expression is its
differential, ``d X / d W`` of a number X the gradient, of the shape of W.
"""

from collections.abc import Mapping
from typing import Any

from verify.claims.reading import INDICES, MATRICES
from verify.claims.syntax import (
    Call,
    Claim,
    Differential,
    Name,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Sum,
    Times,
    Transposed,
    children,
    nodes,
)
from verify.claims.verdict import Counterexample, Step, Verdict

__all__ = ["decide_matrices", "is_of_matrices"]

MOST_EXPONENT, MOST_NUMBER = 24, 10**6
SIZES = ("n", "n_x", "n_y")

Range = tuple[str, Any, Any]
"""An index of a sum and its ends."""


def is_of_matrices(node: Node) -> bool:
    """Whether an expression has matrices in it, outside of expectations."""
    match node:
        case Call("E"):
            return False
        case Call("L" | "tr") | Transposed():
            return True
        case Name(name):
            return name in MATRICES
    return any(is_of_matrices(child) for child in children(node))


def decide_matrices(claim: Claim) -> Verdict:
    """The verdict on an identity between matrices.

    Raises
    ------
    ValueError
        If it is no equation, a condition is about no exponent, a divisor may be 0, or shapes do not fit.
    """
    import sympy

    from derivations.word_identities import decide_identity

    if claim.relation != "=":
        raise ValueError(f"claim: matrices are equal or not; {claim.relation} says nothing of them")
    relations = {"=": sympy.Eq, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge}
    conditions = []
    exponents = _exponents(claim.left) | _exponents(claim.right)
    for one in claim.conditions:
        if one.relation not in relations:
            raise ValueError(f"claim: a condition with {one.relation} on exponents is not known")
        for side in (one.left, one.right):
            _refuse_division(side, {})
        made = relations[one.relation](_scalar(one.left), _scalar(one.right))
        if made is sympy.false:
            raise ValueError("claim: nothing satisfies its conditions")
        if made is not sympy.true:
            if not _is_linear(made.lhs - made.rhs, exponents):
                named = ", ".join(sorted(exponents)) or "there are none"
                said = f"{_said(_scalar(one.left))} {one.relation} {_said(_scalar(one.right))}"
                told = f"beside matrices a condition is linear in their exponents ({named}), got {said}"
                raise ValueError(f"claim: {told}")
            conditions.append(made)
    least = {str(one.lhs): one.rhs for one in conditions if isinstance(one, sympy.Ge) and one.rhs.is_Integer}
    least |= {
        str(one.lhs): one.rhs + 1 for one in conditions if isinstance(one, sympy.Gt) and one.rhs.is_Integer
    }
    for side in (claim.left, claim.right):
        _refuse_division(side, least)
    found = decide_identity(_matrix(claim.left), _matrix(claim.right), conditions)
    given = {str(condition) for condition in conditions}
    provided = tuple(text for text in found.conditions if text not in given)
    if found.status == "equal":
        *reasons, evidence = found.reasons
        steps = tuple(Step(f"{reason.name}: {reason.text}", str(reason.kind)) for reason in reasons)
        seen = evidence.text[:1].lower() + evidence.text[1:].removesuffix(".")
        return Verdict(claim, "proved", steps, provided, confirmed_by=f"a second route: {seen}")
    if found.status == "undecided" or found.counterexample is None:
        return Verdict(
            claim, "undecided", (Step("no proof was found", "open"),), provided, held=found.checked
        )
    point = found.counterexample
    values = {name: str(x) for name, x in (*point.exponents, *point.sizes, *point.parameters)}
    values |= {name: _shown(matrix) for name, matrix in point.matrices}
    sides = Counterexample(values, _shown(point.left), _shown(point.right))
    return Verdict(claim, "refuted", provided=provided, counterexample=sides, confirmed_by=_BOTH)


_BOTH = "both sides evaluated at these matrices, product by product"


def _said(scalar: Any) -> str:
    """SymPy's expression as a claim has it."""
    return str(scalar).replace("**", "^")


def _exponents(node: Node) -> set[str]:
    """The indices in exponents of matrices and in ends of sums, but those of sums."""
    found, bound = set(), set()
    for one in nodes(node):
        match one:
            case Power(base, exponent) if is_of_matrices(base):
                places: tuple[Node, ...] = (exponent,)
            case Call("L", lag):
                places = lag
            case Sum(_, index, first, last):
                places = first, last
                bound.add(index)
            case _:
                continue
        found |= {part.name for place in places for part in nodes(place) if isinstance(part, Name)}
    return found - bound


def _is_linear(form: Any, indices: set[str]) -> bool:
    symbols = sorted(form.free_symbols, key=str)
    polynomial = form.as_poly(*symbols) if symbols else None
    named = {str(symbol) for symbol in symbols}
    return named <= indices and polynomial is not None and polynomial.total_degree() <= 1


def _refuse_division(node: Node, least: Mapping[str, Any], ranges: tuple[Range, ...] = ()) -> None:
    """ValueError if a number divides that may be 0; ``least`` are the least values of some indices."""
    match node:
        case Over(Differential(), Differential()):
            pass
        case Over(_, below) if not is_of_matrices(below):
            divisor = _scalar(below)
            if divisor == 0:
                raise ValueError("claim: division by 0")
            if not _is_never_0(divisor):
                told = "beside matrices one may divide by numbers that are not 0, and by sizes"
                raise ValueError(f"claim: {told}, got a division by {_said(divisor)}")
        case Power(base, exponent) if not is_of_matrices(base):
            of_base, power = _scalar(base), _scalar(exponent)
            if not _is_never_0(of_base) and not _is_natural(power, least, ranges):
                told = f"beside matrices exponents of {_said(of_base)} may not be negative"
                raise ValueError(f"claim: {told}, got {_said(power)}")
        case Sum(_, index, first, last):
            ranges = (*ranges, (index, _scalar(first), _scalar(last)))
    for child in children(node):
        _refuse_division(child, least, ranges)


def _is_never_0(scalar: Any) -> bool:
    """Whether it is a product of powers of numbers that are not 0 and of sizes."""
    bases = (factor.as_base_exp()[0] for factor in scalar.as_ordered_factors())
    return all(base != 0 if base.is_Rational else str(base) in SIZES for base in bases)


def _is_natural(form: Any, least: Mapping[str, Any], ranges: tuple[Range, ...]) -> bool:
    """Whether no coefficient is negative, at both ends of the sums and from the least values on."""
    import sympy

    if ranges:
        *outer, (index, *ends) = ranges
        symbol = sympy.Symbol(index)
        linear = sympy.diff(form, symbol, 2) == 0
        return linear and all(_is_natural(form.subs(symbol, end), least, tuple(outer)) for end in ends)
    shifted = {name: sympy.Symbol(name) + value for name, value in least.items()}
    return all(x >= 0 for x in sympy.expand(form.subs(shifted)).as_coefficients_dict().values())


def _shown(matrix: Any) -> str:
    """A matrix as rows in brackets, a number as itself."""
    if not isinstance(matrix, tuple | list):
        return str(matrix)
    return f"[{', '.join('[' + ', '.join(map(str, row)) + ']' for row in matrix)}]"


def _matrix(node: Node) -> Any:
    """The node as an expression in matrices."""
    from derivations import matrix_expressions as of

    match node:
        case Name(name) if name in MATRICES:
            return of.Identity() if name == "I" else of.Letter(name)
        case Differential(Name(name)) if name in MATRICES:
            return of.Letter(f"d{name}")
        case Differential(body):
            return of.Differential(_matrix(body))
        case Over(Differential(body), Differential(Name(name))) if name in MATRICES:
            return of.Gradient(_matrix(body), name)
        case Over(above, below) if is_of_matrices(above):
            return of.Scaled(1 / _scalar(below), _matrix(above))
        case Transposed(body):
            return of.Transpose(_matrix(body))
        case Plus(terms):
            return of.Sum(tuple(_matrix(term) for term in terms))
        case Times(factors):
            return _product(factors)
        case Power(base, exponent) if is_of_matrices(base):
            return of.Power(_matrix(base), _exponent(exponent))
        case Sum(body, index, first, last) if is_of_matrices(body):
            return of.Summed(_matrix(body), index, _exponent(first), _exponent(last))
        case Call("L", (lag,)):
            return of.response(_exponent(lag))
        case Call("tr", (body,)):
            return of.Trace(_matrix(body))
        case Number(value) if value == 0:
            return of.Sum(())
    if is_of_matrices(node):
        raise ValueError("claim: such an expression of matrices is not known")
    return of.Scaled(_scalar(node), of.Identity())


def _product(factors: tuple[Node, ...]) -> Any:
    from derivations import matrix_expressions as of

    scalars = [_scalar(factor) for factor in factors if not is_of_matrices(factor)]
    matrices = [_matrix(factor) for factor in factors if is_of_matrices(factor)]
    together = of.Product(tuple(matrices)) if len(matrices) != 1 else matrices[0]
    if not matrices:
        together = of.Identity()
    for scalar in scalars:
        together = of.Scaled(scalar, together)
    return together


def _exponent(node: Node) -> Any:
    """The node as SymPy's expression, with small numbers."""
    import sympy

    made = _scalar(node)
    if any(abs(number) > MOST_EXPONENT for number in made.atoms(sympy.Number)):
        raise ValueError(f"claim: exponents of matrices, and ends of their sums, are at most {MOST_EXPONENT}")
    return made


def _scalar(node: Node) -> Any:
    """The node as SymPy's expression in indices and parameters."""
    import sympy

    match node:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Name(name) if name in INDICES or name.startswith(("nu_", "eta_", "n")):
            return sympy.Symbol(name)
        case Plus(terms):
            return sympy.Add(*map(_scalar, terms))
        case Times(factors):
            return sympy.Mul(*map(_scalar, factors))
        case Over(above, below):
            divisor = _scalar(below)
            if divisor == 0:
                raise ValueError("claim: division by 0")
            return _scalar(above) / divisor
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 0 <= exponent <= 12:
            of_base = _scalar(base)
            if any(abs(number) > MOST_NUMBER for number in of_base.atoms(sympy.Number)):
                raise ValueError("claim: powers of such large numbers are not taken beside matrices")
            return of_base ** int(exponent)
        case Power(base, exponent):
            return sympy.Pow(_scalar(base), _exponent(exponent))
    raise ValueError("claim: a number is expected beside matrices, and where there are exponents")
