"""Formulas as propositions of Coq: each construct's text, its type, its value, and what is refused."""

import random

import pytest
import sympy
from sympy import (
    Abs,
    And,
    Derivative,
    Eq,
    Equivalent,
    Function,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Limit,
    Max,
    Min,
    Mod,
    Ne,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    Tuple,
    floor,
    log,
    oo,
    sqrt,
    symbols,
)

from derivations.contexts import Context
from derivations.coq_printer import Unprintable, proposition
from derivations.readings import Matrix, Reading, Vector
from tests.derivations.coq import needs_coq, said

i, j, k, m, n, w, x = symbols("i j k m n w x")
W, H = symbols("W H", commutative=False)
a = IndexedBase("a")
RING = Reading(("w", "x"), {"a": "f w {}", "P": "g {0} {1}", "u": "h {}"}, binders=("(f : K -> nat -> K)",))
REALS = Reading(("w", "x"), {"a": "f {}"}, "reals", binders=("(f : nat -> R)",))
MATRICES = Reading(
    ("w",),
    {
        "W": Matrix("Wm", "size", "size"),
        "H": Matrix("Hm", "size", "cols"),
        "V": Matrix("Vm {}", "size", "cols"),
    },
    binders=("(size cols : nat)", "(Wm Hm : nat -> nat -> K)", "(Vm : nat -> nat -> nat -> K)"),
    roots={"n": "root"},
)


class Vectors(IndexedBase):
    """A sequence of matrices."""

    def __getitem__(self, indices, **_):
        return _Vector(self, indices)


class _Vector(sympy.Indexed):
    is_commutative = False


V = Vectors("V")


def eq(left, right):
    return Eq(left, right, evaluate=False)


def claim(formula, indices=(), conditions=(), reading=RING):
    """The proposition without what it binds."""
    said = proposition(formula, Context(frozenset(indices), tuple(conditions)), reading)
    return said.partition(", (")[2].rpartition(")%")[0]


