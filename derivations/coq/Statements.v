(* Generated from the formulas of the package's statements by python -m derivations.coq_build; do not edit.

   What the names of the formulas mean stands in readings.py.  Theorems of the same names prove these. *)
Require Import Arith Reals.
From NTK Require Import Scalars RealWeights.
From NTK Require Bounds Convergence Covariance Cumulants Descent FirstLag Gaussian GradientFlow GradientNorms
InnerProducts InverseOrder LagKernel Losses Matrices MeanLimit Memory MinimumNorm Network NetworkUpdate Norms
Operators Order Orders RandomMatrices RandomNetwork RandomStart RealLimit RealWeights ScaledConvolution
TraceFormulas Training Weights WideKernel WideLimit Words.

(* trace-degree *)
Definition trace_degree : Prop :=
  forall (m power s : nat) (ts : list (list bool)),
    (Words.Ex ts power <> 0%nat -> (Words.letters ts = 2 * m)%nat -> length ts = s -> (power <= m +
    s)%nat)%scalar.

(* trace-factorisation *)
Definition trace_factorisation : Prop :=
  forall (m power r s : nat) (ts us : list (list bool)),
    (Factorisation.Cov ts us power <> 0%nat -> (Words.letters (ts ++ us) = 2 * m)%nat -> length ts = s ->
    length us = r -> (power + 2 <= m + r + s)%nat)%scalar.

(* power-traces *)
Definition power_traces : Prop :=
  forall (K : Ring) (nu_W : K) (a b : nat),
    (TraceFormulas.power_trace nu_W a b = delta a b * nu_W ^ a)%scalar.

(* impulse-response *)
Definition impulse_response : Prop :=
  forall (K : Ring) (t : nat) (N : Network.Network K) (x : Network.sequence K),
    (forall p q : nat, (p < Network.outputs N)%nat -> (q < 1)%nat -> (fun u _ : nat => Network.output N x t u)
    p q = (fun p q : nat => sum (t + 1)%nat (fun j : nat => (Matrices.scaled (Network.root N ^ (j + 1)%nat)
    (Matrices.product (Network.inputs N) (Matrices.product (Network.width N) (Matrices.product (Network.width
    N) (Network.readout N) (Matrices.matrix_power (Network.width N) (Network.transition N) j)) (Network.input
    N)) (fun u _ : nat => x (t - j)%nat u))) p q)) p q)%scalar.

