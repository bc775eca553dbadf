"""What the names of the catalogue's formulas mean to Coq, statement by statement.

Beside the definitions in ``coq/`` that are named here, this table is what a reader of the theorems has to
trust; see :class:`derivations.coq_printer.Reading`.
"""

from collections.abc import Mapping

from derivations.coq_printer import Matrix, Reading, Vector

__all__ = ["READINGS"]

VARIANCES = ("nu_W", "nu_F", "nu_C")
WEIGHTS = {"rho": "Weights.rho nu_W nu_F nu_C {}"}

TRACES = {"tau": "whole (Orders.mean {0} (Words.power_word {1} {2}))"}
LOSS = "(J : Losses.lags (DualNumbers.Dual K) -> DualNumbers.Dual K)"
PARAMETERS = ("Descent.parameters data", "Descent.targets data")
WIDE_THETA = "RandomNetwork.Theta G (S n) n_x n_y (RealLimit.real_root (S n)) i j y x y' x'"
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
        given=("0 < epsilon", "epsilon < nu_C * nu_F / (1 - nu_W) ^ 2 + (nu_C + nu_F) / (1 - nu_W)"),
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
            "deg(Var(Theta[i, j])) <= -1": "InverseOrder.of_inverse_order"
            f" (fun n : nat => InverseOrder.variance ({WIDE_THETA}))",
            "I_y": "delta y y'",
            "I_x": "delta x x'",
            **WEIGHTS,
        },
        over="reals",
        indices={"n": "n"},
        binders=("(G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C)", "(n_x n_y y x y' x' : nat)"),
        given=("(y < n_y)%nat", "(x < n_x)%nat", "(x' < n_x)%nat"),
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
            "(forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->"
            " Matrices.product (Descent.parameters data) (Descent.hessian data) V p q = lambda * V p q)",
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