TEXTS = {
    "an index as a scalar": (eq(a[i], i * w), [i], "f w i = whole i * w"),
    "numbers": (eq(a[0], 2 * w - 3), [], "f w 0%nat = whole 2 * w - whole 3"),
    "minus": (eq(a[i], -w - x * (i - 1)), [i], "f w i = - ((whole i - 1) * x) - w"),
    "minus of a sum": (
        eq(a[i], w - (x - i) * (w + x)),
        [i],
        "f w i = w - (w + x) * (x - whole i)",
    ),
    "a shifted index": (eq(a[i + 2], w ** (i + 1)), [i], "f w (i + 2)%nat = w ^ (i + 1)%nat"),
    "a falling power": (eq(a[i], i * w ** (i - 1)), [i], "f w i = whole i * w ^ (i - 1)%nat"),
    "twice falling": (
        eq(a[i], i * (i - 1) * w ** (i - 2)),
        [i],
        "f w i = whole i * (whole i - 1) * w ^ (i - 2)%nat",
    ),
    "a power of a sum": (eq(a[i], (1 - w) ** 2), [i], "f w i = (1 - w) ^ 2"),
    "a sum": (eq(a[m], Sum(w**i, (i, 0, m - 1))), [m], "f w m = sum m (fun i : nat => w ^ i)"),
    "a sum from further on": (
        eq(a[m], Sum(w**i, (i, 2, m + 2))),
        [m],
        "f w m = sum (m + 1)%nat (fun i : nat => w ^ (i + 2)%nat)",
    ),
    "a convolution": (
        eq(a[m], Sum(a[i] * a[m - 1 - i], (i, 0, m - 1))),
        [m],
        "f w m = sum m (fun i : nat => f w (m - (i + 1))%nat * f w i)",
    ),
    "delta": (eq(a[i], KroneckerDelta(i - j, k) * x), [i, j, k], "f w i = delta (j + k)%nat i * x"),
    "least and greatest": (
        eq(a[i], Min(i, j) - Max(i, j, k) + 1),
        [i, j, k],
        "f w i = 1 + whole (Nat.min i j)%nat - whole (Nat.max (Nat.max i j) k)%nat",
    ),
    "half": (eq(a[i], w / 2), [i], "whole 2 * inverse_of_2 = 1 -> f w i = w * inverse_of_2"),
    "a quotient": (
        eq(a[i], x / (1 - w) ** 2),
        [i],
        "(1 - w) * inv1 = 1 -> f w i = x * inv1 ^ 2",
    ),
    "the whole part of a half": (eq(a[floor(i / 2)], x), [i], "f w (i / 2)%nat = x"),
    "cases": (
        eq(a[i], Piecewise((w ** (i / 2 + j / 2), Eq(Mod(i - j, 2), 0)), (0, True))),
        [i, j],
        "f w i = (if Nat.eqb ((i + j) mod 2)%nat 0 then w ^ ((i + j) / 2)%nat else 0)",
    ),
    "other cases": (
        eq(a[i], Piecewise((x, And(Ne(i, j), i < k)), (w, i <= 2), (0, True))),
        [i, j, k],
        "f w i = (if andb (Nat.ltb i k) (negb (Nat.eqb i j)) then x else if Nat.leb i 2 then w else 0)",
    ),
    "alternating": (eq(a[i], (-1) ** i * x), [i], "f w i = opp 1 ^ i * x"),
    "a pair": (
        eq(Tuple(a[i], a[i + 1]), Tuple(w, x)),
        [i],
        "(f w i = w) /\\ (f w (i + 1)%nat = x)",
    ),
    "implied": (
        sympy.Implies(eq(a[i], 0), And(eq(w, 0), eq(x, 1))),
        [i],
        "(f w i = 0) -> ((w = 0) /\\ (x = 1))",
    ),
    "a relation of indices": (
        sympy.Implies(i <= j - 1, eq(a[i], a[j])),
        [i, j],
        "((i + 1 <= j)%nat) -> (f w i = f w j)",
    ),
    "a derivative": (
        eq(Derivative(a[i] * w, w), x),
        [i],
        "forall e : K, e * e = 0 -> (fun w : K => f w i * w) (w + e) = (fun w : K => f w i * w) w + e * x",
    ),
}
REAL_TEXTS = {
    "an index": (eq(a[i], i / (1 - w)), [i], "1 - w <> 0 /\\ (f i = INR i / (1 - w))"),
    "order": (
        Equivalent(a[i] >= a[i + 1], w < x / 2),
        [i],
        "(f i >= f (i + 1)%nat) <-> (w < x / 2)",
    ),
    "functions": (
        eq(a[i], Abs(w) + log(x) + sqrt(w) + floor(w) + Max(w, x)),
        [i],
        "f i = (Rmax w x) + IZR (Int_part w) + Rabs w + ln x + sqrt w",
    ),
    "a series": (
        eq(Sum(a[i], (i, m, oo)), x),
        [m],
        "Un_cv (fun upto : nat => sum upto (fun i : nat => f (i + m)%nat)) x",
    ),
    "a quotient of series": (
        eq(Sum(a[i], (i, 0, oo)) / Sum(i * a[i], (i, 0, oo)), x),
        [],
        "exists total1 total2 : R,"
        " (Un_cv (fun upto : nat => sum upto (fun i : nat => f i)) total1) /\\"
        " (Un_cv (fun upto : nat => sum upto (fun i : nat => INR i * f i)) total2) /\\"
        " total2 <> 0 /\\ total1 / total2 = x",
    ),
    "a limit": (
        eq(Limit(a[i + 1] / a[i], i, oo), w),
        [i],
        "(exists first : nat, forall i : nat, (first <= i)%nat -> f i <> 0) /\\"
        " Un_cv (fun i : nat => f (i + 1)%nat / f i) w",
    ),
    "real cases": (
        eq(a[0], Piecewise((w, x >= 0), (0, True))),
        [],
        "f 0%nat = (if Rle_dec 0 x then w else 0)",
    ),
}
MATRIX_TEXTS = {
    "a word": (
        eq(V[j], n ** (-(j + 1) / 2) * W**j * H),
        [j],
        "forall p q : nat, (p < size)%nat -> (q < cols)%nat -> (Vm j) p q ="
        " (Matrices.scaled (root ^ (j + 1)%nat)"
        " (Matrices.product size (Matrices.matrix_power size Wm j) Hm)) p q",
    ),
    "a polynomial": (
        eq((1 - w * W) ** k, W),
        [k],
        "forall p q : nat, (p < size)%nat -> (q < size)%nat ->"
        " (Matrices.matrix_power size"
        " (Matrices.matrix_add Matrices.identity (Matrices.scaled (- w) Wm)) k) p q = Wm p q",
    ),
    "a sum of matrices": (
        eq(H, Sum(W**j * V[j], (j, 0, k))),
        [k],
        "forall p q : nat, (p < size)%nat -> (q < cols)%nat -> Hm p q ="
        " (fun p q : nat => sum (k + 1)%nat (fun j : nat =>"
        " (Matrices.product size (Matrices.matrix_power size Wm j) (Vm j)) p q)) p q",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_constructs_over_a_ring(name):
    formula, indices, text = TEXTS[name]
    assert claim(formula, indices) == text


@pytest.mark.parametrize("name", REAL_TEXTS)
def test_constructs_over_the_reals(name):
    formula, indices, text = REAL_TEXTS[name]
    assert claim(formula, indices, reading=REALS) == text


@pytest.mark.parametrize("name", MATRIX_TEXTS)
def test_matrices(name):
    formula, indices, text = MATRIX_TEXTS[name]
    assert claim(formula, indices, reading=MATRICES) == text


def test_what_is_bound():
    """An index that the formula has not is not; over a ring order is left out, but for that of indices."""
    context = Context(frozenset([i, j]), (i <= 3, Ne(w, 1), w > 0))
    assert proposition(eq(a[i], x / (1 - w)), context, RING) == (
        "forall (K : Ring) (w x : K) (i : nat) (f : K -> nat -> K) (inv1 : K),"
        " ((i <= 3)%nat -> (1 - w) * inv1 = 1 -> f w i = x * inv1)%scalar"
    )
    assert proposition(eq(a[i], x), Context(frozenset([i]), (w > 0, Ne(x, 1))), REALS) == (
        "forall (w x : R) (i : nat) (f : nat -> R), (w > 0 -> x <> 1 -> f i = x)%R"
    )


def test_a_number_that_is_defined_by_a_property_exists():
    reading = Reading(("w",), over="reals", defined=("m", "best w m"))
    assert proposition(eq(m, floor(w) + 1), Context(frozenset([m])), reading) == (
        "forall (w : R), ((exists m : nat, best w m) /\\"
        " (forall m : nat, best w m -> INR m = 1 + IZR (Int_part w)))%R"
    )


def test_the_entry_of_the_identity():
    reading = Reading(("w",), {"T": "theta {} y z"}, identity="delta y z")
    theta = IndexedBase("T")
    assert claim(eq(theta[i], w + 1), [i], reading=reading) == "theta i y z = delta y z * (1 + w)"


REFUSED = {
    "an exponent below 0": (eq(a[i], w ** (i - 1)), [i], ()),
    "whose factor is not 0": (eq(a[i], i * w ** (i - 2)), [i], ()),
    "whose factor is 0 elsewhere": (eq(a[i], (i - 1) * w ** (i - 1)), [i], ()),
    "half an index": (eq(a[i], w ** (i / 2)), [i], ()),
    "half, in the other case": (
        eq(a[i], Piecewise((1, Eq(Mod(i, 2), 0)), (w ** (i / 2), True))),
        [i],
        (),
    ),
    "a negative index": (eq(a[i - 1], w), [i], ()),
    "a negative index in a sum": (eq(a[i], Sum(a[m - i], (m, 0, j))), [i, j], ()),
    "a sum of less than no terms": (eq(a[m], Sum(w**i, (i, 0, m - 2))), [m], ()),
    "an unknown symbol": (eq(a[i], Symbol("y")), [i], ()),
    "an unknown name": (eq(IndexedBase("b")[i], w), [i], ()),
    "an unknown function": (eq(Function("v")(w), w), [], ()),
    "too many indices": (eq(a[i, i], w), [i], ()),
    "order in a ring": (a[i] <= w, [i], ()),
    "a series in a ring": (eq(Sum(a[i], (i, 0, oo)), w), [], ()),
    "a limit in a ring": (eq(Limit(a[i], i, oo), w), [i], ()),
    "a function of the reals": (eq(a[i], Abs(w)), [i], ()),
    "a power of scalars": (eq(a[i], w**x), [i], ()),
    "delta of scalars": (eq(a[i], KroneckerDelta(w, 0)), [i], ()),
    "a divisor that moves": (eq(a[m], Sum(1 / (w + i), (i, 0, m))), [m], ()),
    "a second derivative": (eq(Derivative(a[i], (w, 2)), x), [i], ()),
    "cases that do not cover": (eq(a[i], Piecewise((w, i > 2))), [i], ()),
    "a name that is bound already": (eq(a[i], Sum(a[Symbol("f")], (Symbol("f"), 0, i))), [i], ()),
    "a matrix": (eq(W, W * W), [], ()),
    "no formula": (w, [], ()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_plain_meaning_is_refused(name):
    formula, indices, conditions = REFUSED[name]
    with pytest.raises(Unprintable):
        claim(formula, indices, conditions)


def test_matrices_that_do_not_fit_are_refused():
    for formula in (eq(H, H * W), eq(W, H), eq(H, H + W), eq(H, H**2), eq(H, H + 1)):
        with pytest.raises(Unprintable):
            claim(formula, reading=MATRICES)


def test_conditions_make_natural():
    assert claim(eq(a[i], w ** (i - 1)), [i], [i >= 1]).endswith("f w i = w ^ (i - 1)%nat")
    assert claim(eq(a[j - i], x), [i, j], [i <= j]).endswith("f w (j - i)%nat = x")
    assert (
        claim(eq(a[i], w ** (i / 2)), [i], [eq(Mod(i, 2), 0)])
        == "(i mod 2 = 0)%nat -> f w i = w ^ (i / 2)%nat"
    )
    delta = KroneckerDelta(i, j) + KroneckerDelta(i, j + 2)
    assert "((i + j) / 2)" in claim(eq(a[i], delta * w ** (i / 2 + j / 2)), [i, j])


@needs_coq
def test_every_text_has_a_type(tmp_path):
    """Coq reads each proposition as it is meant: with its names and brackets, in its scopes."""
    lines = [
        "Require Import Arith Reals.",
        "From NTK Require Import Scalars RealWeights.",
        "From NTK Require Matrices.",
    ]
    for texts, reading in ((TEXTS, RING), (REAL_TEXTS, REALS), (MATRIX_TEXTS, MATRICES)):
        for number, (formula, indices, _) in enumerate(texts.values()):
            text = proposition(formula, Context(frozenset(indices)), reading)
            if reading is MATRICES:
                text = text.replace("(size cols", "(root : K) (size cols")
            lines.append(f"Definition {reading.over}{len(reading.roots)}_{number} : Prop := {text}.")
    assert said(tmp_path, "\n".join([*lines, ""]), "Scalars", "Weights", "RealWeights", "Matrices") == ""


def _random_scalar(draw, depth):
    """An expression over the indices i, j and the scalars w, x."""
    if depth == 0:
        return draw.choice(
            [i, j, w, x, Integer(draw.randrange(-3, 4)), Min(i, j), Max(i, 2), KroneckerDelta(i, j + 1)]
        )
    first, second = (_random_scalar(draw, depth - 1) for _ in range(2))
    return draw.choice(
        [
            first + second,
            first - second,
            first * second,
            -first,
            first**2,
            w ** (i + draw.randrange(3)),
            i * w ** (i - 1),
            Sum(first * x**k, (k, 0, j)),
            Piecewise((first, i <= j), (second, True)),
        ]
    )


@needs_coq
def test_coq_computes_what_sympy_does(tmp_path):
    """In the integers, at random points, Coq's value of an expression is SymPy's."""
    draw = random.Random(0)
    lines = [
        "Require Import Arith ZArith InitialRing.",
        "From NTK Require Import Scalars.",
        "Definition Z_ring : Ring := Build_Ring Z 0%Z 1%Z Z.add Z.mul Z.sub Z.opp InitialRing.Zth.",
    ]
    reading = Reading(("w", "x"), {"value": "v"})
    for number in range(150):
        point = {
            i: draw.randrange(4),
            j: draw.randrange(4),
            w: draw.randrange(-2, 3),
            x: draw.randrange(-2, 3),
        }
        expression = sympy.sympify(_random_scalar(draw, draw.randrange(1, 4)))
        value = _value(expression, point)
        text = claim(eq(Symbol("value"), expression), [i, j], reading=reading).removeprefix("v = ")
        binders = f"(w x : Z_ring) (i j : nat) : Z_ring := ({text})%scalar"
        values = " ".join(f"({point[at]})%Z" for at in (w, x)) + f" {point[i]}%nat {point[j]}%nat"
        lines += [
            f"Definition e{number} {binders}.",
            f"Goal e{number} {values} = ({value})%Z. Proof. reflexivity. Qed.",
        ]
    assert said(tmp_path, "\n".join([*lines, ""]), "Scalars") == ""


def _value(expression, point):
    """The expression at a point; a multiple by 0 of a power that does not exist is 0."""
    if point[i] == 0:
        expression = expression.replace(lambda part: part == i * w ** (i - 1), lambda part: Integer(0) * part)
        expression = expression.subs(i * w ** (i - 1), 0)
    return int(expression.subs(point, simultaneous=True).doit().subs(point))


def test_rational_coefficients_share_one_inverse():
    text = claim(eq(a[i], Rational(3, 4) * w - x / 4), [i])
    assert text == "whole 4 * inverse_of_4 = 1 -> f w i = whole 3 * w * inverse_of_4 - x * inverse_of_4"


def test_what_is_read_as_a_whole():
    """Parts of a formula, and a degree, which is a natural number of the reading."""
    norm = sympy.Function("N")
    reading = Reading(("w",), {str(norm(a[i] - w)): "norm i w", "N(w) < 1": "small w"}, "reals")
    formula = sympy.Implies(norm(w) < 1, norm(a[i] - w) <= w)
    assert claim(formula, [i], reading=reading) == "(small w) -> (norm i w <= w)"
    degree = Reading(indices={"deg(S)": "power"}, given=("coefficient power <> 0%nat",))
    text = proposition(Function("deg")(Symbol("S")) <= i / 2 - 1, Context(frozenset([i])), degree)
    assert text == ("forall (i power : nat), (coefficient power <> 0%nat -> (2 * power + 2 <= i)%nat)%scalar")


def test_inner_products():
    reading = Reading(("w",), {"a": "f {}", "x": Vector("x {}", "l"), "y": Vector("y {}", "l")})
    u, v = IndexedBase("x"), IndexedBase("y")
    formula = eq(a[i], Sum(w * u[i - k] * v[j - k], (k, 0, Min(i, j))))
    assert claim(formula, [i, j], reading=reading) == (
        "f i = sum (Nat.min i j + 1)%nat"
        " (fun k : nat => Matrices.inner l (x (i - k)%nat) (y (j - k)%nat) * w)"
    )
    for refused in (u[i], u[i] * u[j] * v[i]):
        with pytest.raises(Unprintable):
            claim(eq(a[i], refused), [i, j], reading=reading)


def test_equal_indices_are_equal_natural_numbers():
    assert claim(eq(a[m], x), [i, m], [eq(m, Min(i, 3) + 1)]).startswith("(m = Nat.min 3 i + 1)%nat -> ")


def test_a_ring_that_no_variable_names_is_named():
    reading = Reading(names={"a": "whole (count {})"})
    assert proposition(eq(a[i], 2 * i), Context(frozenset([i])), reading) == (
        "forall (K : Ring) (i : nat), (whole (count i) = whole 2 * whole i :> K)%scalar"
    )
