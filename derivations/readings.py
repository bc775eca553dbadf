"""What the names of the catalogue's formulas mean to Coq, statement by statement.

Beside the definitions in ``coq/`` that are named here, this table is what a reader of the theorems has to
trust.  :mod:`derivations.coq_printer` writes propositions by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["READINGS", "Matrix", "Reading", "Vector"]


@dataclass(frozen=True)
class Matrix:
    """A name that is a matrix: its term of Coq, and its size."""

    term: str
    rows: str
    columns: str


@dataclass(frozen=True)
class Vector:
    """A name of which two stand in a product, their inner product: its term of Coq, and its length."""

    term: str
    size: str


@dataclass(frozen=True)
class Reading:
    """What the names of a formula mean to Coq.

    Attributes
    ----------
    scalars
        The symbols that are any elements of the ring, or any reals.
    names
        For every other name of the formula its term of Coq, with ``{}`` where its indices or arguments go:
        ``{"rho": "Weights.rho nu_W nu_F nu_C {}"}``; a :class:`Matrix` or :class:`Vector` where it is one.
        What is not read part by part stands here as a whole: ``{"Abs(X[j])": "spectral_norm X j"}``.
    over
        ``ring``: every commutative ring ``K``; ``reals``: Coq's ``R``.
    indices
        What is a natural number beside the statement's indices, by its name in Coq: ``{"n_x": "n_x"}``.
    binders
        Whatever else the terms speak of: ``("(N : Network.Network K)", "(y q : nat)")``.
    given
        What is assumed of it: ``("(q < Network.inputs N)%nat",)``.
    roots
        Symbols of which only powers of the inverse root occur, with the term of that root: ``{"n": "root"}``.
    identity
        The entry of the identity matrix that is a factor of the right side, where the formula leaves it out.
    defined
        A natural number that the formula gives, and the property by which it is meant.
    """

    scalars: tuple[str, ...] = ()
    names: Mapping[str, str | Matrix | Vector] = field(default_factory=dict)
    over: Literal["ring", "reals"] = "ring"
    indices: Mapping[str, str] = field(default_factory=dict)
    binders: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    roots: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""
    defined: tuple[str, str] | None = None


VARIANCES = ("nu_W", "nu_F", "nu_C")
WEIGHTS = {"rho": "Weights.rho nu_W nu_F nu_C {}"}

TRACES = {"tau": "whole (Orders.mean {0} (Words.power_word {1} {2}))"}
LOSS = "(J : Losses.lags (DualNumbers.Dual K) -> DualNumbers.Dual K)"
PARAMETERS = ("Descent.parameters data", "Descent.targets data")
WIDE = "RandomNetwork.network G (S n) n_x n_y (RealLimit.real_root (S n))"
WIDE_THETA = "RandomNetwork.Theta G (S n) n_x n_y (RealLimit.real_root (S n)) i j y x y' x'"
WIDE_P, WIDE_Q = (f"LagKernel.{gram} ({WIDE}) a b" for gram in ("left_gram", "right_gram"))
RANDOM_MATRICES = "(G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C)"
OF_RESPONSES = "rows lag_rows outputs X Y rho eta theta"
EIGENVECTOR = (
    "(forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->"
    " Matrices.product (Descent.parameters data) (Descent.hessian data) V p q = lambda * V p q)"
)
TRAINED = (
    "(data : Descent.Regression RealWeights.reals)",
    "(start : Matrices.matrix RealWeights.reals)",
    "(n_x lags : nat)",
    "(weight : nat -> R)",
    "(norm_of_inputs : R)",
)
NETWORK = "(N : Network.Network K)"
SIZES = {"n": "Network.width N", "n_x": "Network.inputs N", "n_y": "Network.outputs N"}
ENTRY = ("(y < Network.outputs N)%nat", "(q < Network.inputs N)%nat", "(q' < Network.inputs N)%nat")
SEQUENCES = "(x x' : Network.sequence K)"


def column(sequence: str, size: str) -> Matrix:
    """The vector at an index as a matrix of one column."""
    return Matrix(f"(fun u _ : nat => {sequence} {{}} u)", size, "1")


def of_inverse_order(variable: str) -> str:
    """That the variance of a random variable of the width n + 1 is of order 1/n."""
    return f"InverseOrder.of_inverse_order (fun n : nat => InverseOrder.variance ({variable}))"


def weighted_norm(minuend: str, subtrahend: str) -> str:
    """N of a difference of two impulse responses."""
    return f"MinimumNorm.weighted_norm lag_rows outputs rho (Matrices.matrix_sub {minuend} {subtrahend})"


def derivative(parameter: str, rows: str, columns: str) -> Matrix:
    """The derivative of the loss J in the entries of a matrix of the network."""
    return Matrix(
        f"(fun u v : nat => Training.loss_derivative J N (LagKernel.{parameter} u v))", rows, columns
    )


READINGS: Mapping[str, Reading] = {
    "impulse-response": Reading(
        names={
            "y": column("Network.output N x", SIZES["n_y"]),
            "x": column("x", SIZES["n_x"]),
            "C": Matrix("Network.readout N", SIZES["n_y"], SIZES["n"]),
            "W": Matrix("Network.transition N", SIZES["n"], SIZES["n"]),
            "F": Matrix("Network.input N", SIZES["n"], SIZES["n_x"]),
        },
        binders=(NETWORK, "(x : Network.sequence K)"),
        roots={"n": "Network.root N"},
    ),
    "lag-kernel": Reading(
        names={
            "Theta": "LagKernel.lag_kernel N {0} {1} y q y' q'",
            "P": "LagKernel.left_gram N {0} {1} y y'",
            "Q": "LagKernel.right_gram N {0} {1} q q'",
            "I_y": "delta y y'",
            "I_x": "delta q q'",
        },
        binders=(NETWORK, "(y q y' q' : nat)"),
        given=ENTRY,
    ),
    "scaled-convolution": Reading(
        names={
            "K": "ScaledConvolution.convolution_kernel T m l root_rho theta x x' {0} {1} z z'",
            "rho": "rho {}",
            "x": Vector("x {}", "l"),
            "x'": Vector("x' {}", "l"),
        },
        binders=(
            "(T m l : nat)",
            "(rho root_rho : nat -> K)",
            "(theta : Losses.lags K)",
            SEQUENCES,
            "(z z' : nat)",
        ),
        given=("(forall j, root_rho j * root_rho j = rho j)", "(Nat.min t s < T)%nat", "(z < m)%nat"),
        identity="delta z z'",
    ),
    "kernel-recursion": Reading(
        VARIANCES,
        {
            "K": "WideKernel.wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' {0} {1} y y",
            "A": "WideKernel.kernel_A nu_W (fun t s => Matrices.inner l (x t) (x' s)) {0} {1}",
            "B": "WideKernel.kernel_B nu_W (fun t s => Matrices.inner l (x t) (x' s)) {0} {1}",
        },
        binders=("(l y : nat)", SEQUENCES),
    ),
    "bias": Reading(
        (*VARIANCES, "nu_b"),
        {"K1": "WideKernel.bias_kernel nu_W nu_F nu_b nu_C l x x' {0} {1} y"},
        binders=("(l y : nat)", SEQUENCES),
    ),
    "lag-weights": Reading(VARIANCES, WEIGHTS),
    "recurrence": Reading(VARIANCES, WEIGHTS),
    "formal-generating-function": Reading((*VARIANCES, "z"), WEIGHTS),
    "generating-function": Reading((*VARIANCES, "z"), WEIGHTS, over="reals"),
    "partial-sum": Reading(VARIANCES, WEIGHTS),
    "partial-sum-at-one": Reading(VARIANCES, WEIGHTS),
    "total": Reading(VARIANCES, WEIGHTS, over="reals"),
    "tail-mass": Reading(VARIANCES, WEIGHTS, over="reals"),
    "mean-lag": Reading(VARIANCES, WEIGHTS, over="reals"),
    "monotone": Reading(VARIANCES, WEIGHTS, over="reals"),
    "peak-lag": Reading(
        VARIANCES, over="reals", defined=("peak", "Order.last_peak (Weights.rho nu_W nu_F nu_C) peak")
    ),
    "regimes": Reading(VARIANCES, WEIGHTS, over="reals"),
    "sensitivity": Reading(VARIANCES, WEIGHTS),
    "memory-length": Reading(
        (*VARIANCES, "epsilon"),
        {"W_{-1}": "Memory.lambert {}"},
        over="reals",
        defined=("m", "Memory.memory_length nu_W nu_F nu_C epsilon m"),
    ),
    "trace-factorisation": Reading(
        indices={"deg(cov(S, R))": "power"},
        binders=("(ts us : list (list bool))",),
        given=(
            "Factorisation.Cov ts us power <> 0%nat",
            "(Words.letters (ts ++ us) = 2 * m)%nat",
            "length ts = s",
            "length us = r",
        ),
    ),
    "power-traces": Reading(("nu_W",), {"t": "TraceFormulas.power_trace nu_W {0} {1}"}),
    "alternating-words": Reading((), {"phi": "TraceFormulas.alternating_trace {0} {1} {2} {3}"}),
    "crosscap-traces": Reading(names=TRACES),
    "trace-covariance": Reading(names={"Cov": "TraceFormulas.power_covariance {0} {1} {2} {3}"}),
    "trace-second-order": Reading(names=TRACES),
    "exact-mean": Reading(
        (*VARIANCES, "root"),
        {
            "E(Theta[i, j])": "Gaussian.expect (RandomNetwork.Theta G n n_x n_y root i j y x y' x')",
            "sigma": "whole (Orders.order {0} (Words.power_word {1} {2} :: Words.power_word {3} {4} :: nil))",
            **TRACES,
        },
        binders=("(G : Gaussian.Gaussian K nu_W nu_F nu_C)", "(n n_x n_y y x y' x' : nat)"),
        given=("whole n * (root * root) = 1", "(y < n_y)%nat", "(x < n_x)%nat", "(x' < n_x)%nat"),
        roots={"n": "root"},
        identity="delta y y' * delta x x'",
    ),
    "finite-width-mean": Reading(
        VARIANCES, {"Theta1": "MeanLimit.mean_coefficient nu_W nu_F nu_C {0} {1} 1"}
    ),
    "finite-width-second-order": Reading(
        VARIANCES, {"Theta2": "MeanLimit.mean_coefficient nu_W nu_F nu_C {0} {0} 2"}
    ),
    "low-rank-gradients": Reading(
        names={
            "dJ/dC": derivative("Readout", SIZES["n_y"], SIZES["n"]),
            "dJ/dF": derivative("Input", SIZES["n"], SIZES["n_x"]),
            "dJ/dW": derivative("Transition", SIZES["n"], SIZES["n"]),
            "B'": Matrix("Matrices.transpose (Training.adjoint N G {1} {0})", SIZES["n_y"], SIZES["n"]),
            "V'": Matrix("Matrices.transpose (Network.left_chain N {})", SIZES["n"], SIZES["n_y"]),
            "G": Matrix("G {}", SIZES["n_y"], SIZES["n_x"]),
        },
        binders=(NETWORK, LOSS, "(G : Losses.lags K)"),
        given=("Losses.is_gradient J T (Network.outputs N) (Network.inputs N) (Network.response N) G",),
        roots={"n": "Network.root N"},
    ),
    "network-update": Reading(
        ("c", "w", "f", "eta"),
        {
            "Abs(eta*Sum(G[i, k]*Theta[j, i, k], (i, 0, T - 1)) + L[j, k + 1] - L[j, k])": "Rabs"
            " (Network.response later j y q - Network.response N j y q - - eta * sum T"
            f" (fun i => sum ({SIZES['n_y']}) (fun y' => sum ({SIZES['n_x']}) (fun q' =>"
            " LagKernel.lag_kernel N j i y q y' q' * G i y' q'))))",
            "c_1": "NetworkUpdate.readout_move w f g eta T",
            "f_1": "NetworkUpdate.input_move c w g eta T",
            "w_1": "NetworkUpdate.transition_move c w f g eta T",
        },
        over="reals",
        indices={"n": "n"},
        binders=(
            "(J : Losses.lags (DualNumbers.Dual RealWeights.reals) -> DualNumbers.Dual RealWeights.reals)",
            "(start N later : Network.Network RealWeights.reals)",
            "(G : Losses.lags RealWeights.reals)",
            "(T y q : nat)",
            "(g : R)",
        ),
        given=(
            "N = NetworkUpdate.trained J eta start k",
            "later = NetworkUpdate.trained J eta start (k + 1)",
            f"n = {SIZES['n']}",
            "NetworkUpdate.norms_at_most N c w f",
            f"Losses.is_gradient J T ({SIZES['n_y']}) ({SIZES['n_x']}) (Network.response N) G",
            f"(forall i, (i < T)%nat -> Operators.operator ({SIZES['n_y']}) ({SIZES['n_x']}) (G i) g)",
            *ENTRY[:2],
        ),
    ),
    "convolution-update": Reading(
        ("eta",),
        {
            "L": "ScaledConvolution.trained_response J root_rho eta theta {1} {0} y q",
            "G": "G {1} {0} y q",
            "rho": "rho {}",
        },
        binders=(
            LOSS,
            "(rho root_rho : nat -> K)",
            "(theta : Losses.lags K)",
            "(G : nat -> Losses.lags K)",
            "(T m l y q : nat)",
        ),
        given=(
            "(forall j, root_rho j * root_rho j = rho j)",
            "(forall k, Losses.is_gradient J T m l"
            " (ScaledConvolution.trained_response J root_rho eta theta k) (G k))",
            "(j < T)%nat",
            "(y < m)%nat",
            "(q < l)%nat",
        ),
    ),
    "gradient-descent": Reading(
        ("eta", "half"),
        {
            "theta": Matrix("Descent.descent half eta data start {}", *PARAMETERS),
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
        },
        binders=("(data : Descent.Regression K)", "(start opt : Matrices.matrix K)"),
        given=("whole 2 * half = 1",),
    ),
    "finite-width-covariance": Reading(
        VARIANCES,
        {
            "V": "Covariance.covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C)"
            " {0} {1} 0 0 0 0 {2} {3} 0 0 0 0"
        },
    ),
    "kernel-limit": Reading(
        VARIANCES,
        {
            "E(Theta[i, j])": f"Gaussian.expect ({WIDE_THETA})",
            "deg(Var(Theta[i, j])) <= -1": of_inverse_order(WIDE_THETA),
            "I_y": "delta y y'",
            "I_x": "delta x x'",
            **WEIGHTS,
        },
        over="reals",
        indices={"n": "n"},
        binders=(RANDOM_MATRICES, "(n_x n_y y x y' x' : nat)"),
        given=("(y < n_y)%nat", "(x < n_x)%nat", "(x' < n_x)%nat"),
    ),
    "gram-limits": Reading(
        VARIANCES,
        {
            "E(P[a, b])": f"Gaussian.expect ({WIDE_P} y y')",
            "E(Q[a, b])": f"Gaussian.expect ({WIDE_Q} x x')",
            "deg(Var(P[a, b])) <= -1": of_inverse_order(f"{WIDE_P} y y'"),
            "deg(Var(Q[a, b])) <= -1": of_inverse_order(f"{WIDE_Q} x x'"),
            "p": "nu_C * TraceFormulas.power_trace (nu_W : RealWeights.reals) {0} {1}",
            "q": "nu_F * TraceFormulas.power_trace (nu_W : RealWeights.reals) {0} {1}",
            "I_y": "delta y y'",
            "I_x": "delta x x'",
        },
        over="reals",
        indices={"n": "n"},
        binders=(RANDOM_MATRICES, "(n_x n_y y x y' x' : nat)"),
    ),
    "wide-kernel": Reading(
        VARIANCES,
        {
            "E(N[t, s])": f"Gaussian.expect (LagKernel.tangent_kernel ({WIDE})"
            " (WideLimit.given nu_W nu_F nu_C G x) (WideLimit.given nu_W nu_F nu_C G x') t s y y')",
            "K": "ScaledConvolution.convolution_kernel T n_y n_x root_rho theta x x' {0} {1} y y",
            "I_y": "delta y y'",
            "I_x": "1",  # between the inputs, whose inner product stands in K
        },
        over="reals",
        indices={"n": "n"},
        binders=(
            RANDOM_MATRICES,
            "(T n_x n_y y y' : nat)",
            "(root_rho : nat -> RealWeights.reals)",
            "(theta : Losses.lags RealWeights.reals)",
            "(x x' : Network.sequence RealWeights.reals)",
        ),
        given=(
            "(forall j, root_rho j * root_rho j = Weights.rho nu_W nu_F nu_C j)",
            "(Nat.min t s < T)%nat",
            "(y < n_y)%nat",
        ),
    ),
    "step-bound": Reading(
        ("eta", "lambda_max"),
        {
            "Abs(L[j, 0] - L[j, k])": "Bounds.moved data n_x eta start j k",
            "Abs(X[j])": "norm_of_inputs",
            "Abs(r[0])": "Norms.norm (V := Norms.matrices (Descent.size data) (Descent.targets data))"
            " (Descent.residual data start)",
            "rho": "weight {}",
        },
        over="reals",
        binders=TRAINED,
        given=(
            "Convergence.bounds_hessian data lambda_max",
            "Bounds.scaled_by data n_x lags weight",
            "(j < lags)%nat",
            "Bounds.spectral_norm_at_most data n_x j norm_of_inputs",
        ),
    ),
    "trace-degree": Reading(
        indices={"deg(E(S))": "power"},
        binders=("(ts : list (list bool))",),
        given=("Words.Ex ts power <> 0%nat", "(Words.letters ts = 2 * m)%nat", "length ts = s"),
    ),
    "trace-cumulants": Reading(
        indices={"deg(kappa[r, L])": "power"},
        binders=("(ts : list (list bool))",),
        given=("(Cumulants.cumulant ts power <> 0 :> K)", "Words.letters ts = L", "length ts = r"),
    ),
    "descent-along-eigenvectors": Reading(
        ("eta", "half", "lambda"),
        {
            "d": "InnerProducts.component data half eta start opt V {}",
            "d_0": "InnerProducts.component data half eta start opt V 0",
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
        },
        binders=("(data : Descent.Regression K)", "(start opt V : Matrices.matrix K)"),
        given=(
            "whole 2 * half = 1",
            EIGENVECTOR,
        ),
    ),
    "gradient-flow": Reading(
        names={
            "theta(t)": Matrix("theta t", *PARAMETERS),
            "exp(-t*H)": Matrix("GradientFlow.decay data t", PARAMETERS[0], PARAMETERS[0]),
            "theta[0]": Matrix("start", *PARAMETERS),
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
        },
        over="reals",
        binders=(
            "(data : Descent.Regression RealWeights.reals)",
            "(start opt : Matrices.matrix RealWeights.reals)",
            "(theta : R -> Matrices.matrix RealWeights.reals)",
            "(t : R)",
        ),
        given=("GradientFlow.is_flow data start theta", "0 <= t"),
    ),
    "gradient-norms": Reading(
        ("nu_W",),
        {
            "E(Abs(dh_{t+j}/dh_t)**2)": "Gaussian.expect (GradientNorms.squared_norm"
            " (RandomNetwork.network G n n_x n_y (RealLimit.real_root n)) j)"
        },
        over="reals",
        indices={"n": "n"},
        binders=("(nu_F nu_C : R)", RANDOM_MATRICES, "(n_x n_y : nat)"),
    ),
    "stability": Reading(
        ("eta", "lambda", "lambda_max"),
        {
            "d": "InnerProducts.component data (/ 2) eta start opt V {}",
            "d_0": "InnerProducts.component data (/ 2) eta start opt V 0",
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
        },
        over="reals",
        binders=(
            "(data : Descent.Regression RealWeights.reals)",
            "(start opt V : Matrices.matrix RealWeights.reals)",
        ),
        given=(EIGENVECTOR,),
    ),
    "minimum-norm": Reading(
        ("eta", "lambda", "lambda_max"),
        {
            "N(L - L^0)": weighted_norm("L", "start"),
            "N(L - Lbar)": weighted_norm("L", "Lbar"),
            "N(-L^0 + Lbar)": weighted_norm("Lbar", "start"),
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
        },
        over="reals",
        binders=(
            "(rows lag_rows outputs : nat)",
            "(X Y theta opt L Lbar start : Matrices.matrix RealWeights.reals)",
            "(rho : nat -> R)",
            "(data : Descent.Regression RealWeights.reals)",
        ),
        given=(
            "(forall p, 0 <= rho p)",
            "data = MinimumNorm.weighted rows lag_rows outputs X Y rho",
            "start = MinimumNorm.response_at " + OF_RESPONSES + " 0",
            "Convergence.bounds_hessian data lambda_max",
            f"MinimumNorm.limit_of_descent {OF_RESPONSES} Lbar",
            f"MinimumNorm.minimum {OF_RESPONSES} L",
        ),
    ),
    "geometric-decay": Reading(
        (*VARIANCES, "eta", "lambda_max"),
        {
            "E(Abs(L[j, k])**2)": "RandomMatrices.mean (fun o : RandomMatrices.outcome E => let L :="
            " Bounds.of_lag data n_x j (Bounds.response data eta (start o) k) in Norms.dot L L)",
            "Abs(X[0])": "norm_of_inputs",
            "Abs(Y)": "Norms.norm (V := Norms.matrices (Descent.size data) (Descent.targets data))"
            " (Descent.wanted data)",
            **WEIGHTS,
        },
        over="reals",
        indices={"n_x": "n_x", "n_y": "n_y"},
        binders=(
            "(E : RandomMatrices.Expectation)",
            "(data : Descent.Regression RealWeights.reals)",
            "(lags sequences times : nat)",
            "(x : nat -> nat -> nat -> R)",
            "(norm_of_inputs : R)",
            "(start : RandomMatrices.outcome E -> Matrices.matrix RealWeights.reals)",
        ),
        given=(
            "n_y = Descent.targets data",
            "(j < lags)%nat",
            "Convergence.bounds_hessian data lambda_max",
            "FirstLag.lags_of_sequences data n_x lags sequences times x",
            "Bounds.scaled_by data n_x lags (Weights.rho nu_W nu_F nu_C)",
            "FirstLag.is_spectral_norm data n_x 0 norm_of_inputs",
            "RandomStart.random_start data start",
            "RandomStart.prior_moments data n_x lags nu_W nu_F nu_C start",
        ),
    ),
    "uniform-bound": Reading(
        ("eta", "lambda", "lambda_max"),
        {
            "Abs(L[j, 0] - L[j, k])": "Bounds.moved data n_x eta start j k",
            "Abs(theta_opt - theta[0])": "Norms.separation"
            " (V := Norms.matrices (Descent.parameters data) (Descent.targets data)) opt start",
            "theta_opt": Matrix("opt", *PARAMETERS),
            "b": Matrix("Descent.correlation data", *PARAMETERS),
            "H": Matrix("Descent.hessian data", PARAMETERS[0], PARAMETERS[0]),
            "rho": "weight {}",
        },
        over="reals",
        binders=(*TRAINED[:-1], "(opt : Matrices.matrix RealWeights.reals)"),
        given=(
            "Convergence.bounds_hessian data lambda_max",
            "Bounds.scaled_by data n_x lags weight",
            "(j < lags)%nat",
        ),
    ),
}
