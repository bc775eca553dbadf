(* A step of gradient descent in all parameters of the network, seen in its impulse response, over the reals.

   With n the width, let |C| <= c sqrt n, |W| <= w sqrt n, |F| <= f sqrt n and |dJ/dL_i| <= g, all spectral
   norms.  Then the step, - eta times the gradients, has |dC| <= c1, |dW| <= w1 and |dF| <= f1, the same at
   every n ([readout_step_bound], [transition_step_bound], [input_step_bound]), and ([network_update])

       L_j -> L_j - eta sum_i Theta_ji G_i + R_j,   |R_j| <= r_j / sqrt n,

   with r_j of ResponseBounds.v. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses Training Perturbation.
From NTK Require Import RealWeights Descent InnerProducts Convergence Norms Operators ResponseBounds.
Open Scope R_scope.

(* What every parameter moves by: - eta dJ/dp. *)
Definition descent_step (J : lags (Dual reals) -> Dual reals) (eta : R) (N : Network reals)
  (p : parameter) : reals := - (eta * loss_derivative J N p).

(* The network after k steps. *)
Fixpoint trained (J : lags (Dual reals) -> Dual reals) (eta : R) (N : Network reals) (k : nat)
  : Network reals :=
  match k with
  | O => N
  | S k => let now := trained J eta N k in stepped_network now (descent_step J eta now)
  end.

(* The bounds c1, f1 and w1 of a step: each of the i places of W in L_i counts w^{i-1}. *)
Definition readout_move (w f g eta : R) (T : nat) : R :=
  Rabs eta * (f * g * sum (K := reals) T (fun i => pow w i)).
Definition input_move (c w g eta : R) (T : nat) : R :=
  Rabs eta * (c * g * sum (K := reals) T (fun i => pow w i)).
Definition transition_move (c w f g eta : R) (T : nat) : R :=
  Rabs eta * (c * f * g * sum (K := reals) T (fun i => INR i * pow w (i - 1))).

(* The bound of B_a, times s. *)
Definition adjoint_size (w f g : R) (T a : nat) : R := sum (K := reals) (T - a) (fun k => pow w k * f * g).

Lemma adjoint_size_start w f g T : adjoint_size w f g T 0 = f * g * sum (K := reals) T (fun i => pow w i).
Proof.
  unfold adjoint_size. rewrite Nat.sub_0_r. change Rmult with (@mul reals).
  rewrite <- (sum_mul_l (K := reals)). apply (sum_ext (K := reals)). intros. real_ring.
Qed.

Lemma adjoint_sizes c w f g T :
  sum (K := reals) (T - 1) (fun a => c * pow w a * adjoint_size w f g T (a + 1))
  = c * f * g * sum (K := reals) T (fun i => INR i * pow w (i - 1)).
Proof.
  transitivity (sum (K := reals) T (fun i => sum (K := reals) i (fun a =>
                  c * f * g * (pow w a * pow w (i - 1 - a))))).
  - rewrite (sum_places (K := reals) T (fun a k => c * f * g * (pow w a * pow w k))).
    apply (sum_ext (K := reals)). intros a _. unfold adjoint_size. change Rmult with (@mul reals).
    rewrite <- (sum_mul_l (K := reals)). apply (sum_ext (K := reals)). intros. real_ring.
  - change (Rmult (c * f * g)) with (@mul reals (c * f * g)). rewrite <- (sum_mul_l (K := reals)).
    apply (sum_ext (K := reals)). intros i _.
    rewrite (sum_ext (K := reals) i _ (fun _ => c * f * g * pow w (i - 1))).
    + rewrite sum_const, whole_real. real_ring.
    + intros a Ha. rewrite <- pow_add. now replace (a + (i - 1 - a))%nat with (i - 1)%nat by lia.
Qed.

Section Step.
Variables (N : Network reals) (J : lags (Dual reals) -> Dual reals) (G : lags reals) (T : nat).
Variables (s c w f g eta : R).
Let n := width N.
Hypothesis root_is_s : root N = s.
Hypothesis s_positive : 0 < s.
Hypothesis readout_bound : operator (outputs N) n (readout N) (c / s).
Hypothesis transition_bound : operator n n (transition N) (w / s).
Hypothesis input_bound : operator n (inputs N) (input N) (f / s).
Hypothesis gradients : is_gradient J T (outputs N) (inputs N) (response N) G.
Hypothesis gradient_bound : forall i, (i < T)%nat -> operator (outputs N) (inputs N) (G i) g.

(* |U_a| <= w^a f / s *)
Lemma right_chain_bound a : operator n (inputs N) (right_chain N a) (pow w a * f / s).
Proof.
  induction a as [|a IH].
  - apply (operator_ext _ _ (input N)); [intros; symmetry; now apply right_chain_start |].
    simpl. rewrite Rmult_1_l. exact input_bound.
  - apply (operator_ext _ _ (scaled (root N) (product n (transition N) (right_chain N a))));
      [intros; symmetry; apply right_chain_step |].
    apply (operator_monotone _ _ _ (s * (w / s * (pow w a * f / s)))); [right; simpl; field; lra |].
    apply (operator_scaled_s N s root_is_s s_positive). now apply operator_product.
Qed.

Lemma adjoint_bound a : (a <= T)%nat ->
  operator n (outputs N) (Training.adjoint N G T a) (adjoint_size w f g T a / s).
Proof.
  intros Ha.
  apply (operator_ext _ _ (fun u y => sum (K := reals) (T - a) (fun k =>
    product (inputs N) (right_chain N k) (transpose (G (a + k)%nat)) u y))).
  { intros u y Hu _. symmetry. now apply adjoint_unrolled. }
  apply (operator_monotone _ _ _ (sum (K := reals) (T - a) (fun k => pow w k * f / s * g))).
  - right. unfold adjoint_size, Rdiv. change Rmult with (@mul reals) at 4.
    rewrite <- (sum_mul_r (K := reals)). apply (sum_ext (K := reals)). intros. real_ring.
  - apply (operator_sum _ _ _ (fun k => product (inputs N) (right_chain N k) (transpose (G (a + k)%nat)))).
    intros k Hk. apply operator_product; [apply right_chain_bound |].
    apply operator_transpose, gradient_bound. lia.
Qed.

Let step := descent_step J eta N.

Lemma operator_step rows cols (A : matrix reals) x : operator rows cols A x ->
  operator rows cols (scaled (- eta : reals) A) (Rabs eta * x).
Proof. intros H. rewrite <- Rabs_Ropp. now apply operator_scaled. Qed.

Lemma readout_step_bound : operator (outputs N) n (readout_step step) (readout_move w f g eta T).
Proof.
  apply (operator_ext _ _ (scaled (- eta : reals) (scaled (root N) (transpose (Training.adjoint N G T 0))))).
  { intros y u Hy Hu. unfold readout_step, step, descent_step.
    rewrite (gradient_in_readout J N T G) by assumption. unfold scaled. real_ring. }
  unfold readout_move. rewrite <- adjoint_size_start.
  apply operator_step. rewrite <- (over_s s s_positive (adjoint_size w f g T 0)).
  apply (operator_scaled_s N s root_is_s s_positive), operator_transpose, adjoint_bound. lia.
Qed.

Lemma input_step_bound : operator n (inputs N) (input_step step) (input_move c w g eta T).
Proof.
  apply (operator_ext _ _ (scaled (- eta : reals) (scaled (root N) (fun u q => sum (K := reals) T (fun j =>
    product (outputs N) (transpose (left_chain N j)) (G j) u q))))).
  { intros u q Hu Hq. unfold input_step, step, descent_step.
    rewrite (gradient_in_input J N T G) by assumption. unfold scaled. real_ring. }
  apply operator_step.
  apply (operator_monotone _ _ _ (s * sum (K := reals) T (fun j => c * pow w j / s * g))).
  - right. change Rmult with (@mul reals). rewrite <- !(sum_mul_l (K := reals)).
    apply (sum_ext (K := reals)). intros j _. simpl. field. lra.
  - apply (operator_scaled_s N s root_is_s s_positive).
    apply (operator_sum _ _ _ (fun j => product (outputs N) (transpose (left_chain N j)) (G j))).
    intros j Hj. apply operator_product; [apply operator_transpose | now apply gradient_bound].
    now apply chain_bound.
Qed.

Lemma transition_step_bound : operator n n (transition_step step) (transition_move c w f g eta T).
Proof.
  apply (operator_ext _ _ (scaled (- eta : reals) (scaled (root N) (scaled (root N) (fun u v =>
    sum (K := reals) (T - 1) (fun a => product (outputs N) (transpose (left_chain N a))
      (transpose (Training.adjoint N G T (a + 1))) u v)))))).
  { intros u v Hu Hv. unfold transition_step, step, descent_step.
    rewrite (gradient_in_transition J N T G) by assumption. unfold scaled. real_ring. }
  unfold transition_move. rewrite <- adjoint_sizes. apply operator_step.
  apply (operator_monotone _ _ _ (s * (s * sum (K := reals) (T - 1) (fun a =>
    c * pow w a / s * (adjoint_size w f g T (a + 1) / s))))).
  - right. rewrite <- Rmult_assoc. change Rmult with (@mul reals) at 1. rewrite <- (sum_mul_l (K := reals)).
    apply (sum_ext (K := reals)). intros a _. simpl. field. lra.
  - apply (operator_scaled_s N s root_is_s s_positive), (operator_scaled_s N s root_is_s s_positive).
    apply (operator_sum _ _ _ (fun a => product (outputs N) (transpose (left_chain N a))
      (transpose (Training.adjoint N G T (a + 1))))).
    intros a Ha. apply operator_product; apply operator_transpose; [now apply chain_bound |].
    apply adjoint_bound. lia.
Qed.
End Step.

(* The norms of a network of width n >= 1, in units of sqrt n. *)
Definition norms_at_most (N : Network reals) (c w f : R) : Prop :=
  let unit := sqrt (INR (width N)) in
  (0 < width N)%nat /\ root N = / unit
  /\ operator (outputs N) (width N) (readout N) (c * unit)
  /\ operator (width N) (width N) (transition N) (w * unit)
  /\ operator (width N) (inputs N) (input N) (f * unit).

(* s = n^{-1/2} *)
Lemma root_facts (N : Network reals) : (0 < width N)%nat -> root N = / sqrt (INR (width N)) ->
  0 < root N /\ root N <= 1 /\ / root N = sqrt (INR (width N)).
Proof.
  intros Hwidth Hroot.
  assert (one_or_more : 1 <= sqrt (INR (width N))).
  { rewrite <- sqrt_1. apply sqrt_le_1_alt. change 1 with (INR 1). apply le_INR. lia. }
  rewrite Hroot. repeat split; [apply Rinv_0_lt_compat; lra | | apply Rinv_inv].
  rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
Qed.

(* network-update.  [start] is the network before training, N and N' those after k and k + 1 steps; c1, f1 and
   w1 are any bounds of a step. *)
Theorem network_update J (start : Network reals) G T c w f c1 w1 f1 g eta k j :
  let N := trained J eta start k in
  let N' := trained J eta start (k + 1) in
  norms_at_most N c w f ->
  is_gradient J T (outputs N) (inputs N) (response N) G ->
  (forall i, (i < T)%nat -> operator (outputs N) (inputs N) (G i) g) ->
  readout_move w f g eta T <= c1 -> transition_move c w f g eta T <= w1 -> input_move c w g eta T <= f1 ->
  exists Rest : matrix reals,
    operator (outputs N) (inputs N) Rest (remainder_size c w f c1 w1 f1 j / sqrt (INR (width N)))
    /\ forall y q, (y < outputs N)%nat -> (q < inputs N)%nat ->
         response N' j y q
         = response N j y q
           - eta * sum (K := reals) T (fun i => sum (K := reals) (outputs N) (fun y' =>
               sum (K := reals) (inputs N) (fun q' => lag_kernel N j i y q y' q' * G i y' q')))
           + Rest y q.
Proof.
  intros N N' [Hwidth [Hroot [HC [HW HF]]]] HG Hg Hc1 Hw1 Hf1. unfold N'. rewrite Nat.add_1_r.
  cbn [trained]. fold N. set (d := descent_step J eta N). set (s := root N : R).
  destruct (root_facts N Hwidth Hroot) as [s_positive [s_at_most_one inverse]].
  fold s in s_positive, s_at_most_one, inverse.
  rewrite <- inverse in HC, HW, HF |- *. exists (response_rest N d j). split.
  - replace (remainder_size c w f c1 w1 f1 j / / s) with (s * remainder_size c w f c1 w1 f1 j)
      by (field; lra).
    apply (response_remainder N d s c w f); try assumption; try reflexivity.
    + apply (operator_monotone _ _ _ _ _ Hc1).
      exact (readout_step_bound N J G T s w f g eta eq_refl s_positive HW HF HG Hg).
    + apply (operator_monotone _ _ _ _ _ Hw1).
      exact (transition_step_bound N J G T s c w f g eta eq_refl s_positive HC HW HF HG Hg).
    + apply (operator_monotone _ _ _ _ _ Hf1).
      exact (input_step_bound N J G T s c w g eta eq_refl s_positive HC HW HG Hg).
  - intros y q Hy Hq. pose proof (first_order_update J N T G eta j y q HG Hy Hq) as first.
    unfold response_rest.
    change (moving N d) with (moving N (fun p => - (eta * loss_derivative J N p))%scalar).
    rewrite first. real_ring.
Qed.

(* The same, entry by entry. *)
Corollary network_update_entry J (start : Network reals) G T c w f c1 w1 f1 g eta k j y q :
  let N := trained J eta start k in
  let N' := trained J eta start (k + 1) in
  norms_at_most N c w f ->
  is_gradient J T (outputs N) (inputs N) (response N) G ->
  (forall i, (i < T)%nat -> operator (outputs N) (inputs N) (G i) g) ->
  readout_move w f g eta T <= c1 -> transition_move c w f g eta T <= w1 -> input_move c w g eta T <= f1 ->
  (y < outputs N)%nat -> (q < inputs N)%nat ->
  sqrt (INR (width N))
  * Rabs (response N' j y q - response N j y q
          - - eta * sum (K := reals) T (fun i => sum (K := reals) (outputs N) (fun y' =>
              sum (K := reals) (inputs N) (fun q' => lag_kernel N j i y q y' q' * G i y' q'))))
  <= remainder_size c w f c1 w1 f1 j.
Proof.
  intros N N' HN HG Hg Hc1 Hw1 Hf1 Hy Hq. pose proof HN as [Hwidth [Hroot _]].
  destruct (root_facts _ Hwidth Hroot) as [s_positive [_ inverse]].
  destruct (network_update J start G T c w f c1 w1 f1 g eta k j HN HG Hg Hc1 Hw1 Hf1) as [Rest [HRest Hstep]].
  fold N N' in Hstep, HRest. rewrite (Hstep y q Hy Hq).
  assert (left_over : forall l e total r : R, l - e * total + r - l - - e * total = r) by (intros; ring).
  rewrite left_over.
  pose proof (operator_entry _ _ _ _ y q HRest Hy Hq) as entry. fold N in inverse, s_positive.
  rewrite <- inverse in *. apply (Rmult_le_reg_l (root N)); [exact s_positive |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. rewrite Rmult_comm. unfold Rdiv in entry.
  now rewrite Rinv_inv in entry.
Qed.
