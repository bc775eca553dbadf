(* The lag kernel: at every width a two-dimensional convolution of two Gram matrices.

   [lag_kernel N i j y q y' q'] is defined as the sum over all entries of W, F and C of the product of the
   derivatives of L_i and L_j (entries y q and y' q') in that entry.  A derivative is the slope over the dual
   numbers: L_i of the same network, one entry nudged.  [lag_kernel_convolution] is the identity

       Theta_ij = I (x) Q_ij + P_ij (x) I + sum_{a<i, b<j} P_ab (x) Q_{i-1-a, j-1-b},

   and [sequence_kernel] the kernel of two sequences, defined in the same way from their outputs, as a sum of
   lag kernels.  Every lag, every size, any commutative ring, any matrices. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers Network.

(* An entry of one of the three matrices. *)
Inductive parameter := Transition (u v : nat) | Input (u q : nat) | Readout (y u : nat).

Section LagKernel.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (N : Network K) (M : Network (Dual K)) (x : sequence K).

(* The sum over all parameters. *)
Definition over_parameters N (g : parameter -> K) : K :=
  sum (width N) (fun u => sum (width N) (fun v => g (Transition u v)))
  + sum (width N) (fun u => sum (inputs N) (fun q => g (Input u q)))
  + sum (outputs N) (fun y => sum (width N) (fun u => g (Readout y u))).

(* The network with slope 1 at one parameter, and 0 at all others. *)
Definition nudged N (p : parameter) : Network (Dual K) := {|
  width := width N; inputs := inputs N; outputs := outputs N; root := constant (root N);
  transition a b := (transition N a b, match p with Transition u v => delta u a * delta v b | _ => 0 end);
  input a b := (input N a b, match p with Input u q => delta u a * delta q b | _ => 0 end);
  readout a b := (readout N a b, match p with Readout y u => delta y a * delta u b | _ => 0 end)
|}.

(* The derivative of L_j, entry y q, in the parameter p. *)
Definition response_derivative N (p : parameter) (j y q : nat) : K := slope (response (nudged N p) j y q).

(* Theta_ij *)
Definition lag_kernel N (i j y q y' q' : nat) : K :=
  over_parameters N (fun p => response_derivative N p i y q * response_derivative N p j y' q').

(* The lag Grams P_ab = V_a V_b' / n and Q_ab = U_a' U_b / n; 1/n is [root N * root N]. *)
Definition left_gram N (a b y y' : nat) : K :=
  root N * root N * product (width N) (left_chain N a) (transpose (left_chain N b)) y y'.
Definition right_gram N (a b q q' : nat) : K :=
  root N * root N * product (width N) (transpose (right_chain N a)) (right_chain N b) q q'.

(* ---- The product rule ---- *)

(* The network of the values of a network of dual numbers. *)
Definition values_of M : Network K := {|
  width := width M; inputs := inputs M; outputs := outputs M; root := value (root M);
  transition := values (transition M); input := values (input M); readout := values (readout M)
|}.

Lemma value_right_chain M a u q : value (right_chain M a u q) = right_chain (values_of M) a u q.
Proof.
  unfold right_chain, scaled. rewrite value_mul, value_power, value_product. f_equal.
  apply product_ext; intros; [apply value_matrix_power | reflexivity].
Qed.

Lemma value_left_chain M a y u : value (left_chain M a y u) = left_chain (values_of M) a y u.
Proof.
  unfold left_chain, scaled. rewrite value_mul, value_power, value_product. f_equal.
  apply product_ext; intros; [reflexivity | apply value_matrix_power].
Qed.

(* The places of dW in V_a (root W)^i F: the sum over b < i of V_{a+b} dW U_{i-1-b}. *)
Definition transition_share M (a i y q : nat) : K :=
  sum i (fun b => sum (width M) (fun u => sum (width M) (fun v =>
    left_chain (values_of M) (a + b) y u * slope (transition M u v)
    * right_chain (values_of M) (i - 1 - b) v q))).

(* A chain that already stands left of U_i takes in its derivative, one factor at a time. *)
Lemma slope_right_chain M a i y q : slope (root M) = 0 ->
  sum (width M) (fun u => left_chain (values_of M) a y u * slope (right_chain M i u q))
  = sum (width M) (fun u => left_chain (values_of M) (a + i) y u * slope (input M u q))
    + value (root M) * transition_share M a i y q.
Proof.
  intros Hroot. revert a. induction i as [|i IH]; intros a.
  - unfold transition_share. cbn [sum]. rewrite Nat.add_0_r.
    transitivity (sum (width M) (fun u => left_chain (values_of M) a y u * slope (input M u q))); [|ring].
    apply sum_ext. intros u Hu. now rewrite right_chain_start.
  - rewrite (sum_ext (width M) _ (fun u =>
      value (root M) * sum (width M) (fun v =>
        left_chain (values_of M) a y u * slope (transition M u v) * right_chain (values_of M) i v q)
      + value (root M) * sum (width M) (fun v =>
        left_chain (values_of M) a y u * value (transition M u v) * slope (right_chain M i v q)))).
    + rewrite sum_add, !sum_mul_l.
      (* the factor just passed joins the left chain *)
      replace (value (root M) * sum (width M) (fun u => sum (width M) (fun v =>
                 left_chain (values_of M) a y u * value (transition M u v) * slope (right_chain M i v q))))
        with (sum (width M) (fun v => left_chain (values_of M) (S a) y v * slope (right_chain M i v q))).
      * rewrite IH. unfold transition_share. rewrite (sum_first i).
        rewrite (sum_ext i (fun b => sum (width M) (fun u => sum (width M) (fun v =>
                   left_chain (values_of M) (a + S b) y u * _ * _)))
                 (fun b => sum (width M) (fun u => sum (width M) (fun v =>
                   left_chain (values_of M) (S a + b) y u * slope (transition M u v)
                   * right_chain (values_of M) (i - 1 - b) v q)))).
        -- rewrite Nat.add_0_r. replace (S i - 1 - 0)%nat with i by lia.
           replace (a + S i)%nat with (S a + i)%nat by lia. ring.
        -- intros b _. replace (a + S b)%nat with (S a + b)%nat by lia.
           now replace (S i - 1 - S b)%nat with (i - 1 - b)%nat by lia.
      * rewrite sum_swap, <- sum_mul_l. apply sum_ext. intros v Hv. rewrite left_chain_step by exact Hv.
        cbn [values_of root transition]. rewrite sum_mul_r. unfold values.
        change (width (values_of M)) with (width M). ring.
    + intros u _. rewrite right_chain_step, slope_mul, Hroot, slope_sum.
      rewrite (sum_ext (width M) (fun v => slope (transition M u v * _)) (fun v =>
        slope (transition M u v) * right_chain (values_of M) i v q
        + value (transition M u v) * slope (right_chain M i v q)))
        by (intros; now rewrite slope_mul, value_right_chain).
      rewrite sum_add, !sum_mul_assoc. ring.
Qed.

(* dL_i for any change dC, dW, dF of the matrices. *)
Lemma product_rule M i y q : slope (root M) = 0 -> (q < inputs M)%nat ->
  slope (response M i y q)
  = value (root M) * sum (width M) (fun u => slope (readout M y u) * right_chain (values_of M) i u q)
    + value (root M) * sum (width M) (fun u => left_chain (values_of M) i y u * slope (input M u q))
    + value (root M) * value (root M) * transition_share M 0 i y q.
Proof.
  intros Hroot Hq. rewrite response_by_chain by exact Hq. rewrite slope_mul, Hroot, slope_sum.
  rewrite (sum_ext (width M) (fun u => slope (readout M y u * _)) (fun u =>
    slope (readout M y u) * right_chain (values_of M) i u q
    + left_chain (values_of M) 0 y u * slope (right_chain M i u q))).
  - rewrite sum_add, slope_right_chain by exact Hroot. simpl Nat.add. ring.
  - intros u Hu. rewrite slope_mul, value_right_chain, left_chain_start by exact Hu. reflexivity.
Qed.

(* A nudged network has the values it had: its chains are those of N. *)
Lemma nudged_left_chain N p : left_chain (values_of (nudged N p)) = left_chain N.
Proof. reflexivity. Qed.
Lemma nudged_right_chain N p : right_chain (values_of (nudged N p)) = right_chain N.
Proof. reflexivity. Qed.

Lemma sum_delta_r k i (g : nat -> K) : (i < k)%nat -> sum k (fun a => g a * delta i a) = g i.
Proof. intros H. rewrite <- (sum_delta k i g H). apply sum_ext. intros. ring. Qed.

Lemma derivative_in_readout N y' u j y q : (q < inputs N)%nat -> (u < width N)%nat ->
  response_derivative N (Readout y' u) j y q = root N * delta y' y * right_chain N j u q.
Proof.
  intros Hq Hu. unfold response_derivative. rewrite product_rule by (exact Hq || reflexivity).
  unfold transition_share. rewrite nudged_left_chain, nudged_right_chain.
  cbn [nudged width root readout input transition constant slope value fst snd].
  rewrite (sum_vanishing (width N) (fun _ => left_chain _ _ _ _ * 0)) by (intros; ring).
  rewrite (sum_vanishing j).
  - rewrite (sum_ext _ _ (fun u' => delta y' y * (delta u u' * right_chain N j u' q))) by (intros; ring).
    rewrite sum_mul_l, (sum_delta (width N) u (fun u' => right_chain N j u' q)) by exact Hu. ring.
  - intros. apply sum_vanishing. intros. apply sum_vanishing. intros. ring.
Qed.

Lemma derivative_in_input N u q' j y q : (q < inputs N)%nat -> (u < width N)%nat ->
  response_derivative N (Input u q') j y q = root N * left_chain N j y u * delta q' q.
Proof.
  intros Hq Hu. unfold response_derivative. rewrite product_rule by (exact Hq || reflexivity).
  unfold transition_share. rewrite nudged_left_chain, nudged_right_chain.
  cbn [nudged width root readout input transition constant slope value fst snd].
  rewrite (sum_vanishing (width N) (fun _ => 0 * _)) by (intros; ring).
  rewrite (sum_vanishing j).
  - rewrite (sum_ext _ _ (fun u' => left_chain N j y u' * delta u u' * delta q' q)) by (intros; ring).
    rewrite sum_mul_r, sum_delta_r by exact Hu. ring.
  - intros. apply sum_vanishing. intros. apply sum_vanishing. intros. ring.
Qed.

Lemma derivative_in_transition N u v j y q : (q < inputs N)%nat -> (u < width N)%nat -> (v < width N)%nat ->
  response_derivative N (Transition u v) j y q
  = root N * root N * sum j (fun a => left_chain N a y u * right_chain N (j - 1 - a) v q).
Proof.
  intros Hq Hu Hv. unfold response_derivative. rewrite product_rule by (exact Hq || reflexivity).
  unfold transition_share. rewrite nudged_left_chain, nudged_right_chain.
  cbn [nudged width root readout input transition constant slope value fst snd].
  rewrite (sum_vanishing (width N) (fun _ => 0 * _)) by (intros; ring).
  rewrite (sum_vanishing (width N) (fun _ => left_chain _ _ _ _ * 0)) by (intros; ring).
  rewrite (sum_ext j _ (fun a => left_chain N a y u * right_chain N (j - 1 - a) v q)); [ring |].
  intros a _. simpl Nat.add.
  rewrite (sum_ext (width N) _ (fun u' => left_chain N a y u' * delta u u' * right_chain N (j - 1 - a) v q)).
  - rewrite sum_mul_r, sum_delta_r by exact Hu. reflexivity.
  - intros u' _.
    rewrite (sum_ext (width N) _ (fun v' => left_chain N a y u' * delta u u'
               * (delta v v' * right_chain N (j - 1 - a) v' q))) by (intros; ring).
    rewrite sum_mul_l, (sum_delta (width N) v (fun v' => right_chain N (j - 1 - a) v' q)) by exact Hv. ring.
Qed.

(* ---- The three shares of the lag kernel ---- *)

Lemma readout_share N i j y q y' q' : (y < outputs N)%nat -> (q < inputs N)%nat -> (q' < inputs N)%nat ->
  sum (outputs N) (fun k => sum (width N) (fun u =>
    response_derivative N (Readout k u) i y q * response_derivative N (Readout k u) j y' q'))
  = delta y y' * right_gram N i j q q'.
Proof.
  intros Hy Hq Hq'. unfold right_gram, product, transpose. rewrite <- sum_mul_l.
  rewrite (sum_ext (outputs N) _ (fun k => delta y k * (delta y' k * sum (width N) (fun u =>
             root N * root N * (right_chain N i u q * right_chain N j u q'))))).
  - rewrite (sum_delta (outputs N) y (fun k => delta y' k * _)) by exact Hy. now rewrite (delta_sym y' y).
  - intros k _. rewrite <- !sum_mul_l. apply sum_ext. intros u Hu.
    rewrite !derivative_in_readout by assumption. rewrite (delta_sym y k), (delta_sym y' k). ring.
Qed.

Lemma input_share N i j y q y' q' : (q < inputs N)%nat -> (q' < inputs N)%nat ->
  sum (width N) (fun u => sum (inputs N) (fun k =>
    response_derivative N (Input u k) i y q * response_derivative N (Input u k) j y' q'))
  = left_gram N i j y y' * delta q q'.
Proof.
  intros Hq Hq'. unfold left_gram, product, transpose. rewrite <- sum_mul_l, <- sum_mul_r.
  apply sum_ext. intros u Hu.
  rewrite (sum_ext (inputs N) _ (fun k => delta q k * (delta q' k *
             (root N * root N * (left_chain N i y u * left_chain N j y' u))))).
  - rewrite (sum_delta (inputs N) q (fun k => delta q' k * _)) by exact Hq. rewrite (delta_sym q' q). ring.
  - intros k _. rewrite !derivative_in_input by assumption. rewrite (delta_sym q k), (delta_sym q' k). ring.
Qed.

Lemma transition_share_of_kernel N i j y q y' q' : (q < inputs N)%nat -> (q' < inputs N)%nat ->
  sum (width N) (fun u => sum (width N) (fun v =>
    response_derivative N (Transition u v) i y q * response_derivative N (Transition u v) j y' q'))
  = sum i (fun a => sum j (fun b => left_gram N a b y y' * right_gram N (i - 1 - a) (j - 1 - b) q q')).
Proof.
  intros Hq Hq'.
  rewrite (sum_ext (width N) _ (fun u => root N ^ 4 * sum (width N) (fun v =>
    sum i (fun a => left_chain N a y u * right_chain N (i - 1 - a) v q)
    * sum j (fun b => left_chain N b y' u * right_chain N (j - 1 - b) v q')))).
  - rewrite sum_mul_l.
    rewrite (contraction (width N) (width N) i j (fun a => left_chain N a y)
      (fun a v => right_chain N (i - 1 - a) v q) (fun b => left_chain N b y')
      (fun b v => right_chain N (j - 1 - b) v q')).
    rewrite <- sum_mul_l. apply sum_ext. intros a _. rewrite <- sum_mul_l. apply sum_ext. intros b _.
    unfold left_gram, right_gram, product, transpose, inner. simpl. ring.
  - intros u Hu. rewrite <- sum_mul_l. apply sum_ext. intros v Hv.
    rewrite !derivative_in_transition by assumption. simpl. ring.
Qed.

(* lag-kernel *)
Theorem lag_kernel_convolution N i j y q y' q' :
  (y < outputs N)%nat -> (q < inputs N)%nat -> (q' < inputs N)%nat ->
  lag_kernel N i j y q y' q'
  = delta y y' * right_gram N i j q q' + left_gram N i j y y' * delta q q'
    + sum i (fun a => sum j (fun b => left_gram N a b y y' * right_gram N (i - 1 - a) (j - 1 - b) q q')).
Proof.
  intros Hy Hq Hq'. unfold lag_kernel, over_parameters.
  rewrite readout_share, input_share, transition_share_of_kernel by assumption. ring.
Qed.

(* ---- The kernel of two sequences ---- *)

Definition constants x : sequence (Dual K) := fun t q => constant (x t q).

(* The derivative of y_t, coordinate y, in the parameter p. *)
Definition output_derivative N (p : parameter) x (t y : nat) : K :=
  slope (output (nudged N p) (constants x) t y).

(* K_ts(x, x'), between output y at time t and output y' at time s. *)
Definition tangent_kernel N x x' (t s y y' : nat) : K :=
  over_parameters N (fun p => output_derivative N p x t y * output_derivative N p x' s y').

Lemma output_derivative_by_lags N p x t y :
  output_derivative N p x t y
  = sum (S t) (fun i => sum (inputs N) (fun q => response_derivative N p i y q * x (t - i)%nat q)).
Proof.
  unfold output_derivative. rewrite convolution, slope_sum. apply sum_ext. intros i _. rewrite slope_sum.
  apply sum_ext. intros q _. rewrite slope_mul. unfold constants, response_derivative. simpl. ring.
Qed.

Lemma over_parameters_ext N g h : (forall p, g p = h p) -> over_parameters N g = over_parameters N h.
Proof.
  intros H. unfold over_parameters.
  f_equal; [f_equal |]; apply sum_ext; intros; apply sum_ext; intros; apply H.
Qed.

Lemma over_parameters_sum N k (g : nat -> parameter -> K) :
  over_parameters N (fun p => sum k (fun a => g a p)) = sum k (fun a => over_parameters N (g a)).
Proof.
  assert (forall m l f, sum m (fun u => sum l (fun v => sum k (fun a => g a (f u v))))
            = sum k (fun a => sum m (fun u => sum l (fun v => g a (f u v))))) as swap.
  { intros m l f. rewrite <- (sum_swap m k). apply sum_ext. intros u _. apply sum_swap. }
  unfold over_parameters. now rewrite !swap, <- !sum_add.
Qed.

Lemma over_parameters_mul N (z : K) g : over_parameters N (fun p => z * g p) = z * over_parameters N g.
Proof.
  unfold over_parameters.
  assert (forall m l f, sum m (fun u => sum l (fun v => z * g (f u v)))
            = z * sum m (fun u => sum l (fun v => g (f u v)))) as out.
  { intros m l f. rewrite <- sum_mul_l. apply sum_ext. intros u _. apply sum_mul_l. }
  rewrite !out. ring.
Qed.

(* K_ts is the sum over the lags i <= t and j <= s of x_{t-i}' Theta_ij x'_{s-j}. *)
Theorem sequence_kernel N x x' t s y y' :
  tangent_kernel N x x' t s y y'
  = sum (S t) (fun i => sum (S s) (fun j => sum (inputs N) (fun q => sum (inputs N) (fun q' =>
      x (t - i)%nat q * lag_kernel N i j y q y' q' * x' (s - j)%nat q')))).
Proof.
  unfold tangent_kernel.
  rewrite (over_parameters_ext N _ (fun p => sum (S t) (fun i => sum (S s) (fun j => sum (inputs N) (fun q =>
    sum (inputs N) (fun q' => x (t - i)%nat q * x' (s - j)%nat q'
      * (response_derivative N p i y q * response_derivative N p j y' q'))))))).
  - rewrite over_parameters_sum. apply sum_ext. intros i _.
    rewrite over_parameters_sum. apply sum_ext. intros j _.
    rewrite over_parameters_sum. apply sum_ext. intros q _.
    rewrite over_parameters_sum. apply sum_ext. intros q' _.
    rewrite over_parameters_mul. unfold lag_kernel. ring.
  - intros p. rewrite !output_derivative_by_lags, <- sum_mul_r. apply sum_ext. intros i _.
    rewrite <- sum_mul_l. apply sum_ext. intros j _. rewrite <- sum_mul_r. apply sum_ext. intros q _.
    rewrite <- sum_mul_l. apply sum_ext. intros q' _. ring.
Qed.
End LagKernel.
