"""What the names mean to Coq in the statements of gradients and training: see :mod:`derivations.readings`."""

from collections.abc import Mapping

from derivations.coq_reading import Matrix, Reading
from derivations.readings_of_networks import ENTRY, NETWORK, RANDOM_MATRICES, SIZES, VARIANCES, WEIGHTS

__all__ = ["READINGS_OF_TRAINING"]

LOSS = "(J : Losses.lags (DualNumbers.Dual K) -> DualNumbers.Dual K)"
PARAMETERS = ("Descent.parameters data", "Descent.targets data")
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


def weighted_norm(minuend: str, subtrahend: str) -> str:
    """N of a difference of two impulse responses."""
    return f"MinimumNorm.weighted_norm lag_rows outputs rho (Matrices.matrix_sub {minuend} {subtrahend})"


def derivative(parameter: str, rows: str, columns: str) -> Matrix:
    """The derivative of the loss J in the entries of a matrix of the network."""
    return Matrix(
        f"(fun u v : nat => Training.loss_derivative J N (LagKernel.{parameter} u v))", rows, columns
    )


READINGS_OF_TRAINING: Mapping[str, Reading] = {
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
}
