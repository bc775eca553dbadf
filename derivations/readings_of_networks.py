"""What the names mean to Coq in the statements about a network that is not trained.

These are the network and its lag kernel, their limits and lag weights, and what a finite width does to them:
see :mod:`derivations.readings`.
"""

from collections.abc import Mapping

from derivations.coq_reading import Matrix, Reading, Vector

__all__ = ["READINGS_OF_NETWORKS"]

VARIANCES = ("nu_W", "nu_F", "nu_C")
WEIGHTS = {"rho": "Weights.rho nu_W nu_F nu_C {}"}
TRACES = {"tau": "whole (Orders.mean {0} (Words.power_word {1} {2}))"}
WIDE = "RandomNetwork.network G (S n) n_x n_y (RealLimit.real_root (S n))"
WIDE_THETA = "RandomNetwork.Theta G (S n) n_x n_y (RealLimit.real_root (S n)) i j y x y' x'"
WIDE_P, WIDE_Q = (f"LagKernel.{gram} ({WIDE}) a b" for gram in ("left_gram", "right_gram"))
RANDOM_MATRICES = "(G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C)"
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


READINGS_OF_NETWORKS: Mapping[str, Reading] = {
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
}