(* lag-kernel *)
Definition lag_kernel : Prop :=
  forall (K : Ring) (i j : nat) (N : Network.Network K) (y q y' q' : nat),
    ((y < Network.outputs N)%nat -> (q < Network.inputs N)%nat -> (q' < Network.inputs N)%nat ->
    LagKernel.lag_kernel N i j y q y' q' = LagKernel.left_gram N i j y y' * delta q q' + LagKernel.right_gram
    N i j q q' * delta y y' + sum j (fun b : nat => sum i (fun a : nat => LagKernel.left_gram N a b y y' *
    LagKernel.right_gram N (i - (a + 1))%nat (j - (b + 1))%nat q q')) :> K)%scalar.

(* gram-limits *)
Definition gram_limits : Prop :=
  forall (nu_W nu_F nu_C : R) (a b : nat) (G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C) (n_x n_y y
    x y' x' : nat),
    ((InverseOrder.of_inverse_order (fun n : nat => InverseOrder.variance (LagKernel.left_gram
    (RandomNetwork.network G (S n) n_x n_y (RealLimit.real_root (S n))) a b y y'))) /\
    (InverseOrder.of_inverse_order (fun n : nat => InverseOrder.variance (LagKernel.right_gram
    (RandomNetwork.network G (S n) n_x n_y (RealLimit.real_root (S n))) a b x x'))) /\ (Un_cv (fun n : nat =>
    Gaussian.expect (LagKernel.left_gram (RandomNetwork.network G (S n) n_x n_y (RealLimit.real_root (S n))) a
    b y y')) (delta y y' * (nu_C * TraceFormulas.power_trace (nu_W : RealWeights.reals) a b))) /\ (Un_cv (fun
    n : nat => Gaussian.expect (LagKernel.right_gram (RandomNetwork.network G (S n) n_x n_y
    (RealLimit.real_root (S n))) a b x x')) (delta x x' * (nu_F * TraceFormulas.power_trace (nu_W :
    RealWeights.reals) a b))) /\ (nu_C * TraceFormulas.power_trace (nu_W : RealWeights.reals) a b = delta a b
    * nu_C * nu_W ^ a) /\ (nu_F * TraceFormulas.power_trace (nu_W : RealWeights.reals) a b = delta a b * nu_F
    * nu_W ^ a))%R.

(* lag-weights *)
Definition lag_weights : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat),
    (Weights.rho nu_W nu_F nu_C i = (nu_C + nu_F) * nu_W ^ i + whole i * nu_C * nu_F * nu_W ^ (i -
    1)%nat)%scalar.

(* kernel-limit *)
Definition kernel_limit : Prop :=
  forall (nu_W nu_F nu_C : R) (i j : nat) (G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C) (n_x n_y y
    x y' x' : nat),
    ((y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat -> (InverseOrder.of_inverse_order (fun n : nat =>
    InverseOrder.variance (RandomNetwork.Theta G (S n) n_x n_y (RealLimit.real_root (S n)) i j y x y' x'))) /\
    (Un_cv (fun n : nat => Gaussian.expect (RandomNetwork.Theta G (S n) n_x n_y (RealLimit.real_root (S n)) i
    j y x y' x')) (Weights.rho nu_W nu_F nu_C i * delta i j * delta x x' * delta y y')))%R.

(* scaled-convolution *)
Definition scaled_convolution : Prop :=
  forall (K : Ring) (s t : nat) (T m l : nat) (rho root_rho : nat -> K) (theta : Losses.lags K) (x x' :
    Network.sequence K) (z z' : nat),
    ((forall j, root_rho j * root_rho j = rho j) -> (Nat.min t s < T)%nat -> (z < m)%nat ->
    ScaledConvolution.convolution_kernel T m l root_rho theta x x' t s z z' = delta z z' * sum (Nat.min s t +
    1)%nat (fun j : nat => Matrices.inner l (x' (s - j)%nat) (x (t - j)%nat) * rho j) :> K)%scalar.

(* wide-kernel *)
Definition wide_kernel : Prop :=
  forall (nu_W nu_F nu_C : R) (s t : nat) (G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C) (T n_x n_y
    y y' : nat) (root_rho : nat -> RealWeights.reals) (theta : Losses.lags RealWeights.reals) (x x' :
    Network.sequence RealWeights.reals),
    ((forall j, root_rho j * root_rho j = Weights.rho nu_W nu_F nu_C j) -> (Nat.min t s < T)%nat -> (y <
    n_y)%nat -> Un_cv (fun n : nat => Gaussian.expect (LagKernel.tangent_kernel (RandomNetwork.network G (S n)
    n_x n_y (RealLimit.real_root (S n))) (WideLimit.given nu_W nu_F nu_C G x) (WideLimit.given nu_W nu_F nu_C
    G x') t s y y')) (1 * ScaledConvolution.convolution_kernel T n_y n_x root_rho theta x x' t s y y * delta y
    y'))%R.

(* kernel-recursion *)
Definition kernel_recursion : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (s t : nat) (l y : nat) (x x' : Network.sequence K),
    (WideKernel.wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' t s y y = WideKernel.kernel_A nu_W (fun t
    s => Matrices.inner l (x t) (x' s)) t s * (nu_C + nu_F) + WideKernel.kernel_B nu_W (fun t s =>
    Matrices.inner l (x t) (x' s)) t s * nu_C * nu_F)%scalar.

(* bias *)
Definition bias : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C nu_b : K) (m s t : nat) (l y : nat) (x x' : Network.sequence K) (inv1 :
    K),
    ((m = Nat.min s t + 1)%nat -> (1 - nu_W) * inv1 = 1 -> WideKernel.bias_kernel nu_W nu_F nu_b nu_C l x x' t
    s y = (nu_C + nu_b) * inv1 + nu_C * nu_b * inv1 ^ 2 - (nu_C + nu_b) * nu_W ^ m * inv1 - nu_C * (nu_W ^ m *
    inv1 ^ 2 + whole m * nu_W ^ (m - 1)%nat * inv1) * nu_b)%scalar.

(* recurrence *)
Definition recurrence : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat),
    (Weights.rho nu_W nu_F nu_C (i + 2)%nat = whole 2 * Weights.rho nu_W nu_F nu_C (i + 1)%nat * nu_W -
    Weights.rho nu_W nu_F nu_C i * nu_W ^ 2)%scalar.

(* formal-generating-function *)
Definition formal_generating_function : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C z : K) (m : nat) (inv1 : K),
    ((1 - nu_W * z) * inv1 = 1 -> sum m (fun i : nat => Weights.rho nu_W nu_F nu_C i * z ^ i) = (nu_C + nu_F)
    * inv1 + nu_C * nu_F * z * inv1 ^ 2 - ((nu_C + nu_F) * nu_W ^ m * inv1 + nu_C * nu_F * (nu_W ^ m * z *
    inv1 ^ 2 + whole m * nu_W ^ (m - 1)%nat * inv1)) * z ^ m)%scalar.

(* generating-function *)
Definition generating_function : Prop :=
  forall (nu_W nu_F nu_C z : R),
    (nu_W >= 0 -> nu_F >= 0 -> nu_C >= 0 -> nu_W * z > - 1 -> nu_W * z < 1 -> 1 - nu_W * z <> 0 /\ (Un_cv (fun
    upto : nat => sum upto (fun i : nat => Weights.rho nu_W nu_F nu_C i * z ^ i)) ((nu_C + nu_F) / (1 - nu_W *
    z) + nu_C * nu_F * z / (1 - nu_W * z) ^ 2)))%R.

(* partial-sum *)
Definition partial_sum : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (m : nat) (inv1 : K),
    ((1 - nu_W) * inv1 = 1 -> sum m (fun i : nat => Weights.rho nu_W nu_F nu_C i) = (nu_C + nu_F) * inv1 +
    nu_C * nu_F * inv1 ^ 2 - (nu_C + nu_F) * nu_W ^ m * inv1 - nu_C * nu_F * (nu_W ^ m * inv1 ^ 2 + whole m *
    nu_W ^ (m - 1)%nat * inv1))%scalar.

(* partial-sum-at-one *)
Definition partial_sum_at_one : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (m : nat) (inverse_of_2 : K),
    (nu_W = 1 -> whole 2 * inverse_of_2 = 1 -> sum m (fun i : nat => Weights.rho nu_W nu_F nu_C i) = whole m *
    (nu_C + nu_F) + whole m * (whole m - 1) * nu_C * nu_F * inverse_of_2)%scalar.

(* total *)
Definition total : Prop :=
  forall (nu_W nu_F nu_C : R),
    (nu_W >= 0 -> nu_F >= 0 -> nu_C >= 0 -> nu_W < 1 -> 1 - nu_W <> 0 /\ (Un_cv (fun upto : nat => sum upto
    (fun i : nat => Weights.rho nu_W nu_F nu_C i)) ((nu_C + nu_F) / (1 - nu_W) + nu_C * nu_F / (1 - nu_W) ^
    2)))%R.

(* tail-mass *)
Definition tail_mass : Prop :=
  forall (nu_W nu_F nu_C : R) (m : nat),
    (nu_W >= 0 -> nu_F >= 0 -> nu_C >= 0 -> nu_W < 1 -> 1 - nu_W <> 0 /\ (Un_cv (fun upto : nat => sum upto
    (fun i : nat => Weights.rho nu_W nu_F nu_C (i + m)%nat)) ((INR m * nu_W ^ (m - 1)%nat / (1 - nu_W) + nu_W
    ^ m / (1 - nu_W) ^ 2) * nu_C * nu_F + (nu_C + nu_F) * nu_W ^ m / (1 - nu_W))))%R.

(* mean-lag *)
Definition mean_lag : Prop :=
  forall (nu_W nu_F nu_C : R),
    (nu_W >= 0 -> nu_F >= 0 -> nu_C >= 0 -> nu_W < 1 -> nu_C + nu_F > 0 -> exists total1 total2 : R, (Un_cv
    (fun upto : nat => sum upto (fun i : nat => INR i * Weights.rho nu_W nu_F nu_C i)) total1) /\ (Un_cv (fun
    upto : nat => sum upto (fun i : nat => Weights.rho nu_W nu_F nu_C i)) total2) /\ 1 - nu_W <> 0 /\ (1 -
    nu_W) * (nu_C + nu_F) + nu_C * nu_F <> 0 /\ total2 <> 0 /\ total1 / total2 = ((1 + nu_W) * nu_C * nu_F +
    (1 - nu_W) * (nu_C + nu_F) * nu_W) / (((1 - nu_W) * (nu_C + nu_F) + nu_C * nu_F) * (1 - nu_W)))%R.

(* monotone *)
Definition monotone : Prop :=
  forall (nu_W nu_F nu_C : R) (i : nat),
    (nu_W >= 0 -> nu_F > 0 -> nu_C > 0 -> nu_C + nu_F <> 0 /\ (((Weights.rho nu_W nu_F nu_C 1%nat <=
    Weights.rho nu_W nu_F nu_C 0%nat) -> (nu_W <= 1 - nu_C * nu_F / (nu_C + nu_F))) /\ ((nu_W <= 1 - nu_C *
    nu_F / (nu_C + nu_F)) -> (Weights.rho nu_W nu_F nu_C (i + 1)%nat <= Weights.rho nu_W nu_F nu_C i))))%R.

(* peak-lag *)
Definition peak_lag : Prop :=
  forall (nu_W nu_F nu_C : R),
    (nu_W >= 0 -> nu_F > 0 -> nu_C > 0 -> nu_W < 1 -> (exists peak : nat, Order.last_peak (Weights.rho nu_W
    nu_F nu_C) peak) /\ (forall peak : nat, Order.last_peak (Weights.rho nu_W nu_F nu_C) peak -> nu_C <> 0 /\
    nu_F <> 0 /\ 1 - nu_W <> 0 /\ (INR peak = (if Rle_dec (1 / nu_C + 1 / nu_F - 1 / (1 - nu_W)) 0 then 1 +
    IZR (Int_part ((1 / (1 - nu_W) - 1 / nu_C - 1 / nu_F) * nu_W)) else 0))))%R.

(* regimes *)
Definition regimes : Prop :=
  forall (nu_W nu_F nu_C : R) (i : nat),
    (nu_W > 0 -> nu_F > 0 -> nu_C > 0 -> ((exists first : nat, forall i : nat, (first <= i)%nat -> Weights.rho
    nu_W nu_F nu_C i <> 0) /\ Un_cv (fun i : nat => Weights.rho nu_W nu_F nu_C (i + 1)%nat / Weights.rho nu_W
    nu_F nu_C i) nu_W) /\ ((nu_W = 1) -> (Weights.rho nu_W nu_F nu_C (i + 1)%nat - Weights.rho nu_W nu_F nu_C
    i = nu_C * nu_F)))%R.

(* sensitivity *)
Definition sensitivity : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat),
    (forall e : K, e * e = 0 -> (fun nu_W : K => Weights.rho nu_W nu_F nu_C i) (nu_W + e) = (fun nu_W : K =>
    Weights.rho nu_W nu_F nu_C i) nu_W + e * (whole i * (nu_C + nu_F) * nu_W ^ (i - 1)%nat + whole i * (whole
    i - 1) * nu_C * nu_F * nu_W ^ (i - 2)%nat))%scalar.

(* memory-length *)
Definition memory_length : Prop :=
  forall (nu_W nu_F nu_C epsilon : R),
    (nu_W > 0 -> nu_F > 0 -> nu_C > 0 -> nu_W < 1 -> epsilon > 0 -> epsilon < (nu_C + nu_F) / (1 - nu_W) +
    nu_C * nu_F / (1 - nu_W) ^ 2 -> (exists m : nat, Memory.memory_length nu_W nu_F nu_C epsilon m) /\ (forall
    m : nat, Memory.memory_length nu_W nu_F nu_C epsilon m -> 1 - nu_W <> 0 /\ nu_C <> 0 /\ nu_F <> 0 /\ ln
    nu_W <> 0 /\ (INR m = (Rmax (- IZR (Int_part (((nu_C + nu_F) / (nu_C * nu_F) + 1 / (1 - nu_W)) * nu_W -
    Memory.lambert ((1 - nu_W) * Rpower nu_W (((nu_C + nu_F) / (nu_C * nu_F) + 1 / (1 - nu_W)) * nu_W) *
    epsilon * ln nu_W * nu_W / (nu_C * nu_F)) / ln nu_W))) 0))))%R.

(* trace-cumulants *)
Definition trace_cumulants : Prop :=
  forall (K : Ring) (L power r : nat) (ts : list (list bool)),
    ((r >= 1)%nat -> (Cumulants.cumulant ts power <> 0 :> K) -> Words.letters ts = L -> length ts = r -> (2 *
    power + 2 * r <= L + 4)%nat)%scalar.

(* alternating-words *)
Definition alternating_words : Prop :=
  forall (K : Ring) (a1 a2 b1 b2 : nat),
    (TraceFormulas.alternating_trace a1 b1 a2 b2 = (1 + whole (Nat.min (Nat.min (Nat.min a1 a2) b1) b2)%nat) *
    delta (a1 + a2)%nat (b1 + b2)%nat :> K)%scalar.

(* crosscap-traces *)
Definition crosscap_traces : Prop :=
  forall (K : Ring) (a b : nat),
    (whole (Orders.mean 1%nat (Words.power_word a b)) = (if andb (Nat.eqb ((a + b) mod 2)%nat 0) (negb
    (Nat.eqb a b)) then 1 + whole (Nat.min a b)%nat else 0) :> K)%scalar.

(* trace-covariance *)
Definition trace_covariance : Prop :=
  forall (K : Ring) (D a b c d : nat) (inverse_of_6 : K),
    (whole 6 * inverse_of_6 = 1 -> ((((a + c <> b + d)%nat) /\ ((a + d <> b + c)%nat)) ->
    (TraceFormulas.power_covariance a b c d = 0 :> K)) /\ (TraceFormulas.power_covariance (D + b)%nat b (D +
    d)%nat d = (1 + whole (Nat.min b d)%nat) * (1 + whole 3 * whole (Nat.max b d)%nat - whole (Nat.min b
    d)%nat) * whole (Nat.min b d)%nat * (1 + delta 0 D) * inverse_of_6 + (1 + whole b) * (1 + whole d) * whole
    D :> K))%scalar.

(* trace-second-order *)
Definition trace_second_order : Prop :=
  forall (K : Ring) (a : nat) (inverse_of_16 inverse_of_24 inverse_of_3 inverse_of_6 : K),
    (whole 16 * inverse_of_16 = 1 -> whole 24 * inverse_of_24 = 1 -> whole 3 * inverse_of_3 = 1 -> whole 6 *
    inverse_of_6 = 1 -> whole (Orders.mean 2%nat (Words.power_word a a)) = inverse_of_16 + whole a ^ 3 *
    inverse_of_3 + whole a ^ 4 * inverse_of_24 - opp 1 ^ a * inverse_of_16 - whole a * inverse_of_3 - whole a
    ^ 2 * inverse_of_6 :> K)%scalar.

(* exact-mean *)
Definition exact_mean : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C root : K) (h i j : nat) (G : Gaussian.Gaussian K nu_W nu_F nu_C) (n n_x
    n_y y x y' x' : nat),
    (whole n * (root * root) = 1 -> (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat -> (((i + j = 2 * h +
    1)%nat) -> (Gaussian.expect (RandomNetwork.Theta G n n_x n_y root i j y x y' x') = delta y y' * delta x x'
    * 0)) /\ (((i + j = 2 * h)%nat) -> (Gaussian.expect (RandomNetwork.Theta G n n_x n_y root i j y x y' x') =
    delta y y' * delta x x' * ((nu_C + nu_F) * nu_W ^ h * sum (h + 2)%nat (fun r : nat => root ^ (2 * r)%nat *
    whole (Orders.mean r (Words.power_word i j))) + nu_C * nu_F * nu_W ^ (h - 1)%nat * sum j (fun b : nat =>
    sum i (fun a : nat => sum (h + 2)%nat (fun r : nat => root ^ (2 * r)%nat * whole (Orders.order r
    (Words.power_word a b :: Words.power_word (j - (b + 1))%nat (i - (a + 1))%nat :: nil)))))))))%scalar.

(* finite-width-mean *)
Definition finite_width_mean : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i j : nat),
    (MeanLimit.mean_coefficient nu_W nu_F nu_C i j 1 = (if andb (Nat.eqb ((i + j) mod 2)%nat 0) (negb (Nat.eqb
    i j)) then (1 + whole (Nat.min i j)%nat) * (nu_C + nu_F) * nu_W ^ ((i + j) / 2)%nat + (1 + whole (Nat.min
    i j)%nat) * whole (Nat.min i j)%nat * nu_C * nu_F * nu_W ^ ((i + j - 2) / 2)%nat else 0))%scalar.

(* finite-width-second-order *)
Definition finite_width_second_order : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i : nat) (inverse_of_16 inverse_of_24 inverse_of_3 inverse_of_32
    inverse_of_48 inverse_of_6 inverse_of_8 : K),
    (whole 16 * inverse_of_16 = 1 -> whole 24 * inverse_of_24 = 1 -> whole 3 * inverse_of_3 = 1 -> whole 32 *
    inverse_of_32 = 1 -> whole 48 * inverse_of_48 = 1 -> whole 6 * inverse_of_6 = 1 -> whole 8 * inverse_of_8
    = 1 -> MeanLimit.mean_coefficient nu_W nu_F nu_C i i 2 = (inverse_of_16 + whole i ^ 3 * inverse_of_3 +
    whole i ^ 4 * inverse_of_24 - opp 1 ^ i * inverse_of_16 - whole i * inverse_of_3 - whole i ^ 2 *
    inverse_of_6) * (nu_C + nu_F) * nu_W ^ i + (inverse_of_32 + whole 13 * whole i ^ 4 * inverse_of_48 + whole
    i * inverse_of_3 + whole i ^ 5 * inverse_of_24 - opp 1 ^ i * inverse_of_32 - whole 3 * whole i ^ 3 *
    inverse_of_8 - whole i ^ 2 * inverse_of_3) * nu_C * nu_F * nu_W ^ (i - 1)%nat)%scalar.

(* finite-width-covariance *)
Definition finite_width_covariance : Prop :=
  forall (K : Ring) (nu_W nu_F nu_C : K) (i j k l : nat) (inverse_of_6 : K),
    (whole 6 * inverse_of_6 = 1 -> Covariance.covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i
    j 0 0 0 0 k l 0 0 0 0 = (((1 + whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * (1 + whole 3 * whole
    (Nat.max (Nat.min i j) (Nat.min k l))%nat - whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * whole
    (Nat.min (Nat.min (Nat.min i j) k) l)%nat * nu_C ^ 2 * nu_W ^ ((i + j + k + l - 4) / 2)%nat * inverse_of_6
    + (1 + whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * nu_W ^ ((i + j + k + l) / 2)%nat + (1 + whole
    (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * whole (Nat.max (Nat.min i j) (Nat.min k l))%nat * nu_C * nu_W
    ^ ((i + j + k + l - 2) / 2)%nat) * nu_F ^ 2 + ((1 + whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * (1
    + whole 3 * whole (Nat.max (Nat.min i j) (Nat.min k l))%nat - whole (Nat.min (Nat.min (Nat.min i j) k)
    l)%nat) * whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat * nu_F ^ 2 * nu_W ^ ((i + j + k + l - 4) /
    2)%nat * inverse_of_6 + (1 + whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * nu_W ^ ((i + j + k + l) /
    2)%nat + (1 + whole (Nat.min (Nat.min (Nat.min i j) k) l)%nat) * whole (Nat.max (Nat.min i j) (Nat.min k
    l))%nat * nu_F * nu_W ^ ((i + j + k + l - 2) / 2)%nat) * nu_C ^ 2) * (delta (i + k)%nat (j + l)%nat +
    delta (i + l)%nat (j + k)%nat))%scalar.

(* low-rank-gradients *)
Definition low_rank_gradients : Prop :=
  forall (K : Ring) (T : nat) (N : Network.Network K) (J : Losses.lags (DualNumbers.Dual K) ->
    DualNumbers.Dual K) (G : Losses.lags K),
    ((T >= 1)%nat -> Losses.is_gradient J T (Network.outputs N) (Network.inputs N) (Network.response N) G ->
    (forall p q : nat, (p < Network.outputs N)%nat -> (q < Network.width N)%nat -> (fun u v : nat =>
    Training.loss_derivative J N (LagKernel.Readout u v)) p q = (Matrices.scaled (Network.root N)
    (Matrices.transpose (Training.adjoint N G T 0%nat))) p q) /\ (forall p q : nat, (p < Network.width N)%nat
    -> (q < Network.inputs N)%nat -> (fun u v : nat => Training.loss_derivative J N (LagKernel.Input u v)) p q
    = (Matrices.scaled (Network.root N) (fun p q : nat => sum T (fun j : nat => (Matrices.product
    (Network.outputs N) (Matrices.transpose (Network.left_chain N j)) (G j)) p q))) p q) /\ (forall p q : nat,
    (p < Network.width N)%nat -> (q < Network.width N)%nat -> (fun u v : nat => Training.loss_derivative J N
    (LagKernel.Transition u v)) p q = (Matrices.scaled (Network.root N ^ 2) (fun p q : nat => sum (T - 1)%nat
    (fun a : nat => (Matrices.product (Network.outputs N) (Matrices.transpose (Network.left_chain N a))
    (Matrices.transpose (Training.adjoint N G T (a + 1)%nat))) p q))) p q))%scalar.

(* network-update *)
Definition network_update : Prop :=
  forall (c w f eta : R) (j k n : nat) (J : Losses.lags (DualNumbers.Dual RealWeights.reals) ->
    DualNumbers.Dual RealWeights.reals) (start N later : Network.Network RealWeights.reals) (G : Losses.lags
    RealWeights.reals) (T y q : nat) (g : R),
    ((n >= 1)%nat -> w > 0 -> c >= 0 -> f >= 0 -> eta >= 0 -> N = NetworkUpdate.trained J eta start k -> later
    = NetworkUpdate.trained J eta start (k + 1) -> n = Network.width N -> NetworkUpdate.norms_at_most N c w f
    -> Losses.is_gradient J T (Network.outputs N) (Network.inputs N) (Network.response N) G -> (forall i, (i <
    T)%nat -> Operators.operator (Network.outputs N) (Network.inputs N) (G i) g) -> (y < Network.outputs
    N)%nat -> (q < Network.inputs N)%nat -> sqrt (INR n) * Rabs (Network.response later j y q -
    Network.response N j y q - - eta * sum T (fun i => sum (Network.outputs N) (fun y' => sum (Network.inputs
    N) (fun q' => LagKernel.lag_kernel N j i y q y' q' * G i y' q')))) <= (NetworkUpdate.transition_move c w f
    g eta T + w) ^ j * (NetworkUpdate.input_move c w g eta T + f) * (NetworkUpdate.readout_move w f g eta T +
    c) - INR j * NetworkUpdate.transition_move c w f g eta T * c * f * w ^ (j - 1)%nat -
    NetworkUpdate.input_move c w g eta T * c * w ^ j - NetworkUpdate.readout_move w f g eta T * f * w ^ j - c
    * f * w ^ j)%R.

(* convolution-update *)
Definition convolution_update : Prop :=
  forall (K : Ring) (eta : K) (j k : nat) (J : Losses.lags (DualNumbers.Dual K) -> DualNumbers.Dual K) (rho
    root_rho : nat -> K) (theta : Losses.lags K) (G : nat -> Losses.lags K) (T m l y q : nat),
    ((forall j, root_rho j * root_rho j = rho j) -> (forall k, Losses.is_gradient J T m l
    (ScaledConvolution.trained_response J root_rho eta theta k) (G k)) -> (j < T)%nat -> (y < m)%nat -> (q <
    l)%nat -> ScaledConvolution.trained_response J root_rho eta theta (k + 1)%nat j y q =
    ScaledConvolution.trained_response J root_rho eta theta k j y q - G k j y q * eta * rho j)%scalar.

(* gradient-norms *)
Definition gradient_norms : Prop :=
  forall (nu_W : R) (j : nat) (nu_F nu_C : R) (G : Gaussian.Gaussian RealWeights.reals nu_W nu_F nu_C) (n_x
    n_y : nat),
    (nu_W >= 0 -> (exists first : nat, forall n : nat, (first <= n)%nat -> INR n <> 0) /\ Un_cv (fun n : nat
    => INR n ^ 2 * (Gaussian.expect (GradientNorms.squared_norm (RandomNetwork.network G n n_x n_y
    (RealLimit.real_root n)) j) / INR n - nu_W ^ j)) ((1 / 16 + INR j ^ 3 / 3 + INR j ^ 4 / 24 - (- 1) ^ j /
    16 - INR j / 3 - INR j ^ 2 / 6) * nu_W ^ j))%R.

(* gradient-descent *)
Definition gradient_descent : Prop :=
  forall (K : Ring) (eta half : K) (k : nat) (data : Descent.Regression K) (start opt : Matrices.matrix K),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> whole 2 * half = 1 -> forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets
    data)%nat -> (Descent.descent half eta data start k) p q = (Matrices.matrix_add (Descent.descent half eta
    data start 0%nat) (Matrices.product (Descent.parameters data) (Matrices.matrix_add Matrices.identity
    (Matrices.scaled (opp 1) (Matrices.matrix_power (Descent.parameters data) (Matrices.matrix_add
    Matrices.identity (Matrices.scaled (- eta) (Descent.hessian data))) k))) (Matrices.matrix_add
    (Matrices.scaled (opp 1) (Descent.descent half eta data start 0%nat)) opt))) p q)%scalar.

(* gradient-flow *)
Definition gradient_flow : Prop :=
  forall (data : Descent.Regression RealWeights.reals) (start opt : Matrices.matrix RealWeights.reals) (theta
    : R -> Matrices.matrix RealWeights.reals) (t : R),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> GradientFlow.is_flow data start theta -> 0 <= t -> forall p q : nat, (p < Descent.parameters
    data)%nat -> (q < Descent.targets data)%nat -> (theta t) p q = (Matrices.matrix_add (Matrices.product
    (Descent.parameters data) (Matrices.matrix_add Matrices.identity (Matrices.scaled (- 1)%R
    (GradientFlow.decay data t))) (Matrices.matrix_add (Matrices.scaled (- 1)%R start) opt)) start) p q)%R.

(* descent-along-eigenvectors *)
Definition descent_along_eigenvectors : Prop :=
  forall (K : Ring) (eta half lambda : K) (k : nat) (data : Descent.Regression K) (start opt V :
    Matrices.matrix K),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> whole 2 * half = 1 -> (forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets
    data)%nat -> Matrices.product (Descent.parameters data) (Descent.hessian data) V p q = lambda * V p q) ->
    InnerProducts.component data half eta start opt V k = (1 - eta * lambda) ^ k * InnerProducts.component
    data half eta start opt V 0)%scalar.

(* stability *)
Definition stability : Prop :=
  forall (eta lambda lambda_max : R) (k : nat) (data : Descent.Regression RealWeights.reals) (start opt V :
    Matrices.matrix RealWeights.reals),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> eta > 0 -> lambda > 0 -> lambda <= lambda_max -> (forall p q : nat, (p < Descent.parameters
    data)%nat -> (q < Descent.targets data)%nat -> Matrices.product (Descent.parameters data) (Descent.hessian
    data) V p q = lambda * V p q) -> lambda_max <> 0 /\ ((((eta >= 2 / lambda_max) /\ (lambda_max = lambda))
    -> (InnerProducts.component data (/ 2) eta start opt V k ^ 2 >= InnerProducts.component data (/ 2) eta
    start opt V 0 ^ 2)) /\ ((eta < 2 / lambda_max) -> (Un_cv (fun k : nat => InnerProducts.component data (/
    2) eta start opt V k) 0))))%R.

(* minimum-norm *)
Definition minimum_norm : Prop :=
  forall (eta lambda lambda_max : R) (rows lag_rows outputs : nat) (X Y theta opt L Lbar start :
    Matrices.matrix RealWeights.reals) (rho : nat -> R) (data : Descent.Regression RealWeights.reals),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> eta > 0 -> lambda_max > 0 -> eta < 2 / lambda_max -> lambda <= lambda_max -> (forall p, 0 <= rho p)
    -> data = MinimumNorm.weighted rows lag_rows outputs X Y rho -> start = MinimumNorm.response_at rows
    lag_rows outputs X Y rho eta theta 0 -> Convergence.bounds_hessian data lambda_max ->
    MinimumNorm.limit_of_descent rows lag_rows outputs X Y rho eta theta Lbar -> MinimumNorm.minimum rows
    lag_rows outputs X Y rho eta theta L -> lambda_max <> 0 /\ (MinimumNorm.weighted_norm lag_rows outputs rho
    (Matrices.matrix_sub L start) = MinimumNorm.weighted_norm lag_rows outputs rho (Matrices.matrix_sub L
    Lbar) + MinimumNorm.weighted_norm lag_rows outputs rho (Matrices.matrix_sub Lbar start)))%R.

(* step-bound *)
Definition step_bound : Prop :=
  forall (eta lambda_max : R) (j k : nat) (data : Descent.Regression RealWeights.reals) (start :
    Matrices.matrix RealWeights.reals) (n_x lags : nat) (weight : nat -> R) (norm_of_inputs : R),
    (eta > 0 -> lambda_max > 0 -> eta <= 2 / lambda_max -> weight j >= 0 -> Convergence.bounds_hessian data
    lambda_max -> Bounds.scaled_by data n_x lags weight -> (j < lags)%nat -> Bounds.spectral_norm_at_most data
    n_x j norm_of_inputs -> lambda_max <> 0 /\ (Bounds.moved data n_x eta start j k <= INR k * Norms.norm (V
    := Norms.matrices (Descent.size data) (Descent.targets data)) (Descent.residual data start) * eta *
    norm_of_inputs * weight j))%R.

(* uniform-bound *)
Definition uniform_bound : Prop :=
  forall (eta lambda lambda_max : R) (j k : nat) (data : Descent.Regression RealWeights.reals) (start :
    Matrices.matrix RealWeights.reals) (n_x lags : nat) (weight : nat -> R) (opt : Matrices.matrix
    RealWeights.reals),
    ((forall p q : nat, (p < Descent.parameters data)%nat -> (q < Descent.targets data)%nat ->
    (Descent.correlation data) p q = (Matrices.product (Descent.parameters data) (Descent.hessian data) opt) p
    q) -> eta > 0 -> lambda >= 0 -> lambda <= lambda_max -> lambda_max > 0 -> eta <= 1 / lambda_max -> weight
    j >= 0 -> Convergence.bounds_hessian data lambda_max -> Bounds.scaled_by data n_x lags weight -> (j <
    lags)%nat -> lambda_max <> 0 /\ (Bounds.moved data n_x eta start j k ^ 2 <= Norms.separation (V :=
    Norms.matrices (Descent.parameters data) (Descent.targets data)) opt start ^ 2 * weight j))%R.

(* geometric-decay *)
Definition geometric_decay : Prop :=
  forall (nu_W nu_F nu_C eta lambda_max : R) (j k n_x n_y : nat) (E : RandomMatrices.Expectation) (data :
    Descent.Regression RealWeights.reals) (lags sequences times : nat) (x : nat -> nat -> nat -> R)
    (norm_of_inputs : R) (start : RandomMatrices.outcome E -> Matrices.matrix RealWeights.reals),
    (eta > 0 -> lambda_max > 0 -> eta <= 1 / lambda_max -> nu_W > 0 -> nu_W < 1 -> nu_F >= 0 -> nu_C >= 0 ->
    nu_C + nu_F > 0 -> norm_of_inputs > 0 -> (n_x >= 1)%nat -> (n_y >= 1)%nat -> n_y = Descent.targets data ->
    (j < lags)%nat -> Convergence.bounds_hessian data lambda_max -> FirstLag.lags_of_sequences data n_x lags
    sequences times x -> Bounds.scaled_by data n_x lags (Weights.rho nu_W nu_F nu_C) ->
    FirstLag.is_spectral_norm data n_x 0 norm_of_inputs -> RandomStart.random_start data start ->
    RandomStart.prior_moments data n_x lags nu_W nu_F nu_C start -> lambda_max <> 0 /\ norm_of_inputs <> 0 /\
    1 - nu_W <> 0 /\ Weights.rho nu_W nu_F nu_C 0%nat <> 0 /\ (sqrt (RandomMatrices.mean (fun o :
    RandomMatrices.outcome E => let L := Bounds.of_lag data n_x j (Bounds.response data eta (start o) k) in
    Norms.dot L L)) <= INR k * Weights.rho nu_W nu_F nu_C j * sqrt (INR n_x * INR n_y * norm_of_inputs ^ 2 *
    nu_C * nu_F / (1 - nu_W) + Norms.norm (V := Norms.matrices (Descent.size data) (Descent.targets data))
    (Descent.wanted data) ^ 2) / (Weights.rho nu_W nu_F nu_C 0%nat * norm_of_inputs) + sqrt (INR n_x * INR n_y
    * nu_C * nu_F * nu_W ^ j)))%R.
